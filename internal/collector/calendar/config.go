package calendar

import (
	"fmt"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Limits of a calendar.
const (
	MaxEntries = 1000 // of each list
	MaxRooms   = 500  // of one assessment or window
	maxName    = 200  // bytes
	maxSpan    = 400 * 24 * time.Hour
	maxRepeat  = 31 * 24 * time.Hour // of one occurrence of a recurring window
)

// Config is the section "calendar" of a configuration or a scenario. The zero
// value is a calendar: Monday to Friday from 08:00 to 17:00, apart from
// Lithuanian public holidays.
type Config struct {
	Hours          []Opening       `yaml:"hours" json:"hours,omitempty"`
	Days           []SpecialDay    `yaml:"days" json:"days,omitempty"`
	Terms          []Term          `yaml:"terms" json:"terms,omitempty"`
	PublicHolidays string          `yaml:"public_holidays" json:"public_holidays,omitempty"` // lt (also when empty) or none
	SchoolHolidays *SchoolHolidays `yaml:"school_holidays" json:"school_holidays,omitempty"` // nil: nobody keeps them
	Assessments    []Assessment    `yaml:"assessments" json:"assessments,omitempty"`
	Maintenance    []Window        `yaml:"maintenance" json:"maintenance,omitempty"`
}

// Place is a room of a site, a site (Room is empty), or the institution as a
// whole (both are).
type Place struct {
	Site string `yaml:"site" json:"site,omitempty"`
	Room string `yaml:"room" json:"room,omitempty"`
}

// Opening says when people work at a place in ordinary weeks.
type Opening struct {
	Place `yaml:",inline"`
	Hours Hours `yaml:"hours" json:"hours"` // also always, or closed for never
}

// SpecialDay is a day, or several that follow each other, on which other hours
// hold than on such a day of the week. It is stronger than hours, holidays and
// terms. Exactly one of Closed, Pupils, Open and Hours is said.
type SpecialDay struct {
	ID      string `yaml:"-" json:"id,omitempty"` // of one that a person entered
	Place   `yaml:",inline"`
	Name    string    `yaml:"name" json:"name,omitempty"`
	Date    Date      `yaml:"date" json:"date"`
	To      Date      `yaml:"to" json:"to,omitzero"` // its last day; zero: Date
	Closed  bool      `yaml:"closed" json:"closed,omitempty"`
	Pupils  bool      `yaml:"pupils_away" json:"pupils_away,omitempty"` // closed, and its people work as on other days
	Open    bool      `yaml:"open" json:"open,omitempty"`               // as on a working day, holiday or not
	Hours   Hours     `yaml:"hours" json:"hours,omitzero"`
	By      string    `yaml:"-" json:"by,omitempty"` // who entered it, where a person did
	Removed time.Time `yaml:"-" json:"removed,omitzero"`
}

// Term is a span of days in which a school teaches. A site that has terms is
// open in them only; its people work outside of them too.
type Term struct {
	Name  string   `yaml:"name" json:"name,omitempty"`
	From  Date     `yaml:"from" json:"from"`
	To    Date     `yaml:"to" json:"to"`                 // its last day
	Sites []string `yaml:"sites" json:"sites,omitempty"` // empty: all
}

// SchoolHolidays says which sites keep the pupils' holidays, and when those are.
type SchoolHolidays struct {
	Sites          []string             `yaml:"sites" json:"sites,omitempty"`                     // empty: all
	WithoutShipped bool                 `yaml:"without_shipped" json:"without_shipped,omitempty"` // leave out those that come with the program
	Years          map[string][]Holiday `yaml:"years" json:"years,omitempty"`                     // by school year, "2026-2027"; takes the place of the shipped ones of that year
}

// Assessment is a part of a day in which pupils are assessed on computers.
type Assessment struct {
	ID      string    `yaml:"id" json:"id,omitempty"` // empty: the name
	Name    string    `yaml:"name" json:"name"`
	Date    Date      `yaml:"date" json:"date"`
	From    Clock     `yaml:"from" json:"from"`
	To      Clock     `yaml:"to" json:"to"`
	Site    string    `yaml:"site" json:"site,omitempty"`   // empty: every site
	Rooms   []string  `yaml:"rooms" json:"rooms,omitempty"` // empty: the whole site
	By      string    `yaml:"-" json:"by,omitempty"`        // who entered it, where a person did
	Removed time.Time `yaml:"-" json:"removed,omitzero"`
}

// In is the assessment's beginning and end.
func (a Assessment) In(zone *time.Location) (from, to time.Time) {
	f, t := wallSpan{a.From, a.To}.in(a.Date, zone)
	return time.Unix(f, 0).In(zone), time.Unix(t, 0).In(zone)
}

// At reports whether a place belongs to the assessment.
func (a Assessment) At(p Place) bool {
	return (a.Site == "" || a.Site == p.Site) && (len(a.Rooms) == 0 || slices.Contains(a.Rooms, p.Room))
}

// Window is time in which something is worked on, once or again and again.
type Window struct {
	ID       string        `yaml:"id" json:"id,omitempty"` // empty: the name
	Name     string        `yaml:"name" json:"name"`
	From     Moment        `yaml:"from" json:"from"`                   // of the first occurrence
	To       Moment        `yaml:"to" json:"to,omitzero"`              // its end by the clock on the wall
	Duration time.Duration `yaml:"duration" json:"duration,omitempty"` // instead of To: so long by any clock; with OnDown beside it
	RRule    string        `yaml:"rrule" json:"rrule,omitempty"`       // RFC 5545, for example FREQ=WEEKLY;BYDAY=SA
	Exdates  []Date        `yaml:"exdates" json:"exdates,omitempty"`   // days on which no occurrence begins
	OnDown   bool          `yaml:"on_down" json:"on_down,omitempty"`   // begins when the thing goes down between From and To, and lasts Duration
	Things   []topology.ID `yaml:"things" json:"things,omitempty"`     // and all below them
	Sites    []string      `yaml:"sites" json:"sites,omitempty"`       // everything there
	Rooms    []Place       `yaml:"rooms" json:"rooms,omitempty"`       // everything there
	By       string        `yaml:"-" json:"by,omitempty"`              // who entered it, where a person did
	Removed  time.Time     `yaml:"-" json:"removed,omitzero"`
}

// At reports whether a place belongs to the window by its site or its room. What
// belongs to it by its things, only who knows the topology can say.
func (w Window) At(p Place) bool {
	return slices.Contains(w.Sites, p.Site) || slices.ContainsFunc(w.Rooms, func(r Place) bool { return r == p })
}

// With returns the configuration and more: what of it is a list is appended,
// what is one thing is taken from more where it says so.
func (c Config) With(more Config) Config {
	c.Hours = slices.Concat(c.Hours, more.Hours)
	c.Days = slices.Concat(c.Days, more.Days)
	c.Terms = slices.Concat(c.Terms, more.Terms)
	c.Assessments = slices.Concat(c.Assessments, more.Assessments)
	c.Maintenance = slices.Concat(c.Maintenance, more.Maintenance)
	if more.PublicHolidays != "" {
		c.PublicHolidays = more.PublicHolidays
	}
	if more.SchoolHolidays != nil {
		c.SchoolHolidays = more.SchoolHolidays
	}
	return c
}

// Validate reports every mistake, maintenance that overlaps an assessment
// included. The clock on the wall is taken for Lithuania's.
func (c Config) Validate(r *strictyaml.Report) {
	zone, err := time.LoadLocation("Europe/Vilnius")
	if err != nil {
		zone = time.UTC
	}
	c.ValidateIn(r, zone)
}

// ValidateIn is Validate for another zone.
func (c Config) ValidateIn(r *strictyaml.Report, zone *time.Location) {
	v := &validator{Report: r}
	lists := []struct {
		field string
		count int
		check func(*validator, int)
	}{
		{"hours", len(c.Hours), func(v *validator, i int) { c.Hours[i].validate(v) }},
		{"days", len(c.Days), func(v *validator, i int) { c.Days[i].validate(v) }},
		{"terms", len(c.Terms), func(v *validator, i int) { c.Terms[i].validate(v) }},
		{"assessments", len(c.Assessments), func(v *validator, i int) { c.Assessments[i].validate(v) }},
		{"maintenance", len(c.Maintenance), func(v *validator, i int) { c.Maintenance[i].validate(v, zone) }},
	}
	for _, l := range lists {
		if l.count > MaxEntries {
			v.Bad(l.field, l.count, fmt.Sprintf("at most %d are kept", MaxEntries))
			return
		}
		for i := range l.count {
			at := &validator{Report: r.At(l.field).Index(i)}
			l.check(at, i)
			v.wrong = v.wrong || at.wrong
		}
	}
	if c.PublicHolidays != "" && c.PublicHolidays != "lt" && c.PublicHolidays != "none" {
		v.Bad("public_holidays", c.PublicHolidays, "write lt or none")
	}
	if c.SchoolHolidays != nil {
		at := &validator{Report: r.At("school_holidays")}
		c.SchoolHolidays.validate(at)
		v.wrong = v.wrong || at.wrong
	}
	c.validateNames(v)
	if v.wrong {
		return
	}
	cal, err := compile(c, zone)
	if err != nil {
		v.Bad("", nil, err.Error())
		return
	}
	for _, clash := range cal.Clashes(nil) {
		r.At("maintenance").Index(clash.window).Bad("", nil, clash.String())
	}
}

// validator remembers whether anything was wrong.
type validator struct {
	*strictyaml.Report
	wrong bool
}

// Bad is the report's, remembered.
func (v *validator) Bad(field string, value any, want string) {
	v.wrong = true
	v.Report.Bad(field, value, want)
}

func (c Config) validateNames(v *validator) {
	for field, ids := range map[string][]string{
		"assessments": idsOf(c.Assessments, func(a Assessment) string { return named(a.ID, a.Name) }),
		"maintenance": idsOf(c.Maintenance, func(w Window) string { return named(w.ID, w.Name) }),
	} {
		seen := map[string]int{}
		for i, id := range ids {
			if first, twice := seen[id]; twice && id != "" && (field == "maintenance" || c.Assessments[i].ID != "") {
				v.Bad(fmt.Sprintf("%s[%d].id", field, i), id, fmt.Sprintf("%s[%d] has this ID already (without an ID, the name is it); each needs its own", field, first))
			}
			seen[id] = i
		}
	}
}

func idsOf[T any](list []T, id func(T) string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = id(x)
	}
	return out
}

