package ingest_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"github.com/budi-monitor/budi/internal/collector/ingest"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/wire"
)

func TestWhatIsRefused(t *testing.T) {
	w := newWorld(t)
	good := snappy.Encode(nil, marshal(t, one(noon, 1, "__name__", "system_uptime_seconds")))
	ours, prom := agent("pc-1"), pusher()
	eyes := ingest.Right{Kind: ingest.Eyes, ID: "e", Site: "main", Assigned: func(string, time.Time) bool { return true }}
	nowhere, nobody := ingest.Right{Kind: ingest.Agent, ID: "a", Device: "pc-1"}, ingest.Right{Kind: ingest.Agent, ID: "a", Site: "main"}
	nameless, sourceless := ingest.Right{Kind: ingest.Agent, Site: "main", Device: "pc-1"}, ingest.Right{Kind: ingest.Push, ID: "p", Site: "main"}
	zeros := make([]byte, 40<<20)
	claim := append(binary.AppendUvarint(nil, 1<<30), 0)

	for name, c := range map[string]struct {
		request
		status int
		code   wire.Code
		header [2]string
	}{
		"not by GET":                    {request{right: &ours, method: "GET"}, 405, wire.CodeBadRequest, [2]string{"Allow", "POST"}},
		"without a right":               {request{kind: typeV2, encoding: "snappy", body: good}, 500, wire.CodeInternal, [2]string{}},
		"eyes, which are to come":       {request{right: &eyes, kind: typeV2, encoding: "snappy", body: good}, 403, wire.CodeBadRequest, [2]string{}},
		"a right for no site":           {request{right: &nowhere, kind: typeV2, encoding: "snappy", body: good}, 500, wire.CodeInternal, [2]string{}},
		"a right for no device":         {request{right: &nobody, kind: typeV2, encoding: "snappy", body: good}, 500, wire.CodeInternal, [2]string{}},
		"a right of nobody":             {request{right: &nameless, kind: typeV2, encoding: "snappy", body: good}, 500, wire.CodeInternal, [2]string{}},
		"a right without a source":      {request{right: &sourceless, kind: typeV2, encoding: "snappy", body: good}, 500, "", [2]string{}},
		"an agent by 1.0":               {request{right: &ours, kind: typeV1, encoding: "snappy", body: good}, 415, wire.CodeBadRequest, [2]string{"Accept-Post", typeV2}},
		"without a Content-Type":        {request{right: &ours, encoding: "snappy", body: good}, 415, wire.CodeBadRequest, [2]string{"Accept-Post", typeV2}},
		"an unknown message":            {request{right: &prom, kind: "application/x-protobuf;proto=other", encoding: "snappy", body: good}, 415, "", [2]string{"Accept-Post", typeV2 + ", " + typeV1}},
		"JSON":                          {request{right: &prom, kind: "application/json", encoding: "snappy", body: good}, 415, "", [2]string{}},
		"uncompressed":                  {request{right: &ours, kind: typeV2, body: good}, 415, wire.CodeBadRequest, [2]string{"Accept-Encoding", "snappy, zstd"}},
		"gzip":                          {request{right: &ours, kind: typeV2, encoding: "gzip", body: good}, 415, wire.CodeBadRequest, [2]string{"Accept-Encoding", "snappy, zstd"}},
		"zstd from a pusher":            {request{right: &prom, kind: typeV2, encoding: "zstd", body: good}, 415, "", [2]string{"Accept-Encoding", "snappy"}},
		"two compressions":              {request{right: &ours, kind: typeV2, encoding: "snappy, zstd", body: good}, 415, wire.CodeBadRequest, [2]string{}},
		"snappy that is none":           {request{right: &ours, kind: typeV2, encoding: "snappy", body: []byte("hello")}, 400, wire.CodeBadRequest, [2]string{}},
		"an empty body":                 {request{right: &ours, kind: typeV2, encoding: "snappy"}, 400, wire.CodeBadRequest, [2]string{}},
		"zstd that is none":             {request{right: &ours, kind: typeV2, encoding: "zstd", body: []byte("hello")}, 400, wire.CodeBadRequest, [2]string{}},
		"zstd cut off":                  {request{right: &ours, kind: typeV2, encoding: "zstd", body: zstdOf(t, zeros[:5000])[:8]}, 400, wire.CodeBadRequest, [2]string{}},
		"no protobuf":                   {request{right: &ours, kind: typeV2, encoding: "snappy", body: snappy.Encode(nil, []byte("hello"))}, 400, wire.CodeBadRequest, [2]string{}},
		"protobuf cut off":              {request{right: &ours, kind: typeV2, encoding: "snappy", body: snappy.Encode(nil, marshal(t, one(noon, 1, "__name__", "system_uptime_seconds"))[:20])}, 400, wire.CodeBadRequest, [2]string{}},
		"a great body":                  {request{right: &ours, kind: typeV2, encoding: "snappy", body: zeros[:wire.MaxBody+1]}, 413, wire.CodeTooLarge, [2]string{}},
		"snappy that claims to be 1 GB": {request{right: &ours, kind: typeV2, encoding: "snappy", body: claim}, 413, wire.CodeTooLarge, [2]string{}},
		"a bomb of snappy":              {request{right: &prom, kind: typeV2, encoding: "snappy", body: snappy.Encode(nil, zeros)}, 413, "", [2]string{}},
		"a bomb of zstd":                {request{right: &ours, kind: typeV2, encoding: "zstd", body: zstdOf(t, zeros)}, 413, wire.CodeTooLarge, [2]string{}},
		"a bomb of zstd, as a stream":   {request{right: &ours, kind: typeV2, encoding: "zstd", body: zstdStream(t, zeros)}, 413, wire.CodeTooLarge, [2]string{}},
		"a bomb of many zstd frames":    {request{right: &ours, kind: typeV2, encoding: "zstd", body: bytes.Repeat(zstdStream(t, zeros[:1<<20]), 1000)}, 413, wire.CodeTooLarge, [2]string{}},
		"a window beyond the limit":     {request{right: &ours, kind: typeV2, encoding: "zstd", body: zstdHeader(64 << 20)}, 400, wire.CodeBadRequest, [2]string{}},
		"more symbols than are taken":   {request{right: &prom, kind: typeV2, encoding: "snappy", body: snappy.Encode(nil, bytes.Repeat([]byte{4<<3 | 2, 0}, 500_001))}, 413, "", [2]string{}},
		"more samples than are taken":   {request{right: &prom, kind: typeV1, encoding: "snappy", body: snappy.Encode(nil, manySamples(200_001))}, 413, "", [2]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			rec := w.ask(c.request)
			if rec.Code != c.status {
				t.Errorf("answered %d: %s; want %d", rec.Code, rec.Body, c.status)
			}
			if c.header[0] != "" && rec.Header().Get(c.header[0]) != c.header[1] {
				t.Errorf("%s: %q, want %q", c.header[0], rec.Header().Get(c.header[0]), c.header[1])
			}
			if c.code == "" {
				return
			}
			var refusal wire.Refusal
			if err := json.Unmarshal(rec.Body.Bytes(), &refusal); err != nil || refusal.Code != c.code || refusal.Error == "" {
				t.Errorf("refused by %q: %v", rec.Body, err)
			}
		})
	}
	w.finds(`{__name__=~".+"}`)
	// What was refused has left nothing taken: the greatest body still fits.
	w.want(204, ours, one(noon, 1, "__name__", "system_uptime_seconds"))
}

