package school

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/host"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// Fault is something wrong with a computer.
type Fault string

// The faults.
const (
	DiskFull     Fault = "disk_full"     // hardly anything is left
	DiskFailing  Fault = "disk_failing"  // the disk says so itself
	AntivirusOff Fault = "antivirus_off" // nothing guards the computer
)

// restarts reports whether agents learn of the fault from an inventory.
func (f Fault) restarts() bool { return f != DiskFull }

// Computer is a made-up computer. It is what its agent looks at
// (agent.Computer). Its methods are safe for concurrent use.
type Computer struct {
	Hostname string
	Site     string
	Room     string // ID
	Seat     string // in the room; empty: there is only one
	Asset    string // number in the books
	Server   bool
	Machine  wire.Machine // unlike any other, and the same for the same seed

	model model
	seed  uint64
	loc   *time.Location
	now   func() time.Time
	began time.Time // of the demonstration
	since time.Time // of the last start before it

	own     bool   // the collector's: it has no agent
	version string // of the agent
	past    past   // of the one goroutine that calls Past; its episodes are guarded by mu

	stop func() // of its agent; nil: none runs; guarded by School.mu

	mu     sync.Mutex // guards what follows
	on     bool
	booted time.Time
	faults map[Fault]bool
	meters meters
}

func newComputer(o Options, s seat, site string, m model) *Computer {
	c := &Computer{
		Hostname: s.hostname, Site: site, Room: s.room, Seat: s.number(), Server: m.server, model: m,
		seed: o.Seed ^ hash(s.hostname), loc: o.Location, now: o.Now, faults: map[Fault]bool{}, on: true,
		version: o.Version,
	}
	r := randomOf(o.Seed, s.hostname)
	serial := func(n int) string {
		const letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
		b := make([]byte, n)
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		return string(b)
	}
	uuid := fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Uint64N(1<<48))
	mac := fmt.Sprintf("%s:%02x:%02x:%02x", m.macPrefix, r.IntN(256), r.IntN(256), r.IntN(256))
	c.Machine = wire.Machine{SystemUUID: uuid, SystemSerial: serial(7), BoardSerial: serial(14), MACs: []string{mac}}
	c.Asset = fmt.Sprintf("0%06d", r.IntN(1_000_000)) // the books begin numbers with zeros
	ago := 20*time.Minute + time.Duration(r.Int64N(int64(2*time.Hour)))
	if m.server {
		ago = 41*24*time.Hour + time.Duration(r.Int64N(int64(24*time.Hour)))
	}
	c.began = o.Began
	c.since = c.began.Add(-ago).Truncate(time.Second)
	c.start(c.since)
	return c
}

// start begins to count from a start of the computer. The caller holds c.mu, or
// is the only one who knows c.
func (c *Computer) start(at time.Time) {
	c.booted = at
	c.meters = meters{at: at}
}

func (c *Computer) isOn() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.on
}

func (c *Computer) setOff() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.on = false
}

func (c *Computer) setOn(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.on = true
	c.start(at)
}

func (c *Computer) setFault(f Fault, is bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults[f] = is
}

func (c *Computer) has(f Fault) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.faults[f]
}

// Look implements agent.Computer.
func (c *Computer) Look(_ context.Context, p host.Profile) look.Result {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	osVersion := c.model.build
	if c.model.server {
		osVersion = c.model.release
	}
	return look.Result{
		Target: "host", Kind: "host", Time: now, Outcome: look.OK, Samples: c.samples(now, p),
		Facts: []look.Fact{
			{Name: "hostname", Value: c.Hostname}, {Name: "os", Value: c.model.osName}, {Name: "os_version", Value: osVersion},
			{Name: "architecture", Value: "x86_64"}, {Name: "boot_time", Value: c.booted.UTC().Format(time.RFC3339)},
		},
	}
}

// meters are what a computer has counted since its start.
type meters struct {
	at             time.Time // until when they are counted
	user, system   float64   // seconds of all processors
	iowait, idle   float64
	read, written  float64 // bytes of the disk
	busy           float64 // seconds of the disk
	received, sent float64 // bytes of the network
}

// step is how finely is counted. What went on for longer than finest before
// is counted in larger steps: an uptime of weeks is no reason to be slow.
const (
	step   = time.Minute
	finest = 2 * time.Hour
)

// advance counts until a moment.
func (m *meters) advance(c *Computer, to time.Time) {
	for m.at.Before(to) {
		d := to.Sub(m.at)
		if d > finest {
			d = min(d-finest, time.Hour)
		} else {
			d = min(d, step)
		}
		s := d.Seconds()
		work := c.activity(m.at)
		cpu := s * float64(c.model.threads)
		m.user += cpu * work * 0.55
		m.system += cpu * (0.01 + work*0.12)
		if c.model.server {
			m.iowait += cpu * work * 0.04
		}
		m.idle = 0 // the rest; see samples
		m.read += s * work * 3e6
		m.written += s * (2e4 + work*1.5e6)
		m.busy += s * work * 0.3
		m.received += s * (3e3 + work*1.2e6)
		m.sent += s * (2e3 + work*2e5)
		m.at = m.at.Add(d)
	}
}

// activity is how hard a computer works at a moment, from 0 to 1: lessons of 45
// minutes with breaks of ten, the server by day and for its copies at night.
func (c *Computer) activity(t time.Time) float64 {
	local := t.In(c.loc)
	minute := local.Hour()*60 + local.Minute()
	noise := c.wave("work", t, 7*time.Minute)
	if c.model.server {
		work := 0.05 + 0.05*noise
		if minute >= 7*60 && minute < 17*60 {
			work += 0.22
		}
		if minute >= 2*60 && minute < 3*60 {
			work += 0.5
		}
		return work
	}
	work := 0.04 + 0.1*noise
	if minute%55 < 45 {
		work += 0.28 * c.wave("lesson", t, 25*time.Minute)
	}
	return work
}

// wave is a smooth number from 0 to 1 that is another each time period.
func (c *Computer) wave(name string, t time.Time, period time.Duration) float64 {
	at := float64(t.UnixMilli()) / float64(period.Milliseconds())
	slot := math.Floor(at)
	level := func(slot float64) float64 {
		x := hash(name) ^ c.seed ^ uint64(int64(slot))*0x9E3779B97F4A7C15
		x ^= x >> 31 // splitmix64's end
		x *= 0xBF58476D1CE4E5B9
		x ^= x >> 27
		x *= 0x94D049BB133111EB
		x ^= x >> 31
		return float64(x>>11) / (1 << 53)
	}
	part := at - slot
	part = part * part * (3 - 2*part)
	return level(slot)*(1-part) + level(slot+1)*part
}

// filled is the share of the disk that is used at a moment.
func (c *Computer) filled(t time.Time) float64 {
	if c.faults[DiskFull] {
		return 0.992
	}
	// A little more each day, and less after each Monday's cleaning.
	return c.model.used + 0.01*float64(c.seed%7) + 0.003*float64(t.In(c.loc).Weekday()) + 0.004*c.wave("disk", t, 3*time.Hour)
}

// id makes a text fit for a label of a disk or a serial.
func (c *Computer) serialOf(what string) string {
	r := randomOf(c.seed, what)
	return strings.ToUpper(fmt.Sprintf("%s%010x", c.model.diskBus[:1], r.Uint64N(1<<40)))
}
