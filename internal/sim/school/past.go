package school

import (
	"math"
	"time"

	"github.com/budi-monitor/budi/internal/host"
	"github.com/budi-monitor/budi/internal/host/facts"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// Off is a computer that was off although it should not have been.
const Off Fault = "off"

// episode is a fault of the days before the start.
type episode struct {
	fault    Fault
	from, to time.Time
}

// Suffered says what happened to a computer before the demonstration. It is
// called before Past.
func (c *Computer) Suffered(f Fault, from, to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.past.episodes = append(c.past.episodes, episode{f, from, to})
}

// past is what is remembered between two calls of Past.
type past struct {
	episodes []episode
	snapshot facts.Snapshot
	taken    time.Time // when snapshot was; zero: never
}

// remembered is how long an inventory is good for in the past.
const remembered = time.Hour

// Past returns what the computer's agent sent at a moment of the days before
// the start, the state of the computer and the agent's own numbers included;
// nothing when the computer was off. Moments must come in rising order; the
// agent goes on where they end.
func (c *Computer) Past(at time.Time) []look.Sample {
	p := host.Basic
	if c.Server {
		p = host.Full
	}
	c.mu.Lock()
	boot, on := c.bootOf(at)
	anew := boot != c.booted
	for _, e := range c.past.episodes {
		is := !at.Before(e.from) && at.Before(e.to)
		anew = anew || is != c.faults[e.fault]
		c.faults[e.fault] = is
	}
	if on && boot != c.booted {
		c.start(boot)
	}
	if !on {
		c.mu.Unlock()
		return nil
	}
	samples := c.samples(at, p)
	up := at.Sub(c.booted).Seconds()
	c.mu.Unlock()
	if anew || at.Sub(c.past.taken) > remembered {
		c.past.snapshot, c.past.taken = facts.Snapshot{Sets: c.inventory(at)}, at
	}
	samples = append(samples, c.past.snapshot.Samples(at)...)
	if c.own {
		return samples
	}
	return append(samples,
		look.Sample{Name: metric.AgentInfo, Labels: look.Labels("version", c.version), Value: 1},
		look.Sample{Name: metric.AgentSpoolSamples},
		look.Sample{Name: metric.AgentDropped},
		look.Sample{Name: metric.AgentSentBytes, Value: math.Floor(up * 21)},
		look.Sample{Name: metric.AgentReceivedBytes, Value: math.Floor(up * 6)},
		look.Sample{Name: metric.AgentPushErrors},
	)
}

// bootOf returns the last start of the computer before a moment, and whether it
// was on then. The caller holds c.mu.
func (c *Computer) bootOf(at time.Time) (time.Time, bool) {
	if c.Server {
		boot, on := c.since, true
		for _, e := range c.past.episodes {
			if e.fault != Off {
				continue
			}
			if !at.Before(e.to) && e.to.After(boot) {
				boot = e.to
			}
			on = on && (at.Before(e.from) || !at.Before(e.to))
		}
		return boot, on
	}
	if !at.Before(c.since) {
		return c.since, true
	}
	from, to, some := c.dayOf(at)
	return from, some && !at.Before(from) && at.Before(to)
}

// dayOf returns when a workstation was on at the day of a moment: on school
// days, now and then not at all, and in the library on Saturdays too.
func (c *Computer) dayOf(at time.Time) (from, to time.Time, some bool) {
	local := at.In(c.loc)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, c.loc)
	r := randomOf(c.seed, midnight.Format(time.DateOnly))
	opens, closes := 7*time.Hour+25*time.Minute, 15*time.Hour
	switch local.Weekday() {
	case time.Saturday:
		if c.Site != Branch {
			return time.Time{}, time.Time{}, false
		}
		opens, closes = 9*time.Hour+45*time.Minute, 15*time.Hour
	case time.Sunday:
		return time.Time{}, time.Time{}, false
	}
	if r.IntN(15) == 0 {
		return time.Time{}, time.Time{}, false
	}
	from = midnight.Add(opens + time.Duration(r.Int64N(int64(35*time.Minute)))).Truncate(time.Second)
	to = midnight.Add(closes + time.Duration(r.Int64N(int64(90*time.Minute))))
	if last := c.since.Add(-5 * time.Minute); to.After(last) {
		to = last // it was restarted then
	}
	return from, to, from.Before(to)
}
