package agent

import (
	"context"
	"errors"
	"slices"

	"github.com/budi-monitor/budi/internal/host"
	"github.com/budi-monitor/budi/internal/host/facts"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// Once is what an agent here would send, but for what it tells of itself.
type Once struct {
	Result look.Result        `json:"result"`
	Report wire.ReportRequest `json:"report"`
	// Gaps says which kinds of facts could not be read, and why.
	Gaps map[string]string `json:"gaps,omitempty"`
}

// LookOnce looks at this computer and takes its inventory, without storing or
// sending anything. It returns an error when the computer could not be looked
// at.
func LookOnce(ctx context.Context, o Options, p host.Profile) (Once, error) {
	config, err := LoadConfig(o.Config)
	if err != nil {
		return Once{}, err
	}
	if p == "" {
		p = host.Profile(config.Profile)
	}
	if p == "" {
		p = host.Profile(wire.DefaultAssignment().Profile)
	}
	snapshot := facts.New(facts.Options{Logger: o.Logger}).Take(ctx, slices.Concat(config.FactsOff, wire.DefaultAssignment().FactsOff))
	r := host.New(host.Options{Logger: o.Logger, Profile: p}).Look(ctx)
	r.Samples = append(r.Samples, snapshot.Samples(r.Time)...)
	once := Once{Result: r, Gaps: snapshot.Errors, Report: wire.ReportRequest{
		Hostname: snapshot.Hostname, System: o.System, Version: o.Version, Machine: snapshot.Machine, Facts: snapshot.Sets,
	}}
	if r.Problem != nil {
		return once, errors.New("look at this computer: " + r.Problem.Code)
	}
	return once, nil
}
