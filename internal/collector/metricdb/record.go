package metricdb

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/budi-monitor/budi/internal/look"
)

// Limits on what one sample may bring, in bytes and in labels.
const (
	maxNameLength  = 200
	maxValueLength = 1024
	maxLabels      = 32
)

// Target is what a Result is about. Identity labels (site, device, check, job,
// vantage) are stamped on each of its samples, whatever these say.
type Target struct {
	ID       string
	Identity []look.Label
}

// target remembers the series of a target, so that the next Result is cheap
// and what it lacks is ended.
type target struct {
	mu       sync.Mutex
	identity []look.Label
	gen      uint64             // of the epoch that the references belong to
	turn     uint64             // counts writes; a series of another turn is not in this one
	last     int64              // time of the newest Result, in milliseconds
	newest   []*series          // those of the newest Result, in its order
	replaced []*series          // those that had another identity and are to be ended
	seen     []*series          // those of the Result being written
	byKey    map[string]*series // newest and seen, while a Result is written that has other samples than the newest; else nil
}

// series is one series of a target.
type series struct {
	name   string       // as the look gave it
	own    []look.Label // the same
	labels labels.Labels
	ref    storage.SeriesRef
	turn   uint64
}

var staleNaN = math.Float64frombits(value.StaleNaN)

// Record stores the samples of one Result at its time. Series that the
// target's previous Result had and this one lacks get a stale marker at this
// Result's time. Bad samples are counted and skipped. Results of one target
// are recorded one after another, those of different targets at once.
//
// An error that wraps ErrNotDurable says that the samples are in memory only;
// any other that they are lost.
func (db *DB) Record(ctx context.Context, t Target, r look.Result) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	at := r.Time.UnixMilli()
	if reason := db.timeReason(r.Time); reason != "" {
		db.metrics.rejected.WithLabelValues(string(reason)).Add(float64(len(r.Samples)))
		return nil
	}
	tg := db.target(t.ID)
	tg.mu.Lock()
	defer tg.mu.Unlock()
	// A late Result (an agent's spool is pushed newest first) ends nothing. A
	// newest one that lies in the future was stored while the clock was wrong.
	late := at <= tg.last && tg.last <= db.opts.Now().Add(MaxFuture).UnixMilli()
	err := db.write(ctx, func(x *tx) (int, error) {
		tg.begin(x.epoch.gen, t.Identity)
		n := db.appendSamples(x, tg, r.Samples, at)
		if !late {
			tg.end(x, at)
		}
		return n, nil
	})
	tg.finish(late || (err != nil && !errors.Is(err, ErrNotDurable)), at)
	return err
}

// Forget ends every series of a target with a stale marker at the given time
// and forgets the target: it was deleted.
func (db *DB) Forget(ctx context.Context, id string, at time.Time) error {
	db.mu.Lock()
	tg := db.targets[id]
	delete(db.targets, id)
	db.mu.Unlock()
	if tg == nil {
		return nil
	}
	tg.mu.Lock()
	defer tg.mu.Unlock()
	end := at.UnixMilli()
	if tg.last >= end && tg.last <= db.opts.Now().Add(MaxFuture).UnixMilli() {
		end = tg.last + 1 // a marker before the last sample would end nothing
	}
	return db.write(ctx, func(x *tx) (int, error) {
		tg.begin(x.epoch.gen, tg.identity)
		tg.end(x, end)
		return 0, nil
	})
}

func (db *DB) target(id string) *target {
	db.mu.Lock()
	defer db.mu.Unlock()
	tg := db.targets[id]
	if tg == nil {
		tg = &target{}
		db.targets[id] = tg
	}
	return tg
}

