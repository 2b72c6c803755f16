package serverboard_test

import (
	"math"
	"slices"
	"testing"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/serverboard"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

func TestConformance(t *testing.T) {
	var ids []device.Identity
	for _, vendor := range []string{"HPE", "Dell", "Lenovo", "Fujitsu", "Cisco"} {
		ids = append(ids, device.Identity{Vendor: vendor, Kinds: []look.Kind{look.ServerBoard}})
	}
	drivertest.Conformance(t, serverboard.Driver{}, ids...)
}

// Temperatures, currents and watts of the recorded boards are what another program
// reads there, and every part that it judges is judged.
func TestRecordings(t *testing.T) {
	classes := map[string]look.SensorClass{"temperature": look.Temperature, "current": look.Current, "power": look.Power, "voltage": look.Voltage}
	for _, name := range drivertest.Recordings(t, "bmc") {
		e, r := drivertest.Expect(t, name), drivertest.LookAt(t, name, serverboard.Driver{})
		if r.Kind != string(look.ServerBoard) {
			t.Errorf("%s: kind %s", name, r.Kind)
		}
		judged, states := len(r.Device.Disks), 0
		for _, s := range r.Device.Sensors {
			if s.State != "" {
				judged++
			}
			if s.State != "" && s.State != look.StateOK {
				t.Errorf("%s: %+v", name, s)
			}
		}
		for _, v := range r.Device.Volumes {
			if v.State != look.StateOK || v.SizeBytes == 0 {
				t.Errorf("%s: %+v", name, v)
			}
			judged++
		}
		for _, d := range r.Device.Disks {
			if d.State != look.StateOK || d.Serial == "" {
				t.Errorf("%s: %+v", name, d)
			}
		}
		for _, s := range e.LibreNMS.Sensors {
			if s.Class == "state" && s.State == "ok" || s.State == "online" {
				states++
			}
			class, ok := classes[s.Class]
			if !ok || s.Value == nil {
				continue
			}
			if !slices.ContainsFunc(r.Device.Sensors, func(o look.Sensor) bool { return o.Class == class && math.Abs(o.Value-*s.Value) < 0.01 }) {
				t.Errorf("%s: no %s of %v (%s)", name, class, *s.Value, s.Descr)
			}
		}
		if judged < states {
			t.Errorf("%s: %d parts judged, want %d", name, judged, states)
		}
		if want := e.LibreNMS.Device.Serial; drivertest.Fact(r, look.FactSerial) != want {
			t.Errorf("%s: serial %q, want %q", name, drivertest.Fact(r, look.FactSerial), want)
		}
	}
}

// agent is a board made by hand from its maker's MIB.
func agent(t *testing.T, object string, objects map[string]snmpagent.Value) look.Result {
	t.Helper()
	r := snmpagent.NewRecording()
	r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text("made by hand"))
	r.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID(object))
	for oid, v := range objects {
		r.Set(oid, v)
	}
	found := drivertest.Look(t, drivertest.Serve(t, r), serverboard.Driver{})
	if found.Outcome != look.OK || found.Kind != string(look.ServerBoard) {
		t.Fatalf("%s %s %+v", found.Outcome, found.Kind, found.Problem)
	}
	return found
}

func sample(t *testing.T, r look.Result, name, label, of string, want float64) {
	t.Helper()
	if got, ok := drivertest.Sample(r, name, label, of); !ok || got != want {
		t.Errorf("%s of %s: %v, %v; want %v", name, of, got, ok, want)
	}
}

