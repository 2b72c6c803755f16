// Package topology is what hangs on what: a switch on a router, a computer on
// a switch and a UPS, a website on its server. It answers one question, of
// which incident makes one cause of many faults: given what is broken, is this
// thing excused, and by what? It is pure: things go in, answers come out. What
// is broken, and who is told, is not known here.
//
// # What a thing needs
//
// A thing has groups of other things. It needs each group, and of a group any
// one member: two switches among its Parents are two ways, a switch among its
// Parents and a UPS in its Power are both needed. It is excused when of one of
// its groups every member is broken or excused itself.
package topology

import (
	"fmt"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// ID names a thing: the ID of a device ("sw-1") or of anything else that is
// only declared, "check:" with the ID of a check, or Line.
type ID string

// Line is the collector's own line to what is outside.
const Line ID = "line"

const checkPrefix = "check:"

// Check names a check.
func Check(id string) ID { return checkPrefix + ID(id) }

// CheckID returns the ID of the check that is named, if it is one.
func (id ID) CheckID() (string, bool) { return strings.CutPrefix(string(id), checkPrefix) }

// Of names what the labels of a series or an alert are about: its device, its
// check, or, for what the collector says of its own line, Line. It returns ""
// when they are about none of these.
func Of(labels map[string]string) ID {
	switch {
	case labels["device"] != "":
		return ID(labels["device"])
	case labels["check"] != "":
		return Check(labels["check"])
	case labels["job"] == "line":
		return Line
	}
	return ""
}

// Thing is something that can break and on which other things may hang. In a
// configuration file it is an element of "topology".
type Thing struct {
	ID    ID          `yaml:"id"`
	Name  string      `yaml:"name"`  // as people call it; empty: its ID
	Kind  string      `yaml:"kind"`  // switch, router, access-point, ups, server, printer, website …; free, one of fleet's words where there is one
	Class fleet.Class `yaml:"class"` // empty: infrastructure
	Site  string      `yaml:"site"`
	Room  string      `yaml:"room"`
	Seat  string      `yaml:"seat"`

	Parents []ID `yaml:"parents"` // on the way to it: line, router, switch, port, access point; any one is enough
	Power   []ID `yaml:"power"`   // what feeds it; any one is enough
	RunsOn  []ID `yaml:"runs_on"` // hosts of a service; any one is enough
	Needs   []ID `yaml:"needs"`   // each of these: a name server, a certificate, another service
}

// Title is what people call the thing: its name, or its ID, which of a check is
// that of the check.
func (t Thing) Title() string {
	if t.Name != "" {
		return t.Name
	}
	if check, is := t.ID.CheckID(); is {
		return check
	}
	return string(t.ID)
}

// groups are what the thing needs: of each group any one member.
func (t Thing) groups() [][]ID {
	var out [][]ID
	for _, g := range [][]ID{t.Parents, t.Power, t.RunsOn} {
		if len(g) > 0 {
			out = append(out, g)
		}
	}
	for _, id := range t.Needs {
		out = append(out, []ID{id})
	}
	return out
}

// MaxThings bounds a graph; MaxNeeds what one thing hangs on directly.
const (
	MaxThings = 20_000
	MaxNeeds  = 50
)

// Graph is things and what they hang on. It never changes, and is safe for
// concurrent use. The zero value and nil are graphs without things.
type Graph struct {
	things map[ID]Thing
	groups map[ID][][]ID
	below  map[ID][]ID // who needs it directly, sorted
	order  []ID        // sorted
}

// Problem is a mistake in a list of things.
type Problem struct {
	Index int    // of the thing in the list
	Field string // of the thing; empty: the whole
	Value string
	Want  string // English: what would be right
}

// Error says what is wrong.
func (p Problem) Error() string { return fmt.Sprintf("%s %q: %s", p.Field, p.Value, p.Want) }

// New makes a graph of things. What is wrong with them is left out of the graph
// and told: a second thing with the same ID, a need that is in no list, the
// needs of things that would hang on themselves in the end.
func New(things []Thing) (*Graph, []Problem) {
	g := &Graph{things: make(map[ID]Thing, len(things)), groups: make(map[ID][][]ID, len(things)), below: map[ID][]ID{}}
	var problems []Problem
	index := make(map[ID]int, len(things))
	for i, t := range things {
		switch first, twice := index[t.ID]; {
		case twice:
			problems = append(problems, Problem{i, "id", string(t.ID), fmt.Sprintf("thing %d has this ID already; each needs its own", first+1)})
			continue
		case len(g.things) >= MaxThings:
			problems = append(problems, Problem{i, "", string(t.ID), fmt.Sprintf("at most %d things can be told apart", MaxThings)})
			return g, problems
		}
		if t.Class == "" {
			t.Class = fleet.Infrastructure
		}
		index[t.ID] = i
		g.things[t.ID] = t
		g.order = append(g.order, t.ID)
	}
	slices.Sort(g.order)
	for _, id := range g.order {
		t := g.things[id]
		known := func(field string, ids []ID) []ID {
			var out []ID
			for _, need := range ids {
				if _, ok := g.things[need]; !ok && need != Line {
					problems = append(problems, Problem{index[id], field, string(need), "nothing has this ID: write that of a device, of a thing in topology, line, or check: and the ID of a check"})
					continue
				}
				out = append(out, need)
			}
			return out
		}
		t.Parents, t.Power = known("parents", t.Parents), known("power", t.Power)
		t.RunsOn, t.Needs = known("runs_on", t.RunsOn), known("needs", t.Needs)
		g.things[id], g.groups[id] = t, t.groups()
	}
	circles := map[ID]string{}
	for _, id := range g.circular() {
		if way := g.circle(id); way != "" { // else it lies between two circles
			circles[id] = way
		}
	}
	for id, way := range circles {
		problems = append(problems, Problem{index[id], "parents", string(id), "it would hang on itself in the end: " + way})
		t := g.things[id]
		t.Parents, t.Power, t.RunsOn, t.Needs = nil, nil, nil, nil
		g.things[id] = t
		delete(g.groups, id)
	}
	for _, id := range g.order {
		for _, group := range g.groups[id] {
			for _, need := range group {
				if !slices.Contains(g.below[need], id) { // adjacent: ids come in order
					g.below[need] = append(g.below[need], id)
				}
			}
		}
	}
	slices.SortStableFunc(problems, func(a, b Problem) int { return a.Index - b.Index })
	return g, problems
}

// circular lists the things that may be on a circle, sorted: what remains when
// everything that needs nothing more, or is needed by nothing more, is taken
// away again and again.
func (g *Graph) circular() []ID {
	needs, needed := map[ID]map[ID]bool{}, map[ID]map[ID]bool{}
	link := func(m map[ID]map[ID]bool, from, to ID) {
		if m[from] == nil {
			m[from] = map[ID]bool{}
		}
		m[from][to] = true
	}
	for id, groups := range g.groups {
		for _, group := range groups {
			for _, need := range group {
				link(needs, id, need)
				link(needed, need, id)
			}
		}
	}
	left := make(map[ID]bool, len(g.order)+1)
	work := slices.Clone(g.order)
	for _, id := range g.order {
		left[id] = true
	}
	left[Line] = true
	work = append(work, Line)
	for len(work) > 0 {
		id := work[len(work)-1]
		work = work[:len(work)-1]
		if !left[id] || len(needs[id]) > 0 && len(needed[id]) > 0 {
			continue
		}
		delete(left, id)
		for other := range needed[id] {
			delete(needs[other], id)
			work = append(work, other)
		}
		for other := range needs[id] {
			delete(needed[other], id)
			work = append(work, other)
		}
	}
	var out []ID
	for _, id := range g.order {
		if left[id] {
			out = append(out, id)
		}
	}
	return out
}

// circle names the way from a thing back to itself; "" when there is none.
func (g *Graph) circle(from ID) string {
	type step struct {
		id  ID
		way string
	}
	seen := map[ID]bool{}
	for work := []step{{from, string(from)}}; len(work) > 0; {
		at := work[0]
		work = work[1:]
		for _, group := range g.groups[at.id] {
			for _, need := range group {
				if need == from {
					return at.way + " → " + string(from)
				}
				if !seen[need] && len(seen) < MaxThings {
					seen[need] = true
					work = append(work, step{need, at.way + " → " + string(need)})
				}
			}
		}
	}
	return ""
}

// Len is how many things there are.
func (g *Graph) Len() int {
	if g == nil {
		return 0
	}
	return len(g.order)
}

// All lists the things, by ID.
func (g *Graph) All() []Thing {
	if g == nil {
		return nil
	}
	out := make([]Thing, len(g.order))
	for i, id := range g.order {
		out[i] = g.things[id]
	}
	return out
}

// Thing returns the thing with an ID. Needs that did not exist are left out of
// it.
func (g *Graph) Thing(id ID) (Thing, bool) {
	if g == nil {
		return Thing{}, false
	}
	t, ok := g.things[id]
	return t, ok
}

// Children lists what needs a thing directly, by ID. The caller must not change
// it.
func (g *Graph) Children(id ID) []ID {
	if g == nil {
		return nil
	}
	return g.below[id]
}

// HangsOn reports whether a thing needs anything.
func (g *Graph) HangsOn(id ID) bool { return g != nil && len(g.groups[id]) > 0 }

// Below lists everything that needs a thing, directly or through others, by ID:
// also what has another way.
func (g *Graph) Below(id ID) []ID {
	seen := map[ID]bool{id: true}
	var out []ID
	for work := []ID{id}; len(work) > 0; {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		for _, child := range g.Children(at) {
			if !seen[child] {
				seen[child] = true
				out = append(out, child)
				work = append(work, child)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Above lists everything that a thing needs, directly or through others, by ID.
func (g *Graph) Above(id ID) []ID {
	if g == nil {
		return nil
	}
	seen := map[ID]bool{id: true}
	var out []ID
	for work := []ID{id}; len(work) > 0; {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		for _, group := range g.groups[at] {
			for _, need := range group {
				if !seen[need] {
					seen[need] = true
					out = append(out, need)
					work = append(work, need)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// Look answers questions about one moment, in which some things are broken. It
// remembers what it found and must not be used by two goroutines at once.
type Look struct {
	g      *Graph
	broken func(ID) bool
	causes map[ID][]ID
}

// Look begins to look at a moment; broken says whether a thing is broken by
// itself, and is asked about things of the graph, Line and what is asked about.
func (g *Graph) Look(broken func(ID) bool) *Look {
	return &Look{g: g, broken: broken, causes: map[ID][]ID{}}
}

// Causes returns what excuses a thing: the broken things of which none is
// excused itself, by ID. It is nil when nothing excuses it, whether the thing
// is broken or not. Where two groups excuse it, those of both are the causes.
func (l *Look) Causes(id ID) []ID {
	if l.g == nil {
		return nil
	}
	if known, ok := l.causes[id]; ok {
		return known
	}
	l.causes[id] = nil // there are no circles; if there were, they would excuse nothing
	var out []ID
	for _, group := range l.g.groups[id] {
		if roots, all := l.group(group); all {
			out = append(out, roots...)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	l.causes[id] = out
	return out
}

// group returns the causes of a group, if every member is broken or excused.
func (l *Look) group(group []ID) (roots []ID, all bool) {
	for _, need := range group {
		switch causes := l.Causes(need); {
		case len(causes) > 0:
			roots = append(roots, causes...)
		case l.broken(need):
			roots = append(roots, need)
		default:
			return nil, false
		}
	}
	return roots, true
}

// Excused reports whether something excuses a thing.
func (l *Look) Excused(id ID) bool { return len(l.Causes(id)) > 0 }

// Validate reports what is wrong with a thing by itself, whatever others there
// are; New tells the rest.
func (t Thing) Validate(r *strictyaml.Report) {
	switch check, is := t.ID.CheckID(); {
	case t.ID == "":
		r.Missing("id", "give each thing an ID that never changes, for example sw-1")
	case is && fleet.CheckID(check) != nil, !is && fleet.CheckID(string(t.ID)) != nil:
		r.Bad("id", string(t.ID), "write lower-case letters, digits, '-', '_' and '.', for example sw-1; check: and the ID of a check names that check")
	}
	if t.Class != "" {
		if _, err := fleet.ParseClass(string(t.Class)); err != nil {
			r.Bad("class", string(t.Class), err.Error())
		}
	}
	if n := len(t.Parents) + len(t.Power) + len(t.RunsOn) + len(t.Needs); n > MaxNeeds {
		r.Bad("", n, fmt.Sprintf("a thing hangs on %d others at most", MaxNeeds))
	}
	for field, ids := range map[string][]ID{"parents": t.Parents, "power": t.Power, "runs_on": t.RunsOn, "needs": t.Needs} {
		for i, id := range ids {
			if id == t.ID {
				r.At(field).Index(i).Bad("", string(id), "a thing does not hang on itself")
			}
		}
	}
}
