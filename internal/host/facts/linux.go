package facts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// linux is a computer with Linux: its files, and the few things that are not
// in them.
type linux struct {
	files    fs.FS // the root, without a leading slash; knows symbolic links
	hostname string
	location *time.Location // in which logs are written
	// address returns the address that a network card was made with, "" when
	// its driver does not tell.
	address func(device string) string
	// health asks a disk (sda, nvme0n1) how it is: Healthy, Warning, Failing, or
	// "" when it does not tell or we may not ask.
	health func(device string) string
}

func (l linux) source() source {
	return source{identity: l.identity, kinds: map[string]reader{
		System: l.system, CPU: l.cpu, Memory: l.memory, Disk: l.disks, Network: l.networks, Monitor: l.monitors,
		OS: l.os, Update: l.update, Firewall: l.firewall, Encryption: l.encryption, Membership: l.membership,
		Software: l.software, Sessions: l.sessions,
	}}
}

// maxSmallFile bounds files of the kernel and of configuration.
const maxSmallFile = 1 << 20

// read returns a whole file of at most limit bytes.
func (l linux) read(name string, limit int64) ([]byte, error) {
	f, err := l.files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("read %s: more than %d bytes", name, limit)
	}
	return b, nil
}

// text returns a small file as one line, "" when it cannot be read: most files
// of sysfs are there on some computers only.
func (l linux) text(name string) string {
	b, err := l.read(name, maxSmallFile)
	if err != nil {
		return ""
	}
	return clean(string(b))
}

// exists reports whether there is something; a link that leads nowhere is
// something.
func (l linux) exists(name string) bool {
	_, err := fs.Lstat(l.files, name)
	return err == nil
}

// link returns where a symbolic link leads, "" when it is none.
func (l linux) link(name string) string {
	target, err := fs.ReadLink(l.files, name)
	if err != nil {
		return ""
	}
	return target
}

