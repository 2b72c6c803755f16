package collector

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"

	"github.com/budi-monitor/budi/docs/runbooks"
	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/authority"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/collector/promapi"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
)

// Limits of the HTTP server.
const (
	maxConnections    = 5000 // agents keep theirs open
	maxOfOneAddress   = maxConnections / 2
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 2 * time.Minute // an agent's largest request over a slow line
	writeTimeout      = 3 * time.Minute
	idleTimeout       = 10 * time.Minute // longer than agents are silent: a handshake costs more than their samples
	maxHeaderBytes    = 64 << 10
)

// server is every door that others come through.
type server struct {
	http.Handler
	log         *slog.Logger
	tls         bool                            // decided at the start
	authority   *authority.Authority            // nil: the certificate is from files, or there is none
	certificate atomic.Pointer[tls.Certificate] // from files; nil: without
}

// door is one place outside the console. The console has its own list
// (web.Routes).
type door struct {
	pattern string
	role    access.Role // of the API token that opens it; "": the handler knows itself whom it lets in
	handler http.Handler
	whole   bool // concerns the whole installation: who sees some sites only is refused
}

// newServer puts the doors in their places, each behind what opens it.
func (c *Collector) newServer(config *Config) (*server, error) {
	console, err := web.New(web.Options{
		Access: c.access, View: view{c}, Incidents: incidentsView{c}, IncidentsActions: incidentsActions{c}, Catalogue: c.catalogue, Logger: c.opts.Logger, Runbooks: runbooks.Pages, Demo: c.opts.Demo,
		Reports: c.reports, ReportsActions: c.reports,
		Places: placesView{c}, PlacesActions: placesView{c}, Search: searchView{c},
		Devices: fleetView{c}, DevicesActions: fleetActions{c}, Orders: ordersView{c}, Polled: polledView{c}, PolledActions: polledActions{c}, Health: healthView{c}, People: peopleView{c}, SignIn: c.signIn,
		Availability: availabilityView{c}, Checks: checksView{c}, ChecksActions: checkActions{c},
		SLA: slaView{c}, Aspects: aspectsView{c}, AspectsActions: aspectsView{c}, Links: linksView{c}, LinksActions: linksView{c}, JobsActions: jobsView{c},
		Settings: settingsView{c}, SettingsActions: settingsActions{c}, Brand: c.brand,
		Calendar: calendarView{c}, CalendarActions: calendarView{c}, Heartbeat: heartbeatView{c}, HeartbeatActions: heartbeatView{c},
		Topology: topologyView{c}, StatusPages: statusView{c.statusPages}, StatusPagesActions: statusView{c.statusPages},
		Now: c.now, Location: config.zone(), Lang: i18n.Lang(config.Language),
	})
	if err != nil {
		return nil, fmt.Errorf("set up the console: %w", err)
	}
	doors, err := c.doors(config)
	if err != nil {
		return nil, err
	}
	// A browser that was told a token once sends it with the forms of other
	// sites too.
	own := http.NewCrossOriginProtection()
	if u, err := url.Parse(config.ExternalURL); err == nil && u.Host != "" {
		if err := own.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, fmt.Errorf("trust the external URL: %w", err)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/", console)
	for _, d := range append(doors, c.agentDoors()...) {
		h := d.handler
		switch d.role {
		case "":
		case access.Push:
			h = c.access.Authenticate(access.RequirePush(h))
		default:
			if d.whole {
				h = wholeOnly(h)
			}
			h = own.Handler(c.access.Authenticate(access.RequireToken(d.role, h)))
		}
		mux.Handle(d.pattern, h)
	}
	api, err := c.jsonAPI(config)
	if err != nil {
		return nil, fmt.Errorf("set up the API: %w", err)
	}
	mux.Handle(jsonapi.Base+"/", c.access.Authenticate(api))
	return &server{Handler: shield(c.log, c.statusPages.byHost(mux)), log: c.log, tls: config.tls(), authority: c.authority}, nil
}

// doors lists the places outside the console.
func (c *Collector) doors(config *Config) ([]door, error) {
	prom, err := promapi.New(promapi.Options{DB: c.db, Rules: c.rules, Sites: seenSites, Catalogue: metric.All(), Gatherer: c.registry, Logger: c.opts.Logger, ExternalURL: config.ExternalURL, Started: c.started})
	if err != nil {
		return nil, fmt.Errorf("set up Prometheus' API: %w", err)
	}
	metrics := promhttp.HandlerFor(c.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(c.log.Handler(), slog.LevelWarn), MaxRequestsInFlight: 4, Timeout: 30 * time.Second})
	return append([]door{
		{pattern: "/api/v1/", role: access.Viewer, handler: prom}, // reads only, by POST too
		{pattern: "GET /api/v2/", role: access.Viewer, handler: c.alertsAPI},
		{pattern: "/api/v2/", role: access.Operator, handler: c.audited("silences.change", c.alertsAPI)}, // whatever is not reading
		{pattern: "GET /metrics", role: access.Viewer, handler: metrics, whole: true},
		{pattern: "POST /-/reload", role: access.Administrator, handler: c.audited("config.reload", http.HandlerFunc(c.reloadByHTTP)), whole: true},
		{pattern: "GET /-/here/{word}", handler: &c.here}, // the collector asks itself
		{pattern: "GET " + jobPath + "{secret}", handler: c.jobs},
		{pattern: "GET " + jobPath + "{secret}/{word}", handler: c.jobs},
		{pattern: "POST " + jobPath + "{secret}", handler: c.jobs},
		{pattern: "POST " + jobPath + "{secret}/{word}", handler: c.jobs},
		{pattern: "GET /-/healthy", handler: text("Budi is healthy.\n")},
		{pattern: "GET /-/ready", handler: text("Budi is ready.\n")},
	}, c.statusPages.doors()...), nil
}

