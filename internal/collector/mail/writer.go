package mail

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/collector/wording"
	"github.com/budi-monitor/budi/internal/i18n"
)

// maxReports bounds how many people one mail quotes.
const maxReports = 5

// writer gathers the rows of a part.
type writer struct {
	m    *Mailer
	lang i18n.Lang
	it   outbox.Item
	inc  incident.Incident
	told wording.Words
	rows []row
}

func (m *Mailer) writer(lang i18n.Lang, it outbox.Item) *writer {
	return &writer{m: m, lang: lang, it: it, inc: it.Incident, told: m.words(lang, it)}
}

func (w *writer) text(key string, data map[string]any) string {
	return w.m.opts.Catalogue.Text(w.lang, key, data)
}

// add adds a row, unless there is nothing in it.
func (w *writer) add(label, value string) {
	if value != "" {
		w.rows = append(w.rows, row{w.text("mail.label."+label, nil), value})
	}
}

// news is what an item tells besides its incident.
func news(it outbox.Item) wording.News {
	return wording.News{Kind: it.Kind, Reason: it.Reason, Touches: it.Touches, Corrects: it.Kind == incident.Fault && !it.ToldAt.IsZero()}
}

// news says what is new in a message, in a sentence; "" in a first fault.
func (w *writer) news() string {
	switch {
	case w.it.Kind == incident.Fault && len(w.it.Told) > 1 && !w.it.ToldAt.IsZero():
		return w.text("mail.news.cause_many", map[string]any{"Time": w.m.time(w.it.ToldAt), "Count": len(w.it.Told)})
	case w.it.Kind == incident.Fault && !w.it.ToldAt.IsZero():
		return w.text("mail.news.cause", map[string]any{"Time": w.m.time(w.it.ToldAt)})
	case w.it.Kind == incident.Update && (w.it.Reason == incident.Worse || w.it.Reason == ""):
		return w.text("mail.update.told", nil)
	case w.it.Kind == incident.Update:
		return w.text("mail.news."+string(w.it.Reason), map[string]any{"Count": len(w.inc.Returns) + 1})
	case w.it.Kind == incident.Reminder:
		return w.text("mail.news.reminder", nil)
	case w.it.Kind == incident.Escalation:
		begun := w.inc.Opened
		if w.inc.AckEnded.After(begun) {
			begun = w.inc.AckEnded
		}
		return w.text("mail.news.escalation", map[string]any{"Lasted": w.m.opts.Catalogue.Duration(w.lang, w.it.OwedAt.Sub(begun))})
	}
	return ""
}

// touches says what else is affected, or is not back yet.
func (w *writer) touches() {
	t := w.it.Touches
	switch {
	case w.it.Kind == incident.Recovery:
		w.add("missing", w.told.Touched(t))
		w.add("missing_named", w.told.Named(t))
	case w.inc.Labels["room"] != "" && len(w.inc.Members) > 0:
		w.add("seats", cmp.Or(w.told.Seats(t), w.told.Listed()))
	case len(w.inc.Members) > 0:
		w.add("seats", w.told.Touched(t))
		w.add("named", w.told.Named(t))
	default:
		w.add("touches", w.told.Touched(t))
		w.add("named", w.told.Named(t))
	}
}

// when says when it began and how long it took.
func (w *writer) when() {
	if w.it.Kind != incident.Recovery {
		w.add("since", w.text("mail.value.since", map[string]any{"Time": w.m.time(w.inc.Since), "Lasted": w.told.Lasted()}))
		return
	}
	period := w.text("mail.value.period", map[string]any{"From": w.m.time(w.inc.Since), "To": w.m.time(ended(w.it))})
	if w.inc.EndReason == incident.ByHand {
		period += ", " + w.text("mail.value.by_hand", nil)
	}
	w.add("period", period)
	w.add("lasted", w.told.Lasted())
}

// evidence says what was found.
func (w *writer) evidence() {
	if !w.told.Shipped() {
		w.add("value", w.told.Value())
	}
	w.add("labels", w.told.Others())
	if w.inc.Problem == nil {
		return
	}
	label := "problem"
	if w.it.Kind == incident.Recovery {
		label = "problem_then"
	}
	w.add(label, w.told.Problem())
	w.add("detail", wording.Clean(w.inc.Problem.Detail, wording.MaxProse))
}

// people says who reported it, who was told, who looks after it.
func (w *writer) people() {
	var said []string
	reports := w.inc.Reports
	for _, r := range reports[max(0, len(reports)-maxReports):] {
		key, text := "mail.value.report", wording.Clean(r.Text, wording.MaxName)
		by := wording.Clean(r.By, wording.MaxName)
		if by == "" {
			key = "mail.value.report_nobody"
		}
		if text == "" {
			text = "–"
		}
		said = append(said, w.text(key, map[string]any{"By": by, "Time": w.m.time(r.At), "Text": text}))
	}
	w.add("reports", strings.Join(said, " / "))
	if w.it.Kind == incident.Escalation {
		var names []string
		for _, name := range slices.Sorted(maps.Keys(w.inc.Notified)) {
			if _, later := w.inc.Escalated[name]; !later {
				names = append(names, wording.Clean(name, wording.MaxName))
			}
		}
		w.add("told", strings.Join(names, ", "))
	}
	if w.it.Kind == incident.Reminder {
		for _, n := range slices.Backward(w.inc.Notes) {
			if n.Kind == incident.RanOut {
				w.add("who", w.quote(w.text("mail.value.had", map[string]any{"By": wording.Clean(n.By, wording.MaxName), "Until": w.m.time(n.Until)}), n.Text))
				break
			}
		}
	}
	if ack := w.inc.Acked; ack != nil {
		w.add("acked", w.quote(w.by(ack.By, ack.At, ack.Until), ack.Comment))
	}
	if closer, ok := w.inc.ClosedBy(); ok {
		w.add("closed", w.quote(w.by(closer.By, closer.At, time.Time{}), closer.Text))
	}
}

func (w *writer) by(name string, at, until time.Time) string {
	data := map[string]any{"By": wording.Clean(name, wording.MaxName), "Time": w.m.time(at), "Until": w.m.time(until)}
	if until.IsZero() {
		return w.text("mail.value.acked", data)
	}
	return w.text("mail.value.acked_until", data)
}

// quote adds what somebody said.
func (w *writer) quote(who, said string) string {
	if said = wording.Clean(said, wording.MaxName); said == "" {
		return who
	}
	return w.text("mail.value.quote", map[string]any{"Who": who, "Text": said})
}

// prose says what to do first and why.
func (w *writer) prose() []prose {
	over := w.it.Kind == incident.Recovery
	switch {
	case over && w.it.Touches.Total > 0:
		return []prose{{Text: w.text("mail.recovery.missing", nil)}}
	case over && w.inc.EndReason != incident.ByHand:
		return []prose{{Text: w.text("mail.recovery.nothing", nil)}}
	case !over && w.told.Shipped():
		return []prose{
			{w.text("mail.heading.do", nil), w.told.Do()},
			{w.text("mail.heading.why", nil), w.told.Why()},
		}
	}
	return nil
}
