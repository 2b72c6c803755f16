package ifmib_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/ifmib"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
	"github.com/budi-monitor/budi/internal/snmp"
)

func TestConformance(t *testing.T) { drivertest.Conformance(t, ifmib.Driver{}) }

// Every recorded interface is found, with what is known of it.
func TestInterfacesOfRecordings(t *testing.T) {
	for _, name := range drivertest.Recordings(t) {
		want := drivertest.Expect(t, name).Facts.Interfaces
		got := drivertest.LookAt(t, name, ifmib.Driver{}).Device.Interfaces
		if len(got) != want.Count {
			t.Errorf("%s: %d interfaces, want %d", name, len(got), want.Count)
			continue
		}
		names := map[string]bool{}
		for i, w := range want.Rows {
			g := got[i]
			at := fmt.Sprintf("%s: interface %d", name, w.Index)
			if g.Index != w.Index || g.Type != w.Type {
				t.Errorf("%s: index %d, type %d, want type %d", at, g.Index, g.Type, w.Type)
			}
			if want := readable(w.Name, w.Descr, strconv.Itoa(w.Index)); g.Name != want && g.Name != want+"#"+strconv.Itoa(w.Index) {
				t.Errorf("%s: name %q, want %q", at, g.Name, want)
			}
			if names[g.Name] {
				t.Errorf("%s: a second %q", at, g.Name)
			}
			names[g.Name] = true
			if want := readable(w.Alias, "", ""); g.Alias != want {
				t.Errorf("%s: alias %q, want %q", at, g.Alias, want)
			}
			if want := strings.TrimPrefix(w.MAC, "00:00:00:00:00:00"); g.MAC != want {
				t.Errorf("%s: MAC %q, want %q", at, g.MAC, want)
			}
			if w.SpeedBPS != nil && g.SpeedBPS != *w.SpeedBPS || w.SpeedBPS == nil && g.SpeedBPS != 0 {
				t.Errorf("%s: speed %d, want %v", at, g.SpeedBPS, deref(w.SpeedBPS))
			}
			if g.Admin != strings.TrimPrefix(w.Admin, "absent") || g.Oper != strings.TrimPrefix(w.Oper, "absent") {
				t.Errorf("%s: admin %q, oper %q, want %q and %q", at, g.Admin, g.Oper, w.Admin, w.Oper)
			}
			if g.HighCapacity != w.HC || !same(g.InOctets, w.InOctets) || !same(g.OutOctets, w.OutOctets) {
				t.Errorf("%s: 64 bits %v, octets %v, %v; want %v, %v, %v", at, g.HighCapacity, deref(g.InOctets), deref(g.OutOctets), w.HC, deref(w.InOctets), deref(w.OutOctets))
			}
		}
	}
}

// readable is the first text, as it is read.
func readable(texts ...string) string {
	for _, text := range texts {
		// The facts have some texts as net-snmp prints octets: those are not compared.
		if text = snmp.Clean([]byte(text)); text != "" {
			return snmp.Clip(text, 128)
		}
	}
	return ""
}

func same(a, b *uint64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

func deref(n *uint64) any {
	if n == nil {
		return nil
	}
	return *n
}

// What can be plugged is told from what software makes.
func TestPhysicalInterfacesOfRecordings(t *testing.T) {
	for name, want := range map[string]string{
		"arubaos-cx_10.10":         "16: 1/1/1 … 1/1/16",
		"ciscosb_cbs250-24p-4x-v3": "28: gi1 … te4",
		"dlink_dgs-3120-24tc":      "24: 1/1 … 1/24",
		"edgeswitch_es-24-250w":    "26: 0/1 … 0/26",
		"fortigate_60f":            "11: wan1 … internal5",
		"ios_c3560":                "52: Fa0/1 … Gi0/4",
		"jetstream_t1600g-28ts":    "28: gigabitEthernet 1/0/1 … gigabitEthernet 1/0/28",
		"procurve_2520":            "28: 1 … 28",
		"routeros_rb750gr3":        "5: wan: STCable (eth1) … trunk: Down (eth5)",
		"linux_icecast":            "2: eth0 … eth1",
		"qnap":                     "4: eth0 … eth1",
		"windows_svr_2019_1809":    "1: ethernet_32770 … ethernet_32770",
		"apc_sua750i":              "1: lance … lance",
	} {
		var names []string
		for _, i := range drivertest.LookAt(t, name, ifmib.Driver{}).Device.Interfaces {
			if i.Physical {
				names = append(names, i.Name)
			}
		}
		got := "none"
		if len(names) > 0 {
			got = fmt.Sprintf("%d: %s … %s", len(names), names[0], names[len(names)-1])
		}
		if got != want {
			t.Errorf("%s: %s, want %s\n%q", name, got, want, names)
		}
	}
}

// agent is a device made by hand, row by row, in the order of RFC 2863.
type agent struct{ *snmpagent.Recording }

func newAgent() agent {
	r := agent{snmpagent.NewRecording()}
	r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text("made by hand"))
	r.Set("1.3.6.1.2.1.1.3.0", snmpagent.TimeTicks(100_000))
	return r
}

