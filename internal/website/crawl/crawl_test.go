package crawl_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/freeport"
	"github.com/budi-monitor/budi/internal/sim/website"
	"github.com/budi-monitor/budi/internal/website/crawl"
)

// clock moves on by itself where a crawl would wait.
type clock struct {
	now   time.Time
	slept []time.Duration
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)} }

func (c *clock) options(client *probe.Client) crawl.Options {
	return crawl.Options{Client: client, Pace: time.Second, Now: func() time.Time { return c.now }, Sleep: func(_ context.Context, d time.Duration) {
		c.slept = append(c.slept, d)
		c.now = c.now.Add(d)
	}}
}

func client(t testing.TB) *probe.Client {
	c := probe.NewClient(probe.Options{})
	t.Cleanup(c.Close)
	return c
}

// closed is an address at which nobody answers.
func closed(t *testing.T) string {
	t.Helper()
	return "http://" + freeport.Addr(t)
}

// finish makes runs until the crawl is finished, with the State written and read
// between them.
func finish(t *testing.T, s *crawl.State, c *clock, o crawl.Options) *crawl.State {
	t.Helper()
	for range 2000 {
		why, err := crawl.Run(t.Context(), s, o)
		if err != nil {
			t.Fatal(err)
		}
		if why == crawl.WhyFinished {
			return s
		}
		if s.Due.After(c.now) {
			c.now = s.Due
		}
		text, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if s, err = crawl.Decode(text); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the crawl does not end")
	return nil
}

func start(t *testing.T, at string, c *clock, before *crawl.State) *crawl.State {
	t.Helper()
	s, err := crawl.New(at, c.now, before)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// All faults of a large website are found, none is invented, and it makes no
// difference how often the crawl was interrupted.
func TestAllFaultsOfALargeWebsiteAreFound(t *testing.T) {
	const pages, faults = 5000, 100
	var results []look.Result
	for _, requests := range []int{0, 777} {
		dead := closed(t)
		site := website.NewLarge(pages, faults, 42, dead)
		server := httptest.NewServer(site)
		c := newClock()
		o := c.options(client(t))
		o.Requests = requests
		s := finish(t, start(t, server.URL, c, nil), c, o)
		r := s.Result(server.URL, c.now)
		server.Close()
		found := map[string]look.Broken{}
		for _, b := range r.Web.Links.Broken {
			u := strings.TrimPrefix(b.URL, server.URL)
			found[u] = b
			if _, planted := site.Faults()[u]; !planted {
				t.Errorf("it invents %s: %s, %d, on %v", u, b.Code, b.Status, b.On)
			}
		}
		for u, f := range site.Faults() {
			b, ok := found[u]
			if !ok {
				t.Errorf("it misses the %s at %s", f.What, u)
				continue
			}
			page := fmt.Sprintf("%s/puslapis/%d", server.URL, f.On)
			if f.On == 0 {
				page = server.URL + "/"
			}
			if !slices.Contains(b.On, page) {
				t.Errorf("%s stands on %v, not on page %d", u, b.On, f.On)
			}
		}
		l := r.Web.Links
		if !l.Finished || l.Pages < pages || r.Outcome != look.OK || l.Waiting != 0 {
			t.Errorf("%+v, %s", l.Pages, r.Outcome)
		}
		if site.Most() > 1 {
			t.Errorf("it asked for %d things at once", site.Most())
		}
		for i := range r.Web.Links.Broken {
			b := &r.Web.Links.Broken[i]
			b.URL = strings.TrimPrefix(b.URL, dead)
			b.Since = time.Time{}
			for k := range b.On {
				b.On[k] = strings.TrimPrefix(b.On[k], server.URL)
			}
			b.URL = strings.TrimPrefix(b.URL, server.URL)
			slices.Sort(b.On)
		}
		slices.SortFunc(l.Broken, func(a, b look.Broken) int { return strings.Compare(a.URL, b.URL) })
		results = append(results, r)
	}
	if d := cmp.Diff(results[0].Web.Links.Broken, results[1].Web.Links.Broken); d != "" {
		t.Error("interrupted it finds something else:\n", d)
	}
}

// A small website, as the paths that answer.
type small struct {
	mu    sync.Mutex
	pages map[string]string
	asked []string
	also  http.HandlerFunc // nil: nothing else
}

func (s *small) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
	if text, ok := s.pages[r.URL.Path]; ok {
		if strings.HasPrefix(text, "<") {
			w.Header().Set("Content-Type", "text/html")
		}
		_, _ = fmt.Fprint(w, text)
		return
	}
	if s.also != nil {
		s.also(w, r)
		return
	}
	http.NotFound(w, r)
}

func (s *small) wasAsked(what string) bool { return slices.Contains(s.asked, what) }

func crawled(t *testing.T, s *small, before *crawl.State) (look.Result, *clock, *crawl.State) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c := newClock()
	state := finish(t, start(t, server.URL, c, before), c, c.options(client(t)))
	return state.Result(server.URL, c.now), c, state
}

