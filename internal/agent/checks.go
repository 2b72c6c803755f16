package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/line"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/poll"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/reach"
	"github.com/budi-monitor/budi/internal/wire"
)

const (
	// checksAtOnce bounds how many checks are looked at at a time: the computer
	// belongs to somebody else.
	checksAtOnce = 8
	// keepChecksEvery is how long results wait in memory for one transaction.
	keepChecksEvery = 15 * time.Second
	// waitingChecks is how many results wait at most; more are kept at once.
	waitingChecks = 100
)

// checks looks at the websites and services that the collector assigned. What it
// was assigned is in memory only: it may hold passwords.
type checks struct {
	poller *poll.Poller
	keep   func(results ...look.Result) error
	say    func(all []wire.Said, now bool)

	mu      sync.Mutex
	said    map[string]wire.Said // of those that are assigned, by check; Check is empty: nothing yet
	waiting []look.Result
}

// assign exchanges what is looked at. It returns what cannot be looked at; the
// others are. No error repeats what a check holds.
func (c *checks) assign(assigned []wire.Check, witnesses []string) error {
	var wrong []error
	own := lineOf(witnesses, &wrong)
	targets := make([]poll.Target, 0, len(assigned))
	said := map[string]wire.Said{}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, check := range assigned[:min(len(assigned), wire.MaxChecks)] {
		target, err := targetOf(check, own)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		targets = append(targets, target)
		said[check.ID] = c.said[check.ID]
	}
	c.said = said
	c.poller.Set(targets)
	if len(assigned) > wire.MaxChecks {
		wrong = append(wrong, fmt.Errorf("%d checks are assigned, the first %d are looked at", len(assigned), wire.MaxChecks))
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("take the checks that are assigned: %d cannot be looked at, the first because: %w", len(wrong), wrong[0])
}

// policyOf is how far a look may reach: never to where clouds tell their machines
// secrets, and no further than the collector says.
func policyOf(check wire.Check) reach.Policy {
	return reach.Policy{Allow: check.Allow, Deny: slices.Concat(reach.Metadata(), check.Deny)}
}

// targetOf makes a target of a check.
func targetOf(check wire.Check, own *line.Line) (poll.Target, error) {
	if err := check.Valid(); err != nil {
		return poll.Target{}, err
	}
	// What this version does not know it cannot look at; it would look at less, and
	// call that well. The error would repeat the text.
	var spec probe.Spec
	strict := json.NewDecoder(bytes.NewReader(check.Spec))
	strict.DisallowUnknownFields()
	if strict.Decode(&spec) != nil {
		return poll.Target{}, fmt.Errorf("check %s: this version of the agent cannot read what to look at", check.ID)
	}
	p, err := probe.New(spec, probe.Options{Reach: policyOf(check)})
	if err != nil {
		return poll.Target{}, fmt.Errorf("check %s: this version of the agent cannot look at it", check.ID)
	}
	timeout := spec.Timeout
	if timeout <= 0 {
		timeout = probe.DefaultTimeout
	}
	f := p.Look
	if spec.Outside() {
		f = own.Guard(f)
	}
	return poll.Target{ID: check.ID, Interval: check.Interval, Timeout: min(timeout, wire.MaxCheckWait) + line.ConfirmTimeout + time.Second, Look: f}, nil
}

// lineOf makes the computer's own line of the witnesses.
func lineOf(witnesses []string, wrong *[]error) *line.Line {
	var looks []look.Func
	for _, target := range witnesses[:min(len(witnesses), wire.MaxWitnesses)] {
		p, err := probe.New(probe.Spec{Target: target, Timeout: line.ConfirmTimeout}, probe.Options{Reach: policyOf(wire.Check{})})
		if err != nil {
			*wrong = append(*wrong, fmt.Errorf("a witness of the line: %w", err))
			continue
		}
		looks = append(looks, p.Look)
	}
	return line.New(looks, nil)
}

// run looks until ctx ends. What waits then is kept.
func (c *checks) run(ctx context.Context) error {
	var kept sync.WaitGroup
	kept.Go(func() {
		tick := time.NewTicker(keepChecksEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				c.flush(false)
			}
		}
	})
	err := c.poller.Run(ctx, c.take)
	kept.Wait()
	c.flush(false)
	return err
}

// take takes one result. What is another than before is said at once.
func (c *checks) take(id string, r look.Result) {
	said := wire.Said{Check: id, Time: r.Time.UTC(), Outcome: r.Outcome, Duration: r.Duration, Problem: bounded(r.Problem)}
	c.mu.Lock()
	before, assigned := c.said[id]
	if !assigned {
		c.mu.Unlock()
		return // taken back while it was looked at
	}
	c.said[id] = said
	c.waiting = append(c.waiting, sampled(id, r))
	changed := before.Outcome != said.Outcome || codeOf(before.Problem) != codeOf(said.Problem)
	full := len(c.waiting) >= waitingChecks
	c.mu.Unlock()
	if changed || full {
		c.flush(changed)
	}
}

// bounded is a problem within what a report may hold.
func bounded(p *look.Problem) *look.Problem {
	if p == nil {
		return nil
	}
	clip := func(s string) string { return strings.ToValidUTF8(s[:min(len(s), wire.MaxText)], "") }
	out := &look.Problem{Code: p.Code, Detail: clip(p.Detail)}
	for _, name := range slices.Sorted(maps.Keys(p.Args))[:min(len(p.Args), wire.MaxFields)] {
		if out.Args == nil {
			out.Args = map[string]string{}
		}
		out.Args[name] = clip(p.Args[name])
	}
	return out
}

func codeOf(p *look.Problem) string {
	if p == nil {
		return ""
	}
	return p.Code
}

// sampled is a result as it is kept: the few numbers that a vantage point tells,
// with the check that they are of.
func sampled(id string, r look.Result) look.Result {
	out := look.Result{Time: r.Time}
	for _, s := range r.Samples {
		if len(s.Labels) == 0 && slices.Contains(metric.FromVantages(), s.Name) {
			out.Samples = append(out.Samples, look.Sample{Name: s.Name, Labels: look.Labels("check", id), Value: s.Value})
		}
	}
	return out
}

// flush keeps what waits and then says what is newest: the numbers are never
// later than the words.
func (c *checks) flush(now bool) {
	c.mu.Lock()
	waiting := c.waiting
	c.waiting = nil
	var all []wire.Said
	for _, id := range slices.Sorted(maps.Keys(c.said)) {
		if s := c.said[id]; s.Check != "" {
			all = append(all, s)
		}
	}
	c.mu.Unlock()
	if len(waiting) > 0 {
		_ = c.keep(waiting...) // whoever keeps tells what goes wrong
	}
	c.say(all, now)
}
