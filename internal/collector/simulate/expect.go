package simulate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Expectation is one mail that a scenario expects; fields that are left out may
// be anything.
type Expectation struct {
	At       Moment `yaml:"at"`
	Within   Span   `yaml:"within"`
	To       Names  `yaml:"to"`
	Kind     string `yaml:"kind"`
	Reason   string `yaml:"reason"`
	Rule     string `yaml:"rule"`
	About    string `yaml:"about"`
	Cause    string `yaml:"cause"`
	Symptoms *int   `yaml:"symptoms"`
	Adopted  *int   `yaml:"adopted"`
	Items    *int   `yaml:"items"`
	Subject  string `yaml:"subject"`
	Times    int    `yaml:"times"`
}

// wanted is an expected mail to one contact.
type wanted struct {
	Expectation
	index    int
	to       string
	from, by time.Time // zero: at any time
}

// defaultWithin is how much later than expected a mail may come.
const defaultWithin = time.Minute

// maxTimes bounds how many mails one expectation stands for.
const maxTimes = 10_000

// kinds are what a mail can be.
func kinds() []string {
	return []string{"fault", "update", "recovery", "reminder", "escalation", "digest", "month", "summary"}
}

func (s *Scenario) validateExpectations(r *strictyaml.Report) {
	s.wanted = []wanted{}
	for i, e := range s.Expect {
		at := r.Index(i)
		w := wanted{Expectation: e, index: i}
		if e.At != "" {
			from, err := e.At.resolve(s.from, s.zone)
			if err != nil {
				at.Bad("at", e.At, err.Error())
			}
			within := time.Duration(e.Within)
			if within == 0 {
				within = defaultWithin
			}
			w.from, w.by = from, from.Add(within)
		}
		if e.Kind != "" && !slices.Contains(kinds(), e.Kind) {
			at.Bad("kind", e.Kind, "write one of "+strings.Join(kinds(), ", "))
		}
		if e.Rule != "" {
			s.rule(at, "rule", e.Rule)
		}
		for field, id := range map[string]string{"about": e.About, "cause": e.Cause} {
			if id != "" {
				if _, err := s.pick(id); err != nil {
					at.Bad(field, id, err.Error())
				}
			}
		}
		if e.Times < 0 || e.Times > maxTimes {
			at.Bad("times", e.Times, fmt.Sprintf("write a number from 1 to %d", maxTimes))
			continue
		}
		people := []string(e.To)
		if people == nil {
			people = []string{""}
		}
		for _, name := range people {
			if name != "" && !s.knows(name) {
				at.Bad("to", name, "no contact has this name")
			}
			w.to = name
			for range max(e.Times, 1) {
				s.wanted = append(s.wanted, w)
			}
		}
	}
}

func (s *Scenario) knows(contact string) bool {
	return slices.ContainsFunc(s.Contacts, func(c Contact) bool { return c.Name == contact })
}

// Expects reports whether the scenario says which mails it expects.
func (s *Scenario) Expects() bool { return s.Expect != nil }

// Check compares mails with those that the scenario expects and returns the
// differences, a sentence each; none when all is as expected.
func (s *Scenario) Check(mails []MailLine) []string {
	var problems []string
	used := make([]bool, len(mails))
	for _, w := range s.wanted {
		found := -1
		for i, m := range mails {
			if !used[i] && s.fits(w, m) {
				found = i
				break
			}
		}
		if found >= 0 {
			used[found] = true
			continue
		}
		text := fmt.Sprintf("expect[%d]: no such mail: %s", w.index, w)
		for i, m := range mails {
			if !used[i] && (w.to == "" || m.To == w.to) && (w.Kind == "" || m.Kind == w.Kind) && (w.About == "" || m.About == w.About) {
				text += "; the nearest is " + m.short()
				break
			}
		}
		problems = append(problems, text)
	}
	for i, m := range mails {
		if !used[i] {
			problems = append(problems, "not expected: "+m.short())
		}
	}
	return problems
}

func (s *Scenario) fits(w wanted, m MailLine) bool {
	if !w.from.IsZero() {
		at, err := time.Parse(time.RFC3339, m.Time)
		if err != nil || at.Before(w.from) || at.After(w.by) {
			return false
		}
	}
	number := func(want *int, have int) bool { return want == nil || *want == have }
	text := func(want, have string) bool { return want == "" || want == have }
	return text(w.to, m.To) && text(w.Kind, m.Kind) && text(w.Reason, m.Reason) && text(w.Rule, m.Rule) && text(w.About, m.About) &&
		(w.Cause == "" || slices.Contains(m.Cause, w.Cause)) &&
		number(w.Symptoms, m.Touches) && number(w.Adopted, len(m.Adopted)) && number(w.Items, len(m.Items)) &&
		(w.Subject == "" || strings.Contains(m.Subject, w.Subject))
}

// String says what is expected.
func (w wanted) String() string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+" "+value)
		}
	}
	if !w.from.IsZero() {
		add("at", w.from.Format(time.RFC3339))
	}
	add("to", w.to)
	add("kind", w.Kind)
	add("reason", w.Reason)
	add("rule", w.Rule)
	add("about", w.About)
	add("cause", w.Cause)
	number := func(name string, n *int) {
		if n != nil {
			add(name, strconv.Itoa(*n))
		}
	}
	number("symptoms", w.Symptoms)
	number("adopted", w.Adopted)
	number("items", w.Items)
	add("subject", w.Subject)
	return strings.Join(parts, ", ")
}

// short says in a few words which mail it is.
func (m MailLine) short() string {
	text := fmt.Sprintf("%s, %s to %s: %s", m.Time, m.Kind, m.To, m.Subject)
	if n := m.Touches; n > 0 {
		text += fmt.Sprintf(" (%d symptoms)", n)
	}
	if n := len(m.Adopted); n > 0 {
		text += fmt.Sprintf(" (%d adopted)", n)
	}
	if n := len(m.Items); n > 0 {
		text += fmt.Sprintf(" (%d items)", n)
	}
	return text
}
