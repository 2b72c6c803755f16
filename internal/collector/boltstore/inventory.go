package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/look"
)

var _ inventory.Store = (*Store)(nil)

// Inventory implements inventory.Store.
func (s *Store) Inventory(context.Context) (inventory.Stored, error) {
	var out inventory.Stored
	err := s.db.View(func(tx *bbolt.Tx) error {
		out.Sites = keyed(s, tx, bucketSites, func(v inventory.Site) string { return v.ID })
		out.Rooms = keyed(s, tx, bucketRooms, func(v inventory.Room) string { return v.ID })
		out.Devices = keyed(s, tx, bucketDevices, func(v inventory.Device) string { return v.ID })
		out.Proposals = keyed(s, tx, bucketProposals, func(v inventory.Proposal) string { return v.New + "\x00" + v.Old })
		out.Apart = keyed(s, tx, bucketApart, func(v inventory.Pair) string { return v.A + "\x00" + v.B })

		readable := make(map[string]bool, len(out.Devices))
		for _, d := range out.Devices {
			readable[d.ID] = true
		}
		c := tx.Bucket(bucketIDs).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if readable[string(k)] {
				continue
			}
			// Whatever its value says: this ID was given and is not given again.
			var g inventory.Gone
			if !s.decode(bucketIDs, k, v, &g) {
				g = inventory.Gone{}
			}
			g.ID = string(k)
			out.Gone = append(out.Gone, g)
		}
		return nil
	})
	if err != nil {
		return inventory.Stored{}, fmt.Errorf("read the inventory: %w", err)
	}
	return out, nil
}

// keyed reads the values of a bucket and makes sure that each is the one of its
// key.
func keyed[T any](s *Store, tx *bbolt.Tx, bucket []byte, keyOf func(T) string) []T {
	var out []T
	values, keys := all[T](s, tx, bucket)
	for i, v := range values {
		if keyOf(v) != string(keys[i]) {
			s.unreadable(bucket, keys[i], errors.New("it belongs to another key"))
			continue
		}
		out = append(out, v)
	}
	return out
}

// Apply implements inventory.Store.
func (s *Store) Apply(_ context.Context, b inventory.Batch) (dropped int, err error) {
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		if dropped, err = applyGone(s, tx, b); err != nil {
			return err
		}
		var writes []write
		for _, id := range b.DropSites {
			writes = append(writes, write{bucketSites, id, nil})
		}
		for _, id := range b.DropRooms {
			writes = append(writes, write{bucketRooms, id, nil})
		}
		for _, p := range b.DropProposals {
			writes = append(writes, write{bucketProposals, p.New + "\x00" + p.Old, nil})
		}
		for _, p := range b.DropApart {
			writes = append(writes, write{bucketApart, p.A + "\x00" + p.B, nil})
		}
		for _, v := range b.Sites {
			writes = append(writes, write{bucketSites, v.ID, v})
		}
		for _, v := range b.Rooms {
			writes = append(writes, write{bucketRooms, v.ID, v})
		}
		for _, v := range b.Devices {
			writes = append(writes, write{bucketDevices, v.ID, v}, write{bucketIDs, v.ID, inventory.Gone{ID: v.ID}})
		}
		for _, v := range b.Proposals {
			writes = append(writes, write{bucketProposals, v.New + "\x00" + v.Old, v})
		}
		for _, v := range b.Apart {
			writes = append(writes, write{bucketApart, v.A + "\x00" + v.B, v})
		}
		for device, sets := range b.Facts {
			for _, set := range sets {
				writes = append(writes, write{bucketFacts, device + "\x00" + set.Kind, set})
			}
		}
		for _, w := range writes {
			if err := w.do(tx); err != nil {
				return err
			}
		}
		for device, changes := range b.Changes {
			n, err := appendChanges(tx, device, changes, b.Limit)
			if err != nil {
				return err
			}
			dropped += n
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("store the inventory: %w", err)
	}
	return dropped, nil
}

// write puts a value; without one it deletes the key.
type write struct {
	bucket []byte
	key    string
	value  any
}

func (w write) do(tx *bbolt.Tx) error {
	if w.value == nil {
		return tx.Bucket(w.bucket).Delete([]byte(w.key))
	}
	return put(tx.Bucket(w.bucket), []byte(w.key), w.value)
}

// applyGone takes devices out.
func applyGone(s *Store, tx *bbolt.Tx, b inventory.Batch) (dropped int, err error) {
	for _, g := range b.Gone {
		if g.Into != "" {
			n, err := moveHistory(s, tx, g.ID, g.Into, b.Limit)
			if err != nil {
				return 0, err
			}
			dropped += n
			if err := moveFacts(s, tx, g.ID, g.Into); err != nil {
				return 0, err
			}
		}
		var drop [][]byte
		if g.Device == nil { // it cannot come back
			drop = [][]byte{bucketFacts, bucketHistory}
		}
		for _, bucket := range drop {
			if err := deletePrefix(tx.Bucket(bucket), g.ID+"\x00"); err != nil {
				return 0, err
			}
		}
		for _, w := range []write{{bucketDevices, g.ID, nil}, {bucketIDs, g.ID, g}} {
			if err := w.do(tx); err != nil {
				return 0, err
			}
		}
	}
	return dropped, nil
}

