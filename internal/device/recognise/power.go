package recognise

import "github.com/budi-monitor/budi/internal/look"

// Objects of UPS-MIB (RFC 1628) that identify; agents of many makers have only
// these.
const (
	upsSoftware  = "1.3.6.1.2.1.33.1.1.3.0"
	agentVersion = "1.3.6.1.2.1.33.1.1.4.0"
	upsModel     = "1.3.6.1.2.1.33.1.1.2.0"
	upsName      = "1.3.6.1.2.1.33.1.1.5.0"
)

// netVision7 is where Socomec's cards of now have what identifies the UPS.
const netVision7 = "1.3.6.1.4.1.4555.1.1.7.1.1"

// tripp is where Tripp Lite's PowerAlert has the first device: below 1 what it is,
// below 2 its identity, below 3 what it measures.
const tripp = "1.3.6.1.4.1.850.1.1."

// power are UPSes and power strips. Cards of one maker serve UPSes, strips and
// cooling alike, so what is a UPS is mostly seen by its objects.
var power = []rule{
	{
		object: "1.3.6.1.4.1.318", vendor: "APC",
		// Of the card: its system, and the application above it. What the UPS itself
		// runs is among its facts (package ups).
		firmware: []source{
			joined("AOS $1 / App $2", oid("1.3.6.1.4.1.318.1.4.2.4.1.4.1"), oid("1.3.6.1.4.1.318.1.4.2.4.1.4.2")),
			joined("AOS $1 / App $2", inDescr(`\bPF:(\S+)`), inDescr(`\bAF1:(\S+)`)),
			inDescr(`\bAF1:(\S+)`), inDescr(`\bPF:(\S+)`), oid("1.3.6.1.4.1.318.1.1.1.1.2.1.0"),
		},
		hardware: []source{inDescr(`\bHR:(\w+)`)},
	},
	{
		object: "1.3.6.1.4.1.318", answers: "1.3.6.1.4.1.318.1.1.1.1.1.1.0", vendor: "APC", kinds: []look.Kind{look.UPS},
		model:  []source{oid("1.3.6.1.4.1.318.1.1.1.1.1.1.0")},
		serial: []source{oid("1.3.6.1.4.1.318.1.1.1.1.2.3.0")},
	},
	{object: "1.3.6.1.4.1.318.1.3.2", vendor: "APC", kinds: []look.Kind{look.UPS}},
	{object: "1.3.6.1.4.1.318.1.3.27", vendor: "APC", kinds: []look.Kind{look.UPS}},
	{ // rack PDUs, transfer switches
		object: "1.3.6.1.4.1.318.1.3.4", vendor: "APC", kinds: []look.Kind{look.Other},
		model:    []source{oid("1.3.6.1.4.1.318.1.1.12.1.5.0"), oid("1.3.6.1.4.1.318.1.1.26.2.1.8.1"), oid("1.3.6.1.4.1.318.1.1.4.1.4.0")},
		serial:   []source{oid("1.3.6.1.4.1.318.1.1.12.1.6.0"), oid("1.3.6.1.4.1.318.1.1.26.2.1.9.1"), oid("1.3.6.1.4.1.318.1.1.4.1.5.0")},
		firmware: []source{oid("1.3.6.1.4.1.318.1.1.12.1.3.0"), oid("1.3.6.1.4.1.318.1.1.26.2.1.6.1"), oid("1.3.6.1.4.1.318.1.1.4.1.2.0")},
	},
	{
		object: "1.3.6.1.4.1.318.1.3.11", vendor: "APC", kinds: []look.Kind{look.Other},
		model:    []source{oid("1.3.6.1.4.1.318.1.1.8.1.5.0")},
		serial:   []source{oid("1.3.6.1.4.1.318.1.1.8.1.6.0")},
		firmware: []source{oid("1.3.6.1.4.1.318.1.1.8.1.2.0")},
	},

	// Eaton: what was MGE's (705) and what was Powerware's (534). sysDescr of MGE's
	// cards is the UPS's name in full, of which their objects have the halves.
	{
		object: "1.3.6.1.4.1.705.1", vendor: "Eaton", kinds: []look.Kind{look.UPS},
		model:    []source{inDescr(`^(?i:eaton|mge(?: ups systems)?)\s+(\S.*\d{3,}\S*.*)$`), inDescr(`^((?:Pulsar|Evolution|Galaxy|Comet|EX|Ellipse)\b.*|\d+[A-Z]\w* .*\S)$`), oid("1.3.6.1.4.1.534.1.1.2.0"), oid("1.3.6.1.4.1.705.1.1.1.0")},
		serial:   []source{oid("1.3.6.1.4.1.705.1.1.7.0"), oid("1.3.6.1.4.1.534.1.1.6.0")},
		firmware: []source{oid("1.3.6.1.4.1.705.1.1.4.0"), oid("1.3.6.1.4.1.534.1.1.3.0"), oid(agentVersion)},
	},
	{
		object: "1.3.6.1.4.1.534.1", vendor: "Eaton", kinds: []look.Kind{look.UPS},
		model:    []source{oid("1.3.6.1.4.1.534.1.1.2.0"), oid(upsModel), inDescr(`^(?i:eaton)\s+(\d\w*.*\d{3,}.*)$`)},
		serial:   []source{oid("1.3.6.1.4.1.534.1.1.6.0"), oid("1.3.6.1.4.1.705.1.1.7.0"), part(upsName, `ID: *([^ ,;]+)`)},
		firmware: []source{oid("1.3.6.1.4.1.534.1.1.3.0"), oid("1.3.6.1.4.1.705.1.1.4.0"), oid(agentVersion)},
	},
	{
		object: "1.3.6.1.4.1.534.2.12", answers: "1.3.6.1.4.1.534.1.1.2.0", vendor: "Eaton", kinds: []look.Kind{look.UPS},
		model:    []source{oid("1.3.6.1.4.1.534.1.1.2.0")},
		serial:   []source{oid("1.3.6.1.4.1.534.1.1.6.0"), part(upsName, `ID: *([^ ,;]+)`)},
		firmware: []source{oid("1.3.6.1.4.1.534.1.1.3.0")},
	},
	{
		object: "1.3.6.1.4.1.534.10", vendor: "Eaton", kinds: []look.Kind{look.Other}, // ATS
	},
	{
		object: "1.3.6.1.4.1.534.6.6", vendor: "Eaton", kinds: []look.Kind{look.Other}, // ePDU
		model:  []source{column("1.3.6.1.4.1.534.6.6.7.1.2.1.2")},
		serial: []source{column("1.3.6.1.4.1.534.6.6.7.1.2.1.4")},
	},

	{ // HP's, made by Powerware
		object: "1.3.6.1.4.1.232.165.3", vendor: "HP", kinds: []look.Kind{look.UPS},
		model:    []source{oid("1.3.6.1.4.1.232.165.3.1.2.0"), oid("1.3.6.1.4.1.232.165.1.2.2.0"), oid(upsModel)},
		serial:   []source{oid("1.3.6.1.4.1.232.165.1.2.7.0")},
		firmware: []source{oid("1.3.6.1.4.1.232.165.3.1.3.0"), oid("1.3.6.1.4.1.232.165.1.2.3.0"), oid(agentVersion)},
	},

	{object: "1.3.6.1.4.1.3808", vendor: "CyberPower"},
	{
		object: "1.3.6.1.4.1.3808", answers: "1.3.6.1.4.1.3808.1.1.1.1.1.1.0", vendor: "CyberPower", kinds: []look.Kind{look.UPS},
		model:    []source{oid("1.3.6.1.4.1.3808.1.1.1.1.1.1.0")},
		serial:   []source{oid("1.3.6.1.4.1.3808.1.1.1.1.2.3.0")},
		firmware: []source{oid("1.3.6.1.4.1.3808.1.1.1.1.2.1.0"), oid("1.3.6.1.4.1.3808.1.1.1.1.2.4.0")},
	},
	{
		object: "1.3.6.1.4.1.3808.1.1.3", vendor: "CyberPower",
		model:    []source{oid("1.3.6.1.4.1.3808.1.1.3.1.5.0")},
		serial:   []source{oid("1.3.6.1.4.1.3808.1.1.3.1.6.0")},
		firmware: []source{oid("1.3.6.1.4.1.3808.1.1.3.1.3.0")},
	},

	{
		object: "1.3.6.1.4.1.2254.2", vendor: "Delta", kinds: []look.Kind{look.UPS},
		model:    []source{oid("1.3.6.1.4.1.2254.2.4.1.2.0"), oid("1.3.6.1.2.1.33.1.1.2.0")},
		firmware: []source{oid("1.3.6.1.4.1.2254.2.4.1.3.0"), oid(upsSoftware), oid("1.3.6.1.4.1.2254.2.4.1.4.0")},
	},
	{
		object: "1.3.6.1.4.1.935", vendor: "Megatec", kinds: []look.Kind{look.UPS}, // many sell this card
		model:    []source{oid("1.3.6.1.2.1.33.1.1.2.0"), oid("1.3.6.1.4.1.935.1.1.1.1.1.1.0")},
		serial:   []source{oid("1.3.6.1.4.1.935.1.1.1.1.2.3.0")},
		firmware: []source{oid(agentVersion), oid("1.3.6.1.4.1.935.1.1.1.1.2.4.0"), oid("1.3.6.1.4.1.935.1.1.1.1.2.1.0")},
	},
	{
		object: "1.3.6.1.4.1.4555.1.1.1", vendor: "Socomec", kinds: []look.Kind{look.UPS},
		model:    []source{oid("1.3.6.1.4.1.4555.1.1.1.1.1.1.0")},
		serial:   []source{oid("1.3.6.1.4.1.4555.1.1.1.1.1.4.0")},
		firmware: []source{oid("1.3.6.1.4.1.4555.1.1.1.1.1.2.0")},
	},
	{ // Net Vision 7 and later
		object: "1.3.6.1.4.1.4555.1.1.7", vendor: "Socomec", kinds: []look.Kind{look.UPS},
		model: []source{oid(netVision7 + ".1.0")}, serial: []source{oid(netVision7 + ".2.0")}, firmware: []source{oid(netVision7 + ".5.0")},
	},
	{
		object: "1.3.6.1.4.1.8072.3.2.10", answers: netVision7 + ".1.0", vendor: "Socomec", kinds: []look.Kind{look.UPS},
		model: []source{oid(netVision7 + ".1.0")}, serial: []source{oid(netVision7 + ".2.0")}, firmware: []source{oid(netVision7 + ".5.0")},
	},
	{
		object: "1.3.6.1.4.1.8072.3.2.10", answers: "1.3.6.1.4.1.2011.6.174.1.2.100.1.2.1", vendor: "Huawei", kinds: []look.Kind{look.UPS},
		model:    []source{oid("1.3.6.1.4.1.2011.6.174.1.2.100.1.2.1")},
		serial:   []source{oid("1.3.6.1.4.1.2011.6.174.1.2.100.1.5.1")},
		firmware: []source{oid("1.3.6.1.4.1.2011.6.174.1.2.100.1.3.1")},
	},
	{
		object: "1.3.6.1.4.1.2011.6.174", vendor: "Huawei", kinds: []look.Kind{look.UPS},
		model:    []source{oid("1.3.6.1.4.1.2011.6.174.1.2.100.1.2.1"), oid("1.3.6.1.2.1.33.1.1.2.0")},
		serial:   []source{oid("1.3.6.1.4.1.2011.6.174.1.2.100.1.5.1")},
		firmware: []source{oid("1.3.6.1.4.1.2011.6.174.1.2.100.1.3.1"), oid(upsSoftware)},
	},
	{
		object: "1.3.6.1.4.1.5491", vendor: "Riello", kinds: []look.Kind{look.UPS},
		model:    []source{oid("1.3.6.1.2.1.33.1.1.2.0"), inDescr(`^(NetMan.*)$`)},
		firmware: []source{oid(upsSoftware), oid(agentVersion)},
	},
	{
		object: "1.3.6.1.4.1.850", answers: "1.3.6.1.2.1.33.1.1.2.0", vendor: "Tripp Lite", kinds: []look.Kind{look.UPS},
		model: []source{oid(tripp + "1.2.1.5.1"), oid(upsModel)}, serial: []source{oid(tripp + "2.1.1.5.1"), oid("1.3.6.1.4.1.850.100.1.1.4.0")},
		firmware: []source{oid(tripp + "2.1.1.4.1"), oid(upsSoftware), oid(agentVersion)},
	},
	{object: "1.3.6.1.4.1.850.1", descr: `(?i)^PowerAlert\b`, vendor: "Tripp Lite", kinds: []look.Kind{look.UPS}},
	{ // of PowerAlert, which serves strips and cooling too: only a UPS has this output
		object: "1.3.6.1.4.1.850", answers: tripp + "3.1.3.3.2.1.2.1.1", vendor: "Tripp Lite", kinds: []look.Kind{look.UPS},
		model: []source{oid(tripp + "1.2.1.5.1")}, serial: []source{oid(tripp + "2.1.1.5.1")}, firmware: []source{oid(tripp + "2.1.1.4.1")},
	},
	{
		object: "1.3.6.1.4.1.476.1.42", vendor: "Vertiv", kinds: []look.Kind{look.UPS},
		// Of the first device that the card manages; the rest is the card's.
		model:    []source{part("1.3.6.1.4.1.476.1.42.2.4.2.1.4.1", `^\s*(\S.*)$`), oid(upsModel), oid("1.3.6.1.4.1.476.1.42.2.1.2.0")},
		serial:   []source{oid("1.3.6.1.4.1.476.1.42.2.4.2.1.7.1")},
		firmware: []source{oid("1.3.6.1.4.1.476.1.42.2.1.3.0"), oid(agentVersion)},
	},
	{ // a card that runs Linux: nothing else that does has UPS-MIB
		object: netSNMP, answers: "1.3.6.1.2.1.33.1.1.1.0", kinds: []look.Kind{look.UPS},
		model:    []source{oid("1.3.6.1.2.1.33.1.1.2.0")},
		firmware: []source{oid(upsSoftware), oid(agentVersion)},
	},
	{object: "1.3.6.1.2.1.33", kinds: []look.Kind{look.UPS}, firmware: []source{oid(agentVersion), oid(upsSoftware)}}, // Generex and others put the MIB itself there
	{descr: `(?i)\bCS1[234]1\b.*(UPS|SNMP)|\bNet ?Agent\b|\bNetMan\b`, kinds: []look.Kind{look.UPS}, firmware: []source{oid(upsSoftware), oid(agentVersion)}},
}
