package inventory

import (
	"maps"
	"slices"
	"strings"
)

// state is the inventory in memory, without facts and history.
type state struct {
	sites     map[string]Site
	rooms     map[string]Room
	devices   map[string]Device
	gone      map[string]Gone
	proposals map[[2]string]Proposal // by New and Old
	apart     map[Pair]bool

	// Of each device, made once: whoever looks for one compares it with all.
	identities map[string]identity
	known      map[string]Known // of those that are looked at over the network
}

func newState(stored Stored) state {
	s := state{
		sites: map[string]Site{}, rooms: map[string]Room{}, devices: map[string]Device{}, gone: map[string]Gone{},
		proposals: map[[2]string]Proposal{}, apart: map[Pair]bool{},
		identities: map[string]identity{}, known: map[string]Known{},
	}
	s.apply(Batch{Sites: stored.Sites, Rooms: stored.Rooms, Devices: stored.Devices, Proposals: stored.Proposals, Apart: stored.Apart})
	for _, g := range stored.Gone {
		s.gone[g.ID] = g
	}
	return s
}

// apply does in memory what Store.Apply does on the disk.
func (s *state) apply(b Batch) {
	for _, g := range b.Gone {
		delete(s.devices, g.ID)
		delete(s.identities, g.ID)
		delete(s.known, g.ID)
		s.gone[g.ID] = g
	}
	for _, id := range b.DropSites {
		delete(s.sites, id)
	}
	for _, id := range b.DropRooms {
		delete(s.rooms, id)
	}
	for _, p := range b.DropProposals {
		delete(s.proposals, [2]string{p.New, p.Old})
	}
	for _, p := range b.DropApart {
		delete(s.apart, p)
	}
	for _, site := range b.Sites {
		s.sites[site.ID] = site
	}
	for _, r := range b.Rooms {
		s.rooms[r.ID] = r
	}
	for _, d := range b.Devices {
		s.devices[d.ID] = d
		s.identities[d.ID] = identify(d.Machine)
		if delete(s.known, d.ID); d.Polled {
			s.known[d.ID] = d.Known()
		}
		delete(s.gone, d.ID)
	}
	for _, p := range b.Proposals {
		s.proposals[[2]string{p.New, p.Old}] = p
	}
	for _, p := range b.Apart {
		s.apart[p] = true
	}
}

// alters reports whether a change is one of Control.Version.
func (s *state) alters(b Batch) bool {
	if len(b.Sites)+len(b.Rooms)+len(b.DropSites)+len(b.DropRooms)+len(b.Gone) > 0 {
		return true
	}
	return slices.ContainsFunc(b.Devices, func(d Device) bool {
		was, known := s.devices[d.ID]
		return !known || was.Name != d.Name || was.Site != d.Site || was.Room != d.Room || was.Seat != d.Seat || was.Class != d.Class || was.Kind != d.Kind || hangsOtherwise(was, d)
	})
}

// taken reports whether an ID was ever given to a device.
func (s *state) taken(id string) bool {
	_, here := s.devices[id]
	_, gone := s.gone[id]
	return here || gone
}

// about lists the proposals that name a device, in the order of their keys.
func (s *state) about(id string) []Proposal {
	var out []Proposal
	for _, p := range s.sortedProposals() {
		if p.New == id || p.Old == id {
			out = append(out, p)
		}
	}
	return out
}

func (s *state) sortedProposals() []Proposal {
	return slices.SortedFunc(maps.Values(s.proposals), func(a, b Proposal) int {
		if n := a.Made.Compare(b.Made); n != 0 {
			return n
		}
		return strings.Compare(a.New+" "+a.Old, b.New+" "+b.Old)
	})
}

// resolve follows merges to the device that an ID means now.
func (s *state) resolve(id string) (Device, bool) {
	for range MaxIDs { // a damaged file may hold a circle
		if d, ok := s.devices[id]; ok {
			return d, true
		}
		g, ok := s.gone[id]
		if !ok || g.Into == "" {
			return Device{}, false
		}
		id = g.Into
	}
	return Device{}, false
}
