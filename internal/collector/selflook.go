package collector

import (
	"context"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/budi-monitor/budi/internal/look"
)

// selfLook returns a look at the collector's own metrics, so that its troubles
// are samples like all others and a rule can mail them. Only plain numbers
// that are Budi's own or the process' are taken; histograms stay on /metrics.
func selfLook(g prometheus.Gatherer) look.Func {
	return func(context.Context) look.Result {
		r := look.Result{Target: "self", Kind: "self", Time: time.Now(), Outcome: look.OK}
		families, err := g.Gather()
		if err != nil {
			// What could be gathered is still good.
			r.Outcome = look.Failed
			r.Problem = &look.Problem{Code: "internal_error", Detail: clip(err.Error(), look.MaxDetail)}
		}
		for _, f := range families {
			name := f.GetName()
			if !strings.HasPrefix(name, "budi_") && name != "process_resident_memory_bytes" && name != "process_cpu_seconds_total" && name != "process_open_fds" {
				continue
			}
			for _, m := range f.GetMetric() {
				var value float64
				switch f.GetType() {
				case dto.MetricType_COUNTER:
					value = m.GetCounter().GetValue()
				case dto.MetricType_GAUGE:
					value = m.GetGauge().GetValue()
				case dto.MetricType_UNTYPED:
					value = m.GetUntyped().GetValue()
				default:
					continue
				}
				var labels []look.Label
				for _, l := range m.GetLabel() {
					labels = append(labels, look.Label{Name: l.GetName(), Value: l.GetValue()})
				}
				r.Samples = append(r.Samples, look.Sample{Name: name, Labels: labels, Value: value})
			}
		}
		r.Duration = time.Since(r.Time)
		return r
	}
}

func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}
