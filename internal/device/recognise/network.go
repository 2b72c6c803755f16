package recognise

import "github.com/budi-monitor/budi/internal/look"

// Columns of ENTITY-MIB, for agents that do not say which part is the chassis: it
// is the first part on most, and 1001 on stacks of Cisco's.
const (
	partDescr    = entPhysicalEntry + ".2"
	partSoftware = entPhysicalEntry + ".10"
	partSerial   = entPhysicalEntry + ".11"
	partModel    = entPhysicalEntry + ".13"
)

// private is where makers have objects of their own.
const private = "1.3.6.1.4.1."

// fastpath is where makers that use Broadcom's software have its inventory: below
// 1.1.1 of a branch of their own.
func fastpath(branch string) (model, serial, firmware source) {
	return oid(branch + ".1.1.1.3.0"), oid(branch + ".1.1.1.4.0"), oid(branch + ".1.1.1.13.0")
}

func only(kinds ...look.Kind) []look.Kind { return kinds }

// cisco are Cisco's: IOS and what came after it, NX-OS, the small business series,
// firewalls and what was Meraki.
func cisco() []rule {
	const ios = private + "9.1"
	model := []source{chassis(entModel), oid(partModel + ".1"), oid(partModel + ".1001"), oid(private + "9.5.1.2.16.0"), inDescr(`\bCisco IOS Software, (?:\[\w+\], )?(\S+) Software`), inDescr(`IOS \(tm\) (\S+) Software`)}
	serial := []source{chassis(entSerial), oid(partSerial + ".1"), oid(partSerial + ".1001"), oid(private + "9.5.1.2.19.0"), oid(private + "9.3.6.3.0")}
	version := []source{inDescr(`Version ([^,\s]+)`), chassis(entSoftware)}
	hardware := []source{chassis(entHardware)}
	small := rule{
		object: private + "9.6.1", vendor: "Cisco", kinds: only(look.Switch),
		model:    []source{column(private + "9.6.1.101.53.14.1.11"), inDescr(`^(S[A-Z]\S*-\d\S*|CBS\S+|C1[23]00\S*)`), inDescr(`\((C1[23]00\S*)\)`), chassis(entModel), oid(partModel + ".67108992"), oid(partDescr + ".67108992"), inDescr(`^([A-Z]+\d\S*)`)},
		serial:   []source{column(private + "9.6.1.101.53.14.1.5"), chassis(entSerial), oid(partSerial + ".67108992"), oid(partSerial + ".1")},
		firmware: []source{column(private + "9.6.1.101.53.14.1.2"), oid(private + "9.6.1.101.2.4.0"), chassis(entSoftware), oid(partSoftware + ".67108992")},
		hardware: []source{column(private + "9.6.1.101.53.14.1.4"), chassis(entHardware)},
	}
	smallCatalyst := small // the Catalysts that took the place of the small business series have its objects
	smallCatalyst.object, smallCatalyst.descr = ios, `Catalyst 1[23]00 |\(C1[23]00-`
	return []rule{
		small, smallCatalyst,
		{object: private + "9", vendor: "Cisco", model: model, serial: serial, firmware: version, hardware: hardware},
		// The name of the system's file tells what it runs on.
		{object: ios, descr: `K9W[78]-M|\bAIR-|\(AP\dg\d|\bC9800\b`, vendor: "Cisco", kinds: only(look.AccessPoint)},
		{object: ios, descr: `(?i)Catalyst|\bCAT\dK|\b(?:C|WS-C)(?:1000|1200|1300|2350|2360|29(?:18|28|4\d|5[05]|6\d|7\d)|3[05]\d\d|3[678]50|45\d\d|49\d\d|6[0458]\d\d|9[2-6]\d\d)(?:[A-Z]|\b)|\bIE-?\d{4}|\bIES Software|\bME-?3\d\d[\dx]|\bIE3\w\w\w Software|\bs(?:72033|3223|2t54)|\bESS\d|\bCBS\d|\bCGS|\bCDB Software`, vendor: "Cisco", kinds: only(look.Switch)},
		{object: ios, descr: `(?i)Cisco I(?:OS|nternetwork)|IOS-?XE|IOS XR`, vendor: "Cisco", kinds: only(look.Router)},
		{object: private + "9.12", vendor: "Cisco", kinds: only(look.Switch)}, // Nexus
		{object: private + "9", descr: `NX-OS`, vendor: "Cisco", kinds: only(look.Switch)},
		{object: private + "9.5", vendor: "Cisco", kinds: only(look.Switch)}, // Catalyst of CatOS
		{object: private + "9", descr: `Adaptive Security Appliance|PIX|Firepower|\bFTD\b`, vendor: "Cisco", kinds: only(look.Router), firmware: []source{inDescr(`Version (\S+)`)}},
		{object: private + "14179", vendor: "Cisco", kinds: only(look.AccessPoint), model: []source{oid(private + "14179.1.1.1.3.0")}, serial: []source{oid(private + "14179.1.1.1.4.0")}, firmware: []source{oid(private + "14179.1.1.1.14.0")}},
		{object: private + "9", descr: `^Cisco Controller`, vendor: "Cisco", kinds: only(look.AccessPoint), model: []source{oid(private + "14179.1.1.1.3.0")}, serial: []source{oid(private + "14179.1.1.1.4.0")}, firmware: []source{oid(private + "14179.1.1.1.14.0")}},
		{descr: `^Linux Cisco Small Business`, vendor: "Cisco", kinds: only(look.Router)},
		{object: private + "9.6.1.89.26.1", vendor: "Cisco", kinds: only(look.Switch), model: []source{text("SG220-26")}},
		{object: private + "9.6.1", descr: `\b(?:RV|SRP|SA)\d{2,3}`, vendor: "Cisco", kinds: only(look.Router), model: []source{inDescr(`\b((?:RV|SRP|SA)\d{2,3}\w*)`)}, firmware: []source{inDescr(`(?i)version (\S+)`)}},
		{object: private + "9.6.1", descr: `\bWAP\d`, vendor: "Cisco", kinds: only(look.AccessPoint), model: []source{inDescr(`\b(WAP\d\w*)`)}},
		{object: private + "29671", descr: `\bM[SCG]\d|Switch`, vendor: "Cisco", kinds: only(look.Switch), model: []source{inDescr(`^(?:Cisco )?Meraki (\S+)`)}},
		{object: private + "29671", descr: `\bMR\d|\bCW\d`, vendor: "Cisco", kinds: only(look.AccessPoint), model: []source{inDescr(`^(?:Cisco )?Meraki (\S+)`)}},
		{object: private + "29671", vendor: "Cisco", kinds: only(look.Router), model: []source{inDescr(`^(?:Cisco )?Meraki (\S+)`)}},
	}
}

