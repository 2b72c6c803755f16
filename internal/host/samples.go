package host

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// builder makes samples of what was read. What cannot be true (a share above
// one, more used than there is, a number that is not finite) is counted as an
// error of its part and left out: a wrong number is worse than none.
type builder struct {
	profile Profile
	told    *told
	samples []look.Sample
}

func (b *builder) add(part, name string, value float64, labels ...string) {
	if math.IsNaN(value) || math.IsInf(value, 0) || value < 0 {
		b.told.fail(part, fmt.Errorf("implausible %s: %v", name, value))
		return
	}
	b.samples = append(b.samples, look.Sample{Name: name, Labels: look.Labels(labels...), Value: value})
}

// optional adds a number that this system may not tell.
func (b *builder) optional(part, name string, value *uint64, labels ...string) {
	if value != nil {
		b.add(part, name, float64(*value), labels...)
	}
}

func (b *builder) seconds(part, name string, value *time.Duration, labels ...string) {
	if value != nil {
		b.add(part, name, value.Seconds(), labels...)
	}
}

func (b *builder) uptime(d time.Duration) {
	b.add("uptime", metric.SystemUptime, d.Seconds())
}

func (b *builder) logicalCPUs(n int) {
	if n < 1 {
		b.told.fail("cpu_count", fmt.Errorf("implausible number of processors: %d", n))
		return
	}
	b.add("cpu_count", metric.SystemCPULogicalCount, float64(n))
}

func (b *builder) cpu(modes map[string]float64) {
	for _, mode := range sortedKeys(modes) {
		b.add("cpu", metric.SystemCPUTime, modes[mode], metric.LabelCPUMode, mode)
	}
}

func (b *builder) load(l load) {
	b.add("load", metric.SystemCPULoad1, l.One)
	b.add("load", metric.SystemCPULoad5, l.Five)
	b.add("load", metric.SystemCPULoad15, l.Fifteen)
}

// memory tells used as total less available, on every system: the convention
// defines it so, and so caches never look like exhausted memory. The states
// therefore need not add up to the total.
func (b *builder) memory(m memory) {
	const part = "memory"
	if m.Total == 0 || m.Available > m.Total {
		b.told.fail(part, fmt.Errorf("implausible memory: %d of %d bytes available", m.Available, m.Total))
		return
	}
	used := float64(m.Total - m.Available)
	b.add(part, metric.SystemMemoryLimit, float64(m.Total))
	b.add(part, metric.SystemMemoryUsage, used, metric.LabelMemoryState, "used")
	b.optional(part, metric.SystemMemoryUsage, m.Free, metric.LabelMemoryState, "free")
	if b.profile == Full {
		b.optional(part, metric.SystemMemoryUsage, m.Buffers, metric.LabelMemoryState, "buffers")
		b.optional(part, metric.SystemMemoryUsage, m.Cached, metric.LabelMemoryState, "cached")
	}
	b.add(part, metric.SystemMemoryUtilization, used/float64(m.Total), metric.LabelMemoryState, "used")
	if m.Linux {
		b.add(part, metric.SystemMemoryAvailable, float64(m.Available))
	}
}

// paging tells all swap devices or page files together, without system_device:
// what a person asks is whether the computer is out of swap. A computer
// without swap has no such series.
func (b *builder) paging(p paging) {
	const part = "paging"
	total := float64(p.Used) + float64(p.Free)
	if total == 0 {
		return
	}
	if total > maxBytes {
		b.told.fail(part, fmt.Errorf("implausible swap: %d used, %d free bytes", p.Used, p.Free))
		return
	}
	b.add(part, metric.SystemPagingUsage, float64(p.Used), metric.LabelPagingState, "used")
	b.add(part, metric.SystemPagingUsage, float64(p.Free), metric.LabelPagingState, "free")
	b.add(part, metric.SystemPagingUtilization, float64(p.Used)/total, metric.LabelPagingState, "used")
}

// maxBytes is beyond any disk: what is larger was a negative number once.
const maxBytes = 1 << 60

var errNoSize = errors.New("no size is told (a locked or unformatted volume?)")

