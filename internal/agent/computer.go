package agent

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/budi-monitor/budi/internal/host"
	"github.com/budi-monitor/budi/internal/host/facts"
	"github.com/budi-monitor/budi/internal/look"
)

// Computer is what an agent looks at: the one that it runs on, or in a
// simulation one that is made up. Its methods are safe for concurrent use and
// return within their contexts' deadlines.
type Computer interface {
	// Look reads its numbers, as host.Host does.
	Look(ctx context.Context, p host.Profile) look.Result
	// Take reads what it is, as facts.Inventory does.
	Take(ctx context.Context, off []string) facts.Snapshot
}

// thisComputer is the one that the program runs on.
type thisComputer struct {
	log       *slog.Logger
	inventory *facts.Inventory

	mu      sync.Mutex // guards what follows
	host    *host.Host
	profile host.Profile // of host
}

func newThisComputer(logger *slog.Logger) *thisComputer {
	return &thisComputer{log: logger, inventory: facts.New(facts.Options{Logger: logger})}
}

// Look implements Computer.
func (c *thisComputer) Look(ctx context.Context, p host.Profile) look.Result {
	c.mu.Lock()
	if c.host == nil || c.profile != p {
		c.host, c.profile = host.New(host.Options{Logger: c.log, Profile: p}), p
	}
	h := c.host
	c.mu.Unlock()
	return h.Look(ctx)
}

// Take implements Computer.
func (c *thisComputer) Take(ctx context.Context, off []string) facts.Snapshot {
	snapshot := c.inventory.Take(ctx, off)
	// Reading registry, WMI and package lists leaves much behind that the next
	// four hours do not need.
	debug.FreeOSMemory()
	return snapshot
}
