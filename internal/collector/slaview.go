package collector

import (
	"context"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/sla"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
)

// slaView makes reports on how long things answered.
type slaView struct{ c *Collector }

var _ web.SLAView = slaView{}

// Today implements web.SLAView.
func (v slaView) Today() availability.Date { return v.c.uptimes.Today() }

// SLA implements web.SLAView. It is about checks, and about devices that must
// answer always: that others are off is no fault.
func (v slaView) SLA(ctx context.Context, p sla.Period, site string) (web.SLAPage, error) {
	sites, err := checksView(v).CheckSites(ctx)
	if err != nil {
		return web.SLAPage{}, err
	}
	names := map[string]string{}
	for _, s := range sites {
		names[s.ID] = s.Name
	}
	seen := func(id string) bool { _, ok := names[id]; return ok && (site == "" || site == id) }
	config := v.c.Config()
	var subjects []sla.Subject
	for _, check := range config.Checks {
		if at := config.siteOf(check); seen(at) {
			subjects = append(subjects, sla.Subject{ID: topology.Check(check.ID), Name: check.Title(), Site: names[at], Kind: web.SLACheck})
		}
	}
	for _, d := range v.c.agents.inventory.Info() {
		switch fleet.Class(d.Class) {
		case fleet.Server, fleet.Infrastructure, fleet.Safety:
			if seen(d.Site) {
				subjects = append(subjects, sla.Subject{ID: topology.ID(d.ID), Name: d.Name, Site: names[d.Site], Kind: web.SLADevice})
			}
		}
	}
	report, err := sla.Build(p, v.Today(), subjects, func(id topology.ID, from, to availability.Date) ([]availability.Day, error) {
		return v.c.uptimes.Days(ctx, id, from, to)
	})
	return web.SLAPage{Report: report, Sites: sites}, err
}
