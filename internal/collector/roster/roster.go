// Package roster is who is told at a moment: contacts with their hours, sites
// and urgencies, who stands in for whom while somebody is away, and to whom
// goes what nobody acknowledged in time. It is pure: what people declared goes
// in, and what incident.Policy needs at a moment comes out. It mails nothing,
// stores nothing and has no clock.
//
// # Who stands in
//
// While a contact is away, a deputy gets what the contact would have got: of
// the contact's sites and urgencies, within the deputy's own hours. A deputy
// who is away too passes it on to a deputy of their own. Where nobody is found
// that way, because the chain ends in a circle or at somebody who is unknown,
// the contact is told in spite of being away: better one mail on holiday than
// nobody who knows. Validate refuses what would lead there.
package roster

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/fleet"
)

// Contact is somebody who is told, without the way of telling. In a
// configuration file it is a part of an element of "contacts".
type Contact struct {
	Name        string `yaml:"name"`
	MinSeverity string `yaml:"min_severity"` // empty: everything
	Terms       `yaml:",inline"`
}

// Terms are when and of what a contact is told.
type Terms struct {
	Hours              calendar.Hours `yaml:"hours" json:"hours,omitzero"`                                // when; empty: always
	MinSeverityOutside string         `yaml:"min_severity_outside" json:"min_severity_outside,omitempty"` // what is told outside the hours too; empty: nothing
	Sites              []string       `yaml:"sites" json:"sites,omitempty"`                               // whose faults are theirs; empty: all
	Absences           []Absence      `yaml:"absences" json:"absences,omitempty"`                         // in any order
	DeputyOnly         bool           `yaml:"deputy_only" json:"deputy_only,omitempty"`                   // told only in place of somebody
	Digest             Digest         `yaml:"digest" json:"digest,omitempty"`                             // of those who get mail
}

// Absence is a time in which somebody else stands in.
type Absence struct {
	From   calendar.Date `yaml:"from" json:"from,omitzero"` // the first day
	To     calendar.Date `yaml:"to" json:"to,omitzero"`     // the last day
	Deputy string        `yaml:"deputy" json:"deputy"`      // a contact's name
}

// on reports whether the day is in the absence.
func (a Absence) on(day calendar.Date) bool { return !day.Before(a.From) && !a.To.Before(day) }

// Digest is when a contact gets the digest of working mornings: a time of the
// day such as 07:30, NoDigest, or, empty, DefaultDigest.
type Digest string

// NoDigest means that a contact gets no digest.
const NoDigest Digest = "off"

// DefaultDigest is when a digest is mailed unless somebody wants it otherwise.
const DefaultDigest calendar.Clock = 7*60 + 30

// At is the time of the day; false means that none is wanted.
func (d Digest) At() (calendar.Clock, bool) {
	if d == "" {
		return DefaultDigest, true
	}
	at, err := calendar.ParseClock(string(d))
	return at, err == nil
}

// Escalation tells others of what nobody acknowledged in time. In a
// configuration file it is an element of "alerting.escalation".
type Escalation struct {
	Name        string         `yaml:"name" json:"name,omitempty"`                 // empty: made of what follows
	After       time.Duration  `yaml:"after" json:"after"`                         // since it was told
	To          []string       `yaml:"to" json:"to"`                               // names of contacts
	Classes     []fleet.Class  `yaml:"classes" json:"classes,omitempty"`           // of things; empty: all, and what is about no thing
	MinSeverity string         `yaml:"min_severity" json:"min_severity,omitempty"` // empty: everything
	Hours       calendar.Hours `yaml:"hours" json:"hours,omitzero"`                // when it may happen; empty: always
}

// Title is what people call the rule.
func (e Escalation) Title() string {
	return cmp.Or(e.Name, strings.Join(e.To, ", ")+" "+e.After.String())
}

// Roster is everybody. It is immutable and safe for concurrent use.
type Roster struct {
	contacts []Contact
	byName   map[string]*Contact
	rules    []Escalation
	names    []string        // of the rules: each its own
	later    map[string]bool // contacts that rules name
	calendar *calendar.Calendar
	zone     *time.Location
}

// New makes a Roster. Days of absences begin and end in the zone; the calendar
// says what working hours are, nil: those that nobody set. The arguments are
// kept and must not be changed.
func New(contacts []Contact, rules []Escalation, c *calendar.Calendar, zone *time.Location) *Roster {
	r := &Roster{contacts: contacts, byName: make(map[string]*Contact, len(contacts)), rules: rules, later: map[string]bool{}, calendar: c, zone: zone}
	for i := range contacts {
		r.byName[contacts[i].Name] = &contacts[i]
	}
	for _, rule := range rules {
		name := rule.Title()
		for n := 2; slices.Contains(r.names, name); n++ {
			name = rule.Title() + " " + strconv.Itoa(n)
		}
		r.names = append(r.names, name)
		for _, to := range rule.To {
			r.later[to] = true
		}
	}
	return r
}

