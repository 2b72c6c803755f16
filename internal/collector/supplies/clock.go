package supplies

import (
	"math"
	"time"
)

// The hours in which most of a day's printing happens.
const (
	dayBegins = 8
	dayEnds   = 16
)

// clock counts time in working days. Days in a row on which nothing was heard of
// the printer although people worked do not count: it was away.
type clock struct {
	loc   *time.Location
	works Works
	first int       // the number of the day of the first point
	sum   []float64 // working days before each day, from the first to the day of now
	share []float64 // of each day: 1 or 0
}

func newClock(points []Point, now time.Time, works Works) *clock {
	if works == nil {
		works = func(time.Time) bool { return true }
	}
	c := &clock{loc: now.Location(), works: works}
	c.first = c.day(points[0].Time)
	days := max(c.day(now)-c.first+1, 1)
	heard := make([]bool, days)
	for _, p := range points {
		if d := c.day(p.Time) - c.first; d >= 0 && d < days {
			heard[d] = true
		}
	}
	c.share = make([]float64, days)
	var away []int // working days in a row without a word
	for d := range days {
		if !works(c.noon(c.first + d)) {
			continue
		}
		c.share[d] = 1
		if heard[d] {
			away = away[:0]
			continue
		}
		away = append(away, d)
		if len(away) < awayFor {
			continue
		}
		for _, a := range away {
			c.share[a] = 0
		}
	}
	c.sum = make([]float64, days+1)
	for d, s := range c.share {
		c.sum[d+1] = c.sum[d] + s
	}
	return c
}

// day numbers the days of the calendar.
func (c *clock) day(t time.Time) int {
	y, m, d := t.In(c.loc).Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// noon is the middle of a day.
func (c *clock) noon(day int) time.Time {
	y, m, d := time.Unix(int64(day)*86400, 0).UTC().Date()
	return time.Date(y, m, d, 12, 0, 0, 0, c.loc)
}

// part is how much of a day's printing is done at a moment of it.
func (c *clock) part(t time.Time) float64 {
	t = t.In(c.loc)
	hours := float64(t.Hour()) + float64(t.Minute())/60
	return min(max((hours-dayBegins)/(dayEnds-dayBegins), 0), 1)
}

// at is how many working days had passed at a moment between the first point and
// now.
func (c *clock) at(t time.Time) float64 {
	d := min(max(c.day(t)-c.first, 0), len(c.share)-1)
	return c.sum[d] + c.share[d]*c.part(t)
}

// after says how many days of the calendar pass until so many working days have.
func (c *clock) after(now time.Time, days float64) float64 {
	day, done := c.day(now), 0.0
	if c.works(c.noon(day)) {
		done = c.part(now)
	}
	left := days
	for n := 0; n < maxDays; n++ {
		if !c.works(c.noon(day + n)) {
			done = 0
			continue
		}
		if here := 1 - done; left > here {
			left -= here
			done = 0
			continue
		}
		hour := dayBegins + (done+left)*(dayEnds-dayBegins)
		at := c.noon(day + n).Add(time.Duration((hour - 12) * float64(time.Hour)))
		return max(at.Sub(now).Hours()/24, 0)
	}
	return maxDays
}

// between is how far apart points are kept at least while the level stays: two or
// three a day.
const between = 6 * time.Hour

// Condense appends a point to others, leaving out what says nothing new: a level
// that is the same for hours. Points that are not after the last one, and levels
// that are none, are left out too.
func Condense(points []Point, p Point) []Point {
	n := len(points)
	switch {
	case math.IsNaN(p.Left) || p.Left < 0 || p.Left > 1, n > 0 && !p.Time.After(points[n-1].Time):
		return points
	case n > 1 && points[n-2].Left == p.Left && points[n-1].Left == p.Left && p.Time.Sub(points[n-2].Time) < between:
		points[n-1] = p
		return points
	}
	return append(points, p)
}
