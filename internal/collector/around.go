package collector

import (
	"time"

	"github.com/budi-monitor/budi/internal/collector/duty"
	"github.com/budi-monitor/budi/internal/collector/incident"
)

// around says what is known of a moment besides what the rules say: what the
// calendar says, who is told, what hangs on what.
func (c *Collector) around(now time.Time, p incident.Policy) (incident.Moment, incident.Policy) {
	config := c.Config()
	p.Graph = c.graph()
	return duty.At(config.cal, config.people, now, p)
}
