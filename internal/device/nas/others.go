package nas

import (
	"context"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/gather"
	"github.com/budi-monitor/budi/internal/look"
)

// readyNAS reads Netgear's ReadyNAS: OS 6 (4526.22), and before it (4526.18). Both
// tell states as words, and sizes in megabytes.
func readyNAS(ctx context.Context, g *gather.Gathering) {
	const newer, older = "1.3.6.1.4.1.4526.22.", "1.3.6.1.4.1.4526.18."
	disks := 0
	for _, row := range g.Table(ctx, newer+"3.1", 1, 3, 4, 5, 9, 10) {
		word := wordOf(row.Text(9))
		name := "Disk " + row.Text(1)
		g.Disk(look.Disk{Name: name, Model: device.Told(row.Text(5)), Serial: device.Told(row.Text(4)), State: word.State, Detail: word.Detail})
		temperature(g, name, row.Cells[10])
		disks++
	}
	root := newer
	if disks == 0 {
		root = older
		for _, row := range g.Table(ctx, older+"3.1", 1, 3, 4, 5) {
			word := wordOf(row.Text(4))
			name := "Disk " + row.Text(1)
			g.Disk(look.Disk{Name: name, Model: device.Told(row.Text(3)), State: word.State, Detail: word.Detail})
			disks++
		}
	}
	if disks == 0 {
		return
	}
	for _, row := range g.Table(ctx, root+"4.1", 1, 2) {
		if speed, told := row.Cells[2].Float(); told {
			g.Sensor(look.FanSpeed, "Fan "+row.Text(1), speed, "")
		}
	}
	for _, row := range g.Table(ctx, root+"7.1", 2, 4, 5, 6) {
		word := wordOf(row.Text(4))
		v := look.Volume{Name: row.Text(2), Type: "raid", State: word.State, Detail: word.Detail}
		total, sized := row.Cells[5].Uint()
		free, known := row.Cells[6].Uint()
		if sized && known && free <= total && total < 1<<40 {
			v.SizeBytes, v.UsedBytes = total<<20, (total-free)<<20
		}
		g.Volume(v)
	}
}

// zfs reads the pools of FreeNAS and TrueNAS. Newer systems tell name and health
// as words in the columns in which older ones had name and unit.
func zfs(ctx context.Context, g *gather.Gathering) {
	for _, row := range g.Table(ctx, "1.3.6.1.4.1.50536.1.1.1.1", 2, 3, 4, 5, 7) {
		name := row.Text(2)
		pool := look.Volume{Name: name, Type: "raid"}
		if health := row.Text(3); strings.Trim(health, "0123456789") != "" {
			word := wordOf(health)
			pool.State, pool.Detail = word.State, word.Detail
			g.Volume(pool)
			continue
		}
		word := map[int64]gather.Word{0: ok("online"), 1: failed("degraded"), 2: failed("faulted"), 3: failed("offline"), 4: failed("unavail"), 5: failed("removed")}[number(row, 7)]
		pool.State, pool.Detail = word.State, word.Detail
		unit, _ := row.Cells[3].Uint()
		size, sized := row.Cells[4].Uint()
		used, known := row.Cells[5].Uint()
		if sized && known && used <= size && unit > 0 && unit <= 1<<30 && size <= 1<<33 {
			pool.SizeBytes, pool.UsedBytes, pool.Type = size*unit, used*unit, "fixed"
		}
		g.Volume(pool)
	}
}

// netApp reads what Data ONTAP tells in 7-mode and of a node: volumes of the
// df table, failed disks, fans and power supplies.
func netApp(ctx context.Context, g *gather.Gathering) {
	const (
		failedFans, failedSupplies = "1.3.6.1.4.1.789.1.2.4.2.0", "1.3.6.1.4.1.789.1.2.4.4.0"
		failedDisks, overheated    = "1.3.6.1.4.1.789.1.6.4.7.0", "1.3.6.1.4.1.789.1.2.4.1.0"
	)
	got := g.Get(ctx, failedFans, failedSupplies, failedDisks, overheated)
	for _, part := range []struct {
		oid, name string
		well      int64
	}{{failedFans, "Fans", 0}, {failedSupplies, "Power supplies", 0}, {failedDisks, "Disks", 0}, {overheated, "Temperature", 1}} {
		switch n, told := got[part.oid].Int(); {
		case told && n == part.well:
			g.Status(part.name, look.StateOK)
		case told && n > part.well && n < 1000:
			g.Status(part.name, look.StateFailed)
		}
	}
}
