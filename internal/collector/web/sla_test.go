package web_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/sla"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
)

// answering stands for what is kept of how long things answered: as many checks,
// on each day of the years 2025 and 2026.
type answering struct{ checks int }

func (a answering) Today() availability.Date { return availability.DateOf(now) }

func (a answering) SLA(_ context.Context, p sla.Period, site string) (web.SLAPage, error) {
	subjects := []sla.Subject{{ID: "serveris", Name: "Serveris", Site: "Mokykla", Kind: web.SLADevice}}
	for i := range a.checks {
		subjects = append(subjects, sla.Subject{ID: topology.Check(fmt.Sprintf("c-%d", i)), Name: fmt.Sprintf("=Svetainė %d %s", i, hostile), Site: "Filialas <b>", Kind: web.SLACheck})
	}
	r, err := sla.Build(p, a.Today(), subjects, func(id topology.ID, from, to availability.Date) ([]availability.Day, error) {
		var out []availability.Day
		for d := from; d <= to; d++ {
			day := availability.Day{Date: d, Seconds: availability.Seconds{Up: 86_400}}
			switch {
			case id == "serveris":
				day.Seconds = availability.Seconds{Unknown: 86_400}
			case d%10 == 0:
				day.Seconds = availability.Seconds{Up: 80_000, Down: 4_400}
				day.Maintenance = availability.Seconds{Down: 2_000}
			}
			out = append(out, day)
		}
		return out, nil
	})
	return web.SLAPage{Report: r, Sites: []web.Site{{ID: "mokykla", Name: "Mokykla"}, {ID: "filialas", Name: "Filialas <b>"}}}, err
}

func TestPagesOfAvailabilityReports(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for name, tc := range map[string]struct {
			target string
			checks int
		}{
			"sla":         {"/sla", 2},
			"sla-quarter": {"/sla?period=2026-Q2&aim=99,9&site=filialas", 1},
			"sla-none":    {"/sla?period=2027", 1},
		} {
			c := newConsole(t, func(o *web.Options) { o.SLA = answering{tc.checks} })
			got := text(t, c.ask(tc.target, c.session(access.Viewer, lang), nil))
			golden(t, name+"."+string(lang), got)
			harmless(t, got)
		}
	}
}

func TestALongReportIsNoLongPage(t *testing.T) {
	c := newConsole(t, func(o *web.Options) { o.SLA = answering{400} })
	session := c.session(access.Viewer, i18n.Lithuanian)
	if got := text(t, c.ask("/sla?aim=99.9", session, nil)); len(got) >= 100_000 || !strings.Contains(got, "Dar 301 yra failuose") {
		t.Errorf("the page has %d bytes", len(got))
	}
	if rows := strings.Count(text(t, c.ask("/sla.csv", session, nil)), "\n"); rows != 402 {
		t.Errorf("the file has %d lines", rows)
	}
}

func TestAvailabilityReportsAsFiles(t *testing.T) {
	c := newConsole(t, func(o *web.Options) { o.SLA = answering{1} })
	session := c.session(access.Viewer, i18n.Lithuanian)
	ask := func(target string) (*http.Response, []byte) {
		resp := c.ask(target, session, nil)
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", target, resp.StatusCode, err)
		}
		return resp, body
	}
	_, csv := ask("/sla.csv?period=2026-Q2")
	for _, want := range []string{"Kas;Vieta;Prieinamumas, %", "99,495;130080;660;0;300;300;9;2026-04-07", "Serveris;Mokykla;;0;0;131040;0;0;0;\r\n", "2026-04;2026-05;2026-06"} {
		if !strings.Contains(string(csv), want) {
			t.Errorf("%q is missing in %s", want, csv)
		}
	}
	if strings.Contains(string(csv), "\n=") || strings.Contains(string(csv), "\"=") {
		t.Errorf("a spreadsheet would run it: %s", csv)
	}
	_, file := ask("/sla.xlsx?period=2026-Q2")
	book, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if sheets := book.GetSheetList(); len(sheets) != 2 || sheets[1] != "Pagal mėnesius" {
		t.Errorf("sheets %q", sheets)
	}
	if share, err := book.GetCellValue(book.GetSheetList()[0], "C2"); err != nil || share != "99.495" {
		t.Errorf("the share is %q, %v", share, err)
	}
	resp, document := ask("/sla.pdf?period=2026-Q2&aim=99.9")
	if !bytes.HasPrefix(document, []byte("%PDF-")) || resp.Header.Get("Content-Type") != "application/pdf" || !strings.Contains(resp.Header.Get("Content-Disposition"), "prieinamumas-2026-Q2.pdf") {
		t.Errorf("%v, %.20q", resp.Header, document)
	}
}
