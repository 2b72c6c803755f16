package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
)

const (
	boardID     = "11111111-1111-4111-8111-111111111111"
	componentID = "22222222-2222-4222-8222-222222222222"
	postID      = "33333333-3333-4333-8333-333333333333"
)

// board stands for the status pages; it remembers what was done.
type board struct {
	shown  web.StatusPageShown
	post   statuspage.Post
	err    error
	page   statuspage.Page
	asked  string
	line   statuspage.Component
	things []string
	put    statuspage.Post
	update statuspage.Update
	did    []string
}

func both(lt, en string) statuspage.Text {
	return statuspage.Text{i18n.Lithuanian: lt, i18n.English: en}
}

func newBoard() *board {
	page := statuspage.Page{
		ID: boardID, Path: "mokykla", Host: "bukle.mokykla.example", Site: "mokykla", Name: both("Mokyklos <būklė>", "The school's <status>"), Languages: []i18n.Lang{i18n.Lithuanian, i18n.English}, Published: true,
		Components: []statuspage.Component{
			{ID: componentID, Name: both("Elektroninis dienynas", "Electronic diary"), Group: both("Mokiniams", "For pupils"), Things: []topology.ID{"check:dienynas"}},
			{ID: "44444444-4444-4444-8444-444444444444", Name: both("Paštas", "Mail"), Things: []topology.ID{"check:gone"}},
		},
	}
	post := statuspage.Post{ID: postID, Page: boardID, Kind: statuspage.Incident, Title: both("Neveikia dienynas <b>", "The diary does not work <b>"), Impact: statuspage.Outage, Components: []string{componentID}, Updates: []statuspage.Update{
		{At: now.Add(-time.Hour), Status: statuspage.Investigating, Text: both("Aiškinamės.\n<script>alert(1)</script>", "We look into it."), By: "user rasa"},
		{At: now.Add(-time.Minute), Status: statuspage.Identified, Text: statuspage.Text{i18n.Lithuanian: "Sugedo diskas."}, By: "user rasa"},
	}}
	work := statuspage.Post{ID: "55555555-5555-4555-8555-555555555555", Page: boardID, Kind: statuspage.Maintenance, Title: both("Keičiame tinklą", "The network is changed"), From: now.Add(24 * time.Hour), To: now.Add(26 * time.Hour), Updates: []statuspage.Update{{At: now.Add(-2 * time.Hour), Status: statuspage.Announced, Text: both("Šeštadienį.", "On Saturday.")}}}
	return &board{post: post, shown: web.StatusPageShown{
		Page: page, Posts: []statuspage.Post{post, work}, Sites: []web.Site{{ID: "filialas", Name: "Filialas"}, {ID: "mokykla", Name: "Pagrindinė mokykla"}},
		Things: map[topology.ID]web.StatusThing{"check:dienynas": {ID: "check:dienynas", Name: "dienynas-01 <vidinis>"}}, Free: []web.StatusThing{{ID: "check:svetaine", Name: "Mokyklos svetainė"}},
		Windows: []web.StatusWindow{{Name: "Komutatorių keitimas", From: now.Add(24 * time.Hour), To: now.Add(26 * time.Hour)}},
	}}
}

func withBoard(b *board) func(*web.Options) {
	return func(o *web.Options) { o.StatusPages, o.StatusPagesActions = b, b }
}

func (b *board) known(id string) error {
	if id != boardID {
		return web.ErrNotFound
	}
	return b.err
}

func (b *board) StatusPages(context.Context) (web.StatusPagesList, error) {
	if b.shown.Page.ID == "" {
		return web.StatusPagesList{Sites: b.shown.Sites}, nil
	}
	return web.StatusPagesList{Pages: []statuspage.Page{b.shown.Page}, Sites: b.shown.Sites}, nil
}

func (b *board) StatusPage(_ context.Context, id string) (web.StatusPageShown, error) {
	if id != boardID {
		return web.StatusPageShown{}, web.ErrNotFound
	}
	return b.shown, nil
}

func (b *board) StatusPreview(_ context.Context, id string, lang i18n.Lang) ([]byte, string, error) {
	return []byte("the page in " + string(lang)), "default-src 'none'", b.known(id)
}

func (b *board) StatusPost(_ context.Context, id string) (statuspage.Page, statuspage.Post, error) {
	if id != postID {
		return statuspage.Page{}, statuspage.Post{}, web.ErrNotFound
	}
	return b.shown.Page, b.post, nil
}

func (b *board) PutStatusPage(_ context.Context, p statuspage.Page, asked string) (string, error) {
	b.page, b.asked = p, asked
	return boardID, b.err
}

