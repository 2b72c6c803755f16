package jsonapi

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/i18n"
)

// StatusPages is what is asked about the pages that the public reads. Its methods
// do what the context's identity may do, in its name and with an entry in the
// audit record; of a page that it does not see there is nothing. What people
// entered and cannot be is an *InvalidError.
type StatusPages interface {
	// StatusPages returns those that are seen, in any order.
	StatusPages(ctx context.Context) ([]statuspage.Page, error)

	// StatusPage is all that a page shows. It fails with ErrNotFound, also of a page
	// that is not public when who asks may not write on it.
	StatusPage(ctx context.Context, id string) (statuspage.Snapshot, error)

	// WriteStatusPost writes something new on the page that it names, with its
	// first update. It fails with ErrNotFound, as the others do.
	WriteStatusPost(ctx context.Context, p statuspage.Post) (statuspage.Post, error)

	// WriteStatusUpdate adds a word to a post.
	WriteStatusUpdate(ctx context.Context, post string, u statuspage.Update) (statuspage.Post, error)

	// RemoveStatusPost takes a post away, with every word on it.
	RemoveStatusPost(ctx context.Context, post string) error
}

// statusPageHead is what is told of a page in the list.
type statusPageHead struct {
	ID        string          `json:"id"`
	Path      string          `json:"path"`
	Host      string          `json:"host,omitempty"`
	Site      string          `json:"site,omitempty"`
	Name      statuspage.Text `json:"name"`
	Languages []i18n.Lang     `json:"languages"`
	Published bool            `json:"published"`
	Changed   time.Time       `json:"changed"`
}

func headOf(p statuspage.Page) statusPageHead {
	return statusPageHead{p.ID, p.Path, p.Host, p.Site, p.Name, p.Languages, p.Published, p.Changed}
}

// statusPageAnswer is a page as the public reads it.
type statusPageAnswer struct {
	statusPageHead
	Time  time.Time          `json:"time"`
	State string             `json:"state"`
	Lines []statusLineAnswer `json:"lines"`
	Posts []statusPostAnswer `json:"posts"`
}

// statusLineAnswer is one line of a page.
type statusLineAnswer struct {
	ID    string          `json:"id"`
	Name  statuspage.Text `json:"name"`
	Group statuspage.Text `json:"group,omitempty"`
	State string          `json:"state"`
}

// statusPostAnswer is what somebody wrote. Who that was is not told.
type statusPostAnswer struct {
	ID      string               `json:"id"`
	Page    string               `json:"page"`
	Kind    statuspage.Kind      `json:"kind"`
	Title   statuspage.Text      `json:"title"`
	Impact  statuspage.Impact    `json:"impact,omitempty"`
	Lines   []string             `json:"lines"`
	From    time.Time            `json:"from,omitzero"`
	To      time.Time            `json:"to,omitzero"`
	Status  statuspage.Status    `json:"status"`
	Updates []statusUpdateAnswer `json:"updates"`
}

// statusUpdateAnswer is one word on it.
type statusUpdateAnswer struct {
	At     time.Time         `json:"at"`
	Status statuspage.Status `json:"status"`
	Text   statuspage.Text   `json:"text"`
}

func postOf(p statuspage.Post) statusPostAnswer {
	out := statusPostAnswer{ID: p.ID, Page: p.Page, Kind: p.Kind, Title: p.Title, Impact: p.Impact, Lines: append([]string{}, p.Components...), From: p.From, To: p.To, Status: p.Status(), Updates: []statusUpdateAnswer{}}
	for _, u := range p.Newest() {
		out.Updates = append(out.Updates, statusUpdateAnswer{u.At, u.Status, u.Text})
	}
	return out
}

type statusPagesAnswer struct {
	Pages []statusPageHead `json:"pages"`
	more
}

// statusPages lists the pages.
func (s *server) statusPages(r request) (answer, error) {
	all, err := s.StatusPages.StatusPages(r.Context())
	if err != nil {
		return nil, err
	}
	var seen []statusPageHead
	for _, p := range all {
		if r.sees(p.Site) {
			seen = append(seen, headOf(p))
		}
	}
	some, next, err := page(r, seen, func(p statusPageHead) string { return p.ID })
	return statusPagesAnswer{some, next}, err
}

