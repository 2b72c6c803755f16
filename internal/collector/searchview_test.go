package collector

import (
	"fmt"
	"slices"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

// foundBy writes what a search finds as lines.
func foundBy(t testing.TB, as func() (groups []web.FoundGroup, err error)) []string {
	t.Helper()
	groups, err := as()
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, g := range groups {
		for _, f := range g.Found {
			out = append(out, g.Kind+" "+f.Path)
		}
	}
	return out
}

func TestSearchFindsEverythingThatMayBeSeen(t *testing.T) {
	c, _ := openForDoors(t)
	ctx := t.Context()
	for _, id := range []string{"pc-1", "pc-10"} {
		putDevice(t, c, "north", id, fleet.Workstation)
	}
	if err := c.agents.inventory.PutRoom(ctx, "test", inventory.Room{ID: "r1", Site: "north", Name: "Žaliasis kabinetas"}); err != nil {
		t.Fatal(err)
	}
	asset, room := "00421", "Žaliasis kabinetas"
	if _, err := (fleetActions{c}).EditDevices(as(ctx, access.Administrator), "rasa", []string{"pc-10"}, web.DeviceEdit{Asset: &asset, Room: &room}); err != nil {
		t.Fatal(err)
	}
	// Numbers of one digit may be in the name of the computer that the test runs on.
	inc := incident.Incident{ID: 70_421, Key: "x", Rule: "DiskNearlyFull", State: incident.Open, Labels: map[string]string{"site": "north", "device": "pc-10"}, Since: c.started, Turned: c.started}
	if err := c.store.CommitIncidents([]incident.Incident{inc}, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.alerting.load(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.access.CreateUser(ctx, access.Local("test"), access.NewUser{Login: "zita", Name: "Zita Žalienė", Lang: i18n.English, Role: access.Viewer, Password: secret.New("a long password of zita")}); err != nil {
		t.Fatal(err)
	}
	search := func(id access.Identity, words ...string) []string {
		return foundBy(t, func() ([]web.FoundGroup, error) {
			return searchView{c}.Search(access.WithIdentity(ctx, id), words)
		})
	}
	all := access.Identity{Login: "rasa", Role: access.Administrator}
	for _, tc := range []struct {
		who   access.Identity
		words []string
		want  []string
	}{
		{all, []string{"pc-1"}, []string{"devices /devices/pc-1", "devices /devices/pc-10", "incidents /incidents/70421"}},
		{all, []string{"00421"}, []string{"devices /devices/pc-10"}},
		{all, []string{"zali"}, []string{"devices /devices/pc-10", "rooms /rooms/r1", "people /people/zita/edit"}},
		{access.Identity{Login: "o", Role: access.Operator}, []string{"zali"}, []string{"devices /devices/pc-10", "rooms /rooms/r1"}},
		{access.Identity{Login: "a", Role: access.Administrator, Sites: []string{"north"}}, []string{"zali"}, []string{"devices /devices/pc-10", "rooms /rooms/r1"}},
		{access.Identity{Login: "s", Role: access.Administrator, Sites: []string{"south"}}, []string{"zali"}, []string{}},
		{access.Identity{Login: "s", Role: access.Administrator, Sites: []string{"south"}}, []string{"pc-1"}, []string{}},
		{all, []string{"site", "north"}, []string{"devices /devices/pc-1", "devices /devices/pc-10", "sites /sites/north"}},
		{all, []string{"70421"}, []string{"incidents /incidents/70421"}},
	} {
		if got := search(tc.who, tc.words...); !slices.Equal(got, tc.want) {
			t.Errorf("%q as %s of %v: %q", tc.words, tc.who.Role, tc.who.Sites, got)
		}
	}
}

// fillSite makes a place with as many devices as the largest school district has.
func fillSite(b *testing.B, c *Collector, n int) {
	b.Helper()
	s := inventory.Several{}
	if err := c.agents.inventory.PutSite(b.Context(), "test", inventory.Site{ID: "north", Name: "Šiaurės gimnazija"}); err != nil {
		b.Fatal(err)
	}
	for room := range n / 20 {
		s.Rooms = append(s.Rooms, inventory.Room{ID: fmt.Sprint("r-", room), Site: "north", Name: fmt.Sprint("Kabinetas ", room)})
	}
	for i := range n {
		s.New = append(s.New, inventory.NewEntry{Name: fmt.Sprint("Informatikos ", i), Site: "north", Room: fmt.Sprint("r-", i/20), Seat: fmt.Sprint(i%20 + 1), Class: fleet.Workstation, Serial: fmt.Sprintf("PF3A%05d", i), Asset: fmt.Sprintf("%06d", i)})
	}
	if _, err := c.agents.inventory.Change(b.Context(), "test", "fill", s); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkGather is what gathering each page costs with 2,000 devices; the
// target is 50 ms for all of a page.
func BenchmarkGather(b *testing.B) {
	c, _ := openForDoors(b)
	fillSite(b, c, 2000)
	ctx := as(b.Context(), access.Administrator)
	for name, gather := range map[string]func() error{
		"today": func() error { _, err := view{c}.Overview(ctx); return err },
		"devices": func() error {
			_, err := fleetView{c}.Devices(ctx, web.DeviceFilter{Limit: 100, Sort: "room"})
			return err
		},
		"device": func() error { _, err := fleetView{c}.Device(ctx, "informatikos-77", web.Day); return err },
		"year":   func() error { _, err := fleetView{c}.Device(ctx, "informatikos-77", web.Year); return err },
		"sites":  func() error { _, err := placesView{c}.Sites(ctx); return err },
		"site":   func() error { _, err := placesView{c}.Site(ctx, "north"); return err },
		"room":   func() error { _, err := placesView{c}.Room(ctx, "r-7"); return err },
		"agents": func() error { _, err := fleetView{c}.Agents(ctx); return err },
		"search": func() error { _, err := searchView{c}.Search(ctx, []string{"informatikos", "7"}); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := gather(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
