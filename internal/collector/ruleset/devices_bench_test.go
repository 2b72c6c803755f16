package ruleset_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// BenchmarkDeviceRules evaluates the shipped rules over an hour of 50 switches of 48
// ports that were looked at each minute. One round is five minutes: each group at its
// own interval.
func BenchmarkDeviceRules(b *testing.B) {
	bench := newBench(b, "")
	if err := bench.set.Load(shippedFiles(b)); err != nil {
		b.Fatal(err)
	}
	minute := 0
	record := func() {
		minute++
		for s := range 50 {
			var samples []look.Sample
			for p := range 48 {
				labels := look.Labels(metric.LabelIfName, fmt.Sprintf("Gi1/0/%d", p), metric.LabelIfAlias, "")
				for _, name := range []string{metric.IfHCInOctets, metric.IfHCOutOctets} {
					samples = append(samples, look.Sample{Name: name, Labels: labels, Value: 1e6 * float64(minute*(p+1))})
				}
				for _, name := range []string{metric.IfInErrors, metric.IfOutErrors, metric.IfChanges} {
					samples = append(samples, look.Sample{Name: name, Labels: labels, Value: float64(minute / 10)})
				}
				samples = append(samples, look.Sample{Name: metric.IfOperStatus, Labels: labels, Value: 1},
					look.Sample{Name: metric.IfHalfDuplex, Labels: labels}, look.Sample{Name: metric.IfSpeed, Labels: labels, Value: 1e9})
			}
			id := fmt.Sprintf("sw-%d", s)
			for job, samples := range map[string][]look.Sample{
				"snmp":  append(samples, look.Sample{Name: metric.DeviceUp, Value: 1}),
				"fleet": {{Name: metric.DeviceInfo, Value: 1, Labels: look.Labels("class", "infrastructure")}},
			} {
				err := bench.db.Record(b.Context(), metricdb.Target{ID: job + id, Identity: look.Labels("site", "s", "device", id, "job", job)}, look.Result{Time: bench.now, Samples: samples})
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	for range 60 {
		bench.now = bench.now.Add(time.Minute)
		record()
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for range 5 {
			bench.now = bench.now.Add(time.Minute)
			record()
		}
		b.StartTimer()
		bench.set.Eval(b.Context(), bench.now)
	}
}
