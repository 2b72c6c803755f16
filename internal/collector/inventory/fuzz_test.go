package inventory_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// memory is a store without a disk, for one device's facts.
type memory struct {
	facts   map[string]look.FactSet
	changes []inventory.Change
}

func (m *memory) Inventory(context.Context) (inventory.Stored, error) { return inventory.Stored{}, nil }

func (m *memory) Apply(_ context.Context, b inventory.Batch) (int, error) {
	for _, sets := range b.Facts {
		for _, s := range sets {
			m.facts[s.Kind] = s
		}
	}
	for _, changes := range b.Changes {
		m.changes = append(m.changes, changes...)
	}
	return 0, nil
}

func (m *memory) Facts(context.Context, string) ([]look.FactSet, error) {
	var out []look.FactSet
	for _, s := range m.facts {
		out = append(out, s)
	}
	return out, nil
}

func (m *memory) History(context.Context, string, int, uint64) ([]inventory.Entry, error) {
	return nil, nil
}

// Whatever an agent reports, what is kept is within the limits, and the same
// report again changes nothing.
func FuzzTake(f *testing.F) {
	f.Add(`{"hostname":"PC","machine":{"system_uuid":"4c4c4544-0051-3010-8052-b4c04f564433","macs":["aa:bb:cc:dd:ee:ff"]},"facts":[{"kind":"disk","time":"2026-09-01T07:30:00Z","items":[{"key":"S1","fields":{"model":"WDC"}}]}]}`)
	f.Add(`{"facts":[{"kind":"system","items":[{"fields":{"make":"\u0000","model":"\u2028x"}},{"fields":null}]},{"kind":"system"},{"kind":"","items":[]}]}`)
	f.Add(`{"machine":{"system_uuid":"03000200-0400-0500-0006-000700080009","system_serial":" ","macs":["","ff:ff:ff:ff:ff:ff"]}}`)
	f.Fuzz(func(t *testing.T, report string) {
		var r wire.ReportRequest
		if json.Unmarshal([]byte(report), &r) != nil {
			return
		}
		store := &memory{facts: map[string]look.FactSet{}}
		c, err := inventory.Open(inventory.Options{Store: store, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return t0 }})
		if err != nil {
			t.Fatal(err)
		}
		for _, hostname := range []string{"other", r.Hostname} {
			n := inventory.NewComputer{Site: "main", Hostname: hostname, Class: fleet.Workstation, Machine: r.Machine}
			if d, err := c.Place(t.Context(), n); err == nil && fleet.CheckID(d.ID) != nil {
				t.Errorf("ID %q", d.ID)
			}
		}
		if _, err := c.Device(t.Context(), "other"); err != nil {
			return // the machine cannot be
		}
		about := inventory.About{Hostname: r.Hostname, Machine: r.Machine}
		for range 2 {
			if err := c.Take(t.Context(), "other", r.Facts, about); err != nil {
				t.Fatal(err)
			}
		}
		text := func(s string) {
			if len(s) > wire.MaxText || !utf8.ValidString(s) || slices.ContainsFunc([]rune(s), func(r rune) bool { return r < ' ' }) {
				t.Errorf("text %q is kept", s)
			}
		}
		for kind, s := range store.facts {
			text(kind)
			for _, item := range s.Items {
				text(item.Key)
				for name, value := range item.Fields {
					text(name)
					text(value)
				}
			}
		}
		for _, change := range store.changes {
			if change.Kind != inventory.KindDevice {
				t.Errorf("the first inventory, or the same again, changed %+v", change)
			}
		}
	})
}
