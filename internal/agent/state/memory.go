package state

import (
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

const (
	maxWaiting = 2 << 20 // bytes of entries in memory: some days of a workstation
	maxEvents  = 5_000   // events in the file
	maxPending = 200     // events in memory
)

// fate is what has become of an entry.
type fate int

const (
	sent    fate = iota // acknowledged
	refused             // given up
)

type decided struct {
	how fate
	at  time.Time
}

// waiting is an entry that is not in the file yet.
type waiting struct {
	id    uint64
	at    time.Time
	count int64
	value []byte
}

// memory is what is to be written into the file. It is empty after each commit;
// while the disk is full it grows to its bounds.
type memory struct {
	entries        []waiting // oldest first; their IDs are above all in the file
	bytes          int
	fates          map[uint64]decided // of entries in memory and in the file
	settledSamples int64              // in those
	refusedSamples int64              // of those
	events         []Event
	sentEvents     map[uint64]bool
	dropped        int64
	collected      time.Time // when the dictionary was last cleaned
}

func (m *memory) init() {
	if m.fates == nil {
		m.fates, m.sentEvents = map[uint64]decided{}, map[uint64]bool{}
	}
}

// written forgets what the file now holds.
func (m *memory) written() {
	m.entries, m.bytes, m.settledSamples, m.refusedSamples, m.events, m.dropped = nil, 0, 0, 0, nil, 0
	clear(m.fates)
	clear(m.sentEvents)
}

// waiting reports whether there is anything to write.
func (m *memory) waiting() bool {
	return len(m.entries)+len(m.fates)+len(m.events)+len(m.sentEvents) > 0 || m.dropped > 0
}

func (m *memory) settled(id uint64) bool {
	_, ok := m.fates[id]
	return ok
}

// put takes an entry up.
func (m *memory) put(e waiting) {
	m.entries = append(m.entries, e)
	m.bytes += len(e.value)
}

// trim gives the oldest entries up that are over the bound, and returns how
// many samples that nobody had settled.
func (m *memory) trim() (lost int64) {
	for m.bytes > maxWaiting {
		first := m.entries[0]
		m.entries, m.bytes = m.entries[1:], m.bytes-len(first.value)
		d, ok := m.fates[first.id]
		if ok {
			delete(m.fates, first.id)
			m.settledSamples -= first.count
		}
		if ok && d.how == refused {
			m.refusedSamples -= first.count
		}
		if !ok || d.how == refused {
			m.dropped += first.count
		}
		if !ok {
			lost += first.count
		}
	}
	return lost
}

// count returns how many samples an entry in memory has.
func (m *memory) count(id uint64) (int64, bool) {
	for _, e := range m.entries {
		if e.id == id {
			return e.count, true
		}
	}
	return 0, false
}

func (m *memory) samples() (n int64) {
	for _, e := range m.entries {
		n += e.count
	}
	return n
}

// putEvent takes an event up and reports whether another had to make room.
func (m *memory) putEvent(id uint64, e look.Event) (lost bool) {
	m.events = append(m.events, Event{id, e})
	if lost = len(m.events) > maxPending; lost {
		m.events = m.events[1:]
	}
	return lost
}
