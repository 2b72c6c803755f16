package incident

import (
	"slices"

	"github.com/budi-monitor/budi/internal/collector/topology"
)

// window finds of each incident whether maintenance covers it.
func (s *stepper) window() {
	for _, e := range s.entries {
		e.inc.Maintenance = ""
	}
	var active []Window
	for _, w := range s.facts.Moment.Windows {
		look := s.policy.Graph.Look(func(id topology.ID) bool {
			t, _ := s.policy.Graph.Thing(id)
			return w.names(id, t.Site, t.Room)
		})
		var covered []*entry
		for _, e := range s.entries {
			if w.names(e.inc.Thing, e.inc.Labels["site"], e.inc.Room) || e.inc.Thing != "" && look.Excused(e.inc.Thing) {
				covered = append(covered, e)
			}
		}
		if w.OnDown && !s.begun(w, covered) {
			continue
		}
		active = append(active, w)
		for _, e := range covered {
			if e.inc.Maintenance == "" {
				e.inc.Maintenance = w.ID
			}
		}
	}
	if len(active) < 2 {
		return
	}
	// Each of two ways may be in a window of its own.
	look := s.policy.Graph.Look(func(id topology.ID) bool {
		t, _ := s.policy.Graph.Thing(id)
		return slices.ContainsFunc(active, func(w Window) bool { return w.names(id, t.Site, t.Room) })
	})
	for _, e := range s.entries {
		if e.inc.Maintenance == "" && e.inc.Thing != "" && look.Excused(e.inc.Thing) {
			e.inc.Maintenance = active[0].ID
		}
	}
}

// names reports whether a window is about a thing or a place itself.
func (w Window) names(thing topology.ID, site, room string) bool {
	return thing != "" && slices.Contains(w.Things, thing) || site != "" && slices.Contains(w.Sites, site) ||
		room != "" && slices.Contains(w.Rooms, Room{site, room})
}

// begun reports whether a window that begins with what goes down is under way.
func (s *stepper) begun(w Window, covered []*entry) bool {
	first := s.now
	found := false
	for _, e := range covered {
		if at := e.inc.Since; e.inc.Meaning == Down && !at.Before(w.From) && !at.After(w.To) && (!found || at.Before(first)) {
			first, found = at, true
		}
	}
	return found && !s.since(first, w.Lasts)
}

// assessed reports whether an assessment is under way in a room.
func (s *stepper) assessed(site, room string) bool {
	return slices.ContainsFunc(s.facts.Moment.Assessments, func(a Assessment) bool {
		return (a.Site == "" || a.Site == site) && (len(a.Rooms) == 0 || room != "" && slices.Contains(a.Rooms, room))
	})
}

// urgent reports whether an incident touches a room in which an assessment is
// under way.
func (s *stepper) urgent(e *entry) bool {
	if len(s.facts.Moment.Assessments) == 0 || routine(e.inc) {
		return false
	}
	if s.assessed(e.inc.Labels["site"], e.inc.Room) {
		return true
	}
	return s.touches(e, func(t topology.Thing) bool { return s.assessed(t.Site, t.Room) })
}

// waits reports whether an incident can wait for the end of an assessment that
// is under way at its site.
func (s *stepper) waits(e *entry) bool {
	return routine(e.inc) && slices.ContainsFunc(s.facts.Moment.Assessments, func(a Assessment) bool { return a.Site == "" || a.Site == e.inc.Labels["site"] })
}

func routine(inc Incident) bool { return inc.Annotations["routine"] == "true" }
