package ups_test

import (
	"math"
	"slices"
	"testing"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/ups"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

func TestConformance(t *testing.T) {
	var ids []device.Identity
	for _, object := range []string{"1.3.6.1.4.1.318.1.3.27", "1.3.6.1.4.1.534.1", "1.3.6.1.4.1.935"} {
		ids = append(ids, device.Identity{ObjectID: object, Kinds: []look.Kind{look.UPS}, Has: map[string]bool{device.HasUPS: true}})
	}
	drivertest.Conformance(t, ups.Driver{}, ids...)
}

// classes are LibreNMS' names for what sensors measure. Its runtime is in minutes.
func classes() map[string]look.SensorClass {
	return map[string]look.SensorClass{
		"charge": look.Charge, "current": look.Current, "frequency": look.Frequency, "load": look.Load, "power": look.Power, "runtime": look.Runtime,
		"temperature": look.Temperature, "voltage": look.Voltage, "humidity": look.Humidity,
	}
}

// What another program measures on the recorded UPSes, we measure too.
func TestSensorsOfRecordings(t *testing.T) {
	for _, name := range drivertest.Recordings(t, "ups") {
		e, r := drivertest.Expect(t, name), drivertest.LookAt(t, name, ups.Driver{})
		if r.Kind != string(look.UPS) {
			t.Errorf("%s: kind %s", name, r.Kind)
		}
		for _, s := range e.LibreNMS.Sensors {
			class, ok := classes()[s.Class]
			if !ok || s.Value == nil || skipped(name, s.Descr, *s.Value) {
				continue
			}
			want := *s.Value
			if class == look.Runtime {
				want *= 60
			}
			if class == look.Voltage && want > 1000 {
				want /= 10 // tenths of a volt, which LibreNMS shows as they are
			}
			if !slices.ContainsFunc(r.Device.Sensors, func(o look.Sensor) bool {
				return o.Class == class && math.Abs(o.Value-want) <= max(0.006*want, 0.01)
			}) && !(class == look.Runtime && roughly(r, want)) {
				t.Errorf("%s: no %s of %v (%s)", name, class, want, s.Descr)
			}
		}
	}
}

// roughly is for runtimes that one object tells in seconds and another in minutes.
func roughly(r look.Result, want float64) bool {
	seconds, ok := drivertest.Sample(r, metric.UPSRuntime)
	return ok && math.Abs(seconds-want) < 60
}

// skipped are sensors of LibreNMS that are none: dates and times, and lines that
// the UPS does not have (NULL, which LibreNMS takes for zero).
func skipped(name, descr string, value float64) bool {
	switch descr {
	case "Time on battery", "Battery Recommended Days Remaining", "Last Battery Replacement":
		return true
	}
	return name == "deltaups_rfc1628string" && value == 0
}

func TestFactsOfRecordings(t *testing.T) {
	for _, name := range drivertest.Recordings(t, "ups") {
		e, r := drivertest.Expect(t, name), drivertest.LookAt(t, name, ups.Driver{})
		if want := e.LibreNMS.Device.Serial; want != "" && drivertest.Fact(r, look.FactSerial) != want {
			t.Errorf("%s: serial %q, want %q", name, drivertest.Fact(r, look.FactSerial), want)
		}
		if on, ok := drivertest.Sample(r, metric.UPSOnBattery); !ok || on != 0 {
			t.Errorf("%s: on battery %v, %v: all of them were on mains", name, on, ok)
		}
		if want := e.Facts.UPS.ChargePercent; want != nil {
			if got, ok := drivertest.Sample(r, metric.UPSCharge); !ok || math.Round(got*100) != float64(*want) {
				t.Errorf("%s: charge %v, want %d %%", name, got, *want)
			}
		}
		if want := e.Facts.APC.RuntimeTicks; want != nil {
			if got, ok := drivertest.Sample(r, metric.UPSRuntime); !ok || got != float64(*want)/100 {
				t.Errorf("%s: runtime %v, want %d ticks", name, got, *want)
			}
		}
		if want := e.Facts.APC.ReplaceIndicator; want != nil {
			if got, ok := drivertest.Sample(r, metric.UPSReplaceBattery); !ok || got != float64(*want-1) {
				t.Errorf("%s: replace %v, want %d", name, got, *want)
			}
		}
		if len(r.Device.Alerts) > 0 {
			t.Errorf("%s: alerts %v", name, r.Device.Alerts)
		}
	}
}

// agent looks at a UPS whose objects are made by hand here, from the MIBs.
func agent(t *testing.T, object string, objects map[string]snmpagent.Value) look.Result {
	t.Helper()
	r := snmpagent.NewRecording()
	r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text("made by hand"))
	r.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID(object))
	r.Set("1.3.6.1.2.1.1.3.0", snmpagent.TimeTicks(100))
	for oid, v := range objects {
		r.Set(oid, v)
	}
	found := drivertest.Look(t, drivertest.Serve(t, r), ups.Driver{})
	if found.Outcome != look.OK || found.Kind != string(look.UPS) {
		t.Fatalf("%s, %s: %+v", found.Outcome, found.Kind, found.Problem)
	}
	return found
}

