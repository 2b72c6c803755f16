package inventory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/wire"
)

// NewEntry is a device that somebody entered and no agent speaks for.
// When its computer enrols later and its hardware agrees, a Proposal says so.
type NewEntry struct {
	Called   string // of what its ID is made; empty: of the host name, or the name
	Name     string // for people; empty: the host name
	Hostname string
	Site     string
	Room     string // ID; may be empty
	Seat     string
	Class    fleet.Class
	Asset    string
	Serial   string
	Parents  []string
	Power    []string
}

// Several is a change of several devices, and of rooms that they need first.
type Several struct {
	Rooms []Room
	Edits map[string]Edit // by ID of the device
	New   []NewEntry
	Gone  []string // IDs of devices that are removed; no other part may name them
	Back  []string // IDs of removed devices that come back
}

// ErrOf says which device of a Several an error is about.
type ErrOf struct {
	Device string // ID; of a new entry its name
	Err    error
}

// Error names the device.
func (e *ErrOf) Error() string { return e.Device + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *ErrOf) Unwrap() error { return e.Err }

// Done is what a Several changed.
type Done struct {
	Undo    Several  // takes it back; rooms stay
	Changed []string // IDs of devices that are not as they were
	Made    []string // IDs of the new devices, in their order
}

// Change makes several changes in one transaction: all or none; by is who, and
// detail is one line for the audit record, which is one entry instead of many
// when it is not empty. It fails with *ErrOf, joined when there are several,
// around ErrNotFound or an *InvalidError, and with ErrFull.
func (c *Control) Change(ctx context.Context, by, detail string, s Several) (Done, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	p, err := c.plan(by, s)
	if err != nil {
		return Done{}, err
	}
	if len(p.batch.Devices)+len(p.batch.Rooms)+len(p.batch.Gone) == 0 {
		return p.done, nil
	}
	return c.carryOut(ctx, by, detail, s, p)
}

// Try tells what Change would do, and does nothing.
func (c *Control) Try(_ context.Context, by string, s Several) (Done, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	p, err := c.plan(by, s)
	return p.done, err
}

// plan makes a Several ready. The caller holds writing.
func (c *Control) plan(by string, s Several) (planned, error) {
	p := planned{c: c, by: by, rooms: map[string]Room{}, ids: map[string]bool{}, done: Done{Undo: Several{Edits: map[string]Edit{}}}}
	p.batch.Changes = map[string][]Change{}
	p.takeRooms(s.Rooms)
	for _, id := range slices.Sorted(maps.Keys(s.Edits)) {
		p.edit(id, s.Edits[id])
	}
	for _, e := range s.New {
		p.add(e)
	}
	p.checkHangs()
	for _, id := range s.Gone {
		p.remove(id)
	}
	for _, id := range s.Back {
		p.restore(id)
	}
	if err := errors.Join(p.errs...); err != nil {
		return planned{}, err
	}
	if len(c.state.devices)+len(p.done.Made)+len(s.Back)-len(s.Gone) > MaxDevices || len(c.state.rooms)+len(p.batch.Rooms) > MaxRooms {
		return planned{}, ErrFull
	}
	return p, nil
}

// carryOut stores what was planned and records it. The caller holds writing.
func (c *Control) carryOut(ctx context.Context, by, detail string, s Several, p planned) (Done, error) {
	if len(s.Gone) > 0 {
		p.batch.Gone = append(p.batch.Gone, c.overdue(c.now(), len(s.Gone))...)
	}
	if err := c.apply(ctx, p.batch); err != nil {
		return Done{}, fmt.Errorf("change %d devices: %w", len(p.batch.Devices)+len(s.Gone), err)
	}
	for _, g := range p.batch.Gone {
		c.forget(g.ID)
	}
	if detail != "" {
		c.record(ctx, by, "device.change", fmt.Sprintf("%d devices", len(p.done.Changed)+len(p.done.Made)+len(s.Gone)+len(s.Back)), detail)
		return p.done, nil
	}
	for _, r := range p.batch.Rooms {
		c.record(ctx, by, "room.put", r.ID, r.Name)
	}
	for _, r := range p.records {
		c.record(ctx, by, r.action, r.object, r.detail)
	}
	return p.done, nil
}

