package ups

const eaton = enterprise + "534.1."

// xups is Eaton's XUPS-MIB, before that Powerware's.
func xups() dialect {
	source := sources(1)
	for n, s := range map[int64]string{8: "normal", 9: "normal", 10: "normal", 11: "bypass", 12: "normal"} {
		source[n] = sourceIs(s) // parallel, economy and maintenance modes
	}
	return dialect{
		states: []state{
			{eaton + "4.5.0", source},
			{eaton + "2.5.0", map[int64]meaning{6: batteryIs("missing"), 7: testIs("running"), 8: replaceIs(yes)}},
			ifYes(eaton+"2.7.0", replaceIs(yes), replaceIs(no)), // failure
			ifYes(eaton+"2.8.0", batteryIs("missing"), meaning{}),
			ifYes(eaton+"2.9.0", replaceIs(yes), replaceIs(no)), // aged
			ifYes(eaton+"2.10.0", batteryIs("low"), batteryIs("normal")),
			{eaton + "8.2.0", map[int64]meaning{2: testIs("passed"), 3: testIs("failed"), 4: testIs("running"), 6: testIs("aborted")}},
		},
		objects: []object{
			{eaton + "2.4.0", nameBattery, percent(1)},
			{eaton + "2.1.0", nameBattery, seconds(1)},
			{eaton + "2.2.0", nameBattery, direct(1)},
			{eaton + "2.3.0", nameBattery, amperes(1)},
			{eaton + "3.1.0", nameInput, hertz(0.1)},
			{eaton + "4.2.0", nameOutput, hertz(0.1)},
			{eaton + "5.1.0", nameBypass, hertz(0.1)},
			{eaton + "4.1.0", nameOutput, load(1)},
			{eaton + "6.1.0", nameAmbient, degrees(1)},
			{eaton + "6.5.0", nameRemote, degrees(1)},
			{eaton + "6.6.0", nameRemote, humidity(1)},
		},
		lines: []lines{
			{eaton + "3.4.1", nameInput, eaton + "3.3.0", []column{{2, volts(1)}, {3, amperes(1)}, {4, watts(1)}}},
			{eaton + "4.4.1", nameOutput, eaton + "4.3.0", []column{{2, volts(1)}, {3, amperes(1)}, {4, watts(1)}, {8, load(1)}}},
			{eaton + "5.3.1", nameBypass, eaton + "5.2.0", []column{{2, volts(1)}}},
		},
		alarms: alarms{
			present: eaton + "7.1.0", column: eaton + "7.2.1.2",
			known: map[string]map[int]string{eaton + "7": {
				3: onBattery, 4: lowBattery, 5: nothing, 6: nothing, 7: outputOverload, 8: generalFault, 9: depletedBattery, 10: generalFault, 11: onBypass, 12: bypassBad, 13: upsOutputOff,
				14: inputBad, 16: shutdownImminent, 17: nothing, 21: nothing, 22: nothing, 23: batteryBad, 24: outputOffAsRequested, 25: diagnosticTestFailed,
				26: communicationsLost, 27: shutdownPending, 28: testInProgress, 29: tempBad, 31: tempBad, 32: chargerFailed, 33: fanFailure, 34: fuseFailure,
				40: tempBad, 42: outputBad, 43: awaitingPower, 44: onBypass,
			}},
		},
		replaced: []string{eaton + "2.6.0"},
	}
}

const cpq = enterprise + "232.165.3."

// cpqPower is HP's CPQPOWER-MIB, which follows Powerware's: Powerware makes HP's UPSes.
func cpqPower() dialect {
	source := sources(1)
	for n := int64(8); n <= 10; n++ {
		source[n] = sourceIs("normal") // parallel and economy modes
	}
	return dialect{
		states: []state{{cpq + "4.5.0", source}},
		objects: []object{
			{cpq + "2.4.0", nameBattery, percent(1)},
			{cpq + "2.1.0", nameBattery, seconds(1)},
			{cpq + "2.2.0", nameBattery, direct(1)},
			{cpq + "3.1.0", nameInput, hertz(0.1)},
			{cpq + "4.2.0", nameOutput, hertz(0.1)},
			{cpq + "4.1.0", nameOutput, load(1)},
			{cpq + "6.1.0", nameAmbient, degrees(1)},
		},
		lines: []lines{
			{cpq + "3.4.1", nameInput, cpq + "3.3.0", []column{{2, volts(1)}, {3, amperes(1)}, {4, watts(1)}}},
			{cpq + "4.4.1", nameOutput, cpq + "4.3.0", []column{{2, volts(1)}, {3, amperes(1)}, {4, watts(1)}}},
		},
	}
}

const mgeUPS = enterprise + "705.1."

