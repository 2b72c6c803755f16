package mail_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/freeport"
	"github.com/budi-monitor/budi/internal/sim/smtp"
)

func server(t *testing.T, o smtp.Options) *smtp.Server {
	t.Helper()
	s, err := smtp.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the mail server: %v", err)
		}
	})
	return s
}

// caFile writes the authority that a Mailer shall trust.
func caFile(t *testing.T, s *smtp.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, s.CAPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// mailerTo makes a Mailer that would deliver to the server.
func mailerTo(t *testing.T, s *smtp.Server, security mail.Security, change func(*mail.Config)) *mail.Mailer {
	t.Helper()
	return mailer(t, func(c *mail.Config, _ *mail.Options) {
		c.SMTP = mail.SMTP{Host: s.Host(), Port: s.Port(), Security: security, CAFile: caFile(t, s), Timeout: 20 * time.Second, Hello: "budi.example.lt"}
		if change != nil {
			change(c)
		}
	})
}

var jonas = mail.Contact{Name: "jonas", Address: "Jonas Žalys <jonas@example.lt>", Lang: i18n.Lithuanian}

func one() outbox.Delivery {
	return outbox.Delivery{Contact: "jonas", MessageID: "12.fault.abc@budi.example.lt", Items: []outbox.Item{fault(shipped()["site_down"])}}
}

func TestAMailArrivesWithItsHeader(t *testing.T) {
	for _, sec := range []smtp.Security{smtp.StartTLS, smtp.TLS, smtp.None} {
		t.Run(string(sec), func(t *testing.T) {
			s := server(t, smtp.Options{Security: sec})
			m := mailerTo(t, s, mail.Security(sec), nil)
			d := one()
			d.Thread = "12.first@budi.example.lt"
			commits := 0
			if err := m.Send(t.Context(), jonas, d, func() error {
				commits++
				if len(s.Messages()) != 0 {
					t.Error("the message was there before the commit")
				}
				if said := strings.Join(s.Commands(), "\n"); !strings.HasSuffix(said, "DATA") {
					t.Errorf("the commit did not follow DATA:\n%s", said)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			got := s.Messages()
			if len(got) != 1 || commits != 1 {
				t.Fatalf("%d messages, %d commits", len(got), commits)
			}
			g := got[0]
			if g.From != "budi@example.lt" || g.To[0] != "jonas@example.lt" || g.TLS != (sec != smtp.None) {
				t.Errorf("envelope %+v", g)
			}
			for header, want := range map[string]string{
				"Message-Id": "<12.fault.abc@budi.example.lt>", "In-Reply-To": "<12.first@budi.example.lt>",
				"References": "<12.first@budi.example.lt>", "Auto-Submitted": "auto-generated",
				"X-Auto-Response-Suppress": "All", "From": `"Budi" <budi@example.lt>`, "Mime-Version": "1.0",
			} {
				if got := g.Header.Get(header); got != want {
					t.Errorf("%s: %q, want %q", header, got, want)
				}
			}
			if date, err := g.Header.Date(); err != nil || !date.Equal(since.Add(time.Hour)) {
				t.Errorf("date %v, %v", date, err)
			}
			msg, err := m.Render(jonas, d)
			if err != nil {
				t.Fatal(err)
			}
			if g.Subject() != msg.Subject {
				t.Errorf("subject %q, want %q", g.Subject(), msg.Subject)
			}
			for kind, want := range map[string]string{"text/plain": msg.Text, "text/html": msg.HTML} {
				part, err := g.Part(kind)
				if err != nil {
					t.Fatal(err)
				}
				if strings.TrimSpace(strings.ReplaceAll(part, "\r\n", "\n")) != strings.TrimSpace(want) {
					t.Errorf("%s arrived as:\n%s\nwant:\n%s", kind, part, want)
				}
			}
			for line := range strings.SplitSeq(string(g.Data), "\r\n") {
				if len(line) > 998 || !isASCII(line) {
					t.Errorf("a line that old servers would break: %q", line)
				}
			}
			if said := s.Commands(); said[len(said)-1] != "QUIT" || said[0] != "EHLO budi.example.lt" {
				t.Errorf("commands %q", said)
			}
		})
	}
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 })
}

func TestNamesCannotAddHeaders(t *testing.T) {
	s := server(t, smtp.Options{Security: smtp.None})
	m := mailer(t, func(c *mail.Config, _ *mail.Options) {
		c.From = `"Bu\"di, <x>" <budi@example.lt>`
		c.SMTP = mail.SMTP{Host: s.Host(), Port: s.Port(), Security: mail.None}
	})
	inc := shipped()["site_down"]
	inc.Labels["check"] = "x\r\nBcc: visi@example.lt\r\n\r\n.\r\nMAIL FROM:<a@b>"
	inc.Problem.Detail = ".\r\n.\r\nQUIT"
	d := one()
	d.Items = []outbox.Item{fault(inc)}
	if err := m.Send(t.Context(), jonas, d, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	got := s.Messages()
	if len(got) != 1 || got[0].Header.Get("Bcc") != "" || len(got[0].To) != 1 {
		t.Errorf("got %d messages: %+v", len(got), got)
	}
	if from, err := got[0].Header.AddressList("From"); err != nil || from[0].Name != `Bu"di, <x>` {
		t.Errorf("from %v, %v", from, err)
	}
	for _, bad := range []string{"a@b\r\nRCPT TO:<x@y>", "not an address", "", "a@b, c@d"} {
		err := m.Send(t.Context(), mail.Contact{Address: bad}, one(), func() error { t.Error("committed"); return nil })
		if !errors.Is(err, outbox.ErrPermanent) {
			t.Errorf("address %q: %v, want permanent", bad, err)
		}
	}
}

func TestLoginWithEachMechanism(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("slaptas žodis\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, mech := range []string{"PLAIN", "LOGIN"} {
		s := server(t, smtp.Options{Passwords: map[string]string{"jonas": "slaptas žodis"}, Mechanisms: []string{mech}})
		for name, change := range map[string]func(*mail.Config){
			"written": func(c *mail.Config) { c.SMTP.Password = secret.New("slaptas žodis") },
			"in file": func(c *mail.Config) { c.SMTP.PasswordFile = file },
		} {
			m := mailerTo(t, s, mail.StartTLS, func(c *mail.Config) { c.SMTP.Username = "jonas"; change(c) })
			if err := m.Send(t.Context(), jonas, one(), func() error { return nil }); err != nil {
				t.Errorf("%s, %s: %v", mech, name, err)
			}
		}
		for _, g := range s.Messages() {
			if g.User != "jonas" || !g.TLS {
				t.Errorf("%s: %+v", mech, g)
			}
		}
	}
}

// tokenServer gives a new token at each call.
func tokenServer(t *testing.T, check func(*http.Request) error, tokens ...string) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := check(r); err != nil || len(tokens) == 0 {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprintf(w, `{"error":"invalid_client","error_description":"%v"}`, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": tokens[0], "token_type": "Bearer", "expires_in": 3600})
		tokens = tokens[1:]
	}))
	t.Cleanup(srv.Close)
	return srv
}

func TestLoginWithXOAUTH2(t *testing.T) {
	s := server(t, smtp.Options{Tokens: map[string]string{"budi@example.lt": "second"}})
	calls := 0
	srv := tokenServer(t, func(r *http.Request) error {
		calls++
		user, pass, _ := r.BasicAuth()
		if r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") != "https://outlook.office365.com/.default" || user != "app" || pass != "s3cret" {
			return errors.New("wrong request")
		}
		return nil
	}, "first", "second")
	m := mailerTo(t, s, mail.StartTLS, func(c *mail.Config) {
		c.SMTP.Auth, c.SMTP.Username = mail.AuthXOAuth2, "budi@example.lt"
		c.SMTP.OAuth2 = mail.OAuth2{TokenURL: srv.URL, ClientID: "app", ClientSecret: secret.New("s3cret"), Scopes: []string{"https://outlook.office365.com/.default"}}
	})
	err := m.Send(t.Context(), jonas, one(), func() error { t.Error("committed"); return nil })
	var e *mail.Error
	if !errors.As(err, &e) || e.Step != mail.StepLogin || e.Code != 535 || errors.Is(err, outbox.ErrPermanent) {
		t.Fatalf("a token that is not accepted: %v", err)
	}
	for range 3 {
		if err := m.Send(t.Context(), jonas, one(), func() error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if calls != 2 {
		t.Errorf("the token server was asked %d times, want 2: a refused token is forgotten, a good one kept", calls)
	}
}

func TestLoginWithARefreshToken(t *testing.T) {
	s := server(t, smtp.Options{Tokens: map[string]string{"budi@example.lt": "good"}})
	srv := tokenServer(t, func(r *http.Request) error {
		if r.FormValue("grant_type") != "refresh_token" || r.FormValue("refresh_token") != "r3fresh" {
			return errors.New("wrong request")
		}
		return nil
	}, "good")
	m := mailerTo(t, s, mail.StartTLS, func(c *mail.Config) {
		c.SMTP.Auth, c.SMTP.Username = mail.AuthXOAuth2, "budi@example.lt"
		c.SMTP.OAuth2 = mail.OAuth2{TokenURL: srv.URL, ClientID: "app", RefreshToken: secret.New("r3fresh")}
	})
	if err := m.Send(t.Context(), jonas, one(), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestAFailedCommitDeliversNothing(t *testing.T) {
	s := server(t, smtp.Options{})
	m := mailerTo(t, s, mail.StartTLS, nil)
	full := errors.New("disk full")
	if err := m.Send(t.Context(), jonas, one(), func() error { return full }); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if err := m.Send(t.Context(), jonas, one(), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Messages()); n != 1 {
		t.Errorf("%d messages, want the second only", n)
	}
}

func TestAStallInAnyStateEndsByTheDeadline(t *testing.T) {
	for _, state := range smtp.States() {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			s := server(t, smtp.Options{Passwords: map[string]string{"jonas": "x"}})
			s.Misbehave(state, smtp.Stall())
			m := mailerTo(t, s, mail.StartTLS, func(c *mail.Config) { c.SMTP.Username, c.SMTP.Password = "jonas", secret.New("x") })
			// So far it must come in time on a slow computer too.
			within, far := 700*time.Millisecond, state == smtp.Text || state == smtp.Dot || state == smtp.Quit
			if far {
				within = 5 * time.Second
			}
			ctx, cancel := context.WithTimeout(t.Context(), within)
			defer cancel()
			committed := false
			done := make(chan error, 1)
			go func() { done <- m.Send(ctx, jonas, one(), func() error { committed = true; return nil }) }()
			var err error
			select {
			case err = <-done:
			case <-time.After(time.Minute):
				t.Fatal("the delivery hangs")
			}
			if state == smtp.Quit {
				if err != nil || len(s.Messages()) != 1 {
					t.Errorf("a delivered mail failed at QUIT: %v", err)
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the error does not say that the time was up: %v", err)
			}
			// Of a text that is short the dot is out before anybody reads it.
			uncertain, late := errors.Is(err, outbox.ErrUncertain), state == smtp.Dot || state == smtp.Text
			if uncertain != late {
				t.Errorf("uncertain is %v: %v", uncertain, err)
			}
			if want := state == smtp.Dot || state == smtp.Text; committed != want {
				t.Errorf("committed is %v, want %v", committed, want)
			}
			if errors.Is(err, outbox.ErrPermanent) {
				t.Errorf("permanent: %v", err)
			}
		})
	}
}

func TestAStallWithTLSFromTheFirstByteEndsByTheDeadline(t *testing.T) {
	s := server(t, smtp.Options{Security: smtp.TLS})
	s.Misbehave(smtp.Banner, smtp.Stall())
	m := mailerTo(t, s, mail.TLS, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := m.Send(ctx, jonas, one(), func() error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestACancelledContextEndsADelivery(t *testing.T) {
	s := server(t, smtp.Options{Security: smtp.None})
	s.Misbehave(smtp.Dot, smtp.Stall())
	m := mailerTo(t, s, mail.None, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Send(ctx, jonas, one(), func() error { return nil }) }()
	wait, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if _, err := s.Wait(wait, 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || !errors.Is(err, outbox.ErrUncertain) {
		t.Errorf("got %v", err)
	}
}

func TestALostConnectionIsUncertainOnlyAfterTheDot(t *testing.T) {
	for _, state := range smtp.States() {
		t.Run(string(state), func(t *testing.T) {
			s := server(t, smtp.Options{Passwords: map[string]string{"jonas": "x"}})
			s.Misbehave(state, smtp.Drop())
			m := mailerTo(t, s, mail.StartTLS, func(c *mail.Config) { c.SMTP.Username, c.SMTP.Password = "jonas", secret.New("x") })
			err := m.Send(t.Context(), jonas, one(), func() error { return nil })
			if state == smtp.Quit {
				if err != nil {
					t.Errorf("a delivered mail failed at QUIT: %v", err)
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			uncertain := errors.Is(err, outbox.ErrUncertain)
			// The text is short: it may be in the kernel's buffer with its dot
			// before the connection is cut, and then nobody knows.
			if state != smtp.Text && uncertain != (state == smtp.Dot) {
				t.Errorf("uncertain is %v: %v", uncertain, err)
			}
			if errors.Is(err, outbox.ErrPermanent) {
				t.Errorf("permanent: %v", err)
			}
			if n := len(s.Messages()); n != 0 && state != smtp.Dot {
				t.Errorf("%d messages were taken", n)
			}
		})
	}
}

func TestRefusalsAreClassified(t *testing.T) {
	for _, tc := range []struct {
		name      string
		at        smtp.State
		code      int
		text      string
		permanent bool
		step      mail.Step
		hint      string // part of it
	}{
		{"turned away at the door", smtp.Banner, 554, "5.7.1 go away", false, mail.StepGreeting, "turns this computer away"},
		{"wrong password", smtp.Auth, 535, "5.7.8 bad credentials", false, mail.StepLogin, "check smtp.username"},
		{"login refused for now", smtp.Auth, 454, "4.7.0 later", false, mail.StepLogin, "later"},
		{"a sender that is not ours", smtp.Mail, 550, "5.7.60 not permitted to send as this sender", false, mail.StepSender, "mail.from"},
		{"too many connections", smtp.Mail, 421, "4.3.2 busy", false, mail.StepSender, "later"},
		{"no such user", smtp.Rcpt, 550, "5.1.1 no such user", true, mail.StepRecipient, "correct the contact's address"},
		{"no such user, Exchange Online", smtp.Rcpt, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound", true, mail.StepRecipient, "correct"},
		{"no such user, without enhanced code", smtp.Rcpt, 550, "unknown user", true, mail.StepRecipient, "correct"},
		{"mailbox closed", smtp.Rcpt, 550, "5.2.1 disabled", true, mail.StepRecipient, "correct"},
		{"mailbox full", smtp.Rcpt, 552, "5.2.2 mailbox full", false, mail.StepRecipient, ""},
		{"relay denied", smtp.Rcpt, 554, "5.7.1 Relay access denied", false, mail.StepRecipient, "does not pass on"},
		{"relay denied, without enhanced code", smtp.Rcpt, 550, "relaying denied", false, mail.StepRecipient, "does not pass on"},
		{"login wanted", smtp.Rcpt, 530, "5.7.0 Authentication required", false, mail.StepRecipient, "wants a login"},
		{"greylisting", smtp.Rcpt, 450, "4.2.0 greylisted", false, mail.StepRecipient, "later"},
		{"sender unknown, told at the recipient", smtp.Rcpt, 550, "5.1.8 sender unknown", false, mail.StepRecipient, ""},
		{"no valid recipients", smtp.Data, 554, "5.5.1 no valid recipients", false, mail.StepData, ""},
		{"too large", smtp.Dot, 552, "5.3.4 too large", true, mail.StepAnswer, ""},
		{"content refused", smtp.Dot, 554, "5.6.0 malformed", true, mail.StepAnswer, ""},
		{"policy may change", smtp.Dot, 550, "5.7.1 looks like spam", false, mail.StepAnswer, ""},
		{"send-as denied, told after the text", smtp.Dot, 554, "5.2.252 SendAsDenied; budi@example.lt", false, mail.StepAnswer, "mail.from"},
		{"later, after the text", smtp.Dot, 451, "4.3.0 queue full", false, mail.StepAnswer, "later"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := server(t, smtp.Options{Passwords: map[string]string{"jonas": "x"}})
			s.Misbehave(tc.at, smtp.Reply(tc.code, tc.text))
			m := mailerTo(t, s, mail.StartTLS, func(c *mail.Config) { c.SMTP.Username, c.SMTP.Password = "jonas", secret.New("x") })
			err := m.Send(t.Context(), jonas, one(), func() error { return nil })
			var e *mail.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if got := errors.Is(err, outbox.ErrPermanent); got != tc.permanent {
				t.Errorf("permanent is %v: %v", got, err)
			}
			if errors.Is(err, outbox.ErrUncertain) {
				t.Errorf("a refusal is uncertain: %v", err)
			}
			if e.Step != tc.step || e.Code != tc.code || !strings.Contains(e.Hint, tc.hint) {
				t.Errorf("step %q, code %d, hint %q; want %q, %d, %q", e.Step, e.Code, e.Hint, tc.step, tc.code, tc.hint)
			}
			if !strings.Contains(err.Error(), tc.text) {
				t.Errorf("the server's words are missing: %v", err)
			}
			if len(s.Messages()) != 0 {
				t.Error("the message was taken")
			}
		})
	}
}

func TestATestMailSaysWhatToDo(t *testing.T) {
	closedPort := freeport.TCP(t)
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	denied := tokenServer(t, func(*http.Request) error { return errors.New("secret expired") })

	starttls := server(t, smtp.Options{Passwords: map[string]string{"jonas": "x"}})
	tls := server(t, smtp.Options{Security: smtp.TLS})
	plain := server(t, smtp.Options{Security: smtp.None})
	other := server(t, smtp.Options{CertNames: []string{"mail.example.lt"}})
	for _, tc := range []struct {
		name   string
		server *smtp.Server
		change func(*mail.Config)
		step   mail.Step
		hint   string
	}{
		{"TLS on a port for STARTTLS", starttls, func(c *mail.Config) { c.SMTP.Security = mail.TLS }, mail.StepTLS, "security: starttls"},
		{"STARTTLS on a port for TLS", tls, func(c *mail.Config) { c.SMTP.Timeout = 3 * time.Second }, mail.StepGreeting, "security: tls"},
		{"STARTTLS is not offered", plain, nil, mail.StepTLS, "never sent unencrypted"},
		{"unknown certificate", starttls, func(c *mail.Config) { c.SMTP.CAFile = "" }, mail.StepTLS, "smtp.ca_file"},
		{"certificate for another name", other, nil, mail.StepTLS, "is not for 127.0.0.1"},
		{"wrong password", starttls, func(c *mail.Config) { c.SMTP.Username, c.SMTP.Password = "jonas", secret.New("y") }, mail.StepLogin, "check smtp.username and the password"},
		{"a login is wanted", starttls, nil, mail.StepSender, "wants a login"},
		{"no login is offered", plain, func(c *mail.Config) {
			c.SMTP.Security, c.SMTP.Username, c.SMTP.Password = mail.None, "jonas", secret.New("x")
		}, mail.StepLogin, "auth: none"},
		{"another login is offered", starttls, func(c *mail.Config) {
			c.SMTP.Auth, c.SMTP.Username = mail.AuthXOAuth2, "jonas"
		}, mail.StepLogin, "another kind of login"},
		{"the password's file is gone", starttls, func(c *mail.Config) { c.SMTP.Username, c.SMTP.PasswordFile = "jonas", "/nonexistent/password" }, mail.StepLogin, "must be there and readable"},
		{"the authority's file is gone", starttls, func(c *mail.Config) { c.SMTP.CAFile = "/nonexistent/ca.pem" }, mail.StepTLS, "must be there and readable"},
		{"nobody listens", starttls, func(c *mail.Config) { c.SMTP.Port = closedPort }, mail.StepConnect, "nothing listens"},
		{"the name is not known", starttls, func(c *mail.Config) { c.SMTP.Host = "mail.invalid" }, mail.StepConnect, ""},
		{"a website listens there", starttls, func(c *mail.Config) {
			c.SMTP.Port, c.SMTP.Timeout = web.Listener.Addr().(*net.TCPAddr).Port, 3*time.Second
		}, mail.StepGreeting, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := mailerTo(t, tc.server, mail.StartTLS, tc.change)
			err := m.Test(t.Context(), jonas)
			var e *mail.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Step != tc.step || !strings.Contains(e.Hint, tc.hint) || e.Hint == "" {
				t.Errorf("step %q, hint %q; want %q, %q (%v)", e.Step, e.Hint, tc.step, tc.hint, err)
			}
		})
	}
	t.Run("the token server refuses", func(t *testing.T) {
		s := server(t, smtp.Options{Tokens: map[string]string{"jonas": "x"}})
		m := mailerTo(t, s, mail.StartTLS, func(c *mail.Config) {
			c.SMTP.Auth, c.SMTP.Username = mail.AuthXOAuth2, "jonas"
			c.SMTP.OAuth2 = mail.OAuth2{TokenURL: denied.URL, ClientID: "app", ClientSecret: secret.New("s3cret"), Scopes: []string{"x"}}
		})
		err := m.Test(t.Context(), jonas)
		var e *mail.Error
		if !errors.As(err, &e) || e.Step != mail.StepToken || !strings.Contains(e.Hint, "client secret") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("all is well", func(t *testing.T) {
		if err := mailerTo(t, starttls, mail.StartTLS, func(c *mail.Config) { c.SMTP.Username, c.SMTP.Password = "jonas", secret.New("x") }).Test(t.Context(), jonas); err != nil {
			t.Fatal(err)
		}
		if got := starttls.Messages(); len(got) != 1 || !strings.Contains(got[0].Subject(), "Bandymas") {
			t.Errorf("got %+v", got)
		}
	})
}

func TestAServerThatNeverStopsTalkingIsLeft(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		line := []byte("220-" + strings.Repeat("x", 4000)) // never a line's end
		for {
			if _, err := c.Write(line); err != nil {
				return
			}
		}
	}()
	m := mailer(t, func(c *mail.Config, _ *mail.Options) {
		c.SMTP = mail.SMTP{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: mail.None}
	})
	err = m.Test(t.Context(), jonas)
	var e *mail.Error
	if !errors.As(err, &e) || !strings.Contains(e.Hint, "not a mail server") || len(err.Error()) > 2000 {
		t.Errorf("got %v", err)
	}
}

func TestTheMailServersMaintenanceIsSurvived(t *testing.T) {
	s := server(t, smtp.Options{})
	m := mailerTo(t, s, mail.StartTLS, nil)
	if err := s.Refuse(); err != nil {
		t.Fatal(err)
	}
	err := m.Send(t.Context(), jonas, one(), func() error { t.Error("committed"); return nil })
	if err == nil || errors.Is(err, outbox.ErrPermanent) || errors.Is(err, outbox.ErrUncertain) {
		t.Errorf("during maintenance: %v", err)
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := m.Send(t.Context(), jonas, one(), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
}
