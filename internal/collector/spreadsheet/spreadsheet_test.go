package spreadsheet_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/budi-monitor/budi/internal/collector/spreadsheet"
)

func vilnius(t *testing.T) *time.Location {
	t.Helper()
	return time.FixedZone("EEST", 3*3600)
}

func columns() []spreadsheet.Column {
	return []spreadsheet.Column{{Title: "Kas", Width: 40}, {Title: "Prasidėjo"}, {Title: "Minutės"}}
}

func fill(w spreadsheet.Writer) {
	w.Table("Žurnalas", columns())
	w.Row("Projektorius; 214", time.Date(2026, 9, 1, 4, 30, 5, 0, time.UTC), 12)
	w.Row("=cmd|' /C calc'!A0", time.Time{}, nil)
	w.Table("Trukmės", columns()[:1])
	w.Row("viso 2")
}

func TestTextForLithuanianExcel(t *testing.T) {
	var out bytes.Buffer
	w := spreadsheet.CSV(&out, ';', vilnius(t))
	fill(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := "\uFEFFKas;Prasidėjo;Minutės\r\n\"Projektorius; 214\";2026-09-01 07:30:05;12\r\n'=cmd|' /C calc'!A0;;\r\n\r\nKas\r\nviso 2\r\n"
	if got := out.String(); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\uFEFF")))
	r.Comma, r.FieldsPerRecord = ';', -1
	if rows, err := r.ReadAll(); err != nil || len(rows) < 5 || rows[1][0] != "Projektorius; 214" {
		t.Errorf("it reads back as %q, %v", rows, err)
	}
}

func TestWorkbookIsReadBack(t *testing.T) {
	var out bytes.Buffer
	w := spreadsheet.XLSX(&out, vilnius(t))
	fill(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if diff := cmp.Diff([]string{"Žurnalas", "Trukmės"}, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	rows, err := f.GetRows("Žurnalas")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"Kas", "Prasidėjo", "Minutės"}, {"Projektorius; 214", "2026-09-01 07:30:05", "12"}, {"'=cmd|' /C calc'!A0"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	// A moment is a number to count with, a number is one, a formula is none.
	if kind, _ := f.GetCellType("Žurnalas", "B2"); kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("a moment is of type %v", kind)
	}
	if formula, _ := f.GetCellFormula("Žurnalas", "A3"); formula != "" {
		t.Errorf("the formula %q", formula)
	}
	if second, _ := f.GetRows("Trukmės"); len(second) != 2 || second[1][0] != "viso 2" {
		t.Errorf("the second sheet: %q", second)
	}
}

// broken lets some bytes through.
type broken struct{ left int }

var errBroken = errors.New("the reader went away")

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func TestAReaderWhoGoesAwayEndsIt(t *testing.T) {
	for name, open := range map[string]func(io.Writer) spreadsheet.Writer{
		"csv":  func(w io.Writer) spreadsheet.Writer { return spreadsheet.CSV(w, ',', time.UTC) },
		"xlsx": func(w io.Writer) spreadsheet.Writer { return spreadsheet.XLSX(w, time.UTC) },
	} {
		w := open(&broken{left: 5})
		fill(w)
		if err := w.Close(); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACellOfAnUnknownKindIsAnError(t *testing.T) {
	for _, w := range []spreadsheet.Writer{spreadsheet.CSV(io.Discard, ',', time.UTC), spreadsheet.XLSX(io.Discard, time.UTC)} {
		w.Table("x", columns())
		w.Row(struct{}{})
		if err := w.Close(); err == nil {
			t.Error("no error")
		}
	}
}

func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "a;=b": "a;'=b", "a, -1": "a, '-1", "two\nlines": "two lines", "2026-09-01": "2026-09-01", `";@x`: `";'@x`, "\t=x": "'\t'=x", "": "",
	} {
		if got := spreadsheet.Harmless(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
