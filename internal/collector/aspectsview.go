package collector

import (
	"context"
	"fmt"
	"slices"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/look"
)

// aspectsView shows what is watched of websites besides whether they answer.
type aspectsView struct{ c *Collector }

var (
	_ web.AspectsView    = aspectsView{}
	_ web.AspectsActions = aspectsView{}
)

// of lists the aspects of a check with what is known of them.
func (v aspectsView) of(check settings.Check) []web.Aspect {
	var out []web.Aspect
	for _, a := range v.c.aspects() {
		if _, ok := a.of(check); !ok {
			continue
		}
		one := web.Aspect{Name: a.name, Every: a.every}
		if r, ok := v.c.looking.board.Get(aspectID(check.ID, a.name)); ok {
			one.Result = &r
		} else if r, ok := v.c.outcomes.newest(check.ID, a.name); ok {
			one.Result = &r
		}
		out = append(out, one)
	}
	return out
}

// Aspect implements web.AspectsView.
func (v aspectsView) Aspect(ctx context.Context, id, name string) (web.AspectPage, error) {
	check, err := v.c.seenCheck(ctx, id)
	if err != nil {
		return web.AspectPage{}, err
	}
	all := v.of(check)
	i := slices.IndexFunc(all, func(a web.Aspect) bool { return a.Name == name })
	if i < 0 {
		return web.AspectPage{}, fmt.Errorf("aspect %s of check %s: %w", name, id, web.ErrNotFound)
	}
	sites, err := checksView(v).sites(ctx)
	if err != nil {
		return web.AspectPage{}, err
	}
	config := v.c.Config()
	page := web.AspectPage{Check: checksView(v).row(&config, sites, check), Aspect: all[i]}
	if name == web.AspectContent {
		page.Waiting = v.c.contents.waiting(check)
	}
	return page, nil
}

// LookAtAspect implements web.AspectsActions.
func (v aspectsView) LookAtAspect(ctx context.Context, id, name string) (look.Result, error) {
	check, err := v.c.seenCheck(ctx, id)
	if err != nil {
		return look.Result{}, err
	}
	for _, a := range v.c.aspects() {
		f, ok := a.of(check)
		if a.name != name || !ok {
			continue
		}
		who, _ := access.FromContext(ctx)
		end, err := v.c.tries.begin(who.Actor(), v.c.now())
		if err != nil {
			return look.Result{}, err
		}
		defer end()
		bounded, cancel := context.WithTimeout(ctx, a.within)
		defer cancel()
		r := f(bounded)
		if r.Outcome != look.Unknown && a.every >= minKept {
			if err := v.c.outcomes.keep(id, name, r); err != nil {
				return look.Result{}, err
			}
		}
		v.c.looking.take(ctx, aspectID(id, name), r)
		return r, nil
	}
	return look.Result{}, fmt.Errorf("aspect %s of check %s: %w", name, id, web.ErrNotFound)
}
