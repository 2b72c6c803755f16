package agent

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// WriteOpenMetrics writes samples as a Prometheus reads them, with help and
// type from the catalogue.
func WriteOpenMetrics(w io.Writer, samples []look.Sample) error {
	return writeExposition(w, expfmt.NewFormat(expfmt.TypeOpenMetrics), samples)
}

func writeExposition(w io.Writer, format expfmt.Format, samples []look.Sample) error {
	enc := expfmt.NewEncoder(w, format)
	for _, f := range families(samples) {
		if err := enc.Encode(f); err != nil {
			return fmt.Errorf("write %s: %w", f.GetName(), err)
		}
	}
	if c, ok := enc.(expfmt.Closer); ok {
		return c.Close()
	}
	return nil
}

// families groups samples by their names, in the order of the catalogue.
func families(samples []look.Sample) []*dto.MetricFamily {
	byName := map[string][]look.Sample{}
	for _, s := range samples {
		byName[s.Name] = append(byName[s.Name], s)
	}
	var out []*dto.MetricFamily
	for _, d := range metric.All() {
		if byName[d.Name] == nil {
			continue
		}
		f := &dto.MetricFamily{Name: &d.Name, Help: &d.Help, Type: dto.MetricType_GAUGE.Enum()}
		if d.Type == metric.Counter {
			f.Type = dto.MetricType_COUNTER.Enum()
		}
		for _, s := range byName[d.Name] {
			m := &dto.Metric{}
			for _, l := range s.Labels {
				m.Label = append(m.Label, &dto.LabelPair{Name: &l.Name, Value: &l.Value})
			}
			if d.Type == metric.Counter {
				m.Counter = &dto.Counter{Value: &s.Value}
			} else {
				m.Gauge = &dto.Gauge{Value: &s.Value}
			}
			f.Metric = append(f.Metric, m)
		}
		out = append(out, f)
	}
	return out
}

// Limits of the local /metrics.
const (
	headerTimeout  = 5 * time.Second
	answerTimeout  = 10 * time.Second
	idleTimeout    = 5 * time.Minute
	maxHeaderBytes = 16 << 10
)

// listen opens the port of the local /metrics, if there is to be one: a port
// that is taken is told at once.
func (a *agent) listen(ctx context.Context) (net.Listener, error) {
	if a.config.MetricsListen == "" {
		return nil, nil
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", a.config.MetricsListen)
	if err != nil {
		return nil, fmt.Errorf("listen for a local Prometheus (metrics_listen): %w", err)
	}
	if a.opts.Listening != nil {
		a.opts.Listening(l.Addr().String())
	}
	return l, nil
}

// serveMetrics shows the newest samples until ctx ends.
func (a *agent) serveMetrics(ctx context.Context, l net.Listener) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", a.showMetrics)
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout, WriteTimeout: answerTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // a local scrape is not worth waiting for
	defer stop()
	if err := server.Serve(l); ctx.Err() == nil {
		a.trouble("metrics", "show metrics to a local Prometheus", err)
	}
}

func (a *agent) showMetrics(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	samples := slices.Clone(a.newest.Samples)
	a.mu.Unlock()
	format := expfmt.NegotiateAccept(r.Header, expfmt.DefaultOpenMetricsAcceptedFormats()...)
	var body bytes.Buffer
	if err := writeExposition(&body, format, samples); err != nil {
		a.trouble("metrics", "show metrics to a local Prometheus", err)
		http.Error(w, "the samples cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", string(format))
	_, _ = body.WriteTo(w) // the client is gone: nobody is left to tell
}
