// Package gather is what drivers of storage, server boards, cameras and UPSes
// have in common: they ask for objects and tables of which an agent has some, and turn
// them into sensors, disks and volumes whose names are theirs alone and whose
// numbers can be true. It knows no maker and no MIB; drivers use it, nobody else.
package gather

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// MaxRows bounds the rows of a table that are looked at.
const MaxRows = 500

// maxName bounds the name of a sensor, a disk or a volume, in bytes.
const maxName = 100

// Gathering is one driver's look. It is used by one goroutine.
type Gathering struct {
	agent device.Agent
	visit *device.Visit
	err   error
}

// New begins a look.
func New(a device.Agent, v *device.Visit) *Gathering {
	return &Gathering{agent: a, visit: v}
}

// Err is why the look is not whole; nil when it is. After an error nothing more
// is asked for.
func (g *Gathering) Err() error { return g.err }

// Get asks for objects. What the agent does not have is not among them.
func (g *Gathering) Get(ctx context.Context, oids ...string) snmp.Values {
	if g.err != nil {
		return nil
	}
	got, err := g.agent.Get(ctx, oids...)
	g.err = err
	return got
}

// Table reads columns of a table. That the agent cut it short is no error here:
// what came is right, and the makers' tables are many.
func (g *Gathering) Table(ctx context.Context, entry string, columns ...int) []snmp.Row {
	if g.err != nil {
		return nil
	}
	rows, err := g.agent.Table(ctx, entry, columns...)
	if !errors.Is(err, snmp.ErrTruncated) {
		g.err = err
	}
	return rows[:min(len(rows), MaxRows)]
}

// Bounds of what sensors can measure.
const (
	coldest, hottest = -50, 200 // degrees Celsius
	fastest          = 100_000  // revolutions per minute
	maxVolts         = 1000
	maxAmperes       = 10_000
	maxWatts         = 1e6
)

// Plausible reports whether a sensor of a class can measure a value.
func Plausible(class look.SensorClass, value float64) bool {
	within := func(low, high float64) bool { return value >= low && value <= high }
	switch class {
	case look.Temperature:
		return within(coldest, hottest)
	case look.FanSpeed:
		return within(0, fastest)
	case look.Voltage:
		return within(-maxVolts, maxVolts)
	case look.Current:
		return within(-maxAmperes, maxAmperes)
	case look.Power, look.Apparent:
		return within(-maxWatts, maxWatts)
	case look.Load, look.Memory, look.Charge, look.Humidity:
		return within(0, 100)
	}
	return within(-1e15, 1e15)
}

// Sensor adds a measurement, unless it is absurd.
func (g *Gathering) Sensor(class look.SensorClass, name string, value float64, state string) {
	if !Plausible(class, value) {
		return
	}
	g.add(look.Sensor{Name: name, Class: class, Value: Rounded(value), State: state})
}

// Status adds how a part is; nothing when its state is empty.
func (g *Gathering) Status(name, state string) {
	if value := slices.Index([]string{look.StateOK, look.StateWarning, look.StateFailed}, state); value >= 0 {
		g.add(look.Sensor{Name: name, Class: look.Status, Value: float64(value), State: state})
	}
}

// Has reports whether there is a sensor of a class.
func (g *Gathering) Has(class look.SensorClass) bool {
	return slices.ContainsFunc(g.visit.Device.Sensors, func(s look.Sensor) bool { return s.Class == class })
}

func (g *Gathering) add(s look.Sensor) {
	d := &g.visit.Device
	s.Name = unique(s.Name, string(s.Class), func(name string) bool {
		return slices.ContainsFunc(d.Sensors, func(o look.Sensor) bool { return o.Class == s.Class && o.Name == name })
	})
	d.Sensors = append(d.Sensors, s)
}

// Disk adds a disk.
func (g *Gathering) Disk(disk look.Disk) {
	d := &g.visit.Device
	disk.Name = unique(disk.Name, "Disk", func(name string) bool {
		return slices.ContainsFunc(d.Disks, func(o look.Disk) bool { return o.Name == name })
	})
	d.Disks = append(d.Disks, disk)
}

// Volume adds a volume.
func (g *Gathering) Volume(volume look.Volume) {
	d := &g.visit.Device
	volume.Name = unique(volume.Name, "Volume", func(name string) bool {
		return slices.ContainsFunc(d.Volumes, func(o look.Volume) bool { return o.Name == name })
	})
	d.Volumes = append(d.Volumes, volume)
}

// unique is a name that nobody has: the second "Fan" is "Fan #2".
func unique(name, otherwise string, taken func(name string) bool) string {
	name = strings.TrimSpace(snmp.Clip(strings.TrimSpace(name), maxName))
	if name == "" {
		name = otherwise
	}
	free := name
	for n := 2; taken(free); n++ {
		free = name + " #" + strconv.Itoa(n)
	}
	return free
}

// Rounded takes away what multiplying by a tenth adds in the seventeenth place.
func Rounded(f float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', 4, 64), 64)
	if err != nil {
		return f
	}
	return r
}

// Word is a state of a device in our terms, and in its own.
type Word struct {
	State  string // ok, warning, failed; empty: says nothing
	Detail string
}

// Worse is the worse of two words; of two alike the first.
func Worse(a, b Word) Word {
	if rank(b.State) > rank(a.State) {
		return b
	}
	return a
}

func rank(state string) int {
	return slices.Index([]string{"", look.StateOK, look.StateWarning, look.StateFailed}, state)
}

// Degrees reads a temperature out of a text: "40 C/104 F", "104 F", "38.5°C", "41".
func Degrees(text string) (float64, bool) {
	number, rest := leadingNumber(text)
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, false
	}
	rest = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(rest), "°"))
	if strings.HasPrefix(strings.ToUpper(rest), "F") {
		value = Rounded((value - 32) * 5 / 9)
	}
	return value, Plausible(look.Temperature, value)
}

// Size reads a size out of a text: "5.46 TB", "1002.3 MB", "512". Makers mean
// powers of 1024.
func Size(text string) (uint64, bool) {
	number, rest := leadingNumber(text)
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || value < 0 {
		return 0, false
	}
	unit := strings.ToUpper(strings.TrimSpace(rest))
	exponent := 0
	if unit != "" {
		exponent = max(strings.IndexByte("BKMGTPE", unit[0]), 0)
	}
	for range exponent {
		value *= 1024
	}
	if value >= 1<<63 {
		return 0, false
	}
	return uint64(value), true
}

// Number reads the number with which a text begins: "3 %", "1100 RPM".
func Number(text string) (float64, bool) {
	number, _ := leadingNumber(text)
	value, err := strconv.ParseFloat(number, 64)
	return value, err == nil
}

func leadingNumber(text string) (number, rest string) {
	text = strings.TrimSpace(text)
	end := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("+-.0123456789", r) })
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:]
}
