package school

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// IDs of the sites and of the rooms that faults come to.
const (
	Main   = "gimnazija"
	Branch = "filialas"

	RoomIT      = "204"
	RoomServer  = "serverine"
	RoomLibrary = "biblioteka"
)

// sites are called as no real institution is.
func sites() []Site {
	return []Site{{Main, "Pavyzdžių gimnazija"}, {Branch, "Pavyzdžių biblioteka, Ąžuolynės filialas"}}
}

func rooms() []Room {
	return []Room{
		{RoomServer, Main, "Serverinė"},
		{"101", Main, "101 pradinių klasių kabinetas"},
		{RoomIT, Main, "204 informatikos kabinetas"},
		{"214", Main, "214 fizikos kabinetas"},
		{RoomLibrary, Main, "Mokyklos biblioteka"},
		{"administracija", Main, "Administracija"},
		{"skaitykla", Branch, "Filialo skaitykla"},
		{"vaiku-skyrius", Branch, "Vaikų skyrius"},
	}
}

// seat is a place with a computer.
type seat struct{ room, hostname, model string }

// number is the seat in its room: "7", or "M" for MOKYTOJAS.
func (s seat) number() string {
	last := s.hostname[strings.LastIndexByte(s.hostname, '-')+1:]
	switch n := strings.TrimLeft(last, "0"); {
	case last == s.hostname: // the only one, as of an office
		return ""
	case n != "" && n[0] <= '9':
		return n
	}
	return last[:1]
}

func seats() []seat {
	out := []seat{{RoomServer, "SERVERIS", "server"}}
	row := func(room, prefix string, n int, model string) {
		for i := range n {
			out = append(out, seat{room, fmt.Sprintf("%s-%02d", prefix, i+1), model})
		}
	}
	out = append(out, seat{"101", "K101-MOKYTOJAS", "laptop"})
	row("101", "K101", 3, "old")
	out = append(out, seat{RoomIT, "K204-MOKYTOJAS", "modern"})
	row(RoomIT, "K204", 15, "modern")
	out = append(out, seat{"214", "K214-MOKYTOJAS", "laptop"})
	row("214", "K214", 10, "classroom")
	row(RoomLibrary, "BIBLIOTEKA", 4, "classroom")
	for _, who := range []string{"DIREKTORE", "PAVADUOTOJAS", "BUHALTERIJA", "RASTINE"} {
		out = append(out, seat{"administracija", who, "laptop"})
	}
	out = append(out, seat{"skaitykla", "FIL-DARBUOTOJAS", "modern"})
	row("skaitykla", "FIL-SKAITYKLA", 4, "old")
	row("vaiku-skyrius", "FIL-VAIKAI", 3, "classroom")
	return out
}

// model is what computers are made of.
type model struct {
	system       string // GOOS
	server       bool
	laptop       bool
	raid         bool   // two disks as one
	device       string // of the system's filesystem
	diskName     string // as the system's counters call it
	maker, name  string
	board, bios  string
	cpu          string
	cores        int
	threads      int
	mhz          int
	memoryMaker  string
	memoryPart   string
	memoryType   string
	memoryMTs    int
	modules      int
	moduleSize   uint64 // bytes
	disk         string
	diskBus      string
	diskMedia    string
	diskSize     uint64 // bytes
	osName       string
	edition      string
	release      string
	build        string
	card         string
	cardName     string // as the system calls it
	monitor      string
	monitorMaker string
	macPrefix    string
	used         float64 // share of the disk
}

const gib = 1 << 30