func (b *board) PublishStatusPage(_ context.Context, id string, published bool) error {
	b.did = append(b.did, map[bool]string{true: "publish", false: "hide"}[published])
	return b.known(id)
}

func (b *board) RemoveStatusPage(_ context.Context, id string) error {
	b.did = append(b.did, "remove")
	return b.known(id)
}

func (b *board) PutStatusComponent(_ context.Context, page string, c statuspage.Component, things []string) error {
	b.line, b.things = c, things
	return b.known(page)
}

func (b *board) MoveStatusComponent(_ context.Context, page, component string, by int) error {
	b.did = append(b.did, "move "+component+map[bool]string{true: " up", false: " down"}[by < 0])
	return b.known(page)
}

func (b *board) RemoveStatusComponent(_ context.Context, page, component string) error {
	b.did = append(b.did, "take off "+component)
	return b.known(page)
}

func (b *board) PutStatusPost(_ context.Context, p statuspage.Post) error {
	b.put = p
	return b.known(p.Page)
}

func (b *board) AddStatusUpdate(_ context.Context, post string, u statuspage.Update) error {
	b.update = u
	if post != postID {
		return web.ErrNotFound
	}
	return b.err
}

func (b *board) RemoveStatusPost(_ context.Context, post string) (string, error) {
	b.did = append(b.did, "remove post")
	if post != postID {
		return "", web.ErrNotFound
	}
	return boardID, b.err
}

func TestPagesOfStatusPages(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for name, tc := range map[string]struct {
			target string
			role   access.Role
			edit   func(*board)
		}{
			"statuspages":        {"/statuspages", access.Administrator, nil},
			"statuspages-viewer": {"/statuspages", access.Viewer, nil},
			"statuspages-empty":  {"/statuspages", access.Administrator, func(b *board) { b.shown.Page.ID = "" }},
			"statuspage":         {"/statuspages/" + boardID, access.Administrator, nil},
			"statuspage-draft": {"/statuspages/" + boardID, access.Administrator, func(b *board) {
				b.shown.Page.Published, b.shown.Page.Components, b.shown.Posts = false, nil, nil
			}},
			"statuspage-operator":    {"/statuspages/" + boardID, access.Operator, nil},
			"statuspage-new":         {"/statuspages/_new", access.Administrator, nil},
			"statuspage-edit":        {"/statuspages/" + boardID + "/edit", access.Administrator, nil},
			"statuscomponent-new":    {"/statuspages/" + boardID + "/component?thing=check:svetaine", access.Administrator, nil},
			"statuscomponent-edit":   {"/statuspages/" + boardID + "/component?of=" + componentID, access.Administrator, nil},
			"statuspost-incident":    {"/statuspages/" + boardID + "/post?kind=incident", access.Operator, nil},
			"statuspost-maintenance": {"/statuspages/" + boardID + "/post?kind=maintenance", access.Operator, nil},
			"statuspost-edit":        {"/statusposts/" + postID + "/edit", access.Operator, nil},
			"statusstory":            {"/statusposts/" + postID, access.Operator, nil},
		} {
			b := newBoard()
			if tc.edit != nil {
				tc.edit(b)
			}
			c := newConsole(t, withBoard(b))
			page := text(t, c.ask(tc.target, c.session(tc.role, lang), nil))
			golden(t, name+"."+string(lang), page)
			harmless(t, page)
		}
	}
}

func TestAPreviewIsThePageItself(t *testing.T) {
	c := newConsole(t, withBoard(newBoard()))
	r := c.ask("/statuspages/"+boardID+"/preview?lang=lt", c.session(access.Operator, i18n.English), nil)
	if body := text(t, r); body != "the page in lt" || r.Header.Get("Content-Security-Policy") != "default-src 'none'" || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%q %v", body, r.Header)
	}
}

