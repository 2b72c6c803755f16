package ingest

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
)

// Names of the doors, for metrics and logs.
const (
	doorAgents  = "agents"
	doorPush    = "push"
	doorReports = "reports"
)

// Why a door skips samples, beside metricdb.Reasons.
const (
	reasonUnknownName  metricdb.Reason = "unknown_name"  // no metric of an agent (metric.FromAgents)
	reasonReservedName metricdb.Reason = "reserved_name" // a metric of the collector's own (metric.CollectorsOwn)
	reasonNotAssigned  metricdb.Reason = "not_assigned"  // of a check that the agent was not assigned
	reasonHistogram    metricdb.Reason = "histogram"     // an agent sends no native histograms
	reasonInvalidLabel metricdb.Reason = "invalid_label"
	reasonInvalidName  metricdb.Reason = "invalid_name"
	reasonSeriesLimit  metricdb.Reason = "series_limit"
	reasonTooLong      metricdb.Reason = "too_long"
	reasonTooOld       metricdb.Reason = "too_old"
	reasonFuture       metricdb.Reason = "future"
)

type metrics struct {
	requests *prometheus.CounterVec
	samples  *prometheus.CounterVec
	rejected *prometheus.CounterVec
	bytes    *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newMetrics(r prometheus.Registerer, d *Doors) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "budi_ingest_requests_total", Help: "Requests at the doors for samples and reports, by door and HTTP status.",
		}, []string{"door", "code"}),
		samples: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "budi_ingest_samples_total", Help: "Samples that came through a door and were stored.",
		}, []string{"door"}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "budi_ingest_rejected_total", Help: "Samples that came through a door and were skipped, by reason.",
		}, []string{"door", "reason"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "budi_ingest_received_bytes_total", Help: "Bodies of requests as they were sent, compressed.",
		}, []string{"door"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "budi_ingest_duration_seconds", Help: "How long requests at a door took, reading the body included.",
			Buckets: []float64{0.001, 0.01, 0.1, 1, 10},
		}, []string{"door"}),
	}
	all := []prometheus.Collector{m.requests, m.samples, m.rejected, m.bytes, m.duration}
	for name, s := range map[string]*senders{doorAgents: d.agents, doorPush: d.push} {
		m.samples.WithLabelValues(name)
		for _, reason := range append(metricdb.Reasons(), reasonUnknownName, reasonReservedName, reasonNotAssigned) {
			m.rejected.WithLabelValues(name, string(reason))
		}
		label := prometheus.Labels{"door": name}
		all = append(all,
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "budi_ingest_senders", Help: "Agents and pushers whose series are remembered.", ConstLabels: label,
			}, func() float64 { return float64(s.count()) }),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "budi_ingest_series", Help: "Series of those agents and pushers.", ConstLabels: label,
			}, func() float64 { return float64(s.total.Load()) }),
		)
	}
	if r == nil {
		return m, nil
	}
	for _, c := range all {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}
