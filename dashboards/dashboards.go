// Package dashboards embeds the files of this folder: Grafana dashboards in
// English (en) and Lithuanian (lt) that ask only for metrics of the catalogue
// (docs/metrics.md). The tests of this package make the files from boards_test.go
// (go test ./dashboards -update), so that both languages, the variables and the
// links of all boards stay alike. docs/grafana.md says how to use them.
package dashboards

import "embed"

// Files holds the dashboards, as Grafana imports them: LANGUAGE/NAME.json.
//
//go:embed en/*.json lt/*.json
var Files embed.FS
