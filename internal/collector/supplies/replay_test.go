package supplies_test

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/budi-monitor/budi/internal/collector/supplies"
)

// life is how a printer of a test is used and what it tells of one supply.
type life struct {
	step    float64 // in which levels are told
	up      bool    // they are rounded up; else down
	pages   float64 // of the whole, used in a working day
	unlike  float64 // deviation of what is used in a day, by its mean
	sleeps  bool    // it answers only while it prints, else all day
	nights  bool    // it answers at night and at weekends too
	flicker bool    // now and then the level is told one step higher
	jump    bool    // once it tells that much less is left
	used    bool    // cartridges that come are used ones, now and then
	off     bool    // for two weeks nobody hears of it, unannounced
	holiday bool    // nobody works for ten days; the calendar knows
}

// world is one replay: what a printer told, when, and when its supply was really at
// its end by its own word.
type world struct {
	points  []supplies.Point
	refills []time.Time // beginnings of cartridges
	ends    []time.Time // moments at which it told that nothing is left
	works   supplies.Works

	// What nobody can foresee: a jump, days of absence.
	surprises []time.Time
	truth     []float64 // each hour: what was really left
	pace      []float64
}

var monday = time.Date(2026, 8, 31, 0, 0, 0, 0, time.UTC)

// live makes a world of 240 days.
func live(l life, r *rand.Rand) world {
	holiday := 30 + r.IntN(120)
	away := 60 + r.IntN(60)
	works := func(t time.Time) bool {
		day := int(t.Sub(monday).Hours() / 24)
		return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday && !(l.holiday && day >= holiday && day < holiday+10)
	}
	w := world{works: works, refills: []time.Time{monday}}
	left := 0.5 + 0.5*r.Float64()
	jumps := l.jump
	empty := -1 // hours since it is
	drift := 1.0
	for hour := range 240 * 24 {
		t := monday.Add(time.Duration(hour) * time.Hour)
		day := hour / 24
		open := works(t) && t.Hour() >= 8 && t.Hour() < 16
		if t.Hour() == 0 && t.Weekday() == time.Monday {
			drift = min(max(drift*math.Exp(0.05*r.NormFloat64()), 0.8), 1.25)
		}
		gone := l.off && day >= away && day < away+14
		if gone && open {
			w.surprises = append(w.surprises, t)
		}
		w.truth, w.pace = append(w.truth, left), append(w.pace, l.pages*drift)
		printed := 0.0
		if open && !gone && empty < 0 {
			// Eight hours a day, each like a gamma of its own.
			shape := 1 / (l.unlike * l.unlike) / 8
			printed = gamma(r, shape) / shape * l.pages / 8 * drift
			left -= printed
			if jumps && left < 0.6 && left > 0.3 && r.IntN(60) == 0 {
				left -= 0.15 + 0.1*r.Float64()
				jumps = false
				w.surprises = append(w.surprises, t)
			}
		}
		told := quantize(left, l)
		if told <= 0 && empty < 0 {
			w.ends = append(w.ends, t)
			empty = 0
		}
		if empty >= 0 {
			if empty++; empty > 30 && open {
				left, empty = 1, -1
				if l.used && r.IntN(2) == 0 {
					left = 0.5 + 0.4*r.Float64()
				}
				told = quantize(left, l)
				w.refills = append(w.refills, t)
			}
		}
		heard := !gone && (l.nights || open) && (!l.sleeps || printed > 0.02*l.pages || hour%24 == 9 && open)
		if !heard {
			continue
		}
		if l.flicker && r.IntN(15) == 0 && told > 0 {
			told = min(told+l.step, 1)
		}
		w.points = append(w.points, supplies.Point{Time: t, Left: told})
	}
	return w
}

func quantize(left float64, l life) float64 {
	left = min(max(left, 0), 1)
	n := left / l.step
	if l.up {
		n = math.Ceil(n - 1e-9)
	} else {
		n = math.Floor(n + 1e-9)
	}
	return math.Round(n*l.step*1e4) / 1e4
}

// gamma draws from the gamma distribution with a shape and scale 1 (Marsaglia and
// Tsang).
func gamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(r, shape+1) * math.Pow(r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := math.Pow(1+c*x, 3)
		if v > 0 && math.Log(r.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
