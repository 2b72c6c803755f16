package collector

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
)

// publicPlace is a collector with one check that must not be known by its name,
// and a status page that shows it.
type publicPlace struct {
	*Collector
	t    testing.TB
	now  time.Time
	view statusView
	page string // ID
	line string // ID of the component
}

// inside is what must be on no page.
var inside = []string{"dc01", "LDAP", "10.99.1.7", "8443", "secret-path", "svetur", "Vidinis", "connection_refused", "dial tcp", "SiteDown", "rasa", "local ", "Perkelti", "collector", "/checks", "/login"}

// newPublicPlace makes one; more is more of its configuration, which may begin
// with more checks.
func newPublicPlace(t testing.TB, more ...string) *publicPlace {
	t.Helper()
	dir, err := os.MkdirTemp("", "budi") // short, for the admin socket
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "collector.yml")
	text := "site: {id: svetur, name: Vidinis padalinys}\ndevice: own\nexternal_url: http://konsole.mokykla.example\nhost: {disabled: true}\nchecks:\n  - {id: srv-dc01-ldap, name: 'Vidinis LDAP dc01', target: 'http://10.99.1.7:8443/secret-path'}\n" + strings.Join(more, "")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &publicPlace{t: t, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	p.Collector, err = Open(t.Context(), Options{DataDir: filepath.Join(dir, "data"), ConfigFile: config, Listen: "127.0.0.1:0", Hashing: cheap(), Now: func() time.Time { return p.now }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.close()
		_ = os.RemoveAll(dir)
	})
	p.view = statusView{p.statusPages}
	p.must(p.PutPage(statuspage.Page{}))
	name := statuspage.Text{i18n.Lithuanian: "Prisijungimas prie kompiuterių", i18n.English: "Logging in to computers"}
	p.must(p.view.PutStatusComponent(p.keeper(), p.page, statuspage.Component{Name: name}, []string{"Vidinis LDAP dc01"}))
	p.line = p.statusPages.current.Load().pages[p.page].Components[0].ID
	return p
}

func (p *publicPlace) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// keeper is who does everything here.
func (p *publicPlace) keeper() context.Context {
	return access.WithIdentity(p.t.Context(), access.Local("rasa"))
}

// PutPage saves the page with what is set in it.
func (p *publicPlace) PutPage(page statuspage.Page) error {
	page.ID, page.Path = p.page, cmp.Or(page.Path, "mokykla")
	page.Name = statuspage.Text{i18n.Lithuanian: "Mokyklos būklė", i18n.English: "How the school is"}
	if page.Languages == nil {
		page.Languages = []i18n.Lang{i18n.Lithuanian, i18n.English}
	}
	id, err := p.view.PutStatusPage(p.keeper(), page, "127.0.0.1:8080")
	if err == nil {
		p.page = id
	}
	return err
}

func (p *publicPlace) publish() { p.must(p.view.PublishStatusPage(p.keeper(), p.page, true)) }

// get asks as a visitor.
func (p *publicPlace) get(host, path string, headers ...string) *httptest.ResponseRecorder {
	return p.ask(http.MethodGet, host, path, headers...)
}

func (p *publicPlace) ask(method, host, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://"+host+path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	p.server.ServeHTTP(w, r)
	return w
}

const (
	consoleName = "konsole.mokykla.example"
	pageName    = "bukle.mokykla.example"
	pagePath    = "/status/mokykla/"
)

// down makes the check fail, and an incident of it.
func (p *publicPlace) down() {
	problem := &look.Problem{Code: "connection_refused", Args: map[string]string{"address": "10.99.1.7:8443"}, Detail: "dial tcp 10.99.1.7:8443: connect: connection refused"}
	p.looking.board.Put(checkPrefix+"srv-dc01-ldap", time.Minute, look.Result{Time: p.now, Outcome: look.Unreachable, Target: "http://10.99.1.7:8443/secret-path", Problem: problem})
	p.must(p.store.CommitIncidents([]incident.Incident{{
		ID: 1, Key: "k", Rule: "SiteDown", Severity: incident.Critical, State: incident.Open, Labels: map[string]string{"site": "svetur", "check": "srv-dc01-ldap", "alertname": "SiteDown"},
		Names: map[string]string{"check": "Vidinis LDAP dc01"}, Thing: "check:srv-dc01-ldap", Meaning: incident.Down, Problem: problem, Since: p.now, Seen: p.now, Opened: p.now, Turned: p.now, LastFired: p.now,
	}}, nil))
	p.must(p.alerting.load())
}

