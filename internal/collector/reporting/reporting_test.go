package reporting_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/reporting"
	"github.com/budi-monitor/budi/internal/fleet"
)

var t0 = time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)

func addr(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}) }

func TestEachLimitHoldsAndPasses(t *testing.T) {
	for _, tc := range []struct {
		most int
		why  reporting.Refusal
		next func(i int) (room string, from netip.Addr)
	}{
		{reporting.MaxOfRoom, reporting.OfRoom, func(i int) (string, netip.Addr) { return "214", addr(i) }},
		{reporting.MaxOfOne, reporting.OfOne, func(i int) (string, netip.Addr) { return fmt.Sprint(i), addr(1) }},
		{reporting.MaxTogether, reporting.Together, func(i int) (string, netip.Addr) { return fmt.Sprint(i), addr(i) }},
		// Whoever has a network of IPv6 has one place in it.
		{reporting.MaxOfOne, reporting.OfOne, func(i int) (string, netip.Addr) {
			return fmt.Sprint(i), netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1))
		}},
	} {
		var l reporting.Limiter
		for i := range tc.most {
			room, from := tc.next(i)
			if why := l.Take(t0.Add(time.Duration(i)*time.Second), room, access.NetworkOf(from)); why != "" {
				t.Fatalf("%s: the report %d is refused for %s", tc.why, i, why)
			}
		}
		room, from := tc.next(tc.most)
		if why := l.Take(t0.Add(reporting.Within-time.Second), room, access.NetworkOf(from)); why != tc.why {
			t.Errorf("%s: one more is answered %q", tc.why, why)
		}
		// What was refused does not count: the first place is free in time.
		if why := l.Take(t0.Add(reporting.Within), room, access.NetworkOf(from)); why != "" {
			t.Errorf("%s: an hour later: %s", tc.why, why)
		}
	}
}

// A clock that was set back locks nobody out.
func TestAClockThatWasSetBack(t *testing.T) {
	var l reporting.Limiter
	for range reporting.MaxOfRoom {
		l.Take(t0.Add(100*time.Hour), "214", access.NetworkOf(addr(1)))
	}
	if why := l.Take(t0, "214", access.NetworkOf(addr(1))); why != "" {
		t.Error(why)
	}
}

func TestCodesAndNamesTellNothing(t *testing.T) {
	a, b := reporting.NewCode(), reporting.NewCode()
	if a == b || len(a) != 20 {
		t.Errorf("%q %q", a, b)
	}
	if n := reporting.Name(a, "pc-214-07"); n == reporting.Name(b, "pc-214-07") || n == reporting.Name(a, "pc-214-08") || len(n) != 14 {
		t.Errorf("the name %q", n)
	}
}

func TestWhatPeopleUse(t *testing.T) {
	for _, tc := range []struct {
		kind  string
		class fleet.Class
		want  reporting.What
		ok    bool
	}{
		{"computer", fleet.Workstation, reporting.Computer, true},
		{"projector", fleet.Presentation, reporting.Projector, true},
		{"computer", fleet.Server, "", false},
		{"switch", fleet.Infrastructure, "", false},
		{"", fleet.Workstation, "", false},
	} {
		if got, ok := reporting.Of(tc.kind, tc.class); got != tc.want || ok != tc.ok {
			t.Errorf("%s %s: %q %v", tc.kind, tc.class, got, ok)
		}
	}
	for _, w := range reporting.Whats() {
		if len(w.Wrongs()) == 0 {
			t.Errorf("nothing can be wrong with %s", w)
		}
	}
	if reporting.What("x").Wrongs() != nil {
		t.Error("something is wrong with nothing")
	}
}