// zstdHeader is the beginning of a frame with a window of this many bytes, a
// power of two, and an empty last block.
func zstdHeader(window int) []byte {
	exponent := 0
	for 1<<(10+exponent) < window {
		exponent++
	}
	return []byte{0x28, 0xb5, 0x2f, 0xfd, 0, byte(exponent << 3), 1, 0, 0}
}

// manySamples is a 1.0 request of one series with n samples of two bytes each.
func manySamples(n int) []byte {
	s := append([]byte{1<<3 | 2, 14, 1<<3 | 2, 8}, "__name__"...)
	s = append(s, 2<<3|2, 2, 'u', 'p')
	s = append(s, bytes.Repeat([]byte{2<<3 | 2, 0}, n)...)
	return append(binary.AppendUvarint([]byte{1<<3 | 2}, uint64(len(s))), s...)
}

func TestTheGreatestBodyIsTaken(t *testing.T) {
	w := newWorld(t)
	right := agent("pc-1")
	// Bytes of a field that nobody knows, which compress well.
	fill := append(binary.AppendUvarint([]byte{15<<3 | 2}, 31<<20), make([]byte, 31<<20)...)
	body := append(marshal(t, one(noon, 1, "__name__", "system_uptime_seconds")), fill...)
	for _, c := range []struct {
		encoding string
		body     []byte
	}{
		{"snappy", snappy.Encode(nil, body)},
		{"zstd", zstdOf(t, body)},
		{"zstd", zstdOf(t, body, zstd.WithSingleSegment(true))},
		{"zstd", zstdStream(t, body)},
	} {
		if rec := w.ask(request{right: &right, kind: typeV2, encoding: c.encoding, body: c.body}); rec.Code != 204 {
			t.Errorf("%s: answered %d: %s", c.encoding, rec.Code, rec.Body)
		}
	}
}

// serve makes the agents' door a real server.
func (w *world) serve() string {
	right := agent("pc-1")
	next := w.doors.Agents()
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(rw, r.WithContext(ingest.WithRight(r.Context(), right)))
	}))
	w.t.Cleanup(srv.Close)
	return srv.URL
}

