package access

import (
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// How log-ins are slowed down. An account has few free attempts; behind one
// address there may be a whole school, so it has more. After them the wait
// doubles with each failure from one second to a minute, and everything is
// forgotten after an hour of quiet: a guesser gets at most some 1,400 attempts
// a day at an account, and an owner who mistyped waits a minute at most. Whoever
// attacks an account can make its owner wait; sessions that are open, and the
// admin socket, are not touched by it.
const (
	accountFree   = 5
	addressFree   = 20
	longestDelay  = time.Minute
	throttleQuiet = time.Hour
	throttleSize  = 10_000 // keys remembered
)

// ThrottledError says that log-ins are slowed down at this moment.
type ThrottledError struct {
	RetryAfter time.Duration
}

// Error says when to try again.
func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many failed attempts to log in; try again in %s", e.RetryAfter.Round(time.Second))
}

// throttle counts failures by key, in bounded memory.
type throttle struct {
	free int

	mu   sync.Mutex
	seen map[string]*failures
}

type failures struct {
	count int
	last  time.Time
	until time.Time // no attempt before
}

func newThrottle(free int) *throttle { return &throttle{free: free, seen: map[string]*failures{}} }

// take begins an attempt. It counts as failed until forgive is called, so that
// attempts made side by side cannot pass under the limit. The answer is how
// long to wait; 0 means go on. An attempt that must wait is not counted.
func (t *throttle) take(key string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.seen[key]
	if f != nil && (now.Sub(f.last) >= throttleQuiet || f.until.Sub(now) > 2*longestDelay) {
		f = nil // long ago, or the clock was set back
	}
	if f == nil {
		t.makeRoom(now)
		f = &failures{}
		t.seen[key] = f
	}
	if wait := f.until.Sub(now); wait > 0 {
		return wait
	}
	f.count++
	f.last = now
	if over := f.count - t.free; over >= 0 {
		f.until = now.Add(min(longestDelay, time.Second<<min(over, 10)))
	}
	return 0
}

// forgive takes back the attempt that was counted last; all of them when the
// key itself has proved to be good.
func (t *throttle) forgive(key string, all bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.seen[key]
	switch {
	case f == nil:
	case all || f.count <= 1:
		delete(t.seen, key)
	default:
		f.count--
		f.until = time.Time{}
	}
}

// makeRoom forgets what is quiet, or else the key that has been quiet longest.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.seen) < throttleSize {
		return
	}
	var oldest string
	var oldestLast time.Time
	for key, f := range t.seen {
		if now.Sub(f.last) >= throttleQuiet {
			delete(t.seen, key)
		} else if oldest == "" || f.last.Before(oldestLast) {
			oldest, oldestLast = key, f.last
		}
	}
	if len(t.seen) >= throttleSize {
		delete(t.seen, oldest)
	}
}

// NetworkOf is what one customer has: the address itself, or of IPv6 its /64. Who
// counts what comes from one sender counts by it. Of no address it is no prefix.
func NetworkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
