package probe_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/dnsserver"
	"github.com/budi-monitor/budi/internal/sim/website"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// serve is a website of one handler.
func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func code(r look.Result) string {
	if r.Problem == nil {
		return ""
	}
	return r.Problem.Code
}

// asked is what a website was asked.
type asked struct {
	Method, Path, Body, Auth, Key, Type, Cookie string
}

func TestWhatIsSent(t *testing.T) {
	var got asked
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = asked{r.Method, r.URL.Path, string(body), r.Header.Get("Authorization"), r.Header.Get("X-Key"), r.Header.Get("Content-Type"), r.Header.Get("Cookie")}
	})
	basic := "Basic cmFzYTpodW50ZXIy" // rasa:hunter2
	for name, tc := range map[string]struct {
		spec probe.HTTPSpec
		user string
		want asked
	}{
		"nothing":                 {want: asked{Method: "GET"}},
		"a method":                {spec: probe.HTTPSpec{Method: "DELETE"}, want: asked{Method: "DELETE"}},
		"a body is posted":        {spec: probe.HTTPSpec{Body: `{"a":1}`, Headers: map[string]string{"content-type": "application/json"}}, want: asked{Method: "POST", Body: `{"a":1}`, Type: "application/json"}},
		"a body is put":           {spec: probe.HTTPSpec{Method: "PUT", Body: "x"}, want: asked{Method: "PUT", Body: "x"}},
		"a form":                  {spec: probe.HTTPSpec{Form: map[string]string{"vardas": "Ąžuolas", "b": "1&2"}}, want: asked{Method: "POST", Body: "b=1%262&vardas=%C4%84%C5%BEuolas", Type: "application/x-www-form-urlencoded"}},
		"what looks like a place": {spec: probe.HTTPSpec{Body: "query(${id})", Headers: map[string]string{"X-Key": "${k}"}}, want: asked{Method: "POST", Body: "query(${id})", Key: "${k}"}},
		"a header":                {spec: probe.HTTPSpec{Headers: map[string]string{"x-key": "k"}}, want: asked{Method: "GET", Key: "k"}},
		"a name and password":     {spec: probe.HTTPSpec{Auth: probe.Auth{Username: "rasa", Password: "hunter2"}}, want: asked{Method: "GET", Auth: basic}},
		"in the target":           {user: "rasa:hunter2@", want: asked{Method: "GET", Auth: basic}},
		"a token":                 {spec: probe.HTTPSpec{Auth: probe.Auth{Bearer: "abc"}}, want: asked{Method: "GET", Auth: "Bearer abc"}},
		"cookies":                 {spec: probe.HTTPSpec{Cookies: map[string]string{"kalba": "lt"}}, want: asked{Method: "GET", Cookie: "kalba=lt"}},
	} {
		tc.want.Path = "/a"
		r := lookAt(t, probe.Spec{Target: strings.Replace(s.URL, "://", "://"+tc.user, 1) + "/a", HTTP: tc.spec}, probe.Options{})
		if r.Outcome != look.OK {
			t.Errorf("%s: %+v", name, r.Problem)
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestConditions(t *testing.T) {
	type spec = probe.HTTPSpec
	text := func(s string) *string { return &s }
	number := func(n float64) *float64 { return &n }
	page := `{"status":"UP","n":5,"half":0.5,"none":null,"yes":true,"list":[{"id":1},{"id":2}],"empty":""}`
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/json":
			w.Header().Set("Content-Type", "application/json")
			w.Header().Add("X-Many", "one")
			w.Header().Add("X-Many", "two")
			_, _ = io.WriteString(w, page)
		case "/bom":
			_, _ = io.WriteString(w, "\ufeff"+page)
		case "/deep":
			_, _ = io.WriteString(w, strings.Repeat("[", 5000)+strings.Repeat("]", 5000))
		case "/two":
			_, _ = io.WriteString(w, "{} {}")
		case "/large":
			_, _ = io.WriteString(w, `{"a":"`+strings.Repeat("x", probe.MaxBody)+`"}`)
		default:
			_, _ = io.WriteString(w, "<h1>Katalogas</h1> 1234 knygos")
		}
	})
	header := func(h probe.HeaderRule) spec { return spec{ExpectHeaders: []probe.HeaderRule{h}} }
	value := func(j probe.JSONRule) spec { return spec{JSON: []probe.JSONRule{j}} }
	for _, tc := range []struct {
		path string
		spec spec
		want string
	}{
		{"/", spec{Matches: []string{`\d+ knyg`, `(?i)katalogas`}}, ""},
		{"/", spec{Matches: []string{`\d{5} knyg`}}, probe.CodePatternMissing},
		{"/", spec{NotMatches: []string{`klaida|error`}}, ""},
		{"/", spec{NotMatches: []string{`\d+ knyg`}}, probe.CodePatternForbidden},
		{"/large", spec{Matches: []string{`zzz`}}, probe.CodeBodyTooLarge},
		{"/bom", value(probe.JSONRule{Path: "$.status", Equals: text("UP")}), ""},
		{"/json", header(probe.HeaderRule{Name: "content-type"}), ""},
		{"/json", header(probe.HeaderRule{Name: "X-Many", Equals: "two"}), ""},
		{"/json", header(probe.HeaderRule{Name: "X-Many", Equals: "three"}), probe.CodeHeaderWrong},
		{"/json", header(probe.HeaderRule{Name: "X-Many", Matches: "^t"}), ""},
		{"/json", header(probe.HeaderRule{Name: "Content-Type", Contains: "json"}), ""},
		{"/json", header(probe.HeaderRule{Name: "X-None"}), probe.CodeHeaderMissing},
		{"/json", header(probe.HeaderRule{Name: "X-None", Forbidden: true}), ""},
		{"/json", header(probe.HeaderRule{Name: "X-Many", Forbidden: true}), probe.CodeHeaderForbidden},
		{"/json", header(probe.HeaderRule{Name: "X-Many", Equals: "three", Forbidden: true}), ""},
		{"/json", value(probe.JSONRule{Path: "$.status"}), ""},
		{"/json", value(probe.JSONRule{Path: "$.status", Equals: text("UP")}), ""},
		{"/json", value(probe.JSONRule{Path: "$.status", Equals: text("DOWN")}), probe.CodeJSONWrong},
		{"/json", value(probe.JSONRule{Path: "$.status", Equals: text("DOWN"), Forbidden: true}), ""},
		{"/json", value(probe.JSONRule{Path: "$.status", Contains: "U", Forbidden: true}), probe.CodeJSONForbidden},
		{"/json", value(probe.JSONRule{Path: "$.error", Forbidden: true}), ""},
		{"/json", value(probe.JSONRule{Path: "$.error"}), probe.CodeJSONMissing},
		{"/json", value(probe.JSONRule{Path: "$.n", Equals: text("5")}), ""},
		{"/json", value(probe.JSONRule{Path: "$.n", Above: number(4), Below: number(6)}), ""},
		{"/json", value(probe.JSONRule{Path: "$.n", Above: number(5)}), probe.CodeJSONWrong},
		{"/json", value(probe.JSONRule{Path: "$.status", Above: number(5)}), probe.CodeJSONWrong},
		{"/json", value(probe.JSONRule{Path: "$.half", Equals: text("0.5")}), ""},
		{"/json", value(probe.JSONRule{Path: "$.none", Equals: text("null")}), ""},
		{"/json", value(probe.JSONRule{Path: "$.yes", Equals: text("true")}), ""},
		{"/json", value(probe.JSONRule{Path: "$.empty", Equals: text("")}), ""},
		{"/json", value(probe.JSONRule{Path: "$.list[0]", Equals: text(`{"id":1}`)}), ""},
		{"/json", value(probe.JSONRule{Path: "$.list[?@.id > 1].id", Equals: text("2")}), ""},
		{"/json", value(probe.JSONRule{Path: "$..id", Matches: "^2$"}), ""},
		{"/", value(probe.JSONRule{Path: "$.status"}), probe.CodeJSONInvalid},
		{"/two", value(probe.JSONRule{Path: "$"}), probe.CodeJSONInvalid},
		{"/deep", value(probe.JSONRule{Path: "$..*"}), probe.CodeJSONInvalid},
		{"/large", value(probe.JSONRule{Path: "$.a"}), probe.CodeBodyTooLarge},
		{"/large", spec{MaxSize: 1000}, probe.CodePageTooLarge},
		{"/large", spec{MaxSize: 2 << 20, Contains: []string{`x"}`}}, ""},
		{"/", spec{MaxSize: 1000}, ""},
		{"/", spec{HTTPVersion: "1.1"}, ""},
	} {
		r := lookAt(t, probe.Spec{Target: s.URL + tc.path, HTTP: tc.spec}, probe.Options{})
		if code(r) != tc.want {
			text, _ := json.Marshal(tc.spec)
			t.Errorf("%s %s: %+v, want %q", tc.path, text, r.Problem, tc.want)
		}
	}
}

