package metricdb

import (
	"context"
	"errors"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/budi-monitor/budi/internal/look"
)

// Stamped is one series of a sender: its labels with the sender's identity
// stamped on them, and where the TSDB has it. Whoever sends the same series
// often keeps it, so that each sample costs little. A Stamped is used by one
// Batch at a time.
type Stamped struct {
	labels labels.Labels
	ref    storage.SeriesRef
	gen    uint64 // of the epoch that ref belongs to
	turn   uint64 // of the Batch that had it last
	last   int64  // time of the sample that this Batch got last
}

// Stamp stamps identity on a series as Record does: identity wins, a label
// of the sender that has the name of one of identity's becomes
// exported_<name>, and a label of identity with an empty value is not stamped,
// only withheld from the sender. It keeps none of the strings. It returns why
// the series cannot be taken, or "".
func Stamp(name string, own, identity []look.Label) (*Stamped, Reason) {
	lset, reason := stamp(&look.Sample{Name: name, Labels: own}, identity)
	if reason != "" {
		return nil, reason
	}
	return &Stamped{labels: lset}, ""
}

// Batch takes the samples of one Write.
type Batch struct {
	x            *tx
	turn         uint64
	oldest, next int64 // samples are taken from oldest until before next
	n            int
}

// Write stores samples of many series in one transaction: those that fill adds
// to the Batch. Bad ones are skipped; Add says why. fill runs a second time,
// with another Batch, when the disk fails meanwhile. When it returns an error,
// nothing is stored and the error is returned as it is.
//
// It returns how many samples were stored. An error that wraps ErrNotDurable
// says that they are in memory only; any other that they are lost.
func (db *DB) Write(ctx context.Context, fill func(*Batch) error) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	now := db.opts.Now()
	stored := 0
	err := db.write(ctx, func(x *tx) (int, error) {
		b := &Batch{
			x: x, turn: db.batches.Add(1),
			// What the window would refuse is refused here too, so that a wrong
			// clock cannot be the first to write into an empty database: the
			// TSDB would take it and begin there.
			oldest: max(0, now.Add(-OutOfOrderWindow).UnixMilli()), next: now.Add(MaxFuture).UnixMilli() + 1,
		}
		if err := fill(b); err != nil {
			return 0, err
		}
		stored = b.n
		return b.n, nil
	})
	if err != nil && !errors.Is(err, ErrNotDurable) {
		return 0, err
	}
	return stored, err
}

// Add adds one sample. at is in milliseconds of Unix time. It returns why the
// sample is not taken, or "".
func (b *Batch) Add(s *Stamped, at int64, v float64) Reason {
	return b.add(s, at, v, nil, nil)
}

// AddHistogram adds one native histogram, whole or float; the other is nil. It
// takes them over.
func (b *Batch) AddHistogram(s *Stamped, at int64, h *histogram.Histogram, fh *histogram.FloatHistogram) Reason {
	return b.add(s, at, 0, h, fh)
}

func (b *Batch) add(s *Stamped, at int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram) Reason {
	switch {
	case at < b.oldest:
		return reasonTooOld
	case at >= b.next:
		return reasonFuture
	case s.turn == b.turn && s.last == at:
		return reasonDuplicate
	}
	if s.gen != b.x.epoch.gen {
		s.ref, s.gen = 0, b.x.epoch.gen
	}
	ref, err := b.x.append(s.ref, s.labels, 0, at, v, h, fh, storage.AOptions{})
	if err != nil {
		return reasonOf(err)
	}
	s.ref, s.turn, s.last = ref, b.turn, at
	b.n++
	return ""
}
