package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
)

// wires stand for what is asked over the network.
type wires struct {
	done    []string // what was asked for, with its secrets
	trial   web.DeviceTrial
	refuses error
	moved   bool
	file    string
}

func (w *wires) did(what string, a settings.Access, more ...any) error {
	w.done = append(w.done, fmt.Sprintf("%s community=%s user=%s key=%s password=%s", what, a.SNMP.Community.Reveal(), a.SNMP.User, a.SNMP.AuthKey.Reveal(), a.PJLink.Password.Reveal())+fmt.Sprint(more...))
	return w.refuses
}

func (w *wires) PolledDevice(_ context.Context, id string) (web.PolledDevice, error) {
	if id == "missing" {
		return web.PolledDevice{}, web.ErrNotFound
	}
	return web.PolledDevice{Spec: settings.Device{ID: id, Target: "snmp://10.20.3.14", Interval: 10 * time.Minute, Access: settings.Access{SNMP: settings.SNMP{Version: "3", User: "budi", Auth: "SHA256"}}}, Has: web.AccessHas{AuthKey: true}, File: w.file}, nil
}

func (w *wires) PolledChoices(context.Context) (web.PolledChoices, error) {
	return web.PolledChoices{Sites: []web.Site{{ID: "mokykla", Name: "Pagrindinė mokykla"}, {ID: "filialas", Name: "Filialas <b>"}}, Credentials: []string{"komutatoriai", "kiti <b>"}, Auth: settings.AuthProtocols(), Priv: settings.PrivProtocols()}, nil
}

func (w *wires) Credentials(context.Context) ([]web.CredentialRow, error) {
	return []web.CredentialRow{
		{Credential: settings.Credential{Name: "komutatoriai", Subnets: []string{"10.20.0.0/16", "10.21.0.0/16"}, Access: settings.Access{SNMP: settings.SNMP{Version: "3", User: "budi", Auth: "SHA256"}}}, Has: web.AccessHas{AuthKey: true}, Devices: 12},
		{Credential: settings.Credential{Name: "kiti <b>"}, Has: web.AccessHas{Community: true, Password: true}, Wrong: settings.Problems{settings.New("subnets", settings.CodeSubnet, "Value", hostile)}},
		{Credential: settings.Credential{Name: "faile"}, File: "collector.yml"},
	}, nil
}

func (w *wires) TryDevice(_ context.Context, d settings.Device) (web.DeviceTrial, error) {
	return w.trial, w.did("try "+d.ID+d.Target, d.Access)
}

func (w *wires) AddDevice(_ context.Context, d settings.Device, anyway bool) (web.DeviceAdded, error) {
	return web.DeviceAdded{ID: "hp-1", Result: w.trial.Result, Moved: w.moved}, w.did("add "+d.Target, d.Access, " ", d.Name, "/", d.Room, "/", d.Site, "/", d.Credentials, "/", anyway)
}

func (w *wires) EditDevice(_ context.Context, d settings.Device, keep bool) error {
	return w.did("edit "+d.ID+" "+d.Target, d.Access, " ", d.Interval, " ", keep)
}

func (w *wires) PauseDevice(_ context.Context, id string, paused bool) error {
	return w.did(fmt.Sprint("pause ", id, " ", paused), settings.Access{})
}

func (w *wires) PutCredential(_ context.Context, c settings.Credential, keep bool) error {
	return w.did(fmt.Sprint("put ", c.Name, " ", c.Subnets), c.Access, " ", keep)
}

func (w *wires) DropCredential(_ context.Context, name string) error {
	return w.did("drop "+name, settings.Access{})
}

func withWires(w *wires) func(*web.Options) {
	return func(o *web.Options) { o.Polled, o.PolledActions = w, w }
}

func foundPrinter() web.DeviceTrial {
	l := colourPrinter()
	return web.DeviceTrial{Result: *l.Told, Title: "HP Color LaserJet M277dw", Class: fleet.Workstation, Every: 5 * time.Minute}
}

func silentTrial() web.DeviceTrial {
	return web.DeviceTrial{Result: look.Result{Target: "10.20.3.99", Time: now, Outcome: look.Unreachable, Problem: &look.Problem{Code: "device_no_answer", Args: map[string]string{"address": "10.20.3.99"}, Detail: "i/o timeout <b>"}}}
}

