package printer

import (
	"bytes"
	"encoding/hex"
	"regexp"
	"strings"
	"unicode"

	"github.com/budi-monitor/budi/internal/snmp"
)

// description is what prtMarkerSuppliesDescription says: a name for people, and
// often what to order and the number of the very cartridge.
type description struct {
	name   string // without the serial number, and without a part number that is marked as one
	part   string
	serial string
	text   string // the whole first line, readable
}

// describe reads a description. Vendor is the printer's, as recognised: some
// makers' part numbers are known only by whose they are.
func describe(b []byte, vendor string) description {
	d := description{text: snmp.Clip(firstLine(b), maxName)}
	rest := d.text
	if m := serialIn.FindStringSubmatchIndex(rest); m != nil {
		if group := max(m[2], m[4]); group >= 0 {
			d.serial = telling(rest[group:max(m[3], m[5])])
		}
		rest = rest[:m[0]]
	}
	if m := markedPart.FindStringSubmatchIndex(rest); m != nil {
		d.part = telling(rest[m[2]:m[3]])
		rest = rest[:m[0]] + rest[m[1]:]
	}
	if d.part == "" {
		d.part = partIn(rest, vendor)
	}
	d.name = strings.TrimRight(strings.Join(strings.Fields(rest), " "), " ,;:-")
	if d.name == "" {
		d.name = d.text
	}
	return d
}

// firstLine is the first line that says something. HP writes on after a line
// break what is for nobody, and others after a NUL.
func firstLine(b []byte) string {
	for _, line := range bytes.FieldsFunc(unfold(b), func(r rune) bool { return r == '\n' || r == '\r' || r == 0 }) {
		if s := snmp.Clean(line); s != "" {
			return s
		}
	}
	return ""
}

// unfold puts together a text that came in lines of sixteen octets, of which all
// but the first are written in hexadecimal ("Black Cartridge \n48 50 20 43"): some
// HP printers do this.
func unfold(b []byte) []byte {
	first, rest, folded := bytes.Cut(b, []byte("\n"))
	if !folded || len(first) != 16 {
		return b
	}
	out := bytes.Clone(first)
	for line := range bytes.SplitSeq(rest, []byte("\n")) {
		octets, err := hex.DecodeString(strings.Join(strings.Fields(string(line)), ""))
		if err != nil || len(octets) > 16 {
			return b
		}
		out = append(out, octets...)
	}
	return out
}

// serialIn finds the serial number of a supply at the end of what describes it:
// Xerox ";SN48178080E0000481", Samsung "S/N:CRUM-12345678", "Serial No. 123". It
// is there with nothing in it, too.
var serialIn = regexp.MustCompile(`(?i)(?:[\s,;]+|\()(?:(?:S/N\s*[:.]?|SN\s*[:.]|serial(?:\s*(?:number|no\.?|#))?\s*[:.]?)\s*([0-9A-Za-z-]*[0-9][0-9A-Za-z-]*|unknown|CRUM-|)|SN([0-9A-F]{6,}|unknown))\)?\s*$|;\s*SN\s*$`)

// markedPart finds a part number that is marked as one: Xerox ", PN 006R01509",
// "P/N: 44844508".
var markedPart = regexp.MustCompile(`(?i)[\s,;(\[]+(?:P/N|PN|part\s*(?:number|no\.?|#))\s*[:.]?\s*([0-9A-Z][0-9A-Z/-]{3,}|unknown)[)\]]?`)

// telling is a number that tells something: makers write "unknown", or no more than what all
// of their numbers begin with.
func telling(s string) string {
	if strings.EqualFold(s, "unknown") || strings.HasSuffix(s, "-") || strings.Trim(s, "0- ") == "" {
		return ""
	}
	return s
}

