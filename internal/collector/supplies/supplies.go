// Package supplies says in how many days a supply of a printer will be used up. It
// is pure: what was left at which moments goes in, with the days on which people
// work, and a forecast comes out, or none when the data are too thin for one.
//
// # What the data are like
//
// A printer tells a level in steps of one, five, ten or even twenty-five hundredths,
// and only while it is awake: nights, weekends and holidays are gaps. It is refilled,
// or gets another cartridge, new or used. A cartridge may change its mind and jump.
// A box that fills is the same: what is told of it is the room in it.
//
// # How the forecast is made
//
// The level between two steps is not known, but the moment of a step is: there the
// level just passed a mark. So pace is measured from step to step, and the time
// since the last step says how far the supply is on its way to the next. Time is
// counted in working days, behind and ahead, so that neither a weekend nor a
// holiday makes a supply look as if it lasted longer. Of what was seen since the last
// refill the last weeks count; earlier cartridges make the pace more certain when
// theirs was like it, and are never enough by themselves: another cartridge may hold
// twice as much. While the next step is overdue the pace is at most what that allows.
// A jump counts for what is left, and not for the pace.
package supplies

import (
	"math"
	"time"
)

// Point is what was left at a moment, from 0 to 1.
type Point struct {
	Time time.Time
	Left float64
}

// Works reports whether people work on the day of a moment.
type Works func(day time.Time) bool

// Forecast is when a supply is used up, in days from now. Four times out of five it
// is between Low and High.
type Forecast struct {
	Days, Low, High float64
}

// What the forecast is made from.
const (
	recent     = 35.0 // working days of which the pace is taken, where so many are known
	leastDays  = 4.0  // working days that a pace must be measured over
	leastDrop  = 0.06 // and what must have been used in them
	leastSteps = 3    // and in so many steps, where these are fine
	coarse     = 0.08 // from here on steps are coarse: fewer are enough
	noise      = 0.04 // a rise of so much is no refill, unless it stays
	staysFor   = 48 * time.Hour
	awayFor    = 3    // working days in a row without a word do not count
	overdue    = 0.15 // of a step that is overdue is left
	drift      = 0.08 // how much the pace of the next weeks is another
	otherSize  = 0.25 // how unlike the pace of another cartridge is
	maxDays    = 3650 // nobody plans further
	dayCV      = 0.6  // how unlike working days are, where it cannot be measured: deviation by mean
	horizon    = 15.0 // working days over which a forecast must be good for something
	tooVague   = 0.25 // one that is no better is none
)

// Predict makes a forecast from points in the order of time, as of now; ok is false
// when they are too thin for one. What is after now is left out. Days are those of
// now's time zone; works may be nil: every day is like another. Of the points one a
// day and those at which the level changes are enough (Condense).
func Predict(points []Point, now time.Time, works Works) (f Forecast, ok bool) {
	for len(points) > 0 && points[len(points)-1].Time.After(now) {
		points = points[:len(points)-1]
	}
	if len(points) == 0 {
		return Forecast{}, false
	}
	c := newClock(points, now, works)
	step := stepSize(points)
	lives := livesOf(points, step, c)
	life := lives[len(lives)-1]
	p, ok := paceOf(life, step, c.at(points[len(points)-1].Time))
	if !ok {
		return Forecast{}, false
	}
	for _, before := range lives[:len(lives)-1] {
		p = p.with(before, step)
	}
	last := life[len(life)-1]
	all := last.left / p.each
	if math.Hypot(p.vague, p.cv/math.Sqrt(max(all, horizon))) > tooVague {
		return Forecast{}, false
	}
	days := last.left/p.each - (c.at(now) - last.at)
	// A step that is overdue comes any moment; what is after it is not shorter for
	// that.
	days = max(days, (last.left-step+overdue*min(step, last.left))/p.each, 0)
	if last.left <= 0 {
		days = 0
	}
	// What is used since the last step is not seen: all of it is uncertain.
	spread := 1.28 * math.Sqrt(p.vague*p.vague*all*all+p.cv*p.cv*all)
	return Forecast{Days: c.after(now, days), Low: c.after(now, max(days-spread, 0)), High: c.after(now, days+spread)}, true
}

// mark is a moment, in working days, at which the level passed a mark.
type mark struct {
	at, left float64
	begin    bool // the first that is known: the level may have been there for long
}

