package host

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// limits bound the lists of a computer, so that one with a hundred mounts or
// virtual adapters does not flood the store. Reaching one is told in
// budi_host_left_out.
type limits struct{ mounts, disks, networks int }

func limitsOf(p Profile) limits {
	if p == Full {
		return limits{mounts: 32, disks: 32, networks: 32}
	}
	return limits{mounts: 3, disks: 2, networks: 2}
}

// selectMounts picks the mounts that are worth watching, the most important
// first: filesystems on a disk of this computer, each once, and in the full
// profile network filesystems too. (A workstation does not repeat what the
// file server tells; a server's backup share is the server's business.)
func selectMounts(all []mount, profile Profile, t *told) []mount {
	// Of several mounts on one place only the last can be seen.
	visible := map[string]int{}
	for i, m := range all {
		visible[m.Mountpoint] = i
	}
	var kept []mount
	for i, m := range all {
		if visible[m.Mountpoint] != i || m.Kind == pseudoMount || (m.Kind == remoteMount && profile != Full) {
			continue
		}
		kept = append(kept, m)
	}
	slices.SortStableFunc(kept, func(a, b mount) int {
		return cmp.Or(
			first(b.System, a.System),
			first(a.Kind == remoteMount, b.Kind == remoteMount),
			first(a.ReadOnly, b.ReadOnly),
			first(a.Bind, b.Bind),
			first(isBoot(a), isBoot(b)),
			cmp.Compare(a.Mountpoint, b.Mountpoint))
	})
	kept = once(kept, func(m mount) string { return m.Volume })
	for i := range kept {
		kept[i].Device, kept[i].Type = clean(kept[i].Device), clean(kept[i].Type)
	}
	kept = once(kept, func(m mount) string { return clean(m.Mountpoint) })
	return atMost(kept, limitsOf(profile).mounts, "filesystem", t)
}

// isBoot reports whether a mount holds what starts the system only: people
// miss space elsewhere first.
func isBoot(m mount) bool {
	return m.Mountpoint == "/efi" || m.Mountpoint == "/boot" || strings.HasPrefix(m.Mountpoint, "/boot/")
}

func selectDisks(all []disk, profile Profile, t *told) []disk {
	kept := slices.Clone(all)
	for i := range kept {
		kept[i].Name = clean(kept[i].Name)
	}
	slices.SortStableFunc(kept, func(a, b disk) int { return cmp.Compare(a.Name, b.Name) })
	kept = once(kept, func(d disk) string { return d.Name })
	return atMost(kept, limitsOf(profile).disks, "disk", t)
}

// selectNetworks picks network interfaces, cards before bridges and tunnels.
// The basic profile takes only cards when there are any: thirty virtual
// adapters of a hypervisor or a VPN say nothing about a classroom's computer.
func selectNetworks(all []network, profile Profile, t *told) []network {
	anyCard := slices.ContainsFunc(all, func(n network) bool { return n.Physical })
	var kept []network
	for _, n := range all {
		if profile != Full && anyCard && !n.Physical {
			continue
		}
		if !n.Physical && n.ReceiveBytes == 0 && n.TransmitBytes == 0 {
			continue // Windows has dozens of these: never used, never seen
		}
		n.Name = clean(n.Name)
		kept = append(kept, n)
	}
	slices.SortStableFunc(kept, func(a, b network) int {
		return cmp.Or(first(b.Physical, a.Physical), cmp.Compare(a.Name, b.Name))
	})
	kept = once(kept, func(n network) string { return n.Name })
	return atMost(kept, limitsOf(profile).networks, "network", t)
}

// first orders false before true.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// once keeps the first item of each key; an empty key is never a double.
func once[T any](items []T, key func(T) string) []T {
	seen := map[string]bool{}
	return slices.DeleteFunc(items, func(item T) bool {
		k := key(item)
		if k == "" {
			return false
		}
		double := seen[k]
		seen[k] = true
		return double
	})
}

func atMost[T any](items []T, n int, part string, t *told) []T {
	if over := len(items) - n; over > 0 {
		t.leftOut[part] = over
		return items[:n]
	}
	return items
}

// maxLabel bounds a label's value, in bytes.
const maxLabel = 200

// clean makes text from the system fit for a label: printable and bounded.
func clean(s string) string { return cut(printable(s), maxLabel) }

// printable makes text valid UTF-8 without control characters. Odd bytes
// become \xNN, so that two odd names stay two.
func printable(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if (r == utf8.RuneError && size == 1) || unicode.IsControl(r) {
			for _, c := range []byte(s[i : i+size]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// cut bounds valid UTF-8 to n bytes and shows that something is gone.
func cut(s string, n int) string {
	const dots = "…"
	if len(s) <= n {
		return s
	}
	n -= len(dots)
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + dots
}
