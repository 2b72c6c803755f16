package web_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

const password = "šaltas vanduo upėje"

// now is the moment of every test.
var now = time.Date(2026, 9, 1, 7, 30, 5, 0, time.UTC)

// world stands for all that the console shows and does.
type world struct {
	mu        sync.Mutex
	overview  web.Overview
	samples   web.SamplesPage
	incidents map[incident.ID]web.IncidentPage
	err       error
	filter    string
	acks      []string
	closes    []string

	// See incidents_test.go.
	said     []string
	journal  []incident.Incident
	query    web.JournalQuery
	places   web.Places
	silences []web.Silence
}

func (w *world) Overview(context.Context) (web.Overview, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.overview, w.err
}

func (w *world) Samples(_ context.Context, filter string) (web.SamplesPage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.filter = filter
	return w.samples, w.err
}

func (w *world) Incident(_ context.Context, id incident.ID) (web.IncidentPage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.incidents[id]
	if !ok {
		return web.IncidentPage{}, errors.Join(w.err, web.ErrNotFound)
	}
	return p, w.err
}

func (w *world) Acknowledge(_ context.Context, id incident.ID, by, comment string, until time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.incidents[id]
	if !ok || p.Incident.State == incident.Closed {
		return incident.ErrNotOpen
	}
	said := by + ": " + comment
	if !until.IsZero() {
		said += " until " + until.Format(time.DateTime)
	}
	w.acks = append(w.acks, said)
	picture, acked, err := incident.Acknowledge(incident.Picture{Open: map[incident.Key]incident.Incident{p.Incident.Key: p.Incident}}, id, by, comment, until, now)
	if err == nil && len(picture.Open) == 1 {
		p.Incident = acked
		w.incidents[id] = p
	}
	return errors.Join(w.err, err)
}

func (w *world) Close(_ context.Context, id incident.ID, by, comment string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.incidents[id]
	switch {
	case !ok || p.Incident.State == incident.Closed:
		return incident.ErrNotOpen
	case p.Incident.Evidence == incident.Firing:
		return incident.ErrStillFiring
	}
	w.closes = append(w.closes, by+": "+comment)
	return w.err
}

// console is the whole console on a real store, with a clock that stands.
type console struct {
	t       testing.TB
	access  *access.Control
	world   *world
	handler http.Handler
	store   *boltstore.Store
	log     *strings.Builder
	clock   time.Time
}

