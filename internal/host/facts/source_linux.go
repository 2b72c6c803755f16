package facts

import (
	"net"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func systemSource() source {
	hostname, _ := os.Hostname() // empty is not known
	return linux{files: os.DirFS("/"), hostname: hostname, location: time.Local, address: permanentAddress, health: diskHealth}.source()
}

// permanentAddress asks a driver for the address that the card was made with
// (ETHTOOL_GPERMADDR), which bonds and private Wi-Fi addresses do not change.
// Anybody may ask.
func permanentAddress(device string) string {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	request := struct {
		cmd, size uint32
		data      [32]byte
	}{cmd: unix.ETHTOOL_GPERMADDR, size: 32}
	var ifreq struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte // the kernel copies the size of its largest member
	}
	if copy(ifreq.name[:unix.IFNAMSIZ-1], device) < len(device) {
		return ""
	}
	ifreq.data = unsafe.Pointer(&request)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&ifreq))); errno != 0 || request.size != 6 {
		return ""
	}
	return net.HardwareAddr(request.data[:6]).String()
}
