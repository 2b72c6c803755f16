package host

import (
	"context"
	"errors"
	"fmt"
	stdnet "net"
	"os"
	"strings"
	"time"
	"unsafe"

	"github.com/shirou/gopsutil/v3/cpu"
	godisk "github.com/shirou/gopsutil/v3/disk"
	gohost "github.com/shirou/gopsutil/v3/host"
	"github.com/shirou/gopsutil/v3/mem"
	"golang.org/x/sys/windows"
)

// systemSource has no load: Windows keeps none, and gopsutil's emulation
// counts the processor queue only, from a goroutine that never ends.
func systemSource() source {
	ifEntry := windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetIfEntry2")
	return source{
		uptime:      readUptime,
		logicalCPUs: func(ctx context.Context) (int, error) { return cpu.CountsWithContext(ctx, true) },
		cpu:         readCPU,
		memory:      readMemory,
		paging:      readPaging,
		mounts:      readMounts,
		usage:       readUsage,
		disks:       readDisks,
		networks:    func(context.Context) ([]network, error) { return readNetworks(ifEntry) },
		facts:       readFacts,
	}
}

// readUptime does not use gopsutil's: that wraps after 49 days in a 32-bit
// program. With Fast Startup, which is on by default, shutting down is a kind
// of hibernation and the time goes on.
func readUptime(context.Context) (time.Duration, error) {
	return windows.DurationSinceBoot(), nil
}

// readCPU tells user, system and idle: Windows has no nice, iowait and steal,
// and counts interrupts within system here.
func readCPU(ctx context.Context) (map[string]float64, error) {
	all, err := cpu.TimesWithContext(ctx, false)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errors.New("GetSystemTimes told nothing")
	}
	return map[string]float64{"user": all[0].User, "system": all[0].System, "idle": all[0].Idle}, nil
}

// readMemory leaves buffers and cached out: what Windows caches is part of
// what is available.
func readMemory(ctx context.Context) (memory, error) {
	m, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return memory{}, err
	}
	return memory{Total: m.Total, Available: m.Available, Free: &m.Available}, nil
}

// readPaging reads the page files. gopsutil's SwapMemory is the commit charge,
// which counts memory too.
func readPaging(ctx context.Context) (paging, error) {
	files, err := mem.SwapDevicesWithContext(ctx)
	if err != nil {
		return paging{}, err
	}
	var p paging
	for _, f := range files {
		p.Used += f.UsedBytes
		p.Free += f.FreeBytes
	}
	return p, nil
}

