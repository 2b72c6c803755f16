package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
)

// Bounds of what an agent looks at for its collector.
const (
	MaxChecks    = 200             // of one agent
	MaxSpec      = 128 << 10       // bytes of Check.Spec
	MaxWitnesses = 10              // of an assignment
	MaxRanges    = 250             // in each of Check.Allow and Check.Deny
	MinCheckTime = time.Minute     // between two looks: an agent is a guest
	MaxCheckTime = 24 * time.Hour  // between two looks
	MaxCheckWait = 5 * time.Minute // of one look
)

// Check is a website or service that an agent looks at too, beside its
// collector. It may hold the name and the password that the look needs: it is
// never logged, and an agent keeps it in memory only.
type Check struct {
	ID       string          `json:"id"`
	Interval time.Duration   `json:"interval"` // from look to look, MinCheckTime to MaxCheckTime
	Spec     json.RawMessage `json:"spec"`     // a probe.Spec, its secrets included
	Allow    []netip.Prefix  `json:"allow,omitempty"`
	Deny     []netip.Prefix  `json:"deny,omitempty"` // addresses that the look may not reach, as in reach.Policy
}

// Valid returns what is wrong with a check that a collector asks for, or nil.
// What is in Spec package probe judges.
func (c Check) Valid() error {
	switch {
	case fleet.CheckID(c.ID) != nil:
		return errors.New("the ID of a check is none")
	case c.Interval < MinCheckTime || c.Interval > MaxCheckTime:
		return fmt.Errorf("check %s: interval is %s: it must be from %s to %s", c.ID, c.Interval, MinCheckTime, MaxCheckTime)
	case len(c.Spec) == 0 || len(c.Spec) > MaxSpec:
		return fmt.Errorf("check %s: spec has %d bytes: it must have 1 to %d", c.ID, len(c.Spec), MaxSpec)
	case len(c.Allow) > MaxRanges || len(c.Deny) > MaxRanges:
		return fmt.Errorf("check %s: more than %d ranges of addresses", c.ID, MaxRanges)
	}
	return nil
}

// Said is what an agent's newest look at a check found, in words: the numbers
// come as samples.
type Said struct {
	Check    string        `json:"check"`
	Time     time.Time     `json:"time"` // by the agent's clock
	Outcome  look.Outcome  `json:"outcome"`
	Duration time.Duration `json:"duration"`
	Problem  *look.Problem `json:"problem,omitempty"`
}
