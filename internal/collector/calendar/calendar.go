// Package calendar knows when people work where, when they are assessed, and
// when something is under maintenance: opening hours of sites and rooms, terms,
// public and school holidays, assessment days, maintenance windows. The incident
// machine, the roster, presence and simulate ask it. It is pure: a Config and a
// zone go in, answers about moments come out; who is told what is decided
// elsewhere.
//
// # People and pupils
//
// A place is Open when those are there whom it is for: not in school holidays
// where a site keeps them, not outside of terms where it has any. It is Staffed
// when its people are at work: opening hours without public holidays. Special
// days are stronger than both. Of several rules for one place that of the room
// wins over that of the site, and that over the institution's; among equals the
// last does.
//
// # Nights on which the clock changes
//
// Times are those of the clock on the wall. A span holds every moment at which
// the clock shows a time in it: 03:30–04:30 is half an hour on the night on
// which the clock jumps from 03:00 to 04:00, and two hours on the one on which
// it is put back from 04:00 to 03:00. A window with a duration lasts as long as
// it says by any clock.
package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
	_ "time/tzdata" // Windows has no time zones of its own

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// defaultHours hold where no opening hours are written.
const defaultHours = "Mo-Fr 08:00-17:00"

// horizon is how far NextChange and NextOpen look.
const horizon = 400 * 24 * time.Hour

// Calendar answers about moments. It never changes and is safe for concurrent
// use; what it works out it keeps, by year, so a question costs well below a
// microsecond. Nil is the calendar that is not known: the default hours in the
// zone of the moment that is asked about, Lithuanian public holidays, and no
// maintenance.
type Calendar struct {
	config   Config
	zone     *time.Location
	profiles map[Place]*profile // the places for which something is written, and Place{}
	rules    []rule             // of the windows
	yearly   [lastYear - firstYear + 1]atomic.Pointer[timeline]
	edges    [lastYear - firstYear + 1]atomic.Pointer[[]int64]
}

// New makes a calendar. The error is a strictyaml.Errors with every mistake of
// the configuration.
func New(config Config, zone *time.Location) (*Calendar, error) {
	if zone == nil {
		return nil, fmt.Errorf("make a calendar: there is no time zone")
	}
	if err := strictyaml.Validate("calendar", func(r *strictyaml.Report) { config.ValidateIn(r, zone) }); err != nil {
		return nil, err
	}
	return compile(config, zone)
}

// compile makes a calendar of a configuration without mistakes.
func compile(config Config, zone *time.Location) (*Calendar, error) {
	c := &Calendar{config: config, zone: zone, profiles: map[Place]*profile{}}
	school, err := config.SchoolHolidays.holidays()
	if err != nil {
		return nil, err
	}
	places := []Place{{}}
	for _, o := range config.Hours {
		places = append(places, o.Place)
	}
	for _, d := range config.Days {
		places = append(places, d.Place)
	}
	for _, t := range config.Terms {
		places = append(places, placesOf(t.Sites)...)
	}
	if config.SchoolHolidays != nil {
		places = append(places, placesOf(config.SchoolHolidays.Sites)...)
	}
	for _, p := range places {
		if c.profiles[p] == nil {
			if c.profiles[p], err = newProfile(config, school, p, zone); err != nil {
				return nil, err
			}
		}
	}
	c.rules = make([]rule, len(config.Maintenance))
	for i, w := range config.Maintenance {
		if c.rules[i], err = parseRule(w, zone); err != nil {
			return nil, fmt.Errorf("read the rule of the maintenance %q: %w", w.Name, err)
		}
	}
	return c, nil
}

func placesOf(sites []string) []Place {
	out := make([]Place, len(sites))
	for i, s := range sites {
		out[i] = Place{Site: s}
	}
	return out
}

// Config is what the calendar was made of. It is not to be changed.
func (c *Calendar) Config() Config {
	if c == nil {
		return Config{}
	}
	return c.config
}

// Zone is the calendar's time zone; nil for a nil calendar.
func (c *Calendar) Zone() *time.Location {
	if c == nil {
		return nil
	}
	return c.zone
}

func (c *Calendar) zoneFor(t time.Time) *time.Location {
	if c == nil {
		return t.Location()
	}
	return c.zone
}

// profile is what holds at a place.
func (c *Calendar) profile(p Place, t time.Time) *profile {
	if c == nil {
		return unknownProfile(t.Location())
	}
	if found := c.profiles[p]; found != nil {
		return found
	}
	if found := c.profiles[Place{Site: p.Site}]; found != nil {
		return found
	}
	return c.profiles[Place{}]
}

