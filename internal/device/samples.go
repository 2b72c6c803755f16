package device

import (
	"strconv"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/snmp"
)

// Bounds of what becomes series of one device.
const (
	maxLabel    = 120 // bytes of a device's own words in a label
	maxSupplies = 60
	maxTrays    = 40
	maxSensors  = 200
	maxVolumes  = 60
	maxDisks    = 100
)

func clipLabel(s string) string { return snmp.Clip(s, maxLabel) }

// samplesOf makes the samples that follow from what a device told. Those of
// interfaces are in counters.go: they need the look before.
func samplesOf(d *look.Device, facts map[string]string) []look.Sample {
	var out []look.Sample
	add := func(name string, value float64, labels ...string) {
		out = append(out, look.Sample{Name: name, Value: value, Labels: look.Labels(labels...)})
	}
	if seconds, err := strconv.ParseFloat(facts[look.FactUptime], 64); err == nil {
		add(metric.SystemUptime, seconds)
	}
	if pages, err := strconv.ParseFloat(facts[look.FactPages], 64); err == nil {
		add(metric.PrinterPages, pages)
	}
	several := map[string]int{}
	for _, s := range d.Supplies {
		several[supplyKey(s)]++
	}
	for _, t := range d.Trays {
		several[t.Name]++
	}
	for _, s := range d.Supplies[:min(len(d.Supplies), maxSupplies)] {
		if s.Percent != nil {
			add(metric.PrinterSupply, *s.Percent/100, metric.LabelSupply, apart(s.Name, s.Index, several[supplyKey(s)]), metric.LabelType, s.Type, metric.LabelColour, s.Colour)
		}
	}
	for _, t := range d.Trays[:min(len(d.Trays), maxTrays)] {
		if t.Level != nil && t.Capacity != nil && *t.Capacity > 0 {
			add(metric.PrinterTray, min(*t.Level / *t.Capacity, 1), metric.LabelTray, apart(t.Name, t.Index, several[t.Name]))
		}
	}
	for _, s := range d.Sensors[:min(len(d.Sensors), maxSensors)] {
		if name, scale := sensorMetric(s.Class); name != "" {
			add(name, s.Value*scale, metric.LabelName, clipLabel(s.Name))
		}
		if s.State != "" && s.Class != look.Status {
			add(metric.SensorStatus, level(s.State), metric.LabelName, clipLabel(s.Name))
		}
	}
	for _, v := range d.Volumes[:min(len(d.Volumes), maxVolumes)] {
		volume(add, v)
	}
	for _, disk := range d.Disks[:min(len(d.Disks), maxDisks)] {
		if disk.State != "" {
			add(metric.HostDiskHealthy, healthy(disk.State), metric.LabelDevice, clipLabel(disk.Name))
		}
	}
	severities := map[string]float64{"critical": 0, "warning": 0}
	for _, a := range d.Alerts {
		if _, counted := severities[a.Severity]; counted {
			severities[a.Severity]++
		}
	}
	for _, s := range []string{"critical", "warning"} {
		add(metric.DeviceAlerts, severities[s], "severity", s)
	}
	return out
}

// supplyKey is what tells the series of a supply from those of others.
func supplyKey(s look.Supply) string { return s.Name + "\x00" + s.Type + "\x00" + s.Colour }

// SupplyLabel is what the series of a supply has as metric.LabelSupply; all are
// those of its device.
func SupplyLabel(s look.Supply, all []look.Supply) string {
	several := 0
	for _, other := range all {
		if supplyKey(other) == supplyKey(s) {
			several++
		}
	}
	return apart(s.Name, s.Index, several)
}

// apart is a name as a label. What several have the same name gets its index,
// because no series has two values.
func apart(name, index string, several int) string {
	switch {
	case name == "":
		return index
	case several > 1:
		return clipLabel(snmp.Clip(name, maxLabel-len(index)-2) + " #" + index)
	}
	return clipLabel(name)
}

