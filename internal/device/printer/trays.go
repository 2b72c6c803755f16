package printer

import (
	"cmp"
	"context"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// prtInputTable (RFC 3805).
const (
	prtInputEntry = "1.3.6.1.2.1.43.8.2.1"

	trayUnit  = 8
	trayMax   = 9
	trayLevel = 10
	trayMedia = 12
	trayName  = 13
	trayDescr = 18
)

// States of a tray besides those that supplies have.
const (
	trayEmpty   = "empty"
	trayMissing = "missing"
)

// trays reads where paper comes from.
func (l *looking) trays(ctx context.Context) error {
	if l.visit.Last != nil {
		rows, err := l.table(ctx, prtInputEntry, trayUnit, trayMax, trayLevel)
		if err != nil {
			return err
		}
		if again, same := sameTrays(rows, l.visit.Last.Trays); same {
			l.visit.Device.Trays = again
			return nil
		}
	}
	rows, err := l.table(ctx, prtInputEntry, trayUnit, trayMax, trayLevel, trayMedia, trayName, trayDescr)
	for _, row := range rows[:min(len(rows), maxTrays)] {
		t := look.Tray{
			Index: row.Index,
			Name:  snmp.Clip(cmp.Or(l.text(ctx, row.Index, row.Cells[trayName]), l.text(ctx, row.Index, row.Cells[trayDescr])), maxName),
			Media: snmp.Clip(l.text(ctx, row.Index, row.Cells[trayMedia]), maxName),
		}
		if fill(&t, row); t.Name != "" || t.State != string(look.SupplyUnknown) || t.Capacity != nil {
			l.visit.Device.Trays = append(l.visit.Device.Trays, t)
		}
	}
	return err
}

// sameTrays are the trays of the last deep look with the levels of now. It
// reports false when there are others.
func sameTrays(rows []snmp.Row, last []look.Tray) ([]look.Tray, bool) {
	now := map[string]snmp.Row{}
	for _, row := range rows {
		now[row.Index] = row
	}
	var out []look.Tray
	for _, t := range last {
		row, there := now[t.Index]
		if !there {
			return nil, false
		}
		delete(now, t.Index)
		fill(&t, row)
		out = append(out, t)
	}
	for _, row := range now {
		var t look.Tray
		if fill(&t, row); t.State != string(look.SupplyUnknown) || t.Capacity != nil {
			return nil, false
		}
	}
	return out, true
}

// fill sets what is known of the paper in a tray. Numbers are sheets or nothing:
// a roll of so many feet has a state only.
func fill(t *look.Tray, row snmp.Row) {
	t.Capacity, t.Level, t.State = nil, nil, string(look.SupplyUnknown)
	unit, hasUnit := row.Int(trayUnit)
	inSheets := !hasUnit || unit == sheets
	if n, ok := row.Int(trayMax); ok && n > 0 && n < noNumber && inSheets {
		t.Capacity = number(n)
	}
	n, ok := row.Int(trayLevel)
	switch {
	case !ok || n >= noNumber:
	case n == noRestriction:
		t.State = string(look.SupplyUnrestricted)
	case n == someRemaining:
		t.State = string(look.SupplySomeRemaining)
	case n == 0:
		t.State = trayEmpty
	case n > 0:
		t.State = string(look.SupplyKnown)
	}
	if ok && n >= 0 && n < noNumber && inSheets {
		t.Level = number(n)
	}
}
