package ingest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The messages are read where they lie: pieces of the body, no copies. Nothing
// of them outlives the request, so that a body costs no more memory than its
// bytes, however its messages are nested.
//
// Sources: prometheus.WriteRequest (Remote-Write 1.0, prompb/remote.proto and
// types.proto) and io.prometheus.write.v2.Request (2.0), both in
// prometheus/prometheus.

// maxSymbols bounds the table of a 2.0 request; each of its entries costs more
// memory than the two bytes that it needs on the wire.
const maxSymbols = 500_000

// maxLabels is how many labels of a series are looked at; metricdb takes fewer.
const maxLabels = 256

var errMalformed = errors.New("malformed protobuf")

// series is one series of a request, in pieces of its body.
type series struct {
	labels  [][]byte // name, value, name, value, …; of no use when broken
	broken  bool     // labels that are no pairs, or are not in the table
	tooMany bool     // more than maxLabels
	message []byte
	v1      bool
}

// numbers of a series' fields.
func (s *series) fields() (samples, histograms protowire.Number) {
	if s.v1 {
		return 2, 4
	}
	return 2, 3
}

// next cuts the next field off a message. For a length-delimited field value is
// its content; for others it is empty, and n is the number.
func next(msg []byte) (num protowire.Number, typ protowire.Type, value []byte, n uint64, rest []byte, err error) {
	num, typ, size := protowire.ConsumeTag(msg)
	if size < 0 {
		return 0, 0, nil, 0, nil, errMalformed
	}
	msg = msg[size:]
	switch typ {
	case protowire.BytesType:
		value, size = protowire.ConsumeBytes(msg)
	case protowire.VarintType:
		n, size = protowire.ConsumeVarint(msg)
	case protowire.Fixed64Type:
		n, size = protowire.ConsumeFixed64(msg)
	case protowire.Fixed32Type:
		_, size = protowire.ConsumeFixed32(msg)
	default: // groups: nobody sends them
		return 0, 0, nil, 0, nil, errMalformed
	}
	if size < 0 {
		return 0, 0, nil, 0, nil, errMalformed
	}
	return num, typ, value, n, msg[size:], nil
}

// decoder reads requests. Its slices are used again and again.
type decoder struct {
	symbols [][]byte
	series  series
}

// each calls f for every series of a request. What f is given is valid until it
// returns.
func (d *decoder) each(msg []byte, v1 bool, f func(*series) error) error {
	d.series.v1 = v1
	field := protowire.Number(1)
	if !v1 {
		field = 5
		if err := d.readSymbols(msg); err != nil {
			return err
		}
	}
	for len(msg) > 0 {
		num, typ, value, _, rest, err := next(msg)
		if err != nil {
			return err
		}
		msg = rest
		if num != field {
			continue
		}
		if typ != protowire.BytesType {
			return errMalformed
		}
		if err := d.read(value); err != nil {
			return err
		}
		if err := f(&d.series); err != nil {
			return err
		}
	}
	return nil
}

// readSymbols reads the table of a 2.0 request, which may lie anywhere in it.
func (d *decoder) readSymbols(msg []byte) error {
	d.symbols = d.symbols[:0]
	for len(msg) > 0 {
		num, typ, value, _, rest, err := next(msg)
		if err != nil {
			return err
		}
		msg = rest
		if num != 4 {
			continue
		}
		if typ != protowire.BytesType {
			return errMalformed
		}
		if len(d.symbols) >= maxSymbols {
			return tooLarge("the request has more than %d symbols; send less at once", maxSymbols)
		}
		d.symbols = append(d.symbols, value)
	}
	return nil
}

// read reads the labels of one series.
func (d *decoder) read(msg []byte) error {
	s := &d.series
	s.labels, s.broken, s.tooMany, s.message = s.labels[:0], false, false, msg
	for len(msg) > 0 {
		num, typ, value, n, rest, err := next(msg)
		if err != nil {
			return err
		}
		msg = rest
		if num != 1 {
			continue
		}
		switch {
		case s.v1 && typ == protowire.BytesType:
			err = s.pair(value)
		case s.v1:
			err = errMalformed
		case typ == protowire.BytesType: // packed
			for len(value) > 0 {
				ref, size := binary.Uvarint(value)
				if size <= 0 {
					return errMalformed
				}
				value = value[size:]
				d.ref(ref)
			}
		case typ == protowire.VarintType:
			d.ref(n)
		default:
			err = errMalformed
		}
		if err != nil {
			return err
		}
	}
	if len(s.labels)%2 != 0 {
		s.broken = true
	}
	return nil
}

// ref adds a symbol to the labels.
func (d *decoder) ref(i uint64) {
	s := &d.series
	switch {
	case i >= uint64(len(d.symbols)):
		s.broken = true
	case len(s.labels) >= 2*maxLabels:
		s.tooMany = true
	default:
		s.labels = append(s.labels, d.symbols[i])
	}
}

// pair adds the name and the value of a 1.0 label.
func (s *series) pair(msg []byte) error {
	var name, val []byte
	for len(msg) > 0 {
		num, typ, value, _, rest, err := next(msg)
		if err != nil {
			return err
		}
		msg = rest
		if num == 1 || num == 2 {
			if typ != protowire.BytesType {
				return errMalformed
			}
			if num == 1 {
				name = value
			} else {
				val = value
			}
		}
	}
	if len(s.labels) >= 2*maxLabels {
		s.tooMany = true
		return nil
	}
	s.labels = append(s.labels, name, val)
	return nil
}

// readSample reads a sample; both versions number its fields alike.
func readSample(msg []byte) (at int64, v float64, err error) {
	for len(msg) > 0 {
		num, typ, _, n, rest, err := next(msg)
		if err != nil {
			return 0, 0, err
		}
		msg = rest
		switch {
		case num == 1 && typ == protowire.Fixed64Type:
			v = math.Float64frombits(n)
		case num == 2 && typ == protowire.VarintType:
			at = int64(n)
		case num == 1 || num == 2:
			return 0, 0, fmt.Errorf("%w: a sample's value or time has another type", errMalformed)
		}
	}
	return at, v, nil
}
