package collector

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

// BenchmarkManyChecks is a collector that looks at 5,000 checks each minute, half
// of them by HTTPS, of a website in a process of its own. It reports what the
// collector needs over two minutes: aims are one processor and 400 MB.
func BenchmarkManyChecks(b *testing.B) {
	if os.Getenv("BENCH_CHECKS") == "" {
		b.Skip("takes four minutes: make bench-checks")
	}
	const n = 5000
	site := startWebsite(b)
	c := startForBench(b, "line: {witnesses: []}\n", Options{Roots: site.Roots})
	var text strings.Builder
	text.WriteString("checks:\n")
	for i := range n {
		url := site.URL
		if i%2 == 0 {
			url = site.SecureURL
		}
		fmt.Fprintf(&text, "  - {id: w%d, target: '%s%d', interval: 1m}\n", i, url, i)
	}
	idle := c.grow(b, text.String(), 90*time.Second)
	for b.Loop() {
		c.measure(b, idle, 2*time.Minute)
		well := 0
		for i := range n {
			if r, ok := c.looking.board.Get(fmt.Sprint(checkPrefix, "w", i)); ok && r.Outcome == look.OK && time.Since(r.Time) < 70*time.Second {
				well++
			}
		}
		b.ReportMetric(float64(well), "checks")
	}
}
