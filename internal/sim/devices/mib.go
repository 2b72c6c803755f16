package devices

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

// system fills the system group (RFC 3418).
func system(r *snmpagent.Recording, descr, object, name, location string) {
	r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text(descr))
	r.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID(object))
	r.Set("1.3.6.1.2.1.1.4.0", snmpagent.Text("it@pavyzdziai.example"))
	r.Set("1.3.6.1.2.1.1.5.0", snmpagent.Text(name))
	r.Set("1.3.6.1.2.1.1.6.0", snmpagent.Text(location))
}

// up sets sysUpTime of what was started at a moment.
func up(r *snmpagent.Recording, since, at time.Time) {
	r.Set("1.3.6.1.2.1.1.3.0", snmpagent.TimeTicks(uint32(uint64(at.Sub(since)/(10*time.Millisecond))&math.MaxUint32)))
}

// port is an interface of a device.
type port struct {
	index int
	name  string
	alias string
	mac   []byte
	mbits uint32 // 0: down
	half  bool
}

// interfaces fills IF-MIB (RFC 2863) and how ports talk (RFC 3635). Counters are
// set by count.
func interfaces(r *snmpagent.Recording, ports []port) {
	for _, p := range ports {
		at := func(column int) string { return fmt.Sprintf("1.3.6.1.2.1.2.2.1.%d.%d", column, p.index) }
		x := func(column int) string { return fmt.Sprintf("1.3.6.1.2.1.31.1.1.1.%d.%d", column, p.index) }
		oper := int64(1)
		if p.mbits == 0 {
			oper = 2
		}
		r.Set(at(1), snmpagent.Integer(int64(p.index)))
		r.Set(at(2), snmpagent.Text(p.name))
		r.Set(at(3), snmpagent.Integer(6))
		r.Set(at(4), snmpagent.Integer(1500))
		r.Set(at(5), snmpagent.Gauge32(p.mbits*1_000_000))
		r.Set(at(6), snmpagent.Octets(p.mac...))
		r.Set(at(7), snmpagent.Integer(1))
		r.Set(at(8), snmpagent.Integer(oper))
		r.Set(at(9), snmpagent.TimeTicks(4200))
		for _, column := range []int{10, 13, 14, 16, 19, 20} {
			r.Set(at(column), snmpagent.Counter32(0))
		}
		r.Set(x(1), snmpagent.Text(p.name))
		r.Set(x(6), snmpagent.Counter64(0))
		r.Set(x(10), snmpagent.Counter64(0))
		r.Set(x(15), snmpagent.Gauge32(p.mbits))
		r.Set(x(17), snmpagent.Integer(1))
		r.Set(x(18), snmpagent.Text(p.alias))
		if p.mbits > 0 {
			duplex := int64(3)
			if p.half {
				duplex = 2
			}
			r.Set(fmt.Sprintf("1.3.6.1.2.1.10.7.2.1.19.%d", p.index), snmpagent.Integer(duplex))
		}
	}
}

// count sets the octets of an interface.
func count(r *snmpagent.Recording, index int, in, out float64) {
	at := func(table string, column int) string { return fmt.Sprintf("%s.%d.%d", table, column, index) }
	r.Set(at("1.3.6.1.2.1.31.1.1.1", 6), snmpagent.Counter64(uint64(in)))
	r.Set(at("1.3.6.1.2.1.31.1.1.1", 10), snmpagent.Counter64(uint64(out)))
	r.Set(at("1.3.6.1.2.1.2.2.1", 10), snmpagent.Counter32(uint32(uint64(in)&math.MaxUint32)))
	r.Set(at("1.3.6.1.2.1.2.2.1", 16), snmpagent.Counter32(uint32(uint64(out)&math.MaxUint32)))
}

// arcs writes octets as a part of an object: "0.27.33".
func arcs(b []byte) string {
	parts := make([]string, len(b))
	for i, c := range b {
		parts[i] = strconv.Itoa(int(c))
	}
	return strings.Join(parts, ".")
}
