package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/roster"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/i18n"
)

// History is a span of a collector's own past, to be played with what the
// collector knows today: what hangs on what, calendar, contacts, patience. It
// travels as JSON from the collector to the command.
type History struct {
	From        time.Time           `json:"from"`
	To          time.Time           `json:"to"`
	TimeZone    string              `json:"time_zone"`
	Things      []topology.Thing    `json:"things"`
	Calendar    calendar.Config     `json:"calendar"`
	Contacts    []HistoryContact    `json:"contacts"`
	Escalations []roster.Escalation `json:"escalations"`
	Policy      incident.Policy     `json:"policy"` // without contacts, escalations and graph
	SumUpAfter  time.Duration       `json:"sum_up_after"`
	Alerts      []Episode           `json:"alerts"`
	Words       []Word              `json:"words"`
}

// HistoryContact is somebody who is told today.
type HistoryContact struct {
	roster.Contact
	Language i18n.Lang `json:"language"`
}

// Episode is an alert that fired for a while.
type Episode struct {
	Rule        string            `json:"rule"`
	Labels      map[string]string `json:"labels"` // severity among them
	Annotations map[string]string `json:"annotations,omitempty"`
	Names       map[string]string `json:"names,omitempty"`
	Members     []topology.ID     `json:"members,omitempty"`
	Value       float64           `json:"value"`
	From        time.Time         `json:"from"`
	To          time.Time         `json:"to,omitzero"` // zero: it fires still
}

// Word is what a person said in the past of an incident with a key.
type Word struct {
	At      time.Time    `json:"at"`
	Key     incident.Key `json:"key"`
	Verb    string       `json:"verb"` // acknowledge, take_back or close
	By      string       `json:"by"`
	Comment string       `json:"comment,omitempty"`
	Until   time.Time    `json:"until,omitzero"`
}

// Scenario makes a scenario of the past. It has no expectations, and tells of no
// availability: that the collector knows better.
func (h History) Scenario() (*Scenario, error) {
	zone, err := time.LoadLocation(cmp.Or(h.TimeZone, "UTC"))
	if err != nil {
		return nil, fmt.Errorf("read the past's time zone: %w", err)
	}
	if !h.To.After(h.From) {
		return nil, fmt.Errorf("the past from %s to %s is no span of time", h.From.Format(time.RFC3339), h.To.Format(time.RFC3339))
	}
	s := &Scenario{
		file: "history", MailServer: "inside", zone: zone, from: h.From.In(zone), to: h.To.In(zone), Calendar: h.Calendar,
		things: slices.Clone(h.Things), index: map[topology.ID]int{}, groups: map[string][]topology.ID{}, rules: map[string]Rule{}, past: &h,
	}
	if !slices.ContainsFunc(s.things, func(t topology.Thing) bool { return t.ID == topology.Line }) {
		s.things = append(s.things, topology.Thing{ID: topology.Line})
	}
	for i, t := range s.things {
		s.index[t.ID] = i
	}
	s.graph, _ = topology.New(s.things) // what is wrong with them the collector has told
	if s.calendar, err = calendar.New(h.Calendar, zone); err != nil {
		return nil, fmt.Errorf("read the past's calendar: %w", err)
	}
	people := make([]roster.Contact, len(h.Contacts))
	for i, c := range h.Contacts {
		people[i] = c.Contact
		s.Contacts = append(s.Contacts, Contact{Name: c.Name, Language: string(c.Language), MinSeverity: c.MinSeverity, Terms: c.Terms})
	}
	s.roster = roster.New(people, h.Escalations, s.calendar, zone)
	sum := Span(h.SumUpAfter)
	if sum > 0 {
		s.Alerting.SumUpAfter = &sum
	}
	shipped, err := shippedRules()
	if err != nil {
		return nil, err
	}
	for i, e := range h.Alerts {
		// What a rule means for what hangs on its thing is what it means today.
		for _, rule := range shipped {
			if rule.Name == e.Rule && rule.Meaning != "" && e.Annotations["topology"] == "" {
				e.Annotations = with(e.Annotations, "topology", rule.Meaning)
			}
		}
		s.plans = append(s.plans, e.plans(i, s.from)...)
	}
	for i, said := range h.Words {
		s.plans = append(s.plans, plan{event: i, at: said.At.In(zone), do: func(w *world, now time.Time) {
			inc, open := w.picture.Open[said.Key]
			if !open {
				w.warn(i, now, fmt.Sprintf("%s by %s: played with what is known today, no incident is open then of which they spoke", said.Verb, said.By))
				return
			}
			if err := w.person(said.Verb, inc.ID, said.By, said.Comment, said.Until, now); err != nil {
				w.warn(i, now, err.Error())
			}
		}})
	}
	return s, nil
}

func with(m map[string]string, key, value string) map[string]string {
	out := map[string]string{key: value}
	for k, v := range m {
		if k != key {
			out[k] = v
		}
	}
	return out
}

// ParsePast reads a span of the past, such as 2026-11-01..2026-11-15 or
// "2026-11-14 08:00"..now; an end that is a day only is the end of that day.
func ParsePast(text string, zone *time.Location, now time.Time) (from, to time.Time, err error) {
	begin, end, ok := strings.Cut(text, "..")
	if !ok {
		return from, to, fmt.Errorf("write two times with .. between them, for example 2026-11-01..2026-11-15")
	}
	if from, err = Moment(strings.TrimSpace(begin)).resolve(now, zone); err != nil {
		return from, to, fmt.Errorf("%q: %w", begin, err)
	}
	switch end = strings.TrimSpace(end); {
	case end == "now":
		return from, now.In(zone), nil
	case len(end) == len(time.DateOnly) && strings.Count(end, "-") == 2:
		end += " 24:00"
	}
	if to, err = Moment(end).resolve(from, zone); err != nil {
		return from, to, fmt.Errorf("%q: %w", end, err)
	}
	if !to.After(from) {
		return from, to, fmt.Errorf("%q ends before it begins", text)
	}
	return from, to, nil
}

// plans are the beginning and the end of an episode.
func (e Episode) plans(n int, begin time.Time) []plan {
	a := incident.Alert{Rule: e.Rule, Labels: e.Labels, Annotations: e.Annotations, Names: e.Names, Members: e.Members, Value: e.Value, Since: e.From}
	from := e.From
	if from.Before(begin) {
		from = begin
	}
	out := []plan{{event: n, at: from, do: func(w *world, now time.Time) { w.fire(a, now) }}}
	if !e.To.IsZero() {
		out = append(out, plan{event: n, at: e.To, do: func(w *world, _ time.Time) {
			if have := w.alerts[a.Key()]; have != nil && have.Labels["severity"] == a.Labels["severity"] {
				delete(w.alerts, a.Key())
				w.changed = true
			}
		}})
	}
	return out
}