// statusPage tells what the public reads on a page.
func (s *server) statusPage(r request) (answer, error) {
	shown, err := s.StatusPages.StatusPage(r.Context(), r.PathValue("id"))
	if err == nil && !r.sees(shown.Page.Site) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	out := statusPageAnswer{statusPageHead: headOf(shown.Page), Time: shown.Now, State: shown.Overall().String(), Lines: []statusLineAnswer{}, Posts: []statusPostAnswer{}}
	for _, l := range shown.Lines() {
		out.Lines = append(out.Lines, statusLineAnswer{l.ID, l.Name, l.Group, l.State.String()})
	}
	for _, p := range shown.Told() {
		out.Posts = append(out.Posts, postOf(p))
	}
	return out, nil
}

// statusPostBody is something that is to be written on a page.
type statusPostBody struct {
	Kind   statuspage.Kind   `json:"kind"`
	Title  statuspage.Text   `json:"title"`
	Impact statuspage.Impact `json:"impact"`
	Lines  []string          `json:"lines"`
	From   time.Time         `json:"from"`
	To     time.Time         `json:"to"`
	statusUpdateBody
}

// statusUpdateBody is a word on it.
type statusUpdateBody struct {
	Status statuspage.Status `json:"status"`
	Text   statuspage.Text   `json:"text"`
}

// plain cuts the space around texts, and finds languages that no page has.
func plain(field string, t statuspage.Text) (statuspage.Text, []FieldProblem) {
	out, wrong := statuspage.Text{}, []FieldProblem(nil)
	for _, lang := range slices.Sorted(maps.Keys(t)) {
		if !slices.Contains(i18n.Languages(), lang) {
			wrong = append(wrong, FieldProblem{field, "language", fmt.Sprintf("use the languages %q, not %q", i18n.Languages(), clip(string(lang)))})
			continue
		}
		if s := strings.TrimSpace(strings.ReplaceAll(t[lang], "\r\n", "\n")); s != "" {
			out[lang] = s
		}
	}
	return out, wrong
}

// post reads what is to be written, and finds what makes no sense together.
func (b statusPostBody) post(page string) (statuspage.Post, error) {
	p := statuspage.Post{Page: page, Kind: b.Kind, Impact: b.Impact, Components: b.Lines, From: b.From, To: b.To}
	var wrong, more []FieldProblem
	p.Title, wrong = plain("title", b.Title)
	u := statuspage.Update{Status: b.Status}
	u.Text, more = plain("text", b.Text)
	wrong = append(wrong, more...)
	switch b.Kind {
	case statuspage.Incident:
		if !b.From.IsZero() || !b.To.IsZero() {
			wrong = append(wrong, FieldProblem{"from", "kind", "an incident begins when it is written of and ends with its last update; leave from and to out"})
		}
	case statuspage.Maintenance:
		if b.Impact != "" && b.Impact != statuspage.NoImpact {
			wrong = append(wrong, FieldProblem{"impact", "kind", "maintenance has none; leave it out"})
		}
		p.Impact = ""
	default:
		wrong = append(wrong, FieldProblem{"kind", "kind", fmt.Sprintf("use %q or %q", statuspage.Incident, statuspage.Maintenance)})
	}
	if len(wrong) > 0 {
		return p, &InvalidError{wrong}
	}
	if u.Status == "" {
		u.Status = b.Kind.Statuses()[0]
	}
	p.Updates = []statuspage.Update{u}
	return p, nil
}

// writeStatusPost writes something new on a page.
func (s *server) writeStatusPost(r request) (answer, error) {
	var body statusPostBody
	if err := r.body(&body); err != nil {
		return nil, err
	}
	p, err := body.post(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if p, err = s.StatusPages.WriteStatusPost(r.Context(), p); err != nil {
		return nil, err
	}
	return postOf(p), nil
}

// writeStatusUpdate adds a word to a post.
func (s *server) writeStatusUpdate(r request) (answer, error) {
	var body statusUpdateBody
	if err := r.body(&body); err != nil {
		return nil, err
	}
	text, wrong := plain("text", body.Text)
	if len(wrong) > 0 {
		return nil, &InvalidError{wrong}
	}
	p, err := s.StatusPages.WriteStatusUpdate(r.Context(), r.PathValue("id"), statuspage.Update{Status: body.Status, Text: text})
	if err != nil {
		return nil, err
	}
	return postOf(p), nil
}

// removeStatusPost takes a post away.
func (s *server) removeStatusPost(r request) (answer, error) {
	return nil, s.StatusPages.RemoveStatusPost(r.Context(), r.PathValue("id"))
}
