// Package inventory knows what there is: sites, their rooms, the devices in
// them, what each device is made of (facts) and how that changed. It gives a
// new computer its ID, knows a computer again after its disk was wiped, and
// lets a person decide whether two rows are one computer. It measures nothing
// and knows no agents: whoever moves one from device to device is the
// collector's composition, which is also its only caller besides pages and the
// JSON API. Storage is behind Store.
//
// # IDs
//
// The ID of a device is made of its host name when it is placed ("pc-214-07";
// when that is taken "pc-214-07-2"), stands in labels of series, never changes
// and is never given again, also not after the device was removed or merged.
// The display name may change at any time.
//
// # What is bounded
//
// Sites, rooms, devices and IDs ever given (MaxSites …); facts by the limits of
// package wire, and together by MaxFactBytes for each device; history by
// MaxHistory changes for each device, of which the oldest go and are counted;
// proposals by MaxProposals for each new device. What an agent sends beyond its
// limits is left out and counted, the rest is taken.
//
// # What can be taken back
//
// A device that was removed comes back with everything within RemovedFor
// (Restore). Change says how what it did is taken back.
package inventory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// Bounds of what is kept.
const (
	MaxSites     = 1_000
	MaxRooms     = 20_000
	MaxDevices   = 20_000
	MaxIDs       = 100_000 // of devices, ever given
	MaxHistory   = 5_000   // changes of one device
	MaxFactBytes = 4 << 20 // of one device, all kinds together, as stored
	MaxProposals = 4       // made for one device, whatever it says that it is
	MaxName      = 100     // characters of a name that people give
	MaxSeat      = 8       // characters of a seat
	MaxRemoved   = 1_000   // devices that were removed and can come back
	MaxHangs     = 20      // things that a device hangs on, of each list
)

// Site is one place with its own network: a school, a library.
type Site struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Room is a room of a site. Its ID is unlike that of any other room, also of
// other sites.
type Room struct {
	ID   string `json:"id"`
	Site string `json:"site"`
	Name string `json:"name"`
}

// RemovedFor is how long a device that was removed can come back. After that its
// facts and its history are deleted.
const RemovedFor = 7 * 24 * time.Hour

// KindComputer is the Device.Kind of what an agent runs on.
const KindComputer = "computer"

// Device is one thing that is looked after.
type Device struct {
	ID    string      `json:"id"`   // never changes
	Name  string      `json:"name"` // for people; the host name until somebody gives another
	Site  string      `json:"site"`
	Room  string      `json:"room,omitempty"` // ID
	Class fleet.Class `json:"class"`
	Kind  string      `json:"kind"`            // KindComputer, or a look.Kind of what is looked at over the network
	Seat  string      `json:"seat,omitempty"`  // its place in the room, as people write it: "3", "A2"
	Asset string      `json:"asset,omitempty"` // number in the books

	// What it hangs on, by the IDs of package topology: of each list any one is
	// enough.
	Parents []string `json:"parents,omitempty"` // on the way to it: switch, router, access point
	Power   []string `json:"power,omitempty"`   // what feeds it

	// Of what is looked at over the network.
	Polled    bool   `json:"polled,omitempty"`     // it is; no agent speaks for it
	ClassSaid bool   `json:"class_said,omitempty"` // somebody said the class: it does not follow from Kind any more
	EngineID  string `json:"engine_id,omitempty"`  // of SNMP, hexadecimal

	Created  time.Time    `json:"created"`
	Entered  bool         `json:"entered,omitempty"` // by a person; no agent made it
	FactsAt  time.Time    `json:"facts_at,omitzero"` // when facts came last, by our clock; after a start up to a day behind
	Machine  wire.Machine `json:"machine"`
	Hostname string       `json:"hostname,omitempty"`

	// From the facts of kinds "system" and "os".
	Model  string `json:"model,omitempty"` // with the maker's name
	Serial string `json:"serial,omitempty"`
	OS     string `json:"os,omitempty"`
}

// KindDevice is the Change.Kind of what is no fact: fields of Device.
const KindDevice = "device"

