package devices

import (
	"math"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

const upsID = "ups-serverine"

func upsMaker() [3]byte { return [3]byte{0x00, 0xc0, 0xb7} }

// battery is the battery of the UPS: it empties while there is no power, and
// fills again.
type battery struct {
	charge float64 // percent
	at     time.Time
	cut    time.Time // since when there is no power; zero: there is
}

// The battery empties in half an hour, and fills in ten minutes: a demonstration
// is short.
const (
	emptiesIn = 30 * time.Minute
	fillsIn   = 10 * time.Minute
	fullLasts = 38 * time.Minute
)

// move brings the battery to a moment.
func (b *battery) move(at time.Time, cut bool) {
	if elapsed := at.Sub(b.at); !b.at.IsZero() && elapsed > 0 {
		if !b.cut.IsZero() {
			b.charge -= 100 * float64(elapsed) / float64(emptiesIn)
		} else {
			b.charge += 100 * float64(elapsed) / float64(fillsIn)
		}
		b.charge = math.Max(5, math.Min(100, b.charge))
	}
	b.at = at
	switch {
	case cut && b.cut.IsZero():
		b.cut = at
	case !cut:
		b.cut = time.Time{}
	}
}

func (d *Devices) openUPS(c clock) error {
	r := snmpagent.NewRecording()
	random := d.random(upsID)
	mac := d.mac(upsID, upsMaker())
	system(r, "APC Web/SNMP Management Card (MB:v4.2.9 PF:v7.1.2 PN:apc_hw21_aos_7.1.2.bin AF1:v7.1.2 AN1:apc_hw21_su_7.1.2.bin MN:AP9641 HR:05 SN: ZA2131012345 MD:08/02/2024)",
		"1.3.6.1.4.1.318.1.3.27", upsID, "serverine")
	engine(r, 318, mac)
	interfaces(r, []port{{index: 1, name: "eth0", mac: mac, mbits: 100}})
	number := serial(random, "AS", 10)
	for oid, v := range map[string]snmpagent.Value{
		// PowerNet-MIB, of APC
		"1.3.6.1.4.1.318.1.1.1.1.1.1.0": snmpagent.Text("Smart-UPS 1500"),
		"1.3.6.1.4.1.318.1.1.1.1.1.2.0": snmpagent.Text(upsID),
		"1.3.6.1.4.1.318.1.1.1.1.2.1.0": snmpagent.Text("UPS 09.8 / ID=1032"),
		"1.3.6.1.4.1.318.1.1.1.1.2.3.0": snmpagent.Text(number),
		"1.3.6.1.4.1.318.1.1.1.2.1.3.0": snmpagent.Text("03/14/2024"),
		"1.3.6.1.4.1.318.1.1.1.2.2.4.0": snmpagent.Integer(1),  // no battery to replace
		"1.3.6.1.4.1.318.1.1.1.2.2.2.0": snmpagent.Gauge32(27), // degrees Celsius
		"1.3.6.1.4.1.318.1.1.1.4.2.2.0": snmpagent.Gauge32(50),
		"1.3.6.1.4.1.318.1.1.1.7.2.3.0": snmpagent.Integer(1), // the last self-test passed
		"1.3.6.1.4.1.318.1.1.1.7.2.4.0": snmpagent.Text("11/14/2026"),
		// UPS-MIB (RFC 1628)
		"1.3.6.1.2.1.33.1.1.1.0":        snmpagent.Text("American Power Conversion"),
		"1.3.6.1.2.1.33.1.1.2.0":        snmpagent.Text("Smart-UPS 1500"),
		"1.3.6.1.2.1.33.1.1.3.0":        snmpagent.Text("UPS 09.8 / ID=1032"),
		"1.3.6.1.2.1.33.1.1.4.0":        snmpagent.Text("v7.1.2"),
		"1.3.6.1.2.1.33.1.1.5.0":        snmpagent.Text(upsID),
		"1.3.6.1.2.1.33.1.2.7.0":        snmpagent.Integer(27),
		"1.3.6.1.2.1.33.1.3.2.0":        snmpagent.Integer(1),
		"1.3.6.1.2.1.33.1.4.3.0":        snmpagent.Integer(1),
		"1.3.6.1.2.1.33.1.4.4.1.2.1":    snmpagent.Integer(230),
		"1.3.6.1.2.1.33.1.7.3.0":        snmpagent.Integer(1),
		"1.3.6.1.4.1.318.1.1.1.4.2.1.0": snmpagent.Gauge32(230),
	} {
		r.Set(oid, v)
	}
	since := d.o.Began.Add(-2345 * time.Hour)
	b := &battery{charge: 100}
	x := &Device{ID: upsID, Name: "Serverinės UPS", Site: "gimnazija", Room: "serverine"}
	x.set = func(at time.Time, f map[Fault]bool) {
		up(r, since, at)
		b.move(at, f[PowerCut])
		b.say(r, upsLoad(c, at))
	}
	x.then = func(s *look.Sample, at time.Time) {
		if s.Name == metric.UPSLoad {
			s.Value = math.Round(upsLoad(c, at)) / 100
		}
	}
	return d.answer(x, r)
}

// upsLoad is how much the UPS feeds, in percent.
func upsLoad(c clock, at time.Time) float64 { return 31 + 3*c.swing(at, 0.2) }

// say tells how the UPS is.
func (b *battery) say(r *snmpagent.Recording, load float64) {
	cut := !b.cut.IsZero()
	seconds := int64(0)
	source, apc, volts := int64(3), int64(2), int64(231)
	status := int64(2)
	if cut {
		seconds = int64(b.at.Sub(b.cut) / time.Second)
		source, apc, volts = 5, 3, 0
		if b.charge < 20 {
			status = 3
		}
	}
	left := time.Duration(b.charge / 100 * float64(fullLasts))
	set := func(oid string, v snmpagent.Value) { r.Set(oid, v) }
	set("1.3.6.1.4.1.318.1.1.1.2.1.1.0", snmpagent.Integer(status))
	set("1.3.6.1.4.1.318.1.1.1.2.1.2.0", snmpagent.TimeTicks(uint32(seconds*100)))
	set("1.3.6.1.4.1.318.1.1.1.2.2.1.0", snmpagent.Gauge32(uint32(b.charge)))
	set("1.3.6.1.4.1.318.1.1.1.2.2.3.0", snmpagent.TimeTicks(uint32(left/(10*time.Millisecond))))
	set("1.3.6.1.4.1.318.1.1.1.3.2.1.0", snmpagent.Gauge32(uint32(volts)))
	set("1.3.6.1.4.1.318.1.1.1.4.1.1.0", snmpagent.Integer(apc))
	set("1.3.6.1.4.1.318.1.1.1.4.2.3.0", snmpagent.Gauge32(uint32(load)))
	set("1.3.6.1.2.1.33.1.2.1.0", snmpagent.Integer(status))
	set("1.3.6.1.2.1.33.1.2.2.0", snmpagent.Integer(seconds))
	set("1.3.6.1.2.1.33.1.2.3.0", snmpagent.Integer(int64(left/time.Minute)))
	set("1.3.6.1.2.1.33.1.2.4.0", snmpagent.Integer(int64(b.charge)))
	set("1.3.6.1.2.1.33.1.3.3.1.3.1", snmpagent.Integer(volts))
	set("1.3.6.1.2.1.33.1.4.1.0", snmpagent.Integer(source))
	set("1.3.6.1.2.1.33.1.4.4.1.5.1", snmpagent.Integer(int64(load)))
	r.Remove("1.3.6.1.2.1.33.1.6.2")
	alarms := int64(0)
	if cut {
		alarms = 1
		set("1.3.6.1.2.1.33.1.6.2.1.2.1", snmpagent.ObjectID("1.3.6.1.2.1.33.1.6.3.2")) // upsAlarmOnBattery
		set("1.3.6.1.2.1.33.1.6.2.1.3.1", snmpagent.TimeTicks(uint32(seconds*100)))
	}
	set("1.3.6.1.2.1.33.1.6.1.0", snmpagent.Integer(alarms))
}
