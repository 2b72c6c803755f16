package facts

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

// release reads os-release(5).
func (l linux) release() map[string]string {
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		if text, err := l.read(name, maxSmallFile); err == nil {
			return assignments(string(text))
		}
	}
	return nil
}

// machineInfo reads a value of machine-info(5), which an administrator writes.
func (l linux) machineInfo(name string) string {
	text, err := l.read("etc/machine-info", maxSmallFile)
	if err != nil {
		return ""
	}
	return assignments(string(text))[name]
}

// assignments reads lines of NAME=value as a shell would, without expansion.
func assignments(text string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if name, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			values[strings.TrimSpace(name)] = strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return values
}

func (l linux) os(context.Context) ([]look.Item, error) {
	release := l.release()
	f := fields{}
	f.set("name", release["NAME"])
	f.set("version", release["VERSION_ID"])
	f.set("edition", release["VARIANT"])
	f.set("build", release["BUILD_ID"])
	f.set("kernel", l.text("proc/sys/kernel/osrelease"))
	f.set("architecture", l.text("proc/sys/kernel/arch")) // since Linux 6.1
	_, zone, _ := strings.Cut(l.link("etc/localtime"), "zoneinfo/")
	if zone == "" {
		zone = l.text("etc/timezone")
	}
	f.set("time_zone", zone)
	if release["VARIANT_ID"] == "server" {
		f["type"] = "server"
	}
	if len(f) == 0 {
		return nil, errors.New("read os-release: neither it nor the kernel tells anything")
	}
	return []look.Item{{Fields: f}}, nil
}

// update tells the last time when a package was replaced by a newer one, from
// the logs of dpkg and dnf, and whether the system asks for a restart. Debian
// and Ubuntu write a file for it, but only where a program that does so is
// installed: without one its absence says nothing.
func (l linux) update(ctx context.Context) ([]look.Item, error) {
	f := fields{}
	last, name, err := l.lastUpgrade(ctx)
	f.time("last", last)
	f.set("last_name", name)
	switch info, statErr := fs.Stat(l.files, "run/reboot-required"); {
	case statErr == nil:
		f.truth("restart_pending", true)
		f.time("restart_pending_since", info.ModTime())
	case l.exists("usr/share/update-notifier/notify-reboot-required"), l.exists("etc/kernel/postinst.d/unattended-upgrades"):
		f.truth("restart_pending", false)
	}
	if len(f) == 0 && err == nil {
		return nil, errNotTold
	}
	if len(f) == 0 {
		return nil, err
	}
	return []look.Item{{Fields: f}}, err
}

// updateLog is a log of a package manager; it is rotated monthly, and a year
// of it is kept.
type updateLog struct {
	name string
	read func(line string, loc *time.Location) (at time.Time, pkg string, ok bool)
}

func updateLogs() []updateLog {
	return []updateLog{{"var/log/dpkg.log", dpkgUpgrade}, {"var/log/dnf.rpm.log", dnfUpgrade}}
}

// lastUpgrade returns the newest upgrade in the logs.
func (l linux) lastUpgrade(ctx context.Context) (at time.Time, pkg string, err error) {
	for _, log := range updateLogs() {
		for i := range 13 {
			for _, name := range rotations(log.name, i) {
				if ctx.Err() != nil {
					return at, pkg, ctx.Err()
				}
				readErr := l.lines(name, func(line string) {
					if t, p, ok := log.read(line, l.location); ok && t.After(at) {
						at, pkg = t, p
					}
				})
				if readErr != nil && !errors.Is(readErr, fs.ErrNotExist) {
					err = errors.Join(err, readErr)
				}
			}
			if !at.IsZero() {
				break
			}
		}
	}
	return at, pkg, err
}

// rotations names the i-th file of a log: logrotate compresses late.
func rotations(name string, i int) []string {
	if i == 0 {
		return []string{name}
	}
	return []string{fmt.Sprintf("%s.%d", name, i), fmt.Sprintf("%s.%d.gz", name, i)}
}

// maxLog bounds a log, before and after decompression.
const maxLog = 64 << 20

// lines calls use with each line of a file, decompressed when its name ends in
// .gz. Lines that are longer than 64 KiB end the reading.
func (l linux) lines(name string, use func(string)) error {
	file, err := l.files.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	r := io.LimitReader(file, maxLog)
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(r)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		r = io.LimitReader(z, maxLog)
	}
	s := bufio.NewScanner(r)
	for s.Scan() {
		use(s.Text())
	}
	if s.Err() != nil {
		return fmt.Errorf("read %s: %w", name, s.Err())
	}
	return nil
}

