package collector

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/website"
)

func TestMain(m *testing.M) {
	website.ServeIfAsked()
	serveDevicesIfAsked()
	os.Exit(m.Run())
}

// startWebsite is a server of a page of 16 kB in a process of its own.
func startWebsite(b *testing.B) *website.Process {
	site, err := website.StartProcess("<html><body>" + strings.Repeat("<p>It works.</p>", 1000) + "</body></html>")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := site.Close(); err != nil {
			b.Error(err)
		}
	})
	return site
}

// BenchmarkStoredProbe compares what checks of websites cost in processor time,
// looked at and stored as the collector does it, with what bare requests of
// net/http on fresh connections cost. Both are made by turns, in blocks, so that
// what else the computer does troubles both alike; neither resumes TLS sessions.
// The aim is 1.3 times.
//
// "polled" goes through the poller, at the pace of 5,000 checks a minute, and so do
// the bare requests: a processor that sleeps in between has more work with each.
// "back-to-back" is without the poller, one after another. (`probe` has the look
// alone.)
func BenchmarkStoredProbe(b *testing.B) {
	site := startWebsite(b)
	for _, bc := range []struct{ name, url string }{{"http", site.URL}, {"https", site.SecureURL}} {
		w := newBenchedWebsite(b, site, bc.url)
		b.Run(bc.name+"/polled", func(b *testing.B) { w.compare(b, 400, true) })
		b.Run(bc.name+"/back-to-back", func(b *testing.B) { w.compare(b, 200, false) })
	}
}

// benchedWebsite is a website that is asked, barely and by checks.
type benchedWebsite struct {
	url    string
	bare   *http.Client
	db     *metricdb.DB
	probes probe.Options
}

func newBenchedWebsite(b *testing.B, site *website.Process, url string) *benchedWebsite {
	db, err := metricdb.Open(b.Context(), metricdb.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	return &benchedWebsite{
		url: url, db: db, probes: probe.Options{Roots: site.Roots, Reach: reachingOf(ReachConfig{}).file},
		bare: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
			DisableKeepAlives: true, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: site.Roots},
		}},
	}
}

// every is the interval of checks that are polled.
const every = 5 * time.Second

// compare makes blocks of n requests each way and reports what they cost.
func (w *benchedWebsite) compare(b *testing.B, n int, polled bool) {
	pause := time.Duration(0)
	stored := w.lookOneByOne
	if polled {
		pause, stored = every/time.Duration(n), w.poll
	}
	stored(b, n) // the first results make the series
	var bare, ours time.Duration
	for b.Loop() {
		bare += w.ask(b, n, pause)
		ours += stored(b, n)
	}
	looks := float64(b.N * n)
	b.ReportMetric(float64(bare.Nanoseconds())/looks, "bare-cpu-ns/look")
	b.ReportMetric(float64(ours.Nanoseconds())/looks, "stored-cpu-ns/look")
	b.ReportMetric(float64(ours)/float64(bare), "stored/bare")
}

// ask makes n bare requests with pauses, and returns the processor time.
func (w *benchedWebsite) ask(b *testing.B, n int, pause time.Duration) time.Duration {
	start, began := processorTime(b), time.Now()
	for i := range n {
		time.Sleep(time.Until(began.Add(time.Duration(i) * pause)))
		resp, err := w.bare.Get(w.url)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
	}
	return processorTime(b) - start
}

// checks makes what looks, with a plan of n checks that are done each interval.
func (w *benchedWebsite) checks(b *testing.B, n int) (*looking, plan) {
	var c Config
	for i := range n {
		c.Checks = append(c.Checks, settings.Check{ID: fmt.Sprintf("www-%d", i), Interval: every, Spec: probe.Spec{Target: w.url}})
	}
	p, err := planOf(&c, "budi", w.url, func(settings.Check) probe.Options { return w.probes }, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	delete(p, targetSelf)
	delete(p, targetHost)
	return newLooking(w.db, slog.New(slog.DiscardHandler), time.Now, prometheus.NewRegistry()), p
}

// poll looks at n checks through the poller, and returns the processor time until
// all results were stored.
func (w *benchedWebsite) poll(b *testing.B, n int) time.Duration {
	l, p := w.checks(b, n)
	var begun, stored atomic.Int64
	for id, t := range p {
		f := t.Look
		t.Look = func(ctx context.Context) look.Result {
			if begun.Add(1) > int64(n) { // one that is looked at for the second time
				<-ctx.Done()
				return look.Result{}
			}
			return f(ctx)
		}
		p[id] = t
	}
	ctx, enough := context.WithCancel(b.Context())
	defer enough()
	l.set(ctx, p)
	start := processorTime(b)
	err := l.poller.Run(ctx, func(id string, r look.Result) { // as looking.run does
		if r.Outcome != look.OK {
			b.Error(r.Problem)
		}
		l.take(ctx, id, r)
		if stored.Add(1) == int64(n) {
			enough()
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	return processorTime(b) - start
}

// lookOneByOne looks n times at one check, and returns the processor time.
func (w *benchedWebsite) lookOneByOne(b *testing.B, n int) time.Duration {
	l, p := w.checks(b, 1)
	l.set(b.Context(), p)
	id := checkPrefix + "www-0"
	start := processorTime(b)
	for range n {
		r := p[id].Look(b.Context())
		if r.Outcome != look.OK {
			b.Fatal(r.Problem)
		}
		l.take(b.Context(), id, r)
	}
	return processorTime(b) - start
}
