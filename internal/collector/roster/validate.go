package roster

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Bounds of what people declare.
const (
	MaxAbsences    = 50 // of one contact
	MaxSites       = 200
	MaxEscalations = 50
	MaxTo          = 20 // contacts of one escalation
	MaxName        = 100

	MinAfter = time.Minute
	MaxAfter = 7 * 24 * time.Hour
)

// Validate reports what is wrong with contacts; r is at their list.
func Validate(contacts []Contact, r *strictyaml.Report) {
	seen := map[string]bool{}
	for i, c := range contacts {
		at := r.Index(i)
		switch {
		case strings.TrimSpace(c.Name) == "":
			at.Missing("name", "give each contact a name of its own")
		case seen[c.Name]:
			at.Bad("name", c.Name, "another contact has this name already; each needs its own")
		}
		seen[c.Name] = true
		checkSeverity(at, "min_severity", c.MinSeverity)
		c.Terms.Validate(at)
	}
	for i, c := range contacts {
		for j, a := range c.Absences {
			at := r.Index(i).At("absences").Index(j)
			switch {
			case a.Deputy == "":
			case a.Deputy == c.Name:
				at.Bad("deputy", a.Deputy, "nobody stands in for themselves; name another contact")
			case !seen[a.Deputy]:
				at.Bad("deputy", a.Deputy, "no contact has this name")
			}
		}
	}
	if len(contacts) > 0 && !slices.ContainsFunc(contacts, func(c Contact) bool { return !c.DeputyOnly }) {
		r.Bad("", nil, "every contact is told in place of others only, so nobody is told: leave deputy_only out of at least one")
	}
	for _, c := range circles(contacts) {
		r.Index(c.contact).At("absences").Index(c.absence).Bad("deputy", contacts[c.contact].Absences[c.absence].Deputy,
			fmt.Sprintf("on %s everybody in this chain of deputies is away (%s), so nobody stands in; name somebody who is there", c.day, strings.Join(c.chain, " → ")))
	}
}

// Validate reports what is wrong with the terms of one contact, whoever else
// there is; r is at the contact.
func (t Terms) Validate(r *strictyaml.Report) {
	if checkSeverity(r, "min_severity_outside", t.MinSeverityOutside) && t.MinSeverityOutside != "" && t.Hours.IsZero() {
		r.Bad("min_severity_outside", t.MinSeverityOutside, "it is about the time outside of hours, and there are none: write hours too, or leave it out")
	}
	if len(t.Sites) > MaxSites {
		r.Bad("sites", len(t.Sites), fmt.Sprintf("at most %d sites can be named; leave it out for all", MaxSites))
	}
	for i, site := range t.Sites {
		if err := fleet.CheckID(site); err != nil {
			r.At("sites").Index(i).Bad("", site, err.Error())
		}
	}
	if _, ok := t.Digest.At(); !ok && t.Digest != NoDigest {
		r.Bad("digest", string(t.Digest), "write a time of the day such as 07:30, or off")
	}
	if len(t.Absences) > MaxAbsences {
		r.Bad("absences", len(t.Absences), fmt.Sprintf("at most %d can be declared; remove those that are over", MaxAbsences))
	}
	for i, a := range t.Absences {
		at := r.At("absences").Index(i)
		if a.From.IsZero() {
			at.Missing("from", "write the first day, for example 2026-07-06")
		}
		if a.To.IsZero() {
			at.Missing("to", "write the last day, for example 2026-07-17")
		}
		if a.Deputy == "" {
			at.Missing("deputy", "write the name of the contact who is told instead")
		}
		if a.From.IsZero() || a.To.IsZero() {
			continue
		}
		if a.To.Before(a.From) {
			at.Bad("to", a.To, "the last day comes before the first")
		}
		for j, b := range t.Absences[:i] {
			if !a.To.Before(b.From) && !b.To.Before(a.From) {
				at.Bad("from", a.From, fmt.Sprintf("the days of absences[%d] are among these (%s to %s); each day belongs to one absence", j, b.From, b.To))
				break
			}
		}
	}
}

// Gap is a place at which a roster finds nobody: what Validate and
// ValidateEscalations say of people together, for who tells it in other words.
type Gap struct {
	Contact    string // whose deputy is meant; or
	Escalation string // the name of what names somebody; or neither: nobody would be told first
	Missing    string // who is named and is not there; "" where deputies lead in a circle
}

// Gaps lists where nobody is found.
func Gaps(contacts []Contact, rules []Escalation) []Gap {
	var out []Gap
	known, named := map[string]bool{}, map[string]bool{}
	for _, c := range contacts {
		known[c.Name] = true
	}
	for _, c := range contacts {
		for _, a := range c.Absences {
			if !known[a.Deputy] || a.Deputy == c.Name {
				out = append(out, Gap{Contact: c.Name, Missing: a.Deputy})
			}
		}
	}
	for _, c := range circles(contacts) {
		out = append(out, Gap{Contact: contacts[c.contact].Name})
	}
	for _, e := range rules {
		for _, to := range e.To {
			named[to] = true
			if !known[to] {
				out = append(out, Gap{Escalation: e.Name, Missing: to})
			}
		}
	}
	if len(contacts) > 0 && !slices.ContainsFunc(contacts, func(c Contact) bool { return !named[c.Name] && !c.DeputyOnly }) {
		out = append(out, Gap{})
	}
	return out
}

