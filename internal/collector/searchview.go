package collector

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/web"
)

// searchedIncidents is how many closed incidents a search looks through.
const searchedIncidents = 300

// searchView finds things by words.
type searchView struct{ c *Collector }

var _ web.SearchView = searchView{}

// hit is something found, and how well it fits.
type hit struct {
	web.Found
	score int
}

// Search implements web.SearchView.
func (v searchView) Search(ctx context.Context, words []string) ([]web.FoundGroup, error) {
	p, err := fleetView(v).picture(ctx)
	if err != nil {
		return nil, err
	}
	incidents, err := v.incidents(ctx, words)
	if err != nil {
		return nil, err
	}
	rooms, err := v.rooms(ctx, p, words)
	if err != nil {
		return nil, err
	}
	people, err := v.people(ctx, words)
	if err != nil {
		return nil, err
	}
	return []web.FoundGroup{
		v.devices(p, words), rooms, v.sites(p, words), v.checks(ctx, p, words), incidents, people,
	}, nil
}

// best makes a group: the best first, at most web.MaxFound.
func best(kind, path string, hits []hit) web.FoundGroup {
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.Title, b.Title)) })
	g := web.FoundGroup{Kind: kind, All: len(hits), Path: path}
	for _, h := range hits[:min(len(hits), web.MaxFound)] {
		g.Found = append(g.Found, h.Found)
	}
	return g
}

// devices finds devices. Rows are made of the shown ones only.
func (v searchView) devices(p picture, words []string) web.FoundGroup {
	var hits []hit
	byPath := map[string]inventory.Device{}
	for _, d := range v.c.agents.inventory.Info() {
		site, seen := p.sites[d.Site]
		if !seen {
			continue
		}
		if score := web.Score(words, d.Name, d.ID, d.Hostname, d.Serial, d.Asset, p.rooms[d.Room], d.Model, d.OS, site.Name); score > 0 {
			path := "/devices/" + d.ID
			byPath[path] = d
			hits = append(hits, hit{web.Found{Title: cmp.Or(d.Name, d.ID), Path: path, Site: site}, score})
		}
	}
	g := best(web.FoundDevices, "/devices", hits)
	for i := range g.Found {
		row := fleetView(v).row(p, byPath[g.Found[i].Path])
		g.Found[i].Conditions, g.Found[i].Text = row.Conditions, joined(row.ID, row.Room, row.Model)
	}
	return g
}

// joined writes what is not empty in one line.
func joined(texts ...string) string {
	out := ""
	for _, t := range texts {
		switch {
		case t == "":
		case out == "":
			out = t
		default:
			out += " · " + t
		}
	}
	return out
}

func (v searchView) rooms(ctx context.Context, p picture, words []string) (web.FoundGroup, error) {
	rooms, err := v.c.agents.inventory.Rooms(ctx, "")
	if err != nil {
		return web.FoundGroup{}, err
	}
	var hits []hit
	for _, r := range rooms {
		site, seen := p.sites[r.Site]
		if score := web.Score(words, r.Name, r.ID); seen && score > 0 {
			hits = append(hits, hit{web.Found{Title: r.Name, Path: "/rooms/" + r.ID, Site: site}, score})
		}
	}
	return best(web.FoundRooms, "", hits), nil
}

func (v searchView) sites(p picture, words []string) web.FoundGroup {
	var hits []hit
	for _, s := range p.sites {
		if score := web.Score(words, s.Name, s.ID); score > 0 {
			hits = append(hits, hit{web.Found{Title: cmp.Or(s.Name, s.ID), Text: s.ID, Path: "/sites/" + s.ID}, score})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Compare(a.Path, b.Path) })
	return best(web.FoundSites, "", hits)
}

func (v searchView) checks(ctx context.Context, p picture, words []string) web.FoundGroup {
	var hits []hit
	config := v.c.Config()
	for _, c := range config.Checks {
		site := config.siteOf(c)
		shown := view(v).check(c)
		if score := web.Score(words, shown.Name, c.ID, shown.Target); score > 0 && !hidden(ctx, site) {
			hits = append(hits, hit{web.Found{Title: shown.Name, Text: masked(shown.Target), Path: "/checks/" + c.ID, Site: p.sites[site]}, score})
		}
	}
	return best(web.FoundChecks, "/checks", hits)
}

// incidents finds open incidents, and the newest closed ones, the newest first.
func (v searchView) incidents(ctx context.Context, words []string) (web.FoundGroup, error) {
	closed, err := v.c.store.Journal(0, searchedIncidents)
	if err != nil {
		return web.FoundGroup{}, fmt.Errorf("read the journal: %w", err)
	}
	var hits []hit
	for i, inc := range append(v.c.alerting.open(), closed...) {
		if hidden(ctx, inc.Labels["site"]) {
			continue
		}
		number := strconv.FormatUint(uint64(inc.ID), 10)
		texts := append(slices.Collect(maps.Values(inc.Names)), slices.Collect(maps.Values(inc.Labels))...)
		for _, name := range []string{"summary", "summary_lt", "description", "description_lt"} {
			texts = append(texts, inc.Annotations[name])
		}
		score := web.Score(words, number, append(texts, inc.Rule)...)
		if score == 0 {
			continue
		}
		if inc.State != incident.Closed {
			score += 1000
		}
		hits = append(hits, hit{web.Found{Incident: &inc, Path: "/incidents/" + number}, score*1000 - i})
	}
	return best(web.FoundIncidents, "/journal", hits), nil
}

// people finds accounts, for whoever manages them.
func (v searchView) people(ctx context.Context, words []string) (web.FoundGroup, error) {
	me, _ := access.FromContext(ctx)
	if !me.Role.Allows(access.Administrator) || len(me.Sites) > 0 {
		return web.FoundGroup{}, nil
	}
	users, err := v.c.access.Users(ctx)
	if err != nil {
		return web.FoundGroup{}, err
	}
	var hits []hit
	for _, u := range users {
		if score := web.Score(words, cmp.Or(u.Name, u.Login), u.Login); score > 0 {
			hits = append(hits, hit{web.Found{Title: cmp.Or(u.Name, u.Login), Text: u.Login, Path: "/people/" + url.PathEscape(u.Login) + "/edit"}, score})
		}
	}
	return best(web.FoundPeople, "", hits), nil
}
