package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/fleet"
)

// Edit changes what people say of a device; by is who. It fails with
// ErrNotFound or *InvalidError, joined when there are several.
func (c *Control) Edit(ctx context.Context, by, id string, e Edit) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	before, ok := c.state.devices[id]
	if !ok {
		return ErrNotFound
	}
	d, err := c.edited(before, e)
	if err != nil {
		return err
	}
	changes := changesBy(by, before, d, c.now())
	if len(changes) == 0 {
		return nil
	}
	if hangsOtherwise(before, d) {
		if err := c.hangs(d, map[string]Device{id: d}); err != nil {
			return err
		}
	}
	if err := c.apply(ctx, Batch{Devices: []Device{d}, Changes: map[string][]Change{id: changes}}); err != nil {
		return fmt.Errorf("edit device %s: %w", id, err)
	}
	for _, ch := range changes {
		c.record(ctx, by, "device.edit", id, fmt.Sprintf("%s: %q, was %q", ch.Field, ch.New, ch.Old))
	}
	return nil
}

// changesBy are what a person changed of a device.
func changesBy(by string, before, after Device, now time.Time) []Change {
	changes := ownChanges(before, after, now)
	for i := range changes {
		changes[i].By = by
	}
	return changes
}

func (c *Control) edited(d Device, e Edit) (Device, error) {
	before := d
	var errs []error
	if e.Name != nil {
		d.Name = strings.TrimSpace(*e.Name)
		if d.Name == "" {
			d.Name = firstOf(clipName(d.Hostname), d.ID)
		}
		errs = append(errs, checkName("name", d.Name))
	}
	if e.Room != nil {
		d.Room = *e.Room
		if r, known := c.state.rooms[d.Room]; d.Room != "" && (!known || r.Site != d.Site) {
			errs = append(errs, &InvalidError{"room", "the device's site has no such room; make it first"})
		}
	}
	switch {
	case e.Seat != nil:
		d.Seat = strings.TrimSpace(*e.Seat)
		errs = append(errs, checkSeat(d.Seat))
	case d.Room != before.Room:
		d.Seat = ""
	}
	if e.Class != nil {
		d.Class, d.ClassSaid = fleet.Class(*e.Class), d.ClassSaid || d.Polled && d.Class != fleet.Class(*e.Class)
		if _, err := fleet.ParseClass(*e.Class); err != nil {
			errs = append(errs, &InvalidError{"class", err.Error()})
		}
	}
	if e.Asset != nil {
		d.Asset = strings.TrimSpace(*e.Asset)
		if d.Asset != "" {
			errs = append(errs, checkName("asset", d.Asset))
		}
	}
	for _, f := range []struct {
		field string
		edit  *[]string
		into  *[]string
	}{{"parents", e.Parents, &d.Parents}, {"power", e.Power, &d.Power}} {
		if f.edit != nil {
			*f.into = cleanHangs(*f.edit)
			errs = append(errs, checkHangs(f.field, d.ID, *f.into))
		}
	}
	return d, errors.Join(errs...)
}

// hangsOtherwise reports whether a device is to hang on other things.
func hangsOtherwise(before, after Device) bool {
	return !slices.Equal(before.Parents, after.Parents) || !slices.Equal(before.Power, after.Power)
}

// cleanHangs takes out blanks and what is there twice.
func cleanHangs(ids []string) []string {
	var out []string
	for _, id := range ids {
		if id = strings.TrimSpace(id); id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// checkHangs checks the form of what a device hangs on; whether it is there is
// for Options.Hangs to say.
func checkHangs(field, device string, ids []string) error {
	if len(ids) > MaxHangs {
		return &InvalidError{field, fmt.Sprintf("name at most %d", MaxHangs)}
	}
	for _, id := range ids {
		if id == device {
			return &CircleError{field, device + " → " + device}
		}
		if len(id) > fleet.MaxIDLength+len("check:") {
			return &InvalidError{field, "nothing has this ID"}
		}
	}
	return nil
}

// checkName checks a text that people read.
func checkName(field, s string) error {
	bad := func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }
	if s == "" || utf8.RuneCountInString(s) > MaxName || strings.ContainsFunc(s, bad) {
		return &InvalidError{field, fmt.Sprintf("use 1 to %d letters, digits, spaces and signs", MaxName)}
	}
	return nil
}

// checkSeat checks a place in a room; none is right.
func checkSeat(s string) error {
	bad := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" -./", r)
	}
	if utf8.RuneCountInString(s) > MaxSeat || strings.ContainsFunc(s, bad) {
		return &InvalidError{"seat", fmt.Sprintf("use at most %d letters and digits, such as 3 or A2", MaxSeat)}
	}
	return nil
}

