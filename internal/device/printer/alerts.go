package printer

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// prtAlertTable, prtGeneralTable, prtCoverTable and prtConsoleDisplayBufferTable (RFC 3805).
const (
	prtAlertEntry = "1.3.6.1.2.1.43.18.1.1"

	alertSeverity   = 2
	alertGroup      = 4
	alertGroupIndex = 5
	alertLocation   = 6
	alertCode       = 7
	alertDescr      = 8

	prtGeneralEntry = "1.3.6.1.2.1.43.5.1.1"

	alertAllEvents = 19

	prtCoverEntry = "1.3.6.1.2.1.43.6.1.1"

	coverDescr  = 2
	coverStatus = 3

	coverOpen     = 3 // PrtCoverStatusTC
	interlockOpen = 5

	prtConsoleDisplayBufferEntry = "1.3.6.1.2.1.43.16.5.1"

	consoleText = 2
)

// critical is the severity of an alert that stops the printer.
const critical = "critical"

// alertRow is a row of prtAlertTable.
type alertRow struct {
	index       string
	device      string // hrDeviceIndex
	code, group string
	of          int64 // prtAlertGroupIndex: the row of the group's table
	alert       look.Alert
}

// alerts reads what the printer complains of. Its table holds more than that:
// that it sleeps or is ready, that paper was changed, and that something is over.
// Such rows are no alerts.
func (l *looking) alerts(ctx context.Context) error {
	rows, err := l.table(ctx, prtAlertEntry, alertSeverity, alertGroup, alertGroupIndex, alertLocation, alertCode, alertDescr)
	if err == nil && !l.told {
		// An empty table says that all is well when the printer counts its alerts.
		counts, countErr := l.table(ctx, prtGeneralEntry, alertAllEvents)
		l.told, err = len(rows) > 0 || len(counts) > 0, countErr
	}
	var all []alertRow
	for _, row := range rows {
		all = append(all, l.alertRow(ctx, row))
	}
	for i, row := range all {
		if !isAlert(row) || over(row, all[i+1:]) || len(l.rows) >= maxAlerts {
			continue
		}
		l.rows = append(l.rows, row)
		l.visit.Device.Alerts = append(l.visit.Device.Alerts, row.alert)
		l.markMissing(row)
	}
	return err
}

func (l *looking) alertRow(ctx context.Context, row snmp.Row) alertRow {
	code, _ := row.Int(alertCode)
	group, _ := row.Int(alertGroup)
	of, _ := row.Int(alertGroupIndex)
	severity := "other"
	switch n, _ := row.Int(alertSeverity); n {
	case 3:
		severity = critical
	case 4, 5:
		severity = "warning"
	}
	out := alertRow{index: row.Index, device: deviceOf(row.Index), code: "unknown", group: alertGroups[group], of: of}
	if code != 0 {
		out.code = codeName(code)
	}
	out.alert = look.Alert{Severity: severity, Code: out.code, Group: out.group, Text: l.text(ctx, row.Index, row.Cells[alertDescr])}
	out.alert.Location = l.place(out)
	if n, ok := row.Int(alertLocation); ok && n > 0 && out.alert.Location == "" {
		out.alert.Location = strconv.FormatInt(n, 10)
	}
	return out
}

// place is the name of the tray or the supply that an alert is about.
func (l *looking) place(row alertRow) string {
	index := fmt.Sprintf("%s.%d", row.device, row.of)
	switch row.group {
	case "input":
		for _, t := range l.visit.Device.Trays {
			if t.Index == index {
				return t.Name
			}
		}
	case "markerSupplies":
		for _, s := range l.visit.Device.Supplies {
			if s.Index == index {
				return s.Name
			}
		}
	}
	return ""
}

// markMissing notes a tray that an alert says is not there.
func (l *looking) markMissing(row alertRow) {
	if errorOf(row.code, row.group) != "inputTrayMissing" {
		return
	}
	index := fmt.Sprintf("%s.%d", row.device, row.of)
	for i := range l.visit.Device.Trays {
		if t := &l.visit.Device.Trays[i]; t.Index == index {
			t.State, t.Level = trayMissing, nil
		}
	}
}

// isAlert reports whether a row complains of something. Rows that do not: states
// that come and go by themselves, changes that somebody made, ends of other rows,
// and rows whose code says nothing and whose text says that all is well.
func isAlert(row alertRow) bool {
	switch row.code {
	case "doorClosed", "configurationChange", "powerUp", "printerNMSReset", "printerManualReset", "printerReadyToPrint",
		"inputMediaSizeChange", "inputMediaWeightChange", "inputMediaTypeChange", "inputMediaColorChange",
		"inputMediaFormPartsChange", "markerAdjustingPrintQuality", "interpreterMemoryIncrease", "interpreterMemoryDecrease",
		"interpreterCartridgeAdded", "interpreterCartridgeDeleted", "interpreterResourceAdded", "interpreterResourceDeleted", removal:
		return false
	}
	for _, end := range []string{"Closed", "ConfigurationChange", "TurnedOn", "PowerSaver", "WarmingUp", "Added", "ResourceRemoved"} {
		if strings.HasSuffix(row.code, end) {
			return false
		}
	}
	if row.alert.Severity == critical {
		return true
	}
	saysNothing := row.code == "other" || row.code == "unknown" || strings.HasPrefix(row.code, "code")
	switch {
	case saysNothing && row.alert.Severity == "other":
		return false
	case saysNothing && (row.alert.Text == "" || calm.MatchString(row.alert.Text)):
		return false
	}
	return true
}

