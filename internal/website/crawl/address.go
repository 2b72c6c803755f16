package crawl

import (
	"errors"
	"net"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/encoding"
)

// maxURL bounds an address, in bytes. Servers refuse longer ones.
const maxURL = 2048

// errUnreadable says that nobody can follow a link.
var errUnreadable = errors.New("the address cannot be read")

// resolve makes the address that a browser would ask for when somebody follows
// a link on a page: absolute, without fragment, in one spelling. It returns
// nothing for what is no website's (mailto:, javascript:), and errUnreadable for
// what no browser can follow. enc is the encoding of the page when that is not
// UTF-8: queries are written in it.
func resolve(base *url.URL, href string, enc encoding.Encoding) (*url.URL, error) {
	// As the URL Standard of the WHATWG does: blanks around it and line breaks in
	// it do not count.
	href = strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, strings.TrimFunc(href, func(r rune) bool { return r <= ' ' }))
	href, _, _ = strings.Cut(href, "#")
	if placeholder(href) {
		return nil, nil
	}
	scheme := schemeOf(href)
	switch scheme {
	case "", "http", "https":
	default:
		return nil, nil
	}
	if len(href) > 2*maxURL {
		return nil, errUnreadable
	}
	rest, query, asked := strings.Cut(href, "?")
	rest = strings.ReplaceAll(rest, `\`, "/")
	if scheme != "" && !strings.HasPrefix(rest[len(scheme)+1:], "//") {
		// "https:page.html" is relative where the schemes are the same.
		rest = rest[len(scheme)+1:]
		if !strings.EqualFold(scheme, base.Scheme) {
			rest = scheme + "://" + strings.TrimLeft(rest, "/")
		}
	}
	ref, err := url.Parse(mendPercent(rest))
	if err != nil && strings.Contains(rest, ":") && schemeOf(rest) == "" {
		ref, err = url.Parse("./" + mendPercent(rest)) // "a b:c" is a file's name
	}
	if err != nil {
		return nil, errUnreadable
	}
	ref.User = nil
	u := base.ResolveReference(ref)
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	switch {
	case asked:
		u.RawQuery = escapeQuery(query, enc)
	case rest != "":
		u.RawQuery = ""
	}
	u.ForceQuery = false
	if err := spell(u); err != nil {
		return nil, err
	}
	if strings.HasPrefix(u.Path, hiddenMail) {
		return nil, nil
	}
	if hostKey(u) == hostKey(base) {
		// Of other websites nothing is followed, and the link may need it.
		u.RawQuery = withoutSession(u.RawQuery)
	}
	return u, nil
}

// hiddenMail begins the path that Cloudflare writes in the place of an address of
// mail. A script makes a mailto: of what follows behind "#"; without it there is
// nothing.
const hiddenMail = "/cdn-cgi/l/email-protection"

// placeholder reports whether a program in the page would still have written
// the link.
func placeholder(href string) bool {
	return strings.Contains(href, "{{") || strings.Contains(href, "${") || strings.Contains(href, "<%") || strings.Contains(href, "%7B%7B")
}

// schemeOf is the scheme of a link in small letters; empty: it is relative.
func schemeOf(href string) string {
	for i, c := range []byte(href) {
		switch {
		case c == ':' && i > 0:
			return strings.ToLower(href[:i])
		case 'a' <= c|0x20 && c|0x20 <= 'z', i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return ""
		}
	}
	return ""
}

// spell brings an absolute address into one spelling (RFC 3986 section 6.2).
func spell(u *url.URL) error {
	u.Scheme = strings.ToLower(u.Scheme)
	host, port := strings.TrimSuffix(u.Hostname(), "."), u.Port()
	if host == "" || strings.ContainsAny(host, " <>\"'`|^") {
		return errUnreadable
	}
	if net.ParseIP(host) == nil {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			// Names with "_" are none, and work all the same.
			if ascii = strings.ToLower(host); strings.IndexFunc(ascii, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
				return errUnreadable
			}
		}
		host = ascii
	}
	if u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		port = ""
	}
	switch {
	case port != "":
		u.Host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		u.Host = "[" + host + "]"
	default:
		u.Host = host
	}
	escaped := tidy(u.EscapedPath())
	if escaped == "" {
		escaped = "/"
	}
	if i := strings.Index(strings.ToLower(escaped), ";jsessionid="); i >= 0 {
		escaped = escaped[:i]
	}
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return errUnreadable
	}
	u.Path, u.RawPath = plain, escaped
	u.RawQuery = tidy(u.RawQuery)
	if len(u.String()) > maxURL {
		return errUnreadable
	}
	return nil
}

const hexDigits = "0123456789ABCDEF"

