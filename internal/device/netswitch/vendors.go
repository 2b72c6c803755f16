package netswitch

import (
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

const enterprises = "1.3.6.1.4.1."

// entPhysicalName names what makers measure by the index of ENTITY-MIB.
const entPhysicalName = entPhysicalEntry + ".7"

// states are the numbers of an enumeration that stand for each state.
func states(ok, warning, failed []int64) map[int64]string {
	out := map[int64]string{}
	for state, numbers := range map[string][]int64{look.StateOK: ok, look.StateWarning: warning, look.StateFailed: failed} {
		for _, n := range numbers {
			out[n] = state
		}
	}
	return out
}

func is(numbers ...int64) []int64 { return numbers }

// firstPercent reads the first percentage of a text, as in
// "    5 Secs ( 31.897%)   60 Secs ( 32.5%)".
func firstPercent(v snmp.Value) (float64, bool) {
	before, _, found := strings.Cut(v.Text(), "%")
	if !found {
		return v.Float()
	}
	at := strings.LastIndexFunc(before, func(c rune) bool { return c != '.' && (c < '0' || c > '9') })
	n, err := strconv.ParseFloat(before[at+1:], 64)
	return n, err == nil
}

// makers lists what is known of makers. Object identifiers are those of their
// MIBs; the comments name them where the numbers do not.
func makers() []maker {
	list := []maker{
		cisco(), ciscoSmall(), procurve(), arubaCX(), comware(), huawei(), juniper(), mikrotikBoards(), fortinet(), fortiSwitch(),
		dlink(), tplink(), zyxel(), zyxelOld(), zywall(), extreme(), allied(), dellForce10(),
	}
	list = append(list, accessPoints()...)
	for _, f := range []struct {
		objects []string
		prefix  string
	}{
		{[]string{enterprises + "4413", enterprises + "6132"}, enterprises + "4413.1.1"},
		{[]string{enterprises + "4526"}, enterprises + "4526.10"},
		{[]string{enterprises + "4526"}, enterprises + "4526.11"},
		{[]string{enterprises + "674.10895"}, enterprises + "674.10895.5000.2.6132.1.1"},
	} {
		list = append(list, fastpath(f.objects, f.prefix))
	}
	for _, f := range []struct {
		objects []string
		prefix  string
	}{
		{[]string{enterprises + "89", enterprises + "674.10895", enterprises + "3955", enterprises + "171", enterprises + "207", enterprises + "4526"}, enterprises + "89"},
	} {
		list = append(list, radlan(f.objects, f.prefix))
	}
	return list
}

// ciscoStates is CiscoEnvMonState.
func ciscoStates() map[int64]string { return states(is(1), is(2), is(3, 4, 6)) }

func cisco() maker {
	return maker{
		objects: []string{enterprises + "9.1", enterprises + "9.12", enterprises + "9.5"},
		tables: []table{
			{entry: enterprises + "9.9.109.1.1.1.1", class: look.Load, value: 8, label: "CPU"},                                                                   // cpmCPUTotal5minRev
			{entry: enterprises + "9.9.48.1.1.1", class: look.Memory, named: 2, used: 5, free: 6},                                                                // ciscoMemoryPoolTable
			{entry: enterprises + "9.9.221.1.1.1.1", class: look.Memory, named: 3, used: 7, free: 8},                                                             // cempMemPoolTable
			{entry: enterprises + "9.9.109.1.1.1.1", class: look.Memory, used: 12, free: 13, label: "Memory"},                                                    // cpmCPUMemoryUsed, of NX-OS
			{entry: enterprises + "9.9.13.1.3.1", class: look.Temperature, value: 3, named: 2, state: 6, states: ciscoStates()},                                  // ciscoEnvMonTemperatureStatusTable
			{entry: enterprises + "9.9.13.1.4.1", class: look.Status, state: 3, named: 2, states: ciscoStates()},                                                 // fans
			{entry: enterprises + "9.9.13.1.5.1", class: look.Status, state: 3, named: 2, states: ciscoStates()},                                                 // power supplies
			{entry: enterprises + "9.9.117.1.1.2.1", class: look.Status, state: 2, by: entPhysicalName, states: states(is(2), is(9, 10), is(7, 8)), heavy: true}, // cefcFRUPowerOperStatus
			{entry: enterprises + "9.9.117.1.4.1.1", class: look.Status, state: 1, by: entPhysicalName, states: states(is(2), is(4), is(3)), heavy: true},        // cefcFanTrayOperStatus
			{entry: enterprises + "9.9.273.1.1.2.1", class: look.Clients, value: 1, label: "Clients"},                                                            // cDot11ActiveWirelessClients
		},
		gauges: []gauge{{oid: enterprises + "9.2.1.58.0", class: look.Load, name: "CPU"}}, // avgBusy5, of old IOS
	}
}

func ciscoSmall() maker { return radlan([]string{enterprises + "9.6.1"}, enterprises+"9.6.1.101") }

// radlan are the switches with software of RADLAN (Marvell), whose MIB each maker
// has below a number of its own.
func radlan(objects []string, prefix string) maker {
	return maker{
		objects: objects,
		gauges:  []gauge{{oid: prefix + ".1.8.0", class: look.Load, name: "CPU"}}, // rlCpuUtilDuringLastMinute; 101 while it is not measured
		tables: []table{
			{entry: prefix + ".83.1.1.1", class: look.Status, state: 3, label: "Fan", states: ciscoStates()},          // rlEnvMonFanState
			{entry: prefix + ".83.1.2.1", class: look.Status, state: 3, label: "Power supply", states: ciscoStates()}, // rlEnvMonSupplyState
			{entry: prefix + ".53.15.1", class: look.Temperature, value: 10, label: "Unit"},                           // rlPhdUnitEnvParamTempSensorValue
			{entry: prefix + ".83.5.1.1", class: look.Temperature, value: 2, label: "Sensor"},                         // rlEnvFanDataTemp
			{entry: prefix + ".83.5.1.1", class: look.FanSpeed, value: 3, label: "Fan", need: 3},                      // rlEnvFanDataSpeed
		},
	}
}

func procurve() maker {
	const icf = enterprises + "11.2.14.11"
	return maker{
		objects: []string{enterprises + "11.2.3.7", enterprises + "11.2.14"},
		gauges:  []gauge{{oid: icf + ".5.1.9.6.1.0", class: look.Load, name: "CPU"}}, // hpSwitchCpuStat
		tables: []table{
			{entry: icf + ".5.1.1.2.1.1.1", class: look.Memory, total: 5, free: 6, label: "Memory"},                            // hpLocalMemTable
			{entry: icf + ".5.1.54.2.1.1", class: look.Status, state: 4, label: "Fan", states: states(is(5), is(3, 4), is(0))}, // hpicfFanState
			{entry: icf + ".5.1.55.1.1.1", class: look.Status, state: 2, label: "Power supply", states: states(is(3), is(2, 8, 9), is(4, 5, 7))},
			{entry: icf + ".5.1.55.1.1.1", class: look.Temperature, value: 4, label: "Power supply"},               // hpicfPsTemp
			{entry: icf + ".5.1.55.1.1.1", class: look.Power, value: 6, label: "Power supply", need: 6},            // hpicfPsWattageCur
			{entry: icf + ".1.2.6.1", class: look.Status, state: 4, named: 7, states: states(is(4), is(3), is(2))}, // hpicfSensorStatus
			{entry: icf + ".1.2.8.1.1", class: look.Temperature, value: 3, named: 2},                               // hpSystemAirCurrentTemp, "22C"
		},
	}
}

func arubaCX() maker {
	const box = enterprises + "47196.4.1.1.3.11"
	return maker{
		objects: []string{enterprises + "47196"},
		tables: []table{
			{entry: box + ".3.1.1", class: look.Temperature, value: 7, named: 4, scale: 0.001},                                // arubaWiredTempSensorTemperature
			{entry: box + ".5.1.1", class: look.Status, state: 10, named: 4, label: "Fan", states: states(is(4), nil, is(5))}, // arubaWiredFanStateEnum
			{entry: box + ".5.1.1", class: look.FanSpeed, value: 8, named: 4, label: "Fan"},                                   // arubaWiredFanRPM
			{entry: box + ".2.1.1", class: look.Status, state: 11, named: 3, label: "Power supply", states: states(is(1), is(7, 10), is(3, 4, 5, 6, 13, 14, 15, 16, 17))},
			{entry: box + ".2.1.1", class: look.Power, value: 7, named: 3, label: "Power supply"},
		},
	}
}

// comware are H3C, HP and 3Com: one row for each part of the device, of which few
// measure something.
func comware() maker {
	m := maker{objects: []string{enterprises + "25506", enterprises + "11.2.3.7.11", enterprises + "43.1.16", enterprises + "2011.10"}}
	for _, prefix := range []string{enterprises + "25506", enterprises + "2011.10"} {
		entity := prefix + ".2.6.1.1.1.1"
		m.tables = append(m.tables,
			table{entry: entity, class: look.Load, value: 6, need: 8, by: entPhysicalName, heavy: true},
			table{entry: entity, class: look.Memory, value: 8, need: 8, by: entPhysicalName, heavy: true},
			table{entry: entity, class: look.Temperature, value: 12, need: 12, by: entPhysicalName, heavy: true},
			table{entry: prefix + ".8.35.9.1.1.1", class: look.Status, state: 2, label: "Fan", states: states(is(1), nil, is(2))},
			table{entry: prefix + ".8.35.9.1.2.1", class: look.Status, state: 2, label: "Power supply", states: states(is(1), nil, is(2))},
		)
	}
	return m
}

func huawei() maker {
	const entity = enterprises + "2011.5.25.31.1.1"
	return maker{
		objects: []string{enterprises + "2011"},
		tables: []table{
			{entry: entity + ".1.1", class: look.Load, value: 5, need: 7, by: entPhysicalName, heavy: true},                      // hwEntityCpuUsage
			{entry: entity + ".1.1", class: look.Memory, value: 7, need: 7, by: entPhysicalName, heavy: true},                    // hwEntityMemUsage
			{entry: entity + ".1.1", class: look.Temperature, value: 11, need: 11, by: entPhysicalName, heavy: true},             // hwEntityTemperature
			{entry: entity + ".10.1", class: look.Status, state: 7, present: 6, label: "Fan", states: states(is(1), nil, is(2))}, // hwEntityFanState
			{entry: entity + ".18.1", class: look.Status, state: 6, present: 5, named: 9, label: "Power supply", states: states(is(1), is(2), nil)},
		},
	}
}

func juniper() maker {
	const operating = enterprises + "2636.3.1.13.1"
	return maker{
		objects: []string{enterprises + "2636"},
		gauges: []gauge{
			{oid: enterprises + "2636.3.4.2.3.1.0", class: look.Status, name: "Red alarm", states: states(is(2), nil, is(3))},
			{oid: enterprises + "2636.3.4.2.2.1.0", class: look.Status, name: "Yellow alarm", states: states(is(2), is(3), nil)},
		},
		tables: []table{
			{entry: operating, class: look.Load, value: 8, named: 5, need: 10},
			{entry: operating, class: look.Memory, value: 11, named: 5, need: 10},
			{entry: operating, class: look.Temperature, value: 7, named: 5},
			// jnxFruState: 3 present, 4 ready, 6 online and so on; parts that are not there say nothing.
			{entry: enterprises + "2636.3.1.15.1", class: look.Status, state: 8, named: 5, states: states(is(4, 6, 9, 10), is(7), nil), heavy: true},
		},
	}
}

func mikrotikBoards() maker {
	const health = enterprises + "14988.1.1.3"
	return maker{
		objects: []string{enterprises + "14988"},
		vendors: []string{"MikroTik"},
		gauges: []gauge{
			{oid: health + ".8.0", class: look.Voltage, name: "voltage", scale: 0.1},
			{oid: health + ".10.0", class: look.Temperature, name: "temperature", scale: 0.1},
			{oid: health + ".11.0", class: look.Temperature, name: "cpu-temperature", scale: 0.1},
			{oid: health + ".12.0", class: look.Power, name: "power-consumption", scale: 0.1},
			{oid: health + ".13.0", class: look.Current, name: "current", scale: 0.001},
			{oid: health + ".17.0", class: look.FanSpeed, name: "fan1-speed"},
			{oid: health + ".18.0", class: look.FanSpeed, name: "fan2-speed"},
			{oid: health + ".15.0", class: look.Status, name: "psu1-state", states: states(is(1), nil, is(0, 2))},
			{oid: health + ".16.0", class: look.Status, name: "psu2-state", states: states(is(1), nil, is(0, 2))},
		},
		tables: []table{
			{entry: health + ".100.1", value: 3, named: 2, kind: 4, kinds: map[int64]measure{ // mtxrGaugeTable
				1: {look.Temperature, 1}, 2: {look.FanSpeed, 1}, 3: {look.Voltage, 0.1}, 4: {look.Current, 0.1}, 5: {look.Power, 0.1}, 6: {look.Status, 1},
			}},
			{entry: enterprises + "14988.1.1.1.3.1", class: look.Clients, value: 6, label: "Clients", named: 4, sum: true}, // mtxrWlApClientCount, by network
			{entry: enterprises + "14988.1.1.1.7.1", class: look.Clients, value: 3, label: "Clients", sum: true},
		},
	}
}

func fortinet() maker {
	const system = enterprises + "12356.101.4"
	return maker{
		objects: []string{enterprises + "12356.101"},
		gauges: []gauge{
			{oid: system + ".1.3.0", class: look.Load, name: "CPU"},
			{oid: system + ".1.4.0", class: look.Memory, name: "Memory"},
		},
		tables: []table{
			// fgHwSensorTable has no unit: what it measures is in the name.
			{entry: system + ".3.2.1", class: look.Temperature, value: 3, named: 2, state: 4, states: states(is(0), nil, is(1)), only: []string{"temp", "tmp", "thrm", "thermal"}},
			{entry: system + ".3.2.1", class: look.FanSpeed, value: 3, named: 2, state: 4, states: states(is(0), nil, is(1)), only: []string{"fan"}},
			{entry: system + ".3.2.1", class: look.Status, named: 2, state: 4, states: states(is(0), nil, is(1)), only: []string{"status"}},
		},
	}
}

func fortiSwitch() maker {
	const system = enterprises + "12356.106.4.1"
	return maker{
		objects: []string{enterprises + "12356.106"},
		gauges:  []gauge{{oid: system + ".2.0", class: look.Load, name: "CPU"}},
		shares:  []share{{name: "Memory", used: system + ".3.0", total: system + ".4.0"}},
	}
}

func dlink() maker {
	const agent, entity = enterprises + "171.12", enterprises + "171.14.5.1"
	return maker{
		objects: []string{enterprises + "171"},
		gauges:  []gauge{{oid: agent + ".1.1.6.1.0", class: look.Load, name: "CPU"}}, // agentCPUutilizationIn5sec
		tables: []table{
			{entry: agent + ".1.1.9.1", class: look.Memory, value: 4, label: "Memory"}, // agentDRAMutilization
			{entry: agent + ".11.1.8.1", class: look.Temperature, value: 2, label: "Temperature"},
			{entry: entity + ".7.1", class: look.Load, value: 4, label: "CPU"},
			{entry: entity + ".1.1.1", class: look.Temperature, value: 4, named: 3, state: 7, states: states(is(1), is(2), is(3))},
			{entry: entity + ".1.2.1", class: look.Status, state: 4, named: 3, states: states(is(1), nil, is(2))},
			{entry: entity + ".1.3.1", class: look.Status, state: 6, named: 3, states: states(is(1), nil, is(2))},
		},
	}
}

func tplink() maker {
	const monitor = enterprises + "11863.6.4.1"
	return maker{
		objects: []string{enterprises + "11863"},
		tables: []table{
			{entry: monitor + ".1.1.1", class: look.Load, value: 2, label: "CPU"},
			{entry: monitor + ".2.1.1", class: look.Memory, value: 2, label: "Memory"},
		},
	}
}

func zyxel() maker {
	const system, monitor = enterprises + "890.1.15.3.2", enterprises + "890.1.15.3.26.1"
	return maker{
		objects: []string{enterprises + "890.1.15", enterprises + "890.1.5"},
		gauges: []gauge{
			{oid: system + ".7.0", class: look.Load, name: "CPU"}, // sysMgmtCPU5SecUsage
			{oid: system + ".4.0", class: look.Load, name: "CPU"},
			{oid: system + ".5.0", class: look.Memory, name: "Memory"},
		},
		tables: []table{
			{entry: monitor + ".1.1", class: look.FanSpeed, value: 3, named: 2},
			{entry: monitor + ".2.1", class: look.Temperature, value: 3, named: 2},
			{entry: monitor + ".3.1", class: look.Voltage, value: 3, named: 2, scale: 0.001},
		},
	}
}

// zyxelOld are those of ZyNOS 3, each with a branch of its own at its sysObjectID.
func zyxelOld() maker {
	return maker{
		objects: []string{enterprises + "890.1.5.8"},
		gauges: []gauge{
			{oid: ".12.7.0", class: look.Load, name: "CPU"},
			{oid: ".11.7.0", class: look.Load, name: "CPU"},
		},
		tables: []table{
			{entry: ".8.1.1", class: look.FanSpeed, value: 2, named: 6},
			{entry: ".8.2.1", class: look.Temperature, value: 2, named: 6},
		},
	}
}

func zywall() maker {
	return maker{
		objects: []string{enterprises + "890.1.6", enterprises + "890.1.15"},
		gauges: []gauge{
			{oid: enterprises + "890.1.6.22.1.1.0", class: look.Load, name: "CPU"},
			{oid: enterprises + "890.1.6.22.1.2.0", class: look.Memory, name: "Memory"},
		},
		tables: []table{{entry: enterprises + "890.1.15.3.5.1.1", class: look.Clients, value: 2, label: "Clients"}}, // of its access points, by radio
	}
}

func extreme() maker {
	const system = enterprises + "1916.1.1.1"
	return maker{
		objects: []string{enterprises + "1916"},
		gauges: []gauge{
			{oid: enterprises + "1916.1.32.1.2.0", class: look.Load, name: "CPU", read: firstPercent},
			{oid: system + ".8.0", class: look.Temperature, name: "Chassis"},
			{oid: system + ".40.1.0", class: look.Power, name: "System", scale: 0.001},
		},
		tables: []table{
			{entry: enterprises + "1916.1.32.2.2.1", class: look.Memory, total: 2, free: 3, label: "Memory"},
			{entry: system + ".9.1", class: look.Status, state: 2, label: "Fan", states: states(is(1), nil, is(2))},
			{entry: system + ".9.1", class: look.FanSpeed, value: 4, label: "Fan"},
			{entry: system + ".27.1", class: look.Status, state: 2, label: "Power supply", states: states(is(2), is(4), is(3))},
		},
	}
}

func allied() maker {
	const at = enterprises + "207.8.4.4.3"
	return maker{
		objects: []string{enterprises + "207"},
		gauges: []gauge{
			{oid: at + ".3.3.0", class: look.Load, name: "CPU"}, // cpuUtilisationAvgLastMinute
		},
		shares: []share{{name: "Memory", free: at + ".7.1.0", total: at + ".7.2.0"}},
		tables: []table{
			{entry: at + ".3.8.1", class: look.Load, value: 4, label: "CPU"},
			{entry: at + ".12.1.1", class: look.FanSpeed, value: 5, named: 4, state: 7, states: states(is(2), nil, is(1))},
			{entry: at + ".12.2.1", class: look.Voltage, value: 5, named: 4, scale: 0.001, state: 8, states: states(is(2), nil, is(1))},
			{entry: at + ".12.3.1", class: look.Temperature, value: 5, named: 4, state: 7, states: states(is(2), nil, is(1))},
			{entry: at + ".12.4.2.1", class: look.Status, state: 6, named: 5, states: states(is(2), is(3), is(1))},
		},
	}
}

func dellForce10() maker {
	const chassis = enterprises + "6027.3.26.1"
	return maker{
		objects: []string{enterprises + "6027", enterprises + "674.11000.5000"},
		tables: []table{
			{entry: chassis + ".4.4.1", class: look.Load, value: 4, label: "CPU"},
			{entry: chassis + ".4.4.1", class: look.Memory, value: 6, label: "Memory"},
			{entry: chassis + ".3.4.1", class: look.Temperature, value: 13, label: "Unit"},
			{entry: chassis + ".4.6.1", class: look.Status, state: 4, label: "Power supply", states: states(is(1), nil, is(2))},
		},
	}
}

// fastpath are the switches with software of Broadcom, whose MIB each maker has
// below a number of its own.
func fastpath(objects []string, prefix string) maker {
	items := states(is(2), is(7), is(3))
	return maker{
		objects: objects,
		gauges:  []gauge{{oid: prefix + ".1.1.4.9.0", class: look.Load, name: "CPU", read: firstPercent}},
		shares:  []share{{name: "Memory", free: prefix + ".1.1.4.1.0", total: prefix + ".1.1.4.2.0"}},
		tables: []table{
			{entry: prefix + ".43.1.6.1", class: look.Status, state: 3, label: "Fan", states: items},
			{entry: prefix + ".43.1.6.1", class: look.FanSpeed, value: 4, label: "Fan"},
			{entry: prefix + ".43.1.7.1", class: look.Status, state: 3, label: "Power supply", states: items},
			// boxServicesTempSensorState: 1 normal, 2 warning, 3 critical, 4 shutdown.
			{entry: prefix + ".43.1.8.1", class: look.Temperature, value: 5, state: 4, label: "Temperature", states: states(is(1), is(2), is(3, 4))},
		},
	}
}

// accessPoints are access points, and their controllers.
func accessPoints() []maker {
	const instant, unifi, ruckus = enterprises + "14823.2.3.3.1.2", enterprises + "41112.1.6", enterprises + "25053"
	return []maker{
		{
			objects: []string{enterprises + "14823.1.2"},
			tables: []table{
				{entry: instant + ".1.1", class: look.Load, value: 7, named: 2},
				{entry: instant + ".1.1", class: look.Memory, total: 10, free: 8, named: 2},
				{entry: instant + ".1.1", class: look.Status, state: 11, named: 2, states: states(is(1), nil, is(2))},
				{entry: instant + ".2.1", class: look.Clients, value: 21, label: "Clients"}, // aiRadioClientNum
			},
		},
		{
			vendors: []string{"Ubiquiti"},
			shares:  []share{{name: "Memory", total: enterprises + "10002.1.1.1.1.1.0", free: enterprises + "10002.1.1.1.1.2.0"}},
			gauges: []gauge{
				{oid: enterprises + "41112.1.4.5.1.15.1", class: look.Clients, name: "Clients"}, // ubntWlStatStaCount
				{oid: enterprises + "41112.1.4.5.1.5.1", class: look.SignalDBM, name: "Signal"},
				{oid: enterprises + "41112.1.4.8.3.0", class: look.Load, name: "CPU", scale: 0.01},
				{oid: enterprises + "41112.1.4.8.4.0", class: look.Temperature, name: "Board"},
			},
			tables: []table{{entry: unifi + ".1.2.1", class: look.Clients, value: 8, named: 9, label: "Clients", sum: true, words: map[string]string{"ng": "2.4 GHz", "na": "5 GHz", "6e": "6 GHz"}}}, // ubntUniFiVapNumStations, by radio
		},
		{
			objects: []string{ruckus},
			gauges: []gauge{
				{oid: ruckus + ".1.15.1.1.1.15.13.0", class: look.Load, name: "CPU"}, // Unleashed
				{oid: ruckus + ".1.15.1.1.1.15.14.0", class: look.Memory, name: "Memory"},
				{oid: ruckus + ".1.2.1.1.1.15.13.0", class: look.Load, name: "CPU"}, // ZoneDirector
				{oid: ruckus + ".1.2.1.1.1.15.14.0", class: look.Memory, name: "Memory"},
				{oid: ruckus + ".1.15.1.1.1.15.2.0", class: look.Clients, name: "Clients"},
				{oid: ruckus + ".1.2.1.1.1.15.2.0", class: look.Clients, name: "Clients"},
			},
			tables: []table{{entry: ruckus + ".1.1.12.1.1.1.3.1", class: look.Clients, value: 2, label: "Clients"}}, // ruckusRadioStatsNumSta
		},
		{
			vendors: []string{"Teltonika"},
			tables: []table{
				{entry: enterprises + "48690.2.2.1", class: look.Temperature, value: 17, label: "Modem", scale: 0.1},
				{entry: enterprises + "48690.2.2.1", class: look.SignalDBM, value: 12, label: "Modem"},
			},
			gauges: []gauge{
				{oid: enterprises + "48690.1.8.0", class: look.Load, name: "CPU"},
				{oid: enterprises + "48690.2.4.0", class: look.SignalDBM, name: "Modem"}, // before RutOS 7
				{oid: enterprises + "48690.2.9.0", class: look.Temperature, name: "Modem", scale: 0.1},
			},
		},
		{
			objects: []string{enterprises + "14823.1.1"}, // controllers of Aruba
			tables: []table{
				{entry: enterprises + "14823.2.2.1.2.1.13.1", class: look.Load, value: 3, named: 2},
				{entry: enterprises + "14823.2.2.1.2.1.15.1", class: look.Memory, total: 2, used: 3, label: "Memory"},
			},
		},
		{
			objects: []string{enterprises + "8741"}, // SonicWall
			gauges: []gauge{
				{oid: enterprises + "8741.1.3.1.3.0", class: look.Load, name: "CPU"},
				{oid: enterprises + "8741.1.3.1.4.0", class: look.Memory, name: "Memory"},
			},
		},
	}
}
