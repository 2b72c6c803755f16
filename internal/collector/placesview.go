package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
)

// placesView gathers what the pages about sites and rooms show, and does what
// people may do there.
type placesView struct{ c *Collector }

var (
	_ web.PlacesView    = placesView{}
	_ web.PlacesActions = placesView{}
)

// cards sums up the sites that are seen, by name.
func (v placesView) cards(ctx context.Context) ([]web.SiteCard, today, error) {
	p, err := fleetView(v).picture(ctx)
	if err != nil {
		return nil, today{}, err
	}
	t := view(v).today(p)
	rooms, err := v.c.agents.inventory.Rooms(ctx, "")
	if err != nil {
		return nil, today{}, err
	}
	own := v.c.Config().Site.ID
	var cards []web.SiteCard
	at := map[string]int{}
	for i, line := range t.lines(v.c.alerting.open()) {
		cards = append(cards, web.SiteCard{SiteLine: line, Classes: map[fleet.Class]int{}, Own: line.ID == own})
		at[line.ID] = i
	}
	for _, d := range t.devices {
		if i, ok := at[d.Site.ID]; ok {
			cards[i].Classes[d.Class]++
		}
	}
	for _, r := range rooms {
		if i, ok := at[r.Site]; ok {
			cards[i].Rooms++
		}
	}
	return cards, t, nil
}

// Sites implements web.PlacesView.
func (v placesView) Sites(ctx context.Context) ([]web.SiteCard, error) {
	cards, _, err := v.cards(ctx)
	return cards, err
}

// Site implements web.PlacesView.
func (v placesView) Site(ctx context.Context, id string) (web.SitePage, error) {
	cards, t, err := v.cards(ctx)
	if err != nil {
		return web.SitePage{}, err
	}
	i := slices.IndexFunc(cards, func(c web.SiteCard) bool { return c.ID == id })
	if i < 0 {
		return web.SitePage{}, fmt.Errorf("site %s: %w", id, web.ErrNotFound)
	}
	page := web.SitePage{SiteCard: cards[i]}
	rooms, err := fleetView(v).roomsOf(ctx, id)
	if err != nil {
		return web.SitePage{}, err
	}
	at := map[string]int{}
	for i, r := range rooms {
		page.AllRooms = append(page.AllRooms, web.RoomCard{Room: r})
		at[r.ID] = i
	}
	for _, d := range t.devices {
		if d.Site.ID != id {
			continue
		}
		i, placed := at[d.RoomID]
		if !placed {
			page.Roomless = append(page.Roomless, d)
			continue
		}
		card := &page.AllRooms[i]
		card.Devices++
		switch {
		case worst(&d) > 0:
			card.Wrong++
		case slices.Contains(d.Conditions, web.Off):
			card.Off++
		}
	}
	sortDevices(page.Roomless, web.DeviceFilter{})
	page.NoRoom = len(page.Roomless)
	page.Roomless = page.Roomless[:min(len(page.Roomless), web.MaxRoomless)]
	page.Incidents = v.open(func(i incident.Incident) bool { return i.Labels["site"] == id })
	for _, a := range t.speakers {
		if a.Site == id {
			page.Agents++
			if v.c.silent(a, t.now) && t.devices[a.Device].Class == fleet.Server {
				page.Silent++
			}
		}
	}
	page.Checks = view(v).checks(func(site string) bool { return site == id })
	return page, nil
}

func (v placesView) open(of func(incident.Incident) bool) []incident.Incident {
	return slices.DeleteFunc(v.c.alerting.open(), func(i incident.Incident) bool { return i.State == incident.Closed || !of(i) })
}

// room returns a room that whoever asks may see.
func (v placesView) room(ctx context.Context, id string) (inventory.Room, error) {
	r, err := v.c.agents.inventory.Room(ctx, id)
	if errors.Is(err, inventory.ErrNotFound) || err == nil && !seesSite(ctx, r.Site) {
		return inventory.Room{}, fmt.Errorf("room %s: %w", id, web.ErrNotFound)
	}
	return r, err
}

// site returns a site that whoever asks may see.
func (v placesView) site(ctx context.Context, id string) (inventory.Site, error) {
	s, err := v.c.agents.inventory.Site(ctx, id)
	if errors.Is(err, inventory.ErrNotFound) || err == nil && !seesSite(ctx, s.ID) {
		return inventory.Site{}, fmt.Errorf("site %s: %w", id, web.ErrNotFound)
	}
	return s, err
}

// Room implements web.PlacesView.
func (v placesView) Room(ctx context.Context, id string) (web.RoomPage, error) {
	r, err := v.room(ctx, id)
	if err != nil {
		return web.RoomPage{}, err
	}
	p, err := fleetView(v).picture(ctx)
	if err != nil {
		return web.RoomPage{}, err
	}
	page := web.RoomPage{Room: web.Room{ID: r.ID, Name: r.Name}, Site: p.sites[r.Site]}
	inside := map[string]bool{}
	for _, d := range v.c.agents.inventory.Info() {
		if d.Room == id {
			page.Devices = append(page.Devices, fleetView(v).row(p, d))
			inside[d.ID] = true
		}
	}
	slices.SortFunc(page.Devices, func(a, b web.DeviceRow) int {
		if (a.Seat == "") != (b.Seat == "") {
			return cmp.Compare(b.Seat, a.Seat) // those without one last
		}
		return cmp.Or(fleet.CompareNatural(a.Seat, b.Seat), fleet.CompareNatural(a.Title(), b.Title()), cmp.Compare(a.ID, b.ID))
	})
	page.All = len(page.Devices)
	page.Devices = page.Devices[:min(len(page.Devices), web.MaxSeats)]
	page.Incidents = v.open(func(i incident.Incident) bool { return inside[i.Labels["device"]] })
	return page, nil
}

