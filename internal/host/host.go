package host

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

// Profile says how much of a computer is told.
type Profile string

const (
	// Basic is a workstation's: at most MaxBasicSeries series, local
	// filesystems and, where there are any, only physical network interfaces.
	Basic Profile = "basic"
	// Full is a server's: reserved space and sizes of filesystems, operations
	// and times of disks, packets and drops of networks, and network
	// filesystems and virtual interfaces too.
	Full Profile = "full"
)

// MaxBasicSeries is the most samples that a look of the basic profile returns.
// With the state of the computer (facts.MaxSamples) and what an agent tells of
// itself (six) a workstation stays at sixty series.
const MaxBasicSeries = 46

// Codes of look.Problem.
const (
	// ProblemUnreadable: no part of the computer could be read.
	ProblemUnreadable = "host_unreadable"
	// ProblemInterrupted: the caller's context ended before anything was read.
	ProblemInterrupted = "host_interrupted"
)

// Options configures a Host.
type Options struct {
	Logger  *slog.Logger // nil discards
	Profile Profile      // empty is Basic
}

// Host looks at this computer. It remembers which parts are stuck and which
// troubles it has told, so keep one per process.
type Host struct {
	log     *slog.Logger
	profile Profile
	source  source

	mu       sync.Mutex // one look at a time; guards what follows
	troubled map[string]bool
	bootTime time.Time

	busy busy
}

const (
	// partTimeout bounds every part of a look, so that one stuck part leaves
	// the others their time.
	partTimeout = 5 * time.Second
	// maxBusy bounds reads under way, stuck ones among them; each may hold a
	// thread of the operating system for as long as it is stuck.
	maxBusy = 64
	// bootTimeSlack is how far the computed start of the computer may wander
	// (adjusted clocks, whole seconds) before it counts as another start.
	bootTimeSlack = time.Minute
)

// New makes a Host that looks at this computer.
func New(opts Options) *Host {
	return newHost(opts, systemSource())
}

func newHost(opts Options, src source) *Host {
	h := &Host{log: opts.Logger, profile: opts.Profile, source: src, troubled: map[string]bool{}}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	h.log = h.log.With("component", "host")
	if h.profile == "" {
		h.profile = Basic
	}
	return h
}

// Look reads the computer once. It returns when ctx ends or after a few
// seconds at the latest, with whatever could be read by then: a part that
// blocks (a dead network filesystem, a hanging driver) is counted in
// budi_host_part_errors and not asked again while it is stuck. The outcome is
// OK when anything could be read. Concurrent calls wait for each other.
func (h *Host) Look(ctx context.Context) (res look.Result) {
	h.mu.Lock()
	defer h.mu.Unlock()

	res = look.Result{Target: "host", Kind: "host", Time: time.Now(), Outcome: look.OK}
	defer func() { res.Duration = time.Since(res.Time) }()

	read, cancel := context.WithTimeout(ctx, partTimeout)
	defer cancel()
	t := &told{errors: map[string]int{}, leftOut: map[string]int{}}

	// Everything is started before anything is waited for: a stuck part costs
	// its own time only.
	mounts := start(read, &h.busy, "filesystem", h.source.mounts)
	uptime := start(read, &h.busy, "uptime", h.source.uptime)
	count := start(read, &h.busy, "cpu_count", h.source.logicalCPUs)
	times := start(read, &h.busy, "cpu", h.source.cpu)
	loads := start(read, &h.busy, "load", h.source.load)
	ram := start(read, &h.busy, "memory", h.source.memory)
	swap := start(read, &h.busy, "paging", h.source.paging)
	drives := start(read, &h.busy, "disk", h.source.disks)
	cards := start(read, &h.busy, "network", h.source.networks)
	about := start(read, &h.busy, "facts", h.source.facts)

	b := &builder{profile: h.profile, told: t}
	wait(read, uptime, t, b.uptime)
	wait(read, count, t, b.logicalCPUs)
	wait(read, times, t, b.cpu)
	wait(read, loads, t, b.load)
	wait(read, ram, t, b.memory)
	wait(read, swap, t, b.paging)
	h.filesystems(read, mounts, b)
	wait(read, drives, t, func(all []disk) { b.disks(selectDisks(all, h.profile, t)) })
	wait(read, cards, t, func(all []network) { b.networks(selectNetworks(all, h.profile, t)) })
	res.Facts = []look.Fact{}
	wait(read, about, t, func(f facts) { res.Facts = h.facts(f) })

	h.report(t)
	if len(b.samples) == 0 {
		res.Outcome, res.Problem = look.Failed, &look.Problem{Code: ProblemUnreadable, Detail: t.detail()}
		if ctx.Err() != nil {
			res.Outcome, res.Problem = look.Unknown, &look.Problem{Code: ProblemInterrupted}
		}
	}
	res.Samples = b.finish()
	return res
}

