package web

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/spreadsheet"
	"github.com/budi-monitor/budi/internal/fleet"
)

// Bounds of the page; a file has everything.
const (
	maxOrderLines = 60
	maxOrderFor   = 8
)

// orderDoors are the routes of the list of what is to be ordered.
func orderDoors() []door {
	return []door{
		get("/supplies", access.Viewer, (*server).orders),
		get("/supplies.csv", access.Viewer, (*server).ordersCSV),
		get("/supplies.xlsx", access.Viewer, (*server).ordersXLSX),
	}
}

// ordersBody is what the template gets.
type ordersBody struct {
	OrdersPage
	Site   string
	Pieces int
	Hidden int    // lines that found no room
	Query  string // for the files
}

func (s *server) ordersOf(r *http.Request) (OrdersPage, string, error) {
	site := clip(r.URL.Query().Get("site"), fleet.MaxIDLength)
	page, err := s.Orders.Orders(r.Context(), site)
	if err != nil {
		return OrdersPage{}, "", fmt.Errorf("list what is to be ordered: %w", err)
	}
	return page, site, nil
}

func (s *server) orders(w http.ResponseWriter, r *http.Request) error {
	page, site, err := s.ordersOf(r)
	if err != nil {
		return err
	}
	p := s.page(r)
	p.Title = p.T("web.page.supplies")
	b := ordersBody{OrdersPage: page, Site: site}
	for _, l := range page.Lines {
		b.Pieces += len(l.For)
	}
	b.Lines = page.Lines[:min(len(page.Lines), maxOrderLines)]
	b.Hidden = len(page.Lines) - len(b.Lines)
	if site != "" {
		b.Query = "?" + url.Values{"site": {site}}.Encode()
	}
	s.render(w, r, http.StatusOK, "supplies.html", p, b)
	return nil
}

// OrderFor are those printers of a line that a page has room for.
func (words) OrderFor(l OrderLine) []OrderFor { return l.For[:min(len(l.For), maxOrderFor)] }

// OrderMore counts the others.
func (w words) OrderMore(l OrderLine) string {
	if n := len(l.For) - maxOrderFor; n > 0 {
		return w.N("web.port.more", n)
	}
	return ""
}

// OrderWhen says when the first of a line is used up.
func (w words) OrderWhen(f OrderFor) string {
	switch {
	case f.Percent != nil && *f.Percent <= 0:
		return w.T("web.supply.empty")
	case f.Days != nil:
		return w.DaysLeft(*f.Days)
	case f.Percent != nil:
		return w.T("web.supply.left", "Percent", w.Percent(*f.Percent/100))
	default:
		return w.T("web.supply.unknown")
	}
}

// OrderPart is what to write into an order: the part number, or the name of the
// supply and the printers' model.
func (w words) OrderPart(l OrderLine) string {
	if l.Part != "" {
		return w.Brief(l.Part)
	}
	return strings.Trim(w.Brief(l.Supply.Name)+", "+w.Brief(l.Model), ", ")
}

// ordersCSV gives the whole list as text for spreadsheet programs.
func (s *server) ordersCSV(w http.ResponseWriter, r *http.Request) error {
	return s.asCSV(w, r, s.ordersFile)
}

// ordersXLSX is the same as a workbook.
func (s *server) ordersXLSX(w http.ResponseWriter, r *http.Request) error {
	return s.asXLSX(w, r, s.ordersFile)
}

// ordersFile writes one row for each part.
func (s *server) ordersFile(w http.ResponseWriter, r *http.Request, p *page, f sheet) error {
	page, _, err := s.ordersOf(r)
	if err != nil {
		return err
	}
	out := f.begin(w, p.dated("web.supply.file"))
	var columns []spreadsheet.Column
	for _, c := range []struct {
		key   string
		width int
	}{{"web.supply.part", 18}, {"web.supply.what", 30}, {"web.supply.name", 35}, {"web.devices.model", 28}, {"web.supply.pieces", 8}, {"web.supply.days_left", 10}, {"web.supply.for", 60}} {
		columns = append(columns, spreadsheet.Column{Title: p.T(c.key), Width: c.width})
	}
	out.Table(p.T("web.page.supplies"), columns)
	for _, l := range page.Lines {
		var printers []string
		for _, f := range l.For {
			name := p.Brief(f.Printer.Name)
			if place := p.OrderPlace(f, len(page.Sites) > 1); place != "" {
				name += " (" + place + ")"
			}
			printers = append(printers, name)
		}
		var days any
		if d := l.Days(); d != nil {
			days = int(math.Round(max(*d, 0)))
		}
		out.Row(p.Brief(l.Part), p.SupplyName(l.Supply), p.Brief(l.Supply.Name), p.Brief(l.Model), len(l.For), days, strings.Join(printers, "; "))
	}
	s.end(r, out)
	return nil
}

// OrderPlace is where a printer is.
func (w words) OrderPlace(f OrderFor, sites bool) string {
	room := w.Brief(f.Room)
	if !sites {
		return room
	}
	return strings.Trim(w.SiteName(f.Site)+", "+room, ", ")
}
