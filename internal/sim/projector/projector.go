// Package projector is a small projector that speaks PJLink, class 1 or 2, over
// TCP: with a password if wanted, to one client at a time, in every state of
// power. It can misbehave: be busy, slow or silent, send rubbish, or hang up amid
// an answer. It shows no picture. Only tests and the demonstration import it.
package projector

import (
	"bufio"
	"crypto/md5" //nolint:gosec // the specification demands it
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// Fault is how a projector misbehaves.
type Fault string

// The faults.
const (
	None      Fault = ""
	Busy      Fault = "busy"      // hangs up on whoever connects
	Silent    Fault = "silent"    // takes connections and says nothing
	Mute      Fault = "mute"      // greets, and answers nothing
	Slow      Fault = "slow"      // answers after Options.Delay
	Drip      Fault = "drip"      // sends answers a byte at a time, with Options.Delay between them
	Garbage   Fault = "garbage"   // answers with bytes that mean nothing
	Endless   Fault = "endless"   // answers with a line that does not end
	Truncated Fault = "truncated" // hangs up amid an answer
	Late      Fault = "late"      // answers each question with the answer to the one before, then with its own
)

// State is what the projector would say. Empty texts are answered ERR1, as a
// projector does that does not know the command.
type State struct {
	Power  string // "0" standby, "1" on, "2" cooling, "3" warming up; or ERR3, ERR4
	Input  string // "31"
	Inputs string // "11 31 32"
	Mute   string // "30"
	Errors string // six digits: fan, lamp, temperature, cover, filter, other
	Lamps  string // "1234 1"
	Name   string
	Maker  string
	Model  string
	Info   string

	// Of class 2.
	Serial      string
	Software    string
	LampParts   string
	FilterParts string
	FilterHours string
	Resolution  string
	InputNames  map[string]string // "31" → "HDMI1"
}

// Options describe a projector. The zero value is one of class 1 without a
// password, on a free port of the loopback, that says nothing of itself.
type Options struct {
	Addr     string // default "127.0.0.1:0"
	Class    int    // default 1
	Password string
	State    State
	// Dozes: in standby it answers ERR3 to everything but POWR and CLSS, as
	// many do.
	Dozes bool
	Delay time.Duration // of Slow and Drip
}

// Server is a running projector. Its methods are safe for concurrent use.
type Server struct {
	o       Options
	l       net.Listener
	serving sync.WaitGroup
	done    chan struct{}

	mu        sync.Mutex
	state     State
	fault     Fault
	conn      net.Conn // of the client that is or was served last
	closed    bool
	greeted   int
	questions []string
}

// maxQuestions bounds the log of questions; older ones fall out.
const maxQuestions = 1000

// Start listens and answers until Close.
func Start(o Options) (*Server, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Class == 0 {
		o.Class = 1
	}
	l, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen for PJLink: %w", err)
	}
	s := &Server{o: o, l: l, state: o.State, done: make(chan struct{})}
	s.serving.Go(s.accept)
	return s, nil
}

// Close hangs up on everybody and waits until nobody is served any more.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.done)
	err := s.l.Close()
	if s.conn != nil {
		_ = s.conn.Close()
	}
	s.mu.Unlock()
	s.serving.Wait()
	return err
}

// Addr is where it listens.
func (s *Server) Addr() *net.TCPAddr { return s.l.Addr().(*net.TCPAddr) }

// Set changes what the projector says, from the next question on.
func (s *Server) Set(change func(*State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.state)
}

// Misbehave begins a fault, or ends one with None; for connections that begin
// from now on, and for questions of those that are open.
func (s *Server) Misbehave(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Greeted is the number of clients that were greeted.
func (s *Server) Greeted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.greeted
}

// Questions lists what was asked, newest last, without the digest: "%1POWR ?".
func (s *Server) Questions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.questions...)
}

// patience is how long a client waits while another is served, before it is hung
// up on: one that has just left may not be known to have left.
const patience = time.Second

func (s *Server) accept() {
	left := make(chan struct{}) // closed when the client that is served has left
	close(left)
	for {
		conn, err := s.l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // a client that left before it was taken
		}
		s.mu.Lock()
		fault := s.fault
		s.mu.Unlock()
		if fault == Busy || !s.within(patience, left) {
			_ = conn.Close()
			continue
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			_ = conn.Close()
			return
		}
		s.conn = conn
		s.mu.Unlock()
		left = make(chan struct{})
		done := left
		s.serving.Go(func() {
			s.talk(conn, fault)
			_ = conn.Close()
			close(done)
		})
	}
}

// within waits for a moment, and reports whether it came within the time.
func (s *Server) within(d time.Duration, moment <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-moment:
		return true
	case <-t.C:
	case <-s.done:
	}
	return false
}

// idle is after how long a silent client is dropped.
const idle = 30 * time.Second

