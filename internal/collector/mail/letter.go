package mail

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/collector/wording"
	"github.com/budi-monitor/budi/internal/i18n"
)

// MaxSubject bounds a subject, in runes.
const MaxSubject = wording.MaxSubject

// letter is a mail before it becomes text and HTML: both are made from it
// alone, so that they say the same.
type letter struct {
	Lang    i18n.Lang
	Subject string
	Intro   string
	Parts   []part
	Outro   string
	Footer  string
}

// part tells of one incident.
type part struct {
	Title   string
	Tone    string // colour of the bar: "fault", "recovery" or "plain"
	Rows    []row
	Prose   []prose
	Actions []action
}

type row struct{ Label, Value string }
type prose struct{ Heading, Text string }
type action struct {
	Label, URL string
	Primary    bool
}

// Render writes the mail for a delivery. It depends on nothing but its
// arguments and the Mailer's options, so that a second try says the same.
func (m *Mailer) Render(to Contact, d outbox.Delivery) (Message, error) {
	if len(d.Items) == 0 {
		return Message{}, fmt.Errorf("write mail %s: it has no items", d.MessageID)
	}
	l := letter{Lang: to.Lang, Footer: m.footer(to.Lang)}
	switch c := d.Items[0].Digest; {
	case c != nil && c.Month != nil:
		m.month(&l, *c)
	case c != nil:
		m.digest(&l, *c)
	case len(d.Items) == 1:
		p := m.part(to, d.Items[0], true)
		l.Subject, l.Parts = p.Title, []part{p}
	default:
		m.summarise(&l, to, d.Items)
	}
	return m.finish(l, d.MessageID, d.Thread)
}

// RenderTest writes the mail that Test sends.
func (m *Mailer) RenderTest(to Contact) (Message, error) {
	now := m.opts.Now()
	text := func(key string) string { return m.opts.Catalogue.Text(to.Lang, key, nil) }
	l := letter{
		Lang: to.Lang, Subject: text("mail.test.subject"), Footer: m.footer(to.Lang),
		Parts: []part{{
			Title: text("mail.test.subject"), Tone: "plain",
			Rows: []row{
				{text("mail.label.what"), text("mail.test.what")},
				{text("mail.test.when"), m.time(now)},
			},
		}},
	}
	id := fmt.Sprintf("test-%d@%s", now.UnixNano(), domain(m.from.Address))
	return m.finish(l, id, "")
}

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

func (m *Mailer) finish(l letter, id, thread string) (Message, error) {
	for _, v := range []string{id, thread} {
		if strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' }) {
			return Message{}, fmt.Errorf("write mail: Message-ID %q has characters that it must not have", v)
		}
	}
	if m.opts.Demo {
		c := m.opts.Catalogue
		l.Subject = wording.Cut(c.Text(l.Lang, "mail.demo.subject", map[string]any{"Subject": l.Subject}), MaxSubject)
		l.Intro = strings.TrimSpace(c.Text(l.Lang, "mail.demo.intro", nil) + " " + l.Intro)
	}
	msg := Message{ID: id, Thread: thread, Subject: l.Subject}
	var text, html strings.Builder
	if err := m.text.Execute(&text, l); err != nil {
		return Message{}, fmt.Errorf("write mail as text: %w", err)
	}
	if err := m.html.Execute(&html, l); err != nil {
		return Message{}, fmt.Errorf("write mail as HTML: %w", err)
	}
	msg.Text, msg.HTML = text.String(), html.String()
	return msg, nil
}

// words tells of an item as it was when it became owed.
func (m *Mailer) words(lang i18n.Lang, it outbox.Item) wording.Words {
	return wording.Of(m.opts.Catalogue, lang, it.Incident, it.OwedAt)
}

// part writes about one item; whole with all the explanations, otherwise short.
func (m *Mailer) part(to Contact, it outbox.Item, whole bool) part {
	w := m.writer(to.Lang, it)
	p := part{Title: w.told.Headline(news(it)), Tone: "fault"}
	over := it.Kind == incident.Recovery
	if over {
		p.Tone = "recovery"
	}
	if whole && over {
		w.add("fault", w.told.Summary())
	} else if whole {
		w.add("what", strings.TrimSpace(w.news()+" "+cmp.Or(w.told.What(), w.told.Summary())))
	}
	w.touches()
	w.add("where", w.told.Where())
	w.when()
	if !over {
		w.add("severity", w.text("severity."+string(known(it.Incident.Severity)), nil))
	}
	w.evidence()
	w.people()
	w.add("number", strconv.FormatUint(uint64(it.Incident.ID), 10))
	p.Rows = w.rows
	if whole {
		p.Prose = w.prose()
	}
	p.Actions = m.actions(to, it, whole)
	return p
}

// actions are the links of a part.
func (m *Mailer) actions(to Contact, it outbox.Item, whole bool) []action {
	var (
		out  []action
		inc  = it.Incident
		over = it.Kind == incident.Recovery
		text = func(key string) string { return m.opts.Catalogue.Text(to.Lang, key, nil) }
	)
	if !over && inc.Acked == nil && m.opts.AckURL != nil {
		if u := m.opts.AckURL(inc.ID, to.Name); u != "" {
			out = append(out, action{Label: text("mail.action.ack"), URL: u, Primary: true})
		}
	}
	if u := m.runbook(inc); u != "" && whole && !over {
		out = append(out, action{Label: text("mail.action.runbook"), URL: u})
	}
	if m.opts.ExternalURL != "" {
		out = append(out, action{Label: text("mail.action.incident"), URL: fmt.Sprintf("%s/incidents/%d", m.opts.ExternalURL, inc.ID)})
	}
	return out
}

var runbookName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,99}$`)

// runbook is the page that says step by step what to do.
func (m *Mailer) runbook(inc incident.Incident) string {
	if u, err := url.Parse(inc.Annotations["runbook_url"]); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		return u.String()
	}
	name := inc.Annotations["runbook"]
	if m.opts.ExternalURL == "" || !runbookName.MatchString(name) {
		return ""
	}
	return m.opts.ExternalURL + "/runbooks/" + name
}

func (m *Mailer) footer(lang i18n.Lang) string {
	zone := m.opts.Zone.String()
	if s := wording.Clean(m.opts.SiteName, wording.MaxName); s != "" {
		return m.opts.Catalogue.Text(lang, "mail.footer", map[string]any{"Site": s, "Zone": zone})
	}
	return m.opts.Catalogue.Text(lang, "mail.footer_nowhere", map[string]any{"Zone": zone})
}

func (m *Mailer) time(t time.Time) string { return i18n.Time(t.In(m.opts.Zone)) }

// ended is when the fault ended, or for one that goes on, when it was told.
func ended(it outbox.Item) time.Time {
	if it.Kind == incident.Recovery && !it.Incident.Ended.IsZero() {
		return it.Incident.Ended
	}
	return it.OwedAt
}

func known(s incident.Severity) incident.Severity {
	switch s {
	case incident.Critical, incident.Info:
		return s
	}
	return incident.Warning
}
