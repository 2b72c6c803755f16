package jsonapi_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/i18n"
)

// boards is a status page of the site main with a line. Rights, the record and
// what cannot be are the composition's.
type boards struct {
	page  statuspage.Page
	posts []statuspage.Post
}

func newBoards() *boards {
	text := statuspage.Text{i18n.Lithuanian: "x", i18n.English: "y"}
	return &boards{page: statuspage.Page{
		ID: "board", Path: "mokykla", Host: "bukle.example.lt", Site: "main", Name: text, Languages: i18n.Languages(), Published: true, Changed: t0,
		Components: []statuspage.Component{{ID: "line", Name: text, Group: text}, {ID: "gone", Name: text}},
	}, posts: []statuspage.Post{{ID: "old", Page: "board", Kind: statuspage.Maintenance, Title: text, From: t0, To: t0.Add(time.Minute), Updates: []statuspage.Update{{At: t0, Status: statuspage.Announced, Text: text}}}}}
}

func (b *boards) StatusPages(context.Context) ([]statuspage.Page, error) {
	return []statuspage.Page{b.page}, nil
}

func (b *boards) StatusPage(_ context.Context, id string) (statuspage.Snapshot, error) {
	if id != b.page.ID {
		return statuspage.Snapshot{}, jsonapi.ErrNotFound
	}
	return statuspage.Snapshot{Page: b.page, Posts: b.posts, Now: t0.Add(time.Hour), Zone: time.UTC, Seen: map[string]statuspage.Seen{"line": {State: statuspage.Operational}}}, nil
}

func (b *boards) WriteStatusPost(_ context.Context, p statuspage.Post) (statuspage.Post, error) {
	if p.Page != b.page.ID {
		return p, jsonapi.ErrNotFound
	}
	p.ID = "post"
	p.Updates[0].At = t0
	b.posts = append(b.posts, p)
	return p, nil
}

func (b *boards) WriteStatusUpdate(_ context.Context, id string, u statuspage.Update) (statuspage.Post, error) {
	for i, p := range b.posts {
		if p.ID == id {
			u.At, u.By = t0.Add(time.Minute), "user rasa"
			b.posts[i].Updates = append(p.Updates, u)
			return b.posts[i], nil
		}
	}
	return statuspage.Post{}, jsonapi.ErrNotFound
}

func (b *boards) RemoveStatusPost(_ context.Context, id string) error {
	n := len(b.posts)
	b.posts = slices.DeleteFunc(b.posts, func(p statuspage.Post) bool { return p.ID == id })
	if len(b.posts) == n {
		return jsonapi.ErrNotFound
	}
	return nil
}

// statusStory makes one request of each route about status pages.
func statusStory(t *testing.T, s *school) {
	t.Helper()
	for _, c := range []struct {
		method, path, body string
		code               int
	}{
		{"GET", "/status-pages", "", 200},
		{"POST", "/status-pages/board/posts", `{"kind":"incident","title":{"lt":"Neveikia"},"impact":"outage","lines":["line"],"text":{"lt":" Ieškome. "}}`, 200},
		{"POST", "/status-posts/post/updates", `{"status":"identified","text":{"lt":"Radome.","en":"Found."}}`, 200},
		{"POST", "/status-pages/board/posts", `{"kind":"maintenance","title":{"en":"Work"},"from":"2026-09-02T07:30:00Z","to":"2026-09-02T08:30:00Z","text":{"en":"x"}}`, 200},
		{"GET", "/status-pages/board", "", 200},
		{"DELETE", "/status-posts/post", "", 204},
		{"GET", "/status-pages/none", "", 404},
		{"POST", "/status-pages/none/posts", `{"kind":"incident","title":{"en":"x"},"impact":"none","text":{"en":"x"}}`, 404},
		{"POST", "/status-posts/none/updates", `{"status":"identified","text":{"en":"x"}}`, 404},
		{"DELETE", "/status-posts/none", "", 404},
	} {
		if a := s.ask(identity(access.Operator), c.method, c.path, c.body); a.code != c.code {
			t.Errorf("%s %s: %d %s, want %d", c.method, c.path, a.code, a.body, c.code)
		}
	}
}

