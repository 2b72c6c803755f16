package csvfile_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/budi-monitor/budi/internal/collector/csvfile"
	"github.com/budi-monitor/budi/internal/i18n"
)

func columns() []csvfile.Column {
	return []csvfile.Column{
		{Name: "id", Titles: []string{"identifikatorius"}, Needed: true},
		{Name: "name", Titles: []string{"pavadinimas"}},
		{Name: "room", Titles: []string{"kabinetas", "kabineto nr."}},
	}
}

func row(line int, cells ...string) csvfile.Row {
	r := csvfile.Row{Line: line, Cells: map[string]string{}}
	for i := 0; i+1 < len(cells); i += 2 {
		r.Cells[cells[i]] = cells[i+1]
	}
	return r
}

// encoded writes a text as Windows' programs do.
func encoded(t testing.TB, how, text string) []byte {
	t.Helper()
	var out string
	var err error
	switch how {
	case "utf8":
		out = text
	case "utf8 with BOM":
		out = "\ufeff" + text
	case "utf16 little":
		out, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	case "utf16 big":
		out, err = unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(text)
	case "utf16 little without BOM":
		out, err = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(text)
	case "utf16 big without BOM":
		out, err = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(text)
	case "windows-1257":
		out, err = charmap.Windows1257.NewEncoder().String(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return []byte(out)
}

func TestEveryWayInWhichSpreadsheetsWrite(t *testing.T) {
	const text = "Identifikatorius;PAVADINIMAS;Kabineto Nr\r\n007;Žąsų ežeras;214\r\n\r\n;;\r\n8;\"Su ; ir \"\"kabutėm\"\"\";\r\n"
	want := csvfile.Table{Columns: []string{"id", "name", "room"}, Rows: []csvfile.Row{
		row(2, "id", "007", "name", "Žąsų ežeras", "room", "214"), row(5, "id", "8", "name", `Su ; ir "kabutėm"`, "room", ""),
	}}
	for _, how := range []string{"utf8", "utf8 with BOM", "utf16 little", "utf16 big", "utf16 little without BOM", "utf16 big without BOM", "windows-1257"} {
		got, err := csvfile.Read(encoded(t, how, text), columns())
		if err != nil {
			t.Errorf("%s: %v", how, err)
			continue
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", how, d)
		}
	}
}

func TestSeparatorsAndColumns(t *testing.T) {
	want := []csvfile.Row{row(2, "id", "a", "name", "b, c;d")}
	for name, text := range map[string]string{
		"semicolons":          "id;name\na;\"b, c;d\"\n",
		"commas":              "id,name\na,\"b, c;d\"\n",
		"tabs, as pasted":     "id\tname\na\tb, c;d\n",
		"another order":       "name;id\n\"b, c;d\";a",
		"the end of old Macs": "id;name\ra;\"b, c;d\"\r",
		"blanks and capitals": " ID ; NAME \n a ; b, c;d ",
	} {
		if name == "blanks and capitals" {
			text = " ID \t NAME \n a \t b, c;d "
		}
		got, err := csvfile.Read([]byte(text), columns())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(want, got.Rows); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	got, err := csvfile.Read([]byte("sep=,\nid,name,kaina,\na,b,5,x,y\n"), columns())
	if d := cmp.Diff(csvfile.Table{Columns: []string{"id", "name"}, Unknown: []string{"kaina"}, Rows: []csvfile.Row{row(3, "id", "a", "name", "b")}}, got); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
}

func TestWhatCannotBeReadIsTold(t *testing.T) {
	catalogue, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range i18n.Languages() {
		for _, code := range csvfile.Codes() {
			if key := (&csvfile.Error{Code: code}).Key(); !catalogue.Has(lang, key) {
				t.Errorf("%s: %s is missing", lang, key)
			}
		}
	}
	for name, tc := range map[string]struct{ text, want string }{
		"nothing":               {" \r\n", csvfile.CodeEmpty},
		"titles only":           {"id;name\n", csvfile.CodeEmpty},
		"a workbook":            {"PK\x03\x04…", csvfile.CodeBook},
		"an old workbook":       {"\xd0\xcf\x11\xe0…", csvfile.CodeBook},
		"no text":               {"id;name\n\x00\x01;b", csvfile.CodeBinary},
		"no titles":             {"a;b\nc;d\n", csvfile.CodeTitles},
		"a column twice":        {"id;ID\na;b\n", csvfile.CodeTwice},
		"an open quotation":     {"id;name\na;\"b\n", csvfile.CodeQuote},
		"a quotation in a cell": {"id;name\na;b\"c\n", csvfile.CodeQuote},
		"a long cell":           {"id\n" + strings.Repeat("x", csvfile.MaxCell+1), csvfile.CodeCell},
		"many rows":             {"id\n" + strings.Repeat("x\n", csvfile.MaxRows+1), csvfile.CodeRows},
		"a large file":          {strings.Repeat("x", csvfile.MaxBytes+1), csvfile.CodeSize},
	} {
		_, err := csvfile.Read([]byte(tc.text), columns())
		var wrong *csvfile.Error
		if !errors.As(err, &wrong) || wrong.Code != tc.want {
			t.Errorf("%s: got %v, want %s", name, err, tc.want)
		}
	}
	_, err = csvfile.Read([]byte("id;name\na;b\nc;\"d\" e\n"), columns())
	var wrong *csvfile.Error
	if !errors.As(err, &wrong) || wrong.Args["Line"] != 3 {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, how := range []string{"utf8", "utf8 with BOM", "utf16 little", "utf16 big", "windows-1257"} {
		f.Add(encoded(f, how, "id;pavadinimas\nž;\"ą\"\"\"\n"))
	}
	f.Add([]byte("sep=,\nid,x\n,\n"))
	f.Add([]byte("\"id\"\n\"a\nb\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := csvfile.Read(data, columns())
		var wrong *csvfile.Error
		if err != nil && !errors.As(err, &wrong) {
			t.Errorf("an error that says nothing: %v", err)
		}
		if err == nil && len(table.Rows) == 0 {
			t.Error("nothing was read and nothing is wrong")
		}
		last := 1
		for _, r := range table.Rows {
			if r.Line <= last {
				t.Errorf("line %d comes after %d", r.Line, last)
			}
			last = r.Line
			for name, cell := range r.Cells {
				if !utf8.ValidString(cell) || strings.TrimSpace(cell) != cell || len(cell) > 2*csvfile.MaxCell {
					t.Errorf("%s: %q", name, cell)
				}
			}
		}
	})
}
