package web

import (
	"context"

	"github.com/budi-monitor/budi/internal/collector/incident"
)

// SearchView finds things by words. It is safe for concurrent use; ctx carries
// who asks, and what they may not see is not found.
type SearchView interface {
	// Search finds what holds all words; they are folded (Fold) and at least one.
	// Of each kind at most MaxFound are returned, the best first.
	Search(ctx context.Context, words []string) ([]FoundGroup, error)
}

// Bounds of the search.
const (
	MaxFound       = 10 // of one kind
	maxSearchWords = 8
)

// The kinds of what is found; each is the key of a title "web.found.<kind>".
const (
	FoundDevices   = "devices"
	FoundRooms     = "rooms"
	FoundSites     = "sites"
	FoundChecks    = "checks"
	FoundIncidents = "incidents"
	FoundPeople    = "people"
	FoundRunbooks  = "runbooks"
	FoundPages     = "pages"
)

// FoundGroup is what was found of one kind.
type FoundGroup struct {
	Kind  string
	Found []Found // the best first
	All   int     // how many there are
	Path  string  // of the page that lists all; empty: there is none
}

// Found is one thing.
type Found struct {
	Title, Text string
	Path        string
	Site        Site               // empty: it belongs to none
	Incident    *incident.Incident // in place of a title
	Conditions  []Condition        // of a device
}
