package demo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// How far back the past goes, and how finely it is told. Looks of the past are
// as far apart as queries can bear; what the collector says of devices can be
// farther.
const (
	pastDays  = 7
	pastStep  = 2 * time.Minute
	fleetStep = 4 * time.Minute
	window    = 20 * time.Minute // in one transaction
)

// began is when the demonstration's past begins.
func (d *Demo) began() time.Time { return d.now.AddDate(0, 0, -pastDays) }

// writePast writes what happened before the start: samples of all computers and
// checks, changes of the inventory, and incidents that are over. No collector
// runs meanwhile.
func (d *Demo) writePast(ctx context.Context) (err error) {
	stories := d.stories()
	for _, s := range stories {
		for _, c := range s.computers {
			c.Suffered(s.fault, s.from, s.to)
		}
	}
	store, err := boltstore.Open(filepath.Join(d.DataDir(), "budi.db"), boltstore.Options{Logger: d.opts.Logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := d.lookAtDevices(ctx); err != nil {
		return err
	}
	if err := d.pastInventory(ctx, store); err != nil {
		return err
	}
	if err := d.pastIncidents(store, stories); err != nil {
		return err
	}
	if err := d.pastStatusPage(store); err != nil {
		return err
	}
	return d.pastSamples(ctx, store, stories)
}

// pastInventory tells the inventory where each computer is, what it was at
// first, and after each change.
func (d *Demo) pastInventory(ctx context.Context, store *boltstore.Store) error {
	var at time.Time
	inv, err := inventory.Open(inventory.Options{Store: store, Logger: d.opts.Logger, Now: func() time.Time { return at }})
	if err != nil {
		return err
	}
	for _, c := range d.all() {
		at = d.longAgo()
		place := inventory.Edit{Room: &c.Room, Seat: &c.Seat, Asset: &c.Asset}
		if err := inv.Edit(ctx, actor, d.devices[c.Hostname], place); err != nil {
			return fmt.Errorf("put %s into its room: %w", c.Hostname, err)
		}
		for _, at = range append([]time.Time{d.began()}, c.Changed()...) {
			about := inventory.About{Hostname: c.Hostname, Machine: c.Machine}
			if err := inv.Take(ctx, d.devices[c.Hostname], c.Inventory(at), about); err != nil {
				return fmt.Errorf("tell what %s was: %w", c.Hostname, err)
			}
		}
	}
	at = d.began()
	return d.pastDevices(ctx, inv)
}

// point is one sample of the past.
type point struct {
	series *metricdb.Stamped
	at     int64 // milliseconds of Unix time
	value  float64
}

// writer makes series of samples, and keeps those that it made.
type writer struct {
	identity []look.Label
	series   map[string]*metricdb.Stamped
	key      []byte
}

func newWriter(identity ...string) *writer {
	return &writer{identity: look.Labels(identity...), series: map[string]*metricdb.Stamped{}}
}

// add appends samples of one moment to points.
func (w *writer) add(points []point, at time.Time, samples []look.Sample) ([]point, error) {
	for _, s := range samples {
		w.key = append(w.key[:0], s.Name...)
		for _, l := range s.Labels {
			w.key = append(append(append(append(w.key, 0), l.Name...), 0), l.Value...)
		}
		known := w.series[string(w.key)]
		if known == nil {
			var reason metricdb.Reason
			if known, reason = metricdb.Stamp(s.Name, s.Labels, w.identity); reason != "" {
				return nil, fmt.Errorf("a sample of the past cannot be taken: %s of %s", reason, s.Name)
			}
			w.series[string(w.key)] = known
		}
		points = append(points, point{known, at.UnixMilli(), s.Value})
	}
	return points, nil
}

// source gives the samples of one sender of the past.
type source struct {
	*writer
	step time.Duration
	at   func(time.Time) []look.Sample // moments come in rising order
}

// pastSamples writes samples in the order of time: the database takes them as
// if they had just come.
func (d *Demo) pastSamples(ctx context.Context, store *boltstore.Store, stories []story) (err error) {
	sources, err := d.sources(ctx, store, stories)
	if err != nil {
		return err
	}
	// Not logged: it is closed while it makes blocks of what came, which it then
	// calls an error. The collector makes them.
	db, err := metricdb.Open(ctx, metricdb.Options{Dir: filepath.Join(d.DataDir(), "tsdb")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var points []point
	for from := d.began(); from.Before(d.now); from = from.Add(window) {
		points = points[:0]
		to := from.Add(window)
		if to.After(d.now) {
			to = d.now
		}
		for _, s := range sources {
			for at := from; at.Before(to); at = at.Add(s.step) {
				if points, err = s.add(points, at, s.at(at)); err != nil {
					return err
				}
			}
		}
		_, err := db.Write(ctx, func(b *metricdb.Batch) error {
			for _, p := range points {
				if reason := b.Add(p.series, p.at, p.value); reason != "" {
					return fmt.Errorf("a sample of the past was refused: %s", reason)
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("write the past: %w", err)
		}
	}
	return nil
}

// sources are all who sent samples in the past.
func (d *Demo) sources(ctx context.Context, store *boltstore.Store, stories []story) ([]source, error) {
	inv, err := inventory.Open(inventory.Options{Store: store, Logger: d.opts.Logger})
	if err != nil {
		return nil, err
	}
	var out []source
	for _, c := range d.all() {
		device, err := inv.Device(ctx, d.devices[c.Hostname])
		if err != nil {
			return nil, fmt.Errorf("find the device of %s: %w", c.Hostname, err)
		}
		on := false
		out = append(out, source{newWriter("site", c.Site, "device", device.ID, "job", "host"), pastStep, func(at time.Time) []look.Sample {
			samples := c.Past(at)
			on = len(samples) > 0
			return samples
		}})
		info := look.Sample{Name: metric.DeviceInfo, Value: 1, Labels: slices.DeleteFunc(
			look.Labels("name", device.Name, "room", device.Room, "model", device.Model, "kind", device.Kind, "class", string(device.Class), "asset", device.Asset),
			func(l look.Label) bool { return l.Value == "" })}
		if c == d.school.Own() { // nobody has to hear it
			out = append(out, source{newWriter("site", c.Site, "device", device.ID, "job", "fleet"), fleetStep, func(time.Time) []look.Sample { return []look.Sample{info} }})
			continue
		}
		seen := d.began()
		out = append(out, source{newWriter("site", c.Site, "device", device.ID, "job", "fleet"), fleetStep, func(at time.Time) []look.Sample {
			up := 0.0
			if on {
				up, seen = 1, at
			}
			return []look.Sample{info, {Name: metric.AgentClockOffset}, {Name: metric.AgentUp, Value: up}, {Name: metric.AgentLastSeen, Value: float64(seen.Unix())}, {Name: metric.AgentCloned}}
		}})
	}
	checks, err := d.pastChecks(ctx, stories)
	if err != nil {
		return nil, err
	}
	return append(append(out, checks...), d.deviceSources()...), nil
}
