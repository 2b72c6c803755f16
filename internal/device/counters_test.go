package device_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

// line is a watch over a switch with one port, made by hand, that a test moves
// through time.
type line struct {
	t      *testing.T
	r      *snmpagent.Recording
	a      *snmpagent.Agent
	w      *device.Watch
	clock  *clock
	uptime uint32
}

func newLine(t *testing.T, highCapacity bool) *line {
	t.Helper()
	l := &line{t: t, r: box(), clock: &clock{now: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)}, uptime: 1_000_000}
	for _, column := range []string{"1", "2", "3", "5", "7", "8", "10", "16"} {
		l.r.Remove("1.3.6.1.2.1.2.2.1." + column + ".2")
	}
	l.r.Set("1.3.6.1.2.1.1.3.0", snmpagent.TimeTicks(l.uptime))
	l.r.Set("1.3.6.1.2.1.2.2.1.9.1", snmpagent.TimeTicks(500))
	l.errors(7)
	if highCapacity {
		l.wide(1_000_000_000_000)
	}
	l.a = drivertest.Start(t, snmpagent.Options{Recording: l.r})
	l.w = watchOver(t, l.a, func(o *device.Options) { o.Now = l.clock.Now })
	l.look()
	return l
}

func (l *line) narrow(n uint32) { l.r.Set("1.3.6.1.2.1.2.2.1.10.1", snmpagent.Counter32(n)) }
func (l *line) wide(n uint64)   { l.r.Set("1.3.6.1.2.1.31.1.1.1.6.1", snmpagent.Counter64(n)) }
func (l *line) errors(n uint32) { l.r.Set("1.3.6.1.2.1.2.2.1.14.1", snmpagent.Counter32(n)) }
func (l *line) oper(n int64)    { l.r.Set("1.3.6.1.2.1.2.2.1.8.1", snmpagent.Integer(n)) }
func (l *line) changed(ticks uint32) {
	l.r.Set("1.3.6.1.2.1.2.2.1.9.1", snmpagent.TimeTicks(ticks))
}

// pass lets time pass, for us and for the device.
func (l *line) pass(d time.Duration) {
	l.clock.now = l.clock.now.Add(d)
	l.uptime += uint32(d.Milliseconds() / 10)
	l.r.Set("1.3.6.1.2.1.1.3.0", snmpagent.TimeTicks(l.uptime))
}

// restart lets the device begin anew, for so long.
func (l *line) restart(ranFor time.Duration) {
	l.uptime = uint32(ranFor.Milliseconds() / 10)
	l.r.Set("1.3.6.1.2.1.1.3.0", snmpagent.TimeTicks(l.uptime))
}

func (l *line) look() look.Result {
	l.t.Helper()
	return l.w.Look(l.t.Context())
}

// in looks, and returns octets received since the watch began.
func (l *line) in() float64 {
	l.t.Helper()
	return value(l.t, l.look(), metric.IfHCInOctets, metric.LabelIfName, "port1")
}

