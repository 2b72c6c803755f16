package domain

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
	"golang.org/x/net/publicsuffix"

	"github.com/budi-monitor/budi/internal/domain/mailauth"
	"github.com/budi-monitor/budi/internal/look"
)

// maxMX bounds the mail servers that are looked up.
const maxMX = 20

// mail looks at what the DNS says of the domain's mail; what was found less than a
// day ago and was right is found again.
func (v *visit) mail(ctx context.Context) {
	if was := v.was.Mail; was != nil && was.Terms == v.terms.ofMail() {
		had := ofMail(v.had)
		bad := slices.ContainsFunc(had, func(f look.Finding) bool { return f.Severity != look.Info })
		if age := v.now.Sub(was.Looked); !bad && age >= 0 && age < mailHolds-slack {
			v.is.Mail = was
			v.findings = append(v.findings, had...)
			return
		}
	}
	m := &mailVisit{visit: v, mail: &look.DomainMail{Looked: v.now, Terms: v.terms.ofMail()}}
	before := len(v.findings)
	m.exchangers(ctx)
	m.spf(ctx)
	m.dkim(ctx)
	m.dmarc(ctx)
	if m.failed { // half a look says nothing; what was known holds
		v.findings = v.findings[:before]
		if v.was.Mail != nil {
			v.is.Mail = v.was.Mail
			v.findings = append(v.findings, ofMail(v.had)...)
		}
		return
	}
	v.is.Mail = m.mail
}

// mailVisit is a look at a domain's mail.
type mailVisit struct {
	*visit
	mail   *look.DomainMail
	failed bool // something could not be asked
}

// texts looks up TXT records: the strings of one belong together (RFC 7208 section
// 3.3).
func (m *mailVisit) texts(ctx context.Context, name string) ([]string, bool) {
	a, err := m.asker.Lookup(ctx, name, dns.TypeTXT)
	if err != nil {
		return nil, false
	}
	var out []string
	for _, rr := range a.Records {
		if t, ok := rr.(*dns.TXT); ok {
			out = append(out, strings.Join(t.Txt, ""))
		}
	}
	return out, true
}

// unasked is how bad something is for a domain of which nobody said whether it has
// mail, and that has no mail server.
func (m *mailVisit) unasked() look.Severity {
	if m.terms.Mail == nil {
		return look.Info
	}
	return look.Warning
}

// exchangers looks at the mail servers (RFC 5321 section 5).
func (m *mailVisit) exchangers(ctx context.Context) {
	a, err := m.asker.Lookup(ctx, m.name, dns.TypeMX)
	if err != nil {
		m.failed = true
		return
	}
	null := false
	var hosts []string
	for _, rr := range a.Records {
		mx, ok := rr.(*dns.MX)
		if !ok {
			continue
		}
		host := strings.ToLower(strings.TrimSuffix(mx.Mx, "."))
		if host == "" {
			null = true // RFC 7505: it takes no mail
			continue
		}
		if len(hosts) < maxMX && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
			m.mail.MX = append(m.mail.MX, fmt.Sprintf("%d %s", mx.Preference, host))
		}
	}
	slices.Sort(m.mail.MX)
	m.mail.Expects = len(hosts) > 0
	if m.terms.Mail != nil {
		m.mail.Expects = *m.terms.Mail
	}
	switch {
	case null && len(hosts) > 0:
		m.tell(CodeMXNullBeside, look.Warning, m.name, "servers", strings.Join(hosts, ", "))
	case m.mail.Expects && len(hosts) == 0:
		m.tell(CodeMXMissing, look.Warning, m.name)
	case !m.mail.Expects && len(hosts) > 0:
		m.tell(CodeMXUnwanted, look.Warning, m.name, "servers", strings.Join(hosts, ", "))
	case !m.mail.Expects && !null:
		m.tell(CodeMXNullMissing, look.Info, m.name)
	}
	for _, host := range hosts {
		if _, err := netip.ParseAddr(host); err == nil {
			m.tell(CodeMXAddress, look.Warning, host)
			continue
		}
		found, aliases, known := m.hasAddress(ctx, host)
		switch {
		case !known:
			m.failed = true
		case !found:
			m.tell(CodeMXUnresolved, look.Warning, host)
		case aliases: // RFC 5321 section 5.1
			m.tell(CodeMXAlias, look.Info, host)
		}
	}
}

