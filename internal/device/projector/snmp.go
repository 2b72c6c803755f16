package projector

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/pjlink"
	"github.com/budi-monitor/budi/internal/snmp"
)

// Driver reads projectors and displays by SNMP. There is no MIB that all of them
// have; where a maker's objects are not known, the system group and the
// interfaces are all there is, and PJLink says more.
type Driver struct{}

// Name is "projector".
func (Driver) Name() string { return "projector" }

// Serves reports whether it is a projector or a display.
func (Driver) Serves(id device.Identity) bool { return id.Is(look.Projector) || id.Is(look.Display) }

// Roots of makers' objects, below enterprises.
const (
	epson    = "1.3.6.1.4.1.1248.4.1"
	christie = "1.3.6.1.4.1.25766"
	barco    = "1.3.6.1.4.1.12612.220"
)

// Look reads what is known of the maker's objects.
func (Driver) Look(ctx context.Context, a device.Agent, id device.Identity, v *device.Visit) error {
	switch {
	case below(id.ObjectID, epson):
		return lookEpson(ctx, a, v)
	case below(id.ObjectID, christie):
		return lookChristie(ctx, a, v)
	case below(id.ObjectID, barco):
		return lookBarco(ctx, a, v)
	}
	return nil
}

func below(object, root string) bool { return object == root || strings.HasPrefix(object, root+".") }

// Objects of Epson's network projectors.
const (
	epsonLampHours = epson + ".1.1.1.0"
	epsonStatus    = epson + ".1.1.9.0" // "03 0000 0000 T1": power, warning, alarm
	epsonName      = epson + ".1.2.7.0"
)

// epsonState is power, warning and alarm in hexadecimal digits.
var epsonState = regexp.MustCompile(`^([0-9A-Fa-f]{2}) ([0-9A-Fa-f]{4}) ([0-9A-Fa-f]{4})\b`)

func lookEpson(ctx context.Context, a device.Agent, v *device.Visit) error {
	got, err := a.Get(ctx, epsonLampHours, epsonStatus, epsonName)
	hours(v, got[epsonLampHours])
	v.Fact(look.FactName, device.Told(got[epsonName].Text()))
	if m := epsonState.FindStringSubmatch(got[epsonStatus].Text()); m != nil {
		epsonPower(v, strings.ToUpper(m[1]))
		epsonProblems(v, strings.ToUpper(m[2]), strings.ToUpper(m[3]))
	}
	if err != nil {
		return fmt.Errorf("read Epson's objects: %w", err)
	}
	return nil
}

func epsonPower(v *device.Visit, code string) {
	power, known := map[string]pjlink.Power{"01": pjlink.Standby, "02": pjlink.Warming, "03": pjlink.On, "04": pjlink.Cooling}[code]
	switch {
	case known:
		v.Fact(FactPower, power.String())
		v.Add(metric.ProjectorPower, float64(power))
	case code == "FF":
		v.Device.Alerts = append(v.Device.Alerts, look.Alert{Severity: "critical", Code: "failure"})
	}
}

// epsonProblems tells the parts that a warning and an alarm are of. 0002 and 0003
// of the warnings are of the picture: none comes, or one that it cannot show.
func epsonProblems(v *device.Visit, warning, alarm string) {
	levels := map[string]int{}
	if part := map[string]string{"0001": PartLamp, "0004": PartFilter, "0005": PartTemperature}[warning]; part != "" {
		levels[part] = 1
	}
	if part := map[string]string{
		"0001": PartLamp, "0002": PartCover, "0003": PartLamp, "0004": PartFan, "0005": PartTemperature, "0006": PartTemperature, "0007": PartOther,
	}[alarm]; part != "" {
		levels[part] = 2
	}
	for _, part := range []string{PartFan, PartLamp, PartTemperature, PartCover, PartFilter, PartOther} {
		problem(v, part, levels[part])
	}
}

// Objects of Christie's projectors, of two generations.
const (
	christieLampHours    = christie + ".1.12.1.1.3.5.1.6.1"
	christieOldLampHours = christie + ".1.11.10.4.3.0"
)

func lookChristie(ctx context.Context, a device.Agent, v *device.Visit) error {
	got, err := a.Get(ctx, christieLampHours, christieOldLampHours)
	if !hours(v, got[christieLampHours]) {
		hours(v, got[christieOldLampHours])
	}
	if err != nil {
		return fmt.Errorf("read Christie's objects: %w", err)
	}
	return nil
}

// Objects of Barco's projectors: power, and tables of temperatures and fans.
const (
	barcoPower        = barco + ".11.2.2.5.0" // 1: on, 0: off
	barcoTemperatures = barco + ".11.4.2.1.1.1"
	barcoFans         = barco + ".11.4.2.1.3.1"

	barcoValue = 2
	barcoAlarm = 7 // 0: well
	barcoName  = 8
)

func lookBarco(ctx context.Context, a device.Agent, v *device.Visit) error {
	got, err := a.Get(ctx, barcoPower)
	if err != nil {
		return fmt.Errorf("read Barco's objects: %w", err)
	}
	if n, ok := got[barcoPower].Int(); ok && (n == 0 || n == 1) {
		power := pjlink.Power(n)
		v.Fact(FactPower, power.String())
		v.Add(metric.ProjectorPower, float64(power))
	}
	for _, table := range []struct {
		entry string
		class look.SensorClass
		most  float64 // above it a value is none
	}{{barcoTemperatures, look.Temperature, 150}, {barcoFans, look.FanSpeed, 30_000}} {
		rows, err := a.Table(ctx, table.entry, barcoValue, barcoAlarm, barcoName)
		for _, row := range rows[:min(len(rows), maxSensors)] {
			value, ok := row.Cells[barcoValue].Float()
			name := device.Told(row.Text(barcoName))
			if !ok || name == "" || value < 0 || value > table.most {
				continue
			}
			s := look.Sensor{Name: snmp.Clip(name, 100), Class: table.class, Value: value}
			if alarm, ok := row.Int(barcoAlarm); ok {
				s.State = look.StateOK
				if alarm != 0 {
					s.State = look.StateWarning
				}
			}
			addSensor(v, s)
		}
		if err != nil {
			return fmt.Errorf("read Barco's sensors: %w", err)
		}
	}
	return nil
}

// maxSensors bounds the rows of a table.
const maxSensors = 100

// addSensor adds a sensor whose name is not taken within its class.
func addSensor(v *device.Visit, s look.Sensor) {
	for _, other := range v.Device.Sensors {
		if other.Class == s.Class && other.Name == s.Name {
			return
		}
	}
	v.Device.Sensors = append(v.Device.Sensors, s)
}

// hours notes for how long the lamp was lit, when the object says it.
func hours(v *device.Visit, value snmp.Value) bool {
	n, ok := value.Int()
	if !ok || n < 0 || n > 999_999 {
		return false
	}
	lampHours(v, "lamp", float64(n))
	return true
}
