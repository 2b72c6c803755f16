package promapi_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
)

// Each of these ended the program or kept a processor busy without regard to
// the time limit before there were limits.
func TestAQueryThatWouldEatTheComputerIsRefused(t *testing.T) {
	srv, now := serve(t, metricdb.Options{Timeout: time.Minute})
	const all = `{__name__=~".+"}`
	long := strings.Repeat("x", 2000)
	for _, tc := range []struct{ name, query, want string }{
		{"a subquery of ten years by the millisecond", `sum_over_time(vector(1)[3650d:1ms])`, "steps"},
		{"subqueries whose ranges add up", `max_over_time(max_over_time(probe_success[400d:1m])[400d:1h])`, "steps"},
		{"many signs", strings.Repeat("-", 30_000) + "probe_success", "signs"},
		{"signs inside each other", strings.Repeat("-", 4000) + "probe_success", "inside each other"},
		{"parentheses inside each other", strings.Repeat("(", 2000) + "1" + strings.Repeat(")", 2000), "inside each other"},
		{"a long sum", strings.TrimSuffix(strings.Repeat("1+", 2000), "+"), "inside each other"},
		{"many selectors side by side", tree(300), "selectors"},
		{"an expression that is too long", `count({a="` + strings.Repeat("x", 33_000) + `"})`, "bytes"},
		{"many Unicode classes", `{a=~"` + strings.Repeat(`\\pL`, 1000) + `"}`, "Unicode"},
		{"labels that grow in steps", `label_replace(label_replace(` + all + `,"a","$1$1$1$1$1","a","(.*)"),"a","$1$1$1$1$1","a","(.*)")`, "too long"},
		{"labels that are joined again and again", `label_join(label_join(` + all + `,"a","","a","a","a","a","a"),"a","","a","a","a","a","a")`, "too long"},
		{"much text put into labels", `label_replace(label_replace(` + all + `,"a","` + long + `","",""),"b",("` + long + `"),"","")`, "too long"},
		{"much text put between labels", `label_join(` + all + `,"a","` + long + `","b","c","d")`, "too long"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, route := range []string{"/api/v1/query", "/api/v1/format_query", "/api/v1/parse_query"} {
				code, r := post(t, srv.URL+route, url.Values{"query": {tc.query}})
				if route != "/api/v1/query" && tc.want == "steps" && code == http.StatusOK {
					continue // how long the expression would run is not asked here
				}
				if code != http.StatusBadRequest || r.ErrorType != "bad_data" || !strings.Contains(r.Error, tc.want) {
					t.Errorf("%s: %d %s %.200s", route, code, r.ErrorType, r.Error)
				}
			}
		})
	}
	t.Run("a subquery by the millisecond inside a long range", func(t *testing.T) {
		code, r := post(t, srv.URL+"/api/v1/query_range", url.Values{"query": {`max_over_time(probe_success[1m:1ms])`},
			"start": {"0"}, "end": {strconv.FormatInt(now.Unix(), 10)}, "step": {"30d"}})
		if code != http.StatusBadRequest || !strings.Contains(r.Error, "steps") {
			t.Errorf("%d %s", code, r.Error)
		}
	})
	t.Run("many selectors of series", func(t *testing.T) {
		code, r := post(t, srv.URL+"/api/v1/series", url.Values{"match[]": make([]string, 101)})
		if code != http.StatusBadRequest || !strings.Contains(r.Error, "selectors") {
			t.Errorf("%d %s", code, r.Error)
		}
	})
}

// tree adds n selectors without one standing deep inside the others.
func tree(n int) string {
	if n == 1 {
		return "probe_success"
	}
	return "(" + tree(n/2) + "+" + tree(n-n/2) + ")"
}

func TestQueriesOfDashboardsStayWithinTheLimits(t *testing.T) {
	srv, _ := serve(t, metricdb.Options{})
	hosts := make([]string, 1000)
	for i := range hosts {
		hosts[i] = "classroom-pc-" + strconv.Itoa(i)
	}
	for _, tc := range []struct{ name, query string }{
		{"a year and more by the minute", `avg_over_time(probe_success[400d:1m])`},
		{"a thousand names in a selector", `probe_success{check!~"` + strings.Join(hosts, "|") + `"}`},
		{"a part of a label", `label_replace(label_replace(probe_success,"a","$1-$2","check","(.)(.*)"),"b","$1","a","(.*)")`},
		{"labels put together", `label_join(probe_success,"a","/","site","check","job")`},
		{"a sum of fifty", `sum(` + tree(50) + `)`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if code, r := post(t, srv.URL+"/api/v1/query", url.Values{"query": {tc.query}}); code != http.StatusOK {
				t.Errorf("%d %s", code, r.Error)
			}
		})
	}
}

func post(t *testing.T, address string, form url.Values) (int, response) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	code, r, _ := do(t, req)
	return code, r
}
