package incident

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/topology"
)

// ErrStillFiring says that a fault which is still there cannot be closed.
var ErrStillFiring = errors.New("the fault is still there: an incident that its rule still sees cannot be closed; acknowledge or silence it")

// Acknowledge notes that a person looks after the incident, until a moment or,
// with a zero until, to its end. The first word stands: another one's is noted
// and makes it hold longer if it says so.
func Acknowledge(p Picture, id ID, by, comment string, until, now time.Time) (Picture, Incident, error) {
	inc, err := p.Find(id)
	if err != nil {
		return p, Incident{}, err
	}
	if inc.Acked == nil {
		inc.Acked = &Ack{By: by, At: now, Comment: comment, Until: until}
		inc.Waiting = nil // who is off is not woken for what is looked after
		return p.with(inc), inc, nil
	}
	if have := *inc.Acked; have.By != by || !have.Until.Equal(until) {
		if !have.Until.IsZero() && (until.IsZero() || until.After(have.Until)) {
			have.Until = until
			inc.Acked = &have
		}
		if inc, err = inc.With(Note{Kind: Acknowledged, By: by, At: now, Text: shorten(comment), Until: until}); err != nil {
			return p, Incident{}, fmt.Errorf("acknowledge incident %d: %w", id, err)
		}
	}
	return p.with(inc), inc, nil
}

// CloseByHand ends an incident on a person's word, which is evidence when
// there is no other: the rule or its data are gone.
func CloseByHand(p Picture, id ID, by, comment string, now time.Time) (Picture, Changes, error) {
	inc, err := p.Find(id)
	if err != nil {
		return p, Changes{}, err
	}
	if inc.Evidence == Firing && !inc.Reported {
		return p, Changes{}, fmt.Errorf("close incident %d: %w", id, ErrStillFiring)
	}
	if inc, err = inc.With(Note{Kind: ClosedIt, By: by, At: now, Text: shorten(comment)}); err != nil {
		return p, Changes{}, fmt.Errorf("close incident %d: %w", id, err)
	}
	inc.State, inc.Ended, inc.EndReason = Closed, now, ByHand
	owed := recoveries(inc)
	next := p.with(inc)
	delete(next.Open, inc.Key)
	return next, Changes{Incidents: []Incident{inc}, Owed: owed}, nil
}

// ErrNotOpen says that no open incident has the number.
var ErrNotOpen = errors.New("no open incident has this number")

// Find returns the open incident with a number.
func (p Picture) Find(id ID) (Incident, error) {
	for _, inc := range p.Open {
		if inc.ID == id {
			return inc, nil
		}
	}
	return Incident{}, fmt.Errorf("find incident %d: %w", id, ErrNotOpen)
}

func (p Picture) with(inc Incident) Picture {
	next := p
	next.Open = maps.Clone(p.Open)
	next.Open[inc.Key] = inc
	return next
}

// NewReport is a fault that a person reported.
type NewReport struct {
	Rule   string            // names it in the catalogue: "ReportedFault"
	Labels map[string]string // site, room, what, and device when it is known; they tell one fault from another
	Names  map[string]string // as in Alert
	Report Report
}

// RuleReported is the rule of what people report.
const RuleReported = "ReportedFault"

// AddReport takes a person's report. It joins the open incident about the same,
// or any open incident about the same device; else it makes one, which is told
// as any other at the next step and ends by a person's word only.
func AddReport(p Picture, r NewReport, now time.Time) (Picture, Incident) {
	key := NewKey(r.Rule, r.Labels)
	r.Report.At = now
	inc, known := p.Open[key]
	if device := r.Labels["device"]; !known && device != "" {
		for _, have := range p.Open {
			if have.Labels["device"] == device && have.State != Closed && (!known || have.ID < inc.ID) {
				inc, known = have, true
			}
		}
	}
	next := p
	next.Open = maps.Clone(p.Open)
	if next.Open == nil {
		next.Open = map[Key]Incident{}
	}
	if !known {
		next.Next = max(p.Next, 1)
		inc = Incident{
			ID: next.Next, Key: key, Rule: r.Rule, Severity: SeverityOf(r.Labels), Labels: r.Labels, Names: r.Names,
			Annotations: map[string]string{"message": "reported_fault"},
			State:       Holding, Evidence: Firing, Since: now, Seen: now, Turned: now, LastFired: now,
			Thing: topology.Of(r.Labels), Room: r.Labels["room"], Reported: true,
		}
		next.Next++
	}
	if reports := slices.Clip(inc.Reports); len(reports) < MaxReports {
		inc.Reports = append(reports, r.Report)
	} else {
		inc.Reports = append(slices.Clip(reports[:MaxReports-1]), r.Report)
	}
	next.Open[inc.Key] = inc
	return next, inc
}