// wants fails the test when it is another number.
func (l *line) wants(what string, got, want float64) {
	l.t.Helper()
	if got != want {
		l.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestCountersCountWhatWasWatched(t *testing.T) {
	l := newLine(t, true)
	l.wants("what was counted before the watch", l.in(), 0)
	l.pass(time.Minute)
	l.wide(1_000_000_060_000)
	l.errors(9)
	r := l.look()
	l.wants("octets", value(t, r, metric.IfHCInOctets, metric.LabelIfName, "port1"), 60_000)
	l.wants("errors", value(t, r, metric.IfInErrors, metric.LabelIfName, "port1"), 2)
	l.pass(time.Minute)
	l.wide(1_000_000_061_000)
	l.wants("octets a minute later", l.in(), 61_000)
}

func TestAPortThatNobodyUsesHasNoCounters(t *testing.T) {
	l := newLine(t, true)
	l.oper(2)
	l.w = watchOver(t, l.a, func(o *device.Options) { o.Now = l.clock.Now })
	counters := func() int {
		l.t.Helper()
		n := 0
		for _, s := range l.look().Samples {
			if s.Name == metric.IfHCInOctets || s.Name == metric.IfInErrors {
				n++
			}
		}
		return n
	}
	l.wants("series while it is down", float64(counters()), 0)
	for what, oper := range []int64{1, 2} { // it came, and it went again
		l.pass(time.Minute)
		l.oper(oper)
		l.wants(fmt.Sprint("series after change ", what+1), float64(counters()), 2)
	}
}

func TestWhatARestartDoesToCountersIsNoTraffic(t *testing.T) {
	for name, c := range map[string]func(l *line){
		"the counters begin anew": func(l *line) {
			l.pass(time.Minute)
			l.restart(20 * time.Second)
			l.wide(5000)
		},
		"it counted more since then than before": func(l *line) {
			l.pass(time.Minute)
			l.restart(20 * time.Second)
			l.wide(1_000_000_070_000)
		},
		"it ran for longer since then than before, while nobody looked": func(l *line) {
			l.restart(time.Minute)
			l.look()
			l.clock.now = l.clock.now.Add(10 * time.Hour)
			l.restart(9 * time.Hour)
			l.wide(1_000_000_070_000)
		},
		"a line card was replaced": func(l *line) {
			l.pass(time.Minute)
			l.r.Set("1.3.6.1.2.1.31.1.1.1.19.1", snmpagent.TimeTicks(1_005_000))
			l.wide(1_000_000_070_000)
		},
		"the counter fell": func(l *line) {
			l.pass(time.Minute)
			l.wide(10)
		},
		"it answered 0 once": func(l *line) {
			l.pass(time.Minute)
			l.wide(0)
			l.look()
			l.pass(time.Minute)
			l.wide(1_000_000_070_000)
		},
		"its 64-bit counters went away": func(l *line) {
			l.pass(16 * time.Minute) // a deep look
			l.r.Remove("1.3.6.1.2.1.31.1.1.1.6")
			l.narrow(4_000_000_000)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLine(t, true)
			c(l)
			l.wants("after it", l.in(), 0)
		})
	}
}

func TestCountersGoOnAfterARestart(t *testing.T) {
	l := newLine(t, true)
	l.pass(time.Minute)
	l.wide(1_000_000_060_000)
	l.wants("before", l.in(), 60_000)
	l.pass(time.Minute)
	l.restart(30 * time.Second)
	l.wide(2000)
	l.wants("right after", l.in(), 60_000)
	l.pass(time.Minute)
	l.wide(3500)
	l.wants("a minute later", l.in(), 61_500)
}

func TestThirtyTwoBitsWrapOnlyWithinTheSpeedOfTheLink(t *testing.T) {
	for name, c := range map[string]struct {
		speed uint32
		after time.Duration
		now   uint32
		want  float64
	}{
		"a wrap":                             {100_000_000, time.Minute, 999, 1000},
		"more than the link could carry":     {10_000_000, time.Minute, 4_000_000_000, 0},
		"a speed that nobody knows":          {0, time.Minute, 999, 0},
		"after an hour it may have been two": {1_000_000_000, time.Hour, 999, 1000}, // one is what can be shown
	} {
		t.Run(name, func(t *testing.T) {
			l := newLine(t, false)
			l.r.Set("1.3.6.1.2.1.2.2.1.5.1", snmpagent.Gauge32(c.speed))
			l.pass(16 * time.Minute)
			l.narrow(4_294_967_295)
			if c.now == 4_000_000_000 {
				l.narrow(4_000_000_001)
			}
			l.look()
			before := l.in()
			l.pass(c.after)
			l.narrow(c.now)
			l.wants("the wrap", l.in()-before, c.want)
		})
	}
}

// Errors do not wrap: nobody saw four thousand million of them.
func TestErrorsThatFallAreANewBeginning(t *testing.T) {
	l := newLine(t, true)
	l.pass(time.Minute)
	l.errors(3)
	l.wants("errors", value(t, l.look(), metric.IfInErrors, metric.LabelIfName, "port1"), 0)
	l.pass(time.Minute)
	l.errors(5)
	l.wants("errors later", value(t, l.look(), metric.IfInErrors, metric.LabelIfName, "port1"), 2)
}

func TestFlappingIsSeenAlsoBetweenLooks(t *testing.T) {
	l := newLine(t, true)
	changes := func() float64 {
		t.Helper()
		return value(t, l.look(), metric.IfChanges, metric.LabelIfName, "port1")
	}
	l.pass(time.Minute)
	l.wants("nothing happened", changes(), 0)
	l.pass(time.Minute)
	l.oper(2)
	l.changed(l.uptime - 1000)
	l.wants("it went down", changes(), 1)
	l.pass(time.Minute)
	l.oper(1)
	l.changed(l.uptime - 2000)
	l.wants("it came back", changes(), 2)
	l.pass(time.Minute)
	l.changed(l.uptime - 3000)
	l.wants("it went down and came back while nobody looked", changes(), 4)
	l.pass(time.Minute)
	l.r.Remove("1.3.6.1.2.1.2.2.1.8.1")
	l.wants("it was not told", changes(), 4)
	l.oper(1)
	l.wants("it was told again", changes(), 4)
	l.pass(time.Minute)
	l.restart(10 * time.Second)
	l.changed(800)
	l.wants("the device restarted", changes(), 4)
}

// Some agents have their own clock in place of the moment of the last change.
func TestAMomentThatGoesOnLikeAClockIsNoFlapping(t *testing.T) {
	l := newLine(t, true)
	l.changed(l.uptime)
	l.look()
	base := value(t, l.look(), metric.IfChanges, metric.LabelIfName, "port1")
	for range 5 {
		l.pass(time.Minute)
		l.changed(l.uptime - 30)
		l.wants("changes", value(t, l.look(), metric.IfChanges, metric.LabelIfName, "port1"), base)
	}
}

// A look that ended early lacks interfaces: what was counted of them is not lost.
func TestALookThatLacksAnInterfaceForgetsNothing(t *testing.T) {
	l := newLine(t, true)
	l.pass(time.Minute)
	l.wide(1_000_000_050_000)
	l.wants("before", l.in(), 50_000)
	l.pass(time.Minute)
	l.r.Remove("1.3.6.1.2.1.2.2.1")
	l.r.Remove("1.3.6.1.2.1.31")
	l.look()
	l.pass(time.Minute)
	restore(l)
	l.wide(1_000_000_080_000)
	l.wants("after", l.in(), 80_000)
}

// restore puts back the port of a line.
func restore(l *line) {
	for column, v := range map[int]snmpagent.Value{
		1: snmpagent.Integer(1), 2: snmpagent.Text("port1"), 3: snmpagent.Integer(6), 5: snmpagent.Gauge32(100_000_000), 7: snmpagent.Integer(1),
		8: snmpagent.Integer(1), 9: snmpagent.TimeTicks(500), 10: snmpagent.Counter32(1000), 16: snmpagent.Counter32(2000),
	} {
		l.r.Set(fmt.Sprintf("1.3.6.1.2.1.2.2.1.%d.1", column), v)
	}
}
