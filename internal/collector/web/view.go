package web

import (
	"context"
	"errors"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/look"
)

// View is what the pages show. Its methods are safe for concurrent use and end
// with their context.
type View interface {
	// Overview gathers what the first page shows.
	Overview(ctx context.Context) (Overview, error)

	// Samples lists the newest samples. filter is what a person typed above
	// them: words that must all be part of a sample's name or labels, letter
	// case aside; it may be empty and is at most MaxFilter bytes.
	Samples(ctx context.Context, filter string) (SamplesPage, error)
}

// ErrNotFound says that there is no such page or incident.
var ErrNotFound = errors.New("there is no such page")

// Bounds of what is shown and read.
const (
	MaxSamples = 100
	MaxFilter  = 200  // bytes
	MaxRecent  = 100  // closed incidents
	maxBody    = 64e3 // bytes of a form
)

// Overview is everything that the first page shows.
type Overview struct {
	Incidents []incident.Incident    // all that are not closed, in any order
	Unsure    map[incident.ID]Unsure // why nobody knows, of those whose evidence is unknown
	Recent    []incident.Incident    // the newest closed ones, newest first
	MailReady bool                   // false: nobody is told anything
	LineDown  bool                   // our own line is down: what is outside is unknown
	Checks    []Check                // in the order of the configuration
	Notices   []Notice               // newest first
	Sites     []SiteLine             // by name
	Coming    []Coming               // in any order
}

// SamplesPage is the collector's own computer and the newest values of all.
type SamplesPage struct {
	Computer *Computer // nil before the first look
	Samples  []Sample  // those that match the filter; the first MaxSamples are shown
	Matching int       // how many samples match
}

// Check is a website or a service that is looked at, and its newest look.
type Check struct {
	ID, Name, Target string
	Interval         time.Duration
	Result           *look.Result // nil before the first look
	CertificateEnds  time.Time    // zero: there is none
	DomainEnds       time.Time    // zero: it is no domain, or its registry does not tell
}

// Computer is the collector's own computer.
type Computer struct {
	Name   string
	System string    // name and version of the operating system
	Looked time.Time // when this was so

	Uptime               time.Duration // 0: not known
	CPU                  float64       // share in use, 0 to 1; negative: not known
	MemoryUsed, Memory   uint64        // bytes; Memory 0: not known
	SwapUsed, Swap       uint64        // bytes; Swap 0: none
	Disks                []Disk
	Load1, Load5, Load15 float64 // all 0: not known
	Processors           int     // 0: not known
}

// Disk is one filesystem.
type Disk struct {
	Mount       string
	Used, Total uint64 // bytes
}

// Sample is the newest value of one series.
type Sample struct {
	Name   string
	Labels []look.Label
	Value  float64
	Time   time.Time
}

// Notice is something that the collector has to say to its keeper.
type Notice struct {
	Time   time.Time
	Code   string            // key of a sentence in both languages: "notice.<code>"
	Args   map[string]string // fill the sentence
	Detail string            // technical text, English; stands alone when Code is empty
}
