package simulate

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Event is something that happens: one verb, when, and what belongs to it.
type Event struct {
	At    Moment `yaml:"at"`
	Until Moment `yaml:"until"`
	For   Span   `yaml:"for"`
	Note  string `yaml:"note"` // for the reader of the file

	// Verbs about things.
	Down     Names `yaml:"down"`
	Up       Names `yaml:"up"`
	Silent   Names `yaml:"silent"`
	PowerCut Names `yaml:"power_cut"`
	Late     Names `yaml:"late"`

	// Verbs about rules.
	Firing  string `yaml:"firing"`
	Cleared string `yaml:"cleared"`

	// Verbs of people and of the mail server.
	Mail        string `yaml:"mail"`
	Acknowledge Names  `yaml:"acknowledge"`
	TakeBack    Names  `yaml:"take_back"`
	Close       Names  `yaml:"close"`
	Remark      Names  `yaml:"remark"`
	Silence     Names  `yaml:"silence"`
	Unsilence   Names  `yaml:"unsilence"`
	Report      Names  `yaml:"report"`
	Maintenance Names  `yaml:"maintenance"`

	// What belongs to a verb.
	About        Names             `yaml:"about"`
	Rule         string            `yaml:"rule"`
	Severity     string            `yaml:"severity"`
	Labels       map[string]string `yaml:"labels"`
	Value        float64           `yaml:"value"`
	Summary      string            `yaml:"summary"`
	By           string            `yaml:"by"`
	Comment      string            `yaml:"comment"`
	State        string            `yaml:"state"`
	From         Moment            `yaml:"from"`
	To           Moment            `yaml:"to"`
	Battery      Span              `yaml:"battery"`
	Spread       Span              `yaml:"spread"`
	NoticedAfter *Span             `yaml:"noticed_after"`
	Every        string            `yaml:"every"`
	Times        int               `yaml:"times"`
	Jitter       Span              `yaml:"jitter"`
	Pick         int               `yaml:"pick"`
	WhenDown     bool              `yaml:"when_down"`
	Lasts        Span              `yaml:"lasts"`
	Name         string            `yaml:"name"`
}

// plan is an event that was checked and is ready to happen.
type plan struct {
	event  int // its place in the file
	at     time.Time
	repeat *repeat // nil: once
	do     func(w *world, now time.Time)
}

// verb is one thing that can happen.
type verb struct {
	name string
	set  bool
	also []string // the fields that may stand beside it, besides at, for, until, every, times and note
	plan func(r *strictyaml.Report, e *Event, n int) func(w *world, now time.Time)
}

func (s *Scenario) verbs(e *Event) []verb {
	return []verb{
		{"down", e.Down != nil, []string{"spread", "jitter", "pick", "noticed_after", "comment"}, s.planDown},
		{"up", e.Up != nil, []string{"spread", "jitter", "pick"}, s.planUp},
		{"silent", e.Silent != nil, []string{"spread", "jitter", "pick"}, s.planSilent},
		{"power_cut", e.PowerCut != nil, []string{"battery", "spread"}, s.planPowerCut},
		{"late", e.Late != nil, []string{"state", "from", "to"}, s.planLate},
		{"firing", e.Firing != "", []string{"about", "severity", "labels", "value", "summary", "spread", "jitter", "pick"}, s.planFiring},
		{"cleared", e.Cleared != "", []string{"about", "labels", "spread", "jitter"}, s.planCleared},
		{"mail", e.Mail != "", nil, s.planMail},
		{"acknowledge", e.Acknowledge != nil, []string{"by", "comment", "rule"}, s.planPeople},
		{"take_back", e.TakeBack != nil, []string{"by", "rule"}, s.planPeople},
		{"close", e.Close != nil, []string{"by", "comment", "rule"}, s.planPeople},
		{"remark", e.Remark != nil, []string{"by", "comment", "rule"}, s.planPeople},
		{"silence", e.Silence != nil, []string{"by", "comment", "rule"}, s.planSilence},
		{"report", e.Report != nil, []string{"by", "comment", "severity"}, s.planReport},
		{"maintenance", e.Maintenance != nil, []string{"when_down", "lasts", "name", "comment"}, s.planMaintenance},
		{"unsilence", e.Unsilence != nil, []string{"by", "rule"}, s.planSilence},
	}
}

