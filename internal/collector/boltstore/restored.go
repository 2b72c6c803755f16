package boltstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// numbersLeftOut is how far the numbering of incidents is moved on when an old
// copy or an empty file takes the place of a newer one: an acknowledge link in
// a mail must not meet another incident with the same number.
const numbersLeftOut = 10_000

// takeOver changes what must not be as it was when the copy was made.
func takeOver(tx *bbolt.Tx, now time.Time) error {
	journal := tx.Bucket(bucketJournal)
	if err := journal.SetSequence(journal.Sequence() + numbersLeftOut); err != nil {
		return err
	}
	// A session that was ended after the copy was made must not live again.
	if err := tx.DeleteBucket(bucketSessions); err != nil {
		return err
	}
	if _, err := tx.CreateBucket(bucketSessions); err != nil {
		return err
	}
	return tx.Bucket(bucketMeta).Put(keyRestored, []byte(now.UTC().Format(time.RFC3339Nano)))
}

func readTime(v []byte) time.Time {
	t, err := time.Parse(time.RFC3339Nano, string(v))
	if err != nil {
		return time.Time{}
	}
	return t
}

// Restored returns when this file took the place of a newer one, because that
// was damaged or lost, or somebody restored a backup; zero when it never did.
// What the file says was owed at that moment may have been told already. With
// Options.FromCopy that is now: the numbers of incidents leave a gap, and all
// sessions are ended.
func (s *Store) Restored() time.Time { return s.restored }

// Lock keeps every collector away from the file at path, which need not be
// there, until it is closed. The error wraps ErrLocked when one has it open.
func Lock(path string, wait time.Duration) (io.Closer, error) {
	f, err := takeLock(path+".lock", wait)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", filepath.Dir(path), err)
	}
	return f, nil
}

// CopyTo writes a copy of the file as it is at one moment after the call. The
// copy is complete, checked and on the disk before it has its name.
func (s *Store) CopyTo(name string) error {
	if err := s.copyTo(name); err != nil {
		return fmt.Errorf("copy %s: %w", s.path, err)
	}
	return nil
}

// Backup is what is known of the newest full backup.
type Backup struct {
	At        time.Time     `json:"at"`       // when it was whole
	Bytes     int64         `json:"bytes"`    // size of the file
	Duration  time.Duration `json:"duration"` // of making it
	Encrypted bool          `json:"encrypted"`
	File      string        `json:"file"` // where it was written, as whoever wrote it says
}

// LastBackup returns the newest full backup; its At is zero when there was none.
func (s *Store) LastBackup() (Backup, error) {
	var b Backup
	err := s.db.View(func(tx *bbolt.Tx) error {
		v := tx.Bucket(bucketMeta).Get(keyBackup)
		if v == nil {
			return nil
		}
		return json.Unmarshal(v, &b)
	})
	if err != nil {
		return Backup{}, fmt.Errorf("read when the last backup was made: %w", err)
	}
	return b, nil
}

// PutBackup notes the newest full backup.
func (s *Store) PutBackup(b Backup) error {
	if b.At.IsZero() {
		return errors.New("note the backup: it has no time")
	}
	v, err := json.Marshal(b)
	if err == nil {
		err = s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyBackup, v) })
	}
	if err != nil {
		return fmt.Errorf("note the backup: %w", err)
	}
	return nil
}

// Counts says how much is in the file.
type Counts struct {
	Schema    uint64 `json:"schema"`         // version of the file's form
	Open      int    `json:"open_incidents"` // those that are not closed
	Closed    int    `json:"closed_incidents"`
	Accounts  int    `json:"accounts"`
	Tokens    int    `json:"tokens"`
	Sites     int    `json:"sites"`
	Devices   int    `json:"devices"`
	Facts     int    `json:"facts"` // kinds of facts of all devices
	Agents    int    `json:"agents"`
	AuditSize int    `json:"audit_entries"`
}

// Counts counts what is in the file.
func (s *Store) Counts() (Counts, error) {
	c := Counts{Schema: schemaVersion()}
	err := s.db.View(func(tx *bbolt.Tx) error {
		for name, n := range map[string]*int{
			string(bucketOpen): &c.Open, string(bucketJournal): &c.Closed, string(bucketAccounts): &c.Accounts,
			string(bucketTokens): &c.Tokens, string(bucketSites): &c.Sites, string(bucketDevices): &c.Devices,
			string(bucketFacts): &c.Facts, string(bucketAgents): &c.Agents, string(bucketAudit): &c.AuditSize,
		} {
			*n = tx.Bucket([]byte(name)).Stats().KeyN
		}
		return nil
	})
	if err != nil {
		return Counts{}, fmt.Errorf("count what is in %s: %w", s.path, err)
	}
	return c, nil
}
