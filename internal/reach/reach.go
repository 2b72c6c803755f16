// Package reach says which addresses may be reached by what other people asked
// for: a check that somebody added in the console, a redirect that a website
// answers with, a name that points elsewhere at the second question. It judges
// the address that a connection is about to be made to, after names were looked
// up, so that no name can go around it.
//
// It depends on the standard library only, and knows no check and no person.
package reach

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"
)

// Policy says what may be reached. The zero Policy lets everything. It is
// read-only once in use.
type Policy struct {
	Allow []netip.Prefix   // empty: whatever is not denied
	Deny  []netip.Prefix   // wins over Allow
	Own   []netip.AddrPort // the collector's own doors; the unspecified address stands for every address of this computer

	// Here lists the addresses of this computer, for Own; nil: only those of the
	// loopback. It is asked when a connection to the port of one of Own is about to
	// be made, for addresses come and go.
	Here func() []netip.Addr
}

// Metadata lists the addresses at which clouds tell their machines secrets: no
// check has any business there.
func Metadata() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("169.254.169.254/32"),  // AWS, Azure, Google, OpenStack
		netip.MustParsePrefix("169.254.170.2/32"),    // AWS ECS
		netip.MustParsePrefix("169.254.170.23/32"),   // AWS EKS
		netip.MustParsePrefix("fd00:ec2::254/128"),   // AWS
		netip.MustParsePrefix("fd00:ec2::23/128"),    // AWS EKS
		netip.MustParsePrefix("fe80::a9fe:a9fe/128"), // OpenStack
		netip.MustParsePrefix("fd20:ce::254/128"),    // Google
		netip.MustParsePrefix("168.63.129.16/32"),    // Azure: what its machines are made of
		netip.MustParsePrefix("169.254.42.42/32"),    // Scaleway
		netip.MustParsePrefix("fd00:42::42/128"),     // Scaleway
		netip.MustParsePrefix("100.100.100.200/32"),  // Alibaba
		netip.MustParsePrefix("192.0.0.192/32"),      // Oracle
	}
}

// ForbiddenError says that an address may not be reached. Test for it with
// errors.As.
type ForbiddenError struct {
	Address netip.AddrPort
	Own     bool // it is the collector's own door
}

// Error says which address, in English.
func (e *ForbiddenError) Error() string {
	if e.Own {
		return fmt.Sprintf("%s is the collector itself, which no check may reach", e.Address)
	}
	return fmt.Sprintf("%s is an address that checks may not reach", e.Address)
}

// carriers are the prefixes under which IPv6 carries addresses of IPv4, and the byte
// at which these begin.
func carriers() map[netip.Prefix]int {
	return map[netip.Prefix]int{
		netip.MustParsePrefix("::ffff:0:0/96"):   12, // mapped (RFC 4291 section 2.5.5.2)
		netip.MustParsePrefix("::/96"):           12, // compatible (section 2.5.5.1)
		netip.MustParsePrefix("::ffff:0:0:0/96"): 12, // translated (RFC 2765)
		netip.MustParsePrefix("64:ff9b::/96"):    12, // NAT64 (RFC 6052)
		netip.MustParsePrefix("64:ff9b:1::/48"):  12, // NAT64 of one's own (RFC 8215), with the usual length of 96
		netip.MustParsePrefix("2002::/16"):       2,  // 6to4 (RFC 3056)
	}
}

// plain is an address without a zone, and of IPv4 where it only carries one.
func plain(a netip.Addr) netip.Addr {
	a = a.WithZone("").Unmap()
	if a.Is4() || a.IsUnspecified() || a.IsLoopback() {
		return a
	}
	for prefix, at := range carriers() {
		if prefix.Contains(a) {
			b := a.As16()
			return netip.AddrFrom4([4]byte(b[at : at+4]))
		}
	}
	return a
}

// Check returns nil or a *ForbiddenError.
func (p Policy) Check(to netip.AddrPort) error {
	addr := plain(to.Addr())
	if addr.IsUnspecified() {
		// Who connects to "any address" comes to this computer, by either family.
		for _, here := range []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()} {
			if err := p.refuse(here, to); err != nil {
				return err
			}
		}
		return nil
	}
	return p.refuse(addr, to)
}

// refuse judges one address; to is what the error names.
func (p Policy) refuse(addr netip.Addr, to netip.AddrPort) error {
	for _, own := range p.Own {
		if own.Port() != to.Port() {
			continue
		}
		if o := plain(own.Addr()); o == addr || o.IsUnspecified() && p.here(addr) {
			return &ForbiddenError{Address: to, Own: true}
		}
	}
	// What carries an address is denied by either: both are what people write.
	if within(p.Deny, addr) || within(p.Deny, to.Addr().WithZone("")) || len(p.Allow) > 0 && !within(p.Allow, addr) {
		return &ForbiddenError{Address: to}
	}
	return nil
}

// here reports whether an address is this computer's.
func (p Policy) here(a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	return p.Here != nil && slices.ContainsFunc(p.Here(), func(h netip.Addr) bool { return plain(h) == a })
}

func within(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Control is a Control of net.Dialer: it is asked with the address that a socket
// is about to connect to.
func (p Policy) Control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("read the address %q that is connected to: %w", address, err)
	}
	return p.Check(to)
}

// ParsePrefix reads a range of addresses, 192.0.2.0/24 or 2001:db8::/64, or one
// address.
func ParsePrefix(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	if a, err := netip.ParseAddr(text); err == nil {
		a = plain(a)
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("read the range of addresses %q: %w", text, err)
	}
	if carried := netip.MustParsePrefix("::ffff:0:0/96"); p.Addr().Is4In6() && p.Bits() >= carried.Bits() {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-carried.Bits())
	}
	return p.Masked(), nil
}
