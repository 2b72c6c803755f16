package devices

import (
	"math"
	"time"
)

// clock knows when the school works: lessons are on workdays from 8 to 15. From
// the beginning of the demonstration on there is a lesson that does not end.
type clock struct {
	began    time.Time
	location *time.Location
}

const (
	firstHour  = 8
	lessonDay  = 7.0 // hours
	lessonWeek = 5 * lessonDay
)

// used is for how many hours the school has worked until a moment: it rises by
// one each hour of lessons, and stands still otherwise.
func (c clock) used(at time.Time) float64 {
	if at.After(c.began) {
		return c.lessons(c.began) + at.Sub(c.began).Hours()
	}
	return c.lessons(at)
}

// lessons are the hours of lessons since a Monday long ago.
func (c clock) lessons(at time.Time) float64 {
	local := at.In(c.location)
	epoch := time.Date(2024, 9, 2, 0, 0, 0, 0, time.UTC) // a Monday
	days := int(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC).Sub(epoch).Hours() / 24)
	week, day := days/7, days%7
	hour := float64(local.Hour()) + float64(local.Minute())/60 + float64(local.Second())/3600 + float64(local.Nanosecond())/3.6e12
	today := math.Max(0, math.Min(lessonDay, hour-firstHour))
	if day > 4 {
		day, today = 5, 0
	}
	return float64(week)*lessonWeek + float64(day)*lessonDay + today
}

// lesson reports whether the school works at a moment.
func (c clock) lesson(at time.Time) bool {
	if at.After(c.began) {
		return true
	}
	return c.lessons(at) != c.lessons(at.Add(-time.Second))
}

// flow is what flowed until a moment at a rate for each hour of use: more at some
// times than at others, never backwards.
func (c clock) flow(at time.Time, rate, phase float64) float64 {
	const period = 0.8 // hours
	u := c.used(at)
	return rate * (u + 0.6*period/(2*math.Pi)*math.Sin(2*math.Pi*(u/period+phase)))
}

// swing is how far what flows is above or below the middle: from -1 to 1.
func (c clock) swing(at time.Time, phase float64) float64 {
	return math.Sin(2 * math.Pi * (float64(at.Unix())/1300 + phase))
}