// write runs fill, which returns how many samples it appended, in a
// transaction. When the disk fails, it does so once more: the store has turned
// to memory. An error of fill undoes the transaction.
func (db *DB) write(ctx context.Context, fill func(*tx) (int, error)) error {
	var failure error
	for range 2 {
		x, err := db.store.begin(ctx)
		if err != nil {
			failure = err
			break
		}
		n, err := fill(x)
		if err != nil {
			if undo := x.Rollback(); undo != nil {
				err = errors.Join(err, undo)
			}
			return err
		}
		if failure = x.Commit(); failure != nil {
			continue
		}
		db.metrics.recorded.Add(float64(n))
		if x.epoch.db == nil {
			db.metrics.failed.Inc()
			return fmt.Errorf("record samples: %w", x.cause)
		}
		return nil
	}
	db.metrics.failed.Inc()
	return fmt.Errorf("record samples: %w", failure)
}

// begin prepares for one write.
func (tg *target) begin(gen uint64, identity []look.Label) {
	if tg.gen != gen {
		for _, list := range [][]*series{tg.newest, tg.replaced} {
			for _, s := range list {
				s.ref = 0
			}
		}
		tg.gen = gen
	}
	if !slices.Equal(tg.identity, identity) {
		// The labels of every series change. None of the old ones comes again,
		// so that they are ended.
		tg.identity = slices.Clone(identity)
		tg.replaced = append(tg.replaced, tg.newest...)
		tg.newest = nil
	}
	tg.turn++
	tg.seen, tg.byKey = tg.seen[:0], nil
}

// end writes a stale marker for each series that is not in this write. An
// error means that the series has newer samples or is too old to be ended:
// both are well.
func (tg *target) end(x *tx, at int64) {
	for _, s := range tg.newest {
		if s.turn != tg.turn {
			_ = appendOne(x, s, at, staleNaN)
		}
	}
	for _, s := range tg.replaced {
		_ = appendOne(x, s, at, staleNaN)
	}
}

// finish remembers the Result that was written as the newest, or forgets it
// when it was late or was not stored.
func (tg *target) finish(drop bool, at int64) {
	tg.byKey = nil
	if !drop {
		tg.newest, tg.seen = tg.seen, tg.newest
		tg.replaced = nil
		tg.last = at
	}
	clear(tg.seen[:cap(tg.seen)]) // what is gone is not held
	tg.seen = tg.seen[:0]
}

// appendSamples appends the samples of one Result and returns how many were
// taken.
func (db *DB) appendSamples(x *tx, tg *target, samples []look.Sample, at int64) int {
	n := 0
	for i := range samples {
		s, reason := tg.find(&samples[i], i, db.opts.SeriesPerTarget)
		if reason == "" {
			s.turn = tg.turn
			tg.seen = append(tg.seen, s)
			reason = appendOne(x, s, at, samples[i].Value)
		}
		if reason != "" {
			db.metrics.rejected.WithLabelValues(string(reason)).Inc()
			continue
		}
		n++
	}
	return n
}

func appendOne(x *tx, s *series, at int64, v float64) Reason {
	ref, err := x.append(s.ref, s.labels, 0, at, v, nil, nil, storage.AOptions{})
	if err != nil {
		return reasonOf(err)
	}
	s.ref = ref
	return ""
}

func reasonOf(err error) Reason {
	switch {
	case errors.Is(err, storage.ErrTooOldSample), errors.Is(err, storage.ErrOutOfBounds), errors.Is(err, storage.ErrOutOfOrderSample):
		return reasonTooOld
	case errors.Is(err, storage.ErrDuplicateSampleForTimestamp):
		return reasonDuplicate
	case errors.Is(err, tsdb.ErrInvalidSample):
		return reasonInvalidLabel
	case errors.As(err, new(histogram.Error)):
		return reasonHistogram
	default:
		return reasonOther
	}
}

func (db *DB) timeReason(t time.Time) Reason {
	switch {
	case t.UnixMilli() < 0:
		return reasonTooOld
	case t.After(db.opts.Now().Add(MaxFuture)):
		return reasonFuture
	default:
		return ""
	}
}

