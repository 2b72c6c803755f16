package availability_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/topology"
)

// known is a Source that says of one check what a test tells it.
type known struct {
	spans   []availability.Span
	excused []availability.Period
	asked   []availability.Period
	err     error
}

const website topology.ID = "check:website"

func (k *known) Timelines(_ context.Context, p availability.Period) ([]availability.Timeline, error) {
	k.asked = append(k.asked, p)
	return []availability.Timeline{{Subject: website, Spans: k.spans, Excused: k.excused, Took: []float64{0.2, 0.1}}}, k.err
}

type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// keeper opens the store in a folder and a Keeper over it, which looks back
// three days.
func keeper(t *testing.T, dir string, k *known, c *clock) (*availability.Keeper, *boltstore.Store) {
	t.Helper()
	s, err := boltstore.Open(filepath.Join(dir, "budi.db"), boltstore.Options{Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	zone := vilnius(t)
	made, err := availability.New(availability.Options{Source: k, Store: s, Window: 3 * 24 * time.Hour, Zone: func() *time.Location { return zone }, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	return made, s
}

func step(t *testing.T, k *availability.Keeper) {
	t.Helper()
	if err := k.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// daysOf returns the days as text → seconds.
func daysOf(t *testing.T, k *availability.Keeper) map[string]availability.Seconds {
	t.Helper()
	days, err := k.Days(t.Context(), website, date(t, "2026-10-01"), date(t, "2026-11-30"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]availability.Seconds{}
	for _, d := range days {
		if want := (availability.Latency{P50: 0.1, P95: 0.2, Looks: 2}); d.Latency != want {
			t.Errorf("%s: %+v", d.Date, d.Latency)
		}
		out[d.Date.String()] = d.Seconds
	}
	return out
}

func TestDaysAreMadeAndMadeAnew(t *testing.T) {
	c := &clock{at(t, "2026-10-26", "12:00")}
	src := &known{spans: []availability.Span{
		{From: at(t, "2026-10-24", "00:00"), To: at(t, "2026-10-25", "12:00"), State: availability.Up},
		{From: at(t, "2026-10-25", "12:00"), To: at(t, "2026-10-26", "06:00"), State: availability.Down},
		{From: at(t, "2026-10-26", "06:00"), To: at(t, "2026-10-26", "18:00"), State: availability.Up},
	}}
	dir := t.TempDir()
	k, store := keeper(t, dir, src, c)
	step(t, k)
	want := map[string]availability.Seconds{
		"2026-10-23": {Unknown: 86_400},
		"2026-10-24": {Up: 86_400},
		"2026-10-25": {Up: 13 * 3600, Down: 12 * 3600}, // the hour from three to four came twice
		"2026-10-26": {Up: 6 * 3600, Down: 6 * 3600},   // so far
	}
	if d := cmp.Diff(want, daysOf(t, k)); d != "" {
		t.Fatal(d)
	}

	// Within the hour nothing is made, and then today and yesterday are.
	src.asked = nil
	c.now = c.now.Add(59 * time.Minute)
	step(t, k)
	if len(src.asked) != 0 {
		t.Errorf("%d days were made again at once", len(src.asked))
	}
	c.now = at(t, "2026-10-26", "13:00")
	step(t, k)
	if len(src.asked) != 2 || !src.asked[0].To.Equal(c.now) || !src.asked[1].From.Equal(at(t, "2026-10-25", "00:00")) {
		t.Errorf("made was %v", src.asked)
	}
	want["2026-10-26"] = availability.Seconds{Up: 7 * 3600, Down: 6 * 3600}
	if d := cmp.Diff(want, daysOf(t, k)); d != "" {
		t.Fatal(d)
	}

	// Late samples fill a day that was unknown. One that is older than samples
	// can be is left as it is.
	src.spans = append([]availability.Span{{From: at(t, "2026-10-23", "08:00"), To: at(t, "2026-10-23", "16:00"), State: availability.Up}}, src.spans...)
	k.Late(at(t, "2026-10-01", "08:00"), at(t, "2026-10-02", "08:00"))
	k.Late(at(t, "2026-10-23", "08:00"), at(t, "2026-10-23", "16:00"))
	c.now = at(t, "2026-10-26", "14:00")
	src.asked = nil
	step(t, k)
	want["2026-10-23"], want["2026-10-26"] = availability.Seconds{Up: 8 * 3600, Unknown: 16 * 3600}, availability.Seconds{Up: 8 * 3600, Down: 6 * 3600}
	if d := cmp.Diff(want, daysOf(t, k)); d != "" {
		t.Fatal(d)
	}
	if len(src.asked) != 3 {
		t.Errorf("made was %v", src.asked)
	}

	// After a restart nobody knows what came late, and all that can still change
	// is made anew; and what was known before is not forgotten because the
	// samples are gone.
	src.excused = []availability.Period{{From: at(t, "2026-10-25", "20:00"), To: at(t, "2026-10-26", "02:00")}}
	src.spans = src.spans[2:]
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	k, _ = keeper(t, dir, src, c)
	step(t, k)
	want["2026-10-25"] = availability.Seconds{Down: 8 * 3600, Unknown: 17 * 3600} // 13 hours are gone, 4 are excused
	want["2026-10-26"] = availability.Seconds{Up: 8 * 3600, Down: 4 * 3600, Unknown: 2 * 3600}
	if d := cmp.Diff(want, daysOf(t, k)); d != "" {
		t.Fatal(d)
	}
}

func TestADayThatFailsIsMadeLater(t *testing.T) {
	c := &clock{at(t, "2026-10-28", "12:00")}
	src := &known{spans: []availability.Span{{From: at(t, "2026-10-20", "00:00"), To: c.now, State: availability.Up}}, err: errors.New("the disk is away")}
	k, _ := keeper(t, t.TempDir(), src, c)
	if err := k.Step(t.Context()); !errors.Is(err, src.err) {
		t.Fatal("it says", err)
	}
	src.err, src.asked = nil, nil
	c.now = c.now.Add(time.Hour)
	step(t, k)
	if len(src.asked) != 4 || len(daysOf(t, k)) != 4 {
		t.Errorf("made was %v", src.asked)
	}
}
