package probe

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Limits of what is sent to a website, and of what it may be held against.
const (
	MaxFields      = 20        // headers, cookies, fields of a form, captures of one step
	MaxRequestBody = 16 << 10  // bytes
	MaxSteps       = 10        //
	MaxWebSpec     = 64 << 10  // bytes of an HTTPSpec in JSON
	MaxPageSize    = 100 << 20 // bytes: the largest max_size
)

// HTTPSpec says how to ask a website and what its answer must be.
//
// Method, Headers, Body, Form and the conditions are of the one request of a look
// that has no Steps. When there are steps, they are the look: each has its own.
type HTTPSpec struct {
	Method  string            `yaml:"method" json:"method,omitempty"`   // one of Methods; empty: GET, or POST with a body or a form
	Headers map[string]string `yaml:"headers" json:"headers,omitempty"` // sent to the host of the target only. Secret
	Body    string            `yaml:"body" json:"body,omitempty"`       // Secret
	Form    map[string]string `yaml:"form" json:"form,omitempty"`       // a body of application/x-www-form-urlencoded. Secret

	// Sent with every request to the host of the target, and to no other.
	Auth    Auth              `yaml:"auth" json:"auth,omitzero"`
	Cookies map[string]string `yaml:"cookies" json:"cookies,omitempty"` // Secret

	IPVersion    string `yaml:"ip_version" json:"ip_version,omitempty"`       // "4", "6", or "both": each must do; empty: what answers first
	HTTPVersion  string `yaml:"http_version" json:"http_version,omitempty"`   // "1.1" or "2": it must be that; empty: the newest that both know
	MaxRedirects *int   `yaml:"max_redirects" json:"max_redirects,omitempty"` // nil means DefaultMaxRedirects; with 0 the redirect itself is the answer
	MaxSize      int64  `yaml:"max_size" json:"max_size,omitempty"`           // bytes of each page, uncompressed; a larger one is a fault. 0: reading stops at MaxBody, which is none

	ExpectStatus  []string     `yaml:"expect_status" json:"expect_status,omitempty"`   // each "200", "2xx" or "200-399"; empty means 2xx
	ExpectHeaders []HeaderRule `yaml:"expect_headers" json:"expect_headers,omitempty"` // of the last answer
	Contains      []string     `yaml:"contains" json:"contains,omitempty"`             // texts that must all be in what is read of the page
	NotContains   []string     `yaml:"not_contains" json:"not_contains,omitempty"`     // texts none of which may be there
	Matches       []string     `yaml:"matches" json:"matches,omitempty"`               // regular expressions (RE2) that must all fit; of the first MaxBody bytes
	NotMatches    []string     `yaml:"not_matches" json:"not_matches,omitempty"`       // none of which may fit
	JSON          []JSONRule   `yaml:"json" json:"json,omitempty"`                     // of a page that is JSON

	Steps []Step `yaml:"steps" json:"steps,omitempty"` // made one after the other, with one set of cookies, within the time of the look
}

// Auth says who asks: a name and a password (Basic, RFC 7617), or a token (RFC
// 6750). All of it is secret.
type Auth struct {
	Username string `yaml:"username" json:"username,omitempty"`
	Password string `yaml:"password" json:"password,omitempty"`
	Bearer   string `yaml:"bearer" json:"bearer,omitempty"`
}

// Step is one request of several, and what its answer must be. In URL, and in the
// values of Headers, Body and Form, ${name} stands for what a step before it
// captured.
type Step struct {
	Name    string            `yaml:"name,omitempty" json:"name,omitempty"`       // for people, unlike the others'; empty: its number
	URL     string            `yaml:"url,omitempty" json:"url,omitempty"`         // relative to the target, or whole; empty: the target
	Method  string            `yaml:"method,omitempty" json:"method,omitempty"`   // as in HTTPSpec, as everything below
	Headers map[string]string `yaml:"headers,omitempty" json:"headers,omitempty"` // sent to the host of URL only. Secret
	Body    string            `yaml:"body,omitempty" json:"body,omitempty"`       // Secret
	Form    map[string]string `yaml:"form,omitempty" json:"form,omitempty"`       // Secret

	ExpectStatus  []string     `yaml:"expect_status,omitempty" json:"expect_status,omitempty"`
	ExpectHeaders []HeaderRule `yaml:"expect_headers,omitempty" json:"expect_headers,omitempty"`
	Contains      []string     `yaml:"contains,omitempty" json:"contains,omitempty"`
	NotContains   []string     `yaml:"not_contains,omitempty" json:"not_contains,omitempty"`
	Matches       []string     `yaml:"matches,omitempty" json:"matches,omitempty"`
	NotMatches    []string     `yaml:"not_matches,omitempty" json:"not_matches,omitempty"`
	JSON          []JSONRule   `yaml:"json,omitempty" json:"json,omitempty"`

	// Capture keeps texts of the answer for later steps, by name. Each is a JSON
	// path when it begins with "$", and a regular expression otherwise, of which
	// the first group is kept, or all that fits when it has none.
	Capture map[string]string `yaml:"capture,omitempty" json:"capture,omitempty"`
}

