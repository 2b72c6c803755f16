// Package sla makes the report on how long websites, services and servers
// answered in a month, a quarter or a year: what the institution shows to a
// provider, a council or itself. It sums up what package availability keeps; time
// in maintenance and time of which nothing is known stand apart and are in no
// ratio. It is pure: no clock, no storage, no texts.
package sla

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/topology"
)

// Length of a Period.
type Length string

// The lengths.
const (
	Month   Length = "month"
	Quarter Length = "quarter"
	Year    Length = "year"
)

// Lengths lists every length, the shortest first.
func Lengths() []Length { return []Length{Month, Quarter, Year} }

// months is how many months the length has.
func (l Length) months() int {
	switch l {
	case Year:
		return 12
	case Quarter:
		return 3
	default:
		return 1
	}
}

// Period is a month, a quarter or a year of the calendar.
type Period struct {
	Length Length
	Year   int
	Begins time.Month // its first month
}

// Of is the period of a length that a day lies in.
func Of(l Length, d availability.Date) Period {
	at := d.Start(time.UTC)
	n := l.months()
	return Period{l, at.Year(), time.Month((int(at.Month())-1)/n*n + 1)}
}

// ParsePeriod reads 2026-11, 2026-Q4 or 2026.
func ParsePeriod(s string) (Period, error) {
	bad := fmt.Errorf("read the period %q: write 2026-11, 2026-Q4 or 2026", s)
	text, part, split := strings.Cut(s, "-")
	year, err := strconv.Atoi(text)
	if err != nil || len(text) != 4 || year < 2000 || year > 2200 {
		return Period{}, bad
	}
	if !split {
		return Period{Year, year, time.January}, nil
	}
	if q, ok := strings.CutPrefix(part, "Q"); ok {
		if n, err := strconv.Atoi(q); err == nil && len(q) == 1 && n >= 1 && n <= 4 {
			return Period{Quarter, year, time.Month(3*n - 2)}, nil
		}
		return Period{}, bad
	}
	if n, err := strconv.Atoi(part); err == nil && len(part) == 2 && n >= 1 && n <= 12 {
		return Period{Month, year, time.Month(n)}, nil
	}
	return Period{}, bad
}

// String writes the period as ParsePeriod reads it.
func (p Period) String() string {
	switch p.Length {
	case Year:
		return fmt.Sprintf("%04d", p.Year)
	case Quarter:
		return fmt.Sprintf("%04d-Q%d", p.Year, p.Number())
	default:
		return fmt.Sprintf("%04d-%02d", p.Year, p.Begins)
	}
}

// Number is which quarter of the year it is, or which month; of a year 1.
func (p Period) Number() int { return (int(p.Begins)-1)/p.Length.months() + 1 }

// First is its first day, and Last the last one.
func (p Period) First() availability.Date { return day(p.Year, p.Begins) }

// Last is its last day.
func (p Period) Last() availability.Date {
	return day(p.Year, p.Begins+time.Month(p.Length.months())) - 1
}

func day(year int, month time.Month) availability.Date {
	return availability.DateOf(time.Date(year, month, 1, 0, 0, 0, 0, time.UTC))
}

// Move is the period so many after this one, or before it.
func (p Period) Move(n int) Period {
	at := time.Date(p.Year, p.Begins+time.Month(n*p.Length.months()), 1, 0, 0, 0, 0, time.UTC)
	return Period{p.Length, at.Year(), at.Month()}
}

// Months are the months that it consists of.
func (p Period) Months() []Period {
	out := make([]Period, p.Length.months())
	for i := range out {
		out[i] = Period{Month, p.Year, p.Begins + time.Month(i)}
	}
	return out
}

// Subject is something that the report is about.
type Subject struct {
	ID   topology.ID
	Name string
	Site string // its name
	Kind string // a word of the caller's: "check", or the class of a device
}

// Row is one subject in the period.
type Row struct {
	Subject
	availability.Summary                      // maintenance left out
	InMaintenance        availability.Seconds // how it was in maintenance
	DownDays             int                  // days on which it was down, maintenance left out
	Worst                availability.Date    // the day on which it was down for longest; of no meaning when DownDays is 0
	WorstDown            int64                // seconds on that day
	Months               []availability.Summary
}

// Report is a period. Rows come with the worst first: those of which a ratio is
// known, from the lowest; then the others by name.
type Report struct {
	Period
	Until availability.Date // the last day that it speaks of: today, while the period goes on
	Rows  []Row
	Total availability.Summary // of all rows
}

// Build makes a report. days returns what is kept of a subject from one day to
// another, both included and in their order. Subjects of which nothing is kept
// are left out.
func Build(p Period, today availability.Date, subjects []Subject, days func(id topology.ID, from, to availability.Date) ([]availability.Day, error)) (Report, error) {
	r := Report{Period: p, Until: min(p.Last(), today)}
	if p.First() > today {
		return r, nil
	}
	for _, s := range subjects {
		kept, err := days(s.ID, p.First(), r.Until)
		if err != nil {
			return Report{}, fmt.Errorf("read the days of %s: %w", s.ID, err)
		}
		if len(kept) == 0 {
			continue
		}
		row := rowOf(p, s, kept)
		r.Rows = append(r.Rows, row)
		r.Total.Seconds.Up += row.Up
		r.Total.Seconds.Down += row.Down
		r.Total.Seconds.Unknown += row.Unknown
		r.Total.Maintenance += row.Maintenance
	}
	slices.SortStableFunc(r.Rows, func(a, b Row) int {
		x, known := a.Ratio()
		y, other := b.Ratio()
		switch {
		case known != other && known:
			return -1
		case known != other:
			return 1
		}
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return r, nil
}

// Met reports whether a share is as large as an aim; both are from 0 to 1. Aims are
// written in hundredths, which numbers of a computer miss by a hair: the hundredth
// part of 99.9 is more than 0.999. A second of a hundred years counts.
func Met(share, aim float64) bool { return share >= aim-1e-10 }

func rowOf(p Period, s Subject, kept []availability.Day) Row {
	row := Row{Subject: s, Summary: availability.Sum(kept, availability.LeftOut)}
	for _, d := range kept {
		row.InMaintenance.Up += d.Maintenance.Up
		row.InMaintenance.Down += d.Maintenance.Down
		row.InMaintenance.Unknown += d.Maintenance.Unknown
		if d.Down == 0 {
			continue
		}
		row.DownDays++
		if d.Down > row.WorstDown {
			row.Worst, row.WorstDown = d.Date, d.Down
		}
	}
	if p.Length == Month {
		return row
	}
	for _, m := range p.Months() {
		var part []availability.Day
		for _, d := range kept {
			if d.Date >= m.First() && d.Date <= m.Last() {
				part = append(part, d)
			}
		}
		row.Months = append(row.Months, availability.Sum(part, availability.LeftOut))
	}
	return row
}