func newConsole(t testing.TB, edit ...func(*web.Options)) *console {
	t.Helper()
	dir := t.TempDir()
	store, err := boltstore.Open(filepath.Join(dir, "budi.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	key, _, err := access.LoadKey(filepath.Join(dir, "secret.key"))
	if err != nil {
		t.Fatal(err)
	}
	c := &console{t: t, world: newWorld(), store: store, log: &strings.Builder{}, clock: now}
	logger := slog.New(slog.NewTextHandler(c.log, nil))
	c.access, err = access.Open(access.Options{
		Store: store, Key: key, Logger: logger, Now: func() time.Time { return c.clock },
		Hashing: access.Hashing{MemoryKiB: 64, Passes: 1, Threads: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	o := web.Options{
		Access: c.access, View: c.world, Incidents: c.world, IncidentsActions: c.world, Catalogue: texts, Logger: logger, Runbooks: testRunbooks(),
		Now: func() time.Time { return c.clock }, Location: time.FixedZone("EEST", 3*3600),
	}
	withSchool(newSchool())(&o)
	o.Orders = ordering{}
	withWires(&wires{})(&o)
	withWatch(newWatch())(&o)
	o.SLA = answering{1}
	withCampus(newCampus())(&o)
	o.Search = newFinder()
	o.Health = &self{healthy()}
	o.People = offices{}
	withOffice(newOffice())(&o)
	withPulse(&pulse{page: web.HeartbeatPage{HeartbeatHealth: beating()}})(&o)
	withCalendar(&planned{page: calendarOf(t)})(&o)
	o.Topology = network{}
	o.Availability = kept{}
	withDesk(newDesk())(&o)
	withBoard(newBoard())(&o)
	o.SignIn = noProvider{}
	for _, e := range edit {
		e(&o)
	}
	if c.handler, err = web.New(o); err != nil {
		t.Fatal(err)
	}
	return c
}

func testRunbooks() fs.FS {
	return fstest.MapFS{
		"site-down.md":     {Data: []byte("# SiteDown\n\n1. Look.\n2. See [another](disk-nearly-full.md).\n\n<script>alert(1)</script>\n[x](javascript:alert(1))\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")},
		"site-down.lt.md":  {Data: []byte("# Neveikia svetainė\n\n1. Pažiūrėkite.\n")},
		"README.md":        {Data: []byte("# not a page\n")},
		"english-only.md":  {Data: []byte("# English only\n")},
		"../secret.key.md": {Data: []byte("secret")},
	}
}

// session adds a user and logs in.
func (c *console) session(role access.Role, lang i18n.Lang) string {
	c.t.Helper()
	login := string(role) + "-" + string(lang)
	_, err := c.access.CreateUser(c.t.Context(), access.Local("test"), access.NewUser{Login: login, Name: "Rasa Petraitė", Lang: lang, Role: role, Password: secret.New(password)})
	if err != nil {
		c.t.Fatal(err)
	}
	session, _, err := c.access.Login(c.t.Context(), login, secret.New(password), access.Client{Address: clientAddr})
	if err != nil {
		c.t.Fatal(err)
	}
	return session
}

// ask sends a request as a browser would; form nil makes it a GET.
func (c *console) ask(target, session string, form url.Values, headers ...string) *http.Response {
	c.t.Helper()
	method, body := "GET", io.Reader(nil)
	if form != nil {
		method, body = "POST", strings.NewReader(form.Encode())
	}
	r := httptest.NewRequestWithContext(c.t.Context(), method, target, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "http://"+r.Host)
	}
	if session != "" {
		r.AddCookie(&http.Cookie{Name: "budi_session", Value: session})
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return w.Result()
}

func text(t testing.TB, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEveryRouteRefusesTheWrongRole(t *testing.T) {
	c := newConsole(t)
	sessions := map[access.Role]string{"": ""}
	for _, role := range access.Roles() {
		sessions[role] = c.session(role, i18n.English)
	}
	for _, route := range web.Routes() {
		target := strings.NewReplacer("{$}", "", "{id}", "1", "{name}", "site-down").Replace(route.Pattern)
		for role, session := range sessions {
			var form url.Values
			if route.Method == "POST" {
				form = url.Values{"x": {"1"}}
			}
			resp := c.ask(target, session, form)
			location := resp.Header.Get("Location")
			sentToLogin := resp.StatusCode == 303 && strings.HasPrefix(location, "/login")
			allowed := route.Role == "" || role.Allows(route.Role)
			switch {
			case route.Pattern == "/logout":
				if resp.StatusCode != 303 {
					t.Errorf("%s %s as %q: %d", route.Method, target, role, resp.StatusCode)
				}
				sessions[role] = session
			case allowed && (sentToLogin || resp.StatusCode == 403 || resp.StatusCode == 500):
				t.Errorf("%s %s as %q is refused: %d %s", route.Method, target, role, resp.StatusCode, location)
			case allowed:
			case role == "" && route.Method == "GET" && !sentToLogin,
				role == "" && route.Method == "POST" && resp.StatusCode != 401,
				role != "" && resp.StatusCode != 403:
				t.Errorf("%s %s as %q is not refused: %d %s", route.Method, target, role, resp.StatusCode, location)
			}
		}
		if route.Pattern == "/logout" { // their sessions are over now
			for _, role := range access.Roles() {
				s, _, err := c.access.Login(t.Context(), string(role)+"-en", secret.New(password), access.Client{Address: clientAddr})
				if err != nil {
					t.Fatal(err)
				}
				sessions[role] = s
			}
		}
	}
	if len(c.world.acks) != 1 || len(c.world.closes) != 0 {
		t.Errorf("of operator and administrator the first acknowledges: acknowledged %q, closed %q", c.world.acks, c.world.closes)
	}
}

func TestEveryAnswerIsProtected(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Administrator, i18n.English)
	for _, target := range []string{"/", "/login", "/nothing", "/style.css", "/icon.svg", "/ack?t=x", "/setup?token=x", "/incidents/1", "/runbooks/site-down"} {
		h := c.ask(target, session, nil).Header
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "same-origin",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q", target, name, got)
			}
		}
		if got := h.Get("Cache-Control"); got != "no-store" && got != "no-cache" {
			t.Errorf("%s: Cache-Control is %q", target, got)
		}
	}
}

func TestFormsOfOtherSitesChangeNothing(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Operator, i18n.English)
	form := url.Values{"comment": {"x"}}
	for name, headers := range map[string][]string{
		"another origin":              {"Origin", "https://evil.example"},
		"another site, says fetch":    {"Sec-Fetch-Site", "cross-site"},
		"another host of the domain":  {"Sec-Fetch-Site", "same-site"},
		"a page without an origin":    {"Origin", "null"},
		"our name with another port ": {"Origin", "http://example.com:81"},
	} {
		if resp := c.ask("/incidents/1/acknowledge", session, form, headers...); resp.StatusCode != 403 {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
	if len(c.world.acks) != 0 {
		t.Fatalf("acknowledged by %q", c.world.acks)
	}
	if resp := c.ask("/incidents/1/acknowledge", session, form, "Sec-Fetch-Site", "same-origin"); resp.StatusCode != 303 {
		t.Errorf("our own form: %d", resp.StatusCode)
	}

	proxied := newConsole(t, func(o *web.Options) {
		o.Brand = func() web.Brand { return web.Brand{ExternalURL: "https://budi.example.lt/"} }
	})
	session = proxied.session(access.Operator, i18n.English)
	if resp := proxied.ask("/incidents/1/acknowledge", session, form, "Origin", "https://budi.example.lt"); resp.StatusCode != 303 {
		t.Errorf("our own form through a proxy: %d", resp.StatusCode)
	}
}

func TestSetupCreatesTheAdministratorOnce(t *testing.T) {
	c := newConsole(t)
	token, _, err := c.access.SetupToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if page := text(t, c.ask("/login", "", nil)); !strings.Contains(page, "Open the link that the collector printed") {
		t.Error("the log-in does not say that there is no administrator")
	}
	if resp := c.ask("/setup?token=wrong", "", nil); resp.StatusCode != 410 {
		t.Errorf("a wrong link: %d", resp.StatusCode)
	}
	if resp := c.ask("/setup?token="+token, "", nil); resp.StatusCode != 200 {
		t.Fatalf("the link: %d", resp.StatusCode)
	}
	good := url.Values{"token": {token}, "name": {"Rasa"}, "login": {"rasa@example.lt"}, "language": {"lt"}, "password": {password}, "again": {password}}
	with := func(field, value string) url.Values {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form.Set(field, value)
		return form
	}
	for name, tc := range map[string]struct {
		form url.Values
		code int
		says string
	}{
		"passwords that differ": {with("again", "x"), 422, "The two passwords differ."},
		"a login with a space":  {with("login", "a b"), 422, "Use an e-mail address or a name without spaces."},
		"no language":           {with("language", "de"), 422, "Choose one of the languages."},
		"another token":         {with("token", "x"), 410, "no longer valid"},
	} {
		resp := c.ask("/setup", "", tc.form)
		page := text(t, resp)
		if resp.StatusCode != tc.code || !strings.Contains(page, tc.says) || strings.Contains(page, password) {
			t.Errorf("%s: %d %s", name, resp.StatusCode, page)
		}
	}
	resp := c.ask("/setup", "", good)
	cookies := resp.Cookies()
	if resp.StatusCode != 303 || len(cookies) != 1 || !cookies[0].HttpOnly {
		t.Fatalf("the good form: %d %v", resp.StatusCode, cookies)
	}
	if page := text(t, c.ask("/", cookies[0].Value, nil)); !strings.Contains(page, `<html lang="lt">`) {
		t.Error("the first page is not the administrator's, or not in their language")
	}
	if resp := c.ask("/setup", "", with("login", "other")); resp.StatusCode != 410 {
		t.Errorf("the link a second time: %d", resp.StatusCode)
	}
}

func TestLoginAndLogout(t *testing.T) {
	c := newConsole(t)
	c.session(access.Viewer, i18n.English)
	form := url.Values{"login": {"Viewer-EN"}, "password": {password}, "next": {"/incidents/1"}}
	resp := c.ask("/login", "", form)
	if resp.StatusCode != 303 || resp.Header.Get("Location") != "/incidents/1" || len(resp.Cookies()) != 1 {
		t.Fatalf("got %d %v", resp.StatusCode, resp.Header)
	}
	session := resp.Cookies()[0].Value
	if resp := c.ask("/incidents/1", session, nil); resp.StatusCode != 200 {
		t.Errorf("with the session: %d", resp.StatusCode)
	}
	if resp := c.ask("/login", session, nil); resp.StatusCode != 303 {
		t.Errorf("the log-in when logged in: %d", resp.StatusCode)
	}
	if resp := c.ask("/logout", session, url.Values{}); resp.StatusCode != 303 || resp.Cookies()[0].MaxAge >= 0 {
		t.Errorf("the log-out: %d %v", resp.StatusCode, resp.Cookies())
	}
	if resp := c.ask("/incidents/1", session, nil); resp.StatusCode != 303 {
		t.Errorf("after the log-out: %d", resp.StatusCode)
	}

	form.Set("password", "<b>wrong</b>")
	form.Set("login", `"><b>x`)
	resp = c.ask("/login", "", form)
	page := text(t, resp)
	if resp.StatusCode != 401 || strings.Contains(page, "<b>") || strings.Contains(page, "wrong</b>") || !strings.Contains(page, `value="/incidents/1"`) {
		t.Errorf("a wrong password: %d %s", resp.StatusCode, page)
	}
	for range 25 {
		resp = c.ask("/login", "", form)
	}
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" || !strings.Contains(text(t, resp), "Try again in") {
		t.Errorf("after many: %d %v", resp.StatusCode, resp.Header)
	}
	// A proxy on this computer names the browser's address.
	form = url.Values{"login": {"viewer-en"}, "password": {password}}
	if resp := c.ask("/login", "", form); resp.StatusCode != 429 {
		t.Errorf("from the address that guessed: %d", resp.StatusCode)
	}
	r := httptest.NewRequest("POST", "/login", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-For", "203.0.113.1, 198.51.100.7")
	r.RemoteAddr = "127.0.0.1:5000"
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	if w.Code != 303 {
		t.Errorf("from another address through a proxy: %d", w.Code)
	}
}

func TestTheLoginLeadsToNoOtherSite(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Viewer, i18n.English)
	for next, want := range map[string]string{
		"/incidents/1?x=y":       "/incidents/1?x=y",
		"":                       "/",
		"//evil.example":         "/",
		"/\\evil.example":        "/",
		"https://evil.example/":  "/",
		"javascript:alert(1)":    "/",
		"/\t/evil.example":       "/",
		"/%0d%0aSet-Cookie: a=b": "/",
		"/login?next=/login":     "/",
		"incidents/1":            "/",
	} {
		resp := c.ask("/login?"+url.Values{"next": {next}}.Encode(), session, nil)
		got := resp.Header.Get("Location")
		if got != want && !(strings.HasPrefix(got, "/%0d%0a") && next == "/%0d%0aSet-Cookie: a=b") {
			t.Errorf("next %q leads to %q", next, got)
		}
	}
}

func TestTheLinkOfAMail(t *testing.T) {
	c := newConsole(t)
	token := c.access.SignAck(1, "Jonas", now.Add(time.Hour))
	for range 3 { // a scanner opens it
		resp := c.ask("/ack?t="+token, "", nil)
		if page := text(t, resp); resp.StatusCode != 200 || !strings.Contains(page, `<button name="ack_for" value="">`) {
			t.Fatalf("opening: %d %s", resp.StatusCode, page)
		}
	}
	if len(c.world.acks) != 0 {
		t.Fatalf("opening the link acknowledged: %q", c.world.acks)
	}
	form := url.Values{"t": {token}}
	for range 2 { // somebody presses twice
		resp := c.ask("/ack", "", form)
		if page := text(t, resp); resp.StatusCode != 200 || !strings.Contains(page, "Jonas has been looking after it since 2026-09-01 10:30") || !strings.Contains(page, "too, or for longer") {
			t.Errorf("pressing: %d %s", resp.StatusCode, page)
		}
	}
	if len(c.world.acks) != 1 || c.world.acks[0] != "Jonas: " {
		t.Errorf("acknowledged: %q", c.world.acks)
	}
	entries, err := c.access.AuditTail(t.Context(), 10)
	if err != nil || len(entries) != 1 || entries[0].Actor != "contact Jonas" || entries[0].Object != "incident 1" {
		t.Errorf("audit: %+v, %v", entries, err)
	}

	over := c.access.SignAck(closedID, "Jonas", now.Add(time.Hour))
	if resp := c.ask("/ack", "", url.Values{"t": {over}}); resp.StatusCode != 200 || !strings.Contains(text(t, resp), "This fault has been over since") {
		t.Errorf("a fault that is over: %d", resp.StatusCode)
	}
	for name, tc := range map[string]struct {
		token string
		code  int
		says  string
	}{
		"an expired link":           {c.access.SignAck(1, "Jonas", now), 410, "Log in to the console"},
		"a forged link":             {token[:len(token)-1] + "_", 404, "A part of it may be missing"},
		"a cut link":                {token[:10], 404, "A part of it may be missing"},
		"no token":                  {"", 404, "A part of it may be missing"},
		"an incident that is gone":  {c.access.SignAck(999, "Jonas", now.Add(time.Hour)), 404, "no such page"},
		"a number that is too high": {c.access.SignAck(1<<63, "Jonas", now.Add(time.Hour)), 404, "no such page"},
	} {
		for _, form := range []url.Values{nil, {"t": {tc.token}}} {
			resp := c.ask("/ack?t="+url.QueryEscape(tc.token), "", form)
			if page := text(t, resp); resp.StatusCode != tc.code || !strings.Contains(page, tc.says) {
				t.Errorf("%s: %d %s", name, resp.StatusCode, page)
			}
		}
	}
	if len(c.world.acks) != 1 {
		t.Errorf("acknowledged: %q", c.world.acks)
	}
}

func TestAnOperatorActs(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Operator, i18n.English)
	if page := text(t, c.ask("/incidents/1", session, nil)); !strings.Contains(page, "/incidents/1/acknowledge") || strings.Contains(page, "/incidents/1/close") {
		t.Error("a firing incident can be acknowledged and not closed")
	}
	if page := text(t, c.ask("/incidents/1", c.session(access.Viewer, i18n.English), nil)); strings.Contains(page, "<button>") {
		t.Error("a viewer is offered what they may not do")
	}
	if resp := c.ask("/incidents/1/acknowledge", session, url.Values{"comment": {" skambinu tiekėjui "}}); resp.StatusCode != 303 || resp.Header.Get("Location") != "/incidents/1?did=incident.acknowledged&of=1" {
		t.Errorf("acknowledge: %d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	if resp := c.ask("/incidents/1/close", session, url.Values{}); resp.StatusCode != 409 || !strings.Contains(text(t, resp), "still there") {
		t.Errorf("close what is still there: %d", resp.StatusCode)
	}
	if resp := c.ask("/incidents/3/close", session, url.Values{"comment": {strings.Repeat("ž", 2000)}}); resp.StatusCode != 303 {
		t.Errorf("close what nobody knows about: %d", resp.StatusCode)
	}
	if resp := c.ask("/incidents/9/acknowledge", session, url.Values{}); resp.StatusCode != 409 {
		t.Errorf("acknowledge what is over: %d", resp.StatusCode)
	}
	if len(c.world.acks) != 1 || c.world.acks[0] != "Rasa Petraitė: skambinu tiekėjui" {
		t.Errorf("acknowledged: %q", c.world.acks)
	}
	if len(c.world.closes) != 1 || c.world.closes[0] != "Rasa Petraitė: "+strings.Repeat("ž", 500) {
		t.Errorf("closed: %q", c.world.closes)
	}
	entries, _ := c.access.AuditTail(t.Context(), 2)
	if entries[0].Action != "incident.close" || entries[1].Action != "incident.acknowledge" || entries[1].Actor != "user operator-en" {
		t.Errorf("audit: %+v", entries)
	}
	for _, id := range []string{"0", "-1", "x", "99999999999999999999", "12"} {
		if resp := c.ask("/incidents/"+id, session, nil); resp.StatusCode != 404 {
			t.Errorf("incident %s: %d", id, resp.StatusCode)
		}
	}
}

func TestTroubleInsideIsLoggedAndNotShown(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Administrator, i18n.Lithuanian)
	c.world.err = errors.New("read page 12: disk on fire")
	resp := c.ask("/", session, nil)
	page := text(t, resp)
	if resp.StatusCode != 500 || strings.Contains(page, "fire") || !strings.Contains(page, "Vidinė klaida") {
		t.Errorf("got %d %s", resp.StatusCode, page)
	}
	if !strings.Contains(c.log.String(), "disk on fire") {
		t.Errorf("the log does not say why: %s", c.log)
	}
	c.world.err = context.DeadlineExceeded
	if resp := c.ask("/", session, nil); resp.StatusCode != 503 {
		t.Errorf("a slow view: %d", resp.StatusCode)
	}
}

func TestABrokenStoreLetsNobodyIn(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Administrator, i18n.English)
	if err := c.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"/", "/incidents/1", "/login"} {
		resp := c.ask(target, session, nil)
		if resp.StatusCode != 500 || resp.Header.Get("Content-Security-Policy") == "" || strings.Contains(text(t, resp), "database") {
			t.Errorf("%s: %d %v", target, resp.StatusCode, resp.Header)
		}
	}
	if resp := c.ask("/login", "", url.Values{"login": {"administrator-en"}, "password": {password}}); resp.StatusCode != 500 || len(resp.Cookies()) != 0 {
		t.Errorf("logging in: %d %v", resp.StatusCode, resp.Cookies())
	}
	if !strings.Contains(c.log.String(), "database not open") {
		t.Errorf("the log does not say why: %s", c.log)
	}
}

