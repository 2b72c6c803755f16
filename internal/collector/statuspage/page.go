// Package statuspage is what the public reads of how things are: pages that an
// institution publishes, with the state of now, 90 days as bars, announced
// maintenance, and incidents that a person wrote. It is pure: configurations,
// posts and what is known of things go in (Snapshot), HTML and Atom come out, and
// a Cache keeps the bytes. The collector's composition gathers the snapshots and
// opens the doors, boltstore keeps pages and posts, and the console edits them.
//
// Nothing that a page shows comes from elsewhere than from a person who wrote it
// for the public: no names, addresses, problems or rules of the inside. A
// Snapshot has no place for them.
package statuspage

import (
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/i18n"
)

// Bounds of what is kept and shown.
const (
	MaxPages      = 50
	MaxComponents = 200 // of a page
	MaxThings     = 20  // checks and devices of a component
	MaxPosts      = 200 // of a page
	MaxUpdates    = 50  // of a post
	MaxPath       = 40  // bytes
	MaxName       = 150 // bytes of a name or a title in one language
	MaxText       = 4000
)

// Text is what a person wrote, by language. A language may be missing.
type Text map[i18n.Lang]string

// In returns the text in a language or, where there is none, in another one, and
// which that is.
func (t Text) In(lang i18n.Lang) (string, i18n.Lang) {
	for _, l := range append([]i18n.Lang{lang}, i18n.Languages()...) {
		if t[l] != "" {
			return t[l], l
		}
	}
	return "", lang
}

// Empty reports whether it is written in no language.
func (t Text) Empty() bool { s, _ := t.In(""); return s == "" }

// Page is what is shown where, and to whom it belongs.
type Page struct {
	ID         string      `json:"id"`             // a UUID, which tells nothing
	Path       string      `json:"path"`           // it is at /status/PATH/
	Host       string      `json:"host,omitempty"` // a name of its own, in lower case; empty: none
	Site       string      `json:"site,omitempty"` // whose things it may show; empty: those of every site
	Name       Text        `json:"name"`
	Intro      Text        `json:"intro,omitempty"`
	Languages  []i18n.Lang `json:"languages"` // the first is the one of those who ask for none of them
	Components []Component `json:"components,omitempty"`
	Published  bool        `json:"published"`
	Changed    time.Time   `json:"changed,omitzero"` // when the page itself was changed last, published or not, or something written on it was removed
}

// Component is one line of a page.
type Component struct {
	ID     string        `json:"id"` // a UUID
	Name   Text          `json:"name"`
	Group  Text          `json:"group,omitempty"` // heading; neighbours with the same one stand below it together
	Things []topology.ID `json:"things"`          // checks and devices that it is made of
}

// Component finds one.
func (p Page) Component(id string) (Component, bool) {
	i := slices.IndexFunc(p.Components, func(c Component) bool { return c.ID == id })
	if i < 0 {
		return Component{}, false
	}
	return p.Components[i], true
}

// Speaks reports whether the page is there in a language.
func (p Page) Speaks(lang i18n.Lang) bool { return slices.Contains(p.Languages, lang) }

// Kind is what a post is about.
type Kind string

// The kinds.
const (
	Incident    Kind = "incident"
	Maintenance Kind = "maintenance"
)

// Impact is what an incident means for those who use the components.
type Impact string

// The impacts.
const (
	NoImpact Impact = "none"   // worth to be known; everything works
	Partly   Impact = "partly" // something of it does not work
	Outage   Impact = "outage" // it does not work
)

// Impacts lists them, the least first.
func Impacts() []Impact { return []Impact{NoImpact, Partly, Outage} }

// Status is how far a post has come.
type Status string

// The statuses of incidents, and of maintenance.
const (
	Investigating Status = "investigating"
	Identified    Status = "identified"
	Monitoring    Status = "monitoring"
	Resolved      Status = "resolved" // the end

	Announced Status = "announced"
	Changed   Status = "changed"
	Done      Status = "done" // the end, which may be before it was due
)

// Statuses lists those that a post of a kind may have, in their order.
func (k Kind) Statuses() []Status {
	if k == Maintenance {
		return []Status{Announced, Changed, Done}
	}
	return []Status{Investigating, Identified, Monitoring, Resolved}
}

