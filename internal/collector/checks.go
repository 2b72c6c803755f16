package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/line"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

// checkActions is what people may do to checks, on pages and by the API.
type checkActions struct{ c *Collector }

var _ web.ChecksActions = checkActions{}

// masked is a target as pages show it: without name and password.
func masked(target string) string {
	if t, err := probe.ParseTarget(target); err == nil {
		return t.String()
	}
	return target
}

// unmasked puts back what is secret in a spec that came back from a page as it was
// shown there. Whoever points it elsewhere must know it.
func unmasked(typed, was probe.Spec) (probe.Spec, error) {
	out, err := typed.Unmasked(was)
	var hidden *probe.MaskedError
	switch {
	case errors.As(err, &hidden) && hidden.Field == "target":
		return out, settings.Problems{settings.New("target", settings.CodeTargetMasked)}
	case errors.As(err, &hidden):
		return out, settings.Problems{settings.New(hidden.Field, settings.CodeSecretMasked)}
	}
	return out, err
}

// seenCheck finds a check that whoever asks may see.
func (c *Collector) seenCheck(ctx context.Context, id string) (settings.Check, error) {
	config := c.Config()
	check, ok := config.Check(id)
	if !ok || !seesSite(ctx, config.siteOf(check)) {
		return settings.Check{}, fmt.Errorf("check %s: %w", id, web.ErrNotFound)
	}
	return check, nil
}

// ownCheck is seenCheck for one that is to be changed: it must have been added
// in the console.
func (c *Collector) ownCheck(ctx context.Context, id string) (settings.Check, error) {
	check, err := c.seenCheck(ctx, id)
	if err != nil {
		return settings.Check{}, err
	}
	config := c.Config()
	if config.declaresCheck(id) {
		return settings.Check{}, settings.Problems{settings.New("id", settings.CodeIDInFile, "ID", id, "File", config.File())}
	}
	return check, nil
}

// placeCheck makes sure that the site of a check is one of those that whoever
// asks sees.
func (c *Collector) placeCheck(ctx context.Context, check settings.Check) (settings.Check, error) {
	config := c.Config()
	if check.Site == config.Site.ID {
		check.Site = ""
	}
	if problems := c.mayPlace(ctx, &config, config.siteOf(check)); len(problems) > 0 {
		return check, problems
	}
	if len(check.Vantages) > 0 {
		var err error
		if check.Vantages, err = c.foundVantages(ctx, check.Vantages); err != nil {
			return check, err
		}
	}
	if len(check.Parents)+len(check.RunsOn)+len(check.DependsOn) > 0 {
		find := c.thingFinder(ctx)
		for _, list := range []*[]string{&check.Parents, &check.RunsOn, &check.DependsOn} {
			*list, _ = foundThings(find, *list) // what is none is told below
		}
		if problems := c.checkHangs(check, seenThing(ctx)); len(problems) > 0 {
			return check, problems
		}
	}
	return check, nil
}

// mayPlace says what is wrong with putting something at a site: whoever asks does
// not see it, or there is none.
func (c *Collector) mayPlace(ctx context.Context, config *Config, site string) settings.Problems {
	if seesSite(ctx, site) {
		if _, err := c.agents.inventory.Site(ctx, site); err == nil || site == config.Site.ID {
			return nil
		}
	}
	return settings.Problems{settings.New("site", settings.CodeSite)}
}

// siteHasChecks reports whether a check belongs to a site, one that was removed
// lately and may be restored included.
func (c *Collector) siteHasChecks(site string) bool {
	config := c.Config()
	of := func(check settings.Check) bool { return config.siteOf(check) == site }
	return slices.ContainsFunc(config.Checks, of) || slices.ContainsFunc(config.stored.Checks, of)
}

// takenID reports whether an ID of a check cannot be given.
func (c *Collector) takenID(s *settings.Settings, id string) bool {
	config := c.Config()
	_, stored := s.Check(id)
	_, used := config.Check(id)
	return stored || used
}

