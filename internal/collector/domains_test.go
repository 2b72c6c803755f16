package collector

import (
	"io"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/domain"
	"github.com/budi-monitor/budi/internal/domain/registry"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/nameservers"
)

// smallDNS is a root and a domain, and a registry that counts who asks.
func smallDNS(t *testing.T) (domain.Options, *atomic.Int32) {
	t.Helper()
	const root, one, two = "127.0.63.1", "127.0.63.2", "127.0.64.2"
	s, err := nameservers.Start(root, one, two)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	const soa = " 60 IN SOA a.invalid. b.invalid. 1 2 3 4 5"
	above := []string{". " + soa, "mokykla.lt. 60 IN NS ns1.mokykla.lt.", "mokykla.lt. 60 IN NS ns2.mokykla.lt.", "ns1.mokykla.lt. 60 IN A " + one, "ns2.mokykla.lt. 60 IN A " + two}
	zone := append([]string{
		"mokykla.lt. " + soa, "mokykla.lt. 60 IN A 192.0.2.10", "mokykla.lt. 60 IN MX 0 .", `mokykla.lt. 60 IN TXT "v=spf1 -all"`, `_dmarc.mokykla.lt. 60 IN TXT "v=DMARC1; p=reject"`,
	}, above[1:]...)
	for _, z := range []struct {
		at, name string
		records  []string
	}{{root, ".", above}, {one, "mokykla.lt.", zone}, {two, "mokykla.lt.", zone}} {
		if err := s.Set(z.at, z.name, z.records...); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	asked := &atomic.Int32{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			_, _ = c.Read(make([]byte, 100))
			_, _ = io.WriteString(c, "Domain: mokykla.lt\nStatus: registered\nExpires: "+time.Now().Add(20*24*time.Hour).Format(time.DateOnly)+"\n")
			_ = c.Close()
		}
	}()
	return domain.Options{
		Roots: []netip.AddrPort{s.At(root)}, Port: s.Port(),
		Registry: registry.New(registry.Options{Pause: time.Nanosecond, Servers: func(string) (registry.Servers, bool) { return registry.Servers{WHOIS: l.Addr().String()}, true }}),
	}, asked
}

func TestADomainIsWatched(t *testing.T) {
	c := newTwoSides(t).c
	var asked *atomic.Int32
	c.domains, asked = smallDNS(t)
	keeper := access.WithIdentity(t.Context(), access.Local("test"))
	check := settings.Check{ID: "domain", Spec: probe.Spec{Target: "domain:mokykla.lt"}, Domain: domain.Terms{Records: []domain.Record{{Name: "@", Type: "A", Values: []string{"192.0.2.11"}}}}}
	if r, err := (checkActions{c}).TryCheck(keeper, check, ""); err != nil || r.Outcome != look.OK {
		t.Fatalf("tried: %+v, %v", r, err)
	}
	if _, known := c.outcomes.newest("domain", keptDomain); known {
		t.Error("what was tried only is kept")
	}
	id, err := checkActions{c}.AddCheck(keeper, check, "")
	if err != nil {
		t.Fatal(err)
	}
	w := (*c.looking.plan.Load())[checkPrefix+id]
	if w.Interval != domain.DefaultInterval || w.Timeout < domain.Timeout {
		t.Errorf("each %s within %s", w.Interval, w.Timeout)
	}
	before := asked.Load()
	r := w.Look(t.Context())
	var codes []string
	for _, f := range r.Web.Findings {
		codes = append(codes, f.Code)
	}
	if want := []string{domain.CodeRecordDiffers, domain.CodeEndsSoon}; r.Outcome != look.OK || !slices.Equal(codes, want) {
		t.Errorf("%s, %v", r.Outcome, codes)
	}
	for trouble, want := range map[string]float64{metric.TroubleDomainExpiry: 1, metric.TroubleDomainDNS: 1, metric.TroubleDomainMail: 0} {
		if v, ok := value(r, metric.WebsiteTrouble, "trouble", trouble); !ok || v != want {
			t.Errorf("%s: %v", trouble, v)
		}
	}
	// As after a restart: what the registry said is read from the disk.
	c.outcomes = &outcomes{c: c}
	if r = w.Look(t.Context()); asked.Load() != before+1 || r.Web.Domain.Registration.Expires.IsZero() {
		t.Errorf("the registry was asked %d times", asked.Load()-before)
	}
	c.looking.take(t.Context(), checkPrefix+id, r)
	page, err := checksView{c}.Check(keeper, id, web.Day)
	if err != nil || page.Result == nil || page.Result.Web.Domain.Name != "mokykla.lt" || page.DomainEnds.IsZero() {
		t.Errorf("%+v, %v", page.Result, err)
	}
}
