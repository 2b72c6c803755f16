package collector

import (
	"bufio"
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

// logbook keeps what is logged; it is safe for concurrent use.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *logbook) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

// take returns what was logged since the last time.
func (j *logbook) take() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	defer j.b.Reset()
	return j.b.String()
}

// openForDoors opens a collector that does not run: its doors answer.
func openForDoors(tb testing.TB) (*Collector, *logbook) {
	tb.Helper()
	dir, err := os.MkdirTemp("", "budi") // short, for the admin socket
	if err != nil {
		tb.Fatal(err)
	}
	var logged logbook
	c, err := Open(tb.Context(), Options{DataDir: filepath.Join(dir, "data"), Listen: "127.0.0.1:0", Hashing: cheap(), Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = c.close()
		_ = os.RemoveAll(dir)
	})
	return c, &logged
}

// caller is somebody who knocks.
type caller struct {
	name  string
	role  access.Role // "" is nobody
	token bool
	prove func(*http.Request)
}

func callers(tb testing.TB, c *Collector) []caller {
	tb.Helper()
	out := []caller{
		{name: "nobody", prove: func(*http.Request) {}},
		{name: "a token that there is not", prove: func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer "+access.TokenPrefix+strings.Repeat("A", 43))
		}},
		{name: "a session that there is not", prove: func(r *http.Request) {
			r.AddCookie(c.access.Cookie(strings.Repeat("A", 43), time.Now().Add(time.Hour)))
		}},
	}
	ctx, keeper := tb.Context(), access.Local("test")
	for _, role := range access.Roles() {
		plain, _, err := c.access.CreateToken(ctx, keeper, string(role), role, nil, time.Time{})
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, caller{"token of " + string(role), role, true, func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer "+plain.Reveal())
		}})
		out = append(out, caller{"token as password of " + string(role), role, true, func(r *http.Request) {
			r.SetBasicAuth("anybody", plain.Reveal())
		}})
		password := secret.New("a long password of " + string(role))
		if _, err := c.access.CreateUser(ctx, keeper, access.NewUser{Login: string(role), Lang: i18n.English, Role: role, Password: password}); err != nil {
			tb.Fatal(err)
		}
		session, until, err := c.access.Login(ctx, string(role), password, access.Client{})
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, caller{"session of " + string(role), role, false, func(r *http.Request) {
			r.AddCookie(c.access.Cookie(session, until))
		}})
	}
	return out
}

// place is a door of the console or beside it, with a request that knocks.
type place struct {
	method, path string
	role         access.Role
	tokenOnly    bool
	personOnly   bool
}

func places(tb testing.TB, c *Collector) []place {
	tb.Helper()
	var out []place
	config := c.Config()
	doors, err := c.doors(&config)
	if err != nil {
		tb.Fatal(err)
	}
	for _, d := range doors {
		method, path, found := strings.Cut(d.pattern, " ")
		if !found {
			method, path = http.MethodPost, d.pattern
		}
		if strings.HasSuffix(path, "/") {
			path += "anything" // what is behind the door does not matter here
		}
		out = append(out, place{method, path, d.role, d.role != "", false})
	}
	fill := strings.NewReplacer("{$}", "", "{id}", "1", "{name}", "site-down")
	for _, r := range web.Routes() {
		out = append(out, place{r.Method, fill.Replace(r.Pattern), r.Role, false, r.Person})
	}
	for _, r := range jsonapi.Routes() {
		out = append(out, place{r.Method, fill.Replace(r.Pattern), r.Role, false, false})
	}
	return out
}

// Whoever is no agent, people and programs of every role included, gets nothing
// at the agents' doors, nor at the door of programs that push.
func TestTheDoorsOfAgentsAreForAgentsOnly(t *testing.T) {
	c, _ := openForDoors(t)
	for _, who := range callers(t, c) {
		for _, path := range []string{wire.PathEnrol, wire.PathWrite, wire.PathReport, "/api/v1/write"} {
			r := place{method: http.MethodPost, path: path}.request()
			who.prove(r)
			w := httptest.NewRecorder()
			c.server.ServeHTTP(w, r)
			if w.Code != http.StatusUnauthorized && w.Code != http.StatusForbidden && (path != wire.PathEnrol || w.Code != http.StatusBadRequest) {
				t.Errorf("%s for %s: status %d: %s", path, who.name, w.Code, w.Body)
			}
		}
	}
}

