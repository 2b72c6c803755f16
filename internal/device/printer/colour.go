package printer

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/budi-monitor/budi/internal/look"
)

// triColour is the colour of what holds cyan, magenta and yellow together.
const triColour = "tri-colour"

// coloured reports whether a supply of a type can have a colour at all.
func coloured(kind string) bool {
	switch kind {
	case "fuser", "fuserOil", "fuserOilWick", "fuserCleaningPad", "fuserOiler", "coronaWire", "staples", "stitchingWire", "wasteToner", "wasteInk", "wasteWax", "wastePaper", "water", "wasteWater":
		return false
	}
	return true
}

// colourNamed is the colour that prtMarkerColorantValue names; "" when it names
// none.
func colourNamed(value string) string {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "", "other", "unknown", "none":
		return ""
	case "k", "bk":
		return "black"
	case "c":
		return "cyan"
	case "m":
		return "magenta"
	case "y":
		return "yellow"
	}
	return colourIn(value, "")
}

// colourIn is the colour that a description tells: by a word of a language that
// printers' displays speak, by a letter where it stands for nothing else, or by
// the last letter of the part number. It is "" where there is doubt.
func colourIn(text, part string) string {
	text = strings.ToLower(text)
	if tri.MatchString(text) {
		return triColour
	}
	var found []string
	add := func(colour string) {
		if !slices.Contains(found, colour) {
			found = append(found, colour)
		}
	}
	words := strings.FieldsFunc(joint.ReplaceAllString(text, "$1 $2"), func(r rune) bool { return !unicode.IsLetter(r) })
	for i, word := range words {
		colour := colourWords[word]
		if colour == "" {
			continue
		}
		before := ""
		if i > 0 {
			before = words[i-1]
		}
		if shade := shades[before]; shade != "" {
			colour = shade + " " + colour
		}
		add(colour)
	}
	has := func(colours ...string) bool {
		return len(found) == len(colours) && !slices.ContainsFunc(colours, func(c string) bool { return !slices.Contains(found, c) })
	}
	switch {
	case has("black") && slices.ContainsFunc(words, func(w string) bool { return w == "color" || w == "colour" }):
		return "" // of both
	case len(found) == 1:
		return found[0]
	case has("cyan", "blue"):
		return "cyan" // "greenish blue", in Lithuanian
	case has("magenta", "red"):
		return "magenta"
	case has("cyan", "magenta", "yellow"):
		return triColour
	case len(found) > 0:
		return ""
	}
	for _, form := range []*regexp.Regexp{letter, letterFirst} {
		if m := form.FindStringSubmatch(text); m != nil {
			return letters[m[1]]
		}
	}
	for _, form := range colouredParts {
		if m := form.FindStringSubmatch(part); m != nil {
			return letters[strings.ToLower(m[1])]
		}
	}
	return ""
}

// settle tells what blue and red are in a set of inks: next to the other two of
// the three, they are what people call cyan and magenta.
func settle(supplies []look.Supply) {
	has := map[string]bool{}
	for _, s := range supplies {
		has[s.Colour] = true
	}
	for _, c := range []struct{ called, is, beside, and string }{{"blue", "cyan", "magenta", "yellow"}, {"red", "magenta", "cyan", "yellow"}, {"blue", "cyan", "red", "yellow"}} {
		if !has[c.called] || has[c.is] || !has[c.beside] || !has[c.and] {
			continue
		}
		for i := range supplies {
			if supplies[i].Colour == c.called {
				supplies[i].Colour = c.is
			}
		}
		has[c.is] = true
	}
}

// tri finds a cartridge of three colours.
var tri = regexp.MustCompile(`\btri-?\s?colou?r|\b(three|3)-?\s?colou?rs?\b|trispalv|dreifarb|трехцвет|трёхцвет|trójkolor|trīskrās|\bcmy\b|\bc/m/y\b`)

// letter finds a colour's letter that stands alone in brackets or at the end:
// "Toner (K)", "Toner [C]", "Toner-Y", "Drum Unit M".
var letter = regexp.MustCompile(`(?:toner|drum|ink|cartridge|developer|unit)[ :/_-]*[(\[ _:/-]((?:bk|[kcmy]))(?:[)\]]|$)`)

// letterFirst finds it in front: "C Toner", "K Drum Unit".
var letterFirst = regexp.MustCompile(`^(bk|[kcmy])[ -](?:toner|drum|image drum|imaging|ink|developer)\b`)

// joint is where printers write two words of a colour as one: lightMagenta,
// TonerBlack.
var joint = regexp.MustCompile(`\b(light|photo|matte|toner|ink)(black|cyan|magenta|yellow|gr[ae]y)\b`)

