// Package wiring finds out what hangs on what in one network: which device on
// which port of which switch, and which switch on which, as seen from where the
// devices are looked at. It only thinks: what switches tell comes in, links come
// out, nothing is kept.
//
// # How to use it
//
// Make a Node of every device of a site, with what its last deep look saw: the
// hardware addresses (of computers with an agent those that the agent reports),
// and, of those that have any, neighbours and stations. Root is where the looks
// come from: the collector's own computer, or the computer that is the eyes of
// the site; where neither is in the same network, the site's router. Then
//
//	for _, l := range wiring.Learn(nodes, root) {
//		if l.Depends {
//			parents[l.Device] = l.Parent()
//		}
//	}
//
// Links are worth what the tables were worth: bridges forget what was silent for
// five minutes, so a device that has no link today keeps the one that it had. Who
// declares a parent knows better.
//
// # How it thinks
//
// A switch sees the root at one port, its way up. Whatever it sees at another one
// hangs below it. Of the switches above a thing, the lowest is the one on which
// it hangs. Where a way up is not known, the ports that lead to other switches are
// left out, and of the rest the one with the fewest addresses wins.
package wiring

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
)

// Node is a device of the network.
type Node struct {
	ID    string      // one of a kind among the nodes
	Kinds []look.Kind // decides whether others can hang on it
	MACs  []string    // lower case with colons; those that several nodes have say nothing
	Name  string      // as it calls itself to its neighbours; empty: not known

	Neighbours []look.Neighbour // what it says is at its ports
	Stations   []look.Station   // whom it heard at its ports
}

// Root is where the network is looked at from.
type Root struct {
	ID   string   // of the node that it is, when others hang on it (a router); empty for a computer that only looks
	MACs []string // not needed when ID is a node with addresses
}

// Link says where a device is plugged in.
type Link struct {
	Device string // what hangs
	Switch string // on what: the ID of a switch, a router or an access point
	Port   string // of the switch; empty: not known
	Behind string // an access point at that port, behind which the device is; empty: none that is known
	Shared bool   // others are at that port too, so that something is between: a switch that nobody manages, a telephone, an access point

	// Depends says that the way to the device leads through the switch. It does not
	// where the device is plugged in at the port that leads to the root.
	Depends bool
}

// Parent is what the device cannot be reached without.
func (l Link) Parent() string { return cmp.Or(l.Behind, l.Switch) }

// Learn finds the links, by Device. Of a device that nobody saw there is none.
// Links of which Depends is true make no circle.
func Learn(nodes []Node, root Root) []Link {
	n := build(nodes, root)
	out := map[string]Link{}
	for _, id := range n.order {
		if id == root.ID {
			continue
		}
		if l, ok := n.place(id); ok {
			out[id] = l
		}
	}
	n.byNeighbours(out)
	open(out)
	return slices.SortedFunc(maps.Values(out), func(a, b Link) int { return cmp.Compare(a.Device, b.Device) })
}

// network is what is known, by ID of the node.
type network struct {
	nodes map[string]Node
	order []string // IDs, sorted
	root  Root

	owner   map[string]string                     // node by MAC
	seen    map[string]map[string]string          // port at which a bridge has a node: seen[bridge][node]
	direct  map[string]map[string]string          // the same, as neighbours tell: nothing that speaks is between
	heard   map[string]map[string]map[string]bool // MACs at each port of a bridge
	trunks  map[string]map[string]bool            // ports of a bridge that lead to others that pass on
	up      map[string]string                     // port of a bridge that leads to the root
	isRoot  map[string]bool                       // MACs of the root
	parents map[string][]string                   // bridges above a node
}

// bridge reports whether others can hang on a node.
func bridge(n Node) bool {
	return slices.ContainsFunc(n.Kinds, func(k look.Kind) bool { return k == look.Switch || k == look.Router || k == look.AccessPoint })
}

