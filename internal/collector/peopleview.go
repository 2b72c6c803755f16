package collector

import (
	"context"

	"github.com/budi-monitor/budi/internal/collector/web"
)

// peopleView tells the pages about people what package access does not know.
type peopleView struct{ c *Collector }

var _ web.PeopleView = peopleView{}

// Sites implements web.PeopleView.
func (v peopleView) Sites(ctx context.Context) ([]web.Site, error) {
	p, err := fleetView(v).picture(ctx)
	if err != nil {
		return nil, err
	}
	return p.siteList(), nil
}
