package boltstore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/topology"
)

func someDay(r *rand.Rand, d availability.Date) availability.Day {
	n := func() int64 { return r.Int64N(2) * r.Int64N(20_000) }
	day := availability.Day{Date: d, Seconds: availability.Seconds{Up: n(), Down: n(), Unknown: n()}, Maintenance: availability.Seconds{Up: n(), Down: n(), Unknown: n()}}
	if r.IntN(2) == 0 { // a whole day
		day.Up += 86_400 - day.Total() - day.Maintenance.Total()
		if day.Up < 0 {
			day.Unknown, day.Down, day.Maintenance, day.Up = 0, 0, availability.Seconds{}, 86_400
		}
	}
	if r.IntN(2) == 0 {
		day.Latency = availability.Latency{P50: 0.123456, P95: 12.000001, Looks: 1440}
	}
	return day
}

// TestDaysOfAvailability puts days in any order, some twice, and reads them
// back after the file was opened again.
func TestDaysOfAvailability(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	s := open(t, path)
	r := rand.New(rand.NewPCG(1, 2))
	first, err := availability.ParseDate("2026-10-20")
	if err != nil {
		t.Fatal(err)
	}
	subjects := []topology.ID{"sw-1", "sw-10", topology.Check("sw-1"), "ąžuolas"}
	want := map[topology.ID]map[availability.Date]availability.Day{}
	for range 400 {
		d := first + availability.Date(r.IntN(80))
		days := map[topology.ID]availability.Day{}
		for _, id := range subjects {
			if r.IntN(2) == 0 {
				days[id] = someDay(r, d)
				if want[id] == nil {
					want[id] = map[availability.Date]availability.Day{}
				}
				want[id][d] = days[id]
			}
		}
		if err := s.PutAvailability(t.Context(), d, days); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	for _, id := range subjects {
		for _, span := range [][2]availability.Date{{first, first + 80}, {first + 5, first + 5}, {first + 11, first + 12}, {first - 400, first + 3}, {first + 3, first + 2}} {
			got, err := s.AvailabilityDays(t.Context(), id, span[0], span[1])
			if err != nil {
				t.Fatal(err)
			}
			var days []availability.Day
			for d := span[0]; d <= span[1]; d++ {
				if day, ok := want[id][d]; ok {
					days = append(days, day)
				}
			}
			if diff := cmp.Diff(days, got); diff != "" {
				t.Fatalf("%s from %s to %s: %s", id, span[0], span[1], diff)
			}
		}
	}
}

// BenchmarkAvailability stores days of 100 checks and 2,000 devices as they are
// in a school. It tells how many bytes a day of one costs in the file at the
// end of a year: ten years are ten times 365 × 2,100 of these.
func BenchmarkAvailability(b *testing.B) {
	s, err := boltstore.Open(filepath.Join(b.TempDir(), "budi.db"), boltstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	r := rand.New(rand.NewPCG(3, 4))
	ordinary := func() map[topology.ID]availability.Day {
		days := map[topology.ID]availability.Day{}
		for i := range 100 {
			days[topology.Check(fmt.Sprint("website-", i))] = availability.Day{
				Seconds: availability.Seconds{Up: 86_400}, Latency: availability.Latency{P50: r.Float64() / 5, P95: r.Float64(), Looks: 1440},
			}
		}
		for i := range 2000 {
			day := availability.Day{Seconds: availability.Seconds{Up: 86_400}}
			if i >= 200 {
				day.Up = r.Int64N(40_000)
				day.Unknown = 86_400 - day.Up
			}
			days[topology.ID(fmt.Sprintf("pc-%d-%02d", i/30, i%30))] = day
		}
		return days
	}
	date := availability.DateOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	const year = 365
	for d := range availability.Date(year) {
		if err := s.PutAvailability(context.Background(), date+d, ordinary()); err != nil {
			b.Fatal(err)
		}
	}
	size := float64(s.Size())
	b.Run("put", func(b *testing.B) {
		days := ordinary()
		for b.Loop() {
			if err := s.PutAvailability(context.Background(), date+year-1, days); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(size/year/2100, "B/day")
	})
	b.Run("year", func(b *testing.B) {
		for b.Loop() {
			if days, err := s.AvailabilityDays(context.Background(), "pc-40-07", date, date+year-1); err != nil || len(days) != year {
				b.Fatal(len(days), err)
			}
		}
	})
}