func build(nodes []Node, root Root) *network {
	n := &network{
		nodes: map[string]Node{}, root: root, owner: map[string]string{}, seen: map[string]map[string]string{}, direct: map[string]map[string]string{},
		heard: map[string]map[string]map[string]bool{}, trunks: map[string]map[string]bool{}, up: map[string]string{}, isRoot: map[string]bool{}, parents: map[string][]string{},
	}
	for _, node := range nodes {
		n.nodes[node.ID] = node
		for _, mac := range node.MACs {
			if was, taken := n.owner[mac]; taken && was != node.ID {
				n.owner[mac] = "" // several have it
				continue
			}
			n.owner[mac] = node.ID
		}
	}
	n.order = slices.Sorted(maps.Keys(n.nodes))
	for _, mac := range append(slices.Clone(root.MACs), n.nodes[root.ID].MACs...) {
		n.isRoot[mac] = true
	}
	names := n.names()
	for _, id := range n.order {
		n.listen(id)
	}
	for _, id := range n.order {
		n.ask(id, names)
	}
	for _, id := range n.order {
		n.mirror(id, names)
	}
	for _, id := range n.order {
		n.findUp(id)
	}
	for _, id := range n.order {
		n.parents[id] = n.above(id)
	}
	return n
}

// names are the nodes by name, without a domain; names that several have are left
// out.
func (n *network) names() map[string]string {
	out := map[string]string{}
	for _, id := range n.order {
		name := short(n.nodes[id].Name)
		if name == "" {
			continue
		}
		if _, taken := out[name]; taken {
			out[name] = ""
			continue
		}
		out[name] = id
	}
	return out
}

func short(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(name)), ".")
	return name
}

// listen notes whom a bridge heard at which port.
func (n *network) listen(id string) {
	if !bridge(n.nodes[id]) {
		return
	}
	ports := map[string]map[string]bool{}
	for _, s := range n.nodes[id].Stations {
		if ports[s.Port] == nil {
			ports[s.Port] = map[string]bool{}
		}
		ports[s.Port][s.MAC] = true
	}
	n.heard[id] = ports
	// A node with several addresses may be heard at several ports (a router with a
	// leg in each network, a laptop that moved): the port with fewer others is the
	// nearer one.
	at := map[string]string{}
	for _, s := range n.nodes[id].Stations {
		who := n.owner[s.MAC]
		if who == "" || who == id {
			continue
		}
		if was, heard := at[who]; !heard || len(ports[s.Port]) < len(ports[was]) || len(ports[s.Port]) == len(ports[was]) && s.Port < was {
			at[who] = s.Port
		}
	}
	n.seen[id] = at
}

// ask notes what a node says of its neighbours. What passes on makes the port a
// trunk, known or not.
func (n *network) ask(id string, names map[string]string) {
	for _, x := range n.nodes[id].Neighbours {
		who := n.identify(x, names)
		if who == id {
			continue
		}
		if x.Bridge || who != "" && bridge(n.nodes[who]) {
			set(n.trunks, id, x.Port, true)
		}
		if who == "" {
			continue
		}
		set(n.direct, id, who, x.Port)
		if bridge(n.nodes[id]) && n.seen[id][who] == "" {
			set(n.seen, id, who, x.Port)
		}
	}
}

// mirror notes for bridges that do not speak of their neighbours what these say.
func (n *network) mirror(id string, names map[string]string) {
	for _, x := range n.nodes[id].Neighbours {
		who := n.identify(x, names)
		if who == id || who == "" || !bridge(n.nodes[who]) || len(n.nodes[who].Neighbours) > 0 {
			continue
		}
		// What one tells others of its port may not be what it calls it itself. A
		// port that it does not know would seem to lead elsewhere.
		port, known := n.portOf(who, x.RemotePort)
		if !known {
			continue
		}
		set(n.direct, who, id, port)
		if n.seen[who][id] == "" {
			set(n.seen, who, id, port)
		}
	}
}

func set[V any](m map[string]map[string]V, a, b string, v V) {
	if m[a] == nil {
		m[a] = map[string]V{}
	}
	m[a][b] = v
}

// portOf is a port of a bridge by what the bridge tells others of it.
func (n *network) portOf(id, told string) (string, bool) {
	for port := range n.heard[id] {
		if strings.EqualFold(port, told) {
			return port, true
		}
	}
	return told, told != "" && len(n.heard[id]) == 0
}

