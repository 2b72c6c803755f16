package collector

import (
	"errors"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
)

// code is that of the mistake that an error tells.
func code(err error) string {
	var m *web.Mistake
	if errors.As(err, &m) {
		return m.Code
	}
	return ""
}

func TestSitesAndRoomsOnThePages(t *testing.T) {
	c, _ := openForDoors(t)
	ctx, v := as(t.Context(), access.Administrator), placesView{c}
	site, err := v.AddSite(ctx, "rasa", "", "Žaliakalnio filialas")
	if err != nil || site != "zaliakalnio-filialas" {
		t.Fatalf("%q, %v", site, err)
	}
	if _, err := v.AddSite(ctx, "rasa", "", "žaliakalnio filialas"); code(err) != "taken" {
		t.Errorf("the same name: %v", err)
	}
	if _, err := v.AddSite(ctx, "rasa", site, "Kita"); code(err) != "taken" {
		t.Errorf("the same ID: %v", err)
	}
	if _, err := v.AddSite(ctx, "rasa", "A B", "Kita"); code(err) != "id" {
		t.Errorf("no ID: %v", err)
	}
	room, err := v.AddRoom(ctx, "rasa", site, "Skaitykla")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.AddRoom(ctx, "rasa", site, " skaitykla "); code(err) != "taken" {
		t.Errorf("the same room: %v", err)
	}
	if err := v.RemoveSite(ctx, "rasa", site); code(err) != "in_use" {
		t.Errorf("a site with rooms went: %v", err)
	}
	for _, id := range []string{"pc-2", "pc-1", "pc-3"} {
		putDevice(t, c, site, id, fleet.Workstation)
	}
	name := "Skaitykla"
	if _, err := (fleetActions{c}).EditDevices(ctx, "rasa", []string{"pc-1", "pc-2", "pc-3"}, web.DeviceEdit{Room: &name}); err != nil {
		t.Fatal(err)
	}
	undo, err := v.SetSeats(ctx, "rasa", room, map[string]string{"pc-1": "10", "pc-2": "9"})
	if err != nil {
		t.Fatal(err)
	}
	page, err := v.Room(ctx, room)
	if err != nil || page.All != 3 || page.Devices[0].ID != "pc-2" || page.Devices[1].Seat != "10" || page.Devices[2].Seat != "" {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := v.SetSeats(ctx, "rasa", room, map[string]string{"pc-1": "far too long"}); code(err) != "seat" {
		t.Errorf("%v", err)
	}
	if _, err := v.SetSeats(ctx, "rasa", room, map[string]string{c.device: "1"}); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("a device of another room got a seat: %v", err)
	}
	if _, err := (fleetActions{c}).Undo(ctx, "rasa", undo); err != nil {
		t.Fatal(err)
	}
	if page, err := v.Room(ctx, room); err != nil || page.Devices[0].Seat != "" {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := v.RemoveRoom(ctx, "rasa", room); code(err) != "in_use" {
		t.Errorf("a room with devices went: %v", err)
	}
	whole, err := v.Site(ctx, site)
	if err != nil || whole.Devices != 3 || whole.Rooms != 1 || whole.AllRooms[0].Devices != 3 || whole.NoRoom != 0 || whole.Classes[fleet.Workstation] != 3 {
		t.Errorf("%+v, %v", whole, err)
	}
	if err := v.RenameSite(ctx, "rasa", c.Config().Site.ID, "Kita"); code(err) != "configured" {
		t.Errorf("the site of the configuration was renamed: %v", err)
	}

	// What is empty goes, and comes back by whom it went.
	other, err := v.AddRoom(ctx, "rasa", site, "Rūsys")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.RemoveRoom(ctx, "rasa", other); err != nil {
		t.Fatal(err)
	}
	if err := v.RestoreRoom(ctx, "jonas", other); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("somebody else brought it back: %v", err)
	}
	if err := v.RestoreRoom(ctx, "rasa", other); err != nil {
		t.Error(err)
	}
	if page, err := v.Room(ctx, other); err != nil || page.Name != "Rūsys" {
		t.Errorf("%+v, %v", page, err)
	}

	// Of another site nobody learns or changes anything.
	elsewhere := as(t.Context(), access.Administrator, "north")
	if sites, err := v.Sites(elsewhere); err != nil || len(sites) != 0 {
		t.Errorf("%+v, %v", sites, err)
	}
	_, siteErr := v.Site(elsewhere, site)
	_, roomErr := v.Room(elsewhere, room)
	_, addErr := v.AddRoom(elsewhere, "north", site, "x")
	_, removeErr := v.RemoveRoom(elsewhere, "north", other)
	_, seatsErr := v.SetSeats(elsewhere, "north", room, nil)
	for what, err := range map[string]error{
		"site": siteErr, "room": roomErr, "add": addErr, "remove": removeErr, "seats": seatsErr, "rename": v.RenameSite(elsewhere, "north", site, "x"),
		"remove site": v.RemoveSite(elsewhere, "north", site), "rename room": v.RenameRoom(elsewhere, "north", room, "x"),
	} {
		if !errors.Is(err, web.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
