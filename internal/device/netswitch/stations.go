package netswitch

import (
	"strings"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// What bridges learned (RFC 4188, RFC 4363).
const (
	dot1qTpFdbPort   = "1.3.6.1.2.1.17.7.1.2.2.1.2" // by filtering database and address
	dot1qTpFdbStatus = "1.3.6.1.2.1.17.7.1.2.2.1.3"
	dot1qVlanFdbID   = "1.3.6.1.2.1.17.7.1.4.2.1.3" // by time and VLAN
	dot1dTpFdbPort   = "1.3.6.1.2.1.17.4.3.1.2"     // by address
	dot1dTpFdbStatus = "1.3.6.1.2.1.17.4.3.1.3"

	statusInvalid = 2
	statusSelf    = 4
)

// stations reads who is behind each port. Its own addresses and those of groups
// are left out.
func (r *reader) stations() {
	ports := r.walk(dot1qTpFdbPort, maxStations)
	if len(ports) > 0 {
		r.learned(ports, dot1qTpFdbPort, dot1qTpFdbStatus, r.vlans())
		return
	}
	r.learned(r.walk(dot1dTpFdbPort, maxStations), dot1dTpFdbPort, dot1dTpFdbStatus, nil)
}

func (r *reader) learned(ports []snmp.Variable, root, statusRoot string, vlans map[uint32]int) {
	if len(ports) == 0 {
		return
	}
	mine := map[string]bool{}
	for _, v := range r.walk(statusRoot, maxStations) {
		if status, _ := v.Value.Int(); status == statusSelf || status == statusInvalid {
			mine[strings.TrimPrefix(v.OID, statusRoot+".")] = true
		}
	}
	type seen struct {
		mac, port string
		vlan      int
	}
	before := map[seen]bool{}
	for _, v := range ports {
		index := strings.TrimPrefix(v.OID, root+".")
		database, mac := fdbIndex(index, root == dot1qTpFdbPort)
		port, ok := v.Value.Int()
		if mac == "" || !ok || port <= 0 || port >= 1<<31 || mine[index] || r.own[mac] {
			continue
		}
		s := look.Station{MAC: mac, Port: r.bridgePort(int(port)), VLAN: vlans[database]}
		if s.Port == "" || before[seen{s.MAC, s.Port, s.VLAN}] {
			continue
		}
		before[seen{s.MAC, s.Port, s.VLAN}] = true
		r.v.Device.Stations = append(r.v.Device.Stations, s)
	}
}

// fdbIndex reads the index of a filtering database's row: six octets of an
// address, of a station alone, and with numbered the database before them. "" for
// what is none.
func fdbIndex(index string, numbered bool) (database uint32, mac string) {
	a := snmp.Row{Index: index}.Arcs()
	if numbered {
		if len(a) != 7 {
			return 0, ""
		}
		database, a = a[0], a[1:]
	}
	if len(a) != 6 {
		return 0, ""
	}
	octets := make([]byte, 6)
	telling := false
	for i, arc := range a {
		if arc > 255 {
			return 0, ""
		}
		octets[i] = byte(arc)
		telling = telling || arc > 0
	}
	if !telling || octets[0]&1 != 0 {
		return 0, "" // none, or a group's
	}
	return database, snmp.FormatMAC(octets)
}

// vlans are the VLANs by filtering database. Where the agent does not tell, they
// have the same number; where several share a database, it is none of them.
func (r *reader) vlans() map[uint32]int {
	out := map[uint32]int{}
	shared := map[uint32]bool{}
	for _, v := range r.walk(dot1qVlanFdbID, maxStations) {
		a := snmp.Row{Index: strings.TrimPrefix(v.OID, dot1qVlanFdbID+".")}.Arcs()
		database, ok := v.Value.Uint()
		if len(a) != 2 || !ok || database > 1<<32-1 || a[1] == 0 || a[1] > 4094 {
			continue
		}
		id := uint32(database)
		if was := out[id]; was != 0 && was != int(a[1]) {
			shared[id] = true
		}
		out[id] = int(a[1])
	}
	for id := range shared {
		delete(out, id)
	}
	if len(out) == 0 && len(shared) == 0 {
		for id := uint32(1); id <= 4094; id++ {
			out[id] = int(id)
		}
	}
	return out
}
