package collector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/look"
)

func lookedAt(kind look.Kind, at time.Time, d look.Device) look.Result {
	d.Kinds = []look.Kind{kind}
	return look.Result{Kind: string(kind), Time: at, Outcome: look.OK, Device: &d}
}

func TestThePageOfADeviceHasWhatItTold(t *testing.T) {
	t.Parallel()
	a := startAgent(t, printerOf("CNB8G1", 0, 0x1b, 0x78, 1, 2, 3))
	c := polled(t, fmt.Sprintf("devices: [{id: printer-2, target: '%s'}]\n", targetOf(a)))
	ctx := access.WithIdentity(t.Context(), access.Local("test"))
	if p, err := (fleetView{c}).Device(ctx, "printer-2", web.Hour); err != nil || p.Look == nil || p.Look.Newest != nil || p.Device.Conditions[0] != web.Never {
		t.Fatalf("before the first look: %+v, %v", p.Look, err)
	}
	lookNow(t, c, "printer-2")
	p, err := fleetView{c}.Device(ctx, "printer-2", web.Hour)
	if err != nil || p.Look == nil || p.Look.Told == nil || p.Look.Target != targetOf(a) || p.Device.Conditions[0] != web.Heard || p.Device.Kind != look.Printer {
		t.Fatalf("after it: %+v, %+v, %v", p.Look, p.Device, err)
	}
	// It falls silent: what it told stays, and a printer that is off is no fault.
	silence := look.Result{Time: c.now().Add(time.Minute), Outcome: look.Unreachable}
	c.looking.board.Put(polledPrefix+"printer-2", time.Minute, silence)
	p, err = fleetView{c}.Device(ctx, "printer-2", web.Hour)
	if err != nil || p.Look.Told == nil || p.Look.Newest.Outcome != look.Unreachable || !p.Look.Since.Equal(silence.Time) || p.Device.Conditions[0] != web.Off || !p.Device.LastHeard.Equal(p.Look.Told.Time) {
		t.Errorf("while it is silent: %+v, %+v, %v", p.Look, p.Device, err)
	}
	c.looking.board.Put(polledPrefix+"printer-2", time.Minute, look.Result{Time: c.now(), Outcome: look.Unknown})
	if p, _ = (fleetView{c}).Device(ctx, "printer-2", web.Hour); p.Device.Conditions[0] != web.Unasked {
		t.Errorf("when it could not be asked: %+v", p.Device)
	}
}

func TestPortsNameTheDevicesThatHangThere(t *testing.T) {
	t.Parallel()
	// The computer that the test runs on is a device too, and is not called like this.
	c := polled(t, "devices: [{id: sw-00421, target: 'snmp://127.0.0.1:9', class: infrastructure}, {id: hp, target: 'snmp://127.0.0.1:10'}, {id: elsewhere, target: 'snmp://127.0.0.1:11'}]\n")
	ctx := access.WithIdentity(t.Context(), access.Local("test"))
	machine := rowOf(t, c, "hp").Machine
	machine.MACs = []string{"00:1b:78:01:02:03"}
	if err := c.agents.inventory.Take(t.Context(), "hp", nil, inventory.About{Machine: machine, Kind: "printer"}); err != nil {
		t.Fatal(err)
	}
	c.looking.board.Put(polledPrefix+"sw-00421", time.Minute, lookedAt(look.Switch, c.now(), look.Device{
		Interfaces: []look.Interface{{Index: 1, Name: "gi1", Oper: "up", Physical: true}, {Index: 2, Name: "gi2", Physical: true}},
		Stations:   []look.Station{{MAC: "00:1b:78:01:02:03", Port: "gi1"}, {MAC: "00:1b:78:01:02:03", Port: "gi1", VLAN: 7}, {MAC: "02:00:00:00:00:09", Port: "gi1"}, {MAC: "02:00:00:00:00:09", Port: "gi1", VLAN: 7}},
		Neighbours: []look.Neighbour{{Port: "gi2", Chassis: "00:1b:78:01:02:03"}},
	}))
	p, err := fleetView{c}.Device(ctx, "sw-00421", web.Hour)
	if err != nil {
		t.Fatal(err)
	}
	gi1, gi2 := p.Look.Ports["gi1"], p.Look.Ports["gi2"]
	if len(gi1.Things) != 1 || gi1.Things[0].Path != "/devices/hp" || gi1.Others != 1 || len(gi2.Things) != 1 || gi2.Others != 0 {
		t.Errorf("%+v", p.Look.Ports)
	}
	list, err := fleetView{c}.Devices(ctx, web.DeviceFilter{Kind: look.Printer, Limit: 10})
	if err != nil || len(list.Devices) != 1 || list.Devices[0].ID != "hp" || len(list.Kinds) != 2 {
		t.Errorf("by kind: %+v, %v", list, err)
	}
	list, err = fleetView{c}.Devices(ctx, web.DeviceFilter{Text: "sw-00421", Limit: 10})
	if err != nil || len(list.Devices) != 1 || list.Devices[0].Gist.Ports != 2 || list.Devices[0].Gist.PortsUp != 1 {
		t.Errorf("the switch: %+v, %v", list.Devices, err)
	}
}

