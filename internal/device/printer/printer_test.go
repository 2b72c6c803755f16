package printer_test

import (
	"math"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/printer"
	"github.com/budi-monitor/budi/internal/look"
)

func TestTheDriverConforms(t *testing.T) {
	drivertest.Conformance(t, printer.Driver{})
}

// On every recorded printer each supply is there, none is invented, and what is
// said of its level is what the RFC makes of the recorded numbers.
func TestSuppliesOfRecordedPrinters(t *testing.T) {
	for _, name := range drivertest.Recordings(t, "printer") {
		e := drivertest.Expect(t, name)
		r := drivertest.LookAt(t, name, printer.Driver{})
		found := map[string]look.Supply{}
		for _, s := range r.Device.Supplies {
			found[s.Index] = s
		}
		if len(found) != len(e.Facts.Printer.Supplies) {
			t.Errorf("%s: %d supplies, want %d", name, len(found), len(e.Facts.Printer.Supplies))
		}
		for _, want := range e.Facts.Printer.Supplies {
			got, ok := found[want.Index]
			switch {
			case !ok:
				t.Errorf("%s: no supply %s (%s)", name, want.Index, want.Descr)
			case string(got.State) != want.State:
				t.Errorf("%s: supply %s (%s) is %s, want %s", name, want.Index, want.Descr, got.State, want.State)
			case (got.Percent == nil) != (want.Percent == nil) || got.Percent != nil && math.Abs(*got.Percent-*want.Percent) > 0.051:
				t.Errorf("%s: supply %s (%s): percent %v, want %v", name, want.Index, want.Descr, show(got.Percent), show(want.Percent))
			case want.Type != "" && got.Type != want.Type:
				t.Errorf("%s: supply %s (%s): type %s, want %s", name, want.Index, want.Descr, got.Type, want.Type)
			}
			t.Logf("%-25s %-5s %-45s %-14s %-12s %-22s %-18s %5v %s", name, got.Index, got.Name, got.Type, got.Colour, got.Part, got.Serial, show(got.Percent), got.State)
		}
	}
}

// The other oracle: where LibreNMS gives a percentage that it did not make up, so
// do we, and it is the same.
func TestPercentagesOfLibreNMS(t *testing.T) {
	for _, name := range drivertest.Recordings(t, "printer") {
		e := drivertest.Expect(t, name)
		r := drivertest.LookAt(t, name, printer.Driver{})
		compared := 0
		for _, want := range e.LibreNMS.Supplies {
			for _, got := range r.Device.Supplies {
				index := strings.TrimPrefix(want.OID, "1.3.6.1.2.1.43.11.1.1.9.")
				if got.Index != index || got.Percent == nil || want.Percent == nil {
					continue
				}
				compared++
				if math.Abs(*got.Percent-float64(*want.Percent)) > 0.6 {
					t.Errorf("%s: supply %s (%s): %v %%, want %d", name, got.Index, got.Name, *got.Percent, *want.Percent)
				}
			}
		}
		t.Logf("%s: %d percentages compared", name, compared)
	}
}

func show(f *float64) any {
	if f == nil {
		return "-"
	}
	return math.Round(*f*10) / 10
}
