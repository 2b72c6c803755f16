package website

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

// minHSTS is how long a browser should remember to use encryption only.
const minHSTS = 180 * 24 * time.Hour

// versionNumber is what tells which holes a program has.
var versionNumber = regexp.MustCompile(`\d+(\.\d+)+|/\d`)

// telling are headers in which servers name themselves.
var telling = []string{"Server", "X-Powered-By", "X-AspNet-Version", "X-AspNetMvc-Version", "X-Generator"}

// headers judges those of the page; for Strict-Transport-Security those of the
// address that was asked for, for that is what visitors write.
func (v *visit) headers() {
	h := v.page.Header
	if v.secure != nil {
		switch age, ok := hsts(v.first.Get("Strict-Transport-Security")); {
		case !ok || age == 0:
			v.tell(CodeHSTSMissing, look.Warning, "Strict-Transport-Security", v.first.Get("Strict-Transport-Security"))
		case age < minHSTS:
			v.tell(CodeHSTSShort, look.Info, "Strict-Transport-Security", v.first.Get("Strict-Transport-Security"), "days", strconv.Itoa(int(age/(24*time.Hour))))
		}
	}
	if v.isPage() {
		p := readCSP(h.Values("Content-Security-Policy"))
		inPage := readCSP(readPage(v.page.Body, v.page.URL).csp)
		p.policies = append(p.policies, inPage.policies...)
		switch what, weak := p.weakness(); {
		case len(p.policies) == 0:
			v.tell(CodeCSPMissing, look.Info, "Content-Security-Policy", "")
		case weak:
			v.tell(CodeCSPWeak, look.Info, "Content-Security-Policy", strings.Join(h.Values("Content-Security-Policy"), ", "), "what", what)
		}
		// A policy in the page itself cannot say who may frame it.
		if !readCSP(h.Values("Content-Security-Policy")).has("frame-ancestors") && !framing(h.Values("X-Frame-Options")) {
			v.tell(CodeFraming, look.Info, "X-Frame-Options", h.Get("X-Frame-Options"))
		}
		switch strings.ToLower(lastOf(h.Values("Referrer-Policy"))) {
		case "no-referrer", "origin", "origin-when-cross-origin", "same-origin", "strict-origin", "strict-origin-when-cross-origin", "no-referrer-when-downgrade":
		case "unsafe-url":
			v.tell(CodeReferrerWide, look.Info, "Referrer-Policy", "")
		default:
			v.tell(CodeReferrer, look.Info, "Referrer-Policy", h.Get("Referrer-Policy"))
		}
		if h.Get("Permissions-Policy") == "" {
			v.tell(CodePermissions, look.Info, "Permissions-Policy", "")
		}
	}
	if !v.redirects() && !strings.EqualFold(firstOf(h.Values("X-Content-Type-Options")), "nosniff") {
		v.tell(CodeNosniff, look.Info, "X-Content-Type-Options", h.Get("X-Content-Type-Options"))
	}
	for _, name := range telling {
		if value := h.Get(name); versionNumber.MatchString(value) {
			v.tell(CodeVersionHeader, look.Info, name, "", "header", name, "value", value)
		}
	}
}

// hsts reads how long a browser is to remember; false: the header is missing or
// cannot be read, which is the same to browsers (RFC 6797 section 6.1).
func hsts(value string) (time.Duration, bool) {
	for directive := range strings.SplitSeq(value, ";") {
		name, number, _ := strings.Cut(directive, "=")
		if strings.EqualFold(strings.TrimSpace(name), "max-age") {
			seconds, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(number), `"`), 10, 40)
			return time.Duration(min(seconds, 1<<32)) * time.Second, err == nil
		}
	}
	return 0, false
}

// framing reports whether X-Frame-Options keeps other websites from showing the page
// within theirs. Browsers know no other values any more; of several, as they come
// when a program and the server before it both say so, one is enough (HTML, section
// "The X-Frame-Options header").
func framing(values []string) bool {
	return slices.ContainsFunc(listed(values), func(v string) bool { return strings.EqualFold(v, "DENY") || strings.EqualFold(v, "SAMEORIGIN") })
}

