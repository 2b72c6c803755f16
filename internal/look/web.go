package look

import (
	"cmp"
	"slices"
	"time"
)

// Web is what a look at a website or a domain brings besides its facts and
// numbers. Which fields are filled follows from the kind of look. In JSON they
// stand beside those of the Result.
type Web struct {
	Redirects   []Hop        `json:"redirects,omitempty"`   // every request of the look, in order; the last is the one that was judged
	Families    []Family     `json:"families,omitempty"`    // of a site that must answer by both versions of the Internet Protocol: each of them
	Certificate *Certificate `json:"certificate,omitempty"` // of the site asked for, not of a redirect's target
	Grade       string       `json:"grade,omitempty"`       // A, B, C, D or F: how safely the website is set up
	Findings    []Finding    `json:"findings,omitempty"`    // what is wrong or could be better, the worst first
	Page        *Page        `json:"page,omitempty"`        // what stands on the page
	Links       *Links       `json:"links,omitempty"`       // what a crawl found
	Domain      *Domain      `json:"domain,omitempty"`      // what a domain is
}

// Hop is one request of a look, and its answer.
type Hop struct {
	Step     string  `json:"step,omitempty"` // name of the step that it belongs to; empty: the look has one
	Method   string  `json:"method"`
	URL      string  `json:"url"` // user name and password masked
	Address  string  `json:"address,omitempty"`
	Protocol string  `json:"protocol,omitempty"` // HTTP/1.1, HTTP/2.0
	Status   int     `json:"status,omitempty"`   // 0: no answer
	Location string  `json:"location,omitempty"` // of a redirect, masked
	Seconds  float64 `json:"seconds"`            // from its beginning to the end of its answer
}

// Family is how a look by one version of the Internet Protocol went.
type Family struct {
	IP      string   `json:"ip"` // "4" or "6"
	Outcome Outcome  `json:"outcome"`
	Problem *Problem `json:"problem,omitempty"`
	Seconds float64  `json:"seconds"`
}

// Severity of a Finding.
type Severity string

// The severities, the worst first.
const (
	Critical Severity = "critical" // somebody must act now
	Warning  Severity = "warning"  // somebody must act
	Info     Severity = "info"     // could be better
)

// rank orders severities; what is not known comes last.
func (s Severity) rank() int {
	if i := slices.Index([]Severity{Critical, Warning, Info}, s); i >= 0 {
		return i
	}
	return 3
}

// Finding is one thing that is wrong or could be better. Code is one of a small
// fixed set of its package and the key of two texts in both languages:
// "finding.<code>" says what it is, "finding.<code>.do" what to do about it. Args
// fill both; Subject is what it is about (a header, a file, a record), untranslated.
type Finding struct {
	Code     string            `json:"code"`
	Severity Severity          `json:"severity"`
	Subject  string            `json:"subject,omitempty"`
	Args     map[string]string `json:"args,omitempty"`
	Detail   string            `json:"detail,omitempty"` // technical, at most MaxDetail bytes
}

// SortFindings puts the worst first, then by code and subject.
func SortFindings(all []Finding) {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(a.Severity.rank()-b.Severity.rank(), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Subject, b.Subject))
	})
}

// Certificate is what a server showed to prove who it is.
type Certificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Names     []string  `json:"names"` // for which it is
	Serial    string    `json:"serial"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"` // of the certificate that ends first in the chain
	Key       string    `json:"key"`       // "RSA 2048", "ECDSA P-256"
	Signature string    `json:"signature"` // "SHA256-RSA"
	Chain     []string  `json:"chain"`     // subjects as the server sent them, the server's own first
	Protocol  string    `json:"protocol"`  // TLS version that was agreed on
}

// Page is what stands on a page: names of hosts and sums, never its text, but
// for the title.
type Page struct {
	Title       string   `json:"title"`
	Language    string   `json:"language,omitempty"`
	Bytes       int      `json:"bytes"`
	Words       int      `json:"words"` // that a visitor sees
	ScriptHosts []string `json:"script_hosts"`
	FrameHosts  []string `json:"frame_hosts"`
	FormHosts   []string `json:"form_hosts"`
	LinkHosts   []string `json:"link_hosts"`
	Newest      string   `json:"newest,omitempty"` // newest date on the page, 2026-09-01
}

// Links is what a crawl of a website found.
type Links struct {
	Pages    int       `json:"pages"`   // read
	Checked  int       `json:"checked"` // addresses that were tried, pages included
	External int       `json:"external"`
	Skipped  int       `json:"skipped"` // by robots.txt, or because they are no websites
	Waiting  int       `json:"waiting"` // known and not tried: the run's budget was used up
	Finished bool      `json:"finished"`
	Began    time.Time `json:"began,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	Broken   []Broken  `json:"broken"` // those that matter most
}

// Broken is an address that does not work, and where it stands.
type Broken struct {
	URL    string    `json:"url"`
	Code   string    `json:"code"` // of a Problem: unexpected_status, name_not_found, timeout …
	Status int       `json:"status,omitempty"`
	Kind   string    `json:"kind"`           // page, image, document, script, style, frame or external
	On     []string  `json:"on"`             // pages on which it stands, some of them
	Times  int       `json:"times"`          // on how many
	Since  time.Time `json:"since,omitzero"` // when a crawl found it first
}
