package website_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/certificate/certtest"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/website"
)

// site is a website that the tests set up well, and then spoil.
type site struct {
	header   http.Header
	page     string
	files    map[string]string // path → what is there
	anything string            // the answer to every other path; empty: 404
	status   int
	versions [2]uint16 // of TLS, from and to
	chain    func(t *testing.T, root certtest.Pair) tls.Certificate
	plain    bool // the address without encryption leads nowhere
}

func good() *site {
	return &site{
		header: http.Header{
			"Content-Type": {"text/html; charset=utf-8"}, "Strict-Transport-Security": {"max-age=31536000"}, "Content-Security-Policy": {"default-src 'self'; frame-ancestors 'self'"},
			"X-Content-Type-Options": {"nosniff"}, "Referrer-Policy": {"strict-origin-when-cross-origin"}, "Permissions-Policy": {"camera=()"}, "Server": {"nginx"},
			"Set-Cookie": {"session=x; Secure; HttpOnly; SameSite=Lax"},
		},
		page:     `<html lang="lt"><head><title>Mokykla</title></head><body><p>Labas</p><img src="/paveikslai/a.jpg"></body></html>`,
		files:    map[string]string{},
		versions: [2]uint16{tls.VersionTLS12, tls.VersionTLS13},
		chain: func(t *testing.T, root certtest.Pair) tls.Certificate {
			between := root.Authority(t, "Between")
			return certtest.TLS(between.Issue(t, "127.0.0.1"), between)
		},
	}
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if text, ok := s.files[r.URL.Path]; ok {
		_, _ = fmt.Fprint(w, text)
		return
	}
	if r.URL.Path != "/" {
		if s.anything == "" {
			http.NotFound(w, r)
			return
		}
		_, _ = fmt.Fprint(w, s.anything)
		return
	}
	for name, values := range s.header {
		w.Header()[name] = values
	}
	if s.status != 0 {
		w.WriteHeader(s.status)
	}
	_, _ = fmt.Fprint(w, s.page)
}

