// Package certificate judges the certificates that a server shows. Unlike a
// handshake, which ends at the first fault, it tells every fault at once, so
// that a keeper orders one new certificate and not three in a row.
//
// It makes no connection, fetches nothing, and does not ask whether a certificate
// was revoked. Whoever has a chain may call it.
package certificate

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

// Codes of the findings.
const (
	CodeExpired       = "certificate_expired"              // the server's own, or one between it and the root
	CodeNotYetValid   = "certificate_not_yet_valid"        // likewise
	CodeEndsSoon      = "certificate_ends_soon"            // within soon, or a quarter of its life where that is shorter
	CodeWrongName     = "certificate_wrong_name"           // for other names
	CodeNoNames       = "certificate_no_names"             // it has the old common name only, which browsers do not read
	CodeSelfSigned    = "certificate_self_signed"          // nobody vouches for it
	CodeUnknownIssuer = "certificate_unknown_issuer"       // the chain ends at somebody who is not trusted
	CodeMissing       = "certificate_missing_intermediate" // the server leaves out a part of the chain
	CodeNotAllowed    = "certificate_not_allowed"          // used for what its issuer did not allow
	CodeWeakKey       = "certificate_weak_key"
	CodeTinyKey       = "certificate_tiny_key" // a key that one computer can break
	CodeWeakSignature = "certificate_weak_signature"
	CodeOrder         = "certificate_wrong_order" // RFC 5246 section 7.4.2; RFC 8446 section 4.4.2 forgives it
	CodeForeign       = "certificate_foreign"     // sent, and of no use
	CodeTooLong       = "certificate_too_long"    // valid for longer than public authorities may issue
)

// Codes lists the codes of all findings.
func Codes() []string {
	return []string{
		CodeExpired, CodeNotYetValid, CodeEndsSoon, CodeWrongName, CodeNoNames, CodeSelfSigned, CodeUnknownIssuer, CodeMissing,
		CodeNotAllowed, CodeWeakKey, CodeTinyKey, CodeWeakSignature, CodeOrder, CodeForeign, CodeTooLong,
	}
}

const (
	day       = 24 * time.Hour
	soon      = 14 * day
	maxChain  = 20  // certificates that are looked at; a server that sends more is not honest
	maxNames  = 100 // of one certificate that are told
	maxText   = 200 // bytes of one name
	maxDetail = look.MaxDetail
)

// Judge says what a server's certificate is and everything that is wrong with it
// and with the chain that it came in, the server's own first. host is the name or
// address that was asked for, without a port; roots are who is trusted, nil the
// system's list. An empty chain gives nothing.
func Judge(chain []*x509.Certificate, host string, roots *x509.CertPool, now time.Time) (look.Certificate, []look.Finding) {
	if len(chain) == 0 {
		return look.Certificate{}, nil
	}
	j := judge{chain: chain[:min(len(chain), maxChain)], host: host, roots: roots, now: now}
	j.leaf = j.chain[0]
	j.trust()
	j.times()
	j.name()
	j.strength()
	j.order()
	j.length()
	look.SortFindings(j.findings)
	return j.certificate(), j.findings
}

// judge is one judgement.
type judge struct {
	chain    []*x509.Certificate // as it was sent
	leaf     *x509.Certificate
	host     string
	roots    *x509.CertPool
	now      time.Time
	path     []*x509.Certificate // from leaf up to the last that is needed, or that is there
	findings []look.Finding
}

// tell adds a finding; args are name, value pairs.
func (j *judge) tell(code string, severity look.Severity, c *x509.Certificate, detail string, args ...string) {
	f := look.Finding{Code: code, Severity: severity, Subject: who(c), Args: map[string]string{}, Detail: look.Clip(detail, maxDetail)}
	for i := 0; i+1 < len(args); i += 2 {
		f.Args[args[i]] = look.Clip(args[i+1], maxText)
	}
	j.findings = append(j.findings, f)
}

// times tells of certificates on the path that are over, not valid yet, or soon
// over. Of those behind the server's own only the first is told: they are not the
// keeper's, and one new chain mends them all.
func (j *judge) times() {
	for _, c := range j.path {
		switch {
		case j.now.After(c.NotAfter):
			j.tell(CodeExpired, look.Critical, c, "", "date", date(c.NotAfter))
		case j.now.Before(c.NotBefore):
			j.tell(CodeNotYetValid, look.Critical, c, "", "date", date(c.NotBefore))
		case c.NotAfter.Sub(j.now) < min(soon, c.NotAfter.Sub(c.NotBefore)/4):
			j.tell(CodeEndsSoon, look.Warning, c, "", "date", date(c.NotAfter), "days", strconv.Itoa(int(c.NotAfter.Sub(j.now)/day)))
		}
	}
}

