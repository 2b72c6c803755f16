package jsonapi

import (
	"errors"
	"slices"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/inventory"
)

type sitesAnswer struct {
	Sites []inventory.Site `json:"sites"`
	more
}

func (s *server) sites(r request) (answer, error) {
	sites, err := s.Inventory.Sites(r.Context())
	if err != nil {
		return nil, err
	}
	sites = slices.DeleteFunc(sites, func(site inventory.Site) bool { return !r.sees(site.ID) })
	some, next, err := page(r, sites, func(site inventory.Site) string { return site.ID })
	return sitesAnswer{some, next}, err
}

func (s *server) putSite(r request) (answer, error) {
	var body struct {
		Name string `json:"name"`
	}
	site := inventory.Site{ID: r.PathValue("id")}
	if !r.sees(site.ID) {
		return nil, access.ErrForbidden
	}
	if err := r.body(&body); err != nil {
		return nil, err
	}
	site.Name = body.Name
	if err := s.Inventory.PutSite(r.Context(), r.id.Actor(), site); err != nil {
		return nil, err
	}
	return s.Inventory.Site(r.Context(), site.ID)
}

func (s *server) dropSite(r request) (answer, error) {
	id := r.PathValue("id")
	if !r.sees(id) {
		return nil, inventory.ErrNotFound
	}
	return nil, s.Inventory.DropSite(r.Context(), r.id.Actor(), id)
}

type roomsAnswer struct {
	Rooms []inventory.Room `json:"rooms"`
	more
}

func (s *server) rooms(r request) (answer, error) {
	rooms, err := s.Inventory.Rooms(r.Context(), r.URL.Query().Get("site"))
	if err != nil {
		return nil, err
	}
	rooms = slices.DeleteFunc(rooms, func(room inventory.Room) bool { return !r.sees(room.Site) })
	some, next, err := page(r, rooms, func(room inventory.Room) string { return room.ID })
	return roomsAnswer{some, next}, err
}

func (s *server) putRoom(r request) (answer, error) {
	var body struct {
		Site string `json:"site"`
		Name string `json:"name"`
	}
	if err := r.body(&body); err != nil {
		return nil, err
	}
	id := r.PathValue("id")
	if before, err := s.Inventory.Room(r.Context(), id); err == nil && !r.sees(before.Site) || !r.sees(body.Site) {
		return nil, access.ErrForbidden
	} else if err != nil && !errors.Is(err, inventory.ErrNotFound) {
		return nil, err
	}
	if err := s.Inventory.PutRoom(r.Context(), r.id.Actor(), inventory.Room{ID: id, Site: body.Site, Name: body.Name}); err != nil {
		return nil, err
	}
	return s.Inventory.Room(r.Context(), id)
}

func (s *server) dropRoom(r request) (answer, error) {
	id := r.PathValue("id")
	room, err := s.Inventory.Room(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if !r.sees(room.Site) {
		return nil, inventory.ErrNotFound
	}
	return nil, s.Inventory.DropRoom(r.Context(), r.id.Actor(), id)
}