// hewlettPackard are ProCurve, Aruba, Comware, and 3Com before them.
func hewlettPackard() []rule {
	comwareModel := []source{
		inDescr(`^(?:HPE|HP|H3C) ([A-Z]{0,2}\d[^,]*?)(?: Switch)?(?: [A-Z]{2}\d{3}[A-Z])? Software Version`),
		inDescr(`Release \S+\s+(?:HPE? FF|HPE|HP|H3C)\s+(.+?)(?:\s+(?:Switch|Product Version|Software Version)\b.*)?\s+Copyright`), inDescr(`(?:HPE? FF|HPE|HP|H3C|3Com)\s+(\S*\d\S*(?:-\S+)*)[^,]*Copyright`),
		chassis(entModel), oid(partModel + ".1"), chassis(entDescr),
	}
	comwareVersion := []source{inDescr(`(?i)Version (\d[\w.]*)`)}
	serialOfParts := []source{chassis(entSerial), columnPart(private+"25506.2.6.1.2.1.1.2", `^\w{8,}$`), columnPart(partSerial, `^\w{8,}$`)}
	procurveSerial := []source{oid(private + "11.2.36.1.1.2.9.0"), chassis(entSerial), oid(partSerial + ".1")}
	return []rule{
		{
			object: private + "11.2.3.7", vendor: "HP", kinds: only(look.Switch),
			model: []source{
				inDescr(`^(?:Aruba|ProCurve|HPE?|Hewlett[- ]Packard(?: Company)?|hp) +(?:ProCurve |OfficeConnect )?(.+?)(?: Switch)?(?: Stack)?(?: \([^)]*\))?, (?:revision|P[A-Z]?\.\d|P\S\d)`),
				inDescr(`^(?:Aruba|HPE Networking) Instant On (.+?)(?: Switch)?(?: \([^)]*\))?,`), inDescr(`^PROCURVE (.+?) - `), inDescr(`^(?:HP |ProCurve )*(?:Switch )?([A-Z]?\d{4}\S*)`), inDescr(`^(GbE2c)\b`), chassis(entModel), chassis(entDescr), oid(partDescr + ".1"),
			},
			serial:   procurveSerial,
			firmware: []source{inDescr(`revision ([^ ,]+)`), inDescr(`, (P[A-Z\d]\.[\d.]+)`), inDescr(`InstantOn_\d+_([\d.]+)`), oid(private + "11.2.14.11.5.1.1.3.0"), inDescr(`^PROCURVE .+ - (.+)$`)},
			hardware: []source{chassis(entHardware)},
		},
		{object: private + "11.2.3.7", descr: `(?i)Aruba|Instant ?On`, vendor: "HPE Aruba", kinds: only(look.Switch)},
		{object: private + "11.2.3.7", descr: `Comware`, vendor: "HP", kinds: only(look.Switch), model: comwareModel, serial: serialOfParts, firmware: comwareVersion},
		{object: private + "11.2.3.7.11", descr: `(?i)\bMSR|Router|SR\d{4}dl`, vendor: "HP", kinds: only(look.Router)},
		{object: private + "11.2.14.11.6", vendor: "HP", kinds: only(look.AccessPoint), model: []source{inDescr(`^(\S+ \S+)`)}},
		{object: private + "8744", vendor: "HP", kinds: only(look.AccessPoint), model: []source{oid(private + "8744.5.6.1.1.1.0"), inDescr(`^(\S+)`)}, serial: []source{oid(private + "8744.5.6.1.1.5.0")}, firmware: []source{oid(private + "8744.5.6.1.1.2.0")}}, // Colubris, MSM
		{
			object: private + "47196", vendor: "HPE Aruba", kinds: only(look.Switch),
			model:    []source{oid(partDescr + ".1"), oid(partDescr + ".101001"), chassis(entDescr), inDescr(`(?i)^(?:HPE |Aruba )*(.+?) [A-Z]{2}\.\d`)},
			serial:   []source{chassis(entSerial), oid(partSerial + ".1"), oid(partSerial + ".101001")},
			firmware: []source{inDescr(`([A-Z]{2}\.\d{2}\.\d{2}\.\d{4}\w*)`), chassis(entSoftware), oid(partSoftware + ".1"), oid(partSoftware + ".101001")},
			hardware: []source{chassis(entModel)},
		},
		{
			object: private + "25506", vendor: "HP", kinds: only(look.Switch),
			model: comwareModel, serial: serialOfParts, firmware: comwareVersion,
		},
		{object: private + "25506", descr: `H3C`, vendor: "H3C", kinds: only(look.Switch)},
		{object: private + "25506", descr: `(?i)\bMSR\d|\bSR\d{4}|Router|\bER\d{4}`, vendor: "HP", kinds: only(look.Router)},
		{object: private + "25506", descr: `(?i)\bWA\d{4}|\bAP\d|Access Point`, vendor: "HP", kinds: only(look.AccessPoint)},
		{
			object: private + "43", vendor: "3Com", kinds: only(look.Switch),
			model:    []source{inDescr(`3Com (.+?)(?: Software|,| Copyright|$)`), chassis(entModel)},
			serial:   []source{column(private + "43.10.27.1.1.1.13"), chassis(entSerial)},
			firmware: []source{column(private + "43.10.27.1.1.1.12"), inDescr(`(?i)Version (\S+)`)},
		},
	}
}

