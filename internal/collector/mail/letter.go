package mail

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/i18n"
)

// MaxSubject bounds a subject, in runes: more is cut off by phones.
const MaxSubject = 60

// Bounds of what one mail shows, in runes and items. What is watched, and users'
// rules, may bring texts of any length.
const (
	maxName  = 200
	maxProse = 2000
	maxItems = 50
)

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
	if len(d.Items) == 1 {
		p := m.part(to, d.Items[0], true)
		l.Subject, l.Parts = m.subject(to.Lang, d.Items[0]), []part{p}
	} else {
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

// summarise makes one letter of what waited long.
func (m *Mailer) summarise(l *letter, to Contact, items []outbox.Item) {
	c := m.opts.Catalogue
	open := map[incident.ID]bool{}
	for _, it := range items {
		open[it.Incident.ID] = it.Kind != incident.Recovery
	}
	broken := 0
	for _, is := range open {
		if is {
			broken++
		}
	}
	key := "mail.summary.subject"
	if broken > 0 {
		key = "mail.summary.subject_open"
	}
	l.Subject = cut(c.Count(l.Lang, key, len(items), map[string]any{"Open": broken}), MaxSubject)
	l.Intro = c.Text(l.Lang, "mail.summary.intro", nil)
	shown := items
	if len(shown) > maxItems {
		shown = shown[len(shown)-maxItems:]
		l.Outro = c.Count(l.Lang, "mail.summary.more", len(items)-maxItems, nil)
	}
	for _, it := range shown {
		p := m.part(to, it, false)
		if !open[it.Incident.ID] {
			p.Actions = slices.DeleteFunc(p.Actions, func(a action) bool { return a.Primary })
		}
		l.Parts = append(l.Parts, p)
	}
}

// part writes about one item; whole with all the explanations, otherwise short.
func (m *Mailer) part(to Contact, it outbox.Item, whole bool) part {
	var (
		lang = to.Lang
		inc  = it.Incident
		text = func(key string, data map[string]any) string { return m.opts.Catalogue.Text(lang, key, data) }
		p    = part{Title: m.subject(lang, it), Tone: "fault"}
		add  = func(label, value string) {
			if value != "" {
				p.Rows = append(p.Rows, row{text("mail.label."+label, nil), value})
			}
		}
		over = it.Kind == incident.Recovery
	)
	if over {
		p.Tone = "recovery"
	}
	if whole && over {
		add("fault", m.faultSubject(lang, it, m.names(lang, inc)))
	} else if whole {
		what := m.describe(lang, inc)
		if it.Kind == incident.Update {
			what = text("mail.update.told", nil) + " " + what
		}
		add("what", what)
	}
	add("where", m.where(lang, inc))
	if over {
		period := text("mail.value.period", map[string]any{"From": m.time(inc.Since), "To": m.time(ended(it))})
		if inc.EndReason == incident.ByHand {
			period += ", " + text("mail.value.by_hand", nil)
		}
		add("period", period)
		add("lasted", m.lasted(lang, it))
	} else {
		add("since", text("mail.value.since", map[string]any{"Time": m.time(inc.Since), "Lasted": m.lasted(lang, it)}))
		add("severity", text("severity."+string(known(inc.Severity)), nil))
	}
	if key := m.message(lang, inc); key == "" {
		add("value", number(lang, inc.Value))
	}
	add("labels", m.otherLabels(lang, inc))
	if inc.Problem != nil {
		if key := "problem." + inc.Problem.Code; m.opts.Catalogue.Has(lang, key) {
			args := map[string]any{}
			for k, v := range inc.Problem.Args {
				args[k] = clean(v, maxName)
			}
			label := "problem"
			if over {
				label = "problem_then"
			}
			add(label, cut(text(key, args), maxProse))
		}
		add("detail", clean(inc.Problem.Detail, maxProse))
	}
	if inc.Acked != nil {
		add("acked", text("mail.value.acked", map[string]any{"By": clean(inc.Acked.By, maxName), "Time": m.time(inc.Acked.At)}))
	}
	add("number", strconv.FormatUint(uint64(inc.ID), 10))

	if whole && over && inc.EndReason != incident.ByHand {
		p.Prose = append(p.Prose, prose{Text: text("mail.recovery.nothing", nil)})
	}
	if whole && !over {
		if key := m.message(lang, inc); key != "" {
			data := m.data(lang, it, m.names(lang, inc))
			p.Prose = append(p.Prose,
				prose{text("mail.heading.why", nil), text("rule."+key+".why", data)},
				prose{text("mail.heading.do", nil), text("rule."+key+".do", data)})
		}
	}
	if !over && inc.Acked == nil && m.opts.AckURL != nil {
		if u := m.opts.AckURL(inc.ID, to.Name); u != "" {
			p.Actions = append(p.Actions, action{Label: text("mail.action.ack", nil), URL: u, Primary: true})
		}
	}
	if u := m.runbook(inc); u != "" && whole && !over {
		p.Actions = append(p.Actions, action{Label: text("mail.action.runbook", nil), URL: u})
	}
	if m.opts.ExternalURL != "" {
		p.Actions = append(p.Actions, action{
			Label: text("mail.action.incident", nil),
			URL:   fmt.Sprintf("%s/incidents/%d", m.opts.ExternalURL, inc.ID),
		})
	}
	return p
}

// subject says it all within MaxSubject runes: names are shortened, the longest
// first, before anything else is cut.
func (m *Mailer) subject(lang i18n.Lang, it outbox.Item) string {
	names := m.names(lang, it.Incident)
	names[summary] = m.ownSummary(lang, it.Incident)
	for {
		s := m.fullSubject(lang, it, names)
		excess := utf8.RuneCountInString(s) - MaxSubject
		if excess <= 0 {
			return s
		}
		longest, length := "", 12 // shorter names are left alone
		for _, k := range slices.Sorted(maps.Keys(names)) {
			if n := utf8.RuneCountInString(names[k]); n > length && strings.Contains(s, names[k]) {
				longest, length = k, n
			}
		}
		if longest == "" {
			return cut(s, MaxSubject)
		}
		names[longest] = cut(names[longest], max(12, length-excess))
	}
}

func (m *Mailer) fullSubject(lang i18n.Lang, it outbox.Item, names map[string]string) string {
	c, inc := m.opts.Catalogue, it.Incident
	data := m.data(lang, it, names)
	key := m.message(lang, inc)
	byHand := inc.EndReason == incident.ByHand
	if key != "" && it.Kind == incident.Recovery && !byHand && c.Has(lang, "rule."+key+".recovered") {
		return c.Text(lang, "rule."+key+".recovered", data)
	}
	s := m.faultSubject(lang, it, names)
	wrap := ""
	switch {
	case it.Kind == incident.Recovery && byHand: // nobody knows that it works
		wrap = "mail.subject.by_hand"
	case it.Kind == incident.Recovery:
		wrap = "mail.subject.recovery"
	case it.Kind == incident.Update && inc.Severity == incident.Critical:
		wrap = "mail.subject.update_critical"
	case it.Kind == incident.Update:
		wrap = "mail.subject.update"
	default:
		return s
	}
	if key != "" {
		s = lowerFirst(s)
	}
	return c.Text(lang, wrap, map[string]any{"Subject": s, "Lasted": data["Lasted"]})
}

// faultSubject is what the subject of a fault says.
func (m *Mailer) faultSubject(lang i18n.Lang, it outbox.Item, names map[string]string) string {
	if key := m.message(lang, it.Incident); key != "" {
		return m.ruleText(lang, key, "subject", it, names)
	}
	if s, ok := names[summary]; ok {
		return s
	}
	return m.ownSummary(lang, it.Incident)
}

// summary is where a user's own words stand among the names of a subject, to
// be shortened like them; no label has a space in its name.
const summary = "own summary"

// ruleText is a text of a shipped rule, or its variant for a number below zero.
func (m *Mailer) ruleText(lang i18n.Lang, key, which string, it outbox.Item, names map[string]string) string {
	full := "rule." + key + "." + which
	if it.Incident.Value < 0 && m.opts.Catalogue.Has(lang, full+"_over") {
		full += "_over"
	}
	return m.opts.Catalogue.Text(lang, full, m.data(lang, it, names))
}

// message is the key of the rule's texts in the catalogue, or empty when the
// rule is a user's own.
func (m *Mailer) message(lang i18n.Lang, inc incident.Incident) string {
	key := inc.Annotations["message"]
	if key == "" || !m.opts.Catalogue.Has(lang, "rule."+key+".subject") {
		return ""
	}
	return key
}

// ownSummary is the subject of a user's own rule.
func (m *Mailer) ownSummary(lang i18n.Lang, inc incident.Incident) string {
	if s := clean(own(lang, inc.Annotations, "summary"), maxName); s != "" {
		return s
	}
	s := clean(inc.Rule, maxName)
	for _, k := range []string{"check", "device", "instance"} {
		if v := clean(inc.Labels[k], maxName); v != "" {
			return s + ": " + v
		}
	}
	return s
}

// describe says what is broken.
func (m *Mailer) describe(lang i18n.Lang, inc incident.Incident) string {
	if key := m.message(lang, inc); key != "" {
		return sentence(m.ruleText(lang, key, "what", outbox.Item{Incident: inc}, m.names(lang, inc)))
	}
	if s := clean(own(lang, inc.Annotations, "description"), maxProse); s != "" {
		return s
	}
	return m.ownSummary(lang, inc)
}

// own picks a user's annotation in the reader's language, or in any.
func own(lang i18n.Lang, annotations map[string]string, name string) string {
	if lang == i18n.Lithuanian && annotations[name+"_lt"] != "" {
		return annotations[name+"_lt"]
	}
	if annotations[name] != "" {
		return annotations[name]
	}
	return annotations[name+"_lt"]
}

// names are the labels as they are told: clean, and in words where the
// catalogue has some for the value.
func (m *Mailer) names(lang i18n.Lang, inc incident.Incident) map[string]string {
	out := map[string]string{}
	for k, v := range inc.Labels {
		if key, ok := m.wording(lang, inc, k); ok {
			out[k] = m.opts.Catalogue.Text(lang, key, nil)
		} else {
			out[k] = clean(v, maxName)
		}
	}
	return out
}

// wording finds the text that the catalogue has for the value of a label.
func (m *Mailer) wording(lang i18n.Lang, inc incident.Incident, label string) (key string, ok bool) {
	if key = m.message(lang, inc); key == "" {
		return "", false
	}
	key = "rule." + key + "." + label + "." + inc.Labels[label]
	return key, m.opts.Catalogue.Has(lang, key)
}

// data fills the places in a rule's texts; names are the labels.
func (m *Mailer) data(lang i18n.Lang, it outbox.Item, names map[string]string) map[string]any {
	out := map[string]any{}
	for _, k := range []string{"check", "device", "site", "system_filesystem_mountpoint", "trouble"} {
		out[k] = "?" // a rule that lost the label must not print "<no value>"
	}
	for k, v := range names {
		out[k] = v
	}
	v := it.Incident.Value
	out["Value"] = number(lang, v)
	out["Percent"] = number(lang, math.Round(v)) + " %"
	out["Left"] = m.opts.Catalogue.Duration(lang, days(v))
	out["Lasted"] = m.lasted(lang, it)
	return out
}

// where names the place: site, device, check.
func (m *Mailer) where(lang i18n.Lang, inc incident.Incident) string {
	var out []string
	if s := clean(inc.Labels["site"], maxName); s != "" {
		out = append(out, s)
	}
	for _, w := range []struct{ label, key, arg string }{
		{"device", "mail.where.device", "Device"},
		{"system_filesystem_mountpoint", "mail.where.mountpoint", "Mountpoint"},
		{"check", "mail.where.check", "Check"},
	} {
		if v := clean(inc.Labels[w.label], maxName); v != "" {
			out = append(out, m.opts.Catalogue.Text(lang, w.key, map[string]any{w.arg: v}))
		}
	}
	return strings.Join(out, ", ")
}

// shownElsewhere are labels that a mail tells in words, or that mean nothing to
// a reader.
var shownElsewhere = map[string]bool{
	"alertname": true, "severity": true, "site": true, "device": true, "check": true,
	"job": true, "vantage": true, "institution": true, "system_filesystem_mountpoint": true,
}

func (m *Mailer) otherLabels(lang i18n.Lang, inc incident.Incident) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(inc.Labels)) {
		if _, worded := m.wording(lang, inc, k); !worded && !shownElsewhere[k] {
			out = append(out, clean(k, maxName)+"="+clean(inc.Labels[k], maxName))
		}
	}
	return cut(strings.Join(out, ", "), maxProse)
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
	if s := clean(m.opts.SiteName, maxName); s != "" {
		return m.opts.Catalogue.Text(lang, "mail.footer", map[string]any{"Site": s, "Zone": zone})
	}
	return m.opts.Catalogue.Text(lang, "mail.footer_nowhere", map[string]any{"Zone": zone})
}

