package web

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/wording"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
)

// What a device is made of comes from its agent: any kind, any field, any text.
// Known ones are told in words and in an order that people expect; what is not
// known is shown as it is.

// kindOrder is the order of the kinds of facts on a device's page.
var kindOrder = []string{
	"system", "os", "cpu", "memory", "disk", "network", "monitor", "update", "antivirus", "firewall", "encryption", "membership", "sessions", "software",
}

// fieldOrder is the order of the fields of any kind.
var fieldOrder = []string{
	"name", "user", "make", "model", "product", "part", "edition", "version", "build", "activation", "enabled", "up_to_date", "protected", "volume",
	"health", "type", "media", "size_bytes", "cores", "threads", "speed_mhz", "speed_mts", "device", "mac", "bus", "serial", "year", "chassis",
	"method", "tenant", "last", "last_name", "restart_pending", "restart_pending_since", "architecture", "scope", "installed",
}

// collapsed are the kinds that are long and closed at first.
var collapsed = []string{"software"}

// factGroup is one kind of facts, ready to be shown.
type factGroup struct {
	Title     string
	Time      time.Time
	Collapsed bool
	Count     int
	Hidden    int // things that found no room

	List []factField // of a kind with one thing; nil when there is a table
	Head []string
	Rows [][]string // the first cell names the thing
}

type factField struct{ Name, Value string }

// factGroups sorts what is known of a device.
func (w words) factGroups(sets []look.FactSet) []factGroup {
	sets = slices.Clone(sets)
	slices.SortStableFunc(sets, func(a, b look.FactSet) int {
		return cmp.Or(cmp.Compare(rankIn(kindOrder, a.Kind), rankIn(kindOrder, b.Kind)), cmp.Compare(a.Kind, b.Kind))
	})
	var out []factGroup
	for _, set := range sets[:min(len(sets), maxKinds)] {
		g := factGroup{Title: w.Kind(set.Kind), Time: set.Time, Collapsed: slices.Contains(collapsed, set.Kind), Count: len(set.Items)}
		items := set.Items[:min(len(set.Items), maxItems)]
		g.Hidden = g.Count - len(items)
		fields := fieldsOf(items)
		if len(items) == 1 && !g.Collapsed {
			g.List = w.factList(items[0], fields)
		} else if len(items) > 0 {
			w.factTable(&g, items, fields)
		}
		out = append(out, g)
	}
	return out
}

func (w words) factList(item look.Item, fields []string) []factField {
	out := []factField{}
	if keyIsNews(item) {
		out = append(out, factField{w.T("web.fact.item"), w.Foreign(item.Key)})
	}
	for _, field := range fields {
		out = append(out, factField{w.FactField(field), w.FactValue(field, item.Fields[field])})
	}
	return out
}

func (w words) factTable(g *factGroup, items []look.Item, fields []string) {
	fields = fields[:min(len(fields), maxColumns)]
	keys := slices.ContainsFunc(items, keyIsNews)
	if keys {
		g.Head = append(g.Head, w.T("web.fact.item"))
	}
	for _, field := range fields {
		g.Head = append(g.Head, w.FactField(field))
	}
	for _, item := range items {
		var row []string
		if keys {
			row = append(row, w.Foreign(item.Key))
		}
		for _, field := range fields {
			row = append(row, w.FactValue(field, item.Fields[field]))
		}
		g.Rows = append(g.Rows, row)
	}
}

// keyIsNews reports whether the key of a thing says what its fields do not. A
// name says it better.
func keyIsNews(item look.Item) bool {
	if item.Key == "" || item.Fields["name"] != "" {
		return false
	}
	for _, value := range item.Fields {
		if value == item.Key {
			return false
		}
	}
	return true
}

// fieldsOf lists the fields of things in the order in which they are shown.
func fieldsOf(items []look.Item) []string {
	seen := map[string]bool{}
	var out []string
	for _, item := range items {
		for field := range item.Fields {
			if !seen[field] && len(out) < 64 {
				seen[field] = true
				out = append(out, field)
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(rankIn(fieldOrder, a), rankIn(fieldOrder, b)), cmp.Compare(a, b))
	})
	return out
}

