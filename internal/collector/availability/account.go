package availability

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// State is what is known of a subject at a moment. The zero State is Unknown.
type State uint8

// The states of a subject.
const (
	Unknown State = iota
	Up
	Down
)

// String names the state as the API does.
func (s State) String() string {
	switch s {
	case Up:
		return "up"
	case Down:
		return "down"
	default:
		return "unknown"
	}
}

// Period is the time from From, included, until To, not included.
type Period struct{ From, To time.Time }

// Span is a period in which one state held.
type Span struct {
	From, To time.Time
	State    State
}

// Look is what one look at a subject said.
type Look struct {
	At    time.Time
	State State
}

// Spans turns looks, in the order of time, into spans: what a look said holds
// until the next one, but for no longer than hold. What comes after is left out,
// which Account takes for unknown.
func Spans(looks []Look, hold time.Duration) []Span {
	var out []Span
	for i, l := range looks {
		end := l.At.Add(hold)
		if i+1 < len(looks) && looks[i+1].At.Before(end) {
			end = looks[i+1].At
		}
		if n := len(out); n > 0 && out[n-1].State == l.State && out[n-1].To.Equal(l.At) {
			out[n-1].To = end
			continue
		}
		out = append(out, Span{l.At, end, l.State})
	}
	return out
}

// Seconds is how long a subject was in each state.
type Seconds struct {
	Up      int64 `json:"up_seconds"`
	Down    int64 `json:"down_seconds"`
	Unknown int64 `json:"unknown_seconds"`
}

// Total is the length of all three.
func (s Seconds) Total() int64 { return s.Up + s.Down + s.Unknown }

func (s Seconds) plus(o Seconds) Seconds {
	return Seconds{s.Up + o.Up, s.Down + o.Down, s.Unknown + o.Unknown}
}

func (s *Seconds) add(state State, n int64) {
	switch state {
	case Up:
		s.Up += n
	case Down:
		s.Down += n
	default:
		s.Unknown += n
	}
}

// Day is one day of a subject.
type Day struct {
	Date        Date
	Seconds             // outside maintenance
	Maintenance Seconds // within maintenance
	Latency
}

// Latency is how long the looks of a day took that went well.
type Latency struct {
	P50, P95 float64 // seconds: half of them, and 95 of 100, took no longer
	Looks    int64   // how many there were; 0: P50 and P95 say nothing
}

// Account makes the days of the period, in their order. Of spans that overlap
// the later in the list holds, so that what overrides comes last; where there is
// none the state is unknown. Periods of maintenance may overlap and come in any
// order. Moments are cut to whole seconds, so that the seconds of a day always
// add up to how much of it lies in the period: for a whole day to 86,400, or
// 82,800 and 90,000 when the clocks change.
func Account(p Period, spans []Span, maintenance []Period, zone *time.Location) []Day {
	return Timeline{Spans: spans, Maintenance: maintenance}.Account(p, zone)
}

// Account makes the days of the period as the function does. What was down
// while the subject was excused is unknown.
func (t Timeline) Account(p Period, zone *time.Location) []Day {
	from, to := p.From.Unix(), p.To.Unix()
	if from >= to {
		return nil
	}
	states := track(flatten(t.Spans, from, to))
	excuses := track(union(t.Excused, from, to))
	windows := track(union(t.Maintenance, from, to))
	date := DateOf(time.Unix(from, 0).In(zone))
	days := []Day{{Date: date}}
	midnight := (date + 1).Start(zone).Unix()
	for at := from; at < to; {
		if at >= midnight {
			date++
			days = append(days, Day{Date: date})
			midnight = (date + 1).Start(zone).Unix()
		}
		end := min(to, midnight)
		state := states.at(at, &end).state
		if state == Down && excuses.at(at, &end).to > 0 {
			state = Unknown
		}
		within := windows.at(at, &end).to > 0
		day := &days[len(days)-1]
		if within {
			day.Maintenance.add(state, end-at)
		} else {
			day.Seconds.add(state, end-at)
		}
		at = end
	}
	return days
}

// span is a Span in whole seconds of Unix time.
type span struct {
	from, to int64
	state    State
}

// track is spans in their order, of which those before a moment that only
// grows are left behind.
type track []span

// at returns the span at a moment, or an empty one, and shortens end to where
// that changes.
func (t *track) at(at int64, end *int64) span {
	for len(*t) > 0 && (*t)[0].to <= at {
		*t = (*t)[1:]
	}
	if len(*t) == 0 {
		return span{}
	}
	s := (*t)[0]
	if s.from > at {
		*end = min(*end, s.from)
		return span{}
	}
	*end = min(*end, s.to)
	return s
}

// flatten orders spans and cuts off what later ones override.
func flatten(spans []Span, from, to int64) []span {
	out := make([]span, 0, len(spans))
	for _, sp := range spans {
		s := span{max(from, sp.From.Unix()), min(to, sp.To.Unix()), sp.State}
		if s.from >= s.to {
			continue
		}
		if n := len(out); n == 0 || out[n-1].to <= s.from { // nearly always
			out = append(out, s)
			continue
		}
		first, _ := slices.BinarySearchFunc(out, s.from, func(o span, at int64) int { return cmp.Compare(o.to, at+1) })
		after, _ := slices.BinarySearchFunc(out, s.to, func(o span, at int64) int { return cmp.Compare(o.from, at) })
		var put [3]span
		parts := put[:0]
		if first < len(out) && out[first].from < s.from {
			parts = append(parts, span{out[first].from, s.from, out[first].state})
		}
		parts = append(parts, s)
		if after > 0 && out[after-1].to > s.to {
			parts = append(parts, span{s.to, out[after-1].to, out[after-1].state})
		}
		out = slices.Replace(out, first, max(first, after), parts...)
	}
	return out
}

// union orders periods and joins those that overlap.
func union(periods []Period, from, to int64) []span {
	all := make([]span, 0, len(periods))
	for _, p := range periods {
		if s := (span{from: max(from, p.From.Unix()), to: min(to, p.To.Unix())}); s.from < s.to {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out := all[:0]
	for _, s := range all {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// LatencyOf measures the durations of looks, in seconds, which it puts in order.
func LatencyOf(took []float64) Latency {
	if len(took) == 0 {
		return Latency{}
	}
	slices.Sort(took)
	rank := func(q float64) float64 { // the nearest rank: a duration that there was
		return took[max(0, int(math.Ceil(q*float64(len(took))))-1)]
	}
	return Latency{P50: rank(0.50), P95: rank(0.95), Looks: int64(len(took))}
}
