// Package incident is the heart of the product: a pure state machine that
// decides whether somebody is told, whom, and when. It takes facts (what the
// rules say, whether the data behind them are fresh, what is silenced, what the
// calendar says of this moment), what hangs on what, and a time as values, and
// returns the new picture and what is owed to whom. There is no storage, no
// clock, no goroutine and no library in it, so that a test, a simulation and
// production run the same code.
//
// # One cause, one mail
//
// An alert is about one thing (topology.Of its labels) and means something for
// it (Meaning): Down explains what hangs on the thing and can be explained by
// what the thing hangs on; Cause explains only; Trouble does neither. An
// incident that is explained is a symptom: Because names the incidents that
// explain it, and nobody is told of it. What is told, and when, is decided in
// settle; docs/incidents.md has the rules in words.
package incident

import (
	"strconv"
	"time"

	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
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
	Severity    Severity          `json:"severity"`        // now: its own, or that of what it touches
	Told        Severity          `json:"told,omitempty"`  // the most urgent severity that was owed to anybody
	Floor       Severity          `json:"floor,omitempty"` // what it touches makes it at least so urgent
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
	Notified map[string]time.Time `json:"notified,omitempty"` // contact → when the fault was owed to them in this round
	Acked    *Ack                 `json:"acked,omitempty"`
	Notes    []Note               `json:"notes,omitempty"` // what people said and did, in the order of doing; see Incident.With

	// What it is about, and what that means for others.
	Thing   topology.ID `json:"thing,omitempty"` // empty: nothing that is in the topology
	Class   fleet.Class `json:"class,omitempty"` // of the thing; empty: not known
	Room    string      `json:"room,omitempty"`  // of the thing: its ID
	Meaning Meaning     `json:"meaning,omitempty"`

	// Members are the things that it tells of together; nil: it is about one.
	Members []topology.ID `json:"members,omitempty"`

	// Because are the incidents that explain it, by number: it is their symptom,
	// its thing is unknown rather than down, and nobody is told.
	Because []ID      `json:"because,omitempty"`
	Freed   time.Time `json:"freed,omitzero"`    // when what explained it was gone, while it stayed
	Adopted []ID      `json:"adopted,omitempty"` // incidents that were told already when this one turned out to explain them
	Covered []string  `json:"covered,omitempty"` // contacts to whom the incidents of Because speak for this one

	Maintenance string            `json:"maintenance,omitempty"` // ID of the window that covers it now
	Waiting     map[string]Kind   `json:"waiting,omitempty"`     // contact → what they get once their hours begin
	Escalated   map[string]string `json:"escalated,omitempty"`   // contact → the escalation that reached them
	Reminded    int               `json:"reminded,omitempty"`    // how many reminders there were
	AckEnded    time.Time         `json:"ack_ended,omitzero"`    // when the last acknowledgement ran out or was taken back

	// An incident that comes back soon after its end is the same again.
	Round    int             `json:"round,omitempty"`    // 0: it never ended; 1: it ended and came back once
	Returns  []time.Time     `json:"returns,omitempty"`  // when it came back lately, whether it had ended in between or not
	Flapping bool            `json:"flapping,omitempty"` // it comes and goes: its end waits for a long calm
	FlapTold bool            `json:"flap_told,omitempty"`
	Before   map[string]bool `json:"before,omitempty"` // contacts that were told in earlier rounds

	// Of a fault that a person reported: it ends by a person's word only.
	Reported bool     `json:"reported,omitempty"`
	Reports  []Report `json:"reports,omitempty"` // by whom; in the order of reporting
}

// Meaning says what an alert means for the things that hang on its thing. Rules
// say it in their annotation "topology".
type Meaning string

// The meanings.
const (
	Trouble Meaning = ""      // something is wrong with it, or it is about no thing
	Down    Meaning = "down"  // it does not answer: explains what hangs on it, and can be explained
	Cause   Meaning = "cause" // it answers, and explains what hangs on it, as a UPS does that runs on its battery
)

// Report is a person's word that something is broken.
type Report struct {
	At    time.Time `json:"at"`
	By    string    `json:"by,omitempty"`    // as they call themselves; empty: they did not say
	Wrong string    `json:"wrong,omitempty"` // what they chose of what can be wrong: "no_picture"
	Text  string    `json:"text,omitempty"`  // in their own words
}

// MaxReports bounds Incident.Reports: later ones are counted by Reports' last
// element taking their place.
const MaxReports = 20

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
	Until   time.Time `json:"until,omitzero"` // then it runs out, if the fault is there still; zero: it holds to the end
}

// Kind is what a contact is told.
type Kind string

// The kinds of messages about incidents.
const (
	Fault      Kind = "fault"
	Update     Kind = "update"     // something about it is new: see Reason
	Reminder   Kind = "reminder"   // an acknowledgement ran out, and it is still broken
	Escalation Kind = "escalation" // nobody acknowledged in time: the first that this contact hears of it
	Recovery   Kind = "recovery"   // owed exactly to those who were told that it is broken
)

// Reason says what is new in an Update.
type Reason string

// The reasons.
const (
	Worse     Reason = "worse"      // it became more urgent
	Again     Reason = "again"      // it had ended, and is back
	Comes     Reason = "flapping"   // it comes and goes; nothing more is told until it was calm for long
	CauseGone Reason = "cause_gone" // what explained it is mended, and it is still broken
)

// Owed is one message that somebody must get. Incident is the picture at the
// moment that it became owed: the message is written from it, so that a second
// try says the same as the first.
type Owed struct {
	Contact  string
	Kind     Kind
	Reason   Reason // of an Update; of a Reminder or Escalation empty
	Incident Incident

	// Touches is what hangs on the incident's thing and has no other way, as of
	// this moment; of a Recovery it is what of that is still broken.
	Touches Touches

	// Told are the numbers of those in Incident.Adopted that this contact was
	// told of: the message answers the first of them, and corrects them all.
	Told []ID
}

// Mark tells apart what is owed of one kind to one contact about one incident:
// of each mark there is one message.
func (o Owed) Mark() string {
	inc := o.Incident
	out := ""
	switch o.Kind {
	case Update:
		out = string(o.Reason)
		if o.Reason == Worse {
			out = string(inc.Told)
		}
		if o.Reason == CauseGone {
			out += "-" + strconv.FormatInt(inc.Freed.Unix(), 10)
		}
	case Reminder:
		out = strconv.Itoa(inc.Reminded)
	case Escalation:
		out = inc.Escalated[o.Contact]
	}
	if inc.Round > 0 {
		out += "@" + strconv.Itoa(inc.Round)
	}
	return out
}

// Touches is what a fault touches besides its own thing.
type Touches struct {
	Total int       `json:"total,omitempty"` // things
	Kinds []Touch   `json:"kinds,omitempty"` // how many of which kind, the most first
	Named []Symptom `json:"named,omitempty"` // MaxNamed of them at most, the important ones first
}

// Touch counts things of one kind.
type Touch struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// Symptom is a thing that a fault touches.
type Symptom struct {
	Thing topology.ID `json:"thing"`
	Name  string      `json:"name,omitempty"`
	Kind  string      `json:"kind,omitempty"`
	Class fleet.Class `json:"class,omitempty"`
	Site  string      `json:"site,omitempty"`
	Room  string      `json:"room,omitempty"`
	Seat  string      `json:"seat,omitempty"`
	Down  bool        `json:"down,omitempty"` // there is an incident of its own that says so
}

// MaxNamed bounds Touches.Named.
const MaxNamed = 200
