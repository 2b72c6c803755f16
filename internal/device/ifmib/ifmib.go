// Package ifmib reads the interfaces of a device: IF-MIB (RFC 2863) with its
// 64-bit counters where there are any, and the duplex of EtherLike-MIB (RFC 3635)
// or, where there is none, of MAU-MIB (RFC 4836). Printers, UPSes and storage
// have interfaces too, so it serves whatever has the MIB; what only switches,
// routers and access points know is in package netswitch.
package ifmib

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// Entries of the tables (RFC 2863, RFC 3635, RFC 4836).
const (
	ifEntry        = "1.3.6.1.2.1.2.2.1"
	ifXEntry       = "1.3.6.1.2.1.31.1.1.1"
	dot3StatsEntry = "1.3.6.1.2.1.10.7.2.1"
	ifMauEntry     = "1.3.6.1.2.1.26.2.1.1"
)

// Columns of ifTable.
const (
	ifDescr = iota + 2
	ifType
	ifMtu
	ifSpeed
	ifPhysAddress
	ifAdminStatus
	ifOperStatus
	ifLastChange
	ifInOctets
	_ // ifInUcastPkts
	_ // ifInNUcastPkts
	ifInDiscards
	ifInErrors
	_ // ifInUnknownProtos
	ifOutOctets
	_ // ifOutUcastPkts
	_ // ifOutNUcastPkts
	ifOutDiscards
	ifOutErrors
)

// Columns of ifXTable, of dot3StatsTable and of ifMauTable.
const (
	ifName                     = 1
	ifHCInOctets               = 6
	ifHCOutOctets              = 10
	ifHighSpeed                = 15
	ifConnectorPresent         = 17
	ifAlias                    = 18
	ifCounterDiscontinuityTime = 19

	dot3StatsDuplexStatus = 19

	ifMauType = 3
)

// Bounds of what is kept of a device.
const (
	maxInterfaces = 2000
	maxName       = 128 // bytes of a name, a description or an alias
	maxAsked      = 64  // ports whose duplex is asked for one by one
)

// Driver reads interfaces. The zero value is ready.
type Driver struct{}

// Name is the family's.
func (Driver) Name() string { return "interfaces" }

// Serves reports whether the device has interfaces.
func (Driver) Serves(id device.Identity) bool { return id.Has[device.HasInterface] }

// Look reads the interfaces into the visit, by ifIndex.
func (Driver) Look(ctx context.Context, a device.Agent, id device.Identity, v *device.Visit) error {
	if !v.Deep && v.Last != nil && len(v.Last.Interfaces) > 0 {
		done, err := quick(ctx, a, v)
		if done || err != nil {
			return err
		}
	}
	return full(ctx, a, id, v)
}

// raw is what the tables have of one interface.
type raw struct {
	index  int
	if1    map[int]snmp.Value // ifTable
	ifX    map[int]snmp.Value
	duplex int64 // dot3StatsDuplexStatus: 1 unknown, 2 half, 3 full; 0: no row
	half   string
}

// rows are the interfaces of a device, by ifIndex.
type rows map[int]*raw

// of returns an interface, which is made when it is new; nil when the index
// makes no sense or there are too many.
func (r rows) of(index string) *raw {
	n, err := strconv.ParseUint(index, 10, 31)
	if err != nil {
		return nil
	}
	i := r[int(n)]
	if i == nil && len(r) < maxInterfaces {
		i = &raw{index: int(n)}
		r[int(n)] = i
	}
	return i
}

func (r rows) sorted() []*raw {
	out := make([]*raw, 0, len(r))
	for _, i := range r {
		out = append(out, i)
	}
	slices.SortFunc(out, func(a, b *raw) int { return cmp.Compare(a.index, b.index) })
	return out
}

// read reads columns of both tables. What came before an error is returned
// beside it.
func read(ctx context.Context, a device.Agent, columns, columnsX []int) (rows, error) {
	out := rows{}
	found, err := a.Table(ctx, ifEntry, columns...)
	for _, row := range found {
		if i := out.of(row.Index); i != nil {
			i.if1 = row.Cells
		}
	}
	if err != nil {
		return out, fmt.Errorf("read ifTable: %w", err)
	}
	if len(columnsX) == 0 {
		return out, nil
	}
	found, err = a.Table(ctx, ifXEntry, columnsX...)
	for _, row := range found {
		if i := out.of(row.Index); i != nil {
			i.ifX = row.Cells
		}
	}
	if err != nil {
		return out, fmt.Errorf("read ifXTable: %w", err)
	}
	return out, nil
}

