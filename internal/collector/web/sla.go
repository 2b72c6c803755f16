package web

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/pdf"
	"github.com/budi-monitor/budi/internal/collector/sla"
	"github.com/budi-monitor/budi/internal/collector/spreadsheet"
	"github.com/budi-monitor/budi/internal/fleet"
)

// maxSLARows bounds the table of the page; files have every row.
const maxSLARows = 100

func slaDoors() []door {
	return []door{
		get("/sla", access.Viewer, (*server).sla),
		get("/sla.csv", access.Viewer, (*server).slaCSV),
		get("/sla.xlsx", access.Viewer, (*server).slaXLSX),
		get("/sla.pdf", access.Viewer, (*server).slaPDF),
	}
}

// slaBody is what the template gets.
type slaBody struct {
	SLAPage
	Site    string
	Aim     string // as it was typed; empty: none
	Shown   []sla.Row
	Hidden  int
	Lengths []slaLink
	Before  string // addresses
	After   string // empty: it has not begun
	Query   string // for the files
	Missed  int    // rows below the aim
}

// slaLink leads to the report of another length.
type slaLink struct {
	Length  sla.Length
	Address string
	Current bool
}

// slaAsked is what somebody asks for.
type slaAsked struct {
	period sla.Period
	site   string
	aim    float64 // 0 to 1; 0: none
	typed  string
}

// slaOf reads what is asked for. Without a period it is the month before this one:
// the newest that is whole.
func (s *server) slaOf(r *http.Request) (slaAsked, SLAPage, error) {
	q := r.URL.Query()
	a := slaAsked{site: clip(q.Get("site"), fleet.MaxIDLength), typed: strings.TrimSpace(clip(q.Get("aim"), 10))}
	var err error
	if a.period, err = sla.ParsePeriod(clip(q.Get("period"), 10)); err != nil {
		a.period = sla.Of(sla.Month, s.SLA.Today()).Move(-1)
	}
	if n, err := strconv.ParseFloat(strings.Replace(a.typed, ",", ".", 1), 64); err == nil && n > 0 && n <= 100 {
		a.aim = n / 100
	} else {
		a.typed = ""
	}
	page, err := s.SLA.SLA(r.Context(), a.period, a.site)
	if err != nil {
		return a, SLAPage{}, fmt.Errorf("make the report on %s: %w", a.period, err)
	}
	return a, page, nil
}

func (a slaAsked) query(p sla.Period) string {
	q := url.Values{"period": {p.String()}}
	if a.site != "" {
		q.Set("site", a.site)
	}
	if a.typed != "" {
		q.Set("aim", a.typed)
	}
	return "?" + q.Encode()
}

func (s *server) sla(w http.ResponseWriter, r *http.Request) error {
	a, page, err := s.slaOf(r)
	if err != nil {
		return err
	}
	p := s.page(r)
	today := s.SLA.Today()
	b := slaBody{SLAPage: page, Site: a.site, Aim: a.typed, Query: a.query(a.period), Before: "/sla" + a.query(a.period.Move(-1))}
	b.Shown = page.Rows[:min(len(page.Rows), maxSLARows)]
	b.Hidden = len(page.Rows) - len(b.Shown)
	if next := a.period.Move(1); next.First() <= today {
		b.After = "/sla" + a.query(next)
	}
	for _, l := range sla.Lengths() {
		b.Lengths = append(b.Lengths, slaLink{l, "/sla" + a.query(sla.Of(l, min(a.period.Last(), today))), l == a.period.Length})
	}
	for _, row := range page.Rows {
		if ratio, ok := row.Ratio(); ok && !sla.Met(ratio, a.aim) {
			b.Missed++
		}
	}
	p.Title = p.T("web.sla.title", "Period", p.PeriodName(a.period))
	s.render(w, r, http.StatusOK, "sla.html", p, b)
	return nil
}

