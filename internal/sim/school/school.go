// Package school simulates a school and a library's branch: about fifty made-up
// computers, each with a real agent (package agent) of its own, which keeps its
// own state file, has its own identity and speaks to a real collector over real
// TLS. Only what the agents look at is made up. It is for the demonstration and
// for tests; no program that watches anything imports it.
//
// Everything follows from a seed and from the time, so that a run can be
// repeated, and so that the days before the start (Computer.Past) go on in what
// agents see afterwards.
package school

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/agent"
	"github.com/budi-monitor/budi/internal/secret"
)

// Options say which school there is. Dir and Logger are needed.
type Options struct {
	Dir       string // folder of the agents' files, which is made; the caller removes it
	Seed      uint64
	Computers int // at most so many, of all rooms; 0: all
	Logger    *slog.Logger
	Version   string           // of the agents
	Location  *time.Location   // whose days the lessons follow; nil: UTC
	Now       func() time.Time // nil: time.Now
	Began     time.Time        // when the demonstration begins, and the past ends; zero: now

	// FactsDelay is how long after their start agents take their inventory,
	// twice as long at most; 0: five seconds.
	FactsDelay time.Duration
}

// Site is a place of the institution.
type Site struct{ ID, Name string }

// Room is a room of a site.
type Room struct{ ID, Site, Name string }

// School is the school. Its methods are safe for concurrent use, Run once.
type School struct {
	opts      Options
	sites     []Site
	rooms     []Room
	computers []*Computer
	own       *Computer

	running sync.WaitGroup // agents

	mu  sync.Mutex
	ctx context.Context // of Run: switching on starts an agent that Run ends; nil: it does not run
}

// New makes a school whose computers are switched on, and whose agents do not
// run yet.
func New(o Options) *School {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Began.IsZero() {
		o.Began = o.Now()
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.FactsDelay <= 0 {
		o.FactsDelay = 5 * time.Second
	}
	s := &School{opts: o, sites: sites(), rooms: rooms()}
	s.computers = s.furnish()
	s.own = newComputer(o, own(), Main, models()[own().model])
	s.own.own = true
	return s
}

// Sites lists the sites.
func (s *School) Sites() []Site { return slices.Clone(s.sites) }

// Rooms lists the rooms of all sites.
func (s *School) Rooms() []Room { return slices.Clone(s.rooms) }

// Own is the computer that the collector runs on. It has no agent: the collector
// looks at it itself.
func (s *School) Own() *Computer { return s.own }

// Computers lists the computers with agents: the server first, then room by room.
func (s *School) Computers() []*Computer { return slices.Clone(s.computers) }

// In lists the computers of a room.
func (s *School) In(room string) []*Computer {
	return slices.DeleteFunc(s.Computers(), func(c *Computer) bool { return c.Room != room })
}

// Enrol makes every computer known to the collector at url: with tokens, which
// are by site. It returns the IDs of the devices by host name.
func (s *School) Enrol(ctx context.Context, url string, tokens map[string]string) (map[string]string, error) {
	devices := map[string]string{}
	for _, c := range s.computers {
		token, ok := tokens[c.Site]
		if !ok {
			return nil, fmt.Errorf("there is no token for site %s", c.Site)
		}
		identity, err := agent.Enrol(ctx, s.agentOf(c), agent.Order{URL: url, Token: secret.New(token)})
		if err != nil {
			return nil, fmt.Errorf("enrol %s: %w", c.Hostname, err)
		}
		devices[c.Hostname] = identity.Device
	}
	return devices, nil
}

// agentOf are the settings of a computer's agent.
func (s *School) agentOf(c *Computer) agent.Options {
	dir := filepath.Join(s.opts.Dir, c.Hostname)
	return agent.Options{
		Places: agent.Places{Config: filepath.Join(dir, "agent.yml"), State: filepath.Join(dir, "agent.db")},
		Logger: s.opts.Logger.With("computer", c.Hostname), Version: s.opts.Version, System: c.model.system,
		Computer: c, FactsDelay: s.opts.FactsDelay,
		OrderEvery: time.Minute, // nobody gives them orders
	}
}

// Run runs the agents of all computers that are on, until ctx ends. An agent
// that cannot run is logged: the others go on.
func (s *School) Run(ctx context.Context) {
	s.mu.Lock()
	s.ctx = ctx
	for _, c := range s.computers {
		if c.isOn() {
			s.start(c)
		}
	}
	s.mu.Unlock()
	<-ctx.Done()
	s.mu.Lock() // nobody is switched on from here
	s.ctx = nil
	s.mu.Unlock()
	s.running.Wait()
}

// start starts the agent of a computer. The caller holds s.mu.
func (s *School) start(c *Computer) {
	ctx, cancel := context.WithCancel(s.ctx)
	done := make(chan struct{})
	c.stop = func() {
		cancel()
		<-done
	}
	s.running.Go(func() {
		defer close(done)
		defer cancel()
		if err := agent.Run(ctx, s.agentOf(c)); err != nil {
			s.opts.Logger.Error("an agent of the school ended", "computer", c.Hostname, "err", err)
		}
	})
}

// errNotRunning says that there are no agents to switch on or off.
var errNotRunning = errors.New("the school does not run")

// SwitchOff switches computers off, as by the switch of their room: their
// agents end.
func (s *School) SwitchOff(computers ...*Computer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		return errNotRunning
	}
	for _, c := range computers {
		if c.stop != nil {
			c.stop()
			c.stop = nil
		}
		c.setOff()
	}
	return nil
}

// SwitchOn switches computers on that are off.
func (s *School) SwitchOn(computers ...*Computer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		return errNotRunning
	}
	for _, c := range computers {
		if c.isOn() {
			continue
		}
		c.setOn(s.opts.Now())
		s.start(c)
	}
	return nil
}

// Break makes faults begin at computers, and restarts them: agents read what a
// computer is after its start, and for hours not again.
func (s *School) Break(f Fault, computers ...*Computer) error { return s.set(f, true, computers) }

// Mend makes faults end at computers, and restarts them.
func (s *School) Mend(f Fault, computers ...*Computer) error { return s.set(f, false, computers) }

func (s *School) set(f Fault, is bool, computers []*Computer) error {
	for _, c := range computers {
		c.setFault(f, is)
	}
	if !f.restarts() {
		return nil
	}
	if err := s.SwitchOff(computers...); err != nil {
		return err
	}
	return s.SwitchOn(computers...)
}