// identify finds the node that a neighbour is.
func (n *network) identify(x look.Neighbour, names map[string]string) string {
	for _, mac := range []string{x.Chassis, x.RemotePort} {
		if who := n.owner[mac]; who != "" {
			return who
		}
	}
	return names[short(x.Name)]
}

// findUp finds the port of a bridge that leads to the root.
func (n *network) findUp(id string) {
	if id == n.root.ID || !bridge(n.nodes[id]) {
		return
	}
	if port := n.direct[id][n.root.ID]; n.root.ID != "" && port != "" {
		n.up[id] = port
		return
	}
	best, fewest := "", 0
	for _, port := range slices.Sorted(maps.Keys(n.heard[id])) {
		for mac := range n.heard[id][port] {
			if n.isRoot[mac] && (best == "" || len(n.heard[id][port]) < fewest) {
				best, fewest = port, len(n.heard[id][port])
			}
		}
	}
	if best == "" {
		for _, x := range n.nodes[id].Neighbours {
			if n.isRoot[x.Chassis] || n.isRoot[x.RemotePort] {
				best = x.Port
			}
		}
	}
	if best == "" && n.root.ID != "" {
		best = n.seen[id][n.root.ID]
	}
	n.up[id] = best
}

// above lists the bridges that have a node at a port which does not lead to the
// root.
func (n *network) above(id string) []string {
	var out []string
	for _, b := range n.order {
		if b == id {
			continue
		}
		port, has := n.seen[b][id]
		if has && (b == n.root.ID || n.up[b] != "" && n.up[b] != port) {
			out = append(out, b)
		}
	}
	return out
}

// place finds the link of one node.
func (n *network) place(id string) (Link, bool) {
	if l, ok := n.upstream(id); ok {
		return l, true
	}
	if l, ok := n.lowest(id); ok {
		return l, true
	}
	if _, isNode := n.nodes[n.root.ID]; isNode && bridge(n.nodes[id]) && n.up[id] != "" && len(n.parents[id]) == 0 {
		return Link{Device: id, Switch: n.root.ID, Depends: true}, true // the highest one
	}
	return n.quietest(id)
}

// upstream is what a bridge's neighbours say of its way up: that is the next one.
func (n *network) upstream(id string) (Link, bool) {
	up := n.up[id]
	if up == "" {
		return Link{}, false
	}
	next := ""
	for _, who := range slices.Sorted(maps.Keys(n.direct[id])) {
		if n.direct[id][who] != up || !bridge(n.nodes[who]) {
			continue
		}
		if next != "" {
			return Link{}, false // several speak there: something that does not is between
		}
		next = who
	}
	if next == "" {
		return Link{}, false
	}
	port := cmp.Or(n.direct[next][id], n.seen[next][id])
	return Link{Device: id, Switch: next, Port: port, Depends: true, Shared: n.shared(next, port, id)}, true
}

// lowest is the lowest of the bridges above a node.
func (n *network) lowest(id string) (Link, bool) {
	best := ""
	for _, b := range n.parents[id] {
		switch {
		case best == "", len(n.parents[b]) > len(n.parents[best]):
			best = b
		case len(n.parents[b]) == len(n.parents[best]) && n.count(b, n.seen[b][id]) < n.count(best, n.seen[best][id]):
			best = b
		}
	}
	if best == "" || bridge(n.nodes[id]) && len(n.parents[best]) >= len(n.parents[id]) {
		return Link{}, false // of bridges, those above have fewer above them: else it would be a circle
	}
	port := n.seen[best][id]
	l := Link{Device: id, Switch: best, Port: port, Depends: true, Shared: n.shared(best, port, id)}
	l.Behind = n.radio(best, port, id)
	return l, true
}

