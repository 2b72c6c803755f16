package service

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
)

// MaxLogBytes bounds each of the two files of a log.
const MaxLogBytes = 1 << 20

// Log opens the log of a service whose manager keeps none (Windows, macOS): a
// file of MaxLogBytes at most and, beside it with ".1" behind its name, the one
// before it. On Windows errors are in the event log too. Close it at the end.
func Log(name string) (*slog.Logger, io.Closer, error) {
	f, err := openBounded(name)
	if err != nil {
		return nil, nil, err
	}
	var handler slog.Handler = slog.NewTextHandler(f, nil)
	closing := closers{f}
	if system, c := systemLog(); system != nil {
		handler = slog.NewMultiHandler(handler, system)
		closing = append(closing, c)
	}
	return slog.New(handler), closing, nil
}

type closers []io.Closer

// Close closes all.
func (all closers) Close() error {
	var errs []error
	for _, c := range all {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// bounded is a file that gives up its oldest half. It is safe for concurrent
// use.
type bounded struct {
	name string

	mu   sync.Mutex
	file *os.File
	size int64
}

func openBounded(name string) (*bounded, error) {
	b := &bounded{name: name}
	return b, b.open(os.O_APPEND)
}

func (b *bounded) open(mode int) error {
	f, err := os.OpenFile(b.name, os.O_CREATE|os.O_WRONLY|mode, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close() // never written to
		return fmt.Errorf("open log: %w", err)
	}
	b.file, b.size = f, info.Size()
	return nil
}

// Write implements io.Writer.
func (b *bounded) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.size+int64(len(line)) > MaxLogBytes {
		if err := b.turn(); err != nil {
			return 0, err
		}
	}
	n, err := b.file.Write(line)
	b.size += int64(n)
	return n, err
}

// turn begins the file anew. When the old one cannot be kept, because somebody
// reads it or the disk is full, it is given up: the bound counts more.
func (b *bounded) turn() error {
	_ = b.file.Close() // Windows renames closed files only
	mode := os.O_APPEND
	if err := os.Rename(b.name, b.name+".1"); err != nil {
		mode = os.O_TRUNC
	}
	return b.open(mode)
}

// Close implements io.Closer.
func (b *bounded) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.file.Close()
}
