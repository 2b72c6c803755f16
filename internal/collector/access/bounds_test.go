package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// What is bounded cannot be seen from outside, so these tests look inside.

func TestOnlyAFewPasswordsAreHashedAtOnce(t *testing.T) {
	h := newHasher(Hashing{MemoryKiB: 64, Passes: 1, Threads: 1})
	for range hashesAtOnce {
		if err := h.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error, hashesWaiting)
	for range hashesWaiting {
		go func() { waiting <- h.acquire(ctx) }()
	}
	for deadline := time.Now().Add(10 * time.Second); len(h.places) < cap(h.places); {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d places are taken", len(h.places), cap(h.places))
		}
		time.Sleep(time.Millisecond)
	}
	if _, err := h.hash(t.Context(), "one too many"); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	cancel() // those that wait go home
	for range hashesWaiting {
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("one that waits: %v", err)
		}
	}
	h.release()
	if _, err := h.hash(t.Context(), "there is room again"); err != nil {
		t.Error(err)
	}
}

func TestTheThrottleForgetsRatherThanGrows(t *testing.T) {
	th, now := newThrottle(accountFree), time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)
	for range accountFree {
		th.take("victim", now.Add(time.Hour/2)) // newer than all the others
	}
	for i := range throttleSize + 500 {
		th.take(fmt.Sprint(i), now)
	}
	if len(th.seen) > throttleSize {
		t.Errorf("%d keys are remembered", len(th.seen))
	}
	if wait := th.take("victim", now.Add(time.Hour/2)); wait == 0 {
		t.Error("a flood of other keys made the newest one forgotten")
	}
	th.take("later", now.Add(2*time.Hour))
	if len(th.seen) > 2 {
		t.Errorf("after a quiet hour %d keys are remembered", len(th.seen))
	}
}

func TestAClockSetBackLocksNobodyOut(t *testing.T) {
	for _, back := range []time.Duration{10 * time.Minute, 59 * time.Minute, 48 * time.Hour} {
		th, now := newThrottle(0), time.Date(2026, 9, 3, 0, 0, 0, 0, time.UTC)
		th.take("rasa", now)
		if wait := th.take("rasa", now.Add(-back)); wait != 0 {
			t.Errorf("set back by %v: waits %v", back, wait)
		}
	}
}

// A damaged hash is refused before it costs anything.
func FuzzParseHash(f *testing.F) {
	h := newHasher(Hashing{MemoryKiB: 64, Passes: 1, Threads: 1})
	good, err := h.hash(context.Background(), "x")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(strings.Replace(good, "m=64", "m=4294967295", 1))
	f.Add(strings.Replace(good, "t=1", "t=0", 1))
	f.Add(strings.Replace(good, "p=1", "p=0", 1))
	f.Add("$argon2id$v=19$m=64,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, s string) {
		cost, salt, sum, err := parseHash(s)
		if err == nil && (cost.check() != nil || len(salt) < 8 || len(sum) < 16 || len(sum) > 512) {
			t.Errorf("%q passed: %+v", s, cost)
		}
	})
}

func BenchmarkPasswordHash(b *testing.B) {
	h := newHasher(DefaultHashing)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.hash(b.Context(), "šaltas vanduo upėje"); err != nil {
			b.Fatal(err)
		}
	}
}
