package facts

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
)

// systemItem is the computer itself, from the firmware's table.
func (s smbios) systemItem() look.Item {
	f := fields{}
	f.set("make", told(s.make))
	f.set("model", told(s.model))
	f.set("version", told(s.version))
	f.set("serial", s.realSerial())
	f.set("sku", told(s.sku))
	f.set("uuid", s.uuid)
	f.set("asset", told(s.chassisAsset))
	f.set("chassis", chassisName(s.chassisType))
	f.set("board_make", told(s.boardMake))
	f.set("board_model", told(s.boardModel))
	f.set("board_serial", told(s.boardSerial))
	f.set("bios_make", told(s.biosMake))
	f.set("bios_version", told(s.biosVersion))
	f.set("bios_date", biosDate(s.biosDate))
	return look.Item{Fields: f}
}

// realSerial is the system's serial number. Some makers (HP, ASUS) fill in
// that of the chassis only, which is on the same sticker.
func (s smbios) realSerial() string {
	if serial := told(s.serial); serial != "" {
		return serial
	}
	return told(s.chassisSerial)
}

func (s smbios) cpuItems() []look.Item {
	items := []look.Item{}
	for i, c := range s.processors {
		f := fields{}
		f.set("make", vendor(c.make))
		f.set("model", told(c.model))
		f.number("cores", uint64(c.cores))
		f.number("threads", uint64(c.threads))
		f.number("speed_mhz", uint64(c.maxMHz))
		items = append(items, look.Item{Key: slotName(c.socket, "CPU", i), Fields: f})
	}
	return items
}

// vendor shortens what processors call their maker.
func vendor(s string) string {
	switch s = told(s); {
	case strings.Contains(s, "Intel"):
		return "Intel"
	case strings.Contains(s, "AMD") || strings.Contains(s, "Advanced Micro"):
		return "AMD"
	case strings.Contains(s, "Qualcomm"):
		return "Qualcomm"
	}
	return s
}

func (s smbios) memoryItems() []look.Item {
	items := []look.Item{}
	names := map[string]int{}
	for _, m := range s.modules {
		names[told(m.slot)]++
	}
	for i, m := range s.modules {
		f := fields{}
		f.number("size_bytes", m.size)
		f.set("type", m.kind)
		f.number("speed_mts", uint64(m.speed))
		f.set("make", told(m.make))
		f.set("part", told(m.part))
		f.set("serial", told(m.serial))
		slot := m.slot
		if names[told(slot)] > 1 { // boards with two slots called DIMM 0, in two banks
			slot = strings.TrimSpace(told(m.bank) + " " + told(slot))
		}
		items = append(items, look.Item{Key: slotName(slot, "slot", i), Fields: f})
	}
	return items
}

// slotName is a slot's own name, or else its number.
func slotName(name, kind string, i int) string {
	if name = told(name); name != "" {
		return name
	}
	return fmt.Sprintf("%s %d", kind, i)
}

// adapter is a network adapter, as a system tells it.
type adapter struct {
	Device    string `json:"device"`  // eth0; on Windows the name of the connection: "Ethernet"
	Model     string `json:"model"`   // empty when the system does not tell
	Address   string `json:"address"` // the card's permanent one
	Bus       string `json:"bus"`     // pci, usb, …; empty when the system does not tell
	Physical  bool   `json:"physical"`
	Removable bool   `json:"removable"` // on USB: a docking station, a stick
}

// card reports whether an adapter is a network card: not a virtual one, and
// not the network over Bluetooth that hardly anybody uses.
func (a adapter) card() bool { return a.Physical && a.Bus != "bth" }

func networkItems(all []adapter) []look.Item {
	items := []look.Item{}
	for _, a := range all {
		if !a.card() {
			continue
		}
		f := fields{}
		f.set("device", a.Device)
		f.set("model", a.Model)
		f.set("mac", plainMAC(a.Address))
		f.set("bus", a.Bus)
		key := realMAC(a.Address)
		if key == "" {
			key = a.Device
		}
		items = append(items, look.Item{Key: key, Fields: f})
	}
	return items
}

// machineMACs are the addresses by which a computer is known again: of cards
// that do not come and go. Only where there are no others do those on USB
// count, where some small computers have their only card.
func machineMACs(all []adapter) []string {
	var fixed, removable []string
	for _, a := range all {
		switch mac := realMAC(a.Address); {
		case mac == "" || !a.card():
		case a.Removable:
			removable = append(removable, mac)
		default:
			fixed = append(fixed, mac)
		}
	}
	if len(fixed) == 0 {
		fixed = removable
	}
	slices.Sort(fixed)
	return slices.Compact(fixed)
}

// realMAC returns an Ethernet address that a maker gave, or nothing: not one
// that was made up locally (bit 1 of the first byte), as virtual machines and
// private Wi-Fi addresses are.
func realMAC(s string) string {
	s = plainMAC(s)
	if s == "" || strings.ContainsRune("2367abef", rune(s[1])) {
		return ""
	}
	return s
}

// plainMAC returns an Ethernet address in lower case with colons, or nothing
// when it is none of a single card: empty, all zeros, a group's.
func plainMAC(s string) string {
	mac, err := net.ParseMAC(clean(s))
	if err != nil || len(mac) != 6 || mac[0]&1 != 0 || [6]byte(mac) == [6]byte{} {
		return ""
	}
	return mac.String()
}
