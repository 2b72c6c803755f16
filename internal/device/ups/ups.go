// Package ups reads uninterruptible power supplies: whether they feed from the
// battery, how long it lasts, what they measure and complain of. UPS-MIB (RFC
// 1628) is what all should speak; what makers have of their own is often all that
// answers, or finer. What is known of each is in dialects.go and below: tables,
// no code.
//
// # Who is believed
//
// A maker's own objects come before UPS-MIB: what the first says stays. Numbers
// that no UPS can have are left out; the errors of scale that cards are known for
// are put right where there is no doubt (bounds.go).
package ups

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/snmp"
)

// Facts that only UPSes have.
const (
	FactSource   = "output_source"    // of upsOutputSource (RFC 1628): normal, bypass, battery, booster, reducer, none, other
	FactBattery  = "battery_status"   // of upsBatteryStatus: normal, low, depleted, unknown; or fault, missing
	FactReplaced = "battery_replaced" // when the battery was last changed: 2024-04-30
	FactSoftware = "ups_firmware"     // of the UPS itself, where the firmware is the card's
	FactTest     = "self_test"        // the last one: passed, warning, failed, aborted, running
)

// Driver reads UPSes. The zero Driver is ready.
type Driver struct{}

// Name is "ups".
func (Driver) Name() string { return "ups" }

// Serves reports whether the device is a UPS or speaks UPS-MIB.
func (Driver) Serves(id device.Identity) bool {
	return id.Is(look.UPS) || id.Has[device.HasUPS]
}

// Look reads the maker's own objects, and those of UPS-MIB.
func (Driver) Look(ctx context.Context, a device.Agent, id device.Identity, v *device.Visit) error {
	speaks := dialectsOf(id)
	var ask []string
	for _, d := range speaks {
		ask = append(ask, d.oids()...)
	}
	got, err := a.Get(ctx, ask...)
	all := newReading()
	for _, d := range speaks {
		r := newReading()
		r.take(d, got)
		if err == nil {
			err = r.tables(ctx, a, d, got)
		}
		all.merge(r)
	}
	all.report(v)
	if err != nil {
		return fmt.Errorf("read the UPS: %w", err)
	}
	return nil
}

// tables reads what is in tables: lines, probes, alarms.
func (r *reading) tables(ctx context.Context, a device.Agent, d dialect, got snmp.Values) error {
	for _, t := range d.lines {
		rows, err := table(ctx, a, t.entry, t.arcs()...)
		r.takeLines(t, rows, count(got, t.count))
		if err != nil {
			return err
		}
	}
	for _, p := range d.probes {
		rows, err := table(ctx, a, p.entry, p.arcs()...)
		r.takeProbes(p, rows)
		if err != nil {
			return err
		}
	}
	if d.alarms.column == "" {
		return nil
	}
	found, err := a.Walk(ctx, d.alarms.column, maxAlarms)
	r.takeAlarms(d.alarms, found, got)
	return unlessShort(err)
}

// Bounds of what is read.
const (
	maxLines  = 9 // of a table: three of three
	maxProbes = 16
	maxAlarms = 64
)

// table reads columns of a table. That it was cut short is no error: such tables
// have a few rows, and what came of them is right.
func table(ctx context.Context, a device.Agent, entry string, columns ...int) ([]snmp.Row, error) {
	rows, err := a.Table(ctx, entry, columns...)
	return rows, unlessShort(err)
}

func unlessShort(err error) error {
	if errors.Is(err, snmp.ErrTruncated) {
		return nil
	}
	return err
}

// count is how many lines are real; 0: not told.
func count(got snmp.Values, oid string) int {
	n, ok := got[oid].Int()
	if !ok || n < 1 || n > 3 {
		return 0
	}
	return int(n)
}

// report writes what was read into the visit.
func (r *reading) report(v *device.Visit) {
	sensors := r.named()
	for _, s := range sensors {
		if !slices.ContainsFunc(v.Device.Sensors, func(o look.Sensor) bool { return o.Class == s.Class && o.Name == s.Name }) {
			v.Device.Sensors = append(v.Device.Sensors, s)
		}
	}
	if s, ok := first(sensors, look.Charge); ok {
		v.Add(metric.UPSCharge, s.Value/100)
	}
	if s, ok := first(sensors, look.Runtime); ok {
		v.Add(metric.UPSRuntime, s.Value)
	}
	if s, ok := largest(sensors, look.Load); ok {
		v.Add(metric.UPSLoad, s.Value/100)
	}
	if r.testing == yes && r.onBattery == yes {
		// It tries its battery; nobody cut the power.
		r.onBattery = no
		delete(r.alarms, onBattery)
	}
	for _, s := range []struct {
		name string
		says answer
	}{{metric.UPSOnBattery, r.onBattery}, {metric.UPSBatteryLow, r.low}, {metric.UPSReplaceBattery, r.replace}, {metric.UPSSelfTestFailed, r.testFailed}} {
		if s.says != unsaid {
			v.Add(s.name, float64(s.says-no))
		}
	}
	v.Fact(FactSource, r.source)
	v.Fact(FactBattery, r.battery)
	v.Fact(FactReplaced, r.replaced)
	v.Fact(FactSoftware, r.software)
	v.Fact(FactTest, r.test)
	v.Device.Alerts = append(v.Device.Alerts, r.alerts()...)
}

// named are the sensors; "Output L1" is "Output" where there is one line.
func (r *reading) named() []look.Sensor {
	several := map[string]bool{}
	for _, s := range r.sensors {
		if place, ok := strings.CutSuffix(s.Name, lineSuffix(2)); ok {
			several[place] = true
		}
	}
	var out []look.Sensor
	for _, s := range r.sensors {
		if place, ok := strings.CutSuffix(s.Name, lineSuffix(1)); ok && !several[place] {
			s.Name = place
		}
		if !slices.ContainsFunc(out, func(o look.Sensor) bool { return o.Class == s.Class && o.Name == s.Name }) {
			out = append(out, s)
		}
	}
	return out
}

func first(sensors []look.Sensor, class look.SensorClass) (look.Sensor, bool) {
	i := slices.IndexFunc(sensors, func(s look.Sensor) bool { return s.Class == class })
	if i < 0 {
		return look.Sensor{}, false
	}
	return sensors[i], true
}

// largest is what counts with several phases: the fullest one trips first.
func largest(sensors []look.Sensor, class look.SensorClass) (look.Sensor, bool) {
	found, ok := first(sensors, class)
	for _, s := range sensors {
		if s.Class == class && s.Value > found.Value {
			found = s
		}
	}
	return found, ok
}

func lineSuffix(n int) string { return fmt.Sprintf(" L%d", n) }
