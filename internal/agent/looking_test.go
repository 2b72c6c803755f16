package agent_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/agent"
	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/agent/uplink"
	"github.com/budi-monitor/budi/internal/host"
	"github.com/budi-monitor/budi/internal/host/facts"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// Each of the three keeps its own bound, with its own tests on awkward
// computers; together they stay within the workstation's.
func TestAWorkstationHasAtMostSixtySeries(t *testing.T) {
	store, err := state.Open(filepath.Join(t.TempDir(), "agent.db"), state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	up, err := uplink.New(uplink.Options{Identity: state.Identity{URL: "https://collector.example", Agent: "a"}, Spool: store, Version: "v1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	own := len(up.Samples())
	if own < 6 {
		t.Errorf("the agent tells only %d numbers of itself", own)
	}
	if n := host.MaxBasicSeries + facts.MaxSamples + own; n > agent.MaxBasicSeries {
		t.Errorf("%d of the computer, %d of its state and %d of the agent are %d series, want at most %d",
			host.MaxBasicSeries, facts.MaxSamples, own, n, agent.MaxBasicSeries)
	}
	o := options(t)
	once, err := agent.LookOnce(t.Context(), o, host.Basic)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(once.Result.Samples) + own; n > agent.MaxBasicSeries || n < 15 {
		t.Errorf("this computer has %d series", n)
	}
}

func TestOpenMetrics(t *testing.T) {
	samples := []look.Sample{
		{Name: metric.SystemUptime, Value: 5},
		{Name: metric.SystemCPUTime, Labels: look.Labels(metric.LabelCPUMode, "user"), Value: 2.5},
		{Name: metric.AgentInfo, Labels: look.Labels("version", "a\"b\\c\nd"), Value: 1},
		{Name: metric.SystemCPUTime, Labels: look.Labels(metric.LabelCPUMode, "idle"), Value: 1},
		{Name: "not_in_the_catalogue", Value: 1},
	}
	var b bytes.Buffer
	if err := agent.WriteOpenMetrics(&b, samples); err != nil {
		t.Fatal(err)
	}
	const want = `# TYPE budi_agent_info gauge
budi_agent_info{version="a\"b\\c\nd"} 1.0
# TYPE system_cpu_time_seconds counter
system_cpu_time_seconds_total{cpu_mode="user"} 2.5
system_cpu_time_seconds_total{cpu_mode="idle"} 1.0
# TYPE system_uptime_seconds gauge
system_uptime_seconds 5.0
# EOF
`
	var got strings.Builder
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, "# HELP ") {
			got.WriteString(line)
		}
	}
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
	if !strings.Contains(b.String(), "# HELP system_uptime_seconds Time since") {
		t.Errorf("no help in\n%s", b.String())
	}
}
