package collector

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
)

// How long, and how many changes can be taken back by a button.
const (
	undoFor  = time.Hour
	maxUndos = 200
)

// undos remembers how changes are taken back, in memory: after a start nobody
// sees the button any more. It is safe for concurrent use.
type undos struct {
	mu  sync.Mutex
	all []undo // oldest first
}

// undo is one change that can be taken back by who made it.
type undo struct {
	ticket string
	by     string
	at     time.Time
	back   inventory.Several
	site   inventory.Site // that comes back; empty: none
	room   inventory.Room
}

// keep returns the ticket of a change: how many things it is about, and what
// nobody can guess.
func (u *undos) keep(n undo, count int) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	n.ticket = strconv.Itoa(count) + "-" + rand.Text()
	u.all = append(u.all, n)
	u.all = u.all[max(0, len(u.all)-maxUndos):]
	return n.ticket
}

// take returns a change once.
func (u *undos) take(match func(undo) bool, now time.Time) (undo, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	i := slices.IndexFunc(u.all, func(n undo) bool { return now.Sub(n.at) <= undoFor && match(n) })
	if i < 0 {
		return undo{}, false
	}
	n := u.all[i]
	u.all = slices.Delete(u.all, i, i+1)
	return n, true
}

// change makes a change of the inventory, takes the agents along, and remembers
// how it is taken back. detail is for one entry of the audit record in place of
// many.
func (a fleetActions) change(ctx context.Context, by, detail string, s inventory.Several) (string, error) {
	if slices.Contains(s.Gone, a.c.device) {
		return "", &web.Mistake{Code: "own_computer"}
	}
	if err := a.c.declaredPolled(s.Gone); err != nil {
		return "", fmt.Errorf("%w: %w", web.ErrRefused, err)
	}
	if err := a.revokeOf(ctx, by, s.Gone); err != nil {
		return "", err
	}
	done, err := a.c.agents.inventory.Change(ctx, by, detail, s)
	if err != nil {
		// Agents that were refused for nothing come back.
		return "", errors.Join(told(err), a.reinstate(ctx, s.Gone))
	}
	if err := errors.Join(a.reinstate(ctx, s.Back), a.c.removePolled(ctx, s.Gone), a.c.restorePolled(ctx, s.Back)); err != nil {
		return "", err
	}
	count := len(done.Changed) + len(done.Made) + len(s.Gone) + len(s.Back)
	if count == 0 {
		return "", nil
	}
	return a.c.undos.keep(undo{by: by, at: a.c.now(), back: done.Undo}, count), nil
}

// revokeOf refuses the agents of devices that are about to go.
func (a fleetActions) revokeOf(ctx context.Context, by string, devices []string) error {
	if len(devices) == 0 {
		return nil
	}
	agents, err := a.c.agents.enrolment.Agents(ctx)
	if err != nil {
		return err
	}
	for _, agent := range agents {
		if !agent.Revoked.IsZero() || !slices.Contains(devices, agent.Device) {
			continue
		}
		if err := a.c.agents.enrolment.Revoke(ctx, enrolment.ByRemoval, agent.ID); err != nil {
			return err
		}
		a.c.auditFleet(ctx, by, "agent.revoke", agent.ID, "its device "+agent.Device+" is removed")
	}
	return nil
}

func (a fleetActions) reinstate(ctx context.Context, devices []string) error {
	var errs []error
	for _, id := range devices {
		errs = append(errs, a.c.agents.enrolment.Reinstate(ctx, id))
	}
	return errors.Join(errs...)
}

// EditDevices implements web.DevicesActions.
func (a fleetActions) EditDevices(ctx context.Context, by string, ids []string, e web.DeviceEdit) (string, error) {
	s := inventory.Several{Edits: map[string]inventory.Edit{}}
	rooms := roomFinder{inventory: a.c.agents.inventory}
	parents, power := a.hangs(ctx, e)
	for _, id := range ids {
		d, err := fleetView(a).device(ctx, id)
		if err != nil {
			return "", err
		}
		edit := inventory.Edit{Name: e.Name, Asset: e.Asset, Seat: e.Seat, Class: (*string)(e.Class), Parents: parents, Power: power}
		if err := a.c.hangsSeen(ctx, d, edit); err != nil {
			return "", told(err)
		}
		if e.Room != nil {
			room, err := rooms.find(ctx, d.Site, *e.Room)
			if err != nil {
				return "", err
			}
			edit.Room = &room
		}
		s.Edits[id] = edit
	}
	s.Rooms = rooms.made
	return a.change(ctx, by, "", s)
}

// hangs finds the things that devices are to hang on by what people call them.
// What is none is refused by the inventory, unless it was there before.
func (a fleetActions) hangs(ctx context.Context, e web.DeviceEdit) (parents, power *[]string) {
	find := a.c.thingFinder(ctx)
	if e.Parents != nil {
		found, _ := foundThings(find, *e.Parents)
		parents = &found
	}
	if e.Power != nil {
		found, _ := foundThings(find, *e.Power)
		power = &found
	}
	return parents, power
}

