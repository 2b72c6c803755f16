package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/budi-monitor/budi/internal/agent/enrol"
	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/agent/uplink"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// Pauses between two attempts to carry out an order that did not get through.
const (
	firstRetry = 15 * time.Second
	lastRetry  = 10 * time.Minute
)

// waiting is an order that could not be carried out yet.
type waiting struct {
	file  fs.FileInfo // as it was at the attempt: another one is tried at once
	until time.Time
	pause time.Duration
}

// waitForEnrolment returns when the agent has an identity, or false when ctx
// ended before. A service may be installed long before anybody enrols it.
func (a *agent) waitForEnrolment(ctx context.Context) bool {
	var w waiting
	for told := false; !a.isEnrolled(); told = true {
		if a.carryOut(ctx, &w) {
			break
		}
		if !told {
			a.log.Info(`not enrolled yet: waiting for "budi-agent enroll --url … --token …"`, "order", OrderFile(a.opts.State))
		}
		if !sleep(ctx, a.opts.OrderEvery) {
			return false
		}
	}
	// What waits may be for another collector; deliver looks at it.
	return ctx.Err() == nil
}

func (a *agent) isEnrolled() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.enrolled
}

// sleep waits and reports whether ctx goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// carryOut enrols when an order waits whose time has come, and reports whether
// the agent has a new identity.
func (a *agent) carryOut(ctx context.Context, w *waiting) bool {
	file, err := os.Stat(OrderFile(a.opts.State))
	if err != nil { // there is none
		a.setOrderTrouble(nil)
		return false
	}
	same := sameFile(file, w.file)
	if same && a.now().Before(w.until) {
		return false
	}
	if !same {
		*w = waiting{}
	}
	done, err := a.tryOrder(ctx)
	if err == nil || ctx.Err() != nil {
		a.setOrderTrouble(nil)
		return done
	}
	w.pause = min(max(2*w.pause, firstRetry), lastRetry)
	if final(err) {
		w.pause = refusedRetry
	}
	w.until = a.now().Add(w.pause)
	w.file, _ = os.Stat(OrderFile(a.opts.State)) // the attempt may have written a secret to it
	if order, found, bad := ReadOrder(a.opts.State); found && bad == nil && order.Secret.IsZero() && !sameFile(file, w.file) {
		w.file = nil // it is another one, that came meanwhile
	}
	a.setOrderTrouble(err)
	return false
}

// sameFile reports whether two looks at a file found the same, which was not written
// anew between them.
func sameFile(a, b fs.FileInfo) bool {
	return a != nil && b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime())
}

// final reports whether trying again soon is of no use.
func final(err error) bool {
	return errors.Is(err, enrol.ErrRefused)
}

// setOrderTrouble tells why an order waits, once for each reason.
func (a *agent) setOrderTrouble(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	a.mu.Lock()
	changed := a.orderTrouble != text
	a.orderTrouble = text
	a.mu.Unlock()
	a.trouble("order", "enrol", err)
	if changed {
		a.publish()
	}
}

// tryOrder carries out the order that waits, once. It returns false when there
// was nothing to do.
func (a *agent) tryOrder(ctx context.Context) (bool, error) {
	order, found, err := ReadOrder(a.opts.State)
	if err != nil || !found {
		return false, err
	}
	a.mu.Lock()
	now, enrolled, refused := a.identity, a.enrolled, a.refused != ""
	a.mu.Unlock()
	switch {
	case enrolled && !order.Secret.IsZero() && order.Secret.Reveal() == now.Secret.Reveal():
		return false, RemoveOrder(a.opts.State) // done before; only the file was left
	case enrolled && order.URL == now.URL && !order.Replace && !refused:
		a.log.Info("an order to enrol is left alone: this agent is enrolled there", "url", order.URL, "device", now.Device)
		return false, RemoveOrder(a.opts.State)
	}
	identity, assignment, err := a.enrol(ctx, order)
	if err != nil {
		return false, err
	}
	if err := a.store.SetIdentity(identity); err != nil {
		return false, fmt.Errorf("keep the new identity: %w", err)
	}
	// Before anybody is told: an order that comes then is another one.
	unremoved := a.removeCarriedOut(identity)
	a.mu.Lock()
	a.identity, a.enrolled, a.refused, a.assignment = identity, true, "", sane(assignment)
	a.mu.Unlock()
	a.trouble("assignment", "keep the assignment", a.store.SetAssignment(assignment))
	a.log.Info("enrolled", "url", identity.URL, "agent", identity.Agent, "device", identity.Device, "site", identity.Site, "before", now.Device)
	a.event(look.Event{Time: a.now().UTC(), Code: EventEnrolled, Args: map[string]string{"version": a.opts.Version}})
	a.publish()
	return true, unremoved
}

// removeCarriedOut removes the order by which the agent got an identity. Another one
// that came while this one was carried out stays: it is carried out next.
func (a *agent) removeCarriedOut(is state.Identity) error {
	order, found, err := ReadOrder(a.opts.State)
	if err != nil || found && order.Secret.Reveal() != is.Secret.Reveal() {
		return nil // what is wrong with another order is told when its turn comes
	}
	return RemoveOrder(a.opts.State)
}

