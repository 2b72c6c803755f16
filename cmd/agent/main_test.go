package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/buildinfo"
	"github.com/budi-monitor/budi/internal/look"
)

// run executes the command as a shell would and returns its standard output.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := newCommand()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestOncePrintsTheResultAsJSON(t *testing.T) {
	for _, profile := range []string{"basic", "full"} {
		out, err := run(t, "once", "--format", "json", "--profile", profile)
		if err != nil {
			t.Fatalf("%s: %v", profile, err)
		}
		var res look.Result
		if err := json.Unmarshal([]byte(out), &res); err != nil {
			t.Fatalf("%s: not a result: %v\n%s", profile, err, out)
		}
		if res.Kind != "host" || res.Outcome != look.OK || res.Problem != nil {
			t.Errorf("%s: kind %q, outcome %q, problem %v", profile, res.Kind, res.Outcome, res.Problem)
		}
		values := map[string]float64{}
		for _, s := range res.Samples {
			values[s.Name] = s.Value
		}
		for _, name := range []string{"system_uptime_seconds", "system_memory_limit_bytes", "system_cpu_logical_count"} {
			if values[name] <= 0 {
				t.Errorf("%s: %s = %v, want more than 0", profile, name, values[name])
			}
		}
		if !strings.Contains(out, "\n  \"samples\"") {
			t.Errorf("%s: the JSON is not indented:\n%.200s", profile, out)
		}
	}
}

func TestVersionPrintsTheBuild(t *testing.T) {
	out, err := run(t, "version")
	if err != nil {
		t.Fatal(err)
	}
	var info buildinfo.Info
	if err := json.Unmarshal([]byte(out), &info); err != nil || info.GoVersion == "" || info.Version == "" {
		t.Errorf("version prints %q (%v)", out, err)
	}
}

func TestWrongUseSaysWhatWouldBeRight(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"once", "--format", "xml"}, "use json"},
		{[]string{"once", "--profile", "all"}, "use basic or full"},
		{[]string{"once", "more"}, "unknown command"},
		{[]string{"serve"}, "unknown command"},
	} {
		out, err := run(t, c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want one with %q", c.args, err, c.want)
		}
		if out != "" {
			t.Errorf("%v: printed %q", c.args, out)
		}
	}
}