// colouredParts are part numbers with the colour in them.
var colouredParts = []*regexp.Regexp{
	regexp.MustCompile(`^(?:TK|DK|DV)-?[0-9]{3,4}([KCMY])S?$`),                  // Kyocera: TK-5240K
	regexp.MustCompile(`^(?:TN|TNP|IUP|DR|DV|IU)-?[0-9]{2,4}(BK|[KCMY])[LX]*$`), // Brother: TN-247C; Konica Minolta: TN324K
	regexp.MustCompile(`^CLT-([KCMY])[0-9]{3}[A-Z]$`),                           // Samsung: CLT-K504S
	regexp.MustCompile(`^MX-?[0-9C]{2,3}[GNFA]T([BCMY])A?$`),                    // Sharp: MX61GTBA
	regexp.MustCompile(`^T-FC[0-9]{2,4}[A-Z]?-?([KCMY])R?$`),                    // Toshiba: T-FC505E-K
}

var letters = map[string]string{"k": "black", "b": "black", "bk": "black", "c": "cyan", "m": "magenta", "y": "yellow"}

// shades change the colour that follows.
var shades = map[string]string{
	"light": "light", "photo": "photo", "matte": "matte", "mat": "matte", "vivid": "vivid", "dark": "dark",
}

// colourWords are the colours in the languages in which printers speak here. A
// word that means something else in another of these languages is not in it
// ("must" is black in Estonian).
var colourWords = map[string]string{
	"black": "black", "bk": "black", "pgbk": "black", "pbk": "photo black", "mbk": "matte black", "cyan": "cyan", "magenta": "magenta", "yellow": "yellow", "grey": "grey", "gray": "grey",
	"red": "red", "green": "green", "blue": "blue", "orange": "orange", "violet": "violet", "white": "white", "clear": "clear",
	// Lithuanian
	"juoda": "black", "juodas": "black", "juodos": "black", "juodi": "black", "juodų": "black", "žydra": "cyan", "žydras": "cyan", "žydros": "cyan", "žydri": "cyan",
	"žalsvai": "cyan", "purpurinė": "magenta", "purpurinis": "magenta", "purpurinės": "magenta", "rausva": "magenta", "rausvas": "magenta", "rausvai": "magenta", "geltona": "yellow", "geltonas": "yellow", "geltonos": "yellow", "geltoni": "yellow",
	"juodoji": "black", "žydroji": "cyan", "žydrų": "cyan", "purpurinių": "magenta", "purpurinioji": "magenta", "geltonoji": "yellow", "geltonų": "yellow",
	"mėlyna": "blue", "mėlynas": "blue", "mėlynos": "blue", "raudona": "red", "raudonas": "red",
	// German
	"schwarz": "black", "zyan": "cyan", "gelb": "yellow", "grau": "grey",
	// Russian
	"черный": "black", "чёрный": "black", "черная": "black", "чёрная": "black", "голубой": "cyan", "голубая": "cyan", "бирюзовый": "cyan",
	"пурпурный": "magenta", "пурпурная": "magenta", "малиновый": "magenta", "желтый": "yellow", "жёлтый": "yellow", "желтая": "yellow", "жёлтая": "yellow",
	"черного": "black", "чёрного": "black", "голубого": "cyan", "пурпурного": "magenta", "желтого": "yellow", "жёлтого": "yellow",
	// Polish
	"czarnego": "black", "czarnym": "black", "żółtego": "yellow", "błękitnego": "cyan", "purpurowego": "magenta",
	"czarny": "black", "czarna": "black", "cyjan": "cyan", "błękitny": "cyan", "błękitna": "cyan", "purpurowy": "magenta", "purpurowa": "magenta", "żółty": "yellow", "żółta": "yellow",
	// Latvian
	"melns": "black", "melnā": "black", "ciāns": "cyan", "fuksīns": "magenta", "dzeltens": "yellow", "dzeltenā": "yellow",
	// Estonian
	"kollane": "yellow", "tsüaan": "cyan",
	// French, Spanish, Italian, Portuguese
	"noir": "black", "noire": "black", "jaune": "yellow", "negro": "black", "cian": "cyan", "amarillo": "yellow", "nero": "black", "ciano": "cyan", "giallo": "yellow", "preto": "black", "amarelo": "yellow",
	// Dutch, Swedish, Danish, Norwegian, Finnish
	"zwart": "black", "cyaan": "cyan", "geel": "yellow", "svart": "black", "gul": "yellow", "musta": "black", "syaani": "cyan", "keltainen": "yellow",
	// Czech
	"černá": "black", "černý": "black", "azurová": "cyan", "azurový": "cyan", "purpurová": "magenta", "purpurový": "magenta", "žlutá": "yellow", "žlutý": "yellow",
}
