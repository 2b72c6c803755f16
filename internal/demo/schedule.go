package demo

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/sim/school"
	"github.com/budi-monitor/budi/internal/sim/website"
)

// trouble is one thing that goes wrong and is mended after a while.
type trouble struct {
	name       string
	lasts      time.Duration // until it is mended, half as long again at most
	begin, end func() error
}

// pace says how soon faults come.
type pace struct {
	first, between time.Duration // until the first one, and from one to the next
	scale          int           // by which troubles are shorter
}

func (d *Demo) pace() pace {
	if d.opts.Hurry {
		return pace{first: time.Second, between: 3 * time.Second, scale: 12}
	}
	return pace{first: 30 * time.Second, between: 100 * time.Second, scale: 1}
}

// troubles lists what can go wrong. Each is about something of its own, so that
// they do not mend each other.
func (d *Demo) troubles(r *rand.Rand) []trouble {
	p, s := &d.places, d.school
	one := func(room string) []*school.Computer {
		all := s.In(room)
		if len(all) == 0 { // a small school
			return nil
		}
		return all[r.IntN(len(all)):][:1]
	}
	breaking := func(f school.Fault, lasts time.Duration, computers []*school.Computer) trouble {
		return trouble{string(f), lasts, func() error { return s.Break(f, computers...) }, func() error { return s.Mend(f, computers...) }}
	}
	out := []trouble{
		{"website_down", 3 * time.Minute, func() error { p.home.Down(); return nil }, p.home.Up},
		{"website_wrong", 3 * time.Minute, func() error { p.library.Set(website.Status(503)); return nil }, func() error { p.library.well(); return nil }},
		breaking(school.DiskFull, 5*time.Minute, one("214")),
		breaking(school.DiskFailing, 6*time.Minute, one("administracija")),
		breaking(school.AntivirusOff, 8*time.Minute, s.In(school.RoomIT)),
		breaking(school.DiskFull, 5*time.Minute, one("skaitykla")),
	}
	if servers := s.In(school.RoomServer); len(servers) > 0 {
		out = append(out, trouble{"server_silent", 4 * time.Minute, func() error { return s.SwitchOff(servers...) }, func() error { return s.SwitchOn(servers...) }})
	}
	return append(out, d.deviceTroubles()...)
}

// runSchedule lets troubles come and go until ctx ends: each in its turn, in an
// order that the seed decides and that is another one each round.
func (d *Demo) runSchedule(ctx context.Context) {
	r := rand.New(rand.NewPCG(d.opts.Seed, 0))
	all := d.troubles(r)
	pace := d.pace()
	type end struct {
		at time.Time
		trouble
	}
	var under []end // way, by time
	var turn []trouble
	next := time.Now().Add(pace.first)
	for {
		wake := next
		if len(under) > 0 && under[0].at.Before(wake) {
			wake = under[0].at
		}
		if !sleepUntil(ctx, wake) {
			return
		}
		if len(under) > 0 && !time.Now().Before(under[0].at) {
			d.do("mend", under[0].name, under[0].end)
			under = under[1:]
			continue
		}
		next = time.Now().Add(pace.between + rand64(r, pace.between/2))
		if len(turn) == 0 {
			turn = slices.Clone(all)
			r.Shuffle(len(turn), func(i, j int) { turn[i], turn[j] = turn[j], turn[i] })
			if len(under) > 0 {
				// What is still under way must not begin again.
				turn = slices.DeleteFunc(turn, func(t trouble) bool {
					return slices.ContainsFunc(under, func(e end) bool { return e.name == t.name })
				})
			}
		}
		if len(turn) == 0 {
			continue
		}
		t := turn[0]
		turn = turn[1:]
		d.do("break", t.name, t.begin)
		lasts := t.lasts/time.Duration(pace.scale) + rand64(r, t.lasts/time.Duration(2*pace.scale))
		under = append(under, end{time.Now().Add(lasts), t})
		slices.SortStableFunc(under, func(a, b end) int { return a.at.Compare(b.at) })
	}
}

func (d *Demo) do(what, name string, f func() error) {
	if err := f(); err != nil {
		d.log.Warn("the demonstration could not go on as planned", "do", what, "trouble", name, "err", err)
		return
	}
	d.log.Info("the demonstration goes on", "do", what, "trouble", name)
}

func rand64(r *rand.Rand, below time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(below)))
}

// sleepUntil waits for a moment and reports whether ctx goes on.
func sleepUntil(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
