package topology_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/budi-monitor/budi/internal/collector/topology"
)

func ids(text string) []topology.ID {
	var out []topology.ID
	for _, s := range strings.Fields(text) {
		out = append(out, topology.ID(s))
	}
	return out
}

// school is a small one: a server with two ways and a UPS, a website on it.
func school(t *testing.T) *topology.Graph {
	t.Helper()
	g, problems := topology.New([]topology.Thing{
		{ID: "router", Parents: ids("line")},
		{ID: "sw-a", Parents: ids("router"), Power: ids("ups")},
		{ID: "sw-b", Parents: ids("router")},
		{ID: "ups"},
		{ID: "pc", Parents: ids("sw-a")},
		{ID: "srv", Parents: ids("sw-a sw-b")},
		{ID: "check:site", RunsOn: ids("srv"), Needs: ids("check:dns")},
		{ID: "check:dns", Parents: ids("line")},
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return g
}

func TestCausesAreTheMostUpstream(t *testing.T) {
	g := school(t)
	for _, c := range []struct{ rule, broken, thing, want string }{
		{"nothing is broken", "", "pc", ""},
		{"a thing does not excuse itself", "pc", "pc", ""},
		{"the switch above", "sw-a pc", "pc", "sw-a"},
		{"one of two ways is enough", "sw-a srv", "srv", ""},
		{"both ways", "sw-a sw-b srv", "srv", "sw-a sw-b"},
		{"both ways through the same router", "router sw-a sw-b srv", "srv", "router"},
		{"power is needed besides a way", "ups pc", "pc", "ups"},
		{"power of one of two ways", "ups", "srv", ""},
		{"one way without power, the other broken", "ups sw-b", "srv", "sw-b ups"},
		{"through what nobody looks at", "line", "check:site", "line"},
		{"two reasons at once", "srv check:dns", "check:site", "check:dns srv"},
		{"what is excused is no cause", "line router srv", "check:site", "line"},
		{"a thing that nobody knows", "line", "stranger", ""},
	} {
		broken := ids(c.broken)
		look := g.Look(func(id topology.ID) bool { return slices.Contains(broken, id) })
		if got := look.Causes(topology.ID(c.thing)); !slices.Equal(got, ids(c.want)) {
			t.Errorf("%s: %s with %s broken: because of %v, want %s", c.rule, c.thing, c.broken, got, c.want)
		}
	}
}

func TestMistakesAreToldAndLeftOut(t *testing.T) {
	g, problems := topology.New([]topology.Thing{
		{ID: "a", Parents: ids("b")},
		{ID: "b", Parents: ids("c line")},
		{ID: "c", Needs: ids("a")},
		{ID: "below", Parents: ids("a gone")},
		{ID: "a"},
		{ID: "fine", Parents: ids("line")},
	})
	var told []string
	for _, p := range problems {
		told = append(told, fmt.Sprintf("%d %s %s: %s", p.Index, p.Field, p.Value, p.Want))
	}
	want := []string{
		"0 parents a: it would hang on itself in the end: a → b → c → a",
		"1 parents b: it would hang on itself in the end: b → c → a → b",
		"2 parents c: it would hang on itself in the end: c → a → b → c",
		"3 parents gone: nothing has this ID: write that of a device, of a thing in topology, line, or check: and the ID of a check",
		"4 id a: thing 1 has this ID already; each needs its own",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told:\n%s\nwant:\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
	if got := g.Below("a"); !slices.Equal(got, ids("below")) {
		t.Errorf("below a: %v", got)
	}
	if g.HangsOn("b") || !g.HangsOn("fine") {
		t.Error("the circle is still there, or what is fine is gone")
	}
}

func TestAboveAndBelow(t *testing.T) {
	g := school(t)
	if got := g.Below("sw-a"); !slices.Equal(got, ids("check:site pc srv")) {
		t.Errorf("below sw-a: %v", got)
	}
	if got := g.Above("check:site"); !slices.Equal(got, ids("check:dns line router srv sw-a sw-b ups")) {
		t.Errorf("above check:site: %v", got)
	}
	var none *topology.Graph
	if none.Look(func(topology.ID) bool { return true }).Excused("pc") || none.Len() != 0 || none.Below("pc") != nil {
		t.Error("nil is no empty graph")
	}
}

// In any graph: a cause is broken and is not excused; a thing without needs is
// excused by nothing; breaking more things excuses no fewer.
func TestAnyGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "things")
		things := make([]topology.Thing, n)
		name := func(i int) topology.ID { return topology.ID(fmt.Sprintf("t%02d", i)) }
		for i := range things {
			things[i].ID = name(i)
			draw := func() (out []topology.ID) {
				for range rapid.IntRange(0, 2).Draw(t, "needs") {
					out = append(out, name(rapid.IntRange(0, n-1).Draw(t, "need")))
				}
				return out
			}
			things[i].Parents, things[i].Power, things[i].Needs = draw(), draw(), draw()
		}
		g, _ := topology.New(things)
		few, more := map[topology.ID]bool{}, map[topology.ID]bool{}
		for i := range n {
			few[name(i)] = rapid.IntRange(0, 3).Draw(t, "broken") == 0
			more[name(i)] = few[name(i)] || rapid.IntRange(0, 3).Draw(t, "broken too") == 0
		}
		a, b := g.Look(func(id topology.ID) bool { return few[id] }), g.Look(func(id topology.ID) bool { return more[id] })
		for i := range n {
			id := name(i)
			for _, cause := range a.Causes(id) {
				if !few[cause] || a.Excused(cause) || !slices.Contains(g.Above(id), cause) {
					t.Fatalf("%s is no cause of %s", cause, id)
				}
			}
			if a.Excused(id) && (!g.HangsOn(id) || !b.Excused(id)) {
				t.Fatalf("%s is excused when less is broken, not when more is", id)
			}
		}
	})
}

func BenchmarkCauses10000(b *testing.B) {
	const n = 10_000
	things := make([]topology.Thing, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range things {
		things[i].ID = topology.ID(fmt.Sprintf("t%05d", i))
		if i > 0 {
			things[i].Parents = []topology.ID{things[r.IntN(i)].ID}
		}
	}
	g, _ := topology.New(things)
	for b.Loop() {
		look := g.Look(func(id topology.ID) bool { return id == "t00000" })
		for i := range 500 {
			if i > 0 && !look.Excused(things[n-i].ID) {
				b.Fatal("not excused")
			}
		}
	}
}
