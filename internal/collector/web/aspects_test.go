package web_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/website/crawl"
)

func (w *watch) Aspect(_ context.Context, check, name string) (web.AspectPage, error) {
	for _, a := range w.one.Aspects {
		if check == w.one.ID && a.Name == name {
			page := web.AspectPage{Check: w.one.CheckRow, Aspect: a}
			if name == web.AspectContent {
				page.Waiting = w.waiting
			}
			return page, nil
		}
	}
	return web.AspectPage{}, web.ErrNotFound
}

func (w *watch) LookAtAspect(_ context.Context, check, name string) (look.Result, error) {
	return look.Result{}, w.do("look at " + name + " of " + check)
}

func (w *watch) ApproveContent(_ context.Context, check string, seen time.Time) error {
	return w.do("approve the page of " + check + " of " + seen.UTC().Format(time.DateOnly))
}

// withAspects gives the watch's check every aspect, each in another state.
func withAspects(w *watch) {
	day := 24 * time.Hour
	result := func(o look.Outcome, findings ...look.Finding) *look.Result {
		return &look.Result{Target: w.one.Target, Kind: "http", Time: now.Add(-2 * time.Hour), Outcome: o, Web: &look.Web{Findings: findings}}
	}
	w.down = look.Result{Time: now.Add(-time.Hour), Outcome: look.Unreachable, Web: &look.Web{}, Problem: &look.Problem{Code: "connection_refused", Args: map[string]string{"address": "192.0.2.1:443"}}}
	secure := result(look.OK,
		look.Finding{Code: "certificate_expired", Severity: look.Critical, Subject: hostile, Args: map[string]string{"date": "2026-08-30"}},
		look.Finding{Code: "exposed_backup", Severity: look.Critical, Subject: "/backup.zip", Args: map[string]string{"url": "https://www.mokykla.example/backup.zip?" + hostile}, Detail: hostile},
		look.Finding{Code: "csp_missing", Severity: look.Info, Subject: "Content-Security-Policy"},
	)
	secure.Web.Grade = "F"
	secure.Web.Redirects = []look.Hop{{Method: "GET", URL: "https://mokykla.example/", Status: 301}, {Method: "GET", URL: "https://www.mokykla.example/" + hostile, Status: 200}}
	secure.Web.Certificate = &look.Certificate{
		Subject: hostile, Issuer: "Let's Encrypt R11", Names: []string{"mokykla.example", "www.mokykla.example"}, NotBefore: now.Add(-90 * day), NotAfter: now.Add(-day),
		Key: "ECDSA P-256", Signature: "SHA256-RSA", Chain: []string{"mokykla.example", "R11"}, Protocol: "TLS 1.3",
	}
	links := result(look.OK, look.Finding{Code: "links_broken_page", Severity: look.Warning, Args: map[string]string{"count": "2"}})
	links.Web.Links = &look.Links{Pages: 120, Checked: 400, Finished: true, Broken: []look.Broken{
		{URL: "https://www.mokykla.example/nera?" + hostile, Code: "unexpected_status", Status: 404, Kind: "page", On: []string{"https://www.mokykla.example/", "https://www.mokykla.example/" + hostile}, Times: 17, Since: now.Add(-8 * day)},
		{URL: "https://partneris.example/", Code: "name_not_found", Kind: "external", On: []string{"https://www.mokykla.example/"}, Times: 1},
	}}
	w.one.Aspects = []web.Aspect{
		{Name: web.AspectSecurity, Every: day, Result: secure},
		{Name: web.AspectContent, Every: 15 * time.Minute},
		{Name: web.AspectLinks, Every: 7 * day, Result: links},
	}
}

