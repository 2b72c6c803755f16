package supplies_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/supplies"
)

// score is how good the forecasts of the last 30 days before an end were.
type score struct {
	asked, made, within int
	off, left           float64 // sums of errors and of what was really left, in days
}

func (s score) error() float64 { return s.off / s.left }

// replay asks once a day, with the 90 days before, whatever a collector would have
// known then. What a jump or an absence that is still to come does to an end is
// nobody's error.
func replay(w world, s *score) {
	for i, end := range w.ends {
		for d := 30; d >= 1; d-- {
			now := end.Add(-time.Duration(d) * 24 * time.Hour)
			if now.Before(w.refills[i]) || slices.ContainsFunc(w.surprises, func(t time.Time) bool { return t.After(now) && t.Before(end) }) {
				continue
			}
			s.asked++
			f, ok := supplies.Predict(w.known(now), now, w.works)
			if !ok {
				continue
			}
			actual := end.Sub(now).Hours() / 24
			s.made++
			s.off += math.Abs(f.Days - actual)
			s.left += actual
			if f.Low <= actual && actual <= f.High {
				s.within++
			}
		}
	}
}

// known are the points of the 90 days before a moment.
func (w world) known(now time.Time) []supplies.Point {
	to := sort.Search(len(w.points), func(i int) bool { return w.points[i].Time.After(now) })
	from := sort.Search(to, func(i int) bool { return w.points[i].Time.After(now.Add(-90 * 24 * time.Hour)) })
	return w.points[from:to]
}

// kinds are the ways in which printers make it hard.
func kinds() map[string]func(*life) {
	return map[string]func(*life){
		"awake by day":           func(*life) {},
		"awake always":           func(l *life) { l.nights = true },
		"asleep":                 func(l *life) { l.sleeps = true },
		"flickering":             func(l *life) { l.flicker = true },
		"used cartridges":        func(l *life) { l.used = true },
		"a holiday":              func(l *life) { l.holiday = true },
		"away":                   func(l *life) { l.off = true },
		"jumping":                func(l *life) { l.jump = l.step < 0.2 }, // less than a step is not seen
		"everything but jumping": func(l *life) { l.sleeps, l.used, l.holiday, l.flicker = true, true, true, true },
	}
}

// TestTheErrorIsAtMostAQuarter is the law: over the last 30 days before the end of
// cartridges, what is forecast is off by at most a quarter of what is left.
func TestTheErrorIsAtMostAQuarter(t *testing.T) {
	for _, step := range []float64{0.01, 0.05, 0.10, 0.25} {
		for name, kind := range kinds() {
			t.Run(fmt.Sprintf("steps of %.0f %%, %s", 100*step, name), func(t *testing.T) {
				t.Parallel()
				unlike := 0.5
				if step > 0.2 {
					unlike = 0.4 // what a quarter hides must be rather even
				}
				var all score
				for _, pages := range []float64{0.012, 0.02, 0.035} {
					for seed := range uint64(15) {
						r := rand.New(rand.NewPCG(seed, uint64(1000*pages)))
						l := life{step: step, up: seed%2 == 0, pages: pages, unlike: unlike}
						kind(&l)
						replay(live(l, r), &all)
					}
				}
				if e := all.error(); !(e <= 0.25) {
					t.Errorf("the error is %.0f %% of what was left", 100*e)
				}
				if held := float64(all.within) / float64(all.made); held < 0.7 {
					t.Errorf("the truth was within what was said %.0f %% of the time", 100*held)
				}
				// Coarse steps of what lasts a few weeks tell too little.
				least := map[float64]float64{0.01: 0.7, 0.05: 0.7, 0.10: 0.7, 0.25: 0.4}[step]
				if made := float64(all.made) / float64(all.asked); made < least {
					t.Errorf("a forecast was made %.0f %% of the time", 100*made)
				}
				t.Logf("error %.3f, within %.2f, made %.2f of %d", all.error(), float64(all.within)/float64(all.made), float64(all.made)/float64(all.asked), all.asked)
			})
		}
	}
}

// TestIrregularPrinters: where one day is hardly like another, the forecast is less
// exact and says so.
func TestIrregularPrinters(t *testing.T) {
	var all score
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		replay(live(life{step: 0.01, pages: 0.015, unlike: 0.9}, r), &all)
	}
	if e, held := all.error(), float64(all.within)/float64(all.made); e > 0.33 || held < 0.6 {
		t.Errorf("the error is %.2f, the truth was within what was said %.2f of the time", e, held)
	}
}

func weekdays(t time.Time) bool { return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday }

// even is a level that falls evenly at each noon of a working day, told in steps.
func even(from time.Time, days int, begin, each, step float64) []supplies.Point {
	var out []supplies.Point
	left := begin
	for d := range days {
		at := from.AddDate(0, 0, d).Add(12 * time.Hour)
		if !weekdays(at) {
			continue
		}
		out = append(out, supplies.Point{Time: at, Left: math.Max(math.Round(math.Ceil(left/step-1e-9)*step*1e4)/1e4, 0)})
		left -= each
	}
	return out
}

