package web

import (
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

// DeviceLook is what looks over the network bring of a device: a printer, a
// switch, a UPS. Strings from the device are given as they are; the pages escape
// and shorten them.
type DeviceLook struct {
	Target string       // what is asked, without secrets: "snmp://10.20.0.5"
	File   string       // that declares how it is asked; "": it was added here
	Paused bool         // it is not asked for the time being
	Newest *look.Result // the newest look; nil: there was none yet
	Since  time.Time    // since when the newest looks end as the newest did; zero: not known

	// Told is the newest look to which the device told something of itself:
	// Newest, or an older one when it has stopped answering. Nil: none since the
	// collector was started. Otherwise Told.Device is not nil.
	Told *look.Result

	Left  map[string]float64 // days until a supply is used up, by Supply.Index; what is not forecast is absent
	Ports map[string]PortEnd // by Interface.Name
}

// PortEnd is what is known of the other end of a port, and how it goes.
type PortEnd struct {
	Things []Reference // devices that hang there, as far as they are known
	Others int         // addresses there that belong to nothing we know
	Errors float64     // packets with errors in the last hour; 0: none, or not known
}

// Bounds of what is shown of one device: of each list, and of all together.
const (
	maxLookLines  = 64
	maxSupplies   = 40
	maxTrays      = 20
	maxAlerts     = 30
	maxConsole    = 8
	maxSensors    = 80
	maxVolumes    = 40
	maxDiskRows   = 48
	maxNeighbours = 40
	portsOfPage   = 54
	maxPortThings = 3
)

// Gist is what matters of a device in a row of a list. The zero value says
// nothing.
type Gist struct {
	Supply    *look.Supply // that is used up first within OrderAhead, else the lowest whose level is known
	Days      *float64     // until it is used up; nil: not within OrderAhead, or nobody knows
	Lamp      *float64     // hours that the lamp was on, the longest
	Ports     int          // that something can be plugged into
	PortsUp   int
	OnBattery bool
	Charge    *float64 // percent of the battery
	Broken    int      // disks and volumes that failed
	Critical  int      // alerts of the device itself
}
