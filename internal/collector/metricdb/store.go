package metricdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

const (
	watchInterval  = time.Second      // how often the free space is looked at
	recoverPause   = 2 * time.Second  // between two tries to reach the disk again
	exclusiveLimit = 2 * time.Minute  // how long readers are waited for before a reopening is put off
	acquireLimit   = 30 * time.Second // how long a reader waits for a reopening
)

// store is the TSDB, and the memory that takes its place for new samples while
// the disk cannot be written.
//
// Why the TSDB is not just written to until the disk has space again: after a
// write that failed inside a WAL record, the record's first part is on disk
// and the rest is dropped. Everything that is logged behind it is thrown away
// by the repair at the next start. And a head chunk that cannot be written
// panics in a goroutine of the TSDB. So the disk is left alone before it is
// quite full, and after a failed write the TSDB is opened anew, which repairs
// the log before anything is written behind the damage.
type store struct {
	opts    Options
	log     *slog.Logger
	metrics *metrics
	stop    chan struct{}
	stopped chan struct{}

	creating sync.Mutex // held while a series may be created

	mu      sync.Mutex
	closed  bool
	disk    *epoch        // nil when the TSDB could not be opened again
	memory  *epoch        // not nil: new samples go here
	cause   error         // why memory is in use
	torn    bool          // the WAL may hold half a record: the TSDB must be opened anew
	busy    chan struct{} // not nil: exclusive work goes on; closed at its end
	idle    chan struct{} // not nil: closed when the last user leaves
	users   int
	nextGen uint64
	notices []string

	// Of the goroutine that watches:
	lastTry time.Time
	paused  *epoch // whose compactions are switched off
}

// epoch is one opened TSDB or memory head. Series references are valid within
// one epoch only.
type epoch struct {
	gen  uint64
	db   *tsdb.DB // nil in a memory epoch
	head *tsdb.Head
	reg  *revocable
}

func (e *epoch) querier(mint, maxt int64) (storage.Querier, error) {
	if e.db != nil {
		return e.db.Querier(mint, maxt)
	}
	return tsdb.NewBlockQuerier(tsdb.NewRangeHead(e.head, mint, maxt), mint, maxt)
}

func (e *epoch) appender(ctx context.Context) storage.AppenderV2 {
	if e.db != nil {
		return e.db.AppenderV2(ctx)
	}
	return e.head.AppenderV2(ctx)
}

func openStore(o Options, log *slog.Logger, m *metrics) (*store, error) {
	s := &store{opts: o, log: log, metrics: m, stop: make(chan struct{}), stopped: make(chan struct{}), nextGen: 1}
	// Made now: on a full disk there may be no room for a folder.
	if err := os.MkdirAll(s.memoryDir(), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of samples: %w", err)
	}
	e, notices, err := openDisk(o, log)
	if err != nil {
		return nil, err
	}
	e.gen = s.gen()
	s.disk = e
	s.tell(notices)
	go s.watch()
	return s, nil
}

// tell logs and keeps what was repaired.
func (s *store) tell(notices []string) {
	const keep = 50
	for _, n := range notices {
		s.log.Warn("samples were repaired", "notice", n)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notices = append(s.notices, notices...)
	if extra := len(s.notices) - keep; extra > 0 {
		s.notices = s.notices[extra:]
	}
}

// told returns what was repaired, oldest first.
func (s *store) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notices)
}

func (s *store) memoryDir() string { return filepath.Join(s.opts.Dir, "memory", "chunks_head") }

func (s *store) gen() uint64 { s.nextGen++; return s.nextGen }

// acquire takes part in the use of the store until release. It waits while the
// TSDB is opened anew.
func (s *store) acquire() (disk, memory *epoch, err error) {
	var deadline <-chan time.Time
	for {
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			return nil, nil, ErrClosed
		}
		if s.busy == nil {
			s.users++
			disk, memory = s.disk, s.memory
			s.mu.Unlock()
			return disk, memory, nil
		}
		busy := s.busy
		s.mu.Unlock()
		if deadline == nil {
			t := time.NewTimer(acquireLimit)
			defer t.Stop()
			deadline = t.C
		}
		select {
		case <-busy:
		case <-deadline:
			return nil, nil, errors.New("the database of samples is being opened anew; ask again in a moment")
		}
	}
}

func (s *store) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users--
	if s.users == 0 && s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// exclusive runs f while nobody else uses the store. It returns false, without
// having run f, when the users do not leave within limit or it is in use by
// another exclusive. A limit of 0 waits for ever.
func (s *store) exclusive(limit time.Duration, f func()) bool {
	s.mu.Lock()
	if s.busy != nil {
		s.mu.Unlock()
		return false
	}
	s.busy = make(chan struct{})
	idle := make(chan struct{})
	if s.users == 0 {
		close(idle)
	} else {
		s.idle = idle
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		close(s.busy)
		s.busy, s.idle = nil, nil
		s.mu.Unlock()
	}()
	var deadline <-chan time.Time
	if limit > 0 {
		t := time.NewTimer(limit)
		defer t.Stop()
		deadline = t.C
	}
	select {
	case <-idle:
		f()
		return true
	case <-deadline:
		return false
	}
}