func (b *builder) filesystem(m mount, u usage) {
	const part = "filesystem"
	if u.Total == 0 {
		// An encrypted volume that is locked, a card reader without a card. A
		// size of zero would read as empty, a share of it as full.
		b.told.fail(part, errNoSize)
		return
	}
	if u.Total > maxBytes || u.Used > u.Total || u.Free > u.Total {
		b.told.fail(part, fmt.Errorf("implausible space: %d used and %d free of %d bytes", u.Used, u.Free, u.Total))
		return
	}
	mode := "rw"
	if m.ReadOnly {
		mode = "ro"
	}
	labels := []string{
		metric.LabelDevice, m.Device,
		metric.LabelFilesystemMountpoint, clean(m.Mountpoint),
		metric.LabelFilesystemType, m.Type,
		metric.LabelFilesystemMode, mode,
	}
	state := func(s string) []string {
		return append(labels[:len(labels):len(labels)], metric.LabelFilesystemState, s)
	}
	b.add(part, metric.SystemFilesystemUsage, float64(u.Used), state("used")...)
	b.add(part, metric.SystemFilesystemUsage, float64(u.Free), state("free")...)
	if writable := u.Used + u.Free; writable > 0 {
		b.add(part, metric.SystemFilesystemUse, float64(u.Used)/float64(writable), state("used")...)
	}
	if b.profile == Full {
		// btrfs may promise a little more than it has: then nothing is reserved.
		reserved := max(0, float64(u.Total)-float64(u.Used)-float64(u.Free))
		b.add(part, metric.SystemFilesystemUsage, reserved, state("reserved")...)
		b.add(part, metric.SystemFilesystemLimit, float64(u.Total), labels...)
	}
}

func (b *builder) disks(all []disk) {
	const part = "disk"
	for _, d := range all {
		read := []string{metric.LabelDevice, d.Name, metric.LabelDiskDirection, "read"}
		write := []string{metric.LabelDevice, d.Name, metric.LabelDiskDirection, "write"}
		b.add(part, metric.SystemDiskIO, float64(d.ReadBytes), read...)
		b.add(part, metric.SystemDiskIO, float64(d.WriteBytes), write...)
		b.seconds(part, metric.SystemDiskIOTime, d.BusyTime, metric.LabelDevice, d.Name)
		if b.profile == Full {
			b.add(part, metric.SystemDiskOperations, float64(d.Reads), read...)
			b.add(part, metric.SystemDiskOperations, float64(d.Writes), write...)
			b.seconds(part, metric.SystemDiskOperationTime, d.ReadTime, read...)
			b.seconds(part, metric.SystemDiskOperationTime, d.WriteTime, write...)
		}
	}
}

func (b *builder) networks(all []network) {
	const part = "network"
	for _, n := range all {
		receive := []string{metric.LabelNetworkInterface, n.Name, metric.LabelNetworkDirection, "receive"}
		transmit := []string{metric.LabelNetworkInterface, n.Name, metric.LabelNetworkDirection, "transmit"}
		b.add(part, metric.SystemNetworkIO, float64(n.ReceiveBytes), receive...)
		b.add(part, metric.SystemNetworkIO, float64(n.TransmitBytes), transmit...)
		b.add(part, metric.SystemNetworkErrors, float64(n.ReceiveErrors), receive...)
		b.add(part, metric.SystemNetworkErrors, float64(n.TransmitErrors), transmit...)
		if b.profile == Full {
			b.optional(part, metric.SystemNetworkDropped, n.ReceiveDropped, receive...)
			b.optional(part, metric.SystemNetworkDropped, n.TransmitDropped, transmit...)
			// The convention calls the interface system.device here.
			b.add(part, metric.SystemNetworkPackets, float64(n.ReceivePackets), metric.LabelDevice, n.Name, metric.LabelNetworkDirection, "receive")
			b.add(part, metric.SystemNetworkPackets, float64(n.TransmitPackets), metric.LabelDevice, n.Name, metric.LabelNetworkDirection, "transmit")
		}
	}
}

// finish adds what the look has to say about itself: by part, or where the
// basic profile has no room for that as one sum.
func (b *builder) finish() []look.Sample {
	errs, leftOut := b.told.errors, b.told.leftOut
	if b.profile == Basic && len(b.samples)+len(errs)+len(leftOut) > MaxBasicSeries {
		errs, leftOut = summed(errs), summed(leftOut)
	}
	for _, part := range sortedKeys(errs) {
		b.samples = append(b.samples, look.Sample{Name: metric.HostPartErrors, Labels: look.Labels(metric.LabelPart, part), Value: float64(errs[part])})
	}
	for _, part := range sortedKeys(leftOut) {
		b.samples = append(b.samples, look.Sample{Name: metric.HostLeftOut, Labels: look.Labels(metric.LabelPart, part), Value: float64(leftOut[part])})
	}
	return b.samples
}

// summed is one count for several parts.
func summed(parts map[string]int) map[string]int {
	if len(parts) < 2 {
		return parts
	}
	sum := 0
	for _, n := range parts {
		sum += n
	}
	return map[string]int{"several": sum}
}
