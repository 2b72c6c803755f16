package collector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/look"
)

// Codes of events that tell where a device went; sentences are "event.<code>".
const (
	eventReplaced = "device_replaced" // device, address: that one answers in its place
	eventReplaces = "device_replaces" // device, address: it answers in the place of that one
	eventMoved    = "device_moved"    // from, to
)

const (
	settleLook  = 40 * time.Second // for one look at an address
	settleSteps = 20               // addresses that are looked at because of one
)

// settle decides what it means that another device answers at the address of
// one. A device that nobody knows takes its place: it gets a row of its own, and
// the old row stays. One that is known has moved there, unless it still answers
// where it was; then the place that it left is looked at too, because addresses
// that are given anew often go round.
func (p *polling) settle(ctx context.Context, id string, r look.Result) error {
	config := p.c.Config()
	d, ok := config.Polled(id)
	row, known := p.c.agents.inventory.Resolve(id)
	at, live := config.whereabouts(d)
	if !ok || !known || !live || d.Paused {
		p.settled(id)
		return nil
	}
	told := knownOf(r)
	owner, found := p.c.agents.inventory.Find(told, row.ID)
	var err error
	switch {
	case !found && told.Against(row.Known(), inventory.PortsKind(row.Kind)) != inventory.Other:
		// It was merged, edited or seen again meanwhile.
	case !found:
		err = p.replaced(ctx, config, d, at, row, r)
	case row.Known().IsZero():
		err = p.twin(ctx, config, d, at, row, owner)
	default:
		err = p.moved(ctx, config, d, at, owner)
	}
	if err == nil {
		p.settled(id)
	}
	return err
}

func (p *polling) settled(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, id)
}

// replaced gives an unknown device that answers in the place of d a row and a
// look of its own.
func (p *polling) replaced(ctx context.Context, config Config, d, at settings.Device, row inventory.Device, r look.Result) error {
	fresh, err := p.c.agents.inventory.FreshID(d.ID, func(id string) bool { return p.c.takenPolled(id) })
	if err != nil {
		return err
	}
	next := at // asked as the old one was
	next.ID, next.Name, next.Class = fresh, "", ""
	next.Site, next.Room, next.Parents, next.Power = row.Site, row.Room, row.Parents, row.Power
	next.Created, next.Changed, next.By, next.Removed = time.Time{}, time.Time{}, "", time.Time{}
	if next.Site == config.Site.ID {
		next.Site = ""
	}
	address := saidTarget(at)
	err = p.c.change(ctx, "device.replace", d.ID, func(s *settings.Settings) error {
		s.SetAway(d.ID, &settings.Away{Said: saidTarget(d), Instead: fresh, Since: p.c.now()})
		return s.PutDevice(next)
	})
	if err != nil {
		return fmt.Errorf("make a row for what replaces %s: %w", d.ID, err)
	}
	p.c.log.Info("another device answers at the address of one that is known", "device", row.ID, "new", fresh, "address", address, "model", factsOf(r)[look.FactModel])
	p.happen(ctx, row.ID, eventReplaced, "device", fresh, "address", address)
	p.happen(ctx, fresh, eventReplaces, "device", row.ID, "address", address)
	return nil
}

// moves are the changes of addresses that are made together.
type moves struct {
	config Config
	now    time.Time
	to     map[string]string // by device: where it is; "": nowhere
	place  map[string]string // by target: the device that is there now
	events []func()
}

// moved lets known devices follow to where they answer, beginning with owner at
// the address of d.
func (p *polling) moved(ctx context.Context, config Config, d, at settings.Device, owner inventory.Device) error {
	m := moves{config: config, now: p.c.now(), to: map[string]string{d.ID: ""}, place: map[string]string{}}
	target := saidTarget(at)
	for range settleSteps {
		o, ok := p.settingsOf(&config, owner)
		if !ok || m.to[o.ID] != "" {
			break
		}
		m.place[target] = o.ID
		was, live := config.whereabouts(o)
		from := saidTarget(was)
		if !live || from == target {
			m.to[o.ID] = target
			break
		}
		there := knownOf(p.lookAt(ctx, &config, was))
		if there.Against(owner.Known(), inventory.PortsKind(owner.Kind)) == inventory.Same {
			break // it answers at both: it stays where it is
		}
		m.to[o.ID] = target
		// What answers where it was may be one that is looked for.
		if owner, ok = p.c.agents.inventory.Find(there, owner.ID); !ok {
			break
		}
		target = from
	}
	return p.carryOut(ctx, m)
}

