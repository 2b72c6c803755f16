package boltstore

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/access"
)

var _ access.Store = (*Store)(nil)

// all reads every value of a bucket that can be read.
func all[T any](s *Store, tx *bbolt.Tx, bucket []byte) ([]T, [][]byte) {
	var values []T
	var keys [][]byte
	c := tx.Bucket(bucket).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		var value T
		if s.decode(bucket, k, v, &value) {
			values, keys = append(values, value), append(keys, slices.Clone(k))
		}
	}
	return values, keys
}

// one reads a value; it fails with access.ErrNotFound. A value that cannot be
// read gives nobody any right.
func one[T any](s *Store, bucket, key []byte) (value T, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		v := tx.Bucket(bucket).Get(key)
		if v == nil || !s.decode(bucket, key, v, &value) {
			return access.ErrNotFound
		}
		return nil
	})
	return value, err
}

// change rewrites a value that is there; it fails with access.ErrNotFound.
func change[T any](tx *bbolt.Tx, bucket, key []byte, edit func(*T)) error {
	b := tx.Bucket(bucket)
	v := b.Get(key)
	if v == nil {
		return access.ErrNotFound
	}
	var value T
	if err := json.Unmarshal(v, &value); err != nil {
		return fmt.Errorf("read entry of %s: %w", bucket, err)
	}
	edit(&value)
	return put(b, key, value)
}

// AddAccount implements access.Store.
func (s *Store) AddAccount(_ context.Context, a access.Account, first bool, limit int) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		accounts, _ := all[access.Account](s, tx, bucketAccounts)
		isAdministrator := func(a access.Account) bool { return a.Role == access.Administrator }
		switch {
		case first && slices.ContainsFunc(accounts, isAdministrator):
			return access.ErrSetupOver
		case tx.Bucket(bucketAccounts).Get([]byte(a.Login)) != nil:
			return access.ErrExists
		case len(accounts) >= limit:
			return access.ErrFull
		}
		return put(tx.Bucket(bucketAccounts), []byte(a.Login), a)
	})
}

// Account implements access.Store.
func (s *Store) Account(_ context.Context, login string) (access.Account, error) {
	return one[access.Account](s, bucketAccounts, []byte(login))
}

// Accounts implements access.Store.
func (s *Store) Accounts(context.Context) (accounts []access.Account, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		accounts, _ = all[access.Account](s, tx, bucketAccounts)
		return nil
	})
	return accounts, err
}

// EditAccount implements access.Store.
func (s *Store) EditAccount(_ context.Context, login string, edit func(*access.Account, []access.Account) error) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		account, others, err := s.accountAndOthers(tx, login)
		if err != nil {
			return err
		}
		was := account
		if err := edit(&account, others); err != nil {
			return err
		}
		if account.Disabled || account.Password != was.Password || !account.PasswordSet.Equal(was.PasswordSet) {
			if err := s.endSessions(tx, login); err != nil {
				return err
			}
		}
		return put(tx.Bucket(bucketAccounts), []byte(login), account)
	})
}

// RemoveAccount implements access.Store.
func (s *Store) RemoveAccount(_ context.Context, login string, may func(access.Account, []access.Account) error) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		account, others, err := s.accountAndOthers(tx, login)
		if err != nil {
			return err
		}
		if err := may(account, others); err != nil {
			return err
		}
		if err := s.endSessions(tx, login); err != nil {
			return err
		}
		return tx.Bucket(bucketAccounts).Delete([]byte(login))
	})
}

// accountAndOthers fails with access.ErrNotFound.
func (s *Store) accountAndOthers(tx *bbolt.Tx, login string) (access.Account, []access.Account, error) {
	accounts, keys := all[access.Account](s, tx, bucketAccounts)
	i := slices.IndexFunc(keys, func(key []byte) bool { return string(key) == login })
	if i < 0 {
		return access.Account{}, nil, access.ErrNotFound
	}
	account := accounts[i]
	return account, slices.Delete(accounts, i, i+1), nil
}

// endSessions removes every session of an account.
func (s *Store) endSessions(tx *bbolt.Tx, login string) error {
	sessions, keys := all[access.Session](s, tx, bucketSessions)
	for i, session := range sessions {
		if session.Login == login {
			if err := tx.Bucket(bucketSessions).Delete(keys[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// AddSession implements access.Store.
func (s *Store) AddSession(_ context.Context, key access.Hash, session access.Session, limit int, over time.Time) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketSessions)
		sessions, keys := all[access.Session](s, tx, bucketSessions)
		var own []int // indexes of the account's sessions
		for i, other := range sessions {
			if other.Created.Before(over) {
				if err := b.Delete(keys[i]); err != nil {
					return err
				}
			} else if other.Login == session.Login {
				own = append(own, i)
			}
		}
		slices.SortFunc(own, func(i, j int) int { return sessions[i].Created.Compare(sessions[j].Created) })
		for ; len(own) >= limit && len(own) > 0; own = own[1:] {
			if err := b.Delete(keys[own[0]]); err != nil {
				return err
			}
		}
		err := change(tx, bucketAccounts, []byte(session.Login), func(a *access.Account) { a.LastLogin = session.Created })
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			return err
		}
		return put(b, key[:], session)
	})
}

