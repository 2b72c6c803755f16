package uplink_test

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	writev2 "github.com/prometheus/client_golang/exp/api/remote/genproto/v2"
	"google.golang.org/protobuf/proto"

	"github.com/budi-monitor/budi/internal/agent/agenttest"
	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/agent/uplink"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

func monday() time.Time { return time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC) }

// clock is a clock that tests turn.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// stored is one sample as a collector has it.
type stored struct {
	series string
	at     int64
}

// collector is a small real server that does as a collector does, and
// misbehaves when it is told to.
type collector struct {
	t         *testing.T
	authority *agenttest.Authority
	server    *httptest.Server

	mu          sync.Mutex
	start       string
	assignment  wire.Assignment
	samples     map[stored]float64
	newest      []int64 // newest time of each write, in the order of arrival
	seriesMost  int     // most samples of one series in one write
	reports     []wire.ReportRequest
	encodings   []string
	used        map[string]uint64 // by nonce
	connections map[string]bool
	requests    int
	body        []byte // of the newest request, decompressed
	resent      int    // samples that came again

	// misbehave may answer in place of the collector, and then returns true.
	misbehave func(w http.ResponseWriter, r *http.Request, times []int64) bool
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{
		t: t, start: "start-1", assignment: wire.DefaultAssignment(), samples: map[stored]float64{}, used: map[string]uint64{}, connections: map[string]bool{},
	}
	c.assignment.Version, c.assignment.Compressions = "1", []string{wire.Snappy, wire.Zstd}
	now := time.Now()
	c.authority = agenttest.NewAuthority(t, now.Add(-time.Hour))
	c.server = agenttest.Serve(t, c.authority.Certificate(t, now.Add(-time.Hour), now.AddDate(0, 1, 0)), c)
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	c.connections[r.RemoteAddr] = true
	c.encodings = append(c.encodings, r.Header.Get("Content-Encoding"))
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	switch r.Header.Get("Content-Encoding") {
	case wire.Zstd:
		d, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(wire.MaxDecompressed))
		if err != nil {
			c.t.Error(err)
			return
		}
		defer d.Close()
		if body, err = d.DecodeAll(body, nil); err != nil {
			c.t.Errorf("zstd: %v", err)
		}
	case wire.Snappy:
		if body, err = snappy.Decode(nil, body); err != nil {
			c.t.Errorf("snappy: %v", err)
		}
	}
	c.body = body
	var message writev2.Request
	var times []int64
	if r.URL.Path == wire.PathWrite {
		if err := proto.Unmarshal(body, &message); err != nil {
			c.t.Errorf("protobuf: %v", err)
		}
		for _, series := range message.Timeseries {
			for _, s := range series.Samples {
				times = append(times, s.Timestamp)
			}
		}
	}
	if got := r.Header.Get("Authorization"); got != "Bearer s3cret" {
		c.t.Errorf("Authorization: %q", got)
	}
	if c.misbehave != nil && c.misbehave(w, r, times) {
		return
	}
	w.Header().Set(wire.HeaderCollectorStart, c.start)
	w.Header().Set(wire.HeaderAssignment, c.assignment.Version)
	sequence, err := strconv.ParseUint(r.Header.Get(wire.HeaderSequence), 10, 64)
	nonce := r.Header.Get(wire.HeaderNonce)
	if err != nil || len(nonce) != 32 || r.Header.Get(wire.HeaderTime) == "" {
		c.t.Errorf("headers: %v", r.Header)
	}
	if sequence <= c.used[nonce] {
		refuse(w, http.StatusConflict, wire.CodeReplayed)
		return
	}
	c.used[nonce] = sequence
	if r.URL.Path == wire.PathReport {
		var report wire.ReportRequest
		if err := json.Unmarshal(body, &report); err != nil {
			c.t.Errorf("report: %v", err)
		}
		c.reports = append(c.reports, report)
		if err := json.NewEncoder(w).Encode(wire.ReportReply{Assignment: c.assignment}); err != nil {
			c.t.Error(err)
		}
		return
	}
	c.store(r, &message)
	w.WriteHeader(http.StatusNoContent)
}

// store takes the samples of a write up, and checks what a real door checks.
func (c *collector) store(r *http.Request, message *writev2.Request) {
	if got := r.Header.Get("Content-Type"); got != "application/x-protobuf;proto=io.prometheus.write.v2.Request" {
		c.t.Errorf("Content-Type: %q", got)
	}
	if len(message.Symbols) == 0 || message.Symbols[0] != "" {
		c.t.Errorf("symbols: %q", message.Symbols)
		return
	}
	newest := int64(math.MinInt64)
	for _, series := range message.Timeseries {
		key, last := "", ""
		for i := 0; i+1 < len(series.LabelsRefs); i += 2 {
			name := message.Symbols[series.LabelsRefs[i]]
			if name <= last {
				c.t.Errorf("labels are out of order: %q after %q", name, last)
			}
			last = name
			key += name + "=" + message.Symbols[series.LabelsRefs[i+1]] + ";"
		}
		before := int64(math.MinInt64)
		for _, s := range series.Samples {
			if s.Timestamp < before {
				c.t.Errorf("samples are out of order")
			}
			before, newest = s.Timestamp, max(newest, s.Timestamp)
			id := stored{key, s.Timestamp}
			if _, ok := c.samples[id]; ok {
				c.resent++
			}
			c.samples[id] = s.Value
		}
		c.seriesMost = max(c.seriesMost, len(series.Samples))
	}
	c.newest = append(c.newest, newest)
}

func refuse(w http.ResponseWriter, status int, code wire.Code) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire.Refusal{Code: code, Error: "told by the test"})
}

func (c *collector) do(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

// agent is an uplink over a real store.
type agent struct {
	*uplink.Uplink
	store *state.Store
	clock *clock
	told  []wire.Assignment
}

func newAgent(t *testing.T, c *collector) *agent {
	t.Helper()
	a := &agent{clock: &clock{now: time.Now().Truncate(time.Minute)}}
	var err error
	if a.store, err = state.Open(filepath.Join(t.TempDir(), "agent.db"), state.Options{Now: a.clock.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.store.Close() })
	must(t, a.store.SetAssignment(c.assignment))
	a.Uplink, err = uplink.New(uplink.Options{
		Identity: state.Identity{URL: c.server.URL, CA: c.authority.DER, Agent: "a-1", Device: "pc-1", Site: "main", Secret: secret.New("s3cret")},
		Spool:    a.store, Now: a.clock.Now, Version: "1.2.3", System: "linux", Hostname: "pc-1",
		OnAssignment: func(as wire.Assignment) { a.told = append(a.told, as) },
	})
	must(t, err)
	return a
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put has the agent make looks, a minute apart.
func (a *agent) put(t *testing.T, looks, samples int) {
	t.Helper()
	for range looks {
		a.clock.turn(time.Minute)
		r := look.Result{Time: a.clock.Now()}
		for i := range samples {
			r.Samples = append(r.Samples, look.Sample{
				Name: "system_thing_" + strconv.Itoa(i), Labels: look.Labels("zone", "b", "disk", strconv.Itoa(i)), Value: float64(i) * 1.5,
			})
		}
		must(t, a.store.Put(r))
	}
}
