package collector

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/website"
)

// crawling is a collector with a website whose links are watched. Its crawler does
// not run by itself.
func crawling(t *testing.T, site *website.Large) (*Collector, settings.Check) {
	t.Helper()
	w := newTwoSides(t)
	s := httptest.NewServer(site)
	t.Cleanup(s.Close)
	ctx := access.WithIdentity(t.Context(), access.Local("test"))
	id, err := checkActions{w.c}.AddCheck(ctx, settings.Check{ID: "large", Website: settings.Website{Links: true}, Spec: probe.Spec{Target: s.URL + "/"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	config := w.c.Config()
	check, ok := config.Check(id)
	if !ok {
		t.Fatal("there is no such check")
	}
	return w.c, check
}

func TestACrawlIsShownWithWhatItFound(t *testing.T) {
	site := website.NewLarge(4, 9, 3, "http://127.0.0.1:1")
	c, check := crawling(t, site)
	keeper := access.WithIdentity(t.Context(), access.Local("test"))
	if err := (linksView{c}).StartCrawl(keeper, check.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := (linksView{c}).Crawl(keeper, check.ID); err != nil || !got.Queued || !got.Active() {
		t.Fatalf("%+v, %v", got, err)
	}
	next, ok := c.crawler.next()
	if !ok || next.ID != check.ID {
		t.Fatalf("the next is %s", next.ID)
	}
	done := make(chan struct{})
	ctx := t.Context()
	go func() {
		defer close(done)
		c.crawler.crawl(ctx, next)
	}()
	// It is polite, and nobody waits for all of it.
	for site.Requests() < 4 {
		time.Sleep(10 * time.Millisecond)
	}
	if got, err := (linksView{c}).Crawl(keeper, check.ID); err != nil || !got.Running || got.Now == "" {
		t.Errorf("%+v, %v", got, err)
	}
	if err := (linksView{c}).StopCrawl(keeper, check.ID); err != nil {
		t.Fatal(err)
	}
	<-done
	got, err := (linksView{c}).Crawl(keeper, check.ID)
	if err != nil || got.Running || !got.Stopped || got.Active() {
		t.Errorf("after it was stopped: %+v, %v", got, err)
	}
	page, err := aspectsView{c}.Aspect(keeper, check.ID, web.AspectLinks)
	if err != nil || page.Result == nil || page.Result.Web == nil || page.Result.Web.Links == nil || page.Result.Web.Links.Pages == 0 {
		t.Fatalf("%+v, %v", page.Result, err)
	}
	if next, _ := c.crawler.next(); next.ID == check.ID {
		t.Error("what somebody stopped goes on by itself")
	}
	// It is on the disk, and goes on where it was.
	if s := c.crawler.load(check); s == nil || s.Pages != page.Result.Web.Links.Pages {
		t.Errorf("stored is %+v", s)
	}
	if err := (linksView{c}).StartCrawl(keeper, check.ID); err != nil {
		t.Fatal(err)
	}
	if next, ok := c.crawler.next(); !ok || next.ID != check.ID {
		t.Error("asked again it does not go on")
	}
	if err := (checkActions{c}).RemoveCheck(keeper, check.ID); err != nil {
		t.Fatal(err)
	}
	if next, _ := c.crawler.next(); next.ID == check.ID {
		t.Error("a removed website is crawled")
	}
	if left, err := c.store.Crawls(); err != nil || len(left) != 1 {
		t.Errorf("a website that may come back has lost its crawl: %v, %v", left, err)
	}
	if err := c.store.PutCrawl(check.ID, nil); err != nil {
		t.Fatal(err)
	}
	if text, err := c.store.Crawl(check.ID); err != nil || text != nil {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

// Websites begin at night, each at its own time, and each within the night.
func TestCrawlsBeginAtNight(t *testing.T) {
	zone := time.FixedZone("EET", 2*3600)
	for _, check := range []string{"a", "svetaine", "biblioteka", "www-3"} {
		began := ""
		for at := time.Date(2026, 11, 28, 12, 0, 0, 0, zone); at.Before(time.Date(2026, 11, 29, 12, 0, 0, 0, zone)); at = at.Add(time.Minute) {
			if atNight(at, check) {
				began = at.Format("15:04")
				if h := at.Hour(); h < crawlFirst && h >= crawlLast {
					t.Errorf("%s begins at %s", check, began)
				}
			}
		}
		if began == "" {
			t.Errorf("%s never begins", check)
		}
	}
}

// Of two websites that are being crawled the one that waited longer goes on.
func TestCrawlsTakeTurns(t *testing.T) {
	now := time.Date(2026, 11, 28, 23, 0, 0, 0, time.UTC)
	k := newCrawler(nil)
	check := func(id string, ran time.Time, due time.Time) settings.Check {
		target := "https://" + id + ".example/"
		k.known[id] = crawlState{of: target, target: target, began: now.Add(-2 * time.Hour), ran: ran, due: due}
		return settings.Check{ID: id, Spec: probe.Spec{Target: target}}
	}
	just, before := check("a", now, time.Time{}), check("b", now.Add(-time.Hour), time.Time{})
	later := check("c", now.Add(-3*time.Hour), now.Add(time.Minute))
	rank, since := k.turn(just, now, time.UTC)
	if r, s := k.turn(before, now, time.UTC); r != rank || rank == 0 || !s.Before(since) {
		t.Errorf("ranks %d and %d, since %s and %s", rank, r, since, s)
	}
	if r, _ := k.turn(later, now, time.UTC); r != 0 {
		t.Errorf("what is not due has rank %d", r)
	}
}

func TestCodesOfCrawlsHaveTextsInBothLanguages(t *testing.T) {
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range crawlCodes() {
		for _, lang := range i18n.Languages() {
			if text := c.Text(lang, "problem."+code, nil); strings.HasPrefix(text, "problem.") {
				t.Errorf("%s: problem.%s is missing", lang, code)
			}
		}
	}
}
