// Package agent is the composition of the program that lives on every computer:
// it looks at the computer, keeps what it sees in package state's file and has
// package uplink deliver it, takes the inventory, enrols when it is told to, and
// obeys its collector's assignment. It decides nothing about how numbers are
// read, kept or sent. Only cmd/agent calls it.
//
// One process has the state file open: the one in Run, or a single "enroll"
// while none runs. Others speak with it by two small files beside the state: an
// Order that waits to be carried out, and the Status that it writes each minute.
// Files are the same on every system, need no open door, and stay readable when
// the agent is dead, which is when somebody wants to read them.
package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/agent/uplink"
	"github.com/budi-monitor/budi/internal/host/facts"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/poll"
	"github.com/budi-monitor/budi/internal/wire"
)

// Options says where an agent lives.
type Options struct {
	Places
	Logger  *slog.Logger // required
	Version string       // of this build
	System  string       // windows, linux, darwin
	// Proxy chooses a proxy where neither the agent's file nor its enrolment
	// names one; nil: none.
	Proxy func(*http.Request) (*url.URL, error)

	// Computer is what the agent looks at; nil: the one that it runs on.
	Computer Computer

	// FactsDelay is how long after its start the agent takes its first
	// inventory, plus as much again at most, by its ID; 0: two minutes.
	FactsDelay time.Duration
	// OrderEvery is the pause between two looks for an Order, four times as long
	// for an agent that is enrolled; 0: five seconds.
	OrderEvery time.Duration
	// Listening is told the address of the local /metrics; nil: nobody is.
	Listening func(address string)
}

// Pauses of the agent.
const (
	defaultFactsDelay = 2 * time.Minute // a computer that starts has enough to do
	defaultOrderEvery = 5 * time.Second
	statusEvery       = time.Minute
	refusedRetry      = time.Hour // an identity or an order that was refused for good is tried again so often
	factsTimeout      = 2 * time.Minute
)

// agent is one running agent.
type agent struct {
	opts     Options
	config   Config
	log      *slog.Logger
	now      func() time.Time
	store    *state.Store
	computer Computer
	poller   *poll.Poller
	checks   *checks
	before   Status // of the agent that ran before this one

	publishing   sync.Mutex // held from gathering the status until it is written: the newest stays
	mu           sync.Mutex // guards what follows
	identity     state.Identity
	enrolled     bool
	assignment   wire.Assignment
	withFacts    bool // the delay after the start is over
	snapshot     facts.Snapshot
	factsAt      time.Time
	newest       look.Result
	booted       time.Time
	running      bool           // in Run, not only for an enrolment
	started      bool           // the first look was made
	up           *uplink.Uplink // nil: not enrolled
	refused      string
	orderTrouble string
	troubles     map[string]string // what was told and is not over
}

// Run runs the agent until ctx ends, and then returns nil. It returns an error
// when the agent cannot begin: its configuration is wrong, another agent has
// its file, a port is taken.
func Run(ctx context.Context, o Options) error {
	a, err := open(o)
	if err != nil {
		return err
	}
	defer func() { a.trouble("close", "close the state file", a.store.Close()) }()
	listener, err := a.listen(ctx)
	if err != nil {
		return err
	}
	a.log.Info("the agent runs", "version", o.Version, "state", o.State, "config", o.Config)
	a.setRunning(true)
	defer func() { a.setRunning(false); a.publish() }()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var parts sync.WaitGroup
	defer parts.Wait()
	defer cancel() // before parts.Wait: a part that ends early ends the others
	if listener != nil {
		parts.Go(func() { a.serveMetrics(ctx, listener) })
	}
	parts.Go(func() { a.every(ctx, statusEvery, a.publish) })
	if !a.waitForEnrolment(ctx) {
		a.log.Info("the agent ends")
		return nil
	}
	a.retarget()
	var failed, unlooked error
	parts.Go(func() {
		defer cancel()
		if err := a.poller.Run(ctx, a.take); err != nil {
			failed = fmt.Errorf("look at this computer: %w", err)
		}
	})
	parts.Go(func() {
		defer cancel()
		if err := a.checks.run(ctx); err != nil {
			unlooked = fmt.Errorf("look at what is assigned: %w", err)
		}
	})
	parts.Go(func() { a.startFacts(ctx) })
	a.deliver(ctx)
	cancel()
	parts.Wait()
	a.log.Info("the agent ends")
	return errors.Join(failed, unlooked)
}

func (a *agent) setRunning(is bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running = is
}

// open reads the configuration and opens the state.
func open(o Options) (*agent, error) {
	config, err := LoadConfig(o.Config)
	if err != nil {
		return nil, err
	}
	if err := MakeFolder(filepath.Dir(o.State)); err != nil {
		return nil, err
	}
	store, err := state.Open(o.State, state.Options{Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	if o.FactsDelay <= 0 {
		o.FactsDelay = defaultFactsDelay
	}
	if o.OrderEvery <= 0 {
		o.OrderEvery = defaultOrderEvery
	}
	if o.Computer == nil {
		o.Computer = newThisComputer(o.Logger)
	}
	a := &agent{
		opts: o, config: config, log: o.Logger.With("component", "agent"), now: time.Now, store: store,
		computer:   o.Computer,
		poller:     poll.New(poll.Options{Logger: o.Logger, Concurrency: 1}), // never two things at once: a guest
		assignment: sane(store.Assignment()),
		troubles:   map[string]string{},
	}
	a.checks = &checks{
		poller: poll.New(poll.Options{Logger: o.Logger, Concurrency: checksAtOnce}),
		keep:   func(results ...look.Result) error { return a.keep(results...) }, say: a.say,
	}
	if a.before, _, err = ReadStatus(o.State); err != nil {
		a.log.Warn("what the agent before wrote cannot be read", "err", err)
	}
	a.identity, a.enrolled, err = store.Identity()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read who this agent is: %w", err), store.Close())
	}
	return a, nil
}

// every calls f at once and then after each pause, until ctx ends.
func (a *agent) every(ctx context.Context, pause time.Duration, f func()) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		f()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// trouble logs that something began to fail, failed in another way, or works
// again; what stays the same is not repeated.
func (a *agent) trouble(part, action string, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	a.mu.Lock()
	before := a.troubles[part]
	a.troubles[part] = text
	a.mu.Unlock()
	switch {
	case text == before:
	case text == "":
		a.log.Info("works again", "action", action)
	default:
		a.log.Warn("does not work", "action", action, "err", err)
	}
}

// collectorURL is where the agent sends to. The caller holds a.mu.
func (a *agent) collectorURL() string {
	if a.config.URL != "" {
		return a.config.URL
	}
	return a.identity.URL
}

// proxyOf chooses the proxy: the file's, the enrolment's, the system's.
func (a *agent) proxyOf(enrolled string) func(*http.Request) (*url.URL, error) {
	for _, s := range []string{a.config.Proxy, enrolled} {
		if s == "" {
			continue
		}
		u, err := url.Parse(s)
		return func(*http.Request) (*url.URL, error) { return u, err }
	}
	return a.opts.Proxy
}
