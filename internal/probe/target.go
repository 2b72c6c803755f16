package probe

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// The kinds of targets. A website is KindHTTP whether or not it uses TLS.
const (
	KindHTTP = "http"
	KindTCP  = "tcp"
	KindTLS  = "tls"
	KindICMP = "icmp"
	KindDNS  = "dns"

	// A check may look at these too; package probe only knows their targets.
	KindJob    = "job"    // something that calls when it has run: the collector's jobs
	KindDomain = "domain" // a domain of the DNS: package domain
)

// TargetJob is the target of KindJob: there is nothing to look at.
const TargetJob = "job:"

// SchemeDomain begins the target of KindDomain; a name follows.
const SchemeDomain = "domain:"

// MaxTarget bounds a target, in bytes.
const MaxTarget = 2048

// Mask stands in a printed target where the user wrote a name or a password.
const Mask = "***"

const targetForms = "write http://…, https://…, tcp://host:port, tls://host:port, icmp://host, dns://server/name, domain:name or job:"

// Target is a parsed target: what to look at and by which protocol.
type Target struct {
	Kind string // one of the kinds
	Host string // a name in ASCII, lower case, or an address without brackets
	Port uint16 // 0 for icmp, domain and job; the protocol's own when the user wrote none
	Name string // dns and domain: the name to ask for, in ASCII, with the dot at its end

	url  *url.URL // http only, with the host in ASCII
	text string   // as the user wrote it, masked
}

// SaysHow reports whether a text that people wrote for a target says how to look, as
// every target must, and is not a bare name.
func SaysHow(s string) bool {
	return s == TargetJob || strings.Contains(s, "://") || isDomain(s)
}

func isDomain(s string) bool {
	return len(s) >= len(SchemeDomain) && strings.EqualFold(s[:len(SchemeDomain)], SchemeDomain)
}

// String returns the target as the user wrote it, with user name and password
// masked.
func (t Target) String() string { return t.text }

// address is the host and port to dial.
func (t Target) address() string {
	return net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port)))
}

// TargetError says what is wrong with a target. It never repeats the target,
// which may hold a password.
type TargetError struct {
	Code string // "missing", "long", "blank", "how", "url", "scheme", "host", "port", "ping_port", "colon", "no_port", "user", "path", "name" or "domain"
	Want string // English: what would be right
}

// Error says what would be right.
func (e *TargetError) Error() string { return e.Want }

func targetError(code, want string) error { return &TargetError{Code: code, Want: want} }

// ParseTarget reads a target. The error is a *TargetError.
func ParseTarget(s string) (Target, error) {
	if s == "" {
		return Target{}, targetError("missing", "there is no target; "+targetForms)
	}
	if len(s) > MaxTarget {
		return Target{}, targetError("long", fmt.Sprintf("the target has %d bytes; at most %d can be", len(s), MaxTarget))
	}
	for _, r := range s {
		if r <= ' ' || r == 0x7f || r == '\uFFFD' {
			return Target{}, targetError("blank", "the target has a blank, a control character or broken text in it; write a blank as %20")
		}
	}
	if s == TargetJob {
		return Target{Kind: KindJob, text: s}, nil
	}
	if isDomain(s) {
		return parseDomain(s)
	}
	scheme, _, ok := strings.Cut(s, "://")
	if !ok {
		return Target{}, targetError("how", "the target does not say how to look; "+targetForms)
	}
	u, err := url.Parse(s)
	if err != nil {
		return Target{}, targetError("url", "the target is not a URL: look at the port (a number from 1 to 65535), at brackets around an IPv6 address, and write unusual characters of a name or password as %XX")
	}
	t := Target{text: maskURL(s, u)}
	port := 0
	switch strings.ToLower(scheme) {
	case "http":
		t.Kind, port = KindHTTP, 80
	case "https":
		t.Kind, port = KindHTTP, 443
	case "tcp":
		t.Kind = KindTCP
	case "tls":
		t.Kind = KindTLS
	case "icmp":
		t.Kind = KindICMP
	case "dns":
		t.Kind, port = KindDNS, 53
	default:
		return Target{}, targetError("scheme", "the target begins with a word that is not known; "+targetForms)
	}
	if t.Host, err = ASCIIHost(u.Hostname()); err != nil {
		return Target{}, err
	}
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil || port < 1 || port > 65535 {
			return Target{}, targetError("port", "the port must be a number from 1 to 65535")
		}
		if t.Kind == KindICMP {
			return Target{}, targetError("ping_port", "a ping has no port; write icmp://host")
		}
	} else if strings.HasSuffix(u.Host, ":") {
		return Target{}, targetError("colon", "there is a colon without a port after the host")
	}
	if port == 0 && t.Kind != KindICMP {
		return Target{}, targetError("no_port", fmt.Sprintf("the port is missing; write %s://host:port", t.Kind))
	}
	t.Port = uint16(port)

	if t.Kind == KindHTTP {
		web := *u
		web.Fragment, web.RawFragment = "", ""
		web.Scheme = strings.ToLower(scheme)
		web.Host = t.Host
		if strings.Contains(t.Host, ":") {
			web.Host = "[" + t.Host + "]"
		}
		if u.Port() != "" {
			web.Host += ":" + u.Port()
		}
		t.url = &web
		return t, nil
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return Target{}, targetError("user", fmt.Sprintf("a target of kind %s has no user, no question mark and no #", t.Kind))
	}
	if t.Kind == KindDNS {
		if t.Name, err = asciiName(strings.TrimPrefix(u.Path, "/")); err != nil {
			return Target{}, err
		}
		return t, nil
	}
	if u.Path != "" && u.Path != "/" {
		return Target{}, targetError("path", fmt.Sprintf("a target of kind %s has nothing after the host and port", t.Kind))
	}
	return t, nil
}

