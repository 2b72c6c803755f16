package inventory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

const (
	uuidA = "4c4c4544-0051-3010-8052-b4c04f564433"
	uuidB = "9f0f6a52-4b1d-11ee-be56-0242ac120002"
	// uuidA as a system writes it that knows the other byte order.
	uuidSwapped = "44454C4C-5100-1030-8052-B4C04F564433"

	badUUID = "03000200-0400-0500-0006-000700080009"

	lan, wifi, dock = "a4:bb:6d:11:22:33", "a4:c3:f0:44:55:66", "00:e0:4c:68:01:02"
)

func TestAComputerIsKnownAgain(t *testing.T) {
	for name, c := range map[string]struct {
		old, new wire.Machine
		reasons  string // empty: they are two
	}{
		"everything": {
			wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2", BoardSerial: "/5Q0R3D2/CN1/", MACs: []string{lan, wifi}},
			wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2", BoardSerial: "/5Q0R3D2/CN1/", MACs: []string{lan, wifi}},
			"system_uuid+system_serial+board_serial+macs",
		},
		"nothing":                      {wire.Machine{}, wire.Machine{}, ""},
		"a UUID alone":                 {wire.Machine{SystemUUID: uuidA}, wire.Machine{SystemUUID: uuidA}, ""},
		"a serial alone":               {wire.Machine{SystemSerial: "5Q0R3D2"}, wire.Machine{SystemSerial: "5Q0R3D2"}, ""},
		"a board alone":                {wire.Machine{BoardSerial: "CN129"}, wire.Machine{BoardSerial: "CN129"}, ""},
		"a MAC alone":                  {wire.Machine{MACs: []string{lan}}, wire.Machine{MACs: []string{lan}}, ""},
		"UUID and serial":              {wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2"}, wire.Machine{SystemUUID: uuidA, SystemSerial: "5q0r3d2 "}, "system_uuid+system_serial"},
		"UUID in the other byte order": {wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2"}, wire.Machine{SystemUUID: uuidSwapped, SystemSerial: "5Q0R3D2"}, "system_uuid+system_serial"},
		"UUID and MAC":                 {wire.Machine{SystemUUID: uuidA, MACs: []string{lan}}, wire.Machine{SystemUUID: uuidA, MACs: []string{dock, strings.ToUpper(lan)}}, "system_uuid+mac"},
		"UUID and MAC in other spelling": {
			wire.Machine{SystemUUID: uuidA, MACs: []string{lan}}, wire.Machine{SystemUUID: "{" + strings.ToUpper(uuidA) + "}", MACs: []string{"A4-BB-6D-11-22-33"}}, "system_uuid+mac",
		},
		"system and board serial, a new UUID": {
			wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2", BoardSerial: "CN129"}, wire.Machine{SystemUUID: uuidB, SystemSerial: "5Q0R3D2", BoardSerial: "CN129"}, "system_serial+board_serial",
		},
		"serial and MAC": {wire.Machine{SystemSerial: "5Q0R3D2", MACs: []string{lan}}, wire.Machine{SystemSerial: "5Q0R3D2", MACs: []string{lan}}, "system_serial+mac"},
		"serial and MAC against UUID and board": {
			wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2", BoardSerial: "CN129", MACs: []string{dock}},
			wire.Machine{SystemUUID: uuidB, SystemSerial: "5Q0R3D2", BoardSerial: "CN777", MACs: []string{dock}}, "",
		},
		"a docking station that wandered": {
			wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2", MACs: []string{lan, dock}}, wire.Machine{SystemUUID: uuidB, SystemSerial: "7XX1YZ2", MACs: []string{wifi, dock}}, "",
		},
		"two MACs and no SMBIOS": {wire.Machine{MACs: []string{lan, wifi}}, wire.Machine{MACs: []string{wifi, lan}}, "macs"},
		"two cards moved to another computer": {
			wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2", MACs: []string{lan, wifi}}, wire.Machine{SystemUUID: uuidB, SystemSerial: "7XX1YZ2", MACs: []string{lan, wifi}}, "",
		},
		"the same MAC twice is one": {wire.Machine{MACs: []string{lan, "A4-BB-6D-11-22-33"}}, wire.Machine{MACs: []string{lan, lan}}, ""},

		"a maker's UUID and a MAC":          {wire.Machine{SystemUUID: badUUID, MACs: []string{dock}}, wire.Machine{SystemUUID: badUUID, MACs: []string{dock}}, ""},
		"the maker's UUID, swapped":         {wire.Machine{SystemUUID: "00020003-0004-0005-0006-000700080009", MACs: []string{dock}}, wire.Machine{SystemUUID: badUUID, MACs: []string{dock}}, ""},
		"zeros and a MAC":                   {wire.Machine{SystemUUID: "00000000-0000-0000-0000-000000000000", MACs: []string{dock}}, wire.Machine{SystemUUID: "00000000-0000-0000-0000-000000000000", MACs: []string{dock}}, ""},
		"ones and a MAC":                    {wire.Machine{SystemUUID: strings.Repeat("F", 32), MACs: []string{dock}}, wire.Machine{SystemUUID: strings.Repeat("f", 32), MACs: []string{dock}}, ""},
		"no UUID and a MAC":                 {wire.Machine{SystemUUID: "unknown", MACs: []string{dock}}, wire.Machine{SystemUUID: "unknown", MACs: []string{dock}}, ""},
		"serials that are none":             {wire.Machine{SystemSerial: "To Be Filled By O.E.M.", BoardSerial: "Default string"}, wire.Machine{SystemSerial: "To be filled by O.E.M.", BoardSerial: "Default string"}, ""},
		"serials of one sign":               {wire.Machine{SystemSerial: "00000000", BoardSerial: "........."}, wire.Machine{SystemSerial: "00000000", BoardSerial: "........."}, ""},
		"serials too short":                 {wire.Machine{SystemSerial: "0", BoardSerial: "N/A"}, wire.Machine{SystemSerial: "0", BoardSerial: "N/A"}, ""},
		"MACs that programs made up":        {wire.Machine{MACs: []string{"00:05:9a:3c:7a:00", "02:00:00:00:00:00"}}, wire.Machine{MACs: []string{"00:05:9a:3c:7a:00", "02:00:00:00:00:00"}}, ""},
		"MACs that are none":                {wire.Machine{MACs: []string{"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "x"}}, wire.Machine{MACs: []string{"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "x"}}, ""},
		"a serial that is none contradicts": {wire.Machine{SystemUUID: uuidA, SystemSerial: "None", MACs: []string{lan}}, wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2", MACs: []string{lan}}, "system_uuid+mac"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.place("old", c.old)
			f.now = t0.Add(time.Hour)
			f.place("new", c.new)
			var want []string
			if c.reasons != "" {
				want = []string{"new is old by " + c.reasons}
			}
			f.same("proposals", f.proposed(), want)
			f.restart()
			f.same("proposals after a start", f.proposed(), want)
			if len(f.Info()) != 2 {
				t.Error("a row is missing: nothing is merged without a person")
			}
		})
	}
}

func TestAValueThatManyHaveTellsNothing(t *testing.T) {
	f := newFixture(t)
	same := wire.Machine{SystemUUID: uuidA, BoardSerial: "SERIES7"}
	for i := range 6 { // a series of computers with one UUID, one board serial and serials of their own
		m := same
		m.SystemSerial = fmt.Sprint("SER000", i)
		d := f.place(fmt.Sprint("pc", i), m)
		for _, other := range f.Info() { // the keeper says each time that they are two
			if other.ID != d.ID {
				if err := f.KeepApart(t.Context(), rasa, d.ID, other.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	f.place("pc6", same)
	f.same("proposals", f.proposed(), []string{})

	// Computers that wait for a decision do not make a value worthless.
	f = newFixture(t)
	f.place("pc", same)
	for i := range 6 {
		f.now = f.now.Add(time.Hour)
		f.place(fmt.Sprint("again", i), same)
	}
	got := f.proposed()
	for i := range 6 {
		want := fmt.Sprintf("again%d is pc by system_uuid+board_serial", i)
		found := false
		for _, line := range got {
			found = found || line == want
		}
		if !found && i < inventory.MaxProposals {
			t.Errorf("%q is not among %q", want, got)
		}
	}
	perDevice := map[string]int{}
	for _, line := range got {
		perDevice[strings.Fields(line)[0]]++
	}
	for id, n := range perDevice {
		if n > inventory.MaxProposals {
			t.Errorf("%s has %d proposals", id, n)
		}
	}
}

func TestHardwareThatIsToldLaterIsComparedToo(t *testing.T) {
	f := newFixture(t)
	f.place("old", wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2"})
	f.now = t0.Add(time.Hour)
	f.place("new", wire.Machine{})
	about := inventory.About{Hostname: "NEW", Machine: wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2"}}
	for range 2 {
		if err := f.Take(t.Context(), "new", nil, about); err != nil {
			t.Fatal(err)
		}
		f.same("proposals", f.proposed(), []string{"new is old by system_uuid+system_serial"})
	}
	if d := f.device("new"); d.Hostname != "NEW" || d.Name != "NEW" || d.ID != "new" {
		t.Errorf("%+v", d)
	}
	// Also when it is the older row that tells it: the newer one is new.
	f.place("third", wire.Machine{SystemSerial: "7XX1YZ2", BoardSerial: "CN129"})
	if err := f.Take(t.Context(), "old", nil, inventory.About{Machine: wire.Machine{SystemSerial: "7XX1YZ2", BoardSerial: "CN129"}}); err != nil {
		t.Fatal(err)
	}
	if got := f.proposed(); len(got) != 2 || got[1] != "third is old by system_serial+board_serial" {
		t.Errorf("proposals %q", got)
	}
}

func TestMerge(t *testing.T) {
	f := newFixture(t)
	m := wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2"}
	f.place("pc", m)
	if err := f.PutRoom(t.Context(), rasa, inventory.Room{ID: "r12", Site: "main", Name: "12"}); err != nil {
		t.Fatal(err)
	}
	room, asset := "r12", "A-77"
	if err := f.Edit(t.Context(), rasa, "pc", inventory.Edit{Room: &room, Asset: &asset}); err != nil {
		t.Fatal(err)
	}
	f.take("pc", set("os", item("", "name", "Windows 10")), set("disk", item("S1", "model", "WDC")), set("monitor", item("M1")))
	f.now = t0.Add(time.Hour)
	f.take("pc", set("disk", item("S1", "model", "WDC 2")))

	f.now = t0.Add(2 * time.Hour)
	f.place("pc", m)
	m.MACs = []string{lan}
	later := set("os", item("", "name", "Windows 11"))
	later.Time = f.now
	laterDisk := set("disk", item("S1", "model", "WDC 3"))
	laterDisk.Time = f.now
	if err := f.Take(t.Context(), "pc-2", []look.FactSet{later, laterDisk}, inventory.About{Hostname: "PC-NEW", Machine: m}); err != nil {
		t.Fatal(err)
	}
	f.now = t0.Add(3 * time.Hour)
	laterDisk.Items = []look.Item{item("S1", "model", "WDC 4")}
	f.take("pc-2", laterDisk)
	f.place("third", m) // was made anew once more
	f.same("proposals", f.proposed(), []string{
		"pc-2 is pc by system_uuid+system_serial", "third is pc by system_uuid+system_serial", "third is pc-2 by system_uuid+system_serial+mac",
	})

	f.now = t0.Add(4 * time.Hour)
	f.records = nil
	for name, ids := range map[string][2]string{"itself": {"pc", "pc"}, "nobody": {"pc", "x"}, "from nobody": {"x", "pc"}} {
		if err := f.Merge(t.Context(), rasa, ids[0], ids[1]); err == nil {
			t.Errorf("%s: merged", name)
		}
	}
	if err := f.Merge(t.Context(), rasa, "pc-2", "pc"); err != nil {
		t.Fatal(err)
	}
	f.same("record", f.records, []string{"user rasa|device.merge|pc|from pc-2"})
	for range 2 {
		d := f.device("pc")
		if d.Room != "r12" || d.Asset != "A-77" || d.OS != "Windows 11" || d.Hostname != "PC-NEW" || d.Name != "PC-NEW" || !d.Created.Equal(t0) || len(d.Machine.MACs) != 1 {
			t.Errorf("%+v", d)
		}
		if _, err := f.Device(t.Context(), "pc-2"); !errors.Is(err, inventory.ErrNotFound) {
			t.Errorf("the new row is there: %v", err)
		}
		f.same("history of both", f.changes("pc"), []string{
			"device//room:  → r12", "device//asset:  → A-77", "disk/S1/model: WDC → WDC 2", "device//hostname: pc → PC-NEW", "device//name: pc → PC-NEW",
			"disk/S1/model: WDC 3 → WDC 4", "device//hostname: pc → PC-NEW", "device//name: pc → PC-NEW", "device//merged:  → pc-2",
		})
		f.same("proposals move", f.proposed(), []string{"third is pc by system_uuid+system_serial"})
		sets, err := f.Facts(t.Context(), "pc")
		if err != nil || len(sets) != 3 || sets[0].Items[0].Fields["model"] != "WDC 4" || sets[2].Items[0].Fields["name"] != "Windows 11" {
			t.Errorf("facts %+v, %v", sets, err)
		}
		if sets, err := f.bolt.Facts(t.Context(), "pc-2"); len(sets) != 0 || err != nil {
			t.Errorf("facts of the row that went: %+v, %v", sets, err)
		}
		if lines, err := f.bolt.History(t.Context(), "pc-2", 10, 0); len(lines) != 0 || err != nil {
			t.Errorf("history of the row that went: %+v, %v", lines, err)
		}
		f.restart()
	}
	// A report that was under way, or an agent that could not be bound anew.
	f.take("pc-2", set("disk", item("S1", "model", "WDC 5")))
	if got := f.changes("pc"); got[len(got)-1] != "disk/S1/model: WDC 4 → WDC 5" {
		t.Errorf("changes %q", got)
	}
}

func TestAMergeIntoTheRowThatLivesKeepsWhatIsNewer(t *testing.T) {
	f := newFixture(t)
	f.place("first", wire.Machine{})
	f.place("second", wire.Machine{})
	f.take("second", set("os", item("", "name", "old")))
	f.now = t0.Add(time.Hour)
	s := set("os", item("", "name", "new"))
	s.Time = f.now
	if err := f.Take(t.Context(), "first", []look.FactSet{s}, inventory.About{Hostname: "renamed"}); err != nil {
		t.Fatal(err)
	}
	if err := f.Merge(t.Context(), rasa, "second", "first"); err != nil {
		t.Fatal(err)
	}
	sets, err := f.Facts(t.Context(), "first")
	if d := f.device("first"); err != nil || d.OS != "new" || d.Hostname != "renamed" || sets[0].Items[0].Fields["name"] != "new" || !d.FactsAt.Equal(f.now) {
		t.Errorf("%+v, %+v, %v", d, sets, err)
	}
}

func TestAMergeToAnotherSiteFollowsTheComputer(t *testing.T) {
	f := newFixture(t)
	f.place("pc", wire.Machine{})
	d, err := f.Place(t.Context(), inventory.NewComputer{Site: "branch", Hostname: "pc", Class: fleet.Server})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Merge(t.Context(), rasa, d.ID, "pc"); err != nil {
		t.Fatal(err)
	}
	if d := f.device("pc"); d.Site != "branch" || d.Class != fleet.Workstation {
		t.Errorf("%+v", d)
	}
}

func TestMergedHistoriesAreBoundedToo(t *testing.T) {
	f := newFixture(t)
	f.place("a", wire.Machine{})
	f.place("b", wire.Machine{})
	for i, id := range []string{"a", "b"} {
		var items []look.Item
		for n := range 2000 {
			items = append(items, item(fmt.Sprintf("p%04d", n)))
		}
		f.take(id, set("software"))
		f.now = f.now.Add(time.Minute)
		f.take(id, set("software", items...))
		f.now = f.now.Add(time.Minute)
		f.take(id, set("software", items[:1000-i]...))
	}
	if err := f.Merge(t.Context(), rasa, "b", "a"); err != nil {
		t.Fatal(err)
	}
	entries := f.history("a")
	// 2,000 came in both, 1,000 and 1,001 went, and three lines are of the merge:
	// host name, name, merged.
	if len(entries) != inventory.MaxHistory || entries[0].Number != 3000+3001+3 {
		t.Fatalf("%d changes, the newest is %+v", len(entries), entries[0])
	}
	for i, e := range entries[1:] {
		if e.Number != entries[i].Number-1 || e.Time.After(entries[i].Time) {
			t.Fatalf("%+v before %+v", e, entries[i])
		}
	}
	if dropped := entries[len(entries)-1].Number - 1; testutil.ToFloat64(droppedOf(t, f)) != float64(dropped) {
		t.Errorf("the oldest has number %d", dropped+1)
	}
}

func TestKeepApartIsForEver(t *testing.T) {
	f := newFixture(t)
	m := wire.Machine{SystemUUID: uuidA, SystemSerial: "5Q0R3D2"}
	f.place("pc", m)
	f.place("pc", m)
	if len(f.proposed()) != 1 {
		t.Fatal(f.proposed())
	}
	f.records = nil
	for range 2 {
		if err := f.KeepApart(t.Context(), rasa, "pc", "pc-2"); err != nil {
			t.Fatal(err)
		}
	}
	f.same("record", f.records, []string{"user rasa|device.keep_apart|pc|from pc-2"})
	f.restart()
	for _, id := range []string{"pc", "pc-2"} { // its hardware is told anew
		for _, macs := range [][]string{{lan}, {lan, wifi}} {
			m.MACs = macs
			if err := f.Take(t.Context(), id, nil, inventory.About{Machine: m}); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.same("proposals", f.proposed(), []string{})

	// The decision is about the computer: it survives a merge of one of them.
	f.place("pc-2", m)
	if err := f.Merge(t.Context(), rasa, "pc-2", "pc-2-2"); err != nil {
		t.Fatal(err)
	}
	f.same("proposals after a merge", f.proposed(), []string{})
	for name, ids := range map[string][2]string{"itself": {"pc", "pc"}, "nobody": {"pc", "x"}} {
		if err := f.KeepApart(t.Context(), rasa, ids[0], ids[1]); err == nil {
			t.Errorf("%s: kept apart", name)
		}
	}
}

// An agent that claims to be one computer after the other does not bury the
// proposals that are true.
func TestWhoeverClaimsToBeEverybodyIsBounded(t *testing.T) {
	f := newFixture(t)
	bad, err := f.Place(t.Context(), inventory.NewComputer{Site: "main", Hostname: "bad", Class: fleet.Workstation})
	if err != nil {
		t.Fatal(err)
	}
	f.now = f.now.Add(time.Hour) // the others are newer
	var machines []wire.Machine
	for i := range 3 * inventory.MaxProposals {
		m := wire.Machine{SystemSerial: fmt.Sprintf("SERIAL-%d", i), BoardSerial: fmt.Sprintf("BOARD-%d", i)}
		if _, err := f.Place(t.Context(), inventory.NewComputer{Site: "main", Hostname: "pc", Class: fleet.Workstation, Machine: m}); err != nil {
			t.Fatal(err)
		}
		machines = append(machines, m)
	}
	for _, m := range machines {
		if err := f.Take(t.Context(), bad.ID, nil, inventory.About{Machine: m}); err != nil {
			t.Fatal(err)
		}
	}
	proposals, err := f.Proposals(t.Context())
	if err != nil || len(proposals) != inventory.MaxProposals {
		t.Errorf("%d proposals, %v", len(proposals), err)
	}
}