func (p place) request() *http.Request {
	r := httptest.NewRequest(p.method, "http://"+"budi.example.lt"+p.path, strings.NewReader(""))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// refused reports whether the door stayed closed.
func refused(p place, w *httptest.ResponseRecorder) bool {
	return w.Code == http.StatusForbidden ||
		w.Code == http.StatusUnauthorized && p.path != "/login" || // where it is about the password
		strings.HasPrefix(w.Header().Get("Location"), "/login?next=")
}

func TestEachDoorOpensForItsRoleOnly(t *testing.T) {
	c, _ := openForDoors(t)
	everybody := callers(t, c)
	for _, p := range places(t, c) {
		for _, who := range everybody {
			if p.path == "/logout" && !who.token && who.role != "" {
				continue // ends the session that the other doors are tried with
			}
			r := p.request()
			who.prove(r)
			w := httptest.NewRecorder()
			c.server.ServeHTTP(w, r)
			open := p.role == "" || who.role.Allows(p.role) && (who.token || !p.tokenOnly) && (!who.token || !p.personOnly)
			if got := !refused(p, w); got != open {
				t.Errorf("%s %s for %s: open %v, want %v (status %d)", p.method, p.path, who.name, got, open, w.Code)
			}
			if h := w.Header(); !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") ||
				!strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s for %s: headers %v", p.method, p.path, who.name, h)
			}
			if w.Code >= 500 {
				t.Errorf("%s %s for %s: status %d: %s", p.method, p.path, who.name, w.Code, w.Body)
			}
		}
	}
}

// A browser adds cookies and remembered Basic passwords to what other sites
// make it send.
func TestNoOtherSiteChangesAnything(t *testing.T) {
	c, _ := openForDoors(t)
	administrators := callersOf(callers(t, c), access.Administrator)
	for _, p := range places(t, c) {
		if p.method == http.MethodGet || strings.HasPrefix(p.path, "/job/") {
			continue // a job's address is its secret: neither cookies nor passwords count there
		}
		for _, who := range administrators {
			for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://other.example"} {
				r := p.request()
				who.prove(r)
				r.Header.Set(name, value)
				w := httptest.NewRecorder()
				c.server.ServeHTTP(w, r)
				if w.Code != http.StatusForbidden {
					t.Errorf("%s %s for %s with %s: status %d", p.method, p.path, who.name, name, w.Code)
				}
			}
		}
	}
}

func callersOf(all []caller, role access.Role) []caller {
	var out []caller
	for _, who := range all {
		if who.role == role {
			out = append(out, who)
		}
	}
	return out
}

// Whoever may do everything still finds nothing of Prometheus and Alertmanager
// that writes, deletes, stops or tells about the program's inside.
func TestWhatIsNotOfferedIsNotOfferedInAnySpelling(t *testing.T) {
	c, _ := openForDoors(t)
	admin := callersOf(callers(t, c), access.Administrator)[0]
	var paths []string
	for _, p := range []string{
		"/api/v1/admin/tsdb/delete_series", "/api/v1/admin/tsdb/snapshot", "/api/v1/admin/tsdb/clean_tombstones",
		"/api/v1/read", "/api/v1/write", "/api/v1/otlp/v1/metrics", "/api/v1/notifications", "/api/v1/status/walreplay",
		"/api/v1/status/tsdb/blocks", "/api/v1/openapi.yaml", "/-/quit", "/debug/pprof/", "/debug/pprof/heap", "/federate", "/consoles/", "/api/v2/alerts/x",
	} {
		for _, spell := range []func(string) string{
			func(p string) string { return p },
			func(p string) string { return "/" + p },
			func(p string) string { return p + "/" },
			func(p string) string { return strings.ToUpper(p) },
			func(p string) string { return strings.Replace(p, "/api/", "/./api/", 1) },
			func(p string) string { return strings.Replace(p, "/v1/", "/v1//", 1) },
			func(p string) string { return strings.Replace(p, "/v1/", "/v1/%2e/", 1) },
			func(p string) string { return strings.Replace(p, "/v1/", "/v1/labels/%2e%2e/", 1) },
			func(p string) string { return strings.Replace(p, "/v1/", "/v1%2f", 1) },
			func(p string) string { return strings.Replace(p, "/v1/", "/v1/labels/..%2f", 1) },
			func(p string) string { return strings.Replace(p, "a", "%61", 2) },
			func(p string) string { return p + "%00" },
			func(p string) string { return p + ";x" },
			func(p string) string { return p + "?/api/v1/query" },
		} {
			paths = append(paths, spell(p))
		}
	}
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "X"} {
			next := path
			for range 5 {
				u, err := url.Parse("http://budi.example.lt" + next)
				if err != nil {
					break // net/http answers 400
				}
				r := httptest.NewRequest("GET", "http://budi.example.lt/", nil)
				r.Method, r.URL, r.RequestURI = method, u, u.RequestURI()
				admin.prove(r)
				w := httptest.NewRecorder()
				c.server.ServeHTTP(w, r)
				if next = w.Header().Get("Location"); w.Code >= 300 && w.Code < 400 && strings.HasPrefix(next, "/") {
					continue
				}
				if w.Code < 400 || w.Code >= 500 {
					t.Errorf("%s %s: status %d: %.100s", method, path, w.Code, w.Body)
				}
				break
			}
		}
	}
}

