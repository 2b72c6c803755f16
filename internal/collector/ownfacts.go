package collector

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/host"
	"github.com/budi-monitor/budi/internal/host/facts"
	"github.com/budi-monitor/budi/internal/look"
)

// ownFactsAfter leaves the start of the collector alone.
const ownFactsAfter = 20 * time.Second

// Computer is what the collector takes for its own: the one that it runs on, or
// in a demonstration one that is made up. Its methods are safe for concurrent
// use and return within their contexts' deadlines.
type Computer interface {
	// Look reads its numbers, as host.Host does.
	Look(ctx context.Context, p host.Profile) look.Result
	// Take reads what it is, as facts.Inventory does.
	Take(ctx context.Context, off []string) facts.Snapshot
}

// thisComputer is the one that the program runs on.
type thisComputer struct {
	host *host.Host // tells all of a server
	*facts.Inventory
}

func newThisComputer(logger *slog.Logger) thisComputer {
	return thisComputer{host.New(host.Options{Logger: logger, Profile: host.Full}), facts.New(facts.Options{Logger: logger})}
}

// Look implements Computer.
func (c thisComputer) Look(ctx context.Context, _ host.Profile) look.Result { return c.host.Look(ctx) }

// ownHostname is what the collector's computer is called; empty when that is
// not known.
func (o Options) ownHostname(ctx context.Context) string {
	if o.Computer != nil {
		return o.Computer.Take(ctx, factKinds()).Hostname
	}
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

// ownFacts takes the inventory of the collector's own computer, as agents do of
// theirs.
type ownFacts struct {
	c        *Collector
	computer Computer

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
	snapshot := o.computer.Take(ctx, off)
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

// look looks at the computer and adds how it is kept, by its newest inventory.
func (o *ownFacts) look(ctx context.Context) look.Result {
	r := o.computer.Look(ctx, host.Full)
	o.mu.Lock()
	defer o.mu.Unlock()
	r.Samples = append(r.Samples, o.snapshot.Samples(r.Time)...)
	return r
}
