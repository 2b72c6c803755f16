package metricdb_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/look"
)

// clock is a clock that tests set.
type clock struct{ ns atomic.Int64 }

func newClock(t time.Time) *clock {
	c := &clock{}
	c.Set(t)
	return c
}

func (c *clock) Now() time.Time          { return time.Unix(0, c.ns.Load()).UTC() }
func (c *clock) Set(t time.Time)         { c.ns.Store(t.UnixNano()) }
func (c *clock) Advance(d time.Duration) { c.ns.Add(int64(d)) }

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, o metricdb.Options) *metricdb.DB {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Now == nil {
		o.Now = newClock(noon).Now
	}
	if testing.Verbose() && o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(testWriter{t}, nil))
	}
	db, err := metricdb.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

func result(at time.Time, samples ...look.Sample) look.Result {
	return look.Result{Time: at, Outcome: look.OK, Samples: samples}
}

func sample(name string, value float64, labelPairs ...string) look.Sample {
	return look.Sample{Name: name, Value: value, Labels: look.Labels(labelPairs...)}
}

func record(t testing.TB, db *metricdb.DB, tg metricdb.Target, r look.Result) {
	t.Helper()
	if err := db.Record(context.Background(), tg, r); err != nil {
		t.Fatalf("record: %v", err)
	}
}

// query returns the answer as "labels value" lines, sorted by the engine.
func query(t testing.TB, db *metricdb.DB, expr string, at time.Time) []string {
	t.Helper()
	points, err := db.Query(context.Background(), "sort_by_label(("+expr+"), '__name__', 'site', 'check', 'phase', 'n', 'exported_site')", at)
	if err != nil {
		points, err = db.Query(context.Background(), expr, at)
	}
	if err != nil {
		t.Fatalf("query %s: %v", expr, err)
	}
	out := []string{}
	for _, p := range points {
		out = append(out, fmt.Sprintf("%v %g", p.Labels, p.Value))
	}
	return out
}

func value(t testing.TB, db *metricdb.DB, expr string, at time.Time) (float64, bool) {
	t.Helper()
	points, err := db.Query(context.Background(), expr, at)
	if err != nil {
		t.Fatalf("query %s: %v", expr, err)
	}
	if len(points) == 0 {
		return 0, false
	}
	return points[0].Value, true
}

func wantValue(t testing.TB, db *metricdb.DB, expr string, at time.Time, want float64) {
	t.Helper()
	if got, ok := value(t, db, expr, at); !ok || got != want {
		t.Errorf("%s at %s = %g (there: %v), want %g", expr, at.Format(time.RFC3339), got, ok, want)
	}
}

func wantNone(t testing.TB, db *metricdb.DB, expr string, at time.Time) {
	t.Helper()
	if got := query(t, db, expr, at); len(got) > 0 {
		t.Errorf("%s at %s = %v, want nothing", expr, at.Format(time.RFC3339), got)
	}
}

var homepage = metricdb.Target{ID: "check/homepage", Identity: look.Labels("site", "main", "check", "homepage", "job", "probe")}

func TestIdentityIsStampedAndWins(t *testing.T) {
	db := open(t, metricdb.Options{})
	record(t, db, homepage, result(noon,
		sample("probe_success", 1),
		sample("lying", 2, "site", "other", "exported_site", "x", "phase", "connect"),
	))
	got := query(t, db, `probe_success`, noon)
	if want := "map[__name__:probe_success check:homepage job:probe site:main] 1"; len(got) != 1 || got[0] != want {
		t.Errorf("got %v, want %s", got, want)
	}
	wantValue(t, db, `lying{site="main",exported_exported_site="other",exported_site="x",phase="connect"}`, noon, 2)
}

