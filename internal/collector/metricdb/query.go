package metricdb

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/promql"
)

// ErrBusy is returned for a query when too many wait already.
var ErrBusy = errors.New("too many queries wait; ask again in a moment")

// Point is one element of an instant query's answer.
type Point struct {
	Labels map[string]string // with __name__ where the expression keeps it; empty for a scalar
	Value  float64
	Time   time.Time // the query's time
}

// Query evaluates the PromQL expression at one moment, within the limits of
// Options. A range vector or a text is an error.
func (db *DB) Query(ctx context.Context, expr string, at time.Time) ([]Point, error) {
	q, err := db.users.NewInstantQuery(ctx, db.store, nil, expr, at)
	if err != nil {
		return nil, fmt.Errorf("query samples: %w", err)
	}
	defer q.Close()
	res := q.Exec(ctx)
	if res.Err != nil {
		return nil, fmt.Errorf("query samples: %w", res.Err)
	}
	switch v := res.Value.(type) {
	case promql.Vector:
		out := make([]Point, 0, len(v))
		for _, s := range v {
			if s.H != nil {
				continue // native histograms have no single value
			}
			out = append(out, Point{Labels: s.Metric.Map(), Value: s.F, Time: time.UnixMilli(s.T)})
		}
		return out, nil
	case promql.Scalar:
		return []Point{{Labels: map[string]string{}, Value: v.V, Time: time.UnixMilli(v.T)}}, nil
	default:
		return nil, fmt.Errorf("query samples: the expression gives a %s, not numbers at one moment", res.Value.Type())
	}
}

// Series is one line of a range query's answer.
type Series struct {
	Labels map[string]string
	Points []Sample // in the order of time; moments without a value are left out
}

// Sample is a value at a moment.
type Sample struct {
	Time  time.Time
	Value float64
}

// QueryRange evaluates the PromQL expression at from, from+step, … up to to,
// within the limits of Options.
func (db *DB) QueryRange(ctx context.Context, expr string, from, to time.Time, step time.Duration) ([]Series, error) {
	q, err := db.users.NewRangeQuery(ctx, db.store, nil, expr, from, to, step)
	if err != nil {
		return nil, fmt.Errorf("query samples: %w", err)
	}
	defer q.Close()
	res := q.Exec(ctx)
	m, err := res.Matrix()
	if err != nil {
		return nil, fmt.Errorf("query samples: %w", err)
	}
	out := make([]Series, 0, len(m))
	for _, s := range m {
		line := Series{Labels: s.Metric.Map(), Points: make([]Sample, 0, len(s.Floats))}
		for _, p := range s.Floats {
			line.Points = append(line.Points, Sample{time.UnixMilli(p.T), p.F})
		}
		out = append(out, line)
	}
	return out, nil
}

// gate lets a number of queries run at once and bounds how many wait: the
// engine calls it a query tracker.
type gate struct {
	slots   chan struct{}
	waiting atomic.Int64
	max     int64
}

func newGate(concurrency, maxWaiting int) *gate {
	return &gate{slots: make(chan struct{}, concurrency), max: int64(maxWaiting)}
}

func (g *gate) GetMaxConcurrent() int { return cap(g.slots) }

func (g *gate) Insert(ctx context.Context, _ string) (int, error) {
	select {
	case g.slots <- struct{}{}:
		return 0, nil
	default:
	}
	if g.waiting.Add(1) > g.max {
		g.waiting.Add(-1)
		return 0, ErrBusy
	}
	defer g.waiting.Add(-1)
	select {
	case g.slots <- struct{}{}:
		return 0, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (g *gate) Delete(int) { <-g.slots }

func (g *gate) Close() error { return nil }
