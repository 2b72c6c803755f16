//go:build browser

package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/budi-monitor/budi/internal/sim/website"
)

// schoolPage is a website's page with a title and, in its text, what is added.
func schoolPage(title, added string) http.Handler {
	return website.Page(`<!DOCTYPE html><html lang="lt"><head><title>` + title + `</title></head><body><h1>Naujienos</h1>` +
		strings.Repeat("<p>Gimnazijos mokiniai laimėjo respublikinę matematikos olimpiadą, sveikiname juos ir mokytojus.</p>", 8) + added + `</body></html>`)
}

// TestBrowserAChangedPageIsApproved: a page that looks defaced waits until a
// person reads what was found and says that it is meant to be so.
func TestBrowserAChangedPageIsApproved(t *testing.T) {
	t.Parallel()
	c := sooner(t)
	site := newSite(t)
	site.Set(schoolPage("Pavyzdžių gimnazija", ""))
	c.start()
	b := newBrowser(c, "en")
	b.beAdministrator("English")
	b.open("/checks/_new")
	b.fill("Name", "Our website")
	b.fill("Address", site.URL("/"))
	b.press("Save")
	b.see("What else is watched")
	b.open("/checks/our-website/watch/content")
	b.seeInTime("Nothing was found that is wrong.", "Pavyzdžių gimnazija")

	site.Set(schoolPage("Visai kitas vardas", `<iframe src="https://192.0.2.66/x" width="0" height="0"></iframe>`))
	b.press("Look now")
	b.seeInTime("The page waits for you to approve it", "192.0.2.66")
	b.open("/checks/our-website")
	b.see("act now")

	b.open("/checks/our-website/watch/content")
	b.press("This is how it is to be")
	b.seeInTime("Nothing was found that is wrong.", "Visai kitas vardas")
	b.dontSee("The page waits for you to approve it")
	c.stop()
}

// TestBrowserAJobIsAdded: a person makes the address, the job calls it, and the
// page tells what it said.
func TestBrowserAJobIsAdded(t *testing.T) {
	t.Parallel()
	c := sooner(t)
	c.start()
	b := newBrowser(c, "en")
	b.beAdministrator("English")
	b.open("/checks")
	b.press("Add")
	b.press("Job (it calls)")
	b.fill("Name", "Register backup")
	b.choose("Has to call every", "1 h")
	b.press("Save")
	const shown = `document.querySelector("main pre.copy")?.textContent.trim() || ""`
	b.see("Called last", "never yet", "There was no call yet.")

	address := mustEval[string](b, shown)
	client, err := c.client()
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range []struct{ word, said string }{{"/start", "begins"}, {"/1", "failed"}, {"", "went well"}} {
		resp, err := client.Post(address+call.word, "text/plain", strings.NewReader("12 failų nukopijuota "+call.said))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("call %s: %s", call.word, resp.Status)
		}
		b.reload()
		if newest := mustEval[string](b, `document.querySelector("section[aria-labelledby=job-calls] tbody tr")?.textContent || ""`); !strings.Contains(newest, call.said) {
			t.Fatalf("after the call %q the newest is %q", call.word, newest)
		}
	}
	b.press("Show")
	b.see("12 failų nukopijuota went well")

	b.press("Make another address")
	b.do("make another address", chromedp.Click(chromedp.JSPath(`document.querySelector("form[action$='/job/address'] button")`)))
	c.eventually("another address", func() error {
		now := mustEval[string](b, shown)
		if now == "" || now == address {
			return fmt.Errorf("it is %q", now)
		}
		return nil
	})
	resp, err := client.Post(address, "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("the former address still answers: %s", resp.Status)
	}
	c.stop()
}