// dpkgUpgrade reads "2026-11-20 06:25:01 upgrade libc6:amd64 2.36-9 2.36-10".
func dpkgUpgrade(line string, loc *time.Location) (time.Time, string, bool) {
	parts := strings.Fields(line)
	if len(parts) < 5 || parts[2] != "upgrade" {
		return time.Time{}, "", false
	}
	at, err := time.ParseInLocation(time.DateTime, parts[0]+" "+parts[1], loc)
	return at, parts[3] + " " + parts[len(parts)-1], err == nil
}

// dnfUpgrade reads "2026-11-20T06:25:01+0200 SUBDEBUG Upgrade: zlib-1.2-3.el9.x86_64".
func dnfUpgrade(line string, _ *time.Location) (time.Time, string, bool) {
	stamp, rest, _ := strings.Cut(line, " ")
	_, pkg, ok := strings.Cut(rest, " Upgrade: ")
	if !ok {
		return time.Time{}, "", false
	}
	at, err := time.Parse("2006-01-02T15:04:05-0700", stamp)
	return at, pkg, err == nil
}

// firewall tells of the programs that are made to be one and whether they are
// switched on; rules that somebody loads without them are not seen.
func (l linux) firewall(context.Context) ([]look.Item, error) {
	items := []look.Item{}
	add := func(name string, on bool) {
		f := fields{"name": name}
		f.truth("enabled", on)
		items = append(items, look.Item{Key: name, Fields: f})
	}
	switch text, err := l.read("etc/ufw/ufw.conf", maxSmallFile); {
	case err == nil:
		add("ufw", strings.EqualFold(assignments(string(text))["ENABLED"], "yes"))
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	for _, unit := range []string{"firewalld", "nftables"} {
		if !l.exists("usr/lib/systemd/system/"+unit+".service") && !l.exists("lib/systemd/system/"+unit+".service") {
			continue
		}
		on := false
		for _, target := range []string{"multi-user", "sysinit", "basic", "network-pre"} {
			on = on || l.exists("etc/systemd/system/"+target+".target.wants/"+unit+".service")
		}
		// nftables comes with Debian and is off: then it says nothing.
		if on || unit != "nftables" {
			add(unit, on)
		}
	}
	if len(items) == 0 {
		return nil, errNotTold
	}
	return items, nil
}

// membership reads the domain from sssd's or Samba's settings.
func (l linux) membership(context.Context) ([]look.Item, error) {
	items := []look.Item{}
	add := func(kind, name string) {
		f := fields{}
		f.set("type", kind)
		f.set("name", name)
		items = append(items, look.Item{Key: kind + " " + name, Fields: f})
	}
	sssd, err := l.read("etc/sssd/sssd.conf", maxSmallFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	section := ""
	for line := range strings.Lines(string(sssd)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "[domain/"); ok {
			section = strings.TrimSuffix(name, "]")
		} else if name, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(name) == "id_provider" && section != "" {
			switch strings.TrimSpace(value) {
			case "ad", "ipa":
				add("domain", section)
			}
		}
	}
	samba, err := l.read("etc/samba/smb.conf", maxSmallFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return items, err
	}
	if settings := assignments(strings.ToLower(string(samba))); settings["security"] == "ads" && settings["realm"] != "" && len(items) == 0 {
		add("domain", settings["realm"])
	}
	return items, nil
}

// sessions reads what systemd-logind keeps of each session.
func (l linux) sessions(context.Context) ([]look.Item, error) {
	names, err := l.list("run/systemd/sessions")
	if err != nil {
		return nil, err
	}
	if names == nil && !l.exists("run/systemd") {
		return nil, errNotTold
	}
	items := []look.Item{}
	for _, name := range names {
		if strings.HasSuffix(name, ".ref") {
			continue
		}
		text, err := l.read("run/systemd/sessions/"+name, maxSmallFile)
		if err != nil {
			continue // it has just ended
		}
		values := assignments(string(text))
		if !slices.Contains([]string{"user", "user-early"}, values["CLASS"]) {
			continue // the screen that asks for the password
		}
		f := fields{}
		f.set("user", values["USER"])
		f.set("type", values["TYPE"])
		f.truth("remote", values["REMOTE"] == "1")
		if us, err := strconv.ParseInt(values["REALTIME"], 10, 64); err == nil && us > 0 {
			f.time("since", time.UnixMicro(us))
		}
		items = append(items, look.Item{Key: name, Fields: f})
	}
	return items, nil
}