func models() map[string]model {
	return map[string]model{
		"mini": {
			system: "linux", server: true, device: "/dev/nvme0n1p2", diskName: "nvme0n1", maker: "Intel(R) Client Systems", name: "NUC11ATKC4", board: "NUC11ATBC4", bios: "ATJSLCPX.0044",
			cpu: "Intel(R) Celeron(R) N5105 @ 2.00GHz", cores: 4, threads: 4, mhz: 2900,
			memoryMaker: "Kingston", memoryPart: "KVR32S22S8/8", memoryType: "DDR4", memoryMTs: 2933, modules: 1, moduleSize: 8 * gib,
			disk: "KINGSTON SNV2S250G", diskBus: "nvme", diskMedia: "ssd", diskSize: 250_059_350_016,
			osName: "Debian GNU/Linux", release: "12", build: "6.1.0-28-amd64", card: "Realtek RTL8111", cardName: "enp2s0", macPrefix: "48:21:0b", used: 0.17,
		},
		"server": {
			system: "linux", server: true, raid: true, device: "/dev/md0", diskName: "sda", maker: "Dell Inc.", name: "PowerEdge T350", board: "0CFRWM", bios: "1.9.2",
			cpu: "Intel(R) Xeon(R) E-2336 CPU @ 2.90GHz", cores: 6, threads: 12, mhz: 4800,
			memoryMaker: "00CE00B300CE", memoryPart: "M391A4G43BB1-CWE", memoryType: "DDR4", memoryMTs: 3200, modules: 2, moduleSize: 16 * gib,
			disk: "TOSHIBA MG08ADA400N", diskBus: "sata", diskMedia: "hdd", diskSize: 4_000_787_030_016,
			osName: "Debian GNU/Linux", release: "12", build: "6.1.0-28-amd64", card: "Broadcom BCM5720", cardName: "eno1", macPrefix: "d0:8e:79", used: 0.61,
		},
		"modern": {
			system: "windows", device: "C:", diskName: "C:", maker: "HP", name: "HP ProDesk 400 G9 SFF", board: "89C7", bios: "U02 Ver. 02.11.00",
			cpu: "12th Gen Intel(R) Core(TM) i5-12500", cores: 6, threads: 12, mhz: 3000,
			memoryMaker: "Kingston", memoryPart: "KF432C16BB/8", memoryType: "DDR4", memoryMTs: 3200, modules: 2, moduleSize: 8 * gib,
			disk: "SAMSUNG MZVL2512HCJQ-00BH1", diskBus: "nvme", diskMedia: "ssd", diskSize: 512_110_190_592,
			osName: "Windows 11 Pro", edition: "Professional", release: "24H2", build: "26100.7171",
			card: "Intel(R) Ethernet Connection (17) I219-V", cardName: "Ethernet", monitor: "HP E24 G5", monitorMaker: "HPN", macPrefix: "64:4e:d7", used: 0.38,
		},
		"classroom": {
			system: "windows", device: "C:", diskName: "C:", maker: "LENOVO", name: "ThinkCentre M70q Gen 2", board: "3229", bios: "M3JKT45A",
			cpu: "11th Gen Intel(R) Core(TM) i3-11100T", cores: 4, threads: 8, mhz: 3100,
			memoryMaker: "SK Hynix", memoryPart: "HMA81GS6DJR8N-XN", memoryType: "DDR4", memoryMTs: 3200, modules: 1, moduleSize: 8 * gib,
			disk: "KIOXIA KBG40ZNT256G", diskBus: "nvme", diskMedia: "ssd", diskSize: 256_060_514_304,
			osName: "Windows 11 Pro", edition: "Professional", release: "23H2", build: "22631.6199",
			card: "Intel(R) Ethernet Connection (14) I219-LM", cardName: "Ethernet", monitor: "L24i-30", monitorMaker: "LEN", macPrefix: "98:fa:9b", used: 0.52,
		},
		"laptop": {
			system: "windows", device: "C:", diskName: "C:", laptop: true, maker: "Dell Inc.", name: "Latitude 5440", board: "0M3CT6", bios: "1.31.1",
			cpu: "13th Gen Intel(R) Core(TM) i5-1345U", cores: 10, threads: 12, mhz: 4700,
			memoryMaker: "80AD000080AD", memoryPart: "HMCG78AGBSA095N", memoryType: "DDR5", memoryMTs: 5600, modules: 1, moduleSize: 16 * gib,
			disk: "KXG8AZNV512G NVMe KIOXIA 512GB", diskBus: "nvme", diskMedia: "ssd", diskSize: 512_110_190_592,
			osName: "Windows 11 Pro", edition: "Professional", release: "24H2", build: "26100.7171",
			card: "Intel(R) Wi-Fi 6E AX211 160MHz", cardName: "Wi-Fi", monitor: "DELL P2422H", monitorMaker: "DEL", macPrefix: "70:d8:23", used: 0.44,
		},
		"old": {
			system: "windows", device: "C:", diskName: "C:", maker: "Hewlett-Packard", name: "HP ProDesk 400 G1 SFF", board: "1998", bios: "L02 v02.75",
			cpu: "Intel(R) Core(TM) i3-4130 CPU @ 3.40GHz", cores: 2, threads: 4, mhz: 3400,
			memoryMaker: "Samsung", memoryPart: "M378B5173DB0-CK0", memoryType: "DDR3", memoryMTs: 1600, modules: 1, moduleSize: 4 * gib,
			disk: "Patriot Burst", diskBus: "sata", diskMedia: "ssd", diskSize: 120_034_123_776,
			osName: "Windows 10 Pro", edition: "Professional", release: "22H2", build: "19045.6456",
			card: "Realtek PCIe GBE Family Controller", cardName: "Ethernet", monitor: "PHL 223V5", monitorMaker: "PHL", macPrefix: "fc:3f:db", used: 0.79,
		},
	}
}

// own is the computer that the collector runs on: nobody's seat, and without an
// agent.
func own() seat { return seat{RoomServer, "BUDI", "mini"} }

// furnish puts a computer on every seat. When there are to be fewer, each room
// gets some.
func (s *School) furnish() []*Computer {
	site := map[string]string{}
	for _, r := range s.rooms {
		site[r.ID] = r.Site
	}
	var out []*Computer
	all := seats()
	kinds := models()
	step := 1
	if n := s.opts.Computers; n > 0 && n < len(all) {
		step = (len(all) + n - 1) / n
	}
	for i := 0; i < len(all); i += step {
		seat := all[i]
		out = append(out, newComputer(s.opts, seat, site[seat.room], kinds[seat.model]))
	}
	return out
}

// randomOf returns numbers that are always the same for a seed and a name.
func randomOf(seed uint64, name string) *rand.Rand {
	return rand.New(rand.NewPCG(seed, hash(name)))
}

func hash(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // never fails
	return h.Sum64()
}
