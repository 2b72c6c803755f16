package inventory

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/wire"
)

// Reasons of a Proposal: what agrees.
const (
	ReasonUUID   = "system_uuid"
	ReasonSerial = "system_serial"
	ReasonBoard  = "board_serial"
	ReasonMAC    = "mac"
	ReasonMACs   = "macs" // two or more
)

// sharedBy is how many devices that are not waiting for a decision may have one
// value before it tells nothing any more: a maker gave it to all of a series.
const sharedBy = 3

// How a computer is known again. Four kinds of evidence may agree: the UUID of
// the system (SMBIOS), its serial, the serial of its board, and the MAC
// addresses of its physical cards; two equal MACs count as two kinds, because a
// single one may be that of a docking station or a USB adapter, which wanders.
// UUID and serials that are known on both sides and differ contradict; MACs
// that differ do not, cards come and go.
//
//	two computers are proposed to be one when at least two kinds agree
//	and fewer contradict
//
//	agree                     contradict     one?
//	UUID                      –              no: many makers leave one UUID in a whole series
//	a serial                  –              no: "To be filled by O.E.M." has many spellings
//	one MAC                   –              no: it may wander
//	UUID + serial             –              yes
//	UUID + one MAC            –              yes: a virtual machine has no more
//	system + board serial     UUID           yes: some firmware makes a new UUID when it is updated
//	serial + one MAC          –              yes
//	serial + one MAC          UUID, board    no: a docking station and a serial that was typed in again
//	two MACs                  –              yes: a small computer without SMBIOS has no more
//	two MACs                  UUID, serial   no: cards were moved to another computer
//	a serial that a person entered, of a device that no agent speaks for: yes
//
// Values that say nothing count as unknown: see noUUID, noSerial and noMAC,
// and values that sharedBy devices have.

// identity is what tells about a machine, in one spelling; empty where nothing
// does.
type identity struct {
	uuid, serial, board string
	macs                []string
}

func identify(m wire.Machine) identity {
	id := identity{uuid: tellingUUID(m.SystemUUID), serial: tellingSerial(m.SystemSerial), board: tellingSerial(m.BoardSerial)}
	for _, mac := range m.MACs {
		if mac = tellingMAC(mac); mac != "" && !slices.Contains(id.macs, mac) {
			id.macs = append(id.macs, mac)
		}
	}
	return id
}

// noUUID are UUIDs that makers left in many computers.
var noUUID = []string{
	"03000200040005000006000700080009", // American Megatrends' example
	"00020003000400050006000700080009", // the same, read in the other byte order
	"12345678123456789012345678901234",
	"fefefefefefefefefefefefefefefefe",
	"01010101010101010101010101010101",
	"11111111222233334444555555555555",
	"12345678123412341234123456789abc",
	"004060000000000000000000000000cc",
}

// tellingUUID is a UUID as 32 digits in the lesser of its two spellings: the
// first three fields are little-endian since SMBIOS 2.6 (DSP0134, 7.2.1), and
// systems disagree about older firmware.
func tellingUUID(s string) string {
	s = strings.ToLower(strings.NewReplacer("-", "", "{", "", "}", "", " ", "").Replace(s))
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 16 || monotonous(s) || slices.Contains(noUUID, s) {
		return ""
	}
	slices.Reverse(b[0:4])
	slices.Reverse(b[4:6])
	slices.Reverse(b[6:8])
	swapped := hex.EncodeToString(b)
	if slices.Contains(noUUID, swapped) {
		return ""
	}
	return min(s, swapped)
}

// noSerial are texts in place of a serial, in the form that tellingSerial
// compares. Agents leave them out already; an old one may not know all.
var noSerial = []string{
	"tobefilledbyoem", "tobefilled", "defaultstring", "systemserialnumber", "serialnumber", "systemmanufacturer", "baseboardserialnumber",
	"boardserialnumber", "chassisserialnumber", "notspecified", "notapplicable", "notavailable", "none", "null", "na", "unknown", "invalid", "empty", "oem",
	"123456789", "1234567890", "0123456789", "12345678", "01234567", "012345678", "mbserial", "serial", "nosn", "sernum", "undefined", "default",
	"typeserial", "systemserial", "basesn", "sn123456789", "ssnempty", "brsnempty",
}

// tellingSerial is a serial in capitals, without spaces around it.
func tellingSerial(s string) string {
	bare := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(s))
	if len(bare) < 4 || monotonous(bare) || slices.Contains(noSerial, bare) {
		return ""
	}
	return strings.ToUpper(strings.TrimSpace(s))
}

// noMAC are addresses that programs give to the cards they make up, the same on
// every computer.
var noMAC = []string{
	"02:00:00:00:00:00", // Android and others, in place of the real one
	"00:05:9a:3c:7a:00", // Cisco AnyConnect
	"00:05:9a:3c:78:00", // the same
	"20:41:53:59:4e:ff", // Windows, RAS
	"50:50:54:50:30:30", // Windows, PPTP
	"33:50:6f:45:30:30", // Windows, PPPoE
	"00:53:45:00:00:00", // Windows, WAN miniport
	"02:50:f2:00:00:01", // Microsoft, virtual Wi-Fi
}

