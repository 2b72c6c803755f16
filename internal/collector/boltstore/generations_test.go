package boltstore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
)

// shelf is what a folder of copies does: one is made each day, some go.
type shelf struct {
	days  []time.Time
	bytes int64 // of one copy
}

func (s *shelf) add(day time.Time) {
	if i, there := slices.BinarySearchFunc(s.days, day, time.Time.Compare); !there {
		s.days = slices.Insert(s.days, i, day)
	}
	sizes := make([]int64, len(s.days))
	for i := range sizes {
		sizes[i] = s.bytes
	}
	keep := boltstore.Generations(s.days, sizes, day, 2<<30)
	var left []time.Time
	for i, d := range s.days {
		if keep[i] {
			left = append(left, d)
		}
	}
	s.days = left
}

func (s *shelf) String() string {
	var b strings.Builder
	for _, d := range s.days {
		fmt.Fprintln(&b, d.Format(time.DateOnly))
	}
	return b.String()
}

func day(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

func TestGenerationsOverAYear(t *testing.T) {
	s := shelf{bytes: 1 << 20}
	for d := day("2025-09-01"); !d.After(day("2026-11-28")); d = d.AddDate(0, 0, 1) {
		s.add(d)
		if len(s.days) > boltstore.Dailies+boltstore.Weeklies+boltstore.Monthlies {
			t.Fatalf("on %s there are %d:\n%v", d.Format(time.DateOnly), len(s.days), &s)
		}
		if !s.days[len(s.days)-1].Equal(d) {
			t.Fatalf("the copy of %s went at once", d.Format(time.DateOnly))
		}
		for back := range min(7, int(d.Sub(day("2025-09-01"))/(24*time.Hour))+1) {
			if want := d.AddDate(0, 0, -back); !slices.ContainsFunc(s.days, want.Equal) {
				t.Fatalf("on %s the copy of %s is gone", d.Format(time.DateOnly), want.Format(time.DateOnly))
			}
		}
	}
	// Months by their last day, weeks by their Sunday, the last seven days.
	want := strings.Join([]string{
		"2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30",
		"2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31",
		"2026-11-08", "2026-11-15",
		"2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27", "2026-11-28", "",
	}, "\n")
	if got := s.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestGenerationsWhenTheCollectorIsOffForLong: the number of copies counts, not
// their age.
func TestGenerationsWhenTheCollectorIsOffForLong(t *testing.T) {
	s := shelf{bytes: 1 << 20}
	for d := range 30 {
		s.add(day("2026-06-01").AddDate(0, 0, d))
	}
	s.add(day("2026-09-01")) // after the summer holidays
	for _, want := range []string{"2026-06-21", "2026-06-25", "2026-06-30", "2026-09-01"} {
		if !slices.ContainsFunc(s.days, day(want).Equal) {
			t.Errorf("the copy of %s is gone:\n%v", want, &s)
		}
	}
}

func TestGenerationsWhenTheClockJumps(t *testing.T) {
	for name, wrong := range map[string]time.Time{"ahead by 73 years": day("2099-12-25"), "back by a year": day("2025-11-20"), "back to the beginning": day("1970-01-01")} {
		t.Run(name, func(t *testing.T) {
			s := shelf{bytes: 1 << 20}
			for d := range 400 {
				s.add(day("2026-11-20").AddDate(0, 0, d-399))
			}
			for d := range 40 { // under the wrong time
				s.add(wrong.AddDate(0, 0, d))
			}
			for _, want := range []string{"2026-08-31", "2026-09-30", "2026-10-31", "2026-11-20"} {
				if !slices.ContainsFunc(s.days, day(want).Equal) {
					t.Errorf("the copy of %s went while the clock was wrong:\n%v", want, &s)
				}
			}
			for d := range 10 {
				s.add(day("2026-11-21").AddDate(0, 0, d))
				if today := day("2026-11-21").AddDate(0, 0, d); !slices.ContainsFunc(s.days, today.Equal) {
					t.Errorf("after the clock was put right the copy of %s went at once", today.Format(time.DateOnly))
				}
			}
			for d := range 7 {
				if want := day("2026-11-30").AddDate(0, 0, -d); !slices.ContainsFunc(s.days, want.Equal) {
					t.Errorf("the copy of %s is gone", want.Format(time.DateOnly))
				}
			}
			if len(s.days) > 2*(boltstore.Dailies+boltstore.Weeklies+boltstore.Monthlies) {
				t.Errorf("there are %d copies", len(s.days))
			}
		})
	}
}

func TestGenerationsAreBoundedInBytes(t *testing.T) {
	s := shelf{bytes: 200 << 20} // ten of them fit
	for d := day("2026-01-01"); !d.After(day("2026-11-28")); d = d.AddDate(0, 0, 1) {
		s.add(d)
		if int64(len(s.days))*s.bytes > 2<<30 {
			t.Fatalf("%d copies", len(s.days))
		}
	}
	if n := len(s.days); n <= boltstore.Dailies || !s.days[n-1].Equal(day("2026-11-28")) || !s.days[n-7].Equal(day("2026-11-22")) {
		t.Errorf("left:\n%v", &s)
	}
	s = shelf{bytes: 1 << 30} // not even the dailies fit: they stay
	for d := range 30 {
		s.add(day("2026-11-01").AddDate(0, 0, d))
	}
	if len(s.days) != boltstore.Dailies {
		t.Errorf("left:\n%v", &s)
	}
}
