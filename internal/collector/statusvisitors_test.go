package collector

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
)

func TestAFeedWithoutEntriesSaysWhenThePageChanged(t *testing.T) {
	p := newPublicPlace(t)
	p.publish()
	updated := func() time.Time {
		t.Helper()
		p.statusPages.cache.Forget()
		var feed struct {
			Updated time.Time `xml:"updated"`
		}
		p.must(xml.Unmarshal(p.get(consoleName, pagePath+"feed.atom").Body.Bytes(), &feed))
		return feed.Updated
	}
	expect := func(why string, want time.Time) {
		t.Helper()
		if got := updated(); !got.Equal(want) {
			t.Errorf("%s: %s instead of %s", why, got, want)
		}
	}
	published := p.now
	p.now = p.now.Add(time.Hour)
	expect("an hour after the page was published", published)
	p.must(p.view.PutStatusPost(p.keeper(), statuspage.Post{Page: p.page, Kind: statuspage.Incident, Title: statuspage.Text{i18n.English: "x"}, Impact: statuspage.NoImpact, Updates: []statuspage.Update{{Status: statuspage.Monitoring, Text: statuspage.Text{i18n.English: "x"}}}}))
	expect("something was written", p.now)
	p.now = p.now.Add(time.Hour)
	_, err := p.view.RemoveStatusPost(p.keeper(), p.statusPages.current.Load().of(p.page)[0].ID)
	p.must(err)
	removed := p.now
	expect("it was removed", removed)
	p.reopen()
	p.now = p.now.Add(time.Hour)
	expect("after a start", removed)

	// An earlier program did not note it.
	page := p.statusPages.current.Load().pages[p.page]
	page.Changed = time.Time{}
	p.must(p.store.PutStatusPage(page))
	p.reopen()
	first := updated()
	if first.Year() < 2026 {
		t.Errorf("a page of an earlier program changed %s", first)
	}
	p.now = p.now.Add(time.Hour)
	p.reopen()
	expect("a page of an earlier program, after another start", first)
}

func TestAVisitorIsNotSentWhatTheyHave(t *testing.T) {
	p := newPublicPlace(t)
	p.publish()
	plain, packed := p.get(consoleName, pagePath).Header().Get("ETag"), p.get(consoleName, pagePath, "Accept-Encoding", "gzip").Header().Get("ETag")
	for _, c := range []struct {
		why, has, takes string
		want            int
	}{
		{"the same", plain, "", http.StatusNotModified},
		{"the same, compressed", packed, "gzip", http.StatusNotModified},
		{"one of several", `"x", ` + plain, "", http.StatusNotModified},
		{"marked as weak by a web server in front", "W/" + plain, "", http.StatusNotModified},
		{"whatever there is", "*", "", http.StatusNotModified},
		{"another one", `"x"`, "", http.StatusOK},
		{"the other encoding: what they keep has another name", plain, "gzip", http.StatusOK},
		{"a longer tag of somebody else", `"x` + plain[1:], "", http.StatusOK},
	} {
		w := p.get(consoleName, pagePath, "If-None-Match", c.has, "Accept-Encoding", c.takes)
		if w.Code != c.want || (w.Body.Len() == 0) != (c.want == http.StatusNotModified) {
			t.Errorf("%s: %d, %d bytes", c.why, w.Code, w.Body.Len())
		}
		if h := w.Header(); h.Get("ETag") == "" || h.Get("Cache-Control") != "public, max-age=20" || h.Get("Vary") == "" {
			t.Errorf("%s: %v", c.why, h)
		}
	}
}

func TestVisitorsCannotFillTheMemory(t *testing.T) {
	p := newPublicPlace(t)
	p.must(p.PutPage(statuspage.Page{Host: pageName}))
	p.publish()
	for _, host := range []string{consoleName, "127.0.0.1:9480", "x.example", pageName} {
		path := pagePath
		if host == pageName {
			path = "/"
		}
		for _, query := range []string{"", "?lang=lt", "?lang=lt&x=1", "?x=2&lang=lt", "?lang=LT", "?lang=lt;", "?lang=ru"} {
			if w := p.get(host, path+query, "Accept-Language", "lt", "Cookie", "x="+query); w.Code != http.StatusOK {
				t.Errorf("%s%s%s: %d", host, path, query, w.Code)
			}
		}
	}
	if n := int(testutil.ToFloat64(p.statusPages.made)); n != 1 {
		t.Errorf("one page in one language was made %d times", n)
	}
}

