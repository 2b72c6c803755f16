package uplink_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// workstation makes looks like those of a computer in a school: 60 series, with
// names and labels by OpenTelemetry's conventions.
type workstation struct {
	random *rand.Rand
	totals []float64
}

func (w *workstation) look(at time.Time) look.Result {
	if w.totals == nil {
		w.random, w.totals = rand.New(rand.NewPCG(1, 2)), make([]float64, 100)
	}
	r := look.Result{Time: at}
	n := 0
	add := func(name string, value float64, labels ...string) {
		r.Samples = append(r.Samples, look.Sample{Name: name, Labels: look.Labels(labels...), Value: value})
		n++
	}
	grow := func(most float64) float64 {
		w.totals[n] += math.Floor(w.random.Float64() * most)
		return w.totals[n]
	}
	for _, mode := range []string{"user", "system", "idle", "iowait", "nice", "interrupt", "steal"} {
		add("system_cpu_time_seconds_total", grow(6000)/100, "cpu_mode", mode)
	}
	for _, state := range []string{"used", "free", "cached", "buffers"} {
		add("system_memory_usage_bytes", math.Floor(w.random.Float64()*2e6)*4096, "system_memory_state", state)
	}
	for _, disk := range []string{"sda", "nvme0n1"} {
		for _, direction := range []string{"read", "write"} {
			add("system_disk_io_bytes_total", grow(1e6)*512, "system_device", disk, "disk_io_direction", direction)
			add("system_disk_operations_total", grow(1e4), "system_device", disk, "disk_io_direction", direction)
			add("system_disk_operation_time_seconds_total", grow(1e4)/1000, "system_device", disk, "disk_io_direction", direction)
		}
	}
	for _, mount := range []string{"/", "/boot/efi", "/home"} {
		for _, state := range []string{"used", "free", "reserved"} {
			add("system_filesystem_usage_bytes", math.Floor(w.random.Float64()*1e6)*4096, "system_device", "/dev/nvme0n1p2", "system_filesystem_mountpoint", mount, "system_filesystem_state", state)
		}
	}
	for _, direction := range []string{"receive", "transmit"} {
		add("system_network_io_bytes_total", grow(1e8), "network_interface_name", "enp3s0", "network_io_direction", direction)
		add("system_network_packets_total", grow(1e5), "network_interface_name", "enp3s0", "network_io_direction", direction)
		add("system_network_errors_total", 0, "network_interface_name", "enp3s0", "network_io_direction", direction)
	}
	for _, name := range []string{"budi_agent_spool_samples", "budi_agent_dropped_samples_total", "budi_agent_push_errors_total", "budi_host_antivirus_enabled", "budi_host_firewall_enabled", "budi_host_disk_healthy"} {
		add(name, 0)
	}
	add("budi_agent_sent_bytes_total", grow(2000))
	add("budi_agent_received_bytes_total", grow(500))
	add("budi_agent_info", 1, "version", "1.2.3")
	for n < 60 {
		add(fmt.Sprintf("system_other_%d_ratio", n), w.random.Float64())
	}
	return r
}

// A day of a workstation, everything included (TLS, headers, reports), stays
// below two megabytes.
func TestADayInBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("720 pushes")
	}
	c := newCollector(t)
	a := newAgent(t, c)
	var w workstation
	var programs look.FactSet
	programs.Kind = "software"
	for i := range 250 {
		programs.Items = append(programs.Items, look.Item{Key: fmt.Sprintf("Program %d", i*7919%1000), Fields: map[string]string{
			"version": fmt.Sprintf("%d.%d.%d", i%20, i%7, i*31), "publisher": fmt.Sprintf("Maker %d", i%40), "installed": "2026-03-14",
		}})
	}
	for minute := range 24 * 60 {
		a.clock.turn(time.Minute)
		must(t, a.store.Put(w.look(a.clock.Now())))
		if minute%240 == 0 {
			programs.Time = a.clock.Now()
			a.Report(wire.ReportRequest{Facts: []look.FactSet{programs}})
		}
		if minute%2 == 1 {
			must(t, a.Push(t.Context()))
		}
	}
	s := a.Status()
	total := s.Sent + s.Received
	t.Logf("a day of 60 series in 720 pushes: %d bytes sent, %d received, %.2f MB together; %d connections", s.Sent, s.Received, float64(total)/1e6, len(c.connections))
	if total > 2e6 {
		t.Errorf("%d bytes a day", total)
	}
	if len(c.connections) != 1 {
		t.Errorf("%d connections: each costs a handshake", len(c.connections))
	}
	if got, want := len(c.samples), 24*60*60; got != want {
		t.Errorf("%d samples arrived, want %d", got, want)
	}
	withFacts := 0
	for _, r := range c.reports {
		withFacts += len(r.Facts)
	}
	if len(c.reports) != 6 || withFacts != 1 {
		t.Errorf("%d reports, %d with facts; want 6 and, as nothing changed, 1", len(c.reports), withFacts)
	}
}
