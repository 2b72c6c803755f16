package admin_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/admin"
)

func TestTheSocketIsItsOwnersOnly(t *testing.T) {
	if os.PathSeparator == '\\' {
		t.Skip("Windows has no mode bits")
	}
	dir, err := os.MkdirTemp("", "budi") // short: paths of sockets are bounded
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, admin.SocketName)
	for range 2 { // the second time in the place of what a killed collector left
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		l, err := admin.Listen(dir)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode() != os.ModeSocket|0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if _, err := admin.Dial(context.Background(), dir); err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
	if _, err := admin.Dial(context.Background(), dir); !errors.Is(err, admin.ErrNotRunning) {
		t.Errorf("%v", err)
	}
}
