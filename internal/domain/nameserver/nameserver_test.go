package nameserver_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/budi-monitor/budi/internal/domain/nameserver"
	"github.com/budi-monitor/budi/internal/reach"
	"github.com/budi-monitor/budi/internal/sim/nameservers"
)

const (
	root = "127.0.53.11"
	leaf = "127.0.53.12"
)

func start(t *testing.T) *nameservers.Servers {
	t.Helper()
	s, err := nameservers.Start(root, leaf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	set := func(at, zone string, records ...string) {
		t.Helper()
		if err := s.Set(at, zone, append(records, zone+" 60 IN SOA a.invalid. b.invalid. 1 2 3 4 5")...); err != nil {
			t.Fatal(err)
		}
	}
	set(root, ".", "lt. 60 IN NS a.lt.", "a.lt. 60 IN A "+root)
	set(root, "lt.", "lt. 60 IN NS a.lt.", "a.lt. 60 IN A "+root,
		"x.lt. 60 IN NS ns.x.lt.", "ns.x.lt. 60 IN A "+leaf,
		"far.lt. 60 IN NS ns.x.lt.", // whose address is not given along
		"mad.lt. 60 IN NS ns.sad.lt.", "sad.lt. 60 IN NS ns.mad.lt.",
		"both.lt. 60 IN NS a.lt.")
	set(root, "both.lt.", "both.lt. 60 IN NS a.lt.", "both.lt. 60 IN NS b.lt.")
	set(leaf, "x.lt.", "x.lt. 60 IN NS ns.x.lt.", "ns.x.lt. 60 IN A "+leaf, "www.x.lt. 60 IN CNAME web.far.lt.", "round.x.lt. 60 IN CNAME tour.far.lt.", "deep.sub.x.lt. 60 IN A 192.0.2.7")
	set(leaf, "far.lt.", "far.lt. 60 IN NS ns.x.lt.", "web.far.lt. 60 IN A 192.0.2.8", "tour.far.lt. 60 IN CNAME round.x.lt.")
	return s
}

func asker(s *nameservers.Servers, o nameserver.Options) *nameserver.Asker {
	o.Roots, o.Port, o.Wait = []netip.AddrPort{s.At(root)}, s.Port(), 600*time.Millisecond
	return nameserver.New(o)
}

func TestDelegations(t *testing.T) {
	s := start(t)
	for name, want := range map[string]nameserver.Delegation{
		"x.lt":          {Exists: true, Zone: "x.lt", Servers: []string{"ns.x.lt"}},
		"X.LT.":         {Exists: true, Zone: "x.lt", Servers: []string{"ns.x.lt"}},
		"deep.sub.x.lt": {Exists: true, Zone: "x.lt", Servers: []string{"ns.x.lt"}},
		"sub.x.lt":      {Exists: true, Zone: "x.lt", Servers: []string{"ns.x.lt"}}, // nothing but something below it
		"no.lt":         {},
		"no.x.lt":       {},
		"both.lt":       {Exists: true, Zone: "both.lt", Servers: []string{"a.lt", "b.lt"}, Shared: true},
	} {
		d, err := asker(s, nameserver.Options{}).Delegation(t.Context(), name)
		if err != nil || d.Exists != want.Exists || want.Exists && d.Zone != want.Zone || want.Exists && !slices.Equal(d.Servers, want.Servers) || d.Shared != want.Shared {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

func TestLookupsFollowAliasesAndServersWithoutAddresses(t *testing.T) {
	a := asker(start(t), nameserver.Options{})
	got, err := a.Lookup(t.Context(), "www.x.lt", dns.TypeA)
	if err != nil || !got.Exists || len(got.Records) != 1 || !slices.Equal(got.Aliases, []string{"web.far.lt"}) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := a.Addresses(t.Context(), "www.x.lt"); err != nil || !slices.Equal(got, []netip.Addr{netip.MustParseAddr("192.0.2.8")}) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := a.Lookup(t.Context(), "no.x.lt", dns.TypeA); err != nil || got.Exists || len(got.Records) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAnAnswerThatIsTooLongForAPacketIsAskedForAgain(t *testing.T) {
	s := start(t)
	records := []string{"x.lt. 60 IN SOA a.invalid. b.invalid. 1 2 3 4 5"}
	for i := range 20 {
		records = append(records, fmt.Sprintf("x.lt. 60 IN TXT %q", fmt.Sprint(i, strings.Repeat("x", 200))))
	}
	if err := s.Set(leaf, "x.lt.", records...); err != nil {
		t.Fatal(err)
	}
	if got, err := asker(s, nameserver.Options{}).Lookup(t.Context(), "x.lt", dns.TypeTXT); err != nil || len(got.Records) != 20 {
		t.Errorf("%d records, %v", len(got.Records), err)
	}
}

func TestAddressesToWhichThereIsNoWayAreLeftOut(t *testing.T) {
	s := start(t)
	var roots []netip.AddrPort
	for i := range 10 { // an address of a link without the link: no system sends a packet there
		roots = append(roots, netip.MustParseAddrPort(fmt.Sprintf("[fe80::%d]:53", i+1)))
	}
	if _, err := nameserver.New(nameserver.Options{Roots: roots}).Lookup(t.Context(), "x.lt", dns.TypeA); !errors.Is(err, nameserver.ErrNoWay) || errors.Is(err, nameserver.ErrSilent) {
		t.Errorf("%v", err)
	}
	a := nameserver.New(nameserver.Options{Roots: append(roots, s.At(root)), Port: s.Port(), Budget: 3})
	if got, err := a.Lookup(t.Context(), "deep.sub.x.lt", dns.TypeA); err != nil || len(got.Records) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhoIsSilentIsNotWaitedForAgainAndAgain(t *testing.T) {
	s := start(t)
	s.Silence(leaf, true)
	a := asker(s, nameserver.Options{})
	for i := range 10 {
		if _, err := a.Lookup(t.Context(), fmt.Sprintf("w%d.x.lt", i), dns.TypeA); !errors.Is(err, nameserver.ErrSilent) {
			t.Errorf("%v", err)
		}
	}
	if n := s.Asked(leaf); n != 4 {
		t.Errorf("it was asked %d times, not twice with a packet that may be lost each", n)
	}
	// Asked itself, it is asked; and when it answers, it is there again.
	s.Silence(leaf, false)
	if _, err := a.Ask(t.Context(), s.At(leaf), "x.lt", dns.TypeSOA); err != nil {
		t.Error(err)
	}
	if got, err := a.Lookup(t.Context(), "deep.sub.x.lt", dns.TypeA); err != nil || len(got.Records) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestOfASilentZoneTheDelegationIsTold(t *testing.T) {
	s := start(t)
	s.Silence(leaf, true)
	d, err := asker(s, nameserver.Options{}).Delegation(t.Context(), "deep.sub.x.lt")
	if !errors.Is(err, nameserver.ErrSilent) || d.Zone != "x.lt" || !slices.Equal(d.Servers, []string{"ns.x.lt"}) {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestWhatLeadsNowhereEnds(t *testing.T) {
	s := start(t)
	for _, name := range []string{"round.x.lt", "www.mad.lt"} {
		if got, err := asker(s, nameserver.Options{}).Lookup(t.Context(), name, dns.TypeA); !errors.Is(err, nameserver.ErrTangled) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := asker(s, nameserver.Options{Budget: 2}).Lookup(t.Context(), "www.x.lt", dns.TypeA); !errors.Is(err, nameserver.ErrBudget) {
		t.Errorf("%v", err)
	}
	s.Silence(leaf, true)
	if _, err := asker(s, nameserver.Options{}).Lookup(t.Context(), "www.x.lt", dns.TypeA); !errors.Is(err, nameserver.ErrSilent) {
		t.Errorf("%v", err)
	}
	deny := reach.Policy{Deny: []netip.Prefix{netip.MustParsePrefix(leaf + "/32")}}
	var forbidden *reach.ForbiddenError
	if _, err := asker(s, nameserver.Options{Reach: deny}).Lookup(t.Context(), "www.x.lt", dns.TypeA); !errors.As(err, &forbidden) {
		t.Errorf("%v", err)
	}
}
