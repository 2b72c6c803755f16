package website

import (
	"bytes"
	"mime"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/budi-monitor/budi/internal/look"
)

// Bounds of what is remembered of one page.
const (
	maxAddresses = 1000 // of each kind
	maxFolders   = 3    // from which a page loads things, and whose listing is asked for
)

// page is what was read of a page.
type page struct {
	active, passive []string // addresses without encryption that the page loads
	forms           []string // addresses without encryption that forms are sent to
	password        bool     // it has a field for a password
	generator       []string // what says to have made it
	csp             []string // policies in it
	folders         []string // of its own host, from which it loads pictures and documents
}

// redirects reports whether the answer leads somewhere else, so that nobody sees
// what is in it.
func (v *visit) redirects() bool { return v.page.Status >= 300 && v.page.Status < 400 }

// isPage reports whether the answer is a page that a browser shows.
func (v *visit) isPage() bool {
	if v.redirects() {
		return false
	}
	kind, _, err := mime.ParseMediaType(v.page.Header.Get("Content-Type"))
	return err != nil || kind == "text/html" || kind == "application/xhtml+xml"
}

// content judges what the page loads, and what it tells of itself.
func (v *visit) content() page {
	if !v.isPage() || v.page.URL == nil {
		return page{}
	}
	p := readPage(v.page.Body, v.page.URL)
	encrypted := v.page.URL.Scheme == "https"
	// A browser asked to do so loads everything by https:// itself.
	upgraded := readCSP(slices.Concat(v.page.Header.Values("Content-Security-Policy"), p.csp)).has("upgrade-insecure-requests")
	if encrypted && !upgraded {
		v.several(CodeMixedActive, look.Warning, p.active)
		v.several(CodeMixedPassive, look.Info, p.passive)
		v.several(CodeFormInsecure, look.Warning, p.forms)
	}
	if !encrypted && p.password {
		v.tell(CodePassword, look.Critical, mask(v.page.URL), "", "url", mask(v.page.URL))
	}
	for _, g := range p.generator {
		if versionNumber.MatchString(g) || strings.ContainsAny(g, "0123456789") {
			v.tell(CodeVersionGenerator, look.Info, g, "", "value", g)
		}
	}
	return p
}

// several tells of addresses together: of how many, and which is the first.
func (v *visit) several(code string, severity look.Severity, addresses []string) {
	if len(addresses) > 0 {
		v.tell(code, severity, addresses[0], strings.Join(addresses[:min(len(addresses), 5)], " "), "count", strconv.Itoa(len(addresses)), "url", addresses[0])
	}
}

// readPage reads HTML that anybody may have written; at is its address. It never
// fails: what cannot be read is left out.
func readPage(body []byte, at *url.URL) page {
	var p page
	base := at
	if base == nil {
		base = &url.URL{}
	}
	baseSet, inStyle := false, false
	z := html.NewTokenizer(bytes.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return p
		case html.TextToken:
			if inStyle {
				p.style(base, z.Token().Data)
			}
			inStyle = false
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			inStyle = t.Data == "style"
			a := attributes(t.Attr)
			if t.Data == "base" && !baseSet && a["href"] != "" {
				if u, err := base.Parse(a["href"]); err == nil {
					base, baseSet = u, true // the first one holds
				}
				continue
			}
			p.element(base, at, t.Data, a)
		}
	}
}

// attributes makes a map of attributes; of two with one name the first holds.
func attributes(all []html.Attribute) map[string]string {
	out := make(map[string]string, len(all))
	for _, a := range all {
		if _, ok := out[a.Key]; !ok {
			out[a.Key] = strings.TrimSpace(a.Val)
		}
	}
	return out
}

