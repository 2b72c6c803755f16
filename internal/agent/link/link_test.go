package link_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/agent/agenttest"
	"github.com/budi-monitor/budi/internal/agent/link"
	"github.com/budi-monitor/budi/internal/sim/freeport"
)

func TestAddresses(t *testing.T) {
	for s, want := range map[string]string{
		"https://budi.school.lt":        "",
		"https://10.0.0.5:8443/":        "",
		" https://[2001:db8::1]:8443/x": "",
		"http://127.0.0.1:8080":         "",
		"http://[::1]:8080":             "",
		"http://localhost:8080":         "",
		"http://budi.school.lt":         "use https://",
		"http://127.0.0.1.evil.lt":      "use https://",
		"http://10.0.0.5:8080":          "use https://",
		"ftp://budi.school.lt":          `begins with "ftp:"`,
		"budi.school.lt:8443":           "must look like",
		"https://":                      "must look like",
		"https://:8443":                 "must look like",
		"":                              "must look like",
		"https://u:p@budi.school.lt":    "user or password",
		"https://budi.school.lt/?a=b":   `without "?"`,
		"https://budi.school.lt/#a":     `without "?"`,
		"https://bu di/":                "must look like",
	} {
		_, err := link.New(link.Options{URL: s})
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", s, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), ":p@")):
			t.Errorf("%q: %v", s, err)
		}
	}
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }

func post(t *testing.T, o link.Options) (*link.Client, link.Answer, error) {
	t.Helper()
	c, err := link.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Drop)
	a, err := c.Post(t.Context(), "/x", nil, []byte("body"))
	return c, a, err
}

func TestExactlyOneAuthorityIsTrusted(t *testing.T) {
	now := time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)
	year := now.AddDate(1, 0, 0)
	right, wrong := agenttest.NewAuthority(t, now), agenttest.NewAuthority(t, now)
	good := right.Certificate(t, now, year)
	// Another authority's leaf beside the right authority's certificate.
	mixed := wrong.Certificate(t, now, year)
	mixed.Certificate = [][]byte{mixed.Certificate[0], right.DER}
	leafOnly := good
	leafOnly.Certificate = good.Certificate[:1]
	tests := map[string]struct {
		served tls.Certificate
		at     time.Time
		known  bool // whether it works for who has the certificate
		named  bool // whether it works for who has the fingerprint only
	}{
		"the right one":                        {good, now.Add(time.Hour), true, true},
		"another one":                          {wrong.Certificate(t, now, year), now, false, false},
		"another's leaf, the right authority":  {mixed, now, false, false},
		"the leaf alone":                       {leafOnly, now, true, false},
		"a clock that is ten years behind":     {good, now.AddDate(-10, 0, 0), true, true},
		"a certificate that has ended":         {good, year.Add(time.Hour), false, false},
		"a certificate that has not begun yet": {right.Certificate(t, now.Add(48*time.Hour), year), now, true, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := agenttest.Serve(t, tt.served, http.HandlerFunc(ok))
			clock := func() time.Time { return tt.at }
			for what, c := range map[string]struct {
				o    link.Options
				want bool
			}{
				"certificate": {link.Options{URL: server.URL, CA: right.DER, Now: clock}, tt.known},
				"fingerprint": {link.Options{URL: server.URL, Fingerprint: right.Fingerprint, Now: clock}, tt.named},
			} {
				client, a, err := post(t, c.o)
				switch {
				case c.want && (err != nil || string(a.Body) != "hello" || string(client.CA()) != string(right.DER)):
					t.Errorf("by %s: %v", what, err)
				case !c.want && (!errors.Is(err, link.ErrCertificate) || !strings.Contains(err.Error(), "is this the right collector")):
					t.Errorf("by %s: %v", what, err)
				}
			}
			if _, _, err := post(t, link.Options{URL: server.URL, Now: clock}); err == nil {
				t.Error("the system's authorities vouch for it")
			}
		})
	}
}

// An organisation's authority issues for its printers and its web servers too:
// who keeps one of those must not pass for the collector.
func TestTheNameCountsWhereTheAuthorityIssuesForOthersToo(t *testing.T) {
	now := time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)
	year := now.AddDate(1, 0, 0)
	ca := agenttest.NewAuthorityNamed(t, "Municipality Root CA", now)
	clock := func() time.Time { return now }
	for host, want := range map[string]bool{"127.0.0.1": true, "printer.municipality.lt": false} {
		server := agenttest.Serve(t, ca.CertificateFor(t, now, year, host), http.HandlerFunc(ok))
		for what, o := range map[string]link.Options{
			"certificate": {URL: server.URL, CA: ca.DER, Now: clock},
			"fingerprint": {URL: server.URL, Fingerprint: ca.Fingerprint, Now: clock},
		} {
			_, _, err := post(t, o)
			switch {
			case want && err != nil:
				t.Errorf("a certificate for %s, by %s: %v", host, what, err)
			case !want && !errors.Is(err, link.ErrCertificate):
				t.Errorf("a certificate for %s, by %s: %v", host, what, err)
			}
		}
	}
}

