package school

import (
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/host/facts"
	"github.com/budi-monitor/budi/internal/look"
)

// change is one thing that was otherwise before a moment.
type change struct {
	at          time.Time
	kind        string // of the fact; empty: an inventory of then tells it itself
	key         string // of the item; empty: the first one
	field, from string
}

// changes are what changed of a computer in the days before the start.
func (c *Computer) changes() []change {
	morning := func(days int, hour int) time.Time {
		local := c.began.In(c.loc)
		return time.Date(local.Year(), local.Month(), local.Day()-days, hour, int(c.seed%50), 0, 0, c.loc)
	}
	var out []change
	switch {
	case c.own:
	case c.model.server:
		out = append(out, change{morning(6, 4), facts.Software, "samba", "version", "2:4.17.12+dfsg-0+deb12u1"})
	default:
		out = append(out, change{morning(5, 8), facts.Software, "Google Chrome", "version", "142.0.7444.163"})
	}
	if c.model.build == "26100.7171" {
		out = append(out, change{morning(3, 9), facts.OS, "", "build", "26100.7019"})
	}
	switch c.Hostname {
	case "BUHALTERIJA":
		out = append(out, change{morning(4, 11), facts.Memory, "", "size_bytes", "8589934592"})
	case "K204-03":
		out = append(out, change{morning(2, 13), facts.Monitor, "", "serial", "HPN000417"})
	}
	if installed := c.updated(); installed.After(c.began.AddDate(0, 0, -7)) {
		out = append(out, change{at: installed}) // see updates
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.past.episodes {
		if e.fault == DiskFailing { // it was replaced
			out = append(out, change{e.to, facts.Disk, "", "serial", c.serialOf("the disk before")})
		}
	}
	slices.SortFunc(out, func(a, b change) int { return a.at.Compare(b.at) })
	return out
}

// Changed lists the moments of the days before the start at which something of
// the computer changed, in their order.
func (c *Computer) Changed() []time.Time {
	var out []time.Time
	for _, ch := range c.changes() {
		out = append(out, ch.at)
	}
	return out
}

// Inventory is what the computer was at a moment before the start.
func (c *Computer) Inventory(at time.Time) []look.FactSet {
	sets := c.inventory(at)
	for _, ch := range c.changes() {
		if !at.Before(ch.at) {
			continue
		}
		for i := range sets {
			if sets[i].Kind == ch.kind {
				ch.undo(sets[i].Items)
			}
		}
	}
	return sets
}

func (ch change) undo(items []look.Item) {
	for i := range items {
		if ch.key != "" && items[i].Key != ch.key {
			continue
		}
		items[i].Fields[ch.field] = ch.from
		if ch.field == "serial" && ch.kind == facts.Disk {
			items[i].Key = ch.from
		}
		return
	}
}
