package web

import (
	"context"
	"errors"
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

// AspectsView is for what is watched of a website besides whether it answers. Its
// methods are safe for concurrent use and end with their context, which carries
// who asks; they fail with ErrNotFound for what is not there, not watched or not
// seen.
type AspectsView interface {
	// Aspect gathers what is known of one aspect of a check.
	Aspect(ctx context.Context, check, name string) (AspectPage, error)
}

// AspectsActions is what people may do to aspects. The context says who does it.
type AspectsActions interface {
	// LookAtAspect looks now, stores what is found and returns it. It fails with
	// ErrNotFound, and with ErrTooMany.
	LookAtAspect(ctx context.Context, check, name string) (look.Result, error)
	// ApproveContent says that the page of a check that was looked at then may stay
	// as it is, and looks at it. It fails with ErrNotFound, and with
	// ErrLookedAgain when another page waits for approval, or none.
	ApproveContent(ctx context.Context, check string, seen time.Time) error
}

// ErrLookedAgain says that what was seen is not the newest any more.
var ErrLookedAgain = errors.New("the page was looked at again meanwhile; look at what was found, and approve that")

// The aspects, by the names that their targets, texts and addresses have.
const (
	AspectSecurity = "security"
	AspectContent  = "content"
	AspectLinks    = "links"
)

// Aspect is something that is watched of a check.
type Aspect struct {
	Name   string
	Every  time.Duration
	Result *look.Result // the newest; nil: it was not looked at yet
}

// AspectPage is one aspect of one check.
type AspectPage struct {
	Check CheckRow
	Aspect
	Waiting time.Time // of content: when the page that waits for approval was looked at; zero: none waits
}