// smallSwitches are D-Link, TP-Link, Netgear, Zyxel, Allied Telesis, Dell, Linksys
// and others whose switches schools have.
func smallSwitches() []rule {
	netgearModel, netgearSerial, netgearVersion := fastpath(private + "4526.10")
	smartModel, smartSerial, smartVersion := fastpath(private + "4526.11")
	dellModel, dellSerial, dellVersion := fastpath(private + "674.10895.5000.2.6132.1.1")
	edgeModel, edgeSerial, edgeVersion := fastpath(private + "4413.1.1")
	return []rule{
		{
			object: private + "171", vendor: "D-Link", kinds: only(look.Switch),
			model:    []source{inDescr(`\b(D[A-Z]{2}-[\w/+-]+)`), inDescr(`^(\S+-\d\S*)`), inDescr(`^D-Link (\S+)`)},
			serial:   []source{oid(private + "171.12.11.1.9.4.1.17.1"), oid(private + "171.12.1.1.12.0"), oid(private + "171.14.5.1.4.1.7.1"), chassis(entSerial), oid(partSerial + ".1")},
			firmware: []source{oid("1.3.6.1.2.1.16.19.2.0"), oid(private + "171.12.11.1.9.4.1.11.1"), column(private + "171.14.5.1.5.1.4"), chassis(entSoftware), inDescr(`(?i)(?:Ver(?:sion)?\.?|V|\s)(\d+\.\d+[\w.]*)`)},
			hardware: []source{oid("1.3.6.1.2.1.16.19.3.0"), chassis(entHardware)},
		},
		{object: private + "171.10.165", vendor: "D-Link", kinds: only(look.Switch), firmware: []source{oid(private + "171.11.165.1000.5.1.5.1.4.1")}}, // DGS-1250
		{object: private + "171", descr: `\b(?:DAP|DWL|DBA)-`, vendor: "D-Link", kinds: only(look.AccessPoint)},
		{object: private + "171", descr: `\b(?:DSR|DFL|DIR|DSL|DWR|DWM|DI|DVG)-`, vendor: "D-Link", kinds: only(look.Router)},
		{object: private + "171", descr: `\b(?:DCS|DNR)-`, vendor: "D-Link", kinds: only(look.Camera)},
		{object: private + "171", descr: `\bDNS-`, vendor: "D-Link", kinds: only(look.NAS)},
		{
			object: private + "11863", vendor: "TP-Link", kinds: only(look.Switch),
			model:    []source{oid(private + "11863.6.1.1.5.0"), inDescr(`\b((?:TL-|T\d|SG\d|SX\d|EAP|ER\d)\S*)`), oid(private + "11863.6.1.1.2.0")},
			serial:   []source{oid(private + "11863.6.1.1.8.0")},
			firmware: []source{oid(private + "11863.6.1.1.6.0")},
		},
		{object: private + "11863", descr: `\b(?:TL-)?(?:ER|R\d{3}|WR|MR|ARCHER)\S*\d`, vendor: "TP-Link", kinds: only(look.Router)},
		{object: private + "11863", descr: `(?i)\bEAP|\bCPE\d|\bWA\d|Access Point`, vendor: "TP-Link", kinds: only(look.AccessPoint)},
		{object: private + "11863.10", vendor: "TP-Link", kinds: only(look.AccessPoint)},
		{
			object: private + "8072.3.2.10", answers: private + "11863.20.1.1.2.0", vendor: "TP-Link", kinds: only(look.Router),
			model: []source{oid(private + "11863.20.1.1.2.0")}, firmware: []source{oid(private + "11863.20.1.1.3.0")},
		},
		{object: private + "8072.3.2.10", descr: `^Linux TL-`, vendor: "TP-Link", kinds: only(look.Router), model: []source{inDescr(`^Linux (TL-\S+)`)}},
		{
			object: private + "4526", vendor: "Netgear", kinds: only(look.Switch),
			model:    []source{netgearModel, smartModel, inDescr(`^(?i:netgear )?([A-Z]{1,4}\d\S*?),? `), inDescr(`\b([A-Z]{2,4}\d{3,4}\w*)\b`), chassis(entModel), oid(partModel + ".1")},
			serial:   []source{netgearSerial, smartSerial, chassis(entSerial), oid(partSerial + ".1")},
			firmware: []source{netgearVersion, smartVersion, inDescr(`, ([\d.]+),`), chassis(entSoftware), oid(partSoftware + ".1"), inDescr(`(?i)\bV?(\d+\.\d+\.\d+[\d.]*)`)},
		},
		{object: private + "89.1.1.1.3.6.1.4.1.4526", vendor: "Netgear", kinds: only(look.Switch)}, // its own identifier behind Radlan's, by mistake
		{object: private + "4526", descr: `(?i)\bW(?:AC|AX|N[ADC]|G)\w*\d{3}|Access Point|Wireless`, vendor: "Netgear", kinds: only(look.AccessPoint)},
		{object: private + "4526", descr: `(?i)\bFV[SX]\d|\bSRX\d|\bUTM\d|\bPR\d{2}|Firewall|Router`, vendor: "Netgear", kinds: only(look.Router)},
		{
			object: private + "890.1", vendor: "Zyxel", kinds: only(look.Switch),
			model:    []source{oid(private + "890.1.15.3.1.11.0"), inDescr(`^(ZyWALL \w[\w ]*)$`), inDescr(`^(ZyWALL .+)$`), inDescr(`^(?i:zyxel )?([A-Z]+\d[\w+/-]*(?: [A-Z])?)`), inDescr(`^(\S+)`)},
			serial:   []source{oid(private + "890.1.15.3.1.12.0"), oid(private + "890.1.5.8.20.1.10.0"), oid(private + "890.1.5.8.55.1.10.0"), oid(private + "890.1.5.8.47.1.10.0"), chassis(entSerial)},
			firmware: []source{oid(private + "890.1.15.3.1.6.0"), inDescr(`(V?\d\.\d\d\([A-Z]+\.\d+\)\S*)`), chassis(entSoftware)},
		},
		{object: private + "890.1", descr: `(?i)USG|ZyWALL|\bATP\d|\bVPN\d|\bNBG|\bNSG\d|\bP-\d{3}|\bVMG|\bLTE\d|\bNR\d|\bSBG|\bEMG`, vendor: "Zyxel", kinds: only(look.Router)},
		{object: private + "890.1", descr: `(?i)\bNWA|\bWA[CX]\d|\bNAP\d|\bWBE\d|\bNXC`, vendor: "Zyxel", kinds: only(look.AccessPoint)},
		{object: private + "890.1.6", vendor: "Zyxel", kinds: only(look.Router)},
		{
			object: private + "207", vendor: "Allied Telesis", kinds: only(look.Switch),
			model:    []source{inDescr(`\b(AT-[^\s,]+|x\d{3}\S*|CentreCOM [^\s,]+)`), column(private + "207.8.4.4.3.21.1.1.4"), chassis(entModel), chassis(entDescr)},
			serial:   []source{column(private + "207.8.4.4.3.21.1.1.6"), chassis(entSerial), column(private + "207.8.17.1.3.1.8")},
			firmware: []source{inDescr(`(?i)(?:version|AW\+) v?(\d[\w.-]*)`), oid(private + "207.8.4.4.5.1.3.1.5.1"), chassis(entSoftware)},
		},
		{object: private + "207", descr: `(?i)\bAT-TQ|\bTQ\d|Access Point`, vendor: "Allied Telesis", kinds: only(look.AccessPoint)},
		{object: private + "207", descr: `(?i)\bAT-AR\d|\bAR\d{4}`, vendor: "Allied Telesis", kinds: only(look.Router)},
		{
			object: private + "674.10895", vendor: "Dell", kinds: only(look.Switch),
			model:    []source{part(private+"674.10895.3000.1.2.100.1.0", `^(?:Dell (?:EMC )?Networking )?(.+)$`), dellModel, inDescr(`(?:Power[Cc]onnect|Dell (?:EMC )?Networking) (\S+?),?(?: |$)`), inDescr(`^(\S+)`)},
			serial:   []source{column(private + "674.10895.3000.1.2.100.8.1.4"), column(private + "674.10895.3000.1.2.100.8.1.2"), dellSerial, chassis(entSerial)},
			firmware: []source{oid(private + "674.10895.3000.1.2.100.4.0"), dellVersion, inDescr(`, (\d+(?:\.\d+){2,})`)},
		},
		{
			object: private + "674.11000.5000", vendor: "Dell", kinds: only(look.Switch),
			model:    []source{inDescr(`System Type: ?(\S+)`), chassis(entModel)},
			serial:   []source{column(private + "674.11000.5000.100.4.1.1.3.1.7"), chassis(entSerial)},
			firmware: []source{inDescr(`OS Version: ?(\S+?)\.?(?:\s|$)`)},
		},
		{
			object: private + "6027", vendor: "Dell", kinds: only(look.Switch),
			model:    []source{inDescr(`(?:Series|System Type): ?(\S+)`), chassis(entModel), chassis(entDescr)},
			serial:   []source{column(private + "6027.3.26.1.3.4.1.7"), column(private + "6027.3.10.1.2.2.1.12"), chassis(entSerial)},
			firmware: []source{inDescr(`Application Software Version: ?(\S+)`), inDescr(`Version: ?(\S+)`)},
		},
		{object: private + "3955", vendor: "Linksys", kinds: only(look.Switch), model: []source{inDescr(`\b((?:LGS|SRW|SPS|SFE)\w+)`), chassis(entModel), inDescr(`^(\S+)`)}, serial: []source{column(private + "89.53.14.1.5"), chassis(entSerial)}, firmware: []source{column(private + "89.53.14.1.2"), chassis(entSoftware)}},
		{
			object: private + "4413", vendor: "Broadcom", kinds: only(look.Switch),
			model:    []source{inDescr(`^((?:EdgeSwitch|EdgePoint|US|USW|UniFi)[\w -]*)`), edgeModel, chassis(entModel)},
			serial:   []source{chassis(entSerial), edgeSerial, oid(partSerial + ".1")},
			firmware: []source{inDescr(`^[^,]+,(?: firmware)? ([\d.]+)`), edgeVersion, chassis(entSoftware)},
		},
		{object: private + "4413", descr: `^(?:EdgeSwitch|EdgePoint|US-|USW|UniFi|UBNT|Ubiquiti)`, vendor: "Ubiquiti", kinds: only(look.Switch)},
		accton("259", "Edgecore", inDescr(`\b((?:ES|ECS|AS|EC)\d\S*)`)),
		accton("202", "SMC", inDescr(`\b(SMC\S+)`)),
		{object: private + "28866", vendor: "TRENDnet", kinds: only(look.Switch), model: []source{inDescr(`\b(T[A-Z]{1,3}\d?-\w+)`)}, serial: []source{chassis(entSerial)}, firmware: []source{chassis(entSoftware), inDescr(`\bV?(\d+\.\d+\.\d\S*)`)}},
		{object: private + "52642", vendor: "FS", kinds: only(look.Switch), model: []source{inDescr(`\b(S\d{4}\S*)`), chassis(entModel)}},
		{object: private + "3320", vendor: "BDCOM", kinds: only(look.Switch), model: []source{inDescr(`BDCOM\(tm\) (\S+)`)}, firmware: []source{inDescr(`Version ([^,\s]+)`)}, serial: []source{inDescr(`(?i)Serial num:(\w+)`)}},
		{object: private + "35265", vendor: "Eltex", kinds: only(look.Switch), model: []source{inDescr(`\b((?:MES|ESR|WEP)\S+)`)}, serial: []source{column(private + "89.53.14.1.5")}, firmware: []source{oid(private + "89.2.4.0")}},
		{object: private + "10456", vendor: "Planet", kinds: only(look.Switch), model: []source{inDescr(`\b([A-Z]+-\d\S*)`)}},
		{object: private + "8691", vendor: "Moxa", kinds: only(look.Switch), model: []source{inDescr(`\b((?:EDS|IKS|ICS|SDS|MDS|PT|TN)-\S+)`)}},
		{object: private + "248", vendor: "Hirschmann", kinds: only(look.Switch), model: []source{inDescr(`Hirschmann (\S+)`), chassis(entModel)}},
		{object: private + "10297", vendor: "Advantech", kinds: only(look.Switch), model: []source{inDescr(`\b(EKI-\S+)`)}},
		{object: private + "5227", vendor: "Buffalo", kinds: only(look.Switch), model: []source{inDescr(`\b(BS-\S+|W\S+-\S+)`)}},
	}
}