// Open reports whether those are at the place whom it is for.
func (c *Calendar) Open(p Place, t time.Time) bool {
	return c.profile(p, t).in(t, (*profileYear).openSpans)
}

// Staffed reports whether the place's people are at work: as Open, but in school
// holidays and between terms too.
func (c *Calendar) Staffed(p Place, t time.Time) bool {
	return c.profile(p, t).in(t, (*profileYear).staffedSpans)
}

// WorkingDay reports whether the people of a site work at some time of t's day.
func (c *Calendar) WorkingDay(site string, t time.Time) bool {
	return len(c.Day(Place{Site: site}, DateAt(t.In(c.zoneFor(t)))).Staffed) > 0
}

// OpenDay reports whether the place is open at some time of t's day.
func (c *Calendar) OpenDay(p Place, t time.Time) bool {
	return len(c.Day(p, DateAt(t.In(c.zoneFor(t)))).Open) > 0
}

// Day says what a day is at a place.
func (c *Calendar) Day(p Place, d Date) Day {
	pr := c.profile(p, d.utc())
	return pr.day(d)
}

// NextOpen is the first moment from t on at which the place is open: t itself
// when it is. The zero time means that it is not within 400 days.
func (c *Calendar) NextOpen(p Place, t time.Time) time.Time {
	if c.Open(p, t) {
		return t
	}
	for next := c.next(p, t); !next.IsZero() && next.Sub(t) <= horizon; next = c.next(p, next) {
		if c.Open(p, next) {
			return next
		}
	}
	return time.Time{}
}

// next is the first edge of a place's hours after t, within 400 days.
func (c *Calendar) next(p Place, t time.Time) time.Time {
	pr := c.profile(p, t)
	return firstAfter(t, pr.zone, func(year int) []int64 {
		y := pr.year(year)
		return merged(edgesOf(y.open), edgesOf(y.staffed))
	})
}

// Assessment is the assessment that is under way at a place, the first of
// several.
func (c *Calendar) Assessment(p Place, t time.Time) (Assessment, bool) {
	if c == nil {
		return Assessment{}, false
	}
	now := t.Unix()
	for _, i := range c.maintenance(c.index(t.In(c.zone).Year())).assessments {
		a := c.config.Assessments[i]
		if !a.At(p) {
			continue
		}
		if from, to := (wallSpan{a.From, a.To}).in(a.Date, c.zone); from <= now && now < to {
			return a, true
		}
	}
	return Assessment{}, false
}

// Assessments are those under way anywhere.
func (c *Calendar) Assessments(t time.Time) []Assessment {
	if c == nil || len(c.config.Assessments) == 0 {
		return nil
	}
	var out []Assessment
	now := t.Unix()
	for _, i := range c.maintenance(c.index(t.In(c.zone).Year())).assessments {
		a := c.config.Assessments[i]
		if from, to := (wallSpan{a.From, a.To}).in(a.Date, c.zone); from <= now && now < to {
			out = append(out, a)
		}
	}
	return out
}

// Moment is what the incident machine must know of t.
func (c *Calendar) Moment(t time.Time) incident.Moment {
	m := incident.Moment{Next: c.NextChange(t)}
	for _, a := range c.Windows(t) {
		w := incident.Window{ID: a.Key(), Things: a.Things, Sites: a.Sites, OnDown: a.OnDown, From: a.From, To: a.To}
		if a.OnDown {
			w.Lasts = a.Duration
		}
		for _, p := range a.Rooms {
			w.Rooms = append(w.Rooms, incident.Room{Site: p.Site, Room: p.Room})
		}
		m.Windows = append(m.Windows, w)
	}
	for _, a := range c.Assessments(t) {
		m.Assessments = append(m.Assessments, incident.Assessment{Name: a.Name, Site: a.Site, Rooms: a.Rooms})
	}
	return m
}

// Windows are the maintenance windows that matter at t: those under way, and
// those that begin when a thing goes down from their first moment until what
// began last is over (Active.Covers says what is covered). The list is not to be
// changed.
func (c *Calendar) Windows(t time.Time) []Active {
	if c == nil || len(c.config.Maintenance) == 0 {
		return nil
	}
	line := c.maintenance(c.index(t.In(c.zone).Year()))
	at, _ := slices.BinarySearch(line.edges, t.Unix()+1)
	if at == 0 {
		return nil
	}
	return line.active[at-1]
}

