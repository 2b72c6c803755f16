package simulate_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/simulate"
)

// schoolYear is a year of 2,000 devices: 1,900 computers in twenty rooms that
// people switch on and off, and six faults.
func schoolYear() string {
	var b strings.Builder
	b.WriteString(`from: "2026-09-01 00:00"
to: "2027-08-31 00:00"
topology:
  - {id: core, kind: switch}
  - {id: sw-01..sw-20, kind: switch, parents: core}
  - {id: "pc-[01-20]-[01-95]", kind: computer, parents: "sw-$1", room: "r$1"}
  - {id: srv-1..srv-9, kind: server, parents: core}
  - {id: cam-01..cam-70, kind: camera, parents: sw-01}
contacts:
  - {name: Rasa}
habits:
  - {things: "pc-*", on: "07:45-16:30", jitter: 30m, share: 0.9}
events:
  - {at: "2026-09-01 09:00", down: "pc-*", every: working day, pick: 60, jitter: 6h, for: 15m}
`)
	for i, at := range []string{"2026-10-14 02:10", "2026-11-20 23:00", "2027-01-10 04:00", "2027-03-28 02:10", "2027-05-28 03:10", "2027-06-28 03:10"} {
		fmt.Fprintf(&b, "  - {at: %q, down: %s, for: 2h}\n", at, []string{"srv-1", "core", "srv-3", "srv-4", "cam-07", "sw-03"}[i])
	}
	b.WriteString("expect:\n  - {kind: fault, times: 6}\n  - {kind: recovery, times: 6}\n")
	return b.String()
}

// A year of people who switch computers on and off, and six faults at night: six
// faults and their recoveries, and nothing else.
func BenchmarkSchoolYearOf2000(b *testing.B) {
	text := []byte(schoolYear())
	b.ReportAllocs()
	for b.Loop() {
		s, err := simulate.Load("year.yml", text)
		if err != nil {
			b.Fatal(err)
		}
		var mails []simulate.MailLine
		if err := simulate.Run(b.Context(), s, func(line any) {
			if m, is := line.(simulate.MailLine); is {
				mails = append(mails, m)
			}
		}); err != nil {
			b.Fatal(err)
		}
		if d := s.Check(mails); len(d) > 0 {
			b.Fatal(strings.Join(d, "\n"))
		}
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	b.ReportMetric(float64(mem.Sys)/1e6, "MB-of-the-system")
}
