package enrolment

import (
	"sync"
	"time"
)

// How failed enrolments are slowed down, by address. Behind one address there
// may be a whole school that installs agents with a token that has expired.
// Tokens cannot be guessed: this keeps the log and the processor free. After
// the free ones the wait doubles with each failure from one second to a minute,
// and everything is forgotten after an hour of quiet. A token that is good is
// never kept waiting by others' failures.
const (
	freeFailures  = 20
	longestDelay  = time.Minute
	throttleQuiet = time.Hour
	throttleSize  = 10_000 // addresses remembered
)

// throttle counts failures by key, in bounded memory.
type throttle struct {
	free int

	mu   sync.Mutex
	seen map[string]*failures
}

type failures struct {
	count int
	last  time.Time
	until time.Time // no answer before
}

func newThrottle(free int) *throttle { return &throttle{free: free, seen: map[string]*failures{}} }

// fail counts a failure and returns how long to wait; 0 means that it may be
// answered. One that must wait is not counted.
func (t *throttle) fail(key string, now time.Time) time.Duration {
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
