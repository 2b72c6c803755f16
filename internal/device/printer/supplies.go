package printer

import (
	"context"
	"fmt"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// prtMarkerSuppliesTable and prtMarkerColorantTable (RFC 3805).
const (
	prtMarkerSuppliesEntry = "1.3.6.1.2.1.43.11.1.1"
	prtMarkerColorantEntry = "1.3.6.1.2.1.43.12.1.1"

	supplyColorant = 3
	supplyClass    = 4
	supplyType     = 5
	supplyDescr    = 6
	supplyUnit     = 7
	supplyMax      = 8
	supplyLevel    = 9

	colorantValue = 4

	receptacleThatIsFilled = 4 // PrtMarkerSuppliesClassTC
)

// supplies reads what is used up and the boxes that fill.
func (l *looking) supplies(ctx context.Context) error {
	if l.visit.Last != nil {
		rows, err := l.table(ctx, prtMarkerSuppliesEntry, supplyMax, supplyLevel)
		if err != nil {
			return err
		}
		if again, same := l.sameSupplies(ctx, rows); same {
			l.visit.Device.Supplies = again
			return nil
		}
	}
	rows, err := l.table(ctx, prtMarkerSuppliesEntry, supplyColorant, supplyClass, supplyType, supplyDescr, supplyUnit, supplyMax, supplyLevel)
	colours, colourErr := l.colorants(ctx, rows)
	if err == nil {
		err = colourErr
	}
	for _, row := range rows[:min(len(rows), maxSupplies)] {
		if s, ok := l.supply(ctx, row, colours); ok {
			l.visit.Device.Supplies = append(l.visit.Device.Supplies, s)
		}
	}
	settle(l.visit.Device.Supplies)
	return err
}

// sameSupplies are the supplies of the last deep look with the levels of now. It
// reports false when the rows are not those of then.
func (l *looking) sameSupplies(ctx context.Context, rows []snmp.Row) ([]look.Supply, bool) {
	now := map[string]snmp.Row{}
	for _, row := range rows {
		now[row.Index] = row
	}
	var out []look.Supply
	for _, s := range l.visit.Last.Supplies {
		row, there := now[s.Index]
		if !there {
			return nil, false
		}
		delete(now, s.Index)
		measure(&s, row.Cells[supplyMax], row.Cells[supplyLevel])
		l.correct(&s)
		out = append(out, s)
	}
	for _, row := range now {
		if _, ok := l.supply(ctx, row, nil); ok {
			return nil, false
		}
	}
	return out, true
}

// colorants are the names of colours, by hrDeviceIndex.prtMarkerColorantIndex.
func (l *looking) colorants(ctx context.Context, supplies []snmp.Row) (map[string]string, error) {
	wanted := false
	for _, row := range supplies {
		n, _ := row.Int(supplyColorant)
		wanted = wanted || n > 0
	}
	if !wanted {
		return nil, nil
	}
	rows, err := l.table(ctx, prtMarkerColorantEntry, colorantValue)
	out := map[string]string{}
	for _, row := range rows {
		out[row.Index] = l.text(ctx, row.Index, row.Cells[colorantValue])
	}
	return out, err
}

// supply makes a supply of its row. It reports false for a row that stands for
// nothing: no name, no kind, no level and no capacity.
func (l *looking) supply(ctx context.Context, row snmp.Row, colours map[string]string) (look.Supply, bool) {
	d := describe(l.decoded(ctx, prtGeneralCurrentLocalization, row.Index, row.Cells[supplyDescr].Bytes()), l.id.Vendor)
	s := look.Supply{Index: row.Index, Name: d.name, Part: d.part, Serial: d.serial}
	kind, hasKind := row.Int(supplyType)
	s.Type = supplyTypes[kind]
	if s.Type == "" {
		s.Type = typeOf(d.text, d.part)
		if s.Type == "unknown" {
			s.Type = cartridge(d.text, l.id.Model)
		}
	}
	class, hasClass := row.Int(supplyClass)
	s.Fills = class == receptacleThatIsFilled || !hasClass && strings.HasPrefix(s.Type, "waste")
	if n, ok := row.Int(supplyUnit); ok {
		s.Unit = units[n]
	}
	if n, _ := row.Int(supplyColorant); n > 0 {
		s.Colour = colourNamed(colours[fmt.Sprintf("%s.%d", deviceOf(row.Index), n)])
	}
	if s.Colour == "" && coloured(s.Type) {
		s.Colour = colourIn(d.name, s.Part)
	}
	measure(&s, row.Cells[supplyMax], row.Cells[supplyLevel])
	l.correct(&s)
	telling := s.Level != nil || s.Capacity != nil || s.State == look.SupplySomeRemaining || s.State == look.SupplyUnrestricted
	if d.text == "" && !telling && (!hasKind || s.Type == "other" || s.Type == "unknown") {
		return look.Supply{}, false
	}
	return s, true
}

// The special values of prtMarkerSuppliesLevel and prtMarkerSuppliesMaxCapacity
// (RFC 3805, pages 116 and 117). Below them some makers have values of their own
// (Ricoh: -100), which mean nothing to us.
const (
	noRestriction = -1
	someRemaining = -3

	noNumber = 1<<31 - 1 // some write the largest number for "not known"
)

// overshoot is by how much a level may exceed the capacity and still mean that
// the supply is full: makers fill a little more than they promise. Beyond it the
// two numbers do not belong together.
const overshoot = 1.10

// measure sets what is known of a supply's level.
//
// RFC 3805 says what a level means: a number of units left, or for a box that
// fills the room left in it, or -1, -2, -3. It says nothing of a level without
// capacity: whether that is a percentage, cannot be known. So there is a percentage
// only when both numbers are there and belong together.
func measure(s *look.Supply, capacity, level snmp.Value) {
	s.Level, s.Capacity, s.Percent, s.State = nil, nil, nil, look.SupplyUnknown
	full, hasFull := capacity.Int()
	if hasFull && full > 0 && full < noNumber {
		s.Capacity = number(full)
	}
	n, has := level.Int()
	if n >= 1<<32-3 && n < 1<<32 {
		n -= 1 << 32 // a number without a sign, which was meant to be -1, -2 or -3
	}
	switch {
	case !has:
		return
	case n == noRestriction:
		s.State = look.SupplyUnrestricted
		return
	case n == someRemaining:
		s.State = look.SupplySomeRemaining
		return
	case n < 0 || n >= noNumber:
		return
	}
	s.Level = number(n)
	switch {
	case s.Capacity == nil:
		s.State = look.SupplyNoCapacity
	case float64(n) > float64(full)*overshoot:
		// Neither number says which of them is wrong.
	case s.Unit == "percent" && full != 100 && n <= 100:
		// Percent of what: of the capacity, or already percent?
	default:
		s.State = look.SupplyKnown
		percent := min(float64(n)*100/float64(full), 100)
		s.Percent = &percent
	}
}

func number(n int64) *float64 {
	f := float64(n)
	return &f
}

// correct takes back what a maker's printers say and do not mean.
func (l *looking) correct(s *look.Supply) {
	for _, c := range corrections {
		if c.vendor == l.id.Vendor && s.Percent != nil && c.doubtful(*s) {
			s.Percent, s.State = nil, look.SupplyUnknown
		}
	}
}

// corrections are the levels of makers that are no levels.
var corrections = []struct {
	vendor   string
	doubtful func(look.Supply) bool
}{
	// Many Brothers tell toner and ink as a step, not as an amount (0 to 3, of
	// which 0 is full on some models and empty on others), with a capacity that
	// does not go with it.
	{"Brother", func(s look.Supply) bool {
		return consumedInk(s.Type) && *s.Level <= 3 && (s.Unit == "" || s.Unit == "other" || s.Unit == "unknown" || s.Unit == "items")
	}},
}

func consumedInk(kind string) bool {
	switch kind {
	case "toner", "tonerCartridge", "ink", "inkCartridge", "unknown", "other":
		return true
	}
	return false
}