func TestRobotsAreObeyedAndRequestsPaced(t *testing.T) {
	s := &small{pages: map[string]string{
		"/":           `<a href="/open">a</a><a href="/closed/x">b</a><a href="/closed/but-open">c</a><img src="/x.png">`,
		"/robots.txt": "User-agent: *\nCrawl-delay: 3\nDisallow: /closed/\nAllow: /closed/but-open\n",
		"/open":       "<p>", "/closed/but-open": "<p>", "/x.png": "png",
	}}
	r, c, _ := crawled(t, s, nil)
	if s.wasAsked("GET /closed/x") || s.wasAsked("HEAD /closed/x") || !s.wasAsked("GET /closed/but-open") {
		t.Errorf("asked was %v", s.asked)
	}
	if len(r.Web.Links.Broken) != 0 || r.Web.Links.Skipped != 1 {
		t.Errorf("%+v", r.Web.Links)
	}
	threes := 0
	for _, d := range c.slept {
		if d > 2*time.Second {
			threes++
		}
	}
	if threes < 3 {
		t.Errorf("it waited %v", c.slept)
	}
}

func TestARobotsFileThatCannotBeHadForbidsEverything(t *testing.T) {
	s := &small{pages: map[string]string{"/": "<a href=/x>x</a>"}, also: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }}
	server := httptest.NewServer(s)
	defer server.Close()
	c := newClock()
	state := start(t, server.URL, c, nil)
	why, err := crawl.Run(t.Context(), state, c.options(client(t)))
	if err != nil || why != crawl.WhyRobots || s.wasAsked("GET /") || !state.Due.After(c.now) {
		t.Errorf("%s, %v, %v, due %s", why, err, s.asked, state.Due)
	}
	if r := state.Result(server.URL, c.now); r.Outcome == look.OK || r.Problem == nil {
		t.Errorf("%s", r.Outcome)
	}
}

// A first page that nobody sees without a password leads to no other website.
func TestAFirstPageBehindAPasswordIsToldAsSuch(t *testing.T) {
	for status, want := range map[int]string{http.StatusUnauthorized: "links_login", http.StatusFound: "links_elsewhere"} {
		far := httptest.NewServer(&small{pages: map[string]string{"/": "<p>far"}})
		r, _, _ := crawled(t, &small{also: func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Location", strings.Replace(far.URL, "127.0.0.1", "localhost", 1))
			w.WriteHeader(status)
		}}, nil)
		far.Close()
		if r.Web == nil || len(r.Web.Findings) != 1 || r.Web.Findings[0].Code != want {
			t.Errorf("%d: %+v", status, r.Web)
		}
	}
}

