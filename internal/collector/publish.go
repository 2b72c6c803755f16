package collector

import (
	"fmt"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/notify"
)

// publish shows the open incidents to Alertmanager's API.
func (c *Collector) publish(open []incident.Incident) {
	alerts := make([]notify.Alert, 0, len(open))
	for _, inc := range open {
		labels := alertLabels(inc)
		alerts = append(alerts, notify.Alert{
			Number: uint64(inc.ID), Because: incidentNumbers(inc.Because),
			Labels: labels, Annotations: inc.Annotations, StartsAt: inc.Since,
			GeneratorURL: fmt.Sprintf("%s/incidents/%d", c.publicURL(), inc.ID),
		})
	}
	c.alertsAPI.SetAlerts(alerts)
}

func incidentNumbers(ids []incident.ID) []uint64 {
	var out []uint64
	for _, id := range ids {
		out = append(out, uint64(id))
	}
	return out
}
