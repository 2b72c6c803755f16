package smtp

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// conn stands between the client and the protocol's library: it sees each line
// of the client before the library does, makes the TLS handshakes itself, and
// misbehaves where it is told to.
type conn struct {
	s    *Server
	raw  net.Conn
	gone chan struct{} // closed by Close
	once sync.Once

	mu     sync.Mutex // guards cur and r across the upgrade to TLS
	cur    net.Conn
	secure bool

	// Touched only by the library's goroutine for this connection.
	r       *bufio.Reader
	pending []byte
	expect  expect
	first   bool // the next line of text is the first
	greeted bool
}

type expect int

const (
	command expect = iota
	secretLine
	messageText
)

const maxLine = 64 << 10

func newConn(s *Server, raw net.Conn) *conn {
	return &conn{s: s, raw: raw, cur: raw, gone: make(chan struct{})}
}

// Close ends the connection; a stalled state ends too.
func (c *conn) Close() error {
	c.once.Do(func() { close(c.gone) })
	c.s.remove(c)
	return c.raw.Close()
}

func (c *conn) LocalAddr() net.Addr                { return c.raw.LocalAddr() }
func (c *conn) RemoteAddr() net.Addr               { return c.raw.RemoteAddr() }
func (c *conn) SetDeadline(t time.Time) error      { return c.raw.SetDeadline(t) }
func (c *conn) SetReadDeadline(t time.Time) error  { return c.raw.SetReadDeadline(t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.raw.SetWriteDeadline(t) }

func (c *conn) isTLS() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.secure
}

func (c *conn) wire() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cur
}

// misbehave plays the fault at a state. It returns true when the state's
// normal course must not follow, with the error to end the connection with.
func (c *conn) misbehave(at State) (handled bool, err error) {
	f, ok := c.s.faultAt(at)
	if !ok {
		return false, nil
	}
	switch f.kind {
	case stall:
		select {
		case <-f.lifted:
			return false, nil
		case <-c.gone:
		case <-c.s.done:
		}
		return true, net.ErrClosed
	case reply:
		if at == Text || at == Handshake || (at == Banner && c.s.opts.Security == TLS && !c.isTLS()) {
			break
		}
		_, err := fmt.Fprintf(c.wire(), "%d %s\r\n", f.code, f.text)
		return true, err
	}
	_ = c.Close()
	return true, net.ErrClosed
}

// start plays what comes before the greeting.
func (c *conn) start() (swallow bool, err error) {
	handled, err := c.misbehave(Banner)
	if err != nil {
		return true, err
	}
	if c.s.opts.Security == TLS {
		if err := c.upgrade(); err != nil {
			return true, err
		}
	}
	return handled, nil
}

func (c *conn) upgrade() error {
	t := tls.Server(c.raw, c.s.tlsConfig())
	if err := t.Handshake(); err != nil {
		_ = c.Close()
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cur, c.secure = t, true
	c.r = bufio.NewReaderSize(t, maxLine)
	return nil
}

// Write passes the library's answers on. The library writes one line at a time.
func (c *conn) Write(p []byte) (int, error) {
	if !c.greeted {
		c.greeted = true
		if swallow, err := c.start(); err != nil || swallow {
			return len(p), err
		}
	}
	if c.isTLS() && bytes.HasPrefix(p, []byte("250-STARTTLS")) {
		return len(p), nil // no TLS within TLS
	}
	switch {
	case bytes.HasPrefix(p, []byte("334 ")):
		c.expect = secretLine
	case bytes.HasPrefix(p, []byte("354 ")):
		c.expect, c.first = messageText, true
	}
	return c.wire().Write(p)
}

// Read hands the client's next line to the library.
func (c *conn) Read(p []byte) (int, error) {
	for len(c.pending) == 0 {
		line, err := c.readLine()
		if err != nil {
			return 0, err
		}
		forward, err := c.inspect(line)
		if err != nil {
			return 0, err
		}
		c.pending = forward
	}
	n := copy(p, c.pending)
	c.pending = c.pending[n:]
	return n, nil
}

func (c *conn) readLine() ([]byte, error) {
	if c.r == nil {
		c.r = bufio.NewReaderSize(c.raw, maxLine)
	}
	line, err := c.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		err = nil // a very long line goes on in pieces
	}
	if err != nil && len(line) == 0 {
		return nil, err
	}
	return bytes.Clone(line), nil
}

// inspect looks at a line and returns what the library shall see of it.
func (c *conn) inspect(line []byte) ([]byte, error) {
	switch c.expect {
	case messageText:
		if c.first {
			c.first = false
			if handled, err := c.misbehave(Text); handled {
				return nil, cutOr(err)
			}
		}
		if string(line) == ".\r\n" || string(line) == ".\n" {
			c.expect = command
		}
		return line, nil
	case secretLine:
		c.expect = command
		c.s.logCommand("<secret>")
		return line, nil
	}

	text := strings.TrimRight(string(line), "\r\n")
	verb, _, _ := strings.Cut(strings.ToUpper(text), " ")
	if verb == "AUTH" {
		fields := strings.Fields(text)
		c.s.logCommand(strings.Join(fields[:min(2, len(fields))], " "))
	} else {
		c.s.logCommand(text)
	}
	at, known := map[string]State{
		"EHLO": Hello, "HELO": Hello, "STARTTLS": Upgrade, "AUTH": Auth,
		"MAIL": Mail, "RCPT": Rcpt, "DATA": Data, "QUIT": Quit,
	}[verb]
	if !known {
		return line, nil
	}
	if handled, err := c.misbehave(at); handled {
		return nil, err
	}
	if at != Upgrade || c.s.opts.Security != StartTLS || c.isTLS() {
		return line, nil
	}
	if _, err := io.WriteString(c.raw, "220 2.0.0 Ready to start TLS\r\n"); err != nil {
		return nil, err
	}
	if handled, err := c.misbehave(Handshake); handled {
		return nil, cutOr(err)
	}
	// The library never hears of the upgrade: the client says EHLO again,
	// which resets its state.
	return nil, c.upgrade()
}

func cutOr(err error) error {
	if err == nil {
		return net.ErrClosed
	}
	return err
}
