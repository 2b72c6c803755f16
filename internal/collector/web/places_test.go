package web_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
)

// campus stands for the sites and rooms of an institution.
type campus struct {
	list    []web.SiteCard
	site    web.SitePage
	room    web.RoomPage
	done    []string
	refuses error
}

func (c *campus) Sites(context.Context) ([]web.SiteCard, error) { return c.list, nil }

func (c *campus) Site(_ context.Context, id string) (web.SitePage, error) {
	if id != c.site.ID {
		return web.SitePage{}, web.ErrNotFound
	}
	return c.site, nil
}

func (c *campus) Room(_ context.Context, id string) (web.RoomPage, error) {
	if id != c.room.ID {
		return web.RoomPage{}, web.ErrNotFound
	}
	return c.room, nil
}

func (c *campus) did(what ...string) error {
	c.done = append(c.done, strings.Join(what, " | "))
	return c.refuses
}

func (c *campus) AddSite(_ context.Context, by, id, name string) (string, error) {
	return "naujas", c.did(by, "add site", id, name)
}

func (c *campus) RenameSite(_ context.Context, by, id, name string) error {
	return c.did(by, "rename site", id, name)
}
func (c *campus) RemoveSite(_ context.Context, by, id string) error {
	return c.did(by, "remove site", id)
}
func (c *campus) RestoreSite(_ context.Context, by, id string) error {
	return c.did(by, "restore site", id)
}

func (c *campus) AddRoom(_ context.Context, by, site, name string) (string, error) {
	return "nauja", c.did(by, "add room", site, name)
}

func (c *campus) RenameRoom(_ context.Context, by, id, name string) error {
	return c.did(by, "rename room", id, name)
}

func (c *campus) RemoveRoom(_ context.Context, by, id string) (string, error) {
	return "mokykla", c.did(by, "remove room", id)
}

func (c *campus) RestoreRoom(_ context.Context, by, id string) error {
	return c.did(by, "restore room", id)
}

func (c *campus) SetSeats(_ context.Context, by, room string, seats map[string]string) (string, error) {
	told := []string{by, "seats", room}
	for _, id := range slices.Sorted(maps.Keys(seats)) {
		told = append(told, id+"="+seats[id])
	}
	return ticket, c.did(told...)
}

func newCampus() *campus {
	school := newSchool()
	rows := school.list.Devices
	down := incident.Incident{ID: 12, Rule: "DiskNearlyFull", Severity: incident.Warning, Labels: map[string]string{"device": "pc-214-07", "site": "mokykla"}, Annotations: map[string]string{"summary": "Disk is nearly full"}, State: incident.Open, Evidence: incident.Firing, Since: ago(2 * 3600e9)}
	card := web.SiteCard{SiteLine: web.SiteLine{Site: web.Site{ID: "mokykla", Name: "Pagrindinė mokykla"}, Devices: 48, Wrong: 1}, Rooms: 3, Classes: map[fleet.Class]int{fleet.Workstation: 46, fleet.Server: 2}, Own: true}
	for i, seat := range []string{"1", "2", "10", "A1", "b2", ""} {
		rows[i].Seat = seat
	}
	rows[0].Seat = "1"
	return &campus{
		list: []web.SiteCard{
			{SiteLine: web.SiteLine{Site: web.Site{ID: "filialas", Name: hostile}, Unknown: 1}, Classes: map[fleet.Class]int{}},
			card,
		},
		site: web.SitePage{
			SiteCard: card, AllRooms: []web.RoomCard{{Room: web.Room{ID: "r-214", Name: "214"}, Devices: 16, Wrong: 2}, {Room: web.Room{ID: "skaitykla", Name: hostile}, Devices: 4, Off: 4}, {Room: web.Room{ID: "tuscia", Name: "Tuščia"}}},
			Roomless: rows[:3], NoRoom: 60, Checks: newWorld().overview.Checks, Incidents: []incident.Incident{down}, Agents: 47, Silent: 1,
		},
		room: web.RoomPage{Room: web.Room{ID: "r-214", Name: "214"}, Site: card.Site, Devices: rows, All: len(rows), Incidents: []incident.Incident{down}},
	}
}

func withCampus(p *campus) func(*web.Options) {
	return func(o *web.Options) { o.Places, o.PlacesActions = p, p }
}

func TestPlacePages(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for _, tc := range []struct {
			name, target string
			role         access.Role
			edit         func(*campus)
		}{
			{"sites", "/sites", access.Administrator, nil},
			{"sites-viewer", "/sites", access.Viewer, func(c *campus) { c.list = nil }},
			{"site", "/sites/mokykla", access.Administrator, func(c *campus) { c.site.Own = false }},
			{"site-own", "/sites/mokykla", access.Operator, nil},
			{"site-empty", "/sites/mokykla", access.Administrator, func(c *campus) {
				c.site = web.SitePage{SiteCard: web.SiteCard{SiteLine: web.SiteLine{Site: web.Site{ID: "mokykla", Name: "Nauja"}}}}
			}},
			{"room", "/rooms/r-214", access.Operator, nil},
			{"room-empty", "/rooms/r-214", access.Operator, func(c *campus) { c.room.Devices, c.room.All, c.room.Incidents = nil, 0, nil }},
			{"room-viewer", "/rooms/r-214", access.Viewer, nil},
		} {
			t.Run(tc.name+"."+string(lang), func(t *testing.T) {
				p := newCampus()
				if tc.edit != nil {
					tc.edit(p)
				}
				c := newConsole(t, withCampus(p))
				page := text(t, c.ask(tc.target, c.session(tc.role, lang), nil))
				golden(t, tc.name+"."+string(lang), page)
				harmless(t, inside(page))
			})
		}
	}
}

