// Package pdf writes documents of headings, paragraphs and tables as PDF, for
// whoever prints a report or sends it on. Pages are A4, tables are broken between
// rows with their heads repeated, and letters are those of the Go fonts, which have
// every Latin letter of Europe. It knows nothing of what it writes.
package pdf

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/signintech/gopdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// Type is the type of the files, for Content-Type.
const Type = "application/pdf"

// MaxRows bounds the rows of one table: some two hundred pages.
const MaxRows = 10_000

// maxCell bounds the text of a cell, and maxParagraph that of a paragraph, in
// letters.
const (
	maxCell      = 200
	maxParagraph = 4000
)

// Sizes in points.
const (
	margin   = 42
	foot     = 30 // above the lower edge
	padding  = 3
	fontText = 10
	fontCell = 8.5
	fontHead = 13
	fontTop  = 18
)

// Options of a document.
type Options struct {
	Title  string
	Author string    // who gives it out; empty: not told
	Made   time.Time // told in the file, not on its pages
	Foot   string    // stands at the foot of each page, before its number
	Wide   bool      // pages lie on their side
}

// Column is one column of a table.
type Column struct {
	Title string
	Share float64 // of the width, beside the shares of the others
	Right bool    // set to the right, as numbers are
}

// Document is a document that is being written. After the first error its methods
// do nothing, and WriteTo returns it. It is for one goroutine.
type Document struct {
	pdf    *gopdf.GoPdf
	o      Options
	width  float64 // of a page
	height float64
	pages  int
	err    error
}

// The families of letters.
const (
	regular = "regular"
	bold    = "bold"
)

// New begins a document with its title.
func New(o Options) *Document {
	size := *gopdf.PageSizeA4
	if o.Wide {
		size.W, size.H = size.H, size.W
	}
	d := &Document{pdf: &gopdf.GoPdf{}, o: o, width: size.W, height: size.H}
	d.pdf.Start(gopdf.Config{PageSize: size})
	d.pdf.SetInfo(gopdf.PdfInfo{Title: o.Title, Author: o.Author, Creator: "Budi", Producer: "Budi", CreationDate: o.Made})
	substitute := gopdf.TtfOption{OnGlyphNotFoundSubstitute: func(rune) rune { return '?' }}
	d.try(d.pdf.AddTTFFontDataWithOption(regular, goregular.TTF, substitute))
	d.try(d.pdf.AddTTFFontDataWithOption(bold, gobold.TTF, substitute))
	d.page()
	d.text(bold, fontTop, o.Title)
	return d
}

func (d *Document) try(err error) {
	if d.err == nil && err != nil {
		d.err = fmt.Errorf("write a PDF: %w", err)
	}
}

// page begins a new page.
func (d *Document) page() {
	d.pdf.AddPage()
	d.pages++
	d.font(regular, fontCell)
	d.pdf.SetTextColor(89, 89, 89)
	d.pdf.SetXY(margin, d.height-foot)
	number := strconv.Itoa(d.pages)
	if text := fit(d.o.Foot, maxCell); text != "" {
		number = text + " · " + number
	}
	d.try(d.pdf.Cell(nil, number))
	d.pdf.SetTextColor(0, 0, 0)
	d.pdf.SetXY(margin, margin)
}

func (d *Document) font(family string, size float64) {
	if d.err == nil {
		d.try(d.pdf.SetFont(family, "", size))
	}
}

// room begins a new page unless so much is free on this one.
func (d *Document) room(height float64) {
	if d.pdf.GetY()+height > d.height-foot-10 && d.err == nil {
		d.page()
	}
}

// Heading writes a heading.
func (d *Document) Heading(text string) {
	d.room(4 * fontHead)
	d.pdf.SetY(d.pdf.GetY() + fontHead*0.7)
	d.text(bold, fontHead, text)
}

// Paragraph writes a text.
func (d *Document) Paragraph(text string) { d.text(regular, fontText, text) }

