package recognise

import "github.com/budi-monitor/budi/internal/look"

// Objects that printers of many makers have.
const (
	prtGeneralPrinterName = "1.3.6.1.2.1.43.5.1.1.16"

	// The IEEE 1284 device ID ("MFG:…;MDL:…;SN:…"): of the Port Monitor MIB (PWG
	// 5107.1), of JetDirect and of what speaks like it.
	ppmDeviceID  = "1.3.6.1.4.1.2699.1.2.1.2.1.1.3"
	hpDeviceID   = "1.3.6.1.4.1.11.2.3.9.1.1.7.0"
	hpSystem     = "1.3.6.1.4.1.11.2.3.9.4.2.1.1.3"
	samsungModel = "1.3.6.1.4.1.236.11.5.1.1.1"
)

// The model in a device ID, and in a name, without what says nothing.
const (
	modelInID = `(?i)(?:^|;)\s*(?:MDL|MODEL):\s*(?:hp |hewlett-packard |brother |epson |oki |dell |xerox |lexmark )?([^;]+?)(?: series)?\s*(?:;|$)`
	plainName = `(?i)^(.+?)(?: series)?$`
)

// printerNames are sources of a model that is known by the maker's name in front
// of it: HOST-RESOURCES-MIB's, which is the printer itself where sysDescr is its
// network card. Makers is an expression for the name.
func printerNames(makers string, more ...source) []source {
	out := []source{columnPart(hrDeviceDescr, `(?i)^(?:`+makers+`) (.+?)(?: series)?$`)}
	out = append(out, more...)
	return append(out, columnPart(ppmDeviceID, modelInID), inDescr(`(?i)^(?:`+makers+`) ([^;,/]+?)(?: series)?\s*(?:[;,/]| version |$)`))
}

// printerSerials are sources of a serial number: Printer-MIB's first.
func printerSerials(more ...source) []source {
	return append([]source{column(prtGeneralSerialNumber)}, more...)
}

// printer is a rule for printers that are known by no more than their maker's name
// in sysDescr, with what follows it where the maker makes other things too (hint).
func printer(vendor, makers, hint string) rule {
	return rule{
		descr: `(?i)^(?:` + makers + `)\b` + hint, vendor: vendor, kinds: []look.Kind{look.Printer},
		model: printerNames(makers), serial: printerSerials(),
	}
}

// xeroxName is how Xerox writes its name, as an expression.
const xeroxName = `xerox(?: ?®| ?\(R\))?`

