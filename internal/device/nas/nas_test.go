package nas_test

import (
	"strconv"
	"testing"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/hostres"
	"github.com/budi-monitor/budi/internal/device/nas"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

func TestConformance(t *testing.T) {
	var ids []device.Identity
	for _, vendor := range []string{"Synology", "QNAP", "Netgear", "iXsystems", "NetApp"} {
		ids = append(ids, device.Identity{Vendor: vendor, Kinds: []look.Kind{look.NAS}})
	}
	drivertest.Conformance(t, nas.Driver{}, ids...)
}

// Every disk, array and temperature that another program finds in the recordings
// is found, and all of them are well.
func TestRecordings(t *testing.T) {
	for _, name := range drivertest.Recordings(t, "nas") {
		e, r := drivertest.Expect(t, name), drivertest.LookAt(t, name, hostres.Driver{}, nas.Driver{})
		if r.Kind != string(look.NAS) {
			t.Errorf("%s: kind %s", name, r.Kind)
		}
		temperatures := map[float64]int{}
		for _, s := range r.Device.Sensors {
			if s.Class == look.Temperature {
				temperatures[s.Value]++
			}
			if s.State != "" && s.State != look.StateOK {
				t.Errorf("%s: %+v", name, s)
			}
		}
		for _, s := range e.LibreNMS.Sensors {
			if s.Class == "temperature" && s.Value != nil {
				temperatures[*s.Value]--
			}
		}
		for degrees, n := range temperatures {
			if n != 0 {
				t.Errorf("%s: %d temperatures of %v too many", name, n, degrees)
			}
		}
		for _, d := range r.Device.Disks {
			if d.State != look.StateOK || d.Model == "" && name != "dsm_ds214se-dsm6" {
				t.Errorf("%s: %+v", name, d)
			}
		}
		for _, raid := range e.Facts.Synology.RAIDs {
			found := false
			for _, v := range r.Device.Volumes {
				found = found || v.Name == raid.Name && v.State == look.StateOK && v.Detail == "normal"
			}
			if !found {
				t.Errorf("%s: no %s", name, raid.Name)
			}
		}
		if want := max(len(e.Facts.Synology.Disks), len(e.Facts.QNAP.Disks)); len(r.Device.Disks) < want {
			t.Errorf("%s: %d disks, want %d", name, len(r.Device.Disks), want)
		}
	}
}

func agent(t *testing.T, object string, objects map[string]snmpagent.Value) look.Result {
	t.Helper()
	r := snmpagent.NewRecording()
	r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text("Linux made by hand"))
	r.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID(object))
	for oid, v := range objects {
		r.Set(oid, v)
	}
	found := drivertest.Look(t, drivertest.Serve(t, r), nas.Driver{})
	if found.Outcome != look.OK || found.Kind != string(look.NAS) {
		t.Fatalf("%s %s %+v", found.Outcome, found.Kind, found.Problem)
	}
	return found
}

func healthy(t *testing.T, r look.Result, device string, want float64) {
	t.Helper()
	if got, ok := drivertest.Sample(r, metric.HostDiskHealthy, metric.LabelDevice, device); !ok || got != want {
		t.Errorf("%s is healthy: %v, %v; want %v", device, got, ok, want)
	}
}

