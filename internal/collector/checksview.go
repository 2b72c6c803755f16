package collector

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/collector/web/chart"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
)

// checksView gathers what the pages about websites and services show.
type checksView struct{ c *Collector }

var _ web.ChecksView = checksView{}

// sites are those that whoever asks sees, by ID.
func (v checksView) sites(ctx context.Context) (map[string]web.Site, error) {
	all, err := v.c.agents.inventory.Sites(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]web.Site{}
	for _, s := range all {
		if seesSite(ctx, s.ID) {
			out[s.ID] = web.Site{ID: s.ID, Name: s.Name}
		}
	}
	return out, nil
}

// CheckSites implements web.ChecksView.
func (v checksView) CheckSites(ctx context.Context) ([]web.Site, error) {
	sites, err := v.sites(ctx)
	if err != nil {
		return nil, err
	}
	own := v.c.Config().Site.ID
	return slices.SortedFunc(maps.Values(sites), func(a, b web.Site) int {
		first := func(s web.Site) int {
			if s.ID == own {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	}), nil
}

// row is a check in short, without its uptime.
func (v checksView) row(config *Config, sites map[string]web.Site, check settings.Check) web.CheckRow {
	site := config.siteOf(check)
	out := web.CheckRow{Check: view(v).check(check), Site: cmp.Or(sites[site], web.Site{ID: site, Name: site}), Paused: check.Paused, Uptime: math.NaN()}
	if out.Result == nil {
		out.Target = masked(check.Target)
	}
	if Declares(check) {
		out.File = config.File()
	}
	return out
}

// Checks implements web.ChecksView.
func (v checksView) Checks(ctx context.Context, f web.CheckFilter) (web.ChecksPage, error) {
	sites, err := v.sites(ctx)
	if err != nil {
		return web.ChecksPage{}, err
	}
	config := v.c.Config()
	page := web.ChecksPage{States: map[web.CheckState]int{}, File: config.File()}
	page.Sites = slices.SortedFunc(maps.Values(sites), func(a, b web.Site) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	if r, ok := v.c.looking.board.Get(targetLine); ok && seesSite(ctx, config.Site.ID) {
		page.LineDown = r.Outcome == look.Unreachable
	}
	words := strings.Fields(strings.ToLower(f.Text))
	var rows []web.CheckRow
	for _, check := range config.Checks {
		site := config.siteOf(check)
		if !seesSite(ctx, site) {
			continue
		}
		row := v.row(&config, sites, check)
		page.States[row.State()]++
		text := strings.ToLower(strings.Join([]string{row.ID, row.Name, row.Target, row.Site.Name}, "\n"))
		if f.Site != "" && site != f.Site || f.State != "" && row.State() != f.State ||
			slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			continue
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, orderOf(f.Order))
	page.Matching = len(rows)
	first := min(max(f.Offset, 0), len(rows))
	page.Checks = rows[first:min(first+f.Limit, len(rows))]
	v.uptimes(ctx, page.Checks)
	v.restOf(ctx, &page, &config)
	return page, nil
}

// restOf adds what is not in use: what was removed lately, and what was left out.
func (v checksView) restOf(ctx context.Context, page *web.ChecksPage, config *Config) {
	for _, check := range config.stored.Checks {
		if !check.Removed.IsZero() && v.c.now().Sub(check.Removed) <= settings.KeepRemoved && seesSite(ctx, config.siteOf(check)) {
			page.Removed = append(page.Removed, web.RemovedCheck{ID: check.ID, Name: check.Title(), At: check.Removed})
		}
	}
	slices.SortFunc(page.Removed, func(a, b web.RemovedCheck) int { return b.At.Compare(a.At) })
	for _, l := range config.leftOut {
		if check, ok := config.stored.Check(l.ID); l.Kind == leftOutCheck && ok && seesSite(ctx, config.siteOf(check)) {
			page.LeftOut = append(page.LeftOut, web.CheckProblem{ID: l.ID, Problems: l.Problems})
		}
	}
}

// orderOf sorts rows.
func orderOf(order web.CheckOrder) func(a, b web.CheckRow) int {
	byName := func(a, b web.CheckRow) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) }
	var first func(a, b web.CheckRow) int
	switch order {
	case web.ByName:
		return byName
	case web.BySite:
		first = func(a, b web.CheckRow) int { return cmp.Compare(a.Site.Name, b.Site.Name) }
	case web.ByTook:
		took := func(c web.CheckRow) time.Duration {
			if c.Result == nil {
				return -1
			}
			return c.Result.Duration
		}
		first = func(a, b web.CheckRow) int { return cmp.Compare(took(b), took(a)) }
	case web.ByCertificate:
		ends := func(c web.CheckRow) int64 {
			if c.CertificateEnds.IsZero() {
				return math.MaxInt64
			}
			return c.CertificateEnds.Unix()
		}
		first = func(a, b web.CheckRow) int { return cmp.Compare(ends(a), ends(b)) }
	default:
		states := web.CheckStates()
		first = func(a, b web.CheckRow) int {
			return cmp.Compare(slices.Index(states, a.State()), slices.Index(states, b.State()))
		}
	}
	return func(a, b web.CheckRow) int { return cmp.Or(first(a, b), byName(a, b)) }
}

// uptimes fills in how the last 24 hours were, with one query for a whole page.
// Without an answer the rows stay without it.
func (v checksView) uptimes(ctx context.Context, rows []web.CheckRow) {
	if len(rows) == 0 {
		return
	}
	const hours = 24
	var ids []string
	at := map[string]*web.CheckRow{}
	for i := range rows {
		rows[i].Hours = slices.Repeat([]float64{math.NaN()}, hours)
		ids = append(ids, strings.ReplaceAll(rows[i].ID, ".", `\.`)) // an ID has no other sign that means something
		at[rows[i].ID] = &rows[i]
	}
	bounded, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	to := v.c.now()
	expr := fmt.Sprintf(`avg_over_time(%s{vantage=%q,check=~%s}[1h])`, metric.ProbeSuccess, vantageCollector, strconv.Quote(strings.Join(ids, "|")))
	series, err := v.c.db.QueryRange(bounded, expr, to.Add(-(hours-1)*time.Hour), to, time.Hour)
	if err != nil {
		v.c.log.Debug("sum up the last 24 hours of checks", "err", err)
		return
	}
	for _, s := range series {
		row := at[s.Labels["check"]]
		if row == nil || s.Labels["site"] != row.Site.ID {
			continue
		}
		sum := 0.0
		for _, p := range s.Points {
			if i := hours - 1 - int(math.Round(to.Sub(p.Time).Hours())); i >= 0 && i < hours {
				row.Hours[i] = p.Value
			}
			sum += p.Value
		}
		if n := len(s.Points); n > 0 {
			row.Uptime = sum / float64(n)
		}
	}
}

// Check implements web.ChecksView.
func (v checksView) Check(ctx context.Context, id string, r web.Range) (web.CheckPage, error) {
	check, err := v.c.seenCheck(ctx, id)
	if err != nil {
		return web.CheckPage{}, err
	}
	sites, err := v.sites(ctx)
	if err != nil {
		return web.CheckPage{}, err
	}
	config := v.c.Config()
	now := v.c.now()
	page := web.CheckPage{CheckRow: v.row(&config, sites, check), Spec: check, From: now.Add(-r.Length()), To: now}
	page.Spec.Spec = check.Masked()
	page.Spec.Site = config.siteOf(check)
	rows := []web.CheckRow{page.CheckRow}
	v.uptimes(ctx, rows)
	page.CheckRow = rows[0]
	if page.Incidents, err = v.incidents(config.siteOf(check), id); err != nil {
		return web.CheckPage{}, err
	}
	page.Aspects = aspectsView(v).of(check)
	page.Places, page.Phrase = v.c.vantages.places(ctx, check)
	if page.Job, err = v.c.jobs.page(ctx, check); err != nil {
		return web.CheckPage{}, err
	}
	page.Hanging = v.c.hangingOf(ctx, topology.Check(id))
	page.Step = max(chartStep(r), check.Every()).Round(time.Second)
	page.Charts = v.charts(ctx, config.siteOf(check), check, r, page.From, page.To, page.Step)
	return page, nil
}

func (v checksView) incidents(site, id string) ([]incident.Incident, error) {
	of := func(all []incident.Incident) []incident.Incident {
		return slices.DeleteFunc(all, func(i incident.Incident) bool { return i.Labels["check"] != id || i.Labels["site"] != site })
	}
	closed, err := v.c.store.Journal(0, searchedJournal)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return append(of(v.c.alerting.open()), of(closed)...), nil
}

// charts draws how a check went. Each point sums up its step, so that no outage
// falls between two points. What a year takes to read is remembered.
func (v checksView) charts(ctx context.Context, site string, check settings.Check, r web.Range, from, to time.Time, step time.Duration) []web.DeviceChart {
	bounded, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	duration := metric.ProbeDuration
	if check.Kind() == probe.KindJob {
		duration = metric.JobDuration
	}
	selector := fmt.Sprintf(`{vantage=%q,site=%s,check=%s}`, vantageCollector, strconv.Quote(site), strconv.Quote(check.ID))
	window := fmt.Sprintf("[%ds]", int(step.Seconds()))
	var out []web.DeviceChart
	for _, p := range []struct {
		kind, query string
		unit        chart.Unit
		full        float64
	}{
		{web.ChartSuccess, `avg_over_time(` + metric.ProbeSuccess + selector + window + `)`, chart.Percent, 1},
		{web.ChartDuration, `avg_over_time(` + duration + selector + window + `)`, chart.Seconds, 0},
	} {
		read := func(ctx context.Context, from, to time.Time) ([]metricdb.Sample, error) {
			series, err := v.c.db.QueryRange(ctx, p.query, from, to, step)
			var points []metricdb.Sample
			for _, s := range series { // one; several while it was changed
				points = append(points, s.Points...)
			}
			return points, err
		}
		var points []metricdb.Sample
		var err error
		if r == web.Year {
			points, err = v.c.years.line(bounded, p.query, from, to, step, read)
		} else {
			points, err = read(bounded, from.Add(step), to)
		}
		if err != nil {
			v.c.log.Debug("draw a chart", "check", check.ID, "chart", p.kind, "err", err)
			continue
		}
		if len(points) > 0 {
			out = append(out, web.DeviceChart{Kind: p.kind, Unit: p.unit, Full: p.full, Lines: []chart.Line{{Points: pointsOf(metricdb.Series{Points: points})}}})
		}
	}
	return out
}
