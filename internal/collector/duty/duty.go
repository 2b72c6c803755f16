// Package duty says what the calendar and the roster mean for the incident
// machine at a moment: which maintenance and which assessments are under way,
// and who is told. The collector and a simulation ask it alike. It is pure.
package duty

import (
	"slices"
	"strconv"
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
	m := incident.Moment{Next: c.NextChange(now)}
	if at := people.Next; !at.IsZero() && (m.Next.IsZero() || at.Before(m.Next)) {
		m.Next = at
	}
	for _, a := range c.Windows(now) {
		w := incident.Window{
			ID:     a.Window.ID + "@" + strconv.FormatInt(a.From.Unix(), 10),
			Things: a.Things, Sites: a.Sites, OnDown: a.OnDown, From: a.From, To: a.To, Lasts: a.Duration,
		}
		for _, room := range a.Rooms {
			w.Rooms = append(w.Rooms, incident.Room(room))
		}
		m.Windows = append(m.Windows, w)
	}
	for _, a := range c.AssessmentsUnderWay(now) {
		m.Assessments = append(m.Assessments, incident.Assessment{Name: a.Name, Site: a.Site, Rooms: slices.Clone(a.Rooms)})
	}
	return m, p
}
