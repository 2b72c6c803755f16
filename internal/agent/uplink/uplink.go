// Package uplink brings what an agent holds to its collector: samples by
// Prometheus' Remote-Write 2.0, facts and events by wire's report. It takes
// samples from a Spool and says there what was acknowledged; it keeps nothing
// on the disk itself. The agent's composition is its only caller.
package uplink

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	randv2 "math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/agent/link"
	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/wire"
)

// ErrRevoked says that the collector does not know the agent, or no longer:
// the caller enrols anew, or tries again in an hour.
var ErrRevoked = errors.New("the collector does not accept this agent: it was revoked; enrol it anew")

// ErrCloned says that another computer lives under this identity, as after
// copying a disk: the caller enrols anew, or tries again in an hour.
var ErrCloned = errors.New("another computer uses the identity of this agent, as after copying a disk; enrol it anew")

// Spool is the part of *state.Store that an Uplink needs.
type Spool interface {
	Assignment() wire.Assignment
	SetAssignment(wire.Assignment) error
	CollectorStart() string
	SetCollectorStart(string) error

	Unsent(maxSamples int) ([]state.Entry, error)
	Sent(ids []uint64) error
	Drop(ids []uint64) error
	Resend() error

	PutEvent(look.Event) error
	Events(most int) ([]state.Event, error)
	SentEvents(ids []uint64) error

	FactsSent() map[string]state.FactsSent
	SetFactsSent(map[string]state.FactsSent) error
	Stats() state.Stats
}

// Options are New's settings. Identity and Spool must be given.
type Options struct {
	Identity state.Identity
	Spool    Spool
	Logger   *slog.Logger     // nil: nothing is logged
	Now      func() time.Time // nil: time.Now

	// Who this is, until Report brings something newer.
	Version  string
	System   string
	Hostname string
	Machine  wire.Machine

	// OnAssignment is called when the collector wants something else than
	// before, from the goroutine of Run or Push; nil: nobody is told.
	OnAssignment func(wire.Assignment)

	// Proxy chooses a proxy; nil: that of the identity, else as the environment
	// says.
	Proxy func(*http.Request) (*url.URL, error)
}

// Status is how the uplink is, for people.
type Status struct {
	LastSuccess time.Time // when the collector last acknowledged something
	LastError   string    // of the newest try; empty when it succeeded
	LastErrorAt time.Time
	Sent        int64 // bytes since the start, TLS and headers included
	Received    int64
	Pushes      int64 // rounds that succeeded
	Errors      int64 // rounds that failed
	Spool       state.Stats
}

// Uplink is the way to one collector. Its methods are safe for concurrent use,
// Run and Push one at a time.
type Uplink struct {
	spool        Spool
	log          *slog.Logger
	now          func() time.Time
	client       *link.Client
	identity     state.Identity
	onAssignment func(wire.Assignment)
	wake         chan struct{}

	// Of the goroutine that pushes.
	nonce    string
	sequence uint64
	asked    bool          // a report is due: nothing was asked since the start, or the assignment is another
	plain    bool          // the other side does not understand Zstd after all
	wait     time.Duration // what the other side asked for in the last round
	failures int           // rounds that failed one after the other
	last     time.Time     // when the last round began, by the wall clock
	dropped  int           // batches that were given up in this round

	mu       sync.Mutex
	about    wire.ReportRequest // who this is, without facts and events
	facts    map[string]look.FactSet
	checks   []wire.Said
	reported bool // Report or Say was called and not answered yet
	status   Status
}

