package collector

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

func withCommunity(target, community string) settings.Device {
	return settings.Device{Target: target, Access: settings.Access{SNMP: settings.SNMP{Community: secret.New(community)}}}
}

func TestAddingByAddressAlone(t *testing.T) {
	t.Parallel()
	a := startAgent(t, printerOf("CNB8G1", 0, 0x1b, 0x78, 1, 2, 3))
	c := polled(t, "")
	rasa, do := of(t.Context(), "rasa"), polledActions{c}
	trial, err := do.TryDevice(rasa, settings.Device{Target: a.Addr().String()})
	if err != nil || trial.Result.Kind != "printer" || !strings.Contains(trial.Title, "LaserJet") || trial.Known != nil {
		t.Fatalf("%+v, %v", trial, err)
	}
	if len(c.Config().Devices) != 0 {
		t.Fatal("trying stored something")
	}
	added, err := do.AddDevice(rasa, settings.Device{Target: a.Addr().String(), Room: "Raštinė"}, false)
	if err != nil {
		t.Fatal(err)
	}
	if d := rowOf(t, c, added.ID); d.Kind != "printer" || d.Serial != "CNB8G1" || d.Room == "" || !d.Polled {
		t.Errorf("the row, before any other look: %+v", d)
	}
	if got, want := seen(c), fmt.Sprintf("%s at %s as %s", added.ID, targetOf(a), added.ID); got != want {
		t.Errorf("looked at: %s; want %s", got, want)
	}
	// Again, and at another address of the same device.
	if _, err := do.AddDevice(rasa, settings.Device{Target: targetOf(a)}, false); codes(err) != "target known_device" {
		t.Errorf("the same address: %v", err)
	}
	b := startAgent(t, printerOf("CNB8G1", 0, 0x1b, 0x78, 1, 2, 3))
	if _, err := do.AddDevice(rasa, settings.Device{Target: targetOf(b)}, false); codes(err) != "target known_device" {
		t.Errorf("another address: %v", err)
	} else if p := settings.Of(err)[0]; p.Args["ID"] != added.ID {
		t.Errorf("it does not say which: %+v", p)
	}
	// Where it was, another one answers now: it moved.
	becomes(a, "CNB8G2", 0, 0x1b, 0x78, 9, 9, 9)
	moved, err := do.AddDevice(rasa, settings.Device{Target: targetOf(b)}, false)
	if err != nil || moved.ID != added.ID || !moved.Moved || moved.From != targetOf(a) {
		t.Errorf("%+v, %v", moved, err)
	}
	if got, want := seen(c), fmt.Sprintf("%s at %s as %s", added.ID, targetOf(b), added.ID); got != want {
		t.Errorf("looked at: %s; want %s", got, want)
	}
}

func TestWhatDoesNotAnswerIsAddedOnRequestOnly(t *testing.T) {
	t.Parallel()
	c := polled(t, "")
	rasa, do := of(t.Context(), "rasa"), polledActions{c}
	silent := settings.Device{Target: "snmp://127.0.0.1:9", Name: "Bibliotekos spausdintuvas"}
	if _, err := do.AddDevice(rasa, silent, false); codes(err) != "target device_silent" {
		t.Errorf("%v", err)
	}
	added, err := do.AddDevice(rasa, silent, true)
	if err != nil || added.ID != "bibliotekos-spausdintuvas" {
		t.Fatalf("%+v, %v", added, err)
	}
	if d := rowOf(t, c, added.ID); d.Name != silent.Name {
		t.Errorf("%+v", d)
	}
}

