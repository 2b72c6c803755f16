package look

// Kind is what a device is. It is the Kind of the Result of a look at a device.
type Kind string

// The kinds of devices.
const (
	Printer     Kind = "printer" // copiers and multifunction devices too
	Projector   Kind = "projector"
	Display     Kind = "display" // monitors, signage, interactive boards
	Switch      Kind = "switch"
	Router      Kind = "router" // firewalls too
	AccessPoint Kind = "access-point"
	UPS         Kind = "ups"
	NAS         Kind = "nas"
	Camera      Kind = "camera"
	Recorder    Kind = "recorder"     // of cameras
	Server      Kind = "server"       // a computer whose system says that it serves
	ServerBoard Kind = "server-board" // the board in a server that answers for its hardware: iDRAC, iLO
	Computer    Kind = "computer"
	Other       Kind = "other" // it answers, and nothing more is known of it
)

// Kinds lists every kind of device.
func Kinds() []Kind {
	return []Kind{Printer, Projector, Display, Switch, Router, AccessPoint, UPS, NAS, Camera, Recorder, Server, ServerBoard, Computer, Other}
}

// Device is what a look at a device brings besides its facts and numbers. Its
// lists are in the device's own order. In JSON its fields stand beside those of
// the Result, and no list is null.
type Device struct {
	Kinds      []Kind      `json:"kinds"` // all that it is; the first is the Result's Kind
	Supplies   []Supply    `json:"supplies"`
	Trays      []Tray      `json:"trays"`
	Interfaces []Interface `json:"interfaces"`
	Sensors    []Sensor    `json:"sensors"`
	Volumes    []Volume    `json:"volumes"`
	Disks      []Disk      `json:"disks"`
	Alerts     []Alert     `json:"alerts"`
	Console    []string    `json:"console"` // lines of the device's own display
	Neighbours []Neighbour `json:"neighbours"`
	Stations   []Station   `json:"stations"`

	Deep     bool   `json:"-"` // everything was read, also what changes seldom
	Protocol string `json:"-"` // by which it was read: snmp or pjlink; empty: neither
}

// Names of facts that devices of every kind may tell.
const (
	FactVendor   = "vendor"
	FactModel    = "model" // without the vendor's name where it only repeats it
	FactSerial   = "serial"
	FactFirmware = "firmware" // or the version of its system
	FactHardware = "hardware" // revision of the hardware
	FactName     = "name"     // as its keeper set it
	FactLocation = "location" // as its keeper set it
	FactContact  = "contact"  // as its keeper set it
	FactMAC      = "mac"      // lower case, colons
	FactEngineID = "engine_id"
	FactPages    = "page_count"

	FactDescription = "description" // sysDescr (RFC 3418), bounded
	FactObjectID    = "object_id"   // sysObjectID (RFC 3418)
	FactUptime      = "uptime_seconds"
)

// SupplyState says what is known of a Supply's level. Names are those in which
// people speak of prtMarkerSuppliesLevel (RFC 3805, page 117).
type SupplyState string

// What is known of a supply.
const (
	SupplyKnown         SupplyState = "known"                  // Percent says how much is left
	SupplySomeRemaining SupplyState = "some_remaining"         // level -3: at least one unit, nobody knows how many
	SupplyUnknown       SupplyState = "unknown"                // level -2, or none
	SupplyUnrestricted  SupplyState = "no_restriction"         // level -1
	SupplyNoCapacity    SupplyState = "level_without_capacity" // a level, and no capacity to hold it against
)

// Supply is something that is used up, or a box that fills (RFC 3805,
// prtMarkerSuppliesTable). Percent is what is left: of a box, the room in it.
type Supply struct {
	Index    string      `json:"index"`              // in the device's table: "1.3"
	Name     string      `json:"name"`               // as the device calls it
	Type     string      `json:"type"`               // of PrtMarkerSuppliesTypeTC (RFC 3805): toner, tonerCartridge, ink, opc, wasteToner, fuser …
	Colour   string      `json:"colour,omitempty"`   // black, cyan, magenta, yellow …; empty: none or not told
	Part     string      `json:"part,omitempty"`     // what to order: CF400X; empty: not told
	Serial   string      `json:"serial,omitempty"`   // of the cartridge itself
	Unit     string      `json:"unit,omitempty"`     // of Level and Capacity, of PrtMarkerSuppliesSupplyUnitTC: percent, impressions …
	Fills    bool        `json:"fills"`              // class receptacleThatIsFilled: it ends when it is full
	Level    *float64    `json:"level,omitempty"`    // in Unit
	Capacity *float64    `json:"capacity,omitempty"` // in Unit
	Percent  *float64    `json:"percent"`            // 0 to 100; nil: not known, never guessed
	State    SupplyState `json:"state"`
}

