// Package mailauth reads the records by which a domain says who may send mail in
// its name: SPF (RFC 7208), keys of DKIM (RFC 6376, RFC 8463) and DMARC (RFC 7489).
// It is pure: it judges texts, and asks nobody; what SPF includes is handed to it
// by a function. Package domain calls it.
package mailauth

import (
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// MaxRecord bounds the text of one record, in bytes.
const MaxRecord = 8 << 10

// SyntaxError says what in a record is wrong. Test for it with errors.As.
type SyntaxError struct {
	Part string // as it stands in the record
	Want string // English: what would be right
}

// Error says both.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%q: %s", e.Part, e.Want) }

func wrong(part, want string) error {
	if len(part) > 80 {
		part = strings.ToValidUTF8(part[:80], "") + "…"
	}
	return &SyntaxError{Part: part, Want: want}
}

// MaxLookups is how many terms of an SPF record may ask the DNS, those of included
// records too, and MaxVoid how many of them may find nothing (RFC 7208 section
// 4.6.4).
const (
	MaxLookups = 10
	MaxVoid    = 2
)

// IsSPF reports whether a TXT record is one of SPF (RFC 7208 section 4.5).
func IsSPF(text string) bool {
	first, _, _ := strings.Cut(text, " ")
	return strings.EqualFold(first, "v=spf1")
}

// SPF is a record of SPF that could be read.
type SPF struct {
	Terms    []Term
	All      byte   // qualifier of "all": '+', '-', '~', '?'; 0: there is none
	Redirect string // domain whose record counts instead; empty: none
}

// Term is one mechanism.
type Term struct {
	Qualifier byte   // '+', '-', '~' or '?'
	Name      string // "include", "a", "mx", "ptr", "ip4", "ip6", "exists", "all"
	Domain    string // empty: the domain itself
	Text      string // as it stands in the record
	Everybody bool   // every address fits: "all", or a network with the length 0
}

// Open is the term by which everybody may send; empty: there is none.
func (s SPF) Open() string {
	for _, t := range s.Terms {
		if t.Everybody && t.Qualifier == '+' {
			return t.Text
		}
	}
	return ""
}

// Asks reports whether the term asks the DNS.
func (t Term) Asks() bool {
	return slices.Contains([]string{"include", "a", "mx", "ptr", "exists"}, t.Name)
}

// ParseSPF reads a record. The error is a *SyntaxError.
func ParseSPF(text string) (SPF, error) {
	var out SPF
	if !IsSPF(text) {
		return out, wrong(text, `the record begins with "v=spf1" and a blank`)
	}
	if len(text) > MaxRecord {
		return out, wrong(text, "the record is too long")
	}
	seen := map[string]bool{}
	for _, part := range strings.Fields(text)[1:] {
		name, value, isModifier := strings.Cut(part, "=")
		if isModifier && isWord(name) {
			name = strings.ToLower(name)
			switch {
			case (name == "redirect" || name == "exp") && seen[name]:
				return out, wrong(part, "it may stand once only")
			case (name == "redirect" || name == "exp") && !isDomainSpec(value):
				return out, wrong(part, "a domain has to follow")
			case name == "redirect":
				out.Redirect = strings.ToLower(value)
			}
			seen[name] = true // others are for later versions: they say nothing
			continue
		}
		t, err := parseTerm(part)
		if err != nil {
			return out, err
		}
		if out.All != 0 {
			continue // after "all" nothing is read
		}
		if t.Name == "all" {
			out.All = t.Qualifier
		}
		out.Terms = append(out.Terms, t)
	}
	if out.All != 0 {
		out.Redirect = "" // RFC 7208 section 6.1
	}
	return out, nil
}

func isWord(s string) bool {
	for i, c := range []byte(strings.ToLower(s)) {
		if (c < 'a' || c > 'z') && (i == 0 || (c < '0' || c > '9') && c != '-' && c != '_' && c != '.') {
			return false
		}
	}
	return s != ""
}

func parseTerm(part string) (Term, error) {
	t := Term{Qualifier: '+', Text: part}
	rest := part
	if strings.IndexByte("+-~?", rest[0]) >= 0 {
		t.Qualifier, rest = rest[0], rest[1:]
	}
	end := strings.IndexAny(rest, ":/")
	if end < 0 {
		end = len(rest)
	}
	t.Name = strings.ToLower(rest[:end])
	rest = rest[end:]
	value, given := strings.CutPrefix(rest, ":")
	switch t.Name {
	case "all":
		if rest != "" {
			return t, wrong(part, "nothing follows after all")
		}
		t.Everybody = true
	case "include", "exists":
		if !given || !isDomainSpec(value) {
			return t, wrong(part, "a colon and a domain have to follow")
		}
		t.Domain = strings.ToLower(value)
	case "ptr":
		if rest != "" && (!given || !isDomainSpec(value)) {
			return t, wrong(part, "nothing, or a colon and a domain, may follow")
		}
		t.Domain = strings.ToLower(value)
	case "a", "mx":
		domain := rest
		if given {
			domain = value
		}
		domain, lengths, sliced := cutLengths(domain)
		if given && !isDomainSpec(domain) || !given && domain != "" || sliced && !isDualLength(lengths) {
			return t, wrong(part, "a colon and a domain may follow, and a length such as /24 or //64")
		}
		t.Domain, t.Everybody = strings.ToLower(domain), isOfAll(lengths)
	case "ip4", "ip6":
		if !given || !isNetwork(value, t.Name == "ip6") {
			return t, wrong(part, "an address or a network has to follow, such as "+t.Name+map[string]string{"ip4": ":192.0.2.0/24", "ip6": ":2001:db8::/32"}[t.Name])
		}
		_, lengths, _ := cutLengths(value)
		t.Everybody = isOfAll(lengths)
	default:
		return t, wrong(part, "nothing in SPF is called so (all, include, a, mx, ptr, ip4, ip6, exists, redirect=)")
	}
	return t, nil
}

// cutLengths cuts "/24//64" off a domain.
func cutLengths(s string) (domain, lengths string, found bool) {
	if i := strings.IndexByte(s, '/'); i >= 0 {
		return s[:i], s[i:], true
	}
	return s, "", false
}

// isOfAll reports whether one of the lengths of a network is 0.
func isOfAll(lengths string) bool {
	return slices.Contains(strings.Split(strings.ReplaceAll(lengths, "//", "/"), "/"), "0")
}

func isDualLength(s string) bool {
	four, six, both := strings.Cut(s, "//")
	if both && !isLength(six, 128) {
		return false
	}
	return both && four == "" || isLength(strings.TrimPrefix(four, "/"), 32)
}

func isLength(s string, limit int) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && n <= limit && s == strconv.Itoa(n)
}

