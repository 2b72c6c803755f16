//go:build browser

package e2e

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/sim/smtp"
	"github.com/budi-monitor/budi/internal/sim/website"
)

const (
	password = "labai slapta frazė"
	viewer   = "ona@example.lt"
)

// sooner is a collector whose rule needs no two minutes, so that tests need
// not wait for it. People set everything else in the console.
func sooner(t testing.TB) *collector {
	t.Helper()
	c := newCollector(t)
	c.write("collector.yml", "host: {disabled: true}\nalerting: {hold_fault: 0s, hold_recovery: 1s, hold_symptom: 0s, flap_within: 0s, rules_interval: 1s, rule_files: [rules.yml], without_rules: [SiteDown]}\n")
	c.write("rules.yml", `groups:
  - name: test
    rules:
      - alert: Down
        expr: probe_success == 0
        labels: {severity: critical}
        annotations: {message: site_down, runbook: site-down}
`)
	return c
}

// newSite is a website that works.
func newSite(t testing.TB) *website.Server {
	t.Helper()
	site, err := website.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(site.Close)
	site.Set(website.Page("<h1>Labas</h1>"))
	return site
}

// waitMail waits for a mail whose subject holds a text. Looks of checks that
// were added in the console are half a minute apart at least.
func waitMail(t testing.TB, server *smtp.Server, subject string) smtp.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	for n := 1; ; {
		mails, err := server.Wait(ctx, n)
		if err != nil {
			t.Fatalf("waited in vain for a mail about %q: %v; there are %d", subject, err, len(server.Messages()))
		}
		for _, m := range mails {
			if strings.Contains(m.Subject(), subject) {
				return m
			}
		}
		n = len(mails) + 1
	}
}

// beAdministrator goes through the printed link.
func (b *browser) beAdministrator(language string) {
	b.t.Helper()
	b.open(b.c.setupLink().String())
	b.fill("Your name", "Rasa Petraitė")
	b.fill("E-mail or login name", "rasa@example.lt")
	b.fill("Password", password)
	b.fill("The same password", password)
	b.choose("Language", language)
	b.press("Create")
	b.see("Rasa Petraitė")
}

// TestBrowserFirstRunToFirstMail is the first morning, without a file for mail,
// contacts or checks: the printed link, the five steps, the first fault's mail.
func TestBrowserFirstRunToFirstMail(t *testing.T) {
	t.Parallel()
	server, err := smtp.Start(smtp.Options{Security: smtp.None})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	site := newSite(t)
	c := sooner(t)
	c.start()
	b := newBrowser(c, "en")
	b.beAdministrator("English")
	b.open("/start")

	b.fill("Institution's name", "Kupiškio biblioteka")
	b.fill("Address of the console", c.url(""))
	b.press("Save")
	b.see("Kupiškio biblioteka", "Mail server")

	b.open("/start?step=2")
	b.fill("Sender", "Budi <budi@example.lt>")
	b.fill("Server", "127.0.0.1")
	b.choose("Encryption", "none")
	b.fill("Port", fmt.Sprint(server.Port()))
	b.choose("Login", "none: the server knows this computer")
	b.press("Save")
	b.fill("E-mail", "rasa@example.lt")
	b.press("Add")
	b.see("rasa@example.lt")
	b.fill("Send to", "rasa@example.lt")
	b.press("Send a test mail")
	b.see("The test mail was sent")
	if m := waitMail(t, server, "Budi"); !strings.Contains(m.Header.Get("To"), "rasa@example.lt") {
		t.Errorf("the test mail goes to %q", m.Header.Get("To"))
	}

	b.open("/start?step=3")
	b.fill("Address of the website", site.URL("/"))
	b.press("Try it")
	b.see("Tried just now", "works")
	b.fill("Name", "School website")
	b.choose("How often", "30 s")
	b.press("Save")
	b.see("School website")
	c.eventually("the first look", func() error {
		if len(c.query(`probe_success == 1`)) == 0 {
			return fmt.Errorf("not there yet")
		}
		return nil
	})
	site.Down()
	fault := waitMail(t, server, "School website")
	if link := ackLink(t, fault); !strings.HasPrefix(link, c.url("/ack")) {
		t.Errorf("the mail's link is %s", link)
	}
	b.open("/")
	b.see("School website")
	c.stop()
}

// TestBrowserAWebsiteFailsAndRecovers is a day: a website is added, fails, is
// acknowledged from the mail's link on a phone by who is not logged in, and
// recovers.
func TestBrowserAWebsiteFailsAndRecovers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.configure() // mail and contacts are in the file
	site := newSite(t)
	w.start()
	b := newBrowser(w.collector, "en")
	b.beAdministrator("English")
	b.open("/checks")
	b.press("Add")
	b.fill("Name", "Library catalogue")
	b.fill("Address", site.URL("/"))
	b.choose("How often", "30 s")
	b.press("Save")
	w.eventually("the first look", func() error {
		if len(w.query(`probe_success == 1`)) == 0 {
			return fmt.Errorf("not there yet")
		}
		return nil
	})

	site.Down()
	fault := waitMail(t, w.mail, "library-catalogue")
	b.open("/")
	b.seeInTime("library-catalogue")

	phone := newBrowser(w.collector, "lt")
	phone.phone()
	phone.open(ackLink(t, fault))
	if n := phone.wide(); n > 0 {
		t.Errorf("the page behind the mail's link is %d pixels wider than the phone", n)
	}
	phone.fill("Pastaba", "Skambinu teikėjui")
	phone.press("Imuosi tvarkyti")
	phone.see("rasa", "Skambinu teikėjui")

	b.open("/incidents")
	b.see("library-catalogue")
	b.press("library-catalogue is down")
	b.see("Skambinu teikėjui")
	b.see("has been looking after it", "Take back")

	if err := site.Up(); err != nil {
		t.Fatal(err)
	}
	mails := w.waitLong(2)
	sameThread(t, fault, mails[1])
	b.open("/journal")
	b.seeInTime("library-catalogue")
	w.stop()
}

