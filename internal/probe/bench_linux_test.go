package probe_test

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

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/website"
)

// TestMain lets the benchmark have its website in another process.
func TestMain(m *testing.M) {
	website.ServeIfAsked()
	os.Exit(m.Run())
}

// BenchmarkHTTP compares what a look costs in processor time with what a bare
// request of net/http on a fresh connection costs. Both are made by turns, in
// blocks, so that what else the computer does troubles both alike.
func BenchmarkHTTP(b *testing.B) {
	site, err := website.StartProcess("<html><body>" + strings.Repeat("<p>It works.</p>", 1000) + "</body></html>")
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := site.Close(); err != nil {
			b.Error(err)
		}
	}()

	for _, bc := range []struct {
		name, url string
		spec      probe.HTTPSpec
	}{
		{"http", site.URL, probe.HTTPSpec{}},
		{"https", site.SecureURL, probe.HTTPSpec{}},
		{"http-with-text", site.URL, probe.HTTPSpec{Contains: []string{"</body>"}}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			p, err := probe.New(probe.Spec{Target: bc.url, HTTP: bc.spec}, probe.Options{Roots: site.Roots})
			if err != nil {
				b.Fatal(err)
			}
			client := &http.Client{Transport: &http.Transport{
				DisableKeepAlives: true,
				ForceAttemptHTTP2: true,
				TLSClientConfig:   &tls.Config{RootCAs: site.Roots},
			}}
			const block = 20
			var bare, probed time.Duration
			for b.Loop() {
				start := processorTime(b)
				for range block {
					bareRequest(b, client, bc.url)
				}
				middle := processorTime(b)
				for range block {
					if r := p.Look(context.Background()); r.Outcome != look.OK {
						b.Fatal(r.Problem)
					}
				}
				end := processorTime(b)
				bare += middle - start
				probed += end - middle
			}
			n := float64(b.N * block)
			b.ReportMetric(float64(bare.Nanoseconds())/n, "bare-cpu-ns/look")
			b.ReportMetric(float64(probed.Nanoseconds())/n, "probe-cpu-ns/look")
			b.ReportMetric(float64(probed)/float64(bare), "probe/bare")
		})
	}
}

func bareRequest(b *testing.B, client *http.Client, url string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		b.Fatal(err)
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
