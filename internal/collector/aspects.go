package collector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

// aspectPrefix begins the IDs of targets that are aspects: the ID of the check
// and the name of the aspect follow.
const aspectPrefix = "aspect/"

// jobWebsite is the label "job" of what aspects bring.
const jobWebsite = "website"

// aspect is something that is watched of a check besides whether it answers: its
// certificate and headers, its content, its links.
type aspect struct {
	name   string
	every  time.Duration // from look to look; for minKept and more the newest result outlives a restart
	within time.Duration // one look

	// of makes the look at a check; false when it has no such aspect.
	of func(c settings.Check) (look.Func, bool)
}

// aspects are all that are watched: the one list.
func (c *Collector) aspects() []aspect {
	return []aspect{c.securityAspect(), c.contentAspect(), c.linksAspect()}
}

// unwatched are those of some IDs that belong to no check, nor to one that was
// removed and may come back, of which something is watched.
func (c *Config) unwatched(ids []string, watched func(settings.Check) bool) []string {
	known := map[string]bool{}
	for _, l := range [][]settings.Check{c.Checks, c.stored.Checks} {
		for _, check := range l {
			known[check.ID] = known[check.ID] || watched(check)
		}
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return known[id] })
}

// outcomes keeps the newest results of aspects, which are looked at so seldom that a
// restart must neither forget them nor look again.
type outcomes struct {
	c *Collector

	mu   sync.Mutex
	kept map[string]look.Result // by check, "/" and aspect; nil: not read yet
}

// load reads what is kept, once.
func (o *outcomes) load() error {
	if o.kept != nil {
		return nil
	}
	kept, err := o.c.store.KeptResults()
	if err == nil {
		o.kept = kept
	}
	return err
}

// newest returns the newest result of an aspect of a check.
func (o *outcomes) newest(check, name string) (look.Result, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.load(); err != nil {
		o.c.log.Warn("read what is known of a website", "check", check, "aspect", name, "err", err)
		return look.Result{}, false
	}
	r, ok := o.kept[check+"/"+name]
	return r, ok
}

// keep stores a result, and forgets those of checks that are gone.
func (o *outcomes) keep(check, name string, r look.Result) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.load(); err != nil {
		return err
	}
	config := o.c.Config()
	var ids, gone []string
	for key := range o.kept {
		id, _, _ := strings.Cut(key, "/")
		ids = append(ids, id)
	}
	lost := config.unwatched(ids, func(settings.Check) bool { return true })
	for key := range o.kept {
		if id, _, _ := strings.Cut(key, "/"); id != check && slices.Contains(lost, id) {
			gone = append(gone, key)
		}
	}
	slices.Sort(gone)
	if err := o.c.store.KeepResult(check+"/"+name, r, gone...); err != nil {
		return err
	}
	for _, key := range gone {
		delete(o.kept, key)
	}
	o.kept[check+"/"+name] = r
	return nil
}

// minKept is the interval from which newest results outlive a restart.
const minKept = time.Hour

// seldomLook is how often a seldom look is asked whether its turn has come.
const seldomLook = 15 * time.Minute

// seldom makes a look that is made each so often, whatever restarts come between:
// asked sooner, it gives the result that it had. What could not be looked at is
// tried again the next time that it is asked. same says whether a result that was
// kept is of the same question.
func (o *outcomes) seldom(check, name string, every time.Duration, same func(look.Result) bool, f look.Func) look.Func {
	return func(ctx context.Context) look.Result {
		kept, ok := o.newest(check, name)
		ok = ok && same(kept)
		if age := time.Since(kept.Time); ok && age >= 0 && age < every-seldomLook/2 {
			return kept
		}
		r := f(ctx)
		switch {
		case r.Outcome == look.Unknown && ok:
			return kept // what was known is still the newest that is known
		case r.Outcome == look.Unknown || errors.Is(ctx.Err(), context.Canceled):
			return r
		}
		if err := o.keep(check, name, r); err != nil {
			o.c.log.Warn("keep what is known of a website", "check", check, "aspect", name, "err", err)
		}
		return r
	}
}

// planAspects adds the aspects of all checks to what is looked at.
func (c *Collector) planAspects(config *Config, into plan) {
	for _, check := range config.Checks {
		if check.Paused {
			continue
		}
		if f, ok := c.otherLook(check, true); ok {
			w := watchedCheck(config, check, f)
			into[w.ID] = w
		}
		for _, a := range c.aspects() {
			f, ok := a.of(check)
			if !ok {
				continue
			}
			w := watched{check: check, identity: []look.Label{
				{Name: "site", Value: config.siteOf(check)}, {Name: "check", Value: check.ID}, {Name: "job", Value: jobWebsite},
			}}
			w.ID, w.Interval, w.Timeout, w.Look = aspectID(check.ID, a.name), min(a.every, seldomLook), a.within, f
			if a.every >= minKept {
				w.holds = a.every
				target := check.Target
				w.Look = c.outcomes.seldom(check.ID, a.name, a.every, func(r look.Result) bool { return r.Target == masked(target) }, f)
			}
			into[w.ID] = w
		}
	}
}

// otherLook makes the look at a check that is no probe's; false: it is. keep says
// that what it brings is remembered as the newest that is known.
func (c *Collector) otherLook(check settings.Check, keep bool) (look.Func, bool) {
	switch check.Kind() {
	case probe.KindJob:
		return c.jobs.look(check), true
	case probe.KindDomain:
		return c.guarded(check, c.domainLook(check, keep)), true
	}
	return nil, false
}

func aspectID(check, name string) string { return fmt.Sprintf("%s%s/%s", aspectPrefix, check, name) }
