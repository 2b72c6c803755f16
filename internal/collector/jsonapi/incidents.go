package jsonapi

import (
	"context"
	"strconv"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/journal"
	"github.com/budi-monitor/budi/internal/look"
)

// Incidents is what is asked about incidents. Its methods do what the context's
// identity may do, in its name and with an entry in the audit record; of a site
// that it does not see there is nothing. All fail with ErrNotFound.
type Incidents interface {
	// Incidents looks for incidents, the highest number first.
	Incidents(ctx context.Context, q IncidentQuery) (IncidentPage, error)

	// Incident returns one incident, open or closed.
	Incident(ctx context.Context, id incident.ID) (incident.Incident, error)

	// Symptoms returns the open incidents that others explain, by the number of
	// what explains them.
	Symptoms(ctx context.Context) map[incident.ID][]incident.ID

	// Acknowledge says that somebody looks after an incident until a moment,
	// which is zero for: until it is over. It fails with incident.ErrNotOpen and
	// InvalidError, too.
	Acknowledge(ctx context.Context, id incident.ID, comment string, until time.Time) error

	// TakeBack fails with incident.ErrNotOpen and incident.ErrNotAcked, too.
	TakeBack(ctx context.Context, id incident.ID) error

	// Close fails with incident.ErrNotOpen and incident.ErrStillFiring, too.
	Close(ctx context.Context, id incident.ID, comment string) error

	// Comment fails as incident.Incident.With does, too.
	Comment(ctx context.Context, id incident.ID, text string) error
}

// IncidentQuery chooses incidents.
type IncidentQuery struct {
	Before incident.ID // numbers below this one; 0: from the newest
	Limit  int
	Match  func(incident.Incident) bool

	// Open leaves closed ones out. Values are texts that an incident must have,
	// as a label's value or its severity. Match decides; these make it quick.
	Open   bool
	Values []string
}

// IncidentPage is what was found.
type IncidentPage struct {
	Incidents []incident.Incident // highest number first
	Next      incident.ID         // the Before with which the search goes on; 0: there is nothing more
}

type ackAnswer struct {
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Comment string    `json:"comment,omitempty"`
	Until   time.Time `json:"until,omitzero"`
}

