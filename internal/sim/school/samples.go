package school

import (
	"math"
	"time"

	"github.com/budi-monitor/budi/internal/host"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// samples are what package host tells of such a computer, in its order. A test
// holds names and labels against recordings of real ones. The caller holds c.mu.
func (c *Computer) samples(now time.Time, p host.Profile) []look.Sample {
	c.meters.advance(c, now)
	b := builder{full: p == host.Full}
	up := now.Sub(c.booted).Seconds()
	b.add(metric.SystemUptime, up)
	b.add(metric.SystemCPULogicalCount, float64(c.model.threads))
	c.cpu(&b, up, now)
	c.memory(&b, now)
	c.filesystem(&b, now)
	c.disk(&b)
	c.network(&b)
	return b.samples
}

type builder struct {
	full    bool
	samples []look.Sample
}

func (b *builder) add(name string, value float64, labels ...string) {
	b.samples = append(b.samples, look.Sample{Name: name, Labels: look.Labels(labels...), Value: value})
}

func (c *Computer) linux() bool { return c.model.system == "linux" }

func (c *Computer) cpu(b *builder, up float64, now time.Time) {
	m := &c.meters
	idle := max(0, up*float64(c.model.threads)-m.user-m.system-m.iowait)
	mode := func(name string, seconds float64) { b.add(metric.SystemCPUTime, seconds, metric.LabelCPUMode, name) }
	mode("idle", idle)
	if c.linux() {
		mode("interrupt", m.system*0.05)
		mode("iowait", m.iowait)
		mode("nice", 0)
		mode("steal", 0)
	}
	mode("system", m.system)
	mode("user", m.user)
	if c.linux() {
		load := func(period time.Duration) float64 {
			return math.Round(100*c.activity(now.Add(-period))*float64(c.model.threads)*0.7) / 100
		}
		b.add(metric.SystemCPULoad1, load(0))
		b.add(metric.SystemCPULoad5, load(2*time.Minute))
		b.add(metric.SystemCPULoad15, load(7*time.Minute))
	}
}

// page is the unit of memory and of filesystems, in bytes.
const page = 4096

func pages(bytes float64) float64 { return math.Floor(bytes/page) * page }

func (c *Computer) memory(b *builder, now time.Time) {
	total := pages(float64(uint64(c.model.modules)*c.model.moduleSize) * 0.985)
	share := 0.28 + 0.3*c.wave("memory", now, 40*time.Minute)
	if total < 5*gib {
		share += 0.25 // the system takes its part
	}
	used := pages(total * share)
	state := func(name string, bytes float64) {
		b.add(metric.SystemMemoryUsage, bytes, metric.LabelMemoryState, name)
	}
	b.add(metric.SystemMemoryLimit, total)
	state("used", used)
	if c.linux() {
		state("free", pages(total*0.06))
		if b.full {
			state("buffers", pages(total*0.02))
			state("cached", pages(total*(0.9-share)))
		}
	} else {
		state("free", total-used)
	}
	b.add(metric.SystemMemoryUtilization, used/total, metric.LabelMemoryState, "used")
	if c.linux() {
		b.add(metric.SystemMemoryAvailable, total-used)
	}
	paging := pages(total / 4)
	swapped := pages(paging * share * 0.3)
	b.add(metric.SystemPagingUsage, swapped, metric.LabelPagingState, "used")
	b.add(metric.SystemPagingUsage, paging-swapped, metric.LabelPagingState, "free")
	b.add(metric.SystemPagingUtilization, swapped/paging, metric.LabelPagingState, "used")
}

func (c *Computer) filesystem(b *builder, now time.Time) {
	device, mountpoint, kind, size, reserved := c.model.device, "C:", "ntfs", float64(c.model.diskSize)*0.985, 0.0
	if c.linux() {
		mountpoint, kind, size = "/", "ext4", float64(c.model.diskSize)*0.98
		if c.faults[DiskFull] {
			size = 240e9 // a share of 99 % of 4 TB would still be plenty
		}
		reserved = pages(size * 0.01)
	}
	size = pages(size)
	writable := size - reserved
	used := pages(writable * c.filled(now))
	labels := []string{metric.LabelDevice, device, metric.LabelFilesystemMountpoint, mountpoint, metric.LabelFilesystemType, kind, metric.LabelFilesystemMode, "rw"}
	with := func(state string) []string {
		return append(labels[:len(labels):len(labels)], metric.LabelFilesystemState, state)
	}
	b.add(metric.SystemFilesystemUsage, used, with("used")...)
	b.add(metric.SystemFilesystemUsage, writable-used, with("free")...)
	b.add(metric.SystemFilesystemUse, used/writable, with("used")...)
	if b.full {
		b.add(metric.SystemFilesystemUsage, reserved, with("reserved")...)
		b.add(metric.SystemFilesystemLimit, size, labels...)
	}
}

func (c *Computer) disk(b *builder) {
	m, name := &c.meters, c.model.diskName
	read := []string{metric.LabelDevice, name, metric.LabelDiskDirection, "read"}
	write := []string{metric.LabelDevice, name, metric.LabelDiskDirection, "write"}
	b.add(metric.SystemDiskIO, math.Floor(m.read), read...)
	b.add(metric.SystemDiskIO, math.Floor(m.written), write...)
	if !c.linux() {
		return
	}
	b.add(metric.SystemDiskIOTime, m.busy, metric.LabelDevice, name)
	if b.full {
		b.add(metric.SystemDiskOperations, math.Floor(m.read/32768), read...)
		b.add(metric.SystemDiskOperations, math.Floor(m.written/16384), write...)
		b.add(metric.SystemDiskOperationTime, m.busy*0.6, read...)
		b.add(metric.SystemDiskOperationTime, m.busy*1.1, write...)
	}
}

func (c *Computer) network(b *builder) {
	m, name := &c.meters, c.model.cardName
	receive := []string{metric.LabelNetworkInterface, name, metric.LabelNetworkDirection, "receive"}
	transmit := []string{metric.LabelNetworkInterface, name, metric.LabelNetworkDirection, "transmit"}
	b.add(metric.SystemNetworkIO, math.Floor(m.received), receive...)
	b.add(metric.SystemNetworkIO, math.Floor(m.sent), transmit...)
	b.add(metric.SystemNetworkErrors, 0, receive...)
	b.add(metric.SystemNetworkErrors, 0, transmit...)
	if !b.full {
		return
	}
	if c.linux() {
		b.add(metric.SystemNetworkDropped, 0, receive...)
		b.add(metric.SystemNetworkDropped, 0, transmit...)
	}
	b.add(metric.SystemNetworkPackets, math.Floor(m.received/900), metric.LabelDevice, name, metric.LabelNetworkDirection, "receive")
	b.add(metric.SystemNetworkPackets, math.Floor(m.sent/300), metric.LabelDevice, name, metric.LabelNetworkDirection, "transmit")
}
