// Package duty says what the calendar and the roster mean for the incident
// machine at a moment: which maintenance and which assessments are under way,
// and who is told. The collector and a simulation ask it alike. It is pure.
package duty

import (
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/roster"
)

// At says what a calendar means at a moment, and who is told then; that is in
// the policy, which is otherwise as it was.
func At(c *calendar.Calendar, r *roster.Roster, now time.Time, p incident.Policy) (incident.Moment, incident.Policy) {
	people := r.At(now)
	p.Contacts, p.Escalations = people.Contacts, people.Escalations
	m := c.Moment(now)
	if at := people.Next; !at.IsZero() && (m.Next.IsZero() || at.Before(m.Next)) {
		m.Next = at
	}
	return m, p
}

// Days answers presence's questions by the calendar.
type Days struct{ Calendar *calendar.Calendar }

// Open implements presence.Calendar.
func (d Days) Open(site, room string, t time.Time) bool {
	return d.Calendar.Open(calendar.Place{Site: site, Room: room}, t)
}

// Assessed implements presence.Calendar.
func (d Days) Assessed(site, room string, t time.Time) bool {
	_, is := d.Calendar.Assessment(calendar.Place{Site: site, Room: room}, t)
	return is
}

// OpenDay implements presence.Calendar.
func (d Days) OpenDay(site string, t time.Time) bool {
	return d.Calendar.OpenDay(calendar.Place{Site: site}, t)
}
