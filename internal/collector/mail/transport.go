package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	gosmtp "github.com/wneessen/go-mail/smtp"

	"github.com/budi-monitor/budi/internal/collector/outbox"
)

// The library's own client (gomail.Client) is not used: when writing the text
// fails it says QUIT on the same connection, for which net/textproto first
// ends the text with the final dot, and the half of a mail is delivered. Its
// package smtp below that gives each step to the caller, and a connection that
// is cut without the dot delivers nothing (RFC 5321, section 4.1.1.4).

// quitTime bounds QUIT: the mail is delivered by then, and nobody waits.
const quitTime = 2 * time.Second

// maxAnswers bounds what a server may say during one delivery, in bytes.
const maxAnswers = 1 << 20

// transmit delivers data to one recipient. Errors are of type *Error, except
// that commit's own error comes back as it is.
func (m *Mailer) transmit(ctx context.Context, to string, data []byte, commit func() error) error {
	ctx, cancel := context.WithTimeout(ctx, m.cfg.SMTP.Timeout)
	defer cancel()
	conn, err := m.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// Deadlines hold in every state: the connection's own, moved into the past
	// when the context ends before it.
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return m.fail(ctx, StepConnect, err)
		}
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	c, err := m.open(ctx, conn)
	if err != nil {
		return err
	}
	c.SkipSMTPUTF8(isASCII(to) && isASCII(m.from.Address))
	if err := c.Mail("<" + m.from.Address + ">"); err != nil {
		return m.fail(ctx, StepSender, err)
	}
	if err := c.Rcpt("<" + to + ">"); err != nil {
		return m.fail(ctx, StepRecipient, err)
	}
	w, err := c.Data()
	if err != nil {
		return m.fail(ctx, StepData, err)
	}
	// From here on the server may deliver although we fail: once the dot is out.
	if err := commit(); err != nil {
		return err // the connection closes without the dot
	}
	if _, err := w.Write(data); err != nil {
		return m.fail(ctx, StepText, err)
	}
	if err := w.Close(); err != nil && !accepted(err) {
		return m.fail(ctx, StepAnswer, err)
	}
	// The server has taken responsibility. QUIT is politeness.
	if stop() {
		_ = conn.SetDeadline(time.Now().Add(quitTime))
	}
	_ = c.Quit()
	return nil
}

// dial connects, with TLS where the configuration says so.
func (m *Mailer) dial(ctx context.Context) (net.Conn, error) {
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", m.server())
	if err != nil {
		return nil, m.fail(ctx, StepConnect, err)
	}
	conn := net.Conn(&boundedConn{Conn: raw, left: maxAnswers})
	if m.cfg.SMTP.Security != TLS {
		return conn, nil
	}
	cfg, err := m.tlsConfig()
	if err != nil {
		_ = raw.Close()
		return nil, m.fail(ctx, StepTLS, err)
	}
	t := tls.Client(conn, cfg)
	if err := t.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, m.fail(ctx, StepTLS, err)
	}
	return t, nil
}

// open speaks the protocol up to the login.
func (m *Mailer) open(ctx context.Context, conn net.Conn) (*gosmtp.Client, error) {
	c, err := gosmtp.NewClient(conn, m.cfg.SMTP.Host)
	if err != nil {
		return nil, m.fail(ctx, StepGreeting, err)
	}
	if err := c.Hello(m.hello); err != nil {
		return nil, m.fail(ctx, StepHello, err)
	}
	if m.cfg.SMTP.Security == StartTLS {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return nil, m.fail(ctx, StepTLS, errNoStartTLS)
		}
		cfg, err := m.tlsConfig()
		if err != nil {
			return nil, m.fail(ctx, StepTLS, err)
		}
		if err := c.StartTLS(cfg); err != nil {
			return nil, m.fail(ctx, StepTLS, err)
		}
	}
	if m.cfg.SMTP.Auth == AuthNone {
		return c, nil
	}
	return c, m.login(ctx, c)
}

