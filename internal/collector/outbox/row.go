package outbox

import (
	"fmt"
	"time"

	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/incident"
)

// State is where a row stands.
type State string

// The states. Sent, Refused and Uncertain are final.
const (
	Due       State = "due"       // waits for its turn or for another try
	Sending   State = "sending"   // the other side may have it; found at start, the process was killed in between
	Sent      State = "sent"      // the other side has taken responsibility
	Refused   State = "refused"   // given up: the other side refuses it for good, or there is nobody to send it to
	Uncertain State = "uncertain" // it may have arrived, and was tried as often as may be
)

// Final reports whether nothing more happens to the row.
func (s State) Final() bool { return s == Sent || s == Refused || s == Uncertain }

// rank orders what is told of one incident: nothing is sent before what has a
// lower rank. An incident that comes back after its end begins a round, which is
// told after all of the round before.
func (r Row) rank() int {
	within := 1
	switch r.Kind {
	case incident.Fault:
		within = 0
	case incident.Recovery:
		within = 2
	}
	return 3*r.Incident.Round + within
}

// begins reports whether the row may be the first that a contact hears of an
// incident.
func (r Row) begins() bool { return r.Kind == incident.Fault || r.Kind == incident.Escalation }

// rowID is the same whenever the same thing becomes owed.
func rowID(o incident.Owed) string {
	kind := string(o.Kind)
	if mark := o.Mark(); mark != "" {
		kind += "-" + mark
	}
	return fmt.Sprintf("%d/%s/%s", o.Incident.ID, kind, o.Contact)
}

// Row is one thing that one contact must be told. It is stored as JSON.
type Row struct {
	ID       string            `json:"id"` // names incident, kind and contact; see rowID
	Contact  string            `json:"contact"`
	Kind     incident.Kind     `json:"kind"`
	Incident incident.Incident `json:"incident"` // as it was when this became owed
	State    State             `json:"state"`

	Reason  incident.Reason  `json:"reason,omitempty"` // as in incident.Owed
	Touches incident.Touches `json:"touches,omitzero"` // as in incident.Owed
	Told    []incident.ID    `json:"told,omitempty"`   // as in incident.Owed

	// Digest is what a row without an incident tells: a morning's digest or a
	// month's summary.
	Digest *digest.Content `json:"digest,omitempty"`

	OwedAt   time.Time `json:"owed_at"`
	NextTry  time.Time `json:"next_try,omitzero"` // not before
	Finished time.Time `json:"finished,omitzero"` // when the state became final
	Orphaned time.Time `json:"orphaned,omitzero"` // since when the contact has been missing from the configuration

	Attempts  int    `json:"attempts,omitempty"`   // deliveries begun that did not succeed, and the one that did
	Uncertain int    `json:"uncertain,omitempty"`  // those among them after which it may have arrived
	Alone     bool   `json:"alone,omitempty"`      // goes by itself: a digest, or refused as a part of a summary
	LastError string `json:"last_error,omitempty"` // at most MaxLastError bytes

	MessageID string `json:"message_id"`       // without angle brackets; that of the summary once it goes in one
	Thread    string `json:"thread,omitempty"` // Message-ID of the message that this one answers
}

// MaxLastError bounds Row.LastError, in bytes.
const MaxLastError = 500

// Store keeps rows durably. Each call that writes is one transaction that is on
// the disk when the call returns nil. Methods are safe for concurrent use and
// do not keep their arguments.
type Store interface {
	// UnsentRows returns every row whose state is not final, in any order.
	UnsentRows() ([]Row, error)
	// PutRows writes all rows or none, over those that have the same ID.
	PutRows(rows []Row) error
	// IncidentRows returns every row of an incident, in any state and order.
	IncidentRows(id incident.ID) ([]Row, error)
	// PruneRows removes some (bounded) final rows that were finished before the
	// moment, and keeps those whose incident is open or has an unsent row: the
	// recovery must find the message that it answers. It returns how many it
	// removed.
	PruneRows(before time.Time) (int, error)
}
