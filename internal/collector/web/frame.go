package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
)

// place is one of the console's pages that the frame leads to.
type place struct {
	Path, Name string
	Current    string // for aria-current: "page", "true" for a page below it, or ""
}

// section is a place of the main bar and the pages beside it, which are shown as
// tabs. The first page is where the bar leads to, unless the reader may not open
// it: then it is the next one.
type section struct {
	key   string // of its name: "web.nav.<key>"
	pages []string
	more  bool // it stands in the menu at the end of the bar
}

// sections is the order of the frame.
func sections() []section {
	return []section{
		{"today", []string{"/"}, false},
		{"incidents", []string{"/incidents", "/journal", "/silences"}, false},
		{"devices", []string{"/devices", "/supplies", "/topology", "/agents"}, false},
		{"sites", []string{"/sites"}, false},
		{"checks", []string{"/checks", "/sla", "/statuspages"}, false},
		{"calendar", []string{"/calendar"}, true},
		{"health", []string{"/health", "/samples"}, true},
		{"people", []string{"/people", "/tokens", "/audit"}, true},
		{"settings", []string{"/settings", "/start"}, true},
	}
}

// pageKey names the page at a path: "web.page.<key>".
func pageKey(path string) string {
	if path == "/" {
		return "today"
	}
	return strings.TrimPrefix(path, "/")
}

// opens reports whether the reader may open the page at a path.
func (p *page) opens(path string) bool {
	if path == "/" {
		path = "/{$}"
	}
	return p.Me != nil && slices.ContainsFunc(p.doors, func(r Route) bool {
		return r.Method == http.MethodGet && r.Pattern == path && r.Opens(*p.Me)
	})
}

// current says whether a page is shown now, or one below it.
func (p *page) current(path string) string {
	switch {
	case p.Path == path:
		return "page"
	case path != "/" && strings.HasPrefix(p.Path, path+"/"):
		return "true"
	default:
		return ""
	}
}

// at lists those pages of a section that the reader may open.
func (p *page) at(s section) []place {
	var out []place
	for _, path := range s.pages {
		if p.opens(path) {
			out = append(out, place{path, p.T("web.page." + pageKey(path)), p.current(path)})
		}
	}
	return out
}

func (p *page) bar(more bool) []place {
	var out []place
	for _, s := range sections() {
		pages := p.at(s)
		if s.more != more || len(pages) == 0 {
			continue
		}
		lead := place{Path: pages[0].Path, Name: p.T("web.nav." + s.key)}
		for i, at := range pages {
			switch {
			case at.Current == "":
			case i == 0:
				lead.Current = at.Current
			default:
				lead.Current = "true"
			}
		}
		out = append(out, lead)
	}
	return out
}

// Places lists the main bar.
func (p *page) Places() []place { return p.bar(false) }

// MorePlaces lists the menu at the end of the bar.
func (p *page) MorePlaces() []place { return p.bar(true) }

// Tabs lists the pages beside this one; nil when there are none.
func (p *page) Tabs() []place {
	for _, s := range sections() {
		pages := p.at(s)
		if len(pages) > 1 && slices.ContainsFunc(pages, func(at place) bool { return at.Current != "" }) {
			return pages
		}
	}
	return nil
}

// Searches reports whether the reader can search.
func (p *page) Searches() bool { return p.opens("/search") }

// OwnPage is where the reader's own name leads to; "" when that is nowhere.
func (p *page) OwnPage() string {
	if p.Me.Kind == access.KindUser && p.opens("/me") {
		return "/me"
	}
	return ""
}

// flash tells once, at the page after a form, what was done.
type flash struct {
	Text string
	Undo string // where a form without fields takes it back; "" when nothing does
}

// done ends a request that did something: the page at to tells what, by the key
// "web.did.<did>" filled with of, and offers to undo it where undoOf knows how.
func (s *server) done(w http.ResponseWriter, r *http.Request, to, did, of string) {
	path, fragment, _ := strings.Cut(to, "#")
	sign := "?"
	if strings.Contains(path, "?") {
		sign = "&"
	}
	path += sign + url.Values{"did": {did}, "of": {of}}.Encode()
	if fragment != "" {
		path += "#" + fragment
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
}

// undoOf is the pattern of the door that takes back what was done to {id}. A
// link from elsewhere can show one of these buttons, but none that does anything
// else.
func undoOf(did string) string {
	switch did {
	case "check.removed":
		return "/checks/{id}/restore"
	case "check.paused":
		return "/checks/{id}/resume"
	case "check.resumed":
		return "/checks/{id}/pause"
	case "polled.paused":
		return "/polled/{id}/resume"
	case "polled.resumed":
		return "/polled/{id}/pause"
	case "devices.changed", "devices.removed", "devices.restored", "devices.undone", "devices.imported", "device.changed", "seats.set":
		return counted
	case "room.removed":
		return "/rooms/{id}/restore"
	case "site.removed":
		return "/sites/{id}/restore"
	case "incident.acknowledged", "incidents.acknowledged":
		return "/incidents/{id}/unacknowledge"
	case "silence.made":
		return "/silences/{id}/end"
	case "silence.ended":
		return "/silences/{id}/again"
	case "calendar.removed":
		return "/calendar/{id}/restore"
	case "calendar.added":
		return "/calendar/{id}/remove"
	case "contact.removed":
		return "/settings/contacts/{id}/restore"
	case "escalation.removed":
		return "/settings/escalations/{id}/restore"
	case "person.disabled":
		return "/people/{id}/enable"
	default:
		return ""
	}
}

// counted is the door that takes back a change of several things; {id} begins
// with their number.
const counted = "/undo/{id}"

// maxOf is how much of what a flash is about is shown, in characters.
const maxOf = 200

// flash reads what the form before this page did.
func (p *page) flash(query url.Values) *flash {
	did, of := query.Get("did"), clipRunes(query.Get("of"), maxOf)
	key := "web.did." + did
	if did == "" || len(did) > 60 || !p.c.Has(p.Lang, key) {
		return nil
	}
	f := &flash{Text: p.T(key, "Of", p.Foreign(of))}
	pattern := undoOf(did)
	if pattern == counted {
		number, _, _ := strings.Cut(of, "-")
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || n > 1_000_000 {
			return nil
		}
		f.Text = p.N(key, n)
	}
	if pattern != "" && of != "" && p.Me != nil && slices.ContainsFunc(p.doors, func(r Route) bool {
		return r.Method == http.MethodPost && r.Pattern == pattern && r.Opens(*p.Me)
	}) {
		f.Undo = strings.ReplaceAll(pattern, "{id}", url.PathEscape(of))
	}
	return f
}
