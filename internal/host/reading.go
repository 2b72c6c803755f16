package host

import (
	"context"
	"time"
)

// source asks one operating system. Each function reads one part and may
// block; a nil function is a part that this system does not tell. What a
// function returns beside an error is used only when that is a partialError.
type source struct {
	uptime      func(context.Context) (time.Duration, error)
	logicalCPUs func(context.Context) (int, error)
	cpu         func(context.Context) (map[string]float64, error) // seconds by cpu_mode; only modes that the system tells
	load        func(context.Context) (load, error)
	memory      func(context.Context) (memory, error)
	paging      func(context.Context) (paging, error)
	mounts      func(context.Context) ([]mount, error) // every mount, in the order in which they were mounted
	usage       func(context.Context, string) (usage, error)
	disks       func(context.Context) ([]disk, error)
	networks    func(context.Context) ([]network, error)
	facts       func(context.Context) (facts, error)
}

// load is the average number of threads that ran or waited to run.
type load struct {
	One     float64 `json:"one"`
	Five    float64 `json:"five"`
	Fifteen float64 `json:"fifteen"`
}

// memory is in bytes. Pointers are nil where the system does not tell.
type memory struct {
	Total     uint64  `json:"total"`
	Available uint64  `json:"available"`
	Free      *uint64 `json:"free"`
	Buffers   *uint64 `json:"buffers"`
	Cached    *uint64 `json:"cached"`
	// Linux says that Available is MemAvailable, not our own sum.
	Linux bool `json:"linux"`
}

// paging is all swap devices or page files together, in bytes. Both zero means
// that there are none.
type paging struct {
	Used uint64 `json:"used"`
	Free uint64 `json:"free"`
}

// mount is one mounted filesystem, before anything is asked of it.
type mount struct {
	// Volume is equal for mounts of one filesystem (Linux: major:minor); empty
	// when the system does not tell.
	Volume     string    `json:"volume"`
	Device     string    `json:"device"`
	Mountpoint string    `json:"mountpoint"`
	Type       string    `json:"type"`
	Kind       mountKind `json:"kind"`
	ReadOnly   bool      `json:"read_only"`
	// Bind says that the mount shows a folder of the filesystem, not its root.
	Bind bool `json:"bind"`
	// System says that the operating system itself lives there.
	System bool `json:"system"`
}

// mountKind says what to do with a mount.
type mountKind string

const (
	localMount  mountKind = "local"  // a disk of this computer
	remoteMount mountKind = "remote" // somebody else's disk: NFS, SMB, …
	pseudoMount mountKind = "pseudo" // no disk, or an image that is always full: proc, tmpfs, squashfs, CD
)

// usage is the space of a filesystem in bytes. Free is what ordinary users may
// still write.
type usage struct {
	Total uint64 `json:"total"`
	Used  uint64 `json:"used"`
	Free  uint64 `json:"free"`
}

// disk is one disk's counters since the start. Pointers are nil where the
// system does not tell.
type disk struct {
	Name       string         `json:"name"`
	ReadBytes  uint64         `json:"read_bytes"`
	WriteBytes uint64         `json:"write_bytes"`
	Reads      uint64         `json:"reads"`
	Writes     uint64         `json:"writes"`
	ReadTime   *time.Duration `json:"read_time"`
	WriteTime  *time.Duration `json:"write_time"`
	BusyTime   *time.Duration `json:"busy_time"`
}

// network is one interface's counters since the start. Pointers are nil where
// the system does not tell.
type network struct {
	Name            string  `json:"name"`
	Physical        bool    `json:"physical"` // a card, not a bridge, tunnel or virtual switch
	ReceiveBytes    uint64  `json:"receive_bytes"`
	TransmitBytes   uint64  `json:"transmit_bytes"`
	ReceivePackets  uint64  `json:"receive_packets"`
	TransmitPackets uint64  `json:"transmit_packets"`
	ReceiveErrors   uint64  `json:"receive_errors"`
	TransmitErrors  uint64  `json:"transmit_errors"`
	ReceiveDropped  *uint64 `json:"receive_dropped"`
	TransmitDropped *uint64 `json:"transmit_dropped"`
}

// facts is what the system is; empty strings and a zero time are left out.
type facts struct {
	Hostname       string    `json:"hostname"`
	OS             string    `json:"os"`
	OSVersion      string    `json:"os_version"`
	KernelVersion  string    `json:"kernel_version"`
	Architecture   string    `json:"architecture"`
	Virtualization string    `json:"virtualization"`
	BootTime       time.Time `json:"boot_time"`
}
