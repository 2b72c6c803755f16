package collector

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"

	"github.com/budi-monitor/budi/docs/runbooks"
	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/promapi"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/metric"
)

// Limits of the HTTP server.
const (
	maxConnections    = 1000
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 2 * time.Minute
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

// server is every door that others come through.
type server struct {
	http.Handler
	log         *slog.Logger
	certificate atomic.Pointer[tls.Certificate] // nil: without TLS
}

// newServer puts the doors in their places, each behind what opens it.
func (c *Collector) newServer(config *Config) (*server, error) {
	prom, err := promapi.New(promapi.Options{DB: c.db, Rules: c.rules, Catalogue: metric.All(), Gatherer: c.registry, Logger: c.opts.Logger, ExternalURL: config.ExternalURL, Started: c.started})
	if err != nil {
		return nil, fmt.Errorf("set up Prometheus' API: %w", err)
	}
	console, err := web.New(web.Options{
		Access: c.access, View: view{c}, Actions: actions{c}, Catalogue: c.catalogue, Logger: c.opts.Logger, Runbooks: runbooks.Pages,
		Now: c.now, Location: config.zone(), Lang: i18n.Lang(config.Language), ExternalURL: config.ExternalURL,
	})
	if err != nil {
		return nil, fmt.Errorf("set up the console: %w", err)
	}
	needs := func(role access.Role, h http.Handler) http.Handler {
		return c.access.Authenticate(access.RequireToken(role, h))
	}
	mux := http.NewServeMux()
	mux.Handle("/", console)
	mux.Handle("/api/v1/", needs(access.Viewer, prom))
	mux.Handle("/api/v2/", needs(access.Viewer, c.alertsAPI))
	mux.Handle("POST /api/v2/silences", needs(access.Operator, c.alertsAPI))
	mux.Handle("DELETE /api/v2/silence/{id}", needs(access.Operator, c.alertsAPI))
	mux.Handle("GET /metrics", needs(access.Viewer, promhttp.HandlerFor(c.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(c.log.Handler(), slog.LevelWarn), MaxRequestsInFlight: 4, Timeout: 30 * time.Second})))
	mux.HandleFunc("GET /-/healthy", text("Budi is healthy.\n"))
	mux.HandleFunc("GET /-/ready", text("Budi is ready.\n"))
	mux.Handle("POST /-/reload", needs(access.Administrator, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := c.Reload(r.Context()); err != nil {
			c.log.Error("reload", "err", err)
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		text("reloaded\n")(w, r)
	})))
	return &server{Handler: mux, log: c.log}, nil
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
	if t.CertFile == "" {
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
func (s *server) secure() bool { return s.certificate.Load() != nil }

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
	l = netutil.LimitListener(l, maxConnections)
	var err error
	if s.secure() {
		srv.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return s.certificate.Load(), nil
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