// parseDomain reads the target of KindDomain. Somebody has to have registered the
// name, so it has a dot.
func parseDomain(s string) (Target, error) {
	name, err := asciiName(s[len(SchemeDomain):])
	if _, isAddress := netip.ParseAddr(strings.TrimSuffix(name, ".")); err != nil || isAddress == nil || !strings.Contains(strings.TrimSuffix(name, "."), ".") {
		return Target{}, targetError("domain", "a domain has to follow, without www and without slashes: write domain:example.lt")
	}
	return Target{Kind: KindDomain, Host: strings.TrimSuffix(name, "."), Name: name, text: s}, nil
}

// ASCIIHost checks the host of a target and brings a name with letters such as
// š into the form that DNS uses.
func ASCIIHost(host string) (string, error) {
	if host == "" {
		return "", targetError("host", "the host is missing; "+targetForms)
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.String(), nil
	}
	ascii, err := asciiName(host)
	if err != nil {
		return "", targetError("host", "the host must be a name such as www.example.lt or an address such as 192.0.2.1 or [2001:db8::1]")
	}
	return strings.TrimSuffix(ascii, "."), nil
}

// asciiName checks a DNS name (RFC 1035 section 2.3.4: 63 bytes a label, 255
// in all) and returns it in ASCII with the dot at its end. Underscores are let
// through: services (_dmarc) and Windows computers have them.
func asciiName(name string) (string, error) {
	bad := targetError("name", "the name to ask for is missing or is no DNS name; write dns://server/name, for example dns://192.0.2.1/www.example.lt")
	ascii := strings.TrimSuffix(name, ".")
	for i := range len(ascii) {
		if ascii[i] >= 0x80 {
			var err error
			if ascii, err = idna.Lookup.ToASCII(ascii); err != nil {
				return "", bad
			}
			break
		}
	}
	ascii = strings.ToLower(ascii)
	if ascii == "" || len(ascii) > 253 {
		return "", bad
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", bad
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return "", bad
			}
		}
	}
	return ascii + ".", nil
}

// maskURL replaces user name and password of a URL that could be parsed.
func maskURL(s string, u *url.URL) string {
	if u.User == nil {
		return s
	}
	return maskText(s, strings.IndexAny(afterScheme(s), "/?#"))
}

func afterScheme(s string) string {
	_, rest, _ := strings.Cut(s, "://")
	return rest
}

// maskText replaces everything between "://" and the last "@" of the first n
// bytes after it (all of them when n is negative). On what could not be parsed
// it hides too much rather than too little.
func maskText(s string, n int) string {
	head, rest, ok := strings.Cut(s, "://")
	if !ok {
		head, rest = "", s
	} else {
		head += "://"
	}
	if n < 0 {
		n = len(rest)
	}
	at := strings.LastIndexByte(rest[:n], '@')
	if at < 0 {
		return s
	}
	return head + Mask + rest[at:]
}

// outside reports whether the target lies beyond the institution's own
// network, so that it cannot be reached while the line is down.
func (t Target) outside() bool {
	if addr, err := netip.ParseAddr(t.Host); err == nil {
		addr = addr.Unmap()
		return !addr.IsLoopback() && !addr.IsPrivate() && !addr.IsLinkLocalUnicast() && !addr.IsUnspecified()
	}
	if !strings.Contains(t.Host, ".") {
		return false
	}
	for _, suffix := range []string{".local", ".lan", ".internal", ".localhost"} {
		if strings.HasSuffix(t.Host, suffix) {
			return false
		}
	}
	return true
}
