package enrolment_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/wire"
)

const (
	push  = 2 * time.Minute
	knock = time.Hour // how long a cloned agent waits, as wire.CodeCloned says
)

// world is one identity, the computers that live under it, and a collector that
// can be killed.
type world struct {
	t       *rapid.T
	now     time.Time
	store   *memory
	control *enrolment.Control
	nonces  int
}

func newWorld(t *rapid.T, enrolled wire.Machine) *world {
	w := &world{t: t, now: t0, store: newMemory()}
	w.start()
	secret, _, err := w.control.CreateToken(context.Background(), "ona", enrolment.NewToken{Site: "main"})
	if err != nil {
		t.Fatal(err)
	}
	r := request(secret.Reveal(), 'a')
	r.Machine = enrolled
	if _, err := w.control.Enrol(context.Background(), r, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	return w
}

// start starts the collector; what was not flushed is forgotten.
func (w *world) start() {
	var err error
	w.control, err = enrolment.Open(enrolment.Options{
		Store: w.store, Devices: &devices{}, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return w.now },
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) flush() {
	if err := w.control.Flush(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) nonce() string {
	w.nonces++
	return fmt.Sprintf("%032x", w.nonces)
}

func (w *world) told() bool { return len(w.control.Clones()) > 0 }

// computer keeps to what wire says of an agent.
type computer struct {
	w        *world
	name     string
	machine  string
	nonce    string
	sequence uint64
	next     time.Time // of the next request
	admitted time.Time // when it was let in last
	tries    int
	off      bool
}

// send makes a request of this moment.
func (c *computer) send() enrolment.Call {
	c.sequence++
	return enrolment.Call{
		Secret: agentSecret('a'), Nonce: c.nonce, Sequence: c.sequence, Machine: c.machine, Address: c.name, Sent: c.w.now,
	}
}

// deliver brings a request to the collector.
func (w *world) deliver(call enrolment.Call) (wire.Code, time.Duration) {
	_, err := w.control.Admit(context.Background(), call)
	var refused *enrolment.RefusedError
	if errors.As(err, &refused) {
		return refused.Code, refused.RetryAfter
	}
	return codeOf(w.t, err), 0
}

// try makes a request and does what the answer says.
func (c *computer) try() wire.Code {
	c.tries++
	code, wait := c.w.deliver(c.send())
	switch code {
	case "":
		c.admitted, c.next = c.w.now, c.w.now.Add(push)
	case wire.CodeReplayed:
		c.nonce, c.sequence = c.w.nonce(), 0
		c.next = c.w.now.Add(time.Second)
	case wire.CodeCloned:
		c.next = c.w.now.Add(knock)
	case wire.CodeBusy:
		c.next = c.w.now.Add(wait)
	default:
		c.w.t.Fatalf("%s was refused with %s", c.name, code)
	}
	return code
}

// run lets the computers work until a time, the collector flushing each half
// minute.
func (w *world) run(until time.Time, computers ...*computer) {
	for {
		var first *computer
		for _, c := range computers {
			if !c.off && (first == nil || c.next.Before(first.next)) {
				first = c
			}
		}
		if first == nil || first.next.After(until) {
			break
		}
		if first.next.Sub(w.now) >= 30*time.Second {
			w.flush()
		}
		if first.next.After(w.now) {
			w.now = first.next
		}
		first.try()
	}
	w.now = until
	w.flush()
}

func machine(name string) wire.Machine { return wire.Machine{SystemUUID: name} }

func fingerprint(name string) string {
	if name == "" {
		return ""
	}
	return machine(name).Fingerprint()
}

// A single computer: whatever happens to it, to the network and to the
// collector, it is let in again. While its hardware stays, and no more than one
// request is late in an hour, nobody is told of a clone and it never has to
// wait.
func TestASingleComputerIsNeverKeptOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steady := rapid.Bool().Draw(t, "hardware stays")
		enrolled := rapid.SampledFrom([]string{"", "board"}).Draw(t, "enrolled")
		w := newWorld(t, machine(enrolled))
		c := &computer{w: w, name: "192.0.2.1", machine: fingerprint(enrolled), nonce: w.nonce(), next: w.now}
		var late []enrolment.Call // requests that a proxy holds up
		var sentAll []enrolment.Call
		var lastLate time.Time
		snapshot := *c
		for range rapid.IntRange(0, 60).Draw(t, "events") {
			if c.next.Sub(w.now) >= 30*time.Second {
				w.flush()
			}
			if c.next.After(w.now) {
				w.now = c.next
			}
			switch event := rapid.SampledFrom([]string{
				"push", "push", "push", "lost request", "lost answer", "held up", "arrives late", "replay", "restart", "off", "collector killed",
				"collector restarted", "flush", "snapshot", "snapshot restored", "other hardware",
			}).Draw(t, "event"); event {
			case "push":
				if code := c.try(); steady && (code == wire.CodeCloned || code == wire.CodeBusy) {
					t.Fatalf("refused with %s", code)
				}
			case "lost request":
				_ = c.send()
				c.next = w.now.Add(30 * time.Second)
			case "lost answer":
				call := c.send()
				sentAll = append(sentAll, call)
				w.deliver(call)
				c.next = w.now.Add(30 * time.Second)
			case "held up":
				late = append(late, c.send())
				c.next = w.now.Add(30 * time.Second)
			case "arrives late":
				if len(late) > 0 && w.now.Sub(lastLate) > time.Hour {
					w.deliver(late[len(late)-1])
					late, lastLate = nil, w.now
				}
			case "replay":
				if len(sentAll) > 0 {
					w.deliver(sentAll[len(sentAll)-1])
				}
			case "restart":
				c.nonce, c.sequence = w.nonce(), 0
			case "off":
				c.next = w.now.Add(time.Duration(rapid.IntRange(1, 48*60).Draw(t, "minutes off")) * time.Minute)
			case "collector killed":
				w.start()
			case "collector restarted":
				w.flush()
				w.start()
			case "flush":
				w.flush()
			case "snapshot":
				snapshot = *c
			case "snapshot restored":
				if steady && w.now.Sub(lastLate) <= time.Hour {
					break // counts as one thing that is late
				}
				// A virtual machine goes back, with its memory.
				lastLate, late = w.now, nil
				c.nonce, c.sequence = snapshot.nonce, snapshot.sequence
			case "other hardware":
				if !steady {
					c.machine = fingerprint(rapid.SampledFrom([]string{"", "board", "dock", "new board"}).Draw(t, "hardware"))
					c.nonce, c.sequence = w.nonce(), 0
				}
			}
			if steady && w.told() {
				t.Fatalf("told of a clone: %+v", w.control.Clones())
			}
		}
		// From now on nothing happens.
		begin := w.now
		if c.next.After(begin) {
			begin = c.next
		}
		w.run(begin.Add(knock+time.Hour+push), c)
		if w.now.Sub(c.admitted) > push {
			t.Fatalf("it was let in last %s ago", w.now.Sub(c.admitted))
		}
		w.run(w.now.Add(2*time.Hour), c)
		if w.told() {
			t.Fatalf("a clone that never lived is still told of: %+v", w.control.Clones())
		}
	})
}