func (a agent) if1(column, index int, v snmpagent.Value) {
	a.Set(fmt.Sprintf("1.3.6.1.2.1.2.2.1.%d.%d", column, index), v)
}

func (a agent) ifX(column, index int, v snmpagent.Value) {
	a.Set(fmt.Sprintf("1.3.6.1.2.1.31.1.1.1.%d.%d", column, index), v)
}

// port adds an Ethernet port that is up.
func (a agent) port(index int, name string) {
	a.if1(1, index, snmpagent.Integer(int64(index)))
	a.if1(2, index, snmpagent.Text(name))
	a.if1(3, index, snmpagent.Integer(6))
	a.if1(5, index, snmpagent.Gauge32(100_000_000))
	a.if1(7, index, snmpagent.Integer(1))
	a.if1(8, index, snmpagent.Integer(1))
	a.if1(9, index, snmpagent.TimeTicks(0))
	a.if1(10, index, snmpagent.Counter32(uint32(index)*1000))
	a.if1(16, index, snmpagent.Counter32(uint32(index)*2000))
}

func interfaces(t *testing.T, a agent) []look.Interface {
	t.Helper()
	r := drivertest.Look(t, drivertest.Serve(t, a.Recording), ifmib.Driver{})
	if r.Outcome != look.OK {
		t.Fatalf("outcome %s: %+v", r.Outcome, r.Problem)
	}
	return r.Device.Interfaces
}

func TestSixtyFourBitsUnlessTheyNeverCount(t *testing.T) {
	a := newAgent()
	for i := 1; i <= 4; i++ {
		a.port(i, "p"+strconv.Itoa(i))
	}
	a.ifX(6, 1, snmpagent.Counter64(5_000_000_000))
	a.ifX(10, 1, snmpagent.Counter64(0))
	a.ifX(6, 2, snmpagent.Counter64(0)) // there, but it never counts
	a.ifX(10, 2, snmpagent.Counter64(0))
	a.ifX(6, 3, snmpagent.Counter64(0)) // nothing came yet
	a.ifX(10, 3, snmpagent.Counter64(0))
	a.if1(10, 3, snmpagent.Counter32(0))
	a.if1(16, 3, snmpagent.Counter32(0))
	got := interfaces(t, a)
	for i, want := range []struct {
		hc      bool
		in, out uint64
	}{{true, 5_000_000_000, 0}, {false, 2000, 4000}, {true, 0, 0}, {false, 4000, 8000}} {
		g := got[i]
		if g.HighCapacity != want.hc || *g.InOctets != want.in || *g.OutOctets != want.out {
			t.Errorf("port %d: %v %d %d, want %+v", i+1, g.HighCapacity, *g.InOctets, *g.OutOctets, want)
		}
	}
}

