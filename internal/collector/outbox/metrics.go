package outbox

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics tells how the outbox fares. internal/metric/outbox.go describes the
// same names.
type metrics struct {
	outbox *Outbox

	rows    *prometheus.Desc
	oldest  *prometheus.Desc
	final   *prometheus.CounterVec
	failed  prometheus.Counter
	givenUp prometheus.Counter
}

func newMetrics(o *Outbox, r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		outbox: o,
		rows: prometheus.NewDesc("budi_outbox_rows",
			"Messages that are owed and not sent, by state.", []string{"state"}, nil),
		oldest: prometheus.NewDesc("budi_outbox_oldest_due_seconds",
			"How long the oldest unsent message to a contact of the configuration has waited.", nil, nil),
		final: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "budi_outbox_finished_total",
			Help: "Messages that came to their end, by kind and state."}, []string{"kind", "state"}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{Name: "budi_outbox_attempts_failed_total",
			Help: "Deliveries that failed and are tried again, or may have arrived."}),
		givenUp: prometheus.NewCounter(prometheus.CounterOpts{Name: "budi_outbox_given_up_total",
			Help: "Messages that were given up unsent: their contact is gone, or too many waited and the incident was over."}),
	}
	if r == nil {
		return m, nil
	}
	return m, errors.Join(r.Register(m), r.Register(m.final), r.Register(m.failed), r.Register(m.givenUp))
}

// finished counts a row whose state became final.
func (m *metrics) finished(row Row) {
	m.final.WithLabelValues(string(row.Kind), string(row.State)).Inc()
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- m.rows
	ch <- m.oldest
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	o := m.outbox
	now := o.opts.Now()
	counts := map[string]int{"due": 0, "sending": 0, "orphaned": 0, "unrecorded": 0}
	var oldest time.Duration
	o.mu.Lock()
	counts["unrecorded"] = len(o.unrecorded)
	for _, q := range o.queues {
		for _, e := range q.entries {
			switch {
			case !q.known:
				counts["orphaned"]++
				continue
			case e.State == Sending:
				counts["sending"]++
			default:
				counts["due"]++
			}
			oldest = max(oldest, now.Sub(e.waiting))
		}
	}
	o.mu.Unlock()
	for state, n := range counts {
		ch <- prometheus.MustNewConstMetric(m.rows, prometheus.GaugeValue, float64(n), state)
	}
	ch <- prometheus.MustNewConstMetric(m.oldest, prometheus.GaugeValue, oldest.Seconds())
}

// Oldest is how long the oldest unsent message to a contact of the configuration
// has waited; 0: none waits.
func (o *Outbox) Oldest(now time.Time) time.Duration {
	var oldest time.Duration
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, q := range o.queues {
		if !q.known {
			continue
		}
		for _, e := range q.entries {
			oldest = max(oldest, now.Sub(e.waiting))
		}
	}
	return oldest
}
