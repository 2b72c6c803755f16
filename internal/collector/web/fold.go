package web

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold makes of a text what is compared when people search: small letters
// without accents, so that "zalgirio" finds "Žalgirio".
func Fold(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] < utf8.RuneSelf
	}
	if plain {
		return strings.ToLower(s)
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
}

// Score says how well words fit a name and what is said besides; 0: not at all.
// Words are folded. A whole name counts more than its beginning, that more than
// the beginning of one of its words, and that more than any part; what is said
// besides counts least.
func Score(words []string, name string, besides ...string) int {
	name = Fold(name)
	var folded []string // of besides, as soon as it is needed
	sum := 0
	for _, w := range words {
		switch i := strings.Index(name, w); {
		case name == w:
			sum += 100
		case i == 0:
			sum += 50
		case i > 0 && !isWord(name[i-1]):
			sum += 30
		case i > 0:
			sum += 20
		default:
			if folded == nil {
				folded = make([]string, len(besides))
				for i, s := range besides {
					folded[i] = Fold(s)
				}
			}
			switch {
			case slices.Contains(folded, w):
				sum += 40 // all of an ID, of a serial or an asset number
			case slices.ContainsFunc(folded, func(s string) bool { return strings.Contains(s, w) }):
				sum += 10
			default:
				return 0
			}
		}
	}
	return sum
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= utf8.RuneSelf
}