// quietest is the port with the fewest addresses at which a node is seen, of
// those that do not lead to other bridges; only bridges whose way up is not known
// are left when lowest found none. A port that leads to the root is where the
// node is, and not what it depends on.
func (n *network) quietest(id string) (Link, bool) {
	if bridge(n.nodes[id]) {
		return Link{}, false
	}
	var found []Link
	for _, b := range n.order {
		port, has := n.seen[b][id]
		if !has || b == id {
			continue
		}
		l := Link{Device: id, Switch: b, Port: port, Depends: n.up[b] == "", Shared: n.shared(b, port, id)}
		l.Behind = n.radio(b, port, id)
		if n.up[b] == port && len(n.parents[b]) > 0 {
			continue // it is above this bridge, and another one is there too
		}
		found = append(found, l)
	}
	slices.SortStableFunc(found, func(a, b Link) int {
		return cmp.Or(compare(n.trunk(a.Switch, a.Port), n.trunk(b.Switch, b.Port)), compare(!a.Depends, !b.Depends), cmp.Compare(n.count(a.Switch, a.Port), n.count(b.Switch, b.Port)))
	})
	if len(found) == 0 {
		return Link{}, false
	}
	return found[0], true
}

// compare puts false before true.
func compare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// trunk reports whether a port leads to what passes on.
func (n *network) trunk(id, port string) bool {
	if n.trunks[id][port] {
		return true
	}
	for who, at := range n.seen[id] {
		if at == port && bridge(n.nodes[who]) {
			return true
		}
	}
	return false
}

// count is how many addresses are at a port.
func (n *network) count(id, port string) int { return len(n.heard[id][port]) }

// shared reports whether there is somebody else at a port who does not hang below
// the node itself.
func (n *network) shared(id, port, node string) bool {
	if bridge(n.nodes[node]) {
		return n.sharedByBridge(id, port, node)
	}
	for mac := range n.heard[id][port] {
		if n.owner[mac] != node && !slices.Contains(n.nodes[node].MACs, mac) {
			return true
		}
	}
	return false
}

// sharedByBridge reports whether a bridge shares the port on which it hangs: with
// somebody whom it hears on its way up. Whom it does not hear may be below it.
func (n *network) sharedByBridge(id, port, node string) bool {
	up := n.heard[node][n.up[node]]
	for mac := range n.heard[id][port] {
		if up[mac] && n.owner[mac] != node {
			return true
		}
	}
	return false
}

// radio is the one access point at a port that does not tell whom it serves.
func (n *network) radio(id, port, node string) string {
	if slices.Contains(n.nodes[node].Kinds, look.AccessPoint) || bridge(n.nodes[node]) || n.direct[id][node] == port {
		return ""
	}
	found := ""
	for _, who := range slices.Sorted(maps.Keys(n.seen[id])) {
		if n.seen[id][who] != port || !slices.Contains(n.nodes[who].Kinds, look.AccessPoint) || len(n.nodes[who].Stations) > 0 {
			continue
		}
		if found != "" {
			return ""
		}
		found = who
	}
	return found
}

// byNeighbours places bridges that no table placed, by what they and others say
// of their neighbours: from those that are placed, or from the root, outwards.
func (n *network) byNeighbours(out map[string]Link) {
	placed := map[string]bool{}
	var next []string
	for _, id := range n.order {
		if l, ok := out[id]; bridge(n.nodes[id]) && (ok && l.Depends || id == n.root.ID || n.up[id] != "") {
			placed[id] = true
			next = append(next, id)
		}
	}
	for len(next) > 0 {
		id := next[0]
		next = next[1:]
		for _, who := range slices.Sorted(maps.Keys(n.direct[id])) {
			if placed[who] || who == n.root.ID || n.direct[id][who] == n.up[id] && n.up[id] != "" {
				continue
			}
			if !bridge(n.nodes[who]) {
				if _, ok := out[who]; !ok {
					out[who] = Link{Device: who, Switch: id, Port: n.direct[id][who], Depends: true}
				}
				continue
			}
			placed[who] = true
			out[who] = Link{Device: who, Switch: id, Port: n.direct[id][who], Depends: true}
			next = append(next, who)
		}
	}
}

// open takes away what makes a circle: contradictory tables could.
func open(out map[string]Link) {
	for _, id := range slices.Sorted(maps.Keys(out)) {
		seen := map[string]bool{}
		for at := id; ; {
			l, ok := out[at]
			if !ok || !l.Depends {
				break
			}
			if seen[at] {
				delete(out, at)
				break
			}
			seen[at] = true
			at = l.Parent()
		}
	}
}