// hasAddress looks whether a name has an address of either family, and is an alias.
func (m *mailVisit) hasAddress(ctx context.Context, host string) (found, alias, known bool) {
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		a, err := m.asker.Lookup(ctx, host, kind)
		if err != nil {
			return false, false, false
		}
		alias = alias || len(a.Aliases) > 0
		if len(a.Records) > 0 {
			return true, alias, true
		}
	}
	return false, alias, true
}

// single reports whether there is one record, and tells when there is none or more.
func (m *mailVisit) single(records []string, name, missing string, weight look.Severity, many string) bool {
	switch len(records) {
	case 0:
		m.tell(missing, weight, name)
	case 1:
		return true
	default:
		m.tell(many, look.Warning, name, "count", strconv.Itoa(len(records)))
	}
	return false
}

// spf looks at who may send (RFC 7208).
func (m *mailVisit) spf(ctx context.Context) {
	records, ok := m.texts(ctx, m.name)
	if !ok {
		m.failed = true
		return
	}
	records = slices.DeleteFunc(records, func(s string) bool { return !mailauth.IsSPF(s) })
	missing := look.Warning
	if !m.mail.Expects {
		missing = m.unasked()
	}
	if !m.single(records, m.name, CodeSPFMissing, missing, CodeSPFMany) {
		return
	}
	m.mail.SPF = look.Clip(records[0], look.MaxDetail)
	record, err := mailauth.ParseSPF(records[0])
	if err != nil {
		m.tellSyntax(CodeSPFSyntax, m.name, err)
		return
	}
	cost := mailauth.Count(ctx, m.name, record, m.term)
	m.mail.Lookups = cost.Lookups
	switch {
	case cost.Lookups > mailauth.MaxLookups:
		m.tell(CodeSPFLookups, look.Warning, m.name, "count", strconv.Itoa(cost.Lookups), "max", strconv.Itoa(mailauth.MaxLookups))
	case cost.Void > mailauth.MaxVoid:
		m.tell(CodeSPFVoid, look.Info, m.name, "count", strconv.Itoa(cost.Void), "max", strconv.Itoa(mailauth.MaxVoid))
	}
	for _, b := range cost.Broken[:min(len(cost.Broken), 5)] {
		m.tell(CodeSPFBroken, look.Warning, b)
	}
	if slices.ContainsFunc(record.Terms, func(t mailauth.Term) bool { return t.Name == "ptr" }) {
		m.tell(CodeSPFPtr, look.Info, m.name)
	}
	open := cost.Open
	if own := record.Open(); own != "" {
		open = []string{own}
	}
	switch {
	case len(open) > 0:
		m.findings = append(m.findings, look.Finding{Code: CodeSPFOpen, Severity: look.Warning, Subject: m.name, Detail: look.Clip(strings.Join(open, " · "), look.MaxDetail)})
	case !m.mail.Expects && (record.All != '-' || len(record.Terms) > 1):
		m.tell(CodeSPFNotClosed, m.unasked(), m.name)
	case record.All == '?' || record.All == 0 && record.Redirect == "":
		m.tell(CodeSPFNoEnd, look.Info, m.name)
	}
}

// tellSyntax tells what of a record cannot be read.
func (m *mailVisit) tellSyntax(code, subject string, err error) {
	f := look.Finding{Code: code, Severity: look.Warning, Subject: subject, Detail: look.Clip(err.Error(), look.MaxDetail)}
	m.findings = append(m.findings, f)
}