// full reads everything.
func full(ctx context.Context, a device.Agent, id device.Identity, v *device.Visit) error {
	found, err := read(ctx, a,
		[]int{ifDescr, ifType, ifSpeed, ifPhysAddress, ifAdminStatus, ifOperStatus, ifLastChange, ifInOctets, ifInDiscards, ifInErrors, ifOutOctets, ifOutDiscards, ifOutErrors},
		[]int{ifName, ifHCInOctets, ifHCOutOctets, ifHighSpeed, ifConnectorPresent, ifAlias, ifCounterDiscontinuityTime})
	if err == nil {
		err = duplexes(ctx, a, found)
	}
	const fortinet = "1.3.6.1.4.1.12356."
	blind := strings.HasPrefix(id.ObjectID, fortinet) // it says that sockets without a plug are none
	names := map[string]bool{}
	some := false // the agent has rows of EtherLike-MIB
	for _, r := range found {
		some = some || r.duplex != 0
	}
	for _, r := range found.sorted() {
		i := look.Interface{Index: r.index, MAC: mac(r.if1[ifPhysAddress])}
		i.Description = snmp.Clip(r.if1[ifDescr].Text(), maxName)
		i.Alias = snmp.Clip(r.ifX[ifAlias].Text(), maxName)
		i.Name = cmp.Or(snmp.Clip(r.ifX[ifName].Text(), maxName), i.Description, strconv.Itoa(r.index))
		if names[i.Name] {
			// The first keeps the name: its series go on when a second appears.
			i.Name += "#" + strconv.Itoa(r.index)
		}
		names[i.Name] = true
		if n, ok := r.if1[ifType].Int(); ok && n > 0 && n < 1<<16 {
			i.Type = int(n)
		}
		i.SpeedBPS = speed(r.ifX[ifHighSpeed], r.if1[ifSpeed])
		connector, told := r.ifX[ifConnectorPresent].Int()
		if !told && some {
			connector = 2 // who knows which are Ethernet would know of a connector
		}
		i.Physical = physical(i, connector, r.duplex != 0 || blind)
		state(&i, r)
		i.HighCapacity = highCapacity(r)
		octets(&i, r)
		i.Duplex = duplex(i.Oper, r)
		v.Device.Interfaces = append(v.Device.Interfaces, i)
	}
	return err
}

// quick reads what changes, and takes the rest from the last deep look. It
// reports false when it saw an interface that the deep look did not: then
// everything has to be read again.
func quick(ctx context.Context, a device.Agent, v *device.Visit) (bool, error) {
	last := make(map[int]look.Interface, len(v.Last.Interfaces))
	columns := []int{ifAdminStatus, ifOperStatus, ifLastChange, ifInDiscards, ifInErrors, ifOutDiscards, ifOutErrors}
	var columnsX []int
	narrow := false
	for _, i := range v.Last.Interfaces {
		last[i.Index] = i
		switch {
		case i.HighCapacity && columnsX == nil:
			columnsX = []int{ifHCInOctets, ifHCOutOctets, ifHighSpeed, ifCounterDiscontinuityTime}
		case !i.HighCapacity && !narrow:
			narrow = true
			columns = append(columns, ifInOctets, ifOutOctets, ifSpeed)
		}
	}
	slices.Sort(columns)
	found, err := read(ctx, a, columns, columnsX)
	sorted := found.sorted()
	for _, r := range sorted {
		if _, known := last[r.index]; !known {
			return false, err
		}
	}
	if err == nil {
		err = duplexesOf(ctx, a, sorted, last)
	}
	for _, r := range sorted {
		i := last[r.index]
		state(&i, r)
		// Without ifHighSpeed, which is read with the 64-bit counters only, the least
		// that the speed can be says nothing new.
		if told := speed(r.ifX[ifHighSpeed], r.if1[ifSpeed]); told > 0 && told != 1<<32-1 {
			i.SpeedBPS = told
		}
		octets(&i, r)
		if i.Oper != "up" || r.duplex != 0 {
			i.Duplex = duplex(i.Oper, r)
		}
		v.Device.Interfaces = append(v.Device.Interfaces, i)
	}
	return true, err
}

// duplexes reads the duplex of all ports.
func duplexes(ctx context.Context, a device.Agent, found rows) error {
	table, err := a.Table(ctx, dot3StatsEntry, dot3StatsDuplexStatus)
	for _, row := range table {
		if i := found.known(row.Index); i != nil {
			i.duplex, _ = row.Int(dot3StatsDuplexStatus)
		}
	}
	if err != nil {
		return fmt.Errorf("read dot3StatsTable: %w", err)
	}
	if len(table) > 0 {
		return nil
	}
	table, err = a.Table(ctx, ifMauEntry, ifMauType)
	for _, row := range table {
		port, _, _ := strings.Cut(row.Index, ".")
		if i := found.known(port); i != nil {
			i.half = mauDuplex(row.Cells[ifMauType].OID())
		}
	}
	if err != nil {
		return fmt.Errorf("read ifMauTable: %w", err)
	}
	return nil
}