// roomFinder finds rooms by their names, and makes those that a site lacks.
type roomFinder struct {
	inventory *inventory.Control
	known     []inventory.Room
	made      []inventory.Room
}

// find returns the ID of the room with a name, or an ID; "" for none.
func (f *roomFinder) find(ctx context.Context, site, name string) (string, error) {
	if name = strings.TrimSpace(name); name == "" {
		return "", nil
	}
	if f.known == nil {
		var err error
		if f.known, err = f.inventory.Rooms(ctx, ""); err != nil {
			return "", err
		}
	}
	for _, r := range f.known {
		if r.Site == site && (strings.EqualFold(r.Name, name) || r.ID == name) {
			return r.ID, nil
		}
	}
	r := inventory.Room{ID: freshRoomID(f.known, site, name), Site: site, Name: name}
	f.known, f.made = append(f.known, r), append(f.made, r)
	return r.ID, nil
}

// freshRoomID makes an ID that no room of any site has.
func freshRoomID(known []inventory.Room, site, name string) string {
	return freshID(cmp.Or(plainID(name), "room"), site, func(id string) bool {
		return slices.ContainsFunc(known, func(r inventory.Room) bool { return r.ID == id })
	})
}

// freshID makes an ID that is not taken of a base, with a prefix when the base
// alone is.
func freshID(base, prefix string, taken func(string) bool) string {
	if !taken(base) {
		return base
	}
	if prefix != "" {
		base = fleet.MakeID(prefix + "-" + base)
	}
	id := base
	for n := 2; taken(id); n++ {
		suffix := fmt.Sprintf("-%d", n)
		id = strings.TrimRight(base[:min(len(base), fleet.MaxIDLength-len(suffix))], "-_.") + suffix
	}
	return id
}

// RemoveDevices implements web.DevicesActions.
func (a fleetActions) RemoveDevices(ctx context.Context, by string, ids []string) (string, error) {
	if err := a.bothSeen(ctx, ids...); err != nil {
		return "", err
	}
	return a.change(ctx, by, "", inventory.Several{Gone: ids})
}

// RestoreDevices implements web.DevicesActions.
func (a fleetActions) RestoreDevices(ctx context.Context, by string, ids []string) (string, error) {
	if err := a.removedSeen(ctx, ids); err != nil {
		return "", err
	}
	return a.change(ctx, by, "", inventory.Several{Back: ids})
}

// removedSeen makes sure that devices were removed, and are of sites that whoever
// asks sees.
func (a fleetActions) removedSeen(ctx context.Context, ids []string) error {
	for _, id := range ids {
		at, err := fleetView(a).removedAt(ctx, id)
		if err != nil {
			return err
		}
		if at.IsZero() {
			return fmt.Errorf("removed device %s: %w", id, web.ErrNotFound)
		}
	}
	return nil
}

// Undo implements web.DevicesActions. Whoever made the change may see fewer sites
// by now, and a device may have moved to another.
func (a fleetActions) Undo(ctx context.Context, by, ticket string) (string, error) {
	n, ok := a.c.undos.take(func(n undo) bool { return n.ticket == ticket && n.by == by }, a.c.now())
	if !ok {
		return "", fmt.Errorf("take back %q: %w", ticket, web.ErrNotFound)
	}
	there := append(slices.Collect(maps.Keys(n.back.Edits)), n.back.Gone...)
	if err := errors.Join(a.bothSeen(ctx, there...), a.removedSeen(ctx, n.back.Back)); err != nil {
		return "", err
	}
	return a.change(ctx, by, "", n.back)
}

// told translates errors of the inventory and of enrolment for the pages.
func told(err error) error {
	var invalid *inventory.InvalidError
	var circle *inventory.CircleError
	var joined interface{ Unwrap() []error }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &joined) && len(joined.Unwrap()) > 0 && !errors.Is(err, inventory.ErrNotFound):
		var out []error
		for _, e := range joined.Unwrap() {
			out = append(out, told(e))
		}
		return errors.Join(out...)
	case errors.As(err, &circle):
		return &web.Mistake{Field: circle.Field, Code: "circle"}
	case errors.As(err, &invalid):
		return &web.Mistake{Field: invalid.Field, Code: invalid.Field}
	case errors.Is(err, inventory.ErrInUse):
		return &web.Mistake{Code: "in_use"}
	case errors.Is(err, inventory.ErrFull), errors.Is(err, enrolment.ErrFull):
		return &web.Mistake{Code: "full"}
	case errors.Is(err, inventory.ErrNotFound) || errors.Is(err, enrolment.ErrNotFound):
		return fmt.Errorf("%w: %w", web.ErrNotFound, err)
	case errors.Is(err, enrolment.ErrInvalid):
		return fmt.Errorf("%w: %w", web.ErrRefused, err)
	default:
		return err
	}
}
