// Package charset tells the encoding of a page of a website as browsers find it, and
// for old Lithuanian pages that do not say theirs.
package charset

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// Of tells the encoding of a page and its name (WHATWG Encoding, section 4.2);
// contentType is that of its header, encoding.Nop stands for UTF-8. Where neither the header nor the beginning
// of the page says it, browsers look at all of the page: a page of UTF-8 whose first
// letter beyond ASCII comes late is one of UTF-8. What is none was written here, in
// the old encoding of Windows.
func Of(body []byte, contentType string) (encoding.Encoding, string) {
	head := body[:min(len(body), 1024)]
	enc, name, said := charset.DetermineEncoding(head, contentType)
	switch {
	case said || name != "windows-1252" || bytes.Contains(bytes.ToLower(head), []byte("charset")): // that name is also its guess
		return enc, name
	case isUTF8(body):
		return encoding.Nop, "utf-8"
	}
	return charmap.Windows1257, "windows-1257"
}

// isUTF8 reports whether a page is in UTF-8, though it may be cut within its last
// letter.
func isUTF8(body []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut <= len(body); cut++ {
		if utf8.Valid(body[:len(body)-cut]) {
			return true
		}
	}
	return false
}
