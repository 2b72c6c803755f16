package uplink

import (
	"cmp"
	"maps"
	"slices"

	writev2 "github.com/prometheus/client_golang/exp/api/remote/genproto/v2"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// encodeWrite makes the message of Remote-Write 2.0: each series once, with all
// its samples in the order of time. Who the device is the collector knows and
// stamps itself. Series and symbols are in the order of names, so that
// neighbours are alike and compress well.
func encodeWrite(entries []state.Entry) ([]byte, error) {
	type line struct {
		sample  look.Sample
		samples []*writev2.Sample
	}
	lines := map[string]*line{}
	var key []byte
	ordered := slices.SortedStableFunc(slices.Values(entries), func(a, b state.Entry) int { return a.Time.Compare(b.Time) })
	for _, e := range ordered {
		for _, s := range e.Samples {
			key = append(key[:0], s.Name...)
			for _, l := range s.Labels {
				key = append(append(append(append(key, 0xff), l.Name...), 0xff), l.Value...)
			}
			at := lines[string(key)]
			if at == nil {
				at = &line{sample: s}
				lines[string(key)] = at
			}
			at.samples = append(at.samples, &writev2.Sample{Timestamp: e.Time.UnixMilli(), Value: s.Value})
		}
	}
	table := writev2.NewSymbolTable()
	request := &writev2.Request{Timeseries: make([]*writev2.TimeSeries, 0, len(lines))}
	for _, key := range slices.Sorted(maps.Keys(lines)) {
		l := lines[key]
		labels := slices.SortedFunc(slices.Values(append(look.Labels("__name__", l.sample.Name), l.sample.Labels...)),
			func(a, b look.Label) int { return cmp.Compare(a.Name, b.Name) })
		refs := make([]uint32, 0, 2*len(labels))
		for _, label := range labels {
			refs = append(refs, table.Symbolize(label.Name), table.Symbolize(label.Value))
		}
		request.Timeseries = append(request.Timeseries, &writev2.TimeSeries{LabelsRefs: refs, Samples: l.samples})
	}
	request.Symbols = table.Symbols()
	return request.MarshalVT()
}

// compressWrite compresses a message and returns the name of the compression.
func compressWrite(message []byte, zstd bool) (body []byte, encoding string) {
	if zstd {
		return compressZstd(message), wire.Zstd
	}
	return snappy.Encode(nil, message), wire.Snappy
}

// compressZstd compresses b. The encoder is made for each message and thrown
// away, because its tables would be a good part of an idle agent's memory.
func compressZstd(b []byte) []byte {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false),
		zstd.WithSingleSegment(true), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20))
	if err != nil {
		panic(err) // the options are constants
	}
	return e.EncodeAll(b, nil)
}
