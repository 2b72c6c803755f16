package collector_test

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/latest"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/website"
)

func TestMain(m *testing.M) {
	website.ServeIfAsked()
	os.Exit(m.Run())
}

// BenchmarkStoredProbe compares what a look at a website costs in processor
// time, its result stored, with what a bare request of net/http on a fresh
// connection costs. Both are made by turns, in blocks, so that what else the
// computer does troubles both alike. (`probe` has the look alone.)
func BenchmarkStoredProbe(b *testing.B) {
	site, err := website.StartProcess("<html><body>" + strings.Repeat("<p>It works.</p>", 1000) + "</body></html>")
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := site.Close(); err != nil {
			b.Error(err)
		}
	}()
	for _, bc := range []struct{ name, url string }{{"http", site.URL}, {"https", site.SecureURL}} {
		b.Run(bc.name, func(b *testing.B) {
			ctx := context.Background()
			db, err := metricdb.Open(ctx, metricdb.Options{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			board := latest.New()
			p, err := probe.New(probe.Spec{Target: bc.url}, probe.Options{Roots: site.Roots})
			if err != nil {
				b.Fatal(err)
			}
			target := metricdb.Target{ID: "check/www", Identity: look.Labels("site", "main", "check", "www", "vantage", "collector", "job", "probe")}
			client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
				DisableKeepAlives: true, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: site.Roots},
			}}
			const block = 20
			var bare, stored time.Duration
			for b.Loop() {
				start := processorTime(b)
				for range block {
					resp, err := client.Get(bc.url)
					if err != nil {
						b.Fatal(err)
					}
					if _, err := io.Copy(io.Discard, resp.Body); err != nil {
						b.Fatal(err)
					}
					resp.Body.Close()
				}
				middle := processorTime(b)
				for range block {
					r := p.Look(ctx)
					if r.Outcome != look.OK {
						b.Fatal(r.Problem)
					}
					board.Put(target.ID, time.Minute, r)
					if err := db.Record(ctx, target, r); err != nil {
						b.Fatal(err)
					}
				}
				bare += middle - start
				stored += processorTime(b) - middle
			}
			n := float64(b.N * block)
			b.ReportMetric(float64(bare.Nanoseconds())/n, "bare-cpu-ns/look")
			b.ReportMetric(float64(stored.Nanoseconds())/n, "stored-cpu-ns/look")
			b.ReportMetric(float64(stored)/float64(bare), "stored/bare")
		})
	}
}

// processorTime is what this process has used so far, user and system.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
