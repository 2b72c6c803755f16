package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

func settingsDoors() []door {
	admin := access.Administrator
	return []door{
		get("/settings", admin, (*server).settings).whole(),
		post("/settings/general", admin, (*server).setGeneral).whole(),
		post("/settings/logo", admin, (*server).setLogo).takes(settings.MaxLogo).whole(),
		post("/settings/logo/remove", admin, (*server).removeLogo).whole(),
		post("/settings/mail", admin, (*server).setMail).whole(),
		post("/settings/mail/remove", admin, (*server).removeMail).whole(),
		post("/settings/mail/test", admin, (*server).testMail).whole(),
		get("/settings/new-contact", admin, (*server).newContact).whole(),
		post("/settings/new-contact", admin, (*server).addContact).whole(),
		get("/settings/contacts/{id}", admin, (*server).contact).whole(),
		post("/settings/contacts/{id}", admin, (*server).changeContact).whole(),
		post("/settings/contacts/{id}/remove", admin, (*server).removeContact).whole(),
		post("/settings/contacts/{id}/restore", admin, (*server).restoreContact).whole(),
		get("/logo", "", (*server).logo),
	}
}

// settingsBody is what the templates of the settings and of the guide get.
type settingsBody struct {
	SettingsPage
	General form
	Server  form // how mail is sent
	Test    form
	NewOne  form // the guide's contact
	Contact form // one that cannot be removed
	Picture form
	Answer  AddressAnswer // of the last look at the external address
	Guide   guide
}

// WrongPart is the part of the page with a form that was refused; "" when none
// was.
func (b settingsBody) WrongPart() string {
	switch {
	case !b.General.OK():
		return "general"
	case !b.Contact.OK():
		return "contacts"
	case !b.Picture.OK():
		return "logo-part"
	case !b.Server.OK():
		return "mail"
	case !b.Test.OK():
		return "test"
	default:
		return ""
	}
}

// settings shows the page.
func (s *server) settings(w http.ResponseWriter, r *http.Request) error {
	return s.showSettings(w, r, http.StatusOK, 0, func(b *settingsBody) {
		if preset, ok := mailPresets()[r.URL.Query().Get("server")]; ok {
			b.Server = mailForm(&preset)
		}
	})
}

// showSettings shows the settings, or the step of the guide that a form belongs
// to; edit puts in what was typed.
func (s *server) showSettings(w http.ResponseWriter, r *http.Request, code, step int, edit func(*settingsBody)) error {
	set, err := s.Settings.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("gather the settings: %w", err)
	}
	p := s.page(r)
	b := settingsBody{
		SettingsPage: set, Server: mailForm(set.Mail), Test: newForm("to", ownAddress(p.Me)), NewOne: newForm("email", ownAddress(p.Me)),
		General: newForm("institution", set.Institution, "language", string(cmp.Or(set.Language, p.Lang)), "external_url", set.ExternalURL),
	}
	if set.ExternalURL == "" {
		b.General.Values.Set("external_url", suggestedAddress(r))
	}
	if answer := AddressAnswer(r.URL.Query().Get("checked")); slices.Contains(addressAnswers(), answer) {
		b.Answer = answer
	}
	if edit != nil {
		edit(&b)
	}
	if step > 0 {
		return s.showGuide(w, r, code, p, step, b)
	}
	p.Title = p.T("web.settings.title")
	s.render(w, r, code, "settings.html", p, b)
	return nil
}

func addressAnswers() []AddressAnswer {
	return []AddressAnswer{AddressGood, AddressOther, AddressName, AddressCertificate, AddressSilent}
}

// ownAddress is the e-mail address that the reader logs in with, if it is one.
func ownAddress(id *access.Identity) string {
	if id != nil && strings.Contains(id.Login, "@") {
		return id.Login
	}
	return ""
}

// suggestedAddress is how the reader came here, unless nobody else can.
func suggestedAddress(r *http.Request) string {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); host == "localhost" || err == nil && a.IsLoopback() {
		return ""
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	if address := scheme + "://" + r.Host; settings.IsExternalURL(address) {
		return address
	}
	return ""
}

