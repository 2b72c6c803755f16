package jsonapi_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/collector/topology"
)

// uptimes says of a computer and of a website on each day that it was up for
// 20 hours, 2 of them in maintenance, and down in maintenance for 4.
type uptimes struct{}

func (uptimes) Today() availability.Date { return availability.DateOf(t0) }

func (uptimes) AvailabilityOf(context.Context) ([]jsonapi.Subject, error) {
	return []jsonapi.Subject{{ID: "pc", Name: "PC", Site: "main"}, {ID: "check:www", Name: "Svetainė", Site: "main"}, {ID: "check:branch", Name: "Filialas", Site: "branch"}}, nil
}

func (uptimes) AvailabilityDays(_ context.Context, id topology.ID, from, to availability.Date) ([]availability.Day, error) {
	var out []availability.Day
	for d := from; d <= to; d++ {
		day := availability.Day{Date: d, Seconds: availability.Seconds{Up: 18 * 3600}, Maintenance: availability.Seconds{Up: 2 * 3600, Down: 4 * 3600}}
		if id == "check:branch" {
			day = availability.Day{Date: d, Seconds: availability.Seconds{Unknown: 24 * 3600}}
		}
		out = append(out, day)
	}
	return out, nil
}

func TestAvailabilityBySumsAndDays(t *testing.T) {
	s := newSchool(t)
	for mode, want := range map[string]any{"": 1.0, "left_out": 1.0, "counted": 20.0 / 24, "ignored": 1.0} {
		got := s.get("GET", "/availability/pc?from=2026-08-31&to=2026-09-01&mode="+mode, "")
		if got["ratio"] != want || got["maintenance_seconds"] != 2*6*3600.0 || len(got["days"].([]any)) != 2 {
			t.Errorf("%q: %v", mode, got)
		}
	}
	all := s.get("GET", "/availability", "")
	if all["from"] != "2026-08-03" || all["to"] != "2026-09-01" || all["mode"] != "left_out" {
		t.Errorf("without a period: %v", all)
	}
	branch := all["availability"].([]any)[0].(map[string]any)
	if d := cmp.Diff(map[string]any{
		"id": "check:branch", "name": "Filialas", "site": "branch", // and no ratio
		"up_seconds": 0.0, "down_seconds": 0.0, "unknown_seconds": 30 * 86_400.0, "maintenance_seconds": 0.0,
	}, branch); d != "" {
		t.Error("of what nobody knows: ", d)
	}
	if a := s.ask(identity(access.Viewer, "main"), "GET", "/availability/check:branch", ""); a.code != 404 {
		t.Errorf("who does not see the branch is answered %d", a.code)
	}
}
