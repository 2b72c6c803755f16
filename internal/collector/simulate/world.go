package simulate

import (
	"cmp"
	"container/heap"
	"maps"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/collector/presence"
	"github.com/budi-monitor/budi/internal/collector/topology"
)

// world is what there is at a moment of a scenario.
type world struct {
	s    *Scenario
	emit func(any) // a line

	things  []thing
	alerts  map[incident.Key]*alert // those whose condition holds
	agenda  agenda
	order   int
	tracker *presence.Tracker
	changed bool // something that a step should see

	next time.Time // when the machine wants to look again although nothing happens

	morning  time.Time           // when digests may be due
	digested digest.State        // that were made
	ended    []incident.Incident // for the digests
	almanac  incident.Moment     // what the calendar says
	edge     time.Time           // when the calendar says something else
	mailAway bool
	silences []silence
	windows  []incident.Window // of the scenario's events
	covering bool              // some things may be covered by maintenance

	picture incident.Picture
	policy  incident.Policy
	shown   map[incident.ID]StateLine // the last line about it
	abouts  map[incident.ID]string    // what each is about
	outbox  *outbox.Outbox
	rows    *store
}

// thing is the state of one.
type thing struct {
	down    bool // by itself
	silent  bool // its data do not come
	cut     bool // what it hangs on is down
	unseen  bool // it is outside, and the own line is down: nobody can look at it
	waits   bool // it comes up later than what it hangs on
	noticed *Span
	since   time.Time // of answers
	answers bool

	maintenance bool // a window covers it
	phases      []phase
	late        []lateData
}

// alert is a condition that holds.
type alert struct {
	incident.Alert
	about topology.ID
	seen  time.Time // before that nobody knows of it
	fires time.Time
	own   bool // made by the silence of a thing
}

// action is something that happens at a moment.
type action struct {
	at    time.Time
	order int
	do    func(now time.Time)
}

// agenda is what is to come, soonest first, in the order of planning.
type agenda []*action

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return cmpTurn(a[i], a[j]) < 0 }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }

// Push implements heap.Interface.
func (a *agenda) Push(x any) { *a = append(*a, x.(*action)) }

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*a = old[:len(old)-1]
	return last
}

// in plans something for later; at once when it is for now.
func (w *world) in(now time.Time, later time.Duration, do func(now time.Time)) {
	w.order++
	heap.Push(&w.agenda, &action{now.Add(later), w.order, do})
}

// plan puts an event on the agenda, and its repetitions one after the other.
func (w *world) plan(p plan) {
	var at func(t time.Time, done int)
	at = func(t time.Time, done int) {
		w.in(t, 0, func(now time.Time) {
			if next, again := p.repeat.next(p.at, t, done, w.s.to); again {
				at(next, done+1)
			}
			p.do(w, now)
		})
	}
	first := p.at
	if p.repeat != nil && p.repeat.day != nil && !p.repeat.day(first) {
		again := false
		if first, again = p.repeat.next(p.at, first, 0, w.s.to); !again {
			return
		}
	}
	at(first, 1)
}

func (w *world) setDown(id topology.ID, now time.Time, noticed *Span) {
	t := &w.things[w.s.index[id]]
	t.noticed = noticed
	if !t.down {
		t.down = true
		w.settle(id, now)
	}
}

func (w *world) setUp(id topology.ID, now time.Time) {
	t := &w.things[w.s.index[id]]
	if t.down || t.silent || t.waits {
		t.down, t.silent, t.waits, t.noticed = false, false, false, nil
		w.settle(id, now)
	}
}

func (w *world) setSilent(id topology.ID, silent bool, now time.Time) {
	if t := &w.things[w.s.index[id]]; t.silent != silent {
		t.silent = silent
		w.settle(id, now)
	}
}

// returnSpread brings things up, and what was cut off because of them one after
// the other.
func (w *world) returnSpread(ids []topology.ID, spread time.Duration, now time.Time) {
	var back []topology.ID
	seen := map[topology.ID]bool{}
	for _, id := range ids {
		seen[id] = true
		back = append(back, id)
	}
	first := len(back)
	var below []topology.ID
	for _, id := range ids {
		for _, b := range w.s.graph.Below(id) {
			if !seen[b] && w.things[w.s.index[b]].cut {
				seen[b] = true
				below = append(below, b)
			}
		}
	}
	w.s.inOrder(below)
	back = append(back, below...)
	if spread > 0 && len(below) > 0 {
		for _, b := range below {
			w.things[w.s.index[b]].waits = true
		}
		for _, id := range back[:first] {
			w.setUp(id, now)
		}
		for i, b := range below {
			w.in(now, (spread * time.Duration(i+1) / time.Duration(len(below))).Round(time.Second), func(now time.Time) { w.arrive(b, now) })
		}
		return
	}
	for i, id := range back[:first] {
		later := time.Duration(0)
		if first > 1 {
			later = (spread * time.Duration(i) / time.Duration(first-1)).Round(time.Second)
		}
		w.in(now, later, func(now time.Time) { w.setUp(id, now) })
	}
}

// arrive ends the waiting of a thing for its turn; what is down by itself stays
// so.
func (w *world) arrive(id topology.ID, now time.Time) {
	if t := &w.things[w.s.index[id]]; t.waits {
		t.waits = false
		w.settle(id, now)
	}
}

