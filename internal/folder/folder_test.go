package folder_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/budi-monitor/budi/internal/folder"
)

func TestOneHasTheLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "budi.lock")
	first, err := folder.Lock(name, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Lock(name, 0); !errors.Is(err, folder.ErrLocked) {
		t.Errorf("the second: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := folder.Lock(name, 0)
	if err != nil {
		t.Fatalf("after the first has gone: %v", err)
	}
	again.Close()
}

func TestWhatIsNotThere(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "gone")
	if _, err := folder.Lock(filepath.Join(missing, "lock"), 0); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("lock: %v", err)
	}
	if err := folder.Sync(t.TempDir()); err != nil {
		t.Errorf("sync: %v", err)
	}
}
