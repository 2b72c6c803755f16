package crawl

import (
	"bytes"
	"errors"
	"hash"
	"hash/fnv"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/website/charset"
)

// Bounds of what is taken from one page.
const (
	maxLinks = 3000    // different ones
	maxCSS   = 1 << 20 // bytes of a style sheet that are read
)

// link is one link on a page. Of an address that nobody can follow, url is nil
// and raw is what stands on the page.
type link struct {
	url  *url.URL
	raw  string
	kind Kind
}

// found is what a page or style sheet holds.
type found struct {
	links []link
	left  int    // links that are no websites' (mailto:, javascript:), or beyond maxLinks
	print uint64 // of its words and links, without what looks thrown: the same of two addresses, the same page

	denies bool // it says in words that there is no such page
}

// extractor gathers the links of one page.
type extractor struct {
	base  *url.URL
	based bool // <base> was met: the first one counts
	enc   encoding.Encoding
	seen  map[string]int // address or raw text → its place in links
	out   found
	hash  hash.Hash64
}

func newExtractor(base *url.URL) *extractor {
	return &extractor{base: base, seen: map[string]int{}, hash: fnv.New64a()}
}

// extract finds the links on a page. contentType is that of its header: it may
// name the encoding. It never fails: whatever is no HTML has no links.
func extract(body []byte, contentType string, base *url.URL) found {
	x := newExtractor(base)
	if enc, name := charset.Of(body, contentType); name != "utf-8" {
		// Decoders of the web replace what they cannot read.
		if decoded, err := enc.NewDecoder().Bytes(body); err == nil {
			body, x.enc = decoded, enc
		}
	}
	x.html(body, true)
	x.out.print = x.hash.Sum64()
	return x.out
}

// extractCSS finds what a style sheet loads.
func extractCSS(body []byte, base *url.URL) found {
	x := newExtractor(base)
	x.css(string(body[:min(len(body), maxCSS)]))
	return x.out
}

// html reads a page, or a part of one.
func (x *extractor) html(body []byte, whole bool) {
	z := html.NewTokenizer(bytes.NewReader(body))
	var raw []byte   // name of the element whose text is not HTML
	var template int // how many <template> are open: what is in one is not on the page
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			text := z.Text()
			switch {
			case template > 0:
			case len(raw) == 0:
				x.words(text)
				x.out.denies = x.out.denies || denies(text)
			case string(raw) == "title":
				x.out.denies = x.out.denies || denies(text)
			case string(raw) == "style":
				x.css(string(text))
			case string(raw) == "noscript" && whole:
				x.html(text, false) // once: what is within is no other's noscript
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if string(name) == "template" && template > 0 {
				template--
			}
			raw = raw[:0]
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			raw = raw[:0]
			switch string(name) {
			case "style", "noscript", "script", "textarea", "title", "xmp", "iframe", "noembed", "noframes":
				raw = append(raw, name...)
			case "template":
				template++
			}
			if more && template == 0 {
				x.tag(string(name), z)
			}
		}
	}
}

// attributes are those of one element that may matter.
type attributes struct {
	href, src, srcset, rel, as, typ, poster, data, background, style, equiv, content, hreflang string

	lazySrc, lazySet string // what a script puts in the place of src and srcset when it is scrolled to
}

// lazy is the address of a picture that is loaded late, "" when the attribute holds
// something else: nobody says what may stand in it.
func (a *attributes) lazy() string {
	if strings.ContainsAny(a.lazySrc, "./") && !strings.ContainsAny(strings.TrimSpace(a.lazySrc), " <>{}\"'") {
		return a.lazySrc
	}
	return ""
}

