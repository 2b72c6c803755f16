package collector

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/collector/wiring"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/probe"
)

// source says how it is known that a thing hangs on another. What somebody
// declared wins over what follows, and both win over what is learnt from the
// network.
type source string

const (
	declared source = "declared" // in the file, in the console or by a list
	implied  source = "implied"  // it follows from what a check looks at
	learnt   source = "learnt"   // switches tell it
)

// hang is that one thing needs another directly.
type hang struct{ thing, need topology.ID }

// hangs is what hangs on what at one moment. It never changes.
type hangs struct {
	graph    *topology.Graph
	implied  map[hang]bool        // those that nobody declared
	learnt   map[hang]string      // the same: the port
	inFile   map[topology.ID]bool // things whose needs the file declares
	problems []hangProblem
}

// source says how it is known that a thing hangs on another.
func (h *hangs) source(thing, need topology.ID) source {
	if h.implied[hang{thing, need}] {
		return implied
	}
	if _, ok := h.learnt[hang{thing, need}]; ok {
		return learnt
	}
	return declared
}

// hangProblem is a need that is left out, because nothing has its ID or because
// the thing would hang on itself.
type hangProblem struct {
	Thing topology.ID
	topology.Problem
}

// hanging keeps the newest hangs. The zero value is ready; it is safe for
// concurrent use.
type hanging struct {
	mu        sync.Mutex
	now       *hangs
	inventory uint64 // of which versions it is made
	config    uint64
	learnt    uint64
	told      []hangProblem // that the log has already
}

// hangs returns what hangs on what now; it is made anew when the configuration
// or the inventory has changed.
func (c *Collector) hangs() *hangs {
	h := &c.hanging
	h.mu.Lock()
	defer h.mu.Unlock()
	// Versions first: what changes while it is read makes the next one.
	devices := c.agents.inventory.Version()
	config, version := c.configNow()
	links, learnt := c.learning.now()
	if h.now != nil && h.inventory == devices && h.config == version && h.learnt == learnt {
		return h.now
	}
	resolve := func(id string) string {
		if d, ok := c.agents.inventory.Resolve(id); ok {
			return d.ID
		}
		return id
	}
	h.now, h.inventory, h.config, h.learnt = hangsOf(&config, c.agents.inventory.Info(), c.device, resolve, links), devices, version, learnt
	for _, p := range h.now.problems[:min(len(h.now.problems), 20)] {
		if !slices.Contains(h.told, p) {
			c.log.Warn("what a thing hangs on is left out", "thing", string(p.Thing), "field", p.Field, "value", p.Value, "problem", p.Want)
		}
	}
	h.told = h.now.problems[:min(len(h.now.problems), 20)]
	return h.now
}

// graph is what hangs on what now.
func (c *Collector) graph() *topology.Graph { return c.hangs().graph }

// Kinds of things that are not in the inventory.
const (
	kindLine        = "line"
	kindCertificate = "certificate"
)

// certificatePrefix begins the ID of the certificate that a server shows.
const certificatePrefix = "certificate:"

// hangsOf puts together what hangs on what. resolve follows devices that were
// merged; own is the collector's computer; links is what was learnt.
func hangsOf(c *Config, devices []inventory.Device, own string, resolve func(string) string, links map[string]wiring.Link) *hangs {
	b := hangBuilder{things: map[topology.ID]*topology.Thing{}, out: &hangs{implied: map[hang]bool{}, learnt: map[hang]string{}, inFile: map[topology.ID]bool{}}}
	if len(c.Line.Witnesses) > 0 {
		b.add(topology.Thing{ID: topology.Line, Kind: kindLine, Site: c.Site.ID})
	}
	for _, d := range devices {
		b.add(topology.Thing{ID: topology.ID(d.ID), Name: d.Name, Kind: d.Kind, Class: d.Class, Site: d.Site, Room: d.Room, Seat: d.Seat, Parents: thingIDs(d.Parents), Power: thingIDs(d.Power)})
	}
	for _, check := range c.Checks {
		b.add(thingOfCheck(c, check))
	}
	for _, t := range c.Topology {
		b.lay(t)
	}
	b.imply(c, own)
	b.resolve(resolve)
	b.learn(links)
	b.build()
	return b.out
}

// hangBuilder collects things.
type hangBuilder struct {
	things map[topology.ID]*topology.Thing
	out    *hangs
}

func (b *hangBuilder) add(t topology.Thing) { b.things[t.ID] = &t }

