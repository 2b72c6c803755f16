package notify_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/notify"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/sim/freeport"
)

var since = time.Now().Add(-time.Hour).UTC().Truncate(time.Second)

func item(kind incident.Kind, id incident.ID, check string) outbox.Item {
	inc := incident.Incident{
		ID: id, Rule: "SiteDown", Severity: incident.Critical, Since: since, State: incident.Open,
		Labels:      map[string]string{"alertname": "SiteDown", "check": check, "severity": "critical"},
		Annotations: map[string]string{"message": "site_down"},
	}
	if kind == incident.Recovery {
		inc.State, inc.Ended = incident.Closed, since.Add(30*time.Minute)
	}
	return outbox.Item{Kind: kind, Incident: inc, OwedAt: since.Add(5 * time.Minute)}
}

func delivery(items ...outbox.Item) outbox.Delivery {
	return outbox.Delivery{Contact: "budi", MessageID: "1.1@budi.example.lt", Items: items}
}

func receivers(t *testing.T, doc string, timeout time.Duration) *notify.Receivers {
	t.Helper()
	r, err := notify.LoadReceivers([]byte(doc), notify.ReceiverOptions{
		File: "collector.yml", BaseDir: t.TempDir(), ExternalURL: "https://budi.example.lt/", Timeout: timeout,
		Describe: func(it outbox.Item) (string, string) {
			return "Neveikia svetainė " + it.Incident.Labels["check"], "Svetainė neatsako."
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// deliver counts the commits.
func deliver(t *testing.T, r *notify.Receivers, name string, d outbox.Delivery) (commits int, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = r.Deliver(ctx, name, d, func() error { commits++; return nil })
	return commits, err
}

// peer is a small HTTP server that keeps what it was sent.
type peer struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	paths  []string
	answer http.HandlerFunc
}

func newPeer(t *testing.T, answer http.HandlerFunc) *peer {
	t.Helper()
	p := &peer{answer: answer}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		p.bodies, p.paths = append(p.bodies, string(b)), append(p.paths, r.URL.Path)
		p.mu.Unlock()
		if p.answer != nil {
			p.answer(w, r)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *peer) last(t *testing.T) (path, body string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.bodies) == 0 {
		t.Fatal("nothing came")
	}
	return p.paths[len(p.paths)-1], p.bodies[len(p.bodies)-1]
}

func webhook(url string) string {
	return "receivers:\n- name: budi\n  webhook_configs:\n  - url: " + url + "\n"
}

func TestAWebhookGetsFaultAndRecovery(t *testing.T) {
	p := newPeer(t, nil)
	r := receivers(t, webhook(p.URL+"/hook"), 0)
	type message struct {
		Receiver, Status, GroupKey, ExternalURL string
		Alerts                                  []struct {
			Status              string
			Labels, Annotations map[string]string
			StartsAt, EndsAt    time.Time
			GeneratorURL        string
		}
	}
	var fault, recovery message
	if n, err := deliver(t, r, "budi", delivery(item(incident.Fault, 12, "mokykla.lt"))); err != nil || n != 1 {
		t.Fatalf("fault: %v, %d commits", err, n)
	}
	_, body := p.last(t)
	if err := json.Unmarshal([]byte(body), &fault); err != nil {
		t.Fatal(err)
	}
	a := fault.Alerts[0]
	if fault.Status != "firing" || fault.Receiver != "budi" || a.Labels["alertname"] != "SiteDown" || !a.StartsAt.Equal(since) ||
		a.Annotations["summary"] != "Neveikia svetainė mokykla.lt" || a.GeneratorURL != "https://budi.example.lt/incidents/12" || fault.ExternalURL != "https://budi.example.lt" {
		t.Errorf("fault: %s", body)
	}
	if n, err := deliver(t, r, "budi", delivery(item(incident.Recovery, 12, "mokykla.lt"))); err != nil || n != 1 {
		t.Fatalf("recovery: %v, %d commits", err, n)
	}
	_, body = p.last(t)
	if err := json.Unmarshal([]byte(body), &recovery); err != nil {
		t.Fatal(err)
	}
	if recovery.Status != "resolved" || recovery.GroupKey != fault.GroupKey || !recovery.Alerts[0].EndsAt.Equal(since.Add(30*time.Minute)) {
		t.Errorf("recovery: %s", body)
	}
}

func TestASummaryHasEachIncidentOnceInItsNewestState(t *testing.T) {
	p := newPeer(t, nil)
	r := receivers(t, webhook(p.URL), 0)
	d := delivery(item(incident.Fault, 1, "a.lt"), item(incident.Fault, 2, "b.lt"), item(incident.Recovery, 1, "a.lt"))
	if _, err := deliver(t, r, "budi", d); err != nil {
		t.Fatal(err)
	}
	_, body := p.last(t)
	var m struct{ Alerts []struct{ Status string } }
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Alerts) != 2 || m.Alerts[0].Status != "firing" || m.Alerts[1].Status != "resolved" {
		t.Errorf("got %s", body)
	}
}

func TestTeamsAndTelegramGetReadableText(t *testing.T) {
	p := newPeer(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/bot") {
			_, _ = io.WriteString(w, `{"ok":true,"result":{"message_id":1,"chat":{"id":5}}}`)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("123:abc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	doc := fmt.Sprintf("receivers:\n- name: teams\n  msteamsv2_configs:\n  - webhook_url: %s/teams\n- name: telegram\n  telegram_configs:\n  - api_url: %s\n    bot_token_file: token\n    chat_id: 5\n", p.URL, p.URL)
	r, err := notify.LoadReceivers([]byte(doc), notify.ReceiverOptions{BaseDir: dir, Describe: func(outbox.Item) (string, string) { return "Neveikia svetainė", "" }})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(r.Names(), ","); got != "teams,telegram" {
		t.Errorf("names %s", got)
	}
	for _, name := range r.Names() {
		if _, err := deliver(t, r, name, delivery(item(incident.Fault, 1, "mokykla.lt"))); err != nil {
			t.Fatal(err)
		}
		path, body := p.last(t)
		if want := map[string]string{"teams": "/teams", "telegram": "/bot123:abc/sendMessage"}[name]; path != want {
			t.Errorf("%s: path %s, want %s", name, path, want)
		}
		if !strings.Contains(body, "SiteDown") || !strings.Contains(body, "Neveikia svetain") {
			t.Errorf("%s: body %s", name, body)
		}
	}
}

func TestErrorsAreClassified(t *testing.T) {
	closed := "http://" + freeport.Addr(t)
	release := make(chan struct{})
	defer close(release)

	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	silent := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	const (
		temporary = iota
		permanent
		uncertain
	)
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		url    string // instead of the peer's
		want   int
		within time.Duration // 30 s: on a slow computer too
	}{
		{"nobody listens: nothing was said", nil, closed, temporary, 0},
		{"a fault of the other side passes", status(503), "", temporary, 0},
		{"a wrong token is mended by a person", status(401), "", temporary, 0},
		{"forbidden is mended by a person", status(403), "", temporary, 0},
		{"a refused payload stays refused", status(400), "", permanent, 0},
		{"no answer: it may have arrived", silent, "", uncertain, 2 * time.Second},
		{"cut before the answer: it may have arrived", cut, "", uncertain, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPeer(t, tc.answer)
			url := tc.url
			if url == "" {
				url = p.URL
			}
			r := receivers(t, webhook(url+"/s3cret"), cmp.Or(tc.within, 30*time.Second))
			n, err := deliver(t, r, "budi", delivery(item(incident.Fault, 1, "a.lt")))
			if err == nil || n != 1 {
				t.Fatalf("error %v, %d commits", err, n)
			}
			if got := errors.Is(err, outbox.ErrPermanent); got != (tc.want == permanent) {
				t.Errorf("permanent is %v: %v", got, err)
			}
			if got := errors.Is(err, outbox.ErrUncertain); got != (tc.want == uncertain) {
				t.Errorf("uncertain is %v: %v", got, err)
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error shows the address, which may hold a token: %v", err)
			}
		})
	}
}

func TestTelegramHasADeadlineAndIsNotCalledTwiceAtOnce(t *testing.T) {
	release := make(chan struct{})
	p := newPeer(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	r := receivers(t, "receivers:\n- name: tg\n  telegram_configs:\n  - {api_url: "+p.URL+", bot_token: s3cret, chat_id: 1}\n", 2*time.Second)
	for range 2 {
		_, err := deliver(t, r, "tg", delivery(item(incident.Fault, 1, "a.lt")))
		if !errors.Is(err, outbox.ErrUncertain) {
			t.Errorf("got %v, want uncertain", err)
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error shows the token: %v", err)
		}
	}
}

func TestAFailedCommitSendsNothing(t *testing.T) {
	p := newPeer(t, nil)
	r := receivers(t, webhook(p.URL), 0)
	broken := errors.New("disk full")
	if err := r.Deliver(t.Context(), "budi", delivery(item(incident.Fault, 1, "a.lt")), func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if len(p.bodies) != 0 {
		t.Error("something was sent")
	}
	if _, err := deliver(t, r, "budi", delivery(item(incident.Fault, 1, "a.lt"))); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if _, err := deliver(t, r, "kas", delivery(item(incident.Fault, 1, "a.lt"))); !errors.Is(err, outbox.ErrPermanent) {
		t.Errorf("a receiver that is gone: %v", err)
	}
}

func TestRecoveriesAreNotSentToThoseWhoDoNotWantThem(t *testing.T) {
	p := newPeer(t, nil)
	r := receivers(t, webhook(p.URL)+"    send_resolved: false\n", 0)
	if _, err := deliver(t, r, "budi", delivery(item(incident.Recovery, 1, "a.lt"))); err != nil {
		t.Fatal(err)
	}
	if len(p.bodies) != 0 {
		t.Error("the recovery was sent")
	}
}

func TestMistakesInTheDocumentAreToldWithLineAndAdvice(t *testing.T) {
	for _, tc := range []struct{ name, doc, want string }{
		{"mail has its own section", "receivers:\n- name: a\n  email_configs:\n  - to: x@y\n", `c.yml:4: receivers[0].email_configs: mail is configured under mail:`},
		{"no routing", "receivers:\n- name: a\n  webhook_configs: [{url: 'http://x'}]\nroute: {receiver: a}\n", "c.yml:4: route: there is no routing here"},
		{"unknown top field", "recievers: []\n", "c.yml:1: recievers: there is no such field"},
		{"no receivers", "templates: []\n", "write a list of receivers"},
		{"a name is needed", "receivers:\n- webhook_configs: [{url: 'http://x'}]\n", "c.yml:2: receivers[0].name: give the receiver a name"},
		{"names are unique", "receivers:\n- name: a\n  webhook_configs: [{url: 'http://x'}]\n- name: a\n  webhook_configs: [{url: 'http://x'}]\n", `c.yml:4: receivers[1].name is "a": there is another receiver`},
		{"one integration", "receivers:\n- name: a\n  webhook_configs: [{url: 'http://x'}, {url: 'http://y'}]\n", "the receiver has 2 integrations"},
		{"at least one integration", "receivers:\n- name: a\n", "the receiver has 0 integrations"},
		{"unknown field inside", "receivers:\n- name: a\n  webhook_configs:\n  - url: http://x\n    colour: red\n", "c.yml:5: colour: there is no such field"},
		{"the library's own checks", "receivers:\n- name: a\n  telegram_configs:\n  - chat_id: 0\n    bot_token: x\n", "chat_id"},
		{"not YAML", "receivers: [\n", "c.yml"},
		{"two documents", "receivers: []\n---\na: 1\n", "more than one document"},
		{"a list on top", "- a\n", "write receivers:"},
		{"a template that is not there", "receivers:\n- name: a\n  webhook_configs: [{url: 'http://x'}]\ntemplates: [broken.tmpl]\n", "templates: this template cannot be read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "broken.tmpl"), []byte("{{ define"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := notify.LoadReceivers([]byte(tc.doc), notify.ReceiverOptions{File: "c.yml", BaseDir: dir})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestAnEmptyDocumentHasNoReceivers(t *testing.T) {
	for _, doc := range []string{"", "\n# nothing\n", "null\n"} {
		r, err := notify.LoadReceivers([]byte(doc), notify.ReceiverOptions{})
		if err != nil || len(r.Names()) != 0 {
			t.Errorf("%q: %v", doc, err)
		}
	}
}

func TestADocumentInFlowStyleAndTemplatesWork(t *testing.T) {
	p := newPeer(t, nil)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine.tmpl"), []byte(`{{ define "mine" }}svetainė{{ end }}`), 0o600); err != nil {
		t.Fatal(err)
	}
	doc := fmt.Sprintf(`{"templates": ["mine.tmpl"], "receivers": [{"name": "teams", "msteamsv2_configs": [{"webhook_url": %q, "text": "{{ template \"mine\" . }}"}]}]}`, p.URL)
	r, err := notify.LoadReceivers([]byte(doc), notify.ReceiverOptions{BaseDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := deliver(t, r, "teams", delivery(item(incident.Fault, 1, "a.lt"))); err != nil {
		t.Fatal(err)
	}
	if _, body := p.last(t); !strings.Contains(body, "svetainė") {
		t.Errorf("body %s", body)
	}
}

func FuzzReceiversNeverCrash(f *testing.F) {
	f.Add(webhook("http://x"))
	f.Add("receivers:\n- name: a\n  slack_configs: [null]\n")
	f.Add("receivers: [{name: a, opsgenie_configs: [~]}]")
	f.Fuzz(func(t *testing.T, doc string) {
		_, _ = notify.LoadReceivers([]byte(doc), notify.ReceiverOptions{File: "c.yml", BaseDir: "/nonexistent"})
	})
}

func TestTheReceiversInTheDocumentationAreValid(t *testing.T) {
	text, err := os.ReadFile("../../../docs/mail.md")
	if err != nil {
		t.Fatal(err)
	}
	_, doc, found := strings.Cut(string(text), "```yaml\nreceivers:")
	doc, _, end := strings.Cut(doc, "\ncontacts:")
	if !found || !end {
		t.Fatal("docs/mail.md has no receivers")
	}
	r, err := notify.LoadReceivers([]byte("receivers:"+doc), notify.ReceiverOptions{File: "docs/mail.md"})
	if err != nil || len(r.Names()) != 2 {
		t.Errorf("%v", err)
	}
}

func TestAnAddressThatCannotBeReadIsNotRepeated(t *testing.T) {
	for _, address := range []string{`http://u:hidden@x y/`, `http://u:hidden/x@x/`, `hidden://%zz`, `http://x:hidden/`} {
		_, err := notify.LoadReceivers([]byte("receivers: [{name: a, webhook_configs: [{url: '"+address+"'}]}]"), notify.ReceiverOptions{File: "f.yml"})
		if err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
