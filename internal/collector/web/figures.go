package web

import (
	"html/template"
	"math"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/web/chart"
)

// figure is a chart with its words.
type figure struct {
	Title   string
	Empty   string        // what is said where there is nothing to draw
	SVG     template.HTML // made by package chart, which escapes every text
	Legend  []legend
	Missing string // how long nothing was measured; "" when hardly
}

// legend tells of one line of a chart.
type legend struct {
	Number int    // from 1; the line's class
	Dashed bool   // as every second line
	Name   string // "" when there is one line only
	Last   string
	Reach  string // the lowest and the highest value
}

// figures draws the charts of a device.
func (w words) figures(page DevicePage) []figure {
	var out []figure
	for _, c := range page.Charts[:min(len(page.Charts), maxCharts)] {
		out = append(out, w.figure(c, page))
	}
	return out
}

func (w words) figure(c DeviceChart, page DevicePage) figure {
	f := figure{Title: w.T("web.chart." + c.Kind)}
	if item := w.Foreign(c.Item); item != "" {
		f.Title += " " + item
	}
	drawn := chart.Chart{
		Unit: c.Unit, Full: c.Full, From: page.From, To: page.To, Step: page.Step, Location: w.loc,
		Lines: c.Lines[:min(len(c.Lines), chart.MaxLines)], Format: func(v float64) string { return w.Value(c.Unit, v) },
	}
	alt := []string{f.Title}
	for i, line := range drawn.Lines {
		sum, ok := line.Summary(page.From, page.To)
		if !ok {
			continue
		}
		l := legend{Number: i + 1, Dashed: i%2 == 1, Last: w.Value(c.Unit, sum.Last)}
		if line.Name != "" {
			l.Name = w.known("web.line.", line.Name)
		}
		l.Reach = w.T("web.chart.reach", "Min", w.Value(c.Unit, sum.Min), "Max", w.Value(c.Unit, sum.Max))
		f.Legend = append(f.Legend, l)
		alt = append(alt, strings.TrimSpace(l.Name+" "+w.T("web.chart.alt", "Last", l.Last, "Reach", l.Reach)))
	}
	if len(f.Legend) == 0 {
		f.Empty = w.T("web.device.no_points")
		return f
	}
	if missing := drawn.Missing(); missing > 0 {
		f.Missing = w.T("web.chart.missing", "Length", w.Length(missing))
		alt = append(alt, f.Missing)
	}
	drawn.Alt = strings.Join(alt, "; ")
	f.SVG = template.HTML(drawn.SVG()) // see figure
	return f
}

// Value writes a measurement in its unit.
func (w words) Value(u chart.Unit, v float64) string {
	switch u {
	case chart.Percent:
		return w.Percent(v)
	case chart.Bytes:
		return w.Bytes(uint64(max(v, 0)))
	case chart.BytesPerSecond:
		return w.Bytes(uint64(max(v, 0))) + "/s"
	case chart.BitsPerSecond:
		return w.bits(v)
	case chart.Seconds:
		if v < 0.01 { // what is looked at within the house
			return w.T("web.milliseconds", "N", w.Number(math.Round(max(v, 0)*10_000)/10))
		}
		return w.Took(time.Duration(v * float64(time.Second)))
	default:
		return w.Number(math.Round(v*100) / 100)
	}
}

// bits writes a speed in the largest decimal unit that leaves a whole part.
func (w words) bits(v float64) string {
	units := []string{"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"}
	i := 0
	for v >= 999.5 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	digits := 0
	if i > 0 && v < 9.95 && v != math.Trunc(v) {
		digits = 1
	}
	return w.number(v, digits) + " " + units[i]
}
