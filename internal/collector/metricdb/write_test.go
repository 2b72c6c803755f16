package metricdb_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/look"
)

func stamped(t testing.TB, name string, own, identity []look.Label) *metricdb.Stamped {
	t.Helper()
	s, reason := metricdb.Stamp(name, own, identity)
	if reason != "" {
		t.Fatalf("%s: %s", name, reason)
	}
	return s
}

func TestStampWithholdsAndWins(t *testing.T) {
	db := open(t, metricdb.Options{})
	s := stamped(t, "up", look.Labels("site", "x", "device", "y", "job", "z"), look.Labels("site", "main", "device", ""))
	if _, err := db.Write(context.Background(), func(b *metricdb.Batch) error {
		if reason := b.Add(s, noon.UnixMilli(), 1); reason != "" {
			t.Error(reason)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	wantValue(t, db, `up{site="main",device="",exported_site="x",exported_device="y",job="z"}`, noon, 1)
}

func TestAnErrorOfTheFillerUndoesTheWrite(t *testing.T) {
	db := open(t, metricdb.Options{})
	s := stamped(t, "up", nil, nil)
	trouble := errors.New("trouble")
	n, err := db.Write(context.Background(), func(b *metricdb.Batch) error {
		b.Add(s, noon.UnixMilli(), 1)
		return trouble
	})
	if n != 0 || !errors.Is(err, trouble) {
		t.Errorf("wrote %d, %v", n, err)
	}
	wantNone(t, db, "up", noon)
	// The series can be used again.
	if n, err := db.Write(context.Background(), func(b *metricdb.Batch) error { b.Add(s, noon.UnixMilli(), 2); return nil }); n != 1 || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	wantValue(t, db, "up", noon, 2)
}

// A first sample with a wrong clock must not be where an empty database begins.
func TestTimesOfAWrite(t *testing.T) {
	db := open(t, metricdb.Options{})
	s := stamped(t, "up", nil, nil)
	for _, c := range []struct {
		at     time.Time
		reason metricdb.Reason
	}{
		{time.UnixMilli(0), "too_old"},
		{noon.Add(-metricdb.OutOfOrderWindow - time.Millisecond), "too_old"},
		{noon.Add(metricdb.MaxFuture + time.Millisecond), "future"},
		{noon.Add(metricdb.MaxFuture), ""},
		{noon.Add(metricdb.MaxFuture), "duplicate"},
		{noon.Add(-metricdb.OutOfOrderWindow + metricdb.MaxFuture), ""},
		{noon, ""},
	} {
		var reason metricdb.Reason
		if _, err := db.Write(context.Background(), func(b *metricdb.Batch) error {
			if c.reason == "duplicate" {
				b.Add(s, c.at.UnixMilli(), 2)
			}
			reason = b.Add(s, c.at.UnixMilli(), 2)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if reason != c.reason {
			t.Errorf("%s: %q, want %q", c.at, reason, c.reason)
		}
	}
}

// Series stay usable when the database turns to memory and back, where they
// have other references, and native histograms survive the journey.
func TestWriteWhileTheDiskIsFull(t *testing.T) {
	var free atomic.Int64
	free.Store(1 << 40)
	c := newClock(noon)
	dir := t.TempDir()
	o := metricdb.Options{Dir: dir, Now: c.Now, FreeSpace: func(string) (int64, error) { return free.Load(), nil }}
	db := open(t, o)
	a, b, h := stamped(t, "a", nil, nil), stamped(t, "b", nil, nil), stamped(t, "h", nil, nil)
	write := func(v float64, series ...*metricdb.Stamped) error {
		t.Helper()
		c.Advance(time.Minute)
		n, err := db.Write(context.Background(), func(batch *metricdb.Batch) error {
			for _, s := range series {
				if reason := batch.Add(s, c.Now().UnixMilli(), v); reason != "" {
					t.Error(reason)
				}
			}
			for _, whole := range []bool{true, false} {
				x := &histogram.Histogram{Count: 2, Sum: v, PositiveSpans: []histogram.Span{{Length: 1}}, PositiveBuckets: []int64{2}}
				at := c.Now().UnixMilli()
				var reason metricdb.Reason
				if whole {
					reason = batch.AddHistogram(h, at-1, x, nil)
				} else {
					reason = batch.AddHistogram(h, at, nil, x.ToFloat(nil))
				}
				if reason != "" {
					t.Error(reason)
				}
			}
			return nil
		})
		if n != len(series)+2 {
			t.Errorf("wrote %d of %d", n, len(series)+2)
		}
		return err
	}
	if err := write(1, a, b); err != nil {
		t.Fatal(err)
	}
	free.Store(1 << 20)
	eventually(t, "samples are kept in memory", func() bool { return db.Healthy() != nil })
	// In another order: references of the one would be those of the other.
	if err := write(2, b, a); !errors.Is(err, metricdb.ErrNotDurable) {
		t.Errorf("in memory: %v", err)
	}
	wantValue(t, db, "a", c.Now(), 2)
	wantValue(t, db, "histogram_sum(h)", c.Now(), 2)
	free.Store(1 << 40)
	eventually(t, "the disk is used again", func() bool { return db.Healthy() == nil })
	if err := write(3, a, b); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{
		"sum_over_time(a[1h])": 6, "sum_over_time(b[1h])": 6, "count_over_time(h[1h])": 6, "histogram_sum(sum_over_time(h[1h]))": 12,
	} {
		wantValue(t, db, name, c.Now(), want)
	}
}
