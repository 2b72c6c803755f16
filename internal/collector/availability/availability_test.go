package availability_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/availability"
)

func vilnius(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Vilnius")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func date(t testing.TB, s string) availability.Date {
	t.Helper()
	d, err := availability.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// at is a moment of a day, written as 15:04.
func at(t testing.TB, day, clock string) time.Time {
	t.Helper()
	m, err := time.ParseInLocation("2006-01-02 15:04", day+" "+clock, vilnius(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestADayIsAsLongAsItIs(t *testing.T) {
	for _, c := range []struct {
		date string
		want int64
	}{
		{"2026-03-28", 86_400}, {"2026-03-29", 82_800}, {"2026-10-25", 90_000}, {"2026-10-26", 86_400},
	} {
		p := date(t, c.date).In(vilnius(t))
		days := availability.Account(p, []availability.Span{{From: p.From, To: p.To, State: availability.Up}}, nil, vilnius(t))
		want := []availability.Day{{Date: date(t, c.date), Seconds: availability.Seconds{Up: c.want}}}
		if d := cmp.Diff(want, days); d != "" {
			t.Error(d)
		}
	}
}

func TestTheDayBeginsAtOneWhereMidnightIsLeftOut(t *testing.T) {
	zone, err := time.LoadLocation("America/Havana")
	if err != nil {
		t.Fatal(err)
	}
	p := date(t, "2026-03-08").In(zone)
	if p.From.Hour() != 1 || p.To.Sub(p.From) != 23*time.Hour {
		t.Errorf("the day lasts from %s to %s", p.From, p.To)
	}
}

func TestDates(t *testing.T) {
	for _, s := range []string{"1970-01-01", "1969-12-31", "2026-11-28", "2100-03-01"} {
		if got := date(t, s).String(); got != s {
			t.Errorf("%s is written as %s", s, got)
		}
	}
	// Half past midnight in Vilnius is the day before in Greenwich.
	if got := availability.DateOf(at(t, "2026-11-28", "00:30")).String(); got != "2026-11-28" {
		t.Error("the day of half past midnight is", got)
	}
	if _, err := availability.ParseDate("28.11.2026"); err == nil {
		t.Error("another order of day and month is read")
	}
}

func TestTheStateIsCutAtMidnightAndByMaintenance(t *testing.T) {
	const first, second = "2026-11-27", "2026-11-28"
	days := availability.Account(
		availability.Period{From: at(t, first, "12:00"), To: at(t, second, "12:00")},
		[]availability.Span{
			{From: at(t, first, "12:00"), To: at(t, first, "22:00"), State: availability.Up},
			{From: at(t, first, "22:00"), To: at(t, second, "02:00"), State: availability.Down},
			{From: at(t, second, "03:00"), To: at(t, second, "12:00"), State: availability.Up},
		},
		[]availability.Period{ // they overlap and are out of order
			{From: at(t, second, "01:00"), To: at(t, second, "04:00")},
			{From: at(t, first, "23:00"), To: at(t, second, "01:30")},
		}, vilnius(t))
	const hour = 3600
	want := []availability.Day{
		{Date: date(t, first), Seconds: availability.Seconds{Up: 10 * hour, Down: hour}, Maintenance: availability.Seconds{Down: hour}},
		{Date: date(t, second), Seconds: availability.Seconds{Up: 8 * hour}, Maintenance: availability.Seconds{Up: hour, Down: 2 * hour, Unknown: hour}},
	}
	if d := cmp.Diff(want, days); d != "" {
		t.Fatal(d)
	}
	for _, c := range []struct {
		mode availability.Mode
		want availability.Seconds
	}{
		{availability.Counted, availability.Seconds{Up: 19 * hour, Down: 4 * hour, Unknown: hour}},
		{availability.LeftOut, availability.Seconds{Up: 18 * hour, Down: hour}},
		{availability.Ignored, availability.Seconds{Up: 22 * hour, Down: hour, Unknown: hour}},
	} {
		sum := availability.Sum(days, c.mode)
		if sum.Seconds != c.want || sum.Maintenance != 5*hour {
			t.Errorf("%s: %+v", c.mode, sum)
		}
		ratio, ok := sum.Ratio()
		if want := float64(c.want.Up) / float64(c.want.Up+c.want.Down); !ok || ratio != want {
			t.Errorf("%s: the ratio is %g, %t instead of %g", c.mode, ratio, ok, want)
		}
	}
}

func TestUnknownIsNeverDownAndNothingKnownIsNoNumber(t *testing.T) {
	p := date(t, "2026-11-28").In(vilnius(t))
	days := availability.Account(p, nil, []availability.Period{{From: p.From, To: p.From.Add(time.Hour)}}, vilnius(t))
	for _, mode := range availability.Modes() {
		sum := availability.Sum(days, mode)
		if ratio, ok := sum.Ratio(); ok || sum.Down != 0 || sum.Up != 0 {
			t.Errorf("%s: of what nobody knows it is said: %+v, %g", mode, sum, ratio)
		}
	}
}

func TestALookHoldsUntilTheNextButNotForLong(t *testing.T) {
	const day = "2026-11-28"
	got := availability.Spans([]availability.Look{
		{At: at(t, day, "10:00"), State: availability.Up}, {At: at(t, day, "10:02"), State: availability.Up},
		{At: at(t, day, "10:04"), State: availability.Down}, {At: at(t, day, "10:06"), State: availability.Unknown},
		{At: at(t, day, "11:00"), State: availability.Up},
	}, 5*time.Minute)
	want := []availability.Span{
		{From: at(t, day, "10:00"), To: at(t, day, "10:04"), State: availability.Up},
		{From: at(t, day, "10:04"), To: at(t, day, "10:06"), State: availability.Down},
		{From: at(t, day, "10:06"), To: at(t, day, "10:11"), State: availability.Unknown},
		{From: at(t, day, "11:00"), To: at(t, day, "11:05"), State: availability.Up},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestLatencies(t *testing.T) {
	var took []float64
	for i := 100; i > 0; i-- {
		took = append(took, float64(i))
	}
	if got, want := availability.LatencyOf(took), (availability.Latency{P50: 50, P95: 95, Looks: 100}); got != want {
		t.Errorf("%+v", got)
	}
	if got, want := availability.LatencyOf([]float64{0.5}), (availability.Latency{P50: 0.5, P95: 0.5, Looks: 1}); got != want {
		t.Errorf("of one look: %+v", got)
	}
}

func TestModes(t *testing.T) {
	if m, err := availability.ParseMode(""); m != availability.LeftOut || err != nil {
		t.Error("the usual mode is", m, err)
	}
	if _, err := availability.ParseMode("half"); err == nil {
		t.Error("a mode that there is not is taken")
	}
}

// TestEverySecondIsCountedOnce compares with the count of every single second,
// over any spans and windows, around both changes of the clock.
func TestEverySecondIsCountedOnce(t *testing.T) {
	zone := vilnius(t)
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		base := date(t, "2026-03-28").Start(zone)
		if seed%2 == 0 {
			base = date(t, "2026-10-24").Start(zone)
		}
		moment := func() time.Time { return base.Add(time.Duration(r.Int64N(int64(72 * time.Hour)))) }
		period := func() availability.Period {
			a, b := moment(), moment()
			if b.Before(a) && r.IntN(4) > 0 { // some are the wrong way round, and are nothing
				a, b = b, a
			}
			return availability.Period{From: a, To: b}
		}
		p := period()
		var spans []availability.Span
		for range r.IntN(20) {
			s := period()
			spans = append(spans, availability.Span{From: s.From, To: s.To, State: availability.State(r.IntN(3))})
		}
		var windows []availability.Period
		for range r.IntN(4) {
			windows = append(windows, period())
		}
		got := availability.Account(p, spans, windows, zone)
		want := countSeconds(p, spans, windows, zone)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("seed %d: %s", seed, d)
		}
		for _, d := range got[min(1, len(got)):max(min(1, len(got)), len(got)-1)] {
			whole := d.Date.In(zone)
			if n := d.Total() + d.Maintenance.Total(); n != int64(whole.To.Sub(whole.From).Seconds()) {
				t.Fatalf("seed %d: %s has %d seconds", seed, d.Date, n)
			}
		}
	}
}

func countSeconds(p availability.Period, spans []availability.Span, windows []availability.Period, zone *time.Location) []availability.Day {
	from, n := p.From.Unix(), p.To.Unix()-p.From.Unix()
	if n <= 0 {
		return nil
	}
	state, within := make([]availability.State, n), make([]bool, n)
	each := func(a, b time.Time, f func(i int64)) {
		for i := max(0, a.Unix()-from); i < min(n, b.Unix()-from); i++ {
			f(i)
		}
	}
	for _, s := range spans {
		each(s.From, s.To, func(i int64) { state[i] = s.State })
	}
	for _, w := range windows {
		each(w.From, w.To, func(i int64) { within[i] = true })
	}
	var out []availability.Day
	for i := range n {
		d := availability.DateOf(time.Unix(from+i, 0).In(zone))
		if len(out) == 0 || out[len(out)-1].Date != d {
			out = append(out, availability.Day{Date: d})
		}
		into := &out[len(out)-1].Seconds
		if within[i] {
			into = &out[len(out)-1].Maintenance
		}
		switch state[i] {
		case availability.Up:
			into.Up++
		case availability.Down:
			into.Down++
		default:
			into.Unknown++
		}
	}
	return out
}

// BenchmarkADayOfLooks accounts a day of one subject that is looked at each
// minute.
func BenchmarkADayOfLooks(b *testing.B) {
	p := date(b, "2026-11-28").In(vilnius(b))
	var looks []availability.Look
	for t := p.From; t.Before(p.To); t = t.Add(time.Minute) {
		looks = append(looks, availability.Look{At: t, State: availability.Up})
	}
	b.ReportAllocs()
	for b.Loop() {
		availability.Account(p, availability.Spans(looks, 5*time.Minute), nil, vilnius(b))
	}
}