func TestDellInTrouble(t *testing.T) {
	const tables, storage = "1.3.6.1.4.1.674.10892.5.4.", "1.3.6.1.4.1.674.10892.5.5.1.20."
	r := agent(t, "1.3.6.1.4.1.674.10892.5", map[string]snmpagent.Value{
		"1.3.6.1.4.1.674.10892.5.1.3.12.0": snmpagent.Text("PowerEdge R640"), "1.3.6.1.4.1.674.10892.5.1.3.2.0": snmpagent.Text("ABC1234"), "1.3.6.1.4.1.674.10892.5.1.1.8.0": snmpagent.Text("6.10.30.00"),
		"1.3.6.1.4.1.674.10892.5.2.1.0": snmpagent.Integer(5),
		tables + "700.12.1.5.1.1":       snmpagent.Integer(10), tables + "700.12.1.6.1.1": snmpagent.Integer(0), tables + "700.12.1.8.1.1": snmpagent.Text("Fan 1A"),
		tables + "700.20.1.5.1.1": snmpagent.Integer(4), tables + "700.20.1.6.1.1": snmpagent.Integer(435), tables + "700.20.1.8.1.1": snmpagent.Text("Inlet Temp"),
		tables + "600.12.1.5.1.1": snmpagent.Integer(5), tables + "600.12.1.8.1.1": snmpagent.Text("PS1 Status"),
		tables + "600.30.1.5.1.1": snmpagent.Integer(3), tables + "600.30.1.6.1.1": snmpagent.Integer(182), tables + "600.30.1.7.1.1": snmpagent.Integer(26), tables + "600.30.1.8.1.1": snmpagent.Text("Pwr Consumption"),
		storage + "130.4.1.2.1": snmpagent.Text("Disk 0"), storage + "130.4.1.4.1": snmpagent.Integer(7), storage + "130.4.1.2.2": snmpagent.Text("Disk 1"), storage + "130.4.1.4.2": snmpagent.Integer(3), storage + "130.4.1.24.2": snmpagent.Integer(3),
		storage + "140.1.1.2.1": snmpagent.Text("system"), storage + "140.1.1.4.1": snmpagent.Integer(4), storage + "140.1.1.6.1": snmpagent.Integer(1024),
	})
	for name, want := range map[string]string{look.FactModel: "PowerEdge R640", look.FactSerial: "ABC1234", look.FactFirmware: "6.10.30.00"} {
		if got := drivertest.Fact(r, name); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
	sample(t, r, metric.SensorStatus, "name", "System", 2)
	sample(t, r, metric.SensorStatus, "name", "Fan 1A", 2)
	sample(t, r, metric.SensorStatus, "name", "Inlet Temp", 1)
	sample(t, r, metric.SensorTemperature, "name", "Inlet Temp", 43.5)
	sample(t, r, metric.SensorStatus, "name", "PS1 Status", 2)
	sample(t, r, metric.SensorPower, "name", "Pwr Consumption", 182)
	sample(t, r, metric.HostDiskHealthy, metric.LabelDevice, "Disk 0", 0)
	sample(t, r, metric.HostDiskHealthy, metric.LabelDevice, "Disk 1", 1)
	sample(t, r, metric.HostDiskHealthy, metric.LabelDevice, "system", 0)
}

func TestHPEInTrouble(t *testing.T) {
	const cpq = "1.3.6.1.4.1.232."
	r := agent(t, "1.3.6.1.4.1.232.9.4.11", map[string]snmpagent.Value{
		cpq + "2.2.4.2.0": snmpagent.Text("ProLiant ML350 Gen10"), cpq + "2.2.2.1.0": snmpagent.Text("CZJ0000000"), cpq + "9.2.2.2.0": snmpagent.Text("2.78"),
		cpq + "6.1.3.0":         snmpagent.Integer(3),
		cpq + "6.2.6.7.1.2.0.1": snmpagent.Integer(1), cpq + "6.2.6.7.1.4.0.1": snmpagent.Integer(3), cpq + "6.2.6.7.1.9.0.1": snmpagent.Integer(4),
		cpq + "6.2.6.7.1.2.0.2": snmpagent.Integer(2), cpq + "6.2.6.7.1.4.0.2": snmpagent.Integer(2), cpq + "6.2.6.7.1.9.0.2": snmpagent.Integer(1),
		cpq + "3.2.5.1.1.3.0.4": snmpagent.Text("EG001200JWJNQ"), cpq + "3.2.5.1.1.6.0.4": snmpagent.Integer(4), cpq + "3.2.5.1.1.64.0.4": snmpagent.Text("Port 1I Box 3 Bay 5"),
		cpq + "3.2.3.1.1.4.0.1": snmpagent.Integer(5), cpq + "3.2.3.1.1.9.0.1": snmpagent.Integer(2048),
	})
	if got := drivertest.Fact(r, look.FactFirmware); got != "2.78" {
		t.Errorf("firmware %q", got)
	}
	sample(t, r, metric.SensorStatus, "name", "System", 1)
	sample(t, r, metric.SensorStatus, "name", "Fan 1", 2)
	sample(t, r, metric.HostDiskHealthy, metric.LabelDevice, "Port 1I Box 3 Bay 5", 0)
	sample(t, r, metric.HostDiskHealthy, metric.LabelDevice, "Logical drive 0.1", 0)
	if len(r.Device.Sensors) != 2 {
		t.Errorf("a fan that is not there: %+v", r.Device.Sensors)
	}
}

func TestOthersInTrouble(t *testing.T) {
	const imm = "1.3.6.1.4.1.19046.11.1.1."
	r := agent(t, "1.3.6.1.4.1.19046.11.1", map[string]snmpagent.Value{
		imm + "5.2.1.5.0": snmpagent.Text("ThinkSystem SR650"), imm + "5.2.1.3.0": snmpagent.Text("J1000AAA"), imm + "1.4.1.0": snmpagent.Integer(2),
		imm + "1.1.2.1.2.1": snmpagent.Text("Ambient Temp"), imm + "1.1.2.1.3.1": snmpagent.Integer(24), imm + "1.11.2.1.2.1": snmpagent.Text("Power 1"), imm + "1.11.2.1.6.1": snmpagent.Text("Critical"),
		imm + "1.4.2.1.2.1": snmpagent.Text("Critical"), imm + "1.4.2.1.3.1": snmpagent.Text("Power supply 1 has lost input"),
	})
	if got := drivertest.Fact(r, look.FactModel) + drivertest.Fact(r, look.FactSerial); got != "ThinkSystem SR650J1000AAA" {
		t.Errorf("facts %q", got)
	}
	sample(t, r, metric.SensorStatus, "name", "System", 2)
	sample(t, r, metric.SensorStatus, "name", "Power 1", 2)
	sample(t, r, metric.SensorTemperature, "name", "Ambient Temp", 24)
	if len(r.Device.Alerts) != 1 || r.Device.Alerts[0].Severity != "critical" {
		t.Errorf("alerts %+v", r.Device.Alerts)
	}
	const faults, ucs = "1.3.6.1.4.1.9.9.719.1.1.1.1.", "1.3.6.1.4.1.9.9.719.1."
	r = agent(t, "1.3.6.1.4.1.9.1.1512", map[string]snmpagent.Value{faults + "11.1": snmpagent.Text("Drive 2 is missing"), faults + "20.1": snmpagent.Integer(5), faults + "11.2": snmpagent.Text("gone"), faults + "20.2": snmpagent.Integer(0),
		ucs + "15.56.1.2.1": snmpagent.Text("sys/rack-unit-1/psu-1"), ucs + "15.56.1.7.1": snmpagent.Integer(2), ucs + "9.14.1.4.1": snmpagent.Integer(176)})
	sample(t, r, metric.SensorStatus, "name", "psu-1", 2)
	sample(t, r, metric.SensorPower, "name", "Server", 176)
	sample(t, r, metric.SensorStatus, "name", "System", 2)
	if len(r.Device.Alerts) != 1 {
		t.Errorf("alerts %+v", r.Device.Alerts)
	}
}
