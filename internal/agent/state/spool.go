package state

import (
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

const (
	entryOverhead = 32  // bytes of an entry in the file beside its value: key and element
	maxExpired    = 500 // entries that one commit gives up for their age: a clock that is wrong for a moment must not cost a week
	fillPercent   = 0.95
)

// Put keeps the samples of looks, each made at its time, in one transaction.
// When the disk has no room they wait in memory and go to the disk when it has;
// the error wraps ErrFull when samples were lost, of these looks or of older ones.
func (s *Store) Put(results ...look.Result) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	lost := int64(0)
	for _, r := range results {
		lost += s.put(r)
	}
	s.memory.dropped += lost
	s.flush()
	lost += s.memory.trim()
	if lost > 0 {
		return fmt.Errorf("keep samples: %d lost: %w", lost, ErrFull)
	}
	return nil
}

// put puts the samples of one look into memory, and returns how many were lost.
func (s *Store) put(r look.Result) (lost int64) {
	if s.series.full() {
		s.collectSeries()
	}
	points := make([]point, 0, len(r.Samples))
	for _, sample := range r.Samples {
		number, ok := s.series.number(sample)
		if !ok || len(points) >= wire.MaxSamples {
			lost++
			continue
		}
		points = append(points, point{number, sample.Value})
	}
	if len(points) > 0 {
		s.nextID++
		s.memory.put(waiting{id: s.nextID, at: r.Time, count: int64(len(points)), value: encodeEntry(r.Time, points)})
	}
	return lost
}

// Unsent returns what waits to be sent, newest first: as many looks as have at
// most maxSamples together, but at least one when there is one.
func (s *Store) Unsent(maxSamples int) ([]Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Entry
	var bad []uint64
	total := 0
	take := func(id uint64, value []byte) (more bool) {
		at, points, err := decodeEntry(value)
		if err != nil {
			bad = append(bad, id)
			return true
		}
		if s.now().Sub(at) > wire.SpoolAge {
			return true // it goes with the next commits
		}
		samples, _ := s.series.samples(points)
		if len(samples) == 0 {
			bad = append(bad, id)
			return true
		}
		if len(out) > 0 && total+len(samples) > maxSamples {
			return false
		}
		total += len(samples)
		out = append(out, Entry{ID: id, Time: at, Samples: samples})
		return total < maxSamples
	}
	more := true
	for i := len(s.memory.entries) - 1; i >= 0 && more; i-- {
		if e := s.memory.entries[i]; !s.memory.settled(e.id) {
			more = take(e.id, e.value)
		}
	}
	err := s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketUnsent).Cursor()
		for k, v := c.Last(); k != nil && more; k, v = c.Prev() {
			if len(k) != 8 || s.memory.settled(binary.BigEndian.Uint64(k)) {
				continue
			}
			more = take(binary.BigEndian.Uint64(k), v)
		}
		return nil
	})
	if len(bad) > 0 {
		s.settle(bad, refused)
		s.flush()
	}
	if err != nil {
		return nil, fmt.Errorf("read samples: %w", err)
	}
	return out, nil
}

// Sent says that the collector has acknowledged entries. They are kept for
// wire.KeepAfterAck. IDs that are not known are skipped.
func (s *Store) Sent(ids []uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(ids, sent)
	s.flush()
	return nil // what could not be written down is remembered in memory
}

// Drop gives entries up that the collector will never take, and counts them.
func (s *Store) Drop(ids []uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(ids, refused)
	s.flush()
	return nil
}

// settle remembers what is to become of entries until it is written down.
func (s *Store) settle(ids []uint64, how fate) {
	for _, id := range ids {
		if s.memory.settled(id) {
			continue
		}
		count, ok := s.memory.count(id)
		if !ok {
			_ = s.view(func(tx *bbolt.Tx) error {
				v := tx.Bucket(bucketUnsent).Get(key(id))
				if count, ok = countOf(v), v != nil; !ok || how != sent || !s.series.lossy {
					return nil
				}
				if _, points, err := decodeEntry(v); err == nil {
					_, lost := s.series.samples(points)
					s.memory.dropped += lost
				}
				return nil
			})
		}
		if !ok {
			continue
		}
		s.memory.fates[id] = decided{how, s.now()}
		s.memory.settledSamples += count
		if how == refused {
			s.memory.refusedSamples += count
		}
	}
}

// Resend says that the collector was started anew: what it acknowledged within
// wire.KeepAfterAck is unsent again.
func (s *Store) Resend() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Acknowledgements that are not written down are simply forgotten.
	for id, d := range s.memory.fates {
		if d.how == sent {
			count, _ := s.memory.count(id)
			if count == 0 {
				_ = s.view(func(tx *bbolt.Tx) error {
					count = countOf(tx.Bucket(bucketUnsent).Get(key(id)))
					return nil
				})
			}
			s.memory.settledSamples -= count
			delete(s.memory.fates, id)
		}
	}
	if err := s.update(func(tx *bbolt.Tx, t *totals) error {
		acked, unsent := tx.Bucket(bucketAcked), tx.Bucket(bucketUnsent)
		var keys [][]byte
		if err := acked.ForEach(func(k, v []byte) error {
			if len(k) == 16 && fresh(k, s.now()) {
				keys = append(keys, append([]byte(nil), k...))
			}
			return nil
		}); err != nil {
			return err
		}
		for _, k := range keys {
			v := append([]byte(nil), acked.Get(k)...)
			if err := unsent.Put(k[8:], v); err != nil {
				return err
			}
			if err := acked.Delete(k); err != nil {
				return err
			}
			t.Samples += countOf(v)
		}
		return nil
	}); err != nil {
		return fmt.Errorf("have samples sent again: %w", err)
	}
	return nil
}

