// Package boltstore keeps everything that is not a sample in one bbolt file,
// budi.db: incidents, the outbox, users, sessions, tokens, the audit log. It
// implements the stores that those packages declare and decides nothing for
// them. It is the only package of the collector that knows bbolt; the
// collector's composition is the only caller of Open.
//
// A mistake on the disk must not keep the collector from watching: a damaged
// file is set aside and the newest sound daily copy takes its place (see Open).
package boltstore

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.etcd.io/bbolt"
)

// Options are Open's settings; the zero value works.
type Options struct {
	Logger     *slog.Logger          // nil: nothing is logged
	Now        func() time.Time      // nil: time.Now; names damaged files that are set aside
	Registerer prometheus.Registerer // nil: nothing is registered

	// FromCopy says that the file is a copy which is to take the place of a
	// newer one, as after a restore: see Restored.
	FromCopy bool

	// LockWait is how long to wait for another collector to let go of the
	// file, as during a restart; 0 means 2 s.
	LockWait time.Duration
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.LockWait <= 0 {
		o.LockWait = 2 * time.Second
	}
	return o
}

// Store is an open file. Its methods are safe for concurrent use.
type Store struct {
	db           *bbolt.DB
	lock         *os.File
	path         string
	installation string
	restored     time.Time
	log          *slog.Logger

	mu      sync.Mutex
	notices []string
}

// prepare checks the version, migrates, and reads what is needed at once. It
// writes only when there is something to write: a collector must start on a
// full disk. older, when it is set, is the moment at which this file took the
// place of a newer one.
func (s *Store) prepare(older time.Time) error {
	var version uint64
	var complete bool
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		if version, err = readVersion(tx); err != nil || version == 0 {
			return err
		}
		complete = !slices.ContainsFunc(buckets, func(name []byte) bool { return tx.Bucket(name) == nil })
		s.installation = string(tx.Bucket(bucketMeta).Get(keyInstallation))
		s.restored = readTime(tx.Bucket(bucketMeta).Get(keyRestored))
		return nil
	})
	if err != nil {
		return err
	}
	if version > schemaVersion() {
		return fmt.Errorf("its schema version is %d, this program knows %d: %w", version, schemaVersion(), ErrNewer)
	}
	if complete && version == schemaVersion() && s.installation != "" && older.IsZero() {
		return nil
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		if err := migrate(tx, version); err != nil {
			return err
		}
		if s.installation == "" {
			var random [8]byte
			_, _ = rand.Read(random[:]) // never fails, see crypto/rand
			s.installation = hex.EncodeToString(random[:])
			if err := tx.Bucket(bucketMeta).Put(keyInstallation, []byte(s.installation)); err != nil {
				return err
			}
		}
		if older.IsZero() {
			return nil
		}
		s.restored = older
		return takeOver(tx, older)
	})
}

// register registers what the store tells of itself.
func (s *Store) register(r prometheus.Registerer) error {
	return r.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "budi_store_size_bytes", Help: "Size of the file budi.db."},
		func() float64 { return float64(s.Size()) }))
}

// Close waits for running transactions and lets go of the file.
func (s *Store) Close() error {
	if err := errors.Join(s.db.Close(), s.lock.Close()); err != nil {
		return fmt.Errorf("close %s: %w", s.path, err)
	}
	return nil
}

// Installation returns the random ID of this installation: 16 hexadecimal
// digits, made with the file.
func (s *Store) Installation() string { return s.installation }

// Notices returns what the keeper of the collector should know about the file,
// in plain English: that it was damaged, what took its place, and what to do.
func (s *Store) Notices() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.notices...)
}

// notice keeps a sentence for the keeper, once.
func (s *Store) notice(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.notices) >= maxNotices || slices.Contains(s.notices, text) {
		return
	}
	s.notices = append(s.notices, text)
	s.log.Error("the store has something to say", "notice", text)
}

// maxNotices bounds Notices.
const maxNotices = 20

// Size returns the size of the file in bytes, 0 when it cannot be told.
func (s *Store) Size() int64 {
	info, err := os.Stat(s.path)
	if err != nil {
		return 0
	}
	return info.Size()
}
