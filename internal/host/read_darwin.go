package host

import (
	"context"
	"fmt"
	stdnet "net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	godisk "github.com/shirou/gopsutil/v3/disk"
	gohost "github.com/shirou/gopsutil/v3/host"
	goload "github.com/shirou/gopsutil/v3/load"
	"github.com/shirou/gopsutil/v3/mem"
	"golang.org/x/sys/unix"
)

// systemSource has neither processor times nor disk counters: macOS tells them
// only through Mach and IOKit, which a build without cgo cannot call.
func systemSource() source {
	return source{
		uptime:      readUptime,
		logicalCPUs: func(ctx context.Context) (int, error) { return cpu.CountsWithContext(ctx, true) },
		load:        readLoad,
		memory:      readMemory,
		paging:      readPaging,
		mounts:      readMounts,
		usage:       readUsage,
		networks:    readNetworks,
		facts:       readFacts,
	}
}

func readUptime(ctx context.Context) (time.Duration, error) {
	s, err := gohost.UptimeWithContext(ctx)
	return time.Duration(s) * time.Second, err
}

func readLoad(ctx context.Context) (load, error) {
	l, err := goload.AvgWithContext(ctx)
	if err != nil {
		return load{}, err
	}
	return load{l.Load1, l.Load5, l.Load15}, nil
}

// readMemory counts as Activity Monitor does: available is what is free, what
// is a copy of a file (speculative pages among them) and what programs declared
// purgeable. gopsutil would start vm_stat.
func readMemory(context.Context) (memory, error) {
	total, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return memory{}, fmt.Errorf("read sysctl hw.memsize: %w", err)
	}
	values := map[string]uint64{}
	for _, name := range []string{"hw.pagesize", "vm.page_free_count", "vm.page_pageable_external_count", "vm.page_purgeable_count"} {
		raw, err := unix.SysctlRaw(name)
		if err != nil {
			return memory{}, fmt.Errorf("read sysctl %s: %w", name, err)
		}
		if values[name], err = littleEndian(raw); err != nil {
			return memory{}, fmt.Errorf("read sysctl %s: %w", name, err)
		}
	}
	page := values["hw.pagesize"]
	free := values["vm.page_free_count"] * page
	cached := (values["vm.page_pageable_external_count"] + values["vm.page_purgeable_count"]) * page
	return memory{Total: total, Available: free + cached, Free: &free, Cached: &cached}, nil
}

func readPaging(ctx context.Context) (paging, error) {
	s, err := mem.SwapMemoryWithContext(ctx)
	if err != nil {
		return paging{}, err
	}
	return paging{Used: s.Used, Free: s.Free}, nil
}

// readMounts does not wait for filesystems to answer (MNT_NOWAIT), as
// gopsutil does.
func readMounts(context.Context) ([]mount, error) {
	n, err := unix.Getfsstat(nil, unix.MNT_NOWAIT)
	if err != nil {
		return nil, fmt.Errorf("count filesystems: %w", err)
	}
	all := make([]unix.Statfs_t, n)
	if n, err = unix.Getfsstat(all, unix.MNT_NOWAIT); err != nil {
		return nil, fmt.Errorf("list filesystems: %w", err)
	}
	var mounts []mount
	for _, s := range all[:n] {
		m := mount{
			Device:     unix.ByteSliceToString(s.Mntfromname[:]),
			Mountpoint: unix.ByteSliceToString(s.Mntonname[:]),
			Type:       unix.ByteSliceToString(s.Fstypename[:]),
			ReadOnly:   s.Flags&unix.MNT_RDONLY != 0,
		}
		m.Kind = macMountKind(m, s.Flags&unix.MNT_LOCAL != 0, s.Flags&unix.MNT_DONTBROWSE != 0)
		m.System = m.Mountpoint == macDataVolume
		mounts = append(mounts, m)
	}
	return mounts, nil
}

func readUsage(ctx context.Context, mountpoint string) (usage, error) {
	u, err := godisk.UsageWithContext(ctx, mountpoint)
	if err != nil {
		return usage{}, err
	}
	return usage{Total: u.Total, Used: u.Used, Free: u.Free}, nil
}

func readNetworks(context.Context) ([]network, error) {
	list, err := syscall.RouteRIB(syscall.NET_RT_IFLIST2, 0)
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	interfaces, err := stdnet.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list names of interfaces: %w", err)
	}
	names := map[int]string{}
	for _, i := range interfaces {
		names[i.Index] = i.Name
	}
	var networks []network
	for _, c := range parseIfList2(list) {
		name := names[c.index]
		if name == "" || c.loopback {
			continue
		}
		c.network.Name = name
		c.network.Physical = strings.HasPrefix(name, "en")
		networks = append(networks, c.network)
	}
	return networks, nil
}

// readFacts leaves out what it cannot read. gopsutil would start sw_vers.
func readFacts(ctx context.Context) (facts, error) {
	f := facts{OS: "macOS"}
	f.Hostname, _ = os.Hostname()
	f.OSVersion, _ = unix.Sysctl("kern.osproductversion")
	f.KernelVersion, _ = gohost.KernelVersionWithContext(ctx)
	f.Architecture, _ = gohost.KernelArch()
	if s, err := gohost.BootTimeWithContext(ctx); err == nil {
		f.BootTime = time.Unix(int64(s), 0)
	}
	return f, nil
}