// A body without end, with a length that is a lie or none, is cut off early.
func TestABodyOfAGigabyteIsCutOff(t *testing.T) {
	w := newWorld(t)
	url := w.serve()
	for name, length := range map[string]int64{"said to be 1 GB": 1 << 30, "in chunks": -1} {
		t.Run(name, func(t *testing.T) {
			body := &endless{}
			req, err := http.NewRequest(http.MethodPost, url, io.LimitReader(body, 1<<30))
			if err != nil {
				t.Fatal(err)
			}
			req.ContentLength = length
			req.Header.Set("Content-Type", typeV2)
			req.Header.Set("Content-Encoding", "snappy")
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			resp, err := client.Do(req)
			// The answer may be lost when the connection is closed while the
			// sender still writes; what counts is that it ends.
			if err == nil {
				resp.Body.Close()
				if resp.StatusCode != http.StatusRequestEntityTooLarge {
					t.Errorf("answered %d", resp.StatusCode)
				}
			}
			if n := body.read.Load(); n > 100<<20 {
				t.Errorf("%d MiB were read", n>>20)
			}
		})
	}
	w.counted(2, "budi_ingest_requests_total", "413")
}

// A body that ends before its Content-Length is no request.
func TestABodyThatEndsEarly(t *testing.T) {
	w := newWorld(t)
	url := w.serve()
	conn, err := net.Dial("tcp", url[len("http://"):])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := snappy.Encode(nil, marshal(t, one(noon, 1, "__name__", "system_uptime_seconds")))
	head := "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: " + typeV2 + "\r\nContent-Encoding: snappy\r\nContent-Length: " + strconv.Itoa(len(body)+1) + "\r\n\r\n"
	if _, err := conn.Write(append([]byte(head), body...)); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 400 ")) {
		t.Errorf("answered %q", answer)
	}
	w.finds("system_uptime_seconds")
}

// slow is a body that says when it is read and then waits.
type slow struct {
	reading chan<- struct{}
	goOn    <-chan struct{}
	once    sync.Once
}

func (s *slow) Read([]byte) (int, error) {
	s.once.Do(func() { s.reading <- struct{}{} })
	<-s.goOn
	return 0, errors.New("gone")
}

func TestTooManyWritesAtOnce(t *testing.T) {
	w := newWorld(t, func(_ *metricdb.Options, o *ingest.Options) { o.Memory = 2 * wire.MaxDecompressed })
	const room = 2 * wire.MaxDecompressed / wire.MaxBody
	reading, goOn := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	for i := range room {
		all.Go(func() {
			req := httptest.NewRequest(http.MethodPost, "/", &slow{reading: reading, goOn: goOn})
			req.ContentLength = -1 // takes as much as is allowed
			req.Header.Set("Content-Type", typeV2)
			req.Header.Set("Content-Encoding", "snappy")
			req = req.WithContext(ingest.WithRight(req.Context(), agent("pc-"+strconv.Itoa(i))))
			rec := httptest.NewRecorder()
			w.doors.Agents().ServeHTTP(rec, req)
			if rec.Code != http.StatusBadRequest {
				t.Errorf("a body that could not be read: answered %d", rec.Code)
			}
		})
	}
	for range room {
		<-reading
	}
	right := agent("pc-x")
	body := snappy.Encode(nil, marshal(t, one(noon, 1, "__name__", "system_uptime_seconds")))
	waits := map[string]bool{}
	for range 100 {
		rec := w.ask(request{right: &right, kind: typeV2, encoding: "snappy", body: body})
		var refusal wire.Refusal
		if err := json.Unmarshal(rec.Body.Bytes(), &refusal); err != nil || rec.Code != http.StatusTooManyRequests || refusal.Code != wire.CodeBusy {
			t.Fatalf("answered %d: %s", rec.Code, rec.Body)
		}
		wait := rec.Header().Get("Retry-After")
		if n, err := strconv.Atoi(wait); err != nil || n < 1 || n > 60 {
			t.Fatalf("Retry-After: %q", wait)
		}
		waits[wait] = true
	}
	if len(waits) < 5 {
		t.Errorf("all come back together: %v", waits)
	}
	close(goOn)
	all.Wait()
	if rec := w.ask(request{right: &right, kind: typeV2, encoding: "snappy", body: body}); rec.Code != 204 {
		t.Errorf("afterwards: answered %d: %s", rec.Code, rec.Body)
	}
}

