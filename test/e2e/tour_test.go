//go:build browser

package e2e

import (
	"bufio"
	"cmp"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/demo"
)

// startDemo starts "budi-collector demo" and returns a collector to ask.
func startDemo(t testing.TB, flags ...string) *collector {
	t.Helper()
	c := newCollector(t)
	c.scheme = "https"
	cmd := exec.Command(binary, append([]string{"demo", "--listen", c.listen, "--dir", c.path("demo")}, flags...)...)
	cmd.Stderr = c.log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.cmd, c.exited = cmd, make(chan struct{})
	ready := make(chan struct{})
	go func() {
		for s := bufio.NewScanner(stdout); s.Scan(); {
			if strings.HasPrefix(s.Text(), "Log in") {
				close(ready)
			}
		}
		_ = cmd.Wait() // how it ended is asked by those who care
		close(c.exited)
	}()
	select {
	case <-ready:
	case <-c.exited:
		t.Fatalf("the demonstration ended: %s", tail(c.log.String(), 5000))
	case <-time.After(5 * patience):
		t.Fatal("the demonstration does not begin")
	}
	return c
}

// files are doors of the console that are no pages for people.
var files = regexp.MustCompile(`\.(css|js|svg|csv|xlsx|pdf|ics|json)$|^/logo|^/availability/|^/login/`)

// tour finds a page behind every door of the console that shows one, by
// following links as a visitor would, from the first ones given and from today's.
func (b *browser) tour(first ...string) map[string]string {
	b.t.Helper()
	patterns := map[string]*regexp.Regexp{}
	for _, r := range web.Routes() {
		if r.Method == "GET" && !files.MatchString(r.Pattern) {
			expr := regexp.MustCompile(`\\\{\w+(\\\.\\\.\\\.)?\\\}`).ReplaceAllString(regexp.QuoteMeta(strings.TrimSuffix(r.Pattern, "{$}")), `[^/?#]+`)
			patterns[r.Pattern] = regexp.MustCompile("^" + expr + "$")
		}
	}
	found := map[string]string{}
	queue := append(first, "/")
	for seen := map[string]bool{"/": true}; len(queue) > 0; queue = queue[1:] {
		at, err := url.Parse(queue[0])
		if err != nil {
			continue
		}
		pattern := ""
		for p, expr := range patterns {
			// "/checks/new" is a door of its own beside "/checks/{id}".
			if expr.MatchString(at.Path) && (pattern == "" || strings.Count(p, "{") < strings.Count(pattern, "{")) {
				pattern = p
			}
		}
		if pattern == "" || found[pattern] != "" {
			continue
		}
		b.open(queue[0])
		if status := mustEval[int](b, `performance.getEntriesByType("navigation")[0].responseStatus`); status != 200 {
			b.t.Errorf("%s: status %d", queue[0], status)
		}
		found[pattern] = queue[0]
		for _, link := range mustEval[[]string](b, `[...document.querySelectorAll("a[href]")].filter(a => a.origin === location.origin).map(a => a.pathname + a.search)`) {
			if !seen[link] && len(seen) < 2000 {
				seen[link] = true
				queue = append(queue, link)
			}
		}
	}
	return found
}

// TestBrowserEveryPageIsForEverybody visits every page of the demonstration: no
// barrier that axe-core knows, nothing to be scrolled sideways, on a desk and on
// a phone, by day and by night, in both languages.
func TestBrowserEveryPageIsForEverybody(t *testing.T) {
	t.Parallel()
	script := axe(t)
	c := startDemo(t, "--language", "lt", "--computers", "12")
	b := newBrowser(c, "lt")
	pages := map[string]string{"/login": "/login"}
	shown := func(pattern, path string) { // the page that is open
		for _, at := range []struct {
			size  func()
			theme string
		}{{b.desktop, "light"}, {b.phone, "dark"}} {
			at.size()
			b.theme(at.theme)
			for _, barrier := range b.barriers(script) {
				t.Errorf("%s (%s), %s: %s", path, pattern, at.theme, barrier)
			}
			if n := b.wide(); n > 0 {
				t.Errorf("%s (%s): the page is %d pixels wider than the window", path, pattern, n)
			}
		}
		b.desktop()
	}
	visit := func(pattern, path string) {
		b.open(path)
		shown(pattern, path)
	}
	visit("/login", "/login")
	b.logIn(demo.Administrator, demo.Password, "El. pa", "Slapt", "Prisijungti")
	b.seeInTime("Šiandien")
	// What is declared in the file cannot be changed here: one of each that can.
	b.open("/checks/_new")
	b.typeInto("target", c.url("/"))
	b.press("Įrašyti")
	added := b.at()
	b.open("/settings/new-contact")
	b.typeInto("name", "Jonas")
	b.typeInto("email", "jonas@example.lt")
	b.press("Įrašyti")
	b.open("/credentials/new")
	b.typeInto("name", "Filialas")
	b.typeInto("subnets", "192.0.2.0/24")
	b.do("type a community", chromedp.SendKeys(chromedp.JSPath(`document.getElementById("snmp.community")`), "slaptas-zodis"))
	b.press("Įrašyti")
	b.open("/polled/new")
	b.typeInto("target", "pjlink://127.0.0.1:1") // nothing is there
	b.press("Paklausti dabar")
	b.do("add it anyway", chromedp.Click(chromedp.ID("anyway")))
	b.press("Pridėti")
	polled := b.at()
	for pattern, path := range b.tour(added, polled, "/credentials", "/search?q=a") {
		pages[pattern] = path
		visit(pattern, path)
	}
	// Doors behind which pages differ much: one of each kind.
	for _, path := range []string{
		"/checks/svetaine/watch/security", "/checks/svetaine/watch/content", "/checks/svetaine/watch/links",
		"/checks/svetaine", "/checks/kopija", "/checks/_new?kind=job", "/checks/_new?kind=domain", "/checks/_new?kind=dns",
	} {
		visit("one of each kind", path)
	}
	b.open("/checks/_import")
	b.do("choose a file", chromedp.SetUploadFiles(chromedp.JSPath(`document.querySelector("input[type=file]")`), []string{gatusFile(t)}))
	b.press("Peržiūrėti pakeitimus")
	b.see("Tai „Gatus“ konfigūracija")
	shown("/checks/_import", b.at())
	var missed []string
	for _, r := range web.Routes() {
		// These open once, or with a token from a mail or a code on a wall only;
		// other stories go through them.
		once := []string{"/setup", "/ack", "/invite", "/login", "/enrolment/{id}", "/r/{code}",
			// What people enter in the console; the demonstration's file has its own.
			"/settings/escalations/{id}", "/calendar/{id}"}
		if r.Method == "GET" && !files.MatchString(r.Pattern) && pages[r.Pattern] == "" && !slices.Contains(once, r.Pattern) {
			missed = append(missed, r.Pattern)
		}
	}
	if len(missed) > 0 {
		t.Errorf("no link leads to %s", strings.Join(missed, ", "))
	}
}

