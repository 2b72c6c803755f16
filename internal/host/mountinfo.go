package host

import (
	"bytes"
	"strings"
)

// parseMountinfo reads /proc/self/mountinfo (proc_pid_mountinfo(5)). It is
// ours because gopsutil's turns names with quotes or bytes that are not UTF-8
// into ones that cannot be opened, and drops the filesystem's number, by which
// bind mounts are known. Lines that are not of the form are skipped.
//
//	36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
//	(1)(2)(3)   (4)   (5)      (6)      (7)   (8) (9)   (10)         (11)
func parseMountinfo(text []byte) []mount {
	var mounts []mount
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line))
		dash := -1
		for i, f := range fields {
			if i >= 6 && f == "-" {
				dash = i
				break
			}
		}
		if dash < 0 || len(fields) < dash+3 {
			continue
		}
		m := mount{
			Volume:     fields[2],
			Bind:       fields[3] != "/",
			Mountpoint: unescapeOctal(fields[4]),
			Type:       fields[dash+1],
			Device:     unescapeOctal(fields[dash+2]),
		}
		m.System = m.Mountpoint == "/"
		// Whether the filesystem itself is read-only counts. A mount of it can
		// be so for us alone (systemd's ProtectSystem, a container's volume)
		// while everybody else fills it.
		options := fields[5]
		if len(fields) > dash+3 {
			options = fields[dash+3]
		}
		m.ReadOnly = hasOption(options, "ro")
		m.Kind = linuxMountKind(m)
		mounts = append(mounts, m)
	}
	return mounts
}

func hasOption(options, want string) bool {
	for o := range strings.SplitSeq(options, ",") {
		if o == want {
			return true
		}
	}
	return false
}

// unescapeOctal undoes the kernel's \040 for space, tab, newline and
// backslash; every other byte is left as it is, UTF-8 or not.
func unescapeOctal(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] <= '3' && isOctal(s[i+1]) && isOctal(s[i+2]) && isOctal(s[i+3]) {
			out = append(out, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
			continue
		}
		out = append(out, s[i])
	}
	return string(out)
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

// linuxMountKind sorts Linux' filesystems. What sits on a block device of this
// computer counts; so does whatever is the root, because in a container an
// overlay is the only root there is.
func linuxMountKind(m mount) mountKind {
	switch m.Type {
	case "squashfs", "erofs", "cramfs", "romfs", "iso9660", "udf":
		return pseudoMount // images: always full, nobody can mend that
	case "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "davfs", "9p",
		"fuse.glusterfs", "fuse.sshfs", "fuse.rclone", "fuse.davfs2", "fuse.curlftpfs", "fuse.cephfs", "fuse.ceph-fuse", "fuse.s3fs":
		if m.System {
			return localMount // a diskless computer's root
		}
		return remoteMount
	}
	if m.System {
		return localMount
	}
	switch m.Mountpoint {
	case "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/run/.containerenv", "/dev/termination-log":
		return pseudoMount // single files that container engines mount from the host's disk
	}
	switch m.Type {
	case "zfs", "btrfs", "bcachefs", "virtiofs", "ubifs":
		return localMount // their source need not be a path
	case "devtmpfs", "tmpfs", "ramfs", "overlay", "aufs", "autofs", "fuse.portal":
		return pseudoMount
	}
	if strings.HasPrefix(m.Device, "/dev/") && m.Device != "/dev/fuse" {
		return localMount
	}
	return pseudoMount
}