func TestNothingOfTheInsideIsOnAStatusPage(t *testing.T) {
	p := newPublicPlace(t)
	p.down()
	today := p.uptimes.Today()
	for d := today - 3; d <= today; d++ {
		p.must(p.store.PutAvailability(t.Context(), d, map[topology.ID]availability.Day{"check:srv-dc01-ldap": {Seconds: availability.Seconds{Up: 80_000, Down: 6400}}}))
	}
	p.must(calendarView{p.Collector}.PutCalendar(p.keeper(), calendar.Config{Maintenance: []calendar.Window{{
		ID: "m-1", Name: "Perkelti dc01", Sites: []string{"svetur"}, From: calendar.ExactMoment(p.now.Add(time.Hour)), Duration: time.Hour,
	}}}))
	p.must(p.view.PutStatusPost(p.keeper(), statuspage.Post{
		Page: p.page, Kind: statuspage.Incident, Title: statuspage.Text{i18n.Lithuanian: "Neįmanoma prisijungti <b>"}, Impact: statuspage.Outage, Components: []string{p.line},
		Updates: []statuspage.Update{{Status: statuspage.Identified, Text: statuspage.Text{i18n.Lithuanian: "Taisome.\nBus <script>alert(1)</script> vakare."}}},
	}))
	p.publish()
	for path, shown := range map[string][]string{
		pagePath + "?lang=lt":                        {"Prisijungimas prie kompiuterių", "Neįmanoma prisijungti &lt;b&gt;", "92,59 %", "Kai kas veikia sutrikusiai"},
		pagePath + "?lang=en":                        {"Logging in to computers", `<h3 lang="lt">Neįmanoma`, "92.59 %", "Something does not work properly"},
		"/status/mokykla/feed.atom?lang=lt":          {"Neįmanoma prisijungti &lt;b&gt;", "Taisome."},
		"/status/mokykla/feed.atom?lang=en":          {"How the school is"},
		"/status/mokykla/feed.atom?lang=xx&did=dc02": {"Mokyklos būklė"},
	} {
		w := p.get(consoleName, path)
		body := w.Body.String()
		if w.Code != http.StatusOK || w.Header().Get("Set-Cookie") != "" {
			t.Fatalf("%s: %d %v", path, w.Code, w.Header())
		}
		// Where there are random digits, "8443" and "dc01" may be among them.
		w.Header().Del("ETag")
		all := regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).ReplaceAllString(body, "") + fmt.Sprint(w.Header())
		for _, word := range inside {
			if strings.Contains(all, word) {
				t.Errorf("%s tells of %q", path, word)
			}
		}
		for _, word := range shown {
			if !strings.Contains(body, word) {
				t.Errorf("%s does not say %q: %s", path, word, body)
			}
		}
		if strings.Contains(body, "<script") {
			t.Errorf("%s has a script", path)
		}
	}
}

func TestAStatusPageIsThereOnlyWhileItIsPublished(t *testing.T) {
	p := newPublicPlace(t)
	p.must(p.PutPage(statuspage.Page{Host: pageName}))
	knock := func(want int) {
		t.Helper()
		for _, at := range [][2]string{{consoleName, pagePath}, {consoleName, "/status/mokykla/feed.atom"}, {pageName, "/"}, {pageName, "/feed.atom"}} {
			if w := p.get(at[0], at[1]); w.Code != want || want == http.StatusNotFound && strings.Contains(w.Body.String(), "Mokyklos") {
				t.Errorf("%s%s: %d instead of %d: %s", at[0], at[1], w.Code, want, w.Body)
			}
		}
	}
	knock(http.StatusNotFound)
	p.publish()
	knock(http.StatusOK)
	p.must(p.view.PublishStatusPage(p.keeper(), p.page, false))
	knock(http.StatusNotFound)
	p.publish()
	p.must(p.view.RemoveStatusPage(p.keeper(), p.page))
	if w := p.get(consoleName, pagePath); w.Code != http.StatusNotFound {
		t.Errorf("a page that was removed: %d", w.Code)
	}
	entries, err := p.access.AuditTail(t.Context(), 20)
	p.must(err)
	var did []string
	for _, e := range entries {
		did = append(did, e.Action)
	}
	for _, want := range []string{"status.page_add", "status.component_put", "status.page_change", "status.page_publish", "status.page_hide", "status.page_remove"} {
		if !slices.Contains(did, want) {
			t.Errorf("%s is not on the audit record: %q", want, did)
		}
	}
}

