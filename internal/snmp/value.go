package snmp

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Type is the ASN.1 or SMI type of a Value.
type Type byte

// The types that values have (RFC 2578, section 7). What an agent does not have
// (noSuchObject, noSuchInstance, endOfMibView, NULL) is no value.
const (
	Integer          Type = 0x02
	OctetString      Type = 0x04
	ObjectIdentifier Type = 0x06
	IPAddress        Type = 0x40
	Counter32        Type = 0x41
	Gauge32          Type = 0x42
	TimeTicks        Type = 0x43
	Opaque           Type = 0x44
	Counter64        Type = 0x46
)

// Value is one value that an agent gave. The zero Value is none: its methods
// return zeros and false.
type Value struct {
	Type   Type
	number int64  // Integer; bits of an unsigned one; those of the float in an Opaque (net-snmp)
	data   string // OctetString; other Opaque; ObjectIdentifier and IPAddress as text
}

// IsZero reports whether there is no value.
func (v Value) IsZero() bool { return v.Type == 0 }

// Int returns a number: of an integer type, or of a text of digits, as some
// agents give numbers.
func (v Value) Int() (int64, bool) {
	switch v.Type {
	case Counter64:
		return v.number, v.number >= 0 // beyond, only Uint and Float tell it
	case Integer, Counter32, Gauge32, TimeTicks:
		return v.number, true
	case OctetString:
		n, err := strconv.ParseInt(strings.TrimSpace(v.Text()), 10, 64)
		return n, err == nil
	}
	return 0, false
}

// Uint returns a number that cannot be negative. An Integer below zero is taken
// for the 32 bits that it was meant to be, as hrStorageSize of large volumes.
func (v Value) Uint() (uint64, bool) {
	if v.Type == Counter64 {
		return uint64(v.number), true
	}
	n, ok := v.Int()
	switch {
	case v.Type == Integer && n < 0 && n >= math.MinInt32:
		return uint64(uint32(n)), ok
	case n < 0:
		return 0, false
	}
	return uint64(n), ok
}

// Float returns a number of any kind, also of a text ("1.25", "15 %").
func (v Value) Float() (float64, bool) {
	switch v.Type {
	case Opaque:
		f := math.Float64frombits(uint64(v.number))
		return f, v.data == "" && !math.IsNaN(f) && !math.IsInf(f, 0)
	case Counter64:
		return float64(uint64(v.number)), true
	case OctetString:
		text := strings.TrimSpace(v.Text())
		end := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("+-.0123456789", r) })
		if end >= 0 {
			text = text[:end]
		}
		f, err := strconv.ParseFloat(text, 64)
		return f, err == nil && !math.IsInf(f, 0)
	}
	n, ok := v.Int()
	return float64(n), ok
}

