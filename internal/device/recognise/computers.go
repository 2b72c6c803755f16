package recognise

import (
	"strconv"

	"github.com/budi-monitor/budi/internal/look"
)

// computers are servers and computers.
//
// Windows says itself whether it is a workstation or a server. Linux and BSD do
// not: they count as servers, because nobody installs an SNMP agent on a desk's
// computer, and a server that is taken for a workstation would be allowed to be
// off.
func computers() []rule { return append(windows(), unixes()...) }

// windowsBuilds are the names of Windows by build, on desks and on servers.
var windowsBuilds = []struct{ build, desk, server string }{
	{"26200", "11 (25H2)", ""},
	{"26100", "11 (24H2)", "Server 2025 (24H2)"},
	{"25398", "", "Server 23H2"},
	{"22631", "11 (23H2)", ""},
	{"22621", "11 (22H2)", ""},
	{"22000", "11 (21H2)", ""},
	{"20348", "", "Server 2022 (21H2)"},
	{"19045", "10 (22H2)", ""},
	{"19044", "10 (21H2)", ""},
	{"19043", "10 (21H1)", ""},
	{"19042", "10 (20H2)", "Server 20H2"},
	{"19041", "10 (2004)", "Server 2004"},
	{"18363", "10 (1909)", "Server 1909"},
	{"18362", "10 (1903)", "Server 1903"},
	{"17763", "10 (1809)", "Server 2019 (1809)"},
	{"17134", "10 (1803)", "Server 1803"},
	{"16299", "10 (1709)", "Server 1709"},
	{"15063", "10 (1703)", ""},
	{"14393", "10 (1607)", "Server 2016 (1607)"},
	{"10586", "10 (1511)", ""},
	{"10240", "10 (1507)", ""},
	{"9600", "8.1", "Server 2012 R2"},
	{"9200", "8", "Server 2012"},
	{"7601", "7 SP1", "Server 2008 R2 SP1"},
	{"7600", "7", "Server 2008 R2"},
	{"6003", "", "Server 2008 SP2"},
	{"6002", "Vista SP2", "Server 2008 SP2"},
	{"6001", "Vista SP1", "Server 2008"},
	{"6000", "Vista", ""},
	{"3790", "XP x64", "Server 2003"},
	{"2600", "XP", ""},
	{"2195", "2000", "2000 Server"},
}

func windows() []rule {
	const agent = "1.3.6.1.4.1.311.1.1.3.1"
	rules := []rule{
		dellServer(agent, "Hardware:"), proLiant(agent, "Hardware:"), // more telling than the processor
		{object: agent, descr: `Hardware: (Intel64|EM64T)`, vendor: "Microsoft", model: []source{text("Intel x64")}},
		{object: agent, descr: `Hardware: AMD64`, vendor: "Microsoft", model: []source{text("AMD x64")}},
		{object: agent, descr: `Hardware: x86`, vendor: "Microsoft", model: []source{text("Generic x86")}},
		{object: agent, descr: `Hardware: ARM`, vendor: "Microsoft", model: []source{text("ARM")}},
		{object: agent + ".1", vendor: "Microsoft", kinds: []look.Kind{look.Computer}, firmware: []source{inDescr(`Build (\d+)`)}},
		{object: agent + ".2", vendor: "Microsoft", kinds: []look.Kind{look.Server}, firmware: []source{inDescr(`Build (\d+)`)}},
		{object: agent + ".3", vendor: "Microsoft", kinds: []look.Kind{look.Server}, firmware: []source{inDescr(`Build (\d+)`)}},
		{object: "1.3.6.1.4.1.311", descr: `Windows`, vendor: "Microsoft", kinds: []look.Kind{look.Computer}},
	}
	for _, b := range windowsBuilds {
		build := `\(Build ` + b.build + `\b`
		if b.desk != "" {
			rules = append(rules, rule{object: agent + ".1", descr: build, vendor: "Microsoft", firmware: []source{text(b.desk)}})
		}
		if b.server != "" {
			rules = append(rules,
				rule{object: agent + ".2", descr: build, vendor: "Microsoft", firmware: []source{text(b.server)}},
				rule{object: agent + ".3", descr: build, vendor: "Microsoft", firmware: []source{text(b.server)}})
		}
	}
	return rules
}

