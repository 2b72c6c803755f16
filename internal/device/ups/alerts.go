package ups

import (
	"maps"
	"slices"

	"github.com/budi-monitor/budi/internal/look"
)

// Codes of alerts: the well-known alarms of UPS-MIB (RFC 1628, upsWellKnownAlarms)
// without "upsAlarm".
const (
	batteryBad           = "batteryBad"
	onBattery            = "onBattery"
	lowBattery           = "lowBattery"
	depletedBattery      = "depletedBattery"
	tempBad              = "tempBad"
	inputBad             = "inputBad"
	outputBad            = "outputBad"
	outputOverload       = "outputOverload"
	onBypass             = "onBypass"
	bypassBad            = "bypassBad"
	outputOffAsRequested = "outputOffAsRequested"
	upsOffAsRequested    = "upsOffAsRequested"
	chargerFailed        = "chargerFailed"
	upsOutputOff         = "upsOutputOff"
	upsSystemOff         = "upsSystemOff"
	fanFailure           = "fanFailure"
	fuseFailure          = "fuseFailure"
	generalFault         = "generalFault"
	diagnosticTestFailed = "diagnosticTestFailed"
	communicationsLost   = "communicationsLost"
	awaitingPower        = "awaitingPower"
	shutdownPending      = "shutdownPending"
	shutdownImminent     = "shutdownImminent"
	testInProgress       = "testInProgress"
)

// Codes beyond RFC 1628.
const (
	noBattery  = "noBattery"
	otherAlarm = "other" // Text has the objects that the maker named it by

	nothing = "-" // the device's word for no trouble
)

// severity is how bad an alarm is. Critical is what leaves, or soon leaves, the
// load without power or without protection.
func severity(code string) string {
	switch code {
	case batteryBad, lowBattery, depletedBattery, outputBad, outputOverload, chargerFailed, upsOutputOff, upsSystemOff,
		fuseFailure, generalFault, awaitingPower, shutdownImminent, noBattery:
		return "critical"
	case outputOffAsRequested, upsOffAsRequested, testInProgress:
		return "other"
	}
	return "warning"
}

// group is the part of the UPS that an alarm is about.
func group(code string) string {
	switch code {
	case batteryBad, lowBattery, depletedBattery, chargerFailed, noBattery, diagnosticTestFailed:
		return "battery"
	case inputBad, onBattery, awaitingPower:
		return "input"
	case outputBad, outputOverload, upsOutputOff, outputOffAsRequested:
		return "output"
	case onBypass, bypassBad:
		return "bypass"
	}
	return ""
}

// alerts are the alarms that stand, by code.
func (r *reading) alerts() []look.Alert {
	var out []look.Alert
	for _, code := range slices.Sorted(maps.Keys(r.alarms)) {
		out = append(out, look.Alert{Severity: severity(code), Code: code, Group: group(code), Text: r.alarms[code]})
	}
	return out
}
