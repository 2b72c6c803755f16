package collector

import (
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/collector/web/chart"
	"github.com/budi-monitor/budi/internal/metric"
)

// polledPlots are the charts of what is looked at over the network. Of a switch
// all ports together and the busiest of the last hour are drawn: forty-eight
// charts tell less.
func polledPlots() []plot {
	one := func(query string) []plotLine { return []plotLine{{"", query}} }
	hour := func(name string) string {
		return `sum by (` + metric.LabelIfName + `) (rate(` + name + `{%s}[1h] @ end()))`
	}
	busiest := `topk(6, ` + hour(metric.IfHCInOctets) + ` + ` + hour(metric.IfHCOutOctets) + `)`
	port := func(name string) string {
		return `8 * rate(` + name + `{%s}[%w]) and on (` + metric.LabelIfName + `) ` + busiest
	}
	return []plot{
		{web.ChartSupply, chart.Percent, metric.LabelSupply, one(metric.PrinterSupply + `{%s}`)},
		{web.ChartPages, chart.Number, "", one(`increase(` + metric.PrinterPages + `{%s}[1h])`)},
		{web.ChartCharge, chart.Percent, "", one(metric.UPSCharge + `{%s}`)},
		{web.ChartRuntime, chart.Seconds, "", one(metric.UPSRuntime + `{%s}`)},
		{web.ChartUPSLoad, chart.Percent, "", one(metric.UPSLoad + `{%s}`)},
		{web.ChartPorts, chart.BitsPerSecond, "", []plotLine{
			{"receive", `8 * sum(rate(` + metric.IfHCInOctets + `{%s}[%w]))`}, {"transmit", `8 * sum(rate(` + metric.IfHCOutOctets + `{%s}[%w]))`},
		}},
		{web.ChartPort, chart.BitsPerSecond, metric.LabelIfName, []plotLine{{"receive", port(metric.IfHCInOctets)}, {"transmit", port(metric.IfHCOutOctets)}}},
		{web.ChartCPU, chart.Percent, metric.LabelName, one(metric.SensorLoad + `{%s}`)},
		{web.ChartMemory, chart.Percent, metric.LabelName, one(metric.SensorMemory + `{%s}`)},
		{web.ChartTemperature, chart.Number, metric.LabelName, one(metric.SensorTemperature + `{%s}`)},
		{web.ChartClients, chart.Number, metric.LabelName, one(metric.SensorClients + `{%s}`)},
		{web.ChartDisk, chart.Percent, metric.LabelFilesystemMountpoint, one(`max by (` + metric.LabelFilesystemMountpoint + `) (` + metric.SystemFilesystemUse + `{%s,` + metric.LabelFilesystemState + `="used"})`)},
	}
}