// HeaderRule says what a header of the answer must be; with nothing but a name
// that it is there. Names are found in any case. Of a header that comes several
// times one is enough.
type HeaderRule struct {
	Name      string `yaml:"name,omitempty" json:"name"`
	Equals    string `yaml:"equals,omitempty" json:"equals,omitempty"`
	Contains  string `yaml:"contains,omitempty" json:"contains,omitempty"`
	Matches   string `yaml:"matches,omitempty" json:"matches,omitempty"`     // RE2
	Forbidden bool   `yaml:"forbidden,omitempty" json:"forbidden,omitempty"` // it must not be so
}

// JSONRule says what a value of a JSON page must be; with nothing but a path that
// there is one. A path may find several: one is enough. Numbers are compared as
// they are written on the page, true, false and null by these words, lists and
// objects as compact JSON.
type JSONRule struct {
	Path      string   `yaml:"path" json:"path"` // RFC 9535; see checkPath for what is not taken
	Equals    *string  `yaml:"equals,omitempty" json:"equals,omitempty"`
	Contains  string   `yaml:"contains,omitempty" json:"contains,omitempty"`
	Matches   string   `yaml:"matches,omitempty" json:"matches,omitempty"` // RE2
	Above     *float64 `yaml:"above,omitempty" json:"above,omitempty"`     // a number, and more than this
	Below     *float64 `yaml:"below,omitempty" json:"below,omitempty"`     // a number, and less than this
	Forbidden bool     `yaml:"forbidden,omitempty" json:"forbidden,omitempty"`
}

// Versions of the Internet Protocol that a look may be bound to.
const (
	IPv4   = "4"
	IPv6   = "6"
	IPBoth = "both"
)

// Versions of HTTP that an answer may have to be.
const (
	HTTP11 = "1.1"
	HTTP2  = "2"
)

// Methods lists how a website can be asked.
func Methods() []string {
	return []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}
}

// IsZero reports whether nothing is said.
func (h HTTPSpec) IsZero() bool { return blank(h) }

// blank reports whether no field of a struct says anything: an empty list does not.
func blank(v any) bool {
	value := reflect.ValueOf(v)
	for i := range value.NumField() {
		f := value.Field(i)
		if listed := f.Kind() == reflect.Slice || f.Kind() == reflect.Map; listed && f.Len() > 0 || !listed && !f.IsZero() {
			return false
		}
	}
	return true
}

// only is the one step of a look without steps.
func (h HTTPSpec) only() Step {
	return Step{
		Method: h.Method, Headers: h.Headers, Body: h.Body, Form: h.Form,
		ExpectStatus: h.ExpectStatus, ExpectHeaders: h.ExpectHeaders, Contains: h.Contains, NotContains: h.NotContains,
		Matches: h.Matches, NotMatches: h.NotMatches, JSON: h.JSON,
	}
}

// Asks is the method of a look that has no steps.
func (h HTTPSpec) Asks() string { return h.only().method() }

// method is how a step asks.
func (s Step) method() string {
	switch {
	case s.Method != "":
		return s.Method
	case s.Body != "" || len(s.Form) > 0:
		return http.MethodPost
	}
	return http.MethodGet
}

