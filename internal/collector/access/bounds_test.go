package access

import (
	"context"
	"errors"
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
	for deadline := time.Now().Add(time.Minute); len(h.places) < cap(h.places); {
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
