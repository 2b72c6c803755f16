package probe_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/dnsserver"
	"github.com/budi-monitor/budi/internal/sim/freeport"
)

func startDNS(t testing.TB) *dnsserver.Server {
	t.Helper()
	s, err := dnsserver.Start(
		"www.example.lt. 60 IN A 192.0.2.1",
		"www.example.lt. 60 IN A 192.0.2.2",
		"www.example.lt. 60 IN TXT \"one \" \"text\"",
		"example.lt. 60 IN MX 10 Mail.example.lt.",
		"example.lt. 60 IN SOA ns.example.lt. admin.example.lt. 2026112301 3600 600 86400 60",
		"local.example.lt. 60 IN A 127.0.0.1",
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestADNSServerIsAskedAndItsAnswerJudged(t *testing.T) {
	for _, tc := range []struct {
		name      string
		ask       string
		spec      probe.DNSSpec
		behaviour dnsserver.Behaviour
		timeout   time.Duration
		code      string
		answers   float64 // -1: nothing is known of them
	}{
		{name: "any answer", ask: "www.example.lt", answers: 2},
		{name: "the values are right, in another order", ask: "www.example.lt", spec: probe.DNSSpec{Answers: []string{"192.0.2.2", "192.0.2.1"}}, answers: 2},
		{name: "a value too many", ask: "www.example.lt", spec: probe.DNSSpec{Answers: []string{"192.0.2.1"}}, code: probe.CodeDNSUnexpected, answers: 2},
		{name: "a value is missing", ask: "www.example.lt", spec: probe.DNSSpec{Answers: []string{"192.0.2.1", "192.0.2.2", "192.0.2.9"}}, code: probe.CodeDNSUnexpected, answers: 2},
		{name: "MX as dig prints it", ask: "example.lt", spec: probe.DNSSpec{Type: "mx", Answers: []string{"10 mail.example.lt."}}, answers: 1},
		{name: "the strings of a TXT record belong together", ask: "www.example.lt", spec: probe.DNSSpec{Type: "TXT", Answers: []string{"one text"}}, answers: 1},
		{name: "no record of this type", ask: "www.example.lt", spec: probe.DNSSpec{Type: "AAAA"}, code: probe.CodeDNSNoAnswer},
		{name: "no such name", ask: "nothing.example.lt", code: probe.CodeDNSRcode},
		{name: "refuses", ask: "www.example.lt", behaviour: dnsserver.Refused, code: probe.CodeDNSRcode},
		{name: "truncated, then by TCP", ask: "www.example.lt", behaviour: dnsserver.Truncated, answers: 2},
		{name: "never answers", ask: "www.example.lt", behaviour: dnsserver.Silent, timeout: 300 * time.Millisecond, code: probe.CodeTimeout, answers: -1},
		{name: "the first packet is lost", ask: "www.example.lt", behaviour: dnsserver.Lossy, timeout: 3 * time.Second, answers: 2},
		{name: "rubbish", ask: "www.example.lt", behaviour: dnsserver.Rubbish, code: probe.CodeBadResponse, answers: -1},
		{name: "answers another question", ask: "www.example.lt", behaviour: dnsserver.Stranger, code: probe.CodeBadResponse, answers: -1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := startDNS(t)
			s.Set(tc.behaviour)
			r := lookAt(t, probe.Spec{Target: "dns://" + s.Address() + "/" + tc.ask, Timeout: tc.timeout, DNS: tc.spec}, probe.Options{})
			if tc.code == "" && r.Problem != nil {
				t.Errorf("%+v", r.Problem)
			} else if tc.code != "" {
				wantProblem(t, r, tc.code)
			}
			if tc.answers >= 0 {
				wantSample(t, r, tc.answers, metric.ProbeDNSAnswerRRs)
			}
		})
	}
}

func TestTheSerialOfAZoneIsGiven(t *testing.T) {
	s := startDNS(t)
	r := lookAt(t, probe.Spec{Target: "dns://" + s.Address() + "/example.lt", DNS: probe.DNSSpec{Type: "SOA"}}, probe.Options{})
	wantSample(t, r, 2026112301, metric.ProbeDNSSerial)
}

func TestADNSServerThatIsOffRefuses(t *testing.T) {
	r := lookAt(t, probe.Spec{Target: fmt.Sprintf("dns://127.0.0.1:%d/example.lt", freeport.UDP(t))}, probe.Options{})
	wantProblem(t, r, probe.CodeRefused)
}

// resolver asks a simulated DNS server for addresses.
func resolver(s *dnsserver.Server) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Address())
	}}
}

