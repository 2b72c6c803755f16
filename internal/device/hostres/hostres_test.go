package hostres_test

import (
	"math"
	"testing"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/hostres"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

func TestConformance(t *testing.T) {
	drivertest.Conformance(t, hostres.Driver{}, device.Identity{Kinds: []look.Kind{look.Server}, Has: map[string]bool{device.HasHost: true}})
}

func sensor(r look.Result, class look.SensorClass, name string) (float64, bool) {
	for _, s := range r.Device.Sensors {
		if s.Class == class && s.Name == name {
			return s.Value, true
		}
	}
	return 0, false
}

// Memory, processors and filesystems of the recorded hosts are what another
// program reads there.
func TestRecordings(t *testing.T) {
	for _, name := range drivertest.Recordings(t, "nas", "server", "pc") {
		e, r := drivertest.Expect(t, name), drivertest.LookAt(t, name, hostres.Driver{})
		for _, m := range e.LibreNMS.Memory {
			if m.Class != "system" || m.Percent == nil {
				continue
			}
			if got, ok := sensor(r, look.Memory, "Memory"); !ok || math.Abs(got-*m.Percent) > 1 {
				t.Errorf("%s: memory %v, %v; want %v", name, got, ok, *m.Percent)
			}
		}
		if loads := e.Facts.Host.ProcessorLoad; len(loads) > 0 {
			sum := 0
			for _, l := range loads {
				sum += l
			}
			want := float64(sum) / float64(len(loads))
			if got, ok := sensor(r, look.Load, "Processor"); !ok || math.Abs(got-want) > 0.01 {
				t.Errorf("%s: processors %v, want %v", name, got, want)
			}
		}
		sizes := map[uint64]uint64{}
		for _, v := range r.Device.Volumes {
			sizes[v.SizeBytes] = v.UsedBytes
		}
		for _, s := range e.LibreNMS.Storage {
			if s.Size == nil || s.Used == nil {
				continue
			}
			if used, ok := sizes[uint64(*s.Size)]; !ok || len(r.Device.Volumes) < 4 && used != uint64(*s.Used) {
				t.Errorf("%s: no volume like %s of %d bytes, %d used", name, s.Descr, *s.Size, *s.Used)
			}
		}
	}
}

// agent is a Linux server, made by hand.
func agent(t *testing.T, objects map[string]snmpagent.Value) look.Result {
	t.Helper()
	r := snmpagent.NewRecording()
	r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text("Linux files 6.1.0-18-amd64 #1 SMP x86_64"))
	r.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID("1.3.6.1.4.1.8072.3.2.10"))
	for oid, v := range objects {
		r.Set(oid, v)
	}
	found := drivertest.Look(t, drivertest.Serve(t, r), hostres.Driver{})
	if found.Outcome != look.OK || found.Kind != string(look.Server) {
		t.Fatalf("%s %s %+v", found.Outcome, found.Kind, found.Problem)
	}
	return found
}

func storageRow(objects map[string]snmpagent.Value, row, kind, descr string, unit, size, used int64) {
	const entry = "1.3.6.1.2.1.25.2.3.1."
	objects[entry+"2."+row] = snmpagent.ObjectID("1.3.6.1.2.1.25.2.1." + kind)
	objects[entry+"3."+row] = snmpagent.Text(descr)
	objects[entry+"4."+row] = snmpagent.Integer(unit)
	objects[entry+"5."+row] = snmpagent.Integer(size)
	objects[entry+"6."+row] = snmpagent.Integer(used)
}

// Sizes of 32 bits with a sign: large ones are below zero, and -1 is none. What
// nobody can clear is no disk that runs full.
func TestSizes(t *testing.T) {
	objects := map[string]snmpagent.Value{}
	storageRow(objects, "1", "4", "/srv", 4096, -1294967296, 2_000_000_000)
	storageRow(objects, "2", "4", "/unknown", 4096, -1, -1)
	storageRow(objects, "3", "4", "/zero", 0, 100, 10)
	storageRow(objects, "4", "4", "/run", 4096, 1000, 990)
	storageRow(objects, "5", "4", "/snap/core/1", 1024, 1000, 1000)
	storageRow(objects, "6", "10", "/mnt/share", 4096, 1000, 10)
	storageRow(objects, "7", "4", `C:\ Label:  Serial Number 10f82425`, 4096, 1000, 250)
	storageRow(objects, "8", "7", `D:\`, 0, 0, 0)
	r := agent(t, objects)
	got := map[string]look.Volume{}
	for _, v := range r.Device.Volumes {
		got[v.Name] = v
	}
	if v := got["/srv"]; v.SizeBytes != 3_000_000_000*4096 || v.UsedBytes != 2_000_000_000*4096 || v.Type != "fixed" {
		t.Errorf("/srv: %+v", v)
	}
	for name, kind := range map[string]string{"/run": "ram", "/snap/core/1": "system", "/mnt/share": "network", `C:\`: "fixed"} {
		if got[name].Type != kind {
			t.Errorf("%s: %+v, want %s", name, got[name], kind)
		}
	}
	if len(got) != 5 {
		t.Errorf("%d volumes: %v", len(got), r.Device.Volumes)
	}
	for name, want := range map[string]bool{"/srv": true, `C:\`: true, "/run": false, "/snap/core/1": false} {
		if _, ok := drivertest.Sample(r, metric.SystemFilesystemUse, metric.LabelFilesystemMountpoint, name); ok != want {
			t.Errorf("%s has series: %v, want %v", name, ok, want)
		}
	}
}

// Where there is no HOST-RESOURCES-MIB, net-snmp's own objects tell.
func TestNetSNMP(t *testing.T) {
	const ucd = "1.3.6.1.4.1.2021."
	r := agent(t, map[string]snmpagent.Value{
		ucd + "4.5.0": snmpagent.Integer(1000000), ucd + "4.6.0": snmpagent.Integer(100000), ucd + "4.14.0": snmpagent.Integer(50000), ucd + "4.15.0": snmpagent.Integer(350000),
		ucd + "11.11.0": snmpagent.Integer(73),
		ucd + "9.1.2.1": snmpagent.Text("/"), ucd + "9.1.6.1": snmpagent.Integer(2000), ucd + "9.1.8.1": snmpagent.Integer(1500),
		ucd + "13.16.2.1.2.1": snmpagent.Text("coretemp-isa-0000:Core 0"), ucd + "13.16.2.1.3.1": snmpagent.Gauge32(41000),
		ucd + "13.16.3.1.2.1": snmpagent.Text("fan1"), ucd + "13.16.3.1.3.1": snmpagent.Gauge32(1180),
		ucd + "13.16.4.1.2.1": snmpagent.Text("Vcore"), ucd + "13.16.4.1.3.1": snmpagent.Gauge32(1104),
	})
	for _, want := range []struct {
		class look.SensorClass
		name  string
		value float64
	}{
		{look.Memory, "Memory", 50}, {look.Load, "Processor", 27}, {look.Temperature, "coretemp-isa-0000 Core 0", 41}, {look.FanSpeed, "fan1", 1180}, {look.Voltage, "Vcore", 1.104},
	} {
		if got, ok := sensor(r, want.class, want.name); !ok || math.Abs(got-want.value) > 1e-6 {
			t.Errorf("%s %s: %v, %v; want %v", want.class, want.name, got, ok, want.value)
		}
	}
	if len(r.Device.Volumes) != 1 || r.Device.Volumes[0].SizeBytes != 2000*1024 {
		t.Errorf("%+v", r.Device.Volumes)
	}
}
