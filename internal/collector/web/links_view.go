package web

import (
	"context"
	"time"

	"github.com/budi-monitor/budi/internal/website/crawl"
)

// LinksView shows how far the crawl of a website has come. It is safe for
// concurrent use; the context carries who asks. It fails with ErrNotFound for what
// is not there, not watched or not seen.
type LinksView interface {
	Crawl(ctx context.Context, check string) (Crawl, error)
}

// LinksActions begins and ends crawls. The context says who does it; they fail as
// LinksView does.
type LinksActions interface {
	StartCrawl(ctx context.Context, check string) error
	StopCrawl(ctx context.Context, check string) error
}

// Crawl is how far a crawl has come.
type Crawl struct {
	crawl.Progress
	Began      time.Time
	Due        time.Time // when it goes on; zero: as soon as it is its turn
	Running    bool      // a run is under way
	Unfinished bool      // it was begun, and goes on later
	Queued     bool      // somebody asked for it, and it waits for its turn
	Stopped    bool      // by a person
}

// Active reports whether there is something to show and to stop.
func (c Crawl) Active() bool { return c.Running || c.Queued || c.Unfinished && !c.Stopped }