func TestPagesOfAddingDevices(t *testing.T) {
	known := foundPrinter()
	known.Known = &web.Reference{Name: hostile, Path: "/devices/bad"}
	moved := known
	moved.Moved = true
	for _, lang := range i18n.Languages() {
		for _, tc := range []struct {
			name, target string
			form         url.Values
			w            wires
		}{
			{"polled-new", "/polled/new", nil, wires{}},
			{"polled-found", "/polled/new", url.Values{"target": {"10.20.3.14"}, "do": {"look"}, "snmp.community": {"slaptas"}}, wires{trial: foundPrinter()}},
			{"polled-silent", "/polled/new", url.Values{"target": {"10.20.3.99"}, "do": {"look"}}, wires{trial: silentTrial()}},
			{"polled-known", "/polled/new", url.Values{"target": {"10.20.3.14"}, "do": {"look"}}, wires{trial: known}},
			{"polled-moved", "/polled/new", url.Values{"target": {"10.20.3.14"}, "do": {"look"}}, wires{trial: moved}},
			{"polled-wrong", "/polled/new", url.Values{"target": {"x y"}, "do": {"look"}}, wires{refuses: settings.Problems{settings.New("target", settings.CodeDeviceTarget), settings.New("snmp.user", settings.CodeSNMPUser)}}},
			{"polled-edit", "/polled/hp-1/edit", nil, wires{}},
			{"polled-in-file", "/polled/hp-1/edit", nil, wires{file: "collector.yml"}},
			{"credentials", "/credentials", nil, wires{}},
			{"credential-new", "/credentials/new", nil, wires{}},
			{"credential-edit", "/credentials/edit?name=komutatoriai", nil, wires{}},
		} {
			t.Run(tc.name+"."+string(lang), func(t *testing.T) {
				c := newConsole(t, withWires(&tc.w))
				page := text(t, c.ask(tc.target, c.session(access.Administrator, lang), tc.form))
				if _, rest, ok := strings.Cut(page, `name="key" value="`); ok {
					key, _, _ := strings.Cut(rest, `"`)
					page = strings.ReplaceAll(page, key, "KEY")
				}
				golden(t, tc.name+"."+string(lang), page)
				harmless(t, page)
				if strings.Contains(page, "slaptas") {
					t.Error("the page shows a secret")
				}
			})
		}
	}
}

// Three steps, without a script: the address, the name and room, done. What was
// typed as a secret is asked with, and never in a page.
func TestAddingADevice(t *testing.T) {
	w := &wires{trial: foundPrinter()}
	c := newConsole(t, withWires(w))
	session := c.session(access.Operator, i18n.English)
	found := text(t, c.ask("/polled/new", session, url.Values{"do": {"look"}, "target": {" 10.20.3.14 "}, "site": {"mokykla"}, "credentials": {"komutatoriai"}, "snmp.community": {"labai-slapta"}}))
	_, rest, _ := strings.Cut(found, `name="key" value="`)
	key, _, _ := strings.Cut(rest, `"`)
	if strings.Contains(found, "labai-slapta") || !strings.Contains(found, `value="HP Color LaserJet M277dw"`) || key == "" {
		t.Fatal(found)
	}
	add := url.Values{"do": {"add"}, "key": {key}, "name": {"Raštinės"}, "room": {"214"}, "site": {"filialas"}}
	other := c.session(access.Administrator, i18n.English)
	if resp := c.ask("/polled/new", other, add); resp.StatusCode != 422 {
		t.Errorf("somebody else adds it: %d", resp.StatusCode)
	}
	resp := c.ask("/polled/new", session, add)
	if got := resp.Header.Get("Location"); resp.StatusCode != 303 || got != "/devices/hp-1?did=polled.added&of=hp-1" {
		t.Errorf("%d, leads to %s", resp.StatusCode, got)
	}
	want := []string{"try 10.20.3.14 community=labai-slapta user= key= password=", "add 10.20.3.14 community=labai-slapta user= key= password= Raštinės/214/filialas/komutatoriai/false"}
	if strings.Join(w.done, "\n") != strings.Join(want, "\n") {
		t.Errorf("done %q", w.done)
	}
	// What is known already is added only when somebody says so.
	w.refuses = settings.Problems{settings.New("target", settings.CodeKnownDevice, "ID", "hp-0", "Name", hostile)}
	page := text(t, c.ask("/polled/new", session, add))
	if !strings.Contains(page, `name="anyway"`) || !strings.Contains(page, "hp-0") || !strings.Contains(page, `value="Raštinės"`) {
		t.Error(page)
	}
	harmless(t, page)
	w.refuses, w.moved = nil, true
	add.Set("anyway", "yes")
	if got := c.ask("/polled/new", session, add).Header.Get("Location"); got != "/devices/hp-1?did=polled.moved&of=hp-1" || !strings.HasSuffix(w.done[len(w.done)-1], "/true") {
		t.Errorf("leads to %s, done %q", got, w.done)
	}
	// After some minutes the secrets are forgotten.
	c.clock = c.clock.Add(time.Hour)
	if resp := c.ask("/polled/new", session, add); resp.StatusCode != 422 || !strings.Contains(text(t, resp), "Type the address again") {
		t.Errorf("an hour later: %d", resp.StatusCode)
	}
}

