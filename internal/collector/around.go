package collector

import (
	"time"

	"github.com/budi-monitor/budi/internal/collector/duty"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/roster"
)

// around says what is known of a moment besides what the rules say: what the
// calendar says, who is told, what hangs on what.
func (c *Collector) around(now time.Time, p incident.Policy) (incident.Moment, incident.Policy) {
	config := c.Config()
	p.Graph = c.graph()
	return duty.At(config.cal, config.roster(), now, p)
}

// roster is who is told.
func (c *Config) roster() *roster.Roster {
	contacts := make([]roster.Contact, len(c.Contacts))
	for i, p := range c.Contacts {
		contacts[i] = roster.Contact{Name: p.Name, MinSeverity: p.MinSeverity}
	}
	return roster.New(contacts, nil, c.cal, c.zone())
}
