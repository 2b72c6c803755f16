package enrolment

import (
	"context"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/wire"
)

// Store keeps what enrolment must not forget. Every method is one transaction
// and safe for concurrent use; what it is given it does not keep, and what it
// returns is the caller's. Errors named here are wrapped or returned as they
// are; any other error means that the storage itself is in trouble.
type Store interface {
	// AddEnrolToken removes the tokens that expired before over, and then
	// fails with ErrExists when the hash or the name is taken and with ErrFull
	// when limit tokens are there.
	AddEnrolToken(ctx context.Context, key Hash, t Token, limit int, over time.Time) error
	// EnrolToken fails with ErrNotFound.
	EnrolToken(ctx context.Context, key Hash) (Token, error)
	// EnrolTokens lists by name.
	EnrolTokens(ctx context.Context) ([]Token, error)
	// RevokeEnrolToken sets Token.Revoked of the token with a name, if it is
	// not set. It fails with ErrNotFound.
	RevokeEnrolToken(ctx context.Context, name string, at time.Time) error

	// AddAgent stores a new agent and counts one use of the token in the same
	// transaction. It fails with ErrNotFound when the token is gone and with
	// ErrFull when the token is revoked or used up. The agent with the ID
	// drop, when it is not empty, is removed to make room.
	AddAgent(ctx context.Context, token Hash, r Record, drop string) error
	// Agents lists by ID.
	Agents(ctx context.Context) ([]Record, error)
	// PutAgents replaces the records of agents that are there; others are left
	// out.
	PutAgents(ctx context.Context, records []Record) error
}

// Token is what others may know about an enrolment token.
type Token struct {
	Name    string      `json:"name"`
	Site    string      `json:"site"`
	Class   fleet.Class `json:"class,omitempty"` // of the devices; empty: what the system calls itself
	By      string      `json:"by"`              // who made it
	Created time.Time   `json:"created"`
	Expires time.Time   `json:"expires"`
	Uses    int         `json:"uses"` // how many agents it can enrol
	Used    int         `json:"used"` // how many it has
	Revoked time.Time   `json:"revoked,omitzero"`
}

// Agent is what others may know about an agent.
type Agent struct {
	ID          string        `json:"id"`
	Device      string        `json:"device"`
	Site        string        `json:"site"`
	System      string        `json:"system"` // GOOS
	Version     string        `json:"version"`
	Hostname    string        `json:"hostname"`
	Machine     wire.Machine  `json:"machine"` // at the enrolment
	Enrolled    time.Time     `json:"enrolled"`
	Token       string        `json:"token"`            // name of the enrolment token
	Seen        time.Time     `json:"seen,omitzero"`    // last request that was let in
	Address     string        `json:"address"`          // where it came from
	ClockOffset time.Duration `json:"clock_offset"`     // nanoseconds to add to times of the agent's clock; see Admission.Offset
	Revoked     time.Time     `json:"revoked,omitzero"` // zero: it is not
	RevokedBy   string        `json:"revoked_by,omitempty"`
}

// Record is an agent as it is stored.
type Record struct {
	Agent
	Secret   Hash     `json:"secret_sha256"`
	Presence Presence `json:"presence"`
}

// clone returns a copy that shares nothing that is changed.
func (r *Record) clone() Record {
	out := *r
	out.Presence = r.Presence.clone()
	out.Machine.MACs = slices.Clone(r.Machine.MACs)
	return out
}
