package ingest_test

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"

	"github.com/budi-monitor/budi/internal/collector/ingest"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/wire"
)

func TestAnAgentSpeaksOfItsOwnDevice(t *testing.T) {
	for name, encode := range map[string]func(testing.TB, []byte) ([]byte, string){
		"snappy":             func(_ testing.TB, b []byte) ([]byte, string) { return snappy.Encode(nil, b), "snappy" },
		"zstd":               func(t testing.TB, b []byte) ([]byte, string) { return zstdOf(t, b), "zstd" },
		"zstd, as a stream":  func(t testing.TB, b []byte) ([]byte, string) { return zstdStream(t, b), "zstd" },
		"in capital letters": func(t testing.TB, b []byte) ([]byte, string) { return zstdOf(t, b), "ZSTD" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			right := agent("pc-1")
			m := newMessage().
				add([]point{{noon.Add(-time.Minute), 1}, {noon, 2}}, "__name__", "system_uptime_seconds").
				add([]point{{noon, 3}}, "__name__", "system_cpu_load_average_1m", "device", "pc-2", "site", "other", "job", "budi",
					"source", "x", "check", "www", "vantage", "collector", "institution", "school", "exported_site", "y").
				done()
			body, encoding := encode(t, marshal(t, m))
			rec := w.ask(request{right: &right, kind: typeV2, encoding: encoding, body: body})
			if rec.Code != http.StatusNoContent {
				t.Fatalf("answered %d: %s", rec.Code, rec.Body)
			}
			for header, want := range map[string]string{"Samples": "3", "Histograms": "0", "Exemplars": "0"} {
				if got := rec.Header().Get("X-Prometheus-Remote-Write-" + header + "-Written"); got != want {
					t.Errorf("%s written: %q, want %s", header, got, want)
				}
			}
			w.finds("system_uptime_seconds", `{__name__="system_uptime_seconds",device="pc-1",job="host",site="main"} 2`)
			w.finds("system_cpu_load_average_1m", `{__name__="system_cpu_load_average_1m",device="pc-1",exported_check="www",`+
				`exported_device="pc-2",exported_exported_site="other",exported_institution="school",exported_job="budi",exported_site="y",`+
				`exported_source="x",exported_vantage="collector",job="host",site="main"} 3`)
			w.counted(3, "budi_ingest_samples_total", "agents")
			w.counted(1, "budi_ingest_requests_total", "agents", "204")
			w.counted(float64(len(body)), "budi_ingest_received_bytes_total", "agents")
			w.counted(1, "budi_ingest_senders", "agents")
			w.counted(2, "budi_ingest_series", "agents")
		})
	}
}

func TestAnAgentWhoseDeviceBecameAnother(t *testing.T) {
	w := newWorld(t)
	right := agent("pc-1")
	w.want(204, right, one(noon, 1, "__name__", "system_uptime_seconds"))
	right.Device = "pc-2"
	w.clock.Advance(time.Minute)
	w.want(204, right, one(w.clock.Now(), 2, "__name__", "system_uptime_seconds"))
	w.finds("system_uptime_seconds",
		`{__name__="system_uptime_seconds",device="pc-1",job="host",site="main"} 1`,
		`{__name__="system_uptime_seconds",device="pc-2",job="host",site="main"} 2`)
	w.counted(1, "budi_ingest_series", "agents")
}

func TestTheClockOfAnAgentIsCorrected(t *testing.T) {
	w := newWorld(t)
	right := agent("pc-1")
	right.Offset = 30 * 24 * time.Hour // it is a month behind
	w.want(204, right, one(noon.Add(-right.Offset-time.Minute), 7, "__name__", "system_uptime_seconds"))
	w.finds("timestamp(system_uptime_seconds)",
		`{device="pc-1",job="host",site="main"} `+strconv.FormatFloat(float64(noon.Add(-time.Minute).Unix()), 'g', -1, 64))
}

func TestWhatAnAgentMaySend(t *testing.T) {
	w := newWorld(t)
	names := []string{
		"budi_device_info", "budi_agent_up", "budi_agent_last_seen_timestamp_seconds", "budi_agent_cloned", "budi_line_up", "probe_dns_serial", "budi_check_up",
		"ALERTS", "ALERTS_FOR_STATE", "up", "system_made_up", "", "budi_agent_info ", "system_uptime_secondѕ",
	}
	m := newMessage()
	for _, name := range names {
		m.add([]point{{noon, 1}}, "__name__", name)
	}
	m.add([]point{{noon, 1}}, "__name__", "budi_agent_info", "version", "1")
	m.add([]point{{noon, 1}}, "__name__", "budi_host_antivirus_enabled")
	w.want(204, agent("pc-1"), m.done())
	w.finds(`count({__name__=~".+"})`, "{} 2")
	w.counted(float64(len(names)-1), "budi_ingest_rejected_total", "agents", "unknown_name")
	w.counted(1, "budi_ingest_rejected_total", "agents", "invalid_name")
}

