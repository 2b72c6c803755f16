package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/roster"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
)

// office stands for what is set for the whole installation.
type office struct {
	mu       sync.Mutex
	page     web.SettingsPage
	progress web.Progress
	picture  *settings.Logo
	answer   web.AddressAnswer
	test     web.MailTest
	done     []string // what was asked for
	refuses  error
}

func (o *office) Settings(context.Context) (web.SettingsPage, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.page, nil
}

func (o *office) Logo() (settings.Logo, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.picture == nil {
		return settings.Logo{}, false
	}
	return *o.picture, true
}

func (o *office) Progress(context.Context) (web.Progress, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.progress, nil
}

func (o *office) did(what ...string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done = append(o.done, strings.Join(what, " | "))
	return o.refuses
}

func said(s *string) string {
	if s == nil {
		return "as it is"
	}
	return *s
}

func (o *office) SetGeneral(_ context.Context, g web.GeneralEdit) error {
	return o.did("general", said(g.Institution), said(g.Language), said(g.ExternalURL))
}
func (o *office) SetLogo(_ context.Context, data []byte) error {
	return o.did("logo", fmt.Sprint(len(data)))
}
func (o *office) CheckAddress(context.Context, string) web.AddressAnswer { return o.answer }
func (o *office) SetMail(_ context.Context, m *web.MailServer) error {
	if m == nil {
		return o.did("no mail")
	}
	return o.did("mail", m.From, m.Host, fmt.Sprint(m.Port), m.Security, m.Auth, m.Username, m.Password.Reveal(), m.ClientSecret.Reveal())
}
func (o *office) TestMail(_ context.Context, to string, lang i18n.Lang) (web.MailTest, error) {
	err := o.did("test", to, string(lang))
	test := o.test
	test.To = to
	return test, err
}
func (o *office) PutContact(_ context.Context, was string, c settings.Contact) error {
	what := []string{"contact", was, c.Name, c.Email, c.Receiver, c.Language, c.MinSeverity}
	if terms, _ := json.Marshal(c.Terms); string(terms) != "{}" {
		what = append(what, string(terms))
	}
	return o.did(what...)
}
func (o *office) RemoveContact(_ context.Context, name string) error {
	return o.did("remove contact", name)
}
func (o *office) RestoreContact(_ context.Context, name string) error {
	return o.did("restore contact", name)
}
func (o *office) PutEscalation(_ context.Context, was string, e roster.Escalation) error {
	return o.did("escalation", was, e.Name, e.After.String(), strings.Join(e.To, "+"), fmt.Sprint(e.Classes), e.MinSeverity, e.Hours.String())
}
func (o *office) RemoveEscalation(_ context.Context, name string) error {
	return o.did("remove escalation", name)
}
func (o *office) RestoreEscalation(_ context.Context, name string) error {
	return o.did("restore escalation", name)
}
func (o *office) PutAway(_ context.Context, away bool) error { return o.did("away", fmt.Sprint(away)) }

// newOffice is an installation of which everything is set in the console.
func newOffice() *office {
	return &office{
		answer: web.AddressGood,
		page: web.SettingsPage{
			InFile: map[string]bool{}, Institution: "Kupiškio <gimnazija>", Language: i18n.Lithuanian, ExternalURL: "https://budi.mokykla.example", Logo: "/logo?v=1",
			Mail: &web.MailServer{From: "Budi <budi@mokykla.example>", Host: "smtp.mokykla.example", Port: 587, Security: "starttls", Auth: "password", Username: "budi", HasPassword: true},
			Contacts: []web.ContactRow{
				{Contact: settings.Contact{Name: "Rasa", Email: "rasa@mokykla.example", Language: "lt"}},
				{Contact: settings.Contact{Name: "vadovas/a", Email: "vadovas@mokykla.example", MinSeverity: "critical"}},
			},
		},
		progress: web.Progress{Named: true, Address: true, Mail: true, Told: 2, Checks: 3, Agents: 2},
		test: web.MailTest{Server: "smtp.mokykla.example:587", Stages: []web.MailStage{
			{"connect", web.Passed}, {"hello", web.Passed}, {"encrypt", web.Passed}, {"login", web.Passed}, {"sender", web.Passed}, {"recipient", web.Passed}, {"text", web.Passed},
		}},
	}
}