func TestNamesThatCannotBeLookedUpAreToldApart(t *testing.T) {
	s, site := startDNS(t), startSite(t)
	opts := probe.Options{Resolver: resolver(s)}
	_, port, _ := net.SplitHostPort(site.Address())
	for _, kind := range []string{"http://", "tcp://", "icmp://"} {
		host := func(name string) string {
			if kind == "icmp://" {
				return kind + name
			}
			return kind + name + ":" + port
		}
		s.Set(dnsserver.Normal)
		wantProblem(t, lookAt(t, probe.Spec{Target: host("nothing.example.lt")}, opts), probe.CodeNameNotFound)
		s.Set(dnsserver.Broken)
		wantProblem(t, lookAt(t, probe.Spec{Target: host("www.example.lt")}, opts), probe.CodeDNSFailed)
		s.Set(dnsserver.Silent)
		wantProblem(t, lookAt(t, probe.Spec{Target: host("www.example.lt"), Timeout: 200 * time.Millisecond}, opts), probe.CodeDNSFailed)
	}
	s.Set(dnsserver.Normal)
	r := lookAt(t, probe.Spec{Target: "http://local.example.lt:" + port}, opts)
	if r.Outcome != look.OK {
		t.Errorf("%+v", r.Problem)
	}
	lookup, _ := sample(r, metric.ProbeDNSLookupTime)
	phase, _ := sample(r, metric.ProbeHTTPDuration, "phase", "resolve")
	if lookup <= 0 || lookup != phase {
		t.Errorf("looking up the name took %v, the phase resolve %v", lookup, phase)
	}
}

func TestAServiceThatClosesAtOnceStillListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	if r := lookAt(t, probe.Spec{Target: "tcp://" + l.Addr().String()}, probe.Options{}); r.Outcome != look.OK {
		t.Errorf("%+v", r.Problem)
	}
	wantProblem(t, lookAt(t, probe.Spec{Target: "tls://" + l.Addr().String()}, probe.Options{}), probe.CodeTLSFailed)
	wantProblem(t, lookAt(t, probe.Spec{Target: "http://" + l.Addr().String()}, probe.Options{}), probe.CodeClosed)
}

func TestAPingIsAnsweredOrSaysHowToAllowIt(t *testing.T) {
	r := lookAt(t, probe.Spec{Target: "icmp://127.0.0.1", Timeout: 5 * time.Second}, probe.Options{})
	switch {
	case r.Outcome == look.OK:
		rtt, _ := sample(r, metric.ProbeICMPDuration, "phase", "rtt")
		if rtt <= 0 || rtt > 5 {
			t.Errorf("the round trip took %v s", rtt)
		}
		if hops, ok := sample(r, metric.ProbeICMPReplyHopLimit); !ok || hops < 1 {
			t.Errorf("hop limit %v", hops)
		}
	default:
		wantProblem(t, r, probe.CodeICMPNotPermitted)
		if !strings.Contains(r.Problem.Detail, "ping_group_range") {
			t.Errorf("the detail does not say how to allow it: %q", r.Problem.Detail)
		}
	}
}

// Whoever writes down a record leaves out quotation marks, or not.
func TestRecordsAreComparedAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct {
		kind     uint16
		one, two string
		same     bool
	}{
		{dns.TypeTXT, `"google-site-verification=AbC"`, "google-site-verification=AbC", true},
		{dns.TypeTXT, `"v=DMARC1; p=none; rua=mailto:" "A@example.lt"`, `v=DMARC1; p=none; rua=mailto:A@example.lt`, true},
		{dns.TypeTXT, `"v=DMARC1\; p=none"`, "v=DMARC1; p=none", true},
		{dns.TypeTXT, "192.0.2.1.", "192.0.2.1", false},
		{dns.TypeTXT, "AbC", "abc", false},
		{dns.TypeCAA, `0 issue "letsencrypt.org"`, "0 issue letsencrypt.org", true},
		{dns.TypeMX, "10 Mail.Example.lt.", " 10  mail.example.lt", true},
		{dns.TypeAAAA, "2001:DB8:0::1", "2001:db8::1", true},
	} {
		if one, two := probe.CanonicalRecord(c.kind, c.one), probe.CanonicalRecord(c.kind, c.two); (one == two) != c.same {
			t.Errorf("%q is read as %q, %q as %q", c.one, one, c.two, two)
		}
	}
}
