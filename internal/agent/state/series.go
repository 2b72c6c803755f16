package state

import (
	"encoding/binary"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

const (
	maxLabels = 32                 // of one sample
	maxKnown  = 4 * wire.MaxSeries // series in the dictionary
)

// series is a name and labels, shared by all samples that have them.
type series struct {
	name   string
	labels []look.Label
}

// dictionary numbers the series, so that each is written once and not with each
// sample. A number is never used for another series.
type dictionary struct {
	numbers map[string]uint64 // by what encodeSeries writes
	known   map[uint64]series
	unsaved map[uint64][]byte // not yet in the file
	gone    []uint64          // no longer wanted, still in the file
	last    uint64
	buffer  []byte
	lossy   bool // some of what the file held could not be read
}

func newDictionary() dictionary {
	return dictionary{numbers: map[string]uint64{}, known: map[uint64]series{}, unsaved: map[uint64][]byte{}}
}

// number returns the number of a sample's series, a new one if need be. It
// returns false for a series that cannot be stored: the collector would refuse
// it too, or the dictionary is full.
func (d *dictionary) number(s look.Sample) (uint64, bool) {
	d.buffer = encodeSeries(d.buffer[:0], s.Name, s.Labels)
	if n, ok := d.numbers[string(d.buffer)]; ok {
		return n, true
	}
	if s.Name == "" || len(s.Name) > wire.MaxText || len(s.Labels) > maxLabels || len(d.known) >= maxKnown {
		return 0, false
	}
	for _, l := range s.Labels {
		if len(l.Name) > wire.MaxText || len(l.Value) > wire.MaxText {
			return 0, false
		}
	}
	d.last++
	d.add(d.last, d.buffer)
	d.unsaved[d.last] = []byte(string(d.buffer))
	return d.last, true
}

// add takes a numbered series up; what cannot be read is left out.
func (d *dictionary) add(number uint64, encoded []byte) {
	name, labels, err := decodeSeries(encoded)
	if err != nil {
		d.lossy = true
		return
	}
	d.numbers[string(encoded)] = number
	d.known[number] = series{name, labels}
	d.last = max(d.last, number)
}

// full reports whether the next new series has no place.
func (d *dictionary) full() bool { return len(d.known) >= maxKnown }

// forget removes what keep does not hold.
func (d *dictionary) forget(keep map[uint64]bool) {
	for encoded, number := range d.numbers {
		if !keep[number] {
			delete(d.numbers, encoded)
			delete(d.known, number)
			delete(d.unsaved, number)
			d.gone = append(d.gone, number)
		}
	}
}

// saved is called when what save wrote is safe.
func (d *dictionary) saved() {
	clear(d.unsaved)
	d.gone = nil
}

// unsaveAll has everything written again, into another file.
func (d *dictionary) unsaveAll() {
	for encoded, number := range d.numbers {
		d.unsaved[number] = []byte(encoded)
	}
}

// load reads the dictionary from the file.
func (d *dictionary) load(tx *bbolt.Tx) error {
	b := tx.Bucket(bucketSeries)
	d.last = max(d.last, b.Sequence())
	return b.ForEach(func(k, v []byte) error {
		encoded, err := unseal(v)
		if err != nil || len(k) != 8 {
			d.lossy = true
			return nil
		}
		d.add(binary.BigEndian.Uint64(k), encoded)
		return nil
	})
}

// save writes what is new and deletes what is gone.
func (d *dictionary) save(tx *bbolt.Tx) error {
	b := tx.Bucket(bucketSeries)
	for number, encoded := range d.unsaved {
		if err := b.Put(key(number), seal(encoded)); err != nil {
			return err
		}
	}
	for _, number := range d.gone {
		if err := b.Delete(key(number)); err != nil {
			return err
		}
	}
	if b.Sequence() == d.last {
		return nil
	}
	return b.SetSequence(d.last)
}

// samples puts names and labels to points. What is not in the dictionary is
// left out, and counted as lost.
func (d *dictionary) samples(points []point) (out []look.Sample, lost int64) {
	out = make([]look.Sample, 0, len(points))
	for _, p := range points {
		s, ok := d.known[p.series]
		if !ok {
			lost++
			continue
		}
		out = append(out, look.Sample{Name: s.name, Labels: s.labels, Value: p.value})
	}
	return out, lost
}

// key is a number as a key that sorts.
func key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