// Tray holds paper (RFC 3805, prtInputTable).
type Tray struct {
	Index    string   `json:"index"`
	Name     string   `json:"name"`
	Media    string   `json:"media,omitempty"`
	Capacity *float64 `json:"capacity,omitempty"` // sheets
	Level    *float64 `json:"level,omitempty"`    // sheets
	State    string   `json:"state"`              // known, some_remaining, empty, unknown, no_restriction, missing
}

// Interface is one row of IF-MIB (RFC 2863) with what other MIBs say of it.
// Counters are as the device gives them.
type Interface struct {
	Index       int    `json:"index"` // ifIndex; may be another after a restart
	Name        string `json:"name"`  // ifName, or ifDescr where there is none; told apart from others of the same name by #ifIndex
	Description string `json:"description,omitempty"`
	Alias       string `json:"alias,omitempty"` // as its keeper set it
	Type        int    `json:"type"`            // IANAifType: 6 ethernetCsmacd …
	MAC         string `json:"mac,omitempty"`
	SpeedBPS    uint64 `json:"speed_bps"` // bits per second; 0: not told
	Admin       string `json:"admin"`     // up, down, testing, or "" where not told
	Oper        string `json:"oper"`      // up, down, testing, unknown, dormant, notPresent, lowerLayerDown, or ""
	Duplex      string `json:"duplex,omitempty"`
	Physical    bool   `json:"physical"` // something can be plugged in, or it is a radio

	HighCapacity bool    `json:"hc"` // InOctets and OutOctets are ifHCInOctets and ifHCOutOctets
	InOctets     *uint64 `json:"in_octets,omitempty"`
	OutOctets    *uint64 `json:"out_octets,omitempty"`
	InErrors     *uint64 `json:"in_errors,omitempty"`
	OutErrors    *uint64 `json:"out_errors,omitempty"`
	InDiscards   *uint64 `json:"in_discards,omitempty"`
	OutDiscards  *uint64 `json:"out_discards,omitempty"`

	LastChange    uint64 `json:"last_change,omitempty"`   // ifLastChange, hundredths of a second of sysUpTime
	Discontinuity uint64 `json:"discontinuity,omitempty"` // ifCounterDiscontinuityTime, the same

	PoE      string   `json:"poe,omitempty"` // pethPsePortDetectionStatus (RFC 3621): deliveringPower, searching, fault …
	PoEWatts *float64 `json:"poe_watts,omitempty"`
}

// SensorClass is what a Sensor measures; it decides the unit.
type SensorClass string

// What sensors measure, with the unit of their values.
const (
	Temperature SensorClass = "temperature" // degrees Celsius
	FanSpeed    SensorClass = "fan"         // revolutions per minute
	Voltage     SensorClass = "voltage"     // volts
	Current     SensorClass = "current"     // amperes
	Power       SensorClass = "power"       // watts
	Apparent    SensorClass = "apparent"    // volt-amperes
	Frequency   SensorClass = "frequency"   // hertz
	Humidity    SensorClass = "humidity"    // percent
	Charge      SensorClass = "charge"      // percent of a battery
	Load        SensorClass = "load"        // percent of what it can bear, or of a processor
	Memory      SensorClass = "memory"      // percent in use
	Runtime     SensorClass = "runtime"     // seconds that a battery lasts
	LampHours   SensorClass = "lamp"        // hours that a light source was lit
	FilterHours SensorClass = "filter"      // hours that a filter was used
	SignalDBM   SensorClass = "signal"      // decibel milliwatts
	Clients     SensorClass = "clients"     // stations of an access point
	Status      SensorClass = "status"      // State says it; Value is 0 ok, 1 warning, 2 failed
)