func TestOrdersAreGroupedByPart(t *testing.T) {
	t.Parallel()
	c := polled(t, "devices: [{id: a, target: 'snmp://127.0.0.1:9'}, {id: b, target: 'snmp://127.0.0.1:10'}, {id: s, target: 'snmp://127.0.0.1:11', site: south}, {id: silent, target: 'snmp://127.0.0.1:12'}]\n")
	if err := c.agents.inventory.PutSite(t.Context(), "test", inventory.Site{ID: "south", Name: "South"}); err != nil {
		t.Fatal(err)
	}
	percent := func(v float64) *float64 { return &v }
	toner := func(part, name string, left *float64) look.Supply {
		return look.Supply{Index: name + part, Name: name, Type: "toner", Colour: "black", Part: part, Percent: left}
	}
	put := func(id string, all ...look.Supply) {
		c.looking.board.Put(polledPrefix+id, time.Minute, lookedAt(look.Printer, c.now(), look.Device{Supplies: all}))
	}
	put("a", toner("CF400X", "Black", percent(4)), toner("", "Drum", percent(90)), toner("", "Waste", nil))
	put("b", toner("cf400x ", "Juoda", percent(0)), toner("", "Fuser", percent(10)))
	put("s", toner("CF400X", "Black", percent(1)), toner("X1", "Soon", percent(60)), toner("X2", "Lasts", percent(5)), toner("X3", "Far", percent(60)))
	if err := c.agents.inventory.Take(t.Context(), "silent", nil, inventory.About{Kind: "printer"}); err != nil {
		t.Fatal(err)
	}
	in := func(days int) time.Time { return c.now().Add(time.Duration(days) * 24 * time.Hour) }
	c.supplying.found = map[string][]supplyOutlook{"s": {
		{Supply: "Soon", Type: "toner", Colour: "black", Empty: in(20)}, {Supply: "Lasts", Type: "toner", Colour: "black", Empty: in(50)}, {Supply: "Far", Type: "toner", Colour: "black", Empty: in(50)},
	}}
	tell := func(ctx context.Context, site string) string {
		page, err := ordersView{c}.Orders(ctx, site)
		if err != nil {
			t.Fatal(err)
		}
		out := []string{fmt.Sprint(page.Printers, page.Silent)}
		for _, l := range page.Lines {
			line := l.Part + l.Supply.Name
			for _, f := range l.For {
				line += " " + strings.TrimPrefix(f.Printer.Path, "/devices/")
			}
			out = append(out, line)
		}
		return strings.Join(out, ", ")
	}
	all := access.WithIdentity(t.Context(), access.Local("test"))
	if got, want := tell(all, ""), "4 1, CF400XBlack b s a, X1Soon s, Fuser b"; got != want {
		t.Errorf("all sites: %s, want %s", got, want)
	}
	if got, want := tell(all, "south"), "1 0, X1Soon s, CF400XBlack s"; got != want {
		t.Errorf("one site: %s, want %s", got, want)
	}
	some := access.WithIdentity(t.Context(), access.Identity{Kind: access.KindUser, Role: access.Viewer, Sites: []string{"south"}})
	if got, want := tell(some, ""), "1 0, X1Soon s, CF400XBlack s"; got != want {
		t.Errorf("who sees one site: %s, want %s", got, want)
	}
	o, err := view{c}.Overview(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, coming := range o.Coming {
		if coming.Kind == web.ComingSupply {
			t.Errorf("what lasts for 20 days is told: %+v", coming)
		}
	}
	c.supplying.found["s"][0].Empty = in(6)
	if o, err = (view{c}).Overview(some); err != nil || len(o.Coming) != 1 || o.Coming[0].Item != "Soon" || o.Coming[0].Path != "/devices/s#supplies" {
		t.Errorf("today tells of %+v, %v", o.Coming, err)
	}
	if _, err := (fleetView{c}).Device(some, "a", web.Hour); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("a device of another site: %v", err)
	}
}
