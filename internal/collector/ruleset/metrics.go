package ruleset

import "github.com/prometheus/client_golang/prometheus"

type setMetrics struct {
	loaded  prometheus.Gauge
	failing prometheus.Gauge
	failed  prometheus.Counter
}

func newSetMetrics(reg prometheus.Registerer) *setMetrics {
	m := &setMetrics{
		loaded: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "budi_rules_loaded", Help: "1 when the rule files were last loaded without a problem, 0 when the ones before are still in use.",
		}),
		failing: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "budi_rules_failing", Help: "Rules whose last evaluation failed.",
		}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "budi_rule_evaluation_failures_total", Help: "Evaluations of rules that failed.",
		}),
	}
	if reg != nil {
		reg.MustRegister(m.loaded, m.failing, m.failed)
	}
	return m
}

// forgetMetrics removes the metrics of a group that is no more, as Prometheus'
// manager does.
func (s *Set) forgetMetrics(key string) {
	m := s.manager.Metrics
	m.IterationsMissed.DeleteLabelValues(key)
	m.IterationsScheduled.DeleteLabelValues(key)
	m.EvalTotal.DeleteLabelValues(key)
	m.EvalFailures.DeleteLabelValues(key)
	m.GroupInterval.DeleteLabelValues(key)
	m.GroupLastEvalTime.DeleteLabelValues(key)
	m.GroupLastDuration.DeleteLabelValues(key)
	m.GroupRules.DeleteLabelValues(key)
	m.GroupSamples.DeleteLabelValues(key)
	m.GroupLastRuleDurationSum.DeleteLabelValues(key)
	m.GroupLastRestoreDuration.DeleteLabelValues(key)
}
