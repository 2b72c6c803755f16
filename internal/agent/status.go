package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/budi-monitor/budi/internal/wire"
)

// Status is what a running agent tells about itself, for people and programs of
// the same computer. It holds no secret.
type Status struct {
	Written  time.Time `json:"written"` // each minute while the agent runs; the last one stays when it ends
	Running  bool      `json:"running"` // false: it ended in order
	Version  string    `json:"version"`
	Enrolled bool      `json:"enrolled"`
	URL      string    `json:"url,omitempty"` // of the collector
	Agent    string    `json:"agent,omitempty"`
	Device   string    `json:"device,omitempty"`
	Site     string    `json:"site,omitempty"`
	// Refused says why the collector does not take this agent any more: it was
	// revoked, or its disk was cloned.
	Refused string `json:"refused,omitempty"`
	// Order says why the enrolment that waits could not be carried out yet.
	Order string `json:"order,omitempty"`

	Booted  time.Time  `json:"booted,omitzero"` // start of the computer
	Looked  time.Time  `json:"looked,omitzero"` // newest look
	Series  int        `json:"series"`          // in that look
	Profile string     `json:"profile,omitempty"`
	Facts   time.Time  `json:"facts,omitzero"` // newest inventory
	Uplink  *Delivery  `json:"uplink,omitempty"`
	Spool   wire.Spool `json:"spool"`
}

// Delivery is how the way to the collector has been since the agent's start.
type Delivery struct {
	LastSuccess   time.Time `json:"last_success,omitzero"`
	LastError     string    `json:"last_error,omitempty"` // of the newest try; empty when it succeeded
	LastErrorAt   time.Time `json:"last_error_at,omitzero"`
	SentBytes     int64     `json:"sent_bytes"`
	ReceivedBytes int64     `json:"received_bytes"`
	Rounds        int64     `json:"rounds"` // that succeeded
	FailedRounds  int64     `json:"failed_rounds"`
}

// staleAfter is how old the file of a running agent cannot be.
const staleAfter = 3 * statusEvery

// Alive reports whether the agent that wrote this runs at the moment now, as
// far as the file can tell.
func (s Status) Alive(now time.Time) bool {
	age := now.Sub(s.Written)
	return s.Running && age < staleAfter && age > -staleAfter
}

// ReadStatus reads what the agent with this state file wrote last. It returns
// false when no agent has run yet.
func ReadStatus(state string) (Status, bool, error) {
	data, err := os.ReadFile(StatusFile(state))
	if errors.Is(err, fs.ErrNotExist) {
		return Status{}, false, nil
	}
	if err != nil {
		return Status{}, false, fmt.Errorf("read the agent's status: %w", err)
	}
	var s Status
	if err := json.Unmarshal(data, &s); err != nil {
		return Status{}, false, fmt.Errorf("read the agent's status %s: %w", StatusFile(state), err)
	}
	return s, true, nil
}

// publish writes the status. Trouble with it is told once: the agent does its
// work without.
func (a *agent) publish() {
	a.publishing.Lock()
	defer a.publishing.Unlock()
	s := a.status()
	data, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = writeFile(StatusFile(a.opts.State), append(data, '\n'))
	}
	a.trouble("status", "write the status file", err)
}

// status gathers what is known now.
func (a *agent) status() Status {
	stats := a.store.Stats()
	a.mu.Lock()
	defer a.mu.Unlock()
	s := Status{
		Written: a.now().UTC(), Running: a.running, Version: a.opts.Version, Enrolled: a.enrolled, Refused: a.refused, Order: a.orderTrouble,
		Booted: a.booted, Facts: a.factsAt, Profile: string(a.profile()),
		Spool: wire.Spool{Samples: stats.Samples, Oldest: stats.Oldest, Dropped: stats.Dropped, Notice: stats.Notice},
	}
	if a.enrolled {
		s.URL, s.Agent, s.Device, s.Site = a.collectorURL(), a.identity.Agent, a.identity.Device, a.identity.Site
	}
	if !a.newest.Time.IsZero() {
		s.Looked, s.Series = a.newest.Time.UTC(), len(a.newest.Samples)
	}
	if a.up != nil {
		up := a.up.Status()
		s.Uplink = &Delivery{
			LastSuccess: up.LastSuccess.UTC(), LastError: up.LastError, LastErrorAt: up.LastErrorAt.UTC(),
			SentBytes: up.Sent, ReceivedBytes: up.Received, Rounds: up.Pushes, FailedRounds: up.Errors,
		}
	}
	return s
}
