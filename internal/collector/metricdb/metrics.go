package metricdb

import (
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Reason says why a sample was not stored.
type Reason string

const (
	reasonTooOld       Reason = "too_old"       // older than the out-of-order window
	reasonFuture       Reason = "future"        // more than MaxFuture ahead of the clock
	reasonDuplicate    Reason = "duplicate"     // another value at the same time
	reasonInvalidName  Reason = "invalid_name"  // not a metric name
	reasonInvalidLabel Reason = "invalid_label" // not a label name, or a value that is not UTF-8
	reasonTooLong      Reason = "too_long"      // a name or value beyond its length, or too many labels
	reasonSeriesLimit  Reason = "series_limit"  // the target has too many series
	reasonHistogram    Reason = "histogram"     // a native histogram that is not well-formed
	reasonOther        Reason = "other"
)

// Reasons returns every Reason, for whoever counts them.
func Reasons() []Reason {
	return []Reason{
		reasonTooOld, reasonFuture, reasonDuplicate, reasonInvalidName, reasonInvalidLabel,
		reasonTooLong, reasonSeriesLimit, reasonHistogram, reasonOther,
	}
}

type metrics struct {
	reg      *revocable
	recorded prometheus.Counter
	rejected *prometheus.CounterVec
	failed   prometheus.Counter
	degraded prometheus.Gauge
	reopened prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		reg: &revocable{to: reg},
		recorded: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "budi_samples_recorded_total", Help: "Samples that were stored, of looks and of whoever writes through a door.",
		}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "budi_samples_rejected_total", Help: "Samples of looks that were skipped, by reason.",
		}, []string{"reason"}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "budi_samples_write_failures_total", Help: "Results and requests whose samples could not be written to disk.",
		}),
		degraded: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "budi_samples_in_memory_only", Help: "1 while samples cannot be written to disk and are kept in memory.",
		}),
		reopened: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "budi_samples_database_reopened_total", Help: "How often the database of samples was opened anew after a failed write.",
		}),
	}
	for _, r := range Reasons() {
		m.rejected.WithLabelValues(string(r))
	}
	m.reg.MustRegister(m.recorded, m.rejected, m.failed, m.degraded, m.reopened)
	return m
}

func (m *metrics) unregister() { m.reg.unregisterAll() }

// revocable registers collectors so that all can be taken back together: the
// TSDB registers its own at each opening and never removes them. It also finds
// a collector by its metric's name.
type revocable struct {
	to prometheus.Registerer // nil: nothing is registered, only remembered

	mu  sync.Mutex
	all []prometheus.Collector
}

func (r *revocable) Register(c prometheus.Collector) error {
	if r.to != nil {
		if err := r.to.Register(c); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, c)
	return nil
}

func (r *revocable) MustRegister(cs ...prometheus.Collector) {
	for _, c := range cs {
		if err := r.Register(c); err != nil {
			panic(err)
		}
	}
}

func (r *revocable) Unregister(c prometheus.Collector) bool {
	if r.to == nil {
		return true
	}
	return r.to.Unregister(c)
}

func (r *revocable) unregisterAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.to != nil {
		for _, c := range r.all {
			r.to.Unregister(c)
		}
	}
	r.all = nil
}

// counter returns the value of the counter with this name; 0 when there is
// none.
func (r *revocable) counter(name string) float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var sum float64
	for _, c := range r.all {
		if !describes(c, name) {
			continue
		}
		ch := make(chan prometheus.Metric, 64)
		go func() { c.Collect(ch); close(ch) }()
		for m := range ch {
			var out dto.Metric
			if m.Write(&out) == nil {
				sum += out.GetCounter().GetValue()
			}
		}
	}
	return sum
}

func describes(c prometheus.Collector, name string) bool {
	ch := make(chan *prometheus.Desc, 64)
	go func() { c.Describe(ch); close(ch) }()
	found := false
	for d := range ch {
		found = found || strings.Contains(d.String(), `fqName: "`+name+`"`)
	}
	return found
}
