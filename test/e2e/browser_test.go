//go:build browser

package e2e

import (
	"strings"
	"testing"
)

const password = "labai slapta frazė"

// TestBrowserFirstRun is the first morning: the printed link, the administrator,
// the page of today.
func TestBrowserFirstRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www")
	w.start()
	b := newBrowser(w.collector, "en")
	b.open(w.setupLink().String())
	b.fill("Your name", "Rasa Petraitė")
	b.fill("E-mail or login name", "rasa@example.lt")
	b.fill("Password", password)
	b.fill("The same password", password)
	b.choose("Language", "Lietuvių")
	b.press("Create")
	b.see("Rasa Petraitė", "Šiandien")
	if !strings.HasPrefix(b.at(), "/") {
		t.Error(b.at())
	}
}
