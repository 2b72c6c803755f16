package collector

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/collector/roster"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
)

// settingsView shows what is set for the whole installation.
type settingsView struct{ c *Collector }

var _ web.SettingsView = settingsView{}

// brand is whose console this is.
func (c *Collector) brand() web.Brand {
	config := c.Config()
	return web.Brand{Institution: config.Institution, Logo: logoAddress(config.stored.Logo), Lang: i18n.Lang(config.Language), ExternalURL: config.ExternalURL}
}

// logoAddress changes with the picture, so that browsers do not show an old one.
func logoAddress(l *settings.Logo) string {
	if l == nil {
		return ""
	}
	sum := sha256.Sum256(l.Data)
	return "/logo?v=" + hex.EncodeToString(sum[:4])
}

// Logo implements web.SettingsView.
func (v settingsView) Logo() (settings.Logo, bool) {
	config := v.c.Config()
	if config.stored.Logo == nil {
		return settings.Logo{}, false
	}
	return *config.stored.Logo, true
}

// Settings implements web.SettingsView.
func (v settingsView) Settings(context.Context) (web.SettingsPage, error) {
	config := v.c.Config()
	page := web.SettingsPage{
		File: config.File(), InFile: map[string]bool{}, Institution: config.Institution, Logo: logoAddress(config.stored.Logo),
		Language: i18n.Lang(config.Language), ExternalURL: config.ExternalURL, Mail: shownMail(config.Mail),
	}
	for _, field := range []string{"institution", "language", "external_url", "mail"} {
		page.InFile[field] = config.Declared(field)
	}
	if config.stored.Language == "" && !page.InFile["language"] {
		page.Language = "" // nobody said it: what is in use is a default
	}
	if !config.Receivers.IsZero() {
		receivers, _ := config.loadReceivers(nil) // the file was validated
		page.Receivers = receivers.Names()
	}
	for i, contact := range config.Contacts {
		row := web.ContactRow{Contact: contact, InFile: i < config.ofFile}
		if instead, to, away := config.people.Away(contact.Name, v.c.now()); away && instead != contact.Name {
			row.Instead, row.AwayTo = instead, to.String()
		}
		page.Contacts = append(page.Contacts, row)
	}
	page.EscalationInFile = config.escalationInFile
	for _, e := range config.Alerting.Escalation {
		page.Escalations = append(page.Escalations, web.EscalationRow{Escalation: e})
	}
	for _, l := range config.leftOut {
		switch l.Kind {
		case "mail":
			page.Mail, page.MailWrong = shownMail(config.stored.Mail), l.Problems
		case leftOutAbsence:
			for i := range page.Contacts {
				if page.Contacts[i].Name == l.ID {
					page.Contacts[i].Wrong = append(page.Contacts[i].Wrong, l.Problems...)
				}
			}
		case leftOutEscalation:
			for i := range page.Escalations {
				if e := &page.Escalations[i]; e.Name == l.ID || l.ID == "" {
					e.Wrong = append(e.Wrong, l.Problems...)
				}
			}
		case "contact":
			if contact, ok := config.stored.Contact(l.ID); ok {
				page.Contacts = append(page.Contacts, web.ContactRow{Contact: contact, Wrong: l.Problems})
			}
		}
	}
	return page, nil
}

// shownMail is how mail is sent, without its secrets.
func shownMail(m *mail.Config) *web.MailServer {
	if m == nil {
		return nil
	}
	s := m.SMTP
	out := &web.MailServer{
		From: m.From, Host: s.Host, Port: s.Port, Security: string(s.Security), Auth: string(s.Auth), Username: s.Username, Hello: s.Hello, Plain: s.AllowPlaintext,
		TokenURL: s.OAuth2.TokenURL, ClientID: s.OAuth2.ClientID, Scopes: strings.Join(s.OAuth2.Scopes, " "),
		HasPassword: !s.Password.IsZero(), HasClientSecret: !s.OAuth2.ClientSecret.IsZero(),
	}
	if out.Security == "" {
		out.Security = string(mail.StartTLS)
	}
	if out.Auth == "" {
		out.Auth = string(mail.AuthNone)
		if out.Username != "" {
			out.Auth = string(mail.AuthPassword)
		}
	}
	return out
}

