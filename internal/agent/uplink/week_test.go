package uplink_test

import (
	"testing"
	"time"
)

// A week of a workstation that was offline is over a line of 1 Mbit/s within
// ten minutes, and the present within the first seconds of it.
func TestAWeekInBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("10080 commits")
	}
	c := newCollector(t)
	a := newAgent(t, c)
	var w workstation
	const looks = 7*24*60 - 1
	for range looks {
		a.clock.turn(time.Minute)
		must(t, a.store.Put(w.look(a.clock.Now())))
	}
	must(t, a.Push(t.Context()))
	s := a.Status()
	const line = 1_000_000 / 8 // bytes a second
	seconds := (s.Sent + s.Received) / line
	t.Logf("a week of 60 series: %d bytes in %d requests, %d s at 1 Mbit/s", s.Sent+s.Received, c.requests, seconds)
	if len(c.samples) != looks*60 || s.Spool.Samples != 0 || s.Spool.Dropped != 0 {
		t.Errorf("%d samples arrived, want %d; %+v", len(c.samples), looks*60, s.Spool)
	}
	if seconds > 300 {
		t.Errorf("it takes %d seconds", seconds)
	}
}
