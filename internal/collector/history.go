package collector

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/simulate"
)

// Bounds of a past that is played again.
const (
	maxHistory      = 92 * 24 * time.Hour
	historyPoints   = 10_000 // of one series
	historyJournal  = 20_000 // incidents that are looked at
	historyPageSize = 500
)

// History returns what fired in a span of the past, and what people said then,
// with what the collector knows today of things, calendar and contacts. Alerts
// come from the series ALERTS, which is exact to the step of the query; those
// that no rule made, and the names of things, from the journal.
func (o ops) History(ctx context.Context, span admin.TimeSpan) (json.RawMessage, error) {
	c := o.c
	if now := c.now(); span.To.After(now) {
		span.To = now
	}
	switch length := span.To.Sub(span.From); {
	case length <= 0:
		return nil, fmt.Errorf("the span from %s to %s has no past in it", span.From.Format(time.RFC3339), span.To.Format(time.RFC3339))
	case length > maxHistory:
		return nil, fmt.Errorf("at most %d days of the past are played again; ask for a shorter span", maxHistory/(24*time.Hour))
	}
	incidents, err := o.past(span)
	if err != nil {
		return nil, err
	}
	config := c.Config()
	h := simulate.History{
		From: span.From, To: span.To, TimeZone: config.TimeZone, Things: c.graph().All(), Calendar: config.cal.Config(),
		Escalations: config.Alerting.Escalation, Policy: policyOf(&config), SumUpAfter: config.Alerting.SumUpAfter,
	}
	h.Policy.Graph = nil
	for _, p := range config.Contacts {
		h.Contacts = append(h.Contacts, simulate.HistoryContact{Contact: p.ForRoster(), Language: config.lang(p)})
	}
	byKey := map[incident.Key]incident.Incident{}
	for _, inc := range incidents {
		byKey[inc.Key] = inc // the newest, as they come by number
	}
	made, err := o.fired(ctx, span, byKey)
	if err != nil {
		return nil, err
	}
	h.Alerts = made
	byRule := map[string]bool{}
	for _, e := range made {
		byRule[e.Rule] = true
	}
	for _, inc := range incidents {
		if !byRule[inc.Rule] && !inc.Reported && inc.Rule != "" && !ownGroup(inc) {
			h.Alerts = append(h.Alerts, simulate.Episode{
				Rule: inc.Rule, Labels: inc.Labels, Annotations: inc.Annotations, Names: inc.Names, Members: inc.Members, Value: inc.Value,
				From: inc.Seen, To: overAt(inc),
			})
		}
		h.Words = append(h.Words, words(inc, span)...)
	}
	slices.SortStableFunc(h.Alerts, func(a, b simulate.Episode) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(incident.NewKey(a.Rule, a.Labels), incident.NewKey(b.Rule, b.Labels)))
	})
	slices.SortStableFunc(h.Words, func(a, b simulate.Word) int { return a.At.Compare(b.At) })
	data, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("write down the past: %w", err)
	}
	return data, nil
}

// ownGroup reports whether the machine made an incident itself, as it will again.
func ownGroup(inc incident.Incident) bool {
	return inc.Rule == incident.RuleTogether && inc.Labels["behind"] != ""
}

// past lists the incidents that a span touches, by number.
func (o ops) past(span admin.TimeSpan) ([]incident.Incident, error) {
	touches := func(inc incident.Incident) bool {
		return inc.Since.Before(span.To) && (inc.Ended.IsZero() || inc.Ended.After(span.From))
	}
	var out []incident.Incident
	below := incident.ID(0)
	for looked := 0; looked < historyJournal; {
		page, err := o.c.store.Journal(below, historyPageSize)
		if err != nil {
			return nil, err
		}
		for _, inc := range page {
			if touches(inc) {
				out = append(out, inc)
			}
			below = inc.ID
		}
		looked += len(page)
		if len(page) < historyPageSize || page[len(page)-1].Seen.Before(span.From.Add(-30*24*time.Hour)) {
			break
		}
	}
	for _, inc := range o.c.alerting.open() {
		if touches(inc) {
			out = append(out, inc)
		}
	}
	slices.SortFunc(out, func(a, b incident.Incident) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// fired reads from the samples which alerts fired when.
func (o ops) fired(ctx context.Context, span admin.TimeSpan, known map[incident.Key]incident.Incident) ([]simulate.Episode, error) {
	step := max(span.To.Sub(span.From)/historyPoints, time.Second).Round(time.Second)
	series, err := o.c.db.QueryRange(ctx, `ALERTS{alertstate="firing"}`, span.From, span.To, step)
	if err != nil {
		return nil, fmt.Errorf("read which alerts fired: %w", err)
	}
	var out []simulate.Episode
	for _, s := range series {
		labels := maps.Clone(s.Labels)
		rule := labels["alertname"]
		for _, name := range []string{"__name__", "alertname", "alertstate"} {
			delete(labels, name)
		}
		e := simulate.Episode{Rule: rule, Labels: labels}
		var annotations map[string]string
		if inc, ok := known[incident.NewKey(rule, labels)]; ok {
			annotations, e.Names, e.Value = inc.Annotations, inc.Names, inc.Value
		} else {
			e.Names, _ = o.c.seen(labels)
		}
		e.Annotations = o.c.alerting.about(labels, annotations)
		out = append(out, episodes(e, s.Points, step, span.To)...)
	}
	return out, nil
}

// episodes cuts the points of a series into the times during which it fired.
func episodes(e simulate.Episode, points []metricdb.Sample, step time.Duration, end time.Time) []simulate.Episode {
	var out []simulate.Episode
	for i, p := range points {
		if i == 0 || p.Time.Sub(points[i-1].Time) > step+step/2 {
			e.From = p.Time
			out = append(out, e)
		}
		if last := &out[len(out)-1]; p.Time.Add(step).Before(end) {
			last.To = p.Time.Add(step)
		} else {
			last.To = time.Time{}
		}
	}
	return out
}

// overAt is when the evidence came that an incident is over; zero: it is not.
func overAt(inc incident.Incident) time.Time {
	if inc.State == incident.Closed && inc.EndReason == incident.Recovered {
		return inc.Turned
	}
	return inc.Ended
}

// words are what people said of an incident in a span.
func words(inc incident.Incident, span admin.TimeSpan) []simulate.Word {
	var out []simulate.Word
	add := func(verb string, at time.Time, by, comment string, until time.Time) {
		if !at.Before(span.From) && at.Before(span.To) {
			out = append(out, simulate.Word{At: at, Key: inc.Key, Verb: verb, By: by, Comment: strings.TrimSpace(comment), Until: until})
		}
	}
	if a := inc.Acked; a != nil {
		add("acknowledge", a.At, a.By, a.Comment, a.Until)
	}
	for _, n := range inc.Notes {
		switch n.Kind {
		case incident.Acknowledged:
			add("acknowledge", n.At, n.By, n.Text, n.Until)
		case incident.TookBack:
			add("take_back", n.At, n.By, "", time.Time{})
		case incident.ClosedIt:
			add("close", n.At, n.By, n.Text, time.Time{})
		}
	}
	return out
}

func (offline) History(context.Context, admin.TimeSpan) (json.RawMessage, error) {
	return nil, admin.ErrNotRunning
}