func TestWhatAPusherMaySend(t *testing.T) {
	for _, v1 := range []bool{true, false} {
		w := newWorld(t)
		right := pusher("srv-1")
		push := func(v float64, labels ...string) {
			t.Helper()
			var body []byte
			kind := typeV2
			if v1 {
				kind, body = typeV1, marshal(t, old(w.clock.Now(), v, labels...))
			} else {
				body = marshal(t, one(w.clock.Now(), v, labels...))
			}
			rec := w.ask(request{right: &right, kind: kind, encoding: "snappy", body: snappy.Encode(nil, body)})
			if rec.Code != 204 {
				t.Errorf("v1 %v, %q: answered %d: %s", v1, labels, rec.Code, rec.Body)
			}
			if got, want := rec.Header().Get("X-Prometheus-Remote-Write-Samples-Written") != "", !v1; got != want {
				t.Errorf("v1 %v: told what was written: %v", v1, got)
			}
		}
		push(1, "__name__", "up", "job", "node", "instance", "a:1", "device", "srv-1", "site", "other", "source", "x", "institution", "z")
		push(2, "__name__", "up", "job", "node", "instance", "b:1", "device", "foreign")
		push(3, "__name__", "job:up:sum")
		w.finds(`{__name__=~".+"}`,
			`{__name__="up",device="srv-1",exported_institution="z",exported_site="other",exported_source="x",instance="a:1",job="node",site="main",source="prom"} 1`,
			`{__name__="up",exported_device="foreign",instance="b:1",job="node",site="main",source="prom"} 2`,
			`{__name__="job:up:sum",site="main",source="prom"} 3`)
		for _, name := range []string{"ALERTS", "ALERTS_FOR_STATE", "budi_device_info", "budi_agent_up", "budi_made_up", "probe_success"} {
			push(1, "__name__", name, "alertname", "SiteDown", "alertstate", "firing")
		}
		w.finds(`count({__name__=~".+"})`, "{} 3")
		w.counted(6, "budi_ingest_rejected_total", "push", "reserved_name")

		// A device that moves to the site, and one that leaves it.
		right = pusher("foreign")
		w.clock.Advance(time.Minute)
		push(4, "__name__", "up", "job", "node", "instance", "a:1", "device", "srv-1", "site", "other", "source", "x", "institution", "z")
		push(5, "__name__", "up", "job", "node", "instance", "b:1", "device", "foreign")
		w.finds(`{exported_device="srv-1"}`,
			`{__name__="up",exported_device="srv-1",exported_institution="z",exported_site="other",exported_source="x",instance="a:1",job="node",site="main",source="prom"} 4`)
		w.finds(`{device="foreign"}`, `{__name__="up",device="foreign",instance="b:1",job="node",site="main",source="prom"} 5`)
	}
}

func TestBadSamplesAreSkippedAndCounted(t *testing.T) {
	long := strings.Repeat("x", 2000)
	many := []string{"__name__", "up"}
	for i := range 40 {
		many = append(many, "l"+strconv.Itoa(i), "v")
	}
	huge := []string{"__name__", "up"}
	for i := range 300 {
		huge = append(huge, "l"+strconv.Itoa(i), "v")
	}
	for reason, m := range map[string]*writev2.Request{
		"too_old":       newMessage().add([]point{{noon.Add(-metricdb.OutOfOrderWindow - time.Second), 1}, {time.UnixMilli(-1), 1}, {time.UnixMilli(math.MinInt64), 1}}, "__name__", "a").done(),
		"future":        newMessage().add([]point{{noon.Add(metricdb.MaxFuture + time.Second), 1}, {time.UnixMilli(math.MaxInt64), 1}}, "__name__", "a").done(),
		"duplicate":     newMessage().add([]point{{noon, 1}}, "__name__", "a").add([]point{{noon, 2}}, "__name__", "a").done(),
		"invalid_name":  newMessage().add([]point{{noon, 1}}, "__name__", "a-b").add([]point{{noon, 1}}, "job", "x").add([]point{{noon, 1}}).add([]point{{noon, 1}}, "__name__", "а").done(),
		"invalid_label": newMessage().add([]point{{noon, 1}}, "__name__", "a", "x", "1", "x", "2").add([]point{{noon, 1}}, "__name__", "a", "__name__", "b").add([]point{{noon, 1}}, "__name__", "a", "", "b").add([]point{{noon, 1}}, "__name__", "a", "site", "x", "site", "y").add([]point{{noon, 1}}, "__name__", "a", "ѕite", "b").add([]point{{noon, 1}}, "__name__", "a", "__x", "b").add([]point{{noon, 1}}, "__name__", "a", "b").add([]point{{noon, 1}}, "__name__", "a", "b", "\xff").done(),
		"too_long":      newMessage().add([]point{{noon, 1}}, "__name__", long).add([]point{{noon, 1}}, "__name__", "a", "b", long).add([]point{{noon, 1}}, many...).add([]point{{noon, 1}}, huge...).done(),
	} {
		t.Run(reason, func(t *testing.T) {
			w := newWorld(t)
			bad := 0
			for _, s := range m.Timeseries {
				bad += len(s.Samples)
			}
			if reason == "duplicate" {
				bad--
			}
			// A good one among them.
			m.Symbols = append(m.Symbols, "__name__", "good")
			n := uint32(len(m.Symbols))
			m.Timeseries = append(m.Timeseries, writev2.TimeSeries{LabelsRefs: []uint32{n - 2, n - 1}, Samples: []writev2.Sample{{Timestamp: noon.UnixMilli(), Value: 5}}})
			w.want(204, pusher(), m)
			w.finds("good", `{__name__="good",site="main",source="prom"} 5`)
			w.counted(float64(bad), "budi_ingest_rejected_total", "push", reason)
			w.counted(float64(bad), "budi_ingest_rejected_total", "push")
		})
	}
}

