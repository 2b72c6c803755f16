package ruleset_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/budi-monitor/budi/internal/collector/ruleset"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

func TestEveryProblemIsToldWithItsLine(t *testing.T) {
	for _, tc := range []struct {
		name, content string
		want          []string
	}{
		{"an unknown field", "groups:\n  - name: g\n    rules:\n      - alert: A\n        expression: up\n", []string{
			"r.yml:5: expression: there is no such field; look for a spelling mistake or a wrong indentation",
		}},
		{"two unknown fields", "groups:\n  - name: g\n    colour: red\n    rules:\n      - alert: A\n        expr: up\n        fore: 2m\n", []string{
			"r.yml:3: colour: there is no such field", "r.yml:7: fore: there is no such field",
		}},
		{"no YAML at all", "groups: [\n", []string{"r.yml:"}},
		{"a value of the wrong form", "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up\n        for: soon\n", []string{`r.yml:6: not a valid duration string: "soon"`}},
		{"expressions that cannot be parsed, in two rules", "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up ==\n      - alert: B\n        expr: sum(\n", []string{
			"r.yml:5: A: could not parse expression", "r.yml:7: B: could not parse expression",
		}},
		{"no expression", "groups:\n  - name: g\n    rules:\n      - alert: A\n", []string{"r.yml:4: A: field 'expr' must be set in rule"}},
		{"neither alert nor record", "groups:\n  - name: g\n    rules:\n      - expr: up\n", []string{"r.yml:4: rule 1 of group g: one of 'record' or 'alert' must be set"}},
		{"a template in an annotation", "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up\n      - alert: B\n        expr: up\n        annotations:\n          summary: '{{ $labels.x '\n", []string{
			`r.yml:6: B: annotation "summary"`,
		}},
		{"a label name", "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up\n        labels: {a-b: c}\n", []string{"r.yml:4: A: invalid label name: a-b"}},
		{"a group's name twice", "groups:\n  - name: g\n    rules: []\n  - name: g\n    rules: []\n", []string{`r.yml:4: groupname: "g" is repeated in the same file`}},
		{"a rule twice", "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up\n      - alert: B\n        expr: up\n      - alert: A\n        expr: up > 1\n", []string{
			`r.yml:8: alert is "A": a rule with this name and these labels stands at r.yml:4 already`,
		}},
		{"a recording rule twice, in two groups", "groups:\n  - name: g\n    rules:\n      - record: a:b\n        expr: up\n  - name: h\n    rules:\n      - record: a:b\n        expr: up\n", []string{
			`r.yml:8: record is "a:b": a rule with this name and these labels stands at r.yml:4 already`,
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			problems := ruleset.Check([]ruleset.Source{{Name: "r.yml", Content: []byte(tc.content)}})
			if len(problems) != len(tc.want) {
				t.Fatalf("problems are\n%v\nwant %d", problems, len(tc.want))
			}
			for i, want := range tc.want {
				if got := problems[i].String(); !strings.HasPrefix(got, want) {
					t.Errorf("problem %d is\n%s\nwant\n%s", i, got, want)
				}
			}
		})
	}
}

func TestProblemsOfAllFilesAreTold(t *testing.T) {
	bad := []byte("groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up ==\n")
	good := []byte("groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up\n")
	problems := ruleset.Check([]ruleset.Source{{"one.yml", bad}, {"two.yml", good}, {"three.yml", bad}, {"four.yml", good}, {"two.yml", good}})
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprintf("%s:%d", p.File, p.Line))
	}
	if want := "one.yml:5 three.yml:5 four.yml:4 two.yml:0"; strings.Join(got, " ") != want {
		t.Errorf("problems are at %v, want %s:\n%v", got, want, problems)
	}
	if problems := ruleset.Check([]ruleset.Source{{"two.yml", good}, {"empty.yml", nil}}); problems != nil {
		t.Errorf("a file that is right has problems: %v", problems)
	}
}

func FuzzCheck(f *testing.F) {
	for _, src := range shippedFiles(f) {
		f.Add(src.Content)
	}
	f.Add([]byte("groups:\n  - name: &a g\n    rules: [*a]\n"))
	f.Add([]byte("groups: !!binary x"))
	f.Fuzz(func(_ *testing.T, content []byte) {
		ruleset.Check([]ruleset.Source{{Name: "r.yml", Content: content}})
	})
}

