package mail

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/wording"
	"github.com/budi-monitor/budi/internal/i18n"
)

// sections writes the parts of a digest or a month's summary.
type sections struct {
	m *Mailer
	l *letter
	c digest.Content
}

func (s sections) text(key string, data map[string]any) string {
	return s.m.opts.Catalogue.Text(s.l.Lang, key, data)
}

func (s sections) duration(d time.Duration) string {
	return s.m.opts.Catalogue.Duration(s.l.Lang, d)
}

// words tells of an incident as of the end of what is told of.
func (s sections) words(inc incident.Incident) wording.Words {
	return wording.Of(s.m.opts.Catalogue, s.l.Lang, inc, s.c.To)
}

// day writes a moment to the day in the reader's zone.
func (s sections) day(t time.Time) string { return t.In(s.m.opts.Zone).Format(time.DateOnly) }

// part adds a section, unless it is empty. list names what of it may have been
// left out.
func (s sections) part(list, title, tone string, rows []row, prose ...prose) {
	if len(rows) == 0 && len(prose) == 0 {
		return
	}
	left := s.c.Left[list]
	p := part{Title: s.text(title, map[string]any{"Count": len(rows) + left}), Tone: tone, Rows: rows, Prose: prose}
	if left > 0 {
		p.Rows = append(p.Rows, row{s.text("mail.digest.more", nil), s.text("mail.digest.left", map[string]any{"Count": left})})
	}
	s.l.Parts = append(s.l.Parts, p)
}

// link ends the letter with the way to the console.
func (s sections) link() {
	if s.m.opts.ExternalURL != "" && len(s.l.Parts) > 0 {
		last := &s.l.Parts[len(s.l.Parts)-1]
		last.Actions = append(last.Actions, action{Label: s.text("mail.digest.action", nil), URL: s.m.opts.ExternalURL + "/"})
	}
}

// digest writes a morning's digest.
func (m *Mailer) digest(l *letter, c digest.Content) {
	s := sections{m, l, c}
	open, over := len(c.Open)+c.Left["open"], len(c.Over)+c.Left["over"]
	key := "mail.digest.subject_open"
	switch {
	case open == 0 && over == 0:
		key = "mail.digest.subject_well"
	case open == 0:
		key = "mail.digest.subject_over"
	}
	l.Subject = wording.Cut(s.text(key, map[string]any{"Open": open, "Over": over}), MaxSubject)
	intro := "mail.digest.intro"
	if c.Watched == (digest.Watched{}) {
		intro = "mail.digest.intro_bare"
	}
	l.Intro = s.text(intro, map[string]any{"From": m.time(c.From), "To": m.time(c.To), "Devices": c.Watched.Devices, "Checks": c.Watched.Checks})

	if c.Well() {
		s.part("", "mail.digest.well", "recovery", nil, prose{Text: s.text("mail.digest.well_text", nil)})
	}
	s.part("open", "mail.digest.open", "fault", s.standing(c.Open))
	s.part("over", "mail.digest.over", "recovery", s.over())
	s.part("quiet", "mail.digest.quiet", "plain", s.standing(c.Quiet))
	s.part("coming", "mail.digest.coming", "plain", s.coming())
	s.part("silent", "mail.digest.silent", "plain", s.silent())
	s.part("suggests", "mail.digest.suggests", "plain", nil, s.suggestions()...)
	s.link()
}

// standing are lines about what is broken, with who looks after it.
func (s sections) standing(list []digest.Happened) []row {
	var out []row
	for _, h := range list {
		inc := h.Incident
		told := s.words(inc)
		parts := []string{told.Summary()}
		if where := told.Where(); where != "" && !told.Shipped() {
			parts = append(parts, where)
		}
		switch {
		case inc.Maintenance != "":
			parts = append(parts, s.text("mail.digest.maintenance", nil))
		case inc.Silenced:
			parts = append(parts, s.text("mail.digest.silenced", nil))
		case inc.Acked == nil:
			parts = append(parts, s.text("mail.digest.nobody", nil))
		case inc.Acked.Until.IsZero():
			parts = append(parts, s.text("mail.digest.acked", map[string]any{"By": wording.Clean(inc.Acked.By, wording.MaxName)}))
		default:
			parts = append(parts, s.text("mail.digest.acked_until", map[string]any{"By": wording.Clean(inc.Acked.By, wording.MaxName), "Until": s.m.time(inc.Acked.Until)}))
		}
		if inc.Evidence == incident.Unknown {
			parts = append(parts, s.text("mail.digest.unknown", nil))
		}
		if h.Symptoms > 0 {
			parts = append(parts, s.text("mail.digest.symptoms", map[string]any{"Count": h.Symptoms}))
		}
		if h.New {
			parts = append(parts, s.text("mail.digest.new", nil))
		}
		out = append(out, row{s.m.time(inc.Since), strings.Join(parts, "; ")})
	}
	return out
}

func (s sections) over() []row {
	var out []row
	for _, h := range s.c.Over {
		told := s.words(h.Incident)
		text := s.text("mail.digest.lasted", map[string]any{"Subject": told.Summary(), "Lasted": told.Lasted()})
		if h.Symptoms > 0 {
			text += "; " + s.text("mail.digest.symptoms", map[string]any{"Count": h.Symptoms})
		}
		out = append(out, row{s.m.time(h.Incident.Ended), text})
	}
	return out
}

