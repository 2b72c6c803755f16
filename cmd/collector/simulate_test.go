package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// simulated runs the command over a scenario.
func simulated(t *testing.T, scenario string, flags ...string) (out, problems string, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "scenario.yml")
	if err := os.WriteFile(file, []byte(scenario), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := newCommand()
	var stdout, stderr bytes.Buffer
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	cmd.SetArgs(append([]string{"simulate", file}, flags...))
	err = cmd.ExecuteContext(t.Context())
	return stdout.String(), stderr.String(), err
}

const oneFault = "from: 2026-10-06 08:00\nto: +4h\ntopology:\n  - {id: srv, kind: server}\ncontacts:\n  - {name: Rasa}\nevents:\n  - {at: 09:00, down: srv}\n"

func TestSimulatePrintsLinesAndTables(t *testing.T) {
	out, _, err := simulated(t, oneFault)
	if err != nil || !strings.Contains(out, `{"type":"mail","time":"2026-10-06T09:02:30+03:00","to":"Rasa","kind":"fault"`) || !strings.Contains(out, `{"type":"summary"`) {
		t.Errorf("%v\n%s", err, out)
	}
	out, _, err = simulated(t, oneFault, "--mails")
	if err != nil || !strings.HasPrefix(out, "2026-10-06 09:02:30  Rasa  fault  ") || strings.Count(out, "\n") != 1 {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSimulateEndsWithAStatus(t *testing.T) {
	var told toldError
	_, problems, err := simulated(t, strings.Replace(oneFault, "down:", "donw:", 1))
	if !errors.As(err, &told) || told.status != 2 || !strings.Contains(problems, "scenario.yml:8: events[0].donw: there is no such field") {
		t.Errorf("a bad file: %v, %s", err, problems)
	}
	if _, _, err := simulated(t, oneFault+"expect:\n  - {kind: fault}\n", "--check"); err != nil {
		t.Errorf("as expected: %v", err)
	}
	out, _, err := simulated(t, oneFault+"expect: []\n", "--check")
	if err == nil || errors.As(err, &told) || !strings.Contains(out, "not expected: 2026-10-06T09:02:30+03:00") {
		t.Errorf("a difference: %v, %s", err, out)
	}
	if _, problems, err := simulated(t, oneFault, "--check"); !errors.As(err, &told) || told.status != 2 || !strings.Contains(problems, "no section expect") {
		t.Errorf("nothing to compare with: %v, %s", err, problems)
	}
}
