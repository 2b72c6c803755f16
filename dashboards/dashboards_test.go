package dashboards_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/dashboards"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/metric"
)

var update = flag.Bool("update", false, "write the dashboards anew")

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

// The files are what the boards say, in both languages, and there are no others.
func TestFilesAreTheBoards(t *testing.T) {
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, lang := range i18n.Languages() {
		w := writer{t: t, texts: texts, lang: lang}
		for _, b := range boards() {
			name := string(lang) + "/" + b.key + ".json"
			want[name] = true
			board := w.write(b)
			if *update {
				if err := os.WriteFile(name, board, 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if file, err := fs.ReadFile(dashboards.Files, name); err != nil || string(file) != string(board) {
				t.Errorf("%s is not what boards_test.go says (%v); run go test ./dashboards -update and review", name, err)
			}
		}
	}
	names, err := filepath.Glob("*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !want[name] {
			t.Errorf("%s is nobody's", name)
		}
	}
}

// Boards ask for metrics of the catalogue only.
func TestBoardsAskForWhatThereIs(t *testing.T) {
	known := map[string]bool{}
	for _, d := range metric.All() {
		known[d.Name] = true
	}
	for _, b := range boards() {
		for _, p := range b.panels {
			for _, q := range p.queries {
				asked := metricsOf(q.expr)
				if len(asked) == 0 {
					t.Errorf("%s, %s asks for no metric: %s", b.key, p.key, q.expr)
				}
				for _, m := range asked {
					if !known[m] {
						t.Errorf("%s, %s asks for %s, which is not in the catalogue", b.key, p.key, m)
					}
				}
			}
		}
	}
}
