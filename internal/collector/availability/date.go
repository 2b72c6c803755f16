package availability

import (
	"fmt"
	"time"
)

// Date is a day of the calendar, counted from 1 January 1970, which is 0. What
// it is in time depends on the zone: it lasts 23 and 25 hours when the clocks
// change.
type Date int32

const secondsPerDay = 24 * 60 * 60

// DateOf returns the day on which the moment is, in the zone of the time.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// ParseDate reads a day written as 2026-11-28.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("read the date %q, which should look like 2026-11-28: %w", s, err)
	}
	return DateOf(t), nil
}

// Start returns the first moment of the day in a zone.
func (d Date) Start(zone *time.Location) time.Time {
	t := d.utc()
	start := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone)
	// Where the clocks change at midnight the day begins at one o'clock, and
	// time.Date answers with an hour of the day before.
	if DateOf(start) < d {
		start = time.Date(t.Year(), t.Month(), t.Day(), 1, 0, 0, 0, zone)
	}
	return start
}

// In returns the whole day as a period in a zone.
func (d Date) In(zone *time.Location) Period { return Period{d.Start(zone), (d + 1).Start(zone)} }

// String writes the day as 2026-11-28.
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// MarshalText writes the day as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads.
func (d *Date) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDate(string(b))
	return err
}

func (d Date) utc() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }
