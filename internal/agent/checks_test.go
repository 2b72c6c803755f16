package agent

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/poll"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/website"
	"github.com/budi-monitor/budi/internal/wire"
)

// lookingOut is an agent's checks, and what they hand on.
type lookingOut struct {
	checks *checks
	mu     sync.Mutex
	kept   []look.Result
	said   []wire.Said
	told   chan struct{}
}

func newLookingOut() *lookingOut {
	l := &lookingOut{told: make(chan struct{}, 100)}
	l.checks = &checks{
		poller: poll.New(poll.Options{Logger: slog.New(slog.DiscardHandler), Concurrency: checksAtOnce}),
		keep: func(results ...look.Result) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.kept = append(l.kept, results...)
			return nil
		},
		say: func(all []wire.Said, _ bool) {
			l.mu.Lock()
			l.said = all
			l.mu.Unlock()
			l.told <- struct{}{}
		},
	}
	return l
}

func check(t *testing.T, id, target string) wire.Check {
	t.Helper()
	spec, err := json.Marshal(probe.Spec{Target: target})
	if err != nil {
		t.Fatal(err)
	}
	return wire.Check{ID: id, Interval: time.Minute, Spec: spec}
}

func TestAnAgentLooksAtWhatItIsAssigned(t *testing.T) {
	site, err := website.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(site.Close)
	site.Set(website.Page("<title>Mokykla</title>"))
	site.SetPath("/down", website.Status(500))
	l := newLookingOut()
	if err := l.checks.assign([]wire.Check{check(t, "up", site.URL("/")), check(t, "down", site.URL("/down")), check(t, "metadata", "http://169.254.169.254/")}, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- l.checks.run(ctx) }()
	for range 3 {
		select {
		case <-l.told:
		case <-time.After(time.Minute):
			t.Fatal("it does not look")
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"up": 1, "down": 0, "metadata": 0}
	for _, r := range l.kept {
		for _, s := range r.Samples {
			if s.Name != metric.ProbeSuccess || len(s.Labels) != 1 || s.Labels[0].Name != "check" {
				continue
			}
			if v, ok := want[s.Labels[0].Value]; !ok || v != s.Value {
				t.Errorf("%s is %g", s.Labels[0].Value, s.Value)
			}
			delete(want, s.Labels[0].Value)
		}
	}
	if len(want) != 0 {
		t.Errorf("nothing was kept of %v", want)
	}
	for _, s := range l.said {
		switch {
		case s.Check == "up" && s.Problem != nil, s.Check == "down" && (s.Problem == nil || s.Problem.Code != probe.CodeUnexpectedStatus):
			t.Errorf("%+v", s)
		case s.Check == "metadata" && (s.Problem == nil || s.Problem.Code != probe.CodeForbidden):
			t.Errorf("an agent reaches where clouds keep secrets: %+v", s)
		}
	}
}

func TestWhatCannotBeLookedAtIsTold(t *testing.T) {
	l := newLookingOut()
	secret := check(t, "secret", "ftp://user:hunter2@x/")
	err := l.checks.assign([]wire.Check{secret, {ID: "x", Interval: time.Second, Spec: []byte("{}")}, {ID: "../x"}, {ID: "y", Interval: time.Minute, Spec: []byte("{")}, check(t, "good", "tcp://127.0.0.1:1")}, []string{"no witness"})
	if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "5 cannot be looked at") {
		t.Error(err)
	}
	if stats := l.checks.poller.Stats(); stats.Targets != 1 {
		t.Errorf("%d are looked at", stats.Targets)
	}
	if err := l.checks.assign(nil, nil); err != nil || l.checks.poller.Stats().Targets != 0 {
		t.Errorf("taken back: %v", err)
	}
}