// look starts the site and looks at it.
func (s *site) look(t *testing.T) look.Result {
	t.Helper()
	root := certtest.Root(t, "Root")
	secure := httptest.NewUnstartedServer(s)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{s.chain(t, root)}, MinVersion: s.versions[0], MaxVersion: s.versions[1]}
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.plain {
			_, _ = fmt.Fprint(w, "welcome")
			return
		}
		http.Redirect(w, r, secure.URL+"/", http.StatusMovedPermanently)
	}))
	t.Cleanup(plain.Close)
	w, err := website.New(secure.URL, website.Options{Probe: probe.Options{Roots: certtest.Pool(root)}, Plain: plain.URL + "/", Pause: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	r := w.Look(t.Context())
	readable(t, r)
	return r
}

// readable fails unless every finding brings whatever its two texts ask for.
func readable(t *testing.T, r look.Result) {
	t.Helper()
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	if r.Web == nil {
		return
	}
	for _, f := range r.Web.Findings {
		args := map[string]any{"Subject": f.Subject}
		for name, value := range f.Args {
			args[name] = value
		}
		for _, lang := range i18n.Languages() {
			for _, key := range []string{"finding." + f.Code, "finding." + f.Code + ".do"} {
				if text := c.Text(lang, key, args); text == key || strings.Contains(text, "<no value>") {
					t.Errorf("%s: %s: %q", lang, key, text)
				}
			}
		}
	}
}

func codes(r look.Result) []string {
	var out []string
	for _, f := range r.Web.Findings {
		if !slices.Contains(out, f.Code) {
			out = append(out, f.Code)
		}
	}
	slices.Sort(out)
	return out
}

func TestAWellKeptWebsiteHasAnA(t *testing.T) {
	r := good().look(t)
	if r.Outcome != look.OK || r.Web.Grade != "A" || len(r.Web.Findings) != 0 {
		t.Fatalf("%s, grade %q, %+v", r.Outcome, r.Web.Grade, r.Web.Findings)
	}
	if c := r.Web.Certificate; c == nil || c.Key != "ECDSA P-256" || len(c.Chain) != 2 || c.Protocol != "TLS 1.3" {
		t.Errorf("its certificate is %+v", c)
	}
	got := map[string]float64{}
	for _, s := range r.Samples {
		name := s.Name
		for _, l := range s.Labels {
			name += " " + l.Value
		}
		got[name] = s.Value
	}
	want := map[string]float64{
		metric.WebsiteGrade: 4, metric.WebsiteTrouble + " security": 0, metric.WebsiteTrouble + " exposed": 0,
		metric.WebsiteFindings + " security critical": 0, metric.WebsiteFindings + " security warning": 0, metric.WebsiteFindings + " security info": 0,
	}
	for name, value := range want {
		if v, ok := got[name]; !ok || v != value {
			t.Errorf("%s is %g, %t", name, v, ok)
		}
	}
}

// A program and the server before it may both say the same, in one header or in two.
func TestHeadersThatAreSaidTwice(t *testing.T) {
	for _, values := range [][2][]string{
		{{"nosniff, nosniff"}, {"SAMEORIGIN, SAMEORIGIN"}}, {{"nosniff", "nosniff"}, {"SAMEORIGIN", "DENY"}}, {{"NoSniff"}, {"ALLOWALL, deny"}},
	} {
		s := good()
		s.header.Set("Content-Security-Policy", "default-src 'self'")
		s.header["X-Content-Type-Options"], s.header["X-Frame-Options"] = values[0], values[1]
		if r := s.look(t); len(r.Web.Findings) > 0 {
			t.Errorf("%v: %+v", values, r.Web.Findings)
		}
	}
}

// Each fault is found, and nothing else is.
func TestEachFaultIsFoundByItself(t *testing.T) {
	issue := func(changes ...certtest.Change) func(*testing.T, certtest.Pair) tls.Certificate {
		return func(t *testing.T, root certtest.Pair) tls.Certificate {
			return certtest.TLS(root.Issue(t, "127.0.0.1", changes...))
		}
	}
	for code, spoil := range map[string]func(*site){
		"hsts_missing": func(s *site) { s.header.Del("Strict-Transport-Security") },
		"hsts_short":   func(s *site) { s.header.Set("Strict-Transport-Security", "max-age=3600") },
		"csp_missing":  func(s *site) { s.header.Del("Content-Security-Policy"); s.header.Set("X-Frame-Options", "DENY") },
		"csp_weak": func(s *site) {
			s.header.Set("Content-Security-Policy", "script-src 'unsafe-inline'; frame-ancestors 'none'")
		},
		"framing_allowed":            func(s *site) { s.header.Set("Content-Security-Policy", "default-src 'self'") },
		"nosniff_missing":            func(s *site) { s.header.Del("X-Content-Type-Options") },
		"referrer_policy_missing":    func(s *site) { s.header.Del("Referrer-Policy") },
		"referrer_policy_unsafe":     func(s *site) { s.header.Set("Referrer-Policy", "unsafe-url") },
		"permissions_policy_missing": func(s *site) { s.header.Del("Permissions-Policy") },
		"version_header":             func(s *site) { s.header.Set("X-Powered-By", "PHP/7.4.3") },
		"version_generator":          func(s *site) { s.page += `<meta name="generator" content="WordPress 5.1">` },
		"mixed_active":               func(s *site) { s.page += `<script src="http://cdn.example/x.js"></script>` },
		"mixed_passive":              func(s *site) { s.page += `<img src="http://cdn.example/x.jpg">` },
		"form_insecure":              func(s *site) { s.page += `<form action="http://forms.example/"></form>` },
		"cookie_insecure":            func(s *site) { s.header.Set("Set-Cookie", "session=x; HttpOnly; SameSite=Lax") },
		"cookie_readable":            func(s *site) { s.header.Set("Set-Cookie", "PHPSESSID=x; Secure; SameSite=Lax") },
		"cookie_cross_site":          func(s *site) { s.header.Set("Set-Cookie", "session=x; Secure; HttpOnly") },
		"http_no_redirect":           func(s *site) { s.plain = true },
		"tls_old_versions":           func(s *site) { s.versions[0] = tls.VersionTLS10 },
		"exposed_repository":         func(s *site) { s.files["/.git/HEAD"] = "ref: refs/heads/main\n" },
		"exposed_secrets":            func(s *site) { s.files["/.env"] = "APP_ENV=prod\nDB_PASSWORD=x\n" },
		"exposed_backup":             func(s *site) { s.files["/backup.zip"] = "PK\x03\x04rest" },
		"exposed_info": func(s *site) {
			s.files["/server-status"] = "<title>Apache Status</title><h1>Apache Server Status for x</h1>"
		},
		"exposed_listing": func(s *site) { s.files["/paveikslai/"] = "<title>Index of /paveikslai</title>" },
		"version_file":    func(s *site) { s.files["/wp-links-opml.php"] = `<!-- generator="WordPress/6.1.1" -->` },

		"certificate_expired":   func(s *site) { s.chain = issue(func(c *tlsCert) { c.NotBefore, c.NotAfter = ago(40), ago(1) }) },
		"certificate_ends_soon": func(s *site) { s.chain = issue(func(c *tlsCert) { c.NotBefore, c.NotAfter = ago(40), ago(-5) }) },
		"certificate_self_signed": func(s *site) {
			s.chain = func(t *testing.T, _ certtest.Pair) tls.Certificate {
				return certtest.TLS(certtest.SelfSigned(t, "127.0.0.1"))
			}
		},
		"certificate_unknown_issuer": func(s *site) {
			s.chain = func(t *testing.T, _ certtest.Pair) tls.Certificate {
				other := certtest.Root(t, "Other")
				return certtest.TLS(other.Issue(t, "127.0.0.1"), other)
			}
		},
		"certificate_missing_intermediate": func(s *site) {
			s.chain = func(t *testing.T, root certtest.Pair) tls.Certificate {
				return certtest.TLS(root.Authority(t, "Between").Issue(t, "127.0.0.1", certtest.FetchedAt("http://ca.example/between.crt")))
			}
		},
		"certificate_wrong_name": func(s *site) {
			s.chain = func(t *testing.T, root certtest.Pair) tls.Certificate {
				return certtest.TLS(root.Issue(t, "www.other.example"))
			}
		},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s := good()
			spoil(s)
			r := s.look(t)
			if r.Outcome != look.OK {
				t.Fatalf("%s: %+v", r.Outcome, r.Problem)
			}
			if got := codes(r); !slices.Equal(got, []string{code}) {
				t.Errorf("found is %v", got)
			}
			if critical := r.Web.Findings[0].Severity == look.Critical; critical != (r.Web.Grade == "F") {
				t.Errorf("its grade is %s, and what was found is %s", r.Web.Grade, r.Web.Findings[0].Severity)
			}
		})
	}
}

