package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/wire"
)

// Polled is a device that is looked at over the network, as it was said to be.
type Polled struct {
	ID      string
	Name    string // empty: as the device calls itself
	Site    string
	Room    string      // ID; empty: none
	Class   fleet.Class // empty: it follows from what the device is
	Parents []string
	Power   []string

	// Declared says that what is not empty holds whatever the row says: the
	// configuration file has it. Otherwise it holds for a row that is made now,
	// and afterwards for the site alone.
	Declared bool
}

// kindUnknown is the Kind of a device that was not looked at yet.
const kindUnknown = "other"

// KeepPolled sees to it that each of these devices has a row with its ID, in one
// transaction, and that the rows of others that were looked at go, as if by
// Remove; by is who. A row comes back with what was known of it when the device
// had one that was removed. Of a device that was merged the other row stays what
// it is. Sites that are not there are made, as are the rooms. Devices that cannot
// have a row, because it is that of an agent's computer or the inventory is full,
// are returned with the reason.
func (c *Control) KeepPolled(ctx context.Context, by string, rooms []Room, all []Polled) (map[string]error, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	now := c.now()
	b := Batch{Rooms: rooms, Changes: map[string][]Change{}}
	refused := map[string]error{}
	sites, wanted := map[string]bool{}, make(map[string]bool, len(all))
	made := 0
	for _, p := range all {
		wanted[p.ID] = true
		before, after, err := c.polledRow(p, now, made)
		if err != nil {
			refused[p.ID] = err
			continue
		}
		if after.ID == "" || before != nil && sameRow(*before, after) {
			continue
		}
		if _, known := c.state.sites[p.Site]; !known && !sites[p.Site] {
			sites[p.Site] = true
			b.Sites = append(b.Sites, Site{ID: p.Site, Name: p.Site})
		}
		b.Devices = append(b.Devices, after)
		if before == nil {
			made++
			b.Changes[p.ID] = []Change{{Time: now, Kind: KindDevice, Field: "added", New: after.Name, By: by}}
			continue
		}
		if changes := changesBy(by, *before, after, now); len(changes) > 0 {
			b.Changes[p.ID] = changes
		}
	}
	for id, d := range c.state.devices {
		if !d.Polled || wanted[id] || c.mergedFrom(id, wanted) {
			continue
		}
		d, apart := cloned(d), c.state.apartFrom(id)
		b.Gone = append(b.Gone, Gone{ID: id, At: now, By: by, Device: &d, Apart: apart})
		b.DropProposals = append(b.DropProposals, c.state.about(id)...)
		b.DropApart = append(b.DropApart, apart...)
	}
	if len(b.Devices)+len(b.Gone)+len(b.Rooms) == 0 {
		return refused, nil
	}
	if len(b.Gone) > 0 {
		b.Gone = append(b.Gone, c.overdue(now, len(b.Gone))...)
	}
	if err := c.apply(ctx, b); err != nil {
		return nil, fmt.Errorf("keep %d devices that are looked at: %w", len(all), err)
	}
	for _, g := range b.Gone {
		c.forget(g.ID)
	}
	return refused, nil
}

// mergedFrom reports whether one of the wanted devices was merged into a row.
func (c *Control) mergedFrom(row string, wanted map[string]bool) bool {
	for id, g := range c.state.gone {
		if g.Into == "" || !wanted[id] {
			continue
		}
		if d, ok := c.state.resolve(id); ok && d.ID == row {
			return true
		}
	}
	return false
}

func sameRow(a, b Device) bool {
	return a.Polled == b.Polled && a.ClassSaid == b.ClassSaid && len(ownChanges(a, b, time.Time{})) == 0
}

// polledRow is the row of a device as it is (nil: it has none) and as it is to
// be; without an ID it is to stay. The caller holds writing.
func (c *Control) polledRow(p Polled, now time.Time, made int) (*Device, Device, error) {
	if g, gone := c.state.gone[p.ID]; gone && g.Into != "" {
		if _, ok := c.state.resolve(p.ID); ok {
			return nil, Device{}, nil
		}
	}
	known, ok := c.state.devices[p.ID]
	if ok {
		if !known.Polled && !known.entry() {
			return nil, Device{}, &InvalidError{"id", "an agent's computer has this ID"}
		}
		after := cloned(known)
		p.lay(&after, !known.Polled)
		after.Polled = true
		return &known, after, nil
	}
	if len(c.state.devices)+made >= MaxDevices || len(c.state.devices)+len(c.state.gone)+made >= MaxIDs || slices.Contains(c.reserved, p.ID) {
		if slices.Contains(c.reserved, p.ID) {
			return nil, Device{}, &InvalidError{"id", "the collector's own computer has this ID"}
		}
		return nil, Device{}, ErrFull
	}
	if g := c.state.gone[p.ID]; g.Device != nil {
		d := cloned(*g.Device)
		if _, there := c.state.rooms[d.Room]; !there {
			d.Room, d.Seat = "", ""
		}
		p.lay(&d, false)
		d.Polled = true
		return g.Device, d, nil
	}
	d := Device{ID: p.ID, Name: p.ID, Class: fleet.Workstation, Kind: kindUnknown, Created: now, Polled: true}
	p.lay(&d, true)
	return nil, d, nil
}

