package collector

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
)

// Rooms are found by their names, whatever the site, and made when they are
// missing; everything is one change, which who made it takes back.
func TestDevicesAreChangedTogetherAndBack(t *testing.T) {
	c, _ := openForDoors(t)
	for site, ids := range map[string][]string{"main": {"pc-1", "pc-2"}, "north": {"pc-n"}} {
		for _, id := range ids {
			putDevice(t, c, site, id, fleet.Workstation)
		}
	}
	ctx, do := as(t.Context(), access.Administrator), fleetActions{c}
	room, class := "Skaitykla", fleet.Server
	before := c.agents.inventory.Info()
	undo, err := do.EditDevices(ctx, "rasa", []string{"pc-1", "pc-2", "pc-n"}, web.DeviceEdit{Room: &room, Class: &class})
	if err != nil || !strings.HasPrefix(undo, "3-") {
		t.Fatalf("%q, %v", undo, err)
	}
	rooms, err := c.agents.inventory.Rooms(ctx, "")
	if err != nil || len(rooms) != 2 || rooms[0].Name != "Skaitykla" || rooms[0].Site == rooms[1].Site {
		t.Fatalf("%+v, %v", rooms, err)
	}
	lower := "skaitykla"
	if again, err := do.EditDevices(ctx, "rasa", []string{"pc-1"}, web.DeviceEdit{Room: &lower}); err != nil || again != "" {
		t.Errorf("what is so already was changed: %q, %v", again, err)
	}
	if _, err := do.Undo(ctx, "jonas", undo); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("somebody else took it back: %v", err)
	}
	redo, err := do.Undo(ctx, "rasa", undo)
	if err != nil {
		t.Fatal(err)
	}
	if after := c.agents.inventory.Info(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("%+v", after)
	}
	if _, err := do.Undo(ctx, "rasa", undo); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("taken back twice: %v", err)
	}
	again, err := do.Undo(ctx, "rasa", redo)
	if err != nil {
		t.Error(err)
	}
	if _, err := do.Undo(as(t.Context(), access.Administrator, "main"), "rasa", again); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("taken back at a site that is not seen any more: %v", err)
	}
	if d, err := c.agents.inventory.Device(ctx, "pc-n"); err != nil || d.Class != fleet.Server || d.Room == "" {
		t.Errorf("%+v, %v", d, err)
	}
	entries, err := c.access.AuditTail(ctx, 100)
	if err != nil {
		t.Fatal(err)
	}
	edits := map[string]int{}
	for _, e := range entries {
		if e.Action == "device.edit" && e.Actor == "rasa" {
			edits[e.Object]++
		}
	}
	if fmt.Sprint(edits) != "map[pc-1:3 pc-2:3 pc-n:3]" {
		t.Errorf("one entry for each device and change: %v", edits)
	}
}

// A device that is removed takes its agent along, and brings it back; an agent
// that a person revoked stays so.
func TestARemovedDeviceBringsItsAgentBack(t *testing.T) {
	c, _ := openForDoors(t)
	putDevice(t, c, "south", "x", fleet.Server)
	ctx, do := as(t.Context(), access.Administrator), fleetActions{c}
	plain, _, err := c.agents.enrolment.CreateToken(ctx, "test", enrolment.NewToken{Site: "south"})
	if err != nil {
		t.Fatal(err)
	}
	agent, err := c.agents.enrolment.Enrol(ctx, southern(plain.Reveal()), "10.9.8.7")
	if err != nil {
		t.Fatal(err)
	}
	revoked := func() bool {
		a, err := c.agents.enrolment.Agent(ctx, agent.ID)
		if err != nil {
			t.Fatal(err)
		}
		return !a.Revoked.IsZero()
	}
	if _, err := do.RemoveDevices(ctx, "rasa", []string{agent.Device, "gone"}); !errors.Is(err, web.ErrNotFound) || revoked() {
		t.Errorf("half of it was done: %v", err)
	}
	if _, err := do.RemoveDevices(ctx, "rasa", []string{agent.Device, c.device}); !errors.Is(err, web.ErrRefused) || revoked() {
		t.Errorf("the own computer went: %v", err)
	}
	if _, err := do.RemoveDevices(ctx, "rasa", []string{agent.Device}); err != nil || !revoked() {
		t.Fatalf("%v", err)
	}
	page, err := fleetView{c}.Devices(ctx, web.DeviceFilter{Removed: true, Limit: 10})
	if err != nil || page.Matching != 1 || page.Removed != 1 || page.Devices[0].ID != agent.Device || page.Devices[0].Removed.IsZero() {
		t.Errorf("%+v, %v", page, err)
	}
	if p, err := (fleetView{c}).Device(ctx, agent.Device, web.Day); err != nil || p.Device.Removed.IsZero() {
		t.Errorf("%+v, %v", p, err)
	}
	elsewhere := as(t.Context(), access.Administrator, "north")
	if _, err := do.RestoreDevices(elsewhere, "north", []string{agent.Device}); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("somebody of another site brought it back: %v", err)
	}
	if page, err := (fleetView{c}).Devices(elsewhere, web.DeviceFilter{Removed: true, Limit: 10}); err != nil || page.Removed+page.Matching != 0 {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := do.RestoreDevices(ctx, "rasa", []string{agent.Device}); err != nil || revoked() {
		t.Errorf("%v", err)
	}

	if err := do.RevokeAgent(ctx, "rasa", agent.ID); err != nil {
		t.Fatal(err)
	}
	undo, err := do.RemoveDevices(ctx, "rasa", []string{agent.Device})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := do.Undo(ctx, "rasa", undo); err != nil || !revoked() {
		t.Errorf("an agent that a person revoked is back: %v", err)
	}
}

// The list is narrowed and sorted as its address says.
func TestTheListOfDevices(t *testing.T) {
	c, _ := openForDoors(t)
	for _, id := range []string{"pc-10", "pc-2", "pc-1"} {
		putDevice(t, c, "main", id, fleet.Workstation)
	}
	putDevice(t, c, "main", "srv-00421", fleet.Server) // as the computer that the test runs on is not called
	ctx, do := as(t.Context(), access.Administrator), fleetActions{c}
	for id, seat := range map[string]string{"pc-1": "10", "pc-2": "9", "pc-10": ""} {
		room := "214"
		if _, err := do.EditDevices(ctx, "rasa", []string{id}, web.DeviceEdit{Room: &room, Seat: &seat}); err != nil {
			t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		f    web.DeviceFilter
		want []string
	}{
		"by name":      {web.DeviceFilter{Class: fleet.Workstation}, []string{"pc-1", "pc-2", "pc-10"}},
		"the last":     {web.DeviceFilter{Class: fleet.Workstation, Down: true}, []string{"pc-10", "pc-2", "pc-1"}},
		"by seat":      {web.DeviceFilter{Room: "214", Sort: "room"}, []string{"pc-10", "pc-2", "pc-1"}},
		"by class":     {web.DeviceFilter{Text: "00421", Class: fleet.Server, Sort: "class"}, []string{"srv-00421"}},
		"no agent":     {web.DeviceFilter{System: web.SystemNone, Room: "214"}, []string{"pc-1", "pc-2", "pc-10"}},
		"of Windows":   {web.DeviceFilter{System: "windows"}, nil},
		"second page":  {web.DeviceFilter{Class: fleet.Workstation, Offset: 1}, []string{"pc-2", "pc-10"}},
		"another room": {web.DeviceFilter{Room: "x"}, nil},
	} {
		tc.f.Limit = 10
		page, err := fleetView{c}.Devices(ctx, tc.f)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range page.Devices {
			got = append(got, d.ID)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
