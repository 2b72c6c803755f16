package web_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
)

// ordering stands for what is to be ordered.
type ordering struct{ page web.OrdersPage }

func (o ordering) Orders(context.Context, string) (web.OrdersPage, error) { return o.page, nil }

func toOrder() web.OrdersPage {
	main, branch := web.Site{ID: "mokykla", Name: "Pagrindinė mokykla"}, web.Site{ID: "filialas", Name: "Filialas <b>"}
	at := func(name string, site web.Site, room string, percent, days *float64) web.OrderFor {
		return web.OrderFor{Printer: web.Reference{Name: name, Path: "/devices/hp"}, Site: site, Room: room, Percent: percent, Days: days}
	}
	return web.OrdersPage{
		Sites: []web.Site{branch, main}, Printers: 31, Silent: 2,
		Lines: []web.OrderLine{
			{Part: "CF403X", Supply: look.Supply{Name: "Magenta Cartridge HP CF403X", Type: "tonerCartridge", Colour: "magenta"}, Model: "HP M277dw", For: []web.OrderFor{
				at("Spalvotas 214", main, "214", number(0), nil), at("Raštinė", branch, "", number(12), number(9.4)),
			}},
			{Supply: look.Supply{Name: "=Toner;" + hostile, Type: "toner", Colour: "black"}, Model: "ECOSYS P2040dn", For: []web.OrderFor{at(hostile, main, hostile, number(8), nil)}},
			{Part: "WT-860", Supply: look.Supply{Name: "Waste Toner", Type: "wasteToner", Fills: true}, For: []web.OrderFor{at("Kopijavimas", main, "1", number(40), number(26)), at("b", main, "2", nil, nil)}},
		},
	}
}

func TestPagesOfOrders(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for name, page := range map[string]web.OrdersPage{"supplies": toOrder(), "supplies-none": {Printers: 3}, "supplies-empty": {}} {
			c := newConsole(t, func(o *web.Options) { o.Orders = ordering{page} })
			got := text(t, c.ask("/supplies?site=filialas", c.session(access.Viewer, lang), nil))
			golden(t, name+"."+string(lang), got)
			harmless(t, got)
		}
	}
}

func TestOrdersAsFiles(t *testing.T) {
	c := newConsole(t, func(o *web.Options) { o.Orders = ordering{toOrder()} })
	session := c.session(access.Viewer, i18n.Lithuanian)
	csv := text(t, c.ask("/supplies.csv", session, nil))
	for _, want := range []string{"Prekės kodas;Kas tai;", "CF403X;Tonerio kasetė, purpurinė;Magenta Cartridge HP CF403X;HP M277dw;2;;", "WT-860;Panaudoto tonerio talpykla;Waste Toner;;2;26;", "Spalvotas 214 (Pagrindinė mokykla, 214); Raštinė (Filialas <b>)"} {
		if !strings.Contains(csv, want) {
			t.Errorf("%q is missing in %s", want, csv)
		}
	}
	if strings.Contains(csv, "\n=") || strings.Contains(csv, ";=") || strings.Contains(csv, "\"=") {
		t.Errorf("a spreadsheet would run it: %s", csv)
	}
	book := c.ask("/supplies.xlsx", session, nil)
	if kind := book.Header.Get("Content-Type"); !strings.Contains(kind, "spreadsheetml") || len(text(t, book)) < 1000 {
		t.Errorf("the workbook is %s", kind)
	}
}

// The page is bounded, the file is whole.
func TestManyOrders(t *testing.T) {
	var page web.OrdersPage
	for i := range 500 {
		l := toOrder().Lines[0]
		l.Part = fmt.Sprint("PART-", i)
		for range 30 {
			l.For = append(l.For, l.For[1])
		}
		page.Lines = append(page.Lines, l)
	}
	c := newConsole(t, func(o *web.Options) { o.Orders = ordering{page} })
	session := c.session(access.Viewer, i18n.Lithuanian)
	if got := text(t, c.ask("/supplies", session, nil)); len(got) >= 100_000 || !strings.Contains(got, "440") {
		t.Errorf("%d bytes", len(got))
	}
	if got := text(t, c.ask("/supplies.csv", session, nil)); strings.Count(got, "PART-") != 500 {
		t.Error("the file is not whole")
	}
}
