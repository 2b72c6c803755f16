package netswitch

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// layout is where a version of LLDP-MIB keeps what. The second (IEEE 802.1AB-2009)
// indexes by ifIndex and by the address that the neighbour sent to.
type layout struct {
	local, remote, address string
	remoteColumns          [7]int // chassis' and port's subtype and ID, port description, system name, capabilities
	port                   int    // where the local port is in an index
	index                  int    // how long the index of a neighbour is
	addressColumn          int
	isIfIndex              bool
}

func lldp() layout {
	return layout{
		local: "1.0.8802.1.1.2.1.3.7.1", remote: "1.0.8802.1.1.2.1.4.1.1", address: "1.0.8802.1.1.2.1.4.2.1",
		remoteColumns: [7]int{4, 5, 6, 7, 8, 9, 12}, port: 1, index: 3, addressColumn: 3,
	}
}

func lldpV2() layout {
	return layout{
		remote: "1.3.111.2.802.1.1.13.1.4.1.1", address: "1.3.111.2.802.1.1.13.1.4.2.1",
		remoteColumns: [7]int{5, 6, 7, 8, 9, 10, 13}, port: 1, index: 4, addressColumn: 3, isIfIndex: true,
	}
}

// neighbours reads who is at the other end of each port, by every protocol that
// the device may have learned it from.
func (r *reader) neighbours() {
	if r.id.Has["LLDP-MIB"] {
		r.lldp(lldp())
	}
	if len(r.v.Device.Neighbours) == 0 {
		r.lldp(lldpV2())
	}
	if !isNetwork(r.id) {
		return
	}
	if strings.HasPrefix(r.id.ObjectID, mikrotik) || r.id.Vendor == "MikroTik" {
		r.mikrotik()
	}
	r.cdp()
}

// add adds a neighbour, unless another protocol told of it already.
func (r *reader) neighbour(n look.Neighbour) {
	list := r.v.Device.Neighbours
	if n.Port == "" || n.Chassis == "" && n.Name == "" || len(list) >= maxNeighbours {
		return
	}
	for i := range list {
		old := &list[i]
		if old.Port != n.Port || old.Chassis != n.Chassis && (n.Name == "" || !sameName(old.Name, n.Name)) {
			continue
		}
		if old.Name == "" {
			old.Name = n.Name
		}
		if len(old.Addresses) == 0 {
			old.Addresses = n.Addresses
		}
		old.Bridge = old.Bridge || n.Bridge
		return
	}
	r.v.Device.Neighbours = append(list, n)
}

// sameName reports whether two names of a host are the same, with a domain or
// without.
func sameName(a, b string) bool {
	a, _, _ = strings.Cut(a, ".")
	b, _, _ = strings.Cut(b, ".")
	return a != "" && strings.EqualFold(a, b)
}

func (r *reader) lldp(l layout) {
	rows := r.table(l.remote, l.remoteColumns[:]...)
	if len(rows) == 0 {
		return
	}
	local := map[uint32]snmp.Row{}
	if l.local != "" {
		for _, row := range r.table(l.local, 2, 3, 4) {
			if a := arcs(row, 1); len(a) == 1 {
				local[a[0]] = row
			}
		}
	}
	addresses := r.addresses(l)
	for _, row := range rows {
		a := arcs(row, l.index)
		if a == nil {
			continue
		}
		c := l.remoteColumns
		n := look.Neighbour{
			Chassis: identifier(row.Cells[c[0]], row.Cells[c[1]], 4, 5), RemotePort: identifier(row.Cells[c[2]], row.Cells[c[3]], 3, 4),
			Name: text(row.Cells[c[5]]), Bridge: bridges(row.Cells[c[6]]), Addresses: addresses[neighbourKey(a[:l.index])],
		}
		if n.RemotePort == "" {
			n.RemotePort = text(row.Cells[c[4]])
		}
		if l.isIfIndex {
			n.Port = r.names[int(a[l.port])]
		} else {
			n.Port = r.lldpPort(a[l.port], local[a[l.port]])
		}
		r.neighbour(n)
	}
}

