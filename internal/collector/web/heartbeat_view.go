package web

import (
	"context"
	"time"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/secret"
)

// HeartbeatView tells whom the collector tells that it is alive. It is safe for
// concurrent use.
type HeartbeatView interface {
	Heartbeat(ctx context.Context) (HeartbeatPage, error)
}

// HeartbeatActions changes that, in the name of who asks; whoever implements the
// methods sees to the audit record. What cannot be is refused with
// settings.Problems.
type HeartbeatActions interface {
	// SetHeartbeat changes whom to tell; nil: nobody.
	SetHeartbeat(ctx context.Context, e *HeartbeatEdit) error

	// TryHeartbeat makes a beat now. What came of it is in the HeartbeatPage.
	TryHeartbeat(ctx context.Context) error
}

// HeartbeatEdit is what a person types. An address that is empty stays what it
// was.
type HeartbeatEdit struct {
	URL      secret.String
	FailURL  secret.String
	DropFail bool // takes the address for trouble away
	Interval time.Duration
	Method   string
}

// HeartbeatPage is whom the collector tells that it is alive, and how that went.
type HeartbeatPage struct {
	File   string            // path of the configuration file
	InFile bool              // the file declares it
	Wrong  settings.Problems // why what is stored is not in use
	HeartbeatHealth
	Method string
}

// HeartbeatHealth is how the heartbeat fares. The zero value: there is none.
type HeartbeatHealth struct {
	Server     string // where the beats go, without what makes the address a secret; "": nowhere
	FailServer string // where trouble is told; "": nowhere
	Interval   time.Duration
	Last, Good time.Time // the newest beat, and the newest that was taken; zero: none yet
	Failures   int       // since the last good one
	Problem    string    // of the newest; technical, English
	Withheld   string    // why the newest was not made: not_stored, not_told; "": it was
}