func (d *Document) text(family string, size float64, text string) {
	if d.err != nil {
		return
	}
	d.font(family, size)
	for _, line := range d.lines(fit(text, maxParagraph), d.width-2*margin) {
		d.room(size * 1.4)
		d.font(family, size) // a new page has the foot's
		d.pdf.SetX(margin)
		d.try(d.pdf.Cell(nil, line))
		d.pdf.SetXY(margin, d.pdf.GetY()+size*1.4)
	}
	d.pdf.SetY(d.pdf.GetY() + size*0.4)
}

// lines breaks a text to a width, with the letters in use.
func (d *Document) lines(text string, width float64) []string {
	if d.err != nil || strings.TrimSpace(text) == "" {
		return nil
	}
	lines, err := d.pdf.SplitTextWithWordWrap(text, width)
	d.try(err)
	return lines
}

// fit bounds a text, and keeps control characters out.
func fit(text string, limit int) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?")))
	if len(runes) > limit {
		runes = append(runes[:limit-1], '…')
	}
	return string(runes)
}

// Table writes a table. Rows have a text for each column; more than MaxRows are an
// error, for whoever prints must not believe that a part is the whole.
func (d *Document) Table(columns []Column, rows [][]string) {
	if len(rows) > MaxRows {
		d.try(fmt.Errorf("a table of %d rows; at most %d are written", len(rows), MaxRows))
	}
	if d.err != nil {
		return
	}
	total := 0.0
	for _, c := range columns {
		total += c.Share
	}
	widths := make([]float64, len(columns))
	titles := make([]string, len(columns))
	for i, c := range columns {
		widths[i] = (d.width - 2*margin) * c.Share / total
		titles[i] = c.Title
	}
	head := d.measure(bold, widths, titles)
	d.room(head.height + 3*fontCell)
	d.row(bold, columns, widths, head, true)
	for _, cells := range rows {
		r := d.measure(regular, widths, cells)
		if d.pdf.GetY()+r.height > d.height-foot-10 {
			d.page()
			d.row(bold, columns, widths, head, true)
		}
		d.row(regular, columns, widths, r, false)
	}
	d.pdf.SetXY(margin, d.pdf.GetY()+fontText)
}

// measured is a row, broken into lines.
type measured struct {
	cells  [][]string
	height float64
}

func (d *Document) measure(family string, widths []float64, cells []string) measured {
	d.font(family, fontCell)
	r := measured{cells: make([][]string, len(widths))}
	most := 1
	for i := range widths {
		if i < len(cells) {
			r.cells[i] = d.lines(fit(cells[i], maxCell), widths[i]-2*padding)
		}
		most = max(most, len(r.cells[i]))
	}
	r.height = float64(most)*fontCell*1.3 + 2*padding
	return r
}

func (d *Document) row(family string, columns []Column, widths []float64, r measured, head bool) {
	if d.err != nil {
		return
	}
	d.font(family, fontCell)
	x, y := float64(margin), d.pdf.GetY()
	if head {
		d.pdf.SetFillColor(235, 235, 235)
		d.pdf.RectFromUpperLeftWithStyle(x, y, d.width-2*margin, r.height, "F")
		d.pdf.SetFillColor(0, 0, 0)
	}
	for i, lines := range r.cells {
		for n, line := range lines {
			at := x + padding
			if columns[i].Right {
				wide, err := d.pdf.MeasureTextWidth(line)
				d.try(err)
				at = x + widths[i] - padding - wide
			}
			d.pdf.SetXY(at, y+padding+float64(n)*fontCell*1.3)
			if d.err == nil {
				d.try(d.pdf.Cell(nil, line))
			}
		}
		x += widths[i]
	}
	d.pdf.SetLineWidth(0.4)
	d.pdf.SetStrokeColor(190, 190, 190)
	d.pdf.Line(margin, y+r.height, d.width-margin, y+r.height)
	d.pdf.SetXY(margin, y+r.height)
}

// WriteTo ends the document. It implements io.WriterTo.
func (d *Document) WriteTo(w io.Writer) (int64, error) {
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.pdf.WriteTo(w)
	if err != nil {
		return n, fmt.Errorf("write a PDF: %w", err)
	}
	return n, nil
}