func (x *extractor) tag(name string, z *html.Tokenizer) {
	var a attributes
	for more := true; more; {
		var key, value []byte
		key, value, more = z.TagAttr()
		var to *string
		switch string(key) {
		case "href", "xlink:href":
			to = &a.href
		case "src":
			to = &a.src
		case "srcset", "imagesrcset":
			to = &a.srcset
		case "data-src", "data-lazy-src", "data-original", "data-lazy":
			to = &a.lazySrc
		case "data-srcset", "data-lazy-srcset":
			to = &a.lazySet
		case "rel":
			to = &a.rel
		case "as":
			to = &a.as
		case "type":
			to = &a.typ
		case "poster":
			to = &a.poster
		case "data":
			to = &a.data
		case "background":
			to = &a.background
		case "style":
			to = &a.style
		case "http-equiv":
			to = &a.equiv
		case "content":
			to = &a.content
		case "hreflang":
			to = &a.hreflang
		}
		if to != nil && *to == "" {
			*to = string(value) // of two the first counts
		}
	}
	if a.style != "" && strings.Contains(a.style, "url(") {
		x.css(a.style)
	}
	switch name {
	case "base":
		if a.href != "" && !x.based {
			if u, err := resolve(x.base, a.href, x.enc); err == nil && u != nil {
				x.base, x.based = u, true
			}
		}
	case "a", "area":
		x.add(a.href, KindPage)
	case "img":
		x.add(a.src, KindImage)
		x.srcset(a.srcset)
		x.add(a.lazy(), KindImage)
		x.srcset(a.lazySet)
	case "image", "use", "feimage": // of an SVG within the page
		x.add(a.href, KindImage)
	case "source":
		x.add(a.src, KindDocument)
		x.srcset(a.srcset)
		x.srcset(a.lazySet)
	case "video":
		x.add(a.src, KindDocument)
		x.add(a.poster, KindImage)
	case "audio", "track":
		x.add(a.src, KindDocument)
	case "embed":
		x.add(a.src, KindDocument)
	case "object":
		x.add(a.data, KindDocument)
	case "input":
		if strings.EqualFold(a.typ, "image") {
			x.add(a.src, KindImage)
		}
	case "iframe", "frame":
		x.add(a.src, KindFrame)
		x.add(a.lazy(), KindFrame)
	case "script":
		x.add(a.src, KindScript)
	case "body", "table", "td", "th", "tr":
		x.add(a.background, KindImage)
	case "link":
		x.linkElement(a)
	case "meta":
		if strings.EqualFold(a.equiv, "refresh") {
			x.add(refreshTarget(a.content), KindPage)
		}
	}
}

// linkElement takes those <link> that a browser or a visitor follows. Others are
// for programs, and answer only those.
func (x *extractor) linkElement(a attributes) {
	kind := Kind("")
	for _, rel := range strings.Fields(strings.ToLower(a.rel)) {
		switch rel {
		case "stylesheet":
			kind = KindStyle
		case "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon":
			kind = KindImage
		case "canonical", "next", "prev", "amphtml":
			kind = KindPage
		case "alternate":
			// "alternate stylesheet" is a style sheet, a feed a document; the
			// rest without a language is for programs.
			switch {
			case kind == KindStyle || strings.Contains(strings.ToLower(a.rel), "stylesheet"):
				kind = KindStyle
			case strings.Contains(a.typ, "rss") || strings.Contains(a.typ, "atom"):
				kind = KindDocument
			case a.hreflang != "":
				kind = KindPage
			}
		case "manifest":
			kind = KindDocument
		case "preload", "modulepreload", "prefetch":
			switch strings.ToLower(a.as) {
			case "script":
				kind = KindScript
			case "style", "font":
				kind = KindStyle
			case "image":
				kind = KindImage
			}
		}
	}
	if kind != "" {
		x.add(a.href, kind)
		x.srcset(a.srcset)
	}
}

// refreshTarget is where <meta http-equiv="refresh"> leads.
func refreshTarget(content string) string {
	_, rest, ok := strings.Cut(content, ";")
	if !ok {
		if _, rest, ok = strings.Cut(content, ","); !ok {
			return ""
		}
	}
	rest = strings.TrimSpace(rest)
	if len(rest) >= 3 && strings.EqualFold(rest[:3], "url") {
		if after, ok := strings.CutPrefix(strings.TrimSpace(rest[3:]), "="); ok {
			rest = strings.TrimSpace(after)
		}
	}
	if len(rest) > 0 && (rest[0] == '\'' || rest[0] == '"') {
		quote := rest[:1]
		rest, _, _ = strings.Cut(rest[1:], quote)
	}
	return rest
}

// srcset adds each picture of a srcset (HTML section "Parsing a srcset
// attribute").
func (x *extractor) srcset(s string) {
	for {
		s = strings.TrimLeft(s, " \t\r\n\f,")
		if s == "" {
			return
		}
		end := strings.IndexAny(s, " \t\r\n\f")
		if end < 0 {
			end = len(s)
		}
		address := s[:end]
		s = s[end:]
		if trimmed := strings.TrimRight(address, ","); trimmed != address {
			x.add(trimmed, KindImage)
			continue
		}
		x.add(address, KindImage)
		depth := 0
		end = len(s)
		for i := range len(s) {
			if s[i] == '(' {
				depth++
			} else if s[i] == ')' {
				depth--
			} else if s[i] == ',' && depth <= 0 {
				end = i
				break
			}
		}
		s = s[end:]
	}
}

