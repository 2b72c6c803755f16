package devices

import (
	"encoding/hex"
	"fmt"
	"net"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

// switchOf is what a switch is made of.
type switchOf struct {
	id, name, site, room string
	descr, object        string
	maker                [3]byte
	ports                int
	portName             string // with the number
	above, below         string // IDs of switches: on its first port, on its second
	serves               []string
	devices              []string // other devices that hang on it
	poe                  bool
	facts                func(r *snmpagent.Recording, serial string)
}

func switches() []switchOf {
	return []switchOf{
		{
			id: "sw-serverine", name: "Pagrindinis komutatorius", site: "gimnazija", room: "serverine",
			descr:  "HP J9773A 2530-24G-PoEP Switch, revision YA.16.11.0013, ROM YA.15.20 (/ws/swbuildm/rel_washington/code/build/lakes)",
			object: "1.3.6.1.4.1.11.2.3.7.11.157", maker: [3]byte{0x94, 0x18, 0x82}, ports: 26, portName: "%d", below: "sw-204",
			serves: []string{"serverine", "101", "214", "biblioteka", "administracija"}, devices: []string{"sp-biblioteka", "sp-rastine", "ups-serverine"}, poe: true,
			facts: func(r *snmpagent.Recording, serial string) {
				r.Set("1.3.6.1.4.1.11.2.36.1.1.2.5.0", snmpagent.Text("HP J9773A 2530-24G-PoEP Switch"))
				r.Set("1.3.6.1.4.1.11.2.36.1.1.2.9.0", snmpagent.Text(serial))
				chassis(r, "HP J9773A 2530-24G-PoEP Switch", "J9773A", serial, "YA.16.11.0013")
				r.Set("1.3.6.1.4.1.11.2.14.11.5.1.9.6.1.0", snmpagent.Integer(14)) // percent of the processor
			},
		},
		{
			id: "sw-204", name: "Informatikos komutatorius", site: "gimnazija", room: "204",
			descr: "SG350-28 28-Port Gigabit Managed Switch", object: "1.3.6.1.4.1.9.6.1.95.28.1", maker: [3]byte{0x70, 0x35, 0x09}, ports: 28, portName: "gi%d", above: "sw-serverine",
			serves: []string{"204"}, devices: []string{"sp-204"},
			facts: func(r *snmpagent.Recording, serial string) {
				chassis(r, "SG350-28 28-Port Gigabit Managed Switch", "SG350-28-K9", serial, "2.5.9.54")
				r.Set("1.3.6.1.4.1.9.6.1.101.1.9.0", snmpagent.Integer(9)) // percent of the processor
			},
		},
		{
			id: "sw-filialas", name: "Filialo komutatorius", site: "filialas", room: "skaitykla",
			descr: "RouterOS CRS326-24G-2S+", object: "1.3.6.1.4.1.14988.1", maker: [3]byte{0x48, 0xa9, 0x8a}, ports: 24, portName: "ether%d",
			serves: []string{"skaitykla", "vaiku-skyrius"}, devices: []string{"sp-filialas"},
			facts: func(r *snmpagent.Recording, serial string) {
				r.Set("1.3.6.1.4.1.14988.1.1.4.4.0", snmpagent.Text("7.16.2"))
				r.Set("1.3.6.1.4.1.14988.1.1.7.3.0", snmpagent.Text(serial))
				r.Set("1.3.6.1.4.1.14988.1.1.7.4.0", snmpagent.Text("7.16.2"))
				r.Set("1.3.6.1.4.1.14988.1.1.7.9.0", snmpagent.Text("CRS326-24G-2S+"))
				r.Set("1.3.6.1.2.1.25.3.3.1.2.1", snmpagent.Integer(11))
			},
		},
	}
}

// chassis fills one row of ENTITY-MIB (RFC 6933).
func chassis(r *snmpagent.Recording, descr, model, serial, software string) {
	for column, v := range map[int]snmpagent.Value{
		2: snmpagent.Text(descr), 4: snmpagent.Integer(0), 5: snmpagent.Integer(3), 7: snmpagent.Text("Chassis"), 8: snmpagent.Text("1.0"), 9: snmpagent.Text(""),
		10: snmpagent.Text(software), 11: snmpagent.Text(serial), 13: snmpagent.Text(model), 16: snmpagent.Integer(1),
	} {
		r.Set(fmt.Sprintf("1.3.6.1.2.1.47.1.1.1.1.%d.1", column), v)
	}
}

// Ports of every switch: above on the first, below on the second, what hangs on
// it on those after.
const (
	portAbove = 1
	portBelow = 2
	portFirst = 3
)

func (d *Devices) openSwitches(c clock) error {
	all := switches()
	macs := map[string][]byte{} // by the ID of the switch: its own address
	for _, s := range all {
		macs[s.id] = d.mac(s.id, s.maker)
	}
	for _, s := range all {
		r := snmpagent.NewRecording()
		random := d.random(s.id)
		system(r, s.descr, s.object, s.id, s.room)
		s.facts(r, serial(random, "SG", 8))
		r.Set("1.3.6.1.2.1.1.7.0", snmpagent.Integer(2)) // it works on layer 2
		r.Set("1.3.6.1.2.1.17.1.1.0", snmpagent.Octets(macs[s.id]...))
		hanging := d.hanging(s)
		ports := d.portsOf(s, macs[s.id], hanging)
		interfaces(r, ports)
		bridge(r, ports, d.learnt(s, all, hanging))
		d.neighbours(r, s, macs)
		if s.poe {
			power(r, ports)
		}
		since := d.o.Began.Add(-time.Duration(500+random.IntN(2000)) * time.Hour)
		rates := make([]float64, len(ports))
		for i := range rates {
			rates[i] = 2e7 + 4e8*random.Float64()*random.Float64()
		}
		x := &Device{ID: s.id, Name: s.name, Site: s.site, Room: s.room}
		x.set = func(at time.Time, _ map[Fault]bool) {
			up(r, since, at)
			for i, p := range ports {
				if p.mbits > 0 {
					count(r, p.index, c.flow(at, rates[i], float64(i)/7), c.flow(at, 3*rates[i], float64(i)/5))
				}
			}
		}
		x.then = func(s *look.Sample, at time.Time) {
			for i, p := range ports {
				if len(s.Labels) > 0 && s.Labels[0].Name == metric.LabelIfName && s.Labels[0].Value == p.name && p.mbits > 0 {
					before := c.began.AddDate(0, 0, -8)
					switch s.Name {
					case metric.IfHCInOctets:
						s.Value = c.flow(at, rates[i], float64(i)/7) - c.flow(before, rates[i], float64(i)/7)
					case metric.IfHCOutOctets:
						s.Value = c.flow(at, 3*rates[i], float64(i)/5) - c.flow(before, 3*rates[i], float64(i)/5)
					}
				}
			}
		}
		if err := d.answer(x, r); err != nil {
			return err
		}
	}
	return nil
}

// hanging are the addresses of what hangs on a switch, port by port.
func (d *Devices) hanging(s switchOf) [][]byte {
	var out [][]byte
	for _, id := range s.devices {
		for _, p := range printers() {
			if p.id == id {
				out = append(out, d.mac(id, p.maker))
			}
		}
		if id == upsID {
			out = append(out, d.mac(id, upsMaker()))
		}
	}
	for _, room := range s.serves {
		for _, station := range d.o.Stations {
			if mac, err := net.ParseMAC(station.MAC); station.Room == room && err == nil && len(mac) == 6 {
				out = append(out, mac)
			}
		}
	}
	return out[:min(len(out), s.ports-portFirst)]
}

// portsOf are the ports of a switch. In the branch one talks half duplex: its
// cable is of long ago.
func (d *Devices) portsOf(s switchOf, mac []byte, hanging [][]byte) []port {
	var out []port
	for n := 1; n <= s.ports; n++ {
		p := port{index: n, name: fmt.Sprintf(s.portName, n), mac: append(append([]byte(nil), mac[:5]...), mac[5]+byte(n))}
		switch {
		case n == portAbove:
			p.alias, p.mbits = "uplink", 1000
		case n == portBelow && s.below != "":
			p.alias, p.mbits = s.below, 1000
		case n >= portFirst && n-portFirst < len(hanging):
			p.mbits = 1000
			if n == portFirst+1 && s.id == "sw-filialas" {
				p.mbits, p.half = 100, true
			}
		}
		out = append(out, p)
	}
	return out
}

// station is an address that was learned behind a port.
type station struct {
	mac  []byte
	port int
}

// learnt are the addresses that a switch knows: those on its ports, and behind the
// second all those of the switch below.
func (d *Devices) learnt(s switchOf, all []switchOf, hanging [][]byte) []station {
	var out []station
	for i, mac := range hanging {
		out = append(out, station{mac, portFirst + i})
	}
	for _, other := range all {
		port := 0
		switch other.id {
		case s.below:
			port = portBelow
		case s.above:
			port = portAbove
		default:
			continue
		}
		for _, mac := range d.hanging(other) {
			out = append(out, station{mac, port})
		}
	}
	return out
}

// bridge fills BRIDGE-MIB (RFC 4188).
func bridge(r *snmpagent.Recording, ports []port, stations []station) {
	for _, p := range ports {
		r.Set(fmt.Sprintf("1.3.6.1.2.1.17.1.4.1.1.%d", p.index), snmpagent.Integer(int64(p.index)))
		r.Set(fmt.Sprintf("1.3.6.1.2.1.17.1.4.1.2.%d", p.index), snmpagent.Integer(int64(p.index)))
	}
	for _, s := range stations {
		r.Set("1.3.6.1.2.1.17.4.3.1.1."+arcs(s.mac), snmpagent.Octets(s.mac...))
		r.Set("1.3.6.1.2.1.17.4.3.1.2."+arcs(s.mac), snmpagent.Integer(int64(s.port)))
		r.Set("1.3.6.1.2.1.17.4.3.1.3."+arcs(s.mac), snmpagent.Integer(3))
	}
}

// neighbours fills LLDP-MIB (IEEE 802.1AB): who is above and below.
func (d *Devices) neighbours(r *snmpagent.Recording, s switchOf, macs map[string][]byte) {
	r.Set("1.0.8802.1.1.2.1.3.1.0", snmpagent.Integer(4))
	r.Set("1.0.8802.1.1.2.1.3.2.0", snmpagent.Octets(macs[s.id]...))
	r.Set("1.0.8802.1.1.2.1.3.3.0", snmpagent.Text(s.id))
	for n := 1; n <= s.ports; n++ {
		name := fmt.Sprintf(s.portName, n)
		r.Set(fmt.Sprintf("1.0.8802.1.1.2.1.3.7.1.2.%d", n), snmpagent.Integer(5))
		r.Set(fmt.Sprintf("1.0.8802.1.1.2.1.3.7.1.3.%d", n), snmpagent.Text(name))
		r.Set(fmt.Sprintf("1.0.8802.1.1.2.1.3.7.1.4.%d", n), snmpagent.Text(name))
	}
	for _, other := range switches() {
		local, remote := 0, 0
		switch other.id {
		case s.above:
			local, remote = portAbove, portBelow
		case s.below:
			local, remote = portBelow, portAbove
		default:
			continue
		}
		at := func(column int) string { return fmt.Sprintf("1.0.8802.1.1.2.1.4.1.1.%d.0.%d.1", column, local) }
		r.Set(at(4), snmpagent.Integer(4))
		r.Set(at(5), snmpagent.Octets(macs[other.id]...))
		r.Set(at(6), snmpagent.Integer(5))
		r.Set(at(7), snmpagent.Text(fmt.Sprintf(other.portName, remote)))
		r.Set(at(8), snmpagent.Text(fmt.Sprintf(other.portName, remote)))
		r.Set(at(9), snmpagent.Text(other.id))
		r.Set(at(10), snmpagent.Text(other.descr))
		r.Set(at(11), snmpagent.Octets(0x20, 0)) // a bridge
		r.Set(at(12), snmpagent.Octets(0x20, 0))
	}
}

// power fills POWER-ETHERNET-MIB (RFC 3621): nothing draws power yet.
func power(r *snmpagent.Recording, ports []port) {
	for _, p := range ports[:24] {
		r.Set(fmt.Sprintf("1.3.6.1.2.1.105.1.1.1.3.1.%d", p.index), snmpagent.Integer(1))
		r.Set(fmt.Sprintf("1.3.6.1.2.1.105.1.1.1.6.1.%d", p.index), snmpagent.Integer(2))
	}
	r.Set("1.3.6.1.2.1.105.1.3.1.1.2.1", snmpagent.Gauge32(195))
	r.Set("1.3.6.1.2.1.105.1.3.1.1.3.1", snmpagent.Integer(1))
	r.Set("1.3.6.1.2.1.105.1.3.1.1.4.1", snmpagent.Gauge32(0))
}

// engine makes an snmpEngineID (RFC 3411) of a maker's number and an address.
func engine(r *snmpagent.Recording, enterprise uint32, mac []byte) {
	id, err := hex.DecodeString(fmt.Sprintf("8%07x03%x", enterprise, mac))
	if err == nil {
		r.Set("1.3.6.1.6.3.10.2.1.1.0", snmpagent.Octets(id...))
	}
}
