package netswitch_test

import (
	"context"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/device/ifmib"
	"github.com/budi-monitor/budi/internal/device/netswitch"
	"github.com/budi-monitor/budi/internal/device/recognise"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
	"github.com/budi-monitor/budi/internal/snmp"
)

// identity is what a recorded device is recognised as.
func identity(t *testing.T, name string) device.Identity {
	t.Helper()
	id, err := recognise.New().Identify(t.Context(), drivertest.Dial(t, drivertest.Serve(t, drivertest.Recording(t, name))))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// one is an agent with one row in every table.
type one struct {
	index string
	value snmp.Value
}

func (o one) Get(_ context.Context, oids ...string) (snmp.Values, error) {
	out := snmp.Values{}
	for _, oid := range oids {
		out[oid] = o.value
	}
	return out, nil
}

func (o one) Walk(_ context.Context, root string, _ int) ([]snmp.Variable, error) {
	return []snmp.Variable{{OID: root + "." + o.index, Value: o.value}}, nil
}

func (o one) Table(_ context.Context, _ string, columns ...int) ([]snmp.Row, error) {
	cells := map[int]snmp.Value{}
	for _, c := range columns {
		cells[c] = o.value
	}
	return []snmp.Row{{Index: o.index, Cells: cells}}, nil
}

// Whatever stands in an index or a value, what comes out makes sense.
func FuzzRows(f *testing.F) {
	f.Add("1", "1", uint8(0))
	f.Add("5.2.9.0.0.0.1", "\x02\x00\x00\x00\x01\x01", uint8(1))   // Q-BRIDGE-MIB
	f.Add("0.1.1.1.4.192.0.2.1", "\x01\xc0\x00\x02\x01", uint8(2)) // lldpRemManAddrTable
	f.Add("0.1.1.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1", "28 2 4", uint8(3))
	f.Add("0.4294967295.99999999999", "5 Secs ( 31.897%)", uint8(4))
	f.Add("..", "", uint8(5))
	f.Add("0.1", "\xff\xfe", uint8(6))
	f.Fuzz(func(t *testing.T, index, value string, which uint8) {
		if len(index) > 200 || len(value) > 200 || strings.ContainsAny(index, "|\n") {
			return
		}
		objects := []string{"9.1.1", "9.6.1.1", "11.2.3.7.11.1", "47196.4", "25506.1", "2011.2", "2636.1", "14988.1", "12356.101.1", "171.10", "11863.5", "890.1.5.8.1", "1916.2", "207.1", "6027.1", "4413", "14823.1.2.1", "25053.3", "674.10895.1", "89.1"}
		id := device.Identity{
			Kinds: []look.Kind{look.Switch}, ObjectID: "1.3.6.1.4.1." + objects[int(which)%len(objects)], Vendor: []string{"", "Ubiquiti", "Teltonika", "MikroTik"}[which%4],
			Has: map[string]bool{device.HasLLDP: true, device.HasPoE: true, device.HasEntity: true, device.HasHost: true, device.HasBridge: true},
		}
		a := one{index, read(t, value)}
		v := &device.Visit{Deep: true}
		for _, d := range []device.Driver{ifmib.Driver{}, netswitch.Driver{}} {
			if err := d.Look(t.Context(), a, id, v); err != nil {
				t.Fatal(err)
			}
		}
		if problems := drivertest.Unsound(v); len(problems) > 0 {
			t.Errorf("%q", problems)
		}
	})
}

// read makes a value of octets, as a client reads them.
func read(t *testing.T, octets string) snmp.Value {
	t.Helper()
	r := snmpagent.NewRecording()
	r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Octets([]byte(octets)...))
	got, err := drivertest.Dial(t, drivertest.Serve(t, r)).Get(t.Context(), "1.3.6.1.2.1.1.1.0")
	if err != nil {
		t.Fatal(err)
	}
	return got["1.3.6.1.2.1.1.1.0"]
}
