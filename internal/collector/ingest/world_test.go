package ingest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"

	"github.com/budi-monitor/budi/internal/collector/ingest"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

const (
	typeV1 = "application/x-protobuf;proto=prometheus.WriteRequest"
	typeV2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request"
)

// clock is a clock that tests set.
type clock struct{ ns atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Unix(0, c.ns.Load()).UTC() }
func (c *clock) Advance(d time.Duration) { c.ns.Add(int64(d)) }

// world is a collector's database behind the doors.
type world struct {
	t     testing.TB
	clock *clock
	db    *metricdb.DB
	doors *ingest.Doors
	reg   *prometheus.Registry
}

func newWorld(t testing.TB, change ...func(*metricdb.Options, *ingest.Options)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{}, reg: prometheus.NewRegistry()}
	w.clock.ns.Store(noon.UnixNano())
	do := metricdb.Options{Dir: t.TempDir(), Now: w.clock.Now}
	io := ingest.Options{Now: w.clock.Now, Registerer: w.reg}
	for _, f := range change {
		f(&do, &io)
	}
	var err error
	if w.db, err = metricdb.Open(context.Background(), do); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	io.DB = w.db
	if w.doors, err = ingest.New(io); err != nil {
		t.Fatal(err)
	}
	return w
}

// agent is the right of the agent on a computer of the site "main".
func agent(device string) ingest.Right {
	return ingest.Right{Kind: ingest.Agent, ID: "agent-of-" + device, Site: "main", Device: device}
}

// pusher is the right of a program that may speak of site "main", in which the
// named devices are.
func pusher(devices ...string) ingest.Right {
	return ingest.Right{Kind: ingest.Push, ID: "token-1", Site: "main", Source: "prom", Devices: func(d string) bool { return slices.Contains(devices, d) }}
}

// request is one request to a door, before it is made.
type request struct {
	right    *ingest.Right
	method   string
	kind     string // Content-Type
	encoding string
	body     []byte
}

// ask lets a door answer. Which door follows from the right.
func (w *world) ask(r request) *httptest.ResponseRecorder {
	if r.method == "" {
		r.method = http.MethodPost
	}
	req := httptest.NewRequest(r.method, "http://collector/write", bytes.NewReader(r.body))
	if r.kind != "" {
		req.Header.Set("Content-Type", r.kind)
	}
	if r.encoding != "" {
		req.Header.Set("Content-Encoding", r.encoding)
	}
	door := w.doors.Agents()
	if r.right != nil {
		req = req.WithContext(ingest.WithRight(req.Context(), *r.right))
		if r.right.Kind == ingest.Push {
			door = w.doors.Push()
		}
	}
	rec := httptest.NewRecorder()
	door.ServeHTTP(rec, req)
	return rec
}

// send sends a message of Remote-Write 2.0 and returns the status.
func (w *world) send(right ingest.Right, m *writev2.Request) int {
	w.t.Helper()
	return w.ask(request{right: &right, kind: typeV2, encoding: "snappy", body: snappy.Encode(nil, marshal(w.t, m))}).Code
}

// want sends a message and demands a status.
func (w *world) want(status int, right ingest.Right, m *writev2.Request) {
	w.t.Helper()
	if got := w.send(right, m); got != status {
		w.t.Errorf("answered %d, want %d", got, status)
	}
}

type marshaler interface{ Marshal() ([]byte, error) }

func marshal(t testing.TB, m marshaler) []byte {
	t.Helper()
	b, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func zstdOf(t testing.TB, b []byte, o ...zstd.EOption) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil, o...)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	return e.EncodeAll(b, nil)
}

// zstdStream compresses as a stream, which does not say how long it is.
func zstdStream(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	e, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	// In two pieces: what comes in one the encoder knows the length of.
	for _, piece := range [][]byte{b[:len(b)/2], b[len(b)/2:]} {
		if _, err := e.Write(piece); err != nil {
			t.Fatal(err)
		}
		if err := e.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// message makes a request of Remote-Write 2.0.
type message struct {
	table writev2.SymbolsTable
	req   writev2.Request
}

func newMessage() *message { return &message{table: writev2.NewSymbolTable()} }

type point struct {
	at time.Time
	v  float64
}

// add adds a series: name, value, name, value, …
func (m *message) add(points []point, labels ...string) *message {
	s := writev2.TimeSeries{}
	for _, l := range labels {
		s.LabelsRefs = append(s.LabelsRefs, m.table.Symbolize(l))
	}
	for _, p := range points {
		s.Samples = append(s.Samples, writev2.Sample{Timestamp: p.at.UnixMilli(), Value: p.v})
	}
	m.req.Timeseries = append(m.req.Timeseries, s)
	return m
}

func (m *message) done() *writev2.Request {
	m.req.Symbols = m.table.Symbols()
	return &m.req
}

// one is a message with one sample.
func one(at time.Time, v float64, labels ...string) *writev2.Request {
	return newMessage().add([]point{{at, v}}, labels...).done()
}

func old(at time.Time, v float64, labels ...string) *prompb.WriteRequest {
	s := prompb.TimeSeries{Samples: []prompb.Sample{{Timestamp: at.UnixMilli(), Value: v}}}
	for i := 0; i < len(labels); i += 2 {
		s.Labels = append(s.Labels, prompb.Label{Name: labels[i], Value: labels[i+1]})
	}
	return &prompb.WriteRequest{Timeseries: []prompb.TimeSeries{s}}
}

// query returns what an expression finds now, as sorted "labels value" texts.
func (w *world) query(expr string) []string {
	w.t.Helper()
	points, err := w.db.Query(context.Background(), expr, w.clock.Now())
	if err != nil {
		w.t.Fatalf("%s: %v", expr, err)
	}
	out := []string{}
	for _, p := range points {
		var labels []string
		for name, value := range p.Labels {
			labels = append(labels, fmt.Sprintf("%s=%q", name, value))
		}
		slices.Sort(labels)
		out = append(out, fmt.Sprintf("{%s} %v", strings.Join(labels, ","), p.Value))
	}
	slices.Sort(out)
	return out
}

func (w *world) finds(expr string, want ...string) {
	w.t.Helper()
	slices.Sort(want)
	if got := w.query(expr); !slices.Equal(got, want) {
		w.t.Errorf("%s finds\n%s\nwant\n%s", expr, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// counter adds up the series of a metric whose labels have these values.
func (w *world) counter(name string, values ...string) float64 {
	w.t.Helper()
	families, err := w.reg.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			have := map[string]bool{}
			for _, l := range m.GetLabel() {
				have[l.GetValue()] = true
			}
			if !slices.ContainsFunc(values, func(v string) bool { return !have[v] }) {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

func (w *world) counted(want float64, name string, values ...string) {
	w.t.Helper()
	if got := w.counter(name, values...); got != want {
		w.t.Errorf("%s%q is %v, want %v", name, values, got, want)
	}
}

// endless is a body without end that counts what is read of it.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	e.read.Add(int64(len(p)))
	return len(p), nil
}

var _ io.Reader = (*endless)(nil)
