package netswitch

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// maker is what devices of one maker, or of one family of a maker, tell of
// themselves. Which devices these are is decided by sysObjectID or, where that
// stands for anybody's device, by the vendor that was recognised.
type maker struct {
	objects []string // sysObjectID is one of these or below it
	vendors []string // or this is the vendor
	gauges  []gauge
	shares  []share
	tables  []table
}

// gauge is one object that measures something.
type gauge struct {
	oid    string
	class  look.SensorClass
	name   string
	scale  float64                            // to the class's unit; 0: 1
	states map[int64]string                   // of look.Status: which number is which state; another one says nothing
	read   func(v snmp.Value) (float64, bool) // nil: the number itself
}

// share is memory: two objects of the three, in one unit.
type share struct {
	name              string
	used, free, total string
}

// table is a table that measures something in each row.
type table struct {
	entry string
	class look.SensorClass
	value int

	label string // of the name: "Fan"; the index follows
	named int    // a column with the name
	by    string // a column of another table with the same index, that has the name (entPhysicalName)

	scale             float64          // 0: 1
	state             int              // a column with the state; of look.Status it is the value
	states            map[int64]string // a state that is not in it says nothing
	used, free, total int              // columns of look.Memory, two of the three, instead of value
	need              int              // a column that must be above zero
	present           int              // a column that is 2 where the part is not there
	kind              int              // a column that says what is measured
	kinds             map[int64]measure
	words             map[string]string // what stands for a name: ng for 2.4 GHz
	only              []string          // the name has one of these in it, in lower case
	sum               bool              // rows of one name are added
	counted           bool              // rows are numbered from 1: their index says nothing to people
	heavy             bool              // a row for each part of the device: only deep looks read it
	read              func(v snmp.Value) (float64, bool)
}

// measure is a class and the factor to its unit.
type measure struct {
	class look.SensorClass
	scale float64
}

// sensors reads how the device is.
func (r *reader) sensors() {
	makers := r.makers()
	var oids []string
	for _, m := range makers {
		for _, g := range m.gauges {
			oids = append(oids, g.oid)
		}
		for _, s := range m.shares {
			for _, oid := range []string{s.used, s.free, s.total} {
				if oid != "" {
					oids = append(oids, oid)
				}
			}
		}
	}
	slices.Sort(oids)
	got := r.get(slices.Compact(oids)...)
	for _, m := range makers {
		for _, g := range m.gauges {
			r.gauge(g, got[g.oid])
		}
		for _, s := range m.shares {
			r.memory(s.name, got[s.used], got[s.free], got[s.total])
		}
		for _, t := range m.tables {
			if r.worth(t) {
				r.rows(t)
			}
		}
	}
	r.host()
	if r.v.Deep {
		r.entitySensors()
		return
	}
	// What only deep looks read stays as it was seen.
	for _, s := range r.v.Last.Sensors {
		r.sensor(s)
	}
}

// makers are the tables for this device. What begins with a dot there is below
// its sysObjectID.
func (r *reader) makers() []maker {
	var out []maker
	for _, m := range makers() {
		if r.id.Vendor != "" && slices.Contains(m.vendors, r.id.Vendor) || below(r.id.ObjectID, m.objects) {
			for i := range m.gauges {
				m.gauges[i].oid = absolute(r.id.ObjectID, m.gauges[i].oid)
			}
			for i := range m.tables {
				m.tables[i].entry = absolute(r.id.ObjectID, m.tables[i].entry)
			}
			out = append(out, m)
		}
	}
	return out
}

func absolute(object, oid string) string {
	if strings.HasPrefix(oid, ".") {
		return object + oid
	}
	return oid
}

// below reports whether an object identifier is one of these or below it.
func below(object string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return object == root || strings.HasPrefix(object, root+".") })
}

