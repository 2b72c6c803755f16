package ups

import (
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// dialect is one set of objects that UPSes speak.
type dialect struct {
	states   []state
	flags    flags
	objects  []object
	phases   []phases
	lines    []lines
	probes   []probes
	alarms   alarms
	replaced []string // objects with the date of the last change of battery
	software string   // object with the version of what the UPS itself runs, where the card's is the firmware

	onBatteryFor string // object with the time on battery; counts where nothing says it better
}

// state is an object whose numbers have meanings.
type state struct {
	oid   string
	means map[int64]meaning
}

// meaning is what a state says. What it does not say is empty.
type meaning struct {
	source  string // FactSource
	battery string // FactBattery
	test    string // FactTest

	onBattery, low, replace, testFailed, testing answer

	alarms []string
}

// flags is an object with a text of zeros and ones. Positions count from one.
type flags struct {
	oid       string
	means     map[int]meaning // of a one
	otherwise map[int]meaning // of a zero
}

// object is a number in no table.
type object struct {
	oid, name string
	quantity
}

// phases are numbers in no table that there are for each line.
type phases struct {
	place      string
	count      string // object with the number of lines; empty: all that are told
	lines      [][]object
	unlessZero bool // cards that do not have these say that all are zero
}

// zero reports whether none of the numbers is more than nothing.
func (p phases) zero(got snmp.Values) bool {
	for _, line := range p.lines {
		for _, o := range line {
			if value, ok := got[o.oid].Float(); ok && value > 0 {
				return false
			}
		}
	}
	return true
}

// lines is a table with a row for each line.
type lines struct {
	entry, place, count string
	columns             []column
}

// probes is a table of probes of the surroundings.
type probes struct {
	entry   string
	name    int
	unit    int // column: 2 means degrees Fahrenheit; 0: none
	columns []column
}

type column struct {
	arc int
	quantity
}

// alarms is a table of what is wrong now: objects that stand for it.
type alarms struct {
	present string                    // object with the number of rows
	column  string                    // of the objects
	known   map[string]map[int]string // codes by the root of the objects and the arc below it
}

func (t lines) arcs() []int { return arcsOf(t.columns) }

func (p probes) arcs() []int {
	arcs := append([]int{p.name}, arcsOf(p.columns)...)
	if p.unit != 0 {
		arcs = append(arcs, p.unit)
	}
	return arcs
}

func arcsOf(columns []column) []int {
	var arcs []int
	for _, c := range columns {
		arcs = append(arcs, c.arc)
	}
	return arcs
}

// oids are the objects of a dialect that are in no table.
func (d dialect) oids() []string {
	var out []string
	add := func(oid string) {
		if oid != "" {
			out = append(out, oid)
		}
	}
	for _, s := range d.states {
		add(s.oid)
	}
	add(d.flags.oid)
	for _, o := range d.objects {
		add(o.oid)
	}
	for _, p := range d.phases {
		add(p.count)
		for _, line := range p.lines {
			for _, o := range line {
				add(o.oid)
			}
		}
	}
	for _, t := range d.lines {
		add(t.count)
	}
	add(d.alarms.present)
	for _, oid := range d.replaced {
		add(oid)
	}
	add(d.software)
	add(d.onBatteryFor)
	return out
}

// Quantities. The number is what one of the device's units is in ours.

func percent(scale float64) quantity  { return quantity{class: look.Charge, scale: scale} }
func load(scale float64) quantity     { return quantity{class: look.Load, scale: scale} }
func seconds(scale float64) quantity  { return quantity{class: look.Runtime, scale: scale} }
func volts(scale float64) quantity    { return quantity{class: look.Voltage, scale: scale} }
func amperes(scale float64) quantity  { return quantity{class: look.Current, scale: scale} }
func hertz(scale float64) quantity    { return quantity{class: look.Frequency, scale: scale} }
func watts(scale float64) quantity    { return quantity{class: look.Power, scale: scale} }
func apparent(scale float64) quantity { return quantity{class: look.Apparent, scale: scale} }
func degrees(scale float64) quantity  { return quantity{class: look.Temperature, scale: scale} }
func humidity(scale float64) quantity { return quantity{class: look.Humidity, scale: scale} }

// fahrenheit is a temperature in those degrees.
func fahrenheit(scale float64) quantity {
	return quantity{class: look.Temperature, scale: scale, fahrenheit: true}
}

// direct is the voltage of a battery.
func direct(scale float64) quantity {
	return quantity{class: look.Voltage, scale: scale, at: battery}
}

// Names of sensors.
const (
	nameBattery = "Battery"
	nameInput   = "Input"
	nameOutput  = "Output"
	nameBypass  = "Bypass"
	nameAmbient = "Ambient"
	nameRemote  = "Remote"
)

// numbered makes the objects of three lines: first is the last arc of the first
// line's object, step how far the next line's is.
func numbered(root string, first, step int, q quantity) [3]object {
	var out [3]object
	for i := range out {
		out[i] = object{oid: root + "." + strconv.Itoa(first+i*step) + ".0", quantity: q}
	}
	return out
}

// byLine turns quantities of three lines into lines of quantities.
func byLine(quantities ...[3]object) [][]object {
	out := make([][]object, 3)
	for _, q := range quantities {
		for i, o := range q {
			out[i] = append(out[i], o)
		}
	}
	return out
}

// dialectsOf are those that a device may speak, the maker's own first.
func dialectsOf(id device.Identity) []dialect {
	var out []dialect
	for _, maker := range []struct {
		roots   []string
		vendors []string
		speaks  func() dialect
	}{
		{[]string{"318"}, []string{"APC", "Schneider Electric"}, apc},
		{[]string{"705", "534"}, []string{"Eaton", "MGE"}, mge},
		{[]string{"534", "705"}, []string{"Eaton", "MGE", "Powerware"}, xups},
		{[]string{"232.165.3"}, nil, cpqPower},
		{[]string{"3808"}, []string{"CyberPower"}, cyberPower},
		{[]string{"2254.2"}, []string{"Delta"}, delta},
		{[]string{"935"}, []string{"Megatec", "Ippon", "PowerWalker"}, megatec},
		{[]string{"4555.1.1.1"}, []string{"Socomec"}, socomec},
		{[]string{"4555.1.1.7"}, []string{"Socomec"}, socomec7},
		{[]string{"2011"}, []string{"Huawei"}, huawei},
	} {
		speaks := false
		for _, root := range maker.roots {
			speaks = speaks || under(id.ObjectID, enterprise+root)
		}
		for _, vendor := range maker.vendors {
			speaks = speaks || strings.EqualFold(id.Vendor, vendor)
		}
		if speaks {
			out = append(out, maker.speaks())
		}
	}
	if id.Has[device.HasUPS] || len(out) == 0 {
		out = append(out, standard())
	}
	return out
}

const enterprise = "1.3.6.1.4.1."

func under(object, root string) bool {
	return object == root || strings.HasPrefix(object, root+".")
}
