package mail

import (
	"fmt"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/collector/wording"
)

// Bounds of what one summary tells.
const (
	maxItems = 50  // incidents that are still there
	maxLines = 100 // incidents that came and went
)

// summarise makes one letter of what waited long: what is still broken as it is
// now, then a line for each incident that came and went meanwhile.
func (m *Mailer) summarise(l *letter, to Contact, items []outbox.Item) {
	c := m.opts.Catalogue
	text := func(key string, data map[string]any) string { return c.Text(l.Lang, key, data) }
	newest := map[incident.ID]int{} // item
	for i, it := range items {
		newest[it.Incident.ID] = i
	}
	var open, over []outbox.Item
	for i, it := range items {
		switch {
		case newest[it.Incident.ID] != i:
		case it.Kind == incident.Recovery:
			over = append(over, it)
		default:
			open = append(open, it)
		}
	}
	key := "mail.summary.subject"
	if len(open) > 0 {
		key = "mail.summary.subject_open"
	}
	l.Subject = text(key, map[string]any{"Open": len(open), "Over": len(over)})
	if len(open) == 1 {
		late := text("mail.summary.late", nil)
		l.Subject = wording.Cut(m.words(l.Lang, open[0]).Summary(), MaxSubject-utf8.RuneCountInString(late)) + late
	}
	l.Intro = text("mail.summary.intro", nil)
	for _, it := range open[:min(len(open), maxItems)] {
		l.Parts = append(l.Parts, m.part(to, it, false))
	}
	if left := len(open) - maxItems; left > 0 {
		l.Outro = c.Count(l.Lang, "mail.summary.more", left, nil)
	}
	if len(over) == 0 {
		return
	}
	p := part{Title: text("mail.summary.over", nil), Tone: "recovery"}
	shown := over[max(0, len(over)-maxLines):]
	for _, it := range shown {
		w := m.writer(l.Lang, it)
		p.Rows = append(p.Rows, row{
			Label: text("mail.summary.over_when", map[string]any{"From": m.time(it.Incident.Since), "To": m.time(ended(it))}),
			Value: text("mail.summary.over_line", map[string]any{"Subject": w.told.Summary(), "Lasted": w.told.Lasted()}),
		})
	}
	if left := len(over) - len(shown); left > 0 {
		p.Prose = append(p.Prose, prose{Text: c.Count(l.Lang, "mail.summary.more_over", left, nil)})
	}
	if m.opts.ExternalURL != "" {
		p.Actions = []action{{Label: text("mail.action.journal", nil), URL: fmt.Sprintf("%s/journal", m.opts.ExternalURL)}}
	}
	l.Parts = append(l.Parts, p)
}
