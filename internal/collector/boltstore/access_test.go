package boltstore_test

import (
	"encoding/binary"
	"math"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/i18n"
)

// What version 2 wrote of people and of the record is read as it was, and the
// file becomes one that version 2 does not open: it would let in whoever is
// disabled.
func TestPeopleOfVersion2StayWhoTheyAre(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	number := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	raw(t, path, func(tx *bbolt.Tx) error {
		for _, entry := range []struct {
			bucket string
			key    []byte
			value  string
		}{
			{"meta", []byte("schema_version"), string(number(2))},
			{"access_accounts", []byte("rasa"), `{"login":"rasa","name":"Rasa","language":"lt","role":"operator","sites":["main"],"created":"2026-09-01T07:30:00Z","password_hash":"$x","password_set":"2026-09-01T07:30:00Z"}`},
			{"access_audit", number(1), `{"time":"2026-09-01T07:31:00Z","actor":"user rasa","action":"incident.close","object":"incident 1","detail":"baigta"}`},
		} {
			if err := tx.Bucket([]byte(entry.bucket)).Put(entry.key, []byte(entry.value)); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte("access_audit")).SetSequence(1)
	})

	s := open(t, path)
	at := time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)
	same(t, "account", must[access.Account](t)(s.Account(t.Context(), "rasa")), access.Account{
		User: access.User{Login: "rasa", Name: "Rasa", Lang: i18n.Lithuanian, Role: access.Operator, Sites: []string{"main"}, Created: at}, Password: "$x", PasswordSet: at,
	})
	if err := s.AppendAudit(t.Context(), access.Entry{Time: at.Add(time.Hour), Actor: "user rasa", Action: "user.edit", Before: "{}", After: `{"a":1}`}, 10); err != nil {
		t.Fatal(err)
	}
	var got []access.Entry
	if err := s.AuditBack(t.Context(), math.MaxUint64, func(e access.Entry) bool { got = append(got, e); return true }); err != nil {
		t.Fatal(err)
	}
	same(t, "record", got, []access.Entry{
		{Number: 2, Time: at.Add(time.Hour), Actor: "user rasa", Action: "user.edit", Before: "{}", After: `{"a":1}`},
		{Number: 1, Time: at.Add(time.Minute), Actor: "user rasa", Action: "incident.close", Object: "incident 1", Detail: "baigta"},
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var version uint64
	raw(t, path, func(tx *bbolt.Tx) error {
		version = binary.BigEndian.Uint64(tx.Bucket([]byte("meta")).Get([]byte("schema_version")))
		return nil
	})
	if version < 3 {
		t.Errorf("an older program would still open it: version %d", version)
	}
}
