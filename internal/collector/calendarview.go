package collector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
)

// calendarView is the calendar for the console and for commands.
type calendarView struct{ c *Collector }

var (
	_ web.CalendarView    = calendarView{}
	_ web.CalendarActions = calendarView{}
)

// Calendar implements web.CalendarView.
func (v calendarView) Calendar(ctx context.Context) (web.CalendarPage, error) {
	sites, err := v.c.agents.inventory.Sites(ctx)
	if err != nil {
		return web.CalendarPage{}, fmt.Errorf("read the sites: %w", err)
	}
	rooms, err := v.c.agents.inventory.Rooms(ctx, "")
	if err != nil {
		return web.CalendarPage{}, fmt.Errorf("read the rooms: %w", err)
	}
	config := v.c.Config()
	page := web.CalendarPage{Calendar: config.cal, Rooms: map[string]string{}, Wrong: map[string]settings.Problems{}, Sees: func(site string) bool { return seesSite(ctx, site) }}
	for _, s := range sites {
		if seesSite(ctx, s.ID) {
			page.Sites = append(page.Sites, web.Site{ID: s.ID, Name: s.Name})
		}
	}
	for _, r := range rooms {
		if seesSite(ctx, r.Site) {
			page.Rooms[r.ID] = r.Name
		}
	}
	stored := config.stored.Calendar.InUse()
	for _, d := range stored.Days {
		if one := (calendar.Config{Days: []calendar.SpecialDay{d}}); v.mine(ctx, one) {
			page.Entered.Put(one)
		}
	}
	for _, a := range stored.Assessments {
		if one := (calendar.Config{Assessments: []calendar.Assessment{a}}); v.mine(ctx, one) {
			page.Entered.Put(one)
		}
	}
	for _, w := range stored.Maintenance {
		if one := (calendar.Config{Maintenance: []calendar.Window{w}}); v.mine(ctx, one) {
			page.Entered.Put(one)
		}
	}
	for _, l := range config.leftOut {
		if l.Kind == leftOutCalendar {
			page.Wrong[l.ID] = l.Problems
		}
	}
	return page, nil
}

// mine reports whether all that entries are about is of sites that whoever asks
// sees. What concerns every site is for those who see every site.
func (v calendarView) mine(ctx context.Context, c calendar.Config) bool {
	id, ok := access.FromContext(ctx)
	if !ok {
		return false
	}
	if id.Whole() {
		return true
	}
	sees := func(site string) bool { return site != "" && id.Sites != nil && id.Sees(site) }
	for _, d := range c.Days {
		if !sees(d.Site) {
			return false
		}
	}
	for _, a := range c.Assessments {
		if !sees(a.Site) {
			return false
		}
	}
	graph := v.c.graph()
	for _, w := range c.Maintenance {
		for _, s := range w.Sites {
			if !sees(s) {
				return false
			}
		}
		for _, r := range w.Rooms {
			if !sees(r.Site) {
				return false
			}
		}
		for _, t := range w.Things {
			if thing, ok := graph.Thing(t); !ok || !sees(thing.Site) {
				return false
			}
		}
	}
	return true
}

// PutCalendar implements web.CalendarActions.
func (v calendarView) PutCalendar(ctx context.Context, entries calendar.Config) error {
	entries = entries.Clone()
	if problems := v.resolve(ctx, &entries); len(problems) > 0 {
		return problems
	}
	if !v.mine(ctx, entries) {
		return settings.Problems{settings.New("site", settings.CodeSite)}
	}
	if !v.reaches(ctx, entries.Maintenance) {
		return settings.Problems{settings.New("things", settings.CodeHangsElsewhere)}
	}
	by := actor(ctx)
	var object []string
	for i := range entries.Days {
		entries.Days[i].By = by
		object = append(object, entries.Days[i].ID)
	}
	for i := range entries.Assessments {
		entries.Assessments[i].By = by
		object = append(object, entries.Assessments[i].ID)
	}
	for i := range entries.Maintenance {
		entries.Maintenance[i].By = by
		object = append(object, entries.Maintenance[i].ID)
	}
	stored := v.c.Config().stored.Calendar
	for _, id := range object {
		if was, ok := stored.Find(id); ok && !v.mine(ctx, was) {
			return web.ErrNotFound
		}
	}
	config := v.c.Config()
	next := config.Calendar.Clone()
	next.Put(entries)
	clashes, err := calendar.ClashesOf(next, config.zone())
	if problems := calendarProblems(seenClashes(ctx, clashes), err); len(problems) > 0 {
		return problems
	}
	cal, err := calendar.New(next, config.zone())
	if err != nil {
		return calendarProblems(nil, err)
	}
	if problems := calendarProblems(seenClashes(ctx, cal.Clashes(touches(v.c.graph()))), nil); len(problems) > 0 {
		return problems
	}
	return v.c.change(ctx, "calendar.change", "calendar "+strings.Join(object[:min(len(object), 10)], ", "), func(s *settings.Settings) error {
		s.Calendar.Put(entries)
		return nil
	})
}

