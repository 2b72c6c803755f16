package web

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/budi-monitor/budi/internal/collector/reporting"
)

// ReportsView is what the pages show on which people report faults. Its methods
// are safe for concurrent use and end with their context.
type ReportsView interface {
	// RoomCode returns the code of a room's page, to who may see the room. It
	// fails with ErrNotFound.
	RoomCode(ctx context.Context, room string) (RoomCode, error)

	// RoomReports returns what stands on the page with a code, which everybody
	// may read. It fails with ErrNotFound.
	RoomReports(ctx context.Context, code string) (RoomReports, error)
}

// ReportsActions is what people do with these pages; by is who, as in the audit
// record, which whoever implements it sees to.
type ReportsActions interface {
	// OpenRoom gives a room a page, or a page that it has another code.
	OpenRoom(ctx context.Context, by, room string) error

	// CloseRoom takes the page of a room away.
	CloseRoom(ctx context.Context, by, room string) error

	// Report takes a fault that somebody reports on the page with a code; joined
	// says that it was known already. It fails with ErrNotFound, a *Mistake and
	// ErrTooManyReports.
	Report(ctx context.Context, code string, f FaultReport, from netip.Addr) (joined bool, err error)
}

// ErrTooManyReports says that too many faults were reported lately.
var ErrTooManyReports = errors.New("too many faults were reported lately")

// RoomCode is the address of a room's page.
type RoomCode struct {
	Room Room
	Code string // "": the room has no page
}

// RoomReports is what everybody may read of a room: nothing in it names a device
// or an address.
type RoomReports struct {
	Room   string // its name
	Things []ReportThing
	Known  []KnownFault
}

// ReportThing is a thing that people in a room know.
type ReportThing struct {
	Name string // for the form; tells nothing
	What reporting.What
	Seat string // "" when it has none, or may be any
}

// KnownFault is a fault that is known.
type KnownFault struct {
	ReportThing
	Since time.Time
	Says  string // what whoever looks after it wants people to know
	Cared bool   // somebody looks after it
}

// FaultReport is what somebody reports.
type FaultReport struct{ Thing, Wrong, Text, By string }
