package collector

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/collector/web/chart"
	"github.com/budi-monitor/budi/internal/metric"
)

// chartPoints is about how many points a chart of a device has.
const chartPoints = 288

// chartStep is the time between two points of a chart.
func chartStep(r web.Range) time.Duration {
	return max(r.Length()/chartPoints, time.Minute).Round(time.Second)
}

// maxRateWindow bounds the window of a rate. Points of a year's chart are more
// than a day apart: reading all of that would be half a million samples for each
// line, so each point tells of the hour before it.
const maxRateWindow = time.Hour

// plot is one kind of chart: a query for each of its lines. In queries %s is
// the selector of the device, and %w the window of a rate. Series that differ
// in the label item make charts of their own.
type plot struct {
	kind  string
	unit  chart.Unit
	item  string
	lines []plotLine
}

type plotLine struct{ name, query string }

func plots() []plot {
	rate := func(name, direction, value string) string {
		return `rate(` + name + `{%s,` + direction + `="` + value + `"}[%w])`
	}
	return []plot{
		{web.ChartCPU, chart.Percent, "", []plotLine{{"", `1 - sum(rate(` + metric.SystemCPUTime + `{%s,` + metric.LabelCPUMode + `=~"idle|iowait"}[%w])) / sum(rate(` + metric.SystemCPUTime + `{%s}[%w]))`}}},
		{web.ChartMemory, chart.Percent, "", []plotLine{{"", metric.SystemMemoryUtilization + `{%s,` + metric.LabelMemoryState + `="used"}`}}},
		{web.ChartSwap, chart.Percent, "", []plotLine{{"", metric.SystemPagingUtilization + `{%s,` + metric.LabelPagingState + `="used"}`}}},
		{web.ChartDisk, chart.Percent, metric.LabelFilesystemMountpoint, []plotLine{{"", `max by (` + metric.LabelFilesystemMountpoint + `) (` + metric.SystemFilesystemUse + `{%s,` + metric.LabelFilesystemState + `="used"})`}}},
		{web.ChartDiskIO, chart.BytesPerSecond, metric.LabelDevice, []plotLine{
			{"read", rate(metric.SystemDiskIO, metric.LabelDiskDirection, "read")}, {"write", rate(metric.SystemDiskIO, metric.LabelDiskDirection, "write")},
		}},
		{web.ChartNetwork, chart.BitsPerSecond, metric.LabelNetworkInterface, []plotLine{
			{"receive", `8 * ` + rate(metric.SystemNetworkIO, metric.LabelNetworkDirection, "receive")}, {"transmit", `8 * ` + rate(metric.SystemNetworkIO, metric.LabelNetworkDirection, "transmit")},
		}},
		{web.ChartLoad, chart.Number, "", []plotLine{{"", metric.SystemCPULoad5 + `{%s}`}}},
		{web.ChartPush, chart.BytesPerSecond, "", []plotLine{{"", `rate(` + metric.AgentSentBytes + `{%s}[%w])`}}},
	}
}

// charts draws the samples of a device. A chart whose query fails is left out:
// the rest of the page is worth more.
func (v fleetView) charts(ctx context.Context, d inventory.Device, from, to time.Time, step time.Duration) []web.DeviceChart {
	bounded, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var out []web.DeviceChart
	wanted, job := plots(), `="host"`
	if d.Polled {
		wanted, job = polledPlots(), `=~"`+jobSNMP+`|`+jobPJLink+`|`+jobPlain+`"`
	}
	for _, p := range wanted {
		byItem := map[string]*web.DeviceChart{}
		for _, l := range p.lines {
			series, err := v.c.db.QueryRange(bounded, l.expr(d, job, step), from, to, step)
			if err != nil {
				v.c.log.Debug("draw a chart", "device", d.ID, "chart", p.kind, "err", err)
				continue
			}
			for _, s := range series {
				item := s.Labels[p.item]
				if byItem[item] == nil {
					byItem[item] = &web.DeviceChart{Kind: p.kind, Item: item, Unit: p.unit}
				}
				byItem[item].Lines = append(byItem[item].Lines, chart.Line{Name: l.name, Points: pointsOf(s)})
			}
		}
		for _, c := range byItem {
			out = append(out, *c)
		}
	}
	order := func(kind string) int { return slices.IndexFunc(wanted, func(p plot) bool { return p.kind == kind }) }
	slices.SortFunc(out, func(a, b web.DeviceChart) int {
		return cmp.Or(cmp.Compare(order(a.Kind), order(b.Kind)), cmp.Compare(a.Item, b.Item))
	})
	return out
}

// expr fills a query's places. job is a matcher's operator and value.
func (l plotLine) expr(d inventory.Device, job string, step time.Duration) string {
	selector := fmt.Sprintf(`job%s,site=%s,device=%s`, job, strconv.Quote(d.Site), strconv.Quote(d.ID))
	window := fmt.Sprintf("%ds", int(min(max(step, 5*time.Minute), maxRateWindow).Seconds()))
	return strings.NewReplacer("%s", selector, "%w", window).Replace(l.query)
}

func pointsOf(s metricdb.Series) []chart.Point {
	out := make([]chart.Point, len(s.Points))
	for i, p := range s.Points {
		out[i] = chart.Point{Time: p.Time, Value: p.Value}
	}
	return out
}