func TestUnderThePagesOwnNameThereIsNothingElse(t *testing.T) {
	p := newPublicPlace(t)
	p.must(p.PutPage(statuspage.Page{Host: pageName}))
	p.publish()
	for _, host := range []string{pageName, "BUKLE.mokykla.example:8443", pageName + ".", pageName + "..:443"} {
		if w := p.get(host, "/"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Mokyklos būklė") {
			t.Errorf("%s: %d", host, w.Code)
		}
		for _, path := range []string{"/login", "/setup", "/style.css", "/api/budi/v1/openapi.json", "/api/agent/v1/enrol", "/api/v1/query", "/metrics", "/-/healthy", "/-/ready", pagePath, "/statuspages", "//", "/./", "/%2e", "/job/x"} {
			if w := p.get(host, path); w.Code != http.StatusNotFound {
				t.Errorf("%s%s: %d %s", host, path, w.Code, w.Body)
			}
		}
		for _, path := range []string{"/", "/login", "/api/agent/v1/enrol"} {
			if w := p.ask(http.MethodPost, host, path); w.Code != http.StatusMethodNotAllowed {
				t.Errorf("POST %s%s: %d", host, path, w.Code)
			}
		}
	}
	if w := p.get(consoleName, "/login"); w.Code != http.StatusOK {
		t.Errorf("the console under its own name: %d", w.Code)
	}
}

func TestNoPageTakesTheNameOfTheConsole(t *testing.T) {
	p := newPublicPlace(t)
	own, err := os.Hostname()
	p.must(err)
	for _, host := range []string{consoleName, "KONSOLE.mokykla.example", "127.0.0.1", "::1", "localhost", "10.0.0.1", own} {
		if err := p.PutPage(statuspage.Page{Host: strings.ToLower(host)}); settings.Of(err) == nil {
			t.Errorf("%s is taken: %v", host, err)
		}
	}
	if _, err := p.view.PutStatusPage(p.keeper(), statuspage.Page{ID: p.page, Path: "mokykla", Host: "kitas.mokykla.example", Languages: []i18n.Lang{i18n.English}, Name: statuspage.Text{i18n.English: "x"}}, "Kitas.mokykla.example:8080"); settings.Of(err) == nil {
		t.Errorf("the name under which the console is used just now is taken: %v", err)
	}
	// A configuration that gives the console the name later wins.
	p.must(p.PutPage(statuspage.Page{Host: pageName}))
	p.publish()
	p.mu.Lock()
	p.config.ExternalURL = "https://" + pageName + ":8443/"
	p.mu.Unlock()
	if w := p.get(pageName, "/login"); w.Code != http.StatusOK {
		t.Errorf("the console is not found under its name: %d", w.Code)
	}
}

func TestNamesAreGivenByThoseWhoSeeEverySite(t *testing.T) {
	p := newPublicPlace(t)
	own := access.WithIdentity(t.Context(), access.Identity{Kind: access.KindUser, Login: "svetur", Role: access.Administrator, Sites: []string{"svetur"}})
	page := statuspage.Page{Path: "svetur", Site: "svetur", Languages: []i18n.Lang{i18n.English}, Name: statuspage.Text{i18n.English: "x"}}
	refused := func(host string) {
		t.Helper()
		page.Host = host
		if _, err := p.view.PutStatusPage(own, page, ""); len(settings.Of(err)) != 1 || settings.Of(err)[0].Field != "host" {
			t.Errorf("who sees one site gives the name %q: %v", host, err)
		}
	}
	refused(pageName)
	page.Host = ""
	id, err := p.view.PutStatusPage(own, page, "")
	p.must(err)
	page.ID = id
	refused(pageName)
	page.Host = pageName
	_, err = p.view.PutStatusPage(p.keeper(), page, "")
	p.must(err)
	_, err = p.view.PutStatusPage(own, page, "") // all but the name
	p.must(err)
	refused("")
}

// reopen is a restart.
func (p *publicPlace) reopen() {
	p.t.Helper()
	p.must(p.close())
	var err error
	p.Collector, err = Open(p.t.Context(), p.opts)
	p.must(err)
	p.view = statusView{p.statusPages}
}

