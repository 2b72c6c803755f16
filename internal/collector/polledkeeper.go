package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

// AddPolled implements admin.Polled.
func (o ops) AddPolled(ctx context.Context, n admin.NewPolled) (admin.AddedPolled, error) {
	d := settings.Device{
		ID: n.ID, Name: n.Name, Site: n.Site, Room: n.Room, Class: fleet.Class(n.Class), Target: n.Target, Credentials: n.Credentials, Interval: n.Interval,
		Parents: n.Parents, Power: n.Power,
		Access: settings.Access{
			SNMP: settings.SNMP{
				Version: n.Version, Community: secret.New(n.Community), User: n.User, Auth: n.Auth, AuthKey: secret.New(n.AuthKey), Priv: n.Priv,
				PrivKey: secret.New(n.PrivKey), Context: n.Context,
			},
			PJLink: settings.PJLink{Password: secret.New(n.Password)},
		},
	}
	added, err := polledActions(o).AddDevice(access.WithIdentity(ctx, keeper()), d, n.Anyway)
	if err != nil {
		return admin.AddedPolled{}, o.c.toldKeeper(err, added)
	}
	text, err := json.Marshal(added.Result)
	if err != nil {
		return admin.AddedPolled{}, fmt.Errorf("write the look: %w", err)
	}
	return admin.AddedPolled{ID: added.ID, Title: seenAs(added.Result), Kind: added.Result.Kind, Moved: added.From, Result: text}, nil
}

// toldKeeper says in English what cannot be, and what to do.
func (c *Collector) toldKeeper(err error, added web.DeviceAdded) error {
	problems := settings.Of(err)
	if len(problems) == 0 {
		return err
	}
	var out []string
	for _, p := range problems {
		text := strings.TrimSuffix(c.catalogue.Text(i18n.English, "settings.invalid."+p.Code, p.Args), ".")
		switch p.Code {
		case settings.CodeDeviceSilent:
			if pr := added.Result.Problem; pr != nil {
				text += " (" + strings.TrimSpace(pr.Code+" "+pr.Detail) + ")"
			}
			text += "; to add it all the same: --anyway"
		case settings.CodeKnownDevice:
			text += "; when it is another one all the same: --anyway"
		}
		out = append(out, p.Field+": "+text)
	}
	return errors.New(strings.Join(out, "; "))
}

// PolledDevices implements admin.Polled.
func (o ops) PolledDevices(ctx context.Context) ([]admin.PolledDevice, error) {
	config := o.c.Config()
	out := []admin.PolledDevice{}
	for _, d := range config.Devices {
		v := polledView(o).of(&config, d)
		row, _ := o.c.agents.inventory.Resolve(d.ID)
		one := admin.PolledDevice{
			ID: d.ID, Name: row.Name, Site: config.polledSite(d), Kind: row.Kind, Model: row.Model, Target: v.Address, Instead: strings.TrimPrefix(v.Instead.Path, "/devices/"),
			File: v.File != "", Paused: d.Paused, Every: v.Every.Seconds(),
		}
		if r, ok := o.c.looking.board.Get(polledPrefix + d.ID); ok {
			one.Looked, one.Outcome = r.Time, string(r.Outcome)
			if r.Problem != nil {
				one.Problem = r.Problem.Code
			}
		}
		out = append(out, one)
	}
	return out, nil
}

// PausePolled implements admin.Polled.
func (o ops) PausePolled(ctx context.Context, p admin.PausePolled) error {
	err := polledActions(o).PauseDevice(access.WithIdentity(ctx, keeper()), p.ID, p.Paused)
	if err != nil {
		return o.c.toldKeeper(err, web.DeviceAdded{})
	}
	return nil
}

// LookAt implements admin.Polled.
func (o ops) LookAt(ctx context.Context, id string) (json.RawMessage, error) {
	d, err := o.c.seenPolled(access.WithIdentity(ctx, keeper()), id)
	if err != nil {
		return nil, err
	}
	config := o.c.Config()
	at, live := config.whereabouts(d)
	if !live {
		return nil, fmt.Errorf("look at %s: another device answers at its address", id)
	}
	return json.Marshal(o.c.polling.lookAt(ctx, &config, at))
}

// noPolled refuses what needs a running collector.
type noPolled struct{}

func (noPolled) AddPolled(context.Context, admin.NewPolled) (admin.AddedPolled, error) {
	return admin.AddedPolled{}, admin.ErrNotRunning
}
func (noPolled) PolledDevices(context.Context) ([]admin.PolledDevice, error) {
	return nil, admin.ErrNotRunning
}
func (noPolled) PausePolled(context.Context, admin.PausePolled) error { return admin.ErrNotRunning }
func (noPolled) LookAt(context.Context, string) (json.RawMessage, error) {
	return nil, admin.ErrNotRunning
}
