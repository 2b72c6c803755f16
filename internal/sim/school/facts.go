package school

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/budi-monitor/budi/internal/host/facts"
	"github.com/budi-monitor/budi/internal/look"
)

// Take implements agent.Computer.
func (c *Computer) Take(_ context.Context, off []string) facts.Snapshot {
	now := c.now()
	snapshot := facts.Snapshot{Machine: c.Machine, Server: c.Server, Hostname: c.Hostname, Errors: map[string]string{}}
	for _, set := range c.inventory(now) {
		if !slices.Contains(off, set.Kind) {
			snapshot.Sets = append(snapshot.Sets, set)
		}
	}
	return snapshot
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// inventory is everything that a computer is at a moment, in the order of
// facts.Kinds. Kinds that its system does not tell are absent.
func (c *Computer) inventory(now time.Time) []look.FactSet {
	m := &c.model
	var out []look.FactSet
	add := func(kind string, items ...look.Item) {
		if items == nil {
			items = []look.Item{}
		}
		out = append(out, look.FactSet{Kind: kind, Time: now.UTC().Truncate(time.Second), Items: items})
	}
	one := func(key string, pairs ...string) look.Item {
		fields := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] != "" {
				fields[pairs[i]] = pairs[i+1]
			}
		}
		return look.Item{Key: key, Fields: fields}
	}
	chassis := "desktop"
	switch {
	case m.server:
		chassis = "server"
	case m.laptop:
		chassis = "laptop"
	}
	add(facts.System, one("", "make", m.maker, "model", m.name, "serial", c.Machine.SystemSerial, "uuid", c.Machine.SystemUUID,
		"board_make", m.maker, "board_model", m.board, "board_serial", c.Machine.BoardSerial, "bios_make", m.maker, "bios_version", m.bios,
		"bios_date", "2024-0"+strconv.Itoa(1+int(c.seed%9))+"-12", "chassis", chassis))
	add(facts.CPU, one("CPU 0", "make", "Intel", "model", m.cpu, "cores", strconv.Itoa(m.cores), "threads", strconv.Itoa(m.threads), "speed_mhz", strconv.Itoa(m.mhz)))
	var modules []look.Item
	for i := range m.modules {
		modules = append(modules, one(fmt.Sprintf("DIMM %c", 'A'+i), "make", m.memoryMaker, "part", m.memoryPart, "serial", fmt.Sprintf("%08X", uint32(c.seed>>8)+uint32(i)),
			"size_bytes", strconv.FormatUint(m.moduleSize, 10), "speed_mts", strconv.Itoa(m.memoryMTs), "type", m.memoryType))
	}
	add(facts.Memory, modules...)
	add(facts.Disk, c.disks(one)...)
	add(facts.Network, one(c.Machine.MACs[0], "bus", "pci", "device", m.cardName, "mac", c.Machine.MACs[0], "model", m.card))
	if m.monitor != "" {
		serial := fmt.Sprintf("%s%06d", m.monitorMaker, c.seed%1_000_000)
		add(facts.Monitor, one(m.monitorMaker+" "+serial, "make", m.monitorMaker, "model", m.monitor, "serial", serial, "year", strconv.Itoa(2016+int(c.seed%8))))
	} else {
		add(facts.Monitor)
	}
	if m.server {
		add(facts.OS, one("", "name", m.osName, "version", m.release, "kernel", m.build, "architecture", "x86_64", "time_zone", "Europe/Vilnius"))
	} else {
		add(facts.OS, one("", "name", m.osName, "edition", m.edition, "version", m.release, "build", m.build, "architecture", "amd64",
			"activation", "licensed", "type", "client", "time_zone", "FLE Standard Time", "installed", c.installed()))
	}
	add(facts.Update, c.updates(now, one))
	if !m.server {
		name := "Windows Defender"
		if c.Site == Branch {
			name = "ESET Endpoint Antivirus"
		}
		add(facts.Antivirus, one(name, "name", name, "enabled", yes(!c.has(AntivirusOff)), "up_to_date", "yes"))
		add(facts.Firewall, one("domain", "name", "domain", "enabled", "yes"), one("private", "name", "private", "enabled", "yes"), one("public", "name", "public", "enabled", "yes"))
		add(facts.Encryption, one("C:", "volume", "C:", "protected", yes(m.laptop), "method", method(m.laptop)))
		if c.Site == Main {
			add(facts.Membership, one("domain", "name", "pavyzdziu.example", "type", "domain"))
		} else {
			add(facts.Membership, one("workgroup", "name", "FILIALAS", "type", "workgroup"))
		}
	} else {
		add(facts.Firewall, one("ufw", "name", "ufw", "enabled", "yes"))
		add(facts.Encryption, one("/", "volume", "/", "protected", "no"))
		add(facts.Membership)
	}
	add(facts.Software, c.software(one)...)
	return out
}

func method(encrypted bool) string {
	if encrypted {
		return "XTS-AES-128"
	}
	return ""
}