func TestAspectPages(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for _, tc := range []struct{ name, target string }{
			{"check-aspects", "/checks/svetaine"},
			{"aspect-links", "/checks/svetaine/watch/links"},
			{"aspect-security", "/checks/svetaine/watch/security"},
			{"aspect-first", "/checks/svetaine/watch/content"},
			{"aspect-down", "/checks/svetaine/watch/security"},
		} {
			t.Run(tc.name+"."+string(lang), func(t *testing.T) {
				w := newWatch()
				withAspects(w)
				if tc.name == "aspect-down" {
					w.one.Aspects[0].Result = &w.down
				}
				c := newConsole(t, withWatch(w))
				page := text(t, c.ask(tc.target, c.session(access.Operator, lang), nil))
				golden(t, tc.name+"."+string(lang), page)
				harmless(t, page)
			})
		}
	}
}

func TestAnAspectIsLookedAtNow(t *testing.T) {
	w := newWatch()
	withAspects(w)
	c := newConsole(t, withWatch(w))
	session := c.session(access.Operator, i18n.English)
	r := c.ask("/checks/svetaine/watch/security/look", session, map[string][]string{})
	if r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(r.Header.Get("Location"), "/checks/svetaine/watch/security?did=aspect.looked") {
		t.Errorf("%d %s", r.StatusCode, r.Header.Get("Location"))
	}
	if got := strings.Join(w.did, "\n"); got != "look at security of svetaine" {
		t.Errorf("done was %q", got)
	}
	w.err = web.ErrTooMany
	if r := c.ask("/checks/svetaine/watch/security/look", session, map[string][]string{}); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("asked for too often: %d", r.StatusCode)
	}
	if r := c.ask("/checks/svetaine/watch/other", session, nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("what is not watched: %d", r.StatusCode)
	}
}

// changed is what is known of a page that waits for approval.
func changed(w *watch) {
	withAspects(w)
	w.waiting = now.Add(-time.Minute)
	w.one.Aspects[1].Result = &look.Result{Target: w.one.Target, Kind: "http", Time: w.waiting, Outcome: look.OK, Web: &look.Web{
		Findings: []look.Finding{
			{Code: "content_title", Severity: look.Critical, Subject: hostile, Args: map[string]string{"points": "100", "was": "Mokykla", "is": hostile}},
			{Code: "content_scripts", Severity: look.Warning, Subject: "blogas.example", Args: map[string]string{"points": "40", "hosts": hostile, "count": "1", "role": "script"}},
		},
		Page: &look.Page{
			Title: hostile, Language: "lt", Bytes: 12345, Words: 300, Newest: "2026-08-28", ScriptHosts: []string{"www.mokykla.example", hostile},
			FrameHosts: []string{"www.youtube.com"}, FormHosts: []string{"forms.example"}, LinkHosts: []string{"www.emokykla.lt"},
		},
	}}
}

func TestAChangedPageIsApproved(t *testing.T) {
	for _, lang := range i18n.Languages() {
		w := newWatch()
		changed(w)
		c := newConsole(t, withWatch(w))
		session := c.session(access.Operator, lang)
		page := text(t, c.ask("/checks/svetaine/watch/content", session, nil))
		golden(t, "aspect-content."+string(lang), page)
		harmless(t, page)
		if page := text(t, c.ask("/checks/svetaine/watch/content", c.session(access.Viewer, lang), nil)); strings.Contains(page, "content/approve") {
			t.Error("whoever only looks may approve")
		}
		approve := func(seen string) *http.Response {
			return c.ask("/checks/svetaine/watch/content/approve", session, map[string][]string{"seen": {seen}})
		}
		seen := strconv.FormatInt(w.waiting.UnixMilli(), 10)
		if r := approve(seen); r.StatusCode != http.StatusSeeOther || !strings.Contains(r.Header.Get("Location"), "content.approved") {
			t.Errorf("%d %s", r.StatusCode, r.Header.Get("Location"))
		}
		if got := strings.Join(w.did, "\n"); got != "approve the page of svetaine of 2026-09-01" {
			t.Errorf("done was %q", got)
		}
		if r := approve("yesterday"); r.StatusCode != http.StatusConflict {
			t.Errorf("a moment that is none: %d", r.StatusCode)
		}
		w.err = web.ErrLookedAgain
		if r := approve(seen); r.StatusCode != http.StatusConflict || !strings.Contains(text(t, r), `role="alert"`) {
			t.Errorf("an older page: %d", r.StatusCode)
		}
	}
}

