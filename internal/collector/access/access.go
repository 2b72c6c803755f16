// Package access decides who may do what in the collector: people with
// passwords and sessions, people whom an identity provider knows, programs with
// API tokens, the one-time links that create the first administrator and let
// others choose a password, the signed links in mails, and the record of who
// changed what. It knows HTTP only as far as reading who a request comes
// from; pages and cookies' attributes are the console's, storage is behind
// Store. Who mounts a door (console, Prometheus' API, admin socket) calls it.
//
// # What is stored
//
// Passwords as argon2id hashes with their parameters; sessions and API tokens
// as SHA-256 of a random 256-bit value, which a thief of the database cannot
// turn back. The values themselves are seen once, by the one they are made for.
//
// # What is bounded
//
// Sessions per account (MaxSessions, the oldest goes), API tokens (MaxTokens),
// audit entries (MaxAudit, the oldest goes), failed log-ins remembered
// (10,000 accounts and as many addresses), passwords hashed at once and
// waiting.
package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/throttle"
)

// Bounds of what is kept.
const (
	MaxAccounts = 1000
	MaxSessions = 20 // per account
	MaxTokens   = 1000
	MaxAudit    = 10_000
)

// Options says how to open a Control. Store, Key and Logger are needed.
type Options struct {
	Store      Store
	Key        Key
	Logger     *slog.Logger
	Registerer prometheus.Registerer // nil: counters are not exposed
	Now        func() time.Time      // nil: time.Now

	// Secure says that browsers reach the console over TLS only: the session's
	// cookie is then one that no page without TLS can read or set.
	Secure bool

	SessionIdle time.Duration // a session without a request for so long is over; 0: 7 days
	SessionLife time.Duration // a session is over so long after the log-in; 0: 30 days

	// Hashing is the cost of new passwords; zero: DefaultHashing. Stored
	// passwords keep the cost that they were made with.
	Hashing Hashing
}

// Control answers who somebody is and what they may do. It is safe for
// concurrent use.
type Control struct {
	store   Store
	log     *slog.Logger
	now     func() time.Time
	idle    time.Duration
	life    time.Duration
	secure  bool
	hasher  *hasher
	dummy   string // a hash that no password fits, for log-ins that do not exist
	setup   Hash
	setupIn string
	linkKey []byte

	accounts  *throttle.Throttle
	addresses *throttle.Throttle

	logins        *prometheus.CounterVec
	tokensRefused prometheus.Counter
}

// Open makes a Control. Each one has a new set-up link.
func Open(o Options) (*Control, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.SessionIdle == 0 {
		o.SessionIdle = 7 * 24 * time.Hour
	}
	if o.SessionLife == 0 {
		o.SessionLife = 30 * 24 * time.Hour
	}
	if o.Hashing == (Hashing{}) {
		o.Hashing = DefaultHashing
	}
	if err := o.Hashing.check(); err != nil {
		return nil, err
	}
	linkKey, err := o.Key.Derive(ackPurpose)
	if err != nil {
		return nil, err
	}
	c := &Control{
		store: o.Store, log: o.Logger.With("component", "access"), now: o.Now, idle: o.SessionIdle, life: o.SessionLife,
		secure: o.Secure, hasher: newHasher(o.Hashing), linkKey: linkKey,
		accounts: throttle.New(accountFree), addresses: throttle.New(addressFree),
		logins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "budi_logins_total", Help: "Attempts to log in, by result: accepted, refused, throttled or busy.",
		}, []string{"result"}),
		tokensRefused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "budi_api_tokens_refused_total", Help: "Requests with an API token that is unknown, revoked or expired.",
		}),
	}
	for _, result := range []string{"accepted", "refused", "throttled", "busy"} {
		c.logins.WithLabelValues(result) // so that rates start at zero
	}
	if o.Registerer != nil {
		for _, m := range []prometheus.Collector{c.logins, c.tokensRefused} {
			if err := o.Registerer.Register(m); err != nil {
				return nil, fmt.Errorf("register metrics of access: %w", err)
			}
		}
	}
	c.setupIn, c.setup = newToken()
	unguessable, _ := newToken()
	if c.dummy, err = c.hasher.hash(context.Background(), unguessable); err != nil {
		return nil, err
	}
	return c, nil
}

// Errors that callers branch on. InvalidError and ThrottledError carry more.
var (
	ErrUnauthenticated = errors.New("nobody is logged in")
	ErrForbidden       = errors.New("the role does not allow this")
	ErrWrongPassword   = errors.New("the login name or the password is wrong")
	ErrBusy            = errors.New("too many people are logging in at this moment; try again in a few seconds")
	ErrSetupOver       = errors.New("the set-up link is not valid: there is an administrator already, or the collector was started anew and printed another link")
	ErrNotFound        = errors.New("there is no such entry")
	ErrExists          = errors.New("an entry with this name exists already")
	ErrFull            = errors.New("there are as many entries as are allowed; remove some first")
	ErrDisabled        = errors.New("this account is disabled; an administrator can enable it")
	ErrLastOne         = errors.New("this is the last administrator of all sites who can log in with a password; make another one first")
	ErrInviteOver      = errors.New("this link was used already, or its time is over; ask for another one")
	ErrElsewhere       = errors.New("this account belongs to the identity provider: its name, role, sites and password are changed there")
)

// InvalidError says that something a person entered cannot be. Code is the key
// of a sentence in both languages: "access.invalid.<code>".
type InvalidError struct {
	Field string // "login", "name", "password", "current", "language", "role", "sites", "expires"
	Code  string
	Want  string // English, for command lines
}

// Error says what would be right.
func (e *InvalidError) Error() string { return e.Field + ": " + e.Want }

// Problems returns what is wrong with what a person entered, in the order of
// the fields; nil when err is about something else.
func Problems(err error) []*InvalidError {
	switch e := err.(type) { //nolint:errorlint // walked level by level, to find all of them
	case *InvalidError:
		return []*InvalidError{e}
	case interface{ Unwrap() []error }:
		var out []*InvalidError
		for _, part := range e.Unwrap() {
			out = append(out, Problems(part)...)
		}
		return out
	case interface{ Unwrap() error }:
		return Problems(e.Unwrap())
	}
	return nil
}

// Hash is what is stored of a secret value: its SHA-256.
type Hash [sha256.Size]byte

// newToken makes a random value of 256 bits, 43 characters that are safe in
// URLs, cookies and headers, and its hash.
func newToken() (plain string, stored Hash) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand since Go 1.24)
	plain = base64.RawURLEncoding.EncodeToString(b[:])
	return plain, hashOf(plain)
}

func hashOf(plain string) Hash { return sha256.Sum256([]byte(plain)) }

// tokenLength is the length of what newToken makes.
const tokenLength = 43
