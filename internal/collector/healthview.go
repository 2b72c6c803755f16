package collector

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/budi-monitor/budi/internal/buildinfo"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/collector/web/chart"
	"github.com/budi-monitor/budi/internal/metric"
)

// healthView measures the collector itself: its registry, its stores, and the
// samples that it keeps of itself.
type healthView struct{ c *Collector }

var _ web.HealthView = healthView{}

// healthWithin bounds all queries of one page.
const healthWithin = 10 * time.Second

// Health implements web.HealthView. A number that cannot be had is left out:
// the page is most wanted when something does not work.
func (v healthView) Health(ctx context.Context, r web.Range) (web.Health, error) {
	c := v.c
	now := c.now()
	config := c.Config()
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	m := measured{v: v, ctx: ctx, now: now, own: fmt.Sprintf(`job="budi",device=%s`, strconv.Quote(c.device))}
	m.gather()

	h := web.Health{
		Version: buildinfo.Get().Version, Started: c.started, ReloadOver: m.gauge("budi_config_last_reload_successful") == 0,
		Samples: v.samples(&m, &config), Disk: v.disk(&m), Telling: v.telling(&m, &config), Rules: v.rules(&m),
		Looks: web.LooksHealth{Made: m.day("budi_looks_total"), Late: m.day("budi_looks_late_total"), Skipped: m.day("budi_looks_skipped_total")},
		Door:  v.door(&m), Certificate: v.certificate(), Clock: v.clock(ctx, now), Heartbeat: c.heartbeatHealth(),
	}
	if !config.Host.Disabled {
		h.Device = c.device
	}
	if copied, err := c.store.NewestCopy(); err != nil {
		c.log.Warn("look at the daily copies", "err", err)
	} else {
		h.Copy = web.CopyHealth{Made: copied.Made, Bytes: uint64(copied.Bytes)}
	}
	if last, err := c.store.LastBackup(); err != nil {
		c.log.Warn("look at the newest backup", "err", err)
	} else {
		h.Backup = web.BackupHealth{Made: last.At, Bytes: uint64(last.Bytes), File: last.File, Encrypted: last.Encrypted, ByItself: config.Backup.Dir != ""}
	}
	for _, n := range c.notices() {
		h.Notices = append(h.Notices, web.Notice{Time: c.started, Detail: n})
	}
	h.Step = chartStep(r)
	h.To = now.Truncate(h.Step)
	h.From = h.To.Add(-r.Length())
	h.Charts = v.charts(&m, h.From, h.To, h.Step)
	return h, nil
}

func (v healthView) samples(m *measured, config *Config) web.SamplesHealth {
	s := web.SamplesHealth{
		PerSecond: -1, KeptDays: config.Storage.RetentionDays, KeptBytes: uint64(config.Storage.RetentionSize),
		MemoryOnly: m.gauge("budi_samples_in_memory_only") == 1, Failures: m.day("budi_samples_write_failures_total"),
		Bad: m.dayBy("budi_samples_rejected_total", "reason"),
	}
	if rate, ok := m.one(`sum(rate(` + metric.SamplesRecorded + `{` + m.own + `}[5m]))`); ok {
		s.PerSecond = rate
	}
	if e, err := v.c.db.Extent(); err == nil {
		s.Series, s.Oldest = e.Series, e.Oldest
	}
	return s
}

// pace is of this long; shorter ones show the ups and downs of the log only.
const paceNeeds = 6 * time.Hour

func (v healthView) disk(m *measured) web.DiskHealth {
	d := web.DiskHealth{Folder: v.c.opts.DataDir, Size: uint64(max(m.gauge(metric.DataSize), 0)), Free: -1, ReserveGone: m.gauge("budi_reserve_released") == 1}
	if free, err := v.c.db.Free(); err == nil {
		d.Free = free
	}
	own := metric.DataSize + `{` + m.own + `}`
	since, known := m.one(`min(min_over_time(timestamp(` + own + `)[1d:10m]))`)
	if pace, ok := m.one(`deriv(` + own + `[1d]) * 86400`); ok && known {
		d.PerDay, d.PaceKnown = int64(pace), m.now.Sub(time.Unix(int64(since), 0)) >= paceNeeds
	}
	return d
}