func isNetwork(s string, six bool) bool {
	address, length, sliced := strings.Cut(s, "/")
	a, err := netip.ParseAddr(address)
	limit := 32
	if six {
		limit = 128
	}
	return err == nil && a.Zone() == "" && a.Is6() == six && (!sliced || isLength(length, limit))
}

// isDomainSpec reports whether a text can stand for a domain: a name, perhaps with
// macros (RFC 7208 section 7).
func isDomainSpec(s string) bool {
	if s == "" || len(s) > 255 {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%':
			if i+1 >= len(s) {
				return false
			}
			switch s[i+1] {
			case '%', '_', '-':
				i++
			case '{':
				end := strings.IndexByte(s[i:], '}')
				if end < 3 || !isMacro(s[i+2:i+end]) {
					return false
				}
				i += end
			default:
				return false
			}
		case c <= ' ' || c >= 0x7f || c == '/':
			return false
		}
	}
	return strings.Contains(s, "%") || strings.Contains(strings.TrimSuffix(s, "."), ".") && !strings.Contains(s, "..")
}

// isMacro reads the letters between the braces of a macro.
func isMacro(s string) bool {
	if strings.IndexByte("slodiphcrtv", s[0]|0x20) < 0 {
		return false
	}
	s = strings.TrimLeft(s[1:], "0123456789")
	s = strings.TrimPrefix(strings.ToLower(s), "r")
	return strings.Trim(s, ".-+,/_=") == ""
}

// Cost is what an SPF record costs whoever checks a mail.
type Cost struct {
	Lookups int
	Void    int      // of them found nothing
	Broken  []string // domains that are included or redirected to, without one record that can be read
	Open    []string // what of included records lets everybody send: the domain, a colon, the term
	Unsure  bool     // somebody could not be asked, or a macro stands for a name: it may be more
}

// Found is what the DNS has under a name.
type Found struct {
	SPF   []string // records of SPF
	Any   bool     // an address, a mail server or what else a term asks for
	Known bool     // false: nobody could tell
}

