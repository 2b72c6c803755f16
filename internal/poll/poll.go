// Package poll makes looks at the right times: targets in, Results out. Looks
// are spread evenly and stably, have deadlines, are bounded in number, and a
// target is never looked at twice at once. It knows nothing of protocols or of
// storage. Collector and agent both use it.
//
// Times are kept by the monotonic clock: when the system's clock jumps, looks
// go on at the same pace.
package poll

import (
	"container/heap"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// Defaults and fixed times.
const (
	DefaultConcurrency = 200
	DefaultInterval    = time.Minute
	DefaultTimeout     = 30 * time.Second
	FirstWithin        = 10 * time.Second // from Set to the first look, at most
	LateAfter          = time.Second      // a look that begins so much after its time counts as late

	retryAfter = time.Second // to a target whose ID is still in use by one that was removed
)

// CodeInternalError is the code of the Problem that a look ends with when it
// panics: a mistake of ours, so the outcome is look.Unknown, never downtime.
const CodeInternalError = "internal_error"

// Target is something to be looked at again and again.
type Target struct {
	ID       string        // tells targets apart, and decides when in the interval its looks are
	Interval time.Duration // from look to look; 0 or less means DefaultInterval
	Timeout  time.Duration // deadline of one look; 0 or less means DefaultTimeout, and more than Interval means Interval
	Look     look.Func
}

// Sink takes a result. It is called from many goroutines at once, but never
// for the same target at once, and a target's results come in their order. The
// target's next look, and the place among the running ones, wait for it.
type Sink func(id string, r look.Result)

// Options of a Poller.
type Options struct {
	Concurrency int              // looks at once; 0 means DefaultConcurrency
	Logger      *slog.Logger     // required
	Clock       func() time.Time // the wall clock, asked once, when Run begins; nil means time.Now
}

// Stats counts since New, but for the first three, which are as of now.
type Stats struct {
	Targets int // set
	Running int // looks under way
	Waiting int // looks that are due and wait for a place

	Looks   uint64 // that ended
	Skipped uint64 // due while the target's look before was still under way or waiting
	Late    uint64 // that began more than LateAfter after their time
	Panics  uint64 // that ended in a panic
	Dropped uint64 // whose result nobody wanted: the target was removed, or Run ended
}

// Poller makes the looks. Its methods are safe for concurrent use.
type Poller struct {
	logger      *slog.Logger
	concurrency int
	clock       func() time.Time
	wake        chan struct{} // tells Run that there is something new

	mu      sync.Mutex
	running bool          // Run was called
	origin  time.Time     // when Run began; carries the monotonic clock
	phase0  time.Duration // from the epoch to origin by the wall clock
	entries map[string]*entry
	due     queue    // the targets by the time of their next look
	ready   []*entry // due and waiting for a place, oldest first
	active  map[string]bool
	stats   Stats
}

// entry is what the Poller knows of a target.
type entry struct {
	target  Target
	first   uint64        // hash of the ID: decides the first look
	phase   uint64        // another one: decides the place in the interval
	next    time.Duration // when the next look is due, since origin
	began   time.Duration // when the look that is ready or running was due
	index   int           // in due
	pending bool          // in ready or being looked at
	removed bool
	blocked bool // waited for the look at a removed target with its ID; counted once
}

// New makes a Poller without targets.
func New(o Options) *Poller {
	if o.Concurrency <= 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Poller{
		logger:      o.Logger.With("component", "poll"),
		concurrency: o.Concurrency,
		clock:       o.Clock,
		wake:        make(chan struct{}, 1),
		entries:     map[string]*entry{},
		active:      map[string]bool{},
	}
}

// Set replaces the targets. A target whose ID stays keeps its times, unless
// its interval is another. What was removed is not looked at again; the result
// of a look at it that is under way is dropped. Of two targets with one ID the
// last counts. Set may be called at any time, also before Run.
func (p *Poller) Set(targets []Target) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wanted := make(map[string]bool, len(targets))
	for _, t := range targets {
		if t.Interval <= 0 {
			t.Interval = DefaultInterval
		}
		if t.Timeout <= 0 {
			t.Timeout = DefaultTimeout
		}
		t.Timeout = min(t.Timeout, t.Interval)
		if wanted[t.ID] {
			p.logger.Warn("two targets have one ID, the last counts", "target", t.ID)
		}
		wanted[t.ID] = true
		e, ok := p.entries[t.ID]
		if !ok {
			hash := sha256.Sum256([]byte(t.ID))
			e = &entry{target: t, first: binary.BigEndian.Uint64(hash[:8]), phase: binary.BigEndian.Uint64(hash[8:16])}
			p.entries[t.ID] = e
			if p.running {
				p.schedule(e)
			}
			continue
		}
		moved := e.target.Interval != t.Interval
		e.target = t
		if moved && p.running {
			e.next = p.slot(e, p.now())
			heap.Fix(&p.due, e.index)
		}
	}
	for id, e := range p.entries {
		if !wanted[id] {
			e.removed = true
			delete(p.entries, id)
			if p.running {
				heap.Remove(&p.due, e.index)
			}
		}
	}
	p.ready = deleteRemoved(p.ready)
	p.stats.Targets = len(p.entries)
	p.nudge()
}

func deleteRemoved(list []*entry) []*entry {
	kept := list[:0]
	for _, e := range list {
		if !e.removed {
			kept = append(kept, e)
		}
	}
	clear(list[len(kept):])
	return kept
}

