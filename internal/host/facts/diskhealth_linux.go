package facts

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// diskHealth asks a disk how it is. SATA disks answer SMART RETURN STATUS,
// NVMe disks their health log; both need root with CAP_SYS_RAWIO and
// CAP_SYS_ADMIN, without which nothing is told. SAS disks are not asked.
func diskHealth(device string) string {
	if strings.HasPrefix(device, "nvme") {
		controller, err := filepath.EvalSymlinks("/sys/block/" + device + "/device")
		if err != nil {
			return ""
		}
		return nvmeHealth("/dev/" + filepath.Base(controller))
	}
	vendor, err := os.ReadFile("/sys/block/" + device + "/device/vendor")
	if err != nil || strings.TrimSpace(string(vendor)) != "ATA" {
		return ""
	}
	return ataHealth("/dev/" + device)
}

// nvmeCommand is struct nvme_admin_cmd of linux/nvme_ioctl.h.
type nvmeCommand struct {
	opcode, flags                     uint8
	_                                 uint16
	nsid, cdw2, cdw3                  uint32
	metadata, address                 uint64
	metadataLen, dataLen              uint32
	cdw10, cdw11, cdw12, cdw13, cdw14 uint32
	cdw15, timeout, result            uint32
}

// nvmeHealth reads the log page SMART / Health Information (NVM Express Base
// Specification 2.0, 5.16.1.3).
func nvmeHealth(path string) string {
	const (
		adminCommand = 0xC0484E41 // NVME_IOCTL_ADMIN_CMD
		getLogPage   = 0x02
		healthLog    = 0x02
		size         = 512
	)
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	log := new([size]byte)
	// The kernel gets the address as a number, which the runtime does not know.
	var pin runtime.Pinner
	pin.Pin(log)
	defer pin.Unpin()
	command := nvmeCommand{
		opcode: getLogPage, nsid: 0xffffffff, dataLen: size, timeout: 5000,
		address: uint64(uintptr(unsafe.Pointer(log))), cdw10: healthLog | (size/4-1)<<16,
	}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), adminCommand, uintptr(unsafe.Pointer(&command)))
	if errno != 0 || command.result != 0 {
		return ""
	}
	return nvmeState(log[0])
}

// scsiRequest is struct sg_io_hdr of scsi/sg.h.
type scsiRequest struct {
	interfaceID, direction              int32
	commandLen, senseLen                uint8
	vectors                             uint16
	dataLen                             uint32
	data, command, sense                unsafe.Pointer
	timeout, flags                      uint32
	packID                              int32
	user                                unsafe.Pointer
	status, masked, message, senseWrote uint8
	hostStatus, driverStatus            uint16
	residual                            int32
	duration, info                      uint32
}

// ataHealth sends SMART RETURN STATUS within a SCSI command (ATA PASS-THROUGH
// of SAT-4), which gives the answer's registers back as sense data.
func ataHealth(path string) string {
	const (
		sgIO          = 0x2285
		noData        = -1
		passThrough16 = 0x85
		nonData       = 3 << 1
		checkAnswer   = 0x20
		returnStatus  = 0xda
		smart         = 0xb0
	)
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	command := [16]byte{0: passThrough16, 1: nonData, 2: checkAnswer, 4: returnStatus, 10: 0x4f, 12: 0xc2, 14: smart}
	var sense [32]byte
	request := scsiRequest{
		interfaceID: 'S', direction: noData, commandLen: uint8(len(command)), senseLen: uint8(len(sense)), timeout: 5000,
		command: unsafe.Pointer(&command), sense: unsafe.Pointer(&sense),
	}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), sgIO, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return ""
	}
	return ataState(sense[:])
}