// parts are part numbers whose form leaves no doubt. Where vendor is empty the
// form alone does; otherwise it counts on printers of that vendor only.
var parts = []struct {
	vendor string
	form   *regexp.Regexp
}{
	{"", regexp.MustCompile(`\bHP ([0-9A-Z]{3,5}[0-9A-Z][A-Z]|[0-9]{2,3}[A-Z]{0,2})\b`)},                                              // CF400X, W2030A, Q2612A, 953XL
	{"", regexp.MustCompile(`\b((?:TK|TN|DR|LC|DK|MK|DV|FK|WT|BU|TNP|IU|IUP|CLT|MLT|CRG|TL|PD)-[0-9A-Z]{1,3}[0-9]{2,4}[0-9A-Z]*)\b`)}, // Kyocera, Brother, Konica Minolta, Samsung, Canon, Pantum
	{"", regexp.MustCompile(`\b((?:TK|TN|DR|LC|TNP|IUP)[0-9]{2,4}[A-Z]*)\b`)},
	{"", regexp.MustCompile(`\b((?:PGI|CLI|PFI|PG|CL|GI|BCI|MC)-[0-9G][0-9]{1,3}[A-Z]*)\b`)}, // Canon's ink
	{"", regexp.MustCompile(`\b((?:C-EXV|GPR-|NPG-)\s?[0-9]{1,3})\b`)},                       // Canon's copiers
	{"Epson", regexp.MustCompile(`\b(T[0-9]{3,4}[0-9A-Z]?(?:/T[0-9]{3,4}[0-9A-Z]?)*)\b`)},    // Epson: T9441/T9451/T9461
	{"Epson", regexp.MustCompile(`\b(C13[ST][0-9]{6}|S0[0-9]{5})\b`)},                        // Epson
	{"", regexp.MustCompile(`\b([01][0-9]{2}R[0-9]{5})\b`)},                                  // Xerox: 006R01509
	{"", regexp.MustCompile(`\b(T-(?:FC)?[0-9]{2,4}[A-Z]{0,4}(?:-[KCMY])?)\b`)},              // Toshiba: T-FC505E-K
	{"", regexp.MustCompile(`\b(MX-?[0-9C]{2,3}[GNFA]T[BCMY]?A?)\b`)},                        // Sharp: MX61GTBA
	{"Canon", regexp.MustCompile(`(?i)\bCartridge ([0-9]{3}[A-Z]?(?:/[0-9]{3}[A-Z]?)?)\b`)},  // 719/719H
	{"Lexmark", regexp.MustCompile(`\b([0-9]{2}[A-Z0-9][0-9A-Z]{4}|[0-9A-Z][0-9]{2}[A-Z][0-9A-Z]{3,4})\b`)},
	{"OKI", regexp.MustCompile(`\b(4[0-9]{7})\b`)},
	{"Ricoh", regexp.MustCompile(`\b([48][0-9]{5})\b`)},
	{"Kyocera", regexp.MustCompile(`\b(1T0[0-9A-Z]{7,8})\b`)},
	{"Konica Minolta", regexp.MustCompile(`\b(A[0-9A-Z]{6})\b`)},
}

// partIn finds what to order in a description.
func partIn(text, vendor string) string {
	for _, p := range parts {
		if p.vendor != "" && p.vendor != vendor {
			continue
		}
		// A part number without a digit is a word.
		if m := p.form.FindStringSubmatch(text); m != nil && strings.ContainsFunc(m[1], unicode.IsDigit) {
			return m[1]
		}
	}
	return ""
}

// typeOf is what a description says that a supply is, in the names of
// PrtMarkerSuppliesTypeTC, for printers that leave the type out. Part is what to
// order, of which some makers' forms say more than the words.
func typeOf(text, part string) string {
	text = strings.ToLower(text)
	for _, w := range typeWords {
		if strings.Contains(text, w.word) {
			return w.kind
		}
	}
	for _, p := range typedParts {
		if p.form.MatchString(part) {
			return p.kind
		}
	}
	return "unknown"
}