func TestVisitorsCostNothing(t *testing.T) {
	p := newPublicPlace(t)
	p.publish()
	made := func() int { return int(testutil.ToFloat64(p.statusPages.made)) }
	first := p.get(consoleName, pagePath)
	for range 50 {
		if w := p.get(consoleName, pagePath); !bytes.Equal(w.Body.Bytes(), first.Body.Bytes()) {
			t.Fatal("the page is another one")
		}
	}
	if made() != 1 {
		t.Errorf("51 visits made the page %d times", made())
	}
	tag := first.Header().Get("ETag")
	if w := p.get(consoleName, pagePath, "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() != 0 || w.Header().Get("ETag") != tag {
		t.Errorf("what has not changed is answered %d with %d bytes", w.Code, w.Body.Len())
	}
	packed := p.get(consoleName, pagePath, "Accept-Encoding", "br, gzip;q=0.8")
	reader, err := gzip.NewReader(packed.Body)
	p.must(err)
	if body, err := io.ReadAll(reader); err != nil || !bytes.Equal(body, first.Body.Bytes()) || packed.Header().Get("Content-Encoding") != "gzip" || packed.Header().Get("ETag") == tag {
		t.Errorf("compressed it is not the same: %v %v", err, packed.Header())
	}
	if w := p.get(consoleName, pagePath, "Accept-Encoding", "gzip;q=0"); w.Header().Get("Content-Encoding") != "" {
		t.Error("it is compressed for who cannot unpack it")
	}
	if w := p.ask(http.MethodHead, consoleName, pagePath); w.Code != http.StatusOK || w.Body.Len() != 0 {
		t.Errorf("HEAD: %d, %d bytes", w.Code, w.Body.Len())
	}
	h := first.Header()
	if h.Get("Cache-Control") != "public, max-age=20" || h.Get("Vary") != "Accept-Encoding, Accept-Language" || h.Get("Connection") != "close" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'; style-src 'sha256-") {
		t.Errorf("%v", h)
	}
	p.now = p.now.Add(statuspage.FreshFor)
	if w := p.get(consoleName, pagePath, "If-None-Match", tag); w.Code != http.StatusNotModified {
		t.Errorf("the page was made anew in the same minute and says the same: %d", w.Code)
	}
	p.get(consoleName, pagePath)
	if made() != 2 {
		t.Errorf("after %s it was made %d times", statuspage.FreshFor, made())
	}
	// What a person changes is shown at once.
	p.must(p.view.PutStatusPost(p.keeper(), statuspage.Post{Page: p.page, Kind: statuspage.Incident, Title: statuspage.Text{i18n.English: "New"}, Impact: statuspage.NoImpact, Updates: []statuspage.Update{{Status: statuspage.Monitoring, Text: statuspage.Text{i18n.English: "word"}}}}))
	if w := p.get(consoleName, pagePath); !strings.Contains(w.Body.String(), "New") {
		t.Error("what was written is not shown")
	}
}

func TestAStatusPageSpeaksTheVisitorsLanguage(t *testing.T) {
	p := newPublicPlace(t)
	p.publish()
	for _, c := range []struct{ query, accept, want string }{
		{"", "", "lt"}, {"", "de", "lt"}, {"", "en-GB,en;q=0.9", "en"}, {"?lang=lt", "en", "lt"}, {"?lang=en", "lt", "en"}, {"?lang=de", "en", "en"},
	} {
		w := p.get(consoleName, pagePath+c.query, "Accept-Language", c.accept)
		if w.Header().Get("Content-Language") != c.want || !strings.Contains(w.Body.String(), `<html lang="`+c.want+`">`) {
			t.Errorf("%+v: %s", c, w.Header().Get("Content-Language"))
		}
	}
	p.must(p.PutPage(statuspage.Page{Languages: []i18n.Lang{i18n.English}}))
	if w := p.get(consoleName, pagePath+"?lang=lt", "Accept-Language", "lt"); w.Header().Get("Content-Language") != "en" {
		t.Error("the page speaks a language that it has not")
	}
}

// expect expects how the first line of the page is now.
func (p *publicPlace) expect(why, want string) {
	p.t.Helper()
	p.statusPages.cache.Forget()
	got := "not shown"
	if found := regexp.MustCompile(`class="state (\w+)"`).FindStringSubmatch(p.get(consoleName, pagePath).Body.String()); found != nil {
		got = found[1]
	}
	if got != want {
		p.t.Errorf("%s: %s instead of %s", why, got, want)
	}
}