// What the keeper of a check wrote goes to the host asked for, and to no other,
// wherever it is sent on to.
func TestNothingSecretGoesToAnotherHost(t *testing.T) {
	var there []string
	other := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		there = append(there, fmt.Sprint(r.Method, r.Header, string(body)))
	})
	_, port, err := net.SplitHostPort(strings.TrimPrefix(other.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	here := 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		all := fmt.Sprint(r.Header, string(body))
		for _, want := range []string{"slapta-key", "slapta-cookie", "Basic"} {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is missing in %s", r.URL, want, all)
			}
		}
		here++
		status, _ := strconv.Atoi(r.URL.Query().Get("status"))
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, "http://localhost:"+port+"/", status)
		case "/twice":
			http.Redirect(w, r, "/away?status="+strconv.Itoa(status), status)
		}
	})
	spec := probe.HTTPSpec{
		Headers: map[string]string{"X-Key": "slapta-key"}, Cookies: map[string]string{"a": "slapta-cookie"}, Auth: probe.Auth{Username: "rasa", Password: "slapta-word"},
	}
	for _, tc := range []struct {
		path, body, want string
		here, there      int
	}{
		{"/away?status=302", "", "", 1, 1},
		{"/twice?status=307", "", "", 2, 1},
		{"/away?status=302", "slapta-body", "", 1, 1}, // becomes a GET
		{"/away?status=307", "slapta-body", probe.CodeRedirectBody, 1, 0},
		{"/twice?status=308", "slapta-body", probe.CodeRedirectBody, 2, 0},
	} {
		here, there = 0, nil
		spec.Body = tc.body
		r := lookAt(t, probe.Spec{Target: s.URL + tc.path, HTTP: spec}, probe.Options{})
		if code(r) != tc.want || here != tc.here || len(there) != tc.there {
			t.Errorf("%s %q: %+v, %d requests here, %q there", tc.path, tc.body, r.Problem, here, there)
		}
		if got := strings.Join(there, ""); strings.Contains(got, "slapta") || strings.Contains(got, "Basic") || strings.Contains(got, "Referer") {
			t.Errorf("%s: the other host got %s", tc.path, got)
		}
		if text, _ := json.Marshal(r); strings.Contains(string(text), "slapta") {
			t.Errorf("%s: the result tells %s", tc.path, text)
		}
	}
}

