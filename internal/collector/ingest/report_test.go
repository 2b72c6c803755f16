package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/ingest"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

type take = func(context.Context, wire.ReportRequest) (wire.ReportReply, error)

// report lets the door for reports answer.
func report(doors *ingest.Doors, f take, kind, encoding string, body []byte) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, wire.PathReport, bytes.NewReader(body))
	req.Header.Set("Content-Type", kind)
	req = req.WithContext(ingest.WithRight(req.Context(), agent("pc-1")))
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	rec := httptest.NewRecorder()
	doors.Reports(f).ServeHTTP(rec, req)
	return rec
}

func gzipOf(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func jsonOf(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAReportArrivesWhole(t *testing.T) {
	w := newWorld(t)
	want := wire.ReportRequest{
		Hostname: "pc-1", System: "windows", Version: "1.2", Machine: wire.Machine{SystemSerial: `a "quoted", {one}`, MACs: []string{"aa:bb:cc:dd:ee:ff"}},
		Facts: []look.FactSet{
			{Kind: "disk", Time: noon, Items: []look.Item{{Key: "0", Fields: map[string]string{"model": "Ąžuolas"}}, {Key: "1", Fields: map[string]string{}}}},
			{Kind: "software", Time: noon, Items: []look.Item{}},
		},
		Events: []look.Event{{Time: noon, Code: "agent_started", Args: map[string]string{"version": "1.2"}}},
		Spool:  wire.Spool{Samples: 7, Oldest: noon.Add(-time.Hour), Dropped: 1, Notice: "n"},
	}
	reply := wire.ReportReply{Assignment: wire.DefaultAssignment()}
	var got wire.ReportRequest
	f := func(_ context.Context, r wire.ReportRequest) (wire.ReportReply, error) {
		got = r
		return reply, nil
	}
	text := jsonOf(t, want)
	for _, c := range []struct {
		encoding string
		body     []byte
	}{
		{"", text}, {"identity", text}, {"zstd", zstdOf(t, text)}, {"zstd", zstdStream(t, text)}, {"gzip", gzipOf(t, text)}, {"", append(text, '\n', ' ')},
	} {
		got = wire.ReportRequest{}
		rec := report(w.doors, f, "application/json; charset=utf-8", c.encoding, c.body)
		if rec.Code != http.StatusOK {
			t.Fatalf("%q: answered %d: %s", c.encoding, rec.Code, rec.Body)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", c.encoding, diff)
		}
		var answer wire.ReportReply
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(reply, answer); diff != "" {
			t.Errorf("answer: %s", diff)
		}
	}
	if rec := report(w.doors, f, "application/json", "", []byte("{}")); rec.Code != http.StatusOK {
		t.Errorf("a report that only asks: answered %d: %s", rec.Code, rec.Body)
	}
	// An agent that is newer says more than we know.
	if rec := report(w.doors, f, "application/json", "", []byte(`{"battery_cycles":7}`)); rec.Code != http.StatusOK {
		t.Errorf("a report of a newer agent: answered %d: %s", rec.Code, rec.Body)
	}
	w.counted(8, "budi_ingest_requests_total", "reports", "200")
}

func TestReportsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("x", wire.MaxText+1)
	taken := 0
	f := func(context.Context, wire.ReportRequest) (wire.ReportReply, error) {
		taken++
		return wire.ReportReply{}, nil
	}
	fields := map[string]string{}
	for i := range wire.MaxFields + 1 {
		fields[fmt.Sprintf("f%d", i)] = "v"
	}
	set := func(items ...look.Item) wire.ReportRequest {
		return wire.ReportRequest{Facts: []look.FactSet{{Kind: "cpu"}, {Kind: "disk", Items: items}}}
	}
	var kinds []look.FactSet
	for i := range wire.MaxFactSets + 1 {
		kinds = append(kinds, look.FactSet{Kind: fmt.Sprintf("k%d", i)})
	}
	for name, c := range map[string]struct {
		body   any // []byte as it is, else as JSON
		status int
		says   string
	}{
		"no JSON":                    {[]byte("hello"), 400, "no report"},
		"nothing":                    {[]byte(""), 400, "no report"},
		"two reports":                {[]byte("{}{}"), 400, "more than one"},
		"another type":               {[]byte(`{"hostname":1}`), 400, "hostname"},
		"a long host name":           {wire.ReportRequest{Hostname: long}, 400, "hostname"},
		"a long version":             {wire.ReportRequest{Version: long}, 400, "version"},
		"a long system":              {wire.ReportRequest{System: long}, 400, "system"},
		"a long notice":              {wire.ReportRequest{Spool: wire.Spool{Notice: long}}, 400, "spool.notice"},
		"fewer samples than none":    {wire.ReportRequest{Spool: wire.Spool{Samples: -1}}, 400, "spool"},
		"a long serial number":       {wire.ReportRequest{Machine: wire.Machine{BoardSerial: long}}, 400, "machine"},
		"many cards":                 {wire.ReportRequest{Machine: wire.Machine{MACs: make([]string, wire.MaxMACs+1)}}, 400, "machine"},
		"many kinds":                 {wire.ReportRequest{Facts: kinds}, 400, "facts: more than 64"},
		"a kind without a name":      {wire.ReportRequest{Facts: []look.FactSet{{}}}, 400, "facts[0].kind"},
		"a kind in capital letters":  {wire.ReportRequest{Facts: []look.FactSet{{Kind: "Disk"}}}, 400, "facts[0].kind"},
		"a kind twice":               {wire.ReportRequest{Facts: []look.FactSet{{Kind: "disk"}, {Kind: "disk"}}}, 400, "facts[1].kind"},
		"many items":                 {set(make([]look.Item, wire.MaxItems+1)...), 400, "facts[1].items: more than 5000"},
		"a long key":                 {set(look.Item{}, look.Item{Key: long}), 400, "facts[1].items[1].key"},
		"many fields":                {set(look.Item{Fields: fields}), 400, "facts[1].items[0].fields: more than 32"},
		"a long value":               {set(look.Item{Fields: map[string]string{"model": long}}), 400, `facts[1].items[0].fields["model"]`},
		"a long name of a field":     {set(look.Item{Fields: map[string]string{long: "x"}}), 400, "facts[1].items[0].fields"},
		"a field without a name":     {set(look.Item{Fields: map[string]string{"": "x"}}), 400, "facts[1].items[0].fields"},
		"many events":                {wire.ReportRequest{Events: make([]look.Event, wire.MaxEvents+1)}, 400, "events: more than 1000"},
		"an event without a code":    {wire.ReportRequest{Events: []look.Event{{Code: "a"}, {}}}, 400, "events[1].code"},
		"a long argument":            {wire.ReportRequest{Events: []look.Event{{Code: "a", Args: map[string]string{"b": long}}}}, 400, `events[0].args["b"]`},
		"a great body":               {bytes.Repeat([]byte(" "), wire.MaxBody+1), 413, "bytes"},
		"a bomb of objects":          {[]byte(`{"facts":[` + strings.Repeat("{},", 100_000) + `{}]}`), 413, "objects"},
		"a bomb of values":           {[]byte(`{"machine":{"macs":[` + strings.Repeat(`"",`, 600_000) + `""]}}`), 413, "values"},
		"a bomb of nested brackets":  {bytes.Repeat([]byte("["), 1_000_000), 400, ""},
		"a bomb of braces in a text": {[]byte(`{"hostname":"` + strings.Repeat(`{\"`, 100_000) + `"}`), 400, "hostname"},
	} {
		t.Run(name, func(t *testing.T) {
			body, ok := c.body.([]byte)
			if !ok {
				body = jsonOf(t, c.body)
			}
			rec := report(w.doors, f, "application/json", "", body)
			var refusal wire.Refusal
			if err := json.Unmarshal(rec.Body.Bytes(), &refusal); err != nil {
				t.Fatalf("%q: %v", rec.Body, err)
			}
			if rec.Code != c.status || !strings.Contains(refusal.Error, c.says) {
				t.Errorf("answered %d: %q; want %d and %q", rec.Code, refusal.Error, c.status, c.says)
			}
			if len(refusal.Error) > 1000 {
				t.Errorf("the answer repeats %d bytes", len(refusal.Error))
			}
		})
	}
	text := make([]byte, 40<<20)
	for encoding, body := range map[string][]byte{"gzip": gzipOf(t, text), "zstd": zstdOf(t, text)} {
		if rec := report(w.doors, f, "application/json", encoding, body); rec.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("a bomb of %s: answered %d: %s", encoding, rec.Code, rec.Body)
		}
	}
	if rec := report(w.doors, f, "text/plain", "", []byte("{}")); rec.Code != http.StatusUnsupportedMediaType || rec.Header().Get("Accept-Post") != "application/json" {
		t.Errorf("text: answered %d, %v", rec.Code, rec.Header())
	}
	if rec := report(w.doors, f, "application/json", "br", []byte("{}")); rec.Code != http.StatusUnsupportedMediaType || rec.Header().Get("Accept-Encoding") != "zstd, gzip" {
		t.Errorf("brotli: answered %d, %v", rec.Code, rec.Header())
	}
	if taken != 0 {
		t.Errorf("%d reports were taken", taken)
	}
}

