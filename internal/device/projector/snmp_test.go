package projector_test

import (
	"testing"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/projector"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

func TestConformance(t *testing.T) {
	var ids []device.Identity
	for _, object := range []string{"1.3.6.1.4.1.1248.4.1", "1.3.6.1.4.1.25766.1.2", "1.3.6.1.4.1.12612.220.11", "1.3.6.1.4.1.1.1"} {
		ids = append(ids, device.Identity{ObjectID: object, Kinds: []look.Kind{look.Projector}})
	}
	drivertest.Conformance(t, projector.Driver{}, ids...)
}

// agent serves a recording that is made by hand here, of what public descriptions
// of the makers' objects say.
func agent(t *testing.T, descr, object string, objects map[string]snmpagent.Value) look.Result {
	t.Helper()
	r := snmpagent.NewRecording()
	r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text(descr))
	r.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID(object))
	r.Set("1.3.6.1.2.1.1.3.0", snmpagent.TimeTicks(12345))
	for oid, v := range objects {
		r.Set(oid, v)
	}
	return drivertest.Look(t, drivertest.Serve(t, r), projector.Driver{})
}

func TestEpson(t *testing.T) {
	const object = "1.3.6.1.4.1.1248.4.1"
	for status, want := range map[string]struct {
		power  string
		alerts []look.Alert
	}{
		"01 0000 0000 T1": {"standby", nil},
		"02 0000 0000 T1": {"warming", nil},
		"03 0002 0000":    {"on", nil}, // no signal
		"04 0000 0000":    {"cooling", nil},
		"03 0001 0000":    {"on", []look.Alert{{Severity: "warning", Code: "lamp"}}},
		"03 0004 0004":    {"on", []look.Alert{{Severity: "critical", Code: "fan"}, {Severity: "warning", Code: "filter"}}},
		"03 0001 0003":    {"on", []look.Alert{{Severity: "critical", Code: "lamp"}}},
		"FF 0000 0007":    {"", []look.Alert{{Severity: "critical", Code: "failure"}, {Severity: "critical", Code: "other"}}},
		"whatever":        {"", nil},
	} {
		r := agent(t, "EPSON Network Projector", object, map[string]snmpagent.Value{
			object + ".1.1.1.0": snmpagent.Integer(79), object + ".1.1.8.0": snmpagent.Text("10018/X4AB0123"),
			object + ".1.1.9.0": snmpagent.Text(status), object + ".1.2.7.0": snmpagent.Text("EPSON-12"),
		})
		if r.Outcome != look.OK || r.Kind != "projector" {
			t.Fatalf("%s: %s %s", status, r.Outcome, r.Kind)
		}
		for name, fact := range map[string]string{
			look.FactVendor: "Epson", look.FactName: "EPSON-12", look.FactFirmware: "10018", look.FactSerial: "X4AB0123", projector.FactPower: want.power,
		} {
			if got := drivertest.Fact(r, name); got != fact {
				t.Errorf("%s: %s %q, want %q", status, name, got, fact)
			}
		}
		if hours, ok := drivertest.Sample(r, metric.ProjectorLight, "name", "lamp"); !ok || hours != 79*3600 {
			t.Errorf("%s: lamp %v", status, hours)
		}
		if len(r.Device.Alerts) != len(want.alerts) {
			t.Errorf("%s: %v, want %v", status, r.Device.Alerts, want.alerts)
			continue
		}
		for i, a := range r.Device.Alerts {
			if a != want.alerts[i] {
				t.Errorf("%s: %v, want %v", status, a, want.alerts[i])
			}
		}
	}
}

func TestChristie(t *testing.T) {
	const object = "1.3.6.1.4.1.25766.1.12"
	for oid, hours := range map[string]int64{"1.3.6.1.4.1.25766.1.12.1.1.3.5.1.6.1": 812, "1.3.6.1.4.1.25766.1.11.10.4.3.0": 1200} {
		r := agent(t, "Christie Digital CP2215", object, map[string]snmpagent.Value{oid: snmpagent.Integer(hours)})
		if got, ok := drivertest.Sample(r, metric.ProjectorLight, "name", "lamp"); !ok || got != float64(hours*3600) || r.Kind != "projector" {
			t.Errorf("%s: %v, %s", oid, got, r.Kind)
		}
		if drivertest.Fact(r, look.FactVendor) != "Christie" || drivertest.Fact(r, look.FactModel) != "CP2215" {
			t.Errorf("facts %v", r.Facts)
		}
	}
}

