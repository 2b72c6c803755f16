package serverboard

import (
	"context"
	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/gather"
	"github.com/budi-monitor/budi/internal/look"
)

// IDRAC-MIB: tables of the chassis (…5.4) and of its storage (…5.5.1.20).
const (
	dell        = "1.3.6.1.4.1.674.10892."
	dellTables  = dell + "5.4."
	dellStorage = dell + "5.5.1.20."

	dellGlobal        = dell + "5.2.1.0"
	dellGlobalStorage = dell + "5.2.3.0"
	dellGlobalOld     = dell + "2.2.1.0" // DELL-RAC-MIB
)

// dellState is ObjectStatusEnum, and StatusProbeEnum, which goes on after it.
func dellState(n int64) string {
	switch n {
	case 3:
		return look.StateOK
	case 4, 7:
		return look.StateWarning
	case 5, 6, 8, 9, 10:
		return look.StateFailed
	}
	return ""
}

func idrac(ctx context.Context, g *gather.Gathering) {
	got := g.Get(ctx, dellGlobal, dellGlobalStorage, dellGlobalOld)
	global, ok := got[dellGlobal].Int()
	if !ok {
		global, _ = got[dellGlobalOld].Int()
	}
	g.Status("System", dellState(global))
	storage, _ := got[dellGlobalStorage].Int()
	g.Status("Storage", dellState(storage))

	for _, probes := range []struct {
		table string
		class look.SensorClass
		scale float64
	}{{"700.12.1", look.FanSpeed, 1}, {"700.20.1", look.Temperature, 0.1}, {"600.20.1", look.Voltage, 0.001}} {
		for _, row := range g.Table(ctx, dellTables+probes.table, 5, 6, 8) {
			status, _ := row.Int(5)
			if value, told := row.Cells[6].Float(); told {
				g.Sensor(probes.class, row.Text(8), value*probes.scale, dellState(status))
			} else {
				g.Status(row.Text(8), dellState(status))
			}
		}
	}
	for _, row := range g.Table(ctx, dellTables+"600.30.1", 5, 6, 7, 8) {
		status, _ := row.Int(5)
		value, told := row.Cells[6].Float()
		kind, _ := row.Int(7)
		switch {
		case !told:
			g.Status(row.Text(8), dellState(status))
		case kind == 24 || kind == 26: // watts of a supply, of all
			g.Sensor(look.Power, row.Text(8), value, dellState(status))
		default:
			g.Sensor(look.Current, row.Text(8), value*0.1, dellState(status))
		}
	}
	for _, row := range g.Table(ctx, dellTables+"600.12.1", 5, 8, 16) {
		status, _ := row.Int(5)
		g.Status(row.Text(8), dellState(status))
		if volts, told := row.Cells[16].Float(); told {
			g.Sensor(look.Voltage, row.Text(8), volts, "")
		}
	}
	for _, parts := range []struct {
		table string
		name  int
	}{{"600.50.1", 7}, {"1100.30.1", 26}, {"1100.50.1", 8}, {"300.70.1", 8}} {
		for _, row := range g.Table(ctx, dellTables+parts.table, 5, parts.name) {
			status, _ := row.Int(5)
			name := row.Text(parts.name)
			if name == "" && parts.table == "300.70.1" {
				name = "Intrusion"
			}
			g.Status(name, dellState(status))
		}
	}
	dellDisks(ctx, g)
}

func dellDisks(ctx context.Context, g *gather.Gathering) {
	disk := map[int64]gather.Word{
		2: {State: look.StateOK, Detail: "ready"}, 3: {State: look.StateOK, Detail: "online"}, 4: {State: look.StateWarning, Detail: "foreign"},
		5: {State: look.StateFailed, Detail: "offline"}, 6: {State: look.StateFailed, Detail: "blocked"}, 7: {State: look.StateFailed, Detail: "failed"},
		8: {State: look.StateOK, Detail: "nonraid"}, 9: {State: look.StateFailed, Detail: "removed"}, 10: {State: look.StateOK, Detail: "readonly"},
	}
	for _, row := range g.Table(ctx, dellStorage+"130.4.1", 2, 4, 6, 7, 24, 31) {
		state, _ := row.Int(4)
		status, _ := row.Int(24)
		word := gather.Worse(disk[state], gather.Word{State: dellState(status), Detail: disk[state].Detail})
		if smart, _ := row.Int(31); smart == 1 { // booleanType: it expects to fail
			word = gather.Worse(word, gather.Word{State: look.StateFailed, Detail: "predictive failure"})
		}
		g.Disk(look.Disk{Name: row.Text(2), Model: device.Told(row.Text(6)), Serial: device.Told(row.Text(7)), State: word.State, Detail: word.Detail})
	}
	array := map[int64]gather.Word{2: {State: look.StateOK, Detail: "online"}, 3: {State: look.StateFailed, Detail: "failed"}, 4: {State: look.StateFailed, Detail: "degraded"}}
	for _, row := range g.Table(ctx, dellStorage+"140.1.1", 2, 4, 6, 20) {
		state, _ := row.Int(4)
		status, _ := row.Int(20)
		word := gather.Worse(array[state], gather.Word{State: dellState(status), Detail: array[state].Detail})
		v := look.Volume{Name: row.Text(2), Type: "raid", State: word.State, Detail: word.Detail}
		if megabytes, told := row.Cells[6].Uint(); told && megabytes < 1<<40 {
			v.SizeBytes = megabytes << 20
		}
		g.Volume(v)
	}
	for _, row := range g.Table(ctx, dellStorage+"130.1.1", 2, 38) {
		status, _ := row.Int(38)
		g.Status(row.Text(2), dellState(status))
	}
}
