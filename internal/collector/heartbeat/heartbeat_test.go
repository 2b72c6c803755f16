package heartbeat_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/heartbeat"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// watcher is the other side: it writes down what is called.
type watcher struct {
	*httptest.Server
	calls  chan string
	answer atomic.Pointer[http.HandlerFunc]
}

// answers makes the watcher answer in a way of its own.
func (w *watcher) answers(f http.HandlerFunc) { w.answer.Store(&f) }

func newWatcher(t *testing.T) *watcher {
	t.Helper()
	w := &watcher{calls: make(chan string, 100)}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.calls <- r.Method + " " + r.URL.Path
		if f := w.answer.Load(); f != nil {
			(*f)(rw, r)
		}
	}))
	t.Cleanup(w.Close)
	return w
}

func (w *watcher) called(t *testing.T) string {
	t.Helper()
	select {
	case call := <-w.calls:
		return call
	default:
		return ""
	}
}

const path = "/ping/slaptas-1234"

func TestABeatSaysAliveAndAbleToTell(t *testing.T) {
	w := newWatcher(t)
	trouble := heartbeat.None
	registry := prometheus.NewRegistry()
	now := time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)
	h, err := heartbeat.New(heartbeat.Options{Able: func() heartbeat.Trouble { return trouble }, Registerer: registry, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	h.Beat(t.Context())
	if call := w.called(t); call != "" {
		t.Fatalf("nothing is configured, and %s was called", call)
	}

	h.Set(heartbeat.Config{URL: secret.New(w.URL + path), Method: "POST"})
	h.Beat(t.Context())
	if call := w.called(t); call != "POST "+path {
		t.Errorf("called %q", call)
	}
	if s := h.Status(); s != (heartbeat.Status{Last: now, Good: now}) {
		t.Errorf("the status is %+v", s)
	}

	// Not able to tell: the watcher must hear nothing, so that it speaks up.
	trouble = heartbeat.NotTold
	h.Beat(t.Context())
	if call := w.called(t); call != "" {
		t.Errorf("not able to tell, and %s was called", call)
	}
	if s := h.Status(); s.Trouble != heartbeat.NotTold || s.Failures != 0 {
		t.Errorf("the status is %+v", s)
	}
	// Unless the keeper gave it an address for that.
	h.Set(heartbeat.Config{URL: secret.New(w.URL + path), FailURL: secret.New(w.URL + path + "/fail")})
	h.Beat(t.Context())
	if call := w.called(t); call != "GET "+path+"/fail" {
		t.Errorf("called %q", call)
	}

	trouble = heartbeat.None
	w.answers(func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "no such check", http.StatusNotFound) })
	h.Beat(t.Context())
	h.Beat(t.Context())
	s := h.Status()
	if s.Failures != 2 || !strings.Contains(s.Problem, "404") || !s.Good.IsZero() {
		t.Errorf("the status is %+v", s)
	}
	want := map[string]float64{"beat": 1, "withheld": 1, "trouble": 1, "failed": 2}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		if f.GetName() == "budi_heartbeats_total" {
			for _, m := range f.GetMetric() {
				got[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("counted %v, not %v", got, want)
	}
}

func TestNothingTellsTheAddress(t *testing.T) {
	w := newWatcher(t)
	elsewhere := newWatcher(t)
	var log bytes.Buffer
	answers := map[string]func(http.ResponseWriter, *http.Request){
		"refused": func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "no", http.StatusForbidden) },
		"elsewhere": func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, elsewhere.URL+path, http.StatusFound)
		},
		"no address": func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Location", "http://%zz"+r.URL.RequestURI()+strings.Repeat("x", 100_000))
			rw.WriteHeader(http.StatusFound)
		},
		"round and round": func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, path, http.StatusFound) },
		"broken off": func(rw http.ResponseWriter, _ *http.Request) {
			conn, _, err := rw.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			w.answers(answer)
			h, err := heartbeat.New(heartbeat.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			config := heartbeat.Config{URL: secret.New(w.URL + path)}
			h.Set(config)
			h.Beat(t.Context())
			s := h.Status()
			if s.Failures != 1 || s.Problem == "" {
				t.Errorf("the status is %+v", s)
			}
			if len(s.Problem) > 1000 {
				t.Errorf("the problem has %d bytes", len(s.Problem))
			}
			for _, text := range []string{s.Problem, log.String(), fmt.Sprintf("%+v", config), heartbeat.Shown(config.URL)} {
				if strings.Contains(text, "slaptas") {
					t.Errorf("the address is in %q", text)
				}
			}
		})
	}
	if call := elsewhere.called(t); call != "" {
		t.Errorf("a redirect to another server was followed: %s", call)
	}
}

