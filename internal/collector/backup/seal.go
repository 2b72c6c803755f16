package backup

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
)

// ageMagic begins each file of age, https://age-encryption.org/v1.
const ageMagic = "age-encryption.org/v1\n"

// maxWorkFactor bounds the memory that a file from elsewhere makes us use to
// try a passphrase, as a power of two of KiB: 1 GiB. age itself writes 18.
const maxWorkFactor = 20

// MinPassphrase is the least length of a passphrase for a new backup, in bytes.
const MinPassphrase = 8

// maxPassphraseFile bounds what is read of the file of a passphrase, in bytes.
const maxPassphraseFile = 4096

// ReadPassphrase returns the first line of a file.
func ReadPassphrase(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	data, err := io.ReadAll(io.LimitReader(f, maxPassphraseFile))
	if err != nil {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	line, _, _ := strings.Cut(string(data), "\n")
	if line = strings.TrimRight(line, "\r"); line == "" {
		return "", fmt.Errorf("read the passphrase: the first line of %s is empty", file)
	}
	return line, nil
}

// Encrypt returns a writer that encrypts to w what only the passphrase opens.
// It must be closed; w is not. Trying a passphrase costs 2^workFactor KiB of
// memory; 0 means age's default, about a second.
func Encrypt(w io.Writer, passphrase string, workFactor int) (io.WriteCloser, error) {
	if len(passphrase) < MinPassphrase {
		return nil, fmt.Errorf("the passphrase is too short: at least %d characters are needed, several words are best", MinPassphrase)
	}
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if workFactor > 0 {
		to.SetWorkFactor(workFactor)
	}
	out, err := age.Encrypt(w, to)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return out, nil
}

func decrypt(r io.Reader, passphrase string) (io.Reader, error) {
	if passphrase == "" {
		return nil, ErrPassphrase
	}
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, fmt.Errorf("decrypt: %w", err)
	}
	id.SetMaxWorkFactor(maxWorkFactor)
	out, err := age.Decrypt(r, id)
	if mismatch := (*age.NoIdentityMatchError)(nil); errors.As(err, &mismatch) {
		return nil, ErrPassphrase
	}
	return out, err
}
