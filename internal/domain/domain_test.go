package domain_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/domain"
	"github.com/budi-monitor/budi/internal/domain/registry"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/nameservers"
)

// The servers of the small DNS: the root and lt., two of the domain, one of
// another domain, and one more for what has to be elsewhere.
const (
	root  = "127.0.53.1"
	first = "127.0.53.2"
	near  = "127.0.53.3"
	other = "127.0.54.2" // in another network
	third = "127.0.55.2"
)

func servers() []string { return []string{root, first, near, other, third} }

// world is a DNS and a registry, both in order; tests spoil it.
type world struct {
	serve  serve
	dns    *nameservers.Servers // that serve, when they are simulated
	wait   time.Duration        // for one answer of them; 0: a while, and not long where some are quiet
	whois  string               // what it answers
	asked  *atomic.Int32        // how often the registry was
	server string               // of the registry
	listed string               // the end of names whose registry is known

	lt, one, two, moved, else_ []string // zones: lt., example.lt at its servers and at near, provider.lt
	quiet                      []string // servers that answer nothing
	roots                      []string // more addresses of the root
	more                       map[string]map[string][]string
	terms                      domain.Terms
}

// serve lets name servers have zones, by address and name, and says at which port
// they are.
type serve func(t *testing.T, zones map[string]map[string][]string, quiet []string) uint16

func soa(zone string, serial int) string {
	return fmt.Sprintf("%s 60 IN SOA ns1.invalid. admin.invalid. %d 3600 600 86400 60", zone, serial)
}

func zoneExample() []string {
	return []string{
		soa("example.lt.", 7),
		"example.lt. 60 IN NS ns1.example.lt.", "example.lt. 60 IN NS ns2.example.lt.",
		"ns1.example.lt. 60 IN A " + first, "ns2.example.lt. 60 IN A " + other,
		"example.lt. 60 IN A 192.0.2.10", "www.example.lt. 60 IN CNAME example.lt.",
		"example.lt. 60 IN MX 10 mail.example.lt.", "mail.example.lt. 60 IN A 192.0.2.25",
		`example.lt. 60 IN TXT "v=spf1 mx include:_spf.provider.lt -all"`,
		`_dmarc.example.lt. 60 IN TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.lt"`,
		"s1._domainkey.example.lt. 60 IN CNAME s1.keys.provider.lt.",
	}
}

var key2048, key1024, key512 = dkimKey(2048), dkimKey(1024), shortKey

// shortKey is one of 512 bits, which no library of today makes any more.
const shortKey = "v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALVVdKp2gO2Q7nuQl3pXVod5WEWPJ3xyut0XIno9rK6grsmrOjBTy/NnF9EhkYbpaPWgNP6AcawJzGqRUniT0uUCAwEAAQ=="

func dkimKey(bits int) string {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	raw, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(raw)
}

// txt writes a TXT record, in strings that are short enough.
func txt(name, text string) string {
	out := name + " 60 IN TXT"
	for len(text) > 200 {
		out, text = out+fmt.Sprintf(" %q", text[:200]), text[200:]
	}
	return out + fmt.Sprintf(" %q", text)
}

// newWorld is a world whose name servers are simulated.
func newWorld(t *testing.T, more ...string) *world {
	t.Helper()
	s, err := nameservers.Start(append(servers(), more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	w := worldOf(t, func(t *testing.T, zones map[string]map[string][]string, quiet []string) uint16 {
		t.Helper()
		for at, each := range zones {
			for name, records := range each {
				if err := s.Set(at, name, records...); err != nil {
					t.Fatal(err)
				}
			}
			s.Silence(at, slices.Contains(quiet, at))
		}
		return s.Port()
	})
	w.dns = s
	return w
}

func worldOf(t *testing.T, s serve) *world {
	t.Helper()
	w := &world{serve: s, asked: &atomic.Int32{}, listed: "lt", terms: domain.Terms{Selectors: []string{"s1"}}}
	w.lt = []string{
		soa("lt.", 1), "lt. 60 IN NS a.lt.", "a.lt. 60 IN A " + root,
		"example.lt. 60 IN NS ns1.example.lt.", "example.lt. 60 IN NS ns2.example.lt.",
		"ns1.example.lt. 60 IN A " + first, "ns2.example.lt. 60 IN A " + other,
		"provider.lt. 60 IN NS ns.provider.lt.", "ns.provider.lt. 60 IN A " + third,
	}
	w.one, w.two = zoneExample(), zoneExample()
	w.else_ = []string{
		soa("provider.lt.", 1), "provider.lt. 60 IN NS ns.provider.lt.", "ns.provider.lt. 60 IN A " + third,
		`_spf.provider.lt. 60 IN TXT "v=spf1 ip4:192.0.2.0/24 ~all"`, txt("s1.keys.provider.lt.", key2048),
	}
	w.whois = registryAnswer(200 * 24 * time.Hour)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	w.server = l.Addr().String()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.asked.Add(1)
			_, _ = c.Read(make([]byte, 256))
			_, _ = io.WriteString(c, w.whois)
			_ = c.Close()
		}
	}()
	return w
}

