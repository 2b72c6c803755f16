package collector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
)

// statusView shows and edits status pages in the console.
type statusView struct{ s *statusPages }

var (
	_ web.StatusPagesView    = statusView{}
	_ web.StatusPagesActions = statusView{}
)

// seesStatus reports whether a page is of whoever asks: one of a site is of those
// who see the site, one of every site of those who see every site.
func seesStatus(ctx context.Context, site string) bool {
	if site != "" {
		return seesSite(ctx, site)
	}
	id, ok := access.FromContext(ctx)
	return ok && id.Whole()
}

// page finds one that whoever asks may see.
func (v statusView) page(ctx context.Context, id string) (statuspage.Page, error) {
	p, ok := v.s.current.Load().pages[id]
	if !ok || !seesStatus(ctx, p.Site) {
		return statuspage.Page{}, fmt.Errorf("status page %s: %w", id, web.ErrNotFound)
	}
	return p, nil
}

// post finds one of a page that whoever asks may see.
func (v statusView) post(ctx context.Context, id string) (statuspage.Page, statuspage.Post, error) {
	post, ok := v.s.current.Load().posts[id]
	if !ok {
		return statuspage.Page{}, post, fmt.Errorf("post %s of a status page: %w", id, web.ErrNotFound)
	}
	page, err := v.page(ctx, post.Page)
	return page, post, err
}

// problems are mistakes in people's words.
func statusProblems(mistakes []statuspage.Mistake) error {
	if len(mistakes) == 0 {
		return nil
	}
	var out settings.Problems
	for _, m := range mistakes {
		out = append(out, settings.New(m.Field, "status_"+m.Code, "Max", m.Max))
	}
	return out
}

