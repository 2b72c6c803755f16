package pdf_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/pdf"
)

func document(t *testing.T, o pdf.Options, write func(*pdf.Document)) []byte {
	t.Helper()
	d := pdf.New(o)
	write(d)
	var out bytes.Buffer
	if _, err := d.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// pageCount reads how many pages a document has from its tree of pages.
func pageCount(t *testing.T, file []byte) string {
	t.Helper()
	m := regexp.MustCompile(`/Count (\d+)`).FindSubmatch(file)
	if m == nil {
		t.Fatal("there is no tree of pages")
	}
	return string(m[1])
}

func TestALongTableGoesOnOverPages(t *testing.T) {
	columns := []pdf.Column{{Title: "Kas", Share: 3}, {Title: "Kiek", Share: 1, Right: true}}
	rows := make([][]string, 100)
	for i := range rows {
		rows[i] = []string{fmt.Sprintf("Įstaigos Nr. %d svetainė ąčęėįšųūž", i), "99,95 %"}
	}
	short := document(t, pdf.Options{Title: "Ataskaita"}, func(d *pdf.Document) { d.Table(columns, rows[:3]) })
	long := document(t, pdf.Options{Title: "Ataskaita", Author: "Mokykla", Made: time.Now(), Foot: "Mokykla", Wide: true}, func(d *pdf.Document) {
		d.Heading("Visos")
		d.Paragraph(strings.Repeat("Ilgas tekstas apie tai, kas čia skaičiuojama. ", 30))
		d.Table(columns, rows)
	})
	if !bytes.HasPrefix(short, []byte("%PDF-")) || !bytes.Contains(short, []byte("%%EOF")) {
		t.Error("this is no PDF")
	}
	if a, b := pageCount(t, short), pageCount(t, long); a != "1" || b != "4" {
		t.Errorf("the short one has %s pages, the long one %s", a, b)
	}
}

// Names come from people and devices: whatever they are, there is a document.
func TestAnyTextIsWritten(t *testing.T) {
	for _, text := range []string{"", " ", "\x00\x01\n\t", "\xff\xfe", "漢字 العربية 🎉", strings.Repeat("ilgasžodis", 2000), strings.Repeat("a b ", 5000), "(x) \\ %"} {
		file := document(t, pdf.Options{Title: text, Author: text, Foot: text}, func(d *pdf.Document) {
			d.Heading(text)
			d.Paragraph(text)
			d.Table([]pdf.Column{{Title: text, Share: 1}, {Title: "x", Share: 20}}, [][]string{{text, text}, {text}, nil})
		})
		if len(file) < 1000 {
			t.Errorf("of %.20q came %d bytes", text, len(file))
		}
	}
}

func TestATableThatIsTooLongIsRefused(t *testing.T) {
	d := pdf.New(pdf.Options{Title: "x"})
	d.Table([]pdf.Column{{Title: "x", Share: 1}}, make([][]string, pdf.MaxRows+1))
	if n, err := d.WriteTo(&bytes.Buffer{}); err == nil || n != 0 {
		t.Errorf("%d bytes, %v", n, err)
	}
}
