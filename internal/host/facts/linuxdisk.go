package facts

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
)

// disks lists whole drives that stay in the computer, and software RAIDs.
func (l linux) disks(context.Context) ([]look.Item, error) {
	names, err := l.list("sys/block")
	if err != nil {
		return nil, fmt.Errorf("list disks: %w", err)
	}
	if names == nil {
		return nil, errNotTold
	}
	items := []look.Item{}
	for _, name := range names {
		folder := "sys/block/" + name
		switch {
		case strings.HasPrefix(name, "md") && l.exists(folder+"/md"):
			items = append(items, l.raid(name))
		case !l.exists(folder + "/device"), strings.HasPrefix(name, "sr"), strings.HasPrefix(name, "fd"),
			strings.Contains(name, "boot"), strings.HasSuffix(name, "rpmb"):
		case l.text(folder+"/removable") == "1" || l.text(folder+"/size") == "0":
		default:
			items = append(items, l.disk(name))
		}
	}
	return items, nil
}

func (l linux) disk(name string) look.Item {
	folder := "sys/block/" + name
	f := fields{}
	f.set("device", name)
	model := l.text(folder + "/device/model")
	if model == "" {
		model = l.text(folder + "/device/name") // flash cards
	}
	// For SATA the vendor is always "ATA"; for SCSI the model is useless alone.
	if vendor := l.text(folder + "/device/vendor"); vendor != "" && vendor != "ATA" && !strings.HasPrefix(vendor, "0x") {
		model = vendor + " " + model
	}
	f.set("model", told(model))
	serial := l.diskSerial(folder)
	f.set("serial", serial)
	for _, file := range []string{"firmware_rev", "rev", "fwrev"} {
		if text := l.text(folder + "/device/" + file); text != "" && f["firmware"] == "" {
			f.set("firmware", text)
		}
	}
	f.number("size_bytes", l.sectors(folder))
	f.set("bus", bus(strings.TrimSuffix(l.link(folder), "/block/"+name)))
	switch {
	case f["bus"] == "virtio" || f["bus"] == "iscsi" || l.text(folder+"/device/vendor") == "QEMU" || l.text(folder+"/device/vendor") == "VMware":
		// What a virtual disk says of its rotation is made up.
	case l.text(folder+"/queue/rotational") == "0":
		f["media"] = "ssd"
	case l.text(folder+"/queue/rotational") == "1":
		f["media"] = "hdd"
	}
	f.set("health", l.health(name))
	key := serial
	if key == "" {
		key = name
	}
	return look.Item{Key: key, Fields: f}
}

// diskSerial reads the serial number from where the kind of disk keeps it:
// NVMe and flash cards, virtio, and page 0x80 of SCSI's vital product data
// (which the kernel makes for SATA too).
func (l linux) diskSerial(folder string) string {
	for _, file := range []string{"/device/serial", "/serial"} {
		if s := told(l.text(folder + file)); s != "" {
			return s
		}
	}
	if page, err := l.read(folder+"/device/vpd_pg80", 4096); err == nil && len(page) > 4 && page[1] == 0x80 {
		return told(string(page[4:]))
	}
	return ""
}

// sectors is the size of a disk in bytes; sysfs counts in 512 bytes whatever
// the disk does.
func (l linux) sectors(folder string) uint64 {
	var n uint64
	if _, err := fmt.Sscan(l.text(folder+"/size"), &n); err != nil || n > 1<<51 {
		return 0
	}
	return n * 512
}

// raid is a software RAID. Levels without redundancy have no health of their
// own: they have no file "degraded".
func (l linux) raid(name string) look.Item {
	folder := "sys/block/" + name
	f := fields{}
	f.set("device", name)
	f.set("media", l.text(folder+"/md/level"))
	f.number("size_bytes", l.sectors(folder))
	f.set("bus", "md")
	var missing int
	switch _, err := fmt.Sscan(l.text(folder+"/md/degraded"), &missing); {
	case l.text(folder+"/md/array_state") == "inactive":
		f["health"] = Failing
	case err != nil:
	case missing > 0:
		f["health"] = Warning
	default:
		f["health"] = Healthy
	}
	return look.Item{Key: name, Fields: f}
}

