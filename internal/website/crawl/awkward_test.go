package crawl_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/website/crawl"
)

// brokenOf lists what was found broken, without the website's own address.
func brokenOf(r look.Result, site string) []string {
	var out []string
	for _, b := range r.Web.Links.Broken {
		out = append(out, strings.TrimPrefix(b.URL, site))
	}
	slices.Sort(out)
	return out
}

func TestLinksAreFollowedAsABrowserFollowsThem(t *testing.T) {
	const head, wrong = "<!doctype html><html><body>", "/nera"
	for _, c := range []struct {
		rule, page string
		want       []string // broken
	}{
		{"a base counts for what follows", `<base href="/gilyn/"><a href="yra">ok</a><a href="nera">x</a>`, []string{"/gilyn/nera"}},
		{"blanks and letters beyond ASCII", `<a href=" /ger as/ąžuolas.html ">ok</a><a href="/ger%20as/%c4%85%C5%BEuolas.html">same</a><a href="/nė ra">x</a>`, []string{"/n%C4%97%20ra"}},
		{"line breaks and backslashes", "<a href=\"/ger\nas\">ok</a><a href='\\nera'>x</a>", []string{wrong}},
		{"a stray percent sign", `<a href="/100%">ok</a><a href="/nera%zz">x</a>`, []string{"/nera%25zz"}},
		{"what is no website's", `<a href="mailto:a@b.lt">a</a><a href="javascript:void(0)">a</a><a href="tel:112">a</a><img src="data:image/gif;base64,R0lGOD,nera"><a href="">a</a><a href="#nera">a</a>`, nil},
		{"mail that Cloudflare hides", `<a href="/cdn-cgi/l/email-protection#5e3f3c3d">nera</a><a href="/cdn-cgi/nera">x</a>`, []string{"/cdn-cgi/nera"}},
		{"what a program would write in", `<a href="{{ nera }}">a</a><template><a href="/nera">a</a></template><!-- <a href="/nera">a</a> --><script>'<a href="/nera">'</script>`, nil},
		{"a refresh, frames, areas", `<meta http-equiv=refresh content="5; URL='/nera-1'"><iframe src="/nera-2"></iframe><area href="/nera-3">`, []string{"/nera-1", "/nera-2", "/nera-3"}},
		{"films and sounds", `<video src="/nera.mp4" poster="/nera.jpg"><source src="/nera.webm"></video><audio src="/yra.mp3"></audio>`, []string{"/nera.jpg", "/nera.mp4", "/nera.webm"}},
		{"each picture of a set", `<img src="/yra.jpg" srcset="/yra.jpg, /nera-a.jpg 2x,/nera,b.jpg 100w">`, []string{"/nera,b.jpg", "/nera-a.jpg"}},
		{"styles", `<style>@namespace url(http://127.0.0.1:1/);@import "/nera.css";p{background:URL( '/nera.png' )}/* url(/nera.gif) */</style><p style="background:url(/nera.svg)">`, []string{"/nera.css", "/nera.png", "/nera.svg"}},
		{"pictures that a script loads when they are scrolled to", `<img src="data:image/gif;base64,R0lGOD" data-src="/nera-1.jpg" data-srcset="/yra.jpg 1x, /nera-2.jpg 2x"><img data-lazy-src="/nera-3.jpg"><img data-original="/yra.jpg" data-src="true"><iframe data-src="/nera-4"></iframe><div data-src="/nera-5">`, []string{"/nera-1.jpg", "/nera-2.jpg", "/nera-3.jpg", "/nera-4"}},
		{"within noscript", `<noscript><img src="/nera.jpg"></noscript>`, []string{"/nera.jpg"}},
		{"links that search engines are not to follow", `<a rel="nofollow" href="/nera">x</a>`, []string{wrong}},
		{"capitals make another address", `<a href="/yra">ok</a><a href="/NERA">x</a>`, []string{"/NERA"}},
		{"what is for programs only", `<link rel="pingback" href="/nera"><link rel="EditURI" href="/nera"><link rel="dns-prefetch" href="//127.0.0.1:1">`, nil},
		{"feeds, icons and other languages", `<link rel="alternate" type="application/rss+xml" href="/nera.rss"><link rel="shortcut icon" href="/nera.ico"><link rel=alternate hreflang=en href="/nera-en"><link rel=canonical href="/nera-c">`, []string{"/nera-c", "/nera-en", "/nera.ico", "/nera.rss"}},
		{"what nobody can follow", `<a href="http://">x</a>`, []string{"http://"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				path := strings.ToLower(r.URL.Path)
				switch {
				case path == "/":
					w.Header().Set("Content-Type", "text/html; charset=utf-8")
					_, _ = w.Write([]byte(head + c.page))
				case strings.Contains(path, "nera"), strings.Contains(path, "email-protection"), strings.Contains(path, "nė"), path == "/robots.txt", path == "/sitemap.xml":
					http.NotFound(w, r)
				}
			}))
			defer server.Close()
			clock := newClock()
			s := finish(t, start(t, server.URL, clock, nil), clock, clock.options(client(t)))
			if got := brokenOf(s.Result(server.URL, clock.now), server.URL); !slices.Equal(got, c.want) {
				t.Errorf("broken: %q, not %q", got, c.want)
			}
		})
	}
}

// An old page is written in windows-1257: paths go out as UTF-8 all the same,
// queries in the page's own encoding (URL Standard).
func TestPagesInWindows1257(t *testing.T) {
	page, err := charmap.Windows1257.NewEncoder().String(`<html><head><meta charset="windows-1257"></head><a href="/žinios?žodis=ąžuolas">ok</a><a href="/nėra">x</a>`)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.RequestURI() {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(page))
		case "/%C5%BEinios?%FEodis=%E0%FEuolas":
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	clock := newClock()
	s := finish(t, start(t, server.URL, clock, nil), clock, clock.options(client(t)))
	if got := brokenOf(s.Result(server.URL, clock.now), server.URL); !slices.Equal(got, []string{"/n%C4%97ra"}) {
		t.Errorf("broken: %q", got)
	}
}

// A folder that links into itself, and a session in an address that has no
// usual name, have no end; the crawl has.
func TestWhatHasNoEndIsLeft(t *testing.T) {
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		if r.URL.Path == "/robots.txt" || r.URL.Path == "/sitemap.xml" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		token := strings.Repeat("a1b2", 2) + string(rune('a'+n%26)) + string(rune('a'+n/26%26)) + "9z"
		_, _ = w.Write([]byte(`<a href="gilyn/">giliau</a><a href="/?x=` + token + `">pradžia</a><a href="/antras?x=` + token + `">antras</a>`))
	}))
	defer server.Close()
	clock := newClock()
	s := finish(t, start(t, server.URL, clock, nil), clock, clock.options(client(t)))
	r := s.Result(server.URL, clock.now)
	if len(r.Web.Links.Broken) > 0 || s.Asked > 1000 {
		t.Errorf("%d requests, broken: %v", s.Asked, r.Web.Links.Broken)
	}
}

// A page that does not answer is told when it did not answer in another run
// either.
func TestATimeoutIsToldInAnotherRun(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<a href="/kabo">x</a>`))
		case "/kabo":
			<-r.Context().Done()
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	clock := newClock()
	o := clock.options(client(t))
	o.Timeout = 2 * time.Second
	s := start(t, server.URL, clock, nil)
	why, err := crawl.Run(t.Context(), s, o)
	if got := brokenOf(s.Result(server.URL, clock.now), server.URL); err != nil || why != crawl.WhyLater || len(got) > 0 {
		t.Fatalf("after one run (%s, %v) %q is broken", why, err, got)
	}
	s = finish(t, s, clock, o)
	broken := s.Result(server.URL, clock.now).Web.Links.Broken
	if len(broken) != 1 || broken[0].Code != probe.CodeResponseTimeout {
		t.Errorf("at the end %+v is broken", broken)
	}
}

// A page says nowhere that it is in UTF-8, and its first letter beyond ASCII comes
// late: browsers see it all the same. What is no UTF-8 is of Windows here.
func TestPagesThatDoNotSayTheirEncoding(t *testing.T) {
	const link = `<a href="/ąžuolas">ok</a><a href="/nėra">x</a>`
	old, err := charmap.Windows1257.NewEncoder().String(link)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"UTF-8": link, "Windows": old, "UTF-8, cut": link + "\xc4"} {
		page := "<html><head>" + strings.Repeat("<meta name=x content=y>", 60) + "</head>" + text
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.RequestURI() {
			case "/":
				w.Header().Set("Content-Type", "text/html")
				_, _ = w.Write([]byte(page))
			case "/%C4%85%C5%BEuolas":
			default:
				http.NotFound(w, r)
			}
		}))
		clock := newClock()
		s := finish(t, start(t, server.URL, clock, nil), clock, clock.options(client(t)))
		if got := brokenOf(s.Result(server.URL, clock.now), server.URL); !slices.Equal(got, []string{"/n%C4%97ra"}) {
			t.Errorf("%s: broken is %q", name, got)
		}
		server.Close()
	}
}

// What a page says of its encoding holds.
func TestPagesThatSayTheirEncoding(t *testing.T) {
	for _, c := range []struct {
		says string
		in   encoding.Encoding
		link string // a path that is there
	}{
		{"windows-1251", charmap.Windows1251, "/школа"}, {"iso-8859-1", charmap.ISO8859_1, "/café"}, {"windows-1252", charmap.Windows1252, "/œuvre"}, {"iso-8859-13", charmap.ISO8859_13, "/ąžuolas"}, {"utf-8", encoding.Nop, "/ąžuolas"},
	} {
		page, err := c.in.NewEncoder().String(`<html><head><meta http-equiv="Content-Type" content="text/html; charset=` + c.says + `"></head><a href="` + c.link + `">ok</a>`)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/":
				w.Header().Set("Content-Type", "text/html")
				_, _ = w.Write([]byte(page))
			case c.link:
			default:
				http.NotFound(w, r)
			}
		}))
		clock := newClock()
		s := finish(t, start(t, server.URL, clock, nil), clock, clock.options(client(t)))
		if got := brokenOf(s.Result(server.URL, clock.now), server.URL); len(got) > 0 {
			t.Errorf("%s: broken is %q", c.says, got)
		}
		server.Close()
	}
}

// What leads to other websites goes there as it stands: without its token a page
// may not be there.
func TestLinksToOtherWebsitesKeepTheirTokens(t *testing.T) {
	const token = "token=a1b2c3d4e5f6"
	far := &small{also: func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != token {
			http.NotFound(w, r)
		}
	}}
	other := httptest.NewServer(far)
	defer other.Close()
	r, _, _ := crawled(t, &small{pages: map[string]string{"/": `<a href="` + other.URL + `/file?` + token + `">a</a><a href="/own?` + token + `">b</a>`, "/own": "<p>"}}, nil)
	if len(r.Web.Links.Broken) > 0 || !far.wasAsked("HEAD /file?"+token) {
		t.Errorf("broken: %v; asked was %v", r.Web.Links.Broken, far.asked)
	}
}

// Some servers never answer HEAD.
func TestWhoDoesNotAnswerHEADIsAskedForAByte(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/":
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<a href="/yra.pdf">a</a><a href="/nera.pdf">b</a>`))
		case r.Method == http.MethodHead:
			<-r.Context().Done()
		case r.URL.Path != "/yra.pdf":
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	clock := newClock()
	o := clock.options(client(t))
	o.Timeout = time.Second
	s := finish(t, start(t, server.URL, clock, nil), clock, o)
	if got := brokenOf(s.Result(server.URL, clock.now), server.URL); !slices.Equal(got, []string{"/nera.pdf"}) {
		t.Errorf("broken: %q", got)
	}
}

// A website whose pages differ in their query only is walked through, though some of
// them are the same; one whose queries mean nothing is not.
func TestPagesThatDifferInTheirQueryOnly(t *testing.T) {
	const pages = 3000
	for name, c := range map[string]struct {
		text  func(id int) string
		wants func(asked int, broken []string) bool
	}{
		"one path": {func(id int) string {
			if id%50 == 7 {
				return "<p>in preparation"
			}
			return fmt.Sprintf("<p>page %d", id)
		}, func(_ int, broken []string) bool { return slices.Equal(broken, []string{"/nera"}) }},
		"queries of no meaning": {func(int) string { return "<p>the same" }, func(asked int, _ []string) bool { return asked < 100 }},
	} {
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, err := strconv.Atoi(r.FormValue("id"))
			switch {
			case r.URL.Path == "/":
				w.Header().Set("Content-Type", "text/html")
				for i := range pages / 1000 {
					_, _ = fmt.Fprintf(w, "<a href=/list/%d>list</a>", i)
				}
			case strings.HasPrefix(r.URL.Path, "/list/"):
				w.Header().Set("Content-Type", "text/html")
				n, _ := strconv.Atoi(r.URL.Path[len("/list/"):])
				for i := range 1000 {
					_, _ = fmt.Fprintf(w, "<a href=/index.php?id=%d>page</a>", 1000*n+i)
				}
			case r.URL.Path == "/index.php" && err == nil:
				asked++
				w.Header().Set("Content-Type", "text/html")
				_, _ = fmt.Fprint(w, c.text(id))
				if id == pages-1 {
					_, _ = fmt.Fprint(w, "<a href=/nera>x</a>")
				}
			default:
				http.NotFound(w, r)
			}
		}))
		clock := newClock()
		s := finish(t, start(t, server.URL, clock, nil), clock, clock.options(client(t)))
		if got := brokenOf(s.Result(server.URL, clock.now), server.URL); !c.wants(asked, got) {
			t.Errorf("%s: %d were asked, broken is %q", name, asked, got)
		}
		server.Close()
	}
}

// A website may answer with status 200 whatever it is asked for. What it shows for an
// address that it cannot have is known again; when that is its usual page, the list
// says that such links cannot be found.
func TestPagesThatAreNotThereAndAnswerAllTheSame(t *testing.T) {
	const shell = `<html><body><div id="app"></div><noscript>JavaScript</noscript></body></html>`
	for name, c := range map[string]struct {
		nowhere func(path string) string
		first   string
		broken  []string
		told    bool
	}{
		"it says so":              {func(string) string { return "<title>Puslapis nerastas</title><p>Atsiprašome" }, "", []string{"/nera-1", "/nera-2?a=1"}, false},
		"it says so in a word":    {func(string) string { return "<h1>404.</h1>" }, "", []string{"/nera-1", "/nera-2?a=1"}, false},
		"it says where":           {func(path string) string { return "<h1>404</h1>" + path + " not found" }, "", nil, true},
		"a program everywhere":    {func(string) string { return shell }, shell, nil, true},
		"the first page":          {func(string) string { return "<p>404" }, "<p>404", nil, true},
		"a program behind it":     {func(string) string { return shell }, "", nil, true},
		"status 404, as it ought": {nil, "", []string{"/nera-1", "/nera-2?a=1"}, false},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			switch {
			case r.URL.Path == "/" && c.first != "":
				_, _ = fmt.Fprint(w, c.first)
			case r.URL.Path == "/":
				_, _ = fmt.Fprint(w, `<a href="/yra">a</a><a href="/nera-1">b</a><a href="/nera-2?a=1">c</a>`)
			case r.URL.Path == "/yra":
				_, _ = fmt.Fprint(w, "<p>yra")
			case r.URL.Path == "/robots.txt" || r.URL.Path == "/sitemap.xml" || c.nowhere == nil:
				http.NotFound(w, r)
			default:
				_, _ = fmt.Fprint(w, c.nowhere(r.URL.Path))
			}
		}))
		clock := newClock()
		o := clock.options(client(t))
		o.Requests = 4 // robots.txt, twice nowhere, and one more: what was found out outlives the run
		s := finish(t, start(t, server.URL, clock, nil), clock, o)
		r := s.Result(server.URL, clock.now)
		told := slices.ContainsFunc(r.Web.Findings, func(f look.Finding) bool { return f.Code == "links_untold" })
		if got := brokenOf(r, server.URL); !slices.Equal(got, c.broken) || told != c.told {
			t.Errorf("%s: broken is %q; told that it cannot be: %v", name, got, told)
		}
		for _, b := range r.Web.Links.Broken {
			if want := map[bool]string{true: probe.CodeUnexpectedStatus, false: crawl.CodeNotThere}[c.nowhere == nil]; b.Code != want {
				t.Errorf("%s: %s has the code %s", name, b.URL, b.Code)
			}
		}
		if p := s.Progress(); p.Broken != len(c.broken) || p.Waiting != 0 {
			t.Errorf("%s: %+v", name, p)
		}
		server.Close()
	}
}
