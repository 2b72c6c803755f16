// Package wire holds what agent and collector say to each other: paths,
// headers, the JSON bodies beside Prometheus' Remote-Write, enrolment tokens,
// and the limits that both keep. It depends on the standard library and the
// other nouns only.
package wire

import "time"

// SpoolAge is how long an agent keeps samples that it could not deliver. The
// collector's window for late samples follows from it (see metricdb), so that
// what an agent still holds can always be stored.
const SpoolAge = 7 * 24 * time.Hour

// KeepAfterAck is how long an agent keeps samples after the collector said that
// it has them. The collector does not fsync each of them; when it was started
// anew (HeaderCollectorStart), they are sent again.
const KeepAfterAck = 10 * time.Minute

// Limits of one request and of what is in it. The collector refuses what is
// over them; an agent stays below.
const (
	MaxBody         = 4 << 20  // bytes of a body as it is sent
	MaxDecompressed = 32 << 20 // bytes of a body after decompression
	MaxSamples      = 20_000   // samples in one write of an agent
	MaxSeries       = 2_000    // series of one agent
	MaxFactSets     = 64       // kinds of facts in a report
	MaxItems        = 5_000    // items of one kind of facts
	MaxFields       = 32       // fields of an item
	MaxEvents       = 1_000    // events in a report
	MaxMACs         = 16
	MaxText         = 512 // bytes of a name or value
)
