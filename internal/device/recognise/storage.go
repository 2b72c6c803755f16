package recognise

import "github.com/budi-monitor/budi/internal/look"

// netSNMP is what every Linux with net-snmp says that it is; what it really is
// its maker's own objects tell.
const netSNMP = "1.3.6.1.4.1.8072.3.2.10"

// storage are storage devices. Most run Linux, so they are known by objects that
// nobody else has.
var storage = []rule{
	synology(netSNMP),
	synology("1.3.6.1.4.1.6574"),

	qnap("1.3.6.1.4.1.24681", ""),
	qnap("1.3.6.1.4.1.55062", ""),
	qnap(netSNMP, "1.3.6.1.4.1.24681.1.2.12.0"),
	qnap(netSNMP, "1.3.6.1.4.1.24681.1.4.1.1.1.1.1.2.1.3.1"),
	qnap(netSNMP, "1.3.6.1.4.1.55062.1.12.6.0"),

	{object: "1.3.6.1.4.1.55062", descr: `\bQSW-`, vendor: "QNAP", kinds: []look.Kind{look.Switch}, model: []source{inDescr(`\b(QSW-[\w-]+)`)}},
	{object: "1.3.6.1.4.1.890.1", descr: `(?i)\b(?:NAS|NSA)\d{3}`, vendor: "Zyxel", kinds: []look.Kind{look.NAS}, model: []source{inDescr(`(?i)\b((?:NAS|NSA)\d{3}\w*)`)}},

	readyNAS("1.3.6.1.4.1.4526.18"),
	readyNAS("1.3.6.1.4.1.4526.22"),
	readyNAS("1.3.6.1.4.1.4526.100.16"),
	{
		object: netSNMP, answers: "1.3.6.1.4.1.4526.22.2.0", vendor: "Netgear", kinds: []look.Kind{look.NAS},
		model: []source{inDescr(`(?i)\b(ReadyNAS \S+)`), text("ReadyNAS")}, serial: []source{oid("1.3.6.1.4.1.4526.22.2.0")}, firmware: []source{oid("1.3.6.1.4.1.4526.22.1.0")},
	},
	{
		object: netSNMP, answers: "1.3.6.1.4.1.4526.18.1.0", vendor: "Netgear", kinds: []look.Kind{look.NAS},
		model: []source{inDescr(`(?i)\b(ReadyNAS \S+)`), text("ReadyNAS")}, firmware: []source{oid("1.3.6.1.4.1.4526.18.1.0")},
	},
	{descr: `(?i)\bReadyNAS\b`, vendor: "Netgear", kinds: []look.Kind{look.NAS}, model: []source{inDescr(`(?i)\b(ReadyNAS \S+)`), text("ReadyNAS")}},

	trueNAS("", `(?i)\b(true|free)nas\b`),
	trueNAS("1.3.6.1.4.1.50536", ""),

	{object: "1.3.6.1.4.1.44738", vendor: "Asustor", kinds: []look.Kind{look.NAS}, model: []source{inDescr(`\b(AS-?\d\w+)`), inName(`\b(AS-?\d{2,}\w*)`)}, firmware: []source{inDescr(`\bADM (\S+)`)}},
	{object: netSNMP, answers: "1.3.6.1.4.1.44738.1.1.0", vendor: "Asustor", kinds: []look.Kind{look.NAS}, model: []source{inDescr(`\b(AS-?\d\w+)`), inName(`\b(AS-?\d{2,}\w*)`)}},
	{
		object: "1.3.6.1.4.1.5227", descr: `^BUFFALO (?:TeraStation|LinkStation|TS|LS|WS|HD)`, vendor: "Buffalo", kinds: []look.Kind{look.NAS},
		model: []source{inDescr(`^BUFFALO (.+?)(?: Ver\.?\s*\S+.*)?$`)}, firmware: []source{inDescr(`\bVer\.?\s*(\S+)`)},
	},
	{
		descr: `^BUFFALO (?:TeraStation|LinkStation|TS|LS|WS)`, vendor: "Buffalo", kinds: []look.Kind{look.NAS},
		model: []source{inDescr(`^BUFFALO (.+?)(?: Ver\.?\s*\S+.*)?$`)}, firmware: []source{inDescr(`\bVer\.?\s*(\S+)`)},
	},
	{descr: `(?i)\bthecus\b`, vendor: "Thecus", kinds: []look.Kind{look.NAS}, model: []source{inDescr(`\b(N\d{4}\w*)`)}},
	{object: "1.3.6.1.4.1.38243", vendor: "Thecus", kinds: []look.Kind{look.NAS}},
	{
		object: "1.3.6.1.4.1.789", vendor: "NetApp", kinds: []look.Kind{look.NAS},
		model:    []source{oid("1.3.6.1.4.1.789.1.1.5.0")},
		serial:   []source{oid("1.3.6.1.4.1.789.1.1.9.0"), column("1.3.6.1.4.1.789.1.25.2.1.5")},
		firmware: []source{part("1.3.6.1.4.1.789.1.1.2.0", `Release ([^\s:]+)`), inDescr(`Release ([^\s:]+)`)},
	},
	{object: "1.3.6.1.4.1.5127", vendor: "Western Digital", kinds: []look.Kind{look.NAS}, model: []source{inDescr(`(?i)\b(My ?Cloud\S*)`)}, firmware: []source{column("1.3.6.1.4.1.5127.1.1.1.2.1.2")}},
	{descr: `(?i)\b(TerraMaster|TNAS)\b`, vendor: "TerraMaster", kinds: []look.Kind{look.NAS}, model: []source{inDescr(`\b(F\d-\d+\w*)`)}},
	{descr: `(?i)\bunraid\b`, vendor: "Lime Technology", kinds: []look.Kind{look.NAS}},
	{descr: `(?i)\bopenmediavault\b`, kinds: []look.Kind{look.NAS}, model: []source{text("openmediavault")}},
}

