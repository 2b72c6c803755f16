package boltstore

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

// CommitIncidents stores incidents and the outbox rows that they made owed, all
// or nothing, and returns when they are on the disk. A row whose ID is stored
// already stays as it is: what was begun is not begun again.
func (s *Store) CommitIncidents(incidents []incident.Incident, rows []outbox.Row) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		open, journal := tx.Bucket(bucketOpen), tx.Bucket(bucketJournal)
		for _, inc := range incidents {
			if inc.ID == 0 {
				return fmt.Errorf("incident %q has no number", inc.Key)
			}
			key, to, from := number(uint64(inc.ID)), open, journal
			if inc.State == incident.Closed {
				to, from = journal, open
			}
			if err := put(to, key, storeIncident(inc)); err != nil {
				return err
			}
			if err := from.Delete(key); err != nil {
				return err
			}
			if uint64(inc.ID) > journal.Sequence() {
				if err := journal.SetSequence(uint64(inc.ID)); err != nil {
					return err
				}
			}
		}
		for _, row := range rows {
			key := rowKey(row)
			if tx.Bucket(bucketUnsent).Get(key) != nil || tx.Bucket(bucketDone).Get(key) != nil {
				continue
			}
			if err := putRow(tx, key, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store incidents: %w", err)
	}
	return nil
}

// NextIncidentID returns the number that the next incident gets. Numbers are
// never used twice.
func (s *Store) NextIncidentID() (incident.ID, error) {
	var last uint64
	err := s.db.View(func(tx *bbolt.Tx) error {
		last = tx.Bucket(bucketJournal).Sequence()
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("read the next incident number: %w", err)
	}
	return incident.ID(last + 1), nil
}

// OpenIncidents returns the incidents that are not closed, by number.
func (s *Store) OpenIncidents() ([]incident.Incident, error) {
	var out []incident.Incident
	err := s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketOpen).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if inc, ok := s.decodeIncident(bucketOpen, k, v); ok {
				out = append(out, inc)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read open incidents: %w", err)
	}
	return out, nil
}

// Incident returns the incident with a number, open or closed.
func (s *Store) Incident(id incident.ID) (inc incident.Incident, found bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		key := number(uint64(id))
		for _, name := range [][]byte{bucketOpen, bucketJournal} {
			if v := tx.Bucket(name).Get(key); v != nil {
				inc, found = s.decodeIncident(name, key, v)
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return incident.Incident{}, false, fmt.Errorf("read incident %d: %w", id, err)
	}
	return inc, found, nil
}

// Journal returns at most limit closed incidents with numbers below one, highest
// number first. 0 means from the newest.
func (s *Store) Journal(below incident.ID, limit int) ([]incident.Incident, error) {
	var out []incident.Incident
	err := s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketJournal).Cursor()
		for k, v := before(c, below); k != nil && len(out) < limit; k, v = c.Prev() {
			if inc, ok := s.decodeIncident(bucketJournal, k, v); ok {
				out = append(out, inc)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return out, nil
}

// JournalSearch says which closed incidents are looked for.
type JournalSearch struct {
	Before incident.ID // numbers below this one; 0: from the newest
	Limit  int         // at most so many are found; there must be one

	// Values are texts each of which an incident must have as a label's value, as
	// a name, or as its rule: whatever has them not is passed over without being
	// decoded. Match decides about the others; nil takes all.
	Values []string
	Match  func(incident.Incident) bool
}

// Bounds of one search: it takes some tens of milliseconds at most, however
// long the journal is.
const (
	maxPassed  = 20_000 // entries
	maxDecoded = 800
)

// SearchJournal looks through the closed incidents, highest number first, and
// stops when it has found enough or has looked at many. Then next is the Before
// with which it goes on, and last the last incident that it decoded; a next of 0
// says that there are no more.
func (s *Store) SearchJournal(q JournalSearch) (found []incident.Incident, last incident.Incident, next incident.ID, err error) {
	values := make([][]byte, len(q.Values))
	for i, v := range q.Values {
		if values[i], err = json.Marshal(v); err != nil { // as put writes it
			return nil, last, 0, fmt.Errorf("search the journal: %w", err)
		}
	}
	lacks := func(entry []byte) bool {
		return slices.ContainsFunc(values, func(v []byte) bool { return !bytes.Contains(entry, v) })
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
		passed, decoded := 0, 0
		c := tx.Bucket(bucketJournal).Cursor()
		for k, v := before(c, q.Before); k != nil; k, v = c.Prev() {
			if passed >= maxPassed || decoded >= maxDecoded || len(found) >= q.Limit {
				next = incident.ID(binary.BigEndian.Uint64(k)) + 1
				return nil
			}
			passed++
			if lacks(v) {
				continue
			}
			decoded++
			inc, ok := s.decodeIncident(bucketJournal, k, v)
			if !ok {
				continue
			}
			if last = inc; q.Match == nil || q.Match(inc) {
				found = append(found, inc)
			}
		}
		return nil
	})
	if err != nil {
		return nil, last, 0, fmt.Errorf("search the journal: %w", err)
	}
	return found, last, next, nil
}

// before moves a cursor to the last key below a number; 0 means to the last.
func before(c *bbolt.Cursor, id incident.ID) (key, value []byte) {
	if id == 0 {
		return c.Last()
	}
	if found, _ := c.Seek(number(uint64(id))); found == nil {
		return c.Last()
	}
	return c.Prev()
}

// decodeIncident reads an incident and makes sure that it is the one of the key.
func (s *Store) decodeIncident(bucket, key, value []byte) (incident.Incident, bool) {
	var inc storedIncident
	if !s.decode(bucket, key, value, &inc) {
		return incident.Incident{}, false
	}
	if !bytes.Equal(key, number(uint64(inc.ID))) {
		s.unreadable(bucket, key, errors.New("it belongs to another key"))
		return incident.Incident{}, false
	}
	return inc.incident(), true
}

// decode reads a value. One that cannot be read (a damaged disk, a hand in the
// file) is told once and skipped: the others must not suffer. It is not
// removed, a person may want to look at it.
func (s *Store) decode(bucket, key, value []byte, into any) bool {
	err := json.Unmarshal(value, into)
	if err != nil {
		s.unreadable(bucket, key, err)
	}
	return err == nil
}

func (s *Store) unreadable(bucket, key []byte, err error) {
	where := fmt.Sprintf("%s/%x", bucket, key)
	switch {
	case bytes.HasPrefix(bucket, []byte("inventory_")), bytes.Equal(bucket, bucketSettings), bytes.Equal(bucket, bucketChecks), bytes.Equal(bucket, bucketPolled), bytes.Equal(bucket, bucketReportPages), bytes.Equal(bucket, bucketJobs): // keys are texts
		where = fmt.Sprintf("%s/%q", bucket, key)
	case bytes.Equal(bucket, bucketAvailability) && len(key) > 2:
		where = fmt.Sprintf("%s/%q", bucket, key[2:])
	case len(key) > 8:
		where = fmt.Sprintf("%s/%d/%q", bucket, binary.BigEndian.Uint64(key), key[8:])
	}
	s.notice(fmt.Sprintf("The entry %s in %s cannot be read and is left out (%v). Compare it with a daily copy.", where, s.path, err))
}
