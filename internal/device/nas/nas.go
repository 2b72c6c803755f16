// Package nas reads what network storage tells beyond what every host does
// (package hostres): disks, arrays and pools, temperatures, fans, power supplies.
// Synology and QNAP are read as they document it, others as far as what their
// objects say is public.
package nas

import (
	"context"
	"fmt"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/gather"
	"github.com/budi-monitor/budi/internal/look"
)

// Driver reads network storage. The zero Driver is ready.
type Driver struct{}

// Name is "nas".
func (Driver) Name() string { return "nas" }

// Serves reports whether the device is network storage.
func (Driver) Serves(id device.Identity) bool { return id.Is(look.NAS) }

// Look reads.
func (Driver) Look(ctx context.Context, a device.Agent, id device.Identity, v *device.Visit) error {
	g := gather.New(a, v)
	switch strings.ToLower(id.Vendor) {
	case "synology":
		synology(ctx, g, id, v)
	case "qnap":
		qnap(ctx, g)
	case "netgear":
		readyNAS(ctx, g)
	case "ixsystems":
		zfs(ctx, g)
	case "netapp":
		netApp(ctx, g)
	}
	if g.Err() != nil {
		return fmt.Errorf("read the storage: %w", g.Err())
	}
	return nil
}

func ok(detail string) gather.Word { return gather.Word{State: look.StateOK, Detail: detail} }
func warning(detail string) gather.Word {
	return gather.Word{State: look.StateWarning, Detail: detail}
}
func failed(detail string) gather.Word { return gather.Word{State: look.StateFailed, Detail: detail} }

// wordOf judges the words in which older devices tell states. An array without
// redundancy counts as failed: the next disk takes the data with it, and somebody
// has to act now.
func wordOf(text string) gather.Word {
	text = device.Told(text)
	lower := strings.ToLower(text)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(lower, w) {
				return true
			}
		}
		return false
	}
	switch {
	case lower == "":
		return gather.Word{}
	case has("degraded", "crash", "fail", "dead", "fault", "error", "unavail", "offline", "removed", "invalid", "abnormal", "critical", "broken", "inactive", "unmounted", "not active"):
		return failed(text)
	case has("rebuild", "resync", "repair", "recover", "warning", "caution", "spun", "unprotected"):
		return warning(text)
	case has("ready", "ok", "good", "normal", "online", "redundant", "active", "healthy", "mounted", "sync", "scrub", "expand", "migrat", "check", "initial"):
		return ok(text)
	}
	return gather.Word{Detail: text}
}
