package jsonapi

import (
	"time"

	"github.com/budi-monitor/budi/internal/collector/enrolment"
)

// agentAnswer is what others may know of an agent.
type agentAnswer struct {
	ID                 string    `json:"id"`
	Device             string    `json:"device"`
	Site               string    `json:"site"`
	Hostname           string    `json:"hostname"`
	System             string    `json:"system"`
	Version            string    `json:"version"`
	Address            string    `json:"address"`
	Token              string    `json:"token"`
	Enrolled           time.Time `json:"enrolled"`
	Seen               time.Time `json:"seen,omitzero"`
	ClockOffsetSeconds float64   `json:"clock_offset_seconds"`
	Revoked            time.Time `json:"revoked,omitzero"`
}

func agentOf(a enrolment.Agent) agentAnswer {
	return agentAnswer{
		ID: a.ID, Device: a.Device, Site: a.Site, Hostname: a.Hostname, System: a.System, Version: a.Version, Address: a.Address, Token: a.Token,
		Enrolled: a.Enrolled, Seen: a.Seen, ClockOffsetSeconds: a.ClockOffset.Seconds(), Revoked: a.Revoked,
	}
}

type agentsAnswer struct {
	Agents []agentAnswer `json:"agents"`
	more
}

func (s *server) agents(r request) (answer, error) {
	site, device := r.URL.Query().Get("site"), r.URL.Query().Get("device")
	all, err := s.Agents.Agents(r.Context())
	if err != nil {
		return nil, err
	}
	chosen := []agentAnswer{}
	for _, a := range all {
		if r.sees(a.Site) && (site == "" || site == a.Site) && (device == "" || device == a.Device) {
			chosen = append(chosen, agentOf(a))
		}
	}
	some, next, err := page(r, chosen, func(a agentAnswer) string { return a.ID })
	return agentsAnswer{some, next}, err
}

// seenAgent returns an agent that who asks may know of.
func (s *server) seenAgent(r request) (enrolment.Agent, error) {
	a, err := s.Agents.Agent(r.Context(), r.PathValue("id"))
	if err == nil && !r.sees(a.Site) {
		err = enrolment.ErrNotFound
	}
	return a, err
}

func (s *server) agent(r request) (answer, error) {
	a, err := s.seenAgent(r)
	return agentOf(a), err
}

func (s *server) revoke(r request) (answer, error) {
	a, err := s.seenAgent(r)
	if err != nil {
		return nil, err
	}
	if err := s.Agents.Revoke(r.Context(), r.id.Actor(), a.ID); err != nil {
		return nil, err
	}
	return s.agent(r)
}
