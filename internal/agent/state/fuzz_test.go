package state

import (
	"math"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

func FuzzDecodeEntry(f *testing.F) {
	f.Add([]byte{})
	f.Add(encodeEntry(time.UnixMilli(1_790_000_000_000), []point{{1, 7}, {2, -0.5}, {900, math.NaN()}, {1, math.MaxInt64}})[4:])
	f.Fuzz(func(t *testing.T, b []byte) {
		// The checksum would keep nearly all that is fuzzed out.
		sealed := seal(b)
		at, points, err := decodeEntry(sealed)
		if err != nil {
			return
		}
		if len(points) > len(b)/2 {
			t.Fatalf("%d samples in %d bytes", len(points), len(b))
		}
		if _, count, _, err := readEntryHead(sealed); err != nil || count != len(points) {
			t.Fatalf("the head says %d, %v; there are %d", count, err, len(points))
		}
		at2, points2, err := decodeEntry(encodeEntry(at, points))
		if err != nil || !at2.Equal(at) || len(points2) != len(points) {
			t.Fatalf("once more: %v %v %v", at2, points2, err)
		}
		for i := range points {
			if points[i].series != points2[i].series || math.Float64bits(points[i].value) != math.Float64bits(points2[i].value) {
				t.Fatalf("sample %d: %v became %v", i, points[i], points2[i])
			}
		}
	})
}

func FuzzDecodeSeries(f *testing.F) {
	f.Add([]byte{})
	f.Add(encodeSeries(nil, "system_cpu_time_seconds_total", look.Labels("mode", "user", "cpu", "")))
	f.Fuzz(func(t *testing.T, b []byte) {
		name, labels, err := decodeSeries(b)
		if err != nil {
			return
		}
		name2, labels2, err := decodeSeries(encodeSeries(nil, name, labels))
		if err != nil || name2 != name || len(labels) != len(labels2) {
			t.Fatalf("%q %v became %q %v, %v", name, labels, name2, labels2, err)
		}
	})
}
