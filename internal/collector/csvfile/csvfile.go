// Package csvfile reads the lists that people keep in spreadsheets: whatever
// stands between the columns (semicolon, comma, tab), whatever the letters are
// written in (UTF-8, UTF-16, windows-1257), with the columns in any order and
// their titles in English or Lithuanian. It gives rows of texts, each with its
// line; what they mean is the caller's business. It reads no files itself and
// what it reads is bounded.
package csvfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	xunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"
)

// Bounds of what is read.
const (
	MaxBytes = 2_000_000
	MaxRows  = 10_000 // without the titles
	MaxCell  = 5_000  // bytes of one cell
	maxWidth = 200    // columns
)

// Column is one that the caller knows.
type Column struct {
	Name   string   // in Row.Cells
	Titles []string // besides Name; letter case, accents and signs do not count
	Needed bool     // the file must have it
}

// Table is what a file holds.
type Table struct {
	Columns []string // names of those columns that the file has, in its order
	Unknown []string // titles of columns that the caller does not know; they are left out
	Rows    []Row
}

// Row is one line below the titles. Lines without anything in them are left out.
type Row struct {
	Line  int               // of the file, from 1
	Cells map[string]string // by Column.Name, trimmed; of the columns that the file has
}

// The codes of an Error.
const (
	CodeEmpty   = "empty"  // there is nothing, or nothing below the titles
	CodeSize    = "size"   // Max: bytes
	CodeRows    = "rows"   // Max
	CodeCell    = "cell"   // Line, Max: bytes
	CodeBook    = "book"   // it is a workbook, not a CSV file
	CodeBinary  = "binary" // it is no text
	CodeTitles  = "titles" // Missing: names of columns
	CodeTwice   = "twice"  // Title: of a column that is there twice
	CodeQuote   = "quote"  // Line: a quotation mark is in a wrong place
	codePrefix  = "csv.invalid."
	newlineBOM  = "\ufeff"
	separators  = ";\t,"
	separatorIs = "sep=" // Excel's own first line
)

// Error says why a file cannot be read. Its Key names a sentence in both
// languages, whose places Args fills.
type Error struct {
	Code string
	Args map[string]any
}

// Error names the code; people are told in their language.
func (e *Error) Error() string { return fmt.Sprintf("read the list: %s %v", e.Code, e.Args) }

// Key is that of the sentence.
func (e *Error) Key() string { return codePrefix + e.Code }

// Codes lists every code of an Error.
func Codes() []string {
	return []string{CodeEmpty, CodeSize, CodeRows, CodeCell, CodeBook, CodeBinary, CodeTitles, CodeTwice, CodeQuote}
}

func wrong(code string, args ...any) error {
	e := &Error{Code: code, Args: map[string]any{}}
	for i := 0; i+1 < len(args); i += 2 {
		e.Args[fmt.Sprint(args[i])] = args[i+1]
	}
	return e
}

// Read reads a list. The error is an *Error.
func Read(data []byte, columns []Column) (Table, error) {
	if len(data) > MaxBytes {
		return Table{}, wrong(CodeSize, "Max", MaxBytes)
	}
	text, err := decode(data)
	if err != nil {
		return Table{}, err
	}
	text, comma, skipped := separator(text)
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = comma, -1, true
	var t Table
	var names []string // of each column; "" of those that are not known
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			var parse *csv.ParseError
			if errors.As(err, &parse) {
				return Table{}, wrong(CodeQuote, "Line", parse.Line+skipped)
			}
			return Table{}, wrong(CodeBinary)
		}
		line, _ := r.FieldPos(0)
		line += skipped
		if !slices.ContainsFunc(record, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			continue
		}
		if i := slices.IndexFunc(record, func(cell string) bool { return len(cell) > MaxCell }); i >= 0 || len(record) > maxWidth {
			return Table{}, wrong(CodeCell, "Line", line, "Max", MaxCell)
		}
		if names == nil {
			if names, err = t.titles(record, columns); err != nil {
				return Table{}, err
			}
			continue
		}
		if len(t.Rows) >= MaxRows {
			return Table{}, wrong(CodeRows, "Max", MaxRows)
		}
		row := Row{Line: line, Cells: make(map[string]string, len(t.Columns))}
		for _, name := range t.Columns {
			row.Cells[name] = ""
		}
		for i, cell := range record[:min(len(record), len(names))] {
			if names[i] != "" {
				row.Cells[names[i]] = strings.TrimSpace(strings.ToValidUTF8(cell, "\ufffd"))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) == 0 {
		return Table{}, wrong(CodeEmpty)
	}
	return t, nil
}

