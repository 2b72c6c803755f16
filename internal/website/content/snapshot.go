package content

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Version is the form of a Snapshot. A snapshot of another version is not held
// against anything: the page is read anew.
const Version = 1

// Bounds of a Snapshot. What goes beyond is counted and not kept.
const (
	maxTitle   = 200 // bytes
	maxHosts   = 400 // of all roles together
	maxMarks   = 200
	maxFiles   = 60  // hosts of Files, and files of a stranger's host
	maxMail    = 40  // hosts of Mail
	maxPhones  = 40  // countries of Phones
	maxExcerpt = 160 // bytes
	maxSubject = 120 // bytes
	maxNew     = 60  // hosts of one role that a finding names
)

// Snapshot is what is known of a page at a moment. It is a plain value: comparing
// and keeping it needs nothing else. Of the text it has the title, hashes of words,
// and short excerpts of what is suspicious by itself.
type Snapshot struct {
	Version  int               `json:"version"`
	URL      string            `json:"url"`   // after redirects; without user, query and fragment
	Host     string            `json:"host"`  // of URL, lower case, without the port
	Asked    string            `json:"asked"` // host that was asked for; the same unless a redirect led elsewhere
	Title    string            `json:"title"`
	Language string            `json:"language,omitempty"` // as the page says it
	Encoding string            `json:"encoding"`
	Bytes    int               `json:"bytes"`
	Words    int               `json:"words"`   // that a visitor sees
	Letters  map[string]int    `json:"letters"` // that a visitor sees, by alphabet: latin, lithuanian (ą, č …, counted in latin too), cyrillic, russian (those of its own, counted in cyrillic too), far
	Text     Sketch            `json:"text"`    // words that a visitor sees
	Links    Sketch            `json:"links"`   // addresses on the site itself that links lead to
	Layout   Sketch            `json:"layout"`  // elements with their classes, scripts and styles of the site itself
	Inline   Sketch            `json:"inline"`  // scripts that stand in the page, without their numbers and long texts
	Linked   int               `json:"linked"`  // links, to wherever
	Hosts    []Host            `json:"hosts"`
	Files    map[string]Sketch `json:"files,omitempty"`   // paths of scripts, styles and pictures, by the host that they come from; "": the page's own
	Mail     map[string]int    `json:"mail,omitempty"`    // how many addresses of mail there are, by their hosts
	Phones   map[string]int    `json:"phones,omitempty"`  // how many telephone numbers, by their countries' codes
	Interim  bool              `json:"interim,omitempty"` // it says that it is being worked on, or leads on to another page of the site
	Marks    []Mark            `json:"marks"`
	Newest   string            `json:"newest,omitempty"` // newest date on the page that is not ahead, 2026-09-01
	Over     bool              `json:"over,omitempty"`   // there were more hosts or marks than are kept
	Unread   bool              `json:"unread,omitempty"` // elements within elements, deeper than can be read
}

// Host is one host that a page names, in one role.
type Host struct {
	Role  string `json:"role"`
	Name  string `json:"name"` // lower case, without the port
	Count int    `json:"count"`
}

// Roles of hosts.
const (
	RoleScript    = "script"    // a script is loaded from there
	RoleFrame     = "frame"     // a frame, object or embedded page is
	RoleForm      = "form"      // a form is sent there
	RoleStyle     = "style"     // a style sheet is loaded from there
	RoleImage     = "image"     // a picture, film or sound is
	RoleIcon      = "icon"      // the page's icon is
	RoleLink      = "link"      // a link leads there
	RoleCanonical = "canonical" // the page says that it belongs there
	RoleBase      = "base"      // addresses of the page are relative to it
	RoleRefresh   = "refresh"   // visitors are sent there by themselves
	RoleInline    = "inline"    // a script in the page names it
)

// Mark is a trait that is suspicious by itself, whatever the page was before. Two
// marks with the same Kind and Subject are the same one.
type Mark struct {
	Kind    string `json:"kind"`              // a signal's code without "content_"
	Subject string `json:"subject,omitempty"` // a host, a fingerprint, the words
	Weak    bool   `json:"weak,omitempty"`    // seen where it may well be harmless
	Count   int    `json:"count"`
	Excerpt string `json:"excerpt,omitempty"` // a few words, so that a person can judge
}

func (m Mark) key() string { return m.Kind + "\x00" + m.Subject }

// HostsOf lists the hosts of one role.
func (s Snapshot) HostsOf(role string) []string {
	out := []string{}
	for _, h := range s.Hosts {
		if h.Role == role {
			out = append(out, h.Name)
		}
	}
	return out
}

// withHosts is s with the hosts of another snapshot added, as far as there is room.
func (s Snapshot) withHosts(other Snapshot) Snapshot {
	have := map[Host]bool{}
	for _, h := range s.Hosts {
		have[Host{Role: h.Role, Name: h.Name}] = true
	}
	hosts := slices.Clone(s.Hosts)
	for _, h := range other.Hosts {
		if !have[Host{Role: h.Role, Name: h.Name}] && len(hosts) < maxHosts {
			hosts = append(hosts, Host{Role: h.Role, Name: h.Name})
		}
	}
	sortHosts(hosts)
	s.Hosts = hosts
	return s
}

func sortHosts(all []Host) {
	slices.SortFunc(all, func(a, b Host) int { return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Name, b.Name)) })
}

// clip bounds a text to whole characters without control characters.
func clip(s string, limit int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0xa0 }), " ")
	if len(s) <= limit {
		return s
	}
	s = s[:limit-len("…")]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}
