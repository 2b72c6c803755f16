package facts

import (
	"fmt"
	stdnet "net"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

func systemSource() source {
	hostname, _ := os.Hostname()             // empty is not known
	zone, _ := os.Readlink("/etc/localtime") // the same
	return mac{
		hostname: hostname, zone: zone, adapters: readAdapters,
		text: func(name string) string {
			s, err := unix.Sysctl(name)
			if err != nil {
				return ""
			}
			return s
		},
		number: func(name string) uint64 {
			n, err := unix.SysctlUint32(name)
			if err != nil {
				return 0
			}
			return uint64(n)
		},
	}.source()
}

// readAdapters lists en0, en1, …: cards, and Thunderbolt ports, whose address
// was made up locally and does not count. The address is the one in use, which
// private Wi-Fi addresses do not change for the interface itself.
func readAdapters() ([]adapter, error) {
	interfaces, err := stdnet.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list network interfaces: %w", err)
	}
	var all []adapter
	for _, i := range interfaces {
		if strings.HasPrefix(i.Name, "en") {
			all = append(all, adapter{Device: i.Name, Address: i.HardwareAddr.String(), Physical: true})
		}
	}
	return all, nil
}
