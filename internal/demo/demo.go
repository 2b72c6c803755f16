// Package demo is the composition of the demonstration: a real collector in a
// throw-away folder, the simulated school whose agents speak to it, its printers,
// projectors, switches and UPS, websites that break now and then, and a mail
// server that shows what it caught. Nothing leaves the loopback, and everything
// says that it is a demonstration. Only cmd/collector calls it, and tests.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/buildinfo"
	"github.com/budi-monitor/budi/internal/collector"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/sim/devices"
	"github.com/budi-monitor/budi/internal/sim/freeport"
	"github.com/budi-monitor/budi/internal/sim/school"
)

// Options say which demonstration there is. Dir is needed.
type Options struct {
	Dir       string // made when it is not there, and must be empty; the caller removes it
	Listen    string // of the console, on the loopback; empty: a free port
	Seed      uint64
	Lang      i18n.Lang    // of pages and mails; empty: English
	Computers int          // at most so many; 0: all of the school
	Logger    *slog.Logger // nil: nothing is logged

	// Calm keeps faults away.
	Calm bool
	// Hurry makes agents look and deliver as often as they can, and faults come
	// and go in seconds: for tests.
	Hurry bool
}

// Demo is a demonstration that is ready to run.
type Demo struct {
	opts      Options
	log       *slog.Logger
	places    places
	school    *school.School
	equipment *devices.Devices
	looks     map[string]look.Result // at the equipment, before the start; by ID
	devices   map[string]string      // by host name
	location  *time.Location
	now       time.Time // when the demonstration began
	collector *collector.Collector
}

// zone is where the school is.
const zone = "Europe/Vilnius"

// Open prepares everything: the files, the servers that stand for the world,
// people, rooms, computers that are enrolled. Run must follow: it closes what
// was opened. Whatever was opened before an error is closed.
func Open(ctx context.Context, o Options) (_ *Demo, err error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Lang == "" {
		o.Lang = i18n.English
	}
	if o.Listen, err = address(o.Listen); err != nil {
		return nil, err
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("find the school's time zone: %w", err)
	}
	d := &Demo{opts: o, log: o.Logger.With("component", "demo"), location: location, now: time.Now().Truncate(time.Second)}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the demonstration's folder: %w", err)
	}
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) > 0 {
		return nil, errors.Join(err, fmt.Errorf("the folder %s is not empty: a demonstration begins with nothing", o.Dir))
	}
	simulated := school.Options{
		Dir: filepath.Join(o.Dir, "agents"), Seed: o.Seed, Computers: o.Computers, Logger: o.Logger.With("simulated", true),
		Version: buildinfo.Get().Version, Location: location, Began: d.now,
	}
	if o.Hurry {
		simulated.FactsDelay = time.Second
	}
	d.school = school.New(simulated)
	if d.places, err = openPlaces(ctx, o, location); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			d.places.close()
		}
	}()
	if err := d.openDevices(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = d.equipment.Close() // there is an error already
		}
	}()
	if err := d.writeConfig(true); err != nil {
		return nil, err
	}
	if err := d.settle(ctx); err != nil {
		return nil, err
	}
	if err := d.enrol(ctx); err != nil {
		return nil, err
	}
	if err := d.writeConfig(false); err != nil {
		return nil, err
	}
	if err := d.writePast(ctx); err != nil {
		return nil, err
	}
	if d.collector, err = d.openCollector(ctx, time.Now); err != nil {
		return nil, err
	}
	return d, nil
}

// address is where to listen: on the loopback, and nowhere else.
func address(listen string) (string, error) {
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", fmt.Errorf("the demonstration listens on this computer only: write 127.0.0.1:PORT, not %q", listen)
	}
	if port != "0" {
		return listen, nil
	}
	// The configuration names the console's address, so that it must be known
	// before the collector listens: until the past is written, nobody else may get
	// the port.
	free, err := freeport.Find(host)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(host, strconv.Itoa(free)), nil
}

func (d *Demo) configFile() string { return filepath.Join(d.opts.Dir, "collector.yml") }

// DataDir is the collector's data folder, for commands beside it.
func (d *Demo) DataDir() string { return filepath.Join(d.opts.Dir, "data") }

// URL is the address of the console.
func (d *Demo) URL() string { return "https://" + d.opts.Listen }

// MailURL is the address of the page with the mails that were caught.
func (d *Demo) MailURL() string { return d.places.pagesURL }

func (d *Demo) openCollector(ctx context.Context, now func() time.Time) (*collector.Collector, error) {
	return collector.Open(ctx, collector.Options{
		DataDir: d.DataDir(), ConfigFile: d.configFile(), Logger: d.opts.Logger, Demo: true, Roots: d.places.canteen.Roots(), Computer: d.school.Own(), Now: now, Domains: d.places.names.options(),
	})
}

// enrol lets a collector run for as long as all computers need to enrol: with a
// token of their site, through its door. Its clock is a week behind: computers
// and rooms are as old as the past that is written then.
func (d *Demo) enrol(ctx context.Context) error {
	c, err := d.openCollector(ctx, d.longAgo)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- c.Run(running) }()
	err = d.enrolWith(ctx)
	stop()
	return errors.Join(err, <-ended)
}

// ownDevice is the ID of the collector's own computer, as the configuration says.
const ownDevice = "budi"

// all are the computers of the school and the collector's own.
func (d *Demo) all() []*school.Computer { return append(d.school.Computers(), d.school.Own()) }

// longAgo is the time when everything was set up.
func (d *Demo) longAgo() time.Time { return time.Now().AddDate(0, 0, -pastDays).Add(-time.Hour) }

func (d *Demo) enrolWith(ctx context.Context) error {
	ops, err := admin.Dial(ctx, d.DataDir())
	if err != nil {
		return fmt.Errorf("ask the collector for tokens: %w", err)
	}
	tokens := map[string]string{}
	for _, site := range d.school.Sites() {
		made, err := ops.CreateEnrolToken(ctx, admin.NewEnrolToken{Site: site.ID, TTL: time.Hour, Uses: len(d.school.Computers())})
		if err != nil {
			return fmt.Errorf("make a token for %s: %w", site.ID, err)
		}
		tokens[site.ID] = made.Secret
	}
	if d.devices, err = d.school.Enrol(ctx, d.URL(), tokens); err != nil {
		return err
	}
	d.devices[d.school.Own().Hostname] = ownDevice
	return nil
}

// Run runs the demonstration until ctx ends, and closes everything.
func (d *Demo) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var parts sync.WaitGroup
	parts.Go(func() { d.school.Run(ctx) })
	parts.Go(func() { d.equipment.Run(ctx) })
	parts.Go(func() { d.runJob(ctx) })
	if !d.opts.Calm {
		parts.Go(func() { d.runSchedule(ctx) })
	}
	err := d.collector.Run(ctx)
	cancel()
	parts.Wait()
	d.places.close()
	return errors.Join(err, d.equipment.Close())
}
