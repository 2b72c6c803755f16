package boltstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/budi-monitor/budi/internal/boltcheck"
	"github.com/budi-monitor/budi/internal/folder"
)

// Open opens the file at path, or makes it.
//
// The file is checked before it is used. When it is damaged it is renamed to
// <path>.damaged-<time>, never deleted, and the newest sound daily copy takes
// its place, or an empty file when there is none; Notices tells of it. A file
// that is missing while there are daily copies counts as damaged. Open
// fails, and leaves everything as it is, when the file cannot be read or
// written, when another collector has it open (ErrLocked), when a newer program
// wrote it (ErrNewer) and when it is not Budi's (ErrForeign).
func Open(path string, o Options) (*Store, error) {
	o = o.withDefaults()
	s := &Store{path: path, log: o.Logger.With("component", "store")}
	if err := s.open(o); err != nil {
		if s.lock != nil {
			_ = s.lock.Close()
		}
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return s, nil
}

func (s *Store) open(o Options) (err error) {
	if s.lock, err = takeLock(s.path+".lock", o.LockWait); err != nil {
		return err
	}
	err = s.attempt(o, o.FromCopy)
	if errors.Is(err, boltcheck.ErrDamaged) {
		if err = s.replace(err, o.Now()); err != nil {
			return err
		}
		err = s.attempt(o, true)
	}
	if err != nil || o.Registerer == nil {
		return err
	}
	if err := s.register(o.Registerer); err != nil {
		return errors.Join(err, s.db.Close())
	}
	return nil
}

// attempt opens what is there now. replaced says that it is older than what was
// there before.
func (s *Store) attempt(o Options, replaced bool) (err error) {
	isNew := !exists(s.path)
	if err := s.check(); err != nil {
		return err
	}
	// The check makes sure that bbolt does not panic; should it do so all the
	// same, the file is no better than a damaged one.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", boltcheck.ErrDamaged, p)
		}
	}()
	s.db, err = bbolt.Open(s.path, 0o600, &bbolt.Options{Timeout: o.LockWait})
	if errors.Is(err, berrors.ErrTimeout) {
		return ErrLocked
	}
	if err != nil {
		return err
	}
	var older time.Time
	if replaced {
		older = o.Now()
	}
	if err := s.prepare(older); err != nil {
		return errors.Join(err, s.db.Close())
	}
	if isNew {
		return folder.Sync(filepath.Dir(s.path))
	}
	return nil
}

// takeLock keeps other collectors away from the file. It is a file beside it,
// because a damaged file must be checked and renamed under the lock.
func takeLock(path string, wait time.Duration) (*os.File, error) {
	f, err := folder.Lock(path, wait)
	switch {
	case errors.Is(err, folder.ErrLocked):
		return nil, ErrLocked
	case err != nil:
		return nil, withHint(err)
	}
	return f, nil
}

// check looks at the file before bbolt does.
func (s *Store) check() error {
	// It must be writable; bbolt would say so less clearly.
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		// With copies beside it this is not a first start: it was deleted, or
		// the process was killed while it was replaced.
		if copies, err := dailyCopies(s.path); err != nil || len(copies) == 0 {
			return err
		}
		return fmt.Errorf("%w: it is missing", boltcheck.ErrDamaged)
	}
	if err != nil {
		return withHint(err)
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if info.Size() == 0 {
		return nil // bbolt takes it for a new one
	}
	_, err = boltcheck.File(s.path)
	return err
}

// withHint says what to do about a file that may not be opened.
func withHint(err error) error {
	if errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%w: the user who runs the collector must own the data folder and the files in it, and be able to write them", err)
	}
	return err
}

// replace sets a damaged file aside and puts the newest sound daily copy in its
// place, if there is one.
func (s *Store) replace(damage error, now time.Time) error {
	kept := ""
	if exists(s.path) {
		aside := s.path + ".damaged-" + now.UTC().Format("20060102T150405Z")
		for i := 2; exists(aside); i++ {
			aside = fmt.Sprintf("%s.damaged-%s-%d", s.path, now.UTC().Format("20060102T150405Z"), i)
		}
		if err := os.Rename(s.path, aside); err != nil {
			return fmt.Errorf("set the damaged file aside: %w", err)
		}
		kept = fmt.Sprintf(" The damaged file was kept as %s.", filepath.Base(aside))
	}
	copies, err := dailyCopies(s.path)
	if err != nil {
		return err
	}
	var best string
	var bestTx uint64
	for _, c := range copies {
		// The clock may have been wrong: the content says what is newest.
		if tx, err := boltcheck.File(c); err == nil && (best == "" || tx > bestTx) {
			best, bestTx = c, tx
		}
	}
	if best == "" {
		s.notice(fmt.Sprintf("The file %s was damaged (%v) and there was no sound daily copy, so the collector began with an empty one: "+
			"users, tokens and the journal of incidents are gone.%s If you have a backup, stop the collector and put its budi.db in place.",
			s.path, damage, kept))
		return folder.Sync(filepath.Dir(s.path))
	}
	if err := copyFile(best, s.path); err != nil {
		return fmt.Errorf("put the daily copy in place: %w", err)
	}
	s.notice(fmt.Sprintf("The file %s was damaged (%v). The daily copy %s took its place: what changed since then (users, tokens, acknowledgements, what was mailed) is not in it, "+
		"and some mails may come again.%s Check the disk.", s.path, damage, filepath.Base(best), kept))
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
