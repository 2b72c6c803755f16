// Package latest holds the newest Result of each target in memory: what the
// console shows, what an incident quotes as the problem, and what is repeated
// for targets that are looked at seldom. It keeps nothing on disk.
package latest

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// RepeatEvery is how often the samples of a seldom look are stored again, so
// that a query, which looks back ten minutes, never loses them.
const RepeatEvery = time.Minute

// seldom is the interval from which looks are repeated.
const seldom = 4 * time.Minute

// Board holds the newest results. It is safe for concurrent use.
type Board struct {
	mu      sync.Mutex
	entries map[string]entry
}

type entry struct {
	result   look.Result
	interval time.Duration
	repeated time.Time
	since    time.Time   // of the first of the looks that all ended as this one
	wrong    time.Time   // of the first of the looks that all went wrong, up to this one; zero: this one did not
	told     look.Result // the newest with a Device; zero: none
}

// New makes an empty board.
func New() *Board { return &Board{entries: map[string]entry{}} }

// Put notes the result of a target that is looked at each interval.
func (b *Board) Put(id string, interval time.Duration, r look.Result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := entry{result: r, interval: interval, repeated: r.Time, since: r.Time}
	if was, ok := b.entries[id]; ok {
		e.told = was.told
		if was.result.Outcome == r.Outcome {
			e.since = was.since
		}
		e.wrong = was.wrong
	}
	switch {
	case r.Outcome != look.Failed && r.Outcome != look.Unreachable:
		e.wrong = time.Time{}
	case e.wrong.IsZero():
		e.wrong = r.Time
	}
	if r.Device != nil {
		e.told = r
	}
	b.entries[id] = e
}

// Told returns the newest result in which a device told something of itself: also
// when it has not answered since.
func (b *Board) Told(id string) (look.Result, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entries[id]
	return e.told, e.told.Device != nil
}

// Since is when the first of those looks at a target was made that all ended as
// the newest did; zero when there is none.
func (b *Board) Since(id string) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.entries[id].since
}

// WrongSince is when the first of those looks at a target was made that all went
// wrong up to the newest, in whatever way: a website may refuse, be silent, and
// refuse again. Zero when the newest did not go wrong.
func (b *Board) WrongSince(id string) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.entries[id].wrong
}

// Get returns the newest result of a target.
func (b *Board) Get(id string) (look.Result, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.entries[id]
	return e.result, ok
}

// Keep forgets every target that keep does not hold, and returns their IDs,
// sorted.
func (b *Board) Keep(keep map[string]bool) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var gone []string
	for id := range b.entries {
		if !keep[id] {
			gone = append(gone, id)
			delete(b.entries, id)
		}
	}
	slices.Sort(gone)
	return gone
}

// Repeat is one result to be stored again.
type Repeat struct {
	ID     string
	Result look.Result // at the present time, with the age of its samples beside them
}

// Repeats returns what has to be stored again at now, sorted by ID: the newest
// results of seldom looks, each once a minute, until they are twice as old as
// their interval (then the looks themselves have stopped, and nobody knows).
func (b *Board) Repeats(now time.Time) []Repeat {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Repeat
	for id, e := range b.entries {
		age := now.Sub(e.result.Time)
		if e.interval < seldom || age > 2*e.interval || age < 0 {
			continue
		}
		if since := now.Sub(e.repeated); since >= 0 && since < RepeatEvery {
			continue
		}
		e.repeated = now
		b.entries[id] = e
		r := e.result
		r.Time = now
		r.Samples = append(slices.Clip(r.Samples), look.Sample{Name: metric.LookAgeSeconds, Value: age.Seconds()})
		out = append(out, Repeat{ID: id, Result: r})
	}
	slices.SortFunc(out, func(a, b Repeat) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
