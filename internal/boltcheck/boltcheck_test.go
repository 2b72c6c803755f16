package boltcheck_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/budi-monitor/budi/internal/boltcheck"
)

// sound is a database that bbolt wrote.
func sound(tb testing.TB) []byte {
	tb.Helper()
	data, err := os.ReadFile("../collector/boltstore/testdata/v1.db")
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func TestASoundFilePassesAndItsDamageIsFound(t *testing.T) {
	data := sound(t)
	check := func(content []byte) error {
		t.Helper()
		path := filepath.Join(t.TempDir(), "a.db")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		tx, err := boltcheck.File(path)
		if err == nil && tx == 0 {
			t.Error("a file that was written has had no transaction")
		}
		return err
	}
	if err := check(data); err != nil {
		t.Fatalf("a sound file: %v", err)
	}
	for name, content := range map[string][]byte{
		"empty": {}, "cut": data[:12288], "without heads": data[8192:],
		"zeros behind the heads": append(bytes.Clone(data[:8192]), make([]byte, len(data)-8192)...),
	} {
		if err := check(content); !errors.Is(err, boltcheck.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := boltcheck.File(t.TempDir()); err == nil || errors.Is(err, boltcheck.ErrDamaged) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := boltcheck.File(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// Whatever is in a file, reading it ends and does not panic.
func FuzzVerify(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, 4096))
	f.Add(sound(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := boltcheck.Verify(bytes.NewReader(b), int64(len(b))); err != nil && !errors.Is(err, boltcheck.ErrDamaged) {
			t.Errorf("the error is not about damage: %v", err)
		}
	})
}