// Count counts what a record costs. ask gives the records of SPF of a domain that
// is included, and says for other terms whether there is what they ask for; it is
// asked a bounded number of times.
func Count(ctx context.Context, domain string, record SPF, ask func(ctx context.Context, t Term) Found) Cost {
	var c Cost
	c.add(ctx, domain, record, ask, map[string]bool{strings.ToLower(domain): true}, true)
	return c
}

// hardLimit is where counting ends: it is far too many.
const hardLimit = 3 * MaxLookups

func (c *Cost) add(ctx context.Context, domain string, record SPF, ask func(context.Context, Term) Found, under map[string]bool, lets bool) {
	terms := record.Terms
	if record.Redirect != "" {
		terms = append(slices.Clone(terms), Term{Qualifier: '+', Name: "redirect", Domain: record.Redirect})
	}
	for _, t := range terms {
		follows := t.Name == "include" || t.Name == "redirect"
		if !t.Asks() && !follows {
			continue
		}
		if c.Lookups++; c.Lookups > hardLimit || ctx.Err() != nil {
			return
		}
		if t.Domain == "" {
			t.Domain = domain
		}
		t.Domain = strings.TrimSuffix(t.Domain, ".")
		if strings.Contains(t.Domain, "%") || t.Name == "ptr" {
			c.Unsure = c.Unsure || follows
			continue
		}
		if follows && under[t.Domain] { // it includes itself: whoever reads it ends at the limit
			c.Lookups = hardLimit + 1
			return
		}
		found := ask(ctx, t)
		switch {
		case !found.Known:
			c.Unsure = true
			continue
		case !follows:
			if !found.Any {
				c.Void++
			}
			continue
		case len(found.SPF) != 1:
			c.Broken = append(c.Broken, t.Domain)
			continue
		}
		next, err := ParseSPF(found.SPF[0])
		if err != nil {
			c.Broken = append(c.Broken, t.Domain)
			continue
		}
		lets := lets && t.Qualifier == '+'
		if open := next.Open(); lets && open != "" {
			c.Open = append(c.Open, t.Domain+": "+open)
		}
		under[t.Domain] = true
		c.add(ctx, t.Domain, next, ask, under, lets)
		delete(under, t.Domain)
	}
}

// Key is a public key of DKIM.
type Key struct {
	Type    string // "rsa" or "ed25519"
	Bits    int    // 0: revoked
	Revoked bool   // p= is empty (RFC 6376 section 3.6.1)
	Testing bool   // t=y: whoever checks mail takes it as if there were no key
}

// ParseKey reads the record of a key. The error is a *SyntaxError.
func ParseKey(text string) (Key, error) {
	k := Key{Type: "rsa"}
	tags, order, err := tagList(text)
	if err != nil {
		return k, err
	}
	if v, ok := tags["v"]; ok && (v != "DKIM1" || order[0] != "v") {
		return k, wrong("v="+v, "it is v=DKIM1, at the beginning")
	}
	p, ok := tags["p"]
	if !ok {
		return k, wrong(text, "the key is missing: p=")
	}
	if t, ok := tags["k"]; ok {
		k.Type = strings.ToLower(t)
	}
	for flag := range strings.SplitSeq(tags["t"], ":") {
		k.Testing = k.Testing || strings.TrimSpace(flag) == "y"
	}
	if k.Type != "rsa" && k.Type != "ed25519" {
		return k, wrong("k="+k.Type, "the key is one of rsa or ed25519")
	}
	p = strings.Join(strings.Fields(p), "")
	if p == "" {
		k.Revoked = true
		return k, nil
	}
	raw, err := base64.StdEncoding.DecodeString(p)
	if err != nil {
		return k, wrong("p="+p, "it is no base64: a part may be missing, or blanks and quotation marks slipped in")
	}
	if k.Type == "ed25519" {
		if len(raw) != ed25519.PublicKeySize {
			return k, wrong("p="+p, "a key of ed25519 has 32 bytes")
		}
		k.Bits = 256
		return k, nil
	}
	public, err := rsaKey(raw)
	if err != nil {
		return k, wrong("p="+p, "it is no public key of RSA")
	}
	k.Bits = public.N.BitLen()
	return k, nil
}

