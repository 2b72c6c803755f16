package boltstore_test

import (
	"path/filepath"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
)

func open(t *testing.T, path string) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestTheInstallationKeepsItsID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	s := open(t, path)
	id := s.Installation()
	if len(id) != 16 {
		t.Fatalf("got %q", id)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if again := open(t, path).Installation(); again != id {
		t.Errorf("got %q, then %q", id, again)
	}
	if other := open(t, filepath.Join(t.TempDir(), "budi.db")).Installation(); other == id {
		t.Error("two installations with one ID")
	}
}
