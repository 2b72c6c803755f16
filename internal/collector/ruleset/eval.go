package ruleset

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/prometheus/prometheus/rules"
)

// restoreAfter is the evaluation after which the "for" state of a restarted
// program is restored. As in Prometheus it is the second: at the first one,
// data may not have come yet.
const restoreAfter = 2

// Eval evaluates the groups that are due at the given time. A group is due
// once in each of its intervals, which are counted from a fixed moment, so
// that calling it more often changes nothing; after a jump of the clock it is
// due at once. Call it every second or so. ctx bounds the whole; rules that it
// cuts off count as failed. Groups that took little time the last time go
// first, so that one which takes all the time there is starves no other.
func (s *Set) Eval(ctx context.Context, now time.Time) {
	s.work.Lock()
	defer s.work.Unlock()
	s.mu.Lock()
	groups, vanished := s.groups, s.vanished
	s.vanished = nil
	s.mu.Unlock()

	var due []*group
	for _, g := range groups {
		slot := now.Truncate(g.Interval())
		// A clock that is set back a little (less than an interval) waits; one
		// that is set back a lot does not wait for the old time to come again.
		if slot.Equal(g.slot) || (slot.Before(g.slot) && g.slot.Sub(slot) <= g.Interval()) {
			continue
		}
		due = append(due, g)
	}
	slices.SortStableFunc(due, func(a, b *group) int { return cmp.Compare(a.GetEvaluationTime(), b.GetEvaluationTime()) })
	for _, g := range due {
		s.evalGroup(ctx, g, now.Truncate(g.Interval()))
	}
	// After the others: a rule that only moved to another group has written
	// its series for this moment, and keeps it.
	for _, g := range vanished {
		g.Eval(ctx, now)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
	if len(due)+len(vanished) > 0 {
		s.snapshot()
	}
}

func (s *Set) evalGroup(ctx context.Context, g *group, slot time.Time) {
	at := slot.Add(-g.QueryOffset())
	for _, r := range g.rules {
		r.comeBack(slot)
		r.before(ctx, s, at)
	}
	healthy := map[rules.Rule]bool{}
	for _, r := range g.Rules() {
		healthy[r] = r.LastError() == nil
	}
	rules.DefaultEvalIterationFunc(ctx, g.Group, slot)
	g.slot = slot
	g.evals++
	if g.restore && g.evals >= restoreAfter {
		g.RestoreForState(slot)
		g.restore = false
	}
	for _, r := range g.rules {
		r.after(ctx, s, at)
	}
	for _, r := range g.Rules() {
		switch err := r.LastError(); {
		case err != nil:
			s.metrics.failed.Inc()
			if healthy[r] && ctx.Err() == nil {
				s.log.Warn("a rule cannot be evaluated", "rule", r.Name(), "group", g.Name(), "file", g.File(), "err", err)
			}
		case !healthy[r]:
			s.log.Info("a rule can be evaluated again", "rule", r.Name(), "group", g.Name(), "file", g.File())
		}
	}
}

// comeBack puts right what an alert remembers of a time that lies ahead: the
// clock was wrong and was set back. Otherwise an alert that began meanwhile
// would be pending until that time comes again.
func (r *rule) comeBack(now time.Time) {
	r.ForEachActiveAlert(func(a *rules.Alert) {
		if a.ActiveAt.After(now) {
			a.ActiveAt = now
			if a.State == rules.StateFiring {
				a.ActiveAt = now.Add(-r.HoldDuration())
			}
		}
		for _, t := range []*time.Time{&a.FiredAt, &a.ResolvedAt, &a.KeepFiringSince, &a.LastSentAt} {
			if t.After(now) {
				*t = now
			}
		}
	})
}