// library is a catalogue behind a log-in, as many are: a token in a hidden field,
// a cookie, a redirect.
func library(t testing.TB) *httptest.Server {
	const token = `tok&en+1 "a/b`
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		c, _ := r.Cookie("session")
		w.Header().Set("Content-Type", "text/html")
		switch r.URL.Path {
		case "/login":
			if r.Method == http.MethodGet {
				http.SetCookie(w, &http.Cookie{Name: "session", Value: "new", Path: "/"})
				_, _ = fmt.Fprintf(w, `<form><input type="hidden" name="csrf" value="%s">`, html.EscapeString(token))
				return
			}
			if c == nil || r.FormValue("csrf") != token || r.FormValue("password") != "hunter2-word" {
				http.Error(w, "Neteisingas slaptažodis "+r.FormValue("password"), http.StatusForbidden)
				return
			}
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "in", Path: "/"})
			http.Redirect(w, r, "/home?was="+url.QueryEscape(r.FormValue("password"))+"&t="+url.QueryEscape(token), http.StatusSeeOther)
		case "/home":
			if c == nil || c.Value != "in" {
				http.Error(w, "?", http.StatusUnauthorized)
				return
			}
			_, _ = io.WriteString(w, `Labas, Rasa <a href="/katalogas?user=rasa">Katalogas</a> <a id="out" href="http://elsewhere.example/">`)
		case "/katalogas":
			_, _ = io.WriteString(w, "1984 "+r.URL.RawQuery+" "+r.Header.Get("X-Token"))
		case "/api":
			_, _ = io.WriteString(w, `{"token":"abc\nd","next":"/katalogas?user=json"}`)
		}
	})
}

