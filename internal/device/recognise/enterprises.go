package recognise

import (
	"regexp"
	"strings"
)

// enterprises are vendors by their number below 1.3.6.1.4.1 (IANA, private
// enterprise numbers), for what no rule names. Numbers of agents that stand for
// any maker's device (Broadcom's FASTPATH) are not here, but net-snmp is: for a
// Linux of which nothing else is known it is the best that can be said.
var enterprises = map[string]string{
	"2": "IBM", "9": "Cisco", "11": "HP", "42": "Sun", "43": "3Com", "45": "Nortel",
	"52": "Enterasys", "63": "Apple", "111": "Oracle", "119": "NEC", "122": "Sony", "161": "Motorola",
	"171": "D-Link", "193": "Ericsson", "207": "Allied Telesis", "211": "Fujitsu", "231": "Fujitsu", "232": "HPE",
	"236": "Samsung", "253": "Xerox", "297": "Fujifilm", "311": "Microsoft", "318": "APC", "343": "Intel",
	"367": "Ricoh", "368": "Axis", "388": "Symbol", "476": "Vertiv", "534": "Eaton", "637": "Nokia",
	"641": "Lexmark", "674": "Dell", "705": "Eaton", "800": "Alcatel", "850": "Tripp Lite", "890": "Zyxel",
	"935": "Megatec", "1129": "Toshiba", "1248": "Epson", "1347": "Kyocera", "1588": "Brocade", "1602": "Canon", "1916": "Extreme Networks",
	"1991": "Brocade", "2001": "OKI", "2011": "Huawei", "2254": "Delta", "2272": "Nortel", "2356": "Lancom",
	"2385": "Sharp", "2435": "Brother", "2620": "Check Point", "2636": "Juniper", "3224": "Juniper", "3375": "F5",
	"3417": "Blue Coat", "3808": "CyberPower", "3902": "ZTE", "3955": "Linksys", "4329": "Siemens", "4526": "Netgear",
	"4555": "Socomec", "4874": "Juniper", "4881": "Ruijie", "5227": "Buffalo", "5491": "Riello", "5528": "APC",
	"5624": "Enterasys", "6027": "Dell", "6486": "Alcatel-Lucent", "6527": "Nokia", "6574": "Synology", "6876": "VMware",
	"6889": "Avaya", "7367": "Draytek", "7779": "Infoblox", "8072": "net-snmp", "8741": "SonicWall", "10002": "Ubiquiti", "10418": "Avocent",
	"10642": "Zebra", "10704": "Barracuda", "10876": "Supermicro", "11863": "TP-Link", "12356": "Fortinet", "13742": "Raritan",
	"14501": "Blue Coat", "14823": "Aruba", "14988": "MikroTik", "17163": "Riverbed", "17713": "Cambium", "18248": "Papouch",
	"18334": "Konica Minolta", "18928": "Areca", "19046": "Lenovo", "21239": "Vertiv", "21317": "Aten", "21796": "HW group",
	"24681": "QNAP", "25053": "Ruckus", "25461": "Palo Alto Networks", "25506": "H3C", "25766": "Christie", "26928": "Aerohive",
	"28507": "Gude", "29671": "Meraki", "30065": "Arista", "33049": "Mellanox", "35265": "Eltex", "39165": "Hikvision",
	"41112": "Ubiquiti", "46202": "Avigilon", "47196": "HPE Aruba", "48690": "Teltonika", "50001": "Hikvision", "50536": "iXsystems",
	"55062": "QNAP", "1004849": "Dahua",

	"116": "Hitachi", "202": "SMC", "259": "Edgecore", "714": "Dell", "1139": "Dell EMC", "2606": "Rittal", "5003": "AudioCodes", "5951": "Citrix", "12148": "Eltek", "12740": "Dell", "15004": "Siemens", "16177": "Westermo", "13885": "Polycom",
	"19746": "Dell EMC", "20632": "Barracuda", "20916": "AVTECH", "24807": "Riso", "28866": "TRENDnet", "46242": "Netonix", "37459": "Yealink",
}

// enterpriseOf is the vendor whose branch an object identifier is in.
func enterpriseOf(object string) string {
	rest, ok := strings.CutPrefix(object, "1.3.6.1.4.1.")
	if !ok {
		return ""
	}
	number, _, _ := strings.Cut(rest, ".")
	return enterprises[number]
}

// asPeopleCall is the name by which people know a maker that a device names itself:
// without the kind of company, and of those who have several names the known one.
func asPeopleCall(name string) string {
	for _, m := range makerNames {
		if m.form.MatchString(name) {
			return m.vendor
		}
	}
	for {
		short := strings.TrimRight(companyKind.ReplaceAllString(name, ""), " ,.")
		if short == "" || short == name {
			return name
		}
		name = short
	}
}

// companyKind is what kind of company a maker is, at the end of its name.
var companyKind = regexp.MustCompile(`(?i)[\s,.]+(?:co\.?,? ?ltd|ltd|inc|corp|corporation|company|gmbh|ag|s\.?p\.?a|s\.?a|llc|a/s|ab|oy|b\.?v|uab|s\.?r\.?l|pte)\.?$`)

// makerNames are makers of UPSes and of switches as their devices write them.
var makerNames = []struct {
	form   *regexp.Regexp
	vendor string
}{
	{regexp.MustCompile(`(?i)^(?:eaton|mge\b|powerware)`), "Eaton"},
	{regexp.MustCompile(`(?i)^(?:american power|apc\b|schneider)`), "APC"},
	{regexp.MustCompile(`(?i)^(?:cps$|cyber ?power)`), "CyberPower"},
	{regexp.MustCompile(`(?i)^(?:rps\b|riello|aros\b)`), "Riello"},
	{regexp.MustCompile(`(?i)^(?:liebert|vertiv|emerson network)`), "Vertiv"},
	{regexp.MustCompile(`(?i)^tripp ?-?lite`), "Tripp Lite"},
	{regexp.MustCompile(`(?i)^delta\b`), "Delta"},
	{regexp.MustCompile(`(?i)^socomec`), "Socomec"},
	{regexp.MustCompile(`(?i)^huawei`), "Huawei"},
	{regexp.MustCompile(`(?i)^legrand`), "Legrand"},
	{regexp.MustCompile(`(?i)^(?:hp$|hewlett[- ]packard(?: company)?$)`), "HP"},
	{regexp.MustCompile(`(?i)^cisco\b`), "Cisco"},
	{regexp.MustCompile(`(?i)^juniper\b`), "Juniper"},
}