func TestABadFileKeepsTheOldRules(t *testing.T) {
	b := newBench(t, alertRule(`up == 0`))
	b.write(0, `up{check="a"} 0`)
	b.step()
	err := b.set.Load([]ruleset.Source{
		{Name: "good.yml", Content: []byte("groups: [{name: n, rules: [{alert: N, expr: up}]}]")},
		{Name: "bad.yml", Content: []byte("groups:\n  - name: g\n    rules:\n      - alert: X\n        expr: up ==\n")},
	})
	var problems strictyaml.Errors
	if !errors.As(err, &problems) || len(problems) != 1 || problems[0].File != "bad.yml" || problems[0].Line != 5 {
		t.Fatalf("the error is %v", err)
	}
	b.step()
	if alerts := b.set.Alerts(); len(alerts) != 1 || alerts[0].Rule != "A" {
		t.Errorf("alerts are %+v", alerts)
	}
}

func TestAlertsAreExpanded(t *testing.T) {
	b := newBench(t, `groups:
  - name: g
    rules:
      - alert: A
        expr: up == 0
        for: 30s
        labels: {severity: '{{ if eq $labels.check "a" }}critical{{ else }}warning{{ end }}'}
        annotations:
          summary: '{{ $labels.check }} is {{ $value }} of {{ with query "count(up)" }}{{ . | first | value }}{{ end }}, see {{ externalURL }}'
`)
	b.write(0, `up{check="a"} 0`, `up{check="b"} 1`)
	b.step()
	begun := b.now
	b.step()
	if alerts := b.set.Alerts(); len(alerts) != 1 || alerts[0].State != ruleset.Pending {
		t.Fatalf("alerts are %+v, want one pending", alerts)
	}
	b.step()
	alerts := b.set.Alerts()
	if len(alerts) != 1 {
		t.Fatalf("alerts are %+v", alerts)
	}
	a := alerts[0]
	if a.Rule != "A" || a.Group != "g" || a.File != "r.yml" || a.Expr != "up == 0" || a.For != 30*time.Second || a.Value != 0 ||
		a.State != ruleset.Firing || !a.ActiveAt.Equal(begun) ||
		a.Labels["severity"] != "critical" || a.Labels["check"] != "a" || a.Labels["alertname"] != "A" ||
		a.Annotations["summary"] != "a is 0 of 2, see https://budi.example.lt" {
		t.Errorf("the alert is %+v", a)
	}
	if st := b.set.Rules(); len(st) != 1 || !st[0].Healthy || !st[0].Alerting || !st[0].LastEval.Equal(b.now) {
		t.Errorf("the rule's status is %+v", st)
	}
}

func TestAReloadKeepsTheStateOfAlerts(t *testing.T) {
	rules := "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up == 0\n        for: 1m\n"
	b := newBench(t, rules)
	b.write(0, `up{check="a"} 0`)
	b.step()
	begun := b.now
	for range 3 {
		b.step()
		// The group changes each time, the rule does not.
		rules += fmt.Sprintf("      - record: r%d\n        expr: up\n", b.now.Second())
		b.load(rules)
		if len(b.set.Alerts()) != 1 {
			t.Fatal("the alert is gone right after loading")
		}
	}
	b.step()
	alerts := b.set.Alerts()
	if len(alerts) != 1 || alerts[0].State != ruleset.Firing || !alerts[0].ActiveAt.Equal(begun) {
		t.Errorf("alerts are %+v, want one firing since %s", alerts, begun)
	}
}

func (b *bench) count(expr string) float64 {
	b.t.Helper()
	points, err := b.db.Query(context.Background(), "count("+expr+") or vector(0)", b.now)
	if err != nil {
		b.t.Fatal(err)
	}
	return points[0].Value
}

