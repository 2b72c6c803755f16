package facts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/wire"
)

// simple is a source of one kind.
func simple(kind string, read reader) source {
	return source{
		identity: func(context.Context) (identity, error) { return identity{Hostname: "pc"}, nil },
		kinds:    map[string]reader{kind: read},
	}
}

func one(name, value string) []look.Item {
	return []look.Item{{Fields: map[string]string{name: value}}}
}

func TestThisComputer(t *testing.T) {
	snap := New(Options{}).Take(t.Context(), nil)
	check(t, snap)
	if snap.Hostname == "" {
		t.Error("no host name")
	}
	for _, kind := range []string{CPU, OS} {
		if len(snap.items(kind)) == 0 {
			t.Errorf("no %s; errors %v", kind, snap.Errors)
		}
	}
}

func TestKindsThatAreOffAreNotRead(t *testing.T) {
	asked := map[string]int{}
	src := source{identity: func(context.Context) (identity, error) { return identity{}, nil }, kinds: map[string]reader{}}
	for _, k := range Kinds() {
		src.kinds[k.Name] = func(context.Context) ([]look.Item, error) { asked[k.Name]++; return one("name", "x"), nil }
	}
	for _, off := range Kinds() {
		clear(asked)
		snap := newInventory(Options{}, src).Take(t.Context(), []string{off.Name, "no such kind"})
		if asked[off.Name] != 0 || snap.items(off.Name) != nil {
			t.Errorf("%s is off and was read", off.Name)
		}
		if len(asked) != len(Kinds())-1 {
			t.Errorf("with %s off %d kinds were read", off.Name, len(asked))
		}
	}
}

func TestOnlyWhoIsLoggedInIsOffByDefault(t *testing.T) {
	var off []string
	for _, k := range Kinds() {
		if !k.Default {
			off = append(off, k.Name)
		}
	}
	if !slices.Equal(off, []string{Sessions}) || !slices.Equal(off, wire.DefaultAssignment().FactsOff) {
		t.Errorf("off are %v, in an assignment %v", off, wire.DefaultAssignment().FactsOff)
	}
}

func TestKindThatIsStuckIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		release := make(chan struct{})
		inv := newInventory(Options{}, simple(Disk, func(context.Context) ([]look.Item, error) {
			asked.Add(1)
			<-release
			return one("model", "x"), nil
		}))
		start := time.Now()
		for range 3 {
			if snap := inv.Take(t.Context(), nil); snap.Errors[Disk] == "" || snap.Hostname != "pc" || snap.items(Disk) != nil {
				t.Errorf("got %+v", snap)
			}
		}
		if took := time.Since(start); took != kindTimeout {
			t.Errorf("three inventories took %v, want %v", took, kindTimeout)
		}
		if asked.Load() != 1 {
			t.Errorf("asked %d times", asked.Load())
		}
		close(release)
		synctest.Wait()
		if snap := inv.Take(t.Context(), nil); len(snap.items(Disk)) != 1 || len(snap.Errors) != 0 {
			t.Errorf("it answers again: %+v", snap)
		}
	})
}

func TestTroubleOfAKind(t *testing.T) {
	for _, c := range []struct {
		name    string
		read    reader
		items   int // -1: no set
		trouble bool
	}{
		{"an error without items leaves what was known", func(context.Context) ([]look.Item, error) { return nil, errors.New("no") }, -1, true},
		{"an error beside items is told with them", func(context.Context) ([]look.Item, error) { return one("a", "b"), errors.New("half") }, 1, true},
		{"what is not told is no trouble", func(context.Context) ([]look.Item, error) { return nil, errNotTold }, -1, false},
		{"that there is nothing is told", func(context.Context) ([]look.Item, error) { return []look.Item{}, nil }, 0, false},
		{"a panic is an error", func(context.Context) ([]look.Item, error) { panic("odd firmware") }, -1, true},
		{"too many items are cut", func(context.Context) ([]look.Item, error) {
			var all []look.Item
			for i := range wire.MaxItems + 10 {
				all = append(all, look.Item{Key: fmt.Sprint(i), Fields: map[string]string{"a": "b"}})
			}
			return all, nil
		}, wire.MaxItems, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			snap := newInventory(Options{}, simple(Disk, c.read)).Take(t.Context(), nil)
			items := -1
			if set := snap.items(Disk); set != nil {
				items = len(set)
			}
			if items != c.items || (snap.Errors[Disk] != "") != c.trouble {
				t.Errorf("%d items, errors %v", items, snap.Errors)
			}
		})
	}
}

func TestTroubleIsLoggedWhenItBeginsAndEnds(t *testing.T) {
	var out bytes.Buffer
	broken := true
	inv := newInventory(Options{Logger: slog.New(slog.NewTextHandler(&out, nil))}, simple(Disk, func(context.Context) ([]look.Item, error) {
		if broken {
			return nil, errors.New("no disks today")
		}
		return []look.Item{}, nil
	}))
	for range 3 {
		inv.Take(t.Context(), nil)
	}
	broken = false
	for range 3 {
		inv.Take(t.Context(), nil)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "no disks today") || !strings.Contains(lines[1], "can be read again") {
		t.Errorf("log:\n%s", out.String())
	}
}