// New makes an Uplink. It contacts nobody.
func New(o Options) (*Uplink, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.OnAssignment == nil {
		o.OnAssignment = func(wire.Assignment) {}
	}
	if o.Proxy == nil && o.Identity.Proxy != "" {
		proxy, err := url.Parse(o.Identity.Proxy)
		if err != nil {
			return nil, errors.New("the proxy's address is not a URL; it must look like http://proxy:3128")
		}
		o.Proxy = http.ProxyURL(proxy)
	}
	client, err := link.New(link.Options{
		URL: o.Identity.URL, CA: o.Identity.CA, Proxy: o.Proxy, UserAgent: "budi-agent/" + o.Version, Now: o.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("reach the collector: %w", err)
	}
	return &Uplink{
		spool: o.Spool, log: o.Logger.With("component", "uplink"), now: o.Now, client: client, identity: o.Identity,
		onAssignment: o.OnAssignment, wake: make(chan struct{}, 1), nonce: newNonce(), asked: true,
		about: wire.ReportRequest{Hostname: o.Hostname, System: o.System, Version: o.Version, Machine: o.Machine},
		facts: map[string]look.FactSet{},
	}, nil
}

func newNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

// Run pushes until ctx ends, and then returns nil. Any other error wraps
// ErrRevoked or ErrCloned.
//
// A push is made each Assignment.PushInterval, at a moment that is this agent's
// own, so that a thousand agents do not come at once; the first one soon after
// the start. After a failure the next one comes earlier, later each time, and
// never before the other side wants it.
func (u *Uplink) Run(ctx context.Context) error {
	wait := spread(u.interval() / 8)
	for {
		if !u.sleep(ctx, wait) {
			return nil
		}
		err := u.Push(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrRevoked), errors.Is(err, ErrCloned):
			return err
		case err != nil:
			wait = u.backoff()
		default:
			wait = u.untilNext()
		}
	}
}

// sleep waits for the next round, or for a report; it returns false when ctx
// ended. A report never breaks into a wait after a failure.
func (u *Uplink) sleep(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	wake := u.wake
	if u.failures > 0 {
		wake = nil
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case <-wake:
			timer.Reset(spread(u.interval() / 40))
			wake = nil
		}
	}
}

// interval returns the time between two pushes, within reason.
func (u *Uplink) interval() time.Duration {
	d := u.spool.Assignment().PushInterval
	if d <= 0 {
		d = wire.DefaultAssignment().PushInterval
	}
	return min(max(d, time.Second), time.Hour)
}

// untilNext returns how long it is to this agent's next moment.
func (u *Uplink) untilNext() time.Duration {
	interval := u.interval()
	h := fnv.New64a()
	_, _ = h.Write([]byte(u.identity.Agent))
	offset := time.Duration(h.Sum64() % uint64(interval))
	since := time.Duration(u.now().UnixNano()-int64(offset)) % interval
	wait := interval - since
	if wait < interval/2 { // this moment's push was late: it need not come twice
		wait += interval
	}
	return wait + spread(interval/40)
}

// backoff returns how long to wait after failures: at the usual interval of two
// minutes 5, 10, 20 and then 45 seconds, the half of it by chance. It stays
// below a minute, so that the present is seen soon after a line is back.
func (u *Uplink) backoff() time.Duration {
	interval := u.interval()
	d := min(interval/24<<min(max(u.failures-1, 0), 6), interval*3/8, 45*time.Second)
	d = d/2 + spread(d/2)
	const most = time.Hour
	if wait := min(u.wait, most); wait > 0 {
		return max(d, wait+spread(wait/10+time.Second))
	}
	return d
}

// spread returns a random time below d.
func spread(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return randv2.N(d)
}

// Push makes one round: the newest samples, what else waits, and a report when
// there is something to tell or to ask. It returns nil when all that was there
// is acknowledged.
func (u *Uplink) Push(ctx context.Context) error {
	u.wait, u.dropped = 0, 0
	before := u.now().Round(0)
	if before.Sub(u.last) > 2*u.interval()+time.Minute {
		u.client.Drop() // the computer slept: what was open is hardly still so
	}
	u.last = before
	err := u.samples(ctx)
	if err == nil {
		err = u.report(ctx)
	}
	u.note(err, before)
	if err != nil && ctx.Err() == nil {
		u.client.Drop()
	}
	return err
}