func TestWhatIsTooLargeIsRefused(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Operator, i18n.English)
	if resp := c.ask("/login", "", url.Values{"login": {strings.Repeat("x", 70e3)}}); resp.StatusCode != 413 {
		t.Errorf("a large form: %d", resp.StatusCode)
	}
	if resp := c.ask("/samples?q="+strings.Repeat("ž", 1000), session, nil); resp.StatusCode != 200 || len(c.world.filter) > web.MaxFilter {
		t.Errorf("a long filter: %d, %d bytes", resp.StatusCode, len(c.world.filter))
	}
	r := httptest.NewRequest("POST", "/login", strings.NewReader("%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	if w.Code != 400 {
		t.Errorf("a broken form: %d", w.Code)
	}
}

func TestRunbooks(t *testing.T) {
	c := newConsole(t)
	page := text(t, c.ask("/runbooks/site-down", "", nil, "Accept-Language", "en"))
	for _, never := range []string{"<script>", "javascript:"} {
		if strings.Contains(page, never) {
			t.Errorf("the page holds %q", never)
		}
	}
	for _, want := range []string{"<li>Look.</li>", "<td>1</td>", `href="disk-nearly-full.md"`, "<title>SiteDown · Budi</title>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if page := text(t, c.ask("/runbooks/site-down.md", "", nil, "Accept-Language", "lt")); !strings.Contains(page, "Pažiūrėkite") {
		t.Errorf("not in Lithuanian: %s", page)
	}
	if resp := c.ask("/runbooks/english-only", "", nil, "Accept-Language", "lt"); resp.StatusCode != 200 {
		t.Errorf("a page of one language: %d", resp.StatusCode)
	}
	for _, name := range []string{"README", "nothing", "site-down.lt", "..%2fsecret.key", "%2e%2e"} {
		if resp := c.ask("/runbooks/"+name, "", nil); resp.StatusCode != 404 {
			t.Errorf("runbook %q: %d", name, resp.StatusCode)
		}
	}
}

