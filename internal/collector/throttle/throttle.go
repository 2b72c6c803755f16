// Package throttle slows down those who fail again and again, such as guessers
// of passwords, in bounded memory and without a clock of its own.
//
// After the attempts that are free the wait doubles with each failure from one
// second to a minute, and everything is forgotten after an hour of quiet.
package throttle

import (
	"sync"
	"time"
)

const (
	longestDelay = time.Minute
	quiet        = time.Hour

	// MaxKeys is how many keys are remembered; then the one that has been quiet
	// longest is forgotten.
	MaxKeys = 10_000
)

// Throttle counts attempts that failed by key. It is safe for concurrent use.
type Throttle struct {
	free int

	mu   sync.Mutex
	seen map[string]*failures
}

type failures struct {
	count int
	last  time.Time
	until time.Time // no attempt before
}

// New makes a Throttle that lets each key fail that often before it has to wait.
func New(free int) *Throttle { return &Throttle{free: free, seen: map[string]*failures{}} }

// Take begins an attempt. It counts as failed until Forgive is called, so that
// attempts made side by side cannot pass under the limit. The answer is how
// long to wait; 0 means go on. An attempt that must wait is not counted.
func (t *Throttle) Take(key string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.seen[key]
	if f != nil && (now.Sub(f.last) >= quiet || f.until.Sub(now) > 2*longestDelay) {
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

// Forgive takes back the attempt that was counted last; all of them when the
// key itself has proved to be good.
func (t *Throttle) Forgive(key string, all bool) {
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
func (t *Throttle) makeRoom(now time.Time) {
	if len(t.seen) < MaxKeys {
		return
	}
	var oldest string
	var oldestLast time.Time
	for key, f := range t.seen {
		if now.Sub(f.last) >= quiet {
			delete(t.seen, key)
		} else if oldest == "" || f.last.Before(oldestLast) {
			oldest, oldestLast = key, f.last
		}
	}
	if len(t.seen) >= MaxKeys {
		delete(t.seen, oldest)
	}
}

// Len is how many keys are remembered.
func (t *Throttle) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.seen)
}