// fromCheck puts a masked target right with that of another check.
func (c *Collector) fromCheck(ctx context.Context, check settings.Check, from string) (settings.Check, error) {
	var was probe.Spec
	if from != "" {
		other, err := c.seenCheck(ctx, from)
		if err != nil {
			return check, err
		}
		was = other.Spec
	}
	var err error
	check.Spec, err = unmasked(check.Spec, was)
	return check, err
}

// AddCheck implements web.ChecksActions.
func (a checkActions) AddCheck(ctx context.Context, check settings.Check, from string) (string, error) {
	check, err := a.c.fromCheck(ctx, check, from)
	if err == nil {
		check, err = a.c.placeCheck(ctx, check)
	}
	if err != nil {
		return "", err
	}
	check.Created, check.Changed, check.By, check.Removed = time.Time{}, time.Time{}, "", time.Time{}
	if check.ID == "" {
		now := a.c.settings.Current()
		check.ID = settings.MakeID(cmp.Or(check.Name, hostOf(check.Target)), func(id string) bool { return a.c.takenID(&now, id) })
	}
	err = a.c.change(ctx, "check.add", check.ID, func(s *settings.Settings) error { return a.c.addTo(s, check) })
	return check.ID, err
}

// hostOf is what a check without a name is called after.
func hostOf(target string) string {
	t, err := probe.ParseTarget(target)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(t.Host, "www.")
}

// addTo adds a check to the settings, unless its ID is somebody else's.
func (c *Collector) addTo(s *settings.Settings, check settings.Check) error {
	if problems := c.freeID(s, check.ID); len(problems) > 0 {
		return problems
	}
	return s.PutCheck(check)
}

// freeID says why an ID cannot be given to a new check.
func (c *Collector) freeID(s *settings.Settings, id string) settings.Problems {
	config := c.Config()
	was, stored := s.Check(id)
	switch {
	case config.declaresCheck(id):
		return settings.Problems{settings.New("id", settings.CodeIDInFile, "ID", id, "File", config.File())}
	case stored && was.Removed.IsZero():
		return settings.Problems{settings.New("id", settings.CodeIDTaken, "ID", id)}
	case stored:
		return settings.Problems{settings.New("id", settings.CodeIDRemoved, "ID", id)}
	}
	return nil
}

// EditCheck implements web.ChecksActions.
func (a checkActions) EditCheck(ctx context.Context, check settings.Check) error {
	was, err := a.c.ownCheck(ctx, check.ID)
	if err != nil {
		return err
	}
	if check.Spec, err = unmasked(check.Spec, was.Spec); err != nil {
		return err
	}
	if check, err = a.c.placeCheck(ctx, check); err != nil {
		return err
	}
	check.Paused, check.Removed = was.Paused, time.Time{}
	return a.c.change(ctx, "check.edit", check.ID, func(s *settings.Settings) error {
		if now, ok := s.Check(check.ID); !ok || !now.Removed.IsZero() {
			return web.ErrNotFound
		}
		return s.PutCheck(check)
	})
}

// PauseCheck implements web.ChecksActions.
func (a checkActions) PauseCheck(ctx context.Context, id string, paused bool) error {
	if _, err := a.c.ownCheck(ctx, id); err != nil {
		return err
	}
	action := "check.resume"
	if paused {
		action = "check.pause"
	}
	return a.c.change(ctx, action, id, func(s *settings.Settings) error { return found(s.PauseCheck(id, paused)) })
}

// RemoveCheck implements web.ChecksActions.
func (a checkActions) RemoveCheck(ctx context.Context, id string) error {
	if _, err := a.c.ownCheck(ctx, id); err != nil {
		return err
	}
	return a.c.change(ctx, "check.remove", id, func(s *settings.Settings) error { return found(s.RemoveCheck(id, a.c.now())) })
}

