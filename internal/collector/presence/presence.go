// Package presence follows the devices that people switch on and off: computers
// at desks, projectors. That one of them is off is no fault. That a whole room
// falls silent within a minute while people work there is one (power, a
// switch), and so is a computer that falls silent in a room in which an
// assessment is under way; and what nobody has switched on for many working
// days is worth a line in a digest. The package tells the first two as alerts
// for the incident machine, the last as a list. It is told what is heard; it
// has no clock, listens to nothing and stores nothing: after a start it is told
// anew when each device was heard last.
package presence

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/topology"
)

// Device is one that may be off.
type Device struct {
	ID               topology.ID
	Name             string
	Site, Room, Seat string // by their IDs; without a room it is alone
}

// Calendar is what presence asks of the institution's days.
type Calendar interface {
	Open(site, room string, t time.Time) bool     // people work there
	Assessed(site, room string, t time.Time) bool // an assessment is under way there
	OpenDay(site string, t time.Time) bool        // people work there at some time of that day
}

// Options are a Tracker's settings. Zero values mean what is said beside them.
type Options struct {
	Within time.Duration // devices that fall silent within so long fall silent together; 1 min
	Min    int           // and so many of them at least are a room; 5
}

// The rules whose alerts a Tracker makes. RuleTogether's alerts carry the labels
// site and room.
const (
	RuleTogether = incident.RuleTogether
	RuleSilent   = "ComputerSilent"
)

// Tracker follows devices. It is not safe for concurrent use. Moments of one
// device must not go back; those of different devices come in any order.
type Tracker struct {
	opts    Options
	devices map[topology.ID]*device
	rooms   map[place]*room
	events  map[place]*event       // rooms that fell silent
	alone   map[topology.ID]*event // computers that fell silent during an assessment
}

type place struct{ site, room string }

type device struct {
	Device
	on    bool
	known bool      // it was heard or missed at least once
	since time.Time // when it fell silent; of one that is on, when it was heard last
}

type room struct{ devices map[topology.ID]*device }

// event is something that fell silent and has not come back.
type event struct {
	since   time.Time
	members []topology.ID
}

// New makes a Tracker that knows no device.
func New(o Options) *Tracker {
	o.Within = cmp.Or(o.Within, time.Minute)
	o.Min = cmp.Or(o.Min, 5)
	return &Tracker{opts: o, devices: map[topology.ID]*device{}, rooms: map[place]*room{}, events: map[place]*event{}, alone: map[topology.ID]*event{}}
}

// Know takes over what devices there are. Those that are not in the list are
// forgotten.
func (t *Tracker) Know(devices []Device) {
	stay := make(map[topology.ID]bool, len(devices))
	for _, d := range devices {
		stay[d.ID] = true
		have := t.devices[d.ID]
		switch {
		case have == nil:
			have = &device{Device: d}
			t.devices[d.ID] = have
		case have.Device == d:
			continue
		default:
			t.leave(have)
			have.Device = d
		}
		if d.Room != "" {
			at := place{d.Site, d.Room}
			if t.rooms[at] == nil {
				t.rooms[at] = &room{map[topology.ID]*device{}}
			}
			t.rooms[at].devices[d.ID] = have
		}
	}
	for id, d := range t.devices {
		if !stay[id] {
			t.leave(d)
			delete(t.devices, id)
			delete(t.alone, id)
		}
	}
}

// leave takes a device out of its room.
func (t *Tracker) leave(d *device) {
	at := place{d.Site, d.Room}
	r := t.rooms[at]
	if r == nil {
		return
	}
	delete(r.devices, d.ID)
	if len(r.devices) == 0 {
		delete(t.rooms, at)
	}
	if e := t.events[at]; e != nil {
		e.members = slices.DeleteFunc(slices.Clone(e.members), func(id topology.ID) bool { return id == d.ID })
		if len(e.members) == 0 {
			delete(t.events, at)
		}
	}
}

