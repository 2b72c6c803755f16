package printer_test

import (
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/printer"
	"github.com/budi-monitor/budi/internal/look"
)

// differently says what LibreNMS knows of a recorded printer and we know
// otherwise, and why.
var differently = map[string]string{
	"jetdirect_m130nw model":    "MDL is the series; hrDeviceDescr, DES and PID name the very model: LaserJet MFP M130nw",
	"jetdirect_m130nw firmware": "LibreNMS keeps the two octets in front that HP's objects have",
}

// What was recorded of a printer is recognised as what it is, and wherever
// LibreNMS knows model, serial number or firmware, so do we.
func TestRecordedPrintersAreRecognised(t *testing.T) {
	for _, name := range drivertest.Recordings(t, "printer") {
		e := drivertest.Expect(t, name)
		r := drivertest.LookAt(t, name, printer.Driver{})
		fact := func(name string) string { return drivertest.Fact(r, name) }
		t.Logf("%-25s %-10s %-15s %-28s %-16s %-18s %9s %s %s", name, r.Kind, fact(look.FactVendor), fact(look.FactModel), fact(look.FactSerial), fact(look.FactFirmware), fact(look.FactPages), fact(printer.FactPageUnit), fact(printer.FactStatus))
		if r.Kind != string(look.Printer) {
			t.Errorf("%s: kind %q", name, r.Kind)
		}
		if fact(look.FactVendor) == "" || fact(look.FactModel) == "" {
			t.Errorf("%s: vendor %q, model %q", name, fact(look.FactVendor), fact(look.FactModel))
		}
		for _, f := range []struct{ fact, want string }{
			{look.FactModel, strings.TrimPrefix(e.LibreNMS.Device.Hardware, e.Vendor+" ")},
			{look.FactSerial, e.LibreNMS.Device.Serial},
			{look.FactSerial, e.Facts.Printer.Serial},
			{look.FactFirmware, e.LibreNMS.Device.Version},
		} {
			if f.want != "" && fact(f.fact) != f.want && differently[name+" "+f.fact] == "" {
				t.Errorf("%s: %s %q, want %q", name, f.fact, fact(f.fact), f.want)
			}
		}
	}
}