// note keeps how a round ended. A line that is down for hours is told once.
func (u *Uplink) note(err error, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case err == nil && u.failures > 0:
		u.log.Info("the collector is reached again", "failures", u.failures)
		fallthrough
	case err == nil:
		u.failures, u.status.LastError = 0, ""
		u.status.Pushes++
		return
	case errors.Is(err, context.Canceled):
		return
	}
	if text := err.Error(); text != u.status.LastError {
		u.log.Warn("the push failed; it is tried again", "err", err)
		u.status.LastError = text
	}
	u.failures++
	u.status.Errors++
	u.status.LastErrorAt = at
}

// Report hands over facts and events, to be sent with the next round, which
// comes within seconds when Run waits for its moment. Of each kind of facts the newest set wins, and
// one that the collector has already is not sent again that day. Events are
// kept in the spool until they are acknowledged. Hostname, System, Version and
// Machine stay as they are where they are empty.
func (u *Uplink) Report(r wire.ReportRequest) {
	for _, e := range r.Events {
		if err := u.spool.PutEvent(e); err != nil {
			u.log.Warn("an event was lost", "code", e.Code, "err", err)
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, set := range r.Facts {
		if _, known := u.facts[set.Kind]; !known && len(u.facts) >= wire.MaxFactSets {
			u.log.Warn("there are too many kinds of facts", "kind", set.Kind)
			continue
		}
		set.Items = set.Items[:min(len(set.Items), wire.MaxItems)]
		u.facts[set.Kind] = set
	}
	if r.Hostname != "" {
		u.about.Hostname = r.Hostname
	}
	if r.System != "" {
		u.about.System = r.System
	}
	if r.Version != "" {
		u.about.Version = r.Version
	}
	if r.Machine.Fingerprint() != "" {
		u.about.Machine = r.Machine
	}
	u.due()
}

// Say hands over what the newest looks at checks found, of all checks: it takes
// the place of what was said before. It goes with the next report; with now,
// because something is another than before, that comes within seconds.
func (u *Uplink) Say(checks []wire.Said, now bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.checks = checks
	if now {
		u.due()
	}
}

// due says that a report is due. The caller holds u.mu.
func (u *Uplink) due() {
	u.reported = true
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// Samples returns what the agent tells of itself.
func (u *Uplink) Samples() []look.Sample {
	s := u.Status()
	u.mu.Lock()
	version := u.about.Version
	u.mu.Unlock()
	return []look.Sample{
		{Name: metric.AgentInfo, Labels: look.Labels("version", version), Value: 1},
		{Name: metric.AgentSpoolSamples, Value: float64(s.Spool.Samples)},
		{Name: metric.AgentDropped, Value: float64(s.Spool.Dropped)},
		{Name: metric.AgentSentBytes, Value: float64(s.Sent)},
		{Name: metric.AgentReceivedBytes, Value: float64(s.Received)},
		{Name: metric.AgentPushErrors, Value: float64(s.Errors)},
	}
}

// Status returns how the uplink is.
func (u *Uplink) Status() Status {
	u.mu.Lock()
	s := u.status
	u.mu.Unlock()
	s.Sent, s.Received = u.client.Bytes()
	s.Spool = u.spool.Stats()
	return s
}

// header returns the headers of the next attempt: every one takes a new
// sequence number.
func (u *Uplink) header() http.Header {
	u.sequence++
	h := http.Header{}
	h.Set("Authorization", "Bearer "+u.identity.Secret.Reveal())
	h.Set(wire.HeaderNonce, u.nonce)
	h.Set(wire.HeaderSequence, strconv.FormatUint(u.sequence, 10))
	h.Set(wire.HeaderTime, strconv.FormatInt(u.now().UnixMilli(), 10))
	u.mu.Lock()
	machine := u.about.Machine.Fingerprint()
	u.mu.Unlock()
	if machine != "" {
		h.Set(wire.HeaderMachine, machine)
	}
	return h
}