// Heard says that a device was on at a moment.
func (t *Tracker) Heard(id topology.ID, at time.Time) {
	d := t.devices[id]
	if d == nil {
		return
	}
	d.since, d.known = at, true
	if d.on {
		return
	}
	d.on = true
	delete(t.alone, id)
	if e := t.events[place{d.Site, d.Room}]; e != nil && t.back(e) {
		delete(t.events, place{d.Site, d.Room})
	}
}

// back reports whether more than half of what fell silent is on.
func (t *Tracker) back(e *event) bool {
	gone := 0
	for _, id := range e.members {
		if d := t.devices[id]; d != nil && !d.on {
			gone++
		}
	}
	return 2*gone < len(e.members)
}

// Gone says that a device is not heard any more; since is when it was heard
// last. The calendar says what that means.
func (t *Tracker) Gone(id topology.ID, since time.Time, c Calendar) {
	d := t.devices[id]
	if d == nil || d.known && !d.on {
		return
	}
	d.on, d.known, d.since = false, true, since
	if c.Assessed(d.Site, d.Room, since) {
		t.alone[id] = &event{since: since, members: []topology.ID{id}}
	}
	at := place{d.Site, d.Room}
	r := t.rooms[at]
	if r == nil {
		return
	}
	if e := t.events[at]; e != nil {
		if between(since, e.since, t.opts.Within) && !slices.Contains(e.members, id) {
			e.members = append(slices.Clip(e.members), id)
			slices.Sort(e.members)
			if since.Before(e.since) {
				e.since = since
			}
		}
		return
	}
	if !c.Open(d.Site, d.Room, since) {
		return
	}
	if e := t.together(r, since); e != nil {
		t.events[at] = e
	}
}

// between reports whether two moments lie no farther apart than within.
func between(a, b time.Time, within time.Duration) bool { return a.Sub(b).Abs() <= within }

// leaving is how long before a device may have fallen silent that counts as one
// of those that were on.
const leaving = 30 * time.Minute

// together finds whether those who are silent in a room fell silent together,
// around a moment.
func (t *Tracker) together(r *room, around time.Time) *event {
	var gone []*device
	on := 0
	for _, d := range r.devices {
		switch {
		case d.on:
			on++
		case d.known && between(d.since, around, t.opts.Within):
			gone = append(gone, d)
		}
	}
	slices.SortFunc(gone, func(a, b *device) int { return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.ID, b.ID)) })
	// The largest group within the span.
	var best []*device
	for i := range gone {
		j := i
		for j < len(gone) && gone[j].since.Sub(gone[i].since) <= t.opts.Within {
			j++
		}
		if j-i > len(best) {
			best = gone[i:j]
		}
	}
	if len(best) < t.opts.Min {
		return nil
	}
	// Who left one by one a short while before was there too: the last five of
	// thirty who go home are no event.
	others := on
	for _, d := range r.devices {
		if !d.on && d.known && d.since.Before(best[0].since) && best[0].since.Sub(d.since) <= leaving ||
			!d.on && d.known && d.since.After(best[len(best)-1].since) && between(d.since, around, t.opts.Within) {
			others++
		}
	}
	if len(best) < others {
		return nil
	}
	e := &event{since: best[0].since}
	for _, d := range best {
		e.members = append(e.members, d.ID)
	}
	slices.Sort(e.members)
	return e
}

