package boltstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/enrolment"
)

var _ enrolment.Store = (*Store)(nil)

// AddEnrolToken implements enrolment.Store.
func (s *Store) AddEnrolToken(_ context.Context, key enrolment.Hash, t enrolment.Token, limit int, over time.Time) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketEnrolTokens)
		tokens, keys := all[enrolment.Token](s, tx, bucketEnrolTokens)
		left := 0
		for i, other := range tokens {
			if other.Expires.Before(over) {
				if err := b.Delete(keys[i]); err != nil {
					return err
				}
				continue
			}
			if other.Name == t.Name || string(keys[i]) == string(key[:]) {
				return enrolment.ErrExists
			}
			left++
		}
		if left >= limit {
			return enrolment.ErrFull
		}
		return put(b, key[:], t)
	})
	if err != nil {
		return fmt.Errorf("store enrolment token %q: %w", t.Name, err)
	}
	return nil
}

// EnrolToken implements enrolment.Store. A token that cannot be read enrols
// nobody.
func (s *Store) EnrolToken(_ context.Context, key enrolment.Hash) (t enrolment.Token, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error { return s.enrolToken(tx, key, &t) })
	return t, err
}

func (s *Store) enrolToken(tx *bbolt.Tx, key enrolment.Hash, t *enrolment.Token) error {
	v := tx.Bucket(bucketEnrolTokens).Get(key[:])
	if v == nil || !s.decode(bucketEnrolTokens, key[:], v, t) {
		return enrolment.ErrNotFound
	}
	return nil
}

// EnrolTokens implements enrolment.Store.
func (s *Store) EnrolTokens(context.Context) (tokens []enrolment.Token, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		tokens, _ = all[enrolment.Token](s, tx, bucketEnrolTokens)
		return nil
	})
	slices.SortFunc(tokens, func(a, b enrolment.Token) int { return strings.Compare(a.Name, b.Name) })
	return tokens, err
}

// RevokeEnrolToken implements enrolment.Store.
func (s *Store) RevokeEnrolToken(_ context.Context, name string, at time.Time) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		tokens, keys := all[enrolment.Token](s, tx, bucketEnrolTokens)
		i := slices.IndexFunc(tokens, func(t enrolment.Token) bool { return t.Name == name })
		if i < 0 {
			return enrolment.ErrNotFound
		}
		if !tokens[i].Revoked.IsZero() {
			return nil
		}
		tokens[i].Revoked = at
		return put(tx.Bucket(bucketEnrolTokens), keys[i], tokens[i])
	})
}

// AddAgent implements enrolment.Store.
func (s *Store) AddAgent(_ context.Context, token enrolment.Hash, r enrolment.Record, drop string) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		if r.ID == "" {
			return errors.New("it has no ID")
		}
		var t enrolment.Token
		if err := s.enrolToken(tx, token, &t); err != nil {
			return err
		}
		if !t.Revoked.IsZero() || t.Used >= t.Uses {
			return enrolment.ErrFull
		}
		t.Used++
		if err := put(tx.Bucket(bucketEnrolTokens), token[:], t); err != nil {
			return err
		}
		agents := tx.Bucket(bucketAgents)
		if drop != "" {
			if err := agents.Delete([]byte(drop)); err != nil {
				return err
			}
		}
		return put(agents, []byte(r.ID), r)
	})
	if err != nil {
		return fmt.Errorf("store agent %q: %w", r.ID, err)
	}
	return nil
}

// Agents implements enrolment.Store. One that is stored under another's ID is
// left out: it would be counted twice.
func (s *Store) Agents(context.Context) (records []enrolment.Record, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		found, keys := all[enrolment.Record](s, tx, bucketAgents)
		for i, r := range found {
			if r.ID != string(keys[i]) {
				s.unreadable(bucketAgents, keys[i], errors.New("it belongs to another key"))
				continue
			}
			records = append(records, r)
		}
		return nil
	})
	return records, err
}

// PutAgents implements enrolment.Store.
func (s *Store) PutAgents(_ context.Context, records []enrolment.Record) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketAgents)
		for _, r := range records {
			if b.Get([]byte(r.ID)) == nil {
				continue
			}
			if err := put(b, []byte(r.ID), r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store %d agents: %w", len(records), err)
	}
	return nil
}
