package mail_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/smtp"
)

// People are told how far a mail came, and what to do, in both languages.
func TestHowFarAMailCame(t *testing.T) {
	for name, tc := range map[string]struct {
		at       smtp.State
		security mail.Security
		password string
		passed   string
		ended    mail.Stage
		advice   mail.Advice
	}{
		"all the way":     {"", mail.StartTLS, "x", "[connect hello encrypt login sender recipient text]", "", ""},
		"TLS first":       {"", mail.TLS, "x", "[connect encrypt hello login sender recipient text]", "", ""},
		"wrong password":  {"", mail.StartTLS, "y", "[connect hello encrypt]", mail.StageLogin, "wrong_password"},
		"sender refused":  {smtp.Mail, mail.StartTLS, "x", "[connect hello encrypt login]", mail.StageSender, "send_as"},
		"relay refused":   {smtp.Rcpt, mail.StartTLS, "x", "[connect hello encrypt login sender]", mail.StageRecipient, "no_relay"},
		"text refused":    {smtp.Dot, mail.StartTLS, "x", "[connect hello encrypt login sender recipient]", mail.StageText, ""},
		"not even hello":  {smtp.Banner, mail.StartTLS, "x", "[connect]", mail.StageHello, "turned_away"},
		"no login needed": {"", mail.StartTLS, "", "[connect hello encrypt sender recipient text]", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := smtp.Options{Passwords: map[string]string{"jonas": "x"}}
			if tc.security == mail.TLS {
				o.Security = smtp.TLS
			}
			if tc.password == "" {
				o.Passwords = nil
			}
			s := server(t, o)
			if tc.at != "" {
				s.Misbehave(tc.at, smtp.Reply(550, "5.7.1 no"))
			}
			var used mail.Config
			m := mailerTo(t, s, tc.security, func(c *mail.Config) {
				if tc.password != "" {
					c.SMTP.Username, c.SMTP.Password = "jonas", secret.New(tc.password)
				}
				used = *c
			})
			var failed *mail.Error
			if err := m.Test(t.Context(), jonas); err != nil && !errors.As(err, &failed) {
				t.Fatal(err)
			}
			passed, ended := used.Reached(failed)
			if fmt.Sprint(passed) != tc.passed || ended != tc.ended {
				t.Errorf("passed %v and ended at %q; want %s, %q (%v)", passed, ended, tc.passed, tc.ended, failed)
			}
			if failed != nil && failed.Advice != tc.advice {
				t.Errorf("advice %q, want %q: %v", failed.Advice, tc.advice, failed)
			}
		})
	}
}

func TestEveryAdviceAndStageHasAText(t *testing.T) {
	catalogue, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range i18n.Languages() {
		for _, a := range mail.Advices() {
			if !catalogue.Has(lang, "mail.advice."+string(a)) {
				t.Errorf("%s: mail.advice.%s is missing", lang, a)
			}
		}
		for _, auth := range []mail.Auth{mail.AuthPassword, mail.AuthXOAuth2} {
			for _, s := range (mail.Config{SMTP: mail.SMTP{Auth: auth}}).Stages() {
				if !catalogue.Has(lang, "mail.stage."+string(s)) {
					t.Errorf("%s: mail.stage.%s is missing", lang, s)
				}
			}
		}
	}
}
