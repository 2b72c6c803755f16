package netswitch_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/ifmib"
	"github.com/budi-monitor/budi/internal/device/netswitch"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

func TestConformance(t *testing.T) { drivertest.Conformance(t, netswitch.Driver{}) }

func lookAt(t *testing.T, name string) look.Result {
	t.Helper()
	return drivertest.LookAt(t, name, ifmib.Driver{}, netswitch.Driver{})
}

// Recorded neighbours are found, at the right ports.
func TestNeighboursOfRecordings(t *testing.T) {
	ports := map[string][]string{
		"arubaos-cx_10.10":      {"1/1/1", "1/1/2", "1/1/14"},
		"edgeswitch_es-24-250w": {"0/24", "0/1"},
		"routeros_rb750gr3":     {"trunk: Down (eth5)", "trunk: SoAda (eoip1)"},
	}
	for _, name := range drivertest.Recordings(t, "switch", "router", "ap") {
		want := drivertest.Expect(t, name).Facts.LLDP
		got := lookAt(t, name).Device.Neighbours
		if len(got) != len(want) || len(want) != len(ports[name]) {
			t.Errorf("%s: %d neighbours, want %d", name, len(got), len(want))
			continue
		}
		for _, w := range want {
			at := slices.IndexFunc(got, func(n look.Neighbour) bool { return n.Chassis == strings.ToLower(w.Chassis) })
			if at < 0 {
				t.Errorf("%s: %s is missing", name, w.Chassis)
				continue
			}
			if n := got[at]; n.RemotePort != w.Port || n.Name != w.SysName || !slices.Contains(ports[name], n.Port) {
				t.Errorf("%s: %+v, want %+v", name, n, w)
			}
		}
	}
}

