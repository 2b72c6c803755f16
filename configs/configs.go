// Package configs embeds the files of this folder: the collector's example
// configuration and the shipped alert rules. Tests parse all of them.
package configs

import "embed"

// Rules holds the shipped rule files, in Prometheus' rule file format, under
// "rules/". Their tests, in promtool's test file format, are beside them as
// *_test.yml.
//
//go:embed rules
var Rules embed.FS

// Collector is the example configuration, as shipped.
//
//go:embed collector.yml
var Collector []byte
