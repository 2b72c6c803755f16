package collector

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
)

// A year is read once; after that only what came since.
func TestAChartOfAYearIsReadOnce(t *testing.T) {
	const step = 30 * time.Hour
	now := time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)
	var y years
	read := 0
	var fail error
	points := func(_ context.Context, from, to time.Time) ([]metricdb.Sample, error) {
		var out []metricdb.Sample
		for at := from; !at.After(to); at = at.Add(step) {
			out = append(out, metricdb.Sample{Time: at, Value: float64(at.Unix())})
			read++
		}
		return out, fail
	}
	ask := func() []metricdb.Sample {
		t.Helper()
		read = 0
		got, err := y.line(t.Context(), "expr", now.Add(-365*24*time.Hour), now, step, points)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range got {
			grid := p.Time.Equal(p.Time.Truncate(step))
			if i > 0 && !got[i-1].Time.Before(p.Time) || grid == (i == len(got)-1) || p.Time.Before(now.Add(-365*24*time.Hour)) {
				t.Errorf("point %d of %d is at %s", i, len(got), p.Time)
			}
		}
		return got
	}
	if got := ask(); len(got) != 293 || read != 293 {
		t.Errorf("%d points, %d read", len(got), read)
	}
	now = now.Add(time.Hour)
	if got := ask(); len(got) != 293 || read != 1 {
		t.Errorf("an hour later: %d points, %d read", len(got), read)
	}
	now = now.Add(22 * time.Hour)
	if ask(); read > 2 {
		t.Errorf("most of a day later: %d read", read)
	}
	now = now.Add(2 * time.Hour)
	if ask(); read < 290 {
		t.Errorf("a day later what came late is left out: %d read", read)
	}
	fail = errors.New("busy")
	if _, err := y.line(t.Context(), "other", now.Add(-365*24*time.Hour), now, step, points); !errors.Is(err, fail) {
		t.Errorf("got %v", err)
	}
	fail = nil
	for i := range 2 * maxYears {
		if _, err := y.line(t.Context(), string(rune('a'+i%26))+time.Duration(i).String(), now.Add(-365*24*time.Hour), now, step, points); err != nil {
			t.Fatal(err)
		}
	}
	if len(y.lines) > maxYears {
		t.Errorf("%d lines are remembered", len(y.lines))
	}
}