// registryAnswer is as the registry of .lt writes it.
func registryAnswer(left time.Duration) string {
	return "% Hello, this is the DOMREG whois service.\n%\n% Version 0.4\n%\nDomain:\t\t\texample.lt\nStatus:\t\t\tregistered\nRegistered:\t\t2010-02-16\n" +
		"Expires:\t\t" + time.Now().Add(left).UTC().Format(time.DateOnly) + "\n%\nRegistrar:\t\tUAB Registratorius\nRegistrar website:\thttps://registrar.example\n%\n" +
		"Nameserver:\t\tns1.example.lt\t[" + first + "]\nNameserver:\t\tns2.example.lt\n"
}

// look looks at a domain as the world is now.
func (w *world) look(t *testing.T, target string, before *look.Result) look.Result {
	t.Helper()
	zones := map[string]map[string][]string{
		root:  {".": {soa(".", 1), ". 60 IN NS a.lt.", "lt. 60 IN NS a.lt.", "a.lt. 60 IN A " + root}, "lt.": w.lt},
		first: {"example.lt.": w.one}, other: {"example.lt.": w.two}, near: {"example.lt.": w.moved}, third: {"provider.lt.": w.else_},
	}
	maps.Copy(zones, w.more)
	port := w.serve(t, zones, w.quiet)
	var roots []netip.AddrPort
	for _, at := range append([]string{root}, w.roots...) {
		roots = append(roots, netip.AddrPortFrom(netip.MustParseAddr(at), port))
	}
	wait := cmp.Or(w.wait, 5*time.Second)
	if w.wait == 0 && len(w.quiet) > 0 {
		wait = 600 * time.Millisecond
	}
	d, err := domain.New(target, w.terms, domain.Options{
		Roots: roots, Port: port, Wait: wait,
		Registry: registry.New(registry.Options{Pause: time.Nanosecond, Servers: func(tld string) (registry.Servers, bool) {
			return registry.Servers{WHOIS: w.server}, tld == w.listed
		}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := d.Look(t.Context(), before)
	readable(t, r)
	return r
}

// readable finds what of a result nobody could read: codes without a text, texts
// with gaps.
func readable(t *testing.T, r look.Result) {
	t.Helper()
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range i18n.Languages() {
		for _, f := range r.Web.Findings {
			if !slices.Contains(domain.Codes(), f.Code) {
				t.Errorf("%s is not among the codes", f.Code)
			}
			args := map[string]any{"Subject": f.Subject}
			for name, value := range f.Args {
				args[name] = value
			}
			if text := c.Text(lang, "finding."+f.Code, args); strings.Contains(text, "<no value>") || text == "" {
				t.Errorf("%s: %s: %q", lang, f.Code, text)
			}
		}
		if p := r.Problem; p != nil {
			args := map[string]any{}
			for name, value := range p.Args {
				args[name] = value
			}
			if text := c.Text(lang, "problem."+p.Code, args); strings.Contains(text, "<no value>") || text == "" {
				t.Errorf("%s: %s: %q", lang, p.Code, text)
			}
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func codes(r look.Result) []string {
	out := []string{}
	for _, f := range r.Web.Findings {
		out = append(out, f.Code)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func sample(r look.Result, name, trouble string) (float64, bool) {
	for _, s := range r.Samples {
		if s.Name == name && (trouble == "" || slices.Contains(s.Labels, look.Label{Name: "trouble", Value: trouble})) {
			return s.Value, true
		}
	}
	return 0, false
}

func TestADomainInOrderIsGreen(t *testing.T) {
	w := newWorld(t)
	w.terms.Records = []domain.Record{
		{Name: "@", Type: "A", Values: []string{"192.0.2.10"}}, {Name: "www", Type: "A", Values: []string{"192.0.2.10"}},
		{Name: "mail.example.lt", Type: "A"}, {Name: "@", Type: "mx", Values: []string{"10 MAIL.example.lt."}},
	}
	r := w.look(t, "domain:Example.lt", nil)
	if r.Outcome != look.OK || r.Problem != nil || len(r.Web.Findings) != 0 {
		t.Errorf("%s, %+v, %+v", r.Outcome, r.Problem, r.Web.Findings)
	}
	d := r.Web.Domain
	if d.Name != "example.lt" || d.Zone != "example.lt" || len(d.NameServers) != 2 || d.NameServers[0].Serial != 7 || d.NameServers[0].State != "ok" {
		t.Errorf("%+v", d)
	}
	if d.Registration.Source != "whois" || d.Registration.Registrar != "UAB Registratorius" || len(d.Registration.NameServers) != 2 || d.Registration.State != look.RegistryRegistered {
		t.Errorf("%+v", d.Registration)
	}
	if m := d.Mail; !m.Expects || !slices.Equal(m.MX, []string{"10 mail.example.lt"}) || m.Lookups != 2 || m.DKIM["s1"] != "rsa 2048" {
		t.Errorf("%+v", m)
	}
	if expiry, _ := sample(r, metric.DomainExpiry, ""); int64(expiry) != d.Registration.Expires.Unix() {
		t.Errorf("%v", r.Samples)
	}
	for _, trouble := range []string{metric.TroubleDomainExpiry, metric.TroubleDomainDNS, metric.TroubleDomainMail} {
		if v, ok := sample(r, metric.WebsiteTrouble, trouble); !ok || v != 0 {
			t.Errorf("%s: %v, %v", trouble, v, ok)
		}
	}
}

func TestADomainWithoutMailIsGreenWhenItSaysSo(t *testing.T) {
	w := newWorld(t)
	no := false
	w.terms = domain.Terms{Mail: &no}
	closed := func(zone []string) []string {
		zone = slices.DeleteFunc(zone, func(s string) bool { return strings.Contains(s, "MX") || strings.Contains(s, "TXT") })
		return append(zone, "example.lt. 60 IN MX 0 .", `example.lt. 60 IN TXT "v=spf1 -all"`, `_dmarc.example.lt. 60 IN TXT "v=DMARC1; p=reject"`)
	}
	w.one, w.two = closed(w.one), closed(w.two)
	if r := w.look(t, "domain:example.lt", nil); len(r.Web.Findings) != 0 {
		t.Errorf("%+v", r.Web.Findings)
	}
}

// both changes the zone at both servers.
func (w *world) both(change func(zone []string) []string) {
	w.one, w.two = change(w.one), change(w.two)
}

func drop(part string) func([]string) []string {
	return func(zone []string) []string {
		return slices.DeleteFunc(zone, func(s string) bool { return strings.Contains(s, part) })
	}
}

func add(records ...string) func([]string) []string {
	return func(zone []string) []string { return append(zone, records...) }
}

func swap(part string, records ...string) func([]string) []string {
	return func(zone []string) []string { return append(drop(part)(zone), records...) }
}

// faults are faults by their codes. Some cannot be without another.
func faults() map[string]struct {
	spoil func(w *world)
	also  []string
} {
	type fault = struct {
		spoil func(w *world)
		also  []string
	}
	both := func(change func([]string) []string, also ...string) fault {
		return fault{func(w *world) { w.both(change) }, also}
	}
	spf := func(text string, also ...string) fault {
		return both(swap("v=spf1", txt("example.lt.", text)), also...)
	}
	dmarc := func(text string, also ...string) fault {
		return both(swap("_dmarc", txt("_dmarc.example.lt.", text)), also...)
	}
	dkim := func(text string) fault { return both(swap("s1._domainkey", txt("s1._domainkey.example.lt.", text))) }
	without := func(spoil func(w *world), also ...string) fault {
		return fault{func(w *world) {
			no := false
			w.terms = domain.Terms{Mail: &no}
			w.both(swap("MX", "example.lt. 60 IN MX 0 ."))
			w.both(swap("v=spf1", `example.lt. 60 IN TXT "v=spf1 -all"`))
			w.both(swap("_dmarc", `_dmarc.example.lt. 60 IN TXT "v=DMARC1; p=reject"`))
			spoil(w)
		}, also}
	}
	answer := func(text string) fault { return fault{spoil: func(w *world) { w.whois = text }} }
	many := "v=spf1"
	for i := range 11 {
		many += fmt.Sprintf(" a:h%d.example.lt", i)
	}
	var hosts []string
	for i := range 11 {
		hosts = append(hosts, fmt.Sprintf("h%d.example.lt. 60 IN A 192.0.2.%d", i, 100+i))
	}
	return map[string]fault{
		"domain_expired":           answer(registryAnswer(-48 * time.Hour)),
		"domain_ends_soon":         answer(registryAnswer(20 * 24 * time.Hour)),
		"domain_on_hold":           answer(strings.Replace(registryAnswer(200*24*time.Hour), "Status:\t\t\tregistered", "Status:\t\t\tpendingDelete", 1)),
		"domain_no_date":           answer("Domain: example.lt\nStatus: registered\nRegistrar: X\n"),
		"domain_registry_silent":   answer("What?\n"),
		"domain_registry_unlisted": {spoil: nil}, // its own test
		"domain_not_registered":    {spoil: nil},

		"dns_server_silent": {func(w *world) { w.quiet = []string{other} }, nil},
		"dns_server_lame":   {func(w *world) { w.two = nil }, nil},
		"dns_server_unresolved": {func(w *world) {
			w.lt = append(w.lt, "example.lt. 60 IN NS ns3.provider.lt.")
			w.both(add("example.lt. 60 IN NS ns3.provider.lt."))
		}, nil},
		"dns_server_alias": {func(w *world) {
			w.lt = append(w.lt, "example.lt. 60 IN NS ns3.provider.lt.")
			w.both(add("example.lt. 60 IN NS ns3.provider.lt."))
			w.else_ = append(w.else_, "ns3.provider.lt. 60 IN CNAME ns1.example.lt.")
		}, nil},
		"dns_serials_differ": {spoil: nil},
		"dns_answers_differ": {func(w *world) { w.two = append(w.two, `example.lt. 60 IN TXT "new"`) }, nil},
		"dns_delegation_differs": {func(w *world) {
			w.both(add("example.lt. 60 IN NS ns3.example.lt.", "ns3.example.lt. 60 IN A "+first))
		}, nil},
		"dns_glue_differs": {func(w *world) {
			w.lt = append(drop("ns2.example.lt. 60 IN A")(w.lt), "ns2.example.lt. 60 IN A "+third)
		}, nil},
		"dns_one_server": {func(w *world) {
			w.lt = drop("ns2")(w.lt)
			w.both(drop("ns2"))
		}, nil},
		"dns_one_network": {func(w *world) {
			w.lt = append(drop("ns2.example.lt. 60 IN A")(w.lt), "ns2.example.lt. 60 IN A "+near)
			w.both(swap("ns2.example.lt. 60 IN A", "ns2.example.lt. 60 IN A "+near))
			w.moved = w.one
		}, nil},
		"dns_alias_apex": both(add("example.lt. 60 IN CNAME www.provider.lt.")),
		"dns_record_missing": {func(w *world) {
			w.terms.Records = []domain.Record{{Name: "pamokos", Type: "A"}}
		}, nil},
		"dns_record_differs": {func(w *world) {
			w.terms.Records = []domain.Record{{Name: "@", Type: "A", Values: []string{"192.0.2.99"}}}
		}, nil},

		"mail_mx_missing": {func(w *world) {
			yes := true
			w.terms.Mail = &yes
			w.both(drop("MX"))
			w.both(swap("v=spf1", `example.lt. 60 IN TXT "v=spf1 include:_spf.provider.lt -all"`))
		}, nil},
		"mail_mx_unresolved":  both(drop("mail.example.lt. 60 IN A")),
		"mail_mx_alias":       both(swap("mail.example.lt. 60 IN A", "mail.example.lt. 60 IN CNAME example.lt.")),
		"mail_mx_address":     both(add("example.lt. 60 IN MX 20 192.0.2.26.")),
		"mail_mx_null_beside": both(add("example.lt. 60 IN MX 0 .")),
		"mail_mx_unwanted": without(func(w *world) {
			w.both(swap("MX", "example.lt. 60 IN MX 10 mail.example.lt."))
		}),
		"mail_mx_null_missing": without(func(w *world) { w.both(drop("MX")) }),

		"mail_spf_missing": both(drop("v=spf1")),
		"mail_spf_many":    both(add(`example.lt. 60 IN TXT "v=spf1 -all"`)),
		"mail_spf_syntax":  spf("v=spf1 ip4:192.0.2.300 -all"),
		"mail_spf_lookups": both(func(z []string) []string {
			return append(append(drop("v=spf1")(z), hosts...), txt("example.lt.", many+" -all"))
		}),
		"mail_spf_void":       spf("v=spf1 a:x1.example.lt a:x2.example.lt a:x3.example.lt -all"),
		"mail_spf_broken":     spf("v=spf1 include:nobody.provider.lt -all"),
		"mail_spf_open":       spf("v=spf1 mx +all"),
		"mail_spf_no_end":     spf("v=spf1 mx"),
		"mail_spf_ptr":        spf("v=spf1 mx ptr -all"),
		"mail_spf_not_closed": without(func(w *world) { w.both(swap("v=spf1", `example.lt. 60 IN TXT "v=spf1 a -all"`)) }),

		"mail_dkim_missing": both(drop("s1._domainkey")),
		"mail_dkim_many":    both(swap("s1._domainkey", txt("s1._domainkey.example.lt.", key2048), txt("s1._domainkey.example.lt.", key1024))),
		"mail_dkim_syntax":  dkim("v=DKIM1; p=not base64!"),
		"mail_dkim_revoked": dkim("v=DKIM1; p="),
		"mail_dkim_short":   dkim(key512),
		"mail_dkim_weak":    dkim(key1024),
		"mail_dkim_testing": dkim(key2048 + "; t=y"),

		"mail_dmarc_missing":    both(drop("_dmarc")),
		"mail_dmarc_many":       both(add(`_dmarc.example.lt. 60 IN TXT "v=DMARC1; p=none"`)),
		"mail_dmarc_syntax":     dmarc("v=DMARC1; p=refuse"),
		"mail_dmarc_none":       dmarc("v=DMARC1; p=none; rua=mailto:a@example.lt"),
		"mail_dmarc_part":       dmarc("v=DMARC1; p=reject; pct=20; rua=mailto:a@example.lt"),
		"mail_dmarc_report":     dmarc("v=DMARC1; p=reject; rua=a@example.lt,mailto:a@example.lt"),
		"mail_dmarc_no_reports": dmarc("v=DMARC1; p=reject"),
		"mail_dmarc_not_reject": without(func(w *world) { w.both(swap("_dmarc", `_dmarc.example.lt. 60 IN TXT "v=DMARC1; p=none"`)) }),
	}
}

func TestEachFaultIsFoundAndNoOther(t *testing.T) {
	all := faults()
	for _, code := range domain.Codes() {
		f, ok := all[code]
		if !ok {
			t.Errorf("%s has no fault", code)
			continue
		}
		if f.spoil == nil {
			continue
		}
		t.Run(code, func(t *testing.T) {
			w := newWorld(t)
			f.spoil(w)
			r := w.look(t, "domain:example.lt", nil)
			want := append([]string{code}, f.also...)
			slices.Sort(want)
			if got := codes(r); r.Outcome != look.OK || !slices.Equal(got, want) {
				t.Errorf("%s, %v\n%+v", r.Outcome, got, r.Web.Findings)
			}
		})
	}
}

func TestARegistryThatIsNotInTheTableIsANote(t *testing.T) {
	w := newWorld(t)
	w.listed = "eu"
	r := w.look(t, "domain:example.lt", nil)
	if r.Outcome != look.OK || !slices.Equal(codes(r), []string{"domain_registry_unlisted"}) || r.Web.Domain.Registration.Problem != registry.ProblemUnlisted || w.asked.Load() != 0 {
		t.Errorf("%s, %v, %+v", r.Outcome, r.Web.Findings, r.Web.Domain.Registration)
	}
	if v, ok := sample(r, metric.WebsiteTrouble, metric.TroubleDomainExpiry); ok {
		t.Errorf("the trouble is %v although nobody knows", v)
	}
}

func TestNobodyHasANameOnlyWhenTheZoneAboveHasNoneEither(t *testing.T) {
	w := newWorld(t)
	w.whois = "Domain:\t\t\texample.lt\nStatus:\t\t\tavailable\n"
	if r := w.look(t, "domain:example.lt", nil); r.Outcome != look.OK || !slices.Equal(codes(r), []string{"domain_registry_silent"}) {
		t.Errorf("%s, %v", r.Outcome, codes(r))
	}
	w.lt = drop("example.lt.")(w.lt)
	r := w.look(t, "domain:example.lt", nil)
	if r.Outcome != look.Failed || r.Problem.Code != domain.CodeNotFound || !slices.Equal(codes(r), []string{"domain_not_registered"}) {
		t.Errorf("%s, %+v, %v", r.Outcome, r.Problem, codes(r))
	}
	if v, ok := sample(r, metric.WebsiteTrouble, metric.TroubleDomainExpiry); !ok || v != metric.TroubleUrgent {
		t.Errorf("%v", r.Samples)
	}
	if _, ok := sample(r, metric.WebsiteTrouble, metric.TroubleDomainDNS); ok {
		t.Error("what is down has two troubles")
	}
}

func TestWithoutAnyServerTheDomainIsDownAndWithoutTheRootUnknown(t *testing.T) {
	w := newWorld(t)
	w.quiet = []string{first, other}
	if r := w.look(t, "domain:example.lt", nil); r.Outcome != look.Unreachable || r.Problem.Code != domain.CodeNoServer {
		t.Errorf("%s, %+v", r.Outcome, r.Problem)
	}
	w.quiet = append(w.quiet, root)
	r := w.look(t, "domain:example.lt", nil)
	if r.Outcome != look.Unknown || r.Problem.Code != domain.CodeNoWay {
		t.Errorf("%s, %+v", r.Outcome, r.Problem)
	}
	if _, ok := sample(r, metric.ProbeSuccess, ""); ok {
		t.Error("what is unknown is neither up nor down")
	}
	if _, ok := sample(r, metric.DomainExpiry, ""); !ok {
		t.Error("the registry answered all the same")
	}
}

func TestTheRegistryIsAskedOnceADayAndAnHourAfterItFailed(t *testing.T) {
	w := newWorld(t)
	one := w.look(t, "domain:example.lt", nil)
	back := func(r look.Result, by time.Duration) *look.Result {
		r.Web.Domain.Registration.Asked = r.Web.Domain.Registration.Asked.Add(-by)
		return &r
	}
	two := w.look(t, "domain:example.lt", back(one, 20*time.Hour))
	if n := w.asked.Load(); n != 1 || two.Web.Domain.Registration.Expires.IsZero() {
		t.Errorf("asked %d times", n)
	}
	w.whois = "busy, come again\n"
	three := w.look(t, "domain:example.lt", back(two, 5*time.Hour))
	if g := three.Web.Domain.Registration; w.asked.Load() != 2 || g.Problem != registry.ProblemFormat || g.Expires.IsZero() || len(codes(three)) != 0 {
		t.Errorf("what was known is forgotten: %+v, %v", g, codes(three))
	}
	w.look(t, "domain:example.lt", back(three, 30*time.Minute))
	if n := w.asked.Load(); n != 2 {
		t.Errorf("asked again at once: %d times", n)
	}
	w.look(t, "domain:example.lt", back(three, 40*time.Minute))
	if n := w.asked.Load(); n != 3 {
		t.Errorf("not asked again after an hour: %d times", n)
	}
}

func TestMailThatIsInOrderIsLookedAtOnceADay(t *testing.T) {
	w := newWorld(t)
	one := w.look(t, "domain:example.lt", nil)
	before := w.dns.Asked(third)
	two := w.look(t, "domain:example.lt", &one)
	if w.dns.Asked(third) != before || !two.Web.Domain.Mail.Looked.Equal(one.Web.Domain.Mail.Looked) {
		t.Error("it was looked at again")
	}
	w.both(drop("v=spf1"))
	two.Web.Domain.Mail.Looked = two.Web.Domain.Mail.Looked.Add(-24 * time.Hour)
	three := w.look(t, "domain:example.lt", &two)
	w.both(add(`example.lt. 60 IN TXT "v=spf1 mx -all"`))
	four := w.look(t, "domain:example.lt", &three)
	if !slices.Equal(codes(three), []string{"mail_spf_missing"}) || len(codes(four)) != 0 {
		t.Errorf("%v, then %v", codes(three), codes(four))
	}
}

func TestDifferentVersionsAreToldWhenTheyLast(t *testing.T) { differentVersions(t, newWorld(t)) }

func differentVersions(t *testing.T, w *world) {
	t.Helper()
	w.two = swap("SOA", soa("example.lt.", 6), `example.lt. 60 IN TXT "of old"`)(w.two)
	one := w.look(t, "domain:example.lt", nil)
	if len(codes(one)) != 0 || one.Web.Domain.SerialsDiffer.IsZero() {
		t.Errorf("%v, %v", codes(one), one.Web.Domain.SerialsDiffer)
	}
	one.Web.Domain.SerialsDiffer = one.Web.Domain.SerialsDiffer.Add(-2 * time.Hour)
	if two := w.look(t, "domain:example.lt", &one); !slices.Equal(codes(two), []string{"dns_serials_differ"}) {
		t.Errorf("%v", codes(two))
	}
	w.two = w.one
	if three := w.look(t, "domain:example.lt", &one); len(codes(three)) != 0 || !three.Web.Domain.SerialsDiffer.IsZero() {
		t.Errorf("%v", codes(three))
	}
}

func TestANameThatIsNoZoneOfItsOwnHasTheServersOfItsZone(t *testing.T) {
	w := newWorld(t)
	w.terms.Selectors = nil
	r := w.look(t, "domain:www.example.lt", nil)
	if d := r.Web.Domain; r.Outcome != look.OK || d.Zone != "example.lt" || d.Registration.Name != "example.lt" || len(d.NameServers) != 2 {
		t.Errorf("%s, %+v", r.Outcome, d)
	}
}

func TestOnlyDomainsAreDomains(t *testing.T) {
	for _, target := range []string{"https://example.lt", "domain:", "domain:lt", "domain:192.0.2.1", "domain://example.lt", "domain:example.lt/x", "job:"} {
		if _, err := domain.New(target, domain.Terms{}, domain.Options{}); err == nil {
			t.Errorf("%q is a domain", target)
		}
	}
	if _, err := domain.New("domain:žemaitija.lt", domain.Terms{}, domain.Options{}); err != nil {
		t.Error(err)
	}
}

func TestALookThatIsCancelledSaysNothing(t *testing.T) {
	w := newWorld(t)
	w.look(t, "domain:example.lt", nil) // the zones are there
	d, err := domain.New("domain:example.lt", w.terms, domain.Options{Roots: []netip.AddrPort{w.dns.At(root)}, Port: w.dns.Port(), Registry: registry.New(registry.Options{})})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := d.Look(ctx, nil); r.Outcome != look.Unknown || len(r.Samples) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestEachCodeHasTextsAndALineInTheDocument(t *testing.T) {
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../docs/domain.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range i18n.Languages() {
		for _, code := range domain.Codes() {
			if !c.Has(lang, "finding."+code) || !c.Has(lang, "finding."+code+".do") {
				t.Errorf("%s: %s has no texts", lang, code)
			}
			if !strings.Contains(string(text), "| `"+code+"` |") {
				t.Errorf("docs/domain.md does not have %s", code)
			}
		}
		for code := range domain.Problems() {
			if !c.Has(lang, "problem."+code) {
				t.Errorf("%s: %s has no text", lang, code)
			}
		}
	}
}
