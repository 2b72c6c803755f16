// Package devices simulates what a school has besides computers: printers,
// projectors, a display, switches and a UPS. They answer SNMP and PJLink on the
// loopback (packages snmpagent and projector), and what they say moves with the
// time, as if they were used: pages rise, toner falls, octets flow, lamps age.
//
// What they answer was written by hand, from the standards and from what makers
// publish of their own objects: it is no recording of a real device, and serial
// numbers and addresses are made up. Everything follows from a seed and from the
// time. It is for the demonstration and for tests.
package devices

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/sim/projector"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

// Options say which devices there are.
type Options struct {
	Seed     uint64
	Location *time.Location   // whose days the lessons follow; nil: UTC
	Now      func() time.Time // nil: time.Now
	Began    time.Time        // when the demonstration begins: the lesson that began then never ends; zero: now

	// Stations are the computers that hang on the switches.
	Stations []Station
}

// Station is a computer that hangs on the switch of its room.
type Station struct{ Room, MAC string }

// Device is one simulated device. Its fields do not change.
type Device struct {
	ID, Name   string
	Site, Room string

	Scheme    string // snmp or pjlink
	Port      uint16 // on 127.0.0.1
	Community string // of snmp
	Password  string // of pjlink; empty: none

	set   func(at time.Time, f map[Fault]bool) // says what it says at a moment
	then  func(s *look.Sample, at time.Time)   // makes a sample of now one of a moment before; nil: nothing changes
	agent *snmpagent.Agent
	beam  *projector.Server

	mu     sync.Mutex
	faults map[Fault]bool
}

// Fault is something wrong with a device.
type Fault string

// The faults.
const (
	Jam      Fault = "jam"       // of a printer: paper is stuck
	Hot      Fault = "hot"       // of a projector: it is too hot
	PowerCut Fault = "power_cut" // of a UPS: it feeds from its battery
	Silent   Fault = "silent"    // of any by SNMP: it does not answer
)

// Devices are all of them. Its methods are safe for concurrent use, Run once.
type Devices struct {
	o   Options
	all []*Device
}

// community is what all agents want to hear.
const community = "pavyzdziai"

// Open starts everything. The caller closes it.
func Open(o Options) (_ *Devices, err error) {
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Began.IsZero() {
		o.Began = o.Now()
	}
	d := &Devices{o: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	c := clock{began: o.Began, location: o.Location}
	for _, open := range []func(clock) error{d.openPrinters, d.openProjectors, d.openSwitches, d.openUPS} {
		if err := open(c); err != nil {
			return nil, err
		}
	}
	d.step()
	return d, nil
}

// Close stops everything.
func (d *Devices) Close() error {
	var errs []error
	for _, x := range d.all {
		if x.agent != nil {
			x.agent.Close()
		}
		if x.beam != nil {
			errs = append(errs, x.beam.Close())
		}
	}
	d.all = nil
	return errors.Join(errs...)
}

// List lists the devices.
func (d *Devices) List() []*Device { return append([]*Device(nil), d.all...) }

// Find finds a device by its ID; nil: there is none.
func (d *Devices) Find(id string) *Device {
	for _, x := range d.all {
		if x.ID == id {
			return x
		}
	}
	return nil
}

// every is how often what devices say moves.
const every = 2 * time.Second

// Run lets what the devices say move, until ctx ends.
func (d *Devices) Run(ctx context.Context) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		d.step()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (d *Devices) step() {
	for _, x := range d.all {
		x.step(d.o.Now())
	}
}

func (x *Device) step(at time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.set(at, x.faults)
}

// Break makes a fault begin, at once.
func (d *Devices) Break(f Fault, id string) error { return d.fault(f, id, true) }

// Mend makes a fault end, at once.
func (d *Devices) Mend(f Fault, id string) error { return d.fault(f, id, false) }

func (d *Devices) fault(f Fault, id string, is bool) error {
	x := d.Find(id)
	if x == nil {
		return fmt.Errorf("there is no device %s", id)
	}
	x.mu.Lock()
	x.faults[f] = is
	x.mu.Unlock()
	if f == Silent && x.agent != nil {
		x.agent.Behave(snmpagent.Behaviour{Silent: is})
	}
	x.step(d.o.Now())
	return nil
}

// Then makes samples of a look of now those of a moment before the beginning.
func (x *Device) Then(samples []look.Sample, at time.Time) []look.Sample {
	out := make([]look.Sample, len(samples))
	for i, s := range samples {
		if x.then != nil {
			x.then(&s, at)
		}
		out[i] = s
	}
	return out
}

// answer starts the agent of a device that answers SNMP.
func (d *Devices) answer(x *Device, r *snmpagent.Recording) error {
	agent, err := snmpagent.Start(snmpagent.Options{Recording: r, Community: community})
	if err != nil {
		return fmt.Errorf("start %s: %w", x.ID, err)
	}
	x.Scheme, x.Port, x.Community, x.agent, x.faults = "snmp", agent.Addr().Port(), community, agent, map[Fault]bool{}
	d.all = append(d.all, x)
	return nil
}

// random gives numbers that are always the same for a seed and a device.
func (d *Devices) random(id string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // never fails
	return rand.New(rand.NewPCG(d.o.Seed, h.Sum64()))
}

// serial makes a serial number.
func serial(r *rand.Rand, prefix string, n int) string {
	const letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	b := []byte(prefix)
	for range n {
		b = append(b, letters[r.IntN(len(letters))])
	}
	return string(b)
}

// hardware makes a hardware address of a maker.
func hardware(r *rand.Rand, maker [3]byte) []byte {
	return []byte{maker[0], maker[1], maker[2], byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}
}
