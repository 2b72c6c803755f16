package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	godisk "github.com/shirou/gopsutil/v3/disk"
	gohost "github.com/shirou/gopsutil/v3/host"
	goload "github.com/shirou/gopsutil/v3/load"
	"github.com/shirou/gopsutil/v3/mem"
	gonet "github.com/shirou/gopsutil/v3/net"
)

func systemSource() source {
	return source{
		uptime:      readUptime,
		logicalCPUs: readLogicalCPUs,
		cpu:         readCPU,
		load:        readLoad,
		memory:      readMemory,
		paging:      readPaging,
		mounts:      readMounts,
		usage:       readUsage,
		disks:       readDisks,
		networks:    readNetworks,
		facts:       readFacts,
	}
}

func readUptime(ctx context.Context) (time.Duration, error) {
	s, err := gohost.UptimeWithContext(ctx)
	return time.Duration(s) * time.Second, err
}

// readLogicalCPUs does not use gopsutil's Counts: it reads /proc/cpuinfo, for
// which the kernel interrupts every core to learn its frequency.
func readLogicalCPUs(context.Context) (int, error) {
	text, err := os.ReadFile("/sys/devices/system/cpu/online")
	if err != nil {
		return 0, err
	}
	return countList(strings.TrimSpace(string(text)))
}

// countList counts the numbers of a list like "0-3,8,10-11".
func countList(list string) (int, error) {
	n := 0
	for part := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		a, err := strconv.ParseUint(from, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("read list of processors %q: %w", list, err)
		}
		b, err := strconv.ParseUint(to, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("read list of processors %q: %w", list, err)
		}
		if b < a {
			return 0, fmt.Errorf("read list of processors %q: %d is after %d", list, a, b)
		}
		n += int(b-a) + 1
	}
	return n, nil
}

// readCPU leaves guest and guest_nice out: the kernel counts them in user and
// nice already.
func readCPU(ctx context.Context) (map[string]float64, error) {
	all, err := cpu.TimesWithContext(ctx, false)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 { // gopsutil swallows the error
		return nil, errors.New("read /proc/stat: no line of all processors")
	}
	t := all[0]
	return map[string]float64{
		"user": t.User, "system": t.System, "nice": t.Nice, "idle": t.Idle,
		"iowait": t.Iowait, "interrupt": t.Irq + t.Softirq, "steal": t.Steal,
	}, nil
}

func readLoad(ctx context.Context) (load, error) {
	l, err := goload.AvgWithContext(ctx)
	if err != nil {
		return load{}, err
	}
	return load{l.Load1, l.Load5, l.Load15}, nil
}

func readMemory(ctx context.Context) (memory, error) {
	m, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return memory{}, err
	}
	return memory{Total: m.Total, Available: m.Available, Free: &m.Free, Buffers: &m.Buffers, Cached: &m.Cached, Linux: true}, nil
}

func readPaging(ctx context.Context) (paging, error) {
	devices, err := mem.SwapDevicesWithContext(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return paging{}, nil // a kernel without swap
	}
	if err != nil {
		return paging{}, err
	}
	var p paging
	for _, d := range devices {
		p.Used += d.UsedBytes
		p.Free += d.FreeBytes
	}
	return p, nil
}

// readMounts reads our own view: only its paths can be asked for their space.
func readMounts(context.Context) ([]mount, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	return parseMountinfo(text), nil
}

func readUsage(ctx context.Context, mountpoint string) (usage, error) {
	u, err := godisk.UsageWithContext(ctx, mountpoint)
	if err != nil {
		return usage{}, err
	}
	return usage{Total: u.Total, Used: u.Used, Free: u.Free}, nil
}

// readDisks reads whole drives: partitions, and what is laid over drives (LVM,
// RAID, encryption), would count the same bytes again.
func readDisks(ctx context.Context) ([]disk, error) {
	blocks, err := os.ReadDir("/sys/block")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, block := range blocks {
		name := block.Name()
		if _, err := os.Stat(filepath.Join("/sys/block", name, "device")); err == nil && isDrive(name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, nil // without names gopsutil would return everything
	}
	counters, err := godisk.IOCountersWithContext(ctx, names...)
	if err != nil {
		return nil, err
	}
	disks := make([]disk, 0, len(counters))
	for name, c := range counters {
		read, write, busy := milliseconds(c.ReadTime), milliseconds(c.WriteTime), milliseconds(c.IoTime)
		disks = append(disks, disk{
			Name:      name,
			ReadBytes: c.ReadBytes, WriteBytes: c.WriteBytes,
			Reads: c.ReadCount, Writes: c.WriteCount,
			ReadTime: &read, WriteTime: &write, BusyTime: &busy,
		})
	}
	return disks, nil
}

func milliseconds(n uint64) time.Duration { return time.Duration(n) * time.Millisecond }

// isDrive leaves out CD and floppy drives and the boot areas of flash chips.
func isDrive(name string) bool {
	return !strings.HasPrefix(name, "sr") && !strings.HasPrefix(name, "fd") && !strings.HasPrefix(name, "loop") &&
		!strings.Contains(name, "boot") && !strings.HasSuffix(name, "rpmb")
}

func readNetworks(ctx context.Context) ([]network, error) {
	counters, err := gonet.IOCountersWithContext(ctx, true)
	if err != nil {
		return nil, err
	}
	var networks []network
	for _, c := range counters {
		if c.Name == "lo" || strings.HasPrefix(c.Name, "veth") { // a container's end of a cable to the bridge
			continue
		}
		_, notCard := os.Stat(filepath.Join("/sys/class/net", c.Name, "device"))
		networks = append(networks, network{
			Name: c.Name, Physical: notCard == nil,
			ReceiveBytes: c.BytesRecv, TransmitBytes: c.BytesSent,
			ReceivePackets: c.PacketsRecv, TransmitPackets: c.PacketsSent,
			ReceiveErrors: c.Errin, TransmitErrors: c.Errout,
			ReceiveDropped: &c.Dropin, TransmitDropped: &c.Dropout,
		})
	}
	return networks, nil
}

// readFacts leaves out what it cannot read.
func readFacts(ctx context.Context) (facts, error) {
	var f facts
	f.Hostname, _ = os.Hostname()
	f.OS, f.OSVersion = readOSRelease()
	f.KernelVersion, _ = gohost.KernelVersionWithContext(ctx)
	f.Architecture, _ = gohost.KernelArch()
	if kind, role, err := gohost.VirtualizationWithContext(ctx); err == nil && role == "guest" {
		f.Virtualization = kind
	}
	if s, err := gohost.BootTimeWithContext(ctx); err == nil {
		f.BootTime = time.Unix(int64(s), 0)
	}
	return f, nil
}

// readOSRelease reads os-release(5). gopsutil's PlatformInformation may start
// lsb_release, a Python program.
func readOSRelease() (name, version string) {
	for _, path := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		for line := range bytes.Lines(text) {
			key, value, _ := strings.Cut(strings.TrimSpace(string(line)), "=")
			switch key {
			case "NAME":
				name = strings.Trim(value, `"'`)
			case "VERSION_ID":
				version = strings.Trim(value, `"'`)
			}
		}
		return name, version
	}
	return "Linux", ""
}
