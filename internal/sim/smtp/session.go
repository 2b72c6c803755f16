package smtp

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"io"
	"net"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
)

// session is one client's conversation, as the library drives it.
type session struct {
	s    *Server
	c    *conn
	user string
	from string
	to   []string
}

func (s *Server) newSession(c *gosmtp.Conn) (gosmtp.Session, error) {
	own, ok := c.Conn().(*conn)
	if !ok {
		return nil, fmt.Errorf("connection of type %T is not ours", c.Conn())
	}
	return &session{s: s, c: own}, nil
}

func (x *session) needsLogin() bool {
	return len(x.s.opts.Passwords) > 0 || len(x.s.opts.Tokens) > 0
}

// AuthMechanisms offers nothing before TLS where there will be TLS, as careful
// servers do.
func (x *session) AuthMechanisms() []string {
	if x.s.opts.Security == StartTLS && !x.c.isTLS() {
		return nil
	}
	return x.s.opts.Mechanisms
}

func (x *session) Auth(mech string) (sasl.Server, error) {
	if !slices.Contains(x.AuthMechanisms(), mech) {
		return nil, gosmtp.ErrAuthUnknownMechanism
	}
	switch mech {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, password string) error {
			return x.check(x.s.opts.Passwords, user, password)
		}), nil
	case sasl.Login:
		return &loginServer{check: func(user, password string) error {
			return x.check(x.s.opts.Passwords, user, password)
		}}, nil
	case "XOAUTH2":
		return &xoauth2Server{check: func(user, token string) error {
			return x.check(x.s.opts.Tokens, user, token)
		}}, nil
	}
	return nil, gosmtp.ErrAuthUnknownMechanism
}

func (x *session) check(secrets map[string]string, user, secret string) error {
	want, ok := secrets[user]
	if !ok || subtle.ConstantTimeCompare([]byte(want), []byte(secret)) != 1 {
		return gosmtp.ErrAuthFailed
	}
	x.user = user
	return nil
}

func (x *session) Mail(from string, _ *gosmtp.MailOptions) error {
	if x.needsLogin() && x.user == "" {
		return &gosmtp.SMTPError{Code: 530, EnhancedCode: gosmtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	x.from = from
	return nil
}

func (x *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	x.to = append(x.to, to)
	return nil
}

func (x *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m := Message{From: x.from, To: slices.Clone(x.to), Data: data, User: x.user, TLS: x.c.isTLS(), Time: time.Now()}
	if parsed, err := mail.ReadMessage(bytes.NewReader(data)); err == nil {
		m.Header = parsed.Header
	}

	f, ok := x.s.faultAt(Dot)
	if !ok {
		x.s.accept(m)
		return nil
	}
	if f.kind == reply {
		return refusal(f.code, f.text)
	}
	if !f.lose {
		x.s.accept(m)
	}
	if f.kind == stall {
		select {
		case <-f.lifted:
			if f.lose {
				x.s.accept(m)
			}
			return nil
		case <-x.c.gone:
		case <-x.s.done:
		}
	}
	_ = x.c.Close()
	return net.ErrClosed
}

// refusal splits "5.1.1 no such user" into what the library wants.
func refusal(code int, text string) error {
	e := &gosmtp.SMTPError{Code: code, EnhancedCode: gosmtp.NoEnhancedCode, Message: text}
	var a, b, c int
	if n, _ := fmt.Sscanf(text, "%d.%d.%d ", &a, &b, &c); n == 3 {
		_, rest, _ := strings.Cut(text, " ")
		e.EnhancedCode, e.Message = gosmtp.EnhancedCode{a, b, c}, rest
	}
	return e
}

func (x *session) Reset()        { x.from, x.to = "", nil }
func (x *session) Logout() error { return nil }

// loginServer is the server's side of AUTH LOGIN
// (draft-murchison-sasl-login-00).
type loginServer struct {
	check func(user, password string) error
	step  int
	user  string
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil {
		return []byte("Username:"), false, nil
	}
	l.step++
	if l.step == 1 {
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

// xoauth2Server is the server's side of XOAUTH2: a wrong token is answered
// with a challenge that says why, and refused after the client's empty line.
type xoauth2Server struct {
	check  func(user, token string) error
	failed error
}

func (o *xoauth2Server) Next(response []byte) (challenge []byte, done bool, err error) {
	if o.failed != nil {
		return nil, false, o.failed
	}
	if response == nil {
		return []byte{}, false, nil
	}
	var user, token string
	for field := range strings.SplitSeq(string(response), "\x01") {
		if v, ok := strings.CutPrefix(field, "user="); ok {
			user = v
		}
		if v, ok := strings.CutPrefix(field, "auth=Bearer "); ok {
			token = v
		}
	}
	if o.failed = o.check(user, token); o.failed != nil {
		return []byte(`{"status":"401","schemes":"bearer"}`), false, nil
	}
	return nil, true, nil
}