// accton are the switches of Accton's kind, which have their objects below their own
// sysObjectID.
func accton(number, vendor string, name source) rule {
	return rule{
		object: private + number, vendor: vendor, kinds: only(look.Switch),
		model:    []source{own("1.1.5.1.0"), name, inDescr(`^(\S+)`)},
		serial:   []source{own("1.1.3.1.10.1"), chassis(entSerial)},
		firmware: []source{own("1.1.3.1.6.1"), chassis(entSoftware)},
		hardware: []source{own("1.1.3.1.2.1")},
	}
}

// routers are routers and firewalls.
func routers() []rule {
	// EdgeOS tells the model nowhere but among what it runs: LLDP's program is told
	// to say "UBNT EdgeRouter Lite 3-Port running on v2.0.9".
	const parameters = "1.3.6.1.2.1.25.4.2.1.5" // hrSWRunParameters
	running := columnPartOf(parameters, 400, `UBNT (Edge\S+.*?) running on v`)
	version := columnPartOf(parameters, 400, `UBNT Edge\S+.*? running on (v[\w.-]+)`)
	return []rule{
		{
			object: private + "14988", vendor: "MikroTik", kinds: only(look.Router),
			model:    []source{inDescr(`^RouterOS (\S.*?)\s*$`), inDescr(`^((?:CSS|CRS|RB)\S+)`), inDescr(`RouterOS \S+ on (\S+)`), oid(private + "14988.1.1.7.8.0"), chassis(entModel)},
			serial:   []source{oid(private + "14988.1.1.7.3.0")},
			firmware: []source{oid(private + "14988.1.1.4.4.0"), oid(private + "14988.1.1.7.4.0"), inDescr(`SwOS v?(\d\S*)`), inDescr(`RouterOS (\d\S*) on `)},
		},
		{object: private + "14988", descr: `\bSwOS\b`, vendor: "MikroTik", kinds: only(look.Switch), model: []source{inDescr(`^(\S+) SwOS`)}},
		{object: private + "14988", descr: `\b(?:CRS|CSS|netPower|FiberBox)`, vendor: "MikroTik", kinds: only(look.Switch)},
		{object: private + "14988.2", vendor: "MikroTik", kinds: only(look.Switch)}, // SwOS
		{object: private + "14988", descr: `(?i)RouterOS (?:RB|RBc?|R11e-)?(?:c?AP|w?AP|mAP|SXT|LHG|mANT|NetMetal|BaseBox|Groove|DynaDish|Disc|QRT|Metal|Omni|Cube|wsAP)`, vendor: "MikroTik", kinds: only(look.AccessPoint, look.Router)},
		{
			descr: `^RouterOS\b`, vendor: "MikroTik", kinds: only(look.Router), model: []source{inDescr(`^RouterOS (\S.*?)\s*$`)},
			serial: []source{oid(private + "14988.1.1.7.3.0")}, firmware: []source{oid(private + "14988.1.1.4.4.0"), oid(private + "14988.1.1.7.4.0")},
		},
		{
			object: private + "12356", vendor: "Fortinet", kinds: only(look.Router),
			model:    []source{chassis(entModel), oid(partModel + ".1"), chassis(entName), inName(`(?i)^(F(?:GT|WF|G)[\w-]+)`)},
			serial:   []source{oid(private + "12356.100.1.1.1.0"), chassis(entSerial), oid(partSerial + ".1")},
			firmware: []source{oid(private + "12356.101.4.1.1.0"), chassis(entSoftware)},
		},
		{
			object: private + "12356.106", vendor: "Fortinet", kinds: only(look.Switch),
			model: []source{part(private+"12356.106.4.1.1.0", `^(\S+)`)}, firmware: []source{part(private+"12356.106.4.1.1.0", `v([\d.]+)`)},
		},
		{object: private + "12356.120", vendor: "Fortinet", kinds: only(look.AccessPoint), model: []source{part(private+"12356.120.1.1.0", `^(\S+?)-v\d`), part(private+"12356.120.1.1.0", `^(\S+)`)}, serial: []source{part(private+"12356.120.1.2.0", `^(F\w{10,})$`)}, firmware: []source{part(private+"12356.120.1.1.0", `v([\d.]+)`)}},
		{
			object: private + "2636", vendor: "Juniper", kinds: only(look.Router),
			model:    []source{part(private+"2636.3.1.2.0", `(?i)^(?:Juniper )?(?:Virtual Chassis )?(\S*\d\S*)`), columnPart(private+"2636.3.1.13.1.5", `^FPC: ((?:EX|QFX|SRX)\S+) @`), inDescr(`Juniper Networks, Inc\. ([a-z]+\d\S*)`), column(private + "2636.3.40.1.4.1.1.1.8"), inDescr(`Juniper Networks, Inc\. (\S+)`), chassis(entModel)},
			serial:   []source{oid(private + "2636.3.1.3.0"), chassis(entSerial), column(private + "2636.3.40.1.4.1.1.1.2")}, // the last: of the first in a virtual chassis
			firmware: []source{inDescr(`(?i)kernel JUNOS (\S+?),`), inDescr(`\[([\w.-]+)\]`)},
		},
		{object: private + "2636", descr: `(?i)\b(?:ex|qfx)\d{4}|Ethernet Switch`, vendor: "Juniper", kinds: only(look.Switch)},
		{object: private + "3224", vendor: "Juniper", kinds: only(look.Router), model: []source{inDescr(`^(\S+)`)}, firmware: []source{inDescr(`version (\S+)`)}, serial: []source{inDescr(`SN: (\w+)`)}}, // NetScreen
		{
			object: private + "2011", vendor: "Huawei", kinds: only(look.Switch),
			model:    []source{oid(private + "2011.5.25.31.6.5.0"), inDescr(`(?i)^(?:Huawei )?([A-Z]{1,4}\d{3,5}[A-Z]*-\S+)`), inDescr(`\((\S+) V\d{3}R\d{3}`), inDescr(`(?i)^(?:Huawei )?([A-Z]{1,4}\d{3,5}\S*)`), chassis(entModel)},
			serial:   []source{oid(private + "2011.5.25.188.1.1.0"), chassis(entSerial), oid(partSerial + ".9"), columnPart(partSerial, `^\w{12,}$`)},
			firmware: []source{inDescr(`(V\d{3}R\d{3}\w*)`), inDescr(`Version (\d[\d.]*)`)},
		},
		{object: private + "2011", descr: `(?i)\bAR\d{3,4}|\bNE\d+|\bUSG\d|\bEudemon|\bSRG\d`, vendor: "Huawei", kinds: only(look.Router)},
		{object: private + "2011", descr: `(?i)\bAP\d{4}|\bAirEngine|\bAC6\d{3}`, vendor: "Huawei", kinds: only(look.AccessPoint)},
		{object: private + "8741", vendor: "SonicWall", kinds: only(look.Router), model: []source{oid(private + "8741.2.1.1.1.0"), inDescr(`SonicWALL (.+?) \(`)}, serial: []source{oid(private + "8741.2.1.1.2.0")}, firmware: []source{oid(private + "8741.2.1.1.3.0"), inDescr(`\(SonicOS \D*(\d[\w.-]*)\)`)}},
		{object: private + "3097", vendor: "WatchGuard", kinds: only(look.Router), model: []source{oid(private + "3097.6.1.4.0"), inDescr(`^(?:WatchGuard )?((?:Firebox |XTM )?\S+)`)}, serial: []source{oid(private + "3097.6.1.1.0")}, firmware: []source{oid(private + "3097.6.1.3.0")}},
		{object: private + "25461", vendor: "Palo Alto Networks", kinds: only(look.Router), model: []source{oid(private + "25461.2.1.2.2.1.0"), chassis(entModel)}, serial: []source{oid(private + "25461.2.1.2.1.3.0")}, firmware: []source{oid(private + "25461.2.1.2.1.1.0")}},
		{object: private + "2620", vendor: "Check Point", kinds: only(look.Router), model: []source{oid(private + "2620.1.6.16.7.0")}, serial: []source{oid(private + "2620.1.6.16.3.0")}, firmware: []source{oid(private + "2620.1.6.4.1.0")}},
		{object: private + "21067", vendor: "Sophos", kinds: only(look.Router), model: []source{oid(private + "21067.2.1.1.2.0")}, serial: []source{oid(private + "21067.2.1.1.4.0")}, firmware: []source{oid(private + "21067.2.1.1.3.0")}},
		{object: private + "2604.5", vendor: "Sophos", kinds: only(look.Router), model: []source{oid(private + "2604.5.1.1.2.0")}, serial: []source{oid(private + "2604.5.1.1.4.0")}, firmware: []source{oid(private + "2604.5.1.1.3.0")}},
		{object: private + "11256", vendor: "Stormshield", kinds: only(look.Router), model: []source{oid(private + "11256.1.18.1.0"), oid(private + "11256.1.0.3.0")}, serial: []source{oid(private + "11256.1.18.2.0"), oid(private + "11256.1.0.4.0")}, firmware: []source{oid(private + "11256.1.18.3.0"), oid(private + "11256.1.0.2.0")}},
		{object: private + "7367", vendor: "DrayTek", kinds: only(look.Router), model: []source{inDescr(`Router Model: ?([^,]+?)(?: [Ss]eries)?,`), inDescr(`\b((?:Vigor|VigorAP) ?\S+)`)}, firmware: []source{inDescr(`Version: ?([^,\s]+)`)}},
		{object: private + "7367", descr: `VigorAP`, vendor: "DrayTek", kinds: only(look.AccessPoint)},
		{object: private + "7367", descr: `VigorSwitch`, vendor: "DrayTek", kinds: only(look.Switch)},
		{object: private + "2356", vendor: "Lancom", kinds: only(look.Router), model: []source{inDescr(`^(LANCOM \S+(?: \S+)??) \d`), inDescr(`^(?:LANCOM )?(\S+)`)}, firmware: []source{inDescr(`(\d+\.\d+\.\d+\S*)`)}, serial: []source{inDescr(`(\d{10,})\s*$`)}},
		{object: private + "41112.1.5", vendor: "Ubiquiti", kinds: only(look.Router), model: []source{running, inDescr(`^(Edge(?:Router|Point)[^,]*?)(?: v\d|$)`)}, firmware: []source{inDescr(`\b(v\d+\.\d+\S*)`), version}},
		{descr: `^EdgeOS\b`, vendor: "Ubiquiti", kinds: only(look.Router), model: []source{running}, firmware: []source{inDescr(`\b(v\d+\.\d+\S*)`)}},
		{object: "1.3.6.1.4.1.8072.3.2.10", descr: `^EdgeOS\b`, vendor: "Ubiquiti", kinds: only(look.Router), model: []source{running}, firmware: []source{inDescr(`\b(v\d+\.\d+\S*)`)}},
		{object: "1.3.6.1.4.1.8072.3.2.10", descr: `(?i)\bU(?:DM(?:PRO|SE)?|XG|CG|DR|SG|DW)\b|UniFi (?:Dream|Next|Security|Gateway|Cloud Gateway)`, vendor: "Ubiquiti", kinds: only(look.Router), model: []source{inDescr(`(?i)\b(U(?:DM|XG|CG|DR|SG|DW)[\w-]*)`)}, firmware: []source{inDescr(`\b(\d+\.\d+\.\d+\S*)`)}},
		{
			object: "1.3.6.1.4.1.8072.3.2.10", answers: private + "48690.1.3.0", vendor: "Teltonika", kinds: only(look.Router),
			model: teltonikaModel(), serial: teltonikaSerial(), firmware: teltonikaVersion(), hardware: []source{part(private+"48690.1.5.0", `^(\d{1,6})$`)},
		},
		{
			object: private + "48690", vendor: "Teltonika", kinds: only(look.Router),
			model: teltonikaModel(), serial: teltonikaSerial(), firmware: teltonikaVersion(), hardware: []source{part(private+"48690.1.5.0", `^(\d{1,6})$`)},
		},
		{object: "1.3.6.1.4.1.8072.3.2.10", descr: `(?i)\bOpenWrt\b`, vendor: "OpenWrt", kinds: only(look.Router), model: extended("2", "hardware"), firmware: extended("1", "distro")},
		{object: "1.3.6.1.4.1.8072.3.2.10", descr: `(?i)\bVyOS\b`, vendor: "VyOS", kinds: only(look.Router), firmware: []source{inDescr(`(?i)VyOS (\S+)`)}},
		{object: private + "44641", vendor: "VyOS", kinds: only(look.Router), firmware: []source{inDescr(`(?i)VyOS (\S+)`)}},
		{object: private + "30803", vendor: "Vyatta", kinds: only(look.Router), firmware: []source{inDescr(`(?i)Vyatta (\S+)`)}},
		{object: private + "12325.1.1.2.1.1", descr: `(?i)pfSense`, vendor: "Netgate", kinds: only(look.Router), model: append(extended("2", "hardware"), joined("pfSense $1", inDescr(`\b(amd64|aarch64|arm64|armv\d\w*|i386)\b`)), text("pfSense")), serial: extended("4", "serial"), firmware: []source{inDescr(`(?i)pfSense(?: Plus)?(?: \S+)? (\d+\.\d\S+)`)}},
		{object: private + "8072.3.2.8", descr: `(?i)pfSense`, vendor: "Netgate", kinds: only(look.Router), model: append(extended("2", "hardware"), joined("pfSense $1", inDescr(`\b(amd64|aarch64|arm64|armv\d\w*|i386)\b`)), text("pfSense")), serial: extended("4", "serial"), firmware: []source{inDescr(`(?i)pfSense(?: Plus)?(?: \S+)? (\d+\.\d\S+)`)}},
		{object: private + "12325.1.1.2.1.1", descr: `(?i)OPNsense`, vendor: "Deciso", kinds: only(look.Router), model: []source{text("OPNsense")}, firmware: []source{inDescr(`(?i)OPNsense \S+ (\d+\.\d\S*) OPNsense`), inDescr(`(\d+\.\d+-RELEASE\S*)`)}},
		{object: private + "8072.3.2.8", descr: `(?i)OPNsense`, vendor: "Deciso", kinds: only(look.Router), model: []source{text("OPNsense")}, firmware: []source{inDescr(`(?i)OPNsense \S+ (\d+\.\d\S*) OPNsense`), inDescr(`(\d+\.\d+-RELEASE\S*)`)}},
		{object: private + "23695", vendor: "Peplink", kinds: only(look.Router), model: []source{inDescr(`^(?:Peplink |Pepwave )?(.+)$`)}, serial: []source{oid(private + "23695.200.1.1.1.1.2.0")}, firmware: []source{oid(private + "23695.200.1.1.1.1.3.0")}},
		{object: private + "20992", vendor: "Cradlepoint", kinds: only(look.Router), model: []source{inDescr(`Cradlepoint (\S+?),`)}, firmware: []source{inDescr(`Firmware Version (\S+?)[,.]?(?: |$)`)}},
		{object: private + "20542", vendor: "Sierra Wireless", kinds: only(look.Router), model: []source{inDescr(`^(?:Sierra Wireless )?(?:AirLink )?(\S+)`)}},
	}
}

