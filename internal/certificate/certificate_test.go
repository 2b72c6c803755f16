package certificate_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/certificate"
	"github.com/budi-monitor/budi/internal/certificate/certtest"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
)

const host = "www.mokykla.lt"

// codes lists what was found, each code as often as it was.
func codes(findings []look.Finding) []string {
	out := make([]string, len(findings))
	for i, f := range findings {
		out[i] = f.Code
	}
	slices.Sort(out)
	return out
}

func TestEveryFaultOfAChainIsToldAtOnce(t *testing.T) {
	root := certtest.Root(t, "Root")
	between := root.Authority(t, "Between")
	strange := certtest.Root(t, "Strange Root")
	roots := certtest.Pool(root)
	day := certtest.Day
	aia := certtest.FetchedAt("http://ca.example/between.crt")
	rsaRoot := make1024Root(t)

	good := between.Issue(t, host, aia)
	bare := func(p certtest.Pair) []*x509.Certificate { return certtest.Chain(p, between) }
	other := strange.Issue(t, "other.example")
	overRoot := certtest.Root(t, "Over Root", certtest.Valid(-900*day, -day))
	// The same authority, with a certificate of an older root as well.
	cross := func() certtest.Pair {
		p := certtest.Pair{Cert: overRoot.IssueFor(t, between.Key, "Between", func(c *x509.Certificate) {
			c.DNSNames, c.ExtKeyUsage, c.IsCA, c.BasicConstraintsValid, c.KeyUsage = nil, nil, true, true, x509.KeyUsageCertSign
			c.NotBefore, c.NotAfter = time.Now().Add(-800*day), time.Now().Add(-2*day)
		}).Cert, Key: between.Key}
		return p
	}()

	for name, tc := range map[string]struct {
		chain []*x509.Certificate
		host  string
		want  []string
	}{
		"nothing is wrong":                {bare(good), host, nil},
		"nothing is wrong, root sent too": {certtest.Chain(good, between, root), host, nil},
		"an address":                      {bare(between.Issue(t, "192.0.2.7")), "192.0.2.7", nil},
		"a star":                          {bare(between.Issue(t, "*.mokykla.lt")), host, nil},
		"expired":                         {bare(between.Issue(t, host, certtest.Valid(-46*day, -day))), host, []string{certificate.CodeExpired}},
		"not yet valid":                   {bare(between.Issue(t, host, certtest.Valid(day, 40*day))), host, []string{certificate.CodeNotYetValid}},
		"soon over":                       {bare(between.Issue(t, host, certtest.Valid(-36*day, 9*day))), host, []string{certificate.CodeEndsSoon}},
		"six days are a whole life":       {bare(between.Issue(t, host, certtest.Valid(-day, 5*day))), host, nil},
		"wrong name":                      {bare(between.Issue(t, "paslaugos.lt")), host, []string{certificate.CodeWrongName}},
		"wrong address":                   {bare(good), "192.0.2.7", []string{certificate.CodeWrongName}},
		"common name only":                {bare(between.Issue(t, host, certtest.For())), host, []string{certificate.CodeNoNames}},
		"self-signed":                     {certtest.Chain(certtest.SelfSigned(t, host)), host, []string{certificate.CodeSelfSigned}},
		"unknown issuer, not sent":        {certtest.Chain(strange.Issue(t, host)), host, []string{certificate.CodeUnknownIssuer}},
		"unknown issuer, sent":            {certtest.Chain(strange.Issue(t, host), strange), host, []string{certificate.CodeUnknownIssuer}},
		"missing intermediate":            {certtest.Chain(good), host, []string{certificate.CodeMissing}},
		"missing, with another instead":   {certtest.Chain(good, strange), host, []string{certificate.CodeForeign, certificate.CodeMissing}},
		"wrong order":                     {certtest.Chain(good, root, between), host, []string{certificate.CodeOrder}},
		"foreign certificate":             {certtest.Chain(good, between, other), host, []string{certificate.CodeForeign}},
		"the same twice":                  {certtest.Chain(good, between, good), host, []string{certificate.CodeForeign}},
		"weak key":                        {bare(between.IssueFor(t, certtest.RSA(t, 1024), host)), host, []string{certificate.CodeWeakKey}},
		"RSA 2048 is strong enough":       {bare(between.IssueFor(t, certtest.RSA(t, 2048), host)), host, nil},
		"weak curve":                      {bare(between.IssueFor(t, certtest.EC(t, elliptic.P224()), host)), host, []string{certificate.CodeWeakKey}},
		"SHA-1, by an authority sent":     {certtest.Chain(between.Issue(t, host, certtest.Signed(x509.ECDSAWithSHA1)), between), host, []string{certificate.CodeWeakSignature}},
		"SHA-1, by an authority not sent": {certtest.Chain(root.Issue(t, host, certtest.Signed(x509.ECDSAWithSHA1))), host, []string{certificate.CodeWeakSignature}},
		"SHA-1 with RSA":                  {certtest.Chain(rsaRoot.Issue(t, host, certtest.Signed(x509.SHA1WithRSA)), rsaRoot), host, []string{certificate.CodeUnknownIssuer, certificate.CodeWeakKey, certificate.CodeWeakSignature}},
		"SHA-1 in the middle": {certtest.Chain(good, certtest.Pair{Cert: root.IssueFor(t, between.Key, "Between", func(c *x509.Certificate) {
			c.SignatureAlgorithm, c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.ExtKeyUsage = x509.ECDSAWithSHA1, true, true, x509.KeyUsageCertSign, nil
		}).Cert}), host, []string{certificate.CodeWeakSignature}},
		"valid for too long":              {bare(between.Issue(t, host, certtest.Valid(-10*day, 900*day))), host, []string{certificate.CodeTooLong}},
		"for signing programs":            {bare(between.Issue(t, host, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning} })), host, []string{certificate.CodeNotAllowed}},
		"issued by what is no authority":  {certtest.Chain(good.Issue(t, host), good, between), host, []string{certificate.CodeNotAllowed}},
		"an authority that is over":       {certtest.Chain(good, cross), host, []string{certificate.CodeExpired, certificate.CodeUnknownIssuer}},
		"an older way beside a good one":  {certtest.Chain(good, cross, between), host, []string{certificate.CodeOrder}},
		"a good way beside an older one":  {certtest.Chain(good, between, cross), host, nil},
		"an authority above that is over": {certtest.Chain(good, between, cross, overRoot), host, nil},
		"everything at once": {
			certtest.Chain(strange.IssueFor(t, certtest.RSA(t, 1024), "paslaugos.lt", certtest.Valid(-900*day, -day), certtest.Signed(x509.ECDSAWithSHA1)), other, strange), host,
			[]string{certificate.CodeExpired, certificate.CodeForeign, certificate.CodeTooLong, certificate.CodeUnknownIssuer, certificate.CodeWeakKey, certificate.CodeWeakSignature, certificate.CodeOrder, certificate.CodeWrongName},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := certificate.Judge(tc.chain, tc.host, roots, time.Now())
			want := slices.Sorted(slices.Values(tc.want))
			if got := codes(findings); !slices.Equal(got, want) {
				t.Errorf("found %v\nwant  %v\n%+v", got, want, findings)
			}
		})
	}
}

