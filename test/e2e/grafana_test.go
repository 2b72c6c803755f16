package e2e

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/dashboards"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/devices"
)

// asked is one question of a dashboard.
type asked struct{ board, place, expr string }

// dashboardQuestions lists every query, variable and annotation of the
// dashboards in a language.
func dashboardQuestions(t *testing.T, lang string) []asked {
	t.Helper()
	names, err := fs.Glob(dashboards.Files, lang+"/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	var out []asked
	for _, name := range names {
		data, err := fs.ReadFile(dashboards.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		var b struct {
			Annotations struct{ List []struct{ Expr string } }
			Templating  struct {
				List []struct{ Name, Definition string }
			}
			Panels []struct {
				Title   string
				Targets []struct{ Expr string }
			}
		}
		if err := json.Unmarshal(data, &b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		board := strings.TrimSuffix(path.Base(name), ".json")
		for _, a := range b.Annotations.List {
			out = append(out, asked{board, "annotation", a.Expr})
		}
		for _, v := range b.Templating.List {
			// Grafana lists the values of a label of these series.
			if m := regexp.MustCompile(`^label_values\((.*), (\w+)\)$`).FindStringSubmatch(v.Definition); m != nil {
				out = append(out, asked{board, "variable " + v.Name, "count by (" + m[2] + ") (" + m[1] + ")"})
			}
		}
		for _, p := range b.Panels {
			for _, target := range p.Targets {
				out = append(out, asked{board, p.Title, target.Expr})
			}
		}
	}
	return out
}

// TestEveryQuestionOfTheDashboardsIsAnswered asks what Grafana would ask, of a
// collector to which a real agent delivers and that looks at real websites.
func TestEveryQuestionOfTheDashboardsIsAnswered(t *testing.T) {
	t.Parallel()
	witness, site := newWorld(t, "x").mail.Addr(), newWorld(t, "down").sites["down"]
	site.Down()
	w := newTLSWorld(t, fmt.Sprintf("line: {witnesses: ['tcp://%s'], interval: 2s}\nagents: {interval: 10s, push_interval: 1s, silent_after: 20s}\n", witness))
	config := strings.Replace(w.read("collector.yml"), "host: {disabled: true}", "host: {interval: 5s}", 1)
	w.write("collector.yml", config+fmt.Sprintf("  - {id: budi, target: self, interval: 2s}\n  - {id: down, target: '%s', interval: 1s, timeout: 1s}\n  - {id: both, target: '%s', interval: 2s, timeout: 2s, http: {ip_version: both}}\n",
		site.URL("/"), strings.Replace(site.URL("/"), "127.0.0.1", "localhost", 1)))
	w.write("rules.yml", "groups:\n  - name: test\n    rules:\n      - {alert: Down, expr: probe_success == 0, labels: {severity: critical}}\n")
	w.start()
	a := newAgent(t)
	a.enroll(w.url(""), w.enrolToken())
	a.run()

	fill := strings.NewReplacer(`device="$device"`, `device="`+a.device+`"`, "$__rate_interval", "5m", "$__range", "1h", "$device", ".+", "$check", ".+", "$site", ".*", "$room", ".*")
	known := map[string]bool{}
	for _, d := range metric.All() {
		known[d.Name] = true
	}
	answered := w.answered
	// Two of each: what is counted becomes a rate. The collector looks at itself
	// once a minute.
	deadline := time.Now().Add(4 * patience)
	for answered(`count_over_time(budi_samples_recorded_total[1h]) > 1 and on () count_over_time(system_cpu_time_seconds_total{device="`+a.device+`"}[1h]) > 1`) != nil {
		if time.Now().After(deadline) {
			t.Fatal("there are no samples")
		}
		time.Sleep(time.Second)
	}
	for _, q := range dashboardQuestions(t, "en") {
		if deviceBoards[q.board] || websiteBoards[q.board] {
			continue
		}
		expr := fill.Replace(q.expr)
		if err := answered(expr); err == nil {
			continue
		}
		// What this computer cannot tell: Linux knows no antivirus, and not every
		// installation has a log of updates.
		told := true
		for _, name := range regexp.MustCompile(`\w+`).FindAllString(expr, -1) {
			gap := metric.HostGaps()[name].Linux != "" || strings.HasPrefix(name, "budi_host_")
			told = told && !(known[name] && gap && answered(name) != nil)
		}
		if told {
			w.within(3*patience, fmt.Sprintf("an answer to %q of the dashboard %s", q.place, q.board), func() error { return answered(expr) })
		}
	}
	w.stop()
}

// answered asks a question as Grafana does; without a series in the answer that is
// an error.
func (w *world) answered(expr string) error {
	w.t.Helper()
	code, data := w.request("POST", "/api/v1/query", strings.NewReader(url.Values{"query": {expr}}.Encode()), "application/x-www-form-urlencoded")
	var answer struct {
		Data struct{ Result []json.RawMessage }
	}
	if err := json.Unmarshal(data, &answer); err != nil || code != http.StatusOK {
		w.t.Fatalf("%s: status %d: %s", expr, code, data)
	}
	if len(answer.Data.Result) == 0 {
		return fmt.Errorf("%s: no series", expr)
	}
	return nil
}

// deviceBoards are the dashboards of devices over the network.
var deviceBoards = map[string]bool{"printers": true, "projectors": true, "network": true, "power": true}

// websiteBoards are the dashboards of what is watched of websites by the day and the
// week, which a test of minutes cannot wait for. The tests of package dashboards hold
// their questions against the catalogue of metrics.
var websiteBoards = map[string]bool{"care": true, "sla": true}

// notSimulated are metrics that the simulated devices do not bring, or not within
// the minutes of a test: forecasts of supplies need weeks.
var notSimulated = []string{
	"budi_printer_supply_days_left", "budi_printer_supply_last_ratio", "budi_host_disk_healthy", "hw_power_watts", "hw_memory_utilization_ratio", "budi_interface_poe_watts",
}

// TestEveryQuestionAboutDevicesIsAnswered asks what Grafana would ask, of a collector
// that looks at a school's printers, projectors, switches and UPS.
func TestEveryQuestionAboutDevicesIsAnswered(t *testing.T) {
	t.Parallel()
	school, err := devices.Open(devices.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = school.Close() })
	go school.Run(t.Context())
	config := strings.Builder{}
	config.WriteString("devices:\n")
	for _, d := range school.List() {
		fmt.Fprintf(&config, "  - {id: %s, target: '%s://127.0.0.1:%d', interval: 10s, snmp: {community: '%s'}, pjlink: {password: '%s'}}\n", d.ID, d.Scheme, d.Port, d.Community, d.Password)
		_ = school.Break(devices.Jam, d.ID) // only printers have paper
	}
	w := newTLSWorld(t, config.String())
	w.start()
	fill := strings.NewReplacer("$__rate_interval", "5m", "$__range", "1h", "$device", ".+", "$port", ".+", "$site", ".*", "$room", ".*")
	// Projectors are asked once a minute at most, whatever the interval.
	w.within(3*patience, "a look at every device, and two at those that speak SNMP", func() error {
		return w.answered(fmt.Sprintf(`count(count_over_time(budi_device_up[1h])) == %d unless count(count_over_time(budi_device_up{job="snmp"}[1h]) < 2)`, len(school.List())))
	})
	unanswered := map[asked]string{}
	for _, q := range dashboardQuestions(t, "en") {
		if !deviceBoards[q.board] || q.place == "annotation" {
			continue
		}
		if slices.ContainsFunc(notSimulated, func(name string) bool {
			return strings.Contains(q.expr, name) && !strings.Contains(q.expr, "or vector(0)")
		}) {
			continue
		}
		expr := fill.Replace(q.expr)
		if w.answered(expr) != nil {
			unanswered[q] = expr
		}
	}
	for q, expr := range unanswered { // rates need two looks
		w.within(3*patience, fmt.Sprintf("an answer to %q of the dashboard %s", q.place, q.board), func() error { return w.answered(expr) })
	}
	w.stop()
}

// The files that tell Grafana of the collector can be read by it.
func TestGrafanasFilesAreYAML(t *testing.T) {
	for file, want := range map[string]string{
		"datasources/budi.yml": "datasources", "dashboards/budi.yml": "providers",
	} {
		data, err := os.ReadFile("../../deploy/grafana/provisioning/" + file)
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := yaml.Unmarshal(data, &doc); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if list, _ := doc[want].([]any); len(list) == 0 || doc["apiVersion"] != 1 {
			t.Errorf("%s has no list %q or another version", file, want)
		}
	}
}