// name tells whether the certificate is for the host.
func (j *judge) name() {
	if j.leaf.VerifyHostname(j.host) == nil {
		return
	}
	names := namesOf(j.leaf)
	if len(names) == 0 {
		j.tell(CodeNoNames, look.Critical, j.leaf, "", "host", j.host, "name", cmp.Or(j.leaf.Subject.CommonName, "–"))
		return
	}
	j.tell(CodeWrongName, look.Critical, j.leaf, "", "host", j.host, "names", strings.Join(names[:min(len(names), 5)], ", "))
}

// trust finds the path from the server's certificate upwards and tells where it
// ends when it does not end at somebody who is trusted.
func (j *judge) trust() {
	best, anchored := j.climb([]*x509.Certificate{j.leaf}, new(int))
	j.path = best
	top := best[len(best)-1]
	switch {
	case anchored:
		j.allowed()
	case !j.rootsKnown():
		// This computer has no list of whom it trusts: nothing can be said.
	case selfSigned(top) && len(best) == 1:
		j.tell(CodeSelfSigned, look.Critical, top, "")
	case selfSigned(top):
		j.tell(CodeUnknownIssuer, look.Critical, j.leaf, "", "issuer", who(top))
	case weak(top.SignatureAlgorithm):
		// Nobody's signature of this kind is accepted, so that it cannot be told
		// whether its issuer is trusted; the weakness is told.
	case top == j.leaf && fetchable(top):
		j.tell(CodeMissing, look.Critical, j.leaf, strings.Join(top.IssuingCertificateURL, " "), "issuer", issuerOf(top))
	default:
		j.tell(CodeUnknownIssuer, look.Critical, j.leaf, "", "issuer", issuerOf(top))
	}
}

// climb looks for the best way from the last of path up to a trusted issuer among
// what the server sent: one that is valid now, else one that was, else as far as
// it goes. steps bounds the search, for a chain can be made to branch.
func (j *judge) climb(path []*x509.Certificate, steps *int) (best []*x509.Certificate, trusted bool) {
	const maxSteps = 200
	top := path[len(path)-1]
	if j.anchored(top) {
		return path, true
	}
	best = path
	for _, next := range j.chain[1:] {
		if *steps++; *steps > maxSteps {
			break
		}
		if slices.ContainsFunc(path, next.Equal) || !issued(next, top) {
			continue
		}
		if found, ok := j.climb(append(slices.Clone(path), next), steps); j.better(found, ok, best, trusted) {
			best, trusted = found, ok
		}
	}
	return best, trusted
}

// better reports whether path a is better than b.
func (j *judge) better(a []*x509.Certificate, aTrusted bool, b []*x509.Certificate, bTrusted bool) bool {
	switch {
	case aTrusted != bTrusted:
		return aTrusted
	case !aTrusted && len(a) != len(b):
		return len(a) > len(b)
	default:
		return j.inTime(a) && !j.inTime(b)
	}
}

// inTime reports whether all certificates are valid now.
func (j *judge) inTime(path []*x509.Certificate) bool {
	return !slices.ContainsFunc(path, func(c *x509.Certificate) bool { return j.now.After(c.NotAfter) || j.now.Before(c.NotBefore) })
}