// Alerts lists what is to be told now: rooms that fell silent together, and
// computers that fell silent during an assessment. The answer is the caller's.
func (t *Tracker) Alerts() []incident.Alert {
	if len(t.events) == 0 && len(t.alone) == 0 {
		return nil
	}
	var out []incident.Alert
	for at, e := range t.events {
		out = append(out, incident.Alert{
			Rule: RuleTogether, Firing: true, Since: e.since, Value: float64(len(e.members)), Members: e.members,
			Labels: map[string]string{"site": at.site, "room": at.room, "severity": string(incident.Warning)},
			Annotations: map[string]string{"message": "together_gone", "runbook": "together-gone", "topology": string(incident.Down),
				"devices": t.names(e.members), "count": strconv.Itoa(len(e.members))},
		})
	}
	for id, e := range t.alone {
		d := t.devices[id]
		if t.inEvent(d) {
			continue // the room speaks for it
		}
		out = append(out, incident.Alert{
			Rule: RuleSilent, Firing: true, Since: e.since, Value: 1,
			Labels:      map[string]string{"site": d.Site, "device": string(id), "severity": string(incident.Critical)},
			Annotations: map[string]string{"message": "assessment_gone", "runbook": "together-gone", "topology": string(incident.Down)},
			Names:       map[string]string{"device": cmp.Or(d.Name, string(id))},
		})
	}
	slices.SortFunc(out, func(a, b incident.Alert) int { return cmp.Compare(a.Key(), b.Key()) })
	return out
}

func (t *Tracker) inEvent(d *device) bool {
	e := t.events[place{d.Site, d.Room}]
	return e != nil && slices.Contains(e.members, d.ID)
}

// maxListed bounds the names in an annotation.
const maxListed = 40

// names lists devices by their seat or name.
func (t *Tracker) names(ids []topology.ID) string {
	out := ""
	for i, id := range ids {
		if i == maxListed {
			return out + ", …"
		}
		d := t.devices[id]
		if i > 0 {
			out += ", "
		}
		out += cmp.Or(d.Seat, d.Name, string(id))
	}
	return out
}

// Cleared reports whether there is evidence that what an incident of a
// Tracker's rules told is over: most of the room is on again, the computer is
// on again. Of what it does not follow it knows nothing.
func (t *Tracker) Cleared(inc incident.Incident) bool {
	switch {
	case inc.Rule == RuleTogether && inc.Labels["room"] != "":
		return t.events[place{inc.Labels["site"], inc.Labels["room"]}] == nil && t.back(&event{members: inc.Members}) && t.any(inc.Members)
	case inc.Rule == RuleSilent:
		d := t.devices[topology.ID(inc.Labels["device"])]
		return d != nil && d.on
	}
	return false
}

// any reports whether at least one of some devices is on.
func (t *Tracker) any(ids []topology.ID) bool {
	return slices.ContainsFunc(ids, func(id topology.ID) bool { d := t.devices[id]; return d != nil && d.on })
}

// Silent is a device that nobody has switched on for long.
type Silent struct {
	Device
	Heard time.Time // when it was heard last
}

// maxDays bounds how far back Silent counts days.
const maxDays = 400

// Silent lists the devices that were heard last so many working days ago, or
// longer: the longest silent first. Devices that were never heard are not among
// them.
func (t *Tracker) Silent(now time.Time, workingDays int, c Calendar) []Silent {
	limit := map[string]time.Time{}
	var out []Silent
	for _, d := range t.devices {
		if d.on || !d.known || d.since.IsZero() {
			continue
		}
		before, ok := limit[d.Site]
		if !ok {
			before = workingDaysBefore(now, workingDays, d.Site, c)
			limit[d.Site] = before
		}
		if d.since.Before(before) {
			out = append(out, Silent{d.Device, d.since})
		}
	}
	slices.SortFunc(out, func(a, b Silent) int { return cmp.Or(a.Heard.Compare(b.Heard), cmp.Compare(a.ID, b.ID)) })
	return out
}

// workingDaysBefore is the beginning of the day before which somebody was heard
// when the site has had so many working days since, today not counted.
func workingDaysBefore(now time.Time, n int, site string, c Calendar) time.Time {
	day := time.Date(now.Year(), now.Month(), now.Day(), 12, 0, 0, 0, now.Location())
	for back := 1; back <= maxDays; back++ {
		at := day.AddDate(0, 0, -back)
		if c.OpenDay(site, at) {
			if n--; n == 0 {
				return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, now.Location())
			}
		}
	}
	return time.Time{}
}
