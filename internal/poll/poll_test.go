package poll_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/poll"
)

// record notes when looks began and which results came out.
type record struct {
	mu      sync.Mutex
	began   map[string][]time.Time
	current map[string]int
	all     int // under way now
	most    int // at once, of all targets
	twice   []string
	results map[string][]look.Result
}

func newRecord() *record {
	return &record{began: map[string][]time.Time{}, current: map[string]int{}, results: map[string][]look.Result{}}
}

// target makes a target whose looks take as long as takes says.
func (r *record) target(id string, interval time.Duration, takes time.Duration) poll.Target {
	return poll.Target{ID: id, Interval: interval, Timeout: interval, Look: func(ctx context.Context) look.Result {
		r.mu.Lock()
		r.began[id] = append(r.began[id], time.Now())
		r.current[id]++
		if r.current[id] > 1 {
			r.twice = append(r.twice, id)
		}
		r.all++
		r.most = max(r.most, r.all)
		r.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(takes):
		}
		r.mu.Lock()
		r.current[id]--
		r.all--
		r.mu.Unlock()
		return look.Result{Target: id, Outcome: look.OK, Time: time.Now()}
	}}
}

func (r *record) sink(id string, res look.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results[id] = append(r.results[id], res)
}

func (r *record) looks(id string) []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.began[id])
}

func (r *record) got(id string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.results[id])
}

// atOnce is how many looks were under way at once, at most.
func (r *record) atOnce() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.most
}

// run plays a story with a running poller in a bubble of its own time.
func run(t *testing.T, o poll.Options, story func(t *testing.T, p *poll.Poller, r *record)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Logger = slog.New(slog.DiscardHandler)
		p, r := poll.New(o), newRecord()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- p.Run(ctx, r.sink) }()
		synctest.Wait()
		story(t, p, r)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if len(r.twice) > 0 {
			t.Errorf("looked at twice at once: %v", r.twice)
		}
		if s := p.Stats(); s.Running != 0 {
			t.Errorf("%d looks run after Run ended", s.Running)
		}
	})
}

func many(r *record, n int, interval, takes time.Duration) []poll.Target {
	var out []poll.Target
	for i := range n {
		out = append(out, r.target(fmt.Sprintf("site-%d", i), interval, takes))
	}
	return out
}