// tellingMAC is a MAC address in lower case with colons.
func tellingMAC(s string) string {
	digits := strings.ToLower(strings.NewReplacer(":", "", "-", "", ".", "").Replace(s))
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != 6 || monotonous(digits) || b[0]&1 == 1 { // the lowest bit: a group address
		return ""
	}
	parts := make([]string, 6)
	for i := range parts {
		parts[i] = digits[2*i : 2*i+2]
	}
	if mac := strings.Join(parts, ":"); !slices.Contains(noMAC, mac) {
		return mac
	}
	return ""
}

// monotonous reports whether a text is one sign again and again.
func monotonous(s string) bool { return s == "" || strings.Count(s, s[:1]) == len(s) }

// entry reports whether all that is known of a device was entered by people.
func (d Device) entry() bool { return d.Entered && d.FactsAt.IsZero() }

// agree returns what two machines have in common, and whether that is enough to
// propose that they are one.
func agree(a, b identity) (reasons []string, one bool) {
	agrees, contradicts := 0, 0
	for _, c := range []struct{ reason, a, b string }{
		{ReasonUUID, a.uuid, b.uuid}, {ReasonSerial, a.serial, b.serial}, {ReasonBoard, a.board, b.board},
	} {
		switch {
		case c.a == "" || c.b == "":
		case c.a == c.b:
			agrees++
			reasons = append(reasons, c.reason)
		default:
			contradicts++
		}
	}
	switch n := common(a.macs, b.macs); {
	case n == 1:
		agrees++
		reasons = append(reasons, ReasonMAC)
	case n >= 2:
		agrees += 2
		reasons = append(reasons, ReasonMACs)
	}
	return reasons, agrees >= 2 && agrees > contradicts
}

func common(a, b []string) int {
	n := 0
	for _, s := range a {
		if slices.Contains(b, s) {
			n++
		}
	}
	return n
}

// propose looks for devices that a device is likely to be, and returns the
// proposals that are not made yet and were not turned down, strongest first.
func (s *state) propose(d Device) []Proposal {
	own := identify(d.Machine)
	if own.uuid == "" && own.serial == "" && own.board == "" && len(own.macs) == 0 {
		return nil
	}
	waiting := map[string]bool{} // devices that may be another one: they do not show that a value is shared
	room := MaxProposals
	for key := range s.proposals {
		waiting[key[0]] = true
		if key[0] == d.ID || key[1] == d.ID {
			room--
		}
	}
	others := make(map[string]identity, len(s.devices))
	holders := map[string]int{}
	for id := range s.devices {
		if id == d.ID {
			continue
		}
		known := s.identities[id]
		others[id] = known
		if !waiting[id] {
			for _, v := range known.values() {
				holders[v]++
			}
		}
	}
	own.forget(func(v string) bool { return holders[v] >= sharedBy })

	var out []Proposal
	for id, other := range others {
		reasons, one := agree(own, other)
		if o := s.devices[id]; (o.entry() || d.entry()) && own.serial != "" && own.serial == other.serial {
			one = true
		}
		if !one || s.apart[pairOf(d.ID, id)] {
			continue
		}
		p := Proposal{New: d.ID, Old: id, Reasons: reasons}
		if o := s.devices[id]; o.Created.After(d.Created) {
			p.New, p.Old = p.Old, p.New
		}
		_, made := s.proposals[[2]string{p.New, p.Old}]
		_, reversed := s.proposals[[2]string{p.Old, p.New}]
		if !made && !reversed {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b Proposal) int {
		if n := len(b.Reasons) - len(a.Reasons); n != 0 {
			return n
		}
		return strings.Compare(a.New+" "+a.Old, b.New+" "+b.Old)
	})
	return out[:min(len(out), max(room, 0))]
}

// values lists what tells, with its kind before it.
func (id *identity) values() []string {
	out := make([]string, 0, 3+len(id.macs))
	for _, v := range []string{"u" + id.uuid, "s" + id.serial, "b" + id.board} {
		if len(v) > 1 {
			out = append(out, v)
		}
	}
	for _, m := range id.macs {
		out = append(out, "m"+m)
	}
	return out
}

// forget removes the values that tell nothing.
func (id *identity) forget(nothing func(string) bool) {
	for _, v := range []struct {
		kind  string
		value *string
	}{{"u", &id.uuid}, {"s", &id.serial}, {"b", &id.board}} {
		if nothing(v.kind + *v.value) {
			*v.value = ""
		}
	}
	id.macs = slices.DeleteFunc(id.macs, func(m string) bool { return nothing("m" + m) })
}
