package chart_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/web/chart"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	vilnius = time.FixedZone("EEST", 3*3600)
	end     = time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)
)

// every makes a point each step before the end, the oldest first.
func every(step time.Duration, n int, value func(i int) float64) []chart.Point {
	out := make([]chart.Point, n)
	for i := range n {
		out[i] = chart.Point{Time: end.Add(-time.Duration(n-1-i) * step), Value: value(i)}
	}
	return out
}

func wave(i int) float64 { return 0.4 + 0.3*math.Sin(float64(i)/20) }

func of(unit chart.Unit, span, step time.Duration, points ...[]chart.Point) chart.Chart {
	c := chart.Chart{Alt: "Processor <in use>", Unit: unit, From: end.Add(-span), To: end, Step: step, Location: vilnius}
	for i, p := range points {
		c.Lines = append(c.Lines, chart.Line{Name: fmt.Sprint(i), Points: p})
	}
	return c
}

const day = 24 * time.Hour

func charts() map[string]chart.Chart {
	step := 5 * time.Minute
	constant := func(v float64) func(int) float64 { return func(int) float64 { return v } }
	withGaps := every(step, 289, wave)
	withGaps = append(withGaps[:60:60], withGaps[160:]...)
	withGaps[100].Value = math.NaN()
	full := of(chart.Bytes, day, step, every(step, 289, func(i int) float64 { return float64(i)/289*4e9 + 2e9 }))
	full.Full = 8 << 30
	odd := every(step, 289, wave)
	for i, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, 1e300} {
		odd[i*40].Value = v
	}
	backwards := of(chart.Percent, day, step, every(step, 3, wave))
	backwards.From, backwards.To = backwards.To, backwards.From
	return map[string]chart.Chart{
		"percent":      of(chart.Percent, day, step, every(step, 289, wave)),
		"gaps":         of(chart.Percent, day, step, withGaps),
		"hour":         of(chart.Percent, time.Hour, time.Minute, every(time.Minute, 61, wave)),
		"week":         of(chart.Percent, 7*day, 40*time.Minute, every(40*time.Minute, 252, wave)),
		"two-lines":    of(chart.BitsPerSecond, day, step, every(step, 289, func(i int) float64 { return 3e6 * wave(i) }), every(step, 289, func(i int) float64 { return 4e5 * wave(i+30) })),
		"full":         full,
		"bytes":        of(chart.BytesPerSecond, day, step, every(step, 289, func(i int) float64 { return 5e6 * wave(i) })),
		"constant":     of(chart.Number, day, step, every(step, 289, constant(42))),
		"zero":         of(chart.BitsPerSecond, day, step, every(step, 289, constant(0))),
		"negative":     of(chart.Number, day, step, every(step, 289, func(i int) float64 { return 50*wave(i) - 30 })),
		"tiny":         of(chart.Number, day, step, every(step, 289, constant(1e-300))),
		"huge":         of(chart.BitsPerSecond, day, step, every(step, 289, constant(1e18))),
		"odd":          of(chart.Percent, day, step, odd),
		"one-point":    of(chart.Percent, day, step, every(step, 1, constant(0.5))),
		"none":         of(chart.Percent, day, step),
		"all-nan":      of(chart.Bytes, day, step, every(step, 289, constant(math.NaN()))),
		"over-percent": of(chart.Percent, day, step, every(step, 289, constant(1.7))),
		"no-time":      backwards,
		"no-step":      of(chart.Percent, day, 0, every(step, 289, wave)),
		"many-points":  of(chart.Percent, day, step, every(time.Second, 86400, wave)),
		"many-lines":   of(chart.Percent, day, step, make([][]chart.Point, 100)...),
	}
}

func TestCharts(t *testing.T) {
	for name, c := range charts() {
		t.Run(name, func(t *testing.T) {
			svg := c.SVG()
			checkSVG(t, svg)
			file := filepath.Join("testdata", name+".svg")
			if *update {
				if err := os.WriteFile(file, []byte(svg+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if svg+"\n" != string(want) {
				t.Errorf("%s differs; look at what changed with: go test ./internal/collector/web/chart -update && git diff\n%s", file, svg)
			}
		})
	}
}

// checkSVG finds what no chart may be.
func checkSVG(t *testing.T, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("not well formed: %v\n%s", err, svg)
		}
	}
	for _, bad := range []string{"NaN", "Inf", "style=", "<script", "<in use>"} {
		if strings.Contains(svg, bad) {
			t.Errorf("holds %q: %s", bad, svg)
		}
	}
	if len(svg) > 40e3 {
		t.Errorf("%d bytes", len(svg))
	}
}

func TestPeaksStayWhenPointsAreThinned(t *testing.T) {
	points := every(time.Second, 86400, func(int) float64 { return 0.1 })
	points[43210].Value = 1
	c := of(chart.Percent, day, time.Second, points)
	if svg := c.SVG(); !strings.Contains(svg, " 8L") {
		t.Errorf("the one second at 100 %% is lost: %s", svg)
	}
}

func TestSummary(t *testing.T) {
	points := every(time.Minute, 5, func(i int) float64 { return []float64{3, math.NaN(), 9, math.Inf(1), 4}[i] })
	points[0], points[4] = points[4], points[0] // in any order
	got, ok := chart.Line{Points: points}.Summary(end.Add(-time.Hour), end)
	if want := (chart.Summary{Last: 4, Min: 3, Max: 9}); !ok || got != want {
		t.Errorf("got %+v, %v", got, ok)
	}
	if _, ok := (chart.Line{Points: points}).Summary(end.Add(-2*time.Hour), end.Add(-time.Hour)); ok {
		t.Error("points outside of the time count")
	}
}

func TestMissing(t *testing.T) {
	all := charts()
	for name, want := range map[string]time.Duration{
		"percent": 0, "many-points": 0, "none": day, "all-nan": day, "no-time": 0,
		"gaps": 101 * 5 * time.Minute, "one-point": day,
	} {
		if got := all[name].Missing(); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func FuzzSVG(f *testing.F) {
	f.Add(0.5, 1.0, int64(3600), int64(60), int64(30), 0.0, "x")
	f.Add(math.NaN(), math.Inf(1), int64(-1), int64(0), int64(1)<<62, -1.0, "\x00<&\"")
	f.Fuzz(func(t *testing.T, a, b float64, span, step, at int64, full float64, alt string) {
		for _, unit := range []chart.Unit{chart.Percent, chart.Bytes, chart.BitsPerSecond, chart.Number, "x"} {
			c := of(unit, time.Duration(span), time.Duration(step), []chart.Point{{Time: end, Value: a}, {Time: end.Add(-time.Duration(at)), Value: b}})
			c.Alt, c.Full = strings.Map(printable, alt), full
			checkSVG(t, c.SVG())
		}
	})
}

// printable drops what XML cannot hold; HTML, in which charts stand, can.
func printable(r rune) rune {
	if r < ' ' || r == 0xFFFE || r == 0xFFFF || r == 0xFFFD {
		return -1
	}
	return r
}
