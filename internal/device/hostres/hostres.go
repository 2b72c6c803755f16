// Package hostres reads what servers, computers and storage tell of themselves by
// HOST-RESOURCES-MIB (RFC 2790), and by UCD-SNMP-MIB of net-snmp where that is
// missing or says more: filesystems, memory, processors, lm-sensors. Printers and
// switches speak the same MIB; theirs is read by their own drivers.
package hostres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/gather"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// Driver reads hosts. The zero Driver is ready.
type Driver struct{}

// Name is "hostres".
func (Driver) Name() string { return "hostres" }

// Serves reports whether the device is a host.
func (Driver) Serves(id device.Identity) bool {
	return id.Is(look.NAS) || id.Is(look.Server) || id.Is(look.Computer) || id.Is(look.ServerBoard) || id.Is(look.Recorder) ||
		id.Has[device.HasHost] && id.Kind() == look.Other
}

// Look reads.
func (Driver) Look(ctx context.Context, a device.Agent, id device.Identity, v *device.Visit) error {
	g := gather.New(a, v)
	memory, disks := storage(ctx, g, id.Is(look.Recorder))
	if !disks {
		dskTable(ctx, g)
	}
	ucd := g.Get(ctx, ucdTotal, ucdFree, ucdBuffered, ucdCached, ucdIdle)
	if used, ok := memoryOf(ucd); ok && memory < 0 {
		memory = used
	}
	if memory >= 0 {
		g.Sensor(look.Memory, "Memory", memory, "")
	}
	processors(ctx, g, ucd)
	lmSensors(ctx, g)
	if g.Err() != nil {
		return fmt.Errorf("read host resources: %w", g.Err())
	}
	return nil
}

// hrStorageTable.
const (
	storageEntry = "1.3.6.1.2.1.25.2.3.1"

	storageType  = 2
	storageDescr = 3
	storageUnit  = 4
	storageSize  = 5
	storageUsed  = 6

	storageTypes = "1.3.6.1.2.1.25.2.1."
)

// The largest unit that an agent can mean; beyond are numbers that overflow.
const maxUnit = 1 << 30

// storage reads filesystems and memory. It returns how much of the memory is in
// use, in percent (below zero: not told), and whether there are filesystems.
func storage(ctx context.Context, g *gather.Gathering, recorder bool) (memory float64, disks bool) {
	var ram struct{ size, used, cache, available uint64 }
	for _, row := range g.Table(ctx, storageEntry, storageType, storageDescr, storageUnit, storageSize, storageUsed) {
		unit, _ := row.Cells[storageUnit].Int()
		size, sized := blocks(row.Cells[storageSize])
		used, known := blocks(row.Cells[storageUsed])
		if unit <= 0 || unit > maxUnit || !sized {
			continue
		}
		bytes, usedBytes := size*uint64(unit), used*uint64(unit)
		descr := row.Text(storageDescr)
		switch kind := strings.TrimPrefix(row.Cells[storageType].OID(), storageTypes); kind {
		case "1": // other: net-snmp's parts of the memory
			switch strings.ToLower(descr) {
			case "memory buffers", "cached memory":
				ram.cache += usedBytes
			case "available memory":
				ram.available = bytes
			}
		case "2":
			if ram.size == 0 {
				ram.size, ram.used = bytes, usedBytes
			}
			volume(g, descr, "ram", bytes, usedBytes, known)
		case "3":
			volume(g, descr, "swap", bytes, usedBytes, known)
		case "4", "5", "9", "10":
			if bytes > 0 {
				disks = true
				use := typeOf(kind, descr)
				if recorder && use == "fixed" {
					use = "recordings" // full by design: the oldest go
				}
				volume(g, mount(descr), use, bytes, usedBytes, known)
			}
		}
	}
	return inUse(ram.size, ram.used, ram.cache, ram.available), disks
}

// blocks is a number of units. Agents have 32 bits with a sign: what is below zero
// was meant to be above 2^31. But -1 says that they do not know.
func blocks(v snmp.Value) (uint64, bool) {
	if n, ok := v.Int(); ok && n == -1 {
		return 0, false
	}
	n, ok := v.Uint()
	return n, ok && n <= 1<<33
}

// inUse is the part of the memory that programs hold, in percent; below zero: not
// known. Linux counts what it caches as used.
func inUse(size, used, cache, available uint64) float64 {
	switch {
	case size == 0:
		return -1
	case available > 0 && available <= size:
		used = size - available
	case cache <= used:
		used -= cache
	}
	if used > size {
		return -1
	}
	return 100 * float64(used) / float64(size)
}

func volume(g *gather.Gathering, name, kind string, size, used uint64, known bool) {
	if size == 0 || !known {
		return
	}
	g.Volume(look.Volume{Name: name, Type: kind, SizeBytes: size, UsedBytes: used})
}