// listed are the elements of a list that may be spread over several headers.
func listed(values []string) []string {
	all := strings.Split(strings.Join(values, ","), ",")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

func firstOf(values []string) string { return listed(values)[0] }

func lastOf(values []string) string {
	all := listed(values)
	return all[len(all)-1]
}

// csp is what Content-Security-Policy says: several policies, all of which hold.
type csp struct{ policies []map[string][]string }

// maxPolicies bounds how many are read.
const maxPolicies = 20

func readCSP(values []string) csp {
	var c csp
	for _, value := range values {
		for policy := range strings.SplitSeq(value, ",") {
			p := map[string][]string{}
			for directive := range strings.SplitSeq(policy, ";") {
				words := strings.Fields(strings.ToLower(directive))
				if len(words) > 0 && p[words[0]] == nil { // of two, the first holds
					p[words[0]] = append([]string{}, words[1:]...)
				}
			}
			if len(p) > 0 && len(c.policies) < maxPolicies {
				c.policies = append(c.policies, p)
			}
		}
	}
	return c
}

// has reports whether any policy has a directive.
func (c csp) has(directive string) bool {
	return slices.ContainsFunc(c.policies, func(p map[string][]string) bool { return p[directive] != nil })
}

// weakness says what lets foreign scripts run in spite of the policies; false:
// nothing that can be seen.
func (c csp) weakness() (string, bool) {
	var found string
	for _, p := range c.policies {
		what, weak := weakScripts(p)
		if !weak {
			return "", false // the strictest one holds
		}
		found = what
	}
	return found, found != ""
}

func weakScripts(p map[string][]string) (string, bool) {
	sources, ok := p["script-src"]
	if !ok {
		sources, ok = p["default-src"]
	}
	if !ok {
		return "script-src", true
	}
	trusted := slices.ContainsFunc(sources, func(s string) bool {
		return strings.HasPrefix(s, "'nonce-") || strings.HasPrefix(s, "'sha256-") || strings.HasPrefix(s, "'sha384-") || strings.HasPrefix(s, "'sha512-")
	})
	dynamic := slices.Contains(sources, "'strict-dynamic'")
	for _, s := range sources {
		switch s {
		case "'unsafe-inline'":
			if !trusted && !dynamic {
				return s, true
			}
		case "*", "http:", "https:", "data:":
			if !dynamic {
				return s, true
			}
		}
	}
	return "", false
}

// maxCookies bounds how many are read.
const maxCookies = 50

// session names are those of cookies by which a website knows who is logged in;
// their theft is a theft of the account.
var (
	sessionName = regexp.MustCompile(`(?i)sess|^sid$|[-_.]sid$|auth|token|login|logged|jwt|remember`)
	csrfName    = regexp.MustCompile(`(?i)csrf|xsrf`)
)

// cookies judges those that the first and the last answer set.
func (v *visit) cookies() {
	values := slices.Concat(v.first.Values("Set-Cookie"), v.page.Header.Values("Set-Cookie"))
	over := v.page.URL != nil && v.page.URL.Scheme == "https"
	for _, f := range judgeCookies(values, over, v.now) {
		v.tell(f.code, f.severity, f.names[0], "", "names", strings.Join(f.names, ", "), "count", fmt.Sprint(len(f.names)))
	}
}

// cookieFault is one fault and the cookies that have it.
type cookieFault struct {
	code     string
	severity look.Severity
	names    []string
}

// judgeCookies reads headers Set-Cookie. encrypted says whether they came by TLS:
// without it a cookie cannot be kept to it.
func judgeCookies(values []string, encrypted bool, now time.Time) []cookieFault {
	faults := []cookieFault{{code: CodeCookieInsecure, severity: look.Info}, {code: CodeCookieReadable, severity: look.Warning}, {code: CodeCookieSameSite, severity: look.Info}}
	for _, value := range values[:min(len(values), maxCookies)] {
		c, err := http.ParseSetCookie(value)
		if err != nil || c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(now) {
			continue // no browser keeps it
		}
		name, isSession := look.Clip(c.Name, 60), sessionName.MatchString(c.Name) && !csrfName.MatchString(c.Name)
		for i, has := range []bool{encrypted && !c.Secure, isSession && !c.HttpOnly, c.SameSite == 0 || c.SameSite == http.SameSiteDefaultMode} {
			if has && !slices.Contains(faults[i].names, name) {
				faults[i].names = append(faults[i].names, name)
				if i == 0 && isSession {
					faults[i].severity = look.Warning
				}
			}
		}
	}
	return slices.DeleteFunc(faults, func(f cookieFault) bool { return len(f.names) == 0 })
}
