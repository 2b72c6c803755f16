package collector

import (
	"fmt"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/wiring"
	"github.com/budi-monitor/budi/internal/look"
)

// tells is what a deep look at a device brings of the network.
func tells(c *Collector, id string, kind look.Kind, mac string, stations ...look.Station) {
	d := &look.Device{Deep: true, Kinds: []look.Kind{kind}, Stations: stations, Interfaces: []look.Interface{{Name: "1", MAC: mac, Physical: true}}}
	c.learning.take(id, d, knownOf(look.Result{Device: d}), id)
}

// What switches tell is what a device hangs on, unless somebody declares it; a
// link that is not seen any more stays.
func TestOnWhatDevicesHangIsLearntFromSwitches(t *testing.T) {
	t.Parallel()
	var lines string
	for i, id := range []string{"router", "core", "floor", "printer", "declared"} {
		more := ""
		if id == "declared" {
			more = ", parents: [core]"
		}
		lines += fmt.Sprintf("\n  - {id: %s, target: 'snmp://127.0.0.1:%d', site: other%s}", id, 1000+i, more)
	}
	c := polled(t, "devices:"+lines+"\n")
	at := func(port string, macs ...string) (out []look.Station) {
		for _, m := range macs {
			out = append(out, look.Station{MAC: m, Port: port})
		}
		return out
	}
	const r, k, f, p, d = "00:1b:78:00:00:01", "00:1b:78:00:00:02", "00:1b:78:00:00:03", "00:1b:78:00:00:04", "00:1b:78:00:00:05"
	tells(c, "router", look.Router, r)
	tells(c, "core", look.Switch, k, append(at("1", r), at("2", f, p, d)...)...)
	tells(c, "floor", look.Switch, f, append(append(at("24", r, k), at("7", p)...), at("8", d)...)...)
	tells(c, "printer", look.Printer, p)
	tells(c, "declared", look.Printer, d)
	now := time.Now()
	c.learn(now)
	h := c.hangs()
	for _, want := range []struct {
		thing, need string
		from        source
	}{{"printer", "floor", learnt}, {"floor", "core", learnt}, {"core", "router", learnt}, {"declared", "core", declared}} {
		thing, _ := h.graph.Thing(topology.ID(want.thing))
		if needs := needsOf(thing); len(needs) != 1 || needs[0] != topology.ID(want.need) || h.source(thing.ID, needs[0]) != want.from {
			t.Errorf("%s hangs on %v (%s), want %s (%s)", want.thing, needs, h.source(thing.ID, topology.ID(want.need)), want.need, want.from)
		}
	}
	if port := h.learnt[hang{"printer", "floor"}]; port != "7" {
		t.Errorf("at port %q", port)
	}
	// The printer is off, and the switch has forgotten it.
	tells(c, "floor", look.Switch, f, at("24", r, k)...)
	tells(c, "core", look.Switch, k, append(at("1", r), at("2", f)...)...)
	c.learn(now.Add(time.Hour))
	if got := needsNow(c, "printer"); got != "[floor] [] [] []" {
		t.Errorf("while it is off it hangs on %q", got)
	}
	// What somebody declares wins, also the other way round.
	parents := []string{"printer"}
	if err := c.deviceHangs(rowWith(t, c, "floor", parents), nil); err != nil {
		t.Errorf("a declaration is refused because of what was learnt: %v", err)
	}
	b := hangBuilder{things: map[topology.ID]*topology.Thing{"a": {ID: "a", Parents: []topology.ID{"b"}}, "b": {ID: "b"}}, out: &hangs{implied: map[hang]bool{}, learnt: map[hang]string{}}}
	b.learn(map[string]wiring.Link{"b": {Device: "b", Switch: "a"}})
	if len(b.things["b"].Parents) != 0 {
		t.Error("a circle was learnt")
	}
}

// rowWith is a device's row with other parents.
func rowWith(t *testing.T, c *Collector, id string, parents []string) inventory.Device {
	d := rowOf(t, c, id)
	d.Parents = parents
	return d
}