type noteAnswer struct {
	Kind  string    `json:"kind"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	Text  string    `json:"text,omitempty"`
	Until time.Time `json:"until,omitzero"`
}

// incidentAnswer is what others are told of an incident.
type incidentAnswer struct {
	ID           uint64            `json:"id"`
	Rule         string            `json:"rule"`
	Severity     string            `json:"severity"`
	State        string            `json:"state"`
	Evidence     string            `json:"evidence"`
	Site         string            `json:"site,omitempty"`
	Labels       map[string]string `json:"labels"`
	Names        map[string]string `json:"names"`
	Problem      *look.Problem     `json:"problem,omitempty"`
	Since        time.Time         `json:"since"`
	Opened       time.Time         `json:"opened,omitzero"`
	Ended        time.Time         `json:"ended,omitzero"`
	EndReason    string            `json:"end_reason,omitempty"`
	Silenced     bool              `json:"silenced"`
	Acknowledged *ackAnswer        `json:"acknowledged,omitempty"`
	Notes        []noteAnswer      `json:"notes"`
	Thing        string            `json:"thing,omitempty"`
	Because      []uint64          `json:"because"`
	Symptoms     []uint64          `json:"symptoms"`
	AckedAfter   *float64          `json:"acknowledged_after_seconds,omitempty"`
	MendedAfter  *float64          `json:"repaired_after_seconds,omitempty"`
	Repair       string            `json:"repair,omitempty"`
	Reports      int               `json:"reports,omitempty"`
}

// incidentOf shows an incident; symptoms are by the number of what explains them.
func incidentOf(inc incident.Incident, symptoms map[incident.ID][]incident.ID) incidentAnswer {
	out := incidentAnswer{
		ID: uint64(inc.ID), Rule: inc.Rule, Severity: string(inc.Severity), State: string(inc.State), Evidence: string(inc.Evidence),
		Site: inc.Labels["site"], Labels: inc.Labels, Names: inc.Names, Problem: inc.Problem,
		Since: inc.Since, Opened: inc.Opened, Ended: inc.Ended, EndReason: string(inc.EndReason), Silenced: inc.Silenced, Notes: []noteAnswer{},
		Thing: string(inc.Thing), Because: numbers(inc.Because), Symptoms: numbers(symptoms[inc.ID]), Reports: len(inc.Reports),
	}
	if d, ok := journal.Acknowledged(inc); ok {
		s := d.Seconds()
		out.AckedAfter = &s
	}
	if d, ok := journal.Repaired(inc); ok {
		s := d.Seconds()
		out.MendedAfter = &s
	}
	if n, ok := journal.Repair(inc); ok {
		out.Repair = n.Text
	}
	if out.Labels == nil {
		out.Labels = map[string]string{}
	}
	if out.Names == nil {
		out.Names = map[string]string{}
	}
	if ack := inc.Acked; ack != nil {
		out.Acknowledged = &ackAnswer{ack.By, ack.At, ack.Comment, ack.Until}
	}
	for _, n := range inc.Notes {
		out.Notes = append(out.Notes, noteAnswer{string(n.Kind), n.By, n.At, n.Text, n.Until})
	}
	return out
}

func numbers(ids []incident.ID) []uint64 {
	out := []uint64{}
	for _, id := range ids {
		out = append(out, uint64(id))
	}
	return out
}

type incidentsAnswer struct {
	Incidents []incidentAnswer `json:"incidents"`
	more
}

func (s *server) incidents(r request) (answer, error) {
	before, limit, err := r.numbered()
	if err != nil {
		return nil, err
	}
	state, err := choice(r, "state", incident.Holding, incident.Open, incident.Closed)
	if err != nil {
		return nil, err
	}
	severity, err := choice(r, "severity", incident.Critical, incident.Warning, incident.Info)
	if err != nil {
		return nil, err
	}
	since, err := r.moment("since")
	if err != nil {
		return nil, err
	}
	site := r.URL.Query().Get("site")
	q := IncidentQuery{Before: incident.ID(before), Limit: limit, Open: state == incident.Holding || state == incident.Open}
	for _, text := range []string{site, string(severity)} {
		if text != "" {
			q.Values = append(q.Values, text)
		}
	}
	q.Match = func(inc incident.Incident) bool {
		return r.sees(inc.Labels["site"]) && (state == "" || inc.State == state) && (severity == "" || inc.Severity == severity) &&
			(site == "" || inc.Labels["site"] == site) && !inc.Since.Before(since)
	}
	found, err := s.Incidents.Incidents(r.Context(), q)
	if err != nil {
		return nil, err
	}
	out := incidentsAnswer{Incidents: []incidentAnswer{}, more: moreAfter(uint64(found.Next))}
	symptoms := s.Incidents.Symptoms(r.Context())
	for _, inc := range found.Incidents {
		out.Incidents = append(out.Incidents, incidentOf(inc, symptoms))
	}
	return out, nil
}

// incidentID reads which incident a request is about.
func (r request) incidentID() (incident.ID, error) {
	n, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil || n == 0 {
		return 0, ErrNotFound
	}
	return incident.ID(n), nil
}

func (s *server) incident(r request) (answer, error) {
	id, err := r.incidentID()
	if err != nil {
		return nil, err
	}
	inc, err := s.Incidents.Incident(r.Context(), id)
	if err == nil && !r.sees(inc.Labels["site"]) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return incidentOf(inc, s.Incidents.Symptoms(r.Context())), nil
}

// change does something to an incident and answers what it is then.
func (s *server) change(r request, do func(ctx context.Context, id incident.ID, text string) error, optional bool) (answer, error) {
	var body struct {
		Comment string `json:"comment"`
	}
	return s.changeBy(r, optional, &body, func(ctx context.Context, id incident.ID) error {
		if len([]rune(body.Comment)) > incident.MaxNoteLength {
			return incident.ErrTooLong
		}
		return do(ctx, id, body.Comment)
	})
}

// changeBy is change by what is sent in a body.
func (s *server) changeBy(r request, optional bool, body any, do func(ctx context.Context, id incident.ID) error) (answer, error) {
	if _, err := s.incident(r); err != nil {
		return nil, err
	}
	id, err := r.incidentID()
	if err != nil {
		return nil, err
	}
	if !optional || r.ContentLength != 0 {
		if err := r.body(body); err != nil {
			return nil, err
		}
	}
	if err := do(r.Context(), id); err != nil {
		return nil, err
	}
	return s.incident(r)
}

func (s *server) acknowledge(r request) (answer, error) {
	var body struct {
		Comment string    `json:"comment"`
		Until   time.Time `json:"until"`
	}
	return s.changeBy(r, true, &body, func(ctx context.Context, id incident.ID) error {
		if len([]rune(body.Comment)) > incident.MaxNoteLength {
			return incident.ErrTooLong
		}
		return s.Incidents.Acknowledge(ctx, id, body.Comment, body.Until)
	})
}

func (s *server) close(r request) (answer, error) { return s.change(r, s.Incidents.Close, true) }

func (s *server) comment(r request) (answer, error) { return s.change(r, s.Incidents.Comment, false) }

func (s *server) takeBack(r request) (answer, error) {
	return s.change(r, func(ctx context.Context, id incident.ID, _ string) error { return s.Incidents.TakeBack(ctx, id) }, true)
}
