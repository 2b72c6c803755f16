package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/folder"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

// storedIdentity is an identity as it is written: a secret prints as a mask
// everywhere else, JSON included.
type storedIdentity struct {
	URL    string `json:"url"`
	CA     []byte `json:"ca,omitempty"`
	Agent  string `json:"agent"`
	Device string `json:"device"`
	Site   string `json:"site"`
	Secret string `json:"secret"`
	Proxy  string `json:"proxy,omitempty"`
}

func storeIdentity(id Identity) storedIdentity {
	return storedIdentity{id.URL, id.CA, id.Agent, id.Device, id.Site, id.Secret.Reveal(), id.Proxy}
}

func (s storedIdentity) identity() *Identity {
	return &Identity{s.URL, s.CA, s.Agent, s.Device, s.Site, secret.New(s.Secret), s.Proxy}
}

// Identity returns who the agent is; false before it was enrolled.
func (s *Store) Identity() (Identity, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.identity == nil {
		return Identity{}, false, nil
	}
	return *s.identity, true, nil
}

// SetIdentity keeps who the agent is from now on. What the collector of another
// identity had (facts) is forgotten; samples stay and go to the new one.
func (s *Store) SetIdentity(id Identity) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.update(func(tx *bbolt.Tx, t *totals) error {
		if s.identity == nil || s.identity.Agent != id.Agent {
			t.Dropped = 0 // it counts since the enrolment
		}
		if err := deleteMeta(tx, keyStart, keyFacts); err != nil {
			return err
		}
		return putMeta(tx, keyIdentity, storeIdentity(id))
	})
	if err == nil {
		s.identity, s.start, s.facts = &id, "", map[string]FactsSent{}
		err = s.writeCopy(storeIdentity(id))
	}
	if err != nil {
		return fmt.Errorf("keep the identity: %w", err)
	}
	return nil
}

// ClearIdentity forgets who the agent is, and what its collector wanted of it.
func (s *Store) ClearIdentity() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	// The copy goes first: alone it would bring the identity back.
	if err := os.Remove(s.copyPath()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget the identity: %w", err)
	}
	if err := s.update(func(tx *bbolt.Tx, _ *totals) error {
		return deleteMeta(tx, keyIdentity, keyAssignment, keyStart, keyFacts)
	}); err != nil {
		return fmt.Errorf("forget the identity: %w", err)
	}
	s.identity, s.assignment, s.start, s.facts = nil, wire.DefaultAssignment(), "", map[string]FactsSent{}
	return nil
}

func deleteMeta(tx *bbolt.Tx, names ...string) error {
	for _, name := range names {
		if err := tx.Bucket(bucketMeta).Delete([]byte(name)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) copyPath() string { return s.path + ".identity" }

// recallIdentity takes the identity from its copy when the file has none, and
// makes the copy when it is not there.
func (s *Store) recallIdentity() error {
	var id storedIdentity
	found := false
	if b, err := os.ReadFile(s.copyPath()); err == nil {
		b, err = unseal(b)
		found = err == nil && json.Unmarshal(b, &id) == nil
	}
	switch {
	case s.identity == nil && found:
		s.identity = id.identity()
		err := s.update(func(tx *bbolt.Tx, _ *totals) error { return putMeta(tx, keyIdentity, id) })
		if err != nil {
			s.trouble = err // the copy is there the next time too
		}
	case s.identity != nil && (!found || !reflect.DeepEqual(id, storeIdentity(*s.identity))):
		if err := s.writeCopy(storeIdentity(*s.identity)); err != nil {
			s.log.Warn("the copy of the identity cannot be written", "err", err)
		}
	}
	return nil
}

// writeCopy writes the copy as a whole or not at all.
func (s *Store) writeCopy(id storedIdentity) error {
	b, err := json.Marshal(id)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(s.copyPath()+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(seal(b))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), s.copyPath())
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return folder.Sync(filepath.Dir(s.path))
}

// Assignment returns what the collector wants; the default until it was told.
func (s *Store) Assignment() wire.Assignment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.assignment
}

// SetAssignment keeps what the collector wants. It is in force at once, also
// when it cannot be written. Checks are kept in memory only, for they may hold
// passwords: after a start they are asked for again.
func (s *Store) SetAssignment(a wire.Assignment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.assignment = a
	return s.keepMeta(keyAssignment, a.WithoutChecks())
}

// CollectorStart returns what SetCollectorStart was told last.
func (s *Store) CollectorStart() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.start
}

// SetCollectorStart keeps the collector's wire.HeaderCollectorStart: after a
// power cut both may have been started anew.
func (s *Store) SetCollectorStart(start string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.start = start
	return s.keepMeta(keyStart, start)
}

// FactsSent returns what facts the collector has, by kind.
func (s *Store) FactsSent() map[string]FactsSent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.facts)
}

// SetFactsSent keeps what facts the collector has.
func (s *Store) SetFactsSent(facts map[string]FactsSent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.facts = maps.Clone(facts)
	return s.keepMeta(keyFacts, facts)
}

func (s *Store) keepMeta(name string, v any) error {
	if err := s.update(func(tx *bbolt.Tx, _ *totals) error { return putMeta(tx, name, v) }); err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	return nil
}
