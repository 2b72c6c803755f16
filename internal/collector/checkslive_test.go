package collector

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/smtp"
	"github.com/budi-monitor/budi/internal/sim/website"
)

// A check that was added while the collector runs fails, is mailed, recovers and
// is mailed again; a kill keeps it; while it is paused its fault hangs on and is
// no recovery.
func TestACheckAddedInTheConsoleIsWatchedLikeAnyOther(t *testing.T) {
	t.Parallel()
	post, err := smtp.Start(smtp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer post.Close()
	site, err := website.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	site.Set(website.Page("Labas"))
	dir, err := os.MkdirTemp("", "budi") // short, for the admin socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "collector.yml")
	for name, text := range map[string]string{
		"ca.pem":    string(post.CAPEM()),
		"rules.yml": "groups: [{name: test, rules: [{alert: Down, expr: probe_success == 0, for: 1s, labels: {severity: critical}, annotations: {summary: down}}]}]\n",
		"collector.yml": fmt.Sprintf(`external_url: http://budi.example.lt
host: {disabled: true}
digest: {off: true, month: off}
agents: {push_interval: 1s, silent_after: 4s}
alerting: {hold_fault: 0s, hold_recovery: 1s, hold_symptom: 0s, flap_within: 0s, rules_interval: 1s, rule_files: [rules.yml], without_rules: [SiteDown]}
mail: {from: budi@example.lt, smtp: {host: 127.0.0.1, port: %d, ca_file: ca.pem, auth: none}}
contacts: [{name: rasa, email: rasa@example.lt}]
`, post.Port()),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var ahead atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	c, err := Open(t.Context(), Options{DataDir: filepath.Join(dir, "data"), ConfigFile: file, Listen: "127.0.0.1:0", Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(running) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	mails := func(n int) []smtp.Message {
		t.Helper()
		bounded, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		all, err := post.Wait(bounded, n)
		if err != nil {
			t.Fatalf("%d mails instead of %d", len(post.Messages()), n)
		}
		return all
	}

	rasa, do := of(t.Context(), "rasa"), checkActions{c}
	check := settings.Check{ID: "www", Name: "Mokyklos svetainė", Interval: time.Second, Spec: probe.Spec{Target: site.URL("/"), Timeout: 30 * time.Second}}
	if _, err := do.AddCheck(rasa, check, ""); err != nil {
		t.Fatal(err)
	}
	site.Down()
	mails(1)

	// Killed now: what is on the disk is all that the next process has.
	killed := filepath.Join(dir, "killed")
	if err := os.Mkdir(killed, 0o700); err != nil {
		t.Fatal(err)
	}
	// The database as it is at one moment: whoever reads the file while it is
	// written to reads some pages of before and some of after.
	if err := c.store.CopyTo(filepath.Join(killed, "budi.db")); err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(dir, "data", "secret.key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(killed, "secret.key"), key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), Options{DataDir: killed, ConfigFile: file, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	config := again.Config()
	if got, ok := config.Check("www"); !ok || got.Target != check.Target || got.Name != check.Name {
		t.Errorf("after a kill it is %+v", got)
	}
	closed(t, again)

	if err := site.Up(); err != nil {
		t.Fatal(err)
	}
	mails(2)
	site.Down()
	mails(3)
	open := c.alerting.open()
	if len(open) != 1 || open[0].Labels["check"] != "www" {
		t.Fatalf("open are %+v", open)
	}

	if err := do.PauseCheck(rasa, "www", true); err != nil {
		t.Fatal(err)
	}
	wait(t, "the incident to be unknown", func() bool {
		open := c.alerting.open()
		return len(open) == 1 && open[0].Evidence == incident.Unknown
	})
	if err := site.Up(); err != nil {
		t.Fatal(err)
	}
	ahead.Store(int64(outOfWatchAfter + time.Minute))
	wait(t, "the incident to be closed", func() bool { return len(c.alerting.open()) == 0 })
	inc, found, err := c.store.Incident(open[0].ID)
	if err != nil || !found || inc.EndReason == incident.Recovered || !strings.Contains(fmt.Sprintf("%+v", inc), "Budi") {
		t.Errorf("it ended as %+v, %v", inc, err)
	}
}

// wait waits for something that another goroutine does.
func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
