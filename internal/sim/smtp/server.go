// Package smtp is a small real SMTP server for tests, the demonstration and
// load: it takes mail over plain text, STARTTLS or TLS, checks passwords and
// OAuth tokens, keeps what it accepted, and can misbehave in every state of
// the protocol. It is no mail server to run: it delivers nothing, and keeps
// everything in memory. Only tests and the demonstration import it.
package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"sync"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/budi-monitor/budi/internal/sim/freeport"
)

// Security says how a connection is encrypted.
type Security string

// The kinds of security.
const (
	StartTLS Security = "starttls" // plain text until the client asks for TLS
	TLS      Security = "tls"      // TLS from the first byte
	None     Security = "none"
)

// Options describe a server. The zero value takes mail from anybody on a free
// port of the loopback with STARTTLS.
type Options struct {
	Addr     string   // default "127.0.0.1:0"
	Security Security // default StartTLS

	// Passwords and Tokens (user → secret) make a login necessary; Tokens are
	// OAuth access tokens for XOAUTH2.
	Passwords map[string]string
	Tokens    map[string]string
	// Mechanisms are those offered; by default what the secrets allow: PLAIN
	// and LOGIN, XOAUTH2.
	Mechanisms []string

	// CertNames are the names in the certificate; by default localhost,
	// 127.0.0.1 and ::1.
	CertNames []string

	// Keep bounds the messages that are kept to the newest; 0: all.
	Keep int

	OnMessage func(Message) // see Server.OnMessage
}

// Server is a running server. Its methods are safe for concurrent use.
type Server struct {
	opts  Options
	cert  tls.Certificate
	caPEM []byte
	inner *gosmtp.Server
	queue chan net.Conn // connections on their way to inner
	done  chan struct{} // closed by Close

	accepting sync.WaitGroup
	serving   sync.WaitGroup

	mu        sync.Mutex
	addr      string
	listener  net.Listener // nil while refusing
	conns     map[*conn]struct{}
	faults    map[State]*fault
	messages  []Message
	changed   chan struct{} // closed and replaced when messages grows
	commands  []string
	onMessage func(Message)
	closed    bool
}

// maxCommands bounds the log of commands; older ones fall out.
const maxCommands = 10_000

// Start listens and serves until Close.
func Start(o Options) (*Server, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Security == "" {
		o.Security = StartTLS
	}
	if o.CertNames == nil {
		o.CertNames = []string{"localhost", "127.0.0.1", "::1"}
	}
	if o.Mechanisms == nil {
		if len(o.Passwords) > 0 {
			o.Mechanisms = append(o.Mechanisms, "PLAIN", "LOGIN")
		}
		if len(o.Tokens) > 0 {
			o.Mechanisms = append(o.Mechanisms, "XOAUTH2")
		}
	}
	caPEM, cert, err := newCertificate(o.CertNames)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	s := &Server{
		opts: o, cert: cert, caPEM: caPEM,
		queue: make(chan net.Conn), done: make(chan struct{}),
		conns: map[*conn]struct{}{}, faults: map[State]*fault{}, changed: make(chan struct{}),
		onMessage: o.OnMessage,
	}
	s.inner = gosmtp.NewServer(gosmtp.BackendFunc(s.newSession))
	s.inner.Domain = "mail.test"
	s.inner.AllowInsecureAuth = true // the session says which mechanisms there are
	s.inner.EnableSMTPUTF8 = true
	s.inner.MaxMessageBytes = 10 << 20
	s.inner.ReadTimeout = time.Hour // a stalled state outlives every deadline of a client
	s.inner.ErrorLog = log.New(io.Discard, "", 0)
	if o.Security == StartTLS {
		s.inner.TLSConfig = s.tlsConfig() // so that STARTTLS is offered; conn makes the handshake
	}

	l, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen for SMTP: %w", err)
	}
	s.addr = l.Addr().String()
	s.serving.Add(1)
	go func() {
		defer s.serving.Done()
		_ = s.inner.Serve(&queueListener{s: s})
	}()
	s.listen(l)
	return s, nil
}

func (s *Server) tlsConfig() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{s.cert}, MinVersion: tls.VersionTLS12}
}

// listen begins to accept from l.
func (s *Server) listen(l net.Listener) {
	s.mu.Lock()
	s.listener = l
	s.mu.Unlock()
	s.accepting.Add(1)
	go func() {
		defer s.accepting.Done()
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			c := newConn(s, raw)
			if !s.add(c) {
				_ = raw.Close()
				return
			}
			select {
			case s.queue <- c:
			case <-s.done:
				_ = c.Close()
				return
			}
		}
	}()
}

func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *Server) remove(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// queueListener hands accepted connections to the inner server, so that
// listeners may come and go below it.
type queueListener struct{ s *Server }

func (l *queueListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.s.queue:
		return c, nil
	case <-l.s.done:
		return nil, net.ErrClosed
	}
}
func (l *queueListener) Close() error   { return nil }
func (l *queueListener) Addr() net.Addr { return &net.TCPAddr{} }

// Addr is the host and port that the server listens on, also while it refuses.
func (s *Server) Addr() string { return s.addr }

// Host is the host of Addr.
func (s *Server) Host() string {
	h, _, _ := net.SplitHostPort(s.addr)
	return h
}

// Port is the port of Addr.
func (s *Server) Port() int {
	a, err := net.ResolveTCPAddr("tcp", s.addr)
	if err != nil {
		return 0
	}
	return a.Port
}

// CAPEM is the certificate of the authority that signed the server's.
func (s *Server) CAPEM() []byte { return slices.Clone(s.caPEM) }

// Refuse begins maintenance: new connections are refused by the system, those
// open are cut.
func (s *Server) Refuse() error {
	s.mu.Lock()
	l := s.listener
	s.listener = nil
	s.mu.Unlock()
	var err error
	if l != nil {
		err = l.Close()
	}
	s.accepting.Wait()
	s.cut()
	return err
}

// Resume ends maintenance: the server listens on the same port again.
func (s *Server) Resume() error {
	s.mu.Lock()
	listening, closed := s.listener != nil, s.closed
	s.mu.Unlock()
	if closed {
		return errors.New("listen again: the server is closed")
	}
	if listening {
		return nil
	}
	l, err := freeport.Again(s.addr)
	if err != nil {
		return fmt.Errorf("listen again: %w", err)
	}
	s.listen(l)
	return nil
}

// cut closes every connection.
func (s *Server) cut() {
	s.mu.Lock()
	conns := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
}

// Close stops the server and waits until nothing of it runs.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	l := s.listener
	s.listener = nil
	s.mu.Unlock()
	close(s.done)
	var err error
	if l != nil {
		err = l.Close()
	}
	s.accepting.Wait()
	s.cut()
	// A hook that never returns must not hang the test that owns the server.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err = errors.Join(err, s.inner.Shutdown(ctx))
	s.serving.Wait()
	return err
}
