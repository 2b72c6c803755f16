package wiring_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/wiring"
	"github.com/budi-monitor/budi/internal/look"
)

// mac makes an address of a number.
func mac(n int) string { return fmt.Sprintf("02:00:00:00:00:%02x", n) }

func node(id string, kind look.Kind, macs ...string) wiring.Node {
	return wiring.Node{ID: id, Kinds: []look.Kind{kind}, MACs: macs}
}

// hears adds what a switch heard at a port.
func hears(n wiring.Node, port string, macs ...string) wiring.Node {
	for _, m := range macs {
		n.Stations = append(n.Stations, look.Station{MAC: m, Port: port})
	}
	return n
}

func TestStories(t *testing.T) {
	me := wiring.Root{MACs: []string{rootMAC}}
	for name, c := range map[string]struct {
		nodes []wiring.Node
		root  wiring.Root
		want  []wiring.Link
	}{
		"a printer on a switch": {
			[]wiring.Node{hears(hears(node("switch", look.Switch, mac(1)), "1", rootMAC), "7", mac(2)), node("printer", look.Printer, mac(2))}, me,
			[]wiring.Link{{Device: "printer", Switch: "switch", Port: "7", Depends: true}},
		},
		"something small between: several at one port": {
			[]wiring.Node{hears(hears(node("switch", look.Switch, mac(1)), "1", rootMAC), "7", mac(2), mac(99)), node("printer", look.Printer, mac(2))}, me,
			[]wiring.Link{{Device: "printer", Switch: "switch", Port: "7", Depends: true, Shared: true}},
		},
		"a computer with several addresses is alone": {
			[]wiring.Node{hears(hears(node("switch", look.Switch, mac(1)), "1", rootMAC), "7", mac(2), mac(3)), node("server", look.Server, mac(2), mac(3))}, me,
			[]wiring.Link{{Device: "server", Switch: "switch", Port: "7", Depends: true}},
		},
		"behind an access point that does not tell whom it serves": {
			[]wiring.Node{
				hears(hears(node("switch", look.Switch, mac(1)), "1", rootMAC), "7", mac(2), mac(3)), node("ap", look.AccessPoint, mac(2)), node("laptop", look.Computer, mac(3)),
			}, me,
			[]wiring.Link{{Device: "ap", Switch: "switch", Port: "7", Depends: true}, {Device: "laptop", Switch: "switch", Port: "7", Behind: "ap", Shared: true, Depends: true}},
		},
		"an access point that tells": {
			[]wiring.Node{
				hears(hears(node("switch", look.Switch, mac(1)), "1", rootMAC), "7", mac(2), mac(3)),
				hears(hears(node("ap", look.AccessPoint, mac(2)), "eth0", rootMAC, mac(1)), "wifi0", mac(3)), node("laptop", look.Computer, mac(3)),
			}, me,
			[]wiring.Link{{Device: "ap", Switch: "switch", Port: "7", Depends: true}, {Device: "laptop", Switch: "ap", Port: "wifi0", Depends: true}},
		},
		"at the root's own port: the switch is not on the way": {
			[]wiring.Node{hears(node("switch", look.Switch, mac(1)), "1", rootMAC, mac(2)), node("printer", look.Printer, mac(2))}, me,
			[]wiring.Link{{Device: "printer", Switch: "switch", Port: "1", Shared: true}},
		},
		"nobody knows the way up: the port with the fewest addresses": {
			[]wiring.Node{
				hears(node("a", look.Switch, mac(1)), "24", mac(9), mac(8), mac(7)), hears(node("b", look.Switch, mac(2)), "3", mac(9)), node("printer", look.Printer, mac(9)),
			}, wiring.Root{},
			[]wiring.Link{{Device: "printer", Switch: "b", Port: "3", Depends: true}},
		},
		"nobody knows the way up: no port that leads to a switch": {
			[]wiring.Node{
				{ID: "a", Kinds: []look.Kind{look.Switch}, MACs: []string{mac(1)}, Stations: []look.Station{{MAC: mac(9), Port: "24"}}, Neighbours: []look.Neighbour{{Port: "24", Chassis: "02:aa:00:00:00:00", Bridge: true}}},
				hears(node("b", look.Switch, mac(2)), "3", mac(9), mac(8)), node("printer", look.Printer, mac(9)),
			}, wiring.Root{},
			[]wiring.Link{{Device: "printer", Switch: "b", Port: "3", Depends: true, Shared: true}},
		},
		"an address that several have says nothing": {
			[]wiring.Node{hears(hears(node("switch", look.Switch, mac(1)), "1", rootMAC), "7", mac(2)), node("one", look.Computer, mac(2)), node("two", look.Computer, mac(2))}, me,
			[]wiring.Link{},
		},
		"the router is the root, and is what the first switch hangs on": {
			[]wiring.Node{
				node("router", look.Router, mac(5)), hears(hears(node("switch", look.Switch, mac(1)), "1", mac(5)), "7", mac(2)), node("printer", look.Printer, mac(2)),
			}, wiring.Root{ID: "router"},
			[]wiring.Link{{Device: "printer", Switch: "switch", Port: "7", Depends: true}, {Device: "switch", Switch: "router", Depends: true}},
		},
		"the router speaks of its neighbours": {
			[]wiring.Node{
				{ID: "router", Kinds: []look.Kind{look.Router}, MACs: []string{mac(5)}, Neighbours: []look.Neighbour{{Port: "ether2", Name: "SW1.school.lt", Chassis: "02:aa:00:00:00:00", Bridge: true}}},
				{ID: "switch", Kinds: []look.Kind{look.Switch}, MACs: []string{mac(1)}, Name: "sw1"},
			}, wiring.Root{ID: "router"},
			[]wiring.Link{{Device: "switch", Switch: "router", Port: "ether2", Depends: true}},
		},
		"a laptop that moved is where fewer are": {
			[]wiring.Node{
				hears(hears(hears(node("a", look.Switch, mac(1)), "1", rootMAC), "2", mac(2), mac(8), mac(7)), "3", mac(9), mac(6)),
				hears(hears(node("b", look.Switch, mac(2)), "1", rootMAC, mac(1)), "4", mac(9)), node("laptop", look.Computer, mac(9)),
			}, me,
			[]wiring.Link{{Device: "b", Switch: "a", Port: "2", Depends: true}, {Device: "laptop", Switch: "b", Port: "4", Depends: true}},
		},
		"a neighbour says its port in other words": {
			[]wiring.Node{
				{
					ID: "a", Kinds: []look.Kind{look.Switch}, MACs: []string{mac(1)}, Stations: []look.Station{{MAC: rootMAC, Port: "1"}, {MAC: mac(2), Port: "2"}},
					Neighbours: []look.Neighbour{{Port: "2", Chassis: mac(2), RemotePort: "Uplink to the cellar", Bridge: true}},
				},
				hears(node("b", look.Switch, mac(2)), "9", rootMAC, mac(1)),
			}, me,
			[]wiring.Link{{Device: "b", Switch: "a", Port: "2", Depends: true}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := wiring.Learn(c.nodes, c.root)
			if len(got) == 0 {
				got = []wiring.Link{}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
