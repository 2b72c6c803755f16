package printer

import (
	"context"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/budi-monitor/budi/internal/snmp"
)

// Where a printer says in what character set its texts are (RFC 3805): those of
// its display in one, all others in another.
const (
	prtGeneralCurrentLocalization = "1.3.6.1.2.1.43.5.1.1.2"
	prtConsoleLocalization        = "1.3.6.1.2.1.43.5.1.1.10"
	prtLocalizationCharacterSet   = "1.3.6.1.2.1.43.7.1.1.4"
)

// charsets are the character sets of one octet for each character that printers
// may name, by their MIBenum (IANA, character sets). Latin-1 is not among them: it
// is what everything else is taken for.
var charsets = map[int64]*charmap.Charmap{
	5: charmap.ISO8859_2, 6: charmap.ISO8859_3, 7: charmap.ISO8859_4, 8: charmap.ISO8859_5, 9: charmap.ISO8859_6, 10: charmap.ISO8859_7,
	11: charmap.ISO8859_8, 12: charmap.ISO8859_9, 13: charmap.ISO8859_10, 109: charmap.ISO8859_13, 110: charmap.ISO8859_14, 111: charmap.ISO8859_15, 112: charmap.ISO8859_16,
	2009: charmap.CodePage850, 2010: charmap.CodePage852, 2011: charmap.CodePage437, 2046: charmap.CodePage855, 2084: charmap.KOI8R, 2086: charmap.CodePage866,
	2088: charmap.KOI8U, 2089: charmap.CodePage858, 2250: charmap.Windows1250, 2251: charmap.Windows1251, 2252: charmap.Windows1252, 2253: charmap.Windows1253,
	2254: charmap.Windows1254, 2255: charmap.Windows1255, 2256: charmap.Windows1256, 2257: charmap.Windows1257, 2258: charmap.Windows1258,
}

// text is a text of a printer as people read it.
func (l *looking) text(ctx context.Context, index string, v snmp.Value) string {
	if v.Type != snmp.OctetString {
		return v.Text()
	}
	return snmp.Clean(l.decoded(ctx, prtGeneralCurrentLocalization, index, v.Bytes()))
}

// decoded is a text in UTF-8 when it is in a character set that the printer names.
// Nobody asks while texts are ASCII or UTF-8, as most are. Index is that of a row of
// the printer's.
func (l *looking) decoded(ctx context.Context, localization, index string, b []byte) []byte {
	if text, wide := snmp.FromUTF16(b); wide {
		return text
	}
	if utf8.Valid(b) {
		return b
	}
	key := localization + "." + deviceOf(index)
	set, asked := l.charsets[key]
	if !asked {
		set = l.charset(ctx, key, deviceOf(index))
		if l.charsets == nil {
			l.charsets = map[string]*charmap.Charmap{}
		}
		l.charsets[key] = set
	}
	if set == nil {
		return b
	}
	out, err := set.NewDecoder().Bytes(b)
	if err != nil {
		return b
	}
	return out
}

// charset asks for a character set; nil when the printer names none that we know.
// That it could not be asked is no error of the look: the text is read otherwise.
func (l *looking) charset(ctx context.Context, localization, printer string) *charmap.Charmap {
	got, err := l.agent.Get(ctx, localization)
	n, ok := got[localization].Int()
	if err != nil || !ok || n <= 0 {
		return nil
	}
	oid := fmt.Sprintf("%s.%s.%d", prtLocalizationCharacterSet, printer, n)
	got, err = l.agent.Get(ctx, oid)
	if err != nil {
		return nil
	}
	set, _ := got[oid].Int()
	return charsets[set]
}