// printers are printers and copiers.
var printers = []rule{
	// HP: JetDirect cards and everything since (LaserJet, OfficeJet, PageWide,
	// DesignJet), and print servers that say they are one.
	hp("1.3.6.1.4.1.11.2.3.9", ""),
	hp("1.3.6.1.4.1.11.1", `(?i)laser|officejet|deskjet|designjet|pagewide|mfp|jetdirect`),
	hp("1.3.6.1.4.1.29999", ""),
	hp("1.3.6.1.4.1.26696.1", ""),
	hp("", `JETDIRECT|^HP ETHERNET MULTI-ENVIRONMENT|(?i:^(?:HP|Hewlett-Packard) (?:Color )?(?:Laser|OfficeJet|PageWide|DesignJet|DeskJet|Smart Tank))`),

	// Brother: sysDescr is the network card's.
	{
		object: "1.3.6.1.4.1.2435.2.3.9", vendor: "Brother", kinds: []look.Kind{look.Printer},
		model: printerNames("brother",
			part("1.3.6.1.4.1.2435.2.4.3.2435.5.13.3.0", `(?i)^(?:brother )?(.+?)(?: series)?$`), part("1.3.6.1.4.1.2435.2.3.9.1.1.7.0", modelInID)),
		serial:   printerSerials(oid("1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.1.0")),
		firmware: []source{part("1.3.6.1.4.1.2435.2.4.3.1240.6.5.0", `Ver\.\s?(\S+)`), inDescr(`Firmware Ver\.\s?(\S+)`)},
	},
	{descr: `^Brother NC-`, vendor: "Brother", kinds: []look.Kind{look.Printer}, model: printerNames("brother"), serial: printerSerials()},

	// Canon
	{
		object: "1.3.6.1.4.1.1602.4", vendor: "Canon", kinds: []look.Kind{look.Printer},
		model:    append([]source{part("1.3.6.1.4.1.1602.1.1.1.1.0", `(?i)^(?:canon )?(.+?)(?: series)?$`)}, printerNames("canon")...),
		serial:   printerSerials(oid("1.3.6.1.4.1.1602.1.2.1.8.1.3.1.1"), oid("1.3.6.1.4.1.1602.1.2.1.4.0")),
		firmware: []source{oid("1.3.6.1.4.1.1602.1.1.1.4.0")},
	},
	printer("Canon", "canon", " (?:mf|lbp|ir|image|mg|ts|tr|mx|ib|mb|g[0-9]|e[0-9]|pro-|tm-|tx-|gp-|gx|varioprint|d[0-9])"),

	// Dell: made by Lexmark, Samsung or Fuji Xerox, whose objects they have.
	{
		object: "1.3.6.1.4.1.674.10898", vendor: "Dell", kinds: []look.Kind{look.Printer},
		model:    dellModels(),
		serial:   printerSerials(inDescr(`S/N ([0-9A-Z]{5,})`), oid("1.3.6.1.4.1.674.10898.100.2.1.2.1.6.1")),
		firmware: []source{oid("1.3.6.1.4.1.674.10898.100.1.1.1.0"), oid("1.3.6.1.4.1.641.1.1.1.0"), inDescr(`(?:version|Engine) (\S+)`)},
	},
	{
		object: "1.3.6.1.4.1.253", descr: `^Dell\b`, vendor: "Dell", kinds: []look.Kind{look.Printer},
		model: dellModels(), serial: printerSerials(), firmware: []source{inDescr(`(?:version|Engine) ([^\s;,]+)`)},
	},
	{
		object: "1.3.6.1.4.1.641", descr: `^Dell\b`, vendor: "Dell", kinds: []look.Kind{look.Printer},
		model: dellModels(), serial: printerSerials(oid("1.3.6.1.4.1.641.2.1.2.1.6.1")), firmware: []source{inDescr(`version (\S+)`)},
	},
	{
		descr: `^Dell .*(?:MFP|Printer|Laser)`, vendor: "Dell", kinds: []look.Kind{look.Printer},
		model: dellModels(), serial: printerSerials(inDescr(`S/N ([0-9A-Z]{5,})`)), firmware: []source{inDescr(`(?:version|Engine) ([^\s;,]+)`)},
	},

	// Epson: sysDescr is the network card's; its projectors are elsewhere.
	{
		object: "1.3.6.1.4.1.1248.1", vendor: "Epson", kinds: []look.Kind{look.Printer},
		model:  printerNames("epson", part("1.3.6.1.4.1.1248.1.2.2.1.1.1.2.1", `(?i)^(?:epson )?(.+?)(?: series)?$`)),
		serial: printerSerials(oid("1.3.6.1.4.1.1248.1.2.2.1.1.1.5.1")),
	},

	// Fujifilm, which was Fuji Xerox
	{
		object: "1.3.6.1.4.1.297.1", descr: `(?i)^fuji ?xerox`, vendor: "Fuji Xerox", kinds: []look.Kind{look.Printer},
		model: append([]source{inDescr(`(?i)^fuji ?xerox ([^;,]+?)\s*(?:[;,]|\sv\s*[0-9]|$)`)}, printerNames("fuji ?xerox")...), serial: printerSerials(), firmware: fujiVersions(),
	},
	{
		object: "1.3.6.1.4.1.297.1", vendor: "Fujifilm", kinds: []look.Kind{look.Printer},
		model: append([]source{inDescr(`(?i)^fujifilm ([^;,]+?)\s*(?:[;,]|\sv\s*[0-9]|$)`)}, printerNames("fujifilm")...), serial: printerSerials(), firmware: fujiVersions(),
	},
	printer("Fuji Xerox", "fuji ?xerox", ""),

	// Konica Minolta, and Develop, Sindoh and others in its cabinets
	{
		object: "1.3.6.1.4.1.18334.1", vendor: "Konica Minolta", kinds: []look.Kind{look.Printer},
		model:    konicaModels(),
		serial:   printerSerials(),
		firmware: []source{oid("1.3.6.1.4.1.18334.1.1.1.1.6.1.0")},
	},
	{object: "1.3.6.1.4.1.18334.1", descr: `(?i)^develop\b`, vendor: "Develop", kinds: []look.Kind{look.Printer}, model: konicaModels(), serial: printerSerials(), firmware: []source{oid("1.3.6.1.4.1.18334.1.1.1.1.6.1.0")}},
	{object: "1.3.6.1.4.1.18334.1", descr: `(?i)^sindoh\b`, vendor: "Sindoh", kinds: []look.Kind{look.Printer}, model: konicaModels(), serial: printerSerials(), firmware: []source{oid("1.3.6.1.4.1.18334.1.1.1.1.6.1.0")}},
	{object: "1.3.6.1.4.1.18334.1", descr: `(?i)^olivetti\b`, vendor: "Olivetti", kinds: []look.Kind{look.Printer}, model: konicaModels(), serial: printerSerials(), firmware: []source{oid("1.3.6.1.4.1.18334.1.1.1.1.6.1.0")}},
	{object: "1.3.6.1.4.1.18334.1.2", descr: `^$`, vendor: "Develop", kinds: []look.Kind{look.Printer}, model: konicaModels(), serial: printerSerials()},
	printer("Konica Minolta", "konica ?minolta|minolta", ""),
	printer("Develop", "develop", ""),

	// Kyocera, and UTAX and Triumph-Adler in its cabinets
	kyocera("Kyocera", ""),
	kyocera("UTAX", `(?i)^utax`),
	kyocera("Triumph-Adler", `(?i)^(?:triumph|TA\b)`),
	kyocera("Olivetti", `(?i)^olivetti`),
	{descr: `(?i)^kyocera`, vendor: "Kyocera", kinds: []look.Kind{look.Printer}, model: kyoceraModels(), serial: printerSerials(oid("1.3.6.1.4.1.1347.43.5.1.1.28.1")), firmware: []source{oid("1.3.6.1.4.1.1347.43.5.4.1.5.1.1")}},

	// Lexmark, which others sell too
	{
		object: "1.3.6.1.4.1.641", vendor: "Lexmark", kinds: []look.Kind{look.Printer},
		model: []source{
			inDescr(`(?i)^lexmark (.+?) version`), oid("1.3.6.1.4.1.641.6.2.3.1.4.1"), part("1.3.6.1.4.1.641.2.1.2.1.2.1", `(?i)^(?:lexmark )?(.+)$`),
			columnPart(hrDeviceDescr, `(?i)^lexmark (\S+)`), part("1.3.6.1.4.1.641.2.1.2.1.3.1", modelInID), columnPart(ppmDeviceID, modelInID), inDescr(`(?i)^lexmark (\S+)`),
		},
		serial:   printerSerials(oid("1.3.6.1.4.1.641.6.2.3.1.5.1"), oid("1.3.6.1.4.1.641.2.1.2.1.6.1"), columnPart(hrDeviceDescr, `(?i)^lexmark \S+ ([0-9A-Z]{7,}) `)),
		firmware: []source{inDescr(`version (\S+)`), oid("1.3.6.1.4.1.641.6.3.3.1.7.1.1"), oid("1.3.6.1.4.1.641.2.1.2.1.4.1")},
	},
	printer("Lexmark", "lexmark", ""),

	// OKI
	{
		object: "1.3.6.1.4.1.2001.1", vendor: "OKI", kinds: []look.Kind{look.Printer},
		model:    append([]source{inDescr(`Attached to (\S+) Rev`)}, printerNames("oki(?: data)?(?: corp)?", part(hpDeviceID, modelInID), oid("1.3.6.1.4.1.2001.1.1.1.1.11.1.10.25.0"))...),
		serial:   printerSerials(oid("1.3.6.1.4.1.2001.1.1.1.1.11.1.10.45.0")),
		firmware: []source{inDescr(`Attached to \S+ Rev\.?(\S+)`)},
	},
	{descr: `^OKI OkiLAN`, vendor: "OKI", kinds: []look.Kind{look.Printer}, model: append([]source{inDescr(`Attached to (\S+) Rev`)}, part(hpDeviceID, modelInID)), serial: printerSerials(), firmware: []source{inDescr(`Attached to \S+ Rev\.?(\S+)`)}},

	// Ricoh and its other names
	ricoh("Ricoh", ""),
	ricoh("Lanier", `(?i)^lanier`),
	ricoh("NRG", `(?i)^nrg`),
	ricoh("Savin", `(?i)^savin`),
	ricoh("Gestetner", `(?i)^gestetner`),
	ricoh("infotec", `(?i)^infotec`),
	ricoh("Nashuatec", `(?i)^nashua`),
	ricoh("Rex-Rotary", `(?i)^rex`),
	{descr: `(?i)^ricoh\b`, vendor: "Ricoh", kinds: []look.Kind{look.Printer}, model: ricohModels(), serial: printerSerials(), firmware: ricohVersions()},
	{descr: `(?i)^lanier\b`, vendor: "Lanier", kinds: []look.Kind{look.Printer}, model: ricohModels(), serial: printerSerials(), firmware: ricohVersions()},
	{descr: `(?i)^nrg\b`, vendor: "NRG", kinds: []look.Kind{look.Printer}, model: ricohModels(), serial: printerSerials(), firmware: ricohVersions()},
	{descr: `(?i)^savin\b`, vendor: "Savin", kinds: []look.Kind{look.Printer}, model: ricohModels(), serial: printerSerials(), firmware: ricohVersions()},
	{descr: `(?i)^gestetner\b`, vendor: "Gestetner", kinds: []look.Kind{look.Printer}, model: ricohModels(), serial: printerSerials(), firmware: ricohVersions()},

	// Samsung, and what HP, Xerox and Dell had made by it
	{
		object: "1.3.6.1.4.1.236.11.5", vendor: "Samsung", kinds: []look.Kind{look.Printer},
		model:    append([]source{inDescr(`(?i)^(?:samsung )+(.+?)(?: series)?\s*;`), part(samsungModel+".1.0", `(?i)^(?:samsung )*(.+?)(?: series)?$`)}, printerNames("samsung")...),
		serial:   printerSerials(inDescr(`S/N ([0-9A-Z.]{6,})`), part(samsungModel+".4.0", `^[0-9A-Z.]{6,}$`)),
		firmware: []source{inDescr(`; ?(?:OS )?V?([0-9][0-9.]+)`), oid(samsungModel + ".2.0")},
	},
	printer("Samsung", "samsung", " (?:network printer|clp|clx|ml|scx|sf|sl|xpress|proxpress|multixpress|m[0-9]|c[0-9]|x[0-9]|k[0-9])"),

	// Sharp: copiers; its displays are elsewhere.
	{
		object: "1.3.6.1.4.1.2385.3.1", vendor: "Sharp", kinds: []look.Kind{look.Printer},
		model:    append([]source{oid("1.3.6.1.4.1.2385.2.1.3.2.1.4.13501.1302.1")}, printerNames("sharp")...),
		serial:   printerSerials(),
		firmware: []source{oid("1.3.6.1.4.1.2385.2.1.1.2.1.2.1")},
	},
	printer("Sharp", "sharp", " (?:mx|ar|bp|dx|al)-"),

	// Toshiba TEC: by itself, and made by Lexmark
	toshiba("1.3.6.1.4.1.1129.1.2", ""),
	toshiba("1.3.6.1.4.1.1129.2.3", ""),
	toshiba("1.3.6.1.4.1.1129.2.4", ""),
	toshiba("1.3.6.1.4.1.641", `(?i)toshiba`),
	toshiba("", `(?i)^toshiba (?:e-studio|tec)`),

	// Xerox
	{
		object: "1.3.6.1.4.1.253", vendor: "Xerox", kinds: []look.Kind{look.Printer},
		model:    append([]source{part("1.3.6.1.4.1.253.8.51.1.2.1.20.1", modelInID), inDescr(`(?i)^` + xeroxName + ` ([^;]+?)\s*(?:;|(?: Printer)? version |$)`), oid(samsungModel + ".1.0")}, printerNames(xeroxName)...),
		serial:   printerSerials(oid("1.3.6.1.4.1.253.8.53.3.2.1.3.1"), inDescr(`S/N ([0-9A-Z]{6,})`)),
		firmware: []source{oid(samsungModel + ".2.0"), inDescr(`[;,] ?(?:SS|System(?: Software)?) ([0-9][\w.]*\w)`), inDescr(`[;,] ?(?:OS|ESS) ?([0-9][0-9.]*[0-9])`), inDescr(`; ?V([0-9][0-9.]*[0-9])`), inDescr(`(?: version |; ?(?:SS|SW) )([A-Z]{2,}\.[\w.]+)`)},
	},
	printer("Xerox", xeroxName, ""),

	// Zebra: its own branch, and the print server of Extended Systems in older ones
	zebra("1.3.6.1.4.1.10642", ""),
	zebra("1.3.6.1.4.1.683", `(?i)zebra`),
	{object: "1.3.6.1.4.1.683", kinds: []look.Kind{look.Printer}, serial: printerSerials(oid("1.3.6.1.4.1.683.1.5.0")), firmware: []source{oid("1.3.6.1.4.1.683.1.9.0")}},

	// Pantum
	{
		object: "1.3.6.1.4.1.40093", vendor: "Pantum", kinds: []look.Kind{look.Printer},
		model:  append([]source{columnPart(prtGeneralPrinterName, `(?i)^(?:pantum )?(.+?)(?: series)?$`)}, printerNames("pantum")...),
		serial: printerSerials(oid("1.3.6.1.4.1.40093.1.1.1.5"), oid("1.3.6.1.4.1.40093.6.1.2"), oid("1.3.6.1.4.1.40093.10.1.1.4")),
	},
	printer("Pantum", "pantum", ""),

	// Makers of which the name is known, and no objects
	printer("Panasonic", "panasonic", " (?:kx-m|dp-|uf-|workio)"),
	printer("Riso", "riso", ""),
	printer("Sindoh", "sindoh", ""),
	printer("Olivetti", "olivetti", ""),
	printer("UTAX", "utax", ""),
	printer("Triumph-Adler", "triumph[- ]adler", ""),
	printer("Kodak", "kodak", ""),
	printer("Muratec", "muratec", ""),
	printer("Dymo", "dymo", ""),
	printer("Citizen", "citizen", ""),
	printer("TSC", "tsc", ""),
	printer("SATO", "sato", ""),
	printer("Bixolon", "bixolon", ""),
	printer("Intermec", "intermec", ""),
	printer("Godex", "godex", ""),
	printer("Star Micronics", "star micronics", ""),
}

