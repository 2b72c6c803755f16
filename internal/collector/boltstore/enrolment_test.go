package boltstore_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/wire"
)

func enrolToken(name string) enrolment.Token {
	return enrolment.Token{Name: name, Site: "main", Class: fleet.Server, By: "user ona", Created: t0, Expires: t0.Add(24 * time.Hour), Uses: 2}
}

func agentRecord(id string) enrolment.Record {
	return enrolment.Record{
		Agent: enrolment.Agent{
			ID: id, Device: "pc-1", Site: "main", System: "windows", Version: "1.0", Hostname: "Ąžuolas",
			Machine:  wire.Machine{SystemUUID: "u", MACs: []string{"aa:bb:cc:dd:ee:ff"}},
			Enrolled: t0, Token: "first", Seen: t0, Address: "192.0.2.1", ClockOffset: -time.Hour,
		},
		Secret: enrolment.Hash{1, 2, 3},
		Presence: enrolment.Presence{
			Lives:   []enrolment.Life{{Nonce: "n", Sequence: 1<<63 - 1, Machine: "m", Address: "192.0.2.1", First: t0, Seen: t0}},
			Returns: []time.Time{t0},
			Rival:   &enrolment.Rival{Life: enrolment.Life{Nonce: "o", Sequence: 3, Address: "192.0.2.2", First: t0, Seen: t0}, Since: t0, Before: true},
		},
	}
}

// addToken stores a token whose hash is 32 times b.
func addToken(t *testing.T, s *boltstore.Store, b byte, token enrolment.Token) enrolment.Hash {
	t.Helper()
	key := hash(b)
	if err := s.AddEnrolToken(t.Context(), key, token, 10, t0); err != nil {
		t.Fatal(err)
	}
	return key
}

func hash(b byte) (h enrolment.Hash) {
	for i := range h {
		h[i] = b
	}
	return h
}

func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

func TestAgentsAndTheirTokensComeBackAsTheyWere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	s := open(t, path)
	key := addToken(t, s, 'a', enrolToken("first"))
	one, two := agentRecord("1"), agentRecord("2")
	for _, r := range []enrolment.Record{two, one} {
		if err := s.AddAgent(t.Context(), key, r, ""); err != nil {
			t.Fatal(err)
		}
	}
	one.Address, one.Revoked, one.RevokedBy = "192.0.2.9", t0, "ona"
	if err := s.PutAgents(t.Context(), []enrolment.Record{one, agentRecord("that was never added")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	same(t, "agents", must[[]enrolment.Record](t)(s.Agents(t.Context())), []enrolment.Record{one, two})
	used := enrolToken("first")
	used.Used = 2
	same(t, "token", must[enrolment.Token](t)(s.EnrolToken(t.Context(), key)), used)
	same(t, "tokens", must[[]enrolment.Token](t)(s.EnrolTokens(t.Context())), []enrolment.Token{used})
	content, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(content), fmt.Sprintf("%x", one.Secret[:])) {
		t.Errorf("the hash is not written in hexadecimal digits (%v)", err)
	}
}

func TestATokenIsUsedAndTheAgentStoredInOneTransaction(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "budi.db"))
	key := addToken(t, s, 'a', enrolToken("first"))
	add := func(key enrolment.Hash, id, drop string) error {
		return s.AddAgent(t.Context(), key, agentRecord(id), drop)
	}
	wantError(t, "another token", add(hash('x'), "1", ""), enrolment.ErrNotFound)
	if err := add(key, "", ""); err == nil {
		t.Error("an agent without an ID was stored")
	}
	wantError(t, "first", add(key, "1", ""), nil)
	wantError(t, "second, in the place of the first", add(key, "2", "1"), nil)
	wantError(t, "third", add(key, "3", "2"), enrolment.ErrFull)
	same(t, "agents", must[[]enrolment.Record](t)(s.Agents(t.Context())), []enrolment.Record{agentRecord("2")})
	if used := must[enrolment.Token](t)(s.EnrolToken(t.Context(), key)).Used; used != 2 {
		t.Errorf("used %d times", used)
	}

	key = addToken(t, s, 'b', enrolToken("second"))
	for range 2 {
		wantError(t, "revoke", s.RevokeEnrolToken(t.Context(), "second", t0), nil)
	}
	wantError(t, "revoke another", s.RevokeEnrolToken(t.Context(), "nobody", t0), enrolment.ErrNotFound)
	wantError(t, "with a revoked token", add(key, "4", ""), enrolment.ErrFull)
	if at := must[enrolment.Token](t)(s.EnrolToken(t.Context(), key)).Revoked; !at.Equal(t0) {
		t.Errorf("revoked at %s", at)
	}
}