// A Synology with a degraded and a crashed array, disks that crash and fail, a
// fan that stands, and a UPS on battery. Made by hand from Synology's MIBs.
func TestSynologyInTrouble(t *testing.T) {
	const syno = "1.3.6.1.4.1.6574."
	objects := map[string]snmpagent.Value{
		syno + "1.5.1.0": snmpagent.Text("DS920+"), syno + "1.5.2.0": snmpagent.Text("2040SBRX1"), syno + "1.5.3.0": snmpagent.Text("DSM 7.2-64570"),
		syno + "1.1.0": snmpagent.Integer(1), syno + "1.2.0": snmpagent.Integer(44), syno + "1.4.1.0": snmpagent.Integer(2), syno + "1.5.4.0": snmpagent.Integer(1),
		syno + "4.2.1.0": snmpagent.Text("OB DISCHRG"), syno + "4.3.1.1.0": snmpagent.Float(81), syno + "4.3.6.1.0": snmpagent.Integer(1500),
	}
	for i, disk := range []struct{ status, health int64 }{{1, 1}, {5, 1}, {1, 4}, {1, 2}, {3, 0}} {
		row := strconv.Itoa(i)
		objects[syno+"2.1.1.2."+row] = snmpagent.Text("Disk " + strconv.Itoa(i+1))
		objects[syno+"2.1.1.5."+row] = snmpagent.Integer(disk.status)
		if disk.health > 0 {
			objects[syno+"2.1.1.13."+row] = snmpagent.Integer(disk.health)
		}
	}
	for i, status := range []int64{1, 11, 12, 2, 13} {
		row := strconv.Itoa(i)
		objects[syno+"3.1.1.2."+row] = snmpagent.Text("Volume " + strconv.Itoa(i+1))
		objects[syno+"3.1.1.3."+row] = snmpagent.Integer(status)
		objects[syno+"3.1.1.4."+row] = snmpagent.Counter64(1 << 30)
		objects[syno+"3.1.1.5."+row] = snmpagent.Counter64(1 << 40)
	}
	r := agent(t, "1.3.6.1.4.1.8072.3.2.10", objects)
	for name, want := range map[string]string{look.FactVendor: "Synology", look.FactModel: "DS920+", look.FactSerial: "2040SBRX1", look.FactFirmware: "DSM 7.2-64570", nas.FactUpgrade: "yes"} {
		if got := drivertest.Fact(r, name); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]float64{"Disk 1": 1, "Disk 2": 0, "Disk 3": 0, "Disk 4": 1, "Disk 5": 1, "Volume 1": 1, "Volume 2": 0, "Volume 3": 0, "Volume 4": 1, "Volume 5": 1} {
		healthy(t, r, name, want)
	}
	if v := r.Device.Volumes[1]; v.State != look.StateFailed || v.Detail != "degraded" || v.SizeBytes != 1<<40 || v.UsedBytes != 1<<40-1<<30 {
		t.Errorf("%+v", v)
	}
	if v, ok := drivertest.Sample(r, metric.SensorStatus, "name", "System fan"); !ok || v != 2 {
		t.Errorf("fan %v, %v", v, ok)
	}
	if on, ok := drivertest.Sample(r, metric.UPSOnBattery); !ok || on != 1 {
		t.Errorf("UPS on battery: %v, %v", on, ok)
	}
}