// A session that is resumed is checked, too.
func TestResumedSessionsAreCheckedAndCheap(t *testing.T) {
	now := time.Now()
	ca := agenttest.NewAuthority(t, now.Add(-time.Hour))
	var resumed bool
	server := agenttest.Serve(t, ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour)), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		resumed = r.TLS.DidResume
	}))
	var mu sync.Mutex
	clock := now
	c, err := link.New(link.Options{URL: server.URL, CA: ca.DER, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return clock
	}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := c.Post(t.Context(), "/", nil, nil); err != nil {
			t.Fatal(err)
		}
		c.Drop()
	}
	if !resumed {
		t.Error("the second connection did not resume the session of the first")
	}
	mu.Lock()
	clock = now.Add(2 * time.Hour)
	mu.Unlock()
	if _, err := c.Post(t.Context(), "/", nil, nil); err == nil {
		t.Error("the certificate has ended since, and the session was resumed")
	}
}

func TestHintsSayWhatToDo(t *testing.T) {
	now := time.Now()
	ca := agenttest.NewAuthority(t, now.Add(-time.Hour))
	secure := agenttest.Serve(t, ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour)), http.HandlerFunc(ok))
	plain := httptest.NewServer(http.HandlerFunc(ok))
	defer plain.Close()
	free := freeport.Addr(t)
	denying := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) }))
	defer denying.Close()
	for name, tt := range map[string]struct {
		o    link.Options
		want string
	}{
		"nobody listens":         {link.Options{URL: "https://" + free}, "is the collector running"},
		"no TLS there":           {link.Options{URL: strings.Replace(plain.URL, "http:", "https:", 1)}, "does not speak TLS"},
		"an unknown authority":   {link.Options{URL: secure.URL}, "the whole enrolment token"},
		"a proxy that is gone":   {link.Options{URL: "https://collector.invalid", Proxy: proxy("http://" + free)}, "the proxy does not let"},
		"a proxy that refuses":   {link.Options{URL: "https://collector.invalid", Proxy: proxy(denying.URL)}, "the proxy does not let"},
		"a proxy's secret stays": {link.Options{URL: "https://collector.invalid", Proxy: proxy("http://user:hunter2@" + free)}, "proxy"},
	} {
		_, _, err := post(t, tt.o)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func proxy(s string) func(*http.Request) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return http.ProxyURL(u)
}

func TestThroughAProxy(t *testing.T) {
	now := time.Now()
	ca := agenttest.NewAuthority(t, now.Add(-time.Hour))
	server := agenttest.Serve(t, ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour)), http.HandlerFunc(ok))
	var asked []string
	tunnel := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host+" "+r.Header.Get("Proxy-Authorization"))
		up, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = up.Close() }()
		down, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = down.Close() }()
		_, _ = io.WriteString(down, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(up, down) }()
		_, _ = io.Copy(down, up)
	}))
	defer tunnel.Close()
	at := strings.Replace(tunnel.URL, "http://", "http://u:p@", 1)
	c, a, err := post(t, link.Options{URL: "https://collector.invalid:8443", CA: ca.DER, Proxy: proxy(at)})
	if err != nil || string(a.Body) != "hello" {
		t.Fatalf("%q, %v", a.Body, err)
	}
	if len(asked) != 1 || asked[0] != "CONNECT collector.invalid:8443 Basic dTpw" {
		t.Errorf("the proxy was asked %q", asked)
	}
	c.Drop()
	server.CloseClientConnections()
}

func TestBytesAreCounted(t *testing.T) {
	now := time.Now()
	ca := agenttest.NewAuthority(t, now.Add(-time.Hour))
	server := agenttest.Serve(t, ca.Certificate(t, now.Add(-time.Hour), now.Add(time.Hour)), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(make([]byte, 50_000))
	}))
	c, err := link.New(link.Options{URL: server.URL, CA: ca.DER})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Post(t.Context(), "/", nil, make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	if sent, received := c.Bytes(); sent < 100_000 || sent > 105_000 || received < 50_000 || received > 55_000 {
		t.Errorf("sent %d, received %d", sent, received)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, "-5": 0, "99999999999999999999": 0, "soon": 0,
		"Mon, 07 Sep 2026 08:01:00 GMT": time.Minute, "Mon, 07 Sep 2026 07:00:00 GMT": 0,
	} {
		a := link.Answer{Header: http.Header{"Retry-After": {v}}}
		if got := a.RetryAfter(now); got != want {
			t.Errorf("%q: %v", v, got)
		}
	}
}

func TestAServerThatNeverAnswersIsLeftAtTheDeadline(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	c, err := link.New(link.Options{URL: "https://" + listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Post(ctx, "/", nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
