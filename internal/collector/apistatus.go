package collector

import (
	"context"
	"fmt"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/collector/statuspage"
)

// apiStatus is the status pages, with the rights and the record that the
// console's have.
type apiStatus struct{ c *Collector }

var _ jsonapi.StatusPages = apiStatus{}

func (a apiStatus) view() statusView { return statusView{a.c.statusPages} }

// told translates errors for the API.
func (a apiStatus) told(err error) error { return apiChecks(a).told(err) }

// StatusPages implements jsonapi.StatusPages.
func (a apiStatus) StatusPages(ctx context.Context) ([]statuspage.Page, error) {
	list, err := a.view().StatusPages(ctx)
	return list.Pages, a.told(err)
}

// StatusPage implements jsonapi.StatusPages.
func (a apiStatus) StatusPage(ctx context.Context, id string) (statuspage.Snapshot, error) {
	page, err := a.view().page(ctx, id)
	if err != nil {
		return statuspage.Snapshot{}, a.told(err)
	}
	if who, ok := access.FromContext(ctx); !page.Published && !(ok && who.Role.Allows(access.Operator)) {
		return statuspage.Snapshot{}, fmt.Errorf("status page %s is not public: %w", id, jsonapi.ErrNotFound)
	}
	return a.c.statusPages.snapshot(ctx, page)
}

// WriteStatusPost implements jsonapi.StatusPages.
func (a apiStatus) WriteStatusPost(ctx context.Context, p statuspage.Post) (statuspage.Post, error) {
	page, err := a.view().page(ctx, p.Page)
	if err != nil {
		return p, a.told(err)
	}
	// A form offers the lines that there are; a program may be wrong.
	for _, id := range p.Components {
		if _, ok := page.Component(id); !ok {
			return p, &jsonapi.InvalidError{Problems: []jsonapi.FieldProblem{{Field: "lines", Code: "line", Detail: fmt.Sprintf("the page has no line with the ID %.60q", id)}}}
		}
	}
	p.ID = ""
	p, err = a.view().putPost(ctx, p)
	return p, a.told(err)
}

// WriteStatusUpdate implements jsonapi.StatusPages.
func (a apiStatus) WriteStatusUpdate(ctx context.Context, post string, u statuspage.Update) (statuspage.Post, error) {
	p, err := a.view().addUpdate(ctx, post, u)
	return p, a.told(err)
}

// RemoveStatusPost implements jsonapi.StatusPages.
func (a apiStatus) RemoveStatusPost(ctx context.Context, post string) error {
	_, err := a.view().RemoveStatusPost(ctx, post)
	return a.told(err)
}
