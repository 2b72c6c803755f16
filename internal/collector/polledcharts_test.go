package collector

import (
	"slices"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// Every chart of a device over the network has what it asks for, by queries that
// can be read.
func TestChartsOfWhatIsLookedAtOverTheNetwork(t *testing.T) {
	a := startAgent(t, printerOf("VNB1", 0x3c, 0xa8, 0x2a, 0, 0, 1))
	c := polled(t, "devices:\n  - {id: prn-1, target: \""+targetOf(a)+"\"}\n")
	lookNow(t, c, "prn-1")
	now := c.now().Truncate(time.Second)
	for i := range 11 {
		at := now.Add(time.Duration(i-10) * time.Minute)
		n := float64(i)
		r := look.Result{Target: "made up", Kind: "printer", Time: at, Outcome: look.OK, Samples: []look.Sample{
			{Name: metric.PrinterSupply, Labels: look.Labels(metric.LabelSupply, "Black", metric.LabelType, "toner"), Value: 0.5},
			{Name: metric.PrinterPages, Value: 1000 + n},
			{Name: metric.UPSCharge, Value: 1}, {Name: metric.UPSRuntime, Value: 1200}, {Name: metric.UPSLoad, Value: 0.2},
			{Name: metric.SensorLoad, Labels: look.Labels(metric.LabelName, "CPU"), Value: 0.1},
			{Name: metric.SensorMemory, Labels: look.Labels(metric.LabelName, "RAM"), Value: 0.1},
			{Name: metric.SensorTemperature, Labels: look.Labels(metric.LabelName, "board"), Value: 31},
			{Name: metric.SensorClients, Labels: look.Labels(metric.LabelName, "radio"), Value: 7},
			{Name: metric.SystemFilesystemUse, Labels: look.Labels(metric.LabelFilesystemMountpoint, "/volume1", metric.LabelFilesystemState, "used"), Value: 0.4},
		}}
		for _, port := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
			busy := n * 1e6 * float64(port[0]-'0') // port 8 is the busiest
			r.Samples = append(r.Samples,
				look.Sample{Name: metric.IfHCInOctets, Labels: look.Labels(metric.LabelIfName, port), Value: busy},
				look.Sample{Name: metric.IfHCOutOctets, Labels: look.Labels(metric.LabelIfName, port), Value: busy / 2})
		}
		target := metricdb.Target{ID: "made up", Identity: look.Labels("site", c.Config().Site.ID, "device", "prn-1", "job", jobSNMP)}
		if err := c.db.Record(t.Context(), target, r); err != nil {
			t.Fatal(err)
		}
	}
	var kinds, ports []string
	for _, chart := range (fleetView{c}).charts(t.Context(), rowOf(t, c, "prn-1"), now.Add(-time.Hour), now, time.Minute) {
		kinds = append(kinds, chart.Kind)
		if chart.Kind == "port" {
			ports = append(ports, chart.Item)
			if len(chart.Lines) != 2 {
				t.Errorf("port %s has %d lines", chart.Item, len(chart.Lines))
			}
		}
	}
	for _, p := range polledPlots() {
		if !slices.Contains(kinds, p.kind) {
			t.Errorf("there is no chart %s", p.kind)
		}
	}
	if !slices.Equal(ports, []string{"3", "4", "5", "6", "7", "8"}) {
		t.Errorf("charts of the ports %v, want the six busiest", ports)
	}
}
