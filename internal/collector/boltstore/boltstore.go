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

	"go.etcd.io/bbolt"
)

// Options are Open's settings; the zero value works.
type Options struct {
	Logger *slog.Logger     // nil: nothing is logged
	Now    func() time.Time // nil: time.Now; names quarantined files

	// LockWait is how long to wait for another collector to let go of the
	// file, as during a restart; 0 means 2 s.
	LockWait time.Duration
}

// Store is an open file. Its methods are safe for concurrent use.
type Store struct {
	db           *bbolt.DB
	path         string
	installation string
	log          *slog.Logger

	mu      sync.Mutex
	notices []string
}

// Open opens the file at path, or makes it.
func Open(path string, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.LockWait <= 0 {
		o.LockWait = 2 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{path: path, log: o.Logger.With("component", "store")}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: o.LockWait})
	if errors.Is(err, bbolt.ErrTimeout) {
		return nil, fmt.Errorf("open %s: %w", path, ErrLocked)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s.db = db
	if err := s.prepare(); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return s, nil
}

// prepare checks the version, migrates, and reads what is needed at once.
func (s *Store) prepare() error {
	var version uint64
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		version, err = readVersion(tx)
		return err
	})
	if err != nil {
		return err
	}
	if version > schemaVersion() {
		return fmt.Errorf("its schema version is %d, this program knows %d: %w", version, schemaVersion(), ErrNewer)
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		if err := migrate(tx, version); err != nil {
			return err
		}
		meta := tx.Bucket(bucketMeta)
		if meta.Get(keyInstallation) == nil {
			var random [8]byte
			_, _ = rand.Read(random[:]) // never fails, see crypto/rand
			if err := meta.Put(keyInstallation, hex.AppendEncode(nil, random[:])); err != nil {
				return err
			}
		}
		s.installation = string(meta.Get(keyInstallation))
		return nil
	})
}

// Close writes what is open and lets go of the file. It waits for running
// transactions.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil {
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