// Whoever begins a hundred bodies and never ends them keeps itself out only, at
// each of the doors.
func TestOneSenderCannotTakeTheRoomOfAll(t *testing.T) {
	w := newWorld(t)
	const attempts = 100
	reading, goOn := make(chan struct{}), make(chan struct{})
	answers := make(chan int, attempts)
	bad, good := agent("pc-bad"), agent("pc-good")
	for i := range attempts {
		door, kind := w.doors.Agents(), typeV2
		if i%2 == 1 {
			kind = "application/json"
			door = w.doors.Reports(func(context.Context, wire.ReportRequest) (wire.ReportReply, error) { return wire.ReportReply{}, nil })
		}
		go func() {
			req := httptest.NewRequest(http.MethodPost, "/", &slow{reading: reading, goOn: goOn})
			req.ContentLength = -1
			req.Header.Set("Content-Type", kind)
			req.Header.Set("Content-Encoding", "zstd")
			rec := httptest.NewRecorder()
			door.ServeHTTP(rec, req.WithContext(ingest.WithRight(req.Context(), bad)))
			answers <- rec.Code
		}()
	}
	held, refused := 0, 0
	for held+refused < attempts {
		select {
		case <-reading:
			held++
		case code := <-answers:
			refused++
			if code != http.StatusTooManyRequests {
				t.Errorf("answered %d", code)
			}
		}
	}
	if refused == 0 {
		t.Error("one sender was let in", held, "times at once")
	}
	w.want(http.StatusNoContent, good, one(noon, 1, "__name__", "system_uptime_seconds"))
	close(goOn)
	for range held {
		<-answers
	}
	w.want(http.StatusNoContent, bad, one(noon, 1, "__name__", "system_uptime_seconds"))
}

func TestADiskThatIsFull(t *testing.T) {
	var free atomic.Int64
	free.Store(1 << 40)
	w := newWorld(t, func(o *metricdb.Options, _ *ingest.Options) {
		o.FreeSpace = func(string) (int64, error) { return free.Load(), nil }
	})
	m := one(noon, 1, "__name__", "system_uptime_seconds")
	w.want(204, agent("pc-1"), m)
	free.Store(1 << 20)
	for deadline := time.Now().Add(time.Minute); w.db.Healthy() == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the disk is not seen to be full")
		}
	}
	w.clock.Advance(time.Minute)
	m = one(w.clock.Now(), 2, "__name__", "system_uptime_seconds")
	right := agent("pc-1")
	rec := w.ask(request{right: &right, kind: typeV2, encoding: "snappy", body: snappy.Encode(nil, marshal(t, m))})
	if rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") == "" {
		t.Errorf("an agent is answered %d, %v", rec.Code, rec.Header())
	}
	w.want(204, pusher(), one(w.clock.Now(), 3, "__name__", "up"))
	// Rules see both.
	w.finds("system_uptime_seconds", `{__name__="system_uptime_seconds",device="pc-1",job="host",site="main"} 2`)
	w.finds("up", `{__name__="up",site="main",source="prom"} 3`)

	free.Store(1 << 40)
	for deadline := time.Now().Add(time.Minute); w.db.Healthy() != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the disk is not used again")
		}
	}
	w.want(204, agent("pc-1"), m) // sent again, as it was not acknowledged
	w.finds("system_uptime_seconds", `{__name__="system_uptime_seconds",device="pc-1",job="host",site="main"} 2`)
	w.counted(0, "budi_ingest_rejected_total")
}

func TestAfterClose(t *testing.T) {
	w := newWorld(t)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusServiceUnavailable, agent("pc-1"), one(noon, 1, "__name__", "system_uptime_seconds"))
	w.want(http.StatusServiceUnavailable, pusher(), one(noon, 1, "__name__", "up"))
}

func TestTwoDoorsOfOneRegistry(t *testing.T) {
	w := newWorld(t)
	if _, err := ingest.New(ingest.Options{DB: w.db, Registerer: w.reg}); err == nil {
		t.Error("metrics are registered twice")
	}
	if _, err := ingest.New(ingest.Options{}); err == nil {
		t.Error("no database is needed")
	}
}

func TestManySendersAtOnce(t *testing.T) {
	w := newWorld(t)
	const senders, writes = 8, 20
	var all sync.WaitGroup
	for s := range senders {
		all.Go(func() {
			// Two of each agent, as when an answer was lost.
			right := agent("pc-" + strconv.Itoa(s/2))
			for i := range writes {
				at := noon.Add(-time.Duration(s%2*writes+i) * time.Second)
				m := newMessage().add([]point{{at, 1}}, "__name__", "system_uptime_seconds").add([]point{{at, 1}}, "__name__", "system_cpu_logical_count").done()
				if got := w.send(right, m); got != 204 {
					t.Errorf("answered %d", got)
				}
			}
		})
	}
	all.Wait()
	w.finds(`sum(count_over_time(system_uptime_seconds[1h]))`, "{} "+strconv.Itoa(senders*writes))
	w.counted(2*senders*writes, "budi_ingest_samples_total", "agents")
	w.counted(senders, "budi_ingest_series", "agents")
}
