package line_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/budi-monitor/budi/internal/line"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

func answer(o look.Outcome) look.Func {
	return func(context.Context) look.Result { return look.Result{Outcome: o} }
}

func hang(ctx context.Context) look.Result {
	<-ctx.Done()
	return look.Result{Outcome: look.Unreachable}
}

func site(o look.Outcome) look.Func {
	return func(context.Context) look.Result {
		return look.Result{Target: "https://example.lt", Kind: "http", Outcome: o, Samples: []look.Sample{{Name: "probe_success", Value: 0}}}
	}
}

func TestGuardTellsOurFaultFromTheirs(t *testing.T) {
	for name, tc := range map[string]struct {
		witnesses []look.Func
		site, out look.Outcome
	}{
		"a good look needs no witness":                {[]look.Func{answer(look.Unreachable)}, look.OK, look.OK},
		"the site is down, a witness answers":         {[]look.Func{answer(look.OK)}, look.Unreachable, look.Unreachable},
		"one witness of two answers":                  {[]look.Func{hang, answer(look.OK)}, look.Unreachable, look.Unreachable},
		"a witness that answers wrongly is a witness": {[]look.Func{answer(look.Failed)}, look.Failed, look.Failed},
		"nobody answers: our line is down":            {[]look.Func{answer(look.Unreachable), hang}, look.Unreachable, look.Unknown},
		"a captive portal answers for the site":       {[]look.Func{answer(look.Unreachable)}, look.Failed, look.Unknown},
		"no witnesses: nobody can tell":               {nil, look.Unreachable, look.Unreachable},
		"no witness can be asked: nobody can tell":    {[]look.Func{answer(look.Unknown), answer(look.Unknown)}, look.Unreachable, look.Unreachable},
		"who cannot be asked does not speak for us":   {[]look.Func{answer(look.Unknown), answer(look.Unreachable)}, look.Unreachable, look.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := line.New(tc.witnesses, nil).Guard(site(tc.site))(t.Context())
				if r.Outcome != tc.out {
					t.Errorf("got %s, want %s", r.Outcome, tc.out)
				}
				if tc.out != look.Unknown {
					return
				}
				if r.Problem == nil || r.Problem.Code != line.ProblemDown || r.Target != "https://example.lt" || r.Kind != "http" {
					t.Errorf("got %+v", r)
				}
				if len(r.Samples) != 1 || r.Samples[0].Name != metric.LookUnknown || r.Samples[0].Value != 1 {
					t.Errorf("an unknown look must not say how the site is: %+v", r.Samples)
				}
			})
		})
	}
}

func TestALookWhoseOwnDeadlineIsOverIsStillJudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if r := line.New([]look.Func{answer(look.OK)}, nil).Guard(hang)(ctx); r.Outcome != look.Unreachable {
			t.Errorf("got %s", r.Outcome)
		}
	})
}

func TestAThousandFailuresAskTheWitnessesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		l := line.New([]look.Func{func(context.Context) look.Result {
			asked.Add(1)
			time.Sleep(time.Second)
			return look.Result{Outcome: look.Unreachable}
		}}, nil)
		guarded := l.Guard(site(look.Unreachable))
		done := make(chan look.Outcome)
		for range 1000 {
			go func() { done <- guarded(t.Context()).Outcome }()
		}
		for range 1000 {
			if o := <-done; o != look.Unknown {
				t.Fatalf("got %s", o)
			}
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("the witness was asked %d times", n)
		}
		guarded(t.Context())
		if n := asked.Load(); n != 2 {
			t.Errorf("a later failure must ask again: asked %d times", n)
		}
	})
}

func TestLookSaysWhetherTheLineIsUp(t *testing.T) {
	for _, tc := range []struct {
		witness look.Outcome
		value   float64
		outcome look.Outcome
	}{{look.OK, 1, look.OK}, {look.Unreachable, 0, look.Unreachable}} {
		r := line.New([]look.Func{answer(tc.witness)}, nil).Look(t.Context())
		if r.Outcome != tc.outcome || len(r.Samples) != 1 || r.Samples[0].Name != metric.LineUp || r.Samples[0].Value != tc.value {
			t.Errorf("witness %s: got %+v", tc.witness, r)
		}
	}
}

func TestALineOfWhichNobodyCanTellIsNeitherUpNorDown(t *testing.T) {
	forbidden := func(context.Context) look.Result {
		return look.Result{Outcome: look.Unknown, Problem: &look.Problem{Code: "icmp_not_permitted"}}
	}
	l := line.New([]look.Func{forbidden}, nil)
	for range 2 {
		r := l.Look(t.Context())
		if r.Outcome != look.Unknown || r.Problem == nil || r.Problem.Code != "icmp_not_permitted" {
			t.Errorf("got %+v", r)
		}
		if len(r.Samples) != 1 || r.Samples[0].Name != metric.LookUnknown {
			t.Errorf("the samples say how the line is: %+v", r.Samples)
		}
	}
}

func TestWhoIsStoppedAccusesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		cancelled := func(ctx context.Context) look.Result {
			<-ctx.Done()
			return look.Result{Outcome: look.Unknown}
		}
		if r := line.New([]look.Func{cancelled}, nil).Guard(site(look.Unreachable))(ctx); r.Outcome != look.Unknown {
			t.Errorf("got %s", r.Outcome)
		}
	})
}

func TestTheClockSetBackDoesNotKeepAnOldAnswer(t *testing.T) {
	now := time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)
	up := look.OK
	l := line.New([]look.Func{func(context.Context) look.Result { return look.Result{Outcome: up} }}, func() time.Time { return now })
	l.Look(t.Context())
	now = now.Add(-48 * time.Hour)
	up = look.Unreachable
	if r := l.Look(t.Context()); r.Outcome != look.Unreachable {
		t.Errorf("got %s: the answer is two days from the future", r.Outcome)
	}
}
