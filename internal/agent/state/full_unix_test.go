//go:build !windows

package state_test

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/look"
)

// A disk that is full is played by a limit on the size of files: writes then
// fail with EFBIG as they would with ENOSPC. The limit holds for a process, so
// the test is one of its own.
func TestFullDisk(t *testing.T) {
	out, err := child(t, "full", filepath.Join(t.TempDir(), "agent.db")).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// limit lets no file grow over so many bytes.
func limit(bytes uint64) error {
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: 1 << 40})
}

func onAFullDisk(path string) (code int) {
	signal.Ignore(syscall.SIGXFSZ)
	if err := playFullDisk(path); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func playFullDisk(path string) error {
	c := &clock{monday()}
	put := func(s *state.Store, looks int) error {
		for range looks {
			c.now = c.now.Add(time.Minute)
			if err := s.Put(lookAt(c.now, 600)); err != nil {
				return err
			}
		}
		return nil
	}
	// It begins on a disk that has no room for anything.
	if err := limit(100); err != nil {
		return err
	}
	s, err := state.Open(path, state.Options{Now: c.Now})
	if err != nil {
		return fmt.Errorf("open on a full disk: %w", err)
	}
	if err := put(s, 10); err != nil {
		return err
	}
	entries, err := s.Unsent(100_000)
	if err != nil || len(entries) != 10 {
		return fmt.Errorf("%d entries, %w", len(entries), err)
	}
	if err := s.Sent(ids(entries[:2])); err != nil {
		return err
	}
	if entries, _ = s.Unsent(100_000); len(entries) != 8 || !strings.Contains(s.Stats().Notice, "cannot be written") || s.Stats().Samples != 4800 {
		return fmt.Errorf("%d entries, %+v", len(entries), s.Stats())
	}
	if err := s.PutEvent(look.Event{Code: "x"}); err != nil {
		return err
	}
	// There is room, for some time.
	if err := limit(400 << 10); err != nil {
		return err
	}
	if err := put(s, 1); err != nil {
		return err
	}
	if got := s.Stats(); got.Notice != "" || got.Samples != 9*600 {
		return fmt.Errorf("with room: %+v", got)
	}
	if err := put(s, 300); err != nil {
		return err
	}
	if got := s.Stats(); got.Notice == "" || got.Samples != 309*600 || got.Dropped != 0 {
		return fmt.Errorf("full again: %+v", got)
	}
	// What is acknowledged is not given out again, though that cannot be written.
	entries, err = s.Unsent(1_000_000)
	if err != nil || len(entries) != 309 {
		return fmt.Errorf("%d entries, %w", len(entries), err)
	}
	if err := errors.Join(s.Sent(ids(entries[200:])), s.Drop(ids(entries[:1]))); err != nil {
		return err
	}
	if entries, _ = s.Unsent(1_000_000); len(entries) != 199 || s.Stats().Samples != 199*600 || s.Stats().Dropped != 600 {
		return fmt.Errorf("%d entries, %+v", len(entries), s.Stats())
	}
	// In memory the buffer has a bound, and what goes over it is counted.
	err = put(s, 1_000)
	if got := s.Stats(); !errors.Is(err, state.ErrFull) || got.Dropped <= 600 {
		return fmt.Errorf("%w, %+v", err, got)
	}
	before := s.Stats()
	if err := limit(1 << 30); err != nil {
		return err
	}
	if err := put(s, 1); err != nil {
		return err
	}
	after := s.Stats()
	if after.Notice != "" || after.Samples+after.Dropped != before.Samples+before.Dropped+600 {
		return fmt.Errorf("before %+v, after %+v", before, after)
	}
	if err := s.Close(); err != nil {
		return err
	}
	if s, err = state.Open(path, state.Options{Now: c.Now}); err != nil {
		return err
	}
	if got := s.Stats(); got.Samples != after.Samples || got.Dropped != after.Dropped || got.Notice != "" {
		return fmt.Errorf("after a start %+v, before it %+v", got, after)
	}
	events, err := s.Events(10)
	if err != nil || len(events) != 1 {
		return fmt.Errorf("%d events, %w", len(events), err)
	}
	info, err := os.Stat(path)
	fmt.Printf("%+v in %d bytes\n", after, info.Size())
	return errors.Join(err, s.Close())
}
