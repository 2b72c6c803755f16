package collector

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
)

// Devices implements web.DevicesView.
func (v fleetView) Devices(ctx context.Context, f web.DeviceFilter) (web.DevicesPage, error) {
	p, err := v.picture(ctx)
	if err != nil {
		return web.DevicesPage{}, err
	}
	page := web.DevicesPage{Sites: p.siteList()}
	if page.Rooms, err = v.choice(ctx, page.Sites, f.Site); err != nil {
		return web.DevicesPage{}, err
	}
	removed, err := v.removed(ctx, p)
	if err != nil {
		return web.DevicesPage{}, err
	}
	page.Removed = len(removed)
	rows := removed
	if !f.Removed {
		rows = nil
		for _, d := range v.c.agents.inventory.Info() {
			_, seen := p.sites[d.Site]
			if kind := look.Kind(d.Kind); seen && d.Polled && !slices.Contains(page.Kinds, kind) {
				page.Kinds = append(page.Kinds, kind)
			}
			if seen && chosen(d, f) {
				rows = append(rows, v.row(p, d))
			}
		}
	}
	words := strings.Fields(strings.ToLower(f.Text))
	rows = slices.DeleteFunc(rows, func(row web.DeviceRow) bool { return !fits(row, f, words) })
	sortDevices(rows, f)
	page.Matching = len(rows)
	first := min(max(f.Offset, 0), len(rows))
	page.Devices = rows[first:min(first+f.Limit, len(rows))]
	for i := range page.Devices {
		page.Devices[i].Gist = v.gist(p, page.Devices[i].ID)
	}
	page.Proposals, err = v.proposals(ctx, p)
	return page, err
}

// choice lists the rooms that the list can be narrowed to.
func (v fleetView) choice(ctx context.Context, sites []web.Site, site string) ([]web.Room, error) {
	if site == "" && len(sites) == 1 {
		site = sites[0].ID
	}
	if !slices.ContainsFunc(sites, func(s web.Site) bool { return s.ID == site }) {
		return nil, nil
	}
	return v.roomsOf(ctx, site)
}

// roomsOf lists the rooms of a site as people would.
func (v fleetView) roomsOf(ctx context.Context, site string) ([]web.Room, error) {
	rooms, err := v.c.agents.inventory.Rooms(ctx, site)
	if err != nil {
		return nil, err
	}
	out := make([]web.Room, len(rooms))
	for i, r := range rooms {
		out[i] = web.Room{ID: r.ID, Name: r.Name}
	}
	slices.SortFunc(out, func(a, b web.Room) int { return cmp.Or(fleet.CompareNatural(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// removed are the rows of devices that can come back.
func (v fleetView) removed(ctx context.Context, p picture) ([]web.DeviceRow, error) {
	gone, err := v.c.agents.inventory.Removed(ctx)
	if err != nil {
		return nil, err
	}
	var out []web.DeviceRow
	for _, g := range gone {
		if _, seen := p.sites[g.Device.Site]; seen {
			row := v.row(p, *g.Device)
			row.Removed, row.Conditions = g.At, nil
			out = append(out, row)
		}
	}
	return out, nil
}

// removedPage is what is told of a device that was removed and can come back.
func (v fleetView) removedPage(ctx context.Context, p picture, id string, r web.Range) (web.DevicePage, error) {
	rows, err := v.removed(ctx, p)
	if err != nil {
		return web.DevicePage{}, err
	}
	i := slices.IndexFunc(rows, func(row web.DeviceRow) bool { return row.ID == id })
	if i < 0 {
		return web.DevicePage{}, fmt.Errorf("device %s: %w", id, web.ErrNotFound)
	}
	return web.DevicePage{Device: rows[i], To: p.now, From: p.now.Add(-r.Length()), Step: chartStep(r)}, nil
}

// chosen looks at what is known without making a row.
func chosen(d inventory.Device, f web.DeviceFilter) bool {
	return (f.Site == "" || d.Site == f.Site) && (f.Room == "" || d.Room == f.Room) && (f.Class == "" || d.Class == f.Class) &&
		(f.Kind == "" || d.Polled && d.Kind == string(f.Kind))
}

func fits(row web.DeviceRow, f web.DeviceFilter, words []string) bool {
	switch {
	case f.State != "" && !slices.Contains(row.Conditions, f.State),
		f.System == web.SystemNone && row.System != "",
		f.System != "" && f.System != web.SystemNone && row.System != f.System:
		return false
	}
	return holds(row, words)
}

// sortDevices sorts as f says; whatever is equal is sorted by name and ID.
func sortDevices(rows []web.DeviceRow, f web.DeviceFilter) {
	by := map[string]func(a, b *web.DeviceRow) int{
		"room": func(a, b *web.DeviceRow) int {
			if n := cmp.Or(cmp.Compare(a.Site.Name, b.Site.Name), fleet.CompareNatural(a.Room, b.Room)); n != 0 {
				return n
			}
			return fleet.CompareNatural(a.Seat, b.Seat)
		},
		"class": func(a, b *web.DeviceRow) int {
			return cmp.Compare(slices.Index(fleet.Classes(), a.Class), slices.Index(fleet.Classes(), b.Class))
		},
		"model": func(a, b *web.DeviceRow) int { return fleet.CompareNatural(a.Model, b.Model) },
		"os":    func(a, b *web.DeviceRow) int { return fleet.CompareNatural(a.OS, b.OS) },
		"heard": func(a, b *web.DeviceRow) int { return b.LastHeard.Compare(a.LastHeard) },
		"state": func(a, b *web.DeviceRow) int { return cmp.Compare(worst(b), worst(a)) },
	}[f.Sort]
	turn := 1
	if f.Down {
		turn = -1
	}
	order := make([]*web.DeviceRow, len(rows)) // rows are large, and would be moved again and again
	for i := range rows {
		order[i] = &rows[i]
	}
	slices.SortFunc(order, func(a, b *web.DeviceRow) int {
		if by != nil {
			if n := by(a, b); n != 0 {
				return turn * n
			}
		}
		return turn * cmp.Or(fleet.CompareNatural(a.Title(), b.Title()), cmp.Compare(a.ID, b.ID))
	})
	sorted := make([]web.DeviceRow, len(rows))
	for i, row := range order {
		sorted[i] = *row
	}
	copy(rows, sorted)
}

// worst counts what is wrong with a device: what is silent before all else.
func worst(d *web.DeviceRow) int {
	n := 0
	for _, c := range d.Conditions {
		switch c {
		case web.Silent:
			n += 100
		case web.Heard, web.Off, web.Never:
		default:
			n++
		}
	}
	return n
}

// removedAt is when a device was removed that can come back; zero when it was
// not, or who asks may not see it.
func (v fleetView) removedAt(ctx context.Context, id string) (time.Time, error) {
	gone, err := v.c.agents.inventory.Removed(ctx)
	if err != nil {
		return time.Time{}, err
	}
	for _, g := range gone {
		if g.ID == id && seesSite(ctx, g.Device.Site) {
			return g.At, nil
		}
	}
	return time.Time{}, nil
}