// PeriodName is a period as people say it.
func (w words) PeriodName(p sla.Period) string {
	switch p.Length {
	case sla.Year:
		return w.T("web.sla.year", "Year", p.Year)
	case sla.Quarter:
		return w.T("web.sla.quarter", "Year", p.Year, "N", p.Number())
	default:
		return w.T("web.sla.month."+strconv.Itoa(p.Number()), "Year", p.Year)
	}
}

// LengthName names a length of periods.
func (w words) LengthName(l sla.Length) string { return w.T("web.sla.length." + string(l)) }

// SLAShare is the share of a row that it was up.
func (w words) SLAShare(s availability.Summary) string {
	ratio, ok := s.Ratio()
	if !ok {
		return w.T("web.availability.not_known")
	}
	return w.Uptime(ratio)
}

// SLATime writes seconds; none is a dash.
func (w words) SLATime(seconds int64) string {
	if seconds == 0 {
		return "–"
	}
	return w.Length(time.Duration(seconds) * time.Second)
}

// SLABadge says whether an aim is met.
func (w words) SLABadge(aim string, s availability.Summary) badge {
	n, err := strconv.ParseFloat(strings.Replace(aim, ",", ".", 1), 64)
	ratio, ok := s.Ratio()
	switch {
	case err != nil || !ok:
		return badge{"unknown", "?", w.T("web.availability.not_known")}
	case !sla.Met(ratio, n/100):
		return badge{"bad", "✕", w.T("web.sla.missed")}
	default:
		return badge{"good", "✓", w.T("web.sla.met")}
	}
}

// SLAPath leads to the page of what a row is about.
func (words) SLAPath(row sla.Row) string {
	if id, ok := row.ID.CheckID(); ok {
		return "/checks/" + id
	}
	return "/devices/" + string(row.ID)
}

// SLADay writes a day.
func (words) SLADay(d availability.Date) string { return d.String() }

func (s *server) slaCSV(w http.ResponseWriter, r *http.Request) error {
	return s.asCSV(w, r, s.slaFile)
}

func (s *server) slaXLSX(w http.ResponseWriter, r *http.Request) error {
	return s.asXLSX(w, r, s.slaFile)
}

// slaName names the file of a report.
func (p *page) slaName(period sla.Period) string {
	return p.T("web.sla.file") + "-" + period.String()
}

// percentCell is a share as a number for a spreadsheet; nil: it is not known.
func percentCell(s availability.Summary) any {
	ratio, ok := s.Ratio()
	if !ok {
		return nil
	}
	return math.Round(ratio*1e5) / 1e3
}

func (s *server) slaFile(w http.ResponseWriter, r *http.Request, p *page, f sheet) error {
	a, report, err := s.slaOf(r)
	if err != nil {
		return err
	}
	out := f.begin(w, p.slaName(a.period))
	columns := []spreadsheet.Column{{Title: p.T("web.sla.what"), Width: 45}, {Title: p.T("web.devices.site"), Width: 25}, {Title: p.T("web.sla.share_percent"), Width: 14}}
	for _, key := range []string{"web.sla.up_minutes", "web.sla.down_minutes", "web.sla.unknown_minutes", "web.sla.maintenance_minutes", "web.sla.down_in_maintenance_minutes", "web.sla.down_days"} {
		columns = append(columns, spreadsheet.Column{Title: p.T(key), Width: 16})
	}
	columns = append(columns, spreadsheet.Column{Title: p.T("web.sla.worst"), Width: 14})
	out.Table(p.PeriodName(a.period), columns)
	minutes := func(seconds int64) int { return int(math.Round(float64(seconds) / 60)) }
	for _, row := range report.Rows {
		var worst any
		if row.DownDays > 0 {
			worst = row.Worst.String()
		}
		out.Row(p.Brief(row.Name), p.Brief(row.Site), percentCell(row.Summary), minutes(row.Up), minutes(row.Down), minutes(row.Unknown), minutes(row.Maintenance),
			minutes(row.InMaintenance.Down), row.DownDays, worst)
	}
	if months := a.period.Months(); len(months) > 1 {
		columns := []spreadsheet.Column{{Title: p.T("web.sla.what"), Width: 45}, {Title: p.T("web.devices.site"), Width: 25}}
		for _, m := range months {
			columns = append(columns, spreadsheet.Column{Title: m.String(), Width: 12})
		}
		out.Table(p.T("web.sla.by_months"), columns)
		for _, row := range report.Rows {
			cells := []any{p.Brief(row.Name), p.Brief(row.Site)}
			for _, m := range row.Months {
				cells = append(cells, percentCell(m))
			}
			out.Row(cells...)
		}
	}
	s.end(r, out)
	return nil
}

