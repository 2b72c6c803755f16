package collector

import (
	"context"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/host/facts"
	"github.com/budi-monitor/budi/internal/look"
)

// ownFactsAfter leaves the start of the collector alone.
const ownFactsAfter = 20 * time.Second

// ownFacts takes the inventory of the collector's own computer, as agents do of
// theirs.
type ownFacts struct {
	c      *Collector
	reader *facts.Inventory

	mu       sync.Mutex
	snapshot facts.Snapshot
}

// run takes the inventory until ctx ends.
func (o *ownFacts) run(ctx context.Context) error {
	timer := time.NewTimer(ownFactsAfter)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		config := o.c.Config()
		if !config.Host.Disabled {
			o.take(ctx, config.Agents.FactsOff)
		}
		timer.Reset(config.Agents.FactsInterval)
	}
}

func (o *ownFacts) take(ctx context.Context, off []string) {
	snapshot := o.reader.Take(ctx, off)
	if ctx.Err() != nil {
		return // half an inventory is none
	}
	o.mu.Lock()
	o.snapshot = snapshot
	o.mu.Unlock()
	about := inventory.About{Hostname: snapshot.Hostname, Machine: snapshot.Machine}
	if err := o.c.agents.inventory.Take(ctx, o.c.device, snapshot.Sets, about); err != nil {
		o.c.log.Error("keep the inventory of this computer", "err", err)
	}
}

// with adds to a look at this computer how it is kept, by its newest inventory.
func (o *ownFacts) with(f look.Func) look.Func {
	return func(ctx context.Context) look.Result {
		r := f(ctx)
		o.mu.Lock()
		defer o.mu.Unlock()
		r.Samples = append(r.Samples, o.snapshot.Samples(r.Time)...)
		return r
	}
}
