// Package snmpagent simulates an SNMP agent (versions 1 and 2c) that can
// misbehave: a small real server for UDP on 127.0.0.1 that replays a recording,
// read from a file (.snmprec) or made in Go. It is for tests and the demonstration.
//
// It encodes and decodes messages itself, so that a fault of the library that our
// own side uses does not cancel out.
package snmpagent

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Behaviour is how an agent answers; the zero Behaviour is a good one's.
type Behaviour struct {
	Silent    bool          // it never answers
	Delay     time.Duration // before each answer
	LoseEvery int           // every n-th request stays without an answer; 0: none
	GoneAfter int           // it answers so many requests and then no more; 0: for ever

	MaxSize        int            // of an answer, in bytes; 0: 65,000. Beyond, GET is answered tooBig and GETBULK by less
	MaxNames       int            // a request with more is answered tooBig; 0: no bound
	MaxRepetitions int            // it repeats at most so often; 0: no bound
	BulkSilence    int            // GETBULK that asks for more repetitions stays without an answer; 0: none does
	NameSilence    int            // a request with more names stays without an answer; 0: none does
	NoBulk         bool           // GETBULK stays without an answer
	Fail           map[string]int // requests that come to these objects are answered by this error

	Truncate  int                 // datagrams are cut to so many bytes; 0: they are not
	WrongID   bool                // answers carry another request's number
	Backwards bool                // GETNEXT and GETBULK go back to the beginning after a few steps
	Stuck     bool                // GETNEXT and GETBULK answer with the object that was asked
	Endless   bool                // the tree never ends
	Length    []byte              // stands in place of the length of each message: 84 ff ff ff ff
	Raw       func([]byte) []byte // makes the answer to a request's bytes; nil: none is made
}

// Options say what to start.
type Options struct {
	Recording *Recording
	Community string // empty: public. Another one is answered by silence
	Behaviour Behaviour
}

// Agent is the simulated agent. It is safe for concurrent use.
type Agent struct {
	conn      *net.UDPConn
	recording *Recording
	community string
	closing   chan struct{}
	done      sync.WaitGroup

	mu        sync.Mutex
	behaviour Behaviour
	requests  int // since the behaviour was set
	total     int
}

// Start starts an agent on a free port of 127.0.0.1. The caller closes it.
func Start(o Options) (*Agent, error) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		return nil, fmt.Errorf("open simulated SNMP agent: %w", err)
	}
	a := &Agent{conn: conn, recording: o.Recording, community: o.Community, behaviour: o.Behaviour, closing: make(chan struct{})}
	if a.community == "" {
		a.community = "public"
	}
	if a.recording == nil {
		a.recording = NewRecording()
	}
	a.done.Go(a.serve)
	return a, nil
}

// Addr is where it listens.
func (a *Agent) Addr() netip.AddrPort { return a.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// Close frees the port and waits until the agent has ended.
func (a *Agent) Close() {
	close(a.closing)
	_ = a.conn.Close()
	a.done.Wait()
}

// Behave changes how it answers from now on; what it counts begins anew.
func (a *Agent) Behave(b Behaviour) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.behaviour, a.requests = b, 0
}

// Set gives an object another value.
func (a *Agent) Set(oid string, v Value) { a.recording.Set(oid, v) }

// Restart sets sysUpTime to zero, as an agent has it that has just started.
func (a *Agent) Restart() { a.Set("1.3.6.1.2.1.1.3.0", TimeTicks(0)) }

// Requests is how many requests came since it was started.
func (a *Agent) Requests() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.total
}

func (a *Agent) serve() {
	buffer := make([]byte, 1<<16)
	for {
		n, from, err := a.conn.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an answer that nobody waited for came back as an ICMP message
		}
		a.mu.Lock()
		a.requests++
		a.total++
		b, number := a.behaviour, a.requests
		a.mu.Unlock()
		out := a.answer(buffer[:n], b, number)
		if out == nil {
			continue
		}
		if b.Delay > 0 {
			timer := time.NewTimer(b.Delay)
			select {
			case <-timer.C:
			case <-a.closing:
				timer.Stop()
				return
			}
		}
		_, _ = a.conn.WriteToUDPAddrPort(out, from)
	}
}

// answer makes the datagram that answers the number-th request; nil is silence.
func (a *Agent) answer(in []byte, b Behaviour, number int) []byte {
	switch {
	case b.Silent, b.GoneAfter > 0 && number > b.GoneAfter, b.LoseEvery > 0 && number%b.LoseEvery == 0:
		return nil
	case b.Raw != nil:
		return b.Raw(in)
	}
	r, err := parseRequest(in)
	if err != nil || r.community != a.community {
		return nil
	}
	if r.kind == getBulkRequest && (r.version == 0 || b.NoBulk || b.BulkSilence > 0 && r.second > int64(b.BulkSilence)) {
		return nil
	}
	if b.NameSilence > 0 && len(r.names) > b.NameSilence {
		return nil
	}
	id := r.id
	if b.WrongID {
		id = (id + 1_000_000) & 0x7fffffff
	}
	out := a.respond(r, b).encode(r, id)
	if b.Length != nil {
		out = append(append([]byte{out[0]}, b.Length...), out[2:]...)
	}
	if b.Truncate > 0 && len(out) > b.Truncate {
		out = out[:b.Truncate]
	}
	return out
}