// enrol asks the collector. The secret is written down first, so that after a
// lost answer or a kill the same one is asked for again, which uses nothing up.
func (a *agent) enrol(ctx context.Context, order Order) (state.Identity, wire.Assignment, error) {
	if order.Secret.IsZero() {
		order.Secret = newSecret()
		if err := WriteOrder(a.opts.State, order); err != nil {
			return state.Identity{}, wire.Assignment{}, err
		}
	}
	about := a.computer.Take(ctx, kindNames()) // no kind: only by what the computer is known again
	if a.config.Proxy != "" {
		order.Proxy = a.config.Proxy
	}
	return enrol.Enrol(ctx, enrol.Request{
		URL: order.URL, Token: order.Token.Reveal(), Proxy: order.Proxy, Secret: order.Secret,
		Hostname: about.Hostname, System: a.opts.System, Server: about.Server, Version: a.opts.Version, Machine: about.Machine,
	})
}

// deliver keeps an uplink running until ctx ends: anew after an enrolment, and
// each hour after the collector refused the identity.
func (a *agent) deliver(ctx context.Context) {
	var w waiting
	for ctx.Err() == nil {
		again := a.deliverOnce(ctx, &w)
		if ctx.Err() != nil {
			return
		}
		if again {
			a.retarget() // the identity is another one
			continue
		}
		// Refused. A new enrolment does not wait for the hour.
		for end := a.now().Add(refusedRetry); a.now().Before(end); {
			if a.carryOut(ctx, &w) {
				a.retarget()
				break
			}
			if !sleep(ctx, a.opts.OrderEvery) {
				return
			}
		}
	}
}

// deliverOnce runs one uplink. It returns true when the agent was enrolled
// anew, and false when ctx ended or the collector refused the identity.
func (a *agent) deliverOnce(ctx context.Context, w *waiting) bool {
	a.mu.Lock()
	identity := a.identity
	identity.URL = a.collectorURL()
	a.mu.Unlock()
	about := a.computer.Take(ctx, kindNames()) // no kind: only by what the computer is known again
	up, err := uplink.New(uplink.Options{
		Identity: identity, Spool: a.store, Logger: a.opts.Logger, OnAssignment: a.assign, Proxy: a.proxyOf(identity.Proxy),
		Version: a.opts.Version, System: a.opts.System, Hostname: about.Hostname, Machine: about.Machine,
	})
	if err != nil {
		a.setRefused(fmt.Sprintf("the uplink cannot be set up: %v", err))
		return false
	}
	a.mu.Lock()
	a.up = up
	a.mu.Unlock()
	a.report()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- up.Run(ctx) }()
	// Orders are rare now, and each look at the file wakes the processor.
	tick := time.NewTicker(4 * a.opts.OrderEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				a.setRefused(err.Error())
			}
			return false
		case <-tick.C:
			if !up.Status().LastSuccess.IsZero() {
				a.setRefused("")
			}
			if a.carryOut(ctx, w) {
				cancel()
				<-done
				return true
			}
		}
	}
}

// setRefused notes that the collector does not take this agent, or, with an
// empty text, that it does again. The looking goes on: what is kept arrives when
// somebody has put it right.
func (a *agent) setRefused(why string) {
	a.mu.Lock()
	before := a.refused
	a.refused = why
	a.mu.Unlock()
	switch {
	case why == before:
		return
	case why == "":
		a.log.Info("the collector takes this agent again")
	default:
		a.log.Error("the collector does not take this agent any more; it goes on looking, keeps what it sees, and tries again each hour. To put it right: budi-agent enroll --replace", "why", why)
	}
	a.publish()
}

// AlreadyEnrolled is the error for an order that does not say Replace.
type AlreadyEnrolled struct{ Device, URL string }

func (e AlreadyEnrolled) Error() string {
	return fmt.Sprintf("this computer is enrolled with %s as device %s already", e.URL, e.Device)
}

// Enrol carries out an order here and now, when no agent runs that has the
// state file open: then the error wraps state.ErrLocked, and the order waits to
// be carried out by that agent. Unless the error says that the collector refused
// the token, the order waits too, and a later Run carries it out.
func Enrol(ctx context.Context, o Options, order Order) (state.Identity, error) {
	a, err := open(o)
	if errors.Is(err, state.ErrLocked) {
		return state.Identity{}, errors.Join(err, WriteOrder(o.State, order))
	}
	if err != nil {
		return state.Identity{}, err
	}
	defer func() { a.trouble("close", "close the state file", a.store.Close()) }()
	if a.enrolled && !order.Replace {
		return state.Identity{}, AlreadyEnrolled{Device: a.identity.Device, URL: a.identity.URL}
	}
	if err := WriteOrder(o.State, order); err != nil {
		return state.Identity{}, err
	}
	if _, err := a.tryOrder(ctx); err != nil {
		if final(err) {
			err = errors.Join(err, RemoveOrder(o.State))
		}
		return state.Identity{}, err
	}
	return a.identity, nil
}
