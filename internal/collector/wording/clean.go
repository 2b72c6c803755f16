package wording

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of foreign texts, in runes.
const (
	MaxName  = 200  // a name, a short text
	MaxProse = 2000 // sentences
)

// Clean makes foreign text fit for one line: valid, at most limit runes,
// without control characters and line breaks, without characters that reorder
// what follows.
func Clean(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0xFEFF:
			return -1
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return Cut(strings.Join(strings.Fields(s), " "), limit)
}

// Cut shortens to n runes, the last being an ellipsis.
func Cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:n-1]), " ") + "…"
}

// sentence ends a text with one full stop: a length of time may bring its own.
func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// lowerFirst puts a subject after a colon; "TLS" and the like stay.
func lowerFirst(s string) string {
	r := []rune(s)
	if len(r) > 1 && unicode.IsUpper(r[0]) && unicode.IsLower(r[1]) {
		r[0] = unicode.ToLower(r[0])
	}
	return string(r)
}
