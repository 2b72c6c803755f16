package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// value returns a sample's value by its series in the form of show.
func value(t *testing.T, res look.Result, want string) float64 {
	t.Helper()
	for _, s := range res.Samples {
		if series(s) == want {
			return s.Value
		}
	}
	t.Errorf("no series %s", want)
	return 0
}

func has(res look.Result, name string) bool {
	for _, s := range res.Samples {
		if s.Name == name {
			return true
		}
	}
	return false
}

func TestThisComputer(t *testing.T) {
	for _, profile := range []Profile{Basic, Full} {
		res := New(Options{Profile: profile}).Look(t.Context())
		if res.Outcome != look.OK || res.Problem != nil {
			t.Fatalf("outcome %s, problem %+v", res.Outcome, res.Problem)
		}
		checkResult(t, res, profile)
		for _, name := range []string{
			metric.SystemUptime, metric.SystemCPULogicalCount, metric.SystemMemoryLimit, metric.SystemMemoryUtilization,
			metric.SystemFilesystemUse, metric.SystemNetworkIO,
		} {
			if !has(res, name) {
				t.Errorf("no %s in\n%s", name, show(res))
			}
		}
		if len(res.Facts) < 4 {
			t.Errorf("facts are %v", res.Facts)
		}
	}
}

func TestEmptyProfileIsBasic(t *testing.T) {
	r := loadRecording(t, "windows-classroom")
	if got, want := show(lookAt(t, r, "")), show(lookAt(t, r, Basic)); got != want {
		t.Errorf("with an empty profile:\n%s", got)
	}
}

// crowded is a computer with more of everything than any has, much of it in
// trouble.
func crowded() source {
	r := recording{CPU: map[string]float64{}, Usage: map[string]recordedUsage{}}
	for _, mode := range []string{"user", "system", "nice", "idle", "iowait", "interrupt", "steal"} {
		r.CPU[mode] = 1
	}
	one, d := uint64(1), time.Second
	seconds, cpus := 1.0, 8
	r.Uptime, r.LogicalCPUs, r.Load, r.Paging = &seconds, &cpus, &load{1, 1, 1}, &paging{1, 1}
	r.Memory = &memory{Total: 2, Available: 1, Free: &one, Buffers: &one, Cached: &one, Linux: true}
	for i := range 100 {
		name := fmt.Sprintf("thing%03d", i)
		r.Mounts = append(r.Mounts, mount{Volume: name, Device: name, Mountpoint: name, Type: "ext4", Kind: localMount})
		r.Usage[name] = recordedUsage{usage: usage{3, 1, 1}}
		r.Disks = append(r.Disks, disk{Name: name, ReadTime: &d, WriteTime: &d, BusyTime: &d})
		r.Networks = append(r.Networks, network{Name: name, Physical: true, ReceiveDropped: &one, TransmitDropped: &one})
	}
	r.Partial = map[string]string{}
	for _, part := range []string{"uptime", "cpu_count", "cpu", "load", "memory", "paging", "filesystem", "disk", "network"} {
		r.Partial[part] = "some of it is missing"
	}
	return r.source(nil)
}

func TestBasicProfileIsBoundedOnACrowdedComputer(t *testing.T) {
	res := newHost(Options{Profile: Basic}, crowded()).Look(t.Context())
	checkResult(t, res, Basic)
	if n := len(res.Samples); n < MaxBasicSeries-2 {
		t.Errorf("only %d series: what is bounded here?", n)
	}
	if got := value(t, res, `budi_host_left_out{part="several"}`); got != 97+98+98 {
		t.Errorf("%v things left out are told", got)
	}
	if got := value(t, res, `budi_host_part_errors{part="several"}`); got != 9 {
		t.Errorf("%v things that could not be read are told", got)
	}
}

func TestFullProfileIsBoundedOnACrowdedComputer(t *testing.T) {
	res := newHost(Options{Profile: Full}, crowded()).Look(t.Context())
	checkResult(t, res, Full)
	if n := len(res.Samples); n > 700 {
		t.Errorf("%d series", n)
	}
	if got := value(t, res, `budi_host_left_out{part="disk"}`); got != 68 {
		t.Errorf("%v disks left out, want 68", got)
	}
}

func TestOtherPartsAreToldWhileOneIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		release := make(chan struct{})
		r := loadRecording(t, "windows-classroom")
		src := r.source(nil)
		usageOf := src.usage
		src.usage = func(ctx context.Context, mountpoint string) (usage, error) {
			if mountpoint == "F:" {
				asked.Add(1)
				<-release
			}
			return usageOf(ctx, mountpoint)
		}
		h := newHost(Options{}, src)

		for range 3 {
			res := h.Look(t.Context())
			if res.Outcome != look.OK || !has(res, metric.SystemUptime) || !has(res, metric.SystemNetworkIO) {
				t.Errorf("a stuck drive spoils the look:\n%s", show(res))
			}
			if res.Duration > partTimeout {
				t.Errorf("the look took %v", res.Duration)
			}
			if !strings.Contains(show(res), `system_filesystem_mountpoint="C:"`) || strings.Contains(show(res), `system_filesystem_mountpoint="F:"`) {
				t.Errorf("want C: and not F::\n%s", show(res))
			}
			if got := value(t, res, `budi_host_part_errors{part="filesystem"}`); got != 2 { // D: has no size
				t.Errorf("%v filesystems in trouble, want 2", got)
			}
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("the stuck drive was asked %d times, want once", n)
		}

		close(release)
		synctest.Wait()
		if res := h.Look(t.Context()); !strings.Contains(show(res), `system_filesystem_mountpoint="F:"`) {
			t.Errorf("the drive answers again and is not told:\n%s", show(res))
		}
	})
}

func TestStuckReadsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		release := make(chan struct{})
		round := 0
		h := newHost(Options{Profile: Full}, source{
			uptime: func(context.Context) (time.Duration, error) { return time.Hour, nil },
			mounts: func(context.Context) ([]mount, error) {
				round++
				var all []mount
				for i := range 20 { // an automounter that makes new names
					all = append(all, mount{Mountpoint: fmt.Sprint("/auto/", round, "/", i), Kind: remoteMount})
				}
				return all, nil
			},
			usage: func(context.Context, string) (usage, error) {
				asked.Add(1)
				<-release
				return usage{}, errors.New("gone")
			},
		})
		for range 10 {
			h.Look(t.Context())
		}
		if n := asked.Load(); n > maxBusy {
			t.Errorf("%d reads are stuck, want at most %d", n, maxBusy)
		}
		if n := asked.Load(); n < 20 {
			t.Errorf("only %d reads were tried", n)
		}
		close(release)
	})
}

func TestLookEndsWithTheCallersContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := newHost(Options{}, source{
			uptime: func(context.Context) (time.Duration, error) { return time.Hour, nil },
			memory: func(context.Context) (memory, error) { <-release; return memory{}, nil },
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		res := h.Look(ctx)
		if res.Duration != time.Second {
			t.Errorf("took %v, want the caller's second", res.Duration)
		}
		if res.Outcome != look.OK || !has(res, metric.SystemUptime) {
			t.Errorf("what was read in time is lost:\n%s", show(res))
		}
		close(release)
	})
}

func TestInterruptedLookIsUnknownNotFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := newHost(Options{}, source{
			memory: func(context.Context) (memory, error) { <-release; return memory{}, nil },
		})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		res := h.Look(ctx)
		if res.Outcome != look.Unknown || res.Problem == nil || res.Problem.Code != ProblemInterrupted {
			t.Errorf("outcome %s, problem %+v", res.Outcome, res.Problem)
		}
		close(release)
	})
}

func TestPanicInAReadIsAnErrorOfItsPart(t *testing.T) {
	h := newHost(Options{}, source{
		uptime: func(context.Context) (time.Duration, error) { return time.Hour, nil },
		networks: func(context.Context) ([]network, error) {
			lines := strings.Split("two\nlines", "\n")
			return nil, errors.New(lines[len(lines)])
		},
	})
	for range 2 { // and the part is free again
		res := h.Look(t.Context())
		if res.Outcome != look.OK || value(t, res, `budi_host_part_errors{part="network"}`) != 1 {
			t.Errorf("got\n%s", show(res))
		}
	}
}

func TestProblemDetailIsBounded(t *testing.T) {
	res := newHost(Options{}, source{
		uptime: func(context.Context) (time.Duration, error) {
			return 0, errors.New(strings.Repeat("ė\x00\xff", 1000))
		},
	}).Look(t.Context())
	if res.Outcome != look.Failed || res.Problem.Code != ProblemUnreadable {
		t.Fatalf("outcome %s, problem %+v", res.Outcome, res.Problem)
	}
	if d := res.Problem.Detail; len(d) > look.MaxDetail || strings.ToValidUTF8(d, "") != d || d == "" {
		t.Errorf("detail of %d bytes: %q", len(d), d)
	}
}

