package collector

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/i18n"
)

// AddMaintenance implements admin.Maintenance.
func (o ops) AddMaintenance(ctx context.Context, n admin.NewWindow) (admin.Window, error) {
	ctx = access.WithIdentity(ctx, keeper())
	config := o.c.Config()
	now := o.c.now().In(config.zone())
	w := calendar.Window{ID: "m-" + strings.ToLower(rand.Text()[:12]), Name: n.Name, From: calendar.MomentAt(now), Duration: n.For, RRule: n.RRule, OnDown: n.OnDown, Sites: n.Sites}
	// On the night on which an hour comes twice, what the clock shows in the second
	// is taken for the first, which is over.
	if n.RRule == "" && now.Sub(w.From.In(config.zone())) >= time.Minute {
		w.From = calendar.ExactMoment(now)
	}
	var err error
	if n.From != "" {
		if w.From, err = calendar.ParseMoment(n.From); err != nil {
			return admin.Window{}, fmt.Errorf("read when it begins: %w", err)
		}
	}
	if n.To != "" {
		if w.To, err = calendar.ParseMoment(n.To); err != nil {
			return admin.Window{}, fmt.Errorf("read when it ends: %w", err)
		}
	}
	for _, text := range n.Except {
		d, err := calendar.ParseDate(text)
		if err != nil {
			return admin.Window{}, fmt.Errorf("read the days that are left out: %w", err)
		}
		w.Exdates = append(w.Exdates, d)
	}
	for _, t := range n.Things {
		w.Things = append(w.Things, topology.ID(t))
	}
	if len(n.Rooms) > 0 {
		if len(n.Sites) != 1 {
			return admin.Window{}, errors.New("name with --site the one site that the rooms belong to")
		}
		w.Sites = nil
		for _, r := range n.Rooms {
			w.Rooms = append(w.Rooms, calendar.Place{Site: n.Sites[0], Room: r})
		}
	}
	if err := o.c.inWords(calendarView(o).PutCalendar(ctx, calendar.Config{Maintenance: []calendar.Window{w}})); err != nil {
		return admin.Window{}, err
	}
	from := w.From.In(config.zone())
	for _, a := range o.c.calendar().Occurrences(from.Add(-time.Minute), from.AddDate(1, 1, 0)) {
		if a.ID == w.ID {
			return shownWindow(a, now), nil
		}
	}
	return admin.Window{ID: w.ID, Name: w.Name}, nil // its first time is far away
}

// inWords makes one English error of what people are told of in the console.
func (c *Collector) inWords(err error) error {
	problems := settings.Of(err)
	if problems == nil {
		return err
	}
	var errs []error
	for _, p := range problems {
		errs = append(errs, errors.New(c.catalogue.Text(i18n.English, "settings.invalid."+p.Code, p.Args)))
	}
	return errors.Join(errs...)
}

// Windows implements admin.Maintenance.
func (o ops) Windows(context.Context) ([]admin.Window, error) {
	now := o.c.now()
	var out []admin.Window
	for _, a := range o.c.calendar().Occurrences(now, now.AddDate(0, 0, 35)) {
		out = append(out, shownWindow(a, now))
	}
	return out, nil
}

func shownWindow(a calendar.Active, now time.Time) admin.Window {
	w := admin.Window{ID: a.ID, Name: a.Name, From: a.From, To: a.To, UnderWay: !a.From.After(now) && a.To.After(now), Again: a.RRule != "", OnDown: a.OnDown, By: a.By}
	w.Where = slices.Clone(a.Sites)
	for _, r := range a.Rooms {
		w.Where = append(w.Where, r.Site+"/"+r.Room)
	}
	for _, t := range a.Things {
		w.Where = append(w.Where, string(t))
	}
	return w
}

// EndMaintenance implements admin.Maintenance.
func (o ops) EndMaintenance(ctx context.Context, id string) (admin.Window, error) {
	ctx = access.WithIdentity(ctx, keeper())
	config := o.c.Config()
	one, ok := config.stored.Calendar.InUse().Find(id)
	if !ok || len(one.Maintenance) == 0 {
		return admin.Window{}, fmt.Errorf("no maintenance with the ID %q was entered in the console or by a command; what the configuration file has is changed there", id)
	}
	w := one.Maintenance[0]
	now := o.c.now().In(config.zone())
	shown := admin.Window{ID: w.ID, Name: w.Name, From: w.From.In(config.zone()), To: now}
	if w.RRule == "" && !w.OnDown && w.From.In(config.zone()).Before(now.Add(-time.Minute)) {
		w.Duration, w.To = 0, calendar.ExactMoment(now)
		return shown, o.c.inWords(calendarView(o).PutCalendar(ctx, calendar.Config{Maintenance: []calendar.Window{w}}))
	}
	return shown, o.c.inWords(calendarView(o).RemoveCalendar(ctx, id))
}

// noMaintenance refuses what needs a running collector.
type noMaintenance struct{}

func (noMaintenance) AddMaintenance(context.Context, admin.NewWindow) (admin.Window, error) {
	return admin.Window{}, admin.ErrNotRunning
}
func (noMaintenance) Windows(context.Context) ([]admin.Window, error) {
	return nil, admin.ErrNotRunning
}
func (noMaintenance) EndMaintenance(context.Context, string) (admin.Window, error) {
	return admin.Window{}, admin.ErrNotRunning
}
