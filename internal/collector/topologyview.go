package collector

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
)

// topologyView draws what hangs on what.
type topologyView struct{ c *Collector }

var _ web.TopologyView = topologyView{}

// Bounds of the tree.
const (
	maxBranchDepth   = 30  // levels of one page
	maxBranchTrouble = 120 // of web.MaxBranches, for what is not fine
	maxLeaves        = 12  // of one thing, when they are fine
	maxHangProblems  = 50
	maxBelow         = 20 // things that are named below one
	maxAlso          = 5
)

// hangingNow is what hangs on what, and how things are, as who asks sees it.
type hangingNow struct {
	c      *Collector
	ctx    context.Context
	hangs  *hangs
	seen   map[topology.ID]bool // things that may be shown
	look   *topology.Look
	broken map[topology.ID]incident.ID // by themselves
	ill    map[topology.ID]incident.ID // with something else wrong
}

func (c *Collector) hangingNow(ctx context.Context) hangingNow {
	n := hangingNow{c: c, ctx: ctx, hangs: c.hangs(), seen: map[topology.ID]bool{}, broken: map[topology.ID]incident.ID{}, ill: map[topology.ID]incident.ID{}}
	sees := seenThing(ctx)
	for _, t := range n.hangs.graph.All() {
		n.seen[t.ID] = sees(t)
	}
	for _, inc := range c.alerting.open() {
		if inc.Evidence != incident.Firing || inc.Thing == "" {
			continue
		}
		into := n.ill
		if inc.Meaning == incident.Down || inc.Meaning == incident.Cause {
			into = n.broken
		}
		if _, known := into[inc.Thing]; !known {
			into[inc.Thing] = inc.ID
		}
	}
	n.look = n.hangs.graph.Look(func(id topology.ID) bool { return n.broken[id] != 0 })
	return n
}

// state says how a thing is.
func (n *hangingNow) state(id topology.ID) web.ThingState {
	_, broken := n.broken[id]
	_, ill := n.ill[id]
	switch {
	case n.look.Excused(id):
		return web.ThingUnknown
	case broken:
		return web.ThingDown
	case ill:
		return web.ThingTrouble
	default:
		return web.ThingFine
	}
}

// thing shows a thing.
func (n *hangingNow) thing(id topology.ID) web.Thing {
	t, _ := n.hangs.graph.Thing(id)
	out := web.Thing{ID: string(id), Name: t.Name, Kind: t.Kind, Class: t.Class, Path: n.path(id), State: n.state(id)}
	if id == topology.Line {
		out.Kind = kindLine
	}
	if out.Incident = n.broken[id]; out.Incident == 0 {
		out.Incident = n.ill[id]
	}
	if out.State == web.ThingUnknown {
		out.Because = n.references(n.look.Causes(id))
	}
	return out
}

// path is the page of a thing: that of its device or check.
func (n *hangingNow) path(id topology.ID) string {
	if check, ok := id.CheckID(); ok {
		config := n.c.Config()
		if _, there := config.Check(check); there {
			return "/checks/" + check
		}
		return ""
	}
	if _, err := n.c.agents.inventory.Device(n.ctx, string(id)); err == nil {
		return "/devices/" + string(id)
	}
	return ""
}

// treePath is the part of the tree below a thing.
func treePath(id topology.ID) string { return "/topology?" + url.Values{"at": {string(id)}}.Encode() }

// reference names a thing for who sees it.
func (n *hangingNow) reference(id topology.ID) web.Reference {
	t, _ := n.hangs.graph.Thing(id)
	r := web.Reference{Name: t.Title(), Path: cmp.Or(n.path(id), treePath(id))}
	if id == topology.Line {
		r.Name = string(id)
	}
	return r
}

// references names things; those that are not seen are left out.
func (n *hangingNow) references(ids []topology.ID) []web.Reference {
	var out []web.Reference
	for _, id := range ids {
		if n.seen[id] || id == topology.Line {
			out = append(out, n.reference(id))
		}
	}
	return out
}

// above is in which branch a thing is shown: below the first thing on the way to
// it, that it runs on, that it needs or that feeds it.
func (n *hangingNow) above(id topology.ID) (topology.ID, bool) {
	t, _ := n.hangs.graph.Thing(id)
	for _, need := range slices.Concat(t.Parents, t.RunsOn, t.Needs, t.Power) {
		_, known := n.hangs.graph.Thing(need)
		if known && n.seen[need] && !strings.HasPrefix(string(need), certificatePrefix) {
			return need, true
		}
	}
	return "", false
}

