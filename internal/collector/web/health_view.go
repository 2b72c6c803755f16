package web

import (
	"context"
	"time"
)

// HealthView tells how the collector itself is. It is safe for concurrent use.
type HealthView interface {
	// Health measures everything at the moment of the call; what is counted is
	// of the last 24 hours. The charts reach back as far as r says.
	Health(ctx context.Context, r Range) (Health, error)
}

// Health is how the collector itself is. What could not be measured is zero,
// and where zero is a measurement, negative.
type Health struct {
	Version string
	Started time.Time
	Device  string // ID of its own computer

	Samples     SamplesHealth
	Disk        DiskHealth
	Copy        CopyHealth
	Backup      BackupHealth
	Telling     TellingHealth
	Rules       RulesHealth
	Looks       LooksHealth
	Door        DoorHealth
	Certificate CertificateHealth
	Clock       ClockHealth
	Heartbeat   HeartbeatHealth
	ReloadOver  bool // the last reload failed: an older configuration is in use
	Notices     []Notice

	Charts   []DeviceChart
	From, To time.Time
	Step     time.Duration
}

// SamplesHealth is how the database of samples is.
type SamplesHealth struct {
	PerSecond  float64 // stored lately; negative: not known
	Series     uint64
	Oldest     time.Time // zero: there is none
	KeptDays   int
	KeptBytes  uint64
	MemoryOnly bool // the disk cannot be written
	Failures   int  // results and requests that could not be written
	Bad        []Count
}

// DiskHealth is how the data folder fares.
type DiskHealth struct {
	Folder      string
	Size        uint64 // bytes of the whole data folder
	Free        int64  // bytes that may still be written; negative: not known
	PerDay      int64  // bytes by which the folder grows
	PaceKnown   bool   // PerDay is of six hours at least
	ReserveGone bool   // the reserve was given up to go on alerting
}

// Lasts is how long the disk lasts at today's pace; 0: it does not fill up, or
// it is not known.
func (d DiskHealth) Lasts() time.Duration {
	if !d.PaceKnown || d.PerDay <= 0 || d.Free < 0 {
		return 0
	}
	days := float64(d.Free) / float64(d.PerDay)
	return time.Duration(min(days, 100*365)*24) * time.Hour
}

// CopyHealth is the newest copy of budi.db. A copy is checked before it counts.
type CopyHealth struct {
	Made  time.Time // zero: there is none
	Bytes uint64
}

// TellingHealth is how what is owed to people gets to them.
type TellingHealth struct {
	Contacts int
	Waiting  int
	Oldest   time.Time // since when the oldest has waited; zero: none waits
	Problem  string    // of the last try for it, technical, English
	Sent     int
	GivenUp  int
}

// RulesHealth is how the rules fare.
type RulesHealth struct {
	Count      int
	Evaluated  time.Time // zero: not yet
	Took       time.Duration
	NotLoaded  bool // the rule files have a mistake: the ones before are in use
	Failing    []FailingRule
	StepErrors int // what followed from them could not be stored
	NoRoom     int // alerts that find no room among the incidents
}

// FailingRule is a rule whose last evaluation failed.
type FailingRule struct {
	Name    string
	Problem string // technical, English
}

// LooksHealth is how the looking fares.
type LooksHealth struct {
	Made, Late, Skipped int
}

// DoorHealth is what came through the doors for agents and programs.
type DoorHealth struct {
	Agents   int     // that are enrolled
	Requests int     // let in or not
	Failed   int     // that failed for a reason of the collector's own
	Samples  int     // stored
	Refused  []Count // requests at the agents' door, by the code of the reason
	Bad      []Count // samples that were skipped, by reason
}

// Count is how often something happened.
type Count struct {
	Key string
	N   int
}

// CertificateHealth is what the collector shows to browsers and agents.
type CertificateHealth struct {
	TLS            bool
	Own            bool      // made by the collector's own authority, which renews it
	Until          time.Time // of the certificate
	AuthorityUntil time.Time // with Own
}

// ClockHealth compares the collector's clock with those of the agents' computers
// that were heard lately.
type ClockHealth struct {
	Compared int
	Apart    int           // of them, by ClockNotice and more
	Offset   time.Duration // the middle one; positive: the collector's clock is ahead
}

// HealthRanges are those of the charts of the collector itself.
func HealthRanges() []Range { return []Range{Day, Week, Year} }

// Kinds of the charts of the collector itself.
const (
	ChartSelfSamples = "self_samples" // stored a second
	ChartSelfSeries  = "self_series"
	ChartSelfData    = "self_data"   // lines "data" and "free"
	ChartSelfMemory  = "self_memory" // of the process
	ChartSelfRules   = "self_rules"  // seconds for all rules
	ChartSelfOutbox  = "self_outbox"
)
