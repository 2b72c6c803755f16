package promapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/promapi"
	"github.com/budi-monitor/budi/internal/collector/ruleset"
	"github.com/budi-monitor/budi/internal/look"
)

// The rules of the two sites' test: an alert of each site, one that pends, one
// without a site, recording rules with and without one, and one that fails over
// series of the other site.
const siteRules = `groups:
  - name: one
    rules:
      - alert: Down
        expr: probe_success == 0
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.check }} of {{ $labels.site }} is down"}
      - alert: DownAnywhere
        expr: count(probe_success == 0) > 0
      - alert: DownAtNorth
        expr: probe_success{site="north.1"} == 0
      - record: up:count
        expr: count(probe_success)
      - record: site:up:count
        expr: count by (site) (probe_success)
  - name: two
    rules:
      - record: broken
        expr: probe_success * on (job) probe_success{site="north.1"}
`

// north is all that must not be told to who sees south only. The point in its
// name stands for any sign in a pattern.
const north = "north.1"

type sitesKey struct{}

// twoSites serves the API over the sites north.1, northx1 and south. A request's
// header Sites says, comma by comma, which are seen; without one, all.
func twoSites(t *testing.T) (*httptest.Server, time.Time) {
	t.Helper()
	ctx := context.Background()
	db, err := metricdb.Open(ctx, metricdb.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	now := time.Now()
	for i, target := range []struct{ site, check string }{
		{north, "north-www"}, {north, "north-mail"}, {"northx1", "nearly"}, {"south", "south-www"}, {"", "nowhere"},
	} {
		labels := look.Labels("check", target.check, "job", "probe")
		if target.site != "" {
			labels = look.Labels("site", target.site, "check", target.check, "job", "probe")
		}
		extra := look.Sample{Name: "only_" + strings.ReplaceAll(target.check, "-", "_"), Value: 1, Labels: look.Labels("of_"+strings.ReplaceAll(target.check, "-", "_"), "x")}
		for j := range 3 {
			if err := db.Record(ctx, metricdb.Target{ID: target.check, Identity: labels}, look.Result{
				Time: now.Add(time.Duration(j-3) * time.Minute),
				Samples: []look.Sample{
					{Name: "probe_success", Value: float64(i)}, extra,
					{Name: "probe_info", Value: 1, Labels: look.Labels("data", "of "+target.check)},
				},
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	set, err := ruleset.New(ruleset.Options{DB: db})
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Load([]ruleset.Source{{Name: "test.yml", Content: []byte(siteRules)}}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 { // ALERTS is written once what was before the start is known
		set.Eval(ctx, now.Add(time.Duration(i-2)*time.Minute))
	}
	h, err := promapi.New(promapi.Options{DB: db, Rules: set, Sites: func(ctx context.Context) ([]string, bool) {
		sites, some := ctx.Value(sitesKey{}).([]string)
		return sites, !some
	}})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header["Sites"] != nil {
			r = r.WithContext(context.WithValue(r.Context(), sitesKey{}, strings.Split(r.Header.Get("Sites"), ",")))
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv, now
}

// as asks as somebody who sees some sites.
func as(t *testing.T, srv *httptest.Server, sites, method, path string, form url.Values) (int, response, string) {
	t.Helper()
	req := request(t, srv, method, path, form)
	req.Header.Set("Sites", sites)
	return do(t, req)
}

// told lists what an answer tells of the sites that are not seen.
func told(body string) (out []string) {
	for _, secret := range []string{north, "northx1", "north_", "north-", "nearly", "nowhere"} {
		if strings.Contains(body, secret) {
			out = append(out, secret)
		}
	}
	return out
}

func TestNoExpressionLeadsToAnotherSite(t *testing.T) {
	srv, now := twoSites(t)
	before := fmt.Sprint(now.Add(-time.Minute).Unix())
	for _, expr := range []string{
		`probe_success`,
		`{__name__=~".+"}`,
		`{job="probe",site=~".*"}`,
		`{job="probe",site!="south"}`,
		`{job="probe",site=""}`,
		`{job="probe",site!~"south"}`,
		`{job="probe",site=~"south|.*"}`,
		`{__name__=~"probe_success|x",site=~"south|north.1"}`,
		`{"probe_success","site"=~".+"}`,
		`probe_success{site="south"} or probe_success`,
		`probe_success or on () probe_success{site="north.1"}`,
		`probe_success unless probe_success{site="south"}`,
		`label_replace(probe_success{site=~"no.*"}, "site", "south", "", "")`,
		`label_replace(probe_success, "site", "$1", "check", "(.*)")`,
		`label_join(probe_success, "all", "/", "site", "check")`,
		`max_over_time(probe_success[5m])`,
		`max_over_time(probe_success[5m:1m])`,
		`max_over_time(max by (check, site) (probe_success)[5m:1m])`,
		`probe_success offset 1m`,
		`probe_success @ ` + before,
		`probe_success @ start()`,
		`last_over_time(probe_success[10m:1m] @ end())`,
		`sum by (site) (probe_success)`,
		`count_values by (check) ("x", probe_success)`,
		`group by (check) ({__name__!=""})`,
		`topk(100, probe_success)`,
		`info(probe_success)`,
		`info(probe_success, {__name__=~"probe_info|only_.*"})`,
		`info(probe_success, {data=~".+"})`,
		`probe_success * on () group_left (check) probe_success`,
		`ALERTS`,
		`ALERTS_FOR_STATE`,
		`up:count`,
		`site:up:count`,
		`{__name__=~"only_north_www|only_south_www"}`,
		`only_north_www`,
		`sort_by_label(probe_success, "site")`,
		`(((probe_success)))`,
		`-probe_success`,
		`probe_success[10m]`,
	} {
		for _, ask := range []struct {
			method, path string
			form         url.Values
		}{
			{"GET", "/api/v1/query", url.Values{"query": {expr}}},
			{"POST", "/api/v1/query", url.Values{"query": {expr}, "stats": {"all"}}},
			{"POST", "/api/v1/query_range", url.Values{"query": {expr}, "start": {fmt.Sprint(now.Add(-5 * time.Minute).Unix())}, "end": {fmt.Sprint(now.Unix())}, "step": {"60"}}},
		} {
			if strings.HasSuffix(expr, "[10m]") && strings.HasSuffix(ask.path, "_range") {
				continue // no graph is made of a range
			}
			code, _, body := as(t, srv, "south", ask.method, ask.path, ask.form)
			// The answer may name what the expression named itself.
			rest := strings.ReplaceAll(body, expr, "")
			if secrets := told(rest); secrets != nil && code < 400 {
				t.Errorf("%s %s %s tells %q: %s", ask.method, ask.path, expr, secrets, body)
			}
			if refused := code == http.StatusBadRequest && strings.Contains(body, "is not enabled"); code != http.StatusOK && code != http.StatusUnprocessableEntity && !refused {
				t.Errorf("%s %s %s answers %d %s", ask.method, ask.path, expr, code, body)
			}
			if secrets := told(rest); code >= 400 && secrets != nil {
				t.Errorf("%s %s %s fails with %q: %s", ask.method, ask.path, expr, secrets, body)
			}
		}
	}
}

// number is the one value of an instant query's answer.
func number(t *testing.T, srv *httptest.Server, sites, expr string) string {
	t.Helper()
	code, r, body := as(t, srv, sites, "GET", "/api/v1/query", url.Values{"query": {expr}})
	var data struct {
		Result []struct{ Value [2]any }
	}
	if err := json.Unmarshal(r.Data, &data); err != nil || code != http.StatusOK || len(data.Result) > 1 {
		t.Fatalf("%s: %d %s %v", expr, code, body, err)
	}
	if len(data.Result) == 0 {
		return "nothing"
	}
	return fmt.Sprint(data.Result[0].Value[1])
}

// What is counted and summed is that of the own sites too, where no label
// betrays whose it was.
func TestNumbersAreThoseOfTheOwnSites(t *testing.T) {
	srv, now := twoSites(t)
	before := fmt.Sprint(now.Add(-time.Minute).Unix())
	for _, tc := range []struct{ sites, expr, want string }{
		{"south", `count(probe_success)`, "1"},
		{"south", `sum(probe_success)`, "3"},
		{"south", `count({__name__!=""}) > 0 and count({__name__!="",site!="south"})`, "nothing"},
		{"south", `count(probe_success{site=~".*"} or probe_success{site="north.1"})`, "1"},
		{"south", `count(max_over_time(probe_success[5m:1m] offset 1m))`, "1"},
		{"south", `count(probe_success @ ` + before + ` offset 30s)`, "1"},
		{"south", `sum(count_over_time(probe_success[10m]))`, "3"},
		{"south", `absent(probe_success{site="north.1"})`, "1"},
		{"south", `absent(probe_success{site=""})`, "1"},
		{"south", `absent(up:count)`, "1"},
		{"south", `absent_over_time(ALERTS[10m])`, "1"},
		{"south", `vector(scalar(probe_success{check="north-mail"})) > 0 or vector(7)`, "7"},
		{"south", `count(site:up:count)`, "1"},
		{"south,northx1", `count(probe_success)`, "2"},
		{"north.1", `count(probe_success)`, "2"}, // not northx1
		{"north.1", `count(ALERTS{alertname="Down"})`, "1"},
		{"north.1", `count(up:count)`, "nothing"},
		{"nor.*", `count(probe_success)`, "nothing"},
		{"south|north.1", `count(probe_success)`, "nothing"},
		{".*", `count(probe_success)`, "nothing"},
		{"north.1)|(.*", `count(probe_success)`, "nothing"},
	} {
		if got := number(t, srv, tc.sites, tc.expr); got != tc.want {
			t.Errorf("%s of %s is %s, want %s", tc.expr, tc.sites, got, tc.want)
		}
	}
}

func TestTheIndexIsThatOfTheOwnSites(t *testing.T) {
	srv, now := twoSites(t)
	span := func(form url.Values) url.Values {
		form.Set("start", fmt.Sprint(now.Add(-time.Hour).Unix()))
		form.Set("end", fmt.Sprint(now.Add(time.Minute).Unix()))
		return form
	}
	for _, tc := range []struct {
		method, path string
		form         url.Values
		want         string // the data; "" for any
	}{
		{"GET", "/api/v1/label/site/values", url.Values{}, `["south"]`},
		{"GET", "/api/v1/label/check/values", url.Values{}, `["south-www"]`},
		{"GET", "/api/v1/label/check/values", url.Values{"match[]": {`{site="north.1"}`}}, `[]`},
		{"GET", "/api/v1/label/check/values", url.Values{"match[]": {`{site="north.1"}`, `probe_success`}}, `["south-www"]`},
		{"GET", "/api/v1/label/alertname/values", url.Values{}, `[]`},
		{"GET", "/api/v1/label/__name__/values", url.Values{}, `["only_south_www","probe_info","probe_success","site:up:count"]`},
		{"GET", "/api/v1/label/U__check/values", url.Values{}, `["south-www"]`},
		{"GET", "/api/v1/label/of_north_www/values", url.Values{}, `[]`},
		{"GET", "/api/v1/labels", url.Values{}, `["__name__","check","data","job","of_south_www","site"]`},
		{"POST", "/api/v1/labels", url.Values{"match[]": {`{site=~".+"}`, `{site="north.1"}`}}, `["__name__","check","data","job","of_south_www","site"]`},
		{"POST", "/api/v1/labels", url.Values{"match[]": {`only_north_www`}}, `[]`},
		{"GET", "/api/v1/series", url.Values{"match[]": {`{site="north.1"}`}}, `[]`},
		{"GET", "/api/v1/series", url.Values{"match[]": {`probe_success`}}, `[{"__name__":"probe_success","check":"south-www","job":"probe","site":"south"}]`},
		{"POST", "/api/v1/series", url.Values{"match[]": {`{__name__=~".+"}`, `{job="probe",site=""}`, `{job="probe",site!="south"}`}}, ""},
		{"GET", "/api/v1/metadata", url.Values{}, ""},
		{"GET", "/api/v1/targets", url.Values{}, ""},
		{"GET", "/api/v1/query_exemplars", url.Values{"query": {"probe_success"}}, `[]`},
	} {
		code, r, body := as(t, srv, "south", tc.method, tc.path, span(tc.form))
		if secrets := told(body); code != http.StatusOK || secrets != nil || tc.want != "" && string(r.Data) != tc.want {
			t.Errorf("%s %s %v: %d %s tells %q, want %s", tc.method, tc.path, tc.form["match[]"], code, body, secrets, tc.want)
		}
	}
}

// alertingRules are the alerting rules of an answer of rules: state and number
// of alerts by name.
func alertingRules(t *testing.T, r response) map[string]string {
	t.Helper()
	var data struct {
		Groups []struct {
			Name, File string
			Rules      []struct {
				Name, Type, State, LastError, Query string
				Alerts                              []any
			}
		}
	}
	if err := json.Unmarshal(r.Data, &data); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, g := range data.Groups {
		for _, rule := range g.Rules {
			if rule.Query == "" || g.File != "test.yml" {
				t.Errorf("rule %+v of %s %s", rule, g.Name, g.File)
			}
			out[rule.Name] = rule.State
			if rule.Type == "alerting" {
				out[rule.Name] += fmt.Sprint(" ", len(rule.Alerts))
			}
			if rule.LastError != "" {
				out[rule.Name] += " " + rule.LastError
			}
		}
	}
	return out
}

func TestAlertsOfOtherSitesAreNotTold(t *testing.T) {
	srv, _ := twoSites(t)
	if _, r, _ := do(t, request(t, srv, "GET", "/api/v1/rules", nil)); alertingRules(t, r)["Down"] != "firing 1" {
		t.Fatalf("who sees all: %v", alertingRules(t, r))
	}
	for _, tc := range []struct {
		sites, query string
		want         map[string]string
	}{
		{"south", "", map[string]string{"Down": "inactive 0", "DownAnywhere": "inactive 0", "DownAtNorth": "inactive 0"}},
		{"south", "?exclude_alerts=true", map[string]string{"Down": "inactive 0", "DownAtNorth": "inactive 0"}},
		{"south", "?exclude_alerts=1", map[string]string{"Down": "inactive 0"}},
		{"south", "?exclude_alerts=T", map[string]string{"Down": "inactive 0"}},
		{"south", "?type=alert&rule_name[]=Down", map[string]string{"Down": "inactive 0"}},
		{north, "", map[string]string{"Down": "firing 1", "DownAnywhere": "inactive 0"}},
		{north, "?exclude_alerts=true", map[string]string{"Down": "firing 0"}},
		{"northx1,north.1", "?group_limit=1", map[string]string{"Down": "firing 1"}},
	} {
		code, r, body := as(t, srv, tc.sites, "GET", "/api/v1/rules"+tc.query, nil)
		if code != http.StatusOK {
			t.Errorf("%s: %d %s", tc.query, code, body)
			continue
		}
		got := alertingRules(t, r)
		for name, want := range tc.want {
			if code != http.StatusOK || got[name] != want {
				t.Errorf("%s for %s: %s is %q, want %q: %s", tc.query, tc.sites, name, got[name], want, body)
			}
		}
		if tc.sites == "south" && strings.Contains(body, "north-") {
			t.Errorf("%s tells %s", tc.query, body)
		}
		if tc.query == "" && !strings.Contains(got["broken"], "who sees all sites is told why") {
			t.Errorf("the rule that fails: %q", got["broken"])
		}
	}
	_, r, _ := as(t, srv, north, "GET", "/api/v1/rules?group_limit=1", nil)
	var page struct{ GroupNextToken string }
	if err := json.Unmarshal(r.Data, &page); err != nil || page.GroupNextToken == "" {
		t.Errorf("no token of the next page: %s", r.Data)
	}
	if code, _, body := as(t, srv, "south", "GET", "/api/v1/rules?type=x", nil); code != http.StatusBadRequest {
		t.Errorf("a wrong type: %d %s", code, body)
	}

	alerts := func(sites string) string {
		_, r, _ := as(t, srv, sites, "GET", "/api/v1/alerts", nil)
		var data struct {
			Alerts []struct{ Labels map[string]string }
		}
		if err := json.Unmarshal(r.Data, &data); err != nil || data.Alerts == nil {
			t.Fatalf("%s: %v", r.Data, err)
		}
		var names []string
		for _, a := range data.Alerts {
			names = append(names, a.Labels["alertname"]+" "+a.Labels["check"])
		}
		slices.Sort(names)
		return strings.Join(names, ", ")
	}
	if got := alerts("south"); got != "" {
		t.Errorf("south is told of %s", got)
	}
	if got := alerts(north); got != "Down north-www, DownAtNorth north-www" {
		t.Errorf("north is told of %s", got)
	}
}

func TestWhatIsAboutAllSitesIsForThoseWhoSeeAll(t *testing.T) {
	srv, _ := twoSites(t)
	for _, path := range []string{"/api/v1/status/tsdb", "/api/v1/status/tsdb?limit=1"} {
		if code, r, body := as(t, srv, "south", "GET", path, nil); code != http.StatusForbidden || r.ErrorType != "forbidden" || told(body) != nil {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	// Of whom nothing is known, or who sees no site at all, is told nothing.
	for _, path := range []string{"/api/v1/query?query=1", "/api/v1/labels", "/api/v1/rules", "/api/v1/metadata"} {
		if code, r, body := as(t, srv, "", "GET", path, nil); code != http.StatusForbidden || r.Status != "error" {
			t.Errorf("%s for nobody: %d %s", path, code, body)
		}
	}
}