func teltonikaModel() []source {
	const form = `^((?:RUTX|RUTM|RUTC)\w{2}|(?:RUT|TRB|TSW|OTD|TAP|SWM)\d{3})`
	return []source{part(private+"48690.1.3.0", form), part(private+"48690.1.8.0", form), part(private+"48690.1.2.0", form), part(private+"48690.1.7.0", form)}
}

// teltonikaSerial tells the serial number from the modem's IMEI, which stood at
// its place before RutOS 7.
func teltonikaSerial() []source {
	return []source{part(private+"48690.1.1.0", `^(\d{8,12})$`), part(private+"48690.1.5.0", `^(\d{8,12})$`)}
}

func teltonikaVersion() []source {
	const form = `^(\w+_R_\S+)$`
	return []source{part(private+"48690.1.6.0", form), part(private+"48690.2.14.0", form), part(private+"48690.1.4.0", form)}
}

// accessPoints are access points, and their controllers.
func accessPoints() []rule {
	const product, version = "1.2.840.10036.3.1.2.1.3", "1.2.840.10036.3.1.2.1.4" // dot11manufacturerProductName, dot11manufacturerProductVersion
	// UniFi; airFiber LTU; airFiber 60 and Wave; airMAX and the other airFibers.
	ubiquitiModel := []source{oid(private + "41112.1.6.3.3.0"), oid(private + "41112.1.10.1.3.2.0"), oid(private + "41112.1.11.1.2.2.1"), columnPart(product, `^(.+)$`), oid(private + "41112.1.3.1.1.2.1"), inDescr(`\b((?:UAP|UAL|U6|U7|UWB|UBB|UMA)-?[\w-]*)\b`)}
	ubiquitiVersion := []source{oid(private + "41112.1.6.3.6.0"), part(private+"41112.1.10.1.3.4.0", `v(\d[\w.-]*)`), part(private+"41112.1.11.1.2.4.1", `(v\d+\.\d+\.\d+)`), oid(private + "41112.1.3.2.1.40.1"), columnPart(version, `v(\d[\w.-]*)`)}
	return []rule{
		{
			object: private + "14823", vendor: "HPE Aruba", kinds: only(look.AccessPoint),
			model:    []source{inDescr(`MODEL: ?([^)]+)\)`)},
			serial:   []source{oid(private + "14823.2.2.1.2.1.29.0"), oid(private + "14823.2.2.1.1.1.12.0"), column(private + "14823.2.3.3.1.2.1.1.4"), chassis(entSerial)},
			firmware: []source{inDescr(`Version (\S+?),?(?: |$)`)},
		},
		{object: private + "14823", descr: `(?i)ArubaOS-Switch|Mobility Access Switch|MODEL: ?(?:Aruba)?S[123]\d{3}`, vendor: "HPE Aruba", kinds: only(look.Switch)},
		{
			object: private + "8072.3.2.10", answers: private + "41112.1.6.3.3.0", vendor: "Ubiquiti", kinds: only(look.AccessPoint),
			model: []source{oid(private + "41112.1.6.3.3.0")}, firmware: []source{oid(private + "41112.1.6.3.6.0")},
		},
		{
			object: private + "8072.3.2.10", descr: `^(?:UAP|UAL|U6|U7|UWB|UBB|UDB|UMA|UHDIW|E7)[ -]`, vendor: "Ubiquiti", kinds: only(look.AccessPoint),
			model: []source{oid(private + "41112.1.6.3.3.0"), inDescr(`^(\S+)`)}, firmware: []source{oid(private + "41112.1.6.3.6.0"), inDescr(` (\d\S*)$`)},
		},
		{
			object: private + "8072.3.2.10", descr: `^(?:US|USW|USP|USC)[ -]`, vendor: "Ubiquiti", kinds: only(look.Switch),
			model: []source{inDescr(`^([^ ,]+)`)}, firmware: []source{inDescr(`[ ,]+v?(\d+\.\d+\S*?)(?:,|$)`)},
		},
		{
			object: private + "41112", vendor: "Ubiquiti", kinds: only(look.AccessPoint),
			model: ubiquitiModel, firmware: ubiquitiVersion,
		},
		{object: private + "10002.1", vendor: "Ubiquiti", kinds: only(look.AccessPoint), model: ubiquitiModel, firmware: ubiquitiVersion},
		{
			object: private + "25053", vendor: "Ruckus", kinds: only(look.AccessPoint),
			model:    []source{oid(private + "25053.1.1.2.1.1.1.1.0"), oid(private + "25053.1.15.1.1.1.1.9.0"), oid(private + "25053.1.2.1.1.1.1.9.0"), column(private + "25053.1.8.1.1.1.1.1.1.3"), inDescr(`^(?:Ruckus Wireless,? (?:Inc\.? )?)?(?:ZF)?(\S*\d\S*)`)},
			serial:   []source{oid(private + "25053.1.1.2.1.1.1.2.0"), oid(private + "25053.1.15.1.1.1.1.15.0"), oid(private + "25053.1.2.1.1.1.1.15.0"), oid(private + "25053.1.4.1.1.1.15.13.0")},
			firmware: []source{oid(private + "25053.1.15.1.1.1.1.18.0"), oid(private + "25053.1.2.1.1.1.1.18.0"), columnPart(private+"25053.1.1.3.1.1.1.1.1.3", `(\d+\.\d+\S*)`), column(private + "25053.1.8.1.1.1.1.1.1.9"), inDescr(`(?i)version:? ?v?(\d\S*)`)},
		},
		{
			object: private + "1991", vendor: "Brocade", kinds: only(look.Switch),
			model:    []source{inDescr(`\b(ICX[^\s,]+|FCX[^\s,]*|FWS\S+|FastIron \S+|FGS\S+|FLS\S+)`), chassis(entModel), inDescr(`(?:Stacking System|Brocade Communications Systems, Inc\.|Foundry Networks, Inc\.) (\S+)`)},
			serial:   []source{oid(private + "1991.1.1.1.1.2.0"), chassis(entSerial)},
			firmware: []source{oid(private + "1991.1.1.2.1.11.0"), inDescr(`IronWare Version V?(\S+)`)},
		},
		{object: private + "1991", descr: `Ruckus`, vendor: "Ruckus", kinds: only(look.Switch)},
		{
			object: private + "17713", vendor: "Cambium", kinds: only(look.AccessPoint),
			model:    []source{oid(private + "17713.22.1.1.1.2.0"), column(private + "17713.22.1.1.1.5"), oid(private + "17713.21.1.1.2.0"), inDescr(`^(?:Cambium )?(\S+)`)},
			serial:   []source{column(private + "17713.22.1.1.1.4"), oid(private + "17713.21.1.1.31.0")},
			firmware: []source{column(private + "17713.22.1.1.1.8"), oid(private + "17713.21.1.1.1.0")},
		},
		{object: private + "26928", vendor: "Extreme Networks", kinds: only(look.AccessPoint), model: []source{inDescr(`^(\w+),`), inDescr(`^(\S+)`)}, firmware: []source{inDescr(`(?:HiveOS|IQ Engine) (\S+)`)}, serial: []source{oid(private + "26928.1.3.1.0")}}, // Aerohive
		{object: private + "42397", vendor: "Grandstream", kinds: only(look.AccessPoint), model: []source{inDescr(`\b(GWN\w+)`)}},
		{object: private + "14125", vendor: "EnGenius", kinds: only(look.AccessPoint), model: []source{inDescr(`\b(E[A-Z]{2}\d\w+)`), inDescr(`^(\S+)`)}},
		{object: private + "14125", descr: `\bE[CGW]S\d`, vendor: "EnGenius", kinds: only(look.Switch)},
		{object: private + "42397", descr: `\bGWN78\d\d`, vendor: "Grandstream", kinds: only(look.Switch)},
		{object: private + "42397", descr: `\bGWN70\d\d`, vendor: "Grandstream", kinds: only(look.Router)},
		{object: private + "17713", descr: `(?i)\bcnMatrix\b`, vendor: "Cambium", kinds: only(look.Switch), model: []source{inDescr(`(?i)\bcnMatrix (?:Ethernet Switch )?(\S+)`)}, serial: []source{chassis(entSerial)}, firmware: []source{chassis(entSoftware)}},
		{object: private + "4881", descr: `\b(?:RG-)?R?AP\d{3}`, vendor: "Ruijie", kinds: only(look.AccessPoint)},
		{object: private + "4881", descr: `\bRG-EG\d`, vendor: "Ruijie", kinds: only(look.Router)},
		{object: private + "388", vendor: "Extreme Networks", kinds: only(look.AccessPoint), model: []source{inDescr(`^(\S+)`)}, firmware: []source{inDescr(`Version (\S+)`)}}, // Motorola, WiNG
		{descr: `^Apple AirPort|^AirPort (?:Extreme|Express)`, vendor: "Apple", kinds: only(look.AccessPoint), model: []source{inDescr(`(AirPort(?: \w+)?)`)}},
		{object: private + "43356", vendor: "Mimosa", kinds: only(look.AccessPoint), model: []source{oid(private + "43356.2.1.2.1.1.0")}, serial: []source{oid(private + "43356.2.1.2.1.2.0")}, firmware: []source{oid(private + "43356.2.1.2.1.3.0")}},
	}
}