// lay lays what the file says of a thing over what is known of it.
func (b *hangBuilder) lay(t topology.Thing) {
	b.out.inFile[t.ID] = true
	known := b.things[t.ID]
	if known == nil {
		b.add(t)
		return
	}
	for _, f := range []struct {
		into *string
		from string
	}{{&known.Name, t.Name}, {&known.Kind, t.Kind}, {(*string)(&known.Class), string(t.Class)}, {&known.Site, t.Site}, {&known.Room, t.Room}, {&known.Seat, t.Seat}} {
		if f.from != "" {
			*f.into = f.from
		}
	}
	for _, f := range []struct{ into, from *[]topology.ID }{{&known.Parents, &t.Parents}, {&known.Power, &t.Power}, {&known.RunsOn, &t.RunsOn}, {&known.Needs, &t.Needs}} {
		if *f.from != nil {
			*f.into = *f.from
		}
	}
}

// thingOfCheck is a check with what is declared of it.
func thingOfCheck(c *Config, check settings.Check) topology.Thing {
	kind := "service"
	if t, err := probe.ParseTarget(check.Target); err == nil && t.Kind == probe.KindHTTP {
		kind = "website"
	} else if err == nil && (t.Kind == probe.KindJob || t.Kind == probe.KindDomain) {
		kind = t.Kind
	}
	return topology.Thing{
		ID: topology.Check(check.ID), Name: check.Title(), Kind: kind, Class: fleet.Server, Site: c.siteOf(check),
		Parents: thingIDs(check.Parents), RunsOn: thingIDs(check.RunsOn), Needs: thingIDs(check.DependsOn),
	}
}

func thingIDs(ids []string) []topology.ID {
	var out []topology.ID
	for _, id := range ids {
		out = append(out, topology.ID(id))
	}
	return out
}

// imply adds what follows from what checks look at: a website needs the name
// that a check of ours asks a name server for, and the certificate of its
// server; what is outside needs our own line, when there are witnesses of it;
// what is on the collector's own computer runs on it.
func (b *hangBuilder) imply(c *Config, own string) {
	names := map[string][]topology.ID{} // who asks for a name
	for _, check := range c.Checks {
		if t, err := probe.ParseTarget(check.Target); err == nil && t.Kind == probe.KindDNS {
			names[strings.TrimSuffix(t.Name, ".")] = append(names[strings.TrimSuffix(t.Name, ".")], topology.Check(check.ID))
		}
	}
	for _, check := range c.Checks {
		t := b.things[topology.Check(check.ID)]
		target, err := probe.ParseTarget(check.Target)
		if check.Target == settings.SelfTarget || err == nil && isOwn(target.Host) {
			if len(t.RunsOn) == 0 && b.things[topology.ID(own)] != nil {
				t.RunsOn = b.implied(t, t.RunsOn, topology.ID(own))
			}
		}
		if err != nil {
			continue
		}
		if check.Outside() && len(c.Line.Witnesses) > 0 {
			t.Needs = b.implied(t, t.Needs, topology.Line)
		}
		if target.Kind != probe.KindDNS {
			for _, asks := range names[target.Host] {
				t.Needs = b.implied(t, t.Needs, asks)
			}
		}
		if id := certificateOf(check.Target, target); id != "" {
			if b.things[id] == nil {
				b.add(topology.Thing{ID: id, Name: strings.TrimPrefix(string(id), certificatePrefix), Kind: kindCertificate, Class: fleet.Server, Site: t.Site})
			}
			t.Needs = b.implied(t, t.Needs, id)
		}
	}
}

// implied adds a need that nobody declared.
func (b *hangBuilder) implied(t *topology.Thing, needs []topology.ID, need topology.ID) []topology.ID {
	if need == t.ID || slices.Contains(needs, need) {
		return needs
	}
	b.out.implied[hang{t.ID, need}] = true
	return append(slices.Clip(needs), need)
}

// certificateOf is the thing that the certificate at a target is; "" when there
// is none.
func certificateOf(text string, t probe.Target) topology.ID {
	if t.Kind == probe.KindTLS || t.Kind == probe.KindHTTP && strings.HasPrefix(strings.ToLower(text), "https:") {
		return topology.ID(certificatePrefix + net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port))))
	}
	return ""
}