// Two computers with one identity: that is told within a few calls of each, one
// of them goes on as if nothing were, the other one is refused, and when either
// is switched off the other lives on alone.
func TestTwoComputersAreToldApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := [][3]string{ // enrolled, first, second
			{"board", "board", "other"}, {"board", "other", "board"}, {"board", "board", "board"},
			{"", "", ""}, {"", "one", "two"}, {"board", "one", "two"}, {"board", "board", ""},
		}
		kind := rapid.SampledFrom(kinds).Draw(t, "enrolled, first, second")
		w := newWorld(t, machine(kind[0]))
		a := &computer{w: w, name: "192.0.2.1", machine: fingerprint(kind[1]), nonce: w.nonce(), next: w.now}
		w.run(w.now.Add(time.Duration(rapid.IntRange(1, 500).Draw(t, "minutes alone"))*time.Minute), a)
		b := &computer{w: w, name: "192.0.2.2", machine: fingerprint(kind[2]), nonce: w.nonce()}
		if rapid.Bool().Draw(t, "copied while it ran") {
			b.nonce, b.sequence = a.nonce, a.sequence
		}
		b.next = w.now.Add(time.Duration(rapid.IntRange(0, 119).Draw(t, "seconds apart")) * time.Second)
		a.tries, b.tries = 0, 0
		for !w.told() {
			if a.tries+b.tries > 12 {
				t.Fatal("not told after 12 requests")
			}
			w.run(earlier(a, b).next, a, b)
			if rapid.IntRange(0, 9).Draw(t, "killed when 0") == 0 {
				w.start() // after a flush: the last half minute is forgotten at most
			}
		}
		// Soon one is let in always, and the other never.
		w.run(w.now.Add(5*time.Minute), a, b)
		kept, refused := a, b
		if b.admitted.After(a.admitted) {
			kept, refused = b, a
		}
		if enrolled := fingerprint(kind[0]); enrolled != "" && refused.machine == enrolled && kept.machine != enrolled && kept.machine != "" {
			t.Fatal("the computer that was enrolled is the one that is refused")
		}
		before := refused.admitted
		for range 90 {
			w.run(w.now.Add(push), a, b)
			clones := w.control.Clones()
			if len(clones) != 1 || clones[0].Address != kept.name || clones[0].OtherAddress != refused.name {
				t.Fatalf("kept %s, told of %+v", kept.name, clones)
			}
			if w.now.Sub(kept.admitted) > push || refused.admitted != before {
				t.Fatalf("kept let in %s ago, refused at %s, was %s", w.now.Sub(kept.admitted), refused.admitted, before)
			}
		}
		if rapid.Bool().Draw(t, "the refused one is switched off") {
			refused.off = true
			w.run(w.now.Add(91*time.Minute), a, b)
			if w.told() || w.now.Sub(kept.admitted) > push {
				t.Fatal("one of them is gone, and it is not over")
			}
			return
		}
		kept.off = true
		w.run(w.now.Add(2*time.Hour+push), a, b)
		if w.told() || w.now.Sub(refused.admitted) > push {
			t.Fatalf("the one that is left was let in %s ago", w.now.Sub(refused.admitted))
		}
	})
}

func earlier(a, b *computer) *computer {
	if b.next.Before(a.next) {
		return b
	}
	return a
}
