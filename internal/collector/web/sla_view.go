package web

import (
	"context"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/sla"
)

// SLAView tells how long things answered in a period. It is safe for concurrent
// use. The context carries who asks (access.FromContext): whoever sees some sites
// only is told of those only.
type SLAView interface {
	// SLA makes the report of a period: of a site, or of all when it is empty.
	SLA(ctx context.Context, p sla.Period, site string) (SLAPage, error)

	// Today is the day that it is for the institution.
	Today() availability.Date
}

// The kinds of sla.Subject: a check, or a device that must answer always.
const (
	SLACheck  = "check"
	SLADevice = "device"
)

// SLAPage is a report and what can be chosen.
type SLAPage struct {
	sla.Report
	Sites []Site // all that are seen
}
