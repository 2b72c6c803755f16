// Package digest is what a morning's digest and a month's summary say, and when
// which of them is due to whom. It is pure: incidents, what is coming and a time
// go in, values come out. Package mail puts them into words, package outbox
// carries them; whoever has another clock, as package simulate, calls the same
// functions.
//
// A digest is the proof of life too: when all is well it says so, so that a
// morning without one is a question.
package digest

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/fleet"
)

// The kinds of messages, beside those about incidents.
const (
	Morning incident.Kind = "digest"
	Monthly incident.Kind = "month"
)

// Bounds of one digest: it is stored, and read on a phone. Content.Left says
// what did not find room.
const (
	MaxListed  = 30 // of each list
	Ahead      = 7 * 24 * time.Hour
	AheadEnd   = 30 * 24 * time.Hour // for certificates and domains
	LongOpen   = 14 * 24 * time.Hour // acknowledged for so long: a suggestion
	LongUnsure = 7 * 24 * time.Hour  // unknown for so long: a suggestion
	Often      = 5                   // times within Lately: a suggestion
	Lately     = 30 * 24 * time.Hour
)

// Content is what one digest or summary says to one contact, in no language
// yet. It is stored as JSON.
type Content struct {
	Kind incident.Kind `json:"kind"`
	Day  string        `json:"day"`  // when it was due, 2006-01-02
	From time.Time     `json:"from"` // it tells of what happened from then
	To   time.Time     `json:"to"`   // to then

	Watched  Watched      `json:"watched"`
	Over     []Happened   `json:"over,omitempty"`  // ended since From, the newest first
	Open     []Happened   `json:"open,omitempty"`  // told and still there, the most urgent first
	Quiet    []Happened   `json:"quiet,omitempty"` // broken, and silenced or in maintenance
	Coming   []Coming     `json:"coming,omitempty"`
	Silent   []Silent     `json:"silent,omitempty"` // devices that may be off, and were not seen for long
	Suggests []Suggestion `json:"suggests,omitempty"`

	// Left counts by list what found no room in it: "over", "open", ….
	Left map[string]int `json:"left,omitempty"`

	Month *Month `json:"month,omitempty"` // of a summary
}

// Well reports whether nothing is broken and nobody has to do anything.
func (c Content) Well() bool { return len(c.Open) == 0 }

// Watched counts what is looked after.
type Watched struct {
	Devices int `json:"devices,omitempty"`
	Checks  int `json:"checks,omitempty"`
}

// Happened is an incident as a digest tells of it.
type Happened struct {
	Incident incident.Incident `json:"incident"`           // without notes
	Symptoms int               `json:"symptoms,omitempty"` // incidents that it explains
	New      bool              `json:"new,omitempty"`      // it began since From
}

// What is coming.
const (
	Certificate = "certificate"
	Domain      = "domain"
	Assessment  = "assessment"
	Maintenance = "maintenance"
	Holiday     = "holiday"
	Disk        = "disk"
)

// Coming is something to know of beforehand.
type Coming struct {
	Kind  string    `json:"kind"`
	Name  string    `json:"name"`            // of the check, the window, the holiday
	Key   string    `json:"key,omitempty"`   // of a name that the catalogue of texts has
	Sites []string  `json:"sites,omitempty"` // empty: everybody's
	Place string    `json:"place,omitempty"` // as people call it
	At    time.Time `json:"at"`
	Until time.Time `json:"until,omitzero"`
	Days  bool      `json:"days,omitempty"` // At and Until are days, without an hour
}

// Silent is a device that may be off, and was not seen for many working days.
type Silent struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Site  string    `json:"site,omitempty"`
	Place string    `json:"place,omitempty"` // room and site, as people call them
	Seen  time.Time `json:"seen,omitzero"`   // zero: never
	Days  int       `json:"days"`            // working days since
}

// The kinds of suggestions.
const (
	Repeated = "repeated" // the same fault again and again
	Waits    = "waits"    // acknowledged long ago, and still broken
	Unsure   = "unsure"   // nobody knows for long whether it is over
)