// refuseSettings puts problems beside the fields of a form that they are about;
// what is about no field of the form is about the whole. Fields are called as in
// the configuration file, or by the last part of that name.
func (w words) refuseSettings(f *form, problems settings.Problems, fields ...string) {
	for _, p := range problems {
		name := p.Field
		if !slices.Contains(fields, name) {
			name = name[strings.LastIndexByte(name, '.')+1:]
		}
		if !slices.Contains(fields, name) {
			name = ""
		}
		f.Refuse(name, w.SettingsProblem(p))
	}
}

// stepOf is the step of the guide that a form belongs to; 0: none.
func stepOf(r *http.Request) int {
	step, err := strconv.Atoi(r.FormValue("step"))
	if err != nil || step < 1 || step > guideSteps {
		return 0
	}
	return step
}

// back is where a form leads to when all went well: on in the guide, or to the
// part of the settings that it belongs to.
func back(step, next int, part string) string {
	if step > 0 {
		return "/start?step=" + strconv.Itoa(next)
	}
	return "/settings#" + part
}

func (s *server) setGeneral(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	step := stepOf(r)
	// What the file declares has no input.
	field := func(name string) *string {
		if !r.PostForm.Has(name) {
			return nil
		}
		value := clipRunes(strings.TrimSpace(r.PostForm.Get(name)), settings.MaxURL)
		return &value
	}
	g := GeneralEdit{Institution: field("institution"), Language: field("language"), ExternalURL: field("external_url")}
	if err := s.SettingsActions.SetGeneral(r.Context(), g); err != nil {
		problems := settings.Of(err)
		if problems == nil {
			return fmt.Errorf("change the settings: %w", err)
		}
		return s.showSettings(w, r, http.StatusUnprocessableEntity, step, func(b *settingsBody) {
			b.General = form{Values: r.PostForm}
			s.page(r).refuseSettings(&b.General, problems, "institution", "language", "external_url")
		})
	}
	to, answer := back(step, step+1, "general"), AddressAnswer("")
	if g.ExternalURL != nil && *g.ExternalURL != "" {
		answer = s.SettingsActions.CheckAddress(r.Context(), *g.ExternalURL)
	}
	switch {
	case answer != "" && answer != AddressGood:
		// Stay where the address can be corrected.
		to = strings.Replace(back(step, step, "general"), "#", "?checked="+string(answer)+"#", 1)
		if step > 0 {
			to += "&checked=" + string(answer)
		}
	case answer == AddressGood && step == 0:
		to = "/settings?checked=good#general"
	}
	s.done(w, r, to, "settings.general", "")
	return nil
}

func (s *server) setLogo(w http.ResponseWriter, r *http.Request) error {
	refused := func(p settings.Problems) error {
		return s.showSettings(w, r, http.StatusUnprocessableEntity, 0, func(b *settingsBody) { s.page(r).refuseSettings(&b.Picture, p, "logo") })
	}
	file, _, err := r.FormFile("logo")
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return refused(settings.Problems{settings.New("logo", settings.CodeLogoSize, "Max", settings.MaxLogo/1000)})
	case errors.Is(err, http.ErrMissingFile), errors.Is(err, http.ErrNotMultipart):
		return refused(settings.Problems{settings.New("logo", settings.CodeMissing)})
	case err != nil:
		return fmt.Errorf("%w: %w", errForm, err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, settings.MaxLogo+1))
	if err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	if len(data) == 0 {
		return refused(settings.Problems{settings.New("logo", settings.CodeMissing)})
	}
	if err := s.SettingsActions.SetLogo(r.Context(), data); err != nil {
		if problems := settings.Of(err); problems != nil {
			return refused(problems)
		}
		return fmt.Errorf("change the logo: %w", err)
	}
	s.done(w, r, "/settings#logo-part", "settings.logo", "")
	return nil
}

