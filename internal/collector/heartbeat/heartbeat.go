// Package heartbeat tells a watcher elsewhere that the collector is alive and
// able to tell people of faults: it calls an address of the keeper's choice at
// each interval. A collector that died, lost its power or its line calls no
// more, and the watcher (healthchecks.io, Uptime Kuma, another Budi) tells the
// keeper. Whether the collector is able to tell is the composition's to say.
//
// A beat that fails is counted and shown (Status), and that is all: the one who
// tells of missing beats is the watcher, and a mail here for each would be the
// storm that this product is there to prevent. The addresses are secrets; no
// error, log line or Status holds one.
package heartbeat

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/secret"
)

// Bounds of one call.
const (
	within       = 10 * time.Second
	maxRedirects = 3
	maxProblem   = 300      // bytes of the text of an error
	maxBody      = 64 << 10 // bytes of an answer that are read, so that the connection can be used again
)

// Trouble is why the collector is not able to tell people of faults.
type Trouble string

// The troubles.
const (
	None      Trouble = ""
	NotStored Trouble = "not_stored" // what the rules say is not evaluated or cannot be stored
	NotTold   Trouble = "not_told"   // messages wait and do not go out
)

// Options are a Heart's settings. Zero values mean what is said beside them.
type Options struct {
	Able       func() Trouble        // asked before each beat; nil: always able
	UserAgent  string                // empty: Go's
	Roots      *x509.CertPool        // authorities that are trusted; nil: the system's
	Logger     *slog.Logger          // nil: nothing is logged
	Registerer prometheus.Registerer // nil: nothing is registered
	Now        func() time.Time      // nil: time.Now
}

// Heart beats. It is safe for concurrent use.
type Heart struct {
	opts   Options
	client *http.Client
	beats  *prometheus.CounterVec
	last   prometheus.Gauge
	wake   chan struct{} // capacity 1: the configuration changed

	beating sync.Mutex // one beat at a time

	mu     sync.Mutex // guards what follows
	config Config
	status Status
}

// Status is how the newest beats went.
type Status struct {
	Last     time.Time // when something was called, or would have been; zero: not yet
	Good     time.Time // when the watcher last took a beat; zero: not yet
	Failures int       // calls that went wrong since the last that went well
	Problem  string    // of the last call; technical, English, without the address; "": it went well
	Trouble  Trouble   // why the last beat was withheld; None: it was not
}

// The values of the label "result".
const (
	resultBeat     = "beat"     // the watcher took it
	resultFailTold = "trouble"  // fail_url was called and answered
	resultWithheld = "withheld" // not able to tell, and there is no fail_url
	resultFailed   = "failed"   // the call went wrong
)

// New makes a Heart that beats for nobody until Set.
func New(o Options) (*Heart, error) {
	if o.Able == nil {
		o.Able = func() Trouble { return None }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Logger = o.Logger.With("component", "heartbeat")
	h := &Heart{opts: o, wake: make(chan struct{}, 1),
		beats: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "budi_heartbeats_total",
			Help: "Beats for the watcher elsewhere, by what came of them: beat, trouble, withheld or failed."}, []string{"result"}),
		last: prometheus.NewGauge(prometheus.GaugeOpts{Name: "budi_heartbeat_last_success_timestamp_seconds",
			Help: "Unix time of the last beat that the watcher elsewhere took; 0: there was none."}),
	}
	h.client = &http.Client{
		// One idle connection is kept; a proxy is not used.
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
			MaxIdleConns: 1, IdleConnTimeout: 2 * time.Minute, TLSHandshakeTimeout: within,
		},
		Timeout: within, CheckRedirect: stay,
	}
	if o.Registerer != nil {
		if err := errors.Join(o.Registerer.Register(h.beats), o.Registerer.Register(h.last)); err != nil {
			return nil, fmt.Errorf("register the metrics of the heartbeat: %w", err)
		}
	}
	return h, nil
}

var errElsewhere = errors.New("the answer is a redirect to another server, which is not followed")

// stay follows redirects on the same server only: whoever holds the other end
// of an old address must not have our calls go anywhere else.
func stay(req *http.Request, via []*http.Request) error {
	if first := via[0].URL; req.URL.Scheme != first.Scheme || req.URL.Host != first.Host {
		return errElsewhere
	}
	if len(via) > maxRedirects {
		return fmt.Errorf("the answer is more than %d redirects", maxRedirects)
	}
	return nil
}

