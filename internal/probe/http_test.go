package probe_test

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/website"
)

func startSite(t testing.TB) *website.Server {
	t.Helper()
	s, err := website.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// texts is the catalogue, read once.
var texts = sync.OnceValues(i18n.Load)

// lookAt looks once and checks what holds for every look: it ends in time, its
// samples are in the catalogue, and probe_success fits the outcome.
func lookAt(t testing.TB, spec probe.Spec, opts probe.Options) look.Result {
	t.Helper()
	p, err := probe.New(spec, opts)
	if err != nil {
		t.Fatal(err)
	}
	timeout := spec.Timeout
	if timeout == 0 {
		timeout = probe.DefaultTimeout
	}
	r := p.Look(context.Background())
	if r.Duration > timeout+20*time.Second { // that it ends; a busy computer may be slow
		t.Errorf("the look took %v with a timeout of %v", r.Duration, timeout)
	}
	check(t, r)
	return r
}

func check(t testing.TB, r look.Result) {
	t.Helper()
	known := map[string]metric.Def{metric.LookUnknown: {Name: metric.LookUnknown}}
	for _, d := range metric.All() {
		known[d.Name] = d
	}
	seen := map[string]bool{}
	for _, s := range r.Samples {
		def, ok := known[s.Name]
		if !ok {
			t.Errorf("sample %s is not in the catalogue", s.Name)
		}
		key := s.Name
		var names []string
		for _, l := range s.Labels {
			key += "," + l.Name + "=" + l.Value
			names = append(names, l.Name)
		}
		if !slices.Equal(names, def.Labels) {
			t.Errorf("sample %s has the labels %v, the catalogue %v", s.Name, names, def.Labels)
		}
		if seen[key] {
			t.Errorf("sample %s is there twice", key)
		}
		seen[key] = true
	}
	success, hasSuccess := sample(r, metric.ProbeSuccess)
	unknown, _ := sample(r, metric.LookUnknown)
	switch {
	case r.Outcome == look.Unknown:
		if hasSuccess || unknown != 1 {
			t.Errorf("an unknown result has the samples %v", r.Samples)
		}
	case !hasSuccess || unknown != 0 || (success == 1) != (r.Outcome == look.OK):
		t.Errorf("outcome %s with the samples %v", r.Outcome, r.Samples)
	}
	if (r.Problem == nil) != (r.Outcome == look.OK) {
		t.Errorf("outcome %s with the problem %+v", r.Outcome, r.Problem)
	}
	if r.Problem != nil && probe.Codes()[r.Problem.Code] != r.Outcome {
		t.Errorf("code %s came with the outcome %s", r.Problem.Code, r.Outcome)
	}
	if r.Problem != nil {
		texts, err := texts()
		if err != nil {
			t.Fatal(err)
		}
		args := map[string]any{}
		for k, v := range r.Problem.Args {
			args[k] = v
		}
		for _, lang := range i18n.Languages() {
			if text := texts.Text(lang, "problem."+r.Problem.Code, args); strings.Contains(text, "<no value>") {
				t.Errorf("%s: the sentence lacks a value: %s", lang, text)
			}
		}
	}
	if r.Samples == nil || r.Facts == nil || r.Time.IsZero() || r.Target == "" || r.Kind == "" {
		t.Errorf("the result is not filled: %+v", r)
	}
}

func sample(r look.Result, name string, labels ...string) (float64, bool) {
	for _, s := range r.Samples {
		if s.Name == name && slices.Equal(s.Labels, look.Labels(labels...)) {
			return s.Value, true
		}
	}
	return 0, false
}

func wantSample(t testing.TB, r look.Result, want float64, name string, labels ...string) {
	t.Helper()
	if got, ok := sample(r, name, labels...); !ok || got != want {
		t.Errorf("%s%v is %v (there: %v), want %v", name, labels, got, ok, want)
	}
}

func wantProblem(t testing.TB, r look.Result, code string) {
	t.Helper()
	if r.Problem == nil || r.Problem.Code != code {
		t.Errorf("outcome %s, problem %+v; want the code %s", r.Outcome, r.Problem, code)
	}
}

func TestAGoodPageIsOKByHTTPAndHTTPS(t *testing.T) {
	s := startSite(t)
	for _, tc := range []struct {
		url     string
		version float64
		secure  float64
	}{{s.URL("/"), 1.1, 0}, {s.SecureURL("/"), 2, 1}} {
		r := lookAt(t, probe.Spec{Target: tc.url, HTTP: probe.HTTPSpec{Contains: []string{"It works"}, NotContains: []string{"hacked"}}}, probe.Options{Roots: s.Roots()})
		if r.Outcome != look.OK {
			t.Fatalf("%s: %+v", tc.url, r.Problem)
		}
		wantSample(t, r, 200, metric.ProbeHTTPStatusCode)
		wantSample(t, r, tc.version, metric.ProbeHTTPVersion)
		wantSample(t, r, tc.secure, metric.ProbeHTTPSSL)
		wantSample(t, r, 4, metric.ProbeIPProtocol)
		wantSample(t, r, 0, metric.ProbeHTTPRedirects)
		wantSample(t, r, 34, metric.ProbeHTTPUncompressedBodyLength)
		wantSample(t, r, 0, metric.ProbeDNSLookupTime)
		for _, phase := range []string{"connect", "processing", "transfer"} {
			if v, ok := sample(r, metric.ProbeHTTPDuration, "phase", phase); !ok || v <= 0 {
				t.Errorf("%s: phase %s took %v", tc.url, phase, v)
			}
		}
		handshake, _ := sample(r, metric.ProbeHTTPDuration, "phase", "tls")
		expiry, hasExpiry := sample(r, metric.ProbeSSLEarliestCertExpiry)
		if secure := tc.secure == 1; secure != (handshake > 0) || secure != hasExpiry {
			t.Errorf("%s: TLS phase %v, certificate expiry %v", tc.url, handshake, expiry)
		}
		if tc.secure == 1 {
			wantSample(t, r, 1, metric.ProbeTLSVersionInfo, "version", "TLS 1.3")
			if left := time.Until(time.Unix(int64(expiry), 0)); left < 89*24*time.Hour || left > 90*24*time.Hour {
				t.Errorf("the certificate expires in %v, want 90 days", left)
			}
		}
	}
	if agents := s.Agents(); len(agents) != 1 || !strings.HasPrefix(agents[0], "budi/") {
		t.Errorf("the User-Agent was %q", agents)
	}
}

func TestAMisbehavingWebsiteIsToldApart(t *testing.T) {
	zero := 0
	const short = 2 * time.Second // for all that comes before what is waited for in vain
	for _, tc := range []struct {
		name      string
		behaviour http.Handler
		timeout   time.Duration
		spec      probe.HTTPSpec
		code      string // "" means OK
		secure    string // the code by HTTPS (HTTP/2) where it is another; "-" means not to be tried
	}{
		{name: "status 503", behaviour: website.Status(503), code: probe.CodeUnexpectedStatus},
		{name: "status 404 that is expected", behaviour: website.Status(404), spec: probe.HTTPSpec{ExpectStatus: []string{"200", "404-410"}}},
		{name: "a text is missing", behaviour: website.Page("abc"), spec: probe.HTTPSpec{Contains: []string{"abc", "biblioteka"}}, code: probe.CodeTextMissing},
		{name: "a forbidden text is there", behaviour: website.Page("hacked by"), spec: probe.HTTPSpec{NotContains: []string{"hacked"}}, code: probe.CodeTextForbidden},
		{name: "never answers", behaviour: website.Hang(), timeout: short, code: probe.CodeResponseTimeout},
		{name: "slow, but in time", behaviour: website.Slow(50*time.Millisecond, website.Page("x"))},
		{name: "endless page is read to the limit only", behaviour: website.EndlessBody("welcome"), spec: probe.HTTPSpec{Contains: []string{"welcome"}}},
		{name: "endless page without the text", behaviour: website.EndlessBody("welcome"), spec: probe.HTTPSpec{Contains: []string{"missing"}}, code: probe.CodeBodyTooLarge},
		{name: "gzip bomb is unpacked to the limit only", behaviour: website.GzipBomb(16 << 20)},
		{name: "gzip bomb without the text", behaviour: website.GzipBomb(16 << 20), spec: probe.HTTPSpec{Contains: []string{"x"}}, code: probe.CodeBodyTooLarge},
		{name: "endless redirects", behaviour: website.RedirectLoop(), code: probe.CodeTooManyRedirects},
		{name: "redirect that is not to be followed", behaviour: website.RedirectLoop(), spec: probe.HTTPSpec{MaxRedirects: &zero}, code: probe.CodeUnexpectedStatus},
		{name: "redirect that is expected", behaviour: website.RedirectLoop(), spec: probe.HTTPSpec{MaxRedirects: &zero, ExpectStatus: []string{"302"}}},
		{name: "redirect to a file", behaviour: website.Redirect("file:///etc/passwd", 302), code: probe.CodeRedirectRefused},
		{name: "redirect to nonsense", behaviour: website.Redirect("http://[::1", 302), code: probe.CodeBadResponse},
		{name: "redirect until the cookie comes back", behaviour: website.CookieWall(website.Page("x"))},
		{name: "header bomb", behaviour: website.HeaderBomb(), code: probe.CodeHeaderTooLarge, secure: probe.CodeBadResponse}, // net/http calls it a breach of HTTP/2
		{name: "drips for ever", behaviour: website.Drip(10 * time.Millisecond), timeout: short, code: probe.CodeTransferTimeout},
		{name: "shorter than promised", behaviour: website.WrongLength(), code: probe.CodeBodyCut, secure: probe.CodeClosed},
		{name: "rubbish", behaviour: website.Rubbish(), code: probe.CodeBadResponse, secure: probe.CodeClosed},
		{name: "rubbish as status", behaviour: website.Raw("HTTP/1.1 abc OK\r\n\r\n"), code: probe.CodeBadResponse, secure: "-"},
		{name: "rubbish as length", behaviour: website.Raw("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"), code: probe.CodeBadResponse, secure: "-"},
		{name: "rubbish as chunks", behaviour: website.Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), code: probe.CodeBadResponse, secure: "-"},
		{name: "rubbish as gzip", behaviour: website.Raw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n012345678901234567890123456789"), code: probe.CodeBadResponse, secure: "-"},
		{name: "closed in the middle of the header", behaviour: website.Raw("HTTP/1.1 200 OK\r\nX-A: "), code: probe.CodeBodyCut, secure: "-"},
		{name: "closed without an answer", behaviour: website.CloseUnanswered(), code: probe.CodeClosed},
		{name: "reset in the middle of the page", behaviour: website.ResetMidBody(), code: probe.CodeBodyCut},
		{name: "endless interim answers", behaviour: website.Raw(strings.Repeat("HTTP/1.1 103 Early Hints\r\nX-A: "+strings.Repeat("x", 1000)+"\r\n\r\n", 200)), code: probe.CodeHeaderTooLarge, secure: "-"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := startSite(t)
			s.Set(tc.behaviour)
			for _, secure := range []bool{false, true} {
				url, want := s.URL("/"), tc.code
				if secure {
					if url = s.SecureURL("/"); tc.secure != "" {
						want = tc.secure
					}
				}
				if want == "-" {
					continue
				}
				r := lookAt(t, probe.Spec{Target: url, Timeout: tc.timeout, HTTP: tc.spec}, probe.Options{Roots: s.Roots()})
				if want == "" && r.Problem != nil {
					t.Errorf("%s: %+v, want OK", url, r.Problem)
				} else if want != "" {
					wantProblem(t, r, want)
				}
				if n, _ := sample(r, metric.ProbeHTTPUncompressedBodyLength); n > probe.MaxBody {
					t.Errorf("%s: read %v bytes", url, n)
				}
			}
		})
	}
}

