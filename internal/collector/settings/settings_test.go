package settings_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/secret"
)

var t0 = time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)

// world is settings over a real file.
type world struct {
	t     *testing.T
	path  string
	key   []byte
	now   time.Time
	store *boltstore.Store
	*settings.Control
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, path: filepath.Join(t.TempDir(), "budi.db"), key: bytes.Repeat([]byte{7}, 32), now: t0}
	w.open()
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	if w.store, err = boltstore.Open(w.path, boltstore.Options{}); err != nil {
		w.t.Fatal(err)
	}
	store := w.store
	w.t.Cleanup(func() { _ = store.Close() })
	if w.Control, err = settings.Open(w.t.Context(), settings.Options{Store: w.store, Key: w.key, Now: func() time.Time { return w.now }}); err != nil {
		w.t.Fatal(err)
	}
}

// again closes and opens everything, as a restart does.
func (w *world) again() {
	w.t.Helper()
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}

func use(_ settings.Settings, store func() error) error { return store() }

func (w *world) change(edit func(*settings.Settings) error) {
	w.t.Helper()
	if _, _, err := w.Change(w.t.Context(), "user rasa", edit, use); err != nil {
		w.t.Fatal(err)
	}
}

func website(id, target string) settings.Check {
	return settings.Check{ID: id, Name: "Svetainė", Interval: 5 * time.Minute, Spec: probe.Spec{Target: target, HTTP: probe.HTTPSpec{Contains: []string{"Tvarkaraštis"}}}}
}

func smtp() *mail.Config {
	return &mail.Config{From: "Budi <budi@example.lt>", SMTP: mail.SMTP{Host: "smtp.example.lt", Username: "budi", Password: secret.New("hunter2-password")}}
}

func put(c settings.Check) func(*settings.Settings) error {
	return func(s *settings.Settings) error { return s.PutCheck(c) }
}

func TestEverythingComesBackAfterARestart(t *testing.T) {
	w := newWorld(t)
	png := append([]byte("\x89PNG\r\n\x1a\n"), 1, 2, 3)
	w.change(func(s *settings.Settings) error {
		s.Started = t0
		return errors.Join(
			s.SetInstitution(" Mažeikių biblioteka "), s.SetExternalURL("https://budi.example.lt/"), s.SetLanguage("lt"), s.SetLogo(png),
			s.SetMail(smtp()), s.PutContact("", settings.Contact{Name: "rasa", Email: "rasa@example.lt"}),
			s.PutCheck(website("www", "https://rasa:hunter2@example.lt/a?b=c")), s.PutCheck(website("kita", "https://example.lt")),
		)
	})
	before := w.Current()
	w.again()
	got := w.Current()
	if d := cmp.Diff(before, got, cmpopts.EquateEmpty(), cmp.Comparer(func(a, b secret.String) bool { return a.Reveal() == b.Reveal() })); d != "" {
		t.Errorf("before and after (-before +after):\n%s", d)
	}
	if got.Institution != "Mažeikių biblioteka" || got.ExternalURL != "https://budi.example.lt" || got.Mail.SMTP.Password.Reveal() != "hunter2-password" || got.Logo.Type != "image/png" {
		t.Errorf("got %+v", got)
	}
	check, ok := got.Check("www")
	if !ok || check.Target != "https://rasa:hunter2@example.lt/a?b=c" || !check.Created.Equal(t0) || check.By != "user rasa" {
		t.Errorf("got %+v", check)
	}
}

func TestNoSecretIsInTheFileInClear(t *testing.T) {
	w := newWorld(t)
	w.change(func(s *settings.Settings) error {
		m := smtp()
		m.SMTP.Auth, m.SMTP.Password = mail.AuthXOAuth2, secret.String{}
		m.SMTP.OAuth2 = mail.OAuth2{TokenURL: "https://login.example.lt/token", ClientID: "budi", ClientSecret: secret.New("hunter2-client"), RefreshToken: secret.New("hunter2-refresh")}
		return errors.Join(s.SetMail(m), s.PutCheck(website("www", "https://rasa:hunter2-target@example.lt/")))
	})
	w.change(func(s *settings.Settings) error { return s.SetMail(smtp()) })
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, []byte("hunter2")) {
		t.Error("a secret is in the file")
	}
	if !bytes.Contains(file, []byte("smtp.example.lt")) {
		t.Error("the server is not in the file: is this the right one?")
	}
}

