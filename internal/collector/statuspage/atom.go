package statuspage

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/i18n"
)

// MaxEntries is how many posts a feed has at most, the newest.
const MaxEntries = 50

// The elements of a feed as RFC 4287 names them.
type (
	atomFeed struct {
		XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang     i18n.Lang   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		Title    string      `xml:"title"`
		ID       string      `xml:"id"`
		Updated  string      `xml:"updated"`
		Author   atomAuthor  `xml:"author"`
		Links    []atomLink  `xml:"link"`
		Entries  []atomEntry `xml:"entry"`
		Subtitle string      `xml:"subtitle,omitempty"`
	}
	atomAuthor struct {
		Name string `xml:"name"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	atomEntry struct {
		Title     string     `xml:"title"`
		ID        string     `xml:"id"`
		Published string     `xml:"published"`
		Updated   string     `xml:"updated"`
		Links     []atomLink `xml:"link"`
		Content   atomText   `xml:"content"`
	}
	atomText struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	}
)

// Atom writes the feed of what people wrote, in a language (RFC 4287): one entry
// for each incident and maintenance, which changes with each word on it. The
// identifiers are those of the posts, whatever address the page has; links are
// relative to that of the feed.
func (r *Renderer) Atom(s Snapshot, lang i18n.Lang) ([]byte, error) {
	w := words{c: r.catalogue, lang: lang, zone: s.Zone}
	name := w.written(s.Page.Name).Text()
	f := atomFeed{Lang: lang, Title: name, ID: "urn:uuid:" + s.Page.ID, Author: atomAuthor{name}, Links: []atomLink{
		{"self", "application/atom+xml", "feed.atom?lang=" + string(lang)}, {"alternate", "text/html", "./?lang=" + string(lang)},
	}}
	if s.Demo {
		f.Subtitle = w.T("web.demo.title")
	}
	posts := slices.Clone(s.Posts)
	slices.SortFunc(posts, func(a, b Post) int { return b.Changed().Compare(a.Changed()) })
	updated := s.Page.Changed // a feed has to say so (RFC 4287, 4.1.1), also one of which nobody wrote anything
	for _, p := range posts[:min(len(posts), MaxEntries)] {
		if p.Changed().After(updated) {
			updated = p.Changed()
		}
		title := w.written(p.Title).Text()
		if p.Kind == Maintenance {
			title = w.T("status.feed_maintenance", "Title", title)
		}
		e := atomEntry{Title: title, ID: "urn:uuid:" + p.ID, Published: w.Machine(p.Updates[0].At), Updated: w.Machine(p.Changed()),
			Links: []atomLink{{"alternate", "text/html", "./?lang=" + string(lang) + "#p-" + p.ID}}}
		var parts []string
		if p.Kind == Maintenance {
			parts = append(parts, w.times(p))
		}
		for _, u := range p.newest(fedUpdates) {
			parts = append(parts, w.T("status.post."+string(u.Status))+" ("+w.Time(u.At)+")\n"+strings.Join(w.written(u.Text).Paragraphs, "\n"))
		}
		e.Content = atomText{"text", strings.Join(parts, "\n\n")}
		f.Entries = append(f.Entries, e)
	}
	f.Updated = w.Machine(updated)
	var out bytes.Buffer
	out.WriteString(xml.Header)
	enc := xml.NewEncoder(&out)
	enc.Indent("", " ")
	if err := enc.Encode(f); err != nil {
		return nil, fmt.Errorf("write the feed of a status page: %w", err)
	}
	return out.Bytes(), nil
}