func (s *server) removeLogo(w http.ResponseWriter, r *http.Request) error {
	if err := s.SettingsActions.SetLogo(r.Context(), nil); err != nil {
		return fmt.Errorf("remove the logo: %w", err)
	}
	s.done(w, r, "/settings#logo-part", "settings.logo_removed", "")
	return nil
}

// logo serves the institution's picture. Whatever is in it, a browser takes it
// for nothing but a picture.
func (s *server) logo(w http.ResponseWriter, r *http.Request) error {
	picture, ok := s.Settings.Logo()
	if !ok {
		return ErrNotFound
	}
	sum := sha256.Sum256(picture.Data)
	h := w.Header()
	h.Set("Content-Type", picture.Type)
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(picture.Data))
	return nil
}

// mailPresets fill in the form for well-known servers, by the name in an
// address.
func mailPresets() map[string]MailServer {
	return map[string]MailServer{
		"microsoft": {Host: "smtp.office365.com", Port: 587, Security: "starttls", Auth: "xoauth2", Scopes: "https://outlook.office365.com/.default"},
		"google":    {Host: "smtp.gmail.com", Port: 587, Security: "starttls", Auth: "password"},
		"own":       {Port: 465, Security: "tls", Auth: "password"},
	}
}

func mailForm(m *MailServer) form {
	if m == nil {
		m = &MailServer{Security: "starttls", Auth: "password"}
	}
	port, plain := "", ""
	if m.Port != 0 {
		port = strconv.Itoa(m.Port)
	}
	if m.Plain {
		plain = "yes"
	}
	return newForm("from", m.From, "host", m.Host, "port", port, "security", m.Security, "auth", m.Auth, "username", m.Username,
		"hello", m.Hello, "plain", plain, "token_url", m.TokenURL, "client_id", m.ClientID, "scopes", m.Scopes)
}

// mailFields are the inputs of the form.
func mailFields() []string {
	return []string{"from", "host", "port", "security", "auth", "username", "password", "hello", "token_url", "client_id", "client_secret", "scopes"}
}

func (s *server) setMail(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	step, p := stepOf(r), s.page(r)
	f := form{Values: url.Values{}}
	value := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	for _, name := range append(mailFields(), "plain") {
		if name != "password" && name != "client_secret" { // never sent back
			f.Values.Set(name, value(name))
		}
	}
	m := MailServer{
		From: value("from"), Host: value("host"), Security: value("security"), Auth: value("auth"), Username: value("username"), Hello: value("hello"), Plain: value("plain") != "",
		TokenURL: value("token_url"), ClientID: value("client_id"), Scopes: value("scopes"),
		Password: secret.New(r.PostForm.Get("password")), ClientSecret: secret.New(value("client_secret")),
	}
	if port := value("port"); port != "" {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			p.refuseSettings(&f, settings.Problems{settings.New("port", settings.CodePort)}, "port")
		}
		m.Port = n
	}
	if f.OK() {
		err := s.SettingsActions.SetMail(r.Context(), &m)
		if err == nil {
			s.done(w, r, back(step, 2, "mail"), "settings.mail", "")
			return nil
		}
		problems := settings.Of(err)
		if problems == nil {
			return fmt.Errorf("change how mail is sent: %w", err)
		}
		p.refuseSettings(&f, problems, mailFields()...)
	}
	return s.showSettings(w, r, http.StatusUnprocessableEntity, step, func(b *settingsBody) { b.Server = f })
}

func (s *server) removeMail(w http.ResponseWriter, r *http.Request) error {
	err := s.SettingsActions.SetMail(r.Context(), nil)
	if problems := settings.Of(err); problems != nil {
		return s.showSettings(w, r, http.StatusUnprocessableEntity, 0, func(b *settingsBody) { s.page(r).refuseSettings(&b.Server, problems) })
	}
	if err != nil {
		return fmt.Errorf("remove the mail server: %w", err)
	}
	s.done(w, r, "/settings#mail", "settings.mail_removed", "")
	return nil
}

// mailTestBody is what the template of a test mail gets.
type mailTestBody struct {
	MailTest
	Test form
	Step int // of the guide; 0: the settings
	Back string
}

