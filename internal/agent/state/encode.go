package state

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// errUnreadable says that stored bytes are not what was written.
var errUnreadable = errors.New("the stored bytes are damaged")

// seal puts a checksum before bytes, and unseal checks it: pages that are sound
// as a tree may still hold other bytes than were written.
func seal(b []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(b)), crc32.ChecksumIEEE(b)), b...)
}

func unseal(b []byte) ([]byte, error) {
	if len(b) < 4 || binary.LittleEndian.Uint32(b) != crc32.ChecksumIEEE(b[4:]) {
		return nil, errUnreadable
	}
	return b[4:], nil
}

// point is a sample whose name and labels are in the dictionary.
type point struct {
	series uint64
	value  float64
}

// encodeEntry writes the samples of one look:
//
//	CRC-32 of the rest, little endian
//	varint    time, Unix milliseconds
//	uvarint   number of samples
//	for each: varint series minus the series before
//	          uvarint value: 2×zigzag for whole numbers below 2^52,
//	          else 1 and 8 bytes of IEEE 754, little endian
//
// Most samples of a computer are whole numbers, and series mostly follow each
// other in the order of the dictionary, so a sample takes 2 to 10 bytes.
func encodeEntry(at time.Time, points []point) []byte {
	b := make([]byte, 4, 4+10+len(points)*10)
	b = binary.AppendVarint(b, at.UnixMilli())
	b = binary.AppendUvarint(b, uint64(len(points)))
	last := uint64(0)
	for _, p := range points {
		b = binary.AppendVarint(b, int64(p.series-last))
		last = p.series
		if whole, ok := wholeNumber(p.value); ok {
			b = binary.AppendUvarint(b, (uint64(whole)<<1^uint64(whole>>63))<<1)
			continue
		}
		b = append(b, 1)
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.value))
	}
	binary.LittleEndian.PutUint32(b, crc32.ChecksumIEEE(b[4:]))
	return b
}

// wholeNumber returns v as an integer when nothing is lost by it, not even the
// sign of -0.
func wholeNumber(v float64) (int64, bool) {
	if !(math.Abs(v) < 1<<52) {
		return 0, false
	}
	whole := int64(v)
	return whole, math.Float64bits(float64(whole)) == math.Float64bits(v)
}

// readEntryHead returns the time and the number of samples of an entry, and
// what follows, without looking at the checksum.
func readEntryHead(b []byte) (at time.Time, count int, rest []byte, err error) {
	if len(b) < 4 {
		return time.Time{}, 0, nil, errUnreadable
	}
	b = b[4:]
	ms, n := binary.Varint(b)
	if n <= 0 {
		return time.Time{}, 0, nil, errUnreadable
	}
	b = b[n:]
	samples, n := binary.Uvarint(b)
	// A sample has at least two bytes.
	if n <= 0 || samples > wire.MaxSamples || samples > uint64(len(b)-n)/2 {
		return time.Time{}, 0, nil, errUnreadable
	}
	return time.UnixMilli(ms), int(samples), b[n:], nil
}

// decodeEntry reads what encodeEntry wrote. It keeps nothing of b.
func decodeEntry(b []byte) (time.Time, []point, error) {
	if _, err := unseal(b); err != nil {
		return time.Time{}, nil, err
	}
	at, count, b, err := readEntryHead(b)
	if err != nil {
		return time.Time{}, nil, err
	}
	points, last := make([]point, 0, count), uint64(0)
	for range count {
		delta, n := binary.Varint(b)
		if n <= 0 {
			return time.Time{}, nil, errUnreadable
		}
		b = b[n:]
		last += uint64(delta)
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return time.Time{}, nil, errUnreadable
		}
		b = b[n:]
		var value float64
		switch {
		case tag&1 == 0:
			zigzag := tag >> 1
			value = float64(int64(zigzag>>1) ^ -int64(zigzag&1))
		case tag == 1 && len(b) >= 8:
			value, b = math.Float64frombits(binary.LittleEndian.Uint64(b)), b[8:]
		default:
			return time.Time{}, nil, errUnreadable
		}
		points = append(points, point{last, value})
	}
	if len(b) != 0 {
		return time.Time{}, nil, errUnreadable
	}
	return at, points, nil
}

// encodeSeries writes a name and labels as texts with their lengths.
func encodeSeries(b []byte, name string, labels []look.Label) []byte {
	b = appendText(b, name)
	for _, l := range labels {
		b = appendText(appendText(b, l.Name), l.Value)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decodeSeries reads what encodeSeries wrote.
func decodeSeries(b []byte) (name string, labels []look.Label, err error) {
	var texts []string
	for len(b) > 0 {
		length, n := binary.Uvarint(b)
		if n <= 0 || length > uint64(len(b)-n) || len(texts) > 2*maxLabels {
			return "", nil, errUnreadable
		}
		texts, b = append(texts, string(b[n:n+int(length)])), b[n+int(length):]
	}
	if len(texts)%2 != 1 {
		return "", nil, errUnreadable
	}
	for i := 1; i < len(texts); i += 2 {
		labels = append(labels, look.Label{Name: texts[i], Value: texts[i+1]})
	}
	return texts[0], labels, nil
}
