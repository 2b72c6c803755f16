package collector

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

// Who sees the site "north" only learns nothing of the others, and changes
// nothing there.
func TestWhoSeesOneSiteKnowsAndChangesNoOther(t *testing.T) {
	c, _ := openForDoors(t)
	ctx := t.Context()
	const password = "a long password of north"
	if _, err := c.access.CreateUser(ctx, access.Local("test"), access.NewUser{Login: "north", Lang: i18n.English, Role: access.Administrator, Sites: []string{"north"}, Password: secret.New(password)}); err != nil {
		t.Fatal(err)
	}
	session, until, err := c.access.Login(ctx, "north", secret.New(password), access.Client{})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"north", "south"} {
		if err := c.agents.inventory.PutSite(ctx, "test", inventory.Site{ID: id, Name: "Site " + id}); err != nil {
			t.Fatal(err)
		}
	}
	token, made, err := c.agents.enrolment.CreateToken(ctx, "test", enrolment.NewToken{Site: "south"})
	if err != nil {
		t.Fatal(err)
	}
	agent, err := c.agents.enrolment.Enrol(ctx, southern(token.Reveal()), "10.9.8.7")
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{"site": "south", "device": agent.Device}
	open := incident.Incident{ID: 1, Rule: "ServerSilent", State: incident.Open, Labels: labels, Names: map[string]string{"device": "southern"}, Since: c.started}
	closed := open
	closed.ID, closed.State, closed.Turned = 2, incident.Closed, c.started
	if err := c.store.CommitIncidents([]incident.Incident{open, closed}, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.alerting.load(); err != nil {
		t.Fatal(err)
	}

	ask := func(method, path string, form url.Values) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequest(method, "http://budi.example"+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(c.access.Cookie(session, until))
		w := httptest.NewRecorder()
		c.server.ServeHTTP(w, r)
		return w
	}
	for _, path := range []string{
		"/", "/incidents/1", "/incidents/2", "/devices", "/devices?site=south", "/devices/" + agent.Device, "/agents",
		"/api/budi/v1/sites", "/api/budi/v1/devices", "/api/budi/v1/devices?site=south", "/api/budi/v1/devices/" + agent.Device,
		"/api/budi/v1/devices/" + agent.Device + "/facts", "/api/budi/v1/devices/" + agent.Device + "/history", "/api/budi/v1/agents",
		"/api/budi/v1/agents/" + agent.ID, "/api/budi/v1/proposals", "/api/budi/v1/rooms",
	} {
		w := ask(http.MethodGet, path, nil)
		for _, told := range []string{"southern", "Site south", "10.9.8.7", made.Name, agent.ID} {
			if !strings.Contains(path, told) && strings.Contains(w.Body.String(), told) {
				t.Errorf("%s (%d) tells %q", path, w.Code, told)
			}
		}
	}
	own := access.WithIdentity(ctx, access.Identity{Kind: access.KindUser, Login: "north", Role: access.Administrator, Sites: []string{"north"}})
	do, name := fleetActions{c}, "renamed"
	for what, err := range map[string]error{
		"edit": func() error {
			_, err := do.EditDevices(own, "north", []string{agent.Device}, web.DeviceEdit{Name: &name})
			return err
		}(),
		"remove":       func() error { _, err := do.RemoveDevices(own, "north", []string{agent.Device}); return err }(),
		"merge":        do.MergeDevices(own, "north", agent.Device, c.device),
		"keep apart":   do.KeepApart(own, "north", agent.Device, c.device),
		"revoke agent": do.RevokeAgent(own, "north", agent.ID),
		"acknowledge":  incidentsActions{c}.Acknowledge(own, 1, "north", "", time.Time{}),
		"close":        incidentsActions{c}.Close(own, 1, "north", ""),
		"revoke token": do.RevokeEnrolToken(own, "north", made.Name),
	} {
		if !errors.Is(err, web.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	tokens, err := c.agents.enrolment.Tokens(ctx)
	if err != nil || len(tokens) != 1 || !tokens[0].Revoked.IsZero() {
		t.Errorf("tokens %+v, %v", tokens, err)
	}
}

// southern is a computer that enrols.
func southern(token string) wire.EnrolRequest {
	return wire.EnrolRequest{Token: token, Secret: wire.AgentSecretPrefix + strings.Repeat("A", 43), Hostname: "southern-pc", System: "linux", Version: "1"}
}