// beside lists the fields that only some verbs take, and whether they are set.
func (e *Event) beside() map[string]bool {
	return map[string]bool{
		"about": e.About != nil, "rule": e.Rule != "", "severity": e.Severity != "", "labels": e.Labels != nil, "value": e.Value != 0,
		"summary": e.Summary != "", "by": e.By != "", "comment": e.Comment != "", "state": e.State != "", "from": e.From != "", "to": e.To != "",
		"battery": e.Battery != 0, "spread": e.Spread != 0, "noticed_after": e.NoticedAfter != nil, "jitter": e.Jitter != 0, "pick": e.Pick != 0,
		"when_down": e.WhenDown, "lasts": e.Lasts != 0, "name": e.Name != "",
	}
}

func (s *Scenario) validateEvents(r *strictyaml.Report) {
	if len(s.Events) > maxEvents {
		r.Bad("", len(s.Events), fmt.Sprintf("at most %d events; every: repeats one", maxEvents))
		return
	}
	before := s.from
	for i := range s.Events {
		e := &s.Events[i]
		at := r.Index(i)
		var chosen []verb
		for _, v := range s.verbs(e) {
			if v.set {
				chosen = append(chosen, v)
			}
		}
		switch {
		case len(chosen) == 0:
			var names []string
			for _, v := range s.verbs(e) {
				names = append(names, v.name)
			}
			at.Bad("", nil, "nothing happens here: write one of "+strings.Join(names, ", "))
			continue
		case len(chosen) > 1:
			at.Bad(chosen[1].name, nil, "an event is one thing that happens, and this is "+chosen[0].name+" already; write another event with the same at")
			continue
		}
		v := chosen[0]
		for field, set := range e.beside() {
			if set && !slices.Contains(v.also, field) {
				at.Bad(field, nil, fmt.Sprintf("%s does not take this; it takes %s", v.name, strings.Join(append([]string{"at", "for", "until", "every", "times"}, v.also...), ", ")))
			}
		}
		begin, ok := s.begin(at, e, before)
		if !ok {
			continue
		}
		before = begin
		s.checkEnd(at, e, begin)
		p := plan{event: i, at: begin, repeat: s.repetition(at, e, begin), do: v.plan(at, e, i)}
		if p.do != nil {
			s.plans = append(s.plans, p)
		}
	}
}

// begin finds when an event is for the first time. Without "at" it is at the
// moment of the event before it.
func (s *Scenario) begin(r *strictyaml.Report, e *Event, before time.Time) (time.Time, bool) {
	if e.At == "" {
		return before, true
	}
	t, err := e.At.resolve(s.from, s.zone)
	switch {
	case err != nil:
		r.Bad("at", e.At, err.Error())
	case t.Before(s.from) && e.Every == "":
		r.Bad("at", e.At, "the scenario begins at "+s.from.Format(time.RFC3339)+"; what was before it cannot happen in it")
	case t.After(s.to):
		r.Bad("at", e.At, "the scenario ends at "+s.to.Format(time.RFC3339)+" (to:)")
	default:
		return t, true
	}
	return t, false
}

// end finds how long what begins lasts: for, or until unless that ends a
// repetition. Zero: until told otherwise.
func (s *Scenario) end(e *Event, begin time.Time) time.Time {
	switch {
	case e.For != 0:
		return begin.Add(time.Duration(e.For))
	case e.Until != "" && e.Every == "":
		t, _ := e.Until.resolve(begin, s.zone) // checkEnd has told
		return t
	}
	return time.Time{}
}

// checkEnd tells what is wrong with for and until.
func (s *Scenario) checkEnd(r *strictyaml.Report, e *Event, begin time.Time) {
	switch {
	case e.Until == "":
	case e.For != 0 && e.Every == "":
		r.Bad("until", e.Until, "for and until say the same twice; write one of them")
	default:
		if t, err := e.Until.resolve(begin, s.zone); err != nil {
			r.Bad("until", e.Until, err.Error())
		} else if !t.After(begin) {
			r.Bad("until", e.Until, "the end comes after the beginning")
		}
	}
}

