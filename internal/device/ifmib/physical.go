package ifmib

import (
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
)

// physical reports whether something can be plugged into an interface, or it is
// a radio. connector is ifConnectorPresent: 1 true, 2 false, 0 not told. ether
// tells that EtherLike-MIB has a row for it, or that the connector is not to be
// believed.
//
// ifConnectorPresent alone does not do: switches of Aruba (AOS-CX) and firewalls
// of Fortinet say false of sockets, and net-snmp says true of bridges and bonds.
func physical(i look.Interface, connector int64, ether bool) bool {
	switch i.Type {
	case 6, 7, 9, 11, 15, 26, 62, 69, 117: // Ethernet in its many numbers, Token Ring, FDDI
		return !software(i.Name) && !software(i.Description) && (connector != 2 || ether || numbered(i.Name))
	case 71, 157, 188: // ieee80211, propWirelessP2P, radioMAC
		return true
	case 18, 19, 30, 39, 56, 94, 95, 96, 97, 127, 168, 169, 230, 238, 250, 251: // leased lines, SONET, Fibre Channel, DSL, cable, GPON
		return connector != 2
	case 243, 244: // mobile networks
		return true
	case 22, 118: // serial lines, which some agents also make up
		return connector == 1
	}
	return false
}

// software reports whether an interface that calls itself Ethernet is made by
// software: a bridge, a bond, a VLAN, a tunnel, a container's end.
func software(name string) bool {
	name = strings.ToLower(strings.TrimSpace(name))
	base, sub, dotted := strings.Cut(name, ".")
	if dotted && base != "" && digits(sub) && !digits(base[:1]) {
		return true // eth0.40
	}
	for _, made := range []string{
		"lo", "loop", "loopback", "npi", "switch", "br", "br-lan", "bridge", "bond", "team", "dummy", "ifb", "imq", "sit", "tun", "tap", "wg", "ppp", "pppoe", "gre", "gretap", "erspan", "vti", "ip6tnl",
		"ip6_vti", "ip6gre", "ipip", "tunl", "teql", "virbr", "vmbr", "fwbr", "fwpr", "fwln", "docker", "veth", "vnet", "vif", "macvlan", "macvtap", "vxlan", "zt", "ovs-system", "bat",
		"vlan", "vl", "vlan-interface", "port-channel", "po", "lag", "trk", "ae", "irb", "bvi", "pimreg", "nlmon", "mon", "ovpn", "ovpnc", "ovpns", "lagg", "enc", "pflog", "pfsync", "carp", "null", "vpn", "ipsec",
	} {
		rest, ok := strings.CutPrefix(name, made)
		if ok && digits(strings.TrimLeft(rest, " -_")) {
			return true
		}
	}
	for _, made := range []string{"vlan", "veth", "docker", "virbr", "br-", "vnet", "cali", "loopback", "software loopback", "vlan-interface", "port-channel", "link aggregat", "bluetooth", "wan miniport", "802.1q"} {
		if strings.HasPrefix(name, made) {
			return true
		}
	}
	return strings.Contains(name, "loopback") || strings.Contains(name, "teredo") || strings.Contains(name, "pseudo-interface") || strings.Contains(name, "-qos packet scheduler") ||
		strings.Contains(name, "lightweight filter")
}

// digits reports whether there is nothing but digits, also nothing at all.
func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// numbered reports whether a name is that of a socket of a switch: 1/1/14, 24,
// gi1/0/3.
func numbered(name string) bool {
	if _, err := strconv.Atoi(name); err == nil {
		return true
	}
	at := strings.LastIndexByte(name, '/')
	return at > 0 && at+1 < len(name) && digits(name[at+1:])
}

// mauDuplex is the duplex of a dot3MauType (RFC 4836): 1.3.6.1.2.1.26.4.n.
func mauDuplex(oid string) string {
	last, ok := strings.CutPrefix(oid, "1.3.6.1.2.1.26.4.")
	if !ok {
		return ""
	}
	switch last {
	case "10", "12", "15", "17", "19", "21", "23", "25", "27", "29":
		return "half"
	case "11", "13", "16", "18", "20", "22", "24", "26", "28", "30":
		return "full"
	}
	n, err := strconv.Atoi(last)
	if err == nil && n >= 31 && n <= 110 {
		return "full" // ten gigabits and more know nothing else
	}
	return ""
}
