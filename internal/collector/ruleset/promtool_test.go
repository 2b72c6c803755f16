package ruleset_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/configs"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/ruleset"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// testFile is promtool's test file format, as much of it as is used here.
type testFile struct {
	RuleFiles          []string       `yaml:"rule_files"`
	EvaluationInterval model.Duration `yaml:"evaluation_interval"`
	Tests              []struct {
		Name        string         `yaml:"name"`
		Interval    model.Duration `yaml:"interval"`
		InputSeries []struct {
			Series string `yaml:"series"`
			Values string `yaml:"values"`
		} `yaml:"input_series"`
		AlertRuleTest []alertTest `yaml:"alert_rule_test"`
	} `yaml:"tests"`
}

type alertTest struct {
	EvalTime  model.Duration `yaml:"eval_time"`
	Alertname string         `yaml:"alertname"`
	ExpAlerts []struct {
		ExpLabels      map[string]string `yaml:"exp_labels"`
		ExpAnnotations map[string]string `yaml:"exp_annotations"`
	} `yaml:"exp_alerts"`
}

// TestShippedRules runs the promtool tests beside the shipped rules through
// the database and the rule set as they are in production.
func TestShippedRules(t *testing.T) {
	names, err := fs.Glob(configs.Rules, "rules/*_test.yml")
	if err != nil || len(names) == 0 {
		t.Fatal("no rule tests are found:", err)
	}
	for _, name := range names {
		var f testFile
		data, err := configs.Rules.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		dec := yaml.NewDecoder(bytes.NewReader(data))
		dec.KnownFields(true)
		if err := dec.Decode(&f); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var sources []ruleset.Source
		for _, r := range f.RuleFiles {
			content, err := configs.Rules.ReadFile(path.Join(path.Dir(name), r))
			if err != nil {
				t.Fatal(err)
			}
			sources = append(sources, ruleset.Source{Name: r, Content: content})
		}
		for i, tc := range f.Tests {
			t.Run(tc.Name, func(t *testing.T) { runPromtoolTest(t, f, i, sources) })
		}
	}
}

