package collector

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/csvfile"
	"github.com/budi-monitor/budi/internal/collector/movein"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/probe"
)

// Bounds of lists that wait for a person's word after they were previewed.
const (
	maxPreviews  = 16
	previewsKept = 30 * time.Minute
)

// previews are lists that were read and not taken over yet. It is safe for
// concurrent use; the zero value is empty.
type previews struct {
	mu  sync.Mutex
	all []preview // the oldest first
}

type preview struct {
	key, by string
	at      time.Time
	list    []byte
}

// put keeps a list and returns its key.
func (p *previews) put(by string, list []byte, now time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := rand.Text()
	if len(p.all) >= maxPreviews {
		p.all = slices.Delete(p.all, 0, 1)
	}
	p.all = append(p.all, preview{key, by, now, list})
	return key
}

// take returns a list that the same person put, once.
func (p *previews) take(key, by string, now time.Time) ([]byte, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = slices.DeleteFunc(p.all, func(one preview) bool { return now.Sub(one.at).Abs() > previewsKept })
	i := slices.IndexFunc(p.all, func(one preview) bool { return one.key == key && one.by == by })
	if i < 0 {
		return nil, false
	}
	list := p.all[i].list
	p.all = slices.Delete(p.all, i, i+1)
	return list, true
}

// The columns of a list of checks.
const (
	columnID       = "id"
	columnName     = "name"
	columnTarget   = "target"
	columnInterval = "interval"
	columnContains = "contains"
	columnSite     = "site"
)

func checkColumns() []csvfile.Column {
	return []csvfile.Column{
		{Name: columnID, Titles: []string{"identifikatorius", "identifier"}},
		{Name: columnName, Titles: []string{"pavadinimas", "vardas", "title"}},
		{Name: columnTarget, Titles: []string{"adresas", "url", "address", "tikslas"}, Needed: true},
		{Name: columnInterval, Titles: []string{"intervalas", "dažnis", "kas kiek"}},
		{Name: columnContains, Titles: []string{"tekstas", "turi būti", "text"}},
		{Name: columnSite, Titles: []string{"vieta", "padalinys", "filialas"}},
	}
}

// listedCheck is a line of a list and the check that it makes.
type listedCheck struct {
	web.ImportLine
	check settings.Check
}

// readChecks reads a list against what there is: one of a spreadsheet, or what
// another program wrote. What it returns besides the lines lacks a key.
func (a checkActions) readChecks(ctx context.Context, list []byte) ([]listedCheck, web.CheckImport, error) {
	if _, known := movein.FormatOf(list); known {
		return a.readMoved(ctx, list)
	}
	table, err := csvfile.Read(list, checkColumns())
	if err != nil {
		return nil, web.CheckImport{}, err
	}
	return a.readTable(ctx, table), web.CheckImport{Unknown: table.Unknown}, nil
}

// readTable reads the list of a spreadsheet. Cells that the list leaves empty, and
// columns that it lacks, leave a check as it is.
func (a checkActions) readTable(ctx context.Context, table csvfile.Table) []listedCheck {
	stored := a.c.settings.Current()
	byID, byTarget := a.existing(ctx, stored)
	given := map[string]int{} // IDs of the list → line
	var out []listedCheck
	for _, row := range table.Rows {
		l := listedCheck{ImportLine: web.ImportLine{Line: row.Line}}
		was, known := byID[row.Cells[columnID]]
		if row.Cells[columnID] == "" {
			was, known = byTarget[withScheme(row.Cells[columnTarget])]
		}
		l.check = was
		var problems settings.Problems
		l.check, problems = a.listed(ctx, l.check, known, row.Cells)
		if l.check.ID == "" {
			l.check.ID = settings.MakeID(cmpName(l.check), func(id string) bool {
				_, twice := given[id]
				return twice || a.c.takenID(&stored, id)
			})
		}
		if _, twice := given[l.check.ID]; twice {
			problems = append(problems, settings.New(columnID, settings.CodeIDTaken, "ID", l.check.ID))
		}
		given[l.check.ID] = row.Line
		problems = append(problems, l.check.Problems()...)
		placed, err := a.c.placeCheck(ctx, l.check)
		problems = append(problems, settings.Of(err)...)
		l.check = placed
		if !known && len(problems) == 0 {
			problems = a.c.freeID(&stored, l.check.ID)
		}
		l.ID, l.Name, l.Target, l.Problems = l.check.ID, l.check.Title(), masked(l.check.Target), problems
		switch {
		case len(problems) > 0:
			l.Kind = web.ImportWrong
		case !known:
			l.Kind = web.ImportNew
		default:
			l.Kind, l.Changes = changesOf(was, l.check)
		}
		out = append(out, l)
	}
	return out
}

// cmpName is what the ID of a listed check is made of.
func cmpName(c settings.Check) string {
	if c.Name != "" {
		return c.Name
	}
	return hostOf(c.Target)
}

// changesOf says how a check differs from what it was.
func changesOf(was, now settings.Check) (web.ImportKind, []settings.Change) {
	changes := settings.Differences(settings.Settings{Checks: []settings.Check{was}}, settings.Settings{Checks: []settings.Check{now}})
	for i := range changes {
		changes[i].Field = strings.TrimPrefix(changes[i].Field, "checks."+now.ID+".")
	}
	if len(changes) == 0 {
		return web.ImportUnchanged, nil
	}
	return web.ImportChanged, changes
}

