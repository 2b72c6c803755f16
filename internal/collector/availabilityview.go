package collector

import (
	"context"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
)

// apiAvailability is what is kept of how long things answered, for whoever sees
// them.
type apiAvailability struct{ c *Collector }

var _ jsonapi.Availability = apiAvailability{}

// Today implements jsonapi.Availability.
func (a apiAvailability) Today() availability.Date { return a.c.uptimes.Today() }

// AvailabilityOf implements jsonapi.Availability.
func (a apiAvailability) AvailabilityOf(ctx context.Context) ([]jsonapi.Subject, error) {
	config := a.c.Config()
	var out []jsonapi.Subject
	for _, check := range config.Checks {
		if site := config.siteOf(check); seesSite(ctx, site) {
			out = append(out, jsonapi.Subject{ID: topology.Check(check.ID), Name: check.Title(), Site: site})
		}
	}
	for _, d := range a.c.agents.inventory.Info() {
		if seesSite(ctx, d.Site) {
			out = append(out, jsonapi.Subject{ID: topology.ID(d.ID), Name: d.Name, Site: d.Site})
		}
	}
	return out, nil
}

// AvailabilityDays implements jsonapi.Availability.
func (a apiAvailability) AvailabilityDays(ctx context.Context, id topology.ID, from, to availability.Date) ([]availability.Day, error) {
	return a.c.uptimes.Days(ctx, id, from, to)
}

// availabilityView is the same for the console.
type availabilityView struct{ c *Collector }

var _ web.AvailabilityView = availabilityView{}

// Today implements web.AvailabilityView.
func (v availabilityView) Today() availability.Date { return v.c.uptimes.Today() }

// AvailabilityDays implements web.AvailabilityView.
func (v availabilityView) AvailabilityDays(ctx context.Context, id topology.ID, from, to availability.Date) ([]availability.Day, error) {
	var err error
	if check, ok := id.CheckID(); ok {
		_, err = v.c.seenCheck(ctx, check)
	} else {
		_, err = fleetView(v).device(ctx, string(id))
	}
	if err != nil {
		return nil, err
	}
	return v.c.uptimes.Days(ctx, id, from, to)
}
