package web_test

import (
	"bytes"
	"context"
	"math"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/csvfile"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/movein"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/collector/web/chart"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

// watch stands for the checks of a collector.
type watch struct {
	mu      sync.Mutex
	list    web.ChecksPage
	one     web.CheckPage
	filter  web.CheckFilter
	reach   web.Range
	did     []string
	crawl   web.Crawl
	down    look.Result
	waiting time.Time
	taken   settings.Check
	from    string
	err     error
}

func (w *watch) Checks(_ context.Context, f web.CheckFilter) (web.ChecksPage, error) {
	w.filter = f
	return w.list, nil
}

func (w *watch) Check(_ context.Context, id string, r web.Range) (web.CheckPage, error) {
	if id != w.one.ID {
		return web.CheckPage{}, web.ErrNotFound
	}
	w.reach = r
	page := w.one
	page.From, page.To, page.Step = now.Add(-r.Length()), now, r.Length()/10
	return page, nil
}

func (w *watch) CheckSites(context.Context) ([]web.Site, error) { return w.list.Sites, nil }

func (w *watch) do(what string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.did = append(w.did, what)
	return w.err
}

func (w *watch) AddCheck(_ context.Context, c settings.Check, from string) (string, error) {
	w.taken, w.from = c, from
	if c.ID == "" {
		c.ID = "naujas"
	}
	if problems := c.Problems(); len(problems) > 0 {
		return "", problems
	}
	return c.ID, w.do("add " + c.ID)
}

func (w *watch) EditCheck(_ context.Context, c settings.Check) error {
	w.taken = c
	if problems := c.Problems(); len(problems) > 0 {
		return problems
	}
	return w.do("edit " + c.ID)
}

func (w *watch) PauseCheck(_ context.Context, id string, paused bool) error {
	if paused {
		return w.do("pause " + id)
	}
	return w.do("resume " + id)
}
func (w *watch) RemoveCheck(_ context.Context, id string) error  { return w.do("remove " + id) }
func (w *watch) RestoreCheck(_ context.Context, id string) error { return w.do("restore " + id) }

func (w *watch) TryCheck(_ context.Context, c settings.Check, from string) (look.Result, error) {
	w.taken, w.from = c, from
	return tried(), w.do("try " + c.Target)
}

func (w *watch) TryStored(_ context.Context, id string) (look.Result, error) {
	return tried(), w.do("try " + id)
}

func (w *watch) PreviewChecks(_ context.Context, list []byte) (web.CheckImport, error) {
	if _, moved := movein.FormatOf(list); moved {
		return movedIn(), w.err
	}
	if _, err := csvfile.Read(list, []csvfile.Column{{Name: "target", Needed: true}}); err != nil {
		return web.CheckImport{}, err
	}
	w.did = append(w.did, "preview "+string(list))
	return web.CheckImport{Key: "KEY", Unknown: []string{"kaina <b>"}, Lines: []web.ImportLine{
		{Line: 2, Kind: web.ImportUnchanged, ID: "svetaine", Name: "Mokyklos svetainė", Target: "https://www.mokykla.example/"},
		{Line: 3, Kind: web.ImportNew, ID: "pastas", Name: "Paštas <b>", Target: "tcp://pastas.example:25"},
		{Line: 4, Kind: web.ImportChanged, ID: "dienynas", Name: "Dienynas", Changes: []settings.Change{{Field: "interval", Old: "", New: "5m0s"}}},
		{Line: 5, Kind: web.ImportWrong, ID: "x", Name: "x", Target: "ftp://x", Problems: settings.Problems{settings.New("target", "target_scheme")}},
	}}, w.err
}

// movedIn is what another program wrote.
func movedIn() web.CheckImport {
	return web.CheckImport{
		Key: "KEY", Format: movein.Kuma, Losses: []movein.Loss{{Code: movein.LossNotifications, Field: "notificationIDList", Count: 3}, {Code: movein.LossTags, Field: "tags", Count: 1}},
		Lines: []web.ImportLine{
			{Line: 4, Kind: web.ImportNew, ID: "svetaine", Name: "Svetainė", Target: "https://www.mokykla.example/"},
			{Line: 9, Kind: web.ImportLeft, Name: "Konteineris <b>", Losses: []movein.Loss{{Code: movein.LossType, Field: "type", Value: "docker <b>"}}},
			{Line: 14, Kind: web.ImportNew, ID: "api", Name: "API", Target: "https://api.example/", Paused: true, Losses: []movein.Loss{{Code: movein.LossAuth, Field: "authMethod", Value: "ntlm"}}},
			{Line: 19, Kind: web.ImportUnchanged, ID: "kopija", Name: "Kopija", Target: "job:", Losses: []movein.Loss{{Code: movein.LossJobAddress}}},
		},
	}
}

func (w *watch) ImportChecks(_ context.Context, key string) (int, error) {
	return 2, w.do("import " + key)
}

// tried is a look that was made just now.
func tried() look.Result {
	phases := func(name string, seconds float64) look.Sample {
		return look.Sample{Name: "probe_http_duration_seconds", Labels: look.Labels("phase", name), Value: seconds}
	}
	return look.Result{
		Target: "https://www.mokykla.example/", Kind: probe.KindHTTP, Time: now, Duration: 420 * time.Millisecond, Outcome: look.Failed,
		Problem: &look.Problem{Code: "text_missing", Args: map[string]string{"text": "Tvarkaraštis <b>"}},
		Samples: []look.Sample{
			phases("transfer", 0.02), phases("resolve", 0.012), phases("connect", 0.03), phases("tls", 0.058), phases("processing", 0.3),
			{Name: "probe_http_status_code", Value: 200}, {Name: "probe_ssl_earliest_cert_expiry", Value: float64(now.Add(40 * 24 * time.Hour).Unix())},
		},
		Web: &look.Web{
			Redirects: []look.Hop{
				{Step: "Prisijungti <b>", Method: "POST", URL: "http://www.mokykla.example/login?<b>", Address: "192.0.2.10:80", Protocol: "HTTP/1.1", Status: 302, Location: "https://www.mokykla.example/", Seconds: 0.12},
				{Step: "Prisijungti <b>", Method: "GET", URL: "https://www.mokykla.example/", Address: "[2001:db8::1]:443", Protocol: "HTTP/2.0", Status: 200, Seconds: 0.3},
				{Step: "Katalogas", Method: "GET", URL: "https://www.mokykla.example/katalogas", Seconds: 0.01},
			},
			Families: []look.Family{{IP: "4", Outcome: look.OK, Seconds: 0.42}, {IP: "6", Outcome: look.Unreachable, Seconds: 10, Problem: &look.Problem{Code: "no_route", Args: map[string]string{"address": "2001:db8::1<b>"}}}},
		},
		Facts: []look.Fact{{Name: "http_server", Value: "nginx <b>"}, {Name: "tls_issuer", Value: "Example CA"}},
	}
}

func newWatch() *watch {
	result := tried()
	well := result
	well.Outcome, well.Problem, well.Duration = look.OK, nil, 83*time.Millisecond
	hours := make([]float64, 24)
	for i := range hours {
		hours[i] = 1
	}
	hours[0], hours[1], hours[2] = math.NaN(), 0, 0.5
	school, library := web.Site{ID: "mokykla", Name: "Pagrindinė mokykla"}, web.Site{ID: "filialas", Name: "Filialas <b>"}
	site := web.CheckRow{
		Check: web.Check{ID: "svetaine", Name: "Mokyklos <b> svetainė", Target: "https://***@www.mokykla.example/", Interval: time.Minute, Result: &result, CertificateEnds: now.Add(3 * 24 * time.Hour)},
		Site:  school, Hours: hours, Uptime: 0.94999,
	}
	diary := web.CheckRow{Check: web.Check{ID: "dienynas", Name: "Dienynas", Target: "https://dienynas.example/", Interval: time.Minute, Result: &well, CertificateEnds: now.Add(80 * 24 * time.Hour)}, Site: school, File: "/etc/budi/collector.yml", Hours: hours, Uptime: 1}
	router := web.CheckRow{Check: web.Check{ID: "marsrutizatorius", Name: "Filialo maršrutizatorius", Target: "icmp://10.20.0.1", Interval: 5 * time.Minute}, Site: library, Paused: true, Uptime: math.NaN()}
	points := []chart.Point{}
	for i := range 10 {
		points = append(points, chart.Point{Time: now.Add(-time.Duration(i) * 2 * time.Hour), Value: 0.2 + float64(i)/100})
	}
	return &watch{
		list: web.ChecksPage{
			Sites: []web.Site{school, library}, Checks: []web.CheckRow{site, diary, router}, Matching: 3,
			States:  map[web.CheckState]int{web.CheckBad: 1, web.CheckGood: 1, web.CheckPaused: 1},
			Removed: []web.RemovedCheck{{ID: "sena", Name: "Sena <b> svetainė", At: now.Add(-26 * time.Hour)}},
			LeftOut: []web.CheckProblem{{ID: "pamestas", Problems: settings.Problems{settings.New("target", "target_missing")}}},
			File:    "/etc/budi/collector.yml",
		},
		one: web.CheckPage{
			CheckRow: site,
			Spec: settings.Check{ID: "svetaine", Name: "Mokyklos <b> svetainė", Site: "mokykla", Interval: 5 * time.Minute, Changed: now.Add(-time.Hour), By: "user rasa@mokykla.example",
				Spec: probe.Spec{Target: "https://***@www.mokykla.example/", HTTP: probe.HTTPSpec{
					Contains: []string{"Tvarkaraštis <b>", "Naujienos"}, ExpectStatus: []string{"200", "301-302"}, Matches: []string{`\d+ <b>`}, MaxSize: 500_000,
					Headers: map[string]string{"X-Key": "***"}, Auth: probe.Auth{Username: "***", Password: "***"}, Cookies: map[string]string{"kalba": "***"}, Body: "***",
					IPVersion: probe.IPBoth, HTTPVersion: probe.HTTP2, ExpectHeaders: []probe.HeaderRule{{Name: "X-<b>", Forbidden: true}}, JSON: []probe.JSONRule{{Path: "$.a"}},
				}}},
			Phrase: "some", Places: []web.CheckPlace{
				{Name: "Pagrindinė mokykla", Word: "up", At: now}, {Name: "Filialas <b>", Device: "pc-7", Word: "down", At: now.Add(-time.Minute), Took: 2 * time.Second, Problem: &look.Problem{Code: "connection_refused", Args: map[string]string{"address": hostile}}},
				{Name: "Rokiškis", Device: "pc-9", Word: "silent"},
			},
			Charts: []web.DeviceChart{
				{Kind: web.ChartSuccess, Unit: chart.Percent, Full: 1, Lines: []chart.Line{{Points: points}}},
				{Kind: web.ChartDuration, Unit: chart.Seconds, Lines: []chart.Line{{Points: points}}},
			},
			Incidents: []incident.Incident{newWorld().incidents[1].Incident, newWorld().incidents[closedID].Incident},
		},
	}
}

func withWatch(w *watch) func(*web.Options) {
	return func(o *web.Options) {
		o.Checks, o.ChecksActions, o.Aspects, o.AspectsActions, o.JobsActions, o.Links, o.LinksActions = w, w, w, w, w, w, w
	}
}

// filled is a whole form of a website.
func filled(pairs ...string) url.Values {
	v := url.Values{"kind": {"http"}, "name": {"Biblioteka"}, "target": {"biblioteka.example"}, "interval": {"300"}, "timeout": {"10"}, "http.method": {"GET"}, "do": {"save"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func TestCheckPages(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for _, tc := range []struct {
			name, target string
			role         access.Role
			form         url.Values
			edit         func(*watch)
		}{
			{"checks", "/checks", access.Operator, nil, nil},
			{"checks-viewer", "/checks?state=bad&q=%3Cb%3E&sort=took", access.Viewer, nil, func(w *watch) { w.list.Checks, w.list.Matching = w.list.Checks[:1], 70 }},
			{"checks-empty", "/checks", access.Operator, nil, func(w *watch) { w.list = web.ChecksPage{LineDown: true} }},
			{"check", "/checks/svetaine", access.Operator, nil, nil},
			{"check-file", "/checks/svetaine?range=365d", access.Viewer, nil, func(w *watch) {
				w.one.File, w.one.Charts, w.one.Incidents, w.one.Result, w.one.Uptime = "/etc/budi/collector.yml", nil, nil, nil, math.NaN()
			}},
			{"check-tried", "/checks/svetaine/try", access.Operator, url.Values{}, func(w *watch) { w.one.Paused = true }},
			{"check-new", "/checks/_new", access.Operator, nil, nil},
			{"check-new-dns", "/checks/_new?kind=dns", access.Operator, nil, func(w *watch) { w.list.Sites = nil }},
			{"check-clone", "/checks/_new?from=svetaine", access.Operator, nil, nil},
			{"check-edit", "/checks/svetaine/edit", access.Operator, nil, nil},
			{"check-wrong", "/checks/_new", access.Operator, filled("target", "ftp://x", "id", "Žąsis", "interval", "daug", "http.expect_status", "geras", "http.max_redirects", "daug", "http.contains", "<b>"), nil},
			{"check-steps", "/checks/svetaine/edit", access.Operator, nil, func(w *watch) {
				w.one.Spec.HTTP = probe.HTTPSpec{Steps: []probe.Step{
					{URL: "/login", Capture: map[string]string{"token": `name="token" value="([^"]+)"`}},
					{Name: "Prisijungti <b>", URL: "/login", Form: map[string]string{"token": "${token}", "user": "***"}, Contains: []string{"Labas"}},
				}}
			}},
			{"check-steps-wrong", "/checks/_new", access.Operator, filled("http.steps", "- url: /login\n  methode: POST <b>", "http.json", "- path: '$['", "http.headers", "X-Key", "http.max_size", "daug", "http.http_version", "3"), nil},
			{"check-try-new", "/checks/_new", access.Operator, filled("do", "try"), nil},
			{"checks-import", "/checks/_import", access.Operator, nil, nil},
			{"checks-import-wrong", "/checks/_import", access.Operator, url.Values{"text": {"a;b\nc;d <b>"}}, nil},
			{"checks-preview", "/checks/_import", access.Operator, url.Values{"text": {"target\nx"}}, nil},
			{"checks-moved", "/checks/_import", access.Operator, url.Values{"text": {`{"monitorList": []}`}}, nil},
		} {
			t.Run(tc.name+"."+string(lang), func(t *testing.T) {
				w := newWatch()
				if tc.edit != nil {
					tc.edit(w)
				}
				c := newConsole(t, withWatch(w))
				page := text(t, c.ask(tc.target, c.session(tc.role, lang), tc.form))
				golden(t, tc.name+"."+string(lang), page)
				harmless(t, page)
				if strings.Contains(page, "settings.invalid") || strings.Contains(page, "csv.invalid") || strings.Contains(page, "movein.") {
					t.Error("a sentence is missing")
				}
				if len(page) > 100_000 {
					t.Errorf("the page has %d bytes", len(page))
				}
			})
		}
	}
}

func TestTheFormMakesACheck(t *testing.T) {
	zero, half := 0, 4.5
	for name, tc := range map[string]struct {
		form url.Values
		want settings.Check
	}{
		"a website, without its scheme": {
			filled("http.contains", "Tvarkaraštis\r\n\r\n  Naujienos \r\n", "http.not_contains", "Klaida", "http.expect_status", "200, 3xx", "http.max_redirects", "0", "site", "filialas", "timeout", "2,5"),
			settings.Check{Name: "Biblioteka", Site: "filialas", Interval: 5 * time.Minute, Spec: probe.Spec{Target: "https://biblioteka.example", Timeout: 2500 * time.Millisecond,
				HTTP: probe.HTTPSpec{Contains: []string{"Tvarkaraštis", "Naujienos"}, NotContains: []string{"Klaida"}, ExpectStatus: []string{"200", "3xx"}, MaxRedirects: &zero}}},
		},
		"what is sent, and more that must be right": {
			filled("http.method", "PUT", "http.headers", "X-Key: a: b\r\nAccept: text/html\r\n", "http.cookies", "kalba=lt", "http.body", "{\r\n}", "http.auth.username", "rasa", "http.auth.password", " x ",
				"http.ip_version", "both", "http.http_version", "2", "http.max_size", "5000", "http.matches", "a+\r\nb", "http.not_matches", "c",
				"http.expect_headers", "- name: X-A\r\n  equals: b\r\n- name: X-B", "http.json", "- {path: $.n, above: 4.5}", "interval", "60"),
			settings.Check{Name: "Biblioteka", Spec: probe.Spec{Target: "https://biblioteka.example", HTTP: probe.HTTPSpec{
				Method: "PUT", Headers: map[string]string{"X-Key": "a: b", "Accept": "text/html"}, Cookies: map[string]string{"kalba": "lt"}, Body: "{\n}", Auth: probe.Auth{Username: "rasa", Password: " x "},
				IPVersion: "both", HTTPVersion: "2", MaxSize: 5000, Matches: []string{"a+", "b"}, NotMatches: []string{"c"},
				ExpectHeaders: []probe.HeaderRule{{Name: "X-A", Equals: "b"}, {Name: "X-B"}}, JSON: []probe.JSONRule{{Path: "$.n", Above: &half}},
			}}},
		},
		"several steps": {
			filled("interval", "60", "http.steps", "- url: /login\r\n  form:\r\n    user: rasa\r\n- url: /katalogas\r\n  contains:\r\n    - Labas"),
			settings.Check{Name: "Biblioteka", Spec: probe.Spec{Target: "https://biblioteka.example", HTTP: probe.HTTPSpec{Steps: []probe.Step{
				{URL: "/login", Form: map[string]string{"user": "rasa"}}, {URL: "/katalogas", Contains: []string{"Labas"}},
			}}}},
		},
		"a port; what does not belong to it is left out": {
			filled("kind", "tcp", "target", "pastas.example:25", "interval", "60", "http.contains", "x", "dns.answers", "y", "id", "pastas"),
			settings.Check{ID: "pastas", Name: "Biblioteka", Spec: probe.Spec{Target: "tcp://pastas.example:25"}},
		},
		"a DNS server": {
			filled("kind", "dns", "target", "dns://192.0.2.1/www.example", "interval", "60", "dns.type", "MX", "dns.answers", "10 a.\n20 b."),
			settings.Check{Name: "Biblioteka", Spec: probe.Spec{Target: "dns://192.0.2.1/www.example", DNS: probe.DNSSpec{Type: "MX", Answers: []string{"10 a.", "20 b."}}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatch()
			c := newConsole(t, withWatch(w))
			r := c.ask("/checks/_new", c.session(access.Operator, i18n.English), tc.form)
			if r.StatusCode != http.StatusSeeOther || !strings.Contains(r.Header.Get("Location"), "did=check.added") {
				t.Errorf("%d %s", r.StatusCode, r.Header.Get("Location"))
			}
			if d := cmp.Diff(tc.want, w.taken, cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestButtonsOfChecks(t *testing.T) {
	w := newWatch()
	c := newConsole(t, withWatch(w))
	session := c.session(access.Operator, i18n.English)
	for _, tc := range []struct{ path, to string }{
		{"pause", "/checks/svetaine?did=check.paused&of=svetaine"}, {"resume", "/checks/svetaine?did=check.resumed&of=svetaine"},
		{"remove", "/checks?did=check.removed&of=svetaine"}, {"restore", "/checks/svetaine?did=check.restored&of=svetaine"},
	} {
		r := c.ask("/checks/svetaine/"+tc.path, session, url.Values{})
		if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != tc.to {
			t.Errorf("%s: %d %s", tc.path, r.StatusCode, r.Header.Get("Location"))
		}
	}
	if d := cmp.Diff([]string{"pause svetaine", "resume svetaine", "remove svetaine", "restore svetaine"}, w.did); d != "" {
		t.Error(d)
	}
	// What was done can be undone from the page after it.
	if page := text(t, c.ask("/checks?did=check.removed&of=svetaine", session, nil)); !strings.Contains(page, `action="/checks/svetaine/restore"`) {
		t.Error("removing cannot be undone")
	}
	for err, code := range map[error]int{
		web.ErrNotFound: http.StatusNotFound, web.ErrTooMany: http.StatusTooManyRequests,
	} {
		w.err = err
		if r := c.ask("/checks/svetaine/try", session, url.Values{}); r.StatusCode != code {
			t.Errorf("%v: %d", err, r.StatusCode)
		}
	}
	w.err = settings.Problems{settings.New("id", settings.CodeIDInFile, "ID", "svetaine", "File", "/etc/budi.yml")}
	r := c.ask("/checks/svetaine/pause", session, url.Values{})
	if page := text(t, r); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "/etc/budi.yml") {
		t.Errorf("%d: it is not said where it is declared", r.StatusCode)
	}
}

func TestAListCanBeAFile(t *testing.T) {
	w := newWatch()
	c := newConsole(t, withWatch(w))
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "sąrašas.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = file.Write([]byte("target;name\nx;y\n"))
	_ = form.WriteField("text", "")
	_ = form.Close()
	session := c.session(access.Operator, i18n.English)
	sent := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/checks/_import", &body)
	sent.Header.Set("Content-Type", form.FormDataContentType())
	sent.Header.Set("Origin", "http://"+sent.Host)
	sent.AddCookie(&http.Cookie{Name: "budi_session", Value: session})
	answer := httptest.NewRecorder()
	c.handler.ServeHTTP(answer, sent)
	r := answer.Result()
	if r.StatusCode != http.StatusOK || len(w.did) != 1 || w.did[0] != "preview target;name\nx;y\n" {
		t.Errorf("%d, %q", r.StatusCode, w.did)
	}
	r = c.ask("/checks/_import/apply", session, url.Values{"key": {"KEY"}})
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/checks?did=checks.imported&of=2" {
		t.Errorf("%d %s", r.StatusCode, r.Header.Get("Location"))
	}
	w.err = web.ErrNotFound
	if r = c.ask("/checks/_import/apply", session, url.Values{"key": {"old"}}); r.StatusCode != http.StatusConflict {
		t.Errorf("a preview that is gone: %d", r.StatusCode)
	}
}
