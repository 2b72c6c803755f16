package devices_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/all"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/devices"
	"github.com/budi-monitor/budi/internal/snmp"
)

// school is a set of devices whose time is set by hand. They begin on a Wednesday
// at ten.
type school struct {
	*devices.Devices
	now time.Time
}

func open(t *testing.T) *school {
	t.Helper()
	s := &school{now: time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)}
	var err error
	s.Devices, err = devices.Open(devices.Options{
		Seed: 7, Now: func() time.Time { return s.now }, Began: s.now,
		Stations: []devices.Station{{Room: "204", MAC: "64:4e:d7:00:00:01"}, {Room: "101", MAC: "70:d8:23:00:00:02"}, {Room: "skaitykla", MAC: "fc:3f:db:00:00:03"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func watch(x *devices.Device) *device.Watch {
	target := device.Target{Scheme: x.Scheme, Host: "127.0.0.1", Port: x.Port, PJLink: secret.New(x.Password)}
	target.SNMP.Community = secret.New(x.Community)
	return device.New(all.New().Options(target))
}

func fact(r look.Result, name string) string {
	for _, f := range r.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// total is the sum of the samples with a name.
func total(r look.Result, name string) (sum float64) {
	for _, s := range r.Samples {
		if s.Name == name {
			sum += s.Value
		}
	}
	return sum
}

func TestEveryDeviceIsRecognised(t *testing.T) {
	s := open(t)
	want := map[string]struct{ kind, vendor, model string }{
		"sp-biblioteka": {"printer", "HP", "LaserJet Pro M404dn"}, "sp-rastine": {"printer", "Kyocera", "ECOSYS M5526cdw"},
		"sp-204": {"printer", "Brother", "HL-L2350DW"}, "sp-filialas": {"printer", "Lexmark", "MS431dn"},
		"proj-101": {"projector", "Epson", "EB-L210W"}, "proj-214": {"projector", "Acer", "X1328WH"}, "proj-biblioteka": {"projector", "NEC", "ME403U"},
		"ekranas-204":  {"display", "BenQ", "RP7504"},
		"sw-serverine": {"switch", "HP", "J9773A 2530-24G-PoEP"}, "sw-204": {"switch", "Cisco", "SG350-28"}, "sw-filialas": {"switch", "MikroTik", "CRS326-24G-2S+"},
		"ups-serverine": {"ups", "APC", "Smart-UPS 1500"},
	}
	serials := map[string]string{}
	for _, x := range s.List() {
		r := watch(x).Look(t.Context())
		w, ok := want[x.ID]
		if !ok || r.Outcome != look.OK || r.Kind != w.kind {
			t.Errorf("%s: %s %s, want %s; %+v", x.ID, r.Outcome, r.Kind, w.kind, r.Problem)
			continue
		}
		if w.vendor != "" && fact(r, look.FactVendor) != w.vendor || w.model != "" && fact(r, look.FactModel) != w.model {
			t.Errorf("%s: vendor %q, model %q", x.ID, fact(r, look.FactVendor), fact(r, look.FactModel))
		}
		if n := fact(r, look.FactSerial); n != "" {
			if serials[n] != "" {
				t.Errorf("%s and %s have the serial number %s", x.ID, serials[n], n)
			}
			serials[n] = x.ID
		}
		delete(want, x.ID)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", slices.Sorted(maps.Keys(want)))
	}
	if len(serials) < 11 { // PJLink of class 1 tells none
		t.Errorf("%d serial numbers", len(serials))
	}
}

func TestASeedMakesTheSameSchool(t *testing.T) {
	one, other := open(t), open(t)
	for _, x := range one.List() {
		a, b := watch(x).Look(t.Context()), watch(other.Find(x.ID)).Look(t.Context())
		if !slices.Equal(a.Facts, b.Facts) {
			t.Errorf("%s: %v, %v", x.ID, a.Facts, b.Facts)
		}
	}
}

func TestPrintersAreUsed(t *testing.T) {
	s := open(t)
	w := watch(s.Find("sp-rastine"))
	before := w.Look(t.Context())
	s.now = s.now.Add(20 * time.Hour)
	if err := s.Mend(devices.Jam, "sp-rastine"); err != nil { // which says anew what it says
		t.Fatal(err)
	}
	after := w.Look(t.Context())
	pages := total(after, metric.PrinterPages) - total(before, metric.PrinterPages)
	if pages < 200 || pages > 500 {
		t.Errorf("%v pages in 20 hours of use", pages)
	}
	if len(before.Device.Supplies) != 5 || len(after.Device.Supplies) != 5 {
		t.Fatalf("supplies %+v", after.Device.Supplies)
	}
	for i, now := range after.Device.Supplies {
		was := before.Device.Supplies[i]
		if now.Percent == nil || was.Percent == nil || *now.Percent >= *was.Percent {
			t.Errorf("%s does not fall", now.Name)
		}
	}
}

func TestFaults(t *testing.T) {
	s := open(t)
	for _, c := range []struct {
		fault devices.Fault
		id    string
		shows func(look.Result) bool
	}{
		{devices.Jam, "sp-204", func(r look.Result) bool {
			return slices.ContainsFunc(r.Device.Alerts, func(a look.Alert) bool { return a.Code == "jam" && a.Severity == "critical" })
		}},
		{devices.Hot, "proj-101", func(r look.Result) bool {
			return slices.ContainsFunc(r.Device.Alerts, func(a look.Alert) bool { return a.Code == "temperature" && a.Severity == "critical" })
		}},
		{devices.PowerCut, "ups-serverine", func(r look.Result) bool { return total(r, metric.UPSOnBattery) == 1 }},
	} {
		w := watch(s.Find(c.id))
		if r := w.Look(t.Context()); r.Outcome != look.OK || c.shows(r) {
			t.Errorf("%s has %s from the beginning: %s, %+v", c.id, c.fault, r.Outcome, r.Device)
		}
		if err := s.Break(c.fault, c.id); err != nil {
			t.Fatal(err)
		}
		if r := w.Look(t.Context()); r.Outcome != look.OK || !c.shows(r) {
			t.Errorf("%s does not show %s: %s, %+v, %+v", c.id, c.fault, r.Outcome, r.Problem, r.Device)
		}
		if err := s.Mend(c.fault, c.id); err != nil {
			t.Fatal(err)
		}
		if r := w.Look(t.Context()); r.Outcome != look.OK || c.shows(r) {
			t.Errorf("%s still has %s", c.id, c.fault)
		}
	}
	if err := s.Break(devices.Jam, "nobody"); err == nil {
		t.Error("a device that is not there broke")
	}
}

func TestABatteryEmptiesAndFills(t *testing.T) {
	s := open(t)
	x := s.Find("ups-serverine")
	c, err := snmp.Dial(t.Context(), snmp.Target{Host: "127.0.0.1", Port: x.Port, Credentials: snmp.Credentials{Community: secret.New(x.Community)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	// is is the charge in percent, and whether the battery feeds, by UPS-MIB and by
	// the maker's objects.
	is := func() (charge int64, fed bool) {
		t.Helper()
		got, err := c.Get(t.Context(), "1.3.6.1.2.1.33.1.2.4.0", "1.3.6.1.2.1.33.1.4.1.0", "1.3.6.1.4.1.318.1.1.1.2.2.1.0", "1.3.6.1.4.1.318.1.1.1.4.1.1.0")
		if err != nil {
			t.Fatal(err)
		}
		charge, _ = got["1.3.6.1.2.1.33.1.2.4.0"].Int()
		theirs, _ := got["1.3.6.1.4.1.318.1.1.1.2.2.1.0"].Int()
		source, _ := got["1.3.6.1.2.1.33.1.4.1.0"].Int()
		status, _ := got["1.3.6.1.4.1.318.1.1.1.4.1.1.0"].Int()
		if charge != theirs || (source == 5) != (status == 3) {
			t.Errorf("the two MIBs disagree: charge %d and %d, source %d, status %d", charge, theirs, source, status)
		}
		return charge, source == 5
	}
	for _, step := range []struct {
		after time.Duration
		cut   bool
		low   int64
		high  int64
	}{{0, false, 100, 100}, {time.Minute, true, 100, 100}, {10 * time.Minute, true, 65, 68}, {time.Second, false, 65, 68}, {2 * time.Minute, false, 84, 88}, {time.Hour, false, 100, 100}} {
		s.now = s.now.Add(step.after)
		do := s.Mend
		if step.cut {
			do = s.Break
		}
		if err := do(devices.PowerCut, x.ID); err != nil {
			t.Fatal(err)
		}
		if charge, fed := is(); fed != step.cut || charge < step.low || charge > step.high {
			t.Errorf("%s, cut %v: charge %d, from the battery %v", step.after, step.cut, charge, fed)
		}
	}
}

// The past goes on in the present: what samples were then, led to what they are.
func TestThePastLeadsToNow(t *testing.T) {
	s := open(t)
	for _, x := range s.List() {
		now := watch(x).Look(t.Context())
		then := x.Then(now.Samples, s.now)
		week := x.Then(now.Samples, s.now.AddDate(0, 0, -7))
		for i, sample := range now.Samples {
			switch sample.Name {
			case metric.PrinterPages, metric.ProjectorLight, metric.ProjectorFilter:
				if then[i].Value != sample.Value || week[i].Value >= sample.Value {
					t.Errorf("%s: %s was %v a week ago, %v then, is %v", x.ID, sample.Name, week[i].Value, then[i].Value, sample.Value)
				}
			case metric.PrinterSupply:
				if d := then[i].Value - sample.Value; d > 0.011 || d < -0.011 {
					t.Errorf("%s: %s was %v then, is %v", x.ID, sample.Name, then[i].Value, sample.Value)
				}
			}
		}
	}
}

func TestASilentDevice(t *testing.T) {
	s := open(t)
	x := s.Find("sw-204")
	if err := s.Break(devices.Silent, x.ID); err != nil {
		t.Fatal(err)
	}
	o := all.New().Options(device.Target{Scheme: x.Scheme, Host: "127.0.0.1", Port: x.Port})
	o.Plain, o.Timeout = nil, 50*time.Millisecond
	o.Target.SNMP.Community = secret.New(x.Community)
	if r := device.New(o).Look(t.Context()); r.Outcome != look.Unreachable {
		t.Errorf("%s, %+v", r.Outcome, r.Problem)
	}
	if err := s.Mend(devices.Silent, x.ID); err != nil {
		t.Fatal(err)
	}
	if r := watch(x).Look(t.Context()); r.Outcome != look.OK {
		t.Errorf("%s, %+v", r.Outcome, r.Problem)
	}
}
