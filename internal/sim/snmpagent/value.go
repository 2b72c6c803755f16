package snmpagent

import (
	"encoding/binary"
	"math"
	"net/netip"
)

// The tags of ASN.1 and SMI (RFC 2578, section 7) and of version 2's exceptions.
const (
	tagInteger   = 0x02
	tagOctets    = 0x04
	tagNull      = 0x05
	tagOID       = 0x06
	tagSequence  = 0x30
	tagAddress   = 0x40
	tagCounter32 = 0x41
	tagGauge32   = 0x42
	tagTimeTicks = 0x43
	tagOpaque    = 0x44
	tagCounter64 = 0x46
	tagUnsigned  = 0x47 // of RFC 1442; a few old agents have it

	noSuchObject   = 0x80
	noSuchInstance = 0x81
	endOfView      = 0x82
)

// Value is a value as it goes over the wire: a tag and octets.
type Value struct {
	tag  byte
	data []byte
}

// Raw is a value of any tag, right or wrong.
func Raw(tag byte, content []byte) Value { return Value{tag, content} }

// Integer is an INTEGER. More than 32 bits are sent as they are.
func Integer(n int64) Value { return Value{tagInteger, integer(n)} }

// Text is an OCTET STRING.
func Text(s string) Value { return Value{tagOctets, []byte(s)} }

// Octets is an OCTET STRING.
func Octets(b ...byte) Value { return Value{tagOctets, b} }

// Null is a NULL, which agents give where they know nothing.
func Null() Value { return Value{tagNull, nil} }

// ObjectID is an OBJECT IDENTIFIER; text that is none panics.
func ObjectID(oid string) Value { return Value{tagOID, encodeOID(mustParse(oid))} }

// Address is an IpAddress.
func Address(a netip.Addr) Value { return Value{tagAddress, a.AsSlice()} }

// Counter32 is a Counter32.
func Counter32(n uint32) Value { return Value{tagCounter32, unsigned(uint64(n))} }

// Gauge32 is a Gauge32, which Unsigned32 is too.
func Gauge32(n uint32) Value { return Value{tagGauge32, unsigned(uint64(n))} }

// TimeTicks is a time in hundredths of a second.
func TimeTicks(n uint32) Value { return Value{tagTimeTicks, unsigned(uint64(n))} }

// Counter64 is a Counter64. Version 1 does not see it (RFC 2576, section 4.2).
func Counter64(n uint64) Value { return Value{tagCounter64, unsigned(n)} }

// Float is an Opaque that holds a float, as net-snmp has it.
func Float(f float32) Value {
	return Value{tagOpaque, binary.BigEndian.AppendUint32([]byte{0x9f, 0x78, 4}, math.Float32bits(f))}
}

// Double is an Opaque that holds a double, as net-snmp has it.
func Double(f float64) Value {
	return Value{tagOpaque, binary.BigEndian.AppendUint64([]byte{0x9f, 0x79, 8}, math.Float64bits(f))}
}

// integer encodes a number in as few octets as it needs (X.690, 8.3).
func integer(n int64) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(n))
	for len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xff && b[1] >= 0x80) {
		b = b[1:]
	}
	return b
}

// unsigned encodes a number that is not negative.
func unsigned(n uint64) []byte {
	b := binary.BigEndian.AppendUint64([]byte{0}, n)
	for len(b) > 1 && b[0] == 0 && b[1] < 0x80 {
		b = b[1:]
	}
	return b
}

// encodeOID encodes arcs (X.690, 8.19).
func encodeOID(arcs []uint32) []byte {
	if len(arcs) < 2 {
		return []byte{0}
	}
	b := base128(nil, uint64(arcs[0])*40+uint64(arcs[1]))
	for _, arc := range arcs[2:] {
		b = base128(b, uint64(arc))
	}
	return b
}

func base128(b []byte, n uint64) []byte {
	septets := 1
	for rest := n >> 7; rest > 0; rest >>= 7 {
		septets++
	}
	for i := septets - 1; i > 0; i-- {
		b = append(b, 0x80|byte(n>>(7*i)&0x7f))
	}
	return append(b, byte(n&0x7f))
}

// tlv appends tag, length and content.
func tlv(b []byte, tag byte, content []byte) []byte {
	b = append(b, tag)
	switch n := len(content); {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	default:
		b = append(b, 0x82, byte(n>>8), byte(n))
	}
	return append(b, content...)
}
