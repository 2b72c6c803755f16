package metricdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

type (
	histogramType      = histogram.Histogram
	floatHistogramType = histogram.FloatHistogram
)

const (
	// memoryKeeps bounds what is kept while the disk cannot be written.
	memoryKeeps = 6 * time.Hour
	// drainBatch is how many samples go back to the disk in one transaction.
	drainBatch = 5000
)

// openMemory makes a head without a log. It writes nothing to the disk: its
// folder exists, chunks are never mapped, and late samples, which would be,
// are not taken.
func (s *store) openMemory() (*epoch, error) {
	opts := tsdb.DefaultHeadOptions()
	opts.ChunkDirRoot = filepath.Dir(s.memoryDir())
	opts.ChunkRange = (24 * time.Hour).Milliseconds()
	opts.StripeSize = 1 << 10
	head, err := tsdb.NewHead(nil, slog.New(quiet{s.log.Handler()}), nil, nil, opts, nil)
	if err != nil {
		return nil, fmt.Errorf("keep samples in memory: %w", err)
	}
	if err := head.Init(math.MinInt64); err != nil {
		return nil, errors.Join(fmt.Errorf("keep samples in memory: %w", err), head.Close())
	}
	return &epoch{head: head}, nil
}

// degrade sends new samples to memory. torn says that a write to disk failed.
func (s *store) degrade(cause error, torn bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.torn = s.torn || torn
	if s.memory != nil || s.closed {
		return
	}
	e, err := s.openMemory()
	if err != nil {
		s.log.Error("samples cannot be kept", "err", err, "cause", cause)
		return
	}
	e.gen = s.gen()
	s.memory, s.cause = e, cause
	s.metrics.degraded.Set(1)
	s.log.Error("samples are kept in memory because the disk cannot be written; free space on it", "dir", s.opts.Dir, "err", cause)
}

// watch looks at the free space, turns to memory before it is used up, and
// goes back to the disk when there is room again.
func (s *store) watch() {
	defer close(s.stopped)
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
		}
		s.mu.Lock()
		degraded, torn, disk := s.memory != nil, s.torn, s.disk
		s.mu.Unlock()
		if !degraded {
			if err := s.room(s.opts.MinFree); err != nil {
				s.degrade(err, false)
			} else if disk != nil && disk.reg.counter("prometheus_tsdb_out_of_order_wbl_writes_failed_total") > 0 {
				// The TSDB only logs when it cannot log late samples.
				s.degrade(errors.New("the log of late samples cannot be written"), true)
			}
			continue
		}
		if disk != nil && s.paused != disk {
			// A compaction would eat the space that is left for chunks. This
			// waits for one that runs.
			disk.db.DisableCompactions()
			s.paused = disk
		}
		if time.Since(s.lastTry) < recoverPause {
			continue
		}
		s.lastTry = time.Now()
		// Twice the space: not to come and go at the edge.
		if err := s.room(2 * s.opts.MinFree); err != nil {
			s.trimMemory()
			continue
		}
		s.recover(torn)
	}
}

// room returns nil when at least need bytes are free and a file can be
// written.
func (s *store) room(need int64) error {
	if free, err := s.opts.FreeSpace(s.opts.Dir); err == nil && free < need {
		return fmt.Errorf("only %d MiB are free on the disk of %s; at least %d MiB are needed", free>>20, s.opts.Dir, need>>20)
	}
	s.mu.Lock()
	degraded := s.memory != nil
	s.mu.Unlock()
	if !degraded {
		return nil
	}
	probe := filepath.Join(s.opts.Dir, "memory", "write-test")
	defer os.Remove(probe)
	if err := os.WriteFile(probe, make([]byte, 1<<20), 0o600); err != nil {
		return fmt.Errorf("write to the folder of samples: %w", err)
	}
	return nil
}

// trimMemory drops what is older than memoryKeeps.
func (s *store) trimMemory() {
	_, memory, err := s.acquire()
	if err != nil {
		return
	}
	defer s.release()
	if memory == nil || memory.head.MaxTime()-memory.head.MinTime() < 2*memoryKeeps.Milliseconds() {
		return
	}
	if err := memory.head.Truncate(memory.head.MaxTime() - memoryKeeps.Milliseconds()); err != nil {
		s.log.Warn("samples in memory cannot be trimmed", "err", err)
	}
}

// recover goes back to the disk: opens the TSDB anew when its log may be torn,
// and writes to it what memory holds.
func (s *store) recover(torn bool) {
	done := s.exclusive(exclusiveLimit, func() {
		if torn || s.disk == nil {
			if s.disk != nil {
				if err := closeDisk(s.disk); err != nil {
					s.log.Warn("the damaged database of samples closed with an error", "err", err)
				}
				s.disk = nil
			}
			e, notices, err := openDisk(s.opts, s.log)
			if err != nil {
				s.log.Error("samples stay in memory: the database cannot be opened again", "err", err)
				s.setCause(err)
				return
			}
			s.tell(notices)
			s.mu.Lock()
			e.gen = s.gen()
			s.disk, s.torn = e, false
			s.mu.Unlock()
			s.metrics.reopened.Inc()
		}
		n, err := s.drain(s.disk)
		if err != nil {
			s.log.Error("samples stay in memory: they cannot be written back", "err", err)
			s.mu.Lock()
			s.torn, s.cause = true, err
			s.mu.Unlock()
			return
		}
		s.disk.db.EnableCompactions()
		s.paused = nil
		old := s.memory
		s.mu.Lock()
		s.memory, s.cause = nil, nil
		s.metrics.degraded.Set(0) // with it: whoever finds it healthy finds this too
		s.mu.Unlock()
		_ = old.head.Close()
		s.log.Info("samples are written to the disk again", "samples_from_memory", n)
	})
	if !done {
		s.log.Warn("queries run for too long; going back to the disk is put off")
	}
}

func (s *store) setCause(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cause = err
}

// drain copies everything from memory to the TSDB and returns how many samples
// that were. Samples that the TSDB refuses are counted and left out.
func (s *store) drain(to *epoch) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("write samples: %v", p)
		}
	}()
	q, err := s.memory.querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		return 0, err
	}
	defer q.Close()
	ctx := context.Background()
	all := labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, ".+")
	set := q.Select(ctx, false, nil, all)
	app, batch := to.appender(ctx), 0
	for set.Next() {
		series := set.At()
		lset := series.Labels()
		var ref storage.SeriesRef
		it := series.Iterator(nil)
		for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
			var (
				t  int64
				v  float64
				h  *histogramType
				fh *floatHistogramType
			)
			switch kind {
			case chunkenc.ValHistogram:
				t, h = it.AtHistogram(nil)
			case chunkenc.ValFloatHistogram:
				t, fh = it.AtFloatHistogram(nil)
			default:
				t, v = it.At()
			}
			newRef, err := app.Append(ref, lset, 0, t, v, h, fh, storage.AOptions{})
			if err != nil {
				s.metrics.rejected.WithLabelValues(string(reasonOf(err))).Inc()
				continue
			}
			ref = newRef
			n++
			if batch++; batch >= drainBatch {
				if err := app.Commit(); err != nil {
					return n, err
				}
				app, batch, ref = to.appender(ctx), 0, 0
			}
		}
		if err := it.Err(); err != nil {
			s.log.Warn("samples in memory cannot be read", "err", err)
		}
	}
	return n, app.Commit()
}