// lldpPort finds the interface of a port number of LLDP's: by what LLDP calls
// the port, then as a bridge port, then as an ifIndex (protocols differ, and so
// do their agents).
func (r *reader) lldpPort(number uint32, local snmp.Row) string {
	id, descr := text(local.Cells[3]), text(local.Cells[4])
	if subtype, _ := local.Int(2); subtype == 3 || len(local.Cells[3].Bytes()) == 6 && local.Cells[3].MAC() != "" && subtype != 5 && subtype != 7 {
		id = r.withMAC(local.Cells[3].MAC())
	}
	for _, called := range []string{id, descr} {
		if name := r.named(called); name != "" {
			return name
		}
	}
	if n, err := strconv.Atoi(id); err == nil && r.names[n] != "" {
		return r.names[n]
	}
	if base := r.bridgePorts(); base[int(number)] != 0 && r.names[base[int(number)]] != "" {
		return r.names[base[int(number)]]
	}
	if name := r.names[int(number)]; name != "" {
		return name
	}
	if id != "" {
		return id
	}
	if descr != "" {
		return descr
	}
	return strconv.FormatUint(uint64(number), 10)
}

// identifier reads a chassis or a port that LLDP names by a subtype: a hardware
// address, a network address, or text.
func identifier(subtype, id snmp.Value, mac, network int64) string {
	b := id.Bytes()
	kind, told := subtype.Int()
	switch {
	case kind == mac || !told && len(b) == 6:
		if m := id.MAC(); m != "" {
			return m
		}
		if t := strings.ToLower(strings.ReplaceAll(text(id), "-", ":")); len(t) == 17 {
			return t
		}
	case kind == network && len(b) > 4:
		// The first octet is the family (IANA address family numbers).
		if address, ok := netip.AddrFromSlice(b[1:]); ok && (b[0] == 1 && address.Is4() || b[0] == 2 && address.Is6()) {
			return address.String()
		}
	}
	if len(b) == 6 && !printable(b) {
		return id.MAC()
	}
	return text(id)
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// bridges reports whether capabilities (LldpSystemCapabilitiesMap) say that the
// neighbour passes on what others send: bridge, access point, router, repeater.
// A telephone does so too, and is still the end of a cable.
func bridges(v snmp.Value) bool {
	b := v.Bytes()
	if len(b) == 0 {
		return false
	}
	bits := b[0]
	if len(b) > 2 {
		// Some agents give the text that net-snmp prints: "28 2 4".
		first, _, _ := strings.Cut(string(b), " ")
		n, err := strconv.ParseUint(first, 16, 8)
		if err != nil {
			return false
		}
		bits = byte(n)
	}
	const telephone, forwards = 0x04, 0x40 | 0x20 | 0x10 | 0x08
	return bits&forwards != 0 && bits&telephone == 0
}

// neighbourKey is an index as text.
func neighbourKey(a []uint32) string {
	var b strings.Builder
	for _, n := range a {
		b.WriteString(strconv.FormatUint(uint64(n), 10))
		b.WriteByte('.')
	}
	return b.String()
}

// maxAddresses bounds the addresses of one neighbour.
const maxAddresses = 4

// addresses reads the management addresses of neighbours. They are in the index:
// after that of the neighbour come the family, the length (which some agents
// leave out) and the octets.
func (r *reader) addresses(l layout) map[string][]string {
	out := map[string][]string{}
	root := l.address + "." + strconv.Itoa(l.addressColumn)
	for _, v := range r.walk(root, 4*maxNeighbours) {
		a := snmp.Row{Index: strings.TrimPrefix(v.OID, root+".")}.Arcs()
		if len(a) <= l.index+1 {
			continue
		}
		address := addressOf(a[l.index:])
		key := neighbourKey(a[:l.index])
		if address != "" && len(out[key]) < maxAddresses {
			out[key] = append(out[key], address)
		}
	}
	return out
}

// addressOf reads family, length and octets; "" for what is no address of a host.
func addressOf(a []uint32) string {
	if len(a) < 2 {
		return ""
	}
	size := map[uint32]int{1: 4, 2: 16}[a[0]]
	a = a[1:]
	if size == 0 {
		return ""
	}
	if len(a) == size+1 && int(a[0]) == size {
		a = a[1:]
	}
	if len(a) != size {
		return ""
	}
	octets := make([]byte, size)
	for i, arc := range a {
		if arc > 255 {
			return ""
		}
		octets[i] = byte(arc)
	}
	return host(octets)
}

// host writes the address of a host.
func host(octets []byte) string {
	address, ok := netip.AddrFromSlice(octets)
	if !ok || address.IsUnspecified() || address.IsLoopback() || address.IsMulticast() {
		return ""
	}
	return address.String()
}

// CISCO-CDP-MIB.
const (
	cdpCacheEntry        = "1.3.6.1.4.1.9.9.23.1.2.1.1"
	cdpCacheAddressType  = 3
	cdpCacheAddress      = 4
	cdpCacheDeviceID     = 6
	cdpCacheDevicePort   = 7
	cdpCacheCapabilities = 9
)

// cdp reads neighbours by Cisco's protocol, which others speak too.
func (r *reader) cdp() {
	for _, row := range r.table(cdpCacheEntry, cdpCacheAddressType, cdpCacheAddress, cdpCacheDeviceID, cdpCacheDevicePort, cdpCacheCapabilities) {
		a := arcs(row, 2)
		if a == nil {
			continue
		}
		n := look.Neighbour{Port: r.names[int(a[0])], RemotePort: text(row.Cells[cdpCacheDevicePort])}
		id := row.Cells[cdpCacheDeviceID]
		n.Chassis, n.Name = cdpDevice(id)
		if octets := row.Cells[cdpCacheAddress].Bytes(); len(octets) == 4 || len(octets) == 16 {
			if address := host(octets); address != "" {
				n.Addresses = []string{address}
			}
		}
		if caps := row.Cells[cdpCacheCapabilities].Bytes(); len(caps) == 4 {
			const forwards, telephone = 0x01 | 0x02 | 0x04 | 0x08 | 0x40, 0x80
			n.Bridge = caps[3]&forwards != 0 && caps[3]&telephone == 0
		}
		r.neighbour(n)
	}
}

// cdpDevice reads an identifier of CDP's: a name, or a hardware address, which
// telephones write after letters (SEP001B21639C84).
func cdpDevice(id snmp.Value) (chassis, name string) {
	if b := id.Bytes(); len(b) == 6 && !printable(b) {
		return id.MAC(), ""
	}
	t := text(id)
	digits := t
	if len(t) == 15 {
		digits = t[3:]
	}
	digits = strings.NewReplacer(":", "", "-", "", ".", "").Replace(digits)
	if octets, err := hex.DecodeString(digits); err == nil && len(octets) == 6 && strings.ContainsAny(digits, "0123456789") {
		chassis = snmp.FormatMAC(octets)
		if len(t) != 15 {
			return chassis, ""
		}
	}
	return chassis, t
}

// MikroTik's neighbours (MIKROTIK-MIB, mtxrNeighborTable).
const (
	mikrotik          = "1.3.6.1.4.1.14988."
	mtxrNeighborEntry = "1.3.6.1.4.1.14988.1.1.11.1.1"
	mtxrNeighborIP    = 2
	mtxrNeighborMAC   = 3
	mtxrNeighborKind  = 5
	mtxrNeighborName  = 6
	mtxrNeighborPort  = 8 // an ifIndex
)

func (r *reader) mikrotik() {
	for _, row := range r.table(mtxrNeighborEntry, mtxrNeighborIP, mtxrNeighborMAC, mtxrNeighborKind, mtxrNeighborName, mtxrNeighborPort) {
		index, _ := row.Int(mtxrNeighborPort)
		n := look.Neighbour{Port: r.names[int(index)], Chassis: row.Cells[mtxrNeighborMAC].MAC(), Name: text(row.Cells[mtxrNeighborName])}
		n.Bridge = strings.EqualFold(row.Text(mtxrNeighborKind), "MikroTik")
		if address, err := netip.ParseAddr(row.Text(mtxrNeighborIP)); err == nil && !address.IsUnspecified() {
			n.Addresses = []string{address.String()}
		}
		r.neighbour(n)
	}
}
