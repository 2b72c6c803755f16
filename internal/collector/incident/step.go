package incident

import (
	"maps"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
)

// Picture is all that is open now. It is a value: Step makes a new one and
// leaves the old one as it was, so that a picture that could not be stored is
// simply dropped and made again.
type Picture struct {
	Open map[Key]Incident
	Next ID // the ID that the next incident gets; 0 counts as 1

	// Recent are incidents that ended within Policy.FlapWithin: what comes back
	// is the same again.
	Recent map[Key]Incident
}

// Changes is what a step brought.
type Changes struct {
	Incidents []Incident // those that are new or differ, closed ones included, by ID
	Owed      []Owed     // by incident, then in the order of the contacts
	Refused   int        // alerts that found no room because of Policy.MaxOpen or MaxOfDevice; they are tried again at each step

	// Next is when something changes although the facts stay: a hold passes, an
	// acknowledgement runs out, a window ends. Zero: not in sight. Whoever has
	// no clock that ticks steps then at the latest.
	Next time.Time
}

// Step moves the picture to the moment now. The result depends on nothing but
// the arguments; the order of the alerts does not matter. A second step with
// the same arguments owes nothing more.
func Step(p Picture, f Facts, now time.Time, policy Policy) (Picture, Changes) {
	s := &stepper{now: now, facts: f, policy: policy, before: p, next: Picture{Next: max(p.Next, 1)}}
	s.see()
	s.explain()
	s.group()
	s.raise()
	s.window()
	for _, e := range s.entries {
		s.settle(e)
	}
	s.cover()
	changes := s.finish()
	if !s.freed {
		return s.next, changes
	}
	// A cause ended: what it explained stands by itself from this moment on.
	next, more := Step(s.next, f, now, policy)
	return next, changes.then(more)
}

// then joins the changes of two steps at the same moment.
func (c Changes) then(later Changes) Changes {
	at := map[ID]int{}
	for i, inc := range c.Incidents {
		at[inc.ID] = i
	}
	for _, inc := range later.Incidents {
		if i, ok := at[inc.ID]; ok {
			c.Incidents[i] = inc
		} else {
			c.Incidents = append(c.Incidents, inc)
		}
	}
	c.Owed = append(c.Owed, later.Owed...)
	c.Refused, c.Next = later.Refused, later.Next
	c.sort()
	return c
}

func (c Changes) sort() {
	byID := func(a, b Incident) int { return int(a.ID) - int(b.ID) }
	slices.SortFunc(c.Incidents, byID)
	slices.SortStableFunc(c.Owed, func(a, b Owed) int { return byID(a.Incident, b.Incident) })
}

// stepper is one step under way.
type stepper struct {
	now    time.Time
	facts  Facts
	policy Policy
	before Picture
	next   Picture

	entries []*entry // by key
	byID    map[ID]*entry
	reps    map[topology.ID]*entry // the incident that breaks a thing
	suspect map[topology.ID]bool   // things of which a rule says for a short while only that they are broken
	look    *topology.Look         // by what is broken
	wary    *topology.Look         // by what is broken or suspected

	owed    []Owed
	refused int
	soonest time.Time
	freed   bool // an incident ended that explained others
}

// entry is one incident in a step.
type entry struct {
	inc     Incident
	before  Incident
	existed bool
	alert   Alert
	alive   bool // an alert is pending or firing
	touched *[]topology.ID
}

// soon notes a moment at which something changes by itself.
func (s *stepper) soon(t time.Time) {
	if t.After(s.now) && (s.soonest.IsZero() || t.Before(s.soonest)) {
		s.soonest = t
	}
}

// since reports whether so much time has passed since a moment, and notes when
// it will have.
func (s *stepper) since(t time.Time, d time.Duration) bool {
	if s.now.Sub(t) >= d {
		return true
	}
	s.soon(t.Add(d))
	return false
}

// see takes in the facts: which incidents there are, and what is known of each.
func (s *stepper) see() {
	alerts := merge(s.facts.Alerts)
	keys := make(map[Key]bool, len(alerts)+len(s.before.Open))
	for key := range alerts {
		keys[key] = true
	}
	for key := range s.before.Open {
		keys[key] = true
	}
	about := map[string]int{} // devices
	for _, inc := range s.before.Open {
		about[inc.Labels["device"]]++
	}
	open := len(s.before.Open)
	s.byID = make(map[ID]*entry, len(keys))
	s.suspect = map[topology.ID]bool{}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		alert, alive := alerts[key]
		e := &entry{alert: alert, alive: alive}
		e.before, e.existed = s.before.Open[key]
		device := alert.Labels["device"]
		switch {
		case e.existed:
			e.inc = unwind(e.before, s.now)
		case !alert.Firing:
			if thing, meaning := s.about(alert); meaning != Trouble && thing != "" {
				s.suspect[thing] = true
			}
			continue // pending: nothing to tell yet
		case s.mayBeOff(alert):
			continue
		case s.policy.MaxOpen > 0 && open >= s.policy.MaxOpen,
			s.policy.MaxOfDevice > 0 && device != "" && about[device] >= s.policy.MaxOfDevice:
			s.refused++
			continue
		default:
			about[device]++
			open++
			e.inc = s.begin(key, alert)
		}
		switch {
		case alive:
			e.inc = s.refresh(e.inc, alert)
			e.inc = s.turn(e.inc, Firing)
			if alert.Firing {
				e.inc.LastFired = s.now
			}
		case e.inc.Reported, isGroup(e.inc): // no rule knows of these
		case s.facts.Cleared[key]:
			e.inc = s.turn(e.inc, Cleared)
		default:
			e.inc = s.turn(e.inc, Unknown)
		}
		s.add(e)
	}
}