// validate reports every problem; target is zero when there is no good one.
func (h HTTPSpec) validate(r *strictyaml.Report, target Target) {
	if h.IsZero() {
		return
	}
	h.only().validate(r)
	h.Auth.validate(r.At("auth"))
	if target.url != nil && target.url.User != nil && h.Auth != (Auth{}) {
		r.Bad("auth", nil, "the target has a name or a password too; write them in one place")
	}
	validateCookies(r.At("cookies"), h.Cookies)
	switch h.IPVersion {
	case "":
	case IPv4, IPv6, IPBoth:
		if addr, err := netip.ParseAddr(target.Host); err == nil && (addr.Is4() && h.IPVersion != IPv4 || addr.Is6() && h.IPVersion != IPv6) {
			r.Bad("ip_version", h.IPVersion, "the target is an address and has no other; remove this")
		}
	default:
		r.Bad("ip_version", h.IPVersion, `write "4", "6" or both`)
	}
	switch h.HTTPVersion {
	case "", HTTP11:
	case HTTP2:
		if target.url != nil && target.url.Scheme != "https" {
			r.Bad("http_version", h.HTTPVersion, "HTTP/2 needs a target https://")
		}
	default:
		r.Bad("http_version", h.HTTPVersion, `write "1.1" or "2"`)
	}
	if n := h.MaxRedirects; n != nil && (*n < 0 || *n > MaxRedirects) {
		r.Bad("max_redirects", *n, fmt.Sprintf("write a number from 0 to %d", MaxRedirects))
	}
	if h.MaxSize < 0 || h.MaxSize > MaxPageSize {
		r.Bad("max_size", h.MaxSize, fmt.Sprintf("write a number of bytes from 1 to %d", int64(MaxPageSize)))
	}
	h.validateSteps(r, target)
	if text, err := json.Marshal(h); err == nil && len(text) > MaxWebSpec {
		r.Bad("", nil, fmt.Sprintf("this section has %d bytes; at most %d can be", len(text), MaxWebSpec))
	}
}

func (h HTTPSpec) validateSteps(r *strictyaml.Report, target Target) {
	if len(h.Steps) == 0 {
		return
	}
	if len(h.Steps) > MaxSteps {
		r.Bad("steps", len(h.Steps), fmt.Sprintf("at most %d steps can be made", MaxSteps))
	}
	if !blank(h.only()) {
		r.Bad("steps", nil, "with steps, write how to ask and what the answer must be in each step, not beside them")
	}
	names, captured := map[string]bool{}, map[string]bool{}
	for i, s := range h.Steps {
		at := r.At("steps").Index(i)
		if name := s.title(i); names[name] {
			at.Bad("name", s.Name, "another step has this name")
		} else {
			names[name] = true
		}
		if len(s.Name) > maxStepName || strings.ContainsFunc(s.Name, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			at.Bad("name", s.Name, fmt.Sprintf("write a name of at most %d bytes on one line", maxStepName))
		}
		if target.url != nil {
			if _, err := s.address(target.url, nil); err != nil {
				at.Bad("url", maskText(s.URL, -1), err.Error())
			}
		}
		s.validate(at)
		for _, f := range s.holders() {
			for _, name := range placeholders(f.text) {
				if !captured[name] {
					at.Bad(f.field, "${"+name+"}", "no step before this one captures it")
				}
			}
		}
		if len(s.Capture) > MaxFields {
			at.Bad("capture", len(s.Capture), fmt.Sprintf("at most %d texts can be captured", MaxFields))
		}
		for _, name := range slices.Sorted(maps.Keys(s.Capture)) {
			from := s.Capture[name]
			if !isPlaceholder(name) {
				at.Bad("capture", name, "write a name of letters, digits and _, at most 50")
			}
			if _, err := newCapture(name, from); err != nil {
				at.At("capture").Bad(name, from, err.Error())
			}
			captured[name] = true
		}
	}
}

// maxStepName bounds the name of a step, in bytes.
const maxStepName = 100

// title is what people call a step; i is its place.
func (s Step) title(i int) string {
	if s.Name != "" {
		return s.Name
	}
	return fmt.Sprint(i + 1)
}

// holder is a text in which ${name} may stand.
type holder struct{ field, text string }

func (s Step) holders() []holder {
	out := []holder{{"url", s.URL}, {"body", s.Body}}
	for _, m := range []struct {
		field  string
		values map[string]string
	}{{"headers", s.Headers}, {"form", s.Form}} {
		for _, name := range slices.Sorted(maps.Keys(m.values)) {
			out = append(out, holder{m.field + "." + name, m.values[name]})
		}
	}
	return out
}

