package wiring_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/budi-monitor/budi/internal/collector/wiring"
	"github.com/budi-monitor/budi/internal/look"
)

// thing is a switch or an end of a made-up network. The first is the switch at
// whose first port the root is.
type thing struct {
	id      string
	parent  int // place in the list; -1: the first
	port    int // of the parent
	bridge  bool
	managed bool // it tells what it hears
}

func (t thing) mac() string {
	var n int
	_, _ = fmt.Sscanf(t.id[1:], "%d", &n)
	return fmt.Sprintf("02:00:00:00:%02x:%02x", n>>8, n&255)
}

const rootMAC = "02:ff:00:00:00:01"

// world is a tree of switches with ends on them.
type world []thing

// way lists what is between a thing and the root, from the thing upwards.
func (w world) way(at int) []int {
	var out []int
	for at = w[at].parent; at >= 0; at = w[at].parent {
		out = append(out, at)
	}
	return out
}

// portTo is the port at which a switch has another thing; 0 is that to the root.
func (w world) portTo(from, to int) int {
	for at := to; at >= 0; at = w[at].parent {
		if w[at].parent == from {
			return w[at].port
		}
	}
	return 0
}

func port(n int) string { return fmt.Sprintf("gi%d", n) }

// draw makes a world: up to 8 switches, of which some are not managed, and up to
// 20 ends, each at a port of its own.
func draw(t *rapid.T, dumb bool) world {
	w := world{{id: "s0", parent: -1, bridge: true, managed: true}}
	ports := []int{0}
	add := func(x thing) {
		ports[x.parent]++
		x.port = ports[x.parent]
		w, ports = append(w, x), append(ports, 0)
	}
	switches := rapid.IntRange(1, 8).Draw(t, "switches")
	for i := 1; i < switches; i++ {
		add(thing{id: fmt.Sprintf("s%d", i), parent: rapid.IntRange(0, i-1).Draw(t, "below"), bridge: true, managed: !dumb || rapid.IntRange(0, 3).Draw(t, "managed") > 0})
	}
	for i := range rapid.IntRange(0, 20).Draw(t, "ends") {
		add(thing{id: fmt.Sprintf("d%d", 100+i), parent: rapid.IntRange(0, switches-1).Draw(t, "at")})
	}
	return w
}

// nodes are what the things tell. everything: each switch has heard everybody;
// otherwise only those who talked to the root through it.
func (w world) nodes(everything, tables, neighbours bool) []wiring.Node {
	var out []wiring.Node
	for at, x := range w {
		if x.bridge && !x.managed {
			continue
		}
		n := wiring.Node{ID: x.id, MACs: []string{x.mac()}, Kinds: []look.Kind{look.Computer}}
		if x.bridge {
			n.Kinds = []look.Kind{look.Switch}
			if tables {
				n.Stations = append(n.Stations, look.Station{MAC: rootMAC, Port: port(0)})
			}
			for to, y := range w {
				if to == at || y.bridge && !y.managed || !tables || !everything && !slices.Contains(w.way(to), at) {
					continue
				}
				n.Stations = append(n.Stations, look.Station{MAC: y.mac(), Port: port(w.portTo(at, to))})
			}
			if neighbours {
				n.Neighbours = w.neighbours(at)
			}
		}
		out = append(out, n)
	}
	return out
}

// neighbours are the switches next to one; that of the root is the root.
func (w world) neighbours(at int) []look.Neighbour {
	var out []look.Neighbour
	for to, y := range w {
		switch {
		case y.bridge && y.parent == at:
			out = append(out, look.Neighbour{Port: port(y.port), Chassis: y.mac(), RemotePort: port(0), Bridge: true})
		case w[at].parent == to:
			out = append(out, look.Neighbour{Port: port(0), Chassis: y.mac(), RemotePort: port(w[at].port), Bridge: true})
		}
	}
	if at == 0 {
		out = append(out, look.Neighbour{Port: port(0), Chassis: rootMAC})
	}
	return out
}

// links are the truth: the next managed switch upwards, and its port.
func (w world) links() map[string]wiring.Link {
	out := map[string]wiring.Link{}
	at := map[string]int{} // things that are heard at the same port without a managed switch between
	for i, x := range w {
		if x.bridge && !x.managed {
			continue
		}
		for _, above := range w.way(i) {
			if w[above].managed {
				l := wiring.Link{Device: x.id, Switch: w[above].id, Port: port(w.portTo(above, i)), Depends: true}
				out[x.id] = l
				at[l.Switch+l.Port]++
				break
			}
		}
	}
	for id, l := range out {
		l.Shared = at[l.Switch+l.Port] > 1
		out[id] = l
	}
	return out
}

