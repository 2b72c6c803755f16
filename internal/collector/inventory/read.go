package inventory

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/wire"
)

// Info returns every device by ID, from memory.
func (c *Control) Info() []Device {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := byKey(c.state.devices)
	for i := range out {
		out[i] = cloned(out[i])
	}
	return out
}

// Version changes with everything that a picture of the devices is made of
// besides facts: which there are, where they stand, how they are called and what
// they hang on.
func (c *Control) Version() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.version
}

// Devices returns the devices that a filter chooses, by ID.
func (c *Control) Devices(_ context.Context, f Filter) ([]Device, error) {
	f.Text = strings.ToLower(strings.TrimSpace(f.Text))
	return slices.DeleteFunc(c.Info(), func(d Device) bool { return !f.chooses(d) }), nil
}

func (f Filter) chooses(d Device) bool {
	switch {
	case len(f.Sites) > 0 && !slices.Contains(f.Sites, d.Site),
		f.Site != "" && f.Site != d.Site,
		f.Room != "" && f.Room != d.Room,
		f.Class != "" && f.Class != d.Class:
		return false
	case f.Text == "":
		return true
	}
	return slices.ContainsFunc([]string{d.ID, d.Name, d.Hostname, d.Model, d.Serial, d.Asset, d.OS}, func(s string) bool {
		return strings.Contains(strings.ToLower(s), f.Text)
	})
}

// Device returns the device with an ID. It fails with ErrNotFound.
func (c *Control) Device(_ context.Context, id string) (Device, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	d, ok := c.state.devices[id]
	if !ok {
		return Device{}, ErrNotFound
	}
	return cloned(d), nil
}

// Resolve returns the device that an ID means now: itself, or the one that it
// was merged into. False when there is none: it never was, or was removed.
func (c *Control) Resolve(id string) (Device, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	d, ok := c.state.resolve(id)
	return cloned(d), ok
}

// Proposals returns what waits for a decision, oldest first.
func (c *Control) Proposals(context.Context) ([]Proposal, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := c.state.sortedProposals()
	for i := range out {
		out[i].Reasons = slices.Clone(out[i].Reasons)
	}
	return out, nil
}

// Sites returns every site by ID.
func (c *Control) Sites(context.Context) ([]Site, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return byKey(c.state.sites), nil
}

// Site returns the site with an ID. It fails with ErrNotFound.
func (c *Control) Site(_ context.Context, id string) (Site, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	s, ok := c.state.sites[id]
	if !ok {
		return Site{}, ErrNotFound
	}
	return s, nil
}

// Rooms returns the rooms of a site by ID; of every site when it is empty.
func (c *Control) Rooms(_ context.Context, site string) ([]Room, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.DeleteFunc(byKey(c.state.rooms), func(r Room) bool { return site != "" && r.Site != site }), nil
}

// Room returns the room with an ID. It fails with ErrNotFound.
func (c *Control) Room(_ context.Context, id string) (Room, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, ok := c.state.rooms[id]
	if !ok {
		return Room{}, ErrNotFound
	}
	return r, nil
}

// byKey lists the values of a map in the order of its keys.
func byKey[V any](m map[string]V) []V {
	out := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}

// cloned shares nothing with d.
func cloned(d Device) Device {
	d.Machine = clonedMachine(d.Machine)
	d.Parents, d.Power = slices.Clone(d.Parents), slices.Clone(d.Power)
	return d
}

func clonedMachine(m wire.Machine) wire.Machine {
	m.MACs = slices.Clone(m.MACs)
	return m
}