func TestAStatusPageSaysHowThingsAreNow(t *testing.T) {
	p := newPublicPlace(t)
	p.publish()
	says := func(outcome look.Outcome, at time.Time) {
		p.looking.board.Put(checkPrefix+"srv-dc01-ldap", time.Minute, look.Result{Time: at, Outcome: outcome})
	}
	expect := func(why, want string) {
		t.Helper()
		p.expect(why, want)
	}
	expect("before the first look", "unknown")
	says(look.OK, p.now)
	expect("it answers", "good")
	says(look.Unknown, p.now)
	expect("the line is down", "unknown")
	says(look.OK, p.now.Add(-time.Hour))
	expect("the look is old", "unknown")
	says(look.OK, p.now)
	says(look.Unreachable, p.now)
	expect("one look went wrong", "unknown")
	p.now = p.now.Add(time.Minute)
	says(look.Unreachable, p.now)
	expect("it has not answered for a minute", "unknown")
	p.now = p.now.Add(time.Minute)
	says(look.Unreachable, p.now)
	expect("it has not answered for two minutes", "trouble")
	says(look.OK, p.now)
	p.down()
	expect("it does not answer, and there is an incident", "trouble")
	p.must(calendarView{p.Collector}.PutCalendar(p.keeper(), calendar.Config{Maintenance: []calendar.Window{{
		ID: "m-1", Name: "Darbai", Sites: []string{"svetur"}, From: calendar.ExactMoment(p.now.Add(-time.Hour)), Duration: 2 * time.Hour,
	}}}))
	expect("it does not answer in a maintenance of the calendar", "maintenance")
	says(look.OK, p.now)
	expect("it answers in a maintenance of the calendar", "good")
	p.must(p.view.PutStatusPost(p.keeper(), statuspage.Post{Page: p.page, Kind: statuspage.Incident, Title: statuspage.Text{i18n.English: "x"}, Impact: statuspage.Partly, Components: []string{p.line}, Updates: []statuspage.Update{{Status: statuspage.Investigating, Text: statuspage.Text{i18n.English: "x"}}}}))
	expect("a person says that something is wrong", "trouble")
	post := p.statusPages.current.Load().of(p.page)[0].ID
	p.must(p.view.AddStatusUpdate(p.keeper(), post, statuspage.Update{Status: statuspage.Resolved, Text: statuspage.Text{i18n.English: "y"}}))
	expect("the person says that it is over", "good")
	if err := p.view.AddStatusUpdate(p.keeper(), post, statuspage.Update{Status: statuspage.Monitoring, Text: statuspage.Text{i18n.English: "z"}}); settings.Of(err) == nil {
		t.Errorf("something is added to what is over: %v", err)
	}
	// A page that is of another site shows nothing of this one.
	set := p.statusPages.current.Load()
	page := set.pages[p.page]
	page.Site = "another"
	p.statusPages.put(func(pages map[string]statuspage.Page, _ map[string]statuspage.Post) { pages[p.page] = page })
	expect("the check is of another site than the page", "not shown")
}

func TestTheFeedOfAStatusPageIsAtom(t *testing.T) {
	p := newPublicPlace(t)
	p.must(p.view.PutStatusPost(p.keeper(), statuspage.Post{Page: p.page, Kind: statuspage.Maintenance, Title: statuspage.Text{i18n.Lithuanian: "Tinklas & \"viskas\""}, From: p.now.Add(time.Hour), To: p.now.Add(2 * time.Hour), Updates: []statuspage.Update{{Status: statuspage.Announced, Text: statuspage.Text{i18n.Lithuanian: "]]> <x>"}}}}))
	p.publish()
	w := p.get(consoleName, "/status/mokykla/feed.atom")
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Updated string   `xml:"updated"`
		Author  struct {
			Name string `xml:"name"`
		} `xml:"author"`
		Entries []struct {
			ID      string `xml:"id"`
			Title   string `xml:"title"`
			Updated string `xml:"updated"`
			Content string `xml:"content"`
		} `xml:"entry"`
	}
	p.must(xml.Unmarshal(w.Body.Bytes(), &feed))
	if w.Header().Get("Content-Type") != "application/atom+xml; charset=utf-8" || len(feed.Entries) != 1 || !strings.HasPrefix(feed.ID, "urn:uuid:") || feed.Author.Name == "" {
		t.Fatalf("%v %+v", w.Header(), feed)
	}
	e := feed.Entries[0]
	if e.Title != `Priežiūros darbai: Tinklas & "viskas"` || !strings.Contains(e.Content, "]]> <x>") || !strings.Contains(e.Content, "2026-11-20 15:00–16:00") || e.Updated != feed.Updated || e.ID == feed.ID {
		t.Errorf("%+v", e)
	}
	if at, err := time.Parse(time.RFC3339, e.Updated); err != nil || !at.Equal(p.now) {
		t.Errorf("%s is not when it was written", e.Updated)
	}
}