// hp is a rule for HP's printers. Those that Samsung made say other things in
// sysDescr than those with a JetDirect card.
func hp(object, descr string) rule {
	return rule{
		object: object, descr: descr, vendor: "HP", kinds: []look.Kind{look.Printer},
		model:    printerNames("hp|hewlett-packard", part(hpDeviceID, modelInID), inDescr(`PID:(?:HP )?([^,;]+)`)),
		serial:   printerSerials(inDescr(`SN:([0-9A-Z]{6,})`), inDescr(`S/N ([0-9A-Z]{6,})`), part(hpSystem+".3.0", `^[0-9A-Z]{6,}$`), part(hpDeviceID, `(?:^|;)SN:([^;]+)`)),
		firmware: []source{part(hpSystem+".6.0", `^\S+$`), part(hpSystem+".5.0", `^\S+$`), inDescr(`; ?V([0-9][0-9.]+)`), inDescr(`EEPROM ([^,\s]+)`)},
	}
}

// brands are makers whose name stands on printers that others made, too, with the
// others' objects: what sysDescr begins with is what people read on the box.
var brands = []struct{ vendor, names string }{
	{"HP", `hp|hewlett[- ]packard`}, {"Xerox", xeroxName}, {"Dell", "dell"}, {"Samsung", "samsung"}, {"Lexmark", "lexmark"}, {"Canon", "canon"}, {"Epson", "epson"},
	{"Brother", "brother"}, {"Kyocera", `kyocera(?: mita| document solutions)?`}, {"Konica Minolta", `konica ?minolta`}, {"Ricoh", "ricoh"}, {"Sharp", "sharp"},
	{"Toshiba", `toshiba(?: tec)?`}, {"OKI", `oki(?: data)?(?: corp)?`}, {"Pantum", "pantum"}, {"Fujifilm", "fujifilm"}, {"Fuji Xerox", `fuji ?xerox`},
	{"IBM", "ibm"}, {"InfoPrint", "infoprint"}, {"Lenovo", "lenovo"}, {"Panasonic", "panasonic"}, {"Olivetti", "olivetti"}, {"UTAX", "utax"}, {"Triumph-Adler", `triumph[- ]adler|ta triumph-adler`},
	{"Develop", "develop"}, {"Sindoh", "sindoh"}, {"Muratec", "muratec"}, {"Lanier", "lanier"}, {"NRG", "nrg"}, {"Savin", "savin"}, {"Gestetner", "gestetner"}, {"Nashuatec", "nashuatec"},
	{"Kodak", "kodak"}, {"Riso", "riso"}, {"Source Technologies", `source technologies`}, {"Unisys", "unisys"}, {"Avision", "avision"}, {"Deli", "deli"}, {"Zebra", "zebra"},
}