func TestWhatFailsOnceIsNoFault(t *testing.T) {
	failed := false
	s := &small{pages: map[string]string{"/": "<a href=/flaky>x</a><a href=/busy>y</a>"}}
	busy := 0
	s.also = func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/flaky" && !failed:
			failed = true
			w.WriteHeader(http.StatusBadGateway)
		case r.URL.Path == "/flaky":
			_, _ = fmt.Fprint(w, "<p>well again")
		case r.URL.Path == "/busy" && busy < 1:
			busy++
			w.Header().Set("Retry-After", "20")
			w.WriteHeader(http.StatusTooManyRequests)
		case r.URL.Path == "/busy":
			_, _ = fmt.Fprint(w, "<p>later")
		default:
			http.NotFound(w, r)
		}
	}
	r, c, _ := crawled(t, s, nil)
	if len(r.Web.Links.Broken) != 0 {
		t.Errorf("%+v", r.Web.Links.Broken)
	}
	if !slices.ContainsFunc(c.slept, func(d time.Duration) bool { return d > 15*time.Second }) {
		t.Errorf("Retry-After was not obeyed: %v", c.slept)
	}
}

func TestAWebsiteThatIsDownIsNotAThousandFaults(t *testing.T) {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, `<a href="/p%d">x</a>`, i)
	}
	s := &small{pages: map[string]string{"/": "<p>" + b.String(), "/robots.txt": "User-agent: *\n"}}
	pages := 0
	s.also = func(w http.ResponseWriter, _ *http.Request) {
		if pages++; pages > 3 {
			delete(s.pages, "/")
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = fmt.Fprint(w, "<p>page")
	}
	server := httptest.NewServer(s)
	defer server.Close()
	c := newClock()
	state := start(t, server.URL, c, nil)
	why, err := crawl.Run(t.Context(), state, c.options(client(t)))
	if err != nil || why != crawl.WhySilent {
		t.Fatalf("%s, %v", why, err)
	}
	if r := state.Result(server.URL, c.now); len(r.Web.Links.Broken) != 0 {
		t.Errorf("%+v", r.Web.Links.Broken)
	}
}

func TestOtherWebsitesAreAskedLightly(t *testing.T) {
	other := &small{pages: map[string]string{"/fine": "<a href=/more>more</a>"}, also: func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/turns-away" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		http.NotFound(w, r)
	}}
	far := httptest.NewServer(other)
	defer far.Close()
	s := &small{pages: map[string]string{"/": fmt.Sprintf(`<a href="%[1]s/fine">a</a><a href="%[1]s/turns-away">b</a><a href="%[1]s/gone">c</a>`, far.URL)}}
	r, c, state := crawled(t, s, nil)
	if other.wasAsked("GET /more") || other.wasAsked("HEAD /more") || other.wasAsked("GET /fine") || !other.wasAsked("HEAD /fine") {
		t.Errorf("asked was %v", other.asked)
	}
	if len(r.Web.Links.Broken) != 1 || r.Web.Links.Broken[0].Kind != string(crawl.KindExternal) || r.Web.Links.Broken[0].Status != 404 {
		t.Errorf("%+v", r.Web.Links.Broken)
	}
	for _, sample := range r.Samples {
		if sample.Name == metric.WebsiteTrouble && sample.Value != 0 {
			t.Error("somebody else's broken page is our trouble")
		}
	}
	// What was fine is not asked again within the week.
	other.asked = nil
	server := httptest.NewServer(s)
	defer server.Close()
	c.now = c.now.Add(24 * time.Hour)
	again, err := crawl.New(state.Start, c.now, state)
	if err != nil {
		t.Fatal(err)
	}
	_ = finish(t, again, c, c.options(client(t)))
	if other.wasAsked("HEAD /fine") {
		t.Errorf("the next day %v", other.asked)
	}
}

