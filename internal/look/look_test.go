package look_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

func TestResultAsJSON(t *testing.T) {
	r := look.Result{
		Target: "https://example.lt", Kind: "http", Time: time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC), Duration: 1500 * time.Millisecond,
		Outcome: look.Failed, Problem: &look.Problem{Code: "unexpected_status", Args: map[string]string{"status": "500"}},
	}
	got, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"target":"https://example.lt","kind":"http","time":"2026-09-01T07:30:00Z","outcome":"failed",` +
		`"problem":{"code":"unexpected_status","args":{"status":"500"}},"samples":[],"facts":[],"duration_seconds":1.5}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