// livesOf finds the steps of each cartridge, or of each time between refills.
func livesOf(points []Point, size float64, c *clock) [][]mark {
	var lives [][]mark
	var life []mark
	var low float64
	rise := -1
	begin := func(p Point) {
		if len(life) > 0 {
			lives = append(lives, life)
		}
		life = []mark{{c.at(p.Time), p.Left, true}}
		low, rise = p.Left, -1
	}
	begin(points[0])
	tolerance := max(size, noise) + 1e-9
	for i, p := range points[1:] {
		switch {
		case p.Left > low+tolerance:
			begin(p)
		case p.Left > low+1e-9:
			if rise < 0 {
				rise = i + 1
			}
			if begun := points[rise]; p.Time.Sub(begun.Time) >= staysFor && p.Left-low > noise/2 {
				begin(begun)
				low = p.Left
			}
		case p.Left < low-1e-9:
			// It happened between two looks.
			life = append(life, mark{at: (c.at(points[i].Time) + c.at(p.Time)) / 2, left: p.Left})
			low, rise = p.Left, -1
		default:
			rise = -1
		}
	}
	return append(lives, life)
}

// stepSize is the smallest fall that was seen.
func stepSize(points []Point) float64 {
	size := 1.0
	for i := 1; i < len(points); i++ {
		if fall := points[i-1].Left - points[i].Left; fall > 0.004 {
			size = min(size, fall)
		}
	}
	return size
}

// pace is how fast a supply is used.
type pace struct {
	each  float64 // of the whole, in a working day
	vague float64 // deviation of each, by each
	cv    float64 // deviation of what is used in a working day, by its mean
}

// paceOf measures the pace over the last steps of a cartridge. seen is when the
// printer was last heard.
func paceOf(steps []mark, size, seen float64) (pace, bool) {
	steps = measured(steps, size)
	if len(steps) < 2 {
		return pace{}, false
	}
	last := steps[len(steps)-1]
	took, used := last.at-steps[0].at, steps[0].left-last.left
	if took < leastDays || used < leastDrop || size < coarse && len(steps) <= leastSteps {
		return pace{}, false
	}
	each := used / took
	if until := seen - last.at; each*until > size { // the next step is overdue
		each = min(each, (used+size)/(took+until))
		took += until
	}
	cv := unlike(steps)
	return pace{each: each, cv: cv, vague: math.Hypot(cv/math.Sqrt(took), drift)}, true
}

// measured are the steps between which the pace is measured.
func measured(steps []mark, size float64) []mark {
	// The beginning is a mark of its own only where steps are fine.
	if steps[0].begin && size > 0.021 {
		steps = steps[1:]
	}
	if len(steps) < 2 {
		return nil
	}
	steps = withoutJumps(steps, size)
	from := len(steps) - 2
	for from > 0 && (steps[len(steps)-1].at-steps[from].at < recent || len(steps)-1-from < 2) {
		from--
	}
	return steps[from:]
}

// with takes the pace of an earlier cartridge into account, as far as that tells
// something: it may have held more or less.
func (p pace) with(steps []mark, size float64) pace {
	steps = measured(steps, size)
	if len(steps) < 2 {
		return p
	}
	took, used := steps[len(steps)-1].at-steps[0].at, steps[0].left-steps[len(steps)-1].left
	if took < leastDays || used < leastDrop {
		return p
	}
	own, other := p.vague*p.vague, p.cv*p.cv/took+otherSize*otherSize
	apart := math.Log(used / took / p.each)
	if apart*apart > 4*(own+other) {
		return p // another size
	}
	weight := own / (own + other)
	p.each *= math.Exp(apart * weight)
	p.vague = math.Sqrt(own * other / (own + other))
	return p
}

// withoutJumps moves what is before a jump down to where it ended, as if the
// cartridge had always told the level that it tells now.
func withoutJumps(steps []mark, size float64) []mark {
	total, all := steps[0].left-steps[len(steps)-1].left, steps[len(steps)-1].at-steps[0].at
	out := make([]mark, 0, len(steps))
	shift := 0.0
	for i := len(steps) - 1; i >= 0; i-- {
		s := steps[i]
		s.left -= shift
		out = append(out, s)
		if i == 0 {
			break
		}
		fall, took := steps[i-1].left-steps[i].left, steps[i].at-steps[i-1].at
		others, rest := total-fall, all-took
		if fall < max(1.9*size, 0.1) || others <= 0 || rest <= 0 {
			continue
		}
		if usual := others / rest; fall > 5*usual*max(took, 0.5) {
			shift += fall - min(usual*took, fall)
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// unlike estimates how unlike working days are from how unlike the times between
// steps are.
func unlike(steps []mark) float64 {
	n := len(steps) - 1
	if n < 4 {
		return dayCV
	}
	each := (steps[0].left - steps[n].left) / (steps[n].at - steps[0].at)
	var sum, days float64
	for i := 1; i <= n; i++ {
		took, fall := steps[i].at-steps[i-1].at, steps[i-1].left-steps[i].left
		// What was used beyond what such a time should use; each day adds its share.
		off := fall - each*took
		sum += off * off
		days += took
	}
	cv := math.Sqrt(sum/days) / each
	return min(max(cv, 0.3), 1.2)
}