// withRoster says when people are told, and who stands in.
func withRoster(o *office) {
	day := calendar.DateOf(2026, time.September, 1)
	hours, _ := calendar.ParseHours("Mo-Fr 08:00-17:00")
	o.page.Contacts[0].Terms = roster.Terms{
		Hours: hours, MinSeverityOutside: "critical", Sites: []string{"mokykla"}, Digest: "07:00",
		Absences: []roster.Absence{{From: day, To: day.Add(4), Deputy: "vadovas/a"}},
	}
	o.page.Contacts[0].Instead, o.page.Contacts[0].AwayTo = "vadovas/a", "2026-09-05"
	o.page.Contacts[1].DeputyOnly = true
	o.page.Escalations = []web.EscalationRow{
		{Escalation: roster.Escalation{Name: "vadovas/a", After: 30 * time.Minute, To: []string{"vadovas/a"}, Classes: []fleet.Class{fleet.Server, fleet.Safety}, MinSeverity: "critical"}},
		{Escalation: roster.Escalation{Name: "gone", After: 2 * time.Hour, To: []string{"Ona"}, Hours: hours}, Wrong: settings.Problems{settings.New("to", settings.CodeNoContact, "Name", "Ona")}},
	}
}

// inFile declares everything in a file.
func inFile(o *office) {
	o.page.File = "/etc/budi/collector.yml"
	o.page.InFile = map[string]bool{"institution": true, "language": true, "external_url": true, "mail": true}
	o.page.Contacts[0].InFile = true
	o.page.Contacts[1].Wrong = settings.Problems{settings.New("receiver", settings.CodeReceiver)}
	o.page.Contacts[1].Email, o.page.Contacts[1].Receiver = "", "teams"
	o.page.Receivers = []string{"teams", "telegram"}
}

// empty is an installation of which nothing is set.
func empty(o *office) {
	o.page = web.SettingsPage{InFile: map[string]bool{}, Language: i18n.English}
	o.progress = web.Progress{}
}

func withOffice(o *office) func(*web.Options) {
	return func(opts *web.Options) { opts.Settings, opts.SettingsActions = o, o }
}

func TestSettingsPages(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for _, tc := range []struct {
			name, target string
			edit         func(*office)
			form         url.Values
		}{
			{"settings", "/settings?checked=other", nil, nil},
			{"settings-file", "/settings", inFile, nil},
			{"settings-empty", "/settings?server=microsoft", empty, nil},
			{"settings-refused", "/settings/mail", func(o *office) {
				o.refuses = settings.Problems{settings.New("smtp.host", settings.CodeHost), settings.New("smtp.password", settings.CodeMissing), settings.New("external_url", settings.CodeURLMissing)}
			}, url.Values{"from": {"Budi <budi@mokykla.example>"}, "host": {"smtp.mokykla.example:25"}, "security": {"tls"}, "auth": {"password"}, "username": {"budi"}, "password": {"slaptas-zodis"}}},
			{"settings-roster", "/settings", withRoster, nil},
			{"contact-roster", "/settings/contacts/Rasa", withRoster, nil},
			{"escalation", "/settings/escalations/vadovas%2Fa", withRoster, nil},
			{"escalation-refused", "/settings/new-escalation", func(o *office) {
				o.refuses = settings.Problems{settings.New("to", settings.CodeTo, "Max", roster.MaxTo)}
			}, url.Values{"after": {"45m0s"}, "classes": {"server"}}},
			{"contact-new", "/settings/new-contact", inFile, nil},
			{"contact", "/settings/contacts/vadovas%2Fa", nil, nil},
			{"contact-refused", "/settings/new-contact", func(o *office) { o.refuses = settings.Problems{settings.New("name", settings.CodeNameTaken)} }, url.Values{"name": {"Rasa"}, "email": {"r@x.lt"}}},
			{"mailtest", "/settings/mail/test", nil, url.Values{"to": {"rasa@mokykla.example"}}},
			{"mailtest-failed", "/settings/mail/test", func(o *office) {
				for i := range o.test.Stages[3:] {
					o.test.Stages[3+i].State = web.Skipped
				}
				o.test.Stages[3].State = web.Failed
				o.test.Advice, o.test.Answer = "wrong_password", "535 5.7.8 Authentication failed "+hostile
			}, url.Values{"to": {"rasa@mokykla.example"}, "step": {"2"}}},
			{"start-who", "/start", empty, nil},
			{"start-mail", "/start?step=2", empty, nil},
			{"start-mail-set", "/start?step=2", nil, nil},
			{"start-website", "/start?step=3", empty, nil},
			{"start-computer", "/start?step=4", nil, nil},
			{"start-look", "/start", nil, nil},
		} {
			t.Run(tc.name+"."+string(lang), func(t *testing.T) {
				o := newOffice()
				if tc.edit != nil {
					tc.edit(o)
				}
				c := newConsole(t, withOffice(o))
				page := text(t, c.ask(tc.target, c.session(access.Administrator, lang), tc.form))
				golden(t, tc.name+"."+string(lang), page)
				for _, bad := range []string{"<script>", "<gimnazija>", "mail.stage", "mail.advice", "settings.invalid", "<no value>", "style=", "slaptas-zodis", "\u202e"} {
					if strings.Contains(inside(page), bad) {
						t.Errorf("the page holds %q", bad)
					}
				}
			})
		}
	}
}

