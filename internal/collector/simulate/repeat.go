package simulate

import (
	"fmt"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// repeat says when an event is again.
type repeat struct {
	each  time.Duration        // this long after the last time; zero: by days
	day   func(time.Time) bool // which days, at the time of day of the first
	until time.Time            // not from there on; zero: to the end of the scenario
	times int                  // so often altogether; zero: as often as there is time
}

const wantEvery = `write a length of time (every: 5m), day, weekday, weekend, working day, school day, or days of the week (every: Mon, Wed)`

// repetition reads every, until and times.
func (s *Scenario) repetition(r *strictyaml.Report, e *Event, begin time.Time) *repeat {
	if e.Every == "" {
		if e.Times != 0 {
			r.Bad("times", e.Times, "say how far apart the times are, for example every: 5m")
		}
		return nil
	}
	rep := &repeat{times: e.Times}
	if e.Times < 0 {
		r.Bad("times", e.Times, "write a number, 1 or more")
	}
	if e.Until != "" {
		rep.until, _ = e.Until.resolve(begin, s.zone) // told by checkEnd
	}
	if d, err := parseSpan(e.Every); err == nil {
		if d < time.Second {
			r.Bad("every", e.Every, "write 1s or more")
		}
		rep.each = d
		return rep
	}
	day, err := s.days(e.Every)
	if err != nil {
		r.Bad("every", e.Every, err.Error())
	}
	rep.day = day
	if begin.IsZero() {
		return rep
	}
	return rep
}

// days reads which days are meant.
func (s *Scenario) days(text string) (func(time.Time) bool, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	switch strings.TrimSuffix(text, "s") {
	case "day", "daily":
		return func(time.Time) bool { return true }, nil
	case "weekday":
		return func(t time.Time) bool { return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday }, nil
	case "weekend":
		return func(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }, nil
	case "working day", "workday":
		return s.workingDay, nil
	case "school day", "open day":
		return func(t time.Time) bool { return s.calendar.OpenDay(calendar.Place{}, t) }, nil
	}
	var of [7]bool
	for name := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		d, ok := parseWeekday(name)
		if !ok {
			return nil, fmt.Errorf("%s", wantEvery)
		}
		of[d] = true
	}
	return func(t time.Time) bool { return of[t.Weekday()] }, nil
}

// workingDay reports whether people work on a day.
func (s *Scenario) workingDay(t time.Time) bool { return s.calendar.WorkingDay("", t) }

// next returns the time after one, and false when there is none before end. A
// time of a day is that of begin, whatever the clock did in between.
func (rep *repeat) next(begin, last time.Time, done int, end time.Time) (time.Time, bool) {
	if rep == nil || rep.times > 0 && done >= rep.times {
		return time.Time{}, false
	}
	next := last
	if rep.each > 0 {
		next = last.Add(rep.each)
	} else {
		y, m, d := last.Date()
		for {
			d++
			next, _ = local(y, m, d, begin.Hour(), begin.Minute(), begin.Second(), begin.Location())
			if next.After(end) || rep.day(next) {
				break
			}
		}
	}
	if next.After(end) || !rep.until.IsZero() && !next.Before(rep.until) {
		return time.Time{}, false
	}
	return next, true
}
