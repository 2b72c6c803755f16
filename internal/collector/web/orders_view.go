package web

import (
	"context"

	"github.com/budi-monitor/budi/internal/look"
)

// OrdersView tells which supplies of printers are to be ordered. It is safe for
// concurrent use. The context carries who asks (access.FromContext): whoever sees
// some sites only is told of printers there only.
type OrdersView interface {
	// Orders lists the supplies that will be used up within OrderAhead, and those
	// that are nearly used up now, of a site or of all when it is empty.
	Orders(ctx context.Context, site string) (OrdersPage, error)
}

// OrderAhead is how far ahead the list of what is to be ordered looks, in days.
const OrderAhead = 31

// OrdersPage is the list.
type OrdersPage struct {
	Sites    []Site      // all that are seen, for the choice
	Lines    []OrderLine // the most urgent first
	Printers int         // that were asked for it
	Silent   int         // printers that have told nothing since the start: what they need is not known
}

// OrderLine is one thing to be ordered: those supplies that are the same part.
type OrderLine struct {
	Part   string      // as the maker numbers it; empty: not told
	Supply look.Supply // the first of them: its name, what it is, its colour
	Model  string      // of the printers, where there is no part number
	For    []OrderFor  // the most urgent first; as many as there are pieces to be ordered
}

// OrderFor is a supply of one printer.
type OrderFor struct {
	Printer Reference
	Site    Site
	Room    string
	Percent *float64 // that is left; nil: not known
	Days    *float64 // until it is used up; nil: nobody knows
}

// Days is in how many days the first of the supplies is used up; nil: nobody
// knows.
func (l OrderLine) Days() *float64 {
	if len(l.For) == 0 {
		return nil
	}
	return l.For[0].Days
}
