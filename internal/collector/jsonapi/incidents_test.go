package jsonapi_test

import (
	"context"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/look"
)

// story is what there is of incidents: 1 is closed, 2 fires, of 3 nothing is
// known, 4 is of the site branch. Rights and the record are the composition's.
type story struct{ all []incident.Incident }

func newStory() *story {
	s := &story{}
	for i, state := range []incident.State{incident.Closed, incident.Open, incident.Open, incident.Holding} {
		inc := incident.Incident{
			ID: incident.ID(i + 1), Rule: "SiteDown", Severity: incident.Critical, State: state, Evidence: incident.Unknown,
			Labels: map[string]string{"site": "main", "check": "www"}, Names: map[string]string{"check": "Svetainė"}, Since: t0, Opened: t0,
			Problem: &look.Problem{Code: "timeout", Args: map[string]string{"seconds": "10"}, Detail: "x"},
		}
		s.all = append(s.all, inc)
	}
	s.all[0].Ended, s.all[0].EndReason = t0.Add(time.Hour), incident.Recovered
	s.all[1].Evidence = incident.Firing
	s.all[3].Labels = map[string]string{"site": "branch"}
	return s
}

func (s *story) find(id incident.ID, open bool) (*incident.Incident, error) {
	i := slices.IndexFunc(s.all, func(inc incident.Incident) bool { return inc.ID == id })
	switch {
	case i < 0:
		return nil, jsonapi.ErrNotFound
	case open && s.all[i].State == incident.Closed:
		return nil, incident.ErrNotOpen
	}
	return &s.all[i], nil
}

func (s *story) Incidents(_ context.Context, q jsonapi.IncidentQuery) (jsonapi.IncidentPage, error) {
	var page jsonapi.IncidentPage
	for _, inc := range slices.Backward(s.all) {
		if q.Before != 0 && inc.ID >= q.Before || !q.Match(inc) {
			continue
		}
		if len(page.Incidents) == q.Limit {
			page.Next = page.Incidents[q.Limit-1].ID
			break
		}
		page.Incidents = append(page.Incidents, inc)
	}
	return page, nil
}

// Symptoms: the first incident explains the second.
func (s *story) Symptoms(context.Context) map[incident.ID][]incident.ID {
	return map[incident.ID][]incident.ID{1: {2}}
}

func (s *story) Incident(_ context.Context, id incident.ID) (incident.Incident, error) {
	inc, err := s.find(id, false)
	if err != nil {
		return incident.Incident{}, err
	}
	return *inc, nil
}

func (s *story) Acknowledge(_ context.Context, id incident.ID, comment string, until time.Time) error {
	inc, err := s.find(id, true)
	if err != nil {
		return err
	}
	inc.Acked = &incident.Ack{By: "script", At: t0, Comment: comment, Until: until}
	return nil
}

func (s *story) TakeBack(_ context.Context, id incident.ID) error {
	inc, err := s.find(id, true)
	if err == nil && inc.Acked == nil {
		err = incident.ErrNotAcked
	}
	if err != nil {
		return err
	}
	inc.Acked = nil
	return nil
}

func (s *story) Close(_ context.Context, id incident.ID, _ string) error {
	inc, err := s.find(id, true)
	if err == nil && inc.Evidence == incident.Firing {
		err = incident.ErrStillFiring
	}
	if err != nil {
		return err
	}
	inc.State, inc.Ended, inc.EndReason = incident.Closed, t0, incident.ByHand
	return nil
}

func (s *story) Comment(_ context.Context, id incident.ID, text string) error {
	inc, err := s.find(id, false)
	if err != nil {
		return err
	}
	next, err := inc.With(incident.Note{Kind: incident.Comment, By: "script", At: t0, Text: text})
	if err != nil {
		return err
	}
	*inc = next
	return nil
}
