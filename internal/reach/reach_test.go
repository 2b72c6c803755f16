package reach_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/budi-monitor/budi/internal/reach"
)

func TestWhatMayBeReached(t *testing.T) {
	policy := reach.Policy{
		Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")},
		Deny:  append(reach.Metadata(), netip.MustParsePrefix("10.9.0.0/16"), netip.MustParsePrefix("2002:a01::/32")),
		Own:   []netip.AddrPort{netip.MustParseAddrPort("[::]:8443"), netip.MustParseAddrPort("127.0.0.1:9480")},
		Here:  func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("10.0.0.5")} },
	}
	for _, c := range []struct {
		rule, to string
		ok       bool
	}{
		{"what is allowed", "10.0.0.1:443", true},
		{"what is allowed, by IPv6", "[2001:db8::1]:443", true},
		{"what is not on the list", "192.0.2.1:443", false},
		{"what is denied within what is allowed", "10.9.1.1:80", false},
		{"a cloud's secrets", "169.254.169.254:80", false},
		{"the same, mapped into IPv6", "[::ffff:169.254.169.254]:80", false},
		{"the same, behind NAT64", "[64:ff9b::a9fe:a9fe]:80", false},
		{"the same, behind a NAT64 of one's own", "[64:ff9b:1::a9fe:a9fe]:80", false},
		{"the same, by 6to4", "[2002:a9fe:a9fe::1]:80", false},
		{"the same, in a form that nobody uses any more", "[::169.254.169.254]:80", false},
		{"the same, translated", "[::ffff:0:a9fe:a9fe]:80", false},
		{"a cloud's secrets by IPv6, with a zone", "[fe80::a9fe:a9fe%eth0]:80", false},
		{"what is denied, behind NAT64", "[64:ff9b::a09:101]:80", false},
		{"what is allowed, behind NAT64", "[64:ff9b::a00:1]:80", true},
		{"what is denied as what carries it", "[2002:a01:203::1]:80", false},
		{"a neighbour of it", "169.254.169.253:80", true},
		{"the collector by its address", "10.0.0.5:8443", false},
		{"the collector by the loopback", "127.0.0.1:8443", false},
		{"the collector by what means every address", "0.0.0.0:8443", false},
		{"the same, of a door of the loopback only", "0.0.0.0:9480", false},
		{"the same by IPv6", "[::]:9480", false},
		{"another port by what means every address", "0.0.0.0:80", false}, // ::1 is not allowed
		{"another program on its computer", "10.0.0.5:80", true},
		{"the same port of another computer", "10.0.0.6:8443", true},
	} {
		err := policy.Check(netip.MustParseAddrPort(c.to))
		var forbidden *reach.ForbiddenError
		if (err == nil) != c.ok || err != nil && !errors.As(err, &forbidden) {
			t.Errorf("%s (%s): %v", c.rule, c.to, err)
		}
	}
	if err := (reach.Policy{}).Check(netip.MustParseAddrPort("169.254.169.254:80")); err != nil {
		t.Error("without a policy:", err)
	}
}

func TestRangesOfAddressesAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/8": "10.0.0.0/8", "10.1.2.3/8": "10.0.0.0/8", " 192.0.2.7 ": "192.0.2.7/32", "::ffff:192.0.2.7": "192.0.2.7/32",
		"::ffff:10.0.0.0/104": "10.0.0.0/8", "::/0": "::/0", "2001:db8::1": "2001:db8::1/128", "2001:db8::/32": "2001:db8::/32", "example.lt": "", "10.0.0.0/33": "", "": "",
	} {
		got, err := reach.ParsePrefix(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%q is read as %s, %v; want %q", text, got, err, want)
		}
	}
}

func TestADialEndsBeforeTheFirstPacket(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := net.Dialer{Control: reach.Policy{Deny: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}.Control}
	_, err = d.DialContext(context.Background(), "tcp", l.Addr().String())
	var forbidden *reach.ForbiddenError
	if !errors.As(err, &forbidden) {
		t.Errorf("a denied address was answered with %v", err)
	}
}