func (s *stepper) add(e *entry) {
	s.entries = append(s.entries, e)
	s.byID[e.inc.ID] = e
}

// begin makes the incident of an alert that has none: a new one, or one that
// ended a short while ago and is back.
func (s *stepper) begin(key Key, a Alert) Incident {
	if inc, ok := s.before.Recent[key]; ok && s.lately(inc) {
		return s.again(inc)
	}
	inc := Incident{ID: s.next.Next, Key: key, Rule: a.Rule, State: Holding, Seen: s.now, Since: a.Since}
	s.next.Next++
	return inc
}

// lately reports whether an incident ended so short a while ago that what comes
// back is the same. After a clock was set back nobody knows.
func (s *stepper) lately(inc Incident) bool {
	ago := s.now.Sub(inc.Ended)
	return s.policy.FlapWithin > 0 && ago >= 0 && ago <= s.policy.FlapWithin
}

// again makes an incident that had ended one that has not.
func (s *stepper) again(inc Incident) Incident {
	before := maps.Clone(inc.Before)
	if before == nil {
		before = map[string]bool{}
	}
	for name := range inc.Notified {
		before[name] = true
	}
	inc.Before, inc.Notified, inc.Waiting, inc.Escalated = before, nil, nil, nil
	inc.State, inc.Ended, inc.EndReason, inc.Opened = Holding, time.Time{}, "", time.Time{}
	inc.Seen, inc.Acked, inc.AckEnded = s.now, nil, time.Time{}
	inc.Because, inc.Freed, inc.Covered, inc.Adopted = nil, time.Time{}, nil, nil
	inc.Round++
	return s.returned(inc)
}

// Flapping: so many returns within so long are too many.
const (
	flapSpan    = time.Hour
	flapReturns = 2
)

// returned notes that the fault is back.
func (s *stepper) returned(inc Incident) Incident {
	returns := slices.DeleteFunc(slices.Clone(inc.Returns), func(t time.Time) bool { return s.now.Sub(t) > flapSpan })
	inc.Returns = append(returns, s.now)
	if len(inc.Returns) > 20 {
		inc.Returns = inc.Returns[len(inc.Returns)-20:]
	}
	inc.Flapping = inc.Flapping || s.policy.FlapWithin > 0 && len(inc.Returns) >= flapReturns
	return inc
}

// about says what an alert is about and what it means.
func (s *stepper) about(a Alert) (topology.ID, Meaning) {
	thing := topology.Of(a.Labels)
	if named := a.Annotations["thing"]; named != "" {
		thing = topology.ID(named)
	}
	switch m := Meaning(a.Annotations["topology"]); m {
	case Down, Cause:
		return thing, m
	}
	return thing, Trouble
}

// mayBeOff reports whether an alert says of a thing that it does not answer,
// which is no fault of this thing: people switch it off.
func (s *stepper) mayBeOff(a Alert) bool {
	thing, meaning := s.about(a)
	if meaning != Down || len(a.Members) > 0 {
		return false
	}
	t, _ := s.policy.Graph.Thing(thing)
	return (t.Class == fleet.Workstation || t.Class == fleet.Presentation) && !s.assessed(t.Site, t.Room)
}

// refresh takes over what the alert says now.
func (s *stepper) refresh(inc Incident, a Alert) Incident {
	inc.Labels, inc.Annotations = a.Labels, a.Annotations
	inc.Silenced = a.Silenced
	inc.Severity = SeverityOf(a.Labels)
	inc.Thing, inc.Meaning = s.about(a)
	if len(a.Members) > 0 {
		inc.Members = a.Members
	}
	if t, ok := s.policy.Graph.Thing(inc.Thing); ok {
		inc.Class, inc.Room = t.Class, t.Room
	} else if room := a.Labels["room"]; room != "" {
		inc.Room = room
	}
	if a.Firing {
		inc.Value = a.Value
		if a.Problem != nil {
			// A look that goes well again comes before the rule that sees it,
			// and before the recovery, which says what was wrong.
			inc.Problem = a.Problem
		}
		inc.Names = renamed(inc.Names, a.Names)
	}
	return inc
}

