package web

import (
	"cmp"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
)

// searchDoors are the routes of the search.
func searchDoors() []door {
	return []door{get("/search", access.Viewer, (*server).search)}
}

// searchBody is what the template of the search gets.
type searchBody struct {
	Text   string
	Groups []FoundGroup
	Pages  []place // that the reader may open, for an empty search
}

// search finds things by the words that somebody typed: things, pages of the
// runbooks, pages of the console.
func (s *server) search(w http.ResponseWriter, r *http.Request) error {
	text := clip(strings.TrimSpace(r.URL.Query().Get("q")), MaxFilter)
	words := strings.Fields(Fold(text))
	words = words[:min(len(words), maxSearchWords)]
	p := s.page(r)
	b := searchBody{Text: text}
	if len(words) > 0 {
		groups, err := s.Search.Search(r.Context(), words)
		if err != nil {
			return fmt.Errorf("search: %w", err)
		}
		b.Groups = append(groups, s.searchRunbooks(p, words), p.searchPages(words))
		b.Groups = slices.DeleteFunc(b.Groups, func(g FoundGroup) bool { return len(g.Found) == 0 })
	}
	for i := range b.Groups {
		g := &b.Groups[i]
		g.Found = g.Found[:min(len(g.Found), MaxFound)]
		if g.Path != "" {
			g.Path += "?" + url.Values{"q": {text}}.Encode()
		}
	}
	p.Title = p.T("web.search.title")
	if text != "" {
		p.Title = p.T("web.search.title_for", "Text", p.Brief(text))
	}
	s.render(w, r, http.StatusOK, "search.html", p, b)
	return nil
}

// ranked is something found, and how well it fits.
type ranked struct {
	Found
	score int
}

// group makes a group of what was found.
func group(kind string, all []ranked) FoundGroup {
	slices.SortStableFunc(all, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.Title, b.Title))
	})
	g := FoundGroup{Kind: kind, All: len(all)}
	for _, f := range all[:min(len(all), MaxFound)] {
		g.Found = append(g.Found, f.Found)
	}
	return g
}

// searchRunbooks finds pages of the runbooks by their titles.
func (s *server) searchRunbooks(p *page, words []string) FoundGroup {
	var all []ranked
	if s.Runbooks == nil {
		return FoundGroup{}
	}
	names, err := fs.Glob(s.Runbooks, "*.md")
	if err != nil {
		return FoundGroup{}
	}
	for _, file := range names {
		name := strings.TrimSuffix(file, ".md")
		if !runbookName.MatchString(name) {
			continue // in another language, or no page
		}
		text, err := s.readRunbook(name, p.Lang)
		if err != nil {
			continue // the others are still worth it
		}
		title := firstHeading(text, name)
		if score := Score(words, title, name); score > 0 {
			all = append(all, ranked{Found{Title: title, Path: "/runbooks/" + name}, score})
		}
	}
	return group(FoundRunbooks, all)
}

// searchPages finds the console's own pages by their names.
func (p *page) searchPages(words []string) FoundGroup {
	var all []ranked
	for _, section := range sections() {
		for _, at := range p.at(section) {
			name := p.T("web.nav." + section.key)
			if score := Score(words, at.Name, name); score > 0 {
				all = append(all, ranked{Found{Title: at.Name, Path: at.Path}, score})
			}
		}
	}
	return group(FoundPages, all)
}

// FoundKind names a kind of what is found.
func (w words) FoundKind(kind string) string { return w.T("web.found." + kind) }