// worth reports whether a table is to be read now: between deep looks one that
// had nothing for the last is not.
func (r *reader) worth(t table) bool {
	if r.v.Deep {
		return true
	}
	if t.heavy {
		return false
	}
	return slices.ContainsFunc(r.v.Last.Sensors, func(s look.Sensor) bool { return s.Class == t.class || t.kind != 0 })
}

func (r *reader) gauge(g gauge, v snmp.Value) {
	s := look.Sensor{Name: g.name, Class: g.class}
	if g.class == look.Status {
		n, ok := v.Int()
		if !ok || g.states[n] == "" {
			return
		}
		s.State = g.states[n]
		r.sensor(s)
		return
	}
	value, ok := number(v, g.read)
	if !ok {
		return
	}
	s.Value = value * factor(g.scale)
	r.sensor(s)
}

func number(v snmp.Value, read func(v snmp.Value) (float64, bool)) (float64, bool) {
	if v.IsZero() {
		return 0, false
	}
	if read != nil {
		return read(v)
	}
	return v.Float()
}

func factor(scale float64) float64 {
	if scale == 0 {
		return 1
	}
	return scale
}

// memory adds what is in use, of two of three numbers.
func (r *reader) memory(name string, used, free, total snmp.Value) {
	u, haveUsed := used.Float()
	f, haveFree := free.Float()
	t, haveTotal := total.Float()
	haveUsed, haveFree, haveTotal = haveUsed && !used.IsZero() && u >= 0, haveFree && !free.IsZero() && f >= 0, haveTotal && !total.IsZero() && t > 0
	switch {
	case haveUsed && haveTotal:
	case haveFree && haveTotal:
		u = t - f
	case haveUsed && haveFree:
		t = u + f
	default:
		return
	}
	if t > 0 {
		r.sensor(look.Sensor{Name: name, Class: look.Memory, Value: u / t * 100})
	}
}

