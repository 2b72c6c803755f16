package boltstore

import (
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/look"
)

// KeptResults returns the newest result of each aspect of each check, by the ID
// of the check, "/" and the name of the aspect.
func (s *Store) KeptResults() (map[string]look.Result, error) {
	out := map[string]look.Result{}
	err := s.db.View(func(tx *bbolt.Tx) error {
		values, keys := all[look.Result](s, tx, bucketAspects)
		for i, r := range values {
			out[string(keys[i])] = r
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what is known of websites: %w", err)
	}
	return out, nil
}

// KeepResult stores the newest result of an aspect, and forgets those that are
// gone.
func (s *Store) KeepResult(key string, r look.Result, gone ...string) error {
	value, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("store what is known of %s: %w", key, err)
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketAspects)
		for _, k := range gone {
			if err := b.Delete([]byte(k)); err != nil {
				return err
			}
		}
		return b.Put([]byte(key), value)
	})
	if err != nil {
		return fmt.Errorf("store what is known of %s: %w", key, err)
	}
	return nil
}
