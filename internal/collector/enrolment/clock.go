package enrolment

import "time"

// How a computer's clock is corrected.
const (
	// smallOffset counts as none: it may be the network's delay, and rules look
	// at minutes.
	smallOffset = 30 * time.Second
	// steadyOffset is how far the clock must have moved before another offset
	// is used: a sample that is sent again must get the same time again.
	steadyOffset = 5 * time.Second
)

// nextOffset returns what is to be added to times of an agent's clock, from
// what was used before and what a request shows now.
func nextOffset(used, measured time.Duration) time.Duration {
	limit := smallOffset
	if used != 0 {
		limit -= steadyOffset // so that a clock at the limit does not go to and fro
	}
	if measured.Abs() < limit {
		measured = 0
	}
	if (measured - used).Abs() <= steadyOffset {
		return used
	}
	return measured
}