func unixes() []rule {
	server := []look.Kind{look.Server}
	return []rule{
		dellServer(netSNMP, ""), proLiant(netSNMP, ""),
		{
			object: netSNMP, vague: true, kinds: server,
			model:    append(extended("2", "hardware"), inDescr(`\b(Raspberry Pi [^|]+)`), textIf(`\bx86_64\b`, "Generic x86 64-bit"), textIf(`\bi[3-6]86\b`, "Generic x86"), textIf(`\b(?:aarch64|arm64)\b`, "Generic ARM 64-bit"), textIf(`\barmv\d`, "Generic ARM"), textIf(`\bmips`, "Generic MIPS")),
			serial:   extended("4", "serial"),
			firmware: []source{inDescr(`^Linux \S+ (\d[\w.+~-]*) #`), inDescr(`^Linux (\d[\w.+~-]*)`), inDescr(`^Linux \S+ (\d[\w.+~-]*)`)},
		},

		{object: "1.3.6.1.4.1.8072.3.2.8", vague: true, kinds: server, firmware: []source{inDescr(`\bFreeBSD (\d\S*)`)}, model: []source{inDescr(`\b(amd64|i386|arm64|aarch64)\b`)}},
		{object: "1.3.6.1.4.1.12325.1.1.2.1.1", vague: true, kinds: server, firmware: []source{inDescr(`\bFreeBSD (\d\S*)`), inDescr(`\b(\d+\.\d+-\w+\S*)`)}},
		{object: "1.3.6.1.4.1.8072.3.2.7", vague: true, kinds: server, firmware: []source{inDescr(`\bNetBSD (\d\S*)`)}},
		{object: "1.3.6.1.4.1.8072.3.2.12", vague: true, kinds: server, firmware: []source{inDescr(`\bOpenBSD \S+ (\d\S*)`)}},
		{object: "1.3.6.1.4.1.30155.23.1", vague: true, kinds: server, firmware: []source{inDescr(`\bOpenBSD \S+ (\d\S*)`)}},
		{object: "1.3.6.1.4.1.8072.3.2.3", vague: true, kinds: server, firmware: []source{inDescr(`^SunOS \S+ (\S+)`)}},
		{object: "1.3.6.1.4.1.42.2.1.1", vendor: "Oracle", kinds: server, firmware: []source{inDescr(`^SunOS \S+ (\S+)`)}},
		{object: "1.3.6.1.4.1.2.3.1.2.1.1.3", vendor: "IBM", kinds: server, firmware: []source{inDescr(`version: *(\S+)`)}}, // AIX
		{object: "1.3.6.1.4.1.8072.3.2.16", vendor: "Apple", kinds: []look.Kind{look.Computer}, firmware: []source{inDescr(`^Darwin \S+ (\S+)`)}},
		{descr: `^Darwin Kernel|^Darwin \S+ \d`, vendor: "Apple", kinds: []look.Kind{look.Computer}, firmware: []source{inDescr(`^Darwin \S+ (\S+)`)}},
		{
			object: "1.3.6.1.4.1.6876.4.1", vendor: "VMware", kinds: server,
			model:    []source{chassis(entDescr), chassis(entModel)},
			serial:   []source{chassis(entSerial)},
			firmware: []source{oid("1.3.6.1.4.1.6876.1.2.0"), inDescr(`ESXi? (\d\S*)`)},
		},
	}
}

// dellServer is a server on which Dell's OpenManage runs beside the agent.
func dellServer(object, descr string) rule {
	const chassis = "1.3.6.1.4.1.674.10892.1.300.10.1."
	return rule{object: object, descr: descr, answers: chassis + "9.1", model: []source{oid(chassis + "9.1")}, serial: []source{oid(chassis + "11.1")}}
}

// proLiant is a server on which HP's agents run.
func proLiant(object, descr string) rule {
	return rule{object: object, descr: descr, answers: "1.3.6.1.4.1.232.2.2.4.2.0", model: []source{oid("1.3.6.1.4.1.232.2.2.4.2.0")}, serial: []source{oid("1.3.6.1.4.1.232.2.2.2.1.0")}}
}

// extended is what a script beside net-snmp tells under a name (NET-SNMP-EXTEND-MIB,
// the first line of its output): the usual way to tell the hardware of a Linux. It
// is at its own place, or where many configurations copied from each other put it.
func extended(place, name string) []source {
	index := strconv.Itoa(len(name))
	for i := range len(name) {
		index += "." + strconv.Itoa(int(name[i]))
	}
	return []source{oid("1.3.6.1.4.1.8072.1.3.2.3.1.1." + index), oid("1.3.6.1.4.1.2021.7890." + place + ".3.1.1." + index), oid("1.3.6.1.4.1.2021.7890." + place + ".4.1.2." + index + ".1")}
}