func TestCertificatesAreToldApartAndTheirExpiryIsGiven(t *testing.T) {
	s := startSite(t)
	for cert, want := range map[website.Cert]string{
		website.Good:        "",
		website.SoonOver:    "",
		website.Expired:     probe.CodeTLSExpired,
		website.NotYetValid: probe.CodeTLSNotYetValid,
		website.WrongName:   probe.CodeTLSWrongName,
		website.SelfSigned:  probe.CodeTLSUnknownIssuer,
	} {
		s.SetCert(cert)
		for _, target := range []string{s.SecureURL("/"), "tls://" + s.SecureAddress()} {
			r := lookAt(t, probe.Spec{Target: target}, probe.Options{Roots: s.Roots()})
			if want == "" && r.Problem != nil {
				t.Errorf("%s, certificate %s: %+v", target, cert, r.Problem)
			} else if want != "" {
				wantProblem(t, r, want)
			}
			if _, ok := sample(r, metric.ProbeSSLEarliestCertExpiry); !ok {
				t.Errorf("%s, certificate %s: no expiry", target, cert)
			}
		}
	}
}

func TestTheExpiryIsThatOfTheSiteAskedFor(t *testing.T) {
	asked, other := startSite(t), startSite(t)
	asked.SetCert(website.SoonOver)
	asked.Set(website.Redirect(other.SecureURL("/"), http.StatusMovedPermanently))
	roots := asked.Roots()
	roots.AppendCertsFromPEM(other.RootPEM())
	r := lookAt(t, probe.Spec{Target: asked.SecureURL("/")}, probe.Options{Roots: roots})
	if r.Outcome != look.OK {
		t.Fatalf("%+v", r.Problem)
	}
	wantSample(t, r, 1, metric.ProbeHTTPRedirects)
	expiry, _ := sample(r, metric.ProbeSSLEarliestCertExpiry)
	if left := time.Until(time.Unix(int64(expiry), 0)); left > 3*24*time.Hour {
		t.Errorf("the certificate expires in %v: that is the other site's", left)
	}

	plain := startSite(t)
	plain.Set(website.Redirect(asked.SecureURL("/"), http.StatusMovedPermanently))
	r = lookAt(t, probe.Spec{Target: plain.URL("/")}, probe.Options{Roots: roots})
	expiry, _ = sample(r, metric.ProbeSSLEarliestCertExpiry)
	if left := time.Until(time.Unix(int64(expiry), 0)); left > 3*24*time.Hour {
		t.Errorf("from http: the certificate expires in %v, want the first site's that has one", left)
	}
}

