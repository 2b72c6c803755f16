package jobs_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/jobs"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func TestWhatACallSays(t *testing.T) {
	for word, want := range map[string]struct {
		kind jobs.Kind
		exit int64
		has  bool
	}{
		"": {jobs.Well, 0, false}, "start": {jobs.Started, 0, false}, "fail": {jobs.Failed, 0, false},
		"0": {jobs.Well, 0, true}, "1": {jobs.Failed, 1, true}, "255": {jobs.Failed, 255, true},
		"-1": {jobs.Failed, -1, true}, "3221225786": {jobs.Failed, 3221225786, true}, // 0xC000013A: Windows ended it by Ctrl+C
	} {
		kind, exit, ok := jobs.Parse(word)
		if !ok || kind != want.kind || (exit != nil) != want.has || exit != nil && *exit != want.exit {
			t.Errorf("%q says %q, %v, %t", word, kind, exit, ok)
		}
	}
	for _, word := range []string{"Start", "success", "+1", "1.0", " 1", "99999999999", "-9999999999", "0x1"} {
		if _, _, ok := jobs.Parse(word); ok {
			t.Errorf("%q is taken", word)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("line\r\nline\x1b[31m\x00 \xff\u202egnp"))
	f.Add([]byte(strings.Repeat("ž", jobs.MaxBody)))
	f.Fuzz(func(t *testing.T, body []byte) {
		text, cut := jobs.Text(body)
		if len(text) > jobs.MaxBody || !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\x1b\r\u202e") || cut && len(text) < jobs.MaxBody-4 {
			t.Errorf("%q, %t", text, cut)
		}
	})
}

// A story of calls, one after another, and what is thought of the job at each
// moment.
func TestStandings(t *testing.T) {
	terms := jobs.Terms{Period: 24 * time.Hour, Grace: 2 * time.Hour}
	long := noon.Add(-1000 * time.Hour) // nobody was away
	at := func(hours float64) time.Time { return noon.Add(time.Duration(hours * float64(time.Hour))) }
	two := int64(2)
	s := jobs.State{ID: "backup"}.Await(true, at(0))
	for _, step := range []struct {
		rule  string
		call  *jobs.Call
		hours float64
		want  jobs.Standing
	}{
		{"nothing is missed before the first period ends", nil, 25, jobs.Waiting},
		{"one that never called is late at last", nil, 27, jobs.Late},
		{"a call makes it well", &jobs.Call{Kind: jobs.Well}, 28, jobs.Good},
		{"for a period and its grace", nil, 28 + 25.9, jobs.Good},
		{"and not longer", nil, 28 + 26.1, jobs.Late},
		{"a start alone is no end", &jobs.Call{Kind: jobs.Started}, 55, jobs.Good},
		{"what runs for longer than the grace is told", nil, 57.5, jobs.TooLong},
		{"an end mends it", &jobs.Call{Kind: jobs.Well, Exit: new(int64)}, 58, jobs.Good},
		{"an exit code is a failure", &jobs.Call{Kind: jobs.Failed, Exit: &two}, 60, jobs.Bad},
		{"also the next day", nil, 80, jobs.Bad},
		{"until it is late as well", nil, 60 + 26.5, jobs.Late},
	} {
		if step.call != nil {
			c := *step.call
			c.At = at(step.hours)
			s, _ = s.Take(c)
		}
		if v := s.At(at(step.hours), terms, long); v.Standing != step.want {
			t.Errorf("%s: after %g hours it is %s, not %s", step.rule, step.hours, v.Standing, step.want)
		}
	}
	if s.Took != 3*time.Hour {
		t.Errorf("the run took %s", s.Took)
	}
}

// Whoever was not listening cannot say that nobody called.
func TestAwayIsNotLate(t *testing.T) {
	terms := jobs.Terms{Period: time.Hour, Grace: 10 * time.Minute}
	s, _ := jobs.State{ID: "x"}.Await(true, noon).Take(jobs.Call{At: noon, Kind: jobs.Well})
	back := noon.Add(5 * time.Hour)
	if v := s.At(back.Add(time.Minute), terms, back); v.Standing != jobs.Unsure {
		t.Errorf("just after a start it is %s", v.Standing)
	}
	if v := s.At(back.Add(11*time.Minute), terms, back); v.Standing != jobs.Late {
		t.Errorf("after the grace it is %s", v.Standing)
	}
	s.Missed = noon.Add(2 * time.Hour) // it was found late before
	if v := s.At(back.Add(time.Minute), terms, back); v.Standing != jobs.Late {
		t.Errorf("one that was late before is %s", v.Standing)
	}
	if v := s.Await(false, back).At(back, terms, back); v.Standing != jobs.Good || !v.Due.IsZero() {
		t.Errorf("one that is not waited for is %+v", v)
	}
}

func TestNobodyCallsTooOften(t *testing.T) {
	var l jobs.Limiter
	here, there := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	count := func(n int, job string, from netip.Addr) (taken int, last jobs.Refusal) {
		for range n {
			if last = l.Take(noon, job, access.NetworkOf(from)); last == "" {
				taken++
			}
		}
		return taken, last
	}
	if n, why := count(100, "", here); n != jobs.MaxUnknown || why != jobs.Unknown {
		t.Errorf("a stranger knocked %d times: %s", n, why)
	}
	if n, why := count(100, "backup", here); n != jobs.MaxOfJob || why != jobs.OfJob {
		t.Errorf("a job called %d times, from where a stranger knocks: %s", n, why)
	}
	if n, _ := count(1, "other", there); n != 1 {
		t.Error("another job is kept out")
	}
	for i := range 20 {
		count(30, strings.Repeat("x", i+1), here)
	}
	if why := l.Take(noon, "last", access.NetworkOf(here)); why != jobs.OfOne {
		t.Errorf("one address called without end: %q", why)
	}
	// A network of IPv6 is one sender.
	count(jobs.MaxUnknown, "", netip.MustParseAddr("2001:db8::1"))
	if why := l.Take(noon, "", access.NetworkOf(netip.MustParseAddr("2001:db8::2"))); why != jobs.Unknown {
		t.Errorf("its neighbour is taken: %q", why)
	}
	if why := l.Take(noon.Add(jobs.Within), "last", access.NetworkOf(here)); why != "" {
		t.Errorf("a minute later it is %s", why)
	}
	// However many there are, they are counted.
	var crowd jobs.Limiter
	taken := 0
	for i := range 30_000 {
		if crowd.Take(noon, "", access.NetworkOf(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))) == "" {
			taken++
		}
	}
	if taken > 10_000+jobs.MaxUnknown {
		t.Errorf("%d of a crowd of strangers", taken)
	}
}
