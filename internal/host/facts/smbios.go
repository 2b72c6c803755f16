package facts

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// smbios is what of the firmware's table is of interest. Source: DMTF DSP0134
// (SMBIOS 3.7), chapter 7. Texts are as the firmware wrote them.
type smbios struct {
	biosMake, biosVersion, biosDate                    string
	make, model, version, serial, sku                  string
	uuid                                               string // lower case; empty when it is not set
	boardMake, boardModel, boardSerial                 string
	chassisType                                        byte
	chassisSerial, chassisAsset                        string
	processors                                         []smbiosCPU
	modules                                            []smbiosModule
	hasBIOS, hasSystem, hasBoard, hasChassis, isBroken bool // isBroken: the table ended in the middle of a structure
}

type smbiosCPU struct {
	socket, make, model    string
	cores, threads, maxMHz int
}

type smbiosModule struct {
	slot, bank, make, part, serial string
	size                           uint64 // bytes
	kind                           string
	speed                          int // megatransfers per second
}

// maxStructures bounds a table; real ones have some hundred.
const maxStructures = 4096

// smbiosStructure is one structure of the table: formatted is the part behind
// its header of four bytes, which may be shorter than the standard says.
type smbiosStructure struct {
	kind      byte
	formatted []byte
	strings   []string
}

// byteAt and the like read by the offsets that the standard prints, which
// count the header; what an old firmware does not have is zero.
func (s smbiosStructure) byteAt(offset int) byte {
	if offset -= 4; offset >= 0 && offset < len(s.formatted) {
		return s.formatted[offset]
	}
	return 0
}

func (s smbiosStructure) word(offset int) int {
	return int(s.byteAt(offset)) | int(s.byteAt(offset+1))<<8
}

func (s smbiosStructure) dword(offset int) uint32 {
	return uint32(s.word(offset)) | uint32(s.word(offset+2))<<16
}

// text returns the string whose number is at offset.
func (s smbiosStructure) text(offset int) string {
	if n := int(s.byteAt(offset)); n > 0 && n <= len(s.strings) {
		return s.strings[n-1]
	}
	return ""
}

// parseSMBIOS reads the structure table, without its entry point. A table that
// is cut short gives what is before the cut, with isBroken. Of the structures
// that there can be several of, the first board and chassis count.
func parseSMBIOS(table []byte) (smbios, error) {
	var s smbios
	n := 0
	for ; len(table) > 0 && n < maxStructures; n++ {
		structure, rest, err := nextStructure(table)
		if err != nil {
			s.isBroken = true
			break
		}
		if structure.kind == 127 {
			break
		}
		s.add(structure)
		table = rest
	}
	if !s.hasSystem && !s.hasBIOS && !s.hasBoard && len(s.processors) == 0 {
		return smbios{}, errors.New("read SMBIOS: no structure that could be understood")
	}
	return s, nil
}

func nextStructure(table []byte) (smbiosStructure, []byte, error) {
	if len(table) < 4 || table[1] < 4 || int(table[1]) > len(table) {
		return smbiosStructure{}, nil, errors.New("read SMBIOS: a structure is cut short")
	}
	s := smbiosStructure{kind: table[0], formatted: table[4:table[1]]}
	table = table[table[1]:]
	if bytes.HasPrefix(table, []byte{0, 0}) {
		return s, table[2:], nil
	}
	for {
		text, rest, ok := bytes.Cut(table, []byte{0})
		if !ok {
			return smbiosStructure{}, nil, errors.New("read SMBIOS: a text does not end")
		}
		table = rest
		if len(text) == 0 {
			return s, table, nil
		}
		s.strings = append(s.strings, string(text))
	}
}

func (s *smbios) add(t smbiosStructure) {
	switch {
	case t.kind == 0 && !s.hasBIOS:
		s.hasBIOS = true
		s.biosMake, s.biosVersion, s.biosDate = t.text(0x04), t.text(0x05), t.text(0x08)
	case t.kind == 1 && !s.hasSystem:
		s.hasSystem = true
		s.make, s.model, s.version, s.serial, s.sku = t.text(0x04), t.text(0x05), t.text(0x06), t.text(0x07), t.text(0x19)
		if len(t.formatted) >= 0x18-4 {
			s.uuid = uuidOf(t.formatted[0x08-4 : 0x18-4])
		}
	case t.kind == 2 && !s.hasBoard:
		s.hasBoard = true
		s.boardMake, s.boardModel, s.boardSerial = t.text(0x04), t.text(0x05), t.text(0x07)
	case t.kind == 3 && !s.hasChassis:
		s.hasChassis = true
		s.chassisType, s.chassisSerial, s.chassisAsset = t.byteAt(0x05)&0x7f, t.text(0x07), t.text(0x08)
	case t.kind == 4 && t.byteAt(0x05) == 3 && t.byteAt(0x18)&0x40 != 0: // a central processor, and the socket is populated
		s.processors = append(s.processors, processorOf(t))
	case t.kind == 17:
		if m := moduleOf(t); m.size > 0 {
			s.modules = append(s.modules, m)
		}
	}
}

