package web

import (
	"context"
	"time"

	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/i18n"
)

// StatusPagesView is what the console shows of status pages, to those who see the
// site that a page is of. Its methods are safe for concurrent use; they fail with
// ErrNotFound.
type StatusPagesView interface {
	StatusPages(ctx context.Context) (StatusPagesList, error)
	StatusPage(ctx context.Context, id string) (StatusPageShown, error)

	// StatusPreview returns the page as the public would see it, with the
	// Content-Security-Policy that it needs.
	StatusPreview(ctx context.Context, id string, lang i18n.Lang) (html []byte, policy string, err error)

	StatusPost(ctx context.Context, id string) (statuspage.Page, statuspage.Post, error)
}

// StatusPagesActions is what people do with status pages, which whoever
// implements it puts on the audit record. They fail with ErrNotFound and
// settings.Problems.
type StatusPagesActions interface {
	// PutStatusPage makes a page, or changes all of one but its components and
	// whether it is published. asked is the host under which the console is used
	// at this moment, which no page may take.
	PutStatusPage(ctx context.Context, p statuspage.Page, asked string) (id string, err error)
	PublishStatusPage(ctx context.Context, id string, published bool) error
	RemoveStatusPage(ctx context.Context, id string) error

	// PutStatusComponent adds a component to a page, or changes the one with its
	// ID. things are what people call the checks and devices that it is made of.
	PutStatusComponent(ctx context.Context, page string, c statuspage.Component, things []string) error
	MoveStatusComponent(ctx context.Context, page, component string, by int) error
	RemoveStatusComponent(ctx context.Context, page, component string) error

	// PutStatusPost writes something new on a page, with its first update, or
	// changes all of it but the updates.
	PutStatusPost(ctx context.Context, p statuspage.Post) error
	AddStatusUpdate(ctx context.Context, post string, u statuspage.Update) error
	RemoveStatusPost(ctx context.Context, post string) (page string, err error)
}

// StatusPagesList is the pages that whoever asks sees.
type StatusPagesList struct {
	Pages []statuspage.Page
	Sites []Site
}

// StatusPageShown is one page in the console.
type StatusPageShown struct {
	Page    statuspage.Page
	Posts   []statuspage.Post // the newest first
	Sites   []Site
	Things  map[topology.ID]StatusThing // of its components; what is missing was removed
	Free    []StatusThing               // checks that are in none of its components
	Windows []StatusWindow              // maintenance in the calendar that could be announced
}

// StatusThing is a check or a device.
type StatusThing struct {
	ID   topology.ID
	Name string
}

// StatusWindow is a maintenance in the calendar.
type StatusWindow struct {
	Name     string
	From, To time.Time
}
