package enrolment

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/wire"
)

// metrics are what enrolment tells of itself; package metric lists them.
type metrics struct {
	agents      prometheus.GaugeFunc
	revoked     prometheus.GaugeFunc
	refused     *prometheus.CounterVec
	flushErrors prometheus.Counter
}

func newMetrics(count func() (enrolled, revoked int)) *metrics {
	m := &metrics{
		agents: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "budi_agents", Help: "Agents that are enrolled and not revoked.",
		}, func() float64 { n, _ := count(); return float64(n) }),
		revoked: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "budi_agents_revoked", Help: "Agents that were revoked and are still remembered.",
		}, func() float64 { _, n := count(); return float64(n) }),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "budi_agents_refused_total", Help: "Requests of agents, and of computers that want to be enrolled, that were refused at the door.",
		}, []string{"code"}),
		flushErrors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "budi_agents_flush_errors_total", Help: "Failed attempts to store when agents were last heard; it is tried again.",
		}),
	}
	for _, code := range []wire.Code{
		wire.CodeTokenUnknown, wire.CodeTokenExpired, wire.CodeTokenUsedUp, wire.CodeUnknownAgent, wire.CodeReplayed,
		wire.CodeCloned, wire.CodeBadRequest, wire.CodeTooLarge, wire.CodeBusy, wire.CodeInternal,
	} {
		m.refused.WithLabelValues(string(code)) // so that rates start at zero
	}
	return m
}

func (m *metrics) register(r prometheus.Registerer) error {
	for _, c := range []prometheus.Collector{m.agents, m.revoked, m.refused, m.flushErrors} {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}
