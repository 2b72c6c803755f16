package inventory

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// volatile are fields that change without anything having happened; they are
// kept as facts and write no history. "*" is every field of a kind, and that
// its items come and go.
var volatile = map[string][]string{
	// Names of devices follow the order in which the system found them.
	"disk":    {"device", "free_bytes", "power_on_hours", "temperature_celsius", "wear_percent"},
	"network": {"device", "address", "addresses", "speed_mbps"},
	"cpu":     {"speed_mhz"},
	"os":      {"boot_time", "uptime_seconds"},
	// restart_pending itself is told.
	"update":    {"restart_pending_since", "checked", "age_seconds"},
	"antivirus": {"signatures", "signatures_time", "signatures_age_seconds"},
	// Who sits where is nobody's history.
	"sessions": {"*"},
}

func isVolatile(kind, field string) bool { return slices.Contains(volatile[kind], field) }

// differences returns what changed between two inventories of one kind, whose
// items are in the order of their keys.
func differences(kind string, before, after []look.Item, now time.Time) []Change {
	if isVolatile(kind, "*") {
		return nil
	}
	old := byItemKey(before)
	var out []Change
	for _, item := range after {
		was, known := old[item.Key]
		delete(old, item.Key)
		if !known {
			out = append(out, Change{Time: now, Kind: kind, Item: item.Key, New: summary(item)})
			continue
		}
		for _, field := range sortedKeys(was.Fields, item.Fields) {
			if was.Fields[field] != item.Fields[field] && !isVolatile(kind, field) {
				out = append(out, Change{Time: now, Kind: kind, Item: item.Key, Field: field, Old: was.Fields[field], New: item.Fields[field]})
			}
		}
	}
	for _, item := range before {
		if _, gone := old[item.Key]; gone {
			out = append(out, Change{Time: now, Kind: kind, Item: item.Key, Old: summary(item)})
		}
	}
	return out
}

func byItemKey(items []look.Item) map[string]look.Item {
	out := make(map[string]look.Item, len(items))
	for _, item := range items {
		out[item.Key] = item
	}
	return out
}

// summary says in one line what an item is. It is never empty.
func summary(item look.Item) string {
	var parts []string
	for _, field := range []string{"name", "make", "model", "part", "product", "edition", "version", "serial", "mac", "size_bytes"} {
		if v := item.Fields[field]; v != "" {
			parts = append(parts, v)
		}
	}
	s := strings.Join(parts, " ")
	if len(s) > wire.MaxText {
		s = strings.ToValidUTF8(s[:wire.MaxText-len("…")], "") + "…"
	}
	return firstOf(s, item.Key, "–")
}

func sameItems(a, b []look.Item) bool {
	return slices.EqualFunc(a, b, func(x, y look.Item) bool { return x.Key == y.Key && maps.Equal(x.Fields, y.Fields) })
}

// sortedKeys returns the keys of maps, each once.
func sortedKeys(fields ...map[string]string) []string {
	var out []string
	for _, m := range fields {
		out = slices.AppendSeq(out, maps.Keys(m))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
