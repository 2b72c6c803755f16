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

	turn   chan struct{} // holds one token; whoever has it may ask the witnesses and touch what is below
	lookAt time.Time     // when the newest look at the witnesses began
	up     bool
}

// New makes a Line with looks at its witnesses. Without witnesses the line
// always counts as up: nobody can tell. now is the clock; nil means time.Now.
func New(witnesses []look.Func, now func() time.Time) *Line {
	if now == nil {
		now = time.Now
	}
	l := &Line{witnesses: witnesses, now: now, turn: make(chan struct{}, 1), up: true}
	l.turn <- struct{}{}
	return l
}

// Look asks all witnesses at once. The outcome is OK when one of them answers,
// whatever it answers, and Unreachable when none does.
func (l *Line) Look(ctx context.Context) look.Result {
	start := l.now()
	up := l.askedSince(ctx, start)
	r := look.Result{Target: "line", Kind: "line", Time: start, Duration: l.now().Sub(start), Outcome: look.OK}
	value := 1.0
	if !up {
		value = 0
		r.Outcome = look.Unreachable
		r.Problem = &look.Problem{Code: ProblemDown}
	}
	r.Samples = []look.Sample{{Name: metric.LineUp, Value: value}}
	return r
}

// Guard wraps a look at something outside. When the look goes wrong and the
// witnesses, asked after it began, do not answer either, the result is
// unknown: it carries none of the samples that say how the thing is.
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
		if l.askedSince(confirm, start) {
			return r
		}
		return look.Result{
			Target: r.Target, Kind: r.Kind, Time: r.Time, Duration: r.Duration, Outcome: look.Unknown,
			Problem: &look.Problem{Code: ProblemDown},
			Samples: []look.Sample{{Name: metric.LookUnknown, Value: 1}},
		}
	}
}

// askedSince reports whether the line was up by a look at the witnesses that
// began at or after since; it makes one when there was none. Whoever waits
// meanwhile is served by the same look. Nobody can tell any more when ctx ends
// first: that is not up.
func (l *Line) askedSince(ctx context.Context, since time.Time) bool {
	select {
	case <-l.turn:
		defer func() { l.turn <- struct{}{} }()
	case <-ctx.Done():
		return false
	}
	now := l.now()
	if !l.lookAt.Before(since) && !l.lookAt.After(now) { // after now: the clock was set back
		return l.up
	}
	l.up = l.ask(ctx)
	l.lookAt = now
	return l.up
}

// ask returns true as soon as one witness answers.
func (l *Line) ask(ctx context.Context) bool {
	if len(l.witnesses) == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, ConfirmTimeout)
	defer cancel()
	answers := make(chan bool, len(l.witnesses))
	for _, w := range l.witnesses {
		go func() {
			o := w(ctx).Outcome
			// A wrong answer came over the line as well as a right one.
			answers <- o == look.OK || o == look.Failed
		}()
	}
	up := false
	for range l.witnesses {
		if <-answers {
			up = true
			cancel() // the others need not go on; they are waited for all the same
		}
	}
	return up
}
