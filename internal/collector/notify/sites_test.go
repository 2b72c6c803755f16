package notify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/notify"
)

type sitesKey struct{}

// serveSites serves the API with an alert of each of three sites and one of
// none. A path that begins with /SITE,SITE is asked by who sees those; /all by
// who sees all.
func serveSites(t *testing.T, s *notify.Silences) *httptest.Server {
	t.Helper()
	api, err := notify.NewAPI(notify.APIOptions{Silences: s, Receivers: []string{"rasa"}, Sites: func(ctx context.Context) ([]string, bool) {
		sites, some := ctx.Value(sitesKey{}).([]string)
		return sites, !some
	}})
	if err != nil {
		t.Fatal(err)
	}
	var alerts []notify.Alert
	for _, site := range []string{"north.1", "northx1", "south"} {
		alerts = append(alerts, notify.Alert{Labels: map[string]string{"alertname": "Down", "site": site, "device": "pc-of-" + site}, StartsAt: time.Now()})
	}
	api.SetAlerts(append(alerts, notify.Alert{Labels: map[string]string{"alertname": "Down", "device": "of-nobody"}, StartsAt: time.Now()}))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		r.URL.Path = "/" + path
		switch who {
		case "all":
		case "nothing":
			r = r.WithContext(context.WithValue(r.Context(), sitesKey{}, []string{}))
		default:
			r = r.WithContext(context.WithValue(r.Context(), sitesKey{}, strings.Split(who, ",")))
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv
}

func TestAlertsAreThoseOfTheOwnSites(t *testing.T) {
	srv := serveSites(t, open(t, filepath.Join(t.TempDir(), "silences")))
	type one struct {
		Labels map[string]string
		Alerts []one
	}
	devices := func(list []one) string {
		var out []string
		for _, a := range list {
			for _, b := range a.Alerts {
				out = append(out, b.Labels["device"])
			}
			if a.Alerts == nil {
				out = append(out, a.Labels["device"])
			}
		}
		slices.Sort(out)
		return strings.Join(slices.Compact(out), " ")
	}
	filters := func(texts ...string) string { return "?" + url.Values{"filter": texts}.Encode() }
	for _, tc := range []struct{ who, query, want string }{
		{"south", "", "pc-of-south"},
		{"north.1", "", "pc-of-north.1"}, // not northx1
		{"north.1,south", "", "pc-of-north.1 pc-of-south"},
		{"south", filters(`site="north.1"`), ""},
		{"south", filters(`site=~".*"`), "pc-of-south"},
		{"south", filters(`site!="south"`), ""},
		{"south", filters(`site=""`), ""},
		{"south", filters(`device=~".*"`, `site=~"south|north.1"`), "pc-of-south"},
		{"south", "?filter=" + url.QueryEscape(`site=~".*"`) + ";filter=x", ""},
		{".*", "", ""},
		{`south"|".*`, "", ""},
		{"all", "", "of-nobody pc-of-north.1 pc-of-northx1 pc-of-south"},
	} {
		for _, path := range []string{"/api/v2/alerts", "/api/v2/alerts/groups"} {
			var list []one
			if strings.Contains(tc.query, ";") {
				tc.want = "pc-of-south" // what cannot be read is left out, the sites are not
			}
			status, text := call(t, "GET", srv.URL+"/"+url.PathEscape(tc.who)+path+tc.query, "", &list)
			if got := devices(list); status != 200 || got != tc.want {
				t.Errorf("%s %s%s: %d %q, want %q: %s", tc.who, path, tc.query, status, got, tc.want, text)
			}
		}
	}
	for _, path := range []string{"/api/v2/alerts", "/api/v2/silences", "/api/v2/status"} {
		if status, text := call(t, "GET", srv.URL+"/nothing"+path, "", nil); status != http.StatusForbidden {
			t.Errorf("%s for who sees nothing: %d %s", path, status, text)
		}
	}
}

// matcher is one as JSON.
func matcher(name, value string, equal, regex bool) string {
	return fmt.Sprintf(`{"name":%q,"value":%q,"isEqual":%v,"isRegex":%v}`, name, value, equal, regex)
}

func silenceOf(rest string, matchers ...string) string {
	now := time.Now().UTC()
	return fmt.Sprintf(`{"comment":"x","createdBy":"jonas","startsAt":%q,"endsAt":%q,"matchers":[%s]%s}`,
		now.Format(time.RFC3339Nano), now.Add(time.Hour).Format(time.RFC3339Nano), strings.Join(matchers, ","), rest)
}

func TestASilenceOfSomeSitesNamesOne(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "silences"))
	srv := serveSites(t, s)
	post := func(who, body string) (int, string, string) {
		var got struct{ SilenceID string }
		status, text := call(t, "POST", srv.URL+"/"+who+"/api/v2/silences", body, nil)
		_ = json.Unmarshal([]byte(text), &got)
		return status, got.SilenceID, text
	}
	south, north := matcher("site", "south", true, false), matcher("site", "north.1", true, false)
	_, ofNorth, _ := post("all", silenceOf("", north))
	_, ofAll, _ := post("all", silenceOf("", matcher("alertname", "Down", true, false)))
	if ofNorth == "" || ofAll == "" {
		t.Fatal("who sees all sites makes no silences")
	}
	for name, tc := range map[string]struct {
		body string
		want int
	}{
		"of the own site":                         {silenceOf("", south), 200},
		"of a device of the own site":             {silenceOf("", matcher("device", "pc-.*", true, true), south), 200},
		"of no site":                              {silenceOf("", matcher("device", "pc", true, false)), 403},
		"of another site":                         {silenceOf("", north), 403},
		"of the own and another site":             {silenceOf("", south, north), 403},
		"of the own site by an expression":        {silenceOf("", matcher("site", "south", true, true)), 403},
		"of all sites by an expression":           {silenceOf("", matcher("site", ".*", true, true)), 403},
		"of all sites but one":                    {silenceOf("", matcher("site", "north.1", false, false)), 403},
		"of all sites but the own":                {silenceOf("", matcher("site", "south", false, false)), 403},
		"of the own site twice":                   {silenceOf("", south, south), 403},
		"of Site, which is another label":         {silenceOf("", matcher("Site", "south", true, false)), 403},
		"with a second list of matchers":          {silenceOf(`,"matchers":[`+matcher("device", ".*", true, true)+`]`, south), 403},
		"with a second list in other letters":     {silenceOf(`,"Matchers":[`+matcher("device", ".*", true, true)+`]`, south), 403},
		"with sets of matchers, which are unread": {silenceOf(`,"matcherSets":[{"matchers":[`+north+`]}]`, south), 200},
		"in place of one of another site":         {silenceOf(`,"id":"`+ofNorth+`"`, south), 404},
		"in place of one of all sites":            {silenceOf(`,"id":"`+ofAll+`"`, south), 404},
		"in place of one that there is not":       {silenceOf(`,"id":"d2f0f7b2-0d4c-4a0e-9c55-0a7a5a2a3b11"`, south), 404},
		"that is none":                            {`{"matchers":[]}`, 400},
		"without matchers":                        {silenceOf(""), 400},
		"that is no JSON":                         {`{`, 400},
		"of nothing":                              {`null`, 400},
	} {
		status, id, text := post("south", tc.body)
		if status != tc.want {
			t.Errorf("%s: %d %s, want %d", name, status, text, tc.want)
		}
		if status == 403 && !strings.Contains(text, `add the matcher site=\"ID\"`) {
			t.Errorf("%s: the answer does not say what to do: %s", name, text)
		}
		if id != "" {
			if got := s.Muted(t.Context(), map[string]string{"site": "north.1", "device": "pc", "alertname": "X"}); !slices.Equal(got, []string{ofNorth}) {
				t.Errorf("%s: the other site is muted by %v", name, got)
			}
		}
	}

	// Listed, read and ended are those that name one of the sites.
	list := func(who string) []string {
		var all []struct{ ID string }
		call(t, "GET", srv.URL+"/"+who+"/api/v2/silences", "", &all)
		var out []string
		for _, s := range all {
			out = append(out, s.ID)
		}
		return out
	}
	if got := list("south"); len(got) != 3 || slices.Contains(got, ofNorth) || slices.Contains(got, ofAll) {
		t.Errorf("south sees %v", got)
	}
	if got := list("north.1"); !slices.Equal(got, []string{ofNorth}) {
		t.Errorf("north sees %v", got)
	}
	if got := list("northx1"); len(got) != 0 {
		t.Errorf("the site beside sees %v", got)
	}
	for _, method := range []string{"GET", "DELETE"} {
		for _, id := range []string{ofNorth, ofAll, "d2f0f7b2-0d4c-4a0e-9c55-0a7a5a2a3b11", "x"} {
			if status, text := call(t, method, srv.URL+"/south/api/v2/silence/"+id, "", nil); status != http.StatusNotFound || strings.Contains(text, "north") {
				t.Errorf("%s %s: %d %s", method, id, status, text)
			}
		}
	}
	own := list("south")[0]
	for _, method := range []string{"GET", "DELETE"} {
		if status, text := call(t, method, srv.URL+"/south/api/v2/silence/"+own, "", nil); status != 200 {
			t.Errorf("%s the own one: %d %s", method, status, text)
		}
	}
	if status, text := call(t, "DELETE", srv.URL+"/all/api/v2/silence/"+ofAll, "", nil); status != 200 {
		t.Errorf("who sees all ends one of all: %d %s", status, text)
	}
	if got := s.Muted(t.Context(), map[string]string{"site": "north.1"}); !slices.Equal(got, []string{ofNorth}) {
		t.Errorf("muted by %v at the end", got)
	}
}