func TestTokensAreBoundedAndOldOnesGo(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "budi.db"))
	add := func(b byte, name string, over time.Time) error {
		return s.AddEnrolToken(t.Context(), hash(b), enrolToken(name), 2, over)
	}
	wantError(t, "a", add('a', "a", t0), nil)
	wantError(t, "the name again", add('b', "a", t0), enrolment.ErrExists)
	wantError(t, "the hash again", add('a', "b", t0), enrolment.ErrExists)
	wantError(t, "b", add('b', "b", t0), nil)
	wantError(t, "c", add('c', "c", t0), enrolment.ErrFull)
	wantError(t, "c, after the others are long over", add('c', "c", t0.Add(48*time.Hour)), nil)
	same(t, "tokens", must[[]enrolment.Token](t)(s.EnrolTokens(t.Context())), []enrolment.Token{enrolToken("c")})
	_, err := s.EnrolToken(t.Context(), hash('a'))
	wantError(t, "a", err, enrolment.ErrNotFound)
}

func TestAnAgentThatCannotBeReadDoesNotKeepTheOthersOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	s := open(t, path)
	key := addToken(t, s, 'a', enrolToken("first"))
	for _, id := range []string{"1", "2"} {
		if err := s.AddAgent(t.Context(), key, agentRecord(id), ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw(t, path, func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("enrolment_agents"))
		return errors.Join(
			b.Put([]byte("1"), []byte(`{"id":"1","secret_sha256":"0102"}`)), // half of a hash
			b.Put([]byte("3"), b.Get([]byte("2"))),                          // another's
			b.Put([]byte("4"), []byte("junk")),
			tx.Bucket([]byte("enrolment_tokens")).Put(key[:], []byte("{")))
	})
	s = open(t, path)
	same(t, "agents", must[[]enrolment.Record](t)(s.Agents(t.Context())), []enrolment.Record{agentRecord("2")})
	if n := len(s.Notices()); n != 3 {
		t.Errorf("notices: %q", s.Notices())
	}
	_, err := s.EnrolToken(t.Context(), key)
	wantError(t, "a token that cannot be read", err, enrolment.ErrNotFound)
}

// A file of version 1 has no agents; what it has stays, and the next version
// is written into it, so that an older program does not take it for its own.
func TestAFileOfVersion1LearnsOfAgents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	if err := os.WriteFile(path, must[[]byte](t)(os.ReadFile(fixture)), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	same(t, "agents", must[[]enrolment.Record](t)(s.Agents(t.Context())), []enrolment.Record(nil))
	key := addToken(t, s, 'a', enrolToken("first"))
	if err := s.AddAgent(t.Context(), key, agentRecord("1"), ""); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var version uint64
	raw(t, path, func(tx *bbolt.Tx) error {
		version = binary.BigEndian.Uint64(tx.Bucket([]byte("meta")).Get([]byte("schema_version")))
		return nil
	})
	if version != 6 {
		t.Errorf("version %d", version)
	}
	s = open(t, path)
	same(t, "agents", must[[]enrolment.Record](t)(s.Agents(t.Context())), []enrolment.Record{agentRecord("1")})
	same(t, "incidents", must[[]incident.Incident](t)(s.OpenIncidents()), []incident.Incident{fault(1)})
}
