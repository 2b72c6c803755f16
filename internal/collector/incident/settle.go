package incident

import (
	"maps"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
)

// settle decides what is known of an incident means now, and what is owed for it.
func (s *stepper) settle(e *entry) {
	switch e.inc.Evidence {
	case Firing:
		if !e.alert.Firing && !e.inc.Reported && !isGroup(e.inc) {
			return // pending: it keeps the incident alive and makes nothing owed
		}
		if s.held(e) {
			return
		}
		s.endAck(e)
		s.tell(e)
		s.escalate(e)
	case Cleared:
		hold := s.hold(e.inc).Recovery
		if e.inc.Flapping {
			hold = max(hold, s.policy.FlapCalm)
		}
		if s.since(e.inc.Turned, hold) {
			s.end(e)
		}
	case Unknown:
		if s.policy.ForgetAfter > 0 && s.since(e.inc.Turned, s.policy.ForgetAfter) {
			e.inc.State, e.inc.Ended, e.inc.EndReason = Closed, s.now, Expired
			s.freed = s.freed || s.explains(e)
		}
	}
}

// explains reports whether others hang on an incident.
func (s *stepper) explains(e *entry) bool {
	return slices.ContainsFunc(s.entries, func(o *entry) bool { return slices.Contains(o.inc.Because, e.inc.ID) })
}

// hold is how patient the machine is with an incident.
func (s *stepper) hold(inc Incident) Hold {
	if h, ok := s.policy.Classes[inc.Class]; ok {
		return h
	}
	return Hold{s.policy.HoldFault, s.policy.HoldRecovery}
}

// held reports whether nobody may be told of what is broken.
func (s *stepper) held(e *entry) bool {
	switch inc := e.inc; {
	case inc.Silenced, inc.Maintenance != "", len(inc.Because) > 0, s.waits(e):
		return true
	case !inc.Freed.IsZero():
		return !s.since(inc.Freed, s.policy.ReturnGrace) // it may be on its way back
	case inc.State != Holding, isGroup(inc), s.urgent(e):
		return false
	case !s.ripe(e):
		return true
	default:
		// What it hangs on may be broken, which is not certain yet. Nobody waits
		// for that for ever.
		return len(s.causes(e, s.look)) == 0 && len(s.causes(e, s.wary)) > 0 && !s.since(inc.Seen, s.patience(inc)+maxSuspicion)
	}
}

// maxSuspicion is how much longer an incident waits while what it hangs on may
// be broken.
const maxSuspicion = 10 * time.Minute

// ripe reports whether a fault has lasted for long enough.
func (s *stepper) ripe(e *entry) bool { return s.since(e.inc.Seen, s.patience(e.inc)) }

// patience is how long a fault must last before it is told.
func (s *stepper) patience(inc Incident) time.Duration {
	hold := s.hold(inc).Fault
	hangs := inc.Meaning == Down && s.policy.Graph.HangsOn(inc.Thing) ||
		inc.Meaning == Down && slices.ContainsFunc(inc.Members, s.policy.Graph.HangsOn)
	if hangs {
		hold = max(hold, s.policy.HoldSymptom)
	}
	return hold
}

// news is why somebody who knows of an incident is told again; "" when there is
// no reason to.
func (s *stepper) news(inc Incident) Reason {
	switch {
	case !inc.Freed.IsZero():
		return CauseGone
	case SeverityOf(inc.Labels).rank() > inc.Told.rank():
		return Worse // that of what it touches is no news
	case inc.Flapping && !inc.FlapTold:
		return Comes
	}
	return ""
}

// tell owes the fault to everybody who wants it and was not told yet, and news
// of it to those who were. Whoever joins the contacts later is not told of what
// others of them know already; but when none of them knows (there were no
// contacts, or those that were told are gone or have another name, or an
// escalation reached others first), the fault is not over with that: whoever is
// there now is told.
func (s *stepper) tell(e *entry) {
	first := e.inc.State == Holding
	if f := s.floor(e); first && f != "" && f.rank() > e.inc.Severity.rank() {
		e.inc.Floor, e.inc.Severity = f, f
	}
	inc := e.inc
	var news Reason
	if !first {
		news = s.news(inc)
	}
	raised := inc.Severity.rank() > inc.Told.rank()
	known := func(c Contact) bool { _, ok := inc.Notified[c.Name]; return ok }
	unheard := inc.Acked == nil && !slices.ContainsFunc(s.policy.Contacts, func(c Contact) bool { return known(c) && inc.Escalated[c.Name] == "" })
	if !first && news == "" && !unheard && !raised && len(inc.Waiting) == 0 {
		return
	}
	urgent := s.urgent(e)
	waiting := maps.Clone(inc.Waiting)
	notified := maps.Clone(inc.Notified)
	var owed []Owed
	for _, c := range s.policy.Contacts {
		if c.Later && !known(c) || !c.wants(inc.Severity, s.concerns(e)) {
			continue
		}
		o := Owed{Contact: c.Name, Kind: Fault}
		_, waits := waiting[c.Name]
		switch {
		case known(c) && waits:
			o.Kind, o.Reason = waiting[c.Name], Worse
			if o.Kind != Update {
				o.Reason = ""
			}
		case known(c) && news == "", !known(c) && !first && !unheard && !waits && !raised && news != CauseGone:
			continue
		case known(c):
			o.Kind, o.Reason = Update, news
		case inc.Before[c.Name]:
			o.Kind, o.Reason = Update, Again
			if inc.Flapping {
				o.Reason = Comes
			}
		}
		if !c.reachable(inc) && !urgent {
			if o.Kind == Fault || o.Reason == Again || o.Reason == Worse {
				waiting = with(waiting, c.Name, o.Kind)
			}
			continue
		}
		delete(waiting, c.Name)
		if !known(c) {
			notified = with(notified, c.Name, s.now)
		}
		owed = append(owed, o)
	}
	if len(waiting) == 0 {
		waiting = nil
	}
	inc.Waiting = waiting
	if first || news != "" || raised || len(owed) > 0 {
		if first {
			inc.State, inc.Opened = Open, s.now
		}
		inc.Told, inc.Notified = inc.Severity, notified
		inc.FlapTold = inc.Flapping
		inc.Freed, inc.Covered = time.Time{}, nil
	}
	e.inc = inc
	s.owe(e, owed...)
}

