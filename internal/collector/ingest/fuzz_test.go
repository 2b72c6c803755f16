package ingest_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/budi-monitor/budi/internal/collector/ingest"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// forger is a world with series of others, which must stay what they are.
type forger struct {
	*world
	known map[string]bool // what agents may send
}

func newForger(t testing.TB) *forger {
	f := &forger{newWorld(t, func(_ *metricdb.Options, o *ingest.Options) { o.PushSeries = 1000 }), map[string]bool{}}
	for _, name := range metric.FromAgents() {
		f.known[name] = true
	}
	record := func(name string, identity ...string) {
		t.Helper()
		r := look.Result{Time: noon, Samples: []look.Sample{{Name: name, Value: 42}}}
		if err := f.db.Record(context.Background(), metricdb.Target{ID: name + strings.Join(identity, "/"), Identity: look.Labels(identity...)}, r); err != nil {
			t.Fatal(err)
		}
	}
	for _, site := range []string{"main", "other"} {
		record("system_uptime_seconds", "site", site, "device", "victim", "job", "host")
		record("probe_success", "site", site, "check", "victim", "vantage", "collector", "job", "probe")
		record("budi_agent_up", "site", site, "device", "victim", "job", "fleet")
		record("up", "site", site, "source", "victim")
	}
	return f
}

// same fails when anything but what a right may write has changed.
func (f *forger) same(t *testing.T) {
	t.Helper()
	q, err := f.db.Queryable().Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	// Everything that neither of the two senders may have written.
	strangers := 0
	for _, matchers := range [][]*labels.Matcher{
		{labels.MustNewMatcher(labels.MatchNotEqual, "site", "main")},
		{labels.MustNewMatcher(labels.MatchEqual, "site", "main"), labels.MustNewMatcher(labels.MatchNotEqual, "source", "prom"), labels.MustNewMatcher(labels.MatchNotEqual, "device", "pc-1")},
	} {
		set := q.Select(context.Background(), false, nil, matchers...)
		for set.Next() {
			strangers++
			it, n := set.At().Iterator(nil), 0
			for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
				if n++; kind != chunkenc.ValFloat {
					t.Errorf("%s has a histogram", set.At().Labels())
				} else if at, v := it.At(); v != 42 || at != noon.UnixMilli() {
					t.Errorf("%s has %v at %d", set.At().Labels(), v, at)
				}
			}
			if n != 1 {
				t.Errorf("%s has %d samples", set.At().Labels(), n)
			}
		}
		if err := set.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if strangers != 8 {
		t.Errorf("%d series are of others, there were 8", strangers)
	}
	// Everything that they may have written says so.
	for _, m := range []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "source", "prom"), labels.MustNewMatcher(labels.MatchEqual, "device", "pc-1")} {
		set := q.Select(context.Background(), false, nil, m)
		for set.Next() {
			l := set.At().Labels()
			name := l.Get("__name__")
			byPusher := l.Get("source") == "prom"
			switch {
			case l.Get("site") != "main", l.Has("institution"), l.Has("check"), l.Has("vantage"):
			case byPusher && !metric.CollectorsOwn(name) && (!l.Has("device") || l.Get("device") == "srv-1"):
				continue
			case !byPusher && f.known[name] && l.Get("device") == "pc-1" && l.Get("job") == "host" && !l.Has("source"):
				continue
			}
			t.Errorf("%s is forged", l)
		}
		if err := set.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// hand gives a message to a door.
func (f *forger) hand(t *testing.T, push, v1 bool, msg []byte) {
	t.Helper()
	right, kind := agent("pc-1"), typeV2
	if push {
		right = pusher("srv-1")
	}
	if v1 {
		kind = typeV1
	}
	rec := f.ask(request{right: &right, kind: kind, encoding: "snappy", body: snappy.Encode(nil, msg)})
	switch rec.Code {
	case 204, 400, 413:
	case 415:
		if !v1 || push {
			t.Errorf("answered %d: %s", rec.Code, rec.Body)
		}
	default:
		t.Errorf("answered %d: %s", rec.Code, rec.Body)
	}
}

// FuzzMessages lets anything be the protobuf of a request.
func FuzzMessages(f *testing.F) {
	w := newForger(f)
	for _, push := range []bool{true, false} {
		f.Add(push, false, marshal(f, one(noon, 1, "__name__", "system_uptime_seconds", "device", "victim")))
		f.Add(push, true, marshal(f, old(noon, 1, "__name__", "up", "source", "victim")))
	}
	whole := one(noon, 1, "__name__", "up")
	whole.Timeseries[0].Histograms = []writev2.Histogram{{Timestamp: noon.UnixMilli(), Sum: 3}}
	whole.Timeseries[0].Exemplars = []writev2.Exemplar{{LabelsRefs: []uint32{9}, Value: 1}}
	f.Add(true, false, marshal(f, whole))
	f.Add(true, false, []byte{5<<3 | 2, 2, 1 << 3, 7})    // a reference that is not packed
	f.Add(true, false, []byte{5<<3 | 3, 5<<3 | 4})        // a group
	f.Add(true, true, []byte{1<<3 | 2, 0xff, 0xff, 0xff}) // a length beyond the end
	f.Fuzz(func(t *testing.T, push, v1 bool, msg []byte) {
		w.hand(t, push, v1, msg)
		w.same(t)
	})
}

// FuzzLabels lets anything be the labels of a series: names and values by
// turns, separated by '|'.
func FuzzLabels(f *testing.F) {
	w := newForger(f)
	for _, s := range []string{
		"__name__|system_uptime_seconds|device|victim|site|other|job|host",
		"device|victim|__name__|up|__name__|budi_agent_up|source|victim",
		"__name__|up|site||site|other|exported_site|x|exported_exported_site|y",
		"__name__|probe_success|check|victim|vantage|collector", "__name__|ALERTS|alertname|SiteDown", "__name__", "__name__|", "|", "|x",
		"__name__|up|ѕite|other|device\u200b|victim|Site|other", "__name__|up|device|srv-1|device|victim", "__name__|up|source|victim|source|",
		"__name__|up|a|\xff|\xfe|b", "__name__|up\x00|institution|x|__site__|other|__device|victim", "__name__|budi_agent_up",
		"__name__|system_uptime_seconds|quantile|1|le|+Inf|instance|victim|job|fleet", "__name__|up|device|",
	} {
		for _, at := range []int64{noon.UnixMilli(), -1, math.MinInt64, math.MaxInt64} {
			f.Add(s, at, uint64(0x7ff0000000000002)) // the stale marker
		}
		f.Add(s, noon.UnixMilli()-1, math.Float64bits(math.NaN()))
	}
	f.Fuzz(func(t *testing.T, text string, at int64, bits uint64) {
		parts := strings.Split(text, "|")
		v := math.Float64frombits(bits)
		m2 := newMessage().add([]point{{noon, v}}, parts...).done()
		m2.Timeseries[0].Samples[0].Timestamp = at
		w.hand(t, true, false, marshal(t, m2))
		w.hand(t, false, false, marshal(t, m2))
		m1 := &prompb.WriteRequest{Timeseries: []prompb.TimeSeries{{Samples: []prompb.Sample{{Timestamp: at, Value: v}}}}}
		for i := 0; i+1 < len(parts); i += 2 {
			m1.Timeseries[0].Labels = append(m1.Timeseries[0].Labels, prompb.Label{Name: parts[i], Value: parts[i+1]})
		}
		w.hand(t, true, true, marshal(t, m1))
		w.same(t)
	})
}
