package content_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/freeport"
	"github.com/budi-monitor/budi/internal/website/content"
)

// lookAt looks at a server that answers so.
func lookAt(t *testing.T, status int, contentType, body string, approved ...content.Snapshot) (look.Result, *content.Snapshot, content.Verdict) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	defer s.Close()
	client := probe.NewClient(probe.Options{})
	defer client.Close()
	r, now := content.Fetch(t.Context(), client, s.URL, s.URL)
	if now == nil {
		return r, nil, content.Verdict{}
	}
	return r, now, content.Judge(&r, *now, approved)
}

func value(r look.Result, name string, labels ...string) (float64, bool) {
	want := fmt.Sprint(look.Labels(labels...))
	for _, s := range r.Samples {
		if s.Name == name && fmt.Sprint(s.Labels) == want {
			return s.Value, true
		}
	}
	return 0, false
}

func TestALookTellsWhatStandsOnThePage(t *testing.T) {
	body := `<html lang="lt"><head><title>Mokykla</title><script src="https://cdn.example/a.js"></script></head><body><p>Naujiena 2020-05-06.</p></body></html>`
	r, s, v := lookAt(t, http.StatusOK, "text/html; charset=utf-8", body)
	if r.Outcome != look.OK || s == nil || !v.Silent() {
		t.Fatalf("%+v %+v", r, v)
	}
	p := r.Web.Page
	if p.Title != "Mokykla" || p.Language != "lt" || p.Newest != "2020-05-06" || p.Bytes != len(body) || fmt.Sprint(p.ScriptHosts) != "[cdn.example]" {
		t.Errorf("%+v", p)
	}
	if len(r.Web.Findings) != 1 || r.Web.Findings[0].Code != content.CodeStale {
		t.Errorf("news of 2020 are told as %+v", r.Web.Findings)
	}
	for name, want := range map[string]float64{metric.WebsiteBytes: float64(len(body)), metric.LookUnknown: 0} {
		if got, ok := value(r, name); !ok || got != want {
			t.Errorf("%s is %v, %v", name, got, ok)
		}
	}
	if got, ok := value(r, metric.WebsiteTrouble, "trouble", metric.TroubleContent); !ok || got != 0 {
		t.Errorf("trouble is %v, %v", got, ok)
	}
	r, _, v = lookAt(t, http.StatusOK, "text/html", `<html><head><title>Hacked by X</title></head><body><h1>Hacked by Xx Team</h1></body></html>`, *s)
	if got, _ := value(r, metric.WebsiteTrouble, "trouble", metric.TroubleContent); !v.Alarming() || got != 1 {
		t.Errorf("defaced: trouble is %v, %+v", got, v)
	}
}

// An error, a file and silence are other alerts' business: nothing is said of the
// content, neither well nor bad.
func TestWhatIsNoPageIsNotJudged(t *testing.T) {
	for name, answer := range map[string]struct {
		status int
		kind   string
	}{"an error": {500, "text/html"}, "maintenance": {503, "text/html"}, "a file": {200, "application/pdf"}, "gone": {404, "text/html"}} {
		r, s, _ := lookAt(t, answer.status, answer.kind, "<h1>Hacked by X</h1>")
		if _, told := value(r, metric.WebsiteTrouble, "trouble", metric.TroubleContent); r.Outcome == look.OK || r.Problem == nil || s != nil || told {
			t.Errorf("%s: %+v", name, r)
		}
	}
	closed := "http://" + freeport.Addr(t)
	client := probe.NewClient(probe.Options{})
	defer client.Close()
	r, s := content.Fetch(t.Context(), client, closed, closed)
	if r.Outcome != look.Unreachable || s != nil || len(r.Samples) > 0 {
		t.Errorf("silence: %+v", r)
	}
}

func TestEachCodeHasTextsAndARow(t *testing.T) {
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../../docs/content.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range content.Codes() {
		if !strings.Contains(string(doc), "| `"+code+"` |") {
			t.Errorf("docs/content.md has no row of %s", code)
		}
		for _, lang := range i18n.Languages() {
			for _, key := range []string{"finding." + code, "finding." + code + ".do"} {
				if !c.Has(lang, key) {
					t.Errorf("%s: %s is missing", lang, key)
				}
			}
		}
	}
}

func FuzzReadAndCompare(f *testing.F) {
	// Small seeds: what is tried is made of them, and whole pages leave time for a
	// handful of tries only.
	f.Add("<title>Mokykla</title><h1>Labas</h1><p>Naujienos <a href=/a>a</a><script src=//cdn.example.lt/a.js></script>", "text/html; charset=utf-8")
	f.Add("<meta charset=iso-8859-13><p hidden>x<noscript><img src=/b.png></noscript><form action=https://x.example>", "text/html")
	f.Add("<base href=//x><iframe style='position:fixed;inset:0' src=data:text/html,x><script>eval(atob('eA=='))</script>", "text/html; charset=windows-1257")
	f.Add(strings.Repeat("<div style=display:none>", 40), "")
	u, err := url.Parse("https://www.mokykla.example.lt/")
	if err != nil {
		f.Fatal(err)
	}
	before := content.Read(u, u.Hostname(), "text/html; charset=utf-8", []byte("<title>Mokykla</title><h1>Labas</h1><p>Naujienos <a href=/a>a</a>"))
	f.Fuzz(func(t *testing.T, page, kind string) {
		s := content.Read(u, u.Hostname(), kind, []byte(page))
		for _, v := range []content.Verdict{content.Compare(nil, s), content.Compare([]content.Snapshot{before}, s)} {
			for _, f := range v.Findings {
				if f.Severity == "" || len(f.Detail) > look.MaxDetail {
					t.Errorf("%+v", f)
				}
			}
		}
		if v := content.Compare([]content.Snapshot{s}, s); v.Alarming() {
			t.Errorf("alarming against itself: %+v", v)
		}
	})
}
