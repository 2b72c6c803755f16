package inventory

import (
	"context"
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

// Store keeps the inventory. Its methods are safe for concurrent use, each is
// one transaction, and what one stored is on the disk when it returns.
type Store interface {
	// Inventory reads everything but facts and history.
	Inventory(ctx context.Context) (Stored, error)
	// Apply stores a Batch, all or nothing, in the order of its fields, and
	// returns how many old changes made place for new ones.
	Apply(ctx context.Context, b Batch) (dropped int, err error)
	// Facts reads the facts of a device by kind; none of one that it does not
	// know.
	Facts(ctx context.Context, device string) ([]look.FactSet, error)
	// History reads at most limit changes of a device with numbers below before
	// (0: from the newest), newest first.
	History(ctx context.Context, device string, limit int, before uint64) ([]Entry, error)
}

// Stored is what Store.Inventory reads.
type Stored struct {
	Sites     []Site
	Rooms     []Room
	Devices   []Device
	Gone      []Gone // IDs that were given once, also those whose entries cannot be read
	Proposals []Proposal
	Apart     []Pair
}

// Gone is an ID that no device has any more.
type Gone struct {
	ID   string    `json:"id"`
	Into string    `json:"into,omitempty"` // the device that it was merged into; empty: it was removed
	At   time.Time `json:"at"`
	By   string    `json:"by,omitempty"` // who removed it

	// Of a device that can come back: what it was, and from which others it was
	// told apart. Its facts and its history stay as long as this does.
	Device *Device `json:"device,omitempty"`
	Apart  []Pair  `json:"apart,omitempty"`
}

// Pair is two devices in the order of their IDs.
type Pair struct {
	A string `json:"a"`
	B string `json:"b"`
}

// pairOf makes a Pair.
func pairOf(a, b string) Pair {
	if a > b {
		a, b = b, a
	}
	return Pair{a, b}
}

// Batch is a change of the inventory.
type Batch struct {
	Gone          []Gone // devices that go: their facts and history go too unless they can come back, or move to Into, where the newer facts of each kind stay
	DropSites     []string
	DropRooms     []string
	DropProposals []Proposal // by New and Old
	DropApart     []Pair

	Sites     []Site
	Rooms     []Room
	Devices   []Device // one of an ID that is gone is back
	Proposals []Proposal
	Apart     []Pair
	Facts     map[string][]look.FactSet // by device; each replaces what was stored of its kind
	Changes   map[string][]Change       // by device, oldest first, appended to the history
	Limit     int                       // of changes for each device
}
