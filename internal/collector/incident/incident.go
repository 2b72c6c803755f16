// Package incident is the heart of the product: a pure state machine that
// decides whether somebody is told, whom, and when. It takes facts (what the
// rules say, whether the data behind them are fresh, what is silenced) and a
// time as values, and returns the new picture and what is owed to whom. There
// is no storage, no clock, no goroutine and no library in it, so that a test,
// a simulation and production run the same code.
package incident

import (
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

// Severity orders what a rule says about urgency. Rules carry it in their
// label "severity"; anything else counts as Warning.
type Severity string

// The severities, most urgent first.
const (
	Critical Severity = "critical"
	Warning  Severity = "warning"
	Info     Severity = "info"
)

// rank is higher for what is more urgent.
func (s Severity) rank() int {
	switch s {
	case Critical:
		return 3
	case Info:
		return 1
	default:
		return 2
	}
}

// Key tells incidents apart: the rule's name and the alert's labels, severity
// left out (an alert that becomes more urgent stays the same incident).
type Key string

// ID numbers incidents from 1; people say "incident 12".
type ID uint64

// State is where an incident stands.
type State string

// The states. An incident is born Holding, is Open from the moment that it is
// owed to somebody (or would be, were there anybody), and ends Closed.
const (
	Holding State = "holding" // seen, not yet mailed: it may pass by itself, or is silenced
	Open    State = "open"    // told
	Closed  State = "closed"  // over
)

// Evidence is what is known now about the fault behind an incident.
type Evidence string

// The kinds of evidence. Only Cleared evidence ends an incident.
const (
	Firing  Evidence = "firing"  // the rule says so
	Cleared Evidence = "cleared" // the rule stopped firing, and the data behind it are fresh
	Unknown Evidence = "unknown" // the rule or its data are gone: nobody knows
)

// Incident is one fault and its story. Values are copied freely: the maps and
// slices in it are never changed after they are made.
type Incident struct {
	ID          ID                `json:"id"`
	Key         Key               `json:"key"`
	Rule        string            `json:"rule"`
	Severity    Severity          `json:"severity"`       // now
	Told        Severity          `json:"told,omitempty"` // the most urgent severity that was owed to anybody
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Names       map[string]string `json:"names,omitempty"`   // what people call what the labels point at, when last firing; see Alert
	Value       float64           `json:"value"`             // the expression's value when last firing
	Problem     *look.Problem     `json:"problem,omitempty"` // what the last look that went wrong said, where there is one

	State     State     `json:"state"`
	Evidence  Evidence  `json:"evidence"`
	Since     time.Time `json:"since"`                // when the fault began: the rule's expression became true
	Seen      time.Time `json:"seen"`                 // when the machine first saw it firing; the hold before mailing counts from here
	Opened    time.Time `json:"opened,omitzero"`      // when it was first owed
	Turned    time.Time `json:"turned"`               // when Evidence last changed
	LastFired time.Time `json:"last_fired"`           // when the rule was last seen firing
	Ended     time.Time `json:"ended,omitzero"`       // when it was over
	EndReason EndReason `json:"end_reason,omitempty"` // why it is closed

	Silenced bool                 `json:"silenced"`           // a silence covers it now
	Notified map[string]time.Time `json:"notified,omitempty"` // contact → when the fault was owed to them
	Acked    *Ack                 `json:"acked,omitempty"`
	Notes    []Note               `json:"notes,omitempty"` // what people said and did, in the order of doing; see Incident.With
}

// EndReason says why an incident is closed.
type EndReason string

// The reasons.
const (
	Recovered EndReason = "recovered" // on evidence
	ByHand    EndReason = "by_hand"   // a person said so
	Expired   EndReason = "expired"   // unknown for so long that nobody will ever know; nobody is told
)

// Ack is a person's word that they look after an incident.
type Ack struct {
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Comment string    `json:"comment,omitempty"`
}

// Kind is what a contact is told.
type Kind string

// The kinds of messages.
const (
	Fault    Kind = "fault"
	Update   Kind = "update"   // the same incident became more urgent
	Recovery Kind = "recovery" // owed exactly to those who were owed the fault
)

// Owed is one message that somebody must get. Incident is the picture at the
// moment that it became owed: the message is written from it, so that a second
// try says the same as the first.
type Owed struct {
	Contact  string
	Kind     Kind
	Incident Incident
}
