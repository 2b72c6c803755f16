package host

import (
	"encoding/binary"
	"fmt"
)

// macDataVolume is where macOS keeps everything that can be written; since
// macOS 10.15 the root is a sealed, read-only snapshot of the same disk.
const macDataVolume = "/System/Volumes/Data"

// macMountKind sorts macOS' filesystems. Volumes that Finder does not show
// (VM, Preboot, Update, xART, …) share the disk of the data volume: each of
// them would tell the same full disk again.
func macMountKind(m mount, local, hidden bool) mountKind {
	switch {
	case m.Mountpoint == macDataVolume:
		return localMount
	case m.Type == "devfs" || m.Type == "autofs" || m.Type == "cd9660" || m.Type == "udf" || m.Type == "cddafs":
		return pseudoMount
	case !local:
		return remoteMount
	case hidden:
		return pseudoMount
	}
	return localMount
}

// littleEndian reads a number of sysctl, which is four or eight bytes long
// depending on the version of macOS.
func littleEndian(b []byte) (uint64, error) {
	switch len(b) {
	case 4:
		return uint64(binary.LittleEndian.Uint32(b)), nil
	case 8:
		return binary.LittleEndian.Uint64(b), nil
	}
	return 0, fmt.Errorf("a number of %d bytes", len(b))
}
