package collector

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// view gathers what the console's pages show.
type view struct{ c *Collector }

var _ web.View = view{}

// hidden reports whether who asks sees some sites only, and this is none of
// them. Who comes without an identity has a link of their own for what they ask.
func hidden(ctx context.Context, site string) bool {
	_, known := access.FromContext(ctx)
	return known && !seesSite(ctx, site)
}

// check is a check as pages show it: there is no password in its target, whether
// or not it was looked at already.
func (v view) check(check settings.Check) web.Check {
	out := web.Check{ID: check.ID, Name: check.Title(), Target: masked(check.Target), Interval: check.Every()}
	r, ok := v.c.looking.board.Get(checkPrefix + check.ID)
	if !ok {
		return out
	}
	out.Result, out.Target = &r, r.Target
	if ends, ok := value(r, metric.ProbeSSLEarliestCertExpiry); ok {
		out.CertificateEnds = time.Unix(int64(ends), 0)
	}
	if ends, ok := value(r, metric.DomainExpiry); ok {
		out.DomainEnds = time.Unix(int64(ends), 0)
	}
	return out
}

// value is that of the first sample with a name whose labels hold all pairs.
func value(r look.Result, name string, pairs ...string) (float64, bool) {
	want := look.Labels(pairs...)
	for _, s := range r.Samples {
		if s.Name == name && !slices.ContainsFunc(want, func(l look.Label) bool { return !slices.Contains(s.Labels, l) }) {
			return s.Value, true
		}
	}
	return 0, false
}

// computer sums up the newest look at the collector's own computer.
func (v view) computer(ctx context.Context) *web.Computer {
	r, ok := v.c.looking.board.Get(targetHost)
	if !ok {
		return nil
	}
	number := func(name string, pairs ...string) float64 { n, _ := value(r, name, pairs...); return n }
	facts := map[string]string{}
	for _, f := range r.Facts {
		facts[f.Name] = f.Value
	}
	out := &web.Computer{
		Name: cmp.Or(facts["hostname"], v.c.device), System: strings.TrimSpace(facts["os"] + " " + facts["os_version"]), Looked: r.Time,
		Uptime:     time.Duration(number(metric.SystemUptime)) * time.Second,
		CPU:        -1,
		MemoryUsed: uint64(number(metric.SystemMemoryUsage, metric.LabelMemoryState, "used")),
		Memory:     uint64(number(metric.SystemMemoryLimit)),
		SwapUsed:   uint64(number(metric.SystemPagingUsage, metric.LabelPagingState, "used")),
		Load1:      number(metric.SystemCPULoad1), Load5: number(metric.SystemCPULoad5), Load15: number(metric.SystemCPULoad15),
		Processors: int(number(metric.SystemCPULogicalCount)),
	}
	out.Swap = out.SwapUsed + uint64(number(metric.SystemPagingUsage, metric.LabelPagingState, "free"))
	for _, s := range r.Samples {
		if s.Name != metric.SystemFilesystemLimit {
			continue
		}
		for _, l := range s.Labels {
			if l.Name == metric.LabelFilesystemMountpoint {
				used := number(metric.SystemFilesystemUsage, metric.LabelFilesystemMountpoint, l.Value, metric.LabelFilesystemState, "used")
				out.Disks = append(out.Disks, web.Disk{Mount: l.Value, Used: uint64(used), Total: uint64(s.Value)})
			}
		}
	}
	// Agents have the same job.
	own := fmt.Sprintf("device=%q, job=\"host\"", v.c.device)
	busy := `1 - sum(rate(` + metric.SystemCPUTime + `{` + own + `,` + metric.LabelCPUMode + `=~"idle|iowait"}[5m])) / sum(rate(` + metric.SystemCPUTime + `{` + own + `}[5m]))`
	bounded, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if points, err := v.c.db.Query(bounded, busy, v.c.now()); err == nil && len(points) == 1 && points[0].Value >= 0 {
		out.CPU = min(points[0].Value, 1)
	}
	return out
}

// samples lists the newest samples that hold every word of the filter, the
// first web.MaxSamples of them, and says how many there are.
func (v view) samples(ctx context.Context, filter string) ([]web.Sample, int) {
	words := strings.Fields(strings.ToLower(filter))
	var out []web.Sample
	p := *v.c.looking.plan.Load()
	for id, w := range p {
		r, ok := v.c.looking.board.Get(id)
		elsewhere := func(l look.Label) bool { return l.Name == "site" && hidden(ctx, l.Value) }
		if !ok || slices.ContainsFunc(w.identity, elsewhere) {
			continue
		}
		for _, s := range r.Samples {
			labels := append(slices.Clip(w.identity), s.Labels...)
			if matches(s.Name, labels, words) {
				out = append(out, web.Sample{Name: s.Name, Labels: labels, Value: s.Value, Time: r.Time})
			}
		}
	}
	slices.SortFunc(out, func(a, b web.Sample) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), slices.CompareFunc(a.Labels, b.Labels, func(x, y look.Label) int {
			return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Value, y.Value))
		}))
	})
	return out[:min(len(out), web.MaxSamples)], len(out)
}

func matches(name string, labels []look.Label, words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := strings.ToLower(name)
	for _, l := range labels {
		text += " " + strings.ToLower(l.Name+"="+l.Value)
	}
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}