// waitLong is waitMails for looks that are half a minute apart.
func (w *world) waitLong(n int) []smtp.Message {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 3*patience)
	defer cancel()
	mails, err := w.mail.Wait(ctx, n)
	if err != nil {
		w.t.Fatalf("waited in vain for %d mails: %v", n, err)
	}
	return mails
}

// TestBrowserAnAgentIsEnrolled copies the line that the console shows and runs
// it on the computer.
func TestBrowserAnAgentIsEnrolled(t *testing.T) {
	t.Parallel()
	w := newTLSWorld(t, "agents: {push_interval: 1s, silent_after: 5s}\n")
	w.start()
	b := newBrowser(w.collector, "en")
	b.beAdministrator("English")
	b.open("/agents")
	b.press("Make the token")
	b.see("budi-agent", "msiexec")
	shown := b.text()
	token := regexp.MustCompile(`budi_enrol_[\w.~-]+`).FindString(shown)
	if token == "" {
		t.Fatalf("no token on the page:\n%s", shown)
	}
	b.reload()
	if again := regexp.MustCompile(`budi_enrol_[\w.~-]+`).FindString(b.text()); again != "" && again != token {
		t.Error("loading the page again made another token")
	}
	// The line for Debian, as far as it is ours: package and sudo are not here.
	line := regexp.MustCompile(`budi-agent enroll --url (\S+) --token (\S+)`).FindStringSubmatch(shown)
	if line == nil {
		t.Fatalf("no line for Debian on the page:\n%s", shown)
	}
	a := newAgent(t)
	a.enroll(strings.Trim(line[1], `"'`), strings.Trim(line[2], `"'`))
	a.run()
	b.open("/devices")
	b.seeInTime(a.device)
	b.open("/devices/" + a.device)
	b.seeInTime("Processor")
	w.stop()
}

// TestBrowserAViewerMayNot looks, and changes nothing.
func TestBrowserAViewerMayNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www")
	w.start()
	w.addUser("rasa@example.lt", password, "administrator")
	w.addUser(viewer, password, "viewer")
	w.sites["www"].Down()
	fault := w.waitMails(1)[0]
	b := newBrowser(w.collector, "en")
	b.logIn(viewer, password, "E-mail or login name", "Password", "Log in")
	b.seeInTime("www")
	b.dontSee("Settings", "People and access")
	for _, path := range []string{"/settings", "/people", "/tokens", "/audit", "/checks/_new", "/start"} {
		b.open(path)
		if status := mustEval[int](b, `performance.getEntriesByType("navigation")[0].responseStatus`); status != 403 {
			t.Errorf("%s: status %d", path, status)
		}
	}
	incidents := w.incidents()
	if len(incidents) != 1 {
		t.Fatalf("incidents: %+v", incidents)
	}
	at := fmt.Sprintf("/incidents/%d", incidents[0].ID)
	b.open(at)
	b.see("www")
	b.dontSee("I am looking after it", "Close")
	// Whoever writes the request by hand is refused too.
	if status := mustEval[int](b, `fetch("`+at+`/acknowledge", {method: "POST"}).then(r => r.status, () => 0)`); status != 403 && status != 0 {
		t.Errorf("acknowledge: status %d", status)
	}
	if acked := w.incidents()[0].Acked; acked != nil {
		t.Errorf("a viewer acknowledged: %+v", acked)
	}
	// A link from a mail is for whom it was sent to, whoever opens it.
	if u, err := url.Parse(ackLink(t, fault)); err != nil || u.Query().Get("t") == "" {
		t.Error(err)
	}
	w.stop()
}

// TestBrowserInLithuanian is the console of somebody whose browser asks for
// Lithuanian, from the log-in on; and the choice of another language.
func TestBrowserInLithuanian(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www")
	w.start()
	w.addUser("rasa@example.lt", password, "administrator", "--language", "lt")
	b := newBrowser(w.collector, "lt")
	b.open("/login")
	b.see("Prisijung", "Slaptažodis")
	if lang := mustEval[string](b, `document.documentElement.lang`); lang != "lt" {
		t.Errorf("the page is in %q", lang)
	}
	b.logIn("rasa@example.lt", password, "El. pa", "Slaptažodis", "Prisijungti")
	b.see("Šiandien", "Įrenginiai", "Incidentai")
	b.open("/me")
	b.choose("Kalba", "English")
	b.press("Įrašyti")
	b.open("/")
	b.see("Today", "Devices")
	w.stop()
}

// TestBrowserSlashSearches leads from any page to the field for searching.
func TestBrowserSlashSearches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www")
	w.start()
	b := newBrowser(w.collector, "en")
	b.beAdministrator("English")
	b.open("/devices")
	b.keys("/")
	if id := mustEval[string](b, `document.activeElement.id`); id != "search" {
		t.Fatalf("the key / leads to %q", id)
	}
	b.keys("www\r")
	b.see("www")
	if !strings.HasPrefix(b.at(), "/search?") {
		t.Errorf("the search leads to %s", b.at())
	}
	w.stop()
}
