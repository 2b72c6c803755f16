package calendar

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Bounds of an iCalendar file that is imported.
const (
	MaxFile   = 1 << 20 // bytes
	MaxEvents = 500
	maxHead   = 4 << 10 // bytes of a line before its value
)

// ErrFile says that a file is no iCalendar file.
var ErrFile = errors.New("this is no iCalendar file")

// Event is an event of an iCalendar file.
type Event struct {
	UID     string
	Name    string
	AllDay  bool
	First   Date   // of an event of whole days
	Last    Date   // its last day
	From    Moment // of any other
	To      Moment
	RRule   string // of RFC 5545; empty: once
	Exdates []Date
}

// ReadFile reads the events of an iCalendar file, at most MaxEvents; more counts
// those beyond and those that cannot be read. Times without a zone, and those of
// a zone that is not known here (Outlook has names of its own), are the wall's.
func ReadFile(data []byte, zone *time.Location) (events []Event, more int, err error) {
	if len(data) > MaxFile {
		return nil, 0, fmt.Errorf("%w: it has more than %d bytes", ErrFile, MaxFile)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if longHead(data) {
		return nil, 0, fmt.Errorf("%w: a line has more than %d bytes before its value", ErrFile, maxHead)
	}
	file, err := ics.ParseCalendar(bytes.NewReader(data))
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrFile, err)
	}
	for _, e := range file.Events() {
		event, ok := readEvent(e, zone)
		if !ok || len(events) >= MaxEvents {
			more++
			continue
		}
		events = append(events, event)
	}
	if len(events)+more == 0 {
		return nil, 0, fmt.Errorf("%w: there are no events in it", ErrFile)
	}
	return events, more, nil
}

// longHead reports whether the name and the parameters of a line, folded or not,
// are longer than they ever are: the library's time grows by their square.
func longHead(data []byte) bool {
	head, quoted, value := 0, false, false
	for i, b := range data {
		switch {
		case b == '\n' && i+1 < len(data) && data[i+1] != ' ' && data[i+1] != '\t':
			head, quoted, value = 0, false, false
		case value:
		case b == ':' && !quoted:
			value = true
		default:
			if b == '"' {
				quoted = !quoted
			}
			if head++; head > maxHead {
				return true
			}
		}
	}
	return false
}

func readEvent(e *ics.VEvent, zone *time.Location) (Event, bool) {
	text := func(p ics.ComponentProperty) string {
		if prop := e.GetProperty(p); prop != nil {
			return strings.ToValidUTF8(prop.Value, "")
		}
		return ""
	}
	out := Event{UID: clip(text(ics.ComponentPropertyUniqueId)), Name: clip(ics.FromText(text(ics.ComponentPropertySummary))), RRule: clip(text(ics.ComponentPropertyRrule))}
	if out.Name == "" || text(ics.ComponentPropertyStatus) == "CANCELLED" || text(ics.ComponentPropertyRecurrenceId) != "" {
		return Event{}, false // one that was moved alone is not taken for the whole row
	}
	start := e.GetProperty(ics.ComponentPropertyDtStart)
	if start == nil {
		return Event{}, false
	}
	end := e.GetProperty(ics.ComponentPropertyDtEnd)
	if len(start.Value) == len("20060102") {
		out.AllDay = true
		var ok bool
		if out.First, ok = readDate(start.Value); !ok {
			return Event{}, false
		}
		out.Last = out.First
		if end != nil {
			last, ok := readDate(end.Value)
			if !ok {
				return Event{}, false
			}
			if last.Sub(out.First) > 1 {
				out.Last = last.Add(-1) // the file has the day after
			}
		}
	} else {
		from, ok := readTime(&start.BaseProperty, zone)
		if !ok || end == nil {
			return Event{}, false
		}
		to, ok := readTime(&end.BaseProperty, zone)
		if !ok || !to.After(from) {
			return Event{}, false
		}
		out.From, out.To = MomentAt(from), MomentAt(to)
		out.First, out.Last = DateAt(from), DateAt(to)
		if out.From.IsZero() || out.To.IsZero() {
			return Event{}, false
		}
	}
	for _, prop := range e.Properties {
		if prop.IANAToken != string(ics.ComponentPropertyExdate) {
			continue
		}
		for one := range strings.SplitSeq(prop.Value, ",") {
			each := prop.BaseProperty
			each.Value = one
			if t, ok := readTime(&each, zone); ok && len(out.Exdates) < MaxEntries {
				out.Exdates = append(out.Exdates, DateAt(t))
			}
		}
	}
	return out, true
}

func clip(s string) string {
	if len(s) > maxName {
		s = strings.ToValidUTF8(s[:maxName], "")
	}
	return strings.TrimSpace(s)
}

func readDate(s string) (Date, bool) {
	if len(s) < len("20060102") {
		return Date{}, false
	}
	t, err := time.Parse("20060102", s[:len("20060102")])
	if err != nil || !inYears(t.Year()) {
		return Date{}, false
	}
	return DateAt(t), true
}

