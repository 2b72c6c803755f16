package collector

import (
	"context"
	"time"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/domain"
	"github.com/budi-monitor/budi/internal/domain/registry"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/reach"
)

// keptDomain is the name under which the newest result of a check of a domain is
// kept beside those of aspects: a look goes on from it, so that a restart does not
// ask the registry again.
const keptDomain = "domain"

// domainOptions is how domains are asked for.
func (o Options) domainOptions() domain.Options {
	out := o.Domains
	if out.Registry == nil {
		out.Registry = registry.New(registry.Options{Reach: reach.Policy{Deny: reach.Metadata()}})
	}
	return out
}

// domainLook makes the look at the domain of a check. keep says that what it brings
// is remembered.
func (c *Collector) domainLook(check settings.Check, keep bool) look.Func {
	return func(ctx context.Context) look.Result {
		o := c.domains
		o.Reach = c.lookOptions(check).Reach
		d, err := domain.New(check.Target, check.Domain, o)
		if err != nil { // the check was validated
			return look.Result{Target: masked(check.Target), Kind: probe.KindDomain, Time: time.Now(), Outcome: look.Unknown, Problem: &look.Problem{Code: probe.CodeLocalError}}
		}
		var before *look.Result
		if kept, ok := c.outcomes.newest(check.ID, keptDomain); ok {
			before = &kept
		}
		r := d.Look(ctx, before)
		if keep && r.Web != nil { // of one that was broken off too: the registry may have answered
			if err := c.outcomes.keep(check.ID, keptDomain, r); err != nil {
				c.log.Warn("keep what is known of a domain", "check", check.ID, "err", err)
			}
		}
		return r
	}
}
