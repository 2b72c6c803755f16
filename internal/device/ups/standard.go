package ups

// sources are the numbers of upsOutputSource (RFC 1628), which others took over.
func sources(first int64) map[int64]meaning {
	out := map[int64]meaning{}
	for i, source := range []string{"other", "none", "normal", "bypass", "battery", "booster", "reducer"} {
		out[first+int64(i)] = sourceIs(source)
	}
	return out
}

// sourceIs is what it means that the load is fed from a source.
func sourceIs(source string) meaning {
	m := meaning{source: source, onBattery: no}
	switch source {
	case "battery":
		m.onBattery, m.alarms = yes, []string{onBattery}
	case "none":
		m.alarms = []string{upsOutputOff}
	case "bypass":
		m.alarms = []string{onBypass}
	case "other":
		m.onBattery = unsaid
	}
	return m
}

// batteryIs is what the state of a battery means.
func batteryIs(status string) meaning {
	m := meaning{battery: status, low: no}
	switch status {
	case "low":
		m.low, m.alarms = yes, []string{lowBattery}
	case "depleted":
		m.low, m.alarms = yes, []string{depletedBattery}
	case "fault":
		m.low, m.replace, m.alarms = unsaid, yes, []string{batteryBad}
	case "missing":
		m.low, m.alarms = unsaid, []string{noBattery}
	case "unknown":
		m.low = unsaid
	}
	return m
}

// testIs is what the result of the last test means.
func testIs(result string) meaning {
	m := meaning{test: result}
	switch result {
	case "passed", "warning":
		m.testFailed = no
	case "failed":
		m.testFailed, m.alarms = yes, []string{diagnosticTestFailed}
	case "running":
		m.testing, m.alarms = yes, []string{testInProgress}
	}
	return m
}

// replaceIs is the answer to whether the battery is to be replaced.
func replaceIs(a answer) meaning {
	m := meaning{replace: a}
	if a == yes {
		m.alarms = []string{batteryBad}
	}
	return m
}

// apcTests are the results of a test as APC numbers them, and whoever followed.
func apcTests() map[int64]meaning {
	return map[int64]meaning{1: testIs("passed"), 2: testIs("failed"), 3: testIs("aborted"), 4: testIs("running")}
}

// ifYes is a state that is yes (1) or no (2), as MGE and Eaton write it.
func ifYes(oid string, whenYes, whenNo meaning) state {
	return state{oid, map[int64]meaning{1: whenYes, 2: whenNo}}
}

func trouble(codes ...string) meaning { return meaning{alarms: codes} }

const upsMIB = "1.3.6.1.2.1.33.1."

// standard is UPS-MIB (RFC 1628).
func standard() dialect {
	return dialect{
		states: []state{
			{upsMIB + "4.1.0", sources(1)},
			{upsMIB + "2.1.0", map[int64]meaning{1: batteryIs("unknown"), 2: batteryIs("normal"), 3: batteryIs("low"), 4: batteryIs("depleted")}},
			{upsMIB + "7.3.0", map[int64]meaning{1: testIs("passed"), 2: testIs("warning"), 3: testIs("failed"), 4: testIs("aborted"), 5: testIs("running")}},
		},
		objects: []object{
			{upsMIB + "2.4.0", nameBattery, percent(1)},
			{upsMIB + "2.3.0", nameBattery, seconds(60)},
			{upsMIB + "2.5.0", nameBattery, direct(0.1)},
			{upsMIB + "2.6.0", nameBattery, amperes(0.1)},
			{upsMIB + "2.7.0", nameBattery, degrees(1)},
			{upsMIB + "4.2.0", nameOutput, hertz(0.1)},
			{upsMIB + "5.1.0", nameBypass, hertz(0.1)},
		},
		lines: []lines{
			{upsMIB + "3.3.1", nameInput, upsMIB + "3.2.0", []column{{2, hertz(0.1)}, {3, volts(1)}, {4, amperes(0.1)}, {5, watts(1)}}},
			{upsMIB + "4.4.1", nameOutput, upsMIB + "4.3.0", []column{{2, volts(1)}, {3, amperes(0.1)}, {4, watts(1)}, {5, load(1)}}},
			{upsMIB + "5.3.1", nameBypass, upsMIB + "5.2.0", []column{{2, volts(1)}, {3, amperes(0.1)}, {4, watts(1)}}},
		},
		alarms: alarms{
			present: upsMIB + "6.1.0", column: upsMIB + "6.2.1.2",
			known: map[string]map[int]string{upsMIB + "6.3": {
				1: batteryBad, 2: onBattery, 3: lowBattery, 4: depletedBattery, 5: tempBad, 6: inputBad, 7: outputBad, 8: outputOverload,
				9: onBypass, 10: bypassBad, 11: outputOffAsRequested, 12: upsOffAsRequested, 13: chargerFailed, 14: upsOutputOff, 15: upsSystemOff,
				16: fanFailure, 17: fuseFailure, 18: generalFault, 19: diagnosticTestFailed, 20: communicationsLost, 21: awaitingPower,
				22: shutdownPending, 23: shutdownImminent, 24: testInProgress,
			}},
		},
		onBatteryFor: upsMIB + "2.2.0",
	}
}
