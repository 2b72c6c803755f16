package boltstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/jobs"
)

var _ jobs.Store = (*Store)(nil)

// callKey is the key of a call: the ID of its job, 0 and its number.
func callKey(id string, n uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(id), 0), n)
}

// Jobs implements jobs.Store.
func (s *Store) Jobs() ([]jobs.State, error) {
	var out []jobs.State
	err := s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketJobs).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if bytes.IndexByte(k, 0) >= 0 {
				continue // a call
			}
			var state jobs.State
			switch {
			case !s.decode(bucketJobs, k, v, &state):
			case state.ID != string(k):
				s.unreadable(bucketJobs, k, errors.New("it belongs to another key"))
			default:
				out = append(out, state)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what jobs called: %w", err)
	}
	return out, nil
}

// PutJobs implements jobs.Store.
func (s *Store) PutJobs(states []jobs.State, gone []string) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketJobs)
		for _, id := range gone {
			if err := b.Delete([]byte(id)); err != nil {
				return err
			}
			// Keys are gathered first: deleting moves the cursor.
			var calls [][]byte
			prefix := append([]byte(id), 0)
			c := b.Cursor()
			for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
				calls = append(calls, bytes.Clone(k))
			}
			for _, k := range calls {
				if err := b.Delete(k); err != nil {
					return err
				}
			}
		}
		for _, state := range states {
			if err := put(b, []byte(state.ID), state); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store %d jobs: %w", len(states)+len(gone), err)
	}
	return nil
}

// PutCall implements jobs.Store. Calls that come at the same time, as those of
// midnight do, share one write of the disk.
func (s *Store) PutCall(state jobs.State, c jobs.Call) error {
	err := s.db.Batch(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketJobs)
		if err := put(b, []byte(state.ID), state); err != nil {
			return err
		}
		if state.Calls > jobs.MaxCalls {
			if err := b.Delete(callKey(state.ID, state.Calls-jobs.MaxCalls)); err != nil {
				return err
			}
		}
		return put(b, callKey(state.ID, state.Calls), c)
	})
	if err != nil {
		return fmt.Errorf("store a call of job %s: %w", state.ID, err)
	}
	return nil
}

// Calls implements jobs.Store.
func (s *Store) Calls(id string) ([]jobs.Call, error) {
	var out []jobs.Call
	err := s.db.View(func(tx *bbolt.Tx) error {
		prefix := append([]byte(id), 0)
		c := tx.Bucket(bucketJobs).Cursor()
		// From behind the last one: 255 is in no number that a job reaches.
		step := c.Prev
		if k, _ := c.Seek(append(bytes.Clone(prefix), 0xff)); k == nil {
			step = c.Last
		}
		k, v := step()
		for ; bytes.HasPrefix(k, prefix) && len(out) < jobs.MaxCalls; k, v = c.Prev() {
			var call jobs.Call
			if s.decode(bucketJobs, k, v, &call) {
				out = append(out, call)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the calls of job %s: %w", id, err)
	}
	return out, nil
}
