package agent

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/host"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/poll"
	"github.com/budi-monitor/budi/internal/wire"
)

// MaxBasicSeries is the most series of a workstation, all included: what host
// tells, the state from the inventory, and what the uplink tells of itself.
const MaxBasicSeries = 60

// Bounds of what a collector may wish for: an agent is no means to keep a
// computer busy.
const (
	minInterval      = 10 * time.Second
	maxInterval      = 4 * time.Minute // beyond, queries would lose the samples
	minFactsInterval = 10 * time.Minute
	maxFactsInterval = 7 * 24 * time.Hour
)

// sane returns the assignment with what cannot be replaced by the default.
func sane(w wire.Assignment) wire.Assignment {
	d := wire.DefaultAssignment()
	if w.Profile != string(host.Basic) && w.Profile != string(host.Full) {
		w.Profile = d.Profile
	}
	if w.Interval <= 0 {
		w.Interval = d.Interval
	}
	if w.FactsInterval <= 0 {
		w.FactsInterval = d.FactsInterval
	}
	w.Interval = min(max(w.Interval, minInterval), maxInterval)
	w.FactsInterval = min(max(w.FactsInterval, minFactsInterval), maxFactsInterval)
	return w
}

// profile is how much to tell. The caller holds a.mu.
func (a *agent) profile() host.Profile {
	if a.config.Profile != "" {
		return host.Profile(a.config.Profile)
	}
	return host.Profile(a.assignment.Profile)
}

// assign takes the collector's wishes. The uplink calls it.
func (a *agent) assign(w wire.Assignment) {
	a.mu.Lock()
	changed := w.Version != a.assignment.Version
	a.assignment = sane(w)
	a.mu.Unlock()
	if !changed {
		return
	}
	a.trouble("assignment", "keep the assignment", a.store.SetAssignment(w))
	a.trouble("checks", "look at what is assigned", a.checks.assign(w.Checks, w.Witnesses))
	a.log.Info("the collector assigned", "version", w.Version, "profile", w.Profile, "interval", w.Interval, "facts_interval", w.FactsInterval, "facts_off", w.FactsOff, "checks", len(w.Checks))
	a.retarget()
}

// Names of the targets.
const (
	hostTarget  = "host"
	factsTarget = "facts"
)

// retarget tells the poller what to look at and how often. The agent's ID makes
// that a thousand computers do not look in the same second.
func (a *agent) retarget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := "/" + a.identity.Agent
	targets := []poll.Target{{ID: hostTarget + id, Interval: a.assignment.Interval, Look: a.look}}
	if a.withFacts {
		targets = append(targets, poll.Target{ID: factsTarget + id, Interval: a.assignment.FactsInterval, Timeout: factsTimeout, Look: a.takeFacts})
	}
	a.poller.Set(targets)
}

// look looks at the computer and adds the newest state from the inventory and
// what the agent tells of itself.
func (a *agent) look(ctx context.Context) look.Result {
	a.mu.Lock()
	profile, snapshot, up := a.profile(), a.snapshot, a.up
	a.mu.Unlock()
	r := a.computer.Look(ctx, profile)
	r.Samples = append(r.Samples, snapshot.Samples(r.Time)...)
	if up != nil {
		r.Samples = append(r.Samples, up.Samples()...)
	}
	return r
}

// take keeps a result. The poller calls it.
func (a *agent) take(_ string, r look.Result) {
	if r.Kind != "host" {
		return // an inventory: it has been handed on
	}
	_ = a.keep(r) // it is told
	a.mu.Lock()
	a.newest = r
	first := !a.started
	a.started = true
	for _, f := range r.Facts {
		if t, err := time.Parse(time.RFC3339, f.Value); f.Name == "boot_time" && err == nil {
			a.booted = t
		}
	}
	booted := a.booted
	a.mu.Unlock()
	if first {
		a.noteStart(booted)
		a.publish()
	}
}

// keep puts samples into the spool.
func (a *agent) keep(results ...look.Result) error {
	err := a.store.Put(results...)
	a.trouble("spool", "keep samples", err)
	return err
}

// say hands what checks found to the uplink.
func (a *agent) say(all []wire.Said, now bool) {
	a.mu.Lock()
	up := a.up
	a.mu.Unlock()
	if up != nil {
		up.Say(all, now)
	}
}

// startFacts waits until the computer has started and then has the inventory
// taken, each time at the agent's own moment.
func (a *agent) startFacts(ctx context.Context) {
	a.mu.Lock()
	sum := sha256.Sum256([]byte(a.identity.Agent))
	a.mu.Unlock()
	delay := a.opts.FactsDelay
	delay += time.Duration(binary.BigEndian.Uint64(sum[:8]) % uint64(delay))
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return
	case <-timer.C:
	}
	a.mu.Lock()
	a.withFacts = true
	a.mu.Unlock()
	a.retarget()
}

// takeFacts takes the inventory and hands it to the uplink.
func (a *agent) takeFacts(ctx context.Context) look.Result {
	a.mu.Lock()
	off := slices.Concat(a.config.FactsOff, a.assignment.FactsOff)
	a.mu.Unlock()
	began := a.now()
	snapshot := a.computer.Take(ctx, off)
	if ctx.Err() == nil {
		a.mu.Lock()
		a.snapshot, a.factsAt = snapshot, began.UTC()
		a.mu.Unlock()
		for kind, problem := range snapshot.Errors {
			a.log.Debug("an inventory is incomplete", "kind", kind, "err", problem)
		}
		a.report()
	}
	return look.Result{Target: factsTarget, Kind: factsTarget, Time: began, Outcome: look.OK}
}

// report hands the newest inventory to the uplink, which sends what the
// collector does not have yet.
func (a *agent) report() {
	stats := a.store.Stats()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.up == nil || a.factsAt.IsZero() {
		return
	}
	a.up.Report(wire.ReportRequest{
		Hostname: a.snapshot.Hostname, System: a.opts.System, Version: a.opts.Version, Machine: a.snapshot.Machine, Facts: a.snapshot.Sets,
		Spool: wire.Spool{Samples: stats.Samples, Oldest: stats.Oldest, Dropped: stats.Dropped, Notice: stats.Notice},
	})
}

// Codes of events: each is a sentence in both languages, "event.<code>".
const (
	EventStarted   = "agent_started"      // version
	EventUpdated   = "agent_updated"      // from, version
	EventRestarted = "computer_restarted" // version
	EventEnrolled  = "agent_enrolled"     // version
)

// bootSlack is how far the computed start of a computer may wander.
const bootSlack = 2 * time.Minute

// noteStart keeps an event: the agent was started, and why as far as can be
// seen from what the agent before it wrote.
func (a *agent) noteStart(booted time.Time) {
	e := look.Event{Time: a.now().UTC(), Code: EventStarted, Args: map[string]string{"version": a.opts.Version}}
	switch before := a.before; {
	case before.Version == "":
	case before.Version != a.opts.Version:
		e.Code = EventUpdated
		e.Args["from"] = before.Version
	case !before.Booted.IsZero() && booted.Sub(before.Booted) > bootSlack:
		e.Code = EventRestarted
	}
	a.event(e)
}

// event keeps an event until it is sent.
func (a *agent) event(e look.Event) {
	a.trouble("event", "keep an event", a.store.PutEvent(e))
}