// PutSite makes a site or gives it another name; by is who. It fails with an
// *InvalidError or ErrFull.
func (c *Control) PutSite(ctx context.Context, by string, s Site) error {
	s.Name = strings.TrimSpace(s.Name)
	if err := errors.Join(checkID(s.ID), checkName("name", s.Name)); err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	before, known := c.state.sites[s.ID]
	switch {
	case known && before == s:
		return nil
	case !known && len(c.state.sites) >= MaxSites:
		return ErrFull
	}
	if err := c.apply(ctx, Batch{Sites: []Site{s}}); err != nil {
		return fmt.Errorf("store site %s: %w", s.ID, err)
	}
	c.record(ctx, by, "site.put", s.ID, s.Name)
	return nil
}

// DropSite removes a site; by is who. It fails with ErrNotFound, and with
// ErrInUse while it has rooms or devices, or is Options.Used.
func (c *Control) DropSite(ctx context.Context, by, id string) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	site, known := c.state.sites[id]
	if !known {
		return ErrNotFound
	}
	if c.used(id) {
		return ErrInUse
	}
	for _, r := range c.state.rooms {
		if r.Site == id {
			return ErrInUse
		}
	}
	for _, d := range c.state.devices {
		if d.Site == id {
			return ErrInUse
		}
	}
	if err := c.apply(ctx, Batch{DropSites: []string{id}}); err != nil {
		return fmt.Errorf("remove site %s: %w", id, err)
	}
	c.record(ctx, by, "site.remove", id, site.Name)
	return nil
}

// PutRoom makes a room or gives it another name; by is who. A room stays in its
// site. It fails with an *InvalidError or ErrFull.
func (c *Control) PutRoom(ctx context.Context, by string, r Room) error {
	r.Name = strings.TrimSpace(r.Name)
	if err := errors.Join(checkID(r.ID), checkName("name", r.Name)); err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if _, known := c.state.sites[r.Site]; !known {
		return &InvalidError{"site", "there is no such site; make it first"}
	}
	before, known := c.state.rooms[r.ID]
	switch {
	case known && before == r:
		return nil
	case known && before.Site != r.Site:
		return &InvalidError{"site", "a room with this ID belongs to another site; use another ID"}
	case !known && len(c.state.rooms) >= MaxRooms:
		return ErrFull
	}
	if err := c.apply(ctx, Batch{Rooms: []Room{r}}); err != nil {
		return fmt.Errorf("store room %s: %w", r.ID, err)
	}
	c.record(ctx, by, "room.put", r.ID, r.Name)
	return nil
}

// DropRoom removes a room; by is who. It fails with ErrNotFound, and with
// ErrInUse while devices are in it.
func (c *Control) DropRoom(ctx context.Context, by, id string) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	room, known := c.state.rooms[id]
	if !known {
		return ErrNotFound
	}
	for _, d := range c.state.devices {
		if d.Room == id {
			return ErrInUse
		}
	}
	if err := c.apply(ctx, Batch{DropRooms: []string{id}}); err != nil {
		return fmt.Errorf("remove room %s: %w", id, err)
	}
	c.record(ctx, by, "room.remove", id, room.Name)
	return nil
}

func checkID(id string) error {
	if err := fleet.CheckID(id); err != nil {
		return &InvalidError{"id", err.Error()}
	}
	return nil
}