// renamed takes over what things are called now, and keeps the names of those
// that nobody knows any more: they were removed from the configuration.
func renamed(before, now map[string]string) map[string]string {
	if len(before) == 0 || maps.Equal(before, now) {
		return now
	}
	all := maps.Clone(before)
	maps.Copy(all, now)
	return all
}

// turn notes a change of evidence and when it came.
func (s *stepper) turn(inc Incident, e Evidence) Incident {
	if inc.Evidence != e {
		if inc.Evidence == Cleared && e == Firing && inc.State == Open {
			inc = s.returned(inc)
		}
		inc.Evidence, inc.Turned = e, s.now
	}
	return inc
}

// unwind pulls moments that lie in the future back to now: the system clock
// was set back, and a hold must not last until the clock has caught up.
func unwind(inc Incident, now time.Time) Incident {
	for _, t := range []*time.Time{&inc.Seen, &inc.Turned, &inc.LastFired, &inc.Since, &inc.Freed, &inc.AckEnded} {
		if t.After(now) {
			*t = now
		}
	}
	return inc
}

// finish makes the new picture and what changed.
func (s *stepper) finish() Changes {
	s.next.Open = make(map[Key]Incident, len(s.entries))
	changes := Changes{Owed: s.owed, Refused: s.refused}
	for key, inc := range s.before.Recent {
		if s.lately(inc) {
			s.remember(key, inc)
		}
	}
	for _, e := range s.entries {
		if e.inc.State != Closed {
			s.next.Open[e.inc.Key] = e.inc
			delete(s.next.Recent, e.inc.Key)
		} else if e.inc.EndReason == Recovered && !e.inc.Opened.IsZero() && s.policy.FlapWithin > 0 {
			s.remember(e.inc.Key, e.inc)
		}
		if !e.existed || !same(e.before, e.inc) {
			changes.Incidents = append(changes.Incidents, e.inc)
		}
	}
	s.soon(s.facts.Moment.Next)
	changes.Next = s.soonest
	changes.sort()
	return changes
}

func (s *stepper) remember(key Key, inc Incident) {
	if s.next.Recent == nil {
		s.next.Recent = map[Key]Incident{}
	}
	s.next.Recent[key] = inc
}

// same reports whether nothing differs that is worth storing. LastFired, Value
// and annotations (they may quote the value) move with every evaluation and are
// stored with the next real change; so are new names.
func same(a, b Incident) bool {
	return a.State == b.State && a.Evidence == b.Evidence && a.Severity == b.Severity && a.Told == b.Told &&
		a.Silenced == b.Silenced && a.Turned.Equal(b.Turned) && a.Seen.Equal(b.Seen) && a.Since.Equal(b.Since) &&
		a.Opened.Equal(b.Opened) && a.Freed.Equal(b.Freed) && a.AckEnded.Equal(b.AckEnded) && a.Acked == b.Acked &&
		a.Floor == b.Floor && a.Thing == b.Thing && a.Class == b.Class && a.Room == b.Room && a.Meaning == b.Meaning &&
		a.Maintenance == b.Maintenance && a.Reminded == b.Reminded && a.Round == b.Round && a.Flapping == b.Flapping &&
		len(a.Notified) == len(b.Notified) && len(a.Notes) == len(b.Notes) && len(a.Returns) == len(b.Returns) &&
		slices.Equal(a.Members, b.Members) && slices.Equal(a.Because, b.Because) && slices.Equal(a.Adopted, b.Adopted) && slices.Equal(a.Covered, b.Covered) &&
		maps.Equal(a.Waiting, b.Waiting) && maps.Equal(a.Escalated, b.Escalated) && maps.Equal(a.Labels, b.Labels)
}

// merge joins alerts that differ in severity only: the most urgent that fires
// and is not silenced speaks for all. A silence for one severity hides no other.
func merge(alerts []Alert) map[Key]Alert {
	out := make(map[Key]Alert, len(alerts))
	for _, a := range alerts {
		key := a.Key()
		if have, ok := out[key]; !ok || speaksFor(a, have) {
			out[key] = a
		}
	}
	return out
}

func speaksFor(a, b Alert) bool {
	if a.Firing != b.Firing {
		return a.Firing
	}
	if a.Silenced != b.Silenced {
		return b.Silenced
	}
	if ra, rb := SeverityOf(a.Labels).rank(), SeverityOf(b.Labels).rank(); ra != rb {
		return ra > rb
	}
	if !a.Since.Equal(b.Since) {
		return a.Since.Before(b.Since)
	}
	return a.Value > b.Value // only so that the order of the alerts does not matter
}

// SeverityOf reads the label "severity"; what is not one of ours is Warning.
func SeverityOf(labels map[string]string) Severity {
	switch s := Severity(labels["severity"]); s {
	case Critical, Info:
		return s
	default:
		return Warning
	}
}