// term says what there is for one term of SPF.
func (m *mailVisit) term(ctx context.Context, t mailauth.Term) mailauth.Found {
	switch t.Name {
	case "include", "redirect":
		records, ok := m.texts(ctx, t.Domain)
		return mailauth.Found{SPF: slices.DeleteFunc(records, func(s string) bool { return !mailauth.IsSPF(s) }), Known: ok}
	case "mx":
		a, err := m.asker.Lookup(ctx, t.Domain, dns.TypeMX)
		return mailauth.Found{Any: len(a.Records) > 0, Known: err == nil}
	default: // "a", "exists"
		found, _, known := m.hasAddress(ctx, t.Domain)
		return mailauth.Found{Any: found, Known: known}
	}
}

// dkim looks at the keys that the terms name (RFC 6376).
func (m *mailVisit) dkim(ctx context.Context) {
	for _, selector := range m.terms.Selectors {
		name := selector + "._domainkey." + m.name
		records, ok := m.texts(ctx, name)
		if !ok {
			m.failed = true
			return
		}
		if !m.single(records, name, CodeDKIMMissing, look.Warning, CodeDKIMMany) {
			continue
		}
		key, err := mailauth.ParseKey(records[0])
		if err != nil {
			m.tellSyntax(CodeDKIMSyntax, name, err)
			continue
		}
		if m.mail.DKIM == nil {
			m.mail.DKIM = map[string]string{}
		}
		m.mail.DKIM[selector] = fmt.Sprintf("%s %d", key.Type, key.Bits)
		bits := strconv.Itoa(key.Bits)
		switch {
		case key.Revoked:
			m.mail.DKIM[selector] = "revoked"
			m.tell(CodeDKIMRevoked, look.Warning, name)
		case key.Type == "rsa" && key.Bits < 1024:
			m.tell(CodeDKIMShort, look.Warning, name, "bits", bits)
		case key.Type == "rsa" && key.Bits < 2048:
			m.tell(CodeDKIMWeak, look.Info, name, "bits", bits)
		case key.Testing:
			m.tell(CodeDKIMTesting, look.Info, name)
		}
	}
}

// dmarc looks at what is to become of mail that is not from here (RFC 7489). A name
// below a registered one has the policy of that when it has none of its own
// (section 6.6.3).
func (m *mailVisit) dmarc(ctx context.Context) {
	var records []string
	above := false
	for _, name := range []string{m.name, organizational(m.name)} {
		texts, ok := m.texts(ctx, "_dmarc."+name)
		if !ok {
			m.failed = true
			return
		}
		records = slices.DeleteFunc(texts, func(s string) bool { return !mailauth.IsDMARC(s) })
		if above = name != m.name; len(records) > 0 {
			break
		}
	}
	missing := look.Warning
	if !m.mail.Expects {
		missing = m.unasked()
	}
	if !m.single(records, m.name, CodeDMARCMissing, missing, CodeDMARCMany) {
		return
	}
	m.mail.DMARC = look.Clip(records[0], look.MaxDetail)
	d, err := mailauth.ParseDMARC(records[0])
	if err != nil {
		m.tellSyntax(CodeDMARCSyntax, m.name, err)
		return
	}
	policy := d.Policy
	if above && d.Subdomain != "" {
		policy = d.Subdomain
	}
	switch {
	case !m.mail.Expects && policy != "reject":
		m.tell(CodeDMARCNotReject, m.unasked(), m.name, "policy", policy)
	case policy == "none":
		m.tell(CodeDMARCNone, look.Info, m.name)
	case d.Percent < 100:
		m.tell(CodeDMARCPart, look.Info, m.name, "percent", strconv.Itoa(d.Percent))
	}
	switch {
	case d.BadReport != "":
		m.tell(CodeDMARCReport, look.Warning, m.name, "address", d.BadReport)
	case len(d.Reports) == 0 && m.mail.Expects:
		m.tell(CodeDMARCNoReports, look.Info, m.name)
	}
}

// organizational is the name that somebody registered, whoever gives it out.
func organizational(name string) string {
	if one, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
		return one
	}
	return name
}
