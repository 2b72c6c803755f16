package web

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/movein"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/look"
)

// ChecksView is what the pages about websites and services show. Its methods are
// safe for concurrent use and end with their context, which carries who asks
// (access.FromContext): whoever sees some sites only is shown those only.
type ChecksView interface {
	// Checks gathers one page of the list of checks.
	Checks(ctx context.Context, f CheckFilter) (ChecksPage, error)

	// Check gathers what is known of one check, with samples of the range that
	// ends now. It fails with ErrNotFound.
	Check(ctx context.Context, id string, r Range) (CheckPage, error)

	// CheckSites lists the sites that a check can belong to, the collector's own
	// first.
	CheckSites(ctx context.Context) ([]Site, error)
}

// ChecksActions is what people may do to checks. The context says who does it;
// whoever implements the methods sees to the audit record. They fail with
// ErrNotFound when what they are about is gone or is not seen, and with
// settings.Problems when what was asked for cannot be, also for checks that the
// configuration file declares.
type ChecksActions interface {
	// AddCheck adds a check and returns its ID, which is made of the name when
	// it is empty. With from, the ID of another check, a masked target that was
	// not touched is that check's.
	AddCheck(ctx context.Context, c settings.Check, from string) (id string, err error)

	// EditCheck changes a check; a masked target that was not touched stays.
	EditCheck(ctx context.Context, c settings.Check) error

	// PauseCheck stops looking, or looks again.
	PauseCheck(ctx context.Context, id string, paused bool) error

	// RemoveCheck takes a check out.
	RemoveCheck(ctx context.Context, id string) error

	// RestoreCheck undoes RemoveCheck.
	RestoreCheck(ctx context.Context, id string) error

	// TryCheck looks once, and stores nothing. It fails with ErrTooMany when
	// too many looks are tried at once, or by one person. from is as in
	// AddCheck.
	TryCheck(ctx context.Context, c settings.Check, from string) (look.Result, error)

	// TryStored is TryCheck for a check that is there, as it is.
	TryStored(ctx context.Context, id string) (look.Result, error)

	// PreviewChecks reads a list of checks and says what taking it over would
	// do. It fails with a *csvfile.Error, which has a Key and Args.
	PreviewChecks(ctx context.Context, list []byte) (CheckImport, error)

	// ImportChecks takes over what is right in a list that was previewed; key is
	// CheckImport.Key. It fails with ErrNotFound when the preview is gone.
	ImportChecks(ctx context.Context, key string) (taken int, err error)
}

// ErrTooMany says that this was asked for too often.
var ErrTooMany = errors.New("this was asked for too often; wait a moment")

// Bounds of the pages about checks.
const (
	MaxChecksShown  = 50 // of one page
	maxCheckSites   = 500
	maxRemoved      = 20
	maxImportShown  = 300
	MaxCheckList    = movein.MaxBytes // of a list that is taken over
	uptimeHours     = 24
	maxCheckTexts   = 25_000 // bytes of a field that holds several texts
	maxCheckAddress = 2100
)

// CheckState is how a check is, in one word.
type CheckState string

// The states, the worst first.
const (
	CheckBad     CheckState = "bad"     // it answers wrongly or not at all
	CheckUnknown CheckState = "unknown" // it could not be looked at
	CheckFirst   CheckState = "first"   // it was not looked at yet
	CheckGood    CheckState = "good"
	CheckPaused  CheckState = "paused"
)

// CheckStates lists every state.
func CheckStates() []CheckState {
	return []CheckState{CheckBad, CheckUnknown, CheckFirst, CheckGood, CheckPaused}
}

// CheckOrder is what a list of checks is sorted by.
type CheckOrder string

// The orders.
const (
	ByState       CheckOrder = "state" // the worst first, then by name
	ByName        CheckOrder = "name"
	BySite        CheckOrder = "site"
	ByTook        CheckOrder = "took"        // the slowest first
	ByCertificate CheckOrder = "certificate" // the one that ends first, first
)

// CheckOrders lists every order; the first is the usual one.
func CheckOrders() []CheckOrder { return []CheckOrder{ByState, ByName, BySite, ByTook, ByCertificate} }

