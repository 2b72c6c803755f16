package printer

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/snmp"
)

// Whatever octets a printer sends as a description, what is made of them can be
// read, is bounded, and says nothing that is not in them.
func FuzzDescription(f *testing.F) {
	for _, s := range []string{
		"", "\x00", "\n\n", "Black Cartridge HP CF400X", "Cyan Toner\r\n12 34 56", "Fuser S/N:", "Black Toner Cartridge S/N:CRUM-17043012345",
		"Cyan Toner, PN 006R01512;SN461E7A80E0000489", "Fuser, PN unknown;SNunknown", "Trommel f\xfcr Ger\xe4t\x00x", "TK-5240K", "Tri-color HP 57",
		"S/N:S/N:S/N:1", "PN PN PN 1234", "(SN: 12)", "Black Cartridge \n48 50 20 43 46 32 38 30 58 ", strings.Repeat("SN ", 400), "Žydra dažų kasetė", "Toner (K)", strings.Repeat("\xff", 2000),
	} {
		f.Add([]byte(s), "HP")
		f.Add([]byte(s), "")
	}
	f.Fuzz(func(t *testing.T, b []byte, vendor string) {
		d := describe(b, vendor)
		clean := snmp.Clean(unfold(b))
		for what, s := range map[string]string{"name": d.name, "part": d.part, "serial": d.serial, "text": d.text} {
			if !utf8.ValidString(s) || len(s) > maxName || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("%s %q of %q", what, s, b)
			}
		}
		if !strings.Contains(d.text, d.part) || !strings.Contains(d.text, d.serial) {
			t.Errorf("part %q and serial %q are not in %q", d.part, d.serial, d.text)
		}
		if (d.name == "") != (d.text == "") {
			t.Errorf("name %q of %q", d.name, d.text)
		}
		if d.text == "" && utf8.Valid(unfold(b)) && strings.TrimSpace(clean) != "" {
			t.Errorf("nothing was read of %q", b)
		}
		_ = typeOf(d.text, d.part)
		switch c := colourIn(d.text, d.part); {
		case c == "", c == triColour:
		case !knownColour(c):
			t.Errorf("colour %q of %q", c, d.text)
		}
	})
}

// knownColour reports whether a colour is made of words that we have.
func knownColour(c string) bool {
	base := c[strings.LastIndexByte(c, ' ')+1:]
	for _, known := range colourWords {
		if known == base {
			return true
		}
	}
	return false
}

// However many octets of errors there are, each error is there once or not, as its
// bit says.
func FuzzErrorState(f *testing.F) {
	for _, b := range [][]byte{nil, {}, {0}, {0xff}, {0x80, 0x02}, {0, 0, 0xff}, []byte("00")} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		found := map[string]bool{}
		for _, name := range detected(b) {
			if found[name] {
				t.Errorf("%s twice", name)
			}
			found[name] = true
		}
		for i, name := range errorNames {
			bit := i < 8*len(b) && b[i/8]>>(7-i%8)&1 == 1
			if found[name] != bit {
				t.Errorf("%s of % x: %v", name, b, found[name])
			}
		}
	})
}

func TestColours(t *testing.T) {
	for _, c := range []struct{ text, part, want string }{
		{"Black Toner Cartridge", "", "black"},
		{"Juodų dažų kasetė", "", "black"},
		{"Žydros spalvos kasetė", "", "cyan"},
		{"Žalsvai mėlyna kasetė", "", "cyan"},
		{"Purpurinė kasetė", "", "magenta"},
		{"Geltona kasetė", "", "yellow"},
		{"Schwarz Tonerkassette", "", "black"},
		{"Тонер-картридж (чёрный)", "", "black"},
		{"Photo Black", "", "photo black"},
		{"Light Magenta Ink", "", "light magenta"},
		{"Tri-color Cartridge HP 57", "", "tri-colour"},
		{"Tricolour", "", "tri-colour"},
		{"Drum Unit C/M/Y", "", "tri-colour"},
		{"Cyan, Magenta, Yellow Drum", "", "tri-colour"},
		{"Black and Cyan Printhead", "", ""},
		{"Black and Color Printhead", "", ""},
		{"Toner (K)", "", "black"},
		{"Toner [c]", "", "cyan"},
		{"Drum Unit Y", "", "yellow"},
		{"TK-5240M", "TK-5240M", "magenta"},
		{"TK-3190", "TK-3190", ""},
		{"Drum Cartridge (R1)", "", ""},
		{"Maintenance Kit", "", ""},
		{"Must be replaced", "", ""},
		{"", "", ""},
	} {
		if got := colourIn(c.text, c.part); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestDescriptions(t *testing.T) {
	for _, c := range []struct{ text, vendor, name, part, serial string }{
		{"Black Cartridge HP CF400X\nabc", "HP", "Black Cartridge HP CF400X", "CF400X", ""},
		{"Black Cartridge \n48 50 20 43 46 32 38 30 58 ", "HP", "Black Cartridge HP CF280X", "CF280X", ""},
		{"Black Cartridge \nnot hexadecimal", "HP", "Black Cartridge", "", ""},
		{"Black Ink HP 953XL", "HP", "Black Ink HP 953XL", "953XL", ""},
		{"HP LaserJet M452nw fuser", "HP", "HP LaserJet M452nw fuser", "", ""},
		{"Black Toner Cartridge S/N:CRUM-", "Samsung", "Black Toner Cartridge", "", ""},
		{"Black Toner Cartridge S/N:CRUM-17043012345", "Samsung", "Black Toner Cartridge", "", "CRUM-17043012345"},
		{"Fuser S/N:", "Samsung", "Fuser", "", ""},
		{"Black Toner, PN 006R01509;SN48178080E0000481", "Xerox", "Black Toner", "006R01509", "48178080E0000481"},
		{"Fuser, PN unknown;SNunknown", "Xerox", "Fuser", "", ""},
		{"Canon Cartridge 719/719H", "Canon", "Canon Cartridge 719/719H", "719/719H", ""},
		{"Black Ink Supply Unit T9441/T9451/T9461", "Epson", "Black Ink Supply Unit T9441/T9451/T9461", "T9441/T9451/T9461", ""},
		{"Toner TK-3190", "Kyocera", "Toner TK-3190", "TK-3190", ""},
		{"TN-2421", "Brother", "TN-2421", "TN-2421", ""},
		{"CLT-K505L Black", "Samsung", "CLT-K505L Black", "CLT-K505L", ""},
		{"Toner 44973536", "OKI", "Toner 44973536", "44973536", ""},
		{"Toner 44973536", "Brother", "Toner 44973536", "", ""},
		{"Cyan Toner [Part No. 841925]", "Ricoh", "Cyan Toner", "841925", ""},
		{"Imaging Unit;Serial No. 0012345", "Konica Minolta", "Imaging Unit", "", "0012345"},
		{"SNAP-IN TONER", "", "SNAP-IN TONER", "", ""},
		{"\x00\x00", "", "", "", ""},
	} {
		d := describe([]byte(c.text), c.vendor)
		if d.name != c.name || d.part != c.part || d.serial != c.serial {
			t.Errorf("%q: name %q, part %q, serial %q; want %q, %q, %q", c.text, d.name, d.part, d.serial, c.name, c.part, c.serial)
		}
	}
}