func runPromtoolTest(t *testing.T, f testFile, i int, sources []ruleset.Source) {
	tc := f.Tests[i]
	epoch := time.Unix(0, 0).UTC()
	now := epoch.Add(24 * time.Hour)
	db, err := metricdb.Open(context.Background(), metricdb.Options{Dir: t.TempDir(), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	set, err := ruleset.New(ruleset.Options{DB: db, Interval: time.Duration(f.EvaluationInterval)})
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Load(sources); err != nil {
		t.Fatal(err)
	}
	type series struct {
		labels labels.Labels
		values []parser.SequenceValue
	}
	var input []series
	p := parser.NewParser(parser.Options{})
	for _, s := range tc.InputSeries {
		ls, values, err := p.ParseSeriesDesc(s.Series + " " + s.Values)
		if err != nil {
			t.Fatalf("%s: %v", s.Series, err)
		}
		input = append(input, series{ls, values})
	}
	var last time.Duration
	for _, a := range tc.AlertRuleTest {
		last = max(last, time.Duration(a.EvalTime))
	}
	interval, step := time.Duration(tc.Interval), time.Duration(f.EvaluationInterval)
	ctx := context.Background()
	for at := time.Duration(0); at <= last; at += step {
		now = epoch.Add(max(at, 24*time.Hour))
		if at%interval == 0 {
			n := int(at / interval)
			for _, s := range input {
				if n >= len(s.values) || s.values[n].Omitted {
					continue
				}
				r := look.Result{Time: epoch.Add(at)}
				v := s.values[n].Value
				if !value.IsStaleNaN(v) { // without the sample the series ends
					sample := look.Sample{Name: s.labels.Get(model.MetricNameLabel), Value: v}
					s.labels.Range(func(l labels.Label) {
						if l.Name != model.MetricNameLabel {
							sample.Labels = append(sample.Labels, look.Label{Name: l.Name, Value: l.Value})
						}
					})
					r.Samples = []look.Sample{sample}
				}
				if err := db.Record(ctx, metricdb.Target{ID: s.labels.String()}, r); err != nil {
					t.Fatal(err)
				}
			}
		}
		set.Eval(ctx, epoch.Add(at))
		for _, r := range set.Rules() {
			if r.LastError != "" {
				t.Fatalf("rule %s at %s: %s", r.Name, at, r.LastError)
			}
		}
		for _, a := range tc.AlertRuleTest {
			if time.Duration(a.EvalTime) == at {
				checkAlerts(t, set, a)
			}
		}
	}
}

func checkAlerts(t *testing.T, set *ruleset.Set, test alertTest) {
	t.Helper()
	var want, got []string
	for _, e := range test.ExpAlerts {
		ls := maps.Clone(e.ExpLabels)
		if ls == nil {
			ls = map[string]string{}
		}
		ls["alertname"] = test.Alertname
		want = append(want, fmt.Sprint(ls, e.ExpAnnotations))
	}
	for _, a := range set.Alerts() {
		if a.Rule == test.Alertname && a.State == ruleset.Firing {
			got = append(got, fmt.Sprint(a.Labels, a.Annotations))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("%s at %s:\nwant %s\ngot  %s", test.Alertname, test.EvalTime, strings.Join(want, "\n     "), strings.Join(got, "\n     "))
	}
}

// shippedFiles returns the shipped rule files.
func shippedFiles(t testing.TB) []ruleset.Source {
	t.Helper()
	names, err := fs.Glob(configs.Rules, "rules/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	var sources []ruleset.Source
	for _, name := range names {
		if strings.HasSuffix(name, "_test.yml") {
			continue
		}
		data, err := configs.Rules.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, ruleset.Source{Name: name, Content: data})
	}
	return sources
}

func TestShippedRulesAskOnlyForMetricsInTheCatalogue(t *testing.T) {
	known := map[string]bool{}
	for _, d := range metric.All() {
		known[d.Name] = true
	}
	if !known[metric.ProbeSuccess] {
		t.Fatal("the catalogue is empty")
	}
	p := parser.NewParser(parser.Options{})
	for _, src := range shippedFiles(t) {
		var f struct {
			Groups []struct {
				Rules []struct{ Alert, Record, Expr string }
			}
		}
		if err := yaml.Unmarshal(src.Content, &f); err != nil {
			t.Fatal(err)
		}
		for _, g := range f.Groups {
			for _, r := range g.Rules {
				expr, err := p.ParseExpr(r.Expr)
				if err != nil {
					t.Fatal(err)
				}
				for _, ms := range parser.ExtractSelectors(expr) {
					for _, m := range ms {
						if m.Name == model.MetricNameLabel && !known[m.Value] {
							t.Errorf("%s: rule %s asks for %s, which is not in the catalogue", src.Name, r.Alert, m.Value)
						}
					}
				}
			}
		}
	}
}

func TestShippedAlertsAreFifteenWithSeverityMessageAndRunbook(t *testing.T) {
	if problems := ruleset.Check(shippedFiles(t)); problems != nil {
		t.Fatal(problems)
	}
	alerts := map[string]bool{}
	for _, src := range shippedFiles(t) {
		var f struct {
			Groups []struct {
				Rules []struct {
					Alert               string
					For                 model.Duration
					Labels, Annotations map[string]string
				}
			}
		}
		if err := yaml.Unmarshal(src.Content, &f); err != nil {
			t.Fatal(err)
		}
		for _, g := range f.Groups {
			for _, r := range g.Rules {
				if r.Alert == "" {
					continue // it records
				}
				alerts[r.Alert] = true
				if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) {
					t.Errorf("%s has severity %q", r.Alert, r.Labels["severity"])
				}
				if r.For == 0 {
					t.Errorf("%s has no for", r.Alert)
				}
				if want := snake(r.Alert); r.Annotations["message"] != want {
					t.Errorf("%s has message %q, want %q", r.Alert, r.Annotations["message"], want)
				}
				if want := strings.ReplaceAll(snake(r.Alert), "_", "-"); r.Annotations["runbook"] != want {
					t.Errorf("%s has runbook %q, want %q", r.Alert, r.Annotations["runbook"], want)
				}
			}
		}
	}
	want := []string{
		"AntivirusOff", "CertificateSoonOver", "CollectorTrouble", "DeviceDown", "DeviceFault", "DiskFailing", "DiskNearlyFull", "MemoryExhausted", "OwnLineDown",
		"ServerSilent", "SiteDown", "SupplyLow", "UPSOnBattery", "UpdateOverdue", "WebsiteTrouble",
	}
	if got := slices.Sorted(maps.Keys(alerts)); !slices.Equal(got, want) {
		t.Errorf("shipped alerts are %v, want %v", got, want)
	}
}

// snake turns SiteDown into site_down, and UPSOnBattery into ups_on_battery.
func snake(s string) string {
	return strings.ToLower(strings.TrimPrefix(wordBegins.ReplaceAllString(s, "_$0"), "_"))
}

var wordBegins = regexp.MustCompile(`[A-Z][a-z]`)

func TestEachShippedRuleHasARunbookPage(t *testing.T) {
	for _, src := range shippedFiles(t) {
		for line := range strings.Lines(string(src.Content)) {
			name, ok := strings.CutPrefix(strings.TrimSpace(line), "runbook: ")
			if !ok {
				continue
			}
			page, err := os.ReadFile("../../../docs/runbooks/" + name + ".md")
			if err != nil {
				t.Error(err)
				continue
			}
			for _, part := range []string{"# ", "**What it means.**", "**Why it matters.**", "**What to do first", "**How to silence it.**"} {
				if !strings.Contains(string(page), part) {
					t.Errorf("%s.md lacks %q", name, part)
				}
			}
		}
	}
}
