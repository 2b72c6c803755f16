package dashboards_test

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/dashboards"
	"github.com/budi-monitor/budi/internal/metric"
)

// board is as much of a dashboard as is checked here.
type board struct {
	UID           string `json:"uid"`
	Title         string `json:"title"`
	SchemaVersion int    `json:"schemaVersion"`
	Templating    struct {
		List []struct {
			Name  string          `json:"name"`
			Type  string          `json:"type"`
			Query json.RawMessage `json:"query"`
		} `json:"list"`
	} `json:"templating"`
	Panels []struct {
		ID          int    `json:"id"`
		Title       string `json:"title"`
		Description string `json:"description"`
		Datasource  source `json:"datasource"`
		Targets     []struct {
			Datasource source `json:"datasource"`
			Expr       string `json:"expr"`
		} `json:"targets"`
	} `json:"panels"`
}

type source struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// What stands in an expression and is no metric's name.
var (
	quoted   = regexp.MustCompile(`"(?:\\.|[^"\\])*"`)
	matchers = regexp.MustCompile(`\{[^{}]*\}`)
	grouping = regexp.MustCompile(`\b(by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)`)
	window   = regexp.MustCompile(`\[[^\[\]]*\]`)
	function = regexp.MustCompile(`[a-zA-Z_]\w*\s*\(`)
	word     = regexp.MustCompile(`[a-zA-Z_:$][\w:]*`)
	operator = []string{"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right"}
)

// metricsOf lists the metrics that a PromQL expression asks for.
func metricsOf(expr string) []string {
	for _, r := range []*regexp.Regexp{quoted, matchers, window, grouping, function} {
		expr = r.ReplaceAllString(expr, " ")
	}
	var names []string
	for _, w := range word.FindAllString(expr, -1) {
		if !slices.Contains(operator, w) {
			names = append(names, w)
		}
	}
	return names
}

func TestMetricsOfAnExpression(t *testing.T) {
	for expr, want := range map[string]string{
		`probe_success`: "probe_success",
		`probe_success{check=~"$check", site="a{b}"} == 0`:                        "probe_success",
		`avg by (phase) (rate(a_total{x="by (y)"}[5m])) / on (site) b`:            "a_total b",
		`(c_seconds - time()) / 86400`:                                            "c_seconds",
		`sum(a) without (device) unless on (check) max_over_time(b[$__range:1m])`: "a b",
		`label_replace(a, "x", "$1", "y", "(.*)") or vector(0)`:                   "a",
	} {
		if got := strings.Join(metricsOf(expr), " "); got != want {
			t.Errorf("%s: metrics %q, want %q", expr, got, want)
		}
	}
}

func TestDashboardsAskForWhatThereIs(t *testing.T) {
	known := map[string]bool{}
	for _, d := range metric.All() {
		known[d.Name] = true
	}
	names, err := fs.Glob(dashboards.Files, "*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	labelValues := regexp.MustCompile(`label_values\((\w+)`)
	for _, name := range names {
		data, err := fs.ReadFile(dashboards.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		var b board
		if err := json.Unmarshal(data, &b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if b.UID == "" || b.Title == "" || b.SchemaVersion == 0 || len(b.Panels) == 0 {
			t.Errorf("%s: a dashboard has a uid, a title, a schemaVersion and panels", name)
		}
		ids := map[int]bool{}
		for _, p := range b.Panels {
			if p.Title == "" || p.Description == "" || ids[p.ID] {
				t.Errorf("%s: panel %d %q needs a title, a description and an ID of its own", name, p.ID, p.Title)
			}
			ids[p.ID] = true
			for _, target := range p.Targets {
				if target.Datasource.UID != "${datasource}" {
					t.Errorf("%s: panel %q asks the data source %q, not the chosen one", name, p.Title, target.Datasource.UID)
				}
				asked := metricsOf(target.Expr)
				if len(asked) == 0 {
					t.Errorf("%s: panel %q asks for no metric: %s", name, p.Title, target.Expr)
				}
				for _, m := range asked {
					if !known[m] {
						t.Errorf("%s: panel %q asks for %s, which is not in the catalogue", name, p.Title, m)
					}
				}
			}
		}
		for _, v := range b.Templating.List {
			for _, m := range labelValues.FindAllStringSubmatch(string(v.Query), -1) {
				if !known[m[1]] {
					t.Errorf("%s: variable %s asks for %s, which is not in the catalogue", name, v.Name, m[1])
				}
			}
		}
	}
}
