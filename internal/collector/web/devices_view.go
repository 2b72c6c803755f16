package web

import (
	"context"
	"errors"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/web/chart"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/secret"
)

// DevicesView is what the pages about devices and agents show. Its methods are
// safe for concurrent use and end with their context, which carries who asks
// (access.FromContext): whoever sees some sites only is shown those only.
// Strings that agents sent are given as they are; the pages escape and shorten
// them.
type DevicesView interface {
	// Devices gathers one page of the list of devices.
	Devices(ctx context.Context, f DeviceFilter) (DevicesPage, error)

	// Device gathers what is known of one device, with samples of the range that
	// ends now. It fails with ErrNotFound.
	Device(ctx context.Context, id string, r Range) (DevicePage, error)

	// Agents gathers every agent and enrolment token.
	Agents(ctx context.Context) (AgentsPage, error)
}

// DevicesActions is what people may do to devices and agents. by is who does
// it, as in the audit record (access.Identity.Actor); whoever implements the
// methods sees to that record. Every method fails with ErrNotFound when what it
// is about is gone, and with ErrRefused when what was asked for cannot be.
type DevicesActions interface {
	// EditDevices changes what people say of devices: of all or of none. undo
	// takes it back; it is empty when nothing was changed. What cannot be is told
	// by *Mistake, joined when there are several.
	EditDevices(ctx context.Context, by string, ids []string, e DeviceEdit) (undo string, err error)

	// RemoveDevices takes devices out of the watch: all or none. Their agents are
	// refused from then on.
	RemoveDevices(ctx context.Context, by string, ids []string) (undo string, err error)

	// RestoreDevices takes back that devices were removed: all or none.
	RestoreDevices(ctx context.Context, by string, ids []string) (undo string, err error)

	// PreviewDevices reads a list of devices, a CSV file as spreadsheets make
	// them, tells what taking it over would do, and keeps it for a while. A list
	// that cannot be read is a *csvfile.Error.
	PreviewDevices(ctx context.Context, by string, list []byte) (DeviceImport, error)

	// ImportDevices takes over the right lines of a list that the same person
	// previewed. It fails with ErrNotFound when that was too long ago.
	ImportDevices(ctx context.Context, by, key string) (undo string, err error)

	// Undo takes a change back by what the method that made it returned; another
	// undo takes this back. It fails with ErrNotFound when that was too long ago,
	// or somebody else's doing.
	Undo(ctx context.Context, by, undo string) (again string, err error)

	// MergeDevices makes the device from a part of the device into: into keeps
	// its ID, its history and its past samples, and from is gone.
	MergeDevices(ctx context.Context, by, from, into string) error

	// KeepApart says that two devices are two, so that nobody proposes again to
	// merge them.
	KeepApart(ctx context.Context, by, a, b string) error

	// RevokeAgent refuses the agent from now on.
	RevokeAgent(ctx context.Context, by, id string) error

	// CreateEnrolToken makes a token; its secret is told this one time.
	CreateEnrolToken(ctx context.Context, by string, n NewEnrolToken) (EnrolToken, error)

	// RevokeEnrolToken ends a token; agents that were enrolled with it stay.
	RevokeEnrolToken(ctx context.Context, by, id string) error
}

// ErrRefused says that what a form asked for cannot be done.
var ErrRefused = errors.New("what was asked for cannot be done")

// Mistake is an ErrRefused that says what cannot be. Code names a sentence,
// "web.mistake.<code>".
type Mistake struct {
	Field string // of the form; empty: about all of it
	Code  string
}

// Error is for the log; people are told in their language.
func (m *Mistake) Error() string { return "mistake in " + m.Field + ": " + m.Code }

// Is makes it an ErrRefused.
func (m *Mistake) Is(target error) bool { return target == ErrRefused }

// Bounds of the pages about devices.
const (
	MaxDevices   = 75 // devices, and agents, of one page
	maxProposals = 20
	maxTokens    = 100
	maxClones    = 20
	maxCharts    = 24
	maxKinds     = 32   // kinds of facts
	maxColumns   = 10   // fields of a kind that are columns; the others are left out
	maxItems     = 2000 // things of one kind
	maxChanges   = 100
	maxIncidents = 30 // of one device
	maxRooms     = 500
	maxWord      = 100 // characters of a short text that a form takes
	maxShown     = 160 // characters shown of a text from an agent
	maxBrief     = 60  // of one in a list
	maxUses      = 10_000
)

// ClockNotice is how wrong an agent's clock must be to be told.
const ClockNotice = 30 * time.Second

// Condition is one thing that is told of a device in the list. The first six
// exclude each other.
type Condition string

