package statuspage_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/statuspage"
)

// clock is a time that stands.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time      { return time.Unix(c.at.Load(), 0) }
func (c *clock) add(d time.Duration) { c.at.Add(int64(d / time.Second)) }

func TestAPageIsMadeOnceForEverybodyWhoAsks(t *testing.T) {
	var c clock
	cache := statuspage.NewCache(c.now)
	var made atomic.Int64
	begun, release := make(chan struct{}), make(chan struct{})
	render := func(context.Context) ([]byte, error) {
		if made.Add(1) == 1 {
			close(begun)
		}
		<-release
		return []byte("page"), nil
	}
	var wait sync.WaitGroup
	ask := func() {
		defer wait.Done()
		if got, err := cache.Get(t.Context(), statuspage.Key{Page: "a"}, render); err != nil || string(got.Body) != "page" {
			t.Errorf("%v", err)
		}
	}
	wait.Add(1)
	go ask()
	<-begun
	for range 50 {
		wait.Add(1)
		go ask()
	}
	close(release)
	wait.Wait()
	if n := made.Load(); n != 1 {
		t.Errorf("it was made %d times", n)
	}
}

func TestWhileAPageIsMadeAnewTheOldOneIsShown(t *testing.T) {
	var c clock
	cache := statuspage.NewCache(c.now)
	key := statuspage.Key{Page: "a"}
	get := func(render func(context.Context) ([]byte, error)) string {
		t.Helper()
		got, err := cache.Get(t.Context(), key, render)
		if err != nil {
			return err.Error()
		}
		return string(got.Body)
	}
	is := func(s string) func(context.Context) ([]byte, error) {
		return func(context.Context) ([]byte, error) { return []byte(s), nil }
	}
	never := func(context.Context) ([]byte, error) { t.Error("it is made once more"); return nil, nil }
	get(is("old"))
	if got := get(never); got != "old" {
		t.Error(got)
	}
	c.add(statuspage.FreshFor)
	got := get(func(context.Context) ([]byte, error) {
		if meanwhile := get(never); meanwhile != "old" {
			t.Errorf("meanwhile %q is shown", meanwhile)
		}
		return []byte("new"), nil
	})
	if got != "new" {
		t.Error(got)
	}
	broken := func(context.Context) ([]byte, error) { return nil, errors.New("broken") }
	c.add(statuspage.FreshFor)
	if got := get(broken); got != "new" {
		t.Errorf("when it cannot be made anew %q is shown", got)
	}
	if got := get(never); got != "new" {
		t.Errorf("after it could not be made anew %q is shown", got)
	}
	c.add(statuspage.StaleFor)
	if got := get(broken); got != "broken" {
		t.Errorf("after %s %q is shown", statuspage.StaleFor, got)
	}
	if got := get(never); got != "broken" {
		t.Errorf("who asks next gets %q", got)
	}
	c.add(statuspage.FreshFor)
	if got := get(is("again")); got != "again" {
		t.Error(got)
	}
	cache.Forget()
	if got := get(is("changed")); got != "changed" {
		t.Errorf("after it was forgotten %q is shown", got)
	}
	c.add(-time.Hour)
	if got := get(is("back")); got != "back" {
		t.Errorf("after the clock was set back %q is shown", got)
	}
}

func TestWhoWaitsForAPageMayLeave(t *testing.T) {
	cache := statuspage.NewCache(time.Now)
	begun, release := make(chan struct{}), make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = cache.Get(context.Background(), statuspage.Key{}, func(context.Context) ([]byte, error) {
			close(begun)
			<-release
			return nil, nil
		})
	}()
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := cache.Get(ctx, statuspage.Key{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(release)
	<-done
}
