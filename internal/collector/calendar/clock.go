package calendar

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/internal/strictyaml"
)

const (
	daySeconds = 24 * 60 * 60
	dayMinutes = 24 * 60
	firstYear  = 2000 // dates outside are refused
	lastYear   = 2099
)

// Date is a day of the calendar, in no zone. The zero value is no date.
type Date struct {
	set  bool
	days int // since 1970-01-01
}

// DateOf makes a date; month and day may run over, as in time.Date.
func DateOf(year int, month time.Month, day int) Date {
	return Date{set: true, days: int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / daySeconds)}
}

// DateAt is the day of a moment in the moment's own zone.
func DateAt(t time.Time) Date { return DateOf(t.Date()) }

// ParseDate reads 2026-09-01.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < firstYear || t.Year() > lastYear {
		return Date{}, fmt.Errorf("write a date such as 2026-09-01, from %d to %d", firstYear, lastYear)
	}
	return DateAt(t), nil
}

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return !d.set }

// Add returns the date so many days later.
func (d Date) Add(days int) Date { return Date{set: d.set, days: d.days + days} }

// Before reports whether d comes before other.
func (d Date) Before(other Date) bool { return d.days < other.days }

// Sub counts the days from other to d.
func (d Date) Sub(other Date) int { return d.days - other.days }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return time.Weekday((d.week() + 1) % 7) }

// Year is the date's year.
func (d Date) Year() int { return d.utc().Year() }

// In is the beginning of the day in a zone.
func (d Date) In(zone *time.Location) time.Time {
	return time.Unix(instant(zone, int64(d.days)*daySeconds, false), 0).In(zone)
}

// String writes 2026-09-01, or nothing for no date.
func (d Date) String() string {
	if !d.set {
		return ""
	}
	return d.utc().Format(time.DateOnly)
}

// MarshalText writes what String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 2026-09-01, or nothing.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d = Date{}
	if len(text) > 0 {
		*d, err = ParseDate(string(text))
	}
	return err
}

// UnmarshalYAML reads 2026-09-01, with or without quotes.
func (d *Date) UnmarshalYAML(node *yaml.Node) error { return textOf(node, d.UnmarshalText) }

// textOf reads a scalar so that what is wrong is told with the file's other mistakes.
func textOf(node *yaml.Node, read func([]byte) error) error {
	if node.Kind != yaml.ScalarNode {
		return strictyaml.ValueError(node, "write one value here")
	}
	if err := read([]byte(node.Value)); err != nil {
		return strictyaml.ValueError(node, err.Error())
	}
	return nil
}

func (d Date) utc() time.Time { return time.Unix(int64(d.days)*daySeconds, 0).UTC() }

// week is the day of the week with Monday as 0.
func (d Date) week() int { return ((d.days+3)%7 + 7) % 7 }

// Clock is a time of the day in minutes since midnight, to 24:00.
type Clock int

// ParseClock reads 08:00.
func ParseClock(s string) (Clock, error) {
	var h, m int
	if len(s) < 4 || len(s) > 5 || s[len(s)-3] != ':' {
		return 0, errClock
	}
	if _, err := fmt.Sscanf(s, "%d:%02d", &h, &m); err != nil || h < 0 || m < 0 || m > 59 || h*60+m > dayMinutes {
		return 0, errClock
	}
	return Clock(h*60 + m), nil
}

var errClock = fmt.Errorf("write a time of the day such as 08:00, at most 24:00")

// String writes 08:00.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c/60, c%60) }

// MarshalText writes 08:00.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads 08:00.
func (c *Clock) UnmarshalText(text []byte) (err error) {
	*c, err = ParseClock(string(text))
	return err
}

// UnmarshalYAML reads 08:00, with or without quotes.
func (c *Clock) UnmarshalYAML(node *yaml.Node) error { return textOf(node, c.UnmarshalText) }

// Moment is what the clock on the wall shows at some day, "2026-10-03 22:00", or
// a moment with its distance from UTC, "2026-10-03T22:00:00+03:00". The zero
// value is no moment.
type Moment struct {
	text     string
	seconds  int64 // absolute: Unix time; otherwise what Unix time would be if the wall were UTC's
	absolute bool
}

// ParseMoment reads a moment in one of its two forms.
func ParseMoment(s string) (Moment, error) {
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05", time.RFC3339} {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if t.Year() < firstYear || t.Year() > lastYear {
			break
		}
		return Moment{text: s, seconds: t.Unix(), absolute: layout == time.RFC3339}, nil
	}
	return Moment{}, fmt.Errorf("write a day and a time such as 2026-10-03 22:00, from %d to %d", firstYear, lastYear)
}

// MomentAt is a moment as the clock of its own zone shows it, to the minute.
func MomentAt(t time.Time) Moment {
	m, err := ParseMoment(t.Format("2006-01-02 15:04"))
	if err != nil {
		return Moment{}
	}
	return m
}

// ExactMoment is a moment that is the same in every zone.
func ExactMoment(t time.Time) Moment {
	m, err := ParseMoment(t.Format(time.RFC3339))
	if err != nil {
		return Moment{}
	}
	return m
}

// IsZero reports whether there is no moment.
func (m Moment) IsZero() bool { return m.text == "" }

// String is the moment as it was written.
func (m Moment) String() string { return m.text }

// MarshalText writes what String does.
func (m Moment) MarshalText() ([]byte, error) { return []byte(m.text), nil }

// UnmarshalText reads a moment, or nothing.
func (m *Moment) UnmarshalText(text []byte) (err error) {
	*m = Moment{}
	if len(text) > 0 {
		*m, err = ParseMoment(string(text))
	}
	return err
}

// UnmarshalYAML reads a moment, with or without quotes.
func (m *Moment) UnmarshalYAML(node *yaml.Node) error { return textOf(node, m.UnmarshalText) }

// In is the moment in a zone. Where the clock is put back and shows it twice it
// is the first of the two, and where the clock jumps over it the jump.
func (m Moment) In(zone *time.Location) time.Time { return time.Unix(m.unix(zone, false), 0).In(zone) }

// wall is what the clock in the zone shows, as seconds.
func (m Moment) wall(zone *time.Location) int64 {
	if !m.absolute {
		return m.seconds
	}
	_, offset := time.Unix(m.seconds, 0).In(zone).Zone()
	return m.seconds + int64(offset)
}

func (m Moment) unix(zone *time.Location, last bool) int64 {
	if m.absolute {
		return m.seconds
	}
	return instant(zone, m.seconds, last)
}

// instant finds the moment at which the clock of a zone shows the wall's time.
// time.Date does not say which of two it takes on the nights on which the
// clock changes. Here a time that is shown twice is the first or the last of
// the two, as asked, and a time that is not shown is the moment of the jump: so
// a span of the wall holds every moment at which the clock shows a time in it.
func instant(zone *time.Location, wall int64, last bool) int64 {
	before, after := wall-offsetAt(zone, wall-daySeconds), wall-offsetAt(zone, wall+daySeconds)
	if before == after {
		return before
	}
	isBefore := wall-offsetAt(zone, before) == before
	isAfter := wall-offsetAt(zone, after) == after
	switch {
	case isBefore && isAfter && last:
		return max(before, after)
	case isBefore && isAfter:
		return min(before, after)
	case isBefore:
		return before
	case isAfter:
		return after
	}
	_, jump := time.Unix(min(before, after), 0).In(zone).ZoneBounds()
	return jump.Unix()
}

func offsetAt(zone *time.Location, unix int64) int64 {
	_, offset := time.Unix(unix, 0).In(zone).Zone()
	return int64(offset)
}
