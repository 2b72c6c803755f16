// Package ruleset evaluates alert and recording rules, written in Prometheus'
// rule file format, over the samples of package metricdb, and answers the
// question that closes an incident: is there evidence that it is over?
//
// It uses Prometheus' rule groups but not its manager: there are no goroutines
// and no clock here, whoever calls Eval gives the time. It decides nothing
// about mails, silences or incidents. The composition drives it; package
// promapi shows its groups.
package ruleset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
)

const (
	// outageTolerance is how old the stored state of an alert may be for its
	// "for" to go on after a restart.
	outageTolerance = time.Hour
	// graceAfterRestart is how long an alert whose "for" goes on after a
	// restart stays pending at least.
	graceAfterRestart = time.Minute
)

// Options configure a Set.
type Options struct {
	DB          *metricdb.DB          // required
	Logger      *slog.Logger          // nil: nothing is logged
	Registerer  prometheus.Registerer // nil: metrics are not registered
	ExternalURL string                // for links in templates; may be empty
	Interval    time.Duration         // of groups that give none; 15 s
}

// Source is one rule file.
type Source struct {
	Name    string // as problems and the API shall name it
	Content []byte
}

// State of an alert.
type State string

// The states of an active alert.
const (
	Pending State = "pending" // the expression holds, but not yet for the rule's "for"
	Firing  State = "firing"
)

// Alert is one active alert.
type Alert struct {
	Rule        string // the alert's name
	Group       string
	File        string
	Expr        string
	For         time.Duration
	Labels      map[string]string // alertname and the rule's own labels included
	Annotations map[string]string // templates expanded
	Value       float64           // of the expression at the last evaluation
	State       State
	ActiveAt    time.Time // since when the expression holds
}

// RuleStatus is how one rule fares.
type RuleStatus struct {
	Name      string
	Group     string
	File      string
	Alerting  bool      // false: a recording rule
	Healthy   bool      // the last evaluation succeeded
	LastError string    // why it did not
	LastEval  time.Time // moment for which it was last evaluated; zero: never
}

// Set is the loaded rules. It is safe for concurrent use.
type Set struct {
	opts    Options
	log     *slog.Logger
	url     *url.URL
	metrics *setMetrics
	manager *rules.ManagerOptions

	work sync.Mutex // held while rules are evaluated or exchanged; before mu

	mu       sync.Mutex
	loaded   bool     // something was loaded before: restoring is no longer needed
	sources  []Source // what the groups were made of
	groups   []*group
	vanished []*rules.Group // whose series are to be ended
	now      time.Time      // of the last Eval
	alerts   []Alert
	statuses []RuleStatus
}

// group is a rule group and when it was evaluated.
type group struct {
	*rules.Group
	rules   []*rule
	slot    time.Time // last evaluated; zero: never
	evals   int
	restore bool // the "for" state is still to be restored
}