func TestAStatusPageIsReadAndWritten(t *testing.T) {
	s := newSchool(t)
	statusStory(t, s)
	s.ask(identity(access.Operator), "POST", "/status-pages/board/posts", `{"kind":"incident","title":{"lt":"Neveikia"},"impact":"outage","lines":["line"],"text":{"lt":" Ieškome. "}}`)
	s.ask(identity(access.Operator), "POST", "/status-posts/post/updates", `{"status":"identified","text":{"lt":"Radome."}}`)
	a := s.ask(identity(access.Viewer, "main"), "GET", "/status-pages/board", "")
	for _, want := range []string{`"state":"trouble","lines":[{"id":"line"`, `"published":true`, `"status":"identified","updates":[{"at":"2026-09-01T07:31:00Z"`, `{"lt":"Ieškome."}`} {
		if !strings.Contains(string(a.body), want) {
			t.Errorf("it does not say %s: %s", want, a.body)
		}
	}
	for _, inside := range []string{"rasa", `"gone"`} {
		if strings.Contains(string(a.body), inside) {
			t.Errorf("it tells of %s: %s", inside, a.body)
		}
	}
	stranger := identity(access.Administrator, "branch")
	if a := s.ask(stranger, "GET", "/status-pages/board", ""); a.code != http.StatusNotFound {
		t.Errorf("who sees another site reads it: %s", a.body)
	}
	if a := s.ask(stranger, "GET", "/status-pages", ""); !strings.Contains(string(a.body), `"pages":[]`) {
		t.Errorf("who sees another site finds it: %s", a.body)
	}
	for body, want := range map[string]string{
		`{"kind":"x","title":{"en":"x"},"text":{"en":"x"}}`:                                                          `"field":"kind"`,
		`{"kind":"incident","title":{"de":"x"},"impact":"none","text":{"en":"x"}}`:                                   `"field":"title"`,
		`{"kind":"incident","title":{"en":"x"},"impact":"none","text":{"xx":"x"}}`:                                   `"field":"text"`,
		`{"kind":"incident","title":{"en":"x"},"impact":"none","to":"2026-09-02T08:30:00Z","text":{"en":"x"}}`:       `"field":"from"`,
		`{"kind":"maintenance","title":{"en":"x"},"impact":"partly","to":"2026-09-02T08:30:00Z","text":{"en":"x"}}`:  `"field":"impact"`,
		`{"kind":"incident","title":{"en":"x"},"impact":"none","text":{"en":"x"},"by":"rasa"}`:                       `"code":"bad_request"`,
		`{"kind":"incident","title":"x","impact":"none","text":{"en":"x"}}`:                                          `"code":"bad_request"`,
		`{"kind":"incident","title":{"en":"x"},"impact":"none","lines":"line","text":{"en":"x"}}`:                    `"code":"bad_request"`,
		`{"kind":"maintenance","title":{"en":"x"},"from":"tomorrow","to":"2026-09-02T08:30:00Z","text":{"en":"x"}}`:  `"code":"bad_request"`,
		`{"kind":"incident","title":{"en":"` + strings.Repeat("x", 65<<10) + `"},"impact":"none","text":{"en":"x"}}`: `"code":"too_large"`,
	} {
		if a := s.ask(identity(access.Operator), "POST", "/status-pages/board/posts", body); a.code < 400 || a.code >= 500 || !strings.Contains(string(a.body), want) {
			t.Errorf("%.120s: %d %s", body, a.code, a.body)
		}
	}
	if a := s.ask(identity(access.Operator), "POST", "/status-posts/post/updates", `{"status":"identified","text":{"ru":"x"}}`); a.code != http.StatusUnprocessableEntity {
		t.Errorf("a language that no page has: %d %s", a.code, a.body)
	}
}
