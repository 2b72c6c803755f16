package uplink_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/agent/uplink"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

func TestThePresentComesFirst(t *testing.T) {
	c := newCollector(t)
	a := newAgent(t, c)
	const looks, series = 2000, 60
	a.put(t, looks, series)
	must(t, a.Push(t.Context()))
	if len(c.samples) != looks*series || c.resent != 0 {
		t.Errorf("%d samples arrived, %d twice; want %d", len(c.samples), c.resent, looks*series)
	}
	if c.newest[0] != a.clock.Now().UnixMilli() || !slices.IsSortedFunc(c.newest, func(a, b int64) int { return int(b - a) }) {
		t.Errorf("the order of arrival: %v", c.newest)
	}
	if most := wire.MaxSamples / series; c.seriesMost != most {
		t.Errorf("a request held %d samples of a series, want %d", c.seriesMost, most)
	}
	if want := 1 + 120_000/wire.MaxSamples + 1; c.requests != want { // the first small one, the rest, the report
		t.Errorf("%d requests, want %d", c.requests, want)
	}
	if got := a.Status(); got.Spool.Samples != 0 || got.LastSuccess.IsZero() || got.Errors != 0 || got.Pushes != 1 {
		t.Errorf("status %+v", got)
	}
	requests := c.requests
	must(t, a.Push(t.Context()))
	if c.requests != requests {
		t.Error("there was nothing to say, and it was said")
	}
}

func TestSnappyIsSpokenUntilZstdIsKnown(t *testing.T) {
	c := newCollector(t)
	c.assignment.Compressions = []string{wire.Snappy}
	a := newAgent(t, c)
	a.put(t, 1, 3)
	must(t, a.Push(t.Context()))
	if !slices.Equal(c.encodings, []string{wire.Snappy, ""}) {
		t.Errorf("samples and report were compressed as %q", c.encodings)
	}
	c.do(func() { c.assignment.Version, c.assignment.Compressions = "2", []string{wire.Snappy, wire.Zstd} })
	a.put(t, 1, 3)
	must(t, a.Push(t.Context())) // asks, because the answer named another assignment
	a.put(t, 1, 3)
	c.do(func() {
		c.encodings = nil
		c.misbehave = func(w http.ResponseWriter, r *http.Request, _ []int64) bool {
			if r.Header.Get("Content-Encoding") != wire.Zstd {
				return false
			}
			w.WriteHeader(http.StatusUnsupportedMediaType)
			return true
		}
	})
	must(t, a.Push(t.Context()))
	if !slices.Equal(c.encodings, []string{wire.Zstd, wire.Snappy}) {
		t.Errorf("to one that does not understand Zstd after all: %q", c.encodings)
	}
	if len(a.told) != 1 || a.told[0].Version != "2" || a.store.Assignment().Version != "2" {
		t.Errorf("told of %+v", a.told)
	}
}

// misbehaviour of the other side that must cost nothing but time.
func TestNothingIsLostByOneThatMisbehaves(t *testing.T) {
	hijack := func(w http.ResponseWriter, answer string) {
		// HTTP/2 cannot be hijacked; aborting resets the stream.
		if answer == "" {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Length", "1000000")
		_, _ = io.WriteString(w, answer)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	tests := map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		want   string // in the error
	}{
		"server error":       {func(w http.ResponseWriter, _ *http.Request) { refuse(w, 500, wire.CodeInternal) }, "told by the test"},
		"busy":               {func(w http.ResponseWriter, _ *http.Request) { refuse(w, 503, wire.CodeBusy) }, "busy"},
		"no body":            {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, "502"},
		"reset":              {func(w http.ResponseWriter, _ *http.Request) { hijack(w, "") }, "push samples"},
		"truncated":          {func(w http.ResponseWriter, _ *http.Request) { hijack(w, "half of") }, "connection broke"},
		"sign-in page":       {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, "sign-in page"},
		"bad request, html":  {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", 400) }, "not from a collector"},
		"unauthorized, html": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusUnauthorized) }, "not from a collector"},
		"conflict, html":     {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusConflict) }, "not from a collector"},
		"not found":          {func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, "address"},
		"always replayed":    {func(w http.ResponseWriter, _ *http.Request) { refuse(w, 409, wire.CodeReplayed) }, "replayed"},
		"huge refusal":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); pour(w) }, "more than"},
		"refusal that is huge": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			_, _ = io.WriteString(w, `{"code":"internal","error":"`+strings.Repeat("ą", 100_000)+`"}`)
		}, "…"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newCollector(t)
			a := newAgent(t, c)
			a.put(t, 5, 4)
			c.misbehave = func(w http.ResponseWriter, r *http.Request, _ []int64) bool {
				tt.answer(w, r)
				return true
			}
			err := a.Push(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 1000 {
				t.Errorf("got %v", err)
			}
			if errors.Is(err, uplink.ErrRevoked) || errors.Is(err, uplink.ErrCloned) {
				t.Errorf("got %v", err)
			}
			got := a.Status()
			if got.Spool.Samples != 20 || got.Spool.Dropped != 0 || got.Errors != 1 || got.LastError != err.Error() || got.LastErrorAt.IsZero() {
				t.Errorf("status %+v", got)
			}
			c.do(func() { c.misbehave = nil })
			must(t, a.Push(t.Context()))
			if len(c.samples) != 20 || a.Status().LastError != "" {
				t.Errorf("%d samples arrived", len(c.samples))
			}
		})
	}
}