// seenSites says which sites whoever asks may see: all, or those of the list;
// nobody sees none.
func seenSites(ctx context.Context) (sites []string, all bool) {
	id, known := access.FromContext(ctx)
	return id.Sites, known && len(id.Sites) == 0
}

// wholeOnly lets pass who sees every site.
func wholeOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, all := seenSites(r.Context()); !all {
			http.Error(w, "this concerns all sites together, and the token is for some only; make one without --site", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (c *Collector) reloadByHTTP(w http.ResponseWriter, r *http.Request) {
	if err := c.Reload(r.Context()); err != nil {
		c.log.Error("reload", "err", err)
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	text("reloaded\n")(w, r)
}

// audited records who changed something, when it was changed.
func (c *Collector) audited(action string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &statusWriter{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(answer, r)
		if answer.code >= http.StatusMultipleChoices {
			return
		}
		id, _ := access.FromContext(r.Context())
		entry := access.Entry{Actor: id.Actor(), Action: action, Object: r.URL.Path, Detail: r.Method}
		// Done is done: it is recorded although the client is gone.
		if err := c.access.Audit(context.WithoutCancel(r.Context()), entry); err != nil {
			c.log.Error("record who changed what", "actor", entry.Actor, "action", action, "err", err)
		}
	})
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	code int
}

func (w *statusWriter) WriteHeader(code int) {
	w.code = code
	w.ResponseWriter.WriteHeader(code)
}

// shield gives every answer the headers that keep browsers from making more of
// it than it is, and makes a panic an error that the keeper sees: net/http
// would tell it among others' broken requests.
func shield(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'") // the console sets its own
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		defer func() {
			p := recover()
			switch {
			case p == nil:
			case p == http.ErrAbortHandler: //nolint:errorlint // net/http compares it so
				panic(p)
			default:
				logger.Error("a request ended in a panic", "method", r.Method, "path", hidesJob(r.URL.Path), "panic", p, "stack", string(debug.Stack()))
				http.Error(w, "internal error; the collector's log says more", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(s))
	}
}

// loadCertificate reads the certificate, at the start and at each reload, so
// that a renewed one needs no restart.
func (s *server) loadCertificate(t TLSConfig, path func(string) string) error {
	if t.CertFile == "" || !s.tls || s.authority != nil {
		return nil
	}
	cert, err := tls.LoadX509KeyPair(path(t.CertFile), path(t.KeyFile))
	if err != nil {
		return fmt.Errorf("read the certificate: %w", err)
	}
	s.certificate.Store(&cert)
	return nil
}

// secure reports whether the doors speak TLS.
func (s *server) secure() bool { return s.tls }

// shown is the certificate with which the doors answer; nil without TLS.
func (s *server) shown() *tls.Certificate {
	if s.authority != nil {
		return s.authority.Certificate()
	}
	return s.certificate.Load()
}

// pin is the SHA-256 of the authority that agents are to trust, and nothing
// else; zero when they are to trust their systems' authorities. That is the
// collector's own authority, or the last certificate of the file when it is
// signed by itself.
func (s *server) pin() [sha256.Size]byte {
	if s.authority != nil {
		return s.authority.Fingerprint()
	}
	cert := s.certificate.Load()
	if cert == nil {
		return [sha256.Size]byte{}
	}
	last, err := x509.ParseCertificate(cert.Certificate[len(cert.Certificate)-1])
	if err != nil || !bytes.Equal(last.RawIssuer, last.RawSubject) {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256(last.Raw)
}

// known is by what the collector knows its own certificate when it looks at its
// own page: it does so by address, while the certificate is for the name that
// people use, and perhaps from an authority that this computer does not know.
// That it has not expired is still looked at.
func (s *server) known() probe.Options {
	cert := s.shown()
	if cert == nil {
		return probe.Options{}
	}
	o := probe.Options{Roots: x509.NewCertPool()}
	o.Roots.AddCert(cert.Leaf)
	if s.authority != nil {
		// It issues another one each year and for each new address, at any time.
		for _, der := range cert.Certificate[1:] {
			if signer, err := x509.ParseCertificate(der); err == nil {
				o.Roots.AddCert(signer)
			}
		}
	}
	switch names, addresses := cert.Leaf.DNSNames, cert.Leaf.IPAddresses; {
	case s.authority != nil:
		o.Name = "localhost" // whatever else it is called tomorrow
	case len(names) > 0:
		o.Name = strings.Replace(names[0], "*", "self", 1)
	case len(addresses) > 0:
		o.Name = addresses[0].String()
	}
	return o
}

// listen binds the address.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; is another collector running? choose another address with --listen", addr, err)
	}
	return l, nil
}

// run answers until ctx ends; requests under way have ten seconds to end.
func (s *server) run(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler: s, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), // others' broken requests
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		bounded, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if srv.Shutdown(bounded) != nil {
			_ = srv.Close()
		}
	})
	defer stop()
	l = netutil.LimitListener(newFairListener(l, maxOfOneAddress, s.log), maxConnections)
	var err error
	if s.secure() {
		srv.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return s.shown(), nil
		}}
		err = srv.ServeTLS(l, "", "")
	} else {
		err = srv.Serve(l)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("answer requests: %w", err)
	}
	<-stopped
	return nil
}
