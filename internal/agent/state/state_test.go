package state_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

func monday() time.Time { return time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC) }

// clock is a clock that tests turn.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func open(t *testing.T, path string, o state.Options) *state.Store {
	t.Helper()
	s, err := state.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lookAt is a look with n samples, like those of a computer.
func lookAt(at time.Time, n int) look.Result {
	r := look.Result{Time: at}
	for i := range n {
		s := look.Sample{Name: fmt.Sprintf("system_thing_%d_bytes_total", i%20), Value: float64(at.Unix()) * float64(i)}
		if i >= 20 {
			s.Labels = look.Labels("device", fmt.Sprintf("disk %d", i/20), "direction", "read")
		}
		if i%4 == 3 {
			s.Value = float64(at.Unix()%1000)/7 + float64(i)
		}
		r.Samples = append(r.Samples, s)
	}
	return r
}

func unsent(t *testing.T, s *state.Store, most int) []state.Entry {
	t.Helper()
	entries, err := s.Unsent(most)
	must(t, err)
	return entries
}

func ids(entries []state.Entry) (out []uint64) {
	for _, e := range entries {
		out = append(out, e.ID)
	}
	return out
}

func times(entries []state.Entry) (out []time.Time) {
	for _, e := range entries {
		out = append(out, e.Time.UTC())
	}
	return out
}

func TestWhatIsPutComesBackNewestFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.db")
	c := &clock{monday()}
	s := open(t, path, state.Options{Now: c.Now})
	odd := look.Result{Time: monday(), Samples: []look.Sample{
		{Name: "a", Value: 0}, {Name: "b", Value: math.Copysign(0, -1)}, {Name: "c", Value: math.Inf(-1)},
		{Name: "d", Value: -1.5}, {Name: "e", Value: 1<<52 - 1}, {Name: "f", Value: 1 << 53}, {Name: "g", Value: -(1<<52 - 1)},
		{Name: "a", Labels: look.Labels("x", "1"), Value: 7}, {Name: "a", Labels: look.Labels("x", "ą\x00\"", "y", ""), Value: math.MaxFloat64},
	}}
	must(t, s.Put(odd))
	for i := 1; i < 4; i++ {
		must(t, s.Put(lookAt(monday().Add(time.Duration(i)*time.Minute), 60)))
	}
	check := func(s *state.Store) {
		t.Helper()
		all := unsent(t, s, 1000)
		want := []time.Time{monday().Add(3 * time.Minute), monday().Add(2 * time.Minute), monday().Add(time.Minute), monday()}
		if got := times(all); !reflect.DeepEqual(got, want) {
			t.Errorf("times %v", got)
		}
		for i, sample := range all[3].Samples {
			w := odd.Samples[i]
			if sample.Name != w.Name || !reflect.DeepEqual(sample.Labels, w.Labels) || math.Float64bits(sample.Value) != math.Float64bits(w.Value) {
				t.Errorf("got %v, want %v", sample, w)
			}
		}
		if got := all[0].Samples; !reflect.DeepEqual(got, lookAt(want[0], 60).Samples) {
			t.Errorf("got %v", got)
		}
		if got := len(unsent(t, s, 120)); got != 2 {
			t.Errorf("at most 120 samples: %d looks", got)
		}
		if got := len(unsent(t, s, 1)); got != 1 {
			t.Errorf("at most 1 sample: %d looks, one always comes", got)
		}
		if got := s.Stats(); got.Samples != 189 || !got.Oldest.Equal(monday()) || got.Dropped != 0 || got.Notice != "" {
			t.Errorf("stats %+v", got)
		}
	}
	check(s)
	must(t, s.Close())
	check(open(t, path, state.Options{Now: c.Now}))
}

func TestWhatIsAcknowledgedIsKeptForAWhile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.db")
	c := &clock{monday()}
	s := open(t, path, state.Options{Now: c.Now})
	for i := range 3 {
		must(t, s.Put(lookAt(monday().Add(time.Duration(i)*time.Minute), 10)))
	}
	all := unsent(t, s, 1000)
	must(t, s.Sent(append(ids(all[:2]), 999)))
	if got := s.Stats(); got.Samples != 10 || len(unsent(t, s, 1000)) != 1 {
		t.Errorf("stats %+v", got)
	}
	must(t, s.Close())
	s = open(t, path, state.Options{Now: c.Now})
	must(t, s.Resend())
	if got := unsent(t, s, 1000); !reflect.DeepEqual(times(got), times(all)) {
		t.Errorf("after a start of the collector: %v", times(got))
	}
	must(t, s.Sent(ids(all)))
	c.now = c.now.Add(wire.KeepAfterAck + time.Second)
	must(t, s.Resend())
	if got := s.Stats(); len(unsent(t, s, 1000)) != 0 || got.Bytes != 0 || got.Dropped != 0 {
		t.Errorf("too late: stats %+v", got)
	}
}

func TestWhatIsTooOldOrTooMuchGoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.db")
	c := &clock{monday()}
	s := open(t, path, state.Options{Now: c.Now, MaxBytes: 10_000})
	for i := range 200 {
		c.now = monday().Add(time.Duration(i) * time.Minute)
		must(t, s.Put(lookAt(c.now, 20)))
	}
	got := s.Stats()
	if got.Bytes > 10_000 || got.Bytes < 9_000 || got.Samples+got.Dropped != 200*20 || got.Dropped == 0 {
		t.Errorf("stats %+v", got)
	}
	c.now = c.now.Add(wire.SpoolAge - 9*time.Minute - time.Second)
	must(t, s.Put(lookAt(c.now, 20)))
	if got := s.Stats(); got.Samples != 11*20 || got.Dropped != 201*20-got.Samples || len(unsent(t, s, 10_000)) != 11 {
		t.Errorf("after a week: stats %+v", got)
	}
	dropped := s.Stats().Dropped
	must(t, s.Drop(ids(unsent(t, s, 1))))
	must(t, s.Close())
	if got := open(t, path, state.Options{Now: c.Now}).Stats(); got.Dropped != dropped+20 || got.Samples != 10*20 {
		t.Errorf("after a start: stats %+v", got)
	}
}

func TestAWrongClockForAMomentDoesNotCostAWeek(t *testing.T) {
	c := &clock{monday()}
	s := open(t, filepath.Join(t.TempDir(), "agent.db"), state.Options{Now: c.Now})
	for range 2000 {
		c.now = c.now.Add(time.Minute)
		must(t, s.Put(lookAt(c.now, 2)))
	}
	right := c.now
	c.now = c.now.AddDate(10, 0, 0)
	must(t, s.Put(lookAt(c.now, 2)))
	c.now = right
	if got := s.Stats(); got.Samples < 2*1500 {
		t.Errorf("stats %+v", got)
	}
}

// A week of a workstation stays small on the disk.
func TestAWeekIsSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("10080 commits")
	}
	path := filepath.Join(t.TempDir(), "agent.db")
	c := &clock{monday()}
	s := open(t, path, state.Options{Now: c.Now})
	const looks = 7*24*60 - 1
	for range looks {
		c.now = c.now.Add(time.Minute)
		must(t, s.Put(lookAt(c.now, 60)))
	}
	info, err := os.Stat(path)
	must(t, err)
	t.Logf("%d MB for %d looks, %+v", info.Size()>>20, looks, s.Stats())
	if info.Size() > 20<<20 {
		t.Errorf("a week takes %d bytes", info.Size())
	}
	if got := s.Stats(); got.Samples != looks*60 || got.Dropped != 0 {
		t.Errorf("stats %+v", got)
	}
	newest := unsent(t, s, wire.MaxSamples)
	if len(newest) != wire.MaxSamples/60 || !newest[0].Time.Equal(c.now) {
		t.Errorf("%d looks, the newest of %v", len(newest), newest[0].Time)
	}
}

func TestIdentityAndAssignment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.db")
	s := open(t, path, state.Options{})
	if _, ok, err := s.Identity(); ok || err != nil {
		t.Fatalf("a new file: %v %v", ok, err)
	}
	if got := s.Assignment(); !reflect.DeepEqual(got, wire.DefaultAssignment()) {
		t.Errorf("a new file: %+v", got)
	}
	id := state.Identity{URL: "https://budi.school", CA: []byte{1, 2}, Agent: "a1", Device: "pc-7", Site: "main", Secret: secret.New("s3cret"), Proxy: "http://p:1"}
	must(t, s.SetIdentity(id))
	a := wire.Assignment{Version: "7", Profile: "full", Interval: time.Minute, Compressions: []string{wire.Zstd}}
	must(t, s.SetAssignment(a))
	must(t, s.SetCollectorStart("x"))
	facts := map[string]state.FactsSent{"disk": {Hash: "h", Time: monday()}}
	must(t, s.SetFactsSent(facts))
	must(t, s.Close())

	s = open(t, path, state.Options{})
	got, ok, err := s.Identity()
	if err != nil || !ok || got.Secret.Reveal() != "s3cret" {
		t.Fatalf("%+v %v %v", got, ok, err)
	}
	got.Secret = id.Secret
	if !reflect.DeepEqual(got, id) || !reflect.DeepEqual(s.Assignment(), a) || s.CollectorStart() != "x" || !reflect.DeepEqual(s.FactsSent(), facts) {
		t.Errorf("got %+v, %+v, %q, %v", got, s.Assignment(), s.CollectorStart(), s.FactsSent())
	}
	for _, name := range []string{path, path + ".identity"} {
		info, err := os.Stat(name)
		must(t, err)
		if info.Mode().Perm() != 0o600 && os.PathSeparator == '/' {
			t.Errorf("%s can be read by others: %v", name, info.Mode())
		}
	}
	must(t, s.ClearIdentity())
	must(t, s.Close())
	s = open(t, path, state.Options{})
	if _, ok, _ := s.Identity(); ok || len(s.FactsSent()) != 0 || s.Assignment().Version != "" {
		t.Error("what was forgotten is still there")
	}
}

func TestEvents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.db")
	s := open(t, path, state.Options{})
	for i := range 5 {
		must(t, s.PutEvent(look.Event{Time: monday().Add(time.Duration(i) * time.Second), Code: "restarted", Args: map[string]string{"n": fmt.Sprint(i)}}))
	}
	first, err := s.Events(2)
	must(t, err)
	if len(first) != 2 || first[1].Args["n"] != "1" {
		t.Fatalf("got %v", first)
	}
	must(t, s.SentEvents([]uint64{first[0].ID, first[1].ID, 12345}))
	must(t, s.Close())
	rest, err := open(t, path, state.Options{}).Events(100)
	must(t, err)
	if len(rest) != 3 || rest[0].Args["n"] != "2" || !rest[0].Time.Equal(monday().Add(2*time.Second)) {
		t.Errorf("got %v", rest)
	}
}
