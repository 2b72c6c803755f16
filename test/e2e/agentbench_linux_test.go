package e2e

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/agent/enrol"
	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/agent/uplink"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/freeport"
	"github.com/budi-monitor/budi/internal/wire"
)

// cpuTime is what a process has used of the processors, to the microsecond: the
// first number of schedstat of each of its threads (proc(5)). Threads that have
// ended are left out; Go's do not end.
func cpuTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(files) == 0 {
		b.Fatal(files, err)
	}
	var all time.Duration
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has just ended
		}
		var used time.Duration
		if _, err := fmt.Sscan(string(text), &used); err != nil {
			b.Fatal(err)
		}
		all += used
	}
	return all
}

// BenchmarkIdleAgentBesideNodeExporter runs the agent, as it is shipped, beside
// Prometheus' node_exporter that is scraped each minute, and tells the memory
// and the processor's time of both, without what their start took (the agent's
// first inventory included). NODE_EXPORTER is its binary and BENCH_AGENT how long
// to run (make bench-agent).
func BenchmarkIdleAgentBesideNodeExporter(b *testing.B) {
	exporter := os.Getenv("NODE_EXPORTER")
	length, err := time.ParseDuration(os.Getenv("BENCH_AGENT"))
	if exporter == "" || err != nil {
		b.Skip("needs NODE_EXPORTER and BENCH_AGENT: make bench-agent")
	}
	for b.Loop() {
		w := newTLSWorld(b, "")
		w.start()
		a := newAgent(b)
		a.enroll(w.url(""), w.enrolToken())
		a.run()
		addr := freeport.Addr(b)
		other := exec.Command(exporter, "--web.listen-address="+addr, "--log.level=error")
		if err := other.Start(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = other.Process.Kill(); _ = other.Wait() })
		scrape := func() {
			resp, err := http.Get("http://" + addr + "/metrics")
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		time.Sleep(30 * time.Second)
		scrape()
		time.Sleep(time.Minute)
		oursBefore, theirsBefore := cpuTime(b, a.cmd.Process.Pid), cpuTime(b, other.Process.Pid)
		for end := time.Now().Add(length); time.Now().Before(end); {
			scrape()
			time.Sleep(min(time.Minute, time.Until(end)))
		}
		minutes := length.Minutes()
		ours, theirs := resident(b, a.cmd.Process.Pid), resident(b, other.Process.Pid)
		oursCPU, theirsCPU := cpuTime(b, a.cmd.Process.Pid)-oursBefore, cpuTime(b, other.Process.Pid)-theirsBefore
		b.ReportMetric(ours/1e6, "MB-agent")
		b.ReportMetric(theirs/1e6, "MB-node_exporter")
		b.ReportMetric(ours/theirs, "memory-ratio")
		b.ReportMetric(oursCPU.Seconds()*1e3/minutes, "ms-CPU/min-agent")
		b.ReportMetric(theirsCPU.Seconds()*1e3/minutes, "ms-CPU/min-node_exporter")
		b.ReportMetric(oursCPU.Seconds()/theirsCPU.Seconds(), "CPU-ratio")
	}
}

// BenchmarkThousandAgents enrols 1,000 agents and lets each deliver what a
// workstation sees in two minutes, three times. It tells what that costs the
// collector.
func BenchmarkThousandAgents(b *testing.B) {
	agents, rounds := 1000, 3
	if testing.Short() {
		agents = 50
	}
	for b.Loop() {
		w := newTLSWorld(b, "")
		w.start()
		before := resident(b, w.cmd.Process.Pid)
		token := w.enrolToken("--uses", fmt.Sprint(agents))
		dir := b.TempDir()
		all := make([]*uplink.Uplink, agents)
		stores := make([]*state.Store, agents)
		each := func(f func(i int) error) {
			var wait sync.WaitGroup
			slots := make(chan struct{}, 8)
			for i := range all {
				slots <- struct{}{}
				wait.Go(func() {
					defer func() { <-slots }()
					if err := f(i); err != nil {
						b.Errorf("agent %d: %v", i, err)
					}
				})
			}
			wait.Wait()
			if b.Failed() {
				b.FailNow()
			}
		}
		each(func(i int) (err error) {
			machine := wire.Machine{SystemUUID: fmt.Sprintf("4c4c4544-0043-5a10-8033-%012x", i), SystemSerial: fmt.Sprint("S", i), BoardSerial: fmt.Sprint("B", i)}
			random := fmt.Appendf(nil, "%032d", i)
			identity, assignment, err := enrol.Enrol(b.Context(), enrol.Request{
				URL: w.url(""), Token: token, Hostname: fmt.Sprintf("pc-%04d", i), System: "windows", Version: "bench", Machine: machine,
				Secret: secret.New(wire.AgentSecretPrefix + base64.RawURLEncoding.EncodeToString(random)),
			})
			if err != nil {
				return err
			}
			if stores[i], err = state.Open(filepath.Join(dir, fmt.Sprint(i)), state.Options{}); err != nil {
				return err
			}
			if err := stores[i].SetIdentity(identity); err != nil {
				return err
			}
			if err := stores[i].SetAssignment(assignment); err != nil {
				return err
			}
			all[i], err = uplink.New(uplink.Options{Identity: identity, Spool: stores[i], Version: "bench", System: "windows", Hostname: fmt.Sprintf("pc-%04d", i), Machine: machine})
			return err
		})
		enrolled := cpuTime(b, w.cmd.Process.Pid)
		samples := make([]look.Sample, 60)
		for i := range samples {
			samples[i] = look.Sample{Name: metric.SystemFilesystemLimit, Labels: look.Labels(metric.LabelFilesystemMountpoint, fmt.Sprint("/disk", i)), Value: float64(i)}
		}
		start := time.Now().Add(-time.Duration(rounds) * 2 * time.Minute)
		for round := range rounds {
			each(func(i int) error {
				for n := range 2 {
					at := start.Add(time.Duration(2*round+n) * time.Minute)
					if err := stores[i].Put(look.Result{Target: "host", Kind: "host", Time: at, Outcome: look.OK, Samples: samples}); err != nil {
						return err
					}
				}
				return all[i].Push(b.Context())
			})
		}
		used := cpuTime(b, w.cmd.Process.Pid) - enrolled
		b.ReportMetric(float64(used.Microseconds())/float64(rounds*agents), "µs-CPU/push")
		b.ReportMetric((resident(b, w.cmd.Process.Pid)-before)/float64(agents)/1e3, "kB-resident/agent")
		b.ReportMetric(resident(b, w.cmd.Process.Pid)/1e6, "MB-resident")
		if got, _ := w.number(`count(count by (device) (last_over_time(system_filesystem_limit_bytes{job="host"}[15m])))`); int(got) != agents+1 && int(got) != agents {
			b.Errorf("%v devices have samples", got)
		}
		for _, s := range stores {
			_ = s.Close()
		}
		w.stop()
	}
}