// What a form shows of a list is read as it was, and a mistake names its line.
func TestListsOfAWebsiteAsText(t *testing.T) {
	above := 1.5
	want := probe.Spec{Target: "https://example.lt", HTTP: probe.HTTPSpec{
		Steps:         []probe.Step{{Name: "a: b", URL: "/a", Capture: map[string]string{"t": `'x' "(y)"`}}, {Body: "{\n  \"a\": 1\n}\n", Form: nil, Contains: []string{"- ą"}}},
		ExpectHeaders: []probe.HeaderRule{{Name: "X", Equals: "yes", Forbidden: true}},
		JSON:          []probe.JSONRule{{Path: "$['a']", Above: &above}},
	}}
	got := probe.Spec{Target: want.Target}
	for _, list := range []string{settings.ListSteps, settings.ListHeaders, settings.ListJSON} {
		text := strings.ReplaceAll(settings.ListText(list, want.HTTP), "\n", "\r\n") // as browsers send it
		if problems := settings.ReadList(list, text, &got); len(problems) > 0 {
			t.Errorf("%s: %v of\n%s", list, problems, text)
		}
	}
	want.HTTP.Steps[1].Body = strings.TrimSpace(want.HTTP.Steps[1].Body) + "\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for text, line := range map[string]int{
		"- url: /a\n- url: ftp://x": 2, "- url: /a\n  methode: x": 2, "url: /a": 1, "- url: /a\n\n- [": 3, "- url: /a\n  contains:\n  - ok\n  - ''": 4, "&a [*a]": 1,
	} {
		problems := settings.ReadList(settings.ListSteps, text, &probe.Spec{Target: "https://example.lt"})
		if len(problems) != 1 || problems[0].Field != "http.steps" || problems[0].Args["Line"] != line {
			t.Errorf("%q: %+v, want line %d", text, problems, line)
		}
	}
}

// A sealed value is bound to its place and to the key.
func TestWithAnotherKeySecretsAreLostAndTold(t *testing.T) {
	w := newWorld(t)
	w.change(func(s *settings.Settings) error {
		return errors.Join(s.SetMail(smtp()), s.PutCheck(website("www", "https://rasa:hunter2@example.lt/")), s.PutCheck(website("kita", "https://example.lt")))
	})
	w.key = bytes.Repeat([]byte{8}, 32)
	w.again()
	got := w.Current()
	if !got.Mail.SMTP.Password.IsZero() || got.Mail.SMTP.Host != "smtp.example.lt" {
		t.Errorf("got %+v", got.Mail)
	}
	if check, _ := got.Check("www"); check.Target != "" {
		t.Errorf("got %q", check.Target)
	}
	if check, _ := got.Check("kita"); check.Target != "https://example.lt" {
		t.Errorf("got %q", check.Target)
	}
	if len(w.Notices()) != 1 {
		t.Errorf("notices: %q", w.Notices())
	}
}

func TestAChangeThatCannotBeUsedChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.change(put(website("www", "https://example.lt")))
	before := w.Current()
	boom := errors.New("boom")
	for name, use := range map[string]func(settings.Settings, func() error) error{
		"before it is stored": func(settings.Settings, func() error) error { return boom },
		"never stored":        func(settings.Settings, func() error) error { return nil },
	} {
		if _, _, err := w.Change(t.Context(), "user rasa", put(website("kita", "https://example.lt")), use); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, _, err := w.Change(t.Context(), "user rasa", func(s *settings.Settings) error {
		_ = s.PutCheck(website("kita", "https://example.lt"))
		s.Checks[0].Name = "changed in place"
		return boom
	}, use); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	if d := cmp.Diff(before, w.Current()); d != "" {
		t.Error(d)
	}
	w.again()
	if d := cmp.Diff(before, w.Current(), cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
	// And what changes nothing is no change.
	called := false
	_, _, err := w.Change(t.Context(), "user jonas", put(website("www", "https://example.lt")), func(settings.Settings, func() error) error { called = true; return nil })
	if err != nil || called {
		t.Errorf("called %v, %v", called, err)
	}
}

func TestARemovedCheckCanBeRestoredForThirtyDays(t *testing.T) {
	w := newWorld(t)
	w.change(put(website("www", "https://example.lt")))
	w.change(func(s *settings.Settings) error { return s.RemoveCheck("www", w.now) })
	if _, _, err := w.Change(t.Context(), "user rasa", put(website("www", "https://example.lt")), use); settings.Of(err) == nil || settings.Of(err)[0].Code != settings.CodeIDRemoved {
		t.Errorf("its ID was given again: %v", err)
	}
	w.now = w.now.Add(29 * 24 * time.Hour)
	w.again()
	w.change(func(s *settings.Settings) error { return s.RestoreCheck("www") })
	if check, ok := w.Current().Check("www"); !ok || !check.Removed.IsZero() {
		t.Errorf("got %+v", check)
	}
	w.change(func(s *settings.Settings) error { return s.RemoveCheck("www", w.now) })
	w.now = w.now.Add(31 * 24 * time.Hour)
	w.change(put(website("kita", "https://example.lt")))
	if _, ok := w.Current().Check("www"); ok {
		t.Error("it is kept for ever")
	}
	w.again()
	if _, ok := w.Current().Check("www"); ok {
		t.Error("it is stored for ever")
	}
}

func TestASecretStaysWhereItIsSent(t *testing.T) {
	var s settings.Settings
	if err := s.SetMail(smtp()); err != nil {
		t.Fatal(err)
	}
	again := smtp()
	again.From, again.SMTP.Password = "Kitas <kitas@example.lt>", secret.String{}
	if err := s.SetMail(again); err != nil || s.Mail.SMTP.Password.Reveal() != "hunter2-password" {
		t.Errorf("it was not kept: %v", err)
	}
	elsewhere := smtp()
	elsewhere.SMTP.Host, elsewhere.SMTP.Password = "smtp.thief.example", secret.String{}
	err := s.SetMail(elsewhere)
	if d := cmp.Diff(settings.Problems{settings.New("smtp.password", settings.CodeMissing)}, settings.Of(err)); d != "" {
		t.Error(d)
	}
}

// With OAuth the mail server gets a token that opens the mailbox.
func TestAClientSecretBuysNoTokenForAnotherServer(t *testing.T) {
	oauth := func(host, secretValue string) *mail.Config {
		m := smtp()
		m.SMTP.Host, m.SMTP.Auth, m.SMTP.Password = host, mail.AuthXOAuth2, secret.String{}
		m.SMTP.OAuth2 = mail.OAuth2{TokenURL: "https://login.example.lt/token", ClientID: "budi", ClientSecret: secret.New(secretValue), Scopes: []string{"mail"}}
		return m
	}
	var s settings.Settings
	if err := errors.Join(s.SetMail(oauth("smtp.example.lt", "hunter2-client")), s.SetMail(oauth("smtp.example.lt", ""))); err != nil {
		t.Fatal(err)
	}
	if got := s.Mail.SMTP.OAuth2.ClientSecret.Reveal(); got != "hunter2-client" {
		t.Errorf("kept %q for the same server", got)
	}
	err := s.SetMail(oauth("smtp.thief.example", ""))
	if len(settings.Of(err)) == 0 || s.Mail.SMTP.Host != "smtp.example.lt" {
		t.Errorf("another server gets it: %v", err)
	}
}

func TestEveryMistakeHasASentence(t *testing.T) {
	catalogue, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range i18n.Languages() {
		for _, code := range settings.Codes() {
			if !catalogue.Has(lang, "settings.invalid."+code) {
				t.Errorf("%s: settings.invalid.%s is missing", lang, code)
			}
		}
	}
}

func TestMistakesInChecks(t *testing.T) {
	many := 99
	for want, edit := range map[string]func(*settings.Check){
		"id: id_missing":                   func(c *settings.Check) { c.ID = "" },
		"id: id":                           func(c *settings.Check) { c.ID = "Žąsis" },
		"name: long":                       func(c *settings.Check) { c.Name = strings.Repeat("x", 201) },
		"name: text":                       func(c *settings.Check) { c.Name = "a\nb" },
		"site: site":                       func(c *settings.Check) { c.Site = "A B" },
		"interval: interval":               func(c *settings.Check) { c.Interval = time.Millisecond },
		"timeout: timeout":                 func(c *settings.Check) { c.Timeout = time.Hour },
		"target: target_missing":           func(c *settings.Check) { c.Target = "" },
		"target: target_long":              func(c *settings.Check) { c.Target = "https://" + strings.Repeat("x", 3000) },
		"target: target_blank":             func(c *settings.Check) { c.Target = "https://a b.lt" },
		"target: target_how":               func(c *settings.Check) { c.Target = "www.example.lt" },
		"target: target_url":               func(c *settings.Check) { c.Target = "https://[::1" },
		"target: target_scheme":            func(c *settings.Check) { c.Target = "ftp://example.lt" },
		"target: target_host":              func(c *settings.Check) { c.Target = "https://-.lt" },
		"target: target_port":              func(c *settings.Check) { c.Target = "https://example.lt:99999" },
		"target: target_ping_port":         func(c *settings.Check) { c.Target = "icmp://example.lt:7"; c.HTTP = probe.HTTPSpec{} },
		"target: target_colon":             func(c *settings.Check) { c.Target = "https://example.lt:" },
		"target: target_no_port":           func(c *settings.Check) { c.Target = "tcp://example.lt" },
		"target: target_user":              func(c *settings.Check) { c.Target = "tcp://a@example.lt:1" },
		"target: target_path":              func(c *settings.Check) { c.Target = "tcp://example.lt:1/a" },
		"target: target_name":              func(c *settings.Check) { c.Target = "dns://192.0.2.1/" },
		"http: wrong_kind":                 func(c *settings.Check) { c.Target = "tcp://example.lt:1" },
		"dns: wrong_kind":                  func(c *settings.Check) { c.DNS.Type = "MX" },
		"http.method: method":              func(c *settings.Check) { c.HTTP.Method = "TRACE" },
		"http.method: method_text":         func(c *settings.Check) { c.HTTP.Method = "HEAD" },
		"http.expect_status: status":       func(c *settings.Check) { c.HTTP.ExpectStatus = []string{"200", "ok", "no"} },
		"http.max_redirects: redirects":    func(c *settings.Check) { c.HTTP.MaxRedirects = &many },
		"http.method: method_body":         func(c *settings.Check) { c.HTTP.Method, c.HTTP.Body = "GET", "x" },
		"http.headers: http_headers":       func(c *settings.Check) { c.HTTP.Headers = map[string]string{"Host": "x"} },
		"http.cookies: http_cookies":       func(c *settings.Check) { c.HTTP.Cookies = map[string]string{"a": "b c;"} },
		"http.form: http_form":             func(c *settings.Check) { c.HTTP.Body, c.HTTP.Form = "x", map[string]string{"a": "b"} },
		"http.body: http_body":             func(c *settings.Check) { c.HTTP.Body = strings.Repeat("x", probe.MaxRequestBody+1) },
		"http.auth.username: http_auth":    func(c *settings.Check) { c.HTTP.Auth.Password = "x" },
		"http.ip_version: ip_version":      func(c *settings.Check) { c.HTTP.IPVersion = "5" },
		"http.http_version: http_version":  func(c *settings.Check) { c.HTTP.HTTPVersion = "3" },
		"http.max_size: max_size":          func(c *settings.Check) { c.HTTP.MaxSize = -1 },
		"http.matches: pattern":            func(c *settings.Check) { c.HTTP.Matches = []string{"("} },
		"http.not_matches: texts":          func(c *settings.Check) { c.HTTP.NotMatches = slices21() },
		"http.expect_headers: header_rule": func(c *settings.Check) { c.HTTP.ExpectHeaders = []probe.HeaderRule{{}} },
		"http.json: json_rule":             func(c *settings.Check) { c.HTTP.JSON = []probe.JSONRule{{Path: "x"}} },
		"http.steps: http_step":            func(c *settings.Check) { c.HTTP = probe.HTTPSpec{Steps: []probe.Step{{URL: "ftp://x"}}} },
		"http.steps: http_steps":           func(c *settings.Check) { c.HTTP.Steps = []probe.Step{{}} },
		"http: http_large": func(c *settings.Check) {
			c.HTTP = probe.HTTPSpec{Steps: slices.Repeat([]probe.Step{{Body: strings.Repeat("x", probe.MaxRequestBody)}}, 5)}
		},
		"http.contains: texts":        func(c *settings.Check) { c.HTTP.Contains = slices21() },
		"http.not_contains: searched": func(c *settings.Check) { c.HTTP.NotContains = []string{strings.Repeat("x", 1001)} },
		"dns.type: dns_type":          func(c *settings.Check) { *c = dnsCheck(); c.DNS.Type = "ANY" },
		"dns.answers: dns_answer":     func(c *settings.Check) { *c = dnsCheck(); c.DNS.Answers = []string{""} },
		"":                            func(*settings.Check) {},
	} {
		c := website("www", "https://example.lt")
		edit(&c)
		if got := c.Problems().Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func slices21() []string { return strings.Split(strings.Repeat("x ", 20)+"x", " ") }

func dnsCheck() settings.Check {
	return settings.Check{ID: "dns", Spec: probe.Spec{Target: "dns://192.0.2.1/example.lt"}}
}

func TestMistakesInMail(t *testing.T) {
	for want, edit := range map[string]func(*mail.Config){
		"from: missing; smtp.host: missing": func(m *mail.Config) { *m = mail.Config{} },
		"from: missing":                     func(m *mail.Config) { m.From = "" },
		"from: from":                        func(m *mail.Config) { m.From = "a@b, c@d" },
		"smtp.host: missing":                func(m *mail.Config) { m.SMTP.Host = "" },
		"smtp.host: host":                   func(m *mail.Config) { m.SMTP.Host = "smtp.example.lt:25" },
		"smtp.port: port":                   func(m *mail.Config) { m.SMTP.Port = 70000 },
		"smtp.port: port_tls":               func(m *mail.Config) { m.SMTP.Port = 465 },
		"smtp.security: security":           func(m *mail.Config) { m.SMTP.Security, m.SMTP.Port = "ssl", 25 },
		"smtp.security: unencrypted": func(m *mail.Config) {
			m.SMTP.Security, m.SMTP.Username, m.SMTP.Password = mail.None, "", secret.String{}
		},
		"smtp.auth: auth_plain":      func(m *mail.Config) { m.SMTP.Security, m.SMTP.AllowPlaintext = mail.None, true },
		"smtp.auth: auth_unused":     func(m *mail.Config) { m.SMTP.Username = "" },
		"smtp.auth: auth":            func(m *mail.Config) { m.SMTP.Auth = "ntlm" },
		"smtp.username: missing":     func(m *mail.Config) { m.SMTP.Auth, m.SMTP.Username = mail.AuthPassword, "" },
		"smtp.password: missing":     func(m *mail.Config) { m.SMTP.Password = secret.String{} },
		"smtp.timeout: mail_timeout": func(m *mail.Config) { m.SMTP.Timeout = time.Hour },
		"smtp.hello: hello":          func(m *mail.Config) { m.SMTP.Hello = "a b" },
		"smtp.oauth2.client_id: missing; smtp.oauth2.client_secret: missing; smtp.oauth2.scopes: missing; smtp.oauth2.token_url: missing": func(m *mail.Config) { m.SMTP.Auth = mail.AuthXOAuth2 },
		"smtp.oauth2.token_url: token_url": func(m *mail.Config) {
			m.SMTP.Auth = mail.AuthXOAuth2
			m.SMTP.OAuth2 = mail.OAuth2{TokenURL: "http://example.lt", ClientID: "a", RefreshToken: secret.New("b")}
		},
		"smtp.ca_file: no_files": func(m *mail.Config) { m.SMTP.CAFile = "/etc/passwd" },
		"smtp.password: long":    func(m *mail.Config) { m.SMTP.Password = secret.New(strings.Repeat("x", 20000)) },
		"":                       func(*mail.Config) {},
	} {
		m := smtp()
		edit(m)
		if got := settings.MailProblems(*m).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestMistakesInTheRest(t *testing.T) {
	var s settings.Settings
	contact := func(was string, c settings.Contact) error { return s.PutContact(was, c) }
	if err := contact("", settings.Contact{Name: "rasa", Email: "rasa@example.lt"}); err != nil {
		t.Fatal(err)
	}
	for want, err := range map[string]error{
		"name: name_missing":     contact("", settings.Contact{Email: "a@b.lt"}),
		"name: name_taken":       contact("", settings.Contact{Name: " rasa", Email: "a@b.lt"}),
		"email: way":             contact("", settings.Contact{Name: "x", Email: "a@b.lt", Receiver: "teams"}),
		"email: email":           contact("", settings.Contact{Name: "x", Email: "Rasa <a@b.lt>"}),
		"language: language":     contact("", settings.Contact{Name: "x", Email: "a@b.lt", Language: "ru"}),
		"min_severity: severity": contact("", settings.Contact{Name: "x", Email: "a@b.lt", MinSeverity: "loud"}),
		"external_url: url":      s.SetExternalURL("budi.example.lt"),
		"institution: text":      s.SetInstitution("a\x00b"),
		"logo: logo_kind":        s.SetLogo([]byte("<svg onload=alert(1)>")),
		"logo: logo_size":        s.SetLogo(bytes.Repeat([]byte("\xff\xd8\xff"), 40_000)),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	// With the first no server could be made at the next start.
	for _, address := range []string{"https://[fe80::1%25eth0]:9480", "https://:9480"} {
		if err := s.SetExternalURL(address); err == nil || err.Error() != "external_url: url" {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, dots := range []string{".", " .. "} { // its page would have no address
		if err := contact("", settings.Contact{Name: dots, Email: "a@b.lt"}); err == nil || err.Error() != "name: name_missing" {
			t.Errorf("%q: %v", dots, err)
		}
	}
	if err := contact("jonas", settings.Contact{Name: "jonas", Email: "a@b.lt"}); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := contact("rasa", settings.Contact{Name: "Rasa", Email: "a@b.lt"}); err != nil || len(s.Contacts) != 1 {
		t.Errorf("renamed: %v, %+v", err, s.Contacts)
	}
}

func TestIDsAreMadeOfNames(t *testing.T) {
	taken := map[string]bool{"svetaine": true, "svetaine-2": true}
	for name, want := range map[string]string{
		"Mokyklos svetainė": "mokyklos-svetaine", "Žąsų–gulbių ežeras!": "zasu-gulbiu-ezeras", "svetainė": "svetaine-3",
		"…": "check", "": "check", "www.mokykla.lt": "www-mokykla-lt", strings.Repeat("ilgas ", 30): "ilgas-ilgas-ilgas-ilgas-ilgas-ilgas-ilgas-ilgas-ilgas-ilgas",
	} {
		if got := settings.MakeID(name, func(id string) bool { return taken[id] }); strings.TrimSuffix(got, "-") != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	// A list of ten thousand checks of one name ends soon.
	given, asked := map[string]bool{}, 0
	for range 3000 {
		id := settings.MakeID(strings.Repeat("svetainė ", 10), func(id string) bool { asked++; return given[id] })
		if given[id] || fleet.CheckID(id) != nil {
			t.Fatalf("made %q", id)
		}
		given[id] = true
	}
	if asked > 3000*1010 {
		t.Errorf("asked %d times", asked)
	}
}

func TestTheAuditRecordSaysWhatChangedAndKeepsSecrets(t *testing.T) {
	var before settings.Settings
	if err := errors.Join(before.SetMail(smtp()), before.PutCheck(website("www", "https://rasa:hunter2@example.lt/"))); err != nil {
		t.Fatal(err)
	}
	after := settings.Settings{General: before.General}
	other := smtp()
	other.SMTP.Password = secret.New("hunter3")
	check := website("www", "https://rasa:hunter2@example.lt/")
	check.Interval, check.Paused = time.Minute, true
	if err := errors.Join(after.SetMail(other), after.PutCheck(check), after.SetLanguage("lt")); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range settings.Differences(before, after) {
		got = append(got, c.String())
	}
	want := []string{
		`checks.www.interval: "1m0s", was "5m0s"`, `checks.www.paused: "true", was ""`, `language: "lt", was ""`,
		`mail.smtp.password: "<another secret>", was "<secret>"`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if text := strings.Join(got, " "); strings.Contains(text, "hunter") {
		t.Error("a secret is in the record")
	}
}