func TestTheLanguageIsTheReaders(t *testing.T) {
	c := newConsole(t)
	lithuanian := c.session(access.Viewer, i18n.Lithuanian)
	for _, tc := range []struct{ name, session, accept, want string }{
		{"the user's own before the browser's", lithuanian, "en", "lt"},
		{"the browser's when nobody is logged in", "", "lt-LT,en;q=0.5", "lt"},
		{"the default when the browser names none of ours", "", "de", "en"},
	} {
		target := "/login"
		if tc.session != "" {
			target = "/"
		}
		resp := c.ask(target, tc.session, nil, "Accept-Language", tc.accept)
		if got := resp.Header.Get("Content-Language"); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}

// A page renews itself only when its reader asked for that.
func TestThePageRenewsItselfOnRequest(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Viewer, i18n.English)
	if page := text(t, c.ask("/", session, nil)); strings.Contains(page, "http-equiv=\"refresh\"") || !strings.Contains(page, `href="/?live=on"`) {
		t.Error("the page renews itself unasked, or cannot be asked to")
	}
	if page := text(t, c.ask("/?live=on&did=incident.closed&of=1", session, nil)); !strings.Contains(page, `content="60; url=/?live=on"`) || !strings.Contains(page, `href="/"`) {
		t.Errorf("the page does not renew itself, or does not stop: %.600s", page)
	}
}