// rebadged are rules for printers that a maker of the first list made and one of
// the brands sells. They say who sells it, and under which name; where the rest is,
// the maker's own rules say.
func rebadged() []rule {
	var rules []rule
	for _, maker := range []struct{ object, vendor string }{
		{"1.3.6.1.4.1.641", "Lexmark"}, {"1.3.6.1.4.1.236.11.5", "Samsung"}, {"1.3.6.1.4.1.253", "Xerox"}, {"1.3.6.1.4.1.297.1", "Fujifilm"},
		{"1.3.6.1.4.1.2435.2.3.9", "Brother"}, {"1.3.6.1.4.1.18334.1", "Konica Minolta"}, {"1.3.6.1.4.1.1347", "Kyocera"}, {"1.3.6.1.4.1.367.1", "Ricoh"}, {"1.3.6.1.4.1.2001.1", "OKI"},
	} {
		for _, brand := range brands {
			if brand.vendor != maker.vendor {
				rules = append(rules, rule{
					object: maker.object, descr: `(?i)^(?:` + brand.names + `)[ ;,]`, vendor: brand.vendor, kinds: []look.Kind{look.Printer},
					model: append([]source{inDescr(`(?i)^(?:` + brand.names + `) (.+?) version `)}, printerNames(brand.names)...),
				})
			}
		}
	}
	return rules
}