// reaches reports whether whoever asks sees all that windows hold back: a window
// over a thing is one over everything below it, too, and the line bears every
// site. As with silences, nobody keeps another site's faults from being told.
func (v calendarView) reaches(ctx context.Context, windows []calendar.Window) bool {
	if id, ok := access.FromContext(ctx); ok && id.Whole() {
		return true
	}
	graph := v.c.graph()
	for _, w := range windows {
		for _, id := range w.Things {
			for _, at := range append(graph.Below(id), id) {
				if thing, ok := graph.Thing(at); !ok || at == topology.Line || !seesSite(ctx, thing.Site) {
					return false
				}
			}
		}
	}
	return true
}

// seenClashes leaves out how the assessments of other sites are called.
func seenClashes(ctx context.Context, clashes []calendar.Clash) []calendar.Clash {
	for i := range clashes {
		if a := &clashes[i].Assessment; a.Site != "" && !seesSite(ctx, a.Site) {
			a.Name = "…"
		}
	}
	return clashes
}

// resolve finds what is named by people's names: things and rooms.
func (v calendarView) resolve(ctx context.Context, c *calendar.Config) settings.Problems {
	var out settings.Problems
	rooms, err := v.c.agents.inventory.Rooms(ctx, "")
	if err != nil {
		return settings.Problems{settings.New("rooms", settings.CodeCalendar, "Want", err.Error())}
	}
	room := func(site, text string) string {
		for _, r := range rooms {
			if r.Site == site && (r.ID == text || web.Fold(r.Name) == web.Fold(text)) {
				return r.ID
			}
		}
		out = append(out, settings.New("rooms", settings.CodeRoom, "Room", text))
		return text
	}
	sites, err := v.c.agents.inventory.Sites(ctx)
	if err != nil {
		return settings.Problems{settings.New("site", settings.CodeCalendar, "Want", err.Error())}
	}
	known := func(site string) {
		for _, s := range sites {
			if s.ID == site && seesSite(ctx, site) {
				return
			}
		}
		out = append(out, settings.New("site", settings.CodeSite))
	}
	for i := range c.Days {
		if d := &c.Days[i]; d.Site != "" {
			known(d.Site)
			if d.Room != "" {
				d.Room = room(d.Site, d.Room)
			}
		}
	}
	for i := range c.Assessments {
		if a := &c.Assessments[i]; a.Site != "" {
			known(a.Site)
			a.Rooms = slices.Clone(a.Rooms)
			for j := range a.Rooms {
				a.Rooms[j] = room(a.Site, a.Rooms[j])
			}
		}
	}
	find := v.c.thingFinder(ctx)
	for i := range c.Maintenance {
		w := &c.Maintenance[i]
		for _, s := range w.Sites {
			known(s)
		}
		w.Rooms = slices.Clone(w.Rooms)
		for j := range w.Rooms {
			known(w.Rooms[j].Site)
			w.Rooms[j].Room = room(w.Rooms[j].Site, w.Rooms[j].Room)
		}
		w.Things = slices.Clone(w.Things)
		for j, t := range w.Things {
			id, ok := find(string(t))
			if !ok {
				out = append(out, settings.New("things", settings.CodeHangs, "ID", string(t)))
				continue
			}
			w.Things[j] = topology.ID(id)
		}
	}
	return out
}

// RemoveCalendar implements web.CalendarActions.
func (v calendarView) RemoveCalendar(ctx context.Context, id string) error {
	return v.mark(ctx, "calendar.remove", id, v.c.now())
}

// RestoreCalendar implements web.CalendarActions.
func (v calendarView) RestoreCalendar(ctx context.Context, id string) error {
	return v.mark(ctx, "calendar.restore", id, time.Time{})
}

func (v calendarView) mark(ctx context.Context, action, id string, at time.Time) error {
	one, ok := v.c.Config().stored.Calendar.Find(id)
	if !ok || !v.mine(ctx, one) {
		return web.ErrNotFound
	}
	err := v.c.change(ctx, action, "calendar "+id, func(s *settings.Settings) error {
		return s.Calendar.SetRemoved(id, at, v.c.now().Add(-settings.KeepRemoved))
	})
	if errors.Is(err, calendar.ErrNotFound) {
		return web.ErrNotFound
	}
	return err
}
