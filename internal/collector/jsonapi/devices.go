package jsonapi

import (
	"context"
	"slices"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
)

// deviceAnswer is a device and what waits for a decision about it.
type deviceAnswer struct {
	inventory.Device
	Proposals []inventory.Proposal `json:"proposals"`
}

type devicesAnswer struct {
	Devices []deviceAnswer `json:"devices"`
	more
}

func (s *server) devices(r request) (answer, error) {
	query := r.URL.Query()
	f := inventory.Filter{Sites: r.id.Sites, Site: query.Get("site"), Room: query.Get("room"), Text: query.Get("text")}
	if name := query.Get("class"); name != "" {
		class, err := fleet.ParseClass(name)
		if err != nil {
			return nil, &requestError{err.Error()}
		}
		f.Class = class
	}
	all, err := s.Inventory.Devices(r.Context(), f)
	if err != nil {
		return nil, err
	}
	some, next, err := page(r, all, func(d inventory.Device) string { return d.ID })
	if err != nil {
		return nil, err
	}
	proposals, err := s.seenProposals(r)
	if err != nil {
		return nil, err
	}
	out := devicesAnswer{Devices: make([]deviceAnswer, len(some)), more: next}
	for i, d := range some {
		out.Devices[i] = withProposals(d, proposals)
	}
	return out, nil
}

func withProposals(d inventory.Device, proposals []inventory.Proposal) deviceAnswer {
	a := deviceAnswer{Device: d, Proposals: []inventory.Proposal{}}
	for _, p := range proposals {
		if p.New == d.ID || p.Old == d.ID {
			a.Proposals = append(a.Proposals, p)
		}
	}
	return a
}

// seen returns a device that who asks may know of.
func (s *server) seen(ctx context.Context, r request, id string) (inventory.Device, error) {
	d, err := s.Inventory.Device(ctx, id)
	if err == nil && !r.sees(d.Site) {
		err = inventory.ErrNotFound
	}
	return d, err
}

func (s *server) device(r request) (answer, error) {
	return s.deviceNow(r, r.PathValue("id"))
}

// deviceNow answers what a device is now.
func (s *server) deviceNow(r request, id string) (answer, error) {
	d, err := s.seen(r.Context(), r, id)
	if err != nil {
		return nil, err
	}
	proposals, err := s.seenProposals(r)
	if err != nil {
		return nil, err
	}
	return withProposals(d, proposals), nil
}

func (s *server) editDevice(r request) (answer, error) {
	var body struct {
		Name  *string `json:"name"`
		Room  *string `json:"room"`
		Class *string `json:"class"`
		Asset *string `json:"asset"`
		Seat  *string `json:"seat"`

		Parents *[]string `json:"parents"`
		Power   *[]string `json:"power"`
	}
	id := r.PathValue("id")
	if _, err := s.seen(r.Context(), r, id); err != nil {
		return nil, err
	}
	if err := r.body(&body); err != nil {
		return nil, err
	}
	edit := inventory.Edit{Name: body.Name, Room: body.Room, Class: body.Class, Asset: body.Asset, Seat: body.Seat, Parents: body.Parents, Power: body.Power}
	if err := s.Inventory.Edit(r.Context(), r.id.Actor(), id, edit); err != nil {
		return nil, err
	}
	return s.deviceNow(r, id)
}

func (s *server) removeDevice(r request) (answer, error) {
	id := r.PathValue("id")
	if _, err := s.seen(r.Context(), r, id); err != nil {
		return nil, err
	}
	return nil, s.Inventory.Remove(r.Context(), r.id.Actor(), id)
}

type factsAnswer struct {
	Device string         `json:"device"`
	Facts  []look.FactSet `json:"facts"`
}

func (s *server) facts(r request) (answer, error) {
	id := r.PathValue("id")
	if _, err := s.seen(r.Context(), r, id); err != nil {
		return nil, err
	}
	sets, err := s.Inventory.Facts(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if kind := r.URL.Query().Get("kind"); kind != "" {
		sets = slices.DeleteFunc(sets, func(set look.FactSet) bool { return set.Kind != kind })
	}
	return factsAnswer{id, append([]look.FactSet{}, sets...)}, nil
}

type historyAnswer struct {
	Device  string            `json:"device"`
	Changes []inventory.Entry `json:"changes"`
	more
}

func (s *server) history(r request) (answer, error) {
	id := r.PathValue("id")
	if _, err := s.seen(r.Context(), r, id); err != nil {
		return nil, err
	}
	before, limit, err := r.numbered()
	if err != nil {
		return nil, err
	}
	entries, err := s.Inventory.History(r.Context(), id, limit+1, before)
	if err != nil {
		return nil, err
	}
	out := historyAnswer{Device: id, Changes: append([]inventory.Entry{}, entries[:min(len(entries), limit)]...)}
	if len(entries) > limit {
		out.more = moreAfter(entries[limit-1].Number)
	}
	return out, nil
}

func (s *server) merge(r request) (answer, error) {
	var body struct {
		Into string `json:"into"`
	}
	if err := s.other(r, &body, &body.Into); err != nil {
		return nil, err
	}
	if err := s.Inventory.Merge(r.Context(), r.id.Actor(), r.PathValue("id"), body.Into); err != nil {
		return nil, err
	}
	return s.deviceNow(r, body.Into)
}

func (s *server) keepApart(r request) (answer, error) {
	var body struct {
		Other string `json:"other"`
	}
	if err := s.other(r, &body, &body.Other); err != nil {
		return nil, err
	}
	return nil, s.Inventory.KeepApart(r.Context(), r.id.Actor(), r.PathValue("id"), body.Other)
}

// other reads a body that names another device, and makes sure that who asks
// may know of both.
func (s *server) other(r request, body any, other *string) error {
	if _, err := s.seen(r.Context(), r, r.PathValue("id")); err != nil {
		return err
	}
	if err := r.body(body); err != nil {
		return err
	}
	_, err := s.seen(r.Context(), r, *other)
	return err
}

type proposalsAnswer struct {
	Proposals []inventory.Proposal `json:"proposals"`
	more
}

func (s *server) proposals(r request) (answer, error) {
	all, err := s.seenProposals(r)
	if err != nil {
		return nil, err
	}
	some, next, err := page(r, all, func(p inventory.Proposal) string { return p.New + "~" + p.Old }) // no ID has a tilde
	return proposalsAnswer{some, next}, err
}

// seenProposals returns those of which who asks may know both devices.
func (s *server) seenProposals(r request) ([]inventory.Proposal, error) {
	all, err := s.Inventory.Proposals(r.Context())
	if err != nil {
		return nil, err
	}
	out := []inventory.Proposal{}
	for _, p := range all {
		_, err1 := s.seen(r.Context(), r, p.New)
		_, err2 := s.seen(r.Context(), r, p.Old)
		if err1 == nil && err2 == nil {
			out = append(out, p)
		}
	}
	return out, nil
}
