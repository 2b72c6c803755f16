// Package pjlink asks projectors and displays over PJLink (JBMIA), classes 1 and
// 2: over TCP, a line for each question and each answer. It only asks; nothing in
// it switches anything. It knows no device: that is package device's.
//
// Every method ends with its context, and every answer is bounded, whatever the
// other side sends. Most projectors talk to one client at a time and drop it after
// 30 seconds of silence: connect, ask everything, close.
package pjlink

import (
	"bufio"
	"cmp"
	"context"
	"crypto/md5" //nolint:gosec // the specification demands it
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/secret"
)

// DefaultPort is where projectors listen.
const DefaultPort = 4352

// DefaultTimeout bounds the wait for one answer. The specification gives
// projectors 2 seconds; some need longer while they warm up.
const DefaultTimeout = 5 * time.Second

// Errors of a connection. After one of them nothing more is to be had from it.
var (
	ErrNoAnswer = errors.New("no answer")
	ErrPassword = errors.New("wrong password") // also where there is one and none was given
	ErrBusy     = errors.New("the projector talks to somebody else")
	ErrNonsense = errors.New("the answer makes no sense")
)

// Answers that are no values. The connection lives on.
var (
	ErrUndefined   = errors.New("the projector does not know the command (ERR1)")
	ErrParameter   = errors.New("the parameter is out of range (ERR2)")
	ErrUnavailable = errors.New("the projector cannot tell now (ERR3)") // in standby, for many
	ErrFailure     = errors.New("the projector has failed (ERR4)")
)

// Target is a projector.
type Target struct {
	Host     string // name or address
	Port     uint16 // 0: DefaultPort
	Password secret.String
	Timeout  time.Duration // of one answer, and of connecting; 0: DefaultTimeout
}

// Client is a connection to one projector. It is used by one goroutine at a time.
type Client struct {
	conn    net.Conn
	in      *bufio.Reader
	timeout time.Duration
	digest  string // goes before the first command, once
}

// Bounds of what is read.
const (
	maxLine  = 256 // bytes; the specification allows 136 of an answer
	maxSkips = 4   // lines that answer something else, before the one that was asked for
)

// Dial connects and reads the greeting. The password is checked by the projector
// with the first question, not here. The caller closes the Client.
func Dial(ctx context.Context, t Target) (*Client, error) {
	timeout := cmp.Or(t.Timeout, DefaultTimeout)
	address := net.JoinHostPort(t.Host, strconv.Itoa(int(cmp.Or(t.Port, DefaultPort))))
	dialer := net.Dialer{Timeout: timeout, KeepAlive: -1}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w: %w", address, ErrNoAnswer, err)
	}
	c := &Client{conn: conn, in: bufio.NewReaderSize(conn, maxLine), timeout: timeout}
	if err := c.greet(ctx, t.Password); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("greet %s: %w", address, err)
	}
	return c, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// greet reads the projector's first line. One that talks to somebody else
// refuses, hangs up or says nothing; the first is not told from one that is off.
func (c *Client) greet(ctx context.Context, password secret.String) error {
	var line string
	err := c.within(ctx, func() (err error) {
		line, err = c.line()
		return err
	})
	if errors.Is(err, ErrNoAnswer) && ctx.Err() == nil {
		return fmt.Errorf("%w: it took the connection and said nothing: %w", ErrBusy, err)
	}
	if err != nil {
		return err
	}
	c.digest, err = parseGreeting(line, password.Reveal())
	return err
}