// filesystems waits for the list of mounts and asks each that counts for its
// space, each on its own, because one of them may block for ever.
func (h *Host) filesystems(ctx context.Context, mounts pending[[]mount], b *builder) {
	var asked []mount
	wait(ctx, mounts, b.told, func(all []mount) { asked = selectMounts(all, h.profile, b.told) })
	waiting := make([]pending[usage], len(asked))
	for i, m := range asked {
		waiting[i] = start(ctx, &h.busy, "filesystem", func(ctx context.Context) (usage, error) {
			return h.source.usage(ctx, m.Mountpoint)
		}, m.Mountpoint)
	}
	for i, m := range asked {
		wait(ctx, waiting[i], b.told, func(u usage) { b.filesystem(m, u) })
	}
}

// facts turns what the system is into facts. The start of the computer is
// computed from the clock and wanders by a second; the first answer stays
// until it differs by more than bootTimeSlack, lest each look looks like a
// restart.
func (h *Host) facts(f facts) []look.Fact {
	if d := f.BootTime.Sub(h.bootTime).Abs(); d > bootTimeSlack {
		h.bootTime = f.BootTime
	}
	out := []look.Fact{}
	add := func(name, value string) {
		if value != "" {
			out = append(out, look.Fact{Name: name, Value: clean(value)})
		}
	}
	add("hostname", f.Hostname)
	add("os", f.OS)
	add("os_version", f.OSVersion)
	add("kernel_version", f.KernelVersion)
	add("architecture", f.Architecture)
	add("virtualization", f.Virtualization)
	if !f.BootTime.IsZero() {
		add("boot_time", h.bootTime.UTC().Format(time.RFC3339))
	}
	return out
}

// report logs parts whose trouble began or ended; a part that stays in trouble
// is in the metric and does not fill the log.
func (h *Host) report(t *told) {
	for _, part := range sortedKeys(t.errors) {
		if !h.troubled[part] {
			h.log.Warn("cannot read a part of this computer", "part", part, "count", t.errors[part], "err", t.first(part))
			h.troubled[part] = true
		}
	}
	for _, part := range sortedKeys(h.troubled) {
		if t.errors[part] == 0 {
			h.log.Info("a part of this computer can be read again", "part", part)
			delete(h.troubled, part)
		}
	}
}

// told is what a look has to say about itself.
type told struct {
	errors  map[string]int // by part: how many things could not be read
	leftOut map[string]int // by part: how many were over the limit
	causes  []cause
}

type cause struct {
	part string
	err  error
}

func (t *told) fail(part string, err error) {
	t.errors[part]++
	t.causes = append(t.causes, cause{part, err})
}

// first returns the first error of a part.
func (t *told) first(part string) error {
	for _, c := range t.causes {
		if c.part == part {
			return c.err
		}
	}
	return nil
}

// detail is every cause in one bounded line.
func (t *told) detail() string {
	var texts []string
	for _, c := range t.causes {
		texts = append(texts, c.part+": "+c.err.Error())
	}
	return cut(printable(strings.Join(texts, "; ")), look.MaxDetail)
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