func TestSeriesOfRulesThatVanishEnd(t *testing.T) {
	b := newBench(t, "groups:\n  - name: g\n    rules:\n      - {alert: A, expr: up == 0}\n      - {record: r, expr: up}\n  - name: h\n    rules:\n      - {alert: B, expr: up == 0}\n      - {record: q, expr: up}\n")
	b.write(0, `up{check="a"} 0`)
	for range 4 {
		b.step()
	}
	if b.count("ALERTS") != 2 || b.count("r") != 1 || b.count("q") != 1 {
		t.Fatal("the rules have not written their series")
	}
	// A whole group goes; and one rule of a group.
	b.load("groups:\n  - name: g\n    rules:\n      - {alert: A, expr: up == 0}\n")
	b.step()
	if got := b.count(`ALERTS{alertname="A"}`); got != 1 {
		t.Error("the alert that stays ended")
	}
	for _, expr := range []string{`ALERTS{alertname="B"}`, `ALERTS_FOR_STATE{alertname="B"}`, "r", "q"} {
		if b.count(expr) != 0 {
			t.Errorf("%s goes on", expr)
		}
	}
}

func TestARuleThatMovesToAnotherGroupKeepsItsSeries(t *testing.T) {
	b := newBench(t, "groups:\n  - name: g\n    rules:\n      - {record: r, expr: up}\n")
	b.write(0, `up{check="a"} 0`)
	b.step()
	b.load("groups:\n  - name: moved\n    rules:\n      - {record: r, expr: up}\n")
	b.step()
	if b.count("r") != 1 {
		t.Error("the series ended")
	}
	if r := b.set.Rules()[0]; !r.Healthy {
		t.Errorf("the rule fails: %s", r.LastError)
	}
}

func TestAfterARestartAFiringAlertGoesOn(t *testing.T) {
	rules := "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up == 0\n        for: 2m\n"
	b := newBench(t, rules)
	b.write(0, `up{check="a"} 0`)
	b.step()
	begun := b.now
	for range 12 {
		b.write(0, `up{check="a"} 0`)
		b.step()
	}
	if a := b.set.Alerts(); len(a) != 1 || a[0].State != ruleset.Firing {
		t.Fatalf("alerts are %+v", a)
	}
	// Ten minutes without a collector.
	b.now = b.now.Add(10 * time.Minute)
	b.restart(rules)
	for range 3 {
		b.write(0, `up{check="a"} 0`)
		b.step()
	}
	a := b.set.Alerts()
	if len(a) != 1 || a[0].State != ruleset.Firing || !a[0].ActiveAt.Equal(begun) {
		t.Errorf("alerts are %+v, want one firing since %s", a, begun)
	}
}

func TestAfterARestartAPendingAlertStartsLittleLater(t *testing.T) {
	rules := "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up == 0\n        for: 10m\n"
	b := newBench(t, rules)
	for range 40 { // nine minutes and more
		b.write(0, `up{check="a"} 0`)
		b.step()
	}
	b.restart(rules)
	for i := range 8 { // two minutes
		b.write(0, `up{check="a"} 0`)
		b.step()
		if a := b.set.Alerts(); i < 2 && (len(a) != 1 || a[0].State != ruleset.Pending) {
			t.Fatalf("after %d evaluations alerts are %+v", i+1, a)
		}
	}
	if a := b.set.Alerts(); len(a) != 1 || a[0].State != ruleset.Firing {
		t.Errorf("alerts are %+v, want one firing", a)
	}
}

func TestAReloadRightAfterARestartLosesNoState(t *testing.T) {
	rules := "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up == 0\n        for: 2m\n"
	b := newBench(t, rules)
	b.write(0, `up{check="a"} 0`)
	b.step()
	begun := b.now
	for range 12 {
		b.write(0, `up{check="a"} 0`)
		b.step()
	}
	b.restart(rules)
	b.step()
	b.load(rules + "      - record: more\n        expr: up\n")
	for range 3 {
		b.step()
	}
	if a := b.set.Alerts(); len(a) != 1 || a[0].State != ruleset.Firing || !a[0].ActiveAt.Equal(begun) {
		t.Errorf("alerts are %+v, want one firing since %s", a, begun)
	}
}

func TestEvalIsOnceInEachInterval(t *testing.T) {
	b := newBench(t, "groups:\n  - {name: g, rules: [{record: r, expr: vector(1)}]}\n  - {name: slow, interval: 1m, rules: [{record: s, expr: vector(1)}]}\n")
	// Each second for two minutes.
	for range 120 {
		b.advance(time.Second)
	}
	if got := b.count("count_over_time(r[2m])"); got != 1 {
		t.Fatal("r is not there")
	}
	points, err := b.db.Query(context.Background(), "count_over_time(r[2m]) or label_replace(count_over_time(s[2m]), 'x', 's', '', '')", b.now)
	if err != nil || len(points) != 2 {
		t.Fatal(points, err)
	}
	for _, p := range points {
		want := 8.0
		if p.Labels["x"] == "s" {
			want = 2
		}
		if p.Value != want {
			t.Errorf("%v was evaluated %g times in two minutes, want %g", p.Labels, p.Value, want)
		}
	}
}

