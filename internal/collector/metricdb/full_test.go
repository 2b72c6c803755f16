package metricdb_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
)

// eventually waits for a condition that a goroutine of the database brings
// about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within a minute", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestLittleSpace plays a disk that fills and is freed, by what the operating
// system is said to answer.
func TestLittleSpace(t *testing.T) {
	var free atomic.Int64
	free.Store(1 << 40)
	reg := prometheus.NewRegistry()
	c := newClock(noon)
	o := metricdb.Options{Dir: t.TempDir(), Now: c.Now, Registerer: reg, FreeSpace: func(string) (int64, error) { return free.Load(), nil }}
	db := open(t, o)
	recordStep := func(v float64) error {
		c.Advance(time.Minute)
		return db.Record(context.Background(), homepage, result(c.Now(), sample("probe_success", v)))
	}
	if err := recordStep(1); err != nil {
		t.Fatal(err)
	}
	if err := db.Healthy(); err != nil {
		t.Fatal(err)
	}

	free.Store(1 << 20)
	eventually(t, "samples are kept in memory", func() bool { return db.Healthy() != nil })
	if err := db.Healthy(); !errors.Is(err, metricdb.ErrNotDurable) {
		t.Errorf("healthy says %v", err)
	}
	for i := range 5 {
		if err := recordStep(float64(i)); !errors.Is(err, metricdb.ErrNotDurable) {
			t.Fatalf("recording says %v", err)
		}
	}
	// Queries see both; series end as always.
	wantValue(t, db, "probe_success", c.Now(), 4)
	wantValue(t, db, "count_over_time(probe_success[1h])", c.Now(), 6)
	c.Advance(time.Minute)
	if err := db.Record(context.Background(), homepage, result(c.Now(), sample("budi_look_unknown", 1))); !errors.Is(err, metricdb.ErrNotDurable) {
		t.Fatal(err)
	}
	wantNone(t, db, "probe_success", c.Now())
	wantCounter(t, reg, "budi_samples_in_memory_only", "", 1)

	free.Store(1 << 40)
	eventually(t, "samples go to the disk again", func() bool { return db.Healthy() == nil })
	wantCounter(t, reg, "budi_samples_in_memory_only", "", 0)
	wantCounter(t, reg, "budi_samples_write_failures_total", "", 6)
	if err := recordStep(1); err != nil {
		t.Fatal(err)
	}
	wantValue(t, db, "count_over_time(probe_success[1h])", c.Now(), 7)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	// What was in memory is on disk now.
	again := open(t, metricdb.Options{Dir: o.Dir, Now: c.Now})
	wantValue(t, again, "count_over_time(probe_success[1h])", c.Now(), 7)
	if told := again.Notices(); len(told) > 0 {
		t.Errorf("the next start says %q", told)
	}
}

func TestSamplesInMemoryAreWrittenAtTheEnd(t *testing.T) {
	var free atomic.Int64
	dir := t.TempDir()
	db := open(t, metricdb.Options{Dir: dir, FreeSpace: func(string) (int64, error) { return free.Load(), nil }})
	eventually(t, "samples are kept in memory", func() bool { return db.Healthy() != nil })
	if err := db.Record(context.Background(), homepage, result(noon, sample("probe_success", 1))); !errors.Is(err, metricdb.ErrNotDurable) {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	wantValue(t, open(t, metricdb.Options{Dir: dir}), "probe_success", noon, 1)
}

// tmpfs mounts a file system of the given size in MiB, which needs root.
func tmpfs(t *testing.T, mib int) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("needs Linux and root, to mount a small file system")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm", mib), "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %s", out)
		}
	})
	return dir
}

// fill writes a file until the disk is full.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := 1 << 20; block > 0; block /= 16 {
		b := make([]byte, block)
		for {
			if _, err := f.Write(b); err != nil {
				break
			}
		}
	}
	if _, err := io.WriteString(f, "x"); err == nil {
		t.Fatal("the disk is not full")
	}
}

// TestFullDisk fills a real, small disk to the last byte while samples are
// recorded, frees it, and looks for each sample.
func TestFullDisk(t *testing.T) {
	mount := tmpfs(t, 48)
	dir := filepath.Join(mount, "tsdb")
	reg := prometheus.NewRegistry()
	c := newClock(noon)
	// No reserve: the writes themselves must fail.
	db := open(t, metricdb.Options{Dir: dir, Now: c.Now, Registerer: reg, MinFree: -1})
	n := 0
	recordStep := func() error {
		n++
		c.Advance(15 * time.Second)
		return db.Record(context.Background(), homepage, result(c.Now(), sample("number", float64(n)), sample("new_each_time", 1, "n", fmt.Sprint(n))))
	}
	for range 100 {
		if err := recordStep(); err != nil {
			t.Fatal(err)
		}
	}
	for round := range 3 {
		ballast := filepath.Join(mount, "ballast")
		fill(t, ballast)
		failed := 0
		for range 2000 {
			if err := recordStep(); errors.Is(err, metricdb.ErrNotDurable) {
				failed++
			} else if err != nil {
				t.Fatalf("round %d: recording says %v", round, err)
			}
			if failed > 50 {
				break
			}
		}
		if failed == 0 {
			t.Fatalf("round %d: nothing failed on a full disk", round)
		}
		wantValue(t, db, "number", c.Now(), float64(n))
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		eventually(t, "samples go to the disk again", func() bool { return db.Healthy() == nil })
		if err := recordStep(); err != nil {
			t.Fatal(err)
		}
		wantValue(t, db, "count_over_time(number[1d])", c.Now(), float64(n))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, metricdb.Options{Dir: dir, Now: c.Now})
	wantValue(t, again, "count_over_time(number[1d])", c.Now(), float64(n))
	wantValue(t, again, "count(count_over_time(new_each_time[1d]))", c.Now(), float64(n))
	t.Logf("notices of the last start: %q", again.Notices())
}

// TestStartOnAFullDisk: alerting must go on after a restart, too.
func TestStartOnAFullDisk(t *testing.T) {
	mount := tmpfs(t, 16)
	c := newClock(noon)
	o := metricdb.Options{Dir: filepath.Join(mount, "tsdb"), Now: c.Now, MinFree: 1 << 20}
	db := open(t, o)
	record(t, db, homepage, result(noon, sample("probe_success", 1)))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	fill(t, filepath.Join(mount, "ballast"))
	db = open(t, o)
	c.Advance(time.Minute)
	if err := db.Record(context.Background(), homepage, result(c.Now(), sample("probe_success", 0))); !errors.Is(err, metricdb.ErrNotDurable) {
		t.Errorf("recording says %v", err)
	}
	wantValue(t, db, "count_over_time(probe_success[1h])", c.Now(), 2)
	if err := os.Remove(filepath.Join(mount, "ballast")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "samples go to the disk", func() bool { return db.Healthy() == nil })
	wantValue(t, db, "count_over_time(probe_success[1h])", c.Now(), 2)
}
