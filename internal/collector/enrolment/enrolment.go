// Package enrolment knows which agents the collector has and lets them in:
// enrolment tokens that a keeper hands out, agents with a secret each, their
// revocation, and the door that tells at every request whose it is, how wrong
// that computer's clock is, and whether two computers live under one identity
// (see Presence). It stores through Store, makes devices through Devices, and
// knows nothing of samples or inventories. The collector's composition opens it
// and puts Door before what agents may reach.
//
// # What is stored
//
// Of enrolment tokens and of agents' secrets only the SHA-256: they are random
// values of 256 bits, which a thief of the database cannot turn back, and a
// look-up by hash tells nothing by the time it takes. What changes with each
// request (last heard, address, nonces) is kept in memory and written every
// flushEvery in one transaction.
//
// # What is bounded
//
// Tokens (MaxTokens), agents (MaxAgents), nonces remembered of each (maxLives),
// failed enrolments remembered (throttle.MaxKeys addresses), bodies and headers.
package enrolment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/throttle"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/wire"
)

// freeFailures is how many enrolments may fail from one address before the next
// has to wait: behind it there may be a whole school that installs agents with a
// token that has expired. Tokens cannot be guessed: this keeps the log and the
// processor free. A token that is good is never kept waiting by others' failures.
const freeFailures = 20

// Bounds of what is kept.
const (
	MaxTokens = 1000
	MaxAgents = 10_000
)

// Devices makes devices for new agents.
type Devices interface {
	// Place makes a device for a computer and returns its ID, which no living
	// agent has. A computer that looks like one that is known already gets a
	// device of its own too: that the two are one is proposed to people,
	// never decided at the door.
	Place(ctx context.Context, n NewComputer) (device string, err error)
}

// NewComputer is what is known of a computer whose agent is being enrolled.
type NewComputer struct {
	Site     string
	Hostname string
	Class    fleet.Class
	Machine  wire.Machine
	At       time.Time
}

// Options says how to open a Control. Store, Devices, Logger and Start are
// needed.
type Options struct {
	Store      Store
	Devices    Devices
	Logger     *slog.Logger
	Registerer prometheus.Registerer // nil: metrics are not exposed
	Now        func() time.Time      // nil: time.Now

	// Start is another text after each start of the collector
	// (wire.HeaderCollectorStart).
	Start string
	// Assignment says what is wanted of an agent; nil: wire.DefaultAssignment.
	// It is called with each request and must be quick.
	Assignment func(Agent) wire.Assignment
}

// Control knows the agents. It is safe for concurrent use.
type Control struct {
	store      Store
	devices    Devices
	log        *slog.Logger
	now        func() time.Time
	start      string
	assignment func(Agent) wire.Assignment
	metrics    *metrics
	failures   *throttle.Throttle

	enrolling sync.Mutex // one enrolment after the other
	writing   sync.Mutex // one write of agents after the other, so that the newest state wins; taken before mu

	mu     sync.Mutex
	agents map[string]*Record // by ID
	bySum  map[Hash]*Record   // by the secret's hash
	dirty  map[string]bool    // IDs whose record is newer than the stored one
}

// Hash is what is stored of a secret value: its SHA-256.
type Hash [sha256.Size]byte

func hashOf(plain string) Hash { return sha256.Sum256([]byte(plain)) }

// MarshalText writes hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads what MarshalText writes.
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) != hex.EncodedLen(len(h)) {
		return fmt.Errorf("a hash has %d hexadecimal digits, not %d", hex.EncodedLen(len(h)), len(b))
	}
	_, err := hex.Decode(h[:], b)
	return err
}

// Errors that callers branch on. A *RefusedError is what an agent is told.
var (
	ErrNotFound = errors.New("there is no such entry")
	ErrExists   = errors.New("an entry with this name exists already")
	ErrFull     = errors.New("there are as many entries as are allowed; revoke some first")
	ErrInvalid  = errors.New("that cannot be")
)

// RefusedError is why an agent's request was refused.
type RefusedError struct {
	Code       wire.Code
	Reason     string        // for people, English
	RetryAfter time.Duration // 0: not told
}

// Error says why, and what to do.
func (e *RefusedError) Error() string { return e.Reason }

// Open reads the agents from the store.
func Open(o Options) (*Control, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Assignment == nil {
		o.Assignment = func(Agent) wire.Assignment { return wire.DefaultAssignment() }
	}
	c := &Control{
		store: o.Store, devices: o.Devices, log: o.Logger.With("component", "enrolment"), now: o.Now, start: o.Start,
		assignment: o.Assignment, failures: throttle.New(freeFailures),
		agents: map[string]*Record{}, bySum: map[Hash]*Record{}, dirty: map[string]bool{},
	}
	records, err := o.Store.Agents(context.Background())
	if err != nil {
		return nil, fmt.Errorf("read agents: %w", err)
	}
	for _, r := range records {
		c.agents[r.ID], c.bySum[r.Secret] = &r, &r
	}
	c.metrics = newMetrics(c.count)
	if o.Registerer != nil {
		if err := c.metrics.register(o.Registerer); err != nil {
			return nil, fmt.Errorf("register metrics of enrolment: %w", err)
		}
	}
	return c, nil
}
