package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Lengths of passwords. There are no rules of composition: length is what
// counts (NIST SP 800-63B, 5.1.1.2).
const (
	MinPassword      = 10   // characters
	maxPasswordBytes = 1024 // so that hashing a password costs what it should
)

// Hashing is the cost of one password hash.
type Hashing struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultHashing is what OWASP's Password Storage Cheat Sheet asks for at
// least: argon2id with 19 MiB, two passes and one thread.
var DefaultHashing = Hashing{MemoryKiB: 19 * 1024, Passes: 2, Threads: 1}

// Bounds of the cost, which also hold for hashes that are read from the store:
// a damaged one must not eat the memory.
const (
	maxMemoryKiB = 256 * 1024
	maxPasses    = 20
)

func (h Hashing) check() error {
	if h.MemoryKiB < 8*uint32(h.Threads) || h.MemoryKiB > maxMemoryKiB || h.Passes < 1 || h.Passes > maxPasses || h.Threads < 1 {
		return fmt.Errorf("password hashing with %d KiB, %d passes, %d threads is outside what is allowed", h.MemoryKiB, h.Passes, h.Threads)
	}
	return nil
}

// How many passwords are hashed at once, and how many may wait for that. With
// the default cost this is at most 38 MiB and two processors.
const (
	hashesAtOnce  = 2
	hashesWaiting = 20
)

// hasher hashes passwords, a few at once.
type hasher struct {
	cost    Hashing
	places  chan struct{} // running and waiting
	running chan struct{}
}

func newHasher(cost Hashing) *hasher {
	return &hasher{cost: cost, places: make(chan struct{}, hashesAtOnce+hashesWaiting), running: make(chan struct{}, hashesAtOnce)}
}

// acquire waits for a turn; the caller gives it back with release. It fails
// with ErrBusy when too many wait.
func (h *hasher) acquire(ctx context.Context) error {
	select {
	case h.places <- struct{}{}:
	default:
		return ErrBusy
	}
	select {
	case h.running <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-h.places
		return ctx.Err()
	}
}

func (h *hasher) release() {
	<-h.running
	<-h.places
}

const (
	saltBytes = 16
	sumBytes  = 32
)

// hash returns the password's hash in PHC's string format:
// $argon2id$v=19$m=19456,t=2,p=1$salt$hash.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.acquire(ctx); err != nil {
		return "", err
	}
	defer h.release()
	var salt [saltBytes]byte
	_, _ = rand.Read(salt[:]) // never fails
	sum := argon2.IDKey(canonical(password), salt[:], h.cost.Passes, h.cost.MemoryKiB, h.cost.Threads, sumBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.cost.MemoryKiB, h.cost.Passes, h.cost.Threads, b64.EncodeToString(salt[:]), b64.EncodeToString(sum)), nil
}

// fits reports whether the password is the one that was hashed.
func (h *hasher) fits(ctx context.Context, password, stored string) (bool, error) {
	cost, salt, sum, err := parseHash(stored)
	if err != nil {
		return false, err
	}
	if err := h.acquire(ctx); err != nil {
		return false, err
	}
	defer h.release()
	got := argon2.IDKey(canonical(password), salt, cost.Passes, cost.MemoryKiB, cost.Threads, uint32(len(sum)))
	return subtle.ConstantTimeCompare(got, sum) == 1, nil
}

// canonical makes "ė" one thing, whether the keyboard sent one code point or
// two (NIST SP 800-63B, 5.1.1.2).
func canonical(password string) []byte { return norm.NFC.Bytes([]byte(password)) }

var errHashFormat = errors.New("read password hash: it is not one of ours")

func parseHash(s string) (Hashing, []byte, []byte, error) {
	var cost Hashing
	fail := func() (Hashing, []byte, []byte, error) { return Hashing{}, nil, nil, errHashFormat }
	parts := strings.Split(s, "$")
	if len(s) > 512 || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return fail()
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &cost.MemoryKiB, &cost.Passes, &cost.Threads); err != nil || cost.check() != nil {
		return fail()
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil || len(salt) < 8 {
		return fail()
	}
	sum, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(sum) < 16 {
		return fail()
	}
	return cost, salt, sum, nil
}

func checkPassword(password string) error {
	switch {
	case utf8.RuneCountInString(norm.NFC.String(password)) < MinPassword:
		return &InvalidError{Field: "password", Code: "password_short", Want: fmt.Sprintf("use at least %d characters; any characters", MinPassword)}
	case len(password) > maxPasswordBytes:
		return &InvalidError{Field: "password", Code: "password_long", Want: fmt.Sprintf("use at most %d bytes", maxPasswordBytes)}
	case !utf8.ValidString(password):
		return &InvalidError{Field: "password", Code: "password_text", Want: "use text (UTF-8)"}
	}
	return nil
}
