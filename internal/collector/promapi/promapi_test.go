package promapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/promapi"
	"github.com/budi-monitor/budi/internal/collector/ruleset"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

const rules = `groups:
  - name: g
    rules:
      - alert: SiteDown
        expr: probe_success == 0
        labels: {severity: critical}
        annotations: {message: site_down}
      - record: up:count
        expr: count(probe_success)
`

// everywhere is who sees all sites.
func everywhere(context.Context) ([]string, bool) { return nil, true }

// serve starts the API over a database with two checks, one of them down.
func serve(t *testing.T, o metricdb.Options) (*httptest.Server, time.Time) {
	t.Helper()
	ctx := context.Background()
	o.Dir = t.TempDir()
	db, err := metricdb.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	now := time.Now()
	for i, check := range []string{"homepage", "library"} {
		for j := range 3 {
			err := db.Record(ctx, metricdb.Target{ID: check, Identity: look.Labels("site", "main", "check", check, "job", "probe")}, look.Result{
				Time: now.Add(time.Duration(j-3) * time.Minute),
				Samples: []look.Sample{
					{Name: "probe_success", Value: float64(i)},
					{Name: "probe_duration_seconds", Value: 0.25},
				},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	set, err := ruleset.New(ruleset.Options{DB: db})
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Load([]ruleset.Source{{Name: "shipped/budi.yml", Content: []byte(rules)}}); err != nil {
		t.Fatal(err)
	}
	set.Eval(ctx, now)
	h, err := promapi.New(promapi.Options{DB: db, Rules: set, Sites: everywhere, ExternalURL: "https://budi.example.lt/mon", Started: now})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv, now
}

type response struct {
	Status    string          `json:"status"`
	Data      json.RawMessage `json:"data"`
	ErrorType string          `json:"errorType"`
	Error     string          `json:"error"`
}

func do(t *testing.T, req *http.Request) (int, response, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var r response
	if ct := resp.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/json") {
		t.Errorf("%s %s: content type %q", req.Method, req.URL, ct)
	}
	if err := json.Unmarshal(body, &r); err != nil {
		t.Fatalf("%s %s answers %d %q: %v", req.Method, req.URL, resp.StatusCode, body, err)
	}
	return resp.StatusCode, r, string(body)
}

func request(t *testing.T, srv *httptest.Server, method, path string, form url.Values) *http.Request {
	t.Helper()
	target, body := srv.URL+path, ""
	if method == http.MethodGet && len(form) > 0 {
		target += "?" + form.Encode()
	} else {
		body = form.Encode()
	}
	req, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req
}

// TestWhatGrafanaSends plays the requests of Grafana's Prometheus data source,
// by default with POST where it uses POST.
func TestWhatGrafanaSends(t *testing.T) {
	srv, now := serve(t, metricdb.Options{})
	unix := func(d time.Duration) string { return fmt.Sprintf("%.3f", float64(now.Add(d).UnixMilli())/1000) }
	for _, tc := range []struct {
		name, method, path string
		form               url.Values
		want               []string
	}{
		{"health check", "POST", "/api/v1/query", url.Values{"query": {"1+1"}, "time": {unix(0)}}, []string{`"resultType":"scalar"`, `"2"`}},
		{"health check of old versions", "GET", "/api/v1/query", url.Values{"query": {"1+1"}, "time": {"4"}}, []string{`[4,"2"]`}},
		{"kind and version of the server", "GET", "/api/v1/status/buildinfo", nil, []string{`"version":"3.`, `"branch":"budi-`}},
		{"metadata for the query builder", "GET", "/api/v1/metadata", nil, []string{`"probe_success":[{"type":"gauge"`, `"unit":"seconds"`}},
		{"metadata with a limit per metric", "GET", "/api/v1/metadata", url.Values{"limit_per_metric": {"1"}}, []string{`"probe_success"`}},
		{"labels of a metric", "GET", "/api/v1/labels", url.Values{"match[]": {"probe_success"}, "start": {unix(-time.Hour)}, "end": {unix(0)}}, []string{`["__name__","check","job","site"]`}},
		{"labels by a form", "POST", "/api/v1/labels", url.Values{"match[]": {`probe_success{check="homepage"}`}, "start": {unix(-time.Hour)}, "end": {unix(0)}, "limit": {"40000"}}, []string{`"check"`}},
		{"names of all metrics", "GET", "/api/v1/label/__name__/values", url.Values{"start": {unix(-time.Hour)}, "end": {unix(0)}}, []string{`"probe_duration_seconds","probe_success"`}},
		{"values of a label", "GET", "/api/v1/label/check/values", url.Values{"match[]": {"probe_success"}}, []string{`["homepage","library"]`}},
		{"series for a variable", "POST", "/api/v1/series", url.Values{"match[]": {"probe_success"}, "start": {unix(-time.Hour)}, "end": {unix(0)}}, []string{`"check":"homepage"`, `"check":"library"`}},
		{"a graph", "POST", "/api/v1/query_range", url.Values{"query": {`probe_success{check="library"}`}, "start": {unix(-2 * time.Minute)}, "end": {unix(0)}, "step": {"60"}}, []string{`"resultType":"matrix"`, `"1"`}},
		{"a graph by GET", "GET", "/api/v1/query_range", url.Values{"query": {`sum(probe_success)`}, "start": {unix(-2 * time.Minute)}, "end": {unix(0)}, "step": {"60"}}, []string{`"matrix"`}},
		{"exemplars beside a graph", "POST", "/api/v1/query_exemplars", url.Values{"query": {"probe_success"}, "start": {unix(-time.Hour)}, "end": {unix(0)}}, []string{`"data":[]`}},
		{"rules for the alert list", "GET", "/api/v1/rules", nil, []string{`"file":"shipped/budi.yml"`, `"name":"SiteDown"`, `"state":"firing"`, `"type":"recording"`, `"health":"ok"`}},
		{"rules of one kind", "GET", "/api/v1/rules", url.Values{"type": {"alert"}}, []string{`"name":"SiteDown"`}},
		{"alerts", "GET", "/api/v1/alerts", nil, []string{`"state":"firing"`, `"check":"homepage"`}},
		{"pretty printing", "POST", "/api/v1/format_query", url.Values{"query": {"sum(up)by(x)"}}, []string{`sum by (x) (up)`}},
		{"the query's tree", "GET", "/api/v1/parse_query", url.Values{"query": {"sum(up)"}}, []string{`"type":"aggregation"`}},
		{"targets", "GET", "/api/v1/targets", url.Values{"state": {"active"}}, []string{`"health":"up"`, `"scrapeUrl":"https://budi.example.lt/mon/metrics"`}},
		{"metadata of targets", "GET", "/api/v1/targets/metadata", url.Values{"metric": {"probe_success"}}, []string{`"type":"gauge"`}},
		{"scrape pools", "GET", "/api/v1/scrape_pools", nil, []string{`"budi"`}},
		{"Alertmanagers", "GET", "/api/v1/alertmanagers", nil, []string{`"activeAlertmanagers":[]`}},
		{"runtime", "GET", "/api/v1/status/runtimeinfo", nil, []string{`"storageRetention":"400d or 20GB"`, `"CWD":""`, `"hostname":""`}},
		{"flags tell nothing of the machine", "GET", "/api/v1/status/flags", nil, []string{`"data":{}`}},
		{"configuration tells nothing secret", "GET", "/api/v1/status/config", nil, []string{`"yaml":"# Budi is not configured`}},
		{"statistics of the database", "GET", "/api/v1/status/tsdb", nil, []string{`"numSeries":`, `"probe_success"`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, r, body := do(t, request(t, srv, tc.method, tc.path, tc.form))
			if code != http.StatusOK || r.Status != "success" {
				t.Fatalf("answer %d %s", code, body)
			}
			for _, want := range tc.want {
				if !strings.Contains(body, want) {
					t.Errorf("the answer lacks %s: %s", want, body)
				}
			}
		})
	}
}

func TestMetadataIsTheWholeCatalogue(t *testing.T) {
	srv, _ := serve(t, metricdb.Options{})
	_, r, _ := do(t, request(t, srv, "GET", "/api/v1/metadata", nil))
	var got map[string][]struct{ Type, Help, Unit string }
	if err := json.Unmarshal(r.Data, &got); err != nil {
		t.Fatal(err)
	}
	for _, d := range metric.All() {
		if m := got[d.Name]; len(m) != 1 || m[0].Type != string(d.Type) || m[0].Help != d.Help || m[0].Unit != d.Unit {
			t.Errorf("%s: %+v, want %+v", d.Name, m, d)
		}
	}
}

func TestEverythingElseIsNotOffered(t *testing.T) {
	srv, _ := serve(t, metricdb.Options{})
	for _, route := range []string{
		"GET /api/v1/", "GET /api/v1", "GET /", "GET /metrics", "GET /api/v2/query", "GET /api/v1/queryx", "GET /api/v1//query", "GET /api/v1/query/", "GET /api/v1/../v1/query",
		"POST /api/v1/admin/tsdb/delete_series", "PUT /api/v1/admin/tsdb/delete_series",
		"POST /api/v1/admin/tsdb/clean_tombstones", "PUT /api/v1/admin/tsdb/clean_tombstones",
		"POST /api/v1/admin/tsdb/snapshot", "PUT /api/v1/admin/tsdb/snapshot",
		"POST /api/v1/write", "POST /api/v1/read", "POST /api/v1/otlp/v1/metrics",
		"GET /api/v1/notifications", "GET /api/v1/notifications/live",
		"GET /api/v1/status/walreplay", "GET /api/v1/status/tsdb/blocks", "GET /api/v1/status/self_metrics",
		"GET /api/v1/features", "GET /api/v1/openapi.yaml",
		"GET /api/v1/scrape_pools/config", "GET /api/v1/targets/relabel_steps",
		"GET /api/v1/query_cost", "POST /api/v1/query_range_cost",
		"GET /api/v1/search/metric_names", "POST /api/v1/search/label_names", "GET /api/v1/search/label_values",
		"GET /api/v1/label/check", "GET /api/v1/label//values", "GET /api/v1/label/a/b/values",
	} {
		method, path, _ := strings.Cut(route, " ")
		t.Run(route, func(t *testing.T) {
			req := request(t, srv, method, path, nil)
			if path == "/api/v1/../v1/query" {
				req.URL.Opaque = "//" + req.URL.Host + path // as written, not cleaned
			}
			code, r, body := do(t, req)
			if code != http.StatusNotFound || r.Status != "error" || r.ErrorType != "not_found" {
				t.Errorf("answer %d %s", code, body)
			}
		})
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	srv, _ := serve(t, metricdb.Options{})
	for _, route := range []string{"DELETE /api/v1/series", "PUT /api/v1/query", "POST /api/v1/rules", "POST /api/v1/label/check/values", "OPTIONS /api/v1/query", "POST /api/v1/status/config"} {
		method, path, _ := strings.Cut(route, " ")
		if code, r, body := do(t, request(t, srv, method, path, nil)); code != http.StatusMethodNotAllowed || r.Status != "error" {
			t.Errorf("%s answers %d %s", route, code, body)
		}
	}
}

func TestBadRequests(t *testing.T) {
	srv, now := serve(t, metricdb.Options{MaxSamples: 5})
	huge := url.Values{"query": {strings.Repeat("x", 2<<20)}}
	for _, tc := range []struct {
		name, method, path string
		form               url.Values
		code               int
		kind               string
	}{
		{"an expression that cannot be parsed", "POST", "/api/v1/query", url.Values{"query": {"sum("}}, 400, "bad_data"},
		{"no expression", "POST", "/api/v1/query", nil, 400, "bad_data"},
		{"a form too large", "POST", "/api/v1/query", huge, 413, "bad_data"},
		{"too many points", "POST", "/api/v1/query_range", url.Values{"query": {"up"}, "start": {"0"}, "end": {fmt.Sprint(now.Unix())}, "step": {"1"}}, 400, "bad_data"},
		{"series without a selector", "POST", "/api/v1/series", nil, 400, "bad_data"},
		{"more samples than one query may hold", "POST", "/api/v1/query", url.Values{"query": {"probe_success[10m]"}}, 422, "execution"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, r, body := do(t, request(t, srv, tc.method, tc.path, tc.form))
			if code != tc.code || r.ErrorType != tc.kind || r.Error == "" {
				t.Errorf("answer %d %s, want %d %s", code, body, tc.code, tc.kind)
			}
		})
	}
}

func TestAFormThatCannotBeReadIsRefused(t *testing.T) {
	srv, _ := serve(t, metricdb.Options{})
	req := request(t, srv, "POST", "/api/v1/query", nil)
	req.Body = io.NopCloser(strings.NewReader("query=%zz"))
	req.ContentLength = 9
	if code, r, body := do(t, req); code != http.StatusBadRequest || r.ErrorType != "bad_data" {
		t.Errorf("answer %d %s", code, body)
	}
}

func TestNoOtherOriginMayRead(t *testing.T) {
	srv, _ := serve(t, metricdb.Options{})
	req := request(t, srv, "GET", "/api/v1/query", url.Values{"query": {"1"}})
	req.Header.Set("Origin", "https://evil.example")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("Access-Control-Allow-Origin is %q", got)
	}
}

func TestTooManyQueriesAreToldToComeAgain(t *testing.T) {
	ctx := context.Background()
	db, err := metricdb.Open(ctx, metricdb.Options{Dir: t.TempDir(), Concurrency: 1, MaxWaiting: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	set, err := ruleset.New(ruleset.Options{DB: db})
	if err != nil {
		t.Fatal(err)
	}
	h, err := promapi.New(promapi.Options{DB: db, Rules: set, Sites: everywhere})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	defer srv.Close()
	release, err := db.Engine().AcquireQuerySlot(ctx, "the one place")
	if err != nil {
		t.Fatal(err)
	}
	// One waits, from now on or a little later; the next is sent away.
	waited := make(chan int, 1)
	go func() {
		for {
			resp, err := http.Get(srv.URL + "/api/v1/query?query=1")
			if err != nil {
				waited <- 0
				return
			}
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusServiceUnavailable { // one below was there first
				waited <- resp.StatusCode
				return
			}
		}
	}()
	for _, path := range []string{"/api/v1/query", "/api/v1/labels"} {
		deadline := time.Now().Add(time.Minute)
		for {
			short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
			req := request(t, srv, "GET", path, url.Values{"query": {"1"}}).WithContext(short)
			resp, err := http.DefaultClient.Do(req)
			cancel()
			if err == nil {
				_ = resp.Body.Close()
				if resp.StatusCode != http.StatusServiceUnavailable {
					t.Fatalf("%s answers %d", path, resp.StatusCode)
				}
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s is not sent away", path)
			}
		}
	}
	release()
	if code := <-waited; code != http.StatusOK {
		t.Errorf("the one that waited is answered %d", code)
	}
}
