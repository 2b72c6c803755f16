package collector

import (
	"context"
	"fmt"
	"slices"

	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/collector/web"
)

// PutStatusPost implements web.StatusPagesActions.
func (v statusView) PutStatusPost(ctx context.Context, p statuspage.Post) error {
	_, err := v.putPost(ctx, p)
	return err
}

// putPost is PutStatusPost, and returns what is kept.
func (v statusView) putPost(ctx context.Context, p statuspage.Post) (statuspage.Post, error) {
	v.s.changing.Lock()
	defer v.s.changing.Unlock()
	action := "status.post_add"
	var page statuspage.Page
	var before any
	var err error
	if p.ID == "" {
		if page, err = v.page(ctx, p.Page); err != nil {
			return p, err
		}
		p.ID = newUUID()
		for i := range p.Updates {
			p.Updates[i].At, p.Updates[i].By = v.s.c.now(), actor(ctx)
		}
		if len(p.Updates) == 0 {
			return p, fmt.Errorf("a post without a word: %w", web.ErrRefused)
		}
	} else {
		var old statuspage.Post
		if page, old, err = v.post(ctx, p.ID); err != nil {
			return p, err
		}
		action, before = "status.post_change", old
		p.Page, p.Kind, p.Updates = old.Page, old.Kind, old.Updates
	}
	mistakes := page.CheckPost(p)
	if before == nil && len(v.s.current.Load().of(page.ID)) >= statuspage.MaxPosts {
		mistakes = append(mistakes, statuspage.Mistake{Code: statuspage.CodePosts, Max: statuspage.MaxPosts})
	}
	p.Components = slices.DeleteFunc(slices.Clone(p.Components), func(id string) bool { _, ok := page.Component(id); return !ok })
	return p, v.keepPost(ctx, action, page, p, before, mistakes)
}

// AddStatusUpdate implements web.StatusPagesActions.
func (v statusView) AddStatusUpdate(ctx context.Context, id string, u statuspage.Update) error {
	_, err := v.addUpdate(ctx, id, u)
	return err
}

// addUpdate is AddStatusUpdate, and returns what is kept.
func (v statusView) addUpdate(ctx context.Context, id string, u statuspage.Update) (statuspage.Post, error) {
	v.s.changing.Lock()
	defer v.s.changing.Unlock()
	page, p, err := v.post(ctx, id)
	if err != nil {
		return p, err
	}
	var mistakes []statuspage.Mistake
	if p.At(v.s.c.now()) == statuspage.Over {
		mistakes = append(mistakes, statuspage.Mistake{Code: statuspage.CodeOver})
	}
	before := p
	u.At, u.By = v.s.c.now(), actor(ctx)
	p.Updates = append(slices.Clone(p.Updates), u)
	return p, v.keepPost(ctx, "status.post_update", page, p, before, append(mistakes, page.CheckPost(p)...))
}

// keepPost stores a post when nothing is wrong with it.
func (v statusView) keepPost(ctx context.Context, action string, page statuspage.Page, p statuspage.Post, before any, mistakes []statuspage.Mistake) error {
	if err := statusProblems(mistakes); err != nil {
		return err
	}
	if err := v.s.c.store.PutStatusPost(p); err != nil {
		return err
	}
	v.s.put(func(_ map[string]statuspage.Page, posts map[string]statuspage.Post) { posts[p.ID] = p })
	title, _ := p.Title.In("")
	v.record(ctx, action, page, title, before, p)
	return nil
}

// RemoveStatusPost implements web.StatusPagesActions.
func (v statusView) RemoveStatusPost(ctx context.Context, id string) (string, error) {
	v.s.changing.Lock()
	defer v.s.changing.Unlock()
	page, p, err := v.post(ctx, id)
	if err != nil {
		return "", err
	}
	page.Changed = v.s.c.now() // what is left was written earlier, and the feed says when it changed
	if err := v.s.c.store.DropStatusPost(page, id); err != nil {
		return "", err
	}
	v.s.put(func(pages map[string]statuspage.Page, posts map[string]statuspage.Post) {
		pages[page.ID] = page
		delete(posts, id)
	})
	title, _ := p.Title.In("")
	v.record(ctx, "status.post_remove", page, title, p, nil)
	return page.ID, nil
}