// validate reports every problem of one request.
func (s Step) validate(r *strictyaml.Report) {
	method := s.method()
	if !slices.Contains(Methods(), method) {
		r.Bad("method", s.Method, "write "+strings.Join(Methods(), ", "))
	}
	if bodies := s.Body != "" || len(s.Form) > 0; bodies {
		switch {
		case s.Body != "" && len(s.Form) > 0:
			r.Bad("form", nil, "a request has a body or a form, not both")
		case method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions:
			r.Bad("method", s.Method, method+" sends no body and no form; write POST, PUT, PATCH or DELETE")
		}
	}
	if len(s.Body) > MaxRequestBody {
		r.Bad("body", nil, fmt.Sprintf("the body has %d bytes; at most %d can be sent", len(s.Body), MaxRequestBody))
	}
	validateHeaders(r.At("headers"), s.Headers)
	if len(s.Form) > MaxFields {
		r.Bad("form", len(s.Form), fmt.Sprintf("at most %d fields can be sent", MaxFields))
	}
	if method == http.MethodHead && len(s.Contains)+len(s.NotContains)+len(s.Matches)+len(s.NotMatches)+len(s.JSON)+len(s.Capture) > 0 {
		r.Bad("method", s.Method, "the answer to HEAD has no text; use GET, or remove the conditions on the text")
	}
	for i, text := range s.ExpectStatus {
		if _, err := parseStatus(text); err != nil {
			r.At("expect_status").Index(i).Bad("", text, err.Error())
		}
	}
	for _, list := range []struct {
		field   string
		texts   []string
		pattern bool
	}{{"contains", s.Contains, false}, {"not_contains", s.NotContains, false}, {"matches", s.Matches, true}, {"not_matches", s.NotMatches, true}} {
		tooMany(r, list.field, len(list.texts))
		for i, text := range list.texts {
			at := r.At(list.field).Index(i)
			if !list.pattern {
				if text == "" || len(text) > MaxText {
					at.Bad("", text, fmt.Sprintf("write a text of 1 to %d bytes", MaxText))
				}
			} else if _, err := compile(text); err != nil {
				at.Bad("", text, err.Error())
			}
		}
	}
	tooMany(r, "expect_headers", len(s.ExpectHeaders))
	for i, rule := range s.ExpectHeaders {
		rule.validate(r.At("expect_headers").Index(i))
	}
	tooMany(r, "json", len(s.JSON))
	for i, rule := range s.JSON {
		rule.validate(r.At("json").Index(i))
	}
}

func tooMany(r *strictyaml.Report, field string, n int) {
	if n > MaxTexts {
		r.Bad(field, n, fmt.Sprintf("at most %d conditions can be in a list", MaxTexts))
	}
}

// ourHeaders are those that the client itself sends, or that say where a request
// ends.
var ourHeaders = []string{"Accept-Encoding", "Connection", "Content-Length", "Cookie", "Host", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

func validateHeaders(r *strictyaml.Report, headers map[string]string) {
	if len(headers) > MaxFields {
		r.Bad("", len(headers), fmt.Sprintf("at most %d headers can be sent", MaxFields))
	}
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			r.Bad(name, nil, "this is no name of a header; write it as in Accept-Language")
		case slices.Contains(ourHeaders, canonical):
			r.Bad(name, nil, "this header cannot be set; for cookies there is cookies, for the host write it in the target")
		case seen[canonical]:
			r.Bad(name, nil, "this header is there twice")
		case len(headers[name]) > MaxText*4 || !httpguts.ValidHeaderFieldValue(headers[name]):
			r.Bad(name, nil, fmt.Sprintf("write a value of at most %d bytes on one line", MaxText*4))
		}
		seen[canonical] = true
	}
}

func validateCookies(r *strictyaml.Report, cookies map[string]string) {
	if len(cookies) > MaxFields {
		r.Bad("", len(cookies), fmt.Sprintf("at most %d cookies can be sent", MaxFields))
	}
	for _, name := range slices.Sorted(maps.Keys(cookies)) {
		if (&http.Cookie{Name: name, Value: cookies[name]}).Valid() != nil || len(cookies[name]) > MaxText*4 {
			r.Bad(name, nil, fmt.Sprintf("a cookie has a name of letters, digits and signs such as _ and -, and a value of at most %d bytes without blank, comma, semicolon, quote and backslash", MaxText*4))
		}
	}
}

func (a Auth) validate(r *strictyaml.Report) {
	switch {
	case a.Bearer != "" && (a.Username != "" || a.Password != ""):
		r.Bad("bearer", nil, "write a user name and a password, or a token, not both")
	case strings.Contains(a.Username, ":"):
		r.Bad("username", nil, "a user name has no colon in it (RFC 7617)")
	case a.Username == "" && a.Password != "":
		r.Missing("username", "write the user name that the password belongs to")
	}
	for _, f := range []struct{ field, value string }{{"username", a.Username}, {"password", a.Password}, {"bearer", a.Bearer}} {
		if len(f.value) > MaxText*4 || f.field == "bearer" && !httpguts.ValidHeaderFieldValue(f.value) {
			r.Bad(f.field, nil, fmt.Sprintf("write at most %d bytes on one line", MaxText*4))
		}
	}
}

