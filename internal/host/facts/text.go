package facts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// fields collects the fields of an item; what is empty is not known and left
// out.
type fields map[string]string

func (f fields) set(name, value string) {
	if value = clean(value); value != "" {
		f[name] = value
	}
}

// number sets a number unless it is zero, which is how firmware says that it
// does not know.
func (f fields) number(name string, n uint64) {
	if n != 0 {
		f[name] = fmt.Sprint(n)
	}
}

func (f fields) truth(name string, is bool) {
	f[name] = "no"
	if is {
		f[name] = "yes"
	}
}

func (f fields) time(name string, t time.Time) {
	if !t.IsZero() {
		f[name] = t.UTC().Truncate(time.Second).Format(time.RFC3339)
	}
}

// bound puts items in order and within the limits of package wire, and says
// what was left out. Keys that are doubled get a number behind them.
func bound(items []look.Item) ([]look.Item, error) {
	kept := make([]look.Item, 0, len(items))
	for _, item := range items {
		if len(item.Fields) > 0 {
			kept = append(kept, look.Item{Key: clean(item.Key), Fields: item.Fields})
		}
	}
	slices.SortStableFunc(kept, compareItems)
	seen := map[string]int{}
	for i := range kept {
		key := kept[i].Key
		seen[key]++
		if n := seen[key]; n > 1 {
			kept[i].Key = fmt.Sprintf("%s #%d", cut(key, wire.MaxText-8), n)
		}
	}
	slices.SortStableFunc(kept, func(a, b look.Item) int { return cmp.Compare(a.Key, b.Key) })
	if over := len(kept) - wire.MaxItems; over > 0 {
		return kept[:wire.MaxItems], fmt.Errorf("%d items are over the limit of %d and left out", over, wire.MaxItems)
	}
	return kept, nil
}

// compareItems orders items by their key and then by everything else, so that
// the numbers of doubled keys do not depend on the order of the answers.
func compareItems(a, b look.Item) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(fmt.Sprint(a.Fields), fmt.Sprint(b.Fields)))
}

func boundMachine(m wire.Machine) wire.Machine {
	m.SystemUUID, m.SystemSerial, m.BoardSerial = clean(m.SystemUUID), clean(m.SystemSerial), clean(m.BoardSerial)
	slices.Sort(m.MACs)
	m.MACs = slices.Compact(m.MACs)
	m.MACs = m.MACs[:min(len(m.MACs), wire.MaxMACs)]
	return m
}

// clean makes text from the system fit to be sent: what is behind a NUL is
// gone, spaces are single, and it is printable and bounded.
func clean(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return cut(strings.Join(strings.Fields(printable(s)), " "), wire.MaxText)
}

// printable makes text valid UTF-8 without control characters. Bytes that are
// no UTF-8 become \xNN, so that two odd names stay two.
func printable(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsControl(r) || unicode.IsSpace(r):
			b.WriteByte(' ')
		case r == '\u200b' || r == '\ufeff' || (r >= '\u202a' && r <= '\u202e'): // seen in names of programs; they would hide or turn text
		default:
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

// told returns a text that firmware tells, or nothing where the maker of the
// board did not fill it in.
func told(s string) string {
	s = clean(s)
	plain := strings.ToLower(strings.Trim(s, " .-_*"))
	if strings.Trim(plain, "0") == "" || strings.Trim(plain, "x") == "" || strings.Trim(plain, "f") == "" || strings.Trim(plain, "#") == "" {
		return ""
	}
	for _, none := range []string{"to be filled by", "o.e.m", "default string", "not specified", "not available", "not applicable", "system serial", "system manufacturer", "system product", "system version", "base board serial", "chassis serial", "serial number", "asset tag", "asset-", "no asset", "sku number", "type1 - ", "type1family", "product name", "no enclosure", "invalid"} {
		if strings.HasPrefix(plain, none) {
			return ""
		}
	}
	switch plain {
	case "oem", "none", "n/a", "na", "null", "unknown", "undefined", "default", "empty", "sernum", "serial", "sku", "123456789", "1234567890", "0123456789", "01234567", "012345678", "12345678", "no dimm", "nodimm", "partnum", "sn", "ssn", "bsn", "eval":
		return ""
	}
	return s
}
