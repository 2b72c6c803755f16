package content

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
)

// maxSketch bounds a Sketch: larger sets are sampled.
const maxSketch = 1500

// Sketch stands for a set of words or addresses of which only hashes are kept, and
// of a large set only the lowest ones: two sketches tell how much of one set is in
// the other, exactly while both are small, nearly when they are not. What was
// hashed cannot be read back, but whether a given word was there can be tried.
type Sketch struct {
	Size int      // members of the whole set
	low  []uint32 // the lowest hashes, ascending, each once
}

// set collects hashes for a Sketch.
type set map[uint32]struct{}

func hash(s string) uint32 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s)) // a hash takes everything
	v := h.Sum64()
	return uint32(v>>32) ^ uint32(v)
}

func (s set) add(word string) { s[hash(word)] = struct{}{} }

func (s set) sketch() Sketch {
	low := make([]uint32, 0, len(s))
	for h := range s {
		low = append(low, h)
	}
	slices.Sort(low)
	return Sketch{Size: len(s), low: slices.Clone(low[:min(len(low), maxSketch)])}
}

// reach is the highest hash up to which the sketch knows every member.
func (s Sketch) reach() uint32 {
	if s.Size > len(s.low) && len(s.low) > 0 {
		return s.low[len(s.low)-1]
	}
	return 1<<32 - 1
}

// kept is the part of s that is still in now, 0 to 1; an empty s is kept.
func (s Sketch) kept(now Sketch) float64 {
	limit := min(s.reach(), now.reach())
	all, both := 0, 0
	for _, h := range s.low {
		if h > limit {
			break
		}
		all++
		if _, ok := slices.BinarySearch(now.low, h); ok {
			both++
		}
	}
	if all == 0 {
		return 1
	}
	return float64(both) / float64(all)
}

// sketchJSON is the form of a Sketch in JSON: the hashes as base64 of big-endian
// numbers of 32 bits.
type sketchJSON struct {
	Size int    `json:"size"`
	Low  string `json:"low"`
}

// MarshalJSON implements json.Marshaler.
func (s Sketch) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 4*len(s.low))
	for _, h := range s.low {
		b = binary.BigEndian.AppendUint32(b, h)
	}
	return json.Marshal(sketchJSON{s.Size, base64.StdEncoding.EncodeToString(b)})
}

// UnmarshalJSON implements json.Unmarshaler. It takes only what MarshalJSON writes.
func (s *Sketch) UnmarshalJSON(text []byte) error {
	var in sketchJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	b, err := base64.StdEncoding.DecodeString(in.Low)
	if err != nil {
		return fmt.Errorf("read hashes: %w", err)
	}
	if len(b)%4 != 0 || len(b) > 4*maxSketch || in.Size < len(b)/4 {
		return fmt.Errorf("read hashes: %d bytes for a set of %d, which is none of ours", len(b), in.Size)
	}
	out := Sketch{Size: in.Size, low: make([]uint32, 0, len(b)/4)}
	for i := 0; i < len(b); i += 4 {
		h := binary.BigEndian.Uint32(b[i:])
		if n := len(out.low); n > 0 && out.low[n-1] >= h {
			return fmt.Errorf("read hashes: they are not in order")
		}
		out.low = append(out.low, h)
	}
	*s = out
	return nil
}
