package authority

import (
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
)

// LocalNames lists by what this computer may be reached: the names that are
// given (hosts, addresses, "host:port", empty ones are left out), its host
// name, localhost, and the addresses of its network interfaces that are up.
// What the system does not tell is left out.
func LocalNames(given ...string) []string {
	var names []string
	for _, name := range given {
		if host, _, err := net.SplitHostPort(name); err == nil {
			name = host
		}
		names = append(names, name)
	}
	if host, err := os.Hostname(); err == nil {
		names = append(names, host)
		if short, _, found := strings.Cut(host, "."); found {
			names = append(names, short)
		}
	}
	names = append(names, "localhost", "127.0.0.1", "::1")
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		addresses, _ := i.Addrs()
		for _, a := range addresses {
			p, err := netip.ParsePrefix(a.String())
			// Link-local ones need a zone, which a certificate cannot hold.
			if err == nil && !p.Addr().IsLinkLocalUnicast() && !p.Addr().IsUnspecified() {
				names = append(names, p.Addr().String())
			}
		}
	}
	return cleanNames(names)
}

// A label of a host name, with the underscore that some networks have.
var hostPattern = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`)

// cleanNames writes names as certificates hold them, leaves out what they
// cannot hold, doubled ones, and those that are more than maxNames, and sorts
// them.
func cleanNames(names []string) []string {
	var out []string
	for _, name := range names {
		name = strings.TrimSuffix(strings.ToLower(strings.Trim(name, " []")), ".")
		if addr, err := netip.ParseAddr(name); err == nil {
			if addr.IsUnspecified() { // "0.0.0.0" listens everywhere and is nowhere
				continue
			}
			name = addr.WithZone("").Unmap().String()
		} else if len(name) > 253 || !hostPattern.MatchString(name) {
			continue
		}
		if !slices.Contains(out, name) && len(out) < maxNames {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