func processorOf(t smbiosStructure) smbiosCPU {
	c := smbiosCPU{socket: t.text(0x04), make: t.text(0x07), model: t.text(0x10), maxMHz: t.word(0x14)}
	c.cores, c.threads = int(t.byteAt(0x23)), int(t.byteAt(0x25))
	if c.cores == 0xff {
		c.cores = t.word(0x2a)
	}
	if c.threads == 0xff {
		c.threads = t.word(0x2e)
	}
	return c
}

func moduleOf(t smbiosStructure) smbiosModule {
	m := smbiosModule{slot: t.text(0x10), bank: t.text(0x11), make: t.text(0x17), serial: t.text(0x18), part: t.text(0x1a), kind: memoryType(t.byteAt(0x12)), speed: t.word(0x15)}
	switch size := t.word(0x0c); {
	case size == 0xffff: // unknown
	case size == 0x7fff:
		m.size = uint64(t.dword(0x1c)&0x7fffffff) << 20
	case size&0x8000 != 0:
		m.size = uint64(size&0x7fff) << 10
	default:
		m.size = uint64(size) << 20
	}
	if m.speed == 0xffff {
		m.speed = int(t.dword(0x54))
	}
	return m
}

// uuidOf writes the UUID of structure 1: since SMBIOS 2.6 its first three
// fields are little-endian, as Windows and Linux both print it. All zeros mean
// that there is none, all ones that it was not set.
func uuidOf(b []byte) string {
	if len(bytes.Trim(b, "\x00")) == 0 || len(bytes.Trim(b, "\xff")) == 0 {
		return ""
	}
	var be [16]byte
	copy(be[:], b)
	binary.BigEndian.PutUint32(be[0:], binary.LittleEndian.Uint32(b[0:]))
	binary.BigEndian.PutUint16(be[4:], binary.LittleEndian.Uint16(b[4:]))
	binary.BigEndian.PutUint16(be[6:], binary.LittleEndian.Uint16(b[6:]))
	h := hex.EncodeToString(be[:])
	return realUUID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// realUUID returns a UUID in lower case, or nothing for those that makers put
// into every board.
func realUUID(s string) string {
	s = strings.ToLower(clean(s))
	switch s {
	case "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
		"03000200-0400-0500-0006-000700080009", // American Megatrends' example
		"00020003-0004-0005-0006-000700080009",
		"12345678-1234-5678-90ab-cddeefaabbcc", // Gigabyte's and others'
		"fefefefe-fefe-fefe-fefe-fefefefefefe",
		"01020304-0506-0708-090a-0b0c0d0e0f10",
		"4c4c4544-0000-2010-8020-80c04f202020": // Dell's without a service tag
		return ""
	}
	return s
}

// chassisName names the type of a chassis: DSP0134, 7.4.1.
func chassisName(kind byte) string {
	switch kind {
	case 0x03, 0x04, 0x05, 0x06, 0x07, 0x0f, 0x10, 0x18:
		return "desktop"
	case 0x08, 0x09, 0x0a, 0x0e:
		return "laptop"
	case 0x0b:
		return "handheld"
	case 0x0d:
		return "all-in-one"
	case 0x11, 0x17, 0x19, 0x1c, 0x1d:
		return "server"
	case 0x1e:
		return "tablet"
	case 0x1f, 0x20:
		return "convertible"
	case 0x21, 0x22:
		return "embedded"
	case 0x23:
		return "mini"
	case 0x24:
		return "stick"
	}
	return ""
}

// memoryType names the type of a module: DSP0134, 7.18.2.
func memoryType(kind byte) string {
	switch kind {
	case 0x0f:
		return "SDRAM"
	case 0x12:
		return "DDR"
	case 0x13:
		return "DDR2"
	case 0x18:
		return "DDR3"
	case 0x1a:
		return "DDR4"
	case 0x1b:
		return "LPDDR"
	case 0x1c:
		return "LPDDR2"
	case 0x1d:
		return "LPDDR3"
	case 0x1e:
		return "LPDDR4"
	case 0x20, 0x21:
		return "HBM"
	case 0x22:
		return "DDR5"
	case 0x23:
		return "LPDDR5"
	}
	return ""
}

// biosDate turns mm/dd/yyyy, which the standard demands, into yyyy-mm-dd.
func biosDate(s string) string {
	var month, day, year int
	if n, err := fmt.Sscanf(clean(s), "%d/%d/%d", &month, &day, &year); err != nil || n != 3 || month < 1 || month > 12 || day < 1 || day > 31 {
		return ""
	}
	if year < 100 {
		year += 1900
	}
	if year < 1990 || year > 2100 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}