// list returns the names in a folder, none when there is no such folder.
func (l linux) list(name string) ([]string, error) {
	entries, err := fs.ReadDir(l.files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

const (
	dmiTable = "sys/firmware/dmi/tables/DMI"
	dmiFiles = "sys/class/dmi/id/"
	// deviceTree is where boards without such a table (ARM) say what they are.
	deviceTree = "sys/firmware/devicetree/base/"
)

// firmware reads the SMBIOS table or, where only root may (the table holds the
// serial numbers), the files that the kernel makes of it. It returns
// errNotTold for a computer without such a table.
func (l linux) firmware() (smbios, error) {
	table, err := l.read(dmiTable, maxSmallFile)
	if err == nil {
		s, err := parseSMBIOS(table)
		if err == nil && s.isBroken {
			err = errors.New("read SMBIOS: the table is cut short")
		}
		return s, err
	}
	if !l.exists(dmiFiles + "sys_vendor") {
		return smbios{}, errNotTold
	}
	file := func(name string) string { return l.text(dmiFiles + name) }
	s := smbios{
		biosMake: file("bios_vendor"), biosVersion: file("bios_version"), biosDate: file("bios_date"),
		make: file("sys_vendor"), model: file("product_name"), version: file("product_version"), serial: file("product_serial"),
		sku: file("product_sku"), uuid: realUUID(file("product_uuid")),
		boardMake: file("board_vendor"), boardModel: file("board_name"), boardSerial: file("board_serial"),
		chassisSerial: file("chassis_serial"), chassisAsset: file("chassis_asset_tag"),
	}
	if _, scanErr := fmt.Sscan(file("chassis_type"), &s.chassisType); scanErr != nil {
		s.chassisType = 0
	}
	if errors.Is(err, fs.ErrPermission) {
		return s, fmt.Errorf("read serial numbers: %w", err)
	}
	return s, nil
}

// board is firmware, or the device tree where there is none.
func (l linux) board() (smbios, error) {
	s, err := l.firmware()
	if !errors.Is(err, errNotTold) {
		return s, err
	}
	if s.model = l.text(deviceTree + "model"); s.model == "" {
		return s, errNotTold
	}
	s.serial = l.text(deviceTree + "serial-number")
	return s, nil
}

func (l linux) system(context.Context) ([]look.Item, error) {
	s, err := l.board()
	if item := s.systemItem(); len(item.Fields) > 0 {
		return []look.Item{item}, err
	}
	return nil, err
}

func (l linux) identity(context.Context) (identity, error) {
	s, err := l.board()
	adapters, netErr := l.adapters()
	release := l.release()
	return identity{
		Hostname: l.hostname,
		Server:   release["VARIANT_ID"] == "server" || release["ID"] == "proxmox" || chassisName(s.chassisType) == "server" || l.machineInfo("CHASSIS") == "server",
		Machine: wire.Machine{
			SystemUUID: s.uuid, SystemSerial: s.realSerial(), BoardSerial: told(s.boardSerial), MACs: machineMACs(adapters),
		},
	}, errors.Join(ignoreNotTold(err), netErr)
}

func ignoreNotTold(err error) error {
	if errors.Is(err, errNotTold) {
		return nil
	}
	return err
}

func (l linux) memory(context.Context) ([]look.Item, error) {
	s, err := l.firmware()
	if items := s.memoryItems(); len(items) > 0 || err != nil {
		return items, err
	}
	return nil, errNotTold // virtual machines of some makers
}

// cpu reads what the kernel found: firmware tells processors of virtual
// machines wrongly.
func (l linux) cpu(context.Context) ([]look.Item, error) {
	text, err := l.read("proc/cpuinfo", maxSmallFile*4)
	if err != nil {
		return nil, err
	}
	sockets, cores := map[string]fields{}, map[string]map[string]bool{}
	threads := map[string]uint64{}
	for entry := range bytes.SplitSeq(text, []byte("\n\n")) {
		values := colonFields(entry)
		if values["processor"] == "" {
			continue // ARM tells the board behind the last one
		}
		id := values["physical id"]
		if sockets[id] == nil {
			sockets[id], cores[id] = fields{}, map[string]bool{}
			sockets[id].set("model", values["model name"])
			sockets[id].set("make", cpuMaker(values["vendor_id"]))
		}
		threads[id]++
		cores[id][values["core id"]] = true
	}
	if len(sockets) == 0 {
		return nil, errors.New("read proc/cpuinfo: no processor")
	}
	items := []look.Item{}
	var kHz uint64
	_, _ = fmt.Sscan(l.text("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"), &kHz) // absent on virtual machines
	for id, f := range sockets {
		f.number("threads", threads[id])
		if !cores[id][""] {
			f.number("cores", uint64(len(cores[id])))
		}
		f.number("speed_mhz", kHz/1000)
		items = append(items, look.Item{Key: slotName(id, "CPU", 0), Fields: f})
		if id != "" {
			items[len(items)-1].Key = "CPU " + clean(id)
		}
	}
	return items, nil
}

func cpuMaker(id string) string {
	switch id {
	case "GenuineIntel":
		return "Intel"
	case "AuthenticAMD":
		return "AMD"
	}
	return id
}

// colonFields reads lines of "name : value".
func colonFields(text []byte) map[string]string {
	values := map[string]string{}
	for line := range bytes.Lines(text) {
		if name, value, ok := bytes.Cut(line, []byte{':'}); ok {
			values[string(bytes.TrimSpace(name))] = string(bytes.TrimSpace(value))
		}
	}
	return values
}

// adapters lists the network interfaces that are cards.
func (l linux) adapters() ([]adapter, error) {
	names, err := l.list("sys/class/net")
	var all []adapter
	for _, name := range names {
		folder := "sys/class/net/" + name
		where := l.link(folder)
		if strings.Contains(where, "/virtual/") || !l.exists(folder+"/device") {
			continue
		}
		a := adapter{Device: name, Physical: true, Address: l.address(name), Bus: bus(where)}
		a.Removable = a.Bus == "usb"
		// An address that was set later (bonds, private Wi-Fi) is not the card's.
		if a.Address == "" && l.text(folder+"/addr_assign_type") == "0" {
			a.Address = l.text(folder + "/address")
		}
		all = append(all, a)
	}
	return all, err
}

func (l linux) networks(context.Context) ([]look.Item, error) {
	if !l.exists("sys/class/net") {
		return nil, errNotTold
	}
	all, err := l.adapters()
	return networkItems(all), err
}

// bus tells from a path of sysfs how a thing is connected: by the last bus in
// it that says something.
func bus(where string) string {
	for _, part := range slices.Backward(strings.Split(where, "/")) {
		switch {
		case strings.HasPrefix(part, "nvme"):
			return "nvme"
		case strings.HasPrefix(part, "usb"):
			return "usb"
		case strings.HasPrefix(part, "virtio"):
			return "virtio"
		case strings.HasPrefix(part, "ata") && len(part) > 3:
			return "sata"
		case strings.HasPrefix(part, "mmc") && !strings.HasPrefix(part, "mmcblk"):
			return "mmc"
		case strings.HasPrefix(part, "session"):
			return "iscsi"
		case strings.HasPrefix(part, "end_device"):
			return "sas"
		case strings.HasPrefix(part, "pci"):
			return "pci"
		}
	}
	return ""
}

func (l linux) monitors(context.Context) ([]look.Item, error) {
	names, err := l.list("sys/class/drm")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errNotTold // no graphics, or none with a driver
	}
	var blocks [][]byte
	for _, name := range names {
		folder := path.Join("sys/class/drm", name)
		if l.text(folder+"/status") != "connected" {
			continue
		}
		b, err := l.read(folder+"/edid", 1<<15)
		if err == nil && len(b) > 0 { // panels of some laptops and old cables tell nothing
			blocks = append(blocks, b)
		}
	}
	return monitorItems(blocks)
}