// An old QNAP: everything in texts with units. Made by hand.
func TestOldQNAP(t *testing.T) {
	const q = "1.3.6.1.4.1.24681.1.2."
	r := agent(t, "1.3.6.1.4.1.24681", map[string]snmpagent.Value{
		q + "1.0": snmpagent.Text("7.3 %"), q + "2.0": snmpagent.Text("1000.0 MB"), q + "3.0": snmpagent.Text("250.0 MB"), q + "5.0": snmpagent.Text("53 C/127 F"), q + "6.0": snmpagent.Text("41 C/106 F"),
		q + "11.1.2.1": snmpagent.Text("HDD1"), q + "11.1.3.1": snmpagent.Text("38 C/100 F"), q + "11.1.4.1": snmpagent.Integer(0), q + "11.1.7.1": snmpagent.Text("GOOD"),
		q + "11.1.2.2": snmpagent.Text("HDD2"), q + "11.1.3.2": snmpagent.Text("-- C/-- F"), q + "11.1.4.2": snmpagent.Integer(-5), q + "11.1.7.2": snmpagent.Text("--"),
		q + "11.1.2.3": snmpagent.Text("HDD3"), q + "11.1.3.3": snmpagent.Text("39 C/102 F"), q + "11.1.4.3": snmpagent.Integer(-9), q + "11.1.7.3": snmpagent.Text("GOOD"),
		q + "11.1.2.4": snmpagent.Text("HDD4"), q + "11.1.4.4": snmpagent.Integer(0), q + "11.1.7.4": snmpagent.Text("Abnormal"),
		q + "12.0": snmpagent.Text("TS-412"), q + "15.1.2.1": snmpagent.Text("Fan 1"), q + "15.1.3.1": snmpagent.Text("1100 RPM"),
		q + "17.1.2.1": snmpagent.Text("Mirror Disk Volume: Drive 1 2"), q + "17.1.4.1": snmpagent.Text("5.5 TB"), q + "17.1.5.1": snmpagent.Text("1.5 TB"), q + "17.1.6.1": snmpagent.Text("In degraded mode"),
	})
	if got := drivertest.Fact(r, look.FactModel); got != "TS-412" {
		t.Errorf("model %q", got)
	}
	if len(r.Device.Disks) != 3 {
		t.Errorf("disks %+v", r.Device.Disks)
	}
	healthy(t, r, "HDD1", 1)
	healthy(t, r, "HDD3", 0)
	healthy(t, r, "HDD4", 0)
	healthy(t, r, "Mirror Disk Volume: Drive 1 2", 0)
	for _, want := range []struct {
		metric, name string
		value        float64
	}{{metric.SensorTemperature, "System", 41}, {metric.SensorTemperature, "CPU", 53}, {metric.SensorTemperature, "HDD1", 38}, {metric.SensorFan, "Fan 1", 1100}, {metric.SensorMemory, "Memory", 0.75}} {
		if got, ok := drivertest.Sample(r, want.metric, "name", want.name); !ok || got != want.value {
			t.Errorf("%s of %s: %v, %v; want %v", want.metric, want.name, got, ok, want.value)
		}
	}
	if v := r.Device.Volumes[0]; v.SizeBytes-v.UsedBytes != 1649267441664 {
		t.Errorf("%+v", v)
	}
}

// ReadyNAS and TrueNAS tell states as words or as numbers. Made by hand.
func TestOthers(t *testing.T) {
	const ready = "1.3.6.1.4.1.4526.22."
	r := agent(t, "1.3.6.1.4.1.8072.3.2.10", map[string]snmpagent.Value{
		ready + "1.0": snmpagent.Text("6.10.8"), ready + "2.0": snmpagent.Text("4FU1234567"),
		ready + "3.1.1.1": snmpagent.Integer(1), ready + "3.1.5.1": snmpagent.Text("WDC WD40EFRX"), ready + "3.1.9.1": snmpagent.Text("ONLINE"), ready + "3.1.10.1": snmpagent.Integer(36),
		ready + "3.1.1.2": snmpagent.Integer(2), ready + "3.1.9.2": snmpagent.Text("FAILED"),
		ready + "7.1.2.1": snmpagent.Text("data"), ready + "7.1.4.1": snmpagent.Text("DEGRADED"), ready + "7.1.5.1": snmpagent.Integer(4000), ready + "7.1.6.1": snmpagent.Integer(1000),
	})
	healthy(t, r, "Disk 1", 1)
	healthy(t, r, "Disk 2", 0)
	healthy(t, r, "data", 0)
	const pool = "1.3.6.1.4.1.50536.1.1.1.1."
	r = agent(t, "1.3.6.1.4.1.50536.3.1", map[string]snmpagent.Value{
		pool + "2.1": snmpagent.Text("tank"), pool + "3.1": snmpagent.Integer(4096), pool + "4.1": snmpagent.Integer(1000), pool + "5.1": snmpagent.Integer(400), pool + "7.1": snmpagent.Integer(1),
	})
	healthy(t, r, "tank", 0)
	r = agent(t, "1.3.6.1.4.1.50536.3.1", map[string]snmpagent.Value{pool + "2.1": snmpagent.Text("tank"), pool + "3.1": snmpagent.Text("ONLINE")})
	healthy(t, r, "tank", 1)
}
