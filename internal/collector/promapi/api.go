package promapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/grafana/regexp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	v1 "github.com/prometheus/prometheus/web/api/v1"

	"github.com/budi-monitor/budi/internal/buildinfo"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/ruleset"
	"github.com/budi-monitor/budi/internal/metric"
)

// newAPI makes Prometheus' API. Its parameters have a position only; this is
// the one place that calls it.
func newAPI(o Options) (*v1.API, error) {
	target, err := newTarget(o)
	if err != nil {
		return nil, err
	}
	started := o.Started
	if started.IsZero() {
		started = time.Now()
	}
	limited := limitedParser{o.DB.Parser()}
	return v1.NewAPI(
		limitedEngine{o.DB.Engine(), limited},   // qe
		siteQueryable{o.DB.Queryable(), o.seen}, // q
		nil,                                     // apV2: nothing is written through the API
		noExemplars{},                           // eq
		func(context.Context) v1.ScrapePoolsRetriever { return target },             // spsr
		func(context.Context) v1.TargetRetriever { return target },                  // tr
		func(context.Context) v1.AlertmanagerRetriever { return noAlertmanagers{} }, // ar
		func() config.Config { return config.Config{} },                             // configFunc: status/config is answered by us
		map[string]string{}, // flagsMap: there is nothing to tell that is not about the machine
		v1.GlobalURLOptions{ListenAddress: "localhost:9480", Host: target.host, Scheme: target.scheme}, // globalURLOptions
		func(f http.HandlerFunc) http.HandlerFunc { return f },                                         // readyFunc: the database is open
		statistics{o.DB},                      // db
		"",                                    // dbDir: only snapshots need it
		false,                                 // enableAdmin
		false,                                 // enableSearch
		0,                                     // maxSearchLimit
		o.Logger.With("component", "promapi"), // logger
		func(context.Context) v1.RulesRetriever { return ruleView{o.Rules} }, // rr
		1,                          // remoteReadSampleLimit: remote read is not offered
		1,                          // remoteReadConcurrencyLimit
		1,                          // remoteReadMaxBytesInFrame
		false,                      // isAgent
		regexp.MustCompile(`^$`),   // corsOrigin: no other origin may read
		runtimeInfo(o.DB, started), // runtimeInfo
		versionInfo(),              // buildInfo
		nil,                        // notificationsGetter
		nil,                        // notificationsSub
		o.Gatherer,                 // gatherer
		nil,                        // registerer: would count remote reads
		nil,                        // statsRenderer
		false,                      // rwEnabled
		nil,                        // acceptRemoteWriteProtoMsgs
		false,                      // otlpEnabled
		false,                      // otlpDeltaToCumulative
		false,                      // otlpNativeDeltaIngestion
		metricdb.LookbackDelta,     // lookbackDelta
		false,                      // enableTypeAndUnitLabels
		false,                      // appendMetadata
		busyIsUnavailable,          // overrideErrorCode
		nil,                        // featureRegistry
		v1.OpenAPIOptions{},        // openAPIOptions
		limited,                    // promqlParser
		false,                      // enableQueryCost
		o.DB.Timeout(),             // queryTimeoutFlag
	), nil
}

// busyIsUnavailable answers 503 to a query that found no place, so that
// clients try again.
func busyIsUnavailable[N any](_ N, err error) (int, bool) {
	if errors.Is(err, metricdb.ErrBusy) || errors.Is(err, metricdb.ErrClosed) {
		return http.StatusServiceUnavailable, true
	}
	return 0, false
}

// versionInfo names the version of Prometheus whose API this is: Grafana
// chooses by it what it asks for. Budi's own version stands beside it.
func versionInfo() *v1.PrometheusVersion {
	budi := buildinfo.Get()
	return &v1.PrometheusVersion{
		Version:   prometheusVersion(),
		Revision:  budi.Revision,
		Branch:    "budi-" + budi.Version,
		GoVersion: budi.GoVersion,
	}
}

// prometheusVersion derives the release from the library's version: v0.316.0
// is the library of Prometheus 3.16.0.
func prometheusVersion() string {
	const oldest = "3.0.0" // when the build tells nothing
	bi, ok := debug.ReadBuildInfo()
	if !ok {
		return oldest
	}
	for _, dep := range bi.Deps {
		var minor, patch int
		if dep.Path != "github.com/prometheus/prometheus" {
			continue
		}
		if n, _ := fmt.Sscanf(dep.Version, "v0.3%d.%d", &minor, &patch); n == 2 {
			return fmt.Sprintf("3.%d.%d", minor, patch)
		}
	}
	return oldest
}

func runtimeInfo(db *metricdb.DB, started time.Time) func() (v1.RuntimeInfo, error) {
	return func() (v1.RuntimeInfo, error) {
		keep, bytes := db.Retention()
		return v1.RuntimeInfo{
			StartTime:           started.UTC(),
			ServerTime:          time.Now().UTC(),
			ReloadConfigSuccess: true,
			GoroutineCount:      runtime.NumGoroutine(),
			GOMAXPROCS:          runtime.GOMAXPROCS(0),
			StorageRetention:    fmt.Sprintf("%s or %dGB", model.Duration(keep), bytes/1e9),
		}, nil
	}
}