// typeWords are looked for in this order: a waste toner box is no toner, and a
// toner cartridge no cartridge of ink.
var typeWords = []struct{ word, kind string }{
	{"waste ink", "wasteInk"}, {"maintenance box", "wasteInk"}, {"maintenance cartridge", "wasteInk"}, {"ink absorber", "wasteInk"}, {"ink collect", "wasteInk"},
	{"punch", "wastePaper"},
	{"waste", "wasteToner"}, {"toner collect", "wasteToner"}, {"toner recovery", "wasteToner"}, {"resttoner", "wasteToner"}, {"récupération", "wasteToner"}, {"récup. ", "wasteToner"},
	{"отработ", "wasteToner"}, {"zużyt", "wasteToner"}, {"panaudot", "wasteToner"}, {"atliek", "wasteToner"}, {"izlietot", "wasteToner"},
	{"drum", "opc"}, {"photoconductor", "opc"}, {"photoconductive", "opc"}, {"imaging unit", "opc"}, {"imaging kit", "opc"}, {"image unit", "opc"}, {"trommel", "opc"},
	{"būgn", "opc"}, {"барабан", "opc"}, {"фотобарабан", "opc"}, {"bęben", "opc"}, {"bębn", "opc"}, {"tambour", "opc"}, {"trumul", "opc"},
	{"developer", "developer"}, {"developing", "developer"}, {"fuser", "fuser"}, {"fusing", "fuser"}, {"fixier", "fuser"}, {"transfer", "transferUnit"}, {"belt", "transferUnit"},
	{"ryškal", "developer"}, {"entwickler", "developer"}, {"проявит", "developer"}, {"девелопер", "developer"}, {"wywoływacz", "developer"},
	{"kaitin", "fuser"}, {"закреплени", "fuser"}, {"термоблок", "fuser"}, {"фьюзер", "fuser"}, {"utrwal", "fuser"},
	{"perkėlim", "transferUnit"}, {"перенос", "transferUnit"}, {"übertrag", "transferUnit"},
	{"staple", "staples"}, {"heftklammer", "staples"}, {"sąvarž", "staples"}, {"sąsag", "staples"}, {"скреп", "staples"}, {"zszyw", "staples"}, {"milteli", "toner"}, {"toner", "toner"}, {"тонер", "toner"}, {"canon cartridge", "toner"}, {"printhead", "other"}, {"print head", "other"},
	{"ribbon", "inkRibbon"}, {"ink", "ink"}, {"tinte", "ink"}, {"чернил", "ink"}, {"rašal", "ink"}, {"tusz", "ink"},
}

// typedParts are part numbers of which the form tells toner from drums and ink.
var typedParts = []struct {
	form *regexp.Regexp
	kind string
}{
	{regexp.MustCompile(`^(?:TK|TN|TNP|CLT|MLT|TL)-?[0-9A-Z]*[0-9]`), "toner"},
	{regexp.MustCompile(`^(?:DR|DK|IU|IUP)-?[0-9]`), "opc"},
	{regexp.MustCompile(`^(?:LC|PGI|CLI|PFI|PG|CL|GI|BCI)-?[0-9G]`), "ink"},
	{regexp.MustCompile(`^(?:C[BCEF]|Q)[0-9]{3,4}[A-Z]{1,2}$|^W[0-9]{4}[A-Z]{1,2}$`), "toner"}, // HP's for lasers
	{regexp.MustCompile(`^[0-9]{2,3}XL$`), "ink"},                                              // HP's for ink
	{regexp.MustCompile(`^(?:[0-9]{3}H?/[0-9]{3}H?|[0-9]{3}H)$`), "toner"},                     // Canon's 719/719H
	{regexp.MustCompile(`^MX-?[0-9C]{2,3}[GNFA]T|^T-(?:FC)?[0-9]`), "toner"},
}

// cartridge is what a cartridge of a printer of this model holds, of which nothing
// else is known: "Black Cartridge" of a LaserJet, and of an OfficeJet.
func cartridge(text, model string) string {
	switch {
	case !strings.Contains(strings.ToLower(text), "cartridge"):
		return "unknown"
	case lasers.MatchString(model):
		return "toner"
	case inkjets.MatchString(model):
		return "ink"
	}
	return "unknown"
}

// Models whose kind of printing their names tell.
var (
	lasers  = regexp.MustCompile(`(?i)laser|^LBP|^MF\d|^(?:HL|DCP|MFC)-L|^(?:CLP|CLX|ML|SCX|SL)-|ECOSYS|TASKalfa|^FS-|bizhub|Phaser|WorkCentre|VersaLink`)
	inkjets = regexp.MustCompile(`(?i)officejet|deskjet|pagewide|designjet|smart tank|envy|^(?:DCP|MFC)-[JT]|pixma|maxify|^(?:WF|ET)-`)
)