// RestoreCheck implements web.ChecksActions.
func (a checkActions) RestoreCheck(ctx context.Context, id string) error {
	config := a.c.Config()
	check, ok := a.c.settings.Current().Check(id)
	if !ok || check.Removed.IsZero() || !seesSite(ctx, config.siteOf(check)) {
		return fmt.Errorf("check %s: %w", id, web.ErrNotFound)
	}
	if config.declaresCheck(id) {
		return settings.Problems{settings.New("id", settings.CodeIDInFile, "ID", id, "File", config.File())}
	}
	return a.c.change(ctx, "check.restore", id, func(s *settings.Settings) error { return found(s.RestoreCheck(id)) })
}

// found gives the console's word for what is not there.
func found(err error) error {
	if errors.Is(err, settings.ErrNotFound) {
		return web.ErrNotFound
	}
	return err
}

// Bounds of trying.
const (
	triesAtOnce   = 4  // looks of everybody
	triesAllowed  = 10 // of one person within triesWithin
	triesWithin   = time.Minute
	triesRemember = 1000 // people
)

// tries bounds looks that people ask for. It is safe for concurrent use.
type tries struct {
	running chan struct{}

	mu   sync.Mutex
	made map[string][]time.Time // by who
}

func newTries() *tries {
	return &tries{running: make(chan struct{}, triesAtOnce), made: map[string][]time.Time{}}
}

// begin takes a place; the function that it returns gives it back. It fails with
// web.ErrTooMany.
func (t *tries) begin(who string, now time.Time) (end func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.made) >= triesRemember {
		clear(t.made) // rather than grow
	}
	recent := slices.DeleteFunc(t.made[who], func(at time.Time) bool { return now.Sub(at).Abs() >= triesWithin })
	t.made[who] = recent
	if len(recent) >= triesAllowed {
		return nil, web.ErrTooMany
	}
	select {
	case t.running <- struct{}{}:
	default:
		return nil, web.ErrTooMany
	}
	t.made[who] = append(recent, now)
	return func() { <-t.running }, nil
}

// TryCheck implements web.ChecksActions.
func (a checkActions) TryCheck(ctx context.Context, check settings.Check, from string) (look.Result, error) {
	check, err := a.c.fromCheck(ctx, check, from)
	if err != nil {
		return look.Result{}, err
	}
	if check.ID == "" {
		check.ID = "new" // one is made when it is saved
	}
	if problems := check.Problems(); len(problems) > 0 {
		return look.Result{}, problems
	}
	if check, err = a.c.placeCheck(ctx, check); err != nil {
		return look.Result{}, err
	}
	check.Created = a.c.now() // whatever its ID: what is tried in the console is the console's
	return a.c.try(ctx, check)
}

// TryStored implements web.ChecksActions.
func (a checkActions) TryStored(ctx context.Context, id string) (look.Result, error) {
	check, err := a.c.seenCheck(ctx, id)
	if err != nil {
		return look.Result{}, err
	}
	return a.c.try(ctx, check)
}

// try looks once, as the check would. The deadline is ours, whatever the browser
// does; nothing is stored.
func (c *Collector) try(ctx context.Context, check settings.Check) (look.Result, error) {
	id, _ := access.FromContext(ctx)
	end, err := c.tries.begin(id.Actor(), c.now())
	if err != nil {
		return look.Result{}, err
	}
	defer end()
	config := c.Config()
	ours, err := lineOf(&config)
	if err != nil {
		return look.Result{}, err
	}
	f, other := c.otherLook(check, false)
	if !other {
		if f, err = lookOf(check, c.URL()+"/login", c.lookOptions(check), ours); err != nil {
			return look.Result{}, err
		}
	}
	bounded, cancel := context.WithTimeout(ctx, check.Within()+line.ConfirmTimeout+time.Second)
	defer cancel()
	return f(bounded), nil
}
