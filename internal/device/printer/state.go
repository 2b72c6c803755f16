package printer

import (
	"context"
	"fmt"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/snmp"
)

// The printer's part of HOST-RESOURCES-MIB (RFC 2790).
const (
	hrPrinterEntry = "1.3.6.1.2.1.25.3.5.1"

	printerStatus = 1
	printerErrors = 2

	hrDeviceStatus = "1.3.6.1.2.1.25.3.2.1.5"
)

// errorNames are the bits of hrPrinterDetectedErrorState, the most significant of
// the first octet first.
var errorNames = []string{
	"lowPaper", "noPaper", "lowToner", "noToner", "doorOpen", "jammed", "offline", "serviceRequested",
	"inputTrayMissing", "outputTrayMissing", "markerSupplyMissing", "outputNearFull", "outputFull", "inputTrayEmpty", "overduePreventMaint",
}

// detected are the errors that hold. Printers of RFC 1514 send one octet, those of
// RFC 2790 two, some none when all is well and some more than two; the bits of the
// octets that there are mean the same in all of them.
func detected(state []byte) []string {
	var out []string
	for i, name := range errorNames {
		if i/8 < len(state) && state[i/8]&(0x80>>(i%8)) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// state reads what the printer does and which errors it detects.
func (l *looking) state(ctx context.Context) error {
	rows, err := l.table(ctx, hrPrinterEntry, printerStatus, printerErrors)
	if err != nil {
		return err
	}
	printers := map[string]snmp.Row{}
	indexes := make([]string, 0, len(rows))
	for _, row := range rows {
		printers[row.Index] = row
		indexes = append(indexes, row.Index)
		if v := row.Cells[printerErrors]; v.Type == snmp.OctetString {
			l.told = true
			for _, name := range detected(v.Bytes()) {
				l.errors[name] = true
			}
		}
	}
	devices := l.devices(indexes...)
	if len(devices) == 0 {
		return nil
	}
	var ask []string
	for _, d := range devices {
		ask = append(ask, hrDeviceStatus+"."+d)
	}
	got, err := l.agent.Get(ctx, ask...)
	worst := ""
	for i, d := range devices {
		general, _ := got[ask[i]].Int()
		own, _ := printers[d].Int(printerStatus)
		if s := statusOf(general, own); rank(s) > rank(worst) {
			worst = s
		}
		l.stopped = l.stopped || general == deviceDown
	}
	l.visit.Fact(FactStatus, worst)
	return err
}

// Values of hrDeviceStatus and hrPrinterStatus.
const (
	deviceRunning = 2
	deviceWarning = 3
	deviceDown    = 5

	printerOther    = 1
	printerIdle     = 3
	printerPrinting = 4
	printerWarmup   = 5
)

// statusOf is what the two states together mean (RFC 3805, appendix E). It is ""
// when they do not say.
func statusOf(general, own int64) string {
	switch general {
	case deviceDown:
		if own == printerWarmup {
			return "warmup" // coming on-line
		}
		return "stopped"
	case deviceWarning:
		if own == printerWarmup {
			return "warmup"
		}
		return "attention"
	}
	switch own {
	case printerIdle:
		return "ready"
	case printerPrinting:
		return "printing"
	case printerWarmup:
		return "warmup"
	case printerOther:
		if general == deviceRunning {
			return "standby"
		}
	}
	return ""
}

// rank orders states: of several printers behind one agent, the one that needs
// somebody speaks for all.
func rank(status string) int {
	for i, s := range []string{"", "standby", "ready", "warmup", "printing", "attention", "stopped"} {
		if s == status {
			return i
		}
	}
	return 0
}

// judge brings together what the printer's two ways to complain say: an error is
// a bit of hrPrinterDetectedErrorState or a critical alert that means the same.
// Every error gets a sample, also that it does not hold, so that what was wrong
// ends on evidence. A printer that has neither way, or whose answer was cut short,
// gets none. What has a bit and no alert becomes an alert, for people to see.
func (l *looking) judge() {
	explained := map[string]bool{}
	for _, row := range l.rows {
		name := errorOf(row.code, row.group)
		explained[name] = true
		if row.alert.Severity == critical {
			l.errors[name] = true
		}
	}
	for _, name := range errorNames {
		if l.errors[name] && !explained[name] {
			severity := "warning"
			if l.stopped && stopping(name) {
				severity = critical
			}
			l.visit.Device.Alerts = append(l.visit.Device.Alerts, look.Alert{Severity: severity, Code: codeOfError[name].code, Group: codeOfError[name].group})
		}
	}
	if l.unsure || !l.told {
		return
	}
	for _, name := range errorNames {
		value := 0.0
		if l.errors[name] {
			value = 1
		}
		l.visit.Add(metric.PrinterError, value, look.Label{Name: metric.LabelError, Value: name})
	}
}

// stopping reports whether an error can be what stops a printer.
func stopping(name string) bool {
	switch name {
	case "lowPaper", "lowToner", "outputNearFull", "overduePreventMaint", "inputTrayEmpty":
		return false
	}
	return true
}

// codeOfError is the alert that an error stands for.
var codeOfError = map[string]struct{ code, group string }{
	"lowPaper":            {"inputMediaSupplyLow", "input"},
	"noPaper":             {"inputMediaSupplyEmpty", "input"},
	"lowToner":            {"markerTonerAlmostEmpty", "markerSupplies"},
	"noToner":             {"markerTonerEmpty", "markerSupplies"},
	"doorOpen":            {"coverOpen", "cover"},
	"jammed":              {"jam", "mediaPath"},
	"offline":             {"subunitOffline", "generalPrinter"},
	"serviceRequested":    {"subunitRecoverableFailure", "generalPrinter"},
	"inputTrayMissing":    {"inputMediaTrayMissing", "input"},
	"outputTrayMissing":   {"outputMediaTrayMissing", "output"},
	"markerSupplyMissing": {"markerTonerCartridgeMissing", "markerSupplies"},
	"outputNearFull":      {"outputMediaTrayAlmostFull", "output"},
	"outputFull":          {"outputMediaTrayFull", "output"},
	"inputTrayEmpty":      {"inputMediaSupplyEmpty", "input"},
	"overduePreventMaint": {"subunitLifeOver", "generalPrinter"},
}

// errorOf is the error that an alert means; "" for those that mean none.
func errorOf(code, group string) string {
	switch code {
	case "jam":
		return "jammed"
	case "coverOpen", "interlockOpen", "doorOpen":
		return "doorOpen"
	case "subunitOffline", "powerDown":
		if group == "generalPrinter" || group == "other" || group == "" {
			return "offline"
		}
	case "inputMediaSupplyLow":
		return "lowPaper"
	case "inputMediaSupplyEmpty":
		return "noPaper"
	case "inputMediaTrayMissing":
		return "inputTrayMissing"
	case "outputMediaTrayMissing":
		return "outputTrayMissing"
	case "outputMediaTrayAlmostFull":
		return "outputNearFull"
	case "outputMediaTrayFull":
		return "outputFull"
	case "markerTonerEmpty", "markerInkEmpty", "markerPrintRibbonEmpty":
		return "noToner"
	case "markerTonerAlmostEmpty", "markerInkAlmostEmpty", "markerPrintRibbonAlmostEmpty":
		return "lowToner"
	case "markerTonerCartridgeMissing":
		return "markerSupplyMissing"
	case "subunitUnrecoverableFailure", "subunitRecoverableFailure", "subunitMotorFailure", "subunitThermistorFailure", "subunitTimingFailure",
		"subunitOverTemperature", "subunitUnderTemperature", "subunitUnrecoverableStorageError",
		"markerFuserUnderTemperature", "markerFuserOverTemperature", "markerFuserTimingFailure", "markerFuserThermistorFailure":
		return "serviceRequested"
	case "subunitMissing", "subunitRemoved":
		switch group {
		case "input":
			return "inputTrayMissing"
		case "output":
			return "outputTrayMissing"
		case "marker", "markerSupplies":
			return "markerSupplyMissing"
		}
	case "subunitEmpty", "subunitAlmostEmpty", "subunitFull", "subunitAlmostFull":
		return map[string]string{
			"subunitEmpty input": "noPaper", "subunitAlmostEmpty input": "lowPaper",
			"subunitEmpty markerSupplies": "noToner", "subunitAlmostEmpty markerSupplies": "lowToner",
			"subunitFull output": "outputFull", "subunitAlmostFull output": "outputNearFull",
		}[fmt.Sprintf("%s %s", code, group)]
	}
	return ""
}
