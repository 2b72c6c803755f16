package netswitch

import (
	"math"

	"github.com/budi-monitor/budi/internal/look"
)

// POWER-ETHERNET-MIB (RFC 3621).
const (
	pethPsePortEntry           = "1.3.6.1.2.1.105.1.1.1" // by group and port
	pethPsePortAdminEnable     = 3
	pethPsePortDetectionStatus = 6

	pethMainPseEntry            = "1.3.6.1.2.1.105.1.3.1.1" // by group
	pethMainPsePower            = 2                         // watts
	pethMainPseOperStatus       = 3
	pethMainPseConsumptionPower = 4
)

// watts is where a maker says how much each port delivers: the standard does not.
type watts struct {
	objects []string // sysObjectID is one of these or below it
	entry   string
	column  int
	scale   float64 // to watts
	grouped bool    // the index is group and port; else the port, or the ifIndex
}

func wattTables() []watts {
	const milli, tenth = 0.001, 0.1
	return []watts{
		{[]string{"1.3.6.1.4.1.9.6.1"}, "1.3.6.1.4.1.9.6.1.101.108.1.1", 5, milli, true}, // rlPethPsePortOutputPower
		{[]string{"1.3.6.1.4.1.9"}, "1.3.6.1.4.1.9.9.402.1.2.1", 9, milli, true},         // cpeExtPsePortPwrConsumption
		{[]string{"1.3.6.1.4.1.89", "1.3.6.1.4.1.674.10895", "1.3.6.1.4.1.171", "1.3.6.1.4.1.3955", "1.3.6.1.4.1.207"}, "1.3.6.1.4.1.89.108.1.1", 5, milli, true},
		{[]string{"1.3.6.1.4.1.11.2.3.7", "1.3.6.1.4.1.11.2.14"}, "1.3.6.1.4.1.11.2.14.11.1.9.1.1.1", 3, milli, true}, // hpicfPoePethPsePortPower
		{[]string{"1.3.6.1.4.1.47196"}, "1.3.6.1.4.1.47196.4.1.1.3.8.1.1.1", 7, milli, true},                          // arubaWiredPoePethPsePortPowerDrawn
		{[]string{"1.3.6.1.4.1.25506"}, "1.3.6.1.4.1.25506.2.14.1.1", 5, milli, true},                                 // hh3cPsePortCurrentPower
		{[]string{"1.3.6.1.4.1.11.2.3.7.11", "1.3.6.1.4.1.11.2.14.11.15"}, "1.3.6.1.4.1.11.2.14.11.15.2.14.1.1", 5, milli, true},
		{[]string{"1.3.6.1.4.1.2011"}, "1.3.6.1.4.1.2011.5.25.195.3.1", 10, milli, false},                   // hwPoePortConsumingPower
		{[]string{"1.3.6.1.4.1.1916"}, "1.3.6.1.4.1.1916.1.27.2.1.1", 6, milli, true},                       // extremePethPortMeasuredPower
		{[]string{"1.3.6.1.4.1.4413", "1.3.6.1.4.1.6132"}, "1.3.6.1.4.1.4413.1.1.15.1.1.1", 2, milli, true}, // agentPethOutputPower, and so below
		{[]string{"1.3.6.1.4.1.4526.100", "1.3.6.1.4.1.4526.10"}, "1.3.6.1.4.1.4526.10.15.1.1.1", 2, milli, true},
		{[]string{"1.3.6.1.4.1.4526.100", "1.3.6.1.4.1.4526.11"}, "1.3.6.1.4.1.4526.11.15.1.1.1", 2, milli, true},
		{[]string{"1.3.6.1.4.1.674.10895"}, "1.3.6.1.4.1.674.10895.5000.2.6132.1.1.15.1.1.1", 2, milli, true},
		{[]string{"1.3.6.1.4.1.11863"}, "1.3.6.1.4.1.11863.6.56.1.1.2.1.1", 7, tenth, false}, // tpPoePower
		{[]string{"1.3.6.1.4.1.14988"}, "1.3.6.1.4.1.14988.1.1.15.1.1", 6, tenth, false},     // mtxrPOEPower
		{[]string{"1.3.6.1.4.1.5624"}, "1.3.6.1.4.1.5624.1.2.50.1.5.1.1", 3, milli, true},    // etsysPsePortPowerUsage
	}
}