// titles finds out which column is which.
func (t *Table) titles(record []string, columns []Column) ([]string, error) {
	names := make([]string, len(record))
	for i, title := range record {
		at := slices.IndexFunc(columns, func(c Column) bool {
			return same(title, c.Name) || slices.ContainsFunc(c.Titles, func(known string) bool { return same(title, known) })
		})
		switch {
		case at < 0 && strings.TrimSpace(title) != "":
			t.Unknown = append(t.Unknown, strings.TrimSpace(strings.ToValidUTF8(title, "\ufffd")))
		case at < 0:
		case slices.Contains(names, columns[at].Name):
			return nil, wrong(CodeTwice, "Title", strings.TrimSpace(title))
		default:
			names[i] = columns[at].Name
			t.Columns = append(t.Columns, columns[at].Name)
		}
	}
	var missing []string
	for _, c := range columns {
		if c.Needed && !slices.Contains(names, c.Name) {
			missing = append(missing, c.Name)
		}
	}
	if len(missing) > 0 {
		return nil, wrong(CodeTitles, "Missing", strings.Join(missing, ", "))
	}
	return names, nil
}

// same compares two titles by their letters and digits.
func same(a, b string) bool { return bare(a) == bare(b) }

func bare(title string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1 // accents too: NFD sets them apart
	}, norm.NFD.String(strings.ToLower(title)))
}

// decode makes text of bytes.
func decode(data []byte) (string, error) {
	utf16 := func(endian xunicode.Endianness) encoding.Encoding { return xunicode.UTF16(endian, xunicode.IgnoreBOM) }
	var from encoding.Encoding
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return "", wrong(CodeEmpty)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return "", wrong(CodeBook)
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		from, data = utf16(xunicode.LittleEndian), data[2:]
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		from, data = utf16(xunicode.BigEndian), data[2:]
	case len(data) >= 4 && data[0] != 0 && data[1] == 0 && data[3] == 0:
		from = utf16(xunicode.LittleEndian) // titles begin with two letters of ASCII
	case len(data) >= 4 && data[0] == 0 && data[1] != 0 && data[2] == 0:
		from = utf16(xunicode.BigEndian)
	case !utf8.Valid(data):
		from = charmap.Windows1257
	}
	text := string(data)
	if from != nil {
		var err error
		if text, err = from.NewDecoder().String(text); err != nil {
			return "", wrong(CodeBinary)
		}
	}
	text = strings.TrimPrefix(text, newlineBOM)
	if strings.ContainsRune(text, 0) {
		return "", wrong(CodeBinary)
	}
	// Old spreadsheets of a Mac end lines so.
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return text, nil
}

// separator finds out what stands between the columns: what Excel's first line
// says, or what is most often in the titles. skipped is how many lines it took.
func separator(text string) (rest string, comma rune, skipped int) {
	first, rest, _ := strings.Cut(text, "\n")
	first = strings.TrimRight(first, "\r")
	if len(first) == len(separatorIs)+1 && strings.EqualFold(first[:len(separatorIs)], separatorIs) && strings.Contains(separators, first[len(separatorIs):]) {
		return rest, rune(first[len(separatorIs)]), 1
	}
	comma = rune(separators[0])
	titles := strings.TrimLeft(text, "\r\n")
	titles, _, _ = strings.Cut(titles, "\n")
	for _, candidate := range separators {
		if strings.Count(titles, string(candidate)) > strings.Count(titles, string(comma)) {
			comma = candidate
		}
	}
	return text, comma, 0
}

// Places fills the sentence.
func (e *Error) Places() map[string]any { return e.Args }