func make1024Root(t *testing.T) certtest.Pair {
	t.Helper()
	k := certtest.RSA(t, 1024)
	self := certtest.Root(t, "Old Root")
	p := self.IssueFor(t, k, "Old Root", func(c *x509.Certificate) {
		c.DNSNames, c.ExtKeyUsage, c.IsCA, c.BasicConstraintsValid, c.KeyUsage = nil, nil, true, true, x509.KeyUsageCertSign
	})
	return p
}

func TestTheCertificateIsTold(t *testing.T) {
	root := certtest.Root(t, "Root")
	between := root.Authority(t, "Between", certtest.Valid(-100*certtest.Day, 20*certtest.Day))
	leaf := between.Issue(t, host, certtest.For(host, "mokykla.lt", "192.0.2.7"))
	got, findings := certificate.Judge(certtest.Chain(leaf, between), host, certtest.Pool(root), time.Now())
	if len(findings) != 0 {
		t.Errorf("found %+v", findings)
	}
	if !slices.Equal(got.Names, []string{host, "mokykla.lt", "192.0.2.7"}) || got.Subject != host || got.Issuer != "Between" ||
		got.Key != "ECDSA P-256" || got.Signature != "ECDSA-SHA256" || !slices.Equal(got.Chain, []string{host, "Between"}) || got.Serial == "" {
		t.Errorf("got %+v", got)
	}
	if !got.NotAfter.Equal(between.Cert.NotAfter) {
		t.Errorf("the chain ends on %s, not with its first certificate on %s", got.NotAfter, between.Cert.NotAfter)
	}
	if c, findings := certificate.Judge(nil, host, nil, time.Now()); len(findings) != 0 || c.Subject != "" {
		t.Errorf("of nothing: %+v %+v", c, findings)
	}
}

