package mailauth_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/domain/mailauth"
)

func TestRecordsOfSPF(t *testing.T) {
	for _, text := range []string{
		"v=spf1", "v=spf1 -all", "V=SPF1 MX -ALL", "v=spf1 a mx ip4:192.0.2.0/24 ip6:2001:db8::/32 include:_spf.example.com ~all",
		"v=spf1 a/24 mx//64 a:www.example.lt/24//64 exists:%{i}._spf.%{d2}.example.lt -all", "v=spf1 redirect=_spf.example.com", "v=spf1 exp=why.example.lt x-later=1 ?all",
		"v=spf1 ptr ptr:example.lt +all", "v=spf1  mx   -all",
	} {
		if _, err := mailauth.ParseSPF(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{
		"v=spf2 -all", "v=spf1;-all", "v=spf1 all:x", "v=spf1 include", "v=spf1 include:", "v=spf1 include:localhost", "v=spf1 ip4:192.0.2.300", "v=spf1 ip4:192.0.2.0/33",
		"v=spf1 ip4:2001:db8::1", "v=spf1 ip6:192.0.2.1", "v=spf1 a:", "v=spf1 a/33", "v=spf1 mx:example.lt/x", "v=spf1 redirect=a.lt redirect=b.lt", "v=spf1 redirect=",
		"v=spf1 ipv4:192.0.2.1 -all", "v=spf1 - all", "v=spf1 exists:%{x}.example.lt", "v=spf1 exists:%a.example.lt", "v=spf1 include:a..lt",
	} {
		_, err := mailauth.ParseSPF(text)
		var syntax *mailauth.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: %v", text, err)
		}
	}
	s, err := mailauth.ParseSPF("v=spf1 mx -all redirect=x.lt ip4:192.0.2.1")
	if err != nil || s.All != '-' || s.Redirect != "" || len(s.Terms) != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestWhatSPFCosts(t *testing.T) {
	records := map[string][]string{
		"a.lt": {"v=spf1 mx -all"}, "b.lt": {"v=spf1 include:a.lt include:a.lt -all"}, "self.lt": {"v=spf1 include:self.lt -all"},
		"two.lt": {"v=spf1 -all", "v=spf1 ~all"}, "bad.lt": {"v=spf1 what -all"},
	}
	ask := func(_ context.Context, term mailauth.Term) mailauth.Found {
		return mailauth.Found{SPF: records[term.Domain], Any: term.Domain != "none.lt", Known: term.Domain != "mute.lt"}
	}
	for text, want := range map[string]mailauth.Cost{
		"v=spf1 ip4:192.0.2.1 -all":           {},
		"v=spf1 a mx ptr -all":                {Lookups: 3},
		"v=spf1 include:a.lt -all":            {Lookups: 2},
		"v=spf1 include:b.lt -all":            {Lookups: 5},
		"v=spf1 redirect=a.lt":                {Lookups: 2},
		"v=spf1 include:two.lt include:no.lt": {Lookups: 2, Broken: []string{"two.lt", "no.lt"}},
		"v=spf1 include:bad.lt":               {Lookups: 1, Broken: []string{"bad.lt"}},
		"v=spf1 a:none.lt a:none.lt":          {Lookups: 2, Void: 2},
		"v=spf1 include:mute.lt":              {Lookups: 1, Unsure: true},
		"v=spf1 exists:%{i}.x.lt":             {Lookups: 1},
	} {
		s, err := mailauth.ParseSPF(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got := mailauth.Count(t.Context(), "example.lt", s, ask)
		if got.Lookups != want.Lookups || got.Void != want.Void || got.Unsure != want.Unsure || strings.Join(got.Broken, " ") != strings.Join(want.Broken, " ") {
			t.Errorf("%q: %+v, not %+v", text, got, want)
		}
	}
	s, err := mailauth.ParseSPF("v=spf1 include:self.lt -all")
	if got := mailauth.Count(t.Context(), "self.lt", s, ask); err != nil || got.Lookups <= mailauth.MaxLookups {
		t.Errorf("what includes itself costs %+v, %v", got, err)
	}
}

// Everybody may send when a record says so, in whatever words, and when one does
// that it includes.
func TestWhatLetsEverybodySend(t *testing.T) {
	records := map[string]string{
		"open.lt": "v=spf1 +all", "shut.lt": "v=spf1 mx -all", "deep.lt": "v=spf1 include:open.lt -all", "soft.lt": "v=spf1 ?include:open.lt -all", "wide.lt": "v=spf1 ip4:0.0.0.0/0 -all",
	}
	ask := func(_ context.Context, term mailauth.Term) mailauth.Found {
		return mailauth.Found{SPF: []string{records[term.Domain]}, Any: true, Known: true}
	}
	for text, want := range map[string]string{
		"v=spf1 all": "all", "v=spf1 mx +all": "+all", "v=spf1 ip4:0.0.0.0/0 -all": "ip4:0.0.0.0/0", "v=spf1 ip6:::/0 ~all": "ip6:::/0", "v=spf1 a/0 -all": "a/0", "v=spf1 mx:x.lt/24//0 -all": "mx:x.lt/24//0",
		"v=spf1 include:open.lt -all": "open.lt: +all", "v=spf1 redirect=open.lt": "open.lt: +all", "v=spf1 include:deep.lt -all": "open.lt: +all", "v=spf1 include:wide.lt ~all": "wide.lt: ip4:0.0.0.0/0",
		"v=spf1 include:shut.lt -all": "", "v=spf1 -include:open.lt mx -all": "", "v=spf1 include:soft.lt -all": "", "v=spf1 ~all": "", "v=spf1 -ip4:0.0.0.0/0": "", "v=spf1 ip4:10.0.0.0/8 ip6:2001:db8::/32 a/24//64 -all": "",
	} {
		s, err := mailauth.ParseSPF(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := s.Open() + strings.Join(mailauth.Count(t.Context(), "example.lt", s, ask).Open, " "); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}

func TestKeysOfDKIM(t *testing.T) {
	const ed = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	if k, err := mailauth.ParseKey("v=DKIM1; k=ed25519; p=" + ed); err != nil || k.Type != "ed25519" || k.Bits != 256 {
		t.Errorf("%+v, %v", k, err)
	}
	if k, err := mailauth.ParseKey("p="); err != nil || !k.Revoked {
		t.Errorf("%+v, %v", k, err)
	}
	for _, text := range []string{"", ";", "v=DKIM1", "k=rsa; v=DKIM1; p=", "v=DKIM2; p=", "p=###", "p=AAAA", "k=dsa; p=AAAA", "k=ed25519; p=AAAA", "p=; p=", "p"} {
		if k, err := mailauth.ParseKey(text); err == nil {
			t.Errorf("%q is a key: %+v", text, k)
		}
	}
}

func TestRecordsOfDMARC(t *testing.T) {
	d, err := mailauth.ParseDMARC("v=DMARC1; p=Quarantine; sp=reject; pct=50; rua=mailto:a@example.lt!10m, mailto:b@example.lt; adkim=s; x=y;")
	if err != nil || d.Policy != "quarantine" || d.Subdomain != "reject" || d.Percent != 50 || len(d.Reports) != 2 || d.BadReport != "" {
		t.Errorf("%+v, %v", d, err)
	}
	for _, text := range []string{
		"v=DMARC2; p=none", "v=DMARC1", "v=DMARC1; rua=mailto:a@b.lt; p=none", "v=DMARC1; p=", "v=DMARC1; p=nothing", "v=DMARC1; p=none; pct=101", "v=DMARC1; p=none; aspf=x",
		"v=DMARC1; p=none; p=none", "p=none; v=DMARC1",
	} {
		if _, err := mailauth.ParseDMARC(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
	for _, bad := range []string{"a@example.lt", "mailto:example.lt", "mailto:@example.lt", "mailto:a@b@c.lt", "mailto:", "http:"} {
		if d, err := mailauth.ParseDMARC("v=DMARC1; p=none; rua=" + bad); err != nil || d.BadReport == "" {
			t.Errorf("%q: %+v, %v", bad, d, err)
		}
	}
}

func FuzzSPF(f *testing.F) {
	f.Add("v=spf1 a:x.lt/24//64 include:%{d}.x.lt -all")
	f.Add("v=spf1 redirect=%{l1r-}.x.lt")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := mailauth.ParseSPF(text)
		if err != nil {
			return
		}
		n := 0
		cost := mailauth.Count(t.Context(), "x.lt", s, func(context.Context, mailauth.Term) mailauth.Found {
			n++
			return mailauth.Found{SPF: []string{text}, Known: true}
		})
		if n > 100 || cost.Lookups > 100 {
			t.Errorf("%d questions, %+v", n, cost)
		}
	})
}

func FuzzDKIM(f *testing.F) {
	f.Add("v=DKIM1; k=rsa; t=y:s; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJB")
	f.Fuzz(func(t *testing.T, text string) {
		if k, err := mailauth.ParseKey(text); err == nil && !k.Revoked && k.Bits == 0 {
			t.Errorf("%q: %+v", text, k)
		}
	})
}

func FuzzDMARC(f *testing.F) {
	f.Add("v=DMARC1; p=none; rua=mailto:a@b.lt!5k,x; pct=7")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := mailauth.ParseDMARC(text)
		if err == nil && (d.Policy == "" || d.Percent < 0 || d.Percent > 100) {
			t.Errorf("%q: %+v", text, d)
		}
	})
}
