package web

import (
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
)

// SiteLine is a site on the first page.
type SiteLine struct {
	Site
	Devices int
	Wrong   int // incidents that are open
	Unknown int // incidents of which nobody knows
}

// Unsure says why nobody knows how an open incident stands.
type Unsure string

// The reasons; each is the key of a sentence "web.unsure.<reason>".
const (
	UnsureLine   Unsure = "line"   // our own line is down
	UnsureLook   Unsure = "look"   // the look could not be made
	UnsureOff    Unsure = "off"    // its computer is off, as it may be
	UnsureSilent Unsure = "silent" // its computer should be heard and is not
	UnsureData   Unsure = "data"   // what is measured does not arrive
)

// The kinds of what is coming; each is the key of a sentence
// "web.coming.<kind>".
const (
	ComingCertificate = "certificate" // of a check: it ends
	ComingDomain      = "domain"      // of a check: its registration ends
	ComingOwn         = "own"         // the collector's own certificate ends
	ComingDisk        = "disk"        // Item will be full
	ComingSupply      = "supply"      // Item of a printer will be used up
	ComingEnrolToken  = "enrol_token" // it expires while it could still be used
	ComingAPIToken    = "api_token"   // it expires
	ComingRestart     = "restart"     // Count computers wait for one
	ComingSilent      = "silent"      // a server that is not heard, and nobody was told
)

// Coming is something that will need hands, before it is a fault.
type Coming struct {
	Kind  string
	At    time.Time // when; of what is silent: since when; zero: at any time
	Name  string    // what it is about
	Item  string    // which part of it
	Count int
	Site  Site
	Path  string // of the page about it
}

// maxComing bounds what is shown of what is coming.
const maxComing = 40

// MendedFor is how long the first page tells of what was mended.
const MendedFor = 24 * time.Hour

// mended are the incidents that ended lately.
func mended(recent []incident.Incident, now time.Time) []incident.Incident {
	var out []incident.Incident
	for _, inc := range recent {
		if now.Sub(inc.Ended) <= MendedFor && inc.EndReason != incident.Expired {
			out = append(out, inc)
		}
	}
	return out
}