// Change is one line of a device's history. When Field is empty the whole item
// came (New says what it is) or went (Old says what it was).
type Change struct {
	Time  time.Time `json:"time"` // by our clock, when we learned of it
	Kind  string    `json:"kind"` // of the fact, or KindDevice
	Item  string    `json:"item,omitempty"`
	Field string    `json:"field,omitempty"`
	Old   string    `json:"old,omitempty"`
	New   string    `json:"new,omitempty"`
	By    string    `json:"by,omitempty"` // who changed it, as in the audit record; empty: the computer tells
}

// Entry is a Change with its number. Numbers rise with time within a device and
// have no gaps, until a merge numbers them anew.
type Entry struct {
	Number uint64 `json:"number"`
	Change
}

// Proposal says that a new device looks like one that is known already. Both
// stay as they are until a person calls Merge or KeepApart.
type Proposal struct {
	New     string    `json:"new"` // ID of the device that came later
	Old     string    `json:"old"`
	Reasons []string  `json:"reasons"` // what agrees: ReasonUUID …; keys of sentences "inventory.reason.<reason>"
	Made    time.Time `json:"made"`
}

// NewComputer is what is known of a computer when its agent enrols.
type NewComputer struct {
	Site, Hostname string
	Class          fleet.Class
	Machine        wire.Machine
	At             time.Time // zero: now
}

// About is what a report says of its computer besides facts. Empty texts and an
// empty Machine change nothing.
type About struct {
	Hostname string
	Machine  wire.Machine
	Version  string // of the agent; not kept here
	System   string // GOOS; not kept here

	// Of a device that is looked at over the network, whose host name is its name
	// unless somebody gave it another.
	Kind     string
	Class    fleet.Class // that follows from Kind
	EngineID string
}

// Filter chooses devices. Empty fields choose all.
type Filter struct {
	Sites []string // IDs of sites that may be seen at all
	Site  string
	Room  string
	Class fleet.Class
	Text  string // part of ID, name, host name, model, serial, asset number or system, in any case
}

// Edit is what a person changes of a device; nil fields stay. An empty Room,
// Seat or Asset removes it; an empty Name gives the host name back. Who moves a
// device to another room without saying where in it takes its seat away.
type Edit struct {
	Name, Room, Class, Asset, Seat *string
	Parents, Power                 *[]string
}

// Errors that callers branch on. InvalidError carries more.
var (
	ErrNotFound = errors.New("there is no such entry in the inventory")
	ErrFull     = errors.New("the inventory holds as many entries as are allowed; remove some first")
	ErrInUse    = errors.New("something in the inventory still belongs to it")
)

// InvalidError says that something a person or an agent gave cannot be.
type InvalidError struct {
	Field string // "id", "name", "site", "room", "seat", "class", "asset", "parents", "power", "serial", "hostname", "machine"
	Want  string // English
}

// Error says what would be right.
func (e *InvalidError) Error() string { return e.Field + ": " + e.Want }

// CircleError says that a device would hang on itself in the end. It is an
// *InvalidError too.
type CircleError struct {
	Field string // "parents" or "power"
	Way   string // from the device back to it
}

// Error says how.
func (e *CircleError) Error() string {
	return e.Field + ": it would hang on itself in the end: " + e.Way
}

// As makes it an *InvalidError.
func (e *CircleError) As(target any) bool {
	invalid, ok := target.(**InvalidError)
	if ok {
		*invalid = &InvalidError{e.Field, "it would hang on itself in the end: " + e.Way}
	}
	return ok
}

// Recorder is told of each change that a person made; by is who, as in the
// audit record. A failure is logged: the change is made already.
type Recorder interface {
	Record(ctx context.Context, by, action, object, detail string) error
}

