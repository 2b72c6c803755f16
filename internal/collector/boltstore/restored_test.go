package boltstore_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

func TestACopyThatTakesThePlaceOfANewerFile(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "budi.db"))
	commit(t, s, []incident.Incident{fault(1), over(2)}, row(1, incident.Fault, outbox.Sent))
	if err := s.AddSession(t.Context(), access.Hash{1}, access.Session{Login: "rasa", Created: t0}, 5, t0); err != nil {
		t.Fatal(err)
	}
	if !s.Restored().IsZero() {
		t.Errorf("a file of its own was restored %s", s.Restored())
	}
	copied := filepath.Join(dir, "copy", "budi.db")
	if err := os.Mkdir(filepath.Dir(copied), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.CopyTo(copied); err != nil {
		t.Fatal(err)
	}
	moment := time.Date(2026, 11, 28, 16, 0, 0, 0, time.UTC)
	r, err := boltstore.Open(copied, boltstore.Options{FromCopy: true, Now: func() time.Time { return moment }})
	if err != nil {
		t.Fatal(err)
	}
	if next := must[incident.ID](t)(r.NextIncidentID()); next != 10_003 {
		t.Errorf("the next incident gets number %d", next)
	}
	if !r.Restored().Equal(moment) || r.Installation() != s.Installation() {
		t.Errorf("it was restored %s and is %s", r.Restored(), r.Installation())
	}
	if _, err := r.Session(t.Context(), access.Hash{1}); err == nil {
		t.Error("a session that may have ended lives")
	}
	counts := must[boltstore.Counts](t)(r.Counts())
	if counts.Open != 1 || counts.Closed != 1 || counts.Accounts != 0 {
		t.Errorf("it holds %+v", counts)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	// Once is enough.
	r = open(t, copied)
	if next := must[incident.ID](t)(r.NextIncidentID()); next != 10_003 || !r.Restored().Equal(moment) {
		t.Errorf("the second time the next number is %d, and it was restored %s", next, r.Restored())
	}
	if _, err := s.Session(t.Context(), access.Hash{1}); err != nil {
		t.Errorf("the file that was copied lost a session: %v", err)
	}
}

func TestTheLastBackupIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	s := open(t, path)
	if b := must[boltstore.Backup](t)(s.LastBackup()); !b.At.IsZero() {
		t.Errorf("before the first there is %+v", b)
	}
	want := boltstore.Backup{At: time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC), Bytes: 12, Duration: time.Minute, Encrypted: true, File: "/mnt/nas/budi.age"}
	if err := s.PutBackup(want); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := must[boltstore.Backup](t)(open(t, path).LastBackup()); got != want {
		t.Errorf("got %+v", got)
	}
}

func TestALockKeepsCollectorsAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	lock := must[io.Closer](t)(boltstore.Lock(path, time.Millisecond))
	if _, err := boltstore.Open(path, boltstore.Options{LockWait: time.Millisecond}); !errors.Is(err, boltstore.ErrLocked) {
		t.Errorf("got %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
	if _, err := boltstore.Lock(path, time.Millisecond); !errors.Is(err, boltstore.ErrLocked) {
		t.Errorf("while one has it open: %v", err)
	}
}