func (w *watch) RenewJob(_ context.Context, id string) error { return w.do("renew " + id) }

func (w *watch) Crawl(context.Context, string) (web.Crawl, error) { return w.crawl, nil }

func (w *watch) StartCrawl(_ context.Context, id string) error { return w.do("crawl " + id) }
func (w *watch) StopCrawl(_ context.Context, id string) error  { return w.do("stop " + id) }

func TestACrawlIsBegunAndStopped(t *testing.T) {
	w := newWatch()
	withAspects(w)
	w.crawl = web.Crawl{Running: true, Began: now.Add(-time.Hour), Progress: crawl.Progress{Pages: 12, Checked: 40, Waiting: 300, Broken: 2, Asked: 55, Now: "https://www.mokykla.example/" + hostile}}
	c := newConsole(t, withWatch(w))
	session := c.session(access.Operator, i18n.Lithuanian)
	page := text(t, c.ask("/checks/svetaine/watch/links", session, nil))
	golden(t, "aspect-crawl.lt", page)
	harmless(t, page)
	for path, want := range map[string]string{"look": "links.started", "cancel": "links.cancelled"} {
		r := c.ask("/checks/svetaine/watch/links/"+path, session, map[string][]string{})
		if r.StatusCode != http.StatusSeeOther || !strings.Contains(r.Header.Get("Location"), want) {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.Header.Get("Location"))
		}
	}
	csv := text(t, c.ask("/checks/svetaine/watch/links/broken.csv", session, nil))
	for _, want := range []string{"404 Not Found;puslapis;", "https://partneris.example/;", "kita svetainė"} {
		if !strings.Contains(csv, want) {
			t.Errorf("%q is missing in %s", want, csv)
		}
	}
	if r := c.ask("/checks/svetaine/watch/links/broken.xlsx", session, nil); r.StatusCode != http.StatusOK {
		t.Errorf("the workbook is answered %d", r.StatusCode)
	}
}

// Whatever kept a link from working is told in words, for the crawl keeps the code
// only.
func TestWhyALinkIsBrokenIsTold(t *testing.T) {
	w := newWatch()
	withAspects(w)
	links := &look.Links{Finished: true}
	for code := range probe.Codes() {
		switch code {
		case probe.CodeTLSExpired, probe.CodeTLSNotYetValid, probe.CodeTLSWrongName, probe.CodeTLSUnknownIssuer:
			continue // a crawl puts up with certificates
		case probe.CodeTextMissing, probe.CodeTextForbidden, probe.CodeBodyTooLarge, probe.CodeUnexpectedStatus:
			continue // it expects no text, and tells a status by its number
		case probe.CodeHTTPVersion, probe.CodeHeaderMissing, probe.CodeHeaderWrong, probe.CodeHeaderForbidden, probe.CodePatternMissing, probe.CodePatternForbidden,
			probe.CodeJSONInvalid, probe.CodeJSONMissing, probe.CodeJSONWrong, probe.CodeJSONForbidden, probe.CodePageTooLarge,
			probe.CodeRedirectBody, probe.CodeCaptureMissing, probe.CodeCaptureUnusable:
			continue // nor has it any other condition, and it sends nothing
		case probe.CodeDNSRcode, probe.CodeDNSNoAnswer, probe.CodeDNSUnexpected:
			continue // nor does it look at DNS
		}
		links.Broken = append(links.Broken, look.Broken{URL: "https://partneris.example/" + code, Code: code, Kind: "external", On: []string{"https://www.mokykla.example/"}, Times: 1})
	}
	w.one.Aspects[2].Result.Web.Links = links
	c := newConsole(t, withWatch(w))
	for _, lang := range i18n.Languages() {
		csv := text(t, c.ask("/checks/svetaine/watch/links/broken.csv", c.session(access.Viewer, lang), nil))
		if strings.Contains(csv, "no value") || strings.Count(csv, "\n") < len(links.Broken) {
			t.Errorf("%s: %s", lang, csv)
		}
	}
}
