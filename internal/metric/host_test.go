package metric_test

import (
	"slices"
	"testing"

	"github.com/prometheus/otlptranslator"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/semconv/v1.43.0/systemconv"

	"github.com/budi-monitor/budi/internal/metric"
)

// instrument is what OpenTelemetry's generated conventions say of a metric.
type instrument interface {
	Name() string
	Unit() string
}

// loadAverage is not in the conventions: the hostmetrics receiver of the
// OpenTelemetry Collector names it.
type loadAverage string

func (l loadAverage) Name() string { return "system.cpu.load_average." + string(l) }
func (loadAverage) Unit() string   { return "{thread}" }

// Names, units and labels are those of the conventions as Prometheus writes
// them, not as we remember them.
func TestHostMetricsFollowTheConvention(t *testing.T) {
	const (
		counter = otlptranslator.MetricTypeMonotonicCounter
		gauge   = otlptranslator.MetricTypeGauge
		upDown  = otlptranslator.MetricTypeNonMonotonicCounter
	)
	key := func(kv attribute.KeyValue) string { return string(kv.Key) }
	var (
		usage   systemconv.FilesystemUsage
		limit   systemconv.FilesystemLimit
		use     systemconv.FilesystemUtilization
		diskIO  systemconv.DiskIO
		busy    systemconv.DiskIOTime
		ops     systemconv.DiskOperations
		opTime  systemconv.DiskOperationTime
		netIO   systemconv.NetworkIO
		packets systemconv.NetworkPacketCount
		errs    systemconv.NetworkErrors
		dropped systemconv.NetworkPacketDropped
	)
	cases := map[string]struct {
		instrument instrument
		kind       otlptranslator.MetricType
		attributes []string
	}{
		metric.SystemUptime:          {systemconv.Uptime{}, gauge, nil},
		metric.SystemCPULogicalCount: {systemconv.CPULogicalCount{}, upDown, nil},
		metric.SystemCPUTime:         {systemconv.CPUTime{}, counter, []string{key(systemconv.CPUTime{}.AttrCPUMode(""))}},
		metric.SystemCPULoad1:        {loadAverage("1m"), gauge, nil},
		metric.SystemCPULoad5:        {loadAverage("5m"), gauge, nil},
		metric.SystemCPULoad15:       {loadAverage("15m"), gauge, nil},
		metric.SystemMemoryUsage:     {systemconv.MemoryUsage{}, upDown, []string{key(systemconv.MemoryUsage{}.AttrMemoryState(""))}},
		metric.SystemMemoryLimit:     {systemconv.MemoryLimit{}, upDown, nil},
		metric.SystemMemoryUtilization: {systemconv.MemoryUtilization{}, gauge,
			[]string{key(systemconv.MemoryUtilization{}.AttrMemoryState(""))}},
		metric.SystemMemoryAvailable:   {systemconv.MemoryLinuxAvailable{}, upDown, nil},
		metric.SystemPagingUsage:       {systemconv.PagingUsage{}, upDown, []string{key(systemconv.PagingUsage{}.AttrPagingState(""))}},
		metric.SystemPagingUtilization: {systemconv.PagingUtilization{}, gauge, []string{key(systemconv.PagingUtilization{}.AttrPagingState(""))}},
		metric.SystemFilesystemUsage: {usage, upDown, []string{key(usage.AttrDevice("")), key(usage.AttrFilesystemMountpoint("")),
			key(usage.AttrFilesystemType("")), key(usage.AttrFilesystemMode("")), key(usage.AttrFilesystemState(""))}},
		metric.SystemFilesystemLimit: {limit, upDown, []string{key(limit.AttrDevice("")), key(limit.AttrFilesystemMountpoint("")),
			key(limit.AttrFilesystemType("")), key(limit.AttrFilesystemMode(""))}},
		metric.SystemFilesystemUse: {use, gauge, []string{key(use.AttrDevice("")), key(use.AttrFilesystemMountpoint("")),
			key(use.AttrFilesystemType("")), key(use.AttrFilesystemMode("")), key(use.AttrFilesystemState(""))}},
		metric.SystemDiskIO:            {diskIO, counter, []string{key(diskIO.AttrDevice("")), key(diskIO.AttrDiskIODirection(""))}},
		metric.SystemDiskIOTime:        {busy, counter, []string{key(busy.AttrDevice(""))}},
		metric.SystemDiskOperations:    {ops, counter, []string{key(ops.AttrDevice("")), key(ops.AttrDiskIODirection(""))}},
		metric.SystemDiskOperationTime: {opTime, counter, []string{key(opTime.AttrDevice("")), key(opTime.AttrDiskIODirection(""))}},
		metric.SystemNetworkIO:         {netIO, counter, []string{key(netIO.AttrNetworkInterfaceName("")), key(netIO.AttrNetworkIODirection(""))}},
		metric.SystemNetworkPackets:    {packets, counter, []string{key(packets.AttrDevice("")), key(packets.AttrNetworkIODirection(""))}},
		metric.SystemNetworkErrors:     {errs, counter, []string{key(errs.AttrNetworkInterfaceName("")), key(errs.AttrNetworkIODirection(""))}},
		metric.SystemNetworkDropped:    {dropped, counter, []string{key(dropped.AttrNetworkInterfaceName("")), key(dropped.AttrNetworkIODirection(""))}},
	}

	names := otlptranslator.NewMetricNamer("", otlptranslator.UnderscoreEscapingWithSuffixes)
	units := otlptranslator.UnitNamer{}
	labels := otlptranslator.LabelNamer{}
	checked := 0
	for _, d := range metric.All() {
		c, ok := cases[d.Name]
		if !ok {
			if len(d.Name) > 7 && d.Name[:7] == "system_" {
				t.Errorf("%s is not held against the convention", d.Name)
			}
			continue
		}
		checked++
		want, err := names.Build(otlptranslator.Metric{Name: c.instrument.Name(), Unit: c.instrument.Unit(), Type: c.kind})
		if err != nil {
			t.Fatal(err)
		}
		if d.Name != want {
			t.Errorf("%s is called %s", c.instrument.Name(), want)
		}
		unit := units.Build(c.instrument.Unit())
		if c.instrument.Unit() == "1" {
			unit = "ratio"
		}
		if d.Unit != unit {
			t.Errorf("%s: unit %q, want %q", d.Name, d.Unit, unit)
		}
		if isCounter := d.Type == metric.Counter; isCounter != (c.kind == counter) {
			t.Errorf("%s: type %s, the convention says otherwise", d.Name, d.Type)
		}
		var wantLabels []string
		for _, a := range c.attributes {
			l, err := labels.Build(a)
			if err != nil {
				t.Fatal(err)
			}
			wantLabels = append(wantLabels, l)
		}
		if !slices.Equal(d.Labels, wantLabels) {
			t.Errorf("%s: labels %v, want %v", d.Name, d.Labels, wantLabels)
		}
	}
	if checked != len(cases) {
		t.Errorf("%d of %d metrics are in the catalogue", checked, len(cases))
	}
}
