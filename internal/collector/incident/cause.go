package incident

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
)

// explain finds of each incident whether others explain it.
func (s *stepper) explain() {
	s.reps = map[topology.ID]*entry{}
	for _, e := range s.entries {
		e.touched = nil
		if e.inc.Meaning == Trouble || e.inc.Thing == "" || s.answers(e.inc) {
			continue
		}
		// Whoever says why a thing is gone speaks for it, else the first by key.
		if have := s.reps[e.inc.Thing]; have == nil || speaksForThing(e.inc) > speaksForThing(have.inc) {
			s.reps[e.inc.Thing] = e
		}
	}
	s.look = s.policy.Graph.Look(func(id topology.ID) bool { return s.reps[id] != nil })
	s.wary = s.policy.Graph.Look(func(id topology.ID) bool { return s.reps[id] != nil || s.suspect[id] })
	for _, e := range s.entries {
		s.because(e, s.causes(e, s.look))
	}
}

// answers reports whether a thing that comes and goes has answered for so long
// that others' faults would be over by now: it explains nothing meanwhile.
func (s *stepper) answers(inc Incident) bool {
	return inc.Flapping && inc.Evidence == Cleared && s.since(inc.Turned, s.hold(inc).Recovery)
}

// unknownExplains is for how long a thing of which nobody knows any more whether
// it is broken explains what goes wrong. What it explained by then it goes on
// explaining.
const unknownExplains = 24 * time.Hour

// speaksForThing is higher for what says more of why a thing is broken.
func speaksForThing(inc Incident) int {
	switch {
	case isGroup(inc):
		return 0 // a guess
	case inc.Meaning == Cause:
		return 2
	default:
		return 1
	}
}