func TestNothingIsLearntOfAPageThatIsNotPublic(t *testing.T) {
	p := newPublicPlace(t)
	p.must(p.PutPage(statuspage.Page{Host: pageName}))
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut} {
		for _, path := range []string{"/", "/feed.atom", "/login"} {
			if w := p.ask(method, pageName, path); w.Code != http.StatusNotFound {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
	}
	// Somebody asked while it was public, and is answered when it is not any more.
	p.publish()
	was := p.statusPages.current.Load().pages[p.page]
	p.must(p.view.PublishStatusPage(p.keeper(), p.page, false))
	w := httptest.NewRecorder()
	p.statusPages.serve(w, httptest.NewRequest(http.MethodGet, pagePath, nil), was, true, statuspage.HTML)
	if w.Code != http.StatusNotFound {
		t.Errorf("who came just before it was taken away gets %d", w.Code)
	}
}

func TestOneSitesPagesAreNotAnothers(t *testing.T) {
	p := newPublicPlace(t, "devices: [{id: sw, target: 'snmp://127.0.0.1:9', class: infrastructure}]\n")
	p.must(p.agents.inventory.PutSite(t.Context(), "test", inventory.Site{ID: "kitas", Name: "Kitas padalinys"}))
	p.must(p.PutPage(statuspage.Page{Site: "svetur"}))
	text := statuspage.Text{i18n.English: "x", i18n.Lithuanian: "x"}
	post := statuspage.Post{Page: p.page, Kind: statuspage.Incident, Title: text, Impact: statuspage.NoImpact, Updates: []statuspage.Update{{Status: statuspage.Monitoring, Text: text}}}
	p.must(p.view.PutStatusPost(p.keeper(), post))
	written := p.statusPages.current.Load().of(p.page)[0]
	stranger := access.WithIdentity(t.Context(), access.Identity{Kind: access.KindUser, Login: "kitas", Role: access.Administrator, Sites: []string{"kitas"}})

	all := func(ctx context.Context) map[string]error {
		page := p.statusPages.current.Load().pages[p.page]
		page.Path = "pavogta"
		changed := written
		changed.Title = statuspage.Text{i18n.English: "y"}
		out := map[string]error{}
		_, out["read"] = p.view.StatusPage(ctx, p.page)
		_, _, out["preview"] = p.view.StatusPreview(ctx, p.page, i18n.English)
		_, _, out["read a post"] = p.view.StatusPost(ctx, written.ID)
		_, out["change"] = p.view.PutStatusPage(ctx, page, "")
		out["publish"] = p.view.PublishStatusPage(ctx, p.page, true)
		out["add a line"] = p.view.PutStatusComponent(ctx, p.page, statuspage.Component{Name: text}, []string{"sw"})
		out["move a line"] = p.view.MoveStatusComponent(ctx, p.page, p.line, 1)
		out["take a line out"] = p.view.RemoveStatusComponent(ctx, p.page, p.line)
		out["write"] = p.view.PutStatusPost(ctx, post)
		out["change a post"] = p.view.PutStatusPost(ctx, changed)
		out["write an update"] = p.view.AddStatusUpdate(ctx, written.ID, written.Updates[0])
		_, out["remove a post"] = p.view.RemoveStatusPost(ctx, written.ID)
		out["remove"] = p.view.RemoveStatusPage(ctx, p.page)
		return out
	}
	try := func(whose string) {
		t.Helper()
		for what, err := range all(stranger) {
			if !errors.Is(err, web.ErrNotFound) {
				t.Errorf("%s: who sees another site may %s: %v", whose, what, err)
			}
		}
		if list, err := p.view.StatusPages(stranger); err != nil || len(list.Pages) != 0 {
			t.Errorf("%s: it is listed: %+v, %v", whose, list, err)
		}
	}
	try("a page of a site")
	p.must(p.PutPage(statuspage.Page{}))
	try("a page of every site")

	// Their own page neither shows a thing of another site, nor becomes another's.
	own := statuspage.Page{Path: "kitas", Site: "kitas", Languages: i18n.Languages(), Name: text}
	id, err := p.view.PutStatusPage(stranger, own, "")
	p.must(err)
	for _, thing := range []string{"check:srv-dc01-ldap", "srv-dc01-ldap", "Vidinis LDAP dc01", "sw", "line"} {
		for what, ctx := range map[string]context.Context{"they": stranger, "the keeper": p.keeper()} {
			line := statuspage.Component{Name: text}
			if err := p.view.PutStatusComponent(ctx, id, line, []string{thing}); settings.Of(err) == nil {
				t.Errorf("%s put %s on the page of another site: %v", what, thing, err)
			}
		}
	}
	own.ID = id
	for _, site := range []string{"", "svetur", "nera"} {
		own.Site = site
		if _, err := p.view.PutStatusPage(stranger, own, ""); settings.Of(err) == nil {
			t.Errorf("the page becomes one of the site %q: %v", site, err)
		}
	}
	for what, err := range all(p.keeper()) {
		if err != nil {
			t.Errorf("who may cannot %s: %v", what, err)
		}
	}
}

func TestProgramsReadAndWriteAsPeopleDo(t *testing.T) {
	p := newPublicPlace(t)
	do, text := apiStatus{p.Collector}, statuspage.Text{i18n.English: "x"}
	as := func(role access.Role) context.Context {
		return access.WithIdentity(t.Context(), access.Identity{Kind: access.KindToken, Login: "script", Role: role})
	}
	if _, err := do.StatusPage(as(access.Viewer), p.page); !errors.Is(err, jsonapi.ErrNotFound) {
		t.Errorf("who only reads is told what is not public: %v", err)
	}
	if _, err := do.StatusPage(as(access.Operator), p.page); err != nil {
		t.Errorf("who writes is not told what is not public: %v", err)
	}
	p.publish()
	if _, err := do.StatusPage(as(access.Viewer), p.page); err != nil {
		t.Errorf("who only reads is not told what is public: %v", err)
	}
	write := func(edit func(*statuspage.Post)) (statuspage.Post, error) {
		post := statuspage.Post{Page: p.page, Kind: statuspage.Incident, Title: text, Impact: statuspage.Outage, Components: []string{p.line}, Updates: []statuspage.Update{{Status: statuspage.Investigating, Text: text}}}
		edit(&post)
		return do.WriteStatusPost(as(access.Operator), post)
	}
	for field, edit := range map[string]func(*statuspage.Post){
		"lines":    func(post *statuspage.Post) { post.Components = []string{p.line, "none"} },
		"title.lt": func(post *statuspage.Post) { post.Title = nil },
		"impact":   func(post *statuspage.Post) { post.Impact = "" },
		"status":   func(post *statuspage.Post) { post.Updates[0].Status = statuspage.Done },
		"to": func(post *statuspage.Post) {
			post.Kind, post.Impact = statuspage.Maintenance, ""
			post.Updates[0].Status = statuspage.Announced
		},
	} {
		var invalid *jsonapi.InvalidError
		if _, err := write(edit); !errors.As(err, &invalid) || len(invalid.Problems) != 1 || invalid.Problems[0].Field != field || invalid.Problems[0].Detail == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	if n := len(p.statusPages.current.Load().posts); n != 0 {
		t.Errorf("%d of what cannot be were kept", n)
	}
	post, err := write(func(*statuspage.Post) {})
	p.must(err)
	p.expect("a program wrote that it is out of order", "trouble")
	post, err = do.WriteStatusUpdate(as(access.Operator), post.ID, statuspage.Update{Status: statuspage.Resolved, Text: text})
	p.must(err)
	if len(post.Updates) != 2 || post.Updates[1].By != "token script" || !post.Updates[1].At.Equal(p.now) {
		t.Errorf("%+v", post.Updates)
	}
	p.expect("a program wrote that it is over", "unknown")
	if _, err := do.WriteStatusUpdate(as(access.Operator), post.ID, statuspage.Update{Status: statuspage.Resolved, Text: text}); err == nil {
		t.Error("a word is added to what is over")
	}
	p.must(do.RemoveStatusPost(as(access.Operator), post.ID))
	if err := do.RemoveStatusPost(as(access.Operator), post.ID); !errors.Is(err, jsonapi.ErrNotFound) {
		t.Errorf("what is gone is removed: %v", err)
	}
	entries, err := p.access.AuditTail(t.Context(), 3)
	p.must(err)
	var did []string
	for _, e := range entries {
		did = append(did, e.Actor+" "+e.Action)
	}
	slices.Sort(did)
	if want := []string{"token script status.post_add", "token script status.post_remove", "token script status.post_update"}; !slices.Equal(did, want) {
		t.Errorf("the record has %q", did)
	}
}
