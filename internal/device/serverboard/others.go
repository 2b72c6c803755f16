package serverboard

import (
	"context"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/gather"
	"github.com/budi-monitor/budi/internal/look"
)

// wordState judges the words of Lenovo's boards.
func wordState(text string) string {
	lower := strings.ToLower(text)
	switch {
	case lower == "":
		return ""
	case strings.Contains(lower, "normal") || strings.Contains(lower, "ok"):
		return look.StateOK
	case strings.Contains(lower, "warning") || strings.Contains(lower, "non-critical") || strings.Contains(lower, "noncritical"):
		return look.StateWarning
	case strings.Contains(lower, "critical") || strings.Contains(lower, "error") || strings.Contains(lower, "fail") || strings.Contains(lower, "non-recoverable"):
		return look.StateFailed
	}
	return ""
}

// xcc reads Lenovo's XCC and IBM's IMM, which number alike below root.
func xcc(ctx context.Context, g *gather.Gathering, v *device.Visit, root string) {
	health := g.Get(ctx, root+"1.4.1.0")[root+"1.4.1.0"]
	if n, told := health.Int(); told {
		g.Status("System", map[int64]string{255: look.StateOK, 4: look.StateWarning, 2: look.StateFailed, 0: look.StateFailed}[n])
	}
	for _, t := range []struct {
		table string
		class look.SensorClass
		scale float64
	}{{"1.1.2.1", look.Temperature, 1}, {"1.2.2.1", look.Voltage, 0.001}} {
		for _, row := range g.Table(ctx, root+t.table, 2, 3) {
			if value, told := row.Cells[3].Float(); told && (value > 0 || t.class == look.Voltage) {
				g.Sensor(t.class, row.Text(2), value*t.scale, "")
			}
		}
	}
	for _, row := range g.Table(ctx, root+"1.3.2.1", 2, 10) { // speeds are percents of what nobody tells
		g.Status(row.Text(2), wordState(row.Text(10)))
	}
	for _, row := range g.Table(ctx, root+"1.11.2.1", 2, 6) {
		g.Status(row.Text(2), wordState(row.Text(6)))
	}
	for _, row := range g.Table(ctx, root+"1.12.2.1", 2, 3) {
		g.Disk(look.Disk{Name: row.Text(2), State: wordState(row.Text(3)), Detail: device.Told(row.Text(3))})
	}
	for _, row := range g.Table(ctx, root+"1.4.2.1", 2, 3) {
		severity := map[string]string{look.StateWarning: "warning", look.StateFailed: "critical"}[wordState(row.Text(2))]
		if severity != "" && row.Text(3) != "" {
			v.Device.Alerts = append(v.Device.Alerts, look.Alert{Severity: severity, Code: "health", Text: row.Text(3)})
		}
	}
}

// irmc reads Fujitsu's ServerView objects: temperatures, fans, power supplies.
func irmc(ctx context.Context, g *gather.Gathering) {
	const root, status = "1.3.6.1.4.1.231.2.10.2.2.10.", "1.3.6.1.4.1.231.2.10.2.11.2.1.0"
	if n, told := g.Get(ctx, status)[status].Int(); told {
		g.Status("System", map[int64]string{1: look.StateOK, 2: look.StateWarning, 3: look.StateFailed, 4: look.StateFailed}[n])
	}
	for _, row := range g.Table(ctx, root+"5.1.1", 3, 6) {
		if t, told := row.Cells[6].Float(); told && t > 0 {
			g.Sensor(look.Temperature, row.Text(3), t, "")
		}
	}
	for _, row := range g.Table(ctx, root+"5.2.1", 3, 5, 6) {
		state, _ := row.Int(5)
		if speed, told := row.Cells[6].Float(); told && speed >= 0 && state != 8 { // 8: not there
			g.Sensor(look.FanSpeed, row.Text(3), speed, map[int64]string{3: look.StateOK, 4: look.StateFailed, 5: look.StateWarning}[state])
		}
	}
	for _, row := range g.Table(ctx, root+"6.2.1", 3, 5) {
		state, _ := row.Int(5)
		g.Status(row.Text(3), map[int64]string{3: look.StateOK, 4: look.StateFailed, 5: look.StateFailed}[state])
	}
}

// cimc reads Cisco's rack servers: fans, power supplies, temperature, watts, and
// what the board complains of: its table of faults has what its dozens of other
// tables would tell.
func cimc(ctx context.Context, g *gather.Gathering, v *device.Visit) {
	const ucs = "1.3.6.1.4.1.9.9.719.1."
	state := map[int64]string{1: look.StateOK, 2: look.StateFailed, 3: look.StateWarning, 5: look.StateFailed}
	for _, part := range []struct {
		table        string
		status       int
		instead, cut string
	}{{"15.12.1", 10, "Fan", "sys/rack-unit-1/"}, {"15.56.1", 7, "Power supply", "sys/rack-unit-1/"}} {
		for _, row := range g.Table(ctx, ucs+part.table, 2, part.status) {
			n, _ := row.Int(part.status)
			name := strings.TrimPrefix(row.Text(2), part.cut)
			if name == "" {
				name = part.instead + " " + row.Index
			}
			g.Status(name, state[n])
		}
	}
	for _, row := range g.Table(ctx, ucs+"9.44.1", 4) {
		if t, told := row.Cells[4].Float(); told && t > 0 {
			g.Sensor(look.Temperature, "Ambient", t, "")
		}
	}
	for _, row := range g.Table(ctx, ucs+"9.14.1", 4) {
		if watts, told := row.Cells[4].Float(); told {
			g.Sensor(look.Power, "Server", watts, "")
		}
	}
	worst := look.StateOK
	rows := g.Table(ctx, ucs+"1.1.1", 11, 20)
	for _, row := range rows {
		severity, _ := row.Int(20)
		alert := look.Alert{Code: "fault", Text: row.Text(11)}
		switch severity {
		case 3, 4: // warning, minor
			alert.Severity = "warning"
		case 5, 6: // major, critical
			alert.Severity, worst = "critical", look.StateFailed
		default: // cleared, info, condition
			continue
		}
		if worst == look.StateOK {
			worst = look.StateWarning
		}
		v.Device.Alerts = append(v.Device.Alerts, alert)
	}
	if len(rows) > 0 {
		g.Status("System", worst)
	}
}