// rows reads a table.
func (r *reader) rows(t table) {
	var columns []int
	for _, c := range []int{t.value, t.named, t.state, t.used, t.free, t.total, t.need, t.present, t.kind} {
		if c != 0 && !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	slices.Sort(columns)
	var keep []snmp.Row
	for _, row := range r.table(t.entry, columns...) {
		if t.need != 0 {
			if n, ok := row.Cells[t.need].Float(); !ok || n <= 0 {
				continue
			}
		}
		if absent, _ := row.Int(t.present); t.present != 0 && absent == 2 {
			continue
		}
		if len(keep) < maxSensors {
			keep = append(keep, row)
		}
	}
	names := r.namesOf(t, keep)
	sums := map[string]float64{}
	var order []string
	for i, row := range keep {
		s, ok := r.row(t, row)
		s.Name = names[i]
		if !ok || !t.measures(s.Name) {
			continue
		}
		if !t.sum {
			r.sensor(s)
			continue
		}
		if _, begun := sums[s.Name]; !begun {
			order = append(order, s.Name)
		}
		sums[s.Name] += s.Value
	}
	for _, name := range order {
		r.sensor(look.Sensor{Name: name, Class: t.class, Value: sums[name]})
	}
}

// row reads one row, but for its name.
func (r *reader) row(t table, row snmp.Row) (look.Sensor, bool) {
	s := look.Sensor{Class: t.class}
	if t.state != 0 {
		n, ok := row.Int(t.state)
		if ok {
			s.State = t.states[n]
		}
		if t.class == look.Status {
			return s, s.State != ""
		}
	}
	scale := factor(t.scale)
	if t.kind != 0 {
		n, _ := row.Int(t.kind)
		m, ok := t.kinds[n]
		if !ok {
			return s, false
		}
		s.Class, scale = m.class, factor(m.scale)
		if s.Class == look.Status {
			value, ok := row.Int(t.value)
			s.State = map[int64]string{0: look.StateOK, 1: look.StateFailed}[value]
			return s, ok && s.State != ""
		}
	}
	if t.class == look.Memory && t.value == 0 {
		u, okU := row.Cells[t.used].Float()
		f, okF := row.Cells[t.free].Float()
		all, okT := row.Cells[t.total].Float()
		switch {
		case t.used != 0 && t.total != 0 && okU && okT:
		case t.free != 0 && t.total != 0 && okF && okT:
			u = all - f
		case t.used != 0 && t.free != 0 && okU && okF:
			all = u + f
		default:
			return s, false
		}
		s.Value = u / all * 100
		return s, all > 0
	}
	value, ok := number(row.Cells[t.value], t.read)
	s.Value = value * scale
	return s, ok
}

// measures reports whether a sensor of the name is one of the table's class.
func (t table) measures(name string) bool {
	name = strings.ToLower(name)
	return len(t.only) == 0 || slices.ContainsFunc(t.only, func(part string) bool { return strings.Contains(name, part) })
}

// namesOf names the sensors of rows.
func (r *reader) namesOf(t table, rows []snmp.Row) []string {
	out := make([]string, len(rows))
	var elsewhere snmp.Values
	if t.by != "" {
		oids := make([]string, len(rows))
		for i, row := range rows {
			oids[i] = t.by + "." + row.Index
		}
		elsewhere = r.get(oids...)
	}
	for i, row := range rows {
		if t.named != 0 {
			out[i] = text(row.Cells[t.named])
			out[i] = cmp.Or(t.words[out[i]], out[i])
		}
		if t.by != "" {
			out[i] = text(elsewhere[t.by+"."+row.Index])
		}
		switch {
		case out[i] != "" && t.label != "" && !strings.HasPrefix(strings.ToLower(out[i]), strings.ToLower(t.label)):
			out[i] = t.label + " " + out[i]
		case out[i] != "":
		case t.label != "" && (len(rows) == 1 || t.sum):
			out[i] = t.label
		case t.counted:
			out[i] = t.label + " " + strconv.Itoa(i+1)
		default:
			out[i] = strings.TrimSpace(t.label + " " + short(row.Index))
		}
	}
	return out
}

// short is an index as people may read it.
func short(index string) string {
	if len(index) > 40 {
		return index[len(index)-40:]
	}
	return index
}

// sensor adds a sensor that makes sense, unless there is one of its name.
func (r *reader) sensor(s look.Sensor) {
	s.Name = snmp.Clip(s.Name, maxText)
	key := string(s.Class) + "\x00" + s.Name
	if s.Name == "" || r.known[key] || len(r.v.Device.Sensors) >= maxSensors || !sensible(s) {
		return
	}
	r.known[key] = true
	s.Value = math.Round(s.Value*1000) / 1000
	if s.Class == look.Status {
		s.Value = map[string]float64{look.StateWarning: 1, look.StateFailed: 2}[s.State]
	}
	r.v.Device.Sensors = append(r.v.Device.Sensors, s)
}

// sensible reports whether a device can mean what it says. Most that have no
// sensor say 0, -1, 255 or the largest number there is.
func sensible(s look.Sensor) bool {
	if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
		return false
	}
	between := func(low, high float64) bool { return s.Value >= low && s.Value <= high }
	switch s.Class {
	case look.Load, look.Memory, look.Humidity:
		return between(0, 100)
	case look.Temperature:
		return s.Value != 0 && between(-60, 150)
	case look.FanSpeed:
		return between(0, 60_000)
	case look.Voltage:
		return between(-1000, 1000)
	case look.Current:
		return between(-1000, 1000)
	case look.Power:
		return between(0, 100_000)
	case look.Frequency:
		return between(0, 100_000_000_000)
	case look.SignalDBM:
		return s.Value != 0 && between(-150, 50)
	case look.Clients:
		return between(0, 100_000)
	}
	return true
}

