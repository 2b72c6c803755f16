package collector

import (
	"context"
	"time"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/website"
)

// securityAspect looks each day how safely a website is set up.
func (c *Collector) securityAspect() aspect {
	return aspect{name: web.AspectSecurity, every: 24 * time.Hour, within: website.Timeout + 10*time.Second, of: func(check settings.Check) (look.Func, bool) {
		if !check.Website.Security || check.Kind() != probe.KindHTTP {
			return nil, false
		}
		return c.guarded(check, func(ctx context.Context) look.Result {
			w, err := website.New(check.Target, website.Options{Probe: c.lookOptions(check)})
			if err != nil { // the check was validated
				return look.Result{Target: masked(check.Target), Kind: probe.KindHTTP, Time: time.Now(), Outcome: look.Unknown, Problem: &look.Problem{Code: probe.CodeLocalError}}
			}
			return w.Look(ctx)
		}), true
	}}
}

// guarded is a look at what a check looks at: what is outside is unknown while our
// own line is down.
func (c *Collector) guarded(check settings.Check, f look.Func) look.Func {
	if !check.Outside() {
		return f
	}
	return func(ctx context.Context) look.Result {
		config := c.Config()
		ours, err := lineOf(&config)
		if err != nil { // the configuration was validated
			return f(ctx)
		}
		return ours.Guard(f)(ctx)
	}
}
