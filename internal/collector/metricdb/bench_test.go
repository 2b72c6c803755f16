package metricdb_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/look"
)

// probeResult is what a look at a website brings.
func probeResult(at time.Time) look.Result {
	r := result(at,
		sample("probe_success", 1), sample("probe_duration_seconds", 0.12), sample("probe_dns_lookup_time_seconds", 0.01),
		sample("probe_ip_protocol", 4), sample("probe_http_status_code", 200), sample("probe_http_version", 2),
		sample("probe_http_ssl", 1), sample("probe_http_redirects", 0), sample("probe_http_content_length", 1234),
		sample("probe_http_uncompressed_body_length", 1234), sample("probe_ssl_earliest_cert_expiry", 1.8e9),
		sample("probe_tls_version_info", 1, "version", "TLS 1.3"), sample("budi_look_unknown", 0))
	for _, phase := range []string{"resolve", "connect", "tls", "processing", "transfer"} {
		r.Samples = append(r.Samples, sample("probe_http_duration_seconds", 0.02, "phase", phase))
	}
	return r
}

// BenchmarkRecord stores the result of one look at a website.
func BenchmarkRecord(b *testing.B) {
	c := newClock(noon)
	db := open(b, metricdb.Options{Now: c.Now})
	r := probeResult(noon)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		c.Advance(15 * time.Second)
		r.Time = c.Now()
		if err := db.Record(ctx, homepage, r); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(r.Samples)*b.N)/b.Elapsed().Seconds(), "samples/s")
}

// BenchmarkInstantQuery asks over 100,000 series, through this package and
// through the bare engine over the same files.
func BenchmarkInstantQuery(b *testing.B) {
	const targets, each = 1000, 100
	dir := b.TempDir()
	ctx := context.Background()
	db, err := metricdb.Open(ctx, metricdb.Options{Dir: dir, Now: newClock(noon).Now})
	if err != nil {
		b.Fatal(err)
	}
	for i := range targets {
		var samples []look.Sample
		for j := range each {
			samples = append(samples, sample("bench_value", float64(j), "n", fmt.Sprint(j)))
		}
		tg := metricdb.Target{ID: fmt.Sprint(i), Identity: look.Labels("site", "main", "device", fmt.Sprintf("pc-%d", i), "job", "host")}
		for k := range 2 {
			record(b, db, tg, result(noon.Add(time.Duration(k-2)*time.Minute), samples...))
		}
	}
	queries := map[string]string{"sum of 100,000 series": "sum(bench_value)", "100,000 series": "bench_value", "1,000 of 100,000": `bench_value{n="7"}`}
	for name, expr := range queries {
		b.Run("metricdb/"+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := db.Query(ctx, expr, noon); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	bare, err := tsdb.Open(dir, nil, nil, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close()
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 50_000_000, Timeout: time.Minute, LookbackDelta: metricdb.LookbackDelta})
	for name, expr := range queries {
		b.Run("bare/"+name, func(b *testing.B) {
			for b.Loop() {
				q, err := engine.NewInstantQuery(ctx, bare, nil, expr, noon)
				if err != nil {
					b.Fatal(err)
				}
				if res := q.Exec(ctx); res.Err != nil {
					b.Fatal(res.Err)
				}
				q.Close()
			}
		})
	}
}
