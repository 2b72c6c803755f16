package collector

import (
	"context"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/movein"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
)

// readMoved reads what another program wrote against what there is. A check that
// is there already, with the same name and target, stays as it is: what was done
// to it here is not undone, and taking over a file twice changes nothing.
func (a checkActions) readMoved(ctx context.Context, file []byte) ([]listedCheck, web.CheckImport, error) {
	read, err := movein.Read(file)
	if err != nil {
		return nil, web.CheckImport{}, err
	}
	sites, err := a.sitesByName(ctx)
	if err != nil {
		return nil, web.CheckImport{}, err
	}
	stored := a.c.settings.Current()
	known := a.namesakes(ctx, stored)
	given := map[string]bool{}
	out := make([]listedCheck, 0, len(read.Entries))
	for _, e := range read.Entries {
		l := listedCheck{ImportLine: web.ImportLine{Line: e.Line, Name: e.Name, Losses: e.Losses}, check: e.Check}
		if e.Group != "" {
			if id, is := sites[strings.ToLower(e.Group)]; is {
				l.check.Site = id
			} else {
				l.Name = e.Group + " / " + e.Name
			}
		}
		if e.Left {
			l.Kind = web.ImportLeft
			out = append(out, l)
			continue
		}
		l.check.Name, l.Target = l.Name, masked(l.check.Target)
		if same := known[namesake(l.check)]; len(same) > 0 {
			l.Kind, l.ID, l.Name = web.ImportUnchanged, same[0].ID, same[0].Title()
			known[namesake(l.check)] = same[1:] // the next one of this name is another
			out = append(out, l)
			continue
		}
		l.check.ID = settings.MakeID(cmpName(l.check), func(id string) bool { return given[id] || a.c.takenID(&stored, id) })
		given[l.check.ID] = true
		problems := l.check.Problems()
		placed, err := a.c.placeCheck(ctx, l.check)
		problems = append(problems, settings.Of(err)...)
		l.check = placed
		l.ID, l.Name, l.Problems = l.check.ID, l.check.Title(), problems
		l.Paused = e.Incomplete
		l.Kind = web.ImportNew
		if len(problems) > 0 {
			l.Kind = web.ImportWrong
		}
		out = append(out, l)
	}
	return out, web.CheckImport{Format: read.Format, Losses: read.Losses}, nil
}

// namesake is what two checks have in common that are the same one in two files.
func namesake(check settings.Check) string {
	return strings.TrimSpace(check.Name) + "\x00" + check.Target
}

// namesakes are the checks of the console and of the file, by namesake.
func (a checkActions) namesakes(ctx context.Context, stored settings.Settings) map[string][]settings.Check {
	config := a.c.Config()
	out := map[string][]settings.Check{}
	add := func(check settings.Check) {
		if check.Removed.IsZero() && seesSite(ctx, config.siteOf(check)) {
			out[namesake(check)] = append(out[namesake(check)], check)
		}
	}
	declared := map[string]bool{}
	for _, check := range config.Checks[:config.own] {
		declared[check.ID] = true
		add(check)
	}
	for _, check := range stored.Checks {
		if !declared[check.ID] {
			add(check)
		}
	}
	return out
}

// sitesByName are the IDs of the sites that are seen, by ID and by name in small
// letters. An ID goes before a name.
func (a checkActions) sitesByName(ctx context.Context) (map[string]string, error) {
	sites, err := checksView(a).sites(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for id, s := range sites {
		out[strings.ToLower(s.Name)] = id
	}
	for id := range sites {
		out[strings.ToLower(id)] = id
	}
	return out, nil
}
