package access

import (
	"fmt"
	"net/netip"
	"time"
)

// How log-ins are slowed down. An account has few free attempts; behind one
// address there may be a whole school, so it has more. After them the wait
// doubles with each failure from one second to a minute, and everything is
// forgotten after an hour of quiet: a guesser gets at most some 1,400 attempts
// a day at an account, and an owner who mistyped waits a minute at most. Whoever
// attacks an account can make its owner wait; sessions that are open, and the
// admin socket, are not touched by it.
const (
	accountFree = 5
	addressFree = 20
)

// ThrottledError says that log-ins are slowed down at this moment.
type ThrottledError struct {
	RetryAfter time.Duration
}

// Error says when to try again.
func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many failed attempts to log in; try again in %s", e.RetryAfter.Round(time.Second))
}

// NetworkOf is what one customer has: the address itself, or of IPv6 its /64. Who
// counts what comes from one sender counts by it. Of no address it is no prefix.
func NetworkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