func TestSeriesThatAResultLacksEnd(t *testing.T) {
	db := open(t, metricdb.Options{})
	record(t, db, homepage, result(noon.Add(-2*time.Minute), sample("probe_success", 1), sample("phase_seconds", 1, "phase", "a"), sample("phase_seconds", 2, "phase", "b")))
	record(t, db, homepage, result(noon.Add(-time.Minute), sample("phase_seconds", 3, "phase", "b"), sample("budi_look_unknown", 1)))
	wantNone(t, db, `probe_success`, noon)
	wantNone(t, db, `phase_seconds{phase="a"}`, noon)
	wantValue(t, db, `phase_seconds{phase="b"}`, noon, 3)
	// It comes again.
	record(t, db, homepage, result(noon, sample("probe_success", 0)))
	wantValue(t, db, `probe_success`, noon, 0)
	wantNone(t, db, `phase_seconds`, noon)
}

// Which series a sample belongs to follows from its name and labels, never from its
// place in the Result or from the order of its labels.
func TestSamplesMayComeInAnyOrder(t *testing.T) {
	db := open(t, metricdb.Options{})
	port := func(n string, v float64, swapped bool) look.Sample {
		if swapped {
			return sample("port", v, "n", n, "alias", "uplink")
		}
		return sample("port", v, "alias", "uplink", "n", n)
	}
	record(t, db, homepage, result(noon.Add(-3*time.Minute), port("1", 1, false), port("2", 2, false), port("3", 3, false)))
	record(t, db, homepage, result(noon.Add(-2*time.Minute), port("1", 10, false), port("4", 40, false), port("3", 30, true), port("3", 31, false), port("4", 41, true)))
	for n, want := range map[string]float64{"1": 10, "3": 30, "4": 40} {
		wantValue(t, db, `port{alias="uplink",n="`+n+`"}`, noon, want)
	}
	wantNone(t, db, `port{n="2"}`, noon)
	record(t, db, homepage, result(noon.Add(-time.Minute), port("4", 400, true), port("3", 300, false), port("2", 200, false)))
	for n, want := range map[string]float64{"2": 200, "3": 300, "4": 400} {
		wantValue(t, db, `port{alias="uplink",n="`+n+`"}`, noon, want)
	}
	wantNone(t, db, `port{n="1"}`, noon)
	if n := len(query(t, db, `last_over_time(port[1h])`, noon)); n != 4 {
		t.Errorf("%d series, want 4", n)
	}
}

