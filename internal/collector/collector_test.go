package collector_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/sim/smtp"
	"github.com/budi-monitor/budi/internal/sim/website"
)

const patience = time.Minute

// clock is the real time and an offset that a test moves.
type clock struct{ offset atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) Advance(d time.Duration) { c.offset.Add(int64(d)) }

// school is a collector in this process, with one website and a mail server. The
// website is down when a test says so: a look has time on a slow computer too. Nor
// are there digests, which would be a mail more at half past seven.
type school struct {
	t     *testing.T
	dir   string
	clock *clock
	mail  *smtp.Server
	site  *website.Server
	log   *lockedBuilder

	config string
	viewer string // token of who asks for samples; made when it is needed
	stop   func()
}

type lockedBuilder struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuilder) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuilder) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newSchool(t *testing.T) *school {
	t.Helper()
	dir, err := os.MkdirTemp("", "budi") // short, for the admin socket
	if err != nil {
		t.Fatal(err)
	}
	s := &school{t: t, dir: dir, clock: &clock{}, log: &lockedBuilder{}}
	if s.mail, err = smtp.Start(smtp.Options{}); err != nil {
		t.Fatal(err)
	}
	if s.site, err = website.Start(); err != nil {
		t.Fatal(err)
	}
	s.site.Set(website.Page("Labas"))
	t.Cleanup(func() {
		if s.stop != nil {
			s.stop()
		}
		s.site.Close()
		s.mail.Close()
		if t.Failed() {
			t.Log(s.log.String())
		}
		_ = os.RemoveAll(dir)
	})
	s.write("ca.pem", string(s.mail.CAPEM()))
	s.write("rules.yml", downRule)
	s.config = fmt.Sprintf(`external_url: http://budi.example.lt
host: {disabled: true}
digest: {off: true, month: off}
alerting: {hold_fault: 0s, hold_recovery: 1s, hold_symptom: 0s, flap_within: 0s, rules_interval: 1s, rule_files: [rules.yml], without_rules: [SiteDown]}
mail: {from: budi@example.lt, smtp: {host: 127.0.0.1, port: %d, ca_file: ca.pem, auth: none}}
contacts: [{name: rasa, email: rasa@example.lt}]
checks: [{id: www, target: '%s', interval: 1s, timeout: 30s}]
`, s.mail.Port(), s.site.URL("/"))
	s.write("collector.yml", s.config)
	return s
}

const downRule = `groups:
  - name: test
    rules:
      - alert: Down
        expr: probe_success == 0
        for: 2s
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.check }} is down"}
`

func (s *school) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *school) start() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c, err := collector.Open(ctx, collector.Options{
		DataDir: filepath.Join(s.dir, "data"), ConfigFile: filepath.Join(s.dir, "collector.yml"), Listen: "127.0.0.1:0",
		Logger: slog.New(slog.NewTextHandler(s.log, nil)), Now: s.clock.Now,
	})
	if err != nil {
		cancel()
		s.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	s.stop = func() {
		s.stop = nil
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("the collector ended with %v", err)
		}
	}
}

func (s *school) eventually(what string, f func() error) {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain for %s: %v", what, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (s *school) incidents() []incident.Incident {
	s.t.Helper()
	client, err := admin.Dial(context.Background(), filepath.Join(s.dir, "data"))
	if err != nil {
		s.t.Fatal(err)
	}
	all, err := client.Incidents(context.Background(), false)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func (s *school) waitEvidence(want incident.Evidence) {
	s.t.Helper()
	s.eventually("evidence "+string(want), func() error {
		all := s.incidents()
		if len(all) != 1 || all[0].Evidence != want {
			return fmt.Errorf("there are %+v", all)
		}
		return nil
	})
}

func (s *school) waitMails(n int) []smtp.Message {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	all, err := s.mail.Wait(ctx, n)
	if err != nil {
		s.t.Fatalf("waited in vain for %d mails, there are %d", n, len(s.mail.Messages()))
	}
	return all
}

func (s *school) wantMails(n int) {
	s.t.Helper()
	if got := len(s.mail.Messages()); got != n {
		s.t.Errorf("%d mails, want %d", got, n)
	}
}

func TestACollectorThatWasAwayForTenMinutesSendsNoFalseRecovery(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	s.start()
	s.site.Down()
	s.waitMails(1)
	s.stop()
	s.clock.Advance(11 * time.Minute)
	// Nothing is known at first: the newest sample is too old to be seen, and
	// no look has been made.
	s.site.SetMute(true)
	s.start()
	s.waitEvidence(incident.Firing)
	s.wantMails(1) // neither a recovery nor the fault again
	s.site.SetMute(false)
	if err := s.site.Up(); err != nil {
		t.Fatal(err)
	}
	s.waitMails(2)
}

func TestTheClockJumpsTwoDaysAndBackAndAlertingGoesOn(t *testing.T) {
	t.Parallel()
	const jump = 48 * time.Hour
	s := newSchool(t)
	s.start()
	s.site.Down()
	s.waitMails(1)

	s.clock.Advance(jump)
	s.waitEvidence(incident.Firing)
	if err := s.site.Up(); err != nil {
		t.Fatal(err)
	}
	s.waitMails(2) // the recovery, under the wrong time
	s.site.Down()
	s.waitMails(3) // another fault, under the wrong time

	s.clock.Advance(-jump)
	if err := s.site.Up(); err != nil {
		t.Fatal(err)
	}
	s.waitMails(4)
	s.site.Down()
	s.waitMails(5)
	if err := s.site.Up(); err != nil {
		t.Fatal(err)
	}
	s.waitMails(6)
}

func TestAClockSetBackWhileAFaultIsPendingDelaysNothing(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	s.clock.Advance(48 * time.Hour)
	s.start()
	s.eventually("the look", func() error {
		if s.site.Requests() == 0 {
			return fmt.Errorf("none yet")
		}
		return nil
	})
	s.site.Down()
	s.clock.Advance(-48 * time.Hour)
	s.waitMails(1)
}