// dellModels are where printers of Dell have their model.
func dellModels() []source {
	return append([]source{
		part("1.3.6.1.4.1.674.10898.100.2.1.2.1.3.1", modelInID), part("1.3.6.1.4.1.253.8.51.10.2.1.7.2.28110202", modelInID), part("1.3.6.1.4.1.641.2.1.2.1.3.1", modelInID),
		inDescr(`^Dell (.+?) version`), columnPart(hrDeviceDescr, `(?i)^dell (\S*(?:[a-z]+ )*\S+)`),
	}, printerNames("dell")...)
}

func konicaModels() []source {
	return append([]source{part("1.3.6.1.4.1.18334.1.1.1.1.6.2.1.0", `(?i)^(?:konica ?minolta )?(.+)$`)}, printerNames("konica ?minolta|develop|sindoh|olivetti")...)
}

func kyoceraModels() []source {
	return []source{oid("1.3.6.1.4.1.1347.43.5.1.1.1.1"), columnPart(hrDeviceDescr, plainName), columnPart(ppmDeviceID, modelInID), inDescr(`(?i)^(?:kyocera )?((?:ECOSYS|TASKalfa|FS-|KM-|CS |MA|PA)\S*[^;,/]*?)\s*(?:[;,/]|$)`)}
}

// kyocera is a rule for a maker whose printers are Kyocera's.
func kyocera(vendor, descr string) rule {
	return rule{
		object: "1.3.6.1.4.1.1347", descr: descr, vendor: vendor, kinds: []look.Kind{look.Printer},
		model: kyoceraModels(), serial: printerSerials(oid("1.3.6.1.4.1.1347.43.5.1.1.28.1")), firmware: []source{oid("1.3.6.1.4.1.1347.43.5.4.1.5.1.1")},
	}
}

