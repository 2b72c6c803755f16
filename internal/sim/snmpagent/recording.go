package snmpagent

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Bounds of a recording.
const (
	maxLine = 1 << 20
	maxRows = 500_000
	maxArcs = 128
)

// Recording is what an agent has: objects and their values. It may change while
// an agent replays it; it is safe for concurrent use.
type Recording struct {
	// Skipped counts the lines of a file that could not be used.
	Skipped int

	mu     sync.Mutex
	values map[string]Value // by key
	order  []string         // the keys, sorted; nil when they have to be sorted anew
}

// NewRecording makes an empty one.
func NewRecording() *Recording { return &Recording{values: map[string]Value{}} }

// Read reads a recording in the form of snmpsim (.snmprec): OID|TAG|VALUE, a row
// a line. What files in the wild have wrong is borne: lines that make no sense
// and values that a module of snmpsim would compute are skipped and counted, of
// two rows of one object the first counts, and the order does not matter.
func Read(r io.Reader) (*Recording, error) {
	rec := NewRecording()
	lines := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := lines.ReadString('\n')
		if len(line) > maxLine || len(rec.values) > maxRows {
			return nil, errors.New("the recording is too large")
		}
		if line = strings.TrimRight(line, "\r\n"); line != "" && line[0] != '#' {
			key, value, ok := parseRow(line)
			if _, twice := rec.values[key]; ok && !twice {
				rec.values[key] = value
			} else if !ok {
				rec.Skipped++
			}
		}
		if errors.Is(err, io.EOF) {
			return rec, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read recording: %w", err)
		}
	}
}

// Set gives an object a value, a new one or another one. An OID that is none
// panics: it stands in a test.
func (r *Recording) Set(oid string, v Value) {
	key := keyOf(mustParse(oid))
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.values[key]; !known {
		r.order = nil
	}
	r.values[key] = v
}

// Remove removes every object at or below an OID.
func (r *Recording) Remove(oid string) {
	prefix := keyOf(mustParse(oid))
	r.mu.Lock()
	defer r.mu.Unlock()
	for key := range r.values {
		if strings.HasPrefix(key, prefix) {
			delete(r.values, key)
		}
	}
	r.order = nil
}

// First copies the first n objects.
func (r *Recording) First(n int) *Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := NewRecording()
	keys := r.sorted()
	for _, key := range keys[:min(max(n, 0), len(keys))] {
		out.values[key] = r.values[key]
	}
	return out
}

// Len is how many objects there are.
func (r *Recording) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.values)
}

// Nulls is how many objects are NULL, which is no value.
func (r *Recording) Nulls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, v := range r.values {
		if v.tag == tagNull {
			n++
		}
	}
	return n
}

// OIDs lists the objects in the agent's order, without a leading dot.
func (r *Recording) OIDs() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]string, 0, len(r.values))
	for _, key := range r.sorted() {
		out = append(out, format(arcsOf(key)))
	}
	return out
}

// Write writes the recording in the form that Read and Debian's snmpsim read:
// every text in hexadecimal.
func (r *Recording) Write(w io.Writer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range r.sorted() {
		v := r.values[key]
		tag, text := strconv.Itoa(int(v.tag)), ""
		switch v.tag {
		case tagInteger, tagCounter32, tagGauge32, tagTimeTicks, tagCounter64:
			text = decimal(v)
		case tagOID:
			text = format(decodeOID(v.data))
		case tagNull:
		default:
			tag, text = tag+"x", hex.EncodeToString(v.data)
		}
		if _, err := fmt.Fprintf(w, "%s|%s|%s\n", format(arcsOf(key)), tag, text); err != nil {
			return err
		}
	}
	return nil
}

// sorted returns the keys in order. The caller holds mu.
func (r *Recording) sorted() []string {
	if r.order == nil {
		r.order = make([]string, 0, len(r.values))
		for key := range r.values {
			r.order = append(r.order, key)
		}
		slices.Sort(r.order)
	}
	return r.order
}

// get returns the value of an object.
func (r *Recording) get(key string) (Value, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.values[key]
	return v, ok
}

// next returns the first object after key that a version sees.
func (r *Recording) next(key string, v1 bool) (string, Value, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := r.sorted()
	i, found := slices.BinarySearch(keys, key)
	if found {
		i++
	}
	for ; i < len(keys); i++ {
		if v := r.values[keys[i]]; !v1 || v.tag != tagCounter64 {
			return keys[i], v, true
		}
	}
	return "", Value{}, false
}

