package enrolment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Agents lists the agents by site, device and time of enrolment, the revoked
// ones too.
func (c *Control) Agents(context.Context) ([]Agent, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Agent, 0, len(c.agents))
	for _, r := range c.agents {
		out = append(out, r.clone().Agent)
	}
	slices.SortFunc(out, func(a, b Agent) int {
		return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Device, b.Device), a.Enrolled.Compare(b.Enrolled), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// Agent returns one agent. It fails with ErrNotFound.
func (c *Control) Agent(_ context.Context, id string) (Agent, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.agents[id]
	if r == nil {
		return Agent{}, fmt.Errorf("agent %q: %w", id, ErrNotFound)
	}
	return r.clone().Agent, nil
}

// Heard tells when each device was last heard through an agent that is not
// revoked; enrolling counts.
func (c *Control) Heard() map[string]time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]time.Time, len(c.agents))
	for _, r := range c.agents {
		if !r.Revoked.IsZero() {
			continue
		}
		if seen, ok := out[r.Device]; !ok || r.Seen.After(seen) {
			out[r.Device] = r.Seen
		}
	}
	return out
}

// About is what an agent reports of itself; what is empty stays as it was.
type About struct {
	Hostname, System, Version string
}

// Note takes what an agent reported of itself. It is stored with the next
// flush. It fails with ErrNotFound.
func (c *Control) Note(_ context.Context, id string, a About) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.agents[id]
	if r == nil {
		return fmt.Errorf("agent %q: %w", id, ErrNotFound)
	}
	next := About{cmp.Or(oneLine(a.Hostname), r.Hostname), cmp.Or(oneLine(a.System), r.System), cmp.Or(oneLine(a.Version), r.Version)}
	if next != (About{r.Hostname, r.System, r.Version}) {
		r.Hostname, r.System, r.Version = next.Hostname, next.System, next.Version
		c.dirty[id] = true
	}
	return nil
}

// Revoke refuses an agent from this moment on; by says in whose name. One that
// is revoked already stays so. It fails with ErrNotFound. Another error says
// that it could not be stored: the agent is refused all the same as long as the
// collector runs, and storing it is tried again.
func (c *Control) Revoke(ctx context.Context, by, id string) error {
	now := c.now()
	c.mu.Lock()
	r := c.agents[id]
	if r == nil {
		c.mu.Unlock()
		return fmt.Errorf("agent %q: %w", id, ErrNotFound)
	}
	if r.Revoked.IsZero() {
		c.revoke(r, by, now)
	}
	c.mu.Unlock()
	if err := c.write(ctx, id); err != nil {
		return fmt.Errorf("store that agent %q is revoked (it is refused until the collector is started anew, and storing is tried again): %w", id, err)
	}
	c.log.Info("an agent was revoked", "agent", id, "by", by)
	return nil
}

// ByRemoval is whom Revoke is told when the agent's device is removed: Reinstate
// brings such agents back when the device comes back.
const ByRemoval = "removal"

// Reinstate takes those agents of a device again that were revoked because it
// was removed. An agent asks each hour whether it is taken again.
func (c *Control) Reinstate(ctx context.Context, device string) error {
	c.mu.Lock()
	var ids []string
	for id, r := range c.agents {
		if r.Device == device && !r.Revoked.IsZero() && r.RevokedBy == ByRemoval {
			r.Revoked, r.RevokedBy = time.Time{}, ""
			c.dirty[id] = true
			ids = append(ids, id)
		}
	}
	c.mu.Unlock()
	if err := c.write(ctx, ids...); err != nil {
		return fmt.Errorf("store agents of device %q: %w", device, err)
	}
	return nil
}

// revoke marks an agent; the caller holds mu.
func (c *Control) revoke(r *Record, by string, now time.Time) {
	r.Revoked, r.RevokedBy = now, by
	c.dirty[r.ID] = true
}

// Rebind moves the agents of one device to another, after the two were found to
// be one computer. An agent that the other device had before and that was not
// heard since the new one was enrolled is revoked: its disk was wiped.
func (c *Control) Rebind(ctx context.Context, from, to string) error {
	now := c.now()
	c.mu.Lock()
	var moved time.Time // newest enrolment of those that move
	var changed []string
	for id, r := range c.agents {
		if r.Device == from {
			r.Device = to
			c.dirty[id] = true
			changed = append(changed, id)
			if r.Enrolled.After(moved) && r.Revoked.IsZero() {
				moved = r.Enrolled
			}
		}
	}
	for id, r := range c.agents {
		if r.Device == to && !slices.Contains(changed, id) && r.Revoked.IsZero() && r.Seen.Before(moved) {
			c.revoke(r, "merge", now)
			changed = append(changed, id)
		}
	}
	c.mu.Unlock()
	if err := c.write(ctx, changed...); err != nil {
		return fmt.Errorf("store agents of device %q: %w", to, err)
	}
	return nil
}

// write stores agents as they are now. What could not be stored stays marked.
func (c *Control) write(ctx context.Context, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	records := make([]Record, 0, len(ids))
	for _, id := range ids {
		if r := c.agents[id]; r != nil {
			records = append(records, r.clone())
		}
		delete(c.dirty, id)
	}
	c.mu.Unlock()
	err := c.store.PutAgents(ctx, records)
	if err != nil {
		c.mu.Lock()
		for _, id := range ids {
			c.dirty[id] = true
		}
		c.mu.Unlock()
	}
	return err
}

// flushEvery is how far behind the stored agents may be.
const flushEvery = 30 * time.Second

// Run stores what requests changed every half minute, and once more at the
// end. It returns when ctx ends.
func (c *Control) Run(ctx context.Context) error {
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return c.Close()
		case <-ticker.C:
			if err := c.Flush(ctx); err != nil && !errors.Is(err, context.Canceled) {
				c.log.Warn("store agents", "err", err)
			}
		}
	}
}

// Flush stores what has changed, in one transaction.
func (c *Control) Flush(ctx context.Context) error {
	c.mu.Lock()
	ids := slices.Sorted(maps.Keys(c.dirty))
	c.mu.Unlock()
	if err := c.write(ctx, ids...); err != nil {
		c.metrics.flushErrors.Inc()
		return fmt.Errorf("store %d agents: %w", len(ids), err)
	}
	return nil
}

// Close stores what has changed. The Control may be used on; what changes then
// is not stored by itself.
func (c *Control) Close() error { return c.Flush(context.Background()) }

// count returns how many agents may come, and how many are revoked.
func (c *Control) count() (enrolled, revoked int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.agents {
		if r.Revoked.IsZero() {
			enrolled++
		} else {
			revoked++
		}
	}
	return enrolled, revoked
}