func TestSpeed(t *testing.T) {
	for name, c := range map[string]struct {
		high, low uint32
		want      uint64
	}{
		"millions":                        {1000, 1_000_000_000, 1_000_000_000},
		"more than 32 bits":               {10_000, 4_294_967_295, 10_000_000_000},
		"32 bits only":                    {0, 100_000_000, 100_000_000},
		"too much for 32 bits, the least": {0, 4_294_967_295, 4_294_967_295},
		"bits given as millions":          {1_000_000_000, 1_000_000_000, 1_000_000_000},
	} {
		a := newAgent()
		a.port(1, "p1")
		a.if1(5, 1, snmpagent.Gauge32(c.low))
		a.ifX(15, 1, snmpagent.Gauge32(c.high))
		if got := interfaces(t, a)[0].SpeedBPS; got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestDuplexOfPortsThatAreUp(t *testing.T) {
	a := newAgent()
	for i := 1; i <= 4; i++ {
		a.port(i, "p"+strconv.Itoa(i))
		a.Set(fmt.Sprintf("1.3.6.1.2.1.10.7.2.1.19.%d", i), snmpagent.Integer(int64(i)))
	}
	a.port(5, "p5")
	a.if1(8, 5, snmpagent.Integer(2))
	a.Set("1.3.6.1.2.1.10.7.2.1.19.5", snmpagent.Integer(2))
	var got []string
	for _, i := range interfaces(t, a) {
		got = append(got, i.Duplex)
	}
	if want := []string{"", "half", "full", "", ""}; !slices.Equal(got, want) {
		t.Errorf("duplex %q, want %q", got, want)
	}

	a = newAgent()
	a.port(1, "p1")
	a.port(2, "p2")
	a.Set("1.3.6.1.2.1.26.2.1.1.3.1.1", snmpagent.ObjectID("1.3.6.1.2.1.26.4.15"))
	a.Set("1.3.6.1.2.1.26.2.1.1.3.2.1", snmpagent.ObjectID("1.3.6.1.2.1.26.4.30"))
	if i := interfaces(t, a); i[0].Duplex != "half" || i[1].Duplex != "full" {
		t.Errorf("by MAU-MIB: %q and %q", i[0].Duplex, i[1].Duplex)
	}
}

func TestNamesAreToldApart(t *testing.T) {
	a := newAgent()
	a.port(3, "eth0")
	a.port(7, "eth0")
	a.port(12, "")
	a.port(20, "long description")
	a.ifX(1, 20, snmpagent.Text("Gi0/1"))
	var got []string
	for _, i := range interfaces(t, a) {
		got = append(got, i.Name)
	}
	if want := []string{"eth0", "eth0#7", "12", "Gi0/1"}; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
}

// An old switch: version 1, no ifXTable, rows with holes, addresses as text.
func TestAnOldAgent(t *testing.T) {
	a := newAgent()
	a.port(1, "Port 1")
	a.if1(6, 1, snmpagent.Text("0:1b:21:63:9C:84"))
	a.port(2, "Port 2")
	a.Remove("1.3.6.1.2.1.2.2.1.10.2")
	a.if1(8, 2, snmpagent.Integer(99))
	target := drivertest.Serve(t, a.Recording)
	target.SNMP.Version = snmp.V1
	r := drivertest.Look(t, target, ifmib.Driver{})
	if r.Outcome != look.OK || len(r.Device.Interfaces) != 2 {
		t.Fatalf("%s %+v", r.Outcome, r.Device)
	}
	one, two := r.Device.Interfaces[0], r.Device.Interfaces[1]
	if one.MAC != "00:1b:21:63:9c:84" || one.HighCapacity || *one.InOctets != 1000 || one.Duplex != "" {
		t.Errorf("port 1: %+v", one)
	}
	if two.Oper != "" || two.InOctets != nil || *two.OutOctets != 4000 {
		t.Errorf("port 2: %+v", two)
	}
}

// A look between deep ones costs few requests, and knows the same.
func TestAQuickLook(t *testing.T) {
	for _, name := range []string{"procurve_2520", "ios_c3560", "fortigate_60f", "brother", "unifi_nanohd"} {
		s := drivertest.Start(t, snmpagent.Options{Recording: drivertest.Recording(t, name)})
		c := drivertest.Dial(t, drivertest.Target(s))
		deep := &device.Visit{Deep: true}
		if err := (ifmib.Driver{}).Look(t.Context(), c, device.Identity{}, deep); err != nil {
			t.Fatal(err)
		}
		asked := s.Requests()
		quick := &device.Visit{Last: &deep.Device}
		if err := (ifmib.Driver{}).Look(t.Context(), c, device.Identity{}, quick); err != nil {
			t.Fatal(err)
		}
		if again := s.Requests() - asked; again > asked*3/4 {
			t.Errorf("%s: the deep look took %d requests, the quick one %d", name, asked, again)
		}
		for i, g := range quick.Device.Interfaces {
			if w := deep.Device.Interfaces[i]; fmt.Sprintf("%+v", values(g)) != fmt.Sprintf("%+v", values(w)) {
				t.Errorf("%s: quick\n%+v, deep\n%+v", name, values(g), values(w))
			}
		}
	}
}

// values are an interface without pointers.
func values(i look.Interface) map[string]any {
	out := map[string]any{"in": deref(i.InOctets), "out": deref(i.OutOctets), "errors": deref(i.InErrors), "discards": deref(i.OutDiscards)}
	i.InOctets, i.OutOctets, i.InErrors, i.OutErrors, i.InDiscards, i.OutDiscards = nil, nil, nil, nil, nil, nil
	out["rest"] = i
	return out
}

// What changed since the deep look is seen, and an interface that is new makes
// the look a whole one.
func TestAQuickLookSeesChanges(t *testing.T) {
	a := newAgent()
	a.port(1, "p1")
	a.port(2, "p2")
	for i := 1; i <= 2; i++ {
		a.Set(fmt.Sprintf("1.3.6.1.2.1.10.7.2.1.19.%d", i), snmpagent.Integer(3))
	}
	s := drivertest.Start(t, snmpagent.Options{Recording: a.Recording})
	c := drivertest.Dial(t, drivertest.Target(s))
	deep := &device.Visit{Deep: true}
	see := func() []look.Interface {
		t.Helper()
		v := &device.Visit{Last: &deep.Device}
		if deep.Device.Interfaces == nil {
			v = deep
		}
		if err := (ifmib.Driver{}).Look(t.Context(), c, device.Identity{}, v); err != nil {
			t.Fatal(err)
		}
		return v.Device.Interfaces
	}
	see()
	a.if1(8, 1, snmpagent.Integer(2)) // p1 goes down
	a.if1(5, 2, snmpagent.Gauge32(10_000_000))
	a.if1(9, 2, snmpagent.TimeTicks(90_000)) // p2 came back, at half duplex
	a.Set("1.3.6.1.2.1.10.7.2.1.19.2", snmpagent.Integer(2))
	got := see()
	if got[0].Oper != "down" || got[0].Duplex != "" || got[1].Duplex != "half" || got[1].SpeedBPS != 10_000_000 || got[1].LastChange != 90_000 {
		t.Errorf("got %+v", got)
	}
	a.port(3, "p3")
	if got := see(); len(got) != 3 || got[2].Name != "p3" {
		t.Errorf("a new interface: %+v", got)
	}
}