// mge is MGE's MIB, which Eaton's cards speak too. Its tables of lines are not
// read: cards with one phase repeat it in three rows, and UPS-MIB beside it says
// the same rightly.
func mge() dialect {
	return dialect{
		states: []state{
			ifYes(mgeUPS+"7.7.0", sourceIs("none"), meaning{}),
			ifYes(mgeUPS+"7.3.0", sourceIs("battery"), meaning{onBattery: no}),
			ifYes(mgeUPS+"7.4.0", sourceIs("bypass"), meaning{}),
			ifYes(mgeUPS+"7.8.0", meaning{source: "booster"}, meaning{}),
			ifYes(mgeUPS+"7.12.0", meaning{source: "reducer"}, meaning{}),
			ifYes(mgeUPS+"5.14.0", batteryIs("low"), batteryIs("normal")),
			ifYes(mgeUPS+"5.11.0", replaceIs(yes), replaceIs(no)),
			ifYes(mgeUPS+"5.9.0", and(replaceIs(yes), batteryBad), replaceIs(no)),
			ifYes(mgeUPS+"5.10.0", batteryIs("missing"), meaning{}),
			ifYes(mgeUPS+"5.15.0", trouble(chargerFailed), meaning{}),
			ifYes(mgeUPS+"6.3.0", trouble(inputBad), meaning{}),
			ifYes(mgeUPS+"7.10.0", trouble(outputOverload), meaning{}),
			ifYes(mgeUPS+"7.11.0", trouble(tempBad), meaning{}),
			{mgeUPS + "10.11.0", map[int64]meaning{1: testIs("passed"), 2: testIs("failed"), 3: testIs("passed"), 4: testIs("failed")}},
		},
		objects: []object{
			{mgeUPS + "5.2.0", nameBattery, percent(1)},
			{mgeUPS + "5.1.0", nameBattery, seconds(1)},
			{mgeUPS + "5.5.0", nameBattery, direct(0.1)},
			{mgeUPS + "5.6.0", nameBattery, amperes(0.1)},
			{mgeUPS + "5.7.0", nameBattery, degrees(1)},
			{mgeUPS + "8.1.0", nameAmbient, degrees(0.1)},
			{mgeUPS + "8.2.0", nameAmbient, humidity(0.1)},
		},
	}
}

const cps = enterprise + "3808.1.1."

// cyberPower is CyberPower's CPS-MIB.
func cyberPower() dialect {
	return dialect{
		states: []state{
			{cps + "1.4.1.1.0", map[int64]meaning{
				2: sourceIs("normal"), 3: sourceIs("battery"), 4: sourceIs("booster"), 5: sourceIs("none"), 6: sourceIs("none"), 7: sourceIs("other"),
				8: sourceIs("normal"), 9: sourceIs("bypass"), 10: sourceIs("reducer"), 11: and(sourceIs("normal"), outputOverload),
			}},
			{cps + "1.2.1.1.0", map[int64]meaning{1: batteryIs("unknown"), 2: batteryIs("normal"), 3: batteryIs("low"), 4: batteryIs("missing")}},
			{cps + "1.2.2.5.0", map[int64]meaning{1: replaceIs(no), 2: replaceIs(yes)}},
			{cps + "1.3.2.6.0", map[int64]meaning{2: trouble(inputBad), 3: trouble(inputBad), 4: trouble(inputBad), 5: trouble(inputBad)}},
			{cps + "1.7.2.3.0", apcTests()},
		},
		objects: []object{
			{cps + "1.2.2.1.0", nameBattery, percent(1)},
			{cps + "1.2.2.4.0", nameBattery, seconds(0.01)},
			{cps + "1.2.2.2.0", nameBattery, direct(0.1)},
			{cps + "1.2.2.7.0", nameBattery, amperes(0.1)},
			{cps + "1.2.2.3.0", nameBattery, degrees(1)},
			{cps + "1.3.2.1.0", nameInput, volts(0.1)},
			{cps + "1.3.2.4.0", nameInput, hertz(0.1)},
			{cps + "1.4.2.1.0", nameOutput, volts(0.1)},
			{cps + "1.4.2.2.0", nameOutput, hertz(0.1)},
			{cps + "1.4.2.3.0", nameOutput, load(1)},
			{cps + "1.4.2.4.0", nameOutput, amperes(0.1)},
			{cps + "1.4.2.5.0", nameOutput, watts(1)},
			{cps + "4.2.1.0", nameAmbient, fahrenheit(0.1)},
			{cps + "4.3.1.0", nameAmbient, humidity(1)},
		},
		replaced: []string{cps + "1.2.1.3.0"},
	}
}

const dups = enterprise + "2254.2.4."

