package ups

import (
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/device/gather"
	"github.com/budi-monitor/budi/internal/look"
)

// quantity is what a number measures, and what one of the device's units is in
// ours.
type quantity struct {
	class look.SensorClass
	scale float64
	at    place

	fahrenheit bool
}

// place is where it is measured; it decides what can be true.
type place int8

const (
	line    place = iota // alternating current of the mains
	battery              // direct current
)

// Bounds of what can be true.
const (
	maxRuntime  = 10 * 24 * 3600 // seconds; beyond are the ways in which cards say that they do not know
	maxLoad     = 200            // percent
	maxMains    = 700            // volts, between lines too
	maxBatteryV = 1000
	minBatteryV = 6    // below are volts of a cell
	maxCurrent  = 2000 // amperes
	maxPower    = 1e6  // watts
	minCold     = -40  // degrees Celsius
	maxHot      = 120
)

// sound puts a raw number into our unit. It reports whether the number can be
// true.
//
// Cards of several makers give volts where the MIB wants tenths, or tenths where
// it wants volts, and hertz likewise. Where only one scale gives what the mains
// can have, it is that one: no mains has 2300 V, and none 5 Hz.
func sound(q quantity, raw float64) (float64, bool) {
	value := raw * q.scale
	if q.fahrenheit {
		value = celsius(value)
	}
	within := func(low, high float64) (float64, bool) { return gather.Rounded(value), value >= low && value <= high }
	switch q.class {
	case look.Charge:
		if value > 100 && value <= 110 {
			value = 100 // freshly charged, as the card counts
		}
		return within(0, 100)
	case look.Runtime:
		return within(0, maxRuntime)
	case look.Load:
		return within(0, maxLoad)
	case look.Humidity:
		return within(0, 100)
	case look.Temperature:
		return within(minCold, maxHot)
	case look.Voltage:
		if q.at == battery {
			return within(minBatteryV, maxBatteryV)
		}
		if value > 1000 && value < 10*maxMains {
			value /= 10
		}
		return within(0, maxMains)
	case look.Frequency:
		for _, factor := range []float64{1, 10, 0.1, 0.01} {
			if f := value * factor; f >= 35 && f <= 75 {
				return gather.Rounded(f), true
			}
		}
		return 0, raw == 0 // there are no mains
	case look.Current:
		return within(-maxCurrent, maxCurrent)
	case look.Power, look.Apparent:
		return within(-maxPower, maxPower)
	}
	return within(0, 1e9)
}

func celsius(fahrenheit float64) float64 { return gather.Rounded((fahrenheit - 32) * 5 / 9) }

// date reads the dates that UPSes write: 04/30/25, 04/30/2025 (month first, as
// APC's manual has it; day first where there is no such month), 2025-04-30,
// 20250430. It returns 2025-04-30, or "" for what is no date, or one before there
// were such cards.
func date(text string) string {
	text = strings.TrimSpace(text)
	if first, _, ok := strings.Cut(text, " "); ok {
		text = first
	}
	for _, form := range []string{"01/02/2006", "01/02/06", "1/2/2006", "02/01/2006", "2006-01-02", "2006/01/02", "20060102", "01-02-2006", "02.01.2006", "2006.01.02"} {
		if t, err := time.Parse(form, text); err == nil && t.Year() >= 1990 && t.Year() < 2100 {
			return t.Format(time.DateOnly)
		}
	}
	return ""
}
