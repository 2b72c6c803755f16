// Package outbox sees to it that what is owed is told: each message to each
// contact at least once and at most twice, with the same Message-ID, whatever
// is killed in between. It keeps a row per incident, contact and kind in the
// store it is given, with the states due, sending and sent; it knows nothing
// of SMTP, of Alertmanager or of rules.
package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/incident"
)

// Delivery is one message to one contact. It has several items when what waited
// long is summed up.
type Delivery struct {
	Contact   string // name of the contact in the configuration
	MessageID string // without angle brackets; stable over retries
	Thread    string // Message-ID of the message this one answers; empty when it begins a thread
	Items     []Item // at least one; oldest first
}

// Item is one thing to be told.
type Item struct {
	Kind     incident.Kind
	Digest   *digest.Content   // of the kinds digest.Morning and digest.Monthly, which have no incident
	Incident incident.Incident // as it was when the message became owed
	OwedAt   time.Time

	// As in incident.Owed.
	Reason  incident.Reason
	Touches incident.Touches
	Told    []incident.ID

	// ToldAt is when the contact was told of the first of Told; zero: never, for
	// that message did not arrive.
	ToldAt time.Time
}

// Deliverer hands a message to the world.
//
// Deliver returns nil when the receiving side has taken responsibility. It
// calls commit once, immediately before the first moment at which the other
// side could deliver although Deliver fails (for SMTP: after the answer to
// DATA, before the text); when commit returns an error it must give up and
// return that error. It returns an error that wraps ErrUncertain when commit
// was called and the answer did not come, and one that wraps ErrPermanent when
// trying again is of no use. Everything has a deadline from ctx.
type Deliverer interface {
	Deliver(ctx context.Context, d Delivery, commit func() error) error
}

// Errors that a Deliverer's answer may wrap.
var (
	ErrUncertain = errors.New("the message may or may not have arrived")
	ErrPermanent = errors.New("the receiving side refuses the message for good")
)