// talk serves one client.
func (s *Server) talk(conn net.Conn, fault Fault) {
	if fault == Silent {
		_, _ = io.Copy(io.Discard, conn)
		return
	}
	digest, greeting := "", "PJLINK 0\r"
	if s.o.Password != "" {
		var random [4]byte
		_, _ = rand.Read(random[:])
		hash := md5.Sum([]byte(hex.EncodeToString(random[:]) + s.o.Password)) //nolint:gosec // the specification demands it
		digest, greeting = hex.EncodeToString(hash[:]), "PJLINK 1 "+hex.EncodeToString(random[:])+"\r"
	}
	if _, err := io.WriteString(conn, greeting); err != nil {
		return
	}
	s.mu.Lock()
	s.greeted++
	s.mu.Unlock()
	in := bufio.NewReaderSize(conn, 256)
	before := ""
	for {
		_ = conn.SetReadDeadline(time.Now().Add(idle))
		line, err := in.ReadSlice('\r')
		if err != nil {
			return
		}
		question := strings.TrimRight(string(line), "\r")
		if digest != "" {
			rest, ok := strings.CutPrefix(question, digest)
			if !ok {
				_, _ = io.WriteString(conn, "PJLINK ERRA\r")
				return
			}
			question, digest = rest, ""
		}
		answer := s.answer(question)
		if !s.send(conn, answer, before) {
			return
		}
		before = answer
	}
}

// send sends an answer, or what the fault of the moment makes of it. It reports
// whether the conversation goes on.
func (s *Server) send(conn net.Conn, answer, before string) bool {
	s.mu.Lock()
	fault := s.fault
	s.mu.Unlock()
	switch fault {
	case Mute:
		return true
	case Slow:
		if !s.wait() {
			return false
		}
	case Drip:
		for i := range len(answer) {
			if _, err := io.WriteString(conn, answer[i:i+1]); err != nil || !s.wait() {
				return false
			}
		}
		return true
	case Garbage:
		answer = "\x00\xff\xfe%%%1POWR\x80=1=2\r"
	case Endless:
		more := strings.Repeat("1", 4096)
		_, err := io.WriteString(conn, "%1POWR=")
		for err == nil {
			_, err = io.WriteString(conn, more)
		}
		return false
	case Truncated:
		_, _ = io.WriteString(conn, answer[:len(answer)/2])
		return false
	case Late:
		answer = before + answer
	}
	_, err := io.WriteString(conn, answer)
	return err == nil
}

// wait waits for Options.Delay, and reports whether the server is still there.
func (s *Server) wait() bool {
	t := time.NewTimer(s.o.Delay)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.done:
		return false
	}
}

// answer is the answer to one question. This projector takes no orders: what
// would switch something is answered ERR3.
func (s *Server) answer(question string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.questions) == maxQuestions {
		s.questions = s.questions[1:]
	}
	s.questions = append(s.questions, question)
	if len(question) < 8 || question[0] != '%' || question[6] != ' ' {
		return "%1" + "ERR=ERR1\r"
	}
	class, command, parameter := question[1], strings.ToUpper(question[2:6]), question[7:]
	reply := func(value string) string { return fmt.Sprintf("%%%c%s=%s\r", class, command, value) }
	texts, known := s.texts()[command]
	switch {
	case !known || class != '1' && s.o.Class < 2 || class == '1' && texts.class == 2:
		return reply("ERR1")
	case !strings.HasPrefix(parameter, "?"):
		return reply("ERR3")
	case s.o.Dozes && s.state.Power == "0" && command != "POWR" && command != "CLSS":
		return reply("ERR3")
	case command == "INNM":
		name, ok := s.state.InputNames[strings.TrimPrefix(parameter, "?")]
		if !ok {
			return reply("ERR2")
		}
		return reply(name)
	case parameter != "?":
		return reply("ERR2")
	case texts.value == "" && !texts.mayBeEmpty:
		return reply("ERR1")
	}
	return reply(texts.value)
}

// text is what a projector says to a command, and of which class that is.
type text struct {
	class      int
	value      string
	mayBeEmpty bool
}

// texts are the answers by command. The caller holds the lock.
func (s *Server) texts() map[string]text {
	st := &s.state
	return map[string]text{
		"CLSS": {1, fmt.Sprint(s.o.Class), false},
		"POWR": {1, st.Power, false},
		"INPT": {1, st.Input, false},
		"INST": {1, st.Inputs, false},
		"AVMT": {1, st.Mute, false},
		"ERST": {1, st.Errors, false},
		"LAMP": {1, st.Lamps, false},
		"NAME": {1, st.Name, true},
		"INF1": {1, st.Maker, true},
		"INF2": {1, st.Model, true},
		"INFO": {1, st.Info, true},
		"SNUM": {2, st.Serial, true},
		"SVER": {2, st.Software, true},
		"RLMP": {2, st.LampParts, true},
		"RFIL": {2, st.FilterParts, true},
		"FILT": {2, st.FilterHours, false},
		"IRES": {2, st.Resolution, false},
		"INNM": {2, "", false},
	}
}
