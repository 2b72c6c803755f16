package agent_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/agent"
	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

// collector is a small collector that can refuse.
type collector struct {
	*httptest.Server
	changed chan struct{} // something arrived

	mu       sync.Mutex
	refusal  wire.Code // of tokens
	revoked  string    // secret of an agent that is not taken any more
	enrolled []wire.EnrolRequest
	writes   map[string]int // by secret
	reports  []wire.ReportRequest
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{changed: make(chan struct{}, 1), writes: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+wire.PathEnrol, c.enrol)
	mux.HandleFunc("POST "+wire.PathWrite, func(w http.ResponseWriter, r *http.Request) {
		if c.admit(w, r) {
			c.mu.Lock()
			c.writes[bearer(r)]++
			c.mu.Unlock()
			w.WriteHeader(http.StatusNoContent)
		}
	})
	mux.HandleFunc("POST "+wire.PathReport, func(w http.ResponseWriter, r *http.Request) {
		if !c.admit(w, r) {
			return
		}
		var report wire.ReportRequest
		if err := json.NewDecoder(r.Body).Decode(&report); err != nil {
			t.Errorf("a report that is no JSON: %v", err)
		}
		c.mu.Lock()
		c.reports = append(c.reports, report)
		c.mu.Unlock()
		_ = json.NewEncoder(w).Encode(wire.ReportReply{Assignment: c.assignment()})
	})
	c.Server = httptest.NewServer(mux)
	t.Cleanup(c.Close)
	return c
}

func (c *collector) assignment() wire.Assignment {
	a := wire.DefaultAssignment()
	a.Version, a.PushInterval = "1", time.Second
	return a
}

func bearer(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// quickID is the n-th ID of an agent whose first look is soon after its start:
// the ID decides when. (Only for the test's own time: any ID would do.)
func quickID(n int) string {
	for i := 0; ; i++ {
		id := fmt.Sprint("agent-", i)
		if soon("host/"+id) && soon("facts/"+id) {
			if n--; n < 0 {
				return id
			}
		}
	}
}

func soon(target string) bool {
	sum := sha256.Sum256([]byte(target))
	return binary.BigEndian.Uint64(sum[:8])%uint64(10*time.Second) < uint64(200*time.Millisecond)
}

func (c *collector) enrol(w http.ResponseWriter, r *http.Request) {
	var request wire.EnrolRequest
	err := json.NewDecoder(r.Body).Decode(&request)
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.notify()
	if err != nil || request.Check() != nil || c.refusal != "" {
		refuse(w, http.StatusForbidden, c.refusal)
		return
	}
	n := slices.IndexFunc(c.enrolled, func(e wire.EnrolRequest) bool { return e.Secret == request.Secret })
	if n < 0 {
		n = len(c.enrolled)
		c.enrolled = append(c.enrolled, request)
	}
	_ = json.NewEncoder(w).Encode(wire.EnrolReply{Agent: quickID(n), Device: fmt.Sprint("pc-", n), Site: "school", Assignment: c.assignment()})
}

func refuse(w http.ResponseWriter, status int, code wire.Code) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire.Refusal{Code: code, Error: "refused by the test"})
}

// admit lets enrolled agents in.
func (c *collector) admit(w http.ResponseWriter, r *http.Request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.notify()
	w.Header().Set(wire.HeaderCollectorStart, "start-1")
	w.Header().Set(wire.HeaderAssignment, "1")
	known := slices.ContainsFunc(c.enrolled, func(e wire.EnrolRequest) bool { return e.Secret == bearer(r) })
	if !known || bearer(r) == c.revoked {
		refuse(w, http.StatusUnauthorized, wire.CodeUnknownAgent)
		return false
	}
	return true
}

func (c *collector) notify() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// set changes how the collector behaves.
func (c *collector) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// until waits until something is so.
func (c *collector) until(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond) // files do not tell that they changed
	defer tick.Stop()
	for {
		c.mu.Lock()
		done := so()
		c.mu.Unlock()
		if done {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("waited in vain until %s", what)
		case <-c.changed:
		case <-tick.C:
		}
	}
}

const token = wire.EnrolTokenPrefix + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func (c *collector) order() agent.Order {
	return agent.Order{URL: c.URL, Token: secret.New(token)}
}

func options(t *testing.T) agent.Options {
	t.Helper()
	dir := t.TempDir()
	return agent.Options{
		Places: agent.Places{Config: filepath.Join(dir, "agent.yml"), State: filepath.Join(dir, "agent.db")},
		Logger: slog.New(slog.NewTextHandler(&testWriter{t: t}, nil)), Version: "v1.2.3", System: "linux",
		FactsDelay: time.Millisecond, OrderEvery: 10 * time.Millisecond,
	}
}

// testWriter shows the log of a test that fails.
type testWriter struct{ t *testing.T }

