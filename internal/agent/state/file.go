package state

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/budi-monitor/budi/internal/boltcheck"
	"github.com/budi-monitor/budi/internal/wire"
)

// The file. Buckets:
//
//	meta    values by name, with a checksum each
//	series  8 bytes number → name and labels (encodeSeries)
//	unsent  8 bytes ID → entry (encodeEntry)
//	acked   8 bytes Unix milliseconds of the acknowledgement, 8 bytes ID → entry
//	events  8 bytes ID → event as JSON
//
// IDs rise with time, so the newest is last. They are in big endian.
const (
	version = 1

	keyVersion    = "version"
	keyTotals     = "totals"
	keyIdentity   = "identity"
	keyAssignment = "assignment"
	keyStart      = "collector_start"
	keyFacts      = "facts_sent"
)

var (
	bucketMeta   = []byte("meta")
	bucketSeries = []byte("series")
	bucketUnsent = []byte("unsent")
	bucketAcked  = []byte("acked")
	bucketEvents = []byte("events")
)

func buckets() [][]byte {
	return [][]byte{bucketMeta, bucketSeries, bucketUnsent, bucketAcked, bucketEvents}
}

func putMeta(tx *bbolt.Tx, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	return tx.Bucket(bucketMeta).Put([]byte(name), seal(b))
}

// getMeta reports whether there is a sound value.
func getMeta(tx *bbolt.Tx, name string, v any) bool {
	b, err := unseal(tx.Bucket(bucketMeta).Get([]byte(name)))
	return err == nil && json.Unmarshal(b, v) == nil
}

// totals are the sums over the file, kept so that nothing must be scanned.
type totals struct {
	Samples int64 `json:"samples"` // unsent
	Bytes   int64 `json:"bytes"`   // unsent and acknowledged
	Dropped int64 `json:"dropped"`
}

func (t *totals) save(tx *bbolt.Tx) error { return putMeta(tx, keyTotals, t) }

// count computes the sums anew. What was dropped cannot be.
func (t *totals) count(tx *bbolt.Tx) error {
	*t = totals{}
	if err := tx.Bucket(bucketUnsent).ForEach(func(_, v []byte) error {
		t.Samples += countOf(v)
		t.Bytes += int64(len(v)) + entryOverhead
		return nil
	}); err != nil {
		return err
	}
	return tx.Bucket(bucketAcked).ForEach(func(_, v []byte) error {
		t.Bytes += int64(len(v)) + entryOverhead
		return nil
	})
}

// read takes up what is kept in memory.
func (s *Store) read(tx *bbolt.Tx) error {
	var got int
	if getMeta(tx, keyVersion, &got) && got > version {
		return fmt.Errorf("%w: its version is %d and this program knows %d", boltcheck.ErrDamaged, got, version)
	}
	if err := s.series.load(tx); err != nil {
		return err
	}
	if !getMeta(tx, keyTotals, &s.totals) {
		if err := s.totals.count(tx); err != nil {
			return err
		}
	}
	s.nextID = max(s.nextID, tx.Bucket(bucketUnsent).Sequence())
	for _, name := range [][]byte{bucketUnsent, bucketEvents} {
		if k, _ := tx.Bucket(name).Cursor().Last(); len(k) == 8 {
			s.nextID = max(s.nextID, binary.BigEndian.Uint64(k))
		}
	}
	var a wire.Assignment
	if getMeta(tx, keyAssignment, &a) {
		s.assignment = a
	}
	getMeta(tx, keyStart, &s.start)
	facts := map[string]FactsSent{}
	if getMeta(tx, keyFacts, &facts) && facts != nil {
		s.facts = facts
	}
	var id storedIdentity
	if getMeta(tx, keyIdentity, &id) {
		s.identity = id.identity()
	}
	return nil
}

// view reads the file. Without one, as on a full disk, it does nothing.
func (s *Store) view(read func(*bbolt.Tx) error) error {
	if s.db == nil {
		return nil
	}
	err := guard(func() error { return s.db.View(read) })
	if errors.Is(err, boltcheck.ErrDamaged) {
		s.begin(err)
	}
	return err
}

// update writes what waits in memory and what change writes, in one commit.
// What it wrote stays in memory until the commit is safe.
func (s *Store) update(change func(*bbolt.Tx, *totals) error) error {
	if s.closed {
		return os.ErrClosed
	}
	if s.db == nil {
		err := s.attempt()
		if errors.Is(err, boltcheck.ErrDamaged) {
			err = s.replace(err)
		}
		if err != nil {
			return err
		}
	}
	next := s.totals
	err := guard(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			if err := s.write(tx, &next); err != nil {
				return err
			}
			if err := change(tx, &next); err != nil {
				return err
			}
			return next.save(tx)
		})
	})
	if errors.Is(err, berrors.ErrIncompatibleValue) {
		err = fmt.Errorf("%w: %w", boltcheck.ErrDamaged, err)
	}
	if errors.Is(err, boltcheck.ErrDamaged) {
		s.begin(err)
		return err
	}
	if err != nil {
		return err
	}
	s.totals = next
	s.series.saved()
	s.memory.written()
	return nil
}

// flush writes what waits in memory, if that can be; else it goes on waiting.
func (s *Store) flush() {
	err := s.update(func(*bbolt.Tx, *totals) error { return nil })
	if errors.Is(err, boltcheck.ErrDamaged) { // begin has put another file in place
		err = s.update(func(*bbolt.Tx, *totals) error { return nil })
	}
	switch {
	case err == nil && s.trouble != nil:
		s.log.Info("the file can be written again", "path", s.path)
	case err != nil && s.trouble == nil:
		s.log.Warn("the file cannot be written: what is new waits in memory", "path", s.path, "err", err)
	}
	s.trouble = err
}

// begin sets the damaged file aside while the agent runs, and goes on with an
// empty one.
func (s *Store) begin(damage error) {
	lost := s.totals.Samples
	identity, assignment := s.identity, s.assignment
	s.totals = totals{Dropped: s.totals.Dropped + lost}
	kept := s.totals
	s.memory.fates, s.memory.settledSamples, s.memory.refusedSamples = map[uint64]decided{}, 0, 0
	known := s.series
	err := s.replace(damage)
	s.totals, s.series = kept, known
	s.series.unsaveAll()
	s.identity, s.assignment, s.facts = identity, assignment, map[string]FactsSent{}
	if err != nil {
		s.trouble = err
		return
	}
	if err := s.update(func(tx *bbolt.Tx, _ *totals) error {
		if err := putMeta(tx, keyAssignment, s.assignment); err != nil || s.identity == nil {
			return err
		}
		return putMeta(tx, keyIdentity, storeIdentity(*s.identity))
	}); err != nil {
		s.trouble = err
	}
}

// notice says what is wrong with the file.
func (s *Store) notice() string {
	switch {
	case s.trouble != nil && s.damaged != "":
		return fmt.Sprintf("%s The file cannot be written now: %v.", s.damaged, s.trouble)
	case s.trouble != nil:
		return fmt.Sprintf("The file %s cannot be written: %v. What is new waits in memory.", s.path, s.trouble)
	}
	return s.damaged
}