// rankIn is the place of a word in a list, behind all when it is not in it.
func rankIn(list []string, s string) int {
	if i := slices.Index(list, s); i >= 0 {
		return i
	}
	return len(list)
}

// Kind names a kind of facts.
func (w words) Kind(kind string) string { return w.known("fact.kind.", kind) }

// FactField names a field of facts.
func (w words) FactField(field string) string { return w.known("fact.field.", field) }

// known is the text of a key that may not exist, or the foreign word itself.
func (w words) known(prefix, word string) string {
	if w.c.Has(w.Lang, prefix+word) {
		return w.T(prefix + word)
	}
	return w.Foreign(strings.ReplaceAll(word, "_", " "))
}

// FactValue writes the value of a field.
func (w words) FactValue(field, value string) string {
	if value == "" {
		return "–"
	}
	if key := "fact.value." + field + "." + value; w.c.Has(w.Lang, key) {
		return w.T(key)
	}
	if key := "fact.value." + value; (value == "yes" || value == "no") && w.c.Has(w.Lang, key) {
		return w.T(key)
	}
	if t, err := time.Parse(time.RFC3339, value); err == nil && t.Year() > 1900 && t.Year() < 2200 {
		return w.Time(t)
	}
	n, err := strconv.ParseUint(value, 10, 64)
	switch {
	case err != nil:
	case strings.HasSuffix(field, "_bytes"):
		return w.Bytes(n)
	case field == "speed_mhz" && n < math.MaxInt32:
		return strconv.FormatUint(n, 10) + " MHz"
	case field == "speed_mts" && n < math.MaxInt32:
		return strconv.FormatUint(n, 10) + " MT/s"
	}
	return w.Foreign(value)
}

// Foreign makes a text from an agent fit to be shown: one line, of bounded
// length, without characters that reorder what follows. Templates escape it.
func (words) Foreign(s string) string { return wording.Clean(s, maxShown) }

// Brief is Foreign for a cell of a list.
func (words) Brief(s string) string { return wording.Clean(s, maxBrief) }

// event says what happened: the sentence that the catalogue has for the code,
// filled with what the event says besides ("name=value, name=value"), or both
// as they are.
func (w words) event(code, said string) string {
	raw := w.Foreign(strings.TrimSpace(strings.ReplaceAll(code, "_", " ") + " " + said))
	if !w.c.Has(w.Lang, "event."+code) {
		return raw
	}
	var args []any
	for pair := range strings.SplitSeq(said, ", ") {
		name, value, _ := strings.Cut(pair, "=")
		args = append(args, name, w.Foreign(value))
	}
	text := w.T("event."+code, args...)
	if strings.Contains(text, "<no value>") { // an agent that says less than the sentence needs
		return raw
	}
	return text
}

// ChangeText says what changed.
func (w words) ChangeText(c Change) string {
	if c.Kind == "event" {
		return w.event(c.Field, c.New)
	}
	write := func(value string) string {
		if c.Kind == "device" && c.Field == "class" && slices.Contains(fleet.Classes(), fleet.Class(value)) {
			return w.Class(fleet.Class(value))
		}
		return w.FactValue(c.Field, value)
	}
	before, after := write(c.Old), write(c.New)
	item := w.Foreign(c.Item)
	switch {
	case c.Field == "" && c.New == "":
		return w.T("web.change.gone", "Item", cmp.Or(w.Foreign(c.Old), item, w.Kind(c.Kind)))
	case c.Field == "":
		return w.T("web.change.came", "Item", cmp.Or(w.Foreign(c.New), item, w.Kind(c.Kind)))
	case item == "":
		return w.T("web.change.field", "Field", w.FactField(c.Field), "Old", before, "New", after)
	default:
		return w.T("web.change.item_field", "Item", item, "Field", w.FactField(c.Field), "Old", before, "New", after)
	}
}