// existing are the checks that a line can be about: by ID, or for a line without
// one by the target, as it is and as pages show it.
func (a checkActions) existing(ctx context.Context, stored settings.Settings) (byID, byTarget map[string]settings.Check) {
	config := a.c.Config()
	declared := map[string]bool{}
	for _, check := range config.Checks[:config.own] {
		declared[check.ID] = true
	}
	byID, byTarget = map[string]settings.Check{}, map[string]settings.Check{}
	for _, check := range stored.Checks {
		if check.Removed.IsZero() && !declared[check.ID] && seesSite(ctx, config.siteOf(check)) {
			byID[check.ID], byTarget[check.Target], byTarget[masked(check.Target)] = check, check, check
		}
	}
	delete(byTarget, "")
	delete(byTarget, probe.TargetJob) // is that of every job, and says nothing of which
	return byID, byTarget
}

// withScheme is a target as people write it: a bare name is a website.
func withScheme(target string) string {
	if target != "" && target != settings.SelfTarget && !probe.SaysHow(target) {
		return "https://" + target
	}
	return target
}

// listed lays the cells of a line over a check.
func (a checkActions) listed(ctx context.Context, check settings.Check, known bool, cells map[string]string) (settings.Check, settings.Problems) {
	var problems settings.Problems
	if id := cells[columnID]; id != "" {
		check.ID = id
	}
	if name := cells[columnName]; name != "" {
		check.Name = name
	}
	if target := withScheme(cells[columnTarget]); target != "" || !known {
		typed := check.Spec.Masked() // so that what is secret stays where it was
		typed.Target = target
		full, err := unmasked(typed, check.Spec)
		problems = append(problems, settings.Of(err)...)
		if err == nil {
			check.Spec = full
		}
	}
	if text := cells[columnInterval]; text != "" {
		d, ok := interval(text)
		if !ok {
			problems = append(problems, settings.New(columnInterval, settings.CodeInterval, "Low", settings.MinInterval, "High", settings.MaxInterval))
		} else if check.Interval = d; d == settings.DefaultInterval {
			check.Interval = 0
		}
	}
	if text := cells[columnContains]; text != "" {
		check.HTTP.Contains = nil
		for part := range strings.SplitSeq(text, "|") {
			if part = strings.TrimSpace(part); part != "" {
				check.HTTP.Contains = append(check.HTTP.Contains, part)
			}
		}
	}
	if site := cells[columnSite]; site != "" {
		check.Site = a.siteNamed(ctx, site)
	}
	return check, problems
}

// siteNamed finds a site by its ID or its name among those that are seen; what
// is none stays as it is, and is refused later.
func (a checkActions) siteNamed(ctx context.Context, text string) string {
	sites, err := checksView(a).sites(ctx)
	if err != nil {
		return text
	}
	if _, ok := sites[text]; ok {
		return text
	}
	for id, s := range sites {
		if strings.EqualFold(s.Name, text) {
			return id
		}
	}
	return text
}

// interval reads a time as people write it: 5m, 90s, 1h, or a number of seconds.
func interval(text string) (time.Duration, bool) {
	text = strings.ReplaceAll(strings.ToLower(text), " ", "")
	text = strings.Replace(strings.TrimSuffix(text, "."), ",", ".", 1)
	for _, unit := range []struct{ long, short string }{{"min", "m"}, {"val", "h"}, {"sek", "s"}, {"sec", "s"}} {
		if number, ok := strings.CutSuffix(text, unit.long); ok {
			text = number + unit.short
		}
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && n > 0 && n < 1e6 {
		return time.Duration(n * float64(time.Second)), true
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d > 0
}

// PreviewChecks implements web.ChecksActions.
func (a checkActions) PreviewChecks(ctx context.Context, list []byte) (web.CheckImport, error) {
	lines, out, err := a.readChecks(ctx, list)
	if err != nil {
		return web.CheckImport{}, err
	}
	for _, l := range lines {
		out.Lines = append(out.Lines, l.ImportLine)
	}
	id, _ := access.FromContext(ctx)
	out.Key = a.c.lists.put(id.Actor(), list, a.c.now())
	return out, nil
}

// ImportChecks implements web.ChecksActions. What is right is taken over in one
// change; it is read anew, for things may have changed since the preview.
func (a checkActions) ImportChecks(ctx context.Context, key string) (taken int, err error) {
	id, _ := access.FromContext(ctx)
	list, ok := a.c.lists.take(key, id.Actor(), a.c.now())
	if !ok {
		return 0, web.ErrNotFound
	}
	lines, _, err := a.readChecks(ctx, list)
	if err != nil {
		return 0, err
	}
	err = a.c.change(ctx, "checks.import", strconv.Itoa(len(lines))+" lines", func(s *settings.Settings) error {
		taken = 0
		for _, l := range lines {
			if l.Kind != web.ImportNew && l.Kind != web.ImportChanged {
				continue
			}
			if err := s.PutCheck(l.check); err != nil {
				return err
			}
			taken++
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return taken, nil
}