// power reads what ports deliver to what hangs on them, and how much of the
// supply that takes.
func (r *reader) power() {
	some := func(ok func(look.Interface) bool) bool {
		if r.v.Deep || r.v.Last == nil {
			return true
		}
		for _, i := range r.v.Last.Interfaces {
			if ok(i) {
				return true
			}
		}
		return false
	}
	if some(func(i look.Interface) bool { return i.PoE != "" }) && (r.id.Has["POWER-ETHERNET-MIB"] || !r.v.Deep) {
		r.detection()
		r.supply()
	}
	if some(func(i look.Interface) bool { return i.PoEWatts != nil }) {
		r.watts()
	}
}

// detection reads the state of each port.
func (r *reader) detection() {
	rows := r.table(pethPsePortEntry, pethPsePortAdminEnable, pethPsePortDetectionStatus)
	groups := map[uint32]bool{}
	for _, row := range rows {
		if a := arcs(row, 2); a != nil {
			groups[a[0]] = true
		}
	}
	words := map[int64]string{1: "disabled", 2: "searching", 3: "deliveringPower", 4: "fault", 5: "test", 6: "otherFault"}
	for _, row := range rows {
		a := arcs(row, 2)
		status, _ := row.Int(pethPsePortDetectionStatus)
		if a == nil || words[status] == "" {
			continue
		}
		at := r.socket(int(a[0]), int(a[1]), len(groups))
		if at < 0 {
			continue
		}
		i := &r.v.Device.Interfaces[at]
		i.PoE = words[status]
		if enabled, ok := row.Int(pethPsePortAdminEnable); ok && enabled == 2 {
			i.PoE = "disabled" // whatever was detected before
		}
	}
}

// watts reads how much each port delivers, where the maker tells.
func (r *reader) watts() {
	for _, w := range wattTables() {
		if !below(r.id.ObjectID, w.objects) {
			continue
		}
		rows := r.table(w.entry, w.column)
		groups := map[uint32]bool{}
		for _, row := range rows {
			if a := arcs(row, 2); a != nil && w.grouped {
				groups[a[0]] = true
			}
		}
		for _, row := range rows {
			r.delivers(w, row.Arcs(), len(groups), row.Cells[w.column].Float)
		}
		if len(rows) > 0 {
			return
		}
	}
}

func (r *reader) delivers(w watts, a []uint32, groups int, value func() (float64, bool)) {
	const most = 100 // IEEE 802.3bt delivers 90 W
	n, ok := value()
	power := math.Round(n*w.scale*1000) / 1000
	if !ok || power < 0 || power > most {
		return
	}
	at := -1
	switch {
	case w.grouped && len(a) == 2:
		at = r.socket(int(a[0]), int(a[1]), groups)
	case !w.grouped && len(a) == 1:
		at = r.socket(1, int(a[0]), 1)
	}
	if at < 0 {
		return
	}
	i := &r.v.Device.Interfaces[at]
	i.PoEWatts = &power
	if i.PoE == "" && power > 0 {
		i.PoE = "deliveringPower"
	}
}

// supply reads how much of its supply each group of ports takes.
func (r *reader) supply() {
	rows := r.table(pethMainPseEntry, pethMainPsePower, pethMainPseOperStatus, pethMainPseConsumptionPower)
	for _, row := range rows {
		name := "PoE"
		if len(rows) > 1 {
			name += " " + short(row.Index)
		}
		budget, okBudget := row.Cells[pethMainPsePower].Float()
		taken, okTaken := row.Cells[pethMainPseConsumptionPower].Float()
		if okBudget && okTaken && budget > 0 && taken > budget*1.2 {
			taken /= 1000 // some give milliwatts, and others rubbish
		}
		if okBudget && okTaken && budget > 10_000 {
			budget, taken = budget/1000, taken/1000 // Edgecore: both in milliwatts
		}
		s := look.Sensor{Name: name, Class: look.Power, Value: taken}
		if status, ok := row.Int(pethMainPseOperStatus); ok {
			s.State = map[int64]string{1: look.StateOK, 3: look.StateFailed}[status]
		}
		if okTaken && (budget <= 0 || taken <= budget*1.2) {
			r.sensor(s)
			if okBudget && budget > 0 {
				r.sensor(look.Sensor{Name: name, Class: look.Load, Value: taken / budget * 100})
			}
		}
	}
}
