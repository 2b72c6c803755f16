package simulate

import (
	"math"
	"time"

	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
)

// condition is what is known of a thing for a while.
type condition uint8

// The conditions.
const (
	isUp      condition = iota
	isDown              // it does not answer, and nothing explains it
	isUnknown           // its data do not come, or something that it hangs on is down
	isOff               // switched off, which is no fault of a thing of its class
)

// phase is a condition from a moment on.
type phase struct {
	from        time.Time
	state       condition
	maintenance bool
}

// span of late data, which take the place of what was thought before.
type lateData struct {
	from, to time.Time
	state    condition
}

// record notes what is known of a thing from now on.
func (w *world) record(i int, now time.Time) {
	t := &w.things[i]
	next := phase{now, w.condition(i), t.maintenance}
	if n := len(t.phases); n > 0 {
		last := &t.phases[n-1]
		if last.state == next.state && last.maintenance == next.maintenance {
			return
		}
		if last.from.Equal(now) {
			*last = next
			return
		}
	}
	t.phases = append(t.phases, next)
}

func (w *world) condition(i int) condition {
	t := &w.things[i]
	switch {
	case t.silent || t.cut:
		return isUnknown
	case t.answers:
		return isUp
	case mayBeOff(w.s.things[i].Class):
		return isOff
	}
	return isDown
}

// mayBeOff reports whether things of a class may be switched off.
func mayBeOff(c fleet.Class) bool { return c == fleet.Workstation || c == fleet.Presentation }

// late takes data of the past: they change no incident.
func (w *world) late(id topology.ID, state string, from, to, _ time.Time) {
	t := &w.things[w.s.index[id]]
	told := lateData{from: from, to: to, state: isUp}
	if state == "down" {
		told.state = isDown
	}
	t.late = append(t.late, told)
}

// AvailabilityLine is how long a thing was what, in seconds.
type AvailabilityLine struct {
	Type        string   `json:"type"` // availability
	About       string   `json:"about"`
	From        string   `json:"from"`
	To          string   `json:"to"`
	Up          int64    `json:"up"`
	Down        int64    `json:"down"`
	Unknown     int64    `json:"unknown"`
	Maintenance int64    `json:"maintenance"`
	Off         int64    `json:"off,omitempty"` // switched off, as things of this class may be
	Ratio       *float64 `json:"ratio"`         // up of up and down; null when neither was known
}

// availability sums up what was known of a thing.
func (w *world) availability(i int) AvailabilityLine {
	t := &w.things[i]
	var total [4]time.Duration
	var maintained time.Duration
	sum := func(from, to time.Time, p phase) {
		switch {
		case !to.After(from):
		case p.maintenance:
			maintained += to.Sub(from)
		default:
			total[p.state] += to.Sub(from)
		}
	}
	for n, p := range t.phases {
		to := w.s.to
		if n+1 < len(t.phases) {
			to = t.phases[n+1].from
		}
		w.sumLate(t, p, to, sum)
	}
	line := AvailabilityLine{
		Type: "availability", About: string(w.s.things[i].ID), From: w.time(w.s.from), To: w.time(w.s.to),
		Up: seconds(total[isUp]), Down: seconds(total[isDown]), Unknown: seconds(total[isUnknown]), Off: seconds(total[isOff]), Maintenance: seconds(maintained),
	}
	if known := line.Up + line.Down; known > 0 {
		ratio := math.Round(float64(line.Up)/float64(known)*1e6) / 1e6
		line.Ratio = &ratio
	}
	return line
}

// sumLate sums a phase up, where late data say otherwise by what they say: of
// two that tell of the same time the one that came last.
func (w *world) sumLate(t *thing, p phase, to time.Time, sum func(from, to time.Time, p phase)) {
	for at := p.from; at.Before(to); {
		until, here := to, p
		for _, l := range t.late {
			switch {
			case !l.from.After(at) && l.to.After(at):
				here.state = l.state
				if l.to.Before(until) {
					until = l.to
				}
			case l.from.After(at) && l.from.Before(until):
				until = l.from
			}
		}
		sum(at, until, here)
		at = until
	}
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }
