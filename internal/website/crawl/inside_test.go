package crawl

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// What RFC 9309 says, and what libraries get wrong.
func TestRobots(t *testing.T) {
	for _, c := range []struct {
		rule, robots, path string
		allowed            bool
	}{
		{"nothing is said", "", "/a", true},
		{"the longest rule counts", "User-agent: *\nAllow: /a/b\nDisallow: /a\n", "/a/b/c", true},
		{"of two as long the one that allows", "User-agent: *\nDisallow: /page\nAllow: /page\n", "/page", true},
		{"the end is the end", "User-agent: *\nDisallow: /\nAllow: /$\n", "/secret/", false},
		{"and the first page is the end", "User-agent: *\nDisallow: /\nAllow: /$\n", "/", true},
		{"a star in the middle", "User-agent: *\nDisallow: /*.pdf$\n", "/a/b.pdf", false},
		{"what goes on after the end", "User-agent: *\nDisallow: /*.pdf$\n", "/a/b.pdf?x", true},
		{"our group is ours alone", "User-agent: *\nDisallow: /\n\nUser-agent: BUDI/1.0\nDisallow: /x\n", "/y", true},
		{"several names for one group", "User-agent: other\nUser-agent: budi\nDisallow: /x\n", "/x", false},
		{"another's name that ours begins with", "User-agent: b\nDisallow: /\n", "/a", true},
		{"a rule before any group", "Disallow: /x\nUser-agent: *\nDisallow: /y\n", "/x", true},
		{"a line that cannot be read", "User-agent: *\nCrawl-delay: soon\n\xff\nDisallow: /y\n", "/y", false},
		{"an empty rule forbids nothing", "User-agent: *\nDisallow:\n", "/y", true},
		{"escapes of one meaning", "User-agent: *\nDisallow: /%c4%85\n", "/%C4%85", false},
		{"letters beyond ASCII", "User-agent: *\nDisallow: /ą\n", "/%C4%85/b", false},
		{"robots.txt itself", "User-agent: *\nDisallow: /\n", "/robots.txt", true},
	} {
		r := parseRobots([]byte(c.robots))
		if got := r.allows(c.path); got != c.allowed {
			t.Errorf("%s: %s is allowed: %t", c.rule, c.path, got)
		}
	}
}

func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /*a*b*$\nCrawl-delay: 1e400\n"), "/aab")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		r := parseRobots(body)
		r.allows(path)
		if r.delay < 0 || r.delay > maxRobotsDelay || len(r.rules) > maxRules {
			t.Errorf("delay %s, %d rules", r.delay, len(r.rules))
		}
	})
}

// Whatever is on a page, its links are absolute, of the web, and in one spelling.
func FuzzExtract(f *testing.F) {
	f.Add([]byte(`<base href=//x><a href="?ą%zz"><img srcset="a,b 2x"><style>@import url(`), "text/html; charset=windows-1257")
	base, err := url.Parse("https://mokykla.example/a/b")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		for _, l := range append(extract(body, contentType, base).links, extractCSS(body, base).links...) {
			if l.url == nil {
				continue
			}
			again, err := resolve(base, l.url.String(), nil)
			if err != nil || again == nil || again.Host == "" || again.Scheme != "http" && again.Scheme != "https" {
				t.Errorf("%q is read as %v: %v", l.url, again, err)
			}
		}
	})
}

func FuzzSitemap(f *testing.F) {
	f.Add([]byte("<urlset><url><loc>/a</loc></url></urlset>"))
	f.Add([]byte("\x1f\x8b"))
	base, err := url.Parse("https://mokykla.example/sitemap.xml")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		pages, maps := parseSitemap(body, base)
		if len(pages)+len(maps) > maxSitemapURLs {
			t.Error(len(pages), len(maps))
		}
	})
}

func BenchmarkExtract(b *testing.B) {
	base, err := url.Parse("https://mokykla.example/")
	if err != nil {
		b.Fatal(err)
	}
	var page strings.Builder
	page.WriteString("<!doctype html><html><body>")
	for i := range 300 {
		fmt.Fprintf(&page, `<div class="zinia"><p>Mokyklos žinia numeris %d, su tekstu, kurio yra daugiau.</p><a class=x href="/naujienos/%d">Skaityti</a><img src="/n/%d.jpg" alt=""></div>`, i, i, i)
	}
	body := []byte(page.String())
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if n := len(extract(body, "text/html; charset=utf-8", base).links); n != 600 {
			b.Fatal(n)
		}
	}
}
