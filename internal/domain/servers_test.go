package domain_test

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/budi-monitor/budi/internal/domain"
	"github.com/budi-monitor/budi/internal/look"
)

func TestANameServerWithIPv6OnlyIsNotJudgedWithoutIPv6(t *testing.T) {
	w := newWorld(t)
	const far = "ns2.example.lt. 60 IN AAAA 2001:db8::2"
	w.lt = swap("ns2.example.lt. 60 IN A ", far)(w.lt)
	w.both(swap("ns2.example.lt. 60 IN A ", far))
	r := w.look(t, "domain:example.lt", nil)
	if s := r.Web.Domain.NameServers; r.Outcome != look.OK || len(r.Web.Findings) != 0 || len(s) != 2 || s[1].State != "unasked" {
		t.Errorf("%s, %+v, %+v", r.Outcome, r.Web.Findings, s)
	}
	// When it is the only one that could answer, nobody here knows whether it does.
	w.quiet = []string{first}
	if r := w.look(t, "domain:example.lt", nil); r.Outcome != look.Unknown || r.Problem.Code != domain.CodeNoWay {
		t.Errorf("%s, %+v", r.Outcome, r.Problem)
	}
	// One that has both is down when it does not answer by IPv4.
	both := []string{"ns2.example.lt. 60 IN A " + other, far}
	w.lt = swap(far, both...)(w.lt)
	w.quiet = []string{first, other}
	if r := w.look(t, "domain:example.lt", nil); r.Outcome != look.Unreachable || r.Problem.Code != domain.CodeNoServer {
		t.Errorf("%s, %+v", r.Outcome, r.Problem)
	}
}

func TestANameBelowADomainWhoseServersAreDownIsDown(t *testing.T) {
	w := newWorld(t)
	w.terms.Selectors = nil
	w.quiet = []string{first, other}
	if r := w.look(t, "domain:skyrius.example.lt", nil); r.Outcome != look.Unreachable || r.Problem.Code != domain.CodeNoServer {
		t.Errorf("%s, %+v", r.Outcome, r.Problem)
	}
	w.quiet, w.one, w.two = nil, nil, nil
	if r := w.look(t, "domain:skyrius.example.lt", nil); r.Outcome != look.Unreachable || r.Problem.Code != domain.CodeNoServer {
		t.Errorf("%s, %+v", r.Outcome, r.Problem)
	}
}

func TestManyExpectedRecordsLeaveQuestionsForMail(t *testing.T) {
	w := newWorld(t)
	for i := range 11 { // thirteen servers
		ns := fmt.Sprintf("m%d.example.lt.", i)
		w.lt = append(w.lt, "example.lt. 60 IN NS "+ns, ns+" 60 IN A "+first)
		w.both(add("example.lt. 60 IN NS "+ns, ns+" 60 IN A "+first))
	}
	for i := range domain.MaxRecords {
		w.both(add(fmt.Sprintf("h%d.example.lt. 60 IN CNAME web%d.provider.lt.", i, i)))
		w.else_ = append(w.else_, fmt.Sprintf("web%d.provider.lt. 60 IN A 192.0.2.44", i))
		w.terms.Records = append(w.terms.Records, domain.Record{Name: fmt.Sprintf("h%d", i), Type: "A", Values: []string{"192.0.2.44"}})
	}
	r := w.look(t, "domain:example.lt", nil)
	if d := r.Web.Domain; r.Outcome != look.OK || len(r.Web.Findings) != 0 || len(d.NameServers) != 13 || d.Mail == nil {
		t.Errorf("%s, %+v, %+v", r.Outcome, r.Web.Findings, d)
	}
}

func TestServersOfOneNetworkAreNearByIPv6Too(t *testing.T) {
	if l, err := net.ListenPacket("udp", "[::1]:0"); err != nil {
		t.Skip("this computer has no IPv6")
	} else {
		_ = l.Close()
	}
	const six = "::1"
	w := newWorld(t, six)
	w.roots = []string{six}
	w.moved = zoneExample()
	for _, z := range []*[]string{&w.lt, &w.one, &w.moved} {
		*z = swap("ns2.example.lt. 60 IN A ", "ns2.example.lt. 60 IN A "+near, "ns1.example.lt. 60 IN AAAA "+six, "ns2.example.lt. 60 IN AAAA "+six)(*z)
	}
	w.more = map[string]map[string][]string{six: {".": {soa(".", 1)}, "example.lt.": w.one}}
	r := w.look(t, "domain:example.lt", nil)
	if d := r.Web.Domain; r.Outcome != look.OK || !slices.Equal(codes(r), []string{"dns_one_network"}) || len(d.NameServers) != 4 || !netip.MustParseAddr(d.NameServers[1].Address).Is6() {
		t.Errorf("%s, %+v, %+v", r.Outcome, r.Web.Findings, d.NameServers)
	}
}