// gatusFile is a configuration of Gatus of which not everything can come along.
func gatusFile(t testing.TB) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "gatus.yaml")
	text := "endpoints:\n  - {name: Catalogue, url: 'https://katalogas.example/', conditions: ['[STATUS] == 200', '[RESPONSE_TIME] < 300'], alerts: [{type: slack}]}\n" +
		"  - {name: Mail, url: 'starttls://mail.example:587', conditions: ['[CONNECTED] == true']}\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestBrowserPictures writes the pictures of README and docs, of a demonstration
// with a fault, into the folder that BUDI_PICTURES names (make pictures). With
// BUDI_PICTURES_ALL it takes one of every page, for whoever wants to look.
func TestBrowserPictures(t *testing.T) {
	dir := os.Getenv("BUDI_PICTURES")
	if dir == "" {
		t.Skip("BUDI_PICTURES names no folder; make pictures does")
	}
	language := cmp.Or(os.Getenv("BUDI_PICTURES_LANGUAGE"), "en")
	c := startDemo(t, "--language", language)
	b := newBrowser(c, language)
	b.open("/login")
	b.typeInto("login", demo.Administrator)
	b.typeInto("password", demo.Password+"\r")
	c.eventually("the log-in", func() error {
		if at := b.at(); strings.HasPrefix(at, "/login") {
			return fmt.Errorf("still at %s", at)
		}
		return nil
	})
	b.open("/")
	for deadline := time.Now().Add(10 * patience); !mustEval[bool](b, `!!document.querySelector("main .headline.bad")`); b.open("/") {
		if time.Now().After(deadline) {
			t.Fatal("there is no critical fault in the demonstration")
		}
		time.Sleep(time.Second)
	}
	fault := mustEval[string](b, `document.querySelector("main a[href^='/incidents/']").pathname`)
	if os.Getenv("BUDI_PICTURES_ALL") != "" {
		for pattern, path := range b.tour() {
			name := strings.Trim(regexp.MustCompile(`[^a-z]+`).ReplaceAllString(pattern, "-"), "-")
			b.open(path)
			b.desktop()
			b.theme("light")
			b.picture(fmt.Sprintf("%s/%s-desktop.png", dir, cmp.Or(name, "today")), true)
			b.phone()
			b.theme("dark")
			b.picture(fmt.Sprintf("%s/%s-phone.png", dir, cmp.Or(name, "today")), true)
		}
		return
	}
	for _, p := range []struct {
		file, path string
		phone      bool
		theme      string
	}{
		{"today.png", "/", false, "light"},
		{"today-phone.png", "/", true, "dark"},
		{"incident.png", fault, false, "light"},
		{"checks.png", "/checks", false, "light"},
		{"devices.png", "/devices", false, "light"},
		{"room.png", "/sites", false, "light"},
		{"health.png", "/health", false, "dark"},
	} {
		b.open(p.path)
		if p.file == "room.png" {
			for _, text := range []string{"gimnazija", "204"} { // the site, and its room of computers
				b.open(mustEval[string](b, `[...document.querySelectorAll("main a")].find(a => a.textContent.includes("`+text+`")).pathname`))
			}
		}
		if p.phone {
			b.phone()
		} else {
			b.desktop()
		}
		b.theme(p.theme)
		b.picture(dir+"/"+p.file, false)
	}
}
