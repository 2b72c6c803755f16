package availability

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/topology"
)

// Timeline is what was known of one subject in a period.
type Timeline struct {
	Subject     topology.ID // a check or a device
	Spans       []Span      // of those that overlap the later in the list holds
	Excused     []Period    // when its faults were those of something else
	Maintenance []Period
	Took        []float64 // seconds that each look of the period took that went well
}

// Source tells what was known. Its methods are safe for concurrent use.
type Source interface {
	// Timelines returns one Timeline for each subject of which anything was
	// known in the period, in any order. Spans may reach beyond it.
	Timelines(ctx context.Context, p Period) ([]Timeline, error)
}

// Store keeps days for ever. Its methods are safe for concurrent use.
type Store interface {
	// AvailabilityDays returns the days of a subject from one to another, both
	// included, in their order. Days that are not there are left out.
	AvailabilityDays(ctx context.Context, subject topology.ID, from, to Date) ([]Day, error)

	// PutAvailability stores one day of many subjects in one transaction, in
	// place of what was there of it.
	PutAvailability(ctx context.Context, date Date, days map[topology.ID]Day) error
}

// Options configure a Keeper.
type Options struct {
	Source Source // required
	Store  Store  // required

	// Window is how far back samples may still come: the days of it are made
	// anew at a start, when it is not known what came before. Required.
	Window time.Duration

	Zone   func() *time.Location // of the institution; required
	Now    func() time.Time      // required
	Logger *slog.Logger          // nil: nothing is logged
}

// Keeper makes the days and keeps them. It is safe for concurrent use.
//
// Today and yesterday are made anew each hour, an earlier day when Late says
// that samples of it came. Which these are is held in memory only; after a start
// all days of the window are made anew instead.
type Keeper struct {
	o   Options
	log *slog.Logger

	stepping sync.Mutex // one Step at a time

	mu    sync.Mutex // guards what follows
	due   map[Date]bool
	begun bool
	made  time.Time // when today was made last
}

// every is how often today and yesterday are made anew.
const every = time.Hour

// New makes a Keeper.
func New(o Options) (*Keeper, error) {
	if o.Source == nil || o.Store == nil || o.Zone == nil || o.Now == nil || o.Window <= 0 {
		return nil, errors.New("keep availability: a source, a store, a zone, a clock and a window are needed")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Keeper{o: o, log: o.Logger.With("component", "availability"), due: map[Date]bool{}}, nil
}

// Late says that samples of the time between two moments, both included, came
// now. Days outside the window are not made anew: there are no such samples.
func (k *Keeper) Late(from, to time.Time) {
	zone, now := k.o.Zone(), k.o.Now()
	first, last := k.first(now, zone), DateOf(now.In(zone))
	k.mu.Lock()
	defer k.mu.Unlock()
	for d := max(first, DateOf(from.In(zone))); d <= min(last, DateOf(to.In(zone))); d++ {
		k.due[d] = true
	}
}

// first is the first day of the window that ends now.
func (k *Keeper) first(now time.Time, zone *time.Location) Date {
	return DateOf(now.Add(-k.o.Window).In(zone))
}

// Run makes days until ctx ends. It looks each minute at what there is to make.
func (k *Keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := k.Step(ctx); err != nil && ctx.Err() == nil {
			k.log.Warn("availability cannot be computed; it is tried again", "err", err)
		}
	}
}

// Step makes the days that are due, the newest first, and does nothing within
// an hour of the last time. A day that cannot be made stays due.
func (k *Keeper) Step(ctx context.Context) error {
	k.stepping.Lock()
	defer k.stepping.Unlock()
	now, zone := k.o.Now(), k.o.Zone()
	today := DateOf(now.In(zone))
	k.mu.Lock()
	if since := now.Sub(k.made); k.begun && since >= 0 && since < every {
		k.mu.Unlock()
		return nil
	}
	oldest := today - 1
	if !k.begun {
		oldest = k.first(now, zone)
	}
	for d := oldest; d <= today; d++ {
		k.due[d] = true
	}
	maps.DeleteFunc(k.due, func(d Date, _ bool) bool { return d > today }) // the clock was set back
	dates := slices.Sorted(maps.Keys(k.due))
	k.begun, k.made = true, now
	k.mu.Unlock()

	slices.Reverse(dates)
	var failed []error
	for _, d := range dates {
		k.mu.Lock()
		delete(k.due, d) // before it is made: what comes meanwhile makes it due again
		k.mu.Unlock()
		if err := k.make(ctx, d, now, zone); err != nil {
			failed = append(failed, fmt.Errorf("make the day %s: %w", d, err))
			k.mu.Lock()
			k.due[d] = true
			k.mu.Unlock()
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}

// make makes one day of all subjects.
func (k *Keeper) make(ctx context.Context, d Date, now time.Time, zone *time.Location) error {
	p := d.In(zone)
	if now.Before(p.To) {
		p.To = now
	}
	if p.To.Sub(p.From) < time.Second {
		return nil
	}
	timelines, err := k.o.Source.Timelines(ctx, p)
	if err != nil {
		return err
	}
	days := make(map[topology.ID]Day, len(timelines))
	for _, t := range timelines {
		day := t.Account(p, zone)[0]
		day.Latency = LatencyOf(t.Took)
		if !day.known() {
			// The samples may be gone that it was made from when more was known.
			before, err := k.o.Store.AvailabilityDays(ctx, t.Subject, d, d)
			if err != nil {
				return err
			}
			if len(before) > 0 && before[0].known() {
				continue
			}
		}
		days[t.Subject] = day
	}
	return k.o.Store.PutAvailability(ctx, d, days)
}

func (d Day) known() bool {
	return d.Up+d.Down+d.Maintenance.Up+d.Maintenance.Down > 0
}

// Days returns the days of a subject from one to another, both included, in
// their order. Days of which nothing is kept are left out.
func (k *Keeper) Days(ctx context.Context, subject topology.ID, from, to Date) ([]Day, error) {
	return k.o.Store.AvailabilityDays(ctx, subject, from, to)
}

// Today is the day that it is in the institution's zone.
func (k *Keeper) Today() Date { return DateOf(k.o.Now().In(k.o.Zone())) }