// anchored reports whether somebody who is trusted issued the certificate, or it
// is theirs. A time within its life is taken, for an end is told elsewhere.
func (j *judge) anchored(c *x509.Certificate) bool {
	plain := *c
	plain.UnhandledCriticalExtensions = nil // allowed tells of those
	for _, at := range []time.Time{j.now, c.NotBefore.Add(time.Second), c.NotAfter.Add(-time.Second)} {
		_, err := plain.Verify(x509.VerifyOptions{Roots: j.roots, Intermediates: x509.NewCertPool(), CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		if err == nil {
			return true
		}
		var usage x509.CertificateInvalidError
		if errors.As(err, &usage) && usage.Reason != x509.Expired {
			return true // it is issued by one of them, but not for this: allowed tells
		}
	}
	return false
}

// rootsKnown reports whether there is anybody to trust.
func (j *judge) rootsKnown() bool {
	_, err := j.leaf.Verify(x509.VerifyOptions{Roots: j.roots, Intermediates: x509.NewCertPool(), CurrentTime: j.now})
	var none x509.SystemRootsError
	return !errors.As(err, &none)
}

// allowed verifies a path as browsers do, all together, and tells what is left:
// an issuer that is no authority, a name or a use that its issuer did not allow.
func (j *judge) allowed() {
	if slices.ContainsFunc(j.path, func(c *x509.Certificate) bool { return weak(c.SignatureAlgorithm) && !selfSigned(c) }) {
		return // the library refuses those whatever else they are
	}
	from, to := j.leaf.NotBefore, j.leaf.NotAfter
	between := x509.NewCertPool()
	for _, c := range j.path[1:] {
		between.AddCert(c)
		if c.NotBefore.After(from) {
			from = c.NotBefore
		}
		if c.NotAfter.Before(to) {
			to = c.NotAfter
		}
	}
	at := j.now
	if at.Before(from) || at.After(to) {
		at = from.Add(time.Second)
	}
	_, err := j.leaf.Verify(x509.VerifyOptions{Roots: j.roots, Intermediates: between, CurrentTime: at})
	var invalid x509.CertificateInvalidError
	if err == nil || errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		return
	}
	j.tell(CodeNotAllowed, look.Critical, j.leaf, err.Error())
}

// order tells of certificates that are in the wrong place or of no use at all.
func (j *judge) order() {
	for i, c := range j.path[1:] {
		if !j.chain[i+1].Equal(c) {
			j.tell(CodeOrder, look.Info, j.leaf, strings.Join(j.subjects(), " · "))
			break
		}
	}
	// Whatever leads on from the path is of use to somebody: a root that is sent
	// along, an older way to another root.
	useful := slices.Clone(j.path)
	for grown := true; grown; {
		grown = false
		for _, c := range j.chain {
			isIssuer := slices.ContainsFunc(useful, func(u *x509.Certificate) bool { return issued(c, u) })
			if !slices.ContainsFunc(useful, c.Equal) && isIssuer {
				useful, grown = append(useful, c), true
			}
		}
	}
	for i, c := range j.chain {
		if !slices.ContainsFunc(useful, c.Equal) || slices.ContainsFunc(j.chain[:i], c.Equal) {
			j.tell(CodeForeign, look.Info, c, "")
		}
	}
}

// validity says how long public authorities may issue certificates for, by when
// they begin: the Baseline Requirements of the CA/Browser Forum, ballots SC31 and
// SC081v3. The newest first.
var validity = []struct {
	from string
	days int
}{{"2029-03-15", 47}, {"2027-03-15", 100}, {"2026-03-15", 200}, {"2020-09-01", 398}, {"2018-03-01", 825}, {"2015-04-01", 1187}}

// length tells of a certificate that is valid for too long.
func (j *judge) length() {
	lasts := j.leaf.NotAfter.Sub(j.leaf.NotBefore)
	for _, v := range validity {
		if date(j.leaf.NotBefore) < v.from {
			continue
		}
		if lasts > time.Duration(v.days)*day+time.Minute {
			j.tell(CodeTooLong, look.Info, j.leaf, "", "days", strconv.Itoa(int(lasts/day)), "limit", strconv.Itoa(v.days))
		}
		return
	}
}

// certificate tells what it is.
func (j *judge) certificate() look.Certificate {
	out := look.Certificate{
		Subject: who(j.leaf), Issuer: issuerOf(j.leaf), Names: namesOf(j.leaf), Serial: serial(j.leaf),
		NotBefore: j.leaf.NotBefore, NotAfter: j.leaf.NotAfter, Key: keyOf(j.leaf), Signature: j.leaf.SignatureAlgorithm.String(), Chain: j.subjects(),
	}
	for _, c := range j.path {
		if c.NotAfter.Before(out.NotAfter) {
			out.NotAfter = c.NotAfter
		}
	}
	return out
}

func (j *judge) subjects() []string {
	out := make([]string, len(j.chain))
	for i, c := range j.chain {
		out[i] = who(c)
	}
	return out
}

// selfSigned reports whether a certificate vouches for itself. Signatures by tiny
// keys are not verified by the library, and are taken for what they say.
func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) && (tiny(c) || signed(c, c))
}

// issued reports whether issuer signed c. Signatures that are too weak to be
// trusted count here: they are told by themselves.
func issued(issuer, c *x509.Certificate) bool {
	return bytes.Equal(issuer.RawSubject, c.RawIssuer) && signed(issuer, c)
}

// fetchable reports whether a certificate says where its issuer's can be had, as
// those of public authorities do (RFC 5280 section 4.2.2.1).
func fetchable(c *x509.Certificate) bool {
	return slices.ContainsFunc(c.IssuingCertificateURL, func(u string) bool {
		return strings.HasPrefix(strings.ToLower(u), "http://") || strings.HasPrefix(strings.ToLower(u), "https://")
	})
}

// namesOf lists the names and addresses that a certificate is for.
func namesOf(c *x509.Certificate) []string {
	out := make([]string, 0, min(maxNames, len(c.DNSNames)+len(c.IPAddresses)))
	for _, n := range c.DNSNames {
		out = append(out, look.Clip(n, maxText))
	}
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	return out[:min(len(out), maxNames)]
}

// who is how people call a certificate: its common name, else whatever it has.
func who(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return look.Clip(c.Subject.CommonName, maxText)
	}
	if s := c.Subject.String(); s != "" {
		return look.Clip(s, maxText)
	}
	if names := namesOf(c); len(names) > 0 {
		return names[0]
	}
	return "–"
}

// issuerOf is how people call its issuer.
func issuerOf(c *x509.Certificate) string {
	name := strings.TrimSpace(strings.Join(c.Issuer.Organization, " ") + " " + c.Issuer.CommonName)
	return look.Clip(cmp.Or(name, c.Issuer.String(), "–"), maxText)
}

// serial is a certificate's number as browsers show it.
func serial(c *x509.Certificate) string {
	if c.SerialNumber == nil {
		return ""
	}
	return look.Clip(fmt.Sprintf("%X", c.SerialNumber), maxText)
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }
