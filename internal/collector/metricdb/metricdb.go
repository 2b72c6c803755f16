// Package metricdb keeps the samples: Prometheus' TSDB on disk, its PromQL
// engine over it, and the retention of both. It stamps identity on what the
// looks bring, ends series that stopped (stale markers), counts and skips bad
// samples, and goes on when the disk is full or the files are damaged.
//
// It knows nothing of rules, alerts or HTTP. The composition opens it and
// records into it; packages promapi and ruleset read from it. It is the only
// package that opens a TSDB.
package metricdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"

	"github.com/budi-monitor/budi/internal/wire"
)

const (
	// LookbackDelta is how old a sample may be for an instant query to see it.
	LookbackDelta = 10 * time.Minute

	// OutOfOrderWindow is how much older than the newest sample of the whole
	// database a sample may be and still be stored: what an agent's spool may
	// still hold, and two days for clocks that are wrong.
	OutOfOrderWindow = wire.SpoolAge + 2*24*time.Hour

	// MaxFuture is how far ahead of the clock a sample may be.
	MaxFuture = 10 * time.Minute
)

// Errors that a caller branches on.
var (
	// ErrNewerVersion says that a newer version wrote the folder. Nothing was
	// changed in it.
	ErrNewerVersion = errors.New("the samples were written by a newer version of budi-collector")
	// ErrLocked says that another process has the folder open.
	ErrLocked = errors.New("another process uses the folder of samples")
	// ErrNotDurable says that samples are kept in memory but could not be
	// written to disk: they are lost if the program ends before the disk is
	// well again.
	ErrNotDurable = errors.New("samples are in memory only")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("the database of samples is closed")
)

// Options configure a DB. Zero values mean what is written beside each.
type Options struct {
	Dir            string        // folder of the samples; required
	Retention      time.Duration // samples older than this are deleted; 400 days
	RetentionBytes int64         // oldest blocks go when there is more; 20 GB (10^9)

	// SeriesPerTarget bounds the series of one target; samples of further ones
	// are rejected and counted. 5,000.
	SeriesPerTarget int

	// MinFree is the free space, in bytes, below which nothing more is written
	// to the disk and samples are kept in memory. 64 MiB. Negative: 0.
	MinFree int64

	MaxSamples  int           // samples that one query may hold in memory; 5,000,000
	Timeout     time.Duration // of one query; 30 s
	Concurrency int           // queries of users that run at once; 4
	MaxWaiting  int           // queries that may wait for their turn; 20

	Logger     *slog.Logger          // nil: nothing is logged
	Registerer prometheus.Registerer // nil: metrics are not registered
	Now        func() time.Time      // the clock; time.Now

	// FreeSpace tells how many bytes may still be written below a folder. nil:
	// the operating system is asked. An error counts as enough.
	FreeSpace func(dir string) (int64, error)
}

func (o *Options) setDefaults() {
	if o.Retention <= 0 {
		o.Retention = 400 * 24 * time.Hour
	}
	if o.RetentionBytes <= 0 {
		o.RetentionBytes = 20e9
	}
	if o.SeriesPerTarget <= 0 {
		o.SeriesPerTarget = 5000
	}
	if o.MinFree == 0 {
		o.MinFree = 64 << 20
	}
	if o.MaxSamples <= 0 {
		o.MaxSamples = 5_000_000
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Concurrency <= 0 {
		o.Concurrency = 4
	}
	if o.MaxWaiting <= 0 {
		o.MaxWaiting = 20
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.FreeSpace == nil {
		o.FreeSpace = freeSpace
	}
}

// DB is an open database of samples. It is safe for concurrent use.
type DB struct {
	opts    Options
	log     *slog.Logger
	metrics *metrics
	parser  parser.Parser
	store   *store

	users *promql.Engine // gated: what people and programs ask
	rules *promql.Engine // not gated: alerting never waits for a dashboard

	batches atomic.Uint64 // numbers them, so that a Stamped knows whether it is in this one

	mu      sync.Mutex
	targets map[string]*target
}

// Open opens the folder, creating it when it is missing. Damage that the TSDB
// cannot mend is moved aside into Dir/quarantine-<time>, and Notices tells
// what was done. The error wraps ErrNewerVersion or ErrLocked when it is that.
func Open(ctx context.Context, o Options) (*DB, error) {
	o.setDefaults()
	if o.Dir == "" {
		return nil, errors.New("open samples: no folder is given")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of samples: %w", err)
	}
	db := &DB{
		opts:    o,
		log:     o.Logger.With("component", "metricdb"),
		metrics: newMetrics(o.Registerer),
		parser:  parser.NewParser(parser.Options{}),
		targets: map[string]*target{},
	}
	st, err := openStore(o, db.log, db.metrics)
	if err != nil {
		db.metrics.unregister()
		return nil, err
	}
	db.store = st

	engine := promql.EngineOpts{
		Logger:               db.log,
		MaxSamples:           o.MaxSamples,
		Timeout:              o.Timeout,
		LookbackDelta:        LookbackDelta,
		EnableAtModifier:     true,
		EnableNegativeOffset: true,
		// The step of subqueries without one: the interval of rules.
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
		Parser:                   db.parser,
	}
	db.rules = promql.NewEngine(engine)
	engine.Reg = db.metrics.reg
	engine.ActiveQueryTracker = newGate(o.Concurrency, o.MaxWaiting)
	db.users = promql.NewEngine(engine)
	return db, nil
}

// Close writes what is buffered and releases the folder. Queries and records
// that run meanwhile end first; later ones return ErrClosed.
func (db *DB) Close() error {
	err := db.store.close()
	db.metrics.unregister()
	if err != nil {
		return fmt.Errorf("close samples: %w", err)
	}
	return nil
}

// Notices says in plain English what was repaired or moved aside since Open.
func (db *DB) Notices() []string { return db.store.told() }

// Healthy returns nil while samples reach the disk, and otherwise why not,
// wrapping ErrNotDurable.
func (db *DB) Healthy() error { return db.store.healthy() }

// Dir is the folder of the samples.
func (db *DB) Dir() string { return db.opts.Dir }

// Retention is how long and how much is kept, for display.
func (db *DB) Retention() (time.Duration, int64) { return db.opts.Retention, db.opts.RetentionBytes }

// Timeout is the longest that a query may take.
func (db *DB) Timeout() time.Duration { return db.opts.Timeout }

// Parser parses PromQL as the engines do.
func (db *DB) Parser() parser.Parser { return db.parser }

// Engine answers the queries of people and programs: at most
// Options.Concurrency at once.
func (db *DB) Engine() *promql.Engine { return db.users }

// RuleEngine answers the queries of rules, which wait for nobody.
func (db *DB) RuleEngine() *promql.Engine { return db.rules }

// Queryable reads the samples. Each Querier must be closed.
func (db *DB) Queryable() storage.SampleAndChunkQueryable { return db.store }

// Appendable stores what rules compute. Unlike the TSDB's own it accepts
// samples that are out of order although the rule manager asks it not to:
// after a clock that ran ahead was put right, rules must go on writing.
func (db *DB) Appendable() storage.AppendableV2 { return db.store }
