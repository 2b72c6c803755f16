package collector

import (
	"context"
	"errors"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
)

// apiPolled are the devices that are looked at over the network, with the rights
// and the record that the console's have.
type apiPolled struct{ c *Collector }

var _ jsonapi.Polled = apiPolled{}

func (a apiPolled) told(err error) error {
	if errors.Is(err, web.ErrTooMany) {
		return &jsonapi.InvalidError{Problems: []jsonapi.FieldProblem{{Field: "target", Code: "too_many", Detail: "looks were asked for too often; wait a minute"}}}
	}
	return apiChecks(a).told(err)
}

// PolledDevice implements jsonapi.Polled.
func (a apiPolled) PolledDevice(ctx context.Context, id string) (jsonapi.PolledDevice, error) {
	d, err := a.c.seenPolled(ctx, id)
	if err != nil {
		return jsonapi.PolledDevice{}, a.told(err)
	}
	config := a.c.Config()
	v := polledView(a).of(&config, d)
	out := jsonapi.PolledDevice{
		Device: v.Spec, Secrets: secretNames(v.Has), File: v.File, Address: v.Address, Instead: strings.TrimPrefix(v.Instead.Path, "/devices/"), From: v.From, Every: v.Every,
	}
	out.Site = config.polledSite(d)
	if r, ok := a.c.looking.board.Get(polledPrefix + d.ID); ok {
		out.Newest = &r
	}
	return out, nil
}

func secretNames(h web.AccessHas) []string {
	var out []string
	for _, f := range []struct {
		name string
		has  bool
	}{{"pjlink.password", h.Password}, {"snmp.auth_key", h.AuthKey}, {"snmp.community", h.Community}, {"snmp.priv_key", h.PrivKey}} {
		if f.has {
			out = append(out, f.name)
		}
	}
	return out
}

// AddDevice implements jsonapi.Polled.
func (a apiPolled) AddDevice(ctx context.Context, d settings.Device, anyway bool) (jsonapi.AddedDevice, error) {
	added, err := polledActions(a).AddDevice(ctx, d, anyway)
	if err != nil {
		return jsonapi.AddedDevice{}, a.told(err)
	}
	return jsonapi.AddedDevice{ID: added.ID, MovedFrom: added.From, Look: &added.Result}, nil
}

// EditDevice implements jsonapi.Polled.
func (a apiPolled) EditDevice(ctx context.Context, d settings.Device) error {
	return a.told(polledActions(a).EditDevice(ctx, d, true))
}

// PauseDevice implements jsonapi.Polled.
func (a apiPolled) PauseDevice(ctx context.Context, id string, paused bool) error {
	return a.told(polledActions(a).PauseDevice(ctx, id, paused))
}

// Credentials implements jsonapi.Polled.
func (a apiPolled) Credentials(ctx context.Context) ([]jsonapi.Credential, error) {
	all, err := polledView(a).Credentials(ctx)
	var out []jsonapi.Credential
	for _, c := range all {
		out = append(out, jsonapi.Credential{Credential: c.Credential, Secrets: secretNames(c.Has), File: c.File})
	}
	return out, a.told(err)
}

// PutCredential implements jsonapi.Polled.
func (a apiPolled) PutCredential(ctx context.Context, c settings.Credential) error {
	return a.told(polledActions(a).PutCredential(ctx, c, true))
}

// DropCredential implements jsonapi.Polled.
func (a apiPolled) DropCredential(ctx context.Context, name string) error {
	return a.told(polledActions(a).DropCredential(ctx, name))
}