// rsaKey reads a key in the form that RFC 6376 means, or in the one that its text
// names (erratum 3017).
func rsaKey(raw []byte) (*rsa.PublicKey, error) {
	if public, err := x509.ParsePKIXPublicKey(raw); err == nil {
		if key, ok := public.(*rsa.PublicKey); ok {
			return key, nil
		}
		return nil, errors.New("it is another kind of key")
	}
	return x509.ParsePKCS1PublicKey(raw)
}

// tagList reads tag=value; … (RFC 6376 section 3.2).
func tagList(text string) (map[string]string, []string, error) {
	if len(text) > MaxRecord {
		return nil, nil, wrong(text, "the record is too long")
	}
	tags := map[string]string{}
	var order []string
	for part := range strings.SplitSeq(text, ";") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue // the last may end with a semicolon
		}
		name, value, ok := strings.Cut(part, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || !isWord(name) {
			return nil, nil, wrong(part, "write tag=value, and a semicolon between two of them")
		}
		if _, twice := tags[name]; twice {
			return nil, nil, wrong(part, "it stands there twice")
		}
		tags[name] = strings.TrimSpace(value)
		order = append(order, name)
	}
	if len(order) == 0 {
		return nil, nil, wrong(text, "the record is empty")
	}
	return tags, order, nil
}

// IsDMARC reports whether a TXT record is one of DMARC (RFC 7489 section 6.6.3).
func IsDMARC(text string) bool {
	first, _, _ := strings.Cut(text, ";")
	name, value, _ := strings.Cut(first, "=")
	return strings.EqualFold(strings.TrimSpace(name), "v") && strings.TrimSpace(value) == "DMARC1"
}

// DMARC is a record of DMARC that could be read.
type DMARC struct {
	Policy    string // "none", "quarantine" or "reject"
	Subdomain string // of names below; empty: the same
	Percent   int    // of mails that the policy is for
	Reports   []string
	BadReport string // an address of rua or ruf that is none; empty: all are right
}

// ParseDMARC reads a record. The error is a *SyntaxError. An address for reports
// that is wrong is told in the record: the policy counts all the same.
func ParseDMARC(text string) (DMARC, error) {
	d := DMARC{Percent: 100}
	if !IsDMARC(text) {
		return d, wrong(text, "the record begins with v=DMARC1")
	}
	tags, order, err := tagList(text)
	if err != nil {
		return d, err
	}
	policies := []string{"none", "quarantine", "reject"}
	d.Policy = strings.ToLower(tags["p"])
	switch {
	case len(order) < 2 || order[1] != "p":
		return d, wrong(text, "right after v=DMARC1 comes the policy: p=none, p=quarantine or p=reject")
	case !slices.Contains(policies, d.Policy):
		return d, wrong("p="+tags["p"], "it is none, quarantine or reject")
	}
	if sp, ok := tags["sp"]; ok {
		if d.Subdomain = strings.ToLower(sp); !slices.Contains(policies, d.Subdomain) {
			return d, wrong("sp="+sp, "it is none, quarantine or reject")
		}
	}
	if pct, ok := tags["pct"]; ok {
		if !isLength(pct, 100) {
			return d, wrong("pct="+pct, "it is a number from 0 to 100")
		}
		d.Percent, _ = strconv.Atoi(pct) // isLength read it
	}
	for _, tag := range []string{"adkim", "aspf"} {
		if v, ok := tags[tag]; ok && v != "r" && v != "s" {
			return d, wrong(tag+"="+v, "it is r or s")
		}
	}
	for _, tag := range []string{"rua", "ruf"} {
		list, ok := tags[tag]
		if !ok {
			continue
		}
		for uri := range strings.SplitSeq(list, ",") {
			uri = strings.TrimSpace(uri)
			if !isReportURI(uri) {
				d.BadReport = tag + "=" + uri
			} else if tag == "rua" && len(d.Reports) < 20 {
				d.Reports = append(d.Reports, uri)
			}
		}
	}
	return d, nil
}

// isReportURI reads an address for reports: mailto:a@example.lt, perhaps with the
// longest size after it (RFC 7489 section 6.2), or another URI.
func isReportURI(s string) bool {
	uri, _, _ := strings.Cut(s, "!")
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" {
		return false
	}
	if u.Scheme != "mailto" {
		return u.Host != ""
	}
	user, host, ok := strings.Cut(u.Opaque, "@")
	host, _, _ = strings.Cut(host, "?")
	return ok && user != "" && strings.Contains(host, ".") && !strings.Contains(host, "@") && !strings.ContainsAny(u.Opaque, " \t")
}