// targets are the things of one occurrence and how much later than it each has
// its turn: all at once, spread evenly, or scattered at random.
func (s *Scenario) targets(e *Event, n int, ids []topology.ID, now time.Time) []turn {
	random := s.random(n, now)
	if e.Pick > 0 && e.Pick < len(ids) {
		ids = slices.Clone(ids)
		random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		ids = ids[:e.Pick]
		s.inOrder(ids)
	}
	out := make([]turn, len(ids))
	for i, id := range ids {
		out[i] = turn{id, s.later(e, random, i, len(ids))}
	}
	return out
}

type turn struct {
	id    topology.ID
	later time.Duration
}

// later is how much after an occurrence the i-th of n has its turn.
func (s *Scenario) later(e *Event, random *rand.Rand, i, n int) time.Duration {
	var d time.Duration
	if e.Spread > 0 && n > 1 {
		d = (time.Duration(e.Spread) * time.Duration(i) / time.Duration(n-1)).Round(time.Second)
	}
	if e.Jitter > 0 {
		steps := max(int64(time.Duration(e.Jitter)/jitterStep), 1)
		d += time.Duration(random.Int64N(steps+1)) * min(jitterStep, time.Duration(e.Jitter))
	}
	return d
}

// jitterStep is how fine what is scattered at random is.
const jitterStep = 10 * time.Second

// random is the chance of one occurrence of an event: the same in every run.
func (s *Scenario) random(n int, now time.Time) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %d", n, now.Unix())
	return rand.New(rand.NewPCG(s.Seed, h.Sum64()))
}

func (s *Scenario) planDown(r *strictyaml.Report, e *Event, n int) func(*world, time.Time) {
	ids := s.pickAll(r, "down", e.Down)
	return s.lasting(r, e, n, ids, func(w *world, id topology.ID, now time.Time) {
		w.setDown(id, now, e.NoticedAfter)
	}, func(w *world, id topology.ID, now time.Time) {
		w.setUp(id, now)
	})
}

func (s *Scenario) planUp(r *strictyaml.Report, e *Event, n int) func(*world, time.Time) {
	ids := s.pickAll(r, "up", e.Up)
	if e.For != 0 || e.Until != "" && e.Every == "" {
		return s.lasting(r, e, n, ids, func(w *world, id topology.ID, now time.Time) {
			w.setUp(id, now)
		}, func(w *world, id topology.ID, now time.Time) {
			w.setDown(id, now, nil)
		})
	}
	return func(w *world, now time.Time) {
		if e.Spread > 0 {
			w.returnSpread(ids, time.Duration(e.Spread), now)
			return
		}
		for _, t := range s.targets(e, n, ids, now) {
			w.in(now, t.later, func(now time.Time) { w.setUp(t.id, now) })
		}
	}
}

func (s *Scenario) planSilent(r *strictyaml.Report, e *Event, n int) func(*world, time.Time) {
	ids := s.pickAll(r, "silent", e.Silent)
	return s.lasting(r, e, n, ids, func(w *world, id topology.ID, now time.Time) {
		w.setSilent(id, true, now)
	}, func(w *world, id topology.ID, now time.Time) {
		w.setSilent(id, false, now)
	})
}

// lasting plans what begins for each thing and, with for or until, ends.
func (s *Scenario) lasting(r *strictyaml.Report, e *Event, n int, ids []topology.ID, begin, end func(*world, topology.ID, time.Time)) func(*world, time.Time) {
	return func(w *world, now time.Time) {
		over := s.end(e, now)
		for _, t := range s.targets(e, n, ids, now) {
			w.in(now, t.later, func(now time.Time) { begin(w, t.id, now) })
			if !over.IsZero() {
				w.in(over, t.later, func(now time.Time) { end(w, t.id, now) })
			}
		}
	}
}

// planPowerCut: UPSes run on their batteries, then are empty, and everything
// that they feed is off; when the power is back it comes up one by one.
func (s *Scenario) planPowerCut(r *strictyaml.Report, e *Event, _ int) func(*world, time.Time) {
	ids := s.pickAll(r, "power_cut", e.PowerCut)
	battery, rule := time.Duration(e.Battery), s.rules[ruleBattery]
	return func(w *world, now time.Time) {
		over := s.end(e, now)
		for _, id := range ids {
			w.fire(s.alert(rule, id, "", nil, ""), now)
			if empty := now.Add(battery); battery > 0 && (over.IsZero() || empty.Before(over)) {
				w.in(empty, 0, func(now time.Time) { w.setDown(id, now, nil) })
			}
		}
		if over.IsZero() {
			return
		}
		w.in(over, 0, func(now time.Time) {
			for _, id := range ids {
				w.clear(rule.Name, id, nil, now)
			}
			w.returnSpread(ids, time.Duration(e.Spread), now)
		})
	}
}

