package simulate

import (
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
)

// calendar adds what the scenario's calendar says of now.
func (w *world) calendar(*incident.Moment, time.Time) {}