// sensorMetric names the metric of a sensor, and the factor to its unit.
func sensorMetric(c look.SensorClass) (string, float64) {
	switch c {
	case look.Temperature:
		return metric.SensorTemperature, 1
	case look.FanSpeed:
		return metric.SensorFan, 1
	case look.Voltage:
		return metric.SensorVoltage, 1
	case look.Current:
		return metric.SensorCurrent, 1
	case look.Power:
		return metric.SensorPower, 1
	case look.Apparent:
		return metric.SensorApparent, 1
	case look.Frequency:
		return metric.SensorFrequency, 1
	case look.Humidity:
		return metric.SensorHumidity, 0.01
	case look.Load:
		return metric.SensorLoad, 0.01
	case look.Memory:
		return metric.SensorMemory, 0.01
	case look.SignalDBM:
		return metric.SensorSignal, 1
	case look.Clients:
		return metric.SensorClients, 1
	case look.Status:
		return metric.SensorStatus, 1
	case look.LampHours:
		return metric.ProjectorLight, 3600
	}
	return "", 0 // charge, runtime, filter hours: their drivers add them without a name
}

// level is a state as a number.
func level(state string) float64 {
	switch state {
	case look.StateWarning:
		return 1
	case look.StateFailed:
		return 2
	}
	return 0
}

func healthy(state string) float64 {
	if state == look.StateFailed {
		return 0
	}
	return 1
}

// runsFull reports whether it matters that a volume of a type is nearly full.
func runsFull(kind string) bool {
	switch kind {
	case "ram", "swap", "raid", "system", "recordings":
		return false
	}
	return true
}

// volume adds the samples that a filesystem has on a computer too.
func volume(add func(name string, value float64, labels ...string), v look.Volume) {
	name := clipLabel(v.Name)
	if v.State != "" {
		add(metric.HostDiskHealthy, healthy(v.State), metric.LabelDevice, name)
	}
	if v.SizeBytes == 0 || !runsFull(v.Type) || v.UsedBytes > v.SizeBytes {
		return
	}
	for _, part := range []struct {
		state string
		bytes uint64
	}{{"used", v.UsedBytes}, {"free", v.SizeBytes - v.UsedBytes}} {
		labels := []string{metric.LabelDevice, name, metric.LabelFilesystemMountpoint, name, metric.LabelFilesystemMode, "rw", metric.LabelFilesystemType, v.Type, metric.LabelFilesystemState, part.state}
		add(metric.SystemFilesystemUsage, float64(part.bytes), labels...)
		add(metric.SystemFilesystemUse, float64(part.bytes)/float64(v.SizeBytes), labels...)
	}
}

// portSamples are those of an interface that are no counters.
func portSamples(i look.Interface, labels []look.Label) []look.Sample {
	var out []look.Sample
	add := func(name string, value float64) {
		out = append(out, look.Sample{Name: name, Labels: labels, Value: value})
	}
	if n, ok := operStatus(i.Admin); ok {
		add(metric.IfAdminStatus, n)
	}
	if n, ok := operStatus(i.Oper); ok {
		add(metric.IfOperStatus, n)
	}
	if i.Oper == "up" && i.SpeedBPS > 0 {
		add(metric.IfSpeed, float64(i.SpeedBPS))
	}
	if i.Oper == "up" && i.Duplex != "" {
		half := 0.0
		if i.Duplex == "half" {
			half = 1
		}
		add(metric.IfHalfDuplex, half)
	}
	if i.PoEWatts != nil {
		add(metric.IfPoE, *i.PoEWatts)
	}
	return out
}

// operStatus is the number of a status in IF-MIB.
func operStatus(s string) (float64, bool) {
	for n, name := range []string{"up", "down", "testing", "unknown", "dormant", "notPresent", "lowerLayerDown"} {
		if s == name {
			return float64(n + 1), true
		}
	}
	return 0, false
}
