package collector_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/incident"
)

func TestMailsPagesAndReceiversCallThingsByTheirNames(t *testing.T) {
	t.Parallel()
	summaries := make(chan string, 10)
	chat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct {
			Alerts []struct{ Annotations map[string]string }
		}
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil || len(m.Alerts) != 1 {
			http.Error(w, "not the message of one alert", http.StatusBadRequest)
			return
		}
		summaries <- m.Alerts[0].Annotations["summary"]
	}))
	t.Cleanup(chat.Close)

	s := newSchool(t)
	target := strings.Replace(s.site.URL("/"), "://", "://ona:secret@", 1)
	s.write("rules.yml", "groups: [{name: own, rules: [{alert: Down, expr: 'probe_success == 0', annotations: {message: site_down}}]}]\n")
	s.write("collector.yml", fmt.Sprintf(`external_url: http://budi.example.lt
language: lt
site: {id: main, name: Centrinė biblioteka}
host: {disabled: true}
digest: {off: true, month: off}
alerting: {hold_fault: 0s, hold_recovery: 1s, hold_symptom: 0s, flap_within: 0s, rules_interval: 1s, rule_files: [rules.yml], without_rules: [SiteDown]}
mail: {from: budi@example.lt, smtp: {host: 127.0.0.1, port: %d, ca_file: ca.pem, auth: none}}
contacts: [{name: rasa, email: rasa@example.lt}, {name: chat, receiver: chat}]
receivers: [{name: chat, webhook_configs: [{url: '%s'}]}]
checks: [{id: library, name: Bibliotekos katalogas, target: '%s', interval: 1s, timeout: 30s}]
`, s.mail.Port(), chat.URL, target))
	s.start()
	s.site.Down()
	const subject = "Neveikia „Bibliotekos katalogas“"
	mail := s.waitMails(1)[0]
	text, err := mail.Part("text/plain")
	if err != nil {
		t.Fatal(err)
	}
	flat := strings.Join(strings.Fields(text), " ")
	if mail.Subject() != subject || !strings.Contains(flat, "Kur: Centrinė biblioteka, patikra „Bibliotekos katalogas“ (http://***@") || strings.Contains(text, "secret") {
		t.Errorf("subject %q in\n%s", mail.Subject(), text)
	}
	if got := <-summaries; got != subject {
		t.Errorf("the receiver was told %q", got)
	}
	all := s.incidents()
	if len(all) != 1 || all[0].Names["check"] != "Bibliotekos katalogas" || all[0].Names["site"] != "Centrinė biblioteka" || !strings.HasPrefix(all[0].Names[incident.NameTarget], "http://***@") {
		t.Errorf("incidents %+v", all)
	}
}

func TestANewKeyFileBesideAnOldDatabaseIsTold(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	notices := func() string {
		s.start()
		defer s.stop()
		client, err := admin.Dial(context.Background(), filepath.Join(s.dir, "data"))
		if err != nil {
			t.Fatal(err)
		}
		status, err := client.Status(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(status.Notices, "\n")
	}
	const told = "links in mails sent so far do not work any more"
	if got := notices(); strings.Contains(got, told) {
		t.Errorf("at the first start: %s", got)
	}
	if err := os.Remove(filepath.Join(s.dir, "data", "secret.key")); err != nil {
		t.Fatal(err)
	}
	if got := notices(); !strings.Contains(got, told) {
		t.Errorf("after the key was removed: %s", got)
	}
	if got := notices(); strings.Contains(got, told) {
		t.Errorf("with the new key: %s", got)
	}
}