// has reports whether there is anything below a key.
func (r *Recording) has(key string) bool {
	next, _, ok := r.next(key, false)
	return ok && strings.HasPrefix(next, key)
}

// parseRow reads OID|TAG|VALUE. The value may contain bars.
func parseRow(line string) (key string, v Value, ok bool) {
	parts := strings.SplitN(line, "|", 3)
	if len(parts) != 3 {
		return "", Value{}, false
	}
	arcs, ok := parseOID(parts[0])
	if !ok || len(arcs) < 2 {
		return "", Value{}, false
	}
	value, ok := parseValue(strings.TrimSpace(parts[1]), parts[2])
	return keyOf(arcs), value, ok
}

func parseValue(tag, text string) (Value, bool) {
	digits := strings.TrimRight(tag, "xe")
	n, err := strconv.ParseUint(digits, 10, 8)
	if err != nil { // "2:numeric" too: a module computes that one
		return Value{}, false
	}
	v := Value{tag: byte(n)}
	switch suffix := tag[len(digits):]; {
	case strings.HasPrefix(suffix, "x"):
		data, err := hex.DecodeString(strings.TrimSpace(text))
		if err != nil {
			return Value{}, false
		}
		switch v.tag {
		case tagOctets, tagAddress, tagOpaque:
			v.data = data
			return v, true
		}
		text = string(data) // of a number: its digits in hexadecimal, as snmpsim reads it
	case strings.HasPrefix(suffix, "e"):
		text = unescape(text)
	}
	switch v.tag {
	case tagInteger:
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return Value{}, false
		}
		v.data = integer(n)
	case tagCounter32, tagGauge32, tagTimeTicks, tagCounter64, tagUnsigned:
		n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return Value{}, false
		}
		v.data = unsigned(n)
	case tagOctets, tagOpaque:
		v.data = []byte(text)
	case tagNull:
	case tagOID:
		arcs, ok := parseOID(strings.TrimSpace(text))
		if !ok {
			return Value{}, false
		}
		v.data = encodeOID(arcs)
	case tagAddress:
		a, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			return Value{}, false
		}
		v.data = a.AsSlice()
	default: // version 2's exceptions, and what nobody knows, are no values
		return Value{}, false
	}
	return v, true
}

// unescape reads \xNN, \n, \r, \t and \\ as Python writes them.
func unescape(s string) string {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'x':
			if i+2 < len(s) {
				if b, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
					out = append(out, b[0])
					i += 2
					continue
				}
			}
			out = append(out, '\\', 'x')
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

// parseOID reads numbers with dots between, with or without one before.
func parseOID(text string) ([]uint32, bool) {
	text = strings.TrimPrefix(strings.TrimSpace(text), ".")
	var arcs []uint32
	for part := range strings.SplitSeq(text, ".") {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil || len(arcs) == maxArcs {
			return nil, false
		}
		arcs = append(arcs, uint32(n))
	}
	return arcs, len(arcs) < 1 || arcs[0] <= 2
}

func mustParse(oid string) []uint32 {
	arcs, ok := parseOID(oid)
	if !ok {
		panic(fmt.Sprintf("snmpagent: %q is no OID", oid))
	}
	return arcs
}

// keyOf writes arcs so that the order of keys as bytes is the order of OIDs.
func keyOf(arcs []uint32) string {
	b := make([]byte, 0, 4*len(arcs))
	for _, arc := range arcs {
		b = binary.BigEndian.AppendUint32(b, arc)
	}
	return string(b)
}

func arcsOf(key string) []uint32 {
	arcs := make([]uint32, 0, len(key)/4)
	for ; len(key) >= 4; key = key[4:] {
		arcs = append(arcs, binary.BigEndian.Uint32([]byte(key[:4])))
	}
	return arcs
}

func format(arcs []uint32) string {
	var b []byte
	for i, arc := range arcs {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, uint64(arc), 10)
	}
	return string(b)
}

// decimal writes the number of a value.
func decimal(v Value) string {
	if v.tag == tagInteger {
		n, _ := parseInteger(v.data)
		return strconv.FormatInt(n, 10)
	}
	var n uint64
	for _, b := range v.data {
		n = n<<8 | uint64(b)
	}
	return strconv.FormatUint(n, 10)
}