func (v healthView) telling(m *measured, config *Config) web.TellingHealth {
	t := web.TellingHealth{
		Contacts: len(config.Contacts), GivenUp: m.day("budi_outbox_given_up_total"),
		Sent: m.count(`sum(increase(budi_outbox_finished_total{` + m.own + `,state="sent"}[1d]))`),
	}
	rows, err := v.c.store.UnsentRows()
	if err != nil {
		v.c.log.Warn("read what waits", "err", err)
		return t
	}
	// Of a contact that is gone nobody waits any more.
	rows = slices.DeleteFunc(rows, func(r outbox.Row) bool { return !r.Orphaned.IsZero() })
	t.Waiting = len(rows)
	if len(rows) > 0 {
		oldest := slices.MinFunc(rows, func(a, b outbox.Row) int { return a.OwedAt.Compare(b.OwedAt) })
		t.Oldest, t.Problem = oldest.OwedAt, oldest.LastError
	}
	return t
}

func (v healthView) rules(m *measured) web.RulesHealth {
	all := v.c.rules.Rules()
	r := web.RulesHealth{
		Count: len(all), NotLoaded: m.gauge("budi_rules_loaded") == 0, Took: time.Duration(max(m.gauge("budi_step_duration_seconds"), 0) * float64(time.Second)),
		StepErrors: m.count(`sum(increase(budi_step_errors_total{` + m.own + `}[1h]))`), NoRoom: int(max(m.gauge("budi_incidents_refused"), 0)),
	}
	for _, rule := range all {
		if rule.LastEval.After(r.Evaluated) {
			r.Evaluated = rule.LastEval
		}
		if rule.LastError != "" {
			r.Failing = append(r.Failing, web.FailingRule{Name: rule.Name, Problem: rule.LastError})
		}
	}
	return r
}

func (v healthView) door(m *measured) web.DoorHealth {
	return web.DoorHealth{
		Agents: int(max(m.gauge("budi_agents"), 0)), Requests: m.day("budi_ingest_requests_total"), Samples: m.day("budi_ingest_samples_total"),
		Failed:  m.count(`sum(increase(budi_ingest_requests_total{` + m.own + `,code=~"5.."}[1d]))`),
		Refused: m.dayBy("budi_agents_refused_total", "code"), Bad: m.dayBy("budi_ingest_rejected_total", "reason"),
	}
}

func (v healthView) certificate() web.CertificateHealth {
	cert := v.c.server.shown()
	if cert == nil || cert.Leaf == nil {
		return web.CertificateHealth{}
	}
	out := web.CertificateHealth{TLS: true, Own: v.c.authority != nil, Until: cert.Leaf.NotAfter}
	if out.Own && len(cert.Certificate) > 1 {
		if signer, err := x509.ParseCertificate(cert.Certificate[len(cert.Certificate)-1]); err == nil {
			out.AuthorityUntil = signer.NotAfter
		}
	}
	return out
}

// clock compares the own clock with those of the agents that are heard: when
// most of them are wrong in the same way, it is not they who are wrong.
func (v healthView) clock(ctx context.Context, now time.Time) web.ClockHealth {
	agents, err := v.c.agents.enrolment.Agents(ctx)
	if err != nil {
		return web.ClockHealth{}
	}
	var offsets []time.Duration
	out := web.ClockHealth{}
	for _, a := range agents {
		if !a.Revoked.IsZero() || v.c.silent(a, now) {
			continue
		}
		offsets = append(offsets, a.ClockOffset)
		if a.ClockOffset.Abs() >= web.ClockNotice {
			out.Apart++
		}
	}
	out.Compared = len(offsets)
	if len(offsets) > 0 {
		slices.Sort(offsets)
		out.Offset = offsets[len(offsets)/2]
	}
	return out
}

