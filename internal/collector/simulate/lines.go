package simulate

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/topology"
)

// Lines of the output. Their fields, and the order of the fields, are a promise
// of docs/simulate.md.

// MailLine is one mail that was sent.
type MailLine struct {
	Type     string      `json:"type"` // mail
	Time     string      `json:"time"`
	To       string      `json:"to"`
	Kind     string      `json:"kind"`
	Reason   string      `json:"reason,omitempty"` // of an update: worse, again, flapping, cause_gone
	Subject  string      `json:"subject"`
	Number   int         `json:"number"`            // of this mail in the scenario
	Answers  int         `json:"answers,omitempty"` // number of the mail that it answers, of the same conversation
	Incident uint64      `json:"incident,omitempty"`
	Rule     string      `json:"rule,omitempty"`
	About    string      `json:"about,omitempty"`
	Severity string      `json:"severity,omitempty"`
	Cause    []string    `json:"cause,omitempty"`    // the things that are broken: what it is about, or what explains that
	Members  []string    `json:"members,omitempty"`  // of an incident about several things together
	Touches  int         `json:"touches,omitempty"`  // how many things are out of reach because of it
	Symptoms []string    `json:"symptoms,omitempty"` // these things, at most incident.MaxNamed, the important ones first
	Adopted  []uint64    `json:"adopted,omitempty"`  // incidents told before, of which this is the cause
	Waited   string      `json:"waited,omitempty"`   // how long it waited for the mail server, when a minute or more
	Digest   *DigestPart `json:"digest,omitempty"`   // of a digest or a month's summary
	Items    []MailItem  `json:"items,omitempty"`    // of a mail that tells of several incidents
}

// DigestPart is what a digest tells, counted.
type DigestPart struct {
	Well     bool `json:"well"` // nothing is broken
	Over     int  `json:"over"`
	Open     int  `json:"open"`
	Quiet    int  `json:"quiet"` // broken, and silenced or in maintenance
	Coming   int  `json:"coming"`
	Silent   int  `json:"silent"` // devices that nobody has switched on for long
	Suggests int  `json:"suggestions"`
}

func digestLine(c digest.Content) *DigestPart {
	return &DigestPart{
		Well: c.Well(), Over: len(c.Over) + c.Left["over"], Open: len(c.Open) + c.Left["open"], Quiet: len(c.Quiet) + c.Left["quiet"],
		Coming: len(c.Coming) + c.Left["coming"], Silent: len(c.Silent) + c.Left["silent"], Suggests: len(c.Suggests),
	}
}

// MailItem is one incident in a mail that tells of several.
type MailItem struct {
	Kind     string `json:"kind"`
	Incident uint64 `json:"incident"`
	Rule     string `json:"rule"`
	About    string `json:"about,omitempty"`
	Since    string `json:"since"`
}

// StateLine is a change of an incident.
type StateLine struct {
	Type        string   `json:"type"` // state
	Time        string   `json:"time"`
	Incident    uint64   `json:"incident"`
	Rule        string   `json:"rule"`
	About       string   `json:"about,omitempty"`
	Severity    string   `json:"severity"`
	From        string   `json:"from"` // "new" for one that there was not before
	To          string   `json:"to"`
	Evidence    string   `json:"evidence"`
	Because     []uint64 `json:"because,omitempty"` // numbers of the incidents that explain it
	Causes      []string `json:"causes,omitempty"`  // what these are about
	Silenced    bool     `json:"silenced,omitempty"`
	Maintenance string   `json:"maintenance,omitempty"` // the window that covers it
	Flapping    bool     `json:"flapping,omitempty"`
	Acked       string   `json:"acknowledged_by,omitempty"`
	Ended       string   `json:"end_reason,omitempty"`
}

// WarningLine says that something of the scenario could not happen.
type WarningLine struct {
	Type  string `json:"type"` // warning
	Time  string `json:"time"`
	Event int    `json:"event"` // its place in events, from 0
	Text  string `json:"text"`
}

// SummaryLine is the last line.
type SummaryLine struct {
	Type      string         `json:"type"` // summary
	From      string         `json:"from"`
	To        string         `json:"to"`
	Mails     int            `json:"mails"`
	MailsTo   map[string]int `json:"mails_to"`
	MailsOf   map[string]int `json:"mails_of_kind"`
	Incidents int            `json:"incidents"`
	Open      []uint64       `json:"open"`   // incidents that are not over
	Unsent    int            `json:"unsent"` // messages that still wait for the mail server
}

func (w *world) time(t time.Time) string { return t.In(w.s.zone).Format(time.RFC3339) }

// aboutOf names the thing that an incident is about; several things behind one
// are about that one, several in a room about the room.
func aboutOf(inc incident.Incident) string {
	if thing := cmp.Or(inc.Thing, topology.Of(inc.Labels)); thing != "" {
		return string(thing)
	}
	if room := inc.Labels["room"]; room != "" {
		return "room:" + room
	}
	return ""
}

// tellState prints how an incident changed, if a reader of lines can see it.
func (w *world) tellState(inc incident.Incident, now time.Time) {
	line := StateLine{
		Type: "state", Time: w.time(now), Incident: uint64(inc.ID), Rule: inc.Rule, About: aboutOf(inc), Severity: string(inc.Severity),
		From: "new", To: string(inc.State), Evidence: string(inc.Evidence), Silenced: inc.Silenced, Ended: string(inc.EndReason),
	}
	if inc.Acked != nil {
		line.Acked = inc.Acked.By
	}
	line.Because, line.Flapping = idNumbers(inc.Because), inc.Flapping
	line.Maintenance, _, _ = strings.Cut(inc.Maintenance, "@") // the rest says which time of it
	for _, id := range inc.Because {
		line.Causes = append(line.Causes, w.abouts[id])
	}
	before, known := w.shown[inc.ID]
	if known {
		line.From = before.To
		same := before
		same.Time, same.From = line.Time, line.From
		if reflect.DeepEqual(same, line) {
			return // what changed is nothing that a line tells
		}
	}
	w.shown[inc.ID] = line
	w.emit(line)
}

func idNumbers(ids []incident.ID) []uint64 {
	var out []uint64
	for _, id := range ids {
		out = append(out, uint64(id))
	}
	return out
}

func (w *world) warn(event int, now time.Time, text string) {
	w.emit(WarningLine{Type: "warning", Time: w.time(now), Event: event, Text: text})
}

func (w *world) summary() SummaryLine {
	line := SummaryLine{Type: "summary", From: w.time(w.s.from), To: w.time(w.s.to), MailsTo: map[string]int{}, MailsOf: map[string]int{}, Open: []uint64{}}
	for _, inc := range w.open() {
		line.Open = append(line.Open, uint64(inc.ID))
	}
	slices.Sort(line.Open)
	return line
}
