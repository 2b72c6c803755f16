package collector_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector"
	"github.com/budi-monitor/budi/internal/sim/freeport"
	"github.com/budi-monitor/budi/internal/sim/smtp"
)

// person is somebody with a browser, at a collector that runs without a
// configuration file.
type person struct {
	t       *testing.T
	dir     string
	c       *collector.Collector
	browser *http.Client
	log     *lockedBuilder
	ahead   time.Duration // of the collector's clock
	stop    func()
}

func newPerson(t *testing.T) *person {
	t.Helper()
	dir, err := os.MkdirTemp("", "budi") // short, for the admin socket
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, dir: dir, browser: &http.Client{Jar: jar, Timeout: patience}, log: &lockedBuilder{}}
	// It is noon or somewhat later: no hour of digests, which would be a mail more.
	now := time.Now().UTC()
	p.ahead = time.Date(now.Year(), now.Month(), now.Day(), 12, 0, 0, 0, time.UTC).Sub(now)
	t.Cleanup(func() {
		p.stop()
		_ = os.RemoveAll(dir)
	})
	p.start(freeport.Addr(t))
	return p
}

// start starts the collector; a port that it had before keeps the browser
// logged in.
func (p *person) start(listen string) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c, err := collector.Open(ctx, collector.Options{
		DataDir: filepath.Join(p.dir, "data"), Listen: listen, Logger: slog.New(slog.NewTextHandler(p.log, nil)),
		Now: func() time.Time { return time.Now().Add(p.ahead) },
	})
	if err != nil {
		cancel()
		p.t.Fatal(err)
	}
	p.c = c
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	p.stop = func() {
		cancel()
		if err := <-done; err != nil {
			p.t.Errorf("the collector ended with: %v", err)
		}
		p.stop = func() {}
	}
}

// page answers with where the browser came to, and what it shows there.
func (p *person) page(resp *http.Response, err error) (at, body string) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.Request.URL.RequestURI(), string(data)
}

func (p *person) open(path string) (at, body string) {
	p.t.Helper()
	return p.page(p.browser.Get(p.c.URL() + path))
}

func (p *person) send(path string, pairs ...string) (at, body string) {
	p.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return p.page(p.browser.PostForm(p.c.URL()+path, form))
}

// sees fails unless everything is on the page.
func (p *person) sees(body string, want ...string) {
	p.t.Helper()
	for _, w := range want {
		if !strings.Contains(body, w) {
			p.t.Fatalf("the page lacks %q\n%s", w, body)
		}
	}
}