// write puts everything that waits in memory into the file, and gives up what
// is too old or too much.
func (s *Store) write(tx *bbolt.Tx, t *totals) error {
	if err := s.series.save(tx); err != nil {
		return err
	}
	unsent, acked := tx.Bucket(bucketUnsent), tx.Bucket(bucketAcked)
	unsent.FillPercent = fillPercent // entries are appended
	for _, e := range s.memory.entries {
		if err := unsent.Put(key(e.id), e.value); err != nil {
			return err
		}
		t.Bytes += int64(len(e.value)) + entryOverhead
		t.Samples += e.count
	}
	for id, d := range s.memory.fates {
		v := unsent.Get(key(id))
		if v == nil {
			continue
		}
		v = append([]byte(nil), v...)
		if err := unsent.Delete(key(id)); err != nil {
			return err
		}
		t.Samples -= countOf(v)
		if d.how == refused {
			t.Bytes -= int64(len(v)) + entryOverhead
			t.Dropped += countOf(v)
			continue
		}
		if err := acked.Put(append(key(uint64(d.at.UnixMilli())), key(id)...), v); err != nil {
			return err
		}
	}
	if err := s.writeEvents(tx); err != nil {
		return err
	}
	t.Dropped += s.memory.dropped
	if err := s.prune(tx, t); err != nil {
		return err
	}
	if unsent.Sequence() == s.nextID {
		return nil
	}
	return unsent.SetSequence(s.nextID)
}

// prune gives up what is too old, and the oldest of what is too much.
func (s *Store) prune(tx *bbolt.Tx, t *totals) error {
	now := s.now()
	remove := func(c *bbolt.Cursor, v []byte, lost bool) error {
		t.Bytes -= int64(len(v)) + entryOverhead
		if lost {
			t.Samples -= countOf(v)
			t.Dropped += countOf(v)
		}
		return c.Delete()
	}
	acked := tx.Bucket(bucketAcked).Cursor()
	for k, v := acked.First(); k != nil && (t.Bytes > s.maxBytes || len(k) != 16 || !fresh(k, now)); k, v = acked.First() {
		if err := remove(acked, v, false); err != nil {
			return err
		}
	}
	unsent := tx.Bucket(bucketUnsent).Cursor()
	expired := 0
	for k, v := unsent.First(); k != nil; k, v = unsent.First() {
		at, _, _, err := readEntryHead(v)
		old := err != nil || now.Sub(at) > wire.SpoolAge
		if old {
			expired++
		}
		if t.Bytes <= s.maxBytes && (!old || expired > maxExpired) {
			return nil
		}
		if err := remove(unsent, v, true); err != nil {
			return err
		}
	}
	return nil
}

// fresh reports whether an acknowledged entry is still kept, by its key. One
// that was acknowledged in the future is not: the clock was wrong.
func fresh(k []byte, now time.Time) bool {
	age := now.Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(k))))
	return age <= wire.KeepAfterAck && age >= -time.Minute
}

// countOf returns the number of samples in an entry, 0 when it is damaged.
func countOf(value []byte) int64 {
	_, count, _, err := readEntryHead(value)
	if err != nil {
		return 0
	}
	return int64(count)
}

// collectSeries makes room in a full dictionary by forgetting what no entry
// needs.
func (s *Store) collectSeries() {
	if s.now().Sub(s.memory.collected).Abs() < time.Hour {
		return
	}
	s.memory.collected = s.now()
	used := map[uint64]bool{}
	mark := func(value []byte) {
		_, points, _ := decodeEntry(value)
		for _, p := range points {
			used[p.series] = true
		}
	}
	err := s.view(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketUnsent, bucketAcked} {
			if err := tx.Bucket(name).ForEach(func(_, v []byte) error {
				mark(v)
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return
	}
	for _, e := range s.memory.entries {
		mark(e.value)
	}
	s.series.forget(used)
}

// oldest returns the time of the oldest entry that is not acknowledged.
func (s *Store) oldest() (at time.Time) {
	_ = s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketUnsent).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if len(k) == 8 && !s.memory.settled(binary.BigEndian.Uint64(k)) {
				at, _, _, _ = readEntryHead(v)
				return nil
			}
		}
		return nil
	})
	for _, e := range s.memory.entries {
		if at.IsZero() && !s.memory.settled(e.id) {
			at = time.UnixMilli(e.at.UnixMilli())
		}
	}
	return at
}
