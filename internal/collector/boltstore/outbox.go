package boltstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

var _ outbox.Store = (*Store)(nil)

// rowKey groups the rows of one incident.
func rowKey(row outbox.Row) []byte {
	return append(number(uint64(row.Incident.ID)), row.ID...)
}

// putRow stores a row in the bucket where its state belongs, and nowhere else.
func putRow(tx *bbolt.Tx, key []byte, row outbox.Row) error {
	to, from := tx.Bucket(bucketUnsent), tx.Bucket(bucketDone)
	if row.State.Final() {
		to, from = from, to
	}
	if err := from.Delete(key); err != nil {
		return err
	}
	return put(to, key, storeRow(row))
}

// decodeRow reads a row and makes sure that it is the one of the key: a row
// under another's key would never be seen to be sent.
func (s *Store) decodeRow(bucket, key, value []byte) (outbox.Row, bool) {
	var stored storedRow
	if !s.decode(bucket, key, value, &stored) {
		return outbox.Row{}, false
	}
	row := stored.row()
	if !bytes.Equal(key, rowKey(row)) {
		s.unreadable(bucket, key, errors.New("it belongs to another key"))
		return outbox.Row{}, false
	}
	return row, true
}

// PutRows implements outbox.Store.
func (s *Store) PutRows(rows []outbox.Row) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, row := range rows {
			if err := putRow(tx, rowKey(row), row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store outbox rows: %w", err)
	}
	return nil
}

// UnsentRows implements outbox.Store; they come by incident.
func (s *Store) UnsentRows() ([]outbox.Row, error) {
	var out []outbox.Row
	err := s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketUnsent).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if row, ok := s.decodeRow(bucketUnsent, k, v); ok {
				out = append(out, row)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read unsent outbox rows: %w", err)
	}
	return out, nil
}

// IncidentRows implements outbox.Store.
func (s *Store) IncidentRows(id incident.ID) ([]outbox.Row, error) {
	var out []outbox.Row
	err := s.db.View(func(tx *bbolt.Tx) error {
		prefix := number(uint64(id))
		for _, name := range [][]byte{bucketDone, bucketUnsent} {
			c := tx.Bucket(name).Cursor()
			for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
				if row, ok := s.decodeRow(name, k, v); ok {
					out = append(out, row)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read outbox rows of incident %d: %w", id, err)
	}
	return out, nil
}

// FinishedRows returns at most limit rows whose state is final, those of the
// newest incidents first.
func (s *Store) FinishedRows(limit int) ([]outbox.Row, error) {
	var out []outbox.Row
	err := s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketDone).Cursor()
		for k, v := c.Last(); k != nil && len(out) < limit; k, v = c.Prev() {
			if row, ok := s.decodeRow(bucketDone, k, v); ok {
				out = append(out, row)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read finished outbox rows: %w", err)
	}
	return out, nil
}

// maxPrune bounds what one PruneRows removes, so that it does not hold others
// up for long.
const maxPrune = 1000

// PruneRows implements outbox.Store.
func (s *Store) PruneRows(before time.Time) (int, error) {
	// Looking needs no writing transaction, which would be a commit with its
	// fsync even when there is nothing to do.
	var old [][]byte
	err := s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketDone).Cursor()
		for k, v := c.First(); k != nil && len(old) < maxPrune; k, v = c.Next() {
			if row, ok := s.decodeRow(bucketDone, k, v); ok && row.Finished.Before(before) && !needed(tx, k) {
				old = append(old, bytes.Clone(k))
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("look for old outbox rows: %w", err)
	}
	if len(old) == 0 {
		return 0, nil
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		for _, k := range old {
			if needed(tx, k) {
				continue
			}
			if err := tx.Bucket(bucketDone).Delete(k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("remove old outbox rows: %w", err)
	}
	return len(old), nil
}

// needed reports whether a message may still come that answers this row.
func needed(tx *bbolt.Tx, key []byte) bool {
	if len(key) < 8 {
		return true // not of ours
	}
	id := number(binary.BigEndian.Uint64(key))
	if tx.Bucket(bucketOpen).Get(id) != nil {
		return true
	}
	k, _ := tx.Bucket(bucketUnsent).Cursor().Seek(id)
	return bytes.HasPrefix(k, id)
}
