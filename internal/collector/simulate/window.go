package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// planMaintenance begins a maintenance window that no calendar knew of.
func (s *Scenario) planMaintenance(r *strictyaml.Report, e *Event, n int) func(*world, time.Time) {
	ids := s.pickAll(r, "maintenance", e.Maintenance)
	lasts := time.Duration(e.Lasts)
	switch {
	case e.WhenDown && lasts == 0:
		r.Missing("lasts", "say how long the maintenance takes once something went down, for example lasts: 30m")
	case !e.WhenDown && lasts != 0:
		r.Bad("lasts", lasts, "this belongs to when_down: true; how long a window lasts that begins now is said by for or until")
	case e.For == 0 && e.Until == "":
		r.Missing("until", "say when the maintenance ends: for: 2h, or until: \"22:00\"")
	}
	return func(w *world, now time.Time) {
		id := cmp.Or(e.Name, fmt.Sprintf("events[%d]", n))
		to := s.end(e, now)
		w.windows = append(w.windows, incident.Window{ID: id, Things: ids, OnDown: e.WhenDown, From: now, To: to, Lasts: lasts})
		w.changed, w.covering = true, true
		w.in(to, lasts, func(now time.Time) {
			w.windows = slices.DeleteFunc(w.windows, func(win incident.Window) bool { return !win.To.Add(win.Lasts).After(now) })
			w.changed, w.covering = true, true
		})
	}
}

// moment is what the calendar and the windows of the scenario say of now.
func (w *world) moment() incident.Moment {
	m := w.almanac
	m.Windows = slices.Concat(m.Windows, w.windows)
	return m
}

// cover notes which things maintenance covers, for their availability. Windows
// that begin with what goes down count as soon as they have begun.
func (w *world) cover(m incident.Moment, now time.Time) {
	if !w.covering && len(m.Windows) == 0 {
		return
	}
	w.covering = len(m.Windows) > 0
	covered := map[topology.ID]bool{}
	for _, win := range m.Windows {
		if win.OnDown && !slices.ContainsFunc(w.open(), func(inc incident.Incident) bool { return inc.Maintenance == win.ID }) {
			continue
		}
		names := func(id topology.ID) bool {
			t := w.s.thing(id)
			return slices.Contains(win.Things, id) || slices.Contains(win.Sites, t.Site) || slices.Contains(win.Rooms, incident.Room{Site: t.Site, Room: t.Room})
		}
		look := w.s.graph.Look(names)
		for _, t := range w.s.things {
			if names(t.ID) || look.Excused(t.ID) {
				covered[t.ID] = true
			}
		}
	}
	for i, t := range w.s.things {
		if w.things[i].maintenance != covered[t.ID] {
			w.things[i].maintenance = covered[t.ID]
			w.record(i, now)
		}
	}
}

// planReport takes the report of somebody who stands before what is broken.
func (s *Scenario) planReport(r *strictyaml.Report, e *Event, n int) func(*world, time.Time) {
	ids := s.pickAll(r, "report", e.Report)
	if len(ids) > 1 {
		r.Bad("report", strings.Join(e.Report, ", "), "a person reports one thing; write an event for each")
	}
	if len(ids) == 0 {
		return nil
	}
	return func(w *world, now time.Time) {
		t := s.thing(ids[0])
		labels := map[string]string{"severity": string(incident.Warning), "site": t.Site, "device": string(t.ID), "what": cmp.Or(t.Kind, "device")}
		if t.Room != "" {
			labels["room"] = t.Room
		}
		if e.Severity != "" {
			labels["severity"] = e.Severity
		}
		next, inc := incident.AddReport(w.picture, incident.NewReport{
			Rule: incident.RuleReported, Labels: labels, Names: map[string]string{"device": t.Title()},
			Report: incident.Report{By: e.By, Text: e.Comment},
		}, now)
		w.changed = true
		if err := w.commit(next, incident.Changes{Incidents: []incident.Incident{inc}}, now); err != nil {
			w.warn(n, now, err.Error())
		}
	}
}