// calm finds what displays say while nothing is wrong, in the languages that they
// speak here. It is anchored: "not ready" is something else.
var calm = regexp.MustCompile(`(?i)^[\s{}()\[\]0-9.,:#*-]*(ready|no (?:current |active )?(?:errors?|alerts?|warnings?|problems?|faults?)|normal|ok$|sleep|power\s?-?sav|energy\s?-?sav|low power|stand-?by|idle|deep sleep|eco|printing|copying|scanning|processing|warming|warm-?up|initiali[sz]|please wait|receiving|genuine|original|online|parengt|pasireng|pasiruoš|miego|miega|taupymo|budėjimo|spausdinama|įšyla|bereit|betriebsbereit|ruhe|schlaf|energiespar|druckt|aufw|готов|сон|спящ|ожидани|энергосбереж|печать|прогрев|prêt|veille|pronto|gotow|gatav|valmis|klar|redo)`)

// over reports whether one of the later rows ends this one.
func over(row alertRow, later []alertRow) bool {
	for _, l := range later {
		if l.device != row.device {
			continue
		}
		if l.code == removal && fmt.Sprintf("%s.%d", l.device, l.of) == row.index {
			return true
		}
		if l.group == row.group && l.of == row.of && slices.Contains(ends(row.code), l.code) {
			return true
		}
	}
	return false
}

// ends are the codes that end what a code began.
func ends(code string) []string {
	switch {
	case code == "coverOpen" || code == "doorOpen":
		return []string{"coverClosed", "doorClosed"}
	case code == "subunitOpened":
		return []string{"subunitClosed"}
	case code == "subunitTurnedOff" || code == "subunitOffline":
		return []string{"subunitTurnedOn"}
	case code == "subunitMissing" || code == "subunitRemoved":
		return []string{"subunitAdded"}
	case code == "powerDown":
		return []string{"powerUp", "printerReadyToPrint"}
	case strings.HasSuffix(code, "Open"):
		return []string{strings.TrimSuffix(code, "Open") + "Closed"}
	}
	return nil
}

// covers adds the covers that are open and that prtAlertTable does not tell of.
func (l *looking) covers(ctx context.Context) error {
	rows, err := l.table(ctx, prtCoverEntry, coverStatus)
	for _, row := range rows {
		status, _ := row.Int(coverStatus)
		if status != coverOpen && status != interlockOpen || l.knowsOpen(row.Index) || len(l.rows) >= maxAlerts {
			continue
		}
		oid := fmt.Sprintf("%s.%d.%s", prtCoverEntry, coverDescr, row.Index)
		got, getErr := l.agent.Get(ctx, oid)
		if err == nil {
			err = getErr
		}
		alert := look.Alert{Severity: "warning", Code: "coverOpen", Group: "cover", Location: snmp.Clip(l.text(ctx, row.Index, got[oid]), maxName)}
		if status == interlockOpen {
			alert.Code = "interlockOpen"
		}
		// An open cover stops a printer unless it is one that may be open, as that of
		// a rear output: the printer knows.
		if status == interlockOpen || l.errors["doorOpen"] {
			alert.Severity = critical
		}
		l.rows = append(l.rows, alertRow{code: alert.Code, group: alert.Group, alert: alert})
		l.visit.Device.Alerts = append(l.visit.Device.Alerts, alert)
	}
	return err
}

// knowsOpen reports whether an alert tells already that the cover of this row is
// open, or that one is and not which.
func (l *looking) knowsOpen(index string) bool {
	return slices.ContainsFunc(l.rows, func(r alertRow) bool {
		if errorOf(r.code, r.group) != "doorOpen" || r.device != deviceOf(index) {
			return false
		}
		return r.group != "cover" || r.of <= 0 || fmt.Sprintf("%s.%d", r.device, r.of) == index
	})
}

// console reads the lines of the printer's display.
func (l *looking) console(ctx context.Context) error {
	rows, err := l.table(ctx, prtConsoleDisplayBufferEntry, consoleText)
	for _, row := range rows {
		text := snmp.Clip(snmp.Clean(l.decoded(ctx, prtConsoleLocalization, row.Index, row.Cells[consoleText].Bytes())), maxName)
		if text != "" && len(l.visit.Device.Console) < maxLines {
			l.visit.Device.Console = append(l.visit.Device.Console, text)
		}
	}
	return err
}