// Every finding has two texts in both languages, and brings whatever they ask for.
func TestFindingsHaveTexts(t *testing.T) {
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	day := certtest.Day
	root := certtest.Root(t, "Root")
	roots := certtest.Pool(root)
	tiny := *root.Issue(t, host).Cert
	tinyKey := *certtest.RSA(t, 1024)
	tinyKey.N.Rsh(tinyKey.N, 512)
	tiny.PublicKey = &tinyKey.PublicKey
	told := map[string]look.Finding{}
	for _, chain := range [][]*x509.Certificate{
		certtest.Chain(root.Issue(t, "other.example", certtest.Valid(-2000*day, -day)), root.Authority(t, "Other")),
		certtest.Chain(root.Issue(t, host, certtest.Valid(day, 2*day), func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning} })),
		certtest.Chain(root.Issue(t, host, certtest.Valid(-60*day, day), certtest.For())),
		certtest.Chain(certtest.SelfSigned(t, host)),
		certtest.Chain(certtest.Root(t, "Strange").Issue(t, host)),
		certtest.Chain(certtest.Root(t, "Strange").Issue(t, host, certtest.FetchedAt("http://ca.example/a"))),
		certtest.Chain(root.IssueFor(t, certtest.RSA(t, 1024), host, certtest.Signed(x509.ECDSAWithSHA1))),
		{&tiny},
		func() []*x509.Certificate {
			a := root.Authority(t, "A")
			b := a.Authority(t, "B")
			return certtest.Chain(b.Issue(t, host), a, b)
		}(),
	} {
		_, findings := certificate.Judge(chain, host, roots, time.Now())
		for _, f := range findings {
			told[f.Code] = f
		}
	}
	if got, want := slices.Sorted(maps.Keys(told)), slices.Sorted(slices.Values(certificate.Codes())); !slices.Equal(got, want) {
		t.Errorf("told %v, want each of %v", got, want)
	}
	for _, lang := range i18n.Languages() {
		for code, f := range told {
			args := map[string]any{"Subject": f.Subject}
			for k, v := range f.Args {
				args[k] = v
			}
			for _, key := range []string{"finding." + code, "finding." + code + ".do"} {
				if text := c.Text(lang, key, args); text == key || strings.Contains(text, "<no value>") {
					t.Errorf("%s: %s: %q", lang, key, text)
				}
			}
		}
	}
}

// A chain can be made to branch at each step: that takes no time.
func TestABranchingChainIsBounded(t *testing.T) {
	self := certtest.Root(t, "Same")
	var all []certtest.Pair
	for i := range 40 {
		p := self.IssueFor(t, self.Key, "Same", func(c *x509.Certificate) {
			c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.DNSNames = true, true, x509.KeyUsageCertSign, []string{fmt.Sprintf("n%d.example", i)}
		})
		all = append(all, p)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		certificate.Judge(certtest.Chain(all...), host, certtest.Pool(), time.Now())
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("a chain that branches is not judged within a minute")
	}
}
