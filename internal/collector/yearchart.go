package collector

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
)

// Bounds of what is remembered of charts of a year.
const (
	maxYears  = 400            // lines
	yearsKept = 24 * time.Hour // then it is read anew: samples may have come late
)

// years remembers the points of charts that take half a million samples to make,
// so that only what came since is read when one is asked for again. It is safe
// for concurrent use; the zero value is empty.
type years struct {
	mu    sync.Mutex
	lines map[string]year
}

type year struct {
	made   time.Time
	last   time.Time // of the grid: multiples of the step
	points []metricdb.Sample
}

// line gives the points of an expression at multiples of step from from to now,
// and one at now. read answers it for a range.
func (y *years) line(ctx context.Context, expr string, from, now time.Time, step time.Duration, read func(ctx context.Context, from, to time.Time) ([]metricdb.Sample, error)) ([]metricdb.Sample, error) {
	y.mu.Lock()
	known := y.lines[expr]
	y.mu.Unlock()
	if now.Sub(known.made).Abs() > yearsKept || known.last.After(now) {
		known = year{made: now}
	}
	first, last := from.Truncate(step).Add(step), now.Truncate(step)
	if known.last.After(first) {
		first = known.last.Add(step)
	}
	known.points = slices.Clone(known.points)
	if !first.After(last) {
		more, err := read(ctx, first, last)
		if err != nil {
			return nil, err
		}
		known.points, known.last = append(known.points, more...), last
		y.put(expr, known)
	}
	newest, err := read(ctx, now, now)
	if err != nil {
		return nil, err
	}
	return append(slices.DeleteFunc(known.points, func(p metricdb.Sample) bool { return p.Time.Before(from) }), newest...), nil
}

func (y *years) put(expr string, known year) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.lines == nil || len(y.lines) >= maxYears {
		y.lines = map[string]year{} // rather than grow
	}
	y.lines[expr] = known
}
