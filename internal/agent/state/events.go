package state

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/look"
)

// PutEvent keeps an event until it is sent. There is room for some thousands;
// then the oldest goes. While the disk is full, events wait in memory; the
// error wraps ErrFull when one was lost there.
func (s *Store) PutEvent(e look.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextID++
	lost := s.memory.putEvent(s.nextID, e)
	s.flush()
	if lost {
		return fmt.Errorf("keep an event: %w", ErrFull)
	}
	return nil
}

// Events returns the oldest events that were not sent, at most so many.
func (s *Store) Events(most int) ([]Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Event
	err := s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketEvents).Cursor()
		for k, v := c.First(); k != nil && len(out) < most; k, v = c.Next() {
			e, err := decodeEvent(k, v)
			if err != nil || s.memory.sentEvents[e.ID] {
				continue // the oldest goes some day, this one too
			}
			out = append(out, e)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	for _, e := range s.memory.events {
		if len(out) < most && !s.memory.sentEvents[e.ID] {
			out = append(out, e)
		}
	}
	return out, nil
}

func decodeEvent(k, v []byte) (e Event, err error) {
	b, err := unseal(v)
	if err != nil || len(k) != 8 {
		return Event{}, errUnreadable
	}
	e.ID = binary.BigEndian.Uint64(k)
	return e, json.Unmarshal(b, &e.Event)
}

// SentEvents says that the collector has events. IDs that are not known are
// skipped.
func (s *Store) SentEvents(ids []uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.memory.sentEvents[id] = true
	}
	s.flush()
	return nil
}

// writeEvents writes what waits in memory.
func (s *Store) writeEvents(tx *bbolt.Tx) error {
	b := tx.Bucket(bucketEvents)
	for _, e := range s.memory.events {
		v, err := json.Marshal(e.Event)
		if err != nil {
			return fmt.Errorf("encode an event: %w", err)
		}
		if err := b.Put(key(e.ID), seal(v)); err != nil {
			return err
		}
	}
	for id := range s.memory.sentEvents {
		if err := b.Delete(key(id)); err != nil {
			return err
		}
	}
	if len(s.memory.events) == 0 {
		return nil
	}
	c := b.Cursor()
	for n := countKeys(b); n > maxEvents; n-- {
		c.First()
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return nil
}

func countKeys(b *bbolt.Bucket) (n int) {
	c := b.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		n++
	}
	return n
}