// find returns the series of the i-th sample. Results of a target nearly
// always have the same samples in the same order, which costs no allocation; so
// an index by key is made for the others only, and not kept: there are hundreds
// of thousands of series.
func (tg *target) find(s *look.Sample, i, limit int) (*series, Reason) {
	var key []byte
	var found *series
	if i < len(tg.newest) && tg.newest[i].is(s) {
		found = tg.newest[i]
	} else {
		tg.index()
		key = appendKey(nil, s.Name, s.Labels)
		found = tg.byKey[string(key)]
	}
	switch {
	case found != nil && found.turn == tg.turn:
		return nil, reasonDuplicate // the second of one Result
	case found != nil:
		return found, ""
	case len(tg.byKey) >= limit:
		return nil, reasonSeriesLimit
	}
	lset, reason := stamp(s, tg.identity)
	if reason != "" {
		return nil, reason
	}
	made := &series{name: s.Name, own: tg.ownLabels(s.Labels), labels: lset}
	tg.byKey[string(key)] = made
	return made, ""
}

// index makes byKey, unless it is there.
func (tg *target) index() {
	if tg.byKey != nil {
		return
	}
	tg.byKey = make(map[string]*series, len(tg.newest)+1)
	var key []byte
	for _, s := range tg.newest { // those of seen are among them: only find makes others
		key = appendKey(key[:0], s.name, s.own)
		tg.byKey[string(key)] = s
	}
}

// ownLabels copies the labels of a new series, or takes those of the one before
// it: a port or a disk has many series with the same.
func (tg *target) ownLabels(own []look.Label) []look.Label {
	if n := len(tg.seen); n > 0 && slices.Equal(tg.seen[n-1].own, own) {
		return tg.seen[n-1].own
	}
	return slices.Clone(own)
}

func (s *series) is(sample *look.Sample) bool {
	return s.name == sample.Name && slices.Equal(s.own, sample.Labels)
}

// appendKey writes what tells series of one target apart, whatever the order
// of the labels.
func appendKey(b []byte, name string, ls []look.Label) []byte {
	if !slices.IsSortedFunc(ls, byName) {
		ls = slices.Clone(ls)
		slices.SortStableFunc(ls, byName)
	}
	b = append(b, name...)
	for _, l := range ls {
		b = append(b, 0xff)
		b = append(b, l.Name...)
		b = append(b, 0xff)
		b = append(b, l.Value...)
	}
	return b
}

func byName(a, b look.Label) int { return strings.Compare(a.Name, b.Name) }

// stamp makes the labels of a series: the sample's own and the identity, which
// wins. A label of the sample that has an identity's name becomes
// exported_<name>, as in a scrape.
func stamp(s *look.Sample, identity []look.Label) (labels.Labels, Reason) {
	if !model.LegacyValidation.IsValidMetricName(s.Name) {
		return labels.EmptyLabels(), reasonInvalidName
	}
	if len(s.Name) > maxNameLength || len(s.Labels) > maxLabels {
		return labels.EmptyLabels(), reasonTooLong
	}
	b := labels.NewScratchBuilder(len(s.Labels) + len(identity) + 1)
	b.Add(model.MetricNameLabel, s.Name)
	for _, l := range identity {
		if l.Value != "" {
			b.Add(l.Name, l.Value)
		}
	}
	for _, l := range s.Labels {
		switch {
		case !model.LegacyValidation.IsValidLabelName(l.Name) || strings.HasPrefix(l.Name, "__") || !utf8.ValidString(l.Value):
			return labels.EmptyLabels(), reasonInvalidLabel
		case len(l.Name) > maxNameLength || len(l.Value) > maxValueLength:
			return labels.EmptyLabels(), reasonTooLong
		case l.Value == "":
			continue
		}
		name := l.Name
		for has(identity, name) || (name != l.Name && has(s.Labels, name)) {
			name = "exported_" + name
		}
		b.Add(name, l.Value)
	}
	b.Sort()
	lset := b.Labels()
	if _, dup := lset.HasDuplicateLabelNames(); dup {
		return labels.EmptyLabels(), reasonInvalidLabel
	}
	return lset, ""
}

func has(ls []look.Label, name string) bool {
	return slices.ContainsFunc(ls, func(l look.Label) bool { return l.Name == name })
}