// known returns an interface that the tables had.
func (r rows) known(index string) *raw {
	n, err := strconv.Atoi(index)
	if err != nil {
		return nil
	}
	return r[n]
}

// duplexesOf asks again for the duplex of the ports that changed since the last
// deep look.
func duplexesOf(ctx context.Context, a device.Agent, sorted []*raw, last map[int]look.Interface) error {
	asked := map[string]*raw{}
	var oids []string
	for _, r := range sorted {
		was := last[r.index]
		i := was
		state(&i, r)
		if i.Oper != "up" || !i.Physical || was.Oper == "up" && was.LastChange == i.LastChange || len(oids) >= maxAsked {
			continue
		}
		oid := dot3StatsEntry + "." + strconv.Itoa(dot3StatsDuplexStatus) + "." + strconv.Itoa(r.index)
		asked[oid], oids = r, append(oids, oid)
	}
	if len(oids) == 0 {
		return nil
	}
	got, err := a.Get(ctx, oids...)
	for oid, r := range asked {
		r.duplex, _ = got[oid].Int()
	}
	if err != nil {
		return fmt.Errorf("read dot3StatsDuplexStatus: %w", err)
	}
	return nil
}

// state takes over statuses and those counters that have one width only.
func state(i *look.Interface, r *raw) {
	i.Admin = word(r.if1[ifAdminStatus], "up", "down", "testing")
	i.Oper = word(r.if1[ifOperStatus], "up", "down", "testing", "unknown", "dormant", "notPresent", "lowerLayerDown")
	i.LastChange, _ = r.if1[ifLastChange].Uint()
	i.Discontinuity, _ = r.ifX[ifCounterDiscontinuityTime].Uint()
	i.InErrors, i.OutErrors = count(r.if1[ifInErrors]), count(r.if1[ifOutErrors])
	i.InDiscards, i.OutDiscards = count(r.if1[ifInDiscards]), count(r.if1[ifOutDiscards])
}

// octets takes over the octets, in the width that was decided.
func octets(i *look.Interface, r *raw) {
	if i.HighCapacity {
		i.InOctets, i.OutOctets = count(r.ifX[ifHCInOctets]), count(r.ifX[ifHCOutOctets])
		return
	}
	i.InOctets, i.OutOctets = count(r.if1[ifInOctets]), count(r.if1[ifOutOctets])
}

// highCapacity reports whether the 64-bit counters are those to be read: some
// agents have them, and never count in them.
func highCapacity(r *raw) bool {
	in, out := count(r.ifX[ifHCInOctets]), count(r.ifX[ifHCOutOctets])
	if in == nil && out == nil {
		return false
	}
	if in != nil && *in > 0 || out != nil && *out > 0 {
		return true
	}
	in, out = count(r.if1[ifInOctets]), count(r.if1[ifOutOctets])
	return (in == nil || *in == 0) && (out == nil || *out == 0)
}

// count is a counter; nil where there is none.
func count(v snmp.Value) *uint64 {
	if v.Type == snmp.OctetString {
		return nil
	}
	n, ok := v.Uint()
	if !ok {
		return nil
	}
	return &n
}

// word names an enumeration that begins at 1; "" for what is not in it.
func word(v snmp.Value, words ...string) string {
	n, ok := v.Int()
	if !ok || n < 1 || n > int64(len(words)) {
		return ""
	}
	return words[n-1]
}

// speed is in bits per second. ifHighSpeed is in millions; ifSpeed is
// 4294967295 for every speed above that, so that it is the least that the speed
// can be where there is no ifHighSpeed.
func speed(high, low snmp.Value) uint64 {
	const most = 10_000_000 // 10 Tbit/s: who says more gave bits per second
	if n, ok := high.Uint(); ok && n > 0 && n <= most {
		return n * 1_000_000
	}
	if n, ok := low.Uint(); ok && n < 1<<32 {
		return n
	}
	return 0
}

// duplex is that of a port that is up: of another, agents say what they like.
func duplex(oper string, r *raw) string {
	if oper != "up" {
		return ""
	}
	switch r.duplex {
	case 2:
		return "half"
	case 3:
		return "full"
	}
	return r.half
}

// mac reads a hardware address: octets, or, of some agents, text.
func mac(v snmp.Value) string {
	if m := v.MAC(); m != "" {
		return m
	}
	b := v.Bytes()
	if len(b) < 11 || len(b) > 17 {
		return ""
	}
	parts := strings.FieldsFunc(string(b), func(r rune) bool { return r == ':' || r == '-' })
	if len(parts) != 6 {
		return ""
	}
	octets := make([]byte, 6)
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 16, 8)
		if err != nil {
			return ""
		}
		octets[i] = byte(n)
	}
	if slices.Max(octets) == 0 {
		return ""
	}
	return snmp.FormatMAC(octets)
}
