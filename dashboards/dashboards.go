// Package dashboards embeds the files of this folder: Grafana dashboards that
// ask only for metrics of the catalogue (docs/metrics.md). To use one, import
// its file in Grafana and choose the collector as its Prometheus data source.
package dashboards

import "embed"

// Files holds the dashboards, as Grafana imports them.
//
//go:embed *.json
var Files embed.FS
