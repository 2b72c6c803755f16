// Package line watches our own way out, so that a broken line of ours is never
// mistaken for somebody else's broken website. Witnesses are addresses that
// answer practically always (a name server, the provider's router); while none
// of them answers, looks at anything outside end as unknown. Agent and
// collector use it alike.
package line

import (
	"context"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// ProblemDown is the code of the Problem of a look that could not be made
// because our own line is down.
const ProblemDown = "own_line_down"

// ConfirmTimeout bounds the fresh look at the witnesses after a failed look.
const ConfirmTimeout = 5 * time.Second

// Line is our own way out. It is safe for concurrent use.
type Line struct {
	witnesses []look.Func
	now       func() time.Time

	turn    chan struct{} // holds one token; whoever has it may ask the witnesses and touch what is below
	lookAt  time.Time     // when the newest look at the witnesses began
	state   state
	problem *look.Problem // why no witness could be asked
}

// state is what the witnesses say of the line.
type state int

const (
	unknown state = iota // no witness could be asked: this computer does not let us
	down
	up
)

// New makes a Line with looks at its witnesses. Without witnesses the line
// always counts as up: nobody can tell. now is the clock; nil means time.Now.
func New(witnesses []look.Func, now func() time.Time) *Line {
	if now == nil {
		now = time.Now
	}
	l := &Line{witnesses: witnesses, now: now, turn: make(chan struct{}, 1)}
	l.turn <- struct{}{}
	return l
}

// Look asks all witnesses at once. The outcome is OK when one of them answers,
// whatever it answers, Unreachable when none does, and Unknown when none could
// be asked (pings that the system does not permit): a line of which nobody can
// tell anything must not hide the faults of others for good.
func (l *Line) Look(ctx context.Context) look.Result {
	start := l.now()
	state, problem := l.askedSince(ctx, start)
	r := look.Result{Target: "line", Kind: "line", Time: start, Duration: l.now().Sub(start)}
	switch state {
	case up:
		r.Outcome = look.OK
		r.Samples = []look.Sample{{Name: metric.LineUp, Value: 1}}
	case down:
		r.Outcome, r.Problem = look.Unreachable, &look.Problem{Code: ProblemDown}
		r.Samples = []look.Sample{{Name: metric.LineUp, Value: 0}}
	default:
		r.Outcome, r.Problem = look.Unknown, problem
		r.Samples = []look.Sample{{Name: metric.LookUnknown, Value: 1}}
	}
	return r
}

// Guard wraps a look at something outside. When the look goes wrong and the
// witnesses, asked after it began, do not answer either, the result is
// unknown: it carries none of the samples that say how the thing is. When no
// witness could be asked the result stands, as it does without witnesses.
func (l *Line) Guard(f look.Func) look.Func {
	if len(l.witnesses) == 0 {
		return f
	}
	return func(ctx context.Context) look.Result {
		start := l.now()
		r := f(ctx)
		if r.Outcome == look.OK || r.Outcome == look.Unknown {
			return r
		}
		// The look may have used up its own deadline; the question whether it
		// was our fault still has to be answered.
		confirm, cancel := context.WithTimeout(context.WithoutCancel(ctx), ConfirmTimeout)
		defer cancel()
		stop := context.AfterFunc(ctx, func() {
			if ctx.Err() == context.Canceled { // we are being stopped
				cancel()
			}
		})
		defer stop()
		if state, _ := l.askedSince(confirm, start); state != down {
			return r
		}
		return look.Result{
			Target: r.Target, Kind: r.Kind, Time: r.Time, Duration: r.Duration, Outcome: look.Unknown,
			Problem: &look.Problem{Code: ProblemDown},
			Samples: []look.Sample{{Name: metric.LookUnknown, Value: 1}},
		}
	}
}

// askedSince says how the line was by a look at the witnesses that began at or
// after since; it makes one when there was none. Whoever waits meanwhile is
// served by the same look. Nobody can tell any more when ctx ends first: that
// counts as down, which accuses nobody.
func (l *Line) askedSince(ctx context.Context, since time.Time) (state, *look.Problem) {
	select {
	case <-l.turn:
		defer func() { l.turn <- struct{}{} }()
	case <-ctx.Done():
		return down, nil
	}
	now := l.now()
	if !l.lookAt.Before(since) && !l.lookAt.After(now) { // after now: the clock was set back
		return l.state, l.problem
	}
	l.state, l.problem = l.ask(ctx)
	l.lookAt = now
	return l.state, l.problem
}

// ask asks all witnesses at once; one that answers is enough. The problem says
// why none could be asked.
func (l *Line) ask(ctx context.Context) (state, *look.Problem) {
	if len(l.witnesses) == 0 {
		return up, nil
	}
	bounded, cancel := context.WithTimeout(ctx, ConfirmTimeout)
	defer cancel()
	answers := make(chan look.Result, len(l.witnesses))
	for _, w := range l.witnesses {
		go func() { answers <- w(bounded) }()
	}
	said := unknown
	var problem *look.Problem
	for range l.witnesses {
		switch r := <-answers; r.Outcome {
		case look.OK, look.Failed:
			// A wrong answer came over the line as well as a right one.
			said = up
			cancel() // the others need not go on; they are waited for all the same
		case look.Unreachable:
			said = max(said, down)
		default:
			problem = r.Problem
		}
	}
	switch {
	case said != unknown:
		return said, nil
	case ctx.Err() != nil: // they were told to stop
		return down, nil
	default:
		return unknown, problem
	}
}