// mount is the name under which people know a filesystem. Windows adds label and
// serial number of the volume, HPE's boards "on /…".
func mount(descr string) string {
	if name, _, ok := strings.Cut(descr, " Label:"); ok {
		return strings.TrimSpace(name)
	}
	return descr
}

// typeOf is what a filesystem is for. Those in memory, and those of the system
// that are full from the beginning and for ever, are nobody's to clear.
func typeOf(kind, descr string) string {
	for _, prefix := range []string{"/dev/shm", "/run", "/sys/", "/proc", "/dev", "/var/run", "/tmp/"} {
		if descr == prefix || strings.HasPrefix(descr, strings.TrimSuffix(prefix, "/")+"/") {
			return "ram"
		}
	}
	for _, prefix := range []string{"/snap/", "/var/lib/snapd/", "/mnt/ext", "/mnt/HDA_ROOT", "/mnt/boot_config", "/mnt/update", "/rom", "/volume1/@", "/var/lib/docker/", "/var/lib/containers/", "/bootbank", "/altbootbank"} {
		if strings.HasPrefix(descr, prefix) {
			return "system"
		}
	}
	switch kind {
	case "5":
		return "removable"
	case "9":
		return "flash"
	case "10":
		return "network"
	}
	if descr == "/tmp" {
		return "ram" // mostly; a small disk otherwise, which cleans itself
	}
	return "fixed"
}

// hrProcessorTable.
const hrProcessorEntry = "1.3.6.1.2.1.25.3.3.1"

// processors reads how busy they are: the average over the last minute.
func processors(ctx context.Context, g *gather.Gathering, ucd snmp.Values) {
	sum, n := 0.0, 0
	for _, row := range g.Table(ctx, hrProcessorEntry, 2) {
		if load, ok := row.Int(2); ok && load >= 0 && load <= 100 {
			sum, n = sum+float64(load), n+1
		}
	}
	if n > 0 {
		g.Sensor(look.Load, "Processor", sum/float64(n), "")
	} else if idle, ok := ucd[ucdIdle].Int(); ok && idle >= 0 && idle <= 100 {
		g.Sensor(look.Load, "Processor", float64(100-idle), "")
	}
}

// UCD-SNMP-MIB.
const (
	ucdTotal    = "1.3.6.1.4.1.2021.4.5.0" // kB, as the three below
	ucdFree     = "1.3.6.1.4.1.2021.4.6.0"
	ucdBuffered = "1.3.6.1.4.1.2021.4.14.0"
	ucdCached   = "1.3.6.1.4.1.2021.4.15.0"
	ucdIdle     = "1.3.6.1.4.1.2021.11.11.0" // percent

	dskEntry = "1.3.6.1.4.1.2021.9.1"

	lmTemperatures = "1.3.6.1.4.1.2021.13.16.2.1"
	lmFans         = "1.3.6.1.4.1.2021.13.16.3.1"
	lmVoltages     = "1.3.6.1.4.1.2021.13.16.4.1"
)

func memoryOf(ucd snmp.Values) (float64, bool) {
	total, ok := ucd[ucdTotal].Uint()
	free, has := ucd[ucdFree].Uint()
	if !ok || !has || free > total {
		return 0, false
	}
	buffered, _ := ucd[ucdBuffered].Uint()
	cached, _ := ucd[ucdCached].Uint()
	used := inUse(total, total-free, buffered+cached, 0)
	return used, used >= 0
}

// dskTable reads the filesystems that net-snmp was told to watch.
func dskTable(ctx context.Context, g *gather.Gathering) {
	for _, row := range g.Table(ctx, dskEntry, 2, 6, 8) {
		size, ok := blocks(row.Cells[6])
		used, known := blocks(row.Cells[8])
		if path := row.Text(2); path != "" && ok {
			volume(g, path, typeOf("4", path), size*1024, used*1024, known)
		}
	}
}

// lmSensors reads lm-sensors, which has everything in thousandths but fans.
func lmSensors(ctx context.Context, g *gather.Gathering) {
	for _, s := range []struct {
		entry string
		class look.SensorClass
		scale float64
	}{{lmTemperatures, look.Temperature, 0.001}, {lmFans, look.FanSpeed, 1}, {lmVoltages, look.Voltage, 0.001}} {
		for _, row := range g.Table(ctx, s.entry, 2, 3) {
			value, ok := row.Cells[3].Float()
			// Where nothing is connected there is nothing, or zero.
			if ok && (value != 0 || s.class == look.Voltage) {
				g.Sensor(s.class, named(row.Text(2)), value*s.scale, "")
			}
		}
	}
}

// named takes the decoration from names of lm-sensors: "coretemp-isa-0000:Core 0".
func named(name string) string {
	parts := strings.Split(name, ":")
	parts = slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" })
	return strings.Join(parts, " ")
}