// delta is Delta's DeltaUPS-MIB.
func delta() dialect {
	source := map[int64]meaning{}
	for n, s := range []string{"normal", "battery", "bypass", "reducer", "booster", "bypass", "other", "none"} {
		source[int64(n)] = sourceIs(s)
	}
	return dialect{
		states: []state{
			{dups + "5.1.0", source},
			{dups + "7.2.0", map[int64]meaning{0: batteryIs("normal"), 1: batteryIs("low"), 2: batteryIs("depleted")}},
			{dups + "7.1.0", map[int64]meaning{0: replaceIs(no), 1: replaceIs(no), 2: replaceIs(yes)}},
			{dups + "8.2.0", map[int64]meaning{1: testIs("passed"), 2: testIs("running"), 3: testIs("failed"), 4: testIs("failed"), 5: testIs("failed")}},
		},
		objects: []object{
			{dups + "7.8.0", nameBattery, percent(1)},
			{dups + "7.5.0", nameBattery, seconds(60)},
			{dups + "7.6.0", nameBattery, direct(0.1)},
			{dups + "7.7.0", nameBattery, amperes(0.1)},
			{dups + "7.9.0", nameBattery, degrees(1)},
			{dups + "5.2.0", nameOutput, hertz(0.1)},
			{dups + "6.1.0", nameBypass, hertz(0.1)},
		},
		phases: []phases{
			{place: nameInput, count: dups + "4.1.0", lines: byLine(numbered(dups+"4", 2, 3, hertz(0.1)), numbered(dups+"4", 3, 3, volts(0.1)), numbered(dups+"4", 4, 3, amperes(0.1)))},
			{place: nameOutput, count: dups + "5.3.0", lines: byLine(numbered(dups+"5", 4, 4, volts(0.1)), numbered(dups+"5", 5, 4, amperes(0.1)), numbered(dups+"5", 6, 4, watts(1)), numbered(dups+"5", 7, 4, load(1)))},
			{place: nameBypass, count: dups + "6.2.0", lines: byLine(numbered(dups+"6", 3, 3, volts(0.1)), numbered(dups+"6", 4, 3, amperes(0.1)))},
		},
		replaced: []string{dups + "7.10.0"},
	}
}

const xppc = enterprise + "935.1.1.1."

// megatec is XPPC-MIB of Phoenixtec and Megatec, whose NetAgent cards many brands
// sell as theirs. With three phases the numbers by phase are those to believe.
func megatec() dialect {
	return dialect{
		states: []state{
			{xppc + "4.1.1.0", map[int64]meaning{
				2: sourceIs("normal"), 3: sourceIs("battery"), 4: sourceIs("booster"), 5: sourceIs("none"), 6: sourceIs("bypass"), 7: sourceIs("other"), 8: sourceIs("none"), 9: sourceIs("reducer"),
			}},
			{xppc + "2.1.1.0", map[int64]meaning{1: batteryIs("unknown"), 2: batteryIs("normal"), 3: batteryIs("low")}},
			{xppc + "2.2.5.0", map[int64]meaning{1: replaceIs(no), 2: replaceIs(yes)}},
			{xppc + "7.2.3.0", apcTests()},
		},
		objects: []object{
			{xppc + "2.2.1.0", nameBattery, percent(1)},
			{xppc + "2.2.4.0", nameBattery, seconds(1)},
			{xppc + "2.2.2.0", nameBattery, direct(0.1)},
			{xppc + "2.2.7.0", nameBattery, amperes(0.1)},
			{xppc + "2.2.3.0", nameInternal, degrees(0.1)},
		},
		phases: []phases{
			{place: nameInput, count: upsMIB + "3.2.0", lines: byLine(numbered(xppc+"8.2", 2, 1, volts(0.1))), unlessZero: true},
			{place: nameOutput, count: upsMIB + "4.3.0", lines: byLine(numbered(xppc+"8.3", 2, 1, volts(0.1)), numbered(xppc+"8.3", 5, 1, load(0.1))), unlessZero: true},
			{place: nameBypass, count: upsMIB + "3.2.0", lines: byLine(numbered(xppc+"8.4", 2, 1, volts(0.1))), unlessZero: true},
			{place: nameInput, lines: [][]object{{{oid: xppc + "3.2.1.0", quantity: volts(0.1)}}}},
			{place: nameOutput, lines: [][]object{{{oid: xppc + "4.2.1.0", quantity: volts(0.1)}, {oid: xppc + "4.2.3.0", quantity: load(1)}}}},
			{place: nameInput, lines: [][]object{{{oid: xppc + "3.2.4.0", quantity: hertz(0.1)}, {oid: xppc + "8.2.1.0", quantity: hertz(0.1)}}}},
			{place: nameOutput, lines: [][]object{{{oid: xppc + "4.2.2.0", quantity: hertz(0.1)}, {oid: xppc + "8.3.1.0", quantity: hertz(0.1)}}}},
			{place: nameBypass, lines: [][]object{{{oid: xppc + "8.4.1.0", quantity: hertz(0.1)}}}},
		},
	}
}

