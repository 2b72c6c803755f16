package host

import (
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMountinfoIsReadByteForByte(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       mount
	}{
		{"a plain filesystem", "28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw", mount{Volume: "254:1", Device: "/dev/vda1", Mountpoint: "/", Type: "ext4", Kind: localMount, System: true}},
		{"no optional fields", "28 1 254:1 / /a rw - ext4 /dev/vda1 rw", mount{Volume: "254:1", Device: "/dev/vda1", Mountpoint: "/a", Type: "ext4", Kind: localMount}},
		{"several optional fields", "28 1 254:1 / /a rw shared:1 master:2 propagate_from:3 - ext4 /dev/vda1 rw", mount{Volume: "254:1", Device: "/dev/vda1", Mountpoint: "/a", Type: "ext4", Kind: localMount}},
		{"escaped space, tab, newline and backslash", `28 1 8:1 / /a\040b\011c\012d\134e rw - ext4 /dev/sda1 rw`, mount{Volume: "8:1", Device: "/dev/sda1", Mountpoint: "/a b\tc\nd\\e", Type: "ext4", Kind: localMount}},
		{"quotes and bytes that are not UTF-8 stay", "28 1 8:1 / /\"a\"\xff\\040b rw - ext4 /dev/sda1 rw", mount{Volume: "8:1", Device: "/dev/sda1", Mountpoint: "/\"a\"\xff b", Type: "ext4", Kind: localMount}},
		{"what is not an octal escape stays", `28 1 8:1 / /a\9z\04 rw - ext4 /dev/sda1 rw`, mount{Volume: "8:1", Device: "/dev/sda1", Mountpoint: `/a\9z\04`, Type: "ext4", Kind: localMount}},
		{"read-only for us alone is not read-only", "28 1 8:1 / /a ro - ext4 /dev/sda1 rw", mount{Volume: "8:1", Device: "/dev/sda1", Mountpoint: "/a", Type: "ext4", Kind: localMount}},
		{"read-only by an error of the filesystem", "28 1 8:1 / /a rw,errors=remount-ro - ext4 /dev/sda1 ro", mount{Volume: "8:1", Device: "/dev/sda1", Mountpoint: "/a", Type: "ext4", Kind: localMount, ReadOnly: true}},
		{"a folder of a filesystem is a bind mount", "28 1 8:1 /x /a rw - ext4 /dev/sda1 rw", mount{Volume: "8:1", Device: "/dev/sda1", Mountpoint: "/a", Type: "ext4", Kind: localMount, Bind: true}},
		{"NFS is remote", "28 1 0:50 / /n rw - nfs4 nas:/v rw", mount{Volume: "0:50", Device: "nas:/v", Mountpoint: "/n", Type: "nfs4", Kind: remoteMount}},
		{"NFS as root is this computer's", "28 1 0:50 / / rw - nfs nas:/v rw", mount{Volume: "0:50", Device: "nas:/v", Mountpoint: "/", Type: "nfs", Kind: localMount, System: true}},
		{"an overlay is its root in a container", "28 1 0:50 / / rw - overlay overlay rw", mount{Volume: "0:50", Device: "overlay", Mountpoint: "/", Type: "overlay", Kind: localMount, System: true}},
		{"an overlay elsewhere is no disk", "28 1 0:50 / /m rw - overlay overlay rw", mount{Volume: "0:50", Device: "overlay", Mountpoint: "/m", Type: "overlay", Kind: pseudoMount}},
		{"an image is never a full disk", "28 1 7:0 / /snap/x ro - squashfs /dev/loop0 ro", mount{Volume: "7:0", Device: "/dev/loop0", Mountpoint: "/snap/x", Type: "squashfs", Kind: pseudoMount, ReadOnly: true}},
		{"an image as root neither", "28 1 7:0 / / ro - squashfs /dev/loop0 ro", mount{Volume: "7:0", Device: "/dev/loop0", Mountpoint: "/", Type: "squashfs", Kind: pseudoMount, ReadOnly: true, System: true}},
		{"NTFS through FUSE is a disk", "28 1 8:2 / /w rw - fuseblk /dev/sda2 rw", mount{Volume: "8:2", Device: "/dev/sda2", Mountpoint: "/w", Type: "fuseblk", Kind: localMount}},
		{"ZFS has no device path", "28 1 0:40 / /tank rw - zfs tank/data rw", mount{Volume: "0:40", Device: "tank/data", Mountpoint: "/tank", Type: "zfs", Kind: localMount}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := parseMountinfo([]byte(c.line + "\n"))
			if len(got) != 1 || got[0] != c.want {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestWhichMountsAreWatched(t *testing.T) {
	info, err := os.ReadFile("testdata/linux-server.mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	points := func(profile Profile) (out []string) {
		for _, m := range selectMounts(parseMountinfo(info), profile, &told{leftOut: map[string]int{}}) {
			out = append(out, clean(m.Mountpoint))
		}
		return out
	}
	if got, want := points(Basic), []string{"/", "/home", `/media/"kabutės"`}; !slices.Equal(got, want) {
		t.Errorf("basic: %q, want %q", got, want)
	}
	want := []string{"/", "/home", `/media/"kabutės"`, "/media/Mano Diskas", `/media/\xe0\xb8`, "/srv/data", "/boot", "/boot/efi", "/mnt/atsargine", "/mnt/nas"}
	if got := points(Full); !slices.Equal(got, want) {
		t.Errorf("full: %q, want %q", got, want)
	}
}

func TestMacVolumesThatShareADiskAreToldOnce(t *testing.T) {
	for _, c := range []struct {
		name          string
		m             mount
		local, hidden bool
		want          mountKind
	}{
		{"the sealed root", mount{Mountpoint: "/", Type: "apfs"}, true, false, localMount},
		{"the data volume is hidden and counts", mount{Mountpoint: "/System/Volumes/Data", Type: "apfs"}, true, true, localMount},
		{"the volume of swap files", mount{Mountpoint: "/System/Volumes/VM", Type: "apfs"}, true, true, pseudoMount},
		{"a stick", mount{Mountpoint: "/Volumes/USB", Type: "msdos"}, true, false, localMount},
		{"a share", mount{Mountpoint: "/Volumes/nas", Type: "smbfs"}, false, false, remoteMount},
		{"a hidden share", mount{Mountpoint: "/Volumes/.timemachine/nas", Type: "smbfs"}, false, true, remoteMount},
		{"a CD", mount{Mountpoint: "/Volumes/CD", Type: "cd9660"}, true, false, pseudoMount},
		{"an automounter", mount{Mountpoint: "/home", Type: "autofs"}, false, true, pseudoMount},
	} {
		if got := macMountKind(c.m, c.local, c.hidden); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestMacNumbersAreFourOrEightBytes(t *testing.T) {
	for _, c := range []struct {
		raw  []byte
		want uint64
		ok   bool
	}{
		{[]byte{1, 2, 0, 0}, 513, true},
		{[]byte{1, 0, 0, 0, 1, 0, 0, 0}, 1<<32 + 1, true},
		{[]byte{1, 2}, 0, false},
		{nil, 0, false},
	} {
		got, err := littleEndian(c.raw)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%v: %d, %v", c.raw, got, err)
		}
	}
}

// ifMessage makes one struct if_msghdr2 of macOS.
func ifMessage(kind byte, index uint16, flags uint32, counters map[int]uint64) []byte {
	msg := make([]byte, 160)
	binary.LittleEndian.PutUint16(msg, uint16(len(msg)))
	msg[2], msg[3] = 5, kind
	binary.LittleEndian.PutUint32(msg[8:], flags)
	binary.LittleEndian.PutUint16(msg[12:], index)
	for offset, v := range counters {
		binary.LittleEndian.PutUint64(msg[32+offset:], v)
	}
	return msg
}

func TestInterfacesOfMacOS(t *testing.T) {
	counters := map[int]uint64{24: 1, 32: 2, 40: 3, 48: 4, 64: 1 << 40, 72: 6, 96: 7}
	list := slices.Concat(
		ifMessage(0x12, 1, 0x8049, map[int]uint64{64: 99}),
		[]byte{8, 0, 5, 0x0c, 0, 0, 0, 0}, // an address, skipped
		ifMessage(0x12, 4, 0x8863, counters),
		[]byte{12, 0, 5, 0x12, 0, 0, 0, 0, 0, 0, 0, 0}, // too short for counters, skipped
		[]byte{200, 0, 5, 0x12},                        // cut off
	)
	got := parseIfList2(list)
	if len(got) != 2 || !got[0].loopback || got[0].index != 1 || got[1].loopback || got[1].index != 4 {
		t.Fatalf("got %+v", got)
	}
	n := got[1].network
	if *n.ReceiveDropped != 7 || n.TransmitDropped != nil {
		t.Errorf("dropped: %+v", n)
	}
	n.ReceiveDropped = nil
	want := network{ReceivePackets: 1, ReceiveErrors: 2, TransmitPackets: 3, TransmitErrors: 4, ReceiveBytes: 1 << 40, TransmitBytes: 6}
	if n != want {
		t.Errorf("got %+v\nwant %+v", n, want)
	}
}

func TestLabelsStayApartAndBounded(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain text stays", "/media/Mano Diskas ąčę \\ \"", "/media/Mano Diskas ąčę \\ \""},
		{"odd bytes are shown", "/a\xff\xfe", `/a\xff\xfe`},
		{"control characters are shown", "a\n\x7f\u0085b", `a\x0a\x7f\xc2\x85b`},
		{"the replacement character itself stays", "a\ufffd", "a\ufffd"},
		{"long text is cut between letters", strings.Repeat("ž", 150), strings.Repeat("ž", 98) + "…"},
		{"empty stays", "", ""},
	} {
		if got := clean(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\xff…")
	f.Add(strings.Repeat("ė\x00", 120))
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if !utf8.ValidString(got) || len(got) > maxLabel {
			t.Errorf("%q (%d bytes)", got, len(got))
		}
	})
}

func FuzzMountinfo(f *testing.F) {
	for _, name := range []string{"linux-server", "linux-container"} {
		info, err := os.ReadFile("testdata/" + name + ".mountinfo")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(info)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		all := parseMountinfo(b)
		for _, profile := range []Profile{Basic, Full} {
			kept := selectMounts(slices.Clone(all), profile, &told{leftOut: map[string]int{}})
			if len(kept) > limitsOf(profile).mounts {
				t.Errorf("%d mounts", len(kept))
			}
		}
	})
}

func FuzzIfList2(f *testing.F) {
	f.Add(ifMessage(0x12, 4, 0, map[int]uint64{64: 1}))
	f.Add([]byte{160, 0, 5, 0x12})
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := len(parseIfList2(b)); n > len(b)/160 {
			t.Errorf("%d interfaces in %d bytes", n, len(b))
		}
	})
}