func TestSteps(t *testing.T) {
	s := library(t)
	login := func(password string) []probe.Step {
		return []probe.Step{
			{URL: "/login", Capture: map[string]string{"csrf": `name="csrf" value="([^"]*)"`}},
			{Name: "Prisijungti", URL: "/login", Form: map[string]string{"csrf": "${csrf}", "password": password}, Contains: []string{"Labas, Rasa"}, Capture: map[string]string{"link": `href="([^"]+)">Katalogas`, "out": `id="out" href="([^"]+)"`}},
		}
	}
	then := func(more ...probe.Step) []probe.Step { return append(login("hunter2-word"), more...) }
	for name, tc := range map[string]struct {
		steps      []probe.Step
		code, step string
		requests   int
	}{
		"logged in":              {steps: then(probe.Step{Name: "Katalogas", URL: "${link}", Contains: []string{"1984 user=rasa"}}), requests: 4},
		"a wrong password":       {steps: login("hunter2-wrong"), code: probe.CodeUnexpectedStatus, step: "Prisijungti", requests: 2},
		"a text is missing":      {steps: then(probe.Step{URL: "/katalogas", Contains: []string{"Altorių šešėly"}}), code: probe.CodeTextMissing, step: "3", requests: 4},
		"nothing to capture":     {steps: []probe.Step{{URL: "/katalogas", Capture: map[string]string{"a": "nothing like (this)"}}}, code: probe.CodeCaptureMissing, step: "1", requests: 1},
		"a link to another host": {steps: then(probe.Step{URL: "${out}"}), code: probe.CodeCaptureUnusable, step: "3", requests: 3},
		"JSON": {steps: []probe.Step{
			{URL: "/api", Capture: map[string]string{"next": "$.next"}}, {URL: "${next}", Contains: []string{"user=json"}},
		}, requests: 2},
		"a value within an address stays one value": {steps: []probe.Step{
			{URL: "/api", Capture: map[string]string{"next": "$.next"}}, {URL: "/katalogas?a=${next}&b=1", Contains: []string{"a=%2Fkatalogas%3Fuser%3Djson&b=1"}},
		}, requests: 2},
		"a line break in a header": {steps: []probe.Step{
			{URL: "/api", Capture: map[string]string{"token": "$.token"}}, {URL: "/katalogas", Headers: map[string]string{"X-Token": "${token}"}},
		}, code: probe.CodeCaptureUnusable, step: "2", requests: 1},
	} {
		r := lookAt(t, probe.Spec{Target: s.URL + "/a/b", HTTP: probe.HTTPSpec{Steps: tc.steps}}, probe.Options{})
		if code(r) != tc.code || r.Problem != nil && r.Problem.Args[look.ArgStep] != tc.step {
			t.Errorf("%s: %+v", name, r.Problem)
		}
		if len(r.Web.Redirects) != tc.requests {
			t.Errorf("%s: told are %+v", name, r.Web.Redirects)
		}
		for _, h := range r.Web.Redirects {
			if h.Step == "" || h.Status == 0 || h.Address == "" || h.Protocol != "HTTP/1.1" {
				t.Errorf("%s: told is %+v", name, h)
			}
		}
		text, _ := json.Marshal(r)
		for _, secret := range []string{"hunter2", "tok%26", "tok&en"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s: the result tells %s", name, text)
			}
		}
	}
}

// The whole look has one time limit.
func TestStepsShareTheirTime(t *testing.T) {
	s := startSite(t)
	s.SetPath("/slow", website.Hang())
	r := lookAt(t, probe.Spec{Target: s.URL("/"), Timeout: 2 * time.Second, HTTP: probe.HTTPSpec{Steps: []probe.Step{{URL: "/"}, {Name: "lėtas", URL: "/slow"}, {URL: "/"}}}}, probe.Options{})
	if code(r) != probe.CodeResponseTimeout || r.Problem.Args[look.ArgStep] != "lėtas" || len(r.Web.Redirects) != 2 {
		t.Errorf("%+v %+v", r.Problem, r.Web.Redirects)
	}
}