// Set changes whom the beats are for; the next one comes at once.
func (h *Heart) Set(c Config) {
	h.mu.Lock()
	same := h.config.Every() == c.Every() && h.config.Method == c.Method &&
		h.config.URL.Reveal() == c.URL.Reveal() && h.config.FailURL.Reveal() == c.FailURL.Reveal()
	h.config = c
	if !same {
		h.status = Status{}
	}
	h.mu.Unlock()
	if same {
		return
	}
	select {
	case h.wake <- struct{}{}:
	default: // it is going to look anyway
	}
}

// Status tells how the newest beats went.
func (h *Heart) Status() Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.status
}

// Run beats until ctx ends.
func (h *Heart) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			h.client.CloseIdleConnections()
			return nil
		case <-h.wake:
		case <-timer.C:
		}
		h.Beat(ctx)
		h.mu.Lock()
		timer.Reset(h.config.Every())
		h.mu.Unlock()
	}
}

// Beat makes one beat now, if there is anybody to beat for.
func (h *Heart) Beat(ctx context.Context) {
	h.beating.Lock()
	defer h.beating.Unlock()
	h.mu.Lock()
	config := h.config
	h.mu.Unlock()
	if !config.Enabled() {
		return
	}
	trouble := h.opts.Able()
	address, result := config.URL, resultBeat
	if trouble != None {
		address, result = config.FailURL, resultFailTold
	}
	var err error
	if address.IsZero() {
		result = resultWithheld
	} else if err = h.call(ctx, config.Method, address); err != nil {
		if ctx.Err() != nil {
			return // we are stopping
		}
		result = resultFailed
	}
	h.note(config, trouble, result, err)
}

// note keeps what came of a beat.
func (h *Heart) note(config Config, trouble Trouble, result string, err error) {
	h.beats.WithLabelValues(result).Inc()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.config.URL.Reveal() != config.URL.Reveal() {
		return // the beat was for another
	}
	before := h.status
	s := Status{Last: h.opts.Now(), Good: before.Good, Trouble: trouble, Failures: before.Failures}
	switch result {
	case resultBeat:
		s.Good, s.Failures = s.Last, 0
		h.last.Set(float64(s.Last.Unix()))
	case resultFailTold:
		s.Failures = 0
	case resultFailed:
		s.Problem, s.Failures = err.Error(), before.Failures+1
	}
	h.status = s
	// What changed is told once; an address that never answers must not fill the
	// log.
	switch {
	case result == resultFailed && before.Failures == 0:
		h.opts.Logger.Warn("the watcher of the heartbeat cannot be reached; it is tried at each interval", "server", Shown(config.URL), "err", err)
	case result == resultBeat && before.Failures > 0:
		h.opts.Logger.Info("the watcher of the heartbeat is reached again", "server", Shown(config.URL), "failures", before.Failures)
	}
	if trouble != before.Trouble && trouble != None {
		h.opts.Logger.Error("the collector is not able to tell of faults: the heartbeat is withheld", "trouble", string(trouble))
	}
}

// discreet is the text of an error without the secret of an address: some hold
// what the server answered, which may be our own address, and of any length.
func discreet(text string, address *url.URL) string {
	for _, secret := range []string{address.RequestURI(), address.Path, address.RawQuery} {
		if len(secret) > 1 {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	if len(text) > maxProblem {
		text = strings.ToValidUTF8(text[:maxProblem], "") + "…"
	}
	return text
}

// call asks at an address. The error never holds it.
func (h *Heart) call(ctx context.Context, method string, address secret.String) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if method == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, address.Reveal(), nil)
	if err != nil {
		return errors.New("the address cannot be called")
	}
	if h.opts.UserAgent != "" {
		req.Header.Set("User-Agent", h.opts.UserAgent)
	}
	resp, err := h.client.Do(req)
	if err != nil {
		var withURL *url.Error
		if errors.As(err, &withURL) { // its text holds the whole address
			err = withURL.Err
		}
		return fmt.Errorf("call %s: %s", Shown(address), discreet(err.Error(), req.URL))
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody)) // the status says it all
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("call %s: the server answers %d %s", Shown(address), resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	return nil
}