// readTime reads a moment in the calendar's zone.
func readTime(p *ics.BaseProperty, zone *time.Location) (time.Time, bool) {
	from := zone
	if names := p.ICalParameters["TZID"]; len(names) > 0 && len(names[0]) < 100 && names[0] != "Local" {
		if known, err := time.LoadLocation(names[0]); err == nil {
			from = known
		}
	}
	layout := "20060102T150405"
	switch {
	case strings.HasSuffix(p.Value, "Z"):
		layout, from = "20060102T150405Z", time.UTC
	case len(p.Value) == len("20060102"):
		layout = "20060102"
	}
	t, err := time.ParseInLocation(layout, p.Value, from)
	if err != nil || !inYears(t.In(zone).Year()) {
		return time.Time{}, false
	}
	return t.In(zone), true
}

// Kind is what the events of a file are imported as.
type Kind string

// The kinds.
const (
	KindClosed      Kind = "closed"      // days on which nobody works
	KindPupils      Kind = "pupils"      // days on which pupils are away
	KindAssessment  Kind = "assessment"  // with a time
	KindMaintenance Kind = "maintenance" // with a time
)

// As makes an entry of the calendar of an event, for a site (empty: everywhere,
// where that can be). ok is false when it cannot be one: a holiday needs whole
// days, an assessment a time of one day, and only maintenance recurs.
func (e Event) As(kind Kind, site string, rooms []string) (c Config, ok bool) {
	switch kind {
	case KindClosed, KindPupils:
		if !e.AllDay || e.RRule != "" {
			return Config{}, false
		}
		d := SpecialDay{ID: e.id("d"), Place: Place{Site: site}, Name: e.Name, Date: e.First, Closed: kind == KindClosed, Pupils: kind == KindPupils}
		if e.Last != e.First {
			d.To = e.Last
		}
		c.Days = append(c.Days, d)
	case KindAssessment:
		if e.AllDay || e.RRule != "" || e.First != e.Last {
			return Config{}, false
		}
		clock := func(m Moment) Clock { return Clock(((m.seconds%daySeconds)+daySeconds)%daySeconds) / 60 }
		c.Assessments = append(c.Assessments, Assessment{ID: e.id("a"), Name: e.Name, Date: e.First, From: clock(e.From), To: clock(e.To), Site: site, Rooms: rooms})
	case KindMaintenance:
		if e.AllDay || site == "" {
			return Config{}, false
		}
		w := Window{ID: e.id("m"), Name: e.Name, From: e.From, To: e.To, RRule: e.RRule, Sites: []string{site}}
		if len(rooms) > 0 {
			w.Sites = nil
			for _, r := range rooms {
				w.Rooms = append(w.Rooms, Place{Site: site, Room: r})
			}
		}
		if e.RRule != "" {
			w.Exdates = e.Exdates
		}
		c.Maintenance = append(c.Maintenance, w)
	default:
		return Config{}, false
	}
	// The rules of a file are foreign: what cannot be is left out, not refused.
	if strictyaml.Validate("import", func(r *strictyaml.Report) { c.ValidateIn(r, time.UTC) }) != nil {
		return Config{}, false
	}
	return c, true
}

// id is the same for the same event of the same file: importing it again changes
// what the first import made.
func (e Event) id(prefix string) string {
	key := e.UID
	if key == "" {
		key = e.Name + e.From.String() + e.First.String()
	}
	h := uint64(14695981039346656037) // FNV-1a: short, and nobody gains by a collision
	for _, b := range []byte(key) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return prefix + "-" + strconv.FormatUint(h, 36)
}

// ValidID reports whether an ID is one that the console and imports give.
func ValidID(id string) bool { return fleet.CheckID(id) == nil }

// Feed writes the calendar as an iCalendar file: maintenance, assessments,
// special days and school holidays of the sites that are seen, and public holidays, between
// two moments. name says in the reader's language what an entry is called.
func (c *Calendar) Feed(from, to, stamp time.Time, title string, sees func(site string) bool, name func(Entry) string) []byte {
	if c == nil {
		return nil
	}
	file := ics.NewCalendarFor("Budi")
	file.SetMethod(ics.MethodPublish)
	file.SetXWRCalName(title)
	file.SetName(title)
	for _, e := range c.Entries(from, to, sees) {
		event := file.AddEvent(e.UID)
		event.SetDtStampTime(stamp.UTC())
		event.SetSummary(name(e))
		if e.AllDay {
			event.SetAllDayStartAt(e.First.utc())
			event.SetAllDayEndAt(e.Last.Add(1).utc())
			continue
		}
		event.SetStartAt(e.From.UTC())
		event.SetEndAt(e.To.UTC())
		if where := strings.Join(e.Rooms, ", "); where != "" {
			event.SetLocation(where)
		}
	}
	return []byte(file.Serialize())
}

// EntryKind is what an Entry is.
type EntryKind string