// statistics is what status/tsdb reads.
type statistics struct{ db *metricdb.DB }

var errNotOffered = errors.New("this is not offered")

func (s statistics) Stats(byLabel string, limit int) (*tsdb.Stats, error) {
	return s.db.Stats(byLabel, limit)
}
func (statistics) CleanTombstones() error { return errNotOffered }
func (statistics) Delete(context.Context, int64, int64, ...*labels.Matcher) error {
	return errNotOffered
}
func (statistics) Snapshot(string, bool) error { return errNotOffered }
func (statistics) WALReplayStatus() (tsdb.WALReplayStatus, error) {
	return tsdb.WALReplayStatus{}, errNotOffered
}
func (statistics) BlockMetas() ([]tsdb.BlockMeta, error) { return nil, errNotOffered }

// ruleView is what rules and alerts read.
type ruleView struct{ set *ruleset.Set }

func (v ruleView) RuleGroups() []*rules.Group { return v.set.Groups() }

func (v ruleView) AlertingRules() []*rules.AlertingRule {
	var out []*rules.AlertingRule
	for _, g := range v.set.Groups() {
		out = append(out, g.AlertingRules()...)
	}
	return out
}

type noExemplars struct{}

func (noExemplars) ExemplarQuerier(context.Context) (storage.ExemplarQuerier, error) {
	return noExemplars{}, nil
}

func (noExemplars) Select(int64, int64, ...[]*labels.Matcher) ([]exemplar.QueryResult, error) {
	return []exemplar.QueryResult{}, nil
}

type noAlertmanagers struct{}

func (noAlertmanagers) Alertmanagers() []*url.URL        { return nil }
func (noAlertmanagers) DroppedAlertmanagers() []*url.URL { return nil }

// catalogueTarget is the one target that Prometheus' API is told of. It
// carries the catalogue as its metadata, which is where the API looks.
type catalogueTarget struct {
	target *scrape.Target
	host   string
	scheme string
	defs   []metric.Def
	byName map[string]metric.Def
}

const pool = "budi"

func newTarget(o Options) (*catalogueTarget, error) {
	u, err := url.Parse(o.ExternalURL)
	if err != nil {
		return nil, fmt.Errorf("make the Prometheus API: external URL: %w", err)
	}
	c := &catalogueTarget{host: u.Host, scheme: u.Scheme, defs: o.Catalogue, byName: map[string]metric.Def{}}
	if c.host == "" {
		c.host, c.scheme = "localhost:9480", "http"
	}
	for _, d := range o.Catalogue {
		c.byName[d.Name] = d
	}
	c.target = scrape.NewTarget(
		labels.FromStrings(
			model.JobLabel, pool, model.InstanceLabel, "collector",
			model.AddressLabel, c.host, model.SchemeLabel, c.scheme,
			model.MetricsPathLabel, strings.TrimSuffix(u.Path, "/")+"/metrics",
			model.ScrapeIntervalLabel, "1m", model.ScrapeTimeoutLabel, "10s",
		),
		&config.ScrapeConfig{JobName: pool}, nil, nil)
	c.target.SetMetadataStore(c)
	return c, nil
}

func (c *catalogueTarget) ScrapePools() []string { return []string{pool} }

func (c *catalogueTarget) TargetsActive() map[string][]*scrape.Target {
	c.target.Report(time.Now(), 0, nil) // who asks is answered: it is up
	return map[string][]*scrape.Target{pool: {c.target}}
}

func (c *catalogueTarget) TargetsDropped() map[string][]*scrape.Target { return nil }
func (c *catalogueTarget) TargetsDroppedCounts() map[string]int        { return map[string]int{} }
func (c *catalogueTarget) ScrapePoolConfig(string) (*config.ScrapeConfig, error) {
	return nil, errNotOffered
}

func (c *catalogueTarget) ListMetadata() []scrape.MetricMetadata {
	out := make([]scrape.MetricMetadata, len(c.defs))
	for i, d := range c.defs {
		out[i] = metadataOf(d)
	}
	return out
}

func (c *catalogueTarget) GetMetadata(name string) (scrape.MetricMetadata, bool) {
	d, ok := c.byName[name]
	return metadataOf(d), ok
}

func (c *catalogueTarget) SizeMetadata() int {
	n := 0
	for _, d := range c.defs {
		n += len(d.Name) + len(d.Help) + len(d.Unit)
	}
	return n
}

func (c *catalogueTarget) LengthMetadata() int { return len(c.defs) }

func metadataOf(d metric.Def) scrape.MetricMetadata {
	return scrape.MetricMetadata{MetricFamily: d.Name, Type: model.MetricType(d.Type), Help: d.Help, Unit: d.Unit}
}