func (w *testWriter) Write(line []byte) (int, error) {
	w.t.Log(strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}

// start runs an agent until the test or stop ends.
func start(t *testing.T, o agent.Options) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- agent.Run(ctx, o) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the agent ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func status(t *testing.T, o agent.Options) agent.Status {
	t.Helper()
	s, _, err := agent.ReadStatus(o.State)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t *testing.T, o agent.Options, order agent.Order) {
	t.Helper()
	if err := agent.WriteOrder(o.State, order); err != nil {
		t.Fatal(err)
	}
}

func codes(reports []wire.ReportRequest) []string {
	var out []string
	for _, r := range reports {
		for _, e := range r.Events {
			out = append(out, e.Code)
		}
	}
	return out
}

func sets(reports []wire.ReportRequest) map[string]look.FactSet {
	out := map[string]look.FactSet{}
	for _, r := range reports {
		for _, s := range r.Facts {
			out[s.Kind] = s
		}
	}
	return out
}

func TestAnAgentEnrolsLooksAndReports(t *testing.T) {
	c, o := newCollector(t), options(t)
	stop := start(t, o)
	c.until(t, "the agent waits for its enrolment", func() bool { return !status(t, o).Written.IsZero() })
	if s := status(t, o); s.Enrolled || !s.Running || !s.Alive(time.Now()) {
		t.Errorf("before the enrolment: %+v", s)
	}
	write(t, o, c.order())
	c.until(t, "samples, facts and events arrived", func() bool {
		return len(c.enrolled) == 1 && c.writes[c.enrolled[0].Secret] > 0 && len(sets(c.reports)) > 3 && len(codes(c.reports)) >= 2
	})
	stop()

	request := c.enrolled[0]
	if request.Token != token || request.Version != "v1.2.3" || request.System != "linux" || request.Hostname == "" {
		t.Errorf("enrolled as %+v", request)
	}
	if got := codes(c.reports); !slices.Contains(got, agent.EventEnrolled) || !slices.Contains(got, agent.EventStarted) {
		t.Errorf("events %q", got)
	}
	if _, there := sets(c.reports)["sessions"]; there {
		t.Error("sessions of people were read though the collector did not ask for them")
	}
	s := status(t, o)
	if !s.Enrolled || s.Running || s.Alive(time.Now()) || s.Device != "pc-0" || s.Site != "school" || s.URL != c.URL || s.Series < 10 || s.Refused != "" {
		t.Errorf("after the end: %+v", s)
	}
	if _, waits, err := agent.ReadOrder(o.State); waits || err != nil {
		t.Errorf("the order is still there: %v", err)
	}

	// The next start needs no order, and says that it is another one.
	o.Version = "v1.2.4"
	stop = start(t, o)
	c.until(t, "the update was told", func() bool { return slices.Contains(codes(c.reports), agent.EventUpdated) })
	stop()
	if len(c.enrolled) != 1 {
		t.Errorf("enrolled %d times", len(c.enrolled))
	}
}

func TestARefusedOrderIsTriedAgainWhenItChanges(t *testing.T) {
	c, o := newCollector(t), options(t)
	c.refusal = wire.CodeTokenExpired
	write(t, o, c.order())
	stop := start(t, o)
	c.until(t, "the refusal is told", func() bool { return status(t, o).Order != "" })
	c.set(func() { c.refusal = "" })
	write(t, o, c.order())
	c.until(t, "the new order is carried out", func() bool { return status(t, o).Enrolled })
	stop()
	if s := status(t, o); s.Order != "" {
		t.Errorf("the trouble is over, but the status says %q", s.Order)
	}
}

func TestARevokedAgentGoesOnAndCanBeEnrolledAnew(t *testing.T) {
	c, o := newCollector(t), options(t)
	write(t, o, c.order())
	stop := start(t, o)
	c.until(t, "samples arrived", func() bool { return len(c.enrolled) == 1 && c.writes[c.enrolled[0].Secret] > 0 })
	c.set(func() { c.revoked = c.enrolled[0].Secret })
	c.until(t, "the refusal is told", func() bool { return status(t, o).Refused != "" })
	if s := status(t, o); !s.Running || !s.Enrolled {
		t.Errorf("a revoked agent goes on: %+v", s)
	}
	write(t, o, c.order())
	c.until(t, "samples arrive under the new identity", func() bool { return len(c.enrolled) == 2 && c.writes[c.enrolled[1].Secret] > 0 })
	stop()
	if s := status(t, o); s.Refused != "" || s.Device != "pc-1" {
		t.Errorf("after the new enrolment: %+v", s)
	}
}

func TestAnEnrolledAgentLeavesTheSameOrderAlone(t *testing.T) {
	c, o := newCollector(t), options(t)
	if _, err := agent.Enrol(t.Context(), o, c.order()); err != nil {
		t.Fatal(err)
	}
	write(t, o, c.order()) // an upgrade by the same installer
	stop := start(t, o)
	c.until(t, "the order is gone", func() bool { _, waits, _ := agent.ReadOrder(o.State); return !waits })
	again := c.order()
	again.Replace = true
	write(t, o, again)
	c.until(t, "the agent is enrolled anew", func() bool { return len(c.enrolled) == 2 })
	c.until(t, "the status says so", func() bool { return status(t, o).Device == "pc-1" })
	other := newCollector(t)
	write(t, o, other.order()) // another collector: no need to insist
	other.until(t, "the agent is enrolled elsewhere", func() bool { return len(other.enrolled) == 1 })
	stop()
}

// Somebody corrects the order while the agent enrols by the first.
func TestAnOrderThatComesWhileAnotherIsCarriedOutIsNotLost(t *testing.T) {
	for name, refusal := range map[string]wire.Code{"the first enrols": "", "the first is refused": wire.CodeTokenExpired} {
		t.Run(name, func(t *testing.T) {
			c, other, o := newCollector(t), newCollector(t), options(t)
			c.refusal = refusal
			first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != wire.PathEnrol {
					http.NotFound(w, r)
					return
				}
				if err := agent.WriteOrder(o.State, other.order()); err != nil {
					t.Error(err)
				}
				c.enrol(w, r)
			}))
			defer first.Close()
			order := c.order()
			order.URL = first.URL
			write(t, o, order)
			stop := start(t, o)
			other.until(t, "the second order is carried out", func() bool { return len(other.enrolled) == 1 })
			other.until(t, "no order waits", func() bool { _, waits, _ := agent.ReadOrder(o.State); return !waits })
			stop()
			if s := status(t, o); s.URL != other.URL {
				t.Errorf("the agent is enrolled with %s", s.URL)
			}
		})
	}
}

