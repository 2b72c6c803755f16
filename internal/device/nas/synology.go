package nas

import (
	"context"
	"fmt"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/gather"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// Synology's MIBs: system, disks, RAID, and the UPS that hangs on it.
const (
	syno = "1.3.6.1.4.1.6574."

	synoSystem      = syno + "1.1.0"
	synoTemperature = syno + "1.2.0"
	synoPower       = syno + "1.3.0"
	synoSystemFan   = syno + "1.4.1.0"
	synoCPUFan      = syno + "1.4.2.0"
	synoUpgrade     = syno + "1.5.4.0"
	synoDisks       = syno + "2.1.1"
	synoRAIDs       = syno + "3.1.1"

	synoUPSStatus  = syno + "4.2.1.0"
	synoUPSLoad    = syno + "4.2.12.1.0"
	synoUPSCharge  = syno + "4.3.1.1.0"
	synoUPSRuntime = syno + "4.3.6.1.0"
)

// FactUpgrade says whether a newer version of the system is to be had.
const FactUpgrade = "upgrade_available"

// synoDisk are the numbers of diskStatus, synoHealth those of diskHealthStatus
// (DSM 7), synoRAID those of raidStatus.
func synoDisk(n int64) gather.Word {
	switch n {
	case 1:
		return ok("normal")
	case 2:
		return ok("initialized")
	case 3:
		return ok("notInitialized")
	case 4:
		return failed("systemPartitionFailed")
	case 5:
		return failed("crashed")
	}
	return gather.Word{}
}

func synoHealth(n int64) gather.Word {
	switch n {
	case 1:
		return ok("normal")
	case 2:
		return warning("warning")
	case 3:
		return failed("critical")
	case 4:
		return failed("failing")
	}
	return gather.Word{}
}

func synoRAID(n int64) gather.Word {
	names := []string{
		"normal", "repairing", "migrating", "expanding", "deleting", "creating", "syncing", "parityChecking", "assembling", "canceling", "degraded", "crashed",
		"dataScrubbing", "deploying", "undeploying", "mountingCache", "unmountingCache", "expandingUnfinishedSHR", "convertingSHRToPool", "migratingSHR1ToSHR2",
	}
	switch {
	case n == 11 || n == 12:
		return failed(names[n-1])
	case n == 2: // it was degraded, and is not whole again
		return warning(names[n-1])
	case n >= 1 && int(n) <= len(names):
		return ok(names[n-1])
	}
	return gather.Word{}
}

func synology(ctx context.Context, g *gather.Gathering, id device.Identity, v *device.Visit) {
	got := g.Get(ctx, synoSystem, synoTemperature, synoPower, synoSystemFan, synoCPUFan, synoUpgrade, synoUPSStatus, synoUPSLoad, synoUPSCharge, synoUPSRuntime)
	for _, part := range []struct{ oid, name string }{{synoSystem, "System"}, {synoPower, "Power"}, {synoSystemFan, "System fan"}, {synoCPUFan, "CPU fan"}} {
		switch n, _ := got[part.oid].Int(); n {
		case 1:
			g.Status(part.name, look.StateOK)
		case 2:
			g.Status(part.name, look.StateFailed)
		}
	}
	// Zero is what models without such a sensor say.
	if t, has := got[synoTemperature].Float(); has && t > 0 {
		g.Sensor(look.Temperature, "System", t, "")
	}
	switch n, _ := got[synoUpgrade].Int(); n {
	case 1:
		v.Fact(FactUpgrade, "yes")
	case 2:
		v.Fact(FactUpgrade, "no")
	}
	for _, row := range g.Table(ctx, synoDisks, 2, 3, 5, 6, 13) {
		status, _ := row.Int(5)
		health, _ := row.Int(13)
		word := gather.Worse(synoDisk(status), synoHealth(health))
		name := row.Text(2)
		if arcs := row.Arcs(); name == "" && len(arcs) == 1 {
			name = fmt.Sprintf("Disk %d", arcs[0]+1)
		}
		g.Disk(look.Disk{Name: name, Model: row.Text(3), State: word.State, Detail: word.Detail})
		if t, has := row.Cells[6].Float(); has && t > 0 {
			g.Sensor(look.Temperature, name, t, "")
		}
	}
	for _, row := range g.Table(ctx, synoRAIDs, 2, 3, 4, 5) {
		status, _ := row.Int(3)
		word := synoRAID(status)
		raid := look.Volume{Name: row.Text(2), Type: "raid", State: word.State, Detail: word.Detail}
		total, sized := row.Cells[5].Uint()
		free, known := row.Cells[4].Uint()
		if sized && known && free <= total {
			raid.SizeBytes, raid.UsedBytes = total, total-free
		}
		if !id.Has[device.HasHost] && strings.HasPrefix(raid.Name, "Volume") {
			raid.Type = "fixed" // nobody else tells how full it is
		}
		g.Volume(raid)
	}
	attachedUPS(g, v, got[synoUPSStatus].Text(), got[synoUPSCharge].Float, got[synoUPSRuntime].Float, got[synoUPSLoad].Float)
}

// attachedUPS tells of a UPS that hangs on the storage by USB, in the words of
// NUT: OL on line, OB on battery, LB battery low, RB replace battery.
func attachedUPS(g *gather.Gathering, v *device.Visit, status string, charge, runtime, load func() (float64, bool)) {
	words := strings.Fields(strings.ToUpper(status))
	says := func(word string) float64 {
		for _, w := range words {
			if w == word {
				return 1
			}
		}
		return 0
	}
	if says("OL")+says("OB") != 1 {
		return // there is none
	}
	v.Add(metric.UPSOnBattery, says("OB"))
	v.Add(metric.UPSBatteryLow, says("LB"))
	v.Add(metric.UPSReplaceBattery, says("RB"))
	if c, has := charge(); has && gather.Plausible(look.Charge, c) {
		v.Add(metric.UPSCharge, c/100)
		g.Sensor(look.Charge, "UPS", c, "")
	}
	if r, has := runtime(); has && r >= 0 && r < 864000 {
		v.Add(metric.UPSRuntime, r)
		g.Sensor(look.Runtime, "UPS", r, "")
	}
	if l, has := load(); has && gather.Plausible(look.Load, l) {
		v.Add(metric.UPSLoad, l/100)
		g.Sensor(look.Load, "UPS", l, "")
	}
	if says("OB") == 1 {
		v.Device.Alerts = append(v.Device.Alerts, look.Alert{Severity: "warning", Code: "onBattery", Group: "input"})
	}
	if says("RB") == 1 {
		v.Device.Alerts = append(v.Device.Alerts, look.Alert{Severity: "critical", Code: "batteryBad", Group: "battery"})
	}
}