// Topology implements web.TopologyView.
func (v topologyView) Topology(ctx context.Context, at string) (web.TopologyPage, error) {
	n := v.c.hangingNow(ctx)
	t := tree{hangingNow: &n, children: map[topology.ID][]topology.ID{}, sum: map[topology.ID]branchSum{}, shown: map[topology.ID]bool{}}
	page := web.TopologyPage{}
	roots, loose := t.grow()
	for _, id := range t.things {
		switch n.state(id) {
		case web.ThingDown:
			page.Down++
		case web.ThingUnknown:
			page.Unknown++
		}
	}
	page.Things = len(t.things)
	if at != "" {
		id := topology.ID(at)
		if !n.seen[id] {
			return web.TopologyPage{}, fmt.Errorf("thing %q: %w", clip(at, 100), web.ErrNotFound)
		}
		shown, _ := n.hangs.graph.Thing(id)
		thing := n.thing(id)
		page.At, page.Above = &thing, n.references(needsOf(shown))
		t.adopt(id)
		page.Things = 1 + t.sum[id].below
		roots = []topology.ID{id}
	} else {
		page.Loose = kindCounts(n.hangs.graph, loose)
		v.problems(&n, &page)
	}
	t.choose(roots)
	for _, id := range roots {
		if t.shown[id] {
			page.Roots = append(page.Roots, t.branch(id, "", 0))
		}
	}
	return page, nil
}

// problems tells what is declared and left out.
func (v topologyView) problems(n *hangingNow, page *web.TopologyPage) {
	for _, p := range n.hangs.problems {
		switch {
		case !n.seen[p.Thing]:
			continue
		case len(page.Problems) >= maxHangProblems:
			page.Hidden++
			continue
		}
		shown := web.HangProblem{Thing: n.reference(p.Thing), Need: p.Value}
		if _, way, circle := strings.Cut(p.Want, ": "); circle && p.Value == string(p.Thing) {
			shown.Need, shown.Circle = "", way
		}
		page.Problems = append(page.Problems, shown)
	}
}

// tree is what hangs on what with each thing in one place.
type tree struct {
	*hangingNow
	things   []topology.ID // in the tree
	children map[topology.ID][]topology.ID
	sum      map[topology.ID]branchSum
	shown    map[topology.ID]bool
}

// branchSum is what one branch comes to.
type branchSum struct{ below, broken int }

// grow puts every thing in its place; loose are those that stand for themselves.
func (t *tree) grow() (roots, loose []topology.ID) {
	for _, thing := range t.hangs.graph.All() {
		if !t.seen[thing.ID] {
			continue
		}
		if above, ok := t.above(thing.ID); ok {
			t.children[above] = append(t.children[above], thing.ID)
			t.things = append(t.things, thing.ID)
		} else {
			roots = append(roots, thing.ID)
		}
	}
	roots = slices.DeleteFunc(roots, func(id topology.ID) bool {
		bears := len(t.hangs.graph.Children(id)) > 0 && !strings.HasPrefix(string(id), certificatePrefix)
		if bears || t.state(id) != web.ThingFine {
			t.things = append(t.things, id)
			return false
		}
		if !strings.HasPrefix(string(id), certificatePrefix) {
			loose = append(loose, id)
		}
		return true
	})
	for _, id := range roots {
		t.weigh(id)
	}
	t.sort(roots)
	for _, children := range t.children {
		t.sort(children)
	}
	return roots, loose
}

// adopt puts what needs a thing, and has its place in another branch, below it
// too: for the page of this thing, on which the other branch is not.
func (t *tree) adopt(id topology.ID) {
	here := map[topology.ID]bool{}
	mark := func(root topology.ID) {
		below := []topology.ID{root}
		for i := 0; i < len(below); i++ {
			here[below[i]] = true
			below = append(below, t.children[below[i]]...)
		}
	}
	mark(id)
	children := slices.Clone(t.children[id])
	for _, child := range t.hangs.graph.Children(id) {
		if t.seen[child] && !here[child] {
			children = append(children, child)
			mark(child)
		}
	}
	t.sort(children)
	t.children[id] = children
	t.weigh(id)
}

// weigh sums up a branch. There are no circles in the graph, and a thing is in
// one place only.
func (t *tree) weigh(root topology.ID) {
	order := []topology.ID{root}
	for i := 0; i < len(order); i++ {
		order = append(order, t.children[order[i]]...)
	}
	for _, id := range slices.Backward(order) {
		s := branchSum{}
		if t.state(id) != web.ThingFine {
			s.broken++
		}
		for _, child := range t.children[id] {
			s.below += 1 + t.sum[child].below
			s.broken += t.sum[child].broken
		}
		t.sum[id] = s
	}
}

// sort puts branches with something wrong first, then those that bear most, then
// by name.
func (t *tree) sort(ids []topology.ID) {
	name := func(id topology.ID) string {
		thing, _ := t.hangs.graph.Thing(id)
		return thing.Title()
	}
	bears := func(id topology.ID) int { return min(len(t.children[id]), 1) }
	wrong := func(id topology.ID) int { return min(t.sum[id].broken, 1) }
	slices.SortFunc(ids, func(a, b topology.ID) int {
		return cmp.Or(wrong(b)-wrong(a), bears(b)-bears(a), fleet.CompareNatural(name(a), name(b)), cmp.Compare(a, b))
	})
}

