package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/all"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/poll"
)

// polledTimeout is how long one look at a device may take. The poller makes it
// no longer than the interval.
const polledTimeout = 50 * time.Second

// Jobs of devices, the label of their series.
const (
	jobSNMP   = "snmp"
	jobPJLink = "pjlink"
	jobPlain  = "plain" // neither of them: a ping, a port, the title of a page
)

// polling keeps what looks at devices over the network between looks: a Watch of
// each, which remembers counters and what changes seldom. A Watch lives as long as
// the way to its device stays what it is, whatever else is configured anew. It
// takes what looks find out to the inventory, and notices when another device
// answers at an address (see settling.go).
type polling struct {
	c        *Collector
	families *all.Families
	wake     chan struct{}

	mu      sync.Mutex // guards what follows
	watches map[string]*watching
	open    map[string]look.Result // by device: what another one said at its address, to be settled
	fresh   map[string]look.Result // by device: the newest deep look, to be taken to the inventory
	replan  bool
}

// watching is one device that is looked at.
type watching struct {
	target device.Target
	watch  *device.Watch
	job    string
	seen   bool            // it told which it is since the start
	events map[string]bool // of the look before: they are told once
}

func newPolling(c *Collector) *polling {
	return &polling{c: c, families: all.New(), wake: make(chan struct{}, 1), watches: map[string]*watching{}, open: map[string]look.Result{}, fresh: map[string]look.Result{}}
}

// rows sees to it that the devices of a configuration have rows in the
// inventory. Those that cannot have one are left out.
func (c *Collector) keepPolled(ctx context.Context, config *Config) error {
	rooms := roomFinder{inventory: c.agents.inventory}
	rows := make([]inventory.Polled, 0, len(config.Devices))
	for i, d := range config.Devices {
		site := config.polledSite(d)
		row := inventory.Polled{ID: d.ID, Site: site, Declared: i < config.ownDevices, Name: d.Name, Class: d.Class, Parents: d.Parents, Power: d.Power}
		if d.Room != "" {
			var err error
			if row.Room, err = rooms.find(ctx, site, d.Room); err != nil {
				return err
			}
		}
		rows = append(rows, row)
	}
	// What is left out for the moment keeps its row.
	for _, l := range config.leftOut {
		if d, ok := config.stored.Device(l.ID); ok && l.Kind == leftOutDevice {
			rows = append(rows, inventory.Polled{ID: d.ID, Site: config.polledSite(d)})
		}
	}
	refused, err := c.agents.inventory.KeepPolled(ctx, "collector configuration", rooms.made, rows)
	if err != nil {
		return fmt.Errorf("keep the devices that are looked at: %w", err)
	}
	for _, id := range slices.Sorted(maps.Keys(refused)) {
		problem := settings.New("id", settings.CodeComputer, "ID", id)
		if errors.Is(refused[id], inventory.ErrFull) {
			problem = settings.New("id", settings.CodeDevicesFull, "Max", inventory.MaxDevices)
		}
		config.leftOut = append(config.leftOut, LeftOut{leftOutDevice, id, settings.Problems{problem}})
	}
	return nil
}

// plan adds the devices of a configuration, whose rows are kept, to what is
// looked at.
func (p *polling) plan(config *Config, into plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	alive := map[string]bool{}
	taken := map[string]bool{} // rows that have a target
	for _, own := range []bool{true, false} {
		// Of several that were merged into one row the one with its ID counts.
		for _, d := range config.Devices {
			row, ok := p.c.agents.inventory.Resolve(d.ID)
			at, live := config.whereabouts(d)
			if row.ID == d.ID && !row.Polled {
				continue // its ID is an agent's computer's: it is left out
			}
			if d.Paused || !ok || !live || (row.ID == d.ID) != own || taken[row.ID] {
				continue
			}
			t, err := at.At(config.Credentials)
			if err != nil {
				continue // it was validated
			}
			taken[row.ID], alive[d.ID] = true, true
			w := p.watches[d.ID]
			if w == nil || !reflect.DeepEqual(w.target, t) {
				w = &watching{target: t, watch: device.New(p.families.Options(t)), job: jobOf(t)}
				p.watches[d.ID] = w
				delete(p.open, d.ID)
			}
			id := polledPrefix + d.ID
			into[id] = watched{
				Target:   poll.Target{ID: id, Interval: d.Every(look.Kind(row.Kind)), Timeout: polledTimeout, Look: w.watch.Look},
				watch:    w.watch,
				identity: look.Labels("site", row.Site, "device", row.ID, "job", w.job),
			}
		}
	}
	for id := range p.watches {
		if !alive[id] {
			delete(p.watches, id)
			delete(p.open, id)
		}
	}
}

// jobOf is the job of a device that did not answer yet.
func jobOf(t device.Target) string { return cmp.Or(t.Scheme, jobSNMP) }