func pour(w io.Writer) {
	block := make([]byte, 64<<10)
	for range 100 {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

func TestASlowCollectorIsLeftWhenTheContextEnds(t *testing.T) {
	c := newCollector(t)
	a := newAgent(t, c)
	a.put(t, 1, 4)
	ctx, cancel := context.WithCancel(t.Context())
	c.misbehave = func(w http.ResponseWriter, r *http.Request, _ []int64) bool {
		cancel()
		<-r.Context().Done()
		return true
	}
	if err := a.Push(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := a.Status(); got.Spool.Samples != 4 || got.Errors != 0 {
		t.Errorf("status %+v", got)
	}
}

func TestOneBadLookDoesNotHoldUpTheOthers(t *testing.T) {
	c := newCollector(t)
	a := newAgent(t, c)
	a.put(t, 30, 4)
	bad := a.clock.Now().UnixMilli()
	a.put(t, 33, 4)
	c.misbehave = func(w http.ResponseWriter, _ *http.Request, times []int64) bool {
		if !slices.Contains(times, bad) {
			return false
		}
		refuse(w, http.StatusBadRequest, wire.CodeBadRequest)
		return true
	}
	must(t, a.Push(t.Context()))
	if got := a.Status().Spool; len(c.samples) != 62*4 || got.Samples != 0 || got.Dropped != 4 {
		t.Errorf("%d samples arrived, %+v", len(c.samples), got)
	}
}

func TestACollectorThatRefusesEverythingDoesNotEmptyTheSpool(t *testing.T) {
	c := newCollector(t)
	a := newAgent(t, c)
	a.put(t, 100, 4)
	c.misbehave = func(w http.ResponseWriter, _ *http.Request, _ []int64) bool {
		refuse(w, http.StatusBadRequest, wire.CodeBadRequest)
		return true
	}
	if err := a.Push(t.Context()); err == nil {
		t.Error("no error")
	}
	if got := a.Status().Spool; got.Dropped > 10*4 || got.Samples < 90*4 {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsTooLargeIsSentInParts(t *testing.T) {
	c := newCollector(t)
	a := newAgent(t, c)
	a.put(t, 40, 10)
	c.misbehave = func(w http.ResponseWriter, _ *http.Request, times []int64) bool {
		if len(times) <= 30 {
			return false
		}
		http.Error(w, "413 Request Entity Too Large", http.StatusRequestEntityTooLarge)
		return true
	}
	must(t, a.Push(t.Context()))
	if got := a.Status().Spool; len(c.samples) != 400 || got.Dropped != 0 {
		t.Errorf("%d samples arrived, %+v", len(c.samples), got)
	}
}

func TestALostAnswerCostsNothing(t *testing.T) {
	c := newCollector(t)
	a := newAgent(t, c)
	a.put(t, 3, 4)
	lost := false
	c.misbehave = func(_ http.ResponseWriter, r *http.Request, _ []int64) bool {
		if lost {
			return false
		}
		lost = true
		// The request was taken, but nobody hears of it. The next attempt comes
		// under a number that was used.
		for sequence := range uint64(3) {
			c.used[r.Header.Get(wire.HeaderNonce)] = sequence + 1
		}
		panic(http.ErrAbortHandler)
	}
	if err := a.Push(t.Context()); err == nil {
		t.Error("no error")
	}
	must(t, a.Push(t.Context()))
	if len(c.samples) != 12 || len(c.used) != 2 {
		t.Errorf("%d samples arrived, under %d nonces", len(c.samples), len(c.used))
	}
}

func TestAnIdentityThatIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		code   wire.Code
		want   error
	}{
		"revoked": {401, wire.CodeUnknownAgent, uplink.ErrRevoked},
		"cloned":  {409, wire.CodeCloned, uplink.ErrCloned},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCollector(t)
			c.assignment.PushInterval = time.Second
			a := newAgent(t, c)
			a.put(t, 1, 4)
			c.misbehave = func(w http.ResponseWriter, _ *http.Request, _ []int64) bool {
				refuse(w, tt.status, tt.code)
				return true
			}
			if err := a.Push(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("push: %v", err)
			}
			if err := a.Run(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("run: %v", err)
			}
			if got := a.Status().Spool; got.Samples != 4 || got.Dropped != 0 {
				t.Errorf("%+v", got)
			}
		})
	}
}

// The collector is killed in the middle of a week's backlog, three times, and
// each time loses what it acknowledged last.
func TestCountInIsCountOut(t *testing.T) {
	c := newCollector(t)
	a := newAgent(t, c)
	const looks, series = 3000, 60
	a.put(t, looks, series)
	kills := 0
	var last []stored
	c.misbehave = func(_ http.ResponseWriter, r *http.Request, _ []int64) bool {
		if r.URL.Path != wire.PathWrite || kills == 3 || c.requests%3 != 0 {
			return false
		}
		kills++
		for id := range c.samples { // what came with the newest writes
			if len(last) < 30_000 {
				last = append(last, id)
			}
		}
		for _, id := range last {
			delete(c.samples, id)
		}
		last, c.start = nil, c.start+"+"
		panic(http.ErrAbortHandler)
	}
	for range 10 {
		if a.Push(t.Context()) == nil {
			break
		}
		a.clock.turn(20 * time.Second)
	}
	if len(c.samples) != looks*series || kills != 3 {
		t.Errorf("%d samples are there after %d kills, want %d", len(c.samples), kills, looks*series)
	}
	if got := a.Status().Spool; got.Samples != 0 || got.Dropped != 0 {
		t.Errorf("%+v", got)
	}
}

func TestWhatANewCollectorDoesNotHaveComesAgainAfterAStartOfTheAgent(t *testing.T) {
	c := newCollector(t)
	a := newAgent(t, c)
	a.put(t, 5, 4)
	must(t, a.Push(t.Context()))
	// Power fails for both: another process of each, the same files.
	c.do(func() { c.start = "start-2"; clear(c.samples) })
	b, err := uplink.New(uplink.Options{
		Identity: state.Identity{URL: c.server.URL, CA: c.authority.DER, Agent: "a-1", Secret: secret.New("s3cret")}, Spool: a.store, Now: a.clock.Now,
	})
	must(t, err)
	a.put(t, 1, 4)
	must(t, b.Push(t.Context()))
	if len(c.samples) != 6*4 {
		t.Errorf("%d samples are there, want 24", len(c.samples))
	}
}

func TestTheSecretIsNotGivenToAnotherServer(t *testing.T) {
	var visits atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	defer other.Close()
	c := newCollector(t)
	a := newAgent(t, c)
	a.put(t, 1, 4)
	c.misbehave = func(w http.ResponseWriter, r *http.Request, _ []int64) bool {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		return true
	}
	if err := a.Push(t.Context()); err == nil || !strings.Contains(err.Error(), "redirect (307)") {
		t.Errorf("got %v", err)
	}
	if visits.Load() != 0 {
		t.Error("the redirect was followed")
	}
}

func TestFactsAndEvents(t *testing.T) {
	c := newCollector(t)
	a := newAgent(t, c)
	disk := func(model string) look.FactSet {
		return look.FactSet{Kind: "disk", Time: a.clock.Now(), Items: []look.Item{{Key: "S1", Fields: map[string]string{"model": model}}}}
	}
	board := look.FactSet{Kind: "board", Time: a.clock.Now(), Items: []look.Item{{Fields: map[string]string{"vendor": "x"}}}}
	machine := wire.Machine{SystemUUID: "u-1"}
	kinds := func(r wire.ReportRequest) (out []string) {
		for _, f := range r.Facts {
			out = append(out, f.Kind)
		}
		return out
	}
	push := func(report wire.ReportRequest) []wire.ReportRequest {
		t.Helper()
		a.clock.turn(4 * time.Hour)
		a.Report(report)
		c.do(func() { c.reports = nil })
		must(t, a.Push(t.Context()))
		return c.reports
	}
	got := push(wire.ReportRequest{Machine: machine, Facts: []look.FactSet{disk("A"), board, disk("B")}, Events: []look.Event{{Code: "one", Time: monday()}}})
	if len(got) != 1 || !slices.Equal(kinds(got[0]), []string{"board", "disk"}) || got[0].Facts[1].Items[0].Fields["model"] != "B" ||
		len(got[0].Events) != 1 || got[0].Hostname != "pc-1" || got[0].Version != "1.2.3" || got[0].Machine.SystemUUID != "u-1" {
		t.Fatalf("the first report: %+v", got)
	}
	got = push(wire.ReportRequest{Facts: []look.FactSet{disk("B"), board}})
	if len(got) != 1 || len(got[0].Facts) != 0 || len(got[0].Events) != 0 || got[0].Machine.SystemUUID != "u-1" {
		t.Errorf("nothing has changed: %+v", got)
	}
	got = push(wire.ReportRequest{Facts: []look.FactSet{disk("C"), board}})
	if len(got) != 1 || !slices.Equal(kinds(got[0]), []string{"disk"}) {
		t.Errorf("the disk has changed: %+v", got)
	}
	// An answer that is lost: facts and events come again.
	lose := true
	c.do(func() {
		c.misbehave = func(_ http.ResponseWriter, _ *http.Request, _ []int64) bool {
			if lose {
				lose = false
				panic(http.ErrAbortHandler)
			}
			return false
		}
	})
	a.Report(wire.ReportRequest{Facts: []look.FactSet{disk("D")}, Events: []look.Event{{Code: "two"}}})
	if err := a.Push(t.Context()); err == nil {
		t.Error("no error")
	}
	c.do(func() { c.reports = nil })
	must(t, a.Push(t.Context()))
	if len(c.reports) != 1 || !slices.Equal(kinds(c.reports[0]), []string{"disk"}) || len(c.reports[0].Events) != 1 {
		t.Errorf("after a lost answer: %+v", c.reports)
	}
	a.clock.turn(16 * time.Hour)
	got = push(wire.ReportRequest{Facts: []look.FactSet{disk("D"), board}})
	if len(got) != 1 || !slices.Equal(kinds(got[0]), []string{"board"}) {
		t.Errorf("what was told a day ago is told again: %v", kinds(got[0]))
	}
}

func TestFactsThatAreRefusedDoNotHoldUpTheOthers(t *testing.T) {
	c := newCollector(t)
	a := newAgent(t, c)
	var sets []look.FactSet
	for _, kind := range []string{"a", "b", "bad", "c"} {
		sets = append(sets, look.FactSet{Kind: kind, Time: a.clock.Now()})
	}
	c.misbehave = func(w http.ResponseWriter, _ *http.Request, _ []int64) bool {
		if !bytes.Contains(c.body, []byte(`"bad"`)) {
			return false
		}
		refuse(w, http.StatusBadRequest, wire.CodeBadRequest)
		return true
	}
	a.Report(wire.ReportRequest{Facts: sets, Events: []look.Event{{Code: "e"}}})
	must(t, a.Push(t.Context()))
	seen := map[string]bool{}
	events := 0
	for _, r := range c.reports {
		events += len(r.Events)
		for _, f := range r.Facts {
			seen[f.Kind] = true
		}
	}
	if seen["bad"] || !seen["a"] || !seen["b"] || !seen["c"] || events != 1 {
		t.Errorf("got %v and %d events", seen, events)
	}
}

func TestRunPushesAgainAndAgain(t *testing.T) {
	c := newCollector(t)
	c.assignment.PushInterval = time.Second
	a := newAgent(t, c)
	a.put(t, 1, 4)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var firstRefusal, after time.Time
	arrived := make(chan struct{}, 100)
	c.misbehave = func(w http.ResponseWriter, r *http.Request, _ []int64) bool {
		if r.URL.Path != wire.PathWrite {
			return false
		}
		switch {
		case firstRefusal.IsZero():
			firstRefusal = time.Now()
			w.Header().Set("Retry-After", "2")
			refuse(w, http.StatusTooManyRequests, wire.CodeBusy)
			return true
		case after.IsZero():
			after = time.Now()
		}
		arrived <- struct{}{}
		return false
	}
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	for range 3 {
		<-arrived
		a.clock.turn(time.Minute)
		must(t, a.store.Put(look.Result{Time: a.clock.Now(), Samples: []look.Sample{{Name: "x", Value: 1}}}))
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
	if wait := after.Sub(firstRefusal); wait < 2*time.Second {
		t.Errorf("Retry-After said 2 s, the next request came after %v", wait)
	}
}

func TestSamplesOfTheAgentItself(t *testing.T) {
	c := newCollector(t)
	a := newAgent(t, c)
	a.put(t, 2, 4)
	before := a.Samples()
	must(t, a.Push(t.Context()))
	a.clock.turn(time.Minute)
	after := a.Samples()
	if len(before) != 6 || len(after) != 6 || before[1].Value != 8 || after[1].Value != 0 || before[3].Value != 0 || after[3].Value < 500 || after[4].Value < 500 {
		t.Errorf("before %v, after %v", before, after)
	}
}
