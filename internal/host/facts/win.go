package facts

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// windowsAPI is what Windows is asked. The functions are called by one
// goroutine for each kind, one after the other, but an earlier one may still be
// stuck.
type windowsAPI struct {
	hostname string
	// firmware returns GetSystemFirmwareTable('RSMB'): a header of eight bytes
	// and the SMBIOS table.
	firmware func() ([]byte, error)
	// query asks WMI. The error wraps fs.ErrNotExist when this Windows has no
	// such namespace or class, fs.ErrPermission when we may not ask.
	query func(context.Context, wmiQuery) ([]wmiRow, error)
	// key reads a key of the registry. Paths begin with HKLM, HKLM32 (what
	// 32-bit programs see) or HKU; the error wraps fs.ErrNotExist when there is
	// none.
	key      func(path string) (regKey, error)
	adapters func() ([]adapter, error)
	joined   func() (joined, error)
	sessions func() ([]session, error)
}

// wmiQuery is "SELECT fields FROM class WHERE where" in a namespace.
type wmiQuery struct {
	namespace, class, where string
	fields                  []string // those that this Windows does not have are left out of the rows
}

// wmiRow has the properties that are not NULL: numbers in decimal, truth as
// "true" and "false".
type wmiRow map[string]string

func (r wmiRow) number(name string) (uint64, bool) {
	n, err := strconv.ParseUint(r[name], 10, 64)
	return n, err == nil
}

// regKey is a key of the registry: its values by their names, which are
// compared without regard to case, and the names of its subkeys.
type regKey struct {
	values   map[string]regValue
	subkeys  []string
	modified time.Time
}

// regValue is a text (REG_SZ, REG_EXPAND_SZ unexpanded), a number (REG_DWORD,
// REG_QWORD) or bytes (everything else).
type regValue struct {
	text   string
	number uint64
	isNum  bool
	bytes  []byte
}

func (k regKey) text(name string) string { return k.values[strings.ToLower(name)].text }

func (k regKey) number(name string) (uint64, bool) {
	v := k.values[strings.ToLower(name)]
	return v.number, v.isNum
}

// joined is what the workstation service says of the computer's membership.
type joined struct {
	Kind string `json:"kind"` // domain, workgroup, or empty
	Name string `json:"name"`
}

// session is somebody who is logged in.
type session struct {
	ID     uint32    `json:"id"`
	User   string    `json:"user"`
	Remote bool      `json:"remote"`
	Since  time.Time `json:"since"`
}

