package host

import "encoding/binary"

// ifCounters is one interface of macOS' list of interfaces.
type ifCounters struct {
	index    int
	loopback bool
	network  network // without name
}

// parseIfList2 reads the answer of macOS' sysctl NET_RT_IFLIST2: messages that
// begin with their length; those of type RTM_IFINFO2 are a struct if_msghdr2
// (net/if.h) with 64-bit counters, little-endian on every Mac. Others, and
// what is too short, are skipped. Unlike netstat, which gopsutil starts, this
// needs no other program.
func parseIfList2(b []byte) []ifCounters {
	const (
		ifInfo2  = 0x12 // RTM_IFINFO2
		loopback = 0x8  // IFF_LOOPBACK
		data     = 32   // offset of if_data64 in if_msghdr2
		size     = data + 128
	)
	var all []ifCounters
	for len(b) >= 4 {
		n := int(binary.LittleEndian.Uint16(b))
		if n < 4 || n > len(b) {
			break
		}
		msg := b[:n]
		b = b[n:]
		if msg[3] != ifInfo2 || n < size {
			continue
		}
		at := func(offset int) uint64 { return binary.LittleEndian.Uint64(msg[data+offset:]) }
		dropped := at(96) // ifi_iqdrops
		all = append(all, ifCounters{
			index:    int(binary.LittleEndian.Uint16(msg[12:])),
			loopback: binary.LittleEndian.Uint32(msg[8:])&loopback != 0,
			network: network{
				ReceivePackets: at(24), ReceiveErrors: at(32),
				TransmitPackets: at(40), TransmitErrors: at(48),
				ReceiveBytes: at(64), TransmitBytes: at(72),
				ReceiveDropped: &dropped,
			},
		})
	}
	return all
}
