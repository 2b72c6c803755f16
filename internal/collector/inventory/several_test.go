package inventory_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/wire"
)

// Whatever a Change did, its Undo takes back.
func TestChangesAreTakenBack(t *testing.T) {
	f := newFixture(t)
	for range 3 {
		f.place("pc", wire.Machine{})
	}
	f.take("pc", set("os", item("", "name", "Windows")))
	if err := f.PutRoom(t.Context(), rasa, inventory.Room{ID: "r1", Site: "main", Name: "1"}); err != nil {
		t.Fatal(err)
	}
	if err := f.Edit(t.Context(), rasa, "pc", inventory.Edit{Room: ptr("r1"), Seat: ptr("3"), Asset: ptr("0042")}); err != nil {
		t.Fatal(err)
	}
	before := f.Info()
	f.records, f.store.writes = nil, 0

	done, err := f.Change(t.Context(), rasa, "", inventory.Several{
		Rooms: []inventory.Room{{ID: "r2", Site: "main", Name: "2"}},
		Edits: map[string]inventory.Edit{"pc": {Room: ptr("r2")}, "pc-2": {Room: ptr("r2"), Seat: ptr("A2"), Class: ptr("server")}},
		New:   []inventory.NewEntry{{Name: "Spausdintuvas", Site: "main", Room: "r2", Class: fleet.Workstation, Asset: "0100", Serial: "VNC3Q01234"}},
		Gone:  []string{"pc-3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if f.store.writes != 1 {
		t.Errorf("%d transactions", f.store.writes)
	}
	f.same("changed", done.Changed, []string{"pc", "pc-2"})
	f.same("made", done.Made, []string{"spausdintuvas"})
	f.restart()
	if d := f.device("pc"); d.Room != "r2" || d.Seat != "" {
		t.Errorf("a seat of another room stayed: %+v", d)
	}
	if d := f.device("spausdintuvas"); d.Name != "Spausdintuvas" || d.Asset != "0100" || d.Serial != "VNC3Q01234" || d.Seat != "" || !d.Entered {
		t.Errorf("%+v", d)
	}
	removed, err := f.Removed(t.Context())
	if err != nil || len(removed) != 1 || removed[0].ID != "pc-3" || removed[0].By != rasa {
		t.Errorf("%+v, %v", removed, err)
	}

	if _, err := f.Change(t.Context(), rasa, "", done.Undo); err != nil {
		t.Fatal(err)
	}
	f.restart()
	f.same("devices", f.Info(), before)
	if sets, err := f.Facts(t.Context(), "pc"); err != nil || len(sets) != 1 {
		t.Errorf("%v, %v", sets, err)
	}
}

func TestARemovedDeviceComesBackWithEverything(t *testing.T) {
	f := newFixture(t)
	f.place("pc", wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2"})
	f.place("pc", wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2"})
	f.take("pc", set("os", item("", "name", "Windows")))
	f.take("pc", set("os", item("", "name", "Windows 11")))
	if err := f.KeepApart(t.Context(), rasa, "pc", "pc-2"); err != nil {
		t.Fatal(err)
	}
	before, history := f.device("pc"), f.changes("pc")
	if err := f.Remove(t.Context(), rasa, "pc"); err != nil {
		t.Fatal(err)
	}
	f.restart()
	if again := f.place("pc", wire.Machine{}); again.ID == "pc" {
		t.Error("the ID was given again")
	}
	f.records = nil
	if err := f.Restore(t.Context(), rasa, "pc"); err != nil {
		t.Fatal(err)
	}
	f.same("records", f.records, []string{"user rasa|device.restore|pc|pc"})
	f.restart()
	f.same("device", f.device("pc"), before)
	f.same("history", f.changes("pc"), history)
	f.take("pc-2", set("os")) // what was told apart stays so
	f.same("proposals", f.proposed(), []string{})
	if err := f.Restore(t.Context(), rasa, "pc"); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("restored twice: %v", err)
	}

	if err := f.Remove(t.Context(), rasa, "pc"); err != nil {
		t.Fatal(err)
	}
	f.now = f.now.Add(inventory.RemovedFor + time.Second)
	if err := f.Restore(t.Context(), rasa, "pc"); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("too late: %v", err)
	}
	if removed, err := f.Removed(t.Context()); err != nil || len(removed) != 0 {
		t.Errorf("%+v, %v", removed, err)
	}
}

func TestAChangeIsWholeOrNotAtAll(t *testing.T) {
	f := newFixture(t)
	f.place("pc", wire.Machine{})
	before := f.Info()
	_, err := f.Change(t.Context(), rasa, "", inventory.Several{
		Edits: map[string]inventory.Edit{"pc": {Asset: ptr("1")}, "gone": {}},
		New:   []inventory.NewEntry{{Site: "nowhere", Class: "boss", Seat: "far too long", Room: "r"}},
		Gone:  []string{"other"}, Back: []string{"pc"},
	})
	for _, want := range []string{"gone: ", "site: ", "class: ", "seat: ", "name: ", "room: ", "other: ", "pc: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
	f.same("devices", f.Info(), before)
}

// A long list is one entry in the audit record; each device's history tells
// who did it.
func TestADetailMakesOneRecord(t *testing.T) {
	f := newFixture(t)
	edits := map[string]inventory.Edit{}
	for i := range 5 {
		edits[f.place("pc", wire.Machine{}).ID] = inventory.Edit{Asset: ptr(fmt.Sprint(i))}
	}
	f.records = nil
	if _, err := f.Change(t.Context(), rasa, "import of list.csv", inventory.Several{Edits: edits}); err != nil {
		t.Fatal(err)
	}
	f.same("records", f.records, []string{"user rasa|device.change|5 devices|import of list.csv"})
	if h := f.history("pc-3"); len(h) != 1 || h[0].By != rasa {
		t.Errorf("%+v", h)
	}
}

// The search for a number ends: a long list of one name keeps the others waiting
// no longer than a list of many names.
func TestManyDevicesOfOneNameAreNotCountedForEver(t *testing.T) {
	f := newFixture(t)
	f.place("other", wire.Machine{}) // makes the site
	done, err := f.Change(t.Context(), rasa, "a list", inventory.Several{
		New: slices.Repeat([]inventory.NewEntry{{Name: "Kompiuteris", Site: "main", Class: fleet.Workstation}}, 1200),
	})
	if err != nil {
		t.Fatal(err)
	}
	made := slices.Compact(slices.Sorted(slices.Values(done.Made)))
	if len(made) != 1200 || !slices.Contains(made, "kompiuteris-999") || slices.Contains(made, "kompiuteris-1100") {
		t.Errorf("%d IDs, from %s to %s", len(made), made[0], made[len(made)-1])
	}
	for _, id := range made {
		if err := fleet.CheckID(id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// The accountant's entry and the computer that enrols later are proposed to be
// one when the serial agrees.
func TestAnEntryIsKnownAgainByItsSerial(t *testing.T) {
	f := newFixture(t)
	f.place("other", wire.Machine{}) // makes the site
	if _, err := f.Change(t.Context(), rasa, "", inventory.Several{New: []inventory.NewEntry{{Name: "Mokytojo", Site: "main", Class: fleet.Workstation, Serial: "5q0r3d2"}}}); err != nil {
		t.Fatal(err)
	}
	f.place("PC-1", wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2"})
	f.same("proposals", f.proposed(), []string{"pc-1 is mokytojo by system_serial"})
}

func TestOnlySoManyRemovedDevicesAreKept(t *testing.T) {
	f := newFixture(t)
	var ids []string
	for range inventory.MaxRemoved + 10 {
		ids = append(ids, f.place("pc", wire.Machine{}).ID)
		f.now = f.now.Add(time.Second)
	}
	for _, part := range [][]string{ids[:20], ids[20:]} {
		if _, err := f.Change(t.Context(), rasa, "x", inventory.Several{Gone: part}); err != nil {
			t.Fatal(err)
		}
		f.now = f.now.Add(time.Second)
	}
	removed, err := f.Removed(t.Context())
	if err != nil || len(removed) != inventory.MaxRemoved {
		t.Errorf("%d, %v", len(removed), err)
	}
}
