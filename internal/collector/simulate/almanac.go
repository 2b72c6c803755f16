package simulate

import (
	"cmp"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// validateCalendar makes the calendar; without the section it is the one that
// the collector has without it.
func (s *Scenario) validateCalendar(r *strictyaml.Report) {
	// Rooms are at the site where things are that name none.
	for i := range s.Calendar.Assessments {
		if a := &s.Calendar.Assessments[i]; len(a.Rooms) > 0 && a.Site == "" {
			a.Site = "main"
		}
	}
	for _, w := range s.Calendar.Maintenance {
		for i := range w.Rooms {
			w.Rooms[i].Site = cmp.Or(w.Rooms[i].Site, "main")
		}
	}
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
