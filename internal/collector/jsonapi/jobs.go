package jsonapi

import (
	"time"

	"github.com/budi-monitor/budi/internal/collector/jobs"
)

// Job is what is known of something that calls. What its calls said, where they
// came from, and the address that it calls are empty for who may not change it.
type Job struct {
	Site    string
	Path    string // of the address that it calls, with its secret
	Terms   jobs.Terms
	State   jobs.State
	Verdict jobs.Verdict
	Calls   []jobs.Call // those that are kept, the newest first
}

// jobAnswer is what others are told of a job.
type jobAnswer struct {
	State         string       `json:"state"`
	Running       bool         `json:"running"`
	PeriodSeconds float64      `json:"period_seconds"`
	GraceSeconds  float64      `json:"grace_seconds"`
	Due           time.Time    `json:"due,omitzero"`
	Late          time.Time    `json:"late,omitzero"`
	LastCall      time.Time    `json:"last_call,omitzero"`
	LastWell      time.Time    `json:"last_well,omitzero"`
	TookSeconds   float64      `json:"took_seconds,omitempty"`
	Path          string       `json:"path,omitempty"`
	Number        uint64       `json:"number"`
	Calls         []callAnswer `json:"calls"`
}

// callAnswer is a call of a job.
type callAnswer struct {
	At          time.Time `json:"at"`
	Kind        string    `json:"kind"`
	Exit        *int64    `json:"exit,omitempty"`
	TookSeconds float64   `json:"took_seconds,omitempty"`
	From        string    `json:"from,omitempty"`
	Body        string    `json:"body,omitempty"`
	Cut         bool      `json:"cut,omitempty"`
}

// job tells how something that calls is, and which calls there were.
func (s *server) job(r request) (answer, error) {
	j, err := s.Checks.Job(r.Context(), r.PathValue("id"))
	if err == nil && !r.sees(j.Site) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	out := jobAnswer{
		State: string(j.Verdict.Standing), Running: j.Verdict.Running, PeriodSeconds: j.Terms.Period.Seconds(), GraceSeconds: j.Terms.Grace.Seconds(),
		Due: j.Verdict.Due, Late: j.Verdict.By, LastCall: j.State.LastCall, LastWell: j.State.LastWell, TookSeconds: j.State.Took.Seconds(),
		Path: j.Path, Number: j.State.Calls, Calls: []callAnswer{},
	}
	for _, c := range j.Calls {
		out.Calls = append(out.Calls, callAnswer{c.At, string(c.Kind), c.Exit, c.Took.Seconds(), c.From, c.Body, c.Cut})
	}
	return out, nil
}
