// Package dnsserver simulates a DNS server that can misbehave: a small real
// server for UDP and TCP on one loopback port. It is for tests only.
package dnsserver

import (
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// Behaviour is how the server answers.
type Behaviour int

// The behaviours.
const (
	Normal    Behaviour = iota
	Silent              // never answers
	Truncated           // by UDP only the truncation bit, by TCP the answer
	Refused             // rcode REFUSED
	Broken              // rcode SERVFAIL
	Rubbish             // bytes that are no DNS message
	Stranger            // the answer to another question
	Lossy               // does not answer the first question by UDP
)

// Server is the simulated server. It is safe for concurrent use.
type Server struct {
	servers []*dns.Server
	done    sync.WaitGroup
	address string

	mu        sync.Mutex
	records   []dns.RR
	behaviour Behaviour
	lost      bool
}

// Start starts a server on a free port of 127.0.0.1 that knows the records,
// each in the form of a zone file: "www.example.lt. 60 IN A 192.0.2.1". The
// caller closes it.
func Start(records ...string) (*Server, error) {
	s := &Server{}
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			return nil, fmt.Errorf("read record %q: %w", text, err)
		}
		s.records = append(s.records, rr)
	}
	packets, streams, err := listen()
	if err != nil {
		return nil, fmt.Errorf("open simulated DNS server: %w", err)
	}
	s.address = packets.LocalAddr().String()
	for _, server := range []*dns.Server{{PacketConn: packets, Handler: s}, {Listener: streams, Handler: s}} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		s.servers = append(s.servers, server)
		s.done.Go(func() { _ = server.ActivateAndServe() })
		<-started
	}
	return s, nil
}

// listen opens one port for UDP and TCP. A port that is free for the one may be
// taken for the other: then it tries the next.
func listen() (packets net.PacketConn, streams net.Listener, err error) {
	for range 20 {
		if packets, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			return nil, nil, err
		}
		if streams, err = net.Listen("tcp", packets.LocalAddr().String()); err == nil {
			return packets, streams, nil
		}
		_ = packets.Close()
	}
	return nil, nil, err
}

// Close frees the port.
func (s *Server) Close() {
	for _, server := range s.servers {
		_ = server.Shutdown()
	}
	s.done.Wait()
}

// Address is host and port of the server.
func (s *Server) Address() string { return s.address }

// Set changes how the server answers from now on.
func (s *Server) Set(b Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behaviour, s.lost = b, false
}

// ServeDNS answers one question.
func (s *Server) ServeDNS(w dns.ResponseWriter, question *dns.Msg) {
	s.mu.Lock()
	behaviour := s.behaviour
	_, udp := w.LocalAddr().(*net.UDPAddr)
	if behaviour == Lossy && udp && !s.lost {
		s.lost = true
		behaviour = Silent
	}
	s.mu.Unlock()

	answer := new(dns.Msg)
	answer.SetReply(question)
	switch {
	case behaviour == Silent:
		return
	case behaviour == Rubbish:
		_, _ = w.Write([]byte("no DNS here"))
		return
	case behaviour == Refused:
		answer.Rcode = dns.RcodeRefused
	case behaviour == Broken:
		answer.Rcode = dns.RcodeServerFailure
	case behaviour == Truncated && udp:
		answer.Truncated = true
	default:
		s.fill(answer)
	}
	if behaviour == Stranger {
		answer.Question[0].Name = "stranger.example."
	}
	_ = w.WriteMsg(answer)
}

// fill adds the records asked for.
func (s *Server) fill(answer *dns.Msg) {
	q := answer.Question[0]
	known := false
	for _, rr := range s.records {
		if !strings.EqualFold(rr.Header().Name, q.Name) {
			continue
		}
		known = true
		if rr.Header().Rrtype == q.Qtype {
			answer.Answer = append(answer.Answer, rr)
		}
	}
	if !known {
		answer.Rcode = dns.RcodeNameError
	}
}