func (c HeaderRule) validate(r *strictyaml.Report) {
	if !httpguts.ValidHeaderFieldName(c.Name) {
		r.Bad("name", c.Name, "write the name of a header, as in Content-Type")
	}
	n := 0
	for _, text := range []string{c.Equals, c.Contains, c.Matches} {
		if text != "" {
			n++
		}
		if len(text) > MaxText {
			r.Bad("", nil, fmt.Sprintf("write a text of at most %d bytes", MaxText))
		}
	}
	if n > 1 {
		r.Bad("", nil, "write one of equals, contains and matches")
	}
	if c.Matches != "" {
		if _, err := compile(c.Matches); err != nil {
			r.Bad("matches", c.Matches, err.Error())
		}
	}
}

func (c JSONRule) validate(r *strictyaml.Report) {
	if _, err := compilePath(c.Path); err != nil {
		r.Bad("path", c.Path, err.Error())
	}
	n := 0
	for _, given := range []bool{c.Equals != nil, c.Contains != "", c.Matches != "", c.Above != nil || c.Below != nil} {
		if given {
			n++
		}
	}
	if n > 1 {
		r.Bad("", nil, "write one of equals, contains, matches, and above or below")
	}
	if len(c.Contains) > MaxText || c.Equals != nil && len(*c.Equals) > MaxText {
		r.Bad("", nil, fmt.Sprintf("write a text of at most %d bytes", MaxText))
	}
	if c.Matches != "" {
		if _, err := compile(c.Matches); err != nil {
			r.Bad("matches", c.Matches, err.Error())
		}
	}
}

// address is where a step asks: its URL with what was captured in it, seen from
// the target. What is put in cannot make it another host.
func (s Step) address(target *url.URL, captured map[string]string) (*url.URL, error) {
	if s.URL == "" {
		return target, nil
	}
	bad := fmt.Errorf("write an address such as /login, or https://…, of at most %d bytes, without a name, a password and blanks; ${name} can stand after the host only", MaxTarget)
	if len(s.URL) > MaxTarget || strings.ContainsFunc(s.URL, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\uFFFD' }) {
		return nil, bad
	}
	plain, err := target.Parse(fill(s.URL, func(string) string { return "x" }))
	other, err2 := target.Parse(fill(s.URL, func(string) string { return "y" }))
	if err != nil || err2 != nil || plain.Host != other.Host || plain.Scheme != other.Scheme {
		return nil, bad
	}
	put := escape
	if m := placePattern.FindString(s.URL); m == s.URL {
		put = func(s string) string { return s } // it is an address itself: a link, the action of a form
	}
	u, err := target.Parse(fill(s.URL, func(name string) string { return put(captured[name]) }))
	if err != nil || u.Host != plain.Host || u.Scheme != plain.Scheme || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, bad
	}
	if ref, err := url.Parse(fill(s.URL, func(string) string { return "x" })); err != nil || ref.User != nil {
		return nil, bad
	}
	if u.Host != target.Host {
		host, err := ASCIIHost(u.Hostname())
		if err != nil {
			return nil, bad
		}
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		if port := u.Port(); port != "" {
			host += ":" + port
		}
		u.Host = host
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// escape writes a captured text so that it is one value within a path or a query.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// placePattern is ${name}.
var placePattern = regexp.MustCompile(`\$\{([A-Za-z0-9_]{1,50})\}`)

// isPlaceholder reports whether a text can be captured under a name.
func isPlaceholder(name string) bool {
	return placePattern.MatchString("${"+name+"}") && !strings.ContainsAny(name, "{}$")
}

// placeholders are the names for which places are in a text.
func placeholders(s string) []string {
	var out []string
	for _, m := range placePattern.FindAllStringSubmatch(s, -1) {
		out = append(out, m[1])
	}
	return out
}

// fill puts values in the places of a text. What a value holds is not looked at
// again.
func fill(s string, value func(name string) string) string {
	if !strings.Contains(s, "${") {
		return s
	}
	return placePattern.ReplaceAllStringFunc(s, func(place string) string { return value(place[2 : len(place)-1]) })
}