// New makes an empty Set.
func New(o Options) (*Set, error) {
	if o.DB == nil {
		return nil, errors.New("make a rule set: no database is given")
	}
	if o.Interval <= 0 {
		o.Interval = 15 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	u, err := url.Parse(o.ExternalURL)
	if err != nil {
		return nil, fmt.Errorf("make a rule set: external URL: %w", err)
	}
	s := &Set{opts: o, log: o.Logger.With("component", "ruleset"), url: u, metrics: newSetMetrics(o.Registerer)}
	s.manager = &rules.ManagerOptions{
		ExternalURL: u,
		QueryFunc:   rules.EngineQueryFunc(o.DB.RuleEngine(), o.DB.Queryable()),
		NotifyFunc:  func(context.Context, string, ...*rules.Alert) {},
		// Restoring has no context of its own.
		Context:         context.Background(),
		AppendableV2:    o.DB.Appendable(),
		Queryable:       o.DB.Queryable(),
		Logger:          slog.New(quiet{s.log.Handler()}),
		OutageTolerance: outageTolerance,
		ForGracePeriod:  graceAfterRestart,
		ResendDelay:     time.Minute,
		Metrics:         rules.NewGroupMetrics(o.Registerer),
		Parser:          o.DB.Parser(),
	}
	return s, nil
}

// Load exchanges all rules for those of the sources, or none: when anything is
// wrong, the rules stay as they were and the error is a strictyaml.Errors with
// every problem of every file. The state of alerts whose group and rule are
// still there is kept. It is cheap when the sources are those that are loaded.
func (s *Set) Load(sources []Source) error {
	same := func(a, b Source) bool { return a.Name == b.Name && bytes.Equal(a.Content, b.Content) }
	s.mu.Lock()
	known := s.loaded && slices.EqualFunc(sources, s.sources, same)
	s.mu.Unlock()
	if known {
		s.metrics.loaded.Set(1)
		return nil
	}
	files, problems := parse(sources, s.opts.DB.Parser())
	if len(problems) > 0 {
		s.metrics.loaded.Set(0)
		return problems
	}
	s.work.Lock()
	defer s.work.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()

	old := map[string]*group{}
	for _, g := range s.groups {
		old[rules.GroupKey(g.File(), g.Name())] = g
	}
	var groups []*group
	for _, f := range files {
		for i := range f.groups.Groups {
			g := s.newGroup(f, i)
			key := rules.GroupKey(g.File(), g.Name())
			if was := old[key]; was != nil {
				delete(old, key)
				if was.Equals(g.Group) {
					groups = append(groups, was)
					continue
				}
				g.CopyState(was.Group)
				if g.restore = was.restore; g.restore {
					for _, r := range g.rules {
						r.SetRestored(false) // not before the stored state was read
					}
				}
			}
			groups = append(groups, g)
		}
	}
	for key, g := range old {
		s.forgetMetrics(key)
		s.vanished = append(s.vanished, s.tombstone(g.Group))
	}
	slices.SortFunc(groups, func(a, b *group) int {
		return strings.Compare(rules.GroupKey(a.File(), a.Name()), rules.GroupKey(b.File(), b.Name()))
	})
	s.groups, s.sources, s.loaded = groups, slices.Clone(sources), true
	s.snapshot()
	s.metrics.loaded.Set(1)
	return nil
}

// newGroup makes group i of a file.
func (s *Set) newGroup(f file, i int) *group {
	rg := f.groups.Groups[i]
	interval := time.Duration(rg.Interval)
	if interval <= 0 {
		interval = s.opts.Interval
	}
	g := &group{restore: !s.loaded}
	var made []rules.Rule
	for j, r := range rg.Rules {
		expr := f.exprs[i][j]
		lset := rules.FromMaps(rg.Labels, r.Labels)
		if r.Alert == "" {
			made = append(made, rules.NewRecordingRule(r.Record, expr, lset))
			continue
		}
		ar := rules.NewAlertingRule(r.Alert, expr, time.Duration(r.For), time.Duration(r.KeepFiringFor), lset,
			labels.FromMap(r.Annotations), labels.EmptyLabels(), s.opts.ExternalURL, !g.restore, s.manager.Logger)
		made = append(made, ar)
		g.rules = append(g.rules, newRule(ar))
	}
	g.Group = rules.NewGroup(rules.GroupOptions{
		Name:        rg.Name,
		File:        f.name,
		Interval:    interval,
		Limit:       rg.Limit,
		Rules:       made,
		Opts:        s.manager,
		QueryOffset: (*time.Duration)(rg.QueryOffset),
	})
	return g
}

// tombstone makes a group without rules that, once evaluated, ends the series
// which the rules of a vanished group wrote.
func (s *Set) tombstone(of *rules.Group) *rules.Group {
	offset := of.QueryOffset()
	t := rules.NewGroup(rules.GroupOptions{Name: of.Name(), File: of.File(), Interval: of.Interval(), Opts: s.manager, QueryOffset: &offset})
	t.CopyState(of)
	s.forgetMetrics(rules.GroupKey(of.File(), of.Name()))
	return t
}

// Groups returns the groups in the order of their files and names.
func (s *Set) Groups() []*rules.Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*rules.Group, len(s.groups))
	for i, g := range s.groups {
		out[i] = g.Group
	}
	return out
}

// Alerts returns what is active as of the last evaluation, ordered by rule and
// labels. The caller must not change it.
func (s *Set) Alerts() []Alert {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.alerts
}

// Rules tells how each rule fares, in the order of files and groups.
func (s *Set) Rules() []RuleStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.statuses
}

// snapshot takes the picture that Alerts and Rules give. s.mu is held.
func (s *Set) snapshot() {
	alerts, statuses := []Alert{}, []RuleStatus{}
	failing := 0
	for _, g := range s.groups {
		for _, r := range g.Rules() {
			ar, alerting := r.(*rules.AlertingRule)
			st := RuleStatus{Name: r.Name(), Group: g.Name(), File: g.File(), Alerting: alerting,
				Healthy: r.Health() == rules.HealthGood, LastEval: g.slot}
			if err := r.LastError(); err != nil {
				st.LastError = err.Error()
				failing++
			}
			statuses = append(statuses, st)
			if !alerting {
				continue
			}
			expr := ar.Query().String()
			for _, a := range ar.ActiveAlerts() {
				state := Pending
				if a.State == rules.StateFiring {
					state = Firing
				}
				alerts = append(alerts, Alert{
					Rule: ar.Name(), Group: g.Name(), File: g.File(), Expr: expr, For: ar.HoldDuration(),
					Labels: a.Labels.Map(), Annotations: a.Annotations.Map(),
					Value: a.Value, State: state, ActiveAt: a.ActiveAt,
				})
			}
		}
	}
	slices.SortFunc(alerts, func(a, b Alert) int {
		if c := strings.Compare(a.Rule, b.Rule); c != 0 {
			return c
		}
		return strings.Compare(labels.FromMap(a.Labels).String(), labels.FromMap(b.Labels).String())
	})
	s.alerts, s.statuses = alerts, statuses
	s.metrics.failing.Set(float64(failing))
}

// quiet keeps what the groups log at each evaluation, which this package tells
// once, at level Debug.
type quiet struct{ slog.Handler }

func (h quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return h.Handler.Enabled(ctx, demote(l))
}

func (h quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Level = demote(r.Level)
	return h.Handler.Handle(ctx, r)
}

func (h quiet) WithAttrs(as []slog.Attr) slog.Handler { return quiet{h.Handler.WithAttrs(as)} }
func (h quiet) WithGroup(name string) slog.Handler    { return quiet{h.Handler.WithGroup(name)} }

func demote(l slog.Level) slog.Level {
	if l < slog.LevelError {
		return slog.LevelDebug
	}
	return l
}
