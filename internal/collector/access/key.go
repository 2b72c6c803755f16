package access

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/budi-monitor/budi/internal/secret"
)

// KeyBytes is the length of the key file.
const KeyBytes = 32

// Key is the secret of this collector, from which keys for single purposes
// are derived. It prints as a mask.
type Key struct {
	value string
}

// Format prints the mask whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, secret.Mask) }

// LogValue keeps the key out of structured logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(secret.Mask) }

// LoadKey reads the key file and creates it, readable by its owner only, when
// it is not there; created says that it did, which for an old database means
// that links in mails already sent have stopped working. A file that is damaged
// or readable by others is an error that says what to do.
func LoadKey(path string) (key Key, created bool, err error) {
	key, err = readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createKey(path); err != nil {
			return Key{}, false, fmt.Errorf("create key file: %w", err)
		}
		key, err = readKey(path)
		created = err == nil
	}
	if err != nil {
		return Key{}, false, fmt.Errorf("read key file: %w", err)
	}
	return key, created, nil
}

func readKey(path string) (Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return Key{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Key{}, err
	}
	if !info.Mode().IsRegular() {
		return Key{}, fmt.Errorf("%s is not a file", path)
	}
	if err := checkPrivate(path, info); err != nil {
		return Key{}, err
	}
	b, err := io.ReadAll(io.LimitReader(f, KeyBytes+1))
	if err != nil {
		return Key{}, err
	}
	if len(b) != KeyBytes {
		return Key{}, fmt.Errorf("%s is damaged: it must have %d bytes and has %d; put it back from a copy, or remove it to get a new one (links in mails already sent then stop working)", path, KeyBytes, info.Size())
	}
	if [KeyBytes]byte(b) == [KeyBytes]byte{} {
		return Key{}, fmt.Errorf("%s is damaged: it holds only zeros; put it back from a copy, or remove it to get a new one (links in mails already sent then stop working)", path)
	}
	return Key{value: string(b)}, nil
}

// createKey writes the whole file before it gets its name: a crash leaves no
// half of a key.
func createKey(path string) error {
	var b [KeyBytes]byte
	_, _ = rand.Read(b[:])                                                    // never fails
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b[:])
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// Derive returns a key of 32 bytes for one purpose (HKDF, RFC 5869): what
// leaks of one says nothing about another. An empty Key is an error.
func (k Key) Derive(purpose string) ([]byte, error) {
	if len(k.value) != KeyBytes {
		return nil, errors.New("derive key: there is no key; load the key file first")
	}
	b, err := hkdf.Key(sha256.New, []byte(k.value), nil, "budi "+purpose, KeyBytes)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	return b, nil
}
