package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/collector/ruleset"
	"github.com/budi-monitor/budi/internal/look"
)

// alerting walks the way of an alert: rules → incidents → what is owed. Each
// step's picture and what it owes are stored in one transaction before anybody
// sees them; a step that cannot be stored has not happened and is made again.
type alerting struct {
	rules    *ruleset.Set
	store    reserved
	outbox   *outbox.Outbox
	muted    func(ctx context.Context, labels map[string]string) []string                    // IDs of silences
	seen     func(labels map[string]string) (names map[string]string, problem *look.Problem) // of what an alert's labels point at
	about    func(labels, annotations map[string]string) map[string]string                   // annotations with the thing that an alert is about
	publish  func([]incident.Incident)                                                       // shows the open incidents to Alertmanager's API
	around   func(now time.Time, p incident.Policy) (incident.Moment, incident.Policy)       // what calendar, roster and topology say
	presence *present
	log      *slog.Logger
	now      func() time.Time
	interval time.Duration
	metrics  alertingMetrics

	mu      sync.Mutex
	policy  incident.Policy
	picture incident.Picture
	failing bool // the last step could not be stored; logged once
	refused bool // the last step found no room for an alert; logged once

	// shown is what open returns: whoever looks does not wait for the disk.
	shown atomic.Pointer[[]incident.Incident]

	// stepped is when a step was last stored, or had nothing to store.
	stepped atomic.Pointer[time.Time]
}

type alertingMetrics struct {
	incidents *prometheus.GaugeVec
	refused   prometheus.Gauge
	errors    prometheus.Counter
	duration  prometheus.Gauge
}

func newAlertingMetrics(r prometheus.Registerer) alertingMetrics {
	m := alertingMetrics{
		incidents: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "budi_incidents", Help: "Incidents that are not closed, by state and evidence."}, []string{"state", "evidence"}),
		refused:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "budi_incidents_refused", Help: "Alerts that found no room because the limit of open incidents is reached."}),
		errors:    prometheus.NewCounter(prometheus.CounterOpts{Name: "budi_step_errors_total", Help: "Steps of the incident machine that could not be stored and were made again."}),
		duration:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "budi_step_duration_seconds", Help: "Duration of the last evaluation of the rules and step of the incident machine."}),
	}
	r.MustRegister(m.incidents, m.refused, m.errors, m.duration)
	return m
}

// recentIncidents is among how many incidents those are looked for after a start
// that ended a short while ago.
const recentIncidents = 1000

// load reads the open incidents of the time before the start.
func (a *alerting) load() error {
	open, err := a.store.OpenIncidents()
	if err != nil {
		return fmt.Errorf("read open incidents: %w", err)
	}
	next, err := a.store.NextIncidentID()
	if err != nil {
		return fmt.Errorf("read the next incident's number: %w", err)
	}
	closed, err := a.store.Journal(0, recentIncidents)
	if err != nil {
		return fmt.Errorf("read incidents that ended lately: %w", err)
	}
	a.picture = incident.Picture{Open: make(map[incident.Key]incident.Incident, len(open)), Next: next, Recent: map[incident.Key]incident.Incident{}}
	for _, inc := range slices.Backward(closed) { // the newest of a key counts
		if inc.EndReason == incident.Recovered && !inc.Opened.IsZero() {
			a.picture.Recent[inc.Key] = inc // the first step forgets what is too old
		}
	}
	for _, inc := range open {
		a.picture.Open[inc.Key] = inc
	}
	a.note()
	return nil
}