func (s *server) testMail(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	step, p := stepOf(r), s.page(r)
	f := newForm("to", clipRunes(strings.TrimSpace(r.PostForm.Get("to")), 254))
	to := f.Values.Get("to")
	if problems := (settings.Contact{Name: "x", Email: to}).Problems(); to == "" || len(problems) > 0 {
		p.refuseSettings(&f, settings.Problems{settings.New("to", settings.CodeEmail)}, "to")
		return s.showSettings(w, r, http.StatusUnprocessableEntity, step, func(b *settingsBody) { b.Test = f })
	}
	test, err := s.SettingsActions.TestMail(r.Context(), to, p.Lang)
	if problems := settings.Of(err); problems != nil {
		p.refuseSettings(&f, problems, "to")
		return s.showSettings(w, r, http.StatusUnprocessableEntity, step, func(b *settingsBody) { b.Test = f })
	}
	if err != nil {
		return fmt.Errorf("send a test mail: %w", err)
	}
	p.Title = p.T("web.mailtest.failed")
	if test.OK() {
		p.Title = p.T("web.mailtest.sent")
	}
	s.render(w, r, http.StatusOK, "mailtest.html", p, mailTestBody{test, f, step, back(step, 2, "mail")})
	return nil
}

// StageBadge says how a stage of a delivery ended.
func (w words) StageBadge(s MailStage) badge {
	switch s.State {
	case Passed:
		return badge{"good", "✓", w.T("web.mailtest.passed")}
	case Failed:
		return badge{"bad", "✕", w.T("web.mailtest.here")}
	default:
		return badge{"unknown", "–", w.T("web.mailtest.skipped")}
	}
}

// StageName names a stage of a delivery.
func (w words) StageName(s MailStage) string { return w.known("mail.stage.", s.Key) }

// MailAdvice says what can be done about a test mail that did not go out.
func (w words) MailAdvice(t MailTest) string {
	if t.Advice == "" || !w.c.Has(w.Lang, "mail.advice."+t.Advice) {
		return ""
	}
	return w.c.Text(w.Lang, "mail.advice."+t.Advice, t.Args)
}

// AddressSays tells what came of looking at the external address.
func (w words) AddressSays(a AddressAnswer) string {
	switch a {
	case AddressGood:
		return w.T("web.settings.address.good")
	case AddressOther:
		return w.T("web.settings.address.other")
	case AddressName:
		return w.T("web.settings.address.name")
	case AddressCertificate:
		return w.T("web.settings.address.certificate")
	default:
		return w.T("web.settings.address.silent")
	}
}

// Securities are the choices of how the connection to the mail server is
// encrypted.
func (w words) Securities() []option {
	return []option{{"starttls", w.T("web.settings.security.starttls")}, {"tls", w.T("web.settings.security.tls")}, {"none", w.T("web.settings.security.none")}}
}

// Auths are the choices of how to log in to the mail server.
func (w words) Auths() []option {
	return []option{{"password", w.T("web.settings.auth.password")}, {"xoauth2", w.T("web.settings.auth.xoauth")}, {"none", w.T("web.settings.auth.none")}}
}

// Languages are the choices of a language; with own, also that of the console.
func (w words) Languages(own bool) []option {
	var out []option
	if own {
		out = append(out, option{"", w.T("web.settings.language_own")})
	}
	for _, l := range languages() {
		out = append(out, option{string(l.Lang), l.Name})
	}
	return out
}

// LanguageName names a language in itself; "" is that of the console.
func (w words) LanguageName(lang string) string {
	for _, l := range languages() {
		if l.Lang == i18n.Lang(lang) {
			return l.Name
		}
	}
	return w.T("web.settings.language_own")
}

// declared is a field that the configuration file declares.
type declared struct{ Label, Value, Says string }

// Declared shows a field that the configuration file declares; label is a key.
func (w words) Declared(label, value, file string) declared {
	return declared{w.T(label), value, w.T("web.settings.in_file", "File", file)}
}
