package nas

import (
	"context"
	"fmt"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/gather"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// QNAP's NAS-MIB has the same things up to three times: as texts with units
// (24681.1.2), as numbers (24681.1.3), and by enclosure (24681.1.4, since QTS 4.3),
// which knows expansion units too.
const (
	qnapTexts      = "1.3.6.1.4.1.24681.1.2."
	qnapNumbers    = "1.3.6.1.4.1.24681.1.3."
	qnapEnclosures = "1.3.6.1.4.1.24681.1.4.1.1.1."
)

func qnap(ctx context.Context, g *gather.Gathering) {
	got := g.Get(ctx, qnapTexts+"5.0", qnapTexts+"6.0", qnapNumbers+"5.0", qnapNumbers+"6.0", qnapEnclosures+"1.4.2.0", qnapTexts+"1.0", qnapTexts+"2.0", qnapTexts+"3.0")
	temperature(g, "CPU", got[qnapEnclosures+"1.4.2.0"], got[qnapNumbers+"5.0"], got[qnapTexts+"5.0"])
	qnapDisks(ctx, g)
	qnapParts(ctx, g)
	if !enclosures(ctx, g) {
		temperature(g, "System", got[qnapNumbers+"6.0"], got[qnapTexts+"6.0"])
	}
	qnapVolumes(ctx, g)
	// Systems without HOST-RESOURCES-MIB tell these here.
	if load, told := gather.Number(got[qnapTexts+"1.0"].Text()); told && !g.Has(look.Load) {
		g.Sensor(look.Load, "Processor", load, "")
	}
	total, sized := gather.Size(got[qnapTexts+"2.0"].Text())
	free, known := gather.Size(got[qnapTexts+"3.0"].Text())
	if sized && known && free <= total && total > 0 && !g.Has(look.Memory) {
		g.Sensor(look.Memory, "Memory", 100*float64(total-free)/float64(total), "")
	}
}

// temperature adds the first of several values that is one.
func temperature(g *gather.Gathering, name string, values ...snmp.Value) {
	for _, v := range values {
		if t, told := gather.Degrees(v.Text()); told && t > 0 {
			g.Sensor(look.Temperature, name, t, "")
			return
		}
	}
}

// qnapDisks reads the disks where they are told best.
func qnapDisks(ctx context.Context, g *gather.Gathering) {
	n := 0
	for _, row := range g.Table(ctx, qnapEnclosures+"1.5.2.1", 1, 2, 3, 4, 5, 6, 8) {
		smart, told := row.Int(5)
		word := wordOf(row.Text(4))
		if told {
			word = gather.Worse(word, map[int64]gather.Word{0: ok("good"), 1: warning("warning"), 2: failed("abnormal"), -1: failed("error")}[smart])
		}
		if device.Told(row.Text(8)) == "" && device.Told(row.Text(4)) == "" {
			continue // an empty slot
		}
		name := "Disk " + row.Text(1)
		if enclosure, there := row.Int(3); there && enclosure > 0 {
			name = fmt.Sprintf("Enclosure %d disk %s", enclosure, row.Text(2))
		}
		g.Disk(look.Disk{Name: name, Model: device.Told(row.Text(8)), State: word.State, Detail: word.Detail})
		temperature(g, name, row.Cells[6])
		n++
	}
	for _, root := range []string{qnapNumbers, qnapTexts} {
		if n > 0 {
			return
		}
		for _, row := range g.Table(ctx, root+"11.1", 2, 3, 4, 5, 7) {
			status, _ := row.Int(4)
			if status == -5 { // no disk
				continue
			}
			word := gather.Worse(map[int64]gather.Word{0: ok("ready"), -6: failed("invalid"), -9: failed("rwError")}[status], wordOf(row.Text(7)))
			name := row.Text(2)
			g.Disk(look.Disk{Name: name, Model: device.Told(row.Text(5)), State: word.State, Detail: word.Detail})
			temperature(g, name, row.Cells[3])
			n++
		}
	}
}

// qnapParts reads fans and power supplies.
func qnapParts(ctx context.Context, g *gather.Gathering) {
	fans := 0
	for _, row := range g.Table(ctx, qnapEnclosures+"1.2.2.1", 1, 4, 5) {
		state := map[int64]string{0: look.StateOK, -1: look.StateFailed}[number(row, 4)]
		name := "Fan " + row.Text(1)
		if speed, told := row.Cells[5].Float(); told && speed >= 0 {
			g.Sensor(look.FanSpeed, name, speed, state)
		} else {
			g.Status(name, state)
		}
		fans++
	}
	for _, row := range g.Table(ctx, qnapEnclosures+"1.3.2.1", 1, 4, 5, 6) {
		name := "PSU " + row.Text(1)
		g.Status(name, map[int64]string{0: look.StateOK, -1: look.StateFailed}[number(row, 4)])
		temperature(g, name, row.Cells[6])
		if speed, told := row.Cells[5].Float(); told && speed >= 0 {
			g.Sensor(look.FanSpeed, name, speed, "")
		}
	}
	if fans > 0 {
		return
	}
	for _, root := range []string{qnapNumbers, qnapTexts} {
		for _, row := range g.Table(ctx, root+"15.1", 2, 3) {
			if speed, told := gather.Number(row.Text(3)); told && speed >= 0 {
				g.Sensor(look.FanSpeed, row.Text(2), speed, "")
				fans++
			}
		}
		if fans > 0 {
			return
		}
	}
}

// number is a number in a column, or one that stands for none.
func number(row snmp.Row, column int) int64 {
	if n, told := row.Int(column); told {
		return n
	}
	return -1 << 40
}

func enclosures(ctx context.Context, g *gather.Gathering) bool {
	found := false
	for _, row := range g.Table(ctx, qnapEnclosures+"1.1.2.1", 2, 7) {
		if t, told := row.Cells[7].Float(); told && t > 0 {
			g.Sensor(look.Temperature, "Enclosure "+row.Text(2), t, "")
			found = true
		}
	}
	return found
}

// qnapVolumes reads arrays, pools and volumes.
func qnapVolumes(ctx context.Context, g *gather.Gathering) {
	for _, row := range g.Table(ctx, qnapEnclosures+"2.1.2.1", 1, 5, 7) {
		word := map[int64]gather.Word{
			0: ok("ready"), 1: failed("degraded"), 2: warning("rebuilding"), 3: ok("synchronizing"), 4: failed("failure"), 5: failed("offline"), 6: ok("migrating"),
		}[number(row, 5)]
		if _, told := row.Int(5); !told {
			word = wordOf(row.Text(5))
		}
		g.Volume(look.Volume{Name: "RAID group " + row.Text(1), Type: "raid", State: word.State, Detail: word.Detail})
	}
	found := false
	for _, root := range []string{qnapNumbers, qnapTexts} {
		for _, row := range g.Table(ctx, root+"17.1", 2, 4, 5, 6) {
			word := wordOf(row.Text(6))
			v := look.Volume{Name: row.Text(2), Type: "raid", State: word.State, Detail: word.Detail}
			total, sized := gather.Size(row.Text(4))
			free, known := gather.Size(row.Text(5))
			if sized && known && free <= total {
				v.SizeBytes, v.UsedBytes = total, total-free
			}
			g.Volume(v)
			found = true
		}
		if found {
			return
		}
	}
}