// Suggestion is what may be worth doing although nothing asks for it today.
type Suggestion struct {
	Kind     string            `json:"kind"`
	Incident incident.Incident `json:"incident"` // one that shows it; without notes
	Count    int               `json:"count,omitempty"`
}

// Facts is what digests are made from.
type Facts struct {
	Incidents []incident.Incident // open ones, and those that ended within Lately; in any order
	Coming    []Coming
	Silent    []Silent
	Watched   map[string]Watched // by site

	// Of months only.
	Checks []Availability
	Waited Waited
}

// Make writes a digest that is due. The result depends on nothing but the
// arguments.
func Make(due Due, facts Facts) Content {
	c := Content{Kind: due.Kind, Day: due.Day, From: due.From, To: due.To}
	facts = facts.seenBy(due.Reader)
	for _, w := range facts.Watched {
		c.Watched.Devices += w.Devices
		c.Watched.Checks += w.Checks
	}
	if due.Kind == Monthly {
		month := summarise(due, facts)
		c.Month = &month
		c.Suggests = repeated(facts.Incidents, due.From, due.To, Often)
		c.bound()
		return c
	}
	symptoms := map[incident.ID]int{}
	for _, inc := range facts.Incidents {
		for _, cause := range inc.Because {
			symptoms[cause]++
		}
	}
	for _, inc := range facts.Incidents {
		h := Happened{Incident: plain(inc), Symptoms: symptoms[inc.ID], New: !inc.Opened.Before(due.From)}
		switch {
		case len(inc.Because) > 0: // its cause tells of it
		case inc.State == incident.Closed:
			if !inc.Opened.IsZero() && !inc.Ended.Before(due.From) && inc.Ended.Before(due.To) {
				c.Over = append(c.Over, h)
			}
		case inc.Silenced || inc.Maintenance != "":
			c.Quiet = append(c.Quiet, h)
		case inc.State == incident.Open:
			c.Open = append(c.Open, h)
		}
	}
	slices.SortFunc(c.Over, func(a, b Happened) int {
		return cmp.Or(b.Incident.Ended.Compare(a.Incident.Ended), cmp.Compare(a.Incident.ID, b.Incident.ID))
	})
	slices.SortFunc(c.Open, urgentFirst)
	slices.SortFunc(c.Quiet, urgentFirst)
	for _, x := range facts.Coming {
		ahead := Ahead
		if x.Kind == Certificate || x.Kind == Domain {
			ahead = AheadEnd
		}
		// What is under way is told too.
		if x.At.Before(due.To.Add(ahead)) && (x.At.After(due.To) || x.Until.After(due.To) || x.Kind == Certificate || x.Kind == Domain) {
			c.Coming = append(c.Coming, x)
		}
	}
	slices.SortFunc(c.Coming, func(a, b Coming) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
	c.Silent = slices.Clone(facts.Silent)
	slices.SortFunc(c.Silent, func(a, b Silent) int {
		return cmp.Or(strings.Compare(a.Site, b.Site), fleet.CompareNatural(a.Place, b.Place), fleet.CompareNatural(a.Name, b.Name))
	})
	c.Suggests = suggest(facts.Incidents, due.To)
	c.bound()
	return c
}

// seenBy leaves out what belongs to sites that are not the reader's.
func (f Facts) seenBy(r Reader) Facts {
	if len(r.Sites) == 0 {
		return f
	}
	mine := func(site string) bool { return slices.Contains(r.Sites, site) }
	out := Facts{Waited: f.Waited, Watched: map[string]Watched{}}
	for _, inc := range f.Incidents {
		if mine(inc.Labels["site"]) {
			out.Incidents = append(out.Incidents, inc)
		}
	}
	for _, x := range f.Coming {
		if len(x.Sites) == 0 || slices.ContainsFunc(x.Sites, mine) {
			out.Coming = append(out.Coming, x)
		}
	}
	for _, x := range f.Silent {
		if mine(x.Site) {
			out.Silent = append(out.Silent, x)
		}
	}
	for site, w := range f.Watched {
		if mine(site) {
			out.Watched[site] = w
		}
	}
	for _, a := range f.Checks {
		if mine(a.Site) {
			out.Checks = append(out.Checks, a)
		}
	}
	return out
}

// suggest lists what may be worth doing, the repeated faults first.
func suggest(incidents []incident.Incident, now time.Time) []Suggestion {
	out := repeated(incidents, now.Add(-Lately), now, Often)
	var waits, unsure []Suggestion
	for _, inc := range incidents {
		if inc.State != incident.Open || len(inc.Because) > 0 {
			continue
		}
		switch {
		case inc.Evidence == incident.Unknown && now.Sub(inc.Turned) >= LongUnsure:
			unsure = append(unsure, Suggestion{Kind: Unsure, Incident: plain(inc)})
		case inc.Acked != nil && now.Sub(inc.Acked.At) >= LongOpen:
			waits = append(waits, Suggestion{Kind: Waits, Incident: plain(inc)})
		}
	}
	byID := func(a, b Suggestion) int { return cmp.Compare(a.Incident.ID, b.Incident.ID) }
	slices.SortFunc(waits, byID)
	slices.SortFunc(unsure, byID)
	return slices.Concat(out, waits, unsure)
}

// repeated finds faults that came often between two moments, the most frequent
// first. What another incident explains does not count: its cause does.
func repeated(incidents []incident.Incident, from, to time.Time, often int) []Suggestion {
	last := map[incident.Key]incident.Incident{}
	count := map[incident.Key]int{}
	for _, inc := range incidents {
		if len(inc.Because) > 0 || inc.Opened.IsZero() {
			continue
		}
		n := times(inc, from, to)
		if n == 0 {
			continue
		}
		count[inc.Key] += n
		if have, ok := last[inc.Key]; !ok || inc.ID > have.ID {
			last[inc.Key] = inc
		}
	}
	var out []Suggestion
	for key, n := range count {
		if n >= often {
			out = append(out, Suggestion{Kind: Repeated, Incident: plain(last[key]), Count: n})
		}
	}
	slices.SortFunc(out, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Incident.ID, b.Incident.ID))
	})
	return out
}

// times is how often the fault of an incident came between two moments: an
// incident that comes back soon after its end is the same incident, and counts
// each time. Returns that are no longer kept are counted by its rounds.
func times(inc incident.Incident, from, to time.Time) int {
	within := func(t time.Time) bool { return !t.Before(from) && t.Before(to) }
	n := 0
	for _, t := range inc.Returns {
		if within(t) {
			n++
		}
	}
	if within(inc.Opened) {
		n = 1 + max(n, inc.Round)
	}
	return n
}

// urgentFirst orders what is open.
func urgentFirst(a, b Happened) int {
	return cmp.Or(
		cmp.Compare(urgency(a.Incident.Severity), urgency(b.Incident.Severity)),
		a.Incident.Since.Compare(b.Incident.Since),
		cmp.Compare(a.Incident.ID, b.Incident.ID),
	)
}

func urgency(s incident.Severity) int {
	switch s {
	case incident.Critical:
		return 0
	case incident.Info:
		return 2
	default:
		return 1
	}
}

// plain drops what a digest does not tell, and numbers that JSON cannot write.
func plain(inc incident.Incident) incident.Incident {
	inc.Notes, inc.Notified, inc.Reports, inc.Before, inc.Waiting = nil, nil, nil, nil, nil
	if math.IsNaN(inc.Value) || math.IsInf(inc.Value, 0) {
		inc.Value = 0
	}
	return inc
}

// bound cuts the lists and notes what was left out.
func (c *Content) bound() {
	left := map[string]int{}
	c.Over = cut(left, "over", c.Over)
	c.Open = cut(left, "open", c.Open)
	c.Quiet = cut(left, "quiet", c.Quiet)
	c.Coming = cut(left, "coming", c.Coming)
	c.Silent = cut(left, "silent", c.Silent)
	c.Suggests = cut(left, "suggests", c.Suggests)
	if c.Month != nil {
		c.Month.Causes = cut(left, "causes", c.Month.Causes)
		c.Month.Checks = cut(left, "checks", c.Month.Checks)
	}
	if len(left) > 0 {
		c.Left = left
	}
}

func cut[T any](left map[string]int, name string, list []T) []T {
	if len(list) <= MaxListed {
		return list
	}
	left[name] = len(list) - MaxListed
	return list[:MaxListed]
}
