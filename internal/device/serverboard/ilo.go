package serverboard

import (
	"context"
	"fmt"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/gather"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// HPE's MIBs (CPQHLTH, CPQSTDEQ, CPQIDA), once Compaq's.
const (
	cpq = "1.3.6.1.4.1.232."

	cpqHealth  = cpq + "6.1.3.0"
	cpqStorage = cpq + "3.1.3.0"
)

// cpqState is the condition that every part has.
func cpqState(n int64) string {
	switch n {
	case 2:
		return look.StateOK
	case 3:
		return look.StateWarning
	case 4:
		return look.StateFailed
	}
	return ""
}

// cpqPlaces are cpqHeTemperatureLocale and cpqHeFltTolFanLocale.
func cpqPlace(n int64) string {
	places := []string{"Other", "Unknown", "System", "System board", "I/O board", "CPU", "Memory", "Storage", "Removable media", "Power supply", "Ambient", "Chassis", "Bridge card", "Management board", "Backplane", "Network slot", "Blade slot", "Virtual"}
	if n >= 1 && int(n) <= len(places) {
		return places[n-1]
	}
	return "Sensor"
}

func ilo(ctx context.Context, g *gather.Gathering) {
	got := g.Get(ctx, cpqHealth, cpqStorage)
	health, _ := got[cpqHealth].Int()
	g.Status("System", cpqState(health))
	storage, _ := got[cpqStorage].Int()
	g.Status("Storage", cpqState(storage))

	for _, row := range g.Table(ctx, cpq+"6.2.6.7.1", 2, 4, 9) {
		condition, _ := row.Int(9)
		if present, told := row.Int(4); !told || present == 3 {
			g.Status("Fan "+row.Text(2), cpqState(condition))
		}
	}
	for _, row := range g.Table(ctx, cpq+"6.2.6.8.1", 2, 3, 4, 6) {
		place, _ := row.Int(3)
		condition, _ := row.Int(6)
		// Zero is what sensors say that are not there.
		if t, told := row.Cells[4].Float(); told && t > 0 {
			g.Sensor(look.Temperature, fmt.Sprintf("%s %s", cpqPlace(place), row.Text(2)), t, cpqState(condition))
		}
	}
	for _, row := range g.Table(ctx, cpq+"6.2.9.3.1", 2, 3, 4, 7) {
		condition, _ := row.Int(4)
		name := "Power supply " + lastArc(row)
		if present, told := row.Int(3); told && present == 2 { // absent
			continue
		}
		g.Status(name, cpqState(condition))
		if watts, told := row.Cells[7].Float(); told {
			g.Sensor(look.Power, name, watts, "")
		}
	}
	for _, parts := range []struct {
		table        string
		name, status int
		what         string
	}{{"6.2.14.13.1", 13, 20, "Memory "}, {"6.2.17.2.1", 0, 4, "Battery "}, {"1.2.2.1.1", 0, 6, "Processor "}} {
		columns := []int{parts.status}
		if parts.name != 0 {
			columns = append(columns, parts.name)
		}
		for _, row := range g.Table(ctx, cpq+parts.table, columns...) {
			status, _ := row.Int(parts.status)
			name := row.Text(parts.name)
			if parts.name == 0 || name == "" {
				name = parts.what + lastArc(row)
			}
			g.Status(name, cpqState(status))
		}
	}
	cpqDisks(ctx, g)
}

func lastArc(row snmp.Row) string {
	if arcs := row.Arcs(); len(arcs) > 0 {
		return fmt.Sprint(arcs[len(arcs)-1])
	}
	return row.Index
}

func cpqDisks(ctx context.Context, g *gather.Gathering) {
	for _, row := range g.Table(ctx, cpq+"3.2.2.1.1", 6) {
		condition, _ := row.Int(6)
		g.Status("Array controller "+row.Index, cpqState(condition))
	}
	disk := map[int64]gather.Word{
		2: {State: look.StateOK, Detail: "ok"}, 3: {State: look.StateFailed, Detail: "failed"}, 4: {State: look.StateFailed, Detail: "predictiveFailure"},
	}
	for _, row := range g.Table(ctx, cpq+"3.2.5.1.1", 3, 5, 6, 37, 51, 64) {
		status, _ := row.Int(6)
		condition, _ := row.Int(37)
		word := gather.Worse(disk[status], gather.Word{State: cpqState(condition), Detail: disk[status].Detail})
		name := device.Told(row.Text(64))
		if name == "" {
			name = "Disk " + row.Index
		}
		g.Disk(look.Disk{Name: name, Model: device.Told(row.Text(3)), Serial: device.Told(row.Text(51)), State: word.State, Detail: word.Detail})
	}
	array := map[int64]gather.Word{
		2: {State: look.StateOK, Detail: "ok"}, 3: {State: look.StateFailed, Detail: "failed"}, 5: {State: look.StateFailed, Detail: "recovering"}, 6: {State: look.StateFailed, Detail: "readyForRebuild"},
		7: {State: look.StateWarning, Detail: "rebuilding"}, 8: {State: look.StateFailed, Detail: "wrongDrive"}, 9: {State: look.StateFailed, Detail: "badConnect"}, 10: {State: look.StateFailed, Detail: "overheating"},
		11: {State: look.StateFailed, Detail: "shutdown"}, 12: {State: look.StateOK, Detail: "expanding"}, 13: {State: look.StateFailed, Detail: "notAvailable"}, 14: {State: look.StateOK, Detail: "queuedForExpansion"},
	}
	for _, row := range g.Table(ctx, cpq+"3.2.3.1.1", 4, 9, 11, 14) {
		status, _ := row.Int(4)
		condition, _ := row.Int(11)
		word := gather.Worse(array[status], gather.Word{State: cpqState(condition), Detail: array[status].Detail})
		name := device.Told(row.Text(14))
		if name == "" {
			name = "Logical drive " + row.Index
		}
		v := look.Volume{Name: name, Type: "raid", State: word.State, Detail: word.Detail}
		if megabytes, told := row.Cells[9].Uint(); told && megabytes < 1<<40 {
			v.SizeBytes = megabytes << 20
		}
		g.Volume(v)
	}
}