func TestSettingsForms(t *testing.T) {
	refuse := func(p ...settings.Problem) func(*office) { return func(o *office) { o.refuses = settings.Problems(p) } }
	for name, tc := range map[string]struct {
		target   string
		form     url.Values
		edit     func(*office)
		code     int
		location string
		did      string
	}{
		"general":                        {"/settings/general", url.Values{"institution": {" Mokykla "}, "language": {"lt"}, "external_url": {"https://budi.example"}}, nil, 303, "/settings?checked=good&did=settings.general&of=#general", "general | Mokykla | lt | https://budi.example"},
		"general, partly the file's":     {"/settings/general", url.Values{"institution": {"Mokykla"}}, nil, 303, "/settings?did=settings.general&of=#general", "general | Mokykla | as it is | as it is"},
		"general, another answers":       {"/settings/general", url.Values{"external_url": {"https://budi.example"}}, func(o *office) { o.answer = web.AddressOther }, 303, "/settings?checked=other&did=settings.general&of=#general", "general | as it is | as it is | https://budi.example"},
		"general, of the guide":          {"/settings/general", url.Values{"institution": {"Mokykla"}, "external_url": {"https://budi.example"}, "step": {"1"}}, nil, 303, "/start?step=2&did=settings.general&of=", "general | Mokykla | as it is | https://budi.example"},
		"general, of the guide, silence": {"/settings/general", url.Values{"external_url": {"https://budi.example"}, "step": {"1"}}, func(o *office) { o.answer = web.AddressSilent }, 303, "/start?step=1&checked=silent&did=settings.general&of=", "general | as it is | as it is | https://budi.example"},
		"general, refused":               {"/settings/general", url.Values{"external_url": {"budi"}}, refuse(settings.New("external_url", settings.CodeURL)), 422, "", "general | as it is | as it is | budi"},
		"mail":                           {"/settings/mail", url.Values{"from": {"a@b.lt"}, "host": {" mail.b.lt "}, "security": {"tls"}, "auth": {"password"}, "username": {"a"}, "password": {" x y "}}, nil, 303, "/settings?did=settings.mail&of=#mail", "mail | a@b.lt | mail.b.lt | 0 | tls | password | a |  x y  | "},
		"mail, of the guide":             {"/settings/mail", url.Values{"host": {"mail.b.lt"}, "port": {"2525"}, "step": {"2"}}, nil, 303, "/start?step=2&did=settings.mail&of=", "mail |  | mail.b.lt | 2525 |  |  |  |  | "},
		"mail, no port":                  {"/settings/mail", url.Values{"host": {"mail.b.lt"}, "port": {"x"}}, nil, 422, "", ""},
		"no mail":                        {"/settings/mail/remove", url.Values{"x": {""}}, nil, 303, "/settings?did=settings.mail_removed&of=#mail", "no mail"},
		"test mail, no address":          {"/settings/mail/test", url.Values{"to": {"rasa"}}, nil, 422, "", ""},
		"test mail, no mail":             {"/settings/mail/test", url.Values{"to": {"rasa@b.lt"}}, refuse(settings.New("to", settings.CodeNoMail)), 422, "", "test | rasa@b.lt | en"},
		"a contact":                      {"/settings/new-contact", url.Values{"name": {"Rasa"}, "email": {"rasa@b.lt"}, "language": {"lt"}, "min_severity": {"critical"}}, nil, 303, "/settings?did=contact.added&of=Rasa#contacts", "contact |  | Rasa | rasa@b.lt |  | lt | critical"},
		"a contact of the guide":         {"/settings/new-contact", url.Values{"email": {"rasa@b.lt"}, "step": {"2"}}, nil, 303, "/start?step=2&did=contact.added&of=rasa", "contact |  | rasa | rasa@b.lt |  |  | "},
		"a contact is changed":           {"/settings/contacts/a%2Fb%20c", url.Values{"name": {"d"}, "email": {"d@b.lt"}}, nil, 303, "/settings?did=contact.changed&of=d#contacts", "contact | a/b c | d | d@b.lt |  |  | "},
		"a contact is removed":           {"/settings/contacts/a%2Fb/remove", url.Values{"x": {""}}, nil, 303, "/settings?did=contact.removed&of=a%2Fb#contacts", "remove contact | a/b"},
		"a contact is restored":          {"/settings/contacts/a%2Fb/restore", url.Values{"x": {""}}, nil, 303, "/settings?did=contact.restored&of=a%2Fb#contacts", "restore contact | a/b"},
		"when a contact is told": {"/settings/new-contact", url.Values{
			"name": {"Rasa"}, "email": {"rasa@b.lt"}, "hours": {"own"}, "hours_own": {"Mo-Fr 08:00-17:00"}, "min_severity_outside": {"critical"}, "sites": {"main", "b1"}, "no_digest": {"yes"}, "digest": {"06:00"},
			"absence_from": {"2026-07-06", "", ""}, "absence_to": {"2026-07-17", "", ""}, "absence_deputy": {"Jonas", "", ""},
		}, nil, 303, "/settings?did=contact.added&of=Rasa#contacts", `contact |  | Rasa | rasa@b.lt |  |  |  | {"hours":"Mo-Fr 08:00-17:00","min_severity_outside":"critical","sites":["main","b1"],"absences":[{"from":"2026-07-06","to":"2026-07-17","deputy":"Jonas"}],"digest":"off"}`},
		"a deputy":                {"/settings/new-contact", url.Values{"name": {"Rasa"}, "email": {"rasa@b.lt"}, "hours": {"work"}, "hours_own": {"typed before"}, "deputy_only": {"yes"}, "digest": {"06:00"}}, nil, 303, "/settings?did=contact.added&of=Rasa#contacts", `contact |  | Rasa | rasa@b.lt |  |  |  | {"hours":"work","deputy_only":true,"digest":"06:00"}`},
		"hours that are none":     {"/settings/new-contact", url.Values{"name": {"Rasa"}, "email": {"rasa@b.lt"}, "hours": {"own"}, "hours_own": {"sometimes"}}, nil, 422, "", ""},
		"a date that is none":     {"/settings/new-contact", url.Values{"name": {"Rasa"}, "email": {"rasa@b.lt"}, "absence_from": {"soon"}}, nil, 422, "", ""},
		"a contact that is named": {"/settings/contacts/Rasa/remove", url.Values{"x": {""}}, refuse(settings.New("absences", settings.CodeNoContact, "Name", "Rasa")), 422, "", "remove contact | Rasa"},
		"an escalation": {"/settings/new-escalation", url.Values{"after": {"30m0s"}, "to": {"Rasa", "vadovas/a"}, "classes": {"server"}, "min_severity": {"critical"}, "hours": {"work"}}, nil, 303, "/settings?did=escalation.added&of=#escalation",
			"escalation |  |  | 30m0s | Rasa+vadovas/a | [server] | critical | work"},
		"an escalation is changed":  {"/settings/escalations/a%2Fb", url.Values{"name": {"c"}, "after": {"1h0m0s"}, "to": {"Rasa"}}, nil, 303, "/settings?did=escalation.changed&of=#escalation", "escalation | a/b | c | 1h0m0s | Rasa | [] |  | "},
		"an escalation is refused":  {"/settings/new-escalation", url.Values{"after": {"x"}}, refuse(settings.New("to", settings.CodeTo, "Max", 20)), 422, "", "escalation |  |  | 0s |  | [] |  | "},
		"an escalation is removed":  {"/settings/escalations/a%2Fb/remove", url.Values{"x": {""}}, nil, 303, "/settings?did=escalation.removed&of=a%2Fb#escalation", "remove escalation | a/b"},
		"an escalation is restored": {"/settings/escalations/a%2Fb/restore", url.Values{"x": {""}}, nil, 303, "/settings?did=escalation.restored&of=a%2Fb#escalation", "restore escalation | a/b"},
		"the guide is put away":     {"/start/away", url.Values{"x": {""}}, nil, 303, "/?did=start.away&of=", "away | true"},
		"the guide comes back":      {"/start/again", url.Values{"x": {""}}, nil, 303, "/start?did=start.again&of=", "away | false"},
	} {
		o := newOffice()
		if tc.edit != nil {
			tc.edit(o)
		}
		c := newConsole(t, withOffice(o))
		resp := c.ask(tc.target, c.session(access.Administrator, i18n.English), tc.form)
		location, _ := url.Parse(resp.Header.Get("Location"))
		want, _ := url.Parse(tc.location)
		if resp.StatusCode != tc.code || location.Path != want.Path || location.Query().Encode() != want.Query().Encode() || location.Fragment != want.Fragment {
			t.Errorf("%s: got %d to %q; want %d to %q\n%s", name, resp.StatusCode, location, tc.code, want, text(t, resp))
		}
		if got := strings.Join(o.done, "; "); got != tc.did {
			t.Errorf("%s: did %q, want %q", name, got, tc.did)
		}
	}
}

