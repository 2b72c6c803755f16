// Package nameservers simulates a small DNS: name servers at several addresses of
// the loopback and one port, each with zones of its own, that refer to one another
// as those from the root downwards do. Each can be silent, know nothing, or say
// something else than its neighbour. It needs a system on which all of 127.0.0.0/8
// is the loopback (Linux, Windows). It is for tests and the demonstration only.
package nameservers

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// Servers are the name servers. They are safe for concurrent use.
type Servers struct {
	port    uint16
	servers []*dns.Server
	done    sync.WaitGroup

	mu    sync.Mutex
	zones map[string]map[string][]dns.RR // by address and name of the zone
	quiet map[string]bool                // by address
	asked map[string]int                 // by address
}

// Start starts servers at some addresses. The caller closes them.
func Start(addresses ...string) (*Servers, error) {
	var err error
	for range 20 {
		s := &Servers{zones: map[string]map[string][]dns.RR{}, quiet: map[string]bool{}, asked: map[string]int{}}
		if err = s.open(addresses); err == nil {
			return s, nil
		}
		s.Close() // the port was taken at one of the addresses: take another
	}
	return nil, fmt.Errorf("open simulated name servers: %w", err)
}

func (s *Servers) open(addresses []string) error {
	for _, a := range addresses {
		packets, err := net.ListenPacket("udp", net.JoinHostPort(a, fmt.Sprint(s.port)))
		if err != nil {
			return err
		}
		if at, err := netip.ParseAddrPort(packets.LocalAddr().String()); err == nil {
			s.port = at.Port()
		}
		streams, err := net.Listen("tcp", net.JoinHostPort(a, fmt.Sprint(s.port)))
		if err != nil {
			_ = packets.Close()
			return err
		}
		handler := dns.HandlerFunc(func(w dns.ResponseWriter, m *dns.Msg) { s.answer(a, w, m) })
		for _, server := range []*dns.Server{{PacketConn: packets, Handler: handler}, {Listener: streams, Handler: handler}} {
			started := make(chan struct{})
			server.NotifyStartedFunc = func() { close(started) }
			s.servers = append(s.servers, server)
			s.done.Go(func() { _ = server.ActivateAndServe() })
			<-started
		}
	}
	return nil
}

// Close frees the port.
func (s *Servers) Close() {
	for _, server := range s.servers {
		_ = server.Shutdown()
	}
	s.done.Wait()
}

// Port is the port of all.
func (s *Servers) Port() uint16 { return s.port }

// At is a server's address with the port.
func (s *Servers) At(address string) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr(address), s.port)
}

// Set gives a server a zone, in the form of a zone file with whole names, in the
// place of what it had under this name; without records it has it no more.
func (s *Servers) Set(address, zone string, records ...string) error {
	var all []dns.RR
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			return fmt.Errorf("read record %q: %w", text, err)
		}
		all = append(all, rr)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.zones[address] == nil {
		s.zones[address] = map[string][]dns.RR{}
	}
	if zone = dns.CanonicalName(zone); len(all) == 0 {
		delete(s.zones[address], zone)
		return nil
	}
	s.zones[address][zone] = all
	return nil
}

// Silence makes a server answer nothing, or answer again.
func (s *Servers) Silence(address string, quiet bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quiet[address] = quiet
}

// Asked is how many questions came to a server.
func (s *Servers) Asked(address string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[address]
}

func (s *Servers) answer(address string, w dns.ResponseWriter, question *dns.Msg) {
	m := new(dns.Msg)
	m.SetReply(question)
	s.mu.Lock()
	s.asked[address]++
	quiet := s.quiet[address]
	if !quiet && len(question.Question) == 1 {
		fill(m, s.zones[address], question.Question[0])
	}
	s.mu.Unlock()
	if quiet {
		return
	}
	if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
		m.Truncate(1232)
	}
	_ = w.WriteMsg(m)
}

// fill answers from the zone that is nearest to the name, as RFC 1034 section
// 4.3.2 says.
func fill(m *dns.Msg, zones map[string][]dns.RR, q dns.Question) {
	name := dns.CanonicalName(q.Name)
	zone, found := "", false
	for z := range zones {
		if dns.IsSubDomain(z, name) && (!found || len(z) > len(zone)) {
			zone, found = z, true
		}
	}
	if !found {
		m.Rcode = dns.RcodeRefused
		return
	}
	records := zones[zone]
	for _, rr := range records { // is a part of it delegated?
		owner := dns.CanonicalName(rr.Header().Name)
		if _, ok := rr.(*dns.NS); ok && owner != zone && dns.IsSubDomain(owner, name) {
			m.Ns = append(m.Ns, rr)
		}
	}
	if len(m.Ns) > 0 {
		for _, ns := range m.Ns {
			for _, rr := range records {
				if t := rr.Header().Rrtype; (t == dns.TypeA || t == dns.TypeAAAA) && strings.EqualFold(rr.Header().Name, ns.(*dns.NS).Ns) {
					m.Extra = append(m.Extra, rr)
				}
			}
		}
		return
	}
	m.Authoritative = true
	exists := false
	for at := name; at != ""; {
		next := ""
		for _, rr := range records {
			owner := dns.CanonicalName(rr.Header().Name)
			exists = exists || owner == name || dns.IsSubDomain(name, owner)
			if owner != at {
				continue
			}
			if rr.Header().Rrtype == q.Qtype {
				m.Answer = append(m.Answer, rr)
			} else if c, ok := rr.(*dns.CNAME); ok && len(m.Answer) < 10 {
				m.Answer = append(m.Answer, rr)
				next = dns.CanonicalName(c.Target)
			}
		}
		at = next
	}
	if !exists {
		m.Rcode = dns.RcodeNameError
	}
	if len(m.Answer) == 0 {
		for _, rr := range records {
			if rr.Header().Rrtype == dns.TypeSOA {
				m.Ns = append(m.Ns, rr)
			}
		}
	}
}