// readMounts lists drive letters with their kind, which gopsutil does not
// tell. A network drive is not asked anything here: a dead server would hold
// up the whole list. A drive that is not ready (no card, no stick) is left
// out; one that is locked by BitLocker stays in the list and fails later, when
// its space is asked, so that it is counted.
func readMounts(context.Context) ([]mount, error) {
	letters, err := windows.GetLogicalDrives()
	if err != nil {
		return nil, fmt.Errorf("list drives: %w", err)
	}
	folder, err := windows.GetSystemWindowsDirectory()
	if err != nil {
		return nil, fmt.Errorf("find the system's drive: %w", err)
	}
	var mounts []mount
	for i := range 26 {
		if letters&(1<<i) == 0 {
			continue
		}
		name := string(rune('A'+i)) + ":"
		root, err := windows.UTF16PtrFromString(name + `\`)
		if err != nil {
			return nil, err
		}
		m := mount{Device: name, Mountpoint: name, System: strings.HasPrefix(strings.ToUpper(folder), name), Kind: pseudoMount}
		switch windows.GetDriveType(root) {
		case windows.DRIVE_REMOTE:
			m.Kind, m.Type = remoteMount, "network"
		case windows.DRIVE_FIXED, windows.DRIVE_REMOVABLE:
			m.Kind = localMount
			var flags uint32
			var fsName [windows.MAX_PATH + 1]uint16
			err := windows.GetVolumeInformation(root, nil, 0, nil, nil, &flags, &fsName[0], uint32(len(fsName)))
			if errors.Is(err, windows.ERROR_NOT_READY) {
				continue
			}
			// FilesystemTypes of the convention are lower case: ntfs, refs, fat32, exfat.
			m.Type = strings.ToLower(windows.UTF16ToString(fsName[:]))
			m.ReadOnly = flags&windows.FILE_READ_ONLY_VOLUME != 0
		}
		mounts = append(mounts, m)
	}
	return mounts, nil
}

func readUsage(ctx context.Context, mountpoint string) (usage, error) {
	// Without the backslash C: is the current folder of that drive.
	u, err := godisk.UsageWithContext(ctx, mountpoint+`\`)
	if err != nil {
		return usage{}, err
	}
	return usage{Total: u.Total, Used: u.Used, Free: u.Free}, nil
}

// readDisks tells fixed drives by letter, as gopsutil reads them from the disk
// driver. Its times are left out (the drivers' unit is in doubt), and the
// driver has no busy time. gopsutil stops at the first drive that refuses.
func readDisks(ctx context.Context) ([]disk, error) {
	counters, err := godisk.IOCountersWithContext(ctx)
	if err != nil && len(counters) > 0 {
		err = partialError{err}
	}
	disks := make([]disk, 0, len(counters))
	for name, c := range counters {
		disks = append(disks, disk{
			Name:      name,
			ReadBytes: c.ReadBytes, WriteBytes: c.WriteBytes,
			Reads: c.ReadCount, Writes: c.WriteCount,
		})
	}
	return disks, err
}

// ifRow is MIB_IF_ROW2 of netioapi.h. It is ours because those of gopsutil and
// x/sys lack the padding that 32-bit programs need, and because gopsutil drops
// the flags that tell a card from a virtual adapter. (GetIfEntry2Ex of x/sys
// is missing on Windows Server 2016.)
type ifRow struct {
	InterfaceLUID      uint64
	InterfaceIndex     uint32
	InterfaceGUID      windows.GUID
	Alias              [257]uint16
	Description        [257]uint16
	PhysAddressLength  uint32
	PhysAddress        [32]uint8
	PermanentAddress   [32]uint8
	MTU                uint32
	Type               uint32
	TunnelType         uint32
	MediaType          uint32
	PhysicalMediumType uint32
	AccessType         uint32
	DirectionType      uint32
	Flags              uint8 // bit 0: HardwareInterface, bit 1: FilterInterface
	OperStatus         uint32
	AdminStatus        uint32
	MediaConnectState  uint32
	NetworkGUID        windows.GUID
	ConnectionType     uint32
	_                  uint32 // aligns the counters to 8 bytes in 32-bit programs too
	TransmitLinkSpeed  uint64
	ReceiveLinkSpeed   uint64
	InOctets           uint64
	InUcastPackets     uint64
	InNUcastPackets    uint64
	InDiscards         uint64
	InErrors           uint64
	InUnknownProtocols uint64
	InUcastOctets      uint64
	InMulticastOctets  uint64
	InBroadcastOctets  uint64
	OutOctets          uint64
	OutUcastPackets    uint64
	OutNUcastPackets   uint64
	OutDiscards        uint64
	OutErrors          uint64
	OutUcastOctets     uint64
	OutMulticastOctets uint64
	OutBroadcastOctets uint64
	OutQueueLength     uint64
}

func readNetworks(ifEntry *windows.LazyProc) ([]network, error) {
	if err := ifEntry.Find(); err != nil {
		return nil, err
	}
	interfaces, err := stdnet.Interfaces()
	if err != nil {
		return nil, err
	}
	var networks []network
	var failed error
	for _, i := range interfaces {
		if i.Flags&stdnet.FlagLoopback != 0 {
			continue
		}
		row := ifRow{InterfaceIndex: uint32(i.Index)}
		if code, _, _ := ifEntry.Call(uintptr(unsafe.Pointer(&row))); code != 0 {
			// An adapter that has just gone must not hide the others.
			failed = partialError{fmt.Errorf("read interface %s: %w", i.Name, windows.Errno(code))}
			continue
		}
		networks = append(networks, network{
			Name: i.Name, Physical: row.Flags&1 != 0,
			ReceiveBytes: row.InOctets, TransmitBytes: row.OutOctets,
			ReceivePackets: row.InUcastPackets + row.InNUcastPackets, TransmitPackets: row.OutUcastPackets + row.OutNUcastPackets,
			ReceiveErrors: row.InErrors, TransmitErrors: row.OutErrors,
			ReceiveDropped: &row.InDiscards, TransmitDropped: &row.OutDiscards,
		})
	}
	return networks, failed
}

// readFacts leaves out what it cannot read.
func readFacts(ctx context.Context) (facts, error) {
	var f facts
	f.Hostname, _ = os.Hostname()
	if name, _, version, err := gohost.PlatformInformationWithContext(ctx); err == nil {
		f.OS = name                                        // "Microsoft Windows 11 Pro"
		f.OSVersion, _, _ = strings.Cut(version, " Build") // "10.0.22631.3007 Build 22631.3007"
		f.KernelVersion = f.OSVersion
	}
	f.Architecture, _ = gohost.KernelArch()
	f.BootTime = time.Now().Add(-windows.DurationSinceBoot()).Truncate(time.Second)
	return f, nil
}