// The conditions.
const (
	Heard  Condition = "heard"  // lately
	Silent Condition = "silent" // it should be heard and is not
	Off    Condition = "off"    // not heard lately, which is normal for its class
	Never  Condition = "never"  // nothing was ever heard of it

	Unasked Condition = "unasked" // it is asked over the network, and could not be
	Paused  Condition = "paused"  // it would be asked over the network, and is not for now

	RestartPending Condition = "restart_pending" // installed updates wait for a restart
	UpdateOverdue  Condition = "update_overdue"
	AntivirusOff   Condition = "antivirus_off"
	AntivirusOld   Condition = "antivirus_old" // its signatures are out of date
	FirewallOff    Condition = "firewall_off"
	DiskFailing    Condition = "disk_failing"
	ClockWrong     Condition = "clock_wrong"
	Cloned         Condition = "cloned"
)

// Conditions lists every condition in the order in which they are shown.
func Conditions() []Condition {
	return []Condition{
		Heard, Silent, Off, Never, Unasked, Paused,
		DiskFailing, Cloned, AntivirusOff, AntivirusOld, FirewallOff, UpdateOverdue, RestartPending, ClockWrong,
	}
}

// DeviceFilter chooses devices; empty fields choose all.
type DeviceFilter struct {
	Site    string
	Room    string // ID
	Class   fleet.Class
	Kind    look.Kind // of what is looked at over the network
	System  string    // windows, linux, darwin; SystemNone: no agent says
	State   Condition // devices of which this is told
	Removed bool      // those that were removed and can come back, and no others
	Sort    string    // one of Sorts; empty: by name
	Down    bool      // the last first
	Text    string    // words that must all be in ID, name, room, model, system, serial or asset number, letter case aside; at most MaxFilter bytes
	Offset  int       // devices that are left out before the first
	Limit   int       // at most so many; MaxDevices
}

// SystemNone chooses devices without an agent.
const SystemNone = "none"

// Sorts lists what a list of devices can be sorted by.
func Sorts() []string {
	return []string{"name", "room", "class", "model", "os", "heard", "state"}
}

// DevicesPage is one page of the list of devices.
type DevicesPage struct {
	Sites     []Site      // all that are seen, for the choice
	Rooms     []Room      // of the chosen site, or of the only one
	Kinds     []look.Kind // that there are, for the choice
	Removed   int         // devices that can come back
	Devices   []DeviceRow // those of this page, sorted by name
	Matching  int         // how many match the filter
	Proposals []Proposal  // all open ones, whatever the filter; newest first
}

// Site is a place of the institution.
type Site struct{ ID, Name string }

// Room is a room of a site.
type Room struct{ ID, Name string }

// DeviceRow is a device in short.
type DeviceRow struct {
	ID, Name   string
	Site       Site
	Room       string // its name; empty: not told
	RoomID     string
	Seat       string    // its place in the room; empty: not told
	Kind       look.Kind // of what is looked at over the network; empty: not looked at, or not known yet
	Gist       Gist
	System     string    // as its agent says; empty: there is none
	Removed    time.Time // zero: it was not
	Own        bool      // the collector's own computer, which stays
	Class      fleet.Class
	Model, OS  string
	Serial     string
	Asset      string // the accountant's number
	Hostname   string
	LastHeard  time.Time // zero: never
	Conditions []Condition
}

// Proposal says that two devices are probably one computer that was set up
// anew.
type Proposal struct {
	New, Old DeviceRow
	Reasons  []string // keys of sentences "web.reason.<reason>"; others are shown as they are
	Made     time.Time
}

// Range is how far back the charts of a device reach.
type Range string

// The ranges.
const (
	Hour Range = "1h"
	Day  Range = "24h"
	Week Range = "7d"
	Year Range = "365d"
)

// Ranges lists the ranges, the shortest first.
func Ranges() []Range { return []Range{Hour, Day, Week, Year} }

// Length is how far back a range reaches.
func (r Range) Length() time.Duration {
	switch r {
	case Hour:
		return time.Hour
	case Week:
		return 7 * 24 * time.Hour
	case Year:
		return 365 * 24 * time.Hour
	default:
		return 24 * time.Hour
	}
}

// DevicePage is one device.
type DevicePage struct {
	Device    DeviceRow
	Created   time.Time
	FactsAt   time.Time // when its inventory was last taken; zero: never
	Agent     *Agent    // the one that speaks for it now; nil: none
	Spool     Spool     // as the agent last said
	Facts     []look.FactSet
	Charts    []DeviceChart
	From, To  time.Time           // of the charts
	Step      time.Duration       // between two points of the charts
	Changes   []Change            // newest first; the first maxChanges are shown
	Incidents []incident.Incident // of this device: those that are not closed, and the newest closed ones
	Rooms     []string            // names of the rooms of its site, for the choice

	Look *DeviceLook // by the network; nil: it is not looked at so

	Parents, Power []string // what it hangs on, as the console has it: IDs
	Hanging        Hanging
}