// choose decides what is shown: what is not fine with the way to it first, then
// from the top, and of leaves that are fine a few of each thing.
func (t *tree) choose(roots []topology.ID) {
	above, depth := map[topology.ID]topology.ID{}, map[topology.ID]int{}
	var order []topology.ID
	for _, id := range roots {
		order = append(order, id)
		above[id] = ""
	}
	for i := 0; i < len(order); i++ {
		for _, child := range t.children[order[i]] {
			above[child], depth[child] = order[i], depth[order[i]]+1
			order = append(order, child)
		}
	}
	n := 0
	show := func(id topology.ID) {
		if !t.shown[id] {
			t.shown[id] = true
			n++
		}
	}
	for _, id := range order {
		if t.state(id) == web.ThingFine || depth[id] >= maxBranchDepth {
			continue
		}
		for at := id; at != "" && n < maxBranchTrouble; at = above[at] {
			show(at)
		}
	}
	// A thing may be shown without the things above it when there was no room
	// for these: branch does not come to it then.
	leaves := map[topology.ID]int{}
	for _, id := range order {
		if n >= web.MaxBranches {
			return
		}
		up := above[id]
		if t.shown[id] || depth[id] >= maxBranchDepth || up != "" && !t.shown[up] {
			continue
		}
		if len(t.children[id]) == 0 && up != "" {
			if leaves[up]++; leaves[up] > maxLeaves {
				continue
			}
		}
		show(id)
	}
}

// branch draws a thing, in the branch of up, and what is shown of what hangs on
// it.
func (t *tree) branch(id, up topology.ID, depth int) web.Branch {
	b := web.Branch{Thing: t.thing(id), Below: t.sum[id].below, Broken: t.sum[id].broken}
	thing, _ := t.hangs.graph.Thing(id)
	for _, need := range needsOf(thing) {
		if up != "" && need != up && len(b.Also) < maxAlso && !t.hangs.implied[hang{id, need}] {
			b.Also = append(b.Also, t.references([]topology.ID{need})...)
		}
	}
	var folded []topology.ID
	for _, child := range t.children[id] {
		if t.shown[child] && depth < maxBranchDepth {
			b.Children = append(b.Children, t.branch(child, id, depth+1))
			continue
		}
		below := []topology.ID{child}
		for i := 0; i < len(below); i++ {
			below = append(below, t.children[below[i]]...)
		}
		folded = append(folded, below...)
	}
	b.Folded = kindCounts(t.hangs.graph, folded)
	return b
}

// kindCounts counts things by kind, the most first. Computers are told apart by
// their class.
func kindCounts(g *topology.Graph, ids []topology.ID) []web.KindCount {
	counts := map[string]int{}
	for _, id := range ids {
		t, _ := g.Thing(id)
		kind := cmp.Or(t.Kind, "thing")
		if kind == "computer" && t.Class != "" {
			kind = string(t.Class)
		}
		counts[kind]++
	}
	var out []web.KindCount
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, web.KindCount{Kind: kind, N: counts[kind]})
	}
	slices.SortStableFunc(out, func(a, b web.KindCount) int { return cmp.Compare(b.N, a.N) })
	return out
}

// hangingOf tells what one thing hangs on, and what hangs on it.
func (c *Collector) hangingOf(ctx context.Context, id topology.ID) web.Hanging {
	n := c.hangingNow(ctx)
	t, ok := n.hangs.graph.Thing(id)
	if !ok {
		return web.Hanging{}
	}
	var out web.Hanging
	for _, g := range []struct {
		key string
		ids []topology.ID
	}{{"parents", t.Parents}, {"runs_on", t.RunsOn}, {"power", t.Power}, {"needs", t.Needs}} {
		group := web.HangGroup{Key: g.key}
		for _, need := range g.ids {
			if n.seen[need] || need == topology.Line {
				shown := n.thing(need)
				shown.Implied = n.hangs.source(id, need) == implied
				shown.Learnt, shown.Port = n.hangs.source(id, need) == learnt, n.hangs.learnt[hang{id, need}]
				group.Things = append(group.Things, shown)
			}
		}
		if len(group.Things) > 0 {
			out.On = append(out.On, group)
		}
	}
	below := slices.DeleteFunc(n.hangs.graph.Below(id), func(id topology.ID) bool { return !n.seen[id] })
	out.Counts = kindCounts(n.hangs.graph, below)
	children := slices.DeleteFunc(slices.Clone(n.hangs.graph.Children(id)), func(id topology.ID) bool { return !n.seen[id] })
	for _, child := range children[:min(len(children), maxBelow)] {
		out.Below = append(out.Below, n.thing(child))
	}
	if len(below) > 0 {
		out.Tree = treePath(id)
	}
	if n.state(id) == web.ThingUnknown {
		out.Because = n.references(n.look.Causes(id))
	}
	return out
}