// moreNetwork are switches of larger networks.
func moreNetwork() []rule {
	sonic := rule{
		object: private + "8072.3.2.10", descr: `^SONiC Software Version`, kinds: only(look.Switch),
		model: []source{inDescr(`HwSku: (?:DellEMC-)?(\S+)`)}, firmware: []source{inDescr(`SONiC\.(\d\S*)`), inDescr(`Version: (\S+)`)},
	}
	dellSonic := sonic
	dellSonic.descr, dellSonic.vendor = `^SONiC Software Version.*HwSku: DellEMC-`, "Dell"
	return []rule{
		dellSonic, sonic,
		{
			object: private + "1916", vendor: "Extreme Networks", kinds: only(look.Switch),
			model:    []source{inDescr(`\(((?:[^S)]|S[^t)])[^)]*)\) version`), inDescr(`^(\S+) \(\d+\.\d`), chassis(entModel), oid(partDescr + ".1")},
			serial:   []source{chassis(entSerial), oid(partSerial + ".1"), oid(private + "1916.1.1.1.21.0")},
			firmware: []source{inDescr(`version (\d[\d.]*)`), inDescr(`^\S+ \((\d+\.[\d.]+)`)},
		},
		{object: private + "5624", vendor: "Extreme Networks", kinds: only(look.Switch), model: []source{inDescr(`(?:Enterasys|Extreme) Networks,? Inc\.? (\S+)`), chassis(entModel), inDescr(`\b([A-Z]\d[A-Z]?\d{3,}-\d+\S*)`)}, serial: []source{chassis(entSerial), oid(partSerial + ".1")}, firmware: []source{inDescr(`(?i)\brev:? ?(\S+)`), inDescr(`(?i)Version (\S+)`)}}, // Enterasys
		{object: private + "45", vendor: "Extreme Networks", kinds: only(look.Switch), model: []source{inDescr(`^(.+?)\s+HW:`)}, serial: []source{chassis(entSerial), column(private + "45.1.6.3.3.1.1.7")}, firmware: []source{inDescr(`SW:v?(\S+)`)}, hardware: []source{inDescr(`HW:(\S+)`)}},                                                                                 // Nortel, Avaya
		{object: private + "2272", vendor: "Extreme Networks", kinds: only(look.Switch), model: []source{inDescr(`^(\S+)`)}, serial: []source{oid(private + "2272.1.4.2.0"), chassis(entSerial)}, firmware: []source{inDescr(`\((\d[\d.]*)\)`)}},
		{object: private + "6486", vendor: "Alcatel-Lucent", kinds: only(look.Switch), model: []source{inDescr(`(?i)(?:Alcatel-Lucent (?:Enterprise )?)?(OS\d\S*)`), chassis(entModel), inDescr(`^(?:Alcatel-Lucent )?(?:Enterprise )?(\S+)`)}, serial: []source{chassis(entSerial), oid(partSerial + ".1")}, firmware: []source{inDescr(`(\d+\.\d+\.\d+(?:\.\S+)*)`)}},
		{object: private + "30065", vendor: "Arista", kinds: only(look.Switch), model: []source{chassis(entModel), inDescr(`running on an? Arista Networks (\S+)`)}, serial: []source{chassis(entSerial), oid(partSerial + ".1")}, firmware: []source{inDescr(`EOS version (\S+)`)}},
		{object: private + "4881", vendor: "Ruijie", kinds: only(look.Switch), model: []source{inDescr(`\(([A-Z]\S+)\)`), chassis(entModel)}, serial: []source{column(private + "4881.1.1.10.2.1.1.24"), chassis(entSerial)}, firmware: []source{oid(private + "4881.1.1.10.2.1.1.2.0")}},
		{object: private + "1588", vendor: "Brocade", kinds: only(look.Switch), model: []source{chassis(entModel), chassis(entDescr)}, serial: []source{oid(private + "1588.2.1.1.1.1.10.0"), chassis(entSerial)}, firmware: []source{oid(private + "1588.2.1.1.1.1.6.0")}},
		{object: private + "33049", vendor: "Mellanox", kinds: only(look.Switch), model: []source{inDescr(`^(?:Mellanox )?(\S+)`), chassis(entModel)}},
		{object: private + "40310", vendor: "Cumulus", kinds: only(look.Switch), firmware: []source{inDescr(`Cumulus(?: Linux)? (\S+)`)}},
		{object: private + "3902", vendor: "ZTE", kinds: only(look.Switch), model: []source{inDescr(`\b(ZXR\S*(?: \S+)?)`)}, firmware: []source{inDescr(`(?i)version:? (\S+?)[,;]?(?: |$)`)}},
		{object: private + "664", vendor: "Adtran", kinds: only(look.Router), model: []source{oid(private + "664.5.53.1.1.1.0"), inDescr(`^(?:NetVanta )?(\S+)`)}, serial: []source{oid(private + "664.5.53.1.1.3.0")}, firmware: []source{oid(private + "664.5.53.1.1.4.0")}},
		{object: private + "332", vendor: "Digi", kinds: only(look.Router), model: []source{inDescr(`^(\S+ ?\S*)`)}},
		{object: private + "4196", vendor: "Siemens", kinds: only(look.Switch), model: []source{inDescr(`(SCALANCE \S+)`)}, firmware: []source{inDescr(`(?i)FW: ?(?:Version )?(V?\S+?),?(?: |$)`)}, hardware: []source{inDescr(`(?i)HW: ?(?:Version )?(\S+?),?(?: |$)`)}, serial: []source{inDescr(`(?i)(VP[A-Z]\w{5,})`)}},
	}
}