// Trouble is what was broken the time before as well.
func TestTroubleIsWhatLasts(t *testing.T) {
	s := &small{pages: map[string]string{"/": `<a href="/gone">x</a>`}}
	server := httptest.NewServer(s)
	defer server.Close()
	c := newClock()
	trouble := func(s *crawl.State) float64 {
		for _, sample := range s.Result(server.URL, c.now).Samples {
			if sample.Name == metric.WebsiteTrouble {
				return sample.Value
			}
		}
		return -1
	}
	first := finish(t, start(t, server.URL, c, nil), c, c.options(client(t)))
	if got := trouble(first); got != 0 {
		t.Errorf("after the first crawl it is %g", got)
	}
	c.now = c.now.Add(7 * 24 * time.Hour)
	second := finish(t, start(t, server.URL, c, first), c, c.options(client(t)))
	if got := trouble(second); got != 1 {
		t.Errorf("after the second crawl it is %g", got)
	}
	s.pages["/gone"] = "<p>back"
	c.now = c.now.Add(7 * 24 * time.Hour)
	if got := trouble(finish(t, start(t, server.URL, c, second), c, c.options(client(t)))); got != 0 {
		t.Errorf("when it is mended it is %g", got)
	}
}

func TestCancelledItKeepsWhatItFound(t *testing.T) {
	site := website.NewLarge(300, 10, 7, closed(t))
	server := httptest.NewServer(site)
	defer server.Close()
	c := newClock()
	o := c.options(client(t))
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(p crawl.Progress) {
		if p.Pages == 100 {
			cancel()
		}
	}
	state := start(t, server.URL, c, nil)
	if why, err := crawl.Run(ctx, state, o); err != nil || why != crawl.WhyCancelled {
		t.Fatalf("%s, %v", why, err)
	}
	if r := state.Result(server.URL, c.now); r.Web.Links.Finished || r.Web.Links.Pages < 100 || r.Web.Links.Waiting == 0 {
		t.Errorf("%+v", r.Web.Links)
	}
}

func TestAStateOfStrangersIsRefused(t *testing.T) {
	c := newClock()
	state := start(t, "http://127.0.0.1/", c, nil)
	text, err := state.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"nothing": nil, "rubbish": []byte("rubbish"), "cut": text[:len(text)-8]} {
		if _, err := crawl.Decode(b); err == nil {
			t.Errorf("%s is a state", name)
		}
	}
	if again, err := crawl.Decode(bytes.Clone(text)); err != nil || again.Start != state.Start {
		t.Errorf("%+v, %v", again, err)
	}
	for _, bad := range []string{"", "ftp://x", "mailto:a@b", "http://"} {
		if _, err := crawl.New(bad, c.now, nil); err == nil {
			t.Errorf("%q can be crawled", bad)
		}
	}
}

func TestEachCodeHasTextsInBothLanguages(t *testing.T) {
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range append(crawl.Codes(), "") {
		if code == "" {
			continue
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

// Whatever a website answers, the crawl ends, asks only for what is on the web,
// and keeps its bounds.
func FuzzWebsite(f *testing.F) {
	f.Add("<a href=x><a href='//'><img srcset=',,,'><base href=javascript:x><a href=' http://[::1'>", "text/html", "User-agent: *\nDisallow")
	f.Add("<meta http-equiv=refresh content='0;url=?a'><style>@import url(", "text/html; charset=windows-1257", "\xef\xbb\xbfallow: *$$")
	f.Add("<urlset><url><loc>http://x</loc>", "application/xml", "Sitemap: /s.xml")
	f.Fuzz(func(t *testing.T, page, contentType, robots string) {
		n := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n++
			if r.URL.Path == "/robots.txt" {
				_, _ = fmt.Fprint(w, robots)
				return
			}
			w.Header().Set("Content-Type", strings.Map(func(r rune) rune {
				if r < ' ' || r >= 0x7f {
					return -1
				}
				return r
			}, contentType))
			_, _ = fmt.Fprint(w, page)
		}))
		defer server.Close()
		u, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		c := newClock()
		o := c.options(client(t))
		o.Requests, o.Addresses = 30, 50
		o.Online = func(context.Context) bool { return true }
		s, err := crawl.New("http://"+u.Host+"/", c.now, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := crawl.Run(t.Context(), s, o); err != nil {
			t.Fatal(err)
		}
		_ = s.Result(server.URL, c.now)
		text, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := crawl.Decode(text); err != nil {
			t.Error(err)
		}
	})
}
