package jsonapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
)

func TestTimesToAcknowledgeAndToRepair(t *testing.T) {
	s := newSchool(t)
	closed := s.incidents.all[0] // an hour long
	closed.Acked = &incident.Ack{By: "Rasa", At: t0.Add(5 * time.Minute)}
	closed.Notes = []incident.Note{{Kind: incident.Repaired, By: "Rasa", At: t0.Add(2 * time.Hour), Text: "new cable"}}
	symptom := closed
	symptom.ID, symptom.Because = 9, []incident.ID{1}
	s.incidents.all = append(s.incidents.all, symptom)
	s.incidents.all[0] = closed

	one := s.get("GET", "/incidents/1", "")
	if one["acknowledged_after_seconds"] != 300.0 || one["repaired_after_seconds"] != 3600.0 || one["repair"] != "new cable" {
		t.Errorf("%v", one)
	}
	spread := func(seconds float64) map[string]any {
		return map[string]any{"count": 1.0, "median_seconds": seconds, "p95_seconds": seconds}
	}
	line := func(name string) map[string]any {
		return map[string]any{"name": name, "incidents": 2.0, "symptoms": 1.0, "acknowledged_after": spread(300), "repaired_after": spread(3600)}
	}
	want := map[string]any{"all": line(""), "sites": []any{line("main")}, "classes": []any{line("")}}
	if d := cmp.Diff(want, s.get("GET", "/incident-times", "")); d != "" {
		t.Error(d)
	}
	if got := s.get("GET", "/incident-times?since="+t0.Add(time.Second).UTC().Format(time.RFC3339), ""); got["all"].(map[string]any)["incidents"] != 0.0 {
		t.Errorf("later ones: %v", got)
	}
	a := s.ask(identity(access.Viewer, "branch"), "GET", "/incident-times", "")
	if a.code != 200 || !strings.Contains(string(a.body), `"sites":[]`) {
		t.Errorf("another site is told of them: %d %s", a.code, a.body)
	}
}
