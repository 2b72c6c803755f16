package collector

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"
)

// benched is a collector that runs in this process, to be measured.
type benched struct {
	*Collector
	dir, file, text string
}

// startForBench runs a collector that does not look at its own computer, with
// text in its configuration, until the benchmark ends. The collector of garbage is
// set as the program sets it.
func startForBench(b *testing.B, text string, o Options) *benched {
	before := debug.SetGCPercent(GCPercent)
	b.Cleanup(func() { debug.SetGCPercent(before) })
	c := &benched{file: filepath.Join(b.TempDir(), "collector.yml"), text: "host: {disabled: true}\n" + text}
	if err := os.WriteFile(c.file, []byte(c.text), 0o600); err != nil {
		b.Fatal(err)
	}
	var err error
	if c.dir, err = os.MkdirTemp("", "budi"); err != nil { // short, for the admin socket
		b.Fatal(err)
	}
	o.DataDir, o.ConfigFile, o.Listen = c.dir, c.file, "127.0.0.1:0"
	if c.Collector, err = Open(b.Context(), o); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
		_ = os.RemoveAll(c.dir)
	})
	return c
}

// grow adds text to the configuration and waits until the collector has settled.
// It returns what the idle one had in memory before, in megabytes.
func (c *benched) grow(b *testing.B, text string, settle time.Duration) (idle float64) {
	time.Sleep(10 * time.Second)
	idle = resident(b)
	if err := os.WriteFile(c.file, []byte(c.text+text), 0o600); err != nil {
		b.Fatal(err)
	}
	if err := c.Reload(b.Context()); err != nil {
		b.Fatal(err)
	}
	time.Sleep(settle)
	return idle
}

// measure reports what the collector needs for a while.
func (c *benched) measure(b *testing.B, idle float64, while time.Duration) {
	before, began := processorTime(b), time.Now()
	most, routines := 0.0, 0
	for time.Since(began) < while {
		time.Sleep(time.Second)
		most, routines = max(most, resident(b)), max(routines, runtime.NumGoroutine())
	}
	b.ReportMetric((processorTime(b)-before).Seconds()/time.Since(began).Seconds(), "processors")
	b.ReportMetric(most-idle, "MB-above-idle")
	b.ReportMetric(idle, "MB-idle")
	b.ReportMetric(float64(routines), "goroutines")
}

// resident is what this process has in memory, in megabytes.
func resident(b *testing.B) float64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	var kB float64
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	if _, err := fmt.Sscan(rest, &kB); err != nil {
		b.Fatal(err)
	}
	return kB / 1000
}

// processorTime is what this process has used so far, user and system.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