func TestForgetEndsEverything(t *testing.T) {
	db := open(t, metricdb.Options{})
	record(t, db, homepage, result(noon.Add(-time.Minute), sample("probe_success", 1)))
	// Even when the look was newer than the moment of forgetting.
	if err := db.Forget(context.Background(), homepage.ID, noon.Add(-2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	wantNone(t, db, `probe_success`, noon)
	if err := db.Forget(context.Background(), "never seen", noon); err != nil {
		t.Error(err)
	}
}

func TestAChangedIdentityEndsTheOldSeries(t *testing.T) {
	db := open(t, metricdb.Options{})
	record(t, db, homepage, result(noon.Add(-time.Minute), sample("probe_success", 1)))
	moved := homepage
	moved.Identity = look.Labels("site", "branch", "check", "homepage", "job", "probe")
	record(t, db, moved, result(noon, sample("probe_success", 0)))
	wantNone(t, db, `probe_success{site="main"}`, noon)
	wantValue(t, db, `probe_success{site="branch"}`, noon, 0)
}

func TestALateResultIsStoredAndEndsNothing(t *testing.T) {
	db := open(t, metricdb.Options{})
	record(t, db, homepage, result(noon, sample("probe_success", 1), sample("gone_later", 1)))
	record(t, db, homepage, result(noon.Add(-time.Hour), sample("probe_success", 0), sample("only_then", 7)))
	wantValue(t, db, `probe_success`, noon, 1)
	wantValue(t, db, `gone_later`, noon, 1)
	wantValue(t, db, `probe_success`, noon.Add(-time.Hour), 0)
	wantValue(t, db, `only_then`, noon.Add(-time.Hour), 7)
	record(t, db, homepage, result(noon.Add(time.Minute), sample("probe_success", 1)))
	wantNone(t, db, `gone_later`, noon.Add(time.Minute))
}

func TestBadSamplesAreCountedAndSkipped(t *testing.T) {
	long := strings.Repeat("x", 2000)
	var many []string
	for i := range 40 {
		many = append(many, fmt.Sprintf("l%d", i), "v")
	}
	for _, tc := range []struct {
		name   string
		at     time.Time
		bad    look.Sample
		reason string
	}{
		{"a name that is no metric name", noon, sample("not a name", 1), "invalid_name"},
		{"an empty name", noon, sample("", 1), "invalid_name"},
		{"a name too long", noon, sample("n"+long, 1), "too_long"},
		{"a label that is no label name", noon, sample("m", 1, "a-b", "c"), "invalid_label"},
		{"a label that is reserved", noon, sample("m", 1, "__name__", "evil"), "invalid_label"},
		{"a value that is not UTF-8", noon, sample("m", 1, "a", "\xff\xfe"), "invalid_label"},
		{"a label given twice", noon, sample("m", 1, "a", "1", "a", "2"), "invalid_label"},
		{"a value too long", noon, sample("m", 1, "a", long), "too_long"},
		{"too many labels", noon, sample("m", 1, many...), "too_long"},
		{"the same series twice in one result", noon, sample("good", 5), "duplicate"},
		{"too old", noon.Add(-metricdb.OutOfOrderWindow - time.Hour), sample("old", 1), "too_old"},
		{"before 1970", time.Time{}, sample("old", 1), "too_old"},
		{"too far in the future", noon.Add(11 * time.Minute), sample("new", 1), "future"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reg := prometheus.NewRegistry()
			db := open(t, metricdb.Options{Registerer: reg})
			// The window is measured from the newest sample.
			record(t, db, metricdb.Target{ID: "other"}, result(noon, sample("newest", 1)))
			samples := []look.Sample{sample("good", 1), tc.bad, sample("also_good", 2)}
			if tc.at != noon {
				samples = []look.Sample{tc.bad}
			}
			record(t, db, homepage, result(tc.at, samples...))
			if tc.at == noon {
				wantValue(t, db, "good", noon, 1)
				wantValue(t, db, "also_good", noon, 2)
			}
			want := "# HELP budi_samples_rejected_total Samples of looks that were skipped, by reason.\n# TYPE budi_samples_rejected_total counter\n"
			for _, r := range []string{"duplicate", "future", "histogram", "invalid_label", "invalid_name", "other", "series_limit", "too_long", "too_old"} {
				n := 0
				if r == tc.reason {
					n = 1
				}
				want += fmt.Sprintf("budi_samples_rejected_total{reason=%q} %d\n", r, n)
			}
			if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "budi_samples_rejected_total"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAnotherValueAtTheSameTimeIsADuplicate(t *testing.T) {
	reg := prometheus.NewRegistry()
	db := open(t, metricdb.Options{Registerer: reg})
	record(t, db, homepage, result(noon, sample("m", 1)))
	record(t, db, homepage, result(noon, sample("m", 1)))
	record(t, db, homepage, result(noon, sample("m", 2)))
	wantValue(t, db, "m", noon, 1)
	wantCounter(t, reg, `budi_samples_rejected_total`, "duplicate", 1)
}

func wantCounter(t *testing.T, reg *prometheus.Registry, name, label string, want float64) {
	t.Helper()
	if got := counter(t, reg, name, label); got != want {
		t.Errorf("%s{%s} = %g, want %g", name, label, got, want)
	}
}

func counter(t *testing.T, reg *prometheus.Registry, name, label string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.Metric {
			if len(m.Label) == 0 || m.Label[0].GetValue() == label {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	t.Fatalf("no metric %s{%s}", name, label)
	return math.NaN()
}

func TestATargetHasALimitOfSeries(t *testing.T) {
	reg := prometheus.NewRegistry()
	db := open(t, metricdb.Options{Registerer: reg, SeriesPerTarget: 10})
	for round := range 3 {
		var samples []look.Sample
		for i := range 12 {
			samples = append(samples, sample("m", float64(i), "n", fmt.Sprintf("%d-%d", round%2, i)))
		}
		// The series of the round before are still held while these are made.
		record(t, db, homepage, result(noon.Add(time.Duration(round)*time.Minute), samples...))
	}
	if got := counter(t, reg, "budi_samples_rejected_total", "series_limit"); got < 6 {
		t.Errorf("%g samples rejected, want at least 6", got)
	}
	// What ended makes room again.
	record(t, db, homepage, result(noon.Add(4*time.Minute)))
	record(t, db, homepage, result(noon.Add(5*time.Minute), sample("m", 1, "n", "fresh")))
	wantValue(t, db, `m{n="fresh"}`, noon.Add(5*time.Minute), 1)
}

func TestDifferentTargetsAreRecordedAtOnce(t *testing.T) {
	db := open(t, metricdb.Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			tg := metricdb.Target{ID: fmt.Sprint(i), Identity: look.Labels("check", fmt.Sprint(i))}
			for j := range 50 {
				if err := db.Record(context.Background(), tg, result(noon.Add(time.Duration(j)*time.Second), sample("m", float64(j)), sample("other", 1))); err != nil {
					t.Error(err)
				}
				_, _ = db.Query(context.Background(), "sum(m)", noon)
			}
		})
	}
	wg.Wait()
	wantValue(t, db, "sum(m)", noon.Add(time.Minute), 8*49)
}

func TestClockJumpsTwoDaysAndBack(t *testing.T) {
	c := newClock(noon)
	db := open(t, metricdb.Options{Now: c.Now})
	look := func(v float64) {
		t.Helper()
		record(t, db, homepage, result(c.Now(), sample("probe_success", v), sample("phase_seconds", 1, "phase", "a")))
	}
	look(1)
	c.Advance(48 * time.Hour)
	look(0)
	c.Advance(time.Minute)
	look(0)
	// Put right again.
	c.Set(noon.Add(5 * time.Minute))
	look(1)
	c.Advance(time.Minute)
	look(1)
	wantValue(t, db, "probe_success", c.Now(), 1)
	wantValue(t, db, "count_over_time(probe_success[10m])", c.Now(), 3)
	// Series still end, though newer samples lie in the future.
	c.Advance(time.Minute)
	record(t, db, homepage, result(c.Now(), sample("budi_look_unknown", 1)))
	wantNone(t, db, "probe_success", c.Now())
	// And after a restart of everything but the clock, recording goes on.
	c.Advance(time.Minute)
	look(1)
	wantValue(t, db, "probe_success", c.Now(), 1)
}

func TestQueryErrors(t *testing.T) {
	db := open(t, metricdb.Options{MaxSamples: 10})
	var samples []look.Sample
	for i := range 20 {
		samples = append(samples, sample("m", 1, "n", fmt.Sprint(i)))
	}
	record(t, db, homepage, result(noon, samples...))
	for _, expr := range []string{"sum(", "m[5m]", `"text"`, "m"} {
		if _, err := db.Query(context.Background(), expr, noon); err == nil {
			t.Errorf("%s gave no error", expr)
		}
	}
	if points, err := db.Query(context.Background(), "1+1", noon); err != nil || len(points) != 1 || points[0].Value != 2 || !points[0].Time.Equal(noon) {
		t.Errorf("1+1 = %v, %v", points, err)
	}
}

func TestAfterClose(t *testing.T) {
	reg := prometheus.NewRegistry()
	dir := t.TempDir()
	db, err := metricdb.Open(context.Background(), metricdb.Options{Dir: dir, Registerer: reg})
	if err != nil {
		t.Fatal(err)
	}
	record(t, db, homepage, result(time.Now(), sample("m", 1)))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("a second close: %v", err)
	}
	if err := db.Record(context.Background(), homepage, result(time.Now(), sample("m", 1))); !errors.Is(err, metricdb.ErrClosed) {
		t.Errorf("record after close: %v", err)
	}
	if _, err := db.Query(context.Background(), "m", time.Now()); !errors.Is(err, metricdb.ErrClosed) {
		t.Errorf("query after close: %v", err)
	}
	// The metrics are gone, so that it can be opened again in one process.
	again := open(t, metricdb.Options{Dir: dir, Registerer: reg, Now: time.Now})
	wantValue(t, again, "m", time.Now(), 1)
}