// planned is a Several on its way into a Batch.
type planned struct {
	c       *Control
	by      string
	rooms   map[string]Room // that are made now
	ids     map[string]bool // that are given now
	batch   Batch
	done    Done
	records []auditLine
	errs    []error
}

type auditLine struct{ action, object, detail string }

func (p *planned) fail(device string, err error) {
	if err != nil {
		p.errs = append(p.errs, &ErrOf{device, err})
	}
}

func (p *planned) takeRooms(rooms []Room) {
	for _, r := range rooms {
		r.Name = strings.TrimSpace(r.Name)
		_, site := p.c.state.sites[r.Site]
		_, taken := p.c.state.rooms[r.ID]
		switch err := errors.Join(checkID(r.ID), checkName("room", r.Name)); {
		case err != nil:
			p.fail(r.ID, err)
		case !site || taken:
			p.fail(r.ID, &InvalidError{"room", "a new room needs a site that is there and an ID that is not"})
		default:
			p.rooms[r.ID] = r
			p.batch.Rooms = append(p.batch.Rooms, r)
		}
	}
}

func (p *planned) edit(id string, e Edit) {
	before, ok := p.c.state.devices[id]
	if !ok {
		p.fail(id, ErrNotFound)
		return
	}
	room := ""
	if e.Room != nil && p.rooms[*e.Room].Site == before.Site && before.Site != "" {
		room, e.Room = *e.Room, nil // checked here: it is not there yet
	}
	d, err := p.c.edited(before, e)
	if err != nil {
		p.fail(id, err)
		return
	}
	if room != "" {
		d.Room = room
		if e.Seat == nil {
			d.Seat = ""
		}
	}
	changes := changesBy(p.by, before, d, p.c.now())
	if len(changes) == 0 {
		return
	}
	p.batch.Devices = append(p.batch.Devices, d)
	p.batch.Changes[id] = changes
	p.done.Changed = append(p.done.Changed, id)
	p.done.Undo.Edits[id] = undoOf(before, d)
	var said []string
	for _, ch := range changes {
		said = append(said, fmt.Sprintf("%s: %q, was %q", ch.Field, ch.New, ch.Old))
	}
	p.records = append(p.records, auditLine{"device.edit", id, strings.Join(said, "; ")})
}

// undoOf is the Edit that takes a change back.
func undoOf(before, after Device) Edit {
	var e Edit
	set := func(field **string, was, is string) {
		if was != is {
			*field = &was
		}
	}
	set(&e.Name, before.Name, after.Name)
	set(&e.Room, before.Room, after.Room)
	set(&e.Seat, before.Seat, after.Seat)
	set(&e.Class, string(before.Class), string(after.Class))
	set(&e.Asset, before.Asset, after.Asset)
	for _, f := range []struct {
		field   **[]string
		was, is []string
	}{{&e.Parents, before.Parents, after.Parents}, {&e.Power, before.Power, after.Power}} {
		if !slices.Equal(f.was, f.is) {
			was := slices.Clone(f.was)
			*f.field = &was
		}
	}
	return e
}

func (p *planned) add(n NewEntry) {
	d, err := p.c.entry(n, p.rooms)
	if err != nil {
		p.fail(firstOf(n.Name, n.Hostname, n.Asset), err)
		return
	}
	if d.ID, err = p.c.freshID(firstOf(n.Called, n.Hostname, n.Name), p.ids); err != nil {
		p.fail(d.Name, err)
		return
	}
	d.Name = firstOf(d.Name, clipName(d.Hostname), d.ID)
	p.ids[d.ID] = true
	p.batch.Devices = append(p.batch.Devices, d)
	p.batch.Changes[d.ID] = []Change{{Time: d.Created, Kind: KindDevice, Field: "entered", New: d.Name, By: p.by}}
	p.done.Made = append(p.done.Made, d.ID)
	p.done.Undo.Gone = append(p.done.Undo.Gone, d.ID)
	p.records = append(p.records, auditLine{"device.enter", d.ID, d.Name})
}

