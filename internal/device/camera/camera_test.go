package camera_test

import (
	"math"
	"testing"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/camera"
	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

func TestConformance(t *testing.T) {
	var ids []device.Identity
	for _, vendor := range []string{"Axis", "Hikvision", "Dahua"} {
		ids = append(ids, device.Identity{Vendor: vendor, Kinds: []look.Kind{look.Camera}})
	}
	drivertest.Conformance(t, camera.Driver{}, ids...)
}

func sample(t *testing.T, r look.Result, name, of string, want float64) {
	t.Helper()
	if got, ok := drivertest.Sample(r, name, "name", of); !ok || math.Abs(got-want) > 1e-9 {
		t.Errorf("%s: %s of %s: %v, %v; want %v", r.Target, name, of, got, ok, want)
	}
}

func TestRecordings(t *testing.T) {
	r := drivertest.LookAt(t, "axiscam_p1425-le-mk-ii", camera.Driver{})
	sample(t, r, metric.SensorTemperature, "Sensor 1", 21)
	sample(t, r, metric.SensorStatus, "Sensor 4", 0)
	if got := drivertest.Fact(r, look.FactFirmware); got != "8.40.43" || len(r.Device.Disks) != 2 {
		t.Errorf("firmware %q, disks %v", got, r.Device.Disks)
	}
	r = drivertest.LookAt(t, "hikvision-cam", camera.Driver{})
	sample(t, r, metric.SensorLoad, "Processor", 0.15)
	sample(t, r, metric.SensorMemory, "Memory", 0.83)
	if r.Kind != string(look.Camera) || drivertest.Fact(r, look.FactModel) != "DS-2CD2185FWD-I" {
		t.Errorf("%s %v", r.Kind, r.Facts)
	}
	r = drivertest.LookAt(t, "dahua-nvr", camera.Driver{})
	sample(t, r, metric.SensorLoad, "Processor", 0.06)
	sample(t, r, metric.SensorStatus, "Device", 0)
}

// A recorder's disk is full by design: it is told, and no series says that it
// runs full.
func TestRecordersAreFullByDesign(t *testing.T) {
	r := drivertest.LookAt(t, "hikvision-nvr-simdata", camera.Driver{})
	if len(r.Device.Volumes) != 1 || r.Device.Volumes[0].SizeBytes != 2861588<<20 || r.Device.Volumes[0].Type != camera.TypeRecordings {
		t.Errorf("%+v", r.Device.Volumes)
	}
	if _, ok := drivertest.Sample(r, metric.SystemFilesystemUse); ok || r.Kind != string(look.Recorder) {
		t.Errorf("%s: a series of a disk that is always full", r.Kind)
	}
}

// Made by hand: an Axis with a fan that stands, and a Dahua that is not well.
func TestInTrouble(t *testing.T) {
	for object, c := range map[string]struct {
		descr   string
		objects map[string]snmpagent.Value
		part    string
	}{
		"1.3.6.1.4.1.368.1.1":        {" ; AXIS Q6128-E; PTZ Network Camera; 9.80.1; Jan 1 2024; 1; 1;", map[string]snmpagent.Value{"1.3.6.1.4.1.368.4.1.2.1.3.1.1": snmpagent.Integer(2)}, "Fan 1"},
		"1.3.6.1.4.1.1004849.3.2.10": {"IPC-HDW5442", map[string]snmpagent.Value{"1.3.6.1.4.1.1004849.2.1.2.8.0": snmpagent.Integer(2)}, "Device"},
	} {
		rec := snmpagent.NewRecording()
		rec.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text(c.descr))
		rec.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID(object))
		for oid, v := range c.objects {
			rec.Set(oid, v)
		}
		r := drivertest.Look(t, drivertest.Serve(t, rec), camera.Driver{})
		if r.Kind != string(look.Camera) {
			t.Errorf("%s: kind %s", object, r.Kind)
		}
		sample(t, r, metric.SensorStatus, c.part, 2)
	}
}