// nudge lets run work soon. replan says that what the plan is made of besides the
// configuration has changed.
func (p *polling) nudge(replan bool) {
	p.mu.Lock()
	p.replan = p.replan || replan
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// replanAfter gathers what many first looks find out.
const replanAfter = 2 * time.Second

// run does what cannot be done while a result is taken, until ctx ends.
func (p *polling) run(ctx context.Context) error {
	tick := time.NewTicker(learnEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			p.c.learn(p.c.now())
			continue
		case <-p.wake:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(replanAfter):
		}
		p.work(ctx)
	}
}

// work does what is to be done now.
func (p *polling) work(ctx context.Context) {
	p.study(ctx)
	p.mu.Lock()
	open, replan := maps.Clone(p.open), p.replan
	p.replan = false
	p.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(open)) {
		if err := p.settle(ctx, id, open[id]); err != nil && ctx.Err() == nil {
			p.c.log.Warn("settle which device answers at an address", "device", id, "err", err)
		}
	}
	if replan {
		p.c.replan(ctx)
	}
}

// study takes what deep looks found out to the inventory, one after the other:
// each that brings something new waits for the disk, and no look is to wait for
// all of them.
func (p *polling) study(ctx context.Context) {
	p.mu.Lock()
	fresh := p.fresh
	p.fresh = map[string]look.Result{}
	p.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(fresh)) {
		row, ok := p.c.agents.inventory.Resolve(id)
		if !ok || ctx.Err() != nil {
			continue
		}
		r := fresh[id]
		told := knownOf(r)
		p.mu.Lock()
		w := p.watches[id]
		p.mu.Unlock()
		if w == nil {
			continue
		}
		if !p.isSame(w, row, told) { // another one said the same meanwhile
			p.mu.Lock()
			p.open[id] = r
			p.mu.Unlock()
			continue
		}
		p.c.learning.take(row.ID, r.Device, told, factsOf(r)[look.FactName])
		if err := p.learn(ctx, row, r, told); err != nil {
			p.c.log.Warn("keep what a device is", "device", row.ID, "err", err)
		}
		if now, _ := p.c.agents.inventory.Resolve(id); now.Kind != row.Kind {
			p.mu.Lock()
			p.replan = true
			p.mu.Unlock()
		}
	}
}

// replan makes the plan of the configuration in use anew.
func (c *Collector) replan(ctx context.Context) {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	config := c.Config()
	next := maps.Clone(*c.looking.plan.Load())
	maps.DeleteFunc(next, func(_ string, w watched) bool { return w.watch != nil })
	c.polling.plan(&config, next)
	c.looking.set(ctx, next)
}

// took takes what a look at a device found out. False says that another device
// answers at the address: the result tells nothing of this one.
func (p *polling) took(ctx context.Context, id string, r look.Result) bool {
	p.mu.Lock()
	w, held := p.watches[id], false
	if w != nil {
		_, held = p.open[id]
	}
	p.mu.Unlock()
	row, ok := p.c.agents.inventory.Resolve(id)
	if w == nil || !ok {
		return false // removed while it was looked at
	}
	if r.Device == nil {
		return !held || r.Outcome == look.Unreachable
	}
	if !r.Device.Deep {
		return !held
	}
	told := knownOf(r)
	if !p.isSame(w, row, told) {
		p.mu.Lock()
		p.open[id] = r
		p.mu.Unlock()
		p.nudge(false)
		return false
	}
	p.mu.Lock()
	w.seen = w.seen || !told.IsZero()
	delete(p.open, id)
	job := jobOfProtocol(r.Device.Protocol)
	other := w.job != job
	w.job = job
	p.mu.Unlock()
	if r.Outcome == look.OK { // half a look would take facts away
		p.mu.Lock()
		p.fresh[id] = r
		p.mu.Unlock()
	}
	p.nudge(other)
	return true
}

func jobOfProtocol(protocol string) string {
	switch protocol {
	case device.SchemeSNMP:
		return jobSNMP
	case device.SchemePJLink:
		return jobPJLink
	}
	return jobPlain
}

// isSame reports whether what answers is the device of a row, as far as it can be
// told.
func (p *polling) isSame(w *watching, row inventory.Device, told inventory.Known) bool {
	was := row.Known()
	if was.IsZero() {
		// Its first word; it may be one that is known under another ID.
		_, twin := p.c.agents.inventory.Find(told, row.ID)
		return !row.Polled || !twin
	}
	ports := inventory.PortsKind(row.Kind)
	if !w.seen {
		// What this program takes for the serial number may be another text than
		// what the one before the start took.
		ports = true
	}
	return told.Against(was, ports) != inventory.Other
}

// knownOf is what a device tells of which it is.
func knownOf(r look.Result) inventory.Known {
	facts := factsOf(r)
	macs := []string{facts[look.FactMAC]}
	if r.Device != nil {
		for _, i := range r.Device.Interfaces {
			if i.Physical {
				macs = append(macs, i.MAC)
			}
		}
	}
	return inventory.KnownBy(facts[look.FactSerial], facts[look.FactEngineID], macs)
}

func factsOf(r look.Result) map[string]string {
	out := make(map[string]string, len(r.Facts))
	for _, f := range r.Facts {
		out[f.Name] = f.Value
	}
	return out
}
