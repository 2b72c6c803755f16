package access_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
)

func TestTheKeyFileIsMadeOnceAndStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret.key")
	key, created, err := access.LoadKey(path)
	if err != nil || !created {
		t.Fatalf("created %v, err %v", created, err)
	}
	again, created, err := access.LoadKey(path)
	if err != nil || created {
		t.Fatalf("created %v, err %v", created, err)
	}
	one, err := key.Derive("a")
	if err != nil {
		t.Fatal(err)
	}
	two, _ := again.Derive("a")
	other, _ := again.Derive("b")
	if !bytes.Equal(one, two) || bytes.Equal(one, other) || len(one) != 32 {
		t.Errorf("derived %x, %x, %x", one, two, other)
	}
	data, err := os.ReadFile(path)
	if err != nil || len(data) != access.KeyBytes {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	if s := fmt.Sprintf("%v %+v %#v", key, key, key); strings.Contains(s, string(data)) || strings.Contains(s, fmt.Sprintf("%x", data)) {
		t.Errorf("the key prints itself: %q", s)
	}
	if _, err := (access.Key{}).Derive("a"); err == nil {
		t.Error("a key was derived from nothing")
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestABadKeyFileSaysWhatToDo(t *testing.T) {
	for _, tc := range []struct {
		name string
		data []byte
		mode os.FileMode
		want string
	}{
		{"an empty file is damaged", nil, 0o600, "damaged"},
		{"a short file is damaged", []byte("short"), 0o600, "must have 32 bytes and has 5"},
		{"a long file is damaged", bytes.Repeat([]byte("x"), 33), 0o600, "must have 32 bytes and has 33"},
		{"only zeros are damaged", make([]byte, 32), 0o600, "only zeros"},
		{"readable by others is refused", bytes.Repeat([]byte("x"), 32), 0o644, "chmod 600"},
		{"readable by the group is refused", bytes.Repeat([]byte("x"), 32), 0o640, "chmod 600"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.mode != 0o600 && os.PathSeparator == '\\' {
				t.Skip("Windows has no mode bits")
			}
			path := filepath.Join(t.TempDir(), "secret.key")
			if err := os.WriteFile(path, tc.data, tc.mode); err != nil {
				t.Fatal(err)
			}
			_, created, err := access.LoadKey(path)
			if err == nil || created || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("created %v, err %v", created, err)
			}
			if data, _ := os.ReadFile(path); !bytes.Equal(data, tc.data) {
				t.Error("the file was changed")
			}
		})
	}
	t.Run("a folder is no key", func(t *testing.T) {
		if _, _, err := access.LoadKey(t.TempDir()); err == nil {
			t.Error("no error")
		}
	})
}
