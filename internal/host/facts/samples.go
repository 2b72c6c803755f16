package facts

import (
	"cmp"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// MaxSamples is the most samples that Snapshot.Samples returns.
const MaxSamples = 8

// maxDisks is how many disks have a sample; those in trouble come first.
const maxDisks = 3

// Values of the field health of a disk.
const (
	Healthy = "healthy"
	Warning = "warning" // it still works; the maker advises to replace it, or a RAID has lost a member
	Failing = "failing"
)

// Samples returns the state of the computer as numbers for this moment, to be
// sent with each look: at most MaxSamples, and none for what was not told.
func (s Snapshot) Samples(now time.Time) []look.Sample {
	var out []look.Sample
	add := func(name string, value float64, labels ...string) {
		out = append(out, look.Sample{Name: name, Labels: look.Labels(labels...), Value: value})
	}
	truth := func(name string, is bool) {
		if is {
			add(name, 1)
		} else {
			add(name, 0)
		}
	}
	// Where several programs guard a computer, one that is on is enough, and of
	// those that are on one that is up to date.
	if all := s.items(Antivirus); all != nil {
		on := slices.DeleteFunc(slices.Clone(all), func(i look.Item) bool { return i.Fields["enabled"] != "yes" })
		if len(all) == 0 || anyHas(all, "enabled") {
			truth(metric.HostAntivirusEnabled, len(on) > 0)
		}
		if anyHas(on, "up_to_date") {
			truth(metric.HostAntivirusUpToDate, slices.ContainsFunc(on, func(i look.Item) bool { return i.Fields["up_to_date"] == "yes" }))
		}
	}
	if enabled, known := firewallEnabled(s.items(Firewall)); known {
		truth(metric.HostFirewallEnabled, enabled)
	}
	for _, i := range s.items(Update) {
		if i.Fields["restart_pending"] == "no" {
			add(metric.HostRestartPending, 0)
		} else if since, err := time.Parse(time.RFC3339, i.Fields["restart_pending_since"]); err == nil {
			add(metric.HostRestartPending, max(0, now.Sub(since).Seconds()))
		}
		if last, err := time.Parse(time.RFC3339, i.Fields["last"]); err == nil {
			add(metric.HostUpdateAge, max(0, now.Sub(last).Seconds()))
		}
	}
	disks := slices.DeleteFunc(slices.Clone(s.items(Disk)), func(i look.Item) bool {
		return i.Fields["health"] == "" || i.Fields["device"] == ""
	})
	slices.SortStableFunc(disks, func(a, b look.Item) int {
		return cmp.Or(rank(a.Fields["health"])-rank(b.Fields["health"]), cmp.Compare(a.Fields["device"], b.Fields["device"]))
	})
	disks = slices.CompactFunc(disks, func(a, b look.Item) bool { return a.Fields["device"] == b.Fields["device"] })
	for _, i := range disks[:min(len(disks), maxDisks)] {
		healthy := 0.0
		if i.Fields["health"] == Healthy {
			healthy = 1
		}
		add(metric.HostDiskHealthy, healthy, metric.LabelDevice, cut(i.Fields["device"], maxLabel))
	}
	return out
}

// maxLabel bounds a label's value, in bytes, as in package host.
const maxLabel = 200

func rank(health string) int {
	return slices.Index([]string{Failing, Warning, Healthy}, health)
}

// items returns the items of a kind, nil when the kind is not there.
func (s Snapshot) items(kind string) []look.Item {
	for _, set := range s.Sets {
		if set.Kind == kind {
			return append([]look.Item{}, set.Items...)
		}
	}
	return nil
}

func anyHas(items []look.Item, field string) bool {
	return slices.ContainsFunc(items, func(i look.Item) bool { return i.Fields[field] != "" })
}

// firewallEnabled reports whether a firewall guards the computer: the system's
// own in each of its profiles, or another program that took over from it.
func firewallEnabled(items []look.Item) (enabled, known bool) {
	enabled = true
	for _, i := range items {
		switch {
		case i.Fields["enabled"] == "":
			continue
		case isProfile(i.Key):
			enabled = enabled && i.Fields["enabled"] == "yes"
		case i.Fields["enabled"] == "yes":
			return true, true
		default:
			enabled = enabled && slices.ContainsFunc(items, func(i look.Item) bool { return isProfile(i.Key) })
		}
		known = true
	}
	return enabled && known, known
}

// isProfile reports whether name is one of Windows' profiles, as its registry
// calls them; the standard profile is what its windows call private.
func isProfile(name string) bool { return name == "domain" || name == "private" || name == "public" }
