package netswitch

import (
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// dot1dBasePortEntry says which interface a bridge port is (RFC 4188).
const (
	dot1dBasePortEntry   = "1.3.6.1.2.1.17.1.4.1"
	dot1dBasePortIfIndex = 2
)

// bridgePorts reads which interface each bridge port is, once.
func (r *reader) bridgePorts() map[int]int {
	if r.base != nil {
		return r.base
	}
	r.base = map[int]int{}
	for _, row := range r.table(dot1dBasePortEntry, dot1dBasePortIfIndex) {
		port, err := strconv.Atoi(row.Index)
		index, ok := row.Int(dot1dBasePortIfIndex)
		if err == nil && ok && index > 0 && index < 1<<31 && len(r.base) < maxStations {
			r.base[port] = int(index)
		}
	}
	return r.base
}

// bridgePort names the interface of a bridge port; "" when it is none. Where the
// agent does not say which is which, they are the same.
func (r *reader) bridgePort(port int) string {
	base := r.bridgePorts()
	if len(base) == 0 {
		return r.names[port]
	}
	return r.names[base[port]]
}

// named finds an interface by what somebody calls it: its name, description or
// alias, or its index in digits.
func (r *reader) named(called string) string {
	called = strings.TrimSpace(called)
	if called == "" {
		return ""
	}
	interfaces := r.v.Device.Interfaces
	for _, field := range []func(look.Interface) string{
		func(i look.Interface) string { return i.Name },
		func(i look.Interface) string { return i.Description },
		func(i look.Interface) string { return i.Alias },
	} {
		found := ""
		for _, i := range interfaces {
			if !strings.EqualFold(field(i), called) {
				continue
			}
			if found != "" {
				found = "" // several: that says nothing
				break
			}
			found = i.Name
		}
		if found != "" {
			return found
		}
	}
	return ""
}

// withMAC finds the one interface with an address.
func (r *reader) withMAC(mac string) string {
	found := ""
	for _, i := range r.v.Device.Interfaces {
		if i.MAC != mac || mac == "" {
			continue
		}
		if found != "" {
			return ""
		}
		found = i.Name
	}
	return found
}

// numbers are the numbers in the name of a port: 2, 0, 5 in GigabitEthernet2/0/5.
func numbers(name string) []int {
	var out []int
	for _, part := range strings.FieldsFunc(name, func(c rune) bool { return c < '0' || c > '9' }) {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil
		}
		out = append(out, n)
	}
	return out
}

// socket finds the interface (as its place in the visit's list) that a group and
// a port stand for, as in POWER-ETHERNET-MIB; -1 when there is none. groups is
// how many groups there are.
//
// The port is the ifIndex on most. Others number the sockets of each unit of a
// stack, as their names do: 2/0/5 is port 5 of unit 2.
func (r *reader) socket(group, port, groups int) int {
	interfaces := r.v.Device.Interfaces
	for at, i := range interfaces {
		if i.Index != port || !i.Physical {
			continue
		}
		n := numbers(i.Name)
		if groups <= 1 || len(n) < 2 || n[0] == group {
			return at
		}
	}
	for at, i := range interfaces {
		n := numbers(i.Name)
		if !i.Physical || len(n) == 0 || n[len(n)-1] != port {
			continue
		}
		if len(n) == 1 && groups <= 1 || len(n) > 1 && (n[0] == group || groups <= 1) {
			return at
		}
	}
	return -1
}

// arcs reads the numbers of an index, of which there are at least so many.
func arcs(row snmp.Row, least int) []uint32 {
	a := row.Arcs()
	if len(a) < least {
		return nil
	}
	return a
}