// Now is who is told at a moment.
type Now struct {
	Contacts    []incident.Contact // everybody who is told or may be, each once, in the order of declaration
	Escalations []incident.EscalationRule
	Next        time.Time // when any of this changes; zero: not in sight
}

// At says who is told at a moment. The answer holds until its Next.
func (r *Roster) At(now time.Time) Now {
	var out Now
	now = now.In(r.zone)
	day := calendar.DateAt(now)
	wants := map[string][]incident.Want{} // by who is told
	for i := range r.contacts {
		c := &r.contacts[i]
		out.sooner(r.nextDay(c, now))
		if r.later[c.Name] || c.DeputyOnly {
			continue // nothing is theirs from the beginning
		}
		want := incident.Want{MinSeverity: incident.Severity(c.MinSeverity), Sites: c.Sites}
		who := r.inPlaceOf(c.Name, day)
		if who == c.Name {
			wants[who] = slices.Insert(wants[who], 0, want)
		} else {
			wants[who] = append(wants[who], want)
		}
	}
	for i := range r.contacts {
		c := &r.contacts[i]
		told := incident.Contact{Name: c.Name, Later: true}
		if !c.Hours.IsZero() {
			told.Off = !c.Hours.Contains(r.calendar, c.place(), now)
			told.OffSeverity = incident.Severity(c.MinSeverityOutside)
			out.sooner(c.Hours.NextChange(r.calendar, c.place(), now))
		}
		if mine := wants[c.Name]; len(mine) > 0 {
			told.Later, told.MinSeverity, told.Sites = false, mine[0].MinSeverity, mine[0].Sites
			if len(mine) > 1 {
				told.Also = mine[1:]
			}
		}
		out.Contacts = append(out.Contacts, told)
	}
	for i, e := range r.rules {
		rule := incident.EscalationRule{Name: r.names[i], After: e.After, Classes: e.Classes, MinSeverity: incident.Severity(e.MinSeverity)}
		for _, name := range e.To {
			if to := r.inPlaceOf(name, day); !slices.Contains(rule.To, to) {
				rule.To = append(rule.To, to)
			}
		}
		if !e.Hours.IsZero() {
			rule.Off = !e.Hours.Contains(r.calendar, calendar.Place{}, now)
			out.sooner(e.Hours.NextChange(r.calendar, calendar.Place{}, now))
		}
		out.Escalations = append(out.Escalations, rule)
	}
	return out
}

// sooner notes a moment at which something changes; zero is none.
func (n *Now) sooner(t time.Time) {
	if !t.IsZero() && (n.Next.IsZero() || t.Before(n.Next)) {
		n.Next = t
	}
}

// place is where the contact works, as the calendar has it: whoever looks after
// several sites keeps the hours of the whole.
func (c *Contact) place() calendar.Place {
	if len(c.Sites) == 1 {
		return calendar.Place{Site: c.Sites[0]}
	}
	return calendar.Place{}
}

// away returns the contact's absence on a day.
func (c *Contact) away(day calendar.Date) (Absence, bool) {
	i := slices.IndexFunc(c.Absences, func(a Absence) bool { return a.on(day) })
	if i < 0 {
		return Absence{}, false
	}
	return c.Absences[i], true
}

// nextDay is when the next absence of a contact begins or ends after now.
func (r *Roster) nextDay(c *Contact, now time.Time) time.Time {
	var next Now
	for _, a := range c.Absences {
		for _, edge := range []time.Time{a.From.In(r.zone), a.To.Add(1).In(r.zone)} {
			if edge.After(now) {
				next.sooner(edge)
			}
		}
	}
	return next.Next
}

// inPlaceOf names who is told on a day in place of a contact: the contact, when
// it is there or nobody else is.
func (r *Roster) inPlaceOf(name string, day calendar.Date) string {
	if to, found := r.follow(name, day); found {
		return to
	}
	return name
}

// follow walks from deputy to deputy to somebody who is there; false says that
// there is nobody, and name where the walk ended.
func (r *Roster) follow(name string, day calendar.Date) (at string, found bool) {
	at = name
	for range len(r.contacts) + 1 { // longer is a circle
		c, known := r.byName[at]
		if !known {
			return at, false
		}
		a, away := c.away(day)
		if !away {
			return at, true
		}
		at = a.Deputy
	}
	return at, false
}

// Away says whether a contact is away at a moment, to the end of which day, and
// who is told instead: the contact, where nobody is.
func (r *Roster) Away(name string, now time.Time) (instead string, to calendar.Date, away bool) {
	day := calendar.DateAt(now.In(r.zone))
	c, known := r.byName[name]
	if !known {
		return name, calendar.Date{}, false
	}
	a, away := c.away(day)
	return r.inPlaceOf(name, day), a.To, away
}