// Stats returns the counts.
func (p *Poller) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Waiting = len(p.ready)
	s.Running = len(p.active)
	return s
}

// Run looks until ctx ends, and returns nil when every look has ended. Looks
// under way when ctx ends are told to stop, and their results are dropped:
// they say nothing about their targets. A second call is an error.
func (p *Poller) Run(ctx context.Context, sink Sink) error {
	p.mu.Lock()
	if p.running {
		p.mu.Unlock()
		return errors.New("run poller: it was run before")
	}
	p.running = true
	p.origin = time.Now()
	p.phase0 = time.Duration(p.clock().UnixNano())
	for _, e := range p.entries {
		p.schedule(e)
	}
	p.mu.Unlock()

	var looks sync.WaitGroup
	defer looks.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		case <-timer.C:
		}
		if ctx.Err() != nil {
			return nil
		}
		start, wait := p.step()
		for _, e := range start {
			looks.Go(func() { p.look(ctx, e, sink) })
		}
		timer.Reset(wait)
	}
}

// schedule sets a new target's first look.
func (p *Poller) schedule(e *entry) {
	window := min(e.target.Interval, FirstWithin)
	e.next = p.now() + time.Duration(e.first%uint64(window))
	heap.Push(&p.due, e)
}

// slot is the first moment after t at which it is the target's turn. Turns are
// counted from the epoch, so that they are the same after a restart.
func (p *Poller) slot(e *entry, t time.Duration) time.Duration {
	interval := e.target.Interval
	phase := time.Duration(e.phase % uint64(interval))
	past := (p.phase0 + t - phase) % interval // since the target's last turn
	if past < 0 {                             // a computer whose clock was never set is before the epoch
		past += interval
	}
	return t + interval - past
}

// now is the time since Run began.
func (p *Poller) now() time.Duration { return time.Since(p.origin) }

// step moves what is due to the waiting line, and takes from the line what has
// a place. It returns the looks to start and how long there is nothing to do.
func (p *Poller) step() ([]*entry, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for len(p.due) > 0 && p.due[0].next <= now {
		e := p.due[0]
		switch {
		case e.pending:
			p.stats.Skipped++
		case p.active[e.target.ID]:
			// A target with this ID was removed while it was looked at. Its turn
			// must not cost the first look, after which the next may be a day off.
			if !e.blocked {
				e.blocked = true
				p.stats.Skipped++
			}
			e.next = now + retryAfter
			heap.Fix(&p.due, 0)
			continue
		default:
			e.pending = true
			e.began = e.next
			p.ready = append(p.ready, e)
		}
		// Turns that passed while nobody looked (this computer slept) are not
		// made up for. After the first look, which is at a time of its own, the
		// turn that comes at once is left out.
		e.next = p.slot(e, max(now, e.next+e.target.Interval/2))
		heap.Fix(&p.due, 0)
	}
	var start []*entry
	for len(p.ready) > 0 && len(p.active) < p.concurrency {
		e := p.ready[0]
		p.ready[0] = nil
		p.ready = p.ready[1:]
		if now-e.began > LateAfter {
			p.stats.Late++
		}
		p.active[e.target.ID] = true
		start = append(start, e)
	}
	wait := time.Hour
	if len(p.due) > 0 {
		wait = max(0, p.due[0].next-now)
	}
	return start, wait
}

// look makes one look and hands on its result.
func (p *Poller) look(ctx context.Context, e *entry, sink Sink) {
	p.mu.Lock()
	target := e.target
	p.mu.Unlock()
	wanted := false
	defer func() {
		p.mu.Lock()
		e.pending = false
		delete(p.active, target.ID)
		p.stats.Looks++
		if !wanted {
			p.stats.Dropped++
		}
		waited := len(p.ready) > 0 // for the place
		p.mu.Unlock()
		if waited {
			p.nudge()
		}
	}()
	r := p.guarded(ctx, target)
	p.mu.Lock()
	wanted = !e.removed && ctx.Err() == nil
	p.mu.Unlock()
	if wanted {
		sink(target.ID, r)
	}
}

// guarded makes the look with its deadline and turns a panic into a result.
func (p *Poller) guarded(ctx context.Context, target Target) (r look.Result) {
	ctx, cancel := context.WithTimeout(ctx, target.Timeout)
	defer cancel()
	start := time.Now()
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		p.mu.Lock()
		p.stats.Panics++
		p.mu.Unlock()
		p.logger.Error("a look panicked", "target", target.ID, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
		detail := fmt.Sprint(v)
		r = look.Result{
			Target:   target.ID,
			Time:     start,
			Duration: time.Since(start),
			Outcome:  look.Unknown,
			Problem:  &look.Problem{Code: CodeInternalError, Detail: strings.ToValidUTF8(detail[:min(len(detail), look.MaxDetail)], "")},
			Samples:  []look.Sample{{Name: metric.LookUnknown, Value: 1}},
			Facts:    []look.Fact{},
		}
	}()
	return target.Look(ctx)
}

// nudge tells Run to look again at what is to be done.
func (p *Poller) nudge() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// queue is a heap of targets by the time of their next look.
type queue []*entry

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].next < q[j].next }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push adds an entry, for container/heap.
func (q *queue) Push(x any) {
	e := x.(*entry)
	e.index = len(*q)
	*q = append(*q, e)
}

// Pop takes the last entry, for container/heap.
func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return e
}