// A contact that was removed comes back by the button beside what was done.
func TestARemovedContactHasAnUndo(t *testing.T) {
	c := newConsole(t, withOffice(newOffice()))
	page := text(t, c.ask("/settings?did=contact.removed&of=a%2Fb", c.session(access.Administrator, i18n.English), nil))
	if !strings.Contains(page, `action="/settings/contacts/a%2Fb/restore"`) {
		t.Errorf("there is no button that takes it back\n%s", page)
	}
}

// upload sends a file as a browser does.
func (c *console) upload(target, session, field string, data []byte) *http.Response {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile(field, "logo.png")
	if err != nil {
		c.t.Fatal(err)
	}
	_, _ = part.Write(data) // to memory
	if err := form.Close(); err != nil {
		c.t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(c.t.Context(), http.MethodPost, target, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(c.access.Cookie(session, now))
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return w.Result()
}

func TestLogo(t *testing.T) {
	o := newOffice()
	c := newConsole(t, withOffice(o))
	session := c.session(access.Administrator, i18n.English)
	png := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{1}, 90_000)...)
	if resp := c.upload("/settings/logo", session, "logo", png); resp.StatusCode != http.StatusSeeOther || len(o.done) != 1 || o.done[0] != "logo | 90008" {
		t.Errorf("got %d, did %q", resp.StatusCode, o.done)
	}
	for name, data := range map[string][]byte{"far too large": bytes.Repeat([]byte{1}, 400_000), "none": nil} {
		resp := c.upload("/settings/logo", session, "logo", data)
		if page := text(t, resp); resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `id="logo-wrong"`) {
			t.Errorf("%s: got %d\n%s", name, resp.StatusCode, page)
		}
	}
	o.refuses = settings.Problems{settings.New("logo", settings.CodeLogoKind)}
	if resp := c.upload("/settings/logo", session, "logo", []byte("<svg onload=alert(1)>")); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an SVG: got %d", resp.StatusCode)
	}
	o.refuses = nil
	if resp := c.ask("/settings/logo/remove", session, url.Values{"x": {""}}); resp.StatusCode != http.StatusSeeOther || o.done[len(o.done)-1] != "logo | 0" {
		t.Errorf("removed: %d, %q", resp.StatusCode, o.done)
	}

	if resp := c.ask("/logo", "", nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("there is none: %d", resp.StatusCode)
	}
	o.picture = &settings.Logo{Type: "image/png", Data: png}
	resp := c.ask("/logo?v=1", "", nil)
	h := resp.Header
	if resp.StatusCode != http.StatusOK || h.Get("Content-Type") != "image/png" || h.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("Cross-Origin-Resource-Policy") != "same-origin" || text(t, resp) != string(png) {
		t.Errorf("got %d %v", resp.StatusCode, h)
	}
}