func TestASiteThatIsDownOrMuteIsUnreachable(t *testing.T) {
	s := startSite(t)
	s.SetMute(true)
	const short = 2 * time.Second // enough to connect
	opts := probe.Options{Roots: s.Roots()}
	wantProblem(t, lookAt(t, probe.Spec{Target: s.URL("/"), Timeout: short}, opts), probe.CodeResponseTimeout)
	wantProblem(t, lookAt(t, probe.Spec{Target: s.SecureURL("/"), Timeout: short}, opts), probe.CodeTLSTimeout)
	wantProblem(t, lookAt(t, probe.Spec{Target: "tls://" + s.SecureAddress(), Timeout: short}, opts), probe.CodeTLSTimeout)
	s.SetMute(false)

	s.Down()
	for _, target := range []string{s.URL("/"), s.SecureURL("/"), "tcp://" + s.Address(), "tls://" + s.SecureAddress()} {
		wantProblem(t, lookAt(t, probe.Spec{Target: target}, opts), probe.CodeRefused)
	}
	if err := s.Up(); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{s.URL("/"), s.SecureURL("/"), "tcp://" + s.Address(), "tls://" + s.SecureAddress()} {
		if r := lookAt(t, probe.Spec{Target: target}, opts); r.Outcome != look.OK {
			t.Errorf("%s: %+v", target, r.Problem)
		}
	}
	wantProblem(t, lookAt(t, probe.Spec{Target: "tls://" + s.Address()}, opts), probe.CodeTLSFailed)
	wantProblem(t, lookAt(t, probe.Spec{Target: "https://" + s.Address()}, opts), probe.CodeTLSFailed)
}

