package collector

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/wiring"
	"github.com/budi-monitor/budi/internal/look"
)

// learning keeps what is learnt from switches: on what each device hangs. What a
// switch has forgotten, because a device is off, stays as it was until it is seen
// elsewhere. After a start it is learnt anew, within minutes. It is safe for
// concurrent use; the zero value is ready.
type learning struct {
	mu      sync.Mutex
	nodes   map[string]wiring.Node // by device: what its newest deep look told
	links   map[string]wiring.Link // by device
	version uint64                 // changes with links
	stale   bool                   // nodes changed since links were made
	made    time.Time
}

// learnEvery bounds how often links are made.
const learnEvery = 30 * time.Second

// take notes what a deep look at a device told.
func (l *learning) take(id string, d *look.Device, told inventory.Known, name string) {
	if d == nil || !d.Deep {
		return
	}
	node := wiring.Node{ID: id, Kinds: d.Kinds, MACs: told.MACs, Name: name, Neighbours: d.Neighbours, Stations: d.Stations}
	for _, i := range d.Interfaces {
		if i.MAC != "" && !slices.Contains(node.MACs, i.MAC) {
			node.MACs = append(slices.Clip(node.MACs), i.MAC)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.nodes == nil {
		l.nodes = map[string]wiring.Node{}
	}
	l.nodes[id], l.stale = node, true
}

// now returns the links, by device, and which they are.
func (l *learning) now() (map[string]wiring.Link, uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.links, l.version
}

// learn makes the links anew when something was told since.
func (c *Collector) learn(now time.Time) {
	l := &c.learning
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.stale || now.Sub(l.made).Abs() < learnEvery {
		return
	}
	l.stale, l.made = false, now
	rows := map[string]inventory.Device{}
	sites := map[string][]wiring.Node{}
	for _, d := range c.agents.inventory.Info() {
		rows[d.ID] = d
		node, ok := l.nodes[d.ID]
		switch {
		case ok:
		case len(d.Machine.MACs) > 0 && !d.Polled:
			node = wiring.Node{ID: d.ID, Kinds: []look.Kind{look.Computer}, MACs: d.Known().MACs, Name: d.Hostname}
		default:
			continue
		}
		sites[d.Site] = append(sites[d.Site], node)
	}
	maps.DeleteFunc(l.nodes, func(id string, _ wiring.Node) bool { _, ok := rows[id]; return !ok })
	next := map[string]wiring.Link{}
	for id, link := range l.links { // what was learnt holds until it is seen elsewhere
		if rows[id].ID != "" && rows[id].Site == rows[link.Parent()].Site {
			next[id] = link
		}
	}
	for site, nodes := range sites {
		for _, link := range wiring.Learn(nodes, c.rootOf(site, nodes)) {
			if link.Depends {
				next[link.Device] = link
			} else {
				delete(next, link.Device)
			}
		}
	}
	if !maps.Equal(next, l.links) {
		l.links = next
		l.version++
	}
}

// rootOf is where a site is looked at from: the collector's own computer, or the
// router of another site.
func (c *Collector) rootOf(site string, nodes []wiring.Node) wiring.Root {
	if own, ok := c.agents.inventory.Resolve(c.device); ok && own.Site == site && len(own.Machine.MACs) > 0 {
		return wiring.Root{MACs: own.Known().MACs}
	}
	var routers []string
	for _, n := range nodes {
		if slices.Contains(n.Kinds, look.Router) {
			routers = append(routers, n.ID)
		}
	}
	if len(routers) == 1 {
		return wiring.Root{ID: routers[0]}
	}
	return wiring.Root{}
}

// learn adds what is learnt where nobody declared on what a thing hangs, and
// nothing implies it. What would make a circle is left out.
func (b *hangBuilder) learn(links map[string]wiring.Link) {
	for _, id := range slices.Sorted(maps.Keys(links)) {
		t, need := b.things[topology.ID(id)], topology.ID(links[id].Parent())
		if t == nil || t.Parents != nil || b.things[need] == nil || b.out.implied[hang{t.ID, need}] || b.reaches(need, t.ID) {
			continue
		}
		b.out.learnt[hang{t.ID, need}] = links[id].Port
		t.Parents = []topology.ID{need}
	}
}

// reaches reports whether a thing hangs on another, over however many.
func (b *hangBuilder) reaches(from, to topology.ID) bool {
	seen := map[topology.ID]bool{}
	work := []topology.ID{from}
	for len(work) > 0 {
		id := work[len(work)-1]
		work = work[:len(work)-1]
		if id == to {
			return true
		}
		if t := b.things[id]; t != nil && !seen[id] {
			seen[id] = true
			work = append(work, needsOf(*t)...)
		}
	}
	return false
}
