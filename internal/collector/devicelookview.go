package collector

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// deviceLook is what looks at a device brought; nil for what is not looked at.
func (v fleetView) deviceLook(ctx context.Context, p picture, row inventory.Device) *web.DeviceLook {
	d, ok := p.polled[row.ID]
	if !ok {
		return nil
	}
	id := polledPrefix + d.ID
	config := v.c.Config()
	at, _ := config.whereabouts(d)
	l := &web.DeviceLook{Target: saidTarget(at), Paused: d.Paused, Since: v.c.looking.board.Since(id)}
	if config.declaresPolled(d.ID) {
		l.File = config.File()
	}
	if r, ok := v.c.looking.board.Get(id); ok {
		l.Newest = &r
	}
	if r, ok := v.c.looking.board.Told(id); ok {
		l.Told = &r
		l.Left = v.daysLeft(row.ID, r.Device.Supplies)
		if len(r.Device.Interfaces) > 0 {
			l.Ports = v.portEnds(p, row, r.Device)
			v.portErrors(ctx, row, l.Ports)
		}
	}
	return l
}

// daysLeft are the forecasts of a printer's supplies, by their indexes.
func (v fleetView) daysLeft(id string, all []look.Supply) map[string]float64 {
	ahead := v.c.supplying.of(id)
	out := map[string]float64{}
	for _, s := range all {
		label := device.SupplyLabel(s, all)
		for _, o := range ahead {
			if o.Supply == label && o.Type == s.Type && o.Colour == s.Colour && !o.Empty.IsZero() {
				out[s.Index] = o.days(v.c.now())
			}
		}
	}
	return out
}

// portEnds says what hangs at the ports of a device: its neighbours and those
// whom it heard there, as far as the inventory knows their addresses.
func (v fleetView) portEnds(p picture, row inventory.Device, d *look.Device) map[string]web.PortEnd {
	known := map[string]inventory.Device{}
	for _, other := range v.c.agents.inventory.Info() {
		if _, seen := p.sites[other.Site]; seen && other.ID != row.ID {
			for _, mac := range other.Machine.MACs {
				known[mac] = other
			}
		}
	}
	out := map[string]web.PortEnd{}
	there := map[string]map[string]bool{} // by port: the things that are listed already
	add := func(port, mac string) bool {
		other, ok := known[mac]
		if !ok {
			return false
		}
		if there[port] == nil {
			there[port] = map[string]bool{}
		}
		if !there[port][other.ID] {
			there[port][other.ID] = true
			end := out[port]
			end.Things = append(end.Things, web.Reference{Name: cmp.Or(other.Name, other.ID), Path: "/devices/" + other.ID})
			out[port] = end
		}
		return true
	}
	for _, n := range d.Neighbours {
		add(n.Port, n.Chassis)
	}
	strangers := map[string]map[string]bool{}
	for _, s := range d.Stations {
		if add(s.Port, s.MAC) {
			continue
		}
		if strangers[s.Port] == nil {
			strangers[s.Port] = map[string]bool{}
		}
		strangers[s.Port][s.MAC] = true
	}
	for port, macs := range strangers {
		end := out[port]
		end.Others = len(macs)
		out[port] = end
	}
	return out
}

// portErrors adds the packets with errors of the last hour. Without an answer the
// ports stay without them.
func (v fleetView) portErrors(ctx context.Context, row inventory.Device, ends map[string]web.PortEnd) {
	bounded, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	series := fmt.Sprintf(`{site=%s,device=%s}[1h])`, strconv.Quote(row.Site), strconv.Quote(row.ID))
	expr := fmt.Sprintf(`sum by (%s) (increase(%s%s + increase(%s%s) >= 1`, metric.LabelIfName, metric.IfInErrors, series, metric.IfOutErrors, series)
	points, err := v.c.db.Query(bounded, expr, v.c.now())
	if err != nil {
		v.c.log.Debug("count the errors of ports", "device", row.ID, "err", err)
		return
	}
	for _, point := range points {
		end := ends[point.Labels[metric.LabelIfName]]
		end.Errors = point.Value
		ends[point.Labels[metric.LabelIfName]] = end
	}
}

// polledState is how a device that is looked at is doing, and when it last told
// something.
func (v fleetView) polledState(d settings.Device, class fleet.Class) (web.Condition, time.Time) {
	id := polledPrefix + d.ID
	newest, looked := v.c.looking.board.Get(id)
	told, answered := v.c.looking.board.Told(id)
	switch {
	case d.Paused:
		return web.Paused, told.Time
	case !looked:
		return web.Never, time.Time{}
	case newest.Outcome == look.Unknown:
		return web.Unasked, told.Time
	case newest.Outcome == look.OK, newest.Outcome == look.Failed:
		return web.Heard, newest.Time
	case class == fleet.Workstation || class == fleet.Presentation:
		return web.Off, told.Time
	case !answered:
		return web.Silent, time.Time{}
	default:
		return web.Silent, told.Time
	}
}

// gist is what matters of a device in a list.
func (v fleetView) gist(p picture, row string) web.Gist {
	d, ok := p.polled[row]
	if !ok {
		return web.Gist{}
	}
	told, ok := v.c.looking.board.Told(polledPrefix + d.ID)
	if !ok {
		return web.Gist{}
	}
	var g web.Gist
	all, left := told.Device.Supplies, v.daysLeft(row, told.Device.Supplies)
	for i, s := range all {
		// What is used up within the month comes before what is merely lower.
		if days, ok := left[s.Index]; ok && s.Percent != nil && days <= web.OrderAhead && (g.Days == nil || days < *g.Days) {
			g.Supply, g.Days = &all[i], &days
		}
		if s.Percent != nil && g.Days == nil && (g.Supply == nil || *s.Percent < *g.Supply.Percent) {
			g.Supply = &all[i]
		}
	}
	for _, s := range told.Device.Sensors {
		switch {
		case s.Class == look.LampHours && (g.Lamp == nil || s.Value > *g.Lamp):
			g.Lamp = &s.Value
		case s.Class == look.Charge && g.Charge == nil:
			g.Charge = &s.Value
		}
	}
	if slices.ContainsFunc(told.Device.Kinds, func(k look.Kind) bool { return k == look.Switch || k == look.Router }) {
		for _, i := range told.Device.Interfaces {
			if i.Physical {
				g.Ports++
				if i.Oper == "up" {
					g.PortsUp++
				}
			}
		}
	}
	for _, s := range told.Samples {
		g.OnBattery = g.OnBattery || s.Name == metric.UPSOnBattery && s.Value == 1
	}
	for _, disk := range told.Device.Disks {
		if disk.State == look.StateFailed {
			g.Broken++
		}
	}
	for _, volume := range told.Device.Volumes {
		if volume.State == look.StateFailed {
			g.Broken++
		}
	}
	for _, a := range told.Device.Alerts {
		if a.Severity == "critical" {
			g.Critical++
		}
	}
	return g
}