func TestALookThatIsStoppedIsUnknown(t *testing.T) {
	s := startSite(t)
	s.Set(website.Hang())
	p, err := probe.New(probe.Spec{Target: s.URL("/")}, probe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan look.Result)
	go func() { done <- p.Look(ctx) }()
	waitFor(t, func() bool { return s.Requests() > 0 })
	cancel()
	r := <-done
	check(t, r)
	wantProblem(t, r, probe.CodeCancelled)
}

func TestEveryLookHasAConnectionOfItsOwn(t *testing.T) {
	s := startSite(t)
	for _, target := range []string{s.URL("/"), s.SecureURL("/")} {
		p, err := probe.New(probe.Spec{Target: target}, probe.Options{Roots: s.Roots()})
		if err != nil {
			t.Fatal(err)
		}
		const at, each = 8, 5 // looks at once, one after the other
		before := s.Connections()
		var all sync.WaitGroup
		for range at {
			all.Go(func() {
				for range each {
					if r := p.Look(context.Background()); r.Outcome != look.OK {
						t.Errorf("%s: %+v", target, r.Problem)
					}
				}
			})
		}
		all.Wait()
		if n := s.Connections() - before; n != at*each {
			t.Errorf("%s: %d looks made %d connections", target, at*each, n)
		}
	}
}