// From an empty folder, without a configuration file, through the guide's forms
// to a mail that arrives; and all of it is there after a restart.
func TestFirstRunToTheFirstMail(t *testing.T) {
	server, err := smtp.Start(smtp.Options{Security: smtp.None, Passwords: map[string]string{"budi": "slaptas-zodis"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	p := newPerson(t)
	link, err := p.c.SetupURL(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	setup, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	const password = "šaltas vanduo upėje"
	at, body := p.send("/setup", "token", setup.Query().Get("token"), "name", "Rasa", "login", "rasa@mokykla.example", "language", "lt", "password", password, "again", password)
	if at != "/start" {
		t.Fatalf("the guide does not follow the first account, but %s\n%s", at, body)
	}
	p.sees(body, "Pirmieji žingsniai, 1 iš 5")

	// 1. Who you are. The collector itself looks whether the address is its own.
	at, body = p.send("/settings/general", "step", "1", "institution", "Kupiškio gimnazija", "language", "lt", "external_url", "http://127.0.0.1:1")
	p.sees(body, "iš šio kompiuterio juo niekas neatsako")
	if !strings.HasPrefix(at, "/start?step=1") {
		t.Errorf("an address at which nothing answers leads to %s", at)
	}
	if at, body = p.send("/settings/general", "step", "1", "institution", "Kupiškio gimnazija", "language", "lt", "external_url", p.c.URL()); !strings.HasPrefix(at, "/start?step=2") {
		t.Fatalf("the address that is right leads to %s\n%s", at, body)
	}
	p.sees(body, `<span>Kupiškio gimnazija</span>`)

	// 2. Mail: what is wrong is said beside the field, and nothing is sent back.
	mail := []string{"step", "2", "from", "Budi <budi@mokykla.example>", "host", "127.0.0.1", "port", fmt.Sprint(server.Port()), "security", "none", "auth", "password", "username", "budi"}
	_, body = p.send("/settings/mail", mail...)
	p.sees(body, `id="password-wrong"`)
	_, body = p.send("/settings/mail", append(mail, "password", "kitas-zodis")...)
	p.sees(body, "Laiškai siunčiami per 127.0.0.1")
	_, body = p.send("/settings/mail/test", "step", "2", "to", "rasa@mokykla.example")
	p.sees(body, "Bandomojo laiško išsiųsti nepavyko", "Patikrinkite naudotojo vardą ir slaptažodį", "čia sustota")
	if strings.Contains(body, "kitas-zodis") || strings.Contains(body, "slaptas-zodis") {
		t.Error("a password is on a page")
	}
	p.send("/settings/mail", append(mail, "password", "slaptas-zodis")...)
	p.send("/settings/mail", append(mail, "password", "")...) // kept
	_, body = p.send("/settings/new-contact", "step", "2", "email", "rasa@mokykla.example")
	p.sees(body, "rasa@mokykla.example")
	_, body = p.send("/settings/mail/test", "step", "2", "to", "rasa@mokykla.example")
	p.sees(body, "Bandomasis laiškas išsiųstas")
	messages := server.Messages()
	if len(messages) != 1 || messages[0].Subject() != "Bandymas: „Budi“ laiškai ateina" && !strings.Contains(messages[0].Subject(), "Budi") {
		t.Fatalf("what arrived: %v", messages)
	}
	text, err := messages[0].Part("text/plain")
	if err != nil || !strings.Contains(text, "Kupiškio gimnazija") {
		t.Errorf("the mail does not say whose it is: %v\n%s", err, text)
	}

	// The first page says what is left, until the guide is put away.
	_, body = p.open("/")
	p.sees(body, "Pirmieji žingsniai, dar liko:", "pridėti svetainę")
	if strings.Contains(body, "nustatyti paštą") {
		t.Error("what is done is asked for again")
	}
	_, body = p.send("/start/away")
	if strings.Contains(body, "dar liko:") {
		t.Error("the guide was not put away")
	}

	// A contact comes back by the undo.
	_, body = p.send("/settings/contacts/rasa/remove")
	p.sees(body, `action="/settings/contacts/rasa/restore"`)
	_, body = p.send("/settings/contacts/rasa/restore")
	p.sees(body, "Gavėjui „rasa“ vėl pranešama")

	// After a restart all of it is there, and the mail still goes out.
	listen := p.c.Addr()
	p.stop()
	p.start(listen)
	_, body = p.open("/settings")
	p.sees(body, "Kupiškio gimnazija", "127.0.0.1", "rasa@mokykla.example")
	if strings.Contains(body, "slaptas-zodis") {
		t.Error("the password is on the page")
	}
	_, body = p.send("/settings/mail/test", "to", "jonas@mokykla.example")
	p.sees(body, "Bandomasis laiškas išsiųstas")
	if n := len(server.Messages()); n != 2 {
		t.Errorf("%d mails arrived", n)
	}
	_, body = p.open("/")
	if strings.Contains(body, "dar liko:") {
		t.Error("the guide came back by itself")
	}

	// No secret is in a file of the folder, nor in the log.
	for _, name := range []string{"budi.db"} {
		data, err := os.ReadFile(filepath.Join(p.dir, "data", name))
		if err != nil || strings.Contains(string(data), "slaptas-zodis") {
			t.Errorf("the password is in %s, or: %v", name, err)
		}
	}
	if strings.Contains(p.log.String(), "slaptas-zodis") {
		t.Error("the password is in the log")
	}
}

// An address leads to this collector only when this collector answers there.
func TestAnAddressIsThisCollectorOrAnother(t *testing.T) {
	here, other := newPerson(t), newPerson(t)
	for _, p := range []*person{here, other} {
		link, err := p.c.SetupURL(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		setup, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		const password = "šaltas vanduo upėje"
		p.send("/setup", "token", setup.Query().Get("token"), "name", "Rasa", "login", "rasa", "language", "en", "password", password, "again", password)
	}
	for address, want := range map[string]string{
		here.c.URL():  "This collector answers at that address.",
		other.c.URL(): "what answers there is not this collector",
		strings.Replace(here.c.URL(), "http", "https", 1): "what answers there is not this collector",
		"http://127.0.0.1:1":                              "nothing answers there",
	} {
		_, body := here.send("/settings/general", "external_url", address)
		here.sees(body, want)
	}
	_, body := here.send("/settings/general", "external_url", "budi.mokykla.lt")
	here.sees(body, `id="external_url-wrong"`, `value="budi.mokykla.lt"`)
}

// What changed is on the record, before and after, without secrets.
func TestSettingsAreOnTheRecord(t *testing.T) {
	p := newPerson(t)
	link, err := p.c.SetupURL(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	setup, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	const password = "šaltas vanduo upėje"
	p.send("/setup", "token", setup.Query().Get("token"), "name", "Rasa", "login", "rasa", "language", "en", "password", password, "again", password)
	p.send("/settings/general", "institution", "One school", "external_url", p.c.URL())
	p.send("/settings/general", "institution", "Another school")
	p.send("/settings/mail", "from", "budi@mokykla.example", "host", "127.0.0.1", "security", "none", "auth", "password", "username", "budi", "password", "slaptas-zodis")
	_, body := p.open("/audit")
	p.sees(body, "One school", "Another school", "127.0.0.1")
	if strings.Contains(body, "slaptas-zodis") {
		t.Error("the password is on the record")
	}
}
