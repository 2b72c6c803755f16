package facts

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

const (
	regServicing = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	regUpdates   = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update`
	regFirewall  = `HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy`
	regPolicies  = `HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall`
	regCloudJoin = `HKLM\SYSTEM\CurrentControlSet\Control\CloudDomainJoin`

	securityCenter = `ROOT\SecurityCenter2`
)

// update reads from the servicing stack when updates of Windows itself were
// last installed (signatures of Defender are not among them, and would make
// every computer look well kept), and whether it or Windows Update wait for a
// restart.
func (w windowsAPI) update(ctx context.Context) ([]look.Item, error) {
	f := fields{}
	last, name, err := w.lastUpdate(ctx)
	if err != nil {
		return nil, err
	}
	f.time("last", last)
	f.set("last_name", name)
	var since time.Time
	pending := false
	for _, path := range []string{regServicing + `\RebootPending`, regUpdates + `\RebootRequired`} {
		k, err := w.key(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		pending = true
		if since.IsZero() || (!k.modified.IsZero() && k.modified.Before(since)) {
			since = k.modified
		}
	}
	f.truth("restart_pending", pending)
	f.time("restart_pending_since", since)
	return []look.Item{{Fields: f}}, nil
}

// maxPackages bounds the packages whose time of installation is read. A
// computer has a few cumulative updates at a time; old ones are cleared away.
const maxPackages = 500

// lastUpdate returns the newest cumulative or single update that is installed.
func (w windowsAPI) lastUpdate(ctx context.Context) (at time.Time, name string, err error) {
	packages, err := w.keyOrNone(regServicing + `\Packages`)
	if err != nil {
		return at, "", err
	}
	read := 0
	for _, sub := range packages.subkeys {
		id, _, _ := strings.Cut(sub, "~")
		// A package of one update has many parts (Package_1_for_KB…); the whole
		// is enough.
		if !strings.HasPrefix(id, "Package_for_RollupFix") && !strings.HasPrefix(id, "Package_for_KB") {
			continue
		}
		if read++; read > maxPackages {
			break
		}
		if ctx.Err() != nil {
			return at, name, ctx.Err()
		}
		k, err := w.keyOrNone(regServicing + `\Packages\` + sub)
		if err != nil {
			return at, name, err
		}
		const installed = 112
		state, _ := k.number("CurrentState")
		high, hasHigh := k.number("InstallTimeHigh")
		low, hasLow := k.number("InstallTimeLow")
		if state != installed || !hasHigh || !hasLow {
			continue
		}
		if t := filetime(high<<32 | low&0xffffffff); t.After(at) {
			at = t
			name = strings.TrimPrefix(id, "Package_for_")
			if i := strings.LastIndex(sub, "~"); i >= 0 && name == "RollupFix" {
				name += " " + sub[i+1:]
			}
		}
	}
	return at, name, nil
}

// filetime turns the 100 nanoseconds since 1601 of Windows into a time; zero
// when it cannot be one of an update.
func filetime(n uint64) time.Time {
	const perSecond, until1970 = 10_000_000, 11_644_473_600
	seconds := n / perSecond
	if seconds < until1970 || seconds > until1970+1<<33 {
		return time.Time{}
	}
	return time.Unix(int64(seconds-until1970), 0).UTC()
}

// antivirus asks the Security Center, which only clients have, and on servers
// Defender itself.
func (w windowsAPI) antivirus(ctx context.Context) ([]look.Item, error) {
	rows, err := w.query(ctx, wmiQuery{namespace: securityCenter, class: "AntiVirusProduct", fields: []string{"displayName", "productState"}})
	if err == nil {
		return products(rows), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	rows, err = w.query(ctx, wmiQuery{namespace: `ROOT\Microsoft\Windows\Defender`, class: "MSFT_MpComputerStatus", fields: []string{
		"AntivirusEnabled", "RealTimeProtectionEnabled", "AntivirusSignatureAge",
	}})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNotTold // a server whose antivirus is another program, or none
	}
	if err != nil {
		return nil, err
	}
	items := []look.Item{}
	for _, r := range rows {
		f := fields{"name": "Microsoft Defender"}
		f.truth("enabled", r["AntivirusEnabled"] == "true" && r["RealTimeProtectionEnabled"] == "true")
		// Windows calls signatures old after seven days; it says 4294967295 when
		// it never had any.
		if age, ok := r.number("AntivirusSignatureAge"); ok {
			f.truth("up_to_date", age <= 7)
		}
		items = append(items, look.Item{Key: f["name"], Fields: f})
	}
	return items, nil
}

// products makes items of the Security Center's programs. Their state is three
// bytes; Microsoft does not describe them, but they have been the same since
// Windows Vista: the second says on (0x10, 0x11), off (0x00, 0x01), snoozed
// (0x20) or expired (0x30), the third 0x10 when the signatures are old.
func products(rows []wmiRow) []look.Item {
	items := []look.Item{}
	for _, r := range rows {
		f := fields{}
		f.set("name", r["displayName"])
		if state, err := strconv.ParseInt(r["productState"], 10, 64); err == nil {
			f.truth("enabled", state>>8&0xf0 == 0x10)
			f.truth("up_to_date", state&0xf0 == 0)
		}
		items = append(items, look.Item{Key: r["displayName"], Fields: f})
	}
	return items
}

// firewall reads the three profiles, where a policy goes before the local
// setting, and the firewalls that other makers' programs registered. Without
// the latter a firewall that is switched off for a good reason would look like
// none: then nothing is told.
func (w windowsAPI) firewall(ctx context.Context) ([]look.Item, error) {
	items := []look.Item{}
	for _, profile := range []struct{ name, key string }{
		{"domain", "DomainProfile"}, {"private", "StandardProfile"}, {"public", "PublicProfile"},
	} {
		local, err := w.keyOrNone(regFirewall + `\` + profile.key)
		if err != nil {
			return nil, err
		}
		policy, err := w.keyOrNone(regPolicies + `\` + profile.key)
		if err != nil {
			return nil, err
		}
		on, known := policy.number("EnableFirewall")
		if !known {
			on, known = local.number("EnableFirewall")
		}
		if !known {
			continue
		}
		f := fields{"name": profile.name}
		f.truth("enabled", on != 0)
		items = append(items, look.Item{Key: profile.name, Fields: f})
	}
	rows, err := w.query(ctx, wmiQuery{namespace: securityCenter, class: "FirewallProduct", fields: []string{"displayName", "productState"}})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, item := range products(rows) {
		delete(item.Fields, "up_to_date")
		items = append(items, item)
	}
	if len(items) == 0 {
		return nil, errNotTold
	}
	return items, nil
}

// encryption asks BitLocker, which answers administrators only.
func (w windowsAPI) encryption(ctx context.Context) ([]look.Item, error) {
	rows, err := w.query(ctx, wmiQuery{namespace: `ROOT\CIMV2\Security\MicrosoftVolumeEncryption`, class: "Win32_EncryptableVolume",
		fields: []string{"DriveLetter", "ProtectionStatus", "EncryptionMethod"}})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNotTold
	}
	if err != nil {
		return nil, err
	}
	items := []look.Item{}
	for i, r := range rows {
		f := fields{}
		f.set("volume", r["DriveLetter"])
		switch r["ProtectionStatus"] {
		case "0":
			f["protected"] = "no"
		case "1":
			f["protected"] = "yes"
		case "2":
			f["protected"] = "locked"
		}
		f.set("method", bitlockerMethod(r["EncryptionMethod"]))
		key := r["DriveLetter"]
		if key == "" {
			key = fmt.Sprintf("volume %d", i)
		}
		items = append(items, look.Item{Key: key, Fields: f})
	}
	return items, nil
}

// bitlockerMethod names Win32_EncryptableVolume.EncryptionMethod.
func bitlockerMethod(n string) string {
	switch n {
	case "1", "3":
		return "AES-128"
	case "2", "4":
		return "AES-256"
	case "5":
		return "hardware"
	case "6":
		return "XTS-AES-128"
	case "7":
		return "XTS-AES-256"
	}
	return ""
}

// membership tells domain or workgroup, and the Entra tenants; the address of
// the person who joined the computer stands beside them and is not read out.
func (w windowsAPI) membership(context.Context) ([]look.Item, error) {
	items := []look.Item{}
	j, err := w.joined()
	if err != nil {
		return nil, err
	}
	if j.Kind != "" {
		f := fields{"type": j.Kind}
		f.set("name", j.Name)
		items = append(items, look.Item{Key: j.Kind, Fields: f})
	}
	joins, err := w.keyOrNone(regCloudJoin + `\JoinInfo`)
	if err != nil {
		return items, err
	}
	for _, sub := range joins.subkeys {
		info, err := w.keyOrNone(regCloudJoin + `\JoinInfo\` + sub)
		if err != nil {
			return items, err
		}
		tenant, err := w.keyOrNone(regCloudJoin + `\TenantInfo\` + info.text("TenantId"))
		if err != nil {
			return items, err
		}
		f := fields{"type": "entra"}
		f.set("tenant", info.text("TenantId"))
		f.set("name", tenant.text("DisplayName"))
		items = append(items, look.Item{Key: strings.TrimSpace("entra " + info.text("TenantId")), Fields: f})
	}
	return items, nil
}

func (w windowsAPI) loggedIn(context.Context) ([]look.Item, error) {
	all, err := w.sessions()
	if err != nil {
		return nil, err
	}
	items := []look.Item{}
	for _, s := range all {
		if s.User == "" {
			continue // services, and the screen that asks for the password
		}
		f := fields{}
		f.set("user", s.User)
		f.truth("remote", s.Remote)
		f.time("since", s.Since)
		items = append(items, look.Item{Key: fmt.Sprint(s.ID), Fields: f})
	}
	return items, nil
}
