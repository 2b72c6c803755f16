package facts

import (
	"errors"
	"fmt"
	stdnet "net"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

func systemSource() source {
	hostname, _ := os.Hostname() // empty is not known
	kernel, network := windows.NewLazySystemDLL("kernel32.dll"), windows.NewLazySystemDLL("iphlpapi.dll")
	terminals := windows.NewLazySystemDLL("wtsapi32.dll")
	return windowsAPI{
		hostname: hostname,
		firmware: func() ([]byte, error) { return readFirmware(kernel.NewProc("GetSystemFirmwareTable")) },
		query:    newWorker(askWMI).query,
		key:      readKey,
		adapters: func() ([]adapter, error) { return readAdapters(network.NewProc("GetIfEntry2")) },
		joined:   readJoined,
		sessions: func() ([]session, error) { return readSessions(terminals.NewProc("WTSQuerySessionInformationW")) },
	}.source()
}

func readFirmware(get *windows.LazyProc) ([]byte, error) {
	if err := get.Find(); err != nil {
		return nil, err
	}
	const rsmb = 'R'<<24 | 'S'<<16 | 'M'<<8 | 'B'
	size, _, err := get.Call(rsmb, 0, 0, 0)
	if size == 0 || size > maxFirmware {
		return nil, fmt.Errorf("read SMBIOS: a table of %d bytes: %w", size, err)
	}
	b := make([]byte, size)
	got, _, err := get.Call(rsmb, 0, uintptr(unsafe.Pointer(&b[0])), size)
	if got == 0 || got > size {
		return nil, fmt.Errorf("read SMBIOS: %w", err)
	}
	return b[:got], nil
}

// maxFirmware bounds the SMBIOS table, in bytes.
const maxFirmware = 1 << 20

const (
	maxValues  = 512     // values of a key
	maxValue   = 1 << 16 // bytes of a value; larger ones are not read
	maxSubkeys = 50_000  // the servicing stack has some ten thousand
)

// readKey reads a key in the view that its path says, whichever program we
// are.
func readKey(path string) (regKey, error) {
	name, rest, _ := strings.Cut(path, `\`)
	root, view := registry.LOCAL_MACHINE, uint32(registry.WOW64_64KEY)
	switch name {
	case "HKLM32":
		view = registry.WOW64_32KEY
	case "HKU":
		root = registry.USERS
	}
	k, err := registry.OpenKey(root, strings.TrimPrefix(rest, `\`), registry.READ|view)
	if err != nil {
		return regKey{}, fmt.Errorf("open %s: %w", path, err) // ErrNotExist and ErrPermission are known to errors.Is
	}
	defer k.Close()
	info, err := k.Stat()
	if err != nil {
		return regKey{}, fmt.Errorf("read %s: %w", path, err)
	}
	out := regKey{values: map[string]regValue{}, modified: info.ModTime()}
	if info.SubKeyCount > 0 {
		if out.subkeys, err = k.ReadSubKeyNames(int(min(info.SubKeyCount, maxSubkeys))); err != nil && len(out.subkeys) == 0 {
			return regKey{}, fmt.Errorf("read %s: %w", path, err)
		}
	}
	if info.ValueCount == 0 {
		return out, nil
	}
	names, err := k.ReadValueNames(int(min(info.ValueCount, maxValues)))
	if err != nil && len(names) == 0 {
		return regKey{}, fmt.Errorf("read %s: %w", path, err)
	}
	for _, name := range names {
		size, kind, err := k.GetValue(name, nil)
		if err != nil || size > maxValue {
			continue
		}
		var v regValue
		switch kind {
		case registry.SZ, registry.EXPAND_SZ:
			v.text, _, err = k.GetStringValue(name)
		case registry.DWORD, registry.QWORD:
			v.number, _, err = k.GetIntegerValue(name)
			v.isNum = true
		default:
			v.bytes = make([]byte, size)
			_, _, err = k.GetValue(name, v.bytes)
		}
		if err == nil {
			out.values[strings.ToLower(name)] = v
		}
	}
	return out, nil
}

// readAdapters asks GetIfEntry2, which is older than GetIfEntry2Ex and there
// on Windows Server 2016 too, for each interface that Go lists; those without
// any address are not in that list.
func readAdapters(ifEntry *windows.LazyProc) ([]adapter, error) {
	if err := ifEntry.Find(); err != nil {
		return nil, err
	}
	interfaces, err := stdnet.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list network interfaces: %w", err)
	}
	const hardware, filter = 1, 2
	var all []adapter
	for _, i := range interfaces {
		row := windows.MibIfRow2{InterfaceIndex: uint32(i.Index)}
		if code, _, _ := ifEntry.Call(uintptr(unsafe.Pointer(&row))); code != 0 {
			continue // it has just gone
		}
		if row.InterfaceAndOperStatusFlags&hardware == 0 || row.InterfaceAndOperStatusFlags&filter != 0 {
			continue
		}
		a := adapter{Device: i.Name, Model: windows.UTF16ToString(row.Description[:]), Physical: true}
		if n := min(row.PhysicalAddressLength, uint32(len(row.PermanentPhysicalAddress))); n > 0 {
			a.Address = stdnet.HardwareAddr(row.PermanentPhysicalAddress[:n]).String()
		}
		a.Bus = adapterBus(row.InterfaceGuid.String())
		a.Removable = a.Bus == "usb"
		all = append(all, a)
	}
	return all, nil
}

// adapterBus reads from the class of network adapters by what an interface is
// connected: "PCI\VEN_8086&…", "USB\VID_0BDA&…".
func adapterBus(guid string) string {
	const class = `HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}`
	list, err := readKey(class)
	if err != nil {
		return ""
	}
	for _, sub := range list.subkeys {
		k, err := readKey(class + `\` + sub) // "Properties" may not be read
		if err == nil && strings.EqualFold(k.text("NetCfgInstanceId"), guid) {
			bus, _, _ := strings.Cut(k.text("DeviceInstanceID"), `\`)
			return strings.ToLower(bus)
		}
	}
	return ""
}

func readJoined() (joined, error) {
	var name *uint16
	var status uint32
	if err := windows.NetGetJoinInformation(nil, &name, &status); err != nil {
		return joined{}, fmt.Errorf("read membership: %w", err)
	}
	defer func() { _ = windows.NetApiBufferFree((*byte)(unsafe.Pointer(name))) }() // the buffer is ours; freeing it cannot fail
	j := joined{Name: windows.UTF16PtrToString(name)}
	switch status {
	case windows.NetSetupDomainName:
		j.Kind = "domain"
	case windows.NetSetupWorkgroupName:
		j.Kind = "workgroup"
	}
	return j, nil
}

// sessionInfo is WTSINFOW of wtsapi32.h.
type sessionInfo struct {
	state, id                                              uint32
	incomingBytes, outgoingBytes, incomingFrames           uint32
	outgoingFrames, incomingCompressed, outgoingCompressed uint32
	station                                                [32]uint16
	domain                                                 [17]uint16
	user                                                   [21]uint16
	connect, disconnect, lastInput, logon, current         int64
}

func readSessions(query *windows.LazyProc) ([]session, error) {
	if err := query.Find(); err != nil {
		return nil, err
	}
	var first *windows.WTS_SESSION_INFO
	var count uint32
	if err := windows.WTSEnumerateSessions(0, 0, 1, &first, &count); err != nil {
		if errors.Is(err, windows.ERROR_CALL_NOT_IMPLEMENTED) {
			return nil, errNotTold
		}
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	defer windows.WTSFreeMemory(uintptr(unsafe.Pointer(first)))
	var all []session
	for _, s := range unsafe.Slice(first, count) {
		const wtsSessionInfo = 24
		var info *sessionInfo
		var size uint32
		ok, _, _ := query.Call(0, uintptr(s.SessionID), wtsSessionInfo, uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)))
		if ok == 0 {
			continue // it has just ended
		}
		if uintptr(size) >= unsafe.Sizeof(*info) {
			found := session{ID: s.SessionID, User: windows.UTF16ToString(info.user[:])}
			found.Remote = strings.HasPrefix(windows.UTF16ToString(info.station[:]), "RDP-")
			if info.logon > 0 {
				found.Since = filetime(uint64(info.logon))
			}
			all = append(all, found)
		}
		windows.WTSFreeMemory(uintptr(unsafe.Pointer(info)))
	}
	return all, nil
}