func TestSecretsOfDevicesComeBackToNobodyAndStayWhereTheyAreSent(t *testing.T) {
	t.Parallel()
	a, err := snmpagent.Start(snmpagent.Options{Recording: printerOf("CNB8G1"), Community: "hunter2"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	c := polled(t, "credentials: [{name: file, snmp: {community: hunter2}}]\n")
	rasa, do, view := of(t.Context(), "rasa"), polledActions{c}, polledView{c}
	added, err := do.AddDevice(rasa, withCommunity("snmp://"+a.Addr().String(), "hunter2"), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := do.PutCredential(rasa, settings.Credential{Name: "row", Access: settings.Access{PJLink: settings.PJLink{Password: secret.New("hunter2")}}}, false); err != nil {
		t.Fatal(err)
	}
	d, err := view.PolledDevice(rasa, added.ID)
	if err != nil || !d.Has.Community || !d.Spec.SNMP.Community.IsZero() {
		t.Errorf("%+v, %v", d, err)
	}
	all, err := view.Credentials(rasa)
	if err != nil || len(all) != 2 || !all[0].Has.Community || all[0].File == "" || !all[1].Has.Password {
		t.Errorf("%+v, %v", all, err)
	}
	record, err := c.access.AuditRecord(rasa, access.AuditQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal([]any{d, all, record})
	if err != nil || strings.Contains(string(text), "hunter2") {
		t.Errorf("a secret came back (%v)", err)
	}

	// Kept where it is, asked for when it would go elsewhere.
	edit := d.Spec
	edit.Interval = 2 * 60e9
	if err := do.EditDevice(rasa, edit, true); err != nil {
		t.Fatal(err)
	}
	config := c.Config()
	if now, _ := config.Polled(added.ID); now.SNMP.Community.Reveal() != "hunter2" || now.Interval != edit.Interval {
		t.Errorf("%+v", now)
	}
	edit.Target = "snmp://127.0.0.1:9"
	if err := do.EditDevice(rasa, edit, true); codes(err) != "snmp.community secret_again" {
		t.Errorf("%v", err)
	}
	if _, err := do.TryDevice(rasa, edit); codes(err) != "snmp.community secret_again" {
		t.Errorf("%v", err)
	}
	if err := do.EditDevice(rasa, edit, false); err != nil {
		t.Errorf("without it: %v", err)
	}
}

func TestDevicesOfOtherSitesAreNobodysBusiness(t *testing.T) {
	t.Parallel()
	a := startAgent(t, printerOf("CNB8G1"))
	c := polled(t, "")
	rasa, do, view := of(t.Context(), "rasa"), polledActions{c}, polledView{c}
	if err := c.agents.inventory.PutSite(t.Context(), "x", inventory.Site{ID: "other", Name: "Kita"}); err != nil {
		t.Fatal(err)
	}
	added, err := do.AddDevice(rasa, settings.Device{Target: targetOf(a)}, false)
	if err != nil {
		t.Fatal(err)
	}
	jonas := of(t.Context(), "jonas", "other")
	if _, err := view.PolledDevice(jonas, added.ID); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("seen: %v", err)
	}
	for name, err := range map[string]error{
		"edit":  do.EditDevice(jonas, settings.Device{ID: added.ID, Target: targetOf(a)}, true),
		"pause": do.PauseDevice(jonas, added.ID, true),
	} {
		if !errors.Is(err, web.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := do.AddDevice(jonas, settings.Device{Target: "snmp://127.0.0.1:9"}, true); codes(err) != "site site" {
		t.Errorf("in the collector's site: %v", err)
	}
	if _, err := do.AddDevice(jonas, settings.Device{Target: targetOf(a), Site: "other"}, false); codes(err) != "target known_elsewhere" {
		t.Errorf("known there: %v", err)
	}
	if trial, err := do.TryDevice(jonas, settings.Device{Target: targetOf(a), Site: "other"}); err != nil || trial.Known == nil || trial.Known.Name != "" {
		t.Errorf("trying: %+v, %v", trial.Known, err)
	}
	if err := do.PutCredential(jonas, settings.Credential{Name: "x"}, false); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("credentials: %v", err)
	}
	if _, err := view.Credentials(jonas); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("credentials: %v", err)
	}
}

func TestADeviceIsRemovedAndRestoredAsAnyOther(t *testing.T) {
	t.Parallel()
	a := startAgent(t, printerOf("CNB8G1"))
	c := polled(t, "devices: [{id: file, target: 'snmp://127.0.0.1:9'}]\n")
	rasa, do := of(t.Context(), "rasa"), polledActions{c}
	added, err := do.AddDevice(rasa, settings.Device{Target: targetOf(a)}, false)
	if err != nil {
		t.Fatal(err)
	}
	undo, err := fleetActions{c}.RemoveDevices(rasa, "user rasa", []string{added.ID})
	if err != nil {
		t.Fatal(err)
	}
	if got := seen(c); strings.Contains(got, added.ID) {
		t.Errorf("still looked at: %s", got)
	}
	if _, ok := c.agents.inventory.Resolve(added.ID); ok {
		t.Error("its row is there")
	}
	if _, err := (fleetActions{c}).Undo(rasa, "user rasa", undo); err != nil {
		t.Fatal(err)
	}
	if got := seen(c); !strings.Contains(got, added.ID) {
		t.Errorf("not looked at: %s", got)
	}
	if d := rowOf(t, c, added.ID); d.Serial != "CNB8G1" {
		t.Errorf("%+v", d)
	}
	if _, err := (fleetActions{c}).RemoveDevices(rasa, "user rasa", []string{"file"}); err == nil {
		t.Error("what the file declares was removed")
	}
	if err := c.removeDevice(rasa, "user rasa", added.ID); err != nil || strings.Contains(seen(c), added.ID) {
		t.Errorf("by the API: %v", err)
	}
	// Credentials that are in use stay.
	if err := do.PutCredential(rasa, settings.Credential{Name: "row", Access: settings.Access{SNMP: settings.SNMP{Version: "1"}}}, false); err != nil {
		t.Fatal(err)
	}
	if _, err := do.AddDevice(rasa, settings.Device{Target: "snmp://127.0.0.1:11", Credentials: "row"}, true); err != nil {
		t.Fatal(err)
	}
	if err := do.DropCredential(rasa, "row"); codes(err) != "name credential_used" {
		t.Errorf("%v", err)
	}
}