func TestAPanicIsAnErrorThatTheKeeperSees(t *testing.T) {
	var logged bytes.Buffer
	h := shield(slog.New(slog.NewTextHandler(&logged, nil)), http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("broken") }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/x?token=hidden", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "broken") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	if s := logged.String(); !strings.Contains(s, "level=ERROR") || !strings.Contains(s, "broken") || strings.Contains(s, "hidden") {
		t.Errorf("logged: %s", s)
	}
}

func TestChangesThroughTheAPIAreRecorded(t *testing.T) {
	c, _ := openForDoors(t)
	operator := callersOf(callers(t, c), access.Operator)[0]
	const silence = `{"matchers":[{"name":"a","value":"b","isRegex":false,"isEqual":true}],"startsAt":"2026-01-01T00:00:00Z","endsAt":"2096-01-01T00:00:00Z","createdBy":"somebody else","comment":"x"}`
	for _, tc := range []struct {
		body string
		code int
	}{{silence, http.StatusOK}, {"{}", http.StatusUnprocessableEntity}} {
		r := httptest.NewRequest("POST", "http://budi.example.lt/api/v2/silences", strings.NewReader(tc.body))
		r.Header.Set("Content-Type", "application/json")
		operator.prove(r)
		w := httptest.NewRecorder()
		c.server.ServeHTTP(w, r)
		if w.Code != tc.code {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
	}
	entries, err := c.access.AuditTail(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var found int
	for _, e := range entries {
		if e.Action == "silences.change" {
			found++
			if e.Actor != "token operator" || e.Object != "/api/v2/silences" {
				t.Errorf("recorded %+v", e)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d changes recorded, want 1", found)
	}
}

func TestADataFolderThatEverybodyMayChangeIsRefused(t *testing.T) {
	if os.PathSeparator == '\\' {
		t.Skip("Windows has no mode bits")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{DataDir: dir, Listen: "127.0.0.1:0"}); err == nil || !strings.Contains(err.Error(), "chmod o-w") {
		t.Errorf("%v", err)
	}
}

// Behind a web server with TLS the session's cookie must not travel without.
func TestTheCookieIsForTLSOnlyWherePeopleUseIt(t *testing.T) {
	for address, secure := range map[string]bool{"https://budi.example.lt": true, "http://budi.example.lt": false} {
		dir := t.TempDir()
		file := filepath.Join(dir, "c.yml")
		if err := os.WriteFile(file, []byte("external_url: "+address+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Open(t.Context(), Options{DataDir: filepath.Join(dir, "d"), ConfigFile: file, Listen: "127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.access.Cookie("x", time.Now()); got.Secure != secure || !got.HttpOnly {
			t.Errorf("%s: %v", address, got)
		}
		_ = c.close()
	}
}

// FuzzRequest sends whole requests to every door: none may be answered with an
// error of ours.
func FuzzRequest(f *testing.F) {
	c, logged := openForDoors(f)
	everybody := callers(f, c)
	for _, p := range places(f, c) {
		f.Add(byte(5), []byte(p.method+" "+p.path+" HTTP/1.1\r\nHost: budi.example.lt\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\nquery=1"))
	}
	for _, seed := range []string{
		"GET /api/v1/query?query=up&time=1&timeout=1s&limit=1&stats=all HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /api/v1/query_range?query=up&start=1&end=2&step=1 HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /api/v1/label/__name__/values?match[]=up&limit=2&start=1 HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /api/v1/rules?type=alert&match[]={a=%22b%22}&group_limit=1&group_next_token=x HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /api/v1/status/tsdb?limit=9 HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /api/v1/metadata?metric=x&limit=1&limit_per_metric=1 HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /api/v1/targets/metadata?match_target={}&limit=1 HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /api/v2/alerts?filter=a=b&receiver=.*&silenced=false HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /?q=%00%ff HTTP/1.1\r\nHost: x\r\nAccept-Language: lt;q=0.1,*\r\n\r\n",
		"POST /api/v2/silences HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"matchers\":[{\"name\":\"a\",\"value\":\"(\",\"isRegex\":true}],\"startsAt\":\"0001-01-01T00:00:00Z\",\"endsAt\":1}",
	} {
		for i := range everybody {
			f.Add(byte(i), []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, who byte, raw []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		r = r.WithContext(ctx)
		r.RemoteAddr = "192.0.2.1:1234"
		everybody[int(who)%len(everybody)].prove(r)
		w := httptest.NewRecorder()
		logged.take()
		c.server.ServeHTTP(w, r)
		if said := logged.take(); w.Code >= 500 && w.Code != http.StatusServiceUnavailable || strings.Contains(said, "panic") {
			t.Errorf("status %d: %s\n%s", w.Code, w.Body, said)
		}
		for name, values := range w.Header() {
			if strings.ContainsAny(name+strings.Join(values, ""), "\r\n") {
				t.Errorf("a line break in header %q: %q", name, values)
			}
		}
	})
}
