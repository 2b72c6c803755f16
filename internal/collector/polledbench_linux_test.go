package collector

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/sim/devices"
)

// manyDevices is the variable that makes this program simulate as many devices.
const manyDevices = "BUDI_BENCH_DEVICES"

// serveDevicesIfAsked simulates devices in a process of its own, so that what they
// cost is not taken for the collector's.
func serveDevicesIfAsked() {
	text, asked := os.LookupEnv(manyDevices)
	if !asked {
		return
	}
	var n int
	if _, err := fmt.Sscan(text, &n); err != nil {
		os.Exit(1)
	}
	for seed := uint64(1); n > 0; seed++ { // another one, other serial numbers
		all, err := devices.Open(devices.Options{Seed: seed})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		for _, d := range all.List() {
			if d.Scheme == "snmp" && n > 0 {
				n--
				fmt.Printf("snmp://127.0.0.1:%d?community=%s\n", d.Port, d.Community)
			}
		}
	}
	fmt.Println("all")
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// BenchmarkManyDevices is a collector that looks at 2,000 devices each minute:
// printers, switches and UPSes in a process of their own. It reports what that
// costs above the same collector without any, over two minutes. Aims: half a
// processor, 300 MB.
func BenchmarkManyDevices(b *testing.B) {
	if os.Getenv("BENCH_DEVICES") == "" {
		b.Skip("takes four minutes: make bench-devices")
	}
	const n = 2000
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	child := exec.Command(program)
	child.Env, child.Stderr = append(os.Environ(), fmt.Sprintf("%s=%d", manyDevices, n)), os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _, _ = in.Close(), child.Wait() }()
	c := startForBench(b, "agents: {silent_after: 4m}\n", Options{})
	text := "devices:\n"
	scan := bufio.NewScanner(out)
	for i := 0; scan.Scan() && scan.Text() != "all"; i++ {
		text += fmt.Sprintf("  - {id: d%d, target: '%s', interval: 1m}\n", i, scan.Text())
	}
	idle := c.grow(b, text, 90*time.Second) // the first looks, which read everything
	for b.Loop() {
		c.measure(b, idle, 2*time.Minute)
		client, err := admin.Dial(b.Context(), c.dir)
		if err != nil {
			b.Fatal(err)
		}
		all, err := client.PolledDevices(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		well := 0
		for _, d := range all {
			if d.Outcome == "ok" && time.Since(d.Looked) < 90*time.Second {
				well++
			}
		}
		b.ReportMetric(float64(well), "devices")
	}
}