func TestWhatPeopleDoToPlaces(t *testing.T) {
	p := newCampus()
	c := newConsole(t, withCampus(p))
	session := c.session(access.Administrator, i18n.English)
	by := "user administrator-en"
	for name, tc := range map[string]struct {
		target, form, leads, done string
	}{
		"add a site":     {"/sites", "name=+Nauja+&id=NAUJAS", "/sites/naujas?did=site.added&of=Nauja", "add site | naujas | Nauja"},
		"rename a site":  {"/sites/mokykla/rename", "name=Kita", "/sites/mokykla?did=site.renamed&of=Kita", "rename site | mokykla | Kita"},
		"remove a site":  {"/sites/mokykla/remove", "", "/sites?did=site.removed&of=mokykla", "remove site | mokykla"},
		"restore a site": {"/sites/mokykla/restore", "", "/sites/mokykla?did=site.restored&of=mokykla", "restore site | mokykla"},
		"add a room":     {"/sites/mokykla/rooms", "name=215", "/rooms/nauja?did=room.added&of=215", "add room | mokykla | 215"},
		"rename a room":  {"/rooms/r-214/rename", "name=214a", "/rooms/r-214?did=room.renamed&of=214a", "rename room | r-214 | 214a"},
		"remove a room":  {"/rooms/r-214/remove", "", "/sites/mokykla?did=room.removed&of=r-214", "remove room | r-214"},
		"restore a room": {"/rooms/r-214/restore", "", "/rooms/r-214?did=room.restored&of=r-214", "restore room | r-214"},
		"seats":          {"/rooms/r-214/seats", "seat-pc-1=+A2+&seat-pc-2=&seat-PC=x&other=y", "/rooms/r-214?did=seats.set&of=3-TICKET", "seats | r-214 | pc-1=A2 | pc-2="},
	} {
		p.done = nil
		form, err := url.ParseQuery(tc.form)
		if err != nil {
			t.Fatal(err)
		}
		resp := c.ask(tc.target, session, form)
		if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != tc.leads || strings.Join(p.done, ";") != by+" | "+tc.done {
			t.Errorf("%s: %d to %s, did %q", name, resp.StatusCode, resp.Header.Get("Location"), p.done)
		}
	}
	if page := text(t, c.ask("/sites?did=site.removed&of=mokykla", session, nil)); !strings.Contains(page, `action="/sites/mokykla/restore"`) {
		t.Error("a removed site cannot be brought back by a button")
	}
}

// What is refused is shown again, with what was typed and the reason.
func TestARefusedPlaceKeepsWhatWasTyped(t *testing.T) {
	p := newCampus()
	p.site.Own = false
	c := newConsole(t, withCampus(p))
	session := c.session(access.Administrator, i18n.English)
	for target, tc := range map[string]struct{ field, code, form, want string }{
		"/sites":                {"name", "taken", "name=Kita&id=x", `value="Kita"`},
		"/sites/mokykla/rename": {"name", "name", "name=Kita", `value="Kita"`},
		"/sites/mokykla/remove": {"", "in_use", "", "Move or remove them first"},
		"/sites/mokykla/rooms":  {"name", "taken", "name=214", `value="214"`},
		"/rooms/r-214/rename":   {"name", "taken", "name=215", `value="215"`},
		"/rooms/r-214/remove":   {"", "in_use", "", "Move or remove them first"},
		"/rooms/r-214/seats":    {"seat", "seat", "seat-pc-301=far+too+long", `value="far too long"`},
	} {
		p.refuses = &web.Mistake{Field: tc.field, Code: tc.code}
		form, _ := url.ParseQuery(tc.form)
		resp := c.ask(target, session, form)
		page := text(t, resp)
		if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, tc.want) || !strings.Contains(page, `class="wrong"`) || strings.Contains(page, "mistake.") {
			t.Errorf("%s: %d\n%s", target, resp.StatusCode, page)
		}
	}
}

func TestALargeCampusStaysAPage(t *testing.T) {
	p := newCampus()
	for i := range 1000 {
		p.list = append(p.list, web.SiteCard{SiteLine: web.SiteLine{Site: web.Site{ID: fmt.Sprint("s", i), Name: "Žemųjų Panerių filialas"}, Devices: 40}, Rooms: 9, Classes: p.list[1].Classes})
		p.site.AllRooms = append(p.site.AllRooms, p.site.AllRooms[0])
		p.site.Incidents = append(p.site.Incidents, p.site.Incidents[0])
		p.room.Devices = append(p.room.Devices, web.DeviceRow{ID: fmt.Sprint("pc-214-", i), Name: "Informatikos 7", Seat: fmt.Sprint(i), Conditions: []web.Condition{web.Heard, web.UpdateOverdue}})
	}
	p.room.All = len(p.room.Devices)
	c := newConsole(t, withCampus(p))
	session := c.session(access.Administrator, i18n.Lithuanian)
	for _, target := range []string{"/sites", "/sites/mokykla", "/rooms/r-214"} {
		if page := text(t, c.ask(target, session, nil)); len(page) > 150_000 || !strings.Contains(page, "Dar nerodoma") {
			t.Errorf("%s: %d bytes", target, len(page))
		}
	}
}