// causes are the things that explain an incident, as a look sees them.
func (s *stepper) causes(e *entry, look *topology.Look) []topology.ID {
	switch {
	case e.inc.Meaning != Down && !isGroup(e.inc):
		return nil
	case len(e.inc.Members) > 0 && !isGroup(e.inc):
		// It is explained when each of the things is.
		var all []topology.ID
		for _, m := range e.inc.Members {
			causes := look.Causes(m)
			if len(causes) == 0 {
				return nil
			}
			all = append(all, causes...)
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	if rep := s.reps[e.inc.Thing]; rep != nil && rep != e {
		if causes := look.Causes(e.inc.Thing); len(causes) > 0 {
			return causes
		}
		return []topology.ID{e.inc.Thing}
	}
	return look.Causes(e.inc.Thing)
}

// because notes what explains an incident now.
func (s *stepper) because(e *entry, causes []topology.ID) {
	var ids []ID
	for _, thing := range causes {
		rep := s.reps[thing]
		if rep == nil || rep == e || rep.inc.Evidence == Unknown && e.inc.Seen.Sub(rep.inc.Turned) > unknownExplains {
			continue
		}
		ids = append(ids, rep.inc.ID)
	}
	was := e.inc.Because
	switch {
	case len(ids) > 0:
		e.inc.Because, e.inc.Freed, e.inc.Waiting = ids, time.Time{}, nil
		for _, id := range ids {
			if cause := s.byID[id]; !slices.Contains(was, id) && len(e.inc.Notified) > 0 && !slices.Contains(cause.inc.Adopted, e.inc.ID) && len(cause.inc.Adopted) < MaxNamed {
				cause.inc.Adopted = append(slices.Clip(cause.inc.Adopted), e.inc.ID)
			}
		}
	case len(was) > 0:
		e.inc.Because, e.inc.Freed = nil, s.now
	}
}

// cover notes to whom the causes of a symptom speak for it, now that everything
// is told that is to be told at this moment.
func (s *stepper) cover() {
	for _, e := range s.entries {
		if len(e.inc.Because) == 0 || len(e.inc.Notified) == 0 {
			continue
		}
		covered := slices.Clone(e.inc.Covered)
		for name := range e.inc.Notified {
			for _, id := range e.inc.Because {
				if _, told := s.byID[id].inc.Notified[name]; told && !slices.Contains(covered, name) {
					covered = append(covered, name)
				}
			}
		}
		slices.Sort(covered)
		e.inc.Covered = covered
	}
}

// touched lists what an incident touches.
func (s *stepper) touched(e *entry) []topology.ID {
	if e.touched != nil {
		return *e.touched
	}
	var things []topology.ID
	switch {
	case len(e.inc.Members) > 0 && !isGroup(e.inc):
		things = e.inc.Members
	case e.inc.Meaning != Trouble && s.reps[e.inc.Thing] == e:
		for _, id := range s.policy.Graph.Below(e.inc.Thing) {
			if slices.Contains(s.look.Causes(id), e.inc.Thing) {
				things = append(things, id)
			}
		}
	}
	e.touched = &things
	return things
}

// touches reports whether an incident is about a thing of a kind, or touches one.
func (s *stepper) touches(e *entry, is func(topology.Thing) bool) bool {
	return slices.ContainsFunc(s.touched(e), func(id topology.ID) bool {
		t, ok := s.policy.Graph.Thing(id)
		return ok && is(t)
	})
}

// concerns reports whether an incident is about a site or touches something
// there.
func (s *stepper) concerns(e *entry) func(site string) bool {
	return func(site string) bool {
		return e.inc.Labels["site"] == site || s.touches(e, func(t topology.Thing) bool { return t.Site == site })
	}
}

// floor is how urgent an incident is by what it touches: what cuts off a server
// or a website is as urgent as its fault would be.
func (s *stepper) floor(e *entry) Severity {
	heavy := s.touches(e, func(t topology.Thing) bool {
		_, check := t.ID.CheckID()
		return check || t.Class == fleet.Server
	})
	if heavy && e.inc.Meaning != Trouble {
		return Critical
	}
	return ""
}

// raise makes causes as urgent as what hangs on them.
func (s *stepper) raise() {
	for _, e := range s.entries {
		if f := e.inc.Floor; f != "" && f.rank() > e.inc.Severity.rank() {
			e.inc.Severity = f
		}
	}
	for _, e := range s.entries {
		for _, id := range e.inc.Because {
			if cause := s.byID[id]; e.inc.Evidence == Firing && e.inc.Severity.rank() > cause.inc.Severity.rank() {
				cause.inc.Severity = e.inc.Severity
			}
		}
	}
}

// missing counts what an incident that ends leaves behind.
func (s *stepper) missing(e *entry) Touches {
	var things []topology.ID
	for _, other := range s.entries {
		if slices.Contains(other.inc.Because, e.inc.ID) && other.inc.Evidence != Cleared && other.inc.State != Closed && other.inc.Thing != "" && other.inc.Thing != e.inc.Thing {
			things = append(things, other.inc.Thing)
		}
	}
	slices.Sort(things)
	return s.counted(slices.Compact(things))
}

func (s *stepper) counted(things []topology.ID) Touches {
	if len(things) == 0 {
		return Touches{}
	}
	out := Touches{Total: len(things)}
	kinds := map[string]int{}
	for _, id := range things {
		t, _ := s.policy.Graph.Thing(id)
		sym := Symptom{Thing: id, Name: t.Title(), Kind: cmp.Or(t.Kind, string(t.Class)), Class: t.Class, Site: t.Site, Room: t.Room, Seat: t.Seat, Down: s.reps[id] != nil}
		sym.Name = cmp.Or(sym.Name, string(id))
		kinds[sym.Kind]++
		out.Named = append(out.Named, sym)
	}
	slices.SortStableFunc(out.Named, func(a, b Symptom) int {
		return cmp.Or(cmp.Compare(importance(a), importance(b)), cmp.Compare(a.Thing, b.Thing))
	})
	out.Named = out.Named[:min(len(out.Named), MaxNamed)]
	for kind, n := range kinds {
		out.Kinds = append(out.Kinds, Touch{kind, n})
	}
	slices.SortFunc(out.Kinds, func(a, b Touch) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Kind, b.Kind)) })
	return out
}

// importance is lower for what is named first.
func importance(s Symptom) int {
	if _, check := s.Thing.CheckID(); check {
		return 2
	}
	switch s.Class {
	case fleet.Server:
		return 0
	case fleet.Safety:
		return 1
	case fleet.Presentation:
		return 4
	case fleet.Workstation:
		return 5
	default:
		return 3
	}
}

// RuleTogether is the rule of what falls silent together: computers of a room,
// which the composition finds (labels site and room), and things behind one
// other, which the machine finds itself (labels site and behind).
const RuleTogether = "TogetherGone"