func TestThinDataGiveNone(t *testing.T) {
	for name, points := range map[string][]supplies.Point{
		"nothing":                        nil,
		"one point":                      even(monday, 1, 1, 0.02, 0.01),
		"a level that never changes":     even(monday, 80, 0.5, 0, 0.01),
		"two days":                       even(monday, 2, 1, 0.05, 0.01),
		"one step of a quarter":          even(monday, 24, 0.8, 0.012, 0.25),
		"one step of a tenth":            even(monday, 10, 0.72, 0.012, 0.1),
		"a new cartridge after an old":   append(even(monday, 60, 0.6, 0.01, 0.01), even(monday.AddDate(0, 0, 63), 3, 1, 0.01, 0.01)...),
		"a fall of all within one night": {{Time: monday, Left: 0.9}, {Time: monday.Add(20 * time.Hour), Left: 0.1}},
		"of the future only":             even(monday.AddDate(1, 0, 0), 60, 1, 0.01, 0.01),
	} {
		now := monday.AddDate(0, 0, 90)
		if len(points) > 0 && points[len(points)-1].Time.Before(now) {
			now = points[len(points)-1].Time.Add(time.Hour)
		}
		if f, ok := supplies.Predict(points, now, weekdays); ok {
			t.Errorf("%s: a forecast of %.1f days", name, f.Days)
		}
	}
}

func TestForecasts(t *testing.T) {
	noon := func(day int) time.Time { return monday.AddDate(0, 0, day).Add(12 * time.Hour) }
	closed := func(from, to int) supplies.Works {
		return func(t time.Time) bool {
			day := int(t.Sub(monday).Hours() / 24)
			return weekdays(t) && (day < from || day >= to)
		}
	}
	// 40 working days at 1 %: 60 % are left on day 56, twelve weeks of five days.
	fall := even(monday, 56, 1, 0.01, 0.01)
	jumped := slices.Clone(fall)
	for i := range jumped {
		if i >= 20 {
			jumped[i].Left -= 0.3
		}
	}
	for name, tc := range map[string]struct {
		points    []supplies.Point
		now       time.Time
		works     supplies.Works
		low, high float64 // of Days
	}{
		"an even fall":                    {fall, noon(56), weekdays, 82, 88},
		"with a holiday ahead":            {fall, noon(56), closed(70, 84), 96, 102},
		"every day like another":          {fall, noon(56), nil, 78, 90},
		"a jump is no pace":               {jumped, noon(56), weekdays, 38, 46},
		"a printer that is off since":     {fall, noon(77), weekdays, 58, 86},
		"nothing left":                    {append(slices.Clone(fall), supplies.Point{Time: noon(56), Left: 0}), noon(57), weekdays, 0, 0},
		"a refill by half":                {append(slices.Clone(fall), even(monday.AddDate(0, 0, 56), 28, 0.9, 0.02, 0.01)...), noon(84), weekdays, 30, 42},
		"a step that is overdue":          {append(even(monday, 49, 1, 0.0286, 0.25), supplies.Point{Time: noon(63), Left: 0.25}), noon(63), weekdays, 0, 9},
		"noise of a step up is no refill": {append(slices.Clone(fall), supplies.Point{Time: noon(56), Left: 0.63}, supplies.Point{Time: noon(56).Add(time.Hour), Left: 0.6}), noon(56).Add(2 * time.Hour), weekdays, 80, 90},
	} {
		f, ok := supplies.Predict(tc.points, tc.now, tc.works)
		if !ok || f.Days < tc.low || f.Days > tc.high {
			t.Errorf("%s: %+v, %t; want %.0f to %.0f days", name, f, ok, tc.low, tc.high)
		}
	}
}

// Whatever the points are, what comes out is a forecast; and one a day and the
// changes are enough for it.
func TestCondensedPointsTellTheSame(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 11))
		l := life{step: []float64{0.01, 0.05, 0.1, 0.25}[seed%4], up: seed%3 == 0, pages: 0.02, unlike: 0.6, nights: seed%2 == 0, flicker: seed%5 == 0, jump: true, used: true, off: true, holiday: true}
		w := live(l, r)
		var few []supplies.Point
		for _, p := range w.points {
			few = supplies.Condense(few, p)
		}
		if len(few) > len(w.points)/2 && l.nights {
			t.Errorf("%d of %d points are kept", len(few), len(w.points))
		}
		for day := 5; day < 240; day += 7 {
			now := monday.AddDate(0, 0, day).Add(15 * time.Hour)
			to := sort.Search(len(few), func(i int) bool { return few[i].Time.After(now) })
			all := sort.Search(len(w.points), func(i int) bool { return w.points[i].Time.After(now) })
			f, ok := supplies.Predict(w.points[:all], now, w.works)
			g, same := supplies.Predict(few[:to], now, w.works)
			if ok && (math.IsNaN(f.Days) || f.Low < 0 || f.Low > f.Days || f.Days > f.High || math.IsInf(f.High, 0)) {
				t.Fatalf("seed %d, day %d: %+v", seed, day, f)
			}
			if ok != same || math.Abs(f.Days-g.Days) > 0.1*f.Days+2 {
				t.Errorf("seed %d, day %d: %+v, %t of all, %+v, %t of the condensed", seed, day, f, ok, g, same)
			}
		}
	}
}

func TestCondenseRefusesWhatIsNoLevel(t *testing.T) {
	points := []supplies.Point{{Time: monday, Left: 0.5}}
	for _, p := range []supplies.Point{
		{Time: monday, Left: 0.4}, {Time: monday.Add(-time.Hour), Left: 0.4},
		{Time: monday.Add(time.Hour), Left: -1}, {Time: monday.Add(time.Hour), Left: 1.5}, {Time: monday.Add(time.Hour), Left: math.NaN()},
	} {
		if got := supplies.Condense(slices.Clone(points), p); len(got) != 1 {
			t.Errorf("%+v was taken", p)
		}
	}
}
