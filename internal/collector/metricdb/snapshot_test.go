package metricdb_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/look"
)

// everything returns all samples up to a moment: by series, by time, the bits
// of the value (a stale marker is a NaN, and no NaN equals itself).
func everything(t testing.TB, db *metricdb.DB, until time.Time) map[string]map[int64]uint64 {
	t.Helper()
	q, err := db.Queryable().Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	out := map[string]map[int64]uint64{}
	set := q.Select(context.Background(), true, nil, labels.MustNewMatcher(labels.MatchRegexp, "__name__", ".+"))
	for set.Next() {
		points := map[int64]uint64{}
		it := set.At().Iterator(nil)
		for it.Next() == chunkenc.ValFloat {
			if at, v := it.At(); at <= until.UnixMilli() {
				points[at] = math.Float64bits(v)
			}
		}
		if it.Err() != nil {
			t.Fatal(it.Err())
		}
		if len(points) > 0 {
			out[set.At().Labels().String()] = points
		}
	}
	if set.Err() != nil {
		t.Fatal(set.Err())
	}
	return out
}

// TestASnapshotHoldsEverySample: in blocks, in the head, late ones of minutes
// and of days, stale markers; while others are written.
func TestASnapshotHoldsEverySample(t *testing.T) {
	dir := t.TempDir()
	now := newClock(noon)
	db := open(t, metricdb.Options{Dir: filepath.Join(dir, "tsdb"), Now: now.Now})
	add := func(name string, at time.Time, v float64) {
		s := stamped(t, name, look.Labels("device", "pc-1"), nil)
		if n, err := db.Write(t.Context(), func(b *metricdb.Batch) error { b.Add(s, at.UnixMilli(), v); return nil }); err != nil || n != 1 {
			t.Fatalf("%s at %s: %d, %v", name, at, n, err)
		}
	}
	for i := range 60 * 7 { // seven hours: some are in blocks
		at := noon.Add(time.Duration(i) * time.Minute)
		now.Set(at)
		add("in_order", at, float64(i))
		if i%7 == 0 {
			add("sometimes", at, math.NaN())
		}
	}
	last := now.Now()
	for i := range 300 { // what an agent kept for days
		add("late", last.Add(-time.Duration(i)*17*time.Minute), float64(i))
		add("in_order", last.Add(-time.Duration(i)*29*time.Minute-time.Second), -1)
	}
	add("once_late", last.Add(-8*24*time.Hour), 8)
	want := everything(t, db, last)

	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	writers.Go(func() {
		s := stamped(t, "meanwhile", nil, nil)
		for i := 1; ctx.Err() == nil && i < 10_000; i++ {
			at := last.Add(time.Duration(i) * time.Millisecond)
			if _, err := db.Write(context.Background(), func(b *metricdb.Batch) error { b.Add(s, at.UnixMilli(), 1); return nil }); err != nil {
				t.Errorf("meanwhile: %v", err)
			}
		}
	})
	copied := filepath.Join(dir, "copy", "tsdb")
	err := db.Snapshot(t.Context(), copied)
	stop()
	writers.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, everything(t, db, last)); diff != "" {
		t.Errorf("the database itself changed: %s", diff)
	}
	restored := open(t, metricdb.Options{Dir: copied, Now: now.Now})
	if diff := cmp.Diff(want, everything(t, restored, last)); diff != "" {
		t.Error(diff)
	}
	if n := restored.Notices(); len(n) > 0 {
		t.Errorf("it says %q", n)
	}
	blocks, err := restored.Blocks()
	if err != nil || blocks.Number == 0 || blocks.From.After(last.Add(-8*24*time.Hour)) || blocks.To.Before(last) {
		t.Errorf("%+v, %v", blocks, err)
	}
	// It goes on where it ended, and takes what comes late.
	s := stamped(t, "in_order", look.Labels("device", "pc-1"), nil)
	for _, at := range []time.Time{last.Add(time.Minute), last.Add(-30 * time.Second), last.Add(-7 * 24 * time.Hour)} {
		if n, err := restored.Write(t.Context(), func(b *metricdb.Batch) error { b.Add(s, at.UnixMilli(), 1); return nil }); n != 1 || err != nil {
			t.Errorf("a sample of %s: %d, %v", at, n, err)
		}
	}
}

func TestASnapshotOfNothing(t *testing.T) {
	dir := t.TempDir()
	db := open(t, metricdb.Options{Dir: filepath.Join(dir, "tsdb")})
	copied := filepath.Join(dir, "copy")
	if err := db.Snapshot(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	restored := open(t, metricdb.Options{Dir: copied})
	if got := everything(t, restored, noon); len(got) > 0 {
		t.Errorf("it holds %v", got)
	}
	if n, err := db.SnapshotBytes(); err != nil || n > 1<<20 {
		t.Errorf("a snapshot of nothing may need %d bytes, %v", n, err)
	}
}

// TestNoSnapshotWhileTheDiskIsFull: it would leave out what is in memory.
func TestNoSnapshotWhileTheDiskIsFull(t *testing.T) {
	dir := t.TempDir()
	var full sync.Map
	db := open(t, metricdb.Options{Dir: filepath.Join(dir, "tsdb"), FreeSpace: func(string) (int64, error) {
		if _, is := full.Load("full"); is {
			return 0, nil
		}
		return 1 << 40, nil
	}})
	full.Store("full", true)
	eventually(t, "samples to be in memory", func() bool { return db.Healthy() != nil })
	if err := db.Snapshot(t.Context(), filepath.Join(dir, "copy")); err == nil {
		t.Error("there is a snapshot")
	}
	if _, err := os.Stat(filepath.Join(dir, "copy")); err == nil {
		t.Error("there is a folder")
	}
}
