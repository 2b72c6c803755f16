package snmpagent

import (
	"errors"
	"math"
)

// The kinds of messages (RFC 3416, section 3).
const (
	getRequest     = 0xa0
	getNextRequest = 0xa1
	getResponse    = 0xa2
	getBulkRequest = 0xa5
)

// The errors that an agent reports (RFC 3416, section 3).
const (
	noError    = 0
	tooBig     = 1
	noSuchName = 2
	GenErr     = 5 // for Behaviour.Fail
)

// request is what a manager sent.
type request struct {
	version   int64 // 0: 1, 1: 2c
	community string
	kind      byte
	id        int64
	first     int64 // error status, or non-repeaters
	second    int64 // error index, or max-repetitions
	names     []string
}

var errMessage = errors.New("no message of SNMP version 1 or 2c")

// parseRequest reads a message. It is strict: a manager that sends rubbish is a
// fault that a test should see.
func parseRequest(b []byte) (request, error) {
	var r request
	p := parser{rest: b}
	message := parser{rest: p.take(tagSequence)}
	r.version = message.integer()
	r.community = string(message.take(tagOctets))
	if message.bad || p.bad || len(message.rest) == 0 || r.version > 1 {
		return r, errMessage
	}
	r.kind = message.rest[0]
	pdu := parser{rest: message.take(r.kind)}
	r.id, r.first, r.second = pdu.integer(), pdu.integer(), pdu.integer()
	list := parser{rest: pdu.take(tagSequence)}
	for len(list.rest) > 0 && !list.bad {
		variable := parser{rest: list.take(tagSequence)}
		name := variable.take(tagOID)
		arcs := decodeOID(name)
		if variable.bad || arcs == nil {
			return r, errMessage
		}
		r.names = append(r.names, keyOf(arcs))
	}
	if message.bad || pdu.bad || list.bad {
		return r, errMessage
	}
	return r, nil
}

// parser takes TLVs from the beginning of bytes. After a fault it gives nothing.
type parser struct {
	rest []byte
	bad  bool
}

func (p *parser) take(tag byte) []byte {
	b := p.rest
	if p.bad || len(b) < 2 || b[0] != tag {
		p.bad = true
		return nil
	}
	length, header := int(b[1]), 2
	if length > 0x80 && length <= 0x84 && len(b) >= length-0x80+2 {
		header = length - 0x80 + 2
		length = 0
		for _, octet := range b[2:header] {
			length = length<<8 | int(octet)
		}
	} else if length >= 0x80 {
		p.bad = true
		return nil
	}
	if length > len(b)-header {
		p.bad = true
		return nil
	}
	p.rest = b[header+length:]
	return b[header : header+length]
}

func (p *parser) integer() int64 {
	n, ok := parseInteger(p.take(tagInteger))
	p.bad = p.bad || !ok
	return n
}

func parseInteger(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 8 {
		return 0, false
	}
	n := int64(int8(b[0]))
	for _, octet := range b[1:] {
		n = n<<8 | int64(octet)
	}
	return n, true
}

// decodeOID reads the octets of an OID; nil when they are none.
func decodeOID(b []byte) []uint32 {
	var arcs []uint32
	var n uint64
	for i, octet := range b {
		if n = n<<7 | uint64(octet&0x7f); n > math.MaxUint32+80 {
			return nil
		}
		if octet&0x80 != 0 {
			if i == len(b)-1 {
				return nil
			}
			continue
		}
		if arcs == nil {
			top := min(n/40, 2)
			arcs = append(arcs, uint32(top))
			n -= top * 40
		}
		if n > math.MaxUint32 || len(arcs) > maxArcs {
			return nil
		}
		arcs = append(arcs, uint32(n))
		n = 0
	}
	return arcs
}

// answer is what the agent says to a request.
type answer struct {
	status, index int64
	list          []byte // variables, encoded
}

// encode writes the message of an answer to r.
func (a answer) encode(r request, id int64) []byte {
	var pdu []byte
	pdu = tlv(pdu, tagInteger, integer(id))
	pdu = tlv(pdu, tagInteger, integer(a.status))
	pdu = tlv(pdu, tagInteger, integer(a.index))
	pdu = tlv(pdu, tagSequence, a.list)
	var m []byte
	m = tlv(m, tagInteger, integer(r.version))
	m = tlv(m, tagOctets, []byte(r.community))
	m = tlv(m, getResponse, pdu)
	return tlv(nil, tagSequence, m)
}

// variable encodes a variable.
func variable(key string, v Value) []byte {
	return tlv(nil, tagSequence, tlv(tlv(nil, tagOID, encodeOID(arcsOf(key))), v.tag, v.data))
}

// Wrap makes the message that answers a request's bytes with these bytes where
// the list of variables is, right or wrong; nil when the request is none of
// version 1 or 2c. It is for Behaviour.Raw.
func Wrap(in, list []byte) []byte {
	r, err := parseRequest(in)
	if err != nil {
		return nil
	}
	return answer{list: list}.encode(r, r.id)
}

// Variable encodes a variable as it stands in the list of an answer.
func Variable(oid string, v Value) []byte { return variable(keyOf(mustParse(oid)), v) }
