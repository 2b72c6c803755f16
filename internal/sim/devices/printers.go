package devices

import (
	"fmt"
	"math"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

// printer is what a printer is made of.
type printer struct {
	id, name, site, room string
	descr, object, model string
	maker                [3]byte
	serial               string // its beginning
	pages                float64
	hourly               float64 // pages in an hour of use
	supplies             []supply
}

// supply is a row of prtMarkerSuppliesTable (RFC 3805).
type supply struct {
	name   string
	kind   int64 // PrtMarkerSuppliesTypeTC: 3 toner, 4 wasteToner, 9 opc, 21 tonerCartridge
	colour string
	fills  bool
	yield  float64 // pages, from one to the next
	left   float64 // share at the beginning of the demonstration
	vague  bool    // says only that some remains
}

func printers() []printer {
	return []printer{
		{
			id: "sp-biblioteka", name: "Bibliotekos spausdintuvas", site: "gimnazija", room: "biblioteka",
			descr:  "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153,EEPROM JSI25030023,CIDATE 03/15/2024",
			object: "1.3.6.1.4.1.11.2.3.9.1", model: "HP LaserJet Pro M404dn", maker: [3]byte{0x48, 0xba, 0x4e}, serial: "PHC", pages: 48_210, hourly: 22,
			supplies: []supply{{name: "Black Cartridge HP CF259X", kind: 3, colour: "black", yield: 3000, left: 0.13}},
		},
		{
			id: "sp-rastine", name: "Raštinės spalvotas", site: "gimnazija", room: "administracija",
			descr: "KYOCERA Document Solutions Printing System", object: "1.3.6.1.4.1.1347.41", model: "ECOSYS M5526cdw", maker: [3]byte{0x00, 0x17, 0xc8}, serial: "VP9", pages: 91_374, hourly: 17,
			supplies: []supply{
				{name: "TK-5240C", kind: 3, colour: "cyan", yield: 3000, left: 0.64}, {name: "TK-5240M", kind: 3, colour: "magenta", yield: 3000, left: 0.31},
				{name: "TK-5240Y", kind: 3, colour: "yellow", yield: 3000, left: 0.72}, {name: "TK-5240K", kind: 3, colour: "black", yield: 4000, left: 0.44},
				{name: "Waste Toner Box", kind: 4, fills: true, yield: 25_000, left: 0.58},
			},
		},
		{
			id: "sp-204", name: "Informatikos spausdintuvas", site: "gimnazija", room: "204",
			descr: "Brother NC-8700w, Firmware Ver.1.27 ,MID 84E-B6F", object: "1.3.6.1.4.1.2435.2.3.9.1", model: "Brother HL-L2350DW series", maker: [3]byte{0x3c, 0x2a, 0xf4}, serial: "E78", pages: 12_887, hourly: 9,
			supplies: []supply{
				{name: "Black Toner Cartridge", kind: 21, colour: "black", yield: 1200, left: 0.5, vague: true},
				{name: "Drum Unit", kind: 9, colour: "none", yield: 12_000, left: 0.37},
			},
		},
		{
			id: "sp-filialas", name: "Filialo spausdintuvas", site: "filialas", room: "skaitykla",
			descr: "Lexmark MS431dn version MSLSG.240.205 kernel 5.4.90", object: "1.3.6.1.4.1.641.2.71106437", model: "Lexmark MS431dn", maker: [3]byte{0x00, 0x21, 0xb7}, serial: "S4513", pages: 23_065, hourly: 6,
			supplies: []supply{
				{name: "Black Cartridge", kind: 3, colour: "black", yield: 6000, left: 0.81}, {name: "Imaging Unit", kind: 9, colour: "none", yield: 40_000, left: 0.66},
			},
		},
	}
}

func (d *Devices) openPrinters(c clock) error {
	for _, p := range printers() {
		r := snmpagent.NewRecording()
		random := d.random(p.id)
		system(r, p.descr, p.object, p.id, p.room)
		interfaces(r, []port{{index: 1, name: "eth0", mac: d.mac(p.id, p.maker), mbits: 100}})
		p.fill(r, serial(random, p.serial, 7))
		since := d.o.Began.Add(-time.Duration(30+random.IntN(400)) * time.Hour)
		x := &Device{ID: p.id, Name: p.name, Site: p.site, Room: p.room}
		x.set = func(at time.Time, f map[Fault]bool) {
			up(r, since, at)
			p.say(r, c, at)
			jam(r, f[Jam], at.Sub(since))
			count(r, 1, c.flow(at, 9e6, 0), c.flow(at, 1e6, 0.3))
		}
		x.then = func(s *look.Sample, at time.Time) { p.then(s, c, at) }
		if err := d.answer(x, r); err != nil {
			return err
		}
	}
	return nil
}

// mac is the hardware address of a device: always the same.
func (d *Devices) mac(id string, maker [3]byte) []byte { return hardware(d.random(id+"/mac"), maker) }

// printed are the pages that a printer has printed until a moment.
func (p *printer) printed(c clock, at time.Time) float64 {
	return math.Floor(p.pages + p.hourly*(c.used(at)-c.used(c.began)))
}

// share is what is left of a supply. When nothing is, another one is put in.
func (p *printer) share(s supply, c clock, at time.Time) float64 {
	left := s.left - (p.printed(c, at)-p.pages)/s.yield
	return left - math.Floor(left)
}

// fill fills what does not change: HOST-RESOURCES-MIB and Printer-MIB.
func (p *printer) fill(r *snmpagent.Recording, serial string) {
	r.Set("1.3.6.1.2.1.25.3.2.1.1.1", snmpagent.Integer(1))
	r.Set("1.3.6.1.2.1.25.3.2.1.2.1", snmpagent.ObjectID("1.3.6.1.2.1.25.3.1.5"))
	r.Set("1.3.6.1.2.1.25.3.2.1.3.1", snmpagent.Text(p.model))
	r.Set("1.3.6.1.2.1.43.5.1.1.16.1", snmpagent.Text(p.id))
	r.Set("1.3.6.1.2.1.43.5.1.1.17.1", snmpagent.Text(serial))
	cover := func(n int, name string) {
		r.Set(fmt.Sprintf("1.3.6.1.2.1.43.6.1.1.2.1.%d", n), snmpagent.Text(name))
		r.Set(fmt.Sprintf("1.3.6.1.2.1.43.6.1.1.3.1.%d", n), snmpagent.Integer(4))
	}
	cover(1, "Front cover")
	cover(2, "Back cover")
	for n, tray := range []struct {
		name            string
		capacity, level int64
	}{{"Multi-purpose tray", 100, 0}, {"Tray 1", 250, -3}} {
		at := func(column int) string { return fmt.Sprintf("1.3.6.1.2.1.43.8.2.1.%d.1.%d", column, n+1) }
		r.Set(at(2), snmpagent.Integer(3))
		r.Set(at(8), snmpagent.Integer(8))
		r.Set(at(9), snmpagent.Integer(tray.capacity))
		r.Set(at(10), snmpagent.Integer(tray.level))
		r.Set(at(11), snmpagent.Integer(0))
		r.Set(at(12), snmpagent.Text("A4"))
		r.Set(at(13), snmpagent.Text(tray.name))
		r.Set(at(18), snmpagent.Text(tray.name))
	}
	r.Set("1.3.6.1.2.1.43.10.2.1.3.1.1", snmpagent.Integer(7))
	for n, s := range p.supplies {
		at := func(column int) string { return fmt.Sprintf("1.3.6.1.2.1.43.11.1.1.%d.1.%d", column, n+1) }
		class, colorant := int64(3), int64(n+1)
		if s.fills {
			class = 4
		}
		if s.colour == "" {
			colorant = 0
		} else {
			r.Set(fmt.Sprintf("1.3.6.1.2.1.43.12.1.1.4.1.%d", n+1), snmpagent.Text(s.colour))
		}
		r.Set(at(2), snmpagent.Integer(1))
		r.Set(at(3), snmpagent.Integer(colorant))
		r.Set(at(4), snmpagent.Integer(class))
		r.Set(at(5), snmpagent.Integer(s.kind))
		r.Set(at(6), snmpagent.Text(s.name))
		r.Set(at(7), snmpagent.Integer(7))
		capacity := int64(s.yield)
		if s.vague {
			capacity = -2
		}
		r.Set(at(8), snmpagent.Integer(capacity))
	}
}

// say sets what changes.
func (p *printer) say(r *snmpagent.Recording, c clock, at time.Time) {
	r.Set("1.3.6.1.2.1.43.10.2.1.4.1.1", snmpagent.Counter32(uint32(p.printed(c, at))))
	for n, s := range p.supplies {
		level := int64(p.share(s, c, at) * s.yield)
		if s.vague {
			level = -3
		}
		r.Set(fmt.Sprintf("1.3.6.1.2.1.43.11.1.1.9.1.%d", n+1), snmpagent.Integer(level))
	}
}

// jam says that paper is stuck, or that all is well.
func jam(r *snmpagent.Recording, is bool, since time.Duration) {
	const (
		status   = "1.3.6.1.2.1.25.3.2.1.5.1"
		printing = "1.3.6.1.2.1.25.3.5.1.1.1"
		detected = "1.3.6.1.2.1.25.3.5.1.2.1"
		console  = "1.3.6.1.2.1.43.16.5.1.2.1.1"
		alert    = "1.3.6.1.2.1.43.18.1.1"
		critical = "1.3.6.1.2.1.43.5.1.1.18.1"
	)
	r.Remove(alert)
	if !is {
		r.Set(status, snmpagent.Integer(2))
		r.Set(printing, snmpagent.Integer(3))
		r.Set(detected, snmpagent.Octets(0, 0))
		r.Set(console, snmpagent.Text("Ready"))
		r.Set(critical, snmpagent.Counter32(3))
		return
	}
	r.Set(status, snmpagent.Integer(5))
	r.Set(printing, snmpagent.Integer(1))
	r.Set(detected, snmpagent.Octets(0x04, 0))
	r.Set(console, snmpagent.Text("Paper jam in the rear"))
	r.Set(critical, snmpagent.Counter32(4))
	for column, v := range map[int]snmpagent.Value{
		2: snmpagent.Integer(3), 3: snmpagent.Integer(4), 4: snmpagent.Integer(13), 5: snmpagent.Integer(1), 6: snmpagent.Integer(1), 7: snmpagent.Integer(8),
		8: snmpagent.Text("Paper jam in the rear"), 9: snmpagent.TimeTicks(uint32(uint64(since/(10*time.Millisecond)) & math.MaxUint32)),
	} {
		r.Set(fmt.Sprintf("%s.%d.1.17", alert, column), v)
	}
}

// then makes a sample that of a moment before.
func (p *printer) then(s *look.Sample, c clock, at time.Time) {
	switch s.Name {
	case metric.PrinterPages:
		s.Value = p.printed(c, at)
	case metric.PrinterSupply:
		for _, known := range p.supplies {
			for _, l := range s.Labels {
				if l.Name == metric.LabelSupply && l.Value == known.name {
					s.Value = math.Floor(p.share(known, c, at)*known.yield) / known.yield
				}
			}
		}
	case metric.IfHCInOctets:
		s.Value = c.flow(at, 9e6, 0) - c.flow(c.began.AddDate(0, 0, -8), 9e6, 0)
	case metric.IfHCOutOctets:
		s.Value = c.flow(at, 1e6, 0.3) - c.flow(c.began.AddDate(0, 0, -8), 1e6, 0.3)
	}
}
