package statuspage

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/i18n"
)

//go:embed page.html style.css
var files embed.FS

// Renderer writes pages and feeds. It is safe for concurrent use.
type Renderer struct {
	catalogue *i18n.Catalogue
	page      *template.Template
	style     template.CSS
	policy    string
}

// NewRenderer reads what is compiled in.
func NewRenderer(c *i18n.Catalogue) (*Renderer, error) {
	style, err := files.ReadFile("style.css")
	if err != nil {
		return nil, err
	}
	page, err := template.ParseFS(files, "page.html")
	if err != nil {
		return nil, fmt.Errorf("read the template of status pages: %w", err)
	}
	// The hash is that of the text between the tags, as browsers compute it.
	sum := sha256.Sum256(style)
	return &Renderer{catalogue: c, page: page, style: template.CSS(style), //nolint:gosec // compiled in
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}, nil
}

// Policy is the Content-Security-Policy of the pages: no script, nothing from
// elsewhere, one style sheet that is in the page.
func (r *Renderer) Policy() string { return r.policy }

// words writes in one language.
type words struct {
	c    *i18n.Catalogue
	lang i18n.Lang
	zone *time.Location
}

// T returns the text of a key; pairs are names and values that fill it.
func (w words) T(key string, pairs ...any) string {
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return w.c.Text(w.lang, key, data)
}

// Time writes a moment to the minute.
func (w words) Time(t time.Time) string { return i18n.Time(t.In(w.zone)) }

// Machine writes a moment for the datetime attribute.
func (w words) Machine(t time.Time) string { return t.In(w.zone).Format(time.RFC3339) }

// written is what a person wrote, in the language in which it is there.
type written struct {
	Lang       i18n.Lang // "" where it is the language of the page
	Paragraphs []string
}

// Text is the whole as one line.
func (t written) Text() string { return strings.Join(t.Paragraphs, " ") }

func (w words) written(t Text) written {
	s, lang := t.In(w.lang)
	out := written{Lang: lang}
	if lang == w.lang {
		out.Lang = ""
	}
	for p := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if p = strings.TrimSpace(p); p != "" {
			out.Paragraphs = append(out.Paragraphs, p)
		}
	}
	return out
}

// shown is what the template gets.
type shown struct {
	words
	Lang        i18n.Lang
	Name, Intro written
	Style       template.CSS
	Demo        bool
	Preview     bool
	Overall     string
	Tone        State
	Now         time.Time
	ZoneName    string
	Incidents   []shownPost
	Maintenance []shownPost
	Past        []shownPost
	Groups      []group
	Others      []other
}

// other is the page in another language.
type other struct {
	Lang i18n.Lang
	Name string
}

// group is components below one heading.
type group struct {
	Name       written
	Components []shownComponent
}

// shownComponent is one line.
type shownComponent struct {
	Name    written
	State   State
	Word    string
	Bars    []bar
	Sum     string // of the bars in words
	Share   string
	Remarks []remark
}

// shownPost is a post.
type shownPost struct {
	ID      string
	Title   written
	Class   string // of its tone
	Word    string // how far it is
	Times   string
	From    time.Time
	About   []written
	Updates []shownUpdate // the newest first
}

// shownUpdate is one word on it.
type shownUpdate struct {
	At   time.Time
	Word string
	Text written
}

