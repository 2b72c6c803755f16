package smtp

// State is a place in the protocol where the server can misbehave.
type State string

// The states, in the order in which a delivery passes them.
const (
	Banner    State = "banner"    // before the greeting; for TLS before the handshake
	Hello     State = "hello"     // after EHLO or HELO
	Upgrade   State = "starttls"  // after STARTTLS
	Handshake State = "handshake" // after the answer to STARTTLS, before the handshake
	Auth      State = "auth"      // after AUTH
	Mail      State = "mail"      // after MAIL
	Rcpt      State = "rcpt"      // after RCPT
	Data      State = "data"      // after DATA
	Text      State = "text"      // after the first line of the message
	Dot       State = "dot"       // after the final dot: the whole message is here
	Quit      State = "quit"      // after QUIT
)

// States lists all of them.
func States() []State {
	return []State{Banner, Hello, Upgrade, Handshake, Auth, Mail, Rcpt, Data, Text, Dot, Quit}
}

// Fault is a way to misbehave.
type Fault struct {
	kind  faultKind
	code  int
	text  string
	times int // 0: until changed
	lose  bool
}

type faultKind int

const (
	stall faultKind = iota
	drop
	reply
)

// Stall says nothing more until the fault is taken away, then goes on.
func Stall() Fault { return Fault{kind: stall} }

// Drop cuts the connection. At Dot the message counts as accepted: only the
// answer is lost; see Losing.
func Drop() Fault { return Fault{kind: drop} }

// Reply answers with a code of refusal and a text, which may begin with an
// enhanced status code: Reply(550, "5.1.1 no such user"). At Text and
// Handshake there is nothing to answer to: it cuts the connection there.
func Reply(code int, text string) Fault { return Fault{kind: reply, code: code, text: text} }

// Times makes a fault happen n times, and then no more.
func (f Fault) Times(n int) Fault { f.times = n; return f }

// Losing makes a Drop or Stall at Dot lose the message instead of accepting it.
func (f Fault) Losing() Fault { f.lose = true; return f }

// fault is a Fault in force.
type fault struct {
	Fault
	left   int
	lifted chan struct{}
}

// Misbehave puts a fault in force at a state, instead of the one there was.
func (s *Server) Misbehave(at State, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.faults[at]; old != nil {
		close(old.lifted)
	}
	s.faults[at] = &fault{Fault: f, left: f.times, lifted: make(chan struct{})}
}

// Behave takes every fault away; stalled connections go on.
func (s *Server) Behave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, f := range s.faults {
		close(f.lifted)
		delete(s.faults, at)
	}
}

// faultAt returns the fault in force at a state and counts it.
func (s *Server) faultAt(at State) (*fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults[at]
	if f == nil {
		return nil, false
	}
	if f.times > 0 {
		if f.left == 0 {
			return nil, false
		}
		f.left--
	}
	return f, true
}
