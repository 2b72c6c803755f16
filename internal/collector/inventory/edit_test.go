package inventory_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

func ptr(s string) *string { return &s }

func TestEditADevice(t *testing.T) {
	f := newFixture(t)
	f.place("PC", wire.Machine{})
	for _, r := range []inventory.Room{{ID: "r12", Site: "main", Name: "12 kabinetas"}, {ID: "x1", Site: "branch", Name: "1"}} {
		if r.Site == "branch" {
			if err := f.PutSite(t.Context(), rasa, inventory.Site{ID: "branch", Name: "Filialas"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.PutRoom(t.Context(), rasa, r); err != nil {
			t.Fatal(err)
		}
	}
	f.records = nil
	if err := f.Edit(t.Context(), rasa, "pc", inventory.Edit{Name: ptr(" Mokytojo kompiuteris "), Room: ptr("r12"), Class: ptr("server"), Asset: ptr("A-1")}); err != nil {
		t.Fatal(err)
	}
	if err := f.Edit(t.Context(), rasa, "pc", inventory.Edit{Name: ptr("Mokytojo kompiuteris")}); err != nil { // as it is
		t.Fatal(err)
	}
	f.restart()
	d := f.device("pc")
	if d.ID != "pc" || d.Name != "Mokytojo kompiuteris" || d.Room != "r12" || d.Class != fleet.Server || d.Asset != "A-1" {
		t.Errorf("%+v", d)
	}
	f.same("changes", f.changes("pc"), []string{
		"device//name: PC → Mokytojo kompiuteris", "device//room:  → r12", "device//class: workstation → server", "device//asset:  → A-1",
	})
	for _, e := range f.history("pc") {
		if e.By != rasa {
			t.Errorf("by %q", e.By)
		}
	}
	f.same("records", f.records, []string{
		`user rasa|device.edit|pc|name: "Mokytojo kompiuteris", was "PC"`, `user rasa|device.edit|pc|room: "r12", was ""`,
		`user rasa|device.edit|pc|class: "server", was "workstation"`, `user rasa|device.edit|pc|asset: "A-1", was ""`,
	})

	// A name that somebody gave stays when the host name changes.
	if err := f.Take(t.Context(), "pc", nil, inventory.About{Hostname: "PC9"}); err != nil {
		t.Fatal(err)
	}
	if d := f.device("pc"); d.Name != "Mokytojo kompiuteris" || d.Hostname != "PC9" {
		t.Errorf("%+v", d)
	}
	if err := f.Edit(t.Context(), rasa, "pc", inventory.Edit{Name: ptr(""), Room: ptr(""), Asset: ptr("")}); err != nil {
		t.Fatal(err)
	}
	if d := f.device("pc"); d.Name != "PC9" || d.Room != "" || d.Asset != "" {
		t.Errorf("emptied: %+v", d)
	}

	for name, e := range map[string]inventory.Edit{
		"name": {Name: ptr("a\nb")}, "room": {Room: ptr("x1")}, "class": {Class: ptr("boss")}, "asset": {Asset: ptr(strings.Repeat("x", inventory.MaxName+1))},
	} {
		var invalid *inventory.InvalidError
		if err := f.Edit(t.Context(), rasa, "pc", e); !errors.As(err, &invalid) || invalid.Field != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := f.Edit(t.Context(), rasa, "x", inventory.Edit{}); !errors.Is(err, inventory.ErrNotFound) {
		t.Error(err)
	}
}

func TestRemove(t *testing.T) {
	f := newFixture(t)
	m := wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2"}
	f.place("pc", m)
	f.place("pc", m)
	f.take("pc", set("os"))
	f.take("pc", set("os", item("", "name", "Windows")))
	if err := f.Remove(t.Context(), rasa, "pc"); err != nil {
		t.Fatal(err)
	}
	f.restart()
	f.same("proposals", f.proposed(), []string{})
	if _, err := f.Device(t.Context(), "pc"); !errors.Is(err, inventory.ErrNotFound) {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"remove":  f.Remove(t.Context(), rasa, "pc"),
		"take":    f.Take(t.Context(), "pc", nil, inventory.About{Hostname: "x"}),
		"facts":   func() error { _, err := f.Facts(t.Context(), "pc"); return err }(),
		"changes": func() error { _, err := f.History(t.Context(), "pc", 1, 0); return err }(),
	} {
		if !errors.Is(err, inventory.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.now = f.now.Add(inventory.RemovedFor + time.Minute)
	if err := f.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if sets, err := f.bolt.Facts(t.Context(), "pc"); err != nil || len(sets) != 0 {
		t.Errorf("facts stay: %v, %v", sets, err)
	}
	if lines, err := f.bolt.History(t.Context(), "pc", 10, 0); err != nil || len(lines) != 0 {
		t.Errorf("history stays: %v, %v", lines, err)
	}
}

func TestSitesAndRooms(t *testing.T) {
	f := newFixture(t)
	f.place("pc", wire.Machine{}) // makes its site
	steps := []struct {
		name string
		do   func() error
		want string // part of the error
	}{
		{"name the site", func() error { return f.PutSite(t.Context(), rasa, inventory.Site{ID: "main", Name: "Gimnazija"}) }, ""},
		{"a bad ID", func() error { return f.PutSite(t.Context(), rasa, inventory.Site{ID: "Ą", Name: "x"}) }, "id:"},
		{"no name", func() error { return f.PutSite(t.Context(), rasa, inventory.Site{ID: "x"}) }, "name:"},
		{"another site", func() error { return f.PutSite(t.Context(), rasa, inventory.Site{ID: "branch", Name: "Filialas"}) }, ""},
		{"a room", func() error { return f.PutRoom(t.Context(), rasa, inventory.Room{ID: "r1", Site: "main", Name: "1"}) }, ""},
		{"the room again", func() error { return f.PutRoom(t.Context(), rasa, inventory.Room{ID: "r1", Site: "main", Name: "1"}) }, ""},
		{"the room elsewhere", func() error { return f.PutRoom(t.Context(), rasa, inventory.Room{ID: "r1", Site: "branch", Name: "1"}) }, "site:"},
		{"a room nowhere", func() error { return f.PutRoom(t.Context(), rasa, inventory.Room{ID: "r2", Site: "x", Name: "1"}) }, "site:"},
		{"into the room", func() error { return f.Edit(t.Context(), rasa, "pc", inventory.Edit{Room: ptr("r1")}) }, ""},
		{"a room in use", func() error { return f.DropRoom(t.Context(), rasa, "r1") }, inventory.ErrInUse.Error()},
		{"a site in use", func() error { return f.DropSite(t.Context(), rasa, "main") }, inventory.ErrInUse.Error()},
		{"an empty site", func() error { return f.DropSite(t.Context(), rasa, "branch") }, ""},
		{"again", func() error { return f.DropSite(t.Context(), rasa, "branch") }, inventory.ErrNotFound.Error()},
		{"out of the room", func() error { return f.Edit(t.Context(), rasa, "pc", inventory.Edit{Room: ptr("")}) }, ""},
		{"an empty room", func() error { return f.DropRoom(t.Context(), rasa, "r1") }, ""},
		{"no room", func() error { return f.DropRoom(t.Context(), rasa, "r1") }, inventory.ErrNotFound.Error()},
	}
	for _, s := range steps {
		if err := s.do(); (err == nil) != (s.want == "") || err != nil && !strings.Contains(err.Error(), s.want) {
			t.Errorf("%s: %v, want %q", s.name, err, s.want)
		}
	}
	f.restart()
	sites, err := f.Sites(t.Context())
	f.same("sites", sites, []inventory.Site{{ID: "main", Name: "Gimnazija"}})
	if rooms, err2 := f.Rooms(t.Context(), ""); err != nil || err2 != nil || len(rooms) != 0 {
		t.Error(rooms, err, err2)
	}
	if n := strings.Count(strings.Join(f.records, "\n"), "room.put"); n != 1 {
		t.Errorf("%d records of one room", n)
	}
}

func TestDevicesAreChosen(t *testing.T) {
	f := newFixture(t)
	for _, n := range []inventory.NewComputer{
		{Site: "main", Hostname: "pc-1", Class: fleet.Workstation}, {Site: "main", Hostname: "srv", Class: fleet.Server}, {Site: "branch", Hostname: "pc-2", Class: fleet.Workstation},
	} {
		if _, err := f.Place(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	f.take("srv", set("system", item("", "model", "PowerEdge", "serial", "SN77")))
	for name, c := range map[string]struct {
		filter inventory.Filter
		want   string
	}{
		"all":              {inventory.Filter{}, "pc-1 pc-2 srv"},
		"a site":           {inventory.Filter{Site: "main"}, "pc-1 srv"},
		"sites":            {inventory.Filter{Sites: []string{"branch", "x"}}, "pc-2"},
		"no common site":   {inventory.Filter{Sites: []string{"branch"}, Site: "main"}, ""},
		"a class":          {inventory.Filter{Class: fleet.Server}, "srv"},
		"a model":          {inventory.Filter{Text: " poweredge "}, "srv"},
		"a serial":         {inventory.Filter{Text: "sn7"}, "srv"},
		"a name":           {inventory.Filter{Text: "PC-"}, "pc-1 pc-2"},
		"a room":           {inventory.Filter{Room: "r1"}, ""},
		"a text of nobody": {inventory.Filter{Text: "zzz"}, ""},
	} {
		devices, err := f.Devices(t.Context(), c.filter)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, d := range devices {
			ids = append(ids, d.ID)
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	f := newFixture(t)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			d, err := f.Place(t.Context(), inventory.NewComputer{Site: "main", Hostname: "pc", Class: fleet.Workstation})
			if err != nil {
				t.Error(err)
				return
			}
			for n := range 3 {
				if err := f.Take(t.Context(), d.ID, []look.FactSet{set("system", item("", "model", fmt.Sprint(i, " ", n)))}, inventory.About{Hostname: fmt.Sprint("h", n)}); err != nil {
					t.Error(err)
				}
				f.Info()
			}
		})
	}
	group.Wait()
	if n := len(f.Info()); n != 20 {
		t.Errorf("%d devices", n)
	}
	for _, d := range f.Info() {
		if got := len(f.history(d.ID)); got != 2+2*3 { // the model twice; host name and name three times
			t.Errorf("%s has %d changes: %q", d.ID, got, f.changes(d.ID))
		}
	}
}

func TestTheCollectorsOwnComputerHasItsOwnID(t *testing.T) {
	f := newFixture(t)
	own := inventory.Device{ID: "budi", Site: "main", Hostname: "BUDI-HOST", Class: fleet.Server, Kind: inventory.KindComputer}
	if _, err := f.Keep(t.Context(), own); err == nil {
		t.Error("kept in a site that is not there")
	}
	if err := f.PutSite(t.Context(), rasa, inventory.Site{ID: "main", Name: "x"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		d, err := f.Keep(t.Context(), own)
		if err != nil || d.ID != "budi" || d.Name != "BUDI-HOST" || !d.Created.Equal(t0) {
			t.Errorf("%+v, %v", d, err)
		}
		f.restart()
	}
	if d := f.place("budi", wire.Machine{}); d.ID != "budi-2" {
		t.Errorf("an agent got %s", d.ID)
	}
	if _, err := f.Keep(t.Context(), inventory.Device{ID: "Ą", Site: "main"}); err == nil {
		t.Error("kept under an ID that cannot be")
	}
}

func TestEventsAreHistory(t *testing.T) {
	f := newFixture(t)
	f.place("pc", wire.Machine{})
	f.now = t0.Add(time.Hour)
	err := f.Happened(t.Context(), "pc", []look.Event{
		{Time: t0.Add(time.Minute), Code: "agent_started", Args: map[string]string{"version": "1.0", "after": "crash\n"}},
		{Time: t0.Add(100 * time.Hour), Code: "clock_set", Args: map[string]string{"x": strings.Repeat("ą", wire.MaxText)}},
		{Code: "Bad Code"},
	})
	if err != nil {
		t.Fatal(err)
	}
	entries := f.history("pc")
	if len(entries) != 2 || !entries[0].Time.Equal(f.now) || len(entries[0].New) > wire.MaxText || !entries[1].Time.Equal(t0.Add(time.Minute)) {
		t.Fatalf("%+v", entries)
	}
	if e := entries[1]; e.Kind != inventory.KindEvent || e.Field != "agent_started" || e.New != "after=crash , version=1.0" {
		t.Errorf("%+v", e)
	}
	if err := f.Happened(t.Context(), "x", []look.Event{{Code: "a"}}); !errors.Is(err, inventory.ErrNotFound) {
		t.Error(err)
	}
	writes := f.store.writes
	if err := f.Happened(t.Context(), "pc", nil); err != nil || f.store.writes != writes {
		t.Error("nothing happened, and it was written", err)
	}
}
