package inventory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// KindEvent is the Change.Kind of what happened on a computer: Field is the
// event's code, New what it says besides.
const KindEvent = "event"

// Keep returns the device with exactly this ID, which is made when it is not
// there: the collector's own computer has its ID from the configuration. Of d
// are taken ID, Site, Hostname, Class and Kind, when it is made; when it is
// there, it moves to the site, out of its room. It fails with an *InvalidError
// or ErrFull.
func (c *Control) Keep(ctx context.Context, d Device) (Device, error) {
	if err := fleet.CheckID(d.ID); err != nil {
		return Device{}, &InvalidError{"id", err.Error()}
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if _, known := c.state.sites[d.Site]; !known {
		return Device{}, &InvalidError{"site", fmt.Sprintf("there is no site %q", d.Site)}
	}
	if known, ok := c.state.devices[d.ID]; ok {
		if known.Site == d.Site {
			return cloned(known), nil
		}
		moved := known
		moved.Site, moved.Room = d.Site, ""
		b := Batch{Devices: []Device{moved}, Changes: map[string][]Change{d.ID: ownChanges(known, moved, c.now())}}
		if err := c.apply(ctx, b); err != nil {
			return Device{}, fmt.Errorf("move device %s to site %s: %w", d.ID, d.Site, err)
		}
		return cloned(moved), nil
	}
	if len(c.state.devices) >= MaxDevices {
		return Device{}, fmt.Errorf("keep device %s: %w", d.ID, ErrFull)
	}
	hostname := clean(d.Hostname)
	d = Device{ID: d.ID, Name: firstOf(clipName(hostname), d.ID), Site: d.Site, Class: d.Class, Kind: d.Kind, Hostname: hostname, Created: c.now()}
	if err := c.apply(ctx, Batch{Devices: []Device{d}}); err != nil {
		return Device{}, fmt.Errorf("keep device %s: %w", d.ID, err)
	}
	return cloned(d), nil
}

// Known reports whether an ID is that of a device, or was.
func (c *Control) Known(id string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.state.taken(id)
}

// Happened writes events of a computer's report into the history of its device,
// whose ID may be that of one that was merged. Events from the future are taken
// for happening now; what is beyond wire.MaxEvents is left out and counted. It
// fails with ErrNotFound.
func (c *Control) Happened(ctx context.Context, device string, events []look.Event) error {
	if len(events) == 0 {
		return nil
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	d, ok := c.state.resolve(device)
	if !ok {
		return ErrNotFound
	}
	now := c.now()
	var changes []Change
	for i, e := range events {
		if i >= wire.MaxEvents || !namePattern.MatchString(e.Code) {
			c.refuse(d.ID, "event")
			continue
		}
		changes = append(changes, Change{Time: latestNow(e.Time, now), Kind: KindEvent, Field: e.Code, New: argsOf(e)})
	}
	if len(changes) == 0 {
		return nil
	}
	if err := c.apply(ctx, Batch{Changes: map[string][]Change{d.ID: changes}}); err != nil {
		return fmt.Errorf("store events of %s: %w", d.ID, err)
	}
	return nil
}

func latestNow(t, now time.Time) time.Time {
	if t.After(now) || t.IsZero() {
		return now
	}
	return t
}

// argsOf writes what an event says besides its code on one bounded line.
func argsOf(e look.Event) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(e.Args)) {
		out = append(out, name+"="+e.Args[name])
	}
	text := clean(strings.Join(out, ", "))
	return strings.ToValidUTF8(text[:min(len(text), wire.MaxText)], "")
}
