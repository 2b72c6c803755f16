package web

import (
	"context"
	"errors"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
)

// IncidentsView is what the pages about incidents and silences show: to who
// sees some sites only, those of these sites. Its methods are safe for
// concurrent use and end with their context.
type IncidentsView interface {
	// Incident returns one incident, closed ones included. It fails with
	// ErrNotFound.
	Incident(ctx context.Context, id incident.ID) (IncidentPage, error)

	// Open returns all incidents that are not closed, in any order.
	Open(ctx context.Context) ([]incident.Incident, error)

	// Journal looks for closed incidents, newest number first.
	Journal(ctx context.Context, q JournalQuery) (JournalPage, error)

	// Places returns the sites, and what else a silence can be about.
	Places(ctx context.Context) (Places, error)

	// Silences returns all silences that are not forgotten, in any order.
	Silences(ctx context.Context) ([]Silence, error)

	// Device returns the ID and the site of the device with an ID or, where only
	// one of a site has it, with a name; site may be empty. It fails with
	// ErrNotFound.
	Device(ctx context.Context, site, text string) (id, at string, err error)
}

// IncidentsActions is what people may do about incidents and silences. by is
// the name of who does it. What belongs to a site that who asks does not see is
// not found. The console writes the audit record.
type IncidentsActions interface {
	// Acknowledge says that somebody looks after an incident until a moment;
	// zero: until it is over. Of two who do, the later moment holds. It fails
	// with incident.ErrNotOpen.
	Acknowledge(ctx context.Context, id incident.ID, by, comment string, until time.Time) error

	// TakeBack ends an acknowledgement. It fails with incident.ErrNotOpen and
	// incident.ErrNotAcked.
	TakeBack(ctx context.Context, id incident.ID, by string) error

	// Close fails with incident.ErrNotOpen and incident.ErrStillFiring.
	Close(ctx context.Context, id incident.ID, by, comment string) error

	// Comment says something about an incident, which may be closed. It fails
	// with ErrNotFound and as incident.Incident.With does.
	Comment(ctx context.Context, id incident.ID, by, text string) error

	// Repair says what was done about an incident, which may be closed; a later
	// word takes the place of those before, and an empty one takes them back. It
	// fails with ErrNotFound and as incident.Incident.With does.
	Repair(ctx context.Context, id incident.ID, by, text string) error

	// Publish says what whoever stands in the room may read of an incident, as
	// Repair says what was done.
	Publish(ctx context.Context, id incident.ID, by, text string) error

	// SilenceIncident makes a silence that covers the open incident, and others
	// of the same rule about the same device or check. It returns the silence's
	// ID and fails with incident.ErrNotOpen and as Silence does.
	SilenceIncident(ctx context.Context, id incident.ID, by, comment string, until time.Time) (string, error)

	// Silence makes a silence and returns its ID. It fails with ErrNotFound for
	// who may not make this one, ErrSilence and ErrSilencesFull.
	Silence(ctx context.Context, s Silence) (string, error)

	// EndSilence fails with ErrNotFound and ErrSilenceOver.
	EndSilence(ctx context.Context, id, by string) error

	// SilenceAgain takes EndSilence back and returns the new silence's ID. It
	// fails with ErrNotFound and ErrSilenceOver.
	SilenceAgain(ctx context.Context, id, by string) (string, error)
}

// Errors of silences.
var (
	ErrSilence      = errors.New("the silence cannot be")
	ErrSilencesFull = errors.New("there are as many silences as are allowed")
	ErrSilenceOver  = errors.New("the silence is over")
)

// Bounds of the pages about incidents.
const (
	pageIncidents = 50    // open ones of a page
	pageJournal   = 50    // closed ones of a page
	maxDownload   = 20000 // rows of a file
	maxSilences   = 100   // active ones, and as many that come
	maxEnded      = 20    // silences that are over
	maxChoices    = 500   // checks to choose from
	maxSilenceID  = 64    // bytes
	maxComment    = incident.MaxNoteLength
)

// IncidentPage is one incident and who was told about it.
type IncidentPage struct {
	Incident incident.Incident
	Messages []Message // oldest first

	// Silences cover it now; who sees some sites only is not shown those of all
	// sites, and Hidden is true then.
	Silences []Silence
	Hidden   bool

	// Because are the incidents that explain it, Symptoms those that are open and
	// that it explains, as far as who asks sees them.
	Because, Symptoms []incident.Incident
}

// Message is one row of the outbox.
type Message struct {
	Contact  string
	Kind     incident.Kind
	Reason   incident.Reason // of an update
	Owed     time.Time
	Sent     time.Time // zero: not sent
	Final    bool      // with Sent zero: given up
	Attempts int
	Problem  string // of the last attempt, technical, English
}

// JournalQuery says which closed incidents are looked for.
type JournalQuery struct {
	Before incident.ID // numbers below this one; 0: from the newest
	Limit  int

	// Values are texts that an incident must have, each as a label's value, as a
	// name or as its rule: incidents without are passed over quickly. Match
	// decides about the others; nil takes all.
	Values []string
	Match  func(incident.Incident) bool
}

// JournalPage is what a look into the journal found.
type JournalPage struct {
	Incidents []incident.Incident // newest number first

	// Next is where the search goes on: JournalQuery.Before. It is 0 when the
	// whole journal was looked through. A search ends early when it has looked
	// at many incidents, so that a page comes soon.
	Next incident.ID

	// Reached is when the last incident that was looked at began; zero: none.
	Reached time.Time
}

// Places is what silences and filters choose from.
type Places struct {
	Sites  []Site
	Checks []Place
	Rules  []string // names
}

// Place is something at a site.
type Place struct{ ID, Name, Site string }

// Matcher is one condition of a silence on a label.
type Matcher struct{ Name, Sign, Value string } // Sign: =, !=, =~, !~

// Silence keeps alerts that all matchers of one of its sets match from being
// told, between its two moments.
type Silence struct {
	ID           string
	Sets         [][]Matcher // one; programs may make silences with more
	Starts, Ends time.Time   // a start that is zero is now
	By, Comment  string
	Incidents    int  // open ones that it covers
	Again        bool // it was ended before its time, and that can be taken back
}
