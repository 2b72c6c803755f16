package boltstore

import (
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

// Digests returns what digests were made last, by contact.
func (s *Store) Digests() (digest.State, error) {
	state := digest.State{}
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketDigests).ForEach(func(k, v []byte) error {
			var last digest.Last
			if s.decode(bucketDigests, k, v, &last) {
				state[string(k)] = last
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read what digests were made: %w", err)
	}
	return state, nil
}

// CommitDigest stores what digests were made and the row of the newest one, all
// or nothing, and returns when they are on the disk. A row whose ID is stored
// already stays as it is.
func (s *Store) CommitDigest(state digest.State, row outbox.Row) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for contact, last := range state {
			if err := put(tx.Bucket(bucketDigests), []byte(contact), last); err != nil {
				return err
			}
		}
		key := rowKey(row)
		if tx.Bucket(bucketUnsent).Get(key) != nil || tx.Bucket(bucketDone).Get(key) != nil {
			return nil
		}
		return putRow(tx, key, row)
	})
	if err != nil {
		return fmt.Errorf("store a digest: %w", err)
	}
	return nil
}