// settingsOf is how a device of the inventory is asked.
func (p *polling) settingsOf(config *Config, row inventory.Device) (settings.Device, bool) {
	if d, ok := config.Polled(row.ID); ok {
		return d, true
	}
	for _, d := range config.Devices {
		if now, ok := p.c.agents.inventory.Resolve(d.ID); ok && now.ID == row.ID {
			return d, true
		}
	}
	return settings.Device{}, false
}

// carryOut stores where devices are now, and tells.
func (p *polling) carryOut(ctx context.Context, m moves) error {
	if len(m.to) == 0 {
		return nil
	}
	err := p.c.change(ctx, "device.move", fmt.Sprintf("%d devices", len(m.to)), func(s *settings.Settings) error {
		for id, target := range m.to {
			d, ok := m.config.Polled(id)
			if !ok {
				continue
			}
			if err := m.put(s, d, target); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("follow devices to their addresses: %w", err)
	}
	for id, target := range m.to {
		d, _ := m.config.Polled(id)
		was, _ := m.config.whereabouts(d)
		from := saidTarget(was)
		if target == "" {
			p.c.log.Info("another device answers at the address of one that is known", "device", id, "other", m.place[from], "address", from)
			p.happen(ctx, id, eventReplaced, "device", m.place[from], "address", from)
			continue
		}
		p.c.log.Info("a device answers at another address", "device", id, "from", from, "to", target)
		p.happen(ctx, id, eventMoved, "from", from, "to", target)
	}
	return nil
}

// put notes where a device is: in what the console has of it, or beside what the
// file has.
func (m moves) put(s *settings.Settings, d settings.Device, target string) error {
	said := saidTarget(d)
	switch stored, ok := s.Device(d.ID); {
	case target == "":
		s.SetAway(d.ID, &settings.Away{Said: said, Instead: m.place[m.at(d)], Since: m.now})
	case target == said:
		s.SetAway(d.ID, nil)
	case ok && !m.config.declaresPolled(d.ID):
		s.SetAway(d.ID, nil)
		stored.Target = target
		return s.PutDevice(stored)
	default:
		s.SetAway(d.ID, &settings.Away{Said: said, Target: target, Since: m.now})
	}
	return nil
}

// at is where a device was until now.
func (m moves) at(d settings.Device) string {
	was, _ := m.config.whereabouts(d)
	return saidTarget(was)
}

// twin settles that a device that was added is one that has a row already: its
// new, empty row becomes that one.
func (p *polling) twin(ctx context.Context, config Config, d, at settings.Device, row, owner inventory.Device) error {
	o, ok := p.settingsOf(&config, owner)
	if !ok {
		return nil
	}
	if was, live := config.whereabouts(o); !live || saidTarget(was) != saidTarget(at) {
		answers := live && knownOf(p.lookAt(ctx, &config, was)).Against(owner.Known(), inventory.PortsKind(owner.Kind)) == inventory.Same
		if !answers {
			m := moves{config: config, now: p.c.now(), to: map[string]string{o.ID: saidTarget(at)}}
			if err := p.carryOut(ctx, m); err != nil {
				return err
			}
		}
	}
	if _, err := p.c.merge(ctx, "collector", row.ID, owner.ID); err != nil {
		return fmt.Errorf("take %s for %s: %w", row.ID, owner.ID, err)
	}
	if !config.declaresPolled(d.ID) {
		err := p.c.change(ctx, "device.remove", d.ID, func(s *settings.Settings) error { return s.RemoveDevice(d.ID, p.c.now()) })
		if err != nil && !errors.Is(err, settings.ErrNotFound) {
			return err
		}
	}
	p.c.replan(ctx)
	return nil
}

// lookAt looks once at where a device was said to be, and stores nothing.
func (p *polling) lookAt(ctx context.Context, config *Config, d settings.Device) look.Result {
	t, err := d.At(config.Credentials)
	if err != nil {
		return look.Result{}
	}
	bounded, cancel := context.WithTimeout(ctx, settleLook)
	defer cancel()
	return device.New(p.families.Options(t)).Look(bounded)
}

// happen writes an event into the history of a device.
func (p *polling) happen(ctx context.Context, id, code string, args ...string) {
	e := look.Event{Time: p.c.now(), Code: code, Args: map[string]string{}}
	for i := 0; i+1 < len(args); i += 2 {
		e.Args[args[i]] = args[i+1]
	}
	if err := p.c.agents.inventory.Happened(ctx, id, []look.Event{e}); err != nil {
		p.c.log.Warn("write an event into the history", "device", id, "event", code, "err", err)
	}
}

// takenPolled reports whether an ID of a device that is looked at is given, also
// to one that was removed lately.
func (c *Collector) takenPolled(id string) bool {
	config := c.Config()
	_, used := config.Polled(id)
	_, stored := config.stored.Device(id)
	return used || stored
}
