package collector

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// learn takes to the inventory what a deep look found out of what a device is.
// The inventory writes what is new only.
func (p *polling) learn(ctx context.Context, row inventory.Device, r look.Result, told inventory.Known) error {
	facts := factsOf(r)
	kind := look.Kind(r.Kind)
	about := inventory.About{
		Hostname: facts[look.FactName], Kind: string(kind), Class: settings.ClassOf(kind), EngineID: told.EngineID,
		Machine: machineOf(row.Machine, facts[look.FactSerial], told.MACs),
	}
	if !row.Polled { // an agent tells better what its computer is
		about = inventory.About{}
	}
	if err := p.c.agents.inventory.Take(ctx, row.ID, factSets(r, row.Polled), about); err != nil {
		return fmt.Errorf("keep the facts of %s: %w", row.ID, err)
	}
	return p.happened(ctx, row.ID, r.Events)
}

// machineOf is what is known of a machine with what it tells now. What it does
// not tell this time stays.
func machineOf(was wire.Machine, serial string, macs []string) wire.Machine {
	m := was
	if len(serial) <= wire.MaxText {
		m.SystemSerial = cmp.Or(serial, was.SystemSerial)
	}
	if len(macs) > 0 {
		m.MACs = macs
	}
	return m
}

// happened writes events into the history that the look before did not tell.
func (p *polling) happened(ctx context.Context, id string, events []look.Event) error {
	p.mu.Lock()
	w := p.watches[id]
	if w == nil {
		p.mu.Unlock()
		return nil
	}
	now := map[string]bool{}
	var fresh []look.Event
	for _, e := range events[:min(len(events), wire.MaxEvents)] {
		key := fmt.Sprint(e.Code, e.Args)
		if !now[key] && !w.events[key] {
			fresh = append(fresh, e)
		}
		now[key] = true
	}
	w.events = now
	p.mu.Unlock()
	if len(fresh) == 0 {
		return nil
	}
	return p.c.agents.inventory.Happened(ctx, id, fresh)
}

// Kinds of facts that devices have besides those that computers have.
const (
	factSupply    = "supply"
	factInterface = "interface"
	factTray      = "tray"
	factVolume    = "volume"
)

// factSets are the facts of a look, in the names that agents use. Of an agent's
// own computer, what the agent tells is left to it.
func factSets(r look.Result, system bool) []look.FactSet {
	facts, d := factsOf(r), r.Device
	add := func(kind string, items []look.Item) look.FactSet {
		return look.FactSet{Kind: kind, Time: r.Time, Items: items[:min(len(items), wire.MaxItems)]}
	}
	var out []look.FactSet
	if system {
		about := fields("make", facts[look.FactVendor], "model", facts[look.FactModel], "serial", facts[look.FactSerial], "firmware", facts[look.FactFirmware],
			"hardware", facts[look.FactHardware], "name", facts[look.FactName], "location", facts[look.FactLocation], "contact", facts[look.FactContact],
			"description", facts[look.FactDescription], "object_id", facts[look.FactObjectID], "mac", facts[look.FactMAC])
		out = append(out, add("system", []look.Item{{Fields: about}}))
	}
	var disks, supplies, trays, interfaces, volumes []look.Item
	for _, x := range d.Disks {
		disks = append(disks, look.Item{Key: cmp.Or(x.Serial, x.Name), Fields: fields("device", x.Name, "model", x.Model, "serial", x.Serial, "health", health(x.State))})
	}
	for _, x := range d.Supplies {
		supplies = append(supplies, look.Item{Key: cmp.Or(x.Name, x.Index), Fields: fields("name", x.Name, "type", x.Type, "colour", x.Colour, "part", x.Part, "serial", x.Serial)})
	}
	for _, x := range d.Trays {
		trays = append(trays, look.Item{Key: cmp.Or(x.Name, x.Index), Fields: fields("name", x.Name, "media", x.Media, "capacity", number(x.Capacity))})
	}
	for _, x := range d.Interfaces {
		if x.Physical {
			interfaces = append(interfaces, look.Item{Key: x.Name, Fields: fields("name", x.Name, "description", x.Description, "alias", x.Alias, "mac", x.MAC)})
		}
	}
	for _, x := range d.Volumes {
		if x.Type != "ram" && x.Type != "swap" {
			volumes = append(volumes, look.Item{Key: x.Name, Fields: fields("name", x.Name, "type", x.Type, "size_bytes", strconv.FormatUint(x.SizeBytes, 10))})
		}
	}
	for _, set := range []struct {
		kind  string
		items []look.Item
		ours  bool
	}{{"disk", disks, system}, {factSupply, supplies, true}, {factTray, trays, true}, {factInterface, interfaces, system}, {factVolume, volumes, system}} {
		if len(set.items) > 0 && set.ours {
			out = append(out, add(set.kind, set.items))
		}
	}
	return out
}

// fields are the pairs of a name and a value that is not empty.
func fields(pairs ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if v := pairs[i+1]; v != "" {
			out[pairs[i]] = v[:min(len(v), wire.MaxText)]
		}
	}
	return out
}

func number(n *float64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'f', -1, 64)
}

// health is the state of a disk in the words of agents.
func health(state string) string {
	switch state {
	case look.StateOK:
		return "healthy"
	case look.StateWarning:
		return "warning"
	case look.StateFailed:
		return "failing"
	}
	return ""
}

// seenAs is what people would call a device that was not added yet: its maker and
// model, or else its own name; "" when nothing was recognised.
func seenAs(r look.Result) string {
	facts := factsOf(r)
	vendor, model := facts[look.FactVendor], facts[look.FactModel]
	switch {
	case model == "":
		return cmp.Or(facts[look.FactName], vendor)
	case vendor == "" || strings.HasPrefix(strings.ToLower(model), strings.ToLower(vendor)):
		return model
	}
	return vendor + " " + model
}
