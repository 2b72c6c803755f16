package sla_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/sla"
	"github.com/budi-monitor/budi/internal/collector/topology"
)

func date(t *testing.T, s string) availability.Date {
	t.Helper()
	d, err := availability.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPeriods(t *testing.T) {
	for _, c := range []struct {
		text, first, last, before, after string
		months                           int
	}{
		{"2026-11", "2026-11-01", "2026-11-30", "2026-10", "2026-12", 1},
		{"2028-02", "2028-02-01", "2028-02-29", "2028-01", "2028-03", 1},
		{"2026-12", "2026-12-01", "2026-12-31", "2026-11", "2027-01", 1},
		{"2026-Q1", "2026-01-01", "2026-03-31", "2025-Q4", "2026-Q2", 3},
		{"2026-Q4", "2026-10-01", "2026-12-31", "2026-Q3", "2027-Q1", 3},
		{"2026", "2026-01-01", "2026-12-31", "2025", "2027", 12},
	} {
		p, err := sla.ParsePeriod(c.text)
		if err != nil {
			t.Error(err)
			continue
		}
		got := []string{p.String(), p.First().String(), p.Last().String(), p.Move(-1).String(), p.Move(1).String()}
		if d := cmp.Diff([]string{c.text, c.first, c.last, c.before, c.after}, got); d != "" || len(p.Months()) != c.months {
			t.Errorf("%s: %d months %s", c.text, len(p.Months()), d)
		}
		if again := sla.Of(p.Length, p.Last()); again != p {
			t.Errorf("the last day of %s lies in %s", p, again)
		}
	}
	for _, s := range []string{"", "26", "2026-", "2026-13", "2026-00", "2026-Q0", "2026-Q5", "2026-1", "2026-Q", "1999", "abcd", "2026-11-01", "+026"} {
		if p, err := sla.ParsePeriod(s); err == nil {
			t.Errorf("%q is read as %s", s, p)
		}
	}
}

// What is met exactly is met, and a second less is not.
func TestAnAimIsMetExactly(t *testing.T) {
	for seconds := int64(0); seconds <= 10*366*full; seconds += 30 * full {
		if seconds == 0 {
			continue
		}
		for hundredths := int64(9000); hundredths <= 10_000; hundredths++ {
			aim, err := strconv.ParseFloat(strconv.FormatFloat(float64(hundredths)/100, 'f', 2, 64), 64)
			if err != nil {
				t.Fatal(err)
			}
			up := seconds * hundredths / 10_000
			if up*10_000 == seconds*hundredths && !sla.Met(float64(up)/float64(seconds), aim/100) {
				t.Errorf("%d of %d seconds are less than %v %%", up, seconds, aim)
			}
			if sla.Met(float64(up-1)/float64(seconds), aim/100) {
				t.Errorf("%d of %d seconds are not less than %v %%", up-1, seconds, aim)
			}
		}
	}
}

const (
	hour = 3600
	full = 24 * hour
)

func TestTheReportTellsApartWhatIsNoDowntime(t *testing.T) {
	p, err := sla.ParsePeriod("2026-Q4")
	if err != nil {
		t.Fatal(err)
	}
	up := availability.Seconds{Up: full}
	kept := map[topology.ID][]availability.Day{
		"check:www": {
			{Date: date(t, "2026-09-30"), Seconds: availability.Seconds{Down: full}}, // before the period
			{Date: date(t, "2026-10-01"), Seconds: up},
			{Date: date(t, "2026-10-02"), Seconds: availability.Seconds{Up: 22 * hour, Down: 2 * hour}},
			{Date: date(t, "2026-11-03"), Seconds: availability.Seconds{Up: 15 * hour, Down: 3 * hour}, Maintenance: availability.Seconds{Down: 6 * hour}},
			{Date: date(t, "2026-11-04"), Seconds: availability.Seconds{Unknown: full}},
		},
		"check:good": {{Date: date(t, "2026-11-04"), Seconds: up}},
		"pc":         {{Date: date(t, "2026-11-04"), Seconds: availability.Seconds{Unknown: full}}},
		"check:new":  nil,
	}
	days := func(id topology.ID, from, to availability.Date) ([]availability.Day, error) {
		var out []availability.Day
		for _, d := range kept[id] {
			if d.Date >= from && d.Date <= to {
				out = append(out, d)
			}
		}
		return out, nil
	}
	subjects := []sla.Subject{{ID: "pc", Name: "Computer"}, {ID: "check:good", Name: "Good"}, {ID: "check:new", Name: "New"}, {ID: "check:www", Name: "Website"}}
	r, err := sla.Build(p, date(t, "2026-11-04"), subjects, days)
	if err != nil {
		t.Fatal(err)
	}
	if r.Until != date(t, "2026-11-04") {
		t.Error("it speaks of days until", r.Until)
	}
	var names []string
	for _, row := range r.Rows {
		names = append(names, row.Name)
	}
	if d := cmp.Diff([]string{"Website", "Good", "Computer"}, names); d != "" {
		t.Fatal(d)
	}
	www := r.Rows[0]
	want := sla.Row{
		Subject: subjects[3], Summary: availability.Summary{Seconds: availability.Seconds{Up: (24 + 22 + 15) * hour, Down: 5 * hour, Unknown: full}, Maintenance: 6 * hour},
		InMaintenance: availability.Seconds{Down: 6 * hour}, DownDays: 2, Worst: date(t, "2026-11-03"), WorstDown: 3 * hour,
		Months: []availability.Summary{
			{Seconds: availability.Seconds{Up: 46 * hour, Down: 2 * hour}},
			{Seconds: availability.Seconds{Up: 15 * hour, Down: 3 * hour, Unknown: full}, Maintenance: 6 * hour}, {},
		},
	}
	if d := cmp.Diff(want, www); d != "" {
		t.Error(d)
	}
	if _, ok := r.Rows[2].Ratio(); ok {
		t.Error("there is a number where nothing is known")
	}
	if want := (availability.Summary{Seconds: availability.Seconds{Up: 85 * hour, Down: 5 * hour, Unknown: 2 * full}, Maintenance: 6 * hour}); r.Total != want {
		t.Errorf("together %+v", r.Total)
	}
}

func TestAPeriodThatHasNotBegunIsEmptyAndAFaultOfTheStoreIsTold(t *testing.T) {
	p, err := sla.ParsePeriod("2027")
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the disk is gone")
	days := func(topology.ID, availability.Date, availability.Date) ([]availability.Day, error) {
		return nil, broken
	}
	subjects := []sla.Subject{{ID: "check:www"}}
	if r, err := sla.Build(p, date(t, "2026-11-04"), subjects, days); err != nil || len(r.Rows) != 0 {
		t.Errorf("of the future: %+v, %v", r, err)
	}
	if _, err := sla.Build(p, date(t, "2027-01-01"), subjects, days); !errors.Is(err, broken) {
		t.Error("the fault is told as", err)
	}
}