// element notes what one element loads.
func (p *page) element(base, at *url.URL, name string, a map[string]string) {
	switch name {
	case "script", "iframe", "frame", "embed":
		p.loads(&p.active, base, a["src"])
	case "object":
		p.loads(&p.active, base, a["data"])
	case "link":
		rels := strings.Fields(strings.ToLower(a["rel"]))
		switch {
		case slices.Contains(rels, "stylesheet"), slices.Contains(rels, "modulepreload"), slices.Contains(rels, "manifest"):
			p.loads(&p.active, base, a["href"])
		case slices.Contains(rels, "icon"), slices.Contains(rels, "apple-touch-icon"):
			p.loads(&p.passive, base, a["href"])
		}
	case "img", "audio", "video", "source", "track", "input":
		if name == "input" && !strings.EqualFold(a["type"], "image") {
			p.password = p.password || strings.EqualFold(a["type"], "password")
			p.sends(base, a["formaction"])
			return
		}
		p.loads(&p.passive, base, a["src"])
		p.loads(&p.passive, base, a["poster"])
		for candidate := range strings.SplitSeq(a["srcset"], ",") {
			if words := strings.Fields(candidate); len(words) > 0 {
				p.loads(&p.passive, base, words[0])
			}
		}
		p.folder(base, at, a["src"])
	case "a":
		p.folder(base, at, a["href"])
	case "form":
		p.sends(base, a["action"])
	case "button":
		p.sends(base, a["formaction"])
	case "meta":
		switch {
		case strings.EqualFold(a["name"], "generator") && len(p.generator) < 3 && a["content"] != "":
			p.generator = append(p.generator, a["content"])
		case strings.EqualFold(a["http-equiv"], "content-security-policy") && len(p.csp) < maxPolicies:
			p.csp = append(p.csp, a["content"])
		}
	}
	if style := a["style"]; style != "" {
		p.style(base, style)
	}
}

// style notes what a style sheet in the page loads: pictures, fonts and more
// style sheets.
func (p *page) style(base *url.URL, css string) {
	for rest := css; ; {
		_, after, ok := strings.Cut(rest, "url(")
		if !ok {
			return
		}
		address, tail, ok := strings.Cut(after, ")")
		if !ok {
			return
		}
		p.loads(&p.passive, base, strings.Trim(address, " \t\r\n\"'"))
		rest = tail
	}
}

// loads notes an address that is loaded without encryption.
func (p *page) loads(list *[]string, base *url.URL, address string) {
	if u := resolve(base, address); u != nil && u.Scheme == "http" && !atHome(u.Hostname()) && len(*list) < maxAddresses {
		if text := look.Clip(mask(u), maxText); !slices.Contains(*list, text) {
			*list = append(*list, text)
		}
	}
}

// sends notes an address that a form is sent to without encryption.
func (p *page) sends(base *url.URL, address string) { p.loads(&p.forms, base, address) }

// folder notes a folder below the page's own host from which something is loaded
// that people uploaded.
func (p *page) folder(base, at *url.URL, address string) {
	if at == nil || len(p.folders) >= maxFolders {
		return
	}
	u := resolve(base, address)
	if u == nil || u.Host != at.Host || u.RawQuery != "" || !uploaded(u.Path) {
		return
	}
	if dir := path.Dir(path.Clean("/"+u.Path)) + "/"; dir != "//" && len(dir) < maxText && !slices.Contains(p.folders, dir) {
		p.folders = append(p.folders, dir)
	}
}

// uploaded reports whether a path is of a picture or a document.
func uploaded(p string) bool {
	switch strings.ToLower(path.Ext(p)) {
	case ".jpg", ".jpeg", ".png", ".gif", ".webp", ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".odt", ".zip":
		return true
	default:
		return false
	}
}

// resolve makes an absolute address; nil when it is none, or empty.
func resolve(base *url.URL, address string) *url.URL {
	if address == "" || len(address) > 4096 {
		return nil
	}
	// Browsers drop these, wherever they are.
	u, err := base.Parse(strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(address))
	if err != nil {
		return nil
	}
	return u
}

// atHome reports whether a host is the visitor's own computer, which browsers
// trust without encryption.
func atHome(host string) bool {
	return host == "" || host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}