// HTML writes the page in a language. preview says on it that it is not public.
func (r *Renderer) HTML(s Snapshot, lang i18n.Lang, preview bool) ([]byte, error) {
	w := words{c: r.catalogue, lang: lang, zone: s.Zone}
	v := shown{words: w, Lang: lang, Style: r.style, Name: w.written(s.Page.Name), Intro: w.written(s.Page.Intro), Demo: s.Demo, Preview: preview, ZoneName: s.Zone.String()}
	// To the minute, as it is read: where nothing else changed it is the same page,
	// which need not be sent again.
	v.Now = s.Now.Truncate(time.Minute)
	today := availability.DateOf(s.Now.In(s.Zone))
	lines := s.Lines()
	for _, c := range lines {
		days := s.Seen[c.ID].Days
		line := shownComponent{Name: w.written(c.Name), State: c.State, Word: w.T("status.state." + c.State.String()), Share: w.share(days, today)}
		line.Bars, line.Remarks = w.bars(days, today)
		line.Sum = w.T("status.bars_none", "Days", ShownDays)
		if line.Share != "" {
			line.Sum = w.T("status.bars", "Days", ShownDays, "Share", line.Share)
		}
		name := w.written(c.Group)
		if n := len(v.Groups); n == 0 || v.Groups[n-1].Name.Text() != name.Text() {
			v.Groups = append(v.Groups, group{Name: name})
		}
		last := &v.Groups[len(v.Groups)-1]
		last.Components = append(last.Components, line)
	}
	incidents, maintenance, past := s.posts()
	v.Incidents, v.Maintenance, v.Past = s.shownPosts(w, incidents), s.shownPosts(w, maintenance), s.shownPosts(w, past)
	var key string
	key, v.Tone = s.overall(lines)
	v.Overall = w.T("status.overall." + key)
	for _, l := range s.Page.Languages {
		if l != lang {
			v.Others = append(v.Others, other{l, r.catalogue.Text(l, "status.this_language", nil)})
		}
	}
	var out bytes.Buffer
	if err := r.page.ExecuteTemplate(&out, "page.html", v); err != nil {
		return nil, fmt.Errorf("write a status page: %w", err)
	}
	return out.Bytes(), nil
}

func (s Snapshot) shownPosts(w words, posts []Post) []shownPost {
	var out []shownPost
	for _, p := range posts {
		at := shownPost{ID: p.ID, Title: w.written(p.Title), Class: s.class(p), Word: w.phase(p, s.Now), Times: w.times(p), From: p.Began()}
		for _, c := range s.Page.Components {
			if _, seen := s.Seen[c.ID]; seen && slices.Contains(p.Components, c.ID) {
				at.About = append(at.About, w.written(c.Name))
			}
		}
		for _, u := range p.newest(shownUpdates) {
			at.Updates = append(at.Updates, shownUpdate{At: u.At, Word: w.T("status.post." + string(u.Status)), Text: w.written(u.Text)})
		}
		out = append(out, at)
	}
	return out
}

// class is the tone of a post.
func (s Snapshot) class(p Post) string {
	switch {
	case p.At(s.Now) == Over:
		return "good"
	case p.Kind == Maintenance:
		return "maintenance"
	case p.Impact == NoImpact:
		return "unknown"
	default:
		return "trouble"
	}
}

// phase says in a few words how a post stands.
func (w words) phase(p Post, now time.Time) string {
	if p.Kind == Maintenance {
		return w.T("status.phase." + map[Phase]string{Coming: "coming", UnderWay: "under_way", Over: "over"}[p.At(now)])
	}
	if p.At(now) == Over {
		return w.T("status.post.resolved")
	}
	return w.T("status.impact."+string(p.Impact)) + " · " + w.T("status.post."+string(p.Status()))
}

// times writes from when until when a post is.
func (w words) times(p Post) string {
	from, to := p.Began(), p.Ended()
	switch {
	case to.IsZero():
		return w.T("status.since", "Time", w.Time(from))
	case from.In(w.zone).Format(time.DateOnly) == to.In(w.zone).Format(time.DateOnly):
		return w.Time(from) + "–" + to.In(w.zone).Format("15:04")
	default:
		return w.Time(from) + " – " + w.Time(to)
	}
}

// postWith is a post for the template of posts.
type postWith struct {
	words
	Post shownPost
}

// With gives a post to the template of posts.
func (w words) With(p shownPost) postWith { return postWith{w, p} }