// The kinds of entries.
const (
	EntryMaintenance EntryKind = "maintenance"
	EntryAssessment  EntryKind = "assessment"
	EntryDay         EntryKind = "day"
	EntryPublic      EntryKind = "public_holiday"
	EntrySchool      EntryKind = "school_holiday"
)

// Entry is one thing that is in the calendar at some time.
type Entry struct {
	Kind   EntryKind
	ID     string // of what a person or the file entered; empty: it has none
	UID    string // of this time of it
	Name   string // as entered; of a public holiday its PublicHoliday, of a school holiday its name or word
	AllDay bool
	First  Date // of whole days
	Last   Date
	From   time.Time // of anything else
	To     time.Time
	Sites  []string // empty: everywhere
	Rooms  []string
	Things []string
	Again  bool // it recurs
	OnDown bool
	Lasts  time.Duration // of what begins on down
	Day    SpecialDay    // of a day
	By     string
}

// Entries lists what is in the calendar between two moments for who sees some
// sites, by time.
func (c *Calendar) Entries(from, to time.Time, sees func(site string) bool) []Entry {
	if c == nil {
		return nil
	}
	var out []Entry
	first, last := DateAt(from.In(c.zone)), DateAt(to.In(c.zone))
	within := func(a, b Date) bool { return !b.Before(first) && !last.Before(a) }
	if c.config.PublicHolidays != "none" {
		for d := first; !last.Before(d); d = d.Add(1) {
			if h, is := PublicHolidayOf(d); is {
				out = append(out, Entry{Kind: EntryPublic, UID: "public-" + d.String() + "@budi", Name: string(h), AllDay: true, First: d, Last: d})
			}
		}
	}
	if s := c.config.SchoolHolidays; s != nil && seesAny(s.Sites, sees) {
		school, _ := s.holidays() // they were read when the calendar was made
		for _, h := range school {
			if within(h.From, h.To) {
				out = append(out, Entry{Kind: EntrySchool, UID: "school-" + h.From.String() + "@budi", Name: h.Name, AllDay: true, First: h.From, Last: h.To, Sites: seenOf(s.Sites, sees)})
			}
		}
	}
	for i, d := range c.config.Days {
		end := d.To
		if end.IsZero() {
			end = d.Date
		}
		if within(d.Date, end) && (d.Site == "" || sees(d.Site)) {
			e := Entry{Kind: EntryDay, ID: d.ID, UID: fmt.Sprintf("day-%s-%d-%s@budi", d.Date, i, d.ID), Name: d.Name, AllDay: true, First: d.Date, Last: end, Day: d, By: d.By}
			if d.Site != "" {
				e.Sites = []string{d.Site}
			}
			if d.Room != "" {
				e.Rooms = []string{d.Room}
			}
			out = append(out, e)
		}
	}
	for _, a := range c.config.Assessments {
		if !within(a.Date, a.Date) || a.Site != "" && !sees(a.Site) {
			continue
		}
		f, t := a.In(c.zone)
		e := Entry{Kind: EntryAssessment, ID: a.ID, UID: "assessment-" + named(a.ID, a.Name) + "-" + a.Date.String() + "@budi", Name: a.Name, From: f, To: t, Rooms: a.Rooms, By: a.By}
		if a.Site != "" {
			e.Sites = []string{a.Site}
		}
		out = append(out, e)
	}
	for _, a := range c.Occurrences(from, to) {
		if !seesWindow(a.Window, sees) {
			continue
		}
		e := Entry{Kind: EntryMaintenance, ID: a.ID, UID: "maintenance-" + a.Key() + "@budi", Name: a.Name, From: a.From, To: a.To, Sites: a.Sites, Again: a.RRule != "", OnDown: a.OnDown, Lasts: a.Duration, By: a.By}
		for _, r := range a.Rooms {
			e.Rooms = append(e.Rooms, r.Room)
			if !slices.Contains(e.Sites, r.Site) {
				e.Sites = append(slices.Clip(e.Sites), r.Site)
			}
		}
		if sees("") { // where things are is not known here
			for _, id := range a.Things {
				e.Things = append(e.Things, string(id))
			}
		}
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b Entry) int { return a.begins(c.zone).Compare(b.begins(c.zone)) })
	return out
}

func (e Entry) begins(zone *time.Location) time.Time {
	if e.AllDay {
		return e.First.In(zone)
	}
	return e.From
}

func seesAny(sites []string, sees func(string) bool) bool {
	return len(sites) == 0 || slices.ContainsFunc(sites, sees)
}

// seenOf are the sites that are seen.
func seenOf(sites []string, sees func(string) bool) []string {
	return slices.DeleteFunc(slices.Clone(sites), func(s string) bool { return !sees(s) })
}

// seesWindow reports whether somebody may know of a window: all that it names is
// theirs. Where things are is not known here, so those who see some sites only
// must be told by who asks.
func seesWindow(w Window, sees func(string) bool) bool {
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
	return len(w.Sites)+len(w.Rooms) > 0 || sees("")
}