// Spool is what an agent holds and the collector does not have yet.
type Spool struct {
	Samples int64
	Oldest  time.Time // zero: there are none
	Dropped int64     // samples given up since the agent was enrolled
	Notice  string    // trouble with the agent's own file, English
}

// The kinds of charts; each is the key of a title "web.chart.<kind>".
const (
	ChartCPU     = "cpu"
	ChartMemory  = "memory"
	ChartSwap    = "swap"
	ChartDisk    = "disk"       // how full a filesystem is
	ChartDiskIO  = "disk_io"    // lines "read" and "write"
	ChartNetwork = "network"    // lines "receive" and "transmit"
	ChartLoad    = "load"       // Linux
	ChartPush    = "agent_send" // what the agent costs the line

	// Of what is looked at over the network.
	ChartSupply      = "supply"      // what is left of a supply
	ChartPages       = "pages"       // in an hour
	ChartCharge      = "charge"      // of a UPS
	ChartRuntime     = "runtime"     // that it would last
	ChartUPSLoad     = "ups_load"    // of what it can bear
	ChartPorts       = "ports"       // all of them; lines "receive" and "transmit"
	ChartPort        = "port"        // one of the busiest; the same lines
	ChartTemperature = "temperature" // in degrees Celsius
	ChartClients     = "clients"     // of an access point
)

// DeviceChart is one chart of a device.
type DeviceChart struct {
	Kind  string // one of the above
	Item  string // which disk, which network card; empty when there is one only
	Unit  chart.Unit
	Full  float64      // the whole: bytes of memory, of the disk; 0: there is no such thing
	Lines []chart.Line // a name is the key of a word "web.line.<name>"; empty when there is one only
}

// Change is a change of what is known of a device.
type Change struct {
	Time        time.Time
	Kind        string // of the fact, or "device" for what people say of it
	Item, Field string // Field empty: the whole item came (New says what it is) or went (Old does)
	Old, New    string
	By          string // who changed it; empty: it was seen
}

// MaxDeviceList bounds a list of devices, in bytes.
const MaxDeviceList = 2_000_000

// DeviceImport is what taking over a list would do.
type DeviceImport struct {
	Key     string   // of the list that is kept
	Unknown []string // titles of columns that were left out
	Lines   []DeviceLine
}

// DeviceLine is one line of a list.
type DeviceLine struct {
	Line     int // of the file
	Kind     ImportKind
	ID, Name string
	Problems []Mistake      // of ImportWrong; Field is the column
	Changes  []DeviceChange // of ImportChanged, and what a new one is
}

// DeviceChange is a field that a line changes.
type DeviceChange struct{ Field, Old, New string }

// DeviceEdit is what people say of a device; nil leaves a field as it is.
type DeviceEdit struct {
	Name  *string
	Room  *string // the room's name; one that the site does not have is made; empty: none
	Class *fleet.Class
	Asset *string
	Seat  *string

	// What it hangs on, by IDs or names; of each list any one is enough.
	Parents, Power *[]string
}

// AgentsPage is every agent, and every token by which agents are enrolled.
type AgentsPage struct {
	Sites  []Site
	Agents []Agent      // in any order, revoked ones included
	Tokens []TokenEntry // newest first
}

// Agent is a program on a computer.
type Agent struct {
	ID          string
	Device      string // ID of the device for which it speaks
	DeviceName  string
	Site        Site
	Hostname    string
	System      string // windows, linux, darwin
	Version     string
	Address     string // from where it last called
	Token       string // the name of the token by which it was enrolled
	Enrolled    time.Time
	LastHeard   time.Time     // zero: never
	Revoked     time.Time     // zero: it is not
	Silent      bool          // not heard lately
	ClockOffset time.Duration // how far its clock is behind the collector's; negative: ahead
	Clone       *Clone        // nil: it lives once
}

// Clone says that two computers live under one agent's identity.
type Clone struct {
	Address, Other string
	Since          time.Time
}

// TokenEntry is an enrolment token without its secret.
type TokenEntry struct {
	ID      string
	Site    Site
	Class   fleet.Class // that its computers get; empty: what the system says of itself
	By      string
	Created time.Time
	Expires time.Time
	Left    int       // uses that are left
	Uses    int       // uses in all
	Revoked time.Time // zero: it is not
}

// Usable reports whether a token still enrols somebody.
func (t TokenEntry) Usable(now time.Time) bool {
	return t.Revoked.IsZero() && t.Left > 0 && now.Before(t.Expires)
}

// NewEnrolToken is what a token shall be.
type NewEnrolToken struct {
	Site  string
	TTL   time.Duration
	Uses  int
	Class fleet.Class // empty: what the system says of itself
}

// EnrolToken is a token that was made just now.
type EnrolToken struct {
	TokenEntry
	Secret secret.String // as wire.EnrolToken writes it, fingerprint included
	URL    string        // at which agents find the collector
}