// ricohMakers are the names under which Ricoh's printers are sold.
const ricohMakers = "ricoh|lanier|nrg|savin|gestetner|infotec|nashuatec|rex-?rotary"

func ricohModels() []source {
	return append([]source{
		oid("1.3.6.1.4.1.367.3.2.1.1.1.1.0"),
		inDescr(`(?i)^(?:` + ricohMakers + `) (.+?) [0-9]+\.[0-9][0-9.]*(?: /|$)`),
	}, printerNames(ricohMakers, columnPart(prtGeneralPrinterName, plainName))...)
}

func ricohVersions() []source {
	return []source{oid("1.3.6.1.4.1.367.3.2.1.1.1.2.0"), inDescr(`(?i)^(?:` + ricohMakers + `) .+? ([0-9]+\.[0-9][0-9.]*)(?: /|$)`)}
}

// ricoh is a rule for one of the names of Ricoh's printers.
func ricoh(vendor, descr string) rule {
	return rule{
		object: "1.3.6.1.4.1.367.1", descr: descr, vendor: vendor, kinds: []look.Kind{look.Printer},
		model: ricohModels(), serial: printerSerials(oid("1.3.6.1.4.1.367.3.2.1.2.1.4.0")), firmware: ricohVersions(),
	}
}

// fujiVersions are where Fujifilm's copiers tell the version of their system.
func fujiVersions() []source {
	return []source{part("1.3.6.1.4.1.297.1.111.1.31.10.0", `System ([0-9.]+)`), inDescr(`(?:System|ESS(?:main)?) ?([0-9][0-9.]*)`)}
}