func TestAReportThatCannotBeStored(t *testing.T) {
	w := newWorld(t)
	rec := report(w.doors, func(context.Context, wire.ReportRequest) (wire.ReportReply, error) {
		return wire.ReportReply{}, errors.New("secret trouble")
	}, "application/json", "", []byte("{}"))
	var refusal wire.Refusal
	if err := json.Unmarshal(rec.Body.Bytes(), &refusal); err != nil || rec.Code != 500 || refusal.Code != wire.CodeInternal || strings.Contains(refusal.Error, "secret") {
		t.Errorf("answered %d: %s", rec.Code, rec.Body)
	}
}

func FuzzReports(f *testing.F) {
	w := newWorld(f)
	for _, s := range []string{"", "{}", `{"facts":[{"kind":"disk","items":[{"key":"0","fields":{"model":"x"}}]}],"events":[{"code":"a"}]}`, `{"hostname":"\ud800"}`, `{"facts":null}`, "[]", "null"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		rec := report(w.doors, func(_ context.Context, r wire.ReportRequest) (wire.ReportReply, error) {
			if len(r.Facts) > wire.MaxFactSets || len(r.Events) > wire.MaxEvents || len(r.Hostname) > wire.MaxText {
				t.Error("a report beyond the limits was taken")
			}
			return wire.ReportReply{}, nil
		}, "application/json", "", body)
		if rec.Code != 200 && rec.Code != 400 && rec.Code != 413 {
			t.Errorf("answered %d: %s", rec.Code, rec.Body)
		}
	})
}