// Recorded stations are found, but for those that are the device's own, groups',
// or at no port that is known.
func TestStationsOfRecordings(t *testing.T) {
	for _, name := range drivertest.Recordings(t, "switch", "router", "ap") {
		r := lookAt(t, name)
		names, own := map[int]string{}, map[string]bool{}
		for _, i := range r.Device.Interfaces {
			names[i.Index], own[i.MAC] = i.Name, true
		}
		e := drivertest.Expect(t, name).Facts.Bridge
		if len(e.QFDB) < e.QFDBCount {
			continue // the facts list the first only
		}
		want := map[string]string{}
		for _, w := range e.QFDB {
			index := w.IfIndex
			if e.BasePorts == 0 {
				index = w.BridgePort
			}
			if mac := strings.ToLower(w.MAC); w.BridgePort > 0 && names[index] != "" && !own[mac] {
				want[fmt.Sprintf("%s %d", mac, w.FDBID)] = names[index]
			}
		}
		got := map[string]string{}
		for _, s := range r.Device.Stations {
			got[fmt.Sprintf("%s %d", s.MAC, s.VLAN)] = s.Port
		}
		if diff := cmp.Diff(want, got); diff != "" && len(want) < 200 {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name, want := range map[string]int{"ciscosb_cbs250-24p-4x-v3": 356, "procurve_2520": 741, "routeros_rb750gr3": 73} {
		if got := len(lookAt(t, name).Device.Stations); got != want {
			t.Errorf("%s: %d stations, want %d", name, got, want)
		}
	}
}

// What a second opinion says of processors, memory and temperatures is found.
func TestSensorsOfRecordings(t *testing.T) {
	for _, name := range drivertest.Recordings(t, "switch", "router", "ap") {
		e := drivertest.Expect(t, name).LibreNMS
		sensors := lookAt(t, name).Device.Sensors
		has := func(what string, value, within float64, classes ...look.SensorClass) {
			t.Helper()
			if !slices.ContainsFunc(sensors, func(s look.Sensor) bool {
				return slices.Contains(classes, s.Class) && math.Abs(s.Value-value) <= within
			}) {
				t.Errorf("%s: no %s of %v", name, what, value)
			}
		}
		cores := 0
		for _, p := range e.Processors {
			if strings.HasPrefix(p.Descr, "CPU Core") {
				cores++ // of a FortiGate: its average is enough
				continue
			}
			if p.Usage != nil {
				has("load", *p.Usage, 1, look.Load)
			}
		}
		for _, m := range e.Memory {
			if m.Percent != nil && m.Class == "system" {
				has("memory", *m.Percent, 1, look.Memory)
			}
		}
		for _, s := range e.Sensors {
			if s.Value == nil || strings.Contains(s.Descr, "49") { // an optical module of one maker's
				continue
			}
			switch s.Class {
			case "temperature":
				has("temperature", *s.Value, 0.6, look.Temperature)
			case "voltage":
				has("voltage", *s.Value, 0.1, look.Voltage)
			case "power":
				if !strings.Contains(s.Descr, "PoE") || strings.Contains(s.Descr, "Controller") {
					has("power", *s.Value, 0.6, look.Power)
				}
			}
		}
		for _, s := range sensors {
			if s.State != "" && s.State != look.StateOK {
				t.Errorf("%s: %s %q is %s, and all is well", name, s.Class, s.Name, s.State)
			}
		}
	}
}

// What ports deliver is theirs.
func TestPowerOfARecording(t *testing.T) {
	got := map[string]float64{}
	for _, i := range lookAt(t, "ciscosb_cbs250-24p-4x-v3").Device.Interfaces {
		if i.PoEWatts != nil {
			got[i.Name] = *i.PoEWatts
		}
	}
	if diff := cmp.Diff(map[string]float64{"gi13": 10.767, "gi14": 8.607, "gi15": 4.879, "gi17": 10.82, "gi19": 3.537}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// fixture is a stack of two switches of 4 ports and an uplink each, made by hand
// from the RFCs: GigabitEthernet1/0/1 … 2/0/4 with ifIndex 101 …, and VLAN 20.
type fixture struct{ *snmpagent.Recording }

func newFixture() fixture {
	f := fixture{snmpagent.NewRecording()}
	f.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text("made by hand"))
	f.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID("1.3.6.1.4.1.32473.1"))
	f.Set("1.3.6.1.2.1.1.7.0", snmpagent.Integer(2))
	for unit := 1; unit <= 2; unit++ {
		for port := 1; port <= 4; port++ {
			index := unit*100 + port
			f.set("1.3.6.1.2.1.2.2.1.2", snmpagent.Text(fmt.Sprintf("GigabitEthernet%d/0/%d", unit, port)), index)
			f.set("1.3.6.1.2.1.2.2.1.3", snmpagent.Integer(6), index)
			f.set("1.3.6.1.2.1.2.2.1.6", snmpagent.Octets(2, 0, 0, 0, byte(unit), byte(port)), index)
			f.set("1.3.6.1.2.1.2.2.1.8", snmpagent.Integer(1), index)
			f.set("1.3.6.1.2.1.31.1.1.1.1", snmpagent.Text(fmt.Sprintf("Gi%d/0/%d", unit, port)), index)
			f.set("1.3.6.1.2.1.31.1.1.1.18", snmpagent.Text(fmt.Sprintf("to room %d%d", unit, port)), index)
			f.set("1.3.6.1.2.1.17.1.4.1.2", snmpagent.Integer(int64(index)), unit*10+port)
		}
	}
	return f
}

// set sets a column of a row.
func (f fixture) set(column string, v snmpagent.Value, index ...int) {
	for _, i := range index {
		column += fmt.Sprintf(".%d", i)
	}
	f.Set(column, v)
}

func (f fixture) look(t *testing.T) look.Result {
	t.Helper()
	r := drivertest.Look(t, drivertest.Serve(t, f.Recording), ifmib.Driver{}, netswitch.Driver{})
	if r.Outcome != look.OK {
		t.Fatalf("outcome %s: %+v", r.Outcome, r.Problem)
	}
	return r
}

func (f fixture) lldp(port int, name string, chassis, id snmpagent.Value, chassisType, idType int64, caps ...byte) {
	const remote = "1.0.8802.1.1.2.1.4.1.1"
	f.set(remote+".4", snmpagent.Integer(chassisType), 0, port, 1)
	f.set(remote+".5", chassis, 0, port, 1)
	f.set(remote+".6", snmpagent.Integer(idType), 0, port, 1)
	f.set(remote+".7", id, 0, port, 1)
	f.set(remote+".9", snmpagent.Text(name), 0, port, 1)
	if len(caps) > 0 {
		f.set(remote+".12", snmpagent.Octets(caps...), 0, port, 1)
	}
}

// LLDP's own port numbers are found by every way that agents leave open, and its
// identifiers are read by their subtypes.
func TestLLDP(t *testing.T) {
	f := newFixture()
	const local = "1.0.8802.1.1.2.1.3.7.1"
	mac := snmpagent.Octets(2, 0xaa, 0, 0, 0, 1)
	// By name, by alias, by the address of the interface, as a bridge port, as an ifIndex.
	f.set(local+".2", snmpagent.Integer(5), 1)
	f.set(local+".3", snmpagent.Text("Gi1/0/1"), 1)
	f.lldp(1, "switch-2", mac, snmpagent.Text("Gi0/24"), 4, 5, 0x28, 0)
	f.set(local+".2", snmpagent.Integer(7), 2)
	f.set(local+".3", snmpagent.Text("17"), 2)
	f.set(local+".4", snmpagent.Text("to room 12"), 2)
	f.lldp(2, "phone-1", snmpagent.Octets(1, 192, 0, 2, 7), snmpagent.Octets(2, 0xbb, 0, 0, 0, 2), 5, 3, 0x24)
	f.set(local+".2", snmpagent.Integer(3), 3)
	f.set(local+".3", snmpagent.Octets(2, 0, 0, 0, 1, 3), 3)
	f.lldp(3, "", snmpagent.Text("server-7"), snmpagent.Text("eth0"), 7, 7, 0x01)
	f.lldp(14, "ap-3", snmpagent.Octets(2, 0xcc, 0, 0, 0, 3), snmpagent.Text("eth0"), 4, 1, []byte("10 3")...)
	f.lldp(201, "printer", snmpagent.Octets(2, 0xdd, 0, 0, 0, 4), snmpagent.Text(""), 4, 5)
	// Addresses, with their length and without; another family is none.
	f.set("1.0.8802.1.1.2.1.4.2.1.3", snmpagent.Integer(2), 0, 1, 1, 1, 4, 192, 0, 2, 24)
	f.set("1.0.8802.1.1.2.1.4.2.1.3", snmpagent.Integer(2), 0, 14, 1, 1, 192, 0, 2, 33)
	f.set("1.0.8802.1.1.2.1.4.2.1.3", snmpagent.Integer(2), 0, 14, 1, 6, 6, 2, 0xcc, 0, 0, 0, 3)
	want := []look.Neighbour{
		{Port: "Gi1/0/1", Chassis: "02:aa:00:00:00:01", RemotePort: "Gi0/24", Name: "switch-2", Addresses: []string{"192.0.2.24"}, Bridge: true},
		{Port: "Gi1/0/2", Chassis: "192.0.2.7", RemotePort: "02:bb:00:00:00:02", Name: "phone-1"},
		{Port: "Gi1/0/3", Chassis: "server-7", RemotePort: "eth0"},
		{Port: "Gi1/0/4", Chassis: "02:cc:00:00:00:03", RemotePort: "eth0", Name: "ap-3", Addresses: []string{"192.0.2.33"}, Bridge: true},
		{Port: "Gi2/0/1", Chassis: "02:dd:00:00:00:04", Name: "printer"},
	}
	if diff := cmp.Diff(want, f.look(t).Device.Neighbours); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The second version of LLDP-MIB, Cisco's protocol and MikroTik's own; who is told
// of twice is there once.
func TestOtherProtocols(t *testing.T) {
	f := newFixture()
	const v2 = "1.3.111.2.802.1.1.13.1.4.1.1"
	for column, v := range map[int]snmpagent.Value{5: snmpagent.Integer(4), 6: snmpagent.Octets(2, 0xaa, 0, 0, 0, 1), 7: snmpagent.Integer(5), 8: snmpagent.Text("1/1/24"), 10: snmpagent.Text("core.example.lt"), 13: snmpagent.Octets(0x28)} {
		f.set(fmt.Sprintf("%s.%d", v2, column), v, 0, 101, 1, 1)
	}
	const cdp = "1.3.6.1.4.1.9.9.23.1.2.1.1"
	f.set(cdp+".6", snmpagent.Text("core"), 101, 1)
	f.set(cdp+".7", snmpagent.Text("1/1/24"), 101, 1)
	f.set(cdp+".4", snmpagent.Octets(192, 0, 2, 1), 101, 1)
	f.set(cdp+".6", snmpagent.Text("SEP02BB00000002"), 102, 1)
	f.set(cdp+".9", snmpagent.Octets(0, 0, 0, 0x90), 102, 1)
	f.set(cdp+".6", snmpagent.Text("switch-3"), 103, 1)
	f.set(cdp+".9", snmpagent.Octets(0, 0, 0, 0x28), 103, 1)
	want := []look.Neighbour{
		{Port: "Gi1/0/1", Chassis: "02:aa:00:00:00:01", RemotePort: "1/1/24", Name: "core.example.lt", Addresses: []string{"192.0.2.1"}, Bridge: true},
		{Port: "Gi1/0/2", Chassis: "02:bb:00:00:00:02", Name: "SEP02BB00000002"},
		{Port: "Gi1/0/3", Name: "switch-3", Bridge: true},
	}
	if diff := cmp.Diff(want, f.look(t).Device.Neighbours); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	f = newFixture()
	f.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID("1.3.6.1.4.1.14988.1"))
	const near = "1.3.6.1.4.1.14988.1.1.11.1.1"
	f.set(near+".2", snmpagent.Text("192.0.2.9"), 1)
	f.set(near+".3", snmpagent.Octets(2, 0xee, 0, 0, 0, 9), 1)
	f.set(near+".5", snmpagent.Text("MikroTik"), 1)
	f.set(near+".6", snmpagent.Text("attic"), 1)
	f.set(near+".8", snmpagent.Integer(104), 1)
	want = []look.Neighbour{{Port: "Gi1/0/4", Chassis: "02:ee:00:00:00:09", Name: "attic", Addresses: []string{"192.0.2.9"}, Bridge: true}}
	if diff := cmp.Diff(want, f.look(t).Device.Neighbours); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The switch's own addresses, groups, and what is at no port are no stations.
// VLANs have the numbers of their databases only where nothing says otherwise.
func TestStations(t *testing.T) {
	f := newFixture()
	const port, status = "1.3.6.1.2.1.17.7.1.2.2.1.2", "1.3.6.1.2.1.17.7.1.2.2.1.3"
	for _, row := range []struct {
		database     int
		mac          []int
		port, status int64
	}{
		{5, []int{2, 9, 0, 0, 0, 1}, 11, 3},
		{6, []int{2, 9, 0, 0, 0, 1}, 11, 3},
		{5, []int{2, 9, 0, 0, 0, 2}, 21, 5},
		{5, []int{2, 9, 0, 0, 0, 3}, 0, 3},  // at no port
		{5, []int{2, 9, 0, 0, 0, 4}, 99, 3}, // at one that is none
		{5, []int{2, 9, 0, 0, 0, 5}, 11, 4}, // its own, by the status
		{5, []int{2, 0, 0, 0, 1, 1}, 11, 3}, // its own, by the address
		{5, []int{1, 0, 94, 0, 0, 1}, 11, 3},
		{5, []int{2, 9, 0, 0, 0, 300}, 11, 3},
		{5, []int{2, 9, 0, 0, 1}, 11, 3},
	} {
		index := append([]int{row.database}, row.mac...)
		f.set(port, snmpagent.Integer(row.port), index...)
		f.set(status, snmpagent.Integer(row.status), index...)
	}
	want := []look.Station{{MAC: "02:09:00:00:00:01", Port: "Gi1/0/1", VLAN: 5}, {MAC: "02:09:00:00:00:02", Port: "Gi2/0/1", VLAN: 5}, {MAC: "02:09:00:00:00:01", Port: "Gi1/0/1", VLAN: 6}}
	if diff := cmp.Diff(want, f.look(t).Device.Stations); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	f.set("1.3.6.1.2.1.17.7.1.4.2.1.3", snmpagent.Gauge32(5), 0, 20)
	f.set("1.3.6.1.2.1.17.7.1.4.2.1.3", snmpagent.Gauge32(6), 0, 30)
	f.set("1.3.6.1.2.1.17.7.1.4.2.1.3", snmpagent.Gauge32(6), 0, 31) // two in one database
	want[0].VLAN, want[1].VLAN, want[2].VLAN = 20, 20, 0
	if diff := cmp.Diff(want, f.look(t).Device.Stations); diff != "" {
		t.Errorf("with VLANs (-want +got):\n%s", diff)
	}
	// Without VLANs, by the older MIB.
	f = newFixture()
	f.set("1.3.6.1.2.1.17.4.3.1.2", snmpagent.Integer(13), 2, 9, 0, 0, 0, 1)
	f.set("1.3.6.1.2.1.17.4.3.1.3", snmpagent.Integer(3), 2, 9, 0, 0, 0, 1)
	if diff := cmp.Diff([]look.Station{{MAC: "02:09:00:00:00:01", Port: "Gi1/0/3"}}, f.look(t).Device.Stations); diff != "" {
		t.Errorf("without VLANs (-want +got):\n%s", diff)
	}
}

func TestStationsAreBounded(t *testing.T) {
	f := newFixture()
	for i := range 5000 {
		f.set("1.3.6.1.2.1.17.7.1.2.2.1.2", snmpagent.Integer(11), 1, 2, 9, 0, 0, i>>8, i&255)
	}
	if got := len(f.look(t).Device.Stations); got != 4096 {
		t.Errorf("%d stations, want 4096", got)
	}
}

// Sockets of a stack are numbered in each unit; the supply may be told in
// milliwatts.
func TestPowerOverEthernet(t *testing.T) {
	f := newFixture()
	f.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID("1.3.6.1.4.1.9.1.9999"))
	const port, main = "1.3.6.1.2.1.105.1.1.1", "1.3.6.1.2.1.105.1.3.1.1"
	for _, row := range []struct {
		unit, port      int
		enabled, status int64
		milliwatts      int64
	}{{1, 1, 1, 3, 6400}, {1, 2, 1, 2, 0}, {2, 1, 1, 4, 0}, {2, 2, 2, 3, 0}, {2, 3, 1, 3, 999_999_999}, {3, 1, 1, 3, 5000}} {
		f.set(port+".3", snmpagent.Integer(row.enabled), row.unit, row.port)
		f.set(port+".6", snmpagent.Integer(row.status), row.unit, row.port)
		f.set("1.3.6.1.4.1.9.9.402.1.2.1.9", snmpagent.Gauge32(uint32(row.milliwatts)), row.unit, row.port)
	}
	f.set(main+".2", snmpagent.Gauge32(370), 1)
	f.set(main+".3", snmpagent.Integer(1), 1)
	f.set(main+".4", snmpagent.Gauge32(37), 1)
	f.set(main+".2", snmpagent.Gauge32(370), 2)
	f.set(main+".3", snmpagent.Integer(3), 2)
	f.set(main+".4", snmpagent.Gauge32(74_000), 2)
	f.set(main+".2", snmpagent.Gauge32(180), 3)
	f.set(main+".4", snmpagent.Gauge32(1_447_362_561), 3) // rubbish
	r := f.look(t)
	got := map[string]string{}
	for _, i := range r.Device.Interfaces {
		if i.PoE != "" || i.PoEWatts != nil {
			watts := "?"
			if i.PoEWatts != nil {
				watts = fmt.Sprint(*i.PoEWatts)
			}
			got[i.Name] = i.PoE + " " + watts
		}
	}
	if diff := cmp.Diff(map[string]string{"Gi1/0/1": "deliveringPower 6.4", "Gi1/0/2": "searching 0", "Gi2/0/1": "fault 0", "Gi2/0/2": "disabled 0", "Gi2/0/3": "deliveringPower ?"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want := []look.Sensor{
		{Name: "PoE 1", Class: look.Power, Value: 37, Unit: "W", State: look.StateOK}, {Name: "PoE 1", Class: look.Load, Value: 10, Unit: "%"},
		{Name: "PoE 2", Class: look.Power, Value: 74, Unit: "W", State: look.StateFailed}, {Name: "PoE 2", Class: look.Load, Value: 20, Unit: "%"},
	}
	if diff := cmp.Diff(want, r.Device.Sensors); diff != "" {
		t.Errorf("sensors (-want +got):\n%s", diff)
	}
}

func TestSerialsOfAStack(t *testing.T) {
	f := newFixture()
	for i, serial := range []string{"FOC1", "FOC2", " ", "FOC4"} {
		f.set("1.3.6.1.2.1.47.1.1.1.1.5", snmpagent.Integer(3), i+1)
		f.set("1.3.6.1.2.1.47.1.1.1.1.11", snmpagent.Text(serial), i+1)
	}
	r := f.look(t)
	if got := drivertest.Fact(r, netswitch.FactSerials); got != "FOC1, FOC2, FOC4" {
		t.Errorf("serials %q", got)
	}
	if got := drivertest.Fact(r, look.FactSerial); got != "FOC1" {
		t.Errorf("serial %q", got)
	}
}

func TestEntitySensors(t *testing.T) {
	f := newFixture()
	const sensor, entity = "1.3.6.1.2.1.99.1.1.1", "1.3.6.1.2.1.47.1.1.1.1"
	add := func(index int, kind, scale, precision, value, status int64, name, descr string) {
		for column, v := range map[int]int64{1: kind, 2: scale, 3: precision, 4: value, 5: status} {
			f.set(fmt.Sprintf("%s.%d", sensor, column), snmpagent.Integer(v), index)
		}
		f.set(entity+".5", snmpagent.Integer(8), index)
		f.set(entity+".7", snmpagent.Text(name), index)
		f.set(entity+".2", snmpagent.Text(descr), index)
	}
	add(1, 8, 9, 0, 41, 1, "Inlet", "")
	add(2, 8, 8, 0, 36500, 1, "", "Outlet")
	add(3, 10, 9, 0, 4200, 1, "Fan 1", "")
	add(4, 4, 9, 2, 1205, 1, "12 V", "")
	add(5, 8, 9, 0, 1_000_000_000, 1, "too much", "")
	add(6, 8, 9, 0, 40, 3, "broken", "")
	add(7, 12, 9, 0, 1, 1, "truth", "")
	add(8, 8, 9, 0, 0, 1, "not there", "")
	want := []look.Sensor{
		{Name: "Inlet", Class: look.Temperature, Value: 41, Unit: "°C"}, {Name: "Outlet", Class: look.Temperature, Value: 36.5, Unit: "°C"},
		{Name: "Fan 1", Class: look.FanSpeed, Value: 4200, Unit: "rpm"}, {Name: "12 V", Class: look.Voltage, Value: 12.05, Unit: "V"},
	}
	if diff := cmp.Diff(want, f.look(t).Device.Sensors); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A printer that speaks LLDP says where it is plugged in, and nothing more is
// asked of it.
func TestWhoIsServed(t *testing.T) {
	for name, c := range map[string]struct {
		id   device.Identity
		want bool
	}{
		"a switch":               {device.Identity{Kinds: []look.Kind{look.Switch}}, true},
		"an access point":        {device.Identity{Kinds: []look.Kind{look.AccessPoint}}, true},
		"a UPS that routes":      {device.Identity{Kinds: []look.Kind{look.UPS, look.Router}}, true},
		"a printer":              {device.Identity{Kinds: []look.Kind{look.Printer}, Has: map[string]bool{device.HasBridge: true}}, false},
		"a printer with LLDP":    {device.Identity{Kinds: []look.Kind{look.Printer}, Has: map[string]bool{device.HasLLDP: true}}, true},
		"something that bridges": {device.Identity{Kinds: []look.Kind{look.Other}, Has: map[string]bool{device.HasBridge: true}}, true},
	} {
		if got := (netswitch.Driver{}).Serves(c.id); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A look between deep ones costs a part of the requests, and keeps what only deep
// looks read.
func TestAQuickLook(t *testing.T) {
	for _, name := range []string{"arubaos-cx_10.10", "ciscosb_cbs250-24p-4x-v3", "procurve_2520", "junos_ex", "routeros_rb750gr3", "unifi_nanohd"} {
		s := drivertest.Start(t, snmpagent.Options{Recording: drivertest.Recording(t, name)})
		c := drivertest.Dial(t, drivertest.Target(s))
		id := identity(t, name)
		deep := &device.Visit{Deep: true}
		if err := (netswitch.Driver{}).Look(t.Context(), c, id, deep); err != nil {
			t.Fatal(err)
		}
		deep.Device.Interfaces = lookAt(t, name).Device.Interfaces
		asked := s.Requests()
		quick := &device.Visit{Last: &deep.Device, Device: look.Device{Interfaces: slices.Clone(deep.Device.Interfaces)}}
		if err := (netswitch.Driver{}).Look(t.Context(), c, id, quick); err != nil {
			t.Fatal(err)
		}
		if again := s.Requests() - asked; again > asked*2/3 {
			t.Errorf("%s: the deep look took %d requests, the quick one %d", name, asked, again)
		}
		sorted := func(list []look.Sensor) []look.Sensor {
			return slices.SortedFunc(slices.Values(list), func(a, b look.Sensor) int { return strings.Compare(string(a.Class)+a.Name, string(b.Class)+b.Name) })
		}
		if diff := cmp.Diff(sorted(deep.Device.Sensors), sorted(quick.Device.Sensors)); diff != "" {
			t.Errorf("%s (-deep +quick):\n%s", name, diff)
		}
	}
}

// Makers' tables: what each row is called, what has a row and is not there, and
// numbers that mean nothing.
func TestSensorsOfMakers(t *testing.T) {
	type rows map[string]snmpagent.Value
	const enterprises = "1.3.6.1.4.1."
	number, word := func(n int64) snmpagent.Value { return snmpagent.Integer(n) }, snmpagent.Text
	for name, c := range map[string]struct {
		object string
		rows   rows
		want   []string
	}{
		"Cisco": {enterprises + "9.1.9999", rows{
			enterprises + "9.9.109.1.1.1.1.8.1": number(12), enterprises + "9.9.48.1.1.1.2.1": word("Processor"), enterprises + "9.9.48.1.1.1.5.1": number(25), enterprises + "9.9.48.1.1.1.6.1": number(75),
			enterprises + "9.9.13.1.3.1.2.1": word("SW#1"), enterprises + "9.9.13.1.3.1.3.1": number(44), enterprises + "9.9.13.1.3.1.6.1": number(2),
			enterprises + "9.9.13.1.4.1.2.1": word("Fan 1"), enterprises + "9.9.13.1.4.1.3.1": number(3), enterprises + "9.9.13.1.5.1.2.1": word("RPS"), enterprises + "9.9.13.1.5.1.3.1": number(5),
		}, []string{"load CPU 12", "memory Processor 25", "temperature SW#1 44 warning", "status Fan 1 2 failed"}},
		"Huawei": {enterprises + "2011.2.23.1", rows{
			enterprises + "2011.5.25.31.1.1.1.1.5.9": number(7), enterprises + "2011.5.25.31.1.1.1.1.7.9": number(40), enterprises + "2011.5.25.31.1.1.1.1.11.9": number(2147483647),
			enterprises + "2011.5.25.31.1.1.1.1.5.10": number(0), enterprises + "2011.5.25.31.1.1.1.1.7.10": number(0), enterprises + "2011.5.25.31.1.1.1.1.11.10": number(51),
			"1.3.6.1.2.1.47.1.1.1.1.7.9": word("MPU Board 0"), "1.3.6.1.2.1.47.1.1.1.1.7.10": word("PIC"),
			enterprises + "2011.5.25.31.1.1.10.1.6.0.1": number(2), enterprises + "2011.5.25.31.1.1.10.1.7.0.1": number(2),
			enterprises + "2011.5.25.31.1.1.10.1.6.0.2": number(1), enterprises + "2011.5.25.31.1.1.10.1.7.0.2": number(1),
		}, []string{"load MPU Board 0 7", "memory MPU Board 0 40", "temperature PIC 51", "status Fan 0 ok"}},
		"MikroTik": {enterprises + "14988.1", rows{
			enterprises + "14988.1.1.3.100.1.2.1": word("cpu-temperature"), enterprises + "14988.1.1.3.100.1.3.1": number(47), enterprises + "14988.1.1.3.100.1.4.1": number(1),
			enterprises + "14988.1.1.3.100.1.2.2": word("fan1-speed"), enterprises + "14988.1.1.3.100.1.3.2": number(3900), enterprises + "14988.1.1.3.100.1.4.2": number(2),
			enterprises + "14988.1.1.3.100.1.2.3": word("psu1-state"), enterprises + "14988.1.1.3.100.1.3.3": number(1), enterprises + "14988.1.1.3.100.1.4.3": number(6),
		}, []string{"temperature cpu-temperature 47", "fan fan1-speed 3900", "status psu1-state 2 failed"}},
		"Broadcom's software": {enterprises + "674.10895.3099", rows{
			enterprises + "674.10895.5000.2.6132.1.1.1.1.4.9.0": word("    5 Secs ( 11.897%)   60 Secs ( 12.5%)"), enterprises + "674.10895.5000.2.6132.1.1.1.1.4.1.0": number(600), enterprises + "674.10895.5000.2.6132.1.1.1.1.4.2.0": number(1000),
			enterprises + "674.10895.5000.2.6132.1.1.43.1.6.1.3.1.0": number(3), enterprises + "674.10895.5000.2.6132.1.1.43.1.7.1.3.1.0": number(1),
		}, []string{"load CPU 11.897", "memory Memory 40", "status Fan 2 failed"}},
		"Zyxel of old, below its own number": {enterprises + "890.1.5.8.99", rows{
			enterprises + "890.1.5.8.99.12.7.0": number(17), enterprises + "890.1.5.8.99.8.2.1.2.1": number(38), enterprises + "890.1.5.8.99.8.2.1.6.1": word("MAC"),
		}, []string{"load CPU 17", "temperature MAC 38"}},
		"Fortinet, by what is in the name": {enterprises + "12356.101.1.1", rows{
			enterprises + "12356.101.4.3.2.1.2.1": word("CPU Temperature"), enterprises + "12356.101.4.3.2.1.3.1": word("51.5"), enterprises + "12356.101.4.3.2.1.4.1": number(0),
			enterprises + "12356.101.4.3.2.1.2.2": word("Fan 1"), enterprises + "12356.101.4.3.2.1.3.2": word("3200"), enterprises + "12356.101.4.3.2.1.4.2": number(1),
			enterprises + "12356.101.4.3.2.1.2.3": word("+12V"), enterprises + "12356.101.4.3.2.1.3.3": word("12.1"),
			enterprises + "12356.101.4.3.2.1.2.4": word("PS1 Status"), enterprises + "12356.101.4.3.2.1.3.4": word("0"), enterprises + "12356.101.4.3.2.1.4.4": number(1),
		}, []string{"temperature CPU Temperature 51.5 ok", "fan Fan 1 3200 failed", "status PS1 Status 2 failed"}},
		"one of nobody's, by UCD-SNMP-MIB": {enterprises + "32473.1", rows{
			enterprises + "2021.11.11.0": number(92), enterprises + "2021.4.5.0": number(1000), enterprises + "2021.4.6.0": number(300), enterprises + "2021.4.14.0": number(50), enterprises + "2021.4.15.0": number(150),
		}, []string{"load CPU 8", "memory Memory 50"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			f.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID(c.object))
			for oid, v := range c.rows {
				f.Set(oid, v)
			}
			var got []string
			for _, s := range f.look(t).Device.Sensors {
				got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %v %s", s.Class, s.Name, s.Value, s.State)))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