func TestAThousandTargetsAreEachLookedAtWithinTenSecondsAndEvenlyAfterwards(t *testing.T) {
	run(t, poll.Options{}, func(t *testing.T, p *poll.Poller, r *record) {
		start := time.Now()
		p.Set(many(r, 1000, time.Minute, 300*time.Millisecond))
		time.Sleep(10*time.Second + 500*time.Millisecond)
		for i := range 1000 {
			if n := len(r.looks(fmt.Sprintf("site-%d", i))); n < 1 {
				t.Fatalf("site-%d was looked at %d times in the first 10 s", i, n)
			}
		}
		if r.atOnce() > 60 { // 1,000 in 10 s, 0.3 s each: 30 on average
			t.Errorf("%d looks at once at the start", r.atOnce())
		}

		time.Sleep(10 * time.Minute)
		perSecond := map[int]int{}
		for i := range 1000 {
			id := fmt.Sprintf("site-%d", i)
			looks := r.looks(id)
			for j, at := range looks {
				if since := at.Sub(start); since >= 2*time.Minute && since < 3*time.Minute {
					perSecond[int(since.Seconds())]++
				}
				if j >= 2 && at.Sub(looks[j-1]) != time.Minute {
					t.Fatalf("%s was looked at %v after the look before", id, at.Sub(looks[j-1]))
				}
			}
			if gap := looks[1].Sub(looks[0]); gap < 30*time.Second || gap > 90*time.Second {
				t.Errorf("%s: second look %v after the first", id, gap)
			}
		}
		total := 0
		for second, n := range perSecond {
			total += n
			if n > 40 { // 1,000 in 60 s: 17 on average
				t.Errorf("%d looks in second %d", n, second)
			}
		}
		if total != 1000 {
			t.Errorf("%d looks in a minute, want 1000", total)
		}
		if s := p.Stats(); s.Skipped != 0 || s.Late != 0 || s.Dropped != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestTimesAreTheSameAfterARestart(t *testing.T) {
	var turns []time.Duration
	for _, later := range []time.Duration{0, 17 * time.Second} { // when the program was started
		clock := func() time.Time { return time.Now().Add(later) }
		run(t, poll.Options{Clock: clock}, func(t *testing.T, p *poll.Poller, r *record) {
			p.Set(many(r, 1, time.Minute, time.Second))
			time.Sleep(5 * time.Minute)
			looks := r.looks("site-0")
			turns = append(turns, time.Duration(looks[len(looks)-1].Add(later).UnixNano())%time.Minute)
		})
	}
	if turns[0] != turns[1] {
		t.Errorf("the turns are at %v and %v of the minute", turns[0], turns[1])
	}
}

func TestATargetIsNeverLookedAtTwiceAtOnce(t *testing.T) {
	run(t, poll.Options{}, func(t *testing.T, p *poll.Poller, r *record) {
		// The look does not heed its deadline.
		stuck := r.target("stuck", time.Minute, 0)
		inner := stuck.Look
		stuck.Look = func(ctx context.Context) look.Result {
			time.Sleep(150 * time.Second)
			return inner(ctx)
		}
		count := 0
		looks := func(ctx context.Context) look.Result {
			count++
			if count > 1 {
				t.Error("a second look began")
			}
			time.Sleep(150 * time.Second)
			count--
			return look.Result{}
		}
		target := poll.Target{ID: "stuck", Interval: time.Minute, Look: looks}
		p.Set([]poll.Target{target})
		for range 20 { // removed and added again while it runs
			time.Sleep(20 * time.Second)
			p.Set(nil)
			p.Set([]poll.Target{target})
		}
		if s := p.Stats(); s.Skipped == 0 {
			t.Errorf("nothing counted as skipped: %+v", s)
		}
	})
}

func TestTheResultOfARemovedTargetIsDropped(t *testing.T) {
	run(t, poll.Options{}, func(t *testing.T, p *poll.Poller, r *record) {
		keep, drop := r.target("keep", time.Minute, 20*time.Second), r.target("drop", time.Minute, 20*time.Second)
		p.Set([]poll.Target{keep, drop})
		time.Sleep(12 * time.Second) // both looks run
		p.Set([]poll.Target{keep})
		time.Sleep(5 * time.Minute)
		if r.got("drop") != 0 || r.got("keep") < 4 {
			t.Errorf("%d results of the removed target, %d of the other", r.got("drop"), r.got("keep"))
		}
		if n := len(r.looks("drop")); n != 1 {
			t.Errorf("the removed target was looked at %d times", n)
		}
		if s := p.Stats(); s.Dropped != 1 || s.Targets != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestATargetInThePlaceOfOneThatHangsIsLookedAtSoon(t *testing.T) {
	run(t, poll.Options{}, func(t *testing.T, p *poll.Poller, r *record) {
		p.Set([]poll.Target{r.target("site", 24*time.Hour, 30*time.Second)})
		time.Sleep(poll.FirstWithin) // the look runs
		p.Set(nil)
		p.Set([]poll.Target{r.target("site", 24*time.Hour, time.Second)})
		time.Sleep(time.Minute)
		if n := len(r.looks("site")); n != 2 {
			t.Errorf("%d looks", n)
		}
		if n := r.got("site"); n != 1 {
			t.Errorf("%d results, want that of the new target only", n)
		}
	})
}

func TestSettingTheSameTargetsAgainChangesNothing(t *testing.T) {
	run(t, poll.Options{}, func(t *testing.T, p *poll.Poller, r *record) {
		targets := many(r, 20, time.Minute, time.Second)
		p.Set(targets)
		for range 600 {
			time.Sleep(time.Second)
			p.Set(targets)
		}
		for _, target := range targets {
			if n := len(r.looks(target.ID)); n < 10 || n > 11 {
				t.Errorf("%s was looked at %d times in ten minutes", target.ID, n)
			}
		}
	})
}

func TestAnotherIntervalCountsAtOnce(t *testing.T) {
	run(t, poll.Options{}, func(t *testing.T, p *poll.Poller, r *record) {
		p.Set(many(r, 1, time.Hour, time.Second))
		time.Sleep(2 * time.Minute)
		p.Set(many(r, 1, time.Minute, time.Second))
		time.Sleep(10 * time.Minute)
		if n := len(r.looks("site-0")); n != 11 {
			t.Errorf("%d looks, want 1 and then 10 in ten minutes", n)
		}
	})
}

func TestLooksBeyondTheBoundWait(t *testing.T) {
	run(t, poll.Options{Concurrency: 5}, func(t *testing.T, p *poll.Poller, r *record) {
		p.Set(many(r, 100, time.Minute, 2500*time.Millisecond)) // 50 s of work for five
		time.Sleep(20 * time.Second)
		if s := p.Stats(); s.Running != 5 || s.Waiting == 0 {
			t.Errorf("%+v", s)
		}
		time.Sleep(10 * time.Minute)
		if r.atOnce() != 5 {
			t.Errorf("%d looks at once, want 5", r.atOnce())
		}
		for i := range 100 {
			if n := len(r.looks(fmt.Sprintf("site-%d", i))); n < 8 {
				t.Errorf("site-%d was looked at %d times in ten minutes: others keep it from its turn", i, n)
			}
		}
		if s := p.Stats(); s.Late == 0 {
			t.Errorf("nothing counted as late: %+v", s)
		}
	})
}

func TestALookHasItsDeadline(t *testing.T) {
	run(t, poll.Options{}, func(t *testing.T, p *poll.Poller, r *record) {
		var deadlines []time.Duration
		deadline := func(ctx context.Context) look.Result {
			d, _ := ctx.Deadline()
			deadlines = append(deadlines, time.Until(d))
			return look.Result{}
		}
		p.Set([]poll.Target{{ID: "a", Interval: time.Minute, Timeout: 7 * time.Second, Look: deadline}})
		time.Sleep(15 * time.Second)
		p.Set([]poll.Target{{ID: "b", Interval: 20 * time.Second, Timeout: time.Hour, Look: deadline}})
		time.Sleep(15 * time.Second)
		p.Set([]poll.Target{{ID: "c", Look: deadline}})
		time.Sleep(15 * time.Second)
		synctest.Wait()
		want := []time.Duration{7 * time.Second, 20 * time.Second, poll.DefaultTimeout}
		slices.Sort(deadlines)
		if !slices.Equal(slices.Compact(deadlines), want) {
			t.Errorf("deadlines %v, want %v", deadlines, want)
		}
	})
}

func TestAPanicBecomesAnUnknownResult(t *testing.T) {
	run(t, poll.Options{}, func(t *testing.T, p *poll.Poller, r *record) {
		p.Set([]poll.Target{{ID: "bad", Look: func(context.Context) look.Result { panic("oh") }}, r.target("good", time.Minute, 0)})
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if r.got("bad") < 4 || r.got("good") < 4 {
			t.Fatalf("%d and %d results", r.got("bad"), r.got("good"))
		}
		got := r.results["bad"][0]
		if got.Outcome != look.Unknown || got.Problem == nil || got.Problem.Code != poll.CodeInternalError || got.Problem.Detail != "oh" {
			t.Errorf("%+v", got)
		}
		if len(got.Samples) != 1 || got.Samples[0].Name != metric.LookUnknown || got.Samples[0].Value != 1 {
			t.Errorf("samples %v", got.Samples)
		}
		if s := p.Stats(); s.Panics != uint64(r.got("bad")) {
			t.Errorf("%+v", s)
		}
	})
}

func TestAJumpOfTheSystemClockNeitherStopsNorFloodsLooks(t *testing.T) {
	// The wall clock is asked once; these are days that it may show then, the
	// time before 1970 of a computer without a battery included. That nothing
	// asks it later is the test's point: a poller that did would see it jump.
	for _, at := range []time.Time{
		time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(0, 0), time.Date(2026, 3, 29, 0, 59, 59, 0, time.UTC), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		asked := 0
		clock := func() time.Time {
			asked++
			if asked%2 == 0 {
				return at.Add(48 * time.Hour)
			}
			return at.Add(-48 * time.Hour)
		}
		run(t, poll.Options{Clock: clock}, func(t *testing.T, p *poll.Poller, r *record) {
			p.Set(many(r, 50, time.Minute, time.Second))
			for range 60 {
				time.Sleep(time.Minute)
				p.Set(many(r, 50, time.Minute, time.Second))
			}
			for i := range 50 {
				if n := len(r.looks(fmt.Sprintf("site-%d", i))); n < 59 || n > 61 {
					t.Errorf("clock at %v: site-%d was looked at %d times in an hour", at, i, n)
				}
			}
		})
		if asked != 1 {
			t.Errorf("the wall clock was asked %d times", asked)
		}
	}
}

func TestRunEndsWithItsLooksAndDropsTheirResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, r := poll.New(poll.Options{Logger: slog.New(slog.DiscardHandler)}), newRecord()
		p.Set(many(r, 10, time.Minute, 30*time.Second)) // before Run
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		if err := p.Run(ctx, r.sink); err != nil {
			t.Error(err)
		}
		if s := p.Stats(); s.Looks != 10 || s.Dropped != 10 || s.Running != 0 || len(r.results) != 0 {
			t.Errorf("%+v, %d results", s, len(r.results))
		}
		if err := p.Run(ctx, r.sink); err == nil {
			t.Error("a second Run gave no error")
		}
	})
}