// Session implements access.Store.
func (s *Store) Session(_ context.Context, key access.Hash) (access.Session, error) {
	return one[access.Session](s, bucketSessions, key[:])
}

// TouchSession implements access.Store.
func (s *Store) TouchSession(_ context.Context, key access.Hash, at time.Time) error {
	return s.touch(func(tx *bbolt.Tx) error {
		return change(tx, bucketSessions, key[:], func(session *access.Session) { session.Seen = at })
	})
}

// touch makes a change of something that may be gone already.
func (s *Store) touch(edit func(*bbolt.Tx) error) error {
	err := s.db.Update(edit)
	if errors.Is(err, access.ErrNotFound) {
		return nil
	}
	return err
}

// EndSession implements access.Store.
func (s *Store) EndSession(_ context.Context, key access.Hash) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketSessions).Delete(key[:]) })
}

// Sessions implements access.Store.
func (s *Store) Sessions(_ context.Context, login string) (map[access.Hash]access.Session, error) {
	out := map[access.Hash]access.Session{}
	err := s.db.View(func(tx *bbolt.Tx) error {
		sessions, keys := all[access.Session](s, tx, bucketSessions)
		for i, session := range sessions {
			if session.Login == login && len(keys[i]) == len(access.Hash{}) {
				out[access.Hash(keys[i])] = session
			}
		}
		return nil
	})
	return out, err
}

// AddToken implements access.Store.
func (s *Store) AddToken(_ context.Context, key access.Hash, t access.Token, limit int) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		tokens, _ := all[access.Token](s, tx, bucketTokens)
		switch {
		case slices.ContainsFunc(tokens, func(other access.Token) bool { return other.Name == t.Name }):
			return access.ErrExists
		case len(tokens) >= limit:
			return access.ErrFull
		}
		return put(tx.Bucket(bucketTokens), key[:], t)
	})
}

// Token implements access.Store.
func (s *Store) Token(_ context.Context, key access.Hash) (access.Token, error) {
	return one[access.Token](s, bucketTokens, key[:])
}

// Tokens implements access.Store.
func (s *Store) Tokens(context.Context) (tokens []access.Token, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		tokens, _ = all[access.Token](s, tx, bucketTokens)
		return nil
	})
	slices.SortFunc(tokens, func(a, b access.Token) int { return strings.Compare(a.Name, b.Name) })
	return tokens, err
}

// TouchToken implements access.Store.
func (s *Store) TouchToken(_ context.Context, key access.Hash, at time.Time) error {
	return s.touch(func(tx *bbolt.Tx) error {
		return change(tx, bucketTokens, key[:], func(t *access.Token) { t.LastUsed = at })
	})
}

// RevokeToken implements access.Store.
func (s *Store) RevokeToken(_ context.Context, name string) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		tokens, keys := all[access.Token](s, tx, bucketTokens)
		i := slices.IndexFunc(tokens, func(t access.Token) bool { return t.Name == name })
		if i < 0 {
			return access.ErrNotFound
		}
		return tx.Bucket(bucketTokens).Delete(keys[i])
	})
}

// AppendAudit implements access.Store.
func (s *Store) AppendAudit(_ context.Context, e access.Entry, limit int) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketAudit)
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		// One comes, so at most one more than the limit is there, unless the
		// limit became smaller.
		if n > uint64(limit) {
			c := b.Cursor()
			for k, _ := c.First(); k != nil && string(k) <= string(number(n-uint64(limit))); k, _ = c.First() {
				if err := c.Delete(); err != nil {
					return err
				}
			}
		}
		return put(b, number(n), e)
	})
}

// AuditBack implements access.Store.
func (s *Store) AuditBack(_ context.Context, before uint64, each func(access.Entry) bool) error {
	return s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketAudit).Cursor()
		step := c.Prev
		if at, _ := c.Seek(number(before)); at == nil {
			step = c.Last // all entries are before
		}
		k, v := step()
		for ; k != nil; k, v = c.Prev() {
			var e access.Entry
			if len(k) != 8 || !s.decode(bucketAudit, k, v, &e) {
				continue
			}
			e.Number = binary.BigEndian.Uint64(k)
			if !each(e) {
				return nil
			}
		}
		return nil
	})
}
