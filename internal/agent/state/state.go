// Package state keeps what an agent must not forget in one bbolt file: who it
// is, what it was told to do, the samples that its collector has not
// acknowledged, and events. It decides nothing about sending them; that is
// package uplink's part. The agent's composition is the only caller of Open.
//
// Nothing that can happen to the file keeps the agent from working: damage is
// set aside, a full disk is bridged in memory, and both are told in Stats.
package state

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

// ErrLocked says that another agent has the file open.
var ErrLocked = errors.New("another agent is using the file; stop its service first")

// ErrFull says that samples or events were lost, because neither the disk nor
// the bounded buffer in memory has room. They are counted in Stats.Dropped.
var ErrFull = errors.New("there is no room for it on the disk or in the buffer")

// Options are Open's settings; the zero value works.
type Options struct {
	Logger   *slog.Logger     // nil: nothing is logged
	Now      func() time.Time // nil: time.Now
	MaxBytes int64            // of samples in the file; 0: 64 MiB
	LockWait time.Duration    // how long to wait for another agent to let go of the file; 0: 2 s
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 64 << 20
	}
	if o.LockWait <= 0 {
		o.LockWait = 2 * time.Second
	}
	return o
}

// Identity is who this agent is to its collector.
type Identity struct {
	URL    string // of the collector
	CA     []byte // DER of the one authority that is trusted; nil: the system's authorities
	Agent  string // ID of the agent
	Device string // ID of this computer
	Site   string
	Secret secret.String // of the agent: what it proves itself with
	Proxy  string        // URL of a proxy; empty: as the environment says
}

// Entry is the samples of one look, as they wait to be sent. Names and labels
// are shared between entries: they are read only.
type Entry struct {
	ID      uint64
	Time    time.Time // in milliseconds
	Samples []look.Sample
}

// Event is an event that waits to be sent.
type Event struct {
	ID uint64
	look.Event
}

// FactsSent remembers what of one kind of facts the collector has.
type FactsSent struct {
	Hash string    `json:"hash"` // of the items, as whoever sent them computes it
	Time time.Time `json:"time"` // when they were acknowledged
}

// Stats is how the store is.
type Stats struct {
	Samples int64     // not acknowledged
	Bytes   int64     // of samples, those that are acknowledged and still kept included
	Oldest  time.Time // of the samples that are not acknowledged; zero: there are none
	Dropped int64     // samples given up since the agent was enrolled: too old, too many, unreadable, refused
	Notice  string    // what is wrong with the file, English; empty: nothing
}

// Store is an open file. Its methods are safe for concurrent use.
type Store struct {
	path     string
	log      *slog.Logger
	now      func() time.Time
	maxBytes int64
	lock     *os.File

	mu         sync.Mutex
	db         *bbolt.DB // nil: a full disk has no room for one
	closed     bool
	identity   *Identity
	assignment wire.Assignment
	start      string // of the collector
	facts      map[string]FactsSent
	series     dictionary
	totals     totals
	nextID     uint64 // of entries and events
	memory     memory
	damaged    string // what was found damaged since Open, for Notice
	trouble    error  // of the last try to write
}

// Open opens the file at path, or makes it; its folder must exist.
//
// The file is checked before it is used. When it is damaged it is renamed to
// <path>.damaged-<time> (the newest two are kept) and an empty one takes its
// place; the identity then comes from its copy, <path>.identity. Open fails
// when the file cannot be read or written and when another agent has it open
// (ErrLocked).
func Open(path string, o Options) (*Store, error) {
	o = o.withDefaults()
	s := &Store{path: path, log: o.Logger.With("component", "state"), now: o.Now, maxBytes: o.MaxBytes}
	if err := s.open(o.LockWait); err != nil {
		if s.lock != nil {
			_ = s.lock.Close()
		}
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return s, nil
}

// Close writes what waits in memory, if that can be, and lets go of the file.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.memory.waiting() {
		s.flush()
	}
	if s.closed {
		return nil
	}
	s.closed = true
	var err error
	if s.db != nil {
		err = s.db.Close()
		s.db = nil
	}
	if err = errors.Join(err, s.lock.Close()); err != nil {
		return fmt.Errorf("close %s: %w", s.path, err)
	}
	return nil
}

// Stats returns how the store is.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{
		Samples: s.totals.Samples + s.memory.samples() - s.memory.settledSamples,
		Bytes:   s.totals.Bytes,
		Oldest:  s.oldest(),
		Dropped: s.totals.Dropped + s.memory.dropped + s.memory.refusedSamples,
		Notice:  s.notice(),
	}
}
