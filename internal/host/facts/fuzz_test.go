package facts

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// checkItems holds items made of foreign bytes against the limits.
func checkItems(t *testing.T, items []look.Item) {
	t.Helper()
	items, _ = bound(items)
	if len(items) > wire.MaxItems {
		t.Errorf("%d items", len(items))
	}
	keys := map[string]bool{}
	for _, i := range items {
		if keys[i.Key] || len(i.Key) > wire.MaxText || !utf8.ValidString(i.Key) {
			t.Errorf("key %q", i.Key)
		}
		keys[i.Key] = true
		for name, value := range i.Fields {
			if value == "" || len(value) > wire.MaxText || !utf8.ValidString(value) {
				t.Errorf("%s is %q", name, value)
			}
		}
	}
}

func FuzzSMBIOS(f *testing.F) {
	for _, name := range recorded(f, "windows-*.json") {
		if table, err := loadWindows(f, name).api(nil).firmware(); err == nil && len(table) > 8 {
			f.Add(table[8:])
		}
	}
	f.Add([]byte{1, 4, 0, 0, 0, 0, 4, 255, 0, 0})
	f.Fuzz(func(t *testing.T, table []byte) {
		s, err := parseSMBIOS(table)
		if err != nil {
			return
		}
		checkItems(t, append(append(s.cpuItems(), s.memoryItems()...), s.systemItem()))
	})
}

func FuzzEDID(f *testing.F) {
	for _, name := range recorded(f, "windows-*.json") {
		for _, k := range loadWindows(f, name).keys() {
			if b := k.values["edid"].bytes; b != nil {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		items, err := monitorItems([][]byte{b, b})
		if (err == nil) != (len(items) == 2) {
			t.Errorf("%d items, %v", len(items), err)
		}
		checkItems(t, items)
	})
}

func FuzzDpkgStatus(f *testing.F) {
	f.Add([]byte("Package: bash\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n"))
	f.Add([]byte("Package:\nStatus: install ok installed\n x\n\n:\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		items, _ := parseDpkg(bytes.NewReader(b))
		checkItems(t, items)
	})
}

func FuzzText(f *testing.F) {
	f.Add("To be filled by O.E.M.", "a\x00b")
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, s := range []string{clean(a), told(b), clean(a + b)} {
			if len(s) > wire.MaxText || !utf8.ValidString(s) || clean(s) != s || strings.TrimSpace(s) != s {
				t.Errorf("%q", s)
			}
		}
		checkItems(t, []look.Item{{Key: a, Fields: map[string]string{"x": "1"}}, {Key: b, Fields: map[string]string{"x": "1"}}, {Key: b, Fields: map[string]string{"x": "2"}}})
	})
}

func FuzzRPM(f *testing.F) {
	text, err := os.ReadFile("testdata/linux-rocky-rpm.tree")
	if err != nil {
		f.Fatal(err)
	}
	files, err := parseTree(string(text))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(files.MapFS["var/lib/rpm/rpmdb.sqlite"].Data, files.MapFS["var/lib/rpm/rpmdb.sqlite-wal"].Data)
	f.Add([]byte("SQLite format 3\x00"), []byte{})
	f.Fuzz(func(t *testing.T, db, wal []byte) {
		items, err := parseRPM(t.Context(), bytes.NewReader(db), wal)
		if err != nil && items != nil {
			t.Error("half a list")
		}
		checkItems(t, items)
	})
}
