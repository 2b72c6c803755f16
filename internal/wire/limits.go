// Package wire holds what agent and collector agree on: limits first, the
// words of their protocol later. It depends on the standard library only.
package wire

import "time"

// SpoolAge is how long an agent keeps samples that it could not deliver. The
// collector's window for late samples follows from it (see metricdb), so that
// what an agent still holds can always be stored.
const SpoolAge = 7 * 24 * time.Hour