func named(id, name string) string {
	if id != "" {
		return id
	}
	return name
}

func (v *validator) name(name string, needed bool) {
	switch {
	case name == "" && needed:
		v.Bad("name", nil, "give it a name that people know it by")
	case len(name) > maxName:
		v.Bad("name", name, fmt.Sprintf("write at most %d bytes", maxName))
	}
}

func (v *validator) place(p Place) {
	if p.Site != "" {
		if err := fleet.CheckID(p.Site); err != nil {
			v.Bad("site", p.Site, err.Error())
		}
	}
	if p.Room != "" && p.Site == "" {
		v.Bad("room", p.Room, "say at which site the room is")
	}
	if len(p.Room) > maxName {
		v.Bad("room", p.Room, fmt.Sprintf("write at most %d bytes", maxName))
	}
}

func (v *validator) sites(sites []string) {
	if len(sites) > MaxEntries {
		v.Bad("sites", len(sites), fmt.Sprintf("write at most %d", MaxEntries))
	}
	for i, s := range sites {
		if err := fleet.CheckID(s); err != nil {
			v.Bad(fmt.Sprintf("sites[%d]", i), s, err.Error())
		}
	}
}

func (v *validator) days(first string, from, to Date) {
	switch {
	case from.IsZero():
		v.Bad(first, nil, "write a date such as 2026-09-01")
	case !to.IsZero() && to.Before(from):
		v.Bad("to", to, "the last day is before the first")
	case !to.IsZero() && to.Sub(from) > 400:
		v.Bad("to", to, "write at most 400 days")
	}
}