// Progress implements web.SettingsView.
func (v settingsView) Progress(ctx context.Context) (web.Progress, error) {
	config := v.c.Config()
	p := web.Progress{
		Named: config.Institution != "", Address: config.ExternalURL != "", Mail: config.Mail != nil, Told: len(config.Contacts),
		Checks: len(config.Checks), Away: !config.stored.Started.IsZero(),
	}
	agents, err := v.c.agents.enrolment.Agents(ctx)
	if err != nil {
		return p, fmt.Errorf("read the agents: %w", err)
	}
	for _, a := range agents {
		if a.Revoked.IsZero() {
			p.Agents++
		}
	}
	return p, nil
}

// settingsActions changes what is set.
type settingsActions struct{ c *Collector }

var _ web.SettingsActions = settingsActions{}

// refused returns the Problems of a field that the file declares.
func (a settingsActions) refused(fields ...string) error {
	config := a.c.Config()
	var out settings.Problems
	for _, field := range fields {
		if config.Declared(field) {
			out = append(out, settings.New(field, settings.CodeInFile, "File", config.File()))
		}
	}
	if len(out) > 0 {
		return out
	}
	return nil
}

// SetGeneral implements web.SettingsActions.
func (a settingsActions) SetGeneral(ctx context.Context, g web.GeneralEdit) error {
	fields := []struct {
		name  string
		value *string
		set   func(*settings.Settings, string) error
	}{
		{"institution", g.Institution, (*settings.Settings).SetInstitution},
		{"language", g.Language, (*settings.Settings).SetLanguage},
		{"external_url", g.ExternalURL, (*settings.Settings).SetExternalURL},
	}
	var names []string
	for _, f := range fields {
		if f.value != nil {
			names = append(names, f.name)
		}
	}
	if err := a.refused(names...); err != nil {
		return err
	}
	return a.c.change(ctx, "settings.change", "institution", func(s *settings.Settings) error {
		var problems settings.Problems
		for _, f := range fields {
			if f.value == nil {
				continue
			}
			if err := f.set(s, *f.value); err != nil {
				problems = append(problems, settings.Of(err)...)
			}
		}
		if len(problems) > 0 {
			return problems
		}
		return nil
	})
}

// SetLogo implements web.SettingsActions.
func (a settingsActions) SetLogo(ctx context.Context, data []byte) error {
	return a.c.change(ctx, "settings.change", "logo", func(s *settings.Settings) error { return s.SetLogo(data) })
}

// CheckAddress implements web.SettingsActions.
func (a settingsActions) CheckAddress(ctx context.Context, address string) web.AddressAnswer {
	if u, err := url.Parse(address); err != nil || !settings.IsExternalURL(address) || u.Host == "" {
		return web.AddressOther
	}
	var own []*x509.Certificate
	if cert := a.c.server.shown(); cert != nil && a.c.authority != nil {
		for _, der := range cert.Certificate[1:] {
			if signer, err := x509.ParseCertificate(der); err == nil {
				own = append(own, signer)
			}
		}
	}
	return a.c.here.ask(ctx, address, own)
}

// SetMail implements web.SettingsActions.
func (a settingsActions) SetMail(ctx context.Context, m *web.MailServer) error {
	if err := a.refused("mail"); err != nil {
		return err
	}
	config := a.c.Config()
	if m == nil && slices.ContainsFunc(config.Contacts, func(p settings.Contact) bool { return p.Email != "" }) {
		return settings.Problems{settings.New("", settings.CodeMailNeeded)}
	}
	return a.c.change(ctx, "settings.change", "mail", func(s *settings.Settings) error {
		if m == nil {
			return s.SetMail(nil)
		}
		return s.SetMail(&mail.Config{From: m.From, SMTP: mail.SMTP{
			Host: m.Host, Port: m.Port, Security: mail.Security(m.Security), Auth: mail.Auth(m.Auth), Username: m.Username, Password: m.Password,
			Hello: m.Hello, AllowPlaintext: m.Plain,
			OAuth2: mail.OAuth2{TokenURL: m.TokenURL, ClientID: m.ClientID, ClientSecret: m.ClientSecret, Scopes: strings.Fields(m.Scopes)},
		}})
	})
}

