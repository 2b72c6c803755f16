package all_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/all"
	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// kindNames are the words of the expectations for our kinds.
var kindNames = map[string]look.Kind{
	"printer": look.Printer, "projector": look.Projector, "switch": look.Switch, "router": look.Router, "ap": look.AccessPoint, "ups": look.UPS,
	"nas": look.NAS, "camera": look.Camera, "nvr": look.Recorder, "server": look.Server, "pc": look.Computer, "bmc": look.ServerBoard,
}

// score counts expected facts and those that were right, by what they are.
type score struct {
	right, all map[string]int
	wrong      []string
}

func (s *score) check(device, fact string, right bool, got, want any) {
	s.all[fact]++
	if right {
		s.right[fact]++
		return
	}
	s.wrong = append(s.wrong, fmt.Sprintf("%s: %s is %v, want %v", device, fact, got, want))
}

// TestRecordedDevicesAreRecognised holds every look against what is known of the
// recording: 95 % of all must be right, and no percentage of a supply wrong.
func TestRecordedDevicesAreRecognised(t *testing.T) {
	s := &score{right: map[string]int{}, all: map[string]int{}}
	families := all.New()
	for _, name := range drivertest.Recordings(t) {
		e := drivertest.Expect(t, name)
		r := device.New(families.Options(drivertest.Serve(t, drivertest.Recording(t, name)))).Look(t.Context())
		s.check(name, "outcome", r.Outcome == look.OK, fmt.Sprint(r.Outcome, r.Problem), look.OK)
		if r.Device == nil {
			continue
		}
		s.check(name, "kind", r.Kind == string(kindNames[e.Kind]), r.Kind, kindNames[e.Kind])
		s.check(name, "vendor", sameWords(drivertest.Fact(r, look.FactVendor), e.Vendor), drivertest.Fact(r, look.FactVendor), e.Vendor)
		for fact, want := range map[string]string{
			look.FactName: e.System.Name, look.FactLocation: e.System.Location, look.FactContact: e.System.Contact, look.FactDescription: e.System.Descr, look.FactObjectID: e.System.ObjectID,
			look.FactModel: e.LibreNMS.Device.Hardware, look.FactSerial: e.LibreNMS.Device.Serial, look.FactFirmware: e.LibreNMS.Device.Version,
		} {
			if want != "" {
				got := drivertest.Fact(r, fact)
				s.check(name, fact, sameWords(got, want), fmt.Sprintf("%q", got), fmt.Sprintf("%q", want))
			}
		}
		checkSamples(t, name, r)
		s.supplies(name, r, e)
		s.interfaces(name, r, e)
	}
	right, total := 0, 0
	for fact, n := range s.all {
		t.Logf("%-12s %4d of %4d", fact, s.right[fact], n)
		right, total = right+s.right[fact], total+n
	}
	for _, w := range s.wrong {
		t.Log(w)
	}
	t.Logf("%d of %d facts are right: %.1f %%", right, total, 100*float64(right)/float64(total))
	if float64(right) < 0.95*float64(total) {
		t.Errorf("less than 95 %% of the facts are right")
	}
	if s.right["percent"] != s.all["percent"] {
		t.Errorf("a percentage of a supply is wrong")
	}
}

func (s *score) supplies(name string, r look.Result, e drivertest.Expectation) {
	found := map[string]look.Supply{}
	for _, supply := range r.Device.Supplies {
		found[supply.Index] = supply
	}
	s.check(name, "supplies", len(found) == len(e.Facts.Printer.Supplies), len(found), len(e.Facts.Printer.Supplies))
	for _, want := range e.Facts.Printer.Supplies {
		got, there := found[want.Index]
		if !there {
			s.check(name, "supply", false, "missing", want.Index)
			continue
		}
		if want.Type != "" { // not recorded otherwise
			s.check(name, "supply type", got.Type == want.Type, got.Type, want.Type)
		}
		s.check(name, "supply state", string(got.State) == want.State, got.State, want.State)
		switch {
		case got.Percent == nil:
			s.check(name, "supply known", want.Percent == nil, "nil", want)
		case want.Percent == nil:
			s.check(name, "percent", false, *got.Percent, "none: "+want.State)
		default:
			s.check(name, "percent", math.Abs(*got.Percent-*want.Percent) <= 0.6, *got.Percent, *want.Percent)
		}
	}
}

func (s *score) interfaces(name string, r look.Result, e drivertest.Expectation) {
	found := map[int]look.Interface{}
	for _, i := range r.Device.Interfaces {
		found[i.Index] = i
	}
	if e.Facts.Interfaces.Count > 0 {
		s.check(name, "interfaces", len(found) == e.Facts.Interfaces.Count, len(found), e.Facts.Interfaces.Count)
	}
	for _, want := range e.Facts.Interfaces.Rows {
		got, there := found[want.Index]
		if !there {
			s.check(name, "interface", false, "missing", want.Index)
			continue
		}
		s.check(name, "oper", got.Oper == want.Oper || want.Oper == "absent" || want.Oper == "", got.Oper, want.Oper)
		if want.SpeedBPS != nil {
			s.check(name, "speed", got.SpeedBPS == *want.SpeedBPS, got.SpeedBPS, *want.SpeedBPS)
		}
		if want.InOctets != nil {
			s.check(name, "octets", got.InOctets != nil && *got.InOctets == *want.InOctets, got.InOctets, *want.InOctets)
		}
	}
}

// sameWords compares names as people would: letter case, blanks and the vendor's
// name before a model aside, a part of the other is the same.
func sameWords(a, b string) bool {
	fold := func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(" -_,.()/\n\r\t\x01\x15", r) {
				return -1
			}
			return r
		}, strings.ToLower(s))
	}
	x, y := fold(a), fold(b)
	return x != "" && y != "" && (strings.Contains(x, y) || strings.Contains(y, x))
}

// checkSamples makes sure that every sample is in the catalogue with its labels,
// and once in a result: the database refuses what is not.
func checkSamples(t *testing.T, name string, r look.Result) {
	t.Helper()
	catalogue := map[string]metric.Def{}
	for _, d := range metric.All() {
		catalogue[d.Name] = d
	}
	seen := map[string]bool{}
	for _, sample := range r.Samples {
		def, ok := catalogue[sample.Name]
		if !ok {
			t.Errorf("%s: sample %s is not in the catalogue", name, sample.Name)
		}
		key := sample.Name
		for _, l := range sample.Labels {
			key += "," + l.Name + "=" + l.Value
			if !slices.Contains(def.Labels, l.Name) {
				t.Errorf("%s: sample %s has the label %s, the catalogue %v", name, sample.Name, l.Name, def.Labels)
			}
			if len(l.Value) > 200 || !utf8.ValidString(l.Value) {
				t.Errorf("%s: sample %s has a label that cannot be: %q", name, sample.Name, l.Value)
			}
		}
		if seen[key] {
			t.Errorf("%s: sample %s is there twice", name, key)
		}
		seen[key] = true
		if math.IsNaN(sample.Value) || math.IsInf(sample.Value, 0) {
			t.Errorf("%s: sample %s is %v", name, key, sample.Value)
		}
	}
	if len(r.Samples) > 6000 {
		t.Errorf("%s: %d samples", name, len(r.Samples))
	}
}