// run steps until ctx ends.
func (a *alerting) run(ctx context.Context) error {
	tick := time.NewTicker(a.interval)
	defer tick.Stop()
	for {
		a.step(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// step evaluates the rules that are due and moves the picture to now.
func (a *alerting) step(ctx context.Context) {
	begun := time.Now()
	now := a.now()
	bounded, cancel := context.WithTimeout(ctx, max(a.interval, time.Second)*4)
	defer cancel()
	a.rules.Eval(bounded, now)
	if ctx.Err() != nil {
		return // half an evaluation is no evidence
	}

	a.mu.Lock()
	defer a.mu.Unlock()
	facts := a.facts(bounded)
	moment, policy := a.around(now, a.policy)
	facts.Moment = moment
	next, changes := incident.Step(a.picture, facts, now, policy)
	a.tellRefused(changes.Refused)
	if err := a.commit(next, changes, now); err != nil {
		a.metrics.errors.Inc()
		if !a.failing {
			a.failing = true
			a.log.Error("store what the rules say; it is tried again until it works", "err", err)
		}
		return
	}
	if a.failing {
		a.failing = false
		a.log.Info("storing what the rules say works again")
	}
	a.stepped.Store(&now)
	for _, inc := range changes.Incidents {
		a.log.Info("incident", "id", inc.ID, "rule", inc.Rule, "state", inc.State, "evidence", inc.Evidence,
			"severity", inc.Severity, "labels", inc.Labels, "told", len(inc.Notified), "silenced", inc.Silenced)
	}
	a.metrics.duration.Set(time.Since(begun).Seconds())
}

// facts gathers what the rules, the silences and the looks say.
func (a *alerting) facts(ctx context.Context) incident.Facts {
	facts := incident.Facts{Cleared: map[incident.Key]bool{}}
	alive := map[incident.Key]bool{}
	for _, al := range a.rules.Alerts() {
		labels := maps.Clone(al.Labels)
		delete(labels, "alertname")
		names, problem := a.seen(labels)
		alert := incident.Alert{
			Rule: al.Rule, Labels: labels, Annotations: a.about(labels, al.Annotations), Value: al.Value,
			Firing: al.State == ruleset.Firing, Since: al.ActiveAt,
			Silenced: len(a.muted(ctx, al.Labels)) > 0,
			Problem:  problem, Names: names,
		}
		alive[alert.Key()] = true
		facts.Alerts = append(facts.Alerts, alert)
	}
	for _, alert := range a.presence.alerts() {
		names, _ := a.seen(alert.Labels)
		if alert.Names == nil {
			alert.Names = map[string]string{}
		}
		maps.Copy(alert.Names, names)
		alert.Silenced = len(a.muted(ctx, alertLabels(incident.Incident{Rule: alert.Rule, Labels: alert.Labels}))) > 0
		alive[alert.Key()] = true
		facts.Alerts = append(facts.Alerts, alert)
	}
	for key, inc := range a.picture.Open {
		if !alive[key] && a.presence.cleared(inc) {
			facts.Cleared[key] = true
		}
		if !alive[key] && a.rules.Cleared(ctx, inc.Rule, inc.Labels) {
			facts.Cleared[key] = true
		}
	}
	return facts
}

// commit stores incidents and what is owed in one transaction, shows the next
// picture, and lets the messages go, in this order: whoever is told finds what
// they are told of. The caller holds mu.
func (a *alerting) commit(next incident.Picture, changes incident.Changes, now time.Time) error {
	var rows []outbox.Row
	changed := len(changes.Incidents) > 0 || len(changes.Owed) > 0
	if changed {
		rows = a.outbox.Rows(changes.Owed, now)
		if err := a.store.CommitIncidents(changes.Incidents, rows); err != nil {
			return err
		}
	}
	a.picture = next
	a.show()
	if changed {
		a.outbox.Add(rows)
	}
	return nil
}

// tellRefused says when there is no room for more incidents.
func (a *alerting) tellRefused(n int) {
	a.metrics.refused.Set(float64(n))
	if refused := n > 0; refused != a.refused {
		a.refused = refused
		if refused {
			a.log.Error("alerts find no room and nobody is told of them: too many incidents are open, of all or about one device; close those that are unknown, or mend the rule that makes them", "refused", n, "limit", a.policy.MaxOpen, "limit_of_device", a.policy.MaxOfDevice)
		} else {
			a.log.Info("all alerts find room again")
		}
	}
}

// note takes the picture that open gives. The caller holds mu.
func (a *alerting) note() []incident.Incident {
	open := slices.Collect(maps.Values(a.picture.Open))
	slices.SortFunc(open, func(x, y incident.Incident) int { return cmp.Compare(x.ID, y.ID) })
	a.shown.Store(&open)
	return open
}

// show publishes the picture. The caller holds mu.
func (a *alerting) show() {
	open := a.note()
	a.publish(open)
	a.metrics.incidents.Reset()
	for _, inc := range open {
		a.metrics.incidents.WithLabelValues(string(inc.State), string(inc.Evidence)).Inc()
	}
}

// open returns the incidents that are not closed, oldest first.
func (a *alerting) open() []incident.Incident { return slices.Clone(*a.shown.Load()) }

// setPolicy changes holds and contacts.
func (a *alerting) setPolicy(p incident.Policy) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.policy = p
}

// acknowledge notes that somebody looks after an incident. An incident that
// was closed meanwhile is returned as it ended, without an error: whoever
// presses the button in a mail must not be scolded for coming late.
func (a *alerting) acknowledge(id incident.ID, by, comment string, until time.Time) (incident.Incident, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	next, inc, err := incident.Acknowledge(a.picture, id, by, comment, until, a.now())
	if errors.Is(err, incident.ErrNotOpen) {
		closed, found, err := a.store.Incident(id)
		if err != nil {
			return incident.Incident{}, fmt.Errorf("read incident %d: %w", id, err)
		}
		if found {
			return closed, nil
		}
	}
	if err != nil {
		return incident.Incident{}, err
	}
	return inc, a.keep(next, inc)
}

// takeBack ends the acknowledgement of an open incident.
func (a *alerting) takeBack(id incident.ID, by string) (incident.Incident, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	next, inc, err := incident.TakeBack(a.picture, id, by, a.now())
	if err != nil {
		return incident.Incident{}, err
	}
	return inc, a.keep(next, inc)
}

// addNote adds what a person said or did to an incident, open or closed.
func (a *alerting) addNote(id incident.ID, n incident.Note) (incident.Incident, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n.At = a.now()
	next, inc, err := incident.AddNote(a.picture, id, n)
	if errors.Is(err, incident.ErrNotOpen) {
		closed, found, readErr := a.store.Incident(id)
		switch {
		case readErr != nil:
			return incident.Incident{}, fmt.Errorf("read incident %d: %w", id, readErr)
		case !found:
			return incident.Incident{}, err
		}
		if inc, err = closed.With(n); err != nil {
			return incident.Incident{}, fmt.Errorf("add to incident %d: %w", id, err)
		}
		next = a.picture
	}
	if err != nil {
		return incident.Incident{}, err
	}
	return inc, a.keep(next, inc)
}

// addNotes adds a note to every open incident that is chosen, in one
// transaction. An incident that can hold no more goes without.
func (a *alerting) addNotes(chosen func(incident.Incident) bool, n incident.Note) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	n.At = a.now()
	next := a.picture
	var changed []incident.Incident
	for _, inc := range a.open() {
		if !chosen(inc) {
			continue
		}
		if p, noted, err := incident.AddNote(next, inc.ID, n); err == nil {
			next, changed = p, append(changed, noted)
		}
	}
	return a.keep(next, changed...)
}

// keep stores what a person changed of incidents, and shows it then. The caller
// holds mu.
func (a *alerting) keep(next incident.Picture, changed ...incident.Incident) error {
	if err := a.commit(next, incident.Changes{Incidents: changed}, a.now()); err != nil {
		return fmt.Errorf("store what a person said of incidents: %w", err)
	}
	return nil
}

// closeByHand ends an incident of which nobody can know any more.
func (a *alerting) closeByHand(id incident.ID, by, comment string) (incident.Incident, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	next, changes, err := incident.CloseByHand(a.picture, id, by, comment, a.now())
	if err != nil {
		return incident.Incident{}, err
	}
	if err := a.commit(next, changes, a.now()); err != nil {
		return incident.Incident{}, fmt.Errorf("store the end of incident %d: %w", id, err)
	}
	return changes.Incidents[0], nil
}