// AddSite implements web.PlacesActions.
func (v placesView) AddSite(ctx context.Context, by, id, name string) (string, error) {
	sites, err := v.c.agents.inventory.Sites(ctx)
	if err != nil {
		return "", err
	}
	taken := func(id string) bool {
		return slices.ContainsFunc(sites, func(s inventory.Site) bool { return s.ID == id })
	}
	if slices.ContainsFunc(sites, func(s inventory.Site) bool { return strings.EqualFold(s.Name, strings.TrimSpace(name)) }) {
		return "", &web.Mistake{Field: "name", Code: "taken"}
	}
	switch {
	case id == "":
		id = freshID(cmp.Or(plainID(name), "site"), "", taken)
	case taken(id):
		return "", &web.Mistake{Field: "id", Code: "taken"}
	}
	return id, told(v.c.agents.inventory.PutSite(ctx, by, inventory.Site{ID: id, Name: name}))
}

// plainID makes an ID of a name in any European language: "Žalgirio g." is
// "zalgirio-g".
func plainID(name string) string {
	return fleet.MakeID(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) { // accents, which NFD sets apart
			return -1
		}
		return r
	}, norm.NFD.String(name)))
}

// RenameSite implements web.PlacesActions.
func (v placesView) RenameSite(ctx context.Context, by, id, name string) error {
	if _, err := v.site(ctx, id); err != nil {
		return err
	}
	if id == v.c.Config().Site.ID {
		return &web.Mistake{Field: "name", Code: "configured"} // the next reload would rename it again
	}
	return told(v.c.agents.inventory.PutSite(ctx, by, inventory.Site{ID: id, Name: name}))
}

// RemoveSite implements web.PlacesActions.
func (v placesView) RemoveSite(ctx context.Context, by, id string) error {
	s, err := v.site(ctx, id)
	if err != nil {
		return err
	}
	if err := v.c.agents.inventory.DropSite(ctx, by, id); err != nil {
		return told(err)
	}
	v.c.undos.keep(undo{by: by, at: v.c.now(), site: s}, 1)
	return nil
}

// RestoreSite implements web.PlacesActions.
func (v placesView) RestoreSite(ctx context.Context, by, id string) error {
	n, ok := v.c.undos.take(func(n undo) bool { return n.by == by && n.site.ID == id }, v.c.now())
	if !ok {
		return fmt.Errorf("removed site %s: %w", id, web.ErrNotFound)
	}
	return told(v.c.agents.inventory.PutSite(ctx, by, n.site))
}

// AddRoom implements web.PlacesActions.
func (v placesView) AddRoom(ctx context.Context, by, site, name string) (string, error) {
	if _, err := v.site(ctx, site); err != nil {
		return "", err
	}
	f := roomFinder{inventory: v.c.agents.inventory}
	id, err := f.find(ctx, site, name)
	switch {
	case err != nil:
		return "", err
	case id == "":
		return "", &web.Mistake{Field: "name", Code: "name"}
	case len(f.made) == 0:
		return "", &web.Mistake{Field: "name", Code: "taken"}
	}
	return id, told(v.c.agents.inventory.PutRoom(ctx, by, f.made[0]))
}

// RenameRoom implements web.PlacesActions.
func (v placesView) RenameRoom(ctx context.Context, by, id, name string) error {
	r, err := v.room(ctx, id)
	if err != nil {
		return err
	}
	others, err := v.c.agents.inventory.Rooms(ctx, r.Site)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(others, func(o inventory.Room) bool { return o.ID != id && strings.EqualFold(o.Name, strings.TrimSpace(name)) }) {
		return &web.Mistake{Field: "name", Code: "taken"}
	}
	r.Name = name
	return told(v.c.agents.inventory.PutRoom(ctx, by, r))
}

// RemoveRoom implements web.PlacesActions.
func (v placesView) RemoveRoom(ctx context.Context, by, id string) (string, error) {
	r, err := v.room(ctx, id)
	if err != nil {
		return "", err
	}
	if err := v.c.agents.inventory.DropRoom(ctx, by, id); err != nil {
		return r.Site, told(err)
	}
	v.c.undos.keep(undo{by: by, at: v.c.now(), room: r}, 1)
	return r.Site, nil
}

// RestoreRoom implements web.PlacesActions.
func (v placesView) RestoreRoom(ctx context.Context, by, id string) error {
	n, ok := v.c.undos.take(func(n undo) bool { return n.by == by && n.room.ID == id && seesSite(ctx, n.room.Site) }, v.c.now())
	if !ok {
		return fmt.Errorf("removed room %s: %w", id, web.ErrNotFound)
	}
	return told(v.c.agents.inventory.PutRoom(ctx, by, n.room))
}

// SetSeats implements web.PlacesActions.
func (v placesView) SetSeats(ctx context.Context, by, room string, seats map[string]string) (string, error) {
	if _, err := v.room(ctx, room); err != nil {
		return "", err
	}
	s := inventory.Several{Edits: map[string]inventory.Edit{}}
	for id, seat := range seats {
		d, err := fleetView(v).device(ctx, id)
		if err != nil {
			return "", err
		}
		if d.Room != room { // it was moved meanwhile
			return "", fmt.Errorf("device %s in room %s: %w", id, room, web.ErrNotFound)
		}
		s.Edits[id] = inventory.Edit{Seat: &seat}
	}
	return fleetActions(v).change(ctx, by, "", s)
}
