package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

var t0 = time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)

const rasa = "user rasa"

// fixture is an inventory over a real file, with a clock that tests move.
type fixture struct {
	*inventory.Control
	t        *testing.T
	path     string
	store    *counting
	bolt     *boltstore.Store
	now      time.Time
	registry *prometheus.Registry
	records  []string
}

// counting counts what is written.
type counting struct {
	*boltstore.Store
	writes int
	fail   error
}

func (c *counting) Apply(ctx context.Context, b inventory.Batch) (int, error) {
	if c.fail != nil {
		return 0, c.fail
	}
	c.writes++
	return c.Store.Apply(ctx, b)
}

func (f *fixture) Record(_ context.Context, by, action, object, detail string) error {
	f.records = append(f.records, strings.Join([]string{by, action, object, detail}, "|"))
	return nil
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, path: filepath.Join(t.TempDir(), "budi.db"), now: t0}
	f.open()
	t.Cleanup(func() { _ = f.bolt.Close() })
	return f
}

func (f *fixture) open() {
	f.t.Helper()
	var err error
	if f.bolt, err = boltstore.Open(f.path, boltstore.Options{}); err != nil {
		f.t.Fatal(err)
	}
	f.store = &counting{Store: f.bolt}
	f.registry = prometheus.NewPedanticRegistry()
	f.Control, err = inventory.Open(inventory.Options{
		Store: f.store, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return f.now }, Registerer: f.registry, Recorder: f, Reserved: []string{"budi"},
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// restart closes everything and opens it again.
func (f *fixture) restart() {
	f.t.Helper()
	if err := f.bolt.Close(); err != nil {
		f.t.Fatal(err)
	}
	f.open()
}

func (f *fixture) place(hostname string, m wire.Machine) inventory.Device {
	f.t.Helper()
	d, err := f.Place(f.t.Context(), inventory.NewComputer{Site: "main", Hostname: hostname, Class: fleet.Workstation, Machine: m})
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

func (f *fixture) take(id string, sets ...look.FactSet) {
	f.t.Helper()
	if err := f.Take(f.t.Context(), id, sets, inventory.About{}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) device(id string) inventory.Device {
	f.t.Helper()
	d, err := f.Device(f.t.Context(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

func (f *fixture) history(id string) []inventory.Entry {
	f.t.Helper()
	entries, err := f.History(f.t.Context(), id, 100_000, 0)
	if err != nil {
		f.t.Fatal(err)
	}
	return entries
}

// changes writes a history as lines, oldest first.
func (f *fixture) changes(id string) []string {
	f.t.Helper()
	var out []string
	for _, e := range f.history(id) {
		out = append(out, fmt.Sprintf("%s/%s/%s: %s → %s", e.Kind, e.Item, e.Field, e.Old, e.New))
	}
	slices.Reverse(out)
	return out
}

// proposed writes the proposals as lines.
func (f *fixture) proposed() []string {
	f.t.Helper()
	all, err := f.Proposals(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	var out []string
	for _, p := range all {
		out = append(out, fmt.Sprintf("%s is %s by %s", p.New, p.Old, strings.Join(p.Reasons, "+")))
	}
	return out
}

func (f *fixture) same(what string, got, want any) {
	f.t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		f.t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func set(kind string, items ...look.Item) look.FactSet {
	return look.FactSet{Kind: kind, Time: t0, Items: items}
}

func item(key string, pairs ...string) look.Item {
	fields := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		fields[pairs[i]] = pairs[i+1]
	}
	return look.Item{Key: key, Fields: fields}
}

func TestIDsAreMadeOfHostNamesAndNeverGivenAgain(t *testing.T) {
	f := newFixture(t)
	long := strings.Repeat("x", 70)
	for _, c := range []struct{ hostname, want string }{
		{"PC-214-07", "pc-214-07"}, {"pc-214-07", "pc-214-07-2"}, {"PC_214_07", "pc_214_07"}, {"PC-214-07", "pc-214-07-3"},
		{"BUDI", "budi-2"}, // reserved
		{long, long[:63]}, {long, long[:61] + "-2"},
		{"Kabinetas 12", "kabinetas-12"},
	} {
		d := f.place(c.hostname, wire.Machine{})
		if d.ID != c.want || fleet.CheckID(d.ID) != nil || d.Created != t0 || d.Kind != inventory.KindComputer {
			t.Errorf("%q: %+v, want ID %s", c.hostname, d, c.want)
		}
	}
	nameless := f.place("", wire.Machine{})
	if !strings.HasPrefix(nameless.ID, "pc-") || len(nameless.ID) != len("pc-12345678") || nameless.Name != nameless.ID {
		t.Errorf("without a host name: %+v", nameless)
	}
	if d := f.place("ąęė", wire.Machine{}); !strings.HasPrefix(d.ID, "pc-") || d.Name != "ąęė" {
		t.Errorf("without a Latin letter: %+v", d)
	}

	if err := f.Remove(t.Context(), rasa, "pc-214-07"); err != nil {
		t.Fatal(err)
	}
	if err := f.Merge(t.Context(), rasa, "pc-214-07-2", "pc-214-07-3"); err != nil {
		t.Fatal(err)
	}
	f.restart()
	if d := f.place("pc-214-07", wire.Machine{}); d.ID != "pc-214-07-4" {
		t.Errorf("after a removal and a merge: %s", d.ID)
	}
	if d, ok := f.Resolve("pc-214-07-2"); !ok || d.ID != "pc-214-07-3" {
		t.Errorf("a merged ID means %v %v", d.ID, ok)
	}
	if _, ok := f.Resolve("pc-214-07"); ok {
		t.Error("a removed ID means something")
	}
}

func TestPlaceChecksWhatStrangersSay(t *testing.T) {
	f := newFixture(t)
	good := inventory.NewComputer{Site: "main", Hostname: "pc", Class: fleet.Server}
	for name, spoil := range map[string]func(*inventory.NewComputer){
		"site":     func(n *inventory.NewComputer) { n.Site = "../x" },
		"class":    func(n *inventory.NewComputer) { n.Class = "boss" },
		"hostname": func(n *inventory.NewComputer) { n.Hostname = strings.Repeat("x", wire.MaxText+1) },
		"machine":  func(n *inventory.NewComputer) { n.Machine.SystemSerial = strings.Repeat("x", wire.MaxText+1) },
	} {
		n := good
		spoil(&n)
		_, err := f.Place(t.Context(), n)
		var invalid *inventory.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(f.Info()) != 0 {
		t.Error("something was placed")
	}
	if _, err := f.Place(t.Context(), good); err != nil {
		t.Error(err)
	}
}

func TestWhatCannotBeStoredDidNotHappen(t *testing.T) {
	f := newFixture(t)
	f.place("pc", wire.Machine{})
	before := f.Info()
	f.store.fail = errors.New("disk full")
	name := "other"
	for what, err := range map[string]error{
		"take":   f.Take(t.Context(), "pc", []look.FactSet{set("system", item("", "model", "X"))}, inventory.About{}),
		"edit":   f.Edit(t.Context(), rasa, "pc", inventory.Edit{Name: &name}),
		"remove": f.Remove(t.Context(), rasa, "pc"),
		"site":   f.PutSite(t.Context(), rasa, inventory.Site{ID: "x", Name: "X"}),
	} {
		if !errors.Is(err, f.store.fail) {
			t.Errorf("%s: %v", what, err)
		}
	}
	f.same("devices", f.Info(), before)
	if len(f.records) != 0 {
		t.Errorf("recorded: %q", f.records)
	}
}

func TestFactsAndTheirHistory(t *testing.T) {
	f := newFixture(t)
	f.place("pc", wire.Machine{})
	f.take("pc",
		set("system", item("", "make", "Dell", "model", "OptiPlex 3080", "serial", "ABC123")),
		set("os", item("", "name", "Windows", "edition", "Windows 11 Pro", "version", "23H2")),
		set("disk", item("S1", "model", "WDC", "size_bytes", "512", "device", "sda"), item("S2", "model", "Kingston")),
		set("sessions", item("1", "user", "ona")),
	)
	if got := f.changes("pc"); len(got) != 0 {
		t.Errorf("the first inventory changed %q", got)
	}
	d := f.device("pc")
	if d.Model != "Dell OptiPlex 3080" || d.Serial != "ABC123" || d.OS != "Windows 11 Pro 23H2" || !d.FactsAt.Equal(t0) {
		t.Errorf("%+v", d)
	}

	f.now = t0.Add(4 * time.Hour)
	f.take("pc",
		set("os", item("", "name", "Windows", "edition", "Windows 11 Pro", "version", "24H2")),
		set("disk", item("S3", "model", "Samsung", "size_bytes", "1024"), item("S1", "model", "WDC", "size_bytes", "500", "device", "sdb", "firmware", "7")),
		set("sessions", item("2", "user", "jonas")),
	)
	f.same("changes", f.changes("pc"), []string{
		"os//version: 23H2 → 24H2",
		"disk/S1/firmware:  → 7", "disk/S1/size_bytes: 512 → 500", // the device is volatile
		"disk/S3/:  → Samsung 1024", "disk/S2/: Kingston → ",
	})
	for _, e := range f.history("pc") {
		if !e.Time.Equal(f.now) || e.By != "" {
			t.Errorf("%+v", e)
		}
	}
	f.restart()
	sets, err := f.Facts(t.Context(), "pc")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, s := range sets {
		kinds = append(kinds, fmt.Sprint(s.Kind, len(s.Items)))
	}
	f.same("kinds: those that are not given stay", kinds, []string{"disk2", "os1", "sessions1", "system1"})
	if got := f.device("pc").OS; got != "Windows 11 Pro 24H2" {
		t.Errorf("OS is %q", got)
	}

	f.take("pc", set("disk"))
	if got := f.changes("pc"); len(got) != 7 || got[6] != "disk/S3/: Samsung 1024 → " {
		t.Errorf("after all disks went: %q", got)
	}
	page, err := f.History(t.Context(), "pc", 2, 3)
	if err != nil || len(page) != 2 || page[0].Number != 2 || page[1].Number != 1 {
		t.Errorf("before number 3: %+v, %v", page, err)
	}
}

func TestWhatIsKnownAlreadyIsNotWritten(t *testing.T) {
	f := newFixture(t)
	f.place("pc", wire.Machine{SystemSerial: "ABC123"})
	facts := set("disk", item("S1", "model", "WDC"), item("S2", "model", "Kingston"))
	about := inventory.About{Hostname: "pc", Machine: wire.Machine{SystemSerial: "ABC123"}}
	f.take("pc", facts)
	writes := f.store.writes
	turned := set("disk", item("S2", "model", "Kingston"), item("S1", "model", "WDC"))
	turned.Time = t0.Add(time.Hour)
	for range 5 {
		f.now = f.now.Add(4 * time.Hour)
		if err := f.Take(t.Context(), "pc", []look.FactSet{turned}, about); err != nil {
			t.Fatal(err)
		}
		if err := f.Take(t.Context(), "pc", nil, about); err != nil {
			t.Fatal(err)
		}
		if got := f.device("pc").FactsAt; !got.Equal(f.now) {
			t.Errorf("facts of %s", got)
		}
	}
	if f.store.writes != writes {
		t.Errorf("%d writes", f.store.writes-writes)
	}
	f.now = t0.Add(25 * time.Hour)
	f.take("pc", facts)
	f.take("pc", facts)
	if f.store.writes != writes+1 {
		t.Errorf("%d writes a day, want 1", f.store.writes-writes)
	}
	f.restart()
	if got := f.device("pc").FactsAt; !got.Equal(f.now) {
		t.Errorf("after a start facts are of %s", got)
	}
}

func TestAHostileAgentCannotGrowTheStore(t *testing.T) {
	f := newFixture(t)
	f.place("pc", wire.Machine{})
	many := func(n, length int) look.FactSet {
		s := set("software")
		for i := range n {
			s.Items = append(s.Items, item(fmt.Sprintf("p%05d", i), "name", strings.Repeat("n", length)))
		}
		return s
	}
	refused := func(part string) int {
		t.Helper()
		families, err := f.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			for _, m := range family.GetMetric() {
				if family.GetName() == "budi_inventory_refused_total" && m.GetLabel()[0].GetValue() == part {
					return int(m.GetCounter().GetValue())
				}
			}
		}
		t.Fatal("no counter of ", part)
		return 0
	}

	wide := item("w")
	for i := range wire.MaxFields + 3 {
		wide.Fields[fmt.Sprintf("f%02d", i)] = "x"
	}
	f.take("pc",
		many(wire.MaxItems+7, 10),
		set("disk", item("S1", "model", "first"), item("S1", "model", "second"), item(strings.Repeat("k", wire.MaxText+1))),
		set("disk", item("S9")),
		set("Bad Kind", item("")), set("", item("")), set("device", item("")),
		set("cpu", item("0", "Bad", "x", "__name__", "x", "model", strings.Repeat("m", wire.MaxText+1), "make", "In\x00tel\xff\n", "empty", " "), wide),
	)
	for part, want := range map[string]int{"set": 4, "item": 7 + 2, "field": 3 + 3, "about": 0} {
		if got := refused(part); got != want {
			t.Errorf("%d of part %s were left out, want %d", got, part, want)
		}
	}
	sets, err := f.Facts(t.Context(), "pc")
	if err != nil {
		t.Fatal(err)
	}
	byKind := map[string]look.FactSet{}
	for _, s := range sets {
		byKind[s.Kind] = s
	}
	if len(sets) != 3 || len(byKind["software"].Items) != wire.MaxItems || byKind["disk"].Items[0].Fields["model"] != "first" {
		t.Errorf("%d kinds, %d programs, %v", len(sets), len(byKind["software"].Items), byKind["disk"])
	}
	f.same("texts on one line", byKind["cpu"].Items[0].Fields, map[string]string{"make": "In tel?"})

	// All kinds together are bounded, and their number over all reports.
	f.take("pc", many(wire.MaxItems, 400))
	f.take("pc", func() look.FactSet { s := many(wire.MaxItems, 500); s.Kind = "other"; return s }())
	for n := range 2 {
		var kinds []look.FactSet
		for i := range wire.MaxFactSets {
			kinds = append(kinds, set(fmt.Sprintf("k%d_%03d", n, i), item("")))
		}
		f.take("pc", kinds...)
	}
	sets, err = f.Facts(t.Context(), "pc")
	if err != nil {
		t.Fatal(err)
	}
	if len(sets) != wire.MaxFactSets || slices.ContainsFunc(sets, func(s look.FactSet) bool { return s.Kind == "other" }) {
		t.Errorf("%d kinds", len(sets))
	}
	f.take("pc", many(1, 5)) // less is always taken
	sets, err = f.Facts(t.Context(), "pc")
	if err != nil || len(sets[slices.IndexFunc(sets, func(s look.FactSet) bool { return s.Kind == "software" })].Items) != 1 {
		t.Error("a smaller inventory was not taken", err)
	}

	// The history is a ring.
	f.take("pc", many(wire.MaxItems, 6))
	f.take("pc", many(0, 0))
	entries := f.history("pc")
	if len(entries) != inventory.MaxHistory {
		t.Errorf("%d changes", len(entries))
	}
	last := entries[len(entries)-1].Number
	if got := testutil.ToFloat64(droppedOf(t, f)); got != float64(last-1) || got == 0 {
		t.Errorf("%v changes were counted as dropped, the oldest has number %d", got, last)
	}

	if err := f.Take(t.Context(), "pc", nil, inventory.About{Hostname: strings.Repeat("h", 600), Machine: wire.Machine{SystemUUID: strings.Repeat("u", 600)}}); err != nil {
		t.Fatal(err)
	}
	if d := f.device("pc"); refused("about") != 2 || d.Hostname != "pc" || d.Machine.SystemUUID != "" {
		t.Errorf("%+v", d)
	}
	if err := f.Take(t.Context(), "nobody", nil, inventory.About{}); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("of a device that is not there: %v", err)
	}
}

// droppedOf makes a collector of one metric of the registry.
func droppedOf(t *testing.T, f *fixture) prometheus.Collector {
	t.Helper()
	families, err := f.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "x"})
	for _, family := range families {
		if family.GetName() == "budi_inventory_dropped_changes_total" {
			g.Set(family.GetMetric()[0].GetCounter().GetValue())
		}
	}
	return g
}

func TestTimesOfFactsAreNotInTheFuture(t *testing.T) {
	f := newFixture(t)
	f.place("pc", wire.Machine{})
	late := set("cpu", item("0"))
	late.Time = t0.Add(1000 * time.Hour)
	f.take("pc", late, look.FactSet{Kind: "disk"})
	sets, err := f.Facts(t.Context(), "pc")
	if err != nil || !sets[0].Time.Equal(t0) || !sets[1].Time.Equal(t0) {
		t.Errorf("%+v, %v", sets, err)
	}
}

func TestModelAndSystem(t *testing.T) {
	for name, c := range map[string]struct {
		set       look.FactSet
		model, os string
	}{
		"a maker that is in the model":  {set("system", item("", "make", "HP", "model", "HP ProBook 450 G8")), "HP ProBook 450 G8", ""},
		"a model without a maker":       {set("system", item("", "model", "Virtual Machine")), "Virtual Machine", ""},
		"assembled from parts":          {set("system", item("", "board_make", "ASUS", "board_model", "PRIME B450M-A")), "ASUS PRIME B450M-A", ""},
		"nothing":                       {set("system"), "", ""},
		"Linux":                         {set("os", item("", "name", "Debian GNU/Linux", "version", "13")), "", "Debian GNU/Linux 13"},
		"a version that is in the name": {set("os", item("", "edition", "Windows Server 2022 Standard", "version", "2022")), "", "Windows Server 2022 Standard"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.place("pc", wire.Machine{})
			f.take("pc", c.set)
			if d := f.device("pc"); d.Model != c.model || d.OS != c.os {
				t.Errorf("model %q, system %q", d.Model, d.OS)
			}
		})
	}
}