func toshiba(object, descr string) rule {
	return rule{
		object: object, descr: descr, vendor: "Toshiba", kinds: []look.Kind{look.Printer},
		model:    append([]source{inDescr(`(?i)toshiba (e-studio\S+)`), oid("1.3.6.1.4.1.1129.1.2.1.1.1.1.2.1.0")}, printerNames("toshiba(?: tec)?")...),
		serial:   printerSerials(oid("1.3.6.1.4.1.1129.1.2.1.1.1.1.1.0")),
		firmware: []source{inDescr(`version (\S+)`), oid("1.3.6.1.4.1.1129.1.2.1.1.1.1.2.0")},
	}
}

func zebra(object, descr string) rule {
	return rule{
		object: object, descr: descr, vendor: "Zebra", kinds: []look.Kind{look.Printer},
		model:    []source{oid("1.3.6.1.4.1.10642.1.1.0"), oid("1.3.6.1.4.1.683.6.2.3.2.1.15.1"), oid("1.3.6.1.4.1.10642.200.19.7.0"), columnPart(hrDeviceDescr, plainName), oid("1.3.6.1.4.1.683.1.4.0")},
		serial:   printerSerials(oid("1.3.6.1.4.1.10642.200.19.5.0"), oid("1.3.6.1.4.1.683.1.5.0")),
		firmware: []source{oid("1.3.6.1.4.1.10642.1.2.0"), oid("1.3.6.1.4.1.683.1.9.0")},
	}
}
