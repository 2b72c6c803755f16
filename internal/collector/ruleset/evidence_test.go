package ruleset_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/ruleset"
	"github.com/budi-monitor/budi/internal/look"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// bench is a database and a rule set that a test drives.
type bench struct {
	t   testing.TB
	db  *metricdb.DB
	set *ruleset.Set
	now time.Time
}

func newBench(t testing.TB, rules string) *bench {
	t.Helper()
	b := &bench{t: t, now: noon}
	db, err := metricdb.Open(context.Background(), metricdb.Options{Dir: t.TempDir(), Now: func() time.Time { return b.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b.db = db
	b.restart(rules)
	return b
}

// restart makes a new rule set over the same database.
func (b *bench) restart(rules string) {
	b.t.Helper()
	set, err := ruleset.New(ruleset.Options{DB: b.db, ExternalURL: "https://budi.example.lt"})
	if err != nil {
		b.t.Fatal(err)
	}
	b.set = set
	if rules != "" {
		b.load(rules)
	}
}

func (b *bench) load(rules string) {
	b.t.Helper()
	if err := b.set.Load([]ruleset.Source{{Name: "r.yml", Content: []byte(rules)}}); err != nil {
		b.t.Fatal(err)
	}
}

// write stores series, "name{labels} value" each, at a time relative to now.
// Each has a target of its own, so that nothing ends by itself.
func (b *bench) write(ago time.Duration, series ...string) {
	b.t.Helper()
	p := parser.NewParser(parser.Options{})
	for _, s := range series {
		ls, values, err := p.ParseSeriesDesc(s)
		if err != nil {
			b.t.Fatal(err)
		}
		sample := look.Sample{Name: ls.Get(model.MetricNameLabel)}
		ls.Range(func(l labels.Label) {
			if l.Name != model.MetricNameLabel {
				sample.Labels = append(sample.Labels, look.Label{Name: l.Name, Value: l.Value})
			}
		})
		r := look.Result{Time: b.now.Add(-ago)}
		if v := values[0]; !v.Omitted { // "_": the series ends
			sample.Value = v.Value
			r.Samples = []look.Sample{sample}
		}
		if err := b.db.Record(context.Background(), metricdb.Target{ID: ls.String()}, r); err != nil {
			b.t.Fatal(err)
		}
	}
}

// step moves the clock to the next evaluation.
func (b *bench) step() { b.advance(15 * time.Second) }

func (b *bench) advance(d time.Duration) {
	b.now = b.now.Add(d)
	b.set.Eval(context.Background(), b.now)
}

// cleared asks as somebody who asks at each evaluation does: the second answer
// counts.
func (b *bench) cleared(rule string, pairs ...string) bool {
	ls := map[string]string{}
	for _, l := range look.Labels(pairs...) {
		ls[l.Name] = l.Value
	}
	b.set.Eval(context.Background(), b.now)
	b.set.Cleared(context.Background(), rule, ls)
	b.step()
	return b.set.Cleared(context.Background(), rule, ls)
}

func alertRule(expr string) string {
	return fmt.Sprintf("groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: %q\n        labels: {severity: critical, team: it}\n", expr)
}

// TestEvidence: for each form of expression, which data make the absence of
// the alert {site="s", check="c", …} count.
func TestEvidence(t *testing.T) {
	const (
		old   = 8 * time.Minute // older than FreshFor, within the lookback
		fresh = time.Minute
	)
	type at struct {
		ago    time.Duration
		series string
	}
	alert := []string{"alertname", "A", "severity", "critical", "team", "it", "site", "s", "check", "c"}
	for _, tc := range []struct {
		name  string
		expr  string
		data  []at
		alert []string // nil: alert
		want  bool
	}{
		// Selectors.
		{"a fresh series with the alert's labels is evidence", `up == 0`, []at{{fresh, `up{site="s",check="c"} 1`}}, nil, true},
		{"no series is none", `up == 0`, nil, nil, false},
		{"an old sample is none", `up == 0`, []at{{old, `up{site="s",check="c"} 1`}}, nil, false},
		{"a sample of exactly the limit counts", `up == 0`, []at{{ruleset.FreshFor - 15*time.Second, `up{site="s",check="c"} 1`}}, nil, true},
		{"a series that ended is none", `up == 0`, []at{{2 * fresh, `up{site="s",check="c"} 1`}, {fresh, `up{site="s",check="c"} _`}}, nil, false},
		{"a series of another check is none", `up == 0`, []at{{fresh, `up{site="s",check="other"} 1`}}, nil, false},
		{"one label that differs is enough to be none", `up == 0`, []at{{fresh, `up{site="other",check="c"} 1`}}, nil, false},
		{"a series may have more labels than the alert", `max without (phase) (up) == 0`, []at{{fresh, `up{site="s",check="c",phase="x"} 1`}}, nil, true},
		{"a series may lack a label of the alert", `up == 0`, []at{{fresh, `up{site="s"} 1`}}, nil, true},
		{"a series of another metric is none", `up == 0`, []at{{fresh, `down{site="s",check="c"} 1`}}, nil, false},
		{"a series that the selector does not match is none", `up{job="a"} == 0`, []at{{fresh, `up{site="s",check="c",job="b"} 1`}}, nil, false},
		{"a regular expression selects", `{__name__=~"up|ready"} == 0`, []at{{fresh, `ready{site="s",check="c"} 1`}}, nil, true},
		{"the rule's own labels do not bind the series", `up == 0`, []at{{fresh, `up{site="s",check="c",team="x",severity="y"} 1`}}, nil, true},

		// Numbers and time.
		{"time() and numbers need nothing", `end - time() < 0`, []at{{fresh, `end{site="s",check="c"} 9e9`}}, nil, true},
		{"time() and numbers alone are no evidence for a series that is gone", `end - time() < 0`, []at{{old, `end{site="s",check="c"} 9e9`}}, nil, false},
		{"time() on the left likewise", `time() - last > 300`, []at{{fresh, `last{site="s",check="c"} 9e9`}}, nil, true},
		{"time() on the left, data gone", `time() - last > 300`, []at{{old, `last{site="s",check="c"} 9e9`}}, nil, false},
		{"an expression without data is always evidence", `vector(1) > 2`, nil, nil, true},
		{"a number", `vector(time()) < 0`, nil, []string{"alertname", "A"}, true},
		{"a negated selector", `-up > 0`, []at{{fresh, `up{site="s",check="c"} 1`}}, nil, true},
		{"parentheses", `((up)) == 0`, []at{{old, `up{site="s",check="c"} 1`}}, nil, false},

		// Ranges, subqueries, offsets.
		{"a range needs a fresh sample in it", `max_over_time(up[1h]) == 0`, []at{{fresh, `up{site="s",check="c"} 1`}}, nil, true},
		{"a range with old samples only is none", `max_over_time(up[1h]) == 0`, []at{{old, `up{site="s",check="c"} 1`}}, nil, false},
		{"a rate", `rate(errors_total[10m]) > 9`, []at{{old, `errors_total{site="s",check="c"} 1`}, {fresh, `errors_total{site="s",check="c"} 1`}}, nil, true},
		{"a subquery", `max_over_time((up == 0)[1h:1m]) == 5`, []at{{fresh, `up{site="s",check="c"} 1`}}, nil, true},
		{"a subquery over old samples", `max_over_time((up == 0)[1h:1m]) == 5`, []at{{old, `up{site="s",check="c"} 1`}}, nil, false},
		{"an offset is counted from then", `up offset 1h == 0`, []at{{time.Hour + fresh, `up{site="s",check="c"} 1`}}, nil, true},
		{"fresh now is not fresh then", `up offset 1h == 0`, []at{{fresh, `up{site="s",check="c"} 1`}}, nil, false},
		{"a difference to yesterday needs both days", `up - up offset 1d < -5`, []at{{24*time.Hour + fresh, `up{site="s",check="c"} 1`}, {fresh, `up{site="s",check="c"} 1`}}, nil, true},
		{"today alone is not enough for it", `up - up offset 1d < -5`, []at{{fresh, `up{site="s",check="c"} 1`}}, nil, false},
		{"an offset of a subquery adds up", `max_over_time((up offset 30m)[10m:1m] offset 30m) == 0`, []at{{time.Hour + fresh, `up{site="s",check="c"} 1`}}, nil, true},
		{"a fixed moment", fmt.Sprintf(`up @ %d == 0`, noon.Add(-time.Hour).Unix()), []at{{time.Hour + fresh, `up{site="s",check="c"} 1`}}, nil, true},
		{"a fixed moment without data", fmt.Sprintf(`up @ %d == 0`, noon.Add(-time.Hour).Unix()), []at{{fresh, `up{site="s",check="c"} 1`}}, nil, false},

		// absent.
		{"absent needs nothing: the data are there when it gives nothing", `absent(up{site="s",check="c"})`, []at{{fresh, `up{site="s",check="c"} 1`}}, nil, true},
		{"absent while the data are absent is active, not cleared", `absent(up{site="s",check="c"})`, nil, nil, false},
		{"absent_over_time likewise", `absent_over_time(up{site="s",check="c"}[5m])`, []at{{fresh, `up{site="s",check="c"} 1`}}, nil, true},

		// Set operators.
		{"or: the left is enough", `up == 0 or ready == 0`, []at{{fresh, `up{site="s",check="c"} 1`}}, nil, true},
		{"or: the right is enough", `up == 0 or ready == 0`, []at{{fresh, `ready{site="s",check="c"} 1`}}, nil, true},
		{"or: neither is not", `up == 0 or ready == 0`, []at{{old, `up{site="s",check="c"} 1`}}, nil, false},
		{"unless: the left counts", `up == 0 unless paused == 1`, []at{{fresh, `up{site="s",check="c"} 1`}}, nil, true},
		{"unless: the right alone does not", `up == 0 unless paused == 1`, []at{{fresh, `paused{site="s",check="c"} 0`}}, nil, false},
		{"and: both are needed", `up == 0 and busy > 5`, []at{{fresh, `up{site="s",check="c"} 1`}, {fresh, `busy{site="s",check="c"} 1`}}, nil, true},
		{"and: the left alone is not enough", `up == 0 and busy > 5`, []at{{fresh, `up{site="s",check="c"} 1`}}, nil, false},
		{"and: the right alone is not enough", `up == 0 and busy > 5`, []at{{fresh, `busy{site="s",check="c"} 1`}}, nil, false},
		{"and on: the right is bound by that label only", `up == 0 and on (site) busy > 5`, []at{{fresh, `up{site="s",check="c"} 1`}, {fresh, `busy{site="s",check="gateway"} 1`}}, nil, true},
		{"and on: by that label it is bound", `up == 0 and on (site) busy > 5`, []at{{fresh, `up{site="s",check="c"} 1`}, {fresh, `busy{site="other"} 1`}}, nil, false},
		{"and ignoring: the right is not bound by it", `up == 0 and ignoring (check) busy > 5`, []at{{fresh, `up{site="s",check="c"} 1`}, {fresh, `busy{site="s",check="gateway"} 1`}}, nil, true},

		// Arithmetic and joins.
		{"arithmetic: both are needed", `used / size > 2`, []at{{fresh, `used{site="s",check="c"} 1`}, {fresh, `size{site="s",check="c"} 1`}}, nil, true},
		{"arithmetic: one is not enough", `used / size > 2`, []at{{fresh, `used{site="s",check="c"} 1`}, {old, `size{site="s",check="c"} 1`}}, nil, false},
		{"a comparison of two series needs both", `used > size`, []at{{fresh, `used{site="s",check="c"} 1`}}, nil, false},
		{"group_left: the one side is bound by on", `up * on (site) group_left (room) info < 0`, []at{{fresh, `up{site="s",check="c"} 1`}, {fresh, `info{site="s",check="zzz",room="214"} 1`}}, append(alert, "room", "214"), true},
		{"group_left: what is taken binds the one side", `up * on (site) group_left (room) info < 0`, []at{{fresh, `up{site="s",check="c"} 1`}, {fresh, `info{site="s",room="100"} 1`}}, append(alert, "room", "214"), false},
		{"group_left: what is taken does not bind the many side", `up * on (site) group_left (room) info < 0`, []at{{fresh, `up{site="s",check="c",room="old"} 1`}, {fresh, `info{site="s",room="214"} 1`}}, append(alert, "room", "214"), true},
		{"group_left without the info is none", `up * on (site) group_left (room) info < 0`, []at{{fresh, `up{site="s",check="c"} 1`}}, append(alert, "room", "214"), false},
		{"group_right mirrors it", `info * on (site) group_right (room) up < 0`, []at{{fresh, `up{site="s",check="c"} 1`}, {fresh, `info{site="s",room="214"} 1`}}, append(alert, "room", "214"), true},
		{"group_left with ignoring", `up * ignoring (check, room) group_left (room) info < 0`, []at{{fresh, `up{site="s",check="c"} 1`}, {fresh, `info{site="s",room="214"} 1`}}, append(alert, "room", "214"), true},
		{"on that leaves few labels", `used / on (site) size > 2`, []at{{fresh, `used{site="s",check="x"} 1`}, {fresh, `size{site="s",check="y"} 1`}}, []string{"site", "s"}, true},

		// Aggregations.
		{"sum by: a series of the group is evidence", `sum by (site) (up) == 0`, []at{{fresh, `up{site="s",check="any"} 1`}}, []string{"site", "s"}, true},
		{"sum by: a series of another group is none", `sum by (site) (up) == 0`, []at{{fresh, `up{site="other",check="any"} 1`}}, []string{"site", "s"}, false},
		{"sum over all: any series", `sum(up) < 0`, []at{{fresh, `up{site="other"} 1`}}, []string{}, true},
		{"sum over all: none", `sum(up) < 0`, []at{{old, `up{site="other"} 1`}}, []string{}, false},
		{"without drops a label", `sum without (check) (up) == 0`, []at{{fresh, `up{site="s",check="x"} 1`}}, []string{"site", "s"}, true},
		{"an aggregation within another", `max by (site) (sum by (site, check) (up)) == 0`, []at{{fresh, `up{site="s",check="x"} 1`}}, []string{"site", "s"}, true},
		{"topk leaves the labels", `topk by (site) (1, up) == 0`, []at{{fresh, `up{site="s",check="x"} 1`}}, nil, false},
		{"topk with the labels", `topk(1, up) == 0`, []at{{fresh, `up{site="s",check="c"} 1`}}, nil, true},
		{"count_values makes a label", `count_values by (site) ("version", up) < 0`, []at{{fresh, `up{site="s",version="x"} 1`}}, []string{"site", "s", "version", "1"}, true},
		{"a parameter from data needs them", `quantile by (site) (scalar(q), up) < 0`, []at{{fresh, `up{site="s"} 1`}}, []string{"site", "s"}, false},
		{"a parameter from data, there", `quantile by (site) (scalar(q), up) < 0`, []at{{fresh, `up{site="s"} 1`}, {fresh, `q{x="y"} 1`}}, []string{"site", "s"}, true},

		// Functions.
		{"scalar is not bound by labels", `up < scalar(limit)`, []at{{fresh, `up{site="s",check="c"} 1`}, {fresh, `limit{site="zzz"} 0`}}, nil, true},
		{"label_replace makes up a label", `label_replace(up, "device", "$1", "check", "(.*)") == 0`, []at{{fresh, `up{site="s",check="c",device="zzz"} 1`}}, append(alert, "device", "c"), true},
		{"label_join makes up a label", `label_join(up, "device", "-", "site", "check") == 0`, []at{{fresh, `up{site="s",check="c"} 1`}}, append(alert, "device", "s-c"), true},
		{"a label made up for one branch only binds to that branch", `label_replace(up == 0, "why", "up", "", "") or label_replace(ready == 0, "why", "ready", "", "")`, []at{{fresh, `ready{site="s",check="c"} 1`}}, append(alert, "why", "up"), false},
		{"and the branch it came from is enough", `label_replace(up == 0, "why", "up", "", "") or label_replace(ready == 0, "why", "ready", "", "")`, []at{{fresh, `up{site="s",check="c"} 1`}}, append(alert, "why", "up"), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, alertRule(tc.expr))
			b.now = b.now.Add(-15 * time.Second) // cleared steps to noon
			for _, d := range tc.data {
				b.write(d.ago-15*time.Second, d.series)
			}
			ask := tc.alert
			if ask == nil {
				ask = alert
			}
			if got := b.cleared("A", ask...); got != tc.want {
				t.Errorf("%s: cleared is %v, want %v", tc.expr, got, tc.want)
			}
			for _, r := range b.set.Rules() {
				if r.LastError != "" {
					t.Fatalf("the rule does not work: %s", r.LastError)
				}
			}
		})
	}
}

func TestAnActiveAlertIsNotCleared(t *testing.T) {
	b := newBench(t, strings.ReplaceAll(alertRule(`up == 0`), "labels:", "for: 10m\n        labels:"))
	b.write(0, `up{check="a"} 0`, `up{check="b"} 1`)
	b.step()
	if alerts := b.set.Alerts(); len(alerts) != 1 || alerts[0].State != ruleset.Pending {
		t.Fatalf("alerts are %+v, want one pending", alerts)
	}
	if b.cleared("A", "check", "a") {
		t.Error("a pending alert is called cleared")
	}
	if b.cleared("A", "check", "a", "severity", "warning") {
		t.Error("with another severity it is called cleared")
	}
	if b.cleared("A", "check", "a", "team", "old") {
		t.Error("with another value of the rule's own label it is called cleared")
	}
	if !b.cleared("A", "check", "b") {
		t.Error("another check is not called cleared")
	}
}

func TestAllRulesOfANameMustBeOver(t *testing.T) {
	b := newBench(t, `groups:
  - name: g
    rules:
      - alert: A
        expr: left < 14
        labels: {severity: warning}
      - alert: A
        expr: left < 3
        labels: {severity: critical}
`)
	b.write(0, `left{check="a"} 5`)
	b.step()
	if b.cleared("A", "check", "a", "severity", "critical") {
		t.Error("cleared, although the warning is active")
	}
	b.write(0, `left{check="a"} 50`)
	if !b.cleared("A", "check", "a", "severity", "critical") {
		t.Error("not cleared, although neither is active")
	}
}

func TestALookThatCouldNotBeMadeIsNoEvidence(t *testing.T) {
	b := newBench(t, alertRule(`probe_success == 0`))
	target := metricdb.Target{ID: "check/a", Identity: look.Labels("site", "s", "check", "a")}
	record := func(samples ...look.Sample) {
		t.Helper()
		if err := b.db.Record(context.Background(), target, look.Result{Time: b.now, Samples: samples}); err != nil {
			t.Fatal(err)
		}
	}
	down := func() bool { return len(b.set.Alerts()) == 1 }
	record(look.Sample{Name: "probe_success", Value: 0})
	b.step()
	if !down() {
		t.Fatal("no alert")
	}
	record(look.Sample{Name: "budi_look_unknown", Value: 1})
	b.step()
	if down() || b.set.Cleared(context.Background(), "A", map[string]string{"site": "s", "check": "a"}) {
		t.Error("an unknown look is called a recovery")
	}
	record(look.Sample{Name: "probe_success", Value: 1})
	b.step()
	if !b.set.Cleared(context.Background(), "A", map[string]string{"site": "s", "check": "a"}) {
		t.Error("a look that went well is no recovery")
	}
	// The target is deleted.
	if err := b.db.Forget(context.Background(), target.ID, b.now); err != nil {
		t.Fatal(err)
	}
	b.step()
	if b.set.Cleared(context.Background(), "A", map[string]string{"site": "s", "check": "a"}) {
		t.Error("a deleted target is called a recovery")
	}
}

// A sample that comes after the evaluation says nothing about it: the rule has
// not seen it.
func TestDataThatCameAfterTheEvaluationAreNoEvidence(t *testing.T) {
	b := newBench(t, alertRule(`up == 0`))
	ask := map[string]string{"check": "a"}
	b.write(0, `up{check="a"} 0`)
	b.step()
	b.write(0, `up{check="a"} _`)
	b.step() // the alert is gone, its data too
	b.write(5*time.Second, `up{check="a"} 0`)
	b.now = b.now.Add(time.Second)
	b.set.Eval(context.Background(), b.now) // not due yet
	if b.set.Cleared(context.Background(), "A", ask) {
		t.Error("a sample that the rule has not seen is called evidence")
	}
	b.step()
	if b.set.Cleared(context.Background(), "A", ask) || len(b.set.Alerts()) != 1 {
		t.Error("the alert is not back")
	}
}

func TestARuleOrARuleSetThatIsGoneIsNoEvidence(t *testing.T) {
	rules := alertRule(`up == 0`)
	b := newBench(t, rules)
	b.write(0, `up{check="a"} 1`)
	if !b.cleared("A", "check", "a") {
		t.Fatal("not cleared to begin with")
	}
	b.load(strings.ReplaceAll(rules, "alert: A", "alert: B"))
	if b.cleared("A", "check", "a") {
		t.Error("a renamed rule is called a recovery")
	}
	b.load(rules)
	if b.set.Cleared(context.Background(), "A", map[string]string{"check": "a"}) {
		t.Error("cleared before the new rule was evaluated")
	}
	b.write(0, `up{check="a"} 1`)
	if !b.cleared("A", "check", "a") {
		t.Error("not cleared although the rule is back and evaluated")
	}
	b.load("groups: []")
	if b.cleared("A", "check", "a") {
		t.Error("no rules at all are called a recovery")
	}
}

func TestARuleThatFailsIsNoEvidence(t *testing.T) {
	// Two series on the right make the match fail.
	b := newBench(t, alertRule(`up == on (site) ready`))
	b.write(0, `up{site="s"} 1`, `ready{site="s"} 0`)
	if !b.cleared("A", "site", "s") {
		t.Fatal("not cleared to begin with")
	}
	b.write(0, `ready{site="s",extra="x"} 0`)
	if b.cleared("A", "site", "s") {
		t.Error("a failing rule is called a recovery")
	}
	if r := b.set.Rules()[0]; r.Healthy || r.LastError == "" {
		t.Errorf("the rule's status is %+v", r)
	}
}

func TestRulesOnAlerts(t *testing.T) {
	b := newBench(t, `groups:
  - name: a
    rules:
      - alert: Down
        expr: up == 0
        labels: {severity: info}
  - name: b
    rules:
      - alert: ManyDown
        expr: count by (site) (ALERTS{alertname="Down", alertstate="firing"}) > 1
      - alert: Nobody
        expr: count by (site) (ALERTS{alertname="Nowhere"}) > 1
      - alert: Circle
        expr: count by (site) (ALERTS{alertname="Circle"}) > 1
`)
	b.write(0, `up{site="s",check="a"} 0`, `up{site="s",check="b"} 0`)
	for range 4 { // alerts are written from the third on: the state was restored
		b.step()
	}
	many := func() int {
		n := 0
		for _, a := range b.set.Alerts() {
			if a.Rule == "ManyDown" {
				n++
			}
		}
		return n
	}
	if many() != 1 {
		t.Fatalf("ManyDown is not active: %+v", b.set.Alerts())
	}
	if b.cleared("ManyDown", "site", "s") {
		t.Error("an active rule on alerts is called cleared")
	}
	b.write(0, `up{site="s",check="a"} 1`, `up{site="s",check="b"} 1`)
	b.step()
	if !b.cleared("ManyDown", "site", "s") || many() != 0 {
		t.Error("not cleared although the alerts it counts are over and their data are fresh")
	}
	b.write(0, `up{site="s",check="a"} _`, `up{site="s",check="b"} _`)
	if b.cleared("ManyDown", "site", "s") {
		t.Error("cleared although the data behind the counted alerts are gone")
	}
	for _, rule := range []string{"Nobody", "Circle"} {
		if b.cleared(rule, "site", "s") {
			t.Errorf("%s: cleared without any ground", rule)
		}
	}
}
