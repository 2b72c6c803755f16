// Package backup is the form of a backup file: what is in it, how it is written
// and how it is read back without trusting it. It knows nothing of the stores
// that the files belong to: the composition makes a folder of files that stand
// still, and this package turns it into one stream and a stream into a folder.
// internal/collector is the only caller.
//
// # The format
//
// A backup is a tar, compressed with zstd, and encrypted with age (a passphrase,
// scrypt) when that is wanted, so that three ordinary programs can open it when
// Budi is not at hand:
//
//	age -d FILE | zstd -d | tar x
//
// The first entry is manifest.json (see [Manifest]): the version of the format,
// who made it and when, and the name, size and SHA-256 of every file that
// follows, in their order. Nothing else may be in the archive: a reader takes
// only names that [Allowed] knows, only regular files, only in the order and of
// the size that the manifest says, and nothing behind the last of them. The
// version goes up when an older reader would misunderstand; fields that it may
// ignore can be added without.
package backup

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Format is the version of the format that this build writes.
const Format = 1

// Product is what Manifest.Product says.
const Product = "budi-collector"

// Bounds of what is read. They lie far above what a collector can have.
const (
	maxManifest = 32 << 20 // bytes
	maxFiles    = 100_000
	maxTotal    = 1 << 46  // bytes of all files, 64 TiB
	maxWindow   = 32 << 20 // bytes that decompression may look back
)

// manifestName is the first entry of the archive.
const manifestName = "manifest.json"

// Database is the name of the file without which nothing is a backup.
const Database = "budi.db"

// Errors that a caller may want to tell apart. What wraps them says more.
var (
	// ErrForeign says that the file is not a backup.
	ErrForeign = errors.New("this is not a backup of Budi")
	// ErrNewer says that a newer program made the backup.
	ErrNewer = errors.New("the backup was made by a newer version of Budi; install that version or a later one")
	// ErrDamaged says that the backup is not as it was made.
	ErrDamaged = errors.New("the backup is damaged")
	// ErrEncrypted says that a passphrase is needed and was not given.
	ErrEncrypted = errors.New("the backup is encrypted and needs its passphrase")
	// ErrPassphrase says that the passphrase does not open the backup.
	ErrPassphrase = errors.New("the passphrase is not the one that the backup was made with")
	// ErrExists says that there is a file of that name already.
	ErrExists = errors.New("there is a file of this name already")
)

// Manifest describes a backup.
type Manifest struct {
	Format       int       `json:"format"`
	Product      string    `json:"product"`
	Version      string    `json:"version"`      // of the program that made it
	Made         time.Time `json:"made"`         // the moment that the backup is of
	Installation string    `json:"installation"` // which collector; 16 hexadecimal digits
	Files        []File    `json:"files"`        // sorted by name
}

// File is one file of a backup.
type File struct {
	Name   string `json:"name"` // relative to the data folder, with slashes
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// Bytes is the size of all files together, not compressed.
func (m Manifest) Bytes() int64 {
	var n int64
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// allowed are the names of files that a backup may hold. It is a list and not a
// search for what is dangerous: no name on it leaves the folder, is absolute, or
// means something else on another system.
var allowed = regexp.MustCompile(`^(?:budi\.db|secret\.key|silences|` +
	`tls/[a-z]{1,32}\.(?:pem|crt)|` +
	`tsdb/budi-format|` +
	`tsdb/[0-9A-HJKMNP-TV-Z]{26}/(?:meta\.json|index|tombstones|chunks/[0-9]{6}))$`)

// Allowed reports whether a backup may hold a file of this name.
func Allowed(name string) bool { return allowed.MatchString(name) }

// plain are short texts that may be printed on a terminal.
var plain = regexp.MustCompile(`^[\w.+~-]{1,100}$`)

var hexDigits = regexp.MustCompile(`^[0-9a-f]{64}$`)

// check says what is wrong with a manifest.
func (m Manifest) check() error {
	if m.Product != Product || m.Format < 1 {
		return ErrForeign
	}
	if m.Format > Format {
		return fmt.Errorf("%w (its format is %d, this program knows %d)", ErrNewer, m.Format, Format)
	}
	if !plain.MatchString(m.Version) || !plain.MatchString(m.Installation) || m.Made.IsZero() {
		return errors.New("the manifest does not say who made it and when")
	}
	if len(m.Files) > maxFiles {
		return fmt.Errorf("the manifest names %d files, more than %d", len(m.Files), maxFiles)
	}
	var total int64
	var database bool
	for i, f := range m.Files {
		switch {
		case !Allowed(f.Name):
			return fmt.Errorf("the manifest names %q, which no backup holds", clip(f.Name))
		case i > 0 && strings.Compare(m.Files[i-1].Name, f.Name) >= 0:
			return fmt.Errorf("the manifest names %s twice or out of order", f.Name)
		case f.Size < 0 || f.Size > maxTotal-total:
			return fmt.Errorf("the manifest says that %s has %d bytes", f.Name, f.Size)
		case !hexDigits.MatchString(f.SHA256):
			return fmt.Errorf("the manifest has no SHA-256 of %s", f.Name)
		}
		total += f.Size
		database = database || f.Name == Database
	}
	if !database {
		return fmt.Errorf("the manifest does not name %s", Database)
	}
	return nil
}

// clip bounds what is printed of a name that cannot be trusted.
func clip(s string) string {
	const most = 100
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