func (s *Scenario) planLate(r *strictyaml.Report, e *Event, _ int) func(*world, time.Time) {
	ids := s.pickAll(r, "late", e.Late)
	switch e.State {
	case "up", "down":
	case "":
		r.Missing("state", "say what the late data tell: state: down, or state: up")
	default:
		r.Bad("state", e.State, "write down or up")
	}
	if e.From == "" || e.To == "" {
		r.Missing("from", "say of which time the late data are: from: and to:")
		return nil
	}
	from, err := e.From.resolve(s.from, s.zone)
	if err != nil {
		r.Bad("from", e.From, err.Error())
		return nil
	}
	to, err := e.To.resolve(from, s.zone)
	if err != nil {
		r.Bad("to", e.To, err.Error())
		return nil
	}
	if !to.After(from) {
		r.Bad("to", e.To, "the end comes after the beginning")
	}
	return func(w *world, now time.Time) {
		for _, id := range ids {
			w.late(id, e.State, from, to, now)
		}
	}
}

func (s *Scenario) planFiring(r *strictyaml.Report, e *Event, n int) func(*world, time.Time) {
	rule := s.rule(r, "firing", e.Firing)
	switch incident.Severity(e.Severity) {
	case "", incident.Critical, incident.Warning, incident.Info:
	default:
		r.Bad("severity", e.Severity, "write critical, warning or info")
	}
	ids := s.pickAll(r, "about", e.About)
	if e.About == nil {
		ids = []topology.ID{""}
	}
	return s.lasting(r, e, n, ids, func(w *world, id topology.ID, now time.Time) {
		a := s.alert(rule, id, e.Severity, e.Labels, e.Summary)
		a.Value = e.Value
		w.fire(a, now)
	}, func(w *world, id topology.ID, now time.Time) {
		w.clear(rule.Name, id, e.Labels, now)
	})
}

func (s *Scenario) planCleared(r *strictyaml.Report, e *Event, n int) func(*world, time.Time) {
	rule := s.rule(r, "cleared", e.Cleared)
	ids := s.pickAll(r, "about", e.About)
	if e.About == nil {
		ids = []topology.ID{""} // whatever it is about
	}
	return func(w *world, now time.Time) {
		for _, t := range s.targets(e, n, ids, now) {
			w.in(now, t.later, func(now time.Time) { w.clear(rule.Name, t.id, e.Labels, now) })
		}
	}
}

// rule finds a rule by its name. One that nobody knows is a mistake in writing,
// or has to be declared.
func (s *Scenario) rule(r *strictyaml.Report, field, name string) Rule {
	if rule, known := s.rules[name]; known {
		return rule
	}
	best, least := "", 4
	var names []string
	for known := range s.rules {
		names = append(names, known)
	}
	slices.Sort(names)
	for _, known := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(known), least); d < least {
			best, least = known, d
		}
	}
	want := "declare this rule under rules: (name, severity, meaning), or take one of those that are there: " + strings.Join(names, ", ")
	if best != "" {
		want = "there is no such rule; did you mean " + best + "? A rule of your own is declared under rules:"
	}
	r.Bad(field, name, want)
	return Rule{Name: name}
}

func (s *Scenario) planMail(r *strictyaml.Report, e *Event, _ int) func(*world, time.Time) {
	switch strings.ToLower(e.Mail) {
	case "away", "down":
		return func(w *world, now time.Time) {
			w.mailAway = true
			if over := s.end(e, now); !over.IsZero() {
				w.in(over, 0, func(time.Time) { w.mailAway = false })
			}
		}
	case "back", "up":
		return func(w *world, _ time.Time) { w.mailAway = false }
	}
	r.Bad("mail", e.Mail, "write away (the mail server does not answer) or back")
	return nil
}

// cmpTurn orders what happens at one moment as it stands in the file.
func cmpTurn(a, b *action) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.order, b.order)) }