func (m *Mailer) time(t time.Time) string { return i18n.Time(t.In(m.opts.Zone)) }

// lasted is how long the fault took, or had taken when the mail became owed.
func (m *Mailer) lasted(lang i18n.Lang, it outbox.Item) string {
	return m.opts.Catalogue.Duration(lang, ended(it).Sub(it.Incident.Since))
}

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

func days(v float64) time.Duration {
	switch {
	case math.IsNaN(v) || v <= 0:
		return 0
	case v > 1e5:
		v = 1e5
	}
	return time.Duration(v * 24 * float64(time.Hour))
}

// number writes a value to four digits, in Lithuanian with a decimal comma.
func number(lang i18n.Lang, v float64) string {
	if math.Abs(v) < 1e15 && v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	s := strconv.FormatFloat(v, 'g', 4, 64)
	if lang == i18n.Lithuanian {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// clean makes foreign text fit for one line of a mail: valid, without control
// characters and line breaks, without characters that reorder what follows.
func clean(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0xFEFF:
			return -1
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return cut(strings.Join(strings.Fields(s), " "), limit)
}

// cut shortens to n runes, the last being an ellipsis.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:n-1]), " ") + "…"
}

// sentence ends a text with one full stop: a length of time may bring its own.
func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// lowerFirst puts a subject after a colon; "TLS" and the like stay.
func lowerFirst(s string) string {
	r := []rune(s)
	if len(r) > 1 && unicode.IsUpper(r[0]) && unicode.IsLower(r[1]) {
		r[0] = unicode.ToLower(r[0])
	}
	return string(r)
}

// Describe words one item as a mail would: its subject, and what is broken.
// Receivers other than mail are told with it.
func Describe(c *i18n.Catalogue, lang i18n.Lang, it outbox.Item) (summary, description string) {
	m := &Mailer{opts: Options{Catalogue: c}}
	return m.subject(lang, it), m.describe(lang, it.Incident)
}
