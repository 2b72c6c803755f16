package throttle_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/throttle"
)

func TestTheThrottleForgetsRatherThanGrows(t *testing.T) {
	const free = 5
	th, now := throttle.New(free), time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)
	for range free {
		th.Take("victim", now.Add(time.Hour/2)) // newer than all the others
	}
	for i := range throttle.MaxKeys + 500 {
		th.Take(fmt.Sprint(i), now)
	}
	if th.Len() > throttle.MaxKeys {
		t.Errorf("%d keys are remembered", th.Len())
	}
	if wait := th.Take("victim", now.Add(time.Hour/2)); wait == 0 {
		t.Error("a flood of other keys made the newest one forgotten")
	}
	th.Take("later", now.Add(2*time.Hour))
	if th.Len() > 2 {
		t.Errorf("after a quiet hour %d keys are remembered", th.Len())
	}
}

func TestAClockSetBackLocksNobodyOut(t *testing.T) {
	for _, back := range []time.Duration{10 * time.Minute, 59 * time.Minute, 48 * time.Hour} {
		th, now := throttle.New(0), time.Date(2026, 9, 3, 0, 0, 0, 0, time.UTC)
		th.Take("rasa", now)
		if wait := th.Take("rasa", now.Add(-back)); wait != 0 {
			t.Errorf("set back by %v: waits %v", back, wait)
		}
	}
}
