package boltstore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/boltcheck"
	"github.com/budi-monitor/budi/internal/folder"
)

const dailyInfix = ".daily-"

// DailyCopy writes a copy of the file beside it, <path>.daily-<date>, if there
// is none of the day of now yet, and removes those that no generation needs any
// more (see Generations). A copy is complete, checked and on the disk before it
// gets its name, and before another one goes. Call it about once an hour.
func (s *Store) DailyCopy(now time.Time) error {
	name := s.path + dailyInfix + now.Format(time.DateOnly)
	if exists(name) {
		return nil
	}
	if err := s.copyTo(name); err != nil {
		return fmt.Errorf("make the daily copy of %s: %w", s.path, err)
	}
	if err := s.thinOut(now); err != nil {
		return fmt.Errorf("remove old daily copies: %w", err)
	}
	return nil
}

// thinOut removes the copies that no generation needs.
func (s *Store) thinOut(now time.Time) error {
	names, err := dailyCopies(s.path)
	if err != nil {
		return err
	}
	var days []time.Time
	var sizes []int64
	for _, name := range names {
		info, err := os.Lstat(name)
		if err != nil {
			return err
		}
		day, _ := time.Parse(time.DateOnly, strings.TrimPrefix(name, s.path+dailyInfix)) // dailyCopies has read it
		days, sizes = append(days, day), append(sizes, info.Size())
	}
	today, err := time.Parse(time.DateOnly, now.Format(time.DateOnly))
	if err != nil {
		return err
	}
	for i, keep := range Generations(days, sizes, today, maxCopies) {
		if !keep {
			if err := os.Remove(names[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) copyTo(name string) error {
	return writeFile(name, func(f *os.File) error {
		err := s.db.View(func(tx *bbolt.Tx) error {
			_, err := tx.WriteTo(f)
			return err
		})
		if err != nil {
			return err
		}
		// A copy of a damaged file must not push out a sound one.
		_, err = boltcheck.File(f.Name())
		return err
	})
}

// dailyCopies lists the daily copies of a file, oldest date first.
func dailyCopies(path string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		date, ok := strings.CutPrefix(e.Name(), filepath.Base(path)+dailyInfix)
		if _, err := time.Parse(time.DateOnly, date); ok && err == nil && e.Type().IsRegular() {
			out = append(out, filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
	slices.Sort(out)
	return out, nil
}

// copyFile copies a file that nobody writes.
func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	return writeFile(to, func(f *os.File) error {
		_, err := io.Copy(f, src)
		return err
	})
}

// writeFile makes a file that is either complete and durable or not there.
func writeFile(name string, write func(*os.File) error) error {
	temporary := name + ".tmp"
	f, err := os.OpenFile(temporary, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(temporary)
		return err
	}
	if err := os.Rename(temporary, name); err != nil {
		_ = os.Remove(temporary)
		return err
	}
	return folder.Sync(filepath.Dir(name))
}