// tidy writes percent-encoding in one way: what needs none has none, what needs
// it has capitals.
func tidy(s string) string {
	if isTidy(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			v := unhex(s[i+1])<<4 | unhex(s[i+2])
			if unreserved(v) {
				b.WriteByte(v)
			} else {
				b.Write([]byte{'%', hexDigits[v>>4], hexDigits[v&15]})
			}
			i += 2
		case c <= ' ' || c >= 0x7f:
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isTidy(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == '%' || c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// mendPercent escapes each "%" that escapes nothing, as browsers do.
func mendPercent(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		b.WriteByte(s[i])
		if s[i] == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) {
			b.WriteString("25")
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

func unreserved(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '-' || c == '.' || c == '_' || c == '~'
}

// escapeQuery writes what is not ASCII in a query in the page's encoding, where
// the URL Standard wants it: old pages with forms and lists depend on it.
func escapeQuery(query string, enc encoding.Encoding) string {
	if enc == nil || strings.IndexFunc(query, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return query
	}
	if out, err := enc.NewEncoder().String(query); err == nil {
		return out
	}
	return query
}

// withoutSession leaves out of a query what only says who asks, and from where
// they came: with it each visit would find new addresses of the same page.
func withoutSession(query string) string {
	if query == "" {
		return query
	}
	parts := strings.Split(query, "&")
	kept := parts[:0]
	for _, p := range parts {
		name, value, _ := strings.Cut(p, "=")
		if !isSession(strings.ToLower(name), value) {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "&")
}

func isSession(name, value string) bool {
	switch name {
	case "phpsessid", "jsessionid", "fbclid", "gclid", "msclkid", "cfid", "cftoken", "oscsid", "zenid":
		return true
	case "sid", "s", "session", "sessionid", "session_id", "sess", "token":
		return isToken(value, 8)
	}
	return strings.HasPrefix(name, "utm_") || strings.HasPrefix(name, "aspsessionid")
}

// isToken reports whether a text of so many letters at least looks thrown, not
// written: letters and figures mixed.
func isToken(s string, atLeast int) bool {
	if len(s) < atLeast {
		return false
	}
	figures, letters, changes := 0, 0, 0
	was := byte(0)
	for i := range len(s) {
		var now byte
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			figures++
			now = '0'
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			letters++
			now = 'a'
		default:
			return false
		}
		if was != 0 && was != now {
			changes++
		}
		was = now
	}
	return figures > 1 && letters > 1 && changes > 2
}

// shape is an address with its numbers and tokens left out: pages of a calendar
// have one shape.
func shape(u string) string {
	var b strings.Builder
	b.Grow(len(u))
	for len(u) > 0 {
		n := 0
		for n < len(u) && (isHex(u[n]) || 'a' <= u[n]|0x20 && u[n]|0x20 <= 'z') {
			n++
		}
		if word := u[:n]; isToken(word, 8) {
			b.WriteByte('@')
		} else {
			number := false
			for i := range n {
				if is := '0' <= word[i] && word[i] <= '9'; !is {
					b.WriteByte(word[i])
				} else if !number {
					b.WriteByte('#')
				}
				number = '0' <= word[i] && word[i] <= '9'
			}
		}
		if u = u[n:]; len(u) > 0 {
			b.WriteByte(u[0])
			u = u[1:]
		}
	}
	return b.String()
}

// Bounds of a path beyond which it is taken for one that grows by itself: a
// relative link that leads one folder deeper each time.
const (
	maxSegments = 24
	maxRepeats  = 3 // of one name in a path
)

// grows reports whether a path looks as if a page linked to itself, one folder
// deeper each time.
func grows(path string) bool {
	names := strings.Split(strings.Trim(path, "/"), "/")
	if len(names) > maxSegments {
		return true
	}
	for i, name := range names {
		times := 0
		for _, other := range names[i:] {
			if other == name {
				times++
			}
		}
		if times > maxRepeats {
			return true
		}
	}
	return false
}

// originOf is scheme and host of an address.
func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }

// hostKey is by which host an address is counted: "www." and the scheme make no
// other website.
func hostKey(u *url.URL) string {
	return strings.TrimPrefix(u.Host, "www.")
}

// kindByName tells what is behind an address by the end of its name; KindPage
// where that says nothing.
func kindByName(u *url.URL) Kind {
	switch strings.ToLower(path.Ext(u.Path)) {
	case ".pdf", ".doc", ".docx", ".dot", ".dotx", ".odt", ".rtf", ".xls", ".xlsx", ".xlsm", ".ods", ".csv", ".ppt", ".pptx", ".pps", ".ppsx", ".odp",
		".zip", ".rar", ".7z", ".gz", ".tgz", ".adoc", ".asice", ".bdoc", ".epub", ".ics", ".mp3", ".mp4", ".m4a", ".m4v", ".avi", ".mov", ".mkv", ".webm", ".ogg", ".ogv", ".wav", ".wmv", ".flv", ".exe", ".msi", ".apk", ".dmg", ".iso", ".xml", ".rss", ".json", ".txt", ".vtt":
		return KindDocument
	case ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".bmp", ".ico", ".tif", ".tiff", ".avif", ".heic":
		return KindImage
	case ".js", ".mjs":
		return KindScript
	case ".css", ".woff", ".woff2", ".ttf", ".eot", ".otf":
		return KindStyle
	}
	return KindPage
}