type maker func(key string, pairs ...string) look.Item

func (c *Computer) disks(one maker) []look.Item {
	m := &c.model
	health, device := facts.Healthy, "PhysicalDrive0"
	if m.server {
		device = m.diskName
	}
	if c.has(DiskFailing) {
		health = facts.Failing
	}
	disk := func(n int, device, health string) look.Item {
		serial := c.serialOf(fmt.Sprint("disk", n))
		return one(serial, "serial", serial, "device", device, "model", m.disk, "bus", m.diskBus, "media", m.diskMedia, "size_bytes", strconv.FormatUint(m.diskSize, 10), "health", health)
	}
	if !m.raid {
		return []look.Item{disk(0, device, health)}
	}
	raid := facts.Healthy
	if health == facts.Failing {
		raid = facts.Warning
	}
	return []look.Item{disk(0, "sda", facts.Healthy), disk(1, "sdb", health),
		one("md0", "device", "md0", "bus", "md", "media", "raid1", "health", raid, "size_bytes", strconv.FormatUint(m.diskSize, 10))}
}

// installed is the day on which the system was installed.
func (c *Computer) installed() string {
	return c.began.AddDate(0, 0, -200-int(c.seed%900)).Format(time.DateOnly)
}

// updates were installed within the last two weeks, except on one computer in
// twenty, which waits for its restart.
func (c *Computer) updates(now time.Time, one maker) look.Item {
	last := c.updated()
	for last.After(now) { // those before
		last = last.AddDate(0, 0, -14)
	}
	if c.seed%20 == 3 {
		return one("", "last", last.Format(time.RFC3339), "restart_pending", "yes", "restart_pending_since", last.Format(time.RFC3339))
	}
	return one("", "last", last.Format(time.RFC3339), "restart_pending", "no")
}

// updated is when updates were installed last.
func (c *Computer) updated() time.Time {
	before := c.since
	if c.Server { // its updates need no restart
		before = c.began
	}
	return before.Add(-time.Duration(1+c.seed%13) * 24 * time.Hour).UTC().Truncate(time.Second)
}

type program struct{ name, maker, version string }

func (c *Computer) software(one maker) []look.Item {
	programs := []program{
		{"7-Zip 24.08 (x64)", "Igor Pavlov", "24.08"}, {"Google Chrome", "Google LLC", "142.0.7444.176"}, {"Microsoft Edge", "Microsoft Corporation", "142.0.3595.94"},
		{"LibreOffice 25.2.6.2", "The Document Foundation", "25.2.6.2"}, {"VLC media player", "VideoLAN", "3.0.21"}, {"Microsoft Visual C++ 2022 X64 Minimum Runtime", "Microsoft Corporation", "14.42.34433"},
	}
	switch {
	case c.own:
		programs = []program{{"openssh-server", "", "1:9.2p1-2+deb12u7"}, {"linux-image-6.1.0-28-amd64", "", "6.1.119-1"}, {"unattended-upgrades", "", "2.9.1+nmu3"}}
	case c.model.server:
		programs = []program{
			{"openssh-server", "", "1:9.2p1-2+deb12u7"}, {"samba", "", "2:4.17.12+dfsg-0+deb12u2"}, {"postgresql-15", "", "15.14-0+deb12u1"}, {"borgbackup", "", "1.2.4-1"},
			{"linux-image-6.1.0-28-amd64", "", "6.1.119-1"}, {"nginx", "", "1.22.1-9+deb12u3"}, {"smartmontools", "", "7.3-1+b1"}, {"mdadm", "", "4.2-5"},
		}
	case c.Room == RoomIT:
		programs = append(programs, program{"Python 3.13.1 (64-bit)", "Python Software Foundation", "3.13.1150.0"}, program{"Arduino IDE 2.3.4", "Arduino SA", "2.3.4"},
			program{"Scratch 3", "Massachusetts Institute of Technology", "3.30.5"}, program{"Microsoft Visual Studio Code", "Microsoft Corporation", "1.95.3"}, program{"GeoGebra Classic 6", "International GeoGebra Institute", "6.0.848"})
	case c.Room == "214":
		programs = append(programs, program{"GeoGebra Classic 6", "International GeoGebra Institute", "6.0.848"}, program{"Vernier Graphical Analysis", "Vernier Science Education", "5.20.1"})
	case c.Room == "administracija":
		programs = append(programs, program{"Microsoft 365 Apps for business - lt-lt", "Microsoft Corporation", "16.0.18227.20162"}, program{"Adobe Acrobat Reader", "Adobe Systems Incorporated", "24.004.20272"})
	case c.Site == Branch:
		programs = append(programs, program{"NVDA", "NV Access", "2024.4.1"}, program{"Mozilla Firefox (x64 lt)", "Mozilla", "133.0"})
	}
	items := make([]look.Item, len(programs))
	for i, p := range programs {
		items[i] = one(p.name, "name", p.name, "make", p.maker, "version", p.version, "scope", "machine")
	}
	return items
}