func isOwn(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// resolve follows devices that were merged into others.
func (b *hangBuilder) resolve(follow func(string) string) {
	for _, t := range b.things {
		for _, list := range []*[]topology.ID{&t.Parents, &t.Power, &t.RunsOn, &t.Needs} {
			for i, id := range *list {
				if b.things[id] != nil || id == topology.Line {
					continue
				}
				if now := topology.ID(follow(string(id))); now != id && now != t.ID {
					*list = slices.Clone(*list)
					(*list)[i] = now
				}
			}
		}
	}
}

// build makes the graph. What of the console would make a circle with the file
// is left out: the file wins.
func (b *hangBuilder) build() {
	things := make([]topology.Thing, 0, len(b.things))
	for _, id := range slices.Sorted(maps.Keys(b.things)) {
		things = append(things, *b.things[id])
	}
	if len(things) > topology.MaxThings {
		// What neither hangs on anything nor bears anything tells nothing here.
		needed := map[topology.ID]bool{}
		for _, t := range things {
			for _, id := range needsOf(t) {
				needed[id] = true
			}
		}
		things = slices.DeleteFunc(things, func(t topology.Thing) bool { return !needed[t.ID] && len(needsOf(t)) == 0 })
		things = things[:min(len(things), topology.MaxThings)]
	}
	graph, problems := topology.New(things)
	cut := false
	for _, p := range problems {
		t := &things[p.Index]
		b.out.problems = append(b.out.problems, hangProblem{t.ID, p})
		if len(needsOf(*t)) > 0 && !graph.HangsOn(t.ID) && !b.out.inFile[t.ID] {
			t.Parents, t.Power, t.RunsOn, t.Needs = nil, nil, nil, nil
			cut = true
		}
	}
	if cut {
		graph, _ = topology.New(things)
	}
	b.out.graph = graph
}

// needsOf lists everything that a thing needs directly, in the order of its
// groups.
func needsOf(t topology.Thing) []topology.ID {
	return slices.Concat(t.Parents, t.Power, t.RunsOn, t.Needs)
}

// deviceHangs is what the inventory asks before a device is to hang on other
// things. with are the devices that change at the same time.
func (c *Collector) deviceHangs(d inventory.Device, with map[string]inventory.Device) error {
	h := c.hangs()
	was, _ := h.graph.Thing(topology.ID(d.ID))
	for _, f := range []struct {
		field  string
		needs  []string
		before []topology.ID
	}{{"parents", d.Parents, was.Parents}, {"power", d.Power, was.Power}} {
		f.before = slices.DeleteFunc(slices.Clone(f.before), func(need topology.ID) bool { return h.source(was.ID, need) == learnt })
		if h.inFile[was.ID] && len(f.before) > 0 && !slices.Equal(thingIDs(f.needs), f.before) {
			return &inventory.InvalidError{Field: f.field, Want: "the configuration file declares it; change it there"}
		}
		for _, need := range f.needs {
			_, added := with[need]
			if !added && !h.knows(topology.ID(need)) && !slices.Contains(f.before, topology.ID(need)) {
				return nothingHas(f.field, need)
			}
		}
		way := h.circle(topology.ID(d.ID), thingIDs(f.needs), func(id topology.ID) ([]topology.ID, bool) {
			other, ok := with[string(id)]
			return thingIDs(slices.Concat(other.Parents, other.Power)), ok && !h.inFile[id]
		})
		if way != "" {
			return &inventory.CircleError{Field: f.field, Way: way}
		}
	}
	return nil
}

// hangsSeen refuses that a device comes to hang on what whoever asks does not
// see, in the words for what is not there.
func (c *Collector) hangsSeen(ctx context.Context, was inventory.Device, e inventory.Edit) error {
	graph, sees := c.graph(), seenThing(ctx)
	for _, f := range []struct {
		field  string
		needs  *[]string
		before []string
	}{{"parents", e.Parents, was.Parents}, {"power", e.Power, was.Power}} {
		if f.needs == nil {
			continue
		}
		for _, need := range *f.needs {
			t, ok := graph.Thing(topology.ID(need))
			if ok && t.ID != topology.Line && !sees(t) && !slices.Contains(f.before, need) {
				return nothingHas(f.field, need)
			}
		}
	}
	return nil
}

func nothingHas(field, id string) error {
	return &inventory.InvalidError{Field: field, Want: fmt.Sprintf("nothing has the ID %q: write that of a device, of a thing in topology, line, or check: and the ID of a check", id)}
}

// knows reports whether something has this ID.
func (h *hangs) knows(id topology.ID) bool {
	_, ok := h.graph.Thing(id)
	return ok || id == topology.Line
}

// circle names the way from a thing back to itself if it needed these; "" when
// there is none. with tells what other things will need that change too.
func (h *hangs) circle(from topology.ID, needs []topology.ID, with func(topology.ID) ([]topology.ID, bool)) string {
	type step struct {
		id  topology.ID
		way string
	}
	var work []step
	for _, need := range needs {
		work = append(work, step{need, string(from) + " → " + string(need)})
	}
	seen := map[topology.ID]bool{}
	for len(work) > 0 {
		at := work[0]
		work = work[1:]
		if at.id == from {
			return at.way
		}
		if seen[at.id] {
			continue
		}
		seen[at.id] = true
		next, changes := with(at.id)
		if !changes {
			t, _ := h.graph.Thing(at.id)
			// What somebody declares wins over what is learnt.
			next = slices.DeleteFunc(needsOf(t), func(need topology.ID) bool { return h.source(at.id, need) == learnt })
		}
		for _, need := range next {
			work = append(work, step{need, at.way + " → " + string(need)})
		}
	}
	return ""
}

// checkHangs says what is wrong with what a check of the console is to hang on.
// sees says which things whoever asks may know of.
func (c *Collector) checkHangs(check settings.Check, sees func(topology.Thing) bool) settings.Problems {
	h := c.hangs()
	id := topology.Check(check.ID)
	was, _ := h.graph.Thing(id)
	var out settings.Problems
	for _, f := range []struct {
		field string
		needs []string
	}{{"parents", check.Parents}, {"runs_on", check.RunsOn}, {"depends_on", check.DependsOn}} {
		for _, need := range f.needs {
			t, ok := h.graph.Thing(topology.ID(need))
			if (!ok || !sees(t)) && need != string(topology.Line) && !slices.Contains(needsOf(was), topology.ID(need)) {
				out = append(out, settings.New(f.field, settings.CodeHangs, "ID", need))
				break
			}
		}
		if check.ID == "" {
			continue // nothing can hang on it yet
		}
		way := h.circle(id, thingIDs(f.needs), func(topology.ID) ([]topology.ID, bool) { return nil, false })
		if way != "" {
			out = append(out, settings.New(f.field, settings.CodeCircle, "Way", way))
		}
	}
	return out
}

// thingFinder finds things by what people call them: the ID, or a name that one
// thing only has. Of things of other sites than whoever asks sees there is
// nothing.
func (c *Collector) thingFinder(ctx context.Context) func(text string) (string, bool) {
	graph := c.graph()
	sees := seenThing(ctx)
	named := map[string][]topology.ID{}
	name := func(text string, id topology.ID) {
		key := web.Fold(text)
		if key != "" && !slices.Contains(named[key], id) {
			named[key] = append(named[key], id)
		}
	}
	for _, t := range graph.All() {
		if sees(t) {
			name(t.Name, t.ID)
		}
	}
	for _, d := range c.agents.inventory.Info() {
		if seesSite(ctx, d.Site) {
			name(d.Hostname, topology.ID(d.ID))
		}
	}
	return func(text string) (string, bool) {
		text = strings.TrimSpace(text)
		if t, ok := graph.Thing(topology.ID(text)); ok && sees(t) || text == string(topology.Line) {
			return text, true
		}
		if found := named[web.Fold(text)]; len(found) == 1 {
			return string(found[0]), true
		}
		if id := topology.Check(text); text != "" { // its ID as the configuration file and the API write it
			if t, ok := graph.Thing(id); ok && sees(t) {
				return string(id), true
			}
		}
		return text, false
	}
}

// seenThing says which things whoever asks may know of: those of a site that
// they see, and those of none.
func seenThing(ctx context.Context) func(topology.Thing) bool {
	return func(t topology.Thing) bool { return t.Site == "" || seesSite(ctx, t.Site) }
}

// foundThings finds several things; what is none is named in the error.
func foundThings(find func(string) (string, bool), texts []string) (ids []string, missing string) {
	for _, text := range texts {
		id, ok := find(text)
		if !ok && missing == "" {
			missing = text
		}
		ids = append(ids, id)
	}
	return ids, missing
}

// about puts the thing that an alert is about beside what its rule says of it,
// where the labels alone do not name it: a rule that is about the certificate of
// a check means the same certificate for all checks that meet it.
func (c *Collector) about(labels, annotations map[string]string) map[string]string {
	if annotations["about"] != kindCertificate || annotations["thing"] != "" {
		return annotations
	}
	w, ok := (*c.looking.plan.Load())[checkPrefix+labels["check"]]
	if !ok {
		return annotations
	}
	target, err := probe.ParseTarget(w.check.Target)
	if err != nil {
		return annotations
	}
	if id := certificateOf(w.check.Target, target); id != "" {
		annotations = maps.Clone(annotations)
		annotations["thing"] = string(id)
	}
	return annotations
}
