package device

import (
	"math"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// counters turns what interfaces count into counters that only rise by what was
// really counted while they were watched. A device that restarts, a line card
// that is replaced (ifCounterDiscontinuityTime) and a 32-bit counter that wraps
// would all look like traffic, or hide some, to whoever computes rates. So the
// sums begin at zero with the watch, and an interval that cannot be trusted adds
// nothing.
type counters struct {
	uptime uint64 // sysUpTime of the look before
	at     time.Time
	ports  map[string]*port // by Interface.Name
}

// port is what is remembered of an interface.
type port struct {
	seen    look.Interface
	sums    [6]float64 // as counted has them
	changes float64
	used    bool      // it was up, or something was counted
	at      time.Time // when it was seen
	missed  int       // looks in a row that lacked it
}

// counted are the counters of an interface; nil: it has none.
func counted(i look.Interface) [6]*uint64 {
	return [...]*uint64{i.InOctets, i.OutOctets, i.InErrors, i.OutErrors, i.InDiscards, i.OutDiscards}
}

// octetCounters is how many of counted, the first ones, count octets.
const octetCounters = 2

// counterNames are the metrics of counted.
func counterNames() [6]string {
	return [...]string{metric.IfHCInOctets, metric.IfHCOutOctets, metric.IfInErrors, metric.IfOutErrors, metric.IfInDiscards, metric.IfOutDiscards}
}

// maxPorts bounds the interfaces that have series.
const maxPorts = 600

// maxMissed is how many looks in a row may lack an interface before it is
// forgotten: a look that ended early lacks some.
const maxMissed = 5

// samples takes what a look read of the interfaces, at a moment of ours, when
// the device had run for uptime hundredths of a second (0: not told), and returns
// their samples.
func (c *counters) samples(interfaces []look.Interface, uptime uint64, at time.Time) []look.Sample {
	if c.ports == nil {
		c.ports = map[string]*port{}
	}
	elapsed := at.Sub(c.at).Seconds()
	// A device may have restarted and run for longer than before while nobody
	// looked: then it ran for less than since the last look.
	restarted := uptime < c.uptime || uptime > 0 && float64(uptime)/100 < elapsed-5
	ran := float64(uptime) - float64(c.uptime)
	c.uptime, c.at = uptime, at
	var out []look.Sample
	alive := map[string]bool{}
	for _, i := range interfaces {
		if !i.Physical || len(alive) >= maxPorts {
			continue
		}
		alive[i.Name] = true
		p := c.ports[i.Name]
		if p == nil {
			p = &port{seen: i, at: at}
			c.ports[i.Name] = p
		} else {
			p.take(i, restarted, at)
			p.change(i, restarted, ran)
			p.seen, p.at, p.missed = i, at, 0
		}
		labels := look.Labels(metric.LabelIfName, i.Name)
		if i.Alias != "" {
			labels = append(labels, look.Label{Name: metric.LabelIfAlias, Value: clipLabel(i.Alias)})
		}
		// A port that nobody uses, and nobody used since the watch began, has no
		// counters: on most switches that is every third one.
		p.used = p.used || i.Oper != "down" || p.sums != [len(p.sums)]float64{}
		now := counted(i)
		for n, name := range counterNames() {
			if now[n] != nil && p.used {
				out = append(out, look.Sample{Name: name, Labels: labels, Value: p.sums[n]})
			}
		}
		out = append(out, look.Sample{Name: metric.IfChanges, Labels: labels, Value: p.changes})
		out = append(out, portSamples(i, labels)...)
	}
	for name, p := range c.ports {
		if alive[name] {
			continue
		}
		if p.missed++; p.missed > maxMissed || restarted {
			delete(c.ports, name)
		}
	}
	return out
}

// take adds what was counted since the interface was seen before.
func (p *port) take(i look.Interface, restarted bool, at time.Time) {
	if restarted || i.Discontinuity != p.seen.Discontinuity || i.HighCapacity != p.seen.HighCapacity {
		return
	}
	elapsed := at.Sub(p.at).Seconds()
	// Twice what the link can carry, because some agents count by the half minute;
	// and never less than a gigabit, because many do not know the speed of a radio.
	const least = 1e9
	most := max(2*float64(i.SpeedBPS), least) / 8 * elapsed
	before := counted(p.seen)
	for n, now := range counted(i) {
		was := before[n]
		if now == nil || was == nil {
			continue
		}
		octets := n < octetCounters
		if *now >= *was {
			if rise := float64(*now - *was); !octets || rise <= most {
				p.sums[n] += rise
			}
			continue
		}
		// A fall is a wrap only of a 32-bit counter, and only when the link could
		// carry as much as that would mean.
		if !octets || i.HighCapacity || *was >= 1<<32 || i.SpeedBPS == 0 {
			continue
		}
		if wrapped := *now + 1<<32 - *was; float64(wrapped)*8 <= float64(i.SpeedBPS)*elapsed {
			p.sums[n] += float64(wrapped)
		}
	}
}

// change counts changes of the operational status. ran is how long the device ran
// between the two looks, in hundredths of a second.
func (p *port) change(i look.Interface, restarted bool, ran float64) {
	switch {
	case i.Oper == "" || p.seen.Oper == "":
		// It was not told this time, or the time before.
	case i.Oper != p.seen.Oper:
		p.changes++
	case !restarted && i.LastChange > p.seen.LastChange:
		// It went down and came back between two looks; unless the agent's moment of
		// the last change goes on like a clock, as that of some does.
		if passed := float64(i.LastChange - p.seen.LastChange); math.Abs(passed-ran) > 200 {
			p.changes += 2
		}
	}
}