const (
	regBIOS      = `HKLM\HARDWARE\DESCRIPTION\System\BIOS`
	regProcessor = `HKLM\HARDWARE\DESCRIPTION\System\CentralProcessor`
	regDisplays  = `HKLM\SYSTEM\CurrentControlSet\Enum\DISPLAY`
	regVersion   = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	regProduct   = `HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions`
	regZone      = `HKLM\SYSTEM\CurrentControlSet\Control\TimeZoneInformation`
	regMachine   = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`
)

func (w windowsAPI) source() source {
	return source{identity: w.identity, kinds: map[string]reader{
		System: w.system, CPU: w.cpu, Memory: w.memory, Disk: w.disks, Network: w.networks, Monitor: w.monitors,
		OS: w.os, Update: w.update, Antivirus: w.antivirus, Firewall: w.firewall, Encryption: w.encryption,
		Membership: w.membership, Software: w.software, Sessions: w.loggedIn,
	}}
}

// keyOrNone reads a key that need not be there.
func (w windowsAPI) keyOrNone(path string) (regKey, error) {
	k, err := w.key(path)
	if errors.Is(err, fs.ErrNotExist) {
		return regKey{}, nil
	}
	return k, err
}

// smbios reads the firmware's table.
func (w windowsAPI) smbios() (smbios, error) {
	raw, err := w.firmware()
	if err != nil {
		return smbios{}, err
	}
	if len(raw) < 8 {
		return smbios{}, errors.New("read SMBIOS: no table")
	}
	s, err := parseSMBIOS(raw[8:])
	if err == nil && s.isBroken {
		err = errors.New("read SMBIOS: the table is cut short")
	}
	return s, err
}

// board is smbios, or what the kernel kept of it when it was started.
func (w windowsAPI) board() (smbios, error) {
	s, err := w.smbios()
	if s.hasSystem || s.hasBoard {
		return s, err
	}
	k, regErr := w.key(regBIOS)
	if regErr != nil {
		return s, err
	}
	s.make, s.model, s.version, s.sku = k.text("SystemManufacturer"), k.text("SystemProductName"), k.text("SystemVersion"), k.text("SystemSKU")
	s.boardMake, s.boardModel = k.text("BaseBoardManufacturer"), k.text("BaseBoardProduct")
	s.biosMake, s.biosVersion, s.biosDate = k.text("BIOSVendor"), k.text("BIOSVersion"), k.text("BIOSReleaseDate")
	return s, err
}

func (w windowsAPI) identity(context.Context) (identity, error) {
	s, err := w.board()
	adapters, netErr := w.adapters()
	product, regErr := w.keyOrNone(regProduct)
	kind := product.text("ProductType") // WinNT, ServerNT, or LanmanNT for a domain controller
	return identity{
		Hostname: w.hostname, Server: kind == "ServerNT" || kind == "LanmanNT",
		Machine: wire.Machine{SystemUUID: s.uuid, SystemSerial: s.realSerial(), BoardSerial: told(s.boardSerial), MACs: machineMACs(adapters)},
	}, errors.Join(err, netErr, regErr)
}

func (w windowsAPI) system(context.Context) ([]look.Item, error) {
	s, err := w.board()
	if item := s.systemItem(); len(item.Fields) > 0 {
		return []look.Item{item}, err
	}
	return nil, err
}

// cpu tells the processors of the firmware's table, with the name that the
// processor itself says, which the kernel wrote into the registry.
func (w windowsAPI) cpu(context.Context) ([]look.Item, error) {
	threads, err := w.keyOrNone(regProcessor)
	if err != nil {
		return nil, err
	}
	first, err := w.keyOrNone(regProcessor + `\0`)
	if err != nil {
		return nil, err
	}
	model := first.text("ProcessorNameString")
	s, err := w.smbios()
	items := s.cpuItems()
	if len(items) == 0 && model != "" {
		f := fields{}
		f.number("threads", uint64(len(threads.subkeys)))
		f.set("make", cpuMaker(first.text("VendorIdentifier")))
		items, err = []look.Item{{Key: "CPU 0", Fields: f}}, nil
	}
	for _, item := range items {
		fields(item.Fields).set("model", model)
	}
	return items, err
}

func (w windowsAPI) memory(context.Context) ([]look.Item, error) {
	s, err := w.smbios()
	if items := s.memoryItems(); len(items) > 0 || err != nil {
		return items, err
	}
	return nil, errNotTold
}

// disks asks the storage service, and the older class where that is broken:
// it knows nothing of health but that a disk predicts its end.
func (w windowsAPI) disks(ctx context.Context) ([]look.Item, error) {
	rows, err := w.query(ctx, wmiQuery{namespace: `ROOT\Microsoft\Windows\Storage`, class: "MSFT_PhysicalDisk", fields: []string{
		"DeviceId", "FriendlyName", "Model", "SerialNumber", "AdapterSerialNumber", "FirmwareVersion", "Size", "MediaType", "BusType", "HealthStatus",
	}})
	items := []look.Item{}
	if err == nil && len(rows) > 0 {
		for _, r := range rows {
			if bus, _ := r.number("BusType"); bus != 7 && bus != 14 && bus != 15 { // USB, and disks that are files
				items = append(items, physicalDisk(r))
			}
		}
		return items, nil
	}
	rows, oldErr := w.query(ctx, wmiQuery{namespace: `ROOT\CIMV2`, class: "Win32_DiskDrive", fields: []string{
		"Index", "Model", "SerialNumber", "FirmwareRevision", "Size", "InterfaceType", "Status",
	}})
	if oldErr != nil {
		return nil, errors.Join(err, oldErr)
	}
	for _, r := range rows {
		if r["InterfaceType"] == "USB" {
			continue
		}
		f := fields{}
		f.set("model", told(r["Model"]))
		f.set("serial", told(r["SerialNumber"]))
		f.set("firmware", told(r["FirmwareRevision"]))
		setDisk(f, "PhysicalDrive"+r["Index"], r)
		if r["Status"] == "Pred Fail" {
			f["health"] = Failing
		}
		items = append(items, diskItem(f))
	}
	return items, nil
}

func setDisk(f fields, device string, r wmiRow) {
	size, _ := r.number("Size")
	f.number("size_bytes", size)
	f.set("device", device)
}

func diskItem(f fields) look.Item {
	key := f["serial"]
	if key == "" {
		key = f["device"]
	}
	return look.Item{Key: key, Fields: f}
}

// physicalDisk makes an item of a MSFT_PhysicalDisk.
func physicalDisk(r wmiRow) look.Item {
	f := fields{}
	f.set("model", told(r["Model"]))
	if f["model"] == "" {
		f.set("model", told(r["FriendlyName"]))
	}
	// Of NVMe the SerialNumber is the EUI-64 of the namespace
	// ("0025_3852_91C0_1E4B."), the adapter's is what is printed on it.
	f.set("serial", told(r["AdapterSerialNumber"]))
	if f["serial"] == "" {
		f.set("serial", told(r["SerialNumber"]))
	}
	f.set("firmware", told(r["FirmwareVersion"]))
	setDisk(f, "PhysicalDrive"+r["DeviceId"], r)
	switch r["MediaType"] {
	case "3":
		f["media"] = "hdd"
	case "4":
		f["media"] = "ssd"
	}
	switch r["BusType"] {
	case "1":
		f["bus"] = "scsi"
	case "3":
		f["bus"] = "ata"
	case "10":
		f["bus"] = "sas"
	case "8":
		f["bus"] = "raid"
	case "9":
		f["bus"] = "iscsi"
	case "11":
		f["bus"] = "sata"
	case "12", "13":
		f["bus"] = "mmc"
	case "17":
		f["bus"] = "nvme"
	}
	switch r["HealthStatus"] { // 5 is unknown
	case "0":
		f["health"] = Healthy
	case "1":
		f["health"] = Warning
	case "2":
		f["health"] = Failing
	}
	return diskItem(f)
}

func (w windowsAPI) networks(context.Context) ([]look.Item, error) {
	all, err := w.adapters()
	return networkItems(all), err
}

// maxDisplays bounds the monitors that a computer remembers; those of a lent
// projector are many.
const maxDisplays = 256

// monitors reads the EDID that Windows keeps of every monitor that there ever
// was. Those that are connected now have a key "Control", which is gone with
// the device.
func (w windowsAPI) monitors(context.Context) ([]look.Item, error) {
	models, err := w.keyOrNone(regDisplays)
	if err != nil {
		return nil, err
	}
	var blocks [][]byte
	looked := 0
	for _, model := range models.subkeys {
		instances, err := w.keyOrNone(regDisplays + `\` + model)
		if err != nil {
			return nil, err
		}
		for _, instance := range instances.subkeys {
			if looked++; looked > maxDisplays {
				break
			}
			folder := regDisplays + `\` + model + `\` + instance
			if _, err := w.key(folder + `\Control`); err != nil {
				continue
			}
			parameters, err := w.keyOrNone(folder + `\Device Parameters`)
			if err != nil {
				return nil, err
			}
			if edid := parameters.values["edid"].bytes; len(edid) > 0 {
				blocks = append(blocks, edid)
			}
		}
	}
	return monitorItems(blocks)
}

// os reads what Windows calls itself. Windows 11 still calls itself 10 in the
// registry; its builds begin with 22000.
func (w windowsAPI) os(ctx context.Context) ([]look.Item, error) {
	k, err := w.key(regVersion)
	if err != nil {
		return nil, err
	}
	product, err := w.keyOrNone(regProduct)
	if err != nil {
		return nil, err
	}
	f := fields{}
	name, build := k.text("ProductName"), k.text("CurrentBuildNumber")
	server := product.text("ProductType") != "WinNT"
	if n, err := strconv.Atoi(build); err == nil && n >= 22000 && !server {
		name = strings.Replace(name, "Windows 10", "Windows 11", 1)
	}
	f.set("name", name)
	f.set("edition", k.text("EditionID"))
	f.set("version", k.text("DisplayVersion"))
	if f["version"] == "" {
		f.set("version", k.text("ReleaseId"))
	}
	if patch, ok := k.number("UBR"); ok && build != "" {
		build = fmt.Sprintf("%s.%d", build, patch)
	}
	f.set("build", build)
	f["type"] = "client"
	if server {
		f["type"] = "server"
	}
	if installed, ok := k.number("InstallDate"); ok && installed > 0 {
		f["installed"] = time.Unix(int64(uint32(installed)), 0).UTC().Format(time.DateOnly)
	}
	environment, err := w.keyOrNone(regMachine)
	f.set("architecture", strings.ToLower(environment.text("PROCESSOR_ARCHITECTURE")))
	zone, zoneErr := w.keyOrNone(regZone)
	f.set("time_zone", zone.text("TimeZoneKeyName"))
	activation, actErr := w.activation(ctx)
	f.set("activation", activation)
	return []look.Item{{Fields: f}}, errors.Join(err, zoneErr, actErr)
}

// activation asks the licensing service about Windows itself; without the
// condition it would think for minutes.
func (w windowsAPI) activation(ctx context.Context) (string, error) {
	rows, err := w.query(ctx, wmiQuery{namespace: `ROOT\CIMV2`, class: "SoftwareLicensingProduct",
		where:  "ApplicationID='55c92734-d682-4d71-983e-d6ec3f16059f' AND PartialProductKey IS NOT NULL",
		fields: []string{"LicenseStatus", "LicenseIsAddon"}})
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read activation: %w", err)
	}
	for _, r := range rows {
		if r["LicenseIsAddon"] == "true" { // extended security updates
			continue
		}
		switch r["LicenseStatus"] {
		case "0":
			return "unlicensed", nil
		case "1":
			return "licensed", nil
		case "2", "3", "6":
			return "grace", nil
		case "4":
			return "not genuine", nil
		case "5":
			return "notification", nil
		}
	}
	return "", nil
}