// A website that browsers refuse for its old TLS is not read; what is wrong is told.
func TestOnlyOldVersionsOfTLS(t *testing.T) {
	s := good()
	s.versions = [2]uint16{tls.VersionTLS10, tls.VersionTLS11}
	r := s.look(t)
	if got := codes(r); r.Outcome != look.Failed || r.Web.Grade != "" || !slices.Equal(got, []string{"tls_only_old"}) || r.Web.Certificate == nil {
		t.Errorf("%s, grade %q, %v", r.Outcome, r.Web.Grade, got)
	}
	want := []look.Sample{{Name: metric.WebsiteTrouble, Labels: look.Labels("trouble", metric.TroubleSecurity), Value: 1}}
	if !cmp.Equal(r.Samples, want) {
		t.Errorf("samples are %+v", r.Samples)
	}
}

func TestSeveralFaultsOfACertificateAreToldAtOnce(t *testing.T) {
	s := good()
	s.chain = func(t *testing.T, _ certtest.Pair) tls.Certificate {
		return certtest.TLS(certtest.SelfSigned(t, "www.other.example", func(c *tlsCert) { c.NotBefore, c.NotAfter = ago(60), ago(1) }))
	}
	got := codes(s.look(t))
	for _, want := range []string{"certificate_expired", "certificate_self_signed", "certificate_wrong_name"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing in %v", want, got)
		}
	}
}

// A website that answers everything with the same page has no files that must not
// be public, whatever it says.
func TestAnswersToEverythingAreNoFiles(t *testing.T) {
	for _, text := range []string{"<html>Welcome</html>", "ref: refs/heads/main\n", "PK\x03\x04", "DB_PASSWORD=x\n", "<title>Index of /x</title>", "-----BEGIN PRIVATE KEY-----", `generator="WordPress/6.1"`} {
		s := good()
		s.anything = text
		if r := s.look(t); len(r.Web.Findings) != 0 {
			t.Errorf("%q: %v", text, codes(r))
		}
	}
}

// Whatever people forget is found, each by its own content, and told as public.
func TestForgottenFilesAreFound(t *testing.T) {
	for name, content := range forgotten() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := good()
			s.files["/"+name] = content
			r := s.look(t)
			if len(r.Web.Findings) != 1 || r.Web.Findings[0].Subject != "/"+name {
				t.Fatalf("found %+v", r.Web.Findings)
			}
			// The same name with a page behind it is no finding.
			s.files["/"+name] = "<html><title>Not here</title>"
			if r := s.look(t); len(r.Web.Findings) != 0 {
				t.Errorf("a page there is told as %+v", r.Web.Findings)
			}
		})
	}
}

