package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/budi-monitor/budi/internal/boltcheck"
	"github.com/budi-monitor/budi/internal/folder"
	"github.com/budi-monitor/budi/internal/wire"
)

const (
	keepDamaged = 2           // files that were set aside
	closeWait   = time.Second // for a damaged file to be closed
)

func (s *Store) open(lockWait time.Duration) (err error) {
	if s.lock, err = takeLock(s.path+".lock", lockWait); err != nil {
		return err
	}
	s.reset()
	err = s.attempt()
	if errors.Is(err, boltcheck.ErrDamaged) {
		err = s.replace(err)
	}
	if isFull(err) && !exists(s.path) { // an agent must start on a full disk
		s.trouble = err
		err = nil
	}
	if err != nil {
		return err
	}
	return s.recallIdentity()
}

// reset forgets what came from a file.
func (s *Store) reset() {
	s.assignment, s.start, s.facts, s.identity = wire.DefaultAssignment(), "", map[string]FactsSent{}, nil
	s.series, s.totals = newDictionary(), totals{}
	s.memory.init()
}

// attempt opens what is there now, or makes it.
func (s *Store) attempt() (err error) {
	isNew := false
	switch info, err := os.Stat(s.path); {
	case errors.Is(err, os.ErrNotExist):
		isNew = true
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", s.path)
	case info.Size() == 0: // bbolt takes it for new
		isNew = true
	default:
		if _, err := boltcheck.File(s.path); err != nil {
			return err
		}
	}
	var db *bbolt.DB
	err = guard(func() (err error) {
		if db, err = bbolt.Open(s.path, 0o600, &bbolt.Options{Timeout: time.Second}); err != nil {
			return err
		}
		return s.load(db)
	})
	if err == nil {
		s.db = db
		if isNew {
			return folder.Sync(filepath.Dir(s.path))
		}
		return nil
	}
	if errors.Is(err, berrors.ErrIncompatibleValue) {
		err = fmt.Errorf("%w: %w", boltcheck.ErrDamaged, err)
	}
	if errors.Is(err, berrors.ErrTimeout) {
		return ErrLocked
	}
	if db != nil {
		err = errors.Join(err, db.Close())
	}
	if isNew && isFull(err) {
		// A file that is only half made must not be there at the next try.
		_ = os.Remove(s.path)
	}
	return err
}

// load makes the buckets if there are none and reads what is kept in memory.
func (s *Store) load(db *bbolt.DB) error {
	complete := false
	if err := db.View(func(tx *bbolt.Tx) error {
		complete = !slices.ContainsFunc(buckets(), func(name []byte) bool { return tx.Bucket(name) == nil })
		return nil
	}); err != nil {
		return err
	}
	if !complete {
		if err := db.Update(func(tx *bbolt.Tx) error {
			for _, name := range buckets() {
				if _, err := tx.CreateBucketIfNotExists(name); err != nil {
					return err
				}
			}
			return putMeta(tx, keyVersion, version)
		}); err != nil {
			return err
		}
	}
	return db.View(s.read)
}

// replace sets a damaged file aside and begins with an empty one. What is still
// in memory goes into it.
func (s *Store) replace(damage error) error {
	if s.db != nil {
		abandon(s.db)
		s.db = nil
	}
	aside := s.path + ".damaged-" + s.now().UTC().Format("20060102T150405Z")
	for i := 2; exists(aside); i++ {
		aside = fmt.Sprintf("%s.damaged-%s-%d", s.path, s.now().UTC().Format("20060102T150405Z"), i)
	}
	if err := os.Rename(s.path, aside); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("set the damaged file aside: %w", err)
	}
	s.damaged = fmt.Sprintf("The file %s was damaged (%v); samples that were not sent are lost. It was kept as %s. Check the disk.",
		filepath.Base(s.path), strings.TrimPrefix(damage.Error(), boltcheck.ErrDamaged.Error()+": "), filepath.Base(aside))
	s.log.Error("the file was damaged: it was set aside and the agent goes on with an empty one", "path", s.path, "kept", aside, "err", damage)
	if old, err := filepath.Glob(s.path + ".damaged-*"); err == nil {
		slices.Sort(old)
		for _, path := range old[:max(0, len(old)-keepDamaged)] {
			_ = os.Remove(path)
		}
	}
	return s.attempt()
}

// abandon closes a damaged file if that can be. Where bbolt failed while it
// rolled a transaction back, it holds its lock for ever: then the file stays
// open until the process ends, which is better than to stop here.
func abandon(db *bbolt.DB) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = guard(db.Close)
	}()
	timer := time.NewTimer(closeWait)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// guard calls fn and returns boltcheck.ErrDamaged when it panics: the check before makes
// that unlikely, but the file may be changed while it is mapped, and the disk
// may fail to give a page.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", boltcheck.ErrDamaged, p)
		}
	}()
	return fn()
}

// takeLock keeps other agents away. It is a file beside the database, because a
// damaged file must be checked and renamed under the lock.
func takeLock(path string, wait time.Duration) (*os.File, error) {
	f, err := folder.Lock(path, wait)
	if errors.Is(err, folder.ErrLocked) {
		return nil, ErrLocked
	}
	return f, err
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