func TestWMIIsAskedOneQuestionAtATimeAndNotWhileItIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked, under atomic.Int32
		release := make(chan struct{})
		w := newWorker(func(q wmiQuery) ([]wmiRow, error) {
			asked.Add(1)
			if under.Add(1) > 1 {
				t.Error("two questions at once")
			}
			defer under.Add(-1)
			if q.class == "Hangs" {
				<-release
			}
			return []wmiRow{{"class": q.class}}, nil
		})
		start := time.Now()
		if _, err := w.query(t.Context(), wmiQuery{class: "Hangs"}); err == nil || time.Since(start) != queryTimeout {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		for range 5 {
			if _, err := w.query(t.Context(), wmiQuery{class: "Fine"}); !errors.Is(err, errWMIStuck) {
				t.Errorf("while it is stuck: %v", err)
			}
		}
		if asked.Load() != 1 || time.Since(start) != queryTimeout {
			t.Errorf("asked %d times in %v", asked.Load(), time.Since(start))
		}
		close(release)
		synctest.Wait()
		if rows, err := w.query(t.Context(), wmiQuery{class: "Fine"}); err != nil || len(rows) != 1 {
			t.Errorf("it answers again: %v, %v", rows, err)
		}
	})
}

func TestSamplesAgeWithTheClock(t *testing.T) {
	at := recordedAt()
	snap := Snapshot{Sets: []look.FactSet{{Kind: Update, Items: []look.Item{{Fields: map[string]string{
		"last": at.Add(-time.Hour).Format(time.RFC3339), "restart_pending": "yes", "restart_pending_since": at.Add(-time.Minute).Format(time.RFC3339),
	}}}}}}
	for _, c := range []struct {
		after           time.Duration
		update, restart float64
	}{{0, 3600, 60}, {time.Hour, 7200, 3660}, {-2 * time.Hour, 0, 0}} { // the clock was wrong before
		got := map[string]float64{}
		for _, s := range snap.Samples(at.Add(c.after)) {
			got[s.Name] = s.Value
		}
		if got[metric.HostUpdateAge] != c.update || got[metric.HostRestartPending] != c.restart || len(got) != 2 {
			t.Errorf("after %v: %v", c.after, got)
		}
	}
	if all := (Snapshot{}).Samples(at); len(all) != 0 {
		t.Errorf("of nothing: %v", all)
	}
}

func TestPlaceholdersAreNoSerialNumbers(t *testing.T) {
	for _, none := range []string{
		"To be filled by O.E.M.", "TO BE FILLED BY O.E.M", "Default string", "System Serial Number", "None", "N/A", "0", "0000000000", "00000000",
		"123456789", "Not Specified", "INVALID", "xxxxxxxx", "FFFFFFFF", " ", "........", "SerNum", "Chassis Serial Number", "Not Applicable", "OEM", "Unknown",
	} {
		if got := told(none); got != "" {
			t.Errorf("%q gives %q", none, got)
		}
	}
	for _, real := range []string{"5CD0123ABC", "PF2ABCDE", "/8CBX2Y3/CNCMK0036900F1/", "VMware-56 4d 11", "N0CV1234", "M80-AB"} {
		if got := told(real); got != real {
			t.Errorf("%q gives %q", real, got)
		}
	}
}

func TestVersionOfAProgramDoesNotChangeItsKey(t *testing.T) {
	program := func(name, version string) string {
		item, ok := programItem(regKey{values: map[string]regValue{"displayname": {text: name}, "displayversion": {text: version}}}, "machine", "")
		if !ok {
			t.Fatalf("%s is no program", name)
		}
		return item.Key
	}
	if a, b := program("7-Zip 24.08 (x64)", "24.08"), program("7-Zip 25.01 (x64)", "25.01"); a != b {
		t.Errorf("%q and %q", a, b)
	}
}

// BenchmarkTake is the CPU time of one inventory of this computer, which is
// made every four hours; it is to stay below a second.
func BenchmarkTake(b *testing.B) {
	inv := New(Options{})
	b.ReportAllocs()
	for b.Loop() {
		if snap := inv.Take(b.Context(), nil); len(snap.Sets) == 0 {
			b.Fatal(snap.Errors)
		}
	}
}

func TestDisksSayHowTheyAre(t *testing.T) {
	sense := func(middle, high byte) []byte {
		b := make([]byte, 32)
		b[0], b[8], b[9], b[17], b[19] = 0x72, 0x09, 0x0c, middle, high
		return b
	}
	fixed := make([]byte, 32)
	fixed[0], fixed[2] = 0x70, 0x05
	for _, c := range []struct {
		name, got, want string
	}{
		{"SATA that is well", ataState(sense(0x4f, 0xc2)), Healthy},
		{"SATA that predicts its end", ataState(sense(0xf4, 0x2c)), Failing},
		{"SATA behind a bridge that makes it up", ataState(sense(0, 0)), ""},
		{"a bridge that does not know the command", ataState(fixed), ""},
		{"no sense data", ataState(make([]byte, 32)), ""},
		{"NVMe that is well", nvmeState(0), Healthy},
		{"NVMe that is hot", nvmeState(0x02), Healthy},
		{"NVMe with little spare", nvmeState(0x01), Warning},
		{"NVMe that is read-only", nvmeState(0x08), Failing},
		{"NVMe that is unreliable and low", nvmeState(0x05), Failing},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}
