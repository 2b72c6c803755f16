// Package website simulates a website that can misbehave: a small real server
// for HTTP and HTTPS on loopback addresses, with a certificate authority of its
// own, whose every behaviour can be switched while it runs. It is for tests and
// for the demonstration; no program that watches anything imports it.
package website

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/sim/freeport"
)

// Server is the simulated website. It is safe for concurrent use.
type Server struct {
	authority *authority
	http      *site
	https     *site

	mu         sync.Mutex
	everywhere http.Handler
	paths      map[string]http.Handler
	cert       Cert
	requests   int
	agents     []string
}

// Start starts the website on free ports of 127.0.0.1. It shows a plain page
// with the text "It works" everywhere and has a good certificate. The caller
// closes it.
func Start() (*Server, error) {
	ca, err := newAuthority()
	if err != nil {
		return nil, err
	}
	s := &Server{authority: ca, everywhere: Page("<html><body>It works</body></html>"), paths: map[string]http.Handler{}, cert: Good}
	if s.http, err = open(s, nil); err != nil {
		return nil, err
	}
	config := &tls.Config{
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.authority.certs[s.cert], nil
		},
	}
	if s.https, err = open(s, config); err != nil {
		s.http.close()
		return nil, err
	}
	return s, nil
}

// Close ends every connection and frees the ports.
func (s *Server) Close() {
	s.http.close()
	s.https.close()
}

// URL is the address of a path by HTTP: URL("/page").
func (s *Server) URL(path string) string { return "http://" + s.http.address + path }

// SecureURL is the address of a path by HTTPS.
func (s *Server) SecureURL(path string) string { return "https://" + s.https.address + path }

// Address is host and port of the HTTP server.
func (s *Server) Address() string { return s.http.address }

// SecureAddress is host and port of the HTTPS server.
func (s *Server) SecureAddress() string { return s.https.address }

// Roots holds the authority that issued the website's certificates.
func (s *Server) Roots() *x509.CertPool { return s.authority.pool() }

// RootPEM is the authority's certificate as a file would hold it.
func (s *Server) RootPEM() []byte { return s.authority.pem() }

// Set makes every path behave so from now on, but for those that SetPath names.
func (s *Server) Set(h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.everywhere = h
}

// SetPath makes one path behave so from now on; nil makes it like the others.
func (s *Server) SetPath(path string, h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h == nil {
		delete(s.paths, path)
		return
	}
	s.paths[path] = h
}

// SetCert chooses the certificate for the connections to come.
func (s *Server) SetCert(c Cert) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cert = c
}

// SetMute makes the server accept connections and say nothing on them, so that
// no TLS handshake and no answer ever ends.
func (s *Server) SetMute(mute bool) {
	s.http.setMute(mute)
	s.https.setMute(mute)
}

// Down refuses connections, as a server that is switched off; connections that
// are open end.
func (s *Server) Down() {
	s.http.close()
	s.https.close()
}

// Up accepts connections again, on the same ports.
func (s *Server) Up() error {
	return errors.Join(s.http.listen(), s.https.listen())
}

// Requests is how many requests have come.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Connections is how many connections have come, by HTTP and HTTPS.
func (s *Server) Connections() int { return s.http.count() + s.https.count() }

// Agents lists the different User-Agent headers that have come.
func (s *Server) Agents() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.agents...)
}

// ServeHTTP behaves as the path is set to.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	h, ok := s.paths[r.URL.Path]
	if !ok {
		h = s.everywhere
	}
	s.requests++
	agent := r.UserAgent()
	for _, a := range s.agents {
		if a == agent {
			agent = ""
		}
	}
	if agent != "" && len(s.agents) < 100 {
		s.agents = append(s.agents, agent)
	}
	s.mu.Unlock()
	h.ServeHTTP(w, r)
}

// site is one listening port.
type site struct {
	handler http.Handler
	config  *tls.Config // nil for plain HTTP
	address string

	mu     sync.Mutex
	server *http.Server // nil while down
	done   chan struct{}
	came   int // connections
	mute   bool
	muted  []net.Conn
}

func (s *site) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.came
}

func open(h http.Handler, config *tls.Config) (*site, error) {
	s := &site{handler: h, config: config, address: "127.0.0.1:0"}
	return s, s.listen()
}

func (s *site) listen() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil {
		return nil
	}
	l, err := freeport.Again(s.address)
	if err != nil {
		return fmt.Errorf("open simulated website: %w", err)
	}
	s.address = l.Addr().String()
	server := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0), // what it complains about is on purpose
		TLSConfig:         s.config.Clone(),
	}
	s.server, s.done = server, make(chan struct{})
	done := s.done
	go func() {
		defer close(done)
		if s.config == nil {
			_ = server.Serve(&muteListener{l, s})
		} else {
			_ = server.ServeTLS(&muteListener{l, s}, "", "")
		}
	}()
	return nil
}

func (s *site) close() {
	s.mu.Lock()
	server, done := s.server, s.done
	s.server = nil
	for _, c := range s.muted {
		_ = c.Close()
	}
	s.muted = nil
	s.mu.Unlock()
	if server != nil {
		_ = server.Close()
		<-done
	}
}

func (s *site) setMute(mute bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mute = mute
	if !mute {
		for _, c := range s.muted {
			_ = c.Close()
		}
		s.muted = nil
	}
}

// muteListener keeps connections to itself while the site is mute.
type muteListener struct {
	net.Listener
	site *site
}

func (l *muteListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		l.site.mu.Lock()
		l.site.came++
		mute := l.site.mute
		if mute {
			l.site.muted = append(l.site.muted, c)
		}
		l.site.mu.Unlock()
		if !mute {
			return c, nil
		}
	}
}
