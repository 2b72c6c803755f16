package agent_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/agent"
	"github.com/budi-monitor/budi/internal/host"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// awkward is more than a look of the basic profile can bring, in its order:
// every number of a Linux computer, as many filesystems, disks and cards as are
// told, and something left out of each.
func awkward() []look.Sample {
	var all []look.Sample
	add := func(name string, labels ...string) {
		all = append(all, look.Sample{Name: name, Labels: look.Labels(labels...), Value: 1})
	}
	add(metric.SystemUptime)
	add(metric.SystemCPULogicalCount)
	for _, mode := range []string{"idle", "interrupt", "iowait", "nice", "softirq", "steal", "system", "user"} {
		add(metric.SystemCPUTime, metric.LabelCPUMode, mode)
	}
	add(metric.SystemCPULoad1)
	add(metric.SystemCPULoad5)
	add(metric.SystemCPULoad15)
	add(metric.SystemMemoryLimit)
	for _, state := range []string{"used", "free", "buffers", "cached"} {
		add(metric.SystemMemoryUsage, metric.LabelMemoryState, state)
	}
	add(metric.SystemMemoryUtilization, metric.LabelMemoryState, "used")
	add(metric.SystemMemoryAvailable)
	add(metric.SystemPagingUsage, metric.LabelPagingState, "used")
	add(metric.SystemPagingUsage, metric.LabelPagingState, "free")
	add(metric.SystemPagingUtilization, metric.LabelPagingState, "used")
	for i := range 4 {
		at := fmt.Sprintf("/disk%d", i)
		add(metric.SystemFilesystemUsage, metric.LabelFilesystemMountpoint, at, metric.LabelFilesystemState, "used")
		add(metric.SystemFilesystemUsage, metric.LabelFilesystemMountpoint, at, metric.LabelFilesystemState, "free")
		add(metric.SystemFilesystemUse, metric.LabelFilesystemMountpoint, at, metric.LabelFilesystemState, "used")
	}
	for _, name := range []string{"sda", "sdb"} {
		add(metric.SystemDiskIO, metric.LabelDevice, name, metric.LabelDiskDirection, "read")
		add(metric.SystemDiskIO, metric.LabelDevice, name, metric.LabelDiskDirection, "write")
		add(metric.SystemDiskIOTime, metric.LabelDevice, name)
	}
	for _, name := range []string{"eth0", "wlan0"} {
		for _, m := range []string{metric.SystemNetworkIO, metric.SystemNetworkErrors} {
			add(m, metric.LabelNetworkInterface, name, metric.LabelNetworkDirection, "receive")
			add(m, metric.LabelNetworkInterface, name, metric.LabelNetworkDirection, "transmit")
		}
	}
	for _, part := range []string{"disk", "filesystem", "network"} {
		add(metric.HostLeftOut, metric.LabelPart, part)
		add(metric.HostPartErrors, metric.LabelPart, part)
	}
	return all
}

// ours is all that an agent adds.
func ours() []look.Sample {
	var all []look.Sample
	for _, name := range []string{
		metric.HostAntivirusEnabled, metric.HostAntivirusUpToDate, metric.HostFirewallEnabled, metric.HostRestartPending, metric.HostUpdateAge,
		metric.AgentInfo, metric.AgentSpoolSamples, metric.AgentDropped, metric.AgentSentBytes, metric.AgentReceivedBytes, metric.AgentPushErrors,
	} {
		all = append(all, look.Sample{Name: name, Value: 1})
	}
	for i := range 3 {
		all = append(all, look.Sample{Name: metric.HostDiskHealthy, Labels: look.Labels(metric.LabelDevice, fmt.Sprint(i)), Value: 1})
	}
	return all
}

func count(samples []look.Sample, name string) int {
	n := 0
	for _, s := range samples {
		if s.Name == name {
			n++
		}
	}
	return n
}

func TestAWorkstationHasAtMostSixtySeries(t *testing.T) {
	samples, more := awkward(), ours()
	if n := len(samples) + len(more); n <= host.MaxBasicSeries {
		t.Fatalf("only %d series: the test shows nothing", n)
	}
	all := agent.Fit(host.Basic, samples, more)
	if len(all) != host.MaxBasicSeries {
		t.Errorf("%d series, want %d", len(all), host.MaxBasicSeries)
	}
	for _, s := range more {
		if count(all, s.Name) != count(more, s.Name) {
			t.Errorf("%s went", s.Name)
		}
	}
	for _, name := range []string{metric.SystemCPULoad1, metric.SystemFilesystemUse, metric.SystemNetworkIO, metric.SystemMemoryUtilization, metric.HostLeftOut, metric.HostPartErrors} {
		if count(all, name) != count(samples, name) {
			t.Errorf("%s went before what is asked for less", name)
		}
	}
	if n := len(agent.Fit(host.Full, samples, more)); n != len(samples)+len(more) {
		t.Errorf("a server lost series: %d are left", n)
	}
	few := samples[:10]
	if all := agent.Fit(host.Basic, few, more); len(all) != len(few)+len(more) {
		t.Errorf("an ordinary workstation lost series: %d are left", len(all))
	}
}

func TestOpenMetrics(t *testing.T) {
	samples := append(awkward(), look.Sample{Name: metric.AgentInfo, Labels: look.Labels("version", "a\"b\\c\nd"), Value: 1})
	slices.Reverse(samples) // the order is the catalogue's
	var b bytes.Buffer
	if err := agent.WriteOpenMetrics(&b, samples); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"# TYPE system_uptime_seconds gauge\n",
		"# TYPE system_cpu_time_seconds counter\n",
		`system_cpu_time_seconds_total{cpu_mode="idle"} 1.0` + "\n",
		`budi_agent_info{version="a\"b\\c\nd"} 1.0` + "\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if !strings.HasSuffix(text, "# EOF\n") || strings.Count(text, "# TYPE system_filesystem_usage_bytes ") != 1 {
		t.Errorf("not OpenMetrics:\n%s", text)
	}
}