// Text returns an OctetString as people read it: UTF-8, or UTF-16 or Latin-1 where it
// is not, without control characters, at most MaxText bytes; of other types what
// stands for them in text.
func (v Value) Text() string {
	switch v.Type {
	case OctetString:
		return clean(v.data)
	case ObjectIdentifier, IPAddress:
		return v.data
	case 0:
		return ""
	case Opaque:
		if f, ok := v.Float(); ok {
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
		return ""
	case Counter64:
		return strconv.FormatUint(uint64(v.number), 10)
	}
	return strconv.FormatInt(v.number, 10)
}

// Bit reports whether a bit of an OctetString of the kind BITS is set (RFC 2578,
// section 7.1.4): bit 0 is the most significant one of the first octet. A bit that
// is not there is not set.
func (v Value) Bit(n int) bool {
	return v.Type == OctetString && n >= 0 && n/8 < len(v.data) && v.data[n/8]&(0x80>>(n%8)) != 0
}

// opaque reads the values that net-snmp puts into an Opaque besides floats:
// integers of 64 bits. What else is in one stays octets that nobody reads.
func opaque(b []byte) Value {
	const extension, counter64, signed64, unsigned64 = 0x9f, 0x76, 0x7a, 0x7b
	if len(b) < 4 || b[0] != extension || int(b[2]) != len(b)-3 || len(b) > 3+9 {
		return Value{Type: Opaque, data: string(b)}
	}
	var n uint64
	if b[1] == signed64 && b[3] >= 0x80 {
		n = math.MaxUint64
	}
	for _, octet := range b[3:] {
		n = n<<8 | uint64(octet)
	}
	switch b[1] {
	case counter64, unsigned64:
		return Value{Type: Counter64, number: int64(n)}
	case signed64:
		return Value{Type: Integer, number: int64(n)}
	}
	return Value{Type: Opaque, data: string(b)}
}

// Bytes returns the octets of an OctetString.
func (v Value) Bytes() []byte {
	if v.Type != OctetString {
		return nil
	}
	return []byte(v.data)
}

// OID returns an ObjectIdentifier without a leading dot; also one that an agent wrote
// out as a text, as some do with their sysObjectID.
func (v Value) OID() string {
	switch v.Type {
	case ObjectIdentifier:
		return v.data
	case OctetString:
		text := strings.TrimPrefix(strings.TrimRight(v.data, "\x00 "), ".")
		if !strings.HasPrefix(text, "1.3.6.1.") || len(text) > maxOIDText || strings.Contains(text, "..") || strings.HasSuffix(text, ".") || strings.Trim(text, "0123456789.") != "" {
			return ""
		}
		return text
	}
	return ""
}

// maxOIDText bounds an object identifier that is written out, in bytes.
const maxOIDText = 400

// MAC returns six octets as a hardware address in lower case with colons; ""
// for anything else, and for none but zeros.
func (v Value) MAC() string {
	if v.Type != OctetString || len(v.data) != 6 || strings.Trim(v.data, "\x00") == "" {
		return ""
	}
	return FormatMAC([]byte(v.data))
}

// FormatMAC writes a hardware address in lower case with colons.
func FormatMAC(b []byte) string {
	text := hex.EncodeToString(b)
	parts := make([]string, 0, len(b))
	for i := 0; i < len(text); i += 2 {
		parts = append(parts, text[i:i+2])
	}
	return strings.Join(parts, ":")
}

// MaxText bounds a text of a device, in bytes.
const MaxText = 1000

// Clean makes readable text of octets that a device sent: UTF-8, or Latin-1
// where it is not; line breaks and tabs become spaces, other control characters
// and NULs go; bounded to MaxText bytes.
func Clean(b []byte) string { return clean(string(b)) }

func clean(s string) string {
	if text, wide := FromUTF16([]byte(s)); wide {
		s = string(text)
	}
	if !utf8.ValidString(s) {
		runes := make([]rune, len(s))
		for i := range len(s) {
			runes[i] = rune(s[i])
		}
		s = string(runes)
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case unicode.IsControl(r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
	return Clip(strings.TrimSpace(s), MaxText)
}

// FromUTF16 returns a text that a device sent in UTF-16, in UTF-8: after a byte order
// mark, or when every other octet is one that no other text has so many of. It reports
// false for any other text.
func FromUTF16(b []byte) ([]byte, bool) {
	if len(b) < 4 || len(b)%2 != 0 {
		return nil, false
	}
	var order binary.ByteOrder
	switch {
	case b[0] == 0xfe && b[1] == 0xff:
		order, b = binary.BigEndian, b[2:]
	case b[0] == 0xff && b[1] == 0xfe:
		order, b = binary.LittleEndian, b[2:]
	case wide(b, 0):
		order = binary.BigEndian
	case wide(b, 1):
		order = binary.LittleEndian
	default:
		return nil, false
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i < len(b); i += 2 {
		units = append(units, order.Uint16(b[i:]))
	}
	return []byte(string(utf16.Decode(units))), true
}

// wide reports whether the octets from first on, every other one, are the high ones of
// characters of Latin, Greek or Cyrillic, and the ones between are not.
func wide(b []byte, first int) bool {
	const cyrillic = 4
	for i := first; i < len(b); i += 2 {
		low := b[i^1]
		if b[i] > cyrillic || b[i] == 0 && low < ' ' && low != 0 && low != '\n' && low != '\r' && low != '\t' {
			return false
		}
	}
	return b[first^1] >= ' '
}

// Clip shortens a text to at most limit bytes of valid UTF-8.
func Clip(s string, limit int) string {
	return strings.ToValidUTF8(s[:min(len(s), limit)], "")
}

// Variable is one object and its value.
type Variable struct {
	OID   string // without a leading dot
	Value Value
}

// Values are the objects that a Get found, by OID without a leading dot. What
// the agent does not have is not in it.
type Values map[string]Value

// Row is one row of a table.
type Row struct {
	Index string        // what follows the column in the OID: "1.3"
	Cells map[int]Value // by column; absent cells are not in it
}

// Int returns the number in a column.
func (r Row) Int(column int) (int64, bool) { return r.Cells[column].Int() }

// Text returns the text in a column.
func (r Row) Text(column int) string { return r.Cells[column].Text() }

// Arcs returns the numbers of the index; nil when one is no number.
func (r Row) Arcs() []uint32 {
	var arcs []uint32
	for part := range strings.SplitSeq(r.Index, ".") {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return nil
		}
		arcs = append(arcs, uint32(n))
	}
	return arcs
}

// Compare orders OIDs as agents do: by the numbers of their arcs.
func Compare(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) {
		return cmp.Compare(len(a), len(b))
	}
	// Numbers have no leading zeros: the one with more digits is the larger.
	return cmp.Or(cmp.Compare(digits(a[i:]), digits(b[i:])), cmp.Compare(a[i], b[i]))
}

// digits is how many bytes there are before the next dot.
func digits(s string) int {
	if dot := strings.IndexByte(s, '.'); dot >= 0 {
		return dot
	}
	return len(s)
}
