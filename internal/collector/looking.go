package collector

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/latest"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/vantage"
	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/line"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/poll"
	"github.com/budi-monitor/budi/internal/probe"
)

// IDs of the collector's own targets; checks are "check/" and their ID, devices
// that are looked at over the network "polled/" and theirs.
const (
	targetHost   = "host"
	targetSelf   = "self"
	targetLine   = "line"
	checkPrefix  = "check/"
	polledPrefix = "polled/"
)

// vantageCollector is the label "vantage" of what the collector looks at itself.
const vantageCollector = vantage.Collector

// watched is one target and what its samples are stamped with.
type watched struct {
	poll.Target
	check    settings.Check // empty: one of the collector's own
	watch    *device.Watch  // of a device that is looked at over the network; nil: it is none
	identity []look.Label
	holds    time.Duration // how often something new is found out, where that is seldomer than it is asked for; 0: each time
}

// anew reports whether what is looked at, or how, or when is another than
// before: then it is not waited for its next turn, which may be a day away.
func (w watched) anew(before watched) bool {
	if w.watch != nil {
		return w.watch != before.watch // the poller knows what to do with another interval
	}
	// A clock that moves on is no other way of looking.
	w.check.Name, w.check.By = before.check.Name, before.check.By
	w.check.Parents, w.check.RunsOn, w.check.DependsOn = before.check.Parents, before.check.RunsOn, before.check.DependsOn
	w.check.Created, w.check.Changed = before.check.Created, before.check.Changed
	return w.Interval != before.Interval || !reflect.DeepEqual(w.check, before.check)
}

// plan is everything that is looked at, under one configuration.
type plan map[string]watched

// looking walks the way of a sample: look → Result → samples on disk, and the
// newest result on the board.
type looking struct {
	poller  *poll.Poller
	devices *poll.Poller // those that are looked at over the network: many that are silent keep no check waiting
	polling *polling
	db      *metricdb.DB
	board   *latest.Board
	log     *slog.Logger
	now     func() time.Time
	looks   *prometheus.CounterVec
	failed  prometheus.Counter

	plan atomic.Pointer[plan]

	// storing is held for reading while one result is stored, and for writing
	// while the plan is exchanged: nothing of a target may be stored after its
	// series were ended.
	storing sync.RWMutex
}

func newLooking(db *metricdb.DB, logger *slog.Logger, now func() time.Time, r prometheus.Registerer) *looking {
	l := &looking{
		poller: poll.New(poll.Options{Logger: logger}), devices: poll.New(poll.Options{Logger: logger}), db: db, board: latest.New(), log: logger, now: now,
		looks:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "budi_looks_total", Help: "Looks made, by outcome."}, []string{"kind", "outcome"}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{Name: "budi_record_errors_total", Help: "Results whose samples could not be stored."}),
	}
	r.MustRegister(l.looks, l.failed,
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "budi_looks_skipped_total", Help: "Looks left out because the one before at the same target was still running."},
			func() float64 { return float64(l.poller.Stats().Skipped + l.devices.Stats().Skipped) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "budi_looks_late_total", Help: "Looks that had to wait because as many as allowed were running."},
			func() float64 { return float64(l.poller.Stats().Late + l.devices.Stats().Late) }),
	)
	l.plan.Store(&plan{})
	return l
}

// planOf makes the targets of a configuration. self is the address of the
// collector's own page; options says by what and how far a check looks; hostLook
// and selfLook look at its computer and at itself.
func planOf(c *Config, device, self string, options func(settings.Check) probe.Options, hostLook, selfLook look.Func) (plan, error) {
	p := plan{}
	addAt := func(site, id string, interval, timeout time.Duration, f look.Func, identity ...look.Label) {
		p[id] = watched{
			Target:   poll.Target{ID: id, Interval: interval, Timeout: timeout, Look: f},
			identity: append([]look.Label{{Name: "site", Value: site}}, identity...),
		}
	}
	add := func(id string, interval, timeout time.Duration, f look.Func, identity ...look.Label) {
		addAt(c.Site.ID, id, interval, timeout, f, identity...)
	}
	me := look.Label{Name: "device", Value: device}
	add(targetSelf, time.Minute, 10*time.Second, selfLook, me, look.Label{Name: "job", Value: "budi"})
	if !c.Host.Disabled {
		add(targetHost, c.Host.Interval, 20*time.Second, hostLook, me, look.Label{Name: "job", Value: "host"})
	}

	ours, err := lineOf(c)
	if err != nil {
		return nil, err
	}
	if len(c.Line.Witnesses) > 0 {
		add(targetLine, c.Line.Interval, 10*time.Second, ours.Look, me, look.Label{Name: "job", Value: "line"})
	}
	for _, check := range c.Checks {
		if check.Paused || !isProbe(check) {
			continue
		}
		f, err := lookOf(check, self, options(check), ours)
		if err != nil {
			return nil, err
		}
		p[checkPrefix+check.ID] = watchedCheck(c, check, f)
	}
	return p, nil
}

// isProbe reports whether a check is looked at by a probe.
func isProbe(check settings.Check) bool {
	kind := check.Kind()
	return kind != probe.KindJob && kind != probe.KindDomain
}

