package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// BenchmarkIdleCollector starts the collector with 100 checks, waits until each
// was made three times, and tells the memory that it holds then and the time
// from its start until it was ready.
func BenchmarkIdleCollector(b *testing.B) {
	for b.Loop() {
		w := newWorld(b, "www")
		var checks strings.Builder
		for i := range 100 {
			fmt.Fprintf(&checks, "  - {id: site-%d, target: '%s', interval: 5s}\n", i, w.sites["www"].URL(fmt.Sprint("/", i)))
		}
		text := w.read("collector.yml")
		text = strings.Replace(text, "host: {disabled: true}\n", "", 1)
		w.write("collector.yml", text[:strings.Index(text, "checks:")]+"checks:\n"+checks.String())
		begun := time.Now()
		w.start()
		b.ReportMetric(time.Since(begun).Seconds(), "s-until-ready")
		w.eventually("each website to be looked at three times", func() error {
			if got := w.query(`count(count_over_time(probe_success[5m]) >= 3)`)[""]; got != "100" {
				return fmt.Errorf("so far %q", got)
			}
			return nil
		})
		b.ReportMetric(resident(b, w.cmd.Process.Pid)/1e6, "MB-resident")
		w.stop()
	}
}

// resident is the memory of a process that is in RAM, in bytes.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kib); n == 1 {
			return kib * 1024
		}
	}
	b.Fatal("no VmRSS")
	return 0
}
