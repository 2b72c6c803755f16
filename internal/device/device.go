// Package device looks at what is no computer of ours: printers, projectors,
// switches, UPSes, storage, cameras. It holds the contract between the parts:
// what a device was recognised as (Identity), what reads its family (Driver), what
// a look collects (Visit), and Watch, which does this for one device again and
// again and makes a look.Result of it.
//
// Who recognises is package recognise; one package below reads each family; all
// lists them. Protocols are those of packages snmp and pjlink. Nothing is stored
// here, and nothing is decided about alerts. Collector and agent both use it.
package device

import (
	"context"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// Agent is an SNMP agent as drivers see it; *snmp.Client is one. Its errors are
// those of package snmp. It is used by one goroutine at a time.
type Agent interface {
	// Get asks for objects; what the agent does not have is left out.
	Get(ctx context.Context, oids ...string) (snmp.Values, error)
	// Walk reads what is below root, at most limit variables (0: snmp.MaxWalk). It
	// returns what came before an error.
	Walk(ctx context.Context, root string, limit int) ([]snmp.Variable, error)
	// Table reads columns of the table with this entry. It returns what came
	// before an error.
	Table(ctx context.Context, entry string, columns ...int) ([]snmp.Row, error)
}

// Identity is what a device was recognised as. It changes seldom.
type Identity struct {
	// The system group (RFC 3418); empty where the agent has none.
	Descr, ObjectID, Name, Location, Contact string
	Uptime                                   uint64 // sysUpTime, hundredths of a second

	Vendor   string      // as people call the maker: HP, Cisco, APC …; empty: not known
	Kinds    []look.Kind // all that it is, the main one first; never empty
	Model    string
	Serial   string
	Firmware string
	Hardware string
	EngineID string          // snmpEngineID (RFC 3411), hexadecimal
	MACs     []string        // of its interfaces, lower case with colons, sorted
	Has      map[string]bool // which of the modules below answer
}

// Modules that Identity.Has tells of. They decide which drivers are asked.
const (
	HasPrinter   = "Printer-MIB"        // 1.3.6.1.2.1.43 (RFC 3805)
	HasInterface = "IF-MIB"             // 1.3.6.1.2.1.2 (RFC 2863)
	HasHost      = "HOST-RESOURCES-MIB" // 1.3.6.1.2.1.25 (RFC 2790)
	HasEntity    = "ENTITY-MIB"         // 1.3.6.1.2.1.47 (RFC 6933)
	HasBridge    = "BRIDGE-MIB"         // 1.3.6.1.2.1.17 (RFC 4188)
	HasUPS       = "UPS-MIB"            // 1.3.6.1.2.1.33 (RFC 1628)
	HasLLDP      = "LLDP-MIB"           // 1.0.8802.1.1.2
	HasPoE       = "POWER-ETHERNET-MIB" // 1.3.6.1.2.1.105 (RFC 3621)
)

// Is reports whether the device is of a kind, among others.
func (id Identity) Is(kind look.Kind) bool { return slices.Contains(id.Kinds, kind) }

// Kind is the main kind.
func (id Identity) Kind() look.Kind {
	if len(id.Kinds) == 0 {
		return look.Other
	}
	return id.Kinds[0]
}

// Visit collects what one look brings. Drivers add to it; what several of them
// know stays as the first said it.
type Visit struct {
	// Deep asks for everything, also for what changes seldom and costs many
	// requests: neighbours, stations, serial numbers. Without it a driver reads
	// what alerts and curves need.
	Deep bool
	// Last is what the last deep look saw; nil in a deep one. It is only read.
	Last *look.Device

	Device  look.Device
	Facts   map[string]string // what drivers know better than Identity; names are look's Fact…
	Samples []look.Sample     // beyond those that follow from Device and Facts (see samples.go)
	Events  []look.Event
}

// Fact notes a fact, unless it is empty or known already.
func (v *Visit) Fact(name, value string) {
	if value == "" || v.Facts[name] != "" {
		return
	}
	if v.Facts == nil {
		v.Facts = map[string]string{}
	}
	v.Facts[name] = value
}

// Add adds a sample. Its name is in package metric's catalogue.
func (v *Visit) Add(name string, value float64, labels ...look.Label) {
	v.Samples = append(v.Samples, look.Sample{Name: name, Value: value, Labels: labels})
}

// Told is a text of a device without blanks around it; "" for what devices write
// into a field that their makers or keepers left blank.
func Told(text string) string {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "n/a", "na", "none", "null", "unknown", "not available", "not specified", "not set", "default string", "to be filled by o.e.m.",
		"not applicable", "n.a.", "unspecified", "undefined", "(null)", "(none)", "<none>", "empty", "system serial number", "no serial number", "not initialized":
		return ""
	}
	if strings.Trim(text, " .-_*?0xX") == "" {
		return ""
	}
	return text
}

// Driver reads one family of devices by SNMP. It holds no state; its methods are
// safe for concurrent use.
type Driver interface {
	// Name is the family's: "printer".
	Name() string
	// Serves reports whether the driver has something to read on a device.
	Serves(id Identity) bool
	// Look reads. What it found before an error stays in the visit. An object
	// that the agent does not have is no error, nor is a value that makes no
	// sense: it is left out. Errors are the Agent's, wrapped.
	Look(ctx context.Context, a Agent, id Identity, v *Visit) error
}
