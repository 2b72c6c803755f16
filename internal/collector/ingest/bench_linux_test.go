package ingest_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	remoteapi "github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/compression"

	"github.com/budi-monitor/budi/internal/collector/ingest"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/metric"
)

const (
	benchAgents  = 1000
	benchSeries  = 60
	benchSamples = 2
)

// BenchmarkWrite compares what the samples of 1,000 computers cost in processor
// time at the agents' door with what they cost at Prometheus' own receiver
// (storage/remote) over the same kind of TSDB. Both get the same bodies, from
// the HTTP handler on: decompression, decoding, labels, write-ahead log. They
// take turns, so that what else the computer does troubles all alike.
func BenchmarkWrite(b *testing.B) {
	now := noon
	clock := func() time.Time { return now }
	type contender struct {
		name    string
		handler func(agent int) http.Handler
		zstd    bool
		cpu     time.Duration
	}
	ours := func() func(int) http.Handler {
		db, err := metricdb.Open(context.Background(), metricdb.Options{Dir: b.TempDir(), Now: clock})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			if err := db.Close(); err != nil {
				b.Error(err)
			}
		})
		doors, err := ingest.New(ingest.Options{DB: db, Now: clock, Registerer: prometheus.NewRegistry()})
		if err != nil {
			b.Fatal(err)
		}
		door := doors.Agents()
		return func(i int) http.Handler {
			right := agent(fmt.Sprintf("pc-%04d", i))
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				door.ServeHTTP(w, r.WithContext(ingest.WithRight(r.Context(), right)))
			})
		}
	}
	contenders := []*contender{
		{name: "door", handler: ours()}, {name: "prometheus", handler: theirs(b)}, {name: "door-zstd", handler: ours(), zstd: true},
	}
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		b.Fatal(err)
	}
	defer encoder.Close()

	names := metric.FromAgents()
	rounds := 0
	round := func(measure bool) {
		now = now.Add(2 * time.Minute)
		plain := make([][]byte, benchAgents)
		for i := range plain {
			m := newMessage()
			for s := range benchSeries {
				m.add([]point{{now.Add(-time.Minute), float64(rounds * s)}, {now, float64(rounds*s) + 0.5}},
					"__name__", names[s%len(names)], "instance", fmt.Sprintf("pc-%04d", i), "system_device", fmt.Sprintf("disk%d", s/len(names)), "direction", "read")
			}
			plain[i] = marshal(b, m.done())
		}
		for _, c := range contenders {
			requests := make([]*http.Request, benchAgents)
			handlers := make([]http.Handler, benchAgents)
			for i, p := range plain {
				encoding, body := "snappy", snappy.Encode(nil, p)
				if c.zstd {
					encoding, body = "zstd", encoder.EncodeAll(p, nil)
				}
				requests[i] = httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
				requests[i].Header.Set("Content-Type", typeV2)
				requests[i].Header.Set("Content-Encoding", encoding)
				handlers[i] = c.handler(i)
			}
			runtime.GC() // each begins with the same room
			start := processorTime(b)
			for i, r := range requests {
				rec := httptest.NewRecorder()
				handlers[i].ServeHTTP(rec, r)
				if rec.Code != http.StatusNoContent {
					b.Fatalf("%s: answered %d: %s", c.name, rec.Code, rec.Body)
				}
			}
			if measure {
				c.cpu += processorTime(b) - start
			}
		}
		rounds++
	}
	round(false) // the series are made
	for b.Loop() {
		round(true)
	}
	n := float64(b.N * benchAgents * benchSeries * benchSamples)
	for _, c := range contenders {
		b.ReportMetric(n/c.cpu.Seconds(), c.name+"-samples/cpu-s")
	}
	b.ReportMetric(contenders[1].cpu.Seconds()/contenders[0].cpu.Seconds(), "door/prometheus")
	b.ReportMetric(0, "ns/op") // left out: most of it is making the bodies
}

// theirs is Prometheus' receiver over a TSDB with the options of metricdb's.
func theirs(b *testing.B) func(int) http.Handler {
	o := tsdb.DefaultOptions()
	o.OutOfOrderTimeWindow = metricdb.OutOfOrderWindow.Milliseconds()
	o.WALCompression = compression.Snappy
	o.StripeSize = 1 << 12
	logger := slog.New(slog.DiscardHandler)
	db, err := tsdb.Open(b.TempDir(), logger, nil, o, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	h := remote.NewWriteHandler(logger, prometheus.NewRegistry(), db, remoteapi.MessageTypes{remoteapi.WriteV2MessageType}, false, false)
	return func(int) http.Handler { return h }
}

// processorTime is what this process has used so far, user and system.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