// What people typed as address stands for the console behind a proxy.
func TestFormsFromTheExternalAddressAreTaken(t *testing.T) {
	o := newOffice()
	c := newConsole(t, func(opts *web.Options) {
		opts.Settings, opts.SettingsActions = o, o
		opts.Brand = func() web.Brand { return web.Brand{ExternalURL: "https://budi.mokykla.example/"} }
	})
	session := c.session(access.Administrator, i18n.English)
	for origin, want := range map[string]int{"https://budi.mokykla.example": 303, "https://evil.example": 403, "http://budi.mokykla.example": 403, "null": 403} {
		if resp := c.ask("/start/away", session, url.Values{"x": {""}}, "Origin", origin, "Sec-Fetch-Site", "cross-site"); resp.StatusCode != want {
			t.Errorf("from %s: got %d, want %d", origin, resp.StatusCode, want)
		}
	}
}

// The language of pages before the log-in follows the settings at once.
func TestTheConsoleSpeaksTheLanguageOfTheSettings(t *testing.T) {
	lang := i18n.English
	c := newConsole(t, func(o *web.Options) { o.Brand = func() web.Brand { return web.Brand{Lang: lang} } })
	for _, one := range i18n.Languages() {
		lang = one
		if page := text(t, c.ask("/login", "", nil)); !strings.Contains(page, `<html lang="`+string(one)+`">`) {
			t.Errorf("the page is not in %s", one)
		}
	}
}