func TestChangingHowADeviceIsAsked(t *testing.T) {
	for name, tc := range map[string]struct {
		target string
		form   url.Values
		role   access.Role
		code   int
		leads  string
		done   string
	}{
		"edit":             {"/polled/hp-1/edit", url.Values{"target": {"10.20.3.15"}, "interval": {"300"}, "snmp.user": {"u"}, "snmp.auth_key": {"raktas raktas"}}, access.Operator, 303, "/devices/hp-1?did=polled.changed&of=hp-1", "edit hp-1 10.20.3.15 community= user=u key=raktas raktas password= 5m0s true"},
		"forget":           {"/polled/hp-1/edit", url.Values{"target": {"10.20.3.15"}, "forget": {"yes"}}, access.Operator, 303, "/devices/hp-1?did=polled.changed&of=hp-1", "edit hp-1 10.20.3.15 community= user= key= password= 0s false"},
		"look":             {"/polled/hp-1/edit", url.Values{"target": {"10.20.3.15"}, "do": {"look"}}, access.Operator, 200, "", "try hp-110.20.3.15 community= user= key= password="},
		"missing":          {"/polled/missing/edit", url.Values{"target": {"10.20.3.15"}}, access.Operator, 404, "", ""},
		"pause":            {"/polled/hp-1/pause", url.Values{}, access.Operator, 303, "/devices/hp-1?did=polled.paused&of=hp-1", "pause hp-1 true community= user= key= password="},
		"resume":           {"/polled/hp-1/resume", url.Values{}, access.Operator, 303, "/devices/hp-1?did=polled.resumed&of=hp-1", "pause hp-1 false community= user= key= password="},
		"a viewer":         {"/polled/hp-1/pause", url.Values{}, access.Viewer, 403, "", ""},
		"put":              {"/credentials/new", url.Values{"name": {"spausdintuvai"}, "subnets": {"10.1.0.0/16\r\n10.2.0.0/16"}, "snmp.community": {"c"}, "pjlink.password": {"p"}}, access.Administrator, 303, "/credentials?did=credential.kept&of=spausdintuvai", "put spausdintuvai [10.1.0.0/16 10.2.0.0/16] community=c user= key= password=p false"},
		"put a taken name": {"/credentials/new", url.Values{"name": {"komutatoriai"}, "snmp.community": {"c"}}, access.Administrator, 422, "", ""},
		"change":           {"/credentials/edit", url.Values{"of": {"komutatoriai"}, "name": {"x"}, "snmp.user": {"u"}}, access.Administrator, 303, "/credentials?did=credential.kept&of=komutatoriai", "put komutatoriai [] community= user=u key= password= true"},
		"drop":             {"/credentials/remove", url.Values{"name": {"komutatoriai"}}, access.Administrator, 303, "/credentials?did=credential.removed&of=komutatoriai", "drop komutatoriai community= user= key= password="},
		"an operator":      {"/credentials/remove", url.Values{"name": {"komutatoriai"}}, access.Operator, 403, "", ""},
	} {
		w := &wires{trial: foundPrinter()}
		c := newConsole(t, withWires(w))
		resp := c.ask(tc.target, c.session(tc.role, i18n.English), tc.form)
		if got := strings.Join(w.done, "\n"); resp.StatusCode != tc.code || resp.Header.Get("Location") != tc.leads || got != tc.done {
			t.Errorf("%s: %d, leads to %q, did %q", name, resp.StatusCode, resp.Header.Get("Location"), got)
		}
	}
}

// What cannot be is said beside its field, and nothing is lost but the secrets.
func TestRefusedWaysToAsk(t *testing.T) {
	for name, refuses := range map[string]error{
		"problem":  settings.Problems{settings.New("subnets", settings.CodeSubnet, "Value", "10.1")},
		"too many": web.ErrTooMany,
		"failure":  errors.New("disk full"),
	} {
		w := &wires{refuses: refuses}
		c := newConsole(t, withWires(w))
		session := c.session(access.Administrator, i18n.English)
		for _, target := range []string{"/polled/new", "/polled/hp-1/edit", "/credentials/new"} {
			resp := c.ask(target, session, url.Values{"name": {"naujas"}, "target": {"10.20.3.14"}, "subnets": {"10.1"}, "do": {"look"}, "snmp.community": {"slaptas"}})
			page := text(t, resp)
			if resp.StatusCode < 400 || strings.Contains(page, "slaptas") || name == "problem" && !strings.Contains(page, "is no network") {
				t.Errorf("%s at %s: %d", name, target, resp.StatusCode)
			}
		}
	}
}
