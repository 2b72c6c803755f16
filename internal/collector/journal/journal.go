// Package journal counts what the journal of incidents tells: how long it took
// until somebody looked after a fault, and until it was repaired, for one
// incident and for many. It is pure: incidents go in, numbers come out.
package journal

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
)

// Acknowledged is how long it took from the moment at which an incident could be
// known (it was told, or else began) until somebody said that they look after
// it; false: nobody did. An acknowledgement that was taken back counts.
func Acknowledged(inc incident.Incident) (time.Duration, bool) {
	var first time.Time
	note := func(at time.Time) {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	if inc.Acked != nil {
		note(inc.Acked.At)
	}
	for _, n := range inc.Notes {
		if n.Kind == incident.Acknowledged {
			note(n.At)
		}
	}
	if first.IsZero() {
		return 0, false
	}
	known := inc.Opened
	if known.IsZero() || known.After(first) { // somebody saw it before it was told
		known = inc.Since
	}
	return max(0, first.Sub(known)), true
}

// Repaired is how long an incident was there until it was over; false: it is not
// over, or nobody knows when it was.
func Repaired(inc incident.Incident) (time.Duration, bool) {
	if inc.State != incident.Closed || inc.EndReason == incident.Expired || inc.Ended.IsZero() {
		return 0, false
	}
	return max(0, inc.Ended.Sub(inc.Since)), true
}

// Repair is what was done about an incident: the last word of whoever said it.
// An empty last word takes back those before.
func Repair(inc incident.Incident) (incident.Note, bool) { return last(inc, incident.Repaired) }

// Public is what whoever stands in the room may read of an incident: the last
// comment that was made public. An empty one takes back those before.
func Public(inc incident.Incident) (incident.Note, bool) { return last(inc, incident.Published) }

func last(inc incident.Incident, kind incident.NoteKind) (incident.Note, bool) {
	for _, n := range slices.Backward(inc.Notes) {
		if n.Kind == kind {
			return n, n.Text != ""
		}
	}
	return incident.Note{}, false
}

// By reports whether a person had a part in an incident: looked after it, wrote
// about it, silenced, repaired, closed or reported it. name may be a part of
// their name, in any case.
func By(inc incident.Incident, name string) bool {
	name = strings.ToLower(name)
	is := func(who string) bool { return who != "" && strings.Contains(strings.ToLower(who), name) }
	return inc.Acked != nil && is(inc.Acked.By) ||
		slices.ContainsFunc(inc.Notes, func(n incident.Note) bool { return is(n.By) }) ||
		slices.ContainsFunc(inc.Reports, func(r incident.Report) bool { return is(r.By) })
}

// Spread is how some lengths of time are spread.
type Spread struct {
	Count       int
	Median, P95 time.Duration // by nearest rank: each is one of the lengths
}

// spread sorts lengths.
func spread(lengths []time.Duration) Spread {
	if len(lengths) == 0 {
		return Spread{}
	}
	slices.Sort(lengths)
	rank := func(percent int) time.Duration {
		return lengths[max(1, (len(lengths)*percent+99)/100)-1]
	}
	return Spread{Count: len(lengths), Median: rank(50), P95: rank(95)}
}

// Line is one line of a table of times.
type Line struct {
	Name         string // of the group
	Incidents    int
	Symptoms     int // of these: they had a cause, and their times are the cause's
	Acknowledged Spread
	Repaired     Spread
}

// Times are how long it took with some incidents.
type Times struct {
	All     Line
	Sites   []Line // by site, most incidents first; "" for those of no site
	Classes []Line // by class of the thing; "" for what has none
}

// Tally gathers times, incident by incident. The zero value is empty.
type Tally struct {
	all            group
	sites, classes map[string]*group
}

// group is the incidents of one line.
type group struct {
	incidents, symptoms int
	acked, repaired     []time.Duration
}

// Add counts an incident. Symptoms are counted only: nobody was told of them and
// nobody repaired them.
func (t *Tally) Add(inc incident.Incident) {
	if t.sites == nil {
		t.sites, t.classes = map[string]*group{}, map[string]*group{}
	}
	of := func(groups map[string]*group, name string) *group {
		if groups[name] == nil {
			groups[name] = &group{}
		}
		return groups[name]
	}
	for _, g := range []*group{&t.all, of(t.sites, inc.Labels["site"]), of(t.classes, string(inc.Class))} {
		g.incidents++
		if len(inc.Because) > 0 {
			g.symptoms++
			continue
		}
		if d, ok := Acknowledged(inc); ok {
			g.acked = append(g.acked, d)
		}
		if d, ok := Repaired(inc); ok {
			g.repaired = append(g.repaired, d)
		}
	}
}

// Times are those of what was added.
func (t *Tally) Times() Times {
	lines := func(groups map[string]*group) []Line {
		var out []Line
		for _, name := range slices.Sorted(maps.Keys(groups)) {
			out = append(out, groups[name].line(name))
		}
		slices.SortStableFunc(out, func(a, b Line) int { return cmp.Compare(b.Incidents, a.Incidents) })
		return out
	}
	return Times{All: t.all.line(""), Sites: lines(t.sites), Classes: lines(t.classes)}
}

func (g *group) line(name string) Line {
	return Line{Name: name, Incidents: g.incidents, Symptoms: g.symptoms, Acknowledged: spread(g.acked), Repaired: spread(g.repaired)}
}