// ownPlots are the charts of the collector itself.
func ownPlots() []plot {
	return []plot{
		{web.ChartSelfSamples, chart.Number, "", []plotLine{{"", `sum(rate(` + metric.SamplesRecorded + `{%s}[%w]))`}}},
		{web.ChartSelfSeries, chart.Number, "", []plotLine{{"", metric.SamplesSeries + `{%s}`}}},
		{web.ChartSelfData, chart.Bytes, "", []plotLine{{"data", metric.DataSize + `{%s}`}, {"free", metric.DataFree + `{%s}`}}},
		{web.ChartSelfMemory, chart.Bytes, "", []plotLine{{"", `process_resident_memory_bytes{%s}`}}},
		{web.ChartSelfRules, chart.Number, "", []plotLine{{"", `budi_step_duration_seconds{%s}`}}},
		{web.ChartSelfOutbox, chart.Number, "", []plotLine{{"", `sum(budi_outbox_rows{%s})`}}},
	}
}

// charts draws the collector's own samples. A chart whose query fails is left
// out.
func (v healthView) charts(m *measured, from, to time.Time, step time.Duration) []web.DeviceChart {
	window := fmt.Sprintf("%ds", int(max(step, 5*time.Minute).Seconds()))
	fill := strings.NewReplacer("%s", m.own, "%w", window)
	var out []web.DeviceChart
	for _, p := range ownPlots() {
		drawn := web.DeviceChart{Kind: p.kind, Unit: p.unit}
		for _, l := range p.lines {
			series, err := v.c.db.QueryRange(m.ctx, fill.Replace(l.query), from, to, step)
			if err != nil {
				v.c.log.Debug("draw a chart", "chart", p.kind, "err", err)
				continue
			}
			for _, s := range series {
				drawn.Lines = append(drawn.Lines, chart.Line{Name: l.name, Points: pointsOf(s)})
			}
		}
		if len(drawn.Lines) > 0 {
			out = append(out, drawn)
		}
	}
	return out
}

// measured is the collector's own numbers at one moment.
type measured struct {
	v      healthView
	ctx    context.Context
	now    time.Time
	own    string // selects the collector's samples of itself
	gauges map[string]float64
}

// gather reads the registry once. Of a metric with labels the sum is kept.
func (m *measured) gather() {
	families, err := m.v.c.registry.Gather()
	if err != nil {
		m.v.c.log.Debug("gather the own metrics", "err", err) // the others are there
	}
	m.gauges = map[string]float64{}
	for _, f := range families {
		if f.GetType() != dto.MetricType_GAUGE {
			continue
		}
		for _, one := range f.GetMetric() {
			m.gauges[f.GetName()] += one.GetGauge().GetValue()
		}
	}
}

// gauge is the present value of a gauge; -1 when it is not known.
func (m *measured) gauge(name string) float64 {
	if value, ok := m.gauges[name]; ok && !math.IsNaN(value) {
		return value
	}
	return -1
}

// one is the value of a query that gives one element.
func (m *measured) one(query string) (float64, bool) {
	points, err := m.v.c.db.Query(m.ctx, query, m.now)
	if err != nil {
		m.v.c.log.Debug("measure the own health", "query", query, "err", err)
		return 0, false
	}
	if len(points) != 1 || math.IsNaN(points[0].Value) {
		return 0, false
	}
	return points[0].Value, true
}

// count is one as a whole number; 0 when there is nothing.
func (m *measured) count(query string) int {
	value, _ := m.one(query)
	return int(math.Round(max(value, 0)))
}

// day is by how much a counter went up in the last 24 hours.
func (m *measured) day(name string) int {
	return m.count(`sum(increase(` + name + `{` + m.own + `}[1d]))`)
}

// dayBy is day for each value of a label, the most first.
func (m *measured) dayBy(name, label string) []web.Count {
	query := `sum by (` + label + `) (increase(` + name + `{` + m.own + `}[1d])) >= 0.5`
	points, err := m.v.c.db.Query(m.ctx, query, m.now)
	if err != nil {
		m.v.c.log.Debug("measure the own health", "query", query, "err", err)
		return nil
	}
	var out []web.Count
	for _, p := range points {
		out = append(out, web.Count{Key: p.Labels[label], N: int(math.Round(p.Value))})
	}
	slices.SortFunc(out, func(a, b web.Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Key, b.Key)) })
	return out
}
