package calendar

import (
	"slices"
	"sort"
	"sync/atomic"
	"time"
)

// Reason says why a day is not like other days.
type Reason string

// The reasons.
const (
	Ordinary      Reason = ""
	Special       Reason = "special"        // a special day of the configuration
	PublicDay     Reason = "public_holiday" // Day.Name is a PublicHoliday
	SchoolHoliday Reason = "school_holiday"
	BetweenTerms  Reason = "between_terms"
)

// Day is what a day is at a place.
type Day struct {
	Date    Date
	Reason  Reason
	Name    string // of the holiday or special day
	Open    []Span // when it is open, in order
	Staffed []Span // when its people are at work, in order
}

// Span is a part of a day by the clock on the wall.
type Span struct{ From, To Clock }

// profile is what holds at one place, and what was worked out of it.
type profile struct {
	zone   *time.Location
	hours  Hours
	days   []SpecialDay // the strongest last
	terms  []Term
	school []Holiday // sorted
	public bool
	passes bool // it is thrown away after one question: working out a year is not worth it
	years  [lastYear - firstYear + 1]atomic.Pointer[profileYear]
}

// profileYear is a year at a place, in Unix seconds.
type profileYear struct {
	open, staffed []span
	days          []int64 // midnights at which a day begins that is another kind of day than the one before
}

type span struct{ from, to int64 }

func (y *profileYear) openSpans() []span    { return y.open }
func (y *profileYear) staffedSpans() []span { return y.staffed }

func newProfile(config Config, school []Holiday, p Place, zone *time.Location) (*profile, error) {
	hours, err := ParseHours(defaultHours)
	if err != nil {
		return nil, err
	}
	out := &profile{zone: zone, hours: hours, public: config.PublicHolidays != "none"}
	strongest := -1
	for _, o := range config.Hours {
		if s, ok := strength(o.Place, p); ok && s >= strongest {
			out.hours, strongest = o.Hours, s
		}
	}
	out.hours = wholeDays(out.hours)
	for want := range 3 {
		for _, d := range config.Days {
			if s, ok := strength(d.Place, p); ok && s == want {
				out.days = append(out.days, d)
			}
		}
	}
	for _, t := range config.Terms {
		if len(t.Sites) == 0 || slices.Contains(t.Sites, p.Site) {
			out.terms = append(out.terms, t)
		}
	}
	if s := config.SchoolHolidays; s != nil && (len(s.Sites) == 0 || slices.Contains(s.Sites, p.Site)) {
		out.school = school
	}
	return out, nil
}

// unknownProfile is that of the calendar that is not known.
func unknownProfile(zone *time.Location) *profile {
	work := []wallSpan{{8 * 60, 17 * 60}}
	return &profile{zone: zone, public: true, passes: true, hours: Hours{spec: defaultHours, week: [7][]wallSpan{work, work, work, work, work}}}
}

// strength says how closely a rule's place fits another: 0 for everywhere, 1 for
// the site, 2 for the room.
func strength(rule, p Place) (int, bool) {
	switch {
	case rule == Place{}:
		return 0, true
	case rule == Place{Site: p.Site}:
		return 1, true
	case rule == p:
		return 2, true
	}
	return 0, false
}

// wholeDays writes the words always and closed as times.
func wholeDays(h Hours) Hours {
	if h.spec == Always {
		for d := range h.week {
			h.week[d] = []wallSpan{{0, dayMinutes}}
		}
	}
	return h
}

// working are the hours of a day of the week, or, for one that has none, those
// of the first that has.
func (p *profile) working(weekday int) []wallSpan {
	if len(p.hours.week[weekday]) > 0 {
		return p.hours.week[weekday]
	}
	for _, spans := range p.hours.week {
		if len(spans) > 0 {
			return spans
		}
	}
	return []wallSpan{{8 * 60, 17 * 60}}
}

func (p *profile) day(d Date) Day {
	open, staffed, reason, name := p.plan(d)
	return Day{Date: d, Reason: reason, Name: name, Open: spansOf(open), Staffed: spansOf(staffed)}
}