func deletePrefix(b *bbolt.Bucket, prefix string) error {
	c := b.Cursor()
	for k, _ := c.Seek([]byte(prefix)); bytes.HasPrefix(k, []byte(prefix)); k, _ = c.Seek([]byte(prefix)) {
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return nil
}

// moveFacts gives a device those facts of another that are newer than its own.
func moveFacts(s *Store, tx *bbolt.Tx, from, into string) error {
	own := map[string]time.Time{}
	for _, set := range factsOf(s, tx, into) {
		own[set.Kind] = set.Time
	}
	for _, set := range factsOf(s, tx, from) {
		if set.Time.Before(own[set.Kind]) {
			continue
		}
		if err := put(tx.Bucket(bucketFacts), []byte(into+"\x00"+set.Kind), set); err != nil {
			return err
		}
	}
	return nil
}

// line is an entry of a history as it is stored.
type line struct {
	at    time.Time
	value []byte
}

// moveHistory makes one history of two, in the order of time. The number of the
// first entry goes on telling how many there were before it.
func moveHistory(s *Store, tx *bbolt.Tx, from, into string, limit int) (dropped int, err error) {
	var lines []line
	before := uint64(0)
	for _, device := range []string{into, from} {
		first, _, some := numbers(tx, device)
		if !some {
			continue
		}
		before += first - 1
		var at time.Time
		prefix := []byte(device + "\x00")
		c := tx.Bucket(bucketHistory).Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			var change inventory.Change
			if s.decode(bucketHistory, k, v, &change) {
				at = change.Time // one that cannot be read stays where it is
			}
			lines = append(lines, line{at, bytes.Clone(v)})
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	if err := deletePrefix(tx.Bucket(bucketHistory), into+"\x00"); err != nil {
		return 0, err
	}
	dropped = max(0, len(lines)-limit)
	for i, l := range lines[dropped:] {
		if err := tx.Bucket(bucketHistory).Put(historyKey(into, before+uint64(dropped+i)+1), l.value); err != nil {
			return 0, err
		}
	}
	return dropped, nil
}

// appendChanges adds changes to a history and lets the oldest go that are more
// than limit.
func appendChanges(tx *bbolt.Tx, device string, changes []inventory.Change, limit int) (dropped int, err error) {
	b := tx.Bucket(bucketHistory)
	first, last, some := numbers(tx, device)
	if !some {
		first, last = 1, 0
	}
	end := last + uint64(len(changes))
	for ; end-first+1 > uint64(limit) && first <= end; first++ {
		dropped++
		if err := b.Delete(historyKey(device, first)); err != nil {
			return 0, err
		}
	}
	for i, change := range changes {
		n := last + 1 + uint64(i)
		if n < first {
			continue
		}
		if err := put(b, historyKey(device, n), change); err != nil {
			return 0, err
		}
	}
	return dropped, nil
}

// numbers returns those of the first and the last entry of a history.
func numbers(tx *bbolt.Tx, device string) (first, last uint64, some bool) {
	prefix := []byte(device + "\x00")
	c := tx.Bucket(bucketHistory).Cursor()
	k, _ := c.Seek(prefix)
	if !bytes.HasPrefix(k, prefix) {
		return 0, 0, false
	}
	first = entryNumber(k)
	if k, _ = c.Seek([]byte(device + "\x01")); k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	return first, entryNumber(k), true
}

func historyKey(device string, n uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(device+"\x00"), n)
}

// entryNumber reads the number in a historyKey; 1 in what is none.
func entryNumber(key []byte) uint64 {
	i := bytes.IndexByte(key, 0)
	if i < 0 || len(key)-i-1 != 8 {
		return 1
	}
	return max(1, binary.BigEndian.Uint64(key[i+1:]))
}

// Facts implements inventory.Store.
func (s *Store) Facts(_ context.Context, device string) (sets []look.FactSet, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		sets = factsOf(s, tx, device)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return sets, nil
}

func factsOf(s *Store, tx *bbolt.Tx, device string) []look.FactSet {
	var out []look.FactSet
	prefix := device + "\x00"
	c := tx.Bucket(bucketFacts).Cursor()
	for k, v := c.Seek([]byte(prefix)); bytes.HasPrefix(k, []byte(prefix)); k, v = c.Next() {
		var set look.FactSet
		switch {
		case !s.decode(bucketFacts, k, v, &set):
		case set.Kind != strings.TrimPrefix(string(k), prefix):
			s.unreadable(bucketFacts, k, errors.New("it belongs to another key"))
		default:
			out = append(out, set)
		}
	}
	return out
}

// History implements inventory.Store.
func (s *Store) History(_ context.Context, device string, limit int, before uint64) ([]inventory.Entry, error) {
	var out []inventory.Entry
	err := s.db.View(func(tx *bbolt.Tx) error {
		prefix := []byte(device + "\x00")
		end := historyKey(device, before)
		if before == 0 {
			end = []byte(device + "\x01")
		}
		c := tx.Bucket(bucketHistory).Cursor()
		var k, v []byte
		if found, _ := c.Seek(end); found == nil {
			k, v = c.Last()
		} else {
			k, v = c.Prev()
		}
		for ; bytes.HasPrefix(k, prefix) && len(out) < limit; k, v = c.Prev() {
			e := inventory.Entry{Number: entryNumber(k)}
			if err := json.Unmarshal(v, &e.Change); err != nil {
				s.unreadable(bucketHistory, k, err)
				continue
			}
			out = append(out, e)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return out, nil
}