func TestStatusPagesSurviveAStart(t *testing.T) {
	p := newPublicPlace(t)
	p.must(p.view.PutStatusPost(p.keeper(), statuspage.Post{Page: p.page, Kind: statuspage.Incident, Title: statuspage.Text{i18n.English: "kept"}, Impact: statuspage.NoImpact, Updates: []statuspage.Update{{Status: statuspage.Monitoring, Text: statuspage.Text{i18n.English: "word"}}}}))
	p.publish()
	pages, posts, err := p.store.StatusPages()
	p.must(err)
	if len(pages) != 1 || len(posts) != 1 || !pages[0].Published || pages[0].Components[0].Things[0] != "check:srv-dc01-ldap" || posts[0].Updates[0].By == "" {
		t.Errorf("%+v %+v", pages, posts)
	}
	p.must(p.view.RemoveStatusPage(p.keeper(), p.page))
	if pages, posts, err = p.store.StatusPages(); err != nil || len(pages)+len(posts) != 0 {
		t.Errorf("what was removed is still there: %+v %+v %v", pages, posts, err)
	}
}

func TestStatusPagesAreBounded(t *testing.T) {
	p := newPublicPlace(t)
	for i := 1; i < statuspage.MaxPages; i++ {
		_, err := p.view.PutStatusPage(p.keeper(), statuspage.Page{Path: fmt.Sprint("p", i), Languages: []i18n.Lang{i18n.English}, Name: statuspage.Text{i18n.English: "x"}}, "")
		p.must(err)
	}
	if _, err := p.view.PutStatusPage(p.keeper(), statuspage.Page{Path: "more", Languages: []i18n.Lang{i18n.English}, Name: statuspage.Text{i18n.English: "x"}}, ""); settings.Of(err) == nil {
		t.Errorf("one page more is made: %v", err)
	}
	set := p.statusPages.current.Load()
	page := set.pages[p.page]
	for len(page.Components) < statuspage.MaxComponents {
		page.Components = append(slices.Clone(page.Components), statuspage.Component{ID: fmt.Sprint(len(page.Components)), Name: page.Components[0].Name, Things: page.Components[0].Things})
	}
	p.statusPages.put(func(pages map[string]statuspage.Page, _ map[string]statuspage.Post) { pages[p.page] = page })
	if err := p.view.PutStatusComponent(p.keeper(), p.page, statuspage.Component{Name: page.Name}, []string{"check:srv-dc01-ldap"}); settings.Of(err) == nil {
		t.Errorf("one line more is added: %v", err)
	}
	p.publish()
	w := p.get(consoleName, pagePath, "Accept-Encoding", "gzip")
	if w.Code != http.StatusOK || w.Body.Len() > 20_000 {
		t.Errorf("a full page has %d bytes", w.Body.Len())
	}
}

// BenchmarkAVisitOfAStatusPage is a visit while the page is fresh: of twenty
// components, compressed.
func BenchmarkAVisitOfAStatusPage(b *testing.B) {
	p := newPublicPlace(b)
	page := p.statusPages.current.Load().pages[p.page]
	for len(page.Components) < 20 {
		page.Components = append(slices.Clone(page.Components), statuspage.Component{ID: fmt.Sprint(len(page.Components)), Name: page.Components[0].Name, Things: page.Components[0].Things})
	}
	p.statusPages.put(func(pages map[string]statuspage.Page, _ map[string]statuspage.Post) { pages[p.page] = page })
	p.publish()
	r := httptest.NewRequest(http.MethodGet, "http://"+consoleName+pagePath, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	b.ReportAllocs()
	for b.Loop() {
		w := &nowhere{header: http.Header{}}
		p.server.ServeHTTP(w, r)
		if w.code >= 400 || w.bytes == 0 {
			b.Fatal(w.code)
		}
	}
}

// nowhere is where an answer goes that nobody reads.
type nowhere struct {
	header      http.Header
	code, bytes int
}

func (w *nowhere) Header() http.Header { return w.header }
func (w *nowhere) WriteHeader(c int)   { w.code = c }
func (w *nowhere) Write(b []byte) (int, error) {
	w.bytes += len(b)
	return len(b), nil
}
