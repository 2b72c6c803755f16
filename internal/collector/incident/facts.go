package incident

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
)

// Alert is one alert as the rules see it now.
type Alert struct {
	Rule        string
	Labels      map[string]string // without "alertname"; "severity" among them
	Annotations map[string]string
	Value       float64
	Firing      bool      // false: the expression is true, its "for" has not passed yet
	Since       time.Time // when the expression became true
	Silenced    bool
	Problem     *look.Problem

	// Names are what people call the things that labels point at with IDs, by
	// label: "check" → "Library catalogue". Besides, under NameTarget, the
	// address that was looked at, and under NameKind what a device is.
	Names map[string]string

	// Members are the things that an alert tells of together, such as the
	// computers of a room; nil: it is about one thing.
	Members []topology.ID
}

// Keys in Names that are no labels.
const (
	NameTarget = "target" // the address that was looked at, as it is shown: without secrets
	NameKind   = "kind"   // of the device, where it is no computer: printer, switch …; of a check that is a job: job
)

// Key returns the identity of the incident that the alert belongs to.
func (a Alert) Key() Key { return NewKey(a.Rule, a.Labels) }

// NewKey makes the key of a rule's alert.
func NewKey(rule string, labels map[string]string) Key {
	var b strings.Builder
	b.WriteString(rule)
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if name == "severity" || name == "alertname" {
			continue
		}
		b.WriteByte(',')
		b.WriteString(name)
		b.WriteByte('=')
		b.WriteString(strconv.Quote(labels[name]))
	}
	return Key(b.String())
}

// Facts is everything that the machine is told about one moment.
type Facts struct {
	Alerts []Alert // all that are pending or firing, in any order

	// Cleared holds the keys of open incidents for which there is evidence
	// that the fault is over: their rule was evaluated, does not fire, and the
	// data behind it are fresh. An open incident that is neither here nor
	// among the alerts is unknown.
	Cleared map[Key]bool

	Moment Moment
}

// Moment is what the calendar says of now.
type Moment struct {
	Windows     []Window     // maintenance that is under way, or may begin now
	Assessments []Assessment // that are under way

	// Next is when any of this, or the hours of a contact or an escalation,
	// changes; zero: not in sight.
	Next time.Time
}

// Window is maintenance of things and all that hangs on them.
type Window struct {
	ID     string // of this occurrence
	Things []topology.ID
	Sites  []string // all that is there
	Rooms  []Room

	// OnDown says that it begins with the first thing of it that goes down
	// between From and To, and takes Lasts; else it is under way from From to To.
	OnDown   bool
	From, To time.Time
	Lasts    time.Duration
}

// Room is a room of a site, by their IDs.
type Room struct{ Site, Room string }

// Assessment is an examination that must not be disturbed: what touches its
// rooms is told at once, and what can wait waits.
type Assessment struct {
	Name  string
	Site  string   // empty: every site
	Rooms []string // empty: the whole site
}

// Contact is somebody who is told, as of this moment: a deputy stands in place
// of who is away.
type Contact struct {
	Name        string
	MinSeverity Severity // empty: everything
	Sites       []string // whose faults are theirs; empty: all

	// Off says that these are not their hours: they are told when those begin,
	// of what is at least OffSeverity at once (empty: of nothing).
	Off         bool
	OffSeverity Severity

	// Later says that only an escalation reaches them.
	Later bool

	// Also is what they are told of besides, in place of others.
	Also []Want
}

// Want is what somebody is told of.
type Want struct {
	MinSeverity Severity // empty: everything
	Sites       []string // empty: all
}

// covers reports whether something of a severity that concerns some sites is
// wanted.
func (w Want) covers(severity Severity, concerns func(site string) bool) bool {
	return (w.MinSeverity == "" || severity.rank() >= w.MinSeverity.rank()) &&
		(len(w.Sites) == 0 || slices.ContainsFunc(w.Sites, concerns))
}

func (c Contact) wants(severity Severity, concerns func(site string) bool) bool {
	return Want{c.MinSeverity, c.Sites}.covers(severity, concerns) ||
		slices.ContainsFunc(c.Also, func(w Want) bool { return w.covers(severity, concerns) })
}

// looksAfter reports whether faults of a site are a contact's.
func (c Contact) looksAfter(site string) bool {
	theirs := func(w Want) bool { return len(w.Sites) == 0 || slices.Contains(w.Sites, site) }
	return theirs(Want{Sites: c.Sites}) || slices.ContainsFunc(c.Also, theirs)
}

// reachable reports whether a contact is told now.
func (c Contact) reachable(inc Incident) bool {
	return !c.Off || c.OffSeverity != "" && inc.Severity.rank() >= c.OffSeverity.rank()
}

// EscalationRule tells contacts of what nobody acknowledged in time.
type EscalationRule struct {
	Name        string // of its own: it happens once for each incident
	After       time.Duration
	To          []string      // contacts, as of this moment
	Classes     []fleet.Class // empty: all, and what is about no thing
	MinSeverity Severity      // empty: everything
	Off         bool          // these are not its hours
}

// Policy is how patient the machine is, and whom it tells.
type Policy struct {
	HoldFault    time.Duration // how long a fault must last after its rule fires before it is owed
	HoldRecovery time.Duration // how long the evidence must hold before an incident ends
	ForgetAfter  time.Duration // unknown for so long: closed without a word; 0 means never
	MaxOpen      int           // at most so many incidents at once; 0 means no limit
	MaxOfDevice  int           // at most so many of them about one device, which says itself what is wrong with it; 0 means no limit
	Contacts     []Contact
	Escalations  []EscalationRule

	HoldSymptom time.Duration        // how long a thing that hangs on others must be down before it is owed, so that a cause is found first
	ReturnGrace time.Duration        // how long what was a symptom may take to come back when its cause is gone
	Classes     map[fleet.Class]Hold // for things of a class in place of HoldFault and HoldRecovery
	FlapWithin  time.Duration        // what comes back so soon after its end is the same incident again; 0: never
	FlapCalm    time.Duration        // how long what comes and goes must be calm before it is over

	Graph *topology.Graph // what hangs on what; nil: nothing is known
}

// DefaultPolicy is how patient the machine is where nobody says otherwise.
func DefaultPolicy() Policy {
	return Policy{
		HoldFault: 30 * time.Second, HoldRecovery: 2 * time.Minute, HoldSymptom: 2 * time.Minute, ReturnGrace: 10 * time.Minute,
		FlapWithin: 30 * time.Minute, FlapCalm: 30 * time.Minute, ForgetAfter: 30 * 24 * time.Hour, MaxOpen: 5000, MaxOfDevice: 50,
		// Who sits there sees it first.
		Classes: map[fleet.Class]Hold{fleet.Workstation: {5 * time.Minute, 5 * time.Minute}, fleet.Presentation: {5 * time.Minute, 5 * time.Minute}},
	}
}

// Hold is how patient the machine is with things of a class.
type Hold struct{ Fault, Recovery time.Duration }