// HOST-RESOURCES-MIB (RFC 2790) and UCD-SNMP-MIB, which many makers have instead
// of something of their own.
const (
	hrProcessorEntry = "1.3.6.1.2.1.25.3.3.1"
	hrProcessorLoad  = 2

	hrStorageEntry = "1.3.6.1.2.1.25.2.3.1"
	hrStorageType  = 2
	hrStorageDescr = 3
	hrStorageSize  = 5
	hrStorageUsed  = 6
	hrStorageRAM   = "1.3.6.1.2.1.25.2.1.2"

	ssCPUIdle    = "1.3.6.1.4.1.2021.11.11.0" // percent
	memTotalReal = "1.3.6.1.4.1.2021.4.5.0"   // kilobytes
	memAvailReal = "1.3.6.1.4.1.2021.4.6.0"
	memBuffer    = "1.3.6.1.4.1.2021.4.14.0"
	memCached    = "1.3.6.1.4.1.2021.4.15.0"
)

// has reports whether there is a sensor of a class.
func (r *reader) has(class look.SensorClass) bool {
	return slices.ContainsFunc(r.v.Device.Sensors, func(s look.Sensor) bool { return s.Class == class })
}

// host reads processor and memory where the maker's own tables had none.
func (r *reader) host() {
	needLoad, needMemory := !r.has(look.Load), !r.has(look.Memory)
	if r.id.Has[device.HasHost] {
		if needLoad {
			r.rows(table{entry: hrProcessorEntry, class: look.Load, value: hrProcessorLoad, label: "CPU", counted: true})
		}
		if needMemory {
			r.ram()
		}
	}
	needLoad, needMemory = !r.has(look.Load), !r.has(look.Memory)
	if !needLoad && !needMemory {
		return
	}
	got := r.get(ssCPUIdle, memTotalReal, memAvailReal, memBuffer, memCached)
	if idle, ok := got[ssCPUIdle].Float(); ok && needLoad && !got[ssCPUIdle].IsZero() {
		r.sensor(look.Sensor{Name: "CPU", Class: look.Load, Value: 100 - idle})
	}
	total, ok := got[memTotalReal].Float()
	free, okFree := got[memAvailReal].Float()
	if ok && okFree && needMemory && total > 0 && !got[memTotalReal].IsZero() && !got[memAvailReal].IsZero() {
		buffer, _ := got[memBuffer].Float()
		cached, _ := got[memCached].Float()
		r.sensor(look.Sensor{Name: "Memory", Class: look.Memory, Value: (total - free - buffer - cached) / total * 100})
	}
}

// ram reads memory from hrStorageTable. Linux counts buffers and cache as used:
// they have rows of their own, and are given back when somebody needs memory.
func (r *reader) ram() {
	type area struct {
		name       string
		used, size float64
	}
	var areas []area
	spare := 0.0
	for _, row := range r.table(hrStorageEntry, hrStorageType, hrStorageDescr, hrStorageSize, hrStorageUsed) {
		size, ok := row.Cells[hrStorageSize].Uint()
		used, okUsed := row.Cells[hrStorageUsed].Uint()
		name := text(row.Cells[hrStorageDescr])
		lower := strings.ToLower(name)
		switch {
		case !ok || !okUsed || size == 0:
		case strings.Contains(lower, "buffer") || strings.Contains(lower, "cache"):
			spare += float64(used)
		case row.Cells[hrStorageType].OID() == hrStorageRAM && lower != "virtual memory" && lower != "swap space" && !strings.Contains(lower, "shared") && !strings.Contains(lower, "tmpfs"):
			areas = append(areas, area{name, float64(used), float64(size)})
		}
	}
	for i, a := range areas {
		name := "Memory"
		if len(areas) > 1 {
			name = a.name
		}
		if a.used > spare && len(areas) == 1 {
			a.used -= spare
		}
		if name == "" {
			name = "Memory " + strconv.Itoa(i+1)
		}
		r.sensor(look.Sensor{Name: name, Class: look.Memory, Value: a.used / a.size * 100})
	}
}
