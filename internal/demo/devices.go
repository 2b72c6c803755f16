package demo

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/all"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/devices"
	"github.com/budi-monitor/budi/internal/wire"
)

// openDevices starts the school's printers, projectors, switches and UPS. All
// computers hang on the switches.
func (d *Demo) openDevices() error {
	o := devices.Options{Seed: d.opts.Seed, Location: d.location, Began: d.now}
	for _, c := range d.all() {
		for _, mac := range c.Machine.MACs {
			o.Stations = append(o.Stations, devices.Station{Room: c.Room, MAC: mac})
		}
	}
	var err error
	d.equipment, err = devices.Open(o)
	return err
}

// polled is a device as the configuration names it.
type polled struct {
	ID, Name, Site, Room, Target, Password string
	Interval                               time.Duration
}

// polledDevices are the devices of the configuration.
func (d *Demo) polledDevices() []polled {
	var out []polled
	for _, x := range d.equipment.List() {
		p := polled{ID: x.ID, Name: x.Name, Site: x.Site, Room: x.Room, Password: x.Password, Interval: 20 * time.Second}
		p.Target = x.Scheme + "://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(int(x.Port)))
		switch {
		case x.Scheme == device.SchemePJLink:
			p.Interval = time.Minute // a projector bears no more
		case d.opts.Hurry:
			p.Interval = 10 * time.Second
		}
		if x.Community != "" {
			p.Target += "?community=" + x.Community
		}
		out = append(out, p)
	}
	return out
}

// deviceStep is how far apart looks at devices were in the past: as far as
// queries can bear.
const deviceStep = fleetStep

// lookAtDevices looks at each device once, as the collector will.
func (d *Demo) lookAtDevices(ctx context.Context) error {
	families := all.New()
	d.looks = map[string]look.Result{}
	for _, x := range d.equipment.List() {
		target := device.Target{Scheme: x.Scheme, Host: "127.0.0.1", Port: x.Port, PJLink: secret.New(x.Password)}
		target.SNMP.Community = secret.New(x.Community)
		r := device.New(families.Options(target)).Look(ctx)
		if r.Outcome != look.OK {
			return fmt.Errorf("look at %s: %v", x.ID, r.Problem)
		}
		d.looks[x.ID] = r
	}
	return nil
}

// pastDevices tells the inventory what devices were from the beginning: what they
// are.
func (d *Demo) pastDevices(ctx context.Context, inv *inventory.Control) error {
	for _, x := range d.equipment.List() {
		facts := map[string]string{}
		for _, f := range d.looks[x.ID].Facts {
			facts[f.Name] = f.Value
		}
		kind := look.Kind(d.looks[x.ID].Kind)
		var macs []string
		for _, i := range d.looks[x.ID].Device.Interfaces {
			macs = append(macs, i.MAC)
		}
		known := inventory.KnownBy(facts[look.FactSerial], facts[look.FactEngineID], macs)
		about := inventory.About{
			Hostname: facts[look.FactName], Kind: string(kind), Class: settings.ClassOf(kind), EngineID: known.EngineID,
			Machine: wire.Machine{SystemSerial: known.Serial, MACs: known.MACs},
		}
		if err := inv.Take(ctx, x.ID, nil, about); err != nil {
			return fmt.Errorf("tell what %s was: %w", x.ID, err)
		}
	}
	return nil
}

// deviceSources give of the devices what a look at each gives now, as it was then.
func (d *Demo) deviceSources() []source {
	var out []source
	for _, x := range d.equipment.List() {
		samples := worthTelling(d.looks[x.ID])
		out = append(out, source{newWriter("site", x.Site, "device", x.ID, "job", x.Scheme), deviceStep, func(at time.Time) []look.Sample {
			return x.Then(samples, at)
		}})
	}
	return out
}

// worthTelling are the samples of a look that the past has: of ports what flows
// through those that are in use.
func worthTelling(r look.Result) []look.Sample {
	inUse := map[string]bool{}
	for _, i := range r.Device.Interfaces {
		inUse[i.Name] = i.Oper == "up"
	}
	var out []look.Sample
	for _, s := range r.Samples {
		port := ""
		for _, l := range s.Labels {
			if l.Name == metric.LabelIfName {
				port = l.Value
			}
		}
		flows := s.Name == metric.IfHCInOctets || s.Name == metric.IfHCOutOctets
		if port == "" && !strings.HasPrefix(s.Name, "system_") || flows && inUse[port] {
			out = append(out, s)
		}
	}
	return out
}

// deviceTroubles are what can go wrong with devices.
func (d *Demo) deviceTroubles() []trouble {
	breaking := func(f devices.Fault, id string, lasts time.Duration) trouble {
		return trouble{string(f), lasts, func() error { return d.equipment.Break(f, id) }, func() error { return d.equipment.Mend(f, id) }}
	}
	return []trouble{
		breaking(devices.Jam, "sp-204", 4*time.Minute),
		breaking(devices.PowerCut, "ups-serverine", 3*time.Minute),
		breaking(devices.Hot, "proj-101", 4*time.Minute),
		breaking(devices.Silent, "sw-204", 4*time.Minute),
	}
}