// What is learnt is the tree, whether the switches heard everybody or only those
// that talked to the root, and whether they speak of their neighbours or not.
func TestWhatIsLearntIsTheTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t, false)
		everything, neighbours := rapid.Bool().Draw(t, "everything"), rapid.Bool().Draw(t, "neighbours")
		same(t, w, wiring.Learn(w.nodes(everything, true, neighbours), wiring.Root{MACs: []string{rootMAC}}), true)
	})
}

// Switches that nobody manages are seen by what they join: several at one port.
func TestSwitchesThatNobodyManages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t, true)
		same(t, w, wiring.Learn(w.nodes(true, true, false), wiring.Root{MACs: []string{rootMAC}}), true)
	})
}

// Switches that do not tell whom they heard (or are not asked in the right way)
// are placed by their neighbours.
func TestByNeighboursAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t, false)
		w = slices.DeleteFunc(w, func(x thing) bool { return !x.bridge })
		same(t, w, wiring.Learn(w.nodes(false, false, true), wiring.Root{MACs: []string{rootMAC}}), false)
	})
}

// same compares with the truth.
func same(t *rapid.T, w world, got []wiring.Link, shared bool) {
	want := w.links()
	for _, l := range got {
		truth := want[l.Device]
		if !shared {
			l.Shared, truth.Shared = false, false
		}
		if diff := cmp.Diff(truth, l); diff != "" {
			t.Errorf("%s (-want +got):\n%s", l.Device, diff)
		}
		delete(want, l.Device)
	}
	for id, l := range want {
		t.Errorf("nothing was learnt of %s, which is at %s %s", id, l.Switch, l.Port)
	}
}

// Whatever nonsense the tables hold, what is learnt makes no circle, and is the
// same whenever it is asked.
func TestNonsenseMakesNoCircle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := []look.Kind{look.Switch, look.Router, look.AccessPoint, look.Printer}
		mac := rapid.SampledFrom([]string{rootMAC, "02:00:00:00:00:00", "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"})
		at := rapid.SampledFrom([]string{"", "a", "b", "c"})
		var nodes []wiring.Node
		for i := range rapid.IntRange(0, 6).Draw(t, "nodes") {
			n := wiring.Node{ID: fmt.Sprintf("n%d", i), Name: at.Draw(t, "name"), Kinds: []look.Kind{rapid.SampledFrom(kinds).Draw(t, "kind")}, MACs: rapid.SliceOfN(mac, 0, 2).Draw(t, "macs")}
			for range rapid.IntRange(0, 6).Draw(t, "stations") {
				n.Stations = append(n.Stations, look.Station{MAC: mac.Draw(t, "station"), Port: at.Draw(t, "port")})
			}
			for range rapid.IntRange(0, 3).Draw(t, "neighbours") {
				n.Neighbours = append(n.Neighbours, look.Neighbour{Port: at.Draw(t, "port"), Chassis: mac.Draw(t, "chassis"), RemotePort: at.Draw(t, "remote"), Name: at.Draw(t, "name"), Bridge: rapid.Bool().Draw(t, "bridge")})
			}
			nodes = append(nodes, n)
		}
		root := wiring.Root{ID: rapid.SampledFrom([]string{"", "n0", "n1", "gone"}).Draw(t, "root"), MACs: []string{rootMAC}}
		links := wiring.Learn(nodes, root)
		parents := map[string]string{}
		for _, l := range links {
			if l.Device == "" || l.Switch == "" || l.Device == l.Switch {
				t.Fatalf("a link without ends: %+v", l)
			}
			if l.Depends {
				parents[l.Device] = l.Parent()
			}
		}
		for id := range parents {
			seen := map[string]bool{}
			for at := id; at != ""; at = parents[at] {
				if seen[at] {
					t.Fatalf("a circle through %s: %v", at, parents)
				}
				seen[at] = true
			}
		}
		slices.Reverse(nodes)
		if diff := cmp.Diff(links, wiring.Learn(nodes, root)); diff != "" {
			t.Fatalf("another order, other links:\n%s", diff)
		}
	})
}
