// Package metric is the catalogue of every metric name that Budi's programs
// emit: type, unit, help and labels. docs/metrics.md is generated from it,
// /api/v1/metadata is answered from it, and tests hold rules, dashboards and
// the programs against it. It depends on the standard library only.
//
// Names follow the field: blackbox_exporter's for checks (probe.go),
// OpenTelemetry's system conventions in Prometheus form for computers
// (host.go), and budi_ for what only Budi knows (collector.go).
package metric

import "sort"

// Type is a Prometheus metric type.
type Type string

// The types in use.
const (
	Counter   Type = "counter"
	Gauge     Type = "gauge"
	Histogram Type = "histogram"
)

// Def describes one metric.
type Def struct {
	Name   string
	Type   Type
	Unit   string // base unit: "seconds", "bytes", "ratio"; empty for plain numbers
	Help   string // one English sentence
	Labels []string
}

// All returns the catalogue sorted by name.
func All() []Def {
	var all []Def
	for _, part := range [][]Def{hostDefs(), probeDefs(), websiteDefs(), collectorDefs(), accessDefs(), agentDefs(), enrolmentDefs(), outboxDefs(), deviceDefs(), sampleDefs(), ingestDefs()} {
		all = append(all, part...)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}
