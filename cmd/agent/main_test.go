package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/agent"
	"github.com/budi-monitor/budi/internal/buildinfo"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
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

// places are flags for an agent that leaves the computer alone.
func places(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	return []string{"--config", filepath.Join(dir, "agent.yml"), "--state", filepath.Join(dir, "state", "agent.db")}
}

const token = wire.EnrolTokenPrefix + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func TestOncePrintsWhatWouldBeSent(t *testing.T) {
	for _, profile := range []string{"basic", "full"} {
		out, err := run(t, append(places(t), "once", "--format", "json", "--profile", profile)...)
		if err != nil {
			t.Fatalf("%s: %v", profile, err)
		}
		var once agent.Once
		if err := json.Unmarshal([]byte(out), &once); err != nil {
			t.Fatalf("%s: not what it should be: %v\n%s", profile, err, out)
		}
		res := once.Result
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
		if once.Report.Hostname == "" || len(once.Report.Facts) == 0 {
			t.Errorf("%s: no facts: %+v", profile, once.Report)
		}
		for _, set := range once.Report.Facts {
			if set.Kind == "sessions" {
				t.Errorf("%s: sessions are off by default", profile)
			}
		}
	}
}

func TestOncePrintsOpenMetrics(t *testing.T) {
	out, err := run(t, append(places(t), "once", "--format", "openmetrics")...)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "\nsystem_uptime_seconds ") || !strings.HasSuffix(out, "# EOF\n") {
		t.Errorf("not OpenMetrics:\n%s", out)
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
	const url = "https://collector.example:9480"
	broken := filepath.Join(t.TempDir(), "agent.yml")
	if err := os.WriteFile(broken, []byte("url: collector\nprofile: all\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"once", "--format", "xml"}, "use json or openmetrics"},
		{[]string{"once", "--profile", "all"}, "use basic or full"},
		{[]string{"once", "more"}, "unknown command"},
		{[]string{"serve"}, "unknown command"},
		{[]string{"run", "--config", broken}, "profile"},
		{[]string{"once", "--config", broken}, "https://host:port"},
		{[]string{"enroll", "--url", url}, `"token" not set`},
		{[]string{"enroll", "--token", token}, `"url" not set`},
		{[]string{"enroll", "--url", "collector.example", "--token", token}, "https://host:port"},
		{[]string{"enroll", "--url", "http://collector.example", "--token", token}, "https://"},
		{[]string{"enroll", "--url", url, "--token", token[:30]}, "no enrolment token"},
		{[]string{"enroll", "--url", url, "--token", token, "--proxy", "3128"}, "http://host:port"},
		{[]string{"enroll", "--later", "--url", url, "--token", "x"}, "no enrolment token"},
	} {
		out, err := run(t, append(places(t), c.args...)...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want one with %q", c.args, err, c.want)
		}
		if out != "" {
			t.Errorf("%v: printed %q", c.args, out)
		}
	}
}

// The whole way of a computer: what an installer leaves, a person repeats, and
// an uninstall takes away.
func TestEnrollAndStatus(t *testing.T) {
	devices := 0
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request wire.EnrolRequest
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil || request.Check() != nil || r.URL.Path != wire.PathEnrol {
			t.Errorf("%s: %v, %v", r.URL, err, request.Check())
		}
		devices++
		_ = json.NewEncoder(w).Encode(wire.EnrolReply{Agent: "a", Device: fmt.Sprint("pc-", devices), Site: "school", Assignment: wire.DefaultAssignment()})
	}))
	defer collector.Close()
	flags := places(t)
	state := flags[3]
	must := func(args ...string) string {
		t.Helper()
		out, err := run(t, append(flags, args...)...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return out
	}
	enrolled := func() bool {
		t.Helper()
		var s struct{ Enrolled, Running bool }
		if err := json.Unmarshal([]byte(must("status", "--json")), &s); err != nil {
			t.Fatal(err)
		}
		if s.Running {
			t.Error("no agent runs here")
		}
		return s.Enrolled
	}

	if enrolled() {
		t.Error("enrolled before anything was done")
	}
	must("enroll", "--later", "--url", collector.URL, "--token", token)
	if devices != 0 {
		t.Error("--later asked the collector")
	}
	if out := must("status"); !strings.Contains(out, "waits for the agent") {
		t.Errorf("status with an order that waits: %s", out)
	}
	if out := must("enroll", "--url", collector.URL, "--token", token); !strings.Contains(out, "pc-1") {
		t.Errorf("enroll says %q", out)
	}
	if !enrolled() {
		t.Error("not enrolled")
	}
	_, err := run(t, append(flags, "enroll", "--url", collector.URL, "--token", token)...)
	var status statusError
	if !errors.As(err, &status) || status.status != exitReplace || !strings.Contains(err.Error(), "pc-1") || devices != 1 {
		t.Errorf("a second time: %v", err)
	}
	if out := must("enroll", "--replace", "--url", collector.URL, "--token", token); !strings.Contains(out, "pc-1") || !strings.Contains(out, "pc-2") {
		t.Errorf("enroll --replace says %q", out)
	}
	data, err := os.ReadFile(agent.StatusFile(state))
	if err != nil || strings.Contains(string(data), wire.AgentSecretPrefix) || strings.Contains(string(data), token) {
		t.Errorf("the status holds a secret: %s, %v", data, err)
	}
}