// StatusPages implements web.StatusPagesView.
func (v statusView) StatusPages(ctx context.Context) (web.StatusPagesList, error) {
	sites, err := checksView{v.s.c}.CheckSites(ctx)
	if err != nil {
		return web.StatusPagesList{}, err
	}
	out := web.StatusPagesList{Sites: sites}
	set := v.s.current.Load()
	for _, p := range set.pages {
		if seesStatus(ctx, p.Site) {
			out.Pages = append(out.Pages, p)
		}
	}
	slices.SortFunc(out.Pages, func(a, b statuspage.Page) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// StatusPage implements web.StatusPagesView.
func (v statusView) StatusPage(ctx context.Context, id string) (web.StatusPageShown, error) {
	page, err := v.page(ctx, id)
	if err != nil {
		return web.StatusPageShown{}, err
	}
	out := web.StatusPageShown{Page: page, Posts: v.s.current.Load().of(id), Things: map[topology.ID]web.StatusThing{}}
	if out.Sites, err = (checksView{v.s.c}).CheckSites(ctx); err != nil {
		return out, err
	}
	config := v.s.c.Config()
	used := map[topology.ID]bool{}
	for _, c := range page.Components {
		for _, t := range c.Things {
			used[t] = true
			if name, ok := v.thing(&config, page.Site, t); ok {
				out.Things[t] = name
			}
		}
	}
	for _, check := range config.Checks {
		id := topology.Check(check.ID)
		if name, ok := v.thing(&config, page.Site, id); ok && !used[id] && seesSite(ctx, config.siteOf(check)) {
			out.Free = append(out.Free, name)
		}
	}
	slices.SortFunc(out.Free, func(a, b web.StatusThing) int { return strings.Compare(a.Name, b.Name) })
	for _, w := range v.s.c.calendar().Occurrences(v.s.c.now(), v.s.c.now().AddDate(0, 0, 60)) {
		// Of a window over several sites others should not learn by this page.
		if len(w.Sites) > 0 && !slices.ContainsFunc(w.Sites, func(site string) bool { return !seesSite(ctx, site) }) || seesStatus(ctx, "") {
			out.Windows = append(out.Windows, web.StatusWindow{Name: w.Name, From: w.From, To: w.To})
		}
	}
	return out, nil
}

// thing is a check or a device that a page of a site may show.
func (v statusView) thing(config *Config, site string, id topology.ID) (web.StatusThing, bool) {
	if check, is := id.CheckID(); is {
		c, ok := config.Check(check)
		return web.StatusThing{ID: id, Name: c.Title()}, ok && (site == "" || config.siteOf(c) == site)
	}
	d, ok := v.s.c.agents.inventory.Resolve(string(id))
	return web.StatusThing{ID: topology.ID(d.ID), Name: d.Name}, ok && (site == "" || d.Site == site)
}

// StatusPreview implements web.StatusPagesView.
func (v statusView) StatusPreview(ctx context.Context, id string, lang i18n.Lang) ([]byte, string, error) {
	page, err := v.page(ctx, id)
	if err != nil {
		return nil, "", err
	}
	if !page.Speaks(lang) {
		lang = page.Languages[0]
	}
	snapshot, err := v.s.snapshot(ctx, page)
	if err != nil {
		return nil, "", err
	}
	body, err := v.s.renderer.HTML(snapshot, lang, true)
	return body, v.s.renderer.Policy(), err
}

// StatusPost implements web.StatusPagesView.
func (v statusView) StatusPost(ctx context.Context, id string) (statuspage.Page, statuspage.Post, error) {
	return v.post(ctx, id)
}

// PutStatusPage implements web.StatusPagesActions.
func (v statusView) PutStatusPage(ctx context.Context, p statuspage.Page, asked string) (string, error) {
	v.s.changing.Lock()
	defer v.s.changing.Unlock()
	set := v.s.current.Load()
	action, before := "status.page_add", statuspage.Page{}
	if p.ID != "" {
		old, err := v.page(ctx, p.ID)
		if err != nil {
			return "", err
		}
		action, before = "status.page_change", old
		p.Components, p.Published = old.Components, old.Published
	} else {
		p.ID, p.Components, p.Published = newUUID(), nil, false
	}
	mistakes := p.Check()
	if _, known := set.pages[p.ID]; !known && len(set.pages) >= statuspage.MaxPages {
		mistakes = append(mistakes, statuspage.Mistake{Code: statuspage.CodePages, Max: statuspage.MaxPages})
	}
	for _, other := range set.pages {
		switch {
		case other.ID == p.ID:
		case other.Path == p.Path:
			mistakes = append(mistakes, statuspage.Mistake{Field: "path", Code: statuspage.CodePathTaken})
		case other.Host != "" && other.Host == p.Host:
			mistakes = append(mistakes, statuspage.Mistake{Field: "host", Code: statuspage.CodeHostTaken})
		}
	}
	if p.Host != "" && slices.Contains(append(v.s.c.ownNames(), hostName(asked)), p.Host) {
		mistakes = append(mistakes, statuspage.Mistake{Field: "host", Code: statuspage.CodeHostOwn})
	}
	if p.Host != before.Host && !seesStatus(ctx, "") {
		mistakes = append(mistakes, statuspage.Mistake{Field: "host", Code: statuspage.CodeHostWhole})
	}
	if err := statusProblems(mistakes); err != nil {
		return "", err
	}
	if !v.mayHave(ctx, p.Site) {
		return "", settings.Problems{settings.New("site", settings.CodeSite)}
	}
	p.Changed = v.s.c.now()
	if err := v.s.c.store.PutStatusPage(p); err != nil {
		return "", err
	}
	v.s.put(func(pages map[string]statuspage.Page, _ map[string]statuspage.Post) { pages[p.ID] = p })
	before.Components = p.Components
	v.recordPage(ctx, action, "", before, p)
	if p.Host != before.Host && v.s.c.authority != nil {
		// Under the new name, too, the collector has to show a certificate.
		if err := v.s.c.authority.Renew(); err != nil {
			v.s.c.log.Error("issue a certificate for the host name of a status page; it is tried again each hour", "err", err)
		}
	}
	return p.ID, nil
}

// mayHave reports whether a page of whoever asks may be of a site.
func (v statusView) mayHave(ctx context.Context, site string) bool {
	if !seesStatus(ctx, site) {
		return false
	}
	if site == "" {
		return true
	}
	_, err := v.s.c.agents.inventory.Site(ctx, site)
	return err == nil
}

func (v statusView) record(ctx context.Context, action string, p statuspage.Page, detail string, before, after any) {
	e := access.Entry{Actor: actor(ctx), Action: action, Object: "status page " + p.Path, Detail: detail}
	if before != nil || after != nil {
		e.Before, e.After = access.Changes(before, after)
	}
	v.s.c.record(ctx, e)
}

// recordPage is record for a change of the page itself. When that was is the time
// of the entry.
func (v statusView) recordPage(ctx context.Context, action, detail string, before, after statuspage.Page) {
	before.Changed, after.Changed = time.Time{}, time.Time{}
	v.record(ctx, action, after, detail, before, after)
}

// change changes a page that is there.
func (v statusView) change(ctx context.Context, id, action, detail string, edit func(*statuspage.Page) error) error {
	v.s.changing.Lock()
	defer v.s.changing.Unlock()
	p, err := v.page(ctx, id)
	if err != nil {
		return err
	}
	before := p
	p.Components = slices.Clone(p.Components)
	if err := edit(&p); err != nil {
		return err
	}
	p.Changed = v.s.c.now()
	if err := v.s.c.store.PutStatusPage(p); err != nil {
		return err
	}
	v.s.put(func(pages map[string]statuspage.Page, _ map[string]statuspage.Post) { pages[id] = p })
	v.recordPage(ctx, action, detail, before, p)
	return nil
}

// PublishStatusPage implements web.StatusPagesActions.
func (v statusView) PublishStatusPage(ctx context.Context, id string, published bool) error {
	action := "status.page_hide"
	if published {
		action = "status.page_publish"
	}
	return v.change(ctx, id, action, "", func(p *statuspage.Page) error {
		p.Published = published
		return nil
	})
}

// RemoveStatusPage implements web.StatusPagesActions.
func (v statusView) RemoveStatusPage(ctx context.Context, id string) error {
	v.s.changing.Lock()
	defer v.s.changing.Unlock()
	p, err := v.page(ctx, id)
	if err != nil {
		return err
	}
	var posts []string
	for _, post := range v.s.current.Load().of(id) {
		posts = append(posts, post.ID)
	}
	if err := v.s.c.store.DropStatusPage(id, posts); err != nil {
		return err
	}
	v.s.put(func(pages map[string]statuspage.Page, all map[string]statuspage.Post) {
		delete(pages, id)
		maps.DeleteFunc(all, func(_ string, post statuspage.Post) bool { return post.Page == id })
	})
	v.record(ctx, "status.page_remove", p, "", p, nil)
	return nil
}

// PutStatusComponent implements web.StatusPagesActions.
func (v statusView) PutStatusComponent(ctx context.Context, id string, c statuspage.Component, things []string) error {
	name, _ := c.Name.In("")
	return v.change(ctx, id, "status.component_put", name, func(p *statuspage.Page) error {
		find, config := v.s.c.thingFinder(ctx), v.s.c.Config()
		var mistakes []statuspage.Mistake
		c.Things = nil // only what is found here, as whoever asks may see it
		for _, text := range things {
			found, ok := find(text)
			if ok {
				_, ok = v.thing(&config, p.Site, topology.ID(found))
			}
			if !ok {
				return settings.Problems{settings.New("things", "status_"+statuspage.CodeThing, "Name", text)}
			}
			if !slices.Contains(c.Things, topology.ID(found)) {
				c.Things = append(c.Things, topology.ID(found))
			}
		}
		mistakes = append(mistakes, p.CheckComponent(c)...)
		i := slices.IndexFunc(p.Components, func(o statuspage.Component) bool { return o.ID == c.ID })
		switch {
		case c.ID != "" && i < 0:
			return fmt.Errorf("component %s: %w", c.ID, web.ErrNotFound)
		case i < 0 && len(p.Components) >= statuspage.MaxComponents:
			mistakes = append(mistakes, statuspage.Mistake{Code: statuspage.CodeComponents, Max: statuspage.MaxComponents})
		case i < 0:
			c.ID = newUUID()
			p.Components = append(p.Components, c)
		default:
			p.Components[i] = c
		}
		return statusProblems(mistakes)
	})
}

// MoveStatusComponent implements web.StatusPagesActions.
func (v statusView) MoveStatusComponent(ctx context.Context, id, component string, by int) error {
	return v.change(ctx, id, "status.component_move", "", func(p *statuspage.Page) error {
		i := slices.IndexFunc(p.Components, func(c statuspage.Component) bool { return c.ID == component })
		if i < 0 {
			return fmt.Errorf("component %s: %w", component, web.ErrNotFound)
		}
		if to := i + by; to >= 0 && to < len(p.Components) {
			p.Components[i], p.Components[to] = p.Components[to], p.Components[i]
		}
		return nil
	})
}

// RemoveStatusComponent implements web.StatusPagesActions.
func (v statusView) RemoveStatusComponent(ctx context.Context, id, component string) error {
	return v.change(ctx, id, "status.component_remove", "", func(p *statuspage.Page) error {
		n := len(p.Components)
		p.Components = slices.DeleteFunc(p.Components, func(c statuspage.Component) bool { return c.ID == component })
		if len(p.Components) == n {
			return fmt.Errorf("component %s: %w", component, web.ErrNotFound)
		}
		return nil
	})
}