// Unit is how people write the unit of the class's values; empty: they have none.
func (c SensorClass) Unit() string {
	switch c {
	case Temperature:
		return "°C"
	case FanSpeed:
		return "rpm"
	case Voltage:
		return "V"
	case Current:
		return "A"
	case Power:
		return "W"
	case Apparent:
		return "VA"
	case Frequency:
		return "Hz"
	case Humidity, Charge, Load, Memory:
		return "%"
	case Runtime:
		return "s"
	case LampHours, FilterHours:
		return "h"
	case SignalDBM:
		return "dBm"
	}
	return ""
}

// Sensor is one measurement of a device. State is ok, warning or failed as the
// device itself judges it, and empty where it does not.
type Sensor struct {
	Name  string      `json:"name"` // unlike that of any other sensor of the class
	Class SensorClass `json:"class"`
	Value float64     `json:"value"`
	Unit  string      `json:"unit,omitempty"` // the class's; device.Watch fills it in
	State string      `json:"state,omitempty"`
}

// States in which sensors, disks and volumes judge themselves.
const (
	StateOK      = "ok"
	StateWarning = "warning"
	StateFailed  = "failed"
)

// Volume is a filesystem, or a pool or array of disks.
type Volume struct {
	Name      string `json:"name"`
	Type      string `json:"type"` // fixed, removable, network, flash; ram, swap; raid: what is free is no room for files; system: its keeper cannot change it; recordings: full by design
	SizeBytes uint64 `json:"size_bytes"`
	UsedBytes uint64 `json:"used_bytes"`
	State     string `json:"state,omitempty"`  // ok, warning or failed; empty: not told
	Detail    string `json:"detail,omitempty"` // the device's word: degraded, crashed, rebuilding …
}

// Disk is a drive in a device.
type Disk struct {
	Name   string `json:"name"`
	Model  string `json:"model,omitempty"`
	Serial string `json:"serial,omitempty"`
	State  string `json:"state"`            // ok, warning or failed; empty: not told
	Detail string `json:"detail,omitempty"` // the device's word
}

// Alert is something that a device complains of now. Code is one of RFC 3805's
// PrtAlertCodeTC for printers (jam, coverOpen …), of the upsAlarm… of RFC 1628
// without that beginning for UPSes (onBattery, batteryBad …), and a word of the
// driver's for others.
type Alert struct {
	Severity string `json:"severity"` // critical, warning or other
	Code     string `json:"code"`
	Group    string `json:"group,omitempty"` // part of the device: supplies, mediaPath …
	Text     string `json:"text,omitempty"`  // the device's words
	Location string `json:"location,omitempty"`
}

// Neighbour is what a device says is at the other end of one of its ports (LLDP,
// CDP).
type Neighbour struct {
	Port       string   `json:"port"`        // Interface.Name
	Chassis    string   `json:"chassis"`     // MAC in lower case with colons where it is one
	RemotePort string   `json:"remote_port"` // as the neighbour calls it
	Name       string   `json:"name,omitempty"`
	Addresses  []string `json:"addresses,omitempty"`
	Bridge     bool     `json:"bridge"` // it is a switch, a router or an access point: the port is no edge
}

// Station is a MAC address that a switch learned behind a port (BRIDGE-MIB,
// Q-BRIDGE-MIB).
type Station struct {
	MAC  string `json:"mac"`
	Port string `json:"port"` // Interface.Name
	VLAN int    `json:"vlan,omitempty"`
}

// withLists returns the device with empty lists in place of nil ones.
func (d *Device) withLists() *Device {
	if d == nil {
		return nil
	}
	out := *d
	out.Kinds = list(out.Kinds)
	out.Supplies = list(out.Supplies)
	out.Trays = list(out.Trays)
	out.Interfaces = list(out.Interfaces)
	out.Sensors = list(out.Sensors)
	out.Volumes = list(out.Volumes)
	out.Disks = list(out.Disks)
	out.Alerts = list(out.Alerts)
	out.Console = list(out.Console)
	out.Neighbours = list(out.Neighbours)
	out.Stations = list(out.Stations)
	return &out
}

func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