// encryption tells of each mounted filesystem on a disk whether something
// below it is a LUKS or plain dm-crypt volume.
func (l linux) encryption(context.Context) ([]look.Item, error) {
	text, err := l.read("proc/self/mountinfo", maxSmallFile)
	if err != nil {
		return nil, err
	}
	names, err := l.mapped()
	if err != nil {
		return nil, err
	}
	items := []look.Item{}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		// 36 35 98:0 /mnt1 /mnt/parent rw,noatime master:1 - ext3 /dev/root rw,errors=continue
		before, after, ok := strings.Cut(line, " - ")
		mount, source := strings.Fields(before), strings.Fields(after)
		if !ok || len(mount) < 5 || len(source) < 2 || seen[source[1]] {
			continue
		}
		device, isDisk := strings.CutPrefix(source[1], "/dev/")
		if !isDisk || strings.HasPrefix(device, "loop") || source[0] == "squashfs" || source[0] == "iso9660" {
			continue
		}
		device = strings.TrimPrefix(device, "mapper/")
		if dm := names[device]; dm != "" {
			device = dm
		}
		if link := l.link("sys/dev/block/" + mount[2]); link != "" { // says it also for /dev/root
			device = path.Base(link)
		}
		if !l.exists("sys/class/block/" + device) {
			continue
		}
		seen[source[1]] = true
		f := fields{}
		f.set("volume", unescapeMount(mount[4]))
		method := l.crypt(device, 8)
		f.truth("protected", method != "")
		f.set("method", method)
		items = append(items, look.Item{Key: unescapeMount(mount[4]), Fields: f})
	}
	if len(items) == 0 {
		return nil, errNotTold // a container
	}
	return items, nil
}

// unescapeMount undoes what the kernel does to spaces in mount points.
func unescapeMount(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

// mapped returns the block devices of device mapper by their names.
func (l linux) mapped() (map[string]string, error) {
	blocks, err := l.list("sys/block")
	if err != nil {
		return nil, fmt.Errorf("list disks: %w", err)
	}
	names := map[string]string{}
	for _, block := range blocks {
		if name := l.text("sys/block/" + block + "/dm/name"); name != "" {
			names[name] = block
		}
	}
	return names, nil
}

// crypt returns how a block device, or something below it, is encrypted.
func (l linux) crypt(device string, depth int) string {
	folder := "sys/class/block/" + device
	uuid := l.text(folder + "/dm/uuid")
	if kind, ok := strings.CutPrefix(uuid, "CRYPT-"); ok {
		kind, _, _ = strings.Cut(kind, "-")
		return kind
	}
	below, err := fs.ReadDir(l.files, folder+"/slaves")
	if depth == 0 || (err != nil && !errors.Is(err, fs.ErrNotExist)) {
		return ""
	}
	for _, slave := range below {
		if method := l.crypt(slave.Name(), depth-1); method != "" {
			return method
		}
	}
	return ""
}

// nvmeState understands the byte "critical warning" of an NVMe disk. A disk
// that is only hot is not a failing one.
func nvmeState(warning byte) string {
	const spareLow, unreliable, readOnly, backupFailed = 1 << 0, 1 << 2, 1 << 3, 1 << 4
	switch {
	case warning&(unreliable|readOnly) != 0:
		return Failing
	case warning&(spareLow|backupFailed) != 0:
		return Warning
	}
	return Healthy
}

// ataState understands the answer to SMART RETURN STATUS: sense data with a
// descriptor of the registers, of which two say whether the disk predicts its
// end (ACS-4, 7.46.8). Bridges that do not know it answer something else.
func ataState(sense []byte) string {
	const descriptorFormat, ataReturn = 0x72, 0x09
	if len(sense) < 22 || sense[0]&0x7f != descriptorFormat || sense[8] != ataReturn {
		return ""
	}
	switch middle, high := sense[17], sense[19]; {
	case middle == 0x4f && high == 0xc2:
		return Healthy
	case middle == 0xf4 && high == 0x2c:
		return Failing
	}
	return ""
}
