package collector

import (
	"context"
	"errors"
	"fmt"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
)

// openSettings opens what people set in the console.
func (c *Collector) openSettings(ctx context.Context, key access.Key) error {
	sealing, err := key.Derive("settings")
	if err != nil {
		return err
	}
	c.settings, err = settings.Open(ctx, settings.Options{Store: c.store, Key: sealing, Logger: c.opts.Logger, Now: c.now})
	return err
}

// change changes what people set in the console, in the name of who asks, and
// puts it to use. action and object are what the audit record says of it. When
// the candidate is wrong or cannot be put to use nothing is stored and the
// configuration in use stays: the error says why, settings.Of what people are
// told of it.
func (c *Collector) change(ctx context.Context, action, object string, edit func(*settings.Settings) error) error {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	ctx = context.WithoutCancel(ctx) // whoever asked may leave: half a change is none
	by := actor(ctx)
	before, after, err := c.settings.Change(ctx, by, edit, func(next settings.Settings, store func() error) error {
		old := c.Config()
		config := c.declared.with(next)
		if problems := config.leftOutAnew(&old); len(problems) > 0 {
			return problems
		}
		err := c.apply(ctx, config, store)
		if err != nil {
			// What was exchanged before the mistake was found.
			if again := c.apply(ctx, old, nil); again != nil {
				err = errors.Join(err, fmt.Errorf("put the old configuration back: %w", again))
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if changes := settings.Differences(before, after); len(changes) > 0 {
		b, a := recorded(changes)
		c.record(ctx, access.Entry{Actor: by, Action: action, Object: object, Before: b, After: a})
	}
	return nil
}

// recorded is what changed as the audit record has it.
func recorded(changes []settings.Change) (before, after string) {
	was, is := map[string]string{}, map[string]string{}
	for _, c := range changes {
		if c.Old != "" {
			was[c.Field] = c.Old
		}
		if c.New != "" {
			is[c.Field] = c.New
		}
	}
	return access.Changes(was, is)
}

// actor names who asks in the audit record.
func actor(ctx context.Context) string {
	id, ok := access.FromContext(ctx)
	if !ok {
		return "collector"
	}
	return id.Actor()
}

// record puts what was done on the audit record; done is done although it could
// not be recorded.
func (c *Collector) record(ctx context.Context, e access.Entry) {
	if err := c.access.Audit(context.WithoutCancel(ctx), e); err != nil {
		c.log.Error("record who changed what", "actor", e.Actor, "action", e.Action, "err", err)
	}
}
