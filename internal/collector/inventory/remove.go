package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Remove takes a device out; by is who. For RemovedFor it can come back with
// everything (Restore); then its facts and its history are deleted. Its ID is
// not given to another device. Whoever calls it revokes its agent first. It
// fails with ErrNotFound.
func (c *Control) Remove(ctx context.Context, by, id string) error {
	_, err := c.Change(ctx, by, "", Several{Gone: []string{id}})
	return err
}

// overdue are the removed devices that cannot come back any more when so many
// others are removed at now, as they are kept then: the ID alone.
func (c *Control) overdue(now time.Time, more int) []Gone {
	var out []Gone
	kept := c.state.removed()
	for i, g := range kept { // newest first
		if now.Sub(g.At) > RemovedFor || i+more >= MaxRemoved {
			out = append(out, Gone{ID: g.ID, At: g.At})
		}
	}
	return out
}

// Sweep deletes what is left of devices that were removed longer than
// RemovedFor ago.
func (c *Control) Sweep(ctx context.Context) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	gone := c.overdue(c.now(), 0)
	if len(gone) == 0 {
		return nil
	}
	if err := c.apply(ctx, Batch{Gone: gone}); err != nil {
		return fmt.Errorf("delete what is left of %d removed devices: %w", len(gone), err)
	}
	return nil
}

// Removed lists the devices that can come back, the newest removal first.
func (c *Control) Removed(context.Context) ([]Gone, error) {
	now := c.now()
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := slices.DeleteFunc(c.state.removed(), func(g Gone) bool { return now.Sub(g.At) > RemovedFor })
	for i := range out {
		d := cloned(*out[i].Device)
		out[i].Device, out[i].Apart = &d, slices.Clone(out[i].Apart)
	}
	return out, nil
}

// Restore takes back that a device was removed; by is who. A room that is gone
// meanwhile is left. It fails with ErrNotFound when it cannot come back, with an
// *InvalidError when its site is gone, and with ErrFull.
func (c *Control) Restore(ctx context.Context, by, id string) error {
	_, err := c.Change(ctx, by, "", Several{Back: []string{id}})
	return err
}

// removed lists what can come back, the newest removal first.
func (s *state) removed() []Gone {
	var out []Gone
	for _, g := range s.gone {
		if g.Device != nil {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b Gone) int {
		if n := b.At.Compare(a.At); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// apartFrom lists the decisions that name a device.
func (s *state) apartFrom(id string) []Pair {
	var out []Pair
	for p := range s.apart {
		if p.A == id || p.B == id {
			out = append(out, p)
		}
	}
	return out
}