func TestClockJumps(t *testing.T) {
	b := newBench(t, "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up == 0\n        for: 1m\n")
	down := func() { b.t.Helper(); b.write(0, `up{check="a"} 0`) }
	active := func() []ruleset.Alert { return b.set.Alerts() }
	b.write(0, `up{check="a"} 1`)
	for range 3 {
		b.step()
	}
	// Two days forward: the old data are too old to say anything.
	b.advance(48 * time.Hour)
	if len(active()) != 0 || b.cleared("A", "check", "a") {
		t.Errorf("after the jump alerts are %+v", active())
	}
	// It breaks while the clock is wrong.
	for range 6 {
		down()
		b.step()
	}
	if a := active(); len(a) != 1 || a[0].State != ruleset.Firing {
		t.Fatalf("alerts are %+v, want one firing", a)
	}
	// Back again: at once, not in two days; and it stays firing.
	b.now = noon.Add(10 * time.Minute)
	down()
	b.set.Eval(context.Background(), b.now)
	if a := active(); len(a) != 1 || a[0].State != ruleset.Firing || a[0].ActiveAt.After(b.now) {
		t.Errorf("after the jump back alerts are %+v, want one firing", a)
	}
	// A new alert is pending for its minute and no longer.
	b.write(0, `up{check="b"} 0`)
	for range 6 {
		down()
		b.write(0, `up{check="b"} 0`)
		b.step()
	}
	if a := active(); len(a) != 2 || a[1].State != ruleset.Firing {
		t.Errorf("alerts are %+v, want two firing", a)
	}
	for _, r := range b.set.Rules() {
		if !r.Healthy {
			t.Errorf("rule %s fails: %s", r.Name, r.LastError)
		}
	}
	b.write(0, `up{check="a"} 1`, `up{check="b"} 1`)
	if !b.cleared("A", "check", "a") {
		t.Error("the recovery is not seen")
	}
	if b.count("ALERTS") != 0 {
		t.Error("ALERTS goes on")
	}
}

func TestAClockThatGoesBackALittleWaits(t *testing.T) {
	b := newBench(t, "groups: [{name: g, rules: [{record: r, expr: vector(1)}]}]")
	b.now = noon.Add(time.Second)
	b.step()
	last := b.set.Rules()[0].LastEval
	b.advance(-16 * time.Second)
	if got := b.set.Rules()[0].LastEval; !got.Equal(last) {
		t.Errorf("evaluated for %s, after %s", got, last)
	}
}

func TestEvalIsBoundByItsContext(t *testing.T) {
	b := newBench(t, alertRule(`up == 0`))
	b.write(0, `up{check="a"} 1`)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b.now = b.now.Add(15 * time.Second)
	b.set.Eval(ctx, b.now)
	if r := b.set.Rules()[0]; r.Healthy || r.LastError == "" {
		t.Errorf("the rule's status is %+v", r)
	}
	if b.set.Cleared(ctx, "A", map[string]string{"check": "a"}) {
		t.Error("an evaluation that was cut off is evidence")
	}
	b.step()
	if r := b.set.Rules()[0]; !r.Healthy {
		t.Errorf("the rule's status is %+v", r)
	}
}