func (s sections) coming() []row {
	var out []row
	for _, x := range s.c.Coming {
		at, until := s.m.time(x.At), s.m.time(x.Until)
		if x.Days || x.Kind == digest.Certificate || x.Kind == digest.Domain || x.Kind == digest.Disk {
			at, until = s.day(x.At), s.day(x.Until)
		}
		name := wording.Clean(x.Name, wording.MaxName)
		if x.Key != "" && s.m.opts.Catalogue.Has(s.l.Lang, x.Key) {
			name = s.text(x.Key, nil)
		}
		what := s.text("mail.digest.coming."+x.Kind, map[string]any{"Name": name})
		if place := wording.Clean(x.Place, wording.MaxName); place != "" {
			what = s.text("mail.digest.coming.at", map[string]any{"What": what, "Place": place})
		}
		if !x.Until.IsZero() && until != at {
			what = s.text("mail.digest.coming.until", map[string]any{"What": what, "Until": until})
		}
		out = append(out, row{at, what})
	}
	return out
}

func (s sections) silent() []row {
	var out []row
	for _, d := range s.c.Silent {
		seen := s.text("mail.digest.seen", map[string]any{"Seen": s.day(d.Seen), "Days": d.Days})
		if d.Seen.IsZero() {
			seen = s.text("mail.digest.seen_never", map[string]any{"Days": d.Days})
		}
		if place := wording.Clean(d.Place, wording.MaxName); place != "" {
			seen = s.text("mail.digest.seen_at", map[string]any{"Place": place, "Seen": seen})
		}
		out = append(out, row{wording.Clean(cmp.Or(d.Name, d.ID), wording.MaxName), seen})
	}
	return out
}

func (s sections) suggestions() []prose {
	var out []prose
	for _, x := range s.c.Suggests {
		data := map[string]any{"Subject": s.words(x.Incident).Summary(), "Count": x.Count, "Time": s.day(x.Incident.Turned), "By": ""}
		if ack := x.Incident.Acked; ack != nil && x.Kind == digest.Waits {
			data["By"], data["Time"] = wording.Clean(ack.By, wording.MaxName), s.day(ack.At)
		}
		out = append(out, prose{Text: s.text("mail.digest.suggest."+x.Kind, data)})
	}
	return out
}

// month writes a month's summary.
func (m *Mailer) month(l *letter, c digest.Content) {
	s := sections{m, l, c}
	month := *c.Month
	l.Subject = wording.Cut(s.text("mail.month.subject", map[string]any{"Month": month.Name, "Count": month.Incidents}), MaxSubject)
	l.Intro = s.text("mail.month.intro", map[string]any{"Month": month.Name, "Devices": c.Watched.Devices, "Checks": c.Watched.Checks})
	if month.Incidents == 0 {
		l.Intro += " " + s.text("mail.month.quiet", nil)
	}
	s.part("", "mail.month.numbers", "plain", s.numbers(month))
	var causes, checks []row
	for _, x := range month.Causes {
		causes = append(causes, row{
			s.text("mail.month.times_n", map[string]any{"Count": x.Count}),
			s.text("mail.month.cause", map[string]any{"Subject": s.words(x.Incident).Summary(), "Lasted": s.duration(x.Lasted)}),
		})
	}
	for _, x := range month.Checks {
		checks = append(checks, row{wording.Clean(cmp.Or(x.Name, x.Check), wording.MaxName), s.share(x)})
	}
	s.part("causes", "mail.month.causes", "plain", causes)
	s.part("checks", "mail.month.checks", "plain", checks)
	s.part("suggests", "mail.digest.suggests", "plain", nil, s.suggestions()...)
	s.link()
}

func (s sections) numbers(month digest.Month) []row {
	rows := []row{{s.text("mail.month.incidents", nil), strconv.Itoa(month.Incidents)}}
	add := func(label, value string) { rows = append(rows, row{s.text("mail.month."+label, nil), value}) }
	times := func(label string, t digest.Times) {
		key := "mail.month.times"
		if t.Count == 1 {
			key = "mail.month.times_one"
		}
		if t.Count > 0 {
			add(label, s.text(key, map[string]any{"Count": t.Count, "Median": s.duration(t.Median), "Longest": s.duration(t.Longest)}))
		}
	}
	count := func(label string, n int) {
		if n > 0 {
			add(label, strconv.Itoa(n))
		}
	}
	times("repaired", month.Repaired)
	times("acknowledged", month.Acknowledged)
	count("never", month.Never)
	count("still", month.Still)
	if month.Symptoms > 0 {
		add("symptoms", s.text("mail.month.symptoms_value", map[string]any{"Count": month.Symptoms}))
	}
	if month.Waited.Mails > 0 {
		add("waited", s.text("mail.month.waited_value", map[string]any{"Count": month.Waited.Mails, "Longest": s.duration(month.Waited.Longest)}))
	}
	return rows
}

// share says how available a check was. What rounds to 100 % although it was
// down is not told as 100 %.
func (s sections) share(a digest.Availability) string {
	share, known := a.Share()
	if !known {
		return s.text("mail.month.share_none", nil)
	}
	key := "mail.month.share"
	if a.Unknown > 0 {
		key = "mail.month.share_unknown"
	}
	return s.text(key, map[string]any{
		"Share": i18n.Percent(s.l.Lang, share),
		"Down":  s.duration(time.Duration(a.Down) * time.Second), "Unknown": s.duration(time.Duration(a.Unknown) * time.Second),
	})
}