// entry checks what somebody entered.
func (c *Control) entry(n NewEntry, rooms map[string]Room) (Device, error) {
	d := Device{
		Name: strings.TrimSpace(n.Name), Hostname: clean(n.Hostname), Site: n.Site, Room: n.Room, Seat: strings.TrimSpace(n.Seat), Class: n.Class, Kind: KindComputer, Entered: true,
		Asset: strings.TrimSpace(n.Asset), Serial: clean(n.Serial), Created: c.now(),
	}
	var errs []error
	for _, f := range []struct{ field, value string }{{"name", d.Name}, {"asset", d.Asset}, {"serial", d.Serial}, {"hostname", d.Hostname}} {
		if f.value != "" {
			errs = append(errs, checkName(f.field, f.value))
		}
	}
	if d.Name == "" && d.Hostname == "" {
		errs = append(errs, &InvalidError{"name", "a new device needs a name or a host name"})
	}
	if _, known := c.state.sites[d.Site]; !known {
		errs = append(errs, &InvalidError{"site", "there is no such site; make it first"})
	}
	if r, known := c.state.rooms[d.Room]; d.Room != "" && (!known || r.Site != d.Site) && rooms[d.Room].Site != d.Site {
		errs = append(errs, &InvalidError{"room", "the device's site has no such room; make it first"})
	}
	if _, err := fleet.ParseClass(string(d.Class)); err != nil {
		errs = append(errs, &InvalidError{"class", err.Error()})
	}
	d.Machine = wire.Machine{SystemSerial: d.Serial} // so that it is known again when it enrols
	d.Parents, d.Power = cleanHangs(n.Parents), cleanHangs(n.Power)
	errs = append(errs, checkSeat(d.Seat), checkHangs("parents", "", d.Parents), checkHangs("power", "", d.Power))
	return d, errors.Join(errs...)
}

// checkHangs looks at what changed devices and new ones hang on, all together.
func (p *planned) checkHangs() {
	var with map[string]Device
	for _, d := range p.batch.Devices {
		if !hangsOtherwise(p.c.state.devices[d.ID], d) {
			continue
		}
		if with == nil {
			with = make(map[string]Device, len(p.batch.Devices))
			for _, other := range p.batch.Devices {
				with[other.ID] = other
			}
		}
		p.fail(d.ID, p.c.hangs(d, with))
	}
}

func (p *planned) remove(id string) {
	d, ok := p.c.state.devices[id]
	if !ok {
		p.fail(id, ErrNotFound)
		return
	}
	apart := p.c.state.apartFrom(id)
	p.batch.Gone = append(p.batch.Gone, Gone{ID: id, At: p.c.now(), By: p.by, Device: &d, Apart: apart})
	p.batch.DropProposals = append(p.batch.DropProposals, p.c.state.about(id)...)
	p.batch.DropApart = append(p.batch.DropApart, apart...)
	p.done.Undo.Back = append(p.done.Undo.Back, id)
	p.records = append(p.records, auditLine{"device.remove", id, d.Name})
}

// restore brings a device back. A room that is gone meanwhile is left.
func (p *planned) restore(id string) {
	g, ok := p.c.state.gone[id]
	if !ok || g.Device == nil || p.c.now().Sub(g.At) > RemovedFor {
		p.fail(id, ErrNotFound)
		return
	}
	d := cloned(*g.Device)
	if _, known := p.c.state.sites[d.Site]; !known {
		p.fail(id, &InvalidError{"site", fmt.Sprintf("the site %q of the device was removed; make it again first", d.Site)})
		return
	}
	if _, known := p.c.state.rooms[d.Room]; !known {
		d.Room, d.Seat = "", ""
	}
	p.batch.Devices = append(p.batch.Devices, d)
	p.batch.Apart = append(p.batch.Apart, g.Apart...)
	p.done.Undo.Gone = append(p.done.Undo.Gone, id)
	p.records = append(p.records, auditLine{"device.restore", id, d.Name})
}
