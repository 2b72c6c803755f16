package collector

import (
	"context"
	"net/http"

	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
)

// jsonAPI answers below jsonapi.Base.
func (c *Collector) jsonAPI() http.Handler {
	return jsonapi.New(jsonapi.Options{
		Inventory: apiInventory{c.agents.inventory, c}, Agents: apiAgents{c.agents.enrolment, c}, Logger: c.opts.Logger,
	})
}

// apiInventory is the inventory whose merges and removals take the agents along.
type apiInventory struct {
	*inventory.Control
	c *Collector
}

func (i apiInventory) Merge(ctx context.Context, by, from, into string) error {
	_, err := i.c.merge(ctx, by, from, into)
	return err
}

func (i apiInventory) Remove(ctx context.Context, by, id string) error {
	return i.c.removeDevice(ctx, by, id)
}

// apiAgents are the agents, whose revocation is recorded.
type apiAgents struct {
	*enrolment.Control
	c *Collector
}

func (a apiAgents) Revoke(ctx context.Context, by, id string) error {
	return a.c.revokeAgent(ctx, by, id)
}
