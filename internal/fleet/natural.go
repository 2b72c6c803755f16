package fleet

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CompareNatural orders names as people do: numbers in them by their value, so
// that seat 2 comes before seat 10, and letters without regard to their case.
// Names that differ in neither are ordered by their bytes.
func CompareNatural(a, b string) int {
	if a == b {
		return 0
	}
	x, y := a, b
	for x != "" && y != "" {
		if n, restX, ok := leadingNumber(x); ok {
			if m, restY, ok := leadingNumber(y); ok {
				if c := cmp.Or(cmp.Compare(len(n), len(m)), strings.Compare(n, m)); c != 0 {
					return c
				}
				x, y = restX, restY
				continue
			}
		}
		if c, d := x[0], y[0]; c < utf8.RuneSelf && d < utf8.RuneSelf { // nearly always
			if n := cmp.Compare(small(c), small(d)); n != 0 {
				return n
			}
			x, y = x[1:], y[1:]
			continue
		}
		r, sizeX := utf8.DecodeRuneInString(x)
		s, sizeY := utf8.DecodeRuneInString(y)
		if c := cmp.Compare(unicode.ToLower(r), unicode.ToLower(s)); c != 0 {
			return c
		}
		x, y = x[sizeX:], y[sizeY:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

// small is the small letter of an ASCII character.
func small(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// leadingNumber cuts the digits at the beginning of s, without leading zeros.
func leadingNumber(s string) (number, rest string, ok bool) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return strings.TrimLeft(s[:i], "0"), s[i:], i > 0
}