// namesAt answers one name with these addresses.
func namesAt(t *testing.T, name string, addresses ...string) *net.Resolver {
	t.Helper()
	var records []string
	for _, a := range addresses {
		kind := "A"
		if strings.Contains(a, ":") {
			kind = "AAAA"
		}
		records = append(records, name+". 60 IN "+kind+" "+a)
	}
	s, err := dnsserver.Start(records...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return resolver(s)
}

func TestBothVersionsOfTheInternetProtocol(t *testing.T) {
	six, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this computer has no IPv6")
	}
	_, port, _ := net.SplitHostPort(six.Addr().String())
	four, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		_ = six.Close()
		t.Skip("the port is taken")
	}
	for _, l := range []net.Listener{four, six} {
		server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.Context().Value(http.LocalAddrContextKey).(net.Addr).String())
		})}
		go func() { _ = server.Serve(l) }()
		t.Cleanup(func() { _ = server.Close() })
	}
	both, one := namesAt(t, "abu.example.lt", "127.0.0.1", "::1"), namesAt(t, "abu.example.lt", "127.0.0.1")
	for name, tc := range map[string]struct {
		by       *net.Resolver
		spec     probe.HTTPSpec
		code, ip string
		families []look.Outcome
	}{
		"4":                     {by: both, spec: probe.HTTPSpec{IPVersion: "4", Contains: []string{"127.0.0.1"}}},
		"6":                     {by: both, spec: probe.HTTPSpec{IPVersion: "6", Contains: []string{"::1"}}},
		"6, which there is not": {by: one, spec: probe.HTTPSpec{IPVersion: "6"}, code: probe.CodeDNSFailed, ip: "6"},
		"both":                  {by: both, spec: probe.HTTPSpec{IPVersion: "both"}, families: []look.Outcome{look.OK, look.OK}},
		"both, one is wrong":    {by: both, spec: probe.HTTPSpec{IPVersion: "both", NotContains: []string{"::1"}}, code: probe.CodeTextForbidden, ip: "6", families: []look.Outcome{look.OK, look.Failed}},
		"both, one is missing":  {by: one, spec: probe.HTTPSpec{IPVersion: "both"}, code: probe.CodeDNSFailed, ip: "6", families: []look.Outcome{look.OK, look.Unreachable}},
	} {
		r := lookAt(t, probe.Spec{Target: "http://abu.example.lt:" + port, HTTP: tc.spec}, probe.Options{Resolver: tc.by})
		if code(r) != tc.code || r.Problem != nil && r.Problem.Args[look.ArgIP] != tc.ip {
			t.Errorf("%s: %+v", name, r.Problem)
		}
		var families []look.Outcome
		for i, f := range r.Web.Families {
			families = append(families, f.Outcome)
			if want := []string{"4", "6"}[i]; f.IP != want || f.Seconds <= 0 || f.Problem != nil && f.Problem.Args[look.ArgIP] != "" {
				t.Errorf("%s: told is %+v", name, f)
			}
		}
		if !slices.Equal(families, tc.families) {
			t.Errorf("%s: told is %v", name, families)
		}
		n := 0
		for _, sample := range r.Samples {
			if sample.Name == metric.ProbeIPSuccess {
				n++
			}
		}
		if n != len(tc.families) {
			t.Errorf("%s: %d series tell the versions apart", name, n)
		}
	}
}

func TestTheVersionOfHTTP(t *testing.T) {
	s := startSite(t)
	old := httptest.NewTLSServer(website.Page("x"))
	t.Cleanup(old.Close)
	oldRoots := old.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	for _, tc := range []struct {
		target, version, code, protocol string
		opts                            probe.Options
	}{
		{s.SecureURL("/"), "", "", "HTTP/2.0", probe.Options{Roots: s.Roots()}},
		{s.SecureURL("/"), "2", "", "HTTP/2.0", probe.Options{Roots: s.Roots()}},
		{s.SecureURL("/"), "1.1", "", "HTTP/1.1", probe.Options{Roots: s.Roots()}},
		{old.URL, "2", probe.CodeHTTPVersion, "HTTP/1.1", probe.Options{Roots: oldRoots}},
		{old.URL, "1.1", "", "HTTP/1.1", probe.Options{Roots: oldRoots}},
	} {
		r := lookAt(t, probe.Spec{Target: tc.target, HTTP: probe.HTTPSpec{HTTPVersion: tc.version}}, tc.opts)
		if code(r) != tc.code || r.Web.Redirects[0].Protocol != tc.protocol {
			t.Errorf("%q of %s: %+v %+v", tc.version, tc.target, r.Problem, r.Web.Redirects)
		}
	}
}