// css adds what url(…) and @import name, where they are written plainly.
func (x *extractor) css(s string) {
	for s != "" {
		i := strings.IndexAny(s, "uU@/")
		if i < 0 {
			return
		}
		s = s[i:]
		switch {
		case strings.HasPrefix(s, "/*"):
			_, s, _ = strings.Cut(s[2:], "*/")
		case hasPrefixFold(s, "@namespace"):
			_, s, _ = strings.Cut(s, ";")
		case hasPrefixFold(s, "@import"):
			s = strings.TrimLeft(s[len("@import"):], " \t\r\n\f")
			if s != "" && (s[0] == '"' || s[0] == '\'') {
				var address string
				address, s, _ = strings.Cut(s[1:], s[:1])
				x.add(address, KindStyle)
			} else if hasPrefixFold(s, "url(") {
				s = x.cssURL(s[len("url("):], KindStyle)
			}
		case hasPrefixFold(s, "url("):
			s = x.cssURL(s[len("url("):], KindImage)
		default:
			s = s[1:]
		}
	}
}

// cssURL adds what stands within url(…) and returns what follows.
func (x *extractor) cssURL(s string, kind Kind) string {
	s = strings.TrimLeft(s, " \t\r\n\f")
	var address string
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		address, s, _ = strings.Cut(s[1:], s[:1])
	} else {
		address, s, _ = strings.Cut(s, ")")
		address = strings.TrimSpace(address)
	}
	if !strings.Contains(address, `\`) { // escapes are not written plainly
		x.add(address, kind)
	}
	return s
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// add adds one link.
func (x *extractor) add(href string, kind Kind) {
	if href = strings.TrimSpace(href); href == "" || href[0] == '#' {
		return
	}
	u, err := resolve(x.base, href, x.enc)
	switch {
	case errors.Is(err, errUnreadable):
		x.put(link{raw: look.Clip(href, 300), kind: kind}, href)
	case u == nil:
		x.out.left++
	default:
		if by := kindByName(u); kind == KindPage && by != KindPage || kind == KindImage && by == KindStyle || kind == KindDocument && by == KindImage {
			kind = by
		}
		x.put(link{url: u, kind: kind}, u.String())
	}
}

func (x *extractor) put(l link, key string) {
	if i, ok := x.seen[key]; ok {
		// What is loaded as a page or style sheet somewhere has links of its own.
		if l.kind == KindFrame || l.kind == KindStyle {
			x.out.links[i].kind = l.kind
		}
		return
	}
	if len(x.out.links) >= maxLinks {
		x.out.left++
		return
	}
	x.seen[key] = len(x.out.links)
	x.out.links = append(x.out.links, l)
	if l.url != nil {
		x.words([]byte(withoutTokens(key)))
	}
}

// words adds to the print of the page.
func (x *extractor) words(text []byte) {
	for _, word := range bytes.Fields(text) {
		_, _ = x.hash.Write(word)
		_, _ = x.hash.Write([]byte{0})
	}
}

// denies reports whether a text of a page says that there is no such page.
func denies(text []byte) bool {
	for _, word := range bytes.Fields(text) {
		if string(bytes.Trim(word, ".,:;!?-–()")) == "404" {
			return true
		}
	}
	small := strings.ToLower(string(text))
	for _, part := range []string{"nerast", "neegzistuoja", "puslapio nėra", "nėra tokio puslapio", "not found", "does not exist", "doesn't exist", "could not be found", "couldn't be found"} {
		if strings.Contains(small, part) {
			return true
		}
	}
	return false
}

// withoutTokens leaves out of an address what looks thrown.
func withoutTokens(u string) string {
	_, query, ok := strings.Cut(u, "?")
	if !ok {
		return u
	}
	var b strings.Builder
	b.WriteString(u[:len(u)-len(query)])
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		b.WriteString(name)
		b.WriteByte('=')
		if !isToken(value, 8) {
			b.WriteString(value)
		}
		b.WriteByte('&')
	}
	return b.String()
}
