package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// The words that Hours know besides days and times.
const (
	Always = "always" // at every moment
	Work   = "work"   // when people are at work: see Calendar.Staffed
	Off    = "closed" // when they are not
)

// wallSpan is a part of a day, in minutes of the wall's clock.
type wallSpan struct{ from, to Clock }

// Hours say when in a week: "Mo-Fr 08:00-17:00, Sa 10:00-14:00", or one of the
// words always, work and closed. The zero value says nothing, and contains no
// moment.
type Hours struct {
	spec string
	week [7][]wallSpan // from Monday; sorted, apart from each other
}

const maxHours = 500 // bytes

var errHours = errors.New(`write days and times such as "Mo-Fr 08:00-17:00, Sa 10:00-14:00"`)

// ParseHours reads hours. Days are Mo, Tu, We, Th, Fr, Sa and Su or spans of
// them; times without days are for every day; several times follow each other
// ("Mo-Fr 08:00-12:00 13:00-17:00"); times that run over midnight ("22:00-06:00")
// end on the next day.
func ParseHours(spec string) (Hours, error) {
	h := Hours{spec: strings.TrimSpace(spec)}
	switch {
	case len(spec) > maxHours:
		return Hours{}, fmt.Errorf("write at most %d characters", maxHours)
	case h.spec == Always || h.spec == Work || h.spec == Off:
		return h, nil
	}
	var days [7]bool
	said, timed := false, false // days were named; times followed
	for _, token := range strings.FieldsFunc(strings.ReplaceAll(h.spec, "–", "-"), func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		first, last, isSpan := strings.Cut(token, "-")
		if !isSpan {
			last = first
		}
		if a, ok := weekday(first); ok {
			b, ok := weekday(last)
			if !ok {
				return Hours{}, fmt.Errorf("%q is no span of days: %w", token, errHours)
			}
			if timed || !said {
				days, said, timed = [7]bool{}, true, false
			}
			for d := a; ; d = (d + 1) % 7 {
				days[d] = true
				if d == b {
					break
				}
			}
			continue
		}
		from, err := ParseClock(first)
		to, err2 := ParseClock(last)
		if !isSpan || err != nil || err2 != nil || from == to || from == dayMinutes {
			return Hours{}, fmt.Errorf("%q is no span of days or times: %w", token, errHours)
		}
		timed = true
		for d := range 7 {
			if said && !days[d] {
				continue
			}
			if from < to {
				h.week[d] = append(h.week[d], wallSpan{from, to})
				continue
			}
			h.week[d] = append(h.week[d], wallSpan{from, dayMinutes})
			if to > 0 {
				h.week[(d+1)%7] = append(h.week[(d+1)%7], wallSpan{0, to})
			}
		}
	}
	if !timed {
		return Hours{}, fmt.Errorf("there are no times in it: %w", errHours)
	}
	for d := range h.week {
		h.week[d] = tidy(h.week[d])
	}
	return h, nil
}

// tidy sorts spans and joins those that touch.
func tidy(spans []wallSpan) []wallSpan {
	slices.SortFunc(spans, func(a, b wallSpan) int { return cmp.Compare(a.from, b.from) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// weekday reads Mo or Mon, in capitals or not.
func weekday(s string) (int, bool) {
	s = strings.ToLower(s)
	for i, long := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
		if len(s) >= 2 && strings.HasPrefix(long, s) {
			return i, true
		}
	}
	return 0, false
}

// IsZero reports whether nothing is said.
func (h Hours) IsZero() bool { return h.spec == "" }

// String is the hours as they were written.
func (h Hours) String() string { return h.spec }

// MarshalText writes what String does.
func (h Hours) MarshalText() ([]byte, error) { return []byte(h.spec), nil }

// UnmarshalText reads hours, or nothing.
func (h *Hours) UnmarshalText(text []byte) (err error) {
	*h = Hours{}
	if len(text) > 0 {
		*h, err = ParseHours(string(text))
	}
	return err
}

// UnmarshalYAML reads hours.
func (h *Hours) UnmarshalYAML(node *yaml.Node) error { return textOf(node, h.UnmarshalText) }

// Equal reports whether both were written alike.
func (h Hours) Equal(other Hours) bool { return h.spec == other.spec }

// plain reports whether the hours are days and times rather than a word.
func (h Hours) plain() bool {
	return h.spec != "" && h.spec != Always && h.spec != Work && h.spec != Off
}

// Contains reports whether the moment is in these hours for somebody at a
// place. The calendar says what work is, and whose clock counts; nil is the
// calendar that is not known, and the clock is then that of t's own zone.
func (h Hours) Contains(c *Calendar, at Place, t time.Time) bool {
	switch h.spec {
	case "":
		return false
	case Always:
		return true
	case Work:
		return c.Staffed(at, t)
	case Off:
		return !c.Staffed(at, t)
	}
	t = t.In(c.zoneFor(t))
	date, now := DateAt(t), t.Unix()
	for _, s := range h.week[date.week()] {
		from, to := s.in(date, t.Location())
		if from <= now && now < to {
			return true
		}
	}
	return false
}

// NextChange is the first moment after t at which Contains answers otherwise
// than at t. The zero time means that it never does, or not within 400 days.
func (h Hours) NextChange(c *Calendar, at Place, t time.Time) time.Time {
	is := h.Contains(c, at, t)
	zone := c.zoneFor(t)
	switch h.spec {
	case "", Always:
		return time.Time{}
	case Work, Off:
		for next := c.next(at, t); !next.IsZero(); next = c.next(at, next) {
			if h.Contains(c, at, next) != is {
				return next
			}
		}
		return time.Time{}
	}
	var edges []int64
	first := DateAt(t.In(zone))
	for i := range 9 { // a week and a day more: the next edge may be next week's same
		date := first.Add(i)
		for _, s := range h.week[date.week()] {
			from, to := s.in(date, zone)
			edges = append(edges, from, to)
		}
	}
	slices.Sort(edges)
	for _, e := range edges {
		next := time.Unix(e, 0).In(zone)
		if next.After(t) && h.Contains(c, at, next) != is {
			return next
		}
	}
	return time.Time{}
}

// in is the span on a day, in Unix seconds.
func (s wallSpan) in(date Date, zone *time.Location) (from, to int64) {
	midnight := int64(date.days) * daySeconds
	// 24:00 is the beginning of the next day, so that two days touch.
	return instant(zone, midnight+int64(s.from)*60, false), instant(zone, midnight+int64(s.to)*60, s.to != dayMinutes)
}
