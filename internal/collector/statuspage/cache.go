package statuspage

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/i18n"
)

// How old what is shown may be.
const (
	FreshFor = 20 * time.Second // then it is made anew, once for everybody who asks
	StaleFor = 5 * time.Minute  // older than this it is not shown, though it could not be made anew
)

// makers is how many pages are made at once.
const makers = 2

// Form is what a page is written as.
type Form string

// The forms.
const (
	HTML Form = "html"
	Atom Form = "atom"
)

// Key names what is kept.
type Key struct {
	Page string // its ID
	Lang i18n.Lang
	Form Form
}

// Rendered is a page as it goes to those who ask. It is never changed.
type Rendered struct {
	Body, Gzip []byte
	ETag       string // without quotes
	at         time.Time
}

// Cache keeps what was made, so that visitors cost nothing, however many they
// are: a page is made, or tried to be made, at most once in FreshFor, by one of
// those who ask, while the others get what there was. Who may ask for which keys
// is for the caller to bound. It is safe for concurrent use.
type Cache struct {
	now    func() time.Time
	making chan struct{}

	mu      sync.Mutex
	entries map[Key]*entry
}

// entry is what is kept for a key; its making is for whoever holds turn.
type entry struct {
	turn chan struct{}

	mu     sync.Mutex
	last   *Rendered // nil: there is none yet
	err    error     // of the newest try to make it
	failed time.Time // when that was
}

// NewCache makes an empty cache.
func NewCache(now func() time.Time) *Cache {
	return &Cache{now: now, making: make(chan struct{}, makers), entries: map[Key]*entry{}}
}

// Forget drops everything, so that what was changed is shown at once.
func (c *Cache) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = map[Key]*entry{}
}

// Get returns what is kept for a key, made by render where it is not there or too
// old. It fails with the error of render when there is nothing that may still be
// shown, and with that of ctx.
func (c *Cache) Get(ctx context.Context, key Key, render func(context.Context) ([]byte, error)) (*Rendered, error) {
	e := c.entry(key)
	last, done, err := c.kept(e)
	if done {
		return last, err
	}
	if last != nil {
		select {
		case e.turn <- struct{}{}:
		default:
			return last, nil // somebody makes it anew just now
		}
	} else {
		select {
		case e.turn <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	defer func() { <-e.turn }()
	if again, done, err := c.kept(e); done {
		return again, err // made, or tried, while we waited
	}
	select {
	case c.making <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-c.making }()
	made, err := c.render(ctx, render)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.err, e.failed = err, c.now()
	if err == nil {
		e.last = made
		return made, nil
	}
	if last != nil {
		return last, nil
	}
	return nil, err
}

// kept is what may be shown. Nothing has to be done for it when it is fresh, nor
// for a while after somebody tried in vain.
func (c *Cache) kept(e *entry) (last *Rendered, done bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.last != nil && c.age(e.last.at) < StaleFor {
		last = e.last
	}
	switch {
	case last != nil && c.age(last.at) < FreshFor:
		return last, true, nil
	case e.err == nil || c.age(e.failed) >= FreshFor:
		return last, false, nil
	case last != nil:
		return last, true, nil
	}
	return nil, true, e.err
}

// age of what is later than now, after the clock was set back, is beyond every
// bound.
func (c *Cache) age(at time.Time) time.Duration {
	age := c.now().Sub(at)
	if age < 0 {
		return StaleFor
	}
	return age
}

func (c *Cache) entry(key Key) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[key]
	if e == nil {
		e = &entry{turn: make(chan struct{}, 1)}
		c.entries[key] = e
	}
	return e
}

func (c *Cache) render(ctx context.Context, render func(context.Context) ([]byte, error)) (*Rendered, error) {
	at := c.now()
	// Whoever asks may leave: the others wait for it.
	body, err := render(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err = w.Write(body)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("compress a status page: %w", err)
	}
	sum := sha256.Sum256(body)
	return &Rendered{Body: body, Gzip: packed.Bytes(), ETag: hex.EncodeToString(sum[:12]), at: at}, nil
}
