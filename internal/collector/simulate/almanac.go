package simulate

import (
	"cmp"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// validateCalendar makes the calendar; without the section it is the one that
// the collector has without it.
func (s *Scenario) validateCalendar(r *strictyaml.Report) {
	s.Calendar.ValidateIn(r, s.zone)
	for i, w := range s.Calendar.Maintenance {
		at := r.At("maintenance").Index(i)
		for _, id := range w.Things {
			if _, known := s.index[id]; !known {
				at.Bad("things", string(id), s.unknown(string(id)).Error())
			}
		}
	}
	c, err := calendar.New(s.Calendar, s.zone)
	if err != nil {
		// It was told above; what follows needs a calendar of some kind.
		if c, err = calendar.New(calendar.Config{}, s.zone); err != nil {
			r.Bad("", nil, err.Error())
		}
	}
	s.calendar = c
	for _, clash := range c.Clashes(s.touches) {
		r.Bad("maintenance", clash.Window.Name, clash.String())
	}
}

// touches reports whether maintenance is about something in the rooms of an
// assessment, or about what such a thing hangs on.
func (s *Scenario) touches(w calendar.Window, a calendar.Assessment) bool {
	for _, id := range w.Things {
		for _, id := range append([]topology.ID{id}, s.graph.Below(id)...) {
			if t := s.thing(id); a.At(calendar.Place{Site: t.Site, Room: t.Room}) {
				return true
			}
		}
	}
	return false
}

// ask adds what the scenario's calendar says of now.
func (w *world) ask(m *incident.Moment, now time.Time) {
	for _, a := range w.s.calendar.Windows(now) {
		win := incident.Window{
			ID: cmp.Or(a.ID, a.Name), Things: a.Things, Sites: a.Sites,
			OnDown: a.OnDown, From: a.From, To: a.To, Lasts: a.Duration,
		}
		for _, p := range a.Rooms {
			win.Rooms = append(win.Rooms, incident.Room{Site: p.Site, Room: p.Room})
		}
		m.Windows = append(m.Windows, win)
	}
	for _, a := range w.s.Calendar.Assessments {
		if from, to := a.In(w.s.zone); !now.Before(from) && now.Before(to) {
			for _, site := range w.s.sitesOf(a) {
				m.Assessments = append(m.Assessments, incident.Assessment{Name: a.Name, Site: site, Rooms: a.Rooms})
			}
		}
	}
	m.Next = w.edge
}

// sitesOf are the sites of an assessment: all of them, where it names none.
func (s *Scenario) sitesOf(a calendar.Assessment) []string {
	if a.Site != "" {
		return []string{a.Site}
	}
	var out []string
	for _, t := range s.things {
		if !slices.Contains(out, t.Site) {
			out = append(out, t.Site)
		}
	}
	return out
}
