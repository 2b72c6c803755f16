package collector

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/sim/smtp"
)

// digestWorld is a collector that mails digests to a simulated server.
func digestWorld(t *testing.T, more string) (*Collector, *smtp.Server) {
	t.Helper()
	server, err := smtp.Start(smtp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	host, port, _ := strings.Cut(server.Addr(), ":")
	return openWith(t, fmt.Sprintf(`external_url: http://127.0.0.1:1
mail: {from: budi@example.lt, smtp: {host: %s, port: %s, security: none}}
contacts:
  - {name: rasa, email: rasa@example.lt, language: lt}
  - {name: jonas, email: jonas@example.lt, language: en}
%s`, host, port, more)), server
}

func TestADigestIsMailedOnceOnAWorkingMorning(t *testing.T) {
	c, server := digestWorld(t, "calendar: {assessments: [{name: Matematika, date: 2026-11-25, from: '09:00', to: '11:00', site: main}]}\n")
	zone := c.Config()
	morning := time.Date(2026, 11, 24, 7, 30, 0, 0, zone.zone())
	ended := incident.Incident{
		ID: 1, Key: "k", Rule: "Printer", State: incident.Closed, EndReason: incident.Recovered, Labels: map[string]string{"site": "main"},
		Since: morning.Add(-3 * time.Hour), Opened: morning.Add(-3 * time.Hour), Ended: morning.Add(-time.Hour), Annotations: map[string]string{"summary": "Paper jam"},
	}
	if err := c.store.CommitIncidents([]incident.Incident{ended}, nil); err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{morning.Add(-time.Minute), morning, morning.Add(time.Minute)} {
		if err := c.digests.step(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		c.outbox.Step(t.Context(), at)
	}
	// A collector that is started anew remembers.
	again := digesting{c: c}
	if err := again.step(t.Context(), morning.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	c.outbox.Step(t.Context(), morning.Add(time.Hour))
	mails := server.Messages()
	if len(mails) != 2 {
		t.Fatalf("%d mails, want one for each contact", len(mails))
	}
	for _, m := range mails {
		text, err := m.Part("text/plain")
		if err != nil {
			t.Fatal(err)
		}
		text = strings.Join(strings.Fields(text), " ")
		for _, want := range []string{"Paper jam", "Matematika", "2026-11-25 09:00"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in %s", want, text)
			}
		}
	}
}

func TestDigestsCanBeOff(t *testing.T) {
	c, _ := digestWorld(t, "digest: {off: true, month: off}\n")
	config := c.Config()
	now := time.Date(2026, 12, 1, 7, 30, 0, 0, config.zone())
	if due := digest.When(digest.State{}, now, c.calendar(), c.digests.readers(config)); len(due) > 0 {
		t.Errorf("%+v", due)
	}
	_, err := ParseConfig("collector.yml", []byte("digest:\n  at: half past seven\n"))
	if err == nil || !strings.Contains(err.Error(), "digest.at") {
		t.Errorf("got %v", err)
	}
}

func TestAMonthIsSummedUpWithItsFirstMorning(t *testing.T) {
	c, server := digestWorld(t, "")
	config := c.Config()
	for _, at := range []time.Time{time.Date(2026, 11, 30, 7, 30, 0, 0, config.zone()), time.Date(2026, 12, 1, 7, 30, 0, 0, config.zone())} {
		if err := c.digests.step(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		c.outbox.Step(t.Context(), at)
	}
	var subjects []string
	for _, m := range server.Messages() {
		subjects = append(subjects, m.Subject())
	}
	if got := strings.Join(subjects, "\n"); len(subjects) != 6 || !strings.Contains(got, "Summary of 2026-11") || !strings.Contains(got, "Mėnesio suvestinė (2026-11)") {
		t.Errorf("mails:\n%s", got)
	}
}
