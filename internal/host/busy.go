package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Errors of parts that were not read.
var (
	errStuck   = errors.New("did not answer in time")
	errStill   = errors.New("still stuck in an earlier look")
	errTooMany = errors.New("too many reads are stuck")
)

// partialError says that a read brought something, but not everything.
type partialError struct{ error }

func (e partialError) Unwrap() error { return e.error }

// busy holds what is being read, so that a read which never returns is started
// once and not again. Safe for concurrent use.
type busy struct {
	mu      sync.Mutex
	reading map[string]struct{}
}

func (b *busy) begin(key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.reading[key]; ok {
		return errStill
	}
	if len(b.reading) >= maxBusy {
		return errTooMany
	}
	if b.reading == nil {
		b.reading = map[string]struct{}{}
	}
	b.reading[key] = struct{}{}
	return nil
}

func (b *busy) end(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.reading, key)
}

// answer is what a read brought.
type answer[T any] struct {
	value T
	err   error
}

// pending is a read under way.
type pending[T any] struct {
	part    string
	answers <-chan answer[T] // nil when the system does not tell this part
}

// start begins a read in a goroutine of its own, which is left behind when it
// does not return: system calls cannot be cancelled. thing tells reads of one
// part apart.
func start[T any](ctx context.Context, b *busy, part string, read func(context.Context) (T, error), thing ...string) pending[T] {
	if read == nil {
		return pending[T]{part: part}
	}
	answers := make(chan answer[T], 1)
	key := fmt.Sprint(part, thing)
	if err := b.begin(key); err != nil {
		answers <- answer[T]{err: err}
		return pending[T]{part, answers}
	}
	go func() {
		var a answer[T]
		// gopsutil indexes into the kernel's texts without looking; an odd
		// kernel must not end the process.
		defer func() {
			if p := recover(); p != nil {
				a.err = fmt.Errorf("panic: %v", p)
			}
			b.end(key)
			answers <- a
		}()
		a.value, a.err = read(ctx)
	}()
	return pending[T]{part, answers}
}

// wait hands the value to use, or counts the part as failed when ctx ends
// first or the read failed.
func wait[T any](ctx context.Context, p pending[T], t *told, use func(T)) {
	if p.answers == nil {
		return
	}
	var a answer[T]
	select {
	case a = <-p.answers:
	case <-ctx.Done():
		select { // both may be ready; an answer is better
		case a = <-p.answers:
		default:
			a.err = errStuck
		}
	}
	var part partialError
	if a.err == nil || errors.As(a.err, &part) {
		use(a.value)
	}
	if a.err != nil {
		t.fail(p.part, a.err)
	}
}