// Post is an incident or an announced maintenance, written by a person.
type Post struct {
	ID         string    `json:"id"` // a UUID
	Page       string    `json:"page"`
	Kind       Kind      `json:"kind"`
	Title      Text      `json:"title"`
	Impact     Impact    `json:"impact,omitempty"`     // of an incident
	Components []string  `json:"components,omitempty"` // IDs of those that it is about; none: of none by itself
	From       time.Time `json:"from,omitzero"`        // of maintenance
	To         time.Time `json:"to,omitzero"`
	Updates    []Update  `json:"updates"` // in the order of writing; one at least
}

// Update is one word on a post.
type Update struct {
	At     time.Time `json:"at"`
	Status Status    `json:"status"`
	Text   Text      `json:"text"` // plain, in paragraphs
	By     string    `json:"by"`   // who wrote it, as in the audit record; not shown to the public
}

// Status is that of the newest update.
func (p Post) Status() Status {
	if len(p.Updates) == 0 {
		return ""
	}
	return p.Updates[len(p.Updates)-1].Status
}

// newest returns the last few updates, the newest first.
func (p Post) newest(count int) []Update {
	out := slices.Clone(p.Updates[max(0, len(p.Updates)-count):])
	slices.Reverse(out)
	return out
}

// Newest returns as many updates as a page shows, the newest first.
func (p Post) Newest() []Update { return p.newest(shownUpdates) }

// Changed is when the newest update was written.
func (p Post) Changed() time.Time {
	if len(p.Updates) == 0 {
		return time.Time{}
	}
	return p.Updates[len(p.Updates)-1].At
}

// Began is when an incident was written of first, or when maintenance begins.
func (p Post) Began() time.Time {
	if p.Kind == Maintenance || len(p.Updates) == 0 {
		return p.From
	}
	return p.Updates[0].At
}

// Ended is when it was over, or will be; zero: nobody knows.
func (p Post) Ended() time.Time {
	switch s := p.Status(); {
	case s == Resolved:
		return p.Changed()
	case s == Done && p.Changed().Before(p.To):
		return p.Changed()
	}
	return p.To
}

// Phase is where a post stands at a moment.
type Phase int

// The phases.
const (
	Coming Phase = iota
	UnderWay
	Over
)

// At says where the post stands.
func (p Post) At(now time.Time) Phase {
	switch end := p.Ended(); {
	case !end.IsZero() && !now.Before(end):
		return Over
	case p.Status() == Done: // before it began
		return Over
	case p.Kind == Maintenance && now.Before(p.From):
		return Coming
	}
	return UnderWay
}

// Mistake is something that cannot be so. Code is the key of a sentence in both
// languages, "settings.invalid.status_<code>".
type Mistake struct {
	Field string // of the form: "name.lt", "path"
	Code  string // one of Codes
	Max   int    // what fills the sentence; 0: nothing does
}

// Codes of mistakes. Those without a note are found here, the others by whoever
// knows the other pages.
const (
	CodePath       = "path"
	CodePathTaken  = "path_taken" // another page has it
	CodeHost       = "host"
	CodeHostTaken  = "host_taken" // another page has it
	CodeHostOwn    = "host_own"   // the console would not be found any more
	CodeHostWhole  = "host_whole" // it takes a name from the whole collector, which those of some sites may not
	CodeLanguages  = "languages"
	CodeMissing    = "missing"
	CodeLong       = "long" // Max: bytes
	CodeLetters    = "letters"
	CodePages      = "pages"      // Max: there are as many as may be
	CodeComponents = "components" // Max
	CodeThings     = "things"     // Max: none, or too many
	CodeThing      = "thing"      // Name: there is no such thing, or it is of another site
	CodePosts      = "posts"      // Max
	CodeUpdates    = "updates"    // Max
	CodeImpact     = "impact"
	CodeStatus     = "status"
	CodeTimes      = "times"
	CodeOver       = "over" // nothing is added to what is over
)

// Codes lists them.
func Codes() []string {
	return []string{CodePath, CodePathTaken, CodeHost, CodeHostTaken, CodeHostOwn, CodeHostWhole, CodeLanguages, CodeMissing, CodeLong, CodeLetters, CodePages, CodeComponents,
		CodeThings, CodeThing, CodePosts, CodeUpdates, CodeImpact, CodeStatus, CodeTimes, CodeOver}
}

