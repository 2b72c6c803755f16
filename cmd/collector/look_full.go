package main

import (
	"context"
	"fmt"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/website"
	"github.com/budi-monitor/budi/internal/website/content"
)

// fullPart is one look that --full adds to the plain look at a website.
type fullPart struct {
	look   look.Func
	within time.Duration
}

// fullParts are all that --full adds: the one list.
func fullParts(target string) ([]fullPart, error) {
	w, err := website.New(target, website.Options{})
	if err != nil {
		return nil, fmt.Errorf("--full is for websites: %w", err)
	}
	page := func(ctx context.Context) look.Result {
		client := probe.NewClient(probe.Options{})
		defer client.Close()
		t, err := probe.ParseTarget(target)
		if err != nil {
			return look.Result{Outcome: look.Unknown} // website.New took it
		}
		r, now := content.Fetch(ctx, client, target, t.String())
		if now != nil {
			content.Judge(&r, *now, nil)
		}
		return r
	}
	return []fullPart{{w.Look, website.Timeout}, {page, content.Timeout}}, nil
}

// lookFull adds to the look at a website what is watched of it besides. Outcome,
// problem and time stay those of the plain look.
func lookFull(target string, plain look.Func, within time.Duration) (look.Func, time.Duration, error) {
	parts, err := fullParts(target)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range parts {
		within += p.within
	}
	return func(ctx context.Context) look.Result {
		r := plain(ctx)
		for _, p := range parts {
			if r.Outcome == look.Unknown {
				break
			}
			addPart(&r, p.look(ctx))
		}
		return r
	}, within, nil
}

// addPart adds what one more look at the same website brought: numbers, findings,
// and whatever is not there yet.
func addPart(r *look.Result, more look.Result) {
	r.Duration += more.Duration
	if more.Web == nil {
		return
	}
	r.Samples = append(r.Samples, more.Samples...)
	if r.Web == nil {
		r.Web = &look.Web{}
	}
	into, from := r.Web, more.Web
	into.Findings = append(into.Findings, from.Findings...)
	look.SortFindings(into.Findings)
	if into.Redirects == nil {
		into.Redirects = from.Redirects
	}
	if into.Certificate == nil {
		into.Certificate = from.Certificate
	}
	if into.Page == nil {
		into.Page = from.Page
	}
	if into.Grade == "" {
		into.Grade = from.Grade
	}
}
