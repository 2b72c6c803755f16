package collector

import (
	"strings"
	"testing"
	"time"
)

// BenchmarkPages is how long the server takes for each page with 2,000 devices,
// the look-up of the session included, and how much of that is processor time.
// The aim is 50 ms.
func BenchmarkPages(b *testing.B) {
	place := newBigPlace(b)
	for _, path := range place.pages(b) {
		if w := place.get(b, path); !isPage(w) {
			continue
		}
		name := strings.SplitN(strings.TrimPrefix(path, "/"), "?t=", 2)[0]
		b.Run(strings.ReplaceAll(name, "/", "|"), func(b *testing.B) {
			begun := processorTime(b)
			for b.Loop() {
				place.get(b, path)
			}
			perPage := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(b.N) }
			b.ReportMetric(perPage(b.Elapsed()), "ms/page")
			b.ReportMetric(perPage(processorTime(b)-begun), "cpu-ms/page")
		})
	}
}
