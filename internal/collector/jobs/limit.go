package jobs

import (
	"net/netip"
	"time"
)

// Limits of calls within Within.
const (
	Within      = time.Minute
	MaxOfJob    = 30
	MaxOfOne    = 300 // of one address: a building's servers may share one
	MaxUnknown  = 60  // of one address, with an address that is no job's
	maxSenders  = 10_000
	maxOfOthers = 10 * MaxOfOne // of all addresses that found no room
)

// Refusal says which limit was reached; "" is none.
type Refusal string

// The refusals.
const (
	OfJob   Refusal = "job"
	OfOne   Refusal = "address"
	Unknown Refusal = "unknown"
)

// Limiter counts calls, minute by minute. The zero value has counted none; what
// it keeps in memory is bounded. Whoever shares it locks it.
type Limiter struct {
	began   time.Time
	jobs    map[string]int
	senders map[netip.Prefix]sender
}

type sender struct{ calls, unknown int }

// Take counts a call of a job ("": an address that is no job's), unless it would
// be one too many. who is the network that it came from (access.NetworkOf).
// Strangers use up nothing of what jobs have.
func (l *Limiter) Take(now time.Time, job string, who netip.Prefix) Refusal {
	if age := now.Sub(l.began); l.jobs == nil || age >= Within || age < 0 {
		l.began, l.jobs, l.senders = now, map[string]int{}, map[netip.Prefix]sender{}
	}
	calls := MaxOfOne
	if _, known := l.senders[who]; !known && len(l.senders) >= maxSenders {
		who, calls = netip.Prefix{}, maxOfOthers
	}
	s := l.senders[who]
	switch {
	case job == "" && s.unknown >= MaxUnknown:
		return Unknown
	case job != "" && l.jobs[job] >= MaxOfJob:
		return OfJob
	case job != "" && s.calls >= calls:
		return OfOne
	}
	if job == "" {
		s.unknown++
	} else {
		s.calls++
		l.jobs[job]++
	}
	l.senders[who] = s
	return ""
}