func TestARuleThatTakesAllTheTimeStarvesNoOther(t *testing.T) {
	const slow = "quantile_over_time(0.5, quantile_over_time(0.5, vector(time())[3h:1s])[10m:1s]) < 0"
	b := newBench(t, fmt.Sprintf(`groups:
  - name: a
    rules: [{alert: Endless, expr: %q}]
  - name: b
    rules: [{alert: A, expr: up == 0}]
`, strings.Repeat(slow+" or ", 20)+slow))
	b.write(0, `up{check="a"} 0`)
	// The second time the short one goes first, and has time on a slow computer too.
	for _, within := range []time.Duration{time.Second, 3 * time.Second} {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		b.set.Eval(ctx, b.now)
		cancel()
		b.now = b.now.Add(15 * time.Second)
	}
	if alerts := b.set.Alerts(); len(alerts) != 1 || alerts[0].Rule != "A" {
		t.Errorf("alerts are %+v", alerts)
	}
	for _, r := range b.set.Rules() {
		if r.Healthy != (r.Name == "A") {
			t.Errorf("%+v", r)
		}
	}
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	b := newBench(t, "")
	set, err := ruleset.New(ruleset.Options{DB: b.db, Registerer: reg})
	if err != nil {
		t.Fatal(err)
	}
	b.set = set
	b.load(alertRule(`up == on (site) ready`))
	b.write(0, `up{site="s"} 1`, `ready{site="s",n="1"} 0`, `ready{site="s",n="2"} 0`)
	b.step()
	_ = b.set.Load([]ruleset.Source{{Name: "bad", Content: []byte("x: y")}})
	want := `# HELP budi_rule_evaluation_failures_total Evaluations of rules that failed.
# TYPE budi_rule_evaluation_failures_total counter
budi_rule_evaluation_failures_total 1
# HELP budi_rules_failing Rules whose last evaluation failed.
# TYPE budi_rules_failing gauge
budi_rules_failing 1
# HELP budi_rules_loaded 1 when the rule files were last loaded without a problem, 0 when the ones before are still in use.
# TYPE budi_rules_loaded gauge
budi_rules_loaded 0
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "budi_rule_evaluation_failures_total", "budi_rules_failing", "budi_rules_loaded"); err != nil {
		t.Error(err)
	}
	b.load("groups: []")
	b.step()
	if n, err := testutil.GatherAndCount(reg, "prometheus_rule_group_rules", "prometheus_rule_evaluations_total"); err != nil || n != 0 {
		t.Errorf("%d metrics of groups that are gone remain (%v)", n, err)
	}
}

func TestEverythingAtOnce(t *testing.T) {
	b := newBench(t, alertRule(`up == 0`))
	b.write(0, `up{check="a"} 0`)
	var wg sync.WaitGroup
	now := b.now
	stop := make(chan struct{})
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				b.set.Alerts()
				b.set.Rules()
				b.set.Groups()
				b.set.Cleared(context.Background(), "A", map[string]string{"check": "a"})
			}
		})
	}
	for i := range 30 {
		now = now.Add(15 * time.Second)
		b.set.Eval(context.Background(), now)
		if i%5 == 0 {
			b.load(alertRule(fmt.Sprintf(`up == 0 or up == %d`, 100+i)))
		}
	}
	close(stop)
	wg.Wait()
}

func TestNewWantsADatabase(t *testing.T) {
	if _, err := ruleset.New(ruleset.Options{}); err == nil {
		t.Error("no error")
	}
}

// BenchmarkCleared asks for 500 open incidents of one rule over 500 checks, as
// the collector does after each evaluation, and evaluates.
func BenchmarkCleared(b *testing.B) {
	const n = 500
	be := newBench(b, strings.Replace(alertRule(`probe_success == 0`), "rules:", "interval: 1s\n    rules:", 1))
	var asks []map[string]string
	for i := range n {
		asks = append(asks, map[string]string{"alertname": "A", "severity": "critical", "team": "it", "site": "main", "check": fmt.Sprintf("check-%d", i), "job": "probe", "vantage": "collector"})
	}
	data := func() {
		for i := range n {
			be.write(0, fmt.Sprintf(`probe_success{site="main",check="check-%d",job="probe",vantage="collector"} 1`, i))
		}
	}
	ctx := context.Background()
	evaluate := func(b *testing.B, ask bool) {
		for i := 0; b.Loop(); i++ {
			if i%60 == 0 {
				b.StopTimer()
				data()
				b.StartTimer()
			}
			if ask {
				be.set.Cleared(ctx, "A", asks[0])
			}
			be.advance(time.Second)
		}
	}
	b.Run("evaluation without evidence", func(b *testing.B) { evaluate(b, false) })
	b.Run("evaluation with evidence", func(b *testing.B) { evaluate(b, true) })
	data()
	b.Run("500 questions after one evaluation", func(b *testing.B) {
		be.set.Cleared(ctx, "A", asks[0])
		be.advance(time.Second)
		for b.Loop() {
			for _, ask := range asks {
				if !be.set.Cleared(ctx, "A", ask) {
					b.Fatal("not cleared")
				}
			}
		}
	})
}