func TestBarco(t *testing.T) {
	const root = "1.3.6.1.4.1.12612.220.11"
	r := agent(t, "SP4K-12C", root, map[string]snmpagent.Value{
		root + ".2.2.1.0": snmpagent.Text("2590413587"), root + ".2.2.8.0": snmpagent.Text("1.8.2"), root + ".2.2.12.1.0": snmpagent.Text("SP4K-12C"),
		root + ".2.2.5.0":       snmpagent.Integer(1),
		root + ".4.2.1.1.1.2.1": snmpagent.Integer(38), root + ".4.2.1.1.1.7.1": snmpagent.Integer(0), root + ".4.2.1.1.1.8.1": snmpagent.Text("Inlet"),
		root + ".4.2.1.1.1.2.2": snmpagent.Integer(80), root + ".4.2.1.1.1.7.2": snmpagent.Integer(1), root + ".4.2.1.1.1.8.2": snmpagent.Text("Laser plate"),
		root + ".4.2.1.3.1.2.1": snmpagent.Integer(2100), root + ".4.2.1.3.1.8.1": snmpagent.Text("Fan 1"),
	})
	for name, want := range map[string]string{
		look.FactVendor: "Barco", look.FactModel: "SP4K-12C", look.FactSerial: "2590413587", look.FactFirmware: "1.8.2", projector.FactPower: "on",
	} {
		if got := drivertest.Fact(r, name); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
	want := []look.Sensor{
		{Name: "Inlet", Class: look.Temperature, Value: 38, Unit: "°C", State: "ok"},
		{Name: "Laser plate", Class: look.Temperature, Value: 80, Unit: "°C", State: "warning"},
		{Name: "Fan 1", Class: look.FanSpeed, Value: 2100, Unit: "rpm"},
	}
	if len(r.Device.Sensors) != len(want) {
		t.Fatalf("%v", r.Device.Sensors)
	}
	for i, s := range r.Device.Sensors {
		if s != want[i] {
			t.Errorf("%+v, want %+v", s, want[i])
		}
	}
}

func TestProjectorsAndDisplaysOfOtherMakers(t *testing.T) {
	for descr, want := range map[string]struct {
		kind          look.Kind
		vendor, model string
	}{
		"SONY VPL-FHZ75":                {look.Projector, "Sony", "VPL-FHZ75"},
		"Panasonic PT-RZ990":            {look.Projector, "Panasonic", "PT-RZ990"},
		"NEC NP-P525UL":                 {look.Projector, "NEC", "NP-P525UL"},
		"Some Network Projector":        {look.Projector, "", ""},
		"NEC MultiSync V554Q":           {look.Display, "NEC", "MultiSync V554Q"},
		"Interactive Flat Panel 75":     {look.Display, "", ""},
		"Samsung Digital Signage QM55B": {look.Display, "Samsung", ""},
		"Brother PT-P950NW":             {look.Other, "", ""}, // prints labels
		"Linux panel 5.10":              {look.Other, "", ""},
	} {
		r := agent(t, descr, "1.3.6.1.4.1.99999.1", nil)
		if r.Kind != string(want.kind) || drivertest.Fact(r, look.FactVendor) != want.vendor || drivertest.Fact(r, look.FactModel) != want.model {
			t.Errorf("%s: %s of %q, model %q", descr, r.Kind, drivertest.Fact(r, look.FactVendor), drivertest.Fact(r, look.FactModel))
		}
	}
}

func TestARecordedEpson(t *testing.T) {
	r := drivertest.LookAt(t, "epson-projector_eb-4770w", projector.Driver{})
	if hours, ok := drivertest.Sample(r, metric.ProjectorLight, "name", "lamp"); !ok || hours != 79*3600 || r.Kind != "projector" || drivertest.Fact(r, look.FactVendor) != "Epson" {
		t.Errorf("%s, lamp %v, %v", r.Kind, hours, r.Facts)
	}
}
