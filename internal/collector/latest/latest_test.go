package latest_test

import (
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/latest"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

var t0 = time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)

func result(at time.Time) look.Result {
	return look.Result{Time: at, Outcome: look.OK, Samples: []look.Sample{{Name: "probe_success", Value: 1}}}
}

func TestSeldomLooksAreRepeatedEachMinuteWithTheirAge(t *testing.T) {
	b := latest.New()
	b.Put("hourly", time.Hour, result(t0))
	b.Put("often", time.Minute, result(t0))
	var ages []float64
	for now := t0; now.Before(t0.Add(3 * time.Hour)); now = now.Add(5 * time.Second) {
		for _, r := range b.Repeats(now) {
			if r.ID != "hourly" || !r.Result.Time.Equal(now) || len(r.Result.Samples) != 2 || r.Result.Samples[1].Name != metric.LookAgeSeconds {
				t.Fatalf("at %s: %+v", now, r)
			}
			ages = append(ages, r.Result.Samples[1].Value)
		}
	}
	if len(ages) != 120 || ages[0] != 60 || ages[119] != 7200 {
		t.Errorf("got %d repeats, from %v to %v; want 120, one a minute, until the looks have clearly stopped", len(ages), ages[0], ages[len(ages)-1])
	}
	if r, _ := b.Get("hourly"); len(r.Samples) != 1 || !r.Time.Equal(t0) {
		t.Errorf("repeating changed the result itself: %+v", r)
	}
}

func TestTheClockSetBackStopsNothing(t *testing.T) {
	b := latest.New()
	b.Put("hourly", time.Hour, result(t0))
	if got := b.Repeats(t0.Add(30 * time.Minute)); len(got) != 1 {
		t.Fatalf("got %+v", got)
	}
	if got := b.Repeats(t0.Add(10 * time.Minute)); len(got) != 1 {
		t.Errorf("after the clock was set back 20 minutes: got %+v", got)
	}
	if got := b.Repeats(t0.Add(-48 * time.Hour)); len(got) != 0 {
		t.Errorf("a result from the future has no age: got %+v", got)
	}
}

func TestKeepForgetsTheOthers(t *testing.T) {
	b := latest.New()
	for _, id := range []string{"c", "a", "b"} {
		b.Put(id, time.Minute, result(t0))
	}
	gone := b.Keep(map[string]bool{"b": true})
	if len(gone) != 2 || gone[0] != "a" || gone[1] != "c" {
		t.Errorf("got %v", gone)
	}
	if _, ok := b.Get("a"); ok {
		t.Error("a is still there")
	}
	if _, ok := b.Get("b"); !ok {
		t.Error("b is gone")
	}
}

func TestWhatADeviceToldLastIsKeptWhileItIsSilent(t *testing.T) {
	b := latest.New()
	if _, ok := b.Told("printer"); ok || !b.Since("printer").IsZero() {
		t.Error("it told nothing yet")
	}
	answer := result(t0)
	answer.Device = &look.Device{Kinds: []look.Kind{look.Printer}}
	b.Put("printer", time.Minute, answer)
	for minute := 1; minute <= 3; minute++ {
		silence := result(t0.Add(time.Duration(minute) * time.Minute))
		silence.Outcome = look.Unreachable
		b.Put("printer", time.Minute, silence)
	}
	if r, ok := b.Told("printer"); !ok || !r.Time.Equal(t0) {
		t.Errorf("it told %+v", r)
	}
	if since := b.Since("printer"); !since.Equal(t0.Add(time.Minute)) {
		t.Errorf("it is silent since %s", since)
	}
}