// TestMail implements web.SettingsActions.
func (a settingsActions) TestMail(ctx context.Context, to string, lang i18n.Lang) (web.MailTest, error) {
	config := a.c.Config()
	if config.Mail == nil {
		return web.MailTest{}, settings.Problems{settings.New("to", settings.CodeNoMail)}
	}
	smtp := config.Mail.WithDefaults().SMTP
	test := web.MailTest{
		To: to, Server: smtp.Host + ":" + strconv.Itoa(smtp.Port),
		Args: map[string]any{"Host": smtp.Host, "Port": smtp.Port, "From": config.Mail.From},
	}
	err := a.c.telling.tryMail(ctx, mail.Contact{Name: to, Address: to, Lang: lang})
	var failed *mail.Error
	switch {
	case errors.Is(err, errNoMail): // taken away this moment
		return web.MailTest{}, settings.Problems{settings.New("to", settings.CodeNoMail)}
	case errors.As(err, &failed):
		test.Answer, test.Advice = failed.Cause(), string(failed.Advice)
	case err != nil:
		return web.MailTest{}, err
	}
	passed, ended := config.Mail.Reached(failed)
	for i, stage := range config.Mail.Stages() {
		state := web.Skipped
		switch {
		case i < len(passed):
			state = web.Passed
		case stage == ended && failed != nil:
			state = web.Failed
		}
		test.Stages = append(test.Stages, web.MailStage{Key: string(stage), State: state})
	}
	detail := "sent"
	if failed != nil {
		detail = failed.Error()
	}
	a.c.record(ctx, access.Entry{Actor: actor(ctx), Action: "mail.test", Object: to, Detail: detail})
	return test, nil
}

// PutContact implements web.SettingsActions.
func (a settingsActions) PutContact(ctx context.Context, was string, contact settings.Contact) error {
	config := a.c.Config()
	if config.DeclaresContact(contact.Name) {
		return settings.Problems{settings.New("name", settings.CodeNameInFile, "File", config.File())}
	}
	action, object := "contact.change", was
	if was == "" {
		action, object = "contact.add", contact.Name
	}
	return notFound(a.c.change(ctx, action, object, func(s *settings.Settings) error { return s.PutContact(was, contact) }))
}

// RemoveContact implements web.SettingsActions.
func (a settingsActions) RemoveContact(ctx context.Context, name string) error {
	return notFound(a.c.change(ctx, "contact.remove", name, func(s *settings.Settings) error { return s.RemoveContact(name, a.c.now()) }))
}

// RestoreContact implements web.SettingsActions.
func (a settingsActions) RestoreContact(ctx context.Context, name string) error {
	return notFound(a.c.change(ctx, "contact.restore", name, func(s *settings.Settings) error { return s.RestoreContact(name) }))
}

// PutEscalation implements web.SettingsActions.
func (a settingsActions) PutEscalation(ctx context.Context, was string, e roster.Escalation) error {
	if err := a.escalationsOfFile(); err != nil {
		return err
	}
	action, object := "escalation.change", was
	if was == "" {
		action, object = "escalation.add", e.Title()
	}
	return notFound(a.c.change(ctx, action, object, func(s *settings.Settings) error { return s.PutEscalation(was, e) }))
}

// escalationsOfFile refuses what the file declares.
func (a settingsActions) escalationsOfFile() error {
	config := a.c.Config()
	if !config.escalationInFile {
		return nil
	}
	return settings.Problems{settings.New("", settings.CodeInFile, "File", config.File())}
}

// RemoveEscalation implements web.SettingsActions.
func (a settingsActions) RemoveEscalation(ctx context.Context, name string) error {
	return notFound(a.c.change(ctx, "escalation.remove", name, func(s *settings.Settings) error { return s.RemoveEscalation(name, a.c.now()) }))
}

// RestoreEscalation implements web.SettingsActions.
func (a settingsActions) RestoreEscalation(ctx context.Context, name string) error {
	return notFound(a.c.change(ctx, "escalation.restore", name, func(s *settings.Settings) error { return s.RestoreEscalation(name) }))
}

// notFound says in the console's words that there is no such entry.
func notFound(err error) error {
	if errors.Is(err, settings.ErrNotFound) {
		return fmt.Errorf("%w: %w", web.ErrNotFound, err)
	}
	return err
}

// PutAway implements web.SettingsActions.
func (a settingsActions) PutAway(ctx context.Context, away bool) error {
	return a.c.change(ctx, "settings.change", "first steps", func(s *settings.Settings) error {
		switch {
		case !away:
			s.Started = time.Time{}
		case s.Started.IsZero():
			s.Started = a.c.now()
		}
		return nil
	})
}