func (o Opening) validate(v *validator) {
	v.place(o.Place)
	if o.Hours.IsZero() || o.Hours.spec == Work {
		v.Bad("hours", o.Hours, errHours.Error()+", always or closed")
	}
}

func (d SpecialDay) validate(v *validator) {
	v.place(d.Place)
	v.name(d.Name, false)
	v.days("date", d.Date, d.To)
	said := 0
	for _, is := range []bool{d.Closed, d.Pupils, d.Open, !d.Hours.IsZero()} {
		if is {
			said++
		}
	}
	if said != 1 {
		v.Bad("", nil, "say one of closed: true, pupils_away: true, open: true and hours")
	}
	if !d.Hours.IsZero() && !d.Hours.plain() {
		v.Bad("hours", d.Hours, `write times such as "09:00-12:00"`)
	}
}

func (t Term) validate(v *validator) {
	v.name(t.Name, false)
	v.sites(t.Sites)
	v.days("from", t.From, t.To)
	if t.To.IsZero() {
		v.Bad("to", nil, "write the term's last day")
	}
}

func (s SchoolHolidays) validate(v *validator) {
	v.sites(s.Sites)
	if len(s.Years) > lastYear-firstYear {
		v.Bad("years", len(s.Years), "these are too many school years")
	}
	for year, list := range s.Years {
		var first, second int
		if n, err := fmt.Sscanf(year, "%4d-%4d", &first, &second); err != nil || n != 2 || second != first+1 || len(year) != len("2026-2027") {
			v.Bad("years."+year, nil, `name a school year as "2026-2027"`)
			continue
		}
		for i, h := range list {
			at := &validator{Report: v.At("years." + year).Index(i)}
			at.name(h.Name, true)
			at.days("from", h.From, h.To)
			if h.To.IsZero() {
				at.Bad("to", nil, "write the last day")
			} else if !h.From.IsZero() && SchoolYear(h.From) != year {
				at.Bad("from", h.From, "this day is in the school year "+SchoolYear(h.From))
			}
			v.wrong = v.wrong || at.wrong
		}
	}
}

