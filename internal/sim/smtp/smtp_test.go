package smtp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	netsmtp "net/smtp"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/sim/freeport"
	"github.com/budi-monitor/budi/internal/sim/smtp"
)

func start(t *testing.T, o smtp.Options) *smtp.Server {
	t.Helper()
	s, err := smtp.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func trust(t *testing.T, s *smtp.Server) *tls.Config {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(s.CAPEM()) {
		t.Fatal("no certificate in CAPEM")
	}
	return &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
}

// client dials with a deadline, so that a broken server fails the test.
func client(t *testing.T, s *smtp.Server) *netsmtp.Client {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	c, err := netsmtp.NewClient(conn, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const text = "Subject: =?utf-8?q?Sveiki_=C5=BEmon=C4=97s?=\r\nMessage-ID: <a@b>\r\n" +
	"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n.viena\r\n" +
	"--x\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p class=3D\"a\">\r\n--x--\r\n"

func send(c *netsmtp.Client) error {
	if err := c.Mail("from@example.lt"); err != nil {
		return err
	}
	if err := c.Rcpt("to@example.lt"); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	return w.Close()
}

func TestServerTakesAMessageAfterSTARTTLSAndLogin(t *testing.T) {
	s := start(t, smtp.Options{Passwords: map[string]string{"jonas": "slaptas"}})
	c := client(t, s)
	if ok, _ := c.Extension("AUTH"); ok {
		t.Error("AUTH is offered before TLS")
	}
	if err := c.StartTLS(trust(t, s)); err != nil {
		t.Fatal(err)
	}
	if ok, _ := c.Extension("STARTTLS"); ok {
		t.Error("STARTTLS is offered within TLS")
	}
	if err := c.Mail("x@example.lt"); err == nil || !strings.Contains(err.Error(), "530") {
		t.Errorf("MAIL before the login: got %v, want 530", err)
	}
	if err := c.Auth(netsmtp.PlainAuth("", "jonas", "slaptas", "127.0.0.1")); err != nil {
		t.Fatal(err)
	}
	if err := send(c); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got, err := s.Wait(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	m := got[0]
	if m.From != "from@example.lt" || m.To[0] != "to@example.lt" || m.User != "jonas" || !m.TLS || m.ID() != "a@b" || m.Subject() != "Sveiki žmonės" {
		t.Errorf("got %+v, subject %q", m, m.Subject())
	}
	if p, err := m.Part("text/plain"); err != nil || p != ".viena" {
		t.Errorf("plain part %q, %v", p, err)
	}
	if p, err := m.Part("text/html"); err != nil || p != `<p class="a">` {
		t.Errorf("HTML part %q, %v", p, err)
	}
	for _, line := range s.Commands() {
		if strings.Contains(line, "slaptas") || strings.HasPrefix(line, "AUTH PLAIN ") {
			t.Errorf("the log of commands has the secret: %q", line)
		}
	}
}

func TestServerSpeaksTLSFromTheFirstByte(t *testing.T) {
	s := start(t, smtp.Options{Security: smtp.TLS})
	conn, err := tls.Dial("tcp", s.Addr(), trust(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c, err := netsmtp.NewClient(conn, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	if err := send(c); err != nil {
		t.Fatal(err)
	}
	if m := s.Messages(); len(m) != 1 || !m[0].TLS {
		t.Errorf("got %+v", m)
	}
}

func TestServerRefusesAsToldAndAsManyTimes(t *testing.T) {
	s := start(t, smtp.Options{Security: smtp.None})
	s.Misbehave(smtp.Rcpt, smtp.Reply(550, "5.1.1 no such user").Times(1))
	c := client(t, s)
	var te *textproto.Error
	if err := send(c); !errors.As(err, &te) || te.Code != 550 || te.Msg != "5.1.1 no such user" {
		t.Fatalf("first: got %v, want 550 5.1.1", err)
	}
	if err := c.Reset(); err != nil {
		t.Fatal(err)
	}
	if err := send(c); err != nil {
		t.Fatalf("second: %v", err)
	}
	s.Misbehave(smtp.Dot, smtp.Reply(451, "4.3.0 later"))
	if err := send(c); !errors.As(err, &te) || te.Code != 451 {
		t.Fatalf("at the dot: got %v, want 451", err)
	}
	if n := len(s.Messages()); n != 1 {
		t.Errorf("%d messages were taken, want 1", n)
	}
}

func TestDropAtTheDotHasAcceptedUnlessItLoses(t *testing.T) {
	s := start(t, smtp.Options{Security: smtp.None})
	s.Misbehave(smtp.Dot, smtp.Drop())
	if err := send(client(t, s)); err == nil {
		t.Error("the answer came")
	}
	if n := len(s.Messages()); n != 1 {
		t.Errorf("%d messages were taken, want 1", n)
	}
	s.Misbehave(smtp.Dot, smtp.Drop().Losing())
	if err := send(client(t, s)); err == nil {
		t.Error("the answer came")
	}
	if n := len(s.Messages()); n != 1 {
		t.Errorf("%d messages were taken, want still 1", n)
	}
}

func TestAStallEndsWhenTheServerBehavesAgain(t *testing.T) {
	s := start(t, smtp.Options{Security: smtp.None})
	c := client(t, s)
	s.Misbehave(smtp.Mail, smtp.Stall())
	answer := make(chan error, 1)
	go func() { answer <- send(c) }()
	deadline := time.Now().Add(time.Minute)
	for !strings.Contains(strings.Join(s.Commands(), "\n"), "MAIL") && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-answer:
		t.Fatalf("the server answered while stalled: %v", err)
	default:
	}
	s.Behave()
	if err := <-answer; err != nil {
		t.Fatal(err)
	}
}

func TestTheAnswerWaitsForTheHook(t *testing.T) {
	s := start(t, smtp.Options{Security: smtp.None})
	seen, release := make(chan smtp.Message), make(chan struct{})
	s.OnMessage(func(m smtp.Message) { seen <- m; <-release })
	c := client(t, s)
	answer := make(chan error, 1)
	go func() { answer <- send(c) }()
	if m := <-seen; m.ID() != "a@b" {
		t.Errorf("the hook got %+v", m)
	}
	select {
	case err := <-answer:
		t.Fatalf("the server answered before the hook returned: %v", err)
	default:
	}
	close(release)
	if err := <-answer; err != nil {
		t.Fatal(err)
	}
}

func TestMaintenanceRefusesAndComesBackOnTheSamePort(t *testing.T) {
	// Not a port of the system's choice: meanwhile it may choose it for another.
	s := start(t, smtp.Options{Addr: freeport.Addr(t), Security: smtp.None})
	open := client(t, s)
	if err := s.Refuse(); err != nil {
		t.Fatal(err)
	}
	if err := open.Noop(); err == nil {
		t.Error("an open connection survived")
	}
	if c, err := net.Dial("tcp", s.Addr()); err == nil {
		_ = c.Close()
		t.Error("a new connection was taken")
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := send(client(t, s)); err != nil {
		t.Fatal(err)
	}
}