func (m *Mailer) login(ctx context.Context, c *gosmtp.Client) error {
	s := m.cfg.SMTP
	ok, offered := c.Extension("AUTH")
	if !ok {
		return m.fail(ctx, StepLogin, errNoAuth)
	}
	offers := func(mechanism string) bool {
		return slices.Contains(strings.Fields(strings.ToUpper(offered)), mechanism)
	}
	if s.Auth == AuthXOAuth2 {
		if !offers("XOAUTH2") {
			return m.fail(ctx, StepLogin, fmt.Errorf("%w: it offers %s", errNoXOAuth2, offered))
		}
		token, err := m.tokens.token(ctx)
		if err != nil {
			return m.fail(ctx, StepToken, err)
		}
		if err := c.Auth(gosmtp.XOAuth2Auth(s.Username, token.Reveal())); err != nil {
			m.tokens.forget(ctx)
			return m.fail(ctx, StepLogin, err)
		}
		return nil
	}
	password, err := readSecret(s.Password, s.PasswordFile)
	if err != nil {
		return m.fail(ctx, StepLogin, err)
	}
	// Unencrypted only on the loopback: Validate lets nothing else through.
	plaintext := s.Security == None && isLoopback(s.Host)
	var auth gosmtp.Auth
	switch {
	case offers("PLAIN"):
		auth = gosmtp.PlainAuth("", s.Username, password.Reveal(), s.Host, plaintext)
	case offers("LOGIN"):
		auth = gosmtp.LoginAuth(s.Username, password.Reveal(), s.Host, plaintext)
	default:
		return m.fail(ctx, StepLogin, fmt.Errorf("%w: it offers %s", errNoPassword, offered))
	}
	if err := c.Auth(auth); err != nil {
		return m.fail(ctx, StepLogin, err)
	}
	return nil
}

func (m *Mailer) tlsConfig() (*tls.Config, error) {
	cfg := &tls.Config{ServerName: m.cfg.SMTP.Host, MinVersion: tls.VersionTLS12}
	if m.cfg.SMTP.CAFile != "" {
		pool, err := loadCA(m.cfg.SMTP.CAFile)
		if err != nil {
			return nil, err
		}
		cfg.RootCAs = pool
	}
	return cfg, nil
}

func (m *Mailer) server() string {
	return net.JoinHostPort(m.cfg.SMTP.Host, strconv.Itoa(m.cfg.SMTP.Port))
}

// fail makes the error of a step. Where the context is what ended it, the
// error says so too; the connection's deadline is the context's, and may strike
// a moment earlier.
func (m *Mailer) fail(ctx context.Context, step Step, err error) error {
	var answer *textproto.Error
	cause := ctx.Err()
	if cause == nil && errors.Is(err, os.ErrDeadlineExceeded) {
		cause = context.DeadlineExceeded
	}
	if cause != nil && !errors.As(err, &answer) && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	e := &Error{Step: step, Server: m.server(), err: err}
	if errors.As(err, &answer) {
		e.Code, e.Text = answer.Code, clip(answer.Msg)
	}
	e.class = e.classify()
	e.Advice, e.Hint = m.hint(e)
	if step == StepAnswer && e.Code == 0 {
		e.class = outbox.ErrUncertain
	}
	return e
}

// accepted reports whether what the library takes for an error is an unusual
// way to say yes: any answer that begins with 2 (RFC 5321, section 4.2.1).
func accepted(err error) bool {
	var answer *textproto.Error
	return errors.As(err, &answer) && answer.Code/100 == 2
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 })
}

// boundedConn ends a connection over which too much comes: answers are short,
// and the library would collect an endless line in memory.
type boundedConn struct {
	net.Conn
	left int
}

var errTooMuch = errors.New("the server says too much")

func (b *boundedConn) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuch
	}
	if len(p) > b.left {
		p = p[:b.left]
	}
	n, err := b.Conn.Read(p)
	b.left -= n
	return n, err
}
