// Package spreadsheet writes tables that people open in Excel or LibreOffice:
// as text with separators (CSV) and as a workbook (XLSX). Rows are written as
// they come, so that a long table needs little memory. No cell becomes a
// formula, whatever is in it.
package spreadsheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// Types of the files, for Content-Type.
const (
	TypeCSV  = "text/csv; charset=utf-8"
	TypeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// Column is one column of a table.
type Column struct {
	Title string
	Width int // in characters; 0: as wide as programs make it
}

// Writer writes tables, one after another. After the first error it does
// nothing more, and Close returns that error. It is for one goroutine.
type Writer interface {
	// Table begins a table. A workbook has a sheet for each, of that name; text
	// has an empty line between them.
	Table(name string, columns []Column)

	// Row writes a row of the table. A cell is a string, an int, a float64, a
	// time.Time (zero: an empty cell) or nil (an empty cell). In text a float64 has a
	// decimal comma where ";" stands between columns.
	Row(cells ...any)

	// Flush sends what was written so far, where the form of the file lets it.
	Flush() error

	// Close ends the file; w stays open. Whoever gives up calls it too.
	Close() error
}

// CSV writes text. Excel wants ";" between columns where the comma is the
// decimal mark, and a mark at the beginning that says that it is UTF-8.
func CSV(w io.Writer, comma rune, loc *time.Location) Writer {
	out := &text{w: csv.NewWriter(w), loc: loc, point: "."}
	if comma == ';' {
		out.point = ","
	}
	out.w.UseCRLF = true
	out.w.Comma = comma
	_, out.err = io.WriteString(w, "\uFEFF")
	return out
}

type text struct {
	w     *csv.Writer
	loc   *time.Location
	point string // before decimals
	begun bool
	err   error
}

func (t *text) Table(_ string, columns []Column) {
	if t.begun {
		t.write([]string{""})
	}
	t.begun = true
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.Title
	}
	t.write(titles)
}

func (t *text) Row(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case string:
			row[i] = Harmless(c)
		case int:
			row[i] = strconv.Itoa(c)
		case float64:
			row[i] = strings.Replace(strconv.FormatFloat(c, 'f', -1, 64), ".", t.point, 1)
		case time.Time:
			if !c.IsZero() {
				row[i] = c.In(t.loc).Format(time.DateTime) // sorts as text
			}
		case nil:
		default:
			t.err = errors.Join(t.err, errCell(c))
		}
	}
	t.write(row)
}

func (t *text) write(row []string) {
	if t.err == nil {
		t.err = t.w.Write(row)
	}
}

func (t *text) Flush() error {
	if t.w.Flush(); t.err == nil {
		t.err = t.w.Error()
	}
	return t.err
}

func (t *text) Close() error {
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write a table as text: %w", err)
	}
	return nil
}

func errCell(c any) error { return fmt.Errorf("a cell cannot be a %T", c) }

// XLSX writes a workbook. Nothing reaches w before Close: the end of the file
// says where its parts are. Rows beyond some megabytes wait in a temporary file.
func XLSX(w io.Writer, loc *time.Location) Writer {
	out := &book{w: w, loc: loc, file: excelize.NewFile()}
	format := "yyyy-mm-dd hh:mm:ss"
	out.moment, out.err = out.file.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if out.err == nil {
		out.title, out.err = out.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	}
	return out
}

type book struct {
	w             io.Writer
	loc           *time.Location
	file          *excelize.File
	sheet         *excelize.StreamWriter
	sheets, row   int
	moment, title int // styles
	err           error
}

// defaultSheet is what a new workbook begins with.
const defaultSheet = "Sheet1"

func (b *book) Table(name string, columns []Column) {
	b.end()
	if b.err != nil {
		return
	}
	if b.sheets++; b.sheets == 1 {
		b.err = b.file.SetSheetName(defaultSheet, name)
	} else {
		_, b.err = b.file.NewSheet(name)
	}
	if b.err == nil {
		b.sheet, b.err = b.file.NewStreamWriter(name)
	}
	if b.err != nil {
		return
	}
	cells := make([]any, len(columns))
	for i, c := range columns {
		cells[i] = excelize.Cell{StyleID: b.title, Value: c.Title}
		if c.Width > 0 && b.err == nil {
			b.err = b.sheet.SetColWidth(i+1, i+1, float64(c.Width))
		}
	}
	if b.err == nil {
		b.err = b.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	}
	b.row = 0
	b.write(cells)
}

func (b *book) Row(cells ...any) {
	row := make([]any, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case string:
			row[i] = Harmless(c) // it is saved as text again, sooner or later
		case int, float64:
			row[i] = c
		case time.Time:
			if !c.IsZero() {
				row[i] = excelize.Cell{StyleID: b.moment, Value: c.In(b.loc)}
			}
		case nil:
		default:
			b.err = errors.Join(b.err, errCell(c))
		}
	}
	b.write(row)
}

func (b *book) write(cells []any) {
	if b.err != nil || b.sheet == nil {
		return
	}
	b.row++
	var at string
	if at, b.err = excelize.CoordinatesToCellName(1, b.row); b.err == nil {
		b.err = b.sheet.SetRow(at, cells)
	}
}

// end finishes the sheet that is being written.
func (b *book) end() {
	if b.sheet != nil && b.err == nil {
		b.err = b.sheet.Flush()
	}
	b.sheet = nil
}

func (b *book) Flush() error { return b.err }

func (b *book) Close() error {
	b.end()
	if b.err == nil {
		_, b.err = b.file.WriteTo(b.w)
	}
	if err := errors.Join(b.err, b.file.Close()); err != nil { // Close removes temporary files
		return fmt.Errorf("write a workbook: %w", err)
	}
	return nil
}

// Harmless keeps a spreadsheet program from taking a text for a formula: one
// that takes another sign for the separator begins a cell in the middle of ours.
func Harmless(cell string) string {
	const separators, formulas = ",;\t", "=+-@"
	cell = strings.NewReplacer("\n", " ", "\r", " ").Replace(cell)
	var b strings.Builder
	begins := true
	for _, r := range cell {
		if begins && strings.ContainsRune(formulas, r) || b.Len() == 0 && r == '\t' {
			b.WriteByte('\'')
		}
		b.WriteRune(r)
		// Quotation marks and blanks before it change nothing.
		begins = strings.ContainsRune(separators, r) || begins && (r == ' ' || r == '"')
	}
	return b.String()
}