// isGroup reports whether an incident is one that the machine made of several
// things behind one other.
func isGroup(inc Incident) bool { return inc.Rule == RuleTogether && inc.Labels["behind"] != "" }

// togetherMin: so many things behind one other, and at least half of what is
// there and must answer, are one incident about what they hang on when they fall
// silent before the first of them is told.
const togetherMin = 3

// group makes one incident of several things that fell silent together and of
// which nobody knows why, and ends those whose things are back.
func (s *stepper) group() {
	for _, e := range s.entries {
		if isGroup(e.inc) {
			e.inc = s.turn(e.inc, s.groupEvidence(e.inc))
		}
	}
	behind := map[topology.ID][]*entry{}
	for _, e := range s.entries {
		if e.inc.Meaning != Down || e.inc.State != Holding || e.inc.Evidence != Firing || e.inc.Silenced ||
			len(e.inc.Because) > 0 || !e.inc.Freed.IsZero() || len(e.inc.Members) > 0 || e.inc.Round > 0 {
			continue
		}
		t, ok := s.policy.Graph.Thing(e.inc.Thing)
		for _, way := range [][]topology.ID{t.Parents, t.Power} {
			// Of two ways none is a reason by itself; the line has witnesses.
			if ok && len(way) == 1 && way[0] != topology.Line && s.reps[way[0]] == nil {
				behind[way[0]] = append(behind[way[0]], e)
			}
		}
	}
	made := false
	for _, parent := range slices.Sorted(maps.Keys(behind)) {
		made = s.gather(parent, behind[parent]) || made
	}
	if made {
		s.explain()
	}
}

// groupEvidence says what is known of a group: it lasts while half of it does.
func (s *stepper) groupEvidence(inc Incident) Evidence {
	left := 0
	for _, m := range inc.Members {
		if rep := s.reps[m]; rep != nil && rep.inc.Evidence != Cleared {
			left++
		}
	}
	if left*2 >= len(inc.Members) {
		return Firing
	}
	return Cleared
}

// gather makes an incident of those behind a thing that fell silent together,
// when the first of them would be told.
func (s *stepper) gather(parent topology.ID, down []*entry) bool {
	if len(down) < togetherMin {
		return false
	}
	slices.SortStableFunc(down, func(a, b *entry) int {
		return cmp.Or(a.inc.Seen.Compare(b.inc.Seen), cmp.Compare(a.inc.Key, b.inc.Key))
	})
	first := down[0]
	if !s.ripe(first) || s.wary.Excused(first.inc.Thing) {
		return false
	}
	always := 0
	for _, id := range s.policy.Graph.Children(parent) {
		if t, _ := s.policy.Graph.Thing(id); t.Class != fleet.Workstation && t.Class != fleet.Presentation {
			always++
		}
	}
	if 2*len(down) < always {
		return false
	}
	t, _ := s.policy.Graph.Thing(parent)
	site := cmp.Or(t.Site, first.inc.Labels["site"])
	severity := Info
	for _, e := range down {
		if e.inc.Severity.rank() > severity.rank() {
			severity = e.inc.Severity
		}
	}
	labels := map[string]string{"site": site, "behind": string(parent), "severity": string(severity)}
	key := NewKey(RuleTogether, labels)
	if _, known := s.before.Open[key]; known {
		return false
	}
	inc := Incident{
		ID: s.next.Next, Key: key, Rule: RuleTogether, Labels: labels, Severity: severity,
		Annotations: map[string]string{"message": "together_gone", "runbook": "together-gone", "topology": string(Cause), "thing": string(parent)},
		Names:       map[string]string{"behind": cmp.Or(t.Title(), string(parent))},
		State:       Holding, Evidence: Firing, Since: first.inc.Since, Seen: first.inc.Seen, Turned: s.now, LastFired: s.now,
		Thing: parent, Class: t.Class, Room: t.Room, Meaning: Cause,
	}
	s.next.Next++
	for _, e := range down {
		inc.Members = append(inc.Members, e.inc.Thing)
	}
	slices.Sort(inc.Members)
	inc.Value = float64(len(inc.Members))
	s.add(&entry{inc: inc})
	return true
}