func (a Assessment) validate(v *validator) {
	v.name(a.Name, true)
	v.place(Place{Site: a.Site})
	if a.Date.IsZero() {
		v.Bad("date", nil, "write the date, for example 2027-05-04")
	}
	if a.To <= a.From {
		v.Bad("to", a.To, "write the time at which it ends, after from")
	}
	if len(a.Rooms) > MaxRooms {
		v.Bad("rooms", len(a.Rooms), fmt.Sprintf("write at most %d", MaxRooms))
	}
	if len(a.Rooms) > 0 && a.Site == "" {
		v.Bad("rooms", a.Rooms, "say at which site these rooms are")
	}
}

func (w Window) validate(v *validator, zone *time.Location) {
	v.name(w.Name, true)
	v.sites(w.Sites)
	if len(w.ID) > maxName {
		v.Bad("id", w.ID, fmt.Sprintf("write at most %d bytes", maxName))
	}
	if len(w.Things)+len(w.Rooms) > MaxRooms {
		v.Bad("", nil, fmt.Sprintf("name at most %d things and rooms", MaxRooms))
	}
	for i, p := range w.Rooms {
		at := &validator{Report: v.At("rooms").Index(i)}
		at.place(p)
		if p.Room == "" {
			at.Bad("room", nil, "write the room; for a whole site write sites")
		}
		v.wrong = v.wrong || at.wrong
	}
	if len(w.Things)+len(w.Sites)+len(w.Rooms) == 0 {
		v.Bad("", nil, "say what is worked on: things, sites or rooms")
	}
	if w.From.IsZero() {
		v.Bad("from", nil, "write when it begins, for example 2026-10-03 22:00")
		return
	}
	w.validateLength(v, zone)
	if w.RRule == "" {
		if len(w.Exdates) > 0 {
			v.Bad("exdates", w.Exdates, "only a window with rrule has occurrences that can be left out")
		}
		return
	}
	if _, err := parseRule(w, zone); err != nil {
		v.Bad("rrule", w.RRule, err.Error())
	}
	if len(w.Exdates) > MaxEntries {
		v.Bad("exdates", len(w.Exdates), fmt.Sprintf("write at most %d", MaxEntries))
	}
}

func (w Window) validateLength(v *validator, zone *time.Location) {
	limit := maxSpan
	if w.RRule != "" {
		limit = maxRepeat
	}
	switch {
	case w.Duration < 0 || w.Duration > limit || w.Duration%time.Second != 0:
		v.Bad("duration", w.Duration, fmt.Sprintf("write a time of whole seconds, at most %d days", limit/(24*time.Hour)))
	case w.OnDown && (w.To.IsZero() || w.Duration == 0):
		v.Bad("on_down", true, "say between which times it may begin (from, to) and how long it lasts then (duration)")
	case !w.OnDown && w.To.IsZero() == (w.Duration == 0):
		v.Bad("to", w.To, "say either when it ends (to) or how long it lasts (duration)")
	case w.To.IsZero():
	case w.To.In(zone).Sub(w.From.In(zone)) <= 0 && w.To.wall(zone) <= w.From.wall(zone):
		v.Bad("to", w.To, "it ends before it begins")
	case w.To.In(zone).Sub(w.From.In(zone)) > limit:
		v.Bad("to", w.To, fmt.Sprintf("write at most %d days", limit/(24*time.Hour)))
	}
}