func TestStatusPagesAreEdited(t *testing.T) {
	b := newBoard()
	c := newConsole(t, withBoard(b))
	session := c.session(access.Administrator, i18n.English)
	send := func(path string, pairs ...string) *http.Response {
		t.Helper()
		form := url.Values{"x": {"y"}}
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Add(pairs[i], pairs[i+1])
		}
		r := c.ask(path, session, form)
		if r.StatusCode != http.StatusSeeOther {
			t.Errorf("%s is answered %d", path, r.StatusCode)
		}
		return r
	}
	send("/statuspages/_new", "path", " Mokykla ", "host", "Bukle.Mokykla.example", "site", "mokykla", "name.lt", "Būklė", "intro.en", "One.\r\n\tTwo.\u200b", "lang.en", "yes", "lang.lt", "yes", "first", "lt")
	if d := cmp.Diff(statuspage.Page{Path: "mokykla", Host: "bukle.mokykla.example", Site: "mokykla", Name: statuspage.Text{i18n.Lithuanian: "Būklė"}, Intro: statuspage.Text{i18n.English: "One.\n Two."}, Languages: []i18n.Lang{i18n.Lithuanian, i18n.English}}, b.page); d != "" || b.asked != "example.com" {
		t.Error(d, b.asked)
	}
	send("/statuspages/"+boardID+"/component", "of", componentID, "name.lt", "Paštas", "name.en", "Mail", "things", "pastas, check:svetaine")
	if d := cmp.Diff(statuspage.Component{ID: componentID, Name: both("Paštas", "Mail"), Group: statuspage.Text{}}, b.line); d != "" || cmp.Diff([]string{"pastas", "check:svetaine"}, b.things) != "" {
		t.Error(d, b.things)
	}
	send("/statuspages/"+boardID+"/post", "kind", "maintenance", "title.lt", "Darbai", "text.lt", "Bus.", "from", "2026-09-05T10:00", "to", "2026-09-05T12:00", "about", componentID)
	if p := b.put; p.Kind != statuspage.Maintenance || p.From.Format(time.RFC3339) != "2026-09-05T10:00:00+03:00" || p.To.Sub(p.From) != 2*time.Hour || len(p.Updates) != 1 || p.Updates[0].Status != statuspage.Announced || len(p.Components) != 1 || p.Impact != "" {
		t.Errorf("%+v", p)
	}
	send("/statuspages/"+boardID+"/post", "kind", "incident", "title.en", "Fault", "text.en", "Yes.", "impact", "outage", "status", "identified")
	if p := b.put; p.Kind != statuspage.Incident || p.Impact != statuspage.Outage || p.Updates[0].Status != statuspage.Identified || !p.From.IsZero() {
		t.Errorf("%+v", p)
	}
	send("/statusposts/"+postID+"/edit", "kind", "maintenance", "title.en", "Another title", "impact", "none")
	if p := b.put; p.ID != postID || p.Kind != statuspage.Incident || p.Impact != statuspage.NoImpact || len(p.Updates) != 0 {
		t.Errorf("the kind of what was written cannot be changed: %+v", p)
	}
	send("/statusposts/"+postID+"/update", "status", "resolved", "text.en", "Mended.")
	if b.update.Status != statuspage.Resolved || b.update.Text[i18n.English] != "Mended." {
		t.Errorf("%+v", b.update)
	}
	send("/statuspages/" + boardID + "/publish")
	send("/statuspages/" + boardID + "/hide")
	send("/statuspages/"+boardID+"/component/move", "of", "a", "to", "up")
	send("/statuspages/"+boardID+"/component/move", "of", "a", "to", "down")
	send("/statuspages/"+boardID+"/component/remove", "of", "a")
	send("/statusposts/" + postID + "/remove")
	send("/statuspages/" + boardID + "/remove")
	if d := cmp.Diff([]string{"publish", "hide", "move a up", "move a down", "take off a", "remove post", "remove"}, b.did); d != "" {
		t.Error(d)
	}
}

func TestWhatIsWrongWithAStatusPageIsSaidBesideTheField(t *testing.T) {
	b := newBoard()
	c := newConsole(t, withBoard(b))
	session := c.session(access.Administrator, i18n.English)
	for path, field := range map[string]string{
		"/statuspages/_new": "path", "/statuspages/" + boardID + "/edit": "name.lt", "/statuspages/" + boardID + "/component": "things", "/statuspages/" + boardID + "/post": "title.en", "/statusposts/" + postID + "/update": "text.en", "/statusposts/" + postID + "/edit": "impact",
	} {
		b.err = settings.Problems{settings.New(field, "status_missing")}
		r := c.ask(path, session, url.Values{"kept": {"x"}, "title.en": {"what was typed"}, "name.en": {"what was typed"}, "text.en": {"what was typed"}})
		page := text(t, r)
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `id="`+field+`-wrong"`) {
			t.Errorf("%s: %d, without a word at %s", path, r.StatusCode, field)
		}
		if !strings.Contains(page, "what was typed") {
			t.Errorf("%s: what was typed is lost", path)
		}
	}
	b.err = errors.New("the disk is full")
	if r := c.ask("/statuspages/_new", session, url.Values{"path": {"x"}}); r.StatusCode != http.StatusInternalServerError {
		t.Errorf("another error is answered %d", r.StatusCode)
	}
}