func spansOf(list []wallSpan) []Span {
	var out []Span
	for _, s := range list {
		out = append(out, Span{s.from, s.to})
	}
	return out
}

// plan is what a day is: when the place is open, and when its people work.
func (p *profile) plan(d Date) (open, staffed []wallSpan, reason Reason, name string) {
	for i := len(p.days) - 1; i >= 0; i-- {
		s := p.days[i]
		last := s.To
		if last.IsZero() {
			last = s.Date
		}
		if d.Before(s.Date) || last.Before(d) {
			continue
		}
		switch {
		case s.Pupils:
			_, is := PublicHolidayOf(d)
			if !p.public || !is {
				staffed = p.hours.week[d.week()]
			}
			return nil, staffed, Special, s.Name
		case s.Open:
			open = p.working(d.week())
		case !s.Closed:
			open = s.Hours.week[d.week()]
		}
		return open, open, Special, s.Name
	}
	if p.public {
		if holiday, is := PublicHolidayOf(d); is {
			return nil, nil, PublicDay, string(holiday)
		}
	}
	staffed = p.hours.week[d.week()]
	for _, h := range p.school {
		if !d.Before(h.From) && !h.To.Before(d) {
			return nil, staffed, SchoolHoliday, h.Name
		}
	}
	if len(p.terms) > 0 && !slices.ContainsFunc(p.terms, func(t Term) bool { return !d.Before(t.From) && !t.To.Before(d) }) {
		return nil, staffed, BetweenTerms, ""
	}
	return staffed, staffed, Ordinary, ""
}

// in reports whether a moment is in spans of its year.
func (p *profile) in(t time.Time, of func(*profileYear) []span) bool {
	if p.passes {
		d := DateAt(t.In(p.zone))
		open, staffed, _, _ := p.plan(d)
		y := profileYear{open: p.extend(nil, d, open), staffed: p.extend(nil, d, staffed)}
		return within(of(&y), t)
	}
	return within(of(p.year(t.In(p.zone).Year())), t)
}

func within(spans []span, t time.Time) bool {
	now := t.Unix()
	at := sort.Search(len(spans), func(i int) bool { return spans[i].to > now })
	return at < len(spans) && spans[at].from <= now
}

// year works out a year, once. Two who do it at the same time get the same.
func (p *profile) year(year int) *profileYear {
	if !inYears(year) {
		return p.workOut(year)
	}
	kept := &p.years[year-firstYear]
	if known := kept.Load(); known != nil {
		return known
	}
	y := p.workOut(year)
	kept.Store(y)
	return y
}

func (p *profile) workOut(year int) *profileYear {
	y := &profileYear{}
	first := DateOf(year, time.January, 1)
	_, before, _, _ := p.plan(first.Add(-1))
	open, _, _, _ := p.plan(first.Add(-1))
	wasOpen, wasStaffed := len(open) > 0, len(before) > 0
	for d := first; d.Year() == year; d = d.Add(1) {
		open, staffed, _, _ := p.plan(d)
		y.open = p.extend(y.open, d, open)
		y.staffed = p.extend(y.staffed, d, staffed)
		if (len(open) > 0) != wasOpen || (len(staffed) > 0) != wasStaffed {
			y.days = append(y.days, d.In(p.zone).Unix())
		}
		wasOpen, wasStaffed = len(open) > 0, len(staffed) > 0
	}
	return y
}

// extend appends a day's spans, joined where they touch.
func (p *profile) extend(to []span, d Date, spans []wallSpan) []span {
	for _, s := range spans {
		from, until := s.in(d, p.zone)
		switch n := len(to); {
		case from >= until: // it is in the hour that the clock jumps over
		case n > 0 && from <= to[n-1].to:
			to[n-1].to = max(to[n-1].to, until)
		default:
			to = append(to, span{from, until})
		}
	}
	return to
}

func edgesOf(spans []span) []int64 {
	out := make([]int64, 0, 2*len(spans))
	for _, s := range spans {
		out = append(out, s.from, s.to)
	}
	return out
}