func synology(object string) rule {
	return rule{
		object: object, answers: "1.3.6.1.4.1.6574.1.5.1.0", vendor: "Synology", kinds: []look.Kind{look.NAS},
		model:    []source{oid("1.3.6.1.4.1.6574.1.5.1.0")},
		serial:   []source{oid("1.3.6.1.4.1.6574.1.5.2.0")},
		firmware: []source{oid("1.3.6.1.4.1.6574.1.5.3.0")},
	}
}

// qnap are QNAP's. Old systems keep the model in one place, newer ones in
// another, and the version in ENTITY-MIB, in stray quotation marks.
func qnap(object, answers string) rule {
	return rule{
		object: object, answers: answers, vendor: "QNAP", kinds: []look.Kind{look.NAS},
		model:    []source{oid("1.3.6.1.4.1.24681.1.4.1.1.1.1.1.2.1.3.1"), oid("1.3.6.1.4.1.24681.1.2.12.0"), oid("1.3.6.1.4.1.55062.1.12.3.0"), chassis(entModel), inDescr(`\b(T[SVE]S?-\w[\w-]*)`)},
		serial:   []source{oid("1.3.6.1.4.1.24681.1.4.1.1.1.1.1.2.1.4.1"), oid("1.3.6.1.4.1.55062.1.12.5.0"), chassis(entSerial)},
		firmware: []source{oid("1.3.6.1.4.1.55062.1.12.6.0"), {entity: entSoftware, match: `(\d+\.[\w.]+)`}, {entity: entFirmware, match: `(\d+\.[\w.]+)`}, inDescr(`\b(\d+\.\d+\.\d+)\b`)},
	}
}

func readyNAS(object string) rule {
	return rule{
		object: object, vendor: "Netgear", kinds: []look.Kind{look.NAS},
		model:    []source{inDescr(`(?i)\b(ReadyNAS \S+)`), text("ReadyNAS")},
		serial:   []source{oid("1.3.6.1.4.1.4526.22.2.0")},
		firmware: []source{oid("1.3.6.1.4.1.4526.22.1.0"), oid("1.3.6.1.4.1.4526.18.1.0")},
	}
}

// trueNAS are TrueNAS and FreeNAS, whose sysDescr is "TrueNAS-13.0-U6. Hardware:
// amd64 … running … Software: FreeBSD …".
func trueNAS(object, descr string) rule {
	return rule{
		object: object, descr: descr, vendor: "iXsystems", kinds: []look.Kind{look.NAS},
		model:    []source{inDescr(`\. Hardware: (.+?)\s*\.? Software`), inDescr(`(?i)\b((?:true|free)nas)\b`), text("TrueNAS")},
		firmware: []source{inDescr(`(?i)(?:true|free)nas-(?:SCALE-)?([\w.-]*\w)`)},
	}
}
