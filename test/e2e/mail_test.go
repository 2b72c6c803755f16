package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/sim/smtp"
)

// ackLink finds the acknowledge link in a mail.
func ackLink(t *testing.T, m smtp.Message) string {
	t.Helper()
	text, err := m.Part("text/plain")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`http://\S+/ack\?t=[\w.~-]+`).FindString(text)
	if link == "" {
		t.Fatalf("no acknowledge link in:\n%s", text)
	}
	return link
}

// sameThread expects that the later mail answers the first.
func sameThread(t *testing.T, first, later smtp.Message) {
	t.Helper()
	for _, header := range []string{"In-Reply-To", "References"} {
		if !strings.Contains(later.Header.Get(header), first.ID()) {
			t.Errorf("%s of %q is %q, want <%s>", header, later.Subject(), later.Header.Get(header), first.ID())
		}
	}
}

// play is the story of a website that goes down and comes back; between runs
// while it is down and acknowledged.
func play(t *testing.T, w *world, between func()) {
	t.Helper()
	w.start()
	site := w.sites["www"]
	w.eventually("the first look", func() error {
		if w.query(`probe_success`)["www"] != "1" {
			return fmt.Errorf("not there yet")
		}
		return nil
	})

	site.Down()
	fault := w.waitMails(1)[0]
	if !strings.Contains(fault.Subject(), "www") {
		t.Errorf("subject %q", fault.Subject())
	}

	// A scanner of mails opens the link: nothing must happen.
	link := ackLink(t, fault)
	resp, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the page behind the link: %s, %v", resp.Status, err)
	}
	if inc := w.waitIncident("www", func(incident) bool { return true }); inc.Acked != nil {
		t.Error("opening the link acknowledged the incident")
	}
	// The person presses the button.
	action := regexp.MustCompile(`<form[^>]*method="post"[^>]*>`).FindString(string(page))
	if action == "" {
		t.Fatalf("no button on the page:\n%s", page)
	}
	token, _ := url.Parse(link)
	resp, err = http.PostForm(w.url("/ack"), url.Values{"t": {token.Query().Get("t")}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	w.waitIncident("www", func(i incident) bool { return i.Acked != nil && i.Acked.By == "rasa" })

	if between != nil {
		between()
	}
	w.idle()
	if mails := w.mail.Messages(); len(mails) != 1 {
		t.Errorf("%d mails while it is down, want exactly one", len(mails))
	}

	if err := site.Up(); err != nil {
		t.Fatal(err)
	}
	recovery := w.waitMails(2)[1]
	sameThread(t, fault, recovery)
	w.wantMails(2)
	if open := w.incidents(); len(open) != 0 {
		t.Errorf("still open: %+v", open)
	}
	if closed := w.incidents("--closed"); len(closed) != 1 || closed[0].Acked == nil {
		t.Errorf("the journal has %+v", closed)
	}
	w.stop()
}

func TestAFaultIsMailedAcknowledgedAndItsRecoveryMailedInTheSameThread(t *testing.T) {
	t.Parallel()
	play(t, newWorld(t, "www"), nil)
}

func TestASilenceInBetweenDoesNotSwallowTheRecovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www")
	play(t, w, func() {
		// As amtool sends it.
		now := time.Now()
		body, err := json.Marshal(map[string]any{
			"matchers": []map[string]any{{"name": "check", "value": "www", "isRegex": false, "isEqual": true}},
			"startsAt": now.UTC(), "endsAt": now.Add(time.Hour).UTC(), "createdBy": "rasa", "comment": "mending",
		})
		if err != nil {
			t.Fatal(err)
		}
		if code, data := w.request("POST", "/api/v2/silences", strings.NewReader(string(body)), "application/json"); code != http.StatusOK {
			t.Fatalf("silence: status %d: %s", code, data)
		}
		w.eventually("the silence to count", func() error {
			code, data := w.request("GET", "/api/v2/alerts?active=false&silenced=true", nil, "")
			if code != http.StatusOK || !strings.Contains(string(data), `"suppressed"`) {
				return fmt.Errorf("status %d: %s", code, data)
			}
			return nil
		})
	})
}

func TestAReloadInBetweenDoesNotSwallowTheRecovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www", "other")
	play(t, w, func() {
		w.configure("www")
		w.mustCommand("reload")
	})
}

func TestARestartInBetweenDoesNotSwallowTheRecovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www")
	play(t, w, func() {
		w.stop()
		w.start()
		w.waitIncident("www", func(i incident) bool { return i.Evidence == "firing" })
	})
}

func TestARuleThatIsRemovedIsNoRecovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www")
	play(t, w, func() {
		w.rule = ""
		w.configure("www")
		w.mustCommand("reload")
		w.waitIncident("www", func(i incident) bool { return i.Evidence == "unknown" })
		w.idle()
		if n := len(w.mail.Messages()); n != 1 {
			t.Errorf("%d mails after the rule was removed, want the fault alone", n)
		}
		w.rule = "Down"
		w.configure("www")
		w.mustCommand("reload")
		w.waitIncident("www", func(i incident) bool { return i.Evidence == "firing" })
	})
}

func TestMaintenanceOfTheMailServerLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www")
	w.start()
	w.eventually("the first look", func() error {
		if w.query(`probe_success`)["www"] != "1" {
			return fmt.Errorf("not there yet")
		}
		return nil
	})
	if err := w.mail.Refuse(); err != nil {
		t.Fatal(err)
	}
	w.sites["www"].Down()
	w.waitIncident("www", func(i incident) bool { return i.State == "open" })
	w.rounds(3)
	if err := w.sites["www"].Up(); err != nil {
		t.Fatal(err)
	}
	w.eventually("the end of the incident", func() error {
		if n := len(w.incidents()); n > 0 {
			return fmt.Errorf("%d open", n)
		}
		return nil
	})
	w.kill()
	w.start() // and the outbox remembers
	if err := w.mail.Resume(); err != nil {
		t.Fatal(err)
	}
	w.mustCommand("reload") // the keeper need not wait for the next try
	mails := w.waitMails(2)
	sameThread(t, mails[0], mails[1])
	w.wantMails(2)
}

func TestATargetThatIsDeletedIsNoRecovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www", "other")
	w.start()
	w.sites["www"].Down()
	w.waitMails(1)
	w.configure("other")
	w.mustCommand("reload")
	w.waitIncident("www", func(i incident) bool { return i.Evidence == "unknown" })
	w.wantMails(1)
	if out, err := w.command("incidents", "close", "1", "--comment", "gone for good"); err != nil {
		t.Errorf("nobody can close it: %v %s", err, out)
	}
	w.waitMails(2) // the end is told to whom the fault was told
	w.wantMails(2)
}

func TestARuleThatIsRenamedIsNoRecovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www")
	w.start()
	w.sites["www"].Down()
	w.waitMails(1)
	w.rule = "NotReachable"
	w.configure("www")
	w.mustCommand("reload")
	mails := w.waitMails(2) // the new rule's own fault
	if strings.Contains(mails[1].Header.Get("In-Reply-To"), mails[0].ID()) {
		t.Errorf("%q answers the old rule's fault", mails[1].Subject())
	}
	w.wantMails(2)
	old := w.waitIncident("www", func(i incident) bool { return i.Rule == "Down" })
	if old.Evidence != "unknown" {
		t.Errorf("the old rule's incident: %+v", old)
	}
}

func TestALookThatCannotBeMadeIsNeitherFaultNorRecovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www")
	// A target on the loopback is never outside, so the line is watched with a
	// name that does not lead anywhere.
	w.extra = "line: {witnesses: ['tcp://127.0.0.1:1'], interval: 1s}"
	w.configure("www")
	w.write("collector.yml", strings.ReplaceAll(w.read("collector.yml"), "checks:\n", "checks:\n  - {id: outside, target: 'https://nowhere.invalid.', interval: 1s, timeout: 1s}\n"))
	w.start()
	w.eventually("the look outside to be unknown", func() error {
		if got := w.query(`budi_look_unknown`)["outside"]; got != "1" {
			return fmt.Errorf("budi_look_unknown is %q", got)
		}
		return nil
	})
	if got, there := w.query(`probe_success`)["outside"]; there {
		t.Errorf("probe_success is %s for a look that could not be made", got)
	}
	w.rounds(3)
	w.wantMails(0)
}

func TestWithoutContactsIncidentsSayThatNobodyIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www")
	text := w.read("collector.yml")
	text = text[:strings.Index(text, "mail:")] + text[strings.Index(text, "checks:"):]
	w.write("collector.yml", text)
	w.start()
	w.sites["www"].Down()
	w.waitIncident("www", func(i incident) bool { return i.State == "open" })
	if out := w.mustCommand("incidents", "list"); !strings.Contains(out, "would have been mailed to nobody") {
		t.Errorf("the list does not say so:\n%s", out)
	}
	if !strings.Contains(w.log.String(), "mailed to nobody") {
		t.Error("the log does not say so")
	}
	client := w.login()
	resp, err := client.Get(w.url("/"))
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.Contains(string(page), "Would have been mailed to nobody") {
		t.Errorf("the page does not say so:\n%s", page)
	}
}

// login makes an operator and logs in as a browser would.
func (w *world) login() *http.Client {
	w.t.Helper()
	w.addUser("rasa@example.lt", "labai slapta frazė", "operator")
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	resp, err := client.PostForm(w.url("/login"), url.Values{"login": {"rasa@example.lt"}, "password": {"labai slapta frazė"}})
	if err != nil {
		w.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("log in: %s", resp.Status)
	}
	return client
}

func TestAReceiverInAlertmanagersSyntaxIsToldToo(t *testing.T) {
	t.Parallel()
	type notification struct {
		Status string
		Alerts []struct {
			Labels      map[string]string
			Annotations map[string]string
		}
	}
	got := make(chan notification, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var n notification
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			t.Errorf("read notification: %v", err)
		}
		got <- n
	}))
	defer hook.Close()
	next := func() notification {
		t.Helper()
		select {
		case n := <-got:
			return n
		case <-time.After(patience):
			t.Fatal("no notification came")
			return notification{}
		}
	}

	w := newWorld(t, "www")
	text := w.read("collector.yml")
	text = strings.Replace(text, "contacts:\n", "receivers:\n  - name: hook\n    webhook_configs: [{url: '"+hook.URL+"'}]\ncontacts:\n  - {name: chat, receiver: hook}\n", 1)
	w.write("collector.yml", text)
	w.start()
	w.sites["www"].Down()
	if n := next(); n.Status != "firing" || len(n.Alerts) != 1 || n.Alerts[0].Labels["check"] != "www" || n.Alerts[0].Annotations["summary"] == "" {
		t.Errorf("fault: %+v", n)
	}
	if err := w.sites["www"].Up(); err != nil {
		t.Fatal(err)
	}
	if n := next(); n.Status != "resolved" {
		t.Errorf("recovery: %+v", n)
	}
	w.wantMails(2) // the other contact's
	if len(got) > 0 {
		t.Errorf("one notification too many: %+v", <-got)
	}
}
