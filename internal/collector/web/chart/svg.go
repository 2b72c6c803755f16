package chart

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
	"time"
)

// The drawing's measures, in its own units: on a narrow phone one is a pixel.
const (
	width, height = 300, 132
	left, right   = 62, 292 // of the plot
	top, bottom   = 8, 112
	fontSize      = 11
	maxTicks      = 12
)

// plot is a chart with its scales.
type plot struct {
	Chart
	low, high float64
	step      float64 // between two values of the scale
	lines     []track
}

// track is a line that is ready to be drawn.
type track struct {
	points []Point
	breaks []time.Time
}

// SVG draws the chart. Lines have the classes "line line-1" to "line line-6",
// and every second one is dashed; times without a measurement are grey.
func (c Chart) SVG() string {
	p := c.plot()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s" font-size="%d" fill="currentColor">`, width, height, html.EscapeString(c.Alt), fontSize)
	b.WriteByte('\n')
	p.gaps(&b)
	p.values(&b)
	p.times(&b)
	for i := range p.lines {
		p.draw(&b, i)
	}
	b.WriteString("</svg>")
	return b.String()
}

func (c Chart) plot() plot {
	p := plot{Chart: c}
	if p.Location == nil {
		p.Location = time.UTC
	}
	if p.Format == nil {
		p.Format = func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
	}
	lowest, highest := 0.0, 0.0
	for _, l := range c.Lines[:min(len(c.Lines), MaxLines)] {
		points, breaks := tidy(l.Points, c.From, c.To)
		points = thin(points, c.From, c.To)
		for _, point := range points {
			lowest, highest = min(lowest, point.Value), max(highest, point.Value)
		}
		p.lines = append(p.lines, track{points, breaks})
	}
	p.scale(lowest, highest)
	return p
}

// scale chooses the ends of the scale and the distance of its lines.
func (p *plot) scale(lowest, highest float64) {
	full := p.Full
	if p.Unit == Percent {
		full = max(full, 1)
	}
	if full > 0 && full <= maxValue && lowest >= 0 && highest <= full*1.01 {
		p.high, p.step = full, full/2
		return
	}
	if highest-lowest < 1/maxValue {
		highest = lowest + 1
	}
	p.step = niceStep((highest-lowest)/3, p.Unit == Bytes || p.Unit == BytesPerSecond)
	p.low, p.high = math.Floor(lowest/p.step)*p.step, math.Ceil(highest/p.step)*p.step
}

// niceStep is the round number that is not below v.
func niceStep(v float64, binary bool) float64 {
	if binary {
		return math.Pow(2, math.Ceil(math.Log2(v)))
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 2, 5} {
		if v <= n*unit*1.0001 {
			return n * unit
		}
	}
	return 10 * unit
}

func (p plot) x(t time.Time) float64 {
	span := p.To.Sub(p.From)
	if span <= 0 {
		return left
	}
	return left + (right-left)*float64(t.Sub(p.From))/float64(span)
}

func (p plot) y(v float64) float64 {
	share := (v - p.low) / (p.high - p.low)
	return bottom - (bottom-top)*max(0, min(1, share))
}

// patience is how long no measurement is not a gap yet.
func (p plot) patience() time.Duration {
	return 5 * max(p.Step, p.To.Sub(p.From)/MaxPoints) / 2
}

// values draws the scale of values.
func (p plot) values(b *strings.Builder) {
	for i := range maxTicks {
		v := p.low + float64(i)*p.step
		if v > p.high+p.step/2 {
			break
		}
		y := p.y(v)
		fmt.Fprintf(b, `<path class="grid" d="M%d %sH%d" stroke="currentColor" stroke-opacity=".2"/>`, left, number(y), right)
		fmt.Fprintf(b, `<text x="%d" y="%s" text-anchor="end">%s</text>`, left-5, number(y+4), html.EscapeString(p.Format(v)))
		b.WriteByte('\n')
	}
}

// times draws the scale of times: a line at each, and its name below.
func (p plot) times(b *strings.Builder) {
	ticks, layout := p.timeTicks()
	for _, t := range ticks {
		x := p.x(t)
		fmt.Fprintf(b, `<path class="grid" d="M%s %dV%d" stroke="currentColor" stroke-opacity=".2"/>`, number(x), top, bottom)
		if x <= width-15 {
			fmt.Fprintf(b, `<text x="%s" y="%d" text-anchor="middle">%s</text>`, number(x), height-5, t.Format(layout))
		}
		b.WriteByte('\n')
	}
}

// timeTicks chooses round local times; clocks that change make no difference.
func (p plot) timeTicks() (ticks []time.Time, layout string) {
	span := p.To.Sub(p.From)
	if span <= 0 {
		return nil, ""
	}
	begin := p.From.In(p.Location)
	year, month, day := begin.Date()
	days := max(1, int(span/(7*24*time.Hour)))
	at := func(i int) time.Time { return time.Date(year, month, day+i*days, 0, 0, 0, 0, p.Location) }
	layout = "01-02"
	switch {
	case span <= 2*time.Hour:
		at = func(i int) time.Time { return time.Date(year, month, day, begin.Hour(), i*15, 0, 0, p.Location) }
		layout = "15:04"
	case span <= 48*time.Hour:
		at = func(i int) time.Time { return time.Date(year, month, day, i*6, 0, 0, 0, p.Location) }
		layout = "15:04"
	}
	for i := 0; len(ticks) < maxTicks && !at(i).After(p.To); i++ {
		if !at(i).Before(p.From) {
			ticks = append(ticks, at(i))
		}
	}
	return ticks, layout
}

// draw draws one line: a new piece after each gap.
func (p plot) draw(b *strings.Builder, i int) {
	var line, area strings.Builder
	track := p.lines[i]
	for start := 0; start < len(track.points); {
		end := start + 1
		for end < len(track.points) && !p.gap(track, track.points[end-1].Time, track.points[end].Time) {
			end++
		}
		p.piece(&line, &area, track.points[start:end])
		start = end
	}
	if line.Len() == 0 {
		return
	}
	if len(p.lines) == 1 {
		fmt.Fprintf(b, `<path class="area line-1" d="%s" fill-opacity=".15"/>`+"\n", area.String())
	}
	dashes := ""
	if i%2 == 1 {
		dashes = ` stroke-dasharray="4 3"`
	}
	fmt.Fprintf(b, `<path class="line line-%d" d="%s" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"%s/>`+"\n", i+1, line.String(), dashes)
}

// piece draws points between two gaps; one alone is a dot.
func (p plot) piece(line, area *strings.Builder, points []Point) {
	for i, point := range points {
		command := "L"
		if i == 0 {
			command = "M"
			fmt.Fprintf(area, "M%s %s", number(p.x(point.Time)), number(p.y(p.low)))
		}
		at := number(p.x(point.Time)) + " " + number(p.y(point.Value))
		line.WriteString(command + at)
		area.WriteString("L" + at)
	}
	if len(points) == 1 {
		line.WriteString("h0")
	}
	fmt.Fprintf(area, "L%s %sZ", number(p.x(points[len(points)-1].Time)), number(p.y(p.low)))
}

// gap reports whether nothing was measured for long between two points.
func (p plot) gap(t track, from, to time.Time) bool {
	if to.Sub(from) > p.patience() {
		return true
	}
	for _, at := range t.breaks {
		if at.After(from) && at.Before(to) {
			return true
		}
	}
	return false
}

// number writes a coordinate.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'f', 1, 64)
	return strings.TrimSuffix(s, ".0")
}