// settle finds what a change of a thing means for it and for all below it.
func (w *world) settle(id topology.ID, now time.Time) {
	below := w.s.graph.Below(id)
	w.changed = w.changed || len(below) > 0 || w.matters(id)
	if len(below) > 0 {
		look := w.s.graph.Look(func(id topology.ID) bool {
			t := &w.things[w.s.index[id]]
			return t.down || t.waits
		})
		for _, b := range below {
			causes := look.Causes(b)
			_, check := b.CheckID()
			t := &w.things[w.s.index[b]]
			t.cut, t.unseen = len(causes) > 0, check && slices.Contains(causes, topology.Line)
			w.judge(b, now)
		}
	}
	w.judge(id, now)
}

// matters reports whether the machine sees how a thing is: of the silence of a
// computer it hears by presence, and else when something is wrong with it.
func (w *world) matters(id topology.ID) bool {
	if silentRule(w.s.things[w.s.index[id]]) != "" {
		return true
	}
	for _, a := range w.alerts {
		if a.about == id {
			return true
		}
	}
	for _, inc := range w.picture.Open {
		if topology.ID(aboutOf(inc)) == id {
			return true
		}
	}
	return false
}

// judge makes or ends the alert of a thing that does not answer.
func (w *world) judge(id topology.ID, now time.Time) {
	i := w.s.index[id]
	t := &w.things[i]
	answers := !t.down && !t.cut && !t.waits
	if answers != t.answers {
		t.answers, t.since = answers, now
		if mayBeOff(w.s.things[i].Class) {
			w.switched(i, now)
		}
	}
	w.record(i, now)
	name := silentRule(w.s.things[i])
	if name == "" {
		return
	}
	rule := w.s.rules[name]
	a := w.s.alert(rule, id, "", nil, "")
	key := a.Key()
	have := w.alerts[key]
	switch {
	case answers || t.silent || t.unseen:
		delete(w.alerts, key)
	case have == nil:
		detect := span(w.s.Alerting.Detect, cmp.Or(time.Duration(rule.For), DefaultDetect))
		fires, seen := now.Add(detect), now
		if t.noticed != nil {
			// Before it looks at it, the collector does not even suspect it.
			fires = now.Add(time.Duration(*t.noticed))
			if seen = fires.Add(-detect); seen.Before(now) {
				seen = now
			}
		}
		a.Since = seen
		w.alerts[key] = &alert{Alert: a, about: id, seen: seen, fires: fires, own: true}
		w.in(seen, 0, func(time.Time) { w.changed = true })
		w.in(fires, 0, func(time.Time) { w.changed = true })
	}
}

// fire begins an alert that the scenario tells of.
func (w *world) fire(a incident.Alert, now time.Time) {
	w.changed = true
	a.Since = now
	key := incident.NewKey(a.Rule, a.Labels)
	if have := w.alerts[key]; have != nil {
		a.Since = have.Since // more urgent, or another value
	}
	w.alerts[key] = &alert{Alert: a, about: topology.Of(a.Labels), seen: now, fires: now}
}

// clear ends alerts of a rule: about a thing, or all of them.
func (w *world) clear(rule string, about topology.ID, labels map[string]string, _ time.Time) {
	w.changed = true
	for key, a := range w.alerts {
		fits := a.Rule == rule && (about == "" || a.about == about)
		for k, v := range labels {
			fits = fits && a.Labels[labelName(k)] == v
		}
		if fits {
			delete(w.alerts, key)
		}
	}
}

// open lists the incidents that are not closed, by number.
func (w *world) open() []incident.Incident {
	out := slices.Collect(maps.Values(w.picture.Open))
	slices.SortFunc(out, func(a, b incident.Incident) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// blind reports whether nothing is known of a thing now: its data do not come,
// or it does not answer and so cannot say more.
func (w *world) blind(about topology.ID, own bool) bool {
	i, known := w.s.index[about]
	if !known {
		return false
	}
	t := &w.things[i]
	return t.silent || t.unseen || !own && !t.answers
}

// facts is what the rules, silences and looks say now.
func (w *world) facts(now time.Time) incident.Facts {
	f := incident.Facts{Cleared: map[incident.Key]bool{}, Moment: w.moment()}
	alive := map[incident.Key]bool{}
	for key, a := range w.alerts {
		if !a.own && a.Annotations["topology"] == "" && w.blind(a.about, false) || now.Before(a.seen) {
			continue
		}
		out := a.Alert
		out.Firing = !now.Before(a.fires)
		out.Silenced = w.silenced(a.Alert)
		f.Alerts = append(f.Alerts, out)
		alive[key] = true
	}
	for key, inc := range w.picture.Open {
		own := inc.Rule == ruleServer || inc.Rule == ruleCheck || inc.Rule == ruleLine || inc.Rule == ruleDevice || inc.Annotations["topology"] != ""
		if !alive[key] && !inc.Reported && !w.blind(topology.Of(inc.Labels), own) {
			f.Cleared[key] = true
		}
	}
	w.presence(&f)
	return f
}

func (w *world) silenced(a incident.Alert) bool {
	return slices.ContainsFunc(w.silences, func(q silence) bool { return q.covers(a) })
}