// slaPDF is the report for whoever prints it or sends it on.
func (s *server) slaPDF(w http.ResponseWriter, r *http.Request) error {
	return s.book(func() error { return s.slaDocument(w, r) })
}

func (s *server) slaDocument(w http.ResponseWriter, r *http.Request) error {
	a, report, err := s.slaOf(r)
	if err != nil {
		return err
	}
	p := s.page(r)
	institution := p.Brief(s.brand().Institution)
	d := pdf.New(pdf.Options{Title: p.T("web.sla.title", "Period", p.PeriodName(a.period)), Author: institution, Foot: institution, Made: p.now, Wide: true})
	d.Paragraph(p.T("web.sla.explained", "From", report.First().String(), "Until", report.Until.String()))
	if len(report.Rows) == 0 {
		d.Paragraph(p.T("web.sla.none"))
	}
	if s.Demo {
		d.Paragraph(p.T("web.demo.title"))
	}
	columns := []pdf.Column{{Title: p.T("web.sla.what"), Share: 6}, {Title: p.T("web.devices.site"), Share: 3}}
	for _, key := range []string{"web.sla.share", "web.sla.down", "web.sla.unknown", "web.sla.maintenance", "web.sla.down_days"} {
		columns = append(columns, pdf.Column{Title: p.T(key), Share: 2.4, Right: true})
	}
	columns = append(columns, pdf.Column{Title: p.T("web.sla.worst"), Share: 2.4, Right: true})
	if a.aim > 0 {
		columns = append(columns, pdf.Column{Title: p.T("web.sla.aim", "Percent", a.typed), Share: 2.4})
	}
	var rows [][]string
	for _, row := range report.Rows {
		worst := "–"
		if row.DownDays > 0 {
			worst = row.Worst.String()
		}
		rows = append(rows, []string{
			p.Brief(row.Name), p.Brief(row.Site), p.SLAShare(row.Summary), p.SLATime(row.Down), p.SLATime(row.Unknown), p.SLATime(row.Maintenance), strconv.Itoa(row.DownDays), worst,
			p.SLABadge(a.typed, row.Summary).Word,
		}[:len(columns)])
	}
	if len(rows) > 0 {
		d.Table(columns, rows)
	}
	if months := a.period.Months(); len(months) > 1 && len(report.Rows) > 0 {
		d.Heading(p.T("web.sla.by_months"))
		columns, rows := []pdf.Column{{Title: p.T("web.sla.what"), Share: 5}}, [][]string(nil)
		for _, m := range months {
			columns = append(columns, pdf.Column{Title: m.String(), Share: 1.5, Right: true})
		}
		for _, row := range report.Rows {
			cells := []string{p.Brief(row.Name)}
			for _, m := range row.Months {
				if ratio, ok := m.Ratio(); ok {
					cells = append(cells, p.Uptime(ratio))
				} else {
					cells = append(cells, "–")
				}
			}
			rows = append(rows, cells)
		}
		d.Table(columns, rows)
	}
	d.Paragraph(p.T("web.sla.made", "Time", p.Time(p.now)))
	var file bytes.Buffer
	if _, err := d.WriteTo(&file); err != nil {
		return fmt.Errorf("make the report on %s as PDF: %w", a.period, err)
	}
	w.Header().Set("Content-Type", pdf.Type)
	w.Header().Set("Content-Disposition", attachment(p.slaName(a.period), "pdf"))
	_, _ = w.Write(file.Bytes()) // whoever went away needs no answer
	return nil
}
