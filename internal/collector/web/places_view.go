package web

import (
	"context"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/fleet"
)

// PlacesView is what the pages about sites and rooms show. Its methods are safe
// for concurrent use and end with their context, which carries who asks: whoever
// sees some sites only is shown those only. What is of another site is
// ErrNotFound.
type PlacesView interface {
	// Sites gathers every site, by name.
	Sites(ctx context.Context) ([]SiteCard, error)
	// Site gathers what is known of one site.
	Site(ctx context.Context, id string) (SitePage, error)
	// Room gathers what is known of one room.
	Room(ctx context.Context, id string) (RoomPage, error)
}

// PlacesActions is what people may do to sites and rooms; by is who, as in the
// audit record, which whoever implements it sees to. What cannot be is a
// *Mistake; what is gone, or of another site, ErrNotFound.
type PlacesActions interface {
	// AddSite makes a site; an empty ID is made of the name.
	AddSite(ctx context.Context, by, id, name string) (madeID string, err error)
	RenameSite(ctx context.Context, by, id, name string) error
	// RemoveSite removes a site without rooms and devices.
	RemoveSite(ctx context.Context, by, id string) error
	// RestoreSite takes back what the same person removed lately.
	RestoreSite(ctx context.Context, by, id string) error

	AddRoom(ctx context.Context, by, site, name string) (id string, err error)
	RenameRoom(ctx context.Context, by, id, name string) error
	// RemoveRoom removes a room without devices and returns its site.
	RemoveRoom(ctx context.Context, by, id string) (site string, err error)
	RestoreRoom(ctx context.Context, by, id string) error
	// SetSeats says where in a room devices stand, by their IDs; undo takes it
	// back.
	SetSeats(ctx context.Context, by, room string, seats map[string]string) (undo string, err error)
}

// Bounds of the pages about places.
const (
	MaxSites    = 200 // that are listed
	MaxRoomless = 50  // devices without a room on a site's page
	MaxSeats    = 200 // devices on a room's page
)

// SiteCard is a site in short.
type SiteCard struct {
	SiteLine
	Rooms   int
	Classes map[fleet.Class]int // devices of each class
	Own     bool                // the collector's own, which its configuration names
}

// SitePage is one site.
type SitePage struct {
	SiteCard
	AllRooms  []RoomCard  // by name
	Roomless  []DeviceRow // the first MaxRoomless devices without a room
	NoRoom    int         // how many there are
	Checks    []Check
	Incidents []incident.Incident // that are not closed, in any order
	Agents    int
	Silent    int // agents that should be heard and are not
}

// RoomCard is a room in short.
type RoomCard struct {
	Room
	Devices int
	Wrong   int // of which something is told that is not well
	Off     int // that are off, as they may be
}

// RoomPage is one room.
type RoomPage struct {
	Room
	Site      Site
	Devices   []DeviceRow // by seat, those without one last; the first MaxSeats
	All       int
	Incidents []incident.Incident // of its devices, not closed, in any order
}