func TestEnrolBesideAnAgent(t *testing.T) {
	c, o := newCollector(t), options(t)
	identity, err := agent.Enrol(t.Context(), o, c.order())
	if err != nil || identity.Device != "pc-0" || identity.Site != "school" {
		t.Fatalf("enrolled as %+v, %v", identity, err)
	}
	var already agent.AlreadyEnrolled
	if _, err := agent.Enrol(t.Context(), o, c.order()); !errors.As(err, &already) || already.Device != "pc-0" {
		t.Errorf("a second time: %v", err)
	}
	stop := start(t, o)
	c.until(t, "the agent runs", func() bool { return status(t, o).Running })
	again := c.order()
	again.Replace = true
	if _, err := agent.Enrol(t.Context(), o, again); !errors.Is(err, state.ErrLocked) {
		t.Errorf("beside a running agent: %v", err)
	}
	c.until(t, "the running agent carries it out", func() bool { return len(c.enrolled) == 2 })
	if err := agent.Run(t.Context(), o); !errors.Is(err, state.ErrLocked) {
		t.Errorf("a second agent over one file: %v", err)
	}
	stop()
}

func TestALostAnswerIsAskedForAgain(t *testing.T) {
	c, o := newCollector(t), options(t)
	lost := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		// The collector has heard the request; the agent does not hear the answer.
		c.enrol(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}))
	defer lost.Close()
	order := c.order()
	order.URL = lost.URL
	if _, err := agent.Enrol(t.Context(), o, order); err == nil {
		t.Fatal("enrolled without an answer")
	}
	first := len(c.enrolled)
	kept, waits, err := agent.ReadOrder(o.State)
	if err != nil || !waits || first != 1 || kept.Secret.Reveal() != c.enrolled[0].Secret {
		t.Fatalf("the secret was not kept: %v, %v, %d", waits, err, first)
	}
	kept.URL = c.URL // the same collector, well again
	write(t, o, kept)
	stop := start(t, o)
	c.until(t, "the agent is enrolled", func() bool { return status(t, o).Enrolled })
	stop()
	if len(c.enrolled) != 1 {
		t.Errorf("the token was used %d times", len(c.enrolled))
	}
}

func TestMetricsForALocalPrometheus(t *testing.T) {
	c, o := newCollector(t), options(t)
	address := make(chan string, 1)
	o.Listening = func(a string) { address <- a }
	writeConfig(t, o, "metrics_listen: 127.0.0.1:0\n")
	write(t, o, c.order())
	start(t, o)
	url := "http://" + <-address + "/metrics"
	var body string
	c.until(t, "samples are shown", func() bool {
		r, err := c.Client().Get(url)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r.Body)
		if err := errors.Join(err, r.Body.Close()); err != nil {
			t.Fatal(err)
		}
		body = string(data)
		return strings.Contains(body, "\nsystem_uptime_seconds ")
	})
	if !strings.Contains(body, `system_cpu_time_seconds_total{cpu_mode="idle"}`) {
		t.Errorf("no processor in\n%s", body)
	}
}
