// Package printer reads printers, copiers and multifunction devices by SNMP:
// Printer-MIB (RFC 3805), the printer's part of HOST-RESOURCES-MIB (RFC 2790),
// and makers' own page counters where those two have none.
//
// Its law is that a percentage which is not known is not shown. Printers have
// four ways to say that they do not know (supplies.go), and some say numbers
// that make no sense; docs/printers.md tells people about it.
package printer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// Names of facts that only printers have.
const (
	FactStatus   = "status"          // ready, printing, warmup, standby, stopped or attention (state.go)
	FactPageUnit = "page_count_unit" // what page_count counts: impressions (a sheet printed on both sides is two) or sheets
)

// Driver reads printers.
type Driver struct{}

// Name is "printer".
func (Driver) Name() string { return "printer" }

// Serves reports whether the device is a printer, or has what a printer has.
func (Driver) Serves(id device.Identity) bool {
	return id.Is(look.Printer) || id.Has[device.HasPrinter]
}

// Look reads a printer. A look that is not deep reads levels, states and
// counters, and takes names from the last deep one; when the supplies or trays
// are not those of then, it reads their names too.
func (Driver) Look(ctx context.Context, a device.Agent, id device.Identity, v *device.Visit) error {
	l := &looking{agent: a, id: id, visit: v, errors: map[string]bool{}}
	var problems []error
	for _, part := range []struct {
		name string
		read func(context.Context) error
	}{
		{"supplies", l.supplies},
		{"trays", l.trays},
		{"state", l.state},
		{"alerts", l.alerts},
		{"covers", l.covers},
		{"display", l.console},
		{"page count", l.pages},
	} {
		if err := part.read(ctx); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", part.name, err))
			if errors.Is(err, snmp.ErrNoAnswer) || ctx.Err() != nil {
				return errors.Join(problems...)
			}
			if part.name == "state" || part.name == "alerts" {
				l.unsure = true
			}
		}
	}
	l.judge()
	return errors.Join(problems...)
}

// looking is one look at one printer.
type looking struct {
	agent device.Agent
	id    device.Identity
	visit *device.Visit

	rows    []alertRow      // of prtAlertTable, as far as they are alerts
	errors  map[string]bool // of RFC 2790's errors, those that hold
	told    bool            // the printer has a word for its errors
	stopped bool            // hrDeviceStatus says that nothing is printed
	unsure  bool            // what tells errors could not be read whole

	charsets map[string]*charmap.Charmap // by the object that names the localization
}

// table reads columns of a table. Rows without an index are left out.
func (l *looking) table(ctx context.Context, entry string, columns ...int) ([]snmp.Row, error) {
	rows, err := l.agent.Table(ctx, entry, columns...)
	return slices.DeleteFunc(rows, func(r snmp.Row) bool { return len(r.Arcs()) == 0 }), err
}

// deviceOf is the first arc of an index: hrDeviceIndex, the printer among what
// the agent speaks for.
func deviceOf(index string) string {
	first, _, _ := strings.Cut(index, ".")
	return first
}

// devices lists the hrDeviceIndex of everything that was read so far.
func (l *looking) devices(more ...string) []string {
	var out []string
	add := func(index string) {
		if d := deviceOf(index); d != "" && !slices.Contains(out, d) && len(out) < maxDevices {
			out = append(out, d)
		}
	}
	for _, index := range more {
		add(index)
	}
	for _, s := range l.visit.Device.Supplies {
		add(s.Index)
	}
	for _, t := range l.visit.Device.Trays {
		add(t.Index)
	}
	return out
}

// Bounds of what is taken from one device.
const (
	maxDevices  = 8 // printers behind one agent
	maxSupplies = 200
	maxTrays    = 100
	maxAlerts   = 100
	maxLines    = 16  // of its display
	maxName     = 200 // bytes
)