// What a hostile server does meets its limit also where the page is needed as a
// whole, and in a later step.
func TestHostileServersAndConditions(t *testing.T) {
	s := startSite(t)
	value := []probe.JSONRule{{Path: "$.a"}}
	for _, tc := range []struct {
		name      string
		behaviour http.Handler
		spec      probe.HTTPSpec
		want      string
	}{
		{"endless page, a pattern", website.EndlessBody("welcome"), probe.HTTPSpec{Matches: []string{"wel+come"}}, ""},
		{"endless page, another pattern", website.EndlessBody("welcome"), probe.HTTPSpec{Matches: []string{"(a*)*b{50}z"}}, probe.CodeBodyTooLarge},
		{"endless page, a size", website.EndlessBody("welcome"), probe.HTTPSpec{MaxSize: 5 << 20}, probe.CodePageTooLarge},
		{"endless page, JSON", website.EndlessBody(`{"a":1`), probe.HTTPSpec{JSON: value}, probe.CodeBodyTooLarge},
		{"gzip bomb, JSON", website.GzipBomb(64 << 20), probe.HTTPSpec{JSON: value}, probe.CodeBodyTooLarge},
		{"gzip bomb, a size", website.GzipBomb(64 << 20), probe.HTTPSpec{MaxSize: 2 << 20}, probe.CodePageTooLarge},
		{"slow drip", website.Drip(100 * time.Millisecond), probe.HTTPSpec{JSON: value}, probe.CodeTransferTimeout},
		{"wrong length", website.WrongLength(), probe.HTTPSpec{JSON: value}, probe.CodeBodyCut},
		{"broken chunks", website.Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"), probe.HTTPSpec{JSON: value}, probe.CodeBadResponse},
		{"broken gzip", website.Raw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n012345678901234567890123456789"), probe.HTTPSpec{JSON: value}, probe.CodeBadResponse},
		{"header bomb", website.HeaderBomb(), probe.HTTPSpec{ExpectHeaders: []probe.HeaderRule{{Name: "X"}}}, probe.CodeHeaderTooLarge},
		{"redirect loop", website.RedirectLoop(), probe.HTTPSpec{JSON: value}, probe.CodeTooManyRedirects},
		{"nonsense", website.Rubbish(), probe.HTTPSpec{JSON: value}, probe.CodeBadResponse},
		{"many lists", website.Page("[" + strings.Repeat("[],", 300_000) + "[]]"), probe.HTTPSpec{JSON: []probe.JSONRule{{Path: "$..*", Contains: "x", Forbidden: true}}}, ""},
		{"a huge number", website.Page(`{"a":1e999999999}`), probe.HTTPSpec{JSON: []probe.JSONRule{{Path: "$.a", Above: new(float64)}}}, probe.CodeJSONWrong},
	} {
		s.Set(tc.behaviour)
		spec := probe.Spec{Target: s.URL("/"), Timeout: time.Minute, HTTP: tc.spec}
		if tc.want == probe.CodeTransferTimeout {
			spec.Timeout = 2 * time.Second
		}
		if r := lookAt(t, spec, probe.Options{}); code(r) != tc.want {
			t.Errorf("%s: %+v", tc.name, r.Problem)
		}
		s.SetPath("/first", website.Page("x"))
		spec.HTTP = probe.HTTPSpec{MaxSize: tc.spec.MaxSize, Steps: []probe.Step{
			{URL: "/first"}, {URL: "/", Matches: tc.spec.Matches, JSON: tc.spec.JSON, ExpectHeaders: tc.spec.ExpectHeaders},
		}}
		if r := lookAt(t, spec, probe.Options{}); code(r) != tc.want || tc.want != "" && r.Problem.Args[look.ArgStep] != "2" {
			t.Errorf("%s, in a step: %+v", tc.name, r.Problem)
		}
	}
}

func TestMistakesInWhatIsAsked(t *testing.T) {
	type spec = probe.HTTPSpec
	step := func(s probe.Step) spec { return spec{Steps: []probe.Step{s}} }
	many := map[string]string{}
	for i := range probe.MaxFields + 1 {
		many[fmt.Sprint("a", i)] = "b"
	}
	for _, tc := range []struct {
		target string
		spec   spec
		want   string // field
	}{
		{"", spec{Method: "TRACE"}, "http.method"},
		{"", spec{Method: "GET", Body: "x"}, "http.method"},
		{"", spec{Method: "HEAD", JSON: []probe.JSONRule{{Path: "$.a"}}}, "http.method"},
		{"", spec{Body: "x", Form: map[string]string{"a": "b"}}, "http.form"},
		{"", spec{Body: strings.Repeat("x", probe.MaxRequestBody+1)}, "http.body"},
		{"", spec{Headers: map[string]string{"a b": "c"}}, "http.headers.a b"},
		{"", spec{Headers: map[string]string{"A": "b\r\nC: d"}}, "http.headers.A"},
		{"", spec{Headers: map[string]string{"host": "x"}}, "http.headers.host"},
		{"", spec{Headers: map[string]string{"a": "b", "A": "c"}}, "http.headers.a"},
		{"", spec{Headers: many}, "http.headers"},
		{"", spec{Cookies: map[string]string{"a": "b;c"}}, "http.cookies.a"},
		{"", spec{Auth: probe.Auth{Username: "a", Bearer: "b"}}, "http.auth.bearer"},
		{"", spec{Auth: probe.Auth{Password: "b"}}, "http.auth.username"},
		{"", spec{Auth: probe.Auth{Bearer: "b\nc"}}, "http.auth.bearer"},
		{"https://a:b@example.lt", spec{Auth: probe.Auth{Bearer: "b"}}, "http.auth"},
		{"", spec{IPVersion: "5"}, "http.ip_version"},
		{"https://192.0.2.1", spec{IPVersion: "both"}, "http.ip_version"},
		{"https://[2001:db8::1]", spec{IPVersion: "4"}, "http.ip_version"},
		{"https://192.0.2.1", spec{IPVersion: "4"}, ""},
		{"", spec{HTTPVersion: "3"}, "http.http_version"},
		{"http://example.lt", spec{HTTPVersion: "2"}, "http.http_version"},
		{"", spec{MaxSize: -1}, "http.max_size"},
		{"", spec{Matches: []string{"("}}, "http.matches[0]"},
		{"", spec{Matches: []string{"a", "((a{30}){30}){30}"}}, "http.matches[1]"},
		{"", spec{Matches: []string{"(x{1,30}){1,15}y"}}, "http.matches[0]"}, // a page of nothing but x would take long
		{"", spec{Matches: []string{`(?i)\bversija:?\s+\d{1,3}(\.\d{1,3}){2,3}[^<]{0,50}`}}, ""},
		{"", spec{ExpectHeaders: []probe.HeaderRule{{}}}, "http.expect_headers[0].name"},
		{"", spec{ExpectHeaders: []probe.HeaderRule{{Name: "A", Equals: "b", Contains: "c"}}}, "http.expect_headers[0]"},
		{"", spec{JSON: []probe.JSONRule{{Path: "a"}}}, "http.json[0].path"},
		{"", spec{JSON: []probe.JSONRule{{Path: "$..a..b"}}}, "http.json[0].path"},
		{"", spec{JSON: []probe.JSONRule{{Path: "$.a[?@ == $.b]"}}}, "http.json[0].path"},
		{"", spec{JSON: []probe.JSONRule{{Path: "$[?match(@.a, @.b)]"}}}, "http.json[0].path"},
		{"", spec{JSON: []probe.JSONRule{{Path: "$['a..b$,']['..']"}}}, ""},
		{"", spec{JSON: []probe.JSONRule{{Path: "$.a", Contains: "b", Matches: "c"}}}, "http.json[0]"},
		{"", spec{Contains: []string{"x"}, Steps: []probe.Step{{}}}, "http.steps"},
		{"", spec{Steps: make([]probe.Step, probe.MaxSteps+1)}, "http.steps"},
		{"", spec{Steps: []probe.Step{{Name: "2"}, {}}}, "http.steps[1].name"},
		{"", step(probe.Step{URL: "ftp://example.lt"}), "http.steps[0].url"},
		{"", step(probe.Step{URL: "https://a:b@example.lt"}), "http.steps[0].url"},
		{"", step(probe.Step{URL: "https://${a}.example.lt/"}), "http.steps[0].url"},
		{"", step(probe.Step{URL: "//${a}/"}), "http.steps[0].url"},
		{"", step(probe.Step{URL: "/a?b=${c}"}), "http.steps[0].url"},
		{"", step(probe.Step{Form: map[string]string{"a": "${c}"}}), "http.steps[0].form.a"},
		{"", step(probe.Step{Capture: map[string]string{"a b": "c"}}), "http.steps[0].capture"},
		{"", step(probe.Step{Capture: map[string]string{"a": "("}}), "http.steps[0].capture.a"},
		{"", step(probe.Step{Capture: map[string]string{"a": "$.b", "c": "[$]d"}}), ""},
		{"", step(probe.Step{URL: "https://kitas.example/a"}), ""},
	} {
		if tc.target == "" {
			tc.target = "https://example.lt/"
		}
		var found strictyaml.Errors
		errors.As(strictyaml.Validate("check", probe.Spec{Target: tc.target, HTTP: tc.spec}.Validate), &found)
		if tc.want == "" && len(found) == 0 {
			continue
		}
		if len(found) == 0 || found[0].Field != tc.want || found[0].Want == "" {
			text, _ := json.Marshal(tc.spec)
			t.Errorf("%.200s: %v, want %q", text, found, tc.want)
		}
		if strings.Contains(found.Error(), "C: d") || strings.Contains(found.Error(), "b;c") {
			t.Errorf("an error repeats what is secret: %v", found)
		}
	}
}

// full is a spec with something secret in every place.
func full() probe.Spec {
	return probe.Spec{Target: "https://example.lt/a", HTTP: probe.HTTPSpec{
		Headers: map[string]string{"X-Key": "slapta1"}, Cookies: map[string]string{"a": "slapta2"}, Auth: probe.Auth{Username: "slapta3", Password: "slapta4"},
		Steps: []probe.Step{
			{Name: "a", URL: "/a", Body: "slapta5", Headers: map[string]string{"X-Key": "slapta6"}},
			{URL: "https://kitas.example/b", Form: map[string]string{"b": "slapta7"}},
		},
	}}
}

func TestWhatIsSecretIsMaskedAndPutBack(t *testing.T) {
	was := full()
	shown := was.Masked()
	if text, _ := json.Marshal(shown); strings.Contains(string(text), "slapta") {
		t.Errorf("shown is %s", text)
	}
	if d := cmp.Diff(full(), was); d != "" {
		t.Errorf("masking changed the spec: %s", d)
	}
	if got, err := shown.Unmasked(was); err != nil || !cmp.Equal(got, was) {
		t.Errorf("%v: %s", err, cmp.Diff(was, got))
	}
	for name, tc := range map[string]struct {
		edit  func(*probe.Spec)
		field string
	}{
		"another path":              {func(s *probe.Spec) { s.Target = "https://example.lt/kitas" }, ""},
		"another secret":            {func(s *probe.Spec) { s.HTTP.Headers["X-Key"] = "new" }, ""},
		"another host":              {func(s *probe.Spec) { s.Target = "https://piktas.example/a" }, "http.headers"},
		"without TLS":               {func(s *probe.Spec) { s.Target = "http://example.lt/a" }, "http.headers"},
		"another header":            {func(s *probe.Spec) { s.HTTP.Headers["X-Other"] = probe.Mask }, "http.headers"},
		"a step to another host":    {func(s *probe.Spec) { s.HTTP.Steps[0].URL = "https://piktas.example/a" }, "http.steps"},
		"a step with another name":  {func(s *probe.Spec) { s.HTTP.Steps[0].Name = "b" }, "http.steps"},
		"steps in another order":    {func(s *probe.Spec) { slices.Reverse(s.HTTP.Steps) }, "http.steps"},
		"the other host is another": {func(s *probe.Spec) { s.HTTP.Steps[1].URL = "https://kitas2.example/b" }, "http.steps"},
	} {
		typed := was.Masked()
		tc.edit(&typed)
		got, err := typed.Unmasked(was)
		var hidden *probe.MaskedError
		if errors.As(err, &hidden); hidden == nil && tc.field != "" || hidden != nil && hidden.Field != tc.field {
			t.Errorf("%s: %v", name, err)
		}
		if text, _ := json.Marshal(got); tc.field == "" && strings.Contains(string(text), probe.Mask) {
			t.Errorf("%s: %s", name, text)
		}
	}
	if got, err := shown.Unmasked(probe.Spec{}); err == nil {
		t.Errorf("of nothing there is %+v", got)
	}
}

// What a site sends back of what it was sent is hidden; what everybody may know is
// not.
func TestWhatASiteSendsBackIsHidden(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", "was "+r.Header.Get("X-Key"))
		w.Header().Set("X-Back", r.Header.Get("Accept")+" "+r.Header.Get("X-Key"))
	})
	r := lookAt(t, probe.Spec{Target: s.URL + "/?key=slapta-key", HTTP: probe.HTTPSpec{
		Headers: map[string]string{"X-Key": "slapta-key", "Accept": "application/json"}, ExpectHeaders: []probe.HeaderRule{{Name: "X-Back", Equals: "x"}},
	}}, probe.Options{})
	if code(r) != probe.CodeHeaderWrong || r.Problem.Args["got"] != "application/json ***" || r.Facts[0].Value != "was ***" || r.Web.Redirects[0].URL != s.URL+"/?key=***" {
		t.Errorf("%+v %+v %+v", r.Problem, r.Facts, r.Web.Redirects)
	}
}
