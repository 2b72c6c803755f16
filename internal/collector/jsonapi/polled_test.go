package jsonapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/look"
)

// asked is what there is of devices over the network: one of the site main. Rights
// and the record are the composition's.
type asked struct {
	d   jsonapi.PolledDevice
	all []jsonapi.Credential
}

func newAsked() *asked {
	r := look.Result{Target: "snmp://192.0.2.1", Time: t0, Outcome: look.OK, Duration: time.Second}
	return &asked{d: jsonapi.PolledDevice{
		Device: settings.Device{ID: "printer", Site: "main", Target: "snmp://192.0.2.1"}, Secrets: []string{"snmp.community"}, Address: "snmp://192.0.2.1", Every: time.Minute, Newest: &r,
	}}
}

func (a *asked) PolledDevice(_ context.Context, id string) (jsonapi.PolledDevice, error) {
	if id != a.d.ID {
		return jsonapi.PolledDevice{}, jsonapi.ErrNotFound
	}
	return a.d, nil
}

func (a *asked) AddDevice(_ context.Context, d settings.Device, _ bool) (jsonapi.AddedDevice, error) {
	if d.SNMP.Community.Reveal() != "hunter2" {
		return jsonapi.AddedDevice{}, &jsonapi.InvalidError{Problems: []jsonapi.FieldProblem{{Field: "target", Code: "x", Detail: "x"}}}
	}
	return jsonapi.AddedDevice{ID: "new", Look: a.d.Newest}, nil
}

func (a *asked) EditDevice(ctx context.Context, d settings.Device) error {
	if _, err := a.PolledDevice(ctx, d.ID); err != nil {
		return err
	}
	a.d.Target, a.d.Every = d.Target, d.Interval
	return nil
}

func (a *asked) PauseDevice(ctx context.Context, id string, paused bool) error {
	_, err := a.PolledDevice(ctx, id)
	a.d.Paused = paused
	return err
}

func (a *asked) Credentials(context.Context) ([]jsonapi.Credential, error) { return a.all, nil }

func (a *asked) PutCredential(_ context.Context, c settings.Credential) error {
	c.Access = c.Bare()
	a.all = append(a.all, jsonapi.Credential{Credential: c, Secrets: []string{"snmp.community"}})
	return nil
}

func (a *asked) DropCredential(_ context.Context, name string) error {
	if len(a.all) == 0 || a.all[0].Name != name {
		return jsonapi.ErrNotFound
	}
	a.all = nil
	return nil
}

// polledStory asks for everything about devices over the network.
func polledStory(t *testing.T, s *school) {
	t.Helper()
	operator, admin, elsewhere := identity(access.Operator), identity(access.Administrator), identity(access.Administrator, "branch")
	for _, c := range []struct {
		who          *access.Identity
		method, path string
		body         string
		code         int
	}{
		{operator, "GET", "/devices/printer/look", "", http.StatusOK},
		{elsewhere, "GET", "/devices/printer/look", "", http.StatusNotFound},
		{operator, "GET", "/devices/printer/polling", "", http.StatusOK},
		{elsewhere, "GET", "/devices/printer/polling", "", http.StatusNotFound},
		{operator, "PUT", "/devices/printer/polling", `{"target":"snmp://192.0.2.2","interval_seconds":60}`, http.StatusOK},
		{operator, "PUT", "/devices/other/polling", `{"target":"snmp://192.0.2.2"}`, http.StatusNotFound},
		{operator, "POST", "/devices/printer/pause", "", http.StatusOK},
		{operator, "POST", "/devices/printer/resume", "", http.StatusOK},
		{operator, "POST", "/devices", `{"target":"192.0.2.1","snmp":{"community":"hunter2"}}`, http.StatusOK},
		{operator, "POST", "/devices", `{"target":"192.0.2.1"}`, http.StatusUnprocessableEntity},
		{operator, "POST", "/devices", `{"targett":"192.0.2.1"}`, http.StatusBadRequest},
		{operator, "PUT", "/credentials/row", `{"snmp":{"community":"hunter2"}}`, http.StatusForbidden},
		{admin, "PUT", "/credentials/row", `{"snmp":{"community":"hunter2"},"subnets":["192.0.2.0/24"]}`, http.StatusOK},
		{operator, "GET", "/credentials", "", http.StatusOK},
		{elsewhere, "GET", "/credentials", "", http.StatusForbidden},
		{admin, "DELETE", "/credentials/row", "", http.StatusNoContent},
		{admin, "DELETE", "/credentials/row", "", http.StatusNotFound},
	} {
		a := s.ask(c.who, c.method, c.path, c.body)
		if a.code != c.code || strings.Contains(string(a.body), "hunter2") {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, a.code, a.body)
		}
	}
}
