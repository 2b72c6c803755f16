package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// aim is which incidents a person means: numbers, or what they are about.
type aim struct {
	text    string
	numbers []incident.ID
	about   map[topology.ID]bool
	all     bool
	rule    string
}

// aimed reads the object of a person's verb.
func (s *Scenario) aimed(r *strictyaml.Report, field string, e *Event, names Names) aim {
	a := aim{about: map[topology.ID]bool{}, rule: e.Rule, text: strings.Join(names, ", ")}
	if e.Rule != "" {
		s.rule(r, "rule", e.Rule)
	}
	for _, name := range names {
		number, err := strconv.ParseUint(strings.TrimPrefix(strings.TrimPrefix(name, "#"), "incident "), 10, 32)
		switch {
		case err == nil && s.index[topology.ID(name)] == 0 && (len(s.things) == 0 || string(s.things[0].ID) != name):
			a.numbers = append(a.numbers, incident.ID(number))
		case name == "all" || name == "everything":
			a.all = true
		default:
			ids, err := s.pick(name)
			if err != nil {
				r.Bad(field, name, err.Error())
			}
			for _, id := range ids {
				a.about[id] = true
			}
		}
	}
	return a
}

func (a aim) hits(inc incident.Incident) bool {
	return (a.all || a.about[topology.ID(aboutOf(inc))] || slices.Contains(a.numbers, inc.ID)) && (a.rule == "" || a.rule == inc.Rule)
}

// object returns the verb and object of a person's event.
func (e *Event) object() (string, Names) {
	switch {
	case e.Acknowledge != nil:
		return "acknowledge", e.Acknowledge
	case e.TakeBack != nil:
		return "take_back", e.TakeBack
	case e.Close != nil:
		return "close", e.Close
	case e.Remark != nil:
		return "remark", e.Remark
	case e.Silence != nil:
		return "silence", e.Silence
	default:
		return "unsilence", e.Unsilence
	}
}

func (s *Scenario) planPeople(r *strictyaml.Report, e *Event, n int) func(*world, time.Time) {
	name, object := e.object()
	to := s.aimed(r, name, e, object)
	by := cmp.Or(e.By, "somebody")
	if name == "remark" && strings.TrimSpace(e.Comment) == "" {
		r.Missing("comment", "say what is remarked")
	}
	return func(w *world, now time.Time) {
		hit := false
		for _, inc := range w.open() {
			if !to.hits(inc) {
				continue
			}
			hit = true
			if err := w.person(name, inc.ID, by, e.Comment, s.end(e, now), now); err != nil {
				w.warn(n, now, err.Error())
			}
		}
		if !hit {
			w.warn(n, now, fmt.Sprintf("%s: no incident is open about %s", name, to.text))
		}
	}
}

// person does to an incident what somebody wants.
func (w *world) person(verb string, id incident.ID, by, comment string, until, now time.Time) (err error) {
	var inc incident.Incident
	var changes incident.Changes
	next := w.picture
	switch verb {
	case "acknowledge":
		next, inc, err = incident.Acknowledge(w.picture, id, by, comment, until, now)
		changes.Incidents = []incident.Incident{inc}
	case "take_back":
		next, inc, err = incident.TakeBack(w.picture, id, by, now)
		changes.Incidents = []incident.Incident{inc}
	case "remark":
		next, inc, err = incident.AddNote(w.picture, id, incident.Note{Kind: incident.Comment, By: by, At: now, Text: comment})
		changes.Incidents = []incident.Incident{inc}
	case "close":
		next, changes, err = incident.CloseByHand(w.picture, id, by, comment, now)
	}
	if err != nil {
		return err
	}
	w.changed = true
	return w.commit(next, changes, now)
}

func (s *Scenario) planSilence(r *strictyaml.Report, e *Event, _ int) func(*world, time.Time) {
	name, object := e.object()
	what := s.aimed(r, name, e, object)
	if len(what.numbers) > 0 {
		r.Bad(name, what.text, "a silence is about things, not about one incident: write the thing that the incident is about, and rule: to be exact")
	}
	return func(w *world, now time.Time) {
		w.changed = true
		if name == "unsilence" {
			w.silences = slices.DeleteFunc(w.silences, func(q silence) bool { return q.aim.text == what.text && q.aim.rule == what.rule })
			return
		}
		q := silence{aim: what, until: s.end(e, now)}
		w.silences = append(w.silences, q)
		if !q.until.IsZero() {
			w.in(q.until, 0, func(now time.Time) {
				w.changed = true
				w.silences = slices.DeleteFunc(w.silences, func(q silence) bool { return !q.until.IsZero() && !q.until.After(now) })
			})
		}
	}
}

// silence keeps faults from being told.
type silence struct {
	aim   aim
	until time.Time
}

// covers reports whether a silence covers an alert.
func (q silence) covers(a incident.Alert) bool {
	return (q.aim.all || q.aim.about[topology.Of(a.Labels)]) && (q.aim.rule == "" || q.aim.rule == a.Rule)
}
