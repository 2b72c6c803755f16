// Package chart draws small line charts as SVG, on the server and without
// scripts: lines over time with a scale of values and one of times, and with
// gaps where nothing was measured. It is pure: points in, text out; whatever the
// points are, the SVG is bounded and well formed. Colours are the business of
// the page's style sheet, by class; without one the chart is still readable. The
// console's pages use it.
package chart

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Bounds of what is drawn.
const (
	MaxPoints = 300 // of a line; of more, the highest of each slice of time stays
	MaxLines  = 6
	maxValue  = 1e18 // what is farther from zero is no measurement
)

// Unit says how values are scaled.
type Unit string

// The units.
const (
	Percent        Unit = "percent" // a share: 1 is 100 %; the scale ends there
	Bytes          Unit = "bytes"   // round numbers are powers of two
	BytesPerSecond Unit = "bytes_per_second"
	BitsPerSecond  Unit = "bits_per_second"
	Seconds        Unit = "seconds"
	Number         Unit = "number"
)

// Point is one value. NaN and infinite ones are gaps.
type Point struct {
	Time  time.Time
	Value float64
}

// Line is one measurement over time.
type Line struct {
	Name   string
	Points []Point // in any order
}

// Chart is what is drawn.
type Chart struct {
	Alt      string // says in words what is to be seen
	Unit     Unit
	Full     float64 // the upper end of the scale; 0: it follows from the values
	From, To time.Time
	Step     time.Duration          // between two points; where two and a half pass without one is a gap
	Lines    []Line                 // the first MaxLines are drawn
	Location *time.Location         // of the times on the scale; nil: UTC
	Format   func(v float64) string // writes a value of the scale; nil: as Go does
}

// Summary is a line in three numbers.
type Summary struct{ Last, Min, Max float64 }

// Summary sums up a line; false when it has no value between from and to.
func (l Line) Summary(from, to time.Time) (Summary, bool) {
	points, _ := tidy(l.Points, from, to)
	if len(points) == 0 {
		return Summary{}, false
	}
	s := Summary{Last: points[len(points)-1].Value, Min: math.Inf(1), Max: math.Inf(-1)}
	for _, p := range points {
		s.Min, s.Max = min(s.Min, p.Value), max(s.Max, p.Value)
	}
	return s, true
}

// tidy returns the measurements between from and to in the order of time, and
// the times of what is no measurement.
func tidy(points []Point, from, to time.Time) (good []Point, breaks []time.Time) {
	for _, p := range points {
		switch {
		case p.Time.Before(from) || p.Time.After(to):
		case math.IsNaN(p.Value) || math.Abs(p.Value) > maxValue:
			breaks = append(breaks, p.Time)
		default:
			good = append(good, p)
		}
	}
	slices.SortStableFunc(good, func(a, b Point) int { return a.Time.Compare(b.Time) })
	slices.SortFunc(breaks, time.Time.Compare)
	return good, breaks
}

// thin keeps the highest point of each slice of time, so that no peak is lost.
func thin(points []Point, from, to time.Time) []Point {
	if len(points) <= MaxPoints {
		return points
	}
	slot := func(p Point) int {
		return int(float64(p.Time.Sub(from)) / float64(to.Sub(from)) * MaxPoints)
	}
	var out []Point
	for _, p := range points {
		i := len(out) - 1
		// The very last moment shares the slot before it.
		if i >= 0 && min(slot(out[i]), MaxPoints-1) == min(slot(p), MaxPoints-1) {
			if cmp.Less(out[i].Value, p.Value) {
				out[i] = p
			}
			continue
		}
		out = append(out, p)
	}
	return out
}
