package web_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
)

// finder stands for what the collector finds.
type finder struct {
	words  []string
	groups []web.FoundGroup
}

func (f *finder) Search(_ context.Context, words []string) ([]web.FoundGroup, error) {
	f.words = words
	return slices.Clone(f.groups), nil
}

func newFinder() *finder {
	site := web.Site{ID: "mokykla", Name: "Pagrindinė mokykla"}
	down := newWorld().incidents[1].Incident
	return &finder{groups: []web.FoundGroup{
		{Kind: web.FoundDevices, All: 34, Path: "/devices", Found: []web.Found{
			{Title: "Informatikos 7", Text: "pc-214-07 · 214 · LENOVO", Path: "/devices/pc-214-07", Site: site, Conditions: []web.Condition{web.Heard, web.RestartPending}}, {Title: hostile, Path: "/devices/bad", Site: site},
		}},
		{Kind: web.FoundRooms, All: 1, Found: []web.Found{{Title: "214", Path: "/rooms/r-214", Site: site}}},
		{Kind: web.FoundSites},
		{Kind: web.FoundIncidents, All: 1, Path: "/journal", Found: []web.Found{{Incident: &down, Path: "/incidents/1"}}},
	}}
}

func withFinder(f *finder) func(*web.Options) { return func(o *web.Options) { o.Search = f } }

func TestSearchPages(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for _, tc := range []struct {
			name, target string
			role         access.Role
			edit         func(*finder)
		}{
			{"search", "/search?q=Informatikos+214", access.Administrator, nil},
			{"search-nothing", "/search?q=%3Cscript%3E", access.Viewer, func(f *finder) { f.groups = nil }},
			{"search-empty", "/search", access.Viewer, nil},
		} {
			f := newFinder()
			if tc.edit != nil {
				tc.edit(f)
			}
			c := newConsole(t, withFinder(f))
			page := text(t, c.ask(tc.target, c.session(tc.role, lang), nil))
			golden(t, tc.name+"."+string(lang), page)
			harmless(t, inside(page))
		}
	}
}

// Pages of the console and of the runbooks are found by their names, as far as
// the reader may open them.
func TestPagesAreFoundByTheirNames(t *testing.T) {
	f := &finder{}
	c := newConsole(t, withFinder(f))
	admin, viewer := c.session(access.Administrator, i18n.Lithuanian), c.session(access.Viewer, i18n.Lithuanian)
	if page := text(t, c.ask("/search?q=NEVEIKIA+Svetaine", viewer, nil)); !strings.Contains(page, `href="/runbooks/site-down"`) {
		t.Error("a runbook is not found")
	}
	if !slices.Equal(f.words, []string{"neveikia", "svetaine"}) {
		t.Errorf("asked for %q", f.words)
	}
	if page := inside(text(t, c.ask("/search?q=zmones", admin, nil))); !strings.Contains(page, `<a href="/people">`) {
		t.Error("a page is not found")
	}
	if page := inside(text(t, c.ask("/search?q=zmones", viewer, nil))); strings.Contains(page, "/people") {
		t.Error("a page is found that may not be opened")
	}
	c.ask("/search?q="+strings.Repeat("a+", 200), viewer, nil)
	if len(f.words) > 8 {
		t.Errorf("%d words", len(f.words))
	}
}

// The frame has the search on every page, without a script.
func TestEveryPageSearches(t *testing.T) {
	c := newConsole(t)
	if page := text(t, c.ask("/", c.session(access.Viewer, i18n.English), nil)); !strings.Contains(page, `action="/search"`) {
		t.Error("the frame has no search")
	}
}

func TestScore(t *testing.T) {
	last := 1 << 30
	for _, tc := range []struct {
		words   string
		name    string
		besides []string
	}{
		{"pc-1", "PC-1", nil}, {"pc", "pc-1", nil}, {"00012", "Kitas", []string{"x", "00012"}}, {"214", "Informatikos 214", nil}, {"or", "Informatikos", nil}, {"len", "x", []string{"LENOVO"}}, {"absent", "x", []string{"y"}},
	} {
		score := web.Score(strings.Fields(tc.words), tc.name, tc.besides...)
		if score >= last {
			t.Errorf("%+v: %d is not less than %d", tc, score, last)
		}
		last = score
	}
	if last != 0 {
		t.Errorf("what does not fit scores %d", last)
	}
	if web.Score([]string{"zalgirio", "gimnazija"}, "Žalgirio gimnazija") == 0 || web.Score([]string{"zalgirio", "x"}, "Žalgirio") != 0 {
		t.Error("words are not found as people type them")
	}
}

func BenchmarkScore(b *testing.B) {
	for b.Loop() {
		for i := range 2000 {
			web.Score([]string{"informatikos", "7"}, fmt.Sprint("Informatikos ", i), "pc-214-07", "PC-214-07", "PF3ABCDE", "000127", "214", "LENOVO ThinkCentre M70q Gen 3", "Windows 11 Education 23H2", "Pagrindinė mokykla")
		}
	}
}
