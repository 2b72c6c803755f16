package collector_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/admin"
)

// One fault, from the deputy who is told of it in place of who is away, over an
// acknowledgement that runs out, to the head, who hears of it because nobody
// looks after it any more. Whoever was told is told of the end.
func TestADeputyAnAcknowledgementThatRunsOutAndTheHead(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	today := s.clock.Now().UTC().Format(time.DateOnly)
	s.change("alerting: {", "time_zone: UTC\nalerting: {escalation: [{after: 5m, to: [head]}], ",
		"contacts: [{name: rasa, email: rasa@example.lt}]", fmt.Sprintf(`contacts:
  - {name: rasa, email: rasa@example.lt, absences: [{from: %s, to: 2090-01-01, deputy: jonas}]}
  - {name: jonas, email: jonas@example.lt, deputy_only: true}
  - {name: head, email: head@example.lt}`, today))
	s.start()
	s.site.Down()
	to := func(n int) []string {
		t.Helper()
		var out []string
		for _, m := range s.waitMails(n) {
			out = append(out, m.To...)
		}
		return out
	}
	if got := to(1); !slices.Equal(got, []string{"jonas@example.lt"}) {
		t.Fatalf("told %q", got)
	}
	client, err := admin.Dial(context.Background(), filepath.Join(s.dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	id := s.incidents()[0].ID
	if _, err := client.Acknowledge(context.Background(), admin.Word{ID: id, By: "jonas", Until: s.clock.Now().Add(3 * time.Minute)}); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(4 * time.Minute)
	if got := to(2); !slices.Equal(got[1:], []string{"jonas@example.lt"}) {
		t.Fatalf("reminded %q", got)
	}
	s.clock.Advance(5 * time.Minute)
	if got := to(3); !slices.Equal(got[2:], []string{"head@example.lt"}) {
		t.Fatalf("escalated to %q", got)
	}
	if err := s.site.Up(); err != nil {
		t.Fatal(err)
	}
	got := to(5)
	if slices.Sort(got[3:]); !slices.Equal(got[3:], []string{"head@example.lt", "jonas@example.lt"}) {
		t.Errorf("the end was told to %q", got)
	}
}