// Options says how to open a Control. Store and Logger are needed.
type Options struct {
	Store      Store
	Logger     *slog.Logger
	Now        func() time.Time      // nil: time.Now
	Registerer prometheus.Registerer // nil: counters are not exposed
	Recorder   Recorder              // nil: nobody is told

	// Reserved are IDs that no device gets: those that series have already, as
	// of the collector itself.
	Reserved []string

	// Used reports whether something beside the inventory, such as a check,
	// belongs to a site: it is then not removed. nil: nothing does.
	Used func(site string) bool

	// Hangs says what is wrong with what a device is to hang on: an
	// *InvalidError or a *CircleError. with are the devices that change in the
	// same step, as they will be. It must not change the inventory. nil: nothing
	// is wrong.
	Hangs func(d Device, with map[string]Device) error
}

// Control answers what there is. It is safe for concurrent use. What changes is
// on the disk before a method returns.
type Control struct {
	store    Store
	log      *slog.Logger
	now      func() time.Time
	recorder Recorder
	reserved []string
	used     func(site string) bool
	hangs    func(d Device, with map[string]Device) error

	// writing keeps changes in a row, from reading the state to storing the
	// new one. Readers do not wait for the disk: they need mu only.
	writing sync.Mutex
	mu      sync.RWMutex
	state   state
	version uint64 // see Version

	told    map[string]bool      // devices of which it was logged that a part was left out; guarded by writing
	touched map[string]time.Time // Device.FactsAt as it is stored; guarded by writing

	refused *prometheus.CounterVec
	dropped prometheus.Counter
}

// Open reads what is stored.
func Open(o Options) (*Control, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Used == nil {
		o.Used = func(string) bool { return false }
	}
	stored, err := o.Store.Inventory(context.Background())
	if err != nil {
		return nil, fmt.Errorf("read the inventory: %w", err)
	}
	if o.Hangs == nil {
		o.Hangs = func(Device, map[string]Device) error { return nil }
	}
	c := &Control{
		store: o.Store, log: o.Logger.With("component", "inventory"), now: o.Now, recorder: o.Recorder, reserved: slices.Clone(o.Reserved), used: o.Used, hangs: o.Hangs, state: newState(stored),
		told: map[string]bool{}, touched: map[string]time.Time{},
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "budi_inventory_refused_total", Help: "Parts of agents' reports that were left out, by what they were: set, item, field, about or event.",
		}, []string{"part"}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "budi_inventory_dropped_changes_total", Help: "Changes in the history of devices that made place for newer ones.",
		}),
	}
	for _, d := range stored.Devices {
		c.touched[d.ID] = d.FactsAt
	}
	for _, part := range []string{"set", "item", "field", "about", "event"} {
		c.refused.WithLabelValues(part) // so that rates start at zero
	}
	if o.Registerer != nil {
		for _, m := range []prometheus.Collector{c.refused, c.dropped} {
			if err := o.Registerer.Register(m); err != nil {
				return nil, fmt.Errorf("register metrics of the inventory: %w", err)
			}
		}
	}
	return c, nil
}

// record tells the Recorder of a change that is made already.
func (c *Control) record(ctx context.Context, by, action, object, detail string) {
	if c.recorder == nil {
		return
	}
	if err := c.recorder.Record(ctx, by, action, object, detail); err != nil {
		c.log.Error("record who changed what", "actor", by, "action", action, "object", object, "err", err)
	}
}

// Facts returns what is known of a device, by kind. It fails with ErrNotFound.
func (c *Control) Facts(ctx context.Context, id string) ([]look.FactSet, error) {
	if _, err := c.Device(ctx, id); err != nil {
		return nil, err
	}
	sets, err := c.store.Facts(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read facts of %s: %w", id, err)
	}
	return sets, nil
}

// History returns at most limit changes of a device with numbers below before
// (0: from the newest), newest first. It fails with ErrNotFound.
func (c *Control) History(ctx context.Context, id string, limit int, before uint64) ([]Entry, error) {
	if _, err := c.Device(ctx, id); err != nil {
		return nil, err
	}
	entries, err := c.store.History(ctx, id, min(max(limit, 0), MaxHistory), before)
	if err != nil {
		return nil, fmt.Errorf("read history of %s: %w", id, err)
	}
	return entries, nil
}