const netVision = enterprise + "4555.1.1.1.1."

// socomec is the MIB of Socomec's Net Vision cards.
func socomec() dialect {
	source := sources(1)
	source[8], source[9] = sourceIs("none"), sourceIs("normal") // standby, economy
	return dialect{
		states: []state{
			{netVision + "4.1.0", source},
			{netVision + "2.1.0", map[int64]meaning{1: batteryIs("unknown"), 2: batteryIs("normal"), 3: batteryIs("low"), 4: batteryIs("depleted"), 5: batteryIs("normal"), 6: batteryIs("fault")}},
		},
		objects: []object{
			{netVision + "2.4.0", nameBattery, percent(1)},
			{netVision + "2.3.0", nameBattery, seconds(60)},
			{netVision + "2.5.0", nameBattery, direct(0.1)},
			{netVision + "2.6.0", nameBattery, degrees(1)},
			{netVision + "3.2.0", nameInput, hertz(0.1)},
			{netVision + "4.2.0", nameOutput, hertz(0.1)},
		},
		lines: []lines{
			{netVision + "3.3.1", nameInput, netVision + "3.1.0", []column{{5, volts(0.1)}}},
			{netVision + "4.4.1", nameOutput, netVision + "4.3.0", []column{{2, volts(0.1)}, {3, amperes(0.1)}, {4, load(1)}}},
		},
	}
}

const netVision7 = enterprise + "4555.1.1.7.1."

// socomec7 is the MIB of Net Vision 7 and later.
func socomec7() dialect {
	return dialect{
		objects: []object{
			{netVision7 + "2.4.0", nameBattery, percent(1)},
			{netVision7 + "2.3.0", nameBattery, seconds(60)},
			{netVision7 + "2.5.0", nameBattery, direct(0.1)},
			{netVision7 + "2.6.0", nameBattery, degrees(0.1)},
			{netVision7 + "3.2.0", nameInput, hertz(0.1)},
			{netVision7 + "4.2.0", nameOutput, hertz(0.1)},
		},
		lines: []lines{
			{netVision7 + "3.3.1", nameInput, netVision7 + "3.1.0", []column{{2, volts(0.1)}, {3, amperes(0.1)}}},
			{netVision7 + "4.4.1", nameOutput, netVision7 + "4.3.0", []column{{2, volts(0.1)}, {3, amperes(0.1)}, {4, load(1)}}},
		},
		onBatteryFor: netVision7 + "2.2.0",
	}
}

const hwUPS = enterprise + "2011.6.174.1."

// huawei is Huawei's UPS5000 and UPS2000 family.
func huawei() dialect {
	return dialect{
		states: []state{
			{hwUPS + "2.101.1.1.1", map[int64]meaning{
				1: sourceIs("none"), 2: sourceIs("bypass"), 3: sourceIs("normal"), 4: sourceIs("battery"), 5: sourceIs("other"), 6: sourceIs("normal"), 7: sourceIs("battery"),
			}},
			{hwUPS + "2.101.1.3.1", map[int64]meaning{1: batteryIs("missing")}},
		},
		objects: []object{
			{hwUPS + "6.100.1.3.1", nameBattery, percent(1)},
			{hwUPS + "6.100.1.4.1", nameBattery, seconds(1)},
			{hwUPS + "6.100.1.1.1", nameBattery, direct(0.1)},
			{hwUPS + "6.100.1.2.1", nameBattery, amperes(0.1)},
			{hwUPS + "3.100.1.4.1", nameInput, hertz(0.01)},
			{hwUPS + "4.100.1.7.1", nameOutput, hertz(0.01)},
			{hwUPS + "5.100.1.4.1", nameBypass, hertz(0.01)},
		},
		phases: []phases{
			{place: nameInput, lines: byLine(rowed(hwUPS+"3.100.1", 1, volts(0.1)), rowed(hwUPS+"3.100.1", 5, amperes(0.1)))},
			{place: nameOutput, lines: byLine(rowed(hwUPS+"4.100.1", 1, volts(0.1)), rowed(hwUPS+"4.100.1", 4, amperes(0.1)), rowed(hwUPS+"4.100.1", 14, load(0.1)))},
			{place: nameBypass, lines: byLine(rowed(hwUPS+"5.100.1", 1, volts(0.1)))},
		},
	}
}

// rowed is numbered for tables whose only row is the first.
func rowed(root string, first int, q quantity) [3]object {
	out := numbered(root, first, 1, q)
	for i := range out {
		out[i].oid = out[i].oid[:len(out[i].oid)-1] + "1"
	}
	return out
}