// Check finds what is wrong with a page.
func (p Page) Check() []Mistake {
	var out []Mistake
	if !validPath(p.Path) {
		out = append(out, Mistake{Field: "path", Code: CodePath, Max: MaxPath})
	}
	if p.Host != "" && !ValidHost(p.Host) {
		out = append(out, Mistake{Field: "host", Code: CodeHost})
	}
	if len(p.Languages) == 0 || slices.ContainsFunc(p.Languages, func(l i18n.Lang) bool { return !slices.Contains(i18n.Languages(), l) }) {
		out = append(out, Mistake{Field: "languages", Code: CodeLanguages})
	}
	out = append(out, p.needs("name", p.Name, MaxName, false)...)
	out = append(out, p.may("intro", p.Intro, MaxText, true)...)
	if len(p.Components) > MaxComponents {
		out = append(out, Mistake{Code: CodeComponents, Max: MaxComponents})
	}
	return out
}

// CheckComponent finds what is wrong with a component of the page.
func (p Page) CheckComponent(c Component) []Mistake {
	out := p.needs("name", c.Name, MaxName, false)
	out = append(out, p.may("group", c.Group, MaxName, false)...)
	if len(c.Things) == 0 || len(c.Things) > MaxThings {
		out = append(out, Mistake{Field: "things", Code: CodeThings, Max: MaxThings})
	}
	return out
}

// CheckPost finds what is wrong with a post of the page.
func (p Page) CheckPost(post Post) []Mistake {
	out := p.one("title", post.Title, MaxName, false)
	switch {
	case post.Kind == Incident && !slices.Contains(Impacts(), post.Impact):
		out = append(out, Mistake{Field: "impact", Code: CodeImpact})
	case post.Kind == Maintenance && (post.From.IsZero() || !post.From.Before(post.To)):
		out = append(out, Mistake{Field: "to", Code: CodeTimes})
	}
	if len(post.Updates) > MaxUpdates {
		out = append(out, Mistake{Code: CodeUpdates, Max: MaxUpdates})
	}
	for _, u := range post.Updates[max(0, len(post.Updates)-1):] {
		if !slices.Contains(post.Kind.Statuses(), u.Status) {
			out = append(out, Mistake{Field: "status", Code: CodeStatus})
		}
		out = append(out, p.one("text", u.Text, MaxText, true)...)
	}
	return out
}

// needs checks a text that must be there in every language of the page.
func (p Page) needs(field string, t Text, limit int, long bool) []Mistake {
	out := p.may(field, t, limit, long)
	for _, l := range p.Languages {
		if t[l] == "" {
			out = append(out, Mistake{Field: field + "." + string(l), Code: CodeMissing})
		}
	}
	return out
}

// one checks a text that must be there in one language at least.
func (p Page) one(field string, t Text, limit int, long bool) []Mistake {
	out := p.may(field, t, limit, long)
	if t.Empty() {
		lang := i18n.Languages()[0]
		if len(p.Languages) > 0 {
			lang = p.Languages[0]
		}
		out = append(out, Mistake{Field: field + "." + string(lang), Code: CodeMissing})
	}
	return out
}

func (p Page) may(field string, t Text, limit int, long bool) []Mistake {
	var out []Mistake
	for _, l := range i18n.Languages() {
		s := t[l]
		switch {
		case len(s) > limit:
			out = append(out, Mistake{Field: field + "." + string(l), Code: CodeLong, Max: limit})
		case strings.ContainsFunc(s, func(r rune) bool {
			return r == utf8.RuneError || !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r) && !(long && r == '\n')
		}):
			out = append(out, Mistake{Field: field + "." + string(l), Code: CodeLetters})
		}
	}
	return out
}

func validPath(s string) bool {
	return s != "" && len(s) <= MaxPath && s[0] != '-' && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
}

// ValidHost reports whether a text is a host name of several words in lower case,
// and no address: a console that is asked for by its address is always found.
func ValidHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil || len(s) > 253 || !strings.Contains(s, ".") {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }) {
			return false
		}
	}
	// 1.2.3 is an address to some.
	last := s[strings.LastIndexByte(s, '.')+1:]
	return strings.ContainsFunc(last, func(r rune) bool { return r < '0' || r > '9' })
}
