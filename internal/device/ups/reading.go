package ups

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// answer is what a UPS says to a question that is answered by yes or no.
type answer int8

const (
	unsaid answer = iota
	no
	yes
)

// reading is what was read in one dialect, and then in all.
type reading struct {
	sensors []look.Sensor

	meaning
	replaced string
	software string
	alarms   map[string]string // the device's words by code
}

func newReading() *reading { return &reading{alarms: map[string]string{}} }

// merge takes over what is not known yet.
func (r *reading) merge(o *reading) {
	r.sensors = append(r.sensors, o.sensors...)
	r.add(o.meaning)
	if r.replaced == "" {
		r.replaced = o.replaced
	}
	if r.software == "" {
		r.software = o.software
	}
	for code, text := range o.alarms {
		if _, known := r.alarms[code]; !known {
			r.alarms[code] = text
		}
	}
}

// add takes over what a state means, where nothing is known yet.
func (m *meaning) add(o meaning) {
	for _, p := range []struct{ into, from *answer }{
		{&m.onBattery, &o.onBattery}, {&m.low, &o.low}, {&m.replace, &o.replace}, {&m.testFailed, &o.testFailed}, {&m.testing, &o.testing},
	} {
		if *p.into == unsaid {
			*p.into = *p.from
		}
	}
	for _, p := range []struct{ into, from *string }{{&m.source, &o.source}, {&m.battery, &o.battery}, {&m.test, &o.test}} {
		if *p.into == "" {
			*p.into = *p.from
		}
	}
}

// means notes what a state means. Within one dialect yes outweighs no: a battery
// whose fault is told by one object and whose age by another is to be replaced
// when one says so.
func (r *reading) means(m meaning) {
	for _, p := range []struct{ into, from *answer }{
		{&r.onBattery, &m.onBattery}, {&r.low, &m.low}, {&r.replace, &m.replace}, {&r.testFailed, &m.testFailed}, {&r.testing, &m.testing},
	} {
		*p.into = max(*p.into, *p.from)
	}
	r.add(m)
	for _, code := range m.alarms {
		if _, known := r.alarms[code]; !known {
			r.alarms[code] = ""
		}
	}
}

// take reads the objects of a dialect that are in no table.
func (r *reading) take(d dialect, got snmp.Values) {
	for _, s := range d.states {
		if n, ok := got[s.oid].Int(); ok {
			r.means(s.means[n])
		}
	}
	if f := d.flags; f.oid != "" {
		r.takeFlags(f, got[f.oid].Text())
	}
	for _, o := range d.objects {
		if value, ok := got[o.oid].Float(); ok {
			r.measure(o.quantity, value, o.name)
		}
	}
	for _, p := range d.phases {
		lines := count(got, p.count)
		if p.unlessZero && p.zero(got) {
			continue
		}
		for i, line := range p.lines {
			for _, o := range line {
				if value, ok := got[o.oid].Float(); ok && (lines == 0 || i < lines) {
					r.measure(o.quantity, value, p.place+lineSuffix(i+1))
				}
			}
		}
	}
	for _, oid := range d.replaced {
		if r.replaced == "" {
			r.replaced = date(got[oid].Text())
		}
	}
	r.software = got[d.software].Text()
	if n, ok := got[d.onBatteryFor].Int(); ok && n > 0 && r.source == "" && r.onBattery == unsaid {
		r.onBattery = yes
		r.alarms[onBattery] = ""
	}
}

// measure notes a number, unless it is absurd.
func (r *reading) measure(q quantity, raw float64, name string) {
	value, ok := sound(q, raw)
	if !ok {
		return
	}
	if !r.has(q.class, name) {
		r.sensors = append(r.sensors, look.Sensor{Name: name, Class: q.class, Value: value})
	}
}

func (r *reading) has(class look.SensorClass, name string) bool {
	return slices.ContainsFunc(r.sensors, func(s look.Sensor) bool { return s.Class == class && s.Name == name })
}

// takeFlags reads a text of zeros and ones.
func (r *reading) takeFlags(f flags, text string) {
	if len(text) < 8 || strings.Trim(text, "01") != "" {
		return
	}
	for i, bit := range text {
		if bit == '1' {
			r.means(f.means[i+1])
		} else {
			r.means(f.otherwise[i+1])
		}
	}
}

// takeLines reads a table that has a row for each line of a place.
func (r *reading) takeLines(t lines, rows []snmp.Row, present int) {
	line := 0
	for _, row := range rows {
		told := false
		for _, c := range t.columns {
			if value, ok := row.Cells[c.arc].Float(); ok {
				if !told {
					told = true
					line++
				}
				if line > maxLines || present > 0 && line > present {
					return
				}
				r.measure(c.quantity, value, t.place+lineSuffix(line))
			}
		}
	}
}

// takeProbes reads a table that has a row for each probe of the surroundings.
func (r *reading) takeProbes(p probes, rows []snmp.Row) {
	seen := map[string]bool{}
	for i, row := range rows[:min(len(rows), maxProbes)] {
		name := strings.TrimSpace(row.Text(p.name))
		if name == "" {
			name = "Probe " + strconv.Itoa(i+1)
		}
		if seen[name] {
			name = fmt.Sprintf("%s #%s", name, row.Index)
		}
		seen[name] = true
		for _, c := range p.columns {
			value, ok := row.Cells[c.arc].Float()
			if n, told := row.Int(p.unit); told && n == 2 && c.class == look.Temperature {
				value = celsius(value)
			}
			// -1 stands for a probe that does not measure this.
			if ok && row.Cells[c.arc].Text() != "-1" {
				r.measure(c.quantity, value, snmp.Clip(name, maxName))
			}
		}
	}
}

// maxWords bounds the text of an alert, in bytes.
const maxWords = 300

// maxName bounds the name of a sensor that its keeper gave, in bytes.
const maxName = 80

// takeAlarms reads a table of what is wrong now. That it is empty says that
// nothing is; but an agent without the table says nothing.
func (r *reading) takeAlarms(a alarms, found []snmp.Variable, got snmp.Values) {
	present, told := got[a.present].Int()
	if len(found) == 0 && (!told || present != 0) {
		return
	}
	now := meaning{}
	for _, v := range found {
		object := v.Value.OID()
		if object == "" {
			continue
		}
		known := false
		for root, codes := range a.known {
			arc, ok := strings.CutPrefix(object, root+".")
			if n, err := strconv.Atoi(strings.TrimSuffix(arc, ".0")); ok && err == nil && codes[n] != "" {
				known = true
				if codes[n] != nothing {
					r.alarms[codes[n]] = ""
				}
			}
		}
		if !known {
			r.alarms[otherAlarm] = snmp.Clip(strings.TrimSpace(r.alarms[otherAlarm]+" "+object), maxWords)
		}
	}
	// What is in the table is true, and what is not there is not.
	now.replace = r.listed(batteryBad)
	now.testFailed = r.listed(diagnosticTestFailed)
	if now.testFailed == no {
		now.testFailed = unsaid // it may never have been tested
	}
	now.onBattery = r.listed(onBattery)
	now.low = max(r.listed(lowBattery), r.listed(depletedBattery))
	now.testing = r.listed(testInProgress)
	r.add(now)
}

func (r *reading) listed(code string) answer {
	if _, ok := r.alarms[code]; ok {
		return yes
	}
	return no
}