func TestReferencesOutsideTheTable(t *testing.T) {
	w := newWorld(t)
	good := []writev2.Sample{{Timestamp: noon.UnixMilli(), Value: 1}}
	w.want(204, pusher(), &writev2.Request{
		Symbols: []string{"", "__name__", "up"},
		Timeseries: []writev2.TimeSeries{
			{LabelsRefs: []uint32{1, 3}, Samples: good},
			{LabelsRefs: []uint32{1, math.MaxUint32}, Samples: good},
			{LabelsRefs: []uint32{1}, Samples: good},
			{LabelsRefs: []uint32{1, 2, 0}, Samples: good},
			{LabelsRefs: []uint32{0, 0, 1, 2}, Samples: good}, // an empty name
			{LabelsRefs: []uint32{1, 2}, Samples: good},
		},
	})
	w.finds(`{__name__=~".+"}`, `{__name__="up",site="main",source="prom"} 1`)
	w.counted(5, "budi_ingest_rejected_total", "push", "invalid_label")
}

func TestTheOrderOfLabelsDoesNotMatter(t *testing.T) {
	w := newWorld(t)
	w.want(204, pusher(), one(noon.Add(-time.Minute), 1, "z", "1", "__name__", "up", "a", "2"))
	w.want(204, pusher(), one(noon, 2, "a", "2", "empty", "", "z", "1", "__name__", "up"))
	w.finds("up", `{__name__="up",a="2",site="main",source="prom",z="1"} 2`)
}

// A series is known again by its whole text: pieces that only look alike when
// they are put together are others.
func TestSeriesThatLookAlike(t *testing.T) {
	w := newWorld(t)
	for i, labels := range [][]string{
		{"a", "bc"}, {"ab", "c"}, {"a", "b\x01c\x01d"}, {"a", "b", "c", "d"}, {"a", "b\x00c"}, {"a", "b", "c", ""}, {"a", "\x02bc"},
	} {
		w.want(204, pusher(), one(noon, float64(i), append([]string{"__name__", "up"}, labels...)...))
	}
	w.finds("count(up)", "{} 7")
}

func TestStaleMarkersEndTheSendersSeries(t *testing.T) {
	w := newWorld(t)
	w.want(204, pusher(), one(noon.Add(-time.Minute), 1, "__name__", "up"))
	w.want(204, agent("pc-1"), one(noon.Add(-time.Minute), 1, "__name__", "system_uptime_seconds"))
	w.want(204, pusher(), one(noon, math.Float64frombits(value.StaleNaN), "__name__", "up"))
	w.want(204, pusher(), one(noon, math.Float64frombits(value.StaleNaN), "__name__", "system_uptime_seconds", "device", "pc-1", "job", "host"))
	w.finds("up")
	w.finds("system_uptime_seconds", `{__name__="system_uptime_seconds",device="pc-1",job="host",site="main"} 1`)
}