// CheckFilter chooses checks; empty fields choose all.
type CheckFilter struct {
	Site   string
	State  CheckState
	Text   string // words that must all be in ID, name, target or site, letter case aside; at most MaxFilter bytes
	Order  CheckOrder
	Offset int
	Limit  int // at most so many; MaxChecksShown
}

// ChecksPage is one page of the list of checks.
type ChecksPage struct {
	Sites    []Site // all that are seen, for the choice
	Checks   []CheckRow
	Matching int                // how many match the filter
	States   map[CheckState]int // of all that are seen, whatever the filter
	Removed  []RemovedCheck     // lately, newest first
	LeftOut  []CheckProblem     // what was added here and is not in use
	LineDown bool               // our own line is down: what is outside is unknown
	File     string             // the configuration file; "" when there is none
}

// RemovedCheck is a check that can be restored.
type RemovedCheck struct {
	ID, Name string
	At       time.Time
}

// CheckProblem says why a check is not in use.
type CheckProblem struct {
	ID       string
	Problems settings.Problems
}

// CheckRow is a check in short.
type CheckRow struct {
	Check
	Site   Site
	Paused bool
	File   string // that declares it; "": it was added here

	// Hours is the share of good looks in each of the last 24 hours, the oldest
	// first; NaN where there were none. Nil: not asked for.
	Hours  []float64
	Uptime float64 // of the 24 hours together; NaN: there was no look
}

// State is how the check is.
func (c CheckRow) State() CheckState {
	switch {
	case c.Paused:
		return CheckPaused
	case c.Result == nil:
		return CheckFirst
	case c.Result.Outcome == look.OK:
		return CheckGood
	case c.Result.Outcome == look.Unknown:
		return CheckUnknown
	default:
		return CheckBad
	}
}

// HasUptime reports whether there was a look in the last 24 hours.
func (c CheckRow) HasUptime() bool { return !math.IsNaN(c.Uptime) }

// CheckPage is one check.
type CheckPage struct {
	CheckRow
	Spec      settings.Check // with a masked target
	Aspects   []Aspect       // that are watched of it
	Job       *JobPage       // nil: it is no job
	Places    []CheckPlace   // from where it is looked at; none: from the collector only
	Phrase    string         // of vantage.Phrase, how it is seen from there
	Charts    []DeviceChart
	From, To  time.Time           // of the charts
	Step      time.Duration       // between two points of the charts
	Incidents []incident.Incident // of this check: those that are not closed, and the newest closed ones
	Hanging   Hanging
}

// CheckPlace is a place from where a check is looked at.
type CheckPlace struct {
	Name    string
	Device  string // ID; "": the collector
	Word    string // of vantage.Word
	At      time.Time
	Took    time.Duration
	Problem *look.Problem
}

// The charts of a check; each is the key of a title "web.chart.<kind>".
const (
	ChartSuccess  = "check_success"
	ChartDuration = "check_duration"
)

// CheckImport is what taking over a list would do.
type CheckImport struct {
	Key     string        // for ImportChecks
	Format  movein.Format // the program that wrote it; "" for a list of a spreadsheet
	Unknown []string      // titles of columns that are left out
	Losses  []movein.Loss // of the whole file
	Lines   []ImportLine
}

// ImportKind is what a line of a list would do.
type ImportKind string

// The kinds.
const (
	ImportWrong     ImportKind = "wrong"
	ImportLeft      ImportKind = "left" // there is no such check here; its losses say why
	ImportNew       ImportKind = "new"
	ImportChanged   ImportKind = "changed"
	ImportUnchanged ImportKind = "unchanged"
)

// ImportKinds lists every kind in the order in which they are shown.
func ImportKinds() []ImportKind {
	return []ImportKind{ImportWrong, ImportLeft, ImportChanged, ImportNew, ImportUnchanged}
}

// ImportLine is one line of a list.
type ImportLine struct {
	Line     int // of the file
	Kind     ImportKind
	ID, Name string
	Target   string // masked
	Problems settings.Problems
	Changes  []settings.Change // of ImportChanged; without the ID in front
	Losses   []movein.Loss     // what of it does not come along
	Paused   bool              // it comes paused because of that
}