// parseGreeting returns what goes before the first command: nothing, or the MD5
// digest of the projector's random number and the password, as the specification
// demands. It protects little: MD5 is weak, and the rest goes in the clear.
func parseGreeting(line, password string) (string, error) {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	rest = strings.TrimSpace(rest)
	if !strings.EqualFold(word, "PJLINK") {
		return "", fmt.Errorf("%w: %.40q is no greeting", ErrNonsense, line)
	}
	level, random, _ := strings.Cut(rest, " ")
	random = strings.TrimSpace(random)
	switch {
	case level == "0":
		return "", nil
	case strings.EqualFold(level, "ERRA"): // it refuses us before we said anything: too many wrong passwords
		return "", ErrPassword
	case level == "2":
		return "", fmt.Errorf("%w: it wants the password by SHA-256 (PJLink 2.10), which is not supported; set its security to MD5", ErrPassword)
	case level != "1" || random == "":
		return "", fmt.Errorf("%w: %.40q is no greeting", ErrNonsense, line)
	case password == "":
		return "", fmt.Errorf("%w: it has one, and none was given", ErrPassword)
	}
	sum := md5.Sum([]byte(random + password)) //nolint:gosec // the specification demands it
	return hex.EncodeToString(sum[:]), nil
}

// ask puts one question and returns the value of the answer. The parameter is
// nearly always empty.
func (c *Client) ask(ctx context.Context, class int, command, parameter string) (string, error) {
	var value string
	err := c.within(ctx, func() (err error) {
		if _, err = fmt.Fprintf(c.conn, "%s%%%d%s ?%s\r", c.digest, class, command, parameter); err != nil {
			return fmt.Errorf("%w: %w", ErrNoAnswer, err)
		}
		c.digest = ""
		for range maxSkips {
			line, err := c.line()
			if err != nil {
				return err
			}
			var mine bool
			if value, mine, err = parseAnswer(line, command); mine || err != nil {
				return err
			}
		}
		return fmt.Errorf("%w: %d lines that answer nothing asked for", ErrNonsense, maxSkips)
	})
	if err != nil {
		return "", fmt.Errorf("ask %s: %w", command, err)
	}
	return value, nil
}

// parseAnswer reads a line. It is not mine when it answers another command: one
// that was slower than the patience of whoever asked before us.
func parseAnswer(line, command string) (value string, mine bool, err error) {
	if word, rest, _ := strings.Cut(line, " "); strings.EqualFold(word, "PJLINK") {
		if strings.EqualFold(strings.TrimSpace(rest), "ERRA") {
			return "", false, ErrPassword
		}
		return "", false, fmt.Errorf("%w: %.40q", ErrNonsense, line)
	}
	// %1POWR=1. Some answer a question of class 2 as one of class 1.
	head, value, found := strings.Cut(line, "=")
	if !found || len(head) != 6 || head[0] != '%' || head[1] < '1' || head[1] > '9' {
		return "", false, fmt.Errorf("%w: %.40q", ErrNonsense, line)
	}
	if !strings.EqualFold(head[2:], command) {
		return "", false, nil
	}
	switch strings.ToUpper(strings.TrimSpace(value)) {
	case "ERR1":
		return "", true, ErrUndefined
	case "ERR2":
		return "", true, ErrParameter
	case "ERR3":
		return "", true, ErrUnavailable
	case "ERR4":
		return "", true, ErrFailure
	case "ERRA":
		return "", true, ErrPassword
	}
	return value, true, nil
}

// line reads one line without its end. The specification ends lines with CR; some
// send CR LF or LF.
func (c *Client) line() (string, error) {
	var line []byte
	for range 2 * maxLine {
		b, err := c.in.ReadByte()
		switch {
		case err != nil && len(line) > 0 && errors.Is(err, io.EOF):
			return "", fmt.Errorf("%w: %.40q ends without an end of line", ErrNonsense, line)
		case err != nil:
			return "", fmt.Errorf("%w: %w", ErrNoAnswer, err)
		case b != '\r' && b != '\n':
			line = append(line, b)
		case len(line) > 0:
			return string(line), nil
		}
		if len(line) > maxLine {
			break
		}
	}
	return "", fmt.Errorf("%w: a line of more than %d bytes", ErrNonsense, maxLine)
}

// within runs an exchange that ends with the context and after the timeout.
func (c *Client) within(ctx context.Context, exchange func() error) error {
	deadline := time.Now().Add(c.timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := c.conn.SetDeadline(deadline); err != nil {
		return fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(time.Unix(1, 0)) })
	err := exchange()
	stop()
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", err, ctx.Err())
	}
	return err
}