func TestNativeHistograms(t *testing.T) {
	whole := &histogram.Histogram{Schema: 0, Count: 3, Sum: 9, PositiveSpans: []histogram.Span{{Offset: 0, Length: 2}}, PositiveBuckets: []int64{1, 1}}
	wrong := whole.Copy()
	wrong.Count = 99
	w := newWorld(t)
	m := one(noon, 1, "__name__", "size", "kind", "v2")
	at := noon.UnixMilli()
	m.Timeseries[0].Samples = nil
	m.Timeseries[0].Histograms = []writev2.Histogram{
		writev2.FromIntHistogram(0, at-1000, wrong), writev2.FromFloatHistogram(0, at, whole.ToFloat(nil)),
	}
	right := pusher()
	rec := w.ask(request{right: &right, kind: typeV2, encoding: "snappy", body: snappy.Encode(nil, marshal(t, m))})
	if rec.Code != 204 || rec.Header().Get("X-Prometheus-Remote-Write-Histograms-Written") != "1" {
		t.Errorf("answered %d, %v: %s", rec.Code, rec.Header(), rec.Body)
	}
	o := old(noon, 1, "__name__", "size", "kind", "v1")
	o.Timeseries[0].Samples = nil
	o.Timeseries[0].Histograms = []prompb.Histogram{prompb.FromIntHistogram(at, whole)}
	if rec := w.ask(request{right: &right, kind: typeV1, encoding: "snappy", body: snappy.Encode(nil, marshal(t, o))}); rec.Code != 204 {
		t.Errorf("answered %d: %s", rec.Code, rec.Body)
	}
	w.finds("histogram_sum(size)", `{kind="v1",site="main",source="prom"} 9`, `{kind="v2",site="main",source="prom"} 9`)
	w.finds("histogram_count(size)", `{kind="v1",site="main",source="prom"} 3`, `{kind="v2",site="main",source="prom"} 3`)
	w.counted(1, "budi_ingest_rejected_total", "push", "histogram")

	m.Symbols[slices.Index(m.Symbols, "size")] = "system_uptime_seconds"
	w.want(204, agent("pc-1"), m)
	w.counted(2, "budi_ingest_rejected_total", "agents", "histogram")
	w.counted(0, "budi_ingest_samples_total", "agents")
}

func TestTheSeriesOfASenderAreBounded(t *testing.T) {
	w := newWorld(t, func(_ *metricdb.Options, o *ingest.Options) { o.PushSeries = 10 })
	batch := func(from, n int) *writev2.Request {
		m := newMessage()
		for i := range n {
			m.add([]point{{w.clock.Now(), 1}}, "__name__", "up", "n", strconv.Itoa(from+i))
		}
		return m.done()
	}
	w.want(204, pusher(), batch(0, 15))
	w.counted(5, "budi_ingest_rejected_total", "push", "series_limit")
	w.counted(10, "budi_ingest_series", "push")
	other := pusher()
	other.ID, other.Source = "token-2", "alloy"
	w.want(204, other, batch(0, 10))
	w.counted(5, "budi_ingest_rejected_total", "push", "series_limit")

	// Those that are still written keep their places; others are free again a
	// day after they were written last.
	w.clock.Advance(23 * time.Hour)
	w.want(204, pusher(), batch(0, 4))
	w.want(204, pusher(), batch(100, 1))
	w.counted(6, "budi_ingest_rejected_total", "push", "series_limit")
	w.clock.Advance(2 * time.Hour)
	w.want(204, pusher(), batch(100, 7))
	w.counted(7, "budi_ingest_rejected_total", "push", "series_limit")
	// The other sender has been silent for a day.
	w.counted(1, "budi_ingest_senders", "push")
	w.counted(10, "budi_ingest_series", "push")
}

func TestAnAgentHasTheSeriesOfPackageWire(t *testing.T) {
	w := newWorld(t)
	m := newMessage()
	for i := range wire.MaxSeries + 3 {
		m.add([]point{{noon, 1}}, "__name__", "system_uptime_seconds", "n", strconv.Itoa(i))
	}
	w.want(204, agent("pc-1"), m.done())
	w.counted(wire.MaxSeries, "budi_ingest_samples_total", "agents")
	w.counted(3, "budi_ingest_rejected_total", "agents", "series_limit")
}

func TestTooManySamples(t *testing.T) {
	w := newWorld(t)
	points := make([]point, wire.MaxSamples)
	for i := range points {
		points[i] = point{noon.Add(-time.Duration(i) * time.Second), 1}
	}
	right := agent("pc-1")
	full := newMessage().add(points, "__name__", "system_uptime_seconds").done()
	w.want(204, right, full)
	w.counted(wire.MaxSamples, "budi_ingest_samples_total", "agents")
	right = agent("pc-2")
	full.Timeseries[0].Samples = append(full.Timeseries[0].Samples, writev2.Sample{Timestamp: noon.UnixMilli() + 1, Value: 1})
	w.want(413, right, full)
	// Nothing of it is stored.
	w.finds(`{device="pc-2"}`)
	w.counted(wire.MaxSamples, "budi_ingest_samples_total", "agents")
}
