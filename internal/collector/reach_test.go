package collector

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/probe"
)

const reachFile = `line: {witnesses: ["icmp://192.0.2.1", "icmp://192.0.2.2", "icmp://192.0.2.3"]}
topology:
  - {id: core, site: main, kind: switch}
  - {id: desk, site: main, kind: switch}
  - {id: north-sw, site: north, kind: switch, parents: [core]}
`

// A window over a thing holds back what is told of everything below it: who
// sees one site only enters none that reaches another, as with silences.
func TestMaintenanceReachesNoSiteThatIsNotSeen(t *testing.T) {
	c := openWith(t, reachFile)
	putDevice(t, c, "north", "pc-north", fleet.Workstation)
	from, err := calendar.ParseMoment("2026-12-05 22:00")
	if err != nil {
		t.Fatal(err)
	}
	put := func(id topology.ID, sites ...string) error {
		w := calendar.Window{ID: "m-1", Name: "new switch", From: from, Duration: time.Hour, Things: []topology.ID{id}}
		return calendarView{c}.PutCalendar(as(t.Context(), access.Operator, sites...), calendar.Config{Maintenance: []calendar.Window{w}})
	}
	for _, id := range []topology.ID{"core", topology.Line} {
		if got := settings.Of(put(id, "main")); len(got) != 1 || got[0].Code != settings.CodeHangsElsewhere {
			t.Errorf("who sees main only works on %s: %v", id, got)
		}
	}
	for _, err := range []error{put("desk", "main"), put("core"), put(topology.Line)} {
		if err != nil {
			t.Error(err)
		}
	}
}

// What is refused of another site is refused in the words for what is not there.
func TestNothingComesToHangOnWhatIsNotSeen(t *testing.T) {
	c := openWith(t, reachFile)
	putDevice(t, c, "main", "srv-main", fleet.Server)
	putDevice(t, c, "north", "pc-north", fleet.Workstation)
	if _, err := (checkActions{c}).AddCheck(as(t.Context(), access.Operator), settings.Check{ID: "intranet", Site: "main", Spec: probe.Spec{Target: "http://10.0.0.6/"}}, ""); err != nil {
		t.Fatal(err)
	}
	ctx := as(t.Context(), access.Operator, "north")
	api := apiInventory{c.agents.inventory, c}
	for _, id := range []string{"srv-main", "check:intranet", "core", "nowhere"} {
		var invalid, want *inventory.InvalidError
		err := api.Edit(ctx, "rasa", "pc-north", inventory.Edit{Power: &[]string{id}})
		if !errors.As(err, &invalid) || !errors.As(nothingHas("power", id), &want) || *invalid != *want {
			t.Errorf("over the API pc-north hangs on %s: %v", id, err)
		}
		_, err = fleetActions{c}.EditDevices(ctx, "rasa", []string{"pc-north"}, web.DeviceEdit{Parents: &[]string{id}})
		if got := mistakeCode(err); got != "parents" {
			t.Errorf("in the console pc-north hangs on %s: %v", id, err)
		}
	}
	if err := api.Edit(ctx, "rasa", "pc-north", inventory.Edit{Parents: &[]string{"north-sw", "line"}}); err != nil {
		t.Error(err)
	}
}

// Maintenance of things is in the digests of those whose things they are.
func TestPlannedMaintenanceOfThingsIsOfTheirSites(t *testing.T) {
	c := openWith(t, reachFile)
	for want, things := range map[string][]string{
		"[]": {"core", string(topology.Line)}, "[main]": {"core", "desk"}, "[main north]": {"core", "north-sw"},
	} {
		if got := fmt.Sprint(c.sitesOf(things)); got != want {
			t.Errorf("%v are of %s, not %s", things, got, want)
		}
	}
}
