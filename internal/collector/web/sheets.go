package web

import (
	"net/http"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/spreadsheet"
	"github.com/budi-monitor/budi/internal/i18n"
)

// maxBooks bounds the workbooks and documents that are made at once: each is in
// memory until it is whole.
const maxBooks = 2

// sheet is a file for spreadsheet programs that is about to be written.
type sheet struct {
	contentType, ending string
	open                func() spreadsheet.Writer
}

// begin says what the file is and opens it. What can fail before the first byte
// must have been done by then, for it fails as a page. name is without ending.
func (f sheet) begin(w http.ResponseWriter, name string) spreadsheet.Writer {
	w.Header().Set("Content-Type", f.contentType)
	w.Header().Set("Content-Disposition", attachment(name, f.ending))
	return f.open()
}

func attachment(name, ending string) string {
	return `attachment; filename="` + name + "." + ending + `"`
}

// dated is the name of a file of today.
func (p *page) dated(key string) string {
	return p.T(key) + "-" + p.now.In(p.loc).Format(time.DateOnly)
}

// sheetFile writes a file for spreadsheet programs.
type sheetFile func(w http.ResponseWriter, r *http.Request, p *page, f sheet) error

// asCSV gives a file as text, as spreadsheet programs of the reader's country
// want it.
func (s *server) asCSV(w http.ResponseWriter, r *http.Request, file sheetFile) error {
	p, comma := s.page(r), ','
	if p.Lang == i18n.Lithuanian {
		comma = ';'
	}
	return file(w, r, p, sheet{spreadsheet.TypeCSV, "csv", func() spreadsheet.Writer { return spreadsheet.CSV(w, comma, p.loc) }})
}

// asXLSX gives it as a workbook.
func (s *server) asXLSX(w http.ResponseWriter, r *http.Request, file sheetFile) error {
	return s.book(func() error {
		p := s.page(r)
		return file(w, r, p, sheet{spreadsheet.TypeXLSX, "xlsx", func() spreadsheet.Writer { return spreadsheet.XLSX(w, p.loc) }})
	})
}

// book makes something that is in memory until it is whole; access.ErrBusy when
// too many are being made.
func (s *server) book(do func() error) error {
	select {
	case s.books <- struct{}{}:
		defer func() { <-s.books }()
		return do()
	default:
		return access.ErrBusy
	}
}

// end ends a file. The answer has begun: nothing can be told in a page any more.
func (s *server) end(r *http.Request, out spreadsheet.Writer) {
	if err := out.Close(); err != nil && r.Context().Err() == nil {
		s.log.Debug("send a file", "path", r.URL.Path, "err", err) // whoever went away needs no answer
	}
}