func with[V any](m map[string]V, key string, value V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m[key] = value
	return m
}

// owe makes messages owed about an incident as it is now.
func (s *stepper) owe(e *entry, owed ...Owed) {
	if len(owed) == 0 {
		return
	}
	var touches Touches
	if owed[0].Kind == Recovery {
		touches = s.missing(e)
	} else {
		touches = s.counted(s.touched(e))
	}
	for _, o := range owed {
		o.Incident, o.Touches = e.inc, s.named(touches, o.Contact)
		for _, id := range e.inc.Adopted {
			if other := s.byID[id]; o.Kind == Fault && other != nil {
				if _, told := other.inc.Notified[o.Contact]; told {
					o.Told = append(o.Told, id)
				}
			}
		}
		s.owed = append(s.owed, o)
	}
}

// named leaves out of what is touched the names of things of sites whose faults
// a contact is not told of; how many there are is told.
func (s *stepper) named(t Touches, contact string) Touches {
	i := slices.IndexFunc(s.policy.Contacts, func(c Contact) bool { return c.Name == contact })
	if i < 0 {
		return t
	}
	c := s.policy.Contacts[i]
	t.Named = slices.DeleteFunc(slices.Clone(t.Named), func(sym Symptom) bool { return sym.Site != "" && !c.looksAfter(sym.Site) })
	return t
}

// end closes an incident and owes the recovery to exactly those to whom the
// fault was owed, silences and changed contacts or not; but where what explains
// it speaks for it, that one's recovery does.
func (s *stepper) end(e *entry) {
	e.inc.State, e.inc.Ended, e.inc.EndReason = Closed, s.now, Recovered
	s.freed = s.freed || s.explains(e)
	s.owe(e, recoveries(e.inc)...)
}

func recoveries(inc Incident) []Owed {
	var owed []Owed
	for _, name := range slices.Sorted(maps.Keys(inc.Notified)) {
		if !slices.Contains(inc.Covered, name) {
			owed = append(owed, Owed{Contact: name, Kind: Recovery, Incident: inc})
		}
	}
	return owed
}

// endAck ends an acknowledgement that was given for a time, and reminds those
// who know of the fault.
func (s *stepper) endAck(e *entry) {
	ack := e.inc.Acked
	if ack == nil || ack.Until.IsZero() {
		return
	}
	if s.now.Before(ack.Until) {
		s.soon(ack.Until)
		return
	}
	if inc, err := e.inc.With(Note{Kind: RanOut, By: ack.By, At: s.now, Text: shorten(ack.Comment), Until: ack.Until}); err == nil {
		e.inc = inc
	}
	e.inc.Acked, e.inc.AckEnded = nil, s.now
	e.inc.Reminded++
	var owed []Owed
	for _, c := range s.policy.Contacts {
		if _, told := e.inc.Notified[c.Name]; !told {
			continue
		}
		if !c.reachable(e.inc) && !s.urgent(e) {
			e.inc.Waiting = with(maps.Clone(e.inc.Waiting), c.Name, Reminder)
			continue
		}
		owed = append(owed, Owed{Contact: c.Name, Kind: Reminder})
	}
	s.owe(e, owed...)
}

// escalate tells others when nobody looks after an incident in time.
func (s *stepper) escalate(e *entry) {
	inc := e.inc
	if inc.State != Open || inc.Acked != nil {
		return
	}
	begun := inc.Opened
	if inc.AckEnded.After(begun) {
		begun = inc.AckEnded
	}
	var owed []Owed
	for _, rule := range s.policy.Escalations {
		if rule.Off || rule.MinSeverity != "" && inc.Severity.rank() < rule.MinSeverity.rank() || !s.since(begun, rule.After) ||
			!slices.ContainsFunc(rule.To, func(name string) bool { return inc.Escalated[name] == "" }) || !s.ofClass(e, rule.Classes) {
			continue
		}
		for _, name := range rule.To {
			if _, reached := inc.Escalated[name]; reached {
				continue
			}
			inc.Escalated = with(maps.Clone(inc.Escalated), name, rule.Name)
			if _, told := inc.Notified[name]; told {
				continue
			}
			inc.Notified = with(maps.Clone(inc.Notified), name, s.now)
			owed = append(owed, Owed{Contact: name, Kind: Escalation})
		}
	}
	e.inc = inc
	s.owe(e, owed...)
}

// ofClass reports whether an incident is about a thing of some classes or
// touches one; no classes are all.
func (s *stepper) ofClass(e *entry, classes []fleet.Class) bool {
	return len(classes) == 0 || slices.Contains(classes, e.inc.Class) ||
		s.touches(e, func(t topology.Thing) bool { return slices.Contains(classes, t.Class) })
}
