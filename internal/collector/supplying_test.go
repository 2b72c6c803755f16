package collector

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// toner is what a printer of a test tells of one supply.
type toner struct {
	device, supply, colour string
	from, to               int     // days ago
	begin, each            float64 // what is left at first, and used on a working day
}

// tellOf lets printers tell of supplies on working days from eight to four, day by
// day up to a moment.
func tellOf(t testing.TB, c *Collector, clock *time.Time, now time.Time, every time.Duration, all ...toner) {
	t.Helper()
	begin := now.AddDate(0, 0, -100)
	left := make([]float64, len(all))
	for at := begin; at.Before(now); at = at.Add(every) {
		*clock = at
		if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday || at.Hour() < 8 || at.Hour() >= 16 {
			continue
		}
		day := int(now.Sub(at).Hours() / 24)
		for i, s := range all {
			if day > s.from || day < s.to {
				continue
			}
			if left[i] == 0 {
				left[i] = s.begin
			}
			left[i] = max(left[i]-s.each*every.Hours()/8, 0.001)
			told := float64(int(100*left[i])) / 100
			err := c.db.Record(t.Context(), metricdb.Target{ID: "test/" + s.device + s.supply, Identity: look.Labels("site", "main", "device", s.device, "job", "snmp")}, look.Result{Time: at, Samples: []look.Sample{
				{Name: metric.PrinterSupply, Labels: look.Labels(metric.LabelSupply, s.supply, metric.LabelType, "toner", metric.LabelColour, s.colour), Value: told},
			}})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	*clock = now
}

// openAt opens a collector that goes by a clock of its own.
func openAt(t testing.TB, clock *time.Time) *Collector {
	t.Helper()
	c, err := Open(t.Context(), Options{DataDir: t.TempDir(), Listen: "127.0.0.1:0", Hashing: cheap(), Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return *clock }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.close() })
	return c
}

func putPrinter(t testing.TB, c *Collector, id string) {
	t.Helper()
	if err := c.agents.inventory.PutSite(t.Context(), "test", inventory.Site{ID: "main", Name: "Main"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.agents.inventory.Keep(t.Context(), inventory.Device{ID: id, Site: "main", Hostname: id, Class: fleet.Workstation, Kind: "printer"}); err != nil {
		t.Fatal(err)
	}
}

// What printers told becomes days that are left, each minute, whether they are on or
// not: of what they have now, and only where there is enough to tell from.
func TestSuppliesAreLookedAheadFor(t *testing.T) {
	now := time.Date(2026, 11, 27, 17, 0, 0, 0, time.UTC)
	clock := now.AddDate(0, 0, -101)
	c := openAt(t, &clock)
	for _, id := range []string{"p-1", "p-2", "p-3"} {
		putPrinter(t, c, id)
	}
	tellOf(t, c, &clock, now, 30*time.Minute,
		// Off for five days; at 1.5 % a day for 55 days it has some 30 % left.
		toner{"p-1", "Black", "black", 60, 5, 0.9, 0.015},
		// Too little is known of it.
		toner{"p-1", "Cyan", "cyan", 7, 5, 0.045, 0},
		// Another cartridge has another name.
		toner{"p-2", "Black A", "black", 50, 21, 0.5, 0.02},
		toner{"p-2", "Black B", "black", 20, 0, 1, 0.02},
		// It is in no list.
		toner{"gone", "Black", "black", 60, 0, 0.9, 0.015},
	)
	if err := c.supplying.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.fleet.tell(t.Context())
	points, err := c.db.Query(t.Context(), `{__name__=~"budi_printer_supply_(days_left|last_ratio)"}`, now)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, p := range points {
		if p.Labels["job"] != "fleet" || p.Labels["site"] != "main" || p.Labels["type"] != "toner" {
			t.Errorf("labels %v", p.Labels)
		}
		got[p.Labels["device"]+" "+p.Labels["supply"]+" "+p.Labels["__name__"][len("budi_printer_supply_"):]] = p.Value
	}
	for key, between := range map[string][2]float64{
		"p-1 Black days_left":    {12, 40},
		"p-1 Black last_ratio":   {0.2, 0.4},
		"p-1 Cyan last_ratio":    {0.04, 0.04},
		"p-2 Black B days_left":  {40, 65},
		"p-2 Black B last_ratio": {0.6, 0.8},
	} {
		if v, ok := got[key]; !ok || v < between[0] || v > between[1] {
			t.Errorf("%s is %v (%t), want %v", key, v, ok, between)
		}
		delete(got, key)
	}
	if len(got) > 0 {
		t.Errorf("told besides: %v", got)
	}
	o := c.supplying.of("p-2")
	if len(o) != 1 || o[0].Supply != "Black B" || !(o[0].Early.Before(o[0].Empty) && o[0].Empty.Before(o[0].Late)) || now.Sub(o[0].Told) > 24*time.Hour*3 {
		t.Errorf("%+v", o)
	}
	if o := c.supplying.of("p-3"); o != nil {
		t.Errorf("a printer that told nothing has %+v", o)
	}
}

// A forecast that was made stays while the supply is the same, and goes with it.
func TestAForecastIsRemembered(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	before := []supplyOutlook{{Supply: "Black", Type: "toner", Left: 0.2, Empty: now.AddDate(0, 0, 9)}}
	same := remembered([]supplyOutlook{{Supply: "Black", Type: "toner", Left: 0.18}}, before)
	if d := same[0].days(now); d != 9 {
		t.Errorf("after a thin hour %v days are left", d)
	}
	if d := same[0].days(now.AddDate(0, 0, 20)); d != 0 {
		t.Errorf("past its end %v days are left", d)
	}
	if other := remembered([]supplyOutlook{{Supply: "Black", Type: "toner", Left: 1}}, before); !other[0].Empty.IsZero() {
		t.Errorf("another cartridge has the forecast of the old one: %+v", other)
	}
	if newer := remembered([]supplyOutlook{{Supply: "Black", Type: "toner", Left: 0.15, Empty: now.AddDate(0, 0, 5)}}, before); newer[0].days(now) != 5 {
		t.Errorf("the older forecast won: %+v", newer)
	}
}

// BenchmarkSupplies looks ahead for the supplies of 50 printers that were looked at
// every five minutes for 90 days.
func BenchmarkSupplies(b *testing.B) {
	now := time.Date(2026, 11, 27, 17, 0, 0, 0, time.UTC)
	clock := now.AddDate(0, 0, -101)
	c := openAt(b, &clock)
	var all []toner
	for i := range 50 {
		for _, colour := range []string{"black", "cyan", "magenta", "yellow"} {
			all = append(all, toner{fmt.Sprintf("p-%d", i), colour, colour, 89, 0, 0.95, 0.01})
		}
	}
	tellOf(b, c, &clock, now, 5*time.Minute, all...)
	b.ReportAllocs()
	for b.Loop() {
		if err := c.supplying.look(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
