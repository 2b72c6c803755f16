package collector

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/look"
)

// ordersView tells which supplies are to be ordered.
type ordersView struct{ c *Collector }

var _ web.OrdersView = ordersView{}

// orderBelow is what is left, in percent, of a supply that is ordered although
// nobody knows how long it will last.
const orderBelow = 10

// Orders implements web.OrdersView.
func (v ordersView) Orders(ctx context.Context, site string) (web.OrdersPage, error) {
	fleet := fleetView(v)
	p, err := fleet.picture(ctx)
	if err != nil {
		return web.OrdersPage{}, err
	}
	page := web.OrdersPage{Sites: p.siteList()}
	lines := map[string]*web.OrderLine{}
	for _, d := range v.c.agents.inventory.Info() {
		at, seen := p.sites[d.Site]
		way, polled := p.polled[d.ID]
		if !seen || !polled || site != "" && d.Site != site {
			continue
		}
		told, ok := v.c.looking.board.Told(polledPrefix + way.ID)
		switch {
		case ok && slices.Contains(told.Device.Kinds, look.Printer):
			page.Printers++
		case !ok && d.Kind == string(look.Printer):
			page.Printers++
			page.Silent++
			continue
		default:
			continue
		}
		left := fleet.daysLeft(d.ID, told.Device.Supplies)
		for _, s := range told.Device.Supplies {
			entry := web.OrderFor{Printer: web.Reference{Name: cmp.Or(d.Name, d.ID), Path: "/devices/" + d.ID}, Site: at, Room: p.rooms[d.Room], Percent: s.Percent}
			if days, ok := left[s.Index]; ok {
				entry.Days = &days
			}
			if !toOrder(entry) {
				continue
			}
			key := orderKey(s, d.Model)
			if lines[key] == nil {
				lines[key] = &web.OrderLine{Part: strings.TrimSpace(s.Part), Supply: s, Model: d.Model}
			}
			lines[key].For = append(lines[key].For, entry)
		}
	}
	for _, l := range lines {
		slices.SortStableFunc(l.For, sooner)
		page.Lines = append(page.Lines, *l)
	}
	slices.SortFunc(page.Lines, func(a, b web.OrderLine) int {
		return cmp.Or(sooner(a.For[0], b.For[0]), cmp.Compare(a.Part, b.Part), cmp.Compare(a.Supply.Name, b.Supply.Name), cmp.Compare(a.Supply.Type, b.Supply.Type), cmp.Compare(a.Supply.Colour, b.Supply.Colour), cmp.Compare(a.Model, b.Model))
	})
	return page, nil
}

// orderKey is the same for supplies that are the same part. Where the printer
// tells no number they are those of one name in printers of one model.
func orderKey(s look.Supply, model string) string {
	if part := strings.ToUpper(strings.TrimSpace(s.Part)); part != "" {
		return part
	}
	return strings.Join([]string{"", s.Name, s.Type, s.Colour, model}, "\x00")
}

// toOrder reports whether a supply is to be ordered now: by its forecast, or by
// what is left where there is none.
func toOrder(f web.OrderFor) bool {
	if f.Days != nil && *f.Days <= web.OrderAhead {
		return true
	}
	return f.Percent != nil && (*f.Percent <= 0 || f.Days == nil && *f.Percent <= orderBelow)
}

// sooner sorts what is used up first, first.
func sooner(a, b web.OrderFor) int {
	days := func(f web.OrderFor) float64 {
		switch {
		case f.Percent != nil && *f.Percent <= 0:
			return -1
		case f.Days != nil:
			return *f.Days
		default:
			return math.Inf(1)
		}
	}
	percent := func(f web.OrderFor) float64 {
		if f.Percent == nil {
			return math.Inf(1)
		}
		return *f.Percent
	}
	return cmp.Or(cmp.Compare(days(a), days(b)), cmp.Compare(percent(a), percent(b)), cmp.Compare(a.Printer.Name, b.Printer.Name), cmp.Compare(a.Printer.Path, b.Printer.Path))
}