// wants checks samples; NaN stands for none.
func wants(t *testing.T, r look.Result, samples map[string]float64) {
	t.Helper()
	for name, want := range samples {
		got, ok := drivertest.Sample(r, name)
		if ok == math.IsNaN(want) || ok && math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %v, %v; want %v", name, got, ok, want)
		}
	}
}

func codes(r look.Result) []string {
	var out []string
	for _, a := range r.Device.Alerts {
		out = append(out, a.Severity+" "+a.Code)
	}
	return out
}

const upsMIB = "1.3.6.1.2.1.33.1."

// RFC 1628: the power is cut, the battery runs low and is bad, the test failed.
func TestStandardInTrouble(t *testing.T) {
	r := agent(t, "1.3.6.1.2.1.33", map[string]snmpagent.Value{
		upsMIB + "1.1.0": snmpagent.Text("Some Maker"), upsMIB + "1.2.0": snmpagent.Text("Model 1000"),
		upsMIB + "2.1.0": snmpagent.Integer(3), upsMIB + "2.2.0": snmpagent.Integer(340), upsMIB + "2.3.0": snmpagent.Integer(4), upsMIB + "2.4.0": snmpagent.Integer(17),
		upsMIB + "3.3.1.3.1": snmpagent.Integer(0), upsMIB + "4.1.0": snmpagent.Integer(5),
		upsMIB + "4.4.1.5.1": snmpagent.Integer(31), upsMIB + "4.4.1.5.2": snmpagent.Integer(64), upsMIB + "4.4.1.5.3": snmpagent.Integer(12),
		upsMIB + "6.1.0": snmpagent.Integer(4), upsMIB + "6.2.1.2.7": snmpagent.ObjectID(upsMIB + "6.3.1"), upsMIB + "6.2.1.2.9": snmpagent.ObjectID(upsMIB + "6.3.2"),
		upsMIB + "6.2.1.2.11": snmpagent.ObjectID(upsMIB + "6.3.3"), upsMIB + "6.2.1.2.12": snmpagent.ObjectID("1.3.6.1.4.1.99999.7"),
		upsMIB + "7.3.0": snmpagent.Integer(3),
	})
	wants(t, r, map[string]float64{
		metric.UPSOnBattery: 1, metric.UPSBatteryLow: 1, metric.UPSReplaceBattery: 1, metric.UPSSelfTestFailed: 1,
		metric.UPSCharge: 0.17, metric.UPSRuntime: 240, metric.UPSLoad: 0.64,
	})
	if got, want := codes(r), []string{"critical batteryBad", "warning diagnosticTestFailed", "critical lowBattery", "warning onBattery", "warning other"}; !slices.Equal(got, want) {
		t.Errorf("alerts %q, want %q", got, want)
	}
	for name, want := range map[string]string{ups.FactSource: "battery", ups.FactBattery: "low", ups.FactTest: "failed", look.FactVendor: "Some Maker", look.FactModel: "Model 1000"} {
		if got := drivertest.Fact(r, name); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
}

// An alarm must be able to end: what was told as trouble is told as none.
func TestStandardAllWell(t *testing.T) {
	r := agent(t, "1.3.6.1.2.1.33", map[string]snmpagent.Value{
		upsMIB + "2.1.0": snmpagent.Integer(2), upsMIB + "2.2.0": snmpagent.Integer(0), upsMIB + "4.1.0": snmpagent.Integer(3),
		upsMIB + "6.1.0": snmpagent.Integer(0), upsMIB + "7.3.0": snmpagent.Integer(1),
	})
	wants(t, r, map[string]float64{
		metric.UPSOnBattery: 0, metric.UPSBatteryLow: 0, metric.UPSReplaceBattery: 0, metric.UPSSelfTestFailed: 0,
		metric.UPSCharge: math.NaN(), metric.UPSRuntime: math.NaN(), metric.UPSLoad: math.NaN(),
	})
	if len(r.Device.Alerts) > 0 {
		t.Errorf("alerts %v", r.Device.Alerts)
	}
}

// While it tries its battery it feeds from it; nobody cut the power.
func TestASelfTestIsNoPowerCut(t *testing.T) {
	r := agent(t, "1.3.6.1.2.1.33", map[string]snmpagent.Value{
		upsMIB + "4.1.0": snmpagent.Integer(5), upsMIB + "2.2.0": snmpagent.Integer(8), upsMIB + "7.3.0": snmpagent.Integer(5),
	})
	wants(t, r, map[string]float64{metric.UPSOnBattery: 0, metric.UPSSelfTestFailed: math.NaN()})
	if got := codes(r); !slices.Equal(got, []string{"other testInProgress"}) {
		t.Errorf("alerts %q", got)
	}
	r = agent(t, "1.3.6.1.4.1.318.1.3.27", map[string]snmpagent.Value{"1.3.6.1.4.1.318.1.1.1.4.1.1.0": snmpagent.Integer(15), "1.3.6.1.4.1.318.1.1.1.7.2.3.0": snmpagent.Integer(1)})
	wants(t, r, map[string]float64{metric.UPSOnBattery: 0, metric.UPSSelfTestFailed: 0})
}

// Numbers that no UPS can have are left out, and those of a known wrong scale put
// right.
func TestAbsurdNumbers(t *testing.T) {
	r := agent(t, "1.3.6.1.2.1.33", map[string]snmpagent.Value{
		upsMIB + "2.1.0": snmpagent.Integer(1), upsMIB + "2.3.0": snmpagent.Integer(65535), upsMIB + "2.4.0": snmpagent.Integer(-1), upsMIB + "2.5.0": snmpagent.Integer(-1),
		upsMIB + "2.7.0": snmpagent.Integer(2550), upsMIB + "4.1.0": snmpagent.Integer(3), upsMIB + "4.2.0": snmpagent.Integer(50),
		upsMIB + "4.4.1.2.1": snmpagent.Integer(2312), upsMIB + "4.4.1.5.1": snmpagent.Integer(455), upsMIB + "3.3.1.2.1": snmpagent.Integer(4998), upsMIB + "3.3.1.3.1": snmpagent.Integer(65535),
	})
	wants(t, r, map[string]float64{metric.UPSRuntime: math.NaN(), metric.UPSCharge: math.NaN(), metric.UPSLoad: math.NaN(), metric.UPSBatteryLow: math.NaN(), metric.UPSOnBattery: 0})
	var got []string
	for _, s := range r.Device.Sensors {
		got = append(got, string(s.Class)+" "+s.Name)
		if s.Class == look.Voltage && s.Value != 231.2 || s.Class == look.Frequency && math.Abs(s.Value-50) > 0.1 {
			t.Errorf("%s %s: %v", s.Class, s.Name, s.Value)
		}
	}
	if want := []string{"frequency Output", "frequency Input", "voltage Output"}; !slices.Equal(got, want) {
		t.Errorf("sensors %q, want %q", got, want)
	}
}

// APC with an old card: whole numbers only. Flags tell the rest.
func TestAPCInTrouble(t *testing.T) {
	const apc = "1.3.6.1.4.1.318.1.1.1."
	flags := []byte("0000000000000000000000000000000000000000000000000000000000000000")
	for _, on := range []int{1, 2, 3, 5, 9, 25} {
		flags[on-1] = '1'
	}
	r := agent(t, "1.3.6.1.4.1.318.1.3.5.1", map[string]snmpagent.Value{
		apc + "1.1.1.0": snmpagent.Text("Back-UPS 1100"), apc + "2.1.1.0": snmpagent.Integer(3), apc + "2.1.3.0": snmpagent.Text("02/29/2020"),
		apc + "2.2.1.0": snmpagent.Gauge32(9), apc + "2.2.3.0": snmpagent.TimeTicks(18000), apc + "2.2.4.0": snmpagent.Integer(2),
		apc + "3.2.1.0": snmpagent.Gauge32(0), apc + "4.1.1.0": snmpagent.Integer(3), apc + "4.2.1.0": snmpagent.Gauge32(230), apc + "4.2.3.0": snmpagent.Gauge32(101),
		apc + "7.2.3.0": snmpagent.Integer(2), apc + "11.1.1.0": snmpagent.Text(string(flags)),
	})
	wants(t, r, map[string]float64{
		metric.UPSOnBattery: 1, metric.UPSBatteryLow: 1, metric.UPSReplaceBattery: 1, metric.UPSSelfTestFailed: 1,
		metric.UPSCharge: 0.09, metric.UPSRuntime: 180, metric.UPSLoad: 1.01,
	})
	if got, want := codes(r), []string{"critical batteryBad", "critical chargerFailed", "warning diagnosticTestFailed", "critical lowBattery", "warning onBattery", "critical outputOverload"}; !slices.Equal(got, want) {
		t.Errorf("alerts %q, want %q", got, want)
	}
	if got := drivertest.Fact(r, ups.FactReplaced); got != "2020-02-29" {
		t.Errorf("battery replaced %q", got)
	}
}

// Symmetra: three phases, of which the fullest counts.
func TestAPCWithThreePhases(t *testing.T) {
	const apc = "1.3.6.1.4.1.318.1.1.1."
	r := agent(t, "1.3.6.1.4.1.318.1.3.5", map[string]snmpagent.Value{
		apc + "1.1.1.0": snmpagent.Text("Symmetra PX 48"), apc + "4.1.1.0": snmpagent.Integer(2), apc + "9.3.2.1.2.1": snmpagent.Integer(3),
		apc + "9.3.3.1.3.1.1.1": snmpagent.Integer(229), apc + "9.3.3.1.3.1.1.2": snmpagent.Integer(230), apc + "9.3.3.1.3.1.1.3": snmpagent.Integer(231),
		apc + "9.3.3.1.10.1.1.1": snmpagent.Integer(20), apc + "9.3.3.1.10.1.1.2": snmpagent.Integer(-1), apc + "9.3.3.1.10.1.1.3": snmpagent.Integer(47),
	})
	wants(t, r, map[string]float64{metric.UPSOnBattery: 0, metric.UPSLoad: 0.47})
	if v, ok := drivertest.Sample(r, metric.SensorVoltage, "name", "Output L3"); !ok || v != 231 {
		t.Errorf("voltage of L3: %v, %v", v, ok)
	}
}

func TestEatonInTrouble(t *testing.T) {
	const eaton, mge = "1.3.6.1.4.1.534.1.", "1.3.6.1.4.1.705.1."
	r := agent(t, "1.3.6.1.4.1.534.1", map[string]snmpagent.Value{
		eaton + "1.2.0": snmpagent.Text("Eaton 9SX 3000"), eaton + "2.1.0": snmpagent.Integer(612), eaton + "2.4.0": snmpagent.Integer(88), eaton + "4.1.0": snmpagent.Integer(40),
		eaton + "4.5.0": snmpagent.Integer(5), eaton + "2.7.0": snmpagent.Integer(2), eaton + "2.9.0": snmpagent.Integer(1), eaton + "8.2.0": snmpagent.Integer(2),
		eaton + "7.1.0": snmpagent.Integer(2), eaton + "7.2.1.2.4": snmpagent.ObjectID(eaton + "7.3"), eaton + "7.2.1.2.5": snmpagent.ObjectID(eaton + "7.33"),
	})
	wants(t, r, map[string]float64{metric.UPSOnBattery: 1, metric.UPSReplaceBattery: 1, metric.UPSSelfTestFailed: 0, metric.UPSRuntime: 612, metric.UPSLoad: 0.4})
	if got, want := codes(r), []string{"critical batteryBad", "warning fanFailure", "warning onBattery"}; !slices.Equal(got, want) {
		t.Errorf("alerts %q, want %q", got, want)
	}
	if got := drivertest.Fact(r, look.FactModel); got != "9SX 3000" {
		t.Errorf("model %q", got)
	}
	r = agent(t, "1.3.6.1.4.1.705.1", map[string]snmpagent.Value{
		mge + "1.1.0": snmpagent.Text("Evolution"), mge + "7.3.0": snmpagent.Integer(1), mge + "5.14.0": snmpagent.Integer(1), mge + "5.11.0": snmpagent.Integer(2), mge + "5.9.0": snmpagent.Integer(2),
	})
	wants(t, r, map[string]float64{metric.UPSOnBattery: 1, metric.UPSBatteryLow: 1, metric.UPSReplaceBattery: 0})
}

func TestOtherMakersInTrouble(t *testing.T) {
	type objects = map[string]snmpagent.Value
	const cps, delta, xppc, netVision, huawei = "1.3.6.1.4.1.3808.1.1.1.", "1.3.6.1.4.1.2254.2.4.", "1.3.6.1.4.1.935.1.1.1.", "1.3.6.1.4.1.4555.1.1.1.1.", "1.3.6.1.4.1.2011.6.174.1."
	const netVision7, cpq = "1.3.6.1.4.1.4555.1.1.7.1.", "1.3.6.1.4.1.232.165.3."
	for object, c := range map[string]struct {
		objects objects
		want    map[string]float64
	}{
		"1.3.6.1.4.1.3808.1.1.1": {
			objects{cps + "1.1.1.0": snmpagent.Text("PR1500"), cps + "4.1.1.0": snmpagent.Integer(3), cps + "2.1.1.0": snmpagent.Integer(3), cps + "2.2.5.0": snmpagent.Integer(2), cps + "7.2.3.0": snmpagent.Integer(2), cps + "2.2.4.0": snmpagent.TimeTicks(6000)},
			map[string]float64{metric.UPSOnBattery: 1, metric.UPSBatteryLow: 1, metric.UPSReplaceBattery: 1, metric.UPSSelfTestFailed: 1, metric.UPSRuntime: 60},
		},
		"1.3.6.1.4.1.2254.2.4": {
			objects{delta + "5.1.0": snmpagent.Integer(1), delta + "7.1.0": snmpagent.Integer(2), delta + "7.2.0": snmpagent.Integer(0), delta + "8.2.0": snmpagent.Integer(4), delta + "7.8.0": snmpagent.Integer(77), delta + "5.3.0": snmpagent.Integer(1), delta + "5.7.0": snmpagent.Integer(29), delta + "5.11.0": snmpagent.Integer(99)},
			map[string]float64{metric.UPSOnBattery: 1, metric.UPSBatteryLow: 0, metric.UPSReplaceBattery: 1, metric.UPSSelfTestFailed: 1, metric.UPSCharge: 0.77, metric.UPSLoad: 0.29},
		},
		"1.3.6.1.4.1.935": {
			objects{xppc + "4.1.1.0": snmpagent.Integer(3), xppc + "2.1.1.0": snmpagent.Integer(3), xppc + "2.2.4.0": snmpagent.Integer(900), xppc + "4.2.3.0": snmpagent.Integer(44), xppc + "8.3.5.0": snmpagent.Integer(0), xppc + "8.3.6.0": snmpagent.Integer(0), xppc + "8.3.7.0": snmpagent.Integer(0)},
			map[string]float64{metric.UPSOnBattery: 1, metric.UPSBatteryLow: 1, metric.UPSRuntime: 900, metric.UPSLoad: 0.44},
		},
		"1.3.6.1.4.1.4555.1.1.1": {
			objects{netVision + "4.1.0": snmpagent.Integer(5), netVision + "2.1.0": snmpagent.Integer(6), netVision + "2.3.0": snmpagent.Integer(12), netVision + "4.4.1.4.1": snmpagent.Integer(33)},
			map[string]float64{metric.UPSOnBattery: 1, metric.UPSReplaceBattery: 1, metric.UPSRuntime: 720, metric.UPSLoad: 0.33},
		},
		"1.3.6.1.4.1.4555.1.1.7": {
			objects{netVision7 + "2.2.0": snmpagent.Integer(40), netVision7 + "2.3.0": snmpagent.Integer(9), netVision7 + "2.4.0": snmpagent.Integer(81), netVision7 + "4.4.1.4.1": snmpagent.Integer(27)},
			map[string]float64{metric.UPSOnBattery: 1, metric.UPSRuntime: 540, metric.UPSCharge: 0.81, metric.UPSLoad: 0.27},
		},
		"1.3.6.1.4.1.232.165.3": {
			objects{cpq + "4.5.0": snmpagent.Integer(5), cpq + "2.4.0": snmpagent.Integer(88), cpq + "2.1.0": snmpagent.Integer(1260), cpq + "4.1.0": snmpagent.Integer(31)},
			map[string]float64{metric.UPSOnBattery: 1, metric.UPSCharge: 0.88, metric.UPSRuntime: 1260, metric.UPSLoad: 0.31},
		},
		"1.3.6.1.4.1.8072.3.2.10": {
			objects{huawei + "2.100.1.2.1": snmpagent.Text("UPS5000"), huawei + "2.101.1.1.1": snmpagent.Integer(4), huawei + "6.100.1.3.1": snmpagent.Integer(64), huawei + "4.100.1.14.1": snmpagent.Integer(213), huawei + "4.100.1.15.1": snmpagent.Integer(377)},
			map[string]float64{metric.UPSOnBattery: 1, metric.UPSCharge: 0.64, metric.UPSLoad: 0.377},
		},
	} {
		t.Run(object, func(t *testing.T) { wants(t, agent(t, object, c.objects), c.want) })
	}
}