func TestRedirectsOnTheSameServerAreFollowed(t *testing.T) {
	w := newWatcher(t)
	w.answers(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			http.Redirect(rw, r, path+"/", http.StatusMovedPermanently)
		}
	})
	h, err := heartbeat.New(heartbeat.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h.Set(heartbeat.Config{URL: secret.New(w.URL + path)})
	h.Beat(t.Context())
	if s := h.Status(); s.Failures != 0 || s.Good.IsZero() {
		t.Errorf("the status is %+v", s)
	}
}

// A certificate that nobody vouches for is no watcher.
func TestTLSIsChecked(t *testing.T) {
	w := httptest.NewTLSServer(http.NotFoundHandler())
	defer w.Close()
	h, err := heartbeat.New(heartbeat.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h.Set(heartbeat.Config{URL: secret.New(w.URL + path)})
	h.Beat(t.Context())
	if s := h.Status(); s.Failures != 1 || !strings.Contains(s.Problem, "certificate") {
		t.Errorf("the status is %+v", s)
	}
}

func TestRunBeatsAtOnceAndAgain(t *testing.T) {
	w := newWatcher(t)
	h, err := heartbeat.New(heartbeat.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	h.Set(heartbeat.Config{URL: secret.New(w.URL + "/a"), Interval: time.Hour})
	if call := <-w.calls; call != "GET /a" {
		t.Errorf("called %q", call)
	}
	h.Set(heartbeat.Config{URL: secret.New(w.URL + "/b"), Interval: time.Millisecond})
	for beats := 0; beats < 3; {
		switch call := <-w.calls; call {
		case "GET /b":
			beats++
		case "GET /a": // the start and what was set may be a beat each
			if beats > 0 {
				t.Error("called /a again")
			}
		default:
			t.Errorf("called %q", call)
			beats++
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestValidateTellsEveryMistakeAndNoSecret(t *testing.T) {
	for name, tc := range map[string]struct {
		config heartbeat.Config
		fields string
	}{
		"nothing":              {},
		"all":                  {heartbeat.Config{URL: secret.New("https://user:pass@hc.example:8443/ping/x?status=up"), FailURL: secret.New("http://10.0.0.7/x"), Interval: time.Minute, Method: "HEAD"}, ""},
		"no scheme":            {heartbeat.Config{URL: secret.New("hc.example/slaptas")}, "url"},
		"a file":               {heartbeat.Config{URL: secret.New("file:///etc/slaptas")}, "url"},
		"too long":             {heartbeat.Config{URL: secret.New("https://a/" + strings.Repeat("slaptas", 300))}, "url"},
		"only when it fails":   {heartbeat.Config{FailURL: secret.New("https://a/b")}, "url"},
		"interval and method":  {heartbeat.Config{URL: secret.New("https://a/b"), Interval: time.Second, Method: "DELETE"}, "interval method"},
		"a fail_url like this": {heartbeat.Config{URL: secret.New("https://a/b"), FailURL: secret.New("slaptas")}, "fail_url"},
	} {
		t.Run(name, func(t *testing.T) {
			err := strictyaml.Validate("test", tc.config.Validate)
			var problems strictyaml.Errors
			if err != nil && !errors.As(err, &problems) {
				t.Fatal(err)
			}
			var fields []string
			for _, p := range problems {
				fields = append(fields, p.Field)
			}
			if got := strings.Join(fields, " "); got != tc.fields {
				t.Errorf("problems in %q, not %q", got, tc.fields)
			}
			if err != nil && strings.Contains(err.Error(), "slaptas") {
				t.Errorf("%v", err)
			}
		})
	}
}