func TestPasswordsAreSentAndNotShown(t *testing.T) {
	s := startSite(t)
	s.Set(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "jonas" || password != "slapta" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	target := strings.Replace(s.URL("/x"), "//", "//jonas:slapta@", 1)
	r := lookAt(t, probe.Spec{Target: target}, probe.Options{})
	if r.Outcome != look.OK {
		t.Errorf("the password was not sent: %+v", r.Problem)
	}
	if want := strings.Replace(s.URL("/x"), "//", "//***@", 1); r.Target != want {
		t.Errorf("target is shown as %q, want %q", r.Target, want)
	}
	s.Down()
	r = lookAt(t, probe.Spec{Target: target}, probe.Options{})
	if strings.Contains(r.Problem.Detail, "slapta") {
		t.Errorf("the detail shows the password: %q", r.Problem.Detail)
	}
	s.Up()
	s.Set(website.Redirect("ftp://jonas:slapta@example.lt/", 302))
	r = lookAt(t, probe.Spec{Target: target}, probe.Options{})
	wantProblem(t, r, probe.CodeRedirectRefused)
	if got := r.Problem.Args["location"]; got != "ftp://***@example.lt/" {
		t.Errorf("the redirect's target is shown as %q", got)
	}
}

func TestTheProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	s := startSite(t)
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	if r := lookAt(t, probe.Spec{Target: s.URL("/")}, probe.Options{}); r.Outcome != look.OK {
		t.Errorf("%+v", r.Problem)
	}
}

func TestATextAcrossTwoPiecesIsFound(t *testing.T) {
	s := startSite(t)
	for at := 8<<10 - 12; at < 8<<10+2; at++ {
		s.Set(website.Page(strings.Repeat("x", at) + "needle" + strings.Repeat("y", 40<<10)))
		r := lookAt(t, probe.Spec{Target: s.URL("/"), HTTP: probe.HTTPSpec{Contains: []string{"needle"}}}, probe.Options{})
		if r.Outcome != look.OK {
			t.Fatalf("text at %d: %+v", at, r.Problem)
		}
	}
}

// Hostile websites must not be able to make us hold on to memory, connections
// or goroutines.
func TestNothingIsLeftBehindByHostileWebsites(t *testing.T) {
	s := startSite(t)
	opts := probe.Options{Roots: s.Roots()}
	before := runtime.NumGoroutine()
	for _, h := range []http.Handler{website.EndlessBody(""), website.HeaderBomb(), website.RedirectLoop(), website.Hang(), website.Drip(time.Millisecond), website.ResetMidBody()} {
		s.Set(h)
		for _, target := range []string{s.URL("/"), s.SecureURL("/")} {
			lookAt(t, probe.Spec{Target: target, Timeout: 200 * time.Millisecond}, opts)
		}
	}
	s.SetMute(true)
	lookAt(t, probe.Spec{Target: s.SecureURL("/"), Timeout: 200 * time.Millisecond}, opts)
	s.SetMute(false)
	waitFor(t, func() bool { return runtime.NumGoroutine() <= before+2 })

	s.Set(website.GzipBomb(32 << 20))
	var m0, m1 runtime.MemStats
	runtime.ReadMemStats(&m0)
	lookAt(t, probe.Spec{Target: s.URL("/"), HTTP: probe.HTTPSpec{Contains: []string{"x"}}}, opts)
	runtime.ReadMemStats(&m1)
	if used := m1.TotalAlloc - m0.TotalAlloc; used > 8<<20 {
		t.Errorf("a look at a gzip bomb took %d KiB of memory", used>>10)
	}
}

// waitFor waits until a condition holds.
func waitFor(t testing.TB, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			buf := make([]byte, 1<<16)
			t.Fatalf("still not so after a minute\n%s", buf[:runtime.Stack(buf, true)])
		}
	}
}
