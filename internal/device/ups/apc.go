package ups

const powerNet = enterprise + "318.1.1.1."

// apc is APC's PowerNet-MIB: Smart-UPS, Symmetra, Back-UPS with a card. Newer cards
// have the numbers to a tenth only, older ones only whole ones.
func apc() dialect {
	test := testIs("running")
	test.source, test.onBattery = "battery", no // it tries the battery; nobody cut the power
	return dialect{
		states: []state{
			{powerNet + "4.1.1.0", map[int64]meaning{
				1: {}, 2: sourceIs("normal"), 3: sourceIs("battery"), 4: sourceIs("booster"), 5: sourceIs("none"), 6: sourceIs("bypass"), 7: sourceIs("none"),
				8: sourceIs("other"), 9: sourceIs("bypass"), 10: and(sourceIs("bypass"), generalFault), 11: and(sourceIs("none"), awaitingPower), 12: sourceIs("reducer"),
				13: sourceIs("normal"), 14: sourceIs("normal"), 15: test, 16: and(sourceIs("bypass"), generalFault), 17: sourceIs("bypass"), 18: sourceIs("normal"), 19: sourceIs("normal"),
				20: sourceIs("normal"), 21: sourceIs("normal"), 22: sourceIs("normal"), 23: sourceIs("normal"), 24: sourceIs("battery"), 25: sourceIs("none"), 26: sourceIs("none"),
				27: sourceIs("normal"), 28: test,
			}},
			{powerNet + "2.1.1.0", map[int64]meaning{1: batteryIs("unknown"), 2: batteryIs("normal"), 3: batteryIs("low"), 4: batteryIs("fault"), 5: batteryIs("missing")}},
			{powerNet + "2.2.4.0", map[int64]meaning{1: replaceIs(no), 2: replaceIs(yes)}},
			{powerNet + "7.2.3.0", apcTests()},
			{powerNet + "8.1.0", map[int64]meaning{2: trouble(communicationsLost)}},
		},
		// upsBasicStateOutputState
		flags: flags{
			oid: powerNet + "11.1.1.0",
			means: map[int]meaning{
				3: batteryIs("low"), 5: replaceIs(yes), 9: trouble(outputOverload), 11: batteryIs("depleted"),
				14: trouble(generalFault), 15: trouble(generalFault), 16: trouble(fanFailure), 21: trouble(communicationsLost), 22: trouble(shutdownPending), 24: trouble(outputBad),
				25: trouble(chargerFailed), 26: trouble(tempBad), 27: trouble(tempBad), 28: trouble(tempBad), 29: testIs("running"), 33: batteryIs("missing"),
				38: trouble(generalFault), 40: trouble(shutdownImminent), 41: trouble(fanFailure), 42: trouble(generalFault), 43: trouble(bypassBad),
				45: trouble(tempBad), 48: trouble(generalFault), 49: trouble(generalFault), 50: trouble(generalFault), 53: trouble(upsOutputOff),
			},
			otherwise: map[int]meaning{5: replaceIs(no)},
		},
		objects: []object{
			{powerNet + "2.3.1.0", nameBattery, percent(0.1)},
			{powerNet + "2.2.1.0", nameBattery, percent(1)},
			{powerNet + "2.2.3.0", nameBattery, seconds(0.01)},
			{powerNet + "2.3.4.0", nameBattery, direct(0.1)},
			{powerNet + "2.2.8.0", nameBattery, direct(1)},
			{powerNet + "2.3.5.0", nameBattery, amperes(0.1)},
			{powerNet + "2.2.9.0", nameBattery, amperes(1)},
			{powerNet + "2.3.2.0", nameInternal, degrees(0.1)},
			{powerNet + "2.2.2.0", nameInternal, degrees(1)},
			{powerNet + "3.3.1.0", nameInput, volts(0.1)},
			{powerNet + "3.2.1.0", nameInput, volts(1)},
			{powerNet + "3.3.4.0", nameInput, hertz(0.1)},
			{powerNet + "3.2.4.0", nameInput, hertz(1)},
			{powerNet + "4.3.1.0", nameOutput, volts(0.1)},
			{powerNet + "4.2.1.0", nameOutput, volts(1)},
			{powerNet + "4.3.2.0", nameOutput, hertz(0.1)},
			{powerNet + "4.2.2.0", nameOutput, hertz(1)},
			{powerNet + "4.3.4.0", nameOutput, amperes(0.1)},
			{powerNet + "4.2.4.0", nameOutput, amperes(1)},
			{powerNet + "4.3.3.0", nameOutput, load(0.1)},
			{powerNet + "4.2.3.0", nameOutput, load(1)},
			{powerNet + "4.2.8.0", nameOutput, watts(1)},
			{powerNet + "4.2.9.0", nameOutput, apparent(1)},
		},
		// Symmetra and others with three phases. Rows are input.phase, of which one
		// input is watched.
		lines: []lines{
			{powerNet + "9.2.3.1", nameInput, powerNet + "9.2.2.1.2.1", []column{{3, volts(1)}, {6, amperes(0.1)}}},
			{powerNet + "9.3.3.1", nameOutput, powerNet + "9.3.2.1.2.1", []column{{3, volts(1)}, {4, amperes(0.1)}, {7, apparent(1)}, {10, load(1)}, {13, watts(1)}}},
		},
		probes: []probes{
			{enterprise + "318.1.1.25.1.2.1", 3, 0, []column{{6, degrees(1)}, {7, humidity(1)}}},
			{enterprise + "318.1.1.10.2.3.2.1", 2, 5, []column{{4, degrees(1)}, {6, humidity(1)}}},
		},
		replaced: []string{powerNet + "2.1.3.0"},
		software: powerNet + "1.2.1.0",
	}
}

const nameInternal = "Internal"

// and adds an alarm to a meaning.
func and(m meaning, code string) meaning {
	m.alarms = append([]string{code}, m.alarms...)
	return m
}
