package collector

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/heartbeat"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/secret"
)

// What is set in the console beats, is kept sealed and is shown nowhere.
func TestTheHeartbeatOfTheConsole(t *testing.T) {
	calls := make(chan string, 10)
	watcher := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { calls <- r.Method + " " + r.URL.Path }))
	defer watcher.Close()
	c := openWith(t, "language: en\n")
	do := heartbeatView{c}
	if problems := settings.Of(do.SetHeartbeat(t.Context(), &web.HeartbeatEdit{})); len(problems) != 1 || problems[0].Code != settings.CodeMissing {
		t.Errorf("no address: %v", problems)
	}
	problems := settings.Of(do.SetHeartbeat(t.Context(), &web.HeartbeatEdit{URL: secret.New("ftp://slaptas"), Interval: time.Second, Method: "PUT"}))
	if got := problems.Error(); got != "interval: interval; method: beat_method; url: beat_url" {
		t.Errorf("refused with %s", got)
	}
	if err := do.SetHeartbeat(t.Context(), &web.HeartbeatEdit{URL: secret.New(watcher.URL + "/slaptas"), FailURL: secret.New(watcher.URL + "/slaptas/fail"), Interval: 2 * time.Minute, Method: "POST"}); err != nil {
		t.Fatal(err)
	}
	if err := do.TryHeartbeat(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-calls; got != "POST /slaptas" {
		t.Errorf("called %s", got)
	}
	page, err := do.Heartbeat(t.Context())
	if err != nil || page.Server != watcher.URL+"/…" || page.Good.IsZero() || page.Interval != 2*time.Minute || page.Method != "POST" {
		t.Errorf("the page is %+v, %v", page, err)
	}

	// Another interval keeps the addresses; they come back from the store.
	if err := do.SetHeartbeat(t.Context(), &web.HeartbeatEdit{DropFail: true, Method: "GET"}); err != nil {
		t.Fatal(err)
	}
	stored, err := c.store.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if h := stored.General.Heartbeat; h == nil || !h.URL.IsZero() || len(h.Secrets) != 1 {
		t.Errorf("stored is %+v", h)
	}
	if got := c.Config().Heartbeat; got.URL.Reveal() != watcher.URL+"/slaptas" || !got.FailURL.IsZero() || got.Every() != time.Minute {
		t.Errorf("in use is %+v", got)
	}
	key, _, err := access.LoadKey(c.opts.DataDir + "/secret.key")
	if err != nil {
		t.Fatal(err)
	}
	sealing, err := key.Derive("settings")
	if err != nil {
		t.Fatal(err)
	}
	again, err := settings.Open(t.Context(), settings.Options{Store: c.store, Key: sealing})
	if err != nil || again.Current().Heartbeat == nil || again.Current().Heartbeat.URL.Reveal() != watcher.URL+"/slaptas" {
		t.Errorf("read again: %+v, %v", again.Current().Heartbeat, err)
	}
	entries, err := c.access.AuditTail(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, e := range entries {
		said += e.Object + e.Before + e.After + e.Detail + "\n"
	}
	if strings.Contains(said, "slaptas") || !strings.Contains(said, "heartbeat.interval") {
		t.Errorf("the audit record says %s", said)
	}
	if err := do.SetHeartbeat(t.Context(), nil); err != nil || c.Config().Heartbeat.Enabled() {
		t.Errorf("removed: %v", err)
	}
}

// The file's heartbeat wins over the console's.
func TestTheHeartbeatOfTheFile(t *testing.T) {
	c := openWith(t, "heartbeat: {url: \"https://127.0.0.1:1/slaptas\", interval: 5m}\n")
	page, err := heartbeatView{c}.Heartbeat(t.Context())
	if err != nil || !page.InFile || page.Server != "https://127.0.0.1:1/…" || page.Interval != 5*time.Minute {
		t.Errorf("the page is %+v, %v", page, err)
	}
	if problems := settings.Of((heartbeatView{c}).SetHeartbeat(t.Context(), nil)); len(problems) != 1 || problems[0].Code != settings.CodeInFile {
		t.Errorf("changed in the console: %v", problems)
	}
	_, err = ParseConfig("collector.yml", []byte("heartbeat:\n  url: slaptas\n  method: get\n"))
	if err == nil || strings.Contains(err.Error(), "slaptas") || !strings.Contains(err.Error(), "heartbeat.url") || !strings.Contains(err.Error(), "heartbeat.method") {
		t.Errorf("got %v", err)
	}
}

// Alive is not enough: what the rules say must be stored, and messages go out.
func TestWhoCannotTellWithholdsTheHeartbeat(t *testing.T) {
	c := openWith(t, "language: en\n")
	now := c.started
	c.now = func() time.Time { return now }
	if got := c.ableToTell(); got != heartbeat.None {
		t.Errorf("just started: %q", got)
	}
	now = c.started.Add(10 * time.Minute)
	if got := c.ableToTell(); got != heartbeat.NotStored {
		t.Errorf("ten minutes without a step: %q", got)
	}
	c.alerting.stepped.Store(&now)
	if got := c.ableToTell(); got != heartbeat.None {
		t.Errorf("after a step: %q", got)
	}
	c.outbox.SetContacts([]string{"rasa"})
	inc := incident.Incident{ID: 1, Key: "X", State: incident.Open}
	rows := c.outbox.Rows([]incident.Owed{{Contact: "rasa", Kind: incident.Fault, Incident: inc}}, now)
	if err := c.store.CommitIncidents([]incident.Incident{inc}, rows); err != nil {
		t.Fatal(err)
	}
	c.outbox.Add(rows)
	now = now.Add(time.Hour)
	c.alerting.stepped.Store(&now)
	if got := c.ableToTell(); got != heartbeat.NotTold {
		t.Errorf("a message has waited for an hour: %q", got)
	}
	c.outbox.SetContacts(nil) // nobody waits for it any more
	if got := c.ableToTell(); got != heartbeat.None {
		t.Errorf("the contact is gone: %q", got)
	}
}
