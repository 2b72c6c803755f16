package chart

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Missing is how much of the time between From and To nothing was measured at
// all, gaps of at least two and a half steps counted.
func (c Chart) Missing() time.Duration {
	var sum time.Duration
	for _, g := range c.plot().holes() {
		sum += g.to.Sub(g.from)
	}
	return sum
}

// hole is a time without any measurement.
type hole struct{ from, to time.Time }

// holes finds the times in which no line has a point.
func (p plot) holes() []hole {
	if !p.To.After(p.From) {
		return nil
	}
	times := []time.Time{p.To}
	for _, t := range p.lines {
		for _, point := range t.points {
			times = append(times, point.Time)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	var out []hole
	last := p.From
	for _, t := range times {
		if t.Sub(last) > p.patience() {
			out = append(out, hole{last, t})
		}
		last = t
	}
	return out
}

// gaps draws the times in which nothing was measured.
func (p plot) gaps(b *strings.Builder) {
	for _, g := range p.holes() {
		x := p.x(g.from)
		fmt.Fprintf(b, `<rect class="gap" x="%s" y="%d" width="%s" height="%d" fill-opacity=".12"/>`+"\n", number(x), top, number(p.x(g.to)-x), bottom-top)
	}
}