func (s *store) close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	close(s.stop)
	<-s.stopped
	var err error
	s.exclusive(0, func() {
		if s.memory != nil && s.disk != nil && !s.torn {
			// The disk may have room again: lose nothing that need not be lost.
			if _, err := s.drain(s.disk); err != nil {
				s.log.Error("samples in memory are lost: they cannot be written", "err", err)
			}
		}
		if s.memory != nil {
			_ = s.memory.head.Close()
		}
		if s.disk != nil {
			err = closeDisk(s.disk)
		}
		s.disk, s.memory = nil, nil
	})
	return err
}

func (s *store) healthy() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return ErrClosed
	case s.cause != nil:
		return fmt.Errorf("%w: %w", ErrNotDurable, s.cause)
	default:
		return nil
	}
}

// Querier implements storage.Queryable.
func (s *store) Querier(mint, maxt int64) (storage.Querier, error) {
	disk, memory, err := s.acquire()
	if err != nil {
		return nil, err
	}
	var qs []storage.Querier
	for _, e := range []*epoch{disk, memory} {
		if e == nil {
			continue
		}
		q, err := e.querier(mint, maxt)
		if err != nil {
			for _, q := range qs {
				_ = q.Close()
			}
			s.release()
			return nil, err
		}
		qs = append(qs, q)
	}
	return &querier{Querier: storage.NewMergeQuerier(qs, nil, storage.ChainedSeriesMerge), store: s}, nil
}

// ChunkQuerier implements storage.ChunkQueryable, which only remote read uses:
// it is not offered.
func (s *store) ChunkQuerier(int64, int64) (storage.ChunkQuerier, error) {
	return nil, errors.New("chunks are not given out")
}

// querier holds the store open until it is closed.
type querier struct {
	storage.Querier
	store *store
	once  sync.Once
}

func (q *querier) Close() error {
	err := q.Querier.Close()
	q.once.Do(q.store.release)
	return err
}

// begin starts a transaction. It must be ended by Commit or Rollback.
func (s *store) begin(ctx context.Context) (*tx, error) {
	disk, memory, err := s.acquire()
	if err != nil {
		return nil, err
	}
	e := disk
	if memory != nil {
		e = memory
	}
	if e == nil {
		s.release()
		return nil, s.healthy()
	}
	return &tx{store: s, epoch: e, app: e.appender(ctx), cause: s.healthy()}, nil
}

// tx is one transaction on the TSDB, or on the memory in its place.
type tx struct {
	store *store
	epoch *epoch
	app   storage.AppenderV2
	cause error // why the epoch is memory
}

// append appends one sample. One series is created after the other: while two
// are created at once, the TSDB moves the one with the higher reference in a
// list that queries are reading (prometheus issue 15317), and a query lacks a
// series. A series that has a reference is created anew when the TSDB dropped
// it meanwhile, as it does every two hours with those that had no samples; so
// it is first tried without labels, from which nothing can be created.
func (t *tx) append(ref storage.SeriesRef, ls labels.Labels, st, at int64, v float64, h *histogramType, fh *floatHistogramType, o storage.AOptions) (storage.SeriesRef, error) {
	if ref != 0 {
		known, err := t.app.Append(ref, labels.EmptyLabels(), st, at, v, h, fh, o)
		if !errors.Is(err, tsdb.ErrInvalidSample) {
			return known, err
		}
	}
	t.store.creating.Lock()
	defer t.store.creating.Unlock()
	return t.app.Append(0, ls, st, at, v, h, fh, o)
}

// Commit stores what was appended. An error means that nothing was stored and
// that the store has turned to memory: doing it again will store it there.
func (t *tx) Commit() (err error) {
	defer t.store.release()
	defer func() {
		// The TSDB panics when it cannot write a chunk of late samples.
		if p := recover(); p != nil {
			err = fmt.Errorf("write samples: %v", p)
		}
		if err != nil {
			t.store.degrade(err, true)
		}
	}()
	return t.app.Commit()
}

func (t *tx) Rollback() error {
	defer t.store.release()
	return t.app.Rollback()
}

// AppenderV2 implements storage.AppendableV2 for rules.
func (s *store) AppenderV2(ctx context.Context) storage.AppenderV2 {
	t, err := s.begin(ctx)
	if err != nil {
		return failedAppender{err}
	}
	return ruleAppender{t}
}

type ruleAppender struct{ *tx }

func (a ruleAppender) Append(ref storage.SeriesRef, ls labels.Labels, st, t int64, v float64, h *histogramType, fh *floatHistogramType, o storage.AOptions) (storage.SeriesRef, error) {
	o.RejectOutOfOrder = false
	return a.append(ref, ls, st, t, v, h, fh, o)
}

// failedAppender is what rules get when the store is closed.
type failedAppender struct{ err error }

func (a failedAppender) Append(storage.SeriesRef, labels.Labels, int64, int64, float64, *histogramType, *floatHistogramType, storage.AOptions) (storage.SeriesRef, error) {
	return 0, a.err
}
func (a failedAppender) Commit() error   { return a.err }
func (a failedAppender) Rollback() error { return nil }