// lay lays what was said over a row; fresh says that the row is new to this.
func (p Polled) lay(d *Device, fresh bool) {
	if d.Site != p.Site {
		d.Site, d.Room, d.Seat = p.Site, "", ""
	}
	if !fresh && !p.Declared {
		return
	}
	if p.Name != "" {
		d.Name = clipName(clean(p.Name))
	}
	if p.Room != "" && p.Room != d.Room {
		d.Room, d.Seat = p.Room, ""
	}
	if p.Class != "" {
		d.Class, d.ClassSaid = p.Class, true
	}
	if len(p.Parents) > 0 {
		d.Parents = cleanHangs(p.Parents)
	}
	if len(p.Power) > 0 {
		d.Power = cleanHangs(p.Power)
	}
}

// FreshID makes an ID that no device has or had of what people call one.
func (c *Control) FreshID(name string, taken func(string) bool) (string, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	given := map[string]bool{}
	for {
		id, err := c.freshID(name, given)
		if err != nil || taken == nil || !taken(id) {
			return id, err
		}
		given[id] = true
	}
}

// Known is what a device tells of which it is. Texts that tell nothing ("none",
// an address of zeros) are left out by KnownBy.
type Known struct {
	Serial   string
	EngineID string   // of SNMP, hexadecimal
	MACs     []string // lower case with colons
}

// KnownBy makes a Known of what a device says of itself.
func KnownBy(serial, engine string, macs []string) Known {
	k := Known{Serial: tellingSerial(serial), EngineID: tellingEngine(engine)}
	for _, mac := range macs {
		if mac = tellingMAC(mac); mac != "" && !slices.Contains(k.MACs, mac) {
			k.MACs = append(k.MACs, mac)
		}
	}
	slices.Sort(k.MACs)
	k.MACs = k.MACs[:min(len(k.MACs), wire.MaxMACs)]
	return k
}

// tellingEngine is an engine ID that is the device's own. Those that are made of
// an address (RFC 3411, SnmpEngineID, formats 1 and 2) or of a text that somebody
// typed (format 4) are not: they move with the address, and are copied with the
// configuration.
func tellingEngine(s string) string {
	s = strings.ToLower(s)
	if len(s) < 10 || len(s) > 64 || monotonous(s) || monotonous(s[10:]) {
		return ""
	}
	if s[0] >= '8' { // the first bit: the fifth octet says the format
		switch s[8:10] {
		case "01", "02", "04":
			return ""
		}
	}
	return s
}

// IsZero reports whether nothing is known: then the address is all there is.
func (k Known) IsZero() bool { return k.Serial == "" && k.EngineID == "" && len(k.MACs) == 0 }

// Alike says what two things that a device told of itself mean.
type Alike int

// What they mean.
const (
	CannotTell Alike = iota // nothing of it can be compared
	Same
	Other
)

// Against compares what is told now with what was known. Serial numbers decide
// when there are two: cards of networks are moved from a printer or a UPS to
// another. Of what has ports (a switch, a router, an access point) the addresses
// decide: a stack tells the serial of whichever of its switches leads it.
func (k Known) Against(was Known, hasPorts bool) Alike {
	shared := common(k.MACs, was.MACs) > 0
	if k.Serial != "" && was.Serial != "" {
		if k.Serial == was.Serial || hasPorts && shared {
			return Same
		}
		return Other
	}
	engines := k.EngineID != "" && was.EngineID != ""
	switch {
	case engines && k.EngineID == was.EngineID, shared:
		return Same
	case engines, len(k.MACs) > 0 && len(was.MACs) > 0:
		return Other
	}
	return CannotTell
}

// Known is what is known of which device this is.
func (d Device) Known() Known { return KnownBy(d.Machine.SystemSerial, d.EngineID, d.Machine.MACs) }

// PortsKind reports whether a kind of device is one that others are plugged
// into.
func PortsKind(kind string) bool {
	return kind == "switch" || kind == "router" || kind == "access-point"
}

// Find returns the polled device that tells this of itself, whatever its address;
// false when none does, and when several do: then it tells nothing. Devices that
// were told apart from not are left out.
func (c *Control) Find(k Known, not string) (Device, bool) {
	if k.IsZero() {
		return Device{}, false
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	var found []Device
	for id, known := range c.state.known {
		if id == not || c.state.apart[pairOf(id, not)] {
			continue
		}
		d := c.state.devices[id]
		if k.Against(known, PortsKind(d.Kind)) == Same {
			found = append(found, d)
		}
	}
	if len(found) != 1 {
		return Device{}, false
	}
	return cloned(found[0]), true
}