func TestAWebsiteWithoutEncryption(t *testing.T) {
	s := good()
	s.page += `<form action="/login"><input type="password"></form>`
	server := httptest.NewServer(s)
	defer server.Close()
	w, err := website.New(server.URL, website.Options{Pause: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	r := w.Look(t.Context())
	if got := codes(r); !slices.Equal(got, []string{"no_https", "password_plain"}) || r.Web.Grade != "F" || r.Web.Certificate != nil {
		t.Errorf("%s %v %+v", r.Web.Grade, got, r.Web.Certificate)
	}
}

// Where a website sends its visitors to another one, it is judged itself, and the
// other is not, whether or not it answers.
func TestAnotherWebsiteIsNotJudged(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler()) // without a single header, and without encryption
	for name, to := range map[string]string{"that answers": strings.Replace(other.URL, "127.0.0.1", "localhost", 1), "that is gone": "http://localhost:1/"} {
		t.Run(name, func(t *testing.T) {
			s := good()
			s.header.Set("Location", to)
			s.status = http.StatusFound
			r := s.look(t)
			if got := codes(r); !slices.Equal(got, []string{"redirect_elsewhere"}) || r.Outcome != look.OK || r.Web.Grade != "A" {
				t.Errorf("%s %v, grade %q, %+v", r.Outcome, got, r.Web.Grade, r.Problem)
			}
		})
	}
	other.Close()
}

// A website that does not want to be asked is left alone, and nothing is claimed
// of files that were not asked for.
func TestAWebsiteThatHasEnoughIsLeftAlone(t *testing.T) {
	var asked atomic.Int32
	s := good()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" && asked.Add(1) > 5 {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		s.ServeHTTP(w, r)
	}))
	defer server.Close()
	w, err := website.New(server.URL, website.Options{Pause: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	r := w.Look(t.Context())
	if got := codes(r); !slices.Contains(got, "files_unasked") || asked.Load() != 6 {
		t.Errorf("asked %d times, %v", asked.Load(), got)
	}
	for _, sample := range r.Samples {
		if slices.Contains(sample.Labels, look.Label{Name: "trouble", Value: metric.TroubleExposed}) {
			t.Errorf("told of files that were not asked for: %+v", sample)
		}
	}
}

// Names and passwords of the address are asked with, and told to nobody.
func TestSecretsOfTheAddressAreNotTold(t *testing.T) {
	s := good()
	server := httptest.NewServer(s)
	defer server.Close()
	w, err := website.New(strings.Replace(server.URL, "http://", "http://budi:slaptas@", 1), website.Options{Pause: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(w.Look(t.Context()))
	if err != nil || strings.Contains(string(text), "slaptas") {
		t.Errorf("%v %s", err, text)
	}
}

func TestWithoutAnAnswerThereIsNoGrade(t *testing.T) {
	s := good()
	s.status = http.StatusBadGateway
	if r := s.look(t); r.Outcome != look.Failed || r.Web.Grade != "" || r.Problem.Code != probe.CodeUnexpectedStatus {
		t.Errorf("%s %+v", r.Outcome, r.Web)
	}
	w, err := website.New("https://127.0.0.1:1/", website.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r := w.Look(t.Context()); r.Outcome != look.Unreachable || r.Problem.Code != probe.CodeRefused {
		t.Errorf("%s %+v", r.Outcome, r.Problem)
	}
	for _, target := range []string{"", "tcp://127.0.0.1:1", "ftp://x"} {
		if _, err := website.New(target, website.Options{}); err == nil {
			t.Errorf("%q is a website", target)
		}
	}
}

func TestEachCodeHasTextsAndAWeight(t *testing.T) {
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range website.Codes() {
		for _, lang := range i18n.Languages() {
			for _, key := range []string{"finding." + code, "finding." + code + ".do"} {
				if !c.Has(lang, key) {
					t.Errorf("%s: %s is missing", lang, key)
				}
			}
		}
	}
	points := website.Points([]look.Finding{{Code: "csp_missing"}, {Code: "csp_missing"}, {Code: "hsts_missing"}})
	if want := 100 - website.Weight("csp_missing") - website.Weight("hsts_missing"); points != want {
		t.Errorf("%d points, not %d", points, want)
	}
}

func TestTheDocumentHasEachCodeWithItsWeight(t *testing.T) {
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range website.Codes() {
		if row := fmt.Sprintf("| `%s` | %d |", code, website.Weight(code)); !strings.Contains(string(text), row) {
			t.Errorf("docs/security.md has no row %q", row)
		}
	}
}

func FuzzPage(f *testing.F) {
	f.Add("<html><form action=http://x><input type=password>", "a=b; Path=/", "script-src *")
	f.Add(strings.Repeat("<div>", 3000)+"<img srcset=',,, http://a 2x'>", "=;", ";;,")
	f.Fuzz(func(t *testing.T, page, cookie, policy string) {
		s := good()
		s.page = page
		clean := func(v string) string {
			return strings.Map(func(r rune) rune {
				if r < ' ' || r == 0x7f {
					return -1
				}
				return r
			}, v)
		}
		s.header.Set("Set-Cookie", clean(cookie))
		s.header.Set("Content-Security-Policy", clean(policy))
		server := httptest.NewServer(s)
		defer server.Close()
		w, err := website.New(server.URL, website.Options{Pause: time.Nanosecond})
		if err != nil {
			t.Fatal(err)
		}
		r := w.Look(t.Context())
		if r.Outcome == look.OK && !strings.Contains("ABCDF", r.Web.Grade) {
			t.Errorf("grade %q", r.Web.Grade)
		}
	})
}