// watchedCheck is a check as a target.
func watchedCheck(c *Config, check settings.Check, f look.Func) watched {
	return watched{
		Target:   poll.Target{ID: checkPrefix + check.ID, Interval: check.Every(), Timeout: check.Within() + line.ConfirmTimeout + time.Second, Look: f},
		check:    check,
		identity: identityOf(c, check),
	}
}

// identityOf is what is stamped on what the collector says of a check.
func identityOf(c *Config, check settings.Check) []look.Label {
	return []look.Label{
		{Name: "site", Value: c.siteOf(check)}, {Name: "check", Value: check.ID}, {Name: "vantage", Value: vantageCollector}, {Name: "job", Value: jobProbe},
	}
}

// lineOf makes our own line of the witnesses.
func lineOf(c *Config) (*line.Line, error) {
	var witnesses []look.Func
	for _, target := range c.Line.Witnesses {
		w, err := probe.New(probe.Spec{Target: target, Timeout: 5 * time.Second}, probe.Options{})
		if err != nil {
			return nil, fmt.Errorf("make the look at witness %s: %w", target, err)
		}
		witnesses = append(witnesses, w.Look)
	}
	return line.New(witnesses, nil), nil
}

// lookOf makes the look of a check.
func lookOf(check settings.Check, self string, options probe.Options, ours *line.Line) (look.Func, error) {
	spec := check.Spec
	if spec.Target == settings.SelfTarget {
		spec.Target = self
	}
	pr, err := probe.New(spec, options)
	if err != nil {
		return nil, fmt.Errorf("make check %s: %w", check.ID, err)
	}
	if spec.Outside() {
		return ours.Guard(pr.Look), nil
	}
	return pr.Look, nil
}

// set exchanges what is looked at. Series of targets that are gone end.
func (l *looking) set(ctx context.Context, p plan) {
	l.storing.Lock()
	defer l.storing.Unlock()
	targets := make([]poll.Target, 0, len(p))
	keep := make(map[string]bool, len(p))
	before := *l.plan.Load()
	for id, w := range p {
		if was, ok := before[id]; !ok || !w.anew(was) {
			targets = append(targets, w.Target)
		}
		keep[id] = true
	}
	l.plan.Store(&p)
	if len(targets) < len(p) {
		// What is left out here is new to the poller below: looked at within
		// seconds, and the result of a look under way is dropped.
		l.hand(targets)
		targets = targets[:0]
		for _, w := range p {
			targets = append(targets, w.Target)
		}
	}
	l.hand(targets)
	for _, id := range l.board.Keep(keep) {
		if err := l.db.Forget(ctx, id, l.now()); err != nil {
			l.log.Warn("end the series of a target that is gone", "target", id, "err", err)
		}
	}
}

// hand gives each poller its targets.
func (l *looking) hand(targets []poll.Target) {
	var devices, others []poll.Target
	for _, t := range targets {
		if strings.HasPrefix(t.ID, polledPrefix) {
			devices = append(devices, t)
		} else {
			others = append(others, t)
		}
	}
	l.poller.Set(others)
	l.devices.Set(devices)
}

// run looks until ctx ends.
func (l *looking) run(ctx context.Context) error {
	return l.poller.Run(ctx, func(id string, r look.Result) { l.take(ctx, id, r) })
}

// runDevices looks at devices over the network until ctx ends.
func (l *looking) runDevices(ctx context.Context) error {
	return l.devices.Run(ctx, func(id string, r look.Result) { l.take(ctx, id, r) })
}

// take stores one result. Whatever the clock of the program is set to in a
// test, results carry its time.
func (l *looking) take(ctx context.Context, id string, r look.Result) {
	l.storing.RLock()
	defer l.storing.RUnlock()
	w, ok := (*l.plan.Load())[id]
	if !ok {
		return // removed while it was looked at
	}
	r.Time = r.Time.Add(time.Until(l.now()).Round(time.Second))
	if w.watch != nil && !l.polling.took(ctx, strings.TrimPrefix(id, polledPrefix), r) {
		return // what answers there is another device
	}
	l.looks.WithLabelValues(r.Kind, string(r.Outcome)).Inc()
	before, seen := l.board.Get(id)
	if w.holds > 0 && seen && before.Time.Sub(r.Time).Abs() < 2*time.Second {
		return // nothing new: what is known is repeated
	}
	l.board.Put(id, max(w.Interval, w.holds), r)
	if !seen && r.Outcome != look.OK || seen && before.Outcome != r.Outcome {
		l.log.Info("outcome changed", "target", id, "outcome", r.Outcome, "problem", r.Problem)
	}
	l.store(ctx, id, w.identity, r)
}

func (l *looking) store(ctx context.Context, id string, identity []look.Label, r look.Result) {
	// A result that is there is stored, even while the collector is stopping.
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := l.db.Record(bounded, metricdb.Target{ID: id, Identity: identity}, r); err != nil {
		l.failed.Inc()
		l.log.Debug("store samples", "target", id, "err", err)
	}
}

// repeat stores the newest results of seldom looks again until ctx ends.
func (l *looking) repeat(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for _, r := range l.board.Repeats(l.now()) {
			l.again(ctx, r)
		}
	}
}

// again stores one result again, unless its target was removed meanwhile.
func (l *looking) again(ctx context.Context, r latest.Repeat) {
	l.storing.RLock()
	defer l.storing.RUnlock()
	if w, ok := (*l.plan.Load())[r.ID]; ok {
		l.store(ctx, r.ID, w.identity, r.Result)
	}
}