func TestTroubleIsLoggedWhenItBeginsAndEnds(t *testing.T) {
	var out bytes.Buffer
	broken := true
	h := newHost(Options{Logger: slog.New(slog.NewTextHandler(&out, nil))}, source{
		uptime: func(context.Context) (time.Duration, error) { return time.Hour, nil },
		disks: func(context.Context) ([]disk, error) {
			if broken {
				return nil, errors.New("no diskstats")
			}
			return []disk{{Name: "sda"}}, nil
		},
	})
	for range 5 {
		h.Look(t.Context())
	}
	broken = false
	for range 5 {
		h.Look(t.Context())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "level=WARN") || !strings.Contains(lines[0], "no diskstats") || !strings.Contains(lines[1], "can be read again") {
		t.Errorf("log:\n%s", out.String())
	}
}

func TestStartOfTheComputerDoesNotWander(t *testing.T) {
	start := time.Date(2026, 9, 1, 4, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		later time.Duration
		want  string
	}{
		{"a second later is the same start", time.Second, "2026-09-01T04:30:00Z"},
		{"a minute earlier is the same start", -time.Minute, "2026-09-01T04:30:00Z"},
		{"two minutes later is another start", 2 * time.Minute, "2026-09-01T04:32:00Z"},
		{"a corrected clock is another start", -8760 * time.Hour, "2025-09-01T04:30:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			told := start
			h := newHost(Options{}, source{facts: func(context.Context) (facts, error) { return facts{BootTime: told}, nil }})
			h.Look(t.Context())
			told = start.Add(c.later)
			res := h.Look(t.Context())
			if len(res.Facts) != 1 || res.Facts[0] != (look.Fact{Name: "boot_time", Value: c.want}) {
				t.Errorf("facts %v, want %s", res.Facts, c.want)
			}
		})
	}
}

func TestConcurrentLooksDoNotSpoilEachOther(t *testing.T) {
	h := New(Options{Profile: Full})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			res := h.Look(t.Context())
			if res.Outcome != look.OK || has(res, metric.HostPartErrors) != has(h.Look(t.Context()), metric.HostPartErrors) {
				t.Errorf("got\n%s", show(res))
			}
		})
	}
	wg.Wait()
}

// BenchmarkLook is the cost of one look at this computer, which is made each
// minute. Compare: idle cost per minute = this figure.
func BenchmarkLook(b *testing.B) {
	for _, profile := range []Profile{Basic, Full} {
		b.Run(string(profile), func(b *testing.B) {
			h := New(Options{Profile: profile})
			b.ReportAllocs()
			for b.Loop() {
				if res := h.Look(b.Context()); res.Outcome != look.OK {
					b.Fatal(res.Problem)
				}
			}
		})
	}
}

// What docs/metrics.md says of the system that the tests run on is what a real
// run shows: a metric that is missing has a gap, or the run says which part of
// the computer it could not read, or the computer has no such thing.
func TestGapsAreThoseOfThisComputer(t *testing.T) {
	res := New(Options{Profile: Full}).Look(t.Context())
	absent := map[string]string{ // what a computer may do without
		metric.SystemPagingUsage: "swap", metric.SystemPagingUtilization: "swap",
		metric.SystemDiskIO: "disk", metric.SystemDiskOperations: "disk", metric.SystemDiskIOTime: "disk", metric.SystemDiskOperationTime: "disk",
		metric.SystemNetworkIO: "card", metric.SystemNetworkPackets: "card", metric.SystemNetworkErrors: "card", metric.SystemNetworkDropped: "card",
	}
	gaps := metric.HostGaps()
	for _, d := range metric.All() {
		if !strings.HasPrefix(d.Name, "system_") {
			continue
		}
		gap := map[string]string{"linux": gaps[d.Name].Linux, "windows": gaps[d.Name].Windows, "darwin": gaps[d.Name].MacOS}[runtime.GOOS]
		switch told := has(res, d.Name); {
		case told && gap != "":
			t.Errorf("%s is told here, though %s", d.Name, gap)
		case !told && gap == "" && absent[d.Name] == "" && !has(res, metric.HostPartErrors):
			t.Errorf("%s is missing without a reason", d.Name)
		}
	}
}
