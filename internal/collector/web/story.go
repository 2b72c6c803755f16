package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/wording"
)

// about finds the words for an incident.
func (w words) about(inc incident.Incident) wording.Words {
	return wording.Of(w.c, w.Lang, inc, w.now)
}

// Subject says in a few words what an incident is.
func (w words) Subject(inc incident.Incident) string { return w.about(inc).Summary() }

// What says what an incident is, in a sentence or two.
func (w words) What(inc incident.Incident) string { return w.about(inc).What() }

// Why says why an incident matters.
func (w words) Why(inc incident.Incident) string { return w.about(inc).Why() }

// Do says what to do first.
func (w words) Do(inc incident.Incident) string { return w.about(inc).Do() }

// Where names the place of an incident.
func (w words) Where(inc incident.Incident) string { return w.about(inc).Where() }

// Contacts lists who was told of an incident.
func (w words) Contacts(inc incident.Incident) string {
	names := make([]string, 0, len(inc.Notified))
	for name := range inc.Notified {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// Nobody reports whether an incident would have been told to somebody, were
// there anybody.
func (words) Nobody(inc incident.Incident) bool {
	return !inc.Opened.IsZero() && len(inc.Notified) == 0
}

// event is one line of an incident's story.
type event struct {
	Time   time.Time
	Text   string
	Detail string // technical text, or a person's comment
	Tone   string // a class of the style sheet
}

// story tells an incident from its beginning to its end.
func (w words) story(p IncidentPage) []event {
	inc := p.Incident
	events := []event{{Time: inc.Since, Text: w.T("web.story.began"), Tone: "bad"}}
	if !inc.Seen.IsZero() && !inc.Seen.Equal(inc.Since) {
		events = append(events, event{Time: inc.Seen, Text: w.T("web.story.seen")})
	}
	if w.Nobody(inc) {
		events = append(events, event{Time: inc.Opened, Text: w.T("web.nobody_told"), Tone: "warn"})
	}
	for _, m := range p.Messages {
		events = append(events, w.message(m))
	}
	if inc.Acked != nil {
		events = append(events, event{Time: inc.Acked.At, Text: w.acknowledgedBy(inc.Acked.By, inc.Acked.Until), Detail: inc.Acked.Comment, Tone: "info"})
	}
	for _, r := range inc.Reports {
		events = append(events, event{Time: r.At, Text: w.T("web.story.reported", "By", w.Reporter(r)), Detail: w.reported(inc, r), Tone: "warn"})
	}
	for _, n := range inc.Notes {
		if n.Kind != incident.ClosedIt { // told with the end
			events = append(events, w.note(n))
		}
	}
	if inc.State != incident.Closed {
		switch inc.Evidence {
		case incident.Cleared:
			events = append(events, event{Time: inc.Turned, Text: w.T("web.story.cleared"), Tone: "good"})
		case incident.Unknown:
			events = append(events, event{Time: inc.Turned, Text: w.T("web.story.unknown"), Tone: "unknown"})
		}
	} else {
		tone := "good"
		if inc.EndReason == incident.Expired {
			tone = "unknown"
		}
		closer, _ := inc.ClosedBy()
		events = append(events, event{Time: inc.Ended, Text: w.End(inc), Detail: closer.Text, Tone: tone})
	}
	slices.SortStableFunc(events, func(a, b event) int { return a.Time.Compare(b.Time) })
	return events
}

// reported is what a person reported, in one line.
func (w words) reported(inc incident.Incident, r incident.Report) string {
	wrong := ""
	if key := "report.wrong." + r.Wrong; r.Wrong != "" && w.c.Has(w.Lang, key) {
		wrong = w.T(key)
	}
	return strings.Trim(wrong+": "+w.Foreign(r.Text), ": ")
}

// note is the line of a note in a story.
func (w words) note(n incident.Note) event {
	e := event{Time: n.At, Detail: n.Text, Tone: "info"}
	switch n.Kind {
	case incident.Acknowledged:
		e.Text = w.acknowledgedBy(n.By, n.Until)
	case incident.RanOut:
		e.Text, e.Tone = w.T("web.story.ran_out", "By", n.By), "warn"
	case incident.TookBack:
		e.Text, e.Tone = w.T("web.story.took_back", "By", n.By), ""
	case incident.Silenced:
		e.Text, e.Tone = w.T("web.story.silenced", "By", n.By, "Time", w.Time(n.Until)), ""
	case incident.Unsilenced:
		e.Text, e.Tone = w.T("web.story.unsilenced", "By", n.By), ""
	case incident.Repaired:
		e.Text, e.Tone = w.T("web.story.repaired", "By", n.By), "good"
		if n.Text == "" {
			e.Text, e.Tone = w.T("web.story.repair_gone", "By", n.By), ""
		}
	case incident.Published:
		e.Text = w.T("web.story.published", "By", n.By)
		if n.Text == "" {
			e.Text, e.Tone = w.T("web.story.unpublished", "By", n.By), ""
		}
	default:
		e.Text = w.T("web.story.comment", "By", n.By)
	}
	return e
}

// acknowledgedBy is the line of an acknowledgement.
func (w words) acknowledgedBy(by string, until time.Time) string {
	if until.IsZero() {
		return w.T("web.story.acknowledged", "By", by)
	}
	return w.T("web.story.acknowledged_until", "By", by, "Time", w.Time(until))
}

// End says how an incident ended.
func (w words) End(inc incident.Incident) string {
	switch inc.EndReason {
	case incident.ByHand:
		if closer, ok := inc.ClosedBy(); ok {
			return w.T("web.story.closed_by", "By", closer.By)
		}
		return w.T("web.story.closed_by_hand")
	case incident.Expired:
		return w.T("web.story.expired")
	default:
		return w.T("web.story.recovered")
	}
}

func (w words) message(m Message) event {
	kind := "fault"
	switch m.Kind {
	case incident.Update:
		if kind = "update"; m.Reason != "" && m.Reason != incident.Worse {
			kind = string(m.Reason)
		}
	case incident.Reminder, incident.Escalation, incident.Recovery:
		kind = string(m.Kind)
	}
	what := w.T("web.message." + kind)
	switch {
	case !m.Sent.IsZero():
		return event{Time: m.Sent, Text: w.T("web.story.sent", "Contact", m.Contact, "What", what), Tone: "info"}
	case m.Final:
		return event{Time: m.Owed, Text: w.T("web.story.given_up", "Contact", m.Contact, "What", what), Detail: m.Problem, Tone: "bad"}
	case m.Attempts > 0:
		return event{Time: m.Owed, Text: w.N("web.story.tried", m.Attempts, "Contact", m.Contact, "What", what), Detail: m.Problem, Tone: "warn"}
	default:
		return event{Time: m.Owed, Text: w.T("web.story.waiting", "Contact", m.Contact, "What", what)}
	}
}

// byUrgency puts what is more urgent first, and of the same urgency what is
// newer.
func byUrgency(a, b incident.Incident) int {
	rank := func(s incident.Severity) int {
		return slices.Index([]incident.Severity{incident.Critical, incident.Warning, incident.Info}, s)
	}
	return cmp.Or(cmp.Compare(rank(a.Severity), rank(b.Severity)), b.Since.Compare(a.Since), cmp.Compare(b.ID, a.ID))
}

// Over reports whether an incident has ended.
func (words) Over(inc incident.Incident) bool { return inc.State == incident.Closed }

// Recovering reports whether an open incident seems to be over.
func (words) Recovering(inc incident.Incident) bool {
	return inc.State != incident.Closed && inc.Evidence == incident.Cleared
}