// circle is a chain of deputies that ends nowhere.
type circle struct {
	contact, absence int
	day              calendar.Date
	chain            []string
}

// circles finds the first day of each absence on which deputies lead in a
// circle. A chain changes only on a day on which an absence begins or ends.
func circles(contacts []Contact) []circle {
	var days []calendar.Date
	for _, c := range contacts {
		for _, a := range c.Absences {
			days = append(days, a.From)
		}
	}
	slices.SortFunc(days, func(a, b calendar.Date) int { return a.Sub(b) })
	days = slices.Compact(days)
	r := New(contacts, nil, nil, time.UTC)
	told := map[[2]int]bool{}
	var out []circle
	for _, day := range days {
		for i, c := range contacts {
			j := slices.IndexFunc(c.Absences, func(a Absence) bool { return a.on(day) })
			if j < 0 || told[[2]int{i, j}] {
				continue
			}
			end, found := r.follow(c.Name, day)
			if _, known := r.byName[end]; found || !known || c.Absences[j].Deputy == c.Name {
				continue
			}
			told[[2]int{i, j}] = true
			out = append(out, circle{i, j, day, r.chain(c.Name, day)})
		}
	}
	return out
}

// chain lists a chain of deputies to where it comes back to itself.
func (r *Roster) chain(name string, day calendar.Date) []string {
	out := []string{name}
	for {
		c, known := r.byName[name]
		if !known {
			return out
		}
		a, away := c.away(day)
		if !away {
			return out
		}
		name = a.Deputy
		again := slices.Contains(out, name)
		if out = append(out, name); again {
			return out
		}
	}
}

// ValidateEscalations reports what is wrong with escalations; r is at their
// list, and contacts are everybody there is.
func ValidateEscalations(rules []Escalation, contacts []Contact, r *strictyaml.Report) {
	if len(rules) > MaxEscalations {
		r.Bad("", len(rules), fmt.Sprintf("at most %d escalations are possible", MaxEscalations))
	}
	known := map[string]bool{}
	for _, c := range contacts {
		known[c.Name] = true
	}
	names, named := map[string]bool{}, map[string]bool{}
	for i, e := range rules {
		at := r.Index(i)
		e.Validate(at)
		if names[e.Name] {
			at.Bad("name", e.Name, "another escalation has this name already; each needs its own, or none")
		}
		names[e.Name] = e.Name != ""
		for j, to := range e.To {
			named[to] = true
			if !known[to] {
				at.At("to").Index(j).Bad("", to, "no contact has this name")
			}
		}
	}
	if len(rules) > 0 && len(contacts) > 0 && !slices.ContainsFunc(contacts, func(c Contact) bool { return !named[c.Name] && !c.DeputyOnly }) {
		r.Bad("", nil, "whoever an escalation names is told by it only, and so nobody would be told first: leave at least one contact out of them")
	}
}

// Validate reports what is wrong with an escalation by itself; r is at it.
func (e Escalation) Validate(r *strictyaml.Report) {
	if len(e.Name) > MaxName {
		r.Bad("name", e.Name, fmt.Sprintf("write at most %d bytes", MaxName))
	}
	switch {
	case e.After == 0:
		r.Missing("after", "say how long nobody may acknowledge, for example 30m")
	case e.After < MinAfter || e.After > MaxAfter:
		r.Bad("after", e.After, fmt.Sprintf("write a time from %s to %s", strictyaml.Duration(MinAfter), strictyaml.Duration(MaxAfter)))
	}
	switch {
	case len(e.To) == 0:
		r.Missing("to", "name the contacts that are told then, for example [head]")
	case len(e.To) > MaxTo:
		r.Bad("to", len(e.To), fmt.Sprintf("at most %d contacts can be named", MaxTo))
	}
	for i, to := range e.To {
		if slices.Contains(e.To[:i], to) {
			r.At("to").Index(i).Bad("", to, "this contact is named twice")
		}
	}
	for i, class := range e.Classes {
		if _, err := fleet.ParseClass(string(class)); err != nil {
			r.At("classes").Index(i).Bad("", string(class), err.Error())
		}
	}
	checkSeverity(r, "min_severity", e.MinSeverity)
}

func checkSeverity(r *strictyaml.Report, field, severity string) bool {
	switch incident.Severity(severity) {
	case "", incident.Critical, incident.Warning, incident.Info:
		return true
	}
	r.Bad(field, severity, "write critical, warning or info")
	return false
}
