package boltstore_test

import (
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/look"
)

// apply stores a change of the inventory.
func apply(t *testing.T, s *boltstore.Store, b inventory.Batch) int {
	t.Helper()
	if b.Limit == 0 {
		b.Limit = 100
	}
	return must[int](t)(s.Apply(t.Context(), b))
}

func TestTheInventoryComesBackAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	s := open(t, path)
	device := inventory.Device{ID: "pc", Name: "PC", Site: "main", Created: t0}
	facts := []look.FactSet{{Kind: "disk", Time: t0, Items: []look.Item{{Key: "S1", Fields: map[string]string{"model": "WDC"}}}}}
	apply(t, s, inventory.Batch{
		Sites: []inventory.Site{{ID: "main", Name: "Biblioteka"}}, Rooms: []inventory.Room{{ID: "r", Site: "main", Name: "1"}},
		Devices:   []inventory.Device{device, {ID: "old", Site: "main"}},
		Proposals: []inventory.Proposal{{New: "pc", Old: "old", Reasons: []string{"mac"}, Made: t0}}, Apart: []inventory.Pair{{A: "a", B: "b"}},
		Facts: map[string][]look.FactSet{"pc": facts}, Changes: map[string][]inventory.Change{"pc": {{Time: t0, Kind: "disk", New: "WDC"}}},
	})
	apply(t, s, inventory.Batch{Gone: []inventory.Gone{{ID: "old", Into: "pc", At: t0}}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	same(t, "inventory", must[inventory.Stored](t)(s.Inventory(t.Context())), inventory.Stored{
		Sites: []inventory.Site{{ID: "main", Name: "Biblioteka"}}, Rooms: []inventory.Room{{ID: "r", Site: "main", Name: "1"}},
		Devices: []inventory.Device{device}, Gone: []inventory.Gone{{ID: "old", Into: "pc", At: t0}},
		Proposals: []inventory.Proposal{{New: "pc", Old: "old", Reasons: []string{"mac"}, Made: t0}}, Apart: []inventory.Pair{{A: "a", B: "b"}},
	})
	same(t, "facts", must[[]look.FactSet](t)(s.Facts(t.Context(), "pc")), facts)
	same(t, "facts of a name that begins alike", must[[]look.FactSet](t)(s.Facts(t.Context(), "p")), []look.FactSet{})
}

func TestHistoriesDoNotMix(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "budi.db"))
	changes := func(n int) (out []inventory.Change) {
		for i := range n {
			out = append(out, inventory.Change{Time: t0, Kind: "k", New: string(rune('a' + i))})
		}
		return out
	}
	if n := apply(t, s, inventory.Batch{Changes: map[string][]inventory.Change{"pc": changes(3), "pc-2": changes(2), "pa": changes(1)}, Limit: 3}); n != 0 {
		t.Errorf("%d dropped", n)
	}
	// More at once than the limit, and then one.
	if n := apply(t, s, inventory.Batch{Changes: map[string][]inventory.Change{"pc": changes(5)}, Limit: 3}); n != 5 {
		t.Errorf("%d dropped, want 5", n)
	}
	if n := apply(t, s, inventory.Batch{Changes: map[string][]inventory.Change{"pc": changes(1)}, Limit: 3}); n != 1 {
		t.Errorf("%d dropped, want 1", n)
	}
	read := func(device string, limit int, before uint64) (out []string) {
		for _, e := range must[[]inventory.Entry](t)(s.History(t.Context(), device, limit, before)) {
			out = append(out, string(rune('0'+e.Number))+e.New)
		}
		return out
	}
	same(t, "pc", read("pc", 10, 0), []string{"9a", "8e", "7d"})
	same(t, "pc before 8", read("pc", 10, 8), []string{"7d"})
	same(t, "pc, one", read("pc", 1, 0), []string{"9a"})
	same(t, "pc before all", read("pc", 10, 7), []string{})
	same(t, "pc-2", read("pc-2", 10, 0), []string{"2b", "1a"})
	same(t, "pa", read("pa", 10, 0), []string{"1a"})
	same(t, "the last of the bucket", read("zz", 10, 0), []string{})
}

func TestADeviceThatCannotBeReadKeepsItsID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	s := open(t, path)
	apply(t, s, inventory.Batch{
		Devices: []inventory.Device{{ID: "a"}, {ID: "b"}, {ID: "c"}},
		Facts:   map[string][]look.FactSet{"b": {{Kind: "cpu"}, {Kind: "disk"}}}, Changes: map[string][]inventory.Change{"b": {{Kind: "x"}, {Kind: "y"}}},
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw(t, path, func(tx *bbolt.Tx) error {
		for bucket, key := range map[string]string{
			"inventory_devices": "a", "inventory_ids": "a", "inventory_facts": "b\x00cpu", "inventory_history": "b\x00\x00\x00\x00\x00\x00\x00\x00\x01",
		} {
			if err := tx.Bucket([]byte(bucket)).Put([]byte(key), []byte(`{"id": "what`)); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte("inventory_devices")).Put([]byte("c"), []byte(`{"id": "b"}`)) // another's row
	})
	s = open(t, path)
	stored := must[inventory.Stored](t)(s.Inventory(t.Context()))
	same(t, "devices", stored.Devices, []inventory.Device{{ID: "b"}})
	same(t, "IDs that are taken", stored.Gone, []inventory.Gone{{ID: "a"}, {ID: "c"}})
	if sets := must[[]look.FactSet](t)(s.Facts(t.Context(), "b")); len(sets) != 1 || sets[0].Kind != "disk" {
		t.Errorf("facts %+v", sets)
	}
	if lines := must[[]inventory.Entry](t)(s.History(t.Context(), "b", 10, 0)); len(lines) != 1 || lines[0].Number != 2 {
		t.Errorf("history %+v", lines)
	}
	if n := s.Notices(); len(n) != 5 {
		t.Errorf("notices %q", n)
	}
}
