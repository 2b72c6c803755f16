package netswitch

import (
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// ENTITY-MIB and ENTITY-SENSOR-MIB (RFC 6933, RFC 3433).
const (
	entPhysicalEntry = "1.3.6.1.2.1.47.1.1.1.1"
	entDescr         = 2
	entClass         = 5
	entName          = 7
	entSerial        = 11

	classChassis = 3

	entPhySensorEntry = "1.3.6.1.2.1.99.1.1.1"
	ciscoSensorEntry  = "1.3.6.1.4.1.9.9.91.1.1.1.1" // the same columns
	sensorType        = 1
	sensorScale       = 2
	sensorPrecision   = 3
	sensorValue       = 4
	sensorStatus      = 5
)

// FactSerials are the serial numbers of the chassis of a stack, with commas
// between. There is none for a device of one chassis: that has look.FactSerial.
const FactSerials = "serials"

// chassis reads the serial numbers of all chassis.
func (r *reader) chassis() {
	if !r.id.Has["ENTITY-MIB"] || !isNetwork(r.id) {
		return
	}
	root := entPhysicalEntry + "." + strconv.Itoa(entClass)
	var oids []string
	for _, v := range r.walk(root, maxEntities) {
		if class, _ := v.Value.Int(); class == classChassis && len(oids) < maxChassis {
			oids = append(oids, entPhysicalEntry+"."+strconv.Itoa(entSerial)+strings.TrimPrefix(v.OID, root))
		}
	}
	if len(oids) < 2 {
		return
	}
	got := r.get(oids...)
	var serials []string
	for _, oid := range oids {
		if serial := text(got[oid]); serial != "" && !strings.ContainsAny(serial, ",") {
			serials = append(serials, serial)
		}
	}
	if len(serials) > 1 {
		r.v.Fact(FactSerials, strings.Join(serials, ", "))
	}
}

// maxNamed bounds the sensors whose names are asked for.
const maxNamed = 100

// entitySensors reads the sensors of ENTITY-SENSOR-MIB, or of Cisco's copy.
func (r *reader) entitySensors() {
	rows := r.table(entPhySensorEntry, sensorType, sensorScale, sensorPrecision, sensorValue, sensorStatus)
	if len(rows) == 0 && strings.HasPrefix(r.id.ObjectID, "1.3.6.1.4.1.9.") {
		rows = r.table(ciscoSensorEntry, sensorType, sensorScale, sensorPrecision, sensorValue, sensorStatus)
	}
	var good []snmp.Row
	var oids []string
	for _, row := range rows {
		if _, ok := sensorOf(row); ok && len(good) < maxNamed {
			good = append(good, row)
			for _, column := range []int{entName, entDescr} {
				oids = append(oids, entPhysicalEntry+"."+strconv.Itoa(column)+"."+row.Index)
			}
		}
	}
	names := r.get(oids...)
	for i, row := range good {
		s, _ := sensorOf(row)
		name, descr := text(names[oids[2*i]]), text(names[oids[2*i+1]])
		switch {
		case name == "" || len(name) < 3 && descr != "":
			s.Name = descr
		default:
			s.Name = name
		}
		if s.Name == "" {
			s.Name = "Sensor " + row.Index
		}
		r.sensor(s)
	}
}

// sensorOf reads a row of entPhySensorTable. It is no sensor while its status is
// not ok, and when what it measures has no class here.
func sensorOf(row snmp.Row) (look.Sensor, bool) {
	kind, _ := row.Int(sensorType)
	class := map[int64]look.SensorClass{
		3: look.Voltage, 4: look.Voltage, 5: look.Current, 6: look.Power, 7: look.Frequency, 8: look.Temperature, 9: look.Humidity, 10: look.FanSpeed, 14: look.SignalDBM,
	}[kind]
	value, ok := row.Int(sensorValue)
	status, told := row.Int(sensorStatus)
	if class == "" || !ok || told && status != 1 || value <= -1_000_000_000 || value >= 1_000_000_000 {
		return look.Sensor{}, false // the bounds are what an agent says when it is too much (RFC 3433)
	}
	v := float64(value)
	if scale, ok := row.Int(sensorScale); ok && scale >= 1 && scale <= 17 {
		v *= power10(3 * (scale - 9))
	}
	if precision, ok := row.Int(sensorPrecision); ok && precision >= -8 && precision <= 9 {
		v *= power10(-precision)
	}
	return look.Sensor{Class: class, Value: v}, true
}

func power10(n int64) float64 {
	f := 1.0
	for range max(n, -n) {
		f *= 10
	}
	if n < 0 {
		return 1 / f
	}
	return f
}