// Occurrences are the windows that touch a span of time, by their beginning, at
// most 10,000.
func (c *Calendar) Occurrences(from, to time.Time) []Active {
	if c == nil {
		return nil
	}
	var out []Active
	for i := range c.config.Maintenance {
		for _, o := range c.occurrences(i, from.Unix(), to.Unix()) {
			if o.from < to.Unix() && o.to > from.Unix() && len(out) < 10_000 {
				out = append(out, c.active(o))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Active) int { return a.From.Compare(b.From) })
	return out
}

// NextChange is the first moment after t at which anything can be answered
// otherwise than at t; the zero time when nothing changes within 400 days. For
// a nil calendar it is the next edge of the default hours.
func (c *Calendar) NextChange(t time.Time) time.Time {
	if c == nil {
		// A working day begins and ends with the day, not with its hours.
		zone := t.Location()
		midnight := DateAt(t).Add(1).In(zone)
		if next := c.next(Place{}, t); !next.IsZero() && next.Before(midnight) {
			return next
		}
		return midnight
	}
	return firstAfter(t, c.zone, c.yearEdges)
}

// firstAfter finds the first edge after t in lists by year.
func firstAfter(t time.Time, zone *time.Location, year func(int) []int64) time.Time {
	end := t.Add(horizon)
	for y := t.In(zone).Year(); y <= end.In(zone).Year(); y++ {
		edges := year(y)
		if at, _ := slices.BinarySearch(edges, t.Unix()+1); at < len(edges) {
			next := time.Unix(edges[at], 0).In(zone)
			if next.After(end) {
				return time.Time{}
			}
			return next
		}
	}
	return time.Time{}
}

// yearEdges are all edges of a year, kept.
func (c *Calendar) yearEdges(year int) []int64 {
	kept := &c.edges[c.index(year)]
	if known := kept.Load(); known != nil && inYears(year) {
		return *known
	}
	line := c.maintenance(c.index(year))
	lists := [][]int64{line.edges}
	for _, i := range line.assessments {
		a := c.config.Assessments[i]
		from, to := wallSpan{a.From, a.To}.in(a.Date, c.zone)
		lists = append(lists, []int64{from, to})
	}
	for _, p := range c.profiles {
		y := p.year(year)
		lists = append(lists, edgesOf(y.open), edgesOf(y.staffed), y.days)
	}
	all := merged(lists...)
	first, last := DateOf(year, 1, 1).In(c.zone).Unix(), DateOf(year+1, 1, 1).In(c.zone).Unix()
	all = slices.DeleteFunc(all, func(e int64) bool { return e < first || e >= last })
	if inYears(year) {
		kept.Store(&all)
	}
	return all
}

// timeline is the maintenance of one year, and which assessments are in it.
type timeline struct {
	list        []occurrence
	edges       []int64    // at which active changes
	active      [][]Active // from the edge of the same index on
	assessments []int
}

func inYears(year int) bool { return year >= firstYear && year <= lastYear }

// index is a year's place in the lists by year. Years that no date can be
// written for share the places at the ends.
func (c *Calendar) index(year int) int { return min(max(year, firstYear), lastYear) - firstYear }

func (c *Calendar) maintenance(index int) *timeline {
	if known := c.yearly[index].Load(); known != nil {
		return known
	}
	year := index + firstYear
	from, to := DateOf(year, 1, 1).In(c.zone).Unix(), DateOf(year+1, 1, 1).In(c.zone).Unix()
	line := &timeline{}
	for i := range c.config.Maintenance {
		line.list = append(line.list, c.occurrences(i, from, to)...)
	}
	slices.SortStableFunc(line.list, func(a, b occurrence) int { return cmp.Compare(a.from, b.from) })
	var edges []int64
	for _, o := range line.list {
		edges = append(edges, o.from, o.to, o.over)
	}
	line.edges = merged(edges)
	line.active = make([][]Active, len(line.edges))
	for _, o := range line.list {
		first, _ := slices.BinarySearch(line.edges, o.from)
		for i := first; line.edges[i] < o.over; i++ {
			line.active[i] = append(line.active[i], c.active(o))
		}
	}
	for i, a := range c.config.Assessments {
		if a.Date.Year() == year {
			line.assessments = append(line.assessments, i)
		}
	}
	c.yearly[index].Store(line)
	return line
}

func (c *Calendar) moment(unix int64) time.Time { return time.Unix(unix, 0).In(c.zone) }

func (c *Calendar) active(o occurrence) Active {
	return Active{Window: c.config.Maintenance[o.window], From: c.moment(o.from), To: c.moment(o.to)}
}

// merged joins lists of moments: sorted, each once.
func merged(lists ...[]int64) []int64 {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
